"""Limits of a scenario that could be raised: what would be changed, by how much, and where the program holds it.

Each is a change of one value at a dotted path of the scenario. A limit that is a series can be raised in a stretch of
time alone (`stretches`), or in all of it. Rows and columns say where the program of the scenario as it stands has the
limit, which is enough to see what has a price; what a change is worth is read off the scenario with the change.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from placement.compile import Compiled
from placement.compile.fleet import in_service
from placement.compile.growth import flies
from placement.compile.limits import spans_of
from placement.kernels.work import SHARE_UNITS, Floats, Ints
from placement.schema import Battery, Cluster, LaunchLimit, Limit, Renewable, Vehicle
from placement.series import on_ticks
from placement.step import Step
from placement.stretches import Stretch, stretches, told
from placement.units import HOURS_PER_YEAR, WATTS_PER_MW

UNITS = {
    "accelerators": "accelerator", "mw": "MW", "mwh": "MWh", "tco2": "t of CO2e", "water_l": "litre of water",
    "tb": "TB", "usd": "$", "investment_usd": "$ of investment",
}  # fmt: skip
"""What limits count, one of it."""


MONEY, MILLION, LARGE = ("usd", "investment_usd"), 1e6, 1e7
"""Limits of money that are LARGE, $, are raised by millions."""

COUNTED = ("accelerator", "flight", "module")
"""Units of which several have an s."""


@dataclass(frozen=True)
class Raised:
    """One limit raised."""

    kind: str
    """power, source, battery, accelerators, link, resource, limit, module, flights or launch limit."""
    unit: str
    """What is counted, one of it."""
    where: str
    """Of what, in the user's names, beginning with a preposition."""
    when: str
    """In which stretch of time; empty for all of it."""
    path: str
    """Dotted path of what would be changed."""
    value: Callable[[], Any] = field(repr=False)
    """What would stand there."""
    amount: float
    """Units by which it would be raised; below 0 where a least is lowered."""
    relaxes: bool = True
    """Whether every plan would stay one, at the same cost but for what the change costs itself."""
    rows: tuple[tuple[str, Any, float], ...] = field(default=(), repr=False)
    """(family, key, by how much) of rows whose limit would move."""
    columns: tuple[tuple[str, Any, float], ...] = field(default=(), repr=False)
    """(variable, key, by how much) of columns whose limit would move."""

    @property
    def partly(self) -> bool:
        """Whether it is raised in a stretch of time alone, and could be in all of it."""
        return bool(self.when) and self.kind not in ("module", "flights", "launch limit")

    @property
    def words(self) -> str:
        """`1 more MW of power at abilene, 2026-11-16`."""
        plural = "s" if abs(self.amount) != 1 and self.unit in COUNTED else ""
        more, when = "more" if self.amount > 0 else "less", f", {self.when}" if self.when else ""
        return f"{abs(self.amount):,.6g} {more} {self.unit}{plural} {self.where}{when}"


def raised(compiled: Compiled, by: Step) -> list[Raised]:
    """Every limit of a scenario, raised."""
    all_of = _All(compiled, by)
    families = (
        all_of.power, all_of.accelerators, all_of.links, all_of.resources, all_of.limits, all_of.modules,
        all_of.flights, all_of.launch_limits,
    )  # fmt: skip
    return [each for family in families for each in family() if each.amount]


class _All:
    """The limits of a scenario, family by family."""

    def __init__(self, compiled: Compiled, by: Step):
        self.problem, self.legend, self.by = compiled.problem, compiled.legend, by
        self.scenario, self.grid = compiled.legend.scenario, compiled.legend.grid
        self.stretches = stretches(self.grid)
        self.blocks = dict(reversed(self.problem.row_blocks))
        self.plants = {plant.cluster: c for c, plant in enumerate(self.problem.supply.plants)}

    def power(self) -> Iterator[Raised]:
        """Facility limits, sources and batteries."""
        for site in self.legend.sites:
            cluster, path = site.cluster, f"clusters.{site.cluster.name}"
            per_mw = WATTS_PER_MW / cluster.pue
            if cluster.power_limit_mw is not None:
                rows = self._per_slot(f"watts of {cluster.name} (facility)", per_mw)
                about = "power", "MW", f"of power at {cluster.name}", f"{path}.power_limit_mw"
                yield from self._series(*about, cluster.power_limit_mw, rows)
            if site.simple:
                for source in cluster.sources:
                    if source.kind == "grid" and source.limit_mw is not None:
                        rows = self._per_slot(f"watts of {cluster.name} (grid)", per_mw)
                        about = (
                            "source",
                            "MW",
                            f"of {source.name} at {cluster.name}",
                            f"{path}.sources.{source.name}.limit_mw",
                        )
                        yield from self._series(*about, source.limit_mw, rows)
            else:
                yield from self._plant(site.index, cluster)

    def _plant(self, index: int, cluster: Cluster) -> Iterator[Raised]:
        """Sources and batteries that balance tick by tick."""
        c, counts = self.plants[index], {True: 0, False: 0}
        for source in cluster.sources:
            store = isinstance(source, Battery)
            i = counts[store]
            counts[store] += 1
            path, of = f"clusters.{cluster.name}.sources.{source.name}", f"of {source.name} at {cluster.name}"
            ticks = range(self.grid.ticks)
            if isinstance(source, Battery):
                own = [("level", (c, i, k), 1.0) for k in ticks]
                yield self._number("battery", "MWh", of, f"{path}.mwh", source.mwh, columns=own)
            elif isinstance(source, Renewable):
                factor = on_ticks(source.capacity_factor, self.grid, self.scenario)
                own = [("source", (c, i, k), float(factor[k])) for k in ticks]
                yield self._number("source", "MW", of, f"{path}.mw", source.mw, columns=own)
            elif source.limit_mw is not None:
                own = [("source", (c, i, k), 1.0) for k in ticks]
                by_slot = [[own[k] for k in np.flatnonzero(self.grid.tick_slot == t)] for t in range(self.grid.slots)]
                yield from self._series("source", "MW", of, f"{path}.limit_mw", source.limit_mw, [], by_slot)

    def accelerators(self) -> Iterator[Raised]:
        """Numbers of pools, or of their blocks; in orbit satellites carry them, and a number is no limit."""
        for arrays in self.legend.pools:
            cluster, pool = self.legend.sites[arrays.cluster].cluster, arrays.pool
            if cluster.satellites is not None:
                continue
            path = f"clusters.{cluster.name}.pools.{pool.name}"
            rows = self._per_slot(f"accelerators of {cluster.name}/{pool.name}", 1.0)
            for block in pool.blocks:
                there = np.flatnonzero(in_service(self.grid, block.service))
                own = [row for t in there.tolist() for row in rows[t : t + 1]] if rows else []
                about = f"in {cluster.name}/{pool.name}, block {block.name}", f"{path}.blocks.{block.name}.number"
                yield self._accelerators(cluster, *about, block.number, own)
            if not pool.blocks and (pool.number or not cluster.modules):
                yield self._accelerators(cluster, f"in {cluster.name}/{pool.name}", f"{path}.number", pool.number, rows)

    def _accelerators(
        self, cluster: Cluster, where: str, path: str, number: int, rows: list[tuple[str, Any, float]]
    ) -> Raised:
        """More accelerators: what they cost by themselves counts for none where it is owned."""
        more = self.by.whole(number)
        return Raised(
            "accelerators", "accelerator", where, "", path, lambda: number + more, float(more),
            cluster.charge != "committed" or not cluster.fixed_costs, _times(rows, more),
        )  # fmt: skip

    def links(self) -> Iterator[Raised]:
        """Links, in and out: at a higher rate transfers take a smaller share."""
        rounded = bool(self.scenario.datasets) or any(limit.of == "tb" for limit in self.scenario.limits)
        for site in self.legend.sites:
            link = site.cluster.link
            for side, gbps in (("in", link.gbps_in), ("out", link.gbps_out)) if link is not None else ():
                label = f"link {side} of {site.cluster.name}"
                capacity = site.link_in if side == "in" else site.link_out
                size = 0 if capacity is None or label not in self.blocks else int((capacity > 0).sum())
                own = [("row", self.blocks[label] + k, SHARE_UNITS / gbps) for k in range(size)]
                about = f"of the {side}-link of {site.cluster.name}", f"clusters.{site.cluster.name}.link.gbps_{side}"
                yield self._number("link", "Gbps", *about, gbps, own, relaxes=not rounded)

    def resources(self) -> Iterator[Raised]:
        """Named resources of clusters."""
        for cluster in self.scenario.clusters:
            for name, amount in cluster.resources.items():
                rows = self._per_slot(f"{name} of {cluster.name}", 1.0)
                if rows:
                    about = "resource", name, f"at {cluster.name}", f"clusters.{cluster.name}.resources.{name}"
                    yield from self._series(*about, amount, rows)

    def limits(self) -> Iterator[Raised]:
        """Limits by name: a higher max, a lower min."""
        for limit in self.scenario.limits:
            first = self.blocks[f"limit {limit.name}"]
            span = spans_of(self.grid, limit.per)
            firsts = np.flatnonzero(np.diff(span, prepend=-1))
            unit, step_of = UNITS.get(limit.of, limit.of), self.by
            if limit.per != "slot" and limit.of not in ("mwh", "tco2", "water_l", "tb", "usd", "investment_usd"):
                unit += "-hour"
            for side, sign in (("max", 1.0), ("min", -1.0)):
                value = getattr(limit, side)
                if value is None:
                    continue
                if limit.of in MONEY and on_ticks(value, self.grid, self.scenario).max() >= LARGE:
                    unit, step_of = f"million {UNITS[limit.of]}", replace(self.by, each=MILLION)
                rows: list[list[tuple[str, Any, float]]] = [[] for _ in range(self.grid.slots)]
                for k, t in enumerate(firsts.tolist()):
                    rows[t] = [("row", first + k, sign)]
                yield from self._series(
                    "limit", unit, f"in {side} of limit {limit.name}", f"limits.{limit.name}.{side}", value, rows,
                    sign=sign, within=self._spans(limit, span), by=step_of,
                )  # fmt: skip

    def _spans(self, limit: Limit, span: Ints) -> list[Stretch]:
        """Stretches in which a limit can be raised alone: its own spans, where these are no slots."""
        if limit.per == "slot":
            return self.stretches
        return [told(self.grid, np.flatnonzero(span == k)) for k in range(int(span[-1]) + 1)]

    def modules(self) -> Iterator[Raised]:
        """Most modules of a kind, in all and in a period, and the least."""
        own = [(cluster, module) for cluster in self.scenario.clusters for module in cluster.modules]
        for k, (cluster, module) in enumerate(own):
            arrays = self.problem.supply.modules[k]
            path, where = f"clusters.{cluster.name}.modules.{module.name}", f"{module.name} at {cluster.name}"
            vehicles, periods = range(max(len(arrays.vehicles), 1)), range(len(arrays.periods))
            builds = [("build", (k, v, q), 1.0) for v in vehicles for q in periods]
            more, less = self.by.whole(module.max), min(module.min, self.by.whole(module.min))
            yield Raised(
                "module", "module", f"of {where} in all", "", f"{path}.max", _plainly(module.max + more), float(more),
                True, (("in_all", k, float(more)),), _times(builds if module.max_per_period is None else [], more),
            )  # fmt: skip
            yield Raised(
                "module", "module", f"in min of {where}", "", f"{path}.min", _plainly(module.min - less), -float(less),
                True, (("in_all", k, -float(less)),),
            )  # fmt: skip
            if module.max_per_period is None:
                continue
            most = np.broadcast_to(np.asarray(module.max_per_period, dtype=np.int64), self.grid.periods)
            for q, period in enumerate(arrays.periods.tolist()):
                more = self.by.whole(float(most[period]))
                yield Raised(
                    "module", "module", f"of {where}", self._period(period).words, f"{path}.max_per_period",
                    _listed(most, period, more), float(more), True,
                    (("per_period", (k, q), float(more)),), _times([b for b in builds if b[1][2] == q], more),
                )  # fmt: skip

    def flights(self) -> Iterator[Raised]:
        """Flights of vehicles, by period: so many that as many more are open to us."""
        fleet = self.problem.supply.fleet
        for v, vehicle in enumerate(self.scenario.vehicles if fleet is not None else ()):
            assert fleet is not None
            for period in np.flatnonzero(flies(self.grid, vehicle)).tolist() if fleet.payload[v].any() else ():
                flown = [("fly", (v, n, period), 1.0) for n in range(fleet.payload.shape[1])]
                yield from self._cadence(
                    "flights", f"of {vehicle.name}", f"vehicles.{vehicle.name}", vehicle, period,
                    int(fleet.flights[v, period]), ("cadence", (v, period)), flown,
                )  # fmt: skip

    def launch_limits(self) -> Iterator[Raised]:
        """Flights of several vehicles together, by period."""
        fleet = self.problem.supply.fleet
        for k, limit in enumerate(self.scenario.launch_limits if fleet is not None else ()):
            assert fleet is not None
            for period in range(self.grid.periods):
                yield from self._cadence(
                    "launch limit", f"under {limit.name}", f"launch_limits.{limit.name}", limit, period,
                    int(fleet.limits[k][1][period]), ("shared", (k, period)), [],
                )  # fmt: skip

    def _cadence(
        self, kind: str, where: str, path: str, limited: Vehicle | LaunchLimit, period: int, now: int,
        row: tuple[str, Any], columns: list[tuple[str, Any, float]],
    ) -> Iterator[Raised]:  # fmt: skip
        """One period's flights raised, where they are given by period or by year."""
        share = limited.open_share if isinstance(limited, Vehicle) else 1.0
        if share <= 0:
            return
        more = self.by.whole(now)
        about = kind, "flight", where, self._period(period).words
        own = float(more), True, ((*row, float(more)),), _times(columns, more)
        if limited.flights_per_period is not None:
            each = np.broadcast_to(np.asarray(limited.flights_per_period, dtype=np.int64), self.grid.periods)
            value = _listed(each, period, math.ceil(more / share - 1e-9))
            yield Raised(*about, f"{path}.flights_per_period", value, *own)
            return
        slots = self._period(period).slots
        ticks = on_ticks(limited.flights_per_year, self.grid, self.scenario)
        rate = more / share * HOURS_PER_YEAR / float(self.grid.slot_hours[slots].sum())
        there = np.isin(self.grid.tick_slot, slots)
        yield Raised(*about, f"{path}.flights_per_year", lambda: {"values": (ticks + rate * there).tolist()}, *own)

    def _period(self, period: int) -> Stretch:
        return told(self.grid, np.flatnonzero(self.grid.period == period))

    def _per_slot(self, label: str, by: float) -> list[tuple[str, Any, float]]:
        """Rows of a block that has one for each slot; none where there is no such block."""
        first = self.blocks.get(label)
        return [] if first is None else [("row", first + t, by) for t in range(self.grid.slots)]

    def _number(
        self, kind: str, unit: str, where: str, path: str, value: float,
        rows: list[tuple[str, Any, float]] | None = None, columns: list[tuple[str, Any, float]] | None = None,
        relaxes: bool = True,
    ) -> Raised:  # fmt: skip
        """A number that holds over the whole horizon."""
        more = float(self.by.of(np.array([value]))[0])
        return Raised(
            kind, unit, where, "", path, lambda: value + more, more, relaxes, _times(rows or [], more),
            _times(columns or [], more),
        )  # fmt: skip

    def _series(
        self, kind: str, unit: str, where: str, path: str, value: Any,
        rows: list[Any], columns: list[list[tuple[str, Any, float]]] | None = None,
        sign: float = 1.0, within: list[Stretch] | None = None, by: Step | None = None,
    ) -> Iterator[Raised]:  # fmt: skip
        """A limit over time, in each stretch and in all: by sign · step, but a least is not lowered below 0.

        `rows` and `columns` are by slot, one each or a list.
        """
        ticks = on_ticks(value, self.grid, self.scenario)
        some = self.stretches if within is None else within
        whole = Stretch(np.arange(self.grid.slots), "")
        for stretch in [whole] if len(some) == 1 else [whole, *some]:
            chosen = np.isin(self.grid.tick_slot, stretch.slots)
            add = (by or self.by).of(ticks[chosen])
            if sign < 0:
                add = np.minimum(add, np.maximum(ticks[chosen], 0.0))
            moved = float(np.average(add, weights=self.grid.tick_hours[chosen]))
            amount = sign * moved / (self.by if by is None else by).each
            own = [row for t in stretch.slots.tolist() if rows for row in _as_list(rows[t])]
            theirs = [column for t in stretch.slots.tolist() if columns for column in columns[t]]
            yield Raised(
                kind, unit, where, stretch.words, path, _values(ticks, chosen, sign * add), amount, True,
                _times(own, moved), _times(theirs, moved),
            )  # fmt: skip


def _as_list(row: Any) -> list[tuple[str, Any, float]]:
    return row if isinstance(row, list) else [row]


def _times(held: list[tuple[str, Any, float]], by: float) -> tuple[tuple[str, Any, float], ...]:
    """Rows or columns that move so many times as far."""
    return tuple((family, key, each * by) for family, key, each in held)


def _plainly(value: int) -> Callable[[], int]:
    return lambda: value


def _listed(numbers: Ints, at: int, more: int) -> Callable[[], list[int]]:
    """Numbers by period, one of them raised."""
    return lambda: [int(n) + more * (p == at) for p, n in enumerate(numbers)]


def _values(ticks: Floats, chosen: Any, add: Floats) -> Callable[[], Any]:
    """A series with some of its ticks raised; one number where it is the same in all."""

    def value() -> Any:
        values = ticks.copy()
        values[chosen] += add
        return float(values[0]) if (values == values[0]).all() else {"values": values.tolist()}

    return value

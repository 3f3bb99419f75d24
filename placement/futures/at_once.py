"""Many futures at once, where a plan is jobs on capacities alone and no input is drawn: by the kernel `futures`.

What a future changes is arrays: clocks by speeds, room by lost accelerators, prices of watts by prices of energy,
lengths of runs by draws. Nothing is compiled anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from placement.compile import Compiled
from placement.futures.carried import SLACK
from placement.futures.draw import Drawing, Future
from placement.futures.groups import Grouped
from placement.futures.lengths import lengths_of
from placement.futures.world import World, lost_accelerators, standing_accelerators, world
from placement.kernels.backend import BackEnd
from placement.kernels.capacity import Limits, limits
from placement.kernels.futures import Carried, Groups, Lengths, Rules, Worlds
from placement.kernels.work import Floats, Ints
from placement.schema import Scenario, Uncertainty
from placement.search.packing import is_packing
from placement.timegrid import TimeGrid
from placement.units import WATTS_PER_MW

BATCH_BYTES = {"cpu": 64 * 2**20, "gpu": 2**31}
"""Of the arrays of the futures that are worked on together: a GPU has a thread for each."""


def is_plain(compiled: Compiled) -> bool:
    """Whether futures of a scenario are a matter of arrays alone: no drawn inputs, no supply, no transfers."""
    given = compiled.legend.scenario.uncertainty or Uncertainty()
    if given.launches or not is_packing(compiled.problem) or compiled.problem.work.transfers:
        return False
    scenario = compiled.legend.scenario
    if any(term.rows is None for term in scenario.terms):  # it may count how long runs last
        return False
    if _of_prices(scenario) is None or any(event.contact < 1 for event in given.events):
        return False
    if any(limit.of in ("tco2", "usd") for limit in scenario.limits):  # what they count is drawn
        return False
    return _clusters_of_options(compiled) is not None


def _of_prices(scenario: Scenario) -> list[tuple[str, str, str, int]] | None:
    """Cluster, field, how and number of drawn inputs, if all are prices or carbon of a cluster's power; else None."""
    found: list[tuple[str, str, str, int]] = []
    for k, each in enumerate((scenario.uncertainty or Uncertainty()).inputs):
        for path in each.paths:
            steps = path.split(".")
            if len(steps) != 3 or steps[0] != "clusters" or steps[2] not in ("energy_price", "carbon_g_per_kwh"):
                return None
            grid = scenario.cluster(steps[1]).sources
            if any(
                getattr(source, {"energy_price": "price"}.get(steps[2], steps[2]), None) is not None for source in grid
            ):
                return None  # the source has its own
            found.append((steps[1], steps[2], each.how, k))
    return found


def _clusters_of_options(compiled: Compiled) -> Ints | None:
    """(O,) cluster of each option; None if one runs on several."""
    work, legend = compiled.problem.work, compiled.legend
    which, pool, _ = legend.parts(np.arange(work.options))
    cluster = np.array([each.cluster for each in legend.pools], dtype=np.int64)[pool]
    least, most = np.full(work.options, len(legend.sites)), np.full(work.options, -1)
    np.minimum.at(least, which, cluster)
    np.maximum.at(most, which, cluster)
    return most if (least == most).all() else None


def by_cluster(compiled: Compiled) -> tuple[Compiled, Ints]:
    """The same with a clock for each speed and cluster, and (C,) the cluster of each."""
    problem, cluster = compiled.problem, _clusters_of_options(compiled)
    assert cluster is not None
    pairs, clock = np.unique(np.stack([problem.work.option_clock, cluster]), axis=1, return_inverse=True)
    work = replace(
        problem.work,
        option_clock=clock.reshape(-1),
        clock_work=problem.work.clock_work[pairs[0]],
        clock_tail_speed=problem.work.clock_tail_speed[pairs[0]],
    )
    return replace(compiled, problem=replace(problem, work=work)), pairs[1]


@dataclass(frozen=True)
class Ready:
    """F futures before the plan is carried out in them."""

    futures: list[Future]
    made: list[World]
    worlds: Worlds
    constant_usd: Floats
    constant_t: Floats
    """As of `Ran`."""


@dataclass(frozen=True)
class Ran:
    """What became of a plan in F futures."""

    futures: list[Future]
    worlds: list[World]
    carried: Carried
    constant_usd: Floats
    """(F,) dollars that no run changes: of a future, not of the plan;"""
    constant_t: Floats
    """and tonnes."""


@dataclass(frozen=True)
class AtOnce:
    """A plan, ready for futures."""

    compiled: Compiled
    """With every row, and clocks by cluster:"""
    cluster_of_clock: Ints
    groups: Groups
    lengths: Lengths
    limits: Limits
    rules: Rules
    drawing: Drawing

    def batch(self, back: BackEnd) -> int:
        """Futures that are worked on together."""
        problem = self.compiled.problem
        slots = problem.work.slots
        each = 8 * (len(problem.work.clock_work) * (slots + 1) + len(problem.rows) + 2 * problem.meters * slots)
        return max(1, BATCH_BYTES[back.device] // each)

    def run(self, back: BackEnd, numbers: Sequence[int]) -> Ran:
        """What becomes of the plan in some futures."""
        return self.carried(back, self.ready(numbers))

    def ready(self, numbers: Sequence[int]) -> Ready:
        """Some futures, drawn and written down for the kernel."""
        futures = [self.drawing.future(number) for number in numbers]
        made = [self._world(future) for future in futures]
        return Ready(futures, made, *self.worlds(futures, made))

    def carried(self, back: BackEnd, ready: Ready) -> Ran:
        """What becomes of the plan in futures that are ready."""
        work = self.compiled.problem.work
        carried = back.futures(work, self.limits, self.groups, self.lengths, ready.worlds, self.rules)
        return Ran(ready.futures, ready.made, carried, ready.constant_usd, ready.constant_t)

    def worlds(self, futures: list[Future], made: list[World]) -> tuple[Worlds, Floats, Floats]:
        """The futures as the kernel takes them, and (F,) dollars and (F,) tonnes that no run changes."""
        compiled = self.compiled
        problem, legend = compiled.problem, compiled.legend
        grid, work, supply = legend.grid, problem.work, problem.supply
        count = len(futures)
        speed = np.ones((count, len(work.clock_work), work.slots))
        names = [site.cluster.name for site in legend.sites]
        for f, one in enumerate(made):
            for name, left in one.speed.items():
                speed[f, self.cluster_of_clock == names.index(name)] *= left
        clock = np.zeros((count, len(work.clock_work), work.slots + 1))
        np.cumsum(np.diff(work.clock_work, axis=1) * speed, axis=2, out=clock[:, :, 1:])
        room = np.repeat(_with_slack(problem.rows.upper)[None], count, axis=0)
        for f, one in enumerate(made):
            if one.lost:
                room[f] = _with_slack(self._left(one))
        price = np.repeat(problem.meter_usd[None], count, axis=0)
        tonnes = np.zeros((count, problem.meters, work.slots))
        constant, constant_t = np.full(count, float(problem.constant_usd)), np.zeros(count)
        for site in legend.sites:
            if site.grid_source is None:
                continue
            prices = np.stack([one.price.get(site.cluster.name, site.price) for one in made])
            carbon = _per_kwh(made, site.cluster.name, site.carbon_t)
            more = _per_slot(grid, prices - site.price) * supply.energy_weight(site.cluster.pue)
            more += supply.carbon_usd_per_t * _per_slot(grid, carbon - site.carbon_t)
            usd, emitted = more * work.discount, _per_slot(grid, carbon)
            per_watt = site.cluster.pue / WATTS_PER_MW
            for meter in legend.watt_meters[site.index]:
                price[:, meter] += usd * per_watt
                np.multiply(emitted, per_watt, out=tonnes[:, meter])
            constant += site.cluster.idle_mw * usd.sum(axis=1)
            constant_t += site.cluster.idle_mw * emitted.sum(axis=1)
        number = np.array([future.number for future in futures], dtype=np.int64)
        return Worlds(number, clock, clock[:, :, -1] / grid.hours, room, price, tonnes), constant, constant_t

    def _world(self, future: Future) -> World:
        """What a future does to clusters, drawn prices among it; what is drawn in blocks stands in their place."""
        legend = self.compiled.legend
        made = world(legend.scenario, legend.grid, self.drawing.histories, future)
        site = {each.cluster.name: each for each in legend.sites}
        for name, field, how, k in self._prices:
            kept, planned = (
                (made.price, site[name].price) if field == "energy_price" else (made.carbon, site[name].carbon_t * 1000)
            )
            value = float(future.inputs[k])
            kept.setdefault(name, planned * value if how == "factor" else np.full(len(planned), value))
        return made

    @cached_property
    def _prices(self) -> list[tuple[str, str, str, int]]:
        return _of_prices(self.compiled.legend.scenario) or []

    @cached_property
    def _rows(self) -> list[tuple[str, Floats, slice]]:
        """Name of the cluster, (T,) accelerators that stand, and rows of each pool."""
        legend, slots = self.compiled.legend, self.compiled.problem.work.slots
        pools = {f"accelerators of {legend.pool_name(p)}": pool for p, pool in enumerate(legend.pools)}
        return [
            (
                cluster.name,
                standing_accelerators(legend.grid, cluster, pools[label].pool),
                slice(first, first + slots),
            )
            for label, first in self.compiled.problem.row_blocks
            if label in pools
            for cluster in [legend.sites[pools[label].cluster].cluster]
        ]

    def _left(self, one: World) -> Floats:
        """(R,) room of a future in which accelerators are lost."""
        room = self.compiled.problem.rows.upper.copy()
        for name, number, rows in self._rows:
            if name in one.lost:
                room[rows] = np.maximum(room[rows] - lost_accelerators(number, one.lost[name]), 0.0)
        return room


def _with_slack(room: Floats) -> Floats:
    """(R,) room with what rounding may ask for."""
    return np.asarray(room + SLACK * np.maximum(1.0, np.abs(np.where(np.isinf(room), 0.0, room))))


def _per_slot(grid: TimeGrid, per_tick: Floats) -> Floats:
    """(F, T) `compile.prices.per_slot` of many."""
    values = per_tick * grid.tick_hours
    if grid.ticks == grid.slots:
        return values
    return np.asarray(np.add.reduceat(values, np.searchsorted(grid.tick_slot, np.arange(grid.slots)), axis=1))


def _per_kwh(made: list[World], name: str, planned: Floats) -> Floats:
    """(F, K) t/MWh of a cluster's power; (1, K) where all futures have what was planned."""
    if not any(name in one.carbon for one in made):
        return planned[None]
    return np.stack([one.carbon[name] / 1000 if name in one.carbon else planned for one in made])


def at_once(compiled: Compiled, grouped: Grouped, drawing: Drawing, seed: int) -> AtOnce:
    """A plan ready for futures; `compiled` has every row."""
    problem, legend = compiled.problem, compiled.legend
    scenario, rows = legend.scenario, problem.rows
    given = scenario.uncertainty or Uncertainty()
    lengths, late, loss = lengths_of(compiled, grouped)
    groups = Groups(
        key=grouped.key, option=grouped.option, start=grouped.start, units=grouped.units, away_usd=grouped.away_usd,
        miss_usd=given.recourse.missed * grouped.away_usd, deadline=grouped.deadline, end=grouped.end,
        late=late, loss=loss, other_first=grouped.first_other, other=grouped.others,
    )  # fmt: skip
    cells = limits(problem.meters, problem.work.slots, rows.cell_row, rows.cell_meter, rows.cell_slot, rows.cell_weight)
    patience = patience_slots(given.recourse.patience_hours, float(legend.grid.slot_hours.min()))
    clocked, cluster = by_cluster(compiled)
    return AtOnce(clocked, cluster, groups, lengths, cells, Rules(patience, scenario.policy.tails, seed), drawing)


def patience_slots(hours: float, slot_hours: float) -> int:
    """Slots that a run waits before it may go elsewhere."""
    return int(np.ceil(hours / slot_hours - 1e-9))

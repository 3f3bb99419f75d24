"""What stands where before anything is decided: capacity, speed, links, prices (docs/model.md 1, 2, 4, 6)."""

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from oracle.power import Source, battery_sources, facility_watts, is_simple, simple_watts, sources_of

from placement import ephemeris
from placement.schema import Cluster, Pool, Scenario
from placement.series import on_slots
from placement.timegrid import TimeGrid, timegrid

MOMENT = 1e-6
"""Hours by which two moments may differ and count as equal; grains likewise."""
SHARE = 2**20
"""Shares of a link are whole multiples of one over this."""
TB_PER_GBPS_HOUR = 0.45

Place = tuple[str, str]
"""Cluster and pool."""

_POWER = {"launch", "energy", "contracts"}
_COOLED = _POWER | {"cooling"}
_OPERATED = _COOLED | {"carbon", "switching", "facility", "operations", "network", "transfer"}
INSIDE = {
    "launch_and_power": _POWER,
    "energy_cooling_launch": _COOLED,
    "all_but_accelerators": _OPERATED,
    "all_in": _OPERATED | {"accelerators", "rent", "quote"},
}
"""Categories inside each boundary."""


@dataclass
class Bay:
    """A pool in a cluster."""

    place: Place
    pool: Pool
    kw: float
    """Of one accelerator."""
    there: list[int]
    """Accelerators in each slot; of a pool with blocks, those of the blocks that stand."""
    base: list[int]
    """Capacity in each slot, without modules."""
    speed: list[float]
    rent: list[float]
    """$ per accelerator-hour in each slot, 0 without rent."""
    plane: str
    """Plane in which it flies; empty where there is one only."""


@dataclass
class Site:
    """A cluster."""

    cluster: Cluster
    bays: list[Bay]
    facility: list[int] | None
    """Most IT watts that the facility takes in each slot, without modules; None: no limit."""
    simple: bool
    grid_watts: list[int] | None
    """Most IT watts that the one grid of a simple cluster gives; None: no limit."""
    sources: list[Source]
    batteries: list[Any]
    carbon: list[float]
    """g/kWh of the cluster in each slot."""
    gap: float
    inward: list[float] | None
    """TB that the link takes in each slot; None without link."""
    outward: list[float] | None
    resources: dict[str, list[float]]

    @property
    def name(self) -> str:
        """Its name."""
        return self.cluster.name


@dataclass
class Fleet:
    """A scenario with its numbers per slot."""

    scenario: Scenario
    grid: TimeGrid
    sites: dict[str, Site] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.slots = self.grid.slots
        self.grains = self.grid.grains
        self.edge = [float(x) for x in self.grid.edges]
        self.hours = [b - a for a, b in zip(self.edge, self.edge[1:], strict=False)]
        self.end = self.edge[-1]
        rate = self.scenario.money.rate if self.end > 31 * 24 else 0.0  # a month is not discounted
        self.discount = [(1 + rate) ** -(edge / 8766) for edge in self.edge[:-1]]
        self.last_discount = (1 + rate) ** -(self.end / 8766)
        self.inside = set(INSIDE[self.scenario.policy.minimise])
        if "quote" in self.inside:
            self.inside |= {f"term {term.name}" for term in self.scenario.terms}
        for cluster in self.scenario.clusters:
            self.sites[cluster.name] = _site(self, cluster)
        self.bays = {bay.place: bay for site in self.sites.values() for bay in site.bays}

    def site(self, place: Place) -> Site:
        """The cluster of a pool."""
        return self.sites[place[0]]

    def series(self, value: Any) -> list[float]:
        """A series slot by slot."""
        return [float(x) for x in on_slots(value, self.grid, self.scenario)]

    def moment(self, when: Any, default: float | None = None) -> float | None:
        """Hours from the start of a date, or the default where none is given."""
        return default if when is None else float(self.grid.hours_of(when))

    def slot_from(self, hours: float) -> int:
        """The first slot that begins at or after a moment; the number of slots if none does."""
        return next((t for t in range(self.slots) if self.edge[t] >= hours - MOMENT), self.slots)

    def ticks_of(self, slot: int) -> list[int]:
        """Ticks of a slot."""
        return self._ticks[slot]

    @cached_property
    def _ticks(self) -> list[list[int]]:
        ticks: list[list[int]] = [[] for _ in range(self.slots)]
        for tick, slot in enumerate(self.grid.tick_slot):
            ticks[int(slot)].append(tick)
        return ticks

    @property
    def representative(self) -> bool:
        """Whether some tick stands for more than one hour, the same of many days."""
        return any(hours > 1 + MOMENT for hours in self.grid.tick_hours)

    def spans(self, per: str) -> list[int]:
        """The span of each slot: its own number, its period's, or 0 for the horizon."""
        if per == "slot":
            return list(range(self.slots))
        if per == "horizon":
            return [0] * self.slots
        length = self.scenario.horizon.period_slots or self.slots
        return [t // length for t in range(self.slots)]

    def value(self, cash: dict[tuple[str, str, int], float]) -> float:
        """Present value of cash by (category, cluster, slot), categories inside the boundary only."""
        return sum(usd * self.discount[t] for (category, _, t), usd in cash.items() if category in self.inside)


def fleet(scenario: Scenario) -> Fleet:
    """The numbers of a scenario."""
    return Fleet(scenario, timegrid(scenario.horizon))


def _site(fleet: Fleet, cluster: Cluster) -> Site:
    contact, gap = ephemeris.link_contact(fleet.scenario, fleet.grid, cluster)
    sources = sources_of(fleet, cluster)
    simple = is_simple(cluster)
    return Site(
        cluster=cluster,
        bays=[_bay(fleet, cluster, pool) for pool in cluster.pools],
        facility=facility_watts(fleet, cluster),
        simple=simple,
        grid_watts=simple_watts(fleet, cluster, sources) if simple else None,
        sources=sources,
        batteries=battery_sources(cluster),
        carbon=fleet.series(cluster.carbon_g_per_kwh),
        gap=gap,
        inward=_terabytes(fleet, cluster.link.gbps_in, contact) if cluster.link else None,
        outward=_terabytes(fleet, cluster.link.gbps_out, contact) if cluster.link else None,
        resources=_resources(fleet, cluster),
    )


def resource_room(amount: float) -> float:
    """The amount of a resource with the tolerance of real-valued limits."""
    return amount + 1e-6 * max(1.0, amount)


def _resources(fleet: Fleet, cluster: Cluster) -> dict[str, list[float]]:
    """Amounts by name and slot; what some cluster lists is nought on those that do not."""
    names = [name for other in fleet.scenario.clusters for name in other.resources]
    return {name: fleet.series(cluster.resources.get(name, 0.0)) for name in dict.fromkeys(names)}


def _bay(fleet: Fleet, cluster: Cluster, pool: Pool) -> Bay:
    reserved = fleet.series(pool.reserved)
    there, base = [], []
    working = ephemeris.working_share(fleet.grid, cluster)
    for t in range(fleet.slots):
        standing = [block.number for block in pool.blocks if _in_service(fleet, block.service, t)]
        there.append(sum(standing) if pool.blocks else pool.number)
        free = math.floor(there[t] * float(working[t]) + 1e-6) - pool.spares - math.ceil(reserved[t] - 1e-6)
        served = _in_service(fleet, pool.service, t) and _in_service(fleet, cluster.service, t)
        base.append(max(0, free) if served else 0)
    rent = pool.usd_per_accelerator_hour
    return Bay(
        place=(cluster.name, str(pool.name)),
        pool=pool,
        kw=ephemeris.pool_kw(fleet.scenario, pool),
        there=there,
        base=base,
        speed=[float(v) for v in ephemeris.pool_speed(fleet.scenario, fleet.grid, cluster, pool)],
        rent=[0.0] * fleet.slots if rent is None else fleet.series(rent),
        plane=pool.plane or (cluster.planes[0].name if cluster.planes else ""),
    )


def _in_service(fleet: Fleet, window: Any, t: int) -> bool:
    """Whether a slot lies wholly inside a window."""
    if window is None:
        return True
    begin = fleet.moment(window.from_, -math.inf)
    end = fleet.moment(window.to, math.inf)
    return fleet.edge[t] >= begin - MOMENT and fleet.edge[t + 1] <= end + MOMENT


def _terabytes(fleet: Fleet, gbps: float, contact: Any) -> list[float]:
    return [TB_PER_GBPS_HOUR * gbps * fleet.hours[t] * float(contact[t]) for t in range(fleet.slots)]

"""Power of a cluster before anything is decided: sources with what they give, and simple limits (docs/model.md 6)."""

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from placement.schema import Battery, Cluster, Gas, Grid, Renewable, TakeOrPay
from placement.series import on_ticks

if TYPE_CHECKING:
    from oracle.fleet import Fleet


@dataclass
class Source:
    """A source of power that is not a battery, tick by tick."""

    name: str
    price: list[float]
    """$/MWh."""
    carbon: list[float]
    """g/kWh."""
    limit: list[float]
    """MW, may be infinite; what modules add apart."""
    output: list[float]
    """What a MW that modules add gives."""
    demand_charge: float = 0.0
    peak_so_far: float = 0.0
    take_or_pay: TakeOrPay | None = None


def is_simple(cluster: Cluster) -> bool:
    """At most one source, a grid without demand charge or take-or-pay, not switchable, not raised by modules."""
    if cluster.switchable or len(cluster.sources) > 1 or any(module.sources_mw for module in cluster.modules):
        return False
    return all(
        isinstance(source, Grid) and source.demand_charge_usd_per_mw == 0 and source.take_or_pay is None
        for source in cluster.sources
    )


def battery_sources(cluster: Cluster) -> list[Battery]:
    """Batteries of a cluster."""
    return [source for source in cluster.sources if isinstance(source, Battery)]


def sources_of(fleet: "Fleet", cluster: Cluster) -> list[Source]:
    """Sources of a cluster; without any one grid on Earth, free power in orbit."""

    def ticks(value: Any) -> list[float]:
        return [float(x) for x in on_ticks(value, fleet.grid, fleet.scenario)]

    endless, whole = [math.inf] * fleet.grid.ticks, [1.0] * fleet.grid.ticks
    if not cluster.sources:
        if cluster.orbital:
            return [Source("array", ticks(0.0), ticks(0.0), endless, whole)]
        return [Source("grid", ticks(cluster.energy_price), ticks(cluster.carbon_g_per_kwh), endless, whole)]
    found = []
    for source in cluster.sources:
        if isinstance(source, Grid):
            found.append(_grid(fleet, cluster, source, ticks))
        elif isinstance(source, Gas):
            limit = ticks(source.limit_mw)
            found.append(Source(str(source.name), ticks(source.price), ticks(source.carbon_g_per_kwh), limit, whole))
        elif isinstance(source, Renewable):
            output = ticks(source.capacity_factor)
            limit = [source.mw * share for share in output]
            found.append(Source(str(source.name), ticks(source.price), ticks(source.carbon_g_per_kwh), limit, output))
    return found


def _grid(fleet: "Fleet", cluster: Cluster, source: Grid, ticks: Any) -> Source:
    return Source(
        name=str(source.name),
        price=ticks(cluster.energy_price if source.price is None else source.price),
        carbon=ticks(cluster.carbon_g_per_kwh if source.carbon_g_per_kwh is None else source.carbon_g_per_kwh),
        limit=_grid_limit(fleet, source, ticks),
        output=[1.0] * fleet.grid.ticks,
        demand_charge=source.demand_charge_usd_per_mw,
        peak_so_far=source.peak_so_far_mw,
        take_or_pay=source.take_or_pay,
    )


def _grid_limit(fleet: "Fleet", source: Grid, ticks: Any) -> list[float]:
    """MW in each tick: curtailed hours count with the curtailed limit, hours before the connection with 0."""
    limit = [math.inf] * fleet.grid.ticks if source.limit_mw is None else ticks(source.limit_mw)
    windows = [(fleet.moment(c.from_), fleet.moment(c.to), c.limit_mw) for c in source.curtailments]
    marks = [mark for begin, end, _ in windows for mark in (begin, end) if 0 < mark < fleet.end]
    mean = [0.0] * fleet.grid.ticks
    for begin, end in pairwise(sorted({0.0, fleet.end, *marks})):
        share = fleet.grid.ticks_inside(begin, end)
        called = [mw for first, last, mw in windows if first <= begin and end <= last]
        for tick in range(fleet.grid.ticks):
            if share[tick] > 0:
                mean[tick] += float(share[tick]) * min(limit[tick], *called, math.inf)
    connected = fleet.moment(source.connected)
    if connected is None:
        return mean
    live = fleet.grid.ticks_inside(connected, fleet.end)
    return [mw * float(part) if part > 0 else 0.0 for mw, part in zip(mean, live, strict=True)]


def facility_watts(fleet: "Fleet", cluster: Cluster) -> list[int] | None:
    """Most IT watts under `power_limit_mw` in each slot, its lowest tick counting; None without limit."""
    if cluster.power_limit_mw is None:
        return None
    limit = on_ticks(cluster.power_limit_mw, fleet.grid, fleet.scenario)
    return [_it_watts(min(float(limit[k]) for k in fleet.ticks_of(t)), cluster) for t in range(fleet.slots)]


def simple_watts(fleet: "Fleet", cluster: Cluster, sources: list[Source]) -> list[int] | None:
    """Most IT watts that the one grid of a simple cluster gives in each slot; None without limit."""
    limit = sources[0].limit
    if all(math.isinf(mw) for mw in limit):
        return None
    lowest = [min(limit[k] for k in fleet.ticks_of(t)) for t in range(fleet.slots)]
    return [_it_watts(mw, cluster) if math.isfinite(mw) else 10**15 for mw in lowest]


def _it_watts(mw: float, cluster: Cluster) -> int:
    return max(0, math.floor((1e6 * mw - 1e6 * cluster.idle_mw) / cluster.pue + 1e-6))

"""Clusters and pools as arrays over slots: capacity, speed, power, links, fixed costs."""

import itertools
from dataclasses import dataclass

import numpy as np

from placement import ephemeris
from placement.compile.growth import Potential, potential
from placement.kernels.work import Floats
from placement.money import annual_usd
from placement.problem import Bools
from placement.schema import Cluster, Grid, Pool, Scenario, Window
from placement.series import on_slots, on_ticks
from placement.timegrid import TimeGrid
from placement.units import HOURS_PER_YEAR, WATTS_PER_MW, tb_per_hour


@dataclass(frozen=True)
class PoolArrays:
    """A pool; arrays over slots, shape (T,)."""

    cluster: int
    pool: Pool
    kw: float
    capacity: Floats
    """Accelerators without modules."""
    potential: Floats
    """Accelerators with every module that could stand."""
    standing: Floats
    """Accelerators without modules, were the pool in service all the time."""
    speed: Floats
    fixed: dict[str, float]
    """$ per year by category, for the pool as a whole, all its blocks."""
    rent: Floats | None
    """$ per accelerator-hour."""


@dataclass(frozen=True)
class Site:
    """A cluster; arrays over slots (T,) or ticks (K,)."""

    index: int
    cluster: Cluster
    grid_source: Grid | None
    """The grid of a simple cluster; None if it has no energy cost or is a plant."""
    simple: bool
    facility_watts: Floats
    """(T,) most IT watts by `power_limit_mw` without modules; inf without limit."""
    grid_watts: Floats
    """(T,) most IT watts by the grid of a simple cluster; inf without limit."""
    potential_watts: Floats
    """(T,) the lower of the two, with every module that could stand."""
    price: Floats
    """(K,) $/MWh at the cluster's meter."""
    carbon_t: Floats
    """(K,) t/MWh at the cluster's meter."""
    link_in: Floats | None
    """(T,) TB; None without a link."""
    link_out: Floats | None
    contact_gap_hours: float
    pools: tuple[int, ...]
    potential: Potential
    """What modules could add at most."""


def in_service(grid: TimeGrid, window: Window | None) -> Bools:
    """Shape (T,): slots wholly inside a window."""
    if window is None:
        return np.ones(grid.slots, dtype=bool)
    first = -np.inf if window.from_ is None else float(grid.hours_of(window.from_))
    last = np.inf if window.to is None else float(grid.hours_of(window.to))
    return grid.slots_inside(first, last)


def number_there(grid: TimeGrid, pool: Pool) -> Floats:
    """Shape (T,): accelerators of a pool, of its blocks those in service."""
    if not pool.blocks:
        return np.full(grid.slots, float(pool.number))
    there = np.zeros(grid.slots)
    for block in pool.blocks:
        there += block.number * in_service(grid, block.service)
    return there


def share_there(grid: TimeGrid, pool: Pool) -> Floats:
    """Shape (T,): share of a pool's number that is in service by its blocks; 1 without blocks or accelerators."""
    return number_there(grid, pool) / pool.number if pool.number else np.ones(grid.slots)


def lowest_tick(grid: TimeGrid, values: Floats) -> Floats:
    """Shape (T,): the lowest of each slot's ticks."""
    result = np.full(grid.slots, np.inf)
    np.minimum.at(result, grid.tick_slot, values)
    return result


def grid_limit(scenario: Scenario, grid: TimeGrid, source: Grid) -> Floats:
    """Shape (K,): most that a grid gives, MW; inf without limit (`docs/model.md` §6)."""
    own = np.full(grid.ticks, np.inf) if source.limit_mw is None else on_ticks(source.limit_mw, grid, scenario)
    calls = [(float(grid.hours_of(c.from_)), float(grid.hours_of(c.to)), c.limit_mw) for c in source.curtailments]
    edges = sorted({0.0, grid.hours, *(min(max(edge, 0.0), grid.hours) for call in calls for edge in call[:2])})
    limit = np.zeros(grid.ticks)
    for first, last in itertools.pairwise(edges):
        share = grid.ticks_inside(first, last)
        called = min((mw for begin, end, mw in calls if begin <= first and last <= end), default=np.inf)
        here = np.flatnonzero(share > 0)
        limit[here] += share[here] * np.minimum(own[here], called)
    if source.connected is not None:
        share = grid.ticks_inside(float(grid.hours_of(source.connected)), np.inf)
        limit = np.where(share > 0, limit * np.where(share > 0, share, 1.0), 0.0)
    return limit


def is_simple(cluster: Cluster) -> bool:
    """Whether energy is just IT power times PUE, plus idle, from one grid or for free (`docs/model.md` §6)."""
    if cluster.switchable or len(cluster.sources) > 1 or any(module.sources_mw for module in cluster.modules):
        return False
    return all(
        isinstance(source, Grid) and source.demand_charge_usd_per_mw == 0 and source.take_or_pay is None
        for source in cluster.sources
    )


def simple_grid(cluster: Cluster) -> Grid | None:
    """The one grid of a simple cluster; None for satellites without sources, whose power is free."""
    if cluster.sources:
        source = cluster.sources[0]
        assert isinstance(source, Grid)
        return source
    return None if cluster.orbital else Grid()


def it_watts(limit_mw: Floats, cluster: Cluster) -> Floats:
    """IT watts that a facility limit leaves: floor((1e6 L - 1e6 idle)/pue + 1e-6), at least 0; inf stays."""
    with np.errstate(invalid="ignore"):
        watts = np.floor((WATTS_PER_MW * limit_mw - WATTS_PER_MW * cluster.idle_mw) / cluster.pue + 1e-6)
    return np.where(np.isinf(limit_mw), np.inf, np.maximum(watts, 0.0))


def sites(scenario: Scenario, grid: TimeGrid) -> list[Site]:
    """Every cluster, in file order."""
    result = []
    pool = 0
    for index, cluster in enumerate(scenario.clusters):
        result.append(_site(scenario, grid, index, cluster, tuple(range(pool, pool + len(cluster.pools)))))
        pool += len(cluster.pools)
    return result


def _site(scenario: Scenario, grid: TimeGrid, index: int, cluster: Cluster, pools: tuple[int, ...]) -> Site:
    simple = is_simple(cluster)
    source = simple_grid(cluster) if simple else None
    price = on_ticks(cluster.energy_price, grid, scenario)
    carbon = on_ticks(cluster.carbon_g_per_kwh, grid, scenario) / 1000
    watts = np.full(grid.slots, np.inf)
    if cluster.power_limit_mw is not None:
        watts = it_watts(lowest_tick(grid, on_ticks(cluster.power_limit_mw, grid, scenario)), cluster)
    could = potential(scenario, grid, cluster)
    most = np.full(grid.slots, np.inf)
    if source is not None:
        price = price if source.price is None else on_ticks(source.price, grid, scenario)
        carbon = carbon if source.carbon_g_per_kwh is None else on_ticks(source.carbon_g_per_kwh, grid, scenario) / 1000
        most = it_watts(lowest_tick(grid, grid_limit(scenario, grid, source)), cluster)
    best = np.minimum(watts + could.watts, most)
    contact, gap = ephemeris.link_contact(scenario, grid, cluster)
    link = cluster.link
    tb_in = tb_per_hour(link.gbps_in) * grid.slot_hours * contact if link else None
    tb_out = tb_per_hour(link.gbps_out) * grid.slot_hours * contact if link else None
    return Site(index, cluster, source, simple, watts, most, best, price, carbon, tb_in, tb_out, gap, pools, could)


def pools(scenario: Scenario, grid: TimeGrid) -> list[PoolArrays]:
    """Every pool, by cluster in file order."""
    result = []
    for index, cluster in enumerate(scenario.clusters):
        fixed = fixed_costs(scenario, cluster)
        service = in_service(grid, cluster.service)
        could = potential(scenario, grid, cluster)
        for own, pool in zip(fixed, cluster.pools, strict=True):
            serving = service & in_service(grid, pool.service)
            taken = np.ceil(on_slots(pool.reserved, grid, scenario) - 1e-6)
            works = np.floor(number_there(grid, pool) * ephemeris.working_share(grid, cluster) + 1e-6)
            standing = np.maximum(works - pool.spares - taken, 0.0)
            capacity = np.where(serving, standing, 0.0)
            added = could.accelerators.get(str(pool.name), 0.0)
            rent = None
            if pool.usd_per_accelerator_hour is not None:
                rent = on_slots(pool.usd_per_accelerator_hour, grid, scenario)
            kw = ephemeris.pool_kw(scenario, pool)
            speed = ephemeris.pool_speed(scenario, grid, cluster, pool)
            result.append(PoolArrays(index, pool, kw, capacity, capacity + added, standing, speed, own, rent))
    return result


def fixed_costs(scenario: Scenario, cluster: Cluster) -> list[dict[str, float]]:
    """$ per year of each pool of a cluster with all its blocks, by category (`docs/model.md` §9)."""
    power = np.array([pool.number * ephemeris.pool_kw(scenario, pool) for pool in cluster.pools])
    share = power / power.sum() if power.sum() > 0 else np.full(len(power), 1 / max(len(power), 1))
    result: list[dict[str, float]] = [{} for _ in cluster.pools]
    for cost in cluster.fixed_costs:
        annual = annual_usd(cost, scenario.money.rate)
        for index, pool in enumerate(cluster.pools):
            if cost.pool is not None and cost.pool != pool.name:
                continue
            of_cluster = 1.0 if cost.pool is not None else float(share[index])
            units = {
                "mw": float(power[index]) / 1000,
                "accelerator": float(pool.number),
                "cluster": of_cluster,
                "satellite": of_cluster * (cluster.satellites.number if cluster.satellites else 0),
            }[cost.per]
            result[index][cost.category] = result[index].get(cost.category, 0.0) + annual * units
    return result


def hourly_rate(pool: PoolArrays, category: str) -> float:
    """$ per accelerator-hour of a fixed cost, if the pool is charged by use."""
    return pool.fixed.get(category, 0.0) / (HOURS_PER_YEAR * pool.pool.number) if pool.pool.number else 0.0

"""Dollars of meters, by category and cluster, and what no decision changes."""

import numpy as np

from placement.compile.fleet import PoolArrays, Site, hourly_rate, share_there
from placement.compile.meters import Meters, Term
from placement.kernels.work import Floats
from placement.money import CARBON, COOLING, ENERGY, FIXED, RENT
from placement.schema import Scenario
from placement.timegrid import TimeGrid
from placement.units import HOURS_PER_YEAR, WATTS_PER_MW


def per_slot(grid: TimeGrid, per_tick: Floats) -> Floats:
    """Shape (T,): hours-weighted sum of a tick's values over each slot."""
    return np.asarray(np.bincount(grid.tick_slot, per_tick * grid.tick_hours, grid.slots), dtype=np.float64)


def energy_terms(scenario: Scenario, grid: TimeGrid, site: Site) -> dict[str, Floats]:
    """Undiscounted $ per slot of one MW at the meter of a simple cluster, by category, shape (T,)."""
    if site.grid_source is None:
        return {}
    bill = per_slot(grid, site.price)
    pue = site.cluster.pue
    terms = {ENERGY: bill / pue, COOLING: bill * (1 - 1 / pue)}
    if scenario.policy.carbon_usd_per_t:
        terms[CARBON] = scenario.policy.carbon_usd_per_t * per_slot(grid, site.carbon_t)
    return terms


def meter_terms(
    scenario: Scenario, grid: TimeGrid, sites: list[Site], pools: list[PoolArrays], meters: Meters
) -> list[Term]:
    """Own prices of accelerators (use, rent) and watts (energy of simple clusters), present value."""
    discount = grid.discount(scenario.money.rate)
    terms = []
    for site in sites:
        if site.simple:
            for category, usd in energy_terms(scenario, grid, site).items():
                for _, meter in meters.like("watt", site.index):
                    terms.append(Term(category, site.index, meter, usd * site.cluster.pue / WATTS_PER_MW * discount))
    for index, pool in enumerate(pools):
        charge = sites[pool.cluster].cluster.charge
        for _, meter in meters.like("acc", index):
            if pool.rent is not None:
                terms.append(Term(RENT, pool.cluster, meter, pool.rent * grid.slot_hours * discount))
            if charge == "used":
                for category in FIXED:
                    rate = hourly_rate(pool, category)
                    if rate:
                        terms.append(Term(category, pool.cluster, meter, rate * grid.slot_hours * discount))
    return terms


def fixed_by_category(grid: TimeGrid, site: Site, pools: list[PoolArrays]) -> dict[str, Floats]:
    """Undiscounted $ per slot of a cluster's fixed costs, by category, shape (T,): of blocks what is in service."""
    result: dict[str, Floats] = {}
    for index in site.pools:
        years = share_there(grid, pools[index].pool) * grid.slot_hours / HOURS_PER_YEAR
        for category, usd in pools[index].fixed.items():
            result[category] = result.get(category, 0.0) + usd * years
    return result


def constants(
    scenario: Scenario, grid: TimeGrid, sites: list[Site], pools: list[PoolArrays]
) -> dict[tuple[str, int], float]:
    """Present value by category and cluster: owned fixed costs, idle energy of simple clusters."""
    result: dict[tuple[str, int], float] = {}
    discount = grid.discount(scenario.money.rate)
    for site in sites:
        if site.cluster.charge == "owned":
            for category, usd in fixed_by_category(grid, site, pools).items():
                result[category, site.index] = float((usd * discount).sum())
        if site.simple and site.cluster.idle_mw:
            for category, idle in energy_terms(scenario, grid, site).items():
                key = (category, site.index)
                result[key] = result.get(key, 0.0) + float((idle * site.cluster.idle_mw * discount).sum())
    return result

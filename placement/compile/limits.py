"""Limits as rows over meters (`docs/model.md` §7)."""

from dataclasses import dataclass

import numpy as np

from placement.compile.fleet import PoolArrays, Site
from placement.compile.groups import Groups
from placement.compile.meters import Meters, RowList, Term
from placement.compile.prices import energy_terms, per_slot
from placement.compile.uses import NO_GROUP
from placement.kernels.work import SHARE_UNITS, Floats, Ints
from placement.problem import Tally
from placement.schema import Limit, Scenario
from placement.series import on_slots
from placement.timegrid import TimeGrid
from placement.units import WATTS_PER_MW

SUPPLIED = ("usd", "investment_usd", "tco2")
"""What limits count of supply."""


@dataclass(frozen=True)
class _Scope:
    """What one limit chooses."""

    clusters: frozenset[int]
    pools: frozenset[int] | None
    groups: set[int]
    """Groups of jobs."""
    filtered: bool
    """Whether it chooses among pools or jobs."""


def spans_of(grid: TimeGrid, per: str) -> Ints:
    """Shape (T,): span of each slot."""
    if per == "slot":
        return np.arange(grid.slots)
    return grid.period if per == "period" else np.zeros(grid.slots, dtype=np.int64)


def limit_rows(
    scenario: Scenario,
    grid: TimeGrid,
    sites: list[Site],
    pools: list[PoolArrays],
    groups: Groups,
    meters: Meters,
    rows: RowList,
    terms: list[Term],
) -> tuple[Tally, ...]:
    """Rows of all limits; returns what of them supply counts in."""
    tallies = []
    for limit in scenario.limits:
        scope = _scope(limit, sites, pools, groups)
        span = spans_of(grid, limit.per)
        firsts = np.flatnonzero(np.diff(span, prepend=-1))
        constant = _constant(scenario, grid, sites, limit, scope, span)
        size = len(firsts)
        upper = np.full(size, np.inf) if limit.max is None else on_slots(limit.max, grid, scenario)[firsts] - constant
        lower = np.full(size, -np.inf) if limit.min is None else on_slots(limit.min, grid, scenario)[firsts] - constant
        penalty = np.nan if limit.penalty_usd is None else limit.penalty_usd
        own = rows.add(f"limit {limit.name}", span, lower, upper, penalty)
        for meter, weight in _weights(scenario, grid, sites, pools, limit, scope, meters, terms):
            rows.fill(own, meter, weight)
        if limit.of in SUPPLIED and not scope.filtered:
            flights = limit.over.clusters is None
            tallies.append(Tally(limit.of, own, span, scope.clusters, flights, scenario.policy.carbon_usd_per_t))
    return tuple(tallies)


def _scope(limit: Limit, sites: list[Site], pools: list[PoolArrays], groups: Groups) -> _Scope:
    over = limit.over
    clusters = frozenset(site.index for site in sites if over.clusters is None or site.cluster.name in over.clusters)
    chosen = None
    if over.pools is not None:
        chosen = frozenset(
            index
            for index, pool in enumerate(pools)
            if f"{sites[pool.cluster].cluster.name}/{pool.pool.name}" in over.pools
        )
    return _Scope(clusters, chosen, groups.of(over.jobs), chosen is not None or over.jobs is not None)


def _constant(scenario: Scenario, grid: TimeGrid, sites: list[Site], limit: Limit, scope: _Scope, span: Ints) -> Floats:
    """What idle power of simple clusters adds to each span, shape (spans,)."""
    total = np.zeros(grid.slots)
    if scope.filtered or limit.of not in ("usd", "tco2"):
        return np.zeros(int(span[-1]) + 1)
    for site in sites:
        if site.index in scope.clusters and site.simple and site.grid_source is not None:
            if limit.of == "usd":
                total += site.cluster.idle_mw * sum(energy_terms(scenario, grid, site).values())
            else:
                total += site.cluster.idle_mw * per_slot(grid, site.carbon_t)
    return np.asarray(np.bincount(span, total), dtype=np.float64)


def _weights(
    scenario: Scenario,
    grid: TimeGrid,
    sites: list[Site],
    pools: list[PoolArrays],
    limit: Limit,
    scope: _Scope,
    meters: Meters,
    terms: list[Term],
) -> list[tuple[int, Floats]]:
    """Meters that a limit counts and their weights, shape (T,)."""
    hours = np.ones(grid.slots) if limit.per == "slot" else grid.slot_hours
    result: list[tuple[int, Floats]] = []
    if limit.of == "accelerators":
        result = [(meter, hours) for _, meter in _accelerators(pools, scope, meters)]
    elif limit.of in ("mw", "mwh", "water_l", "tco2"):
        for site, meter in _watts(sites, scope, meters):
            result.append((meter, _per_watt(scenario, grid, site, limit, scope)))
    elif limit.of == "tb":
        for name in ("in", "out"):
            for key, meter in meters.like(name):
                site = sites[int(key[1])]  # type: ignore[call-overload]
                capacity = site.link_in if name == "in" else site.link_out
                counted = key[2] in scope.groups or (key[2] == NO_GROUP and not scope.filtered)
                if site.index in scope.clusters and capacity is not None and counted:
                    result.append((meter, capacity / SHARE_UNITS))
    elif limit.of == "investment_usd":
        result = []
    elif limit.of == "usd":
        result = _dollars(scenario, grid, sites, scope, meters, terms)
    else:
        result = [
            (meter, hours)
            for key, meter in meters.like("res")
            if key[2] == limit.of and key[1] in scope.clusters and key[3] in scope.groups
        ]
    return result


def _accelerators(pools: list[PoolArrays], scope: _Scope, meters: Meters) -> list[tuple[int, int]]:
    found = []
    for key, meter in meters.like("acc"):
        pool, group = int(key[1]), key[2]  # type: ignore[call-overload]
        chosen = scope.pools is None or pool in scope.pools
        if pools[pool].cluster in scope.clusters and chosen and group in scope.groups:
            found.append((pool, meter))
    return found


def _watts(sites: list[Site], scope: _Scope, meters: Meters) -> list[tuple[Site, int]]:
    """Watt meters that a limit counts."""
    found = []
    for key, meter in meters.like("watt"):
        site, pool, group = sites[int(key[1])], key[2], key[3]  # type: ignore[call-overload]
        chosen = scope.pools is None or pool in scope.pools
        if site.index in scope.clusters and chosen and group in scope.groups:
            found.append((site, meter))
    return found


def _per_watt(scenario: Scenario, grid: TimeGrid, site: Site, limit: Limit, scope: _Scope) -> Floats:
    """What one IT watt adds in a slot, shape (T,)."""
    pue = site.cluster.pue
    if limit.of == "mw":
        return np.full(grid.slots, pue / WATTS_PER_MW)
    if limit.of == "mwh":
        return pue / WATTS_PER_MW * grid.slot_hours
    if limit.of == "water_l":
        return site.cluster.water_l_per_kwh / 1000 * grid.slot_hours
    if scope.filtered:
        own = on_slots(site.cluster.carbon_g_per_kwh, grid, scenario) / 1000 * grid.slot_hours
        return own * pue / WATTS_PER_MW
    if not site.simple or site.grid_source is None:
        return np.zeros(grid.slots)  # plants are tallied; satellites without sources emit nothing
    return per_slot(grid, site.carbon_t) * pue / WATTS_PER_MW


def _dollars(
    scenario: Scenario, grid: TimeGrid, sites: list[Site], scope: _Scope, meters: Meters, terms: list[Term]
) -> list[tuple[int, Floats]]:
    """Undiscounted cash of meters: energy, use, rent, and what is paid at starts."""
    discount = grid.discount(scenario.money.rate)
    result = [(term.meter, term.usd / discount) for term in terms if term.cluster in scope.clusters]
    for key, meter in meters.like("cash"):
        if key[1] in scope.clusters:
            result.append((meter, np.ones(grid.slots)))
    return result

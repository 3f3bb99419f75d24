"""Power that clusters may draw: limits of facility and grid, which clusters are simple (docs/model.md §6)."""

import math
from itertools import pairwise

import numpy as np

from placement.schema import Cluster, Grid
from placement.timegrid import TimeGrid
from placement.verifier.fleet import Fleet
from placement.verifier.spans import UNLIMITED, Ints, Reals


def is_simple(cluster: Cluster) -> bool:
    """Whether energy is just load × PUE + idle: at most a grid without contracts, no switching, no raised sources.

    A module that could raise a source is enough, whether any is built or not.
    """
    if cluster.switchable or len(cluster.sources) > 1 or any(module.sources_mw for module in cluster.modules):
        return False
    if not cluster.sources:
        return True
    source = cluster.sources[0]
    return isinstance(source, Grid) and not source.demand_charge_usd_per_mw and source.take_or_pay is None


def only_grid(cluster: Cluster) -> Grid | None:
    """The grid of a cluster without sources, at `energy_price`; None for satellites, whose power is free."""
    return None if cluster.orbital else Grid()


def lowest_tick(grid: TimeGrid, ticks: Reals) -> Reals:
    """Shape (T,): lowest of the ticks of each slot."""
    result = np.full(grid.slots, np.inf)
    np.minimum.at(result, grid.tick_slot, ticks)
    return result


def grid_limit(fleet: Fleet, source: Grid) -> Reals:
    """Shape (K,): most that a grid gives in each tick, MW, mean over its hours; infinite without a limit."""
    grid = fleet.grid
    limit = np.full(grid.ticks, np.inf) if source.limit_mw is None else fleet.ticks(source.limit_mw)
    called = [(*(float(grid.hours_of(moment)) for moment in (c.from_, c.to)), c.limit_mw) for c in source.curtailments]
    moments = sorted({moment for begin, end, _ in called for moment in (begin, end)})
    share_free, total = np.ones(grid.ticks), np.zeros(grid.ticks)
    for begin, end in pairwise(moments):
        caps = [cap for first, last, cap in called if first <= begin and end <= last]
        if caps:
            share = grid.ticks_inside(begin, end)
            share_free = share_free - share
            total += np.where(share > 0, share * np.minimum(limit, min(caps)), 0.0)
    free = share_free > 1e-12
    result = total + np.where(free, np.where(free, share_free, 1.0) * limit, 0.0)
    if source.connected is None:
        return result
    connected = grid.ticks_inside(float(grid.hours_of(source.connected)), math.inf)
    return np.where(connected > 0, np.where(connected > 0, connected, 1.0) * result, 0.0)


def _it_watts(megawatts: Reals, cluster: Cluster) -> Ints:
    """IT watts that a draw of the facility leaves after idle power and PUE, rounded down, at least 0."""
    finite = np.isfinite(megawatts)
    left = (1e6 * np.where(finite, megawatts, 0.0) - 1e6 * cluster.idle_mw) / cluster.pue
    return np.where(finite, np.maximum(np.floor(left + 1e-6), 0.0), float(UNLIMITED)).astype(np.int64)


def facility_watts(fleet: Fleet) -> Ints:
    """Shape (clusters, T): IT watts that facilities allow without modules, or UNLIMITED."""
    result = np.full((len(fleet.clusters), fleet.grid.slots), UNLIMITED, dtype=np.int64)
    for index, cluster in enumerate(fleet.clusters):
        if cluster.power_limit_mw is not None:
            result[index] = _it_watts(lowest_tick(fleet.grid, fleet.ticks(cluster.power_limit_mw)), cluster)
    return result


def grid_watts(fleet: Fleet) -> Ints:
    """Shape (clusters, T): IT watts that the grids of simple clusters allow, or UNLIMITED."""
    result = np.full((len(fleet.clusters), fleet.grid.slots), UNLIMITED, dtype=np.int64)
    for index, cluster in enumerate(fleet.clusters):
        if is_simple(cluster) and cluster.sources:
            source = cluster.sources[0]
            assert isinstance(source, Grid)
            result[index] = _it_watts(lowest_tick(fleet.grid, grid_limit(fleet, source)), cluster)
    return result


def it_watts_allowed(fleet: Fleet, raised: Ints) -> Ints:
    """Shape (clusters, T): IT watts allowed by facility, with `raised` of modules, and grid, or UNLIMITED."""
    facility = facility_watts(fleet)
    facility = np.where(facility == UNLIMITED, UNLIMITED, facility + raised)
    return np.minimum(facility, grid_watts(fleet))

"""Pools that stood still up to the moment: how the past is told of runs that were held there meanwhile.

A run ends once its work is done, so history that is held where and when it ran would end with the last slot in which
its pools worked. These pools are given full speed in the slots in which they stood still before the moment, and the
runs the work that they would have done there: only how the past is told changes. Where flows are served, which would
then be served in the past as well, history ends early.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from placement.compile import Compiled
from placement.ephemeris import pool_speed
from placement.kernels.work import Floats
from placement.replanning.begun import Units
from placement.timegrid import EDGE_TOLERANCE_HOURS


@dataclass(frozen=True)
class Standing:
    """What is told of the past."""

    since: dict[tuple[str, str], int]
    """By cluster and pool: the first of the slots before the moment in which it is given full speed."""
    more: dict[int, float]
    """By number of units: hours at speed 1 that the last of what they had done is longer."""


def standing(compiled: Compiled, units: Sequence[Units], k: int) -> Standing:
    """The pools on which units were held in vain when slot k begins, and what these get for it."""
    work, legend = compiled.problem.work, compiled.legend
    grid, edges = legend.grid, legend.grid.edges
    if legend.scenario.flows:
        return Standing({}, {})
    since: dict[int, int] = {}
    held: dict[int, tuple[tuple[int, ...], int]] = {}
    for n, each in enumerate(units):
        if not each.begun:
            continue
        last = each.done[-1]
        clock = work.clock_work[work.option_clock[last.option]]
        first = max(int(np.searchsorted(clock[: k + 1], clock[k])), last.start)
        if first >= k or each.until <= edges[first] + EDGE_TOLERANCE_HOURS:
            continue
        pools = tuple(legend.parts(np.array([last.option]))[1].tolist())
        held[n] = pools, first
        for pool in pools:
            since[pool] = min(first, since.get(pool, k))
    speeds: dict[int, Floats] = {}
    for pool, first in since.items():
        there = legend.pools[pool]
        freely = there.pool.model_copy(update={"speed": 1.0})
        full = pool_speed(legend.scenario, grid, legend.sites[there.cluster].cluster, freely)
        speeds[pool] = np.where((there.speed == 0) & (np.arange(grid.slots) >= first), full, there.speed)
    more = {}
    for n, (pools, first) in held.items():
        speed = np.min([speeds[pool] for pool in pools], axis=0)
        hours = np.clip(units[n].until - edges[:-1], 0.0, grid.slot_hours)
        more[n] = float((speed * hours)[first:k].sum())
    named = {}
    for pool, first in since.items():
        there = legend.pools[pool]
        named[legend.sites[there.cluster].cluster.name, str(there.pool.name)] = first
    return Standing(named, more)

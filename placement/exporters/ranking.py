"""Which clusters come first for each job: the planned one, then the others by what a unit would cost there.

For each way to run a job on one cluster, a unit is looked at that starts no sooner than the plan starts it:

    start   the first allowed start from the planned one on at which what the plan leaves of the pool's accelerators and
            of the cluster's power is enough for the whole run; where there is none, the first allowed start
    usd     what it costs from there (`kernels/price`): transfers, quotes, rent or use, tail and delay, and energy at
            the hour's price; where a cluster has a plant of its own, at its cheapest source, and where it is switched
            on for its runs, with a share of what being on costs (`search/steady`)

Present value, $, inside the boundary that is decided on; of a job in segments, of its first. What is left is that
beside the plan as it stands, for one unit alone. Clusters with room come before those without, then the cheaper, then
the first in the scenario. A cluster is left out on which the job may not run, or may not start any more by then.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from placement.compile import Compiled
from placement.compile.options import blocks
from placement.exporters.room import Room
from placement.kernels.placements import placements, ranges
from placement.kernels.price import placement_usd, running_sums
from placement.kernels.work import RUN, Floats, Ints
from placement.problem import Bools
from placement.search.bound import legal, meter_prices
from placement.search.steady import steady_prices


@dataclass(frozen=True)
class Ranking:
    """Ways of G groups of units, the best of each cluster, in order. Ways of group g are begin[g]:begin[g+1]."""

    begin: Ints
    """(G+1,)"""
    option: Ints
    """(n,) option of the problem."""
    start: Ints
    """(n,) slot from which it is looked at."""
    usd: Floats
    """(n,)"""
    room: Bools
    """(n,) whether the plan leaves room for a unit; the planned way has it."""
    usd_there: Floats
    """(G,) what a unit costs where it is planned; nan where the plan's way is none of the scenario's."""


@dataclass(frozen=True)
class _Pairs:
    """Groups with each way to run them; shape (n,), by group."""

    group: Ints
    option: Ints
    cluster: Ints
    """-1: more than one."""
    planned: Bools
    start: Ints
    """-1: it may not start any more."""
    room: Bools
    usd: Floats

    def some(self, which: NDArray[Any]) -> _Pairs:
        return _Pairs(*(values[which] for values in vars(self).values()))


def ranking(compiled: Compiled, room: Room, row: Ints, start: Ints, way: NDArray[Any]) -> Ranking:
    """Clusters of groups of units in order.

    Parameters
    ----------
    compiled : Compiled
    room : Room
        What the plan leaves.
    row : array, shape (G,)
        Job row of each group, that of its first segment.
    start : array, shape (G,)
        Slot in which it starts.
    way : array of text, shape (G,)
        Name of the option that the plan runs it on.
    """
    problem = compiled.problem
    prices = meter_prices(problem, legal(problem, steady_prices(problem)))
    sums = running_sums(prices)
    ways = np.diff(problem.work.job_options)[row]
    begin = np.concatenate([[0], np.cumsum(ways)]).astype(np.int64)
    there, found = np.full(len(row), np.nan), []
    for first, end in blocks(begin):
        mine = slice(first, end)
        group = np.repeat(np.arange(first, end), ways[mine])
        option = ranges(problem.work.job_options[row[mine]], ways[mine])
        pairs = _pairs(compiled, room, prices, sums, group, option, start[group], way[group])
        at = pairs.group[pairs.planned]
        there[at[::-1]] = pairs.usd[pairs.planned][::-1]
        found.append(_best(pairs))
    if not found:
        none = np.zeros(0, dtype=np.int64)
        return Ranking(begin, none, none, np.zeros(0), np.zeros(0, dtype=np.bool_), there)
    best = _Pairs(*(np.concatenate(values) for values in zip(*(vars(each).values() for each in found), strict=True)))
    return Ranking(
        np.searchsorted(best.group, np.arange(len(row) + 1)).astype(np.int64),
        best.option,
        best.start,
        best.usd,
        best.room,
        there,
    )


def _pairs(
    compiled: Compiled,
    room: Room,
    prices: Floats,
    sums: Floats,
    group: Ints,
    option: Ints,
    begin: Ints,
    way: NDArray[Any],
) -> _Pairs:
    """Each way to run some groups, with its start and price; the planned one at its own start."""
    legend, work = compiled.legend, compiled.problem.work
    which, pool, _ = legend.parts(option)
    cluster_of = np.array([each.cluster for each in legend.pools], dtype=np.int64)
    first = np.searchsorted(which, np.arange(len(option)))
    cluster = cluster_of[pool[first]] if len(pool) else np.zeros(0, dtype=np.int64)
    elsewhere = np.bincount(which, cluster_of[pool] != cluster[which], len(option)) > 0
    planned = np.asarray(legend.option_names(option) == way, dtype=np.bool_) if len(option) else np.zeros(0, np.bool_)
    start, fits = _starts(compiled, room, option, begin)
    start, fits = np.where(planned, begin, start), fits | planned
    usd = np.full(len(option), np.inf)
    some = np.flatnonzero(start >= 0)
    usd[some] = placement_usd(work, prices, sums, placements(work, option[some], start[some]))
    return _Pairs(group, option, np.where(elsewhere, -1, cluster), planned, start, fits, usd)


def _best(pairs: _Pairs) -> _Pairs:
    """The best way of each group on each cluster, in order; what runs on several clusters at once is on none."""
    some = pairs.some((pairs.start >= 0) & (pairs.cluster >= 0))
    order = np.lexsort((some.usd, ~some.room, ~some.planned, some.cluster, some.group))
    group, cluster = some.group[order], some.cluster[order]
    first = np.ones(len(order), dtype=np.bool_)
    first[1:] = (group[1:] != group[:-1]) | (cluster[1:] != cluster[:-1])
    best = some.some(order[first])
    return best.some(np.lexsort((best.cluster, best.usd, ~best.room, ~best.planned, best.group)))


def _starts(compiled: Compiled, room: Room, option: Ints, begin: Ints) -> tuple[Ints, Bools]:
    """(n,) first start from a slot on at which a unit fits beside the plan, or may start at all; and which it is."""
    work = compiled.problem.work
    key = np.repeat(np.arange(work.options), np.diff(work.option_spans)) * work.slots + work.span_last

    def allowed(option: Ints, slot: Ints) -> Ints:
        span = np.searchsorted(key, option * work.slots + np.minimum(slot, work.slots - 1))
        good = (span < work.option_spans[option + 1]) & (slot < work.slots)
        return np.where(good, np.maximum(slot, work.span_first[np.minimum(span, len(key) - 1)]), -1)

    if len(key) == 0:
        return np.full(len(option), -1), np.zeros(len(option), dtype=np.bool_)
    start = allowed(option, begin)
    fits = np.zeros(len(option), dtype=np.bool_)
    at = start.copy()
    live = np.flatnonzero(at >= 0)
    while len(live):
        until = _too_full_until(compiled, room, option[live], at[live])
        fits[live[until < 0]] = True
        live, until = live[until >= 0], until[until >= 0]
        at[live] = allowed(option[live], until)
        live = live[at[live] >= 0]
    return np.where(fits, at, start), fits


def _too_full_until(compiled: Compiled, room: Room, option: Ints, start: Ints) -> Ints:
    """(n,) slot before which a run cannot start where it meets one that is too full; -1: it meets none.

    A later start ends no sooner, so it has to be past that slot, and there has to be room in its own first slot: for
    all that it holds, or if it is over within a slot, for the least share of it that it may count there.
    """
    work = compiled.problem.work
    most = np.diff(work.clock_work, axis=1).max(axis=1)[work.option_clock[option]]
    share = np.minimum(np.divide(work.option_work[option], most, out=np.ones(len(option)), where=most > 0), 1.0)
    placed = placements(work, option, start)
    count = work.option_uses[option + 1] - work.option_uses[option]
    use, who = ranges(work.option_uses[option], count), np.repeat(np.arange(len(option)), count)
    row = room.row_of_meter[work.use_meter[use]]
    counts = (row >= 0) & (work.use_kind[use] == RUN)
    use, who, row = use[counts], who[counts], row[counts]
    amount, last = np.asarray(work.use_amount[use], dtype=np.float64), placed.last[who]
    met = room.first_without(row, placed.start[who], amount)
    ends = (met == last) & (room.left[row, last] >= amount * placed.fraction[who])
    bad = np.flatnonzero((met <= last) & ~ends)
    until = np.full(len(option), -1)
    np.maximum.at(until, who[bad], room.first_with(row[bad], met[bad] + 1, amount[bad] * share[who[bad]]))
    return until

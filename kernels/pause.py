"""The cheapest way to run a job that may be paused, by a dynamic programme over the work that is done: the definition.

A task is one way to run one job: what holding its accelerators costs in each slot, how far a whole slot brings it, and
how far k pieces have to come (each but the first has something to make good before it goes on). From slot to slot the
state is

    pieces begun · whether one slot was held in part · whether it runs · progress

A piece begins in any slot that is open and holds whole slots, but that, of all pieces together, one may end inside its
last slot: of all ways to share work out over the same slots, one such costs least, since costs are proportional to the
time for which a slot is held. That holds where no slot pays for being held. Of the first piece the least may still
hold a place: where it matters in which slot a job begins, it may begin there, do next to nothing and be paused.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from placement.kernels.work import Floats, Ints

NO_PART, FREE_PART = 0.0, -1.0
"""Parts of a slot: none is wanted; or one slot may be held in part, it is not known in which, and counts as a whole one
that costs no more than nothing."""

IDLE, STOPPED, TOUCHES, GOES_ON, BEGINS, RESUMES, LAST_PART, ONE_PART, NEW_PART = range(9)
"""How a state is reached: it stayed idle; it stopped; it began and stopped at once; from running, a whole slot; from
idle, or from running, a whole slot as a new piece; a part of a slot from running; a part as a new piece from idle, and
from running."""

RUNNING_BEFORE = (STOPPED, GOES_ON, RESUMES, LAST_PART, NEW_PART)
PARTLY = (LAST_PART, ONE_PART, NEW_PART)
NEW = (TOUCHES, BEGINS, RESUMES, ONE_PART, NEW_PART)


class Tasks(NamedTuple):
    """N tasks of T slots and at most K pieces."""

    usd: Floats
    """(N, T) $ for holding a whole slot."""
    open: NDArray[np.bool_]
    """(N, T) whether it may be held."""
    once: Floats
    """(N,) $ of running at all."""
    begin: Floats
    """(N, T) $ of beginning there for the first time; inf: it may not."""
    touch: NDArray[np.bool_]
    """(N,) whether it may begin with a piece that holds nothing."""
    step: Ints
    """(N, T) progress in a whole slot, ≥ 0."""
    need: Ints
    """(N, K) progress that k + 1 pieces have to make, ≥ 0; -1: no so many."""
    part: Floats
    """(N, K) share of one slot that they need besides; NO_PART, or FREE_PART."""
    edges: Floats
    """(T+1,) hours, of the slots."""
    delay: Floats
    """(N,) $ per hour by which it ends late, ≥ 0,"""
    ready: Floats
    """(N,) and the hour from which that counts."""
    last: Ints
    """(N,) last slot with which it may end; -1: none."""
    last_partly: Ints
    """(N, K) last slot inside which it may end, as `part` says; -1: none."""
    tail: Floats
    """(N, K, 2) $ of running on past the end: once, and for each unit of progress that is missing; inf: it may not."""


def of_tasks(tasks: Tasks, which: Ints) -> Tasks:
    """Some of the tasks, in the order given."""
    some = {name: values[which] for name, values in tasks._asdict().items() if name != "edges"}
    return tasks._replace(**some)


def width_of(need: int, longest: int, pieces: int, part: float) -> int:
    """Progress that is told apart: so many pieces do no more than that, if none does more than it has to.

    With FREE_PART a piece that does more gives slots back, which cost nothing less than nothing, up to its last one.
    """
    return need + ((pieces + 1) * longest if part == FREE_PART else longest)


class Pauses(NamedTuple):
    """The cheapest way of each task."""

    usd: Floats
    """(N,) $; inf: there is none."""
    pieces: Ints
    """(N,) 0: there is none."""
    first: Ints
    """(N, K) first slot of each piece; -1 behind the last."""
    last: Ints
    """(N, K) its last slot; the one before the first where it holds nothing."""
    partly: Ints
    """(N,) slot that is held in part; -1: none."""


def pauses(tasks: Tasks) -> Pauses:
    """The cheapest way to run each task; of equals, the one with fewer pieces."""
    count, most = tasks.need.shape
    result = Pauses(
        np.full(count, np.inf), np.zeros(count, dtype=np.int64), np.full((count, most), -1), np.full((count, most), -1),
        np.full(count, -1),
    )  # fmt: skip
    for n in range(count):
        for k in range(most):
            if tasks.need[n, k] >= 0:
                _with_pieces(tasks, n, k, result)
    return result


def worth(tasks: Tasks) -> Floats:
    """(N,) $ of the cheapest way to run each task; inf: there is none."""
    return pauses(tasks).usd


def _with_pieces(tasks: Tasks, n: int, k: int, result: Pauses) -> None:
    """The cheapest way of one task with k + 1 pieces, noted where it is cheaper than with fewer."""
    slots, need, part = tasks.usd.shape[1], int(tasks.need[n, k]), float(tasks.part[n, k])
    step, usd, open_ = tasks.step[n], tasks.usd[n], tasks.open[n]
    width = width_of(need, max(int(step.max(initial=0)), 1), k + 1, part)
    shape = (k + 2, 2, 2, width)
    cost = np.full(shape, np.inf)
    cost[0, 0, 0, 0] = tasks.once[n]
    how = np.zeros((slots, *shape), dtype=np.int8)
    best, best_at = float(result.usd[n]), (-1, 0, 0, 0, 0)
    for t in range(slots):
        # no run ends where nothing is done, and none does more than it has to, but for what steps are rounded up by
        most = need if step[t] == 0 else width if part == FREE_PART else need + int(step[t])
        by_end, by_part = _late_usd(tasks, n, k, t)
        after = np.full(shape, np.inf)
        after[:, :, 0] = cost[:, :, 0]
        _better(after[:, :, 0], how[t, :, :, 0], cost[:, :, 1], STOPPED)
        _better(
            after[1, 0, 0], how[t, 1, 0, 0], cost[0, 0, 0] + (tasks.begin[n, t] if tasks.touch[n] else np.inf), TOUCHES
        )
        if open_[t]:
            whole, ahead = usd[t], int(step[t])
            little, ahead_part = (part * whole, 0) if part > 0 else (min(whole, 0.0), ahead)
            for p in range(k + 2):
                for q in range(2):
                    _move(after[p, q, 1], how[t, p, q, 1], cost[p, q, 1] + whole, ahead, GOES_ON)
                    if p > 0:
                        first = tasks.begin[n, t] if p == 1 else 0.0
                        _move(after[p, q, 1], how[t, p, q, 1], cost[p - 1, q, 0] + (whole + first), ahead, BEGINS)
                        if p > 1:
                            _move(after[p, q, 1], how[t, p, q, 1], cost[p - 1, q, 1] + whole, ahead, RESUMES)
                if part == NO_PART or p == 0 or q == 0 or ahead == 0:
                    continue
                first = tasks.begin[n, t] if p == 1 else 0.0
                into, told = after[p, 1, 0], how[t, p, 1, 0]
                ways = [(cost[p, 0, 1] + little, LAST_PART), (cost[p - 1, 0, 0] + (little + first), ONE_PART)]
                if p > 1:
                    ways.append((cost[p - 1, 0, 1] + little, NEW_PART))
                for found, way in ways:
                    _move(into, told, found, ahead_part, way)
                    for j in range(max(need, ahead_part), most) if p == k + 1 else ():
                        ended = found[j - ahead_part] + by_part
                        if ended < best:
                            best, best_at = float(ended), (t, 1, 0, j, way)
        cost = after
        for j in range(need, most):
            for q in range(1 if part > 0 else 0, 2):
                found = cost[k + 1, q, 1, j] + by_end
                if found < best:
                    best, best_at = float(found), (t, q, 1, j, -1)
        if t == slots - 1 and np.isfinite(tasks.tail[n, k]).all():
            for j in range(need + (1 if part > 0 else 0)):
                found = cost[k + 1, 0, 1, j] + (tasks.tail[n, k, 0] + tasks.tail[n, k, 1] * (need + max(part, 0.0) - j))
                if found < best:
                    best, best_at = float(found), (t, 0, 1, j, -1)
    if best_at[0] < 0:
        return
    result.usd[n], result.pieces[n] = best, k + 1
    _trace(tasks, n, k, how, best_at, result)


def _late_usd(tasks: Tasks, n: int, k: int, t: int) -> tuple[float, float]:
    """$ of ending with a slot, and inside it; inf: it may not."""
    begin, end = float(tasks.edges[t]), float(tasks.edges[t + 1])
    inside = begin + max(float(tasks.part[n, k]), 0.0) * (end - begin)
    delay, ready = float(tasks.delay[n]), float(tasks.ready[n])
    return (
        delay * (end - ready) if t <= tasks.last[n] else np.inf,
        delay * (inside - ready) if t <= tasks.last_partly[n, k] else np.inf,
    )


def _better(into: Floats, told: NDArray[np.int8], found: Floats, way: int) -> None:
    """Take costs that are lower."""
    lower = found < into
    into[lower], told[lower] = found[lower], way


def _move(into: Floats, told: NDArray[np.int8], found: Floats, ahead: int, way: int) -> None:
    """Take costs that are lower, of states whose progress is `ahead` of that."""
    width = len(into) - ahead
    if width > 0:
        _better(into[ahead:], told[ahead:], found[:width], way)


def _trace(
    tasks: Tasks, n: int, k: int, how: NDArray[np.int8], at: tuple[int, int, int, int, int], result: Pauses
) -> None:
    """Write down the pieces that lead to a state, by the way that is given, if it is not -1."""
    t, q, running, j, last_way = at
    p, part = k + 1, float(tasks.part[n, k])
    result.first[n], result.last[n], result.partly[n] = -1, -1, -1
    while p > 0:
        way = int(how[t, p, q, running, j]) if last_way < 0 else last_way
        last_way = -1
        if way in (IDLE, STOPPED):
            running = 1 if way == STOPPED else 0
            t -= 1
            continue
        if way == TOUCHES:
            result.last[n, p - 1] = t - 1
        elif result.last[n, p - 1] < 0:
            result.last[n, p - 1] = t
        if way in PARTLY:
            result.partly[n] = t
            j -= 0 if part > 0 else int(tasks.step[n, t])
            q = 0
        elif way != TOUCHES:
            j -= int(tasks.step[n, t])
        if way in NEW:
            result.first[n, p - 1] = t
            p -= 1
        running = 1 if way in RUNNING_BEFORE else 0
        t -= 1

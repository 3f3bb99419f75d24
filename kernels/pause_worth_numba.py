"""`placement.kernels.pause.worth`, compiled by Numba: the same numbers, bit for bit, without the pieces.

Nothing is noted of the way to a state, and loops over progress have no test in them, so that they run on several
numbers at a time. As there, no slot may pay for being held where `part` is FREE_PART.
"""

import numpy as np

from placement.kernels.compile_numba import compiled, entry, processors, share_out
from placement.kernels.pause import FREE_PART, Tasks
from placement.kernels.work import Floats

ALONE = 16
"""Tasks up to which one thread does."""


def worth(tasks: Tasks, threads: int | None = None) -> Floats:
    """(N,) $ of the cheapest way to run each task, as `placement.kernels.pause.worth`."""
    count, most = tasks.need.shape
    usd = np.full(count, np.inf)
    given = Tasks(*map(np.ascontiguousarray, tasks))  # type: ignore[arg-type]
    width = int(tasks.need.max(initial=0)) + max(int(tasks.step.max(initial=0)), 1) + tasks.usd.shape[1]
    weight = np.concatenate([[0], np.cumsum(np.maximum(tasks.need, 0).sum(axis=1) + 1)])

    def piece(first: int, end: int) -> None:
        space = np.empty((2, most + 1, 2, 2, width))
        _some(given, first, end, space, usd)

    share_out(piece, weight, (threads or processors()) if count > ALONE else 1)
    return usd


@entry
def _some(tasks: Tasks, first: int, end: int, space: Floats, usd: Floats) -> None:
    """Tasks first .. end - 1."""
    for n in range(first, end):
        longest = 1
        for t in range(tasks.usd.shape[1]):
            longest = max(longest, tasks.step[n, t])
        for k in range(tasks.need.shape[1]):
            if tasks.need[n, k] >= 0:
                width = tasks.need[n, k] + longest + (tasks.usd.shape[1] if tasks.part[n, k] == FREE_PART else 0)
                usd[n] = _with_pieces(tasks, n, k, width, space, usd[n])


@compiled
def _with_pieces(tasks: Tasks, n: int, k: int, width: int, space: Floats, best: float) -> float:
    """The least of what is known and what k + 1 pieces cost."""
    slots, need, part = tasks.usd.shape[1], tasks.need[n, k], tasks.part[n, k]
    cost, after = space[0], space[1]
    for p in range(k + 2):
        for q in range(2):
            for j in range(width):
                cost[p, q, 0, j], cost[p, q, 1, j] = np.inf, np.inf
    cost[0, 0, 0, 0] = tasks.pieces_usd[n, k]
    for t in range(slots):
        whole, ahead, touch = tasks.usd[n, t], tasks.step[n, t], tasks.touch[n, t]
        little, ahead_part = (part * whole, 0) if part > 0 else (min(whole, 0.0), ahead)
        most = need if ahead == 0 else width if part == FREE_PART else need + ahead
        parted = tasks.open[n, t] and part != 0.0 and ahead > 0
        for p in range(min(k + 2, t + 2)):
            first = tasks.begin[n, t] if p == 1 else 0.0
            for q in range(2 if part != 0.0 else 1):
                _rest(cost[p, q, 0], cost[p, q, 1], after[p, q, 0], width)
                if p == 1 and q == 0 and touch < np.inf:
                    _least(cost[0, 0, 0], touch, after[1, 0, 0], 0, width)
                into = after[p, q, 1]
                for j in range(width):
                    into[j] = np.inf
                if tasks.open[n, t]:
                    _least(cost[p, q, 1], whole, into, ahead, width)
                    if p > 0 and first < np.inf:
                        _least(cost[p - 1, q, 0], whole + first, into, ahead, width)
                    if p > 1:
                        _least(cost[p - 1, q, 1], whole, into, ahead, width)
            if parted and p > 0:
                end = tasks.finish_part[n, k, t] if p == k + 1 else np.inf
                into, low = after[p, 1, 0], max(need - ahead_part, 0)
                _least(cost[p, 0, 1], little, into, ahead_part, width)
                best = _ended(cost[p, 0, 1], little, low, most - ahead_part, end, best)
                if first < np.inf:
                    _least(cost[p - 1, 0, 0], little + first, into, ahead_part, width)
                    best = _ended(cost[p - 1, 0, 0], little + first, low, most - ahead_part, end, best)
                if p > 1:
                    _least(cost[p - 1, 0, 1], little, into, ahead_part, width)
                    best = _ended(cost[p - 1, 0, 1], little, low, most - ahead_part, end, best)
        for p in range(t + 2, k + 2):
            for q in range(2):
                for j in range(width):
                    after[p, q, 0, j], after[p, q, 1, j] = np.inf, np.inf
        for q in range(1 if part > 0 else 0, 2 if part != 0.0 else 1):
            best = _ended(after[k + 1, q, 1], 0.0, need, most, tasks.finish[n, t], best)
        cost, after = after, cost
    if np.isfinite(tasks.tail[n, k, 0]) and np.isfinite(tasks.tail[n, k, 1]):
        for j in range(need + (1 if part > 0 else 0)):
            missing = need + max(part, 0.0) - j
            best = min(best, cost[k + 1, 0, 1, j] + (tasks.tail[n, k, 0] + tasks.tail[n, k, 1] * missing))
    return best


@compiled
def _rest(idle: Floats, runs: Floats, into: Floats, width: int) -> None:
    """It stays idle, or stops."""
    for j in range(width):
        a, b = idle[j], runs[j]
        into[j] = b if b < a else a


@compiled
def _least(cost: Floats, usd: float, into: Floats, ahead: int, width: int) -> None:
    """Costs from states whose progress is `ahead` less, where they are lower."""
    for j in range(width - ahead):
        a, b = cost[j] + usd, into[j + ahead]
        into[j + ahead] = a if a < b else b


@compiled
def _ended(cost: Floats, usd: float, low: int, high: int, end: float, best: float) -> float:
    """The least of what is known and of costs from low to high, with what it costs to end there."""
    if end < np.inf:
        for j in range(low, high):
            best = min(best, (cost[j] + usd) + end)
    return best

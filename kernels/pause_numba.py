"""`placement.kernels.pause`, compiled by Numba: the same numbers, bit for bit.

First what each number of pieces costs; then the programme of the definition once more for the number that costs least,
with a note of how each state was reached, in the slots in which the task may do anything.
"""

import numpy as np
from numpy.typing import NDArray

from placement.kernels.compile_numba import borrowed, called, compiled, entry, share_out
from placement.kernels.pause import (
    BEGINS,
    FREE_PART,
    GOES_ON,
    IDLE,
    LAST_PART,
    NEW_PART,
    NO_PART,
    ONE_PART,
    RESUMES,
    STOPPED,
    TOUCHES,
    Pauses,
    Tasks,
)
from placement.kernels.pause_worth_numba import contiguous, threads_of, weights, window, worth, worth_and_pieces
from placement.kernels.work import Floats

__all__ = ["pauses", "worth"]

Told = NDArray[np.int8]


def pauses(tasks: Tasks, threads: int | None = None) -> Pauses:
    """The cheapest way to run each task, as `placement.kernels.pause.pauses`; `threads` changes no number."""
    count, most = tasks.need.shape
    given = contiguous(tasks)
    usd, pieces = worth_and_pieces(given, threads)
    result = Pauses(usd, pieces, np.full((count, most), -1), np.full((count, most), -1), np.full(count, -1))
    share_out(lambda first, end: _some(given, first, end, result), weights(tasks), threads_of(count, threads))
    return result


@entry
def _some(tasks: Tasks, first: int, end: int, result: Pauses) -> None:
    """Tasks first .. end - 1."""
    t, found = borrowed(tasks), borrowed(result)
    costs, notes = np.empty(0), np.empty(0, np.int8)
    for n in range(first, end):
        if found.pieces[n] == 0:
            continue
        k = found.pieces[n] - 1
        t0, t1 = window(t, n)
        longest = 1
        for s in range(t.usd.shape[1]):
            longest = max(longest, t.step[n, s])
        width = t.need[n, k] + ((k + 2) * longest if t.part[n, k] == FREE_PART else longest)
        shape = (k + 2, 2, 2, width)
        size = (k + 2) * 4 * width
        if len(costs) < 2 * size:
            costs = np.empty(2 * size)
        if len(notes) < (t1 - t0 + 1) * size:
            notes = np.empty((t1 - t0 + 1) * size, np.int8)
        costs[: 2 * size] = np.inf
        cost, after = costs[:size].reshape(shape), costs[size : 2 * size].reshape(shape)
        how = notes[: (t1 - t0 + 1) * size].reshape((t1 - t0 + 1, k + 2, 2, 2, width))
        _with_pieces(t, n, k, t0, t1, borrowed(cost), borrowed(after), borrowed(how), found)


@called
def _with_pieces(
    tasks: Tasks, n: int, k: int, t0: int, t1: int, cost: Floats, after: Floats, how: NDArray[np.int8], result: Pauses
) -> None:
    slots, need, part, width = tasks.usd.shape[1], tasks.need[n, k], tasks.part[n, k], cost.shape[3]
    cost[0, 0, 0, 0], after[0, 0, 0, 0] = tasks.once[n], tasks.once[n]
    halves = 1 if part == NO_PART else 2
    best, at, at_q, at_running, at_j, at_way = np.inf, -1, 0, 0, 0, -1
    for t in range(t0, t1 + 1):
        whole, ahead = tasks.usd[n, t], tasks.step[n, t]
        little, ahead_part = (part * whole, 0) if part > 0 else (min(whole, 0.0), ahead)
        open_ = tasks.open[n, t]
        start, stop = tasks.edges[t], tasks.edges[t + 1]
        by_end = tasks.delay[n] * (stop - tasks.ready[n]) if t <= tasks.last[n] else np.inf
        inside = start + max(part, 0.0) * (stop - start)
        by_part = tasks.delay[n] * (inside - tasks.ready[n]) if t <= tasks.last_partly[n, k] else np.inf
        most = need if ahead == 0 else width if part == FREE_PART else need + ahead
        for p in range(1, k + 2):
            first = tasks.begin[n, t] if p == 1 else 0.0
            for q in range(halves):
                idle, told_idle = after[p, q, 0], how[t - t0, p, q, 0]
                _stop(cost[p, q, 0], cost[p, q, 1], idle, told_idle)
                if p == 1 and q == 0 and tasks.touch[n] and cost[0, 0, 0, 0] + first < idle[0]:
                    idle[0], told_idle[0] = cost[0, 0, 0, 0] + first, TOUCHES
                runs, told = after[p, q, 1], how[t - t0, p, q, 1]
                head = min(ahead, width) if open_ else width
                runs[:head] = np.inf
                if not open_:
                    continue
                if head < width:
                    on = width - head
                    into, note = runs[head:], told[head:]
                    if p > 1:
                        _whole(cost[p, q, 1, :on], cost[p - 1, q, 0, :on], cost[p - 1, q, 1, :on], whole, into, note)
                    else:
                        _on(cost[p, q, 1, :on], whole, into, note)
                        if cost[0, q, 0, 0] + (whole + first) < into[0]:
                            into[0], note[0] = cost[0, q, 0, 0] + (whole + first), BEGINS
                if part == NO_PART or q == 0 or ahead == 0:
                    continue
                for way in (LAST_PART, ONE_PART, NEW_PART):
                    if way == NEW_PART and p == 1:
                        continue
                    before = (
                        cost[p, 0, 1]
                        if way == LAST_PART
                        else cost[p - 1, 0, 0]
                        if way == ONE_PART
                        else cost[p - 1, 0, 1]
                    )
                    more = little + first if way == ONE_PART else little
                    if p <= k and ahead_part < width:
                        to = width - ahead_part
                        _less(before[:to], more, way, idle[ahead_part:], told_idle[ahead_part:])
                    for j in range(max(need, ahead_part), most) if p == k + 1 and by_part < np.inf else range(0):
                        found = (before[j - ahead_part] + more) + by_part
                        if found < best:
                            best, at, at_q, at_running, at_j, at_way = found, t, 1, 0, j, way
        cost, after = after, cost
        for j in range(need, most) if by_end < np.inf else range(0):
            for q in range(1 if part > 0 else 0, halves):
                found = cost[k + 1, q, 1, j] + by_end
                if found < best:
                    best, at, at_q, at_running, at_j, at_way = found, t, q, 1, j, -1
        if t == slots - 1 and np.isfinite(tasks.tail[n, k, 0]) and np.isfinite(tasks.tail[n, k, 1]):
            for j in range(need + (1 if part > 0 else 0)):
                found = cost[k + 1, 0, 1, j] + (tasks.tail[n, k, 0] + tasks.tail[n, k, 1] * (need + max(part, 0.0) - j))
                if found < best:
                    best, at, at_q, at_running, at_j, at_way = found, t, 0, 1, j, -1
    _trace(tasks, n, k, how, t0, at, at_q, at_running, at_j, at_way, result)


@compiled
def _stop(idle: Floats, runs: Floats, into: Floats, told: Told) -> None:
    """It stays idle, or stops."""
    for j in range(len(into)):
        a, b = idle[j], runs[j]
        lower = b < a
        into[j] = b if lower else a
        told[j] = STOPPED if lower else IDLE


@compiled
def _on(runs: Floats, usd: float, into: Floats, told: Told) -> None:
    """It goes on."""
    for j in range(len(into)):
        into[j], told[j] = runs[j] + usd, GOES_ON


@compiled
def _whole(runs: Floats, idle: Floats, before: Floats, usd: float, into: Floats, told: Told) -> None:
    """It goes on, begins again, or leaves off and begins again at once."""
    for j in range(len(into)):
        a, b, c = runs[j] + usd, idle[j] + usd, before[j] + usd
        way = BEGINS if b < a else GOES_ON
        a = b if b < a else a
        told[j] = RESUMES if c < a else way
        into[j] = c if c < a else a


@compiled
def _less(cost: Floats, usd: float, way: int, into: Floats, told: Told) -> None:
    """Costs after a part of a slot, where they are lower."""
    for j in range(len(into)):
        a, b = cost[j] + usd, into[j]
        told[j] = way if a < b else told[j]
        into[j] = a if a < b else b


@called
def _trace(
    tasks: Tasks, n: int, k: int, how: NDArray[np.int8], t0: int, t: int, q: int, running: int, j: int, last_way: int,
    result: Pauses,
) -> None:  # fmt: skip
    """As of the definition; `how` begins with slot t0."""
    p = k + 1
    while p > 0:
        way = how[t - t0, p, q, running, j] if last_way < 0 else last_way
        last_way = -1
        if way <= STOPPED:
            running = way
            t -= 1
            continue
        if way == TOUCHES:
            result.last[n, p - 1] = t - 1
        elif result.last[n, p - 1] < 0:
            result.last[n, p - 1] = t
        if way >= LAST_PART:
            result.partly[n] = t
            if tasks.part[n, k] <= 0:
                j -= tasks.step[n, t]
            q = 0
        elif way != TOUCHES:
            j -= tasks.step[n, t]
        if way in (TOUCHES, BEGINS, RESUMES, ONE_PART, NEW_PART):
            result.first[n, p - 1] = t
            p -= 1
        running = 1 if way in (GOES_ON, RESUMES, LAST_PART, NEW_PART) else 0
        t -= 1

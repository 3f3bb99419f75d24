"""`placement.kernels.pause`, compiled by Numba: the same numbers, bit for bit."""

import numpy as np
from numpy.typing import NDArray

from placement.kernels.compile_numba import called, entry, processors, share_out
from placement.kernels.pause import (
    BEGINS,
    FREE_PART,
    GOES_ON,
    LAST_PART,
    NEW_PART,
    ONE_PART,
    RESUMES,
    STOPPED,
    TOUCHES,
    Pauses,
    Tasks,
)
from placement.kernels.pause_worth_numba import worth

__all__ = ["pauses", "worth"]

ALONE = 4
"""Tasks up to which one thread does."""


def pauses(tasks: Tasks, threads: int | None = None) -> Pauses:
    """The cheapest way to run each task, as `placement.kernels.pause.pauses`; `threads` changes no number."""
    count, most = tasks.need.shape
    result = Pauses(
        np.full(count, np.inf), np.zeros(count, dtype=np.int64), np.full((count, most), -1), np.full((count, most), -1),
        np.full(count, -1),
    )  # fmt: skip
    given = Tasks(*map(np.ascontiguousarray, tasks))  # type: ignore[arg-type]
    effort = np.maximum(tasks.need, 0).sum(axis=1) + 1
    weight = np.concatenate([[0], np.cumsum(effort)])
    width = (threads or processors()) if count > ALONE else 1
    share_out(lambda first, end: _some(given, first, end, result), weight, width)
    return result


@entry
def _some(tasks: Tasks, first: int, end: int, result: Pauses) -> None:
    """Tasks first .. end - 1."""
    for n in range(first, end):
        for k in range(tasks.need.shape[1]):
            if tasks.need[n, k] >= 0:
                _with_pieces(tasks, n, k, result)


@called
def _with_pieces(tasks: Tasks, n: int, k: int, result: Pauses) -> None:
    slots, need, part = tasks.usd.shape[1], tasks.need[n, k], tasks.part[n, k]
    longest = 1
    for t in range(slots):
        longest = max(longest, tasks.step[n, t])
    width = need + longest + (slots if part == FREE_PART else 0)
    cost = np.full((k + 2, 2, 2, width), np.inf)
    after = np.full((k + 2, 2, 2, width), np.inf)
    cost[0, 0, 0, 0] = tasks.pieces_usd[n, k]
    how = np.zeros((slots, k + 2, 2, 2, width), dtype=np.int8)
    best, at, at_q, at_running, at_j, at_way = result.usd[n], -1, 0, 0, 0, -1
    for t in range(slots):
        whole, ahead = tasks.usd[n, t], tasks.step[n, t]
        little, ahead_part = (part * whole, 0) if part > 0 else (min(whole, 0.0), ahead)
        open_ = tasks.open[n, t]
        most = need if ahead == 0 else width if part == FREE_PART else need + ahead
        for p in range(k + 2):
            first = tasks.begin[n, t] if p == 1 else 0.0
            for q in range(2):
                idle, told_idle = after[p, q, 0], how[t, p, q, 0]
                for j in range(width):
                    idle[j] = cost[p, q, 0, j]
                    if cost[p, q, 1, j] < idle[j]:
                        idle[j], told_idle[j] = cost[p, q, 1, j], STOPPED
                    if p == 1 and q == 0 and cost[0, 0, 0, j] + tasks.touch[n, t] < idle[j]:
                        idle[j], told_idle[j] = cost[0, 0, 0, j] + tasks.touch[n, t], TOUCHES
                runs, told = after[p, q, 1], how[t, p, q, 1]
                runs[:] = np.inf
                if not open_:
                    continue
                for j in range(width - ahead):
                    found = cost[p, q, 1, j] + whole
                    if found < runs[j + ahead]:
                        runs[j + ahead], told[j + ahead] = found, GOES_ON
                    if p > 0:
                        found = cost[p - 1, q, 0, j] + (whole + first)
                        if found < runs[j + ahead]:
                            runs[j + ahead], told[j + ahead] = found, BEGINS
                    if p > 1:
                        found = cost[p - 1, q, 1, j] + whole
                        if found < runs[j + ahead]:
                            runs[j + ahead], told[j + ahead] = found, RESUMES
                if part == 0.0 or p == 0 or q == 0 or ahead == 0:
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
                    for j in range(width - ahead_part):
                        to, found = j + ahead_part, before[j] + more
                        if found < idle[to]:
                            idle[to], told_idle[to] = found, way
                        if p == k + 1 and need <= to < most and found + tasks.finish_part[n, k, t] < best:
                            best, at, at_q, at_running = found + tasks.finish_part[n, k, t], t, 1, 0
                            at_j, at_way = to, way
        cost, after = after, cost
        for j in range(need, most):
            for q in range(1 if part > 0 else 0, 2):
                found = cost[k + 1, q, 1, j] + tasks.finish[n, t]
                if found < best:
                    best, at, at_q, at_running, at_j, at_way = found, t, q, 1, j, -1
        if t == slots - 1 and np.isfinite(tasks.tail[n, k, 0]) and np.isfinite(tasks.tail[n, k, 1]):
            for j in range(need + (1 if part > 0 else 0)):
                found = cost[k + 1, 0, 1, j] + (tasks.tail[n, k, 0] + tasks.tail[n, k, 1] * (need + max(part, 0.0) - j))
                if found < best:
                    best, at, at_q, at_running, at_j, at_way = found, t, 0, 1, j, -1
    if at < 0:
        return
    result.usd[n], result.pieces[n] = best, k + 1
    _trace(tasks, n, k, how, at, at_q, at_running, at_j, at_way, result)


@called
def _trace(
    tasks: Tasks, n: int, k: int, how: NDArray[np.int8], t: int, q: int, running: int, j: int, last_way: int,
    result: Pauses,
) -> None:  # fmt: skip
    """As of the definition."""
    p = k + 1
    for i in range(result.first.shape[1]):
        result.first[n, i], result.last[n, i] = -1, -1
    result.partly[n] = -1
    while p > 0:
        way = how[t, p, q, running, j] if last_way < 0 else last_way
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

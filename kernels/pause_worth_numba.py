"""`placement.kernels.pause.worth`, compiled by Numba: the same numbers, bit for bit, without the pieces.

All numbers of pieces of a task share what they have in common: states in which no slot was held in part are those of
the greatest number, cut short; of the others, those of the same part are. A minimum of sums with the same term is the
sum with the minimum, in floating point too, so that of a state

    idle' = min(idle, runs)        runs' = min(runs, min(idle, runs) of one piece less) + usd

is left. Rows of progress, one for each number of pieces begun, lie one after the other, and one loop without a test in
it goes over all of them. Slots before a task may begin, and after it may have ended, are left out. With FREE_PART all
progress beyond the most that is needed counts as one; as in the definition, no slot may pay for being held then.
"""

import numpy as np

from placement.kernels.compile_numba import borrowed, called, compiled, entry, processors, share_out
from placement.kernels.pause import FREE_PART, NO_PART, Tasks
from placement.kernels.work import Floats, Ints

ALONE = 16
"""Tasks up to which one thread does."""


def worth(tasks: Tasks, threads: int | None = None) -> Floats:
    """(N,) $ of the cheapest way to run each task, as `placement.kernels.pause.worth`."""
    return worth_and_pieces(contiguous(tasks), threads)[0]


def worth_and_pieces(tasks: Tasks, threads: int | None = None) -> tuple[Floats, Ints]:
    """(N,) $ of the cheapest way to run each task, and its pieces, the fewest of equals; 0: there is none.

    Arrays of `tasks` are contiguous.
    """
    count = len(tasks.need)
    usd, pieces = np.full(count, np.inf), np.zeros(count, dtype=np.int64)
    share_out(lambda first, end: _some(tasks, first, end, usd, pieces), weights(tasks), threads_of(count, threads))
    return usd, pieces


def contiguous(tasks: Tasks) -> Tasks:
    """The same, with arrays as the compiled functions want them."""
    return Tasks(*map(np.ascontiguousarray, tasks))  # type: ignore[arg-type]


def weights(tasks: Tasks) -> Ints:
    """(N+1,) running sums of the work that tasks are."""
    return np.concatenate([[0], np.cumsum(np.maximum(tasks.need, 0).sum(axis=1) + 1)])


def threads_of(count: int, asked: int | None) -> int:
    """Threads for so many tasks."""
    return (asked or processors()) if count > ALONE else 1


@entry
def _some(tasks: Tasks, first: int, end: int, usd: Floats, pieces: Ints) -> None:
    """Tasks first .. end - 1."""
    t, most = borrowed(tasks), tasks.need.shape[1]
    group, top, found = np.empty(most, np.int64), np.empty(most, np.int64), np.empty(most)
    begin = np.empty(most, np.int64)
    space = np.empty(0)
    for n in range(first, end):
        groups, rows, far, parted, free = _groups(t, n, group, top)
        if rows == 0:
            continue
        t0, t1 = window(t, n)
        longest = 1
        for s in range(t.usd.shape[1]):
            longest = max(longest, t.step[n, s])
        width = far + (longest if parted else 0) + 1
        size = (rows + 1) * width + longest
        for g in range(groups):
            begin[g] = size
            size += (top[g] + 1) * width + longest
        if len(space) < 3 * size:
            space = np.empty(3 * size)
        _task(t, n, t0, t1, rows, width, free, groups, group, top, begin, borrowed(space), size, found)
        for k in range(most):
            if t.need[n, k] >= 0 and found[k] < usd[n]:
                usd[n], pieces[n] = found[k], k + 1


@called
def _groups(tasks: Tasks, n: int, group: Ints, top: Ints) -> tuple[int, int, int, bool, bool]:
    """Number the parts of a slot of a task, with the most pieces of each.

    Returns how many there are, the most pieces and the most progress of all, and whether a part, or one that is free,
    is among them.
    """
    groups, rows, far, parted, free = 0, 0, 0, False, False
    for k in range(tasks.need.shape[1]):
        group[k] = -1
        if tasks.need[n, k] < 0:
            continue
        rows, far = k + 1, max(far, tasks.need[n, k])
        part = tasks.part[n, k]
        parted |= part > 0
        free |= part == FREE_PART
        if part == NO_PART:
            continue
        for other in range(k):
            if group[other] >= 0 and tasks.part[n, other] == part:
                group[k] = group[other]
        if group[k] < 0:
            group[k] = groups
            groups += 1
        top[group[k]] = k + 1
    return groups, rows, far, parted, free


@called
def window(tasks: Tasks, n: int) -> tuple[int, int]:
    """First and last slot in which a task may do anything, one after the last and the last if there is none."""
    slots, most = tasks.usd.shape[1], tasks.need.shape[1]
    first, last = 0, tasks.last[n]
    while first < slots and not (tasks.begin[n, first] < np.inf and (tasks.open[n, first] or tasks.touch[n])):
        first += 1
    for k in range(most):
        if tasks.need[n, k] >= 0:
            last = max(last, tasks.last_partly[n, k])
            if np.isfinite(tasks.tail[n, k, 0]) and np.isfinite(tasks.tail[n, k, 1]):
                return first, slots - 1
    while last >= first and not tasks.open[n, last]:
        last -= 1
    return first, last


@called
def _task(
    tasks: Tasks, n: int, t0: int, t1: int, rows: int, width: int, free: bool, groups: int, group: Ints, top: Ints,
    begin: Ints, space: Floats, size: int, found: Floats,
) -> None:  # fmt: skip
    """(K,) $ of each number of pieces, `found`.

    `space` holds three times `size` numbers: what runs, that of the next slot, and what is idle; in each the rows in
    which nothing was held in part, then those of each group, from `begin`.
    """
    runs, after, idle = borrowed((space[:size], space[size : 2 * size], space[2 * size : 3 * size]))
    open_, usd, step, begins = borrowed((tasks.open[n], tasks.usd[n], tasks.step[n], tasks.begin[n]))
    needs, parts, last_partly, edges = borrowed((tasks.need[n], tasks.part[n], tasks.last_partly[n], tasks.edges))
    once, delay, ready, last, touch = tasks.once[n], tasks.delay[n], tasks.ready[n], tasks.last[n], tasks.touch[n]
    for i in range(3 * size):
        space[i] = np.inf
    for k in range(len(found)):
        found[k] = np.inf
    moving = False
    for t in range(t0, t1 + 1):
        whole, ahead, first = usd[t], step[t], begins[t]
        if moving:
            _stop(idle, runs, width, rows * width)
            for g in range(groups):
                _stop(idle, runs, begin[g] + 2 * width, begin[g] + top[g] * width)
        if open_[t]:
            if ahead > 0:
                by_end = delay * (edges[t + 1] - ready) if t <= last else np.inf
                for k in range(len(found)):
                    need, part = needs[k], parts[k]
                    if need < 0:
                        continue
                    low, high, row = max(need - ahead, 0), width if part == FREE_PART else need, (k + 1) * width
                    new = once + (whole + first) if k == 0 and low == 0 and high > 0 else np.inf
                    best = found[k]
                    if by_end < np.inf:
                        if part <= 0:
                            usd_k = min(_least(runs, idle, row + low, row + high, width) + whole, new)
                            best = min(best, usd_k + by_end)
                        if part != NO_PART and k > 0:
                            there = begin[group[k]] + row
                            usd_k = _least(runs, idle, there + low, there + high, width) + whole
                            best = min(best, usd_k + by_end)
                    if part != NO_PART and t <= last_partly[k]:
                        little = min(whole, 0.0)
                        if part > 0:
                            little, low, high = part * whole, need, need + ahead
                        by_part = delay * ((edges[t] + max(part, 0.0) * (edges[t + 1] - edges[t])) - ready)
                        new = once + (little + first) if k == 0 and low == 0 else np.inf
                        usd_k = min(_least(runs, idle, row + low, row + high, width) + little, new)
                        best = min(best, usd_k + by_part)
                    found[k] = best
            _whole(runs, idle, width, rows, width, whole, ahead, free, after)
            to = width + min(ahead, width - 1)
            if free or ahead < width:
                after[to] = min(after[to], once + (whole + first))
            for g in range(groups):
                if top[g] > 1:
                    _whole(runs, idle, begin[g] + 2 * width, top[g] - 1, width, whole, ahead, free, after)
                    part = parts[top[g] - 1]
                    if ahead > 0 and part > 0:
                        little = part * whole
                        _part(runs, idle, width, top[g] * width, width, begin[g], little)
                        idle[begin[g] + width] = min(idle[begin[g] + width], once + (little + first))
                    elif ahead > 0:
                        little = min(whole, 0.0)
                        _part_of_free(runs, idle, width, top[g], begin[g], little, min(ahead, width - 1))
                        idle[begin[g] + to] = min(idle[begin[g] + to], once + (little + first))
            runs, after, moving = after, runs, True
        elif moving:
            for i in range(size):
                runs[i] = np.inf
            moving = False
        if touch and first < np.inf and rows > 1:
            idle[width] = min(idle[width], once + first)
    if t1 == len(open_) - 1 and moving:
        for k in range(len(found)):
            once_k, each = tasks.tail[n, k, 0], tasks.tail[n, k, 1]
            if needs[k] >= 0 and np.isfinite(once_k) and np.isfinite(each):
                for j in range(needs[k] + (1 if parts[k] > 0 else 0)):
                    missing = needs[k] + max(parts[k], 0.0) - j
                    found[k] = min(found[k], runs[(k + 1) * width + j] + (once_k + each * missing))


@compiled
def _stop(idle: Floats, runs: Floats, low: int, high: int) -> None:
    """It stays idle, or stops: places low .. high - 1."""
    for i in range(np.uint64(low), np.uint64(max(low, high))):
        a, b = idle[i], runs[i]
        idle[i] = b if b < a else a


@compiled
def _whole(
    runs: Floats, idle: Floats, low: int, rows: int, width: int, usd: float, ahead: int, free: bool, after: Floats
) -> None:
    """Hold a whole slot, going on or as a new piece: so many rows from `low` on."""
    head, high = min(ahead, width), low + rows * width
    if ahead < width:
        one, to = np.uint64(width), np.uint64(ahead)
        for i in range(np.uint64(low), np.uint64(high)):
            a, b = runs[i], idle[i - one]
            after[i + to] = (b if b < a else a) + usd
    for row in range(low, high, width):
        for i in range(row, row + head):
            after[i] = np.inf
        if free:  # all that is beyond counts as one
            far = row + width - 1
            after[far] = _least(runs, idle, max(far - ahead, row), far + 1, width) + usd


@compiled
def _part(runs: Floats, idle: Floats, low: int, high: int, width: int, ahead: int, usd: float) -> None:
    """Hold a part of a slot, going on or as a new piece, from places low .. high - 1 to those `ahead`."""
    one, to = np.uint64(width), np.uint64(ahead)
    for i in range(np.uint64(low), np.uint64(high)):
        a, b, c = runs[i], idle[i - one], idle[i + to]
        a = (b if b < a else a) + usd
        idle[i + to] = a if a < c else c


@compiled
def _part_of_free(runs: Floats, idle: Floats, width: int, rows: int, begin: int, usd: float, ahead: int) -> None:
    """The same row by row, where all progress beyond a row counts as its last."""
    for row in range(width, rows * width, width):
        far = row + width - 1
        _part(runs, idle, row, far + 1 - ahead, width, begin + ahead, usd)
        idle[begin + far] = min(idle[begin + far], _least(runs, idle, far - ahead, far + 1, width) + usd)


@called
def _least(runs: Floats, idle: Floats, low: int, high: int, width: int) -> float:
    """The least cost from which a slot may be held, of places low .. high - 1."""
    least, one = np.inf, np.uint64(width)
    for i in range(np.uint64(low), np.uint64(max(low, high))):
        a, b = runs[i], idle[i - one]
        a = b if b < a else a
        least = a if a < least else least
    return least

"""A plan under many futures on a GPU: the wrapper of `futures.cu`.

One thread per future, so it takes some thousands of them to fill a GPU. On the device are the arrays of all jobs, those
of groups, and so many futures at a time as SHARE of its memory holds (`future_bytes` each).
"""

import numpy as np

from placement.kernels.capacity import Limits
from placement.kernels.device_cupy import THREADS, bring, guarded, launch, memory, room, send, tables, whole, words
from placement.kernels.futures import DOLLARS, Carried, Groups, Lengths, Piece, Rules, Worlds, nothing
from placement.kernels.plan import MASK
from placement.kernels.work import Work

SHARE = 0.5
"""Of the device's memory, for futures."""


def futures(
    work: Work, limits: Limits, groups: Groups, lengths: Lengths, worlds: Worlds, rules: Rules
) -> tuple[Carried, list[Piece]]:
    """Carry out a plan in each future; parameters and result as of `placement.kernels.futures.futures`, no pieces.

    Raises
    ------
    BackEndError
        If the device fails, out of memory for example.
    """
    return guarded(lambda: _futures(work, limits, groups, lengths, worlds, rules)), []


def future_bytes(groups: Groups, worlds: Worlds) -> int:
    """Bytes on the device of a future: what is sent, what threads keep, and what comes back."""
    _, clocks, edges = worlds.clock_work.shape
    cells = 2 * worlds.room.shape[1] + 3 * clocks * edges + 6 * worlds.price.shape[1] * (edges - 1)
    return 8 * int(cells + clocks + _options(groups) + len(DOLLARS) + 6)


def _options(groups: Groups) -> int:
    """Most options of a group."""
    return int(np.diff(groups.other_first).max(initial=0)) + 1


def _futures(work: Work, limits: Limits, groups: Groups, lengths: Lengths, worlds: Worlds, rules: Rules) -> Carried:
    count, total = len(worlds.number), len(groups.key)
    fixed = [[send(values) for values in given] for given in (limits, groups, lengths)]
    shared = tables(whole(work)), *(words(*arrays) for arrays in fixed)
    placed, on_time = room(total), room(total)
    shape = worlds.price.shape[1], worlds.clock_work.shape[1], worlds.room.shape[1], lengths.late.shape[1]
    seed = int(np.uint64(rules.seed & MASK).astype(np.int64))
    batch = max(int(SHARE * memory()) // future_bytes(groups, worlds), 1)
    carried = nothing(count, total)
    for first in range(0, count, batch):
        some = slice(first, min(first + batch, count))
        sent = [send(values[some]) for values in worlds]
        number = len(sent[0])
        at = _space(number, groups, worlds)
        sums = [room((len(DOLLARS), number), np.float64), room(number, np.float64), room(number, np.float64)]
        sums += [room(number), room(number), room(number)]
        numbers = words(number, total, *shape, rules.patience, int(rules.tails), seed)
        given = words(*sent), words(*sums, placed, on_time), words(*at), numbers, np.int64(work.jobs)
        launch("futures", "futures", -(-number // THREADS), *shared, *given)
        for to, values in zip(carried[:6], sums, strict=True):
            to[some] = bring(values).T
    carried.group_placed[:], carried.group_on_time[:] = bring(placed), bring(on_time)
    return carried


def _space(number: int, groups: Groups, worlds: Worlds) -> list[object]:
    """The arrays of `Space` in futures.cu, for so many futures."""
    _, clocks, edges = worlds.clock_work.shape
    rows, clock, price = (worlds.room.shape[1],), (clocks, edges), (worlds.price.shape[1], edges - 1)
    numbers = [room((*shape, number), np.float64) for shape in (rows, clock, clock, *[price] * 4)]
    return [*numbers, room((_options(groups), number))]

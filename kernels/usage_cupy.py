"""Use of meters on a GPU: the wrapper of `usage.cu`.

With whole counts the numbers are those of the definition, bit for bit, as long as those are exact and the sum of all
counts times the largest use of a placement, in grains, is below 2^61; else each use is off as `fixed_point` says.
"""

import numpy as np

from placement.kernels.device_cupy import THREADS, Part, bring, guarded, launch, parts, room, send, tables
from placement.kernels.fixed_point import most_used, step_for, use_of
from placement.kernels.work import Floats, Ints, Work

BLOCK = 10_000_000
"""Placements that are on the device at once."""


def usage(work: Work, meters: int, option: Ints, start: Ints, count: Floats) -> Floats:
    """Use of each meter in each slot by placements, shape (M, T); parameters as of `placement.kernels.usage.usage`.

    Raises
    ------
    BackEndError
        If the device fails, out of memory for example.
    """
    return guarded(lambda: _usage(work, meters, option, start, np.asarray(count, dtype=np.float64)))


def _usage(work: Work, meters: int, option: Ints, start: Ints, count: Floats) -> Floats:
    step = step_for(float(np.abs(count).sum()) * most_used(work))
    steps, once = room((meters, work.slots + 1)), room((meters, work.slots + 1))
    for part in parts(work):
        mine = np.flatnonzero((option >= part.options.start) & (option < part.options.stop))
        for first in range(0, len(mine), BLOCK):
            some = mine[first : first + BLOCK]
            _add(part, option[some] - part.options.start, start[some], count[some], 1.0 / step, steps, once)
    return use_of(bring(steps), bring(once), step)


def _add(part: Part, option: Ints, start: Ints, count: Floats, scale: float, *sums: object) -> None:
    """Add what some placements of a part use, in place."""
    number = len(option)
    given = (send(values) for values in (option, start, count))
    launch("usage", "usage", -(-number // THREADS), tables(part), np.int64(number), *given, np.float64(scale), *sums)

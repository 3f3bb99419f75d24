"""`placement.kernels.usage`, compiled by Numba, with the ends and windows of `runs_numba`.

One thread: the work is writing to places all over, and a plan has a few million uses at most.
"""

import numpy as np

from placement.kernels.compile_numba import ONE, borrowed, entry
from placement.kernels.runs_numba import Tables, add_use, ends_general, read_only, tables
from placement.kernels.work import Floats, Ints, Work


def usage(work: Work, meters: int, option: Ints, start: Ints, count: Floats) -> Floats:
    """Use of each meter in each slot by placements, shape (M, T); parameters as of `placement.kernels.usage.usage`."""
    steps, once = np.zeros((meters, work.slots + 1)), np.zeros((meters, work.slots + 1))
    times = read_only(np.asarray(count, dtype=np.float64))
    add_uses(tables(work), read_only(option), read_only(start), times, steps, once)
    use: Floats = (np.cumsum(steps, axis=1) + once)[:, :-1]
    return use


@entry
def add_uses(t: Tables, option: Ints, start: Ints, count: Floats, steps: Floats, once: Floats) -> None:
    """Add steps, which last until taken back, and what counts in one slot only, in place."""
    t, option, start, count, steps, once = borrowed((t, option, start, count, steps, once))
    last, part, left = np.empty(1, np.int64), np.empty(1), np.empty(1)
    for p in range(len(option)):
        o, s, times = option[p], start[p], count[p]
        ends_general(t, o, s, ONE, last, part, left)
        add_use(t, o, s, last[0], part[0], left[0], times, steps, once)

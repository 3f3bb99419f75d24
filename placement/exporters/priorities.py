"""Priorities from the order of a plan: what starts earlier where room is short has a higher one.

A pool is *short* in a slot if the plan leaves less there than the largest gang that starts on it in a later slot. With
n(s) the number of slots from s on in which some pool is short, a run that starts in s has as its priority the place of
n(s) among the different n of all runs, 1 for the least. So

- of two runs the one that starts earlier never has the lower priority;
- it has the higher one if some pool is short between the two starts, that of the later left out;
- otherwise both have the same: in each slot between, any run that starts later would fit beside what the plan has.
"""

from __future__ import annotations

import numpy as np

from placement.kernels.work import Floats, Ints


def priorities(left: Floats, pool: Ints, slot: Ints, gang: Ints) -> Ints:
    """(n,) priority of each run, 1 or more, without gaps.

    Parameters
    ----------
    left : array, shape (pools, T)
        Accelerators that the plan leaves.
    pool, slot, gang : arrays, shape (n,)
        Of each run: pool, slot of its start, accelerators.
    """
    largest = np.zeros((len(left), left.shape[1] + 1))
    np.maximum.at(largest, (pool, slot), gang)
    later = np.maximum.accumulate(largest[:, ::-1], axis=1)[:, ::-1][:, 1:]
    short = np.count_nonzero(left < later, axis=0) > 0
    level = np.cumsum(np.asarray(short)[::-1])[::-1]
    return np.asarray(np.unique(level[slot], return_inverse=True)[1] + 1, dtype=np.int64)

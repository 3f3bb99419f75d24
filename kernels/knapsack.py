"""Knapsacks: of the items of each row, which may be negative in cost, those that fit and together cost least.

The definition of `knapsack_numba`. Bellman's recursion over items and room, in whole numbers of room.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from placement.kernels.work import Floats, Ints

Marks = NDArray[np.bool_]


class Knapsacks(NamedTuple):
    """What there is to take. R rows, N items."""

    first: Ints
    """(R + 1,) items of row r are first[r] .. first[r + 1] - 1."""
    size: Ints
    """(N,) room that an item takes, at least 0."""
    room: Ints
    """(R,) at least 0."""


def fill(knapsacks: Knapsacks, usd: Floats) -> tuple[Floats, Marks]:
    """The cheapest items that fit, row by row.

    Parameters
    ----------
    knapsacks : Knapsacks
    usd : array, shape (N,)
        $ of taking an item; only those below 0 are taken.

    Returns
    -------
    usd : array, shape (R,)
        What those that are taken cost together.
    taken : array, shape (N,)
        Which these are; where several ways cost the same, an item is taken only if that costs less than leaving it.
    """
    cost = np.zeros(len(knapsacks.room))
    taken = np.zeros(len(usd), dtype=np.bool_)
    for r, room in enumerate(knapsacks.room.tolist()):
        least = np.zeros(room + 1)
        some, chosen = [], []
        for n in range(knapsacks.first[r], knapsacks.first[r + 1]):
            size = int(knapsacks.size[n])
            if not usd[n] < 0.0 or size > room:
                continue
            new = least[: room + 1 - size] + usd[n]
            better = new < least[size:]
            least[size:] = np.where(better, new, least[size:])
            some.append(n)
            chosen.append(better)
        left = room
        for n, better in zip(reversed(some), reversed(chosen), strict=True):
            size = int(knapsacks.size[n])
            if left >= size and better[left - size]:
                taken[n] = True
                left -= size
        cost[r] = least[room]
    return cost, taken

"""Amounts over ranges of slots, in exact whole numbers: adding them up, and the lowest value within a range.

A run holds an amount in slots first..last, in the last only for some grains. Sums are in amount × grains, so
that they compare exactly with limit × grains per slot.
"""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Ints: TypeAlias = NDArray[np.int64]
Reals: TypeAlias = NDArray[np.float64]
Bools: TypeAlias = NDArray[np.bool_]
Texts: TypeAlias = NDArray[np.object_]

UNLIMITED = 2**62
"""Stands for no limit where limits are whole numbers."""
REAL_TOLERANCE = 1e-6
HOUR_TOLERANCE = 1e-6


def slack(size: Any) -> Any:
    """How far a real number may be over a limit of that size: 1e-6 of it, at least 1e-6."""
    return REAL_TOLERANCE * np.maximum(1.0, np.abs(size))


def spread(
    row: Ints, first: Ints, last: Ints, grains: Ints, amount: Ints, shape: tuple[int, int], per_slot: int
) -> Ints:
    """Shape (rows, T), amount × grains: what is held in each slot.

    Parameters
    ----------
    row, first, last, grains, amount : array, shape (n,)
        Each holds `amount` in row `row`, in slots first..last-1 fully and in slot `last` for `grains` grains.
    shape : (int, int)
        Rows and slots.
    per_slot : int
        Grains of a slot.
    """
    held = cover(row, first, last, amount * per_slot, shape)
    np.add.at(held, (row, last), amount * grains)
    return held


def cover(row: Ints, first: Ints, stop: Ints, amount: Ints, shape: tuple[int, int]) -> Ints:
    """Shape (rows, T): sums of `amount` over slots first..stop-1 of each row."""
    steps = np.zeros((shape[0], shape[1] + 1), dtype=np.int64)
    np.add.at(steps, (row, first), amount)
    np.add.at(steps, (row, stop), -amount)
    return np.cumsum(steps, axis=1)[:, :-1]


class Lowest:
    """Lowest values within ranges of slots, by a table of the minima over 1, 2, 4, ... slots."""

    def __init__(self, values: Ints):
        """`values` has shape (rows, T)."""
        self._levels = [values]
        width = 1
        while 2 * width <= values.shape[1]:
            below = self._levels[-1]
            self._levels.append(np.minimum(below[:, :-width], below[:, width:]))
            width *= 2

    def within(self, row: Ints, first: Ints, last: Ints) -> Ints:
        """Shape (n,): the lowest value of each row in slots first..last."""
        level = np.frexp((last - first + 1).astype(np.float64))[1] - 1
        result = np.empty(len(row), dtype=np.int64)
        for depth in np.unique(level):
            here = level == depth
            table = self._levels[depth]
            result[here] = np.minimum(
                table[row[here], first[here]], table[row[here], last[here] - (1 << int(depth)) + 1]
            )
        return result

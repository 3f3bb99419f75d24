"""Fewer points than there are slots: neighbours taken together, so that a picture stays small."""

from dataclasses import dataclass

import numpy as np

from placement.kernels.work import Floats, Ints

MOST = 400
"""Bins of a line or an area; a screen shows no more."""


@dataclass(frozen=True)
class Bins:
    """Runs of slots taken together."""

    first: Ints
    """(B,) first slot of each."""
    hours: Floats
    """(T,) length of the slots."""

    def mean(self, values: Floats) -> Floats:
        """(..., B): means of (..., T), weighted with the hours."""
        weighted = np.add.reduceat(values * self.hours, self.first, axis=-1)
        return np.asarray(weighted / np.add.reduceat(self.hours, self.first))

    def tightest(self, left: Floats) -> Ints:
        """(B,) the slot of each bin that has the least left, of (T,); the first of them."""
        ends = np.append(self.first[1:], len(left))
        return np.array(
            [first + int(np.argmin(left[first:end])) for first, end in zip(self.first, ends, strict=True)],
            dtype=np.int64,
        )

    def edges(self, slots: Floats) -> tuple[Floats, Floats]:
        """Begin and end of each bin, of the (T+1,) edges of slots."""
        return slots[self.first], slots[np.append(self.first[1:], len(slots) - 1)]


def bins(hours: Floats, most: int = MOST) -> Bins:
    """As few slots together, the same number in each bin, as leave at most `most` bins."""
    size = -(-len(hours) // most)
    return Bins(np.arange(0, len(hours), size), hours)

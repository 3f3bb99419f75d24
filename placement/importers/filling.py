"""Gaps of hourly numbers, filled between numbers that are there when that is asked for."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from placement.errors import PlacementError
from placement.loader.wording import none_of, shown

LONGEST = 3
"""Hours of the longest gap that is filled, if none is given."""
LONGEST_OF_ALL = 168
WAYS = ("linear", "previous")


@dataclass(frozen=True)
class Fill:
    """How gaps are filled: on a straight line, or with the number before; those longer than `longest` hours stay."""

    way: str
    longest: int

    def fill(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """The same numbers with gaps (NaN) filled; shape (n,). Nothing is put before the first or after the last."""
        here = np.flatnonzero(~np.isnan(values))
        result = values.copy()
        before, after = here[:-1], here[1:]
        for a, b in zip(before[np.diff(here) > 1], after[np.diff(here) > 1], strict=True):
            if b - a - 1 <= self.longest:
                gap = np.arange(a + 1, b)
                result[gap] = np.interp(gap, [a, b], values[[a, b]]) if self.way == "linear" else values[a]
        return result


def fill_of(text: str | None) -> Fill | None:
    """What `linear`, `previous`, `linear:6` ask for; None for nothing.

    Raises
    ------
    PlacementError
        For anything else.
    """
    if text is None:
        return None
    way, colon, hours = text.partition(":")
    if way not in WAYS:
        raise PlacementError(" ".join(none_of("fill", way, WAYS)).rstrip())
    if colon and not (hours.isdecimal() and len(hours) < 6 and 1 <= int(hours) <= LONGEST_OF_ALL):
        fact = f"the longest gap to fill is {shown(hours)}, which is no number of hours from 1 to {LONGEST_OF_ALL}."
        raise PlacementError(f"{fact} Write {way}:{LONGEST}, say.")
    return Fill(way, int(hours) if colon else LONGEST)

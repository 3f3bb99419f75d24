"""The values of an input along a range: what is scanned, what lies between, and how far apart values are."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from placement.errors import PlacementError
from placement.flips import number

LEAST_TOLERANCE = 1e-6


@dataclass(frozen=True)
class Scale:
    """A range, its distances and its middles; made by `scale`."""

    ends: tuple[float, float]
    points: int
    log: bool
    tolerance: float
    whole: bool

    def values(self) -> list[float]:
        """What is scanned, ascending."""
        spaced = np.geomspace if self.log else np.linspace
        return sorted({self._rounded(float(value)) for value in spaced(*self.ends, self.points)})

    def distance(self, one: float, other: float) -> float:
        """As a share of the range."""
        low, high = map(self._position, self.ends)
        return abs(self._position(one) - self._position(other)) / (high - low)

    def middle(self, low: float, high: float) -> float:
        """A value between, whole where they are."""
        mean = math.sqrt(low) * math.sqrt(high) if self.log else low + (high - low) / 2
        mean = self._rounded(mean)
        return min(max(mean, low + 1), high - 1) if self.whole else mean

    def wide(self, low: float, high: float) -> bool:
        """Whether an interval is to be bisected."""
        return self.distance(low, high) > self.tolerance and not (self.whole and high - low < 1.5)

    def _position(self, value: float) -> float:
        return math.log(value) if self.log else value

    def _rounded(self, value: float) -> float:
        """Whole, or without the dust of computing."""
        return float(round(value)) if self.whole else float(f"{value:.12g}")


def scale(
    first: float, last: float, *, points: int = 2, log: bool = False, tolerance: float = 0.01, whole: bool = False
) -> Scale:
    """A range, checked.

    Parameters
    ----------
    first, last : float
        Its ends, in any order.
    points : int
        Values that are scanned, at equal distances, or with `log` at equal ratios.
    log : bool
        Whether distances are those of logarithms.
    tolerance : float
        Share of the range that is not wide.
    whole : bool
        Whether values are whole numbers.

    Raises
    ------
    PlacementError
        If an argument makes no sense.
    """
    low, high = sorted((float(first), float(last)))
    if not (math.isfinite(low) and math.isfinite(high)):
        raise PlacementError(f"the range is from {first} to {last}, which are not numbers that can be used.")
    if low == high:
        raise PlacementError(f"the range is from {number(low)} to {number(high)}. Give two different values.")
    if log and not low > 0:
        raise PlacementError(
            f"the range begins at {number(low)}, which has no logarithm. Begin above 0, or without log."
        )
    if whole and not (low.is_integer() and high.is_integer()):
        fact = f"the range is from {number(low)} to {number(high)}, and a whole number stands there."
        raise PlacementError(f"{fact} Give whole numbers.")
    if points < 2:
        raise PlacementError(f"points is {points}, but must be at least 2.")
    if not LEAST_TOLERANCE <= tolerance < 1:
        fact = f"tolerance is {tolerance:g}, but must be at least {LEAST_TOLERANCE:g} and less than 1."
        raise PlacementError(f"{fact} Write 0.01 for one per cent of the range.")
    return Scale((low, high), points, log, tolerance, whole)

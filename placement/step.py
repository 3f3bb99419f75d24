"""By how much limits are raised: units, or a share of each."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from placement.errors import PlacementError
from placement.kernels.work import Floats


@dataclass(frozen=True)
class Step:
    """By how much limits are raised: so many units, or a share of each."""

    units: float = 1.0
    share: float | None = None
    each: float = 1.0
    """What one unit counts for."""

    def of(self, value: Floats) -> Floats:
        """What is added to each value."""
        return np.full(len(value), self.units * self.each) if self.share is None else np.abs(value) * self.share

    def whole(self, value: float) -> int:
        """What is added to a number that is whole, at least 1."""
        wanted = self.units if self.share is None else abs(value) * self.share
        return max(1, math.ceil(wanted - 1e-9))


def step(by: str | float) -> Step:
    """A step from what the user writes: 5 units, or 10%.

    Raises
    ------
    PlacementError
        If it is neither, or not above 0.
    """
    text = str(by).strip()
    try:
        value = float(text.removesuffix("%"))
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value > 0) or isinstance(by, bool):
        raise PlacementError(
            f"by is {by!r}, but must be above 0: a number of units, such as 5, or a share of each limit, such as 10%."
        )
    return Step(share=value / 100) if text.endswith("%") else Step(units=value)

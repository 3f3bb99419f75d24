"""Numbers over time as they were recorded, before they are laid onto a horizon."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Trace:
    """Recorded numbers: hourly with their times, a profile by month and hour, or one number a slot.

    `times` (datetime64[h], UTC, ascending) goes with hourly values; a `profile` has shape (12, 24); with neither
    the values are one per slot.
    """

    values: NDArray[np.float64]
    times: NDArray[np.datetime64] | None = None
    source: str = ""

    @property
    def is_profile(self) -> bool:
        """Whether the values are means by month (row) and hour of the day, UTC (column)."""
        return self.values.ndim == 2

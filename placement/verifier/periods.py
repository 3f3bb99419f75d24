"""Periods of investment: where each begins and ends, and what a series gives in it (docs/model.md §10)."""

import numpy as np

from placement.timegrid import TimeGrid
from placement.verifier.spans import Bools, Ints, Reals


class Periods:
    """Periods of a horizon; arrays of shape (periods,)."""

    def __init__(self, grid: TimeGrid):
        self.first: Ints = np.searchsorted(grid.period, np.arange(grid.periods), side="left").astype(np.int64)
        """First slot."""
        edges = np.append(grid.edges[self.first], grid.hours)
        self.begin: Reals = edges[:-1]
        """Hours from the start, b(p)."""
        self.end: Reals = edges[1:]
        """Hours from the start, e(p)."""
        self.of_slot: Ints = grid.period
        """Shape (T,): period of each slot."""

    def __len__(self) -> int:
        return len(self.first)

    def so_far(self, values: Reals) -> Reals:
        """Sums of what slots have, shape (T,), up to the end of each period."""
        return np.asarray(np.cumsum(np.bincount(self.of_slot, values, len(self))), dtype=np.float64)

    def inside(self, first_hours: float, last_hours: float, tolerance: float) -> Bools:
        """Periods that begin no earlier than the one time and end no later than the other."""
        return (self.begin >= first_hours - tolerance) & (self.end <= last_hours + tolerance)

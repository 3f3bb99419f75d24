"""When a run is done: work over time on the pools of one way to run.

Work is measured in hours at speed 1: W[t] = Σ_{t' < t} v[t'] h[t'], within a slot it grows evenly. A run of
`work` that starts with slot s ends at the first position p with W(p) - W[s] ≥ work, on a whole grain.
"""

from dataclasses import dataclass

import numpy as np

from placement.timegrid import TimeGrid
from placement.verifier.spans import Ints, Reals

GRAIN_TOLERANCE = 1e-6


@dataclass(frozen=True)
class Ends:
    """How runs end; each array of shape (n,)."""

    end: Ints
    """Position, grains; T F for a tail."""
    last: Ints
    """Last slot."""
    grains: Ints
    """Grains held of the last slot, 1..F."""
    left: Reals
    """Work left at the end of the horizon, hours at speed 1; 0 without a tail."""
    tail_hours: Reals
    """Hours that the run goes on past the horizon; infinite where the tail speed is 0."""

    def put(self, where: list[int], others: "Ends") -> None:
        """Write other ends over some of these."""
        self.end[where], self.last[where], self.grains[where] = others.end, others.last, others.grains
        self.left[where], self.tail_hours[where] = others.left, others.tail_hours


def no_ends(count: int) -> Ends:
    """Room for the ends of so many runs."""
    end, last, grains = (np.zeros(count, dtype=np.int64) for _ in range(3))
    return Ends(end, last, grains, np.zeros(count), np.zeros(count))


class Clock:
    """Work over time at a speed given per slot."""

    def __init__(self, grid: TimeGrid, speed: Reals):
        self.grid, self.speed = grid, speed
        self._slot_work = speed * grid.slot_hours
        self.done = np.concatenate([[0.0], np.cumsum(self._slot_work)])
        """Shape (T+1,): W, the work done by the beginning of each slot."""
        tolerance = GRAIN_TOLERANCE * self._slot_work / grid.grains
        self._reach = np.maximum.accumulate(self.done[1:] + tolerance)

    @property
    def tail_speed(self) -> float:
        """Mean speed over the horizon, taken to go on after it."""
        return float(self.done[-1]) / self.grid.hours

    def ends(self, start: Ints, work: Reals) -> Ends:
        """How runs of `work` hours at speed 1 end that begin with slots `start`.

        A slot in which all but 1e-6 of a grain's work gets done is the last one. At the end of the horizon
        1e-6 of a grain at speed 1 may be left without a tail.
        """
        grid = self.grid
        goal = self.done[start] + work
        slot = np.maximum(np.searchsorted(self._reach, goal, side="left"), start)
        over = slot == grid.slots
        tail = goal - self.done[-1] > GRAIN_TOLERANCE * grid.slot_hours[-1] / grid.grains
        tail &= over
        inside = np.minimum(slot, grid.slots - 1)
        speed = self._slot_work[inside]
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.where(speed > 0, (goal - self.done[inside]) / speed, np.where(over, 1.0, 0.0))
        position = (inside + np.clip(share, 0.0, 1.0)) * grid.grains
        end = np.ceil(position - GRAIN_TOLERANCE).astype(np.int64)
        end = np.where(tail, grid.slots * grid.grains, np.maximum(end, start * grid.grains + 1))
        last = (end - 1) // grid.grains
        left = np.where(tail, goal - self.done[-1], 0.0)
        with np.errstate(divide="ignore"):
            hours = np.where(tail, left / np.float64(self.tail_speed), 0.0)
        return Ends(end, last, end - last * grid.grains, left, hours)

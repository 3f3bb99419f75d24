"""A deadline that is moved later: by whole hours, or by whole slots where these are shorter."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from placement.conflicts.demand import Dial
from placement.conflicts.put import put
from placement.schema import Scenario
from placement.timegrid import TimeGrid


@dataclass(frozen=True)
class Later(Dial):
    """The deadline of a job; changed by r it is r steps later, by inf it is none."""

    row: int = -1
    """Of the job."""
    step_hours: float = 1.0
    window_hours: float = 0.0
    """From when the job can start to its deadline."""

    def put(self, scenario: Scenario, r: float) -> Scenario:
        """The scenario with another deadline, unchecked."""
        to = np.datetime64("NaT", "us") if math.isinf(r) else moment(self.to(r))
        return scenario.model_copy(update={"jobs": put(scenario.jobs, ("deadline", self.row), to)})

    @property
    def size(self) -> float:
        """Steps of the time there is."""
        return max(self.window_hours, 0.0) / self.step_hours

    def to(self, r: float) -> str:
        """The deadline r steps later."""
        return written(moment(self.value) + np.timedelta64(round(r * self.step_hours * 3.6e9), "us"))

    def moved(self, to: Any) -> float:
        """Hours by which it is later."""
        return float((moment(to) - moment(self.value)) / np.timedelta64(1, "h"))


def later(scenario: Scenario, grid: TimeGrid, row: int, path: str) -> tuple[Later, ...]:
    """The deadline of a job, if it has one."""
    jobs = scenario.jobs
    due = jobs["deadline"][row]
    if np.isnat(due):
        return ()
    first = jobs["earliest_start"][row] if not np.isnat(jobs["earliest_start"][row]) else jobs["submitted"][row]
    begin = 0.0 if np.isnat(first) else max(float(grid.hours_of(first)), 0.0)
    step = min(1.0, float(grid.slot_hours.min()))
    window = float(grid.hours_of(due)) - begin
    steps = ("jobs", "deadline", row)
    value = written(due)
    return (Later(f"{path}.deadline", steps, value, True, True, None, row, step, window),)


def moment(text: str) -> np.datetime64:
    """A moment as it is written in the file."""
    return np.datetime64(text.removesuffix("Z"), "us")


def written(at: np.datetime64) -> str:
    """A moment as it would stand in the file."""
    return f"{np.datetime_as_string(at, unit='auto' if at.astype(np.int64) % 10**6 else 's')}Z"

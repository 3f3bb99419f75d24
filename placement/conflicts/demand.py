"""A demand that must be kept, in the user's words, and the values of it that can be changed a little."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from placement.conflicts.put import Steps, put
from placement.schema import Scenario, SeriesSpec

JOB, ORDER = "job", "order"


@dataclass(frozen=True)
class Dial:
    """A value of a demand that can be changed a little.

    A number v becomes v ± r |v| (± r where v is 0), a whole number v ± r, a list of whole numbers each ± r, and a
    series v (1 ± r) throughout.
    """

    path: str
    steps: Steps
    value: Any
    up: bool
    whole: bool = False
    edit: Callable[[Scenario, Any], Scenario] | None = None
    """The scenario with another value, where others follow it."""

    def put(self, scenario: Scenario, r: float) -> Scenario:
        """The scenario with the value changed by r, unchecked."""
        to = self.to(r)
        made: Scenario = put(scenario, self.steps, to) if self.edit is None else self.edit(scenario, to)
        return made

    @property
    def least(self) -> float:
        """The most by which it can be changed: downwards it ends at 0."""
        if self.up:
            return np.inf
        return float(self.value) if self.whole else 1.0

    @property
    def size(self) -> float:
        """How large it is; 1 of a series, which changes by shares."""
        return 1.0 if isinstance(self.value, SeriesSpec) else abs(float(np.mean(self.value)))

    def to(self, r: float) -> Any:
        """The value changed by r."""
        sign = 1 if self.up else -1
        if self.whole:
            step = sign * round(r)
            return tuple(v + step for v in self.value) if isinstance(self.value, tuple) else int(self.value) + step
        if isinstance(self.value, SeriesSpec):
            factor = 1 + sign * r
            scaled = {key: _tidy(getattr(self.value, key) * factor) for key in ("scale", "add")}
            return self.value.model_copy(update=scaled)
        return _tidy(float(self.value) + sign * r * (abs(self.value) or 1.0))

    def moved(self, to: Any) -> float:
        """By how much it is changed to another value; nan where it is not a number."""
        return abs(float(to) - float(self.value)) if isinstance(to, int | float) else np.nan

    def relative(self, r: float) -> float:
        """How much that is of the value; inf of nothing."""
        if not self.whole:
            return r if isinstance(self.value, SeriesSpec) or self.value else np.inf
        return r / self.size if self.size else np.inf


def _tidy(value: float) -> float:
    return float(f"{value:.12g}")


@dataclass(frozen=True)
class Demand:
    """Something that must be kept."""

    kind: str
    path: str
    words: str
    free: tuple[tuple[Steps, Any], ...] = ()
    """What stands in the scenario once it is given up."""
    dials: tuple[Dial, ...] = ()
    """Values of it that can be changed a little."""
    instead: tuple[tuple[str, Any], ...] = ()
    """Paths and values that may stand instead, the smallest change first, where nothing can be changed a little."""
    later: tuple[Dial, ...] = ()
    """The deadline of a job; what it may be is told beside the others."""
    job: int = -1
    """Row of the job that must run, or that waits;"""
    after: str = ""
    """and for which job it waits."""


def optional(kind: str, path: str, words: str, steps: Steps, nothing: Any) -> Demand:
    """A demand that can only be left out."""
    stands = list(nothing) if isinstance(nothing, tuple) else nothing
    return Demand(kind, path, words, ((steps, nothing),), instead=((path, stands),))


def amount(value: float) -> str:
    """A number in words."""
    return f"{value:,.10g}"


def moment(at: datetime) -> str:
    """A moment in words."""
    return f"{at:%Y-%m-%d %H:%M}"

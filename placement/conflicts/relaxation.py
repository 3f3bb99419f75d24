"""The least change of one demand alone with which a plan of the whole scenario exists.

For each member of a conflict, the least r for which the scenario with its value changed by r has a plan, all other
demands of the scenario kept; where it has no such value, what may stand instead. A value is told once a plan exists
with it, and none with 1 % less of the change.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from placement.conflicts.applied import applied
from placement.conflicts.change_words import change, instead
from placement.conflicts.conflict_set import ConflictSet
from placement.conflicts.demand import JOB, ORDER, Demand, Dial
from placement.conflicts.least_change import least_change
from placement.errors import ScenarioError
from placement.schema import Scenario
from placement.schema.root import is_model
from placement.search.state import TimeUp


@dataclass(frozen=True)
class Relaxation:
    """The least change of one demand alone with which a plan exists."""

    demand: int
    """Row in `Conflict.demands`."""
    path: str
    words: str
    before: Any
    after: Any
    size: float
    """By how much the value changes, in its unit, h of a deadline; nan where it is neither."""
    relative: float
    """The same over the value; nan where it is not a number."""
    checked: bool


class Relaxing:
    """The search for the least changes of members of a set.

    Parameters
    ----------
    search : ConflictSet
        With which the set was found: some of its answers are of use here.
    """

    def __init__(self, search: ConflictSet):
        self.search, self.questions, self.scenario = search, search.questions, search.scenario
        self.missed = False
        """Whether a question was not answered in time."""

    def of(self, members: list[int]) -> list[Relaxation]:
        """The least change of each member that has one, and of its deadline, the smallest first."""
        questions, every, found = self.questions, frozenset(range(len(self.search.demands))), []
        end = questions.due
        for place, k in enumerate(members):
            questions.due = time.monotonic() + (end - time.monotonic()) / (len(members) - place)
            try:
                if self.search.possible(every - {k}):
                    one = self.search.demands[k]
                    found += sorted(self._changes(one, place), key=_rank)[:1]
                    found += [made for dial in one.later if (made := self._dialled(dial, place)) is not None]
            except TimeUp:
                self.missed = True
        return sorted(found, key=_rank)

    def _changes(self, one: Demand, place: int) -> list[Relaxation]:
        """Changes of one demand: of its values a little each, else what may stand instead."""
        found = [made for dial in one.dials if (made := self._dialled(dial, place)) is not None]
        if found:
            return found
        for path, value in one.instead:
            if self._holds(path, value):
                units = int(self.scenario.jobs["count"][one.job]) if one.kind == JOB else 0
                size, relative = (float(units), 1.0) if units else (math.nan, math.nan)
                words, before = instead(one, path, value), _at(self.scenario, one)
                return [Relaxation(place, path, words, before, _plain(value), size, relative, True)]
        return []

    def _holds(self, path: str, value: Any) -> bool:
        """Whether the scenario is one with this value, and a plan of it exists."""
        try:
            return self.questions.exists(applied(self.scenario, path, _plain(value)))
        except ScenarioError:
            return False

    def _dialled(self, dial: Dial, place: int) -> Relaxation | None:
        """The least change of a value; None where none is enough."""
        r = least_change(dial, self.questions, lambda r: self._enough(dial, r))
        if r is None:
            return None
        to = dial.to(r)
        checked = False
        try:
            if not self._holds(dial.path, to):
                return None
            checked = True
        except TimeUp:
            self.missed = True
        words, size = change(dial, to, r), dial.moved(to)
        return Relaxation(place, dial.path, words, _plain(dial.value), _plain(to), size, dial.relative(r), checked)

    def _enough(self, dial: Dial, r: float) -> bool:
        """Whether a plan exists with a value changed by r; no where it is not known in time."""
        try:
            return self.questions.exists(dial.put(self.scenario, r))
        except TimeUp:
            self.missed = True
            return False


def advice(listed: Sequence[Relaxation], missed: bool) -> str:
    """The cheapest change, or that there is none."""
    if listed:
        least = "This is enough, though less may be, for time ended" if missed else "Least is changed so"
        return f"{least}, all else as it is: {listed[0].words}"
    if missed:
        return "Time ended before it was known which change is enough. Give it more time (time_limit_s)."
    return (
        "No change of one of these alone makes a plan possible: there are other conflicts beside this one. Change "
        "one of them all the same, and ask again."
    )


def _at(scenario: Scenario, one: Demand) -> Any:
    """What stands in the scenario of a demand that can only be left out or replaced."""
    if one.kind == JOB:
        return int(scenario.jobs["count"][one.job])
    if one.kind == ORDER:
        return list(scenario.jobs["after"][one.job])
    thing: Any = scenario
    for step in one.free[0][0]:
        thing = getattr(thing, str(step)) if is_model(thing) else thing[step]
    return [_plain(each) for each in thing] if isinstance(thing, tuple) else thing


def _plain(value: Any) -> Any:
    """A value as it would stand in the file."""
    if is_model(value):
        return value.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return list(value) if isinstance(value, tuple) else value


def _rank(one: Relaxation) -> float:
    """What relaxations are put in order by: those that are no numbers come last."""
    return math.inf if math.isnan(one.relative) else one.relative

"""Why no plan exists: demands that cannot be met together, none of which can be left out, and the least that helps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from placement.compile import compile_scenario
from placement.conflicts.conflict_set import ConflictSet
from placement.conflicts.demand import JOB, Demand
from placement.conflicts.demands import demands
from placement.conflicts.giving_up import firm_only
from placement.conflicts.questions import Questions
from placement.conflicts.relaxation import Relaxation, Relaxing, advice
from placement.errors import PlacementError
from placement.schema import Scenario
from placement.search.state import TimeUp
from placement.segmented import may_pause, unpaused

ALONE = {
    "limit min": "; all that is asked for does not come to it",
    "limit max": "; what is drawn and paid in any case is more",
    "contract": "; nothing allows so many in time",
}
"""What is said of a demand that cannot be kept by itself."""

IN_ONE_PIECE = " All this is said of jobs that run in one piece; those with `pauses` may still fit in several."

EACH, FIRST = 0.1, 0.7
"""Shares of the time that one question may take, and that may have gone once the set is found."""


@dataclass(frozen=True)
class Conflict:
    """Demands that cannot be met together."""

    demands: pd.DataFrame
    """kind, path (dotted, `jobs.NAME` for a job), words. Without any one of them the others can be met."""
    relaxations: pd.DataFrame
    """Of members the least change with which a plan of the whole scenario exists, all else as it is, and of jobs the
    least by which their deadline would have to be later; the smallest relative change first: path, words, from, to (as
    `applied` takes it), size, relative, checked (a plan was found of the scenario that `applied` makes; false: time
    ended before).
    """
    advice: str
    """The cheapest of them in a sentence."""
    irreducible: bool = True
    """False: time ended before each demand was tried; some may be left out."""


def explain_conflict(scenario: Scenario, *, time_limit_s: float = 60.0) -> Conflict | None:
    """Demands of a scenario that cannot be met together, and the cheapest changes; None where a plan exists.

    Parameters
    ----------
    scenario : Scenario
    time_limit_s : float
        Of the whole search. Where it ends before the set is small, `irreducible` is false.

    Raises
    ------
    PlacementError
        Where time ended before it was known whether a plan exists, or what must run is too large for one model.
    """
    pausable = bool(may_pause(scenario).any())
    scenario = unpaused(scenario)
    questions = Questions(scenario, time_limit_s)
    search = ConflictSet(questions, demands(scenario))
    every = list(range(len(search.demands)))
    try:
        if search.possible(frozenset(every)):
            return None
    except TimeUp:
        raise PlacementError(
            f"whether a plan exists is not known after {time_limit_s:g} s. Give it more time (time_limit_s)."
        ) from None
    questions.each_s, questions.due = EACH * time_limit_s, questions.began + FIRST * time_limit_s
    members = sorted(search.smallest(search.shortened(every)))
    questions.due = questions.began + time_limit_s
    relaxing = Relaxing(search)
    listed = relaxing.of(members)
    told = _told(scenario, search.demands, members)
    words = advice(listed, relaxing.missed) + (IN_ONE_PIECE if pausable else "")
    return Conflict(told, _table(listed), words, not search.doubtful)


def _told(scenario: Scenario, every: list[Demand], members: list[int]) -> pd.DataFrame:
    """Members of the set, in words."""
    found = [every[k] for k in members]
    words = [_alone(scenario, found[0])] if len(found) == 1 else [one.words for one in found]
    rows = [(one.kind, one.path, said) for one, said in zip(found, words, strict=True)]
    return pd.DataFrame(rows, columns=["kind", "path", "words"])


def _alone(scenario: Scenario, one: Demand) -> str:
    """A demand that is a conflict by itself in words, and why."""
    if one.kind != JOB:
        return one.words + ALONE.get(one.kind, "")
    legend = compile_scenario(firm_only(scenario)).legend
    row = int(np.flatnonzero(legend.scenario.jobs["job"] == scenario.jobs["job"][one.job])[0])
    return f"{one.words}; it fits nowhere: {legend.why_nowhere(row)}" if legend.nowhere[row] else one.words


def _table(listed: list[Relaxation]) -> pd.DataFrame:
    """Relaxations, one a row."""
    columns = ["path", "words", "from", "to", "size", "relative", "checked"]
    rows = [(one.path, one.words, one.before, one.after, one.size, one.relative, one.checked) for one in listed]
    kinds = {"size": "float64", "relative": "float64", "checked": "bool"}
    return pd.DataFrame(rows, columns=columns, dtype=object).astype(kinds)

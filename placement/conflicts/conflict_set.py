"""Demands that cannot be kept together, none of which can be left out.

Sets: demands D of a scenario, D \\ K given up where K is kept. possible(K): a plan exists of the scenario with K kept.
Demands given up only add plans, so possible is monotone, and nothing is asked that follows from other answers.

QuickXplain (Junker 2004): of demands C that cannot be kept beside B, split in two halves,

    X(B, C) = X2 ∪ X1,   X2 = X(B ∪ C1, C2),   X1 = X(B ∪ X2, C1),   empty where B alone cannot be kept

about 2 k log2(n/k) questions for k of n demands. With many jobs, those with a price in the linear relaxation that turns
away as few as possible come first: by duality they cannot be kept even in parts.
"""

from __future__ import annotations

import numpy as np

from placement.compile import compile_scenario
from placement.conflicts.demand import JOB, Demand
from placement.conflicts.elastic import PRICED, turned_away
from placement.conflicts.giving_up import without
from placement.conflicts.questions import Questions, hopeless
from placement.search.state import TimeUp

MANY_JOBS = 24
"""Jobs that must run from which the linear relaxation is asked first."""


class ConflictSet:
    """The search for demands that cannot be kept together.

    Parameters
    ----------
    questions : Questions
        About the scenario.
    demands : list of Demand
        All of them.
    """

    def __init__(self, questions: Questions, demands: list[Demand]):
        self.questions, self.scenario, self.demands = questions, questions.scenario, demands
        self.known: dict[frozenset[int], bool] = {}
        self.doubtful = False
        """Whether a question was not answered in time."""

    def possible(self, kept: frozenset[int]) -> bool:
        """Whether a plan exists that keeps some demands, all others given up.

        Raises
        ------
        TimeUp
            If it is not known in time.
        """
        for asked, answer in self.known.items():
            if (kept <= asked) if answer else (kept >= asked):
                return answer
        given_up = [one for k, one in enumerate(self.demands) if k not in kept]
        self.known[kept] = self.questions.exists(without(self.scenario, given_up))
        return self.known[kept]

    def perhaps(self, kept: frozenset[int]) -> bool:
        """The same; where it is not known in time, yes."""
        try:
            return self.possible(kept)
        except TimeUp:
            self.doubtful = True
            return True

    def shortened(self, every: list[int]) -> list[int]:
        """Demands without jobs that are not needed for the conflict, where this is soon known."""
        jobs = [k for k in every if self.demands[k].kind == JOB]
        if len(jobs) <= MANY_JOBS:
            return every
        few = self._without_a_place() or self._priced()
        shorter = [k for k in every if self.demands[k].kind != JOB or self.demands[k].job in few]
        return shorter if few and not self.perhaps(frozenset(shorter)) else every

    def _without_a_place(self) -> set[int]:
        """The first job that must run and has no placement, by its row."""
        compiled = compile_scenario(self.scenario)
        return set(compiled.legend.job[hopeless(compiled)[:1]].tolist())

    def _priced(self) -> set[int]:
        """Jobs with a price where as few as possible are turned away, in parts; none where nothing has to be."""
        try:
            found = self.questions.modelled(self.scenario)
            left_s = self.questions.left_s
        except TimeUp:
            return set()
        if found is None:
            return set()
        units, job, price = turned_away(found, left_s)
        if units <= PRICED:
            return set()
        scenario = self.questions.needed(self.scenario)
        names = scenario.jobs["job"][compile_scenario(scenario).legend.job[job[np.abs(price) > PRICED]]]
        row = {str(name): k for k, name in enumerate(self.scenario.jobs["job"])}
        return {row[str(name)] for name in names}

    def smallest(self, every: list[int]) -> list[int]:
        """A subset of demands that cannot be kept, and without any one of them can. See the head of this file."""

        def within(kept: list[int], more: bool, rest: list[int]) -> list[int]:
            if more and not self.perhaps(frozenset(kept)):
                return []
            if len(rest) == 1:
                return rest
            first, second = rest[: len(rest) // 2], rest[len(rest) // 2 :]
            late = within(kept + first, True, second)
            early = within(kept + late, bool(late), first)
            return early + late

        return within([], False, every)

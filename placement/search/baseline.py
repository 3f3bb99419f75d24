"""First come, first served with backfill, put together from all placements beside a search."""

import math
import threading

from placement.kernels.work import Floats
from placement.models.exact import listed
from placement.problem import Problem
from placement.search.given import Given, jobs_usd, plan_of
from placement.search.greedy import construct
from placement.search.state import State, TimeUp
from placement.search.steps import COMPLETE_GAP, GROWING_GAP
from placement.search.supply import Supply

LISTED = 20_000_000
"""Placements up to which plans are put together job by job from all of them."""


class Baseline:
    """What first come, first served with backfill costs, worked out beside the search."""

    def __init__(self, problem: Problem, supply: Supply, submitted: Floats, state: State):
        self._problem, self._supply, self._submitted, self._state = problem, supply, submitted, state
        self._usd: float | None = None
        self._plan: Given | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        problem, state = self._problem, self._state
        if problem.work.starts > LISTED:
            return
        every = listed(problem)
        try:
            built = construct(problem, every, self._submitted, "fcfs", check=state.check)
        except TimeUp:
            return
        if built.unplaced.any():
            return
        plan = plan_of(every, built, "fcfs")
        own_usd, use = jobs_usd(problem, plan)
        gap = GROWING_GAP if problem.supply.modules else COMPLETE_GAP
        usd = own_usd + self._supply.beside(use, problem.rows, state.left_s, state.stop, gap)
        if math.isfinite(usd):
            self._usd, self._plan = usd, plan

    def cheaper(self, usd: float, seconds: float) -> bool:
        """Whether, after at most so many seconds, a plan is known that costs less and was not asked for yet."""
        found = self.usd(seconds)
        return found is not None and found < usd and self._plan is not None

    def plan(self) -> Given:
        """The plan, once."""
        plan, self._plan = self._plan, None
        assert plan is not None
        return plan

    def usd(self, seconds: float) -> float | None:
        """What it costs; None if that is not known after so many seconds."""
        self._thread.join(max(0.0, min(seconds, threading.TIMEOUT_MAX)))
        return self._usd

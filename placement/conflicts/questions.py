"""Whether a plan exists of a scenario, asked of the exact model within a time.

The scenario is compiled anew for each question, so that whatever a demand excludes before solving is there again once
the demand is given up. Jobs that no plan needs are left out first.
"""

from __future__ import annotations

import math
import time
from dataclasses import replace

import numpy as np

from placement.compile import Compiled, compile_scenario
from placement.conflicts.elastic import LARGE, PRICED, turned_away
from placement.conflicts.giving_up import firm_only
from placement.errors import PlacementError
from placement.kernels.work import Ints
from placement.models import highs
from placement.models.program import Program, program
from placement.models.rows import Unsatisfiable
from placement.schema import Scenario
from placement.search.state import TimeUp
from placement.solving import ONE_MODEL


class Questions:
    """Questions to the exact model about a scenario and changes of it.

    Parameters
    ----------
    scenario : Scenario
    limit_s : float
        Within which all of them are asked.
    """

    def __init__(self, scenario: Scenario, limit_s: float):
        self.scenario, self.began = scenario, time.monotonic()
        self.due, self.each_s = self.began + limit_s, math.inf
        """When they have to end, and the most that one of them may take, s."""
        self.earning = _earning(compile_scenario(scenario))
        """Whether running more can cost less, or emit less."""

    def exists(self, scenario: Scenario) -> bool:
        """Whether a plan of a scenario exists."""
        found = self.modelled(scenario)
        if found is None:
            return False
        if found.form.columns > LARGE and turned_away(found, self.left_s)[0] > PRICED:
            return False
        form = replace(found.form, cost=np.zeros(found.form.columns), base=0.0, offset=0.0)
        outcome = highs.solve(form, time_limit_s=self.left_s, threads=1)
        if outcome.x is None and outcome.status != "infeasible":
            raise TimeUp
        return outcome.x is not None

    @property
    def left_s(self) -> float:
        """Seconds that are left for a question."""
        left = self.due - time.monotonic()
        if left <= 0:
            raise TimeUp
        return min(left, self.each_s)

    def modelled(self, scenario: Scenario) -> Program | None:
        """The exact model of what must be in a plan; None where none is, whatever is placed."""
        _ = self.left_s
        compiled = compile_scenario(self.needed(scenario))
        if len(hopeless(compiled)):
            return None
        starts = compiled.problem.work.starts
        if starts > ONE_MODEL:
            raise PlacementError(
                f"what must run has {starts:,} placements, more than the {ONE_MODEL:,} that one model holds, so what "
                "is in its way is not known. Ask of a part of the jobs, or of a horizon with fewer slots."
            )
        try:
            return program(compiled.problem)
        except Unsatisfiable:
            return None

    def needed(self, scenario: Scenario) -> Scenario:
        """The scenario without jobs that no plan needs: none helps to reach a minimum, or earns what others spend."""
        hard = [limit for limit in scenario.limits if limit.penalty_usd is None]
        if any(limit.min is not None for limit in hard):
            return scenario
        if self.earning and any(limit.max is not None and limit.of in ("usd", "tco2") for limit in hard):
            return scenario
        return firm_only(scenario)


def hopeless(compiled: Compiled) -> Ints:
    """Job rows of jobs that must run and have no placement for some segment."""
    problem = compiled.problem
    work = problem.work
    firm = ~np.isfinite(np.minimum(problem.reject_usd, problem.defer_usd))
    return np.flatnonzero((np.diff(work.option_spans[work.job_options]) == 0) & firm)


def _earning(compiled: Compiled) -> bool:
    """Whether something that jobs take has a negative price, or takes carbon out of the air."""
    sources = [source for plant in compiled.problem.supply.plants for source in plant.sources]
    arrays = [term.usd for term in compiled.legend.terms] + [site.carbon_t for site in compiled.legend.sites]
    arrays += [array for source in sources for array in (source.price, source.carbon_t)]
    return any(bool((array < 0).any()) for array in arrays)

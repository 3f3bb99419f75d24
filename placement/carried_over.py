"""A plan of a version of a scenario as one of the scenario itself: what runs where, or what is built, is kept.

runs kept     job, option and start of every unit; ends, and all that is decided beside them, follow
builds kept   modules by period; all else is to be planned anew, in the scenario with `held` builds
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from placement.answer import plan_of
from placement.bill import bill
from placement.compile import Compiled
from placement.fingerprint import fingerprint
from placement.kernels.placements import allowed
from placement.kernels.work import Ints
from placement.loader.change import changed
from placement.models.exact import listed
from placement.models.highs import Event
from placement.models.program import program
from placement.models.read import solution
from placement.models.rows import Unsatisfiable
from placement.plan import Plan
from placement.problem import Problem
from placement.schema import Scenario
from placement.search.core_model import Chosen
from placement.search.given import Given, assignment_of, begun
from placement.search.given import plan_of as of_placements
from placement.search.greedy import Assignment, fill
from placement.search.sifting import only
from placement.search.steps import complete
from placement.search.warm import placements_of
from placement.solution import Solution, of_runs
from placement.timegrid import timegrid

Builds = Mapping[tuple[str, str], Ints]
"""Number of modules ordered in each period, shape (periods,), by cluster and module; of all there are."""


def builds_of(scenario: Scenario, plan: Plan) -> dict[tuple[str, str], Ints]:
    """What a plan of the scenario, or of a version of it, builds."""
    periods = timegrid(scenario.horizon).periods
    found = {
        (cluster.name, module.name): np.zeros(periods, dtype=np.int64)
        for cluster in scenario.clusters
        for module in cluster.modules
    }
    columns = [plan.builds[name].tolist() for name in ("cluster", "module", "period", "number")]
    for cluster, module, period, number in zip(*columns, strict=True):
        found[cluster, module][period] += number
    return found


def halfway(first: Builds, second: Builds) -> dict[tuple[str, str], Ints]:
    """Builds between two: of each kind half of what both have together by the end of each period, rounded down."""
    return {key: np.diff((np.cumsum(number) + np.cumsum(second[key])) // 2, prepend=0) for key, number in first.items()}


def key_of(builds: Builds) -> tuple[tuple[int, ...], ...]:
    """What equal builds have in common."""
    return tuple(tuple(builds[key].tolist()) for key in sorted(builds))


def held(scenario: Scenario, builds: Builds) -> Scenario:
    """The scenario in which exactly these modules are built; all of it known.

    Raises
    ------
    ScenarioError
        If it does not allow them, such as by its dates.
    """
    values: dict[str, Any] = {"uncertainty": None}
    for (cluster, module), number in builds.items():
        here = f"clusters.{cluster}.modules.{module}"
        values |= {f"{here}.max_per_period": number.tolist(), f"{here}.min": int(number.sum())}
    return changed(scenario, values)


def renamed(scenario: Scenario, plan: Plan) -> Plan:
    """A plan of a version, which asks for more, as one of the scenario."""
    return replace(plan, scenario=scenario.name, digest=fingerprint(scenario))


def with_runs(
    compiled: Compiled, plan: Plan, limit_s: float, stop: Event | None, *, filled: bool = False
) -> Plan | None:
    """A plan of what was compiled in which units run as they do in a plan of a version of it, as far as they may.

    The others are turned away or put off; with `filled` those are placed that fit beside the others, each at its
    cheapest. None where nothing keeps the rules, nothing was found in time, or there is nothing to fill up with.
    """
    problem = compiled.problem
    given: Given | None = begun(problem, Chosen(*placements_of(plan, compiled)))
    if filled and given is not None:
        given = _filled(problem, given)
    found = None if given is None else _decided(problem, given, limit_s, stop)
    return None if found is None else plan_of(compiled, found, bill(compiled, found))


def _filled(problem: Problem, given: Given) -> Given | None:
    """The same with units placed that were not; None if none can be."""
    work, chosen = problem.work, given.chosen
    lacking = given.rejected + given.deferred > 0
    while (more := lacking | ((problem.previous >= 0) & lacking[problem.previous])).sum() > lacking.sum():
        lacking = more
    lists = [allowed(work, *work.job_options[row : row + 2].tolist()) for row in np.flatnonzero(lacking).tolist()]
    option = np.concatenate([chosen.option, *(each.option for each in lists)])
    start = np.concatenate([chosen.start, *(each.start for each in lists)])
    small = only(problem, option, start)
    every = listed(small)
    units = np.zeros(len(every.placed), dtype=np.int64)
    key = every.placed.option * work.slots + every.placed.start
    np.add.at(units, np.searchsorted(key, chosen.option * work.slots + chosen.start), chosen.count)
    none = np.zeros_like(given.rejected)
    fuller = fill(small, every, np.zeros(work.jobs), Assignment(units, given.rejected, given.deferred, none))
    return None if fuller is None else of_placements(every, fuller, given.source)


def _decided(problem: Problem, given: Given, limit_s: float, stop: Event | None) -> Solution | None:
    """All that is decided beside what runs, at least cost."""
    firm = ~np.isfinite(np.minimum(problem.reject_usd, problem.defer_usd))
    if (firm & (given.rejected + given.deferred > 0)).any():
        return None
    chosen = given.chosen
    if problem.only_runs:
        return of_runs(problem, chosen.option, chosen.start, chosen.count, given.rejected, given.deferred)
    small = only(problem, chosen.option, chosen.start)
    try:
        model = program(small)
    except Unsatisfiable:
        return None
    found = complete(model, assignment_of(model, given), limit_s, stop)
    return None if found is None else solution(small, model.exact, model.index, found.x)

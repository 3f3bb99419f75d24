"""The result of a solve: plan verified, cost and bound compared, and what the status means."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from typing import Literal

import numpy as np

from placement.answer import plan_of
from placement.bill import Bill, bill, boundary_totals, objective
from placement.compile import Compiled
from placement.errors import PlacementError
from placement.plan import Plan
from placement.result import MEANING, Result, Status
from placement.schema import Scenario
from placement.search.state import State
from placement.solution import Solution
from placement.verifier import verify

OPTIMAL_GAP = 3e-6
"""A plan with at most this gap is called optimal: what is taken off the solver's bounds, and its own tolerance."""

MEANING_BY = {
    "failed": "The solver failed on the way; this is the best plan until then.",
    "tolerance": "The solver found the plan optimal; the gap is what its tolerances leave unproven.",
    "patience": "No cheaper plan was found for a long time, and this is too large for one model.",
}

NO_PLAN_BY = {
    "failed": "The solver failed before a plan was found.",
    "time": "No plan was found within the time limit, which does not mean that there is none. Give it more time.",
    "patience": "No plan was found for a long time, which does not mean that there is none, and this is too large for "
    "one model. Let some of the jobs that must run be turned away (reject_usd), to see which find no place.",
    "work": "No plan was found within the work limit, which does not mean that there is none. Raise it.",
    "stopped": "It was stopped before a plan was found. Let it run until the live table shows a cost.",
}

AGREED_USD = 0.01
"""Model and verifier agree on a plan's cost to this and 1e-9 of its size, or it is not returned."""


def check_bound(bound_usd: float, cost_usd: float) -> None:
    """Raise PlacementError where a bound is above the cost of a plan by more than AGREED_USD and 1e-6 of its size."""
    if bound_usd > cost_usd + AGREED_USD + 1e-6 * abs(cost_usd):
        raise PlacementError(
            f"the bound, ${bound_usd:,.2f}, is above the plan's cost, ${cost_usd:,.2f}. "
            "This is a fault of the program; please report it with the scenario."
        )


class Report:
    """Puts results together."""

    def __init__(self, compiled: Compiled, state: State, seed: int, versions: dict[str, str]):
        self.compiled, self.state, self.seed, self.versions = compiled, state, seed, versions
        self.baseline_usd: float | None = None
        self.device: Literal["gpu", "cpu"] = "cpu"
        self.notes: tuple[str, ...] = ()

    def with_plan(self, ended: str, solution: Solution) -> Result:
        """A plan, verified."""
        scenario, state = self.compiled.legend.scenario, self.state
        found = bill(self.compiled, solution)
        plan = plan_of(self.compiled, solution, found)
        cost = self._agreed(plan, found)
        state.cost_usd = cost
        status = {"failed": Status.STOPPED, "patience": Status.WORK}.get(ended) or Status(ended)
        if state.proven_gap <= OPTIMAL_GAP:
            status = Status.OPTIMAL
        elif state.reached:
            status = Status.GAP
        elif status is Status.OPTIMAL:
            status, ended = Status.GAP, "tolerance"
        return self._result(status, plan, cost, boundary_totals(found), scenario, ended=ended)

    def _agreed(self, plan: Plan, found: Bill) -> float:
        """The plan's cost, if the verifier finds nothing wrong and the same cost."""
        scenario = self.compiled.legend.scenario
        checked = verify(scenario, plan)
        checked.raise_for_errors()
        cost = objective(found, scenario.policy.minimise)
        if abs(cost - checked.cost_usd) > AGREED_USD + 1e-9 * abs(cost):
            raise PlacementError(
                f"the model prices the plan at ${cost:,.2f} and the verifier at ${checked.cost_usd:,.2f}. "
                "This is a fault of the program; please report it with the scenario."
            )
        check_bound(self.state.bound_usd, cost)
        return cost

    def infeasible(self, jobs: list[str], other: Sequence[str] = ()) -> Result:
        """No plan exists, because of jobs that must run, or of `other` things, told in sentences without their stop."""
        self.state.bound_usd, self.state.bound_source = math.inf, "no plan exists"
        return self._result(Status.INFEASIBLE, None, None, {}, self.compiled.legend.scenario, tuple(jobs), other)

    def without_plan(self, ended: str) -> Result:
        """No plan was found before the search ended, by time, work or a stop."""
        return self._result(Status.NO_PLAN, None, None, {}, self.compiled.legend.scenario, ended=ended)

    def _result(
        self,
        status: Status,
        plan: Plan | None,
        cost: float | None,
        boundaries: dict[str, float],
        scenario: Scenario,
        unplaced: tuple[str, ...] = (),
        other: Sequence[str] = (),
        ended: str = "",
    ) -> Result:
        state = self.state
        jobs = plan.jobs if plan is not None else None
        return Result(
            scenario=scenario.name,
            status=status,
            message=self._message(status, unplaced, other, ended),
            plan=plan,
            cost_usd=math.inf if cost is None else cost,
            bound_usd=state.bound_usd if cost is None else min(state.bound_usd, cost),
            bound_source=state.bound_source,
            constant_usd=state.constant_usd,
            baseline_usd=self.baseline_usd,
            boundaries_usd=boundaries,
            runtime_s=time.monotonic() - state.began,
            jobs=int(scenario.jobs["count"].sum()),
            placed=int(jobs["placed"].sum()) if jobs is not None else 0,
            deferred=int(jobs["deferred"].sum()) if jobs is not None else 0,
            rejected=int(jobs["rejected"].sum()) if jobs is not None else 0,
            seed=self.seed,
            device=self.device,
            work=dict(state.work),
            versions=self.versions,
            as_if=scenario.as_if(),
            history=tuple(state.history),
            unplaced=unplaced,
            notes=self.notes,
        )

    def _message(self, status: Status, unplaced: tuple[str, ...], other: Sequence[str], ended: str) -> str:
        if status is Status.NO_PLAN:
            return NO_PLAN_BY.get(ended, MEANING[status])
        if status in (Status.GAP, Status.STOPPED, Status.WORK) and ended in MEANING_BY:
            return MEANING_BY[ended]
        if status is not Status.INFEASIBLE:
            return MEANING[status]
        if other:
            return "No plan exists: " + ". ".join(other) + "."
        if not unplaced:
            return MEANING[status] + " Relax limits, or let jobs be turned away (reject_usd)."
        legend = self.compiled.legend
        lines = []
        for name in unplaced[:5]:
            job = int(np.flatnonzero(legend.scenario.jobs["job"] == name)[0])
            why = legend.why_nowhere(job) if legend.nowhere[job] else _no_room(legend.scenario)
            lines.append(f"job '{name}' must run and cannot: {why}")
        more = f"; and {len(unplaced) - 5} more" if len(unplaced) > 5 else ""
        return (
            "No plan exists: " + "; ".join(lines) + more + ". Give it a reject_usd, or change what stands in its way."
        )


def _no_room(scenario: Scenario) -> str:
    """Why a job that fits somewhere by itself does not run all the same."""
    words = "there is no room for it beside the others that must run"
    if not any(cluster.modules for cluster in scenario.clusters):
        return words
    holding = [f"limit {limit.name}" for limit in scenario.limits if limit.of in ("investment_usd", "usd")]
    holding += [f"launch limit {limit.name}" for limit in scenario.launch_limits]
    holding += ["flights that are open"] if scenario.vehicles else []
    return f"{words}, nor for building what it needs by then ({', '.join([*holding, 'dates and numbers of modules'])})"

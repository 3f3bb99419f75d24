"""The front door: scenario in, result out."""

from __future__ import annotations

import math
import platform
import time
from collections.abc import Callable
from dataclasses import replace
from importlib import metadata

import numpy as np
import pyomo.environ as pyo

import placement
from placement.answer import plan_of
from placement.bill import Bill, bill, boundary_totals, objective
from placement.compile import Compiled, compile_scenario
from placement.compile.ways import OK
from placement.errors import PlacementError, SolverError
from placement.kernels.work import Floats
from placement.models import exact as exact_model
from placement.models import highs, read
from placement.models.book import linear
from placement.models.form import standard_form
from placement.models.held import hold
from placement.models.program import Program, program
from placement.models.rows import Unsatisfiable
from placement.plan import Plan
from placement.problem import Problem
from placement.result import MEANING, Progress, Result, Status
from placement.schema import Scenario
from placement.search import steps
from placement.search.core import Chosen
from placement.search.large import pack
from placement.search.packing import is_packing
from placement.search.state import State, TimeUp
from placement.search.warm import assignment_of, placements_of
from placement.solution import Solution
from placement.verifier import verify

ONE_MODEL = 100_000
"""Placements up to which packing is given to the exact model, as one."""

RESERVE_S = 2.0
"""Kept back of a time limit for tidying, polishing and verifying the plan; a tenth of shorter limits."""

OPTIMAL_GAP = 3e-6
"""A plan with at most this gap is called optimal: what is taken off the solver's bounds, and its own tolerance."""

MEANING_BY = {
    "failed": "The solver failed on the way; this is the best plan until then.",
    "tolerance": "The solver found the plan optimal; the gap is what its tolerances leave unproven.",
    "time": "No plan was found within the time limit, which does not mean that there is none. Give it more time.",
    "work": "No plan was found within the work limit, which does not mean that there is none. Raise it.",
    "stopped": "It was stopped before a plan was found. Let it run until the live table shows a cost.",
}

AGREED_USD = 0.01
"""Model and verifier agree on a plan's cost to this and 1e-9 of its size, or it is not returned."""


def solve(
    scenario: Scenario,
    *,
    gap: float = 1e-4,
    time_limit_s: float = math.inf,
    work_limit: int | None = None,
    device: str = "auto",
    seed: int = 0,
    threads: int = 0,
    progress: Callable[[Progress], None] | None = None,
    stop: highs.Event | None = None,
    start: Plan | None = None,
    baseline: bool = True,
) -> Result:
    """Decide which jobs run where and when.

    Parameters
    ----------
    scenario : Scenario
    gap : float
        Stop when (cost - bound)/|cost - constant| is proven to be at most this.
    time_limit_s : float
        Return by then with the best plan and bound found.
    work_limit : int, optional
        At most so many nodes of branch and bound; gives the same plan each time.
    device : {"auto", "cpu"}
        Where the kernels run.
    seed, threads : int
        Of the solver; 0 threads: it decides.
    progress : callable, optional
        Called with each improvement, from the calling thread.
    stop : event, optional
        When set, the best plan so far is returned.
    start : Plan, optional
        A plan to begin with, also of another version of the scenario; what no longer fits is left out.
    baseline : bool
        Whether to work out what first come, first served with backfill would cost.

    Returns
    -------
    Result
        Always, with a bound even where there is no plan. Its plan has passed the verifier.

    Raises
    ------
    PlacementError
        If an argument makes no sense, or the solver fails for a reason of its own.
    """
    _check(gap, time_limit_s, work_limit, device, seed, threads, start)
    began = time.monotonic()
    compiled = compile_scenario(scenario)
    problem = compiled.problem
    state = State(
        constant_usd=problem.constant_usd + problem.forced_usd,
        gap=gap,
        deadline=began + time_limit_s - min(RESERVE_S, 0.1 * time_limit_s),
        finish=began + time_limit_s,
        stop=stop,
        progress=progress,
        began=began,
    )
    report = _Report(compiled, state, seed)
    hopeless = _hopeless(compiled)
    if hopeless:
        return report.infeasible(hopeless)
    if problem.work.starts > ONE_MODEL and is_packing(problem):
        return _packed(compiled, state, report, start, baseline, seed, work_limit)
    try:
        model = program(problem, state.check)
    except TimeUp:
        return report.without_plan("stopped" if state.stopped else "time")
    except Unsatisfiable as broken:
        return report.infeasible([], _row_name(problem, broken.row))
    ended = _search(compiled, model, state, report, start, baseline, seed, threads, work_limit)
    if ended == "infeasible":
        return report.infeasible(_left_out(compiled, state))
    if state.x is None:
        return report.without_plan(ended)
    return report.with_plan(ended, read.solution(problem, model.exact, model.index, _polished(model, state)))


def _packed(
    compiled: Compiled,
    state: State,
    report: _Report,
    start: Plan | None,
    baseline: bool,
    seed: int,
    work_limit: int | None,
) -> Result:
    """A problem that is packing alone and too large for one model."""
    begin = None if start is None else Chosen(*placements_of(start, compiled))
    ended = pack(
        compiled.problem, state, _submitted(compiled), begin, baseline=baseline, seed=seed, work_limit=work_limit
    )
    report.baseline_usd = ended.baseline_usd
    if state.bound_usd == math.inf:
        return report.infeasible([])
    if ended.plan is None or state.x is None:
        return report.without_plan(ended.how)
    return report.with_plan(ended.how, ended.packer.solution(ended.plan))


def _check(
    gap: float, time_limit_s: float, work_limit: int | None, device: str, seed: int, threads: int, start: object
) -> None:
    for name, value in (("gap", gap), ("time_limit_s", time_limit_s), ("seed", seed), ("threads", threads)):
        if isinstance(value, bool) or not isinstance(value, int | float | np.number):
            raise PlacementError(f"{name} is {value!r}, but must be a number.")
    if not gap >= 0:
        raise PlacementError(f"gap is {gap}, but must be at least 0. Write 0.01 for one per cent.")
    if not time_limit_s > 0:
        raise PlacementError(f"time_limit_s is {time_limit_s}, but must be greater than 0. Leave it out for no limit.")
    if work_limit is not None and work_limit < 1:
        raise PlacementError(f"work_limit is {work_limit}, but must be at least 1. Leave it out for no limit.")
    if device not in ("auto", "cpu"):
        raise PlacementError(f"device is '{device}'. Choose auto or cpu; the exact model runs on the CPU.")
    if seed < 0 or threads < 0:
        raise PlacementError(f"seed is {seed} and threads is {threads}, but neither may be negative.")
    if start is not None and not isinstance(start, Plan):
        raise PlacementError(
            f"start is a {type(start).__name__}, but must be a Plan. Read one with placement.read_plan."
        )


def _search(
    compiled: Compiled,
    model: Program,
    state: State,
    report: _Report,
    start: Plan | None,
    baseline: bool,
    seed: int,
    threads: int,
    work_limit: int | None,
) -> str:
    """First plans, the relaxation, plans at its prices, branch and bound; returns how it ended."""
    submitted = _submitted(compiled)
    steps.each_alone(model, state)
    yardstick = steps.Baseline(model, submitted, state) if baseline else None
    if start is not None:
        given = steps.complete(model, assignment_of(start, compiled, model.exact.placed), state.left_s, state.stop)
        if given is not None:
            state.offer(given.usd, given.x, "start")
    steps.greedy(model, submitted, "cheapest", state)
    relaxed = None
    if model.form.columns > steps.SMALL_COLUMNS and not state.reached and not state.over:
        relaxed = steps.relaxation(model, state)
        if state.bound_usd == math.inf:
            return "infeasible"
        if relaxed is not None and not state.reached and not state.over:
            steps.greedy(model, submitted, "priced", state, steps.guidance(model, relaxed))
            if not state.reached and not state.over:
                steps.restricted(model, relaxed, state, work_limit)
    if yardstick is not None:
        yardstick.wait(min(state.left_s, steps.COMPLETE_LIMIT_S))
        report.baseline_usd = yardstick.cost_usd
        if yardstick.x is not None and yardstick.cost_usd is not None:
            state.offer(yardstick.cost_usd, yardstick.x, "fcfs")
    if not state.reached and not state.over:
        dual = None if relaxed is None else relaxed.dual
        try:
            ended = steps.branch_and_bound(model, dual, state, seed, threads, work_limit)
        except SolverError:
            if state.x is None:
                raise
            ended = "failed"
    else:
        ended = "optimal" if state.reached else "stopped" if state.stopped else "time"
    steps.tidy(model, submitted, state)
    return ended


def _submitted(compiled: Compiled) -> Floats:
    """(J,) when each job row was asked for, hours; before the horizon it is negative."""
    hours = compiled.legend.grid.hours_of(compiled.legend.scenario.jobs["submitted"])
    return np.nan_to_num(hours, nan=0.0)[compiled.legend.job]


def _hopeless(compiled: Compiled) -> list[str]:
    """Jobs that must run and have no placement for some segment."""
    problem = compiled.problem
    work = problem.work
    spans = np.diff(work.option_spans[work.job_options])
    firm = ~np.isfinite(np.minimum(problem.reject_usd, problem.defer_usd))
    rows = np.flatnonzero((spans == 0) & firm)
    return list(dict.fromkeys(str(compiled.legend.scenario.jobs["job"][compiled.legend.job[row]]) for row in rows))


def _row_name(problem: Problem, row: int) -> str:
    """What a row is called, and which of its slots or spans it is."""
    name, first = max((block for block in problem.row_blocks if block[1] <= row), key=lambda block: block[1])
    return f"{name}, {row - first + 1}. span"


def _left_out(compiled: Compiled, state: State) -> list[str]:
    """Jobs that must run and, in a plan that leaves out as few as possible, do not."""
    problem = compiled.problem
    first = problem.previous < 0
    must = ~np.isfinite(problem.reject_usd) & first
    soft = replace(problem, reject_usd=np.where(first, np.where(must, 1.0, problem.reject_usd), 0.0))
    m = exact_model.build(soft).model
    m.cost.deactivate()
    m.left_out = pyo.Objective(expr=linear([(1.0, m.rejected[j]) for j in m.rejected.index_set() if must[j]]))
    form, index = standard_form(m)
    outcome = highs.solve(form, time_limit_s=min(20.0, max(1.0, state.left_s)))
    if outcome.x is None:
        return []
    get = read.Columns(index, outcome.x)
    rows = [j for j in m.rejected.index_set() if must[j] and get.whole(m.rejected[j]) > 0]
    return [str(compiled.legend.scenario.jobs["job"][compiled.legend.job[j]]) for j in rows]


def _polished(model: Program, state: State) -> Floats:
    """The best plan with whole numbers rounded and the rest solved again around them."""
    x = state.x
    assert x is not None
    problem = model.problem
    whole = np.flatnonzero(model.form.integer)
    if problem.supply.plants or len(problem.flows.way_flow):
        held = hold(model.form, whole, np.round(x[whole]))
        if held is not None:
            polished = highs.solve(
                held.form, time_limit_s=min(20.0, max(0.5, state.spare_s - 0.5)), relax=True, threads=1
            )
            x = x if polished.x is None else held.whole(polished.x)
    return x


class _Report:
    """Puts results together."""

    def __init__(self, compiled: Compiled, state: State, seed: int):
        self.compiled, self.state, self.seed = compiled, state, seed
        self.baseline_usd: float | None = None

    def with_plan(self, ended: str, solution: Solution) -> Result:
        """A plan, verified."""
        scenario, state = self.compiled.legend.scenario, self.state
        found = bill(self.compiled, solution)
        plan = plan_of(self.compiled, solution, found)
        cost = self._agreed(plan, found)
        state.cost_usd = cost
        status = Status.STOPPED if ended == "failed" else Status(ended)
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
        if self.state.bound_usd > cost + AGREED_USD + 1e-6 * abs(cost):
            raise PlacementError(
                f"the bound, ${self.state.bound_usd:,.2f}, is above the plan's cost, ${cost:,.2f}. "
                "This is a fault of the program; please report it with the scenario."
            )
        return cost

    def infeasible(self, jobs: list[str], row: str = "") -> Result:
        """No plan exists, because of jobs that must run, or a row that nothing can satisfy."""
        self.state.bound_usd, self.state.bound_source = math.inf, "no plan exists"
        return self._result(Status.INFEASIBLE, None, None, {}, self.compiled.legend.scenario, tuple(jobs), row)

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
        row: str = "",
        ended: str = "",
    ) -> Result:
        state = self.state
        jobs = plan.jobs if plan is not None else None
        return Result(
            scenario=scenario.name,
            status=status,
            message=self._message(status, unplaced, row, ended),
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
            device="cpu",
            work=dict(state.work),
            versions=versions(),
            as_if=scenario.as_if(),
            history=tuple(state.history),
            unplaced=unplaced,
        )

    def _message(self, status: Status, unplaced: tuple[str, ...], row: str, ended: str) -> str:
        if status is Status.NO_PLAN or (ended in ("tolerance", "failed") and status in (Status.GAP, Status.STOPPED)):
            return MEANING_BY.get(ended, MEANING[status])
        if status is not Status.INFEASIBLE:
            return MEANING[status]
        if row:
            return f"No plan exists: {row}, cannot be kept, whatever is placed. Relax it, or give it a penalty_usd."
        if not unplaced:
            return MEANING[status] + " Relax limits, or let jobs be turned away (reject_usd)."
        legend = self.compiled.legend
        lines = []
        for name in unplaced[:5]:
            job = int(np.flatnonzero(legend.scenario.jobs["job"] == name)[0])
            alone = not (legend.reasons[job] == OK).any()
            why = legend.why_nowhere(job) if alone else "there is no room for it beside the others that must run"
            lines.append(f"job '{name}' must run and cannot: {why}")
        more = f"; and {len(unplaced) - 5} more" if len(unplaced) > 5 else ""
        return (
            "No plan exists: " + "; ".join(lines) + more + ". Give it a reject_usd, or change what stands in its way."
        )


def versions() -> dict[str, str]:
    """Versions that a plan depends on."""
    found = {"placement": placement.__version__, "python": platform.python_version()}
    return found | {name: metadata.version(name) for name in ("numpy", "scipy", "pyomo", "highspy")}

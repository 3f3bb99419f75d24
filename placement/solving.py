"""The front door: scenario in, result out."""

from __future__ import annotations

import math
import platform
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from importlib import metadata
from typing import Any

import numpy as np

import placement
from placement.answer import plan_of
from placement.bill import bill, boundary_totals, objective
from placement.compile import compile_scenario
from placement.compile.ways import OK
from placement.errors import PlacementError
from placement.kernels.price import price
from placement.kernels.work import Floats, Ints
from placement.models import exact as exact_model
from placement.models import highs, read
from placement.models.form import Form, standard_form
from placement.plan import Plan
from placement.result import MEANING, Progress, Result, Status, gap_of
from placement.schema import Scenario
from placement.search.greedy import Assignment, construct
from placement.search.warm import assignment_of
from placement.solution import Solution
from placement.verifier import verify

RESERVE_S = 1.5
"""Kept back of a time limit for polishing, verifying and writing the plan down; a tenth of shorter limits."""

CALM_USD = 0.01
"""Plans whose two costs, by model and by verifier, differ by more than this and 1e-9 of their size are never returned."""


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
        Stop when (cost - bound)/(cost - constant) is proven to be at most this.
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
    _check(gap, time_limit_s, work_limit, device)
    return _Solve(scenario, gap, time_limit_s, work_limit, seed, threads, progress, stop, start, baseline).run()


def _check(gap: float, time_limit_s: float, work_limit: int | None, device: str) -> None:
    if not gap >= 0:
        raise PlacementError(f"gap is {gap}, but must be at least 0. Write 0.01 for one per cent.")
    if not time_limit_s > 0:
        raise PlacementError(f"time_limit_s is {time_limit_s}, but must be greater than 0. Leave it out for no limit.")
    if work_limit is not None and work_limit < 1:
        raise PlacementError(f"work_limit is {work_limit}, but must be at least 1. Leave it out for no limit.")
    if device not in ("auto", "cpu"):
        raise PlacementError(f"device is '{device}'. Choose auto or cpu; the exact model runs on the CPU.")


class _Solve:
    """One solve, step by step."""

    def __init__(
        self,
        scenario: Scenario,
        gap: float,
        time_limit_s: float,
        work_limit: int | None,
        seed: int,
        threads: int,
        progress: Callable[[Progress], None] | None,
        stop: highs.Event | None,
        start: Plan | None,
        baseline: bool,
    ):
        self.began = time.monotonic()
        self.scenario, self.gap, self.work_limit = scenario, gap, work_limit
        self.seed, self.threads, self.progress, self.stop, self.start = seed, threads, progress, stop, start
        reserve = min(RESERVE_S, 0.1 * time_limit_s)
        self.deadline = self.began + time_limit_s - reserve
        self.want_baseline = baseline
        self.history: list[Progress] = []
        self.bound_usd, self.bound_source = -math.inf, "nothing"
        self.work = {"nodes": 0, "iterations": 0}
        self.baseline_usd: float | None = None

    def run(self) -> Result:
        """Compile, construct, solve, polish, verify."""
        self.compiled = compile_scenario(self.scenario)
        self.problem = self.compiled.problem
        self.constant = self.problem.constant_usd + self.problem.forced_usd
        hopeless = self._hopeless()
        if hopeless:
            return self._infeasible(hopeless)
        self.exact = exact_model.build(self.problem)
        self.form, self.index = standard_form(self.exact.model, self.problem.forced_usd)
        self._prove(self._trivial_bound(), "priced")
        first = self._first_plans()
        outcome = self._solve_exact(first)
        self.work = {"nodes": outcome.nodes, "iterations": outcome.iterations}
        if outcome.status == "infeasible":
            return self._infeasible(self._conflict())
        self._prove(outcome.bound_usd, "exact")
        solution = self._best_solution(outcome)
        if self._watch is not None:
            self._watch.join(max(0.0, self.deadline + RESERVE_S / 2 - time.monotonic()))
        if solution is None:
            return self._result(Status.NO_PLAN, None, None)
        return self._finish(outcome, solution)

    # -- what is known before the search -------------------------------------------------

    def _hopeless(self) -> list[str]:
        """Jobs that must run and have no placement for some segment."""
        work = self.problem.work
        spans = np.diff(work.option_spans)
        options = np.add.reduceat(np.append(spans, 0), np.minimum(work.job_options[:-1], len(spans)))
        options = np.where(np.diff(work.job_options) > 0, options, 0)
        must = ~np.isfinite(np.minimum(self.problem.reject_usd, self.problem.defer_usd))
        must &= (self.problem.previous < 0) | ~np.isfinite(self.problem.reject_usd)
        rows = np.flatnonzero((options == 0) & must)
        return list(dict.fromkeys(str(self.scenario.jobs["job"][self.compiled.legend.job[row]]) for row in rows))

    def _trivial_bound(self) -> float:
        """Every job at its cheapest, and supply at the lowest that its bounds allow."""
        problem, form = self.problem, self.form
        best = price(problem.work, problem.meter_usd)
        away = np.minimum(problem.reject_usd, problem.defer_usd)
        jobs = float((np.minimum(best.usd, away) * problem.count).sum())
        mine = np.ones(form.columns, dtype=bool)
        for variables in (self.exact.model.x, self.exact.model.rejected, self.exact.model.deferred):
            columns = np.array([self.index.column(v) for v in variables.values()], dtype=np.int64)
            mine[columns[columns >= 0]] = False
        lowest = np.where(form.cost[mine] >= 0, form.lower[mine], form.upper[mine])
        with np.errstate(invalid="ignore"):
            supply = np.where(form.cost[mine] == 0, 0.0, form.cost[mine] * lowest).sum() * form.cost_scale
        return jobs + float(supply) + problem.constant_usd

    def _submitted(self) -> Floats:
        hours = self.compiled.legend.grid.hours_of(self.scenario.jobs["submitted"])
        return np.nan_to_num(hours, nan=0.0)[self.compiled.legend.job]

    def _first_plans(self) -> tuple[Ints, Floats] | None:
        """Columns and values to begin with: the cheapest-first plan, or the plan that was given."""
        self._watch: threading.Thread | None = None
        submitted = self._submitted()
        if self.want_baseline:
            plain = construct(self.problem, self.exact, submitted, "fcfs")
            if not plain.unplaced.any():
                self._watch = threading.Thread(target=self._price_baseline, args=(plain,), daemon=True)
                self._watch.start()
        if self.start is not None:
            given = assignment_of(self.start, self.compiled, self.exact)
            return self._columns(given)
        cheap = construct(self.problem, self.exact, submitted, "cheapest")
        return None if cheap.unplaced.any() else self._columns(cheap)

    def _columns(self, assignment: Assignment) -> tuple[Ints, Floats]:
        m = self.exact.model
        columns = [read.placement_columns(self.exact, self.index)]
        values = [assignment.units.astype(np.float64)]
        for variables, units in ((m.rejected, assignment.rejected), (m.deferred, assignment.deferred)):
            rows = list(variables.index_set())
            columns.append(np.array([self.index.column(variables[j]) for j in rows], dtype=np.int64))
            values.append(units[rows].astype(np.float64) if rows else np.zeros(0))
        column, value = np.concatenate(columns), np.concatenate(values)
        return column[column >= 0], value[column >= 0]

    def _price_baseline(self, plain: Assignment) -> None:
        """What the yardstick costs: its placements fixed, supply at its best."""
        columns, values = self._columns(plain)
        fixed = _fix(self.form, columns, values)
        limit = max(1.0, min(20.0, self.deadline - time.monotonic()))
        try:
            outcome = highs.solve(fixed, gap=1e-6, time_limit_s=limit, threads=1)
        except PlacementError:
            return
        if outcome.x is not None:
            self.baseline_usd = outcome.usd

    # -- the search ---------------------------------------------------------------------

    def _solve_exact(self, start: tuple[Ints, Floats] | None) -> highs.Outcome:
        return highs.solve(
            self.form,
            gap=self.gap,
            time_limit_s=max(0.05, self.deadline - time.monotonic()),
            node_limit=self.work_limit,
            seed=self.seed,
            threads=self.threads,
            start=start,
            stop=self.stop,
            on_report=self._hear,
        )

    def _hear(self, report: highs.Report, _: Floats | None) -> None:
        if report.bound_usd is not None:
            self._prove(report.bound_usd, "exact")
        self._tell("exact", report.usd)

    def _prove(self, bound_usd: float, source: str) -> None:
        """A bound that was proven is kept."""
        if bound_usd > self.bound_usd:
            self.bound_usd, self.bound_source = bound_usd, source

    def _tell(self, source: str, cost_usd: float | None) -> None:
        bound = self.bound_usd if math.isfinite(self.bound_usd) else None
        gap = None if cost_usd is None or bound is None else gap_of(cost_usd, bound, self.constant)
        line = Progress(time.monotonic() - self.began, source, cost_usd, bound, gap)
        self.history.append(line)
        if self.progress is not None:
            self.progress(line)

    def _best_solution(self, outcome: highs.Outcome) -> Solution | None:
        """The incumbent with whole numbers rounded and the rest solved again around them."""
        if outcome.x is None:
            return None
        x = outcome.x
        if self.problem.supply.plants or len(self.problem.flows.way_flow):
            whole = np.flatnonzero(self.form.integer)
            fixed = _fix(self.form, whole, np.round(x[whole]))
            polished = highs.solve(fixed, time_limit_s=20.0, relax=True, threads=1)
            x = x if polished.x is None else polished.x
        return read.solution(self.problem, self.exact, self.index, x)

    def _conflict(self) -> list[str]:
        """Jobs that must run and, in a plan that leaves out as few as possible, do not."""
        must = ~np.isfinite(self.problem.reject_usd) & (self.problem.previous < 0)
        dear = np.where(must, 1.0, self.problem.reject_usd)
        soft = replace(self.problem, reject_usd=np.where(np.isfinite(self.problem.reject_usd), 0.0, dear))
        later = (self.problem.previous >= 0) & ~np.isfinite(soft.reject_usd)
        soft = replace(soft, reject_usd=np.where(later, 0.0, soft.reject_usd))
        relaxed = exact_model.build(soft)
        m = relaxed.model
        m.cost.deactivate()
        m.left_out = exact_model.pyo.Objective(
            expr=exact_model.linear([(1.0, m.rejected[j]) for j in m.rejected.index_set() if must[j]])
        )
        form, index = standard_form(m)
        outcome = highs.solve(form, time_limit_s=max(1.0, min(20.0, self.deadline - time.monotonic())))
        if outcome.x is None:
            return []
        get = read.Columns(index, outcome.x)
        rows = [j for j in m.rejected.index_set() if must[j] and get.whole(m.rejected[j]) > 0]
        return [str(self.scenario.jobs["job"][self.compiled.legend.job[j]]) for j in rows]

    # -- the end --------------------------------------------------------------------------

    def _finish(self, outcome: highs.Outcome, solution: Solution) -> Result:
        found = bill(self.compiled, solution)
        plan = plan_of(self.compiled, solution, found)
        checked = verify(self.scenario, plan)
        checked.raise_for_errors()
        cost = objective(found, self.scenario.policy.minimise)
        if abs(cost - checked.cost_usd) > CALM_USD + 1e-9 * abs(cost):
            raise PlacementError(
                f"the model prices the plan at ${cost:,.2f} and the verifier at ${checked.cost_usd:,.2f}. "
                "This is a fault of the program; please report it with the scenario."
            )
        self._tell("exact", cost)
        gap = gap_of(cost, self.bound_usd, self.constant)
        status = Status(outcome.status) if outcome.status != "gap" else Status.GAP
        if status is Status.OPTIMAL and gap > 1e-6:
            status = Status.GAP
        if status in (Status.TIME, Status.WORK, Status.STOPPED) and gap <= self.gap:
            status = Status.GAP
        return self._result(status, plan, cost, boundary_totals(found))

    def _infeasible(self, jobs: list[str]) -> Result:
        self.bound_usd, self.bound_source = math.inf, "no plan exists"
        self._watch = None
        return self._result(Status.INFEASIBLE, None, None, unplaced=tuple(jobs))

    def _result(
        self,
        status: Status,
        plan: Plan | None,
        cost: float | None,
        boundaries: dict[str, float] | None = None,
        unplaced: tuple[str, ...] = (),
    ) -> Result:
        units = self.scenario.jobs["count"].sum()
        jobs = plan.jobs if plan is not None else None
        return Result(
            scenario=self.scenario.name,
            status=status,
            message=self._message(status, unplaced),
            plan=plan,
            cost_usd=math.inf if cost is None else cost,
            bound_usd=self.bound_usd,
            bound_source=self.bound_source,
            constant_usd=self.constant,
            baseline_usd=self.baseline_usd,
            boundaries_usd=boundaries or {},
            runtime_s=time.monotonic() - self.began,
            jobs=int(units),
            placed=int(jobs["placed"].sum()) if jobs is not None else 0,
            deferred=int(jobs["deferred"].sum()) if jobs is not None else 0,
            rejected=int(jobs["rejected"].sum()) if jobs is not None else 0,
            seed=self.seed,
            device="cpu",
            work=self.work,
            versions=versions(),
            as_if=self.scenario.as_if(),
            history=tuple(self.history),
            unplaced=unplaced,
        )

    def _message(self, status: Status, unplaced: tuple[str, ...]) -> str:
        if status is not Status.INFEASIBLE:
            return MEANING[status]
        if not unplaced:
            return MEANING[status] + " Relax limits, or let jobs be turned away (reject_usd)."
        lines = []
        for name in unplaced[:5]:
            job = int(np.flatnonzero(self.scenario.jobs["job"] == name)[0])
            alone = not (self.compiled.legend.reasons[job] == OK).any()
            why = self.compiled.legend.why_nowhere(job) if alone else "there is no room for it beside the others that must run"
            lines.append(f"job '{name}' must run and cannot: {why}")
        more = f"; and {len(unplaced) - 5} more" if len(unplaced) > 5 else ""
        return "No plan exists: " + "; ".join(lines) + more + ". Give it a reject_usd, or change what stands in its way."


def _fix(form: Form, columns: Ints, values: Floats) -> Form:
    """The program with some columns held at values."""
    lower, upper = form.lower.copy(), form.upper.copy()
    lower[columns] = upper[columns] = values
    return replace(form, lower=lower, upper=upper)


def versions() -> dict[str, str]:
    """Versions that a plan depends on."""
    found: dict[str, Any] = {"placement": placement.__version__, "python": platform.python_version()}
    for name in ("numpy", "scipy", "pyomo", "highspy"):
        found[name] = metadata.version(name)
    return found



"""The steps of a solve: first plans, the relaxation and its prices, the exact model on what is left."""

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from placement.errors import PlacementError, SolverError
from placement.kernels.price import price
from placement.kernels.work import Floats, Ints
from placement.models import highs
from placement.models.core import Dual, below, cut, dual_bound
from placement.models.form import Form
from placement.models.held import hold
from placement.models.program import Program
from placement.models.read import placement_columns, units_of
from placement.search import expansion
from placement.search.greedy import Assignment, Guide, Rule, construct, earlier, fill
from placement.search.state import State

SMALL_COLUMNS = 4000
"""Up to so many columns the relaxation is left to branch and bound."""

INSIDE_COLUMNS, INSIDE = 20_000, 1e-7
"""Columns from which a relaxation in which modules are built is solved by an interior point method, since the simplex
method can take minutes over placements that cost the same; and its gap.
"""

MANY_ENTRIES = 600_000
"""From so many entries on, HiGHS' presolve costs more than it saves: its probing alone took half a minute."""

COMPLETE_LIMIT_S, COMPLETE_NODES = 20.0, (500, 20_000)
"""Seconds for the supply of given placements, at most; where there is no clock, nodes: more if nothing was found."""

COMPLETE_GAP, GROWING_GAP = 1e-6, 1e-3
"""At which the supply of given placements is good enough; the second where modules and flights are decided with it."""

GAP_MARGIN = 3e-6
"""The solver is asked for a gap smaller by this: it is about what is taken off its bounds."""

TIDY_S = 1.0
"""What a step of tidying and what comes after it may take."""

WHOLE = 1e-6
"""What the relaxation places is whole if it is off by no more."""

RESTRICTED_SHARE, RESTRICTED_LIMIT_S = 0.2, 10.0
"""Of the time that is left, and s: what finding a plan around the relaxation may take."""

SAME_USD = 1e-6
"""Plans whose costs differ by no more cost the same."""


def each_alone(program: Program, state: State) -> None:
    """A first bound: every job at its cheapest, supply at the lowest that the limits of its columns allow."""
    problem, form = program.problem, program.form
    best = price(problem.work, problem.meter_usd)
    away = np.minimum(problem.reject_usd, problem.defer_usd)
    jobs: Floats = np.minimum(best.usd, away) * problem.count
    mine = np.ones(form.columns, dtype=bool)
    zero = np.zeros(problem.work.jobs, dtype=np.int64)
    mine[program.columns_of(np.zeros(len(program.exact.placed), dtype=np.int64), zero, zero)[0]] = False
    ends = np.where(form.cost[mine] >= 0, form.lower[mine], form.upper[mine])
    supply = form.cost_scale * form.cost[mine] * np.where(form.cost[mine] == 0, 0.0, ends)
    state.prove(below([jobs, supply], problem.constant_usd), "priced")


@dataclass(frozen=True)
class Complete:
    """A plan: its cost, $, constant included, and its columns."""

    usd: float
    x: Floats


def complete(
    program: Program, assignment: Assignment, limit_s: float, stop: highs.Event | None, built: Floats | None = None
) -> Complete | None:
    """The best supply for given placements; None if there is none or it was not found in time.

    With `built`, columns of a plan, modules and flights are as they are there.
    """
    if assignment.unplaced.any():
        return None
    columns, values = program.columns_of(assignment.units, assignment.rejected, assignment.deferred)
    gap = GROWING_GAP if program.problem.supply.modules else COMPLETE_GAP
    if built is not None:
        added = program.added_columns()
        columns, values = np.concatenate([columns, added]), np.concatenate([values, np.rint(built[added])])
        gap = COMPLETE_GAP
    held = hold(program.form, columns, values)
    if held is None:
        return None
    try:
        if math.isfinite(limit_s):
            outcome = highs.solve(held.form, gap=gap, time_limit_s=min(limit_s, COMPLETE_LIMIT_S), threads=1, stop=stop)
        else:
            for nodes in COMPLETE_NODES:
                outcome = highs.solve(held.form, gap=gap, node_limit=nodes, threads=1, stop=stop)
                if outcome.x is not None or outcome.status != "work":
                    break
    except PlacementError:
        return None
    return None if outcome.x is None else Complete(outcome.usd, held.whole(outcome.x))


class Baseline:
    """What first come, first served with backfill costs, worked out beside the search."""

    def __init__(self, program: Program, submitted: Floats, state: State):
        self.cost_usd: float | None = None
        self.x: Floats | None = None
        self._program, self._submitted, self._state = program, submitted, state
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        plain = construct(self._program.problem, self._program.exact, self._submitted, "fcfs")
        outcome = complete(self._program, plain, self._state.left_s, self._state.stop)
        if outcome is not None:
            self.x, self.cost_usd = outcome.x, outcome.usd

    def wait(self, seconds: float) -> None:
        """Wait for it, so long."""
        self._thread.join(max(0.0, min(seconds, threading.TIMEOUT_MAX)))


def greedy(program: Program, submitted: Floats, rule: Rule, state: State, guide: Guide | None = None) -> None:
    """A plan job by job, at own cost or by what the relaxation says."""
    built = construct(program.problem, program.exact, submitted, rule, guide)
    outcome = complete(program, built, state.left_s, state.stop)
    if outcome is not None:
        state.offer(outcome.usd, outcome.x, "greedy")


def tidy(program: Program, submitted: Floats, state: State) -> None:
    """The best plan with what it turned away placed where there is room, and nothing waiting that need not.

    Left out after a stop, and where the time that is left may not do.
    """
    if state.x is None or state.stopped:
        return
    begun = _assignment(program, state.x)
    if state.spare_s > TIDY_S:
        fuller = fill(program.problem, program.exact, submitted, begun)
        outcome = None if fuller is None else complete(program, fuller, state.spare_s - TIDY_S / 2, None, state.x)
        if fuller is not None and outcome is not None and outcome.usd < state.cost_usd:
            state.offer(outcome.usd, outcome.x, "filled")
            begun = fuller
    for plants in (True, False):
        if state.spare_s < TIDY_S:
            return
        sooner = earlier(program.problem, program.exact, submitted, begun, plants=plants)
        if sooner is None:
            continue
        outcome = complete(program, sooner, state.spare_s - TIDY_S / 2, None, state.x)
        if outcome is not None and outcome.usd <= state.cost_usd + SAME_USD:
            state.settle(outcome.usd, outcome.x)
            return
        if not program.problem.supply.plants:
            return


def _assignment(program: Program, x: Floats) -> Assignment:
    units, rejected, deferred = units_of(program.problem.work.jobs, program.exact, program.index, x)
    return Assignment(units, rejected, deferred, np.zeros_like(rejected))


@dataclass(frozen=True)
class Relaxed:
    """What the linear relaxation says."""

    dual: Dual
    x: Floats | None


def relaxation(program: Program, state: State) -> Relaxed | None:
    """The bound and the reduced costs of the linear relaxation; the bound is worked out here from its prices."""
    inside = INSIDE if program.problem.supply.modules and program.form.columns > INSIDE_COLUMNS else None
    try:
        outcome = highs.solve(program.form, relax=True, interior=inside, time_limit_s=state.left_s, stop=state.stop)
    except SolverError:
        return None  # what it would have said is a help, not needed
    state.work["iterations"] += outcome.iterations
    if outcome.status == "infeasible" and state.x is None:
        state.prove(math.inf, "no plan exists")
    if outcome.row_dual is None or outcome.status != "optimal":
        return None
    dual = dual_bound(program.form, outcome.row_dual)
    state.prove(_dollars(program.form, dual.bound), "relaxed")
    return Relaxed(dual, outcome.x)


def _dollars(form: Form, bound: float) -> float:
    """A bound on c·x in dollars, constant included."""
    return bound * form.cost_scale + form.offset


def guidance(program: Program, relaxed: Relaxed) -> Guide:
    """What the relaxation says of placements."""
    columns = placement_columns(program.exact, program.index)
    reduced = relaxed.dual.reduced[columns] * program.form.cost_scale
    units = np.zeros(len(columns)) if relaxed.x is None else np.clip(relaxed.x[columns], 0.0, None)
    known = columns >= 0
    return Guide(np.where(known, reduced, program.exact.usd), np.where(known, units, 0.0))


def restricted(program: Program, relaxed: Relaxed, state: State, node_limit: int | None) -> None:
    """A plan of the exact model in which every job stays where the relaxation places it whole.

    Few jobs are left to decide; what this proves holds for the restriction only, and is not taken for a bound.
    """
    if relaxed.x is None:
        return
    exact = program.exact
    columns = placement_columns(exact, program.index)
    value = np.where(columns >= 0, relaxed.x[columns], 0.0)
    whole = np.rint(value)
    parts = np.abs(value - whole) > WHOLE
    free = np.zeros(program.problem.work.jobs, dtype=bool)
    free[exact.job[parts]] = True
    for pair in program.problem.after:
        free[[pair.earlier, pair.later]] = True
    free |= np.abs(np.bincount(exact.job, whole, len(free)) - program.problem.count) > 0.5
    known = (columns >= 0) & ~free[exact.job]
    held = hold(program.form, columns[known], whole[known])
    if held is None:
        return
    limit_s = min(RESTRICTED_SHARE * state.left_s, RESTRICTED_LIMIT_S) if node_limit is None else state.left_s
    gap = 0.5 * state.gap
    outcome = highs.solve(held.form, gap=gap, time_limit_s=limit_s, node_limit=node_limit, stop=state.stop)
    state.work["nodes"] += outcome.nodes
    if outcome.x is not None:
        state.offer(outcome.usd, held.whole(outcome.x), "restricted")


def improve(
    program: Program,
    submitted: Floats,
    state: State,
    seed: int,
    threads: int,
    work_limit: int | None,
    between: Callable[[], bool] = lambda: False,
    divided: Floats | None = None,
) -> str:
    """The relaxation, plans at its prices, branch and bound, tidying; returns how it ended.

    `between` is called before branch and bound, and returns whether to leave that out. `divided`: columns in which
    modules and flights are as a relaxation has them, which is not solved again.
    """
    relaxed = None
    if divided is not None and not state.reached and not state.over:
        expansion.search(program, divided, state, work_limit)
    elif program.form.columns > SMALL_COLUMNS and not state.reached and not state.over:
        relaxed = relaxation(program, state)
        if state.bound_usd == math.inf:
            return "infeasible"
        if relaxed is not None and not state.reached and not state.over:
            if program.problem.supply.modules and relaxed.x is not None:
                expansion.search(program, relaxed.x, state, work_limit)
            else:
                greedy(program, submitted, "priced", state, guidance(program, relaxed))
                if not state.reached and not state.over:
                    restricted(program, relaxed, state, work_limit)
    done = between()
    if not done and not state.reached and not state.over:
        dual = None if relaxed is None else relaxed.dual
        try:
            ended = branch_and_bound(program, dual, state, seed, threads, work_limit)
        except SolverError:
            if state.x is None:
                raise
            ended = "failed"
    else:
        ended = "optimal" if state.reached else "stopped" if state.stopped else "time" if state.over else "patience"
    tidy(program, submitted, state)
    return ended


def branch_and_bound(
    program: Program, dual: Dual | None, state: State, seed: int, threads: int, node_limit: int | None
) -> str:
    """The exact model, cut to the core if prices and a plan are known; returns how it ended.

    Every bound of the core is one of the whole only up to the cost of the plan that it was cut with.
    """
    form, ceiling = program.form, math.inf
    if dual is not None and state.x is not None:
        upper = (state.cost_usd - form.offset) / form.cost_scale
        form, ceiling = cut(form, dual, upper), state.cost_usd

    def hear(report: highs.Report, x: Floats | None) -> None:
        if report.bound_usd is not None:
            state.prove(min(report.bound_usd, ceiling), "exact")
        if x is not None and report.usd is not None:
            state.offer(report.usd, x, "exact")

    outcome = highs.solve(
        form,
        gap=max(0.0, 0.95 * state.gap - GAP_MARGIN),
        time_limit_s=state.left_s,
        node_limit=node_limit,
        seed=seed,
        threads=threads,
        start=_start(program, state),
        stop=state.stop,
        on_report=hear,
        presolve=form.matrix.nnz <= MANY_ENTRIES,
    )
    state.work["nodes"] += outcome.nodes
    state.work["iterations"] += outcome.iterations
    if outcome.status == "infeasible" and math.isfinite(ceiling):  # nothing is better than what the core was cut with
        state.prove(ceiling, "exact")
        return "optimal"
    if outcome.status == "infeasible":
        if state.x is not None:
            raise SolverError("HiGHS says that no plan exists, and one is known. Report it with the scenario.")
        state.prove(math.inf, "no plan exists")
        return "infeasible"
    if outcome.x is not None:
        state.offer(outcome.usd, outcome.x, "exact")
    state.prove(min(outcome.bound_usd, ceiling), "exact")
    return outcome.status


def _start(program: Program, state: State) -> tuple[Ints, Floats] | None:
    """The best plan, to begin with."""
    if state.x is None:
        return None
    return np.arange(program.form.columns), np.where(program.form.integer, np.round(state.x), state.x)

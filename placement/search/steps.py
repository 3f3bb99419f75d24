"""The steps of a solve: first plans, the relaxation and its prices, the exact model on what is left."""

import math
import threading
from dataclasses import dataclass

import numpy as np

from placement.errors import PlacementError
from placement.kernels.price import price
from placement.kernels.work import Floats, Ints
from placement.models import highs
from placement.models.core import Dual, cut, dual_bound
from placement.models.form import Form
from placement.models.program import Program, fixed
from placement.models.read import placement_columns, units_of
from placement.search.greedy import Assignment, Rule, construct, earlier, fill
from placement.search.state import State

SMALL_COLUMNS = 4000
"""Up to so many columns the relaxation is left to branch and bound."""

MANY_ENTRIES = 600_000
"""From so many entries on, HiGHS' presolve costs more than it saves: its probing alone took half a minute."""

COMPLETE_LIMIT_S = 20.0

SAME_USD = 1e-6
"""Plans whose costs differ by no more cost the same."""


def each_alone(program: Program, state: State) -> None:
    """A first bound: every job at its cheapest, supply at the lowest that the limits of its columns allow."""
    problem, form = program.problem, program.form
    best = price(problem.work, problem.meter_usd)
    away = np.minimum(problem.reject_usd, problem.defer_usd)
    jobs = float((np.minimum(best.usd, away) * problem.count).sum())
    mine = np.ones(form.columns, dtype=bool)
    zero = np.zeros(problem.work.jobs, dtype=np.int64)
    mine[program.columns_of(np.zeros(len(program.exact.placed), dtype=np.int64), zero, zero)[0]] = False
    ends = np.where(form.cost[mine] >= 0, form.lower[mine], form.upper[mine])
    supply = np.where(form.cost[mine] == 0, 0.0, form.cost[mine] * np.where(form.cost[mine] == 0, 0.0, ends))
    state.prove(jobs + float(supply.sum()) * form.cost_scale + problem.constant_usd, "priced")


def complete(
    program: Program, assignment: Assignment, limit_s: float, stop: highs.Event | None
) -> highs.Outcome | None:
    """The best supply for given placements; None if there is none or it was not found in time."""
    if assignment.unplaced.any():
        return None
    columns, values = program.columns_of(assignment.units, assignment.rejected, assignment.deferred)
    held = fixed(program.form, columns, values)
    try:
        outcome = highs.solve(held, gap=1e-6, time_limit_s=min(limit_s, COMPLETE_LIMIT_S), threads=1, stop=stop)
    except PlacementError:
        return None
    return outcome if outcome.x is not None else None


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
        self._thread.join(max(0.0, seconds))


def greedy(program: Program, submitted: Floats, rule: Rule, state: State, reduced: Floats | None = None) -> None:
    """A plan job by job, at own cost or at reduced cost."""
    built = construct(program.problem, program.exact, submitted, rule, reduced)
    outcome = complete(program, built, state.left_s, state.stop)
    if outcome is not None and outcome.x is not None:
        state.offer(outcome.usd, outcome.x, "greedy")


def tidy(program: Program, submitted: Floats, state: State) -> None:
    """The best plan with what it turned away placed where there is room, and nothing waiting that need not."""
    if state.x is None:
        return
    begun = _assignment(program, state.x)
    fuller = fill(program.problem, program.exact, submitted, begun)
    if fuller is not None:
        outcome = complete(program, fuller, COMPLETE_LIMIT_S, None)
        if outcome is not None and outcome.x is not None and outcome.usd < state.cost_usd:
            state.offer(outcome.usd, outcome.x, "filled")
            begun = fuller
    for plants in (True, False):
        sooner = earlier(program.problem, program.exact, submitted, begun, plants=plants)
        if sooner is None:
            continue
        outcome = complete(program, sooner, COMPLETE_LIMIT_S, None)
        if outcome is not None and outcome.x is not None and outcome.usd <= state.cost_usd + SAME_USD:
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
    outcome = highs.solve(program.form, relax=True, time_limit_s=state.left_s, stop=state.stop)
    state.work["iterations"] += outcome.iterations
    if outcome.status == "infeasible":
        state.prove(math.inf, "no plan exists")
        return None
    if outcome.row_dual is None or outcome.status != "optimal":
        return None
    dual = dual_bound(program.form, outcome.row_dual)
    state.prove(_dollars(program.form, dual.bound), "relaxed")
    return Relaxed(dual, outcome.x)


def _dollars(form: Form, bound: float) -> float:
    """A bound on c·x in dollars, constant included."""
    return bound * form.cost_scale + form.offset


def guidance(program: Program, relaxed: Relaxed) -> Floats:
    """(N,) reduced cost of each placement, $; less what the relaxation puts on it where that decides between equals."""
    columns = placement_columns(program.exact, program.index)
    reduced = relaxed.dual.reduced[columns] * program.form.cost_scale
    if relaxed.x is not None:
        reduced = reduced - 1e-3 * np.clip(relaxed.x[columns], 0.0, None)
    return np.where(columns >= 0, reduced, program.exact.usd)


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
        gap=state.gap,
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
    if outcome.status == "infeasible":
        # nothing in the core: nothing is better than the plan it was cut with; without a plan, nothing exists
        state.prove(ceiling, "exact" if math.isfinite(ceiling) else "no plan exists")
        return "optimal" if math.isfinite(ceiling) else "infeasible"
    if outcome.x is not None:
        state.offer(outcome.usd, outcome.x, "exact")
    state.prove(min(outcome.bound_usd, ceiling), "exact")
    return outcome.status


def _start(program: Program, state: State) -> tuple[Ints, Floats] | None:
    """Whole columns of the best plan, to begin with."""
    if state.x is None:
        return None
    whole = np.flatnonzero(program.form.integer)
    return whole, np.round(state.x[whole])

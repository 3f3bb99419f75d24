"""Plans where capacity is added: what is built and launched first, then jobs, in turns.

The relaxation builds and divides at will.

- *Rounding*: the whole numbers of modules and flights that are nearest to it and keep the rows that they alone must
  keep (flights lift, numbers of modules, what these need of each other, budgets).
- *Jobs*: what is built is held. Where jobs may be divided, so much of each runs at each place; rounded down that is a
  plan, since less always fits; then each number is rounded down or up, and then jobs that were divided are placed anew.
- *Builds*: jobs are held, and what they do not need is not built.
- *Around the relaxation*: modules and flights, at most one more than it has of each kind and period, become whole
  together, while all else may be divided; then jobs and builds as before, while that saves.

Each step is a small linear or mixed-integer program that HiGHS ends at a gap. What such a restriction proves is no
bound of the problem: bounds are the relaxation's and branch and bound's.
"""

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from placement.errors import SolverError
from placement.kernels.work import Floats, Ints
from placement.models import highs
from placement.models.form import Form
from placement.models.held import Held, hold
from placement.models.program import Program
from placement.models.read import placement_columns
from placement.models.vertex import vertex
from placement.search.state import State

FOUND = "builds and jobs"

WHOLE = 1e-6
"""What is whole is off by no more."""

WIDTH = 1
"""More modules or flights than the relaxation, rounded up, has of a kind in a period where it has any."""

UP = 0.9
"""What a unit more than the relaxation has counts when rounding, where a unit less counts 1."""

ROUNDING_GAP, ROUNDING_S = 0.01, 10.0

STEP_GAP = 0.1
"""Of the gap that is asked for: that at which a step may end."""

LEAST_STEP_GAP, MOST_STEP_GAP = 1e-5, 1e-3

SHARE, LIMIT_S = 0.25, 45.0
"""Of the time that is left, and s: what a step may take."""

VERTEX_COLUMNS = 20_000
"""From so many columns on a linear program's answer is one near the optimum."""

TURNS, WORTH = 4, 2e-5
"""Turns at most, and the share of what is decided on that one must save for another."""


def search(program: Program, relaxed: Floats, state: State, node_limit: int | None) -> None:
    """Plans around a relaxation, each offered to `state`.

    Parameters
    ----------
    program : Program
        Of a problem with modules.
    relaxed : array, shape (n,)
        The relaxation's columns.
    state : State
    node_limit : int, optional
        Of each step, instead of the clock: the same plan each time.
    """
    around = _Around(program, state, node_limit)
    rounded = around.rounded(relaxed)
    if rounded is not None:
        around.in_turns(rounded)
    near = around.step(around.near(relaxed), around.added)
    if near is not None:
        around.in_turns(near)


class _Around:
    """The steps around one program's relaxation."""

    def __init__(self, program: Program, state: State, node_limit: int | None):
        self.program, self.form, self.state, self.node_limit = program, program.form, state, node_limit
        self.units = np.zeros(program.form.columns, dtype=bool)
        """(n,) units placed, turned away, put off."""
        self.added = np.zeros(program.form.columns, dtype=bool)
        """(n,) modules and flights."""
        self.families = _families(program)
        for own, _ in self.families:
            self.units[own[own >= 0]] = True
        self.placed = np.zeros(program.form.columns, dtype=bool)
        self.placed[self.families[0][0][self.families[0][0] >= 0]] = True
        self.added[program.added_columns()] = True

    def in_turns(self, built: Floats) -> None:
        """Jobs around what is built, and what is built around jobs, while that saves."""
        for turn in range(TURNS):
            before = self.state.cost_usd
            placed = self.jobs(built)
            if placed is None:
                return
            settled = self.step(_held(self.near(placed), self.units, placed), None, placed)
            built = placed if settled is None else settled
            decided = abs(self.state.cost_usd - self.state.constant_usd)
            if turn > 0 and before - self.state.cost_usd <= WORTH * decided:
                return

    def jobs(self, built: Floats) -> Floats | None:
        """Jobs whole where so much is built: units rounded down, then down or up, then jobs that were divided anew."""
        form = self.standing(_held(self.form, self.added, built))
        divided = self.step(form, ~self.units)
        if divided is None:
            return None
        down = self.step(_held(form, self.units, self.floor(divided)), None)
        low, high = np.floor(divided + WHOLE), np.ceil(divided - WHOLE)
        about = replace(
            form,
            lower=np.where(self.placed, np.clip(low, form.lower, form.upper), form.lower),
            upper=np.where(self.placed, np.clip(high, form.lower, form.upper), form.upper),
        )
        best = self.step(about, None, down)
        best = down if best is None else best
        stay = _held(form, self.units & ~self.divided(divided), divided)
        wider = self.step(stay, None)
        return best if wider is None or (best is not None and self.usd(best) <= self.usd(wider)) else wider

    def standing(self, form: Form) -> Form:
        """Where builds are held, it is known where enough modules stand for gangs."""
        rows = self.program.index.rows.get("enough", {})
        stands = self.program.exact.model.stands
        known = [(self.program.index.column(stands[k]), row) for k, (row,) in rows.items()]
        column, row = np.array([pair for pair in known if pair[0] >= 0], dtype=np.int64).reshape(-1, 2).T
        others = sparse.csr_array(form.matrix[row])
        own = others.indices == np.repeat(column, np.diff(others.indptr))
        need, others.data[own] = others.data[own], 0.0
        least, most = _reach(others, form.lower, form.upper)
        value = np.clip(np.floor((form.row_upper[row] - most) / need + WHOLE), 0.0, 1.0)
        held = np.zeros(form.columns, dtype=bool)
        held[column[least == most]] = True
        x = np.zeros(form.columns)
        x[column] = value
        return _held(form, held, x)

    def usd(self, x: Floats) -> float:
        """$ of a plan, scaled."""
        return float(self.form.cost @ x)

    def floor(self, x: Floats) -> Floats:
        """Units placed rounded down; the rest of each job put off as before where that is whole, and turned away."""
        result = x.copy()
        result[self.units] = np.floor(x[self.units] + WHOLE)
        jobs = self.program.problem.work.jobs
        there = np.zeros(jobs)
        for own, of in self.families:
            known = own >= 0
            np.add.at(there, of[known], result[own[known]])
        own, of = self.families[1]
        known = own >= 0
        result[own[known]] += (self.program.problem.count - there)[of[known]]
        return result

    def divided(self, x: Floats) -> NDArray[np.bool_]:
        """(n,) columns of jobs that are not whole in x, and of jobs in an order with others."""
        problem = self.program.problem
        free = np.zeros(problem.work.jobs, dtype=bool)
        for own, of in self.families:
            known = own >= 0
            value = x[own[known]]
            free[of[known][np.abs(value - np.rint(value)) > WHOLE]] = True
        tied = problem.previous >= 0
        free[tied] = free[problem.previous[tied]] = True
        for pair in problem.after:
            free[[pair.earlier, pair.later]] = True
        result = np.zeros(self.form.columns, dtype=bool)
        for own, of in self.families:
            result[own[(own >= 0) & free[of]]] = True
        return result

    def near(self, x: Floats) -> Form:
        """Modules and flights at most `WIDTH` above what is there, rounded up, where there is any."""
        form = self.form
        most = np.ceil(x - WHOLE) + np.where(x > WHOLE, WIDTH, 0)
        upper = np.where(self.added, np.minimum(form.upper, most), form.upper)
        return replace(form, upper=np.maximum(upper, form.lower))

    def rounded(self, relaxed: Floats) -> Floats | None:
        """The relaxation with modules and flights at whole numbers near by; None if there are none."""
        if self.state.over or self.state.reached:
            return None
        small = _rounding(self.form, self.near(relaxed), self.added, relaxed)
        limit_s = math.inf if self.node_limit is not None else min(ROUNDING_S, self.state.left_s)
        try:
            found = highs.solve(
                small, gap=ROUNDING_GAP, time_limit_s=limit_s, node_limit=self.node_limit, stop=self.state.stop
            )
        except SolverError:
            return None
        if found.x is None:
            return None
        result = relaxed.copy()
        result[self.added] = np.rint(found.x[: int(self.added.sum())])
        return result

    def step(self, form: Form, whole: NDArray[np.bool_] | None, start: Floats | None = None) -> Floats | None:
        """What HiGHS finds of a restriction; with `whole` only these columns must be whole, and it is no plan."""
        state = self.state
        if state.over or state.reached:
            return None
        if whole is not None:
            form = replace(form, integer=form.integer & whole)
        fixed = np.flatnonzero((form.lower == form.upper) & self.form.integer)
        held = hold(form, fixed, form.lower[fixed])
        if held is None:
            return None
        limit_s = math.inf if self.node_limit is not None else min(SHARE * state.left_s, LIMIT_S)
        if held.form.columns > VERTEX_COLUMNS and not held.form.integer.any():
            return self.vertex(held, limit_s)
        gap = min(max(STEP_GAP * state.gap, LEAST_STEP_GAP), MOST_STEP_GAP)

        def hear(report: highs.Report, x: Floats | None) -> None:
            if x is not None and report.usd is not None:
                state.offer(report.usd, held.whole(x), FOUND)

        try:
            outcome = highs.solve(
                held.form, gap=gap, time_limit_s=limit_s, node_limit=self.node_limit, stop=state.stop,
                enough_usd=state.enough_usd,
                start=None if start is None else (np.arange(held.form.columns), start[held.free]),
                on_report=hear if whole is None else None,
            )  # fmt: skip
        except SolverError:
            return None
        state.work["nodes"] += outcome.nodes
        if outcome.x is None:
            return None
        found = held.whole(outcome.x)
        if whole is None:
            state.offer(outcome.usd, found, FOUND)
        return found

    def vertex(self, held: Held, limit_s: float) -> Floats | None:
        """The answer of a linear program with very many columns."""
        try:
            found = vertex(held.form, self.placed[held.free], limit_s, self.state.stop)
        except SolverError:
            return None
        return None if found is None else held.whole(found)


def _families(program: Program) -> list[tuple[Ints, Ints]]:
    """Columns (-1 for none) and their jobs: units placed, turned away, put off."""
    m = program.exact.model
    families = [(placement_columns(program.exact, program.index), np.asarray(program.exact.job))]
    for variables in (m.rejected, m.deferred):
        listed = list(variables.index_set())
        own = np.array([program.index.column(variables[j]) for j in listed], dtype=np.int64)
        families.append((own, np.array(listed, dtype=np.int64)))
    return families


def _rounding(form: Form, near: Form, added: NDArray[np.bool_], relaxed: Floats) -> Form:
    """min Σ |y - relaxed y| over whole y, in the rows that hold whatever the other columns are: their own, and of those
    with others that have one side, each other column as far from that side as its bounds allow.
    """
    own = np.flatnonzero(added)
    matrix = sparse.csr_array(form.matrix[:, own])
    others = sparse.csr_array(form.matrix, copy=True)
    others.data[added[others.indices]] = 0.0
    others.eliminate_zeros()
    mixed = np.diff(others.indptr) > 0
    least, most = _reach(others, form.lower, form.upper)
    low = np.where(mixed, np.where(np.isinf(form.row_upper), form.row_lower - most, -np.inf), form.row_lower)
    high = np.where(mixed, np.where(np.isinf(form.row_lower), form.row_upper - least, np.inf), form.row_upper)
    kept = (np.diff(matrix.indptr) > 0) & (np.isfinite(low) | np.isfinite(high))
    n, y = len(own), relaxed[own]
    identity = sparse.eye_array(n, format="csr")
    rows = sparse.vstack(
        [
            sparse.hstack([matrix[kept], sparse.csr_array((int(kept.sum()), 2 * n))]),
            sparse.hstack([identity, -identity, identity]),
        ],
        format="csr",
    )
    return Form(
        cost=np.concatenate([np.zeros(n), np.full(n, UP), np.ones(n)]), offset=0.0, base=0.0,
        lower=np.concatenate([form.lower[own], np.zeros(2 * n)]),
        upper=np.concatenate([near.upper[own], np.full(2 * n, np.inf)]),
        integer=np.arange(3 * n) < n, matrix=sparse.csr_array(rows),
        row_lower=np.concatenate([low[kept], y]), row_upper=np.concatenate([high[kept], y]),
        cost_scale=1.0, row_scale=np.ones(rows.shape[0]),
    )  # fmt: skip


def _reach(matrix: sparse.csr_array, lower: Floats, upper: Floats) -> tuple[Floats, Floats]:
    """Shape (rows,) each: the least and the most that rows can come to inside the bounds of columns."""
    with np.errstate(invalid="ignore"):
        ends = matrix.data * lower[matrix.indices], matrix.data * upper[matrix.indices]
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    least, most = np.zeros((2, matrix.shape[0]))
    np.add.at(least, rows, np.minimum(*ends))
    np.add.at(most, rows, np.maximum(*ends))
    return least, most


def _held(form: Form, mask: NDArray[np.bool_], x: Floats) -> Form:
    """Columns held at their whole values."""
    value = np.clip(np.rint(x), form.lower, form.upper)
    return replace(form, lower=np.where(mask, value, form.lower), upper=np.where(mask, value, form.upper))

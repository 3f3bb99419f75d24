"""Plans where capacity is added: what is built and launched first, then jobs, in turns.

The relaxation builds and divides at will.

- *Rounding*: the whole numbers of modules and flights that are nearest to it and keep the rows that they alone must
  keep (flights lift, numbers of modules, what these need of each other, budgets).
- *Jobs*: what is built is held. Where jobs may still be divided, that says which of them are whole; these stay, the
  others become whole around them.
- *Builds*: jobs are held, and what they do not need is not built.
- *Around the relaxation*: modules and flights, at most one more than it has of each kind and period, become whole
  together, while all else may be divided; then jobs and builds as before, while that saves.

Each step is a small linear or mixed-integer program that HiGHS ends at a gap. What such a restriction proves is no
bound of the problem: bounds are the relaxation's and branch and bound's.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from placement.errors import SolverError
from placement.kernels.work import Floats, Ints
from placement.models import highs
from placement.models.form import Form
from placement.models.held import hold
from placement.models.program import Program
from placement.models.read import placement_columns
from placement.search.state import State

FOUND = "builds and jobs"

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

TURNS, WORTH = 4, 2e-5
"""Turns at most, and the share of what is decided on that one must save for another."""


@dataclass(frozen=True)
class _Columns:
    """Which columns of a program are what; (n,) each, True or False."""

    units: NDArray[np.bool_]
    """Units placed, turned away, put off."""
    added: NDArray[np.bool_]
    """Modules and flights."""


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
    columns = _columns(program)
    rounded = _rounded(program.form, columns, relaxed, state, node_limit)
    if rounded is not None:
        divided = _step(program, _held(program.form, columns.added, rounded), columns, state, node_limit)
        if divided is not None:
            _in_turns(program, columns, divided, state, node_limit)
    if state.reached or state.over:
        return
    around = _step(program, _near(program.form, columns, relaxed), columns, state, node_limit)
    if around is not None:
        _in_turns(program, columns, around, state, node_limit)


def _in_turns(program: Program, columns: _Columns, built: Floats, state: State, node_limit: int | None) -> None:
    """Jobs around what is built, and what is built around jobs, while that saves."""
    for turn in range(TURNS):
        before = state.cost_usd
        placed = _placed(program, columns, built, state, node_limit, every=turn > 0)
        if placed is None:
            return
        settled = _step(
            program, _held(_near(program.form, columns, placed), columns.units, placed), None, state, node_limit
        )
        built = placed if settled is None else settled
        decided = abs(state.cost_usd - state.constant_usd)
        if state.reached or state.over or (turn > 0 and before - state.cost_usd <= WORTH * decided):
            return


def _placed(
    program: Program, columns: _Columns, built: Floats, state: State, node_limit: int | None, *, every: bool
) -> Floats | None:
    """Jobs placed whole where so much is built; those that were whole stay, unless `every` job is free."""
    form = _held(program.form, columns.added, built)
    if not every:
        stay = _held(form, columns.units & ~_divided(program, built), built)
        found = _step(program, stay, None, state, node_limit)
        if found is not None:
            return found
    return _step(program, form, None, state, node_limit)


def _columns(program: Program) -> _Columns:
    m = program.exact.model
    units, added = np.zeros((2, program.form.columns), dtype=bool)
    placed = placement_columns(program.exact, program.index)
    units[placed[placed >= 0]] = True
    for variables in (m.rejected, m.deferred):
        column = np.array([program.index.column(variable) for variable in variables.values()], dtype=np.int64)
        units[column[column >= 0]] = True
    added[program.added_columns()] = True
    return _Columns(units, added)


def _near(form: Form, columns: _Columns, x: Floats) -> Form:
    """Modules and flights at most `WIDTH` above what is there, rounded up, where there is any."""
    most = np.ceil(x - 1e-6) + np.where(x > 1e-6, WIDTH, 0)
    upper = np.where(columns.added, np.minimum(form.upper, most), form.upper)
    return replace(form, upper=np.maximum(upper, form.lower))


def _held(form: Form, mask: NDArray[np.bool_], x: Floats) -> Form:
    """Columns held at their whole values."""
    value = np.clip(np.rint(x), form.lower, form.upper)
    return replace(form, lower=np.where(mask, value, form.lower), upper=np.where(mask, value, form.upper))


def _rounded(form: Form, columns: _Columns, relaxed: Floats, state: State, node_limit: int | None) -> Floats | None:
    """The relaxation with modules and flights at whole numbers near by; None if there are none.

    min Σ |y - relaxed y| over whole y, in the rows that hold whatever the other columns are: their own, and of those
    with others that have one side, each other column as far from that side as its bounds allow.
    """
    own = np.flatnonzero(columns.added)
    matrix = sparse.csr_array(form.matrix[:, own])
    others = sparse.csr_array(form.matrix, copy=True)
    others.data[columns.added[others.indices]] = 0.0
    others.eliminate_zeros()
    mixed = np.diff(others.indptr) > 0
    least, most = _reach(others, form.lower, form.upper)
    low = np.where(mixed, np.where(np.isinf(form.row_upper), form.row_lower - most, -np.inf), form.row_lower)
    high = np.where(mixed, np.where(np.isinf(form.row_lower), form.row_upper - least, np.inf), form.row_upper)
    kept = (np.diff(matrix.indptr) > 0) & (np.isfinite(low) | np.isfinite(high))
    n, y = len(own), relaxed[own]
    near = _near(form, columns, relaxed)
    identity = sparse.eye_array(n, format="csr")
    rows = sparse.vstack(
        [
            sparse.hstack([matrix[kept], sparse.csr_array((int(kept.sum()), 2 * n))]),
            sparse.hstack([identity, -identity, identity]),
        ],
        format="csr",
    )
    small = Form(
        cost=np.concatenate([np.zeros(n), np.full(n, UP), np.ones(n)]), offset=0.0, base=0.0,
        lower=np.concatenate([form.lower[own], np.zeros(2 * n)]),
        upper=np.concatenate([near.upper[own], np.full(2 * n, np.inf)]),
        integer=np.arange(3 * n) < n, matrix=sparse.csr_array(rows),
        row_lower=np.concatenate([low[kept], y]), row_upper=np.concatenate([high[kept], y]),
        cost_scale=1.0, row_scale=np.ones(rows.shape[0]),
    )  # fmt: skip
    try:
        found = highs.solve(
            small, gap=ROUNDING_GAP, time_limit_s=math.inf if node_limit is not None else min(ROUNDING_S, state.left_s),
            node_limit=node_limit, stop=state.stop,
        )  # fmt: skip
    except SolverError:
        return None
    if found.x is None:
        return None
    result = relaxed.copy()
    result[own] = np.rint(found.x[:n])
    return result


def _reach(matrix: sparse.csr_array, lower: Floats, upper: Floats) -> tuple[Floats, Floats]:
    """Shape (rows,) each: the least and the most that rows can come to inside the bounds of columns."""
    with np.errstate(invalid="ignore"):
        ends = matrix.data * lower[matrix.indices], matrix.data * upper[matrix.indices]
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    least, most = np.zeros((2, matrix.shape[0]))
    np.add.at(least, rows, np.minimum(*ends))
    np.add.at(most, rows, np.maximum(*ends))
    return least, most


def _divided(program: Program, x: Floats) -> NDArray[np.bool_]:
    """(n,) columns of jobs that are not whole in x, and of jobs in an order with others."""
    problem, m = program.problem, program.exact.model
    free = np.zeros(problem.work.jobs, dtype=bool)
    column, job = placement_columns(program.exact, program.index), program.exact.job
    families: list[tuple[Ints, Ints]] = [(column, np.asarray(job))]
    for variables in (m.rejected, m.deferred):
        listed = list(variables.index_set())
        own = np.array([program.index.column(variables[j]) for j in listed], dtype=np.int64)
        families.append((own, np.array(listed, dtype=np.int64)))
    for own, of in families:
        known = own >= 0
        value = x[own[known]]
        free[of[known][np.abs(value - np.rint(value)) > 1e-6]] = True
    tied = problem.previous >= 0
    free[tied] = free[problem.previous[tied]] = True
    for pair in problem.after:
        free[[pair.earlier, pair.later]] = True
    result = np.zeros(program.form.columns, dtype=bool)
    for own, of in families:
        result[own[(own >= 0) & free[of]]] = True
    return result


def _step(
    program: Program, form: Form, divisible: _Columns | None, state: State, node_limit: int | None
) -> Floats | None:
    """What HiGHS finds of a restriction; with `divisible` only modules and flights are whole, and it is no plan."""
    if state.over or state.reached:
        return None
    if divisible is not None:
        form = replace(form, integer=form.integer & divisible.added)
    fixed = np.flatnonzero((form.lower == form.upper) & program.form.integer)
    held = hold(form, fixed, form.lower[fixed])
    if held is None:
        return None
    limit_s = math.inf if node_limit is not None else min(SHARE * state.left_s, LIMIT_S)
    gap = min(max(STEP_GAP * state.gap, LEAST_STEP_GAP), MOST_STEP_GAP)

    def hear(report: highs.Report, x: Floats | None) -> None:
        if x is not None and report.usd is not None:
            state.offer(report.usd, held.whole(x), FOUND)

    try:
        outcome = highs.solve(
            held.form, gap=gap, time_limit_s=limit_s, node_limit=node_limit, stop=_Enough(state),
            on_report=hear if divisible is None else None,
        )  # fmt: skip
    except SolverError:
        return None
    state.work["nodes"] += outcome.nodes
    if outcome.x is None:
        return None
    found = held.whole(outcome.x)
    if divisible is None:
        state.offer(outcome.usd, found, FOUND)
    return found


@dataclass(frozen=True)
class _Enough:
    """Stops a step where a plan is close enough already, or a stop was asked for."""

    state: State

    def is_set(self) -> bool:
        """Whether to stop."""
        return self.state.stopped or self.state.reached

"""Plans where capacity is added: what is built and launched first, then jobs, in turns.

The relaxation builds and divides at will. Modules and flights, at most one more than it has of each kind, order and
period, become whole while jobs may still be divided; then what is built is held and jobs become whole, those that were
whole already where they were; then jobs are held, and what they do not need is not built. The last
two go on in turns while that saves. Each step is a small mixed-integer program that HiGHS ends at a gap.

What such a restriction proves is no bound of the problem: bounds are the relaxation's and branch and bound's.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from placement.errors import SolverError
from placement.kernels.work import Floats, Ints
from placement.models import highs
from placement.models.form import Form
from placement.models.held import hold
from placement.models.program import Program
from placement.models.read import placement_columns
from placement.search.state import State

WIDTH = 1
"""More modules or flights than the relaxation, rounded up, has of a kind in a period where it has any."""

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
    built = _step(program, _near(program.form, columns, relaxed, relaxed), columns.units, state, node_limit)
    if built is None:
        return
    for turn in range(TURNS):
        before = state.cost_usd
        placed = _placed(program, columns, built, state, node_limit, every=turn > 0)
        if placed is None:
            return
        settled = _step(program, _near(program.form, columns, placed, placed, columns.units), None, state, node_limit)
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
        form = _held(form, columns.units & ~_divided(program, built), built)
    found = _step(program, form, None, state, node_limit)
    if found is None and not every:
        return _step(program, _held(program.form, columns.added, built), None, state, node_limit)
    return found


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


def _near(form: Form, columns: _Columns, low: Floats, high: Floats, hold: NDArray[np.bool_] | None = None) -> Form:
    """Modules and flights at most `WIDTH` above what is there where there is any, and where `hold`, what is there."""
    most = np.ceil(high - 1e-6) + np.where(high > 1e-6, WIDTH, 0)
    upper = np.where(columns.added, np.minimum(form.upper, most), form.upper)
    near = replace(form, upper=np.maximum(upper, form.lower))
    return near if hold is None else _held(near, hold, low)


def _held(form: Form, mask: NDArray[np.bool_], x: Floats) -> Form:
    """Columns held at their whole values."""
    value = np.clip(np.rint(x), form.lower, form.upper)
    return replace(form, lower=np.where(mask, value, form.lower), upper=np.where(mask, value, form.upper))


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
    program: Program, form: Form, divisible: NDArray[np.bool_] | None, state: State, node_limit: int | None
) -> Floats | None:
    """What HiGHS finds of a restriction; offered where nothing that must be whole is divisible."""
    if state.over or state.reached:
        return None
    if divisible is not None:
        form = replace(form, integer=form.integer & ~divisible)
    limit_s = math.inf if node_limit is not None else min(SHARE * state.left_s, LIMIT_S)
    gap = min(max(STEP_GAP * state.gap, LEAST_STEP_GAP), MOST_STEP_GAP)
    fixed = np.flatnonzero((form.lower == form.upper) & form.integer)
    held = hold(form, fixed, form.lower[fixed])
    if held is None:
        return None
    try:
        outcome = highs.solve(held.form, gap=gap, time_limit_s=limit_s, node_limit=node_limit, stop=state.stop)
    except SolverError:
        return None
    state.work["nodes"] += outcome.nodes
    if outcome.x is None:
        return None
    found = held.whole(outcome.x)
    if divisible is None:
        state.offer(outcome.usd, found, "builds and jobs")
    return found

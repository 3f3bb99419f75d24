"""The whole problem in Pyomo: every placement a variable.

Sets: jobs j with count[j], options o of j, allowed starts s, meters μ, slots t, rows r.

Variables
    x[o,s] ∈ {0..count}   units of o's job that start with option o at s
    rejected[j] ∈ {0..count}, deferred[j] ∈ {0..count}
    and those of `supply`

Minimise  Σ cost[o,s] x[o,s] + Σ reject·rejected + Σ defer·deferred + supply

    assign[j]:    Σ_{o,s} x[o,s] + rejected[j] + deferred[j] = count[j]              first segments
    follow[j,o]:  Σ_s x[o,s] = Σ_s x[o',s]                  later segments: o' is o in the segment before
    row[r]:       lower <= Σ (what x adds to meters in r) + supply's part <= upper
    present[j,d]: Σ_{o needs d, s} x[o,s] <= count[j] move[d]
    stock[.,t]    precedence, see `order`

Rows, and the two forms that they have, are in `rows`.
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyomo.environ as pyo
from pyomo.common.gc_manager import PauseGC

from placement.kernels.placements import Placements, allowed, ranges
from placement.kernels.price import placement_usd, running_sums
from placement.kernels.work import Floats, Ints
from placement.models.book import linear
from placement.models.order import add_precedence
from placement.models.rows import add_alone, add_rows, add_rows_by_differences
from placement.models.supply import add_supply
from placement.problem import Problem

MANY_ENTRIES = 1_200_000
"""From so many entries on, rows are written by differences."""


@dataclass(frozen=True)
class Listed:
    """All placements of a problem, by option and start."""

    placed: Placements
    job: Ints
    """(N,) job of each placement."""
    usd: Floats
    """(N,) own cost of each placement."""


@dataclass(frozen=True)
class Exact(Listed):
    """The model and its placements."""

    model: pyo.ConcreteModel
    form: str


def listed(problem: Problem) -> Listed:
    """All placements of a problem."""
    work = problem.work
    placed = allowed(work, 0, work.options)
    job = np.searchsorted(work.job_options, placed.option, side="right") - 1
    return Listed(placed, job, placement_usd(work, problem.meter_usd, running_sums(problem.meter_usd), placed))


def build(problem: Problem, form: Literal["auto", "rows", "differences"] = "auto") -> Exact:
    """The Pyomo model of a problem.

    Raises
    ------
    Unsatisfiable
        If a row has nothing in it and is not satisfied.
    """
    every = listed(problem)
    placed, job, usd = every.placed, every.job, every.usd
    if form == "auto":
        form = "differences" if _entries(problem, placed) > MANY_ENTRIES else "rows"
    with PauseGC():
        m = pyo.ConcreteModel(name="placement")
        book = add_supply(m, problem)
        x = _add_placements(m, problem, placed, job)
        _add_outcomes(m, problem)
        add_assignment(m, problem, x, job)
        add_segments(m, problem, placed, x)
        if form == "rows":
            add_rows(m, problem, placed, x, book)
        else:
            add_rows_by_differences(m, problem, placed, x, book)
        add_alone(m, problem, placed, job, x, book)
        add_presence(m, problem, placed, job, x)
        add_precedence(m, problem, placed, job, x)
        for value, variable in zip(usd.tolist(), x, strict=True):
            if value != 0.0:
                book.cost.append((value, variable))
        for j in m.rejected.index_set():
            book.add_cost(problem.reject_usd[j], m.rejected[j])
        for j in m.deferred.index_set():
            book.add_cost(problem.defer_usd[j], m.deferred[j])
        m.cost = pyo.Objective(expr=linear(book.cost, problem.constant_usd))
    return Exact(placed, job, usd, m, form)


def _entries(problem: Problem, placed: Placements) -> int:
    """Entries of the matrix when rows are written slot by slot."""
    uses = np.diff(problem.work.option_uses)[placed.option]
    return int(((placed.last - placed.start + 1) * uses).sum())


def _add_placements(m: pyo.ConcreteModel, p: Problem, placed: Placements, job: Ints) -> list[Any]:
    """x[o,s], in order of option and start."""
    index = list(zip(placed.option.tolist(), placed.start.tolist(), strict=True))
    m.x = pyo.Var(index, domain=pyo.NonNegativeIntegers, dense=True)
    x = list(m.x.values())
    for variable, most in zip(x, p.count[job].tolist(), strict=True):
        variable.setub(most)
    return x


def _add_outcomes(m: pyo.ConcreteModel, p: Problem) -> None:
    first = p.previous < 0
    m.rejected = pyo.Var(
        [int(j) for j in np.flatnonzero(first & np.isfinite(p.reject_usd))],
        domain=pyo.NonNegativeIntegers,
        bounds=lambda _, j: (0, int(p.count[j])),
    )
    m.deferred = pyo.Var(
        [int(j) for j in np.flatnonzero(first & np.isfinite(p.defer_usd))],
        domain=pyo.NonNegativeIntegers,
        bounds=lambda _, j: (0, int(p.count[j])),
    )


def add_assignment(m: pyo.ConcreteModel, p: Problem, x: list[Any], job: Ints) -> None:
    """Every unit of a job runs once, or is turned away, or waits past the end."""
    first = [int(j) for j in np.flatnonzero(p.previous < 0)]
    begin = np.searchsorted(job, np.arange(p.work.jobs + 1)).tolist()
    m.assign = pyo.Constraint(first)
    for j in first:
        terms = [(1.0, variable) for variable in x[begin[j] : begin[j + 1]]]
        terms += [(1.0, outcome[j]) for outcome in (m.rejected, m.deferred) if j in outcome]
        if terms:
            m.assign[j] = (linear(terms), int(p.count[j]))
        else:  # a job that must run and cannot: the model says so
            m.assign[j] = pyo.Constraint.Infeasible


def add_segments(m: pyo.ConcreteModel, p: Problem, placed: Placements, x: list[Any]) -> None:
    """All segments of a job run on the same option: as many units start it in each segment."""
    begin = np.searchsorted(placed.option, np.arange(p.work.options + 1)).tolist()
    later = np.flatnonzero(p.previous >= 0)
    pairs = []
    for j in later:
        before = int(p.previous[j])
        for k in range(int(p.work.job_options[j + 1] - p.work.job_options[j])):
            pairs.append((int(p.work.job_options[j]) + k, int(p.work.job_options[before]) + k))
    m.follow = pyo.Constraint(range(len(pairs)))
    for n, (option, earlier) in enumerate(pairs):
        terms = [(1.0, v) for v in x[begin[option] : begin[option + 1]]]
        terms += [(-1.0, v) for v in x[begin[earlier] : begin[earlier + 1]]]
        if terms:
            m.follow[n] = (linear(terms), 0.0)


def add_presence(m: pyo.ConcreteModel, p: Problem, placed: Placements, job: Ints, x: list[Any]) -> None:
    """A job runs only where its data set is: units that need move d <= count · move[d]."""
    wanted = np.diff(p.option_moves)[placed.option]
    move = p.option_move[ranges(p.option_moves[placed.option], wanted)]
    who = np.repeat(np.arange(len(placed)), wanted)
    groups: dict[tuple[int, int], list[int]] = {}
    for d, k in zip(move.tolist(), who.tolist(), strict=True):
        groups.setdefault((int(job[k]), d), []).append(k)
    m.present = pyo.Constraint(sorted(groups))
    for (j, d), members in groups.items():
        terms = [(1.0, x[k]) for k in members]
        m.present[j, d] = (None, linear([*terms, (-float(p.count[j]), m.move[d])]), 0.0)

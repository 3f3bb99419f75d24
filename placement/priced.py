"""Prices of a scenario's limits, and what they prove of that scenario and of any like it.

For any prices y of the rows of a program (`models/program`)

    L(y) = offset + Σ_r (y[r] lower[r] if y[r] > 0 else y[r] upper[r]) + Σ_k min(d[k] lb[k], d[k] ub[k]),  d = c - Aᵀ y,

is at most the cost of every plan (`models/core`). Prices are kept by the names of rows, so that the same prices can be
put to a scenario in which one value is another: L(y) of that one is a bound of it, whatever became of its placements.
What a job's placements cost at least at these prices goes into the price of its row `assign`, the best that there is:

    y[assign j] = min over its placements, being turned away and being put off of cost - Σ other rows

**Where prices come from.** Of problems that one model holds, the duals of its linear relaxation. Of larger ones those
at which sifting or an ascent ends; what supply asks for its own rows is then its relaxation at these; and the minimum
over all placements is the kernel `price`, so that the program holds the plan's placements alone. Of such, prices of
segments, of the order of jobs, and of data sets are 0.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

from placement.compile import Compiled
from placement.kernels.work import Floats, Ints
from placement.models import highs
from placement.models.core import below, dual_bound, legal_prices
from placement.models.form import Index, kept
from placement.models.program import Program, program
from placement.search.ascent import ascend
from placement.search.bound import back_end, legal, meter_prices
from placement.search.by_core import ALL_TRIED, FEW_JOBS, FEW_TRIED, MANY_JOBS
from placement.search.packing import is_packing, sizes
from placement.search.sample import alike
from placement.search.sifting import only, sift
from placement.search.steady import steady_prices
from placement.search.steps import INSIDE, INSIDE_COLUMNS
from placement.search.supply import supply_of
from placement.search.warm import placements_of

if TYPE_CHECKING:
    from placement.plan import Plan
    from placement.raised import Raised

ROW, ASSIGN = "row", "assign"

EVALUATIONS, PROGRAMS = 500, 8
"""Of an ascent, and linear programs of sifting: at most, where there is no time limit but one of work."""

Name = tuple[str, Any, int]
"""Family of a row, its key there, and which of the two rows of a limit on both sides."""


@dataclass(frozen=True)
class Reading:
    """What prices prove of one scenario."""

    usd: float
    """L, whole cost, constant included."""
    model: Program
    price: Floats
    """(R,) $ per unit of each row of the model."""
    reduced: Floats
    """(n,) $ per unit of each column."""


class Prices:
    """$ of rows by their names.

    Parameters
    ----------
    compiled : Compiled
        The scenario they are of.
    plan : Plan
        A plan of it.
    most : int
        Placements up to which one model holds them.
    limit_s : float
        Seconds in which they are found; inf: by work alone.
    """

    def __init__(self, compiled: Compiled, plan: Plan, most: int, limit_s: float):
        self.plan, self.whole = plan, compiled.problem.work.starts <= most
        self.usd: dict[Name, float] = {}
        deadline = time.monotonic() + limit_s
        model = self._program(compiled)
        if self.whole:
            self._take(compiled, model, *_relaxed(model, deadline))
        else:
            row_price = _row_prices(compiled, plan, deadline)
            self._take(compiled, model, *_of_supply(model, row_price, deadline))

    def read(self, compiled: Compiled) -> Reading:
        """What they prove of a scenario like the one they are of."""
        model = self._program(compiled)
        price, rest, least = self._on(compiled, model), 0.0, None
        if not self.whole:
            least, rest = _of_all_placements(compiled, model, price)
        price = _assigned(model, price, least)
        dual = dual_bound(model.form, price)
        scale = model.form.cost_scale
        usd = below([np.array([dual.bound * scale, rest])], model.form.offset)
        return Reading(usd, model, price * model.form.row_scale * scale, dual.reduced * scale)

    def gain(self, reading: Reading, change: Raised) -> float:
        """$ by which the bound falls where rows and columns move, and the placements stay those that there are."""
        rows, form = reading.model.index.rows, reading.model.form
        total = 0.0
        for family, key, by in change.rows:
            for row in rows.get(family, {}).get(key, []):
                usd = float(reading.price[row])
                total += max(-usd if by > 0 else usd, 0.0) * abs(by)
        m = reading.model.exact.model
        for name, key, by in change.columns:
            variables = getattr(m, name)
            column = reading.model.index.column(variables[key]) if key in variables else -1
            if column >= 0 and np.isfinite(form.upper[column]):
                total += max(-float(reading.reduced[column]), 0.0) * by
        return total

    def _program(self, compiled: Compiled) -> Program:
        """The program with all placements, or with those of the plan that still exist."""
        if self.whole:
            return program(compiled.problem)
        option, start, _ = placements_of(self.plan, compiled)
        return program(only(compiled.problem, option, start))

    def _take(self, compiled: Compiled, model: Program, rows: Ints, price: Floats) -> None:
        """Keep prices of some rows, as the solver has them, by name."""
        usd = price * model.form.row_scale[rows] * model.form.cost_scale
        names = _names(compiled, model)
        self.usd.update((names[row], value) for row, value in zip(rows.tolist(), usd.tolist(), strict=True) if value)

    def _on(self, compiled: Compiled, model: Program) -> Floats:
        """(R,) the prices of a model's rows, as the solver has them; 0 of those that have none or may not have it."""
        names, form, penalty = _names(compiled, model), model.form, compiled.problem.rows.penalty
        usd = np.array([self.usd.get(names[row], 0.0) for row in range(len(form.row_lower))])
        for key, rows in model.index.rows.get(ROW, {}).items():
            if not np.isnan(penalty[key]):
                usd[rows] = np.clip(usd[rows], -penalty[key], penalty[key])
        return legal_prices(form, usd / (form.row_scale * form.cost_scale))


def _names(compiled: Compiled, model: Program) -> dict[int, Name]:
    """Names of a model's rows: those of limits by the name of their block."""
    found = {}
    for family, members in model.index.rows.items():
        for key, rows in members.items():
            if family == ROW:
                label, first = compiled.problem.block_of(key)
                key = label, key - first
            found.update({row: (family, key, k) for k, row in enumerate(rows)})
    return found


def _assigned(model: Program, price: Floats, most: Floats | None) -> Floats:
    """Prices with that of each job what a unit of it costs at least at the others.

    `most`, shape (J,), $: no more than that.
    """
    rows = model.index.rows.get(ASSIGN, {})
    job, own = np.array(list(rows), dtype=np.int64), np.array([r for (r,) in rows.values()], dtype=np.int64)
    result = price.copy()
    result[own] = 0.0
    reduced = model.form.cost - model.form.matrix.T @ result
    some = sparse.csr_array(model.form.matrix[own])
    least = np.full(len(own), np.inf)
    np.minimum.at(least, np.repeat(np.arange(len(own)), np.diff(some.indptr)), reduced[some.indices] / some.data)
    if most is not None:
        least = np.minimum(least, most[job] / model.form.cost_scale)
    result[own] = np.where(np.isfinite(least), least, 0.0)
    return result


def _relaxed(model: Program, deadline: float) -> tuple[Ints, Floats]:
    """All rows and the duals of the relaxation; none where it is not solved in time."""
    inside = INSIDE if model.problem.supply.modules and model.form.columns > INSIDE_COLUMNS else None
    outcome = highs.solve(model.form, relax=True, interior=inside, time_limit_s=_left_s(deadline))
    if outcome.row_dual is None or outcome.status != "optimal":
        return np.zeros(0, dtype=np.int64), np.zeros(0)
    return np.arange(len(outcome.row_dual)), outcome.row_dual


def _row_prices(compiled: Compiled, plan: Plan, deadline: float) -> Floats:
    """(R,) prices of limits over meters at which the bound with all placements is high."""
    problem, begin = compiled.problem, steady_prices(compiled.problem)

    def over() -> bool:
        return time.monotonic() >= deadline

    def proven(usd: float) -> None:
        """Bounds on the way are of no use here."""

    if is_packing(problem):
        return ascend(problem, begin, EVALUATIONS, over, proven).price
    option, start, _ = placements_of(plan, compiled)
    most = None if math.isfinite(deadline) else PROGRAMS
    supply = supply_of(problem)
    if problem.supply.modules and problem.work.jobs > MANY_JOBS:  # first those of fewer jobs, as in a solve
        few, none = alike(problem, sizes(problem.work), FEW_JOBS), np.zeros(0, dtype=np.int64)
        begin = sift(
            few, supply, none, none, steady_prices(few), over, proven, lambda: _left_s(deadline), None, FEW_TRIED
        ).row_price  # fmt: skip
        most = ALL_TRIED
    found = sift(problem, supply, option, start, begin, over, proven, lambda: _left_s(deadline), None, most)
    return found.row_price


def _left_s(deadline: float) -> float:
    """Seconds until then, at least a little."""
    return max(0.1, deadline - time.monotonic())


def _of_supply(model: Program, row_price: Floats, deadline: float) -> tuple[Ints, Floats]:
    """Rows and prices: those given of limits over meters, and those of supply's own, of its relaxation at these."""
    form, m, problem = model.form, model.exact.model, model.problem
    price = np.zeros(len(form.row_lower))
    legal_price = legal(problem, row_price)
    mine = np.zeros(len(price), dtype=bool)
    for key, rows in model.index.rows.get(ROW, {}).items():
        mine[rows] = True
        for row in rows:  # against the side that the row has
            against = -legal_price[key] / (form.row_scale[row] * form.cost_scale)
            there = np.isfinite(form.row_lower[row] if against > 0 else form.row_upper[row])
            price[row] = against if there else 0.0
    zero = np.zeros(problem.work.jobs, dtype=np.int64)
    other = np.zeros(form.columns, dtype=bool)
    other[model.columns_of(np.zeros(len(model.exact.placed), dtype=np.int64), zero, zero)[0]] = True
    other[[model.index.column(v) for v in m.stands.values() if model.index.column(v) >= 0]] = True
    own = ~mine & (form.sizes @ other == 0) & (np.diff(form.matrix.indptr) > 0)
    cost = form.cost - form.matrix.T @ price
    if own.any():
        theirs = kept(replace(form, cost=cost), Index({}, {}), ~other, own)[0]
        outcome = highs.solve(theirs, relax=True, time_limit_s=max(_left_s(deadline), 5.0))
        if outcome.row_dual is not None and outcome.status == "optimal":
            price[own] = outcome.row_dual
    priced = np.flatnonzero(mine | own)
    return priced, price[priced]


def _of_all_placements(compiled: Compiled, model: Program, price: Floats) -> tuple[Floats, float]:
    """(J,) $ that a unit of each job costs at least, whatever placements the model lacks.

    And $ that segments after the first, which have no row of their own, can take off at most.
    """
    problem, form = compiled.problem, model.form
    row_price = np.zeros(len(problem.rows))
    for key, rows in model.index.rows.get(ROW, {}).items():
        row_price[key] = -float((price * form.row_scale)[rows].sum()) * form.cost_scale
    best = back_end(problem.work).price(problem.work, meter_prices(problem, row_price)).usd
    least = np.minimum(best, np.minimum(problem.reject_usd, problem.defer_usd))
    later = (problem.previous >= 0) & np.isfinite(least)
    return least, float((np.minimum(least, 0.0) * problem.count)[later].sum())

"""Supply by itself: its model without placements, and its best answers to prices of rows.

    min c·z + λ·(into z)   subject to   lower <= inner z <= upper,   lb <= z <= ub,   z whole where marked

`into` is what supply puts into rows, whose prices are λ. What it can, `dispatch` answers in closed form; a solver
answers the rest.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyomo.environ as pyo
from pyomo.common.gc_manager import PauseGC
from scipy import sparse
from scipy.optimize import linprog

from placement.kernels.once_each import once_each
from placement.kernels.work import Floats, Ints
from placement.models import highs
from placement.models.book import linear
from placement.models.core import below
from placement.models.form import Form, Index, kept, scaled, standard_form
from placement.models.held import hold
from placement.models.read import added_columns
from placement.models.supply import add_supply
from placement.problem import Problem, Rows
from placement.search.dispatch import Dispatch, dispatch

NODES = 20
"""Most nodes that it is given: batteries that may not charge and discharge at once can take many, and the bound it has
reached by then is one all the same.
"""

ANY = 1e30
"""A side that no row reaches."""


@dataclass(frozen=True)
class Supply:
    """The model of supply, n columns, and what they put into R rows."""

    form: Form
    """Its own rows alone."""
    into: sparse.csr_array
    """(R, n)"""
    moves: Ints
    """Column of each move of a data set; -1 for none."""
    added: Ints
    """Column of each number of modules and flights, as `read.added_columns` has them."""
    dispatch: Dispatch
    others: Ints
    """Columns that a solver answers."""
    theirs: Form
    """These and their rows."""

    def answer(self, price: Floats) -> tuple[float, Floats]:
        """$ of the best answer, whole numbers of those that a solver answers aside, and what it puts into each row,
        shape (R,).
        """
        cost = self.form.cost + self.into.T @ price
        usd, x = self.dispatch.answer(cost)
        if len(self.others):
            found: Any = linprog(cost[self.others], **_plain(self.theirs), method="highs")
            if found.x is None:
                raise ValueError(f"the relaxation of supply has no answer: {found.message}")
            usd, x[self.others] = usd + float(found.fun), found.x
        return usd + self.form.offset, np.asarray(self.into @ x)

    def beside(self, use: Floats, rows: Rows, limit_s: float, stop: highs.Event | None, gap: float = 1e-6) -> float:
        """$ of the cheapest supply, up to a gap, where placements use so much of each row; inf if none is found."""
        form = self.form
        matrix = sparse.vstack([form.matrix, self.into], format="csr")
        whole = replace(
            form,
            matrix=matrix,
            row_lower=np.concatenate([form.row_lower, rows.lower - use]),
            row_upper=np.concatenate([form.row_upper, rows.upper - use]),
            row_scale=np.ones(matrix.shape[0]),
        )
        held = hold(whole, np.zeros(0, dtype=np.int64), np.zeros(0))  # rows in which supply is not hold, or none does
        if held is None:
            return np.inf
        return highs.solve(scaled(held.form), gap=gap, time_limit_s=limit_s, threads=1, stop=stop).usd

    def bound(self, price: Floats, per_move: Floats | None = None) -> float:
        """A proven lower bound of the best answer, $; inf if there is none. `per_move`: $ added to each move."""
        form, free = self.form, 0.0
        cost = form.cost + self.into.T @ price
        if per_move is not None:
            some = self.moves >= 0
            cost[self.moves[some]] += per_move[some]
            free = float(np.minimum(per_move[~some], 0.0).sum())  # those that cost nothing and stand in no row
        usd, x = self.dispatch.answer(cost)
        if not np.isfinite(usd):
            return usd
        usd = below([cost * x], form.offset + free)
        if len(self.others) == 0:
            return usd
        outcome = highs.solve(replace(self.theirs, cost=cost[self.others]), gap=1e-6, node_limit=NODES)
        return outcome.bound_usd + usd if outcome.status != "infeasible" else float("inf")


@once_each
def supply_of(problem: Problem) -> Supply:
    """The model of a problem's supply; made once for each."""
    m = pyo.ConcreteModel()
    with PauseGC():
        book = add_supply(m, problem)
        rows = sorted(book.body)
        m.rows = pyo.Constraint(pyo.Set(initialize=rows), rule=lambda _, r: linear(book.body[r]) <= ANY)
        m.cost = pyo.Objective(expr=linear(book.cost))
        form, index = standard_form(m)
    families = index.rows.get("rows", {})
    number = np.array([families[r][0] for r in rows], dtype=np.int64)
    put = sparse.csr_array(form.matrix[number])
    into = sparse.coo_array(
        (put.data, (np.repeat(np.array(rows, dtype=np.int64), np.diff(put.indptr)), put.indices)),
        shape=(len(problem.rows), form.columns),
    )
    own = np.ones(form.matrix.shape[0], dtype=bool)
    own[number] = False
    alone = replace(
        form,
        matrix=sparse.csr_array(form.matrix[own]),
        row_lower=form.row_lower[own],
        row_upper=form.row_upper[own],
        row_scale=form.row_scale[own],
    )
    moves = np.array([index.column(m.move[d]) for d in range(len(problem.supply.moves))], dtype=np.int64)
    plain = dispatch(problem, m, alone, index)
    answered = np.zeros(alone.columns, dtype=bool)
    answered[plain.columns()] = True
    others = np.flatnonzero(~answered)
    theirs = kept(replace(alone, offset=0.0), Index({}, {}), ~answered, alone.sizes @ ~answered > 0)[0]
    return Supply(alone, sparse.csr_array(into), moves, added_columns(m, index), plain, others, theirs)


def _plain(form: Form) -> dict[str, Any]:
    """Its rows and bounds as scipy has them."""
    low, high = form.row_lower, form.row_upper
    same = low == high
    above, below = np.isfinite(high) & ~same, np.isfinite(low) & ~same
    program: dict[str, Any] = {"bounds": np.stack([form.lower, form.upper], axis=1)}
    if same.any():
        program |= {"A_eq": form.matrix[same], "b_eq": low[same]}
    if (above | below).any():
        both = sparse.vstack([form.matrix[above], -form.matrix[below]])
        program |= {"A_ub": both, "b_ub": np.concatenate([high[above], -low[below]])}
    return program

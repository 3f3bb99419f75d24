"""From a Pyomo model to the arrays of a mixed-integer program, and scaled for the solver.

minimise  c·x + offset   subject to   lower <= A x <= upper,   lb <= x <= ub,   x integer where marked

Dollars are divided by a power of two so that no coefficient exceeds 1e10; rows with large coefficients likewise, by at
most 2^10, so that one unit of what they count stays far above the solver's tolerance.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyomo.environ as pyo
from numpy.typing import NDArray
from pyomo.common.gc_manager import PauseGC
from pyomo.repn.plugins.standard_form import LinearStandardFormCompiler
from scipy import sparse

from placement.kernels.work import Floats

LARGEST_COST = 1e10
"""$; larger ones are scaled down to it. Lower values push small costs below the solver's tolerance: with 1e6, a single
cost of $1e12 made bounds wrong by a hundredth.
"""
LARGE_COEFFICIENT = 2.0**14
ROW_SCALE = 2.0**-10


@dataclass(frozen=True)
class Form:
    """A mixed-integer program; n columns, r rows."""

    cost: Floats
    """(n,) scaled."""
    offset: float
    """Dollars that are in no column: the constant."""
    base: float
    """Dollars inside `cost` that no decision changes: the solver sees its objective less these, so that its gap is
    ours.
    """
    lower: Floats
    upper: Floats
    integer: NDArray[np.bool_]
    """(n,)"""
    matrix: sparse.csr_array
    """(r, n) scaled."""
    row_lower: Floats
    row_upper: Floats
    cost_scale: float
    """Scaled cost times this is dollars."""
    row_scale: Floats
    """(r,) what each row was multiplied by."""
    units: float = 0.0
    """About how many units all columns can come to: what a tolerance on reduced costs is multiplied by in a bound."""

    @property
    def sizes(self) -> sparse.csr_array:
        """|A|. A new array: scipy's own `abs` tidies the matrix up in place, which another thread may be reading."""
        a = self.matrix
        return sparse.csr_array((np.abs(a.data), a.indices, a.indptr), shape=a.shape)

    @property
    def columns(self) -> int:
        """n."""
        return len(self.cost)

    def dollars(self, scaled: float) -> float:
        """An objective value of the solver in dollars, constant included."""
        return scaled * self.cost_scale + self.base + self.offset

    def scaled(self, usd: float) -> float:
        """Dollars, constant included, as an objective value of the solver."""
        return (usd - self.base - self.offset) / self.cost_scale


@dataclass(frozen=True)
class Index:
    """Where Pyomo's variables and constraints stand in the arrays."""

    columns: dict[int, int]
    """id of a variable: column."""
    rows: dict[str, dict[Any, list[int]]]
    """Constraint name and index: its rows, two where it is bounded on both sides."""

    def column(self, variable: Any) -> int:
        """Column of a variable; -1 if it stands in no constraint and has no cost."""
        return self.columns.get(id(variable), -1)


def standard_form(m: pyo.ConcreteModel, base: float = 0.0) -> tuple[Form, Index]:
    """The arrays of a model with one linear objective to be minimised; `base` as in `Form`."""
    with PauseGC():
        form = LinearStandardFormCompiler().write(m, mixed_form=True)
    matrix = sparse.csr_array(form.A)
    kinds = np.array([entry.bound_type for entry in form.rows])
    rhs = np.asarray(form.rhs, dtype=np.float64).reshape(-1)
    row_lower = np.where(kinds == 1, -np.inf, rhs)
    row_upper = np.where(kinds == -1, np.inf, rhs)
    cost = np.asarray(sparse.csr_array(form.c).todense(), dtype=np.float64).reshape(-1)
    lower = np.array([_bound(v.lb, -np.inf) for v in form.columns])
    upper = np.array([_bound(v.ub, np.inf) for v in form.columns])
    integer = np.array([v.is_integer() for v in form.columns], dtype=bool)
    index = Index({id(v): k for k, v in enumerate(form.columns)}, _row_index(form.rows))
    offset = float(np.asarray(form.c_offset).reshape(-1)[0])
    ones = np.ones(matrix.shape[0])
    width = upper - lower
    units = float(width[np.isfinite(width)].sum())
    return Form(cost, offset, base, lower, upper, integer, matrix, row_lower, row_upper, 1.0, ones, units), index


def scaled(form: Form) -> Form:
    """The same program with costs and rows divided so that the solver's tolerances mean little in dollars and units."""
    cost_scale = _power_of_two(float(np.abs(form.cost).max(initial=0.0)) / LARGEST_COST)
    largest = np.zeros(form.matrix.shape[0])
    np.maximum.at(largest, np.repeat(np.arange(len(largest)), np.diff(form.matrix.indptr)), np.abs(form.matrix.data))
    row_scale = np.where(largest > LARGE_COEFFICIENT, ROW_SCALE, 1.0)
    return replace(
        form,
        cost=form.cost / cost_scale,
        matrix=sparse.csr_array(sparse.diags_array(row_scale) @ form.matrix),
        row_lower=form.row_lower * row_scale,
        row_upper=form.row_upper * row_scale,
        cost_scale=form.cost_scale * cost_scale,
        row_scale=form.row_scale * row_scale,
    )


def _bound(value: Any, default: float) -> float:
    return default if value is None else float(value)


def _power_of_two(value: float) -> float:
    """The power of two at or above a value, at least 1."""
    return float(2.0 ** max(0.0, np.ceil(np.log2(value)))) if value > 0 else 1.0


def _row_index(rows: Any) -> dict[str, dict[Any, list[int]]]:
    found: dict[str, dict[Any, list[int]]] = {}
    for number, entry in enumerate(rows):
        constraint = entry.constraint
        family = found.setdefault(constraint.parent_component().local_name, {})
        family.setdefault(constraint.index(), []).append(number)
    return found


def kept(form: Form, index: Index, columns: NDArray[np.bool_], rows: NDArray[np.bool_]) -> tuple[Form, Index]:
    """The program with only some of its columns and rows."""
    new_column = np.cumsum(columns) - 1
    new_row = np.cumsum(rows) - 1
    smaller = Form(
        form.cost[columns], form.offset, form.base, form.lower[columns], form.upper[columns], form.integer[columns],
        sparse.csr_array(form.matrix[rows][:, columns]), form.row_lower[rows], form.row_upper[rows], form.cost_scale,
        form.row_scale[rows], form.units,
    )  # fmt: skip
    families = {
        name: {key: [int(new_row[r]) for r in members if rows[r]] for key, members in family.items()}
        for name, family in index.rows.items()
    }
    return smaller, Index(
        {key: int(new_column[k]) for key, k in index.columns.items() if columns[k]},
        {name: {k: v for k, v in family.items() if v} for name, family in families.items()},
    )

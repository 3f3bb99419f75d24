"""What duals prove: a bound for any prices, and placements that no better plan contains.

For any row prices y let d = c - Aᵀ y. Every feasible x costs

    c·x = y·(A x) + d·x  >=  Σ_r (y[r] lower[r] if y[r] > 0 else y[r] upper[r]) + Σ_k min(d[k] lb[k], d[k] ub[k])  =
    L(y).

That holds for every y, whatever the solver that gave it says of itself. A column k at its lower bound with d[k] > 0
adds d[k] for each unit: in no plan that costs less than `upper` is x[k] - lb[k] more than (upper - L)/d[k]. After
cutting columns to that, the best plan costs min(upper, best of the core), and so does every bound of the core.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from placement.kernels.work import Floats
from placement.models.form import Form

ROUNDING = 1e-10
"""Bounds are taken less this share of the sum of the sizes of their terms: far more than summing even 1e5 of them one
after the other in double precision can be off.
"""

SAFETY = 1e-6
"""Columns are cut only when they are over by this share of the plan's cost."""


@dataclass(frozen=True)
class Dual:
    """A bound and what it says of columns, in the solver's units without offset."""

    bound: float
    reduced: Floats
    """(n,) d"""


def below(parts: Iterable[Floats], constant: float = 0.0) -> float:
    """A sum of terms and a constant, less what summing can be off."""
    flat = np.concatenate([np.ravel(part) for part in parts])
    return float(flat.sum()) + constant - ROUNDING * float(np.abs(flat[np.isfinite(flat)]).sum() + abs(constant))


def legal_prices(form: Form, y: Floats) -> Floats:
    """Row prices without those against a side that has no limit."""
    y = np.where(np.isinf(form.row_lower), np.minimum(y, 0.0), y)
    return np.where(np.isinf(form.row_upper), np.maximum(y, 0.0), y)


def _affordable(form: Form, y: Floats) -> Floats:
    """Prices lowered where a column without upper limit, such as being over a limit at a penalty, would pay to grow."""
    free = np.flatnonzero(np.isinf(form.upper))
    if len(free) == 0:
        return y
    columns = sparse.csc_array(form.matrix[:, free])
    y = y.copy()
    for k, column in enumerate(free):
        entries = slice(columns.indptr[k], columns.indptr[k + 1])
        rows, values = columns.indices[entries], columns.data[entries]
        if len(rows) == 1 and form.cost[column] - values[0] * y[rows[0]] < 0:
            y[rows[0]] = form.cost[column] / values[0]
    return y


def dual_bound(form: Form, y: Floats) -> Dual:
    """L(y), less what rounding can be off; -inf where a column without limit has a reduced cost of the wrong sign."""
    y = _affordable(form, legal_prices(form, y))
    reduced = form.cost - form.matrix.T @ y
    sides = np.where(y > 0, form.row_lower, np.where(y < 0, form.row_upper, 0.0))
    rows = y * sides
    ends = np.where(reduced > 0, form.lower, np.where(reduced < 0, form.upper, 0.0))
    columns = np.where(reduced == 0, 0.0, reduced * ends)
    total = float(rows.sum() + columns.sum())
    size = float(np.abs(rows).sum() + np.abs(columns[np.isfinite(columns)]).sum())
    return Dual(total - ROUNDING * size - _uncertain(form, y), reduced)


def _uncertain(form: Form, y: Floats) -> float:
    """What rounding of reduced costs can make of a bound, whichever end of a column they point to.

    A sum of n products is off by at most n ε/(1 - n ε) of the sum of their sizes (Higham, Accuracy and Stability of
    Numerical Algorithms, ch. 3); columns without limit keep their cost's sign by `_affordable`.
    """
    longest = 2 + int(np.bincount(form.matrix.indices, minlength=1).max(initial=0))
    terms = np.abs(form.cost) + form.sizes.T @ np.abs(y)
    ends = np.maximum(np.abs(form.lower), np.abs(form.upper))
    return longest * float(np.finfo(np.float64).eps) * float((terms * np.where(np.isfinite(ends), ends, 0.0)).sum())


def cut(form: Form, dual: Dual, upper: float) -> Form:
    """The core: upper bounds of whole columns lowered to what a plan that costs less than `upper` can contain."""
    room = upper - dual.bound + SAFETY * max(1.0, abs(upper))
    if not np.isfinite(room):
        return form
    over = form.integer & (dual.reduced > 0) & np.isfinite(form.lower)
    units = np.full(form.columns, np.inf)
    units[over] = np.floor(room / dual.reduced[over] + 1e-9)
    return replace(form, upper=np.minimum(form.upper, np.where(over, form.lower + units, form.upper)))

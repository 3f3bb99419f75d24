"""Programs made of a program, that minimise how far something has to give instead of what it costs.

**Turned away.** min Σ s over  lower <= A x + s <= upper  with s >= 0 in the rows that assign jobs which must run, x not
whole. Where the minimum is positive no plan exists; rows with a price are those that bring it about.

**Changed.** Of two programs that differ in bounds only, bounds on a line through both, r being where on it,

    lower(r) <= A x <= upper(r),   min r
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import sparse

from placement.kernels.work import Floats, Ints
from placement.models import highs
from placement.models.form import Form
from placement.models.program import Program

LARGE = 1_000
"""Columns from which an interior point is taken, and is worth asking for before the whole model."""

NEAR = 1e-5
"""Gap at which an interior point is near enough."""

PRICED = 1e-5
"""Units, and prices, that count as some."""


def turned_away(found: Program, limit_s: float) -> tuple[float, Ints, Floats]:
    """Units that have to be turned away at least, in parts, of jobs that must run; these, by row, and their prices.

    Prices y of rows, also those of an interior point, prove

        Σ_r y[r] · (lower if y[r] > 0, else upper)[r]  +  Σ_c min over bounds of (c - A'y)[c] x[c]
    """
    job = np.flatnonzero(~np.isfinite(found.problem.reject_usd) & (found.problem.previous < 0))
    rows = np.array([found.index.rows["assign"][j][0] for j in job.tolist()], dtype=np.int64)
    form = _short(found.form, rows)
    interior = NEAR if form.columns > LARGE else None
    outcome = highs.solve(form, relax=True, interior=interior, time_limit_s=limit_s, threads=1)
    price = outcome.row_dual
    if price is None:
        return (np.inf if outcome.status == "infeasible" else 0.0), job, np.ones(len(job))
    price = np.where(np.isinf(form.row_lower), np.minimum(price, 0.0), price)
    price = np.where(np.isinf(form.row_upper), np.maximum(price, 0.0), price)
    side = np.where(price > 0, form.row_lower, form.row_upper)
    reduced = form.cost - form.matrix.T @ price
    bound = np.where(reduced > 0, form.lower, form.upper)
    proven = price[price != 0] @ side[price != 0] + reduced[reduced != 0] @ bound[reduced != 0]
    return float(proven), job, price[rows]


def _short(form: Form, rows: Ints) -> Form:
    """The program in which rows may fall short of what they ask for, and that as little as possible."""
    number, r = len(rows), form.matrix.shape[0]
    more = sparse.csr_array((form.row_scale[rows], (rows, np.arange(number))), shape=(r, number))
    matrix = sparse.csr_array(sparse.hstack([form.matrix, more]))
    most = float(np.abs(form.row_lower[rows] / form.row_scale[rows]).max(initial=0.0))
    return _minimised(form, form.lower, form.upper, matrix, number, most)


def _minimised(form: Form, lower: Floats, upper: Floats, matrix: sparse.csr_array, more: int, most: float) -> Form:
    """A program that costs what its last columns come to."""
    return Form(
        cost=np.concatenate([np.zeros(len(lower)), np.ones(more)]), offset=0.0, base=0.0,
        lower=np.concatenate([lower, np.zeros(more)]), upper=np.concatenate([upper, np.full(more, most)]),
        integer=np.concatenate([form.integer, np.zeros(more, dtype=bool)]), matrix=matrix,
        row_lower=form.row_lower, row_upper=form.row_upper, cost_scale=1.0, row_scale=np.ones(matrix.shape[0]),
        units=float(len(lower) + more),
    )  # fmt: skip


def affine(one: Form, two: Form, at: float, high: float) -> Form | None:
    """The program with r as its last column, to be made small; bounds of rows and columns follow the line through two
    programs. None where more than bounds differs.

        lower(r) <= a x <= upper(r),  bound(r) = bound(high) + slope (r - high)
    """
    same = one.matrix.shape == two.matrix.shape and one.matrix.nnz == two.matrix.nnz
    if not same or (abs(one.matrix - two.matrix)).nnz or (one.row_scale != two.row_scale).any():
        return None
    moved = np.flatnonzero((one.upper != two.upper) | (one.lower != two.lower))
    pick = sparse.csr_array((np.ones(len(moved)), (np.arange(len(moved)), moved)), shape=(len(moved), two.columns))
    body = sparse.csr_array(sparse.vstack([two.matrix, pick]))
    sides = []
    for first, second in (
        (np.concatenate([one.row_lower, one.lower[moved]]), np.concatenate([two.row_lower, two.lower[moved]])),
        (np.concatenate([one.row_upper, one.upper[moved]]), np.concatenate([two.row_upper, two.upper[moved]])),
    ):
        if (np.isfinite(first) != np.isfinite(second)).any():
            return None
        finite = np.isfinite(second)
        slope = np.where(finite, np.where(finite, second, 0.0) - np.where(finite, first, 0.0), 0.0) / (high - at)
        sides.append((np.where(finite, second - slope * high, second), slope))
    (low, rising), (up, growing) = sides
    matrices = [sparse.hstack([body, sparse.csr_array(-slope.reshape(-1, 1))]) for slope in (rising, growing)]
    nothing = np.full(len(low), np.inf)
    lower, upper = two.lower.copy(), two.upper.copy()
    lower[moved] = np.minimum(one.lower[moved], np.minimum(two.lower[moved], 0.0))
    upper[moved] = np.maximum(one.upper[moved], two.upper[moved])
    form = _minimised(two, lower, upper, sparse.csr_array(sparse.vstack(matrices)), 1, high)
    return replace(form, row_lower=np.concatenate([low, -nothing]), row_upper=np.concatenate([nothing, up]))

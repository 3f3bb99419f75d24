"""Bounds from any prices, and cuts that lose no better plan."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from placement.models.core import cut, dual_bound
from placement.models.form import Form


def random_form(rng: np.random.Generator) -> Form:
    rows, columns = int(rng.integers(1, 6)), int(rng.integers(1, 7))
    matrix = rng.integers(-3, 6, (rows, columns)).astype(np.float64)
    inside = matrix @ rng.integers(0, 3, columns)
    lower = np.where(rng.random(rows) < 0.5, inside - rng.integers(0, 3, rows), -np.inf)
    upper = np.where(rng.random(rows) < 0.7, inside + rng.integers(0, 3, rows), np.inf)
    return Form(
        rng.integers(-5, 9, columns).astype(np.float64), 0.0, 0.0, np.zeros(columns), np.full(columns, 3.0),
        rng.random(columns) < 0.8, sparse.csr_array(matrix), lower, upper, 1.0, np.ones(rows),
    )  # fmt: skip


def optimum(form: Form) -> float:
    constraint = LinearConstraint(form.matrix.toarray(), form.row_lower, form.row_upper)
    found = milp(form.cost, constraints=constraint, bounds=Bounds(form.lower, form.upper), integrality=form.integer)
    assert found.success
    return float(found.fun)


@given(st.integers(0, 10**6))
@settings(max_examples=150, deadline=None)
def test_the_bound_of_any_prices_is_below_the_optimum_and_cuts_keep_it(seed: int) -> None:
    rng = np.random.default_rng(seed)
    form = random_form(rng)
    best = optimum(form)
    dual = dual_bound(form, rng.normal(0.0, 2.0, len(form.row_lower)))
    assert dual.bound <= best + 1e-9
    core = cut(form, dual, best + 1e-9)
    assert optimum(core) == pytest.approx(best)


def test_an_endless_column_costs_the_bound_only_where_it_must() -> None:
    # over a limit at 7 $ a unit: a price of 9 on the row would make being over it pay, and is lowered to 7
    form = Form(
        np.array([-20.0, 7.0]), 0.0, 0.0, np.zeros(2), np.array([1.0, np.inf]), np.array([True, False]),
        sparse.csr_array(np.array([[4.0, -1.0]])), np.array([-np.inf]), np.array([3.0]), 1.0, np.ones(1),
    )  # fmt: skip
    dual = dual_bound(form, np.array([-9.0]))
    assert dual.bound == pytest.approx(-21.0)  # y = -7: -7·3 + min(0, -20 + 28)·1
    assert np.isfinite(dual.bound)


@pytest.mark.parametrize("seed", range(40))
def test_no_rounding_brings_a_bound_above_what_the_same_prices_prove_exactly(seed: int) -> None:
    """Against rational arithmetic, at sizes from 1e-9 to 1e8 and with reduced costs that all but cancel."""
    rng = np.random.default_rng(seed)
    rows, columns = 12, 20
    matrix = rng.choice([-1.0, 0.0, 1.0], (rows, columns)) * 10.0 ** rng.uniform(-3, 5, (rows, columns))
    y = -(10.0 ** rng.uniform(-6, 3, rows))
    products = [[Fraction(a) * Fraction(v) for a, v in zip(column, y, strict=True)] for column in matrix.T]
    cost = np.array([float(sum(column)) for column in products]) + rng.choice([0.0, 1e-9], columns)
    upper = 10.0 ** rng.uniform(0, 7, columns)
    form = Form(
        cost, 0.0, 0.0, np.zeros(columns), upper, np.zeros(columns, dtype=bool), sparse.csr_array(matrix),
        np.full(rows, -np.inf), np.zeros(rows), 1.0, np.ones(rows),
    )  # fmt: skip
    reduced = [Fraction(c) - sum(column) for c, column in zip(cost, products, strict=True)]
    exact = sum((min(Fraction(0), d * Fraction(u)) for d, u in zip(reduced, upper, strict=True)), Fraction(0))
    assert Fraction(dual_bound(form, y).bound) <= exact

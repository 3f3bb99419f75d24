"""A program with some columns held at values: what is left of it, and its answers as answers of the whole.

    A x = A_free x_free + A_held v,   so   row_lower - A_held v <= A_free x_free <= row_upper - A_held v

Rows in which nothing is free either hold, and go, or show that no answer has these values.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from placement.kernels.work import Floats, Ints
from placement.models.form import Form

TOLERANCE, ROUNDING = 1e-7, 1e-12
"""Of rows in which nothing is free: absolute, and for each unit of the sizes that are added up."""


@dataclass(frozen=True)
class Held:
    """The smaller program."""

    form: Form
    free: NDArray[np.bool_]
    """(n,) columns of the whole that are in it."""
    values: Floats
    """(n,) of the others."""

    def whole(self, x: Floats) -> Floats:
        """An answer of the smaller program as one of the whole."""
        result = self.values.copy()
        result[self.free] = x
        return result


def hold(form: Form, columns: Ints, values: Floats) -> Held | None:
    """A program with columns held at values; None if these break a row or a bound by themselves."""
    free = np.ones(form.columns, dtype=bool)
    free[columns] = False
    point = np.zeros(form.columns)
    point[columns] = values
    if (point[columns] < form.lower[columns] - TOLERANCE).any() or (
        point[columns] > form.upper[columns] + TOLERANCE
    ).any():
        return None
    body = form.matrix @ point
    matrix = sparse.csr_array(sparse.csc_array(form.matrix)[:, np.flatnonzero(free)])
    some = np.diff(matrix.indptr) > 0
    slack = TOLERANCE + ROUNDING * (form.sizes @ np.abs(point))
    broken = (body < form.row_lower - slack) | (body > form.row_upper + slack)
    if (broken & ~some).any():
        return None
    held_usd = float(form.cost @ point) * form.cost_scale
    smaller = replace(
        form,
        cost=form.cost[free],
        offset=form.offset + held_usd,
        base=form.base - held_usd,
        lower=form.lower[free],
        upper=form.upper[free],
        integer=form.integer[free],
        matrix=sparse.csr_array(matrix[some]),
        row_lower=(form.row_lower - body)[some],
        row_upper=(form.row_upper - body)[some],
        row_scale=form.row_scale[some],
    )
    return Held(smaller, free, point)

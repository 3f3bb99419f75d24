"""A vertex of a linear program with very many columns, near its optimum.

Where very many placements cost the same, the simplex method and crossover take minutes over their ties, and an interior
point method ends in their midst, with a little of each. So costs are moved a little, which makes most of the ties go
one way, an interior point method says which placements are in use, and the simplex method ends with these alone.
"""

import math
import time
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from placement.kernels.work import Floats
from placement.models import highs
from placement.models.form import Form
from placement.models.held import hold

MOVED = 1e-3
"""Share of its cost by which a column is dearer, at most."""

TOLERANCE = 1e-8
"""Of the interior point method: ties go one way only near the optimum."""

IN_USE = 0.01
"""Units from which a column is in use."""


def vertex(form: Form, many: NDArray[np.bool_], time_limit_s: float, stop: highs.Event | None) -> Floats | None:
    """(n,) a vertex of the relaxation, near its optimum; None where none was found.

    Parameters
    ----------
    form : Form
    many : array, shape (n,)
        Columns that are held at their lower bounds where they are not in use.
    time_limit_s : float
    stop : event, optional
    """
    began = time.monotonic()
    more = 1.0 + MOVED * np.random.default_rng(0).random(form.columns) * np.sign(form.cost)
    moved = replace(form, cost=form.cost * more)
    inside = highs.solve(moved, relax=True, interior=TOLERANCE, time_limit_s=time_limit_s, stop=stop)
    if inside.x is None:
        return None
    idle = np.flatnonzero(many & (inside.x - form.lower < IN_USE))
    held = hold(form, idle, form.lower[idle])
    left_s = time_limit_s - (time.monotonic() - began) if math.isfinite(time_limit_s) else math.inf
    if held is None or left_s <= 0:
        return None
    ended = highs.solve(held.form, relax=True, time_limit_s=left_s, stop=stop)
    return None if ended.x is None else held.whole(ended.x)

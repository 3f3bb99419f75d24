"""A problem without its supply: what supply would charge becomes part of placements' own costs.

At prices λ of the rows in which supply stands, a placement costs its own and Σ λ[r] · what it adds to r; what those
rows can hold at most with all of supply (`greedy.room`) stays a limit. Where supply answers with steady prices, as
plants do whose last megawatt-hour comes from one source, a good plan of what is left is a good plan, with the supply
that serves it best put beside it afterwards.
"""

from dataclasses import replace

import numpy as np

from placement.kernels.work import Floats
from placement.problem import Flows, Problem, Supply
from placement.search.bound import meter_prices
from placement.search.greedy import room
from placement.search.supply import Supply as SupplyModel


def without_supply(problem: Problem, supply: SupplyModel, row_price: Floats) -> tuple[Problem, Floats]:
    """The problem, and prices of its rows; not all are packing problems.

    Parameters
    ----------
    problem : Problem
    supply : SupplyModel
        Its supply, which says in which rows that stands.
    row_price : array, shape (R,)
        λ.
    """
    rows, slots = problem.rows, problem.work.slots
    theirs = np.diff(supply.into.indptr) > 0
    upper = np.where(theirs, room(problem), rows.upper)
    plain = replace(
        rows,
        lower=np.where(theirs, -np.inf, rows.lower),
        upper=np.maximum(upper, 0.0),
        penalty=np.where(theirs, np.nan, rows.penalty),
    )
    alone = replace(
        problem,
        meter_usd=meter_prices(problem, np.where(theirs, row_price, 0.0)),
        rows=plain,
        supply=Supply(),
        flows=Flows(
            np.zeros((0, slots)), np.zeros(0), np.zeros(0, dtype=np.int64), np.zeros((0, slots)), np.zeros((0, slots)),
            np.zeros(1, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0),
        ),
        option_move=np.zeros(0, dtype=np.int64),
        option_moves=np.zeros(problem.work.options + 1, dtype=np.int64),
    )  # fmt: skip
    return alone, np.where(theirs, 0.0, row_price)

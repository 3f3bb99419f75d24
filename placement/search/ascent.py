"""Prices of rows that make the priced bound (`bound`) large, without a solver that holds all placements.

The priced bound L(λ) is concave and has kinks. Its jobs' minima are replaced by soft ones (`kernels/soft.py`) at a
temperature that falls, relative to what turning the job away costs; supply answers by its linear relaxation. What is
left,

    D(λ) = Σ_j count · soft_j(own + Σ_r weight · λ[r]) + supply_LP(λ) - Σ_r (λ[r]⁺ upper[r] - λ[r]⁻ lower[r]),

is climbed by L-BFGS-B within the signs and penalties that rows allow. Slopes: of row r what weighted placements and
supply put into it, less its side. The bound itself is the exact one at the prices that are found, the best of those at
each temperature.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, minimize

from placement.kernels.work import Floats
from placement.problem import Problem
from placement.search.bound import back_end, legal, meter_prices, priced_bound
from placement.search.supply import Supply, supply_of

TEMPERATURES = (0.05, 0.01, 0.002, 0.0005, 0.0001)
"""Shares of what turning a job away costs, one after the other."""


@dataclass(frozen=True)
class Ascent:
    """Prices and what they prove."""

    price: Floats
    """(R,) $ per unit of each row; those that prove most."""
    last: Floats
    """(R,) those at which it ended: nearer to what is short than prices from elsewhere, even where they prove less."""
    bound_usd: float
    evaluations: int


def ascend(
    problem: Problem,
    begin: Floats | None = None,
    evaluations: int = 120,
    over: Callable[[], bool] = lambda: False,
    proven: Callable[[float], None] = lambda usd: None,
    temperatures: tuple[float, ...] = TEMPERATURES,
    unit: Floats | None = None,
    supply: Supply | None = None,
) -> Ascent:
    """Prices of rows from no prices, or from those given.

    Parameters
    ----------
    problem : Problem
    begin : array, shape (R,), optional
        Prices to begin with, such as those of a like problem.
    evaluations : int
        At most about so many of the smoothed bound in all.
    over : callable
        Whether to end early.
    proven : callable
        Told each bound, $.
    temperatures : tuple
        Of the soft minimum, one after the other: shares of what turning the job away costs.
    unit : array, shape (R,), optional
        What prices are multiplied by on the way; without it the size of each row's limit. Where limits are what others
        have left, nearly nothing in some rows, their whole size is better.
    supply : Supply, optional
        The problem's, where it is known.
    """
    price = legal(problem, np.zeros(len(problem.rows)) if begin is None else begin)
    supply = supply or supply_of(problem)
    best, bound = price, priced_bound(problem, price, supply=supply).usd
    if len(price) == 0:
        return Ascent(best, best, bound, 0)
    dual = Smooth(problem, unit, supply)
    left = evaluations
    for done, temperature in enumerate(temperatures):
        share = max(2, left // (len(temperatures) - done))
        found = minimize(
            dual.negative,
            price * dual.unit,
            args=(temperature,),
            callback=lambda _: _stop(over),
            jac=True,
            method="L-BFGS-B",
            bounds=dual.bounds(),
            options={"maxfun": share, "maxiter": share, "maxcor": 20},
        )
        left -= int(found.nfev)
        price = legal(problem, found.x / dual.unit)
        usd = priced_bound(problem, price, supply=supply).usd
        proven(usd)
        if usd > bound:
            best, bound = price, usd
        if left < 2 or over():
            break
    return Ascent(best, price, bound, evaluations - left)


def _stop(over: Callable[[], bool]) -> None:
    if over():
        raise StopIteration


class Smooth:
    """The smoothed bound and its slope, both negative, in prices multiplied by the size of their rows."""

    def __init__(self, problem: Problem, unit: Floats | None = None, supply: Supply | None = None):
        self.problem, self.rows = problem, problem.rows
        self.away = np.minimum(problem.reject_usd, problem.defer_usd)
        known = self.away[np.isfinite(self.away) & (self.away > 0)]
        self.scale = np.where(
            np.isfinite(self.away) & (self.away > 0), self.away, np.median(known) if len(known) else 1.0
        )
        slots = problem.work.slots
        self.cells = sparse.csr_array(
            (self.rows.cell_weight, (self.rows.cell_row, self.rows.cell_meter * slots + self.rows.cell_slot)),
            shape=(len(self.rows), problem.meters * slots),
        )
        side = np.where(np.isfinite(self.rows.upper), np.abs(self.rows.upper), np.abs(self.rows.lower))
        side = side if unit is None else unit
        self.unit = np.where(np.isfinite(side) & (side > 0), side, 1.0)
        self.supply = supply or supply_of(problem)
        self.back = back_end(problem.work)

    def bounds(self) -> Bounds:
        """Least and most of each scaled price."""
        low = np.where(np.isneginf(self.rows.lower), 0.0, -np.inf)
        high = np.where(np.isposinf(self.rows.upper), 0.0, np.inf)
        soft_row = ~np.isnan(self.rows.penalty)
        low = np.where(soft_row, np.maximum(low, -self.rows.penalty), low) * self.unit
        high = np.where(soft_row, np.minimum(high, self.rows.penalty), high) * self.unit
        return Bounds(low, high)

    def answer(self, price: Floats, temperature: float) -> tuple[float, Floats]:
        """What jobs and supply cost at prices of rows, $, and what they put into each row."""
        problem = self.problem
        jobs = self.back.soft(
            problem.work, meter_prices(problem, price), self.away, temperature * self.scale, problem.count
        )
        supply_usd, supply_use = self.supply.answer(price)
        # sums, no dot products: threads of BLAS wait for more of them in loops, on processors that pricing needs
        return float((jobs.usd * problem.count).sum()) + supply_usd, self.cells @ jobs.use.reshape(-1) + supply_use

    def negative(self, scaled: Floats, temperature: float) -> tuple[float, Floats]:
        """-D and its slope."""
        price = legal(self.problem, scaled / self.unit)  # a price a rounding above a penalty would prove nothing
        usd, use = self.answer(price, temperature)
        side = np.where(price > 0, self.rows.upper, np.where(price < 0, self.rows.lower, 0.0))
        at_rest = np.where(np.isfinite(self.rows.upper), self.rows.upper, self.rows.lower)
        slope = use - np.where(price == 0, at_rest, side)
        return float((price * side).sum()) - usd, -slope / self.unit

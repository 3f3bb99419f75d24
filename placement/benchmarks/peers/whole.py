"""A packing problem in whole numbers, as CP-SAT needs it, so that every bound of it is a bound of the problem.

Costs are rounded down to 1/scale $, with scale a power of two such that all units together lose at most SLIP of the
cost of the cheapest placements (more only where the sum of costs would pass 2^52): by so much a proven bound may lie
lower than it could. Amounts are counted in grains of a slot, in which whole amounts are exact. Others are rounded down
to about 2^-40 of their limit, so that nothing that fits is left out; a plan that is over a limit because of it does
not pass the check.
"""

import math

import numpy as np

from placement.kernels.placements import Placements, allowed
from placement.kernels.price import placement_usd, running_sums
from placement.kernels.work import Floats, Ints
from placement.problem import Problem
from placement.search.packing import SLACK

SLIP = 1e-6
FINE = 2.0**40
"""What limits become where amounts are no whole numbers of grains, at most."""

LARGEST = 2.0**52
"""Sum of all costs, in whole numbers, at most, so that it is exact in double precision too."""

TOLERANCE = 1e-6
"""By which a number of grains may be off whole."""


class Whole:
    """Placements and their costs and amounts in whole numbers."""

    def __init__(self, problem: Problem):
        work = problem.work
        self.problem = problem
        self.placed: Placements = allowed(work, 0, work.options)
        self.job: Ints = np.searchsorted(work.job_options, self.placed.option, side="right") - 1
        usd = placement_usd(work, problem.meter_usd, running_sums(problem.meter_usd), self.placed)
        away = np.minimum(problem.reject_usd, problem.defer_usd)
        self.scale = self._scale(usd, away)
        self.usd = np.floor(usd * self.scale).astype(np.int64)
        """(N,)"""
        self.must: np.ndarray = np.isinf(away)
        """(J,) whether no unit may be away."""
        self.away = np.floor(np.where(self.must, 0.0, away) * self.scale).astype(np.int64)
        """(J,)"""

    def _scale(self, usd: Floats, away: Floats) -> float:
        problem, finite = self.problem, np.where(np.isinf(away), 0.0, away)
        count = problem.count.astype(np.float64)
        least, most = away.copy(), np.abs(finite)
        np.minimum.at(least, self.job, usd)
        np.maximum.at(most, self.job, np.abs(usd))
        typical = abs(float((count * np.where(np.isfinite(least), least, 0.0)).sum()))
        wanted = count.sum() / (SLIP * max(typical, 1e-6))
        largest = LARGEST / max(float((count * most).sum()), 1e-6)
        return float(2.0 ** min(math.ceil(math.log2(max(wanted, 1.0))), math.floor(math.log2(largest))))

    def dollars(self, cost: float) -> float:
        """Whole numbers as dollars, constant included."""
        return cost / self.scale + self.problem.constant_usd


def whole_amounts(amounts: Floats, upper: Floats, grains: int) -> tuple[Ints, Ints]:
    """What is taken of limits, (N,), and the limits, any shape, over their greatest common measure; see above."""
    exact = amounts * grains
    scale = float(grains)
    if (np.abs(exact - np.round(exact)) > TOLERANCE).any():
        scale = 2.0 ** math.floor(math.log2(FINE / max(float(upper.max()), 1.0 / grains)))
    taken = np.floor(amounts * scale + TOLERANCE).astype(np.int64)
    limits = np.floor((upper + SLACK) * scale).astype(np.int64)
    unit = int(np.gcd.reduce(taken)) or 1
    return taken // unit, limits // unit

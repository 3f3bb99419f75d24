"""A plan that is changed in place: units put where they fit most cheaply, taken out and put back.

The definition of `plan_numba`. Random numbers are splitmix64 (Steele et al., 2014): all back ends draw the same.
"""

from typing import NamedTuple

import numpy as np

from placement.kernels import capacity
from placement.kernels.capacity import Fit, Limits, cheapest_fit, fit_at
from placement.kernels.gates import Gates, Switching, no_gates
from placement.kernels.placements import placements
from placement.kernels.price import placement_usd, running_sums
from placement.kernels.work import NARROW, Floats, Ints, Work

ORDERS = (0.4, 0.7, 0.9)
"""Shares of orders, summed up: random, largest first, dearest to turn away first; the rest smallest first."""

BUCKETS = 42
"""Parts of the horizon. Units that began more than REACH parts before a run are not taken out with it."""

REACH = 6

GOLDEN = 0x9E3779B97F4A7C15
MASK = 2**64 - 1


class Units(NamedTuple):
    """What is placed. U units, J jobs, O options."""

    job: Ints
    """(U,) job of each unit."""
    away: Floats
    """(J,) $ of a unit that is not placed; inf: it must be."""
    size: Floats
    """(J,) how hard it is to place; only the order counts."""
    low: Floats
    """(O,) $ that an option costs at least, at own prices and at guiding ones."""
    options: Ints
    """(O,) options of each job, those of least `low` first."""


def width_of(slots: int) -> int:
    """Slots of a part of the horizon."""
    return max(1, slots // BUCKETS)


def homes(work: Work) -> Ints:
    """(O,) the first meter that each option uses; without any meter 0."""
    home = np.zeros(work.options, dtype=NARROW["use_meter"])
    uses = np.diff(work.option_uses) > 0
    home[uses] = work.use_meter[work.option_uses[:-1][uses]]
    return home


def mixed(x: int) -> int:
    """The output function of splitmix64."""
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & MASK
    return x ^ (x >> 31)


class Plan:
    """A plan that is changed in place.

    Parameters
    ----------
    work : Work
    limits : Limits
    left : array, shape (R,)
        What rows have, all of it.
    units : Units
    prices, guide : array, shape (M, T)
        Of meters: own ones, by which plans are measured, and such that point to scarce hours.
    gates : Gates, optional
        What is on only while something runs.
    """

    def __init__(
        self,
        work: Work,
        limits: Limits,
        left: Floats,
        units: Units,
        prices: Floats,
        guide: Floats,
        gates: Gates | None = None,
    ):
        self.work, self.limits, self.units = work, limits, units
        self.left = left.copy()
        self.prices, self.sums = prices, running_sums(prices)
        self.guide_by(guide)
        self.home = homes(work)
        self.switching = Switching(gates or no_gates(len(prices), work.slots))
        self.option = np.full(len(units.job), -1)
        self.start = np.full(len(units.job), -1)
        self.last = np.full(len(units.job), -1)
        self.fraction = np.zeros(len(units.job))
        self.usd = units.away[units.job]
        self.seed = 0

    def guide_by(self, guide: Floats) -> None:
        """Other guiding prices."""
        self.guide, self.guide_sums = guide, running_sums(guide)

    def construct(self, order: Ints, prices: Floats) -> None:
        """Units taken out and put back one after the other, each at its cheapest at given prices."""
        sums = running_sums(prices)
        for u in order.tolist():
            self.lift(u)
            self.insert(u, prices, sums, 0, self.work.slots)

    def set(self, unit: Ints, option: Ints, start: Ints) -> None:
        """Units taken from where they are and put elsewhere, or with option -1 away; room is not checked."""
        for u in unit.tolist():
            self.lift(u)
        for u, o, s in zip(unit.tolist(), option.tolist(), start.tolist(), strict=True):
            self.usd[u] = self.units.away[self.units.job[u]]
            if o >= 0:
                self.usd[u] = self.own(o, s)
                self.put(u, fit_at(self.work, o, s))

    def insert(self, u: int, prices: Floats, sums: Floats, first: int, end: int) -> None:
        """A unit put at its cheapest placement that fits; away, if being away is cheaper."""
        units, job = self.units, int(self.units.job[u])
        fit = cheapest_fit(
            self.work, self.limits, self.left, prices, sums, job, units.options, units.low, units.away[job], first, end,
            self.switching,
        )  # fmt: skip
        self.usd[u] = units.away[job] if fit.option < 0 else self.own(fit.option, fit.start)
        if fit.option >= 0:
            self.put(u, fit)

    def gates_usd(self) -> float:
        """$ of all gates."""
        return self.switching.total()

    def own(self, option: int, start: int) -> float:
        """$ of a placement at own prices, gates aside."""
        placed = placements(self.work, np.array([option]), np.array([start]))
        return float(placement_usd(self.work, self.prices, self.sums, placed)[0])

    def put(self, u: int, fit: Fit) -> None:
        """A unit put to a place."""
        self.option[u], self.start[u], self.last[u], self.fraction[u] = fit[1:]
        capacity.put(self.work, self.limits, self.left, fit)
        self.switching.hold(self.switching.gate(self.work, fit.option), fit.start, fit.last, 1)

    def lift(self, u: int) -> None:
        """A unit taken out, if it is there."""
        if self.option[u] >= 0:
            at = Fit(0.0, int(self.option[u]), int(self.start[u]), int(self.last[u]), float(self.fraction[u]))
            capacity.put(self.work, self.limits, self.left, at, -1.0)
            self.switching.hold(self.switching.gate(self.work, at.option), at.start, at.last, -1)
            self.option[u] = -1

    def keys(self, some: Ints) -> Floats:
        """By what units are put in order."""
        how, job = self.draw(), self.units.job[some]
        if how < ORDERS[0]:
            return np.array([self.draw() for _ in some])
        if how < ORDERS[1]:
            return -self.units.size[job]
        if how < ORDERS[2]:
            return -self.units.away[job]
        return self.units.size[job]

    def next(self) -> int:
        """The next random integer."""
        self.seed = (self.seed + GOLDEN) & MASK
        return mixed(self.seed)

    def draw(self) -> float:
        """The next random number in [0, 1)."""
        return (self.next() >> 11) * 2.0**-53

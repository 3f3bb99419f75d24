"""Simulated annealing of plans: some jobs are taken out and put back where they fit most cheaply, over and over.

The definition of `anneal_numba`. A round takes out a unit and some that run at the same time where it runs, or where it
could, and puts them back one after the other. What costs more than before by at most heat times a random number stays;
the rest is undone. Schrimpf et al., *Record breaking optimization results using the ruin and recreate principle*,
J. Comput. Phys. 159 (2000); Christiaens, Vanden Berghe, *Slack induction by string removals*, Transp. Sci. 54 (2020).

Random numbers are splitmix64 (Steele et al., 2014), so that all back ends draw the same.
"""

from typing import NamedTuple

import numpy as np

from placement.kernels.capacity import Fit, Limits, cheapest_fit, fit_at, put
from placement.kernels.placements import placements
from placement.kernels.price import placement_usd, running_sums
from placement.kernels.work import NARROW, Floats, Ints, Work

MOST = 8
"""Units that are taken out in a round beside the first, at most."""

TWICE = 0.5
"""Share of rounds that take units out at two places."""

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


class Annealer:
    """A plan that is annealed, in place.

    Parameters
    ----------
    work : Work
    limits : Limits
    left : array, shape (R,)
        What rows have, all of it.
    units : Units
    prices, guide : array, shape (M, T)
        Of meters: own ones, by which plans are measured, and such that point to scarce hours.
    """

    def __init__(self, work: Work, limits: Limits, left: Floats, units: Units, prices: Floats, guide: Floats):
        self.work, self.limits, self.units = work, limits, units
        self.left = left.copy()
        self.prices, self.sums = prices, running_sums(prices)
        self.guide_by(guide)
        self.home = homes(work)
        self.option = np.full(len(units.job), -1)
        self.start = np.full(len(units.job), -1)
        self.last = np.full(len(units.job), -1)
        self.fraction = np.zeros(len(units.job))
        self.usd = units.away[units.job]

    def guide_by(self, guide: Floats) -> None:
        """Other guiding prices."""
        self.guide, self.guide_sums = guide, running_sums(guide)

    def construct(self, order: Ints, prices: Floats) -> None:
        """Units taken out and put back one after the other, each at its cheapest at given prices."""
        sums = running_sums(prices)
        for u in order.tolist():
            self._lift(u)
            self._insert(u, prices, sums, 0, self.work.slots)

    def set(self, unit: Ints, option: Ints, start: Ints) -> None:
        """Units taken from where they are and put elsewhere, or with option -1 away; room is not checked."""
        for u in unit.tolist():
            self._lift(u)
        for u, o, s in zip(unit.tolist(), option.tolist(), start.tolist(), strict=True):
            self.usd[u] = self.units.away[self.units.job[u]]
            if o >= 0:
                self.usd[u] = self._own(o, s)
                self._put(u, fit_at(self.work, o, s))

    def rounds(self, pool: Ints, count: int, heat: float, guided: float, seed: Ints, first: int, end: int) -> None:
        """Rounds of annealing within slots first .. end - 1.

        Parameters
        ----------
        pool : array, shape (P,)
            Units of which one begins each round.
        count : int
        heat : float
            $ that a round may cost at most.
        guided : float
            Share of rounds that put back at guiding prices.
        seed : array of unsigned 64-bit integers, shape (1,)
            Of random numbers; moves on.
        first, end : int
            What runs across these slots stays as it is.
        """
        self.seed = int(seed[0])
        for _ in range(count):
            self._round(pool, heat, guided, first, end)
        seed[0] = self.seed

    def _round(self, pool: Ints, heat: float, guided: float, first: int, end: int) -> None:
        unit = int(pool[int(self._draw() * len(pool))])
        some = self._some(unit, first, end)
        if len(some) == 0:
            return
        some = some[np.argsort(self._keys(some), kind="stable")]
        was = [(self.option[u], self.start[u], self.last[u], self.fraction[u], self.usd[u]) for u in some]
        before = 0.0
        for u in some:
            before += self.usd[u]
            self._lift(u)
        most = before + heat * self._draw()
        by_guide = self._draw() < guided
        prices, sums = (self.guide, self.guide_sums) if by_guide else (self.prices, self.sums)
        after = 0.0
        for u in some:
            self._insert(u, prices, sums, first, end)
            after += self.usd[u]
        if after <= most:
            return
        for u in some:
            self._lift(u)
        for u, (option, start, last, fraction, usd) in zip(some, was, strict=True):
            self.usd[u] = usd
            if option >= 0:
                self._put(u, Fit(0.0, option, start, last, fraction))

    def _some(self, unit: int, first: int, end: int) -> Ints:
        """A unit and some that run where and when it does, or could; none if it cannot be moved."""
        work, none = self.work, np.zeros(0, dtype=np.int64)
        option, s, last = int(self.option[unit]), int(self.start[unit]), int(self.last[unit])
        if option >= 0 and (s < first or last >= end):
            return none
        job = self.units.job[unit]
        options = int(work.job_options[job + 1] - work.job_options[job])
        if options == 0:
            return none
        count = 1 + int(self._draw() * MOST)
        twice = self._draw() < TWICE
        some = [unit]
        for second in range(2 if twice else 1):
            if second or option < 0:
                option = int(work.job_options[job]) + int(self._draw() * options)
                spans = int(work.option_spans[option + 1] - work.option_spans[option])
                if spans == 0:
                    break
                k = int(work.option_spans[option]) + int(self._draw() * spans)
                a, b = max(int(work.span_first[k]), first), min(int(work.span_last[k]), end - 1)
                if a > b:
                    break
                s = a + int(self._draw() * (b + 1 - a))
                last = int(placements(work, np.array([option]), np.array([s])).last[0])
            some += self._beside(option, s, last, (count + 1) // 2 if twice else count, some, first, end)
        return np.array(some, dtype=np.int64)

    def _beside(self, option: int, s: int, last: int, count: int, but: list[int], first: int, end: int) -> list[int]:
        """Units drawn from those on an option's first meter that run at some time from s to last."""
        width = width_of(self.work.slots)
        salt = self._next()
        there = np.flatnonzero(self.option >= 0)
        there = there[self.home[self.option[there]] == self.home[option]]
        start, till = self.start[there], self.last[there]
        near = (start <= last) & (till >= s) & (start >= first) & (till < end)
        near &= start >= max(s - REACH * width, 0) // width * width
        found = [u for u in there[near].tolist() if u not in but]
        return sorted(found, key=lambda u: mixed(salt ^ u))[:count]

    def _keys(self, some: Ints) -> Floats:
        """By what units are put in order."""
        how, job = self._draw(), self.units.job[some]
        if how < ORDERS[0]:
            return np.array([self._draw() for _ in some])
        if how < ORDERS[1]:
            return -self.units.size[job]
        if how < ORDERS[2]:
            return -self.units.away[job]
        return self.units.size[job]

    def _insert(self, u: int, prices: Floats, sums: Floats, first: int, end: int) -> None:
        units, job = self.units, int(self.units.job[u])
        fit = cheapest_fit(
            self.work, self.limits, self.left, prices, sums, job, units.options, units.low, units.away[job], first, end
        )
        self.usd[u] = units.away[job] if fit.option < 0 else self._own(fit.option, fit.start)
        if fit.option >= 0:
            self._put(u, fit)

    def _own(self, option: int, start: int) -> float:
        placed = placements(self.work, np.array([option]), np.array([start]))
        return float(placement_usd(self.work, self.prices, self.sums, placed)[0])

    def _put(self, u: int, fit: Fit) -> None:
        self.option[u], self.start[u], self.last[u], self.fraction[u] = fit[1:]
        put(self.work, self.limits, self.left, fit)

    def _lift(self, u: int) -> None:
        if self.option[u] >= 0:
            at = Fit(0.0, int(self.option[u]), int(self.start[u]), int(self.last[u]), float(self.fraction[u]))
            put(self.work, self.limits, self.left, at, -1.0)
            self.option[u] = -1

    def _next(self) -> int:
        self.seed = (self.seed + GOLDEN) & MASK
        return mixed(self.seed)

    def _draw(self) -> float:
        return (self._next() >> 11) * 2.0**-53

"""Simulated annealing of plans: some jobs are taken out and put back where they fit most cheaply, over and over.

The definition of `anneal_numba`. A round takes out a unit and some that run at the same time where it runs, or where it
could, and puts them back one after the other. What costs more than before by at most heat times a random number stays;
the rest is undone. Schrimpf et al., *Record breaking optimization results using the ruin and recreate principle*,
J. Comput. Phys. 159 (2000); Christiaens, Vanden Berghe, *Slack induction by string removals*, Transp. Sci. 54 (2020).
"""

import numpy as np

from placement.kernels.capacity import Fit
from placement.kernels.moves import move
from placement.kernels.placements import placements
from placement.kernels.plan import REACH, Plan, mixed, width_of
from placement.kernels.push import push
from placement.kernels.work import Ints

MOST = 8
"""Units that are taken out in a round beside the first, at most."""

TWICE = 0.5
"""Share of rounds that take units out at two places."""


class Annealer(Plan):
    """A plan that is annealed, in place."""

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

    def push(self, pool: Ints, count: int, heat: float, guided: float, seed: Ints, first: int, end: int) -> None:
        """Rounds that push a unit in (`push`), as many as `count`; parameters as of `rounds`."""
        self.seed = int(seed[0])
        for _ in range(count):
            push(self, int(pool[int(self.draw() * len(pool))]), heat, guided, first, end)
        seed[0] = self.seed

    def moves(self, pool: Ints, count: int, heat: float, seed: Ints, first: int, end: int) -> None:
        """Small moves (`moves`), as many as `count`; parameters as of `rounds`, `heat`: $ that one may cost in the
        mean.
        """
        self.seed = int(seed[0])
        for _ in range(count):
            move(self, pool, heat, first, end)
        seed[0] = self.seed

    def _round(self, pool: Ints, heat: float, guided: float, first: int, end: int) -> None:
        unit = int(pool[int(self.draw() * len(pool))])
        some = self._some(unit, first, end)
        if len(some) == 0:
            return
        some = some[np.argsort(self.keys(some), kind="stable")]
        was = [(self.option[u], self.start[u], self.last[u], self.fraction[u], self.usd[u]) for u in some]
        before = self.gates_usd()
        for u in some:
            before += self.usd[u]
            self.lift(u)
        most = before + heat * self.draw()
        by_guide = self.draw() < guided
        prices, sums = (self.guide, self.guide_sums) if by_guide else (self.prices, self.sums)
        after = 0.0
        for u in some:
            self.insert(u, prices, sums, first, end)
            after += self.usd[u]
        after += self.gates_usd()
        if after <= most:
            return
        for u in some:
            self.lift(u)
        for u, (option, start, last, fraction, usd) in zip(some, was, strict=True):
            self.usd[u] = usd
            if option >= 0:
                self.put(u, Fit(0.0, option, start, last, fraction))

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
        count = 1 + int(self.draw() * MOST)
        twice = self.draw() < TWICE
        some = [unit]
        for second in range(2 if twice else 1):
            if second or option < 0:
                option = int(work.job_options[job]) + int(self.draw() * options)
                spans = int(work.option_spans[option + 1] - work.option_spans[option])
                if spans == 0:
                    break
                k = int(work.option_spans[option]) + int(self.draw() * spans)
                a, b = max(int(work.span_first[k]), first), min(int(work.span_last[k]), end - 1)
                if a > b:
                    break
                s = a + int(self.draw() * (b + 1 - a))
                last = int(placements(work, np.array([option]), np.array([s])).last[0])
            some += self._beside(option, s, last, (count + 1) // 2 if twice else count, some, first, end)
        return np.array(some, dtype=np.int64)

    def _beside(self, option: int, s: int, last: int, count: int, but: list[int], first: int, end: int) -> list[int]:
        """Units drawn from those on an option's first meter that run at some time from s to last."""
        width = width_of(self.work.slots)
        salt = self.next()
        there = np.flatnonzero(self.option >= 0)
        there = there[self.home[self.option[there]] == self.home[option]]
        start, till = self.start[there], self.last[there]
        near = (start <= last) & (till >= s) & (start >= first) & (till < end)
        near &= start >= max(s - REACH * width, 0) // width * width
        found = [u for u in there[near].tolist() if u not in but]
        return sorted(found, key=lambda u: mixed(salt ^ u))[:count]

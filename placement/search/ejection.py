"""Ejection chains (`kernels/eject.py`) over the few best placements of each job, pass after pass, colder and colder.

In a pass rows may be over their limits. Weights of what they are over follow what happens: they grow where a row is
over its limit and shrink where it is not, so that in the long run a row is over it for a share of the time that falls
towards none.
"""

import math
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from placement.kernels.backend import BackEnd
from placement.kernels.capacity import Bools
from placement.kernels.eject import Columns, Rows, Spot
from placement.kernels.placements import ranges
from placement.kernels.work import Floats, Ints
from placement.search.annealing import TOLD, Best
from placement.search.core_model import Chosen, CoreModel
from placement.search.packing import Packer, Packing
from placement.search.state import State

STARTS, ENTRIES = 2_000_000, 4_000_000
"""Placements of the problem that are looked at, and entries in rows of those that are kept, at most."""

PER_JOB, MEAN, LEAST = 30, 4, 2
"""Placements of a job at most, of all jobs in the mean, and of each at least: those that lie least above the best of
their job, at prices of rows.
"""

HEAT, COLD = 0.05, 0.004
"""$ that a chain may cost, at the beginning and the end of a pass, over the mean cost of a unit."""

OVER_FIRST, OVER_LAST = 0.5, 0.3
"""Share of the time that a row is over its limit at the beginning of a pass, and that any is at its end."""

GROWTH, ADAPTED = 1.02, 5_000
"""By which weights grow in so many chains where a row is over its limit."""

WEIGHT, LOW_PRICE, FLOOR = 2.0, 0.1, 0.25
"""First weights over prices of rows, prices being taken as at least a share of their mean; least weights over first."""

SHARE, FRUITLESS = 0.85, 3
"""Of the time that is left, what passes may take; passes in a row that find no better plan, after which they end."""

ENOUGH = 20_000
"""Chains per unit in a pass, at most."""

BATCH_S = 0.1
"""Seconds between two looks at the clock, about."""


def eject(packer: Packer, found: Best, row_price: Floats, state: State, seed: int, most: int | None) -> str:
    """Passes until some in a row find no better plan; returns how it ended: gap, time, stopped or patience.

    Parameters
    ----------
    packer, found, state
    row_price : array, shape (R,)
        By which placements are ranked.
    seed : int
    most : int, optional
        Chains of a single pass on one thread, and no clock: the same plan each time.
    """
    if state.reached:
        return "gap"
    pool = _pool(packer, found, row_price)
    if pool is None:
        return "patience"
    end = time.monotonic() + SHARE * (state.deadline - time.monotonic())
    rng = np.random.default_rng(seed)
    lanes = 2 if most is None and packer.back.runner("eject") == "numba" else 1
    fruitless = 0
    while fruitless < FRUITLESS:
        before = state.cost_usd
        begun = [pool.lane(found.plan, int(s)) for s in rng.integers(0, 2**63, lanes)]
        enough = ENOUGH * len(packer.job) if most is None else most
        limit_s = max(end - time.monotonic(), 1e-3) if most is None else math.inf
        how = _descend(pool, begun, found, state, enough, limit_s, most is None)
        if how != "patience" or most is not None or time.monotonic() >= end:
            return how
        fruitless = 0 if state.cost_usd < before else fruitless + 1
    return "patience"


class _Lane:
    """A plan in a pass, and the chains that are tried on it."""

    def __init__(self, columns: Columns, rows: Rows, spot: Spot, seed: int, back: BackEnd, mean_usd: float):
        self.columns, self.rows, self.spot, self.back, self.mean_usd = columns, rows, spot, back, mean_usd
        self.seed = np.array([seed], dtype=np.uint64)
        self.least = FLOOR * spot.weight

    def run(self, count: int, progress: float) -> None:
        """So many chains, and the weights after them."""
        heat = self.mean_usd * HEAT * (COLD / HEAT) ** progress
        self.back.chains(self.columns, self.rows, self.spot, count, heat, self.seed)
        rows = len(self.rows.room)
        share = OVER_FIRST * (min(OVER_LAST / rows, OVER_FIRST) / OVER_FIRST) ** progress
        up = GROWTH ** (count / ADAPTED)
        down = up ** (-share / (1.0 - share))
        weight = self.spot.weight
        weight *= np.where(self.spot.load > self.rows.room, up, down)
        np.maximum(weight, self.least, out=weight)


def _descend(
    pool: "_Pool", lanes: list[_Lane], found: Best, state: State, enough: int, limit_s: float, timed: bool
) -> str:
    """One pass of all lanes; returns what ended it: gap, time, stopped, or patience at its end."""
    began, done, batch, taken = time.monotonic(), 0, 50 if timed else max(1, min(ADAPTED, enough // 50)), math.inf
    with ThreadPoolExecutor(len(lanes)) as threads:
        while True:
            now = time.monotonic()
            progress = max(done / enough, (now - began) / limit_s)
            best = min(lanes, key=lambda lane: float(lane.spot.best_usd[0])).spot
            over = state.over or progress >= 1.0
            if best.best_usd[0] < taken and (over or best.best_usd[0] < taken - TOLD * abs(taken)):
                taken = float(best.best_usd[0])
                pool.offer(best.best, found)
            if state.reached:
                return "gap"
            if state.over:
                return "stopped" if state.stopped else "time"
            if progress >= 1.0:
                return "patience"
            count = min(batch, enough - done)
            list(threads.map(_Lane.run, lanes, [count] * len(lanes), [progress] * len(lanes)))
            done += count
            state.work["chains"] = state.work.get("chains", 0) + count
            if timed:
                rate = BATCH_S / max(time.monotonic() - now, 1e-6)
                batch = max(1, min(ADAPTED, int(batch * min(2.0, rate))))


@dataclass(frozen=True)
class _Pool:
    """The placements that are kept; N columns, with being away among them."""

    packer: Packer
    columns: Columns
    rows: Rows
    option: Ints
    """(N,) option of each column; -1: away."""
    start: Ints
    job: Ints
    """(U,) job of each unit among those that have columns."""
    mean_usd: float
    """Of a unit, in size."""

    def lane(self, plan: Packing | None, seed: int) -> _Lane:
        """A lane that begins with a plan; without one each unit is where it costs least at prices of rows."""
        at = self.columns.first[self.job]
        if plan is not None:
            slots = self.packer.problem.work.slots
            key = np.where(self.option < 0, -1, self.option * slots + self.start)
            owner = np.repeat(np.arange(len(self.columns.first) - 1), np.diff(self.columns.first))
            order = np.lexsort((key, owner))
            most = int(key.max(initial=0)) + 2
            mine = self.job * most + np.where(plan.option < 0, -1, plan.option * slots + plan.start)
            at = order[np.searchsorted((owner * most + key)[order], mine)]
        price = np.maximum(self.rows.price, LOW_PRICE * float(self.rows.price.mean()))
        weight = WEIGHT * np.maximum(price, self._least_price())
        usd = np.array([np.inf])
        spot = Spot(self.job, at.copy(), weight, np.zeros_like(weight), at.copy(), usd)
        return _Lane(self.columns, self.rows, spot, seed, self.packer.back, self.mean_usd)

    def _least_price(self) -> float:
        """Where nothing has a price: a thousandth of what a unit costs for what a placement uses of a row."""
        use = self.columns.use
        return 1e-3 * self.mean_usd / max(float(use.mean()) if len(use) else 1.0, 1e-9)

    def offer(self, at: Ints, found: Best) -> None:
        """The plan of these columns."""
        self.packer.set(self.option[at], self.start[at])
        found.take("ejection chains")


def _pool(packer: Packer, found: Best, row_price: Floats) -> _Pool | None:
    """Columns of all jobs; None: there would be too many, or a job has none."""
    problem = packer.problem
    if problem.work.starts > STARTS or len(packer.job) == 0 or len(problem.rows) == 0:
        return None
    now = None
    if found.plan is not None:
        chosen = packer.solution(found.plan)
        now = Chosen(chosen.option, chosen.start, chosen.count)
    jobs, own = np.flatnonzero(problem.count > 0), np.zeros(len(problem.rows))
    core = CoreModel(problem, jobs, own, packer.room, PER_JOB, row_price, now)
    many, away = len(core.option), packer.away[jobs[core.leaves]]
    nowhere = np.full(len(away), -1)
    option, start = np.concatenate([core.option, nowhere]), np.concatenate([core.start, nowhere])
    owner, usd = core.of_column, np.concatenate([core.usd, away])
    reduced = np.concatenate([core.rank_usd, away])
    order = _kept(owner, reduced, np.concatenate([core.held, np.ones(len(away), dtype=bool)]))
    first = np.searchsorted(owner[order], np.arange(len(jobs) + 1))
    entries = np.concatenate([np.diff(core.use.indptr), np.zeros(len(away), dtype=np.int64)])[order]
    if (np.diff(first) == 0).any() or entries.sum() > ENTRIES:
        return None
    begin = np.concatenate([core.use.indptr[:many], np.zeros(len(away), dtype=np.int64)])[order]
    cells = ranges(begin, entries)
    columns = Columns(
        first, usd[order], reduced[order], np.concatenate([[0], np.cumsum(entries)]),
        core.use.indices[cells].astype(np.int64), core.use.data[cells],
    )  # fmt: skip
    job = np.searchsorted(jobs, packer.job)
    mean_usd = float(np.abs(usd[order][first[job]]).mean())
    return _Pool(packer, columns, Rows(packer.room, row_price), option[order], start[order], job, mean_usd)


def _kept(owner: Ints, reduced: Floats, held: Bools) -> Ints:
    """Numbers of the columns that are kept, by job and reduced cost: those held, LEAST of each job, and what lies least
    above the best of its job, MEAN for each job altogether.
    """
    order = np.lexsort((reduced, owner))
    owner, reduced = owner[order], reduced[order]
    first = np.searchsorted(owner, owner)
    rank, above = np.arange(len(owner)) - first, reduced - reduced[first]
    must = (rank < LEAST) | held[order]
    others = np.lexsort((rank, above, ~must))
    jobs = len(np.unique(owner))
    keep = np.sort(others[: max(MEAN * jobs, int(must.sum()))])
    result: Ints = order[keep]
    return result

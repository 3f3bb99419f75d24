"""Ejection chains (`kernels/eject.py`) over the few best placements of each job, pass after pass, colder and colder.

In a pass rows may be over their limits. Weights of what they are over follow what happens: they grow where a row is
over its limit and shrink where it is not, so that in the long run a row is over it for a share of the time that falls
towards none. The first passes begin with the plan that is there, and give the first *elites*. Later ones are shorter,
begin with a mixture of two elites, and take the place of the worst if they end cheaper.

Yagiura, Ibaraki, Glover, *A path relinking approach with ejection chains for the generalized assignment problem*,
European J. of Operational Research 169 (2006).
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

PER_JOB, MEAN, LEAST = 30, 2.5, 1
"""Placements of a job at most, of all jobs in the mean, and of each at least: those that lie least above the best of
their job, at prices of rows. Fewer in the mean are too few, with more a pass finds less in the same time.
"""

HEAT, WARM, COLD = 0.007, 0.003, 0.0015
"""$ that a chain may cost, at the beginning of a first pass and of a later one, and at the end, over the mean cost of a
unit.
"""

OVER_FIRST, OVER_LAST = 0.2, 0.3
"""Share of the time that a row is over its limit at the beginning of a pass, and that any is at its end."""

GROWTH, ADAPTED, OFTEN = 1.06, 5_000, 200
"""By which weights grow in so many chains where a row is over its limit; so often in a pass at least."""

WEIGHT, LOW_PRICE, FLOOR = 2.0, 0.1, 0.25
"""First weights over prices of rows, prices being taken as at least a share of their mean; least weights over first."""

ELITES, MIXED, NEAR = 4, 0.35, 3
"""Plans that are kept; units in which the first of two is made like the second, of those in which they differ; units in
which two plans differ at least, else only the cheaper is kept.
"""

SHARE, FRUITLESS, WIDER = 0.85, 40, 2.0
"""Of the time that is left, what passes may take; passes in a row that change no elite, after which there are so many
times as many placements, up to PER_JOB in the mean.
"""

ENOUGH, LATER, LONGEST_SHARE = 12_000, 0.33, 0.5
"""Chains per unit in a first pass, and in a later one over that; share of the time that is left for a pass, at most."""

BATCH_S = 0.1
"""Seconds between two looks at the clock, about."""


def eject(packer: Packer, found: Best, row_price: Floats, state: State, seed: int, most: int | None) -> str:
    """Passes until more placements help no more; returns how it ended: gap, time, stopped or patience.

    Parameters
    ----------
    packer, found, state
    row_price : array, shape (R,)
        By which placements are ranked.
    seed : int
    most : int, optional
        Chains of all passes on one thread, and no clock: the same plan each time.
    """
    if state.reached:
        return "gap"
    mean = MEAN
    pool = _pool(packer, found, row_price, mean)
    timed = most is None
    end = time.monotonic() + SHARE * (state.deadline - time.monotonic())
    rng = np.random.default_rng(seed)
    lanes = 2 if timed and packer.back.runner("eject") == "numba" else 1
    first = ENOUGH * len(packer.job) if most is None else max(1, most // (2 * ELITES))
    elites: list[_Elite] = []
    greedy, done, passes, fruitless = found.plan, 0, 0, 0
    while pool is not None and mean <= PER_JOB and (most is None or done < most):
        later = passes >= ELITES and len(elites) > 1
        begun = []
        for _ in range(lanes):
            at, weight = _mixed(elites, rng) if later else (pool.at(greedy), None)
            begun.append(pool.lane(at, weight, int(rng.integers(0, 2**63))))
        enough = max(1, int(LATER * first)) if later else first
        limit_s = max(LONGEST_SHARE * (end - time.monotonic()), 1e-3) if timed else math.inf
        how = _descend(pool, begun, found, state, WARM if later else HEAT, enough, limit_s, timed)
        if how != "patience" or (timed and time.monotonic() >= end - BATCH_S):
            return how
        spots = [lane.spot for lane in begun]
        changed = [_elect(elites, _Elite(float(spot.best_usd[0]), spot.best, spot.weight)) for spot in spots]
        done, passes = done + enough, passes + lanes
        fruitless = 0 if any(changed) else fruitless + lanes
        if not elites or fruitless >= FRUITLESS:  # with so few placements there may be no plan, or none that is better
            mean, elites, passes, fruitless = WIDER * mean, [], 0, 0
            pool = _pool(packer, found, row_price, mean)
    return "patience"


@dataclass(frozen=True)
class _Elite:
    """The cheapest plan of a pass, and the weights at its end."""

    usd: float
    at: Ints
    weight: Floats


def _elect(elites: list[_Elite], new: _Elite) -> bool:
    """Whether a plan becomes an elite; in place of one that is nearly the same, or of the worst."""
    if math.isinf(new.usd):
        return False
    rivals = [n for n, elite in enumerate(elites) if (elite.at != new.at).sum() < NEAR]
    if not rivals and len(elites) < ELITES:
        elites.append(new)
        return True
    n = max(rivals or range(len(elites)), key=lambda n: elites[n].usd)
    if new.usd >= elites[n].usd:
        return False
    elites[n] = new
    return True


def _mixed(elites: list[_Elite], rng: np.random.Generator) -> tuple[Ints, Floats]:
    """Columns of one elite, some as of another, and weights between theirs."""
    one, other = (elites[n] for n in rng.choice(len(elites), 2, replace=False))
    taken = rng.random(len(one.at)) < MIXED
    return np.where(taken, other.at, one.at), np.sqrt(one.weight * other.weight)


class _Lane:
    """A plan in a pass, and the chains that are tried on it."""

    def __init__(self, columns: Columns, rows: Rows, spot: Spot, least: Floats, seed: int, back: BackEnd):
        self.columns, self.rows, self.spot, self.least, self.back = columns, rows, spot, least, back
        self.seed = np.array([seed], dtype=np.uint64)

    def run(self, count: int, adapted: int, heat: float, progress: float) -> None:
        """So many chains of so much heat, and the weights after them."""
        self.back.chains(self.columns, self.rows, self.spot, count, heat, self.seed)
        rows = len(self.rows.room)
        share = OVER_FIRST * (min(OVER_LAST / rows, OVER_FIRST) / OVER_FIRST) ** progress
        up = GROWTH ** (count / adapted)
        down = up ** (-share / (1.0 - share))
        weight = self.spot.weight
        weight *= np.where(self.spot.load > self.rows.room, up, down)
        np.maximum(weight, self.least, out=weight)


def _descend(
    pool: "_Pool",
    lanes: list[_Lane],
    found: Best,
    state: State,
    hottest: float,
    enough: int,
    limit_s: float,
    timed: bool,
) -> str:  # fmt: skip
    """One pass of all lanes; returns what ended it: gap, time, stopped, or patience at its end."""
    adapted = max(1, min(ADAPTED, enough // OFTEN))
    began, done, batch, taken = time.monotonic(), 0, min(50, adapted) if timed else adapted, math.inf
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
            heat = pool.mean_usd * hottest * (COLD / hottest) ** progress
            list(threads.map(_Lane.run, lanes, *([each] * len(lanes) for each in (count, adapted, heat, progress))))
            done += count
            state.work["chains"] = state.work.get("chains", 0) + count
            if timed:
                rate = BATCH_S / max(time.monotonic() - now, 1e-6)
                batch = max(1, min(adapted, int(batch * min(2.0, rate))))


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

    def at(self, plan: Packing | None) -> Ints:
        """(U,) columns of a plan; without one each unit is where it costs least at prices of rows."""
        if plan is None:
            return self.columns.first[self.job]
        slots = self.packer.problem.work.slots
        key = np.where(self.option < 0, -1, self.option * slots + self.start)
        owner = np.repeat(np.arange(len(self.columns.first) - 1), np.diff(self.columns.first))
        order = np.lexsort((key, owner))
        most = int(key.max(initial=0)) + 2
        mine = self.job * most + np.where(plan.option < 0, -1, plan.option * slots + plan.start)
        found: Ints = order[np.searchsorted((owner * most + key)[order], mine)]
        return found

    def lane(self, at: Ints, weight: Floats | None, seed: int) -> _Lane:
        """A lane that begins so; without weights with the first."""
        price = np.maximum(self.rows.price, LOW_PRICE * float(self.rows.price.mean()))
        first = WEIGHT * np.maximum(price, self._least_price())
        begun = first.copy() if weight is None else weight
        spot = Spot(self.job, at.copy(), begun, np.zeros_like(first), at.copy(), np.array([np.inf]))
        return _Lane(self.columns, self.rows, spot, FLOOR * first, seed, self.packer.back)

    def _least_price(self) -> float:
        """Where nothing has a price: a thousandth of what a unit costs for what a placement uses of a row."""
        use = self.columns.use
        return 1e-3 * self.mean_usd / max(float(use.mean()) if len(use) else 1.0, 1e-9)

    def offer(self, at: Ints, found: Best) -> None:
        """The plan of these columns."""
        self.packer.set(self.option[at], self.start[at])
        found.take("ejection chains")


def _pool(packer: Packer, found: Best, row_price: Floats, mean: float) -> _Pool | None:
    """Columns of all jobs, so many in the mean; None: there would be too many, or a job has none."""
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
    order = _kept(owner, reduced, np.concatenate([core.held, np.ones(len(away), dtype=bool)]), mean)
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


def _kept(owner: Ints, reduced: Floats, held: Bools, mean: float) -> Ints:
    """Numbers of the columns that are kept, by job and reduced cost: those held, LEAST of each job, and what lies least
    above the best of its job, so many in the mean.
    """
    order = np.lexsort((reduced, owner))
    owner, reduced = owner[order], reduced[order]
    first = np.searchsorted(owner, owner)
    rank, above = np.arange(len(owner)) - first, reduced - reduced[first]
    must = (rank < LEAST) | held[order]
    others = np.lexsort((rank, above, ~must))
    jobs = len(np.unique(owner))
    keep = np.sort(others[: max(int(mean * jobs), int(must.sum()))])
    result: Ints = order[keep]
    return result

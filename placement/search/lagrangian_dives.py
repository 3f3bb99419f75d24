"""Assignments: each job on one of many rows, whose limits are whole numbers; knapsacks, and dives between them.

Let items be the placements that take from a row, and prices u[j] be those of placing job j. Every plan costs at least

    L(u) = Σ_j u[j] + Σ_r (knapsack of row r, of items at usd - u[j]) + Σ_j min(0, free[j] - u[j]),

free[j] the least that j costs where it takes from no row, or away. This is above the bound at prices of rows. Prices
climb by the volume algorithm, whose mean of knapsacks tells which items good plans have. A *dive* fixes those of which
most knapsacks have some, a few jobs at a time with a little chance, climbs a little for what is left, and goes on until
all jobs are fixed, or until L says that nothing cheaper than the best plan comes of it. Where dives get nowhere, the
few placements that a cheaper plan can have are solved exactly (`knapsack_core`).

Barahona, Anbil, *The volume algorithm: producing primal solutions with a subgradient method*, Mathematical Programming
87 (2000).
"""

import math
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

import numpy as np

from placement.kernels.backend import BackEnd
from placement.kernels.capacity import Bools
from placement.kernels.knapsack import Knapsacks
from placement.kernels.work import Floats, Ints
from placement.models.core import SAFETY, below
from placement.search.annealing import Best
from placement.search.bound import legal
from placement.search.core_model import CoreModel
from placement.search.knapsack_core import core_of, rounded_up, step_of
from placement.search.knapsack_core import solve as solve_core
from placement.search.packing import SLACK, Packer
from placement.search.state import State

FEWEST, STARTS, CELLS = 800, 100_000, 10_000_000
"""Placements of the problem: with fewer, branch and bound proves more in the same time; with more, or with more items
times room of their rows, summed, knapsacks take long.
"""

SHARE, EACH, FRUITLESS = 0.8, 2_000, 600
"""Of the time that is left; under a work limit a dive for so many chains; dives in a row without a better plan that are
enough.
"""

CLIMBS = ((300, 0.1, 1.0, 2e-3), (500, 0.05, 0.5, 5e-4))
"""At first: steps, share of a new knapsack in the mean, first length of a step, and how far above the best bound that
aims, over it; no higher than what the best plan costs, and LEAST_AIM at least.
"""

AGAIN, STEPS = (0.15, 0.3, 2e-3), (15, 30)
"""The same after each fixing; steps are one or the other, by lot for a dive."""

CORE_AFTER, CORE_MOST, CORE_PART, CORE_SHARE, CORE_NODES = 40, 800, 0.05, 0.4, 2_000
"""Dives in a row without a better plan after which the core is asked, once for each best plan; the most placements that
it may have, or this share of all, if that is more; its share of the time that is left, or its nodes where no clock
decides.
"""

LEAST_AIM, NOTHING = 5e-5, 1e-9

PATIENCE, SHORTER = 12, 0.8
"""Steps without a better bound after which steps are shorter, and by how much."""

FIXED, SURE, LOOKED = 0.2, 0.6, 3
"""Of the jobs that are left, those that are fixed at once, one in any case; the share of knapsacks that others need;
placements that are looked at for each that is fixed.
"""

CHANCE, LIKING = 0.08, (0.0, 0.3)
"""What is added to these shares: by chance, its standard deviation; and, by lot for a dive,
to placements of the best plan.
"""


def dive(packer: Packer, found: Best, row_price: Floats, state: State, seed: int, most: int | None) -> str:
    """Bounds and plans until the share of the time is over; returns how it ended: gap, time, stopped or patience.

    Parameters
    ----------
    packer, found, state
    row_price : array, shape (R,)
        Where prices of jobs begin.
    seed : int
    most : int, optional
        A dive for so many EACH on one thread, and no clock: the same plan each time.
    """
    if state.reached:
        return "gap"
    items = _items(packer)
    if items is None:
        return "patience"
    timed = most is None
    end = time.monotonic() + SHARE * (state.deadline - time.monotonic()) if timed else math.inf

    def over() -> bool:
        return state.over or time.monotonic() >= end

    limit = _Limit(packer, found, items.grain, over)
    climb = _root(packer, items, legal(packer.problem, row_price), limit, state)
    lanes = 2 if timed and packer.back.runner("knapsack") == "numba" else 1
    count = math.inf if most is None else max(1, most // EACH)
    liked = np.zeros(len(items.job), dtype=bool)
    begun, fruitless, running = 0, 0, set[Future[Ints | None]]()
    asked_usd = math.inf

    def take(at: Ints | None, source: str) -> bool:
        nonlocal liked
        if at is None or _usd(items, at) >= limit.usd:
            return False
        liked = np.isin(np.arange(len(items.job)), at)
        packer.set(items.option[at], items.start[at])
        found.take(source)
        limit.lower(found)
        return True

    with ThreadPoolExecutor(lanes) as threads:
        while not (over() or state.reached or fruitless >= FRUITLESS):
            ask = fruitless >= CORE_AFTER and limit.usd < asked_usd
            if ask and not running:
                asked_usd = limit.usd
                left_s = CORE_SHARE * (end - time.monotonic())
                if take(_core(items, climb, found, limit, state, seed, left_s if timed else math.inf), "exact"):
                    fruitless = 0
                continue
            while len(running) < lanes and begun < count and not ask:
                rng = np.random.default_rng([seed, begun])
                running.add(threads.submit(_dived, packer.back, items, climb, rng, liked, limit))
                begun += 1
            if not running:
                break
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for each in done:
                fruitless = 0 if take(each.result(), "dives") else fruitless + 1
        limit.ended = True
    state.work["dives"] = state.work.get("dives", 0) + begun
    if state.reached:
        return "gap"
    return ("stopped" if state.stopped else "time") if state.over else "patience"


def _core(
    items: "_Items", climb: "_Climb", found: Best, limit: "_Limit", state: State, seed: int, time_limit_s: float
) -> Ints | None:
    """(units,) placements of a cheaper plan, by branch and bound; tells what that proves."""
    if found.plan is None:
        return None
    best_usd = found.plan.usd - limit.constant_usd
    core = core_of(items.knapsacks, items.job, items.usd, climb.price, climb.proven_usd, best_usd, items.grain)
    if len(core.keep) > max(CORE_MOST, CORE_PART * len(items.job)):
        return None
    nodes = CORE_NODES if math.isinf(time_limit_s) else None
    solved = solve_core(
        core, items.knapsacks, items.job, items.usd, items.units, items.grain, time_limit_s, nodes, seed, state.stop
    )
    state.work["nodes"] += solved.nodes
    least = min(solved.bound_usd, best_usd if solved.at is None else _usd(items, solved.at))
    state.prove(below([np.array([least])], limit.constant_usd), "exact")
    return solved.at


class _Limit:
    """What ends a dive: what a plan that is cheaper than the best costs at most, constant left out, and the clock."""

    def __init__(self, packer: Packer, found: Best, grain: float, over: Callable[[], bool]):
        self.constant_usd, self._over, self.ended = packer.problem.constant_usd, over, False
        self._grain, self.usd = grain, math.inf
        self.lower(found)

    def lower(self, found: Best) -> None:
        """Below the cost of the best plan: by a grain, where costs are whole numbers of it."""
        if found.plan is not None:
            usd = found.plan.usd - self.constant_usd
            self.usd = usd - max(self._grain - SAFETY * max(1.0, abs(usd)), 0.0)

    def over(self) -> bool:
        """Whether the time is over."""
        return self.ended or self._over()


@dataclass(frozen=True)
class _Items:
    """Placements, N of them: those that take from a row first, by row, then the cheapest of each job that takes from
    none, being away among them.
    """

    knapsacks: Knapsacks
    job: Ints
    """(N,) unit that it is of."""
    usd: Floats
    """(N,) own cost."""
    option: Ints
    """(N,) -1: away."""
    start: Ints
    units: int
    step: int
    """What sizes and room are counted in."""
    grain: float
    """Of which all costs are whole multiples; 0: of none."""

    @property
    def inside(self) -> int:
        """How many take from a row."""
        return len(self.knapsacks.size)

    def row(self) -> Ints:
        """(inside,) row of each that takes from one."""
        return np.repeat(np.arange(len(self.knapsacks.room)), np.diff(self.knapsacks.first))


def _items(packer: Packer) -> _Items | None:
    """The placements; None: there are too many, or the problem is no assignment in whole numbers."""
    problem = packer.problem
    if not FEWEST <= problem.work.starts <= STARTS or len(packer.job) == 0 or (problem.count > 1).any():
        return None
    jobs = np.flatnonzero(problem.count > 0)
    core = CoreModel(problem, jobs, np.zeros(len(problem.rows)), problem.rows.upper + SLACK, None)
    entries = np.diff(core.use.indptr)
    rows = core.use.indices.astype(np.int64)
    if (entries > 1).any() or not np.isfinite(problem.rows.upper[np.unique(rows)]).all():
        return None
    single = np.flatnonzero(entries == 1)
    size, unit = core.use.data.astype(np.int64), core.owner[single]
    if len(size) == 0 or (size != core.use.data).any() or len(np.unique(rows * len(jobs) + unit)) < len(rows):
        return None
    step = max(int(np.gcd.reduce(size)), 1)
    room = np.zeros(len(problem.rows), dtype=np.int64)
    room[rows] = np.floor(problem.rows.upper[rows] + SLACK).astype(np.int64) // step
    order = np.lexsort((unit, rows))
    many = np.bincount(rows, minlength=len(room))
    if (many * (room + 1)).sum() > CELLS:
        return None
    away = packer.away[jobs]
    outside = np.flatnonzero(entries == 0)
    owner = np.concatenate([core.owner[outside], np.arange(len(jobs))])
    usd = np.concatenate([core.usd[outside], away])
    nowhere = np.full(len(jobs), -1)
    option, start = np.concatenate([core.option[outside], nowhere]), np.concatenate([core.start[outside], nowhere])
    cheapest = np.lexsort((usd, owner))
    cheapest = cheapest[np.searchsorted(owner[cheapest], np.arange(len(jobs)))]
    cheapest = cheapest[np.isfinite(usd[cheapest])]
    if len(np.union1d(unit, owner[cheapest])) < len(jobs):  # one that must run fits nowhere
        return None
    first = np.concatenate([[0], np.cumsum(many)])
    every_usd = np.concatenate([core.usd[single][order], usd[cheapest]])
    return _Items(
        Knapsacks(first, size[order] // step, room),
        np.concatenate([unit[order], owner[cheapest]]),
        every_usd,
        np.concatenate([core.option[single][order], option[cheapest]]),
        np.concatenate([core.start[single][order], start[cheapest]]),
        len(jobs),
        step,
        step_of(every_usd),
    )  # fmt: skip


@dataclass(frozen=True)
class _Left:
    """What is not fixed yet, and what is."""

    room: Ints
    """(R,)"""
    free: Bools
    """(units,)"""
    open: Bools
    """(N,) placements of these."""
    usd: float = 0.0
    """Of what is fixed."""


@dataclass(frozen=True)
class _Climb:
    """Prices of jobs, and the mean of what knapsacks took at prices near by."""

    price: Floats
    """(units,) u of the best bound."""
    mean: Floats
    """(N,)"""
    usd: float
    """The best bound, what is constant left out."""
    proven_usd: float
    """The same, less what summing can be off."""


def _climbed(
    back: BackEnd,
    items: _Items,
    left: _Left,
    price: Floats,
    mean: Floats | None,
    how: tuple[int, float, float, float],
    limit: _Limit,
) -> _Climb:
    """Prices after some steps of the volume algorithm, for what is left."""
    steps, share, length, aim = how
    knapsacks, inside, free = items.knapsacks._replace(room=left.room), items.inside, left.free
    best, best_price, proven, waited = -math.inf, price, -math.inf, 0
    own = np.where(left.open, items.usd, np.inf)
    for _ in range(steps):
        reduced = own - price[items.job]
        cost, taken = back.knapsacks(knapsacks, reduced[:inside])
        outside = np.minimum(reduced[inside:], 0.0)
        new = np.concatenate([taken, outside < 0.0]).astype(np.float64)
        mean = new if mean is None else mean + share * (new - mean)
        parts = (price[free], cost, outside)
        usd = left.usd + sum(float(part.sum()) for part in parts)
        if usd > best:
            best, best_price, proven, waited = usd, price, below(parts, left.usd), 0
        else:
            waited += 1
            if waited >= PATIENCE:
                length, waited = length * SHORTER, 0
        short = np.where(free, 1.0 - np.bincount(items.job, mean, items.units), 0.0)
        norm = float(short @ short)
        if norm < NOTHING or best >= limit.usd or limit.over():
            break
        ahead = max(min(limit.usd - best, aim * abs(best)), LEAST_AIM * abs(best))
        price = best_price + length * ahead / norm * short
    assert mean is not None
    return _Climb(best_price, mean, best, proven)


def _root(packer: Packer, items: _Items, row_price: Floats, limit: _Limit, state: State) -> _Climb:
    """The first climbs, from prices of rows; their bounds are told."""
    there = items.usd.copy()
    there[: items.inside] += items.step * row_price[items.row()] * items.knapsacks.size
    price = np.full(items.units, np.inf)
    np.minimum.at(price, items.job, there)
    everything = _Left(items.knapsacks.room, np.ones(items.units, dtype=bool), np.ones(len(items.job), dtype=bool))
    mean = None
    for how in CLIMBS:
        climb = _climbed(packer.back, items, everything, price, mean, how, limit)
        price, mean = climb.price, climb.mean
        proven = rounded_up(climb.proven_usd, items.grain)
        state.prove(below([np.array([proven])], packer.problem.constant_usd), "knapsacks")
    return climb


def _usd(items: _Items, at: Ints) -> float:
    """What placements cost."""
    return float(items.usd[at].sum())


def _dived(
    back: BackEnd, items: _Items, climb: _Climb, rng: np.random.Generator, liked: Bools, limit: _Limit
) -> Ints | None:
    """(units,) the placement of each; None: it leads to nothing cheaper than the best plan, or time was over."""
    knapsacks, job, inside = items.knapsacks, items.job, items.inside
    size = np.concatenate([knapsacks.size, np.zeros(len(job) - inside, dtype=np.int64)])
    row = np.concatenate([items.row(), np.zeros(len(job) - inside, dtype=np.int64)])
    price, mean, at = climb.price, climb.mean.copy(), np.full(items.units, -1)
    room, usd = knapsacks.room.copy(), 0.0
    free, open_ = np.ones(items.units, dtype=bool), np.ones(len(job), dtype=bool)
    again, more = (int(rng.choice(STEPS)), *AGAIN), float(rng.choice(LIKING)) * liked
    while not limit.over():
        score = np.where(open_ & (size <= room[row]), mean + more + CHANCE * rng.standard_normal(len(mean)), -np.inf)
        most, fixed = max(1, int(FIXED * int(free.sum()))), 0
        for n in np.argsort(-score, kind="stable")[: LOOKED * most].tolist():
            if fixed == most or score[n] == -np.inf or (fixed and score[n] < SURE):
                break
            if free[job[n]] and size[n] <= room[row[n]]:
                at[job[n]], free[job[n]] = n, False
                room[row[n]] -= size[n]
                usd += float(items.usd[n])
                fixed += 1
        if not fixed:
            return None
        if not free.any():
            return at
        open_ &= free[job]
        mean[~open_] = 0.0
        climb = _climbed(back, items, _Left(room, free, open_, usd), price, mean, again, limit)
        if climb.usd >= limit.usd:
            return None
        price, mean = climb.price, climb.mean.copy()
    return None

"""A solve of a packing problem (`packing`) that is too large for one model: price, bound, fix, construct, anneal.

prices of rows by ascent and their bound (`ascent`)  →  the bound with the largest jobs kept together (`core`)
→  the largest jobs fixed tier by tier (`core`), the others put where they fit at the prices that are left
→  annealing of the whole plan (`kernels/anneal.py`), colder and colder until the limit
"""

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from placement.kernels.anneal import width_of
from placement.kernels.work import Floats, Ints
from placement.problem import Problem
from placement.search.ascent import TEMPERATURES, ascend
from placement.search.bound import priced_bound
from placement.search.core import Chosen, hard_core_bound, relax_and_fix
from placement.search.packing import Packer, Packing
from placement.search.sample import sampled
from placement.search.state import State

FIRST, EVALUATIONS = 150, 850
"""Of the smoothed bound: before the first plan at its prices, and after it."""

TRIED = 4
"""Evaluations by which it is seen how long they take."""

SAMPLED = 200
"""Evaluations on each sample of the jobs."""

SAMPLE_STEP, SAMPLE_STARTS = 8, 2_000_000
"""Each sample has so many times the jobs of the one before; the first at most so many placements."""

AGAIN = 30
"""Evaluations after each tier, from the prices before it."""

AGAIN_TEMPERATURES = (0.005, 0.001)
SAMPLE_SHARE, FIRST_SHARE, ASCENT_SHARE, CORE_SHARE, TIERS_SHARE = 0.1, 0.1, 0.15, 0.08, 0.3
"""Most of the time limit for each sample, both parts of the ascent, the bound of the largest jobs, and tiers."""

CORE_S = 20.0
"""Most seconds for the solver at once, for a bound or a tier; under a work limit its nodes alone are limited."""

HEAT = 0.1
"""$ that a first round of annealing may cost, over the mean cost of a unit."""

GUIDED = 0.5
"""Share of rounds that put back at guiding prices."""

PATIENCE = 400
"""Rounds per unit after which annealing ends where no limit does."""

BATCH_S = 0.2
"""Seconds of annealing between two looks at the clock, about."""

BRIEF, BRIEF_BATCH, BRIEF_SHARE = 40_000, 50, 0.05
"""Rounds by which the first plan at prices is bettered, at most five per unit; how many between two looks at the clock;
most of the time limit for them.
"""

SHARED = 1_000
"""Units from which on two threads share a plan."""

TOLD = 1e-4
"""Share of the cost by which a plan must be cheaper to be told of at once."""


@dataclass(frozen=True)
class Ended:
    """How it went."""

    how: str
    packer: Packer
    plan: Packing | None
    baseline_usd: float | None


def pack(
    problem: Problem,
    state: State,
    submitted: Floats,
    begin: Chosen | None,
    *,
    baseline: bool,
    seed: int,
    work_limit: int | None,
) -> Ended:
    """Search until the gap, the limits or the patience are reached.

    Parameters
    ----------
    problem : Problem
        For which `packing.is_packing` holds.
    state : State
        Told of bounds and plans.
    submitted : array, shape (J,)
        When each job was asked for, hours; the order of the baseline.
    begin : Chosen, optional
        Placements of a plan to begin with; what does not fit is put elsewhere.
    baseline : bool
        Whether to work out first come, first served.
    seed : int
    work_limit : int, optional
        At most so many rounds of annealing; without it the clock decides.
    """
    state.prove(priced_bound(problem).usd, "priced")
    packer = Packer(problem)
    found = _Best(packer, state)
    order, none = packer.hardest_first(), np.zeros(len(problem.rows))
    packer.construct(order, none)
    found.take("greedy")
    if begin is not None:
        packer.begin_with(begin.option, begin.start, begin.count)
        found.take("start")
    served = None
    if baseline and not state.over:
        served = packer.first_come(submitted)
        found.take("fcfs")
    if not state.reached and not state.over:
        _by_prices(problem, packer, state, found, order, math.inf if work_limit is not None else CORE_S)
    how = _anneal(packer, found, state, seed, work_limit)
    baseline_usd = None if served is None or math.isinf(served.usd) else served.usd
    return Ended(how, packer, found.plan, baseline_usd)


def _by_prices(problem: Problem, packer: Packer, state: State, found: "_Best", order: Ints, most_s: float) -> None:
    """Prices, bounds, and plans that follow them; `most_s`: seconds that the solver is given for a core."""
    clock = _Clock(state)

    def proven(usd: float) -> None:
        state.prove(usd, "ascent")

    price, each_s = _first_prices(problem, packer.size, clock, proven)
    packer.guide_by(price)
    packer.construct(order, price)
    found.take("priced greedy")
    over, seeds = clock.past(BRIEF_SHARE), [np.zeros(1, dtype=np.uint64)]
    everything = [(np.arange(len(packer.job)), 0, problem.work.slots)]
    for _ in range(min(BRIEF, 5 * len(packer.job)) // BRIEF_BATCH):
        if over():
            break
        _rounds(packer, everything, BRIEF_BATCH, 0.0, seeds)
    found.take("annealing")
    if state.reached or state.over:
        return
    some = int(min(EVALUATIONS, clock.share_s(ASCENT_SHARE) / each_s))
    price = ascend(problem, price, some, clock.past(ASCENT_SHARE), proven, TEMPERATURES[-2:]).price
    if state.reached or state.over:
        return
    limit_s = min(most_s, clock.share_s(CORE_SHARE))
    state.prove(hard_core_bound(problem, price, packer.size, limit_s, state.stop), "largest jobs")
    over = clock.past(TIERS_SHARE)

    def reprice(rest: Problem, price: Floats) -> Floats:
        few = sampled(rest, packer.size, _every(rest))
        return ascend(few, price, AGAIN, over, temperatures=AGAIN_TEMPERATURES, unit=problem.rows.upper).last

    def limit() -> float:
        return 0.0 if over() or state.reached else min(most_s, 0.25 * clock.share_s(TIERS_SHARE))

    chosen, jobs, price = relax_and_fix(problem, price, packer.size, reprice, limit, state.stop)
    if len(jobs) == 0 or state.over:
        return
    fixed = np.zeros(problem.work.jobs, dtype=bool)
    fixed[jobs] = True
    packer.place(chosen.option, chosen.start, chosen.count)
    packer.add(order[~fixed[packer.job[order]]], price)
    packer.add(order[packer.annealer.option[order] < 0], price)
    found.take("relax and fix")
    packer.guide_by(price)


def _first_prices(
    problem: Problem, size: Floats, clock: "_Clock", proven: Callable[[float], None]
) -> tuple[Floats, float]:
    """Prices of rows: of ever larger samples of the jobs, then of all; and seconds of an evaluation with all."""
    price, every = np.zeros(len(problem.rows)), _every(problem)
    while every > 1:
        few = sampled(problem, size, every)
        price = ascend(few, price, SAMPLED, clock.past(SAMPLE_SHARE)).last
        proven(priced_bound(problem, price).usd)
        every //= SAMPLE_STEP
    over = clock.past(FIRST_SHARE)
    began = time.monotonic()
    tried = ascend(problem, price, TRIED, over, temperatures=TEMPERATURES[:1])
    each_s = (time.monotonic() - began) / max(tried.evaluations, 1)
    some = int(min(FIRST, max(clock.share_s(FIRST_SHARE) / each_s, TRIED)))
    temperatures = TEMPERATURES[-2:] if price.any() else TEMPERATURES
    return ascend(problem, price, some, over, proven, temperatures).price, each_s


def _every(problem: Problem) -> int:
    """One of so many jobs is in the first sample; a power of SAMPLE_STEP."""
    steps = math.ceil(math.log(max(problem.work.starts / SAMPLE_STARTS, 1.0), SAMPLE_STEP))
    return int(SAMPLE_STEP**steps)


class _Clock:
    """Shares of the time that is left."""

    def __init__(self, state: State):
        self.state = state
        self.all_s = state.deadline - time.monotonic()

    def share_s(self, share: float) -> float:
        """Seconds of a share."""
        return max(0.0, share * self.all_s)

    def past(self, share: float) -> Callable[[], bool]:
        """Whether a share that begins now is over, or everything is."""
        end = time.monotonic() + self.share_s(share)
        return lambda: self.state.over or time.monotonic() >= end


def _anneal(packer: Packer, found: "_Best", state: State, seed: int, work_limit: int | None) -> str:
    """Annealing from the best plan until something ends it; returns what did."""
    if found.plan is not None:
        packer.set(found.plan.option, found.plan.start)
    units = len(packer.job)
    most = work_limit if work_limit is not None else PATIENCE * max(units, 1)
    began, done, batch = time.monotonic(), 0, 50
    rng = np.random.default_rng(seed)
    seeds = [np.array([s], dtype=np.uint64) for s in rng.integers(0, 2**63, 2)]
    known = np.abs(packer.annealer.usd[np.isfinite(packer.annealer.usd)])
    mean = float(known.mean()) if len(known) else 0.0
    while True:
        if state.reached:
            return "gap"
        if state.stopped:
            found.take("annealing")
            return "stopped"
        now = time.monotonic()
        by_clock = (now - began) / max(state.deadline - began, 1e-9) if math.isfinite(state.deadline) else 0.0
        by_rounds = done / most if work_limit is not None or math.isinf(state.deadline) else 0.0
        if max(by_clock, by_rounds) >= 1.0 or units == 0:
            found.take("annealing")
            return "time" if by_clock >= 1.0 else "work" if work_limit is not None else "patience"
        heat = HEAT * mean * (1.0 - max(by_clock, by_rounds)) ** 2
        count = min(batch, most - done) if work_limit is not None or math.isinf(state.deadline) else batch
        parts = _parts(packer, rng) if work_limit is None else [(np.arange(units), 0, packer.problem.work.slots)]
        _rounds(packer, parts, count, heat, seeds)
        done += count
        state.work["rounds"] = done
        found.take("annealing", TOLD)
        if work_limit is None:
            took = time.monotonic() - now
            batch = max(1, int(batch * min(2.0, BATCH_S / max(took, 1e-6))))


def _parts(packer: Packer, rng: np.random.Generator) -> list[tuple[Ints, int, int]]:
    """Units and slots that threads anneal at once: the horizon cut in two, and what is away shared out."""
    slots, plan = packer.problem.work.slots, packer.annealer
    width = width_of(slots)
    cut = int(slots * rng.uniform(0.3, 0.7)) // width * width
    units = np.arange(len(packer.job))
    if len(units) < SHARED or packer.back.name != "numba" or not 0 < cut < slots:
        return [(units, 0, slots)]
    away = plan.option < 0
    early = np.where(away, units % 2 == rng.integers(0, 2), plan.start < cut)
    pools = [np.flatnonzero(early), np.flatnonzero(~early)]
    return [(pool, *ends) for pool, ends in zip(pools, [(0, cut), (cut, slots)], strict=True) if len(pool)]


def _rounds(
    packer: Packer, parts: list[tuple[Ints, int, int]], count: int, heat: float, seeds: list[np.ndarray]
) -> None:
    """Rounds in all parts, as many in each as its units ask for."""
    plan, units = packer.annealer, sum(len(pool) for pool, _, _ in parts)
    errors: list[BaseException] = []

    def run(part: tuple[Ints, int, int], seed: np.ndarray) -> None:
        pool, first, end = part
        try:
            plan.rounds(pool, max(1, count * len(pool) // units), heat, GUIDED, seed, first, end)
        except BaseException as error:
            errors.append(error)

    others = [
        threading.Thread(target=run, args=given, daemon=True) for given in zip(parts[1:], seeds[1:], strict=False)
    ]
    for other in others:
        other.start()
    run(parts[0], seeds[0])
    for other in others:
        other.join()
    if errors:
        raise errors[0]


class _Best:
    """The cheapest plan so far."""

    def __init__(self, packer: Packer, state: State):
        self.packer, self.state = packer, state
        self.plan: Packing | None = None

    def take(self, source: str, by: float = 0.0) -> None:
        """The packer's plan, if it is cheaper by a share of the cost."""
        usd = self.packer.usd()
        less = math.inf if self.plan is None else self.plan.usd - usd
        if math.isfinite(usd) and less > by * abs(usd - self.state.constant_usd):
            self.plan = self.packer.plan()
            self.state.offer(usd, self.plan.start.astype(np.float64), source)

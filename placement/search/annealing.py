"""Annealing of a whole plan (`kernels/anneal.py`), colder and colder until a limit, on two threads where it can be."""

import math
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from placement.kernels.anneal import width_of
from placement.kernels.work import Ints
from placement.search.packing import Packer, Packing
from placement.search.state import State

HEAT = 0.1
"""$ that a first round of annealing may cost, over the mean cost of a unit."""

GUIDED = 0.5
"""Share of rounds that put back at guiding prices."""

PATIENCE = 400
"""Rounds per unit after which annealing ends where no limit does."""

BATCH_S = 0.2
"""Seconds of annealing between two looks at the clock, about."""

BRIEF, BRIEF_BATCH = 40_000, 50
"""Rounds by which a plan at prices is bettered, at most five per unit; how many between two looks at the clock."""

SHARED = 1_000
"""Units from which on two threads share a plan."""

TOLD = 1e-4
"""Share of the cost by which a plan must be cheaper to be told of at once."""


class Best:
    """The cheapest plan so far."""

    def __init__(self, packer: Packer, state: State):
        self.packer, self.state = packer, state
        self.plan: Packing | None = None

    def take(self, source: str, by: float = 0.0) -> None:
        """The packer's plan, if it is cheaper by a share of the cost, and no row is over its limit."""
        usd = self.packer.usd()
        less = math.inf if self.plan is None else self.plan.usd - usd
        if math.isfinite(usd) and less > by * abs(usd - self.state.constant_usd) and self.packer.settle():
            self.plan = self.packer.plan()
            self.state.offer(usd, self.plan.start.astype(np.float64), source)


def brief(packer: Packer, found: Best, over: Callable[[], bool]) -> None:
    """Some cold rounds: what a plan that was just put together lacks most."""
    seeds = [np.zeros(1, dtype=np.uint64)]
    everything = [(np.arange(len(packer.job)), 0, packer.problem.work.slots)]
    for _ in range(min(BRIEF, 5 * len(packer.job)) // BRIEF_BATCH):
        if over():
            break
        _rounds(packer, everything, BRIEF_BATCH, 0.0, seeds)
    found.take("annealing")


def anneal(packer: Packer, found: Best, state: State, seed: int, work_limit: int | None) -> str:
    """Annealing from the best plan until something ends it; returns what did: gap, time, work, patience or stopped."""
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
    share = [max(1, count * len(pool) // units) for pool, _, _ in parts]
    with ThreadPoolExecutor(max(1, len(parts) - 1)) as others:
        running = [
            others.submit(plan.rounds, pool, many, heat, GUIDED, seed, first, end)
            for (pool, first, end), many, seed in zip(parts[1:], share[1:], seeds[1:], strict=False)
        ]
        pool, first, end = parts[0]
        plan.rounds(pool, share[0], heat, GUIDED, seeds[0], first, end)
        for other in running:
            other.result()

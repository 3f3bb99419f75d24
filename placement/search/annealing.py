"""Annealing of a whole plan (`kernels/anneal.py`), colder and colder until a limit, on two threads where it can be."""

import math
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from placement.kernels.plan import width_of
from placement.kernels.work import Ints
from placement.search.core_model import Chosen
from placement.search.packing import Packer, Packing
from placement.search.state import State

HEAT = 0.1
"""$ that a first round of annealing may cost, over the mean cost of a unit."""

PUSHED = 0.3
"""Share of rounds that push a unit in (`kernels/push.py`): one that is away, or a large one."""

GUIDED = 0.5
"""Share of rounds that put back at guiding prices."""

ENOUGH = 500
"""Rounds per unit after which annealing ends."""

SHARE, STUCK = 0.8, 0.3
"""Of the time that is left: what annealing has at least, and how long it may find nothing better."""

RATE_S = 2.0
"""Seconds after which it is known how long rounds take."""

BATCH_S = 0.2
"""Seconds of annealing between two looks at the clock, about."""

BRIEF, BRIEF_BATCH, BRIEF_UNITS = 40_000, 50, 1_000
"""Rounds by which a plan at prices is bettered, at most five per unit; how many between two looks at the clock, or one
for so many units, where that is more.
"""

MOVES, MOVES_HEAT = 67, 0.6
"""Small moves (`kernels/moves.py`) for each round where clusters are switched on and off, and their heat over that of
rounds. Elsewhere they gain nothing.
"""

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

    def chosen(self) -> Chosen | None:
        """Its placements."""
        if self.plan is None:
            return None
        made = self.packer.solution(self.plan)
        return Chosen(made.option, made.start, made.count)


def brief(packer: Packer, found: Best, over: Callable[[], bool]) -> None:
    """Some cold rounds: what a plan that was just put together lacks most."""
    seeds = [np.zeros(1, dtype=np.uint64)]
    everything = [(np.arange(len(packer.job)), 0, packer.problem.work.slots)]
    batch = max(BRIEF_BATCH, len(packer.job) // BRIEF_UNITS)
    for _ in range(min(BRIEF, 5 * len(packer.job)) // batch):
        if over():
            break
        _rounds(packer, everything, batch, 0.0, seeds)
    found.take("annealing")


def anneal(packer: Packer, found: Best, state: State, seed: int, rounds: int | None, heat: float = HEAT) -> str:
    """Annealing from the best plan until something ends it; returns what did.

    `gap`, `time` and `stopped` end the whole search. `patience`: the rounds asked for are done; where none are, ENOUGH
    are, or for a long time none has led to a better plan (not where clusters are switched: hot rounds, which move units
    away before they pay, find nothing better for long). `heat`: as HEAT.
    """
    if found.plan is not None:
        packer.set(found.plan.option, found.plan.start)
    units = len(packer.job)
    most = ENOUGH * max(units, 1) if rounds is None else rounds
    all_s = state.deadline - time.monotonic()
    began, done, batch = time.monotonic(), 0, 50
    better, better_usd = began, state.cost_usd
    rng = np.random.default_rng(seed)
    seeds = [np.array([s], dtype=np.uint64) for s in rng.integers(0, 2**63, 2)]
    known = np.abs(packer.annealer.usd[np.isfinite(packer.annealer.usd)])
    mean = float(known.mean()) if len(known) else 0.0
    while True:
        if state.reached:
            return "gap"
        now = time.monotonic()
        if state.over:
            found.take("annealing")
            return "stopped" if state.stopped else "time"
        progress = done / most
        if rounds is None and math.isfinite(all_s):
            enough_s = most * (now - began) / done if done and now - began > RATE_S else math.inf
            progress = (now - began) / min(max(enough_s, SHARE * all_s), all_s)
        stuck = rounds is None and packer.gates is None and now - better > max(STUCK * all_s, RATE_S)
        if progress >= 1.0 or units == 0 or stuck:
            found.take("annealing")
            return "patience"
        count = batch if rounds is None else min(batch, most - done)
        parts = _parts(packer, rng) if rounds is None else [(np.arange(units), 0, packer.problem.work.slots)]
        _rounds(packer, parts, count, heat * mean * (1.0 - progress) ** 2, seeds)
        done += count
        state.work["rounds"] = done
        found.take("annealing", TOLD)
        if state.cost_usd < better_usd:
            better, better_usd = time.monotonic(), state.cost_usd
        if rounds is None:
            took = time.monotonic() - now
            batch = max(1, int(batch * min(2.0, BATCH_S / max(took, 1e-6))))


def _parts(packer: Packer, rng: np.random.Generator) -> list[tuple[Ints, int, int]]:
    """Units and slots that threads anneal at once: the horizon cut in two, and what is away shared out."""
    slots, plan = packer.problem.work.slots, packer.annealer
    width = width_of(slots)
    cut = int(slots * rng.uniform(0.3, 0.7)) // width * width
    units = np.arange(len(packer.job))
    if (
        len(units) < SHARED
        or packer.gates is not None
        or packer.back.runner("anneal") != "numba"
        or not 0 < cut < slots
    ):
        return [(units, 0, slots)]
    away = plan.option < 0
    early = np.where(away, units % 2 == rng.integers(0, 2), plan.start < cut)
    pools = [np.flatnonzero(early), np.flatnonzero(~early)]
    return [(pool, *ends) for pool, ends in zip(pools, [(0, cut), (cut, slots)], strict=True) if len(pool)]


def _rounds(
    packer: Packer, parts: list[tuple[Ints, int, int]], count: int, heat: float, seeds: list[np.ndarray]
) -> None:
    """Rounds in all parts, as many in each as its units ask for."""
    units = sum(len(pool) for pool, _, _ in parts)
    share = [max(1, count * len(pool) // units) for pool, _, _ in parts]
    with ThreadPoolExecutor(max(1, len(parts) - 1)) as others:
        running = [
            others.submit(_part, packer, part, many, heat, seed)
            for part, many, seed in zip(parts[1:], share[1:], seeds[1:], strict=False)
        ]
        _part(packer, parts[0], share[0], heat, seeds[0])
        for other in running:
            other.result()


def _part(packer: Packer, part: tuple[Ints, int, int], count: int, heat: float, seed: np.ndarray) -> None:
    """Rounds of all kinds in a part of the horizon."""
    plan, (pool, first, end) = packer.annealer, part
    hard = pool[(plan.option[pool] < 0) | packer.large[pool]]
    pushed = int(PUSHED * count) if len(hard) else 0
    plan.rounds(pool, count - pushed, heat, GUIDED, seed, first, end)
    if pushed:
        plan.push(hard, pushed, heat, GUIDED, seed, first, end)
    if packer.gates is not None:
        plan.moves(pool, MOVES * count, MOVES_HEAT * heat, seed, first, end)

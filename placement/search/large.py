"""A solve of a packing problem (`packing`) that is too large for one model: price, bound, construct, improve."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from placement.kernels.placements import Placements
from placement.kernels.work import Floats, Ints
from placement.problem import Problem
from placement.search.ascent import ascend
from placement.search.bound import back_end, priced_bound
from placement.search.packing import Packer, Packing, hardest_first, improve
from placement.search.state import State

EVALUATIONS = 150
"""Of the smoothed bound."""

WEIGHTS = (1.0, 0.5, 0.0)
"""Of the row prices, of the first plans."""

ROUNDS = 250
"""Rounds of improvement between two looks at the clock."""

PATIENCE = 40
"""So many looks at the clock without a cheaper plan end the search where no limit does."""


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
    begin: Callable[[Placements], Ints] | None,
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
    begin : callable, optional
        Units of each of all placements in a plan to begin with; what does not fit is left out.
    baseline : bool
        Whether to work out first come, first served.
    seed : int
    work_limit : int, optional
        At most so many rounds of improvement; without it the clock decides.
    """
    best_of_all = back_end(problem.work).price(problem.work, problem.meter_usd)
    away = np.minimum(problem.reject_usd, problem.defer_usd)
    if np.isinf(np.minimum(best_of_all.usd, away)).any():
        state.prove(math.inf, "no plan exists")
    state.prove(priced_bound(problem).usd, "priced")
    packer = Packer(problem)
    served = _first_come(packer, submitted) if baseline else None
    found = _Best(packer, state)
    if served is not None:
        found.take(served, "fcfs")
    if begin is not None:
        found.take(_begun(packer, begin(packer.placed)), "start")
    order = hardest_first(packer)
    packer.clear()
    _insert(packer, order, packer.own, state)
    found.take(packer.plan(), "greedy")
    prices = np.zeros(len(problem.rows))
    if not state.reached and not state.over:
        prices = _ascend(problem, state)
        for weight in WEIGHTS[:-1]:
            if state.reached or state.over:
                break
            packer.clear()
            _insert(packer, order, packer.priced(weight * prices), state)
            found.take(packer.plan(), "priced greedy")
    how = _improve(packer, found, state, np.random.default_rng(seed), work_limit)
    baseline_usd = None if served is None or math.isinf(served.usd) else served.usd
    return Ended(how, packer, found.plan, baseline_usd)


def _ascend(problem: Problem, state: State) -> Floats:
    """Prices, their bound told to the state."""
    found = ascend(
        problem, evaluations=EVALUATIONS, over=lambda: state.over, proven=lambda usd: state.prove(usd, "ascent")
    )
    return found.price


def _improve(packer: Packer, found: "_Best", state: State, rng: np.random.Generator, work_limit: int | None) -> str:
    """Rounds from the best plan until something ends them; returns what did."""
    if found.plan is None:
        found.plan = packer.plan()
    packer.restore(found.plan)
    done = waited = 0
    while True:
        if state.reached:
            return "gap"
        if state.stopped:
            return "stopped"
        if state.over:
            return "time"
        if work_limit is not None and done >= work_limit:
            return "work"
        if work_limit is None and math.isinf(state.deadline) and waited >= PATIENCE:
            return "gap" if state.reached else "work"
        rounds = ROUNDS if work_limit is None else min(ROUNDS, work_limit - done)
        was = found.plan.usd
        improve(packer, rng, rounds)
        done += rounds
        state.work["rounds"] = done
        found.take(packer.plan(), "rounds")
        waited = 0 if found.plan.usd < was else waited + 1


class _Best:
    """The cheapest plan so far."""

    def __init__(self, packer: Packer, state: State):
        self.packer, self.state = packer, state
        self.plan: Packing | None = None

    def take(self, plan: Packing, source: str) -> None:
        if math.isfinite(plan.usd) and (self.plan is None or plan.usd < self.plan.usd):
            self.plan = plan
            self.state.offer(plan.usd, plan.chosen.astype(np.float64), source)


def _insert(packer: Packer, order: Ints, cost: Floats, state: State) -> None:
    for unit in order:
        if state.over:
            return
        packer.insert(int(unit), cost)


def _first_come(packer: Packer, submitted: Floats) -> Packing:
    """First come, first served with backfill: the earliest start, then the earliest end, that fits."""
    packer.clear()
    placed = packer.placed
    soonest = placed.start * 1e6 + placed.last + placed.fraction
    for unit in np.argsort(submitted[packer.unit_job], kind="stable"):
        packer.insert(int(unit), soonest, always=True)
    return packer.plan()


def _begun(packer: Packer, units: Ints) -> Packing:
    """A plan to begin with: its placements one after the other, as far as they fit."""
    packer.clear()
    unit = np.searchsorted(packer.unit_job, np.arange(packer.problem.work.jobs))
    for n in np.flatnonzero(units):
        job = int(np.searchsorted(packer.first, n, side="right") - 1)
        for _ in range(int(units[n])):
            if n in packer.fitting(job):
                packer.chosen[unit[job]] = n
                packer.take(int(n))
                unit[job] += 1
    return packer.plan()

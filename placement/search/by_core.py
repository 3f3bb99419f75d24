"""A solve of a problem that is too large for one model, by the placements that matter.

prices, bounds and placements by sifting (`sifting`)
→  a model of the placements of least reduced cost: plans around its relaxation (`steps`), parts of the best plan solved
   anew (`program_parts`), branch and bound
→  while that ends before the limits do, a larger model around the best plan

A bound of such a model is one of the problem only where the placements that are left out cannot be in a better plan;
else the bound is the one of sifting.
"""

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from placement.kernels.placements import placements
from placement.kernels.price import placement_usd, running_sums
from placement.kernels.work import Floats, Ints
from placement.models.exact import Listed, listed
from placement.models.program import Program, program
from placement.models.read import units_of
from placement.models.rows import Unsatisfiable, placement_rows
from placement.problem import Problem
from placement.search import program_parts, steps
from placement.search.annealing import Best, anneal
from placement.search.ascent import TEMPERATURES, ascend
from placement.search.bound import priced_bound
from placement.search.core_model import Chosen, together
from placement.search.greedy import Assignment, construct
from placement.search.packing import Packer, is_packing
from placement.search.sifting import Core, Sifted, core, sift
from placement.search.state import State, TimeUp
from placement.search.steady import spread_prices, steady_prices
from placement.search.supply import Supply, supply_of
from placement.search.without_supply import without_supply

LISTED = 20_000_000
"""Placements up to which plans are put together job by job from all of them."""

TRIED, FAR = 2, 0.003
"""Linear programs of sifting, and the share of what is decided on up to which the bound is near by then."""

EVALUATIONS, CLIMBED = 100, TEMPERATURES[1:]
"""Of an ascent, and its temperatures."""

ASCENT_SHARE, SIFT_SHARE = 0.2, 0.3
"""Of the time that is left, what prices may take until the ascent ends, and in all."""

PACK_SHARE, SWITCHED_SHARE, PASSES = 0.25, 0.5, 10
"""Of the time that is left, what annealing at the prices of supply may take; the same where clusters are switched on
and off, and in how many passes.
"""

BASELINE_S = 20.0
"""What first come, first served is waited for in the end, at most."""

SMALLEST, GROWTH, LARGEST = 30_000, 3, 270_000
"""Placements of the first model; each has so many times those of the one before; the largest."""


@dataclass(frozen=True)
class Ended:
    """How it went; the model is the one of which `State.x` holds the columns."""

    how: str
    model: Program | None
    baseline_usd: float | None


@dataclass(frozen=True)
class _Given:
    """A plan by its placements."""

    chosen: Chosen
    rejected: Ints
    deferred: Ints
    source: str


def by_core(
    problem: Problem,
    state: State,
    submitted: Floats,
    begin: Chosen | None,
    *,
    baseline: bool,
    seed: int,
    threads: int,
    work_limit: int | None,
) -> Ended:
    """Search until the gap or the limits are reached.

    Parameters
    ----------
    problem : Problem
    state : State
        Told of bounds and plans.
    submitted : array, shape (J,)
        When each job was asked for, hours; the order of the baseline.
    begin : Chosen, optional
        Placements of a plan to begin with.
    baseline : bool
        Whether to work out first come, first served.
    seed, threads, work_limit
        As of `placement.solve`.
    """
    supply = supply_of(problem)
    state.prove(priced_bound(problem, supply=supply).usd, "priced")
    if state.bound_usd == math.inf:
        return Ended("infeasible", None, None)
    yardstick = _Baseline(problem, supply, submitted, state) if baseline else None
    given = [] if begin is None else [_begun(problem, begin)]
    every = together([plan.chosen for plan in given])

    def proven(usd: float) -> None:
        state.prove(usd, "sifting")

    sifted = _sifted(problem, supply, every, state, proven)
    given += _packed(problem, supply, sifted, state, seed, work_limit)
    every = together([plan.chosen for plan in given])
    model, most, how = None, SMALLEST, "patience"
    hoods = None if work_limit is None else max(1, work_limit // (2 * program_parts.NODES))

    def searched() -> bool:
        assert model is not None
        return program_parts.search(model, state, seed, hoods) in ("gap", "time", "stopped")

    while not (state.reached or state.over or state.bound_usd == math.inf):
        if yardstick is not None and yardstick.cheaper(state.cost_usd, 0.0 if work_limit is None else math.inf):
            given = [*given, yardstick.plan()]
            every = together([every, given[-1].chosen])
        cut = core(problem, sifted, state.cost_usd, most, every.option, every.start)
        larger = _program(cut, state)
        if larger is not None:
            if model is not None and state.x is not None and not _moved(larger, _plan(model, state), state):
                break
            model = larger
            state.ceiling = state.cost_usd if cut.whole else -math.inf
            for plan in given:
                _offer(model, plan, state)
            if state.x is None:
                steps.greedy(model, submitted, "cheapest", state)
            how = steps.improve(model, submitted, state, seed, threads, work_limit, searched)
        done = work_limit is not None and state.x is not None
        ended = cut.whole or most >= LARGEST or done or state.over or how == "failed"
        if ended and (yardstick is None or state.over or not yardstick.cheaper(state.cost_usd, state.left_s)):
            break
        best = [_plan(model, state)] if model is not None and state.x is not None else []
        given = [] if best else _greedy(problem, submitted, state)
        every, most = together([every, *(plan.chosen for plan in [*best, *given])]), GROWTH * most
    if state.bound_usd == math.inf:
        return Ended("infeasible", None, None)
    if state.reached or state.over:
        how = "optimal" if state.reached else "stopped" if state.stopped else "time"
    elif how in ("optimal", "gap", "infeasible"):
        how = "patience"  # that was the model's end, not the problem's
    return Ended(how, model, None if yardstick is None else yardstick.usd(min(state.spare_s, BASELINE_S)))


def _program(cut: Core, state: State) -> Program | None:
    """The model of a core; None: there was no time, or none of its placements can bring some row within its limits."""
    try:
        return program(cut.problem, state.check)
    except TimeUp:
        return None
    except Unsatisfiable:
        if cut.whole:
            state.prove(math.inf, "no plan exists")
        return None


def _sifted(problem: Problem, supply: Supply, begin: Chosen, state: State, proven: Callable[[float], None]) -> Sifted:
    """Prices and placements; where a few linear programs leave the bound far from the relaxation, by an ascent between.

    An ascent comes near sooner where rows are short of room everywhere, but supply answers each of its steps.
    """
    left_s, price = state.left_s, steady_prices(problem)

    def past(share: float) -> Callable[[], bool]:
        return lambda: state.over or state.left_s <= (1.0 - share) * left_s

    def sifting(price: Floats, chosen: Chosen, most: int | None) -> Sifted:
        return sift(
            problem, supply, chosen.option, chosen.start, price, past(SIFT_SHARE), proven,
            lambda: state.left_s - (1.0 - SIFT_SHARE) * left_s if math.isfinite(left_s) else math.inf, state.stop, most,
        )  # fmt: skip

    first = sifting(price, begin, TRIED)
    if past(SIFT_SHARE)() or first.usd - first.bound_usd <= FAR * abs(first.usd - state.constant_usd):
        return first
    price = ascend(problem, first.row_price, EVALUATIONS, past(ASCENT_SHARE), proven, CLIMBED).price
    known = Chosen(first.option, first.start, np.ones(len(first.option), dtype=np.int64))
    return sifting(price, known, None)


def _packed(
    problem: Problem, supply: Supply, sifted: Sifted, state: State, seed: int, work_limit: int | None
) -> list[_Given]:
    """A plan by annealing at the prices of supply; none where what is left without supply is no packing.

    Where clusters are switched on and off, pass after pass with what being on costs spread over what runs there.
    """
    switched = any(gate.per_slot for gate in problem.supply.gates)
    row_price = np.maximum(sifted.row_price, steady_prices(problem)) if switched else sifted.row_price
    passes = PASSES if switched else 1
    seconds = (SWITCHED_SHARE if switched else PACK_SHARE) * state.left_s / passes
    best: tuple[float, list[_Given]] = (math.inf, [])
    at: tuple[Ints, Ints] | None = None
    for turn in range(passes):
        alone, price = without_supply(problem, supply, row_price)
        if state.over or not is_packing(alone):
            break
        mine = State(constant_usd=alone.constant_usd, gap=0.0, deadline=math.inf, stop=state.stop)
        packer = Packer(alone)
        packer.warm_up()
        mine.deadline = time.monotonic() + seconds
        found = Best(packer, mine)
        packer.guide_by(price)
        if at is None:
            packer.construct(packer.hardest_first(), price, mine.is_over)
        else:
            packer.set(*at)
        found.take("priced greedy")
        anneal(packer, found, mine, seed + turn, None if work_limit is None else max(1, work_limit // passes))
        at = packer.annealer.option.copy(), packer.annealer.start.copy()
        if found.plan is None:
            continue
        plan = packer.solution(found.plan)
        given = _Given(Chosen(plan.option, plan.start, plan.count), plan.rejected, plan.deferred, "annealing")
        if passes == 1:
            return [given]
        own_usd, use = _own(problem, given)
        usd = own_usd + supply.beside(use, problem.rows, seconds, state.stop)
        if usd < best[0] or not best[1]:
            best = usd, [given]
        row_price = spread_prices(problem, use, row_price)
    return best[1]


def _own(problem: Problem, plan: _Given) -> tuple[float, Floats]:
    """$ of a plan without its supply, constant included, and what it uses of rows, shape (R,)."""
    placed = placements(problem.work, plan.chosen.option, plan.chosen.start)
    units = plan.chosen.count.astype(np.float64)
    usd = placement_usd(problem.work, problem.meter_usd, running_sums(problem.meter_usd), placed)
    away = _dollars(problem.reject_usd, plan.rejected) + _dollars(problem.defer_usd, plan.deferred)
    return problem.constant_usd + float(usd @ units) + away, placement_rows(problem, placed) @ units


class _Baseline:
    """What first come, first served with backfill costs, worked out beside the search."""

    def __init__(self, problem: Problem, supply: Supply, submitted: Floats, state: State):
        self._problem, self._supply, self._submitted, self._state = problem, supply, submitted, state
        self._usd: float | None = None
        self._plan: _Given | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        problem, state = self._problem, self._state
        if problem.work.starts > LISTED:
            return
        every = listed(problem)
        try:
            built = construct(problem, every, self._submitted, "fcfs", check=state.check)
        except TimeUp:
            return
        if built.unplaced.any():
            return
        plan = _given(every, built, "fcfs")
        own_usd, use = _own(problem, plan)
        usd = own_usd + self._supply.beside(use, problem.rows, state.left_s, state.stop)
        if math.isfinite(usd):
            self._usd, self._plan = usd, plan

    def cheaper(self, usd: float, seconds: float) -> bool:
        """Whether, after at most so many seconds, a plan is known that costs less and was not asked for yet."""
        found = self.usd(seconds)
        return found is not None and found < usd and self._plan is not None

    def plan(self) -> _Given:
        """The plan, once."""
        plan, self._plan = self._plan, None
        assert plan is not None
        return plan

    def usd(self, seconds: float) -> float | None:
        """What it costs; None if that is not known after so many seconds."""
        self._thread.join(max(0.0, min(seconds, threading.TIMEOUT_MAX)))
        return self._usd


def _dollars(usd: Floats, units: Ints) -> float:
    """$ of units that are away; of none nothing, whatever they would cost."""
    some = units > 0
    return float(usd[some] @ units[some])


def _greedy(problem: Problem, submitted: Floats, state: State) -> list[_Given]:
    """A plan job by job from all placements; none where they are too many or some job finds no place."""
    if problem.work.starts > LISTED:
        return []
    every = listed(problem)
    try:
        built = construct(problem, every, submitted, "cheapest", check=state.check)
    except TimeUp:
        return []
    return [] if built.unplaced.any() else [_given(every, built, "greedy")]


def _given(every: Listed, built: Assignment, source: str) -> _Given:
    """An assignment of all placements as a plan."""
    used = np.flatnonzero(built.units)
    chosen = Chosen(every.placed.option[used], every.placed.start[used], built.units[used])
    return _Given(chosen, built.rejected, built.deferred, source)


def _begun(problem: Problem, begin: Chosen) -> _Given:
    """A plan to begin with; what of a job it does not place is turned away or put off."""
    job = np.searchsorted(problem.work.job_options, begin.option, side="right") - 1
    placed = np.bincount(job, weights=begin.count, minlength=problem.work.jobs).astype(np.int64)
    rest = np.where(problem.previous < 0, problem.count - placed, 0)
    put_off = problem.defer_usd < problem.reject_usd
    return _Given(begin, np.where(put_off, 0, rest), np.where(put_off, rest, 0), "start")


def _assignment(model: Program, plan: _Given) -> Assignment:
    """A plan whose placements the model has."""
    problem, placed = model.problem, model.exact.placed
    units = np.zeros(len(placed), dtype=np.int64)
    slots = problem.work.slots
    at = np.searchsorted(placed.option * slots + placed.start, plan.chosen.option * slots + plan.chosen.start)
    np.add.at(units, at, plan.chosen.count)
    firm = ~np.isfinite(np.minimum(problem.reject_usd, problem.defer_usd))
    unplaced = np.where(firm, plan.rejected + plan.deferred, 0)
    return Assignment(units, plan.rejected, plan.deferred, unplaced)


def _offer(model: Program, plan: _Given, state: State) -> float | None:
    """The plan with the best supply for it; what it costs, None if there is no such plan."""
    found = steps.complete(model, _assignment(model, plan), state.left_s, state.stop)
    if found is None:
        return None
    state.offer(found.usd, found.x, plan.source)
    return found.usd


def _moved(model: Program, plan: _Given, state: State) -> bool:
    """The best plan in the columns of another model; False if that has it only at a higher cost."""
    found = steps.complete(model, _assignment(model, plan), state.left_s, state.stop)
    if found is None or found.usd > state.cost_usd + steps.SAME_USD * max(1.0, abs(state.cost_usd)):
        return False
    state.settle(found.usd, found.x)
    return True


def _plan(model: Program, state: State) -> _Given:
    """The best plan by its placements."""
    assert state.x is not None
    units, rejected, deferred = units_of(model.problem.work.jobs, model.exact, model.index, state.x)
    used = np.flatnonzero(units)
    placed = model.exact.placed
    return _Given(Chosen(placed.option[used], placed.start[used], units[used]), rejected, deferred, "exact")

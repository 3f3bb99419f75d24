"""A solve of a problem that is too large for one model, by the placements that matter.

prices, bounds and placements by sifting (`sifting`)  →  a plan by annealing at these prices (`annealed`)
→  a model of the placements of least reduced cost: plans around its relaxation (`steps`), parts of the best plan solved
   anew (`program_parts`), branch and bound
→  while that ends before the limits do, a larger model around the best plan

A bound of such a model is one of the problem only where the placements that are left out cannot be in a better plan;
else the bound is the one of sifting.
"""

import math
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, replace

import numpy as np

from placement.kernels.work import Floats
from placement.models import highs
from placement.models.exact import listed
from placement.models.program import Program, program
from placement.models.read import added_columns, units_of
from placement.models.rows import Unsatisfiable
from placement.problem import Problem
from placement.search import program_parts, steps
from placement.search.annealed import annealed
from placement.search.ascent import TEMPERATURES, ascend
from placement.search.baseline import LISTED, Baseline
from placement.search.bound import priced_bound
from placement.search.core_model import Chosen, together
from placement.search.given import Given, assignment_of, begun, plan_of
from placement.search.greedy import construct
from placement.search.packing import sizes
from placement.search.sample import alike
from placement.search.sifting import FIRST, Core, Sifted, core, only, sift
from placement.search.state import State, TimeUp
from placement.search.steady import steady_prices
from placement.search.supply import Supply, supply_of

TRIED, FAR = 2, 0.003
"""Linear programs of sifting, and the share of what is decided on up to which the bound is near by then."""

EVALUATIONS, CLIMBED = 100, TEMPERATURES[1:]
"""Of an ascent after linear programs, and its temperatures."""

PLAIN_EVALUATIONS = 500
"""Of an ascent where supply answers in closed form."""

ASCENT_SHARE, SIFT_SHARE = 0.2, 0.3
"""Of the time that is left, what prices may take until the ascent ends, and in all."""

BASELINE_S = 20.0
"""What first come, first served is waited for in the end, at most."""

LONGER = 3.0
"""Times what a model of plans alone took to build that must be left for a larger one."""

MANY_JOBS, FEW_JOBS = 2_000, 1_000
"""Jobs from which prices are first those of fewer jobs, where modules are built, and about how many these are."""

FEW_TRIED, ALL_TRIED, ALL_FIRST = 4, 2, 5
"""Linear programs with fewer jobs, and after them with all, and placements of a job in the first of these."""

MANY_SHARE = 0.5
"""Of the time that is left, what prices may take then."""

IN_USE = 1e-3
"""Units of a placement that are worth keeping."""

SMALLEST, GROWTH, LARGEST = 30_000, 3, 270_000
"""Placements of the first model; each has so many times those of the one before; the largest."""


@dataclass(frozen=True)
class Ended:
    """How it went; the model is the one of which `State.x` holds the columns."""

    how: str
    model: Program | None
    baseline_usd: float | None


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
    yardstick = Baseline(problem, supply, submitted, state) if baseline else None
    given = [] if begin is None else [begun(problem, begin)]
    every = together([plan.chosen for plan in given])

    def proven(usd: float) -> None:
        state.prove(usd, "sifting")

    def annealing(row_price: Floats) -> list[Given]:
        if problem.supply.modules:  # what there is room for is decided with what is built (`expansion`)
            return []
        return annealed(problem, supply, row_price, submitted, state, seed, work_limit)

    if len(supply.others) == 0 and any(gate.per_slot for gate in problem.supply.gates):
        with ThreadPoolExecutor(1) as beside:  # it takes one thread and steady prices, so it need not wait
            plans = beside.submit(copy_context().run, annealing, steady_prices(problem))
            sifted = _sifted(problem, supply, every, state, proven)
            given += plans.result()
    else:
        sifted = _sifted(problem, supply, every, state, proven)
        given += annealing(sifted.row_price)
    every = together([plan.chosen for plan in given])
    began = time.monotonic()
    model, most, how = _kept(problem, given, every, state), SMALLEST, "patience"
    model_s = time.monotonic() - began
    hoods = None if work_limit is None else max(1, work_limit // (2 * program_parts.NODES))

    def searched() -> bool:
        assert model is not None
        return program_parts.search(model, state, seed, hoods) in ("gap", "time", "stopped")

    while not (state.reached or state.over or state.bound_usd == math.inf):
        if yardstick is not None and yardstick.cheaper(state.cost_usd, 0.0 if work_limit is None else math.inf):
            given = [*given, yardstick.plan()]
            every = together([every, given[-1].chosen])
        elif state.x is not None and state.left_s < LONGER * model_s:
            how = "time"
            break
        try:
            cut = core(problem, sifted, state.cost_usd, most, every.option, every.start, state.check)
        except TimeUp:
            break
        larger = _program(cut, state)
        if larger is not None:
            if model is not None and state.x is not None and not _moved(larger, _plan(model, state), state):
                break
            model = larger
            state.ceiling = state.cost_usd if cut.whole else -math.inf
            for plan in given:
                _offer(model, plan, state, state.stop)
            if state.x is None and not problem.supply.modules:
                steps.greedy(model, submitted, "cheapest", state)
            divided = _divided(model, supply, sifted)
            how = steps.improve(model, submitted, state, seed, threads, work_limit, searched, divided)
        done = work_limit is not None and state.x is not None
        ended = cut.whole or most >= LARGEST or done or state.over or how == "failed"
        if ended and (yardstick is None or state.over or not yardstick.cheaper(state.cost_usd, state.left_s)):
            break
        best = [_plan(model, state)] if model is not None and state.x is not None else []
        given = [] if best else _greedy(problem, submitted, state)
        every, most = together([every, *(plan.chosen for plan in [*best, *given])]), GROWTH * most
    if state.bound_usd == math.inf:
        return Ended("infeasible", None, None)
    if state.reached or state.over or how == "time":
        how = "optimal" if state.reached else "stopped" if state.stopped else "time"
    elif how in ("optimal", "gap", "infeasible"):
        how = "patience"  # that was the model's end, not the problem's
    if yardstick is None:
        return Ended(how, model, None)
    baseline_usd = yardstick.usd(min(state.spare_s, BASELINE_S) if work_limit is None else math.inf)
    if model is not None and state.x is not None and not state.over and yardstick.cheaper(state.cost_usd, 0.0):
        model = _with_plan(problem, model, yardstick.plan(), state)
    return Ended(how, model, baseline_usd)


def _with_plan(problem: Problem, model: Program, plan: Given, state: State) -> Program:
    """A model in which a plan that came last can be the best; the model as it is, where that cannot be."""
    best = _plan(model, state)
    every = together([best.chosen, plan.chosen])
    larger = program(only(problem, every.option, every.start))
    if not _moved(larger, best, state):
        return model
    _offer(larger, plan, state, state.stop)
    return larger


def _kept(problem: Problem, given: list[Given], every: Chosen, state: State) -> Program | None:
    """A model of the placements of plans alone, with the best of these; built even where time is up: none is lost."""
    if not given:
        return None
    try:
        model = program(only(problem, every.option, every.start))
    except Unsatisfiable:
        return None
    for plan in given:
        _offer(model, plan, state, None)
    return model


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
    """Prices and placements, by an ascent and linear programs.

    An ascent comes near sooner where rows are short of room everywhere, but supply answers each of its steps: where it
    does so in closed form, the ascent comes first, and linear programs may then take as long again; else it comes where
    a few linear programs leave the bound far from the relaxation. Where modules meet many jobs, prices are first those
    of fewer jobs, one for many alike, and of the placements of the last program those are kept that are in its answer.
    """
    left_s, price = state.left_s, steady_prices(problem)

    def past(share: float) -> Callable[[], bool]:
        return lambda: state.over or (math.isfinite(left_s) and state.left_s <= (1.0 - share) * left_s)

    def sifting(
        of: Problem,
        price: Floats,
        chosen: Chosen,
        most: int | None,
        share: float = SIFT_SHARE,
        first: int = FIRST,
        tell: Callable[[float], None] = proven,
    ) -> Sifted:
        return sift(
            of, supply, chosen.option, chosen.start, price, past(share), tell,
            lambda: state.left_s - (1.0 - share) * left_s if math.isfinite(left_s) else math.inf,
            state.stop, most, first,
        )  # fmt: skip

    if problem.supply.modules and problem.work.jobs > MANY_JOBS:
        few = alike(problem, sizes(problem.work), FEW_JOBS)
        price = sifting(few, steady_prices(few), together([]), FEW_TRIED, tell=lambda _: None).row_price
        found = sifting(problem, price, begin, ALL_TRIED, MANY_SHARE, ALL_FIRST)
        used = found.units > IN_USE
        return replace(found, option=found.option[used], start=found.start[used], units=found.units[used])
    if len(supply.others) == 0:
        price = ascend(problem, price, PLAIN_EVALUATIONS, past(ASCENT_SHARE), proven, supply=supply).price
        taken = (left_s - state.left_s) / left_s if math.isfinite(left_s) else 0.0
        return sifting(problem, price, begin, None, min(SIFT_SHARE, 2.0 * taken))
    first = sifting(problem, price, begin, TRIED)
    if past(SIFT_SHARE)() or first.usd - first.bound_usd <= FAR * abs(first.usd - state.constant_usd):
        return first
    price = ascend(problem, first.row_price, EVALUATIONS, past(ASCENT_SHARE), proven, CLIMBED, supply=supply).price
    known = Chosen(first.option, first.start, np.ones(len(first.option), dtype=np.int64))
    return sifting(problem, price, known, None)


def _divided(model: Program, supply: Supply, sifted: Sifted) -> Floats | None:
    """Columns with modules and flights as the last linear program of sifting has them, if that is near the optimum."""
    problem = model.problem
    decided = abs(sifted.usd - problem.constant_usd - problem.forced_usd)
    if not problem.supply.modules or sifted.supply is None or sifted.usd - sifted.bound_usd > FAR * decided:
        return None
    mine, theirs = added_columns(model.exact.model, model.index), supply.added
    both = (mine >= 0) & (theirs >= 0)
    divided = np.zeros(model.form.columns)
    divided[mine[both]] = sifted.supply[theirs[both]]
    return divided


def _greedy(problem: Problem, submitted: Floats, state: State) -> list[Given]:
    """A plan job by job from all placements; none where they are too many or some job finds no place."""
    if problem.work.starts > LISTED:
        return []
    every = listed(problem)
    try:
        built = construct(problem, every, submitted, "cheapest", check=state.check)
    except TimeUp:
        return []
    return [] if built.unplaced.any() else [plan_of(every, built, "greedy")]


def _offer(model: Program, plan: Given, state: State, stop: highs.Event | None) -> float | None:
    """The plan with the best supply for it; what it costs, None if there is no such plan."""
    found = steps.complete(model, assignment_of(model, plan), state.left_s, stop)
    if found is None:
        return None
    state.offer(found.usd, found.x, plan.source)
    return found.usd


def _moved(model: Program, plan: Given, state: State) -> bool:
    """The best plan in the columns of another model; False if that has it only at a higher cost."""
    found = steps.complete(model, assignment_of(model, plan), state.left_s, state.stop)
    if found is None or found.usd > state.cost_usd + steps.SAME_USD * max(1.0, abs(state.cost_usd)):
        return False
    state.settle(found.usd, found.x)
    return True


def _plan(model: Program, state: State) -> Given:
    """The best plan by its placements."""
    assert state.x is not None
    units, rejected, deferred = units_of(model.problem.work.jobs, model.exact, model.index, state.x)
    used = np.flatnonzero(units)
    placed = model.exact.placed
    return Given(Chosen(placed.option[used], placed.start[used], units[used]), rejected, deferred, "exact")

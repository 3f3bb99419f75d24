"""A solve of a packing problem (`packing`) that is too large for one model: price, bound, fix, construct, anneal,
solve parts.

prices of rows by ascent and their bound (`first_prices`, `ascent`), and plans that follow them
→  virtual meters that whole jobs keep and parts do not (`virtual_meters`); where they hardly raise the bound, the one
   with the largest jobs kept together (`core`)
→  the largest jobs fixed tier by tier (`core`), the others put where they fit at the prices that are left
→  where it is an assignment, dives between knapsacks (`lagrangian_dives`)
→  where the horizon is one slot, ejection chains through plans that are over their limits (`ejection`)
→  annealing of the whole plan (`kernels/anneal.py`), colder and colder
→  parts of the plan solved by HiGHS, over and over (`neighbourhoods`)
→  where that no longer gets anywhere, branch and bound on all placements that a better plan may have (`core`)
"""

import math
from dataclasses import dataclass

import numpy as np

from placement.errors import SolverError
from placement.kernels.backend import BackEndError
from placement.kernels.work import Floats, Ints
from placement.problem import Problem
from placement.search import neighbourhoods
from placement.search.annealing import Best, anneal, brief
from placement.search.ascent import TEMPERATURES, ascend
from placement.search.bound import chosen, priced_bound
from placement.search.clock import Clock
from placement.search.core import dive, hard_core_bound, relax_and_fix
from placement.search.core_model import Chosen
from placement.search.ejection import eject
from placement.search.exact_core import exact_core
from placement.search.fallback import DeviceFailed
from placement.search.first_prices import every_of, first_prices
from placement.search.lagrangian_dives import dive as dive_between
from placement.search.packing import Packer, Packing
from placement.search.sample import sampled
from placement.search.state import State
from placement.search.virtual_meters import tighten

EVALUATIONS, FEWER = 3_000, 600
"""Of the smoothed bound, after the first plan at its prices; the second where virtual meters follow."""

AGAIN = 100
"""Evaluations after each tier, from the prices before it."""

AGAIN_TEMPERATURES = (0.005, 0.001)
BRIEF_SHARE, ASCENT_SHARE, CORE_SHARE, TIERS_SHARE = 0.05, 0.15, 0.08, 0.3
"""Most of the time limit for annealing at once, more ascent, the bound of the largest jobs, and tiers."""

VIRTUAL_SHARE, VIRTUAL_TIMES = 0.15, 1.5
"""Of the time limit, for virtual meters; and times that an evaluation takes with them what it takes without."""

TIERED, LONG_ASCENT_SHARE = 8, 0.3
"""Tiers need prices after each, soon: of a sample of one job of so many at most. Where there are more jobs than that,
their time goes into the ascent.
"""

SMALL, SMALL_SHARE = 10_000, 0.25
"""Placements up to which branch and bound is tried after ejection chains, and its share of the time that is left."""

CORE_S = 20.0
"""Most seconds for the solver at once, for a bound or a tier; under a work limit its nodes alone are limited."""


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
        At most so many rounds of annealing, or neighbourhoods for them; without it the clock decides.
    """
    state.prove(priced_bound(problem).usd, "priced")
    packer = Packer(problem, chosen())
    packer.warm_up()
    found = Best(packer, state)
    order = packer.hardest_first()
    packer.construct(order, np.zeros(len(problem.rows)), state.is_over)
    found.take("greedy")
    if begin is not None:
        packer.begin_with(begin)
        found.take("start")
    served = None
    if baseline and not state.over:
        served = packer.first_come(submitted, state.is_over)
        found.take("fcfs")
    try:
        how = _search(packer, state, found, order, seed, work_limit)
    except SolverError:
        if found.plan is None:
            raise
        how = "failed"
    except BackEndError as error:
        raise DeviceFailed(error.fact, found.chosen()) from error
    baseline_usd = None if served is None or math.isinf(served.usd) else served.usd
    return Ended(how, packer, found.plan, baseline_usd)


def _search(packer: Packer, state: State, found: Best, order: Ints, seed: int, work_limit: int | None) -> str:
    """All steps from the first plans on; returns how it ended."""
    price = np.zeros(len(packer.problem.rows))
    if not state.reached and not state.over:
        price = _by_prices(packer, state, found, order, math.inf if work_limit is not None else CORE_S, seed)
    hoods = rounds = None
    if work_limit is not None:
        hoods = int(neighbourhoods.SHARE * work_limit) // neighbourhoods.ROUNDS
        rounds = work_limit - hoods * neighbourhoods.ROUNDS
    how = "patience"
    if packer.problem.work.slots == 1:  # where runs take many slots chains seldom pay
        how = dive_between(packer, found, price, state, seed, work_limit)
        if how == "patience":
            how = eject(packer, found, price, state, seed, work_limit)
        if how == "patience" and packer.problem.work.starts <= SMALL and work_limit is None:
            how = exact_core(packer, found, price, state, seed, SMALL_SHARE * state.left_s)
    if how == "patience":
        how = anneal(packer, found, state, seed, rounds)
    if how == "patience":
        how = neighbourhoods.search(packer, found, price, state, seed, hoods)
    if how == "patience":
        how = exact_core(packer, found, price, state, seed)
    return how


def _by_prices(packer: Packer, state: State, found: Best, order: Ints, most_s: float, seed: int) -> Floats:
    """Prices, bounds, and plans that follow them; `most_s`: seconds that the solver is given for a core.

    Returns the prices of rows, shape (R,), that prove most.
    """
    problem, clock = packer.problem, Clock(state)

    def proven(usd: float) -> None:
        state.prove(usd, "ascent")

    def plan_at(price: Floats) -> None:
        packer.guide_by(price)
        packer.construct(order, price, state.is_over)
        found.take("priced greedy")
        brief(packer, found, clock.past(BRIEF_SHARE))

    price, each_s = first_prices(problem, packer.size, clock, proven)
    plan_at(price)
    if state.reached or state.over:
        return price
    tiers = every_of(problem) <= TIERED
    share = ASCENT_SHARE if tiers else LONG_ASCENT_SHARE
    some = int(min(FEWER if tiers else EVALUATIONS, clock.share_s(share) / each_s))
    price = ascend(problem, price, some, clock.past(share), proven, TEMPERATURES[-2:]).price
    plan_at(price)
    if state.reached or state.over or not tiers:
        return price
    some = int(min(EVALUATIONS, clock.share_s(VIRTUAL_SHARE) / (VIRTUAL_TIMES * each_s)))
    tight = tighten(problem, price, some, clock.past(VIRTUAL_SHARE), lambda usd: state.prove(usd, "virtual meters"))[0]
    if state.reached or state.over:
        return price
    if tight is problem:
        limit_s = min(most_s, clock.share_s(CORE_SHARE))
        state.prove(hard_core_bound(problem, price, packer.size, limit_s, state.stop), "largest jobs")
    over = clock.past(TIERS_SHARE)

    def reprice(rest: Problem, price: Floats) -> Floats:
        few = sampled(rest, packer.size, every_of(rest))
        return ascend(few, price, AGAIN, over, temperatures=AGAIN_TEMPERATURES, unit=problem.rows.upper).last

    def limit() -> float:
        return 0.0 if over() or state.reached else min(most_s, 0.25 * clock.share_s(TIERS_SHARE))

    around = dive(problem, price, seed, lambda: min(most_s, 0.0 if state.over else state.left_s), state.stop)
    if around is not None:
        packer.place(around)
        found.take("dive")
    chosen, jobs, later = relax_and_fix(problem, price, packer.size, reprice, limit, state.stop)
    if len(jobs) == 0 or state.over:
        return price
    fixed = np.zeros(problem.work.jobs, dtype=bool)
    fixed[jobs] = True
    packer.place(chosen)
    packer.add(order[~fixed[packer.job[order]]], later, state.is_over)
    packer.add(order[packer.annealer.option[order] < 0], later, state.is_over)
    found.take("relax and fix")
    packer.guide_by(later)
    brief(packer, found, clock.past(BRIEF_SHARE))
    return price

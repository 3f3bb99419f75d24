"""A plan by annealing at the prices of supply (`without_supply`), for problems that have supply."""

import math
import time
from dataclasses import replace

import numpy as np

from placement.kernels.work import Floats, Ints
from placement.problem import Problem
from placement.search.annealing import Best, anneal
from placement.search.core_model import Chosen
from placement.search.given import Given, jobs_usd
from placement.search.packing import Packer, is_packing
from placement.search.sifting import Sifted
from placement.search.state import State
from placement.search.steady import artificial_usd, spread_prices, steady_prices
from placement.search.supply import Supply
from placement.search.without_supply import without_supply

PACK_SHARE, SWITCHED_SHARE, PASSES = 0.25, 0.5, 10
"""Of the time that is left, what it may take; the same where clusters are switched on and off, and in how many passes.
"""


def annealed(
    problem: Problem,
    supply: Supply,
    sifted: Sifted,
    submitted: Floats,
    state: State,
    seed: int,
    work_limit: int | None,
) -> list[Given]:
    """A plan by annealing at the prices of supply; none where what is left without supply is no packing, or some job
    that must run finds no place. On the way such a job may be away at a price that is dearer than anything.

    Where clusters are switched on and off, pass after pass with what being on costs spread over what runs there.
    """
    firm, dearest = ~np.isfinite(np.minimum(problem.reject_usd, problem.defer_usd)), artificial_usd(problem)
    switched = any(gate.per_slot for gate in problem.supply.gates)
    row_price = np.maximum(sifted.row_price, steady_prices(problem)) if switched else sifted.row_price
    passes = PASSES if switched else 1
    seconds = (SWITCHED_SHARE if switched else PACK_SHARE) * state.left_s / passes
    best: tuple[float, list[Given]] = (math.inf, [])
    at: tuple[Ints, Ints] | None = None
    for turn in range(passes):
        alone, price = without_supply(problem, supply, row_price)
        if state.over or not is_packing(alone):
            break
        alone = replace(alone, reject_usd=np.where(firm, dearest, alone.reject_usd))
        mine = State(constant_usd=alone.constant_usd, gap=0.0, deadline=math.inf, stop=state.stop)
        packer = Packer(alone)
        packer.warm_up()
        mine.deadline = time.monotonic() + seconds
        found = Best(packer, mine)
        packer.guide_by(price)
        if at is None:
            packer.construct(packer.hardest_first(), price, mine.is_over)
            if firm[packer.job[packer.annealer.option < 0]].any():
                packer.first_come(submitted, mine.is_over)  # where room is short, this may find a place for all
        else:
            packer.set(*at)
        found.take("priced greedy")
        anneal(packer, found, mine, seed + turn, None if work_limit is None else max(1, work_limit // passes))
        at = packer.annealer.option.copy(), packer.annealer.start.copy()
        if found.plan is None or firm[packer.job[found.plan.option < 0]].any():
            continue
        plan = packer.solution(found.plan)
        given = Given(Chosen(plan.option, plan.start, plan.count), plan.rejected, plan.deferred, "annealing")
        if passes == 1:
            return [given]
        own_usd, use = jobs_usd(problem, given)
        usd = own_usd + supply.beside(use, problem.rows, seconds, state.stop)
        if usd < best[0] or not best[1]:
            best = usd, [given]
        row_price = spread_prices(problem, use, row_price)
    return best[1]

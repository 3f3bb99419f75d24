"""A plan by annealing at the prices of supply (`without_supply`), for problems that have supply."""

import math
import time
from dataclasses import replace

import numpy as np

from placement.kernels.work import Floats
from placement.problem import Problem
from placement.search.annealing import HEAT, Best, anneal
from placement.search.core_model import Chosen
from placement.search.given import Given
from placement.search.packing import Packer, is_packing
from placement.search.state import State
from placement.search.steady import artificial_usd, gates_of, steady_prices
from placement.search.supply import Supply
from placement.search.without_supply import without_supply

PACK_SHARE, SWITCHED_SHARE = 0.25, 0.8
"""Of the time that is left, what it may take; the same where clusters are switched on and off."""

SWITCHED_HEAT = 0.5
"""As HEAT of `annealing` where clusters are switched on and off: a unit moved away saves nothing until all are."""


def annealed(
    problem: Problem,
    supply: Supply,
    row_price: Floats,
    submitted: Floats,
    state: State,
    seed: int,
    work_limit: int | None,
) -> list[Given]:
    """A plan by annealing at the prices of supply; none where what is left without supply is no packing, or some job
    that must run finds no place. On the way such a job may be away at a price that is dearer than anything.

    Where clusters are switched on and off, what that costs is exact (`kernels/gates.py`), at steady prices of energy;
    guiding prices spread what being on costs over a cluster that is full.
    """
    firm, dearest = ~np.isfinite(np.minimum(problem.reject_usd, problem.defer_usd)), artificial_usd(problem)
    gates, full = gates_of(problem), np.zeros(len(problem.rows))
    if len(gates.on):
        steady = steady_prices(problem)
        row_price = row_price.copy()
        for plant in problem.supply.plants:
            row_price[plant.load_rows] = steady[plant.load_rows]
        for gate in problem.supply.gates:
            if gate.per_slot:
                row_price[gate.rows], full[gate.rows] = 0.0, steady[gate.rows]
    alone, price = without_supply(problem, supply, row_price)
    if state.over or not is_packing(alone):
        return []
    alone = replace(alone, reject_usd=np.where(firm, dearest, alone.reject_usd))
    seconds = (SWITCHED_SHARE if len(gates.on) else PACK_SHARE) * state.left_s
    mine = State(constant_usd=alone.constant_usd, gap=0.0, deadline=math.inf, stop=state.stop)
    packer = Packer(alone, gates=gates if len(gates.on) else None)
    packer.warm_up()
    mine.deadline = time.monotonic() + seconds
    found = Best(packer, mine)
    packer.guide_by(price + full)
    packer.construct(packer.hardest_first(), price, mine.is_over)
    if firm[packer.job[packer.annealer.option < 0]].any():
        packer.first_come(submitted, mine.is_over)  # where room is short, this may find a place for all
    found.take("priced greedy")
    anneal(packer, found, mine, seed, work_limit, SWITCHED_HEAT if len(gates.on) else HEAT)
    if found.plan is None or firm[packer.job[found.plan.option < 0]].any():
        return []
    plan = packer.solution(found.plan)
    return [Given(Chosen(plan.option, plan.start, plan.count), plan.rejected, plan.deferred, "annealing")]

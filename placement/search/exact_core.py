"""Branch and bound on all placements that a plan cheaper than the best one can have (reduced-cost fixing).

At prices λ a plan with placement (o,s) of job j costs at least L(λ) + c[o,s] - min c[j], c at these prices: where that
is more than the best plan costs, the placement is left out. What is proven for the rest holds for all, up to that cost.
"""

import math

import numpy as np

from placement.kernels.work import Floats
from placement.models import highs
from placement.models.core import SAFETY, below
from placement.search.annealing import Best
from placement.search.bound import legal, priced_bound
from placement.search.core_model import Chosen, CoreModel
from placement.search.packing import SLACK, Packer
from placement.search.state import State
from placement.search.steps import GAP_MARGIN, MANY_ENTRIES

AT_MOST = 1_000_000
"""Placements up to which all are looked at: the model has at most about 2 GB."""


def exact_core(
    packer: Packer, found: Best, row_price: Floats, state: State, seed: int, most_s: float = math.inf
) -> str:
    """Plans and bounds by branch and bound, until it ends or the time is up; returns how it ended.

    `patience`: there are too many placements for that, or `most_s`, seconds, are over.
    """
    problem = packer.problem
    if problem.work.starts > AT_MOST:
        return "patience"
    price = legal(problem, row_price)
    least, ceiling, now = priced_bound(problem, price).usd, math.inf, None
    if found.plan is not None:
        ceiling = found.plan.usd
        chosen = packer.solution(found.plan)
        now = Chosen(chosen.option, chosen.start, chosen.count)
    room = ceiling - least + SAFETY * max(1.0, abs(ceiling)) if math.isfinite(ceiling) else None
    jobs = np.flatnonzero(problem.count > 0)
    own = np.zeros(len(problem.rows))
    core = CoreModel(problem, jobs, own, problem.rows.upper + SLACK, None, price, now, room)

    def hear(report: highs.Report, x: Floats | None) -> None:
        if report.bound_usd is not None:
            prove(report.bound_usd)
        if x is not None:
            packer.place(core.read(x)[0])
            found.take("exact")

    def prove(bound_usd: float) -> None:
        state.prove(min(below([np.array([bound_usd])], problem.constant_usd), ceiling), "exact")

    outcome = highs.solve(
        core.form,
        gap=max(0.0, 0.95 * state.gap - GAP_MARGIN),
        time_limit_s=min(most_s, state.left_s),
        seed=seed,
        start=None if now is None else core.begin(now, problem.work.slots),
        stop=state.stop,
        on_report=hear,
        presolve=core.form.matrix.nnz <= MANY_ENTRIES,
    )
    state.work["nodes"] += outcome.nodes
    state.work["iterations"] += outcome.iterations
    if outcome.status == "infeasible":  # nothing is better than the plan that it was cut with; without one, nothing is
        state.prove(ceiling, "exact" if math.isfinite(ceiling) else "no plan exists")
        return "optimal"
    if outcome.x is not None:
        packer.place(core.read(outcome.x)[0])
        found.take("exact")
    prove(outcome.bound_usd)
    return "patience" if outcome.status == "time" and not state.over else outcome.status

"""The priced bound: a proven lower bound on the cost for any prices of rows.

With a price λ[r] on each row (≥ 0 against its upper, ≤ 0 against its lower limit) and μ ≥ 0 on `present` rows, the
rows move into the objective and what is left falls apart:

    L(λ, μ) = Σ_j count · min(reject, defer, min_{o,s} cost[o,s] + Σ_r λ[r] · what (o,s) adds to r + Σ μ)
              + supply(λ, μ) - Σ_r (λ[r]⁺ upper[r] - λ[r]⁻ lower[r]) + constant

which is at most the cost of every plan. Precedence and equal options of segments are left out, which only lowers it.
supply(λ, μ) is a proven bound of the small mixed-integer model of supply alone, never an incumbent. The minimum over
placements is the kernel `price`, on meter prices  own + Σ_r weight[r,μ,t] λ[r].
"""

from dataclasses import dataclass, replace

import numpy as np
import pyomo.environ as pyo
from pyomo.common.gc_manager import PauseGC

from placement.kernels.backend import BackEnd, choose, on_numpy
from placement.kernels.work import Floats, Work
from placement.models import highs
from placement.models.book import linear
from placement.models.core import below
from placement.models.form import standard_form
from placement.models.supply import add_supply
from placement.problem import Problem

FEW = 100_000
"""Placements up to which a compiler is not worth its wait."""

SUPPLY_NODES = 20
"""Most nodes that the small model of supply is given: batteries that may not charge and discharge at once can take
many, and the bound it has reached by then is one all the same.
"""


@dataclass(frozen=True)
class PricedBound:
    """A bound and its parts, $."""

    usd: float
    jobs_usd: float
    supply_usd: float
    rows_usd: float


def legal(problem: Problem, row_price: Floats) -> Floats:
    """Prices brought to where they prove something: none against a side without limit, none above a penalty."""
    rows = problem.rows
    price_ = np.where(np.isinf(rows.upper), np.minimum(row_price, 0.0), row_price)
    price_ = np.where(np.isinf(rows.lower), np.maximum(price_, 0.0), price_)
    soft = ~np.isnan(rows.penalty)
    return np.where(soft, np.clip(price_, -rows.penalty, rows.penalty), price_)


def meter_prices(problem: Problem, row_price: Floats) -> Floats:
    """(M, T): own price of each meter plus the prices of the rows in which it counts."""
    rows = problem.rows
    added = np.zeros_like(problem.meter_usd)
    np.add.at(added, (rows.cell_meter, rows.cell_slot), rows.cell_weight * row_price[rows.cell_row])
    return problem.meter_usd + added


def back_end(work: Work) -> BackEnd:
    """The back end for prices on processors: few starts are priced sooner than a compiler has begun."""
    return choose("cpu") if work.starts > FEW else on_numpy()


def priced_bound(
    problem: Problem, row_price: Floats | None = None, present_price: dict[tuple[int, int], float] | None = None
) -> PricedBound:
    """The bound at given prices.

    Parameters
    ----------
    problem : Problem
    row_price : array, shape (R,), optional
        $ per unit of each row; none given: 0.
    present_price : mapping, optional
        (job, move): $ per unit of the job that needs the move; ≥ 0, less is taken as 0.

    Returns
    -------
    PricedBound
        `usd` is inf if some job that must run has no placement at all.
    """
    given = np.zeros(len(problem.rows)) if row_price is None else np.asarray(row_price, dtype=np.float64)
    prices = legal(problem, given)
    present = {key: max(value, 0.0) for key, value in (present_price or {}).items()}
    best = back_end(problem.work).price(_with_present(problem, present), meter_prices(problem, prices))
    away = np.minimum(problem.reject_usd, problem.defer_usd)
    jobs: Floats = np.minimum(best.usd, away) * problem.count
    rows = problem.rows
    sides = np.where(prices > 0, rows.upper, np.where(prices < 0, rows.lower, 0.0))
    relaxed = -prices * sides
    supply_usd = supply_bound(problem, prices, present)
    usd = below([jobs, relaxed, np.array([supply_usd])], problem.constant_usd)
    return PricedBound(usd, float(jobs.sum()), supply_usd, float(relaxed.sum()))


def _with_present(problem: Problem, present: dict[tuple[int, int], float]) -> Work:
    """The work with the prices of data sets added to the options that need them."""
    if not present:
        return problem.work
    work = problem.work
    usd = np.zeros(work.options)
    option = np.repeat(np.arange(work.options), np.diff(problem.option_moves))
    job = np.searchsorted(work.job_options, option, side="right") - 1
    for n, (o, j) in enumerate(zip(option.tolist(), job.tolist(), strict=True)):
        usd[o] += present.get((j, int(problem.option_move[n])), 0.0)
    # option_usd is discounted by start; a price is not, so the least that it can count is what is added
    return replace(work, option_usd=work.option_usd + usd)


def supply_bound(problem: Problem, prices: Floats, present: dict[tuple[int, int], float]) -> float:
    """A proven lower bound of supply's best answer to prices: min cost(z) + Σ λ[r] · (z's part of row r) - Σ μ count
    move.
    """
    m = pyo.ConcreteModel()
    with PauseGC():
        book = add_supply(m, problem)
        terms = list(book.cost)
        for row, entries in book.body.items():
            terms += [(c * prices[row], v) for c, v in entries if prices[row] != 0.0]
        for (job, move), usd in present.items():
            terms.append((-usd * float(problem.count[job]), m.move[move]))
        m.cost = pyo.Objective(expr=linear(terms))
        form, _ = standard_form(m)
    if form.columns == 0:
        return form.offset
    outcome = highs.solve(form, gap=1e-6, node_limit=SUPPLY_NODES)
    return outcome.bound_usd if outcome.status != "infeasible" else float("inf")

"""The priced bound: a proven lower bound on the cost for any prices of rows.

With a price λ[r] on each row (≥ 0 against its upper, ≤ 0 against its lower limit) and μ ≥ 0 on `present` rows, the
rows move into the objective and what is left falls apart:

    L(λ, μ) = Σ_j count · min(reject, defer, min_{o,s} cost[o,s] + Σ_r λ[r] · what (o,s) adds to r + Σ μ)
              + supply(λ, μ) - Σ_r (λ[r]⁺ upper[r] - λ[r]⁻ lower[r]) + constant

which is at most the cost of every plan. Precedence and equal options of segments are left out, which only lowers it.
supply(λ, μ) is a proven bound of the small mixed-integer model of supply alone, never an incumbent. The minimum over
placements is the kernel `price`, on meter prices  own + Σ_r weight[r,μ,t] λ[r].
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace

import numpy as np

from placement.kernels.backend import BackEnd, choose, on_numpy
from placement.kernels.work import Floats, Work
from placement.models.core import below
from placement.problem import Problem
from placement.search.supply import Supply, supply_of

FEW = 2_000
"""Placements up to which a compiler is not worth its wait."""

_CHOSEN: ContextVar[BackEnd | None] = ContextVar("chosen", default=None)
"""The back end of a solve; of each thread its own."""


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


@contextmanager
def running_on(back: BackEnd) -> Iterator[None]:
    """What is worked out inside runs on a back end, as far as `back_end` has it so."""
    before = _CHOSEN.set(back)
    try:
        yield
    finally:
        _CHOSEN.reset(before)


def chosen() -> BackEnd:
    """The back end of this solve; on processors, if none was chosen."""
    return _CHOSEN.get() or choose("cpu")


def back_end(work: Work) -> BackEnd:
    """The back end for a work: few starts are priced sooner than a compiler has begun, or arrays are on a device."""
    return chosen() if work.starts > FEW else on_numpy()


def priced_bound(
    problem: Problem,
    row_price: Floats | None = None,
    present_price: dict[tuple[int, int], float] | None = None,
    supply: Supply | None = None,
) -> PricedBound:
    """The bound at given prices.

    Parameters
    ----------
    problem : Problem
    row_price : array, shape (R,), optional
        $ per unit of each row; none given: 0.
    present_price : mapping, optional
        (job, move): $ per unit of the job that needs the move; ≥ 0, less is taken as 0.
    supply : Supply, optional
        The problem's, where it is known.

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
    supply_usd = (supply or supply_of(problem)).bound(prices, _per_move(problem, present))
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


def _per_move(problem: Problem, present: dict[tuple[int, int], float]) -> Floats:
    """(moves,) $ that prices of data sets add to each move: what its jobs would pay for it, taken off."""
    usd = np.zeros(len(problem.supply.moves))
    for (job, move), price in present.items():
        usd[move] -= price * float(problem.count[job])
    return usd

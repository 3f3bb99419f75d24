"""The largest jobs together: a model of them alone, at the prices of what all others would use.

    min Σ_j Σ_(o,s) (own cost + Σ_r λ[r] · what (o,s) adds to r) x[o,s] + away[j] u[j]
    subject to  Σ x + u = count   for each of these jobs,   Σ weight · use <= what is left of each row

**Bound.** Its optimum in the place of the sum of these jobs' minima in the priced bound (`bound`) is a bound still: the
rows are priced for all jobs and kept for some. **Plan.** Jobs are fixed where it puts them, tier by tier, the largest
first (relax and fix), with new prices after each tier for those that are left.
"""

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from placement.kernels.work import Floats, Ints
from placement.models import highs
from placement.models.core import below
from placement.problem import Problem
from placement.search.bound import legal, priced_bound
from placement.search.core_model import Chosen, CoreModel, together
from placement.search.packing import SLACK

HARD_CORE_COLUMNS = 2_500
"""Placements of the largest jobs, which are kept together for the bound: about a second's work for the solver."""

TIER = 30
"""Jobs of the first tier; each is as large as all before it together, up to LARGEST_TIER."""

LARGEST_TIER = 320
TIERS_SHARE = 0.35
"""Tiers end with this share of all jobs."""

PER_JOB = 60
"""Placements of a job in a tier, those of least reduced cost that fit."""

NODES = 300
"""Of branch and bound, at most."""

WHOLE = 1e-6
"""By which what the relaxation places may be off whole."""

GAP = 1e-3
"""At which the solver may stop."""

DIVE_PER_JOB, DIVE_ENTRIES, DIVE_STARTS = 20, 300_000, 1_000_000
"""Placements of a job in the relaxation that is rounded; the most entries that its matrix may have; and the most
placements of the problem that are looked at for it.
"""

FREED, DIVE_S, DIVE_NODES = (1.0, 1.5, 2.5, 5.0), 5.0, 3_000
"""How many jobs are left free, one number after the other until they find room: so many times those that the relaxation
splits. Seconds and nodes for the solver each time; under a work limit its nodes alone are limited.
"""

WORTH_FIXING = 0.01
"""Gap up to which a tier is fixed where the solver leaves it; a worse one ends the tiers."""


def hard_core_bound(
    problem: Problem, row_price: Floats, size: Floats, limit_s: float, stop: highs.Event | None
) -> float:
    """A proven bound, $: the priced one with the rows kept for the largest jobs.

    Parameters
    ----------
    problem : Problem
        For which `packing.is_packing` holds.
    row_price : array, shape (R,)
    size : array, shape (J,)
        How hard jobs are to place.
    limit_s : float
        Seconds for the solver.
    stop : event, optional
    """
    jobs = _largest(problem, size)
    row_price = legal(problem, row_price)
    core = CoreModel(problem, jobs, row_price, problem.rows.upper + SLACK, None)
    rest = priced_bound(replace(problem, count=_without(problem.count, jobs)), row_price).usd
    outcome = highs.solve(core.form, gap=1e-5, time_limit_s=limit_s, node_limit=NODES, threads=1, stop=stop)
    if outcome.status == "infeasible":
        return np.inf
    return below([np.array([rest, outcome.bound_usd])])


def relax_and_fix(
    problem: Problem,
    row_price: Floats,
    size: Floats,
    reprice: Callable[[Problem, Floats], Floats],
    limit_s: Callable[[], float],
    stop: highs.Event | None,
) -> tuple[Chosen, Ints, Floats]:
    """Places for the largest jobs, tier by tier.

    Parameters
    ----------
    problem, row_price, size, stop
        As of `hard_core_bound`.
    reprice : callable
        Prices of rows for a problem from others: (problem, prices) -> prices.
    limit_s : callable
        Seconds for the next tier; 0: end here.

    Returns
    -------
    chosen : Chosen
    jobs : array
        Those of all tiers; what of them is not chosen is away.
    row_price : array, shape (R,)
        For those that are left.
    """
    order = np.argsort(-size, kind="stable")
    left = problem.rows.upper + SLACK
    found: list[Chosen] = []
    done, width = 0, TIER
    while done < TIERS_SHARE * len(order):
        seconds = limit_s()
        if seconds <= 0:
            break
        tier = np.sort(order[done : done + width])
        core = CoreModel(problem, tier, row_price, left, PER_JOB)
        if core.form.columns:
            outcome = highs.solve(core.form, gap=GAP, time_limit_s=seconds, node_limit=NODES, threads=1, stop=stop)
            if outcome.x is None or outcome.usd - outcome.bound_usd > WORTH_FIXING * abs(outcome.usd):
                break
            chosen, use = core.read(outcome.x)
            found.append(chosen)
            left = left - use
        done += len(tier)
        width = min(max(done, TIER), LARGEST_TIER)
        upper = np.maximum(left - SLACK, 0.0)
        rest = replace(problem, count=_without(problem.count, order[:done]), rows=replace(problem.rows, upper=upper))
        row_price = reprice(rest, row_price)
    return together(found), order[:done], row_price


def dive(
    problem: Problem, row_price: Floats, seed: int, limit_s: Callable[[], float], stop: highs.Event | None
) -> Chosen | None:
    """A plan around the linear relaxation: what it places whole stays, and the rest goes where there is room.

    Parameters
    ----------
    problem : Problem
        For which `packing.is_packing` holds.
    row_price : array, shape (R,)
        Placements of least cost at these prices make up the relaxation.
    seed : int
    limit_s : callable
        Seconds that are left; 0: end here; inf: no clock.
    stop : event, optional

    Returns
    -------
    Chosen or None
        None if the relaxation would be too large, or no plan was found.
    """
    if problem.work.starts > DIVE_STARTS or limit_s() <= 0:
        return None
    jobs, own = np.flatnonzero(problem.count > 0), np.zeros(len(problem.rows))
    room = problem.rows.upper + SLACK
    core = CoreModel(problem, jobs, own, room, DIVE_PER_JOB, row_price)
    if core.form.matrix.nnz > DIVE_ENTRIES:
        return None
    x = highs.solve(core.form, relax=True, time_limit_s=limit_s(), stop=stop).x
    if x is None:
        return None
    units = np.round(x)
    split = np.zeros(len(jobs), dtype=bool)
    split[core.of_column[np.abs(x - units) > WHOLE]] = True
    rng = np.random.default_rng(seed)
    others = rng.permutation(np.flatnonzero(~split))
    for times in FREED:
        if limit_s() <= 0:
            return None
        free = split.copy()
        free[others[: int((times - 1.0) * max(int(split.sum()), TIER))]] = True
        chosen, use = core.read(np.where(free[core.of_column], 0.0, units))
        if not free.any():
            return chosen
        some = jobs[free]
        rest = CoreModel(problem, some, own, room - use, 2 * DIVE_PER_JOB, row_price)
        left_s = limit_s()
        outcome = highs.solve(
            rest.form, gap=GAP, time_limit_s=min(DIVE_S, left_s) if math.isfinite(left_s) else math.inf,
            node_limit=DIVE_NODES, threads=1, stop=stop,
        )  # fmt: skip
        if outcome.x is not None:
            return together([chosen, rest.read(outcome.x)[0]])
    return None


def _largest(problem: Problem, size: Floats) -> Ints:
    """The largest jobs, as many as have HARD_CORE_COLUMNS placements together; one at least."""
    order = np.argsort(-size, kind="stable")
    work = problem.work
    spans = np.concatenate([[0], np.cumsum(work.span_last - work.span_first + 1)])
    starts = np.diff(spans[work.option_spans[work.job_options]])
    many = int(np.searchsorted(np.cumsum(starts[order]), HARD_CORE_COLUMNS))
    return np.sort(order[: max(many, 1)])


def _without(count: Ints, jobs: Ints) -> Ints:
    result = count.copy()
    result[jobs] = 0
    return result

"""The largest jobs together: a model of them alone, at the prices of what all others would use.

    min Σ_j Σ_(o,s) (own cost + Σ_r λ[r] · what (o,s) adds to r) x[o,s] + away[j] u[j]
    subject to  Σ x + u = count   for each of these jobs,   Σ weight · use <= what is left of each row

**Bound.** Its optimum in the place of the sum of these jobs' minima in the priced bound (`bound`) is a bound still: the
rows are priced for all jobs and kept for some. **Plan.** Jobs are fixed where it puts them, tier by tier, the largest
first (relax and fix), with new prices after each tier for those that are left.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from placement.kernels.placements import Placements, allowed
from placement.kernels.price import placement_usd, running_sums
from placement.kernels.work import Floats, Ints
from placement.models import highs
from placement.models.core import below
from placement.models.form import Form, scaled
from placement.models.rows import placement_rows
from placement.problem import Problem
from placement.search.bound import legal, meter_prices, priced_bound
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

FEWEST, ENTRIES = 12, 300_000
"""Fewer, but no fewer than FEWEST, where they would have more entries in the matrix than ENTRIES together."""

NODES = 300
"""Of branch and bound, at most."""

GAP = 1e-3
"""At which the solver may stop."""

WORTH_FIXING = 0.01
"""Gap up to which a tier is fixed where the solver leaves it; a worse one ends the tiers."""


@dataclass(frozen=True)
class Chosen:
    """Where the jobs of a core go."""

    option: Ints
    start: Ints
    count: Ints


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
    core = _Core(problem, jobs, row_price, problem.rows.upper + SLACK, None)
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
        core = _Core(problem, tier, row_price, left, PER_JOB)
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
    none = np.zeros(0, dtype=np.int64)
    option, start, count = (
        np.concatenate([none, *(getattr(c, name) for c in found)]) for name in ("option", "start", "count")
    )
    return Chosen(option, start, count), order[:done], row_price


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


class _Core:
    """The model of some jobs: columns x of their placements, then u of the jobs that may be away."""

    def __init__(self, problem: Problem, jobs: Ints, row_price: Floats, left: Floats, per_job: int | None):
        work = problem.work
        prices = meter_prices(problem, row_price)
        sums = running_sums(prices)
        away = np.minimum(problem.reject_usd, problem.defer_usd)
        parts, usds, owners = [], [], []
        for k, j in enumerate(jobs.tolist()):
            placed = allowed(work, int(work.job_options[j]), int(work.job_options[j + 1]))
            usd = placement_usd(work, prices, sums, placed)
            some = np.flatnonzero(usd < away[j])
            if per_job is not None:
                some = some[np.argsort(usd[some], kind="stable")[: 4 * per_job]]
            parts.append(_some(placed, some))
            usds.append(usd[some])
            owners.append(np.full(len(some), k))
        self.placed = Placements(
            *(np.concatenate([getattr(p, f) for p in parts]) for f in Placements.__dataclass_fields__)
        )
        usd, owner = np.concatenate(usds), np.concatenate(owners)
        use = sparse.csc_array(placement_rows(problem, self.placed))
        column = np.repeat(np.arange(len(usd)), np.diff(use.indptr))
        full = np.bincount(column, weights=use.data > left[use.indices], minlength=len(usd)) > 0
        keep = np.flatnonzero(~full)
        if per_job is not None:
            rank = np.arange(len(keep)) - np.searchsorted(owner[keep], owner[keep])
            entries = np.cumsum(np.bincount(rank, weights=np.diff(use.indptr)[keep], minlength=per_job))
            few = int(np.searchsorted(entries, ENTRIES, side="right"))
            keep = keep[rank < min(per_job, max(few, FEWEST))]
        self.placed, usd, owner, self.use = _some(self.placed, keep), usd[keep], owner[keep], use[:, keep]
        leaves = np.flatnonzero(np.isfinite(away[jobs]))
        tight = np.flatnonzero(self.use @ problem.count[jobs[owner]].astype(np.float64) > left)
        count = problem.count[jobs].astype(np.float64)
        columns = len(usd) + len(leaves)
        ones = sparse.csr_array(
            (np.ones(columns), (np.concatenate([owner, leaves]), np.arange(columns))), shape=(len(jobs), columns)
        )
        rows = sparse.csr_array(sparse.csr_array(self.use)[tight])
        matrix = sparse.vstack([ones, sparse.hstack([rows, sparse.csr_array((len(tight), len(leaves)))])], format="csr")
        self.form = scaled(
            Form(
                cost=np.concatenate([usd, away[jobs[leaves]]]), offset=0.0, base=0.0,
                lower=np.zeros(columns), upper=np.concatenate([count[owner], count[leaves]]),
                integer=np.ones(columns, dtype=bool), matrix=matrix,
                row_lower=np.concatenate([count, np.full(len(tight), -np.inf)]),
                row_upper=np.concatenate([count, left[tight]]),
                cost_scale=1.0, row_scale=np.ones(len(jobs) + len(tight)), units=2.0 * float(count.sum()),
            )
        )  # fmt: skip

    def read(self, x: Floats) -> tuple[Chosen, Floats]:
        """Where jobs go, and what that takes of each row."""
        units = np.round(x[: len(self.placed)]).astype(np.int64)
        some = np.flatnonzero(units)
        return (
            Chosen(self.placed.option[some], self.placed.start[some], units[some]),
            np.asarray(self.use @ units.astype(np.float64)),
        )


def _some(placed: Placements, which: Ints) -> Placements:
    return Placements(*(getattr(placed, name)[which] for name in Placements.__dataclass_fields__))

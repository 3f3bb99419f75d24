"""The model of some jobs alone: where they go in what rows have left for them.

    min Σ_j Σ_(o,s) (own cost + Σ_r λ[r] · what (o,s) adds to r) x[o,s] + away[j] u[j]
    subject to  Σ x + u = count   for each job,   Σ weight · use <= left[r]   for each row

Columns x of the placements that fit and are better than being away, then u of the jobs that may be away.
"""

from dataclasses import dataclass, fields, replace

import numpy as np
from scipy import sparse

from placement.kernels.jobs_of import jobs_of
from placement.kernels.placements import allowed, ranges
from placement.kernels.price import placement_usd, running_sums
from placement.kernels.work import Floats, Ints
from placement.models.form import Form, scaled
from placement.models.rows import placement_rows
from placement.problem import Problem
from placement.search.bound import meter_prices

FEWEST, ENTRIES = 12, 300_000
"""Fewer placements of a job than asked for, but no fewer than FEWEST, where all would have more entries in the matrix
than ENTRIES together.
"""


@dataclass(frozen=True)
class Chosen:
    """Where jobs go: placements and how many units of each."""

    option: Ints
    start: Ints
    count: Ints


def together(several: list[Chosen]) -> Chosen:
    """All placements of several."""
    none = np.zeros(0, dtype=np.int64)
    return Chosen(*(np.concatenate([none, *(getattr(c, f.name) for c in several)]) for f in fields(Chosen)))


class CoreModel:
    """The model of some jobs.

    Parameters
    ----------
    problem : Problem
        `count` says how many units of each job are to be placed.
    jobs : array
        Ascending.
    row_price, left : arrays, shape (R,)
        λ, and what rows have left for these jobs.
    per_job : int, optional
        Placements of a job, those of least cost; none given: all.
    rank_price : array, shape (R,), optional
        Prices of rows by which they are the least; none given: `row_price`.
    now : Chosen, optional
        Placements that are kept whatever they cost.
    room : float, optional
        $ by which a placement may cost more than the least of its job, being away among them, at the prices by which
        they are ranked; none given: all that cost less than being away.
    """

    def __init__(
        self,
        problem: Problem,
        jobs: Ints,
        row_price: Floats,
        left: Floats,
        per_job: int | None,
        rank_price: Floats | None = None,
        now: Chosen | None = None,
        room: float | None = None,
    ):
        work = jobs_of(problem.work, jobs)
        numbers = ranges(problem.work.job_options[jobs], np.diff(work.job_options))
        prices = meter_prices(problem, row_price)
        away = np.minimum(problem.reject_usd, problem.defer_usd)
        placed = allowed(work, 0, work.options)
        owner = np.searchsorted(work.job_options, placed.option, side="right") - 1
        usd = placement_usd(work, prices, running_sums(prices), placed)
        by = usd
        if rank_price is not None:
            others = meter_prices(problem, rank_price)
            by = placement_usd(work, others, running_sums(others), placed)
        better = usd < away[jobs[owner]]
        if room is not None:
            least = away[jobs]
            np.minimum.at(least, owner, by)
            better = by <= least[owner] + room
        held = np.zeros(len(placed), dtype=bool)
        if now is not None:
            held = np.isin(numbers[placed.option] * work.slots + placed.start, now.option * work.slots + now.start)
        some = np.flatnonzero(better | held)
        order = np.lexsort((by[some], ~held[some], owner[some]))
        some = some[order]
        if per_job is not None:
            some = some[_rank(owner[some]) < 4 * per_job]
        use = sparse.csc_array(placement_rows(replace(problem, work=work), placed.some(some)))
        column = np.repeat(np.arange(len(some)), np.diff(use.indptr))
        full = np.bincount(column, weights=use.data > left[use.indices], minlength=len(some)) > 0
        keep = np.flatnonzero(~full)
        if per_job is not None:
            rank = _rank(owner[some[keep]])
            entries = np.cumsum(np.bincount(rank, weights=np.diff(use.indptr)[keep], minlength=per_job))
            few = int(np.searchsorted(entries, ENTRIES, side="right"))
            keep = keep[rank < min(per_job, max(few, FEWEST))]
        some = some[keep]
        self.usd, self.rank_usd, self.held = usd[some], by[some], held[some]
        self.use, usd, owner = sparse.csc_array(use[:, keep]), usd[some], owner[some]
        self.option, self.start, self.owner = numbers[placed.option[some]], placed.start[some], owner
        leaves = np.flatnonzero(np.isfinite(away[jobs]))
        tight = np.flatnonzero(self.use @ problem.count[jobs[owner]].astype(np.float64) > left)
        count = problem.count[jobs].astype(np.float64)
        self.count, self.leaves = count, leaves
        self.of_column = np.concatenate([owner, leaves])
        columns = len(self.of_column)
        ones = sparse.csr_array((np.ones(columns), (self.of_column, np.arange(columns))), shape=(len(jobs), columns))
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

    def begin(self, now: Chosen, slots: int) -> tuple[Ints, Floats]:
        """Columns of given placements and of the jobs' rest that is away, and their values."""
        key = now.option * slots + now.start
        mine = self.option * slots + self.start
        x = np.zeros(self.form.columns)
        order = np.argsort(mine, kind="stable")
        at = np.searchsorted(mine[order], key)
        good = at < len(mine)
        good[good] = mine[order][at[good]] == key[good]
        np.add.at(x, order[at[good]], now.count[good].astype(np.float64))
        placed = np.bincount(self.owner, weights=x[: len(mine)], minlength=len(self.count))
        x[len(mine) :] = (self.count - placed)[self.leaves]
        return np.arange(self.form.columns), x

    def read(self, x: Floats) -> tuple[Chosen, Floats]:
        """Where jobs go, and what that takes of each row."""
        units = np.round(x[: len(self.option)]).astype(np.int64)
        some = np.flatnonzero(units)
        return (
            Chosen(self.option[some], self.start[some], units[some]),
            np.asarray(self.use @ units.astype(np.float64)),
        )


def _rank(owner: Ints) -> Ints:
    """Place of each entry among those of its owner; owners ascend."""
    rank: Ints = np.arange(len(owner)) - np.searchsorted(owner, owner)
    return rank

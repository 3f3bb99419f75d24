"""Sifting: the linear relaxation of a problem with more placements than one model holds, and the few that matter.

A master program holds some placements of each job and all of supply. Its prices of rows are put to all placements: that
proves a bound (`bound`), and where an option has a placement that costs less than its job does in the master, the best
of them go in (Bixby, Gregory, Lustig, Marsten, Shanno: Very large-scale linear programming, 1992). Segments, order and
data sets are left out of the master, as of the bound.

**The core.** At prices λ a plan with placement (o,s) of job j costs at least L(λ) + c[o,s] - min c[j], c at these
prices. Placements are kept in the order of that; where all that are left out would make a plan dearer than the best
one known, the problem that is left has the same best plans.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from placement.errors import SolverError
from placement.kernels.placements import placements
from placement.kernels.price import placement_usd, priced_blocks, running_sums
from placement.kernels.work import Floats, Ints
from placement.models import highs
from placement.models.core import SAFETY
from placement.models.form import Form, scaled
from placement.models.rows import placement_rows
from placement.problem import Problem
from placement.search.bound import back_end, legal, meter_prices, priced_bound
from placement.search.packing import sizes
from placement.search.steady import artificial_usd
from placement.search.supply import Supply

FIRST, PER_JOB = 10, 5
"""Placements of a job that go into the master at first, and then at once, each of another option."""

VERTEX_COLUMNS, NEAR = 50_000, 1e-5
"""Columns of a master up to which it is solved by the simplex method, and else the gap at which it may end."""

CLOSE = 1e-5
"""Sifting ends where the bound is so near to what the master costs, relative to what is decided on."""

WORTH = 1e-7
"""By which a placement must be cheaper, relative to its job's."""

FEWEST, FEWEST_EACH, LARGE = 5, 2, 50
"""Placements of a job that are kept in any case; and of each option of a job with a data set, and of the LARGE largest,
of which prices of rows do not say all.
"""

OPTIONS = 6
"""Of a job in segments or in an order; all their starts are kept, since others' ends decide on them."""

ENTRIES = 2_000_000
"""Of a core's rows, about; fewer placements are kept where each has many."""


@dataclass(frozen=True)
class Sifted:
    """Prices, what they prove, and the placements of the master."""

    row_price: Floats
    """(R,) those that prove most."""
    bound_usd: float
    usd: float
    """Of the last master: no more than inf and no less than the relaxation of the problem."""
    option: Ints
    start: Ints
    units: Floats
    """Of each of these placements in the last master."""
    supply: Floats | None
    """(n,) the last master's columns of supply, as `Supply.form` has them; None: no master was solved."""


def sift(
    problem: Problem,
    supply: Supply,
    option: Ints,
    start: Ints,
    begin: Floats,
    over: Callable[[], bool],
    proven: Callable[[float], None],
    limit_s: Callable[[], float],
    stop: highs.Event | None,
    most: int | None = None,
    first: int = FIRST,
) -> Sifted:
    """Prices and placements, until the bound is close to the relaxation, or `over`.

    Parameters
    ----------
    problem : Problem
    supply : Supply
        The problem's.
    option, start : arrays
        Placements to begin with, such as those of a plan.
    begin : array, shape (R,)
        Prices to begin with: what is cheapest at these goes in first.
    over : callable
        Whether to end.
    proven : callable
        Told each bound, $.
    limit_s : callable
        Seconds that are left for the solver.
    stop : event, optional
    most : int, optional
        Linear programs that are solved at most.
    first : int
        Placements of a job that go in at first, besides those to begin with.
    """
    work, solves = problem.work, 0
    pricer = back_end(work).pricer(work.by_option())
    best_price, bound = begin, priced_bound(problem, begin, supply=supply).usd
    proven(bound)
    usd = np.inf
    master = _Master(problem, supply)
    cheapest = pricer(meter_prices(problem, legal(problem, begin)))
    new = _cheapest_of_each(master.job, cheapest.usd, cheapest.option >= 0, first)
    key = np.unique(np.concatenate([option * work.slots + start, new * work.slots + cheapest.start[new]]))
    solved: _Solved | None = None
    held = key
    while (answer := master.solve(key // work.slots, key % work.slots, limit_s(), stop)) is not None:
        solved, held, usd = answer, key, answer.usd
        price = legal(problem, solved.price)
        found = priced_bound(problem, price, supply=supply).usd
        if found > bound:
            best_price, bound = price, found
            proven(found)
        solves += 1
        if over() or solves == most or usd - found <= CLOSE * abs(usd - problem.constant_usd - problem.forced_usd):
            break
        cheapest = pricer(meter_prices(problem, price))
        worth = (solved.job_usd - WORTH * np.abs(solved.job_usd))[master.job]
        new = _cheapest_of_each(master.job, cheapest.usd, (cheapest.option >= 0) & (cheapest.usd < worth), PER_JOB)
        more = np.union1d(key, new * work.slots + cheapest.start[new])
        if len(more) == len(key):
            break
        key = more
    units = np.zeros(len(key))
    if solved is not None:
        units[np.searchsorted(key, held)] = solved.units
    own = None if solved is None else solved.supply
    return Sifted(best_price, bound, usd, key // work.slots, key % work.slots, units, own)


def _cheapest_of_each(job: Ints, usd: Floats, good: NDArray[np.bool_], most: int) -> Ints:
    """Of the options that are good, the cheapest of each job, at most so many."""
    some = np.flatnonzero(good)
    some = some[np.lexsort((usd[some], job[some]))]
    return some[np.arange(len(some)) - np.searchsorted(job[some], job[some]) < most]


class _Master:
    """The linear program of some placements, of being away, and of supply."""

    def __init__(self, problem: Problem, supply: Supply):
        self.problem, self.supply, self.jobs = problem, supply, problem.work.jobs
        self.job = np.repeat(np.arange(self.jobs), np.diff(problem.work.job_options))
        self.sums = running_sums(problem.meter_usd)
        away = np.minimum(problem.reject_usd, problem.defer_usd)
        self.away = np.where(np.isfinite(away), away, artificial_usd(problem))

    def solve(self, option: Ints, start: Ints, limit_s: float, stop: highs.Event | None) -> "_Solved | None":
        """The relaxation; None: it was not solved."""
        problem, own, n = self.problem, self.supply.form, len(option)
        placed = placements(problem.work, option, start)
        usd = placement_usd(problem.work, problem.meter_usd, self.sums, placed)
        job, count = self.job[option], problem.count.astype(np.float64)
        of = np.concatenate([job, np.arange(self.jobs)])
        ones = sparse.csr_array((np.ones(len(of)), (of, np.arange(len(of)))), shape=(self.jobs, len(of)))
        put = sparse.hstack([placement_rows(problem, placed), sparse.csr_array((len(problem.rows), self.jobs))])
        blocks = [
            [ones, sparse.csr_array((self.jobs, own.columns))],
            [put, self.supply.into],
            [sparse.csr_array((own.matrix.shape[0], len(of))), own.matrix],
        ]
        matrix = sparse.vstack([sparse.hstack(row) for row in blocks], format="csr")
        form = scaled(
            Form(
                cost=np.concatenate([usd, self.away, own.cost]), offset=problem.constant_usd + own.offset, base=0.0,
                lower=np.concatenate([np.zeros(n + self.jobs), own.lower]),
                upper=np.concatenate([count[of], own.upper]),
                integer=np.zeros(matrix.shape[1], dtype=bool), matrix=matrix,
                row_lower=np.concatenate([count, problem.rows.lower, own.row_lower]),
                row_upper=np.concatenate([count, problem.rows.upper, own.row_upper]),
                cost_scale=1.0, row_scale=np.ones(matrix.shape[0]),
            )
        )  # fmt: skip
        try:
            interior = NEAR if form.columns > VERTEX_COLUMNS else None
            outcome = highs.solve(form, relax=True, interior=interior, time_limit_s=limit_s, stop=stop)
        except SolverError:
            return None
        if outcome.row_dual is None or outcome.x is None or outcome.status != "optimal":
            return None
        dual = outcome.row_dual * form.row_scale * form.cost_scale
        price = -dual[self.jobs : self.jobs + len(problem.rows)]
        return _Solved(outcome.usd, dual[: self.jobs], price, outcome.x[:n], outcome.x[n + self.jobs :])


@dataclass(frozen=True)
class _Solved:
    """A master's answer."""

    usd: float
    job_usd: Floats
    """(J,) what a unit of each job costs."""
    price: Floats
    """(R,) prices of rows."""
    units: Floats
    """Of each placement."""
    supply: Floats
    """(n,) columns of supply."""


@dataclass(frozen=True)
class Core:
    """A problem with some of its placements."""

    problem: Problem
    whole: bool
    """Whether a plan cheaper than the one that it was cut with has no other placements."""


def core(
    problem: Problem,
    sifted: Sifted,
    ceiling_usd: float,
    most: int,
    option: Ints,
    start: Ints,
    check: Callable[[], None] = lambda: None,
) -> Core:
    """The placements of least reduced cost, those of the master, and some of each job.

    Parameters
    ----------
    problem : Problem
    sifted : Sifted
    ceiling_usd : float
        Cost of the best plan known; inf if none is.
    most : int
        At most about so many placements.
    option, start : arrays
        Placements that are kept in any case.
    check : callable
        Called now and then; may raise to give up.
    """
    work, slots = problem.work, problem.work.slots
    away = np.minimum(problem.reject_usd, problem.defer_usd)
    each, tied = _each_option(problem), _tied(problem)
    room = ceiling_usd - sifted.bound_usd + SAFETY * max(1.0, abs(ceiling_usd)) if np.isfinite(ceiling_usd) else np.inf
    most = min(most, int(ENTRIES / _entries_each(problem)))
    kept: list[Ints] = [sifted.option * slots + sifted.start, option * slots + start]
    keys, over = np.zeros(0, dtype=np.int64), np.zeros(0)
    limit = room
    for placed, usd, job, heads in priced_blocks(work, meter_prices(problem, legal(problem, sifted.row_price))):
        check()
        key = placed.option * slots + placed.start
        least = np.minimum(np.minimum.reduceat(usd, heads), away[job[heads]])
        reduced = usd - np.repeat(least, np.diff(heads, append=len(usd)))
        everyone = np.arange(len(job))
        for owner, some, few in ((job, everyone, FEWEST), (placed.option, np.flatnonzero(each[job]), FEWEST_EACH)):
            order = some[np.lexsort((reduced[some], owner[some]))]
            rank = np.arange(len(order)) - np.searchsorted(owner[order], owner[order])
            kept.append(key[order[rank < few]])
        some = np.flatnonzero(tied[job])
        if len(some):
            kept.append(key[some[_of_cheapest_options(placed.option[some], job[some], reduced[some])]])
        near = np.flatnonzero(reduced <= limit)
        keys, over = np.concatenate([keys, key[near]]), np.concatenate([over, reduced[near]])
        if len(keys) > most:
            limit = float(np.partition(over, most - 1)[most - 1])
            keys, over = keys[over < limit], over[over < limit]
    every = np.unique(np.concatenate([keys, *kept]))
    return Core(only(problem, every // slots, every % slots), limit == room)


def _entries_each(problem: Problem) -> float:
    """About how many entries in rows a placement has."""
    work = problem.work
    if work.options == 0:
        return 1.0
    slot_hours = float(work.edges[-1]) / work.slots
    slots = np.clip(np.ceil(work.option_work / slot_hours), 1, work.slots)
    return max(1.0, float((slots * np.diff(work.option_uses)).mean()))


def _each_option(problem: Problem) -> NDArray[np.bool_]:
    """(J,) job rows of which placements on each option are kept."""
    work = problem.work
    each = np.zeros(work.jobs, dtype=bool)
    moved = np.diff(problem.option_moves) > 0
    each[np.repeat(np.arange(work.jobs), np.diff(work.job_options))[moved]] = True
    each[np.argsort(-sizes(work), kind="stable")[:LARGE]] = True
    return each


def _tied(problem: Problem) -> NDArray[np.bool_]:
    """(J,) job rows in segments or in an order."""
    tied = problem.previous >= 0
    tied[problem.previous[tied]] = True
    for pair in problem.after:
        tied[[pair.earlier, pair.later]] = True
    return tied


def _of_cheapest_options(option: Ints, job: Ints, reduced: Floats) -> NDArray[np.bool_]:
    """Whether placements, by option, are of one of the OPTIONS of their job that have the cheapest."""
    heads = np.flatnonzero(np.diff(option, prepend=-1))
    some = _cheapest_of_each(job[heads], np.minimum.reduceat(reduced, heads), np.ones(len(heads), dtype=bool), OPTIONS)
    return np.isin(option, option[heads[some]])


def only(problem: Problem, option: Ints, start: Ints) -> Problem:
    """The problem with these placements alone, in any order; some may be named more than once."""
    work = problem.work
    key = np.unique(option * work.slots + start)
    option, start = key // work.slots, key % work.slots
    begins = np.ones(len(option), dtype=bool)
    begins[1:] = (option[1:] != option[:-1]) | (start[1:] != start[:-1] + 1)
    first = np.flatnonzero(begins)
    last = np.append(first, len(option))[1:] - 1 if len(option) else first
    work = replace(
        work,
        option_spans=np.searchsorted(option[first], np.arange(work.options + 1)),
        span_first=start[first],
        span_last=start[last],
    )
    return replace(problem, work=work)

"""Virtual meters: limits that whole jobs keep and parts of jobs do not, so that the priced bound rises above the
linear relaxation.

A row says Σ a[o] · x <= c[t] of what runs in a slot. For any size w > 0 whole runs keep

    Σ ⌊a[o] / w⌋ · x  <=  ⌊c[t] / w⌋          (Chvátal-Gomory rounding; ⌊·/w⌋ is a dual-feasible function)

too: with w a little more than half of c, of the jobs larger than that one runs at a time. What counts ⌊a / w⌋ is one
more meter, used by large options alone, in whole slots alone (`WHOLE`: a last slot is shared, and parts of a are no
⌊a / w⌋). Sizes are those of options that placements in parts, the weights of the smoothed bound, crowd most.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from placement.kernels.jobs_of import jobs_of
from placement.kernels.placements import allowed, ranges
from placement.kernels.price import placement_usd, running_sums
from placement.kernels.work import RUN, WHOLE, Floats, Ints, Work
from placement.problem import Bools, Problem, Rows
from placement.search.ascent import TEMPERATURES, Smooth, ascend
from placement.search.bound import meter_prices, priced_bound
from placement.search.packing import SLACK, sizes

SMALLEST = 1 / 12
"""Share of a limit from which an option is large: no size is smaller."""

PER_LIMIT = 6
"""Sizes of one limit that are added at once, at most."""

CROWDED = 0.05
"""By how much, of the length of its coefficients, a row must be exceeded to be worth its price."""

NEAR = 0.5
"""Units below its limit up to which a slot's row is kept: prices move."""

LOOSE = 2e-6
"""Share of a limit by which a plan is over it at most: twice what the verifier allows."""

LEAST = 1e-6
"""Part of a placement that is none."""

LISTED = 3_000_000
"""Placements of large jobs that are looked at, those of the largest first."""

ROUNDS, EVALUATIONS, FEWEST = 3, 500, 100
"""How often sizes are added, evaluations of the smoothed bound after each time, and fewer than these are not begun."""

FIRST, THEN = TEMPERATURES[-3:], TEMPERATURES[-2:]
"""Temperatures of the first climb with virtual meters, and of those after it."""

PAYS = 5e-4
"""Share of what is decided on by which a round must raise the bound to count, and for another."""


@dataclass(frozen=True)
class Limit:
    """A row of one slot after the other: the same meters and weights, with a limit in each slot."""

    meter: Ints
    weight: Floats
    upper: Floats
    """(T,) inf where there is none."""
    amount: Floats
    """(O,) what a run of each option takes in a whole slot."""


@dataclass(frozen=True)
class Size:
    """A size of one limit, and the slots in which its row is kept."""

    limit: int
    size: float
    slots: Ints


def tighten(
    problem: Problem,
    row_price: Floats,
    evaluations: int,
    over: Callable[[], bool],
    proven: Callable[[float], None],
) -> tuple[Problem, Floats]:
    """The problem with virtual meters where they pay, and prices of its rows; else as they are.

    Parameters
    ----------
    problem : Problem
        For which `packing.is_packing` holds.
    row_price : array, shape (R,)
        At which the priced bound is near the relaxation.
    evaluations : int
        For which there is time after each addition; EVALUATIONS at most are made.
    over : callable
        Whether to end early.
    proven : callable
        Told each bound, $.

    Returns
    -------
    problem : Problem
        Rows and meters of the one given come first.
    row_price : array, shape (R + virtual rows,)
    """
    evaluations = min(evaluations, EVALUATIONS)
    bound = priced_bound(problem, row_price).usd
    best, best_price = problem, row_price
    if evaluations < FEWEST:
        return best, best_price
    limits, found = limits_of(problem), list[Size]()
    heat = TEMPERATURES[-2] * Smooth(problem).scale
    tried, price = problem, row_price
    for turn in range(ROUNDS):
        new = crowded(tried, limits, price, heat, {(size.limit, size.size) for size in found})
        if not new or over():
            break
        found += new
        tried = with_sizes(problem, limits, found)
        price = np.concatenate([price, np.zeros(len(tried.rows) - len(price))])
        climbed = ascend(tried, price, evaluations, over, proven, FIRST if turn == 0 else THEN)
        price, gain = climbed.price, climbed.bound_usd - bound
        if gain < PAYS * abs(bound - problem.constant_usd):
            break
        best, best_price, bound = tried, price, climbed.bound_usd
    return best, best_price


def limits_of(problem: Problem) -> list[Limit]:
    """The limits of a packing problem, alike over slots."""
    rows, slots = problem.rows, problem.work.slots
    order = np.lexsort((rows.cell_meter, rows.cell_row))
    row, meter, weight = rows.cell_row[order], rows.cell_meter[order], rows.cell_weight[order]
    slot_of = np.zeros(len(rows), dtype=np.int64)
    slot_of[rows.cell_row] = rows.cell_slot
    begin = np.searchsorted(row, np.arange(len(rows) + 1))
    known: dict[bytes, int] = {}
    result: list[Limit] = []
    for r in np.flatnonzero(np.isfinite(rows.upper) & (np.diff(begin) > 0)).tolist():
        mine = slice(begin[r], begin[r + 1])
        key = meter[mine].tobytes() + weight[mine].tobytes()
        if key not in known:
            known[key] = len(result)
            taken = _taken(problem, meter[mine], weight[mine])
            result.append(Limit(meter[mine], weight[mine], np.full(slots, np.inf), taken))
        upper = result[known[key]].upper
        upper[slot_of[r]] = min(upper[slot_of[r]], rows.upper[r])
    return result


def _taken(problem: Problem, meter: Ints, weight: Floats) -> Floats:
    """(O,) what a run of each option takes of weighted meters in a whole slot."""
    work, of = problem.work, np.zeros(problem.meters)
    of[meter] = weight
    taken = np.where(work.use_kind == RUN, work.use_amount * of[work.use_meter], 0.0)
    option = np.repeat(np.arange(work.options), np.diff(work.option_uses))
    total: Floats = np.asarray(np.bincount(option, weights=taken, minlength=work.options), dtype=np.float64)
    return total


def counts(amount: Floats, size: float) -> Floats:
    """⌊a / size⌋ of amounts."""
    whole: Floats = np.floor(amount / size)
    return whole


def kept(upper: Floats, size: float) -> Floats:
    """(T,) what whole runs keep of the sum of `counts`, even where a plan is over the limit by its tolerance; what a
    quotient in `counts` is rounded by is less.
    """
    whole: Floats = np.floor((upper * (1.0 + LOOSE) + 2.0 * SLACK) / size)
    return whole


def with_sizes(problem: Problem, limits: list[Limit], added: list[Size]) -> Problem:
    """The problem with a virtual meter of each size, and a row for each of its slots; those that were there come first.

    Every plan of the problem in whole numbers keeps the rows.
    """
    if not added:
        return problem
    work = problem.work
    options, meters, amount = [], [], []
    for k, size in enumerate(added):
        count = counts(limits[size.limit].amount, size.size)
        some = np.flatnonzero(count)
        options.append(some)
        meters.append(np.full(len(some), problem.meters + k))
        amount.append(count[some])
    rows = problem.rows
    cells = [np.full(len(size.slots), problem.meters + k) for k, size in enumerate(added)]
    slot = np.concatenate([rows.cell_slot, *(size.slots for size in added)])
    more = len(slot) - len(rows.cell_slot)
    upper = [kept(limits[size.limit].upper[size.slots], size.size) for size in added]
    return replace(
        problem,
        work=_used_too(work, *(np.concatenate([*each]) for each in (options, meters, amount))),
        meter_usd=np.vstack([problem.meter_usd, np.zeros((len(added), work.slots))]),
        rows=Rows(
            lower=np.concatenate([rows.lower, np.full(more, -np.inf)]),
            upper=np.concatenate([rows.upper, *upper]),
            penalty=np.concatenate([rows.penalty, np.full(more, np.nan)]),
            cell_row=np.concatenate([rows.cell_row, len(rows) + np.arange(more)]),
            cell_meter=np.concatenate([rows.cell_meter, *cells]),
            cell_slot=slot,
            cell_weight=np.concatenate([rows.cell_weight, np.ones(more)]),
        ),
    )


def _used_too(work: Work, option: Ints, meter: Ints, amount: Floats) -> Work:
    """The work with uses of kind WHOLE after those that each option has."""
    before = np.repeat(np.arange(work.options), np.diff(work.option_uses))
    order = np.argsort(np.concatenate([before, option]), kind="stable")
    number = np.diff(work.option_uses) + np.bincount(option, minlength=work.options)
    return replace(
        work,
        option_uses=np.concatenate([[0], np.cumsum(number)]),
        use_meter=np.concatenate([work.use_meter, meter])[order],
        use_amount=np.concatenate([work.use_amount, amount])[order],
        use_kind=np.concatenate([work.use_kind, np.full(len(option), WHOLE)])[order],
        use_link=np.concatenate([work.use_link, np.full(len(option), -1)])[order],
    )


def crowded(
    problem: Problem, limits: list[Limit], row_price: Floats, heat: Floats, known: set[tuple[int, float]]
) -> list[Size]:
    """Sizes that placements in parts crowd most, at given prices of rows.

    Parameters
    ----------
    problem : Problem
        With virtual meters that are there already.
    limits : list of Limit
        Those of the problem without them.
    row_price : array, shape (R,)
    heat : array, shape (J,)
        $ of the soft minimum by which placements have parts.
    known : set
        Limits and sizes that are there already.
    """
    work = problem.work
    least = [SMALLEST * float(limit.upper[np.isfinite(limit.upper)].max(initial=0.0)) for limit in limits]
    large = np.zeros(work.options, dtype=bool)
    for limit, few in zip(limits, least, strict=True):
        large |= (limit.amount >= few) & (few > 0)
    option, first, end, part = _parts(problem, large, row_price, heat)
    result: list[Size] = []
    for k, (limit, few) in enumerate(zip(limits, least, strict=True)):
        mine = np.flatnonzero((limit.amount[option] >= few) & (few > 0))
        size, at = np.unique(limit.amount[option[mine]], return_inverse=True)
        steps = np.zeros((len(size), work.slots + 1))
        np.add.at(steps, (at, first[mine]), part[mine])
        np.add.at(steps, (at, end[mine]), -part[mine])
        there = np.clip(np.cumsum(steps, axis=1)[:, :-1], 0.0, None)
        result += _sizes(k, limit, size, there, known)
    return result


def _parts(problem: Problem, large: Bools, row_price: Floats, heat: Floats) -> tuple[Ints, Ints, Ints, Floats]:
    """Placements of the large options that have parts: option, first slot, slot after the last whole one, part."""
    work = problem.work
    owner = np.repeat(np.arange(work.jobs), np.diff(work.job_options))
    spans = np.concatenate([[0], np.cumsum(work.span_last - work.span_first + 1, dtype=np.int64)])
    starts = np.diff(spans[work.option_spans[work.job_options]])
    jobs = np.unique(owner[large])
    jobs = jobs[problem.count[jobs] > 0]
    size = sizes(work)[jobs]
    order = np.argsort(-size, kind="stable")
    jobs = np.sort(jobs[order[np.cumsum(starts[jobs[order]]) <= LISTED]])
    few = jobs_of(work, jobs)
    number = ranges(work.job_options[jobs], np.diff(few.job_options))
    placed = allowed(few, 0, few.options)
    if len(placed) == 0:
        none = np.zeros(0, dtype=np.int64)
        return none, none, none, np.zeros(0)
    prices = meter_prices(problem, row_price)
    usd = placement_usd(few, prices, running_sums(prices), placed)
    job = np.searchsorted(few.job_options, placed.option, side="right") - 1
    away = np.minimum(problem.reject_usd, problem.defer_usd)[jobs]
    low = away.copy()
    np.minimum.at(low, job, usd)
    weight = np.exp(-(usd - low[job]) / heat[jobs[job]])
    over = np.subtract(away, low, out=np.full(len(jobs), np.inf), where=np.isfinite(away))
    total = np.bincount(job, weights=weight, minlength=len(jobs)) + np.exp(-over / heat[jobs])
    part = weight / total[job] * problem.count[jobs[job]]
    some = np.flatnonzero((part > LEAST) & large[number[placed.option]])
    end = placed.last[some] + (placed.fraction[some] >= 1.0)
    return number[placed.option[some]], placed.start[some], end, part[some]


def _sizes(k: int, limit: Limit, size: Floats, there: Floats, known: set[tuple[int, float]]) -> list[Size]:
    """Sizes of one limit, those that are exceeded most first.

    Parameters
    ----------
    k : int
        The limit's number.
    limit : Limit
    size : array, shape (A,)
        What large options take of it.
    there : array, shape (A, T)
        Parts of them that run in each slot.
    known : set
    """
    if len(size) == 0:
        return []
    count = np.array([counts(size, w) for w in size])
    over = count @ there - np.array([kept(limit.upper, w) for w in size])
    length = np.sqrt(count**2 @ (there > LEAST))
    depth = np.where(over > CROWDED, over / np.maximum(length, 1.0), 0.0)
    for w, one in enumerate(size):
        if (k, float(one)) in known:
            depth[w] = 0.0
    found, best = [], np.zeros(there.shape[1])
    for _ in range(PER_LIMIT):
        gain = np.maximum(depth - best, 0.0).sum(axis=1)
        w = int(np.argmax(gain))
        if gain[w] <= 0.0:
            break
        best = np.maximum(best, depth[w])
        found.append(Size(k, float(size[w]), np.flatnonzero(np.isfinite(limit.upper) & (over[w] > -NEAR))))
    return found

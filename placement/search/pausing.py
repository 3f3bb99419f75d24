"""Jobs that may be paused, at prices of rows: the cheapest pieces by the dynamic programme, and what that proves.

With a price λ on each row, jobs fall apart as in `bound`, and a job that may be paused is worth the least over its
ways to run and over all ways to cut its work into pieces (`kernels/pause.py`) instead of over starts:

    L(λ) = Σ_others min over placements + Σ_these count · min(reject, defer, pieces) + supply(λ) - rows + constant

where the programme may do more than a plan may, never less: transfers and the order of jobs are left out, a speed that
changes from slot to slot is rounded up, a deadline inside a slot is taken at its end. A first piece may hold nothing
where it matters in which slot a job begins, for a plan may come as near to that as it likes. So L(λ) is a lower bound.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from placement.compile import Compiled
from placement.kernels.backend import BackEnd
from placement.kernels.pause import Pauses, Tasks, of_tasks
from placement.kernels.placements import ranges
from placement.kernels.work import RUN, STAGE, UNLOAD, Floats, Ints
from placement.problem import Bools, Problem
from placement.search.bound import back_end, legal, meter_prices, priced_bound
from placement.search.packing import SLACK
from placement.search.pause_tasks import LESS, Options
from placement.search.supply import supply_of
from placement.segmented import TINY

AT_ONCE = 512
"""Options that are solved together; between them it is asked whether time is up."""


@dataclass(frozen=True)
class Way:
    """A way to run a job in pieces."""

    option: int
    """Number among the options of its job."""
    first: tuple[int, ...]
    last: tuple[int, ...]
    """First and last slot of each piece."""
    partly: int
    """Slot that is held in part, -1 for none,"""
    part: float
    """and which."""
    shares: tuple[float, ...]
    """Of its work, that pieces do."""


@dataclass(frozen=True)
class Cheapest:
    """The cheapest way to run each of J jobs at prices of meters."""

    usd: Floats
    """(J,) $; inf: there is none."""
    option: Ints
    """(J,) of N; -1: none."""
    found: Pauses
    """Its pieces, of J; none where there is none, or time was up."""
    part: Floats
    """(J, K) what its pieces need of a slot besides."""


class Pausing:
    """The jobs of a scenario that may be paused, N options of J of them.

    Parameters
    ----------
    probe : Compiled
        Of `segmented.probe_of`, with every row.
    jobs : array, shape (J,)
        Jobs of the scenario.
    most : array, shape (J,)
        Pieces that each may have.
    resume_hours : array, shape (J,)
    tails : bool
        Whether runs may go on past the end.
    """

    def __init__(self, probe: Compiled, jobs: Ints, most: Ints, resume_hours: Floats, tails: bool):
        self.problem, self.jobs = probe.problem, jobs
        work = self.problem.work
        self.row = np.searchsorted(probe.legend.job, jobs)
        count = np.diff(work.job_options)[self.row]
        self.of = np.repeat(np.arange(len(jobs)), count)
        """(N,) job of each option, by its place in `jobs`,"""
        self.first = np.concatenate([[0], np.cumsum(count)])
        """(J+1,)"""
        self.head = ranges(work.job_options[self.row], count)
        self.foot = ranges(work.job_options[self.row + 2], count)
        """(N,) options of the job rows that begin, and that end."""
        self._legend = probe.legend
        self.most, self.resume, self.tails = most, resume_hours, tails
        self.work = work.option_work[self.head] / TINY
        self.options = Options(
            work, self.head, self.foot, self.of, self.work, most, resume_hours, _deadlines(probe)[jobs], self.row, tails
        )
        self.done = self.options.done
        self.away = np.minimum(self.problem.reject_usd, self.problem.defer_usd)[self.row]
        self.count = self.problem.count[self.row]
        self.supply = supply_of(self.problem)
        self.supplied = np.diff(self.supply.into.indptr) > 0
        """(R,) rows in which supply stands."""
        self.rest = self._rest()
        self._link = self._link_rows()
        self.back: BackEnd = back_end(work)

    def option_name(self, n: int) -> str:
        """Name of an option in plans."""
        return self._legend.option_name(int(self.head[n]))

    def _rest(self) -> Problem:
        """The problem without these jobs."""
        mine = (self.row[:, None] + np.arange(3)).reshape(-1)
        count = self.problem.count.copy()
        reject, defer = self.problem.reject_usd.copy(), self.problem.defer_usd.copy()
        count[mine], reject[mine], defer[mine] = 0, 0.0, 0.0
        previous = self.problem.previous.copy()
        previous[mine] = -1
        return replace(self.problem, count=count, reject_usd=reject, defer_usd=defer, previous=previous)

    def _uses_of(self, option: Ints) -> tuple[Ints, Ints]:
        """Uses of options, one after the other, and the place of the option of each."""
        work = self.problem.work
        begin = work.option_uses[option]
        number = work.option_uses[option + 1] - begin
        return ranges(begin, number), np.repeat(np.arange(len(option)), number)

    def _link_rows(self) -> Bools:
        """(R,) rows that count transfers of these jobs: what they charge is left out, so none may pay."""
        work, rows = self.problem.work, self.problem.rows
        moved = np.zeros(self.problem.meters, dtype=bool)
        for use, _ in (self._uses_of(self.head), self._uses_of(self.foot)):
            moved[work.use_meter[use][np.isin(work.use_kind[use], (STAGE, UNLOAD))]] = True
        result = np.zeros(len(rows), dtype=bool)
        result[rows.cell_row[moved[rows.cell_meter]]] = True
        return result

    def legal(self, row_price: Floats) -> Floats:
        """Prices brought to where they prove something here too."""
        price = legal(self.problem, row_price)
        return np.where(self._link, np.maximum(price, 0.0), price)

    def tasks(self, prices: Floats, some: Ints | slice, fits: Bools | None = None, *, prove: bool) -> Tasks:
        """The dynamic programmes of n options at prices of meters.

        Parameters
        ----------
        prices : array, shape (M, T)
        some : array, shape (n,), or slice
            Options, of N.
        fits : array, shape (n, T), optional
            Where there is room; if left out, for pieces that are enough, where there is with nothing else there.
        prove : bool
            Whether every doubt is decided such that the cost is a lower bound; else such that the pieces are enough.
        """
        idle = self.done[some] == 0
        if fits is None and not prove and idle.any():  # where nothing is done, ends do not tell
            room = self.room(np.zeros((self.problem.meters, self.problem.work.slots)))
            fits = np.array([self.fits(each, room) for each in np.arange(len(self.head))[some].tolist()])
        can = None if fits is None else (self.options.ends[some] | idle) & fits
        return self.options.tasks(prices, some, can, prove=prove)

    def _groups(self) -> Iterator[tuple[int, int]]:
        """Ranges of jobs of about AT_ONCE options, of one job at least."""
        first = 0
        while first < len(self.jobs):
            end = int(np.searchsorted(self.first, self.first[first] + AT_ONCE, side="right")) - 1
            end = min(max(end, first + 1), len(self.jobs))
            yield first, end
            first = end

    def cheapest(
        self, prices: Floats, *, prove: bool, wanted: Bools | None = None, over: Callable[[], bool] | None = None
    ) -> Cheapest:
        """The cheapest way to run each job at prices of meters.

        Parameters
        ----------
        prices : array, shape (M, T)
        prove : bool
            As of `tasks`.
        wanted : array, shape (J,), optional
            Jobs that are asked for; all if left out. Others have none.
        over : callable, optional
            Whether time is up. Jobs that are left then have none or, if something is to be proved, what no way of
            theirs is below.
        """
        count, most = len(self.jobs), int(self.most.max(initial=1))
        result = Cheapest(
            np.full(count, np.inf), np.full(count, -1),
            Pauses(
                np.full(count, np.inf), np.zeros(count, dtype=np.int64), np.full((count, most), -1),
                np.full((count, most), -1), np.full(count, -1),
            ), np.zeros((count, most)),
        )  # fmt: skip
        for first, end in self._groups():
            if wanted is not None and not wanted[first:end].any():
                continue
            if over is not None and over():
                if prove:
                    least = self.options.least_usd(prices)
                    for j in range(first, count):
                        result.usd[j] = least[self.first[j] : self.first[j + 1]].min(initial=np.inf)
                break
            self._solve(prices, first, end, prove, wanted, result)
        return result

    def _solve(self, prices: Floats, first: int, end: int, prove: bool, wanted: Bools | None, result: Cheapest) -> None:
        """The cheapest way of jobs first .. end - 1."""
        low, high = int(self.first[first]), int(self.first[end])
        if low == high:
            return
        tasks = self.tasks(prices, slice(low, high), prove=prove)
        every = self.back.pauses_usd(tasks)
        some = []
        for j in range(first, end):
            mine = every[self.first[j] - low : self.first[j + 1] - low]
            if len(mine) and np.isfinite(mine.min()) and (wanted is None or wanted[j]):
                n = int(np.argmin(mine))
                result.option[j], result.usd[j] = n + self.first[j], mine[n]
                some.append(j)
        if not some:
            return
        at = result.option[some] - low
        found = self.back.pauses(of_tasks(tasks, at))
        result.part[some] = tasks.part[at]
        for into, values in zip(result.found, found, strict=True):
            into[some] = values

    def evaluate(self, row_price: Floats, over: Callable[[], bool] | None = None) -> tuple[float, Floats]:
        """The bound at prices of rows, $, and the slope there, (R,), but for starts and transfers of these jobs.

        Once `over` says that time is up it is a bound all the same, but a lower one.
        """
        problem, rows = self.problem, self.problem.rows
        price = self.legal(row_price)
        prices = meter_prices(problem, price)
        best = self.cheapest(prices, prove=True, over=over)
        mine = np.minimum(best.usd, self.away) * self.count
        rest = priced_bound(self.rest, price, supply=self.supply).usd
        total = rest + float(mine.sum())
        if not np.isfinite(total):
            return total, np.zeros(len(price))
        total -= 1e-9 * (abs(rest) + float(np.abs(mine).sum()))
        chosen = np.flatnonzero((best.found.pieces > 0) & (best.usd <= self.away))
        held = np.array([self._held(best, j) * self.count[j] for j in chosen.tolist()]).reshape(-1, problem.work.slots)
        use = self._others_use(prices) + self.options.used(best.option[chosen], held, problem.meters)
        put = np.zeros(len(rows))
        np.add.at(put, rows.cell_row, rows.cell_weight * use[rows.cell_meter, rows.cell_slot])
        at_rest = np.where(np.isfinite(rows.upper), rows.upper, rows.lower)
        side = np.where(price > 0, rows.upper, np.where(price < 0, rows.lower, at_rest))
        return total, put + self.supply.answer(price)[1] - side

    def _others_use(self, prices: Floats) -> Floats:
        """(M, T) what other jobs use at prices of meters."""
        rest = self.rest
        best = self.back.price(rest.work, prices)
        placed = np.flatnonzero(
            (best.option >= 0) & (best.usd < np.minimum(rest.reject_usd, rest.defer_usd)) & (rest.count > 0)
        )
        return self.back.usage(
            rest.work, rest.meters, best.option[placed], best.start[placed], rest.count[placed].astype(np.float64)
        )

    def _held(self, best: Cheapest, j: int) -> Floats:
        """(T,) share of each slot that a unit of job j holds."""
        found, k = best.found, int(best.found.pieces[j]) - 1
        pieces = found.first[j, : k + 1].tolist(), found.last[j, : k + 1].tolist()
        return held_share(*pieces, int(found.partly[j]), max(float(best.part[j, k]), 0.0), self.problem.work.slots)

    def use_of(self, n: int, held: Floats) -> Floats:
        """(M, T) what a unit uses of meters on an option, by the share of each slot that it holds."""
        work = self.problem.work
        result = np.zeros((self.problem.meters, work.slots))
        uses = np.arange(work.option_uses[self.head[n]], work.option_uses[self.head[n] + 1])
        for use in uses[work.use_kind[uses] == RUN].tolist():
            result[work.use_meter[use]] += work.use_amount[use] * held
        return result

    def way(self, n: int, found: Pauses, at: int, parts: Floats) -> Way | None:
        """The pieces of option n, number `at` of those found, with its parts of a slot, (K,).

        None if one of them does not make good what it missed.
        """
        j, k = int(self.of[n]), int(found.pieces[at]) - 1
        first, last = found.first[at, : k + 1].tolist(), found.last[at, : k + 1].tolist()
        partly, part = int(found.partly[at]), max(float(parts[k]), 0.0)
        does = self.done[n] * held_share(first, last, partly, part, self.problem.work.slots)
        nets = [
            (float(does[first[i] : last[i] + 1].sum()) - (self.resume[j] if i else 0.0)) / float(self.work[n])
            for i in range(k)
        ]
        shares = (*nets, 1.0 - sum(nets))
        if min(shares) <= LESS:
            return None
        return Way(n - int(self.first[j]), tuple(first), tuple(last), partly, part, shares)

    def room(self, use: Floats) -> Floats:
        """(M, T) what a meter may read more where meters read `use`: the least that its rows have left.

        Rows in which supply stands are left out.
        """
        rows, slots = self.problem.rows, self.problem.work.slots
        put = np.zeros(len(rows))
        np.add.at(put, rows.cell_row, rows.cell_weight * use[rows.cell_meter, rows.cell_slot])
        left = np.where(np.isnan(rows.penalty) & ~self.supplied, rows.upper - put, np.inf)
        result = np.full(self.problem.meters * slots, np.inf)
        some = rows.cell_weight > 0
        cell = rows.cell_meter[some] * slots + rows.cell_slot[some]
        np.minimum.at(result, cell, left[rows.cell_row[some]] / rows.cell_weight[some])
        return result.reshape(-1, slots)

    def fits(self, n: int, room: Floats) -> Bools:
        """(T,) slots in which a unit has room on an option."""
        need = self.use_of(n, np.ones(self.problem.work.slots))
        return np.asarray((need <= room + SLACK).all(axis=0))


def held_share(first: list[int], last: list[int], partly: int, part: float, slots: int) -> Floats:
    """(T,) share of each slot that pieces hold."""
    held = np.zeros(slots)
    for begin, end in zip(first, last, strict=True):
        held[begin : end + 1] = 1.0
    if partly >= 0:
        held[partly] = part
    return held


def _deadlines(compiled: Compiled) -> Floats:
    """(jobs,) hours; inf: none."""
    grid = compiled.legend.grid
    return np.nan_to_num(grid.hours_of(compiled.legend.scenario.jobs["deadline"]), nan=np.inf)

"""Jobs that may be paused, at prices of rows: the cheapest pieces by the dynamic programme, and what that proves.

With a price λ on each row, jobs fall apart as in `bound`, and a job that may be paused is worth the least over its
ways to run and over all ways to cut its work into pieces (`kernels/pause.py`) instead of over starts:

    L(λ) = Σ_others min over placements + Σ_these count · min(reject, defer, pieces) + supply(λ) - rows + constant

where the programme may do more than a plan may, never less: transfers and the order of jobs are left out, a speed that
changes from slot to slot is rounded up, a deadline inside a slot is taken at its end. A first piece may hold nothing
where it matters in which slot a job begins, for a plan may come as near to that as it likes. So L(λ) is a lower bound.
"""

from dataclasses import dataclass, replace

import numpy as np

from placement.compile import Compiled
from placement.kernels.backend import BackEnd
from placement.kernels.pause import FREE_PART, NO_PART, Pauses, Tasks, of_tasks
from placement.kernels.placements import ranges
from placement.kernels.work import RUN, STAGE, START, UNLOAD, Floats, Ints
from placement.problem import Bools, Problem
from placement.search.bound import back_end, legal, meter_prices, priced_bound
from placement.search.packing import SLACK
from placement.search.supply import supply_of
from placement.segmented import TINY

STEPS, FINEST = 4096, 64
"""Steps of work that a job is cut into at most, and of a slot at full speed, where the speed changes."""

EVEN = 1e-12
"""By which speeds may differ and count as one."""

LESS = 1e-9
"""Share of the work that a bound leaves out, for rounding."""

SLIVER, HOUR_TOLERANCE = 1e-6, 1e-6
"""Of a grain, and hours, by which ends are compared (docs/model.md)."""


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
        self.done = np.diff(work.clock_work, axis=1)[work.option_clock[self.head]]
        self.begins, self.ends = self._spans(self.head), self._spans(self.foot)
        self.deadline = _deadlines(probe)[jobs]
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

    def _spans(self, option: Ints) -> Bools:
        """(N, T) whether an option may start."""
        work = self.problem.work
        result = np.zeros((len(option), work.slots), dtype=bool)
        for n, o in enumerate(option.tolist()):
            for k in range(work.option_spans[o], work.option_spans[o + 1]):
                result[n, work.span_first[k] : work.span_last[k] + 1] = True
        return result

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

    def tasks(self, prices: Floats, some: Ints | None = None, fits: Bools | None = None, *, prove: bool) -> Tasks:
        """The dynamic programmes of n options at prices of meters.

        Parameters
        ----------
        prices : array, shape (M, T)
        some : array, shape (n,), optional
            Options, of N; all if left out.
        fits : array, shape (n, T), optional
            Where there is room; if left out, for pieces that are enough, where there is with nothing else there.
        prove : bool
            Whether every doubt is decided such that the cost is a lower bound; else such that the pieces are enough.
        """
        n = np.arange(len(self.head)) if some is None else some
        grains, job, done = self.problem.work.grains, self.of[n], self.done[n]
        full = done.max(axis=1, initial=0.0)
        full = np.where(full > 0, full, 1.0)[:, None]
        even = ((np.abs(done - full) <= EVEN * full) | (done == 0)).all(axis=1)[:, None]
        number = np.arange(int(self.most.max(initial=1)))
        all_work = self.work[n][:, None] + number * self.resume[job][:, None]
        wanted = all_work
        if prove:  # work that is done but for a sliver of a grain is done
            wanted = np.maximum(all_work * (1 - LESS) - (number + 1) * SLIVER * full / grains, 0.0)
        fine = np.clip(np.floor(STEPS * full / np.maximum(wanted[:, -1:], full)), 4, FINEST)
        unit = np.where(even, full, full / fine)
        ratio = wanted / unit
        whole = np.floor(ratio + (0.0 if prove else LESS)).astype(np.int64)
        left = np.where(ratio - whole > LESS, ratio - whole, NO_PART)
        need = np.where(even, whole, whole if prove else np.ceil(ratio - LESS).astype(np.int64))
        part = np.where(even, left, FREE_PART if prove else NO_PART)
        need = np.where((need <= 0) & (part == NO_PART), 1, need)
        steps = done / unit
        rounded = np.ceil(steps - LESS) if prove else np.floor(steps + LESS)
        can = self.ends[n] | (done == 0)
        if fits is None and not prove and (done == 0).any():  # where nothing is done, ends do not tell
            room = self.room(np.zeros((self.problem.meters, self.problem.work.slots)))
            fits = np.array([self.fits(each, room) for each in n.tolist()])
        can = can if fits is None else can & fits
        held, once = self._held_usd(n, prices), np.zeros(need.shape)
        least = np.minimum(held.min(axis=1, initial=0.0), 0.0)[:, None]
        if prove and least.any():
            # where slots pay for being held: the most that is held, times the best of them, is taken out first; the
            # same for all numbers of pieces, as of more of them some may come to nothing
            most = all_work[:, -1:] / np.where(done > 0, done, np.inf).min(axis=1)[:, None]
            most += (can & (done == 0)).sum(axis=1)[:, None] + len(number) / grains + SLIVER
            once, held = once + least * np.minimum(most, can.sum(axis=1)[:, None]), held - least
        begin = self._begin_usd(n, prices, prove)
        touch = np.where((self.most[job] > 1)[:, None] & prove, begin, np.inf)
        return Tasks(
            held, can, once, begin, touch, np.where(even, np.round(steps), rounded).astype(np.int64),
            np.where(number < self.most[job][:, None], need, -1), part, *self._finish(n, part, prove),
            self._tail(n, unit[:, 0], all_work, prove),
        )  # fmt: skip

    def _held_usd(self, n: Ints, prices: Floats) -> Floats:
        """(n, T) $ of holding each slot whole."""
        work, (use, which) = self.problem.work, self._uses_of(self.head[n])
        run = work.use_kind[use] == RUN
        use, which = use[run], which[run]
        result = np.zeros((len(n), work.slots))
        np.add.at(result, which, work.use_amount[use][:, None] * prices[work.use_meter[use]])
        return result

    def _begin_usd(self, n: Ints, prices: Floats, prove: bool) -> Floats:
        """(n, T) $ of beginning in each slot, and the least that ending adds; inf: it may not begin there.

        Where only slots without work are left, a run may begin that is all tail; what begins with little work may not.
        """
        work = self.problem.work
        both = []
        for option in (self.head[n], self.foot[n]):
            usd = work.option_usd[option][:, None] * work.discount
            use, which = self._uses_of(option)
            use, which = (values[work.use_kind[use] == START] for values in (use, which))
            np.add.at(usd, which, work.use_amount[use][:, None] * prices[work.use_meter[use]])
            both.append(usd)
        may = self.begins[n]
        if prove and self.tails:
            nothing_left = np.cumsum(self.done[n][:, ::-1], axis=1)[:, ::-1] == 0
            may = may | (nothing_left & self.ends[n])
        return np.where(may, both[0] + both[1].min(axis=1, keepdims=True), np.inf)

    def _late(self, n: Ints) -> tuple[Floats, Floats, Floats]:
        """(n, 1) $ per hour of delay, hours from which it counts, and deadlines."""
        work, foot = self.problem.work, self.row[self.of[n]] + 2
        return (
            work.job_delay[foot][:, None],
            work.job_ready[foot][:, None],
            self.deadline[self.of[n]][:, None] + HOUR_TOLERANCE,
        )

    def _finish(self, n: Ints, part: Floats, prove: bool) -> tuple[Floats, Floats]:
        """(n, T) and (n, K, T) $ of delay by when a job ends; inf where that is too late."""
        work = self.problem.work
        begin, end = work.edges[:-1], work.edges[1:]
        delay, ready, due = self._late(n)
        inside = begin + np.maximum(part, 0.0)[:, :, None] * (end - begin)
        late = (begin if prove else end) > due
        late_inside = late[:, None] if prove else inside > due[:, None]
        return (
            np.where(late, np.inf, delay * (end - ready)),
            np.where(late_inside, np.inf, delay[:, None] * (inside - ready[:, None])),
        )

    def _tail(self, n: Ints, unit: Floats, all_work: Floats, prove: bool) -> Floats:
        """(n, K, 2) $ of a tail: once, and for each unit of progress.

        Of work w left over by a last piece that does a in the horizon and resumes with R, w R/(w + a) is not paid for:
        a bound takes the most that this can be, with w all the work and a that of the last slot; else it is nothing.
        """
        work = self.problem.work
        delay, ready, due = (values[:, 0] for values in self._late(n))
        horizon, speed = work.edges[-1], work.clock_tail_speed[work.option_clock[self.head[n]]]
        allowed = (speed > 0) & self.tails & ((due > horizon) if prove else np.isinf(due))
        price = work.option_tail[self.foot[n]]
        each = (price + delay / np.where(speed > 0, speed, 1.0)) * unit
        once = np.repeat((delay * (horizon - ready))[:, None], all_work.shape[1], axis=1)
        if prove:
            free = self.resume[self.of[n]][:, None] * all_work / (all_work + self.done[n][:, -1:])
            once[:, 1:] -= (price[:, None] * free)[:, 1:]
        return np.where(allowed[:, None, None], np.stack(np.broadcast_arrays(once, each[:, None]), axis=2), np.inf)

    def solve(self, tasks: Tasks) -> tuple[Pauses, Ints, Floats]:
        """The best option of each job (-1: none), its $, and its pieces, each of shape (J,)."""
        every = self.back.pauses_usd(tasks)
        best, usd = np.full(len(self.jobs), -1), np.full(len(self.jobs), np.inf)
        for j in np.flatnonzero(np.diff(self.first)).tolist():
            n = int(np.argmin(every[self.first[j] : self.first[j + 1]])) + int(self.first[j])
            if np.isfinite(every[n]):
                best[j], usd[j] = n, every[n]
        some = best if len(every) else np.arange(0)
        return self.back.pauses(of_tasks(tasks, some)), best, usd

    def evaluate(self, row_price: Floats) -> tuple[float, Floats]:
        """The bound at prices of rows, $, and the slope there, (R,), but for starts and transfers of these jobs."""
        problem, rows = self.problem, self.problem.rows
        price = self.legal(row_price)
        prices = meter_prices(problem, price)
        tasks = self.tasks(prices, prove=True)
        found, best, usd = self.solve(tasks)
        mine = np.minimum(usd, self.away) * self.count
        rest = priced_bound(self.rest, price, supply=self.supply).usd
        total = rest + float(mine.sum())
        if not np.isfinite(total):
            return total, np.zeros(len(price))
        total -= 1e-9 * (abs(rest) + float(np.abs(mine).sum()))
        chosen = np.flatnonzero((best >= 0) & (usd <= self.away))
        use = self._others_use(prices)
        for j in chosen.tolist():
            use += self._use_of(j, int(best[j]), found, tasks) * self.count[j]
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

    def _use_of(self, j: int, n: int, found: Pauses, tasks: Tasks) -> Floats:
        """(M, T) what a unit of job j uses on the pieces of its option n."""
        k = int(found.pieces[j]) - 1
        pieces = found.first[j, : k + 1].tolist(), found.last[j, : k + 1].tolist()
        part = max(float(tasks.part[n, k]), 0.0)
        return self.use_of(n, held_share(*pieces, int(found.partly[j]), part, self.problem.work.slots))

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

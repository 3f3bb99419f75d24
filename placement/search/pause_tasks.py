"""The dynamic programmes of options of jobs that may be paused, at prices of meters (`kernels/pause.py`).

What no price changes is worked out once for a range of options, as far as there is room to keep it.
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from placement.kernels.pause import FREE_PART, NO_PART, Tasks
from placement.kernels.placements import ranges
from placement.kernels.work import RUN, START, Floats, Ints, Work
from placement.problem import Bools

STEPS, FINEST = 4096, 64
"""Steps of work that a job is cut into at most, and of a slot at full speed, where the speed changes."""

EVEN = 1e-12
"""By which speeds may differ and count as one."""

LESS = 1e-9
"""Share of the work that a bound leaves out, for rounding."""

SLIVER, HOUR_TOLERANCE = 1e-6, 1e-6
"""Of a grain, and hours, by which ends are compared (docs/model.md)."""

KEPT = 40_000_000
"""Options times slots up to which what no price changes is kept: about 20 bytes each."""


@dataclass
class Options:
    """N options of J jobs that may be paused."""

    work: Work
    head: Ints
    foot: Ints
    """(N,) options of `work` that begin, and that end."""
    of: Ints
    """(N,) job of each option."""
    hours: Floats
    """(N,) work, hours at speed 1."""
    most: Ints
    """(J,) pieces that a job may have,"""
    resume: Floats
    """(J,) what each but the first makes good, hours at speed 1,"""
    deadline: Floats
    """(J,) and hours by which it must have ended."""
    row: Ints
    """(J,) its row in `work`."""
    tails: bool
    """Whether runs may go on past the end."""

    def __post_init__(self) -> None:
        self.done = np.diff(self.work.clock_work, axis=1)[self.work.option_clock[self.head]]
        """(N, T) work that a slot does."""
        self.begins, self.ends = self._spans(self.head), self._spans(self.foot)
        """(N, T) whether the first piece may begin there, and the last be held."""
        may = self.begins | self.ends
        first = np.where(may.any(axis=1), may.argmax(axis=1), self.work.slots)
        self.earliest = np.append(self.work.edges[:-1], np.inf)[first]
        """(N,) hour before which nothing begins; inf: it never does."""
        self.holds = self._uses(self.head, RUN)
        self.starts = self._uses(self.head, START), self._uses(self.foot, START)
        """(N, M) what holding and beginning use of meters."""
        self._kept: dict[tuple[int, int], Tasks] = {}

    def _spans(self, option: Ints) -> Bools:
        """(N, T) whether an option may start."""
        work = self.work
        change = np.zeros((len(option), work.slots + 1), dtype=np.int32)
        number = work.option_spans[option + 1] - work.option_spans[option]
        span, at = ranges(work.option_spans[option], number), np.repeat(np.arange(len(option)), number)
        np.add.at(change, (at, work.span_first[span]), 1)
        np.add.at(change, (at, work.span_last[span] + 1), -1)
        return np.asarray(np.cumsum(change, axis=1)[:, :-1] > 0)

    def _uses(self, option: Ints, kind: int) -> sparse.csr_array:
        """(N, M) what options use of meters."""
        work = self.work
        number = work.option_uses[option + 1] - work.option_uses[option]
        use, at = ranges(work.option_uses[option], number), np.repeat(np.arange(len(option)), number)
        some = work.use_kind[use] == kind
        spans = np.concatenate([[0], np.cumsum(np.bincount(at[some], minlength=len(option)))])
        meters = int(work.use_meter.max(initial=-1)) + 1
        return sparse.csr_array(
            (work.use_amount[use[some]].astype(np.float64), work.use_meter[use[some]], spans),
            shape=(len(option), meters),
        )

    def used(self, n: Ints, held: Floats, meters: int) -> Floats:
        """(M, T) what units use of meters on options n, by the share of each slot that they hold, (n, T)."""
        result = np.zeros((meters, self.work.slots))
        result[: self.holds.shape[1]] = self.holds[n].T @ held
        return result

    def tasks(self, prices: Floats, some: Ints | slice, can: Bools | None = None, *, prove: bool) -> Tasks:
        """The dynamic programmes of n options at prices of meters.

        Parameters
        ----------
        prices : array, shape (M, T)
        some : array, shape (n,), or slice
            Options, of N.
        can : array, shape (n, T), optional
            Slots that may be held; if left out, those that the last piece may hold, and those without work.
        prove : bool
            Whether every doubt is decided such that the cost is a lower bound; else such that the pieces are enough.
        """
        n = np.arange(some.start, some.stop) if isinstance(some, slice) else some
        key = (some.start, some.stop) if isinstance(some, slice) and prove and can is None else None
        known = self._kept.get(key) if key is not None else None
        if known is None:
            known = self._fixed(n, can, prove)
            if key is not None and len(self.head) * self.work.slots <= KEPT:
                self._kept[key] = known
        prices = prices[: self.holds.shape[1]]
        held, once = self.holds[some] @ prices, np.zeros(len(n))
        least = np.minimum(held.min(axis=1, initial=0.0), 0.0)
        if prove and least.any():
            # where slots pay for being held: the most that is held, times the best of them, is taken out first; the
            # same for all numbers of pieces, as of more of them some may come to nothing
            once, held = least * self._most_held(n, known.open), held - least[:, None]
        begin = known.begin
        if self.starts[0].nnz or self.starts[1].nnz:
            added = self.starts[1][some] @ prices
            ends = self.work.option_usd[self.foot[n]][:, None] * self.work.discount
            extra = (ends + added).min(axis=1) - ends.min(axis=1)
            begin = begin + self.starts[0][some] @ prices + extra[:, None]
        return known._replace(usd=held, once=once, begin=begin)

    def _most_held(self, n: Ints, can: Bools) -> Floats:
        """(n,) the most slots that are held, parts counted as such."""
        done, number = self.done[n], int(self.most.max(initial=1))
        most = self._all_work(n)[:, -1] / np.where(done > 0, done, np.inf).min(axis=1)
        most += (can & (done == 0)).sum(axis=1) + number / self.work.grains + SLIVER
        return np.asarray(np.minimum(most, can.sum(axis=1)))

    def _all_work(self, n: Ints) -> Floats:
        """(n, K) hours at speed 1 of each number of pieces."""
        number = np.arange(int(self.most.max(initial=1)))
        return self.hours[n][:, None] + number * self.resume[self.of[n]][:, None]

    def _fixed(self, n: Ints, can: Bools | None, prove: bool) -> Tasks:
        """The programmes without prices of meters: holding costs nothing, and beginning what the option does."""
        grains, job, done = self.work.grains, self.of[n], self.done[n]
        full = done.max(axis=1, initial=0.0)
        full = np.where(full > 0, full, 1.0)[:, None]
        even = ((np.abs(done - full) <= EVEN * full) | (done == 0)).all(axis=1)[:, None]
        all_work = self._all_work(n)
        number = np.arange(all_work.shape[1])
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
        begin = self._begin_usd(n, prove)
        last, last_partly = self._last(n, part, prove)
        return Tasks(
            usd=np.zeros((len(n), 0)), open=(self.ends[n] | (done == 0)) if can is None else can, once=np.zeros(len(n)),
            begin=begin, touch=(self.most[job] > 1) & prove,
            step=np.where(even, np.round(steps), rounded).astype(np.int32),
            need=np.where(number < self.most[job][:, None], need, -1), part=part, edges=self.work.edges,
            delay=self.work.job_delay[self.row[job] + 2], ready=self.work.job_ready[self.row[job] + 2],
            last=last, last_partly=last_partly, tail=self._tail(n, unit[:, 0], all_work, prove),
        )  # fmt: skip

    def _begin_usd(self, n: Ints, prove: bool) -> Floats:
        """(n, T) $ of beginning in each slot, and the least that ending adds; inf: it may not begin there.

        Where only slots without work are left, a run may begin that is all tail; what begins with little work may not.
        """
        may, work = self.begins[n], self.work
        if prove and self.tails:
            nothing_left = np.cumsum(self.done[n][:, ::-1], axis=1)[:, ::-1] == 0
            may = may | (nothing_left & self.ends[n])
        usd, ends = (work.option_usd[option[n]][:, None] * work.discount for option in (self.head, self.foot))
        return np.where(may, usd + ends.min(axis=1, keepdims=True), np.inf)

    def _last(self, n: Ints, part: Floats, prove: bool) -> tuple[Ints, Ints]:
        """(n,) and (n, K) last slot with which, and inside which, a job may end; -1: none."""
        begin, end = self.work.edges[:-1], self.work.edges[1:]
        due = (self.deadline[self.of[n]] + HOUR_TOLERANCE)[:, None]
        if prove:
            last = (begin <= due).sum(axis=1) - 1
            return last, np.repeat(last[:, None], part.shape[1], axis=1)
        inside = begin + np.maximum(part, 0.0)[:, :, None] * (end - begin)
        return (end <= due).sum(axis=1) - 1, (inside <= due[:, None]).sum(axis=2) - 1

    def _tail(self, n: Ints, unit: Floats, all_work: Floats, prove: bool) -> Floats:
        """(n, K, 2) $ of a tail: once, and for each unit of progress.

        Of work w left over by a last piece that does a in the horizon and resumes with R, w R/(w + a) is not paid for:
        a bound takes the most that this can be, with w all the work and a that of the last slot; else it is nothing.
        """
        work, due = self.work, self.deadline[self.of[n]] + HOUR_TOLERANCE
        delay, ready = work.job_delay[self.row[self.of[n]] + 2], work.job_ready[self.row[self.of[n]] + 2]
        horizon, speed = work.edges[-1], work.clock_tail_speed[work.option_clock[self.head[n]]]
        allowed = (speed > 0) & self.tails & ((due > horizon) if prove else np.isinf(due))
        price = work.option_tail[self.foot[n]]
        each = (price + delay / np.where(speed > 0, speed, 1.0)) * unit
        once = np.repeat((delay * (horizon - ready))[:, None], all_work.shape[1], axis=1)
        if prove:
            free = self.resume[self.of[n]][:, None] * all_work / (all_work + self.done[n][:, -1:])
            once[:, 1:] -= (price[:, None] * free)[:, 1:]
        return np.where(allowed[:, None, None], np.stack(np.broadcast_arrays(once, each[:, None]), axis=2), np.inf)

    def least_usd(self, prices: Floats) -> Floats:
        """(N,) $ that no way of an option is below, without a programme: all its work at the least price there is.

        Work is done in slots, or in a tail; what is not paid for of a tail is no more than the last piece makes good.
        """
        work, low = self.work, prices.min(axis=1, initial=np.inf)[: self.holds.shape[1]]
        held, full = self.holds @ low, self.done.max(axis=1, initial=0.0)
        every = np.arange(len(self.head))
        speed = work.clock_tail_speed[work.option_clock[self.head]]
        delay, ready = work.job_delay[self.row[self.of] + 2], work.job_ready[self.row[self.of] + 2]
        tail = work.option_tail[self.foot] + delay / np.where(speed > 0, speed, 1.0)
        tail = np.where((speed > 0) & self.tails, tail, np.inf)
        each = np.minimum(np.where(full > 0, held / np.where(full > 0, full, 1.0), np.inf), tail)
        all_work = self._all_work(every)
        sure = np.maximum(self.hours * (1 - LESS) - all_work.shape[1] * SLIVER * full / work.grains, 0.0)
        usd = sure * np.clip(np.where(np.isfinite(each), each, 0.0), 0.0, None)
        usd += np.minimum(held, 0.0) * work.slots
        usd += np.where(np.isfinite(tail), np.minimum(tail, 0.0), 0.0) * all_work[:, -1]
        for option, starts in zip((self.head, self.foot), self.starts, strict=True):
            usd += (work.option_usd[option][:, None] * [work.discount.min(), work.discount.max()]).min(axis=1)
            usd += starts @ low
        late = np.where(np.isfinite(self.earliest), self.earliest - ready, 0.0)
        return np.where(np.isfinite(self.earliest), usd + delay * late, np.inf)

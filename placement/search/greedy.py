"""First plans, job by job: first come, first served with backfill, and cheapest first.

Each job in turn takes the best placement that still fits what is left of every row; what was placed before is never
moved. In the first kind jobs come in the order in which they were submitted and take the earliest start (then the
earliest end): that is what a conservative backfilling scheduler does, and the yardstick that every plan is shown
beside. In the second kind jobs that must run come first, then by worth per accelerator-hour, then the largest; each
takes its cheapest placement. The third kind is led by the linear relaxation: jobs that it places go before those that
it turns away, each goes where the relaxation puts it if it still fits there, and else where its reduced cost, at the
relaxation's prices of what is scarce, is lowest.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from placement.kernels.placements import end_hours
from placement.kernels.work import Floats, Ints
from placement.models.exact import Listed
from placement.models.rows import alone
from placement.problem import Problem
from placement.search.columns import Columns

Rule = Literal["fcfs", "cheapest", "priced"]


@dataclass(frozen=True)
class Assignment:
    """Units of each placement, and of each job turned away or put off."""

    units: Ints
    """(N,)"""
    rejected: Ints
    """(J,)"""
    deferred: Ints
    unplaced: Ints
    """(J,) units of jobs that must run and found no place."""


@dataclass(frozen=True)
class Guide:
    """What the linear relaxation says of placements."""

    reduced: Floats
    """(N,) reduced cost, $."""
    units: Floats
    """(N,) units placed, in parts."""


def room(problem: Problem) -> Floats:
    """(R,) what each row leaves at first: hard upper limits; for plants what they give at least without batteries."""
    rows = problem.rows
    result = np.where(np.isnan(rows.penalty), rows.upper, np.inf)
    for plant in problem.supply.plants:
        firm = np.full(problem.work.slots, np.inf)
        give = sum(source.most_mw for source in plant.sources) if plant.sources else np.zeros(len(problem.tick_slot))
        np.minimum.at(firm, problem.tick_slot, (give - plant.idle_mw) / plant.pue)
        result[plant.load_rows] = np.maximum(np.minimum(firm, plant.most_mw), 0.0)
    for gate in problem.supply.gates:
        result[gate.rows] += gate.most
    return result


def construct(
    problem: Problem,
    every: Listed,
    submitted: Floats,
    rule: Rule,
    guide: Guide | None = None,
    check: Callable[[], None] = lambda: None,
) -> Assignment:
    """A plan by one of the rules.

    Parameters
    ----------
    problem : Problem
    every : Listed
        All placements.
    submitted : array, shape (J,)
        When each job row was asked for, hours; the order of first come, first served.
    rule : str
    guide : Guide, optional
        What the relaxation says; for `priced`.
    check : callable
        Called before each job; may raise to give up.
    """
    return _Builder(problem, every, submitted, rule, guide).run(check)


def fill(problem: Problem, every: Listed, submitted: Floats, begun: Assignment) -> Assignment | None:
    """A plan with units that it turned away or put off placed where that fits and costs less; None if nothing does."""
    builder = _Builder(problem, every, submitted, "cheapest")
    return builder.fill(begun)


def earlier(
    problem: Problem, every: Listed, submitted: Floats, begun: Assignment, *, plants: bool
) -> Assignment | None:
    """A plan with runs moved to the earliest start that fits and costs no more by itself; None if none can be.

    Of equally cheap plans the one that does not wait is better. With `plants`, runs on clusters whose energy has a
    price of its own are moved as well, and the plan has to be priced anew.
    """
    return _Builder(problem, every, submitted, "cheapest").earlier(begun, plants=plants)


class _Builder:
    def __init__(self, problem: Problem, every: Listed, submitted: Floats, rule: Rule, guide: Guide | None = None):
        self.problem, self.every, self.rule, self.submitted = problem, every, rule, submitted
        placed = every.placed
        units = np.zeros(len(placed)) if guide is None else guide.units
        self.whole = np.floor(units + 1e-6).astype(np.int64)
        """Units that the relaxation places whole."""
        reduced = every.usd if guide is None else guide.reduced
        self.usd = reduced - (units - self.whole) * (1.0 + 2.0 * np.abs(reduced).max(initial=0.0))
        """What placements are chosen by: reduced cost, after those that the relaxation places in part."""
        self.share = np.bincount(every.job, units, problem.work.jobs) / problem.count
        """Share of each job row that the relaxation places."""
        self.left = room(problem)
        self.units = np.zeros(len(placed), dtype=np.int64)
        self.lone = np.zeros(len(placed), dtype=bool)
        """Placements that need modules for their last slot."""
        self.lone[alone(problem, placed)[1]] = True
        self.first = np.searchsorted(every.job, np.arange(problem.work.jobs + 1))
        self.columns = Columns(problem, placed, self.first)
        self.ends = end_hours(problem.work, placed)
        self.moved = np.zeros(len(problem.supply.moves), dtype=bool)
        self.after: dict[int, list[tuple[int, float]]] = {}
        for pair in problem.after:
            self.after.setdefault(pair.later, []).append((pair.earlier, pair.lag))
        self.finished: dict[int, float] = {}
        """When every unit of a job row has ended, hours; inf if not all are placed."""

    def run(self, check: Callable[[], None]) -> Assignment:
        """All jobs, in order."""
        p = self.problem
        rejected, deferred, unplaced = (np.zeros(p.work.jobs, dtype=np.int64) for _ in range(3))
        tied = self._tied()
        for j in self._order():
            check()
            chain = [int(j)]
            while chain[-1] + 1 < p.work.jobs and p.previous[chain[-1] + 1] == chain[-1]:
                chain.append(chain[-1] + 1)
            there = 0 if j in tied else self._follow(int(j))
            rest = self._place(chain, min(p.reject_usd[j], p.defer_usd[j]), int(p.count[j]) - there)
            if rest == 0:
                continue
            if np.isinf(p.reject_usd[j]):
                unplaced[j] = rest
            elif p.defer_usd[j] < p.reject_usd[j] and not self._follows_rejected(int(j), rejected):
                deferred[j] = rest
            else:
                rejected[j] = rest
        return Assignment(self.units, rejected, deferred, unplaced)

    def _follow(self, j: int) -> int:
        """Units of a job taken where the relaxation places them whole and they still fit; returns how many."""
        taken = 0
        columns = np.arange(self.first[j], self.first[j + 1])
        for n in columns[self.whole[columns] > 0].tolist():
            units = min(int(self.whole[n]), int(self._fit(slice(n, n + 1))[0]))
            self._take(n, units)
            taken += units
        return taken

    def fill(self, begun: Assignment) -> Assignment | None:
        """Units that are not placed put where they fit; jobs in segments or in an order are left alone."""
        p = self.problem
        tied = self._tied()
        for n in np.flatnonzero(begun.units):
            self._take(int(n), int(begun.units[n]))
        rejected, deferred = begun.rejected.copy(), begun.deferred.copy()
        for outcome, usd in ((rejected, p.reject_usd), (deferred, p.defer_usd)):
            waiting = [int(j) for j in np.flatnonzero(outcome) if j not in tied]
            for j in sorted(waiting, key=lambda j: -float(usd[j]) / max(self._size(j), 1e-9)):
                outcome[j] = self._place([j], float(usd[j]), int(outcome[j]))
        if (rejected.sum(), deferred.sum()) == (begun.rejected.sum(), begun.deferred.sum()):
            return None
        return Assignment(self.units, rejected, deferred, begun.unplaced)

    def earlier(self, begun: Assignment, *, plants: bool) -> Assignment | None:
        """Runs moved forward, earliest first; jobs in segments or in an order are left alone."""
        placed, usd = self.every.placed, self.every.usd
        tied = self._tied()
        fixed = np.zeros(len(placed), dtype=bool) if plants else self._on_plants()
        used = np.flatnonzero(begun.units)
        order: list[int] = used[np.argsort(placed.start[used], kind="stable")].tolist()
        for n in order:
            self._take(n, int(begun.units[n]))
        moved = False
        for n in order:
            j = int(self.every.job[n])
            if j in tied or fixed[n] or placed.start[n] == 0:
                continue
            units = int(begun.units[n])
            self._take(n, -units)
            columns = slice(int(self.first[j]), int(self.first[j + 1]))
            good = (self._fit(columns) >= units) & (placed.start[columns] < placed.start[n]) & ~fixed[columns]
            good &= usd[columns] <= usd[n] + 1e-9 * max(1.0, abs(float(usd[n])))
            better = np.flatnonzero(good)
            if len(better):
                n = int(columns.start + better[np.lexsort((usd[columns][better], placed.start[columns][better]))[0]])
                moved = True
            self._take(n, units)
        return Assignment(self.units, begun.rejected, begun.deferred, begun.unplaced) if moved else None

    def _tied(self) -> set[int]:
        """Job rows in segments or in an order."""
        p = self.problem
        chains = np.flatnonzero(p.previous >= 0)
        ordered = {j for pair in p.after for j in (pair.earlier, pair.later)}
        return ordered.union(chains.tolist(), p.previous[chains].tolist())

    def _on_plants(self) -> NDArray[np.bool_]:
        """(N,) placements on clusters whose energy is priced by a plant."""
        loads = [plant.load_rows for plant in self.problem.supply.plants]
        rows = np.concatenate([np.zeros(0, dtype=np.int64), *loads])
        return self.columns.touching(rows)

    def _order(self) -> list[int]:
        """First segments, jobs before those that come after them."""
        p = self.problem
        firsts = np.flatnonzero(p.previous < 0)
        must = np.isfinite(p.reject_usd[firsts])
        work = np.array([self._size(int(j)) for j in firsts])
        if self.rule == "fcfs":
            order = firsts[np.lexsort((firsts, self.submitted[firsts], ~self._running(firsts)))]
        else:
            worth = np.where(must, p.reject_usd[firsts], 0.0) / np.maximum(work, 1e-9)
            worth = np.round(np.log2(np.maximum(worth, 1e-6)))  # alike is what differs by less than about half
            likely = self.share[firsts] > 0.5
            order = firsts[np.lexsort((firsts, -work, -worth, ~likely, must))]
        result: list[int] = []
        done: set[int] = set()
        for j in order:
            self._visit(int(j), done, result)
        return result

    def _running(self, rows: Ints) -> NDArray[np.bool_]:
        """Job rows with one placement only, at the start: what runs already."""
        return np.array(
            [self.first[j + 1] - self.first[j] == 1 and self.every.placed.start[self.first[j]] == 0 for j in rows],
            dtype=bool,
        )

    def _size(self, j: int) -> float:
        options = slice(self.problem.work.job_options[j], self.problem.work.job_options[j + 1])
        hours = self.problem.work.option_work[options]
        if len(hours) == 0:
            return 0.0
        uses = self.problem.work.option_uses[options.start]
        return float(hours.min() * self.problem.work.use_amount[uses])

    def _visit(self, j: int, done: set[int], result: list[int]) -> None:
        stack = [j]
        while stack:
            top = stack[-1]
            waiting = [self._head(e) for e, _ in self.after.get(top, []) if self._head(e) not in done]
            if top in done:
                stack.pop()
            elif waiting:
                stack.extend(waiting)
            else:
                done.add(top)
                result.append(stack.pop())

    def _head(self, j: int) -> int:
        """First segment of a job row's job."""
        while self.problem.previous[j] >= 0:
            j = int(self.problem.previous[j])
        return j

    def _follows_rejected(self, j: int, rejected: Ints) -> bool:
        return any(rejected[self._head(earlier)] > 0 for earlier, _ in self.after.get(j, []))

    def _place(self, chain: list[int], worth: float, rest: int) -> int:
        """Place so many units of a job while that is possible and pays; returns how many are left."""
        begin = max((self.finished.get(e, np.inf) + lag for e, lag in self.after.get(chain[0], [])), default=-np.inf)
        latest = -np.inf
        while rest > 0 and np.isfinite(max(begin, 0.0)):
            found = self._best(chain, begin, rest, worth)
            if found is None:
                break
            members, units = found
            for n in members:
                self._take(n, units)
            rest -= units
            tail = self.every.placed.left[members[-1]] > 0
            latest = max(latest, np.inf if tail else float(self.ends[members[-1]]))
        self.finished[chain[-1]] = latest if rest == 0 else np.inf
        return rest

    def _best(self, chain: list[int], begin: float, rest: int, worth: float) -> tuple[list[int], int] | None:
        """The best placements of one or more units: one per segment, all on the same option."""
        head = slice(self.first[chain[0]], self.first[chain[0] + 1])
        units = self._fit(head)
        placed = self.every.placed
        starts = self.problem.work.edges[placed.start[head]]
        good = (units >= 1) & (starts >= begin - 1e-6)
        if len(chain) == 1:
            good &= self.every.usd[head] < worth
        candidates = np.flatnonzero(good)
        if len(candidates) == 0:
            return None
        if len(chain) == 1:
            best = candidates[self._lowest(candidates + head.start)]
            return [int(best + head.start)], int(min(units[best], rest))
        for k in np.argsort(self._key(candidates + head.start), kind="stable"):
            chained = self._chain_from(chain, int(candidates[k] + head.start))
            if chained is not None and float(self.every.usd[chained].sum()) < worth:
                return chained, 1
        return None

    def _key(self, columns: Ints) -> Floats:
        if self.rule != "fcfs":
            return np.asarray(self.usd[columns], dtype=np.float64)
        return self.problem.work.edges[self.every.placed.start[columns]] + 1e-6 * self.ends[columns]

    def _lowest(self, columns: Ints) -> int:
        return int(np.argmin(self._key(columns)))

    def _chain_from(self, chain: list[int], first: int) -> list[int] | None:
        """Later segments after a first one, each as early as it fits, on the same option; what they take is given
        back.
        """
        work, placed = self.problem.work, self.every.placed
        members = [first]
        inside = int(placed.option[first] - work.job_options[chain[0]])
        self._take(first, 1)
        for j in chain[1:]:
            option = work.job_options[j] + inside
            columns = np.flatnonzero(placed.option[self.first[j] : self.first[j + 1]] == option) + self.first[j]
            if len(columns) == 0:
                break
            span = slice(int(columns[0]), int(columns[-1]) + 1)
            starts = work.edges[placed.start[span]]
            good = np.flatnonzero((self._fit(span) >= 1) & (starts >= self.ends[members[-1]] - 1e-6))
            if len(good) == 0:
                break
            members.append(span.start + int(good[0]))
            self._take(members[-1], 1)
        for n in members:
            self._take(n, -1)
        return members if len(members) == len(chain) else None

    def _fit(self, columns: slice) -> Ints:
        """How many units of each placement in a range still fit."""
        pointers, rows, values = self.columns.of(columns.start, columns.stop)
        width = columns.stop - columns.start
        result = np.full(width, np.inf)
        some = np.flatnonzero(np.diff(pointers) > 0)
        if len(some):
            with np.errstate(divide="ignore", invalid="ignore"):
                ratio = np.where(values > 0, np.floor((self.left[rows] + 1e-9) / values), np.inf)
            result[some] = np.minimum.reduceat(ratio, pointers[some])
        result[self.lone[columns]] = 0
        for d in np.flatnonzero(~self._affordable_moves()):
            result[self._needing(int(d), columns)] = 0
        return np.minimum(result, 2**31).astype(np.int64)

    def _affordable_moves(self) -> NDArray[np.bool_]:
        """Moves that are made already or whose share of the link is still there."""
        good = self.moved.copy()
        for d in np.flatnonzero(~self.moved):
            rows, amounts = self._move_rows(int(d))
            good[d] = bool((self.left[rows] + 1e-9 >= amounts).all())
        return good

    def _move_rows(self, d: int) -> tuple[Ints, Floats]:
        move, rows = self.problem.supply.moves[d], self.problem.rows
        cells = np.flatnonzero((rows.cell_meter == move.meter) & (rows.cell_slot < move.until))
        return rows.cell_row[cells], move.share * rows.cell_weight[cells]

    def _needing(self, d: int, columns: slice) -> NDArray[np.bool_]:
        p = self.problem
        options = self.every.placed.option[columns]
        needs = np.array(
            [d in p.option_move[p.option_moves[o] : p.option_moves[o + 1]] for o in np.unique(options)], dtype=bool
        )
        result: NDArray[np.bool_] = needs[np.searchsorted(np.unique(options), options)]
        return result

    def _take(self, n: int, units: int) -> None:
        """Use up what units of a placement take, moves of data sets included."""
        _, rows, values = self.columns.of(n, n + 1)
        self.left[rows] -= units * values
        self.units[n] += units
        p = self.problem
        option = self.every.placed.option[n]
        for d in p.option_move[p.option_moves[option] : p.option_moves[option + 1]]:
            if not self.moved[d]:
                rows, amounts = self._move_rows(int(d))
                self.left[rows] -= amounts
                self.moved[d] = True

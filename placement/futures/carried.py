"""A plan carried out in a future that was compiled: the rules of `docs/futures.md`, for every kind of scenario.

The same rules as the kernel `futures` follows, on whatever limits there are: transfers, resources, order, segments,
plants (up to what their sources give) and modules that stand.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from placement.compile import Compiled
from placement.kernels.futures import whole
from placement.kernels.placements import Placements, allowed, end_hours, placements
from placement.kernels.work import Floats, Ints, Work
from placement.models.rows import cell_index, placement_rows
from placement.problem import Problem
from placement.search.core_model import Chosen

SLACK = 1e-9
"""Share of a row by which it may be over: rounding."""


@dataclass(frozen=True)
class Task:
    """Units of a job row that are to be placed."""

    row: int
    """Job row of the future."""
    option: str
    """Name of the planned way; "": none."""
    others: tuple[str, ...]
    """Names of the other ways, the preferred first."""
    start: int
    """Slot from which it is tried."""
    units: int
    patience: int
    """Slots after it from which other ways are tried too."""


@dataclass(frozen=True)
class Outcome:
    """What runs, and what does not."""

    chosen: Chosen
    task: Ints
    """(n,) task of each placement."""
    away: Ints
    """(J,) units of each job row without a place; of first segments."""


def carry_out(compiled: Compiled, room: Floats, tasks: list[Task]) -> Outcome:
    """Place tasks one after the other, each where it finds room first; what has been placed is not moved again.

    Parameters
    ----------
    compiled : Compiled
        The future.
    room : array, shape (R,)
        What rows have; inf where a row does not stop a run.
    tasks : list of Task
        In the order in which they are placed; segments of a job in theirs.
    """
    return _Carrying(compiled, room, tasks).run()


class _Carrying:
    def __init__(self, compiled: Compiled, room: Floats, tasks: list[Task]):
        self.compiled, self.problem, self.tasks = compiled, compiled.problem, tasks
        self.left, self.slack = room.copy(), SLACK * np.maximum(1.0, np.abs(np.where(np.isinf(room), 0.0, room)))
        self.cells = cell_index(self.problem)
        self.names: dict[int, dict[str, int]] = {}
        self.end = np.full(self.problem.work.jobs, -np.inf)
        """Hours at which the last unit of a job row ends; inf: one is away or has a tail."""
        self.earlier: dict[int, list[tuple[int, float]]] = {}
        for pair in self.problem.after:
            self.earlier.setdefault(pair.later, []).append((pair.earlier, pair.lag))
        self.way_of = np.full(self.problem.work.jobs, -1)
        """Way that the units of a job row in segments run on, by its place among those of the job."""

    def run(self) -> Outcome:
        work = self.problem.work
        planned = [self._option(task.row, task.option) for task in self.tasks]
        first = self._at_plan(planned)
        found: list[tuple[int, int, int, int]] = []
        away = np.zeros(work.jobs, dtype=np.int64)
        for n, (task, option) in enumerate(zip(self.tasks, planned, strict=True)):
            rest = task.units
            for o, start, units in self._places(task, option, first.get(n)):
                found.append((n, o, start, units))
                rest -= units
            if rest:
                self.end[task.row] = np.inf
                away[task.row] += rest
        every = np.array(found, dtype=np.int64).reshape(-1, 4)
        return self._whole_jobs(every, away)

    def _whole_jobs(self, every: Ints, away: Ints) -> Outcome:
        """Without the segments of jobs of which one found no place."""
        previous, head = self.problem.previous, np.arange(self.problem.work.jobs)
        for later in np.flatnonzero(previous >= 0).tolist():
            head[later] = head[previous[later]]
        segmented = np.bincount(head, minlength=len(head))[head] > 1
        lost = np.zeros(len(head), dtype=np.int64)
        np.maximum.at(lost, head, away)
        row = np.array([task.row for task in self.tasks], dtype=np.int64)[every[:, 0]]
        every = every[~(segmented[row] & (lost[head[row]] > 0))]
        first = previous < 0
        gone = np.where(first, np.where(segmented, lost, away), 0)
        return Outcome(Chosen(every[:, 1], every[:, 2], every[:, 3]), every[:, 0], gone)

    def _option(self, row: int, name: str) -> int:
        """The option of that name of a row; -1 if it has none."""
        if row not in self.names:
            options = np.arange(*self.problem.work.job_options[row : row + 2])
            self.names[row] = dict(
                zip(self.compiled.legend.option_names(options).tolist(), options.tolist(), strict=True)
            )
        return self.names[row].get(name, -1)

    def _at_plan(self, planned: list[int]) -> dict[int, tuple[Ints, Floats]]:
        """What each task adds to rows at its planned place, by task; those for which it is not allowed are left out."""
        work = self.problem.work
        some = [
            n
            for n, (task, o) in enumerate(zip(self.tasks, planned, strict=True))
            if o >= 0 and _may(work, o, task.start)
        ]
        if not some:
            return {}
        option = np.array([planned[n] for n in some], dtype=np.int64)
        start = np.array([self.tasks[n].start for n in some], dtype=np.int64)
        matrix = sparse.csc_array(placement_rows(self.problem, placements(work, option, start), self.cells))
        return {n: _column(matrix, k) for k, n in enumerate(some)}

    def _places(self, task: Task, planned: int, at_plan: tuple[Ints, Floats] | None) -> Iterator[tuple[int, int, int]]:
        """Option, start and units of the places that a task finds; they are taken."""
        problem, work = self.problem, self.problem.work
        grid = self.compiled.legend.grid
        start, rest = task.start, task.units
        segmented = problem.previous[task.row] >= 0
        together = segmented or bool((problem.previous == task.row).any())
        if segmented:
            before = self.end[problem.previous[task.row]]
            if not np.isfinite(before):
                return
            start = max(start, int(grid.slot_from(before)))
        for earlier, lag in self.earlier.get(task.row, ()):
            if self.end[earlier] == np.inf:
                return
            if np.isfinite(self.end[earlier]):
                start = max(start, int(grid.slot_from(self.end[earlier] + lag)))
        if start == task.start and planned >= 0 and at_plan is not None and not segmented:
            units = self._take(at_plan, rest, together)
            if units:
                self._ends(task.row, planned, start)
                yield planned, start, units
                rest -= units
        if rest == 0 or start >= work.slots:
            return
        options = [planned, *(self._option(task.row, name) for name in task.others)]
        if segmented:  # a unit stays where its first segment ran
            way = self.way_of[problem.previous[task.row]]
            options = [int(work.job_options[task.row] + way)]
        tried = [(rank, o) for rank, o in enumerate(options) if o >= 0]
        lists = []
        for rank, o in tried:
            placed = allowed(work, o, o + 1)
            begin = task.start + (0 if rank == 0 or segmented else task.patience)
            kept = np.flatnonzero(placed.start >= max(start, begin))
            lists.append((np.full(len(kept), rank), placed.some(kept)))
        if not lists:
            return
        rank_ = np.concatenate([one for one, _ in lists])
        every = Placements(
            *(np.concatenate([getattr(p, name) for _, p in lists]) for name in Placements.__annotations__)
        )
        order = np.lexsort((rank_, every.start))
        every = every.some(order)
        for block in range(0, len(every), 64):
            some = every.some(np.arange(block, min(block + 64, len(every))))
            matrix = sparse.csc_array(placement_rows(problem, some, self.cells))
            for k in range(len(some)):
                units = self._take(_column(matrix, k), rest, together)
                if units:
                    o, s = int(some.option[k]), int(some.start[k])
                    self._ends(task.row, o, s)
                    yield o, s, units
                    rest -= units
                    if rest == 0:
                        return

    def _take(self, column: tuple[Ints, Floats], most: int, together: bool) -> int:
        """Units that fit, taken from what is left; with `together` all or none."""
        rows, each = column
        positive = each > 0
        rows, each = rows[positive], each[positive]
        units = most
        for r, amount in zip(rows.tolist(), each.tolist(), strict=True):
            if not np.isinf(self.left[r]):
                units = min(units, whole(float(self.left[r] + self.slack[r]), amount))
        if units <= 0 or (together and units < most):
            return 0
        self.left[rows] -= units * each
        return units

    def _ends(self, row: int, option: int, start: int) -> None:
        work = self.problem.work
        placed = placements(work, np.array([option]), np.array([start]))
        end = np.inf if placed.left[0] > 0 else float(end_hours(work, placed)[0])
        self.end[row] = max(self.end[row], end)
        self.way_of[row] = option - work.job_options[row]


def _may(work: Work, option: int, start: int) -> bool:
    """Whether an option may start in a slot."""
    spans = slice(work.option_spans[option], work.option_spans[option + 1])
    return bool(((work.span_first[spans] <= start) & (start <= work.span_last[spans])).any())


def _column(matrix: sparse.csc_array, k: int) -> tuple[Ints, Floats]:
    """Rows and amounts of a column."""
    own = slice(matrix.indptr[k], matrix.indptr[k + 1])
    return matrix.indices[own], matrix.data[own]


def room_of(problem: Problem, built: dict[tuple[int, int, int], int]) -> Floats:
    """(R,) what rows have for runs, with the modules that stand: inf where a row does not stop a run.

    Parameters
    ----------
    built : mapping
        (module, vehicle, order): how many.
    """
    rows, supply = problem.rows, problem.supply
    room = np.where(np.isnan(rows.penalty), rows.upper, np.inf)
    for gate in supply.gates:
        room[gate.rows] = gate.most
    source = [np.sum([each.limit_mw for each in plant.sources], axis=0) for plant in supply.plants]
    for (k, vehicle, order), number in built.items():
        module = supply.modules[k]
        entry, amount = module.entries(vehicle, order)
        np.add.at(room, entry, number * amount)
        for raised in module.raises:
            stands = slice(*np.searchsorted(problem.tick_slot, [module.stands_from[order], module.stands_until[order]]))
            source[raised.plant] = source[raised.plant] + 0.0
            source[raised.plant][stands] += number * raised.mw[stands]
    for plant, given in zip(supply.plants, source, strict=True):
        stored = sum(store.mw for store in plant.stores)
        it = (np.broadcast_to(given, problem.tick_slot.shape) + stored - plant.idle_mw) / plant.pue
        most = np.full(problem.work.slots, np.inf)
        np.minimum.at(most, problem.tick_slot, it)
        room[plant.load_rows] = np.minimum(np.maximum(most, 0.0), plant.most_mw)
    return room

"""Plans for problems that are packing alone: jobs on meters with capacities, many of them, without a solver's model.

    min Σ_j cost of j's placement, or away[j]      subject to, for each row r, all of whose cells lie in one slot,
    Σ weight · use <= upper[r]

No array of all placements is held: what fits is found by the kernels (`kernels/capacity.py`, `kernels/anneal.py`),
option by option.
"""

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from placement.kernels.anneal import Annealer
from placement.kernels.backend import BackEnd
from placement.kernels.capacity import limits
from placement.kernels.eject import Columns, Rows, Spot
from placement.kernels.gates import Gates
from placement.kernels.jobs_of import jobs_of, rows_of
from placement.kernels.placements import placements
from placement.kernels.plan import Units
from placement.kernels.work import RUN, Floats, Ints, Work
from placement.models.rows import placement_rows
from placement.problem import Problem
from placement.search.bound import back_end, meter_prices
from placement.search.core_model import Chosen
from placement.solution import Solution

SLACK = 2.0**-20
"""By which a row may be over, in units of what it counts; the verifier's is 1e-6."""

GRAIN = 2.0**-20
"""What rows have left is a whole multiple of it, so that whole amounts and grains are taken and given back exactly."""

OVER = 1e-9
"""Share of a limit by which a plan may be over it besides, for what weights that are no such multiple round; with SLACK
less than the verifier's 1e-6.
"""

BLOCK = 1_000_000
"""Options or uses that are looked at together."""

CHUNK = 1_000
"""Units that are placed between two looks at the clock."""

INSERTED = 20_000
"""The same on a GPU."""

LARGE = 0.02
"""Share of the units that are called large."""

GUIDE = 0.5
"""Share of the prices of rows that is added to the cost of placements where annealing is guided."""


def is_packing(problem: Problem) -> bool:
    """Whether a problem is packing alone: no supply, flows, order or segments, and only rows within slots."""
    supply, rows, work, flows = problem.supply, problem.rows, problem.work, problem.flows
    if supply.plants or supply.gates or supply.moves or supply.modules or supply.tallies:
        return False
    if len(flows.way_flow) or flows.demand.size or problem.after or (problem.previous >= 0).any() or len(problem.alone):
        return False
    if np.isfinite(rows.lower).any() or (~np.isnan(rows.penalty)).any() or (rows.cell_weight < 0).any():
        return False
    if (rows.upper < 0).any() or (work.use_amount < 0).any():
        return False
    counted = np.zeros(problem.meters, dtype=bool)
    counted[rows.cell_meter] = True
    if (work.use_kind[counted[work.use_meter]] != RUN).any():
        return False
    first = np.full(len(rows), work.slots)
    last = np.full(len(rows), -1)
    np.minimum.at(first, rows.cell_row, rows.cell_slot)
    np.maximum.at(last, rows.cell_row, rows.cell_slot)
    return bool((first >= last).all()) and _once_each(problem)


def _once_each(problem: Problem) -> bool:
    """Whether no row counts a meter twice, and no two meters of one option."""
    rows, work = problem.rows, problem.work
    cell = (rows.cell_row * problem.meters + rows.cell_meter) * work.slots + rows.cell_slot
    if len(np.unique(cell)) < len(cell):
        return False
    ones = np.ones(len(rows.cell_row))
    counts = sparse.csr_array((ones, (rows.cell_meter, rows.cell_row)), shape=(problem.meters, len(rows)))
    together = sparse.csr_array(counts @ counts.T)
    together.setdiag(1.0)
    for first, end in _in_blocks(work.option_uses):
        meter = work.use_meter[work.option_uses[first] : work.option_uses[end]]
        option = np.repeat(np.arange(end - first), np.diff(work.option_uses[first : end + 1]))
        uses = sparse.csr_array((np.ones(len(option)), (option, meter)), shape=(end - first, problem.meters))
        met = sparse.coo_array(sparse.triu(uses.T @ uses, k=1))
        alike = sparse.csr_array(together)[met.row, met.col] if met.nnz else np.zeros(0)
        if np.asarray(alike).any() or (uses.data > 1).any():
            return False
    return True


def _in_blocks(begin: Ints) -> Iterator[tuple[int, int]]:
    """Ranges of the rows of a compressed table that hold about BLOCK entries: what is worked out of them fits."""
    cuts = np.searchsorted(begin, np.arange(begin[0], begin[-1], BLOCK)[1:])
    return itertools.pairwise(np.unique(np.concatenate([[0], cuts, [len(begin) - 1]])).tolist())


@dataclass(frozen=True)
class Packing:
    """A plan: option and start of each unit; option -1: it is turned away or put off."""

    option: Ints
    start: Ints
    usd: float
    """Whole cost, constant included; inf if a unit that must run has no place."""


class Packer:
    """A plan in the making: jobs, what limits have left, and where units are.

    Parameters
    ----------
    problem : Problem
    back : BackEnd, optional
    gates : Gates, optional
        Clusters that are on only while something runs there, and what that costs.
    """

    def __init__(self, problem: Problem, back: BackEnd | None = None, gates: Gates | None = None):
        work = problem.work
        self.problem, self.gates = problem, gates
        self.away = np.minimum(problem.reject_usd, problem.defer_usd)
        self.job = np.repeat(np.arange(work.jobs), problem.count)
        self.back = back or back_end(work)
        self.size = sizes(work)
        self.large = np.zeros(len(self.job), dtype=np.bool_)
        self.large[np.argsort(-self.size[self.job], kind="stable")[: math.ceil(LARGE * len(self.job))]] = True
        rows = problem.rows
        self.limits = limits(
            problem.meters, work.slots, rows.cell_row, rows.cell_meter, rows.cell_slot, rows.cell_weight
        )
        self.room = np.floor((rows.upper + SLACK) / GRAIN) * GRAIN
        self.units = Units(self.job, self.away, self.size, *_cheapest_first(problem, self.back))
        self.annealer = self._annealer(work, self.units, problem.meter_usd, gates)

    def _annealer(self, work: Work, units: Units, prices: Floats, gates: Gates | None = None) -> Annealer:
        return self.back.annealer(work, self.limits, self.room, units, prices, prices, gates)

    def hardest_first(self) -> Ints:
        """Units in order: those that must run, then the largest first."""
        order: Ints = np.lexsort((-self.size[self.job], np.isfinite(self.away[self.job])))
        return order

    def warm_up(self) -> None:
        """Compile what is compiled, or read it from the cache, so that what is timed later is work alone."""
        some, work = np.arange(min(10, len(self.job))), self.problem.work
        if len(some) == 0:
            return
        self.construct(some, np.zeros(len(self.problem.rows)))
        self.annealer.rounds(some, 1, 0.0, 0.0, np.zeros(1, dtype=np.uint64), 0, work.slots)
        self.annealer.push(some, 1, 0.0, 0.0, np.zeros(1, dtype=np.uint64), 0, work.slots)
        if self.gates is not None:
            self.annealer.moves(some, 1, 0.0, np.zeros(1, dtype=np.uint64), 0, work.slots)
        few = jobs_of(work, self.job[some])
        ones = np.ones(len(some))
        self.back.soft(few, self.problem.meter_usd, ones, ones, ones.astype(np.int64))
        if work.slots > 1:  # then there are no chains
            return
        one, room = np.zeros(1, dtype=np.int64), np.zeros(1)
        columns = Columns(np.array([0, 1]), room, room, np.zeros(2, dtype=np.int64), one[:0], room[:0])
        spot = Spot(one, one.copy(), room.copy(), room.copy(), one.copy(), room.copy())
        self.back.chains(columns, Rows(room, room), spot, 1, 0.0, np.zeros(1, dtype=np.uint64))

    def construct(self, order: Ints, row_price: Floats, over: Callable[[], bool] = lambda: False) -> None:
        """A plan from nothing: units put one after the other where they fit, at given prices of rows."""
        none = np.full(len(self.job), -1)
        self.set(none, none)
        self.add(order, row_price, over)

    def add(self, order: Ints, row_price: Floats, over: Callable[[], bool] = lambda: False) -> None:
        """Units put one after the other where they fit beside what is there, at given prices of rows.

        Where it is over before all are, the others are where they were. A GPU looks for the places of many at once,
        which are the same (`kernels/insert.py`).
        """
        prices = meter_prices(self.problem, row_price)
        if self.back.name == "cupy" and self.gates is None and (self.annealer.option[order] < 0).all():
            self._insert(order, prices, over)
        else:
            _in_chunks(self.annealer, order, prices, over)

    def _insert(self, order: Ints, prices: Floats, over: Callable[[], bool]) -> None:
        """As `add`, on a GPU, of units that are away."""
        for first in range(0, len(order), INSERTED):
            if first and over():
                return
            some, left = order[first : first + INSERTED], self.annealer.left.copy()
            self.annealer.set(some, *self.back.insert(self.problem.work, self.limits, left, self.units, some, prices))

    def place(self, chosen: Chosen) -> None:
        """A plan of given placements and nothing else."""
        self.set(*self.deal(np.arange(len(self.job)), chosen))

    def deal(self, units: Ints, chosen: Chosen) -> tuple[Ints, Ints]:
        """(N,) option and start of each of some units; see `dealt`."""
        return dealt(self.problem.work, self.job[units], chosen)

    def guide_by(self, row_price: Floats) -> None:
        """Prices of rows that guide annealing from now on."""
        self.annealer.guide_by(meter_prices(self.problem, GUIDE * row_price))

    def first_come(self, submitted: Floats, over: Callable[[], bool] = lambda: False) -> Packing | None:
        """First come, first served with backfill: the earliest start, then the earliest end, that fits; None: it was
        over before all were served.
        """
        work = self.problem.work
        soonest = replace(
            work,
            discount=np.arange(work.slots, dtype=np.float64),
            option_usd=np.ones(work.options),
            option_tail=np.zeros(work.options),
            job_ready=np.zeros(work.jobs),
            job_delay=np.full(work.jobs, 0.5 / max(float(work.edges[-1]) * 1e3, 1.0)),
        )
        never = np.full(work.jobs, np.inf)
        nothing = self.units._replace(away=never, low=np.full(work.options, -np.inf), options=np.arange(work.options))
        served = self._annealer(soonest, nothing, np.zeros_like(self.problem.meter_usd))
        order = np.argsort(submitted[self.job], kind="stable")
        if not _in_chunks(served, order, np.zeros_like(self.problem.meter_usd), over):
            return None
        self.set(served.option, served.start)
        return self.plan()

    def begin_with(self, begin: Chosen) -> Packing:
        """A plan of given placements, as far as they fit; what does not goes where it fits, the hardest first."""
        chosen, starts = self.deal(np.arange(len(self.job)), begin)
        there = np.flatnonzero(chosen >= 0)
        use = sparse.csc_array(
            placement_rows(self.problem, placements(self.problem.work, chosen[there], starts[there]))
        )
        over = use @ np.ones(len(there)) - self.problem.rows.upper - SLACK
        for k in np.argsort(self.away[self.job[there]], kind="stable").tolist():
            rows = slice(use.indptr[k], use.indptr[k + 1])
            if (over[use.indices[rows]] > 0).any():
                over[use.indices[rows]] -= use.data[rows]
                chosen[there[k]] = -1
        self.set(chosen, starts)
        order = self.hardest_first()
        self.add(order[chosen[order] < 0], np.zeros(len(self.problem.rows)))
        return self.plan()

    def set(self, option: Ints, start: Ints) -> None:
        """Another plan in the place of this one."""
        different = np.flatnonzero((self.annealer.option != option) | ((option >= 0) & (self.annealer.start != start)))
        self.annealer.set(different, option[different], start[different])

    def settle(self) -> bool:
        """Work out anew what rows have left, and whether no row is over its limit.

        Weights that are no multiples of GRAIN leave rounding behind each time that something is taken and given back.
        """
        problem, rows, plan = self.problem, self.problem.rows, self.annealer
        there = np.flatnonzero(plan.option >= 0)
        ones = np.ones(len(there))
        use = self.back.usage(problem.work, problem.meters, plan.option[there], plan.start[there], ones)
        plan.left[:] = self.room - np.bincount(
            rows.cell_row, rows.cell_weight * use[rows.cell_meter, rows.cell_slot], minlength=len(rows)
        )
        return bool((plan.left >= -OVER * np.maximum(1.0, rows.upper)).all())

    def usd(self) -> float:
        """What the plan costs, constant included."""
        return float(self.annealer.usd.sum()) + self.annealer.gates_usd() + self.problem.constant_usd

    def plan(self) -> Packing:
        """The plan as it stands."""
        return Packing(self.annealer.option.copy(), self.annealer.start.copy(), self.usd())

    def solution(self, plan: Packing) -> Solution:
        """The plan as decisions."""
        problem = self.problem
        slots = problem.work.slots
        there = plan.option >= 0
        used, count = np.unique(plan.option[there] * slots + plan.start[there], return_counts=True)
        gone = np.bincount(self.job[~there], minlength=problem.work.jobs)
        put_off = problem.defer_usd < problem.reject_usd
        return Solution(
            used // slots, used % slots, count,
            rejected=np.where(put_off, 0, gone), deferred=np.where(put_off, gone, 0),
            flow=np.zeros((0, slots)), unmet=np.zeros((0, slots)),
        )  # fmt: skip


def dealt(work: Work, job: Ints, chosen: Chosen) -> tuple[Ints, Ints]:
    """(N,) option and start of each of some units, -1 of those that are left over.

    Parameters
    ----------
    work : Work
    job : array, shape (N,)
        Job of each unit.
    chosen : Chosen
        Placements, which are taken by the units of their jobs in turn.

    Raises
    ------
    ValueError
        If there are more placements of a job than units.
    """
    option, start = np.full(len(job), -1), np.full(len(job), -1)
    each = np.repeat(np.arange(len(chosen.option)), chosen.count)
    of = np.searchsorted(work.job_options, chosen.option[each], side="right") - 1
    each, of = each[np.argsort(of, kind="stable")], np.sort(of)
    order = np.argsort(job, kind="stable")
    mine = job[order]
    turn = np.arange(len(of)) - np.searchsorted(of, of)
    if (turn >= np.searchsorted(mine, of, side="right") - np.searchsorted(mine, of)).any():
        raise ValueError("more units than a job has")
    at = order[np.searchsorted(mine, of) + turn]
    option[at], start[at] = chosen.option[each], chosen.start[each]
    return option, start


def _in_chunks(plan: Annealer, order: Ints, prices: Floats, over: Callable[[], bool]) -> bool:
    """Construct in chunks until it is over; returns whether all were placed."""
    for first in range(0, len(order), CHUNK):
        if first and over():
            return False
        plan.construct(order[first : first + CHUNK], prices)
    return True


def sizes(work: Work) -> Floats:
    """(J,) how hard jobs are to place: the largest amount of a meter that their first option takes, times its hours."""
    size = np.zeros(work.jobs)
    some = np.flatnonzero(np.diff(work.job_options) > 0)
    first = work.job_options[some]
    uses, begin = rows_of(work.option_uses, first)
    has = np.diff(begin) > 0
    if has.any():
        most = np.maximum.reduceat(work.use_amount[uses], begin[:-1][has])
        size[some[has]] = most * work.option_work[first[has]]
    return size


def _cheapest_first(problem: Problem, back: BackEnd) -> tuple[Floats, Ints]:
    """(O,) what each option costs at least, and the options of each job, those that may cost least first."""
    work = problem.work
    low, order = np.empty(work.options), np.empty(work.options, dtype=np.int32)
    for first, end in _in_blocks(work.job_options):
        begin = work.job_options[first : end + 1]
        mine = slice(begin[0], begin[-1])
        low[mine] = back.price(jobs_of(work, np.arange(first, end)).by_option(), problem.meter_usd).usd
        order[mine] = begin[0] + np.lexsort((low[mine], np.repeat(np.arange(end - first), np.diff(begin))))
    return low, order

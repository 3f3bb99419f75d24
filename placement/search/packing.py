"""Plans for problems that are packing alone: jobs on meters with capacities, many of them, without a solver's model.

    min Σ_j cost of j's placement, or away[j]      subject to, for each row r, all of whose cells lie in one slot,
    Σ weight · use <= upper[r]

Construction puts jobs one after the other on the cheapest placement that fits what is left of every row, at prices to
which a weight times the row prices of the ascent (`ascent`) adds: with all of it scarce hours are kept for those who
need them, with none every job takes what is best for itself. Then rounds of taking some jobs out that run at the same
time and place, and putting them back in another order; what costs no more is kept. Whether a placement fits is read off
running sums of the slots that are too full for its amount, and off its last slot, which it takes in part: three reads
per use.
"""

from dataclasses import dataclass

import numpy as np

from placement.kernels.placements import Placements, allowed
from placement.kernels.price import placement_usd, running_sums
from placement.kernels.work import RUN, Floats, Ints
from placement.problem import Problem
from placement.search.bound import meter_prices
from placement.solution import Solution

MOST_PLACEMENTS = 30_000_000
"""Placements that are held at once, about 60 bytes each."""

MOST_UNITS = 200_000
AS_DRAWN = 0.4
"""Share of rounds that put back in the order in which units were drawn; the others the dearest to lose first."""

SLACK = 1e-6
"""By which a row may be over, in units of what it counts, as in the verifier."""


def is_packing(problem: Problem) -> bool:
    """Whether a problem is packing alone: no supply, flows, order or segments, and only rows within slots."""
    supply, rows, work = problem.supply, problem.rows, problem.work
    if supply.plants or supply.gates or supply.moves or supply.modules or supply.tallies or len(problem.flows.way_flow):
        return False
    if problem.after or (problem.previous >= 0).any() or int(problem.count.sum()) > MOST_UNITS or len(problem.alone):
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
    return bool((first >= last).all()) and work.starts <= MOST_PLACEMENTS


@dataclass(frozen=True)
class Packing:
    """A plan: the placement of each unit, by number; -1: it is turned away or put off."""

    chosen: Ints
    usd: float
    """Whole cost, constant included; inf if a unit that must run has no place."""


class Packer:
    """What is left of rows, and where units are."""

    def __init__(self, problem: Problem):
        self.problem, work = problem, problem.work
        self.placed: Placements = allowed(work, 0, work.options)
        job = np.searchsorted(work.job_options, self.placed.option, side="right") - 1
        self.first = np.searchsorted(job, np.arange(work.jobs + 1))
        self.own = self.priced(np.zeros(len(problem.rows)))
        self.away = np.minimum(problem.reject_usd, problem.defer_usd)
        self.unit_job = np.repeat(np.arange(work.jobs), problem.count)
        self.option_first = np.searchsorted(self.placed.option, np.arange(work.options + 1))
        self._rows()
        self.left = np.append(problem.rows.upper + SLACK, np.inf)
        self.chosen = np.full(len(self.unit_job), -1)

    def priced(self, row_price: Floats) -> Floats:
        """(N,) cost of each placement with prices of rows."""
        prices = meter_prices(self.problem, row_price)
        return placement_usd(self.problem.work, prices, running_sums(prices), self.placed)

    def _rows(self) -> None:
        """For each meter the rows of each slot and their weights, (T, K) each, padded with a row that is never full."""
        rows, slots = self.problem.rows, self.problem.work.slots
        self.row, self.weight = [], []
        order = np.lexsort((rows.cell_slot, rows.cell_meter))
        meter = rows.cell_meter[order]
        for m in range(self.problem.meters):
            mine = order[np.searchsorted(meter, m) : np.searchsorted(meter, m, side="right")]
            slot = rows.cell_slot[mine]
            rank = np.arange(len(mine)) - np.searchsorted(slot, slot)
            deep = int(rank.max(initial=-1)) + 1
            row, weight = np.full((slots, deep), len(rows)), np.ones((slots, deep))
            row[slot, rank], weight[slot, rank] = rows.cell_row[mine], rows.cell_weight[mine]
            weight[weight == 0] = 1e-300
            self.row.append(row)
            self.weight.append(weight)

    def _room(self, m: int) -> Floats:
        """(T,) what a meter may still take in each slot."""
        row = self.row[m]
        if row.shape[1] == 0:
            return np.full(self.problem.work.slots, np.inf)
        if row.shape[1] == 1:
            return np.asarray(self.left[row[:, 0]] / self.weight[m][:, 0])
        return np.asarray((self.left[row] / self.weight[m]).min(axis=1))

    def fitting(self, job: int) -> Ints:
        """Placements of a job that fit what is left."""
        work, found = self.problem.work, []
        for o in range(work.job_options[job], work.job_options[job + 1]):
            first, end = int(self.option_first[o]), int(self.option_first[o + 1])
            good = np.ones(end - first, dtype=bool)
            begin, last = self.placed.start[first:end], self.placed.last[first:end]
            for u in range(work.option_uses[o], work.option_uses[o + 1]):
                room, amount = self._room(int(work.use_meter[u])), work.use_amount[u]
                full = room < amount
                if full.any():
                    sums = np.concatenate([[0], np.cumsum(full)])
                    good &= (sums[last] == sums[begin]) & (room[last] >= amount * self.placed.fraction[first:end])
            found.append(first + np.flatnonzero(good))
        return np.concatenate(found) if found else np.zeros(0, dtype=np.int64)

    def take(self, n: int, sign: float = 1.0) -> None:
        """Put a placement onto its meters, or with sign -1 take it off."""
        work, placed = self.problem.work, self.placed
        o, s, last = int(placed.option[n]), int(placed.start[n]), int(placed.last[n])
        share = np.ones(last + 1 - s)
        share[-1] = placed.fraction[n]
        for u in range(work.option_uses[o], work.option_uses[o + 1]):
            m = int(work.use_meter[u])
            row = self.row[m][s : last + 1]
            if row.shape[1]:
                self.left[row] -= sign * work.use_amount[u] * share[:, None] * self.weight[m][s : last + 1]

    def insert(self, unit: int, cost: Floats, always: bool = False) -> None:
        """A unit at its cheapest placement that fits, at given costs; away where that costs less, unless `always`."""
        job = int(self.unit_job[unit])
        fits = self.fitting(job)
        if len(fits):
            best = int(fits[np.argmin(cost[fits])])
            if always or cost[best] < self.away[job]:
                self.chosen[unit] = best
                self.take(best)

    def remove(self, unit: int) -> None:
        """A unit taken out."""
        if self.chosen[unit] >= 0:
            self.take(int(self.chosen[unit]), -1.0)
            self.chosen[unit] = -1

    def unit_usd(self) -> Floats:
        """(U,) own cost of each unit, as placed."""
        there = self.chosen >= 0
        return np.where(there, self.own[self.chosen], self.away[self.unit_job])

    def plan(self) -> Packing:
        """The plan as it stands."""
        return Packing(self.chosen.copy(), float(self.unit_usd().sum()) + self.problem.constant_usd)

    def restore(self, plan: Packing) -> None:
        """Another plan in the place of this one."""
        for unit in np.flatnonzero(self.chosen != plan.chosen):
            self.remove(int(unit))
        for unit in np.flatnonzero(self.chosen != plan.chosen):
            self.chosen[unit] = plan.chosen[unit]
            self.take(int(plan.chosen[unit]))

    def clear(self) -> None:
        """Nothing placed."""
        self.left = np.append(self.problem.rows.upper + SLACK, np.inf)
        self.chosen[:] = -1

    def solution(self, plan: Packing) -> Solution:
        """The plan as decisions."""
        problem = self.problem
        used, count = np.unique(plan.chosen[plan.chosen >= 0], return_counts=True)
        gone = np.bincount(self.unit_job[plan.chosen < 0], minlength=problem.work.jobs)
        put_off = problem.defer_usd < problem.reject_usd
        return Solution(
            self.placed.option[used], self.placed.start[used], count,
            rejected=np.where(put_off, 0, gone), deferred=np.where(put_off, gone, 0),
            flow=np.zeros((0, problem.work.slots)), unmet=np.zeros((0, problem.work.slots)),
        )  # fmt: skip


def hardest_first(packer: Packer) -> Ints:
    """Units in order: those that must run, then by size times hours, the largest first."""
    work = packer.problem.work
    size = np.zeros(work.jobs)
    for j in range(work.jobs):
        o = int(work.job_options[j])
        if o < work.job_options[j + 1]:
            uses = slice(int(work.option_uses[o]), int(work.option_uses[o + 1]))
            size[j] = work.use_amount[uses].max(initial=0.0) * work.option_work[o]
    order = np.lexsort((-size, np.isfinite(packer.away)))
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return np.asarray(np.argsort(rank[packer.unit_job], kind="stable"))


def improve(packer: Packer, rng: np.random.Generator, rounds: int) -> None:
    """Rounds of taking some units out and putting them back, in place; a round that costs more is undone."""
    for _ in range(rounds):
        seed = int(rng.integers(len(packer.unit_job)))
        some = [seed]
        near = rng.permutation(_near(packer, seed, rng))[: int(rng.integers(2, 12))]
        some += [int(u) for u in near if int(u) != seed]
        before = packer.chosen[some].copy()
        was = sum(_usd(packer, u) for u in some)
        for u in some:
            packer.remove(u)
        order = some if rng.random() < AS_DRAWN else sorted(some, key=lambda u: -_worth(packer, u))
        for u in order:
            packer.insert(u, packer.own)
        if sum(_usd(packer, u) for u in some) <= was:
            continue
        for u in some:
            packer.remove(u)
        for u, n in zip(some, before.tolist(), strict=True):
            if n >= 0:
                packer.chosen[u] = n
                packer.take(n)


def _usd(packer: Packer, unit: int) -> float:
    n = int(packer.chosen[unit])
    return float(packer.own[n]) if n >= 0 else float(packer.away[packer.unit_job[unit]])


def _worth(packer: Packer, unit: int) -> float:
    return float(packer.away[packer.unit_job[unit]])


def _near(packer: Packer, seed: int, rng: np.random.Generator) -> Ints:
    """Units that run where and when one does, or could."""
    n = int(packer.chosen[seed])
    if n < 0:
        job = int(packer.unit_job[seed])
        first, end = int(packer.first[job]), int(packer.first[job + 1])
        if first == end:
            return np.zeros(0, dtype=np.int64)
        n = int(rng.integers(first, end))
    there = np.flatnonzero(packer.chosen >= 0)
    held = packer.chosen[there]
    work, placed = packer.problem.work, packer.placed
    meter = work.use_meter[work.option_uses[placed.option[n]]]
    same = work.use_meter[work.option_uses[placed.option[held]]] == meter
    found: Ints = there[same & (placed.start[held] <= placed.last[n]) & (placed.last[held] >= placed.start[n])]
    return found

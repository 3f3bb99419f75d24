"""`placement.kernels.anneal`, compiled by Numba: the same rounds, the same plans.

Two threads may anneal one plan at once if their slots are apart, begin with a part of the horizon and their pools have
no unit in common that is away: then they touch nothing in common.
"""

from typing import NamedTuple

import numpy as np

from placement.kernels.anneal import MOST, TWICE
from placement.kernels.capacity import Limits
from placement.kernels.capacity_numba import Priced, Space, priced, space
from placement.kernels.compile_numba import ONE, ZERO, borrowed, called, entry
from placement.kernels.gates import Gates, no_gates
from placement.kernels.gates_numba import switching, total
from placement.kernels.moves_numba import moves
from placement.kernels.plan import REACH, Units, width_of
from placement.kernels.plan_numba import (
    Plan,
    Seeds,
    draw,
    drawn,
    home,
    insert,
    key_of,
    lift,
    mixed,
    own_usd,
    put,
    steady_units,
)
from placement.kernels.push_numba import pushes
from placement.kernels.runs_numba import Tables, ends_general, read_only, tables
from placement.kernels.work import Floats, Ints, Work


class Desk(NamedTuple):
    """The units of a round, their order, and where they were."""

    some: Ints
    key: Floats
    hashed: Seeds
    was: Ints
    was_fraction: Floats
    was_usd: Floats


class Annealer:
    """As `placement.kernels.anneal.Annealer`."""

    def __init__(
        self,
        work: Work,
        limits: Limits,
        left: Floats,
        units: Units,
        prices: Floats,
        guide: Floats,
        gates: Gates | None = None,
    ):
        self.work, self.tables = work, tables(work)
        self.limits = Limits(*(read_only(values) for values in limits))
        self.units = steady_units(units)
        self.own = priced(prices)
        self.guide_by(guide)
        count, width = len(units.job), width_of(work.slots)
        parts = work.slots // width + 1
        option, start, last, after, before = (np.full(count, -1) for _ in range(5))
        head = np.full(len(prices) * parts, -1)
        usd = units.away[units.job]
        self.plan = Plan(
            left.copy(), option, start, last, np.zeros(count), usd, head, after, before, width, parts,
            switching(gates or no_gates(len(prices), work.slots)),
        )  # fmt: skip
        self.option, self.start, self.usd, self.left = (
            self.plan.option,
            self.plan.start,
            self.plan.usd,
            self.plan.left,
        )

    def guide_by(self, guide: Floats) -> None:
        """Other guiding prices."""
        self.guide = priced(guide)

    def gates_usd(self) -> float:
        """As of the definition."""
        return gates_usd(self.plan)

    def construct(self, order: Ints, prices: Floats) -> None:
        """As of the definition."""
        construct(self.tables, self.limits, self.plan, self.own, priced(prices), self.units, read_only(order))

    def set(self, unit: Ints, option: Ints, start: Ints) -> None:
        """As of the definition."""
        place(
            self.tables, self.limits, self.plan, self.own, self.units,
            read_only(unit), read_only(option), read_only(start),
        )  # fmt: skip

    def rounds(self, pool: Ints, count: int, heat: float, guided: float, seed: Seeds, first: int, end: int) -> None:
        """As of the definition."""
        anneal(
            self.tables, self.limits, self.plan, self.own, self.guide, self.units,
            read_only(pool), count, heat, guided, seed, first, end,
        )  # fmt: skip

    def push(self, pool: Ints, count: int, heat: float, guided: float, seed: Seeds, first: int, end: int) -> None:
        """As of the definition."""
        pushes(
            self.tables, self.limits, self.plan, self.own, self.guide, self.units,
            read_only(pool), count, heat, guided, seed, first, end,
        )  # fmt: skip

    def moves(self, pool: Ints, count: int, heat: float, seed: Seeds, first: int, end: int) -> None:
        """As of the definition."""
        moves(
            self.tables, self.limits, self.plan, self.own, self.units, read_only(pool), count, heat, seed, first, end,
        )  # fmt: skip


@called
def desk() -> Desk:
    """Room for a round."""
    most = 2 * MOST + 4
    return Desk(
        np.empty(most, np.int64), np.empty(most), np.empty(most, np.uint64),
        np.empty((most, 3), np.int64), np.empty(most), np.empty(most),
    )  # fmt: skip


@entry
def construct(t: Tables, limits: Limits, plan: Plan, own: Priced, by: Priced, units: Units, order: Ints) -> None:
    """Units taken out and put back one after the other."""
    t, limits, plan, own, by, units, order = borrowed((t, limits, plan, own, by, units, order))
    at = space()
    for unit in order:
        lift(t, limits, plan, unit)
        insert(t, limits, plan, own, by, units, at, unit, ZERO, len(t.hours), np.inf)


@entry
def place(
    t: Tables, limits: Limits, plan: Plan, own: Priced, units: Units, unit: Ints, option: Ints, start: Ints
) -> None:
    """Units taken from where they are and put elsewhere."""
    t, limits, plan, own, units, unit, option, start = borrowed((t, limits, plan, own, units, unit, option, start))
    at = space()
    for u in unit:
        lift(t, limits, plan, u)
    for i in range(len(unit)):
        u, j = unit[i], units.job[unit[i]]
        plan.usd[u] = units.away[j]
        if option[i] >= 0:
            plan.usd[u] = own_usd(t, own, at, j, option[i], start[i])
            put(t, limits, plan, u, option[i], start[i], at.last[0], at.part[0])


SLIP = 1e-9
"""Share of what its units cost, all taken as positive, by which a round must be too dear to be given up before all are
put back: far more than sums are rounded by.
"""


@entry
def anneal(
    t: Tables, limits: Limits, plan: Plan, own: Priced, guide: Priced, units: Units, pool: Ints, count: int,
    heat: float, guided: float, seed: Seeds, first: int, end: int,
) -> None:  # fmt: skip
    """Rounds of annealing.

    Where those that are put back and the least that the others can cost come to more than a round may, it is undone at
    once; as no unit may then cost more than is left of that, dearer places are not looked at. The plans are the same.
    """
    t, limits, plan, own, guide, units, pool, seed = borrowed((t, limits, plan, own, guide, units, pool, seed))
    at, desk_ = space(), desk()
    gated = len(plan.switching.usd) > 0
    for _ in range(count):
        unit = pool[int(draw(seed) * len(pool))]
        n = gather(t, plan, units, at, desk_, unit, seed, first, end)
        if n == 0:
            continue
        arrange(units, desk_, n, seed)
        before, least, size = total(plan.switching), 0.0, 0.0
        for i in range(n):
            u = desk_.some[i]
            usd = least_usd(t, units, u)
            least, size = least + usd, size + abs(usd) + abs(plan.usd[u])
            desk_.was[i, 0], desk_.was[i, 1], desk_.was[i, 2] = plan.option[u], plan.start[u], plan.last[u]
            desk_.was_fraction[i], desk_.was_usd[i] = plan.fraction[u], plan.usd[u]
            before += plan.usd[u]
            lift(t, limits, plan, u)
        most = before + heat * draw(seed)
        by_guide = draw(seed) < guided
        by, after = guide if by_guide else own, 0.0
        for i in range(n):
            u = desk_.some[i]
            least -= least_usd(t, units, u)  # of those that are not put back yet
            spare = np.inf if gated else most - after - least + SLIP * size
            below = np.inf if by_guide else spare  # what is dearer at own prices may be what is cheapest at others
            if not insert(t, limits, plan, own, by, units, at, u, first, end, below) or plan.usd[u] > spare:
                after = np.inf
                break
            after += plan.usd[u]
        after += total(plan.switching)
        if after <= most:
            continue
        for i in range(n):
            lift(t, limits, plan, desk_.some[i])
        for i in range(n):
            u = desk_.some[i]
            plan.usd[u] = desk_.was_usd[i]
            if desk_.was[i, 0] >= 0:
                put(t, limits, plan, u, desk_.was[i, 0], desk_.was[i, 1], desk_.was[i, 2], desk_.was_fraction[i])


@called
def least_usd(t: Tables, units: Units, unit: int) -> float:
    """What a unit costs at least, wherever it is."""
    j = units.job[unit]
    usd: float = units.away[j]
    first = t.job_options[j]
    if first < t.job_options[j + 1]:
        usd = min(usd, units.low[units.options[first]])
    return usd


@entry
def gates_usd(plan: Plan) -> float:
    """$ of all gates."""
    return total(plan.switching)


@called
def gather(
    t: Tables, plan: Plan, units: Units, at: Space, desk_: Desk, unit: int, seed: Seeds, first: int, end: int
) -> int:
    """A unit and some that run where and when it does, or could, put on the desk; returns how many."""
    o, s, last = plan.option[unit], plan.start[unit], plan.last[unit]
    if o >= 0 and (s < first or last >= end):
        return 0
    j = units.job[unit]
    options = t.job_options[j + 1] - t.job_options[j]
    if options == 0:
        return 0
    count = 1 + int(draw(seed) * MOST)
    twice = draw(seed) < TWICE
    desk_.some[0] = unit
    n = ONE
    for second in range(2 if twice else 1):
        if second == 1 or o < 0:
            o = t.job_options[j] + int(draw(seed) * options)
            spans = t.option_spans[o + 1] - t.option_spans[o]
            if spans == 0:
                break
            k = t.option_spans[o] + int(draw(seed) * spans)
            a, b = max(t.span_first[k], first), min(t.span_last[k], end - 1)
            if a > b:
                break
            s = a + int(draw(seed) * (b + 1 - a))
            ends_general(t, o, s, ONE, at.last, at.part, at.left)
            last = at.last[0]
        n = beside(t, plan, desk_, o, s, last, (count + 1) // 2 if twice else count, n, first, end, drawn(seed))
    return n


@called
def beside(
    t: Tables, plan: Plan, desk_: Desk, o: int, s: int, last: int, count: int, n: int, first: int, end: int,
    salt: np.uint64,
) -> int:  # fmt: skip
    """Units on an option's first meter that run at some time from s to last, those of least hash, put behind n."""
    m, begin = home(t, o), n
    for part in range(max(s - REACH * plan.width, 0) // plan.width, last // plan.width + 1):
        if (part + 1) * plan.width <= first or part * plan.width >= end:
            continue
        u = plan.head[m * plan.parts + part]
        while u >= 0:
            if plan.start[u] <= last and plan.last[u] >= s and plan.start[u] >= first and plan.last[u] < end:
                there = False
                for i in range(begin):
                    there |= desk_.some[i] == u
                value = mixed(salt ^ np.uint64(u))
                if not there and (n < begin + count or value < desk_.hashed[n - 1]):
                    i = n if n < begin + count else n - 1
                    while i > begin and desk_.hashed[i - 1] > value:
                        desk_.some[i], desk_.hashed[i] = desk_.some[i - 1], desk_.hashed[i - 1]
                        i -= 1
                    desk_.some[i], desk_.hashed[i] = u, value
                    n = min(n + 1, begin + count)
            u = plan.after[u]
    return n


@called
def arrange(units: Units, desk_: Desk, n: int, seed: Seeds) -> None:
    """Put the units on the desk in the order in which they are put back."""
    how = draw(seed)
    for i in range(n):
        desk_.key[i] = key_of(units, desk_.some[i], how, seed)
    for a in range(1, n):
        key, u = desk_.key[a], desk_.some[a]
        b = a - 1
        while b >= 0 and desk_.key[b] > key:
            desk_.key[b + 1], desk_.some[b + 1] = desk_.key[b], desk_.some[b]
            b -= 1
        desk_.key[b + 1], desk_.some[b + 1] = key, u

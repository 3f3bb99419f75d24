"""`placement.kernels.eject`, compiled by Numba: the same chains, the same plans."""

from typing import NamedTuple

import numpy as np

from placement.kernels import eject
from placement.kernels.compile_numba import borrowed, called, compiled, entry
from placement.kernels.eject import LONGEST, LOSS, NOISE, Columns, Rows, Spot
from placement.kernels.plan_numba import Seeds, draw
from placement.kernels.runs_numba import read_only
from placement.kernels.work import Ints


class Lists(NamedTuple):
    """Who is in each row: `head` of each list; entry k of unit u is number u · wide + k in it."""

    head: Ints
    after: Ints
    before: Ints
    wide: int


class Moved(NamedTuple):
    """The units of a chain, and their columns before and after."""

    unit: Ints
    old: Ints
    new: Ints


class Step(NamedTuple):
    """A unit, its column, and $ lost at prices; unit -1: none."""

    unit: int
    column: int
    loss: float


def chains(columns: Columns, rows: Rows, spot: Spot, count: int, heat: float, seed: Seeds) -> None:
    """As of the definition."""
    run(Columns(*(read_only(a) for a in columns)), Rows(*(read_only(a) for a in rows)), spot, count, heat, seed)


chains.__doc__ = eject.chains.__doc__


@entry
def run(columns: Columns, rows: Rows, spot: Spot, count: int, heat: float, seed: Seeds) -> None:
    """Chains one after the other."""
    columns, rows, spot, seed = borrowed((columns, rows, spot, seed))
    wide = 1
    for n in range(len(columns.usd)):
        wide = max(wide, columns.entry[n + 1] - columns.entry[n])
    units = len(spot.job)
    lists = Lists(np.full(len(rows.room), -1), np.full(units * wide, -1), np.full(units * wide, -1), wide)
    usd = 0.0
    spot.load[:] = 0.0
    for u in range(units):
        usd += columns.usd[spot.at[u]]
        for e in range(columns.entry[spot.at[u]], columns.entry[spot.at[u] + 1]):
            spot.load[columns.row[e]] += columns.use[e]
        link(columns, lists, u, spot.at[u])
    moved = Moved(np.empty(LONGEST, np.int64), np.empty(LONGEST, np.int64), np.empty(LONGEST, np.int64))
    for _ in range(count):
        n = chain(columns, rows, spot, lists, moved, heat, seed)
        if n == 0:
            continue
        for i in range(n):
            usd += columns.usd[moved.new[i]] - columns.usd[moved.old[i]]
        if usd < spot.best_usd[0] and within(rows, spot):
            spot.best[:] = spot.at
            spot.best_usd[0] = usd


@called
def chain(columns: Columns, rows: Rows, spot: Spot, lists: Lists, moved: Moved, heat: float, seed: Seeds) -> int:
    """One chain; returns how many units it has moved, 0 where it was undone."""
    u = int(draw(seed) * len(spot.job))
    first, end = columns.first[spot.job[u]], columns.first[spot.job[u] + 1]
    x = draw(seed)
    d = first + int((end - first) * (x * x))
    most = heat * draw(seed)
    if d == spot.at[u]:
        return 0
    n, total, lost = 0, 0.0, columns.reduced[d] - columns.reduced[spot.at[u]]
    while True:
        c = spot.at[u]
        total += columns.usd[d] - columns.usd[c]
        total += lift(columns, rows, spot, c)
        total += put(columns, rows, spot, d)
        moved.unit[n], moved.old[n], moved.new[n] = u, c, d
        n += 1
        if total <= most:
            for i in range(n):
                unlink(columns, lists, moved.unit[i], moved.old[i])
                link(columns, lists, moved.unit[i], moved.new[i])
                spot.at[moved.unit[i]] = moved.new[i]
            return n
        row = fullest(columns, rows, spot, d)
        if n == LONGEST or lost > most + LOSS * heat or row < 0:
            break
        step = next_of(columns, rows, spot, lists, moved, n, row, most - total, heat, seed)
        if step.unit < 0:
            break
        u, d = step.unit, step.column
        lost += step.loss
    for i in range(n - 1, -1, -1):
        lift(columns, rows, spot, moved.new[i])
        put(columns, rows, spot, moved.old[i])
    return 0


@compiled
def fullest(columns: Columns, rows: Rows, spot: Spot, n: int) -> int:
    """Of a column's rows, the one that is over by most $; -1: none is."""
    worst, most = -1, 0.0
    for e in range(columns.entry[n], columns.entry[n + 1]):
        r = columns.row[e]
        over = spot.weight[r] * (spot.load[r] - rows.room[r])
        if over > most:
            worst, most = r, over
    return worst


@called
def next_of(
    columns: Columns, rows: Rows, spot: Spot, lists: Lists, moved: Moved, n: int, row: int, most: float, heat: float,
    seed: Seeds,
) -> Step:  # fmt: skip
    """A unit of a row, the column where it goes, and $ lost by it at prices."""
    last = n + 1 == LONGEST
    best, best_unit, best_column = np.inf, -1, -1
    score, unit, column, loss = np.inf, -1, -1, 0.0
    k = lists.head[row]
    while k >= 0:
        u = k // lists.wide
        k = lists.after[k]
        before = False
        for i in range(n):
            before |= moved.unit[i] == u
        if before:
            continue
        c = spot.at[u]
        gain, left = -columns.usd[c], -columns.reduced[c]
        for e in range(columns.entry[c], columns.entry[c + 1]):
            r, use = columns.row[e], columns.use[e]
            over = spot.load[r] - rows.room[r]
            then = over - use
            saved = spot.weight[r] * (max(over, 0.0) - max(then, 0.0))
            gain -= saved
            if r == row:
                left += (spot.weight[r] if then > 0 else 0.0) * then - rows.price[r] * then
            else:
                left += rows.price[r] * use - saved
            spot.load[r] -= use
        for d in range(columns.first[spot.job[u]], columns.first[spot.job[u] + 1]):
            if d == c:
                continue
            if not last:
                step = left + columns.reduced[d]
                chance = step + NOISE * heat * draw(seed)
                if chance < score:
                    score, unit, column, loss = chance, u, d, step
            usd = gain + columns.usd[d]
            if usd >= best:
                continue
            for e in range(columns.entry[d], columns.entry[d + 1]):
                r, use = columns.row[e], columns.use[e]
                over = spot.load[r] - rows.room[r]
                if over + use > 0:
                    usd += spot.weight[r] * (over + use - max(over, 0.0))
            if usd < best:
                best, best_unit, best_column = usd, u, d
        for e in range(columns.entry[c], columns.entry[c + 1]):
            spot.load[columns.row[e]] += columns.use[e]
    if best <= most:
        return Step(best_unit, best_column, 0.0)
    return Step(unit, column, loss)


@compiled
def within(rows: Rows, spot: Spot) -> bool:
    """Whether no row is over its limit."""
    for r in range(len(spot.load)):  # noqa: SIM110  all() over a generator is not compiled
        if spot.load[r] > rows.room[r]:
            return False
    return True


@compiled
def lift(columns: Columns, rows: Rows, spot: Spot, n: int) -> float:
    """A column's use given back; returns $ of being over, negative."""
    usd = 0.0
    for e in range(columns.entry[n], columns.entry[n + 1]):
        r, use = columns.row[e], columns.use[e]
        over = spot.load[r] - rows.room[r]
        if over > 0:
            usd -= spot.weight[r] * (over - max(over - use, 0.0))
        spot.load[r] -= use
    return usd


@compiled
def put(columns: Columns, rows: Rows, spot: Spot, n: int) -> float:
    """A column's use taken; returns $ of being over."""
    usd = 0.0
    for e in range(columns.entry[n], columns.entry[n + 1]):
        r, use = columns.row[e], columns.use[e]
        over = spot.load[r] - rows.room[r]
        if over + use > 0:
            usd += spot.weight[r] * (over + use - max(over, 0.0))
        spot.load[r] += use
    return usd


@compiled
def link(columns: Columns, lists: Lists, u: int, n: int) -> None:
    """A unit into the lists of its column's rows, first."""
    begin = columns.entry[n]
    for e in range(begin, columns.entry[n + 1]):
        k, r = u * lists.wide + e - begin, columns.row[e]
        top = lists.head[r]
        lists.after[k], lists.before[k], lists.head[r] = top, -1, k
        if top >= 0:
            lists.before[top] = k


@compiled
def unlink(columns: Columns, lists: Lists, u: int, n: int) -> None:
    """A unit out of the lists of its column's rows."""
    begin = columns.entry[n]
    for e in range(begin, columns.entry[n + 1]):
        k = u * lists.wide + e - begin
        before, after = lists.before[k], lists.after[k]
        if before >= 0:
            lists.after[before] = after
        else:
            lists.head[columns.row[e]] = after
        if after >= 0:
            lists.before[after] = before

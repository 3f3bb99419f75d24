"""Ejection chains: a unit goes where there is no room for it, a unit that is there goes elsewhere, and so on.

The definition of `eject_numba`. Each job has a few placements, its *columns*. Rows may be over their limits meanwhile;
what they are over costs their weight λ'[r], and a plan is measured by

    Σ usd[column] + Σ_r weight[r] · max(0, load[r] - room[r]).

A chain begins with a unit that goes to another column. Of the rows of that column, the one that is over by most $ has a
unit taken out: the one whose best place elsewhere makes the whole chain cheap enough, if there is one, and then the
chain is done. Otherwise the one by which, at prices λ of rows, least is lost: reduced costs, and what its row is then
over or has left, with some chance. A chain that ends at no more than heat times a random number stays; the rest is
undone.

Yagiura, Ibaraki, Glover, *An ejection chain approach for the generalized assignment problem*, INFORMS J. Comput. 16
(2004). Random numbers are those of `anneal`.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from placement.kernels.plan import GOLDEN, MASK, mixed
from placement.kernels.work import Floats, Ints

Seeds = NDArray[np.uint64]

LONGEST = 8
"""Units that move in a chain, at most."""

NOISE = 2.0
"""Heats by which chance may outweigh what a step loses."""

LOSS = 6.0
"""Heats that a chain may have lost, at prices of rows, and still go on."""


class Columns(NamedTuple):
    """Placements of jobs, being away among them. J jobs, N columns."""

    first: Ints
    """(J + 1,) columns of job j are first[j] .. first[j + 1] - 1, those of least reduced cost first."""
    usd: Floats
    """(N,) own cost."""
    reduced: Floats
    """(N,) $ at prices of rows."""
    entry: Ints
    """(N + 1,) entries of column n are entry[n] .. entry[n + 1] - 1; no two in one row."""
    row: Ints
    use: Floats


class Rows(NamedTuple):
    """Limits. R rows."""

    room: Floats
    """(R,)"""
    price: Floats
    """(R,) λ, at which reduced costs are."""


class Spot(NamedTuple):
    """A plan that may be over its limits, and the cheapest within them so far; changed in place. U units."""

    job: Ints
    """(U,)"""
    at: Ints
    """(U,) column of each unit."""
    weight: Floats
    """(R,) $ per unit that a row is over."""
    load: Floats
    """(R,) what `at` puts into each row; worked out anew at the beginning."""
    best: Ints
    """(U,) columns of the cheapest plan within the limits."""
    best_usd: Floats
    """(1,) what it costs; inf: there is none."""


def chains(columns: Columns, rows: Rows, spot: Spot, count: int, heat: float, seed: Seeds) -> None:
    """Try so many chains.

    Parameters
    ----------
    columns, rows
    spot : Spot
        Changed in place.
    count : int
    heat : float
        $ that a chain may cost at most, at the weights of rows.
    seed : array of unsigned 64-bit integers, shape (1,)
        Of random numbers; moves on.
    """
    _Chains(columns, rows, spot, int(seed[0])).run(count, heat, seed)


class _Chains:
    """The definition: lists of who is in each row, the newest first, and one chain after the other."""

    def __init__(self, columns: Columns, rows: Rows, spot: Spot, seed: int):
        self.columns, self.rows, self.spot, self.seed = columns, rows, spot, seed
        self.there: list[list[int]] = [[] for _ in rows.room]
        self.usd = 0.0
        spot.load[:] = 0.0
        for u, n in enumerate(spot.at.tolist()):
            self.usd += columns.usd[n]
            for r, use in self._entries(n):
                spot.load[r] += use
                self.there[r].insert(0, u)

    def run(self, count: int, heat: float, seed: Seeds) -> None:
        for _ in range(count):
            self._chain(heat)
        seed[0] = self.seed

    def _chain(self, heat: float) -> None:
        columns, spot = self.columns, self.spot
        u = int(self._draw() * len(spot.job))
        first, end = (int(n) for n in columns.first[spot.job[u] : spot.job[u] + 2])
        x = self._draw()
        d = first + int((end - first) * (x * x))
        most = heat * self._draw()
        if d == spot.at[u]:
            return
        moved: list[tuple[int, int, int]] = []
        total, lost = 0.0, columns.reduced[d] - columns.reduced[spot.at[u]]
        while True:
            c = int(spot.at[u])
            total += columns.usd[d] - columns.usd[c]
            total += self._lift(c)
            total += self._put(d)
            moved.append((u, c, d))
            if total <= most:
                self._keep(moved)
                return
            row = self._fullest(d)
            if len(moved) == LONGEST or lost > most + LOSS * heat or row < 0:
                break
            u, d, loss = self._next_of(row, [m[0] for m in moved], most - total, heat)
            if u < 0:
                break
            lost += loss
        for _, c, d in reversed(moved):
            self._lift(d)
            self._put(c)

    def _fullest(self, n: int) -> int:
        """Of a column's rows, the one that is over by most $; -1: none is."""
        worst, most = -1, 0.0
        for r, _ in self._entries(n):
            over = self.spot.weight[r] * (self.spot.load[r] - self.rows.room[r])
            if over > most:
                worst, most = r, over
        return worst

    def _next_of(self, row: int, moved: list[int], most: float, heat: float) -> tuple[int, int, float]:
        """A unit of a row, the column where it goes, and $ lost by it at prices; unit -1: there is none.

        If any costs at most `most`, the one of least cost.
        """
        columns, rows, spot = self.columns, self.rows, self.spot
        last = len(moved) + 1 == LONGEST
        best, best_unit, best_column = math.inf, -1, -1
        score, unit, column, loss = math.inf, -1, -1, 0.0
        for u in self.there[row]:
            if u in moved:
                continue
            c = int(spot.at[u])
            gain, left = -columns.usd[c], -columns.reduced[c]
            for r, use in self._entries(c):
                over = spot.load[r] - rows.room[r]
                then = over - use
                saved = spot.weight[r] * (max(over, 0.0) - max(then, 0.0))
                gain -= saved
                if r == row:
                    left += (spot.weight[r] if then > 0 else 0.0) * then - rows.price[r] * then
                else:
                    left += rows.price[r] * use - saved
                spot.load[r] -= use
            for d in range(int(columns.first[spot.job[u]]), int(columns.first[spot.job[u] + 1])):
                if d == c:
                    continue
                if not last:
                    step = left + columns.reduced[d]
                    chance = step + NOISE * heat * self._draw()
                    if chance < score:
                        score, unit, column, loss = chance, u, d, step
                usd = gain + columns.usd[d]
                if usd >= best:
                    continue
                for r, use in self._entries(d):
                    over = spot.load[r] - rows.room[r]
                    if over + use > 0:
                        usd += spot.weight[r] * (over + use - max(over, 0.0))
                if usd < best:
                    best, best_unit, best_column = usd, u, d
            for r, use in self._entries(c):
                spot.load[r] += use
        return (best_unit, best_column, 0.0) if best <= most else (unit, column, loss)

    def _keep(self, moved: list[tuple[int, int, int]]) -> None:
        """The units of a chain into their new lists, and the plan taken if it is the cheapest within the limits."""
        spot = self.spot
        for u, c, d in moved:
            self.usd += self.columns.usd[d] - self.columns.usd[c]
            for r, _ in self._entries(c):
                self.there[r].remove(u)
            for r, _ in self._entries(d):
                self.there[r].insert(0, u)
            spot.at[u] = d
        if self.usd < spot.best_usd[0] and (spot.load <= self.rows.room).all():
            spot.best[:] = spot.at
            spot.best_usd[0] = self.usd

    def _lift(self, n: int) -> float:
        """A column's use given back; returns $ of being over, negative."""
        spot, usd = self.spot, 0.0
        for r, use in self._entries(n):
            over = spot.load[r] - self.rows.room[r]
            if over > 0:
                usd -= spot.weight[r] * (over - max(over - use, 0.0))
            spot.load[r] -= use
        return usd

    def _put(self, n: int) -> float:
        """A column's use taken; returns $ of being over."""
        spot, usd = self.spot, 0.0
        for r, use in self._entries(n):
            over = spot.load[r] - self.rows.room[r]
            if over + use > 0:
                usd += spot.weight[r] * (over + use - max(over, 0.0))
            spot.load[r] += use
        return usd

    def _entries(self, n: int) -> list[tuple[int, float]]:
        some = slice(self.columns.entry[n], self.columns.entry[n + 1])
        return list(zip(self.columns.row[some].tolist(), self.columns.use[some].tolist(), strict=True))

    def _draw(self) -> float:
        self.seed = (self.seed + GOLDEN) & MASK
        return (mixed(self.seed) >> 11) * 2.0**-53

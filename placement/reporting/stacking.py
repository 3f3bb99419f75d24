"""Runs as blocks on the accelerators of a pool: as long as they last, as high as what they hold.

A block stands on the lowest accelerators that are free when it begins; where these do not lie together it is in several
pieces. Where a pool becomes smaller, what stands on accelerators that go moves to others. Limits count what is held in
the mean over a slot, so in its last slot, where it may end early, a block is as high as its mean there. Which
accelerator a run is on is not part of a plan: this is one way to have it.
"""

import heapq
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from placement.kernels.work import Floats, Ints

Stretch = tuple[float, float]
"""Lowest and highest accelerator."""


@dataclass(frozen=True)
class Pieces:
    """Rectangles; arrays of shape (p,)."""

    block: Ints
    begin: Floats
    end: Floats
    low: Floats
    high: Floats


def stacked(
    begin: Floats, middle: Floats, end: Floats, height: Floats, rest: Floats, falls: Iterable[tuple[float, float]] = ()
) -> Pieces:
    """Pieces of blocks.

    Parameters
    ----------
    begin, middle, end : array, shape (n,)
        Of each block, in order; begin < end.
    height, rest : array, shape (n,)
        Its height from begin to middle, and from middle to end; rest <= height, and height > 0 where there is any
        time before the middle.
    falls : pairs
        Moments, in order, at which there is less room, and the room there is then: what stands higher moves down.

    Returns
    -------
    Pieces
        Of each block those that add up to its height at each time; no two overlap.
    """
    pile, left = _Pile(middle, end, rest), list(falls)
    for n in sorted(range(len(begin)), key=lambda k: (begin[k], -height[k])):
        while left and left[0][0] <= begin[n]:
            pile.fall(*left.pop(0))
        pile.give_back(float(begin[n]))
        whole = middle[n] > begin[n]
        pieces = pile.take(float(height[n] if whole else rest[n]))
        until = float(middle[n] if whole else end[n])
        pile.put(n, pieces, float(begin[n]), until, bool(whole) and bool(end[n] > middle[n]))
    for moment, room in left:
        pile.fall(moment, room)
    pile.give_back(float("inf"))
    columns = np.array([each for each in pile.found if each[2] > each[1]], dtype=np.float64).reshape(-1, 5).T
    return Pieces(columns[0].astype(np.int64), *columns[1:])


class _Pile:
    """What stands where at a moment that only rises."""

    def __init__(self, middle: Floats, end: Floats, rest: Floats):
        self.middle, self.end, self.rest = middle, end, rest
        self.free: list[Stretch] = [(0.0, float("inf"))]
        self.due: list[tuple[float, int, bool]] = []
        self.mine: dict[int, list[Stretch]] = {}
        self.last: dict[int, list[int]] = {}
        """Of each block, which of `found` are not over."""
        self.found: list[tuple[int, float, float, float, float]] = []

    def take(self, height: float) -> list[Stretch]:
        """The lowest that is free."""
        pieces, self.free = _split(self.free, height)
        return pieces

    def put(self, n: int, pieces: list[Stretch], begin: float, until: float, shrinks: bool) -> None:
        """A block from a moment to another, at which it ends or shrinks."""
        self._write(n, pieces, begin, until)
        heapq.heappush(self.due, (until, n, shrinks))

    def _write(self, n: int, pieces: list[Stretch], begin: float, until: float) -> None:
        self.mine[n] = pieces
        self.last[n] = list(range(len(self.found), len(self.found) + len(pieces)))
        self.found += [(n, begin, until, low, high) for low, high in pieces]

    def give_back(self, until: float) -> None:
        """Let all end, or shrink, that does by then."""
        while self.due and self.due[0][0] <= until:
            _, n, shrinks = heapq.heappop(self.due)
            kept, gone = _split(self.mine.pop(n), float(self.rest[n]) if shrinks else 0.0)
            self.free = _joined([*self.free, *gone])
            if kept:
                self.put(n, kept, float(self.middle[n]), float(self.end[n]), False)

    def fall(self, moment: float, room: float) -> None:
        """Move what stands above the room below it, as far as that is free."""
        self.give_back(moment)
        for n in [n for n, pieces in self.mine.items() if pieces[-1][1] > room]:
            kept = [(low, min(high, room)) for low, high in self.mine[n] if low < room]
            gone = [(max(low, room), high) for low, high in self.mine[n] if high > room]
            lower = self.take(sum(high - low for low, high in gone))
            self.free = _joined([*self.free, *gone])
            until = max(self.found[k][2] for k in self.last[n])
            for k in self.last[n]:
                self.found[k] = (n, self.found[k][1], moment, *self.found[k][3:])
            self._write(n, _joined([*kept, *lower]), moment, until)


def _split(stretches: list[Stretch], height: float) -> tuple[list[Stretch], list[Stretch]]:
    """The lowest stretches that come to a height, and the others."""
    lower, upper = [], []
    for low, high in stretches:
        top = min(high, low + height)
        if height > 0 and top > low:
            lower.append((low, top))
            height -= top - low
            low = top
        if high > low:
            upper.append((low, high))
    return lower, upper


def _joined(stretches: list[Stretch]) -> list[Stretch]:
    """Stretches in order, those that touch as one."""
    result: list[Stretch] = []
    for low, high in sorted(stretches):
        if result and low <= result[-1][1]:
            result[-1] = (result[-1][0], max(high, result[-1][1]))
        else:
            result.append((low, high))
    return result

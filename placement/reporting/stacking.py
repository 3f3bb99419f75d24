"""Runs as blocks on the accelerators of a pool: as long as they last, as high as what they hold.

A block stands on the lowest accelerators that are free when it begins; where these do not lie together it is in several
pieces. Limits count what is held in the mean over a slot, so in its last slot, where it may end early, a block is as
high as its mean there. Which accelerator a run is on is not part of a plan: this is one way to have it.
"""

import heapq
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


def stacked(begin: Floats, middle: Floats, end: Floats, height: Floats, rest: Floats) -> Pieces:
    """Pieces of blocks.

    Parameters
    ----------
    begin, middle, end : array, shape (n,)
        Of each block, in order; begin < end.
    height, rest : array, shape (n,)
        Its height from begin to middle, and from middle to end; rest <= height, and height > 0 where there is any
        time before the middle.

    Returns
    -------
    Pieces
        Of each block those that add up to its height at each time; no two overlap.
    """
    free: list[Stretch] = [(0.0, float("inf"))]
    due: list[tuple[float, int, bool]] = []
    mine: dict[int, list[Stretch]] = {}
    found: list[tuple[int, float, float, float, float]] = []

    def give_back(until: float) -> None:
        nonlocal free
        while due and due[0][0] <= until:
            _, n, shrinks = heapq.heappop(due)
            kept, gone = _split(mine.pop(n), float(rest[n]) if shrinks else 0.0)
            free = _joined([*free, *gone])
            if kept:
                mine[n] = kept
                found.extend((n, float(middle[n]), float(end[n]), low, high) for low, high in kept)
                heapq.heappush(due, (float(end[n]), n, False))

    for n in sorted(range(len(begin)), key=lambda k: (begin[k], -height[k])):
        give_back(float(begin[n]))
        whole = middle[n] > begin[n]
        pieces, free = _split(free, float(height[n] if whole else rest[n]))
        mine[n] = pieces
        until = float(middle[n] if whole else end[n])
        found += [(n, float(begin[n]), until, low, high) for low, high in pieces]
        heapq.heappush(due, (until, n, bool(whole) and end[n] > middle[n]))
    give_back(float("inf"))
    columns = np.array(found, dtype=np.float64).reshape(-1, 5).T
    return Pieces(columns[0].astype(np.int64), *columns[1:])


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

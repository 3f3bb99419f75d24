"""Runs as blocks on the accelerators of a pool: as long as they last, as high as what they hold.

A block stands on the lowest accelerators that are free when it begins; where these do not lie together it is in several
pieces. Which accelerator a run is on is not part of a plan: this is one way to have it.
"""

import heapq

from placement.kernels.work import Floats

Piece = tuple[int, float, float]
"""Number of the run, lowest and highest accelerator."""


def stacked(start: Floats, end: Floats, height: Floats) -> list[Piece]:
    """Pieces of blocks.

    Parameters
    ----------
    start, end, height : array, shape (n,)
        Of each block, height > 0 and end > start.

    Returns
    -------
    list of (n, low, high)
        Of each block, at least one; no two overlap, and those of a block add up to its height.
    """
    free: list[tuple[float, float]] = [(0.0, float("inf"))]
    running: list[tuple[float, int]] = []
    mine: dict[int, list[tuple[float, float]]] = {}
    result: list[Piece] = []
    for n in sorted(range(len(start)), key=lambda k: (start[k], -height[k])):
        while running and running[0][0] <= start[n]:
            _, gone = heapq.heappop(running)
            free = _joined([*free, *mine.pop(gone)])
        pieces, free = _taken(free, float(height[n]))
        mine[n] = pieces
        heapq.heappush(running, (float(end[n]), n))
        result += [(n, low, high) for low, high in pieces]
    return result


def _taken(
    free: list[tuple[float, float]], height: float
) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    """The lowest stretches that come to a height, and what is left free."""
    pieces, left = [], []
    for low, high in free:
        top = min(high, low + height)
        if height > 0 and top > low:
            pieces.append((low, top))
            height -= top - low
            low = top
        if high > low:
            left.append((low, high))
    return pieces, left


def _joined(stretches: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Stretches in order, those that touch as one."""
    result: list[tuple[float, float]] = []
    for low, high in sorted(stretches):
        if result and low <= result[-1][1]:
            result[-1] = (result[-1][0], max(high, result[-1][1]))
        else:
            result.append((low, high))
    return result

"""`placement.kernels.knapsack`, compiled by Numba: the same costs, the same items."""

import numpy as np

from placement.kernels import knapsack
from placement.kernels.compile_numba import borrowed, entry
from placement.kernels.knapsack import Knapsacks, Marks
from placement.kernels.work import Floats


def fill(knapsacks: Knapsacks, usd: Floats) -> tuple[Floats, Marks]:
    """As of the definition."""
    cost, taken = np.zeros(len(knapsacks.room)), np.zeros(len(usd), dtype=np.bool_)
    run(knapsacks, usd, cost, taken)
    return cost, taken


fill.__doc__ = knapsack.fill.__doc__


@entry
def run(knapsacks: Knapsacks, usd: Floats, cost: Floats, taken: Marks) -> None:
    """Row after row; `cost` and `taken` are filled."""
    knapsacks, usd, cost, taken = borrowed((knapsacks, usd, cost, taken))
    first, size = knapsacks.first, knapsacks.size
    rows, most, items = len(knapsacks.room), 0, 0
    for r in range(rows):
        most = max(most, knapsacks.room[r])
        items = max(items, first[r + 1] - first[r])
    least, other, some = np.empty(most + 1), np.empty(most + 1), np.empty(items, dtype=np.int64)
    chosen = np.empty((items, most + 1), dtype=np.bool_)
    for r in range(rows):
        room = knapsacks.room[r]
        least[: room + 1] = 0.0
        count = 0
        for n in range(first[r], first[r + 1]):
            if not usd[n] < 0.0 or size[n] > room:
                continue
            own, its = usd[n], size[n]
            some[count] = n
            other[:its] = least[:its]  # from one array into another, so that several are worked out at once
            below, before = least[: room + 1 - its], least[its : room + 1]
            after, better = other[its : room + 1], chosen[count, its : room + 1]
            for q in range(len(below)):
                new, old = below[q] + own, before[q]
                better[q] = new < old
                after[q] = min(new, old)
            least, other = other, least
            count += 1
        left = room
        for k in range(count - 1, -1, -1):
            its = size[some[k]]
            if left >= its and chosen[k, left]:
                taken[some[k]] = True
                left -= its
        cost[r] = least[room]

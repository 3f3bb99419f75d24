"""`placement.kernels.capacity`, compiled by Numba: what fits, taken from what is left and given back."""

from typing import NamedTuple

import numpy as np

from placement.kernels.capacity import Limits
from placement.kernels.compile_numba import called, wide
from placement.kernels.gates_numba import Switching, added, gate_of, renew
from placement.kernels.price import running_sums
from placement.kernels.price_numba import CHUNK, price_general, price_steady
from placement.kernels.runs_numba import Tables, ends_general, ends_steady, read_only
from placement.kernels.work import Floats, Ints


class Priced(NamedTuple):
    """Prices of meters and their running sums."""

    price: Floats
    sums: Floats


class Space(NamedTuple):
    """Room for CHUNK starts: their prices, last slots, the parts of these that count, and work left."""

    cost: Floats
    last: Ints
    part: Floats
    left: Floats


def priced(prices: Floats) -> Priced:
    """Prices as compiled loops take them."""
    return Priced(read_only(prices), read_only(running_sums(prices)))


@called
def space() -> Space:
    """Room for starts."""
    return Space(np.empty(CHUNK), np.empty(CHUNK, np.int64), np.empty(CHUNK), np.empty(CHUNK))


@called
def too_full(t: Tables, limits: Limits, left: Floats, o: int, slot: int, share: float) -> bool:
    """Whether a share of what an option uses is more than rows have left in a slot."""
    for u in range(t.option_uses[o], t.option_uses[o + 1]):
        m = t.use_meter[u]
        base, amount = limits.base[m], t.use_amount[u] * share
        if base >= 0:
            if left[base + slot] < amount:
                return True
        else:
            here = m * len(t.hours) + slot
            for k in range(limits.first[here], limits.first[here + 1]):
                if left[limits.row[k]] < amount * limits.weight[k]:
                    return True
    return False


@called
def take(t: Tables, limits: Limits, left: Floats, o: int, s: int, last: int, fraction: float, sign: float) -> None:
    """`capacity.put`: take what a placement uses from what is left, or with sign -1 give it back."""
    for u in range(t.option_uses[o], t.option_uses[o + 1]):
        m = t.use_meter[u]
        base, amount = limits.base[m], t.use_amount[u] * sign
        if base >= 0:
            for slot in range(base + s, base + last):
                left[slot] -= amount
            left[base + last] -= amount * fraction
        else:
            for slot in range(s, last + 1):
                here, part = m * len(t.hours) + slot, amount * (fraction if slot == last else 1.0)
                for k in range(limits.first[here], limits.first[here + 1]):
                    left[limits.row[k]] -= part * limits.weight[k]


@called
def cheapest_fit(
    t: Tables,
    limits: Limits,
    left: Floats,
    switching: Switching,
    by: Priced,
    options: Ints,
    low: Floats,
    below: float,
    at: Space,
    j: int,
    first: int,
    end: int,
) -> tuple[int, int]:
    """Option and start as of `capacity.cheapest_fit`; -1: none.

    Each slot is looked at once per span: where one is too full, the next start is the one behind it.
    """
    best, option, start = below, -1, -1
    cost = at.cost
    for q in range(t.job_options[j], t.job_options[j + 1]):
        o = wide(options[q])
        if low[o] >= best:
            break
        length, steady_end = t.option_length[o], t.option_steady[o]
        moves = t.option_moves[o] > 0
        ahead = (length - 1) >> t.shift
        part = (length - (ahead << t.shift)) / (1 << t.shift)
        gate = gate_of(t, switching, o)
        if gate >= 0:
            renew(switching, gate)
        for k in range(t.option_spans[o], t.option_spans[o + 1]):
            s, stop = max(t.span_first[k], first), min(t.span_last[k] + 1, end)
            while s < stop:
                n = min(CHUNK, (steady_end if s < steady_end < stop else stop) - s)
                plain = s < steady_end and not moves
                if plain:
                    price_steady(t, by.price, by.sums, j, o, s, n, length, cost)
                else:
                    if s < steady_end:
                        ends_steady(t, s, n, length, at.last, at.part, at.left)
                    else:
                        ends_general(t, o, s, n, at.last, at.part, at.left)
                    price_general(t, by.price, by.sums, j, o, s, n, at.last, at.part, at.left, cost)
                if gate >= 0:
                    for i in range(n):
                        cost[i] += added(switching, gate, s + i, s + i + ahead if plain else at.last[i])
                i, clear = 0, s
                while i < n:
                    last = s + i + ahead if plain else at.last[i]
                    if cost[i] >= best or last >= end:
                        i += 1
                        continue
                    clear = max(clear, s + i)
                    while clear < last and not too_full(t, limits, left, o, clear, 1.0):
                        clear += 1
                    if clear < last:
                        clear += 1
                        i = clear - s
                        continue
                    if not too_full(t, limits, left, o, last, part if plain else at.part[i]):
                        best, option, start = cost[i], o, s + i
                    i += 1
                s += n
    return option, start

"""`placement.kernels.soft`, compiled by Numba, with the prices of `price_numba`.

For each job two passes over its starts: the lowest price and the sum of weights, then the weights and what they use.
Each piece of work gathers use in arrays of its own, which are added in the order of the pieces, so that the order in
which threads end changes nothing.
"""

import numpy as np

from placement.kernels.compile_numba import compiled, entry, share_out, threads_for
from placement.kernels.price import running_sums
from placement.kernels.price_numba import CHUNK, lowest, price_general, price_steady
from placement.kernels.runs_numba import (
    Tables,
    add_use,
    ends_general,
    ends_steady,
    read_only,
    tables,
)
from placement.kernels.soft import Soft
from placement.kernels.work import RUN, Floats, Ints, Work

NEGLIGIBLE = 30.0
"""Placements dearer than the cheapest by so many temperatures are left out: e^-30 is 1e-13."""


def soft(
    work: Work, prices: Floats, away: Floats, temperature: Floats, count: Ints, threads: int | None = None
) -> Soft:
    """Soft minima at given prices of meters; parameters and result as of `placement.kernels.soft.soft`."""
    given, sums, rows = tables(work), read_only(running_sums(prices)), read_only(prices)
    usd, apart = np.where(np.isfinite(away), away, 0.0), np.ones(work.jobs)
    heat, stay, units = (read_only(a) for a in (temperature, away, count.astype(np.float64)))
    shape = (prices.shape[0], work.slots + 1)
    pieces: dict[int, tuple[Floats, Floats]] = {}

    def piece(first: int, end: int) -> None:
        step, there = np.zeros(shape), np.zeros(shape)
        soft_jobs(given, rows, sums, stay, heat, units, first, end, usd, apart, step, there)
        pieces[first] = (step, there)

    share_out(piece, work.job_options, threads_for(work, threads))
    step, there = np.zeros(shape), np.zeros(shape)
    for first in sorted(pieces):
        step += pieces[first][0]
        there += pieces[first][1]
    return Soft(usd, (np.cumsum(step, axis=1) + there)[:, :-1], apart)


@entry
def soft_jobs(
    t: Tables,
    prices: Floats,
    sums: Floats,
    away: Floats,
    temperature: Floats,
    count: Floats,
    first: int,
    end: int,
    usd: Floats,
    apart: Floats,
    step: Floats,
    there: Floats,
) -> None:
    """Soft minima of jobs first <= j < end, and what their placements in parts use."""
    cost, last, part, left = np.empty(CHUNK), np.empty(CHUNK, np.int64), np.empty(CHUNK), np.empty(CHUNK)
    for j in range(first, end):
        heat = temperature[j]
        low, total = away[j], 1.0
        if low == np.inf:
            total = 0.0
        for second in range(2):
            for o in range(t.job_options[j], t.job_options[j + 1]):
                length, steady_end = t.option_length[o], t.option_steady[o]
                moves = t.option_moves[o] > 0
                ahead = (length - 1) >> t.shift
                share = (length - (ahead << t.shift)) / (1 << t.shift)
                for k in range(t.option_spans[o], t.option_spans[o + 1]):
                    s, stop = t.span_first[k], t.span_last[k] + 1
                    while s < stop:
                        n = min(CHUNK, (steady_end if s < steady_end < stop else stop) - s)
                        plain = s < steady_end and not moves
                        if plain:
                            price_steady(t, prices, sums, j, o, s, n, length, cost)
                        else:
                            if s < steady_end:
                                ends_steady(t, s, n, length, last, part, left)
                            else:
                                ends_general(t, o, s, n, last, part, left)
                            price_general(t, prices, sums, j, o, s, n, last, part, left, cost)
                        if second == 0:
                            here = lowest(cost, n)
                            if here < low:
                                total = total * np.exp((here - low) / heat) if low < np.inf else 0.0
                                low = here
                            if here - low < NEGLIGIBLE * heat:
                                for i in range(n):
                                    if cost[i] - low < NEGLIGIBLE * heat:
                                        total += np.exp((low - cost[i]) / heat)
                        elif plain:
                            if lowest(cost, n) - low < NEGLIGIBLE * heat:
                                weigh(cost, n, low, heat, count[j] / total)
                                add_steady(t, o, s, n, s + ahead, share, cost, step, there)
                        else:
                            for i in range(n):
                                if cost[i] - low < NEGLIGIBLE * heat:
                                    weight = np.exp((low - cost[i]) / heat) / total * count[j]
                                    add_use(t, o, s + i, last[i], part[i], left[i], weight, step, there)
                        s += n
            if second == 0:
                if low == np.inf:
                    break
                usd[j] = low - heat * np.log(total)
                apart[j] = np.exp((low - away[j]) / heat) / total if away[j] < np.inf else 0.0


@compiled
def weigh(cost: Floats, n: int, low: float, heat: float, times: float) -> None:
    """Costs turned into weights, in place; 0 for what is negligible."""
    for i in range(n):
        over = cost[i] - low
        cost[i] = np.exp(-over / heat) * times if over < NEGLIGIBLE * heat else 0.0


@compiled
def add_steady(
    t: Tables, o: int, s: int, n: int, last: int, part: float, weight: Floats, step: Floats, there: Floats
) -> None:
    """Add what runs of one length use that begin in s .. s + n - 1 and have their last slots from `last` on."""
    for u in range(t.option_uses[o], t.option_uses[o + 1]):
        amount, m = t.use_amount[u], t.use_meter[u]
        if t.use_kind[u] == RUN:
            begin, end, ends = step[m, s : s + n], step[m, last : last + n], there[m, last : last + n]
            for i in range(n):
                begin[i] += amount * weight[i]
            for i in range(n):
                end[i] -= amount * weight[i]
            for i in range(n):
                ends[i] += amount * part * weight[i]
        else:
            begin = there[m, s : s + n]
            for i in range(n):
                begin[i] += amount * weight[i]

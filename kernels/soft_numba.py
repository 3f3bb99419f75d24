"""`placement.kernels.soft`, compiled by Numba, with the prices of `price_numba`.

For each job its starts are priced once, into an array as long as its starts; then what is near the lowest of them is
turned into weights, in place, and added up.
Each piece of work gathers use in arrays of its own, which are added in the order of the pieces, so that the order in
which threads end changes nothing.
"""

import numpy as np

from placement.kernels.compile_numba import borrowed, compiled, entry, share_out, threads_for, wide
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
from placement.kernels.work import RUN, START, Floats, Ints, Work

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
    t, prices, sums, step, there = borrowed((t, prices, sums, step, there))
    last, part, left = np.empty(CHUNK, np.int64), np.empty(CHUNK), np.empty(CHUNK)
    starts, chunks = most_starts(t, first, end)
    cost, low_of, begin_of = np.empty(starts), np.empty(chunks), np.zeros(chunks + 1, np.int64)
    for j in range(first, end):
        heat = temperature[j]
        low, at, chunk = away[j], 0, 0
        for o in range(t.job_options[j], t.job_options[j + 1]):
            length, steady_end = t.option_length[o], t.option_steady[o]
            moves = t.option_moves[o] > 0
            for k in range(t.option_spans[o], t.option_spans[o + 1]):
                s, stop = wide(t.span_first[k]), wide(t.span_last[k] + 1)
                while s < stop:
                    n = min(CHUNK, (steady_end if s < steady_end < stop else stop) - s)
                    here = cost[at : at + n]
                    if s < steady_end and not moves:
                        price_steady(t, prices, sums, j, o, s, n, length, here)
                    else:
                        if s < steady_end:
                            ends_steady(t, s, n, length, last, part, left)
                        else:
                            ends_general(t, o, s, n, last, part, left)
                        price_general(t, prices, sums, j, o, s, n, last, part, left, here)
                    low_of[chunk] = lowest(here, n)
                    low = min(low, low_of[chunk])
                    s, at, chunk = s + n, at + n, chunk + 1
                    begin_of[chunk] = at
        if low == np.inf:
            continue
        total = np.exp((low - away[j]) / heat) if away[j] < np.inf else 0.0
        stay = total
        near = low + NEGLIGIBLE * heat
        for c in range(chunk):
            if low_of[c] < near:
                total += weigh(cost[begin_of[c] : begin_of[c + 1]], low, heat)
        usd[j] = low - heat * np.log(total)
        apart[j] = stay / total
        times = count[j] / total
        at, chunk = 0, 0
        for o in range(t.job_options[j], t.job_options[j + 1]):
            length, steady_end = t.option_length[o], t.option_steady[o]
            moves = t.option_moves[o] > 0
            ahead = (length - 1) >> t.shift
            share = (length - (ahead << t.shift)) / (1 << t.shift)
            for k in range(t.option_spans[o], t.option_spans[o + 1]):
                s, stop = wide(t.span_first[k]), wide(t.span_last[k] + 1)
                while s < stop:
                    n = min(CHUNK, (steady_end if s < steady_end < stop else stop) - s)
                    weight = cost[at : at + n]
                    if low_of[chunk] >= near:
                        pass
                    elif s < steady_end and not moves:
                        add_steady(t, o, s, n, s + ahead, share, times, weight, step, there)
                    else:
                        if s < steady_end:
                            ends_steady(t, s, n, length, last, part, left)
                        else:
                            ends_general(t, o, s, n, last, part, left)
                        for i in range(n):
                            if weight[i] > 0.0:
                                add_use(t, o, s + i, last[i], part[i], left[i], weight[i] * times, step, there)
                    s, at, chunk = s + n, at + n, chunk + 1


@compiled
def most_starts(t: Tables, first: int, end: int) -> tuple[int, int]:
    """The most starts that a job first <= j < end has, and the most chunks of them, about."""
    most, chunks = 0, 0
    for j in range(first, end):
        starts, pieces = 0, 0
        for k in range(t.option_spans[t.job_options[j]], t.option_spans[t.job_options[j + 1]]):
            n = t.span_last[k] - t.span_first[k] + 1
            starts += n
            pieces += n // CHUNK + 2
        most, chunks = max(most, starts), max(chunks, pieces)
    return most, chunks


@compiled
def weigh(cost: Floats, low: float, heat: float) -> float:
    """Costs turned into weights, in place; 0 for what is negligible. Their sum."""
    total = 0.0
    for i in range(len(cost)):
        over = cost[i] - low
        cost[i] = np.exp(-over / heat) if over < NEGLIGIBLE * heat else 0.0
        total += cost[i]
    return total


@compiled
def add_steady(
    t: Tables,
    o: int,
    s: int,
    n: int,
    last: int,
    part: float,
    times: float,
    weight: Floats,
    step: Floats,
    there: Floats,
) -> None:
    """Add what runs of one length use that begin in s .. s + n - 1 and have their last slots from `last` on."""
    for u in range(t.option_uses[o], t.option_uses[o + 1]):
        amount, m = t.use_amount[u] * times, t.use_meter[u]
        if t.use_kind[u] != START:
            last_part = part if t.use_kind[u] == RUN else np.floor(part)
            begin, end, ends = step[m, s : s + n], step[m, last : last + n], there[m, last : last + n]
            for i in range(n):
                begin[i] += amount * weight[i]
            for i in range(n):
                end[i] -= amount * weight[i]
            for i in range(n):
                ends[i] += amount * last_part * weight[i]
        else:
            begin = there[m, s : s + n]
            for i in range(n):
                begin[i] += amount * weight[i]

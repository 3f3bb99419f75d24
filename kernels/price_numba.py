"""The cheapest placement of each job, compiled by Numba: the same numbers as `placement.kernels.price`, bit for bit.

    for each job: for each option: for each span of allowed starts, at most CHUNK starts at a time:
        ends of the runs;  price of each start, term by term in the order of the definition;  the lowest of them

No array is larger than CHUNK starts. Runs that are all of one length need no ends; every term reads the running sums of
a meter's prices twice. The choice between the two stands in each loop that prices starts (here, `soft_numba`,
`capacity_numba`): in a function of its own, inlined or not, it makes pricing 1.7 times as slow.
"""

from collections.abc import Callable

import numpy as np

from placement.kernels.compile_numba import borrowed, compiled, entry, share_out, threads_for, wide
from placement.kernels.price import Cheapest, running_sums
from placement.kernels.runs_numba import (
    Tables,
    ends_general,
    ends_steady,
    read_only,
    tables,
    transfer_share,
    transfer_window,
)
from placement.kernels.work import RUN, START, WHOLE, Floats, Ints, Work

CHUNK = 1024
"""Starts that are priced together; their arrays stay in the first-level cache."""


def price(work: Work, prices: Floats, threads: int | None = None) -> Cheapest:
    """The cheapest placement of each job; ties go to the lowest option, then the earliest start.

    Parameters
    ----------
    work : Work
    prices : array, shape (M, T)
        $ per unit of each meter for a whole slot.
    threads : int, optional
        Threads to use; by default one per processor that this process may use. They change no number.

    Returns
    -------
    Cheapest
        Arrays of shape (J,), the same as `placement.kernels.price.price`.
    """
    return pricer(work, threads)(prices)


def pricer(work: Work, threads: int | None = None) -> Callable[[Floats], Cheapest]:
    """`price` for one `work`, whose arrays are made ready once."""
    given = tables(work)
    width = threads_for(work, threads)

    def run(prices: Floats) -> Cheapest:
        best = Cheapest(np.full(work.jobs, np.inf), np.full(work.jobs, -1), np.full(work.jobs, -1))
        rows, sums = read_only(prices), read_only(running_sums(prices))

        def piece(first: int, end: int) -> None:
            price_jobs(given, rows, sums, first, end, best.usd, best.option, best.start)

        share_out(piece, work.job_options, width)
        return best

    return run


@entry
def price_jobs(
    t: Tables, prices: Floats, sums: Floats, first: int, end: int, usd: Floats, option: Ints, start: Ints
) -> None:
    """Write the cheapest placement of jobs first <= j < end."""
    t, prices, sums = borrowed((t, prices, sums))
    cost, last, part, left = np.empty(CHUNK), np.empty(CHUNK, np.int64), np.empty(CHUNK), np.empty(CHUNK)
    for j in range(first, end):
        best = np.inf
        for o in range(t.job_options[j], t.job_options[j + 1]):
            length, steady_end = t.option_length[o], t.option_steady[o]
            moves = t.option_moves[o] > 0
            for k in range(t.option_spans[o], t.option_spans[o + 1]):
                s, stop = wide(t.span_first[k]), wide(t.span_last[k] + 1)
                while s < stop:
                    n = min(CHUNK, (steady_end if s < steady_end < stop else stop) - s)
                    if s < steady_end and not moves:
                        price_steady(t, prices, sums, j, o, s, n, length, cost)
                    else:
                        if s < steady_end:
                            ends_steady(t, s, n, length, last, part, left)
                        else:
                            ends_general(t, o, s, n, last, part, left)
                        price_general(t, prices, sums, j, o, s, n, last, part, left, cost)
                    low = lowest(cost, n)
                    if low < best:
                        best = low
                        option[j], start[j] = o, s + place(cost, low)
                    s += n
        usd[j] = best


@compiled
def price_steady(
    t: Tables, prices: Floats, sums: Floats, j: int, o: int, s: int, n: int, length: int, cost: Floats
) -> None:
    """Prices of starts s .. s + n - 1 of an option without transfers, whose runs are all of one length."""
    ahead = (length - 1) >> t.shift
    part = (length - (ahead << t.shift)) / (1 << t.shift)
    e = s + ahead
    usd, discount, delay = t.option_usd[o], t.discount[s : s + n], t.job_delay[j]
    u, after = t.option_uses[o], t.option_uses[o + 1]
    if delay > 0.0:
        set_delayed(cost, usd, discount, delay, t.edges[e : e + n], part, t.hours[e : e + n], t.job_ready[j])
    elif u < after and t.use_kind[u] == RUN:  # nearly always
        m = t.use_meter[u]
        set_run(
            cost, usd, discount, t.use_amount[u], sums[m, s : s + n], sums[m, e : e + n], part, prices[m, e : e + n]
        )
        u += 1
    else:
        set_own(cost, usd, discount)
    while u < after:
        m = t.use_meter[u]
        if t.use_kind[u] != START:
            last = part if t.use_kind[u] == RUN else np.floor(part)
            add_run(cost, t.use_amount[u], sums[m, s : s + n], sums[m, e : e + n], last, prices[m, e : e + n])
        else:
            add_start(cost, t.use_amount[u], prices[m, s : s + n])
        u += 1


# Loops of their own, over arrays alone, so that the compiler turns them into vector instructions.


@compiled
def set_own(cost: Floats, usd: float, discount: Floats) -> None:
    """Own cost of each start."""
    for i in range(len(discount)):
        cost[i] = usd * discount[i]


@compiled
def set_delayed(
    cost: Floats, usd: float, discount: Floats, delay: float, edge: Floats, part: float, hours: Floats, ready: float
) -> None:
    """Own cost and delay of each start."""
    for i in range(len(discount)):
        cost[i] = usd * discount[i] + delay * (edge[i] + part * hours[i] - ready)


@compiled
def set_run(
    cost: Floats, usd: float, discount: Floats, amount: float, begin: Floats, end: Floats, part: float, last: Floats
) -> None:
    """Own cost and what one meter adds during the run."""
    for i in range(len(discount)):
        cost[i] = usd * discount[i] + amount * (end[i] - begin[i] + part * last[i])


@compiled
def add_run(cost: Floats, amount: float, begin: Floats, end: Floats, part: float, last: Floats) -> None:
    """Add what a meter adds during the run."""
    for i in range(len(begin)):
        cost[i] += amount * (end[i] - begin[i] + part * last[i])


@compiled
def add_start(cost: Floats, amount: float, price: Floats) -> None:
    """Add what a meter adds at the start."""
    for i in range(len(price)):
        cost[i] += amount * price[i]


@compiled
def price_general(
    t: Tables,
    prices: Floats,
    sums: Floats,
    j: int,
    o: int,
    s: int,
    n: int,
    last: Ints,
    part: Floats,
    left: Floats,
    cost: Floats,
) -> None:
    """Prices of starts s .. s + n - 1 of any option."""
    slots = len(t.hours)
    usd, tail, delay, ready = t.option_usd[o], t.option_tail[o], t.job_delay[j], t.job_ready[j]
    speed = t.clock_tail_speed[t.option_clock[o]]
    for i in range(n):
        cost[i] = usd * t.discount[s + i]
        if delay > 0.0:
            if left[i] > 0.0:
                hours = t.edges[slots] + (left[i] / speed if speed > 0.0 else np.inf)
            else:
                hours = t.edges[last[i]] + part[i] * t.hours[last[i]]
            cost[i] += delay * (hours - ready)
        cost[i] += tail * left[i]
    for u in range(t.option_uses[o], t.option_uses[o + 1]):
        amount, kind = t.use_amount[u], t.use_kind[u]
        row, total = prices[t.use_meter[u]], sums[t.use_meter[u]]
        if kind == RUN:
            for i in range(n):
                cost[i] += amount * (total[last[i]] - total[s + i] + part[i] * row[last[i]])
        elif kind == WHOLE:
            for i in range(n):
                cost[i] += amount * (total[last[i]] - total[s + i] + np.floor(part[i]) * row[last[i]])
        elif kind == START:
            for i in range(n):
                cost[i] += amount * row[s + i]
        else:
            link = t.use_link[u]
            for i in range(n):
                begin, after = transfer_window(t, kind, s + i, last[i], left[i])
                cost[i] += transfer_share(t, kind, link, amount, begin, after) * (total[after] - total[begin])


@compiled
def lowest(cost: Floats, n: int) -> float:
    """The least of cost[:n], inf where n is 0. Eight at a time: a plain minimum is not vectorised without fastmath."""
    a = b = c = d = e = f = g = h = np.inf
    whole = n - n % 8
    for i in range(0, whole, 8):
        a = cost[i] if cost[i] < a else a
        b = cost[i + 1] if cost[i + 1] < b else b
        c = cost[i + 2] if cost[i + 2] < c else c
        d = cost[i + 3] if cost[i + 3] < d else d
        e = cost[i + 4] if cost[i + 4] < e else e
        f = cost[i + 5] if cost[i + 5] < f else f
        g = cost[i + 6] if cost[i + 6] < g else g
        h = cost[i + 7] if cost[i + 7] < h else h
    for i in range(whole, n):
        a = cost[i] if cost[i] < a else a
    return min(min(min(a, b), min(c, d)), min(min(e, f), min(g, h)))


@compiled
def place(cost: Floats, low: float) -> int:
    """The first place of a value that is there."""
    i = 0
    while cost[i] != low:
        i += 1
    return i

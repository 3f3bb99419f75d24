"""The cheapest placement of each job at given prices of meters: the hot loop, and here its definition in NumPy.

The price of a placement (o, s) with meter prices π[μ, t], P their running sums:

    option_usd · discount[s] + delay · (end - ready) + option_tail · left
      + Σ_RUN     amount · (P[last] - P[s] + φ π[last])
      + Σ_WHOLE   amount · (P[last] - P[s] + ⌊φ⌋ π[last])
      + Σ_START   amount · π[s]
      + Σ_STAGE, UNLOAD   share · (P[end of window] - P[begin of window])
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from placement.kernels.placements import Placements, allowed, counted, end_hours, share, window
from placement.kernels.work import RUN, STAGE, START, UNLOAD, WHOLE, Floats, Ints, Work

BLOCK = 2_000_000
"""Placements that are held at once."""


@dataclass(frozen=True)
class Cheapest:
    """The cheapest placement of each job, shape (J,). Without any: inf, option -1, start -1."""

    usd: Floats
    option: Ints
    start: Ints


def running_sums(prices: Floats) -> Floats:
    """(M, T+1) running sums of (M, T) prices, 0 first."""
    result = np.zeros((prices.shape[0], prices.shape[1] + 1))
    np.cumsum(prices, axis=1, out=result[:, 1:])
    return result


def placement_usd(work: Work, prices: Floats, sums: Floats, placed: Placements) -> Floats:
    """Price of each placement, $, shape (N,).

    Parameters
    ----------
    work : Work
    prices : array, shape (M, T)
        $ per unit of each meter for a whole slot.
    sums : array, shape (M, T+1)
        `running_sums(prices)`.
    placed : Placements
        N placements.
    """
    option = placed.option
    job = np.searchsorted(work.job_options, option, side="right") - 1
    usd = work.option_usd[option] * work.discount[placed.start]
    delay = work.job_delay[job]
    if delay.any():
        usd = usd + np.where(delay > 0, delay * (end_hours(work, placed) - work.job_ready[job]), 0.0)
    usd = usd + work.option_tail[option] * placed.left
    count = np.diff(work.option_uses)[option]
    for k in range(int(count.max(initial=0))):
        mine = np.flatnonzero(count > k)
        use = work.option_uses[option[mine]] + k
        usd[mine] += _uses_usd(work, prices, sums, _select(placed, mine), use)
    return usd


def _select(placed: Placements, mine: Ints) -> Placements:
    return Placements(
        placed.option[mine],
        placed.start[mine],
        placed.end[mine],
        placed.last[mine],
        placed.fraction[mine],
        placed.left[mine],
    )


def _uses_usd(work: Work, prices: Floats, sums: Floats, placed: Placements, use: Ints) -> Floats:
    """Price of one use of each placement, shape (N,)."""
    kind, meter, amount = work.use_kind[use], work.use_meter[use], work.use_amount[use]
    usd = np.zeros(len(use))
    for during in (RUN, WHOLE):
        run = kind == during
        if run.any():
            m, s, last = meter[run], placed.start[run], placed.last[run]
            part = counted(during, placed.fraction[run])
            usd[run] = amount[run] * (sums[m, last] - sums[m, s] + part * prices[m, last])
    begin = kind == START
    if begin.any():
        usd[begin] = amount[begin] * prices[meter[begin], placed.start[begin]]
    for transfer in (STAGE, UNLOAD):
        here = np.flatnonzero(kind == transfer)
        if len(here):
            some = _select(placed, here)
            first, end = window(work, transfer, some)
            units = share(work, transfer, work.use_link[use[here]], amount[here], some)
            usd[here] = units * (sums[meter[here], end] - sums[meter[here], first])
    return usd


def price(work: Work, prices: Floats) -> Cheapest:
    """The cheapest placement of each job; ties go to the lowest option, then the earliest start.

    Parameters
    ----------
    work : Work
    prices : array, shape (M, T)
        $ per unit of each meter for a whole slot.

    Returns
    -------
    Cheapest
        Arrays of shape (J,).
    """
    best = Cheapest(np.full(work.jobs, np.inf), np.full(work.jobs, -1), np.full(work.jobs, -1))
    for placed, usd, job, heads in priced_blocks(work, prices):
        lowest = np.minimum.reduceat(usd, heads)
        ties = np.flatnonzero(usd == np.repeat(lowest, np.diff(heads, append=len(usd))))
        winner = ties[np.searchsorted(ties, heads)]
        best.usd[job[heads]] = lowest
        best.option[job[heads]] = placed.option[winner]
        best.start[job[heads]] = placed.start[winner]
    return best


def priced_blocks(work: Work, prices: Floats) -> Iterator[tuple[Placements, Floats, Ints, Ints]]:
    """All placements, whole jobs at a time: the placements, their prices, their jobs, and the first place of each."""
    sums = running_sums(prices)
    for first, end in _job_blocks(work):
        placed = allowed(work, int(work.job_options[first]), int(work.job_options[end]))
        if len(placed):
            job = np.searchsorted(work.job_options, placed.option, side="right") - 1
            yield placed, placement_usd(work, prices, sums, placed), job, np.flatnonzero(np.diff(job, prepend=-1))


def _job_blocks(work: Work) -> list[tuple[int, int]]:
    """Ranges of jobs whose placements fit a block."""
    spans = np.concatenate([[0], np.cumsum(work.span_last - work.span_first + 1)])
    until = spans[work.option_spans[work.job_options]]
    blocks = []
    first = 0
    while first < work.jobs:
        end = int(np.searchsorted(until, until[first] + BLOCK, side="right")) - 1
        end = min(max(end, first + 1), work.jobs)
        blocks.append((first, end))
        first = end
    return blocks

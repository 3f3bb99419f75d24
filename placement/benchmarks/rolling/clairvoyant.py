"""What nobody in a world can do better than, and what one plan does that knows all from the start.

The plan has every job with its actual hours and every failure, solved once (a run that stands on a site that fails
waits there, with no restart). Its bound is one for runs that are not cut. For everyone, also who cuts runs and moves
them, this one holds. With n whole hours and f of another in the actual run time h of job j, in any history

- j works in n slots whole and in one for f, each on one site at a time (restarts come on top), none before `submitted`;
- its end is at least h/2 after the mean time of its work: end >= h/2 + (1/h) Σ over slots of share · (middle of it).

So for any prices λ >= 0 of an accelerator in a slot (sites that fail have none)

    L(λ) = Σ_j min( lost, Σ of the n least A_j[t] + f · the next A_j[t] - (d/h) f (1 - f)/2 + d (h/2 - submitted) )
           - Σ number · λ,      A_j[t] = a min over sites (usd + λ) + (d/h)(t + 1/2)

is a lower bound on the cost of all that can be done: each job pays λ for what it holds, and together they hold no more
than there is. (The work of a slot that is used in part is in its begin, which is what f (1 - f)/2 takes off. Restarts
could pay where a price is below nought: the most that all of them could earn, Σ number · max(0, -usd - λ), is taken off
too.) λ is raised where too much is held, by a running mean of what is over, and the best L is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from placement.benchmarks.rolling.world import Bools, Floats, Ints, World
from placement.result import Result
from placement.solving import solve

ROUNDS = 200
FIRST_STEP = 0.5
"""Of the mean price of an hour, where twice of what there is is held."""

SHRINKS, REMEMBERED = 0.98, 0.7
"""What a step is of the one before, and what of its direction."""

BLOCK = 1000
"""Jobs that are priced at once."""


def clairvoyant(world: World, **limits: Any) -> Result:
    """The plan that knows all, and the bound of runs that are not cut; `limits` as of `placement.solve`."""
    everyone = np.arange(len(world.work))
    still = world.stands
    speed = {c: (~still[c]).astype(float).tolist() for c in np.flatnonzero(still.any(axis=1)).tolist()}
    table = world.table(everyone, world.work.actual)
    made = world.scenario(table, world.horizon, speed, defer=False, tails=False)
    return solve(made, **{"baseline": False, **limits})


@dataclass(frozen=True)
class _Jobs:
    """Jobs that fit the same sites."""

    rows: Ints
    sites: Bools
    """(C,)"""


def bound_for_all(world: World, rounds: int = ROUNDS) -> float:
    """A lower bound on the cost of everything that can be done in a world, $; see above."""
    if len(world.work) == 0:
        return 0.0
    number = np.array([[site.number] for site in world.sites]) * ~world.stands[:, : world.slots]
    masks, group = np.unique(world.eligible, axis=0, return_inverse=True)
    groups = [_Jobs(np.flatnonzero(group.ravel() == g), mask) for g, mask in enumerate(masks)]
    usd = world.usd[:, : world.slots]
    prices, direction = np.zeros_like(usd), np.zeros_like(usd)
    best, step = -np.inf, FIRST_STEP * float(np.abs(usd).mean())
    for _ in range(rounds):
        value, held = _priced(world, groups, prices)
        earned = float((number * np.maximum(-usd - prices, 0.0)).sum())
        best = max(best, value - float((number * prices).sum()) - earned)
        over = np.where(number > 0, (held - number) / np.maximum(number, 1), 0.0)
        over = np.where((prices <= 0) & (over < 0), 0.0, over)
        direction = REMEMBERED * direction + (1 - REMEMBERED) * over
        prices = np.maximum(prices + step * np.clip(direction, -1.0, 2.0), 0.0)
        step *= SHRINKS
    return best


def _priced(world: World, groups: list[_Jobs], prices: Floats) -> tuple[float, Floats]:
    """Σ of the jobs' least costs at prices, and accelerators that they hold then, (C, T)."""
    total, held = 0.0, np.zeros_like(prices)
    usd = np.where(world.stands[:, : world.slots], np.inf, world.usd[:, : world.slots] + prices)
    for group in groups:
        mine = np.where(group.sites[:, None], usd, np.inf)
        cheapest, least = mine.argmin(axis=0), mine.min(axis=0)
        for first in range(0, len(group.rows), BLOCK):
            value, use = _block(world, group.rows[first : first + BLOCK], least)
            total += value
            np.add.at(held, (cheapest, np.arange(world.slots)), use)
    return total, held


def _block(world: World, rows: Ints, least: Floats) -> tuple[float, Floats]:
    """The same of some jobs that pay `least`, (T,), for an accelerator in each slot; use (T,)."""
    work, slots = world.work, world.slots
    hours, gang, delay = work.actual[rows], work.accelerators[rows].astype(float), work.delay[rows]
    whole = np.floor(hours).astype(np.int64)
    part = hours - whole
    time, later = np.arange(slots), (delay / hours)[:, None]
    early = time[None, :] < np.ceil(work.submitted[rows] - 1e-9)[:, None]
    paid = np.where(early, np.inf, gang[:, None] * least[None, :])
    full = paid + later * (time + 0.5)[None, :]
    order = np.argsort(full, axis=1, kind="stable")
    rank = np.arange(slots)[None, :]
    shares = np.where(rank < whole[:, None], 1.0, np.where(rank == whole[:, None], part[:, None], 0.0))
    ranked = np.where(shares > 0, np.take_along_axis(full, order, axis=1), 0.0)
    fixed = delay * (hours / 2 - work.submitted[rows]) - later[:, 0] * part * (1 - part) / 2
    run = (shares * ranked).sum(axis=1) + fixed
    run = np.where(np.ceil(hours) > slots, np.inf, run)
    runs = run < work.lost[rows]
    share = np.zeros((len(rows), slots))
    np.put_along_axis(share, order, shares, axis=1)
    return float(np.where(runs, run, work.lost[rows]).sum()), (share * (gang * runs)[:, None]).sum(axis=0)

"""First come, first served with backfill, in the same world: each hour, from what is known then.

All that runs is expected to end as `Truth.left` says; every job that waits gets, in order of submission, the earliest
start that fits (of sites with the same start the first, or the one where the run costs least), and what starts now
starts. So no job is delayed, as far as is known, by one that came later. What a failure stopped waits in its old place.
"""

from __future__ import annotations

import numpy as np

from placement.benchmarks.rolling.truth import Truth
from placement.benchmarks.rolling.world import Ints, World


def queue(world: World, *, cheapest: bool = False) -> Truth:
    """What first come, first served with backfill does; `cheapest`: of sites with the same start, by price."""
    truth = Truth(world)
    while not truth.over and truth.slot < world.slots:
        truth.carry_out(started(truth, cheapest))
    return truth


def started(truth: Truth, cheapest: bool) -> dict[int, int]:
    """Sites of the jobs that run in the slot that begins now."""
    world, now = truth.world, truth.slot
    work, still = world.work, world.known(now)
    free = np.array([[site.number] for site in world.sites], dtype=np.int64) * ~still
    where = {}
    for job, piece in truth.running.items():
        if still[piece.site, now]:
            continue
        hours = int(truth.left(job) + truth.owed.get(job, 0.0))
        free[piece.site, now : now + hours] -= work.accelerators[job]
        where[job] = piece.site
    stopped = [job for job in truth.running if job not in where]
    for job in sorted([*truth.waiting().tolist(), *stopped]):
        again = job in truth.done
        hours = int(truth.left(job)) + int(again)
        found = _earliest(world, job, hours, free, now, cheapest)
        if found is None:
            continue
        site, begin = found
        free[site, begin : begin + hours] -= work.accelerators[job]
        if begin == now:
            where[job] = site
    return where


def _earliest(world: World, job: int, hours: int, free: Ints, now: int, cheapest: bool) -> tuple[int, int] | None:
    """Site and slot of the earliest start; a run may go on past the world's end."""
    best: tuple[float, float, int] | None = None
    for site in np.flatnonzero(world.eligible[job]).tolist():
        room = free[site, now:] >= world.work.accelerators[job]
        # runs of slots with room: the first that is long enough, or reaches the end
        taken = np.flatnonzero(~room)
        edges = np.concatenate([[-1], taken, [len(room)]])
        lengths = np.diff(edges) - 1
        lengths[-1] += hours if lengths[-1] else 0
        fits = np.flatnonzero(lengths >= hours)
        if len(fits) == 0:
            continue
        begin = now + int(edges[fits[0]]) + 1
        usd = float(world.usd[site, begin : begin + hours].sum()) if cheapest else 0.0
        if best is None or (begin, usd) < best[:2]:
            best = (begin, usd, site)
    return None if best is None else (best[2], int(best[0]))

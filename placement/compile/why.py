"""Why a job can run nowhere, or not on some pool, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from placement.compile.hindrance_words import NOUNS, told
from placement.compile.hindrances import Closest, hindered
from placement.compile.ways import SIZE, START, speeds
from placement.kernels.placements import ranges
from placement.kernels.work import Ints

if TYPE_CHECKING:
    from placement.compile.legend import Legend

NAMED = 3
"""Pools that are named; of more their number."""

REASONS = {
    1: "the job does not allow it (clusters, not_clusters, pins, or it is running elsewhere)",
    2: "residency: the cluster's country is not among those of the job",
    3: "the accelerators have too little memory",
    4: "the pool never has that many accelerators",
    5: "the fabric that holds a gang of this size is slower than sync_gbps",
    6: "the round trip from home is longer than max_rtt_ms",
    7: "it is out of contact for longer than max_contact_gap_hours",
    8: "interruptions leave less useful time than policy.min_goodput",
    9: "no start fits",
    10: "the job has options of its own, none of them here",
}
"""What the codes of `Legend.reasons` mean, in short."""


def why_nowhere(legend: Legend, job: int, brief: bool = False) -> str:
    """Why a job of the scenario can run on no pool: what would let it in, and which pools each rule excludes; in brief
    without what would.
    """
    counts: dict[int, list[int]] = {}
    for pool, code in enumerate(legend.reasons[job].tolist()):
        if code:
            counts.setdefault(code, []).append(pool)
    parts = []
    options = _startless(legend, job)
    if len(options):
        pools = counts.pop(START, []) or list(dict.fromkeys(legend.parts(options)[1].tolist()))
        short = f"{REASONS[START]} on {_named(legend, pools)} (`placement explain PLAN --job` says why)"
        parts.append(short if brief else _no_start(legend, options, pools))
    for code in sorted(counts, key=lambda c: -len(counts[c])):
        said = f"{REASONS[code]} ({_named(legend, counts[code])})"
        parts.append(said + (_largest(legend, job, counts[code]) if code == SIZE else ""))
    return "; ".join(parts) or "no pool"


def why_not(legend: Legend, job: int, pool: int) -> str:
    """Why a job of the scenario cannot run on a pool."""
    code = int(legend.reasons[job, pool])
    if code == SIZE:
        return REASONS[SIZE] + _largest(legend, job, [pool])
    if code != START:
        return REASONS[code]
    options = _startless(legend, job)
    which, pools, _ = legend.parts(options)
    return f"{REASONS[START]}: {told(legend, _nearest(hindered(legend, options[np.unique(which[pools == pool])])))}"


def why_never(legend: Legend, option: int) -> str:
    """Why an option has no start."""
    return f"{REASONS[START]}: {told(legend, hindered(legend, np.array([option]))[0])}"


def _startless(legend: Legend, job: int) -> Ints:
    """Options of a job without a start; of segments that have none at all, if there are such."""
    rows = np.arange(*np.searchsorted(legend.job, [job, job + 1]))
    begin = legend.work.job_options
    spans = legend.work.option_spans
    none = rows[spans[begin[rows + 1]] == spans[begin[rows]]]
    rows = none if len(none) else rows
    options = ranges(begin[rows], begin[rows + 1] - begin[rows])
    empty: Ints = options[spans[options + 1] == spans[options]]
    return empty


def _nearest(found: list[Closest]) -> Closest:
    """The closest of some options of a job; of its segments that which is farthest."""
    by_row: dict[int, list[Closest]] = {}
    for each in found:
        by_row.setdefault(each.row, []).append(each)
    nearest = [min(group, key=lambda each: each.rank) for group in by_row.values()]
    return max(nearest, key=lambda each: each.rank)


def _no_start(legend: Legend, options: Ints, pools: list[int]) -> str:
    """That no start fits on some pools, how often each rule is in the way, and what is at the closest."""
    found = hindered(legend, options)
    best = _nearest(found)
    words = told(legend, best)
    if len(options) == 1:
        return f"{REASONS[START]} on {legend.option_name(best.option)}: {words}"
    counts: dict[str, int] = {}
    for each in [each for each in found if each.row == best.row]:
        noun = " and ".join(NOUNS[kind] for kind in dict.fromkeys(one.kind for one in each.hindrances))
        counts[noun] = counts.get(noun, 0) + 1
    often = ", ".join(f"{noun} {counts[noun]}" for noun in sorted(counts, key=lambda noun: -counts[noun]))
    where = f"on {_named(legend, pools)}" + (f" ({often})" if len(counts) > 1 else "")
    return f"{REASONS[START]} {where}, closest on {legend.option_name(best.option)}: {words}"


def _named(legend: Legend, pools: list[int]) -> str:
    """Pools by name; of many their number."""
    more = len(pools) - NAMED
    return ", ".join(map(legend.pool_name, pools[:NAMED])) + (f" and {more} more" if more > 0 else "")


def _largest(legend: Legend, job: int, pools: list[int]) -> str:
    """How many accelerators a job needs, and how many there are at most."""
    jobs = legend.scenario.jobs
    quoted = legend.scenario.options
    if len(quoted) and (quoted["job"] == jobs["job"][job]).any():
        return ""
    sizes = [int(jobs["accelerators"][job])]
    for name in {legend.pools[pool].pool.accelerator for pool in pools}:
        sizes += [size for label, size in speeds(legend.scenario, name).sized if label == jobs["class"][job]]
    most = max(int(legend.pools[pool].potential.max(initial=0.0)) for pool in pools)
    if len(pools) == 1:
        return f": it needs {min(sizes):,} at once, of {most:,}"
    return f": it needs {min(sizes):,} at once, and the largest has {most:,}"

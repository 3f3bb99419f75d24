"""Seeded instances: a scenario of a size, a load and a seed.

Runs end within the horizon, nothing is deferred, clusters are owned: what is decided on is energy at hourly prices,
delay, and what is turned away.
"""

from typing import Any

import numpy as np

from placement.benchmarks.fleet import ACCELERATORS, REGIONS, Fleet, Floats, Ints, cluster_name, clusters_document
from placement.benchmarks.fleet import draw_fleet as drawn_fleet
from placement.benchmarks.jobs import RTT_MS, Jobs, draw_jobs, typical_usd
from placement.benchmarks.sizes import LOADS, SIZES, Size
from placement.errors import PlacementError
from placement.loader.load import scenario
from placement.problem import Bools
from placement.schema import Scenario

START = "2027-06-07T00:00:00"
"""A Monday."""

REJECT = (2.5, 5.0)
"""`reject_usd` over the job's median cost as sampled here; the exact one lies within a fifth of it."""

LEAST_COST = 0.1
"""Of the cost at a typical price: what a job is taken to cost that is paid for running, in hours below nought."""

SAMPLED_CLUSTERS, SAMPLED_STARTS = 12, 5
BLOCK = 20_000
"""Jobs whose costs are sampled at once."""


def instance(size: str, load: str, seed: int = 0) -> Scenario:
    """The scenario of a size, a load and a seed; the same each time.

    Parameters
    ----------
    size : {"week-2k", "month-20k", "month-200k", "year-1m"}
    load : {"easy", "tight"}
    seed : int

    Raises
    ------
    PlacementError
        If there is no such size or load.
    """
    if size not in SIZES or load not in LOADS:
        raise PlacementError(
            f"there is no instance '{size} {load}'. Sizes: {', '.join(SIZES)}; loads: {', '.join(LOADS)}."
        )
    return made(SIZES[size], f"{size}-{load}-{seed}", LOADS[load], seed)


def made(size: Size, name: str, load: float, seed: int) -> Scenario:
    """The scenario of any size and load."""
    rng = np.random.default_rng([size.jobs, size.clusters, size.slots, seed])
    fleet = drawn_fleet(size, rng)
    jobs, numbers = draw_jobs(size, fleet, load, rng)
    usd = np.maximum(median_usd(fleet, jobs, numbers, rng), LEAST_COST * typical_usd(jobs))
    reject = np.round(usd * rng.uniform(*REJECT, size.jobs), 4)
    return scenario(_document(name, fleet, numbers), tables={"jobs": _table(jobs, fleet, reject)})


def eligible(fleet: Fleet, jobs: Jobs, numbers: Ints, rows: slice) -> Bools:
    """Shape (rows, C): clusters that a job may run on, as far as memory, round trip, size and lists say."""
    good = jobs.memory[rows, None] <= fleet.memory[None, :]
    good &= jobs.accelerators[rows, None] <= numbers[None, :]
    good &= ~jobs.bound[rows, None] | (fleet.region[jobs.home[rows], None] == fleet.region[None, :])
    first, end, _ = rows.indices(len(jobs.hours))
    for job, clusters in jobs.only.items():
        if first <= job < end:
            good[job - first] &= np.isin(np.arange(len(numbers)), clusters)
    return good


def median_usd(fleet: Fleet, jobs: Jobs, numbers: Ints, rng: np.random.Generator) -> Floats:
    """(J,) median cost of a job's placements, from a few clusters and starts of each."""
    sums = np.concatenate([np.zeros((len(numbers), 1)), np.cumsum(fleet.price, axis=1)], axis=1)
    result = np.empty(len(jobs.hours))
    for first in range(0, len(result), BLOCK):
        rows = slice(first, min(first + BLOCK, len(result)))
        result[rows] = _median_block(fleet, jobs, numbers, sums, rows, rng)
    return result


def _median_block(
    fleet: Fleet, jobs: Jobs, numbers: Ints, sums: Floats, rows: slice, rng: np.random.Generator
) -> Floats:
    good = eligible(fleet, jobs, numbers, rows)
    count = len(good)
    order = np.argsort(rng.random(good.shape) + ~good, axis=1)[:, :SAMPLED_CLUSTERS]
    usable = np.take_along_axis(good, order, axis=1)[:, :, None]
    ready = jobs.ready[rows][:, None, None]
    length = (jobs.hours[rows, None] / fleet.speed[order])[:, :, None]
    latest = np.floor(jobs.deadline[rows][:, None, None] - length + 1e-9)
    share = (np.arange(SAMPLED_STARTS) + 0.5) / SAMPLED_STARTS
    start = ready + np.floor((latest - ready + 1) * share).astype(np.int64)
    end = np.minimum(start + length, fleet.size.slots)
    whole = np.minimum(end.astype(np.int64), fleet.size.slots - 1)
    price = fleet.price[order[:, :, None], whole]
    spent = sums[order[:, :, None], whole] + (end - whole) * price - sums[order[:, :, None], start]
    draw = (fleet.kw * fleet.pue / 1000)[order] * (jobs.utilization * jobs.accelerators)[rows, None]
    usd = draw[:, :, None] * spent + jobs.delay[rows][:, None, None] * (end - ready)
    usd = np.where(usable, usd, np.nan)
    return np.asarray(np.nanmedian(usd.reshape(count, -1), axis=1), dtype=np.float64)


def _document(name: str, fleet: Fleet, numbers: Ints) -> dict[str, Any]:
    accelerators = [
        {"name": title, "bf16_tflops": tflops, "memory_gb": gb, "kw": kw} for title, tflops, gb, kw in ACCELERATORS
    ]
    return {
        "format": 1,
        "name": name,
        "horizon": {"start": f"{START}Z", "slot_hours": 1.0, "slots": fleet.size.slots},
        "reference_accelerator": ACCELERATORS[0][0],
        "accelerators": accelerators,
        "places": {title: {"lat": north, "lon": east} for title, north, east in REGIONS},
        "clusters": clusters_document(fleet, numbers),
        "policy": {"defer": False, "tails": False},
    }


def _table(jobs: Jobs, fleet: Fleet, reject: Floats) -> Any:
    """The jobs as an Arrow table, in the order in which they come."""
    import pyarrow as pa
    import pyarrow.compute as pc

    by = np.argsort(jobs.ready, kind="stable")
    count = len(by)
    start = np.datetime64(START, "us")
    number = pc.utf8_lpad(pa.array(np.arange(count)).cast(pa.string()), len(str(count)), "0")
    regions = pa.DictionaryArray.from_arrays(pa.array(fleet.region[jobs.home][by]), [row[0] for row in REGIONS])
    columns = {
        "job": pc.binary_join_element_wise("job", number, "-"),
        "hours": jobs.hours[by],
        "accelerators": jobs.accelerators[by],
        "submitted": start + jobs.ready[by].astype("m8[h]"),
        "deadline": start + np.round(jobs.deadline[by] * 3600e6).astype("m8[us]"),
        "reject_usd": reject[by],
        "delay_usd_per_hour": jobs.delay[by],
        "utilization": jobs.utilization[by],
        "memory_gb": jobs.memory[by],
        "home": regions,
        "max_rtt_ms": pa.array(np.where(jobs.bound[by], RTT_MS, np.nan), from_pandas=True),
        "clusters": _lists(jobs, by),
    }
    return pa.table(columns)


def _lists(jobs: Jobs, by: Ints) -> Any:
    """Clusters of the giants; an empty list for all others."""
    import pyarrow as pa

    place = np.empty(len(by), dtype=np.int64)
    place[by] = np.arange(len(by))
    lengths = np.zeros(len(by), dtype=np.int64)
    for job, clusters in jobs.only.items():
        lengths[place[job]] = len(clusters)
    chosen = [jobs.only[job] for job in sorted(jobs.only, key=lambda job: int(place[job]))]
    names = [cluster_name(c) for clusters in chosen for c in clusters.tolist()]
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), pa.array(names, pa.string()))

"""A plan of a month in ten thousand futures: seconds from the plan in memory to the figures, and its rate
beside what memory allows.

python tests/benchmarks/futures.py month-20k easy 10000

Carrying out a group in a future looks at the room of each slot that it holds and takes from it, 8 bytes read and 8
written: at the bandwidth that a plain copy reaches on the same device, no more groups can be carried out than the
ceiling says, whatever else is done for them.
"""

import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np

import placement
from placement.benchmarks.instances import instance
from placement.benchmarks.record import peak_memory_mb
from placement.folder import Stored
from placement.futures.stress import stress
from placement.solving import solve
from placement.timegrid import timegrid

PLAN_S = 15.0
"""For the plan itself."""


def uncertainty(clusters: list[str]) -> dict[str, object]:
    """Run times, interruptions, outages of each cluster, a called curtailment of half of them, prices by week."""
    outages = [
        {"name": f"outage-{name}", "clusters": [name], "per_year": 6, "hours": 8, "speed": 0.0} for name in clusters
    ]
    call = {
        "name": "call",
        "clusters": clusters[::2],
        "per_year": 50,
        "hours": 4,
        "speed": 0.5,
        "between": ["16:00", "21:00"],
    }
    return {
        "run_time": {"sigma": 0.25},
        "interruptions": True,
        "events": [*outages, call],
        "prices": [{"clusters": clusters, "block_hours": 168}],
    }


COPIED, TIMES = 2**27, 10
"""Numbers that are copied to measure a bandwidth, and how often."""


def bandwidth(device: str) -> float:
    """Bytes a second, read and written, of plain copies on the device; on a processor by one thread per core."""
    if device == "cupy":
        import cupy

        one, other = cupy.zeros(COPIED), cupy.empty(COPIED)
        begin, end = cupy.cuda.Event(), cupy.cuda.Event()
        other[:] = one
        begin.record()
        for _ in range(TIMES):
            other[:] = one
        end.record()
        end.synchronize()
        seconds = cupy.cuda.get_elapsed_time(begin, end) / 1e3
    else:
        threads = os.cpu_count() or 1
        parts = [(np.zeros(COPIED // threads), np.ones(COPIED // threads)) for _ in range(threads)]
        with ThreadPoolExecutor(threads) as pool:
            began = time.perf_counter()
            for _ in range(TIMES):
                list(pool.map(lambda part: np.copyto(part[1], part[0]), parts))
            seconds = time.perf_counter() - began
    return 2 * 8 * COPIED * TIMES / seconds


def held_slots(result: placement.Result, grains: int) -> float:
    """Slots that a group holds in the plan, in the mean."""
    assert result.plan is not None
    runs = result.plan.placements[result.plan.placements["kind"] == "run"]
    first, end = runs["start_grain"].to_numpy() // grains, -(-runs["end_grain"].to_numpy() // grains)
    return float((end - first).mean())


def main(size: str, load: str, futures: int) -> dict[str, object]:
    """Figures of one case."""
    made = instance(size, load)
    scenario = made.replace("uncertainty", uncertainty([cluster.name for cluster in made.clusters]))
    result = solve(scenario, time_limit_s=PLAN_S, baseline=False)
    assert result.plan is not None
    stored = Stored(scenario, result.plan, {"cost_usd": result.cost_usd})
    stress(stored, 8)  # kernels are compiled once on a machine
    begun = time.perf_counter()
    found = stress(stored, futures)
    took = time.perf_counter() - begun
    risk = found.risk()
    rate = len(result.plan.jobs) * futures / took
    bytes_each = 16 * held_slots(result, timegrid(scenario.horizon).grains)
    ceiling = bandwidth(found.device) / bytes_each
    return {
        "case": f"{size} {load}", "futures": futures, "jobs": len(scenario.jobs), "how": found.how,
        "device": found.device,
        "seconds": round(took, 1), "group_futures_per_s": round(rate),
        "bytes_each": round(bytes_each), "ceiling_per_s": round(ceiling), "of_ceiling": round(rate / ceiling, 4),
        "planned_usd": result.cost_usd, "mean_usd": risk.mean, "cvar_usd": risk.cvar, "memory_mb": peak_memory_mb(),
    }  # fmt: skip


if __name__ == "__main__":
    size, load, futures = (sys.argv[1:] + ["month-20k", "easy", "10000"][len(sys.argv) - 1 :])[:3]
    print(json.dumps(main(size, load, int(futures))))

"""A plan of a month in ten thousand futures: seconds from the plan in memory to the figures, and where they go.

python tests/benchmarks/futures.py month-20k easy 10000
"""

import json
import sys
import time

from placement.benchmarks.instances import instance
from placement.benchmarks.record import peak_memory_mb
from placement.folder import Stored
from placement.futures.stress import stress
from placement.solving import solve

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
    return {
        "case": f"{size} {load}", "futures": futures, "jobs": len(scenario.jobs), "how": found.how,
        "device": found.device,
        "seconds": round(took, 1), "group_futures_per_s": round(len(result.plan.jobs) * futures / took),
        "planned_usd": result.cost_usd, "mean_usd": risk.mean, "cvar_usd": risk.cvar, "memory_mb": peak_memory_mb(),
    }  # fmt: skip


if __name__ == "__main__":
    size, load, futures = (sys.argv[1:] + ["month-20k", "easy", "10000"][len(sys.argv) - 1 :])[:3]
    print(json.dumps(main(size, load, int(futures))))

"""How much sooner a sweep ends with more workers: measured with 1 and 2, worked out for more.

python tests/benchmarks/cluster_speedup.py measure OUT.json [ROUNDS]   two cores, a few minutes; needs Ray
python tests/benchmarks/cluster_speedup.py replay IN.json              a table for more workers

`measure` solves one sweep over and over, with one process and with two, locally and on Ray, in turn; and once point by
point, for the seconds and bytes of each. `replay` begins tasks in the order of `placement.tasks` on as many workers as
one likes. What asks for the points does one thing after the other: it reads a parent's plan, sends a point, takes what
comes back, writes it. A worker takes its first point BOOT_S after it is wanted.
"""

import heapq
import json
import os
import pickle
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

import placement
from placement import design, sweeping
from placement.design import Axis
from placement.ray_executor import connected
from placement.swept import Solving, Sweep, begin

HOW = Solving(gap=1e-3, time_limit_s=None, work_limit=200)
SHARE, BUDGET = "vehicles.starship-v4.open_share", "limits.budget.max"
BITS_PER_S, LATENCY_S, BOOT_S = 1e9, 1e-3, 5.0
"""Assumed, of a cluster: 1 Gbit/s to and from what asks, 1 ms each way, and 5 s for a worker to import the package."""
WORKERS = (1, 2, 4, 8, 16, 32, 64, 128, 256)
SEED = 0


def grid(rows: int, columns: int) -> design.Design:
    """Shares of flights that are open, and factors on the budget."""
    shares, factors = np.linspace(0.02, 0.2, rows), np.linspace(0.5, 4.0, columns)
    return design.grid([Axis((SHARE,), tuple(shares.tolist())), Axis((BUDGET,), tuple(factors.tolist()), factor=True)])


def whole(executor: Any, workers: int) -> dict[str, Any]:
    """Seconds of the whole sweep. Processes and workers begin anew each time; Ray itself runs already."""
    scenario = placement.load("data/scenarios/starcloud.yaml")
    with tempfile.TemporaryDirectory() as folder:
        begun = time.perf_counter()
        sweeping.sweep(scenario, grid(4, 4), folder + "/s", solving=HOW, workers=workers, executor=executor)
        return {"executor": executor, "workers": workers, "s": time.perf_counter() - begun, "load": os.getloadavg()[0]}


def each_point(found: Sweep) -> list[dict[str, float]]:
    """Seconds and bytes of each point: to ask for it, of the point, and to keep it."""
    rows = []
    for point in range(len(found.design.points)):
        times = [time.perf_counter()]
        of = sweeping._of(found, point)
        times.append(time.perf_counter())
        told = sweeping.solve_point(*sweeping._given(found), *of)
        times.append(time.perf_counter())
        assert told is not None
        row = sweeping._keep(found, point, told)
        times.append(time.perf_counter())
        asked, solved, kept = np.diff(times).tolist()
        sizes = {"sent": size(of), "back": size(told), "row": size(row)}
        rows.append({"asked_s": asked, "solved_s": solved, "kept_s": kept, **sizes})
        print(json.dumps(rows[-1]), file=sys.stderr, flush=True)
    return rows


def size(value: Any) -> int:
    """Bytes as sent."""
    return len(pickle.dumps(value, protocol=5))


def measure(rounds: int) -> dict[str, Any]:
    """All figures."""
    scenario = placement.load("data/scenarios/starcloud.yaml")
    with tempfile.TemporaryDirectory() as folder:
        found = begin(folder + "/s", scenario, grid(4, 4), HOW)
        points = each_point(found)
    runs = []
    with connected("local"):
        for _ in range(rounds):
            for executor, workers in (("local", 1), ("local", 2), ("ray", 1), ("ray", 2)):
                runs.append(whole(executor, workers))
                print(json.dumps(runs[-1]), file=sys.stderr, flush=True)
    given = size((scenario, grid(4, 4).axes, HOW))
    return {"given": given, "points": points, "runs": runs}


def seconds(parents: list[int], points: list[dict[str, float]], given: int, workers: int) -> float:
    """Of a sweep whose points cost what `points` say, (n,) each, by list scheduling."""
    left = dict(enumerate(parents))
    ready = [n for n, parent in left.items() if parent < 0]
    waiting = [0.0] * workers  # when each worker is free
    new, running, now = workers, list[tuple[float, int]](), 0.0
    while ready or running:
        while ready and len(running) < workers:
            n, free = ready.pop(0), heapq.heappop(waiting)
            now += points[n]["asked_s"] + 8 * points[n]["sent"] / BITS_PER_S
            begun = max(free, now + LATENCY_S)
            if new:
                new, begun = new - 1, begun + BOOT_S + 8 * given / BITS_PER_S
            heapq.heappush(running, (begun + points[n]["solved_s"], n))
        done, n = heapq.heappop(running)
        heapq.heappush(waiting, done)
        now = max(now, done + LATENCY_S) + 8 * points[n]["back"] / BITS_PER_S + points[n]["kept_s"]
        del left[n]
        ready += [other for other, parent in left.items() if parent == n]
    return now


def replay(measured: dict[str, Any]) -> None:
    """Print speed-ups for more workers: of the measured sweep, and of 1,024 points like its own."""
    rng = np.random.default_rng(SEED)
    axes = [Axis((SHARE,), (0.02, 0.2)), Axis((BUDGET,), (0.5, 4.0), factor=True)]
    designs = {"16, grid 4 x 4": grid(4, 4), "1,024, grid 32 x 32": grid(32, 32),
               "1,024, Sobol": design.sample(axes, "sobol", 1024, SEED)}  # fmt: skip
    print(f"{'points':<22}" + "".join(f"{workers:>8}" for workers in WORKERS))
    for name, made in designs.items():
        count = len(made.points)
        points = measured["points"] if count == 16 else rng.choice(measured["points"], count).tolist()
        one = sum(point["asked_s"] + point["solved_s"] + point["kept_s"] for point in points)
        parents = made.parents.tolist()
        times = [seconds(parents, points, measured["given"], workers) for workers in WORKERS]
        print(f"{name:<22}" + "".join(f"{one / each:8.1f}" for each in times))


def main() -> None:
    """Measure, or work out."""
    if len(sys.argv) < 3 or sys.argv[1] not in ("measure", "replay"):
        sys.exit(__doc__)
    path = Path(sys.argv[2])
    if sys.argv[1] == "measure":
        path.write_text(json.dumps(measure(int(sys.argv[3]) if len(sys.argv) > 3 else 3), indent=1), encoding="utf-8")
    else:
        replay(json.loads(path.read_text(encoding="utf-8")))


if __name__ == "__main__":
    main()

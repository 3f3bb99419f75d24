"""How much sooner a sweep ends with more workers: measured with 1 and 2, worked out for more.

python tests/benchmarks/cluster_speedup.py measure OUT.json [ROUNDS]   two cores, a few minutes; needs Ray
python tests/benchmarks/cluster_speedup.py replay IN.json              a table for more workers
python tests/benchmarks/cluster_speedup.py shards JOBS                 pricing over two shards, locally and on Ray

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
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

import placement
from placement import design, sweeping
from placement.benchmarks.instances import made
from placement.benchmarks.sizes import LOADS, Size
from placement.compile import compile_scenario
from placement.design import Axis
from placement.executor import EXECUTORS
from placement.kernels.backend import choose
from placement.kernels.jobs_of import jobs_of
from placement.ray_executor import connected
from placement.sharding import sharded
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
    warm, running, now = 0, list[tuple[float, int]](), 0.0
    while ready or running:
        while ready and len(running) < workers:
            n = ready.pop(0)
            now += points[n]["asked_s"] + 8 * points[n]["sent"] / BITS_PER_S
            begun = now + LATENCY_S
            if len(running) == warm:  # no worker that has begun before is free
                warm, begun = warm + 1, begun + BOOT_S + 8 * given / BITS_PER_S
            heapq.heappush(running, (begun + points[n]["solved_s"], n))
        done, n = heapq.heappop(running)
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
    for name, each in designs.items():
        count = len(each.points)
        points = measured["points"] if count == 16 else rng.choice(measured["points"], count).tolist()
        one = sum(point["asked_s"] + point["solved_s"] + point["kept_s"] for point in points)
        parents = each.parents.tolist()
        times = [seconds(parents, points, measured["given"], workers) for workers in WORKERS]
        print(f"{name:<22}" + "".join(f"{one / s:8.1f}" for s in times))


def shards(jobs: int) -> None:
    """Print seconds and bytes of an evaluation, in this process and over two shards; the numbers are compared."""
    problem = compile_scenario(made(Size(jobs, 20, 672, 0.005, 5.0), "shards", LOADS["easy"], 0)).problem
    work, prices = problem.work, problem.meter_usd
    away = np.minimum(problem.reject_usd, problem.defer_usd)
    soft = (work, prices, away, np.full(work.jobs, 10.0), problem.count)
    print(f"{work.jobs:,} jobs, {work.starts:,} starts, {problem.meters:,} meters, {work.slots} slots")
    part = jobs_of(work, np.arange(work.jobs // 2))
    sizes = {"part": size(part), "prices": size(prices), "of jobs": size([a[: part.jobs] for a in soft[2:]])}
    here = choose("cpu")
    best, smooth = here.price(work, prices), here.soft(*soft)
    sizes |= {"price": size(best) // 2, "soft": size([smooth.usd, smooth.away]) // 2 + size(smooth.use)}
    print("bytes of a part and, for each evaluation and shard: " + json.dumps(sizes))
    with ExitStack() as stack:
        ways = {"here": here}
        for executor in EXECUTORS:
            begun = time.perf_counter()
            back = stack.enter_context(sharded(problem, shards=2, executor=executor, device="cpu"))
            assert (back.price(work, prices).usd == best.usd).all()
            print(f"{executor}: {time.perf_counter() - begun:.1f} s to begin")
            assert np.allclose(back.soft(*soft).use, smooth.use, rtol=1e-9, atol=1e-9 * smooth.use.max())
            ways[executor] = back
        for _ in range(5):
            told = []
            for name, back in ways.items():
                times = [time.perf_counter()]
                back.price(work, prices)
                times.append(time.perf_counter())
                back.soft(*soft)
                times.append(time.perf_counter())
                told.append("{}: price {:.3f} s, soft {:.3f} s".format(name, *np.diff(times)))
            print("   ".join(told) + f"   load {os.getloadavg()[0]:.1f}")


def main() -> None:
    """Measure, or work out."""
    if len(sys.argv) < 3 or sys.argv[1] not in ("measure", "replay", "shards"):
        sys.exit(__doc__)
    if sys.argv[1] == "shards":
        shards(int(sys.argv[2]))
        return
    path = Path(sys.argv[2])
    if sys.argv[1] == "measure":
        path.write_text(json.dumps(measure(int(sys.argv[3]) if len(sys.argv) > 3 else 3), indent=1), encoding="utf-8")
    else:
        replay(json.loads(path.read_text(encoding="utf-8")))


if __name__ == "__main__":
    main()

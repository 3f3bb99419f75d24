"""How time and memory grow with the number of jobs: one size per process, and a picture of them.

python tests/benchmarks/scaling.py docs/scaling.svg      measures, prints a table, draws
python tests/benchmarks/scaling.py --one 10000           measures one size
"""

import json
import math
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from placement.benchmarks.instances import made
from placement.benchmarks.record import peak_memory_mb
from placement.benchmarks.sizes import LOADS, Size
from placement.compile import compile_scenario
from placement.search.bound import priced_bound
from placement.search.packing import Packer

JOBS = (12_500, 25_000, 50_000, 100_000)
CLUSTERS, SLOTS = 20, 672
WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 640, 360, 64, 48, 24, 150
LINES = (
    ("compile_s", "compile", "#0072b2"),
    ("bound_s", "a bound", "#009e73"),
    ("first_plan_s", "first plan", "#d55e00"),
)


def one(jobs: int) -> dict[str, float]:
    """Figures of one size: seconds to compile, of a bound at given prices, of a first plan, and peak memory."""
    scenario = made(Size(jobs, CLUSTERS, SLOTS, 0.005, 5.0), "scaling", LOADS["easy"], 0)
    begun = time.perf_counter()
    problem = compile_scenario(scenario).problem
    compiled = time.perf_counter()
    packer = Packer(problem)
    packer.warm_up()
    prices = np.zeros(len(problem.rows))
    priced_bound(problem, prices)
    ready = time.perf_counter()
    priced_bound(problem, prices)
    bounded = time.perf_counter()
    packer.construct(packer.hardest_first(), prices)
    placed = time.perf_counter()
    assert packer.settle()
    return {
        "jobs": jobs,
        "placements": problem.work.starts,
        "compile_s": compiled - begun,
        "bound_s": bounded - ready,
        "first_plan_s": placed - bounded,
        "memory_mb": peak_memory_mb(),
    }


def picture(rows: list[dict[str, float]]) -> str:
    """The seconds over the jobs, both by doublings, as SVG; slope 1 is dashed."""
    values = [row[name] for row in rows for name, _, _ in LINES]
    low, high = math.floor(math.log2(min(values))), math.ceil(math.log2(max(values)))
    jobs = [math.log2(row["jobs"]) for row in rows]

    def x(log: float) -> float:
        return LEFT + (log - jobs[0]) / (jobs[-1] - jobs[0]) * (WIDTH - LEFT - RIGHT)

    def y(log: float) -> float:
        return HEIGHT - BOTTOM - (log - low) / (high - low) * (HEIGHT - BOTTOM - TOP)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" font-family="sans-serif" '
        'font-size="13"><title>Seconds against jobs, both axes by doublings</title>',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
    ]
    for log in range(low, high + 1):
        text = f"{2.0**log:g}" if log < 0 else f"{2**log}"
        parts.append(f'<path d="M{LEFT} {y(log):.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y(log) + 4:.1f}" text-anchor="end">{text}</text>')
    for row, log in zip(rows, jobs, strict=True):
        parts.append(
            f'<text x="{x(log):.1f}" y="{HEIGHT - BOTTOM + 20}" text-anchor="middle">{row["jobs"]:,.0f}</text>'
        )
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(f'<text x="{middle}" y="{HEIGHT - 8}" text-anchor="middle">jobs</text>')
    parts.append(f'<text x="14" y="{TOP - 8}">seconds</text>')
    for name, label, colour in LINES:
        logs = [math.log2(row[name]) for row in rows]
        points = " ".join(f"{x(a):.1f},{y(b):.1f}" for a, b in zip(jobs, logs, strict=True))
        linear = f"M{x(jobs[0]):.1f} {y(logs[0]):.1f}L{x(jobs[-1]):.1f} {y(logs[0] + jobs[-1] - jobs[0]):.1f}"
        parts.append(f'<path d="{linear}" stroke="#999" stroke-dasharray="3 4" fill="none"/>')
        parts.append(f'<polyline points="{points}" stroke="{colour}" stroke-width="2.5" fill="none"/>')
        parts.append(f'<text x="{x(jobs[-1]) + 8:.1f}" y="{y(logs[-1]) + 4:.1f}" fill="{colour}">{label}</text>')
    parts.append(f'<text x="{WIDTH - RIGHT + 8}" y="{HEIGHT - BOTTOM}" fill="#666">dashed: linear</text></svg>')
    return "\n".join(parts) + "\n"


def main() -> None:
    """Measure and draw."""
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(one(int(sys.argv[2]))))
        return
    rows = []
    for jobs in JOBS:
        said = subprocess.run(
            [sys.executable, __file__, "--one", str(jobs)], check=True, capture_output=True, text=True
        ).stdout
        rows.append(json.loads(said))
        print(json.dumps(rows[-1]), flush=True)
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(picture(rows), encoding="utf-8")


if __name__ == "__main__":
    main()

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
    """Seconds over jobs, both logarithmic, as SVG; dashed is what would be linear."""
    values = [row[name] for row in rows for name, _, _ in LINES]
    ticks = [m * 10.0**k for k in range(-4, 5) for m in (1, 2, 5)]
    ticks = [t for t in ticks if min(values) / 2.5 < t < 2.5 * max(values)]

    def x(jobs: float) -> float:
        return LEFT + math.log(jobs / JOBS[0]) / math.log(JOBS[-1] / JOBS[0]) * (WIDTH - LEFT - RIGHT)

    def y(seconds: float) -> float:
        return HEIGHT - BOTTOM - math.log(seconds / ticks[0]) / math.log(ticks[-1] / ticks[0]) * (HEIGHT - BOTTOM - TOP)

    right = WIDTH - RIGHT
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" font-family="sans-serif" '
        'font-size="13"><title>Seconds over the number of jobs, both axes logarithmic</title>',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
    ]
    for tick in ticks:
        parts.append(f'<path d="M{LEFT} {y(tick):.1f}H{right}" stroke="#ddd"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y(tick) + 4:.1f}" text-anchor="end">{tick:g}</text>')
    for jobs in JOBS:
        parts.append(f'<text x="{x(jobs):.1f}" y="{HEIGHT - BOTTOM + 20}" text-anchor="middle">{jobs:,}</text>')
    parts.append(f'<text x="{(LEFT + right) / 2}" y="{HEIGHT - 8}" text-anchor="middle">jobs</text>')
    parts.append(f'<text x="14" y="{TOP - 8}">seconds</text>')
    below = -math.inf
    for name, label, colour in sorted(LINES, key=lambda line: y(rows[-1][line[0]])):
        points = " ".join(f"{x(row['jobs']):.1f},{y(row[name]):.1f}" for row in rows)
        first, last = rows[0][name], rows[-1][name]
        linear = f"M{LEFT} {y(first):.1f}L{right} {y(first * JOBS[-1] / JOBS[0]):.1f}"
        below = max(y(last) + 4, below + 16)  # names do not overlap
        parts.append(f'<path d="{linear}" stroke="#999" stroke-dasharray="3 4" fill="none"/>')
        parts.append(f'<polyline points="{points}" stroke="{colour}" stroke-width="2.5" fill="none"/>')
        parts.append(f'<text x="{right + 8}" y="{below:.1f}" fill="{colour}">{label}</text>')
    parts.append(f'<text x="{right + 8}" y="{HEIGHT - BOTTOM}" fill="#666">dashed: linear</text></svg>')
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

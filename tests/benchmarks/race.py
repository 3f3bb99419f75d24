"""Plans over time, ours and those of other solvers with the same placements and limits: a table and a picture.

python tests/benchmarks/race.py docs/race.svg runs.jsonl      asks all, 300 s each, one after the other, then draws
python tests/benchmarks/race.py docs/race.svg runs.jsonl      draws again what the file holds, and asks what it lacks

Each solver with each of its settings, the best of which is drawn; the extra `peers` has to be installed.
"""

import json
import math
import sys
from pathlib import Path
from typing import Any

import placement
from placement.benchmarks.instances import instance
from placement.benchmarks.peers.ask import ask
from placement.benchmarks.peers.roster import PEERS, versions
from placement.compile import compile_scenario

SIZE, OWN_S, PEERS_S = "week-2k", 60.0, 300.0
LOADS = ("easy", "tight")
OURS = "Placement"
COLOURS = {OURS: "#0072b2", "SCIP": "#d55e00", "HiGHS": "#009e73", "CP-SAT": "#cc79a7"}
PANEL, HEIGHT, LEFT, BOTTOM, TOP, NAMES = 330, 340, 52, 48, 40, 84
SECONDS, SHARES = (0.1, 1, 10, 100, 300), (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)

Run = dict[str, Any]


def asked(load: str, who: str, setting: str) -> Run:
    """One run: what was known after how many seconds, and how it ended."""
    about = {"load": load, "who": who, "setting": setting, "versions": versions()}
    scenario = instance(SIZE, load, 0)
    if who == OURS:
        found = placement.solve(scenario, gap=1e-4, time_limit_s=OWN_S)
        history = [(moment.seconds, moment.cost_usd, moment.bound_usd) for moment in found.history]
        return about | {"cost_usd": found.cost_usd, "bound_usd": found.bound_usd, "history": history}
    problem = compile_scenario(scenario).problem
    return about | ask(problem, PEERS[who], setting, time_limit_s=PEERS_S, gap=1e-6).summary()


def best_of(runs: list[Run], load: str) -> dict[str, Run]:
    """Of each solver the run with the cheapest plan."""
    mine = [run for run in runs if run["load"] == load and run["cost_usd"] is not None]
    found: dict[str, Run] = {}
    for run in sorted(mine, key=lambda run: -run["cost_usd"]):
        found[run["who"]] = run
    return found


def after(run: Run, seconds: float) -> float | None:
    """Cost of the plan that a run had after so many seconds."""
    costs = [cost for at, cost, _ in run["history"] if cost is not None and at <= seconds]
    return min(costs, default=None)


def bound_of(runs: list[Run], load: str) -> float:
    """The highest bound that is below the cost of every plan."""
    mine = [run for run in runs if run["load"] == load]
    least = min(run["cost_usd"] for run in mine if run["cost_usd"] is not None)
    known = [run["bound_usd"] for run in mine if run["bound_usd"] is not None]
    return float(max(bound for bound in known if bound <= least * (1 + 1e-6)))


def picture(runs: list[Run]) -> str:
    """How far plans are above the best bound, over time, both axes logarithmic, as SVG; a panel for each load."""
    width = 2 * PANEL + NAMES
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {HEIGHT}" role="img" font-family="sans-serif" '
        f'font-size="13"><title>{SIZE}: cost of the best plan over time, above the best proven bound</title>',
        f'<rect width="{width}" height="{HEIGHT}" fill="#fff"/>',
    ]
    for panel, load in enumerate(LOADS):
        left, right = panel * PANEL + LEFT, (panel + 1) * PANEL - 12
        foot = HEIGHT - BOTTOM

        def x(seconds: float, left: float = left, right: float = right) -> float:
            reach = math.log(SECONDS[-1] / SECONDS[0])
            return left + math.log(max(seconds, SECONDS[0]) / SECONDS[0]) / reach * (right - left)

        def y(share: float, foot: float = foot) -> float:
            place = math.log(min(max(share, SHARES[0]), SHARES[-1]) / SHARES[0]) / math.log(SHARES[-1] / SHARES[0])
            return foot - place * (foot - TOP)

        parts.append(f'<text x="{left}" y="{TOP - 18}" font-weight="bold">{SIZE} {load}</text>')
        for share in SHARES:
            parts.append(f'<path d="M{left} {y(share):.1f}H{right}" stroke="#ddd"/>')
            parts.append(f'<text x="{left - 6}" y="{y(share) + 4:.1f}" text-anchor="end">{100 * share:g} %</text>')
        for seconds in SECONDS[:-1]:
            parts.append(f'<text x="{x(seconds):.1f}" y="{foot + 18}" text-anchor="middle">{seconds:g} s</text>')
        bound, below = bound_of(runs, load), -math.inf
        lines = best_of(runs, load)
        for who in sorted(lines, key=lambda who: -lines[who]["cost_usd"]):
            run, points, lowest = lines[who], [], math.inf
            for at, cost, _ in run["history"]:
                if cost is not None and cost < lowest:
                    if points:
                        points.append(f"{x(at):.1f},{y(lowest / bound - 1):.1f}")
                    lowest = cost
                    points.append(f"{x(at):.1f},{y(cost / bound - 1):.1f}")
            end = x(OWN_S if who == OURS else PEERS_S)
            points.append(f"{end:.1f},{y(lowest / bound - 1):.1f}")
            colour = COLOURS[who]
            parts.append(f'<polyline points="{" ".join(points)}" stroke="{colour}" stroke-width="2.5" fill="none"/>')
            if panel == len(LOADS) - 1:
                below = max(y(lowest / bound - 1) + 4, below + 16)  # names do not overlap
                parts.append(f'<text x="{right + 8}" y="{below:.1f}" fill="{colour}">{who}</text>')
    middle = PANEL - 6
    parts.append(f'<text x="{middle}" y="{HEIGHT - 8}" text-anchor="middle">seconds since the problem was there</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def table(runs: list[Run]) -> str:
    """Of each solver its best plan and bound, and what its plan costs over ours after 5 s, as Markdown."""
    lines = ["| | setting | plan | bound | plan over ours after 5 s |", "|---|---|---|---|---|"]
    for load in LOADS:
        best = best_of(runs, load)
        ours = after(best[OURS], 5.0)
        assert ours is not None
        lines.append(f"| **{SIZE} {load}** | | | | |")
        for who in sorted(best, key=lambda who: best[who]["cost_usd"]):
            run = best[who]
            name = f"{who}, {OWN_S:g} s" if who == OURS else f"{who}, {PEERS_S:g} s"
            known = run["bound_usd"] is not None and run["bound_usd"] > 0  # costs are: less says nothing
            bound = f"{run['bound_usd']:,.0f}" if known else "-"
            lines.append(
                f"| {name} | {run['setting']} | {run['cost_usd']:,.0f} | {bound} | {run['cost_usd'] / ours:.2f} |"
            )
    return "\n".join(lines)


def main() -> None:
    """Ask what is not known yet, then print and draw."""
    drawing, kept = Path(sys.argv[1]), Path(sys.argv[2])
    runs = [json.loads(line) for line in kept.read_text(encoding="utf-8").splitlines()] if kept.exists() else []
    everyone = [(OURS, "-"), *((name, setting) for name, peer in PEERS.items() for setting in peer.settings)]
    for load in LOADS:
        for who, setting in everyone:
            if not any((run["load"], run["who"], run["setting"]) == (load, who, setting) for run in runs):
                runs.append(asked(load, who, setting))
                with kept.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(runs[-1]) + "\n")
    print(table(runs))
    drawing.write_text(picture(runs), encoding="utf-8")


if __name__ == "__main__":
    main()

"""What a run of a benchmark leaves: cost, bound, gap, times to first plan and to given gaps, memory, versions."""

import math
import platform
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import placement
from placement.benchmarks.instances import instance
from placement.benchmarks.peers import Answer, compare
from placement.benchmarks.peers.comparison import side_by_side
from placement.benchmarks.peers.roster import versions
from placement.benchmarks.properties import hardness, properties
from placement.benchmarks.sizes import LOADS, SIZES
from placement.compile import compile_scenario
from placement.kernels.backend import on_numba
from placement.problem import Problem
from placement.result import Progress, Result
from placement.schema import Scenario
from placement.search.packing import Packer, is_packing
from placement.solving import solve

GAPS = (0.05, 0.01, 0.005, 0.001)
"""Gaps whose first time is stored."""

AFTER_S = (5, 60)
"""Seconds after which the cost is stored."""

BYTES_PER_MB = 1e6


def figures(result: Result) -> dict[str, Any]:
    """The figures of a solve. Seconds count from the call, compiling included."""
    first = next((point.seconds for point in result.history if point.cost_usd is not None), None)
    return {
        "status": str(result.status),
        "cost_usd": _finite(result.cost_usd),
        "bound_usd": _finite(result.bound_usd),
        "bound_source": result.bound_source,
        "gap": _finite(result.gap),
        "baseline_usd": result.baseline_usd,
        "rejected": result.rejected,
        "runtime_s": round(result.runtime_s, 2),
        "first_plan_s": None if first is None else round(first, 2),
        **{f"to_{100 * share:g}_percent_s": _reached(result.history, share) for share in GAPS},
        **{f"cost_after_{seconds}_s_usd": cost_after(result.history, seconds) for seconds in AFTER_S},
        "device": result.device,
        "seed": result.seed,
        "versions": result.versions,
        "machine": platform.machine(),
        "peak_memory_mb": round(peak_memory_mb()),
    }


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _reached(history: tuple[Progress, ...], share: float) -> float | None:
    """Seconds until the gap was at most `share`; None if it never was."""
    return next((round(p.seconds, 2) for p in history if p.gap is not None and p.gap <= share), None)


def cost_after(history: tuple[Progress, ...], seconds: float) -> float | None:
    """Cost of the plan that was there after so many seconds; None if there was none."""
    costs = [point.cost_usd for point in history if point.cost_usd is not None and point.seconds <= seconds]
    return min(costs, default=None)


def peak_memory_mb() -> float:
    """Most memory that this process has held, or one of its children that has ended, in its life, MB."""
    unit = 1 if sys.platform == "darwin" else 1024
    most = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return most * unit / BYTES_PER_MB


def warm_up(problem: Problem) -> float:
    """Seconds in which the kernels are compiled, or read from the cache: once on a machine, so that no case pays it."""
    began = time.perf_counter()
    back = on_numba()
    if back.found and is_packing(problem):
        Packer(problem, back).warm_up()
    return time.perf_counter() - began


def run(scenario: Scenario, *, gap: float = 1e-3, time_limit_s: float = 60.0, seed: int = 0) -> dict[str, Any]:
    """Solve a scenario and return its figures; the plan has passed the verifier."""
    return figures(solve(scenario, gap=gap, time_limit_s=time_limit_s, seed=seed, baseline=False))


def run_instance(
    size: str,
    load: str,
    seed: int,
    *,
    gap: float = 1e-3,
    time_limit_s: float = 60.0,
    peers_time_limit_s: float | None = None,
    tell: Callable[[Answer], None] = lambda _: None,
) -> dict[str, Any]:
    """Make a seeded instance, measure its properties, solve it: everything that is stored with it.

    With a time limit for peers they are asked too, each run for so long, and `tell` is called with their answers.
    """
    began = time.perf_counter()
    scenario = instance(size, load, seed)
    made_at = time.perf_counter()
    problem = compile_scenario(scenario).problem
    compiled = time.perf_counter()
    jit_s = warm_up(problem)
    found = properties(scenario, problem)
    solved = run(scenario, gap=gap, time_limit_s=time_limit_s)
    best = solved["cost_usd"]
    peers = {}
    if peers_time_limit_s is not None:
        answers = compare(problem, time_limit_s=peers_time_limit_s, gap=gap, tell=tell)
        constant_usd = problem.constant_usd + problem.forced_usd
        compared = side_by_side(answers, solved, constant_usd)
        about = {"time_limit_s": peers_time_limit_s, "gap": gap, "versions": versions()}
        peers = {"peers": about | compared}
    return {
        "instance": scenario.name,
        "placement": placement.__version__,
        "jit_s": round(jit_s, 2),
        "made_s": round(made_at - began, 2),
        "compile_s": round(compiled - made_at, 2),
        **solved,
        "hardness": None if best is None else hardness(problem, best),
        "properties": asdict(found),
        "broken": found.broken(SIZES[size], LOADS[load]),
        **peers,
    }

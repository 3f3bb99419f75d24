"""Tiny scenarios that are packing alone, and what the best plan of each costs."""

from collections.abc import Iterable, Iterator

from oracle.generate import tiny
from oracle.optimum import optimum

from placement.compile import compile_scenario
from placement.loader.load import scenario
from placement.problem import Problem
from placement.search.packing import is_packing


def packings(seeds: Iterable[int]) -> Iterator[tuple[int, Problem, float]]:
    """Seed, problem and optimum, $, of those that are packing and have a plan."""
    for seed in seeds:
        made = scenario(tiny(seed))
        problem = compile_scenario(made).problem
        best = optimum(made) if is_packing(problem) else None
        if best is not None and best.feasible:
            yield seed, problem, best.cost_usd

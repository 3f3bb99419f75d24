"""What is compiled block by block is what is compiled in one go."""

from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import pytest
from oracle.generate import tiny

import placement
from placement.benchmarks.instances import made
from placement.benchmarks.sizes import Size
from placement.compile import compile_scenario, options, uses
from placement.compile.room import Lowest
from placement.schema import Scenario

SMALL = Size(jobs=300, clusters=3, slots=168, largest_share=0.1, slack_days=3.0)


def scenarios() -> list[Scenario]:
    return [made(SMALL, "small", 0.7, 0), *(placement.scenario(tiny(seed)) for seed in range(40))]


def same(one: Any, other: Any) -> bool:
    """Equal in every array and number."""
    if is_dataclass(one):
        return all(same(getattr(one, f.name), getattr(other, f.name)) for f in fields(one))
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and np.array_equal(one, other, equal_nan=one.dtype.kind == "f")
    if isinstance(one, tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other or (one != one and other != other)


def test_the_size_of_blocks_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    every = scenarios()
    whole = [compile_scenario(scenario).problem for scenario in every]
    monkeypatch.setattr(options, "BLOCK", 5)
    monkeypatch.setattr(uses, "CELLS", 20)
    for scenario, problem in zip(every, whole, strict=True):
        assert same(compile_scenario(scenario).problem, problem), scenario.name


def test_lowest_within_slots_is_that_of_the_slots_one_by_one() -> None:
    rng = np.random.default_rng(0)
    values = rng.integers(0, 50, (3, 13)).astype(np.float64)
    first, last = np.triu_indices(13)
    for row in range(3):
        found = Lowest(values).within(np.full(len(first), row), first, last)
        assert found.tolist() == [values[row, a : b + 1].min() for a, b in zip(first, last, strict=True)]

"""Knapsacks: the cheapest items that fit, by every way there is; the same numbers in both back ends."""

import importlib
import importlib.util
import itertools
from typing import Any

import numpy as np
import pytest

from placement.kernels.knapsack import Knapsacks

BOTH = ["knapsack", *(["knapsack_numba"] if importlib.util.find_spec("numba") else [])]


def scene(seed: int, rows: int = 4, most: int = 8) -> tuple[Knapsacks, Any]:
    """Rows of none to `most` items of size 0 to 12, some of them dear, and room for none to all."""
    rng = np.random.default_rng(seed)
    count = rng.integers(0, most + 1, rows)
    first = np.concatenate([[0], np.cumsum(count)])
    size = rng.integers(0, 13, first[-1])
    usd = np.where(rng.random(first[-1]) < 0.7, -1.0, 1.0) * rng.integers(0, 20, first[-1]) / 3
    usd[rng.random(first[-1]) < 0.1] = np.inf
    return Knapsacks(first, size, rng.integers(0, 50, rows)), usd


@pytest.fixture(params=BOTH)
def fill(request: pytest.FixtureRequest) -> Any:
    return importlib.import_module(f"placement.kernels.{request.param}").fill


@pytest.mark.parametrize("seed", range(40))
def test_nothing_that_fits_costs_less(fill: Any, seed: int) -> None:
    knapsacks, usd = scene(seed)
    cost, taken = fill(knapsacks, usd)
    for r, room in enumerate(knapsacks.room.tolist()):
        mine = range(knapsacks.first[r], knapsacks.first[r + 1])
        ways = itertools.chain.from_iterable(itertools.combinations(mine, n) for n in range(len(mine) + 1))
        least = min(sum(usd[list(way)]) for way in ways if knapsacks.size[list(way)].sum() <= room)
        own = [n for n in mine if taken[n]]
        assert knapsacks.size[own].sum() <= room
        assert cost[r] == pytest.approx(least, abs=1e-12)
        assert sum(usd[own]) == pytest.approx(least, abs=1e-12)
        assert all(usd[n] < 0 for n in own)


@pytest.mark.skipif(len(BOTH) == 1, reason="Numba is not installed")
@pytest.mark.parametrize("seed", range(20))
def test_back_ends_agree_bit_for_bit(seed: int) -> None:
    knapsacks, usd = scene(seed, rows=6, most=60)
    (one, these), (other, those) = (
        importlib.import_module(f"placement.kernels.{name}").fill(knapsacks, usd) for name in BOTH
    )
    assert one.tolist() == other.tolist()
    assert these.tolist() == those.tolist()


def test_nothing_there(fill: Any) -> None:
    none = np.zeros(0, dtype=np.int64)
    cost, taken = fill(Knapsacks(np.zeros(1, dtype=np.int64), none, none), np.zeros(0))
    assert (len(cost), len(taken)) == (0, 0)
    cost, taken = fill(Knapsacks(np.array([0, 0]), none, np.array([5])), np.zeros(0))
    assert (cost.tolist(), len(taken)) == ([0.0], 0)

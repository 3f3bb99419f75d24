"""Sums and minima over ranges of slots, against plain loops."""

import numpy as np
import pytest

from placement.verifier.spans import Lowest, slack, spread


@pytest.mark.parametrize("seed", range(5))
def test_spread_is_the_sum_of_what_is_held(seed):
    """Full slots before the last, some grains of the last."""
    rng = np.random.default_rng(seed)
    count, rows, slots = 50, 3, 17
    row, first = rng.integers(0, rows, count), rng.integers(0, slots, count)
    last = np.minimum(first + rng.integers(0, slots, count), slots - 1)
    grains, amount = rng.integers(1, 257, count), rng.integers(1, 1000, count)
    expected = np.zeros((rows, slots), dtype=np.int64)
    for i in range(count):
        expected[row[i], first[i] : last[i]] += amount[i] * 256
        expected[row[i], last[i]] += amount[i] * grains[i]
    assert (spread(row, first, last, grains, amount, (rows, slots), 256) == expected).all()


@pytest.mark.parametrize("slots", [1, 2, 7, 8, 33])
def test_lowest_is_the_minimum_of_the_range(slots):
    """Every range of every row."""
    values = np.random.default_rng(slots).integers(0, 100, (2, slots))
    pairs = [(r, a, b) for r in range(2) for a in range(slots) for b in range(a, slots)]
    row, first, last = (np.array(column) for column in zip(*pairs, strict=True))
    expected = [values[r, a : b + 1].min() for r, a, b in pairs]
    assert Lowest(values).within(row, first, last).tolist() == expected


def test_the_tolerance_is_a_millionth_of_the_limit_and_at_least_a_millionth():
    """Small limits have the same tolerance as 1."""
    assert slack(np.array([0.0, 0.5, 1.0, 2e6])).tolist() == [1e-6, 1e-6, 1e-6, 2.0]

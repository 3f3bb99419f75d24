"""Slots taken together keep means and the tightest."""

import numpy as np
import pytest

from placement.reporting.bins import bins


@pytest.mark.parametrize(("slots", "most"), [(1, 1), (7, 3), (8, 4), (168, 400), (8760, 400)])
def test_means_and_edges(slots: int, most: int) -> None:
    rng = np.random.default_rng(slots)
    hours, values = rng.uniform(1, 3, slots), rng.uniform(0, 9, slots)
    cut = bins(hours, most)
    assert len(cut.first) <= most
    begin, end = cut.edges(np.concatenate([[0.0], np.cumsum(hours)]))
    assert begin[0] == 0
    np.testing.assert_allclose(end[-1], hours.sum())
    np.testing.assert_array_equal(begin[1:], end[:-1])
    np.testing.assert_allclose(cut.mean(values) @ (end - begin), values @ hours)
    worst = cut.tightest(values)
    for n, (first, stop) in enumerate(zip(cut.first, [*cut.first[1:], slots], strict=True)):
        assert values[worst[n]] == values[first:stop].min()

"""Designs: inputs one at a time, and scans; grids and samples are tested with sweeps."""

import math
from typing import Any

import pytest

from placement import design
from placement.design import Axis
from placement.errors import PlacementError

X, Y = Axis(("x",), (1.0, 5.0)), Axis(("y",), (30.0, 10.0))


def test_one_at_a_time_turns_each_input_alone_from_the_base() -> None:
    made = design.one_at_a_time([X, Y], [2.0, 20.0])
    assert made.kind == "one_at_a_time"
    assert made.points.tolist() == [[2, 20], [1, 20], [5, 20], [2, 10], [2, 30]]
    assert made.parents.tolist() == [-1, 0, 0, 0, 0]


def test_an_end_that_is_the_base_is_no_point_of_its_own_and_a_base_may_lie_outside() -> None:
    made = design.one_at_a_time([X, Y], [1.0, 50.0])
    assert made.points.tolist() == [[1, 50], [5, 50], [1, 10], [1, 30]]


@pytest.mark.parametrize(
    ("axes", "base", "words"),
    [
        ([Axis(("x",), (1.0, 2.0, 3.0))], [1.0], "Write LOW:HIGH"),
        ([Axis(("x",), (2.0, 2.0))], [1.0], "two different values"),
        ([X, Y], [1.0], "Give a number for each"),
        ([X], [math.nan], "Give a number for each"),
        ([X, X], [1.0, 1.0], "named twice"),
        ([], [], "no input is named"),
    ],
)
def test_one_at_a_time_without_two_ends_or_a_base_is_one_error(axes: Any, base: Any, words: str) -> None:
    with pytest.raises(PlacementError, match=words):
        design.one_at_a_time(axes, base)


def test_a_scan_begins_in_the_middle_and_halves_what_is_left() -> None:
    made = design.scan(Axis(("x",), (8.0, 0.0, 1.0, 2.0, 4.0, 2.0)))
    assert made.kind == "scan"
    assert made.points[:, 0].tolist() == [2, 0, 8, 1, 4]
    assert made.parents.tolist() == [-1, 0, 0, 0, 0]
    assert made.axes[0].levels == (0, 1, 2, 4, 8)


@pytest.mark.parametrize("count", [1, 2, 3, 50])
def test_parents_of_a_scan_are_nearest_and_chains_of_them_are_short(count: int) -> None:
    made = design.scan(Axis(("x",), tuple(2.0**k for k in range(count)), log=True))
    values = [math.log2(value) for value in made.points[:, 0].tolist()]
    assert sorted(values) == list(range(count))
    depth = [0] * count
    for n, parent in enumerate(made.parents.tolist()):
        if n:
            depth[n] = depth[parent] + 1
            assert abs(values[parent] - values[n]) == min(abs(value - values[n]) for value in values[:n])
    assert max(depth) <= math.ceil(math.log2(max(count, 2))) + 1

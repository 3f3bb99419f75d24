"""Where the answer flips in a sweep that is solved, against values worked out by hand."""

import math
from pathlib import Path
from typing import Any

import in_process
import lifting
import pytest
from lifting import PRICE, RENT

import placement
from placement import breaking_even, crossing, design, sweeping
from placement.design import Axis
from placement.swept import Solving, Sweep, begin, read_sweep

PRICES = (25.0, 85.0, 145.0, 205.0)
HALF = Solving(gap=0.5)
"""A gap that is asked for, and not made use of here: solves are exact."""


def exact(scenario: Any, **more: Any) -> Any:
    return placement.solve(scenario, **more | {"gap": 0.0})


def swept(folder: Path, axes: list[Axis], **more: Any) -> Sweep:
    with pytest.MonkeyPatch.context() as patch:
        in_process.use(patch)
        patch.setattr(sweeping, "solve", exact)
        patch.setattr(sweeping, "figures_of", lambda _, result: {"cost_usd": result.cost_usd})  # plans say the rest
        scenario = placement.scenario(lifting.document())
        return sweeping.sweep(scenario, design.grid(axes), folder, solving=HALF, workers=1, **more)


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Sweep:
    return swept(tmp_path_factory.mktemp("line") / "s", [Axis((PRICE,), PRICES)])


@pytest.fixture(scope="module")
def grid(tmp_path_factory: pytest.TempPathFactory) -> Sweep:
    return swept(tmp_path_factory.mktemp("grid") / "s", [Axis((PRICE,), PRICES), Axis((RENT,), (25.0, 5.0))])


def test_a_sweep_over_one_input_says_what_a_search_without_refinement_says(
    line: Sweep, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_process.use(monkeypatch)
    monkeypatch.setattr(breaking_even, "solve", exact)
    ((value, found),) = crossing(line, at=2027).lines
    searched = placement.breakeven(
        line.scenario, PRICE, 25, 205, at=2027, points=4, tolerance=0.9, gap=0.5, time_limit_s=60
    )
    assert value is None
    assert (found.flips, found.sentences()) == (searched.flips, searched.sentences())
    assert found.points.equals(searched.points)
    (flip,) = found.flips
    assert (flip.low, flip.high, flip.undecided_low, flip.undecided_high, flip.open_high) == (85, 145, 25, 205, True)


def test_over_two_inputs_the_first_flips_for_each_value_of_the_second(grid: Sweep) -> None:
    """At a rent of 5 where P + 20 = 60; orbit at 145 is 64 % dearer than Earth, at 85 43 %. At 25 never."""
    found = crossing(grid, at=2027)
    assert (found.along, found.over) == (PRICE, RENT)
    assert [value for value, _ in found.lines] == [5.0, 25.0]
    low, high = (line.flips for _, line in found.lines)
    assert high == ()
    (flip,) = low
    assert (flip.low, flip.high, flip.rises, flip.metrics) == (25, 85, False, (1.0, 0.0))
    assert (flip.undecided_low, flip.open_low, flip.undecided_high, flip.open_high) == (25, True, 145, False)
    table = found.table
    assert table["over"].tolist() == [5.0, 25.0]
    assert (table["low"][0], table["high"][0], table["gap"][0]) == (25, 85, 0.5)
    assert math.isnan(table["low"][1])
    assert (table["least"][1], table["most"][1], table["points"][1]) == (1.0, 1.0, 4)


def test_other_metrics_and_thresholds_need_no_solve(grid: Sweep) -> None:
    """Costs P + 20 up to 60, and up to 225 of 300."""
    one, other = (line for _, line in crossing(str(grid.folder), metric="total_cost", threshold=160.0).lines)
    assert one.flips == ()
    assert [(flip.low, flip.high, flip.rises) for flip in other.flips] == [(85, 145, True)]


def test_what_is_not_finished_is_left_out_and_told(tmp_path: Path) -> None:
    class After:
        left = 2

        def is_set(self) -> bool:
            return self.left <= 0

    stop = After()

    def progress(_: Any) -> None:
        stop.left -= 1

    swept(tmp_path / "s", [Axis((PRICE,), PRICES[:3])], stop=stop, progress=progress)
    ((_, found),) = crossing(tmp_path / "s", at=2027).lines
    assert found.points["value"].tolist() == [25, 85]
    assert found.sentences()[-1].startswith("It was stopped early")


def test_what_has_no_lines_is_one_error(line: Sweep, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    in_process.use(monkeypatch)
    axes = [Axis((PRICE,), (25.0, 85.0)), Axis((RENT,), (5.0, 25.0)), Axis(("policy.carbon_usd_per_t",), (0.0, 1.0))]
    three, two = design.grid(axes), design.sample(axes[:2], "sobol", 2, 0)
    begin(tmp_path / "three", line.scenario, three, HALF)
    sweeping.sweep(line.scenario, two, tmp_path / "two", workers=1)
    with pytest.raises(placement.PlacementError, match="has 3 inputs"):
        crossing(tmp_path / "three", at=2027)
    with pytest.raises(placement.PlacementError, match="no two finished points that have one"):
        crossing(tmp_path / "two", at=2027)
    with pytest.raises(placement.PlacementError, match="is not a sweep"):
        crossing(tmp_path, at=2027)
    with pytest.raises(placement.PlacementError, match="2030 is outside of the horizon"):
        crossing(read_sweep(line.folder), at=2030)
    with pytest.raises(placement.PlacementError, match="total_cost has no threshold"):
        crossing(line, metric="total_cost")

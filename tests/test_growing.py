"""Break-even kept in a folder: what is finished stays, and the outcome is the same however often a run ends."""

import json
import math
import threading
from pathlib import Path
from typing import Any

import build
import in_process
import lifting
import pytest
from lifting import PRICE, RENT

import placement
from placement import design, growing, sweeping
from placement.design import Axis
from placement.schema import Scenario
from placement.swept import Solving, read_sweep

HOW: dict[str, Any] = {"points": 3, "tolerance": 0.15, "gap": 0.01, "work_limit": 20, "at": 2027}


def quick(patch: pytest.MonkeyPatch) -> None:
    """Solves in this process, and rows without the figures that nobody asks for here."""
    in_process.use(patch)
    patch.setattr(
        sweeping, "figures_of",
        lambda scenario, result: {"status": str(result.status), "cost_usd": result.summary()["cost_usd"] or math.nan},
    )  # fmt: skip


@pytest.fixture
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    quick(monkeypatch)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> placement.Breakeven:
    """A search that nothing ended."""
    with pytest.MonkeyPatch.context() as patch:
        quick(patch)
        return kept(tmp_path_factory.mktemp("whole") / "s")


def lifted(**more: Any) -> Scenario:
    return placement.scenario(lifting.document(**more))


def kept(folder: Path, scenario: Scenario | None = None, workers: int = 1, **more: Any) -> placement.Breakeven:
    return placement.breakeven(
        scenario or lifted(), PRICE, 55, 150, folder=folder, workers=workers, **HOW | more
    )  # fmt: skip


def same(one: placement.Breakeven, other: placement.Breakeven) -> bool:
    return one.points.equals(other.points) and one.flips == other.flips and one.stopped == other.stopped


@pytest.fixture
def counted(_here: None, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Prices that are solved, one after another."""
    real, solved = sweeping.solve, []

    def solve(scenario: Scenario, **more: Any) -> Any:
        solved.append(scenario.vehicles[0].usd_per_flight)
        return real(scenario, **more)

    monkeypatch.setattr(sweeping, "solve", solve)
    return solved


def test_a_folder_holds_the_scan_then_what_the_search_asked_for(
    tmp_path: Path, counted: list[float], whole: placement.Breakeven
) -> None:
    """20 + P = 120 at P = 100, as without a folder."""
    seen = kept(tmp_path / "s")
    assert same(seen, whole)
    (flip,) = seen.flips
    assert flip.low <= 100.0 <= flip.high <= flip.low + 0.15 * 95
    here = placement.breakeven(lifted(), PRICE, 55, 150, **HOW)
    assert (seen.sentence(), seen.points["value"].tolist()) == (here.sentence(), here.points["value"].tolist())
    assert seen.points["cost_usd"].to_numpy() == pytest.approx(here.points["cost_usd"].to_numpy(), rel=0.01)
    sweep = read_sweep(tmp_path / "s")
    values = sweep.design.points[:, 0].tolist()
    assert values == counted == [102.5, 55.0, 150.0, 78.75, 90.625]
    assert sorted(values) == seen.points["value"].tolist()
    assert sweep.design.parents.tolist() == [-1, 0, 0, 1, 3]
    assert len(sweep.finished) == len(values)


@pytest.mark.parametrize("first", [2, 4])
def test_a_stopped_search_is_taken_up_and_nothing_is_solved_twice(
    first: int, tmp_path: Path, counted: list[float], whole: placement.Breakeven
) -> None:
    stop, told = threading.Event(), []

    def progress(point: Any) -> None:
        told.append(point.value)
        if len(told) == first:
            stop.set()

    part = kept(tmp_path / "s", progress=progress, stop=stop)
    assert part.stopped
    assert part.points["value"].tolist() == sorted(told) == sorted(counted)
    assert len(told) == first
    again = kept(tmp_path / "s", progress=progress)
    assert told == counted
    assert len(counted) == len(set(counted)) == len(again.points)
    assert same(again, whole)


def test_a_search_that_dies_between_asking_and_solving_is_taken_up(
    tmp_path: Path, counted: list[float], whole: placement.Breakeven, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, left = sweeping.sweep, iter([True, False])

    def dies(*args: Any, **more: Any) -> Any:
        if not next(left):
            raise KeyboardInterrupt
        return real(*args, **more)

    monkeypatch.setattr(growing, "sweep", dies)
    with pytest.raises(KeyboardInterrupt):
        kept(tmp_path / "s")
    monkeypatch.setattr(growing, "sweep", real)
    sweep = read_sweep(tmp_path / "s")
    assert len(sweep.design.points) == len(sweep.finished) + 1 == 4
    again = kept(tmp_path / "s")
    assert len(counted) == len(set(counted))
    assert same(again, whole)


def test_another_question_takes_what_is_solved_already(tmp_path: Path, counted: list[float]) -> None:
    kept(tmp_path / "s", tolerance=0.3)
    before = len(counted)
    finer = kept(tmp_path / "s")
    assert before < len(counted) == len(set(counted))
    (flip,) = finer.flips
    assert flip.high - flip.low <= 0.15 * 95
    before = len(counted)
    cost = kept(tmp_path / "s", metric="total_cost", threshold=105.0, at=None, tolerance=0.4)
    assert (cost.flips[0].low, cost.flips[0].high) == (78.75, 102.5)
    assert len(counted) == before


@pytest.mark.usefixtures("_here")
def test_whole_numbers_and_values_without_a_plan(tmp_path: Path) -> None:
    """The job must run, and fits from 4 accelerators on."""
    jobs = [build.job("a", 3.0, 4, must_run=True)]
    scenario = placement.scenario(lifting.document(lifting.earth(), lifting.sky(max=0), jobs=jobs))
    seen = placement.breakeven(
        scenario, "clusters.earth.pools.h100-sxm.number", 1, 7, folder=tmp_path / "s", workers=1, **HOW | {"points": 4}
    )
    assert seen.points["value"].tolist() == [1, 3, 5, 7]
    assert seen.points["side"].tolist() == ["", "", "below", "below"]
    assert seen.points["status"].tolist()[:2] == ["infeasible", "infeasible"]
    assert "job 'a' must run and cannot" in seen.sentences()[1]


@pytest.mark.slow
@pytest.mark.usefixtures("_here")
def test_processes_give_the_same_answer(tmp_path: Path) -> None:
    """The scan in two processes, under a work limit."""
    one, two = (kept(tmp_path / str(workers), workers=workers, tolerance=0.3) for workers in (1, 2))
    assert same(one, two)
    specs = [json.loads((tmp_path / name / "sweep.json").read_text()) for name in ("1", "2")]
    assert specs[0] == specs[1]


@pytest.mark.usefixtures("_here")
def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    kept(folder, tolerance=0.9)
    before = (folder / "sweep.json").read_bytes()
    for more, words in (
        ({"points": 4}, "its input differs"),
        ({"gap": 0.5}, "its solving differs"),
        ({"scenario": lifted(vehicles=[lifting.rocket(usd=91.0)])}, "its scenario differs"),
    ):
        with pytest.raises(placement.PlacementError, match=f"holds another sweep: {words}"):
            kept(folder, **more)
    grid = design.grid([Axis((RENT,), (5.0,))])
    how = Solving(gap=0.01, time_limit_s=None, work_limit=20)
    sweeping.sweep(lifted(), grid, tmp_path / "grid", solving=how, workers=1)
    with pytest.raises(placement.PlacementError, match="holds another sweep: its kind differs"):
        kept(tmp_path / "grid")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "text").write_text("mine")
    with pytest.raises(placement.PlacementError, match="exists and is not a sweep"):
        kept(tmp_path / "mine")
    assert (folder / "sweep.json").read_bytes() == before
    assert len(read_sweep(tmp_path / "grid").points) == 1


@pytest.mark.usefixtures("_here")
def test_two_searches_at_a_time_are_an_error(tmp_path: Path) -> None:
    errors = []

    def progress(point: Any) -> None:
        if not errors:
            with pytest.raises(placement.PlacementError, match="another run is at work") as caught:
                kept(tmp_path / "s")
            errors.append(caught.value)

    kept(tmp_path / "s", tolerance=0.9, progress=progress)
    assert errors

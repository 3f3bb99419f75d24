"""Sweeps: the points of a design, what is kept of each, and that a run goes on where another ended."""

import json
import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import build
import in_process
import numpy as np
import pandas as pd
import pytest
from cli.command import run
from loader.files import write

import placement
from placement import design, sweeping, swept
from placement.cli.sweep import axis
from placement.design import Axis
from placement.errors import PlacementError, ScenarioError
from placement.swept import Solving

PRICE, WIDTH = "clusters.a.energy_price", "clusters.b.pools.h100-sxm.number"


@pytest.fixture
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    in_process.use(monkeypatch)


def document() -> dict[str, Any]:
    jobs = [build.job(f"j{n}", 1.0 + n % 4, 2 + n % 3, count=2, reject_usd=4.0 + n) for n in range(6)]
    return build.document(
        [build.cluster("a", 6, energy_price=100.0), build.cluster("b", 4, energy_price=120.0)], jobs, slots=8
    )


def scenario() -> placement.Scenario:
    return placement.scenario(document())


def two_axes() -> design.Design:
    return design.grid([Axis((PRICE,), (50.0, 150.0, 900.0)), Axis((WIDTH,), (2.0, 8.0))])


def same(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    """Bit for bit, but for how long it took."""
    return one.drop(columns="runtime_s").equals(other.drop(columns="runtime_s"))


def test_a_grid_has_every_combination_and_each_begins_with_its_neighbour() -> None:
    made = two_axes()
    assert made.points.tolist() == [[p, w] for p in (50.0, 150.0, 900.0) for w in (2.0, 8.0)]
    assert made.parents.tolist() == [-1, 0, 0, 2, 2, 4]
    wide = design.grid([Axis((str(k),), tuple(range(1, 4 + k))) for k in range(3)])
    for n, parent in enumerate(wide.parents.tolist()):
        assert parent < n
        assert parent == -1 or (wide.points[n] != wide.points[parent]).sum() == 1


@pytest.mark.parametrize("kind", ["sobol", "latin"])
def test_samples_fill_the_box_evenly_and_are_the_same_each_time(kind: Any) -> None:
    axes = [Axis(("x",), (10.0, 1000.0), log=True), Axis(("y",), (-1.0, 3.0))]
    made, again = (design.sample(axes, kind, 64, 7) for _ in range(2))
    assert made.points.tolist() == again.points.tolist()
    assert made.points.tolist() != design.sample(axes, kind, 64, 8).points.tolist()
    unit = np.stack([np.log10(made.points[:, 0]) / 2 - 0.5, (made.points[:, 1] + 1) / 4], axis=1)
    assert unit.min() >= 0
    assert unit.max() <= 1
    for column in unit.T:  # one point in each of 64 equal parts
        assert sorted(np.floor(column * 64 * (1 - 1e-9)).tolist()) == pytest.approx(list(range(64)), abs=1)
    assert made.parents[0] == -1
    for n in range(1, 64):
        distance = ((unit[:n] - unit[n]) ** 2).sum(axis=1)
        assert distance[made.parents[n]] <= distance.min() + 1e-4


def test_the_parent_of_a_point_does_not_change_with_more_points() -> None:
    axes = [Axis(("x",), (0.0, 1.0)), Axis(("y",), (0.0, 1.0))]
    few, many = (design.sample(axes, "sobol", count, 3) for count in (16, 64))
    assert many.points[:16].tolist() == few.points.tolist()
    assert many.parents[:16].tolist() == few.parents.tolist()


@pytest.mark.usefixtures("_here")
def test_each_point_is_solved_verified_and_kept(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = []
    found = sweeping.sweep(scenario(), two_axes(), tmp_path / "s", workers=1, progress=rows.append)
    table = found.points
    assert table["point"].tolist() == list(range(6)) == [row["point"] for row in rows]
    assert table["verified"].all()
    assert pd.read_parquet(tmp_path / "s" / "points").shape[0] == 6
    for n, (price, number) in enumerate(two_axes().points.tolist()):
        there = scenario().replace(PRICE, price).replace(WIDTH, int(number))
        best = placement.solve(there, gap=1e-6)
        row = table.iloc[n]
        assert row[PRICE] == price
        assert row["bound_usd"] - 1e-6 <= best.cost_usd <= row["cost_usd"] + 1e-6
        stored = placement.read_plan(found.plan_place(n))
        assert placement.verify(there, stored.plan).ok
        assert placement.verify(there, stored.plan).cost_usd == pytest.approx(row["cost_usd"])


@pytest.mark.usefixtures("_here")
def test_a_stopped_run_is_taken_up_and_nothing_is_solved_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class After:
        left = 3

        def is_set(self) -> bool:
            return self.left <= 0

    stop, asked = After(), []
    real = sweeping.solved

    def counted(found: Any, point: int, stop_: Any) -> Any:
        asked.append(point)
        stop.left -= 1
        return real(found, point, None)

    monkeypatch.setattr(sweeping, "solved", counted)
    whole = {"solving": Solving(gap=0.01, time_limit_s=None, work_limit=20), "workers": 1}
    part = sweeping.sweep(scenario(), two_axes(), tmp_path / "s", stop=stop, **whole)
    assert part.finished == asked == [0, 1, 2]
    stop.left = 99
    full = sweeping.sweep(scenario(), two_axes(), tmp_path / "s", **whole)
    assert asked == [0, 1, 2, 3, 4, 5]
    assert same(full.points, sweeping.sweep(scenario(), two_axes(), tmp_path / "t", **whole).points)
    assert swept.read_sweep(tmp_path / "s").points.equals(full.points)


@pytest.mark.slow
def test_processes_give_the_same_points_bit_for_bit(tmp_path: Path) -> None:
    how = Solving(gap=1e-6, time_limit_s=None, work_limit=20)
    made = design.grid([Axis((PRICE,), (50.0, 900.0)), Axis((WIDTH,), (2.0, 8.0))])
    one = sweeping.sweep(scenario(), made, tmp_path / "one", solving=how, workers=1)
    two = sweeping.sweep(scenario(), made, tmp_path / "two", solving=how, workers=2)
    assert same(one.points, two.points)
    for point in range(4):
        plans = [placement.read_plan(found.plan_place(point)).plan for found in (one, two)]
        for name, table in plans[0].tables.items():
            assert table.equals(plans[1].tables[name])


@pytest.mark.slow
def test_what_kills_a_run_leaves_finished_points_and_nothing_else(tmp_path: Path) -> None:
    """The process is killed in the middle, once a point is there; its workers end, and another run does the rest."""
    path = write(tmp_path, document())
    args = ["sweep", str(path), "--vary", f"{PRICE}=50:900:4", "--vary", f"{WIDTH}=2,8", "-o", str(tmp_path / "s"),
            "--work-limit", "20", "--workers", "2"]  # fmt: skip
    code = f"import sys; sys.argv = ['placement', *{args!r}]; from placement.cli import main; main()"
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.DEVNULL, start_new_session=True)
    points = tmp_path / "s" / "points"
    until = time.monotonic() + 120
    while time.monotonic() < until and len(list(points.glob("0*.parquet")) if points.is_dir() else []) < 2:
        time.sleep(0.02)
    process.kill()
    process.wait()
    with suppress(ProcessLookupError):
        while time.monotonic() < until:
            os.killpg(process.pid, 0)  # raises once nobody is left
            time.sleep(0.1)
        pytest.fail("workers outlive what began them")
    before = {p.name: p.read_bytes() for p in points.glob("0*.parquet")}
    assert 2 <= len(before) < 8
    done = run(*args[:-2], "--workers", "1")
    assert done.code == 0, done.err
    after = {p.name: p.read_bytes() for p in points.iterdir()}
    assert len(after) == 8
    assert {name: after[name] for name in before} == before
    assert not list((tmp_path / "s" / "plans").glob(".*"))


@pytest.mark.usefixtures("_here")
def test_a_point_that_is_no_scenario_or_has_no_plan_says_so(tmp_path: Path) -> None:
    must = document()
    must["jobs"] = [build.job("must", 2.0, 4, reject_usd=None)]
    made = design.grid([Axis((WIDTH, "clusters.a.pools.h100-sxm.number"), (-1.0, 2.0, 6.0))])
    table = sweeping.sweep(placement.scenario(must), made, tmp_path / "s", workers=1).points
    assert table["status"].tolist()[:2] == ["failed", "infeasible"]
    assert "number" in table["reason"][0]
    assert "must" in table["reason"][1]
    assert table["cost_usd"].isna().tolist() == [True, True, False]


@pytest.mark.usefixtures("_here")
def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path) -> None:
    one = design.grid([Axis((PRICE,), (50.0,))])
    sweeping.sweep(scenario(), one, tmp_path / "s", workers=1)
    with pytest.raises(PlacementError, match="holds another sweep: its axes differs"):
        sweeping.sweep(scenario(), two_axes(), tmp_path / "s", workers=1)
    with pytest.raises(PlacementError, match="holds another sweep: its solving differs"):
        sweeping.sweep(scenario(), one, tmp_path / "s", solving=Solving(gap=0.5), workers=1)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "text").write_text("mine")
    with pytest.raises(PlacementError, match="exists and is not a sweep"):
        sweeping.sweep(scenario(), two_axes(), tmp_path / "mine", workers=1)
    assert [p.name for p in (tmp_path / "mine").iterdir()] == ["text"]
    found = swept.read_sweep(tmp_path / "s")
    with swept.at_work(found), pytest.raises(PlacementError, match="another run is at work"), swept.at_work(found):
        pass
    with pytest.raises(PlacementError, match="is not a sweep"):
        swept.read_sweep(tmp_path)
    spec = json.loads((tmp_path / "s" / "sweep.json").read_text())
    (tmp_path / "s" / "sweep.json").write_text(json.dumps({**spec, "scenario_digest": "0"}))
    with pytest.raises(PlacementError, match="the scenario was changed"):
        swept.read_sweep(tmp_path / "s")


@pytest.mark.usefixtures("_here")
def test_where_whole_numbers_stand_points_are_whole(tmp_path: Path) -> None:
    """What the table says is what was put."""
    axes = [Axis((WIDTH,), (2.0, 9.0)), Axis((PRICE,), (50.0, 90.0))]
    found = sweeping.sweep(scenario(), design.sample(axes, "sobol", 4, 0), tmp_path / "s", workers=1)
    for point, number in enumerate(found.points[WIDTH]):
        assert number == int(number)
        assert placement.read_plan(found.plan_place(point)).scenario.cluster("b").pools[0].number == number
    broken = design.grid([Axis((WIDTH,), (2.0, 2.5))])
    with pytest.raises(PlacementError, match=r"has the value 2\.5, and a whole number stands there"):
        sweeping.sweep(scenario(), broken, tmp_path / "t", workers=1)


@pytest.mark.usefixtures("_here")
def test_a_point_that_is_finished_is_not_solved_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever it was that ended the run before."""
    one = design.grid([Axis((PRICE,), (50.0,))])
    found = sweeping.sweep(scenario(), one, tmp_path / "s", workers=1)
    before = found.points
    monkeypatch.setattr(sweeping, "solve_point", lambda *_: pytest.fail("solved again"))
    assert sweeping.sweep(scenario(), one, tmp_path / "s", workers=1).points.equals(before)


def test_inputs_that_lead_nowhere_are_told_before_anything_is_solved(tmp_path: Path) -> None:
    made = design.grid([Axis(("clusters.c.pue",), (1.0,))])
    with pytest.raises(ScenarioError, match="no 'c' here"):
        sweeping.sweep(scenario(), made, tmp_path / "s", workers=1)
    assert not (tmp_path / "s").exists()


@pytest.mark.parametrize(
    ("text", "values", "log"),
    [
        ("a.b=1,2,5", (1.0, 2.0, 5.0), False),
        ("a.b=1", (1.0,), False),
        ("a.b=0:10:5", (0.0, 2.5, 5.0, 7.5, 10.0), False),
        ("a.b=1:100:3:log", (1.0, 10.0, 100.0), True),
        ("a.b=10:1:2", (10.0, 1.0), False),
        ("a.b=1:2", (1.0, 2.0), False),
    ],
)
def test_values_are_read_as_they_are_written(text: str, values: tuple[float, ...], log: bool) -> None:
    found = axis(text, False)
    assert (found.paths, found.levels, found.log) == (("a.b",), values, log)


@pytest.mark.parametrize("text", ["a.b", "a.b=", "=1", "a.b=x", "a.b=1:2:1", "a.b=0:2:3:log", "a.b=1:2:3:4", "a+=1"])
def test_values_that_cannot_be_read_are_one_error(text: str) -> None:
    with pytest.raises(PlacementError):
        axis(text, False)


@pytest.mark.parametrize(
    ("axes", "words"),
    [
        ([], "no input is named"),
        ([Axis(("x",), ())], "has no value"),
        ([Axis(("x",), (1.0,)), Axis(("x",), (2.0,))], "named twice"),
        ([Axis(("x",), (float("nan"),))], "not a number"),
        ([Axis(("x",), (0.0, 1.0), log=True)], "no logarithm"),
        ([Axis((str(k),), tuple(range(100))) for k in range(3)], "are the most"),
    ],
)
def test_designs_that_make_no_sense_are_one_error(axes: list[Axis], words: str) -> None:
    with pytest.raises(PlacementError, match=words):
        design.grid(axes)


@pytest.mark.usefixtures("_here")
def test_the_command_line_goes_on_and_draws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, document())
    args = ("sweep", "week.yaml", "--vary", f"{PRICE}=50,400,900", "--factor", f"{WIDTH}=0.5,2", "--workers", "1")
    done = run(*args)
    assert done.code == 0, done.err
    assert done.out.splitlines()[-1] == "test.sweep: 6 of 6 points; `placement report test.sweep`"
    assert len(run(*args).out.splitlines()) == 2
    assert run("sweep", "test.sweep", "--quiet").code == 0
    assert (run("sweep", "test.sweep", "--vary", "x=1").code, run("sweep", "week.yaml").code) == (2, 1)
    told = run("report", "test.sweep", "--figures", "drawn")
    assert told.code == 0, told.err
    assert (tmp_path / "test-sweep.html").read_text(encoding="utf-8").count("id='slider'") == 1
    assert any(path.name.startswith("maps-1") for path in (tmp_path / "drawn").iterdir())
    (tmp_path / "list.csv").write_text(f"{PRICE},*{WIDTH}\n50,1\n60,2\n")
    assert run("sweep", "week.yaml", "--list", "list.csv", "-o", "listed", "--workers", "1").code == 0
    assert swept.read_sweep("listed").points[f"factor on {WIDTH}"].tolist() == [1.0, 2.0]
    drawn = run("sweep", "week.yaml", "--vary", f"{PRICE}=50:90", "--sample", "sobol", "--points", "2", "-o", "four")
    assert drawn.code == 0, drawn.err
    for wrong in (("--points", "3"), ("--sample", "latin"), ("--list", "list.csv", "--vary", "x=1")):
        assert run("sweep", "week.yaml", *wrong).code == 2

"""A plan folder gives back what was written, and tells what is wrong with it; what others put there is never lost."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import build
import in_process
import numpy as np
import pandas as pd
import pytest
from loader.files import everything

import placement
from placement.fingerprint import fingerprint
from placement.folder import Stored, check_place

SCENARIO = build.scenario(
    [
        build.cluster(number=8, resources={"licences": 2}, carbon_g_per_kwh="us-tex-erco-carbon"),
        build.cluster("mars", 4, energy_price=[10.0, 20.0, 30.0, 40.0]),
    ],
    [
        build.job("a", tags=["x", "y"], team="red", uses={"licences": 1}, deadline="2027-06-07T04:00:00Z"),
        build.job("b", 1.0, 2, after=["a"]) | {"class": "small"},
        build.job("big", 1.0, 64),
        build.job("must", 1.0, 1, must_run=True) | {"reject_usd": None},
    ],
    throughput=[{"class": "small", "accelerator": "h100-sxm", "relative_speed": 1.5}],
    options=[{"job": "a", "option": "o", "cluster": "mars", "accelerators": 4, "hours": 1.5, "price_usd": 2.0}],
)


@pytest.fixture(scope="module")
def result() -> placement.Result:
    with pytest.MonkeyPatch.context() as patch:
        in_process.use(patch)
        return placement.solve(SCENARIO)


@pytest.fixture
def folder(result: placement.Result, tmp_path: Path) -> Path:
    return placement.write_plan(tmp_path / "week.plan", SCENARIO, result)


def test_what_is_written_is_read(folder: Path, result: placement.Result) -> None:
    stored = placement.read_plan(folder)
    assert result.plan is not None
    assert stored.plan.scenario == result.plan.scenario
    assert stored.plan.digest == result.plan.digest == fingerprint(SCENARIO)
    for name, table in result.plan.tables.items():
        pd.testing.assert_frame_equal(stored.plan.tables[name], table, obj=name)
    assert stored.summary["cost_usd"] == result.cost_usd
    assert placement.verify(stored.scenario, stored.plan).ok


def test_the_scenario_comes_back_whole(folder: Path) -> None:
    stored = placement.read_plan(folder).scenario
    assert stored.document() == SCENARIO.document()
    assert fingerprint(stored) == fingerprint(SCENARIO)
    assert stored.catalog_version == SCENARIO.catalog_version
    for table in ("jobs", "options", "throughput"):
        one, two = getattr(stored, table), getattr(SCENARIO, table)
        for name in two.columns:
            np.testing.assert_array_equal(one[name], two[name], err_msg=f"{table} {name}")
            assert one[name].dtype == two[name].dtype
    for key, trace in SCENARIO.traces.items():
        np.testing.assert_array_equal(stored.traces[key].values, trace.values)


@pytest.mark.parametrize("name", ["starter", "wide"])
def test_shipped_scenarios_come_back_whole(name: str, shipped: dict[str, Path], tmp_path: Path, result: Any) -> None:
    scenario = placement.load(shipped[name])
    stored = placement.read_plan(placement.write_plan(tmp_path / "x.plan", scenario, result)).scenario
    assert fingerprint(stored) == fingerprint(scenario)


def cut(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])


def edit(path: Path, **more: Any) -> None:
    summary = json.loads(path.read_text(encoding="utf-8"))
    summary = {key: value for key, value in {**summary, **more}.items() if value is not ...}
    path.write_text(json.dumps(summary), encoding="utf-8")


HARM: dict[str, tuple[Callable[[Path], object], str]] = {
    "no folder": (lambda f: shutil.rmtree(f), "week.plan does not exist. Give a folder that"),
    "no plan.json": (lambda f: (f / "plan.json").unlink(), "is not a plan folder (it has no plan.json). Give a folder"),
    "no table": (lambda f: (f / "jobs.parquet").unlink(), "jobs.parquet is missing. Solve again, or restore"),
    "no scenario": (lambda f: (f / "scenario.json").unlink(), "scenario.json is missing. Solve again, or restore"),
    "no series": (lambda f: (f / "scenario/series-0.parquet").unlink(), "series-0.parquet is missing."),
    "a table cut short": (lambda f: cut(f / "placements.parquet"), "placements.parquet was changed since the plan was"),
    "plan.json cut short": (lambda f: cut(f / "plan.json"), "plan.json cannot be read ("),
    "plan.json of bytes": (lambda f: (f / "plan.json").write_bytes(b"\xff\xfe"), "plan.json cannot be read ("),
    "plan.json of another": (lambda f: (f / "plan.json").write_text("{}"), "plan.json is not of a plan: it states no"),
    "plan.json with a list": (lambda f: (f / "plan.json").write_text("[1]"), "plan.json is not of a plan"),
    "no checksums": (lambda f: edit(f / "plan.json", files=...), "plan.json has no files, or one that is not its own."),
    "checksums lacking": (lambda f: edit(f / "plan.json", files={}), "plan.json does not list builds.parquet."),
    "no cost": (lambda f: edit(f / "plan.json", cost_usd="much"), "plan.json has no cost_usd, or one that is not"),
    "a table of another": (
        lambda f: shutil.copy(f / "energy.parquet", f / "jobs.parquet"),
        "jobs.parquet was changed since the plan was written.",
    ),
    "one table more": (
        lambda f: shutil.copy(f / "energy.parquet", f / "scenario/series-9.parquet"),
        "series-9.parquet is not of this plan. Move it away.",
    ),
    "a changed scenario": (
        lambda f: edit(f / "scenario.json", name="other"),
        "scenario.json was changed since the plan was written.",
    ),
}


@pytest.mark.parametrize("what", HARM)
def test_a_folder_that_was_harmed_is_one_clear_error(what: str, folder: Path) -> None:
    harm, text = HARM[what]
    harm(folder)
    with pytest.raises(placement.PlanError) as caught:
        placement.read_plan(folder)
    assert text in str(caught.value)
    assert str(folder) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_plan_of_another_format_is_refused(folder: Path) -> None:
    edit(folder / "plan.json", format=2)
    with pytest.raises(placement.VersionError, match=r"the format is 2, and this version reads format 1\. Use the"):
        placement.read_plan(folder)


def test_a_note_in_the_folder_does_no_harm(folder: Path) -> None:
    (folder / "notes.txt").write_text("mine", encoding="utf-8")
    assert isinstance(placement.read_plan(folder), Stored)


def test_a_plan_is_replaced_by_the_next(folder: Path, result: placement.Result) -> None:
    before = everything(folder.parent)
    placement.write_plan(folder, SCENARIO, result)
    assert everything(folder.parent).keys() == before.keys()
    assert placement.read_plan(folder).summary["status"] == "optimal"


TAKEN: dict[str, tuple[Callable[[Path], object], str, str]] = {
    "a file": (lambda p: (p / "x").write_text("mine"), "x", "x exists and is not a plan folder."),
    "a folder": (lambda p: (p / "x").mkdir(), "x", "x exists and is not a plan folder."),
    "below a file": (lambda p: (p / "x").write_text("mine"), "x/y.plan", "y.plan cannot be written:"),
    "another's plan.json": (
        lambda p: ((p / "x").mkdir(), (p / "x/plan.json").write_text('{"mine": 1}')),
        "x",
        "plan.json is not of a plan",
    ),
    "a note beside the plan": (
        lambda p: (p / "week.plan/notes.txt").write_text("mine"),
        "week.plan",
        "notes.txt lies beside a plan, and would be lost.",
    ),
    "inside a plan": (lambda p: None, "week.plan/inner", "week.plan is a plan folder, and inner would lie inside it."),
}


@pytest.mark.parametrize("what", TAKEN)
def test_a_place_that_is_taken_is_left_as_it_is(what: str, folder: Path, result: placement.Result) -> None:
    prepare, name, text = TAKEN[what]
    prepare(folder.parent)
    before = everything(folder.parent)
    for write in (
        lambda: check_place(folder.parent / name),
        lambda: placement.write_plan(folder.parent / name, SCENARIO, result),
    ):
        with pytest.raises(placement.PlanError) as caught:
            write()
        assert text in str(caught.value)
        assert everything(folder.parent) == before


def test_looking_whether_a_place_is_free_leaves_nothing_behind(tmp_path: Path) -> None:
    check_place(tmp_path / "a" / "b" / "week.plan")
    assert everything(tmp_path) == {}


@pytest.mark.parametrize("failure", [KeyboardInterrupt(), OSError(28, "No space left on device")])
@pytest.mark.parametrize("at", ["_write_parquet", "_checksums", "_take_place"])
def test_what_fails_on_the_way_leaves_the_plan_that_was_there(
    failure: BaseException, at: str, folder: Path, result: placement.Result, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise failure

    before = everything(folder.parent)
    monkeypatch.setattr(f"placement.folder.{at}", fail)
    for name in ("week.plan", "new/next.plan"):
        with pytest.raises((placement.PlanError, KeyboardInterrupt)) as caught:
            placement.write_plan(folder.parent / name, SCENARIO, result)
        if isinstance(failure, OSError):
            assert "cannot be written: No space left on device. Choose another place" in str(caught.value)
        assert everything(folder.parent) == before


def test_a_failed_exchange_brings_the_old_plan_back(
    folder: Path, result: placement.Result, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, real = everything(folder.parent), os.replace

    def fail_once(source: Path, target: Path) -> None:
        if Path(target) == folder and not Path(source).name.endswith(".old"):
            raise OSError(13, "Permission denied")
        real(source, target)

    monkeypatch.setattr(os, "replace", fail_once)
    with pytest.raises(placement.PlanError, match="Permission denied"):
        placement.write_plan(folder, SCENARIO, result)
    assert everything(folder.parent) == before


def test_without_a_plan_there_is_nothing_to_write(tmp_path: Path) -> None:
    scenario = build.scenario(jobs=[build.job("big", 2.0, 9, must_run=True)])
    with pytest.raises(
        placement.PlanError, match=r"there is no plan to write \(infeasible\)\. No plan exists: job 'big'"
    ):
        placement.write_plan(tmp_path / "x.plan", scenario, placement.solve(scenario))
    assert everything(tmp_path) == {}

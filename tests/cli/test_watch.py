"""`placement watch`: plans follow what changes in a folder."""

import threading
from pathlib import Path

import build
import in_process
import pytest
import yaml
from cli.command import run

import placement
from placement import watching
from placement.watching import look, scenarios, turns


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    in_process.use(monkeypatch)
    monkeypatch.chdir(tmp_path)


def write(price: float, name: str = "week.yaml") -> None:
    document = build.document([build.cluster(energy_price=price)], [build.job("a")])
    Path(name).write_text(yaml.safe_dump(document), encoding="utf-8")


def test_a_plan_is_made_kept_and_made_anew_when_the_scenario_changes(tmp_path: Path) -> None:
    write(100.0)
    (first,) = turns(tmp_path)
    assert first.result is not None
    assert placement.read_plan(tmp_path / "week.plan").summary["cost_usd"] == first.result.cost_usd
    (again,) = turns(tmp_path)
    assert again.result is None
    assert not again.problem
    write(200.0)
    (changed,) = turns(tmp_path)
    assert changed.result is not None
    assert changed.result.cost_usd == pytest.approx(2 * first.result.cost_usd)


def test_a_mistake_is_told_and_the_last_plan_stays(tmp_path: Path) -> None:
    write(100.0)
    list(turns(tmp_path))
    Path("week.yaml").write_text("format: 1\nname: week\nhorizons: {}\n", encoding="utf-8")
    (turn,) = turns(tmp_path)
    assert "horizons" in turn.problem
    assert placement.read_plan(tmp_path / "week.plan").plan.scenario == "test"
    done = run("watch", str(tmp_path), "--once")
    assert done.code == 1
    assert "horizons" in done.err


def test_files_that_are_no_scenarios_are_left_alone(tmp_path: Path) -> None:
    write(100.0)
    Path("notes.yaml").write_text("hello: world\n", encoding="utf-8")
    Path("belief.yaml").write_text("extends: week.yaml\nname: belief\n", encoding="utf-8")
    assert [path.name for path in scenarios(tmp_path)] == ["belief.yaml", "week.yaml"]


def test_a_look_changes_with_files_and_not_with_plans(tmp_path: Path) -> None:
    write(100.0)
    first = look(tmp_path)
    list(turns(tmp_path))
    assert look(tmp_path) == first
    Path("jobs.csv").write_text("job\n", encoding="utf-8")
    assert look(tmp_path) != first


def test_a_plan_folder_that_is_broken_is_made_anew(tmp_path: Path) -> None:
    write(100.0)
    list(turns(tmp_path))
    (tmp_path / "week.plan" / "placements.parquet").write_bytes(b"")
    (turn,) = turns(tmp_path)
    assert turn.result is not None
    assert placement.read_plan(tmp_path / "week.plan").plan is not None


def test_the_command_goes_on_until_it_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each look that finds a change solves; the third change ends it as Ctrl-C would."""
    write(100.0)
    stop, solved = threading.Event(), []
    real = watching.turns

    def counted(folder: Path, **limits: object) -> object:
        for turn in real(folder, **{**limits, "stop": None}):
            solved.append(turn)
            yield turn
        if len(solved) == 3:
            stop.set()
        else:
            write(100.0 * (len(solved) + 1))

    class Stopped:
        def __enter__(self) -> threading.Event:
            return stop

        def __exit__(self, *_: object) -> None:
            """Nothing."""

    monkeypatch.setattr(watching, "turns", counted)
    monkeypatch.setattr("placement.cli.watch.stopped_by_ctrl_c", lambda _: Stopped())
    done = run("watch", str(tmp_path), "--every", "0.05", "--gap", "0")
    assert done.code == 0
    assert done.out.count("written to week.plan") == 3


def test_no_folder_is_one_clear_error() -> None:
    done = run("watch", "nowhere")
    assert (done.code, done.err) == (1, "error: nowhere is no folder. Give one that holds scenario files.\n")

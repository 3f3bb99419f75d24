"""`placement solve --robust` and `placement compare --futures`: what they print, write and end with."""

import json
from pathlib import Path

import build
import newsvendor
import pytest
from cli.command import run
from loader.files import write

import placement
from placement.result import Status


@pytest.fixture
def racks(here: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """`racks.yaml` in the folder; what racks cost in a future is worked out in closed form."""
    monkeypatch.setattr("placement.robustness.stress", newsvendor.quick_stress)
    monkeypatch.setattr("placement.paired.stress", newsvendor.quick_stress)
    return write(here, newsvendor.document(newsvendor.UNIFORM), "racks.yaml")


def test_a_robust_plan_is_chosen_told_and_written(racks: Path) -> None:
    done = run("solve", racks, "--robust", "cvar=0.8", "--futures", "20", "--fresh", "50", "-o", "robust.plan")
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[0] == "scenario test"
    assert lines[1].split() == ["candidate", "planned", "mean"]
    assert lines[2].startswith(" 1  the plan as it stands")
    assert "Over the futures that decide (20 of 20 have a cost for all):" in lines
    assert "Over 50 fresh futures, those that `stress` draws with seed 0:" in lines
    (chosen,) = (line for line in lines if line.endswith("  chosen"))
    assert any(line.startswith("robust: The plan was chosen for what it costs over many futures") for line in lines)
    assert any(line.startswith("difference, in pairs") for line in lines)
    assert "Of these 10 count for CVaR 80 %, so its interval is rough: take more." in lines
    assert lines[-1] == "checked by the verifier, written to robust.plan"
    assert all(len(line) <= 100 for line in lines)
    stored = placement.read_plan("robust.plan")
    told = stored.summary["robust"]
    assert (told["measure"], told["futures"], told["fresh_futures"]) == ("cvar=0.8", 20, 50)
    (row,) = (each for each in told["candidates"] if each["chosen"])
    assert row["candidate"] in chosen
    assert row["planned_usd"] == pytest.approx(stored.summary["cost_usd"])
    assert stored.summary["status"] == Status.ROBUST
    assert told["fresh"]["difference"]["high"] < 0
    placement.verify(stored.scenario, stored.plan).raise_for_errors()
    assert run("verify", "robust.plan").code == 0
    assert run("show", "robust.plan").code == 0


def test_json_is_one_object_and_quiet_prints_nothing(racks: Path) -> None:
    done = run("solve", racks, "--robust", "mean", "--futures", "8", "--json")
    assert (done.code, done.err) == (0, "")
    found = json.loads(done.out)
    assert found["robust"]["measure"] == "mean"
    assert found["plan"] == "racks.plan"
    assert json.loads(Path("racks.plan/plan.json").read_text(encoding="utf-8"))["robust"] == found["robust"]
    done = run("solve", racks, "--robust", "mean", "--futures", "8", "--quiet")
    assert (done.code, done.out, done.err) == (0, "", "")


def test_two_plans_are_compared_over_the_same_futures(racks: Path) -> None:
    assert run("solve", racks, "--quiet", "-o", "plain.plan").code == 0
    assert run("solve", racks, "--robust", "cvar=0.8", "--futures", "20", "--quiet", "-o", "robust.plan").code == 0
    done = run("compare", "plain.plan", "robust.plan", "--futures", "200", "--seed", "7")
    assert done.code == 0
    lines = done.out.splitlines()
    assert lines[:3] == ["first:  plain.plan", "second: robust.plan", "200 futures of seed 7"]
    for name in ("as planned", "mean", "standard deviation", "95 % quantile", "CVaR 95 %"):
        assert sum(line.startswith(name) for line in lines) == 1
    assert "in CVaR 95 %." in done.out
    told = json.loads(run("compare", "plain.plan", "robust.plan", "--futures", "200", "--seed", "7", "--json").out)
    assert told["difference"]["cvar"]["high"] < 0
    same = run("compare", "plain.plan", "plain.plan", "--futures", "20")
    assert "Both cost the same on average." in same.out


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--futures", "8"), "--futures is of a choice over futures. Say by what it is made: --robust cvar=0.95."),
        (("--fresh", "8"), "--fresh is of a choice over futures."),
        (("--robust", "cvar=1"), "the level of cvar is 1, but must be between 0 and 1. Write cvar=0.95, or mean."),
        (("--robust", "worst"), "there is no measure 'worst'. Write mean, or cvar=0.95"),
        (("--robust", "mean", "--futures", "1"), "futures is 1, but at least 2 are needed."),
        (("--robust", "mean", "--fresh", "0"), "fresh is 0, but at least 2 are needed."),
    ],
)
def test_wrong_arguments_of_a_choice_are_said(racks: Path, args: tuple[str, ...], words: str) -> None:
    done = run("solve", racks, *args, "--quiet")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith(f"error: {words}")
    assert not Path("racks.plan").exists()


def test_without_uncertainty_there_is_nothing_to_choose_by(week: Path) -> None:
    done = run("solve", week, "--robust", "mean", "--quiet")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("error: scenario test has no `uncertainty`, so there are no futures to choose by.")


def test_a_scenario_without_a_plan_ends_with_3(here: Path) -> None:
    job = build.job("audit", 2.0, 9, must_run=True)
    path = write(here, build.document(jobs=[job], uncertainty={"run_time": {"sigma": 0.2}}), "tight.yaml")
    done = run("solve", path, "--robust", "mean")
    assert done.code == 3
    assert "No plan exists: job 'audit' must run and cannot" in done.err
    assert not Path("tight.plan").exists()


def test_what_compare_cannot_do_with_futures_is_said(racks: Path) -> None:
    assert run("solve", racks, "--quiet", "-o", "a.plan").code == 0
    done = run("compare", "a.plan", "a.plan", "--seed", "1")
    assert (done.code, done.err) == (1, "error: --seed is of futures. Say how many: --futures 1000.\n")
    done = run("compare", "a.plan", "a.plan", "--futures", "9", "--table", "jobs")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("error: --futures has no tables and figures.")

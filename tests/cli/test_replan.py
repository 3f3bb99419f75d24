"""`placement replan`: what is written and said, and mistakes in each option."""

import json
from pathlib import Path

import build
import in_process
import pytest
from cli.command import run

import placement

DAY = "2027-06-07"


@pytest.fixture
def plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A 3 h job runs on `a` from the start, one of 2 h after it; `b` costs more."""
    in_process.use(monkeypatch)
    monkeypatch.chdir(tmp_path)
    sites = [build.cluster("a", 4, energy_price=50.0), build.cluster("b", 4, energy_price=100.0)]
    jobs = [build.job("one", 3.0, 4, delay_usd_per_hour=1.0), build.job("two", 2.0, 4)]
    of = build.scenario(sites, jobs, slots=12)
    placement.write_plan(tmp_path / "day.plan", of, placement.solve(of, gap=0.0))
    return tmp_path / "day.plan"


def test_nothing_happens_and_nothing_changes(plan: Path) -> None:
    done = run("replan", str(plan), "--at", f"{DAY}T02:00Z")
    assert done.code == 0, done.err
    assert "planned anew from 2027-06-07T02:00Z on, slot 3 of 12" in done.out
    assert "  1 unit runs on where it is" in done.out
    assert "changed: 0 of " in done.out
    again = placement.read_plan(plan.parent / f"day-{DAY}T0200.plan")
    assert again.summary["cost_usd"] == pytest.approx(placement.read_plan(plan).summary["cost_usd"])
    assert run("verify", str(plan.parent / f"day-{DAY}T0200.plan")).code == 0


def test_outages_new_jobs_and_what_happened_are_read(plan: Path, tmp_path: Path) -> None:
    (tmp_path / "new.csv").write_text("job,hours,accelerators,reject_usd\nmore,1,4,500\n")
    (tmp_path / "ended.csv").write_text(f"job,ended\none,{DAY}T01:30:00Z\n")
    done = run(
        "replan", str(plan), "--at", f"{DAY}T02:00", "--jobs", "new.csv", "--happened", "ended.csv",
        "--outage", f"a={DAY}T02:00Z/{DAY}T05:00Z", "--change-usd", "3", "--slots", "14", "--json", "-o", "next.plan",
    )  # fmt: skip
    assert done.code == 0, done.err
    told = json.loads(done.out)
    assert told["replanned"]["units"]["ended"] == 1
    assert told["replanned"]["units"]["new"] == 1
    stored = placement.read_plan(tmp_path / "next.plan")
    assert stored.scenario.horizon.slots == 14
    assert stored.summary["replanned"]["at"] == f"{DAY}T02:00:00+00:00"
    runs = stored.plan.placements.set_index("job")
    assert str(runs["end"]["one"]) == f"{DAY} 01:30:00+00:00"


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--at", "noon"], "--at is 'noon', which is not a time. Write it as"),
        (["--at", "2027-07-07T00:00Z"], "leaves nothing to plan: the horizon is 2027-06-07T00:00Z to"),
        (["--at", f"{DAY}T02:00Z", "--outage", "a"], "'a' is not an outage. Write CLUSTER=FROM/TO"),
        (["--at", f"{DAY}T02:00Z", "--outage", f"c={DAY}/{DAY}T05"], "there is no cluster 'c'."),
        (["--at", f"{DAY}T02:00Z", "--outage", f"a={DAY}T05/{DAY}T04"], "the outage of a ends"),
        (["--at", f"{DAY}T02:00Z", "--jobs", "none.csv"], "none.csv cannot be read"),
        (["--at", f"{DAY}T02:00Z", "--happened", "odd.csv"], "odd.csv has columns job, what. Give job, and ended"),
        (["--at", f"{DAY}T02:00Z", "--happened", "late.csv"], "job 'one' ends 9 h after the horizon's start"),
        (["--at", f"{DAY}T02:00Z", "--happened", "twice.csv"], "row 2: job 'one' stands twice"),
        (["--at", f"{DAY}T02:00Z", "--happened", "word.csv"], "hours_left is 'x', which is not a number"),
        (["--at", f"{DAY}T02:00Z", "--slots", "3"], "slots is 3, but the horizon has 12 already"),
    ],
)
def test_mistakes_are_one_line_with_the_remedy_and_write_nothing(
    plan: Path, tmp_path: Path, args: list[str], said: str
) -> None:
    (tmp_path / "odd.csv").write_text("job,what\none,1\n")
    (tmp_path / "late.csv").write_text(f"job,ended\none,{DAY}T09:00:00Z\n")
    (tmp_path / "twice.csv").write_text("job,hours_left\none,1\none,2\n")
    (tmp_path / "word.csv").write_text("job,hours_left\none,x\n")
    before = sorted(path.name for path in tmp_path.iterdir())
    done = run("replan", str(plan), *args)
    assert done.code == 1
    assert done.err.count("\n") == 1
    assert said in done.err
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_what_had_run_is_not_exported_and_what_stays_is_not_begun_anew(plan: Path, tmp_path: Path) -> None:
    assert run("replan", str(plan), "--at", f"{DAY}T02:00Z", "-o", "next.plan").code == 0
    done = run("export", "next.plan", "csv", "-o", "next.csv")
    assert done.code == 0, done.err
    lines = (tmp_path / "next.csv").read_text(encoding="utf-8").splitlines()
    assert [line.split(",")[:2] for line in lines[1:] if line.startswith("one")] == [["one", "running"]]

"""`placement solve` and `placement verify`: what they print, write and end with."""

import json
import re
from pathlib import Path
from typing import Any

import build
import cupy_on_processor
import pytest
from cli.command import run
from loader.files import everything, write

import placement
from placement.result import Progress

KEYS = {
    "scenario", "status", "cost_usd", "bound_usd", "gap", "runtime_s", "jobs", "placed", "deferred", "rejected",
    "device", "seed", "plan",
}  # fmt: skip


def impossible(folder: Path) -> Path:
    """A week with a job that must run and fits nowhere."""
    return write(folder, build.document(jobs=[build.job("audit", 2.0, 9, must_run=True)]), "tight.yaml")


def test_solve_shows_its_progress_and_writes_a_plan(week: Path, here: Path) -> None:
    done = run("solve", "week.yaml")
    assert (done.code, done.err) == (0, "")
    head, _, rest = done.out.partition("\n\n")
    assert head.splitlines()[:2] == ["scenario test", "as if they operated: mars"]
    assert re.fullmatch(r" seconds .* cost +bound +gap", head.splitlines()[2])
    for words in ("status", "cost", "proven bound", "gap", "first come, first served", "units of jobs"):
        assert re.search(rf"^{words}  ", rest, re.MULTILINE)
    assert "5  4 placed, 0 deferred, 1 rejected" in rest
    assert rest.splitlines()[-1].startswith("checked by the verifier, written to week.plan (")
    assert sorted(path.name for path in here.iterdir()) == ["week.plan", "week.yaml"]
    assert placement.read_plan("week.plan").summary["status"] == "optimal"


def test_quiet_prints_nothing(week: Path) -> None:
    done = run("solve", "week.yaml", "--quiet", "-o", "a/b.plan")
    assert (done.code, done.out, done.err) == (0, "", "")
    assert placement.read_plan("a/b.plan").plan.scenario == "test"


def test_quiet_prints_errors(here: Path) -> None:
    done = run("solve", impossible(here), "--quiet")
    assert (done.code, done.out) == (3, "")
    assert done.err.startswith("error: No plan exists: job 'audit' must run and cannot")
    done = run("solve", "none.yaml", "--quiet")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("none.yaml: there is no such file.")


def test_json_is_one_object_with_the_documented_keys(week: Path) -> None:
    done = run("solve", "week.yaml", "--json", "--seed", "7")
    assert (done.code, done.err) == (0, "")
    found = strict(done.out)
    assert found.keys() >= KEYS
    assert (found["scenario"], found["status"], found["plan"], found["seed"]) == ("test", "optimal", "week.plan", 7)
    assert (found["jobs"], found["placed"], found["deferred"], found["rejected"]) == (5, 4, 0, 1)
    assert found["gap"] <= 3e-6
    assert found["bound_usd"] <= found["cost_usd"] <= found["baseline_usd"]
    assert found["as_if"] == ["mars"]


def strict(text: str) -> Any:
    """JSON without NaN and infinities."""
    return json.loads(text, parse_constant=lambda word: pytest.fail(f"{word} is not JSON"))


def test_a_job_that_must_run_and_cannot_is_named_and_ends_with_3(here: Path) -> None:
    path = impossible(here)
    before = everything(here)
    done = run("solve", path)
    assert done.code == 3
    assert done.err.startswith(
        "infeasible: No plan exists: job 'audit' must run and cannot: the pool never has that many accelerators "
        "(earth/h100-sxm): it needs 9 at once, of 8. Give it a reject_usd, or change what stands in its way.\n"
        "`placement explain "
    )
    as_json = run("solve", path, "--json", "-o", "deep/down.plan")
    assert as_json.code == 3
    found = strict(as_json.out)
    assert (found["status"], found["unplaced"], found["plan"], found["cost_usd"]) == (
        "infeasible",
        ["audit"],
        None,
        None,
    )
    assert everything(here) == before


def test_a_job_that_fits_nowhere_is_rejected_with_its_reason(plan: Path) -> None:
    jobs = placement.read_plan(plan).plan.jobs.set_index("job")
    assert jobs.loc["big", "rejected"] == 1
    assert "the pool never has that many accelerators (earth/h100-sxm" in jobs.loc["big", "reason"]


def test_where_no_plan_is_found_in_time_the_exit_code_is_3(
    week: Path, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("placement.search.state.State.offer", lambda *_: None)
    before = everything(here)
    done = run("solve", "week.yaml", "--time-limit", "1e-9", "--quiet")
    assert done.code == 3
    assert re.match(r"error: No plan was found .*, which does not mean that there is none\.", done.err)
    assert everything(here) == before


def test_a_plan_is_a_start_for_the_next(plan: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Any] = []
    real = placement.solve

    def solve(*args: Any, **more: Any) -> Any:
        given.append(more["start"])
        return real(*args, **more)

    monkeypatch.setattr("placement.solving.solve", solve)
    assert run("solve", "week.yaml", "--start", plan, "-o", "next.plan", "--quiet").code == 0
    assert given[0].digest == placement.read_plan("next.plan").plan.digest


def test_a_failed_solve_leaves_the_plan_that_was_there(plan: Path, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise placement.SolverError("HiGHS ended with an error. Try another seed.")

    before = everything(here)
    monkeypatch.setattr("placement.solving.solve", fail)
    done = run("solve", "week.yaml", "--quiet")
    assert (done.code, done.out) == (1, "")
    assert done.err == "error: HiGHS ended with an error. Try another seed.\n"
    assert everything(here) == before


def test_the_live_table_tells_each_better_plan_and_not_every_bound(capsys: pytest.CaptureFixture[str]) -> None:
    from placement.cli.solve import Live

    live = Live()
    for seconds, cost, bound in (
        (0.1, None, 5.0),
        (0.2, None, 6.0),
        (0.3, 9.0, 6.0),
        (0.4, 9.0, 7.0),
        (1.0, 9.0, 8.0),
    ):
        live(Progress(seconds, "exact", cost, bound, None if cost is None else (cost - bound) / cost))
    told = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert told == ["0.1", "0.3", "1.0"]


def test_a_gpu_that_is_not_there_is_one_clear_error(week: Path, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("placement.kernels.backend.find_spec", lambda _: None)
    before = everything(here)
    done = run("solve", "week.yaml", "--device", "gpu")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("error: no GPU can be used: CuPy is not installed. To install: pip install")
    assert len(done.err.splitlines()) == 1
    assert everything(here) == before


def test_the_device_is_what_really_ran_also_in_the_stored_plan(week: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cupy_on_processor.use(monkeypatch)
    done = run("solve", "week.yaml", "--device", "gpu")
    assert done.code == 0
    assert done.err == "note: The GPU was not used: the problem is solved by one model, on the CPU.\n"
    assert placement.read_plan("week.plan").summary["device"] == "cpu"
    assert run("solve", "week.yaml", "--device", "gpu", "-o", "b.plan", "--quiet").err == ""
    monkeypatch.setattr("placement.solving.ONE_MODEL", 0)
    monkeypatch.setattr("placement.search.bound.FEW", 0)
    monkeypatch.setattr("placement.search.first_prices.EVALUATIONS", 10)
    for name, value in (("EVALUATIONS", 4), ("AGAIN", 2)):
        monkeypatch.setattr(f"placement.search.large.{name}", value)
    write(Path(), build.document(), "plain.yaml")
    done = run("solve", "plain.yaml", "--device", "gpu", "--work-limit", "10")
    assert (done.code, done.err) == (0, "")
    assert done.out.endswith(" s, kernels on the GPU)\n")
    stored = placement.read_plan("plain.plan").summary
    assert (stored["device"], stored["notes"]) == ("gpu", [])


def test_verify_says_that_every_rule_holds(plan: Path) -> None:
    done = run("verify", plan)
    assert (done.code, done.err) == (0, "")
    assert re.match(r"week\.plan: all rules of the scenario .* hold, for 4 runs", done.out)
    assert re.search(r"[Ww]orked out anew, it costs \$1,[\d.]+\.", done.out)
    assert done.out.endswith("as if they operated: mars\n")
    found = strict(run("verify", plan, "--json").out)
    assert found.keys() == {"ok", "cost_usd", "findings"}
    assert (found["ok"], found["findings"]) == (True, [])
    assert found["cost_usd"] == pytest.approx(placement.read_plan(plan).summary["cost_usd"])


def test_verify_against_the_same_file_holds(plan: Path, week: Path) -> None:
    assert run("verify", plan, "--scenario", week).code == 0


def test_a_scenario_that_was_changed_since_is_told(plan: Path, week: Path, here: Path) -> None:
    text = week.read_text(encoding="utf-8")
    week.write_text(text.replace("hours: 2.0", "hours: 3.0"), encoding="utf-8")
    before = everything(here)
    done = run("verify", plan, "--scenario", week)
    assert (done.code, done.out) == (1, "")
    lines = done.err.splitlines()
    assert lines[0] == "scenario: test: the scenario was changed since the plan was made."
    assert any(line.startswith("runtime: job 'train': ends at grain") for line in lines)
    assert re.fullmatch(r"Rules are broken in \d+ place\(s\)\.", lines[-1])
    found = strict(run("verify", plan, "--scenario", week, "--json").out)
    assert found["ok"] is False
    assert found["findings"][0].keys() == {"rule", "where", "text"}
    assert everything(here) == before


def test_verify_of_a_file_with_mistakes_tells_them(plan: Path, here: Path) -> None:
    write(here, build.document([build.cluster(pue=0.9)]))
    done = run("verify", plan, "--scenario", "week.yaml")
    assert done.code == 1
    assert "pue is 0.9, but must be at least 1." in done.err

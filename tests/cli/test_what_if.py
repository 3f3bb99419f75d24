"""`placement what-if`: what is printed and written, and what is said of mistakes."""

import csv
import json
import re
import sys
from pathlib import Path
from typing import Any

import build
import pytest
from cli.command import Ended, run
from importers.logs import job_line, sacct, waiting_line
from loader.files import write as write_scenario

import placement

NIGHT = ([100.0] * 12 + [20.0] * 12) * 2


def document(**more: Any) -> dict[str, Any]:
    """Two days from 1 March 2026 on two sites, without jobs."""
    clusters = [
        build.cluster("train", 16, energy_price=NIGHT, carbon_g_per_kwh=400.0),
        build.cluster("north", 8, energy_price=60.0, carbon_g_per_kwh=50.0),
    ]
    made = build.document(clusters, [], slots=48, horizon={"start": "2026-03-01T00:00:00Z"}, **more)
    return {key: value for key, value in made.items() if key != "jobs"}


@pytest.fixture
def site(here: Path) -> Path:
    """`site.yaml`, which has no jobs."""
    return write_scenario(here, document(), "site.yaml")


@pytest.fixture
def log(here: Path) -> Path:
    """What sacct printed of two jobs that ran, one that waits, and one that never began."""
    lines = [
        job_line("1"),
        job_line("2", End="2026-03-01T03:00:00", ElapsedRaw="7200", AllocTRES="gres/gpu=16", State="FAILED"),
        waiting_line("3"),
        job_line("4", State="CANCELLED", ElapsedRaw="0", Start="Unknown"),
    ]
    Path("sacct.txt").write_text(sacct(*lines))
    return Path("sacct.txt")


def what_if(log: Path, site: Path, *more: Any) -> Ended:
    return run("what-if", log, "--scenario", site, *more)


def refused(log: Path, site: Path, *more: Any) -> str:
    """What is said of a mistake: one line, and nothing else."""
    done = what_if(log, site, *more)
    assert done.code == 1
    assert done.out == ""
    assert done.err.count("error: ") == 1
    return done.err


def test_a_log_of_sacct(log: Path, site: Path) -> None:
    done = what_if(log, site)
    assert done.code == 0, done.err
    lines = done.out.splitlines()
    assert lines[0] == "sacct.txt: 2 jobs in every row, of 4 records"
    head = next(line for line in lines if line.strip().startswith("cost "))
    assert re.split(r"\s{2,}", head.strip()) == [
        "cost", "cost bound", "energy", "$ +/-", "% +/-", "tCO2", "tCO2 bound", "tCO2 +/-",
    ]  # fmt: skip
    assert "         1  waits or runs still, so that what it took is not known" in lines
    costs: dict[str, list[str]] = {}
    for line in lines:
        costs.setdefault(line.split("  ")[0].strip(), line.split())
    assert "$4.00" in costs["as it ran"]  # 40 accelerator-hours of 1 kW by day
    assert {"$0.80", "-80.0", "-$3.20"} <= set(costs["other times, same cluster"])
    assert "$3.68" in costs["same starts, on north"]  # eight of the 40 hours at 60 $/MWh
    assert "1 of 2 jobs stay as they ran: the pool never has that many accelerators (2)" in done.out
    assert "hindsight" in done.out
    assert "as it ran ..." in done.err


def test_json_and_quiet(log: Path, site: Path) -> None:
    told = json.loads(what_if(log, site, "--json", "--no-carbon", "--wait", 2).out)
    assert [row["key"] for row in told["alternatives"]] == ["as-it-ran", "same-starts-north", "other-times", "anywhere"]
    assert told["alternatives"][0]["cost_usd"] == pytest.approx(4.0)
    assert told["alternatives"][0]["bound_usd"] is None
    assert told["wait_hours"] == 2.0
    assert {each["reason"]: each["count"] for each in told["import"]["dropped"]} == {"cancelled": 1, "unfinished": 1}
    done = what_if(log, site, "--quiet")
    assert (done.code, done.out, done.err) == (0, "", "")


def test_a_folder_of_all_plans(log: Path, site: Path) -> None:
    assert what_if(log, site, "-o", "out", "--no-carbon").code == 0
    assert sorted(path.name for path in Path("out").iterdir()) == [
        "anywhere.plan", "as-it-ran.plan", "other-times.plan", "same-starts-north.plan", "table.csv", "what-if.json",
    ]  # fmt: skip
    told = json.loads(Path("out/what-if.json").read_text())
    with Path("out/table.csv").open(newline="") as stream:
        table = list(csv.DictReader(stream))
    for row, figures in zip(table, told["alternatives"], strict=True):
        stored = placement.read_plan(Path("out") / f"{row['key']}.plan")
        placement.verify(stored.scenario, stored.plan).raise_for_errors()
        assert float(row["cost_usd"]) == pytest.approx(stored.summary["cost_usd"])
        assert figures["cost_usd"] == pytest.approx(stored.summary["cost_usd"])
    assert run("verify", "out/anywhere.plan").code == 0
    assert what_if(log, site, "-o", "out").code == 0  # again, and more of them
    assert Path("out/anywhere-carbon.plan").is_dir()
    Path("out/mine.txt").write_text("keep me")
    assert "mine.txt lies beside an earlier outcome, and would be lost" in refused(log, site, "-o", "out")
    Path("else").mkdir()
    assert "else exists and is not a folder of what-if" in refused(log, site, "-o", "else")


def test_a_table_that_was_imported(log: Path, site: Path) -> None:
    ways = []
    for name in ("ran.csv", "ran.parquet"):
        assert run("import", "slurm", log, "-o", name, "--finished").code == 0
        ways.append(json.loads(what_if(Path(name), site, "--json", "--no-carbon").out)["alternatives"])
    raw = json.loads(what_if(log, site, "--json", "--no-carbon").out)["alternatives"]
    for way in ways:
        assert [row["cost_usd"] for row in way] == [row["cost_usd"] for row in raw]


def test_columns_that_say_how_a_job_can_run_are_read(site: Path) -> None:
    Path("ran.csv").write_text(
        "job,started,hours,accelerators,cluster,memory_gb\na,2026-03-01T00:00:00Z,1,4,train,40\n"
        "b,2026-03-01T00:00:00Z,1,4,train,400\n"
    )
    done = what_if(Path("ran.csv"), site)
    assert "1  cannot run where they ran, by the scenario: the accelerators have too little memory (b)" in done.out


def test_a_column_of_a_table_may_be_ignored(site: Path) -> None:
    """Here one that would say how much memory a job needs, in another unit."""
    Path("ran.csv").write_text(
        "job,started,hours,accelerators,cluster,memory_gb\na,2026-03-01T00:00:00Z,1,4,train,40000\n"
    )
    assert "too little memory" in refused(Path("ran.csv"), site)
    assert what_if(Path("ran.csv"), site, "--ignore", "memory_gb", "--quiet").code == 0


def test_names_of_clusters_where_they_differ(site: Path) -> None:
    Path("sacct.txt").write_text(sacct(job_line("1", Partition="gpu"), job_line("2", Partition="old")))
    log = Path("sacct.txt")
    Path("names.yaml").write_text("gpu: train\nold: north\n")
    for more in (("--as", "gpu=train", "--as", "north"), ("--as-file", "names.yaml")):
        told = json.loads(what_if(log, site, "--json", *more).out)
        assert told["jobs"] == 2
        assert told["alternatives"][0]["cost_usd"] == pytest.approx(0.8 + 0.48)
    assert json.loads(what_if(log, site, "--json", "--as", "gpu=train").out)["left_out"] == [
        {"words": "ran on 'old', no cluster of the scenario", "jobs": 1, "first": ["2"]}
    ]
    assert "no job of the log ran on a cluster of test" in refused(log, site)
    assert "has no cluster 'nroth'. Did you mean 'north'?" in refused(log, site, "--as", "nroth")
    Path("names.yaml").write_text("- gpu\n")
    assert "is no mapping of names to clusters" in refused(log, site, "--as-file", "names.yaml")


def test_a_log_outside_the_horizon(site: Path) -> None:
    Path("sacct.txt").write_text(
        sacct(job_line("1", Submit="2026-04-01T00:00:00", Start="2026-04-01T01:00:00", End="2026-04-01T02:00:00"))
    )
    said = refused(Path("sacct.txt"), site)
    assert "the log runs from 2026-04-01T01:00:00Z to 2026-04-01T02:00:00Z, and the horizon of test from" in said
    assert "Write horizon: {start: 2026-04-01T01:00:00Z, slot_hours: 1, slots: 26}" in said
    moved = ("--from", "2026-04-01", "--onto", "2026-03-01T00:00:00Z")
    assert what_if(Path("sacct.txt"), site, *moved, "--quiet").code == 0


def test_logs_of_which_nothing_is_left(site: Path) -> None:
    log = Path("sacct.txt")
    log.write_text("")
    assert "the file is empty" in refused(log, site, "--format", "slurm")
    log.write_text(sacct())
    assert "no job is left of 0 records" in refused(log, site)
    failed = [job_line(str(n), State="FAILED", ElapsedRaw="0", End="2026-03-01T01:00:00") for n in range(3)]
    log.write_text(sacct(*failed))
    assert "no job is left of 3 records (3 ran for no time: sacct.txt:2" in refused(log, site)


def test_tables_that_lack_columns(site: Path) -> None:
    table = Path("ran.csv")
    table.write_text("job,hours,accelerators\na,1,4\n")
    assert "ran, and when it began is not known" in refused(table, site)
    table.write_text("job,started,hours\na,2026-03-01T00:00:00Z,1\n")
    assert "no column says how many accelerators a job asks for" in refused(table, site)
    table.write_text("job,started,accelerators\na,2026-03-01T00:00:00Z,1\n")
    assert "no column says how long a job runs" in refused(table, site)
    table.write_text("job,started,accelerators,hours\na,2026-03-01T00:00:00Z,1,1\n")
    assert "ran where the log does not say" in refused(table, site)


def test_formats_that_are_none(log: Path, site: Path) -> None:
    assert "there is no format 'slrum'. Did you mean 'slurm'?" in refused(log, site, "--format", "slrum")
    Path("ran.log").write_text("what\n")
    assert "its name does not say of which format it is. Give --format" in refused(Path("ran.log"), site)
    assert "is not a format of jobs" in refused(log, site, "--format", "caiso")


def test_a_log_that_is_not_there_or_is_a_folder(log: Path, site: Path) -> None:
    said = refused(Path("nothing.txt"), site)
    assert "nothing.txt: there is no such file. Give the path of a log, as sacct prints it, or of a table." in said
    assert "sacc.txt: there is no such file. Did you mean 'sacct.txt'?" in refused(Path("sacc.txt"), site)
    Path("logs").mkdir()
    said = refused(Path("logs"), site)
    assert "logs: this is a folder. Give the file of the log; a folder of manifests is read with --format kub" in said
    assert "none.yaml: there is no such file." in what_if(log, Path("none.yaml")).err


def test_a_scenario_with_jobs_of_its_own_and_limits_over_their_teams(log: Path, here: Path) -> None:
    """Neither its jobs nor what it asks of them matter; what it has beside them is checked as ever."""
    limit = {"name": "red", "of": "accelerators", "max": 1, "per": "slot", "over": {"jobs": {"team": "red"}}}
    full = {**document(), "jobs": [build.job("own", 500.0, 4, team="red", must_run=True)], "limits": [limit]}
    site = write_scenario(here, full, "full.yaml")
    assert what_if(log, site, "--quiet").code == 0
    broken = write_scenario(here, {**document(), "nonsense": 1}, "broken.yaml")
    done = what_if(log, broken)
    assert (done.code, done.out) == (1, "")
    assert "broken.yaml:" in done.err


def test_a_short_time_limit_leaves_every_row_a_plan(log: Path, site: Path) -> None:
    told = json.loads(what_if(log, site, "--json", "--time-limit", 0.01).out)
    assert len(told["alternatives"]) == 6
    assert all(row["cost_usd"] is not None for row in told["alternatives"])


def test_a_plan_that_is_not_proven_within_the_gap_says_so(
    log: Path, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    from placement.result import MEANING, Status

    def ended_early(*args: Any, **more: Any) -> Any:
        found = placement.solve(*args, **more)
        return replace(found, status=Status.TIME, message=MEANING[Status.TIME], bound_usd=found.bound_usd / 2)

    monkeypatch.setattr(sys.modules["placement.hindsight.what_if"], "solve", ended_early)
    done = what_if(log, site, "--no-carbon")
    assert "other times, same cluster: the proven gap is 50.00 %. The time limit came first" in done.out

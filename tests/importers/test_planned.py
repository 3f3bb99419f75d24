"""The moment of planning: what has ended, what runs and what is left of it, what waits; spans, moves, speeds."""

from pathlib import Path

import build
import pytest
from importers.logs import dropped, job_line, read, refused, rows, sacct, waiting_line, write

from placement.compile.ways import speeds

AT = "2026-03-01T06:00:00"
STATE = ("job", "state", "cluster", "started", "hours", "hours_left")


def times(submit: str, start: str, end: str) -> dict[str, str]:
    """Cells of a line, by clock times of the day."""
    return {key: f"2026-03-01T{at}:00" for key, at in (("Submit", submit), ("Start", start), ("End", end))}


def log(folder: Path) -> Path:
    """Jobs that have ended, run, have run later, wait, and run without an end."""
    return write(
        folder,
        sacct(
            job_line("1", **times("00:00", "01:00", "06:00"), ElapsedRaw="18000"),
            job_line("2", **times("00:00", "05:00", "09:00"), ElapsedRaw="14400"),
            job_line("3", **times("04:00", "07:00", "08:00"), ElapsedRaw="3600"),
            waiting_line("4", Submit="2026-03-01T05:00:00"),
            job_line("5", **times("00:00", "04:00", "04:00"), ElapsedRaw="7200", TimelimitRaw="600", State="RUNNING"),
        ),
    )


def test_a_finished_log_is_taken_whole_without_a_moment_of_planning(tmp_path: Path) -> None:
    found = read("slurm", log(tmp_path))
    assert rows(found, "job", "hours") == [("1", 5.0), ("2", 4.0), ("3", 1.0)]
    assert "state" not in found.table.column_names
    assert dropped(found) == {"NO_TIME": 2}


def test_at_a_moment_what_runs_is_the_initial_state(tmp_path: Path) -> None:
    found = read("slurm", log(tmp_path), at=AT, clusters={"train": "abilene"}, estimate=0.5)
    assert rows(found, *STATE) == [
        ("2", "running", "abilene", "2026-03-01T05:00:00", 4.0, 3.0),
        ("3", "waiting", None, None, 1.0, None),
        ("4", "waiting", None, None, 1.0, None),
        ("5", "running", "abilene", "2026-03-01T04:00:00", 6.0, 4.0),
    ]
    assert dropped(found) == {"ENDED": 1}
    assert found.tally.running == 2
    assert "What is left of their time limit, times 0.5 is left of 1 running job." in found.tally.notes


def test_without_an_estimate_what_is_left_of_the_limit_is_left_of_the_run(tmp_path: Path) -> None:
    found = read("slurm", log(tmp_path), at=AT, clusters={"": "abilene"})
    assert rows(found, *STATE)[-1] == ("5", "running", "abilene", "2026-03-01T04:00:00", 10.0, 8.0)
    assert dropped(found) == {"ENDED": 1, "NO_TIME": 1}


def test_the_latest_time_of_the_log_can_be_the_moment(tmp_path: Path) -> None:
    """Job 5 ran for two hours when the log was taken, at six; job 2 ended at nine."""
    found = read("slurm", log(tmp_path), at="latest", clusters={"": "abilene"}, hours=3)
    assert "The moment of planning is 2026-03-01T09:00:00Z; what ended before is history." in found.tally.notes
    assert dropped(found) == {"ENDED": 3}
    assert rows(found, *STATE) == [
        ("4", "waiting", None, None, 3.0, None),
        ("5", "running", "abilene", "2026-03-01T04:00:00", 10.0, 5.0),
    ]


def test_a_job_past_its_limit_and_one_on_an_unknown_partition_are_told(tmp_path: Path) -> None:
    running = {**times("00:00", "01:00", "01:00"), "State": "RUNNING", "TimelimitRaw": "60"}
    lines = [
        job_line("1", **running),
        job_line("2", **{**running, "TimelimitRaw": "UNLIMITED"}),
        job_line("3", **{**running, "TimelimitRaw": "6000", "Partition": "debug"}),
        job_line("4", **{**running, "TimelimitRaw": "6000"}),
    ]
    path = write(tmp_path, sacct(*lines))
    found = read("slurm", path, at=AT, clusters={"train": "abilene/gb200"})
    assert dropped(found) == {"OVERRUN": 1, "NO_TIME": 1, "UNMAPPED": 1}
    assert rows(found, "job", "cluster", "pool") == [("4", "abilene", "gb200")]
    assert str(list(found.tally.examples.values())[-1]) == f"['{path}:4 (3 on debug)']"
    found = read("slurm", path, at=AT, clusters={"train": "abilene", "": "other"}, hours=7)
    assert rows(found, "job", "cluster", "hours_left") == [
        ("2", "abilene", 2.0), ("3", "other", 95.0), ("4", "abilene", 95.0),
    ]  # fmt: skip


def test_the_span_is_of_submission_and_leaves_what_runs(tmp_path: Path) -> None:
    span = {"from_": "2026-03-01T04:30", "to": "2026-03-01T05:00"}
    assert dropped(read("slurm", log(tmp_path), at=AT, clusters={"": "a"}, **span)) == {
        "ENDED": 1, "BEFORE": 1, "AFTER": 1,
    }  # fmt: skip
    assert refused("slurm", log(tmp_path), **span).startswith("no job is left of 5 records (4 submitted before --from")
    found = read("slurm", log(tmp_path), from_="2026-03-01T04:00", to="2026-03-01T05:00")
    assert rows(found, "job") == [("3",)]


def test_times_move_together_so_that_the_begin_falls_on_another_date(tmp_path: Path) -> None:
    found = read("slurm", log(tmp_path), at=AT, clusters={"": "a"}, onto="2027-06-07", estimate=1)
    assert rows(found, "job", "submitted", "started") == [
        ("2", "2027-06-06T18:00:00", "2027-06-06T23:00:00"),
        ("3", "2027-06-06T22:00:00", None),
        ("4", "2027-06-06T23:00:00", None),
        ("5", "2027-06-06T18:00:00", "2027-06-06T22:00:00"),
    ]
    found = read("slurm", log(tmp_path), from_="2026-03-01T03:00", onto="2027-06-07T00:00Z")
    assert rows(found, "submitted") == [("2027-06-07T01:00:00",)]
    assert "All times are moved by +462.9 days." in found.tally.notes


def test_hours_on_an_accelerator_become_reference_hours_as_for_jobs_without_a_class(tmp_path: Path) -> None:
    scenario = build.scenario([build.cluster(pool={"accelerator": "a100-80gb"})])
    ratio = speeds(scenario, "a100-80gb").peak_ratio
    found = read("slurm", log(tmp_path), at=AT, clusters={"": "a"}, accelerator="a100-80gb")
    assert rows(found, "job", "hours", "hours_left")[0] == ("2", pytest.approx(4 * ratio), pytest.approx(3 * ratio))
    assert f"An hour on a100-80gb counts {ratio:.4g} hours on h100-sxm." in found.tally.notes
    same = read("slurm", log(tmp_path), accelerator="a100-80gb", reference="a100-80gb")
    assert rows(same, "hours")[0] == (5.0,)


def test_local_times_are_those_of_the_zone_and_summer_time_ends_once(tmp_path: Path) -> None:
    """In Berlin the clock shows 02:30 twice on 25 October 2026; the second run ends after it began."""
    hour = {"Submit": "2026-10-25T02:10:00", "Start": "2026-10-25T02:40:00", "End": "2026-10-25T02:20:00"}
    path = write(tmp_path, sacct(job_line("1"), job_line("2", **hour, ElapsedRaw="2400")))
    found = read("slurm", path, time_zone="Europe/Berlin", at="2026-10-25T02:50", clusters={"": "a"})
    assert rows(found, "job", "submitted", "started", "hours_left") == [
        ("2", "2026-10-25T00:10:00", "2026-10-25T00:40:00", pytest.approx(0.5)),
    ]
    assert not [note for note in found.tally.notes if "taken as UTC" in note]


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"at": AT}, "--at makes jobs run, and no cluster is given. Give both: --at TIME --cluster PARTITION=CLUSTER"),
        ({"clusters": {"a": "b"}}, "--cluster is for jobs that run at --at. Give both"),
        ({"at": AT, "clusters": {"a": "b.c"}}, "'b.c' is not a cluster. Write PARTITION=CLUSTER"),
        ({"at": "noon", "clusters": {"": "b"}}, "--at is 'noon', which is not a date between 1973 and 2200."),
        ({"from_": "1900-01-01"}, "--from is '1900-01-01', which is not a date"),
        ({"from_": "2026-03-02", "to": "2026-03-01"}, "--to 2026-03-01 is not after --from 2026-03-02."),
        ({"onto": "2027-01-01"}, "--onto moves --at or --from to another date, and neither is given. Give --from."),
        ({"estimate": 0.0}, "--estimate is 0, but must be between 1e-06 and 10."),
        ({"hours": float("nan")}, "--hours is nan, but must be between 1e-06 and 1e+06."),
        ({"per_node": 0}, "--per-node is 0, but must be between 1 and 1e+06."),
        ({"accelerator": "h100"}, "there is no accelerator 'h100' in the catalogue. Did you mean 'h100-"),
        ({"time_zone": "Europe/Berln"}, "there is no time zone 'Europe/Berln'. Did you mean 'Europe/Berlin'?"),
        ({"time_zone": "../../etc/passwd"}, "there is no time zone '../../etc/passwd'."),
        ({"start": "2027-01-01"}, "slurm takes no --start. Leave it out."),
        ({"columns": {"job": "id"}}, "slurm takes no --column. Leave it out."),
    ],
)
def test_what_cannot_be_asked_is_said_before_anything_is_read(asked: dict[str, object], words: str) -> None:
    assert words in refused("slurm", Path("not-there.txt"), **asked)

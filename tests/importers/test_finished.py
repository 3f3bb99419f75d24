"""Jobs that have run, with when they began and where, and no others: what `what-if` takes."""

from pathlib import Path

import pytest
from importers.logs import dropped, job_line, read, refused, rows, sacct, waiting_line, write

RAN = ("job", "hours", "accelerators", "submitted", "started", "cluster")


def test_jobs_that_ended_in_any_way_after_they_had_run(tmp_path: Path) -> None:
    log = write(
        tmp_path,
        sacct(
            job_line("1"),
            job_line("2", State="FAILED", ElapsedRaw="1800", End="2026-03-01T01:30:00", Partition="test"),
            job_line("3", State="CANCELLED by 7", ElapsedRaw="0", Start="Unknown"),
            job_line("4", State="FAILED", ElapsedRaw="0", End="2026-03-01T01:00:00"),
            job_line("5", State="RUNNING", End="Unknown"),
            waiting_line("6"),
        ),
    )
    found = read("slurm", log, finished=True)
    assert rows(found, *RAN) == [
        ("1", 1.0, 8, "2026-03-01T00:00:00", "2026-03-01T01:00:00", "train"),
        ("2", 0.5, 8, "2026-03-01T00:00:00", "2026-03-01T01:00:00", "test"),
    ]
    assert dropped(found) == {"CANCELLED": 1, "NO_LENGTH": 1, "UNFINISHED": 2}
    assert "Hours are those on the accelerators on which jobs ran." in found.tally.notes
    assert "state" not in found.table.column_names


def test_times_are_moved_together(tmp_path: Path) -> None:
    log = write(tmp_path, sacct(job_line("1")))
    found = read("slurm", log, finished=True, from_="2026-03-01", onto="2027-06-07T00:00:00Z")
    assert rows(found, "submitted", "started") == [("2027-06-07T00:00:00", "2027-06-07T01:00:00")]


def test_a_start_that_is_not_said_follows_from_end_and_run_time(tmp_path: Path) -> None:
    text = (
        "job,submitted,ended,hours,gpus\na,2026-03-01T00:00:00Z,2026-03-01T05:00:00Z,2,4\nb,2026-03-01T00:00:00Z,,2,4\n"
    )
    found = read("table", write(tmp_path, text, "log.csv"), finished=True)
    assert rows(found, "job", "started", "cluster") == [("a", "2026-03-01T03:00:00", None)]
    assert dropped(found) == {"UNDATED": 1}


def test_a_submission_that_is_not_said_is_the_start(tmp_path: Path) -> None:
    text = "job,started,hours,gpus,queue\na,2026-03-01T03:00:00Z,2,4,east\n"
    found = read("table", write(tmp_path, text, "log.csv"), finished=True)
    assert rows(found, "submitted", "cluster") == [("2026-03-01T03:00:00", "east")]


def test_where_no_job_is_left_the_reasons_are_told(tmp_path: Path) -> None:
    said = refused("slurm", write(tmp_path, sacct(waiting_line("6"))), finished=True)
    assert "no job is left of 1 record (1 waits or runs still, so that what it took is not known" in said
    text = "job,submitted,hours,gpus\na,2026-03-01T00:00:00Z,2,4\n"
    said = refused("table", write(tmp_path, text, "log.csv"), finished=True)
    assert "ran, and when it began is not known" in said
    assert "--column started=COLUMN" in said


@pytest.mark.parametrize(
    "asked",
    [{"at": "2026-03-01", "clusters": {"": "a"}}, {"estimate": 0.5}, {"hours": 2.0}, {"accelerator": "a100-80gb"}],
)
def test_what_plans_does_not_go_with_it(asked: dict[str, object], tmp_path: Path) -> None:
    said = refused("slurm", write(tmp_path, sacct(job_line("1"))), finished=True, **asked)
    assert said.startswith("jobs that have run are asked for as they ran. Leave --at")

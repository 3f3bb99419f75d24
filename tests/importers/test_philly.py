"""Job logs of the Philly traces, and tables in seconds."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from importers.logs import dropped, read, refused, rows, write


def attempt(start: str | None, end: str | None, *gpus: int) -> dict[str, Any]:
    """An attempt on servers with so many GPUs each."""
    detail = [{"ip": f"m{k}", "gpus": [f"gpu{i}" for i in range(number)]} for k, number in enumerate(gpus)]
    day = "2017-10-07 "
    times = [time if time in (None, "None") else day + time for time in (start, end)]
    return {"start_time": times[0], "end_time": times[1], "detail": detail}


def entry(name: str, *attempts: Any, status: str = "Pass", submitted: Any = "2017-10-07 01:00:00") -> dict[str, Any]:
    return {
        "status": status, "vc": "ee9e8c", "jobid": name, "attempts": list(attempts), "submitted_time": submitted,
        "user": "ce2f4c",
    }  # fmt: skip


LOG = [
    entry("retried", attempt("01:00:00", "01:30:00", 4), attempt("02:00:00", "04:00:00", 8, 8)),
    entry("runs", attempt("01:00:00", "02:00:00", 1), attempt("03:00:00", "None", 2), submitted="None"),
    entry("lost", attempt(None, "05:00:00", 2)),
    entry("killed", status="Killed"),
    entry("waits"),
    entry("back", attempt("05:00:00", "04:00:00", 1)),
    entry("odd", attempt("25:00:00", "26:00:00", 1)),
    "text",
]


def test_run_time_is_that_of_all_attempts_and_size_the_largest(tmp_path: Path) -> None:
    path = write(tmp_path, json.dumps(LOG), "cluster_job_log")
    found = read("philly", path)
    assert rows(found, "job", "team", "hours", "accelerators", "submitted") == [
        ("retried", "ee9e8c", 2.5, 16, "2017-10-07T01:00:00"),
    ]
    assert dropped(found) == {
        "CANCELLED": 1, "NO_TIME": 2, "NO_ACCELERATORS": 1, "BACKWARDS": 1, "UNREADABLE": 2,
    }  # fmt: skip
    assert rows(read("philly", path, team="user"), "team") == [("ce2f4c",)]


def test_times_are_in_the_zone_that_is_asked_for_and_jobs_run_at_a_moment(tmp_path: Path) -> None:
    path = write(tmp_path, json.dumps(LOG), "log")
    found = read("philly", path, time_zone="America/Los_Angeles", at="2017-10-07 03:00:00", clusters={"": "a"}, hours=9)
    assert rows(found, "job", "state", "submitted", "hours_left") == [
        ("retried", "running", "2017-10-07T08:00:00", 1.0), ("runs", "running", None, 7.0), ("lost", "waiting",
         "2017-10-07T08:00:00", None),
    ]  # fmt: skip


def table(**columns: Any) -> pa.Table:
    usual: dict[str, Any] = {
        "job_id": ["0", "1", "2", "3", "4"],
        "submit_s": [0.0, 10.0, 20.0, -10.0, 30.0],
        "duration_s": [3600.0, 7200.0, 0.0, 60.0, None],
        "gpus": [8.0, 1.5, 1.0, 1.0, 1.0],
        "group": ["a", "b", None, "a", "a"],
        "deadline_s": [None] * 5,
    }
    return pa.table({**usual, **columns})


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_a_table_in_seconds_begins_when_that_is_said(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"jobs.{ending}"
    if ending == "parquet":
        pq.write_table(table(), path)
    else:
        table().to_pandas().to_csv(path, index=False)
    assert "the table counts seconds from a begin that it does not name. Give --start TIME" in refused("philly", path)
    found = read("philly", path, start="2027-06-07")
    assert rows(found, "job", "team", "hours", "accelerators", "submitted") == [
        ("0", "a", 1.0, 8, "2027-06-07T00:00:00"), ("1", "b", 2.0, 2, "2027-06-07T00:00:10"),
        ("3", "a", 1 / 60, 1, "2027-06-06T23:59:50"),
    ]  # fmt: skip
    assert dropped(found) == {"NO_LENGTH": 1, "NO_TIME": 1}
    place = f"{path}: row 3 (2: ran 0 s)" if ending == "parquet" else f"{path}:4 (2: ran 0 s)"
    assert place in str(found.tally.examples)
    assert "Columns that are not read: deadline_s." in found.tally.notes
    assert "parts of accelerators, which are rounded up to whole ones: 1 of 12 accelerator-hours" in str(
        found.tally.notes
    )
    assert found.tally.rounded_hours == pytest.approx(1.0)


def test_processors_count_where_there_are_no_accelerators(tmp_path: Path) -> None:
    path = tmp_path / "jobs.parquet"
    pq.write_table(table(gpus=pa.nulls(5, pa.float64()), cpus=[16.0, 8.0, 1.0, 1.0, 1.0]), path)
    assert "asks for no accelerators" in refused("philly", path, start="2027-06-07")
    found = read("philly", path, start="2027-06-07", per_accelerator=8)
    assert rows(found, "accelerators") == [(2,), (1,), (1,)]


def test_a_table_does_not_say_what_runs(tmp_path: Path) -> None:
    path = tmp_path / "jobs.parquet"
    pq.write_table(table(), path)
    words = refused("philly", path, start="2027-06-07", at="2027-06-08", clusters={"": "a"})
    assert "ran, and when is not known" in words
    assert "leave --at out" in words


def test_other_files_are_told_apart(tmp_path: Path) -> None:
    words = "this is neither cluster_job_log (JSON) nor a table with job_id"
    assert words in refused("philly", write(tmp_path, "a,b\n1,2\n", "x.csv"))
    pq.write_table(pa.table({"a": [1]}), tmp_path / "x.parquet")
    assert words in refused("philly", tmp_path / "x.parquet")
    whole = (tmp_path / "x.parquet").read_bytes()
    words = refused("philly", write(tmp_path, whole[:-20], "cut.parquet"))
    assert "this is not a Parquet file that can be read (" in words

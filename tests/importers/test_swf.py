"""Standard Workload Format 2.2."""

import gzip
from pathlib import Path

import pytest
from importers.logs import dropped, read, refused, rows, write

HEADER = """; Version: 2.2
; UnixStartTime: 1772323200
; TimeZoneString: Europe/Berlin
; Queue:  1  batch jobs
; Partition: 2 big
"""


def line(
    job: int = 1,
    submit: float = 0,
    wait: float = 60,
    run: float = 3600,
    processors: int = 8,
    asked: int = -1,
    limit: float = 7200,
    status: int = 1,
    user: int = 3,
    group: int = 4,
    queue: int = 1,
    partition: int = 2,
) -> str:
    return (
        f"{job:5} {submit} {wait} {run} {processors} -1 -1 {asked} {limit} -1 {status} {user} {group} 5 {queue} "
        f"{partition} -1 -1"
    )


def swf(*lines: str, header: str = HEADER) -> str:
    return header + "\n".join([*lines, ""])


def test_a_line_is_a_job_with_the_names_of_the_header(tmp_path: Path) -> None:
    found = read("swf", write(tmp_path, swf(line())), per_accelerator=4)
    assert rows(found, "job", "team", "tags", "hours", "accelerators", "submitted") == [
        ("1", "group-4", "batch jobs", 1.0, 2, "2026-03-01T00:00:00"),
    ]
    assert set(found.table.column_names) == {"job", "team", "tags", "hours", "accelerators", "submitted"}


def test_processors_are_accelerators_unless_their_number_is_given(tmp_path: Path) -> None:
    log = write(tmp_path, swf(line(), line(2, processors=-1, asked=16), line(3, processors=0, asked=-1)))
    found = read("swf", log)
    assert rows(found, "accelerators") == [(8,), (16,)]
    assert dropped(found) == {"NO_ACCELERATORS": 1}
    assert "A processor of the log counts as an accelerator" in found.tally.notes[0]


def test_each_status_and_unknown_numbers(tmp_path: Path) -> None:
    lines = [
        line(1, status=0), line(1, status=2), line(1, status=3), line(1, status=4), line(5, status=5),
        line(6, status=5, run=0), line(7, status=5, run=-1), line(8, run=-1), line(9, run=0), line(10, run=-7),
        line(11, submit=-3), line(12, run=1800.5, wait=-1), line(13, status=-1, queue=-1, partition=-1, group=-1),
    ]  # fmt: skip
    found = read("swf", write(tmp_path, swf(*lines)))
    assert rows(found, "job", "hours", "team", "tags") == [
        ("1", 1.0, "group-4", "batch jobs"), ("5", 1.0, "group-4", "batch jobs"), ("11", 1.0, "group-4", "batch jobs"),
        ("12", 1800.5 / 3600, "group-4", "batch jobs"), ("13", 1.0, None, None),
    ]  # fmt: skip
    assert dropped(found) == {"PART": 3, "CANCELLED": 2, "NO_TIME": 1, "NO_LENGTH": 1, "IMPOSSIBLE": 1}


def test_a_share_of_the_limit_stands_for_an_unknown_run_time(tmp_path: Path) -> None:
    found = read("swf", write(tmp_path, swf(line(run=-1), line(2, run=-1, limit=-1))), estimate=0.75, hours=9)
    assert rows(found, "hours") == [(1.5,), (9.0,)]
    assert (
        "The run time of 2 jobs is an estimate: 0.75 of the time limit, 9 h where there is none." in found.tally.notes
    )


def test_what_runs_at_a_moment_is_found_by_partition_and_the_zone_is_the_logs(tmp_path: Path) -> None:
    """Half past one in Berlin is half an hour after the log begins."""
    log = write(tmp_path, swf(line(1), line(2, wait=3600), line(3, submit=-1), line(4, partition=-1)))
    found = read("swf", log, at="2026-03-01T01:30", clusters={"big": "abilene", "batch jobs": "other"})
    assert rows(found, "job", "state", "cluster", "started", "hours_left") == [
        ("1", "running", "abilene", "2026-03-01T00:01:00", pytest.approx(31 / 60)),
        ("2", "waiting", None, None, None),
        ("4", "running", "other", "2026-03-01T00:01:00", pytest.approx(31 / 60)),
    ]
    assert dropped(found) == {"NO_START": 1}


def test_a_log_that_does_not_say_when_it_begins_is_told_so(tmp_path: Path) -> None:
    for header in ("", "; UnixStartTime: 0\n", "; UnixStartTime: then\n"):
        log = write(tmp_path, swf(line(), header=header))
        assert refused("swf", log).endswith("the log does not say when it begins (UnixStartTime). Give --start TIME, "
                                            "the moment of its second 0.")  # fmt: skip
        assert rows(read("swf", log, start="2027-06-07"), "submitted") == [("2027-06-07T00:00:00",)]


def test_lines_that_are_none_are_dropped_with_their_place(tmp_path: Path) -> None:
    text = swf(line(), line(2) + " 5", "3 0 0", line(4).replace("3600", "1h"), "", "; a comment in between", line(5))
    log = write(tmp_path, text)
    found = read("swf", log)
    assert rows(found, "job") == [("1",), ("5",)]
    assert list(found.tally.examples.values()) == [
        [f"{log}:9 (a field is not a number)", f"{log}:7 (19 fields, not 18)", f"{log}:8 (3 fields, not 18)"],
    ]


def test_packed_logs_are_read_and_one_that_is_cut_off_is_an_error(tmp_path: Path) -> None:
    packed = gzip.compress(swf(*(line(k) for k in range(1, 500))).encode())
    assert len(rows(read("swf", write(tmp_path, packed, "log.swf.gz")), "job")) == 499
    words = refused("swf", write(tmp_path, packed[: len(packed) // 2], "cut.swf.gz"))
    assert words.startswith(f"{tmp_path / 'cut.swf.gz'}: the compressed file is cut off or damaged (")
    broken = packed[:40] + bytes(20) + packed[60:]
    assert "is cut off or damaged" in refused("swf", write(tmp_path, broken, "broken.swf.gz"))


def test_a_file_without_jobs_is_an_error(tmp_path: Path) -> None:
    assert "the file has no jobs. Give a log" in refused("swf", write(tmp_path, HEADER))
    assert "the file has no jobs. Give a log" in refused("swf", write(tmp_path, ""))

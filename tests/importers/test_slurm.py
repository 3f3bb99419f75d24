"""sacct --parsable2: columns in any order, ids, states, sizes, times."""

from pathlib import Path

import pytest
from importers.logs import SACCT_HEAD, dropped, job_line, read, refused, rows, sacct, waiting_line, write

from placement.importers.jobs.logged import Fate
from placement.importers.jobs.slurm import array_size, fate, tres


def test_a_job_that_ran_is_a_row_with_its_hours_size_team_and_tags(tmp_path: Path) -> None:
    found = read("slurm", write(tmp_path, sacct(job_line())))
    assert found.table.to_pylist()[0] | {"submitted": None} == {
        "job": "7", "count": 1, "hours": 1.0, "accelerators": 8, "submitted": None, "team": "lab",
        "tags": "train;qos:normal",
    }  # fmt: skip
    assert rows(found, "submitted") == [("2026-03-01T00:00:00",)]


def test_columns_in_another_order_and_others_between_change_nothing(tmp_path: Path) -> None:
    names = SACCT_HEAD.split("|")
    cells = dict(zip(names, job_line().split("|"), strict=True)) | {"Comment": "a, b; c", "JobName": "x"}
    order = ["Comment", *reversed(names), "JobName"]
    text = sacct("|".join(cells[name] for name in order), head="|".join(order))
    other = read("slurm", write(tmp_path, text, "other.txt"))
    assert other.table.equals(read("slurm", write(tmp_path, sacct(job_line()))).table)


def test_a_bar_at_the_end_of_each_line_and_a_second_header_are_read(tmp_path: Path) -> None:
    """`sacct --parsable`, and the output of several calls in one file."""
    lines = [job_line("1") + "|", SACCT_HEAD + "|", job_line("2") + "|"]
    found = read("slurm", write(tmp_path, sacct(*lines, head=SACCT_HEAD + "|")))
    assert rows(found, "job") == [("1",), ("2",)]
    assert found.tally.read == 2


def test_steps_are_counted_and_skipped(tmp_path: Path) -> None:
    steps = [job_line(job) for job in ("7.batch", "7.extern", "7.0", "9_4.batch", "9+0.0", "7.interactive")]
    found = read("slurm", write(tmp_path, sacct(job_line(), *steps)))
    assert rows(found, "job") == [("7",)]
    assert dropped(found) == {"STEP": 6}


def test_an_array_that_waits_is_one_row_of_as_many_jobs(tmp_path: Path) -> None:
    lines = [waiting_line("9_[1-10%4]"), job_line("9_11"), job_line("10+0"), job_line("10+1")]
    found = read("slurm", write(tmp_path, sacct(*lines)), estimate=0.5)
    expected = [("9_[1-10%4]", 10, 16, 1.0), ("9_11", 1, 8, 1.0), ("10+0", 1, 8, 1.0), ("10+1", 1, 8, 1.0)]
    assert rows(found, "job", "count", "accelerators", "hours") == expected
    assert found.tally.units == 13
    assert found.tally.accelerator_hours == 160 + 24


@pytest.mark.parametrize(
    ("tasks", "size"),
    [
        ("4", 1), ("1-10", 10), ("1-10%4", 10), ("1,3,5-9", 7), ("0-9:3", 4), ("0x1F", 5), ("0x7FE%2", 10),
        ("1-10,...", None), ("", None), ("9-1", None), ("1-9:0", None), ("a", None),
    ],
)  # fmt: skip
def test_the_tasks_of_an_array_are_counted(tasks: str, size: int | None) -> None:
    assert array_size(tasks) == size


def test_ids_that_are_none_and_arrays_that_are_cut_off_are_unreadable(tmp_path: Path) -> None:
    found = read("slurm", write(tmp_path, sacct(job_line(), waiting_line("9_[1-3,...]"), job_line("x"), job_line(""))))
    assert dropped(found) == {"UNREADABLE": 3}
    (examples,) = found.tally.examples.values()
    assert examples[0].endswith("log.txt:3 (JobID '9_[1-3,...]')")


@pytest.mark.parametrize(
    ("text", "gpus", "cores"),
    [
        ("billing=9,cpu=112,gres/gpu=8,mem=2T", 8, 112),
        ("cpu=1,gres/gpu:h100=8,gres/gpu=8", 8, 1),
        ("gres/gpu:h100=4,gres/gpu:a100=2", 6, None),
        ("gres/gpumem=80G,gres/gpuutil=90,cpu=2", None, 2),
        ("gres/tpu=4", 4, None),
        ("gres/gpu=-8,cpu=x", None, None),
        ("", None, None),
        (None, None, None),
    ],
)
def test_accelerators_and_processors_in_resources(text: str | None, gpus: int | None, cores: int | None) -> None:
    assert [None if value != value else value for value in tres(text)] == [gpus, cores]


def test_what_a_job_got_counts_before_what_it_asked_for(tmp_path: Path) -> None:
    lines = [
        job_line("1", AllocTRES="gres/gpu=4", ReqTRES="gres/gpu=8"),
        job_line("2", AllocTRES="cpu=4", ReqTRES="gres/gpu=8"),
        job_line("3", AllocTRES="cpu=4,node=1", ReqTRES="cpu=4"),
        job_line("4", AllocTRES="gres/gpu=0"),
    ]
    found = read("slurm", write(tmp_path, sacct(*lines)))
    assert rows(found, "job", "accelerators") == [("1", 4), ("2", 8)]
    assert dropped(found) == {"NO_ACCELERATORS": 2}


def test_nodes_and_processors_count_where_that_is_asked(tmp_path: Path) -> None:
    line = job_line(AllocTRES="cpu=96,node=3", NNodes="3")
    log = write(tmp_path, sacct(line, job_line("8")))
    assert rows(read("slurm", log, per_node=4), "accelerators") == [(12,), (8,)]
    found = read("slurm", log, per_accelerator=64)
    assert rows(found, "accelerators") == [(2,), (8,)]
    assert "1 job asks for parts of accelerators, which are rounded up to whole ones: 0.5 of 10" in str(
        found.tally.notes
    )


def test_run_time_is_elapsed_time_where_that_differs_from_end_less_start(tmp_path: Path) -> None:
    """A job that was suspended for half of its time."""
    found = read("slurm", write(tmp_path, sacct(job_line(ElapsedRaw="1800"))))
    assert rows(found, "hours") == [(0.5,)]


def test_elapsed_and_limits_are_read_in_both_ways_of_writing(tmp_path: Path) -> None:
    head = "JobIDRaw|Submit|Start|End|Elapsed|Timelimit|ReqTRES|State"
    lines = [
        "1|2026-03-01T00:00:00|2026-03-01T00:00:00|2026-03-02T02:03:04|1-02:03:04|UNLIMITED|gres/gpu=1|TIMEOUT",
        "2|2026-03-01T00:00:00|2026-03-01T00:00:00|2026-03-01T00:30:00|30:00|01:00:00|gres/gpu=1|FAILED",
        "3|2026-03-01T00:00:00|Unknown|Unknown|00:00:00|2-00:00:00|gres/gpu=1|PENDING",
        "4|2026-03-01T00:00:00|Unknown|Unknown|00:00:00|Partition_Limit|gres/gpu=1|PENDING",
    ]
    found = read("slurm", write(tmp_path, sacct(*lines, head=head)), estimate=0.25)
    assert rows(found, "hours") == [(pytest.approx(26 + 3 / 60 + 4 / 3600),), (0.5,), (12.0,)]
    assert dropped(found) == {"NO_TIME": 1}


def test_without_elapsed_time_the_difference_of_start_and_end_is_taken(tmp_path: Path) -> None:
    head = "JobID|Submit|Start|End|AllocTRES"
    line = "1|2026-03-01T00:00:00|2026-03-01T01:00:00|2026-03-01T03:30:00|gres/gpu=1"
    assert rows(read("slurm", write(tmp_path, sacct(line, head=head))), "hours") == [(2.5,)]


@pytest.mark.parametrize(
    ("state", "started", "ended", "ran", "expected"),
    [
        ("COMPLETED", True, True, True, Fate.ENDED),
        ("COMPLETED", False, False, True, Fate.ENDED),
        ("OUT_OF_MEMORY", True, True, True, Fate.ENDED),
        ("REQUEUED", True, True, True, Fate.ENDED),
        ("CANCELLED by 1000", True, True, True, Fate.ENDED),
        ("CANCELLED by 1000", False, True, False, Fate.CANCELLED),
        ("CANCELLED+", True, True, False, Fate.CANCELLED),
        ("DEADLINE", False, True, False, Fate.CANCELLED),
        ("REVOKED", True, True, True, Fate.CANCELLED),
        ("PENDING", False, False, False, Fate.WAITING),
        ("RUNNING", True, False, True, Fate.RUNNING),
        ("SUSPENDED", True, False, True, Fate.RUNNING),
        ("COMPLETING", True, True, True, Fate.RUNNING),
        ("", True, True, True, Fate.ENDED),
        ("", True, False, True, Fate.RUNNING),
        ("", False, False, False, Fate.WAITING),
    ],
)
def test_states_say_how_far_a_job_has_come(state: str, started: bool, ended: bool, ran: bool, expected: Fate) -> None:
    assert fate(state, started, ended, ran) is expected


def test_each_reason_is_counted_with_the_first_three_places(tmp_path: Path) -> None:
    lines = [
        *(job_line(f"{k}", AllocTRES="cpu=1") for k in range(10, 15)),
        job_line("20", State="CANCELLED by 0", Start="None", ElapsedRaw="0"),
        job_line("21", ElapsedRaw="0", End="2026-03-01T01:00:00"),
        job_line("22", End="2026-03-01T00:30:00"),
        job_line("23", Start="2026-02-28T23:00:00"),
        job_line("24", ElapsedRaw="-5"),
        job_line("25", ElapsedRaw="x"),
        job_line("26", Submit="2026-13-01T00:00:00"),
        job_line("27", Submit="1970-01-01T00:00:00"),
        job_line("28", ElapsedRaw="3600000001"),
        waiting_line("29"),
        "1|2|3",
        job_line("30"),
    ]
    found = read("slurm", write(tmp_path, sacct(*lines)))
    assert rows(found, "job") == [("30",)]
    assert dropped(found) == {
        "NO_ACCELERATORS": 5, "CANCELLED": 1, "NO_LENGTH": 1, "BACKWARDS": 2, "IMPOSSIBLE": 3, "UNREADABLE": 3,
        "NO_TIME": 1,
    }  # fmt: skip
    said = {reason.name: examples for reason, examples in found.tally.examples.items()}
    log = tmp_path / "log.txt"
    assert said["NO_ACCELERATORS"] == [f"{log}:{line} ({line + 8}: accelerators not said)" for line in (2, 3, 4)]
    assert said["BACKWARDS"][0] == (
        f"{log}:9 (22: submitted 2026-03-01T00:00:00Z, began 2026-03-01T01:00:00Z, ended 2026-03-01T00:30:00Z)"
    )
    assert said["UNREADABLE"] == [
        f"{log}:12 (elapsedraw is not a number)", f"{log}:13 (submit is not a time)",
        f"{log}:17 (3 cells, the header has 14)",
    ]  # fmt: skip


def test_a_requeued_job_has_a_row_for_each_run_and_an_overlap_of_logs_has_none(tmp_path: Path) -> None:
    again = job_line("7", Submit="2026-03-01T02:00:00", Start="2026-03-01T03:00:00", End="2026-03-01T04:00:00")
    first = write(tmp_path, sacct(job_line("7", State="REQUEUED"), again, job_line("8")), "a.txt")
    second = write(tmp_path, sacct(again, job_line("8"), job_line("9")), "b.txt")
    found = read("slurm", first, second)
    assert rows(found, "job") == [("7",), ("7#2",), ("8",), ("9",)]
    assert dropped(found) == {"REPEATED": 2}
    assert "1 name stood before; those jobs are called NAME#2" in " ".join(found.tally.notes)


def test_the_team_is_the_account_or_what_is_asked_for(tmp_path: Path) -> None:
    log = write(tmp_path, sacct(job_line()))
    assert rows(read("slurm", log, team="user"), "team") == [("ann",)]
    assert "team" not in read("slurm", log, team="none").table.column_names
    assert refused("slurm", log, team="usr") == "slurm knows no team by 'usr'. Did you mean 'user'?"


def test_qos_is_the_priority_if_asked_for(tmp_path: Path) -> None:
    found = read("slurm", write(tmp_path, sacct(job_line(), job_line("8", QOS="high"))), priority=True)
    assert rows(found, "priority") == [("normal",), ("high",)]
    assert "policy.priorities of the scenario must have: high, normal." in found.tally.notes


def test_several_partitions_are_several_tags_and_odd_letters_make_none(tmp_path: Path) -> None:
    found = read("slurm", write(tmp_path, sacct(job_line(Partition="a,b;c", QOS="x\x01y", Account="l\x01b"))))
    assert rows(found, "tags", "team") == [("a;b;c", None)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "the file is empty"),
        ("7|train\n", ":1: the first line does not name the columns of sacct, JobID among them"),
        ("JobID State\n7 COMPLETED\n", ":1: the first line does not name"),
        ("JobID|State\n7|COMPLETED\n", ":1: no column says how many accelerators a job had. Call: sacct"),
        ("JobID|ReqTRES|Start|Start\n", ":1: the column 'start' stands twice. Keep one."),
        (sacct(), "no job is left of 0 records."),
        (sacct(waiting_line()), "no job is left of 1 record (1 waits or runs, and no run time is known: "),
    ],
)
def test_a_file_without_jobs_is_one_error_with_the_remedy(text: str, words: str, tmp_path: Path) -> None:
    assert words in refused("slurm", write(tmp_path, text))

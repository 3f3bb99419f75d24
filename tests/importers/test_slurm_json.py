"""sacct --json: the shapes of different versions say what the text says."""

import json
from pathlib import Path
from typing import Any

import pytest
from importers.logs import dropped, job_line, read, refused, rows, sacct, waiting_line, write

from placement.importers.jobs.slurm_json import number

BEGIN = 1772323200
"""2026-03-01T00:00:00Z."""


def entry(job: int = 7, **more: Any) -> dict[str, Any]:
    """A job as `logs.job_line` has it, as version 23.11 and later write it."""
    return {
        "job_id": job,
        "account": "lab", "user": "ann", "group": "staff", "partition": "train", "qos": "normal",
        "allocation_nodes": 1,
        "array": {"job_id": 0, "task_id": {"set": False, "infinite": False, "number": 0}, "task": ""},
        "het": {"job_id": 0, "job_offset": {"set": False, "infinite": False, "number": 0}},
        "state": {"current": ["COMPLETED"], "reason": "None"},
        "time": {
            "submission": BEGIN, "start": BEGIN + 3600, "end": BEGIN + 7200, "elapsed": 3600,
            "limit": {"set": True, "infinite": False, "number": 120},
        },
        "tres": {
            "allocated": [{"type": "cpu", "name": "", "count": 64}, {"type": "gres", "name": "gpu", "count": 8}],
            "requested": [],
        },
        "steps": [{"step": {"id": {"job_id": job}}}],
        **more,
    }  # fmt: skip


def waiting(job: int = 8, **more: Any) -> dict[str, Any]:
    requested = [{"type": "gres", "name": "gpu:h100", "count": 16}]
    return entry(
        job,
        state={"current": "PENDING"},
        time={"submission": BEGIN, "start": 0, "end": 0, "elapsed": 0, "limit": 120},
        tres={"allocated": [], "requested": requested},
        **more,
    )


def document(*jobs: Any, **more: Any) -> str:
    return json.dumps({"meta": {"plugin": {"type": "openapi"}}, "jobs": jobs, "errors": [], **more}, indent=1)


def test_json_says_what_the_text_says(tmp_path: Path) -> None:
    text = read("slurm", write(tmp_path, sacct(job_line(), waiting_line())), estimate=0.5)
    made = read("slurm", write(tmp_path, document(entry(), waiting()), "log.json"), estimate=0.5)
    assert made.table.equals(text.table)


def test_arrays_and_parts_have_the_names_that_the_text_has(tmp_path: Path) -> None:
    task = {"job_id": 9, "task_id": {"set": True, "infinite": False, "number": 4}, "task": ""}
    jobs = [
        waiting(20, array={"job_id": 9, "task_id": {"set": False}, "task": "1-10%4"}),
        waiting(21, array={"job_id": 9, "task_id": None, "task": "0x1F"}),
        entry(22, array=task),
        entry(23, array={"job_id": 9, "task_id": 5}),
        entry(24, het={"job_id": 24, "job_offset": 1}),
        waiting(25, array={"job_id": 9, "task_id": None, "task": "1-3,..."}),
    ]
    found = read("slurm", write(tmp_path, document(*jobs)), estimate=1)
    expected = [("9_[1-10%4]", 10), ("9_[0x1F]", 5), ("9_4", 1), ("9_5", 1), ("24+1", 1)]
    assert rows(found, "job", "count") == expected
    assert dropped(found) == {"UNREADABLE": 1}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (5, 5.0), (0, 0.0), ({"set": True, "infinite": False, "number": 5}, 5.0), ({"number": 5}, 5.0),
        ({"set": False, "number": 5}, None), ({"set": True, "infinite": True, "number": 0}, None),
        (None, None), ("5", None), (True, None), (10**400, None), (float("inf"), None), ([], None),
    ],
)  # fmt: skip
def test_numbers_stand_plain_or_in_objects(value: Any, expected: float | None) -> None:
    found = number(value)
    assert (None if found != found else found) == expected


def test_a_job_that_completes_still_runs(tmp_path: Path) -> None:
    completing = entry(7, state={"current": ["COMPLETED", "COMPLETING"]})
    log = write(tmp_path, document(completing, entry(8)))
    assert dropped(read("slurm", log)) == {"NO_TIME": 1}


def test_entries_that_are_none_are_dropped_with_their_line(tmp_path: Path) -> None:
    log = write(tmp_path, document(entry(), 5, None, "x", {}, {"job_id": "7"}, [], entry(9, time=None, tres=7)))
    found = read("slurm", log)
    assert rows(found, "job") == [("7",)]
    assert dropped(found) == {"UNREADABLE": 4, "UNNAMED": 2, "CANCELLED": 1}
    line = next(number for number, text in enumerate(log.read_text().splitlines(), 1) if text.strip() == "5,")
    assert found.tally.examples[min(found.tally.examples)][0] == f"{log}:{line} (not an object)"


def test_a_list_alone_and_documents_one_after_the_other_are_read(tmp_path: Path) -> None:
    text = json.dumps([entry(1)]) + "\n" + document(entry(2)) + document() + document(entry(3))
    assert rows(read("slurm", write(tmp_path, text)), "job") == [("1",), ("2",), ("3",)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"jobs": [{"job_id": 1},', ":1: this is not JSON that can be read: Expecting value."),
        (
            '{"jobs": [\n{"job_id": 1}\n{"job_id": 2}]}',
            ":3: this is not JSON that can be read: '{' stands where one of",
        ),
        ('{"jobs": [], "jobs', ":1: this is not JSON that can be read: Unterminated string"),
        ('{"errors": [1, 2]}', ': the JSON document has no list "jobs". Give the whole output.'),
        ('{"jobs": 5}', 'the JSON document has no list "jobs"'),
        ("{5: 1}", "this is not JSON that can be read: a key is not text"),
        ('{"a": ' + "[" * 100_000, "this is not JSON that can be read: values are nested too deep"),
        ('{"a": ' + "9" * 5000 + "}", "this is not JSON that can be read"),
    ],
)
def test_what_is_not_json_is_one_error_with_its_line(text: str, words: str, tmp_path: Path) -> None:
    assert words in refused("slurm", write(tmp_path, text))

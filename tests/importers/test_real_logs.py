"""Real logs, where they are at hand: what is known of them is found again."""

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from importers.logs import SHARED, dropped, read, rows

FORMATS, JOBS = SHARED / "formats", SHARED / "jobs"


def there(path: Path) -> Path:
    if not path.is_file():
        pytest.skip(f"the file {path.name} is not at hand")
    return path


def test_an_output_of_sacct() -> None:
    path = there(FORMATS / "sacct_parsable2.txt")
    found = read("slurm", path, estimate=0.5)
    assert rows(found, "job", "team", "tags", "hours", "accelerators", "submitted") == [
        ("10001", "lab1", "train", 48.0, 128, "2026-03-01T00:10:00"),
        ("10002", "lab2", "train", 1.0, 8, "2026-03-01T01:00:00"),
        ("10003", "lab1", "train", 84.0, 512, "2026-03-01T03:00:00"),
    ]
    found = read("slurm", path, at="2026-03-01T03:00", clusters={"train": "abilene"})
    assert rows(found, "job", "state", "hours_left") == [("10001", "running", 47.0)]
    assert dropped(found) == {"ENDED": 1, "NO_TIME": 1}


def test_a_job_of_kueue_and_a_task_of_skypilot() -> None:
    found = read("kubernetes", there(FORMATS / "kueue_job.yaml"), estimate=0.25)
    assert rows(found, "job", "team", "tags", "hours", "accelerators") == [
        ("team-a/finetune", "team-a", "team-a-queue", 12.0, 128),
    ]
    found = read("skypilot", there(FORMATS / "skypilot_task.yaml"), hours=24)
    assert rows(found, "job", "tags", "hours", "accelerators") == [("pretrain", "H100", 24.0, 128)]


def test_the_log_of_the_nasa_ipsc() -> None:
    """18,239 jobs on 128 nodes from 1 October 1993 in California; the archive gives its load as 47 %."""
    found = read("swf", there(FORMATS / "NASA-iPSC-1993-3.1-cln.swf.gz"))
    assert found.tally.read == 18239
    assert dropped(found) == {"NO_LENGTH": 173}
    assert rows(found, "submitted")[0] == ("1993-10-01T07:00:03",)
    assert set(found.table.column("team").to_pylist()) == {"group-1", "group-2"}
    hours = np.array(found.table.column("hours")) * np.array(found.table.column("accelerators"))
    span = (found.tally.last_s - found.tally.first_s) / 3600
    assert hours.sum() / (128 * span) == pytest.approx(0.466, abs=0.005)


def test_the_philly_table_keeps_every_accelerator_hour() -> None:
    path = there(JOBS / "philly_first_80_days.parquet")
    found = read("philly", path, start="2027-01-04")
    log = pq.read_table(path)
    assert found.tally.kept == found.tally.read == log.num_rows == 70717
    total = (np.array(log.column("duration_s")) * np.array(log.column("gpus"))).sum() / 3600
    assert found.tally.accelerator_hours == pytest.approx(total)
    assert found.table.column("team").to_pylist() == log.column("group").to_pylist()
    day = read("philly", path, start="2027-01-04", from_="2027-02-05", to="2027-02-06", onto="2027-06-07")
    seconds = np.array(log.column("submit_s"))
    assert day.tally.kept == ((seconds >= 32 * 86400) & (seconds < 33 * 86400)).sum()
    assert rows(day, "submitted")[0][0].startswith("2027-06-07T00:")


def test_the_alibaba_table_has_processors_only() -> None:
    found = read("alibaba", there(JOBS / "alibaba_pai_year_100k.parquet"), start="2027-01-07", per_accelerator=8)
    assert found.tally.kept == found.tally.read == 99998
    assert "96,976 jobs ask for parts of accelerators" in " ".join(found.tally.notes)

"""Logs for tests: written into files, read, and compared as plain rows."""

from pathlib import Path
from typing import Any

import pytest

from placement.errors import PlacementError
from placement.importers import Imported, read_jobs

SACCT_HEAD = "JobID|Partition|Account|User|QOS|Submit|Start|End|ElapsedRaw|TimelimitRaw|NNodes|AllocTRES|ReqTRES|State"
SHARED = Path(__file__).parents[3] / "shared" / "data"
"""Real files; not part of the project."""


def sacct(*lines: str, head: str = SACCT_HEAD, end: str = "\n") -> str:
    """The text that sacct prints."""
    return end.join([head, *lines, ""])


def job_line(job: str = "7", **cells: str) -> str:
    """A line of a job that ran for an hour on 8 GPUs, with other cells by the names of their columns."""
    usual = {
        "JobID": job, "Partition": "train", "Account": "lab", "User": "ann", "QOS": "normal",
        "Submit": "2026-03-01T00:00:00", "Start": "2026-03-01T01:00:00", "End": "2026-03-01T02:00:00",
        "ElapsedRaw": "3600", "TimelimitRaw": "120", "NNodes": "1", "AllocTRES": "cpu=64,gres/gpu=8,node=1",
        "ReqTRES": "", "State": "COMPLETED",
    }  # fmt: skip
    return "|".join({**usual, **cells}[name] for name in SACCT_HEAD.split("|"))


def waiting_line(job: str = "8", **cells: str) -> str:
    """A line of a job that waits for 16 GPUs, for at most two hours."""
    usual = {
        "Start": "Unknown", "End": "Unknown", "ElapsedRaw": "0", "AllocTRES": "", "ReqTRES": "cpu=128,gres/gpu=16",
        "State": "PENDING",
    }  # fmt: skip
    return job_line(job, **{**usual, **cells})


def write(folder: Path, content: str | bytes, name: str = "log.txt") -> Path:
    """A file with a content."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def read(name: str, *files: Path, **asked: Any) -> Imported:
    """The jobs in files; what was read is what was kept and dropped."""
    found = read_jobs(name, files, **asked)
    tally = found.tally
    assert tally.read == tally.kept + sum(tally.dropped.values())
    assert tally.kept == found.table.num_rows
    assert set(tally.examples) == set(tally.dropped)
    return found


def rows(found: Imported, *names: str) -> list[tuple[Any, ...]]:
    """Some columns, row by row; moments as text."""
    columns = [found.table.column(name).to_pylist() for name in names]
    return [
        tuple(cell.strftime("%Y-%m-%dT%H:%M:%S") if hasattr(cell, "strftime") else cell for cell in row)
        for row in zip(*columns, strict=True)
    ]


def dropped(found: Imported) -> dict[str, int]:
    """How many records were dropped for which reason."""
    return {reason.name: count for reason, count in found.tally.dropped.items()}


def refused(name: str, *files: Path, **asked: Any) -> str:
    """What is said of files that cannot be read."""
    with pytest.raises(PlacementError) as caught:
        read_jobs(name, files, **asked)
    return str(caught.value)

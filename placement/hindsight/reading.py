"""A log in a file, as `what_if` takes it: jobs that have run, with when they began and where."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from placement.errors import PlacementError
from placement.importers.format import JobFormat, format_named
from placement.importers.jobs.frames import header_of
from placement.importers.jobs.importing import Imported, read_jobs
from placement.importers.jobs.texts import begins, check_there, wrong

KEPT = (
    "class", "delay_usd_per_hour", "utilization", "memory_gb", "home", "residency", "max_rtt_ms",
    "max_contact_gap_hours", "sync_gbps", "dataset_tb", "checkpoint_tb", "result_tb", "clusters", "not_clusters",
)  # fmt: skip
"""Columns of the jobs table that say how a job can run, whatever became of it; a table may have them."""


def read_log(file: str | Path, format_name: str | None = None, **asked: Any) -> Imported:
    """The jobs of a log that have run, in whatever way they ended.

    Parameters
    ----------
    file : path
    format_name : str, optional
        One of `placement.importers.formats()`. Left out: `table` for CSV and Parquet files, `slurm` for what sacct
        prints, `swf` for names that end in `.swf` or `.swf.gz`.
    asked
        As of `placement.importers.read_jobs`, but for what plans: `at`, `clusters`, `estimate`, `hours`,
        `accelerator`. Of a table the columns `cluster` (the place where a job ran) and those that say how it can run
        are found by themselves.

    Returns
    -------
    Imported
        Columns job, hours (run time as it was), accelerators, submitted, started, cluster (the partition); and what
        was left out for which reason.

    Raises
    ------
    PlacementError
        If there is no such file, it is a folder or cannot be read, the format is not known, or no job is left.
    """
    path = Path(file)
    name = format_name or guessed(path)
    if not isinstance(format_named(name), JobFormat):
        raise PlacementError(f"{name} is not a format of jobs. Give --format slurm, swf or another of these.")
    if name == "table":
        asked["columns"] = _columns(path, asked.get("columns") or {}, asked.get("ignore") or ())
    return read_jobs(name, path, finished=True, **asked)


def guessed(file: Path) -> str:
    """The format of a file by its name, or its first letters."""
    name = file.name.lower()
    if name.endswith((".parquet", ".csv")):
        return "table"
    if name.endswith((".swf", ".swf.gz")):
        return "swf"
    check_there(file, "Give the path of a log, or of a table.")
    if file.is_dir():
        remedy = "Give the file of the log; a folder of manifests is read with --format kubernetes."
        raise wrong(str(file), "this is a folder.", remedy)
    if begins(file).lower() == "j":
        return "slurm"
    raise PlacementError(
        f"{file}: its name does not say of which format it is. Give --format slurm, swf, kubernetes, philly, alibaba "
        "or table."
    )


def _columns(file: Path, given: Mapping[str, str], ignored: Iterable[str]) -> dict[str, str]:
    """Columns of a table that are read: those that are given, and those whose name is ours."""
    free = set(header_of(file)) - set(given.values()) - set(ignored)
    found = {name: name for name in KEPT if name in free and name not in given}
    if "cluster" in free and "partition" not in given:
        found["partition"] = "cluster"
    return {**found, **given}

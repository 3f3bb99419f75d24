"""Importers: files that others have, as files that a scenario takes.

    from placement.importers import read_jobs
    jobs = read_jobs("slurm", ["sacct.txt"], time_zone="Europe/Berlin", accelerator="a100-80gb")
    jobs.table          # Arrow, the columns of the jobs table
    jobs.tally.dropped  # how many records were dropped for which reason

`write_jobs` writes the table batch by batch, for logs of any length; `formats` lists what is read. Other packages add
formats by entry points: `placement.importers.format`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from placement.importers.format import FileFormat, JobFormat, format_named, formats
    from placement.importers.jobs.importing import Imported, read_jobs, write_jobs
    from placement.importers.jobs.logged import Fate, Records, records_of, unread
    from placement.importers.jobs.tally import Reason, Tally

_WHERE = {
    "Fate": "jobs.logged",
    "FileFormat": "format",
    "Imported": "jobs.importing",
    "JobFormat": "format",
    "Reason": "jobs.tally",
    "Records": "jobs.logged",
    "Tally": "jobs.tally",
    "format_named": "format",
    "formats": "format",
    "read_jobs": "jobs.importing",
    "records_of": "jobs.logged",
    "unread": "jobs.logged",
    "write_jobs": "jobs.importing",
}

__all__ = [
    "Fate", "FileFormat", "Imported", "JobFormat", "Reason", "Records", "Tally", "format_named", "formats",
    "read_jobs", "records_of", "unread", "write_jobs",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """Public names, imported when they are first asked for."""
    if name in _WHERE:
        import importlib

        value = getattr(importlib.import_module(f"placement.importers.{_WHERE[name]}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'placement.importers' has no attribute '{name}'")

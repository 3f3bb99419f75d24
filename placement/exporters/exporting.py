"""The front door: a plan in, files for a scheduler, a calendar or a spreadsheet out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from placement.errors import PlacementError, PlanError
from placement.exporters import icalendar, kueue, rows, skypilot, slurm
from placement.exporters.schedule import Schedule, schedule
from placement.exporters.settings import ExportSettings
from placement.loader.wording import did_you_mean
from placement.verifier import Verification, verify

if TYPE_CHECKING:
    from placement.folder import Stored

Writer = Callable[[Schedule, ExportSettings], dict[str, bytes]]

FORMATS: dict[str, dict[str, Writer]] = {
    "slurm": {"": slurm.folder, ".json": slurm.document},
    "kueue": {".yaml": kueue.manifests, ".yml": kueue.manifests},
    "skypilot": {"": skypilot.tasks},
    "icalendar": {".ics": icalendar.calendar},
    "csv": {".csv": rows.csv_file, ".parquet": rows.parquet_file},
}
"""By format and ending of the file, "" for a folder, what writes it; the first ending is the usual one."""

ONE_CLUSTER = ("slurm", "kueue", "skypilot")
"""Formats that can tell only what runs on one cluster and does not run yet."""


@dataclass(frozen=True)
class Exported:
    """A plan in another format."""

    kind: str
    """The format."""
    files: Mapping[str, bytes]
    """Content by name in the folder; of a format of one file by ""."""
    runs: int
    """Runs, alike units as one,"""
    units: int
    """and units that are placed, those that run already included."""
    running: int
    """Units that run already,"""
    to_stop: int
    """and of these those that are to stop for a while, at the end of their row: their next pieces are told as runs."""
    apart: int
    """Units on several clusters at once, which the format only lists."""
    deferred: int
    rejected: int
    """Units that are not placed; they are listed."""
    findings: int
    """Places in which the plan breaks rules of its scenario."""


def export(
    stored: Stored,
    kind: str,
    settings: ExportSettings | None = None,
    *,
    ending: str | None = None,
    unchecked: bool = False,
) -> Exported:
    """A plan as files for a scheduler, a calendar or a spreadsheet.

    Every run is there with its start, its cluster, the other clusters where it may run in order of what it would cost
    there (`placement.exporters.ranking`), and a priority by the plan's order (`placement.exporters.priorities`). Runs
    that go on already are told as such and not begun anew. Modules, flights, flows and power are not exported.

    Parameters
    ----------
    stored : Stored
        As `placement.read_plan` gives it.
    kind : str
        The format: slurm, kueue, skypilot, icalendar, csv. The module of each names its specification.
    settings : ExportSettings, optional
        What the scheduler calls clusters and accelerators, time zone, margins.
    ending : str, optional
        Of the file, where the format has several: `.json` of slurm, `.parquet` of csv; "" is a folder.
    unchecked : bool
        Whether a plan that breaks rules of its scenario is exported all the same.

    Returns
    -------
    Exported
        The files' contents; nothing is written.

    Raises
    ------
    PlanError
        If the plan breaks rules of its scenario.
    PlacementError
        If there is no such format or ending, or a setting or name is none that the format takes.
    """
    settings = settings or ExportSettings()
    if kind not in FORMATS:
        raise PlacementError(f"there is no format '{kind}'. {did_you_mean(kind, FORMATS)}".strip())
    writers = FORMATS[kind]
    ending = next(iter(writers)) if ending is None else ending
    if ending not in writers:
        raise PlacementError(f"{kind} is not written as '{ending}'. {did_you_mean(ending, writers)}".strip())
    settings.check(stored.scenario)
    checked = verify(stored.scenario, stored.plan, read=True)
    if not unchecked:
        _check(checked)
    found = schedule(stored, checked)
    apart = (
        0
        if kind not in ONE_CLUSTER
        else sum(r.count for r in found.runs if r.segment == 1 and not r.alone and not r.running)
    )
    first = [run for run in found.runs if run.segment == 1]
    return Exported(
        kind=kind,
        files=writers[ending](found, settings),
        runs=len(found.runs),
        units=sum(run.count for run in first),
        running=sum(run.count for run in first if run.running),
        to_stop=sum(run.count for run in first if run.running and run.segments > 1),
        apart=apart,
        deferred=sum(away.count for away in found.away if away.outcome == "deferred"),
        rejected=sum(away.count for away in found.away if away.outcome == "rejected"),
        findings=len(checked.findings),
    )


def _check(checked: Verification) -> None:
    """Complain of a plan that breaks rules."""
    if not checked.ok:
        count = len(checked.findings)
        raise PlanError(
            f"the plan breaks rules of its scenario in {count:,} {'place' if count == 1 else 'places'}, the first: "
            f"{checked.findings[0]} Solve again, or export it unchecked: --unchecked."
        )

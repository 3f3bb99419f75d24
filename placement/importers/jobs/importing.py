"""Imports of jobs: records of a format, judged, as rows of a table."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from placement.errors import PlacementError
from placement.importers.format import JobFormat, added, format_named
from placement.importers.jobs.asked import LATEST, REFERENCE, Asked, asked_of
from placement.importers.jobs.judged import Judge, Rows
from placement.importers.jobs.parsed import iso
from placement.importers.jobs.tally import MOST_PRIORITIES, Tally, hours_text
from placement.importers.jobs.writing import ENDINGS, sink, table_of
from placement.importers.wanted import check_place, counted

if TYPE_CHECKING:
    import pyarrow as pa

Progress = Callable[[int, int], None]
"""Is told how many records were read and kept."""


@dataclass(frozen=True)
class Imported:
    """Jobs that were read."""

    table: pa.Table
    """Columns of the jobs table; `placement.scenario(..., tables={"jobs": table})` takes it."""
    tally: Tally


def read_jobs(format_name: str, files: str | Path | Sequence[str | Path], **asked: Any) -> Imported:
    """The jobs in files, as a table in memory, and what was dropped and why.

    Parameters
    ----------
    format_name : str
        One of `formats()`.
    files : path or sequence of path
        For `kubernetes` also folders.
    from_, to : str or datetime, optional
        Jobs submitted from then on, and before then. Here and below a moment without a zone is in the log's.
    at : str or datetime, optional
        The moment of planning: what ran then has `state: running`, what ended before is dropped; `"latest"` is the
        latest time that the log mentions. Needs `clusters`. Left out: every job is one to be placed.
    clusters : mapping, optional
        The cluster (or `CLUSTER/POOL`) of each partition, for what runs; the key `""` stands for all others.
    onto : str or datetime, optional
        All moments are moved so that `at` (left out: `from_`) falls on this one.
    start : str or datetime, optional
        The moment of second 0, for logs that count seconds.
    accelerator : str, optional
        That of the log, of the catalogue: hours become hours on `reference` by the ratio of their peaks. Left out:
        hours are taken as they are.
    reference : str
        On which a scenario counts hours.
    per_node : int, optional
        Accelerators of a node, for records with nodes and no accelerators.
    per_accelerator : float, optional
        Processors of an accelerator, for records with processors and no accelerators; parts are rounded up.
    estimate : float, optional
        Share of the time limit that is taken where no run time is known. Left out: such jobs are dropped.
    hours : float, optional
        Run time, h, where `estimate` gives none.
    time_zone : str, optional
        Of times without one. Left out: what the log names, else UTC.
    columns : mapping, optional
        For `table`: the column of the file for each name.
    ignore : sequence of str, optional
        For `table`: columns of the file that are not read, nor guessed at.
    team : str, optional
        Which field of the log is the team; `"none"`: no team.
    priority : bool
        Whether the log's priority class is written, which `policy.priorities` of the scenario must name.
    options : mapping, optional
        For formats of other packages.
    finished : bool
        The jobs that have run, in whatever way they ended, and no others: `started` is when they began, `cluster` the
        partition in which they ran, `hours` how long; for `placement.what_if`.

    Raises
    ------
    PlacementError
        If a file cannot be read, what is asked cannot be, or no job is left.
    """
    import pyarrow as pa

    tables: list[Any] = []
    tally = _import(format_name, _paths(files), asked, lambda rows: tables.append(table_of(rows)), None)
    return Imported(pa.concat_tables(tables).combine_chunks(), tally)


def write_jobs(
    format_name: str,
    files: str | Path | Sequence[str | Path],
    out: str | Path,
    progress: Progress | None = None,
    **asked: Any,
) -> Tally:
    """Write the jobs in files as a jobs table, batch by batch, and say what was dropped and why.

    Parameters
    ----------
    format_name, files
        As `read_jobs`, as are further ones.
    out : path
        Ends in `.parquet` or `.csv`. It is there whole or not at all.
    progress : function, optional
        Is called with the number of records read and kept after each batch.

    Raises
    ------
    PlacementError
        As `read_jobs`; or if the table cannot be written.
    """
    paths, out = _paths(files), Path(out)
    check_place(out, ENDINGS, paths)
    with sink(out) as made:
        return _import(format_name, paths, asked, lambda rows: made.add(table_of(rows)), progress)


def _paths(files: str | Path | Sequence[str | Path]) -> list[Path]:
    return [Path(files)] if isinstance(files, str | Path) else [Path(file) for file in files]


def _import(
    name: str, files: list[Path], given: dict[str, Any], take: Callable[[Rows], None], progress: Progress | None
) -> Tally:
    found = format_named(name)
    if not isinstance(found, JobFormat):
        raise PlacementError(f"{name} is not a format of jobs. Use `placement import {name} FILE -o OUT`.")
    tally = Tally(name, [str(file) for file in files])
    log_zone = getattr(found, "log_zone", None)
    asked = asked_of(name, found, log_zone=log_zone(files) if log_zone else None, **given)
    with np.errstate(invalid="ignore", over="ignore"), _blamed(name):  # nan is not known; what is infinite is dropped
        if asked.latest:
            asked = replace(asked, at_s=_latest(found, files, asked))
        judge = Judge(found, asked, tally)
        for records in found.records(files, asked, tally.note):
            rows = judge.rows(records)
            if len(rows):
                take(rows)
            if progress is not None:
                progress(tally.read, tally.kept)
    _note(found, asked, given, log_zone is not None, tally)
    if tally.kept == 0:
        why = "; ".join(
            f"{count:,} {reason.words}: {tally.examples[reason][0]}" for reason, count in sorted(tally.dropped.items())
        )
        remedies = [reason.remedy for reason in sorted(tally.dropped) if reason.remedy]
        fact = f"no job is left of {counted(tally.read, 'record')}" + (f" ({why})." if why else ".")
        raise PlacementError(" ".join([fact, *remedies]))
    return tally


@contextmanager
def _blamed(name: str) -> Iterator[None]:
    """What goes wrong in a format of another package is told as such."""
    package = added(name)
    try:
        yield
    except PlacementError:
        raise
    except Exception as error:
        if package is None:
            raise
        reason = f"{type(error).__name__}: {error}".splitlines()[0]
        raise PlacementError(f"the format '{name}' of {package} failed ({reason}). Tell its authors.") from error


def _latest(found: JobFormat, files: list[Path], asked: Asked) -> float:
    """The latest time that a log mentions, Unix seconds."""
    latest = -math.inf
    for records in found.records(files, asked, lambda text: None):
        so_far = records.started + records.run_s
        for times in (records.submitted, records.started, records.ended, so_far):
            known = times[np.isfinite(times)]
            latest = max(latest, float(known.max(initial=-math.inf)))
    if not math.isfinite(latest):
        raise PlacementError(f"the log mentions no time. Give --at TIME instead of --at {LATEST}.")
    return latest


def _note(found: JobFormat, asked: Asked, given: dict[str, Any], own_zone: bool, tally: Tally) -> None:
    """Say what was taken for granted, and what was changed."""
    said = tally.said
    if asked.finished:
        tally.note("Hours are those on the accelerators on which jobs ran.")
    elif asked.accelerator is None:
        tally.note(f"Hours of the log count as hours on {asked.reference}; --accelerator NAME converts them.")
    else:
        tally.note(f"An hour on {asked.accelerator} counts {asked.speed:.4g} hours on {asked.reference}.")
    if "time_zone" in found.takes and not own_zone and not asked.zone_given and asked.start_s is None:
        tally.note("Times without a zone are taken as UTC; --time-zone ZONE says otherwise.")
    if asked.at_s is not None:
        tally.note(f"The moment of planning is {iso(asked.at_s + asked.shift_s)}; what ended before is history.")
    if asked.onto_s is not None:
        tally.note(f"All times are moved by {asked.shift_s / 86400:+,.1f} days.")
    if said["by_limit"]:
        share = "" if asked.estimate is None else f", times {asked.estimate:g}"
        tally.note(f"What is left of their time limit{share} is left of {counted(said['by_limit'], 'running job')}.")
    if said["estimated"]:
        how = [] if asked.estimate is None else [f"{asked.estimate:g} of the time limit"]
        how += [] if asked.hours is None else [f"{asked.hours:g} h" + (" where there is none" if how else "")]
        tally.note(f"The run time of {counted(said['estimated'], 'job')} is an estimate: {', '.join(how)}.")
    if said["rounded"]:
        asks = "asks" if said["rounded"] == 1 else "ask"
        fact = f"{counted(said['rounded'], 'job')} {asks} for parts of accelerators, which are rounded up to whole ones"
        hours = f"{hours_text(tally.rounded_hours)} of {hours_text(tally.accelerator_hours)} accelerator-hours"
        tally.note(f"{fact}: {hours} come of that.")
    if said["renamed"]:
        tally.note(f"{counted(said['renamed'], 'name')} stood before; those jobs are called NAME#2, NAME#3 and so on.")
    if tally.priorities:
        names = ", ".join(sorted(tally.priorities)[:MOST_PRIORITIES])
        more = " and others" if len(tally.priorities) >= MOST_PRIORITIES else ""
        tally.note(f"policy.priorities of the scenario must have: {names}{more}.")


__all__ = ["LATEST", "REFERENCE", "Imported", "read_jobs", "write_jobs"]

"""A plan as one table: a row for each part of each run, and one for units of each job that are not placed."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Mapping
from typing import Any

from placement.exporters.schedule import Schedule
from placement.exporters.settings import ExportSettings
from placement.exporters.written import utc

COLUMNS: dict[str, str] = {
    "job": "text",
    "outcome": "text",
    "count": "int",
    "group": "int",
    "segment": "int",
    "part": "int",
    "cluster": "text",
    "pool": "text",
    "accelerator": "text",
    "accelerators": "int",
    "start": "moment",
    "end": "moment",
    "clusters": "list",
    "priority": "int",
    "unit_usd": "float",
    "team": "text",
    "reason": "text",
}
"""Columns and what they hold. outcome: placed, running, deferred, rejected; what a row has not is empty. `clusters` are
those on which it may run, in order, in CSV with ` / ` between them, which no name has."""

BETWEEN = " / "

FORMULA = re.compile(r"[=+\-@\t\r]")
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


def csv_file(schedule: Schedule, settings: ExportSettings) -> dict[str, bytes]:
    """The table as CSV (RFC 4180, lines end with LF), UTF-8."""
    return {"": csv_of(schedule)}


def parquet_file(schedule: Schedule, settings: ExportSettings) -> dict[str, bytes]:
    """The table as Parquet: moments as such, `clusters` as lists, text as it is."""
    import pyarrow as pa
    import pyarrow.parquet

    kinds = {
        "text": pa.string(), "int": pa.int64(), "float": pa.float64(), "moment": pa.timestamp("us", tz="UTC"),
        "list": pa.list_(pa.string()),
    }  # fmt: skip
    cells = _cells(schedule)
    table = pa.table({name: pa.array(cells[name], kinds[kind]) for name, kind in COLUMNS.items()})
    sink = io.BytesIO()
    pyarrow.parquet.write_table(table, sink)
    return {"": sink.getvalue()}


def csv_of(schedule: Schedule, files: Mapping[int, str] | None = None) -> bytes:
    """The table as CSV; with `files` one more column, the file of each run by its number."""
    cells = _cells(schedule, files)
    kinds = COLUMNS | ({"file": "text"} if files is not None else {})
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(kinds)
    for row in zip(*(cells[name] for name in kinds), strict=True):
        writer.writerow([_cell(value, kind) for value, kind in zip(row, kinds.values(), strict=True)])
    return text.getvalue().encode()


def harmless(text: str) -> str:
    """Text that no spreadsheet takes for a formula: an apostrophe before what begins like one and is no number.

    The rule of the tables of reports.
    """
    return f"'{text}" if FORMULA.match(text) and not NUMBER.fullmatch(text) else text


def _cell(value: Any, kind: str) -> str:
    if value is None:
        return ""
    if kind == "moment":
        return utc(value)
    if kind == "list":
        return harmless(BETWEEN.join(value))
    return harmless(value) if kind == "text" else repr(value)


def _cells(schedule: Schedule, files: Mapping[int, str] | None = None) -> dict[str, list[Any]]:
    """Columns; None: nothing."""
    found: dict[str, list[Any]] = {name: [] for name in (*COLUMNS, "file")}

    def add(**cells: Any) -> None:
        for name, column in found.items():
            column.append(cells.get(name))

    for n, run in enumerate(schedule.runs):
        for number, part in enumerate(run.parts, 1):
            add(
                job=run.job, outcome="running" if run.running else "placed", count=run.count, group=run.group,
                segment=run.segment, part=number, cluster=part.cluster, pool=part.pool, accelerator=part.accelerator,
                accelerators=part.accelerators, start=run.start, end=run.end, clusters=list(run.clusters),
                priority=run.priority, unit_usd=round(run.usd, 2) if math.isfinite(run.usd) else None, team=run.team,
                file=files[n] if files is not None else None,
            )  # fmt: skip
    for away in schedule.away:
        add(job=away.job, outcome=away.outcome, count=away.count, team=away.team, reason=away.reason)
    return found

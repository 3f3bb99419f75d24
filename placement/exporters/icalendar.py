"""A plan as a calendar (RFC 5545): an event for each run, a to-do for units of each job that are not placed.

Events are transparent: they make nobody busy. The UID of one is made of scenario, job, group and segment alone, and
DTSTAMP says when it was written, so that a calendar that takes the file again moves what was there. What the standard
has no property for stands in X-PLACEMENT-JOB, -COUNT, -STATE and -CLUSTERS (3.8.8.2), lists with commas between.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime

from placement.exporters.schedule import Away, Run, Schedule
from placement.exporters.settings import ExportSettings
from placement.exporters.written import dollars, local

WIDTH = 75
"""Most octets of a line, its end left out (3.1)."""

PRODUCT = "-//Placement//placement export//EN"


def calendar(schedule: Schedule, settings: ExportSettings) -> dict[str, bytes]:
    """The calendar, UTF-8; lines end with CRLF and are folded."""
    name = schedule.stored.scenario.name
    stamp = _moment(settings.stamp or datetime.now(UTC))
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{PRODUCT}", "CALSCALE:GREGORIAN", f"X-WR-CALNAME:{text(name)}"]
    for run in schedule.runs:
        lines += _event(schedule, run, stamp)
    for away in schedule.away:
        lines += _to_do(schedule, away, stamp)
    lines.append("END:VCALENDAR")
    return {"": b"".join(folded(line) for line in lines)}


def _event(schedule: Schedule, run: Run, stamp: str) -> Iterator[str]:
    """Lines of the event of a run."""
    here = list(dict.fromkeys(part.cluster for part in run.parts))
    held = ", ".join(f"{part.accelerators} {part.accelerator} at {part.cluster}/{part.pool}" for part in run.parts)
    about = [
        f"{'Each of ' + str(run.count) + ' units' if run.count > 1 else 'One unit'} holds {held}.",
        f"Clusters in order: {'; '.join(run.clusters)}.",
        f"Priority {run.priority}, the higher the earlier.",
    ]
    if run.segments > 1:
        about.append(f"Segment {run.segment} of {run.segments}.")
    if dollars(run.usd):
        about.append(f"A unit costs ${dollars(run.usd)} there.")
    if run.running:
        about.append("It runs already.")
    yield "BEGIN:VEVENT"
    yield f"UID:{_uid(schedule, run.job, str(run.group), str(run.segment))}"
    yield f"DTSTAMP:{stamp}"
    yield f"DTSTART:{_moment(run.start)}"
    yield f"DTEND:{_moment(run.end)}"
    yield f"SUMMARY:{text(run.job + (f' ×{run.count}' if run.count > 1 else ''))}"
    yield f"LOCATION:{text('; '.join(here))}"
    yield f"DESCRIPTION:{text(chr(10).join(about))}"
    if run.team is not None:
        yield f"CATEGORIES:{text(run.team)}"
    yield "TRANSP:TRANSPARENT"
    yield f"X-PLACEMENT-JOB:{text(run.job)}"
    yield f"X-PLACEMENT-COUNT:{run.count}"
    yield f"X-PLACEMENT-STATE:{'running' if run.running else 'placed'}"
    yield f"X-PLACEMENT-CLUSTERS:{','.join(map(text, run.clusters))}"
    yield "END:VEVENT"


def _to_do(schedule: Schedule, away: Away, stamp: str) -> Iterator[str]:
    """Lines of the to-do of units that are not placed."""
    words = "put off" if away.outcome == "deferred" else "turned away"
    deadline = schedule.moment("deadline", away.row)
    yield "BEGIN:VTODO"
    yield f"UID:{_uid(schedule, away.job, away.outcome)}"
    yield f"DTSTAMP:{stamp}"
    if deadline is not None:
        yield f"DUE:{_moment(deadline)}"
    yield f"SUMMARY:{text(f'{away.job}: {away.count} {words}')}"
    yield f"DESCRIPTION:{text(away.reason)}"
    if away.team is not None:
        yield f"CATEGORIES:{text(away.team)}"
    yield f"STATUS:{'NEEDS-ACTION' if away.outcome == 'deferred' else 'CANCELLED'}"
    yield f"X-PLACEMENT-JOB:{text(away.job)}"
    yield f"X-PLACEMENT-COUNT:{away.count}"
    yield f"X-PLACEMENT-STATE:{away.outcome}"
    yield "END:VTODO"


def _uid(schedule: Schedule, *told: str) -> str:
    """The same for the same thing of the same scenario, and for no other."""
    name = "\n".join((schedule.stored.scenario.name, *told))
    return f"{hashlib.sha256(name.encode()).hexdigest()[:32]}@placement"


def _moment(value: datetime) -> str:
    """Form 2 of 3.3.5: UTC."""
    return local(value).replace("-", "").replace(":", "") + "Z"


def text(value: str) -> str:
    """A TEXT value (3.3.11)."""
    return value.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def folded(line: str) -> bytes:
    """A line with its end, in pieces of at most WIDTH octets that begin with a space; no character is cut (3.1)."""
    octets = line.encode()
    pieces: list[bytes] = []
    first = 0
    while len(octets) - first > WIDTH - bool(pieces):
        end = first + WIDTH - bool(pieces)
        while octets[end] & 0xC0 == 0x80:
            end -= 1
        pieces.append(octets[first:end])
        first = end
    return b"\r\n ".join([*pieces, octets[first:]]) + b"\r\n"

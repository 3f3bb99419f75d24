"""Standard Workload Format, version 2.2 (Parallel Workloads Archive, Feitelson and others).

Source: https://www.cs.huji.ac.il/labs/parallel/workload/swf.html. A line is a job, 18 numbers, -1 for unknown; lines
that begin with `;` are comments, of which `UnixStartTime`, `TimeZoneString`, `Queue` and `Partition` are read.

Submission is second `UnixStartTime` plus field 2; start is submission plus wait (field 3), or submission itself where
the wait is unknown; run time is field 4, processors field 5, else 8; the limit is field 9. Accelerators are
processors, or processors / `--per-accelerator`. Lines of status 2, 3, 4 are parts of a job that was swapped out; its
own line comes before them. A job of status 5 that ran for no time was cancelled before it started.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from placement.errors import PlacementError
from placement.importers.jobs.asked import Asked
from placement.importers.jobs.logged import Fate, Records, Texts, unread
from placement.importers.jobs.parsed import column, mapped, numbers
from placement.importers.jobs.tally import Reason
from placement.importers.jobs.texts import LONGEST_LINE, blocks, wrong
from placement.importers.jobs.zones import Floats, TimeZone

FIELDS = 18
_SUBMIT, _WAIT, _RUN, _PROCESSORS, _ASKED_PROCESSORS, _LIMIT, _STATUS = 1, 2, 3, 4, 7, 8, 10
_USER, _GROUP, _QUEUE, _PARTITION = 11, 12, 14, 15
_HEADER = re.compile(r";\s*([A-Za-z]+)\s*:\s*(.*?)\s*")
_NAMED = re.compile(r"([0-9]+)\s+(\S.*)")


@dataclass
class _Header:
    """What the comments of a file say."""

    unix_start_s: float | None = None
    zone: str | None = None
    queues: dict[str, str] = field(default_factory=dict)
    partitions: dict[str, str] = field(default_factory=dict)

    def read(self, line: str) -> None:
        """Take a comment in."""
        found = _HEADER.fullmatch(line)
        if found is None:
            return
        key, value = found[1], found[2]
        if key == "UnixStartTime" and re.fullmatch(r"[0-9]{1,10}", value) and int(value) > 0:
            self.unix_start_s = float(value)
        elif key == "TimeZoneString":
            self.zone = value or None
        elif key in ("Queue", "Partition") and (named := _NAMED.fullmatch(value)):
            (self.queues if key == "Queue" else self.partitions)[named[1]] = named[2]


class Swf:
    """The format."""

    words = "Standard Workload Format, version 2.2, also .gz"
    takes = ("start", "time_zone", "per_accelerator")
    teams = ("group", "user", "queue", "partition")
    tags = (("queue", ""),)
    partition = "partition"
    priority = "queue"

    def log_zone(self, files: Sequence[Path]) -> str | None:
        """The time zone that the first file names, if it is one that is known; its times themselves are in UTC."""
        for _, lines in blocks(files[0]) if files else ():
            header = _Header()
            for line in lines:
                if line and line.lstrip().startswith(";"):
                    header.read(line.strip())
            try:
                return TimeZone(header.zone).name if header.zone else None
            except PlacementError:
                return None
        return None

    def records(self, files: Sequence[Path], asked: Asked, note: Callable[[str], None]) -> Iterator[Records]:
        """The jobs of files, in order."""
        if asked.per_accelerator is None:
            note("A processor of the log counts as an accelerator; --per-accelerator CORES says how many make one.")
        for file in files:
            yield from _of_file(file, asked, note)


FORMAT = Swf()


def _of_file(file: Path, asked: Asked, note: Callable[[str], None]) -> Iterator[Records]:
    header = _Header()
    any_lines = False
    for first, lines in blocks(file):
        good: list[list[str]] = []
        where: list[int] = []
        bad: list[tuple[int, str]] = []
        for number, line in enumerate(lines, first):
            if line is None:
                bad.append((number, f"the line has more than {LONGEST_LINE:,} characters"))
                continue
            cells = line.split()
            if not cells:
                continue
            if cells[0].startswith(";"):
                header.read(line.strip())
            elif len(cells) == FIELDS:
                good.append(cells)
                where.append(number)
            else:
                bad.append((number, f"{len(cells)} fields, not {FIELDS}"))
        if good:
            any_lines = True
            zero_s = asked.start_s if asked.start_s is not None else header.unix_start_s
            if zero_s is None:
                fact = "the log does not say when it begins (UnixStartTime)."
                raise wrong(f"{file}:{where[0]}", fact, "Give --start TIME, the moment of its second 0.")
            yield _batch(file, good, where, header, zero_s, asked)
        if bad:
            any_lines = True
            yield unread(str(file), bad)
    if not any_lines:
        raise wrong(str(file), "the file has no jobs.", "Give a log of the Standard Workload Format.")


def _batch(
    file: Path, rows: list[list[str]], where: list[int], header: _Header, zero_s: float, asked: Asked
) -> Records:
    """Lines of 18 fields."""
    broken = np.zeros(len(rows), dtype=bool)

    def read(index: int) -> Floats:
        found, bad = numbers(column([row[index] for row in rows]))
        broken[:] |= bad
        return np.where(found == -1, np.nan, found)

    def text(index: int, names: dict[str, str], word: str) -> Texts:
        cells = [row[index] for row in rows]
        return mapped(cells, lambda cell: None if cell == "-1" else names.get(cell, f"{word}-{cell}"))

    submitted, wait, run_s, status = read(_SUBMIT) + zero_s, read(_WAIT), read(_RUN), read(_STATUS)
    processors = read(_PROCESSORS)
    processors = np.where(processors > 0, processors, read(_ASKED_PROCESSORS))
    ran = run_s > 0
    never = (status == 5) & ~ran
    part = (status >= 2) & (status <= 4)
    fate = np.where(never, Fate.CANCELLED, np.where(np.isnan(run_s), Fate.WAITING, Fate.ENDED))
    started = submitted + np.where(np.isnan(wait), 0.0, wait)
    partitions = text(_PARTITION, header.partitions, "partition")
    queues = text(_QUEUE, header.queues, "queue")
    found = Records(
        file=str(file),
        numbers=np.array(where, dtype=np.int64),
        word="",
        names=[row[0] for row in rows],
        fate=fate.astype(np.int8),
        submitted=submitted,
        started=np.where(fate == Fate.ENDED, started, np.nan),
        ended=np.where(fate == Fate.ENDED, started + run_s, np.nan),
        run_s=run_s,
        limit_s=read(_LIMIT),
        accelerators=processors / (asked.per_accelerator or 1.0),
        texts={
            "group": text(_GROUP, {}, "group"),
            "user": text(_USER, {}, "user"),
            "queue": queues,
            "partition": [own or queue for own, queue in zip(partitions, queues, strict=True)],
        },
    )
    found.drop(broken, Reason.UNREADABLE, "a field is not a number")
    found.drop(part, Reason.PART)
    return found

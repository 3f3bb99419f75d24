"""Which records become rows of the jobs table, and what stands in these.

Hours are run time on the log's accelerators times the relative speed of these. At a moment of planning T (`--at`):

- a job that ended by T is history;
- one that began by T and ended after runs: what is left is the rest of its run;
- one that began by T and has not ended runs: what is left is the rest of its time limit, times `--estimate` if given;
- every other waits, though the log may know when it ran later.

Without T every job is one to be placed. Where finished jobs are asked for, those that have ended are rows, in whatever
way they ended, with when they began and the partition in which they ran; all others are dropped.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from placement.errors import PlacementError
from placement.importers.jobs.asked import ANYWHERE, Asked
from placement.importers.jobs.logged import Fate, Ints, Records, Texts
from placement.importers.jobs.parsed import iso, mapped
from placement.importers.jobs.seen import Seen
from placement.importers.jobs.tally import MOST_PRIORITIES, Reason, Tally
from placement.importers.jobs.zones import FIRST, LAST
from placement.loader.columns import columns_of
from placement.schema import Job
from placement.schema.fields import MOST

if TYPE_CHECKING:
    from placement.importers.format import JobFormat

MOST_HOURS = 1e6
MOST_ALIKE = 10**7
"""Bounds of the jobs table."""

LABEL = re.compile("[^\x00-\x1f\x7f-\x9f\ud800-\udfff]{1,200}")
"""A name that the jobs table takes."""

TIMED = (Reason.BACKWARDS, Reason.BEFORE, Reason.AFTER, Reason.ENDED, Reason.OVERRUN)
"""Reasons that lie in times, which are told."""

Mask = NDArray[np.bool_]


@dataclass
class Rows:
    """Rows of the jobs table by column; what is empty in a cell is nan or None."""

    names: list[str]
    columns: dict[str, Any]

    def __len__(self) -> int:
        return len(self.names)


class Judge:
    """Judges records one batch after the other; remembers which names and runs there were."""

    def __init__(self, form: JobFormat, asked: Asked, tally: Tally):
        self.form, self.asked, self.tally = form, asked, tally
        self.speed = asked.speed
        self.seen = Seen()
        self._columns: list[str] = []

    def rows(self, records: Records) -> Rows:
        """The rows that records become; what is dropped is told to the tally."""
        batch = _Batch(records, self.asked, self.form, self.tally)
        batch.judge(self.speed)
        renamed = self._names(records, batch)
        rows = np.flatnonzero(batch.reason == Reason.KEPT)
        self._tell(records, batch, rows)
        found = batch.rows(rows, renamed, self.speed)
        if len(found):
            self._columns = self._columns or list(found.columns)
            if list(found.columns) != self._columns:
                raise PlacementError("the files differ in what they say of jobs. Import them one by one.")
        return found

    def _names(self, records: Records, batch: _Batch) -> dict[int, str]:
        """Names that stood before and are numbered, by row; the same run once more is dropped."""
        kept = np.flatnonzero(batch.reason == Reason.KEPT)
        names = [str(records.names[row]) for row in kept.tolist()]
        again, renamed = self.seen.add(names, batch.submitted[kept], batch.started[kept])
        batch.reason[kept[again]] = Reason.REPEATED
        self.tally.said["renamed"] += len(renamed)
        return {int(kept[row]): name for row, name in renamed.items()}

    def _tell(self, records: Records, batch: _Batch, rows: Ints) -> None:
        tally = self.tally
        tally.read += len(records)
        tally.kept += len(rows)
        found, counts = np.unique(batch.reason, return_counts=True)
        for code, count in zip(found.tolist(), counts.tolist(), strict=True):
            if code == Reason.KEPT:
                continue
            reason = Reason(code)
            tally.drop(reason, count)
            for row in np.flatnonzero(batch.reason == code)[: max(tally.wants(reason), 0)].tolist():
                tally.example(reason, records.place(row), batch.detail(row, reason))
        if len(rows) == 0:
            return
        count = np.ones(len(rows), np.int64) if records.count is None else records.count[rows]
        running = batch.running[rows]
        hours = np.where(running, batch.left_s[rows], batch.work_s[rows]) / 3600 * self.speed
        tally.units += int(count.sum())
        tally.running += int(count[running].sum())
        tally.accelerator_hours += float((hours * batch.accelerators[rows] * count).sum())
        tally.said["estimated"] += int(batch.estimated[rows].sum())
        tally.said["by_limit"] += int(batch.by_limit[rows].sum())
        rounded = (batch.accelerators[rows] - records.accelerators[rows]) * hours * count
        tally.said["rounded"] += int((rounded > 0).sum())
        tally.rounded_hours += float(rounded.sum())
        known = batch.submitted[rows]
        known = known[np.isfinite(known)] + self.asked.shift_s
        if len(known):
            tally.first_s = min(tally.first_s, float(known.min()))
            tally.last_s = max(tally.last_s, float(known.max()))


class _Batch:
    """Records while they are judged; shape (n,) each."""

    def __init__(self, records: Records, asked: Asked, form: JobFormat, tally: Tally):
        self.records, self.asked, self.form, self.tally = records, asked, form, tally
        number = len(records)
        self.reason = records.dropped.copy()
        self.submitted, self.started = records.submitted, records.started
        self.ended, self.work_s = records.ended.copy(), records.run_s.copy()
        self.accelerators = np.ceil(records.accelerators)
        self.left_s = np.full(number, np.nan)
        self.running = np.zeros(number, dtype=bool)
        self.estimated = np.zeros(number, dtype=bool)
        self.by_limit = np.zeros(number, dtype=bool)
        self.clusters: list[tuple[str, str | None] | None] = []

    def judge(self, speed: float) -> None:
        """Give each record its reason, hours and state."""
        self._check()
        self._state()
        self._hours()
        self._drop(self.work_s * speed > MOST_HOURS * 3600, Reason.IMPOSSIBLE)
        self._where()

    def _drop(self, mask: Any, reason: Reason) -> None:
        self.reason[(self.reason == Reason.KEPT) & mask] = reason

    def _check(self) -> None:
        """Names, accelerators, and times by themselves."""
        records = self.records
        usable = [bool(name and LABEL.fullmatch(name) and name.strip() == name) for name in records.names]
        self._drop(~np.array(usable, dtype=bool), Reason.UNNAMED)
        self._drop(records.fate == Fate.CANCELLED, Reason.CANCELLED)
        self._drop(np.isnan(self.accelerators) | (records.accelerators == 0), Reason.NO_ACCELERATORS)
        self._drop((self.accelerators < 1) | (self.accelerators > MOST), Reason.IMPOSSIBLE)
        if records.count is not None:
            self._drop((records.count < 1) | (records.count > MOST_ALIKE), Reason.IMPOSSIBLE)
        for times in (self.submitted, self.started, self.ended):
            self._drop((times < FIRST) | (times >= LAST), Reason.IMPOSSIBLE)
        self._drop((records.run_s < 0) | (records.limit_s < 0), Reason.IMPOSSIBLE)
        self._drop((self.ended < self.started) | (self.started < self.submitted), Reason.BACKWARDS)

    def _state(self) -> None:
        """What runs at the moment of planning, and what is outside the span that is asked for."""
        asked, ended = self.asked, self.records.fate == Fate.ENDED
        self.work_s = np.where(ended & np.isnan(self.work_s), self.ended - self.started, self.work_s)
        self.ended = np.where(ended & np.isnan(self.ended), self.started + self.work_s, self.ended)
        if asked.finished:
            self._drop(~ended, Reason.UNFINISHED)
            self.started = np.where(np.isnan(self.started), self.ended - self.work_s, self.started)
            self.submitted = np.where(np.isnan(self.submitted), self.started, self.submitted)
            self._drop(np.isnan(self.started), Reason.UNDATED)
        if asked.at_s is not None:
            begun = self.started <= asked.at_s
            self.running = begun & ((self.records.fate == Fate.RUNNING) | (ended & ~(self.ended <= asked.at_s)))
            self._drop(ended & np.isnan(self.started), Reason.NO_START)
            self._drop(ended & (self.ended <= asked.at_s), Reason.ENDED)
        self._drop((self.submitted < asked.from_s) & ~self.running, Reason.BEFORE)
        self._drop((self.submitted >= asked.to_s) & ~self.running, Reason.AFTER)

    def _hours(self) -> None:
        """Seconds of work, and of running jobs what is left."""
        share, hours, limit = self.asked.estimate, self.asked.hours, self.records.limit_s
        ended = self.records.fate == Fate.ENDED
        unknown = ~ended | np.isnan(self.work_s)
        guess = np.full(len(limit), np.nan) if share is None else limit * share
        if hours is not None:
            guess = np.where(np.isnan(guess), hours * 3600, guess)
        so_far = np.where(self.records.fate == Fate.RUNNING, self.records.run_s, np.nan)
        guess = np.where(so_far > guess, so_far, guess)
        if self.asked.at_s is not None:
            self.by_limit = self.running & unknown
            so_far = self.asked.at_s - self.started
            rest = (limit - so_far) * (1.0 if share is None else share)
            if hours is not None:
                rest = np.where(np.isnan(limit), hours * 3600 - so_far, rest)
            self.left_s = np.where(self.by_limit, rest, np.minimum(self.ended - self.asked.at_s, self.work_s))
            self._drop(self.by_limit & (rest <= 0), Reason.OVERRUN)
            guess = np.where(self.by_limit, so_far + rest, guess)
        self.work_s = np.where(unknown, guess, self.work_s)
        self.estimated = unknown & ~self.by_limit
        self._drop(np.isnan(self.work_s), Reason.NO_TIME)
        self._drop((self.work_s <= 0) | (self.running & (self.left_s <= 0)), Reason.NO_LENGTH)

    def _where(self) -> None:
        """Cluster and pool of running jobs."""
        known = self.asked.clusters
        if not known:
            return
        everywhere = known.get(ANYWHERE)
        name = self.form.partition
        partitions = self.records.texts.get(name) if name else None
        found = [known.get(each or "", everywhere) for each in partitions or [None] * len(self.reason)]
        self._drop(self.running & np.array([each is None for each in found], dtype=bool), Reason.UNMAPPED)
        self.clusters = [each if runs else None for each, runs in zip(found, self.running, strict=True)]

    def detail(self, row: int, reason: Reason) -> str:
        """What to say of a dropped record: what is wrong with it, or its name."""
        if row in self.records.details:
            return self.records.details[row]
        name = self.records.names[row] or ""
        if reason is Reason.UNNAMED:
            return repr(name)
        times = {"submitted": self.submitted, "began": self.started, "ended": self.records.ended}
        said = ", ".join(f"{word} {iso(at[row])}" for word, at in times.items() if np.isfinite(at[row]))
        if reason in TIMED and said:
            return f"{name}: {said}"
        if reason is Reason.NO_ACCELERATORS:
            asks = self.records.accelerators[row]
            return f"{name}: accelerators {'not said' if np.isnan(asks) else format(asks, 'g')}"
        if reason is Reason.NO_LENGTH and np.isfinite(self.work_s[row]):
            return f"{name}: ran {self.work_s[row]:g} s"
        if reason is Reason.IMPOSSIBLE:
            more = {"accelerators": self.records.accelerators, "seconds": self.work_s, "limit": self.records.limit_s}
            shown = [f"{word} {value[row]:g}" for word, value in more.items() if np.isfinite(value[row])]
            return f"{name}: {', '.join([*shown, *([said] if said else [])])}"
        if reason is Reason.UNMAPPED and self.form.partition:
            where = self.records.texts.get(self.form.partition, [None] * len(self.reason))[row]
            return f"{name} on {where}"
        return name

    def rows(self, rows: Ints, renamed: dict[int, str], speed: float) -> Rows:
        """The kept records as rows of the table."""
        records, asked, shift = self.records, self.asked, self.asked.shift_s
        index = rows.tolist()
        names = [str(records.names[row]) for row in index]
        if renamed:
            names = [renamed.get(row, name) for row, name in zip(index, names, strict=True)]
        columns: dict[str, Any] = {
            "hours": self.work_s[rows] / 3600 * speed,
            "accelerators": self.accelerators[rows].astype(np.int64),
            "submitted": self.submitted[rows] + shift,
        }
        if records.count is not None:
            columns["count"] = records.count[rows]
        nothing: Texts = [None] * len(records)
        team = asked.team or next((name for name in self.form.teams if name in records.texts), "")
        if team != "none":
            columns["team"] = _labels(_taken(records.texts.get(team, nothing), index))
        if asked.priority:
            columns["priority"] = _labels(_taken(records.texts.get(self.form.priority or "", nothing), index))
            self._note_priorities(columns["priority"])
        if self.form.tags:
            cells = [_taken(records.texts.get(name, nothing), index) for name, _ in self.form.tags]
            columns["tags"] = _tags(cells, [prefix for _, prefix in self.form.tags])
        if records.after is not None:
            now = {str(records.names[row]): name for row, name in zip(index, names, strict=True)}
            before = ([now[name] for name in records.after[row] if name in now] for row in index)
            columns["after"] = [";".join(each) or None for each in before]
        for name, cells in records.more.items():
            columns[name] = _changed(name, _taken(cells, index), shift, speed)
        if asked.planned:
            running = self.running[rows]
            columns["state"] = ["running" if runs else "waiting" for runs in running.tolist()]
            places = _taken(self.clusters, index)
            columns["cluster"] = [None if place is None else place[0] for place in places]
            if any(pool is not None for _, pool in asked.clusters.values()):
                columns["pool"] = [None if place is None else place[1] for place in places]
            columns["started"] = np.where(running, self.started[rows] + shift, np.nan)
            columns["hours_left"] = np.where(running, self.left_s[rows] / 3600 * speed, np.nan)
        if asked.finished:
            columns["cluster"] = _labels(_taken(records.texts.get(self.form.partition or "", nothing), index))
            columns["started"] = self.started[rows] + shift
        return Rows(names, columns)

    def _note_priorities(self, names: Sequence[str | None]) -> None:
        if len(self.tally.priorities) < MOST_PRIORITIES:
            self.tally.priorities.update(sorted({name for name in names if name})[:MOST_PRIORITIES])


def _changed(name: str, cells: list[Any], shift: float, speed: float) -> Any:
    """Cells of a further column: moments moved, hours on the reference accelerator."""
    if columns_of(Job)[name].kind == "moment":
        return np.array([np.nan if cell is None else cell + shift for cell in cells], dtype=np.float64)
    if name == "hours_p90":
        return [None if cell is None else cell * speed for cell in cells]
    return cells


def _taken(cells: Sequence[Any], index: Sequence[int]) -> list[Any]:
    return [cells[row] for row in index]


def _labels(cells: Texts) -> Texts:
    """The same texts, None where one is no label."""
    return mapped(cells, lambda text: text if text and LABEL.fullmatch(text) else None)


def _tags(columns: Sequence[Texts], prefixes: Sequence[str]) -> Texts:
    """Tags of each record, separated by `;`."""

    def joined(cells: tuple[str | None, ...]) -> str | None:
        found = []
        for prefix, cell in zip(prefixes, cells, strict=True):
            for part in (cell or "").replace(";", ",").split(","):
                tag = prefix + part.strip()
                if part.strip() and LABEL.fullmatch(tag):
                    found.append(tag)
        return ";".join(dict.fromkeys(found)) or None

    return mapped(list(zip(*columns, strict=True)), joined)

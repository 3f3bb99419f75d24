"""Any table of jobs, CSV or Parquet, by the names of its columns.

`--column NAME=COLUMN` says what is read from where. NAME is

- `job`; `submitted`, `started`, `ended` (ISO 8601, dates of Parquet, or Unix seconds; seconds from `--start` if given);
- `hours`, `minutes` or `seconds` of run time; `limit_hours`, `limit_minutes` or `limit_seconds` of its limit;
- `accelerators`, or `nodes` (`--per-node`), or `cores` (`--per-accelerator`); `count`;
- `team`, `partition`, `tag`; or any other column of the jobs table, such as `deadline` or `checkpoint_tb`.

A NAME that is not given is looked for among common names of columns; what is found is told. `--ignore COLUMN` says that
a column is not read, nor guessed at. Without run time the difference of start and end is taken. A job that has ended,
or has a run time, has run; one that started runs still.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from placement.errors import PlacementError
from placement.importers.jobs.asked import Asked
from placement.importers.jobs.frames import Frame, frames, header_of
from placement.importers.jobs.logged import Fate, Records, Texts, unread
from placement.importers.jobs.parsed import Mask, mapped, moments, numbers, texts
from placement.importers.jobs.tally import Reason
from placement.importers.jobs.texts import wrong
from placement.importers.jobs.zones import FIRST, LAST, Floats
from placement.loader.columns import Column, columns_of
from placement.loader.wording import did_you_mean, none_of, unfit_text
from placement.schema import Job

SECONDS = {"hours": 3600.0, "minutes": 60.0, "seconds": 1.0}
OWN = (
    "job", "submitted", "started", "ended", "accelerators", "nodes", "cores", "count", "team", "partition", "tag",
    *SECONDS, *(f"limit_{unit}" for unit in SECONDS),
)  # fmt: skip
"""Names that are read here;"""
KEPT_OUT = ("tags", "state", "cluster", "pool", "hours_left", "uses", "campaign", "after")
"""columns of the jobs table that are not taken from tables: they are made here, or name jobs that may be dropped."""

GUESSES: dict[str, tuple[str, ...]] = {
    "job": ("job", "job_id", "jobid", "id", "job_name", "name"),
    "submitted": (
        "submitted", "submit", "submit_time", "submission_time", "submitted_at", "submit_s", "submitted_time",
        "queued_at", "created_at", "arrival", "arrival_time",
    ),
    "started": ("started", "start", "start_time", "started_at", "begin", "begin_time"),
    "ended": ("ended", "end", "end_time", "ended_at", "finished", "finished_at", "finish_time", "completed_at"),
    "hours": ("hours", "duration_hours", "duration_h", "run_hours", "runtime_hours", "runtime_h", "elapsed_hours"),
    "minutes": ("minutes", "duration_minutes", "duration_min", "runtime_minutes", "runtime_min", "elapsed_min"),
    "seconds": (
        "seconds", "duration_seconds", "duration_sec", "duration_s", "runtime_seconds", "runtime_sec", "runtime_s",
        "run_time_s", "elapsed_seconds", "elapsed_s", "elapsedraw",
    ),
    "limit_hours": ("limit_hours", "time_limit_hours", "walltime_hours"),
    "limit_minutes": ("limit_minutes", "time_limit_minutes", "timelimitraw"),
    "limit_seconds": ("limit_seconds", "time_limit_seconds", "walltime_seconds"),
    "accelerators": (
        "accelerators", "gpus", "num_gpus", "n_gpus", "ngpus", "gpu_count", "num_gpu", "gpu_num", "gpu",
        "accelerator_count",
    ),
    "nodes": ("nodes", "nnodes", "num_nodes", "node_count"),
    "cores": ("cores", "cpus", "num_cpus", "ncpus", "cpu_count"),
    "count": ("count",),
    "team": ("team", "account", "group", "user", "vc", "project", "tenant"),
    "partition": ("partition", "queue"),
}  # fmt: skip
UNITLESS = ("duration", "runtime", "run_time", "elapsed", "time")
"""Names of run times that do not say their unit."""


class Tables:
    """The format."""

    words = "any CSV or Parquet file: --column NAME=COLUMN"
    takes = ("time_zone", "start", "per_node", "per_accelerator", "columns", "ignore")
    teams = ("team", "partition")
    tags = (("partition", ""), ("tag", ""))
    partition = "partition"
    priority = None

    def records(self, files: Sequence[Path], asked: Asked, note: Callable[[str], None]) -> Iterator[Records]:
        """The jobs of files, in order."""
        headers = [header_of(file) for file in files]
        found = [chosen(file, header, asked, note) for file, header in zip(files, headers, strict=True)]
        more = sorted({name for columns in found for name in columns if name not in OWN})
        count = any("count" in columns for columns in found)
        before = 0
        for file, columns in zip(files, found, strict=True):
            if "job" not in columns:
                note(f"{file} names no jobs; they are called row-1, row-2 and so on. --column job=COLUMN names them.")
            for frame in frames(file):
                yield _Reader(frame, columns, asked).records(more, before, count=count)
                before += len(frame)
                if frame.bad:
                    yield unread(str(file), frame.bad, frame.word)


FORMAT = Tables()


def chosen(file: Path, header: Sequence[str], asked: Asked, note: Callable[[str], None]) -> dict[str, str]:
    """The column of a file for each name, as asked for and guessed.

    Raises
    ------
    PlacementError
        If a name or a column is not known, or nothing says how many accelerators or how long.
    """
    for column in asked.ignore:
        if column not in header:
            near = did_you_mean(column, header, f"Its columns: {', '.join(header)[:300]}.")
            raise wrong(str(file), f"there is no column '{column}', which --ignore names.", near)
    header = [column for column in header if column not in asked.ignore]
    further = {name for name in columns_of(Job) if name not in KEPT_OUT}
    known = [*OWN, *sorted(further - set(OWN))]
    for name, column in asked.columns.items():
        if name not in known:
            raise PlacementError(f"--column {name}={column}: there is no {name}. {did_you_mean(name, known)}")
        if column in asked.ignore:
            raise PlacementError(f"--column {name}={column}: --ignore names that column. Leave one of the two out.")
        if column not in header:
            near = did_you_mean(column, header, f"Its columns: {', '.join(header)[:300]}.")
            raise wrong(str(file), f"there is no column '{column}'.", near)
    found = dict(asked.columns)
    said = []
    for name, names in GUESSES.items():
        if name in found or (name in SECONDS and SECONDS.keys() & found.keys()) or _spare(name, asked):
            continue
        at = next((column for each in names for column in header if _simple(column) == each), None)
        if at is not None and at not in found.values():
            found[name] = at
            said.append(name if at == name else f"{name} from '{at}'")
    if said:
        note(f"{file}, read as guessed: {', '.join(said)}. --column NAME=COLUMN says otherwise.")
    unread_columns = [column for column in header if column and column not in found.values()]
    if unread_columns:
        note(f"{file}, not read: {', '.join(unread_columns)[:400]}. --ignore COLUMN says that they need not be.")
    _check(file, header, found)
    return found


def _spare(name: str, asked: Asked) -> bool:
    """Whether a name is of use only with an option that is not given."""
    return (name == "nodes" and asked.per_node is None) or (name == "cores" and asked.per_accelerator is None)


def _simple(column: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", column.lower()).strip("_")


def _check(file: Path, header: Sequence[str], found: Mapping[str, str]) -> None:
    if not {"accelerators", "nodes", "cores"} & found.keys():
        fact = "no column says how many accelerators a job asks for."
        raise wrong(str(file), fact, f"Give --column accelerators=COLUMN. Its columns: {', '.join(header)[:300]}.")
    timed = SECONDS.keys() & found.keys() or {"started", "ended"} <= found.keys()
    limited = any(f"limit_{unit}" in found for unit in SECONDS)
    if not timed and not limited:
        vague = next((column for column in header if _simple(column) in UNITLESS), "COLUMN")
        fact = "no column says how long a job runs, or may run."
        remedy = f"Give its unit: --column hours={vague}, minutes={vague} or seconds={vague}."
        raise wrong(str(file), fact, f"{remedy} Its columns: {', '.join(header)[:300]}.")


class _Reader:
    """Reads the columns of a frame and notes what cannot be read."""

    def __init__(self, frame: Frame, columns: Mapping[str, str], asked: Asked):
        self.frame, self.columns, self.asked = frame, columns, asked
        self.wrong: list[tuple[Mask, Callable[[int], str]]] = []

    def _wrong(self, bad: Mask, name: str, words: Callable[[str], str]) -> None:
        """Note which cells cannot be read, and the words for one of them."""
        column = self.columns.get(name)
        self.wrong.append((bad, lambda row: f"{column} is {words(self.frame.cell(column, row))}"))

    def _number(self, name: str) -> Floats:
        found, bad = numbers(self.frame.get(self.columns.get(name)))
        self._wrong(bad, name, lambda cell: f"{cell}, not a number such as 1.5")
        return found

    def _moment(self, name: str) -> Floats:
        found, bad = moments(self.frame.get(self.columns.get(name)), self.asked.zone, self.asked.start_s or 0.0)
        known = found[np.isfinite(found)]
        if self.asked.start_s is None and len(known) and known.max() < FIRST:
            fact = f"the column '{self.columns[name]}' counts seconds from a begin that it does not name."
            raise wrong(str(self.frame.file), fact, "Give --start TIME, the moment of its second 0.")
        self._wrong(bad, name, lambda cell: f"{cell}, not a time such as 2027-06-07T00:00:00Z")
        return found

    def _seconds(self, prefix: str) -> Floats:
        unit = next((unit for unit in SECONDS if prefix + unit in self.columns), None)
        return np.full(len(self.frame), np.nan) if unit is None else self._number(prefix + unit) * SECONDS[unit]

    def _accelerators(self) -> Floats:
        found = self._number("accelerators")
        if self.asked.per_node is not None:
            found = np.where(np.isnan(found), self._number("nodes") * self.asked.per_node, found)
        if self.asked.per_accelerator is not None:
            found = np.where(np.isnan(found), self._number("cores") / self.asked.per_accelerator, found)
        return found

    def records(self, more: Sequence[str], before: int, *, count: bool) -> Records:
        """The rows as records; `before` rows were read before these."""
        frame = self.frame
        submitted, started, ended = (self._moment(name) for name in ("submitted", "started", "ended"))
        run_s = self._seconds("")
        fate = np.where(np.isfinite(started), Fate.RUNNING, Fate.WAITING)
        fate = np.where(np.isfinite(run_s) | np.isfinite(ended), Fate.ENDED, fate)
        given = texts(frame.get(self.columns.get("job")))
        numbered: Texts = [f"row-{before + row + 1}" for row in range(len(frame))]
        alike = self._number("count") if count else np.ones(len(frame))
        found = Records(
            file=str(frame.file),
            numbers=frame.numbers,
            word=frame.word,
            names=given if "job" in self.columns else numbered,
            fate=fate.astype(np.int8),
            submitted=submitted,
            started=started,
            ended=ended,
            run_s=run_s,
            limit_s=self._seconds("limit_"),
            accelerators=self._accelerators(),
            count=np.clip(np.nan_to_num(alike, nan=1.0), -1, 1e9).astype(np.int64) if count else None,
            texts={name: texts(frame.get(self.columns.get(name))) for name in ("team", "partition", "tag")},
            more={name: self._more(columns_of(Job)[name]) for name in more},
        )
        broken = np.isfinite(alike) & (alike != np.round(alike))
        self._wrong(broken, "count", lambda cell: f"{cell}, not a whole number")
        for bad, detail in self.wrong:
            found.drop(bad, Reason.UNREADABLE, detail)
        return found

    def _more(self, column: Column) -> list[Any]:
        """A further column of the jobs table; what does not fit it cannot be read."""
        name = self.columns.get(column.name)
        if column.kind in ("float", "int"):
            return self._bounded(column, self._number(column.name))
        if column.kind == "moment":
            found = self._moment(column.name)
            off = (found < FIRST) | (found >= LAST)
            self._wrong(off, column.name, lambda cell: f"{cell}, not a date between 1973 and 2200")
            return list(found)
        cells = texts(self.frame.get(name))
        if column.kind == "bool":
            truth = {"true": True, "false": False, None: None}
            lower = [None if cell is None else cell.lower() for cell in cells]
            odd = np.array([cell not in truth for cell in lower], dtype=bool)
            self._wrong(odd, column.name, lambda cell: f"{cell}, not true or false")
            return [truth.get(cell) for cell in lower]
        fits = mapped(cells, lambda cell: cell is None or all(_fits(column, part) for part in _parts(column, cell)))
        self.wrong.append((~np.array(fits, dtype=bool), lambda row: _unfit(column, str(name), str(cells[row]))))
        return list(cells)

    def _bounded(self, column: Column, found: Floats) -> list[Any]:
        for bound in column.bounds:
            bad = np.isfinite(found) & ~np.asarray(bound.holds(found, bound.limit), dtype=bool)
            self._wrong(bad, column.name, lambda cell, must=bound.words: f"{cell}, but must be {must}")  # type: ignore[misc]
        if column.kind == "int":
            broken = np.isfinite(found) & (found != np.round(found))
            self._wrong(broken, column.name, lambda cell: f"{cell}, not a whole number")
            return [None if np.isnan(cell) else round(cell) for cell in found.tolist()]
        return [None if np.isnan(cell) else cell for cell in found.tolist()]


def _parts(column: Column, cell: str) -> list[str]:
    return [part.strip() for part in cell.split(";") if part.strip()] if column.kind == "texts" else [cell]


def _unfit(column: Column, name: str, cell: str) -> str:
    """Why a cell does not fit a column of texts."""
    part = next(part for part in _parts(column, cell) if not _fits(column, part))
    if column.choices:
        return " ".join(none_of(name, part, column.choices)).rstrip()
    if column.longest is not None and len(part) > column.longest:
        return f"{name} has {len(part):,} characters, more than {column.longest} allowed."
    return " ".join(unfit_text(name, part, column.pattern or ""))


def _fits(column: Column, text: str) -> bool:
    return text in column.choices if column.choices else column.fits(text)

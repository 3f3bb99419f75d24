"""Accounting of Slurm: `sacct --parsable2` (or `-p`), columns in any order, and `sacct --json`.

Source: manual page sacct(1) and `src/sacct/print.c` of Slurm 26.11; JSON as in `slurm_json`.

Of each job one record is read; its steps (`123.batch`, `123.0`) are counted and skipped. `123_[1-10%4]` is an array
that waits: ten jobs alike. Components of a heterogeneous job (`123+0`) are jobs of their own. A job that was requeued
has a record for each run if sacct was called with --duplicates; each is a run, and the later ones are numbered.

Accelerators are `gres/gpu` of AllocTRES, else of ReqTRES; `gres/gpu:TYPE` is added up only where there is no total.
Run time is ElapsedRaw or Elapsed, which leave out suspension, else End less Start. TimelimitRaw is in minutes. Times
are local, without a zone, or Unix seconds (SLURM_TIME_FORMAT=%s).
"""

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from placement.importers.jobs.asked import Asked
from placement.importers.jobs.logged import Fate, Records, unread
from placement.importers.jobs.parsed import Mask, column, mapped, moments, numbers, span_s
from placement.importers.jobs.tally import Reason
from placement.importers.jobs.texts import LONGEST_LINE, begins, blocks, wrong
from placement.importers.jobs.zones import Floats

GPUS = ("gpu", "tpu")
"""Names of generic resources that are accelerators."""

REMEDY = (
    "Call: sacct --allusers --parsable2 --format=JobID,Partition,Account,User,QOS,Submit,Start,End,ElapsedRaw,"
    "TimelimitRaw,NNodes,AllocTRES,ReqTRES,State"
)
_WAITING = {"PENDING", "REQUEUE_FED", "REQUEUE_HOLD", "RESV_DEL_HOLD", "SPECIAL_EXIT"}
_RUNNING = {
    "RUNNING", "SUSPENDED", "COMPLETING", "CONFIGURING", "RESIZING", "SIGNALING", "STAGE_OUT", "STOPPED", "EXPEDITING",
}  # fmt: skip
_NEVER = {"REVOKED"}
_ID = re.compile(r"[0-9]{1,20}([_+][0-9]{1,10})?")
_STEP = re.compile(r"[0-9]{1,20}([_+][0-9]{1,10})?\.[^|]{1,200}")
_ARRAY = re.compile(r"[0-9]{1,20}_\[([^\]]*)\]")
_RANGE = re.compile(r"([0-9]{1,9})(?:-([0-9]{1,9})(?::([0-9]{1,9}))?)?")

_COLUMNS = (
    "jobid", "jobidraw", "submit", "start", "end", "elapsedraw", "elapsed", "timelimitraw", "timelimit", "nnodes",
    "allocnodes", "reqnodes", "ncpus", "alloccpus", "reqcpus", "alloctres", "reqtres", "state", "partition", "account",
    "user", "group", "qos",
)  # fmt: skip


class Slurm:
    """The format."""

    words = "accounting of Slurm: sacct --parsable2, sacct --json"
    takes = ("time_zone", "per_node", "per_accelerator")
    teams = ("account", "user", "group", "partition", "qos")
    tags = (("partition", ""), ("qos", "qos:"))
    partition = "partition"
    priority = "qos"

    def records(self, files: Sequence[Path], asked: Asked, note: Callable[[str], None]) -> Iterator[Records]:
        """The jobs of files, in order."""
        from placement.importers.jobs.slurm_json import records_of_json

        for file in files:
            if begins(file) in ("{", "["):
                yield from records_of_json(file, asked)
            else:
                yield from _of_text(file, asked)


FORMAT = Slurm()


def array_size(tasks: str) -> int | None:
    """How many tasks an expression such as `1-10%4`, `1,3,5-9:2` or a hexadecimal mask names; None if it is cut off."""
    expression = tasks.partition("%")[0]
    if re.fullmatch(r"0x[0-9a-fA-F]{1,4000}", expression):
        return int(expression, 16).bit_count()
    total = 0
    for part in expression.split(","):
        found = _RANGE.fullmatch(part.strip())
        if found is None:
            return None
        low, high, step = int(found[1]), int(found[2] or found[1]), int(found[3] or 1)
        if high < low or step < 1:
            return None
        total += (high - low) // step + 1
    return total


def tres(text: str | None) -> tuple[float, float]:
    """Accelerators and processors in `cpu=112,gres/gpu=8,gres/gpu:h100=8,mem=2T`; nan where not said."""
    total, typed, cores = np.nan, np.nan, np.nan
    for part in (text or "").split(","):
        key, _, value = part.partition("=")
        known = key == "cpu" or key.startswith("gres/")
        if not known or not re.fullmatch(r"[0-9]{1,12}", value):
            continue
        name, _, kind = key.removeprefix("gres/").partition(":")
        if key == "cpu":
            cores = float(value)
        elif name in GPUS and kind:
            typed = float(value) + (0.0 if np.isnan(typed) else typed)
        elif name in GPUS:
            total = float(value) + (0.0 if np.isnan(total) else total)
    return (typed if np.isnan(total) else total), cores


def fate(state: str, started: bool, ended: bool, ran: bool) -> Fate:
    """How far a job has come by its state, and by its times where there is none."""
    word = state.split(" ")[0].rstrip("+").upper()
    if word in _NEVER:
        return Fate.CANCELLED
    if word in _WAITING:
        return Fate.WAITING
    if word in _RUNNING:
        return Fate.RUNNING if started else Fate.WAITING
    if not word:
        return Fate.ENDED if ended else Fate.RUNNING if started else Fate.WAITING
    if word == "CANCELLED" and not ran:
        return Fate.CANCELLED
    return Fate.ENDED if started or ran else Fate.CANCELLED


def fates(states: Sequence[str], started: Floats, ended: Floats, run_s: Floats) -> Any:
    """`fate` of each of many."""
    known = (np.isfinite(started), np.isfinite(ended), run_s > 0)
    keys = list(zip(states, *(each.tolist() for each in known), strict=True))
    return np.array(mapped(keys, lambda key: fate(*key)), dtype=np.int8)


def counted(gpus: Floats, nodes: Floats, cores: Floats, asked: Asked) -> Floats:
    """Accelerators: those that are counted, else by nodes or processors if asked; parts of one are left as they are."""
    found = gpus
    if asked.per_node is not None:
        found = np.where(np.isnan(found), nodes * asked.per_node, found)
    if asked.per_accelerator is not None:
        found = np.where(np.isnan(found), cores / asked.per_accelerator, found)
    return found


def _of_text(file: Path, asked: Asked) -> Iterator[Records]:
    header: list[str] | None = None
    header_line = ""
    for first, lines in blocks(file):
        good: list[list[str]] = []
        where: list[int] = []
        bad: list[tuple[int, str]] = []
        for number, line in enumerate(lines, first):
            if line is None:
                bad.append((number, f"the line has more than {LONGEST_LINE:,} characters"))
                continue
            if not line or line.isspace() or line == header_line:
                continue
            cells = line.split("|")
            if header is None:
                header, header_line = _header(file, number, cells), line
            elif len(cells) != len(header):
                bad.append((number, f"{len(cells)} cells, the header has {len(header)}"))
            else:
                good.append(cells)
                where.append(number)
        if header is not None and good:
            yield _batch(file, header, good, where, asked)
        if bad:
            yield unread(str(file), bad)
    if header is None:
        raise wrong(str(file), "the file is empty.", f"{REMEDY}.")


def _header(file: Path, number: int, cells: list[str]) -> list[str]:
    """The names of the columns, in small letters."""
    names = [cell.strip().lower() for cell in cells]
    if not {"jobid", "jobidraw"} & set(names):
        fact = "the first line does not name the columns of sacct, JobID among them, separated by |."
        raise wrong(f"{file}:{number}", fact, f"{REMEDY} (without --noheader).")
    doubled = [name for name in _COLUMNS if names.count(name) > 1]
    if doubled:
        raise wrong(f"{file}:{number}", f"the column '{doubled[0]}' stands twice.", "Keep one.")
    sized = {"alloctres", "reqtres", "nnodes", "allocnodes", "ncpus", "alloccpus"}
    if not sized & set(names):
        raise wrong(f"{file}:{number}", "no column says how many accelerators a job had.", f"{REMEDY}.")
    return names


def _batch(file: Path, header: list[str], rows: list[list[str]], where: list[int], asked: Asked) -> Records:
    """Lines with as many cells as the header."""
    at = {name: header.index(name) for name in _COLUMNS if name in header}

    def cells(*names: str) -> list[str]:
        index = next((at[name] for name in names if name in at), None)
        return [""] * len(rows) if index is None else [row[index] for row in rows]

    wrongs: list[tuple[Mask, str]] = []

    def number(*names: str) -> Floats:
        found, bad = numbers(column(cells(*names)))
        wrongs.append((bad, f"{names[0]} is not a number"))
        return found

    def moment(name: str) -> Floats:
        found, bad = moments(column(cells(name)), asked.zone)
        wrongs.append((bad, f"{name} is not a time"))
        return found

    submitted, started, ended = moment("submit"), moment("start"), moment("end")
    run_s = number("elapsedraw")
    if "elapsedraw" not in at and "elapsed" in at:
        run_s = np.array(mapped(cells("elapsed"), span_s), dtype=np.float64)
    limit = mapped(cells("timelimitraw", "timelimit"), _limit_s if "timelimitraw" in at else span_s)
    given = np.array(mapped(list(map(_chosen, cells("alloctres"), cells("reqtres"))), tres), dtype=np.float64)
    gpus, cores = given[:, 0], given[:, 1]
    cores = np.where(np.isnan(cores), number("ncpus", "alloccpus", "reqcpus"), cores)
    state = fates(cells("state"), started, ended, np.where(np.isnan(run_s), ended - started, run_s))
    ended = np.where(state == Fate.ENDED, ended, np.nan)
    started, ended = _in_summer_and_winter(submitted, started, ended, asked)
    names = cells("jobid", "jobidraw")
    codes, counts = _identified(names)
    found = Records(
        file=str(file),
        numbers=np.array(where, dtype=np.int64),
        word="",
        names=list(names),
        fate=state,
        submitted=submitted,
        started=started,
        ended=ended,
        run_s=np.where(state == Fate.WAITING, np.nan, run_s),
        limit_s=np.array(limit, dtype=np.float64),
        accelerators=counted(gpus, number("nnodes", "allocnodes", "reqnodes"), cores, asked),
        count=counts,
        texts={name: [cell.strip() or None for cell in cells(name)] for name in Slurm.teams if name in at},
        dropped=codes,
    )
    for row in np.flatnonzero(codes == Reason.UNREADABLE)[:10].tolist():
        found.details[row] = f"JobID {names[row]!r}"
    for bad, detail in wrongs:
        found.drop(bad, Reason.UNREADABLE, detail)
    return found


def _limit_s(text: str) -> float:
    """Seconds of a TimelimitRaw; nan for `UNLIMITED` and `Partition_Limit`."""
    return 60.0 * float(text) if re.fullmatch(r"[0-9]{1,12}", text) else np.nan


def _chosen(allocated: str, requested: str) -> str:
    """What a job got, or, where that names no accelerators, what it asked for."""
    return allocated if "gres/" in allocated or not requested else requested


def _in_summer_and_winter(submitted: Floats, started: Floats, ended: Floats, asked: Asked) -> tuple[Floats, Floats]:
    """Start and end, an hour later where the clock showed theirs twice and the first time is too early."""
    early = started < submitted
    if early.any():
        started = np.where(early, asked.zone.again_s(started), started)
    early = ended < started
    if early.any():
        ended = np.where(early, asked.zone.again_s(ended), ended)
    return started, ended


def _identified(names: list[str]) -> tuple[Any, Any]:
    """For each JobID the reason to drop it, 0 for none, and how many jobs it stands for."""
    codes = np.zeros(len(names), dtype=np.int8)
    counts = np.ones(len(names), dtype=np.int64)
    for row, name in enumerate(names):
        if _ID.fullmatch(name):
            continue
        if _STEP.fullmatch(name):
            codes[row] = Reason.STEP
            continue
        array = _ARRAY.fullmatch(name)
        size = array_size(array[1]) if array else None
        if size is None:
            codes[row] = Reason.UNREADABLE
        else:
            counts[row] = size
    return codes, counts

"""Accounting of Slurm as JSON: `sacct --json`.

Source: `src/plugins/data_parser/v0.0.43/parsers.c` of Slurm 25.05 (`JOB`), and the shapes of v0.0.37 on. Numbers stand
plain or as `{"set": true, "infinite": false, "number": 4}`; times are Unix seconds, 0 for none; the limit is in
minutes; `state.current` is a word or a list of words. Jobs are read one by one, so that the document may have any size.
"""

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from placement.importers.jobs.asked import Asked
from placement.importers.jobs.logged import Fate, Records
from placement.importers.jobs.tally import Reason
from placement.importers.jobs.texts import items

AT_ONCE = 8192
"""Jobs of a batch."""
_TEXTS = ("account", "user", "group", "partition", "qos")
_KEYS = (*_TEXTS, "job_id", "array", "het", "state", "time", "tres", "required", "allocation_nodes")
"""What is kept of a job, whose steps may be many."""


def records_of_json(file: Path, asked: Asked) -> Iterator[Records]:
    """The jobs of a document."""
    batch: list[tuple[int, Any]] = []
    for line, job in items(file, ("jobs",)):
        batch.append((line, {key: job.get(key) for key in _KEYS} if isinstance(job, dict) else job))
        if len(batch) == AT_ONCE:
            yield _records(file, batch, asked)
            batch = []
    if batch:
        yield _records(file, batch, asked)


def number(value: Any) -> float:
    """A number, plain or in an object with `set`; nan for none, also for one that is infinite."""
    if isinstance(value, Mapping):
        if value.get("set") is False or value.get("infinite") is True:
            return math.nan
        value = value.get("number")
    if isinstance(value, bool) or not isinstance(value, int | float):
        return math.nan
    try:
        found = float(value)
    except OverflowError:
        return math.nan
    return found if math.isfinite(found) else math.nan


def _inside(value: Any, *keys: str) -> Any:
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _moment(job: Any, key: str) -> float:
    found = number(_inside(job, "time", key))
    return math.nan if found == 0 else found


def _state(job: Any) -> str:
    """The first word of the state; a job that is also completing runs still."""
    current = _inside(job, "state", "current")
    current = _inside(job, "state") if current is None else current
    words = [word for word in (current if isinstance(current, list) else [current]) if isinstance(word, str)]
    return "COMPLETING" if "COMPLETING" in words else next(iter(words), "")


def _sizes(job: Any) -> tuple[float, float]:
    """Accelerators and processors, allocated or else requested; nan where not said."""
    from placement.importers.jobs.slurm import GPUS

    cores = math.nan
    for which in ("allocated", "requested"):
        total, typed = math.nan, math.nan
        for entry in _inside(job, "tres", which) or []:
            kind, name, count = _inside(entry, "type"), _inside(entry, "name"), number(_inside(entry, "count"))
            if kind == "cpu" and math.isnan(cores):
                cores = count
            if kind != "gres" or not isinstance(name, str) or math.isnan(count):
                continue
            base, _, model = name.partition(":")
            if base in GPUS and model:
                typed = count + (0.0 if math.isnan(typed) else typed)
            elif base in GPUS:
                total = count + (0.0 if math.isnan(total) else total)
        found = typed if math.isnan(total) else total
        if not math.isnan(found):
            return found, cores
    return math.nan, number(_inside(job, "required", "CPUs")) if math.isnan(cores) else cores


def _name(job: Any) -> tuple[str | None, int | None]:
    """The id as sacct prints it, and how many jobs it stands for; None for an array that cannot be read."""
    from placement.importers.jobs.slurm import array_size

    own, array = number(_inside(job, "job_id")), number(_inside(job, "array", "job_id"))
    task, tasks = number(_inside(job, "array", "task_id")), _text(_inside(job, "array", "task"))
    het, offset = number(_inside(job, "het", "job_id")), number(_inside(job, "het", "job_offset"))
    if math.isnan(own) or own < 0:
        return None, 1
    if array > 0 and tasks and math.isnan(task):
        return f"{array:.0f}_[{tasks}]", array_size(tasks)
    if array > 0 and not math.isnan(task):
        return f"{array:.0f}_{task:.0f}", 1
    if het > 0 and not math.isnan(offset):
        return f"{het:.0f}+{offset:.0f}", 1
    return f"{own:.0f}", 1


def _records(file: Path, batch: list[tuple[int, Any]], asked: Asked) -> Records:
    from placement.importers.jobs.slurm import counted, fates

    jobs = [job for _, job in batch]
    named = [_name(job) for job in jobs]
    sizes = np.array([_sizes(job) for job in jobs], dtype=np.float64)
    nodes = np.array([number(_inside(job, "allocation_nodes")) for job in jobs])
    times = {key: np.array([_moment(job, key) for job in jobs]) for key in ("submission", "start", "end")}
    run_s = np.array([number(_inside(job, "time", "elapsed")) for job in jobs])
    state = fates([_state(job) for job in jobs], times["start"], times["end"], run_s)
    found = Records(
        file=str(file),
        numbers=np.array([line for line, _ in batch], dtype=np.int64),
        word="",
        names=[name for name, _ in named],
        fate=state,
        submitted=times["submission"],
        started=np.where(state == Fate.WAITING, np.nan, times["start"]),
        ended=np.where(state == Fate.ENDED, times["end"], np.nan),
        run_s=np.where(state == Fate.WAITING, np.nan, run_s),
        limit_s=60.0 * np.array([number(_inside(job, "time", "limit")) for job in jobs]),
        accelerators=counted(sizes[:, 0], nodes, sizes[:, 1], asked),
        count=np.array([count or 1 for _, count in named], dtype=np.int64),
        texts={key: [_text(_inside(job, key)) for job in jobs] for key in _TEXTS},
    )
    found.drop(np.array([not isinstance(job, Mapping) for job in jobs]), Reason.UNREADABLE, "not an object")
    found.drop(np.array([count is None for _, count in named]), Reason.UNREADABLE, "the tasks of the array")
    return found

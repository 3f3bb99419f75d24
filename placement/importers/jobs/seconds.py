"""Job logs as plain tables in seconds from an unnamed begin, as simulators publish them.

Columns: `job_id`, `submit_s` (seconds from the begin), `duration_s` (run time), `gpus`, and optionally `group` and
`cpus` (processors, where `gpus` is empty: `--per-accelerator`). Others are not read.
"""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np

from placement.importers.jobs.asked import Asked
from placement.importers.jobs.frames import Frame, frames, header_of
from placement.importers.jobs.logged import Fate, Records, unread
from placement.importers.jobs.parsed import moments, numbers, texts
from placement.importers.jobs.tally import Reason
from placement.importers.jobs.texts import wrong
from placement.importers.jobs.zones import TimeZone

NEEDED = ("job_id", "submit_s", "duration_s", "gpus")
READ = (*NEEDED, "group", "cpus")


def is_table(file: Path) -> bool:
    """Whether a file is such a table, by its columns."""
    return set(NEEDED) <= set(header_of(file))


def records_of_table(file: Path, asked: Asked, note: Callable[[str], None]) -> Iterator[Records]:
    """The jobs of such a table."""
    if asked.start_s is None:
        fact = "the table counts seconds from a begin that it does not name."
        raise wrong(str(file), fact, "Give --start TIME, the moment of its second 0.")
    others = [name for name in header_of(file) if name not in READ]
    if others:
        note(f"Columns that are not read: {', '.join(others)}.")
    for frame in frames(file):
        yield _records(frame, asked, asked.start_s)
        if frame.bad:
            yield unread(str(file), frame.bad, frame.word)


def _records(frame: Frame, asked: Asked, start_s: float) -> Records:
    submitted, bad_time = moments(frame.get("submit_s"), TimeZone("UTC"), start_s)
    run_s, bad_run = numbers(frame.get("duration_s"))
    gpus, bad_gpus = numbers(frame.get("gpus"))
    if asked.per_accelerator is not None:
        cores, _ = numbers(frame.get("cpus"))
        gpus = np.where(np.isnan(gpus), cores / asked.per_accelerator, gpus)
    unknown = np.full(len(frame), np.nan)
    found = Records(
        file=str(frame.file),
        numbers=frame.numbers,
        word=frame.word,
        names=texts(frame.get("job_id")),
        fate=np.where(np.isnan(run_s), Fate.WAITING, Fate.ENDED).astype(np.int8),
        submitted=submitted,
        started=unknown,
        ended=unknown,
        run_s=run_s,
        limit_s=unknown,
        accelerators=gpus,
        texts={"group": texts(frame.get("group"))},
    )
    for bad, name in ((bad_time, "submit_s"), (bad_run, "duration_s"), (bad_gpus, "gpus")):
        found.drop(bad, Reason.UNREADABLE, partial(_not_a_number, frame, name))
    return found


def _not_a_number(frame: Frame, name: str, row: int) -> str:
    return f"{name} is {frame.cell(name, row)}, not a number such as 1.5"

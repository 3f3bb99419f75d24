"""The PAI trace (Alibaba, 2020): `pai_task_table` with `pai_job_table`, and tables in seconds made of it.

Source: https://github.com/alibaba/clusterdata, cluster-trace-gpu-v2020, README and `.header` files. The published CSV
files have no line of column names. A task is a gang of `inst_num` instances with `plan_gpu` percent of a GPU each; it
becomes a job `JOB/TASK` of as many accelerators, parts rounded up. Without the job table the launch of a task stands
for its submission, and there are no users. Times are seconds from an unnamed begin, a Thursday at 00:00 UTC
(`--start`).
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from placement.importers.jobs.asked import Asked
from placement.importers.jobs.frames import Frame, frames, header_of
from placement.importers.jobs.logged import Fate, Records, Texts, unread
from placement.importers.jobs.parsed import mapped, moments, numbers, texts
from placement.importers.jobs.seconds import is_table, records_of_table
from placement.importers.jobs.seen import hashed
from placement.importers.jobs.tally import Reason
from placement.importers.jobs.texts import wrong
from placement.importers.jobs.zones import Floats, TimeZone

TASK = (
    "job_name", "task_name", "inst_num", "status", "start_time", "end_time", "plan_cpu", "plan_mem", "plan_gpu",
    "gpu_type",
)  # fmt: skip
JOB = ("job_name", "inst_id", "user", "status", "start_time", "end_time")
UTC = TimeZone("UTC")


class Alibaba:
    """The format."""

    words = "pai_task_table and pai_job_table of the PAI trace (Alibaba), or a table in seconds"
    takes = ("start", "per_accelerator")
    teams = ("user", "group")
    tags = (("gpu_type", ""),)
    partition = "gpu_type"
    priority = None

    def records(self, files: Sequence[Path], asked: Asked, note: Callable[[str], None]) -> Iterator[Records]:
        """The jobs of files, in order; job tables come before all others."""
        kinds = [_kind(file, note) for file in files]
        if "job" in kinds and "task" not in kinds:
            fact = "the job table does not say how many accelerators a job had."
            raise wrong(str(files[kinds.index("job")]), fact, "Give pai_task_table.csv with it.")
        if asked.start_s is None:
            fact = "the table counts seconds from a begin that it does not name."
            raise wrong(str(files[0]), fact, "Give --start TIME, the moment of its second 0.")
        jobs = _Jobs()
        for file, kind in zip(files, kinds, strict=True):
            for frame in frames(file, _names(file, JOB)) if kind == "job" else ():
                jobs.add(frame, asked.start_s)
        for file, kind in zip(files, kinds, strict=True):
            if kind == "table":
                yield from records_of_table(file, asked, note)
            for frame in frames(file, _names(file, TASK)) if kind == "task" else ():
                yield _tasks(frame, asked.start_s, jobs, asked)
                if frame.bad:
                    yield unread(str(file), frame.bad, frame.word)


FORMAT = Alibaba()


def _kind(file: Path, note: Callable[[str], None]) -> str:
    """Which of the tables a file is, by its columns or by their number."""
    header = header_of(file)
    for kind, names in (("task", TASK), ("job", JOB)):
        if set(names) <= set(header):
            return kind
    if is_table(file):
        return "table"
    for kind, names in (("task", TASK), ("job", JOB)):
        if len(header) == len(names):
            note(f"{file.name} does not name its columns; they are taken in the published order of pai_{kind}_table.")
            return kind
    fact = "this is none of pai_task_table, pai_job_table, or a table with job_id, submit_s, duration_s, gpus."
    raise wrong(str(file), fact, "Give one of these; `placement import table` reads others.")


def _names(file: Path, names: tuple[str, ...]) -> tuple[str, ...] | None:
    """The names of the columns, if the file does not give them itself."""
    return None if set(names) <= set(header_of(file)) else names


class _Jobs:
    """User and submission of each job, by a hash of its name: 20 bytes a job."""

    def __init__(self) -> None:
        self.users: dict[str, int] = {}
        self._hashes: list[Any] = []
        self._submitted: list[Floats] = []
        self._user: list[Any] = []
        self._sorted: tuple[Any, Floats, Any] | None = None

    def add(self, frame: Frame, start_s: float) -> None:
        """Remember the jobs of some rows."""
        names = texts(frame.get("job_name"))
        known = [row for row, name in enumerate(names) if name]
        submitted, _ = moments(frame.get("start_time"), UTC, start_s)
        users = [user or "" for user in texts(frame.get("user"))]
        self._hashes.append(hashed([str(names[row]) for row in known]))
        self._submitted.append(submitted[known])
        numbers_of = [self.users.setdefault(users[row], len(self.users)) for row in known]
        self._user.append(np.array(numbers_of, dtype=np.int32))

    def of(self, names: Texts) -> tuple[Floats, Texts]:
        """Submission and user of jobs; nan and None where not known."""
        if not self._hashes:
            return np.full(len(names), np.nan), [None] * len(names)
        if self._sorted is None:
            hashes = np.concatenate(self._hashes)
            order = np.argsort(hashes, kind="stable")
            self._sorted = (
                hashes[order], np.concatenate(self._submitted)[order], np.concatenate(self._user)[order]
            )  # fmt: skip
            self._hashes, self._submitted, self._user = [self._sorted[0]], [], []
        hashes, submitted, user = self._sorted
        if len(hashes) == 0:
            return np.full(len(names), np.nan), [None] * len(names)
        wanted = hashed([name or "" for name in names])
        at = np.minimum(np.searchsorted(hashes, wanted), len(hashes) - 1)
        found = hashes[at] == wanted
        words = list(self.users)
        users = [words[number] or None if there else None for number, there in zip(user[at], found, strict=True)]
        return np.where(found, submitted[at], np.nan), users


def _tasks(frame: Frame, start_s: float, jobs: _Jobs, asked: Asked) -> Records:
    names, tasks = texts(frame.get("job_name")), texts(frame.get("task_name"))
    started, bad_start = moments(frame.get("start_time"), UTC, start_s)
    ended, bad_end = moments(frame.get("end_time"), UTC, start_s)
    instances, bad_instances = numbers(frame.get("inst_num"))
    share, bad_share = numbers(frame.get("plan_gpu"))
    cores, _ = numbers(frame.get("plan_cpu"))
    gpus = instances * np.where(np.isnan(share), 0.0, share) / 100
    if asked.per_accelerator is not None:
        gpus = np.where(gpus > 0, gpus, instances * cores / 100 / asked.per_accelerator)
    submitted, users = jobs.of(names)
    submitted = np.where(np.isnan(submitted), started, submitted)
    fate = mapped(
        list(zip(texts(frame.get("status")), np.isfinite(started).tolist(), np.isfinite(ended).tolist(), strict=True)),
        lambda key: _fate(*key),
    )
    found = Records(
        file=str(frame.file),
        numbers=frame.numbers,
        word=frame.word,
        names=[f"{name}/{task or 'task'}" if name else None for name, task in zip(names, tasks, strict=True)],
        fate=np.array(fate, dtype=np.int8),
        submitted=submitted,
        started=started,
        ended=np.where(np.array(fate) == Fate.ENDED, ended, np.nan),
        run_s=np.full(len(frame), np.nan),
        limit_s=np.full(len(frame), np.nan),
        accelerators=np.round(gpus, 9),
        texts={"user": users, "gpu_type": texts(frame.get("gpu_type"))},
    )
    for bad, name in (
        (bad_start, "start_time"), (bad_end, "end_time"), (bad_instances, "inst_num"), (bad_share, "plan_gpu"),
    ):  # fmt: skip
        found.drop(bad, Reason.UNREADABLE, f"{name} is not a number")
    return found


def _fate(status: str | None, started: bool, ended: bool) -> Fate:
    if status == "Waiting" or not started:
        return Fate.WAITING
    return Fate.ENDED if ended and status != "Running" else Fate.RUNNING

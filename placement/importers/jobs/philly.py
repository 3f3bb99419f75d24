"""Job logs of the Philly traces (Microsoft, 2017): `cluster_job_log`, and tables in seconds made of it.

Source: https://github.com/msr-fiddle/philly-traces, README and notebook (2019). A job has attempts, each with start,
end and the GPUs of each server; `None` or an empty text is no time. Run time is the sum of the attempts that have
both, a job's size that of its largest attempt. A job whose last attempt has no end ran still when the log was taken;
one without attempts never ran. Times have no zone; those of the other tables of the traces are Pacific (`--time-zone
America/Los_Angeles`). Jobs are read one by one.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from placement.importers.jobs.asked import Asked
from placement.importers.jobs.logged import Fate, Records, records_of
from placement.importers.jobs.parsed import NOTHING, moment_s
from placement.importers.jobs.seconds import is_table, records_of_table
from placement.importers.jobs.tally import Reason
from placement.importers.jobs.texts import begins, items, wrong
from placement.importers.jobs.zones import TimeZone

AT_ONCE = 8192
"""Jobs of a batch."""


class Philly:
    """The format."""

    words = "job log of the Philly traces (Microsoft), JSON, or a table in seconds"
    takes = ("time_zone", "start", "per_accelerator")
    teams = ("group", "user")
    tags = ()
    partition = "group"
    priority = None

    def records(self, files: Sequence[Path], asked: Asked, note: Callable[[str], None]) -> Iterator[Records]:
        """The jobs of files, in order."""
        for file in files:
            if begins(file) in ("[", "{"):
                yield from _of_json(file, asked)
            elif is_table(file):
                yield from records_of_table(file, asked, note)
            else:
                fact = "this is neither cluster_job_log (JSON) nor a table with job_id, submit_s, duration_s, gpus."
                raise wrong(str(file), fact, "Give one of these; `placement import table` reads others.")


FORMAT = Philly()


def _of_json(file: Path, asked: Asked) -> Iterator[Records]:
    batch: list[dict[str, Any]] = []
    for line, job in items(file, ("jobs",)):
        batch.append({"number": line, "texts": {"group": None, "user": None}, **_job(job, asked.zone)})
        if len(batch) == AT_ONCE:
            yield records_of(batch, str(file))
            batch = []
    if batch:
        yield records_of(batch, str(file))


def _job(job: Any, zone: TimeZone) -> dict[str, Any]:
    """What a job of the log says."""
    if not isinstance(job, Mapping):
        return {"dropped": Reason.UNREADABLE, "detail": "not an object"}
    attempts = [each for each in _list(job.get("attempts")) if isinstance(each, Mapping)]
    spans = [(_time(each.get("start_time"), zone), _time(each.get("end_time"), zone)) for each in attempts]
    submitted = _time(job.get("submitted_time"), zone)
    if any(bad for span in (*spans, (submitted,)) for _, bad in span):
        return {"name": _text(job.get("jobid")), "dropped": Reason.UNREADABLE, "detail": "a time is not one"}
    times = [(start, end) for (start, _), (end, _) in spans]
    whole = [(start, end) for start, end in times if not math.isnan(start) and not math.isnan(end)]
    begun = [start for start, _ in times if not math.isnan(start)]
    open_ended = bool(times) and math.isnan(times[-1][1])
    if open_ended:
        fate = Fate.RUNNING if begun else Fate.WAITING
    elif whole:
        fate = Fate.ENDED
    else:
        fate = Fate.CANCELLED if job.get("status") == "Killed" and not attempts else Fate.WAITING
    found: dict[str, Any] = {
        "name": _text(job.get("jobid")),
        "fate": fate,
        "submitted": submitted[0],
        "accelerators": max((_gpus(each) for each in attempts), default=0) or math.nan,
        "texts": {"group": _text(job.get("vc")), "user": _text(job.get("user"))},
    }
    if fate in (Fate.RUNNING, Fate.ENDED):
        found["started"] = min(begun)
    if fate is Fate.ENDED:
        found |= {"ended": max(end for _, end in whole), "run_s": sum(end - start for start, end in whole)}
        if any(end < start for start, end in whole):
            found |= {"dropped": Reason.BACKWARDS, "detail": f"{found['name']}: an attempt"}
    return found


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _time(value: Any, zone: TimeZone) -> tuple[float, bool]:
    """Unix seconds, nan for none; and whether it is neither."""
    if value is None or value in NOTHING:
        return math.nan, False
    found = moment_s(value, zone) if isinstance(value, str) else math.nan
    return found, math.isnan(found)


def _gpus(attempt: Mapping[str, Any]) -> int:
    return sum(len(_list(each.get("gpus"))) for each in _list(attempt.get("detail")) if isinstance(each, Mapping))

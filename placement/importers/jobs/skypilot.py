"""Tasks of SkyPilot: YAML, one task or several documents.

Source: SkyPilot YAML specification (docs.skypilot.co, 2025). A task is a gang of `num_nodes` nodes with as many
accelerators each as `resources.accelerators` says: `H100:8`, `H100`, a mapping, or a list or set of which the first
is taken, also from `any_of` and `ordered`. `tpu-v4-8` is a slice by its number of cores (v2 to v5p: two to a chip) or
chips. Several documents are a pipeline, each task after the one before, unless its head says `execution: parallel`; a
first document with no more than a name is the head. Tasks say nothing of run time: `--hours`.
"""

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from placement.importers.jobs.asked import Asked
from placement.importers.jobs.logged import Records, records_of
from placement.importers.jobs.manifests import Unreadable, documents, files_in
from placement.importers.jobs.pods import NotRead, inside, listed, whole
from placement.importers.jobs.tally import Reason

HEAD = {"name", "execution", "primary_tasks", "termination_delay"}
"""Keys of the head of a pipeline."""
TASK = {"name", "resources", "num_nodes", "run", "setup", "envs", "secrets", "file_mounts", "workdir", "service"}
"""Keys of which a task has some."""
_TPU = re.compile(r"tpu-?(v[0-9]+[a-z]*)-([0-9]{1,6})")
_CORES = ("v2", "v3", "v4", "v5p")
"""Generations of TPU whose slices are called by their cores."""


class SkyPilot:
    """The format."""

    words = "task YAML of SkyPilot"
    takes: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    tags = (("accelerator", ""),)
    partition = None
    priority = None

    def records(self, files: Sequence[Path], asked: Asked, note: Callable[[str], None]) -> Iterator[Records]:
        """The tasks of files and folders, in order."""
        several = 0
        for file in files_in(files):
            rows = _tasks(list(documents(file)), file.stem, chained=asked.hours is not None)
            several += sum(bool(row.pop("several", False)) for row in rows)
            if rows:
                yield records_of(rows, str(file), after=True)
        if several:
            tasks = "1 task takes" if several == 1 else f"{several:,} tasks take"
            note(f"{tasks} one of several numbers of accelerators; the first is taken.")


FORMAT = SkyPilot()


def _tasks(found: list[tuple[int, Any]], stem: str, *, chained: bool) -> list[dict[str, Any]]:
    """The tasks of a file, in order; `chained` if all will have a run time, none being lost that others wait for."""
    head: Mapping[str, Any] = {}
    first = found[0][1] if found else None
    if len(found) > 1 and isinstance(first, Mapping) and set(first) <= HEAD:
        head, found = first, found[1:]
    chained = chained and len(found) > 1 and inside(head, "execution") != "parallel"
    rows: list[dict[str, Any]] = []
    before: str | None = None
    names: set[str] = set()
    for position, (line, value) in enumerate(found, 1):
        default = stem if len(found) == 1 else f"{stem}-{position}"
        row = {"number": line, "texts": {"accelerator": None}, **_task(value, default, inside(head, "name"))}
        if "name" in row:
            row["name"] = _unlike(row["name"].replace(";", ",").strip(), names)
            names.add(row["name"])
        if chained and row.get("accelerators", 0) > 0 and "dropped" not in row:
            row["after"] = () if before is None else (before,)
            before = row["name"]
        rows.append(row)
    return rows


def _unlike(name: str, names: set[str]) -> str:
    """The name, with a number after it if it is taken."""
    number, found = 1, name
    while found in names:
        number += 1
        found = f"{name}-{number}"
    return found


def _task(value: Any, default: str, pipeline: Any) -> dict[str, Any]:
    """What a task says, as `records_of` takes it."""
    if isinstance(value, Unreadable):
        return {"dropped": Reason.UNREADABLE, "detail": str(value)}
    if not isinstance(value, Mapping) or not set(value) & TASK:
        return {"dropped": Reason.NO_JOB, "detail": "not a task"}
    name = inside(value, "name")
    name = name if isinstance(name, str) and name else default
    name = f"{pipeline}/{name}" if isinstance(pipeline, str) and pipeline else name
    if "service" in value:
        return {"name": name, "dropped": Reason.NO_JOB, "detail": f"{name}: a service"}
    try:
        nodes = whole(inside(value, "num_nodes"), 1)
        choices = _choices(inside(value, "resources"))
    except NotRead as error:
        return {"name": name, "dropped": Reason.UNREADABLE, "detail": f"{name}: {error}"}
    if not choices:
        return {"name": name}
    model, each = choices[0]
    return {
        "name": name,
        "accelerators": nodes * each,
        "texts": {"accelerator": model},
        "several": len({number for _, number in choices}) > 1,
    }


def _choices(resources: Any) -> list[tuple[str, float]]:
    """Names and numbers of accelerators of a node, of which a task takes one."""
    found = _named(inside(resources, "accelerators"))
    for key in ("any_of", "ordered"):
        for other in listed(inside(resources, key)):
            found += _named(inside(other, "accelerators"))
    return found


def _named(value: Any) -> list[tuple[str, float]]:
    """What `accelerators` names, in order."""
    if isinstance(value, str):
        name, _, number = value.partition(":")
        return [_counted(name, number or None)] if name else []
    if isinstance(value, Mapping):
        return [one for key, number in value.items() for one in ([_counted(key, number)] if number else _named(key))]
    return [one for item in listed(value) for one in _named(item)]


def _counted(name: str, number: Any) -> tuple[str, float]:
    """Name and number of accelerators; those in a slice of TPUs."""
    try:
        count = 1.0 if number is None else float(number)
    except (TypeError, ValueError):
        raise NotRead(f"{number!r} is not a number of accelerators") from None
    if isinstance(number, bool) or not 0 < count < 1e9 or math.isnan(count):
        raise NotRead(f"{number!r} is not a number of accelerators")
    slices = _TPU.fullmatch(name.lower().replace("litepod", "e"))
    if slices is not None:
        chips = int(slices[2]) / (2 if slices[1] in _CORES else 1)
        return name, count * max(chips, 1.0)
    return name, count

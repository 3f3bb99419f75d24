"""The formats that are read: those of this package, and those that other packages add.

Another package adds a format by an entry point of the group `placement.importers`, whose name is the format's:

    [project.entry-points."placement.importers"]
    pbs = "my_package.pbs:FORMAT"

It stands for an object of the shape of `JobFormat`, whose table of jobs this package makes, or of `FileFormat`, which
writes its file itself. It is imported when its format is asked for. A name that is taken, or an object that is neither,
is an error then, and disturbs no other format.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from placement.errors import PlacementError
from placement.loader.wording import did_you_mean

if TYPE_CHECKING:
    from placement.importers.jobs.asked import Asked
    from placement.importers.jobs.logged import Records

GROUP = "placement.importers"

JOBS = {
    "slurm": "accounting of Slurm: sacct --parsable2, sacct --json",
    "swf": "Standard Workload Format, version 2.2, also .gz",
    "kubernetes": "manifests or kubectl get -o json: Job, JobSet, and what Kueue queues; files or folders",
    "skypilot": "task YAML of SkyPilot",
    "philly": "job log of the Philly traces (Microsoft), JSON, or a table in seconds",
    "alibaba": "pai_task_table and pai_job_table of the PAI trace (Alibaba), or a table in seconds",
    "table": "any CSV or Parquet file: --column NAME=COLUMN",
}
"""Formats of jobs of this package; each is `FORMAT` in the module `jobs.NAME` (`table`: `jobs.tables`)."""
JOB = ("words", "takes", "teams", "tags", "partition", "priority", "records")
FILE = ("words", "run")
"""What formats of the two shapes have."""
FILES = ("market", "orbits")
"""Modules with `FORMATS`, formats that write their file themselves, by name."""


@runtime_checkable
class JobFormat(Protocol):
    """A format of jobs: says what its records mean, and reads them from files, some thousand at a time.

    All records of an import have the same columns: `count`, `after`, the names in `texts` and in `more`. Whatever is
    wrong with a file as a whole is raised as PlacementError with its place; whatever is wrong with one record is a
    record that is dropped (`Records.dropped`), so that what is read is what is kept and what is dropped.

    A format may also have `log_zone(files)`, the time zone that a log names itself, or None.
    """

    @property
    def words(self) -> str:
        """What it is, on one line."""

    @property
    def takes(self) -> Sequence[str]:
        """Which it takes of `time_zone`, `start`, `per_node`, `per_accelerator`, `columns`, `ignore`,
        `options`.
        """

    @property
    def teams(self) -> Sequence[str]:
        """Names in `Records.texts` that can be the team, the default first."""

    @property
    def tags(self) -> Sequence[tuple[str, str]]:
        """Names in `Records.texts` that become tags, and what is put before each."""

    @property
    def partition(self) -> str | None:
        """The name in `Records.texts` that `--cluster` is looked up by."""

    @property
    def priority(self) -> str | None:
        """The name in `Records.texts` that is the priority, if it is asked for."""

    def records(self, files: Sequence[Path], asked: Asked, note: Callable[[str], None]) -> Iterator[Records]:
        """The records of files, in order; `note` is told what is taken for granted."""


@runtime_checkable
class FileFormat(Protocol):
    """A format that writes a file of its own."""

    @property
    def words(self) -> str:
        """What it is, on one line."""

    def run(self, files: Sequence[Path], out: Path, asked: Mapping[str, str | None]) -> list[str]:
        """Write `out` from files and return lines to print.

        Parameters
        ----------
        files : sequence of path
        out : path
        asked : mapping
            What was asked for by name: `zone`, `year`, `start`, and every `--option NAME=VALUE`.

        Raises
        ------
        PlacementError
        """


def formats() -> dict[str, str]:
    """What each known format is, by name: of this package, then of others."""
    found = dict(JOBS)
    for name, each in _own_files().items():
        found[name] = each.words
    for name, entries in _entries().items():
        by = ", ".join(dict.fromkeys(_package(entry) for entry in entries))
        found[name] = f"{found[name]}; also claimed by {by}" if name in found else f"of {by}"
    return found


def format_named(name: str) -> JobFormat | FileFormat:
    """The format of a name.

    Raises
    ------
    PlacementError
        If there is none, two packages claim the name, or the package that adds it is broken.
    """
    own = name in JOBS or name in _own_files()
    entries = _entries().get(name, [])
    if len(entries) + own > 1:
        owners = [*(["this package"] if own else []), *(_package(entry) for entry in entries)]
        raise PlacementError(f"the format '{name}' is claimed by {' and by '.join(owners)}. Uninstall one of them.")
    if entries:
        return _loaded(name, entries[0])
    if name in JOBS:
        module = importlib.import_module(f"placement.importers.jobs.{'tables' if name == 'table' else name}")
        found: JobFormat = module.FORMAT
        return found
    if own:
        return _own_files()[name]
    raise PlacementError(
        f"there is no format '{name}'. {did_you_mean(name, formats(), 'See placement import --help.')}"
    )


def added(name: str) -> str | None:
    """The package that adds a format; None if it is of this one."""
    entries = _entries().get(name, [])
    return _package(entries[0]) if entries else None


def _own_files() -> dict[str, FileFormat]:
    """Formats of this package that write their file themselves."""
    found: dict[str, FileFormat] = {}
    for name in FILES:
        full = f"placement.importers.{name}"
        try:
            found |= importlib.import_module(full).FORMATS
        except ModuleNotFoundError as error:
            if error.name != full:
                raise
    return found


def _entries() -> dict[str, list[Any]]:
    """Entry points by name."""
    from importlib.metadata import entry_points

    found: dict[str, list[Any]] = {}
    for entry in entry_points(group=GROUP):
        found.setdefault(entry.name, []).append(entry)
    return found


def _package(entry: Any) -> str:
    """Name and version of the package of an entry point."""
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist is not None else "an unnamed package"


def _loaded(name: str, entry: Any) -> JobFormat | FileFormat:
    try:
        found = entry.load()
    except Exception as error:
        reason = f"{type(error).__name__}: {error}".splitlines()[0]
        fact = f"the format '{name}' of {_package(entry)} cannot be imported ({reason})."
        raise PlacementError(f"{fact} Update or uninstall that package.") from error
    if not isinstance(found, JobFormat | FileFormat):
        needed = FILE if hasattr(found, "run") else JOB
        lacks = ", ".join(each for each in needed if not hasattr(found, each))
        fact = f"the format '{name}' of {_package(entry)} is no format: it lacks {lacks}."
        raise PlacementError(f"{fact} Update or uninstall that package; see placement.importers.format.")
    return found

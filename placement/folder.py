"""A plan folder: everything that is needed to read, check and question a plan, and nothing else.

    plan.json              summary, fingerprint of the scenario, checksums of the files
    placements.parquet ..  the tables of the plan
    scenario.json          the scenario with catalogue entries merged and names resolved
    scenario/*.parquet     its tables, and the series behind it

It is written beside its place and renamed into it.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from placement.errors import PlanError, ScenarioError, VersionError
from placement.loader.load import TABLES as RECORDS
from placement.loader.load import assemble
from placement.loader.problems import Problems
from placement.loader.rows import from_arrow
from placement.plan import TABLES, Plan
from placement.result import Result
from placement.schema import Scenario, Table, Trace
from placement.schema.table import Origin
from placement.segmented import as_planned
from placement.tree import Tree

FORMAT = 1
NAME = "plan.json"
REMEDY = "Solve again, or restore the folder."
KEYS: dict[str, Any] = {
    "scenario": str,
    "scenario_digest": str,
    "status": str,
    "files": dict,
    "cost_usd": int | float,
    "bound_usd": int | float | None,
    "gap": int | float | None,
    "boundaries_usd": dict,
}
"""Of plan.json, what is read again."""


@dataclass(frozen=True)
class Stored:
    """What a plan folder holds."""

    scenario: Scenario
    """With the pauses that the plan decides on."""
    plan: Plan
    summary: dict[str, Any]
    given: tuple[Scenario, Plan] = field(init=False, repr=False)
    """Scenario and plan with the pauses still to be decided, as they were written: to plan anew."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "given", (self.scenario, self.plan))
        for name, value in zip(("scenario", "plan"), as_planned(self.scenario, self.plan), strict=True):
            object.__setattr__(self, name, value)


def write_plan(folder: str | Path, scenario: Scenario, result: Result, more: Mapping[str, Any] | None = None) -> Path:
    """Write the plan of a result with its scenario; returns the folder.

    `more` are further keys of its summary, with plain JSON values.

    Raises
    ------
    PlanError
        If there is no plan, the place is taken by something else, or it cannot be written. Nothing is left
        half-written.
    """
    if result.plan is None:
        raise PlanError(f"there is no plan to write ({result.status}). {result.message}")
    target = Path(folder)
    _check_place(target)
    with beside(target) as temporary:
        write_scenario(temporary, scenario)
        for name, table in result.plan.to_arrow().items():
            _write_parquet(temporary / f"{name}.parquet", table)
        summary = {
            "format": FORMAT,
            **(more or {}),
            **result.summary(),
            "scenario_digest": result.plan.digest,
            "catalog_version": scenario.catalog_version,
            "files": _checksums(temporary),
        }
        (temporary / NAME).write_text(json.dumps(summary, indent=1) + "\n", encoding="utf-8")
    return target


def pack_plan(folder: str | Path) -> dict[str, bytes]:
    """The files of a plan folder by their places in it, to be sent to where it cannot be read."""
    inside = Path(folder)
    files = sorted(path for path in inside.rglob("*") if path.is_file())
    return {path.relative_to(inside).as_posix(): path.read_bytes() for path in files}


def unpack_plan(folder: str | Path, files: dict[str, bytes]) -> Path:
    """Write what `pack_plan` packed, as `write_plan` writes; returns the folder.

    Raises
    ------
    PlanError
        If the place is taken by something else, or it cannot be written. Nothing is left half-written.
    """
    target = Path(folder)
    _check_place(target)
    with beside(target) as temporary:
        for name, content in files.items():
            (temporary / name).parent.mkdir(exist_ok=True)
            (temporary / name).write_bytes(content)
    return target


def check_place(folder: str | Path) -> None:
    """Raise PlanError now if a plan folder could not be written here later."""
    target = Path(folder)
    _check_place(target)
    with beside(target, keep=False):
        pass


def _check_place(target: Path) -> None:
    """The place is free, or holds a plan and nothing else, which may be replaced."""
    remedy = "Choose another place with -o, or move it away."
    if target.exists() and not (target / NAME).is_file():
        raise PlanError(f"{target} exists and is not a plan folder. {remedy}")
    if (target.resolve().parent / NAME).is_file():
        raise PlanError(f"{target.parent} is a plan folder, and {target.name} would lie inside it. {remedy}")
    if target.exists():
        for path in _others(target, read_summary(target)):
            raise PlanError(f"{path} lies beside a plan, and would be lost. {remedy}")


@contextmanager
def beside(target: Path, *, keep: bool = True) -> Iterator[Path]:
    """A new folder beside the target that takes its place if all goes well; else all is as before."""
    shown, target = target, target.resolve()
    made = [folder for folder in (target.parent, *target.parent.parents) if not folder.exists()]
    kept = False
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
        try:
            yield temporary
            if keep:
                temporary.chmod(0o777 & ~_umask())
                _take_place(temporary, target)
                kept = True
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    except OSError as error:
        raise PlanError(f"{shown} cannot be written: {error.strerror}. Choose another place with -o.") from None
    finally:
        for folder in made if not kept else ():
            with suppress(OSError):
                folder.rmdir()


def _take_place(temporary: Path, target: Path) -> None:
    """Rename a folder to the target; what stood there goes once that is done, or comes back."""
    old = temporary.with_name(temporary.name + ".old")
    try:
        if target.exists():
            os.replace(target, old)
        os.replace(temporary, target)
    except BaseException:
        if old.exists() and not target.exists():
            os.replace(old, target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _write_parquet(path: Path, table: Any) -> None:
    import pyarrow.parquet

    pyarrow.parquet.write_table(table, path)


def write_scenario(folder: Path, scenario: Scenario) -> None:
    """Write a scenario with its tables and series into a folder: `scenario.json` and `scenario/`."""
    import pyarrow as pa

    document = {**scenario.document(), "catalog_version": scenario.catalog_version}
    (folder / "scenario.json").write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    inner = folder / "scenario"
    inner.mkdir(exist_ok=True)
    for name in RECORDS:
        _write_parquet(inner / f"{name}.parquet", table_to_arrow(getattr(scenario, name)))
    for number, (key, trace) in enumerate(sorted(scenario.traces.items())):
        kind = "profile" if trace.is_profile else "slots" if trace.times is None else "hours"
        columns: dict[str, Any] = {"value": trace.values.reshape(-1)}
        if trace.times is not None:
            columns["time"] = trace.times.astype("datetime64[us]")
        about = {"key": key, "kind": kind, "source": trace.source}
        table = pa.table(columns).replace_schema_metadata({k: v.encode() for k, v in about.items()})
        _write_parquet(inner / f"series-{number}.parquet", table)


def table_to_arrow(table: Table) -> Any:
    """A table of a scenario as Arrow, from which `from_arrow` makes the same table."""
    import pyarrow as pa

    columns: dict[str, Any] = {}
    for name, column in table.columns.items():
        if name == "uses":
            names = sorted({key for row in column for key in row})
            for key in names:
                columns[f"uses.{key}"] = pa.array([row.get(key, 0) for row in column], pa.int64())
        elif column.dtype == object:
            listed = len(column) > 0 and isinstance(column[0], tuple)
            numbers = listed and any(isinstance(item, float) for cell in column for item in cell)
            kind = pa.list_(pa.float64() if numbers else pa.string()) if listed else pa.string()
            columns[name] = pa.array([list(cell) if listed else cell for cell in column], kind)
        elif column.dtype.kind == "f":
            columns[name] = pa.array(column, from_pandas=True)
        elif column.dtype.kind == "i" and name in ("accelerators",) and (column == 0).any():
            columns[name] = pa.array(column, mask=column == 0)
        else:
            columns[name] = pa.array(column)
    return pa.table(columns)


def _checksums(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != NAME)
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def read_plan(folder: str | Path) -> Stored:
    """What a plan folder holds; the folder alone is enough.

    Raises
    ------
    PlanError
        If it is not a plan folder, or a file is missing or was changed.
    VersionError
        If it was written in another format.
    """
    folder = Path(folder)
    summary = read_summary(folder)
    for name, checksum in summary["files"].items():
        path = folder / name
        if not path.is_file():
            raise PlanError(f"{path} is missing. {REMEDY}")
        if hashlib.sha256(path.read_bytes()).hexdigest() != checksum:
            raise PlanError(f"{path} was changed since the plan was written. {REMEDY}")
    for path in _others(folder, summary):
        if path.suffix in (".parquet", ".json"):
            raise PlanError(f"{path} is not of this plan. Move it away.")
    scenario = read_scenario(folder)
    return Stored(scenario, Plan(summary["scenario"], summary["scenario_digest"], _read_tables(folder)), summary)


def read_summary(folder: Path) -> dict[str, Any]:
    """The summary of a plan folder; raises as `read_plan`."""
    path = folder / NAME
    if not path.is_file():
        what = "is not a plan folder (it has no plan.json)" if folder.exists() else "does not exist"
        raise PlanError(f"{folder} {what}. Give a folder that `placement solve` wrote.")
    try:
        summary = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise PlanError(f"{path} cannot be read ({error}). {REMEDY}") from None
    if not isinstance(summary, dict) or "format" not in summary:
        raise PlanError(f"{path} is not of a plan: it states no format. Give a folder that `placement solve` wrote.")
    if summary["format"] != FORMAT:
        raise VersionError(
            f"{path}: the format is {summary.get('format')!r}, and this version reads format {FORMAT}. "
            "Use the version that wrote it, or solve again."
        )
    for key, kind in KEYS.items():
        if not isinstance(summary.get(key), kind):
            raise PlanError(f"{path} has no {key}, or one that is not its own. {REMEDY}")
    needed = {
        "scenario.json",
        *(f"{name}.parquet" for name in TABLES),
        *(f"scenario/{name}.parquet" for name in RECORDS),
    }
    lacking = sorted(needed - set(summary["files"]))
    if lacking:
        raise PlanError(f"{path} does not list {lacking[0]}. {REMEDY}")
    return summary


def _others(folder: Path, summary: dict[str, Any]) -> list[Path]:
    """Files in a plan folder that are not the plan's."""
    known = {folder / NAME, *(folder / name for name in summary["files"])}
    return sorted(path for path in folder.rglob("*") if path.is_file() and path not in known)


def _read_tables(folder: Path) -> dict[str, Any]:
    import pyarrow as pa
    import pyarrow.parquet

    tables = {}
    for name, columns in TABLES.items():
        path = folder / f"{name}.parquet"
        try:
            frame = pyarrow.parquet.read_table(path).to_pandas()
        except (OSError, pa.ArrowException) as error:
            raise PlanError(f"{path} cannot be read ({str(error).splitlines()[0]}). {REMEDY}") from None
        missing = [column for column in columns if column not in frame]
        if missing:
            raise PlanError(f"{path} lacks the columns {', '.join(missing)}. {REMEDY}")
        tables[name] = frame
    return tables


def read_scenario(folder: Path) -> Scenario:
    """The scenario that `write_scenario` wrote.

    Raises
    ------
    PlanError, ScenarioError
        If it cannot be read, or is none.
    """
    import pyarrow.parquet

    try:
        document = json.loads((folder / "scenario.json").read_text(encoding="utf-8"))
        version = document.pop("catalog_version", "")
        problems = Problems()
        tables = {}
        for name, record in RECORDS.items():
            data = pyarrow.parquet.read_table(folder / "scenario" / f"{name}.parquet")
            tables[name] = from_arrow(record, data, Origin(0, f"{name}.parquet"), problems, text=False)
        if problems:
            raise ScenarioError(problems)
        traces = dict(_read_traces(folder / "scenario"))
        return assemble(
            Tree(document, "scenario.json"),
            tables,
            folder,
            resolved=True,
            fresh=False,
            traces=traces,
            catalog_version=version,
        )
    except (OSError, ValueError) as error:
        raise PlanError(f"{folder}/scenario.json cannot be read ({error}). {REMEDY}") from None


def _read_traces(folder: Path) -> Iterator[tuple[str, Trace]]:
    import pyarrow.parquet

    for path in sorted(folder.glob("series-*.parquet")):
        table = pyarrow.parquet.read_table(path)
        about = {k.decode(): v.decode() for k, v in (table.schema.metadata or {}).items()}
        values = np.asarray(table.column("value").to_numpy(), dtype=np.float64)
        times = None
        if about["kind"] == "hours":
            times = np.asarray(table.column("time").to_numpy()).astype("datetime64[h]")
        if about["kind"] == "profile":
            values = values.reshape(12, 24)
        yield about["key"], Trace(values, times, about["source"])

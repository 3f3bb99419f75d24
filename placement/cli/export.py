"""`placement export`."""

import os
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from placement.cli.text import check_place, number, write_files
from placement.errors import PlacementError

if TYPE_CHECKING:
    from placement.exporters import Exported

KINDS = ("slurm", "kueue", "skypilot", "icalendar", "csv")

FOR = {
    "names": ("slurm", "kueue", "skypilot"),
    "accelerators": ("slurm", "kueue", "skypilot"),
    "time_zone": ("slurm",),
    "margin": ("slurm",),
    "nice_step": ("slurm",),
    "ids": ("slurm",),
    "per_node": ("kueue", "skypilot"),
    "namespace": ("kueue",),
    "multikueue": ("kueue",),
}
"""Formats that an option is for."""


@click.command("export")
@click.argument("plan", type=click.Path(path_type=Path))
@click.argument("kind", metavar="FORMAT", type=click.Choice(KINDS))
@click.option(
    "-o", "--out", required=True, type=click.Path(path_type=Path),
    help="File: .yaml for kueue, .ics for icalendar, .csv or .parquet for csv, .json for slurm. Folder, for slurm and "
    "skypilot: a file for each run.",
)  # fmt: skip
@click.option(
    "--map", "names", multiple=True, metavar="CLUSTER=NAME",
    help="What the scheduler calls a cluster: of slurm PARTITION or CLUSTER:PARTITION, of kueue a queue, of skypilot "
    "an infra. Can be repeated.",
)  # fmt: skip
@click.option(
    "--accelerator", "accelerators", multiple=True, metavar="NAME=THEIRS",
    help="What it calls an accelerator: of slurm a GPU type, of kueue a resource. Can be repeated.",
)  # fmt: skip
@click.option("--time-zone", help="Of slurm's controller, such as America/Chicago.  [default: UTC]")
@click.option("--margin", type=click.FloatRange(0, 100), help="Added to time limits, a share.  [default: 0.1]")
@click.option("--nice-step", type=click.IntRange(0, 10**6), help="Nice for a step of priority.  [default: 100]")
@click.option("--ids", is_flag=True, default=None, help="Names of jobs that are numbers are slurm's ids: update them.")
@click.option("--per-node", type=click.IntRange(1, 10**6), help="Accelerators of a node or pod, at most.  [default: 8]")
@click.option("--namespace", help="Of kueue's jobs.  [default: default]")
@click.option("--multikueue", is_flag=True, default=None, help="Objects for MultiKueue that keep the clusters' order.")
@click.option("--unchecked", is_flag=True, help="Also a plan that breaks rules of its scenario.")
def command(plan: Path, kind: str, out: Path, unchecked: bool, **given: Any) -> None:
    """Write a plan for a scheduler or a calendar.

    Every run is there with its start, its cluster, the other clusters where it may run in the order of what it would
    cost there, and a priority: what starts earlier where room is short has a higher one. What runs already is told as
    such; what is put off or turned away is listed.

    Formats: slurm (sbatch and scontrol), kueue (Jobs and priority classes), skypilot (tasks), icalendar, csv.
    """
    from placement.folder import read_plan

    wanted = {name: value for name, value in given.items() if value is not None and value != ()}
    for name in wanted:
        if kind not in FOR[name]:
            option = {"names": "map", "accelerators": "accelerator"}.get(name, name.replace("_", "-"))
            raise click.UsageError(f"--{option} is for {' and '.join(FOR[name])}. Leave it out.")
    for name in ("names", "accelerators"):
        if name in wanted:
            wanted[name] = _pairs(wanted[name], "--map" if name == "names" else "--accelerator")
    stored = read_plan(plan)
    from placement.exporters import FORMATS, ExportSettings, export

    ending = _ending(out, tuple(FORMATS[kind]))
    found = export(stored, kind, ExportSettings(**wanted), ending=ending, unchecked=unchecked)
    if ending:
        write_files({out: found.files[""]})
    else:
        _write_folder(out, found.files)
    for line in _lines(found, out):
        click.echo(line)
    if found.findings:
        click.echo(f"This plan breaks rules of its scenario; `placement verify {plan}` says which.", err=True)


def _pairs(texts: tuple[str, ...], option: str) -> dict[str, str]:
    """NAME=THEIRS; a name may have `=` in it."""
    found: dict[str, str] = {}
    for text in texts:
        name, equals, theirs = text.rpartition("=")
        if not equals or not name or not theirs:
            raise click.UsageError(f"{option} {text} does not say what is called what. Write NAME=THEIRS.")
        if name in found:
            raise click.UsageError(f"{option} says twice what '{name}' is called. Leave one out.")
        found[name] = theirs
    return found


def _ending(out: Path, endings: tuple[str, ...]) -> str:
    """How a plan is written there: the ending of a file, or "" for a folder; complains now of a place that will not do.

    Raises
    ------
    PlacementError
    """
    files = tuple(ending for ending in endings if ending)
    if "" in endings and out.suffix not in files:
        if out.suffix in (".yaml", ".yml", ".csv", ".txt", ".sbatch", ".sh"):
            more = f", or the name of a file that ends in {' or '.join(files)}" if files else ""
            raise PlacementError(f"{out} is the name of a file. Give that of a folder, for a file for each run{more}.")
        _check_folder(out)
        return ""
    check_place(out, files)
    return out.suffix


def _check_folder(out: Path) -> None:
    """A folder that is not there yet, or is empty, beside which something can be written."""
    if out.exists() and not (out.is_dir() and not any(out.iterdir())):
        raise PlacementError(f"{out} exists and is not an empty folder. Choose another place with -o, or move it away.")
    if not out.resolve().parent.is_dir():
        raise PlacementError(f"{out} cannot be written: there is no folder {out.parent}. Choose another place with -o.")


def _write_folder(out: Path, files: Mapping[str, bytes]) -> None:
    """Write a folder beside its place and rename it into it, all or nothing."""
    temporary = None
    try:
        temporary = Path(tempfile.mkdtemp(prefix=f".{out.resolve().name}.", dir=out.resolve().parent))
        for name, content in files.items():
            (temporary / name).write_bytes(content)
        mask = os.umask(0)
        os.umask(mask)
        temporary.chmod(0o777 & ~mask)
        os.replace(temporary, out)
    except OSError as error:
        raise PlacementError(f"{out} cannot be written: {error.strerror}. Choose another place with -o.") from None
    finally:
        if temporary is not None:
            with suppress(OSError):
                shutil.rmtree(temporary)


def _lines(found: "Exported", out: Path) -> list[str]:
    """What is printed."""
    files = "" if "" in found.files else f", {number(len(found.files))} files"
    lines = [f"written to {out}: {_count(found.units, 'unit')} in {_count(found.runs, 'run')}{files}"]
    where = " in index.csv" if "index.csv" in found.files else ""
    for units, words in (
        (found.running, "running already: not begun anew"),
        (found.to_stop, f"of these to be stopped with a checkpoint for a while, when its row{where} ends"),
        (found.apart, f"on several clusters at once, which {found.kind} cannot say: listed{where}"),
        (found.deferred, f"put off: listed{where}"),
        (found.rejected, f"turned away: listed{where}"),
    ):
        if units:
            lines.append(f"{_count(units, 'unit')} {words}")
    return lines


def _count(many: int, what: str) -> str:
    return f"{number(many)} {what if many == 1 else f'{what}s'}"

"""`placement import`."""

import json
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from placement.cli.text import check_place, number, wrapped
from placement.errors import PlacementError

if TYPE_CHECKING:
    from placement.importers import FileFormat, Tally

EVERY_S = 0.5
"""Seconds between two lines of progress."""
JOB_OPTIONS = (
    "from_", "to", "at", "onto", "accelerator", "per_node", "per_accelerator", "estimate", "hours", "columns", "ignore",
    "team", "priority", "clusters", "finished",
)  # fmt: skip
"""What only formats of jobs take,"""
FILE_OPTIONS = ("zone", "year")
"""and what only the others take."""


class _Import(click.Command):
    """Lists the formats below its options."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        from placement.importers import formats

        with formatter.section("Formats"):
            formatter.write_dl(list(formats().items()))


def pairs(ctx: click.Context, param: click.Parameter, values: Sequence[str]) -> dict[str, str]:
    """`NAME=VALUE` of a repeated option."""
    found: dict[str, str] = {}
    for value in values:
        name, equals, rest = value.partition("=")
        if not equals and param.name == "clusters":
            name, equals, rest = "", "=", value
        if not equals or not rest or (not name and param.name != "clusters"):
            raise click.BadParameter(f"'{value}' is not {param.make_metavar(ctx)}.")
        if name in found:
            raise click.BadParameter(f"'{name or value}' is given twice.")
        found[name] = rest
    return found


@click.command("import", cls=_Import)
@click.argument("name", metavar="FORMAT")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option(
    "-o", "--out", required=True, type=click.Path(path_type=Path), help="What is written; jobs end in .parquet or .csv."
)
@click.option("--from", "from_", metavar="TIME", help="Jobs submitted from then on.")
@click.option("--to", metavar="TIME", help="Jobs submitted before then.")
@click.option(
    "--at",
    metavar="TIME",
    help="Moment of planning: what runs then is the initial state, what ended before is left out. `latest`: the latest "
    "time in the log. Left out: every job is one to be placed.",
)
@click.option(
    "--cluster",
    "clusters",
    multiple=True,
    callback=pairs,
    metavar="[NAME=]CLUSTER",
    help="Where jobs of partition NAME run at --at: CLUSTER or CLUSTER/POOL; without NAME all others. Repeated.",
)
@click.option("--onto", metavar="TIME", help="Move all times so that --at (or --from) falls on this one.")
@click.option("--start", metavar="TIME", help="The moment of second 0 of a log that counts seconds.")
@click.option("--accelerator", metavar="NAME", help="The log's, of the catalogue: hours become reference hours.")
@click.option(
    "--reference", default="h100-sxm", show_default=True, metavar="NAME", help="On which the scenario counts hours."
)
@click.option("--per-node", type=int, metavar="N", help="Accelerators of a node, where the log counts nodes.")
@click.option(
    "--per-accelerator", type=float, metavar="CORES", help="Processors to an accelerator, where it counts these."
)
@click.option("--estimate", type=float, metavar="SHARE", help="Of the time limit, where no run time is known.")
@click.option("--hours", type=float, metavar="H", help="Run time where --estimate gives none.")
@click.option("--time-zone", metavar="ZONE", help="Of times without one, such as Europe/Berlin.")
@click.option(
    "--column", "columns", multiple=True, callback=pairs, metavar="NAME=COLUMN", help="For `table`. Repeated."
)
@click.option("--ignore", multiple=True, metavar="COLUMN", help="For `table`: a column that is not read. Repeated.")
@click.option("--finished", is_flag=True, help="Jobs that have run, with start and place, for `placement what-if`.")
@click.option("--team", metavar="FIELD", help="Field of the log that is the team: account, user ... or none.")
@click.option("--priority", is_flag=True, help="Write the priority class, which policy.priorities must name.")
@click.option("--zone", metavar="NAME", help="For series: the zone or node of the market.")
@click.option("--year", metavar="YEAR", help="For series: the year.")
@click.option(
    "--option",
    "options",
    multiple=True,
    callback=pairs,
    metavar="NAME=VALUE",
    help="For formats of packages. Repeated.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--quiet", is_flag=True, help="Show no progress.")
def command(name: str, files: tuple[Path, ...], out: Path, as_json: bool, quiet: bool, **asked: Any) -> None:
    """Make a jobs table, a series or orbits from files that others write.

    A jobs table goes into a scenario as it is: `jobs: {table: jobs.parquet}`. What is not in it is counted by reason,
    with the first places. Hours are run time on the log's accelerators. Times without a zone are in the log's zone.
    """
    from placement.importers import FileFormat, JobFormat, format_named, write_jobs

    found = format_named(name)
    if isinstance(found, JobFormat):
        _refuse(name, asked, FILE_OPTIONS)
        given = {key: value for key, value in asked.items() if key not in FILE_OPTIONS}
        progress = _Progress(shown=sys.stderr.isatty() and not (quiet or as_json))
        try:
            tally = write_jobs(name, files, out, progress, **given)
        finally:
            progress.clear()
        click.echo(_object(tally, out) if as_json else "\n".join(_lines(tally, out)))
        return
    assert isinstance(found, FileFormat)
    _refuse(name, asked, JOB_OPTIONS)
    lines = _written(found, files, out, asked)
    plain = {"format": name, "files": [str(file) for file in files], "wrote": str(out), "notes": lines}
    click.echo(json.dumps(plain, indent=1) if as_json else "\n".join(lines))


def _refuse(name: str, asked: Mapping[str, Any], options: Sequence[str]) -> None:
    """Complain of options that mean nothing to a format."""
    flags = {"from_": "from", "columns": "column", "clusters": "cluster"}
    for option in options:
        if asked[option] not in (None, False, {}, ()):
            flag = flags.get(option, option).replace("_", "-")
            raise PlacementError(f"{name} takes no --{flag}. Leave it out.")


def _written(found: "FileFormat", files: Sequence[Path], out: Path, asked: Mapping[str, Any]) -> list[str]:
    """What a format says that writes its file itself."""
    from placement.importers.jobs.texts import check_there

    check_place(out)
    for file in files:
        check_there(file)
        if out.exists() and out.samefile(file):
            raise PlacementError(f"{out} is the file that is read. Choose another place.")
    given = {key: asked[key] for key in ("zone", "year", "start", "time_zone")}
    return found.run(list(files), out, {**given, **asked["options"]})


class _Progress:
    """Tells on a terminal how far it is."""

    def __init__(self, *, shown: bool) -> None:
        self.shown = shown
        self.last = time.monotonic()
        self.width = 0

    def __call__(self, read: int, kept: int) -> None:
        if self.shown and time.monotonic() - self.last > EVERY_S:
            self.last = time.monotonic()
            text = f"{read:,} records read, {kept:,} jobs kept"
            self.width = len(text)
            click.echo(f"\r{text}\r", err=True, nl=False)

    def clear(self) -> None:
        """Blank what was told."""
        if self.width:
            click.echo(f"\r{'':{self.width}}\r", err=True, nl=False)


def _lines(tally: "Tally", out: Path) -> list[str]:
    """What became of the records, for people."""
    from placement.importers.jobs.parsed import iso
    from placement.importers.jobs.tally import hours_text

    dropped = sum(tally.dropped.values())
    name = tally.files[0] if len(tally.files) == 1 else f"{len(tally.files):,} files"
    lines = wrapped(f"{name}: {tally.read:,} records read, {tally.kept:,} kept, {dropped:,} dropped")
    width = max((len(f"{count:,}") for count in tally.dropped.values()), default=0)
    for reason, count in sorted(tally.dropped.items()):
        lines.append(f"  {count:>{width},}  {reason.words}")
        lines += [f"  {'':>{width}}    {place}" for place in tally.examples[reason]]
        indent = " " * (width + 4)
        lines += wrapped(indent + reason.remedy, indent) if reason.remedy else []
    for note in tally.notes:
        lines += wrapped(note)
    what = "1 job" if tally.units == 1 else f"{number(tally.units)} jobs"
    running = f", {number(tally.running)} of them running" if tally.running else ""
    when = f", submitted {iso(tally.first_s)} to {iso(tally.last_s)}" if tally.first_s <= tally.last_s else ""
    hours = hours_text(tally.accelerator_hours)
    lines += wrapped(f"wrote {out}: {what}{running}, {hours} accelerator-hours{when}")
    return lines


def _object(tally: "Tally", out: Path) -> str:
    """The same as one JSON object."""
    from placement.importers.jobs.parsed import iso

    known = tally.first_s <= tally.last_s
    times = {"from": iso(tally.first_s) if known else None, "to": iso(tally.last_s) if known else None}
    return json.dumps({**tally.summary(), **times, "wrote": str(out)}, indent=1)

"""`placement replan`."""

import json
import math
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from placement.cli.solve import NO_PLAN, Live, introduce, stopped_by_ctrl_c
from placement.cli.text import percent, usd, wrapped
from placement.errors import PlacementError

if TYPE_CHECKING:
    from placement.kernels.backend import Device
    from placement.replanning import Replanned
    from placement.replanning.begun import Happened
    from placement.replanning.outages import Outage
    from placement.timegrid import TimeGrid

SHOWN = 5
"""Jobs that are named."""


@click.command("replan")
@click.argument("plan", type=click.Path(path_type=Path))
@click.option(
    "--at", required=True, metavar="TIME", help="The moment, as 2027-06-09T06:00Z; UTC where no zone is given."
)
@click.option(
    "--jobs", type=click.Path(path_type=Path), help="CSV or Parquet file of new jobs, columns as in a scenario."
)
@click.option(
    "--happened",
    type=click.Path(path_type=Path),
    help="CSV or Parquet file of jobs that ended otherwise than planned: job, ended, hours_left or begun.",
)
@click.option(
    "--outage",
    "outages",
    multiple=True,
    metavar="CLUSTER=FROM/TO",
    help="A cluster stands still, from --at on. Can be repeated.",
)
@click.option(
    "--change-usd",
    type=click.FloatRange(min=0),
    default=0.0,
    show_default=True,
    help="$ for each unit that runs elsewhere or at another time than planned: keeps the plan calm.",
)
@click.option("--no-moves", is_flag=True, help="What runs stays on its cluster, unless that stands still.")
@click.option(
    "--slots", type=click.IntRange(min=1), help="Of the horizon, which begins as before: more, to plan further."
)
@click.option("-o", "--out", type=click.Path(path_type=Path), help="Folder for the plan.  [default: PLAN-TIME.plan]")
@click.option("--gap", type=click.FloatRange(min=0), default=1e-4, show_default=True, help="Stop at this proven gap.")
@click.option("--time-limit", type=click.FloatRange(min=0, min_open=True), help="End the solve after so many seconds.")
@click.option("--work-limit", type=click.IntRange(min=1), help="Stop after so many nodes, or rounds; repeatable.")
@click.option(
    "--device", type=click.Choice(("auto", "gpu", "cpu")), default="auto", show_default=True, help="Where kernels run."
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of the solver.")
@click.option("--threads", type=click.IntRange(min=0), default=0, help="Threads of the solver; 0: it decides.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
@click.pass_context
def command(
    ctx: click.Context,
    plan: Path,
    at: str,
    jobs: Path | None,
    happened: Path | None,
    outages: tuple[str, ...],
    change_usd: float,
    no_moves: bool,
    slots: int | None,
    out: Path | None,
    gap: float,
    time_limit: float | None,
    work_limit: int | None,
    device: "Device",
    seed: int,
    threads: int,
    as_json: bool,
    quiet: bool,
) -> None:
    """Make a plan anew from a moment on.

    What has begun is history; what runs stays, or goes on later or elsewhere after a restart; the rest, and what is
    new, is planned from the moment on. The new folder is a plan like any other, of the same horizon: it can be
    replanned again. Exit code 3: there is no plan.

    What the first plan had as running from its start may move too now, so that the new plan can cost less than the
    first could have.
    """
    from placement.folder import check_place, read_plan, write_plan
    from placement.timegrid import timegrid

    stored = read_plan(plan)
    from placement.replanning.replan import replanned, solved

    grid = timegrid(stored.scenario.horizon)
    moment = _moment(at, "--at")
    named = plan.resolve().name.removesuffix(".plan")
    folder = out or plan.with_name(f"{named}-{moment:%Y-%m-%dT%H%M}.plan")
    check_place(folder)
    given: dict[str, Any] = {
        "jobs": None if jobs is None else _table(jobs),
        "happened": {} if happened is None else _happened(happened, grid),
        "outages": [_outage(text) for text in outages],
        "change_usd": change_usd,
        "moves": not no_moves,
        "source": str(jobs),
        "slots": slots,
    }
    limits: dict[str, Any] = {
        "gap": gap, "time_limit_s": math.inf if time_limit is None else time_limit, "work_limit": work_limit,
        "device": device, "seed": seed, "threads": threads,
    }  # fmt: skip
    talk = not (as_json or quiet)
    live = Live() if talk else None
    made = replanned(*stored.given, moment, **given)
    if talk:
        introduce(made.scenario.name, made.scenario.as_if())
    with stopped_by_ctrl_c() as stop:
        found = solved(made, progress=live, stop=stop, **limits)
    assert found.result is not None
    for note in () if quiet else (*found.notes, *found.result.notes):
        click.echo(f"note: {note}", err=True)
    if found.result.plan is None or found.churn is None:
        click.echo(f"{found.result.status}: {found.result.message}", err=True)
        ctx.exit(NO_PLAN)
    told = {"at": moment.isoformat(), "slot": found.slot, "units": found.churn.units, "changed": found.churn.changed}
    write_plan(folder, found.scenario, found.result, {"replanned": told})
    if as_json:
        click.echo(json.dumps({**found.result.summary(), "replanned": told, "plan": str(folder)}, indent=1))
    elif talk:
        click.echo("\n".join(_lines(found, grid, folder, change_usd)))


def _lines(found: "Replanned", grid: "TimeGrid", folder: Path, change_usd: float) -> list[str]:
    """What changes, and what it costs."""
    from placement.replanning.churn import WORDS

    result, churn = found.result, found.churn
    assert result is not None
    assert churn is not None
    begin = grid.when(float(grid.edges[found.slot]))
    lines = ["", f"planned anew from {begin:%Y-%m-%dT%H:%MZ} on, slot {found.slot + 1:,} of {grid.slots:,}"]
    width = max(len(f"{number:,}") for number in churn.units.values()) if churn.units else 1
    for fate, number in churn.units.items():
        lines.append(f"  {number:>{width},} {WORDS[fate][number != 1]}")
    if churn.dropped:
        more = f" and {len(churn.dropped) - SHOWN} more" if len(churn.dropped) > SHOWN else ""
        lines.append(f"  that is of {', '.join(churn.dropped[:SHOWN])}{more}")
    share = percent(churn.changed / churn.planned, 1) if churn.planned else "-"
    hint = "; --change-usd would keep more as planned" if change_usd == 0 and churn.changed else ""
    price = f", {usd(churn.changed * change_usd)} of it the price of changes" if change_usd and churn.changed else ""
    lines += [
        f"changed: {churn.changed:,} of {churn.planned:,} units that ran or had a place, {share}{hint}",
        f"cost {usd(result.cost_usd, 6)}, of the whole horizon{price}; no plan from here on costs less than "
        f"{usd(result.bound_usd, 6)} (gap {percent(result.gap, 3)})",
    ]
    return [
        *(line for text in lines for line in wrapped(text) or [""]),
        f"checked by the verifier, written to {folder}",
    ]


def _moment(text: str, what: str) -> datetime:
    """An ISO 8601 time, UTC where it names no zone."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise PlacementError(f"{what} is '{text}', which is not a time. Write it as 2027-06-09T06:00Z.") from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _outage(text: str) -> "Outage":
    from placement.replanning.outages import Outage

    cluster, equals, span = text.partition("=")
    first, slash, last = span.partition("/")
    if not (cluster and equals and slash):
        raise PlacementError(f"'{text}' is not an outage. Write CLUSTER=FROM/TO, with times as 2027-06-09T06:00Z.")
    return Outage(cluster, _moment(first, f"the outage of {cluster}"), _moment(last, f"the outage of {cluster}"))


def _table(path: Path) -> Any:
    """A CSV or Parquet file as an Arrow table."""
    import pyarrow as pa
    from pyarrow import csv, parquet

    try:
        if path.suffix.lower() == ".parquet":
            return parquet.read_table(path)
        return csv.read_csv(path)
    except (OSError, pa.ArrowException) as error:
        reason = str(error).splitlines()[0][:200]
        raise PlacementError(f"{path} cannot be read ({reason}). Give a CSV or Parquet file.") from None


def _happened(path: Path, grid: "TimeGrid") -> dict[str, "Happened"]:
    """What became of jobs: columns job, and ended, hours_left or begun (false)."""
    from placement.replanning.begun import Happened

    table = _table(path)
    names = table.column_names
    if "job" not in names or not {"ended", "hours_left", "begun"} & set(names):
        raise PlacementError(f"{path} has columns {', '.join(names)}. Give job, and ended, hours_left or begun.")
    found: dict[str, Happened] = {}
    for n, row in enumerate(table.to_pylist()):
        name, ended, left = str(row["job"]), row.get("ended"), row.get("hours_left")
        if name in found:
            raise PlacementError(f"{path}: row {n + 1}: job '{name}' stands twice. Keep one of the rows.")
        if ended is not None and not isinstance(ended, datetime):
            ended = _moment(str(ended), f"{path}: row {n + 1}: ended")
        if left is not None and (isinstance(left, bool) or not isinstance(left, int | float)):
            raise PlacementError(f"{path}: row {n + 1}: hours_left is '{left}', which is not a number. Write hours.")
        begun = row.get("begun")
        if begun is not None and not isinstance(begun, bool):
            raise PlacementError(
                f"{path}: row {n + 1}: begun is '{begun}'. Write false for a job that has not begun, or leave it empty."
            )
        if ended is None and left is None and begun is not False:
            raise PlacementError(
                f"{path}: row {n + 1}: job '{name}' has neither ended nor hours_left, and begun is not false. Give one."
            )
        hours = None if ended is None else _hours(ended, grid)
        found[name] = Happened(hours, None if left is None else float(left), begun is not False)
    return found


def _hours(moment: datetime, grid: "TimeGrid") -> float:
    import numpy as np

    utc = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return float(grid.hours_of(np.datetime64(utc.replace(tzinfo=None), "us")))

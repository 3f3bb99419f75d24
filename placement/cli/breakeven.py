"""`placement breakeven`."""

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING

import click

from placement.cli.completion import scenarios
from placement.cli.main import INTERRUPTED
from placement.cli.solve import stopped_by_ctrl_c
from placement.cli.text import check_place, percent, table, usd, wrapped, write_texts

if TYPE_CHECKING:
    from placement.flips import Breakeven, Point
    from placement.measure import Metric
    from placement.schema import Boundary

METRICS = ("orbital_share", "parity", "total_cost")
POSITIVE = click.FloatRange(min=0, min_open=True)
BOUNDARIES = ("launch_and_power", "energy_cooling_launch", "all_but_accelerators", "all_in")
DEFAULTS = "[default: 0.05 of the share, 1 of parity]"
OF_A_SWEEP = ("scenario", "metric", "at", "boundary", "threshold", "out", "as_json", "quiet")
"""Options that make sense for points that are solved."""


@click.command("breakeven")
@click.argument("scenario", metavar="SCENARIO|SWEEP", type=click.Path(path_type=Path), shell_complete=scenarios)
@click.option("--variant", help="A variant of the scenario, by its name.")
@click.option(
    "--metric",
    type=click.Choice(METRICS),
    default=METRICS[0],
    show_default=True,
    metavar="METRIC",
    help="orbital_share of a year; parity, $ per hour in orbit over that on Earth; total_cost of the plan, $.",
)
@click.option("--at", type=int, metavar="YEAR", help="Calendar year of the orbital share.")
@click.option(
    "--boundary",
    type=click.Choice(BOUNDARIES),
    metavar="NAME",
    help=f"Of parity: {', '.join(BOUNDARIES)}.  [default: all_in]",
)
@click.option("--threshold", type=float, help=f"At it or above is above; a share as 0.05.  {DEFAULTS}")
@click.option("--vary", "paths", multiple=True, metavar="PATH", help="Input, dotted; several together.")
@click.option("--from", "first", type=float, help="One end of its values.")
@click.option("--to", "last", type=float, help="The other end.")
@click.option("--factor", is_flag=True, help="Values multiply what stands there, a number or a series.")
@click.option("--points", type=click.IntRange(min=2), default=7, show_default=True, help="Values scanned at first.")
@click.option("--log", is_flag=True, help="Space values by ratio.")
@click.option(
    "--tolerance", type=POSITIVE, default=0.01, show_default=True, help="Narrow flips to this share of the range."
)
@click.option(
    "--gap", type=click.FloatRange(min=0), default=0.01, show_default=True, help="Of each solve, a share: 0.01 is 1 %."
)
@click.option("--time-limit", type=POSITIVE, help="Of each solve, seconds.  [default: 60, without a work limit]")
@click.option("--work-limit", type=click.IntRange(min=1), help="Of each solve instead; the same answer each time.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of the solver.")
@click.option("--threads", type=click.IntRange(min=0), default=0, help="Threads of the solver; 0: it decides.")
@click.option("--keep", type=click.Path(path_type=Path), help="Folder of a sweep to keep values in, and to go on with.")
@click.option(
    "--workers", type=click.IntRange(min=0), help="With --keep: values of the scan at a time; 0: one per core."
)
@click.option("-o", "--out", type=click.Path(path_type=Path), help="CSV file for the table.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--quiet", is_flag=True, help="Show no progress.")
@click.pass_context
def command(
    ctx: click.Context,
    scenario: Path,
    variant: str | None,
    metric: "Metric",
    at: int | None,
    boundary: "Boundary | None",
    threshold: float | None,
    paths: tuple[str, ...],
    first: float | None,
    last: float | None,
    factor: bool,
    points: int,
    log: bool,
    tolerance: float,
    gap: float,
    time_limit: float | None,
    work_limit: int | None,
    seed: int,
    threads: int,
    keep: Path | None,
    workers: int | None,
    out: Path | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Find for which values of an input the answer flips, and how far the gaps leave it open.

    Each value is solved. Ctrl-C ends with what is known so far, exit code 130; with --keep the same command goes on
    where it ended. Of a sweep over one input or two nothing is solved: its points say where the answer flips, of two
    inputs along the first for each value of the second.
    """
    _check_usage(metric, at, boundary, threshold)
    if out is not None:
        check_place(out)
    if (scenario / "sweep.json").is_file():
        _of_sweep(ctx, scenario, metric, at, boundary, threshold, out, as_json)
        return
    if not paths or first is None or last is None:
        raise click.UsageError("a scenario needs --vary PATH, --from and --to. Or give the folder of a sweep.")
    if workers is not None and keep is None:
        raise click.UsageError("--workers goes with --keep FOLDER, where values are kept.")
    from placement.loader.load import load

    loaded = load(scenario, variant)
    from placement.breaking_even import breakeven

    talk = not (as_json or quiet)
    with stopped_by_ctrl_c("what is known so far") as stop:
        found = breakeven(
            loaded,
            paths,
            first,
            last,
            metric=metric,
            threshold=threshold,
            at=at,
            boundary=boundary or "all_in",
            points=points,
            log=log,
            factor=factor,
            tolerance=tolerance,
            gap=gap,
            time_limit_s=time_limit,
            work_limit=work_limit,
            seed=seed,
            threads=threads,
            folder=keep,
            workers=workers or 0,
            progress=_tell if talk else None,
            stop=stop,
        )
    if out is not None:
        write_texts({out: found.points.to_csv(index=False)})
    if as_json:
        click.echo(json.dumps(_object(found), indent=1))
    else:
        _conclude(found, loaded.as_if(), out)
    if found.stopped:
        ctx.exit(INTERRUPTED)


def _of_sweep(
    ctx: click.Context,
    folder: Path,
    metric: "Metric",
    at: int | None,
    boundary: "Boundary | None",
    threshold: float | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """Where the points of a sweep flip."""
    given = [
        option.opts[0]
        for option in ctx.command.params
        if option.name not in OF_A_SWEEP
        and ctx.get_parameter_source(str(option.name)) is click.core.ParameterSource.COMMANDLINE
    ]
    if given:
        raise click.UsageError(f"{folder} is a sweep, whose points are solved. Leave {', '.join(given)} out.")
    from placement.cli.crossing import tell
    from placement.crossings import crossing
    from placement.swept import read_sweep

    sweep = read_sweep(folder)
    found = crossing(sweep, metric=metric, threshold=threshold, at=at, boundary=boundary or "all_in")
    if found.over is not None and not as_json:
        tell(found, sweep.scenario, out)
        return
    if out is not None:
        write_texts({out: (found.lines[0][1].points if found.over is None else found.table).to_csv(index=False)})
    if as_json:
        lines = [{"over": value, **_object(line)} for value, line in found.lines]
        told = _object(found.lines[0][1]) if found.over is None else {"over": found.over, "lines": lines}
        click.echo(json.dumps(told, indent=1))
    else:
        _conclude(found.lines[0][1], sweep.scenario.as_if(), out)


def _check_usage(metric: str, at: int | None, boundary: str | None, threshold: float | None) -> None:
    """Options that go with one metric only."""
    if (metric == "orbital_share") != (at is not None):
        raise click.UsageError(
            "--metric orbital_share needs --at YEAR." if at is None else "--at goes with --metric orbital_share only."
        )
    if boundary is not None and metric != "parity":
        raise click.UsageError("--boundary goes with --metric parity only.")
    if threshold is None and metric == "total_cost":
        raise click.UsageError("--metric total_cost needs --threshold, in $.")


def _tell(point: "Point") -> None:
    """A line for each solve, as it ends."""
    from placement.flips import number

    side = point.side or "on neither side"
    text = f"{number(point.value)}: {point.status}, cost {usd(point.cost_usd)}, gap {percent(point.gap, 2)}, {side}"
    click.echo(text, err=True)


def _conclude(found: "Breakeven", as_if: tuple[str, ...], out: Path | None) -> None:
    from placement.flips import number

    click.echo(f"scenario {found.scenario}")
    if as_if:
        click.echo("\n".join(wrapped(f"as if they operated: {', '.join(as_if)}")))
    measured = found.measure
    rows = [
        [
            number(row["value"]),
            "-" if math.isnan(row["metric"]) else measured.shown(row["metric"]),
            usd(row["cost_usd"], 6),
            percent(row["gap"], 2),
            row["side"] or "-",
            row["status"],
        ]
        for row in found.points.to_dict("records")
    ]
    name = measured.metric.replace("_", " ")
    for line in table(["value", name, "cost", "gap", "side", "status"], rows):
        click.echo(line)
    click.echo("")
    for sentence in found.sentences():
        click.echo("\n".join(wrapped(sentence)))
    if out is not None:
        click.echo(f"written to {out}")


def _object(found: "Breakeven") -> dict[str, object]:
    """The outcome as plain JSON values."""
    measured = found.measure
    rows = found.points.to_dict("records")
    return {
        "scenario": found.scenario,
        "metric": measured.metric,
        "at": measured.at,
        "boundary": measured.boundary if measured.metric == "parity" else None,
        "threshold": measured.threshold,
        "vary": list(found.varied.paths),
        "factor": found.varied.factor,
        "from": found.range[0],
        "to": found.range[1],
        "points": [{key: _plain(value) for key, value in row.items()} for row in rows],
        "flips": [
            {
                "low": flip.low,
                "high": flip.high,
                "rises": flip.rises,
                "undecided_low": flip.undecided_low,
                "undecided_high": flip.undecided_high,
                "open_low": flip.open_low,
                "open_high": flip.open_high,
                "gap": _plain(flip.gap),
                "metrics": [_plain(value) for value in flip.metrics],
                "broken": flip.broken,
                "sentence": found.of_flip(flip),
            }
            for flip in found.flips
        ],
        "sentences": found.sentences(),
        "stopped": found.stopped,
    }


def _plain(value: object) -> object:
    """Numbers that are not finite and empty texts become null."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value or None

"""`placement sweep`."""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from placement.cli.completion import scenarios
from placement.cli.executor import executor_options
from placement.cli.main import INTERRUPTED
from placement.cli.solve import stopped_by_ctrl_c
from placement.cli.text import number, percent, usd
from placement.errors import PlacementError

if TYPE_CHECKING:
    from placement.design import Axis, Design
    from placement.executor import Executor

POSITIVE = click.FloatRange(min=0, min_open=True)
FORM = "PATH=1,2,5 or PATH=LOW:HIGH:COUNT or PATH=LOW:HIGH:COUNT:log"


@click.command("sweep")
@click.argument("scenario", type=click.Path(path_type=Path), shell_complete=scenarios)
@click.option("--variant", help="A variant of the scenario, by its name.")
@click.option("--vary", "varied", multiple=True, metavar="PATH=VALUES", help=f"An input and its values: {FORM}.")
@click.option("--factor", "factors", multiple=True, metavar="PATH=VALUES", help="The same, multiplying what is there.")
@click.option("--sample", type=click.Choice(["sobol", "latin"]), help="Points between the ends LOW:HIGH, not a grid.")
@click.option("--points", type=click.IntRange(min=1), help="Of a sample.")
@click.option("--list", "listed", type=click.Path(path_type=Path), help="CSV file with a column for each input.")
@click.option("--tornado", is_flag=True, help="Inputs one at a time from what stands there to LOW and to HIGH.")
@click.option("-o", "--out", type=click.Path(path_type=Path), help="Folder for the points.  [default: NAME.sweep]")
@click.option("--gap", type=click.FloatRange(min=0), default=0.01, show_default=True, help="Of each solve, a share.")
@click.option("--time-limit", type=POSITIVE, help="Of each, seconds.  [default: 60, without a work limit]")
@click.option("--work-limit", type=click.IntRange(min=1), help="Of each instead; the same points each time.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of the solver and of samples.")
@executor_options
@click.option("--quiet", is_flag=True, help="Show no progress.")
@click.pass_context
def command(
    ctx: click.Context,
    scenario: Path,
    variant: str | None,
    varied: tuple[str, ...],
    factors: tuple[str, ...],
    sample: str | None,
    points: int | None,
    listed: Path | None,
    tornado: bool,
    out: Path | None,
    gap: float,
    time_limit: float | None,
    work_limit: int | None,
    seed: int,
    executor: "Executor",
    address: str | None,
    workers: int,
    quiet: bool,
) -> None:
    """Solve a scenario at many values of its inputs, and keep each point as it is finished.

    Every combination of the values is a point; with --sample points lie between the ends, with --list they are the rows
    of a file, with --tornado inputs are turned one at a time: PATH=LOW:HIGH, or of values PATH alone where the scenario
    or the catalogue gives a range. The same command, or `placement sweep FOLDER`, goes on where an earlier run ended.
    `placement report FOLDER` draws it.
    """
    from placement.cli.tornado import one_at_a_time
    from placement.executor import check_executor
    from placement.loader.load import load
    from placement.swept import NAME, Solving, read_sweep

    check_executor(executor, address)
    if (scenario / NAME).is_file():
        if varied or factors or sample or listed or tornado or out or variant:
            raise click.UsageError("a sweep that was begun knows its points. Leave options that say them out.")
        found = read_sweep(scenario)
        given, design, how, target = found.scenario, found.design, found.solving, scenario
    else:
        given = load(scenario, variant)
        if tornado:
            if sample or points or listed:
                raise click.UsageError("--tornado has its own points. Leave --sample, --points and --list out.")
            design = one_at_a_time(scenario, variant, given, varied, factors)
        else:
            axes = [*(axis(text, False) for text in varied), *(axis(text, True) for text in factors)]
            design = _design(axes, sample, points, listed, seed)
        limit_s = 60.0 if time_limit is None and work_limit is None else time_limit
        how, target = Solving(gap, limit_s, work_limit, seed), out or Path(f"{given.name}.sweep")
    from placement.sweeping import sweep

    talk = not quiet
    if talk:
        click.echo(f"{'point':>6}  {'status':<10}  {'cost':>11}  {'gap':>8}  {'in orbit':>8}  inputs")
    with stopped_by_ctrl_c("what is finished") as stop:
        found = sweep(
            given, design, target, solving=how, workers=workers, executor=executor, address=address,
            progress=_told if talk else None, stop=stop,
        )  # fmt: skip
    done = len(found.finished)
    if talk:
        click.echo(f"{target}: {number(done)} of {number(len(design.points))} points; `placement report {target}`")
    if stop.is_set() and done < len(design.points):
        ctx.exit(INTERRUPTED)


def _told(row: dict[str, Any]) -> None:
    keys = [key for key in row if "." in key]
    inputs = ", ".join(f"{key.rpartition('.')[2]} {row[key]:.6g}" for key in keys)
    cost, gap, share = (row.get(key, math.nan) for key in ("cost_usd", "gap", "orbital_share"))
    click.echo(
        f"{row['point']:>6}  {row['status']:<10}  {usd(cost, 6):>11}  {percent(gap, 2):>8}  {percent(share, 2):>8}  "
        f"{inputs}"
    )


def axis(text: str, factor: bool) -> "Axis":
    """An axis from what the user writes.

    Raises
    ------
    PlacementError
        If it is not of that form.
    """
    from placement.design import Axis

    names, equals, values = text.partition("=")
    paths = tuple(path.strip() for path in names.split("+"))
    if not equals or not all(paths):
        raise PlacementError(f"'{text}' is not an input with its values. Write {FORM}.")
    log = values.endswith(":log")
    parts = values.removesuffix(":log").split(":")
    try:
        if len(parts) == 1:
            return Axis(paths, tuple(float(value) for value in parts[0].split(",")), factor, log)
        low, high = float(parts[0]), float(parts[1])
        count = int(parts[2]) if len(parts) == 3 else 2
    except (ValueError, IndexError):
        count, low, high = 0, math.nan, math.nan
    if len(parts) > 3 or count < 2:
        raise PlacementError(f"'{text}' has no values that can be used. Write {FORM}.")
    return Axis(paths, _spaced(low, high, count, log, text), factor, log)


def _spaced(low: float, high: float, count: int, log: bool, text: str) -> tuple[float, ...]:
    if log and min(low, high) <= 0:
        raise PlacementError(f"'{text}' begins or ends at 0 or below, which has no logarithm. Leave :log out.")
    share = [k / (count - 1) for k in range(count)]
    values = [low * (high / low) ** s if log else low + (high - low) * s for s in share]
    return tuple(float(f"{value:.12g}") for value in values)


def _design(axes: "list[Axis]", sample: str | None, points: int | None, listed: Path | None, seed: int) -> "Design":
    from placement import design as designs

    if listed is not None:
        if axes or sample:
            raise click.UsageError("--list has all inputs and points. Leave --vary, --factor and --sample out.")
        return _from_file(listed)
    if sample is None:
        if points is not None:
            raise click.UsageError("--points is for samples. Give --sample, or counts of values.")
        return designs.grid(axes)
    if points is None:
        raise click.UsageError("--sample needs --points.")
    return designs.sample(axes, "sobol" if sample == "sobol" else "latin", points, seed)


def _from_file(path: Path) -> "Design":
    """Rows of a CSV file, a column for each dotted path; a column that begins with * is a factor."""
    import pandas as pd

    from placement import design as designs

    try:
        table = pd.read_csv(path, dtype="float64")
    except (OSError, ValueError) as error:
        raise PlacementError(f"{path} cannot be read ({error}). Give a CSV file of numbers with a header.") from None
    names = [str(name) for name in table.columns]
    axes = [
        designs.Axis(tuple(name.lstrip("*").split("+")), tuple(table[name]), name.startswith("*")) for name in names
    ]
    return designs.listed(axes, table.to_numpy())

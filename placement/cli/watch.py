"""`placement watch`."""

import math
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from placement.cli.solve import stopped_by_ctrl_c
from placement.cli.text import percent, usd

if TYPE_CHECKING:
    from placement.watching import Turn


@click.command("watch")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--every", type=click.FloatRange(min=0.05), default=2.0, show_default=True, help="Seconds between two looks."
)
@click.option("--once", is_flag=True, help="Look once, and end.")
@click.option("--gap", type=click.FloatRange(min=0), default=1e-3, show_default=True, help="Of each solve, a share.")
@click.option(
    "--time-limit", type=click.FloatRange(min=0, min_open=True), default=60.0, show_default=True, help="Of each, s."
)
@click.option("--work-limit", type=click.IntRange(min=1), help="Of each instead; the same plan each time.")
@click.pass_context
def command(
    ctx: click.Context, folder: Path, every: float, once: bool, gap: float, time_limit: float, work_limit: int | None
) -> None:
    """Solve the scenarios of a folder again whenever a file in it changes.

    The plan of week.yaml is the folder week.plan beside it; where it is that of the scenario as it stands, nothing is
    done. What is wrong with a scenario is told, and its last plan stays. Ctrl-C ends it.
    """
    from placement.watching import look, turns

    limits: dict[str, Any] = {
        "gap": gap, "time_limit_s": math.inf if work_limit is not None else time_limit, "work_limit": work_limit
    }  # fmt: skip
    seen = before = None
    wrong = False
    with stopped_by_ctrl_c("what is solved now") as stop:
        while not stop.is_set():
            now = look(folder)
            if now != seen and (once or now == before):  # not while a file is being written
                wrong = False
                for turn in turns(folder, stop=stop, **limits):
                    _tell(turn)
                    wrong |= bool(turn.problem) or (turn.result is not None and turn.result.plan is None)
                seen = now
            before = now
            if once:
                break
            stop.wait(every)
    if once and wrong:
        ctx.exit(1)


def _tell(turn: "Turn") -> None:
    """A line for a scenario."""
    now, result = time.strftime("%H:%M:%S"), turn.result
    if turn.problem:
        click.echo(f"{now} {turn.file.name}: {turn.problem}", err=True)
    elif result is None:
        click.echo(f"{now} {turn.file.name}: {turn.folder.name} is up to date")
    elif result.plan is None:
        click.echo(f"{now} {turn.file.name}: {result.status}: {result.message}", err=True)
    else:
        words = f"cost {usd(result.cost_usd, 6)}, gap {percent(result.gap, 3)}, {result.placed:,} units placed"
        click.echo(f"{now} {turn.file.name}: {words}, written to {turn.folder.name} ({result.runtime_s:.1f} s)")

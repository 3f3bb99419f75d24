"""`placement solve`."""

import json
import math
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import click

from placement.cli.completion import scenarios
from placement.cli.executor import where_options
from placement.cli.text import percent, usd, wrapped

if TYPE_CHECKING:
    from placement.executor import Executor
    from placement.kernels.backend import Device
    from placement.result import Progress, Result

NO_PLAN = 3

FOUND_BY = {
    "priced": "jobs apart",
    "start": "given plan",
    "greedy": "job by job",
    "fcfs": "first come",
    "relaxed": "relaxation",
    "restricted": "around it",
    "ascent": "prices",
    "sifting": "prices",
    "priced greedy": "job by job",
    "largest jobs": "largest jobs",
    "relax and fix": "largest first",
    "exact": "exact model",
    "filled": "filled up",
    "builds and jobs": "builds and jobs",
    "no plan exists": "exact model",
}
"""How the live table says what found a plan or a bound."""


class _Number(click.FloatRange):
    """A number in a range; NaN is in none."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        number = super().convert(value, param, ctx)
        if math.isnan(number):
            self.fail(f"{value} is not a number.", param, ctx)
        return number


@click.command("solve")
@click.argument("scenario", type=click.Path(path_type=Path), shell_complete=scenarios)
@click.option("--variant", help="A variant of the scenario, by its name.")
@click.option("-o", "--out", type=click.Path(path_type=Path), help="Folder for the plan. [default: NAME.plan]")
@click.option(
    "--gap", type=_Number(min=0), default=1e-4, show_default=True, help="Stop at this proven gap, a share: 0.01 is 1 %."
)
@click.option("--time-limit", type=_Number(min=0, min_open=True), help="End the command after so many seconds.")
@click.option(
    "--work-limit", type=click.IntRange(min=1), help="Stop after so many nodes, or rounds of annealing; repeatable."
)
@click.option("--start", type=click.Path(path_type=Path), help="Plan folder to begin with.")
@click.option(
    "--device", type=click.Choice(("auto", "gpu", "cpu")), default="auto", show_default=True, help="Where kernels run."
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of the solver.")
@click.option("--threads", type=click.IntRange(min=0), default=0, help="Threads of the solver; 0: it decides.")
@click.option("--robust", "measure", help="Choose by cost over futures: mean, or cvar=0.95 for the worst 5 %.")
@click.option("--futures", type=int, help="With --robust: futures that decide.  [default: 256]")
@click.option("--fresh", type=int, help="With --robust: futures that judge the choice.  [default: as many]")
@click.option("--shards", type=click.IntRange(min=1), default=1, help="Parts over which large problems are priced.")
@where_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
@click.pass_context
def command(
    ctx: click.Context,
    scenario: Path,
    variant: str | None,
    out: Path | None,
    gap: float,
    time_limit: float | None,
    work_limit: int | None,
    start: Path | None,
    device: "Device",
    seed: int,
    threads: int,
    measure: str | None,
    futures: int | None,
    fresh: int | None,
    shards: int,
    executor: "Executor",
    address: str | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Decide what runs where and when, prove how good that is, and check it.

    With --robust several plans are carried out in futures of the scenario's `uncertainty`, and the one whose cost there
    has the least mean or CVaR is taken; the time limit is that of all solves, and of no futures.

    Ctrl-C returns the best plan so far with its bound. Exit code 3: there is no plan.
    """
    began = time.monotonic()
    from placement.folder import check_place, read_plan, write_plan
    from placement.loader.load import load

    if device == "gpu":
        from placement.search.fallback import available

        available(device)
    _check_robust(measure, futures, fresh)
    if measure is not None and (shards > 1 or executor != "local"):
        raise click.UsageError("--robust solves without shards. Leave --shards and --executor out.")
    loaded = load(scenario, variant)
    folder = out or Path(f"{scenario.stem}{'' if variant is None else '-' + variant}.plan")
    check_place(folder)
    begin = read_plan(start).plan if start is not None else None
    from placement.solving import solve  # takes a second or two: what is wrong with the files is told before

    talk = not (as_json or quiet)
    if talk:
        introduce(loaded.name, loaded.as_if(), measure)
    limits: dict[str, Any] = {
        "gap": gap,
        "time_limit_s": math.inf if time_limit is None else max(0.05, time_limit - (time.monotonic() - began)),
        "work_limit": work_limit,
        "device": device,
        "seed": seed,
        "threads": threads,
        "start": begin,
    }
    more: dict[str, Any] = {}
    with stopped_by_ctrl_c() as stop:
        if measure is None:
            live = Live() if talk else None
            where: dict[str, Any] = {"shards": shards, "executor": executor, "address": address}
            result = solve(loaded, progress=live, stop=stop, **limits, **where)
            if live is not None:
                live.finish(result)
        else:
            from placement.cli.robust import choose

            found = choose(loaded, measure, futures, fresh, stop, limits, talk)
            result, more = found.result, {"robust": found.summary()}
    for note in () if quiet else result.notes:
        click.echo(f"note: {note}", err=True)
    if result.plan is not None:
        write_plan(folder, loaded, result, more)
    if as_json:
        told = {**result.summary(), **more, "plan": str(folder) if result.plan is not None else None}
        click.echo(json.dumps(told, indent=1))
    elif talk and measure is not None and result.plan is not None:
        from placement.cli.robust import lines

        click.echo("\n".join([*lines(found), f"checked by the verifier, written to {folder}"]))
    elif talk:
        _conclude(result, folder, scenario)
    if result.plan is None:
        if not talk:
            click.echo(f"error: {result.message}", err=True)
        ctx.exit(NO_PLAN)


def _check_robust(measure: str | None, futures: int | None, fresh: int | None) -> None:
    """Complain now of what `placement.robust` would complain of later."""
    from placement.errors import PlacementError

    for name, value in (("--futures", futures), ("--fresh", fresh)):
        if value is not None and measure is None:
            raise PlacementError(f"{name} is of a choice over futures. Say by what it is made: --robust cvar=0.95.")
    if measure is not None:
        from placement.estimates import criterion

        criterion(measure)


@contextmanager
def stopped_by_ctrl_c(what: str = "the plan") -> Iterator[threading.Event]:
    """An event that Ctrl-C sets; a second Ctrl-C interrupts as usual, and gives up `what`."""
    stop = threading.Event()

    def handle(signum: int, frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()
        click.echo(f"stopping; press Ctrl-C again to give up {what}", err=True)

    before = signal.signal(signal.SIGINT, handle)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)


def introduce(name: str, as_if: tuple[str, ...], measure: str | None = None) -> None:
    """What is solved, and the head of the live table."""
    click.echo(f"scenario {name}")
    if as_if:
        click.echo("\n".join(wrapped(f"as if they operated: {', '.join(as_if)}")))
    if measure is None:
        click.echo(f"{'seconds':>8}  {'found by':<14}  {'cost':>11}  {'bound':>11}  {'gap':>9}")


class Live:
    """The live table: a line for each improvement, at most two a second for bounds alone."""

    def __init__(self) -> None:
        self.cost: float | None = None
        self.told = -math.inf
        self.line = ""

    def __call__(self, progress: "Progress") -> None:
        better = progress.cost_usd is not None and (self.cost is None or progress.cost_usd < self.cost)
        if not better and progress.seconds - self.told < 0.5:
            return
        if better:
            self.cost = progress.cost_usd
        self._tell(
            progress.seconds,
            FOUND_BY.get(progress.source, progress.source),
            progress.cost_usd,
            progress.bound_usd,
            progress.gap,
        )

    def finish(self, result: "Result") -> None:
        """The last line: what the result says."""
        if result.plan is not None:
            self._tell(result.runtime_s, "in the end", result.cost_usd, result.bound_usd, result.gap)

    def _tell(self, seconds: float, found_by: str, cost: float | None, bound: float | None, gap: float | None) -> None:
        cells = f"{found_by:<14}  {usd(cost, 6):>11}  {usd(bound, 6):>11}  {percent(gap, 3):>9}"
        if cells != self.line:
            self.line, self.told = cells, seconds
            click.echo(f"{seconds:8.1f}  {cells}")


def _conclude(result: "Result", folder: Path, scenario: Path) -> None:
    click.echo("")
    if result.plan is None:
        click.echo(f"{result.status}: {result.message}", err=True)
        if str(result.status) == "infeasible":
            click.echo(f"`placement explain {scenario}` says what cannot be met together, and what helps.", err=True)
        if math.isfinite(result.bound_usd):
            click.echo(f"proven all the same: no plan costs less than {usd(result.bound_usd, 6)}.", err=True)
        return
    cash = result.boundaries_usd["all_in"]
    rows = [
        ["status", str(result.status), result.message],
        [
            "cost",
            usd(result.cost_usd, 6),
            f"{usd(cash)} paid in the horizon, all in; the rest: tails, delay, rejection",
        ],
        ["  of it decided", usd(result.cost_usd - result.constant_usd, 6), "what no decision changes left out"],
        ["proven bound", usd(result.bound_usd, 6), "no plan costs less"],
        ["gap", percent(result.gap, 3), f"{usd(result.gap_usd)}, of what is decided"],
    ]
    if result.baseline_usd is not None:
        saved = result.baseline_usd - result.cost_usd
        of = result.baseline_usd - result.constant_usd
        share = percent(saved / of, 2) if of > 0 else "-"
        words = f"with backfill; the plan saves {usd(saved)}, {share} of what is decided"
        rows.append(["first come, first served", usd(result.baseline_usd, 6), words])
    counts = f"{result.placed:,} placed, {result.deferred:,} deferred, {result.rejected:,} rejected"
    rows.append(["units of jobs", f"{result.jobs:,}", counts])
    width = max(len(row[0]) for row in rows)
    for name, value, words in rows:
        click.echo(f"{name:<{width}}  {value:>11}  {words}")
    on = ", kernels on the GPU" if result.device == "gpu" else ""
    click.echo(f"checked by the verifier, written to {folder} ({result.runtime_s:.1f} s{on})")

"""`placement bench`."""

import json
from typing import TYPE_CHECKING, Any

import click

from placement.cli.text import number, percent, table, usd

if TYPE_CHECKING:
    from placement.benchmarks.peers import Answer


def _seconds(value: object) -> str:
    return "-" if value is None else f"{value} s"


def _tell(answer: "Answer") -> None:
    """A line for an answer of a peer, as it comes."""
    if answer.status == "missing":
        click.echo(answer.message, err=True)
        return
    said = f"{answer.message}; " if answer.message else ""
    if answer.refused:
        said += f"{len(answer.refused)} plans refused, the first: {answer.refused[0]} "
    cost = f"cost {usd(answer.cost_usd, 6)}, " if answer.plan is not None else ""
    begun = ", begun with our first plan" if answer.begun else ""
    click.echo(f"  {answer.peer}, {answer.setting}{begun}: {said}{cost}{answer.runtime_s:.1f} s.", err=True)


def _peer_table(peers: dict[str, Any]) -> list[str]:
    """Ours and the peers, line by line."""
    head = ("who", "setting", "cost", "gap", "gap to best bound", "first plan", "cost / ours after 5 s", "memory")
    rows = [
        (
            row["who"],
            row["setting"],
            usd(row["cost_usd"], 6),
            percent(row["own_gap"], 2),
            percent(row["best_gap"], 2),
            _seconds(row["first_plan_s"]),
            "-" if row["over_ours_after_5_s"] is None else number(row["over_ours_after_5_s"], 4),
            "-" if row["peak_memory_mb"] is None else f"{number(row['peak_memory_mb'])} MB",
        )
        for row in peers["rows"]
    ]
    lines = [
        f"Peers, {peers['time_limit_s']:g} s each, the best of their settings; every plan checked and priced here:"
    ]
    lines += table(head, rows)
    lines += [f"The bound of {who} is above the cost of a plan: it does not count." for who in peers["refuted"]]
    return lines


@click.command("bench")
@click.argument("size", required=False)
@click.argument("load", required=False, default="easy")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of the instance.")
@click.option("--gap", type=click.FloatRange(min=0), default=1e-3, show_default=True, help="Stop at this proven gap.")
@click.option(
    "--time-limit", type=click.FloatRange(min=0, min_open=True), default=60.0, show_default=True, help="Seconds."
)
@click.option("--peers", is_flag=True, help="Then ask other solvers too: HiGHS, CP-SAT, SCIP (extra 'peers').")
@click.option(
    "--peers-time-limit",
    type=click.FloatRange(min=0, min_open=True),
    default=300.0,
    show_default=True,
    help="Seconds for each run of a peer.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object: all that is stored with a run.")
def command(
    size: str | None,
    load: str,
    seed: int,
    gap: float,
    time_limit: float,
    peers: bool,
    peers_time_limit: float,
    as_json: bool,
) -> None:
    """Solve a seeded benchmark instance of a SIZE and LOAD (easy, tight); without a size, list them.

    The same seed gives the same instance everywhere. Its properties are measured and said if they are not as they
    should be.
    """
    from placement.benchmarks.sizes import LOADS, SIZES

    if size is None:
        rows = [(name, f"{s.jobs:,}", f"{s.clusters:,}", f"{s.slots:,}") for name, s in SIZES.items()]
        for line in table(("size", "jobs", "clusters", "hours"), rows):
            click.echo(line)
        click.echo()
        click.echo(f"Loads: {', '.join(f'{name} {percent(value)}' for name, value in LOADS.items())}.")
        return
    from placement.benchmarks.record import run_instance

    limit = peers_time_limit if peers else None
    found = run_instance(size, load, seed, gap=gap, time_limit_s=time_limit, peers_time_limit_s=limit, tell=_tell)
    if as_json:
        click.echo(json.dumps(found, indent=1))
        return
    click.echo(f"{found['instance']}: made in {found['made_s']} s, compiled in {found['compile_s']} s.")
    for words in found["broken"]:
        click.echo(f"  {words}")
    if found["cost_usd"] is None:
        click.echo(f"No plan within {time_limit:g} s.")
    else:
        _say_ours(found)
    for line in _peer_table(found["peers"]) if peers else ():
        click.echo(line)


def _say_ours(found: dict[str, Any]) -> None:
    gap_words = "" if found["gap"] is None else f", gap {percent(found['gap'])}"
    click.echo(f"Cost {usd(found['cost_usd'])}{gap_words}, first plan after {_seconds(found['first_plan_s'])}.")
    for share in ("5", "1", "0.5", "0.1"):
        click.echo(f"  to {share} %: {_seconds(found[f'to_{share}_percent_s'])}")
    click.echo(f"Peak memory {found['peak_memory_mb']:,} MB.")

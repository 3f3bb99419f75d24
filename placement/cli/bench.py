"""`placement bench`."""

import json

import click

from placement.cli.text import percent, table, usd


def _seconds(value: object) -> str:
    return "-" if value is None else f"{value} s"


@click.command("bench")
@click.argument("size", required=False)
@click.argument("load", required=False, default="easy")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of the instance.")
@click.option("--gap", type=click.FloatRange(min=0), default=1e-3, show_default=True, help="Stop at this proven gap.")
@click.option(
    "--time-limit", type=click.FloatRange(min=0, min_open=True), default=60.0, show_default=True, help="Seconds."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object: all that is stored with a run.")
def command(size: str | None, load: str, seed: int, gap: float, time_limit: float, as_json: bool) -> None:
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

    found = run_instance(size, load, seed, gap=gap, time_limit_s=time_limit)
    if as_json:
        click.echo(json.dumps(found, indent=1))
        return
    click.echo(f"{found['instance']}: made in {found['made_s']} s, compiled in {found['compile_s']} s.")
    for words in found["broken"]:
        click.echo(f"  {words}")
    if found["cost_usd"] is None:
        click.echo(f"No plan within {time_limit:g} s.")
        return
    gap_words = "" if found["gap"] is None else f", gap {percent(found['gap'])}"
    click.echo(f"Cost {usd(found['cost_usd'])}{gap_words}, first plan after {_seconds(found['first_plan_s'])}.")
    for share in ("5", "1", "0.5", "0.1"):
        click.echo(f"  to {share} %: {_seconds(found[f'to_{share}_percent_s'])}")
    click.echo(f"Peak memory {found['peak_memory_mb']:,} MB.")

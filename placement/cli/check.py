"""`placement check`."""

import json
from pathlib import Path

import click

from placement.cli.completion import scenarios
from placement.cli.text import wrapped


@click.command("check")
@click.argument("scenario", type=click.Path(path_type=Path), shell_complete=scenarios)
@click.option("--variant", help="A variant of the scenario, by its name. Without it all of them are checked too.")
@click.option("--satellites", is_flag=True, help="Also print the budgets of each orbital cluster's satellites.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(scenario: Path, variant: str | None, satellites: bool, as_json: bool) -> None:
    """Check a scenario and say what is in it.

    Every problem is listed with its place, the value and what to do about it; nothing is solved.
    """
    from placement.cli.satellite import own_lines
    from placement.errors import ScenarioError
    from placement.loader.extend import variants
    from placement.loader.load import load
    from placement.survey import survey

    try:
        loaded = load(scenario, variant)
        others = [each for each in variants(scenario) if variant is None]
        for each in others:
            load(scenario, each.name)
    except ScenarioError as error:
        if not as_json:
            raise
        problems = [{"place": p.place, "fact": p.fact, "remedy": p.remedy} for p in error.problems]
        click.echo(json.dumps({"valid": False, "problems": problems}, indent=1))
        raise click.exceptions.Exit(1) from None
    found = survey(loaded)
    if as_json:
        click.echo(json.dumps(found.summary(), indent=1))
        return
    click.echo(f"{scenario} is a valid scenario.")
    for name, value in found.facts.items():
        click.echo(f"  {name:<22} {value}")
    if others:
        click.echo("  " + "\n  ".join(wrapped(f"{'variants':<22} {', '.join(each.name for each in others)}", " " * 25)))
    for remark in found.remarks:
        click.echo("\n".join(wrapped(f"note: {remark}", " " * 6)))
    for cluster in loaded.clusters if satellites else ():
        if cluster.orbital:
            click.echo("\n".join(["", *own_lines(loaded, cluster)]))

"""`placement verify`."""

import json
from pathlib import Path

import click

SHOWN = 50


@click.command("verify")
@click.argument("plan", type=click.Path(path_type=Path))
@click.option(
    "--scenario", type=click.Path(path_type=Path), help="Check against this file instead of the stored scenario."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def command(ctx: click.Context, plan: Path, scenario: Path | None, as_json: bool) -> None:
    """Check a plan folder independently of the solver.

    Every run time, window, limit and dollar is worked out anew from the scenario. Exit code 1: a rule is broken.
    """
    from placement.folder import read_plan
    from placement.loader.load import load
    from placement.verifier import verify

    stored = read_plan(plan)
    against = load(scenario) if scenario is not None else stored.scenario
    checked = verify(against, stored.plan)
    if as_json:
        findings = [{"rule": f.rule, "where": f.where, "text": f.text} for f in checked.findings]
        click.echo(json.dumps({"ok": checked.ok, "cost_usd": checked.cost_usd, "findings": findings}, indent=1))
    elif checked.ok:
        runs = int((stored.plan.placements["kind"] == "run").sum())
        click.echo(f"{plan}: every rule holds for {runs:,} runs; worked out anew, it costs ${checked.cost_usd:,.2f}.")
        if against.as_if():
            click.echo(f"as if they operated: {', '.join(against.as_if())}")
    else:
        for finding in checked.findings[:SHOWN]:
            click.echo(f"{finding.rule}: {finding.where}: {finding.text}", err=True)
        more = len(checked.findings) - SHOWN
        if more > 0:
            click.echo(f"... and {more} more.", err=True)
        click.echo(f"{len(checked.findings)} rule(s) broken.", err=True)
    if not checked.ok:
        ctx.exit(1)

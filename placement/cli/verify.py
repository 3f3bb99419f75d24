"""`placement verify`."""

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from placement.cli.text import wrapped

if TYPE_CHECKING:
    from placement.folder import Stored
    from placement.verifier.findings import Finding, Verification

SHOWN = 50
NUMBER = re.compile(r"[\d.,]*\d")


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
    findings = [*checked.findings, *_headline(stored, checked)]
    if as_json:
        rows = [{"rule": f.rule, "where": f.where, "text": f.text} for f in findings]
        click.echo(json.dumps({"ok": not findings, "cost_usd": checked.cost_usd, "findings": rows}, indent=1))
    elif findings:
        _tell(findings)
    else:
        runs = stored.plan.placements.query("kind == 'run' and part == 1")
        where = "the scenario that it was made for" if scenario is None else str(scenario)
        click.echo(f"{plan}: all rules of {where} hold, for {int(runs['count'].sum()):,} runs of units.")
        click.echo(f"Worked out anew, it costs ${checked.cost_usd:,.2f}.")
        if against.as_if():
            click.echo("\n".join(wrapped(f"as if they operated: {', '.join(against.as_if())}")))
    if findings:
        ctx.exit(1)


def _headline(stored: "Stored", checked: "Verification") -> "list[Finding]":
    """What the plan's summary says of cost and bound and does not hold."""
    from placement.verifier.findings import Finding

    cost, bound = stored.summary["cost_usd"], stored.summary["bound_usd"]
    slack = 0.01 + 1e-9 * abs(checked.cost_usd)
    found = []
    if cost is None or abs(cost - checked.cost_usd) > slack:
        text = f"cost_usd is {cost}, but the decisions cost {checked.cost_usd:.2f}."
        found.append(Finding("headline", "plan.json", text))
    if bound is not None and bound > checked.cost_usd + slack:
        text = f"bound_usd is {bound}, above what the plan costs, {checked.cost_usd:.2f}."
        found.append(Finding("headline", "plan.json", text))
    return found


def _tell(findings: "list[Finding]") -> None:
    """Findings; those that differ in numbers only are told once and counted."""
    alike: dict[tuple[str, str, str], list[Finding]] = {}
    for finding in findings:
        key = (finding.rule, NUMBER.sub("#", finding.where), NUMBER.sub("#", finding.text))
        alike.setdefault(key, []).append(finding)
    for members in list(alike.values())[:SHOWN]:
        first = members[0]
        more = f" (and {len(members) - 1} more like it)" if len(members) > 1 else ""
        click.echo(f"{first.rule}: {first.where}: {first.text}{more}", err=True)
    if len(alike) > SHOWN:
        click.echo(f"... and {len(alike) - SHOWN} more kinds.", err=True)
    click.echo(f"Rules are broken in {len(findings)} place(s).", err=True)

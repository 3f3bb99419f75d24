"""`placement show`."""

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from placement.cli.text import hours, number, percent, table, usd

if TYPE_CHECKING:
    from placement.folder import Stored
    from placement.schema import Scenario
    from placement.statistics import Statistics

BOUNDARY_HEADS = {
    "launch_and_power": "launch, power",
    "energy_cooling_launch": "+ cooling",
    "all_but_accelerators": "+ building",
    "all_in": "all in",
}


@click.command("show")
@click.argument("plan", type=click.Path(path_type=Path))
@click.option("--table", "name", help="Print one table of the plan as CSV: placements, jobs, energy, costs ...")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(plan: Path, name: str | None, as_json: bool) -> None:
    """Show what a plan delivers: per cluster, team and priority, with waiting times and $ per hour."""
    from placement.errors import PlacementError
    from placement.folder import read_plan
    from placement.plan import TABLES
    from placement.statistics import statistics

    stored = read_plan(plan)
    if name is not None:
        if name not in TABLES:
            raise PlacementError(f"a plan has no table '{name}'. Choose one of: {', '.join(TABLES)}.")
        click.echo(stored.plan.tables[name].to_csv(index=False), nl=False)
        return
    found = statistics(stored.scenario, stored.plan)
    if as_json:
        click.echo(json.dumps(_json(stored, found), indent=1))
        return
    for line in _lines(stored, found):
        click.echo(line)


def _json(stored: "Stored", found: "Statistics") -> dict[str, Any]:
    def records(frame: Any) -> list[dict[str, Any]]:
        rows = frame.to_dict("records")
        return [{k: None if isinstance(v, float) and math.isnan(v) else v for k, v in row.items()} for row in rows]

    return {
        **{k: v for k, v in stored.summary.items() if k not in ("files", "history")},
        "delivered_reference_accelerator_hours": found.delivered,
        "orbital_share": found.orbital_share,
        "clusters": records(found.clusters),
        "teams": records(found.teams),
        "priorities": records(found.priorities),
        "orbits": records(found.orbits),
    }


def _lines(stored: "Stored", found: "Statistics") -> list[str]:
    summary, scenario = stored.summary, stored.scenario
    marks = scenario.as_if()
    lines = [f"{scenario.name}: {scenario.title}" if scenario.title else scenario.name]
    gap = summary["gap"]
    lines.append(
        f"cost {usd(summary['cost_usd'])}, proven bound {usd(summary['bound_usd'])}, gap {percent(gap, 3)}"
        + (
            f"; first come, first served {usd(summary['baseline_usd'])}"
            if summary.get("baseline_usd") is not None
            else ""
        )
    )
    if marks:
        lines.append(f"* planned with as if they operated: {', '.join(marks)}")
    share = percent(found.orbital_share, 2)
    meaning = (
        "meaningful"
        if found.orbital_share >= scenario.policy.meaningful_orbital_share
        else "below what counts as meaningful"
    )
    lines.append(
        f"delivered {number(found.delivered)} reference accelerator-hours in the horizon, "
        f"{share} of them in orbit ({meaning})"
    )
    lines += ["", "Clusters"]
    lines += table(
        ["cluster", "runs", "utilised", "delivered h", "share", "wait p50 h", "p95 h", "MWh"],
        [
            [
                c["cluster"] + ("*" if c["as_if"] else ""), number(c["runs"]), percent(c["utilisation"]),
                number(c["delivered_hours"]), percent(_share(c["delivered_hours"], found.delivered)),
                hours(c["wait_p50"]), hours(c["wait_p95"]), number(c["mwh"]),
            ]
            for _, c in found.clusters.iterrows()
        ],
    )  # fmt: skip
    lines += [
        "",
        f"$ per delivered reference accelerator-hour ({_dollars(scenario)})",
    ]
    lines += table(
        ["cluster", *BOUNDARY_HEADS.values()],
        [
            [c["cluster"] + ("*" if c["as_if"] else ""), *(_per_hour(c[f"per_hour_{b}"]) for b in BOUNDARY_HEADS)]
            for _, c in found.clusters.iterrows()
        ],
    )
    for title, key, frame in (("Teams", "team", found.teams), ("Priorities", "priority", found.priorities)):
        if len(frame) > 1 or (len(frame) == 1 and frame[key].iloc[0] != "(none)"):
            lines += ["", title, *_people(key, frame)]
    if len(found.orbits):
        lines += ["", "Sunlight in orbit", *_orbits(found)]
    lines += ["", "Costs", *_costs(stored, found.waiting_usd)]
    away = stored.plan.jobs[(stored.plan.jobs["rejected"] > 0) | (stored.plan.jobs["deferred"] > 0)]
    if len(away):
        lines += ["", f"Not placed ({len(away)} jobs)"]
        for _, job in away.head(20).iterrows():
            what = f"{job['rejected']} rejected" if job["rejected"] else f"{job['deferred']} deferred"
            lines.append(f"  {job['job']}: {what}: {job['reason']}")
        if len(away) > 20:
            lines.append(f"  and {len(away) - 20} more; see `placement show PLAN --table jobs`")
    return lines


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _dollars(scenario: "Scenario") -> str:
    return f"{'real' if scenario.money.real else 'nominal'} {scenario.money.price_year} $"


def _per_hour(value: float) -> str:
    return "-" if math.isnan(value) else f"${value:.3f}"


def _people(key: str, frame: Any) -> list[str]:
    return table(
        [key, "units", "placed", "served", "wait p50 h", "p95 h", "delivered h", *BOUNDARY_HEADS.values()],
        [
            [
                r[key], number(r["units"]), number(r["placed"]), percent(r["served"]), hours(r["wait_p50"]),
                hours(r["wait_p95"]), number(r["delivered_hours"]),
                *(_per_hour(r[f"per_hour_{b}"]) for b in BOUNDARY_HEADS),
            ]
            for _, r in frame.iterrows()
        ],
    )  # fmt: skip


def _orbits(found: "Statistics") -> list[str]:
    return table(
        ["pool", "altitude km", "sunlit lowest", "mean", "speed lowest", "mean", "eclipse"],
        [
            [
                f"{o['cluster']}/{o['pool']}", number(o["altitude_km"]),
                percent(o["sunlit_min"]), percent(o["sunlit_mean"]),
                percent(o["speed_min"]), percent(o["speed_mean"]), o["eclipse"],
            ]
            for _, o in found.orbits.iterrows()
        ],
    )  # fmt: skip


def _costs(stored: "Stored", waiting_usd: float) -> list[str]:
    costs = stored.plan.costs.groupby("category", sort=False)["usd"].sum()
    rows = [[str(category), usd(float(value))] for category, value in costs.items()]
    for position, row in enumerate(rows):
        if row[0] == "delay":
            rows.insert(position + 1, ["  of it waiting", usd(waiting_usd)])
            break
    totals = stored.summary["boundaries_usd"]
    rows += [[f"cash, {BOUNDARY_HEADS[name]}", usd(value)] for name, value in totals.items()]
    return table(["category", "present value"], rows)

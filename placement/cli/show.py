"""`placement show`."""

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from placement.cli.text import hours, number, percent, short, table, usd, wrapped

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
SHORT_HEADS = ("power", "cooling", "building", "all in")
BOUNDARY_NOTE = (
    "Four boundaries, each with what the one before has: launch, energy and contracts; cooling; all but accelerators "
    "(building, operations, network, transfers, carbon); accelerators and rent. Costs that a cluster has in any case "
    "are spread over what it delivers, so that an hour looks dear where little runs."
)
MOST_LINES = 20


@click.command("show")
@click.argument("plan", type=click.Path(path_type=Path))
@click.option("--table", "name", help="Print one table of the plan as CSV: placements, jobs, energy, costs ...")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(plan: Path, name: str | None, as_json: bool) -> None:
    """Show what a plan delivers: what runs where and when, served shares, waiting times, limits, $ per hour."""
    from placement.capacity_cost import new_capacity, parity_by_year
    from placement.cli import years
    from placement.errors import PlacementError
    from placement.folder import read_plan
    from placement.over_years import decade
    from placement.plan import TABLES
    from placement.statistics import statistics
    from placement.verifier import verify

    stored = read_plan(plan)
    if name is not None:
        if name not in TABLES:
            raise PlacementError(f"a plan has no table '{name}'. Choose one of: {', '.join(TABLES)}.")
        click.echo(stored.plan.tables[name].to_csv(index=False), nl=False)
        return
    checked = verify(stored.scenario, stored.plan)
    found = statistics(stored.scenario, stored.plan, checked.limits)
    grown = decade(stored.scenario, stored.plan, checked.limits) if _grows(stored.scenario) else None
    parity = parity_by_year(new_capacity(stored.scenario)) if grown is not None else None
    if as_json:
        tables = {} if grown is None or parity is None else {"years": grown, "new_capacity": parity}
        click.echo(json.dumps(_json(stored, found, tables), indent=1, default=str))
        return
    for line in _lines(stored, found):
        click.echo(line)
    if grown is not None and parity is not None:
        for line in years.lines(grown, parity):
            click.echo(line)
    if not checked.ok:
        click.echo(f"This plan breaks rules of its scenario; `placement verify {plan}` says which.", err=True)


def _grows(scenario: "Scenario") -> bool:
    """Whether anything can be added."""
    return any(cluster.modules for cluster in scenario.clusters)


def _json(stored: "Stored", found: "Statistics", grown: dict[str, Any]) -> dict[str, Any]:
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
        "footprint": records(found.footprint),
        "largest_runs": records(found.largest),
        "limits": records(found.limits),
        **(
            {
                "years": records(grown["years"].years),
                "vehicles": records(grown["years"].vehicles),
                "used_up": records(grown["years"].binding),
                "places": records(grown["years"].costs),
                "parity": records(grown["new_capacity"]),
            }
            if grown
            else {}
        ),
    }


def _lines(stored: "Stored", found: "Statistics") -> list[str]:
    scenario = stored.scenario
    lines = _headline(stored, found)
    lines += ["", "Clusters", *_clusters(found)]
    lines += ["", f"$ per delivered reference accelerator-hour ({_dollars(scenario)})"]
    lines += table(
        ["cluster", *BOUNDARY_HEADS.values()],
        [[_marked(c), *(_per_hour(c[f"per_hour_{b}"]) for b in BOUNDARY_HEADS)] for _, c in found.clusters.iterrows()],
    )
    lines += wrapped(BOUNDARY_NOTE, "") + _without_costs(scenario)
    for title, key, frame in (("Teams", "team", found.teams), ("Priorities", "priority", found.priorities)):
        if len(frame) > 1 or (len(frame) == 1 and frame[key].iloc[0] != "(none)"):
            lines += ["", title, *_people(key, frame)]
    if len(found.largest):
        lines += ["", "Largest runs (all: `placement show PLAN --table placements`)", *_largest(found)]
    if len(found.limits):
        lines += ["", "Limits, each where it is tightest", *_limits(found)]
    if len(found.orbits):
        lines += ["", "Sunlight in orbit, per slot; 100 % is a time without eclipse", *_orbits(found)]
        lines += _shortages(scenario)
    lines += ["", "Carbon and water of the horizon", *_footprint(found)]
    lines += ["", "Costs", *_costs(stored, found.waiting_usd)]
    return lines + _not_placed(stored)


def _headline(stored: "Stored", found: "Statistics") -> list[str]:
    summary, scenario = stored.summary, stored.scenario
    lines = [f"{scenario.name}: {scenario.title}" if scenario.title else scenario.name]
    lines.append(
        f"cost {usd(summary['cost_usd'])}, proven bound {usd(summary['bound_usd'])}, gap {percent(summary['gap'], 3)}"
    )
    if summary.get("baseline_usd") is not None:
        lines.append(f"first come, first served with backfill would cost {usd(summary['baseline_usd'])}")
    if scenario.as_if():
        lines += wrapped(f"* planned with as if they operated: {', '.join(scenario.as_if())}")
    threshold = scenario.policy.meaningful_orbital_share
    meaning = "at least" if found.orbital_share >= threshold else "less than"
    lines += wrapped(
        f"delivered {number(found.delivered)} accelerator-hours in the horizon, counted in "
        f"{scenario.reference_accelerator}; {percent(found.orbital_share, 2)} of them in orbit, {meaning} the "
        f"{percent(threshold, 0)} that count as meaningful"
    )
    return lines


def _marked(row: Any) -> str:
    return str(row["cluster"]) + ("*" if row["as_if"] else "")


def _clusters(found: "Statistics") -> list[str]:
    return table(
        ["cluster", "runs", "utilised", "delivered h", "share", "wait p50 h", "p95 h", "MWh"],
        [
            [
                _marked(c), number(c["runs"]), percent(c["utilisation"]),
                number(c["delivered_hours"]), percent(_share(c["delivered_hours"], found.delivered)),
                hours(c["wait_p50"]), hours(c["wait_p95"]), number(c["mwh"]),
            ]
            for _, c in found.clusters.iterrows()
        ],
    )  # fmt: skip


def _without_costs(scenario: "Scenario") -> list[str]:
    """Clusters whose hour looks cheap because nobody said what they cost."""
    free = scenario.without_costs()
    if not free:
        return []
    return wrapped(f"No fixed_costs are given for {', '.join(free)}: chips and buildings count as free there.", "")


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _dollars(scenario: "Scenario") -> str:
    return f"real {scenario.money.price_year} $"


def _per_hour(value: float) -> str:
    return "-" if math.isnan(value) else f"${value:.3f}"


def _people(key: str, frame: Any) -> list[str]:
    head = [key, "units", "placed", "work served", "wait p50 h", "p95 h", "hours", *SHORT_HEADS]
    rows = [
        [
            r[key], number(r["units"]), number(r["placed"]), _served(r["served"]), hours(r["wait_p50"]),
            hours(r["wait_p95"]), short(r["delivered_hours"]), *(_per_hour(r[f"per_hour_{b}"]) for b in BOUNDARY_HEADS),
        ]
        for _, r in frame.iterrows()
    ]  # fmt: skip
    return table(head, rows)


def _served(share: float) -> str:
    return ">99.9 %" if 0.9995 <= share < 1.0 else percent(share)


def _largest(found: "Statistics") -> list[str]:
    return table(
        ["job", "where", "units", "accelerators", "start", "hours", "past end"],
        [
            [
                r["job"] + (f" ({r['segment']})" if r["segment"] > 1 else ""), f"{r['cluster']}/{r['pool']}",
                number(r["count"]), number(r["accelerators"]), f"{r['start']:%Y-%m-%d %H:%M}", hours(r["hours"]),
                hours(r["beyond_hours"]) if r["beyond_hours"] > 0 else "",
            ]
            for _, r in found.largest.iterrows()
        ],
    )  # fmt: skip


def _limits(found: "Statistics") -> list[str]:
    rows = []
    for _, r in found.limits.iterrows():
        binds = f"{r['binding']} of {r['spans']}" if r["spans"] > 1 else ("yes" if r["binding"] else "no")
        when = "" if r["per"] == "horizon" else f"{r['when']:%Y-%m-%d %H:%M}"
        border = f"{r['side']} {r['border']:,.6g}"
        rows.append([r["limit"], r["of"], r["per"], f"{r['amount']:,.6g}", border, when, binds, number(r["broken"])])
    return table(["limit", "of", "per", "there is", "allowed", "when", "binds", "beyond"], rows)


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


def _shortages(scenario: "Scenario") -> list[str]:
    """Satellites whose budgets do not close: nothing is repaired, heat and power limit their speed as they are."""
    from placement.ephemeris import accelerator_of
    from placement.satellite_budget import shortages

    lines = []
    for cluster in scenario.clusters:
        if cluster.orbital:
            missing = shortages(cluster, accelerator_of(scenario, cluster.pools[0].accelerator))
            lines += wrapped(f"{cluster.name} does not close: {'; '.join(missing)}.") if missing else []
    return lines


def _footprint(found: "Statistics") -> list[str]:
    heads = {
        "grid_t": "grid t",
        "gas_t": "gas t",
        "sun_wind_t": "sun, wind t",
        "made_t": "made t",
        "launch_t": "launch t",
        "total_t": "CO2e t",
        "water_m3": "water m3",
    }
    frame = found.footprint
    rows = [[str(row["cluster"]), *(number(row[key], 1) for key in heads)] for _, row in frame.iterrows()]
    rows.append(["all", *(number(float(frame[key].sum()), 1) for key in heads)])
    lines = table(["cluster", *heads.values()], rows)
    return lines + wrapped(
        "made, launch: chips and building, and propellant, the share of their life that the horizon is. A carbon price "
        "or limit counts energy's carbon alone.",
        "",
    )


def _costs(stored: "Stored", waiting_usd: float) -> list[str]:
    costs = stored.plan.costs.groupby("category", sort=False)["usd"].sum()
    rows = [[str(category), usd(float(value))] for category, value in costs.items()]
    for position, row in enumerate(rows):
        if row[0] == "delay":
            rows.insert(position + 1, ["  of it waiting, the rest running", usd(waiting_usd)])
            break
    totals = stored.summary["boundaries_usd"]
    rows += [[f"cash, {BOUNDARY_HEADS[name]}", usd(value)] for name, value in totals.items()]
    return table(["category", "present value"], rows)


def _not_placed(stored: "Stored") -> list[str]:
    away = stored.plan.jobs[(stored.plan.jobs["rejected"] > 0) | (stored.plan.jobs["deferred"] > 0)]
    if not len(away):
        return []
    lines = ["", f"Not placed ({len(away)} {'job' if len(away) == 1 else 'jobs'})"]
    for _, job in away.head(MOST_LINES).iterrows():
        what = f"{job['rejected']} rejected" if job["rejected"] else f"{job['deferred']} deferred"
        lines += wrapped(f"  {job['job']}: {what}: {job['reason']}", "    ")
    if len(away) > MOST_LINES:
        lines.append(f"  and {len(away) - MOST_LINES} more; see `placement show PLAN --table jobs`")
    return lines

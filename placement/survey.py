"""What is in a scenario: sizes, load, and what its author may want to know before solving."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from placement.compile import compile_scenario
from placement.doubts import doubts
from placement.ephemeris import accelerator_of
from placement.satellite_budget import shortages
from placement.schema import Scenario, Term


@dataclass(frozen=True)
class Survey:
    """Facts by name, and remarks."""

    scenario: str
    facts: dict[str, str]
    remarks: tuple[str, ...]

    def summary(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {"scenario": self.scenario, "valid": True, "facts": self.facts, "remarks": list(self.remarks)}


def survey(scenario: Scenario) -> Survey:
    """Facts and remarks about a scenario."""
    compiled = compile_scenario(scenario)
    problem, legend = compiled.problem, compiled.legend
    jobs, grid = scenario.jobs, legend.grid
    running = jobs["state"] == "running"
    placements = int((problem.work.span_last - problem.work.span_first + 1).sum())
    hours = float((scenario.unit_hours() * jobs["accelerators"] * jobs["count"]).sum())
    in_orbit = sum(cluster.orbital for cluster in scenario.clusters)
    facts = {
        "horizon": f"{grid.slots} slots, {grid.hours:g} h from {grid.start:%Y-%m-%d %H:%M}Z, "
        + ("one period" if grid.periods == 1 else f"{grid.periods} periods"),
        "clusters": f"{len(scenario.clusters)}, {in_orbit} of them in orbit",
        "pools": f"{len(legend.pools)}, {sum(int(p.pool.number) for p in legend.pools):,} accelerators",
        "jobs": f"{len(jobs):,} in {int(jobs['count'].sum()):,} units; {int(jobs['must_run'].sum()):,} must run, "
        f"{int(running.sum()):,} run already",
        "work": f"{hours:,.0f} reference accelerator-hours",
        "flows": str(len(scenario.flows)),
        "placements": f"{placements:,} starts of {problem.work.options:,} ways to run jobs",
        "limits": str(len(scenario.limits)),
        **({"terms": ", ".join(map(_term, scenario.terms))} if scenario.terms else {}),
        "catalogue": scenario.catalog_version,
    }
    return Survey(scenario.name, facts, tuple(_remarks(scenario, compiled.legend)))


def _term(term: Term) -> str:
    """A term in words."""
    if term.rows is None:
        return f"{term.name} ({term.package})"
    return f"{term.name} ({len(term.rows):,} {'row' if len(term.rows) == 1 else 'rows'})"


def _remarks(scenario: Scenario, legend: Any) -> list[str]:
    remarks = []
    if scenario.as_if():
        remarks.append(f"planned with as if they operated: {', '.join(scenario.as_if())}.")
    for pool in legend.pools:
        if pool.potential.max(initial=0.0) == 0:
            remarks.append(
                f"{scenario.clusters[pool.cluster].name}/{pool.pool.name} is not in service in this horizon."
            )
        elif pool.speed.max(initial=0.0) == 0:
            name = f"{scenario.clusters[pool.cluster].name}/{pool.pool.name}"
            remarks.append(f"{name} does no work in this horizon: its speed is 0 in every slot.")
    for cluster in scenario.clusters:
        if cluster.orbital:
            missing = shortages(cluster, accelerator_of(scenario, cluster.pools[0].accelerator))
            remarks += [f"{cluster.name}: satellites do not close: {'; '.join(missing)}."] if missing else []
    free = scenario.without_costs()
    if free:
        remarks.append(f"no fixed_costs are given for {', '.join(free)}: chips and buildings count as free there.")
    owned = [c.name for c in scenario.clusters if c.orbital and c.charge == "owned" and c.fixed_costs]
    if owned:
        remarks.append(
            f"{', '.join(owned)}: owned, so its launch and hardware are paid anyway and decide nothing. "
            "`charge: used` has each run pay its share."
        )
    nowhere = np.flatnonzero(legend.nowhere)
    for job in nowhere[:10]:
        must = " and must run" if scenario.jobs["must_run"][job] else ""
        remarks.append(f"job '{scenario.jobs['job'][job]}' fits nowhere{must}: {legend.why_nowhere(int(job))}.")
    if len(nowhere) > 10:
        remarks.append(f"and {len(nowhere) - 10} more jobs fit nowhere.")
    return remarks + doubts(scenario)

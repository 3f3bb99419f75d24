"""The first lines of a report: what the plan costs, how good it is, whom it serves."""

from __future__ import annotations

import math
from dataclasses import dataclass

from placement.delivery import of_flows
from placement.numerals import number, percent, usd
from placement.reporting.facts import Facts
from placement.series import on_slots


@dataclass(frozen=True)
class Fact:
    """One figure of the headline."""

    label: str
    value: str
    note: str


def headline(facts: Facts) -> tuple[Fact, ...]:
    """Cost, gap, work served, share in orbit, and what is saved against first come, first served."""
    summary, scenario = facts.summary, facts.scenario
    money = scenario.money
    cost, bound = facts.verified.cost_usd, summary["bound_usd"]
    note = "nothing is proven" if bound is None else f"{usd(cost - bound)}: no plan costs less than {usd(bound, 6)}"
    threshold = scenario.policy.meaningful_orbital_share
    meaning = "at least" if facts.found.orbital_share >= threshold else "less than"
    return (
        Fact("Cost", usd(cost, 6), f"present value, real {money.price_year} $, decided at {_boundary(facts)}"),
        Fact("Gap", percent(summary["gap"], 3), note),
        _served(facts),
        Fact(
            "In orbit", percent(facts.found.orbital_share, 2),
            f"of {number(facts.found.delivered)} delivered hours ({scenario.reference_accelerator}), {meaning} the "
            f"{percent(threshold, 0)} that count as meaningful",
        ),
        _saving(facts, cost),
    )  # fmt: skip


def _boundary(facts: Facts) -> str:
    return str(facts.scenario.policy.minimise).replace("_", " ")


def _served(facts: Facts) -> Fact:
    """Reference accelerator-hours of placed units and of what is served of flows, over those of all."""
    jobs, outcome = facts.scenario.jobs, facts.plan.jobs
    placed, asked = _of_jobs(facts)
    served, wanted = _of_flows(facts)
    notes = []
    if len(jobs):
        notes.append(f"{number(outcome['placed'].sum())} of {number(outcome['count'].sum())} units are placed")
    if facts.scenario.flows:
        notes.append(f"{_nearly(served / wanted if wanted > 0 else 1.0)} of flows is served")
    whole = asked + wanted
    return Fact("Work served", _nearly((placed + served) / whole if whole > 0 else 1.0), ", ".join(notes))


def _of_jobs(facts: Facts) -> tuple[float, float]:
    """Reference accelerator-hours of placed units, and of all."""
    jobs = facts.scenario.jobs
    if not len(jobs):
        return 0.0, 0.0
    hours = facts.scenario.unit_hours() * jobs["accelerators"]
    placed = facts.plan.jobs.set_index("job").loc[list(jobs["job"]), "placed"].to_numpy()
    return float((hours * placed).sum()), float((hours * jobs["count"]).sum())


def _of_flows(facts: Facts) -> tuple[float, float]:
    """Reference accelerator-hours that flows are served, and want."""
    scenario, grid = facts.scenario, facts.grid
    wanted = sum(float(on_slots(flow.demand, grid, scenario) @ grid.slot_hours) for flow in scenario.flows)
    return float(of_flows(scenario, facts.plan)["delivered"].sum()), wanted


def _nearly(share: float) -> str:
    """A share that says 100 only where it is all."""
    return ">99.99 %" if 0.99995 <= share < 1 - 1e-9 else percent(share, 2)


def _saving(facts: Facts, cost: float) -> Fact:
    baseline = facts.summary.get("baseline_usd")
    label = "Saved"
    if baseline is None:
        return Fact(label, "-", "first come, first served with backfill found no plan, or was not tried")
    decided = baseline - (facts.summary.get("constant_usd") or 0.0)
    share = (baseline - cost) / decided if decided > 0 else math.nan
    note = f"{percent(share, 2)} of what is decided, against first come, first served with backfill"
    return Fact(label, usd(baseline - cost), note)

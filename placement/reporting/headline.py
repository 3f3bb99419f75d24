"""The first lines of a report: what the plan costs, how good it is, whom it serves."""

from __future__ import annotations

import math
from dataclasses import dataclass

from placement.numerals import number, percent, usd
from placement.reporting.facts import Facts


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
    jobs = facts.plan.jobs
    placed, asked = int(jobs["placed"].sum()), int(jobs["count"].sum())
    threshold = scenario.policy.meaningful_orbital_share
    meaning = "at least" if facts.found.orbital_share >= threshold else "less than"
    return (
        Fact("Cost", usd(cost, 6), f"present value, real {money.price_year} $, decided at {_boundary(facts)}"),
        Fact("Gap", percent(summary["gap"], 3), note),
        Fact("Work served", _nearly(_served(facts)), f"{number(placed)} of {number(asked)} units are placed"),
        Fact(
            "In orbit", percent(facts.found.orbital_share, 2),
            f"of {number(facts.found.delivered)} delivered hours ({scenario.reference_accelerator}), {meaning} the "
            f"{percent(threshold, 0)} that count as meaningful",
        ),
        _saving(facts, cost),
    )  # fmt: skip


def _boundary(facts: Facts) -> str:
    return str(facts.scenario.policy.minimise).replace("_", " ")


def _served(facts: Facts) -> float:
    """Reference accelerator-hours of placed units over those of all; 1 where nothing is asked for."""
    jobs = facts.scenario.jobs
    hours = facts.scenario.unit_hours() * jobs["accelerators"]
    placed = facts.plan.jobs.set_index("job").loc[list(jobs["job"]), "placed"].to_numpy() if len(jobs) else hours
    whole = float((hours * jobs["count"]).sum())
    return float((hours * placed).sum()) / whole if whole > 0 else 1.0


def _nearly(share: float) -> str:
    """A share that says 100 only where it is all."""
    return ">99.99 %" if 0.99995 <= share < 1 else percent(share, 2)


def _saving(facts: Facts, cost: float) -> Fact:
    baseline = facts.summary.get("baseline_usd")
    label = "Saved"
    if baseline is None:
        return Fact(label, "-", "first come, first served with backfill found no plan, or was not tried")
    decided = baseline - (facts.summary.get("constant_usd") or 0.0)
    share = (baseline - cost) / decided if decided > 0 else math.nan
    note = f"{percent(share, 2)} of what is decided, against first come, first served with backfill"
    return Fact(label, usd(baseline - cost), note)

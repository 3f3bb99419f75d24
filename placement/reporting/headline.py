"""The first lines of a report: what the plan costs, how good it is, whom it serves."""

from __future__ import annotations

import math
from dataclasses import dataclass

from placement.numerals import number, percent, usd
from placement.reporting.facts import Facts
from placement.served import served


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
    """Work of placed units and of what is served of flows, over that of all."""
    outcome, found, notes = facts.plan.jobs, served(facts.scenario, facts.plan), []
    if len(outcome):
        notes.append(f"{number(outcome['placed'].sum())} of {number(outcome['count'].sum())} units are placed")
    if facts.scenario.flows:
        notes.append(f"{_nearly(found.of_flows)} of flows is served")
    return Fact("Work served", _nearly(found.share), ", ".join(notes))


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

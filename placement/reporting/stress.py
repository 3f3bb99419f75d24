"""A plan in many futures as a page."""

from __future__ import annotations

from placement.futures.stress import Stress
from placement.numerals import number, percent, usd
from placement.reporting import drawing
from placement.reporting.figures import futures as figures
from placement.reporting.headline import Fact
from placement.reporting.page import VERIFIED
from placement.reporting.report import Report
from placement.reporting.tables import Told

AT_ONCE = "Costs are the kernel's; `--one-by-one` has the independent verifier price each future."

MOST_FUTURES = 1_000
"""Futures that stand in the page, the dearest first."""


def stress_report(found: Stress, tail: float = 0.05) -> Report:
    """The report of what becomes of a plan.

    Parameters
    ----------
    found : Stress
    tail : float
        Share that counts as the worst.

    Raises
    ------
    PlacementError
        If what draws figures is not installed, or no future has a cost.
    """
    drawing.needed()
    risk = found.risk(tail=tail)
    low, high = risk.interval()
    settled = found.futures[found.futures["cost_usd"].notna()]
    lost = len(found.futures) - len(settled)
    lines = [f"{number(lost)} futures have no cost and are left out: {found.unsettled[0]}."] if lost else []
    more = risk.mean - found.planned_usd
    facts = [
        Fact("Futures", number(len(found.futures)), f"of seed {found.seed}, {found.how}"),
        Fact("Mean cost", usd(risk.mean, 5), f"95 % between {usd(low, 5)} and {usd(high, 5)}"),
        Fact("As planned", usd(found.planned_usd, 5), f"the mean is {usd(more, 3)} {'more' if more >= 0 else 'less'}"),
        Fact(f"Worst {100 * tail:g} %", usd(risk.cvar, 5), f"on average; the worst {usd(risk.worst, 5)}"),
    ]
    dated = found.jobs[found.jobs["on_time"].notna()]
    if len(dated):
        chance = float((dated["on_time"] * dated["units"]).sum() / dated["units"].sum())
        facts.append(Fact("Deadlines", percent(chance, 2), "are met, of units that have one"))
    table = settled.sort_values("cost_usd", ascending=False).head(MOST_FUTURES).reset_index(drop=True)
    heads = {str(name): str(name).replace("_", " ") for name in table.columns}
    told = Told(
        "futures", "Futures", "The dearest first; `-o` of `placement stress` has all.", table, heads, opened=False
    )
    title = f"{found.scenario}: a plan in {len(found.futures):,} futures"
    checked = VERIFIED if found.how == "one by one" else AT_ONCE
    return Report(title, tuple(lines), tuple(facts), tuple(figures.figures(found, tail)), (told,), checked=checked)

"""Two plans side by side as a page: what differs, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from placement.comparison import Comparison, compare
from placement.numerals import number, percent, usd
from placement.reporting import drawing
from placement.reporting.facts import EARTH, ORBIT
from placement.reporting.headline import Fact
from placement.reporting.report import Report
from placement.reporting.tables import Told

if TYPE_CHECKING:
    from placement.folder import Stored

MOST_JOBS = 500

JOBS = {
    "job": "job", "count": "units", "same": "as before", "shifted": "at another time", "moved": "elsewhere",
    "gained": "placed now", "lost": "not any more", "hours": "hours of a unit",
}  # fmt: skip


def difference(before: Stored, after: Stored) -> Report:
    """The report of what is different after, against before.

    Parameters
    ----------
    before, after : Stored
        As `placement.read_plan` gives them.

    Returns
    -------
    Report

    Raises
    ------
    PlacementError
        If their dollars are not those of the same year, or what draws figures is not installed.
    """
    from placement.reporting.figures import difference as figures

    drawing.needed()
    found = compare(before, after)
    place = {
        cluster.name: ORBIT if cluster.orbital else EARTH
        for stored in (before, after)
        for cluster in stored.scenario.clusters
    }
    title = f"{before.scenario.name} and {after.scenario.name}, compared"
    return Report(
        title, tuple(_lines(found)), tuple(_headline(found)), tuple(figures.figures(found, place)),
        tuple(_tables(found)),
    )  # fmt: skip


def _lines(found: Comparison) -> list[str]:
    low, high = found.optima
    lines = ["Both plans are of one scenario." if found.one_scenario else "The plans are of different scenarios."]
    lines.append(f"The best plan after costs between {usd(low, 6)} and {usd(high, 6)} more than the best before.")
    if found.same:
        lines.append("They do the same at the same cost.")
    for when, holds in zip(("before", "after"), found.hold, strict=True):
        if not holds:
            lines.append(f"The plan {when} breaks rules of its scenario; `placement verify` says which.")
    return lines


def _headline(found: Comparison) -> list[Fact]:
    told = found.headline.set_index("what")

    def fact(label: str, what: str, words: str) -> Fact:
        before, after, change = told.loc[[what], ["before", "after", "change"]].to_numpy(dtype=np.float64)[0].tolist()
        if words == "$":
            sign = "+" if change > 0 else ""
            return Fact(label, f"{sign}{usd(change)}", f"{usd(before, 6)} before, {usd(after, 6)} after")
        if words == "%":
            return Fact(label, percent(after, 2), f"{percent(before, 2)} before")
        return Fact(label, number(after), f"{number(before)} before")

    return [
        fact("Cost", "cost_usd", "$"), fact("Gap", "gap", "%"), fact("In orbit", "orbital_share", "%"),
        fact("Delivered hours", "delivered_hours", ""), fact("Units placed", "units_placed", ""),
    ]  # fmt: skip


def _tables(found: Comparison) -> list[Told]:
    jobs = found.jobs.head(MOST_JOBS)
    some = f" The first {MOST_JOBS} of {len(found.jobs):,}." if len(found.jobs) > MOST_JOBS else ""
    changes = found.changes.fillna("").astype(str)
    same = {"before": "before", "after": "after", "change": "after less before"}
    told = [
        Told("changes", "What was asked for", "Inputs that differ.", changes,
             {"path": "input", "before": "before", "after": "after"}),
        Told("jobs", "Jobs that differ", "Of the units of each, what became of them." + some, jobs, JOBS, opened=False),
        Told("builds", "What is built", "Modules of which more or fewer are ordered.", found.builds,
             {"cluster": "cluster", "module": "module", "period": "period", **same}),
        Told("launches", "Launches", "Flights that differ.", found.launches,
             {"vehicle": "vehicle", "period": "period", **same}),
    ]  # fmt: skip
    return [each for each in told if len(each.table)]

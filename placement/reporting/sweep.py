"""A sweep as a page: slices, maps, what drives the answer, and a slider through the points."""

from __future__ import annotations

from collections.abc import Sequence

from placement.numerals import number, percent, usd
from placement.reporting import drawing
from placement.reporting.figures import points as figures
from placement.reporting.headline import Fact
from placement.reporting.report import Report
from placement.reporting.slider import slider
from placement.reporting.tables import Told
from placement.swept import Sweep

MOST_POINTS = 2_000


def sweep_report(sweep: Sweep, marks: Sequence[figures.Mark] = (), at: int | None = None) -> Report:
    """The report of a sweep: of the points that are finished.

    Parameters
    ----------
    sweep : Sweep
        As `placement.read_sweep` gives it.
    marks : sequence of Mark
        What is drawn to compare with, at values of the one or two inputs: beliefs, or what is so today.
    at : int, optional
        A year: its share in orbit comes first.

    Returns
    -------
    Report

    Raises
    ------
    PlacementError
        If what draws figures is not installed, a mark cannot be drawn, or no point tells that year.
    """
    drawing.needed()
    scenario = sweep.scenario
    title = f"{scenario.name}: {len(sweep.design.points):,} points over {_axes(sweep)}"
    return Report(
        title, tuple(_lines(sweep)), tuple(_headline(sweep)), tuple(figures.figures(sweep, marks, at)),
        tuple(_tables(sweep)), slider(sweep, figures.shown(sweep, at)),
    )  # fmt: skip


def _axes(sweep: Sweep) -> str:
    names = [axis.name for axis in sweep.design.axes]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _lines(sweep: Sweep) -> list[str]:
    done, asked = len(sweep.finished), len(sweep.design.points)
    lines = [] if done == asked else [f"{done:,} of {asked:,} points are finished; the same command goes on with it."]
    if sweep.scenario.as_if():
        lines.append(f"Planned with as if they operated: {', '.join(sweep.scenario.as_if())}.")
    failed = int((sweep.points["status"] == "failed").sum()) if done else 0
    if failed:
        lines.append(f"{failed:,} points failed; the table says why.")
    return lines


def _headline(sweep: Sweep) -> list[Fact]:
    table = sweep.points
    planned = table[table["cost_usd"].notna()] if len(table) else table
    if not len(planned):
        return [Fact("Points", number(len(table)), "none of them with a plan")]
    checked = int(planned["verified"].sum())
    share, cost, gap = planned["orbital_share"], planned["cost_usd"], planned["gap"]
    return [
        Fact("Points", number(len(table)), f"{number(checked)} plans, each verified"),
        Fact("In orbit", f"{percent(share.min(), 1)} to {percent(share.max(), 1)}", "of delivered hours"),
        Fact("Cost", f"{usd(cost.min())} to {usd(cost.max())}", "present value"),
        Fact("Gap", percent(gap.max(), 2), f"the largest; {percent(sweep.solving.gap, 2)} was asked for"),
    ]


def _tables(sweep: Sweep) -> list[Told]:
    table = sweep.points
    some = table.head(MOST_POINTS)
    heads = {str(name): str(name).replace("_", " ") for name in some.columns}
    return [Told("points", "All points", "Each was solved and verified by itself.", some, heads, opened=False)]

"""What one more of each limit is worth: between two numbers where it was solved again, at most a price elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from placement.numerals import usd
from placement.reporting.colours import colour
from placement.reporting.figure import Figure
from placement.reporting.figures.axes import amounts

if TYPE_CHECKING:
    from placement.worth import PlanExplanation

ROW = 24


def figures(found: PlanExplanation) -> Iterator[Figure]:
    """Prices of the limits that bind, and intervals of those that were solved again."""
    if len(found.limits):
        yield _prices(found)
    if len(found.worths):
        yield _solved(found)


def _prices(found: PlanExplanation) -> Figure:
    import altair as alt

    table = found.limits.assign(binds=100 * found.limits["binds"])
    names = table["limit"].tolist()
    chart = (
        alt.Chart(alt.NamedData("prices"))
        .mark_bar(color=colour("service"))
        .encode(
            x=alt.X("priced_usd:Q", title="at most, up to the gap, $", axis=amounts(tickCount=6)),
            y=alt.Y("limit:N", sort=names, title=None, axis=alt.Axis(grid=False, labelLimit=330)),
            tooltip=[
                "limit:N", "path:N", alt.Tooltip("price_usd:Q", title="price of one, $", format=",.2f"),
                alt.Tooltip("binds:Q", title="used up in, % of its slots", format=".0f"),
                alt.Tooltip("most_usd:Q", title="no plan saves more than, $", format=",.2f"),
            ],
        )
    )  # fmt: skip
    text = (
        "Limits that bind or have a price. A price is no worth: no plan saves more than it and the "
        f"{usd(found.open_usd)} that lie between the cost and what the prices prove."
    )
    return Figure(
        "prices", "Limits that bind, and their prices", text, chart, {"prices": table}, "prices",
        ROW * len(table) + 70,
        heads={"limit": "limit", "path": "input", "binds": "used up in, %", "price_usd": "price of one, $",
               "priced_usd": "at most, up to the gap, $", "most_usd": "no plan saves more, $"},
    )  # fmt: skip


def _solved(found: PlanExplanation) -> Figure:
    import altair as alt

    table, names = found.worths, found.worths["limit"].tolist()
    base = alt.Chart(alt.NamedData("worths")).encode(
        y=alt.Y("limit:N", sort=names, title=None, axis=alt.Axis(grid=False, labelLimit=330)),
        tooltip=[
            "limit:N", alt.Tooltip("saves_usd:Q", title="the plan found saves, $", format=",.2f"),
            alt.Tooltip("least_usd:Q", title="worth at least, $", format=",.2f"),
            alt.Tooltip("most_usd:Q", title="at most, $", format=",.2f"), "status:N",
        ],
    )  # fmt: skip
    least = alt.X("least_usd:Q", title="worth, $", axis=amounts(tickCount=6))
    chart = alt.LayerChart(
        layer=[
            base.mark_rule(strokeWidth=7, opacity=0.45, color=colour("service")).encode(x=least, x2="most_usd:Q"),
            base.mark_point(filled=True, size=80, opacity=1, color=colour("ink")).encode(x="saves_usd:Q"),
        ]
    )
    return Figure(
        "worths", "What one more is worth", "Solved again with the limit raised: the worth lies in the bar; the dot is "
        "what the plan that was found saves.", chart, {"worths": table}, "worths", ROW * len(table) + 70,
        heads={"limit": "limit", "path": "input", "saves_usd": "the plan found saves, $",
               "least_usd": "worth at least, $", "most_usd": "at most, $", "status": "status"},
    )  # fmt: skip

"""A plan in many futures: what it costs, what that goes with, which deadlines are in doubt."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from placement.futures.stress import Stress
from placement.reporting.colours import colour
from placement.reporting.figure import Figure
from placement.reporting.figures.axes import amounts

if TYPE_CHECKING:
    import altair as alt

LEAST_BINS, BINS, ROW, MOST = 8, 60, 22, 30


def figures(found: Stress, tail: float) -> Iterator[Figure]:
    """Those that have something to show."""
    yield _costs(found, tail)
    yield from _drivers(found)
    yield from _deadlines(found)


def _costs(found: Stress, tail: float) -> Figure:
    """How often which cost."""
    import altair as alt
    import pandas as pd

    usd = found.futures["cost_usd"].dropna().to_numpy(dtype=np.float64)
    width = float(np.ptp(usd)) or max(abs(float(usd[0])), 1.0) * 1e-6
    bins = int(min(BINS, max(LEAST_BINS, 2 * len(usd) ** (1 / 3))))
    edges = np.linspace(usd.min() - 1e-9 * width, usd.min() + width * (1 + 1e-9), bins + 1)
    count, _ = np.histogram(usd, edges)
    risk = found.risk(tail=tail)
    bars = pd.DataFrame({"low": edges[:-1], "high": edges[1:], "futures": count, "share": count / len(usd)})
    worst = f"mean of the worst {100 * tail:g} %"
    marks = pd.DataFrame(
        {"what": ["as planned", "mean", worst], "usd": [found.planned_usd, risk.mean, risk.cvar]}
    ).dropna(ignore_index=True)  # fmt: skip
    names = marks["what"].tolist()
    colours = {"as planned": colour("ink"), "mean": colour("chips"), worst: colour("launch")}
    x = alt.X("low:Q", title="cost of the future, $", axis=amounts(tickCount=6), scale=alt.Scale(zero=False))
    histogram = (
        alt.Chart(alt.NamedData("costs"))
        .mark_bar(color=colour("soft"), opacity=0.6)
        .encode(
            x=x, x2="high:Q", y=alt.Y("futures:Q", title="futures", axis=alt.Axis(tickMinStep=1)), y2=alt.datum(0),
            tooltip=[
                alt.Tooltip("low:Q", title="from, $", format=",.2f"),
                alt.Tooltip("high:Q", title="to, $", format=",.2f"),
                alt.Tooltip("futures:Q", format=","), alt.Tooltip("share:Q", title="of all", format=".2%"),
            ],
        )
    )  # fmt: skip
    rules = (
        alt.Chart(alt.NamedData("marks"))
        .mark_rule(strokeWidth=2.5)
        .encode(
            x=alt.X("usd:Q", axis=amounts(tickCount=6), title="cost of the future, $"),
            color=alt.Color("what:N", title=None, scale=alt.Scale(domain=names, range=[colours[one] for one in names])),
            tooltip=["what:N", alt.Tooltip("usd:Q", title="$", format=",.2f")],
        )
    )
    return Figure(
        "cost-of-futures", "What it costs across futures",
        f"{len(usd):,} futures by their cost, and where the plan as it was planned, the mean and the {worst} lie.",
        alt.LayerChart(layer=[histogram, rules]), {"costs": bars, "marks": marks}, "costs", 320,
        heads={"low": "from, $", "high": "to, $", "futures": "futures", "share": "of all"},
    )  # fmt: skip


def _bars(table: Any, name: str, value: str, title: str, tips: list[Any], low: float) -> alt.Chart:
    """Bars from 0, a row each, in the order of the table."""
    import altair as alt

    made: alt.Chart = (
        alt.Chart(alt.NamedData(name))
        .mark_bar(color=colour("operations"))
        .encode(
            x=alt.X(
                f"{value}:Q", title=title, scale=alt.Scale(domain=[low, 1]), axis=alt.Axis(format=".0%", tickCount=10)
            ),
            y=alt.Y("name:N", sort=table["name"].tolist(), title=None, axis=alt.Axis(grid=False, labelLimit=300)),
            tooltip=["name:N", *tips],
        )
    )
    return made


def _drivers(found: Stress) -> Iterator[Figure]:
    """What the cost goes with."""
    import altair as alt
    import pandas as pd

    table = pd.DataFrame(found.drivers()[:MOST], columns=["name", "correlation"])
    if not len(table):
        return
    tips = [alt.Tooltip("correlation:Q", format="+.3f")]
    chart = _bars(table, "drivers", "correlation", "rank correlation with cost", tips, -1.0)
    scale, axis = alt.Scale(domain=[-1, 1]), alt.Axis(tickCount=8)
    chart = chart.encode(x=alt.X("correlation:Q", title="rank correlation with cost", scale=scale, axis=axis))
    yield Figure(
        "what-drives-it", "What the cost goes with",
        "Rank correlation (Spearman) of what was drawn with the cost: to the right, more of it costs more.",
        chart, {"drivers": table}, "drivers", ROW * len(table) + 70,
        heads={"name": "what was drawn", "correlation": "rank correlation"},
    )  # fmt: skip


def _deadlines(found: Stress) -> Iterator[Figure]:
    """Deadlines that are in doubt, the least likely first."""
    import altair as alt

    table = found.jobs[found.jobs["on_time"] < 1].sort_values(["on_time", "job"]).head(MOST)
    if not len(table):
        return
    table = table.rename(columns={"job": "name"}).reset_index(drop=True)
    table["deadline"] = table["deadline"].dt.strftime("%Y-%m-%d %H:%M")
    tips = [
        alt.Tooltip("on_time:Q", title="chance", format=".2%"), alt.Tooltip("units:Q", format=","), "deadline:N",
        alt.Tooltip("placed:Q", title="finds a place", format=".2%"),
    ]  # fmt: skip
    yield Figure(
        "deadlines", "Deadlines in doubt",
        "Chance that a planned unit of the job ends by its deadline, least likely first.",
        _bars(table, "jobs", "on_time", "chance to be on time", tips, 0.0), {"jobs": table}, "jobs",
        ROW * len(table) + 70,
        heads={"name": "job", "units": "units", "deadline": "deadline, UTC", "on_time": "chance",
               "placed": "finds a place"},
    )  # fmt: skip

"""What is built and launched, and how much of what is delivered comes from orbit, by year."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from placement.compile.growth import period_firsts
from placement.over_years import Decade
from placement.reporting.colours import colour
from placement.reporting.facts import EARTH, ORBIT, Facts
from placement.reporting.figure import Figure
from placement.reporting.figures.axes import amounts

if TYPE_CHECKING:
    import altair as alt
    import pandas as pd

HEIGHT, ROW = 280, 20
SHAPES = ["circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "triangle-right", "triangle-left"]


def figures(facts: Facts) -> Iterator[Figure]:
    """Of a plan that could build."""
    if facts.grown is None:
        return
    yield _share(facts.grown)
    if len(facts.plan.builds):
        yield _builds(facts)
    if len(facts.plan.launches):
        yield from _launches(facts.grown)


def _places() -> alt.Color:
    import altair as alt

    return alt.Color(
        "where:N", title=None, scale=alt.Scale(domain=[EARTH, ORBIT], range=[colour("earth"), colour("orbit")])
    )


def _years(table: pd.DataFrame) -> alt.X:
    """Years as names, so that one bar stands for one; few are written where there are many."""
    import altair as alt

    every = -(-table["year"].nunique() // 20)
    axis = alt.Axis(labelAngle=0, labelExpr=f"datum.value % {every} == 0 ? datum.label : ''", grid=False)
    return alt.X("year:O", title="year", axis=axis)


def _share(grown: Decade) -> Figure:
    import altair as alt

    table = grown.years.melt("year", ["earth_hours", "orbit_hours"], var_name="where", value_name="hours")
    table["where"] = table["where"].map({"earth_hours": EARTH, "orbit_hours": ORBIT})
    share = dict(zip(grown.years["year"], 100 * grown.years["orbital_share"], strict=True))
    table["share"] = table["year"].map(share)
    chart = (
        alt.Chart(alt.NamedData("years"))
        .mark_bar()
        .encode(
            x=_years(table),
            y=alt.Y("hours:Q", title="delivered, reference accelerator-hours", axis=amounts()),
            color=_places(),
            tooltip=[
                "year:O", "where:N", alt.Tooltip("hours:Q", title="delivered, h", format=",.4~s"),
                alt.Tooltip("share:Q", title="orbit's share, %", format=".2f"),
            ],
        )
    )  # fmt: skip
    return Figure(
        "years", "Delivered, by year", "Reference accelerator-hours delivered on Earth and in orbit.", chart,
        {"years": table}, "years", HEIGHT,
        heads={"year": "year", "where": "where", "hours": "delivered, h", "share": "orbit's share, %"},
    )  # fmt: skip


def _builds(facts: Facts) -> Figure:
    """Modules by cluster and year of order."""
    import altair as alt
    import pandas as pd

    builds, grid = facts.plan.builds, facts.grid
    year = np.array([grid.when(float(hours)).year for hours in grid.edges[:-1]])[period_firsts(grid)]
    table = builds.assign(year=year[builds["period"].to_numpy()])
    table = table.groupby(["cluster", "module", "year"], sort=False)["number"].sum().reset_index()
    table["where"] = table["cluster"].map(facts.place)
    table["what"] = table["cluster"] + "." + table["module"]
    order = table.groupby(["where", "what"], sort=False)["year"].min().sort_values(kind="stable").reset_index()
    order = order.sort_values("where", ascending=False, kind="stable")
    every = pd.DataFrame({"year": np.unique(year)})
    chart = (
        alt.Chart(alt.NamedData("builds"))
        .mark_circle(opacity=0.85)
        .encode(
            x=_years(every),
            y=alt.Y("what:N", sort=order["what"].tolist(), title=None, axis=alt.Axis(grid=True, labelLimit=230)),
            size=alt.Size("number:Q", title="modules", scale=alt.Scale(range=[20, 360])),
            color=_places(),
            tooltip=["what:N", "year:O", alt.Tooltip("number:Q", title="modules", format=",")],
        )
    )
    text = "Modules (halls, satellites, generations of chips, power) by the year in which they are ordered."
    return Figure(
        "builds", "What is built", text, chart, {"builds": table}, "builds", ROW * len(order) + 110,
        heads={"cluster": "cluster", "module": "module", "year": "year", "number": "modules"},
    )  # fmt: skip


def _launches(grown: Decade) -> Iterator[Figure]:
    import altair as alt

    flown = set(grown.vehicles.loc[grown.vehicles["flights"] > 0, "vehicle"])
    table = grown.vehicles[grown.vehicles["vehicle"].isin(flown)].reset_index(drop=True)
    names = table["vehicle"].drop_duplicates().tolist()
    for key, title, unit, open_ in (
        ("flights", "Launches", "flights", "open"),
        ("tonnes", "Tonnes lifted", "t", "open_tonnes"),
    ):
        base = alt.Chart(alt.NamedData("flights"))
        shape = alt.Shape("vehicle:N", title=None, scale=alt.Scale(domain=names, range=SHAPES[: len(names)] * 3))
        tips = [
            "vehicle:N", "year:O", alt.Tooltip(f"{key}:Q", title=unit, format=",.1f"),
            alt.Tooltip(f"{open_}:Q", title="open to us", format=",.1f"),
        ]  # fmt: skip
        chart = alt.LayerChart(
            layer=[
                base.mark_line(color=colour("orbit")).encode(
                    x=_years(table), y=alt.Y(f"{key}:Q", title=unit, axis=amounts()), detail="vehicle:N"
                ),
                base.mark_point(color=colour("orbit"), filled=True, size=55).encode(
                    x=_years(table), y=f"{key}:Q", shape=shape, tooltip=tips
                ),
            ]
        )
        text = (
            "Flights by year and vehicle, of those open to us." if key == "flights"
            else "Tonnes lifted by year and vehicle, of what the open flights could lift."
        )  # fmt: skip
        yield Figure(
            key, title, text, chart, {"flights": table}, "flights", HEIGHT,
            heads={"vehicle": "vehicle", "year": "year", key: unit, open_: "open to us"},
        )  # fmt: skip

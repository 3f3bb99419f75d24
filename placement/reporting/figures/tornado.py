"""A tornado: how far each input, turned alone from a base point, moves a figure, the widest on top."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from placement.kernels.work import Floats
from placement.reporting.colours import colour
from placement.reporting.figure import UNIT, Figure, Panel
from placement.reporting.figures.axes import amounts
from placement.swept import Sweep

if TYPE_CHECKING:
    import altair as alt
    import pandas as pd

ROW = 34
"""Height of an input, pixels."""

SMALL = 0.02
"""Share of what a panel spans below which an end hardly differs from the base."""

APART = 0.15
"""Share of what a panel spans below which two labels on one side of the base are written as one."""

COLUMNS = ["panel", "input", "end", "at", "value", "base", "change", "width"]


def tornado(sweep: Sweep, names: dict[str, tuple[str, str, float]], panels: tuple[Panel, ...]) -> Figure | None:
    """Bars from the base point of a design of one at a time; None while that has no plan.

    Parameters
    ----------
    sweep : Sweep
        Of kind `one_at_a_time`: point 0 is the base.
    names : dict
        Figures that are drawn: what they are, their unit, and what they are multiplied by.
    panels : tuple of Panel
        One for each figure.
    """
    table = ends(sweep, names)
    if table.empty:
        return None
    return Figure(
        "tornado", "One input at a time",
        "Each bar is a scenario that was solved and verified, with one input turned from where it stands to the value "
        "beside the bar, and all others as they stand: the line. The input that moves the figure most is on top. "
        "A difference smaller than the gap may be none; an end at which there is no such figure is left out.",
        _chart(), {"tornado": table}, "tornado", ROW * len(sweep.design.axes) + 70, panels,
        heads={"panel": "figure", "input": "input", "end": "end", "at": "input is", "value": "value", "base": "base",
               "change": "change", "width": "low to high"},
    )  # fmt: skip


def ends(sweep: Sweep, names: dict[str, tuple[str, str, float]]) -> pd.DataFrame:
    """A row for each figure, input and end: the value there and at the base, in the figure's unit.

    `width` is how far an input moves the figure in all, over base, low and high end. Ends that are not finished or have
    no such figure are left out; an end that is the base is the base.
    """
    import pandas as pd

    design, points = sweep.design, sweep.points
    rows: list[list[str | float]] = []
    for name, (_, _, times) in names.items():
        known = dict(zip(points["point"].tolist(), (points[name] * times).tolist(), strict=True))
        base = known.get(0, math.nan)
        for k, axis in enumerate(design.axes):
            found = [(end, at, known.get(_point(design.points, k, at), math.nan)) for end, at in
                     zip(("low", "high"), sorted(axis.levels), strict=True)]  # fmt: skip
            there = [(end, at, value) for end, at, value in found if not math.isnan(value - base)]
            width = max([base, *(value for *_, value in there)]) - min([base, *(value for *_, value in there)])
            rows += [[name, axis.name, end, at, value, base, value - base, width] for end, at, value in there]
    table = pd.DataFrame(rows, columns=COLUMNS)
    return _labelled(table) if rows else table


def _point(points: Floats, k: int, at: float) -> int:
    """The point at which axis k alone is turned to a value; where that is its base, the base point."""
    if points[0, k] == at:
        return 0
    others = np.delete(points, k, axis=1)
    same = np.flatnonzero((points[:, k] == at) & (others == others[0]).all(axis=1))
    return int(same[0]) if len(same) else -1


def _labelled(table: pd.DataFrame) -> pd.DataFrame:
    """With the words to the left and to the right of each bar, and those of the base; longer bars first, so that
    shorter ones are seen on them.

    What hardly differs from the base stands on the side that the other end leaves free.
    """
    words = table["at"].map(_few).astype(object)
    sides = np.sign(table["change"]).where(table["change"] != 0, np.where(table["end"] == "low", -1.0, 1.0))
    every = table.groupby("panel")[["value", "base"]]
    span = (every.max().max(axis=1) - every.min().min(axis=1)).to_dict()
    for (panel, _), mine in table.groupby(["panel", "input"]):
        wide = span[str(panel)]
        shorter, longer = mine["change"].abs().sort_values(kind="stable").index[[0, -1]]
        if shorter == longer:
            continue
        if abs(mine.loc[shorter, "change"]) < SMALL * wide:
            sides[shorter] = -sides[longer]
        if sides[shorter] == sides[longer] and np.ptp(mine["value"]) < APART * wide:
            words[longer], words[shorter] = ", ".join(words[mine.index]), ""
    table = table.assign(left=words.where(sides < 0, ""), right=words.where(sides > 0, ""))
    table = table.assign(top=np.where(table["panel"].duplicated(), "", "base"))
    panels = {name: n for n, name in enumerate(table["panel"].unique())}
    rank = table.assign(panel=table["panel"].map(panels), width=-table["width"], change=-table["change"].abs())
    return table.loc[rank.sort_values(["panel", "width", "input", "change"]).index].reset_index(drop=True)


def _few(value: float) -> str:
    """A value in four digits."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def _chart() -> alt.LayerChart:
    import altair as alt

    y = alt.Y(
        "input:N", title=None, sort=alt.EncodingSortField("width", op="max", order="descending"),
        axis=alt.Axis(labelLimit=330, grid=False),
    )  # fmt: skip
    scale = alt.Scale(zero=False, nice=False, padding=60)
    x = alt.X("value:Q", title=UNIT, axis=amounts(), scale=scale)
    chart = alt.Chart(alt.NamedData("tornado"))
    tips = [
        "input:N", "end:N", alt.Tooltip("at:Q", title="input is", format=",.6~g"),
        alt.Tooltip("value:Q", format=",.6~g"), alt.Tooltip("base:Q", format=",.6~g"),
        alt.Tooltip("change:Q", format="+,.4~g"),
    ]  # fmt: skip
    fill = alt.Color(
        "end:N", title=None,
        scale=alt.Scale(domain=["low", "high"], range=[colour("low"), colour("high")]),
        legend=alt.Legend(labelExpr="datum.value == 'low' ? 'low end of the input' : 'high end'"),
    )  # fmt: skip
    layers = [
        chart.mark_bar(height={"band": 0.7}).encode(x=x, x2="base:Q", y=y, color=fill, tooltip=tips),
        chart.mark_rule(color=colour("ink"), strokeWidth=1.5).encode(x=alt.X("base:Q", scale=scale)),
        chart.mark_text(baseline="bottom").encode(x=alt.X("base:Q", scale=scale), y=alt.value(-2), text="top:N"),
    ]
    for side, align, shift in ((alt.Text("left:N"), "right", -5), (alt.Text("right:N"), "left", 5)):
        mark: Any = {"type": "text", "align": align, "dx": shift, "baseline": "middle", "fontSize": 12}
        halo = {"stroke": colour("paper"), "strokeWidth": 4, "strokeJoin": "round"}
        for drawn in (mark | halo, mark):
            layers.append(alt.Chart(alt.NamedData("tornado"), mark=drawn).encode(x=x, y=y, text=side))
    return alt.LayerChart(layer=layers)

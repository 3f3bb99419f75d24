"""Points of a sweep: slices along one input, maps over two with the line where the answer flips, what drives it, and
for inputs turned one at a time a tornado.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from placement.design import Axis
from placement.errors import PlacementError
from placement.kernels.work import Floats
from placement.reporting.colours import colour
from placement.reporting.figure import UNIT, Figure, Panel
from placement.reporting.figures.axes import amounts
from placement.reporting.figures.tornado import tornado
from placement.swept import Sweep

if TYPE_CHECKING:
    import pandas as pd

HEIGHT, ROW = 300, 26

FIGURES = {
    "orbital_share": ("share in orbit", "%", 100.0),
    "cost_usd": ("cost", "$", 1.0),
    "parity": ("orbit's cost over Earth's, all in", "ratio", 1.0),
    "delivered_hours": ("delivered", "reference accelerator-hours", 1.0),
    "served": ("work served", "%", 100.0),
    "tonnes": ("lifted", "t", 1.0),
    "tco2": ("carbon", "t CO2e", 1.0),
    "invested_usd": ("invested", "$, undiscounted", 1.0),
}
"""Figures that are drawn: what they are, their unit, and what they are multiplied by."""


@dataclass(frozen=True)
class Mark:
    """Something to compare with that is drawn at values of the inputs: what somebody believes, or what is so today."""

    name: str
    at: tuple[float, ...]
    """A value of each input, in their order."""


def shown(sweep: Sweep, at: int | None = None) -> dict[str, tuple[str, str, float]]:
    """Figures that differ between points; of plans over years the share in orbit of some years, of year `at` first.

    Raises
    ------
    PlacementError
        If no point tells that year.
    """
    table = sweep.points
    years = sorted((str(name) for name in table.columns if str(name).startswith("orbital_share_")), reverse=True)
    first: dict[str, tuple[str, str, float]] = (
        {} if at is None else {f"orbital_share_{at}": (f"share in orbit, {at}", "%", 100.0)}
    )
    if not set(first) <= set(table.columns):
        words = f"Take one of {years[-1][-4:]} to {years[0][-4:]}." if years else "Leave it out."
        raise PlacementError(f"no point tells the share in orbit of {at}. {words}")
    told = {name: (f"share in orbit, {name[-4:]}", "%", 100.0) for name in years[:: max(1, len(years) // 6)]}
    every = {**first, "orbital_share": FIGURES["orbital_share"], **told, **FIGURES}
    return {name: words for name, words in every.items() if name in table and _varies(table[name])}


def _varies(column: pd.Series[Any]) -> bool:
    """Whether there are two different numbers."""
    values = column.dropna().to_numpy()
    return len(values) > 1 and bool((values != values[0]).any())


def figures(sweep: Sweep, marks: Sequence[Mark] = (), at: int | None = None) -> Iterator[Figure]:
    """As many as the design has something to show for; marks on those along one input or over two, year `at` first.

    Raises
    ------
    PlacementError
        If a mark lies outside, or has another number of values than there are inputs, or nothing is drawn over these.
    """
    names = shown(sweep, at)
    placed = _placed(sweep, marks)
    if not names:
        return
    if sweep.design.kind == "one_at_a_time":
        drawn = tornado(sweep, names, _panels(names))
        if drawn is not None:
            yield drawn
        return
    if len(sweep.design.axes) == 1:
        yield _slices(sweep, names, placed)
    elif len(sweep.design.axes) == 2 and sweep.design.kind == "grid":
        yield _maps(sweep, names, placed)
    if len(sweep.design.axes) > 1:
        yield _drivers(sweep, names)


def _placed(sweep: Sweep, marks: Sequence[Mark]) -> pd.DataFrame:
    """Marks with `x`, and `y` on a map: values along one input, positions of cells over two."""
    import pandas as pd

    axes = sweep.design.axes
    slices = len(axes) == 1 and sweep.design.kind != "one_at_a_time"
    if marks and not (slices or (sweep.design.kind == "grid" and len(axes) == 2)):
        raise PlacementError(
            "marks are drawn along one input or over a grid of two, which this is not. Leave them out."
        )
    for mark in marks:
        if len(mark.at) != len(axes):
            raise PlacementError(f"mark '{mark.name}' has {len(mark.at)} values. Give {len(axes)}: one of each input.")
        for axis, value in zip(axes, mark.at, strict=True):
            low, high = min(axis.levels), max(axis.levels)
            if not low <= value <= high:
                raise PlacementError(
                    f"mark '{mark.name}' is at {value:g} of {axis.name}. Give a value from {low:g} to {high:g}."
                )
    rows = [
        (mark.name, *(mark.at if len(axes) == 1 else [_position(*each) for each in zip(axes, mark.at, strict=True)]))
        for mark in marks
    ]
    return pd.DataFrame(rows, columns=["name", "x", "y"][: 1 + min(len(axes), 2)])


def _position(axis: Axis, value: float) -> float:
    """Where a value lies among cells of equal width: straight between the middles of two, or in logarithms."""
    levels = np.array(sorted(axis.levels))
    scaled, at = (np.log(levels), np.log(value)) if axis.log else (levels, value)
    return float(np.interp(at, scaled, np.arange(len(levels))))


def _panels(names: dict[str, tuple[str, str, float]]) -> tuple[Panel, ...]:
    return tuple(
        Panel(name, words, unit, opened=k < 3, unit=f"{words}, {unit}")
        for k, (name, (words, unit, _)) in enumerate(names.items())
    )


def _long(table: pd.DataFrame, keys: list[str], names: dict[str, tuple[str, str, float]]) -> pd.DataFrame:
    """A row for each point and figure."""
    import pandas as pd

    frames = [
        table[keys].assign(panel=name, value=table[name].to_numpy(dtype=np.float64) * times)
        for name, (_, _, times) in names.items()
    ]
    return pd.concat(frames, ignore_index=True)


def _slices(sweep: Sweep, names: dict[str, tuple[str, str, float]], marks: pd.DataFrame) -> Figure:
    import altair as alt

    axis = sweep.design.axes[0]
    points = sweep.points.rename(columns={axis.name: "input"}).sort_values("input", kind="stable")
    table = _long(points, ["point", "input"], names)
    base = alt.Chart(alt.NamedData("points")).encode(
        x=alt.X("input:Q", title=axis.name, scale=_scale(axis), axis=amounts(tickCount=6)),
        y=alt.Y("value:Q", title=UNIT, axis=amounts(), scale=alt.Scale(zero=False)),
        tooltip=["point:Q", alt.Tooltip("input:Q", title=axis.name), alt.Tooltip("value:Q", format=",.6~g")],
    )
    marked = alt.Chart(alt.NamedData("marks")).encode(x="x:Q")
    chart = alt.LayerChart(
        layer=[
            base.mark_line(color=colour("orbit")), base.mark_point(color=colour("orbit"), filled=True, size=50),
            marked.mark_rule(color=colour("soft"), strokeDash=[4, 3]),
            marked.mark_text(baseline="bottom", y=-3).encode(text="name:N"),
        ]
    )  # fmt: skip
    return Figure(
        "slices", "Along the input", "Each point is a scenario that was solved and verified.", chart,
        {"points": table, "marks": marks}, "points", HEIGHT, _panels(names),
        heads={"panel": "figure", "point": "point", "input": axis.name, "value": "value"},
    )  # fmt: skip


def _scale(axis: Axis) -> Any:
    import altair as alt

    return alt.Scale(type="log", nice=False, padding=12) if axis.log else alt.Scale(zero=False)


def _maps(sweep: Sweep, names: dict[str, tuple[str, str, float]], marks: pd.DataFrame) -> Figure:
    """Cells by the values of two inputs, at equal distances, and where the share in orbit crosses the meaningful."""
    import altair as alt
    import pandas as pd

    one, two = sweep.design.axes
    threshold = 100 * sweep.scenario.policy.meaningful_orbital_share
    points = sweep.points.rename(columns={one.name: "one", two.name: "two"})
    at = {axis.name: {value: k for k, value in enumerate(sorted(axis.levels))} for axis in (one, two)}
    table = _long(points, ["point", "one", "two"], names)
    x, y = table["one"].map(at[one.name]), table["two"].map(at[two.name])
    table = table.assign(left=x - 0.5, right=x + 0.5, low=y - 0.5, high=y + 0.5)
    lines = [
        [name, n, *ends]
        for name in names
        if name.startswith("orbital_share")
        for n, ends in enumerate(_crossing(_cells(table[table["panel"] == name], one, two), threshold))
    ]
    line = pd.DataFrame(lines, columns=["panel", "piece", "x", "y", "x2", "y2"])
    cells = alt.Chart(alt.NamedData("points"))
    marked = alt.Chart(alt.NamedData("marks")).encode(x="x:Q", y="y:Q")
    middle = (len(one.levels) - 1) / 2
    sides: Any = [
        (f"datum.x <= {middle}", {"align": "left", "dx": 9, "fontWeight": "bold", "strokeJoin": "round"}),
        (f"datum.x > {middle}", {"align": "right", "dx": -9, "fontWeight": "bold", "strokeJoin": "round"}),
    ]
    tips = [
        "point:Q", alt.Tooltip("one:Q", title=one.name), alt.Tooltip("two:Q", title=two.name),
        alt.Tooltip("value:Q", format=",.6~g"),
    ]  # fmt: skip
    chart = alt.LayerChart(
        layer=[
            cells.mark_rect().encode(
                x=alt.X("left:Q", title=one.name, axis=_named(one), scale=_cells_scale(one)), x2="right:Q",
                y=alt.Y("low:Q", title=two.name, axis=_named(two), scale=_cells_scale(two)), y2="high:Q",
                color=alt.Color("value:Q", title=UNIT, scale=alt.Scale(scheme="viridis")), tooltip=tips,
            ),
            alt.Chart(alt.NamedData("line")).mark_rule(color="#ffffff", strokeWidth=5).encode(
                x="x:Q", x2="x2:Q", y="y:Q", y2="y2:Q"
            ),
            alt.Chart(alt.NamedData("line")).mark_rule(color="#d41159", strokeWidth=2.5).encode(
                x="x:Q", x2="x2:Q", y="y:Q", y2="y2:Q"
            ),
            marked.mark_point(shape="diamond", size=90, filled=True, color="#ffffff", stroke="#000000", opacity=1),
            *(
                marked.transform_filter(side).mark_text(**look, **words).encode(text="name:N")
                for side, words in sides
                for look in ({"stroke": "#000000", "strokeWidth": 3}, {"fill": "#ffffff"})
            ),
        ]
    )  # fmt: skip
    text = (
        "Each cell is a scenario that was solved and verified, brighter for more. The line is where the share in orbit "
        f"crosses {threshold:g} %, straight between the cells that were solved."
    )
    return Figure(
        "maps", "Over two inputs", text, chart, {"points": table, "line": line, "marks": marks}, "points",
        HEIGHT + 60, _panels(names),
        heads={"panel": "figure", "point": "point", "one": one.name, "two": two.name, "value": "value"},
    )  # fmt: skip


def _named(axis: Axis) -> Any:
    """Ticks in the middle of cells, with the values of the input."""
    import altair as alt

    values = sorted(axis.levels)
    every = -(-len(values) // 12)
    words = [_few(value) if k % every == 0 else "" for k, value in enumerate(values)]
    return alt.Axis(
        values=list(range(len(values))), grid=False,
        labelExpr=f"{words!r}[datum.value]".replace('"', "'"), labelOverlap=False,
    )  # fmt: skip


def _few(value: float) -> str:
    """A value in three digits, whole above them."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _cells_scale(axis: Axis) -> Any:
    import altair as alt

    return alt.Scale(domain=[-0.5, len(axis.levels) - 0.5], nice=False)


def _cells(table: pd.DataFrame, one: Axis, two: Axis) -> Floats:
    """(values of one, values of two), nan where a point is not finished or has none."""
    cells = np.full((len(one.levels), len(two.levels)), np.nan)
    cells[(table["left"] + 0.5).astype(int), (table["low"] + 0.5).astype(int)] = table["value"].to_numpy()
    return cells


def _crossing(cells: Floats, threshold: float) -> Iterator[tuple[float, float, float, float]]:
    """Pieces of the line where a surface crosses a threshold, in positions of cells: each square of four in two
    triangles, in each of which the surface is flat.
    """
    for i in range(cells.shape[0] - 1):
        for j in range(cells.shape[1] - 1):
            corners = [(i, j), (i + 1, j), (i + 1, j + 1), (i, j + 1)]
            for triangle in (corners[:3], [corners[0], *corners[2:]]):
                ends = [
                    (a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1]))
                    for a, b in zip(triangle, [*triangle[1:], triangle[0]], strict=True)
                    for share in _share(cells[a], cells[b], threshold)
                ]
                if len(ends) == 2:
                    yield (*ends[0], *ends[1])


def _share(one: float, other: float, threshold: float) -> list[float]:
    """Where on an edge the threshold is crossed, if it is: from the one end to the other."""
    if np.isnan(one) or np.isnan(other) or (one >= threshold) == (other >= threshold):
        return []
    return [(threshold - one) / (other - one)]


def _drivers(sweep: Sweep, names: dict[str, tuple[str, str, float]]) -> Figure:
    """Rank correlation of each input with each figure over all points (Spearman 1904)."""
    import altair as alt
    import pandas as pd

    points = sweep.points
    rows = []
    for name in names:
        for axis in sweep.design.axes:
            both = points[[axis.name, name]].dropna()
            if _varies(both[name]) and _varies(both[axis.name]):
                rank = both.rank()
                rows.append([name, axis.name, float(np.corrcoef(rank[axis.name], rank[name])[0, 1])])
    table = pd.DataFrame(rows, columns=["panel", "input", "correlation"])
    chart = (
        alt.Chart(alt.NamedData("drivers"))
        .mark_bar(color=colour("soft"))
        .encode(
            x=alt.X("correlation:Q", title="rank correlation, -1 to 1", scale=alt.Scale(domain=[-1, 1])),
            y=alt.Y("input:N", title=None, sort=alt.SortField("correlation", order="descending"),
                    axis=alt.Axis(labelLimit=330, grid=False)),
            tooltip=["input:N", alt.Tooltip("correlation:Q", format=".3f")],
        )
    )  # fmt: skip
    text = (
        "How closely each input and a figure rise together over all points: 1 always, -1 one falls as the other rises."
    )
    return Figure(
        "drivers", "What drives it", text, chart, {"drivers": table}, "drivers",
        ROW * len(sweep.design.axes) + 70, _panels(names),
        heads={"panel": "figure", "input": "input", "correlation": "rank correlation"},
    )  # fmt: skip

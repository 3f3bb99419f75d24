"""How busy each cluster is over time: the whole plan in one picture, whatever its size."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from placement.kernels.work import Floats
from placement.reporting.bins import bins
from placement.reporting.colours import colour
from placement.reporting.facts import EARTH, ORBIT, Facts
from placement.reporting.figure import Figure
from placement.reporting.figures.axes import moment_tip, time_x
from placement.verifier.reading import ACCELERATORS

if TYPE_CHECKING:
    import pandas as pd

CELLS, FEWEST, MOST = 9_000, 60, 168
"""Rectangles in all; bins of a row at least and at most."""

ROW = 19


def figures(facts: Facts) -> Iterator[Figure]:
    """Share of the accelerators of each cluster that runs and flows hold."""
    import altair as alt
    import pandas as pd

    held, room = _by_cluster(facts)
    names = [name for name in held if room[name].any()]
    if not names:
        return
    names.sort(key=lambda name: (facts.place[name] != ORBIT, -float(held[name] @ facts.grid.slot_hours)))
    cut = bins(facts.grid.slot_hours, min(MOST, max(FEWEST, CELLS // len(names))))
    begin, end = cut.edges(facts.moments)
    frames = []
    for name in names:
        used, there = cut.mean(held[name]), cut.mean(room[name])
        share = np.divide(100 * used, there, out=np.full(len(used), np.nan), where=there > 0)
        columns = {"cluster": name, "where": facts.place[name], "from": begin, "to": end}
        frame = pd.DataFrame({**columns, "held": used.round(1), "there": there.round(1), "share": share.round(2)})
        frames.append(_merged(frame[there > 0]))
    table = pd.concat(frames, ignore_index=True)
    chart = (
        alt.Chart(alt.NamedData("busy"))
        .mark_rect(tooltip=True)
        .encode(
            x=time_x(facts, "from", chosen=False),
            x2="to:T",
            y=alt.Y("cluster:N", sort=names, title=None, axis=alt.Axis(grid=False, labelLimit=170)),
            color=alt.Color(
                "where:N",
                title=None,
                scale=alt.Scale(domain=[EARTH, ORBIT], range=[colour("earth"), colour("orbit")]),
            ),
            opacity=alt.Opacity(
                "share:Q",
                title="busy, %",
                legend=alt.Legend(values=[0, 50, 100]),
                scale=alt.Scale(domain=[0, 100], range=[0.04, 1], clamp=True)
            ),
            tooltip=[
                "cluster:N", moment_tip("from", "from"), moment_tip("to", "to"),
                alt.Tooltip("share:Q", title="busy, %", format=".1f"),
                alt.Tooltip("held:Q", title="accelerators held", format=",.0f"),
                alt.Tooltip("there:Q", title="of", format=",.0f"),
            ],
        )
        .add_params(alt.selection_interval(name="brush", encodings=["x"]))
    )  # fmt: skip
    text = (
        "Share of each cluster's accelerators that runs and flows hold, mean over each cell; orbit first, then the "
        "busiest. Drag across it to choose a stretch of time, which the figures below then show."
    )
    yield Figure(
        "busy", "How busy", text, chart, {"busy": table}, "busy", ROW * len(names) + 110,
        heads={"cluster": "cluster", "from": "from", "to": "to", "held": "accelerators held", "there": "of",
               "share": "busy, %"},
    )  # fmt: skip


def _merged(cells: pd.DataFrame) -> pd.DataFrame:
    """Neighbours that are alike, as one."""
    same = (cells[["held", "there"]] == cells[["held", "there"]].shift()).all(axis=1) & (
        cells["from"] == cells["to"].shift()
    )
    first = cells[~same].copy()
    first["to"] = cells.groupby((~same).cumsum())["to"].last().to_numpy()
    return first


def _by_cluster(facts: Facts) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """(T,) accelerators held and there, by cluster."""
    held: dict[str, Floats] = {}
    room: dict[str, Floats] = {}
    for reading in facts.verified.readings:
        if reading.kind == ACCELERATORS:
            held[reading.cluster] = held.get(reading.cluster, 0.0) + reading.amount
            room[reading.cluster] = room.get(reading.cluster, 0.0) + reading.most
    return held, room

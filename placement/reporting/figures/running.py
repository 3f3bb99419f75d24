"""What runs when on each pool: the largest runs as blocks, all smaller ones and flows together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from placement.kernels.work import Floats
from placement.reporting.bins import Bins, bins
from placement.reporting.colours import colour
from placement.reporting.facts import EARTH, ORBIT, Facts
from placement.reporting.figure import Figure, Panel
from placement.reporting.figures.axes import amounts, moment_tip, time_x, window
from placement.reporting.stacking import stacked
from placement.verifier.reading import ACCELERATORS, Reading

if TYPE_CHECKING:
    import altair as alt
    import pandas as pd

BLOCKS, FEWEST, MOST = 10_000, 60, 1_500
"""Blocks in all; of a pool at least and at most."""

MOST_POOLS = 80
"""Pools that are drawn, those that hold the most."""

OPEN, HEIGHT, POINTS = 2, 260, 24_000
"""Panels that are open at first, those with the most runs; pixels; points of outlines in all."""


def figures(facts: Facts) -> Iterator[Figure]:
    """Blocks on each pool that runs anything."""
    import pandas as pd

    used = [r for r in facts.verified.readings if r.kind == ACCELERATORS and r.amount.any()]
    used.sort(key=lambda r: -float(r.amount @ facts.grid.slot_hours))
    drawn = used[:MOST_POOLS]
    if not drawn:
        return
    most = min(MOST, max(FEWEST, BLOCKS // len(drawn)))
    cut = bins(facts.grid.slot_hours, min(400, max(60, POINTS // len(drawn))))
    every = _runs(facts)
    runs = dict(iter(every.groupby(["cluster", "pool"], sort=False)))
    blocks, rest, panels = [], [], []
    number = {key: len(own) for key, own in runs.items()}
    lively = sorted(drawn, key=lambda r: -number.get((r.cluster, r.of), 0))[:OPEN]
    for reading in drawn:
        name = f"{reading.cluster}/{reading.of}"
        own = runs.get((reading.cluster, reading.of), every.head(0))
        shown = own.nlargest(most, "area")
        blocks.append(_blocks(facts, name, reading, shown))
        rest.append(_rest(facts, cut, name, reading, shown))
        panels.append(Panel(name, name, _note(facts, reading, own, shown), opened=reading in lively))
    tables = {"blocks": pd.concat(blocks, ignore_index=True), "rest": pd.concat(rest, ignore_index=True)}
    left = len(used) - len(drawn)
    text = (
        "Each block is a run, or alike units of one: as long as it lasts, as high as the accelerators it holds, in its "
        "last slot the mean of it. The largest are drawn; grey from above: all smaller runs, and flows. Dotted: "
        "accelerators there are." + (f" {left} pools that hold less are left out." if left else "")
    )
    yield Figure(
        "running", "What runs when", text, _chart(facts), tables, "blocks", HEIGHT, tuple(panels), timed=True,
        heads={"panel": "pool", "job": "job", "units": "units", "each": "accelerators each", "start": "start",
               "end": "end", "past": "hours past the end"},
    )  # fmt: skip


def _runs(facts: Facts) -> pd.DataFrame:
    """Runs with their slots: full ones from `first` to `middle`, and a share `part` of the last, to `stop`."""
    table, grid = facts.plan.placements, facts.grid
    runs = table.loc[table["kind"] == "run"]
    start, end = (runs[name].to_numpy() for name in ("start_grain", "end_grain"))
    middle = end // grid.grains
    part = (end - middle * grid.grains) / grid.grains
    height = (runs["accelerators"] * runs["count"]).to_numpy(dtype=np.float64)
    area = height * (grid.position_hours(end) - grid.position_hours(start))
    columns = ["job", "cluster", "pool", "count", "accelerators", "tail_hours"]
    return runs[columns].assign(
        start=grid.position_hours(start), end=grid.position_hours(end), first=start // grid.grains, middle=middle,
        stop=middle + (part > 0), part=part, height=height, area=area,
    )  # fmt: skip


def _blocks(facts: Facts, name: str, reading: Reading, shown: pd.DataFrame) -> pd.DataFrame:
    import pandas as pd

    columns = ["panel", "job", "units", "each", "start", "end", "from", "to", "low", "high", "where", "past"]
    first, middle, stop = (facts.grid.edges[shown[key].to_numpy()] for key in ("first", "middle", "stop"))
    height = shown["height"].to_numpy()
    less = np.flatnonzero(np.diff(reading.most) < 0) + 1
    falls = zip(facts.grid.edges[less].tolist(), reading.most[less].tolist(), strict=True)
    pieces = stacked(first, middle, stop, height, height * shown["part"].to_numpy(), falls)
    of_run = {
        "job": shown["job"].to_numpy(),
        "units": shown["count"].to_numpy(),
        "each": shown["accelerators"].to_numpy(),
        "start": facts.milliseconds(shown["start"].to_numpy()),
        "end": facts.milliseconds(shown["end"].to_numpy()),
        "past": shown["tail_hours"].to_numpy().round(1),
    }
    of_piece = {
        "from": facts.milliseconds(pieces.begin), "to": facts.milliseconds(pieces.end),
        "low": pieces.low.round(3), "high": pieces.high.round(3),
    }  # fmt: skip
    of_pool = {"panel": name, "where": facts.place[name.partition("/")[0]]}
    return pd.DataFrame({**{key: value[pieces.block] for key, value in of_run.items()}, **of_piece, **of_pool})[columns]


def _rest(facts: Facts, cut: Bins, name: str, reading: Reading, shown: pd.DataFrame) -> pd.DataFrame:
    """What is there, and what is held beside the blocks, in each bin; the last stands twice, for its end."""
    import pandas as pd

    held = _held(facts.grid.slots, shown)
    there, other = cut.mean(reading.most), cut.mean(np.maximum(reading.amount - held, 0.0))
    begin, end = cut.edges(facts.moments)
    frame = pd.DataFrame(
        {"panel": name, "at": begin, "there": there.round(1), "under": np.maximum(there - other, 0.0).round(1)}
    )
    return pd.concat([frame, frame.tail(1).assign(at=end[-1])], ignore_index=True)


def _held(slots: int, shown: pd.DataFrame) -> Floats:
    """(T,) accelerators that runs hold, mean over each slot."""
    first, middle = (shown[key].to_numpy() for key in ("first", "middle"))
    height, part = shown["height"].to_numpy(), shown["part"].to_numpy()
    change = np.bincount(first, height, slots + 1) - np.bincount(middle, height, slots + 1)
    ends = np.bincount(middle, height * part, slots + 1)
    return np.asarray((np.cumsum(change) + ends)[:slots])


def _note(facts: Facts, reading: Reading, own: pd.DataFrame, shown: pd.DataFrame) -> str:
    hours = facts.grid.slot_hours
    there, held = float(reading.most @ hours), float(reading.amount @ hours)
    note = f"{100 * held / there:.0f} % busy" if there > 0 else ""
    if not len(own):
        return f"{note}, flows alone"
    if len(shown) == len(own):
        return f"{note}, {len(own):,} run{'s' if len(own) != 1 else ''}"
    share = 100 * float(shown["area"].sum()) / float(own["area"].sum())
    return f"{note}, the largest {len(shown):,} of {len(own):,} runs, {share:.0f} % of what they hold"


def _chart(facts: Facts) -> alt.LayerChart:
    import altair as alt

    place = alt.Color(
        "where:N",
        title=None,
        legend=None,
        scale=alt.Scale(domain=[EARTH, ORBIT], range=[colour("earth"), colour("orbit")]),
    )
    found = alt.param(name="needle", value="")
    match = "needle == '' || indexof(lower(datum.job), lower(needle)) >= 0"
    y = alt.Y("there:Q", title="accelerators", axis=amounts())
    rest = alt.Chart(alt.NamedData("rest"))
    blocks = alt.Chart(alt.NamedData("blocks"))
    wide = alt.ExprRef("scale('x', datum.to) - scale('x', datum.from) - 6")
    roomy = (
        "scale('x', datum.to) - scale('x', datum.from) > 46 && scale('y', datum.low) - scale('y', datum.high) > 13 "
        "&& (needle == '' || indexof(lower(datum.job), lower(needle)) >= 0)"
    )
    tips = [
        "job:N", alt.Tooltip("units:Q", format=","),
        alt.Tooltip("each:Q", title="accelerators each", format=","),
        moment_tip("start", "start"), moment_tip("end", "end"),
        alt.Tooltip("past:Q", title="hours past the end"),
    ]  # fmt: skip
    return alt.LayerChart(layer=[
        rest.mark_area(interpolate="step-after", color=colour("rest"), opacity=0.6, clip=True).encode(
            x=time_x(facts, "at"), y=y, y2="under:Q"
        ),
        blocks.mark_rect(stroke=colour("paper"), strokeWidth=0.6, clip=True).encode(
            x=time_x(facts, "from"), x2="to:T", y=alt.Y("low:Q"), y2="high:Q", color=place,
            opacity=alt.condition(match, alt.value(0.85), alt.value(0.12)),
            tooltip=tips,
        ),
        blocks.mark_text(
            align="left", baseline="middle", dx=4, fontSize=10.5, clip=True, fill=colour("paper"), limit=wide,
        ).encode(
            x=time_x(facts, "from"), y=alt.Y("middle:Q"), text="job:N", tooltip=tips,
            opacity=alt.condition(roomy, alt.value(1), alt.value(0)),
        ).transform_calculate(middle="(datum.low + datum.high) / 2"),
        rest.mark_line(interpolate="step-after", color=colour("limit"), strokeDash=[2, 3], clip=True).encode(
            x=time_x(facts, "at"), y="there:Q"
        ),
    ]).add_params(window(facts), found)  # fmt: skip

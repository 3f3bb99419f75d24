"""Where the power comes from, over time and in all, and the carbon of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from placement.kernels.work import Floats
from placement.numerals import short
from placement.reporting.bins import bins
from placement.reporting.colours import colour
from placement.reporting.facts import Facts
from placement.reporting.figure import Figure, Panel
from placement.reporting.figures.axes import amounts, moment_tip, time_x, window

if TYPE_CHECKING:
    import altair as alt
    import pandas as pd

KINDS = {"grid": "grid", "gas": "gas", "solar": "solar", "wind": "wind", "discharge": "battery", "charge": "battery"}
"""Kinds of source, and their colours."""

CARBON = {
    "grid_t": ("grid", "grid"),
    "gas_t": ("gas", "gas"),
    "sun_wind_t": ("sun, wind", "solar"),
    "made_t": ("made: chips, buildings", "made"),
    "launch_t": ("propellant", "shell"),
}
STORED = ("charge", "discharge")
"""What batteries take from other sources, and give later."""

POINTS, FEWEST, MOST, OPEN, HEIGHT, ROW = 30_000, 48, 300, 2, 220, 22
MOST_CLUSTERS = 40


def figures(facts: Facts) -> Iterator[Figure]:
    """Power over time by source, energy in all, and carbon by origin."""
    energy = _slots(facts)
    total = {name: sum(float(mw @ facts.grid.slot_hours) for kind, mw in own.items() if kind not in STORED)
             for name, own in energy.items()}  # fmt: skip
    names = [name for name in sorted(energy, key=lambda name: -total[name]) if _any(energy[name])]
    if names:
        yield _over_time(facts, energy, names, total)
        yield _in_all(facts, energy, names)
    if float(facts.found.footprint["total_t"].sum()) > 0:
        yield _carbon(facts)


def _any(own: dict[str, Floats]) -> bool:
    return any(mw.any() for mw in own.values())


def _slots(facts: Facts) -> dict[str, dict[str, Floats]]:
    """(T,) mean MW in each slot by cluster and kind; charging is below 0."""
    grid = facts.grid
    result: dict[str, dict[str, Floats]] = {}
    for (cluster, kind), rows in facts.plan.energy.groupby(["cluster", "kind"], sort=False):
        tick = rows["tick"].to_numpy()
        mwh = rows["mw"].to_numpy() * grid.tick_hours[tick] * (-1.0 if kind == "charge" else 1.0)
        mw = np.bincount(grid.tick_slot[tick], mwh, grid.slots) / grid.slot_hours
        result.setdefault(str(cluster), {})[str(kind)] = mw
    return result


def _kinds(table: pd.DataFrame) -> alt.Color:
    """Colours of the kinds of source in a table."""
    import altair as alt

    kinds = [kind for kind in KINDS if (table["kind"] == kind).any()]
    scale = alt.Scale(domain=kinds, range=[colour(KINDS[kind]) for kind in kinds])
    return alt.Color("kind:N", title=None, scale=scale)


def _over_time(facts: Facts, energy: dict[str, dict[str, Floats]], names: list[str], total: dict[str, float]) -> Figure:
    import altair as alt
    import pandas as pd

    lines = sum(len(energy[name]) for name in names)
    cut = bins(facts.grid.slot_hours, min(MOST, max(FEWEST, POINTS // lines)))
    begin, end = cut.edges(facts.moments)
    frames, panels = [], []
    for k, name in enumerate(names):
        for kind, mw in energy[name].items():
            rank = list(KINDS).index(kind)
            mean = cut.mean(mw).round(4)
            frame = pd.DataFrame({"panel": name, "kind": kind, "rank": rank, "at": begin, "mw": mean})
            frames += [frame, frame.tail(1).assign(at=end[-1])]
        panels.append(Panel(name, name, f"{short(total[name])} MWh", opened=k < OPEN))
    table = pd.concat(frames, ignore_index=True)
    chart = (
        alt.Chart(alt.NamedData("power"))
        .mark_area(interpolate="step-after", clip=True)
        .encode(
            x=time_x(facts, "at"),
            y=alt.Y("mw:Q", title="MW", axis=amounts(), stack="zero"),
            color=_kinds(table),
            order=alt.Order("rank:Q"),
            tooltip=["kind:N", moment_tip("at", "from"), alt.Tooltip("mw:Q", title="MW", format=",.3f")],
        )
        .add_params(window(facts))
    )
    text = (
        "Mean power by kind of source, cooling and idle power included; what charges batteries lies below 0. "
        "Satellites without sources of their own draw nothing here: their power is in their speed."
    )
    return Figure(
        "power", "Power by source", text, chart, {"power": table}, "power", HEIGHT, tuple(panels), timed=True,
        heads={"panel": "cluster", "kind": "source", "at": "from", "mw": "MW"},
    )  # fmt: skip


def _left_out(number: int) -> str:
    """A sentence about clusters beyond those that are drawn."""
    return f" {number - MOST_CLUSTERS} clusters with less are left out." if number > MOST_CLUSTERS else ""


def _in_all(facts: Facts, energy: dict[str, dict[str, Floats]], names: list[str]) -> Figure:
    import altair as alt
    import pandas as pd

    left, names = _left_out(len(names)), names[:MOST_CLUSTERS]

    rows = [
        [name, kind, float(mw @ facts.grid.slot_hours)]
        for name in names
        for kind, mw in energy[name].items()
        if kind != "charge" and mw.any()
    ]
    table = pd.DataFrame(rows, columns=["cluster", "kind", "mwh"])
    chart = (
        alt.Chart(alt.NamedData("energy"))
        .mark_bar()
        .encode(
            x=alt.X("mwh:Q", title="energy in the horizon, MWh", axis=amounts(tickCount=6)),
            y=alt.Y("cluster:N", sort=names, title=None, axis=alt.Axis(grid=False)),
            color=_kinds(table),
            tooltip=["cluster:N", "kind:N", alt.Tooltip("mwh:Q", title="MWh", format=",.1f")],
        )
    )
    text = f"What each source gives in the horizon; what batteries give, others gave before.{left}"
    return Figure(
        "energy", "Energy by source", text, chart, {"energy": table}, "energy",
        ROW * len(names) + 100, heads={"cluster": "cluster", "kind": "source", "mwh": "MWh"},
    )  # fmt: skip


def _carbon(facts: Facts) -> Figure:
    import altair as alt

    wide = facts.found.footprint
    wide = wide[wide["total_t"] > 0].sort_values("total_t", ascending=False, kind="stable")
    left, wide = _left_out(len(wide)), wide.head(MOST_CLUSTERS)
    names = [str(name) for name in wide["cluster"]]
    table = wide.melt("cluster", list(CARBON), var_name="origin", value_name="tonnes")
    table = table[table["tonnes"] > 0].reset_index(drop=True)
    table["origin"] = [CARBON[key][0] for key in table["origin"]]
    there = [(word, name) for word, name in CARBON.values() if (table["origin"] == word).any()]
    scale = alt.Scale(domain=[word for word, _ in there], range=[colour(name) for _, name in there])
    chart = (
        alt.Chart(alt.NamedData("carbon"))
        .mark_bar()
        .encode(
            x=alt.X("tonnes:Q", title="t CO2e", axis=amounts(tickCount=6)),
            y=alt.Y("cluster:N", sort=names, title=None, axis=alt.Axis(grid=False)),
            color=alt.Color("origin:N", title=None, scale=scale),
            tooltip=["cluster:N", "origin:N", alt.Tooltip("tonnes:Q", title="t CO2e", format=",.2f")],
        )
    )
    text = (
        "Carbon of the horizon by where it comes from. Making, building and launching count with the share of their "
        "life that the horizon is; a carbon price or limit counts energy's carbon alone." + left
    )
    return Figure(
        "carbon", "Carbon", text, chart, {"carbon": table}, "carbon", ROW * len(names) + 120,
        heads={"cluster": "cluster", "origin": "origin", "tonnes": "t CO2e"},
    )  # fmt: skip

"""How two plans differ: what it costs, where work went, how full limits are, what is built."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from placement.comparison import Comparison
from placement.reporting.colours import colour
from placement.reporting.facts import EARTH, ORBIT
from placement.reporting.figure import Figure
from placement.reporting.figures.axes import amount, amounts
from placement.reporting.figures.money import FAMILIES, family_of

if TYPE_CHECKING:
    import altair as alt

ROW, MOST = 22, 40
BEFORE, AFTER = "before", "after"


def figures(found: Comparison, place: dict[str, str]) -> Iterator[Figure]:
    """Those in which anything differs; `place` says of each cluster whether it is in orbit."""
    yield from _costs(found)
    yield from _clusters(found, place)
    yield from _moves(found)
    yield from _limits(found)


def _costs(found: Comparison) -> Iterator[Figure]:
    import altair as alt

    table = found.costs.groupby("category", sort=False)[[BEFORE, AFTER, "change"]].sum().reset_index()
    table = table[table["change"].abs() >= 0.005].copy()
    if not len(table):
        return
    table["family"] = [family_of(category) for category in table["category"]]
    table = table.sort_values("change", key=np.abs, ascending=False, kind="stable", ignore_index=True)
    chart = (
        alt.Chart(alt.NamedData("costs"))
        .mark_bar()
        .encode(
            x=alt.X("change:Q", title="after less before, $", axis=amounts(tickCount=6)),
            y=alt.Y("category:N", sort=table["category"].tolist(), title=None, axis=alt.Axis(grid=False)),
            color=alt.Color(
                "family:N", legend=None,
                scale=alt.Scale(domain=list(FAMILIES), range=[colour(name) for name in FAMILIES]),
            ),
            tooltip=["category:N", *(alt.Tooltip(f"{key}:Q", format=",.2f") for key in (BEFORE, AFTER, "change"))],
        )
    )  # fmt: skip
    yield Figure(
        "cost-change", "What it costs", "Present value by category, after less before: to the left is cheaper.", chart,
        {"costs": table}, "costs", ROW * len(table) + 70,
        heads={"category": "category", BEFORE: "before, $", AFTER: "after, $", "change": "after less before, $"},
    )  # fmt: skip


def _pair(data: str, names: list[str], x: str, title: str, tips: list[alt.Tooltip]) -> alt.LayerChart:
    """Rows with a hollow mark before, a full one after, and a line from one to the other."""
    import altair as alt

    base = alt.Chart(alt.NamedData(data)).encode(
        y=alt.Y("name:N", sort=names, title=None, axis=alt.Axis(grid=False, labelLimit=220)), tooltip=tips
    )
    place = alt.Color(
        "where:N", title=None, legend=None,
        scale=alt.Scale(domain=[EARTH, ORBIT, ""], range=[colour("earth"), colour("orbit"), colour("soft")]),
    )  # fmt: skip
    before = alt.X(f"{x}_before:Q", title=title, axis=amounts(tickCount=6))
    return alt.LayerChart(
        layer=[
            base.mark_rule(strokeWidth=2).encode(x=before, x2=f"{x}_after:Q", color=place),
            base.mark_point(size=80, fill=colour("paper"), strokeWidth=2).encode(x=before, color=place),
            base.mark_point(size=80, filled=True, opacity=1).encode(x=f"{x}_after:Q", color=place),
        ]
    )


def _clusters(found: Comparison, place: dict[str, str]) -> Iterator[Figure]:
    import altair as alt

    table = found.clusters.rename(columns={"cluster": "name"})
    table = table.rename(columns={f"delivered_hours_{when}": f"hours_{when}" for when in (BEFORE, AFTER, "change")})
    table = table[table["hours_change"] != 0].sort_values("hours_change", key=np.abs, ascending=False, kind="stable")
    table = table.head(MOST).reset_index(drop=True)
    if not len(table):
        return
    table["where"] = [place.get(name, "") for name in table["name"]]
    tips = [
        alt.Tooltip("name:N", title="cluster"), alt.Tooltip("hours_before:Q", title="before, h", format=",.0f"),
        alt.Tooltip("hours_after:Q", title="after, h", format=",.0f"),
    ]  # fmt: skip
    chart = _pair("clusters", table["name"].tolist(), "hours", "delivered, reference accelerator-hours", tips)
    yield Figure(
        "hours-change", "Who delivers", "Hollow: before; full: after. Clusters that deliver the same are left out.",
        chart, {"clusters": table}, "clusters", ROW * len(table) + 80,
        heads={"name": "cluster", "where": "where", "hours_before": "before, h", "hours_after": "after, h",
               "hours_change": "after less before, h"},
    )  # fmt: skip


def _moves(found: Comparison) -> Iterator[Figure]:
    import altair as alt

    table = found.moves.rename(columns={BEFORE: "source", AFTER: "target"}).head(MOST * 5).reset_index(drop=True)
    if not len(table):
        return
    sources, targets = (table.groupby(key)["hours"].sum().sort_values(ascending=False) for key in ("source", "target"))
    chart = (
        alt.Chart(alt.NamedData("moves"))
        .mark_circle(color=colour("soft"), opacity=0.9)
        .encode(
            x=alt.X("target:N", sort=targets.index.tolist(), title="after", axis=alt.Axis(labelAngle=-40, grid=True)),
            y=alt.Y("source:N", sort=sources.index.tolist(), title="before", axis=alt.Axis(grid=True, labelLimit=200)),
            size=alt.Size(
                "hours:Q", title="accelerator-hours", scale=alt.Scale(range=[20, 700]),
                legend=alt.Legend(labelExpr=amount(), tickCount=4),
            ),
            tooltip=[
                alt.Tooltip("source:N", title="before"), alt.Tooltip("target:N", title="after"),
                alt.Tooltip("units:Q", format=","), alt.Tooltip("hours:Q", title="accelerator-hours", format=",.0f"),
            ],
        )
    )  # fmt: skip
    yield Figure(
        "moves", "What moved", "From the cluster at the left to the one below: units that are elsewhere, by area the "
        "reference accelerator-hours of them.", chart, {"moves": table}, "moves", 26 * len(sources) + 230,
        heads={"source": "before", "target": "after", "units": "units", "hours": "reference accelerator-hours"},
    )  # fmt: skip


def _limits(found: Comparison) -> Iterator[Figure]:
    import altair as alt

    table = found.limits.copy()
    for when in (BEFORE, AFTER):
        border = table[f"border_{when}"].to_numpy(dtype=np.float64)
        amount = table[f"amount_{when}"].to_numpy(dtype=np.float64)
        table[f"used_{when}"] = np.divide(100 * amount, border, out=np.full(len(table), np.nan), where=border != 0)
    differs = (table["amount_before"] != table["amount_after"]) | (table["border_before"] != table["border_after"])
    table = table[differs].head(MOST).reset_index(drop=True)
    table["name"] = table["limit"] + " (" + table["side"] + ")"
    if not len(table):
        return
    tips = [
        alt.Tooltip("name:N", title="limit"),
        *(alt.Tooltip(f"{key}_{when}:Q", title=f"{word} {when}", format=",.6~g")
          for when in (BEFORE, AFTER) for key, word in (("amount", "there is"), ("border", "allowed"))),
    ]  # fmt: skip
    chart = _pair("limits", table["name"].tolist(), "used", "there is, % of what is allowed", tips)
    yield Figure(
        "limits-change", "How full limits are", "Where each is tightest. Hollow: before; full: after.",
        chart, {"limits": table.assign(where="")}, "limits", ROW * len(table) + 80,
        heads={"name": "limit", "of": "of", "per": "per", "amount_before": "before", "border_before": "allowed before",
               "amount_after": "after", "border_after": "allowed after"},
    )  # fmt: skip

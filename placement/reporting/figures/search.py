"""How plan and bound came together while the solver searched."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from placement.reporting.colours import colour
from placement.reporting.facts import Facts
from placement.reporting.figure import Figure
from placement.reporting.figures.axes import amounts

if TYPE_CHECKING:
    import pandas as pd

HEIGHT = 260
FAR = 0.25
"""Share of the cost below which bounds are drawn at the edge, but for the last."""

COST, BOUND = "cost of the best plan", "proven bound"


def figures(facts: Facts) -> Iterator[Figure]:
    """Cost and bound over the seconds of the run, where these were kept."""
    import altair as alt
    import pandas as pd

    history = facts.summary.get("history") or []
    rows = [
        [max(float(step["seconds"]), 0.01), what, step[key], step["source"]]
        for step in history
        for key, what in (("cost_usd", COST), ("bound_usd", BOUND))
        if step.get(key) is not None
    ]
    runtime = float(facts.summary.get("runtime_s") or 0.0)
    last = {what: row for row in rows for what in [row[1]]}
    rows += [[max(runtime, row[0]), what, row[2], "in the end"] for what, row in last.items()]
    table = pd.DataFrame(rows, columns=["seconds", "what", "usd", "source"])
    if table["what"].nunique() < 2:
        return
    best = float(table.loc[table["what"] == COST, "usd"].min())
    bounds = table.loc[table["what"] == BOUND, "usd"]
    worst = min(max(float(bounds.quantile(0.25)), best - FAR * abs(best)), float(bounds.max()))
    low, high = min(worst, best), best + 4 * max(abs(best - worst), 1e-3 * abs(best))
    table = table.assign(shown=table["usd"].clip(low, high))
    chart = (
        alt.Chart(alt.NamedData("search"))
        .mark_line(interpolate="step-after", point=alt.OverlayMarkDef(size=28), clip=True)
        .encode(
            x=alt.X(
                "seconds:Q", title="seconds", scale=alt.Scale(type="log", nice=False, padding=12),
                axis=alt.Axis(format="~g", tickCount=6),
            ),
            y=alt.Y("shown:Q", title="$", scale=alt.Scale(zero=False), axis=amounts(_digits(table["shown"]))),
            color=alt.Color(
                "what:N", title=None,
                scale=alt.Scale(domain=[COST, BOUND], range=[colour("service"), colour("building")]),
            ),
            strokeDash=alt.StrokeDash("what:N", title=None, legend=None),
            tooltip=["what:N", alt.Tooltip("seconds:Q", format=".1f"), alt.Tooltip("usd:Q", title="$", format=",.2f"),
                     alt.Tooltip("source:N", title="found by")],
        )
    )  # fmt: skip
    text = (
        "No plan costs less than the bound: what lies between the lines in the end is all that a better plan could "
        "save. Costs far above and bounds far below are drawn at the edge."
    )
    yield Figure(
        "search", "How it was found", text, chart, {"search": table}, "search", HEIGHT,
        heads={"seconds": "seconds", "what": "what", "usd": "$", "source": "found by"},
    )  # fmt: skip


def _digits(values: pd.Series[float]) -> int:
    """Digits in which ticks between the least and the largest value differ."""
    span, size = float(values.max() - values.min()), float(values.abs().max())
    return min(12, max(4, 2 + math.ceil(math.log10(size / span)))) if span > 0 else 6

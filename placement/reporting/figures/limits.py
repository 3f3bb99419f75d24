"""Use against what there is, over time: of every meter and every limit, the tightest first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from placement.compile.fleet import grid_limit
from placement.ephemeris import link_contact, sunlit_slots
from placement.kernels.work import Floats
from placement.reporting.bins import Bins, bins
from placement.reporting.colours import colour
from placement.reporting.facts import EARTH, ORBIT, Facts
from placement.reporting.figure import UNIT, Figure, Panel
from placement.reporting.figures.axes import amounts, moment_tip, time_x, window
from placement.reporting.units import limit_unit
from placement.schema import Cluster, Grid
from placement.verifier.reading import ACCELERATORS, LINK_IN, LINK_OUT, POWER, SOURCE

if TYPE_CHECKING:
    import altair as alt
    import pandas as pd

POINTS, FEWEST, MOST = 40_000, 60, 400
"""Points in all; of a panel at least and at most."""

MOST_PANELS, OPEN, HEIGHT = 200, 3, 220
FULL = 0.999
"""Share of a limit from which it is called used up."""

ECLIPSES = "orbits with eclipses"
BANDS = {ECLIPSES: "eclipse", "no contact": "contact", "grid limited": "grid-band"}
"""What is said of a stretch of time, and its colour."""


@dataclass(frozen=True)
class _Line:
    """A meter or a limit over spans of time."""

    name: str
    unit: str
    where: str
    cluster: str
    kind: str
    of: str
    first: Floats
    """(S+1,) edges of the spans, slots."""
    amount: Floats
    most: Floats
    """(S,) nan: none."""
    least: Floats

    def share(self) -> Floats:
        """(S,) used of what there is; the lack of what must be counts as more than all."""
        return np.maximum(_over(self.amount, self.most), _over(self.least, self.amount))


def _over(part: Floats, whole: Floats) -> Floats:
    """Part over whole: 0 where either is not a number or there is no part, inf where there is no whole for it."""
    share = np.divide(part, whole, out=np.full(len(part), np.inf), where=whole > 0)
    return np.where(np.isnan(part) | np.isnan(whole) | (part <= 0), 0.0, share)


def figures(facts: Facts) -> Iterator[Figure]:
    """Each meter that is used and bounded, and each limit."""
    import pandas as pd

    lines = sorted(
        _told_apart([*_lines(facts)]),
        key=lambda line: (-_full(facts, line), -float(line.share().max(initial=0.0))),
    )
    drawn = lines[:MOST_PANELS]
    if not drawn:
        return
    points = min(MOST, max(FEWEST, POINTS // len(drawn)))
    panels, frames = [], []
    for k, line in enumerate(drawn):
        panels.append(Panel(line.name, line.name, _note(facts, line), opened=k < OPEN, unit=line.unit))
        frames.append(_frame(facts, line, points))
    tables = {"use": pd.concat(frames, ignore_index=True), "bands": _bands(facts, drawn)}
    text = (
        "What is taken (filled) of what there is (black line), mean over each slot; where slots are drawn together, "
        "the tightest of them. Those used up for longest come first. Shaded: each orbit passes through shadow, no "
        "station is in view, or the grid gives less than at other times."
    )
    if len(lines) > len(drawn):
        text += f" {len(lines) - len(drawn)} that are used less are left out."
    chart = _chart(facts, tables["bands"])
    yield Figure(
        "limits", "Use against limits", text, chart, tables, "use", HEIGHT, tuple(panels), timed=True,
        heads={"panel": "limit", "at": "from", "amount": "used", "most": "at most", "least": "at least",
               "unit": "unit"},
    )  # fmt: skip


def _lines(facts: Facts) -> Iterator[_Line]:
    slots = np.arange(facts.grid.slots + 1, dtype=np.float64)
    none = np.full(facts.grid.slots, np.nan)
    for reading in facts.verified.readings:
        if reading.amount.any() and np.isfinite(reading.most).any():
            most = np.where(np.isfinite(reading.most), reading.most, np.nan)
            where = facts.place[reading.cluster]
            yield _Line(
                reading.name,
                reading.unit,
                where,
                reading.cluster,
                reading.kind,
                reading.of,
                slots,
                reading.amount,
                most,
                none,
            )
    for use in facts.verified.limits:
        empty = np.full(len(use.amount), np.nan)
        most, least = (empty if border is None else border for border in (use.most, use.least))
        unit = limit_unit(use.limit)
        edges = np.append(use.first, facts.grid.slots).astype(np.float64)
        yield _Line(f"limit {use.limit.name}", unit, "", "", "limit", "", edges, use.amount, most, least)


def _told_apart(lines: list[_Line]) -> list[_Line]:
    """Lines with names of their own: a resource may be called as what each cluster has, such as power."""
    number = Counter(line.name for line in lines)
    return [line if number[line.name] == 1 else replace(line, name=f"{line.name} ({line.kind})") for line in lines]


def _hours(facts: Facts, line: _Line) -> Floats:
    return np.asarray(np.diff(facts.grid.edges[line.first.astype(np.int64)]))


def _full(facts: Facts, line: _Line) -> float:
    """Share of the horizon in which it is used up."""
    hours = _hours(facts, line)
    return float((line.share() >= FULL) @ hours / hours.sum())


def _note(facts: Facts, line: _Line) -> str:
    full = 100 * _full(facts, line)
    if full > 0:
        words = "less than 1 %" if full < 1 else f"{min(full, 99.0):.0f} %"
        return f"used up {words} of the time" if full < 100 - 1e-6 else "used up all the time"
    return f"at most {100 * float(line.share().max(initial=0.0)):.0f} % used"


def _frame(facts: Facts, line: _Line, points: int) -> pd.DataFrame:
    """The line, a row for each bin: the tightest span in it; the last stands twice, for its end."""
    import pandas as pd

    cut = bins(_hours(facts, line), points)
    worst = cut.tightest(-line.share())
    begin, end = cut.edges(facts.moments[line.first.astype(np.int64)])
    frame = pd.DataFrame(
        {
            "panel": line.name, "unit": line.unit, "where": line.where, "at": begin,
            **{key: _short(getattr(line, key)[worst]) for key in ("amount", "most", "least")},
        }
    )  # fmt: skip
    return pd.concat([frame, frame.tail(1).assign(at=end[-1])], ignore_index=True)


def _short(values: Floats) -> Floats:
    """Six digits."""
    return np.array([float(f"{value:.6g}") for value in values.tolist()])


def _bands(facts: Facts, lines: list[_Line]) -> pd.DataFrame:
    """Stretches in which orbits have eclipses, without contact, or with a limited grid."""
    import pandas as pd

    cut = bins(facts.grid.slot_hours, FEWEST * 4)
    rows = [
        [line.name, kind, *ends]
        for line in lines
        if line.cluster
        for kind, inside in _stretches(facts, facts.scenario.cluster(line.cluster), line.kind, line.of)
        for ends in _runs(facts, cut, inside)
    ]
    return pd.DataFrame(rows, columns=["panel", "kind", "from", "to"])


def _stretches(facts: Facts, cluster: Cluster, kind: str, of: str) -> Iterator[tuple[str, Floats]]:
    """(T,) share of each slot in which each is so."""
    grid, scenario = facts.grid, facts.scenario
    pools = [pool for pool in cluster.pools if kind == POWER or pool.name == of]
    if cluster.orbital and kind in (ACCELERATORS, POWER) and pools:
        dark = [sunlit_slots(grid, cluster, pool) < 1 - 1e-9 for pool in pools]
        yield ECLIPSES, np.any(dark, axis=0).astype(np.float64)
    if cluster.link is not None and kind in (LINK_IN, LINK_OUT):
        yield "no contact", (link_contact(scenario, grid, cluster)[0] <= 0).astype(np.float64)
    if kind in (POWER, SOURCE):
        hours = np.zeros(grid.slots)
        for source in cluster.sources:
            if isinstance(source, Grid) and of in ("", source.name):
                most = grid_limit(scenario, grid, source)
                less = np.where(most < most.max() * (1 - 1e-9), grid.tick_hours, 0.0)
                hours = np.maximum(hours, np.bincount(grid.tick_slot, less, grid.slots))
        yield "grid limited", hours / grid.slot_hours


def _runs(facts: Facts, cut: Bins, inside: Floats) -> Iterator[tuple[float, float]]:
    """Stretches, milliseconds, in bins of which at least half is inside; `inside`: share of each slot."""
    held = np.concatenate([[False], cut.mean(inside) >= 0.5, [False]])
    begin, end = cut.edges(facts.moments)
    changes = np.flatnonzero(np.diff(held.astype(np.int8)))
    for first, stop in zip(changes[::2], changes[1::2], strict=True):
        yield float(begin[first]), float(end[stop - 1])


def _chart(facts: Facts, shaded: pd.DataFrame) -> alt.LayerChart:
    import altair as alt

    use = alt.Chart(alt.NamedData("use"))
    bands = alt.Chart(alt.NamedData("bands"))
    colours = alt.Color(
        "where:N",
        legend=None,
        scale=alt.Scale(domain=[EARTH, ORBIT, ""], range=[colour("earth"), colour("orbit"), colour("soft")]),
    )
    y = alt.Y("amount:Q", title=UNIT, axis=amounts(), scale=alt.Scale(zero=True))
    tips = [
        moment_tip("at", "from"), alt.Tooltip("amount:Q", title="used", format=",.6~g"),
        alt.Tooltip("most:Q", title="at most", format=",.6~g"), alt.Tooltip("unit:N", title="unit"),
    ]  # fmt: skip
    line = use.encode(x=time_x(facts, "at"))
    border: dict[str, Any] = {"interpolate": "step-after", "color": colour("limit"), "strokeWidth": 1.6, "clip": True}
    kinds = [kind for kind in BANDS if (shaded["kind"] == kind).any()]
    below = bands.mark_rect(opacity=0.28, clip=True).encode(
        x=time_x(facts, "from"),
        x2="to:T",
        fill=alt.Fill("kind:N", title=None, scale=alt.Scale(domain=kinds, range=[colour(BANDS[k]) for k in kinds])),
        tooltip=["kind:N", moment_tip("from", "from"), moment_tip("to", "to")],
    )
    charts = alt.LayerChart(layer=[
        *([below] if kinds else []),
        line.mark_area(interpolate="step-after", opacity=0.75, clip=True).encode(y=y, color=colours, tooltip=tips),
        line.mark_line(**border).encode(y="most:Q"),
        line.mark_line(**border, strokeDash=[4, 3]).encode(y="least:Q"),
    ])  # fmt: skip
    shown: alt.LayerChart = charts.add_params(window(facts)).resolve_scale(fill="independent")
    return shown

"""For which values of an input the answer flips: points, flips, and what they say in words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from placement.measure import Measure, Side
from placement.plan import Plan
from placement.schema import Scenario
from placement.varied import Varied

if TYPE_CHECKING:
    import pandas as pd

NUMBER = r"\d[\d.,:-]*"
"""In a reason."""

MOST_NAMED = 4
"""Of more values the first and the last are told."""


@dataclass(frozen=True)
class Point:
    """One value, solved."""

    value: float
    metric: float
    """nan: it has none."""
    cost_usd: float
    """nan without a plan."""
    bound_usd: float
    gap: float
    """inf without a plan."""
    side: Side
    """above: at the threshold or above. undecided, of total cost: the threshold lies between bound and cost. Empty:
    neither."""
    status: str
    """How the solve ended; `failed` where the solver did."""
    reason: str
    """Why it is on neither side."""
    above: bool | None
    """On which side the plan is, proven or not."""
    constant_usd: float = field(repr=False)
    scenario: Scenario = field(repr=False)
    plan: Plan | None = field(repr=False)


@dataclass(frozen=True)
class Flip:
    """Two neighbouring values with plans on different sides, and how far the gaps leave it open."""

    low: float
    high: float
    rises: bool
    """Whether the metric comes to the threshold or above it as the value rises."""
    undecided_low: float
    """Between this and `undecided_high` a plan of each side is within the gap, or the threshold between bound and
    cost; these two are the nearest solved values where it is not so (`low` and `high`, if it is not so there)."""
    undecided_high: float
    open_low: bool
    """Whether it is so at the lowest value of the range too, `undecided_low`."""
    open_high: bool
    gap: float
    """The largest gap that was allowed: the one asked for, or one that was reached where that is larger."""
    metrics: tuple[float, float]
    """At `low` and `high`."""
    broken: bool
    """Whether values that are on neither side lie between."""

    @property
    def overlaps(self) -> bool:
        """Whether it is undecided outside of the bracket too."""
        return (self.undecided_low, self.undecided_high) != (self.low, self.high) or self.open_low or self.open_high


@dataclass(frozen=True)
class Breakeven:
    """For which values the answer flips."""

    scenario: str
    varied: Varied = field(repr=False)
    measure: Measure
    range: tuple[float, float]
    """From the lowest to the highest value."""
    points: pd.DataFrame
    """By value: `value, metric, cost_usd, bound_usd, gap, side, status, reason`."""
    flips: tuple[Flip, ...]
    stopped: bool
    """Whether it was stopped before all was refined."""

    def sentence(self) -> str:
        """What came out: a line for each flip, or one that says that there is none."""
        return "\n".join(self.sentences())

    def sentences(self) -> list[str]:
        """A sentence for each flip, or one that there is none; then what takes no side."""
        told = [self.of_flip(flip) for flip in self.flips] or [self._none()]
        told += self._without_side()
        if self.stopped:
            told.append("It was stopped early: there may be other flips, and brackets are as wide as they are.")
        return told

    def of_flip(self, flip: Flip) -> str:
        """A flip in words."""
        words, shown = self.measure, self.measure.shown
        to = "rises to {} or above" if flip.rises else "falls below {}"
        where = f"between {number(flip.low)} and {number(flip.high)}"
        metrics = f"from {shown(flip.metrics[0])} to {shown(flip.metrics[1])}"
        text = f"As {self.varied.words} rises, {words.words} {to.format(shown(words.threshold))} {where} ({metrics})"
        if flip.broken:
            text += ", with values on neither side between them"
        return f"{text}; {self._undecided(flip)}."

    def _undecided(self, flip: Flip) -> str:
        cost = self.measure.metric == "total_cost"
        within = f"within the gap of {100 * flip.gap:.3g} %"
        if not flip.overlaps:
            return (
                "outside of the two it is proven"
                if cost
                else f"outside of the two no plan that was found of the other side is {within}"
            )
        low, high = (number(value) for value in (flip.undecided_low, flip.undecided_high))
        where = f"from {low}{' or less' if flip.open_low else ''} to {high}{' or more' if flip.open_high else ''}"
        why = "the threshold lies between bound and cost" if cost else f"a plan of each side is {within}"
        return f"{where} {why}, so there it is undecided"

    def _none(self) -> str:
        low, high = map(number, self.range)
        there = self.points[self.points["side"] != ""]
        if there.empty:
            return f"No value between {low} and {high} is on a side, so nothing is known."
        shown, threshold = self.measure.shown, self.measure.threshold
        least, most = float(there["metric"].min()), float(there["metric"].max())
        stays = "at or above" if least >= threshold else "below"
        ends = f"{shown(least)} to {shown(most)}" if shown(least) != shown(most) else f"{shown(least)} throughout"
        near = there.iloc[int((there["metric"] - threshold).abs().argmin())]
        closest = f"closest to it at {number(near['value'])} with {shown(near['metric'])}"
        text = f"No value between {low} and {high} flips it: {self.measure.words} stays {stays} {shown(threshold)}"
        return f"{text} ({ends}), {closest}; {self._trusted(there)}."

    def _trusted(self, there: pd.DataFrame) -> str:
        """How far it can be trusted that nothing flips."""
        open_ = there.loc[there["side"] == "undecided", "value"].tolist()
        if open_:
            return f"at {listed(open_)} the threshold lies between bound and cost, so there it is undecided"
        if self.measure.metric == "total_cost":
            return "at the values solved that is proven"
        return f"the plans have gaps of at most {100 * float(there['gap'].max()):.3g} %"

    def _without_side(self) -> list[str]:
        """Values on neither side, by reason; of those that differ in numbers alone the last is told."""
        away = self.points[self.points["side"] == ""]
        alike = away["reason"].astype(str).str.replace(NUMBER, "#", regex=True)
        told = []
        for (status, _), mine in away.groupby([away["status"], alike], sort=False):
            values, reasons = mine["value"].tolist(), mine["reason"].astype(str)
            verb = "is" if len(values) == 1 else "are"
            of = f" (so at {number(values[-1])})" if len(set(reasons)) > 1 else ""
            told.append(f"{listed(values)} {verb} on neither side ({status}): {reasons.iloc[-1].rstrip('.')}{of}.")
        return told


def number(value: float) -> str:
    """A value of an input in six digits, thousands separated."""
    return f"{float(f'{value:.6g}'):,.12g}"


def listed(values: Sequence[float]) -> str:
    """Values in words; of many the ends and how many."""
    if len(values) > MOST_NAMED:
        return f"{len(values)} values from {number(values[0])} to {number(values[-1])}"
    texts = [number(value) for value in values]
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"


def points_table(points: Sequence[Point]) -> pd.DataFrame:
    """A row for each point; what is not finite is nan."""
    import pandas as pd

    def finite(value: float) -> float:
        return value if math.isfinite(value) else math.nan

    rows = [
        (p.value, p.metric, finite(p.cost_usd), finite(p.bound_usd), finite(p.gap), p.side, p.status, p.reason)
        for p in points
    ]
    columns = ["value", "metric", "cost_usd", "bound_usd", "gap", "side", "status", "reason"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.astype(dict.fromkeys(columns[:5], "float64") | dict.fromkeys(columns[5:], "str"))

"""Points along an input, and between which of them the answer flips.

Between neighbours with plans on different sides it flips. As a plan is optimal only to its gap, plans of the other side
are priced at the values around a flip: where one is within the gap too, the side is undecided.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import pairwise

from placement.flips import Flip, Point
from placement.measure import Measure, priced
from placement.result import gap_of
from placement.scale import Scale

NEAREST = 3
"""So many plans of the other side, those of the nearest values, are priced at a value."""

Pair = tuple[Point, Point]


class Bracketing:
    """Points by value, and what they tell."""

    def __init__(self, measured: Measure, scale: Scale, gap: float, points: Iterable[Point] = ()):
        self.measured, self.scale, self.gap = measured, scale, gap
        self.points = sorted(points, key=lambda each: each.value)
        self._known: dict[tuple[float, float], bool] = {}

    def add(self, point: Point) -> None:
        """One more point."""
        self.points = sorted([*self.points, point], key=lambda each: each.value)

    def nearest(self, value: float) -> Point | None:
        """The point with a plan that is nearest to a value; of two the lower one."""
        planned = [point for point in self.points if point.plan is not None]
        return min(planned, key=lambda point: self.scale.distance(point.value, value), default=None)

    def brackets(self) -> list[Pair]:
        """Neighbours on different sides; those on neither are passed over."""
        sided = [point for point in self.points if point.above is not None]
        return [(one, other) for one, other in pairwise(sided) if one.above != other.above]

    def between(self, pair: Pair) -> list[Point]:
        """Points from one to another, both with them."""
        return [point for point in self.points if pair[0].value <= point.value <= pair[1].value]

    def flips(self) -> tuple[Flip, ...]:
        """Brackets, each with the interval in which the gaps overlap."""
        return tuple(self._flip(pair) for pair in self.brackets())

    def _flip(self, pair: Pair) -> Flip:
        low, high = pair
        ends = [self.edge(point, step) for point, step in ((low, -1), (high, 1))]
        first, last = (inner if outer is None else outer for inner, outer in ends)
        assert first is not None
        assert last is not None
        gaps = [point.gap for point in self.between((first, last)) if point.above is not None]
        return Flip(
            low.value, high.value, bool(high.above), first.value, last.value, ends[0][1] is None, ends[1][1] is None,
            max(self.gap, *gaps), (low.metric, high.metric), len(self.between(pair)) > 2,
        )  # fmt: skip

    def edge(self, begin: Point, step: int) -> tuple[Point | None, Point | None]:
        """Going outward from the end of a bracket: the last point that is undecided, and the first that is not."""
        inner = None
        for point in self.points[::step]:
            if (point.value - begin.value) * step < 0:
                continue
            if not self._undecided(point):
                return inner, point
            inner = point
        return inner, None

    def _undecided(self, point: Point) -> bool:
        """Whether a plan of the other side too is within the gap, or the threshold lies between bound and cost."""
        if point.above is None:
            return False
        if self.measured.metric == "total_cost":
            return point.side == "undecided"
        others = [each for each in self.points if each.above is not None and each.above != point.above]
        others.sort(key=lambda each: self.scale.distance(each.value, point.value))
        return any(self._fits(point, each) for each in others[:NEAREST])

    def _fits(self, point: Point, other: Point) -> bool:
        """Whether the plan of a point on the other side keeps all rules at this one, is on the other side here too, and
        has no larger gap than the one asked for or this point's."""
        key = point.value, other.value
        if key not in self._known:
            self._known[key] = self._priced(point, other)
        return self._known[key]

    def _priced(self, point: Point, other: Point) -> bool:
        assert other.plan is not None
        made = priced(point.scenario, other.plan)
        if made is None:
            return False
        plan, cost = made
        gap = gap_of(cost, point.bound_usd, point.constant_usd)
        if not math.isfinite(gap) or gap > max(self.gap, point.gap):
            return False
        above = self.measured.above(self.measured.of(point.scenario, plan, cost)[0])
        return above is not None and above != point.above

"""The search for the values of an input for which the answer flips.

Values are scanned, each solved and verified; between neighbours with plans on different sides it is bisected. As a
plan is optimal only to its gap, plans of the other side are priced at the values around a flip: where one is within
the gap too, the side is undecided.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from placement.errors import PlacementError, ScenarioError, SolverError
from placement.flips import Breakeven, Flip, Point, number, points_table
from placement.kernels.backend import Device
from placement.measure import Measure, Metric, measure, priced
from placement.models.highs import Event
from placement.plan import Plan
from placement.result import Result, gap_of
from placement.schema import Boundary, Scenario
from placement.solving import solve
from placement.varied import varied

NEAREST = 3
"""So many plans of the other side, those of the nearest values, are priced at a value."""

END_SOLVES = 4
"""Most solves for each end of an interval in which it is undecided."""

LEAST_TOLERANCE = 1e-6


def breakeven(
    scenario: Scenario,
    vary: str | Sequence[str],
    first: float,
    last: float,
    *,
    metric: Metric = "orbital_share",
    threshold: float | None = None,
    at: int | None = None,
    boundary: Boundary = "all_in",
    points: int = 7,
    log: bool = False,
    factor: bool = False,
    tolerance: float = 0.01,
    gap: float = 0.01,
    time_limit_s: float = 60.0,
    device: Device = "auto",
    seed: int = 0,
    threads: int = 0,
    progress: Callable[[Point], None] | None = None,
    stop: Event | None = None,
) -> Breakeven:
    """For which values of an input the answer flips.

    Parameters
    ----------
    scenario : Scenario
    vary : str or sequence of str
        Dotted path of the input, as for `Scenario.replace`; several are set together.
    first, last : float
        Ends of the range of values.
    metric : {"orbital_share", "parity", "total_cost"}
        Share of what is delivered in the calendar year `at` that is delivered in orbit; $ per delivered
        reference-accelerator-hour in orbit over that on Earth at `boundary`; cost of the plan, $.
    threshold : float, optional
        A plan is above from here on. Left out: 0.05 of the share, 1 of parity.
    at : int, optional
        Calendar year of the share.
    boundary : str
        Of parity.
    points : int
        Values that are scanned at first, at equal distances, or with `log` at equal ratios.
    log : bool
        Whether the values are spaced, bisected and compared by their logarithm.
    factor : bool
        Whether values multiply what stands there, a number or a series, instead of replacing it.
    tolerance : float
        Brackets are narrowed to this share of the range.
    gap, time_limit_s, device, seed, threads
        Of each solve, as for `placement.solve`.
    progress : callable, optional
        Called with each point when it is solved.
    stop : event, optional
        When set, what is known so far is returned.

    Returns
    -------
    Breakeven
        Points by value, and flips with the interval in which the gaps overlap. What is not refined because it was
        stopped says so.

    Raises
    ------
    ScenarioError
        If a path leads nowhere, or a value of the range makes no valid scenario.
    PlacementError
        If an argument makes no sense.
    """
    measured = measure(scenario, metric, threshold, at, boundary)
    turned = varied(scenario, [vary] if isinstance(vary, str) else vary, factor)
    scale = _scale(first, last, points, log, tolerance, turned.whole)
    made = {value: turned.at(value) for value in scale.values()}

    def run(value: float, start: Plan | None) -> Point:
        try:
            there = made.get(value) or turned.at(value)
            result = solve(
                there, gap=gap, time_limit_s=time_limit_s, device=device, seed=seed, threads=threads, stop=stop,
                start=start, baseline=False,
            )  # fmt: skip
        except (ScenarioError, SolverError) as error:
            return _failed(value, scenario, str(error))
        return _point(measured, value, there, result)

    search = _Search(measured, scale, gap, run, progress, stop)
    complete = search.run()
    flips = tuple(search.flip(pair) for pair in search.brackets())
    return Breakeven(scenario.name, turned, measured, scale.ends, points_table(search.points), flips, not complete)


def _point(measured: Measure, value: float, scenario: Scenario, result: Result) -> Point:
    """What a solve says at a value."""
    metric, cost, why = math.nan, math.nan, result.message
    if result.plan is not None:
        cost = result.cost_usd
        metric, why = measured.of(scenario, result.plan, cost)
    return Point(
        value, metric, cost, result.bound_usd, result.gap, measured.side(metric, result.bound_usd), str(result.status),
        why, measured.above(metric), result.constant_usd, scenario, result.plan,
    )  # fmt: skip


def _failed(value: float, scenario: Scenario, why: str) -> Point:
    return Point(
        value, math.nan, math.nan, -math.inf, math.inf, "", "failed", why, None, math.nan, scenario, None
    )  # fmt: skip


@dataclass(frozen=True)
class _Scale:
    """The range, its distances and its middles; made by `_scale`."""

    ends: tuple[float, float]
    points: int
    log: bool
    tolerance: float
    whole: bool

    def values(self) -> list[float]:
        """What is scanned, ascending."""
        spaced = np.geomspace if self.log else np.linspace
        return sorted({self._rounded(float(value)) for value in spaced(*self.ends, self.points)})

    def distance(self, one: float, other: float) -> float:
        """As a share of the range."""
        low, high = map(self._position, self.ends)
        return abs(self._position(one) - self._position(other)) / (high - low)

    def middle(self, low: float, high: float) -> float:
        """A value between, whole where they are."""
        mean = math.sqrt(low) * math.sqrt(high) if self.log else low + (high - low) / 2
        mean = self._rounded(mean)
        return min(max(mean, low + 1), high - 1) if self.whole else mean

    def wide(self, low: float, high: float) -> bool:
        """Whether an interval is to be bisected."""
        return self.distance(low, high) > self.tolerance and not (self.whole and high - low < 1.5)

    def _position(self, value: float) -> float:
        return math.log(value) if self.log else value

    def _rounded(self, value: float) -> float:
        """Whole, or without the dust of computing."""
        return float(round(value)) if self.whole else float(f"{value:.12g}")


def _scale(first: float, last: float, points: int, log: bool, tolerance: float, whole: bool) -> _Scale:
    low, high = sorted((float(first), float(last)))
    if not (math.isfinite(low) and math.isfinite(high)):
        raise PlacementError(f"the range is from {first} to {last}, which are not numbers that can be used.")
    if low == high:
        raise PlacementError(f"the range is from {number(low)} to {number(high)}. Give two different values.")
    if log and not low > 0:
        raise PlacementError(
            f"the range begins at {number(low)}, which has no logarithm. Begin above 0, or without log."
        )
    if whole and not (low.is_integer() and high.is_integer()):
        fact = f"the range is from {number(low)} to {number(high)}, and a whole number stands there."
        raise PlacementError(f"{fact} Give whole numbers.")
    if points < 2:
        raise PlacementError(f"points is {points}, but must be at least 2.")
    if not LEAST_TOLERANCE <= tolerance < 1:
        fact = f"tolerance is {tolerance:g}, but must be at least {LEAST_TOLERANCE:g} and less than 1."
        raise PlacementError(f"{fact} Write 0.01 for one per cent of the range.")
    return _Scale((low, high), points, log, tolerance, whole)


class _Stopped(Exception):
    """A stop was asked for."""


Pair = tuple[Point, Point]


class _Search:
    """Points by value, and what more of them tell."""

    def __init__(
        self,
        measured: Measure,
        scale: _Scale,
        gap: float,
        run: Callable[[float, Plan | None], Point],
        progress: Callable[[Point], None] | None,
        stop: Event | None,
    ):
        self.measured, self.scale, self.gap = measured, scale, gap
        self._run, self._progress, self._stop = run, progress, stop
        self.points: list[Point] = []
        self._known: dict[tuple[float, float], bool] = {}

    def run(self) -> bool:
        """Scan, bisect, and widen flips to where they are decided; False if it was stopped."""
        try:
            for value in self.scale.values():
                self._solve(value)
            self._refine()
            for low, high in self.brackets():
                self._widen(low, -1)
                self._widen(high, 1)
            self._refine()
        except _Stopped:
            return False
        return True

    def brackets(self) -> list[Pair]:
        """Neighbours on different sides; those on neither are passed over."""
        sided = [point for point in self.points if point.above is not None]
        return [(one, other) for one, other in pairwise(sided) if one.above != other.above]

    def flip(self, pair: Pair) -> Flip:
        """A bracket with the interval in which the gaps overlap."""
        low, high = pair
        ends = [self._edge(point, step) for point, step in ((low, -1), (high, 1))]
        first, last = (inner if outer is None else outer for inner, outer in ends)
        assert first is not None
        assert last is not None
        gaps = [point.gap for point in self._between((first, last)) if point.above is not None]
        return Flip(
            low.value, high.value, bool(high.above), first.value, last.value, ends[0][1] is None, ends[1][1] is None,
            max(self.gap, *gaps), (low.metric, high.metric), len(self._between(pair)) > 2,
        )  # fmt: skip

    def _solve(self, value: float) -> None:
        """One more point; one whose solve was cut short is left out."""
        if self._stopped:
            raise _Stopped
        planned = [point for point in self.points if point.plan is not None]
        near = min(planned, key=lambda point: self.scale.distance(point.value, value), default=None)
        point = self._run(value, None if near is None else near.plan)
        if self._stopped and not point.gap <= self.gap:
            raise _Stopped
        self.points = sorted([*self.points, point], key=lambda each: each.value)
        if self._progress is not None:
            self._progress(point)

    @property
    def _stopped(self) -> bool:
        return self._stop is not None and self._stop.is_set()

    def _refine(self) -> None:
        """Bisect until every bracket is narrow."""
        while (pair := next(self._open(), None)) is not None:
            self._solve(self.scale.middle(pair[0].value, pair[1].value))

    def _open(self) -> Iterator[Pair]:
        """Parts of brackets that are to be bisected; between values on neither side nothing is."""
        for bracket in self.brackets():
            for one, other in pairwise(self._between(bracket)):
                sided = one.above is not None or other.above is not None
                if sided and self.scale.wide(one.value, other.value):
                    yield one, other

    def _between(self, pair: Pair) -> list[Point]:
        return [point for point in self.points if pair[0].value <= point.value <= pair[1].value]

    def _widen(self, begin: Point, step: int) -> None:
        """Bisect where, going outward from the end of a bracket, it comes to be decided."""
        for _ in range(END_SOLVES):
            inner, outer = self._edge(begin, step)
            if inner is None or outer is None:
                return
            low, high = sorted((inner.value, outer.value))
            if not self.scale.wide(low, high):
                return
            self._solve(self.scale.middle(low, high))

    def _edge(self, begin: Point, step: int) -> tuple[Point | None, Point | None]:
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

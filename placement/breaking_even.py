"""The search for the values of an input for which the answer flips.

Values are scanned, each solved and verified; between neighbours with plans on different sides it is bisected. Then the
ends of where the gaps leave a side undecided are looked for. Values are solved one after another here, or kept in the
folder of a sweep, where those of the scan are solved beside each other.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Protocol

from placement.bracketing import Bracketing, Pair
from placement.design import Axis, scan
from placement.errors import ScenarioError, SolverError
from placement.flips import Breakeven, Point, points_table
from placement.growing import growing
from placement.kernels.backend import Device
from placement.measure import Measure, Metric, measure
from placement.models.highs import Event
from placement.scale import scale
from placement.schema import Boundary, Scenario
from placement.solved_point import of_nothing, of_result
from placement.solving import solve
from placement.swept import Solving
from placement.varied import Varied, varied

END_SOLVES = 4
"""Most solves for each end of an interval in which it is undecided."""

TIME_LIMIT_S = 60.0
"""Of each solve, where no limit is given."""


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
    time_limit_s: float | None = None,
    work_limit: int | None = None,
    device: Device = "auto",
    seed: int = 0,
    threads: int = 0,
    folder: str | Path | None = None,
    workers: int = 0,
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
    gap, work_limit, device, seed, threads
        Of each solve, as for `placement.solve`; in a folder 0 threads are 1, as workers share the cores.
    time_limit_s : float, optional
        Of each solve. Left out: 60, or none under a `work_limit`.
    folder : path, optional
        Of a sweep in which values are kept as they are finished. The same call goes on where an earlier one ended;
        another metric, threshold or tolerance takes what is solved already. Values of the scan begin with the plans of
        others than without a folder, so their plans may differ within the gap.
    workers : int
        With a folder: processes that solve the scan, each one value at a time; 0: one for each core. Under a work limit
        the outcome does not depend on it. Without one all is solved in this process.
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
        If an argument makes no sense, or the folder holds something else.
    """
    measured = measure(scenario, metric, threshold, at, boundary)
    turned = varied(scenario, [vary] if isinstance(vary, str) else vary, factor)
    scaled = scale(first, last, points=points, log=log, tolerance=tolerance, whole=turned.whole)
    made = {value: turned.at(value) for value in scaled.values()}
    if time_limit_s is None and work_limit is None:
        time_limit_s = TIME_LIMIT_S
    limit_s = None if time_limit_s is None or math.isinf(time_limit_s) else time_limit_s
    solving = Solving(gap, limit_s, work_limit, seed, threads, device)
    search = _Search(measured, scaled, gap)
    if folder is None:
        complete = search.run(_Here(measured, turned, made, solving, progress, stop))
    else:
        design = scan(Axis(turned.paths, tuple(scaled.values()), factor, log))
        how = replace(solving, threads=threads or 1)
        with growing(
            folder, scenario, design, how, measured, workers=workers, progress=progress, stop=stop
        ) as kept:  # fmt: skip
            kept.go_on()
            complete = search.run(kept)
    return Breakeven(
        scenario.name, turned, measured, scaled.ends, points_table(search.points), search.flips(), not complete
    )


class Solved(Protocol):
    """What solves values, or has them."""

    def at(self, value: float, near: Point | None) -> Point | None:
        """The point at a value, begun with the plan of another; None if it was stopped."""


class _Here:
    """Values, each solved in this process when it is asked for."""

    def __init__(
        self,
        measured: Measure,
        turned: Varied,
        made: dict[float, Scenario],
        solving: Solving,
        progress: Callable[[Point], None] | None,
        stop: Event | None,
    ):
        self._measured, self._turned, self._made, self._solving = measured, turned, made, solving
        self._progress, self._stop = progress, stop

    def at(self, value: float, near: Point | None) -> Point | None:
        """The point at a value; None if it was stopped before its gap was reached."""
        if self._stopped:
            return None
        point = self._solved(value, near)
        if self._stopped and not point.gap <= self._solving.gap:
            return None
        if self._progress is not None:
            self._progress(point)
        return point

    def _solved(self, value: float, near: Point | None) -> Point:
        how = self._solving
        try:
            there = self._made.get(value) or self._turned.at(value)
            result = solve(
                there, gap=how.gap, time_limit_s=math.inf if how.time_limit_s is None else how.time_limit_s,
                work_limit=how.work_limit, device=how.device, seed=how.seed, threads=how.threads, stop=self._stop,
                start=None if near is None else near.plan, baseline=False,
            )  # fmt: skip
        except (ScenarioError, SolverError) as error:
            return of_nothing(value, self._turned.scenario, str(error))
        return of_result(self._measured, value, there, result)

    @property
    def _stopped(self) -> bool:
        return self._stop is not None and self._stop.is_set()


class _Stopped(Exception):
    """A stop was asked for."""


class _Search(Bracketing):
    """Points, and which more are asked for."""

    def run(self, solved: Solved) -> bool:
        """Scan, bisect, and widen flips to where they are decided; False if it was stopped."""
        self._solved = solved
        try:
            lacking = [value for value in self.scale.values() if not self._has(value)]
            if lacking:
                raise _Stopped
            self._refine()
            for low, high in self.brackets():
                self._widen(low, -1)
                self._widen(high, 1)
            self._refine()
        except _Stopped:
            return False
        return True

    def _has(self, value: float) -> bool:
        """One more point; False if it was stopped."""
        point = self._solved.at(value, self.nearest(value))
        if point is None:
            return False
        self.add(point)
        return True

    def _take(self, value: float) -> None:
        if not self._has(value):
            raise _Stopped

    def _refine(self) -> None:
        """Bisect until every bracket is narrow."""
        while (pair := next(self._open(), None)) is not None:
            self._take(self.scale.middle(pair[0].value, pair[1].value))

    def _open(self) -> Iterator[Pair]:
        """Parts of brackets that are to be bisected; between values on neither side nothing is."""
        for bracket in self.brackets():
            for one, other in pairwise(self.between(bracket)):
                sided = one.above is not None or other.above is not None
                if sided and self.scale.wide(one.value, other.value):
                    yield one, other

    def _widen(self, begin: Point, step: int) -> None:
        """Bisect where, going outward from the end of a bracket, it comes to be decided."""
        for _ in range(END_SOLVES):
            inner, outer = self.edge(begin, step)
            if inner is None or outer is None:
                return
            low, high = sorted((inner.value, outer.value))
            if not self.scale.wide(low, high):
                return
            self._take(self.scale.middle(low, high))

"""Where the answer flips in a sweep that is solved: of one input, or of one for each value of another.

Nothing is solved. The points of a line are bracketed as those of a search: neighbours with plans on different sides,
and how far from them plans of the other side, priced there, are within the gap too.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from placement.bracketing import Bracketing
from placement.errors import PlacementError
from placement.flips import Breakeven, Flip, points_table
from placement.measure import Measure, Metric, measure
from placement.scale import scale
from placement.schema import Boundary
from placement.solved_point import of_sweep
from placement.swept import Sweep, read_sweep
from placement.varied import varied

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = (
    "low", "high", "rises", "undecided_low", "undecided_high", "open_low", "open_high", "gap", "metric_low",
    "metric_high",
)  # fmt: skip
"""Of a flip."""


@dataclass(frozen=True)
class Crossing:
    """Flips along the first input of a sweep."""

    along: str
    """Name of that input."""
    over: str | None
    """Name of the second input; None: there is none."""
    measure: Measure
    lines: tuple[tuple[float | None, Breakeven], ...]
    """A value of the second input, rising (None without one), with what the points say that have it."""

    @property
    def table(self) -> pd.DataFrame:
        """A row for each flip, and one for each line without: the value `over`, the columns of `Flip` with the metric
        at both ends, the least and the most of the metric on the line, and how many points it has.
        """
        import pandas as pd

        rows = []
        for value, found in self.lines:
            metric = found.points["metric"]
            rest = (metric.min(), metric.max(), len(found.points))
            rows += [[value, *_cells(flip), *rest] for flip in found.flips or (None,)]
        return pd.DataFrame(rows, columns=["over", *COLUMNS, "least", "most", "points"])


def _cells(flip: Flip | None) -> list[Any]:
    if flip is None:
        return [math.nan, math.nan, None, math.nan, math.nan, None, None, math.nan, math.nan, math.nan]
    return [
        flip.low, flip.high, flip.rises, flip.undecided_low, flip.undecided_high, flip.open_low, flip.open_high,
        flip.gap, *flip.metrics,
    ]  # fmt: skip


def crossing(
    sweep: Sweep | str | Path,
    *,
    metric: Metric = "orbital_share",
    threshold: float | None = None,
    at: int | None = None,
    boundary: Boundary = "all_in",
) -> Crossing:
    """Where the answer flips along the first input of a sweep, for each value of the second if it has two.

    Parameters
    ----------
    sweep : Sweep or path
        With one input or two; its finished points count. Lines with fewer than two of them are left out.
    metric, threshold, at, boundary
        As for `placement.breakeven`.

    Returns
    -------
    Crossing

    Raises
    ------
    PlacementError
        If an argument makes no sense, the sweep has more inputs, or no two of its points lie on a line.
    """
    found = sweep if isinstance(sweep, Sweep) else read_sweep(sweep)
    measured = measure(found.scenario, metric, threshold, at, boundary)
    axes = found.design.axes
    if len(axes) > 2:
        fact = f"{found.folder} has {len(axes)} inputs, and a line is over one, or over one for each value of another."
        raise PlacementError(f"{fact} Sweep one or two.")
    lines = tuple(_lines(found, measured))
    if not lines:
        what = "points" if len(axes) == 1 else f"points that have one {axes[1].name} in common"
        raise PlacementError(f"{found.folder} has no two finished {what}. Go on with the sweep, or sweep a grid.")
    return Crossing(axes[0].name, axes[1].name if len(axes) == 2 else None, measured, lines)


def _lines(found: Sweep, measured: Measure) -> Iterator[tuple[float | None, Breakeven]]:
    """Values of the second axis with the break-even on the finished points that have it."""
    first = found.design.axes[0]
    points, finished = found.design.points, found.finished
    complete = len(finished) == len(points)
    turned = varied(found.scenario, first.paths, first.factor)
    over = sorted(set(points[finished, 1].tolist())) if points.shape[1] == 2 else [None]
    for value in over:
        here = {float(points[n, 0]): n for n in reversed(finished) if value is None or points[n, 1] == value}
        if len(here) < 2:
            continue
        on = scale(min(here), max(here), log=first.log)
        solved = Bracketing(
            measured, on, found.solving.gap, (of_sweep(measured, at, found, n) for at, n in here.items())
        )
        yield value, Breakeven(
            found.scenario.name, turned, measured, on.ends, points_table(solved.points), solved.flips(), not complete
        )  # fmt: skip

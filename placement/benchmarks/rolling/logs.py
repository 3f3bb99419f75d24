"""Jobs as a log has them: submission, actual run time and size are its own, and what was asked for follows from it.

Public logs of training clusters hold no requested times. What planners go by here is what a careful user would write:
the upper quartile of the last runs of the same group that had ended by then, in whole hours. So some runs end early and
some outlast what was asked for, by as much as they did.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Sequence

import numpy as np

from placement.benchmarks.rolling.world import STEPS_PER_HOUR, Floats, Ints, Work

LAST, QUARTILE = 20, 0.75
"""Runs of a group that are looked back on, and the quantile of theirs that is asked for."""

FIRST_HOURS = 4.0
"""Asked for by a group of which no run has ended."""

LOST_USD_PER_HOUR = 25.0
"""For each accelerator-hour asked for of a job that never ends: so much that none is turned away for what it costs,
also where it runs fifty times as long as was asked for.
"""


def asked_hours(submit_s: Floats, duration_s: Floats, group: Sequence[str | None]) -> Floats:
    """(N,) whole hours that each job of a log asks for, from the runs of its group that had ended before.

    Runs are taken to have begun when they were submitted: logs of this kind do not say how long each waited.
    """
    order = np.argsort(submit_s, kind="stable")
    ends = np.argsort(submit_s + duration_s, kind="stable")
    known: dict[str | None, deque[float]] = defaultdict(lambda: deque(maxlen=LAST))
    asked, seen = np.empty(len(submit_s)), 0
    for row in order.tolist():
        while seen < len(ends) and submit_s[ends[seen]] + duration_s[ends[seen]] <= submit_s[row]:
            known[group[ends[seen]]].append(float(duration_s[ends[seen]]) / 3600)
            seen += 1
        mine = known[group[row]]
        asked[row] = np.quantile(np.array(mine), QUARTILE) if mine else FIRST_HOURS
    return np.maximum(np.ceil(asked), 1.0)


def work_of(
    submit_s: Floats,
    duration_s: Floats,
    accelerators: Ints,
    group: Sequence[str | None],
    rows: Ints,
    delay_usd_per_hour: float,
) -> Work:
    """The jobs of some rows of a log, from the first hour of `submit_s`; runs that outlast what is asked for do so.

    Parameters
    ----------
    submit_s, duration_s, accelerators, group : (N,)
        The whole log: seconds, seconds, number, name.
    rows : (J,)
        The jobs to take.
    delay_usd_per_hour : float
        For each accelerator of a job.
    """  # fmt: skip
    rows = rows[np.argsort(submit_s[rows], kind="stable")]
    asked = asked_hours(submit_s, duration_s, group)[rows]
    size = accelerators[rows].astype(np.int64)
    actual = np.maximum(np.round(duration_s[rows] / 3600 * STEPS_PER_HOUR), 1.0) / STEPS_PER_HOUR
    return Work(
        submitted=submit_s[rows] / 3600, accelerators=size, asked=asked, actual=actual,
        delay=np.asarray(delay_usd_per_hour * size, dtype=np.float64), lost=LOST_USD_PER_HOUR * size * asked,
    )  # fmt: skip

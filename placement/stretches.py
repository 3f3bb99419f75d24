"""Stretches of a horizon as people name them: days of a week, weeks of some months, quarters or years of a decade."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from placement.kernels.work import Floats, Ints
from placement.timegrid import TimeGrid

DAY_H, WEEK_H, YEAR_H = 24.0, 168.0, 8766.0

MOST = 60
"""Stretches of a horizon, at most; longer ones are taken where there would be more."""


@dataclass(frozen=True)
class Stretch:
    """Slots that follow each other."""

    slots: Ints
    words: str
    """Empty for the whole horizon."""


def stretches(grid: TimeGrid) -> list[Stretch]:
    """The horizon in parts: of a day, a week, a period or a year, the shortest of which there are not too many."""
    begin = grid.edges[:-1]
    for part in (_parts(begin, DAY_H), _parts(begin, WEEK_H), grid.period, _parts(begin, YEAR_H)):
        firsts = np.flatnonzero(np.diff(part, prepend=-1))
        if len(firsts) <= MOST:
            break
    return [told(grid, slots) for slots in np.split(np.arange(grid.slots), firsts[1:])]


def _parts(begin: Floats, hours: float) -> Ints:
    """Number of the part in which each slot begins, counted from the horizon's start."""
    return np.floor((begin + 1e-6) / hours).astype(np.int64)


def told(grid: TimeGrid, slots: Ints) -> Stretch:
    """Slots with their words."""
    if len(slots) == grid.slots:
        return Stretch(slots, "")
    first, end = grid.when(float(grid.edges[slots[0]])), grid.when(float(grid.edges[slots[-1] + 1]))
    return Stretch(slots, _words(first, end))


def _words(first: datetime, end: datetime) -> str:
    """`2029`, `2029 Q2`, `2029-04`, `2029-04-02`, `2029-04-02 to 2029-04-08`, or with hours."""
    if (first.hour, first.minute, end.hour, end.minute) != (0, 0, 0, 0):
        shown = f"{end:%H:%M}" if first.date() == end.date() else f"{end:%Y-%m-%d %H:%M}"
        return f"{first:%Y-%m-%d %H:%M} to {shown}"
    months = (end.year - first.year) * 12 + end.month - first.month
    if (first.day, end.day) == (1, 1) and months in (1, 3, 12):
        if months == 12 and first.month == 1:
            return f"{first:%Y}"
        if months == 3 and first.month % 3 == 1:
            return f"{first:%Y} Q{(first.month + 2) // 3}"
        if months == 1:
            return f"{first:%Y-%m}"
    last = end - timedelta(days=1)
    return f"{first:%Y-%m-%d}" if last <= first else f"{first:%Y-%m-%d} to {last:%Y-%m-%d}"

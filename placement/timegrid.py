"""The time grid: slots on which jobs start, ticks on which power balances, grains on which runs end.

Slots t = 0..T-1 have lengths h[t] hours and begin at edge[t], hours from the start; edge[T] is the end.
A tick is a representative hour inside a slot with a weight: tick_hours sums to h over the ticks of a slot.
A position in time is counted in grains, F to the slot, the same number in every slot:
position p stands for edge[t] + (p - t F)/F h[t] with t = p // F. Runs end on whole grains.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from placement.schema import Horizon
from placement.units import HOURS_PER_MONTH, HOURS_PER_YEAR

GRAINS_PER_SLOT = 256
COARSEST_GRAIN_HOURS = 0.25
UNDISCOUNTED_HOURS = 31 * 24.0
"""Nothing is discounted in horizons that are no longer."""

LATEST = datetime.max.replace(tzinfo=UTC, microsecond=0)
"""Last moment that is told."""

EDGE_TOLERANCE_HOURS = 1e-6
"""A moment this close to an edge of a slot is on it."""


@dataclass(frozen=True)
class TimeGrid:
    """Slots, ticks, grains and periods of a horizon. All times in hours from `start`."""

    start: datetime
    edges: NDArray[np.float64]
    """Shape (T+1,): where slots begin, and the end."""
    tick_slot: NDArray[np.int64]
    """Shape (K,): slot of each tick, ascending."""
    tick_hours: NDArray[np.float64]
    """Shape (K,): weight of each tick, hours."""
    tick_span: NDArray[np.float64]
    """Shape (K,): length of each tick in the chain that a battery sees, hours; less than the weight where a tick
    stands for the same hour of many days."""
    hour_tick: NDArray[np.int64] | None
    """Shape (hours,): tick of each whole hour of the horizon, where slots are made of whole hours."""
    grains: int
    """Grains per slot, F, a power of two."""
    period: NDArray[np.int64]
    """Shape (T,): period of each slot."""

    @property
    def slots(self) -> int:
        """Number of slots, T."""
        return len(self.edges) - 1

    @property
    def ticks(self) -> int:
        """Number of ticks, K."""
        return len(self.tick_slot)

    @property
    def periods(self) -> int:
        """Number of periods."""
        return int(self.period[-1]) + 1

    @cached_property
    def slot_hours(self) -> NDArray[np.float64]:
        """Shape (T,): length of each slot, hours."""
        return np.diff(self.edges)

    @property
    def hours(self) -> float:
        """Length of the horizon, hours."""
        return float(self.edges[-1])

    @property
    def representative(self) -> bool:
        """Whether ticks stand for the same hour of many days: then batteries cycle within each slot."""
        return bool((self.tick_hours > self.tick_span + 1e-9).any())

    def position_hours(self, position: Any) -> Any:
        """Hours from the start of positions in grains; any shape. Position T*F is the end."""
        position = np.asarray(position, dtype=np.int64)
        slot = np.minimum(position // self.grains, self.slots - 1)
        return self.edges[slot] + (position - slot * self.grains) / self.grains * self.slot_hours[slot]

    def when(self, hours: float) -> datetime:
        """The moment that many hours after the start, to the nearest second; no later than the year 9999."""
        latest = LATEST - self.start
        return self.start + min(timedelta(seconds=min(round(float(hours) * 3600), 10**13)), latest)

    def moments(self, hours: NDArray[np.float64]) -> NDArray[np.datetime64]:
        """`when` for each of many: datetime64[us] in UTC, in the shape of `hours`."""
        start, latest = (np.datetime64(moment.replace(tzinfo=None), "us") for moment in (self.start, LATEST))
        most = (LATEST - self.start).total_seconds()
        seconds = np.rint(np.asarray(hours, dtype=np.float64) * 3600)
        later = np.minimum(seconds, most).astype(np.int64).astype("m8[s]")
        return np.where(seconds > most, latest, start + later)

    def hours_of(self, moment: Any) -> NDArray[np.float64]:
        """Hours from the start of moments (datetime64 or datetime, UTC); NaN for NaT."""
        origin = np.datetime64(self.start.replace(tzinfo=None), "us")
        if isinstance(moment, datetime):
            moment = np.datetime64(moment.astimezone(UTC).replace(tzinfo=None), "us")
        delta = np.asarray(moment, dtype="datetime64[us]") - origin
        hours = delta.astype(np.float64) / 3.6e9
        return np.where(np.isnat(delta), np.nan, hours)

    def slot_from(self, hours: Any) -> NDArray[np.int64]:
        """First slot that begins at or after the given hours; T if none does."""
        hours = np.asarray(hours, dtype=np.float64)
        slot = np.searchsorted(self.edges, hours - EDGE_TOLERANCE_HOURS, side="left")
        return np.asarray(np.minimum(slot, self.slots), dtype=np.int64)

    def slot_until(self, hours: Any) -> NDArray[np.int64]:
        """Last slot that begins at or before the given hours; -1 if none does."""
        hours = np.asarray(hours, dtype=np.float64)
        slot = np.searchsorted(self.edges[:-1], hours + EDGE_TOLERANCE_HOURS, side="right") - 1
        return np.asarray(slot, dtype=np.int64)

    def slots_inside(self, first_hours: float, last_hours: float) -> NDArray[np.bool_]:
        """Shape (T,): slots that lie wholly between the two times."""
        return (self.edges[:-1] >= first_hours - EDGE_TOLERANCE_HOURS) & (
            self.edges[1:] <= last_hours + EDGE_TOLERANCE_HOURS
        )

    def ticks_inside(self, first_hours: float, last_hours: float) -> NDArray[np.float64]:
        """Shape (K,): share of each tick's hours that lies between the two times."""
        if self.hour_tick is None:
            lower = np.maximum(self.edges[:-1], first_hours)
            upper = np.minimum(self.edges[1:], last_hours)
            share: NDArray[np.float64] = np.clip(upper - lower, 0.0, None) / self.slot_hours
            return share[self.tick_slot]
        begin = np.arange(len(self.hour_tick), dtype=np.float64)
        inside = np.clip(np.minimum(begin + 1, last_hours) - np.maximum(begin, first_hours), 0.0, 1.0)
        return np.bincount(self.hour_tick, inside, self.ticks) / np.bincount(self.hour_tick, minlength=self.ticks)

    @cached_property
    def tick_years(self) -> NDArray[np.float64]:
        """Shape (K,): years from the start to the middle of the tick's slot."""
        middle = (self.edges[:-1] + self.edges[1:]) / 2
        return (middle / HOURS_PER_YEAR)[self.tick_slot]

    def present_value(self, rate: float, hours: Any) -> NDArray[np.float64]:
        """Value at the start of $1 paid so many hours later, (1 + rate)^-years; 1 in horizons of up to a month.

        Within weeks a discount rate says nothing but that all should wait for the end.
        """
        hours = np.asarray(hours, dtype=np.float64)
        growth = 1.0 + (rate if self.hours > UNDISCOUNTED_HOURS else 0.0)
        return np.asarray(growth ** -(hours / HOURS_PER_YEAR), dtype=np.float64)

    def discount(self, rate: float) -> NDArray[np.float64]:
        """Shape (T,): `present_value` at the beginning of each slot."""
        return self.present_value(rate, self.edges[:-1])

    @cached_property
    def month(self) -> NDArray[np.int64]:
        """Shape (T,): calendar month (UTC) in which each slot begins; those in which one does are numbered from 0."""
        begins = [self.when(hours) for hours in self.edges[:-1]]
        months = np.array([moment.year * 12 + moment.month for moment in begins], dtype=np.int64)
        return np.asarray(np.unique(months, return_inverse=True)[1], dtype=np.int64)

    @cached_property
    def month_count(self) -> NDArray[np.int64]:
        """How many months each of `month` stands for: 1, or more where slots are longer, such as 3 for a quarter."""
        longest = np.zeros(int(self.month[-1]) + 1)
        np.maximum.at(longest, self.month, self.slot_hours)
        return np.maximum(1, np.round(longest / HOURS_PER_MONTH)).astype(np.int64)


def _calendar_edges(horizon: Horizon) -> NDArray[np.float64]:
    step = {"month": 1, "quarter": 3}[str(horizon.slot)]
    edges = [0.0]
    year, month = horizon.start.year, horizon.start.month
    for _ in range(horizon.slots):
        month += step
        year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
        edges.append((datetime(year, month, 1, tzinfo=UTC) - horizon.start).total_seconds() / 3600)
    return np.array(edges)


def _ticks_per_slot(horizon: Horizon, longest: float) -> int:
    if horizon.ticks is not None:
        return horizon.ticks
    if longest <= 1:
        return 1
    return int(longest) if longest <= 24 and float(longest).is_integer() else 24


def check(horizon: Horizon) -> str | None:
    """What is wrong with a horizon that its fields alone do not show, or None."""
    hours = horizon.slot_hours
    if hours is not None and hours > 1 and not float(hours).is_integer():
        return f"slots longer than an hour last whole hours, not {hours:g} h"
    longest = hours if hours is not None else {"hour": 1, "day": 24, "week": 168}.get(str(horizon.slot), 744)
    per_slot = _ticks_per_slot(horizon, longest)
    if longest <= 1 and per_slot != 1:
        return f"slots of an hour or less have one tick, not {per_slot}"
    if 1 < longest <= 24 and per_slot != longest:
        return f"slots of {longest:g} h have {longest:g} ticks, one per hour, not {per_slot}"
    shortest = {"month": 672, "quarter": 2160}.get(str(horizon.slot), longest)
    if longest > 24 and (per_slot % 24 or per_slot > shortest):
        most = int(shortest) // 24 * 24
        return f"slots longer than a day have 24 ticks or a multiple of it, at most {most}, not {per_slot}"
    if longest > 24 and (horizon.start.minute, horizon.start.second) != (0, 0):
        return f"slots longer than a day start on a whole hour, not at {horizon.start}"
    return None


def timegrid(horizon: Horizon) -> TimeGrid:
    """The time grid of a horizon.

    Slots of an hour or less have one tick. Slots of 2 to 24 h have one tick per hour, in order. Longer slots have
    24 n ticks: tick k holds the hours that lie k hours (mod 24) after the slot's beginning, in the k // 24-th of n
    equal stretches of the slot, so that night and day never cancel and ticks stand in the order of time.
    """
    if horizon.slot in ("month", "quarter"):
        edges = _calendar_edges(horizon)
    else:
        length = horizon.slot_hours or {"hour": 1.0, "day": 24.0, "week": 168.0}[str(horizon.slot)]
        edges = np.arange(horizon.slots + 1, dtype=np.float64) * length
    lengths = np.diff(edges)
    longest = float(lengths.max())
    per_slot = _ticks_per_slot(horizon, longest)
    tick_slot = np.repeat(np.arange(horizon.slots), per_slot)
    hour_tick = None
    if longest < 1 or (longest == 1 and horizon.slots == 0):
        tick_hours = tick_span = lengths.copy()
    else:
        whole = np.round(edges).astype(np.int64)
        hour = np.arange(whole[-1])
        slot = np.searchsorted(whole, hour, side="right") - 1
        if longest <= 24:
            inner = hour - whole[slot]
        else:
            day_hour = (hour - whole[slot]) % 24
            stretch = (hour - whole[slot]) * (per_slot // 24) // (whole[slot + 1] - whole[slot])
            inner = stretch * 24 + day_hour
        hour_tick = slot * per_slot + inner
        tick_hours = np.bincount(hour_tick, minlength=horizon.slots * per_slot).astype(np.float64)
        tick_span = np.minimum(tick_hours, 1.0)
    grains = GRAINS_PER_SLOT
    while longest / grains > COARSEST_GRAIN_HOURS:
        grains *= 2
    period = np.arange(horizon.slots) // (horizon.period_slots or horizon.slots)
    return TimeGrid(horizon.start, edges, tick_slot, tick_hours, tick_span, hour_tick, grains, period)

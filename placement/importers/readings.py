"""Numbers that hold for intervals of time, by zone, as they are read from files, and the hours that they make.

Intervals are in UTC, divide an hour and begin at a multiple of their length. The mean of an hour is that of its
intervals; an hour is whole when these fill it. Of an interval that comes again with the same number one is dropped;
other numbers for the same time are an error.

Memory: 19 bytes an interval and one zone more while it is put together. A year of 5-minute prices at 475 nodes, 50
million intervals, takes 1 GB; more are refused.
"""

import re
from array import array
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from placement.errors import PlacementError
from placement.importers.sheet import wrong
from placement.loader.wording import did_you_mean, shown
from placement.schema.fields import LABEL_PATTERN

MOST = 50_000_000
"""Intervals of all zones."""
MOST_ZONES = 20_000
YEARS = (1990, 2200)
"""First year that is read, and the first that is not."""
TIME_COLUMN = "utc"
_EPOCH = datetime(1970, 1, 1)
_LABEL = re.compile(LABEL_PATTERN)
OFTEN = 300_000
"""Texts of times that are remembered."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def minutes_of(moment: datetime) -> int:
    """Minutes since 1970 of a moment in UTC without a zone."""
    gap = moment - _EPOCH
    return gap.days * 1440 + gap.seconds // 60


@dataclass
class Zone:
    """The intervals of a zone in the order of the files."""

    name: str
    unit: str
    start: "array[int]" = field(default_factory=lambda: array("i"))
    """Minutes since 1970."""
    minutes: "array[int]" = field(default_factory=lambda: array("B"))
    """Length; 0 where the file does not say it."""
    value: "array[float]" = field(default_factory=lambda: array("d"))
    line: "array[int]" = field(default_factory=lambda: array("I"))
    source: "array[int]" = field(default_factory=lambda: array("H"))
    blank: int = 0
    """Intervals whose number is missing."""


@dataclass(frozen=True)
class Hours:
    """Means of a zone by hour: `first` in hours since 1970, `mean` NaN where no hour is whole."""

    first: int
    mean: Floats
    parts: Floats
    """Means of the intervals that are there; NaN where less than half of an hour is."""


class Readings:
    """The intervals of all zones, or of those that are chosen.

    Parameters
    ----------
    zones : iterable of str
        Names of the zones that are kept; none: all. A name also stands for one that ends with `|` and it.
    """

    def __init__(self, zones: Iterable[str] = ()):
        self.chosen = {name.casefold(): name for name in zones}
        self.zones: dict[str, Zone | None] = {}
        """By the name in the files; None where it is not chosen."""
        self.notes: Counter[str] = Counter()
        """What else there is to tell, and how often it was so."""
        self.kinds: dict[str, str] = {}
        """What all tables must have in common, as the first has it."""
        self.rows = 0
        self._sources: list[str] = []
        self._count = 0

    def begin(self, label: str) -> None:
        """What follows is from another table."""
        if len(self._sources) >= 65_535:
            raise wrong(label, "there are more than 65,535 tables.", "Import them in parts.")
        self._sources.append(label)

    def place(self, source: int, line: int) -> str:
        """The place of a row, in messages."""
        return f"{self._sources[source]}:{line}"

    def zone(self, name: str, line: int, unit: str) -> Zone | None:
        """The zone of that name, None if it is not chosen."""
        if name in self.zones:
            zone = self.zones[name]
        else:
            zone = self.zones[name] = self._new(name, line, unit)
        if zone is not None and zone.unit != unit:
            fact = f"{shown(name)} is in {unit} here, and in {zone.unit} before."
            raise wrong(self.place(-1, line), fact, "Import the files of each currency alone.")
        return zone

    def _new(self, name: str, line: int, unit: str) -> Zone | None:
        if len(name) > 180 or not _LABEL.fullmatch(name) or name == TIME_COLUMN:
            fact = f"the zone is {shown(name)}, which cannot be the name of a column."
            raise wrong(self.place(-1, line), fact, "Correct the row, or fetch the file anew.")
        if len(self.zones) >= MOST_ZONES:
            raise wrong(self.place(-1, line), f"there are more than {MOST_ZONES:,} zones.", "Choose some with --zone.")
        ends = (name.casefold(), name.casefold().rpartition("|")[2])
        return Zone(name, unit) if not self.chosen or any(end in self.chosen for end in ends) else None

    def add(self, zone: Zone, start: int, minutes: int, value: float | None, line: int) -> None:
        """Keep the number of an interval, or count that it is missing. `minutes` 0: until the next of the zone."""
        if value is None:
            zone.blank += 1
            return
        if minutes and (60 % minutes or start % minutes):
            fact = f"the interval has {minutes} minutes and begins at minute {start % 60} of an hour."
            raise wrong(self.place(-1, line), fact, "Only intervals that divide the hour can be read.")
        self._count += 1
        if self._count > MOST:
            raise wrong(self.place(-1, line), f"there are more than {MOST:,} numbers.", "Choose zones with --zone.")
        zone.start.append(start)
        zone.minutes.append(minutes)
        zone.value.append(value)
        zone.line.append(line)
        zone.source.append(len(self._sources) - 1)

    def check_chosen(self) -> None:
        """Complain if a zone was chosen and there is none of its name."""
        ends = {end for name in self.zones for end in (name.casefold(), name.casefold().rpartition("|")[2])}
        for folded, name in self.chosen.items():
            if folded not in ends:
                place = self._sources[0] if self._sources else "zone"
                fact = f"there is no zone {shown(name)} among {len(self.zones):,}."
                raise wrong(place, fact, did_you_mean(name, self.zones, "Look into the file for its name."))

    def hours(self, zone: Zone) -> Hours:
        """The hours of a zone that has numbers; `notes` counts what was given twice.

        Raises
        ------
        PlacementError
            If two numbers are given for the same time, with both places.
        """
        start = np.array(zone.start, dtype=np.int64)
        order = np.lexsort((np.array(zone.minutes), start))
        start, value = start[order], np.array(zone.value)[order]
        minutes = self._lengths(zone, start, order)
        again = np.flatnonzero((start[1:] == start[:-1]) & (minutes[1:] == minutes[:-1])) + 1
        other = again[value[again] != value[again - 1]]
        if len(other):
            raise self._quarrel(zone, order[other[0] - 1 : other[0] + 1])
        kept = np.ones(len(start), dtype=bool)
        kept[again] = False
        self.notes["numbers given twice, the same, of which one is dropped"] += len(again)
        start, value, minutes, order = start[kept], value[kept], minutes[kept], order[kept]
        early = np.flatnonzero(start[1:] < start[:-1] + minutes[:-1])
        if len(early):
            raise self._quarrel(zone, order[early[0] : early[0] + 2])
        hour = start // 60
        index, share = hour - hour[0], minutes / 60
        total, there = np.bincount(index, value * share), np.bincount(index, minutes)
        self.notes["hours of which a part is missing, not counted as there"] += int(((there > 0) & (there < 60)).sum())
        mean = np.where(there == 60, total, np.nan)
        parts = np.where(there >= 30, total / np.maximum(there / 60, 0.5), np.nan)
        return Hours(int(hour[0]), mean, np.where(there == 60, total, parts))

    def _lengths(self, zone: Zone, start: Ints, order: Ints) -> Ints:
        """Minutes of each interval; where a file does not say, the most frequent step between them."""
        minutes = np.array(zone.minutes, dtype=np.int64)[order]
        unknown = minutes == 0
        if not unknown.any():
            return minutes
        steps = np.diff(np.unique(start[unknown]))
        sizes, counts = np.unique(steps, return_counts=True)
        step = int(sizes[np.argmax(counts)]) if len(sizes) else 60
        odd = np.flatnonzero(unknown & (start % step != 0)) if step <= 60 and 60 % step == 0 else np.array([0])
        if len(odd):
            place = self.place(zone.source[order[odd[0]]], zone.line[order[odd[0]]])
            fact = f"times of {shown(zone.name)} are {step:,} minutes apart and begin at minute {start[odd[0]] % 60}."
            raise wrong(place, fact, "Only hourly values and parts of hours can be read.")
        return np.where(unknown, step, minutes)

    def _quarrel(self, zone: Zone, pair: Ints) -> PlacementError:
        one, other = (int(k) for k in pair)
        when = (np.datetime64(0, "m") + zone.start[other]).item()
        here, there = (self.place(zone.source[k], zone.line[k]) for k in (one, other))
        fact = (
            f"{shown(zone.name)} is {zone.value[other]:g} at {when:%Y-%m-%dT%H:%M}Z, and {zone.value[one]:g} at {here}."
        )
        return wrong(there, fact, "Keep one of the two.")


class Times:
    """Texts of times as minutes since 1970, each worked out once."""

    def __init__(self) -> None:
        self._known: dict[str, int] = {}

    def utc(self, text: str) -> int | None:
        """Minutes of ISO 8601 text, taken as UTC without a zone; None if it is none, or not a whole minute."""
        if text not in self._known:
            minutes = _minutes(text)
            if minutes is None:
                return None
            if len(self._known) > OFTEN:
                self._known.clear()
            self._known[text] = minutes
        return self._known[text]


def _minutes(text: str) -> int | None:
    try:
        moment = datetime.fromisoformat(text.strip())
        offset = moment.utcoffset()
        moment = moment if offset is None else (moment - offset).replace(tzinfo=None)
    except (ValueError, OverflowError):
        return None
    if moment.second or moment.microsecond or not in_years(moment):
        return None
    return minutes_of(moment)


def in_years(moment: datetime) -> bool:
    """Whether a moment is in the years that are read."""
    return YEARS[0] <= moment.year < YEARS[1]

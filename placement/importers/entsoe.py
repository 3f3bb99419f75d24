"""Day-ahead prices of ENTSO-E's Transparency Platform, as its pages export them in CSV.

Layouts, the older (to 2024) and that of the platform of 2025 on:

    "MTU (CET/CEST)","Day-ahead Price [EUR/MWh]","Currency","BZN|DE-LU"
    "01.01.2023 00:00 - 01.01.2023 01:00","-5.17","EUR",""

    "MTU (UTC)","Area","Sequence","Day-ahead Price (EUR/MWh)","Intraday Period (UTC)","Intraday Price (EUR/MWh)"
    "01/01/2025 00:00:00 - 01/01/2025 00:15:00","BZN|FR","Without Sequence","18.92","",""

An interval goes from its first moment to its second, 60, 30 or 15 minutes. The header says in which time: UTC or a pair
of winter and summer time (CET/CEST, WET/WEST, EET/EEST, GMT/BST); for any other `time_zone` has to say it. Where a
moment has its own mark, `(CET)` or `(CEST)`, that holds; without it the hour that comes twice in autumn is told apart
by the order of the rows, and the hour that is skipped in spring may stand there without a price. Of several auctions of
one area the first is taken (`Without Sequence` or `Sequence 1`) unless `sequence` is another number. Prices stay in the
currency of the file unless a rate for it is given.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from placement.errors import PlacementError
from placement.importers.clock import Clock, Unmarked
from placement.importers.readings import OFTEN, Readings, Zone, in_years, minutes_of
from placement.importers.sheet import Layout, Sheet, wrong
from placement.loader.wording import shown

LAYOUT = Layout(
    "ENTSO-E's day-ahead prices",
    needed={
        "mtu": (r"(mtu|time) ?\(.+\)",),
        "price": (r"day-?ahead price [\[(][a-z]{3}/mwh[\])]",),
    },
    optional={
        "area": (r"area", r"bidding zone"),
        "sequence": (r"sequence",),
        "currency": (r"currency",),
        "old area": (r"[a-z]{3}\|.+",),
    },
)
CLOCKS = {
    "CET/CEST": "Europe/Brussels",
    "WET/WEST": "Europe/Lisbon",
    "EET/EEST": "Europe/Athens",
    "GMT/BST": "Europe/London",
}
_OFFSETS = {"UTC": 0, "GMT": 0, "WET": 0, "BST": 60, "WEST": 60, "CET": 60, "CEST": 120, "EET": 120, "EEST": 180}
_MOMENT = r"([0-9]{2})[./]([0-9]{2})[./]([0-9]{4}) ([0-9]{2}):([0-9]{2})(?::00)?(?: \(([A-Z]{3,4})\))?"
_INTERVAL = re.compile(rf"{_MOMENT} [-–] {_MOMENT}")
_NUMBER = re.compile(r".*?([0-9]+)")


def read(sheet: Sheet, readings: Readings, asked: Mapping[str, str | None]) -> None:
    """Read the rows of a table into the readings."""
    at = sheet.at
    mtu, price = at["mtu"], at["price"]
    reader = _Intervals(sheet, readings, asked.get("time_zone"))
    chosen = _sequence(asked)
    for line, cells in sheet.rows:
        readings.rows += 1
        if "sequence" in at and _sequence_of(cells[at["sequence"]]) != chosen:
            readings.notes[f"rows of other auctions than sequence {chosen} left out"] += 1
            continue
        zone = readings.zone(_area(sheet, cells), line, _unit(sheet, cells, line))
        if zone is not None:
            reader.keep(zone, cells[mtu], sheet.number(cells[price], line, "the price"), line)
    reader.unmarked.settle()


def _sequence(asked: Mapping[str, str | None]) -> int:
    text = asked.get("sequence") or "1"
    if not text.isdecimal() or len(text) > 3:
        raise PlacementError(f"sequence is {shown(text)}, which is not a whole number. Write 1, 2 ...")
    return int(text)


def _sequence_of(text: str) -> int:
    number = _NUMBER.match(text[:100])
    return int(number[1]) if number and len(number[1]) < 10 else 1


def _area(sheet: Sheet, cells: list[str]) -> str:
    if "area" in sheet.at:
        return cells[sheet.at["area"]].strip()
    if "old area" in sheet.at:
        return sheet.header[sheet.at["old area"]].strip()
    return Path(sheet.label).stem


def _unit(sheet: Sheet, cells: list[str], line: int) -> str:
    """Of the price, in the currency of the row, else of the header."""
    text = cells[sheet.at["currency"]].strip() if "currency" in sheet.at else ""
    if not text:
        header = sheet.header[sheet.at["price"]].lower()
        text = header[header.index("/mwh") - 3 : header.index("/mwh")].upper()
    if not re.fullmatch("[A-Z]{3}", text):
        raise wrong(sheet.place(line), f"the currency is {shown(text)}.", "Write three letters, such as EUR.")
    return "$/MWh" if text == "USD" else f"{text}/MWh"


class _Intervals:
    """Reads intervals by the clock that the header names."""

    def __init__(self, sheet: Sheet, readings: Readings, time_zone: str | None):
        self.sheet, self.readings = sheet, readings
        header = sheet.header[sheet.at["mtu"]]
        name = header[header.index("(") + 1 :].rstrip(") ").replace(" ", "").upper()
        self.mark = name if name == "UTC" else ""
        place = CLOCKS.get(name, "UTC" if self.mark else time_zone)
        if place is None:
            fact = f"the times are in {shown(header)}, which does not say whether clocks are put forward in summer."
            remedy = "Give --time-zone Europe/Brussels if they are, --time-zone Etc/GMT-1 for UTC+1 all year."
            raise wrong(sheet.place(1), fact, remedy)
        self.clock = Clock(place)
        self.unmarked = Unmarked(self.clock, readings)
        self.known: dict[str, tuple[datetime, int | None, int]] = {}

    def keep(self, zone: Zone, text: str, value: float | None, line: int) -> None:
        """Keep the price of an interval."""
        found = self.known.get(text)
        if found is None:
            found = self._moments(text, line)
            if found is None:
                if value is not None:
                    fact = f"{shown(text)} does not exist: clocks are put forward over it."
                    raise wrong(self.sheet.place(line), fact, "Take the row out, or export the file anew.")
                self.readings.notes["rows without a price of the hour that is skipped in spring"] += 1
                return
            if len(self.known) > OFTEN:
                self.known.clear()
            self.known[text] = found
        local, start, minutes = found
        if start is None:
            self.unmarked.keep(zone, local, minutes, value, line)
            return
        self.unmarked.see(zone, start)
        self.readings.add(zone, start, minutes, value, line)

    def _moments(self, text: str, line: int) -> tuple[datetime, int | None, int] | None:
        """When an interval begins, by the clock and in UTC, and its minutes; no UTC where the clock shows it twice and
        nothing tells which it is. None if the clock never shows it.
        """
        match = _INTERVAL.fullmatch(text.strip())
        begin, end = (_local(match.groups()[k : k + 5]) for k in (0, 6)) if match else (None, None)
        if match is None or begin is None or end is None:
            fact = f"the interval is {shown(text)}."
            raise wrong(self.sheet.place(line), fact, "Write it as 31.12.2023 22:00 - 31.12.2023 23:00.")
        first = self._utc(begin, match[6] or self.mark, line)
        if not first:
            return None
        last = self._utc(end, match[12] or self.mark, line)
        plain = int((end - begin).total_seconds() // 60)
        spans = [b - a for a in first for b in last] + ([] if match[6] or self.mark else [plain])
        minutes = min((span for span in spans if span > 0), default=0)
        if not 0 < minutes <= 60:
            fact = f"the interval {shown(text)} has {minutes or plain} minutes."
            raise wrong(self.sheet.place(line), fact, "Only hours and parts of hours can be read.")
        return begin, first[0] if len(first) == 1 else None, minutes

    def _utc(self, local: datetime, mark: str, line: int) -> list[int]:
        """All minutes since 1970 at which the clock shows it, in order; one where a mark tells which."""
        if mark:
            if mark not in _OFFSETS:
                fact = f"the time zone is {shown(mark)}."
                raise wrong(self.sheet.place(line), fact, f"Known: {', '.join(_OFFSETS)}.")
            return [minutes_of(local) - _OFFSETS[mark]]
        both = {self.clock.utc(local), self.clock.utc(local, True)}
        return sorted(minutes for minutes in both if minutes is not None)


def _local(parts: tuple[str, ...]) -> datetime | None:
    day, month, year, hour, minute = (int(part) for part in parts)
    try:
        moment = datetime(year, month, day, hour, minute)
    except ValueError:
        return None
    return moment if in_years(moment) else None

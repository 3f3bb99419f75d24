"""Clocks on the wall that are put forward in spring and back in autumn, and UTC.

The hour that a clock shows twice is told apart by a mark in the file; where there is none, by the order of the rows:
where times rise in the file the first is summer time, where they fall the second.
"""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from placement.errors import PlacementError
from placement.importers.readings import Readings, Zone, minutes_of
from placement.importers.sheet import wrong
from placement.loader.wording import shown


class Clock:
    """The clock of a place, by its name in the time zone database of IANA."""

    def __init__(self, name: str):
        self.name = name
        try:
            self._zone = ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            fact = f"the time zone {shown(name)} is not known on this machine."
            raise PlacementError(f"{fact} Write a name such as Europe/Brussels, or run: pip install tzdata") from error

    def utc(self, local: datetime, again: bool = False) -> int | None:
        """Minutes since 1970 of what the clock shows, `again` for the second time; None if it never shows it."""
        moment = local.replace(tzinfo=self._zone, fold=int(again)).astimezone(UTC)
        if moment.astimezone(self._zone).replace(tzinfo=None) != local:
            return None
        return minutes_of(moment.replace(tzinfo=None))

    def twice(self, local: datetime) -> bool:
        """Whether the clock shows it twice."""
        first, second = self.utc(local), self.utc(local, True)
        return first is not None and second is not None and first != second


class Unmarked:
    """The numbers of a table in hours that come twice and are not marked, until the order of its rows is known."""

    def __init__(self, clock: Clock, readings: Readings):
        self.clock, self.readings = clock, readings
        self._ends: dict[str, tuple[int, int]] = {}
        self._waiting: dict[tuple[str, datetime], list[tuple[int, float | None, int]]] = {}
        self._zones: dict[str, Zone] = {}

    def see(self, zone: Zone, start: int) -> None:
        """Note the time of a row that comes once."""
        first = self._ends.get(zone.name, (start, start))[0]
        self._ends[zone.name] = (first, start)

    def keep(self, zone: Zone, local: datetime, minutes: int, value: float | None, line: int) -> None:
        """Keep a row of an hour that comes twice."""
        self._zones[zone.name] = zone
        self._waiting.setdefault((zone.name, local), []).append((minutes, value, line))

    def settle(self) -> None:
        """Hand all that was kept to the readings: at the end of a table.

        Raises
        ------
        PlacementError
            If a time of a zone comes more than twice.
        """
        for (name, local), rows in self._waiting.items():
            first, last = self._ends.get(name, (0, 0))
            if len(rows) > 2:
                place = self.readings.place(-1, rows[2][2])
                fact = f"{local:%Y-%m-%d %H:%M} comes {len(rows)} times for {name}, and the clock shows it twice."
                raise wrong(place, fact, "Keep two rows, or mark which is the repeated hour.")
            for again, (minutes, value, line) in enumerate(rows if first <= last else reversed(rows)):
                start = self.clock.utc(local, bool(again))
                assert start is not None
                self.readings.add(self._zones[name], start, minutes, value, line)
                self.readings.notes["numbers in the hour that comes twice, told apart by the order of rows"] += 1
        self._waiting.clear()
        self._ends.clear()

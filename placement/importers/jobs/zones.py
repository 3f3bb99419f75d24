"""Local times as Unix seconds, many at once.

The times at which a zone's offset changes are found once by bisection. A time that the clock shows twice in autumn is
the first of the two unless the second is asked for; one that it never shows in spring is read with the offset before
the change, or after it if the second is asked for (as `fold` of `datetime` has it, PEP 495).
"""

import zoneinfo
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from placement.errors import PlacementError
from placement.loader.wording import did_you_mean

Floats = NDArray[np.float64]

DAY = 86400
FIRST, LAST = 10**8, 7258118400
"""Moments that a log can mention, Unix seconds: from March 1973, since smaller numbers count from another begin, to
before 2200.
"""


class TimeZone:
    """A time zone of the IANA database by its name.

    Raises
    ------
    PlacementError
        If there is none of that name.
    """

    def __init__(self, name: str):
        self.name = name
        try:
            self._zone = zoneinfo.ZoneInfo(name)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            near = did_you_mean(name, sorted(zoneinfo.available_timezones()), "Give one such as Europe/Berlin.")
            raise PlacementError(f"there is no time zone '{name}'. {near}") from None
        self._begin, self._end = 1, 0
        self._changes = np.empty(0)
        self._offsets = np.zeros(1)

    def _offset(self, unix_s: int) -> float:
        moment = datetime.fromtimestamp(unix_s, UTC).astimezone(self._zone)
        offset: Any = moment.utcoffset()
        return float(offset.total_seconds())

    def _cover(self, low: float, high: float) -> None:
        """Know the changes of offset in a span of Unix seconds, a day more at each end."""
        begin, end = int(low) // DAY * DAY - 2 * DAY, int(high) // DAY * DAY + 3 * DAY
        if self._begin <= begin and end <= self._end:
            return
        if self._begin <= self._end:
            begin, end = min(begin, self._begin - 400 * DAY), max(end, self._end + 400 * DAY)
        begin, end = max(begin, FIRST - 2 * DAY), min(end, LAST + 3 * DAY)
        offsets, changes = [self._offset(begin)], []
        for day in range(begin, end, DAY):
            after = self._offset(day + DAY)
            if after != offsets[-1]:
                changes.append(self._change(day, day + DAY, offsets[-1]))
                offsets.append(after)
        self._begin, self._end = begin, end
        self._changes, self._offsets = np.array(changes, dtype=np.float64), np.array(offsets)

    def _change(self, before: int, after: int, offset: float) -> int:
        """The first second with another offset."""
        while after - before > 1:
            middle = (before + after) // 2
            before, after = (middle, after) if self._offset(middle) == offset else (before, middle)
        return after

    def unix_s(self, local_s: Floats, *, second: bool = False) -> Floats:
        """Unix seconds of local times, given as the seconds from 1970-01-01T00:00 that the clock shows; nan stays."""
        if self.name == "UTC":
            return local_s
        inside = local_s[(local_s >= FIRST) & (local_s <= LAST)]
        if len(inside) == 0:
            return local_s
        self._cover(float(inside.min()), float(inside.max()))
        pick = np.minimum if second else np.maximum
        shown = self._changes + pick(self._offsets[:-1], self._offsets[1:])
        return np.asarray(local_s - self._offsets[np.searchsorted(shown, local_s, side="right")], dtype=np.float64)

    def again_s(self, unix_s: Floats) -> Floats:
        """The later moment at which the clock shows the same as at each, where there is one; else the same."""
        if self.name == "UTC":
            return unix_s
        known = unix_s[(unix_s >= FIRST) & (unix_s <= LAST)]
        if len(known) == 0:
            return unix_s
        self._cover(float(known.min()), float(known.max()))
        local = unix_s + self._offsets[np.searchsorted(self._changes, unix_s, side="right")]
        return np.maximum(self.unix_s(local, second=True), unix_s)

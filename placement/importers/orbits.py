"""Orbits of satellites that fly, from their published elements, as a scenario has them.

What is written is YAML with the section `orbit` of a cluster, and `planes` where there are several, under a name for
each satellite, or for each shell of satellites that fly alike:

    iss-zarya:
      # ISS (ZARYA), number 25544, epoch 2019-12-09T16:38Z, 0.0 days before
      # perigee 411.9, mean 416.9, apogee 422.0 km above the equatorial radius; period 92.91 min; eccentricity 0.00074
      # inclination 51.6439 degrees, local time of the ascending node 08:52, not kept
      orbit: {altitude_km: 416.172, inclination_deg: 51.6439, raan_deg: 211.2001, phase_deg: 103.3065}

`altitude_km` is that of the mean radius, which J2 holds off the mean axis by some km.

Node and place along the orbit are those at `start`, or at the newest epoch where none is given, by J2 alone. A
Sun-synchronous orbit is written by the local time of its ascending node, at its epoch; its inclination follows.

What may be asked for, as text: `start` (ISO 8601), `by` (`shell` or `satellite`).
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from placement.errors import PlacementError
from placement.importers.elements import EXAMPLES, Found, read_omm, read_tle
from placement.importers.orbit_page import page
from placement.importers.sheet import wrong
from placement.importers.shells import Shell, shells
from placement.importers.wanted import Wanted, check_place, check_wanted, counted
from placement.importers.written import write_beside
from placement.loader.wording import none_of, shown

ENDINGS = (".yaml", ".yml")
TOLD = 10
"""Shells that are told of one by one."""
OLD_DAYS = 30
"""Elements older than this at the start are told of."""
YEARS = (1957, 2200)
"""First year in which an orbit can be wanted, and the first in which not."""
BY = ("shell", "satellite")


@dataclass(frozen=True)
class OrbitFormat:
    """A format of orbital elements."""

    words: str
    """What it is, in a line."""
    read: Callable[[Path, Found], None]

    def run(self, files: Sequence[Path], out: Path, asked: Wanted) -> list[str]:
        """Read files, write the orbits, and say in lines what was read, dropped and written.

        Parameters
        ----------
        files : sequence of path
        out : path
            Ends in `.yaml` or `.yml`.
        asked : mapping
            What is asked for, above.

        Raises
        ------
        PlacementError
            With place and remedy, at the first thing that is wrong; then nothing is written.
        """
        check_wanted(asked, ("start", "by"))
        check_place(out, ENDINGS, files)
        start, by = _start(asked.get("start")), asked.get("by") or BY[0]
        if by not in BY:
            raise PlacementError(" ".join(none_of("by", by, BY)).rstrip())
        found = Found()
        for path in files:
            self.read(path, found)
        if not found.satellites:
            fact = f"none of {found.read:,} element sets can be used{_reasons(found)}."
            raise wrong(str(files[0]) if files else "files", fact, "Give satellites on near-circular low orbits.")
        moment = start if start is not None else max(each.epoch for each in found.satellites.values())
        moved = [replace(each, circle=each.circle.at(moment)) for each in found.satellites.values()]
        named = _named(shells(moved, apart=by == "satellite"))
        text = page(named, moment, [path.name for path in files])
        write_beside(out, lambda part: _write(part, text))
        return _lines(named, found, moment, start is not None, out, len(files))


FORMATS: dict[str, OrbitFormat] = {
    "tle": OrbitFormat("two-line element sets of satellites, with or without names", read_tle),
    "omm": OrbitFormat("orbit mean-elements messages (CCSDS OMM) in JSON, CSV, XML or KEY = value", read_omm),
}


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def _start(text: str | None) -> np.datetime64 | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text.strip())
        moment = moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)
        if not YEARS[0] <= moment.year < YEARS[1]:
            raise ValueError
    except (ValueError, OverflowError):
        raise PlacementError(f"start is {shown(text)}. Write a time such as 2027-06-07T00:00:00Z.") from None
    return np.datetime64(moment, "us")


def _named(found: Sequence[Shell]) -> dict[str, Shell]:
    """Shells by names that a cluster could have."""
    named: dict[str, Shell] = {}
    for shell in found:
        satellites = shell.satellites
        name = _slug(satellites[0].name)
        if len(satellites) > 1:
            common = _common([each.name for each in satellites])
            name = f"{common or 'shell'}-{shell.altitude_km:.0f}km-{shell.inclination_deg:.0f}deg"
        fresh, k = name, 1
        while fresh in named:
            k += 1
            fresh = f"{name}-{k}"
        named[fresh] = shell
    return named


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:60] or "satellite"


def _common(names: Sequence[str]) -> str:
    """The words with which all names begin."""
    words = [re.split(r"[^a-z]+", name.lower().strip()) for name in names]
    same = []
    for parts in zip(*words, strict=False):
        if len(set(parts)) > 1 or not parts[0]:
            break
        same.append(parts[0])
    return "-".join(same)[:40]


def _reasons(found: Found) -> str:
    """Why element sets were dropped, in a clause."""
    return "".join(f"; {reason}: {count:,}" for reason, count in sorted(found.dropped.items()))


def _lines(
    named: Mapping[str, Shell], found: Found, moment: np.datetime64, given: bool, out: Path, files: int
) -> list[str]:
    planes = sum(len(shell.planes) for shell in named.values())
    text = [
        f"read {counted(found.read, 'element set')} of {counted(files, 'file')}: "
        f"{counted(len(found.satellites), 'satellite')} in {counted(planes, 'plane')} of {counted(len(named), 'shell')}"
    ]
    for reason, count in sorted(found.dropped.items()):
        more = ", ..." if count > EXAMPLES else ""
        text.append(f"  dropped, {reason}: {count:,} ({', '.join(found.examples[reason])}{more})")
    why = "the start" if given else "the newest epoch; give the horizon's start with --start"
    text.append(f"  nodes and places along the orbit at {np.datetime_as_string(moment, unit='s')}Z, {why}")
    oldest = max(float(abs(moment - each.epoch) / np.timedelta64(1, "D")) for each in found.satellites.values())
    if oldest > OLD_DAYS:
        guesses = "places along the orbit are guesses, after years nodes too"
        text.append(f"  elements are up to {oldest:,.0f} days from it: {guesses}")
    for name, shell in list(named.items())[:TOLD]:
        kind = "Sun-synchronous, " if shell.sun_synchronous else ""
        text.append(
            f"  {name}: {counted(len(shell.satellites), 'satellite')}, {counted(len(shell.planes), 'plane')}, "
            f"{kind}{shell.altitude_km:.0f} km, {shell.inclination_deg:.1f} degrees"
        )
    if len(named) > TOLD:
        text.append(f"  and {len(named) - TOLD:,} more")
    return [*text, f"written to {out}: copy what stands under a name into a cluster"]

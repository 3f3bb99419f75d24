"""From published orbital elements (two lines, or an orbit mean-elements message) to the circular orbit of this model.

Elements of Space-Track and CelesTrak are means of the theory SGP4. What is taken over of them:

    altitude              of the mean radius; a from the mean motion, n² a³ = μ with Brouwer's n, Kozai's less J2
    argument of latitude  ω + M, the mean one: the circle is ahead of the true orbit as long as it is behind it
    inclination, node     as they are, in the true equator and mean equinox of date
    local time            12 h + (Ω - α of the mean Sun) / 15°, of the ascending node at the epoch

Eccentricity moves a satellite by up to e a in height and 2 e a along its track. In the day after the epoch the circle
is within 25 km of SGP4's position for the International Space Station and within 20 km for an imaging satellite; then
drag adds to that with the square of time: the Station is off by up to 80 km in three days and 700 km in ten.

Needs the package sgp4: `pip install 'orbital-placement[tle]'`.
"""

import csv
import io
import json
import math
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from placement.errors import PlacementError
from placement.physics import orbit
from placement.physics.constants import EARTH_MU_KM3_S2, EARTH_RADIUS_KM, SUN_RATE_RAD_S

MAX_ECCENTRICITY = 0.01  # above, a circle is off by more than 70 km in height in low orbit
_LINE_LENGTH = 69
_LINES = (  # what is read of them has digits, points and blanks in fixed columns
    re.compile(r"1 .{16}\d\d[ \d]{3}\.\d{8} .+"),
    re.compile(r"2 .{5}( [ \d]{3}\.\d{4}){2} \d{7}( [ \d]{3}\.\d{4}){2} [ \d]\d\.\d{8}.+"),
)
_EPOCH = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?)\d*Z?")
_SGP4_DAY_ZERO = 2433281.5  # Julian date of 1949-12-31 00:00 UTC, from which sgp4init counts
_J2000_JULIAN = 2451545.0
_ANGLES = ("INCLINATION", "RA_OF_ASC_NODE", "ARG_OF_PERICENTER", "MEAN_ANOMALY")
_FIELDS = ("EPOCH", "MEAN_MOTION", "ECCENTRICITY", *_ANGLES)
_ONLY = {
    "CENTER_NAME": ("EARTH",),
    "REF_FRAME": ("TEME",),
    "TIME_SYSTEM": ("UTC",),
    "MEAN_ELEMENT_THEORY": ("SGP", "SGP4", "SGP/SGP4"),
}


@dataclass(frozen=True)
class CircularOrbit:
    """A circular orbit at one moment.

    In a scenario it is written as

        orbit: {altitude_km: 416.9, inclination_deg: 51.64, raan_deg: 211.2, phase_deg: 103.3}

    with `raan_deg` and `phase_deg` of `at(start)`, where start is the horizon's, or for a Sun-synchronous one as

        orbit: {altitude_km: 770.6, ltan: 22.2, phase_deg: 0.1}
    """

    name: str
    """Object name, or catalogue number where it has none."""
    epoch: np.datetime64
    """UTC, microseconds."""
    altitude_km: float
    """Mean, above the equatorial radius."""
    inclination_deg: float
    raan_deg: float
    """Right ascension of the ascending node, 0 to 360."""
    phase_deg: float
    """Argument of latitude, 0 to 360."""
    eccentricity: float
    """Of the elements; the orbit here has none."""

    @property
    def ltan(self) -> float:
        """Local mean time of the ascending node, hours, 0 to 24."""
        sun = orbit.mean_sun_right_ascension(orbit.days_since_j2000(np.asarray(self.epoch)))
        return float((12.0 + (self.raan_deg - math.degrees(float(sun))) / 15.0) % 24.0)

    @property
    def sun_synchronous(self) -> bool:
        """Whether the node keeps its local time to an hour in a year."""
        drift = float(orbit.nodal_drift(self.altitude_km, math.radians(self.inclination_deg)))
        return abs(drift - SUN_RATE_RAD_S) * 365.25 * 86400 < math.radians(15.0)

    def at(self, moment: np.datetime64) -> "CircularOrbit":
        """The same orbit at another moment, UTC, by J2's secular rates, without drag."""
        when = moment.astype("datetime64[us]")
        seconds = float((when - self.epoch) / np.timedelta64(1, "us")) / 1e6
        inclination = math.radians(self.inclination_deg)
        node = math.degrees(float(orbit.nodal_drift(self.altitude_km, inclination)) * seconds)
        axis_km = float(orbit.mean_axis_km(self.altitude_km, inclination))
        along = math.degrees(float(orbit.latitude_rate(axis_km - EARTH_RADIUS_KM, inclination)) * seconds)
        return replace(
            self, epoch=when, raan_deg=(self.raan_deg + node) % 360.0, phase_deg=(self.phase_deg + along) % 360.0
        )


def orbit_from_tle(line1: str, line2: str) -> CircularOrbit:
    """The circular orbit of a two-line element set.

    Parameters
    ----------
    line1, line2 : str
        The two lines, of 69 characters each; a line with the name above them is left out.

    Raises
    ------
    PlacementError
        With all that is wrong with the lines: length, line number, checksum, two different satellites; or an orbit with
        an eccentricity above 0.01; or that the package sgp4 is missing.

    Examples
    --------
    >>> station = orbit_from_tle(
    ...     "1 25544U 98067A   19343.69339541  .00001764  00000-0  38792-4 0  9991",
    ...     "2 25544  51.6439 211.2001 0007417  17.6667  85.6398 15.50103472202482",
    ... )
    >>> round(station.altitude_km), round(station.inclination_deg, 2), str(station.epoch)[:16]
    (416, 51.64, '2019-12-09T16:38')
    """
    api = _sgp4()
    lines = (line1.rstrip(), line2.rstrip())
    wrong = [fact for number, line in enumerate(lines, start=1) for fact in _wrong_line(number, line)]
    if not wrong and lines[0][2:7] != lines[1][2:7]:
        wrong.append(f"line 1 is of satellite {lines[0][2:7]} and line 2 of {lines[1][2:7]}")
    if not wrong and not 1 <= float(lines[0][20:32]) < 367:
        wrong.append(f"the day of the year is {lines[0][20:32].strip()} where it should be from 1 to below 367")
    if not wrong and float(lines[1][8:16]) > 180:
        wrong.append(f"the inclination is {lines[1][8:16].strip()} degrees where it should be from 0 to 180")
    if not wrong and float(lines[1][52:63]) <= 0:
        wrong.append(f"the mean motion is {lines[1][52:63].strip()} revolutions a day where it should be above 0")
    if not wrong:
        try:
            satellite = api.Satrec.twoline2rv(*lines)
        except ValueError as error:
            wrong.append(str(error).splitlines()[0])
    if wrong:
        raise PlacementError(f"not a two-line element set: {'; '.join(wrong)}. Copy both lines anew from their source.")
    return _circle(satellite, lines[0][2:7].strip())


def orbits_from_omm(text: str) -> tuple[CircularOrbit, ...]:
    """The circular orbits of orbit mean-elements messages (CCSDS 502.0-B), in the order of the text.

    Parameters
    ----------
    text : str
        XML, JSON, CSV or KVN (`KEY = value`), with the keywords of CCSDS as CelesTrak and Space-Track write them; one
        message or several.

    Raises
    ------
    PlacementError
        With all that is wrong with the first message that cannot be used, or that the text is none.
    """
    api = _sgp4()
    messages = _messages(text)
    if not messages:
        raise PlacementError(
            "no orbit mean-elements message in the text. Give XML, JSON, CSV or KVN with its keywords."
        )
    return tuple(_orbit(api, message) for message in messages)


def _sgp4() -> Any:
    try:
        from sgp4 import api
    except ImportError as error:
        fact = "orbital elements are read with the package sgp4, which is not installed."
        raise PlacementError(f"{fact} Run: pip install 'orbital-placement[tle]'") from error
    return api


def _wrong_line(number: int, line: str) -> Iterable[str]:
    if len(line) != _LINE_LENGTH or not line.isascii():
        yield f"line {number} has {len(line)} characters where it should have {_LINE_LENGTH} of ASCII"
    elif not line.startswith(f"{number} "):
        yield f"line {number} begins with {line[:2]!r} where it should begin with '{number} '"
    else:
        total = sum(int(c) if c.isdigit() else c == "-" for c in line[:-1]) % 10
        if line[-1] != str(total):
            yield f"line {number} ends with the checksum {line[-1]} where its digits give {total}"
        elif not _LINES[number - 1].fullmatch(line):
            yield f"line {number} has no number where one of its elements should stand"


def _orbit(api: Any, message: Mapping[str, str]) -> CircularOrbit:
    name = message.get("OBJECT_NAME") or message.get("NORAD_CAT_ID") or "without name"
    wrong = [f"{key} is missing" for key in _FIELDS if not message.get(key)]
    wrong += [
        f"{key} is {message[key]} where only {' or '.join(known)} can be read"
        for key, known in _ONLY.items()
        if message.get(key) and message[key].upper() not in known
    ]
    numbers: dict[str, float] = {}
    for key in (*_FIELDS[1:], "BSTAR"):
        try:
            numbers[key] = float(message.get(key) or 0.0)
        except ValueError:
            numbers[key] = math.nan
        if not math.isfinite(numbers[key]):
            wrong.append(f"{key} is {message[key]} where it should be a number")
    epoch = _moment(message.get("EPOCH", ""))
    if message.get("EPOCH") and np.isnat(epoch):
        wrong.append(f"EPOCH is {message['EPOCH']} where it should be like 2027-01-31T12:00:00")
    if not wrong and not 0 < numbers["MEAN_MOTION"] < 18:
        wrong.append(
            f"MEAN_MOTION is {numbers['MEAN_MOTION']:g} revolutions a day where it should be above 0 and below 18"
        )
    if not wrong and not 0 <= numbers["ECCENTRICITY"] < 1:
        wrong.append(f"ECCENTRICITY is {numbers['ECCENTRICITY']:g} where it should be from 0 to below 1")
    if not wrong and not 0 <= numbers["INCLINATION"] <= 180:
        wrong.append(f"INCLINATION is {numbers['INCLINATION']:g} degrees where it should be from 0 to 180")
    if wrong:
        raise PlacementError(f"orbit mean-elements message of {name}: {'; '.join(wrong)}. Mend it or leave it out.")
    satellite = api.Satrec()
    days = float(orbit.days_since_j2000(np.asarray(epoch)))
    inclination, node, perigee, anomaly = (math.radians(numbers[key]) for key in _ANGLES)
    satellite.sgp4init(
        api.WGS72, "i", 0, days + _J2000_JULIAN - _SGP4_DAY_ZERO, numbers["BSTAR"], 0.0, 0.0,
        numbers["ECCENTRICITY"], perigee, inclination, anomaly, numbers["MEAN_MOTION"] * 2 * math.pi / 1440, node,
    )  # fmt: skip
    return replace(_circle(satellite, name), epoch=epoch)


def _moment(text: str) -> np.datetime64:
    """UTC of a CCSDS calendar date, microseconds; not-a-time for anything else."""
    date = _EPOCH.fullmatch(text)
    try:
        return np.datetime64(date[1] if date else "NaT", "us")
    except ValueError:  # the 31st of June
        return np.datetime64("NaT", "us")


def _circle(satellite: Any, name: str) -> CircularOrbit:
    """The circle that stands for an initialised satellite of sgp4; refuses what is no circle."""
    if satellite.ecco > MAX_ECCENTRICITY:
        fact = f"the orbit of {name} has an eccentricity of {satellite.ecco:g}, above {MAX_ECCENTRICITY:g}"
        raise PlacementError(
            f"{fact}. Only near-circular orbits can be planned with; write one by hand if it stands for it."
        )
    axis = satellite.a * satellite.radiusearthkm
    axis *= (EARTH_MU_KM3_S2 / satellite.mu) ** (1 / 3)  # the same period with the μ of this package
    if not axis > EARTH_RADIUS_KM:
        fact = f"the orbit of {name} has a mean semi-major axis of {axis:.0f} km, inside the Earth"
        raise PlacementError(f"{fact}. Look at its mean motion, in revolutions a day.")
    days = (satellite.jdsatepoch - _J2000_JULIAN) + satellite.jdsatepochF
    return CircularOrbit(
        name=name,
        epoch=orbit.J2000 + np.timedelta64(round(days * 86400e6), "us"),
        altitude_km=float(orbit.altitude_of_axis_km(axis, satellite.inclo)),
        inclination_deg=math.degrees(satellite.inclo),
        raan_deg=math.degrees(satellite.nodeo) % 360.0,
        phase_deg=math.degrees(satellite.argpo + satellite.mo) % 360.0,
        eccentricity=float(satellite.ecco),
    )


def _messages(text: str) -> list[dict[str, str]]:
    """Keyword and value of each message of a text, whatever it is written in."""
    text = text.strip().lstrip("\ufeff")
    try:
        if text.startswith("<"):
            return _from_xml(text)
        if text.startswith(("[", "{")):
            read = json.loads(text)
            return [{str(k).upper(): str(v) for k, v in m.items() if v is not None} for m in _as_list(read)]
    except (ET.ParseError, ValueError, AttributeError) as error:
        raise PlacementError(f"the orbit mean-elements message cannot be read: {error}. Mend it.") from error
    first = text.partition("\n")[0]
    return _from_kvn(text) if "=" in first or first.startswith("COMMENT") else _from_csv(text)


def _as_list(read: Any) -> list[Any]:
    return read if isinstance(read, list) else [read]


def _from_xml(text: str) -> list[dict[str, str]]:
    root = ET.fromstring(text)
    return [
        {leaf.tag.upper(): (leaf.text or "").strip() for leaf in message.iter() if len(leaf) == 0}
        for message in ([root] if root.tag == "omm" else root.iter("omm"))
    ]


def _from_csv(text: str) -> list[dict[str, str]]:
    rows = csv.DictReader(io.StringIO(text))
    return [{str(k).strip().upper(): (v or "").strip() for k, v in row.items() if isinstance(v, str)} for row in rows]


def _from_kvn(text: str) -> list[dict[str, str]]:
    """A keyword that comes again begins a new message; `[units]` behind a value are those of the standard."""
    messages: list[dict[str, str]] = []
    for line in text.splitlines():
        key, equals, value = line.partition("=")
        key = key.strip().upper()
        if not equals or key.startswith("COMMENT"):
            continue
        if not messages or key in messages[-1]:
            messages.append({})
        messages[-1][key] = value.partition("[")[0].strip()
    return messages

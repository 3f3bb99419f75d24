"""Orbits from two-line elements and orbit mean-elements messages, against SGP4 and Skyfield."""

import json
import re
import sys
import warnings
from typing import Any

import numpy as np
import pytest
from sgp4 import exporter
from sgp4.api import Satrec
from skyfield.api import EarthSatellite, Loader
from skyfield_data import get_skyfield_data_path

from placement.errors import PlacementError
from placement.physics import contacts, orbit
from placement.physics.tle import CircularOrbit, orbit_from_tle, orbits_from_omm

STATION = (  # International Space Station, 9 December 2019, the example of the package sgp4
    "1 25544U 98067A   19343.69339541  .00001764  00000-0  38792-4 0  9991",
    "2 25544  51.6439 211.2001 0007417  17.6667  85.6398 15.50103472202482",
)
STATION_2022 = (  # 30 April 2022, in thicker air
    "1 25544U 98067A   22120.55506469  .00015184  00000-0  27484-3 0  9994",
    "2 25544  51.6439 212.4897 0006341  52.2685  77.0942 15.49849211337797",
)
CBERS2 = (  # Sun-synchronous, 10:30 descending, 26 June 2006; of the test cases of Vallado et al., AIAA 2006-6753
    "1 28057U 03049A   06177.78615833  .00000060  00000-0  35940-4 0  1836",
    "2 28057  98.4283 247.6961 0000884  88.1964 271.9322 14.35478080140550",
)
MOLNIYA = (  # eccentricity 0.7, of the same test cases
    "1 08195U 75081A   06176.33215444  .00000099  00000-0  11873-3 0   813",
    "2 08195  64.1586 279.0717 6877146 264.7651  20.2257  2.00491383225656",
)


def sealed(line: str) -> str:
    """The line with the checksum that belongs to it."""
    return line[:68] + str(sum(int(c) if c.isdigit() else c == "-" for c in line[:68]) % 10)


def positions(path: CircularOrbit, days: np.ndarray) -> np.ndarray:
    angles = np.radians([path.inclination_deg, path.raan_deg, path.phase_deg])
    return contacts.satellite_position(days, path.altitude_km, *(float(angle) for angle in angles))


def minutes_after(path: CircularOrbit, days: float) -> np.ndarray:
    return orbit.days_since_j2000(np.asarray(path.epoch)) + np.arange(int(days * 1440) + 1) / 1440


@pytest.mark.parametrize(
    ("lines", "days", "km"),
    [
        (STATION, 1, 20),
        (STATION_2022, 1, 26),
        (CBERS2, 1, 20),
        (STATION, 3, 26),
        (STATION_2022, 3, 80),
        (CBERS2, 10, 35),
    ],
)
def test_the_circle_stays_near_the_position_of_sgp4(lines: tuple[str, str], days: float, km: float) -> None:
    path = orbit_from_tle(*lines)
    when = minutes_after(path, days)
    error, theirs, _ = Satrec.twoline2rv(*lines).sgp4_array(np.full(len(when), 2451545.0), when)
    assert not error.any()
    assert np.linalg.norm(positions(path, when) - theirs.T, axis=0).max() < km


def test_sub_satellite_points_are_those_of_skyfield_to_half_a_degree() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # its table of the Earth's rotation has an end; unused here
        timescale = Loader(get_skyfield_data_path(), verbose=False, expire=False).timescale(builtin=True)
    path = orbit_from_tle(*CBERS2)
    when = minutes_after(path, 0.5)
    ours = positions(path, when)
    under = EarthSatellite(*CBERS2, ts=timescale).at(timescale.ut1_jd(2451545.0 + when)).subpoint()
    places = zip(under.latitude.degrees[::60], under.longitude.degrees[::60], when[::60], ours.T[::60], strict=True)
    for lat, lon, day, position in places:
        _, zenith = contacts.station_position(np.array([day]), lat, lon)
        cosine = float(position @ zenith[:, 0]) / float(np.linalg.norm(position))
        assert np.degrees(np.arccos(min(cosine, 1.0))) < 0.5  # 0.19 of it between geodetic and geocentric latitude


def test_elements_of_a_sun_synchronous_satellite() -> None:
    path = orbit_from_tle(*CBERS2)
    assert path.sun_synchronous
    assert path.ltan == pytest.approx(22.2, abs=0.05)  # 10:30 when launched, 12 hours from the descending node
    assert path.altitude_km == pytest.approx(775, abs=1)  # its mean radius; the semi-major axis is 771 km longer than R
    assert path.inclination_deg == pytest.approx(np.degrees(orbit.sun_synchronous_inclination(770.6)), abs=0.1)
    assert not orbit_from_tle(*STATION).sun_synchronous


def test_moving_the_epoch_moves_the_satellite_along_the_same_orbit() -> None:
    path = orbit_from_tle(*STATION)
    later = path.at(path.epoch + np.timedelta64(1, "D"))
    when = minutes_after(path, 1.5)
    assert positions(later, when[1440:])[:, ::60] == pytest.approx(positions(path, when)[:, 1440::60], abs=0.01)
    assert later.at(path.epoch).phase_deg == pytest.approx(path.phase_deg, abs=1e-6)


# ------------------------------------------------------------------------------------------- the other ways to write it


def fields(lines: tuple[str, str], name: str) -> dict[str, Any]:
    return exporter.export_omm(Satrec.twoline2rv(*lines), name)


def as_json(messages: list[dict[str, Any]]) -> str:
    return json.dumps(messages)


def as_csv(messages: list[dict[str, Any]]) -> str:
    return "\n".join([",".join(messages[0]), *(",".join(str(v) for v in message.values()) for message in messages)])


def as_kvn(messages: list[dict[str, Any]]) -> str:
    units = {"MEAN_MOTION": " [rev/day]", "INCLINATION": " [deg]"}
    begin = "CCSDS_OMM_VERS = 2.0\nCOMMENT made by = hand\n"
    return "\n".join(begin + "\n".join(f"{k} = {v}{units.get(k, '')}" for k, v in m.items()) for m in messages)


def as_xml(messages: list[dict[str, Any]]) -> str:
    bodies = ("".join(f"<{k}>{v}</{k}>" for k, v in message.items()) for message in messages)
    inner = "".join(f"<omm><body><segment><data>{body}</data></segment></body></omm>" for body in bodies)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<ndm>{inner}</ndm>'


@pytest.mark.parametrize("write", [as_json, as_csv, as_kvn, as_xml])
def test_a_message_says_the_same_as_the_two_lines(write: Any) -> None:
    both = orbits_from_omm(write([fields(STATION, "ISS (ZARYA)"), fields(CBERS2, "CBERS 2")]))
    assert [path.name for path in both] == ["ISS (ZARYA)", "CBERS 2"]
    for read, lines in zip(both, (STATION, CBERS2), strict=True):
        expected = orbit_from_tle(*lines)
        assert abs(read.epoch - expected.epoch) <= np.timedelta64(1, "us")
        for name in ("altitude_km", "inclination_deg", "raan_deg", "phase_deg", "eccentricity"):
            assert getattr(read, name) == pytest.approx(getattr(expected, name), abs=1e-6)


# ----------------------------------------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ((STATION[0][:-1] + "3", STATION[1]), "line 1 ends with the checksum 3 where its digits give 1"),
        (
            (STATION[0], STATION[1].replace("51.6439", "51.6438")),
            "line 2 ends with the checksum 2 where its digits give 1",
        ),
        ((STATION[0], STATION[0]), "line 2 begins with '1 '"),
        ((STATION[0][:60], STATION[1]), "line 1 has 60 characters"),
        ((STATION[0], CBERS2[1]), "line 1 is of satellite 25544 and line 2 of 28057"),
        ((STATION[0], sealed(STATION[1].replace("51.6439", "51.X439"))), "line 2 has no number"),
        ((sealed(STATION[0].replace("19343.", "19x43.")), STATION[1]), "line 1 has no number"),
        (("", ""), "line 1 has 0 characters"),
    ],
)
def test_lines_that_are_wrong_give_one_clear_error(lines: tuple[str, str], says: str) -> None:
    with pytest.raises(PlacementError) as caught:
        orbit_from_tle(*lines)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_both_wrong_checksums_are_told_at_once() -> None:
    with pytest.raises(PlacementError, match=r"line 1 .*; line 2 "):
        orbit_from_tle(STATION[0][:-1] + "3", STATION[1][:-1] + "3")


def test_eccentric_orbits_are_refused() -> None:
    with pytest.raises(PlacementError, match=r"08195 has an eccentricity of 0\.687715, above 0\.01"):
        orbit_from_tle(*MOLNIYA)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"MEAN_MOTION": None}, "MEAN_MOTION is missing"),
        ({"MEAN_MOTION": "fast"}, "MEAN_MOTION is fast where it should be a number"),
        ({"MEAN_MOTION": 25.0}, "MEAN_MOTION is 25 revolutions a day"),
        ({"ECCENTRICITY": 1.5}, "ECCENTRICITY is 1.5"),
        ({"ECCENTRICITY": 0.2}, "eccentricity of 0.2, above 0.01"),
        ({"INCLINATION": 200.0}, "INCLINATION is 200"),
        ({"EPOCH": "yesterday"}, "EPOCH is yesterday"),
        ({"EPOCH": "2027-06-31T00:00:00"}, "EPOCH is 2027-06-31T00:00:00"),
        ({"TIME_SYSTEM": "TAI"}, "TIME_SYSTEM is TAI where only UTC can be read"),
        ({"MEAN_ELEMENT_THEORY": "DSST"}, "MEAN_ELEMENT_THEORY is DSST"),
        ({"CENTER_NAME": "MOON", "EPOCH": None}, "EPOCH is missing; CENTER_NAME is MOON"),
    ],
)
def test_messages_that_are_wrong_give_one_clear_error(change: dict[str, Any], says: str) -> None:
    with pytest.raises(PlacementError) as caught:
        orbits_from_omm(as_json([fields(STATION, "ISS (ZARYA)") | change]))
    assert says in str(caught.value)
    assert "ISS (ZARYA)" in str(caught.value)


@pytest.mark.parametrize("text", ["", "{", "<omm>", "[1, 2]", "[]", "<ndm/>"])
def test_text_that_is_no_message_is_refused(text: str) -> None:
    with pytest.raises(PlacementError, match="orbit mean-elements message"):
        orbits_from_omm(text)


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sgp4", None)
    with pytest.raises(PlacementError, match=r"pip install 'orbital-placement\[tle\]'"):
        orbit_from_tle(*STATION)


def with_checksum(line: str) -> str:
    """A line of 68 characters with its checksum."""
    return line[:68] + str(sum(int(c) if c.isdigit() else c == "-" for c in line[:68]) % 10)


@pytest.mark.parametrize(
    ("number", "first", "text", "words"),
    [
        (0, 20, "000.69339541", "day of the year is 000.69339541"),
        (1, 8, "200.6439", "inclination is 200.6439 degrees"),
        (1, 52, "00.00000000", "mean motion is 00.00000000"),
    ],
)
def test_elements_that_no_orbit_has_are_refused(number: int, first: int, text: str, words: str) -> None:
    lines = list(STATION)
    lines[number] = with_checksum(lines[number][:first] + text + lines[number][first + len(text) :])
    with pytest.raises(PlacementError, match=re.escape(words)):
        orbit_from_tle(*lines)

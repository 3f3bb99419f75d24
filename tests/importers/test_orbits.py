"""Orbits from published elements: what is written loads in a scenario and is what SGP4 and publications have."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from importers.orbit_files import (
    ISS,
    SENTINEL_2A,
    SENTINEL_2B,
    WRITERS,
    Importing,
    fields,
    flock,
    sealed,
    tle,
    with_element,
)
from sgp4.api import Satrec

from placement.importers.elements import DEEP_SPACE
from placement.loader.load import load
from placement.physics import orbit
from placement.physics.constants import EARTH_RADIUS_KM


@pytest.fixture
def importing(tmp_path: Path) -> Importing:
    return Importing(tmp_path)


def test_a_satellite_is_written_at_its_epoch_with_what_is_known_of_it(importing: Importing) -> None:
    read, page = importing.page(tle("ISS (ZARYA)"))
    satellite = Satrec.twoline2rv(*ISS)
    path = read["iss-zarya"]["orbit"]
    assert path["inclination_deg"] == 51.643
    assert path["raan_deg"] == pytest.approx(np.degrees(satellite.nodeo), abs=1e-3)
    assert path["phase_deg"] == pytest.approx(np.degrees(satellite.argpo + satellite.mo) % 360, abs=1e-3)
    assert "# ISS (ZARYA), number 25544, epoch 2019-05-24T10:05Z, 0.0 days before\n" in page


def test_perigee_apogee_and_period_are_those_of_sgp4_and_of_publications(importing: Importing) -> None:
    """ISS: 415.47 and 425.45 km above 6,371 km, 92.83 min from these elements (raumfahrer.net, topic 3793, May 2019).
    Sentinel-2A and 2B: 795.2 and 797.0 km above 6,371 km (n2yo.com, 5 July 2024, from the mean motion as it is written,
    Kozai's, whose axis is 2.9 km longer here), 100.6 min (Sentinel Hub); mean altitude 786 km (ESA, SENTINEL-2, Orbit).
    """
    above = 6371.0 - EARTH_RADIUS_KM
    _, page = importing.page(tle("ISS (ZARYA)", "SENTINEL-2A", "SENTINEL-2B"), by="satellite")
    found = re.findall(r"# perigee ([\d.]+), mean ([\d.]+), apogee ([\d.]+) km .*; period ([\d.]+) min;", page)
    published = [(415.47, 425.45, 92.83, 0.6), (795.2, 797.0, 100.6, 3.0), (795.2, 797.0, 100.6, 3.0)]
    for lines, numbers, theirs in zip((ISS, SENTINEL_2A, SENTINEL_2B), found, published, strict=True):
        satellite = Satrec.twoline2rv(*lines)
        perigee, mean, apogee, period = (float(number) for number in numbers)
        assert perigee == pytest.approx(satellite.altp * satellite.radiusearthkm, abs=0.1)
        assert apogee == pytest.approx(satellite.alta * satellite.radiusearthkm, abs=0.1)
        assert mean == pytest.approx((perigee + apogee) / 2, abs=0.1)
        assert perigee == pytest.approx(theirs[0] + above, abs=theirs[3])
        assert apogee == pytest.approx(theirs[1] + above, abs=theirs[3])
        assert period == pytest.approx(theirs[2], abs=0.1)
    assert float(found[1][1]) == pytest.approx(786, abs=0.5)


def test_a_sun_synchronous_satellite_is_written_by_its_local_time(importing: Importing) -> None:
    """Sentinel-2: mean altitude 786 km, 98.62 degrees, 10:30 at the descending node (ESA, SENTINEL-2, Orbit)."""
    for start in (None, "2027-06-07T00:00:00Z"):
        read, page = importing.page(tle("SENTINEL-2A"), start=start)
        path = read["sentinel-2a"]["orbit"]
        assert set(path) == {"altitude_km", "ltan", "phase_deg"}
        assert path["ltan"] == pytest.approx(22.5, abs=0.01)
        assert path["altitude_km"] == pytest.approx(786, abs=6)  # of its mean radius: 790
        inclination = np.degrees(orbit.sun_synchronous_inclination(path["altitude_km"]))
        assert float(inclination) == pytest.approx(98.62, abs=0.1)
        assert "local time of the ascending node 22:30, kept" in page


def test_nodes_and_places_are_those_at_the_start(importing: Importing) -> None:
    start = "2019-05-25T12:00:00+02:00"
    read, page = importing.page(tle("ISS (ZARYA)"), start=start)
    satellite = Satrec.twoline2rv(*ISS)
    days = 2458628.5 + 10 / 24 - satellite.jdsatepoch - satellite.jdsatepochF
    node = np.degrees(satellite.nodeo + satellite.nodedot * days * 1440) % 360
    assert read["iss-zarya"]["orbit"]["raan_deg"] == pytest.approx(node, abs=0.02)
    assert "are those of 2019-05-25T10:00:00Z" in page
    assert "1.0 days before" in page


def scenario(page: str, name: str, folder: Path, number: int) -> Any:
    """A scenario with a cluster under which the lines of a name were pasted."""
    block = re.search(rf"^{name}:\n((?:  .*\n)+)", page, re.MULTILINE)
    assert block is not None
    (folder / "s.yaml").write_text(
        "format: 1\nname: s\nhorizon: {start: 2027-06-07T00:00:00Z, slot_hours: 1, slots: 4}\n"
        "clusters:\n  - name: flock\n" + "".join(f"  {line}\n" for line in block[1].splitlines()) + f"    satellites: "
        f"{{number: {number}, accelerator: h100-sxm, accelerators: 8, array_kw: 20}}\n"
        "jobs: [{job: a, hours: 1, accelerators: 1}]\n"
    )
    return load(folder / "s.yaml")


def test_what_is_written_loads_when_pasted_under_a_cluster(importing: Importing) -> None:
    text = tle("ISS (ZARYA)", "SENTINEL-2A", "SENTINEL-2B") + flock(6, 3)
    read, page = importing.page(text, start="2027-06-07T00:00:00Z")
    assert list(read) == ["flock-p-506km-52deg", "sentinel-790km-99deg", "iss-zarya"]
    for name, number in {"flock-p-506km-52deg": 18, "sentinel-790km-99deg": 2, "iss-zarya": 1}.items():
        cluster = scenario(page, name, importing.folder, number).clusters[0]
        assert cluster.orbit.altitude_km == read[name]["orbit"]["altitude_km"]
        assert len(cluster.planes) == len(read[name].get("planes", []))
        assert len(cluster.pools) == max(len(cluster.planes), 1)


def test_planes_are_told_apart_by_their_nodes_also_across_nought(importing: Importing) -> None:
    text = flock(6, 3, spread=1.9)
    read, page = importing.page(text)
    (entry,) = read.values()
    assert [plane["satellites"] for plane in entry["planes"]] == [3] * 6
    assert [plane["raan_deg"] for plane in entry["planes"]] == pytest.approx([0, 60, 120, 180, 240, 300], abs=1e-6)
    assert "# 18 satellites in 6 planes (FLOCK 4P-" in page
    assert "planes:  # with satellites: {number: 18}" in page
    told = importing.lines(text)
    assert told[0] == "read 18 element sets of 1 file: 18 satellites in 6 planes of 1 shell"
    assert "  flock-p-506km-52deg: 18 satellites, 6 planes, 506 km, 51.6 degrees" in told


def test_no_plane_and_no_shell_is_wider_than_is_said(importing: Importing) -> None:
    read, _ = importing.page(flock(1, 5, spread=8.0))  # nodes at -4, -2, 0, 2, 4 degrees
    (entry,) = read.values()
    assert [plane["satellites"] for plane in entry["planes"]] == [2, 1, 2]  # 0 and 2, 4, -4 and -2
    lines = [
        sealed_set
        for k in range(4)
        for sealed_set in with_element(ISS, 8, f"{51.6 + 0.07 * k:8.4f}", number=f"{k:05d}")
    ]
    read, _ = importing.page("\n".join(lines))
    assert sorted(entry["orbit"]["inclination_deg"] for entry in read.values()) == pytest.approx([51.635, 51.775])
    assert len(importing.page("\n".join(lines), by="satellite")[0]) == 4


def test_years_of_two_digits_are_from_1957_to_2056(importing: Importing) -> None:
    for digits, year in (("57", 1957), ("99", 1999), ("00", 2000), ("56", 2056)):
        lines = sealed(ISS[0][:18] + digits + ISS[0][20:]), ISS[1]
        assert f"epoch {year}-05-2" in importing.page("\n".join(lines))[1]


def test_names_stand_above_with_or_without_a_nought_or_not_at_all(importing: Importing) -> None:
    for text in (tle("ISS (ZARYA)"), tle("ISS (ZARYA)", begin="0 "), "\n\n" + tle("ISS (ZARYA)") + "\n  \n"):
        assert list(importing.page(text)[0]) == ["iss-zarya"]
    assert list(importing.page("\n".join(ISS))[0]) == ["25544"]


def test_what_no_circle_stands_for_is_dropped_and_counted(importing: Importing) -> None:
    high = with_element(ISS, 52, " 6.30000000", number="00001")
    low = with_element(ISS, 52, "16.70000000", number="00002")
    nearly = with_element(ISS, 52, "16.46000000", number="00003")  # its mean radius is at 159 km
    older = sealed(ISS[0].replace("19144.", "19143.")), ISS[1]
    text = tle("ISS (ZARYA)", "MOLNIYA 2-14") + "\n".join([*high, *low, *nearly, *older])
    told = importing.lines(text)
    assert told[0] == "read 6 element sets of 1 file: 1 satellite in 1 plane of 1 shell"
    assert told[1:5] == [
        "  dropped, decayed, or below 160 km: 2 (00002, 00003)",
        "  dropped, eccentricity above 0.01, no circle: 1 (MOLNIYA 2-14)",
        "  dropped, older elements of a satellite that has newer ones: 1 (25544)",
        f"  dropped, {DEEP_SPACE}: 1 (00001)",
    ]
    assert "epoch 2019-05-24T" in importing.page(text)[1]


def test_old_elements_are_told_of(importing: Importing) -> None:
    told = importing.lines(tle("ISS (ZARYA)"), start="2027-06-07")
    assert "  elements are up to 2,936 days from it: places along the orbit are guesses, after years nodes too" in told
    assert not any("guesses" in line for line in importing.lines(tle("ISS (ZARYA)"), start="2019-06-07"))


# ----------------------------------------------------------------------------------------------------------- messages


@pytest.mark.parametrize("write", WRITERS)
def test_messages_say_the_same_as_two_lines(importing: Importing, write: Any) -> None:
    names = ["ISS (ZARYA)", "SENTINEL-2A", "MOLNIYA 2-14"]
    start = "2024-07-06T00:00:00Z"
    gone = fields("SENTINEL-2B") | {"DECAY_DATE": "2024-01-01"}
    messages = [fields(name) | {"DECAY_DATE": ""} for name in names] + [gone]
    read, page = importing.page(write(messages), "omm", start=start)
    expected, theirs = importing.page(tle("ISS (ZARYA)", "SENTINEL-2A"), start=start)
    assert list(read) == list(expected)
    for name, entry in expected.items():
        assert read[name]["orbit"] == pytest.approx(entry["orbit"], abs=2e-4)
    assert re.findall("# perigee .*", page) == re.findall("# perigee .*", theirs)
    told = importing.lines(write(messages), "omm", start=start)
    assert "  dropped, decayed, or below 160 km: 1 (SENTINEL-2B)" in told
    assert "  dropped, eccentricity above 0.01, no circle: 1 (MOLNIYA 2-14)" in told


def test_a_row_of_celestrak_is_read(importing: Importing) -> None:
    """ISS, 30 July 2026, in both layouts (celestrak.org, gp.php, FORMAT=csv and tle)."""
    text = (
        "OBJECT_NAME,OBJECT_ID,EPOCH,MEAN_MOTION,ECCENTRICITY,INCLINATION,RA_OF_ASC_NODE,ARG_OF_PERICENTER,MEAN_ANOMALY,"
        "EPHEMERIS_TYPE,CLASSIFICATION_TYPE,NORAD_CAT_ID,ELEMENT_SET_NO,REV_AT_EPOCH,BSTAR,MEAN_MOTION_DOT,"
        "MEAN_MOTION_DDOT\r\nISS (ZARYA),1998-067A,2026-07-30T20:40:53.573952,15.49272805,.0007096,51.6314,83.9591,"
        "355.3737,4.7185,0,U,25544,999,57852,.17005E-3,.9023E-4,0\r\n"
    )
    lines = (
        "1 25544U 98067A   26211.86173118  .00009023  00000+0  17005-3 0  9996\n"
        "2 25544  51.6314  83.9591 0007096 355.3737   4.7185 15.49272805578527"
    )
    ours, theirs = importing.page(text, "omm")[0]["iss-zarya"], importing.page(lines)[0]["25544"]
    assert ours["orbit"] == pytest.approx(theirs["orbit"], abs=1e-4)

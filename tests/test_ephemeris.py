"""Contact and round trips of satellites as a scenario has them, against light, dead stations and closed slots."""

from typing import Any

import build
import numpy as np
import pytest

from placement.ephemeris import link_contact, round_trip_ms
from placement.loader.load import scenario
from placement.timegrid import timegrid

SATELLITES = {"number": 1, "accelerator": "h100-sxm", "accelerators": 8, "array_kw": 20.0}
LOW = {"altitude_km": 650.0, "ltan": 18.0}
PLACES = {
    "berlin": {"lat": 52.5, "lon": 13.4},
    "pole": {"lat": 90.0, "lon": 0.0},
    "ruin": {"lat": 0.0, "lon": 0.0, "availability": 0.0},
}


def flying(orbit: dict[str, Any], slots: int = 6, **link: Any) -> Any:
    """A scenario with one satellite and a link."""
    sky = {
        "name": "sky",
        "orbit": orbit,
        "satellites": SATELLITES,
        "link": {"gbps_in": 1.0, "gbps_out": 1.0, **link},
    }
    return scenario(build.document([sky], slots=slots, places=PLACES))


def contact(orbit: dict[str, Any], **link: Any) -> tuple[Any, float]:
    """Share of each of six hours in contact, and the longest gap, hours."""
    made = flying(orbit, **link)
    return link_contact(made, timegrid(made.horizon), made.clusters[0])


@pytest.mark.parametrize(("altitude", "ms"), [(650.0, 25.7), (2000.0, 25.7), (35786.0, 238.7)])
def test_a_relay_is_never_faster_than_light_to_the_satellite_and_back(altitude: float, ms: float) -> None:
    """Measured in low orbit; from the geostationary ring light alone takes 239 ms (35,786 km up and down)."""
    made = flying({"altitude_km": altitude, "inclination_deg": 0.0, "raan_deg": 0.0})
    assert round_trip_ms(made, "berlin", made.clusters[0]) == pytest.approx(ms, abs=0.05)


def test_a_station_that_never_works_ends_no_gap() -> None:
    share, gap = contact(LOW, stations=["ruin"])
    assert not share.any()
    assert gap == pytest.approx(6.0)
    with_pole = contact(LOW, stations=["pole"])
    both = contact(LOW, stations=["pole", "ruin"])
    np.testing.assert_allclose(both[0], with_pole[0])
    assert both[1] == with_pole[1]


def test_a_slot_without_contact_joins_the_gaps_beside_it() -> None:
    """Every orbit passes over the pole; with hours 2 to 4 closed, the wait runs from a pass before to one after."""
    share, gap = contact(LOW, stations=["pole"])
    assert gap < 1.6
    closed, longer = contact(LOW, stations=["pole"], contact={"values": [1.0, 1.0, 0.0, 0.0, 1.0, 1.0]})
    np.testing.assert_allclose(closed, share * [1, 1, 0, 0, 1, 1])
    assert 2.0 < longer < 2.0 + 2 * 1.6

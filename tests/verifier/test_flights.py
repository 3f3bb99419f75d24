"""Flights: what they lift to which plane, how many are open, limits on those of several vehicles together.

Periods of 6 h in 24 slots of an hour; sails and masts cost nothing and add nothing.
"""

import pytest

PERIODS = {"start": "2027-01-01T00:00:00Z", "slots": 24, "slot_hours": 1, "period_slots": 6}
LEO = {"altitude_km": 650.0, "inclination_deg": 50.0, "raan_deg": 0.0}
SSO = {"altitude_km": 650.0, "ltan": 18.0}
SAIL = {"name": "sail", "pool": "north", "mass_kg": 1000.0, "volume_m3": 10.0, "max": 99}
MAST = {"name": "mast", "pool": "south", "mass_kg": 600.0, "volume_m3": 8.0, "max": 99}
ROCKET = {"name": "rocket", "payload_kg": {"leo": 2500.0, "sso": 1700.0}, "usd_per_flight": 0.0}
ALWAYS = {"flights_per_period": 9}


def moment(hour):
    """An hour of the first of January 2027."""
    return f"2027-01-01T{hour:02d}:00:00Z"


@pytest.fixture(scope="module")
def broken(words):
    """Codes of rules that are broken if flights lift modules.

    `builds` are (module, period, number) or with a vehicle, `launches` (plane, period, flights) or with a vehicle.
    """

    def codes(builds, launches, vehicles=(ALWAYS,), sail=(), mast=(), orbit=LEO, limits=()):
        sky = {
            "name": "sky",
            "orbit": orbit,
            "satellites": {"number": 2, "accelerator": "unit", "accelerators": 1, "array_kw": 9, "battery_kwh": 99.0},
            "planes": [{"name": "north", "satellites": 1}, {"name": "south", "satellites": 1}],
            "modules": [{**SAIL, **dict(sail)}, {**MAST, **dict(mast)}],
        }
        fleet = [{**ROCKET, **vehicle} for vehicle in vehicles]
        limits = [{"name": f"limit{number}", **limit} for number, limit in enumerate(limits)]
        tables = {
            "builds": [
                {
                    "cluster": "sky",
                    "module": module,
                    "vehicle": (*vehicle, "rocket")[0],
                    "period": period,
                    "number": number,
                    "stands_from_slot": 6 * (period + 1),
                }
                for module, period, number, *vehicle in builds
            ],
            "launches": [
                {
                    "vehicle": (*vehicle, "rocket")[0],
                    "cluster": "sky",
                    "plane": plane,
                    "period": period,
                    "flights": flights,
                }
                for plane, period, flights, *vehicle in launches
            ],
        }
        document = words.idle(horizon=PERIODS, clusters=[sky], vehicles=fleet, launch_limits=limits)
        return words.broken((document, tables), [])

    return codes


LIFTS = [
    # codes, sails and masts of period 0, flights to the north in it, keys of vehicle, of sail and mast
    ("", 2, 0, 1, {}, {}),
    ("launch", 3, 0, 1, {}, {}),
    ("", 3, 0, 2, {}, {}),
    ("launch", 5, 0, 2, {}, {}),  # 5,000 kg, but of each kind two fly on one flight
    ("launch", 1, 0, 0, {}, {}),
    ("", 1, 2, 1, {}, {}),
    ("launch", 1, 3, 1, {}, {}),  # 2,800 kg
    ("", 2, 0, 1, {"volume_m3": 20.0}, {}),
    ("launch", 2, 0, 1, {"volume_m3": 19.0}, {}),
    ("launch", 3, 0, 2, {"volume_m3": 19.0}, {}),
    ("", 1, 2, 1, {"volume_m3": 26.0}, {}),
    ("launch", 1, 2, 1, {"volume_m3": 25.0}, {}),
    ("launch build", 1, 0, 1, {"volume_m3": 9.9}, {}),
    ("launch build", 1, 0, 1, {"volume_m3": 9.9}, {"volume_m3": 10.1}),
    ("", 1, 0, 1, {"volume_m3": 9.9}, {"volume_m3": 0.0}),
    ("", 1, 0, 1, {"payload_kg": {"leo": 1000.0}}, {}),
    ("", 2, 0, 1, {"payload_kg": {"leo": 1000.0, "sky": 2000.0}}, {}),
    ("", 2, 0, 1, {"payload_kg": {"leo": 0.0, "sky": 600.0, "sky/north": 2000.0}}, {}),
    ("launch build", 1, 0, 1, {"payload_kg": {"leo": 2500.0, "sky/north": 900.0}}, {}),
    ("launch build", 1, 0, 1, {"payload_kg": {"leo": 2500.0, "sky": 900.0}}, {}),
    ("", 2, 0, 1, {"payload_kg": {"leo": 2500.0, "sky/south": 900.0}}, {}),
]


@pytest.mark.parametrize(("codes", "sails", "masts", "flights", "vehicle", "module"), LIFTS)
def test_flights_lift_mass_and_volume(codes, sails, masts, flights, vehicle, module, broken):
    """By payload to the closest name; of all kinds together, and whole ones of each kind on one flight."""
    able = {"name": "able", "payload_kg": {"leo": 9e3}, **ALWAYS}  # so that something always lifts them
    builds = [("sail", 0, sails)] + ([("mast", 0, masts)] if masts else [])
    seen = broken(builds, [("north", 0, flights)], [{**ALWAYS, **vehicle}, able], module, {"pool": "north", **module})
    assert seen == set(codes.split())


def test_payload_goes_by_the_class_of_orbit(broken):
    """2,500 kg to an inclined orbit, 1,700 kg where there is an `ltan`."""
    assert broken([("sail", 0, 2)], [("north", 0, 1)]) == set()
    assert broken([("sail", 0, 2)], [("north", 0, 1)], orbit=SSO) == {"launch"}
    assert broken([("sail", 0, 2)], [("north", 0, 2)], orbit=SSO) == set()


def test_planes_do_not_share_flights(broken):
    """A sail to the north and a mast to the south need two."""
    builds = [("sail", 0, 1), ("mast", 0, 1)]
    assert broken(builds, [("north", 0, 1)]) == {"launch"}
    assert broken(builds, [("north", 0, 1), ("south", 0, 1)]) == set()
    assert broken(builds, [("north", 0, 1), ("south", 1, 1)]) == {"launch"}


FLYING = [
    # keys of the vehicle, periods of the first three in which it flies
    ({"available": moment(6)}, {1, 2}),
    ({"available": moment(7)}, {2}),
    ({"until": moment(12)}, {0, 1}),
    ({"until": moment(11)}, {0}),
    ({"available": moment(6), "until": moment(12)}, {1}),
]


@pytest.mark.parametrize(("keys", "periods"), FLYING)
def test_vehicles_have_dates(keys, periods, broken):
    """They fly in periods that lie within; flights that lift nothing do not fly outside either."""
    for period in range(3):
        here = period in periods
        build, launch = [("sail", period, 1)], [("north", period, 1)]
        assert broken(build, launch, [{**ALWAYS, **keys}]) == (set() if here else {"build", "launch"})
        assert broken([], launch, [{**ALWAYS, **keys}]) == (set() if here else {"launch"})


OPEN = [
    # cadence and dates of a vehicle, flights open in each period
    ({"flights_per_period": 2}, [2, 2, 2, 2]),
    ({"flights_per_period": [0, 3, 1, 0]}, [0, 3, 1, 0]),
    ({"flights_per_period": 1, "open_share": 0.5}, [0, 1, 0, 1]),
    ({"flights_per_period": 1, "open_share": 0.5, "available": moment(12)}, [0, 0, 0, 1]),
    ({"flights_per_period": 1, "open_share": 0.5, "until": moment(12)}, [0, 1, 0, 0]),
    # a quarter of a flight an hour in the six hours of period 1 and five of period 2: 1.5 and 2.75 in all
    ({"flights_per_year": {"values": [0.0] * 6 + [8766 / 4] * 11 + [0.0] * 7}}, [0, 1, 1, 0]),
    ({"flights_per_year": {"values": [0.0] * 6 + [8766 / 4] * 12 + [0.0] * 6}}, [0, 1, 2, 0]),
    ({"flights_per_year": 8766 / 4, "open_share": 0.5}, [0, 1, 1, 1]),
]


@pytest.mark.parametrize(("keys", "flights"), OPEN)
def test_open_flights_count_as_they_add_up(keys, flights, broken):
    """Whole flights of the share that is open, over all planes; none outside the vehicle's dates."""
    for period, most in enumerate(flights):
        assert broken([], [("north", period, most)], [keys]) == set()
        assert broken([], [("south", period, most + 1)], [keys]) == {"launch"}
        if most:
            assert broken([], [("north", period, most), ("south", period, 1)], [keys]) == {"launch"}


FLOWN = [("north", 1, 2), ("south", 1, 1, "other")]

TOGETHER = [
    # vehicles and orbits of a limit, how many of FLOWN it counts
    ({}, 3),
    ({"vehicles": ["rocket"]}, 2),
    ({"vehicles": ["other"]}, 1),
    ({"vehicles": ["rocket", "other"]}, 3),
    ({"orbits": ["leo"]}, 3),
    ({"orbits": ["sso"]}, 0),
    ({"orbits": ["sky"]}, 3),
    ({"orbits": ["sky/north"]}, 2),
    ({"orbits": ["sky/south", "sky/north"]}, 3),
    ({"orbits": ["sky/north"], "vehicles": ["other"]}, 0),
    ({"orbits": ["sky/south", "sso"], "vehicles": ["other"]}, 1),
]


@pytest.mark.parametrize(("keys", "counted"), TOGETHER)
def test_launch_limits_hold_over_vehicles_and_planes(keys, counted, broken):
    """At what they count they hold, at one less they do not."""
    fleet = [ALWAYS, {"name": "other", "open_share": 0.5, **ALWAYS}]
    assert broken([], FLOWN, fleet, limits=[{**keys, "flights_per_period": [0, counted, 0, 0]}]) == set()
    if counted:
        less = {**keys, "flights_per_period": [9, counted - 1, 9, 9]}
        assert broken([], FLOWN, fleet, limits=[less]) == {"launch"}
        assert broken([], FLOWN, fleet, limits=[{**keys, "flights_per_period": 9}, less]) == {"launch"}


def test_launch_limits_per_year_count_as_they_add_up(broken):
    """A quarter of a flight an hour: 1.5 in period 0, 3 in the first two, 4.5, 6; open shares do not matter."""
    fleet, limits = [{**ALWAYS, "open_share": 0.9}], [{"flights_per_year": 8766 / 4}]
    for period, most in enumerate((1, 2, 1, 2)):
        assert broken([], [("north", period, most)], fleet, limits=limits) == set()
        assert broken([], [("north", period, most + 1)], fleet, limits=limits) == {"launch"}


def test_a_limit_is_by_the_class_of_orbit(broken):
    """Of a Sun-synchronous plane sso counts."""
    limits = [{"orbits": ["sso"], "flights_per_period": 1}]
    assert broken([], [("north", 0, 2)], limits=limits) == set()
    assert broken([], [("north", 0, 2)], limits=limits, orbit=SSO) == {"launch"}

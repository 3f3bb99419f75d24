"""Budgets of satellites: lines that close, shortages worked out by hand, and every satellite of the catalogue."""

import functools
import math
from typing import Any

import numpy as np
import orbital
import pytest
from build import document
from hypothesis import given
from hypothesis import strategies as st

from placement import spacecraft
from placement.catalog import catalog
from placement.loader.load import scenario
from placement.physics import lifetime
from placement.satellite_budget import Budget, Line, budget, drag_m2, lines, parts_kg, shortages
from placement.schema import Accelerator, Cluster

ORBITAL = [name for name, entry in catalog().section("clusters").items() if "orbit" in entry]
USES = ("low", "base", "high")

JULY = 1317 / 1361  # sunlight when the Sun is farthest over that at its mean distance


@functools.cache
def flown(name: str, use: str = "base") -> tuple[Cluster, Accelerator, Budget]:
    """A catalogue satellite as a scenario has it, its accelerator, and its budget."""
    made = scenario(document([{"from": name, "as_if": True}], use=use))
    cluster = made.clusters[0]
    accelerator = next(one for one in made.accelerators if one.name == cluster.pools[0].accelerator)
    return cluster, accelerator, budget(cluster, accelerator)


def line(found: tuple[Line, ...], what: str, when: str) -> Line:
    return next(one for one in found if (one.what, one.when) == (what, when))


# one line


@given(st.floats(0.0, 1e9), st.floats(0.0, 1e9))
def test_a_line_closes_exactly_where_nothing_is_missing_but_for_rounding(needed: float, there: float) -> None:
    one = Line("power", "begin", needed, there, "kW", "")
    assert one.spare == there - needed
    rounding = 1e-9 * max(needed, 1.0)
    if abs(one.spare) > rounding:
        assert one.closes == (one.spare >= 0.0)
    else:
        assert one.closes


@pytest.mark.parametrize("needed", [1e-3, 1.0, 119.84, 1e6])
@pytest.mark.parametrize("share", [0.5, 1e-3, 1e-6, 1e-8])
def test_little_missing_is_missing_and_nothing_missing_is_not(needed: float, share: float) -> None:
    missing = share * max(needed, 1.0)
    assert not Line("heat", "end", needed, needed - missing, "kW", "").closes
    assert Line("heat", "end", needed, needed, "kW", "").closes


def test_what_is_not_known_does_not_close() -> None:
    assert not Line("dose", "life", math.nan, 2000.0, "rad", "").closes


def test_what_is_missing_is_said_once_for_each_thing() -> None:
    """10 kW asked of 9 kW of array, which lose a tenth a year, and of a radiator of 5 kW."""
    plate = {"m2": 5.0, "emissivity": 0.9, "sink_k": 220.0}
    cluster = orbital.cluster(array_kw=9.0, array_loss_per_year=0.1, life_years=1.0, radiator=plate)
    said = shortages(cluster, orbital.ACCELERATOR)
    assert said == ("power (end): 10 kW needed, 7.84 there", "heat (end): 10 kW needed, 5.09 there")
    assert shortages(orbital.cluster(), orbital.ACCELERATOR) == ()


# every satellite of the catalogue


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("name", ORBITAL)
def test_a_satellite_of_the_catalogue_has_a_budget(name: str, use: str) -> None:
    """All lines finite, and the whole closes exactly where each of them does."""
    cluster, accelerator, found = flown(name, use)
    assert {(one.what, one.when) for one in found.lines} >= {("power", "begin"), ("power", "end")}
    assert all(math.isfinite(one.needed) and math.isfinite(one.there) and one.needed > 0 for one in found.lines)
    assert found.closes == all(one.there - one.needed >= -1e-9 * max(one.needed, 1.0) for one in found.lines)
    assert found.closes == (not shortages(cluster, accelerator))
    for year in (found.first_year, found.last_year):
        assert 0.0 < year.speed <= 1.0 + 1e-9
        assert year.imbalance < 1e-9
    assert found.kg_per_kw > 0.0
    assert found.passive_years > 0.0


@pytest.mark.parametrize("name", ORBITAL)
def test_the_end_of_life_is_never_better_than_the_begin(name: str) -> None:
    _, _, found = flown(name)
    for what in {one.what for one in found.lines if one.when == "begin"}:
        assert line(found.lines, what, "end").spare <= line(found.lines, what, "begin").spare
    assert found.last_year.speed <= found.first_year.speed + 1e-9


@pytest.mark.parametrize("name", ORBITAL)
def test_the_parts_add_up_to_the_mass_that_is_needed(name: str) -> None:
    cluster, _, found = flown(name)
    assert found.parts_kg["total"] == pytest.approx(sum(found.parts_kg.values()) / 2)
    assert cluster.satellites is not None
    stated = cluster.satellites.mass.total_kg if cluster.satellites.mass is not None else None
    if stated is None:
        assert not [one for one in found.lines if one.what == "mass"]
    else:
        mass = line(found.lines, "mass", "launch")
        assert (mass.needed, mass.there) == (found.parts_kg["total"], stated)


def value(entry: Any, *path: str) -> float:
    """A number of a catalogue entry."""
    for key in path:
        entry = entry[key]
    return float(entry["value"] if isinstance(entry, dict) else entry)


@pytest.mark.parametrize("name", ["ai1", "suncatcher-81"])
def test_power_heat_and_mass_are_what_one_works_out_by_hand(name: str) -> None:
    """From the bare catalogue values: array × what is left, n ε σ (T⁴ - T_s⁴) × derate, parts over 1 - structure."""
    entry = catalog().section("clusters")[name]
    craft = entry["satellites"]
    kw = value(catalog().section("accelerators")[craft["accelerator"]], "kw")
    years, compute = value(craft, "life_years"), value(craft, "accelerators") * kw
    needed = compute * value(craft, "overhead")
    if "array" in craft:
        new = math.prod(value(craft, "array", key) for key in ("m2", "cell_efficiency", "packing")) * 1.361
        panel = value(craft, "array", "m2")
    else:
        new = value(craft, "array_kw")
        panel = new * 1e3 / 269.5
    old = new * (1 - value(craft, "array_loss_per_year")) ** years
    plate = craft["radiator"]
    hot, sink = value(plate, "temperature_c") + 273.15, value(plate, "sink_k")
    grey = 2 * 5.670374419e-8 * (hot**4 - sink**4) * value(plate, "m2") * value(plate, "derate") / 1e3
    how = craft["mass"]
    payload = (
        new * value(how, "array_kg_per_kw")
        + value(plate, "m2") * value(plate, "kg_per_m2")
        + compute * (value(how, "compute_kg_per_kw") + value(how, "shielding_kg_per_kw"))
        + value(craft, "battery_kwh") * value(how, "battery_kg_per_kwh")
    )
    dry, stated, altitude = (
        payload / (1 - value(how, "structure_share")),
        value(how, "total_kg"),
        value(entry, "orbit", "altitude_km"),
    )
    v = math.sqrt(398600.4418e9 / (6378137.0 + 1e3 * altitude))
    across = 0.1 * (panel + value(plate, "m2"))
    drag = 0.5 * float(lifetime.density(altitude, 140.0)) * v**2 * 2.2 * across / stated * 365.25 * 86400
    down = v * (1 - math.sqrt(2 * (6378.137 + 60) / (2 * 6378.137 + 60 + altitude)))
    wet = dry * math.exp((drag * years + down) / (9.80665 * value(how, "isp_s")))

    found = flown(name)[2]
    spare = {(one.what, one.when): one.spare for one in found.lines}
    assert spare["power", "begin"] == pytest.approx(new * JULY - needed)
    assert spare["power", "end"] == pytest.approx(old * JULY - needed)
    assert spare["heat", "begin"] == pytest.approx(grey * value(plate, "emissivity") - needed)
    assert spare["heat", "end"] == pytest.approx(grey * value(plate, "end_emissivity") - needed)
    assert spare["mass", "launch"] == pytest.approx(stated - wet, rel=1e-6)
    assert found.drag_m_s_per_year == pytest.approx(drag, rel=1e-6)
    assert found.disposal_m_s == pytest.approx(down, rel=1e-6)
    assert found.kg_per_kw == pytest.approx(stated / compute)


def test_the_dose_of_a_life_is_held_against_what_the_memory_stands() -> None:
    """Five years of 150 rad against 2,000: 750, with 1,250 to spare."""
    found = line(lines(orbital.cluster(shielding_mm=10.0, life_years=5.0), orbital.ACCELERATOR), "dose", "life")
    assert found.needed == pytest.approx(750, abs=1.0)
    assert found.spare == pytest.approx(1250, abs=1.0)


# what the schema leaves out


def test_a_line_is_drawn_only_for_what_is_stated() -> None:
    found = budget(orbital.cluster(), orbital.ACCELERATOR)
    assert [(one.what, one.when) for one in found.lines] == [("power", "begin"), ("power", "end")]
    assert found.dose_rad_per_year is None
    assert (found.interruptions_per_year, found.silent_errors_per_year) == (0.173, 0.0)
    assert found.kg_per_kw == pytest.approx(found.parts_kg["total"] / 10)
    assert found.closes


def test_power_counts_the_pools_own_kilowatts() -> None:
    """20 kW of array against ten accelerators of 1 kW by themselves, of 2.5 kW by their pool."""
    pool = {"accelerator": "chip", "number": 10, "kw_per_accelerator": 2.5}
    found = lines(orbital.cluster(of_cluster={"pools": [pool]}), orbital.ACCELERATOR)
    assert line(found, "power", "begin").spare == pytest.approx(20.0 * JULY - 25.0)


def test_interruptions_are_the_pools_own_where_it_states_them() -> None:
    pool = {"accelerator": "chip", "number": 10, "interruptions_per_accelerator_year": 0.7}
    found = budget(orbital.cluster(of_cluster={"pools": [pool]}, shielding_mm=10.0), orbital.ACCELERATOR)
    assert found.interruptions_per_year == 0.7


def test_drag_acts_on_a_tenth_of_array_and_radiator_or_on_what_is_given() -> None:
    plain = orbital.cluster(array={"m2": 60.0}, radiator={"m2": 15.0}).satellites
    stated = orbital.cluster(mass={"drag_m2": 3.0}).satellites
    by_power = orbital.cluster(array_kw=26.95).satellites
    assert plain is not None
    assert stated is not None
    assert by_power is not None
    assert drag_m2(plain) == pytest.approx(7.5)
    assert drag_m2(stated) == 3.0
    assert drag_m2(by_power) == pytest.approx(10.0)


@given(st.floats(300.0, 900.0), st.floats(10.0, 200.0))
def test_a_satellite_that_flies_higher_burns_no_more_against_drag(altitude: float, more: float) -> None:
    low, high = (
        parts_kg(orbital.cluster({"altitude_km": height, "ltan": 18.0}, mass={"drag_m2": 10.0}), 1.0)
        for height in (altitude, altitude + more)
    )
    kept_up = [
        parts["propellant"] - disposal(parts, height)
        for parts, height in ((low, altitude), (high, altitude + more))
    ]  # fmt: skip
    assert kept_up[1] <= kept_up[0] * (1 + 1e-9)


def disposal(parts: dict[str, float], altitude: float) -> float:
    """Propellant that the last burn alone would take, kg."""
    dry = parts["total"] - parts["propellant"]
    return float(lifetime.propellant_kg(dry, lifetime.disposal_dv(altitude), 1500.0))


def test_above_the_table_of_the_air_nothing_is_burnt_against_drag() -> None:
    found = budget(orbital.cluster({"altitude_km": 2500.0, "ltan": 18.0}), orbital.ACCELERATOR)
    assert found.drag_m_s_per_year == 0.0
    assert found.parts_kg["propellant"] == pytest.approx(disposal(found.parts_kg, 2500.0))


def test_years_of_the_budget_are_the_first_and_the_last_of_the_life() -> None:
    cluster = orbital.cluster(array_kw=10.0, array_loss_per_year=0.1, life_years=4.0)
    found = budget(cluster, orbital.ACCELERATOR)
    assert cluster.satellites is not None
    kept = float(spacecraft.array_at(cluster.satellites, 0.0, 4.0) / spacecraft.array_at(cluster.satellites, 0.0, 0.0))
    assert line(found.lines, "power", "end").there == pytest.approx(10.0 * JULY * kept)
    assert found.last_year.speed == pytest.approx(found.first_year.speed * kept, rel=0.02)
    assert np.isfinite(found.passive_years)


def test_what_cannot_be_lifted_does_not_close() -> None:
    """Propellant beyond all bounds is inf, without a warning, and no stated mass reaches it."""
    cluster = orbital.cluster(mass={"total_kg": 0.001, "isp_s": 10.0, "drag_m2": 1e6})
    found = line(lines(cluster, orbital.ACCELERATOR), "mass", "launch")
    assert math.isinf(found.needed)
    assert not found.closes


def test_riding_through_an_eclipse_needs_a_battery() -> None:
    """12.5 kW through the 35.4 minutes of a noon orbit at 650 km: 7.4 kWh, of a battery of 10 kWh 4 are used."""
    noon = {"altitude_km": 650.0, "ltan": 12.0}
    cluster = orbital.cluster(noon, eclipse="ride_through", battery_kwh=10.0, depth_of_discharge=0.4)
    found = line(lines(cluster, orbital.ACCELERATOR), "eclipse", "life")
    assert cluster.satellites is not None
    assert found.needed == pytest.approx(spacecraft.load_kw(cluster.satellites, 1.0) * 35.4 / 60, rel=0.005)
    assert found.there == pytest.approx(4.0)
    assert not found.closes
    throttled = orbital.cluster(noon, eclipse="throttle")
    assert not [one for one in lines(throttled, orbital.ACCELERATOR) if one.what == "eclipse"]


def test_which_satellites_of_the_catalogue_close() -> None:
    """As docs/catalogue.md says, at base values."""
    short = {name: {one.what for one in flown(name)[2].lines if not one.closes} for name in ORBITAL}
    assert short == {
        "starcloud-2": set(),
        "three-body": set(),
        "axiom-nodes": set(),
        "ai1": {"heat", "mass"},
        "starcloud-3": {"mass"},
        "suncatcher-81": {"mass"},
        "stampede": {"mass"},
        "project-sunrise": {"dose"},
        "starcloud-1": {"heat", "power"},
        "suncatcher-prototype": {"heat"},
        "starcloud-5gw": {"power", "heat", "mass", "dose"},
    }

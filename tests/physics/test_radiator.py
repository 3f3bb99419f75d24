"""Radiators: what holds at any temperature and coating, and figures printed for built and claimed ones."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from placement.physics import radiator

KELVIN = st.floats(100.0, 600.0)
SHARE = st.floats(0.01, 1.0)
PLATES = st.fixed_dictionaries(
    {
        "faces": st.sampled_from([1, 2]),
        "sink_k": st.floats(0.0, 350.0),
        "earth_view": st.floats(0.0, 2.0),
        "sun_cosine": st.floats(0.0, 1.0),
        "derate": SHARE,
    }
)


@given(KELVIN, st.floats(0.0, 100.0), SHARE, SHARE, PLATES)
def test_a_hotter_radiator_gives_off_no_less(
    kelvin: float, more: float, emissivity: float, absorptivity: float, plate: dict[str, float]
) -> None:
    cool, hot = (
        float(radiator.rejected_kw(10.0, t, emissivity, absorptivity, **plate)) for t in (kelvin, kelvin + more)
    )
    assert 0.0 <= cool <= hot * (1 + 1e-12)


@given(KELVIN, SHARE, SHARE, st.floats(0.0, 1.0), st.floats(0.0, 1.0), PLATES)
def test_a_coating_that_emits_less_and_absorbs_more_never_helps(
    kelvin: float, emissivity: float, absorptivity: float, dulled: float, darkened: float, plate: dict[str, float]
) -> None:
    new = float(radiator.rejected_kw(10.0, kelvin, emissivity, absorptivity, **plate))
    last = absorptivity + darkened * (1 - absorptivity)
    old = float(radiator.rejected_kw(10.0, kelvin, emissivity * dulled, last, **plate))
    assert old <= new * (1 + 1e-9) + 1e-12


@given(st.floats(0.0, 1e4), SHARE, st.sampled_from([1, 2]), st.floats(0.0, 350.0))
def test_temperature_undoes_emission(watts: float, emissivity: float, faces: int, sink: float) -> None:
    kelvin = radiator.temperature_k(watts, emissivity, faces, sink)
    assert float(radiator.emitted_w_m2(kelvin, emissivity, faces, sink)) == pytest.approx(watts, rel=1e-9, abs=1e-6)


@given(KELVIN, SHARE, SHARE, PLATES)
def test_what_is_rejected_is_what_is_emitted_less_what_is_taken_in(
    kelvin: float, emissivity: float, absorptivity: float, plate: dict[str, float]
) -> None:
    """By the sum at the top of the file, written out: n ε σ (T⁴ - T_sink⁴) - α S c - F (α a S + ε 237)."""
    out = plate["faces"] * emissivity * 5.670374419e-8 * (kelvin**4 - plate["sink_k"] ** 4)
    sun = absorptivity * 1361.0 * plate["sun_cosine"]
    earth = plate["earth_view"] * (absorptivity * 0.3 * 1361.0 + emissivity * 237.0)
    kw = 25.0 * max(out - sun - earth, 0.0) * plate["derate"] / 1e3
    found = float(radiator.rejected_kw(25.0, kelvin, emissivity, absorptivity, **plate))
    assert found == pytest.approx(kw, rel=1e-9, abs=1e-9)


@given(KELVIN, SHARE, st.floats(0.0, 350.0))
def test_two_faces_give_off_twice_as_much_as_one(kelvin: float, emissivity: float, sink: float) -> None:
    one, two = (float(radiator.emitted_w_m2(kelvin, emissivity, faces, sink)) for faces in (1, 2))
    assert two == pytest.approx(2 * one)


def test_starclouds_radiator_takes_in_more_when_infrared_meets_the_emissivity() -> None:
    """The paper prints 633 W/m² with infrared at the solar absorptivity of 0.09; a grey surface of 0.92 loses more."""
    ours = 1e3 * float(radiator.rejected_kw(1.0, 293.15, 0.92, 0.09, earth_view=0.25, sun_cosine=1.0))
    infrared = 0.25 * 0.92 * 237.0
    printed_infrared = 14.46 - 0.25 * 0.09 * 0.3 * 1366.0
    assert ours == pytest.approx(633.08 - infrared + printed_infrared, abs=1.0)


def test_ai1s_radiator_needs_an_empty_sky_at_69_degrees() -> None:
    """1,400 W/m² and emissivity 0.9: 69 °C without a sink; with one of 230 K it gives off 1,100 at 67 °C."""
    assert float(radiator.temperature_k(1400.0, 0.9)) - 273.15 == pytest.approx(69.0, abs=0.6)
    assert 1e3 * float(radiator.rejected_kw(1.0, 340.15, 0.9, 0.1, sink_k=230.0)) == pytest.approx(1081.0, abs=1.0)


def test_the_stations_array_radiator_gives_off_what_theory_says_for_its_coolant() -> None:
    """330 W/m² of 14 kW on 3.12 × 13.6 m: two faces of Z-93 at about 0 °C against 220 K, within a fifth."""
    theory = 1e3 * float(radiator.rejected_kw(1.0, 273.15, 0.9, 0.14, sink_k=220.0))
    assert theory == pytest.approx(14000 / (3.12 * 13.6), rel=0.2)


def test_a_radiator_colder_than_its_sink_gives_off_nothing_rather_than_less() -> None:
    assert float(radiator.rejected_kw(10.0, 200.0, 0.9, 0.1, sink_k=250.0)) == 0.0
    assert float(radiator.emitted_w_m2(200.0, 0.9, 2, 250.0)) < 0.0


def test_shapes_broadcast() -> None:
    found = radiator.rejected_kw(np.ones((2, 1)), np.full(3, 330.0), np.array([0.9, 0.85, 0.8]), 0.1)
    assert found.shape == (2, 3)
    assert (np.diff(found[0]) < 0).all()

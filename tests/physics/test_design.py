"""Radiators, laser links, upsets, formations and learning: properties that hold whatever the numbers."""

import numpy as np
import pytest

from placement import levelised
from placement.physics import formation, optical, radiation, radiator

RNG = np.random.default_rng(7)


@pytest.mark.parametrize(
    ("celsius", "sink_k", "faces", "watts"),
    [(20, 0, 2, 754), (45, 220, 2, 807), (60, 250, 2, 859), (85, 220, 1, 720), (97, 250, 1, 759), (60, 0, 2, 1257)],
)
def test_a_radiator_gives_off_what_tables_say(celsius: float, sink_k: float, faces: int, watts: float) -> None:
    assert radiator.emitted_w_m2(celsius + 273.15, 0.9, faces, sink_k) == pytest.approx(watts, abs=1.0)


def test_a_hotter_radiator_gives_off_more_and_one_as_cold_as_its_sink_nothing() -> None:
    kelvin = np.linspace(200.0, 400.0, 50)
    assert (np.diff(radiator.emitted_w_m2(kelvin, 0.85, 2, 150.0)) > 0).all()
    assert radiator.emitted_w_m2(250.0, 0.9, 1, 250.0) == 0.0


def test_the_dark_side_takes_in_no_sunlight() -> None:
    assert radiator.absorbed_sun_w_m2(0.1, 1361.0, np.array([-0.5, 0.0, 1.0])) == pytest.approx([0.0, 0.0, 136.1])


def test_received_power_falls_with_the_square_of_distance() -> None:
    near, far = optical.received_w(5.0, 105.0, 1.55e-6, np.array([1e5, 1e6]), 3.0)
    assert near / far == pytest.approx(100.0)


def test_a_confocal_beam_of_half_the_aperture_reaches_a_quarter() -> None:
    assert optical.confocal_m(0.1, 1.55e-6) / optical.confocal_m(0.05, 1.55e-6) == pytest.approx(4.0)


@pytest.mark.parametrize("radius", [0.0, 1.0, 1.5, 3.0, 5.0, 7.3])
def test_points_in_a_disc_are_counted_one_by_one(radius: float) -> None:
    reach = range(-9, 10)
    assert formation.lattice_points(radius) == sum(x * x + y * y <= radius * radius for x in reach for y in reach)


def test_two_members_keep_between_one_and_two_amplitudes() -> None:
    """Against the motion itself: x = A cos, y = -2 A sin."""
    angle = np.linspace(0.0, 2 * np.pi, 100001)
    distance = np.hypot(70.0 * np.cos(angle), 140.0 * np.sin(angle))
    np.testing.assert_allclose([distance.min(), distance.max()], formation.distance_range_m(70.0), rtol=1e-6)


def test_more_dose_and_a_smaller_dose_per_event_mean_more_events() -> None:
    rad = RNG.uniform(10, 1000, 20)
    assert (radiation.events_per_year(2 * rad, 17.0) > radiation.events_per_year(rad, 17.0)).all()
    assert (radiation.cross_section_cm2(rad / 2) > radiation.cross_section_cm2(rad)).all()


def test_a_price_that_is_learnt_needs_the_mass_that_it_was_learnt_at() -> None:
    mass = RNG.uniform(500, 1e6, 20)
    price = levelised.learnt_price(1800.0, 400.0, mass, 0.2)
    np.testing.assert_allclose(levelised.mass_to_learn(1800.0, 400.0, price, 0.2), mass)
    assert levelised.learnt_price(1800.0, 400.0, 800.0, 0.2) == pytest.approx(1440.0)


def test_dollars_scaled_scale_what_a_kilowatt_costs() -> None:
    one, ten = (levelised.launch_usd_per_kw_year(575.0, usd, 28.0, 5.0) for usd in (100.0, 1000.0))
    assert ten == pytest.approx(10 * one)
    assert levelised.power_usd_per_kw_year(0.5, 1.2) == pytest.approx(10 * levelised.power_usd_per_kw_year(0.05, 1.2))

"""Laser links from end to end: the budget that Suncatcher prints, and how rate follows power, distance and photons."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from placement.physics import optical

WAVELENGTH = 1.55e-6
DESIGN = 24 * 400.0  # Gbit/s: 24 channels of 400G on one aperture


def power(distance_m: float, aperture_m: float = 0.1) -> float:
    """Received at 5 W, 80 % and 3 dB of other losses, W."""
    gain_db = 10 * np.log10(optical.gain(aperture_m, WAVELENGTH, 0.8))
    return float(optical.received_w(5.0, gain_db, WAVELENGTH, distance_m, 3.0))


def test_the_printed_budget_at_5000_km() -> None:
    """1.6 µW, which carries 64 Gbit/s at 196 photons a bit and 176 at 71: as much as links that fly."""
    received = power(5e6)
    assert received == pytest.approx(1.6e-6, rel=0.03)
    assert float(optical.link_gbps(received, 196, WAVELENGTH, DESIGN)) == pytest.approx(64, rel=0.03)
    assert float(optical.link_gbps(received, 71, WAVELENGTH, DESIGN)) == pytest.approx(176, rel=0.03)


def test_the_design_carries_all_its_channels_to_300_km_and_not_to_600() -> None:
    """0.44 mW are there and 0.24 needed at 300 km; twice as far a quarter is there."""
    assert power(3e5) == pytest.approx(0.44e-3, rel=0.05)  # printed from a gain of 105.1 dB; 105.17 by its inputs
    assert float(optical.link_gbps(0.2412e-3, 196, WAVELENGTH, 1e9)) == pytest.approx(DESIGN, rel=1e-3)
    assert float(optical.link_gbps(power(3e5), 196, WAVELENGTH, DESIGN)) == DESIGN
    assert float(optical.link_gbps(power(6e5), 196, WAVELENGTH, DESIGN)) < DESIGN


def test_a_channel_of_400g_needs_about_minus_20_dbm() -> None:
    """196 photons of 1.55 µm for each of 4e11 bits a second: 10 µW."""
    needed_mw = 400.0 / float(optical.link_gbps(1e-3, 196, WAVELENGTH, 1e9))
    assert 10 * np.log10(needed_mw) == pytest.approx(-20.0, abs=0.1)


def test_no_modulation_beats_shannons_limit() -> None:
    rates = [float(optical.link_gbps(1e-9, photons, WAVELENGTH, 1e9)) for photons in (1.39, 71, 196)]
    assert rates[0] > rates[1] > rates[2]
    assert rates[0] / rates[2] == pytest.approx(196 / 1.39)


@pytest.mark.parametrize(("aperture", "km"), [(0.1, 5.07), (0.05, 1.27), (0.025, 0.32)])
def test_beams_stay_together_as_far_as_printed(aperture: float, km: float) -> None:
    assert float(optical.confocal_m(aperture, WAVELENGTH)) / 1e3 == pytest.approx(km, abs=0.005)


@given(st.floats(1e3, 1e8), st.floats(1.0, 10.0), st.floats(0.01, 1.0))
def test_far_off_power_falls_with_distance_squared_and_grows_with_the_aperture_to_the_fourth(
    distance: float, times: float, aperture: float
) -> None:
    assert power(distance * times, aperture) * times**2 == pytest.approx(power(distance, aperture))
    assert power(distance, aperture * times) == pytest.approx(power(distance, aperture) * times**4)


@given(st.floats(0.0, 1.0), st.floats(1.0, 5.0), st.floats(1.39, 500.0), st.floats(1.0, 1e5))
def test_a_rate_never_exceeds_its_channels_and_never_falls_with_power(
    watts: float, times: float, photons: float, most: float
) -> None:
    one, more = (float(optical.link_gbps(p, photons, WAVELENGTH, most)) for p in (watts, watts * times))
    assert 0.0 <= one <= more <= most


@given(st.floats(1.0, 40.0), st.floats(0.0, 20.0))
def test_ten_decibels_lost_are_nine_tenths(power_w: float, losses: float) -> None:
    one, other = (float(optical.received_w(power_w, 100.0, WAVELENGTH, 1e6, db)) for db in (losses, losses + 10))
    assert other == pytest.approx(one / 10)

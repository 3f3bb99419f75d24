"""Dose and upsets: published figures, and that shielding never hurts and altitude never helps."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from placement.physics import goodput, radiation

HOST = 1 / (1 / 450 + 1 / 400)  # rad per stop of a host: processor 450, memory 400 (Suncatcher, 2025)
KM = st.floats(300.0, 2000.0)
MM = st.floats(0.0, 100.0)


@given(KM, MM, st.floats(0.0, 50.0))
def test_more_shielding_never_raises_the_dose(altitude: float, mm: float, more: float) -> None:
    assert radiation.dose_rad_per_year(altitude, mm + more) <= radiation.dose_rad_per_year(altitude, mm)


@given(KM, KM, MM)
def test_a_higher_orbit_never_has_a_lower_dose(one: float, other: float, mm: float) -> None:
    low, high = sorted((one, other))
    assert radiation.dose_rad_per_year(low, mm) <= radiation.dose_rad_per_year(high, mm) * (1 + 1e-12)


@given(KM, MM)
def test_protons_that_shielding_does_not_stop_leave_a_floor(altitude: float, mm: float) -> None:
    thick = float(radiation.dose_rad_per_year(altitude, 1000.0))
    assert 0.0 < thick <= float(radiation.dose_rad_per_year(altitude, mm))


@pytest.mark.parametrize(
    ("mm", "rad_in_five_years"),
    [(1, 33331), (2, 11605), (3, 5153.7), (4, 2589.0), (5, 1467.0), (7, 752.7), (10, 569.4), (15, 479.1), (20, 411.7)],
)
def test_the_dose_is_that_of_spenvis_behind_1_to_20_mm(mm: float, rad_in_five_years: float) -> None:
    """Five years at 550 km and 100 degrees, AE-8 MAX and AP-8 MIN, centre of an aluminium sphere: within 30 %.

    Data of Pfandzelter and Bermbach, arXiv:2302.08952, leo-edge-failure-models; 15 mm is the mean of 14 and 16.
    """
    assert float(radiation.dose_rad_per_year(550.0, mm)) == pytest.approx(rad_in_five_years / 5, rel=0.3)


def test_the_dose_is_that_of_suncatcher_behind_10_mm() -> None:
    """150 rad a year at 650 km."""
    assert float(radiation.dose_rad_per_year(650.0, 10.0)) == pytest.approx(150.0, abs=0.5)


@pytest.mark.parametrize(
    ("altitude", "times"), [(300, 0.3), (500, 0.6), (650, 1.0), (800, 2.0), (1000, 5.0), (1500, 30.0), (2000, 80.0)]
)
def test_the_dose_scales_by_altitude_as_in_the_table(altitude: float, times: float) -> None:
    ratio = radiation.dose_rad_per_year(altitude, 10.0) / radiation.dose_rad_per_year(650.0, 10.0)
    assert float(ratio) == pytest.approx(times)


@pytest.mark.parametrize("altitude", [299.9, 2000.1])
def test_outside_the_table_no_dose_is_known(altitude: float) -> None:
    assert np.isnan(radiation.dose_rad_per_year(altitude, 10.0))


def test_the_memory_of_a_tpu_outlasts_five_years_as_printed() -> None:
    """750 rad in five years, 2.7 times less than the 2 krad from which HBM was irregular."""
    assert 2000.0 / (5 * float(radiation.dose_rad_per_year(650.0, 10.0))) == pytest.approx(2.7, abs=0.05)


@pytest.mark.parametrize(
    ("rad", "per_year", "digit"),
    [(17.0, 8.8, 0.05), (20.0, 7.5, 0.05), (14.4, 10.4, 0.05), (44.0, 3.4, 0.05), (5000.0, 0.03, 0.005),
     (450.0, 0.33, 0.005), (400.0, 0.375, 0.001)],
)  # fmt: skip
def test_events_of_a_chip_in_a_year_from_the_dose_itself(rad: float, per_year: float, digit: float) -> None:
    """Silent errors (mean, fewest, most), HBM, chip, host processor and host memory at 650 km behind 10 mm."""
    dose = radiation.dose_rad_per_year(650.0, 10.0)
    assert float(radiation.events_per_year(dose, rad)) == pytest.approx(per_year, abs=digit)


@pytest.mark.parametrize(("chips", "hours"), [(64, 38.0), (512, 4.7), (4096, 0.59)])
def test_a_synchronous_run_in_orbit_is_interrupted_as_often_as_published(chips: int, hours: float) -> None:
    rate = radiation.interruptions_per_year(radiation.dose_rad_per_year(650.0, 10.0), 44.0, 5000.0, HOST, 4)
    assert 1 / float(goodput.gang_rate(chips, rate)) == pytest.approx(hours, rel=0.01)


def test_orbit_interrupts_about_twenty_times_as_often_as_earth() -> None:
    """3.6 a chip and year against the 0.173 of Llama 3's 16,384 H100."""
    rate = radiation.interruptions_per_year(150.0, 44.0, 5000.0, HOST, 4)
    assert float(rate / radiation.failures_per_year(16384, 54 * 24, 419)) == pytest.approx(21.0, abs=1.0)


@given(st.floats(0.0, 1e4), st.floats(1.0, 1e4), st.floats(1.0, 1e4), st.floats(1.0, 1e4), st.integers(1, 64))
def test_interruptions_are_the_sum_of_their_causes(
    dose: float, memory: float, chip: float, host: float, shared: int
) -> None:
    parts = [radiation.events_per_year(dose, rad) for rad in (memory, chip, host * shared)]
    found = float(radiation.interruptions_per_year(dose, memory, chip, host, shared))
    assert found == pytest.approx(float(sum(parts)))
    assert float(radiation.interruptions_per_year(dose, memory, chip, host, shared + 1)) <= found


@given(st.floats(1.0, 1e5))
def test_cross_section_times_fluence_is_one_event(rad: float) -> None:
    """1 rad is about 7.9e6 protons/cm² at 67 MeV: what falls within one event's dose meets the chip once."""
    assert float(radiation.cross_section_cm2(rad)) * rad * 7.9e6 == pytest.approx(1.0, abs=0.005)


@given(st.integers(1, 10**6), st.floats(1.0, 1e5), st.integers(1, 10**5))
def test_a_log_read_as_hours_or_as_a_rate_is_the_same_log(devices: int, hours: float, events: int) -> None:
    product = radiation.mean_hours_to_failure(devices, hours, events) * radiation.failures_per_year(
        devices, hours, events
    )
    assert float(product) == pytest.approx(8766.0)

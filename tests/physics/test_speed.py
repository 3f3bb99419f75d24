"""What eclipse, array and battery leave; useful time under interruptions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import lambertw

from placement.physics.goodput import best_interval, gang_rate, goodput
from placement.physics.orbit import period_minutes
from placement.physics.sunlight import orbital_speed

COMMON = {"altitude_km": 650.0, "load_kw": 100.0, "efficiency": 0.9, "resume_minutes": 2.0}


def speed(sunlit: float, policy: str, array: float = 150.0, battery: float = 0.0) -> float:
    return float(orbital_speed(sunlit, array_kw=array, battery_kwh=battery, policy=policy, **COMMON))  # type: ignore[arg-type]


@pytest.mark.parametrize("policy", ["ride_through", "throttle", "pause"])
def test_in_full_sun_every_policy_runs_at_full_speed(policy: str) -> None:
    assert speed(1.0, policy) == 1.0


def test_pause_loses_the_dark_and_the_time_to_resume() -> None:
    assert speed(0.8, "pause") == pytest.approx(0.8 - 2.0 / period_minutes(650.0))


def test_throttle_without_battery_runs_in_the_sun_only() -> None:
    assert speed(0.8, "throttle") == pytest.approx(0.8)


def test_throttle_uses_what_the_battery_holds() -> None:
    hours = period_minutes(650.0) / 60
    assert speed(0.8, "throttle", battery=10.0) == pytest.approx(0.8 + 10.0 / 100.0 / hours)


def test_throttle_uses_no_more_than_the_array_can_spare() -> None:
    # 10 kW to spare for 80 % of the orbit, at 0.9, against 100 kW of load
    assert speed(0.8, "throttle", array=110.0, battery=1e9) == pytest.approx(0.8 + 0.9 * 10.0 * 0.8 / 100.0)


def test_ride_through_needs_a_battery_for_the_whole_eclipse() -> None:
    hours = period_minutes(650.0) / 60
    assert speed(0.8, "ride_through") == 0.0
    assert speed(0.8, "ride_through", battery=0.2 * hours * 100.0) == pytest.approx(1.0)
    assert speed(0.8, "ride_through", battery=0.1 * hours * 100.0) == pytest.approx(0.5)


def test_ride_through_is_held_down_by_a_small_array() -> None:
    assert speed(0.8, "ride_through", array=100.0, battery=1e9) == pytest.approx(0.8 / (0.8 + 0.2 / 0.9))


@given(
    st.floats(0.3, 1.0),
    st.floats(10.0, 300.0),
    st.floats(0.0, 100.0),
    st.sampled_from(["ride_through", "throttle", "pause"]),
)
def test_speed_stays_between_nought_and_one_and_more_array_never_hurts(
    sunlit: float, array: float, battery: float, policy: str
) -> None:
    one, two = speed(sunlit, policy, array, battery), speed(sunlit, policy, array * 1.1, battery)
    assert 0.0 <= one <= 1.0
    assert two >= one - 1e-12


def test_best_interval_is_lamberts() -> None:
    ratio = np.array([1e-4, 1e-2, 0.1, 0.49, 0.51, 1.0, 5.0, 20.0])
    exact = 1 + lambertw(-np.exp(-1 - ratio)).real
    np.testing.assert_allclose(best_interval(ratio), exact, rtol=1e-6)


@pytest.mark.parametrize("rate", [1e-4, 0.01, 0.3, 2.0])
@pytest.mark.parametrize("checkpoint", [1e-4, 0.01, 0.5])
def test_goodput_is_the_best_over_all_intervals(rate: float, checkpoint: float) -> None:
    mean, restart = 1 / rate, 0.2
    tau = np.geomspace(1e-4 * mean, 50 * mean, 400_000)
    wall = mean * np.exp(restart / mean) * np.expm1(np.minimum((tau + checkpoint) / mean, 700.0))
    assert float(goodput(rate, checkpoint, restart)) == pytest.approx(float((tau / wall).max()), rel=1e-6)


@given(st.floats(0.0, 50.0), st.floats(0.0, 10.0), st.floats(0.0, 5.0))
def test_goodput_stays_between_nought_and_one(rate: float, checkpoint: float, restart: float) -> None:
    assert 0.0 <= float(goodput(rate, checkpoint, restart)) <= 1.0


@given(st.integers(1, 10**6), st.floats(0.01, 10.0))
def test_half_the_gang_is_never_less_useful(gang: int, rate: float) -> None:
    whole, half = (float(goodput(gang_rate(n, rate), 0.01, 0.1)) for n in (gang, gang / 2))
    assert half >= whole - 1e-12


def test_llama_3_was_interrupted_every_three_hours_and_more_than_nine_tenths_useful() -> None:
    rate = gang_rate(16384, 0.173)
    assert 1 / rate == pytest.approx(3.09, abs=0.01)
    assert float(goodput(rate, 5.7 / (16000 * 0.45), 10 / 60)) > 0.9


def test_without_interruptions_all_time_is_useful() -> None:
    assert float(goodput(0.0, 1.0, 1.0)) == 1.0

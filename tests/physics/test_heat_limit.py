"""Speed in orbit under a limit of heat: never above it, and never hurt by more array, battery or radiator."""

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from placement.physics import sunlight

POLICIES = st.sampled_from(["ride_through", "throttle", "pause"])
SUNLIT = st.floats(0.5, 1.0)
POWER = st.floats(1.0, 300.0)
HEAT = st.floats(1.0, 300.0)
BATTERY = st.one_of(st.just(0.0), st.floats(0.1, 200.0))
LOAD = 100.0


def speed(sunlit: float, policy: Any, array: float, battery: float, heat: float = np.inf, load: float = LOAD) -> float:
    return float(
        sunlight.orbital_speed(
            sunlit,
            650.0,
            array_kw=array,
            load_kw=load,
            battery_kwh=battery,
            efficiency=0.9,
            policy=policy,
            resume_minutes=2.0,
            heat_kw=heat,
        )
    )


@given(SUNLIT, POLICIES, POWER, BATTERY, HEAT)
def test_speed_is_never_above_what_the_radiator_gives_off(
    sunlit: float, policy: str, array: float, battery: float, heat: float
) -> None:
    assert 0.0 <= speed(sunlit, policy, array, battery, heat) <= min(1.0, heat / LOAD) * (1 + 1e-12)


@given(SUNLIT, POLICIES, POWER, BATTERY, st.floats(0.0, 200.0))
def test_heat_to_spare_changes_nothing(sunlit: float, policy: str, array: float, battery: float, more: float) -> None:
    assert speed(sunlit, policy, array, battery, LOAD + more) == speed(sunlit, policy, array, battery)


@given(SUNLIT, POLICIES, POWER, BATTERY, st.floats(1.0, 100.0))
def test_a_limit_of_heat_is_a_smaller_satellite(
    sunlit: float, policy: str, array: float, battery: float, heat: float
) -> None:
    """Power that it takes is that of a satellite whose full load is the limit."""
    limited = LOAD * speed(sunlit, policy, array, battery, heat)
    smaller = heat * speed(sunlit, policy, array, battery, load=heat)
    np.testing.assert_allclose(limited, smaller, rtol=1e-12)


@given(SUNLIT, POLICIES, POWER, BATTERY, HEAT, st.floats(1.0, 2.0))
def test_more_array_battery_or_heat_never_slows_it_down(
    sunlit: float, policy: str, array: float, battery: float, heat: float, times: float
) -> None:
    plain = speed(sunlit, policy, array, battery, heat) * (1 - 1e-12)
    assert speed(sunlit, policy, times * array, battery, heat) >= plain
    assert speed(sunlit, policy, array, times * battery, heat) >= plain
    assert speed(sunlit, policy, array, battery, times * heat) >= plain


@given(SUNLIT, st.floats(0.0, 0.5), POLICIES, POWER, BATTERY, HEAT)
def test_more_sun_never_slows_it_down(
    sunlit: float, more: float, policy: str, array: float, battery: float, heat: float
) -> None:
    brighter = speed(min(sunlit + more, 1.0), policy, array, battery, heat)
    assert brighter >= speed(sunlit, policy, array, battery, heat) * (1 - 1e-9)


def test_arrays_of_heat_and_power_give_each_cell_its_own_speed() -> None:
    found = sunlight.orbital_speed(
        np.array([0.7, 1.0]),
        650.0,
        array_kw=np.array([80.0, 120.0]),
        load_kw=LOAD,
        battery_kwh=10.0,
        efficiency=0.9,
        policy="throttle",
        resume_minutes=0.0,
        heat_kw=np.array([60.0, 50.0]),
    )
    assert found.tolist() == [speed(0.7, "throttle", 80.0, 10.0, 60.0), speed(1.0, "throttle", 120.0, 10.0, 50.0)]


@given(SUNLIT, POLICIES, POWER, BATTERY)
def test_a_radiator_that_gives_nothing_off_stops_everything(
    sunlit: float, policy: str, array: float, battery: float
) -> None:
    """Exactly: a speed of 1e-12 would let runs start that end in 200 million years."""
    assert speed(sunlit, policy, array, battery, heat=0.0) == 0.0

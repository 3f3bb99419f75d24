"""The battery against a loop that goes step by step, and its balance of power and energy in each step."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from placement.physics import battery

KW = st.one_of(st.just(0.0), st.floats(1e-3, 1e3))
STEPS = st.integers(0, 60)
POWERS = STEPS.flatmap(lambda n: st.tuples(arrays(np.float64, n, elements=KW), arrays(np.float64, n, elements=KW)))
CAPACITY = st.one_of(st.just(0.0), st.floats(1e-3, 1e3))
EFFICIENCY = st.floats(0.5, 1.0)
HOURS = st.sampled_from([1 / 60, 0.5, 1.0])


def step_by_step(
    array: np.ndarray, asked: np.ndarray, top: float, efficiency: float, hours: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What is served, drawn, and held after each step: the rule itself, one step after the other."""
    level, served, drawn, held = top, [], [], []
    for gives, wants in zip(array, asked, strict=True):
        if gives >= wants:
            level = min(top, level + efficiency * (gives - wants) * hours)
            out = 0.0
        else:
            out = min(wants - gives, level / hours)
            level = max(0.0, level - out * hours)
        served.append(min(wants, gives + out))
        drawn.append(out)
        held.append(level)
    return np.array(served), np.array(drawn), np.array(held)


@given(POWERS, CAPACITY, EFFICIENCY, HOURS)
def test_it_does_what_the_rule_says_step_by_step(
    powers: tuple[np.ndarray, np.ndarray], top: float, efficiency: float, hours: float
) -> None:
    array, asked = powers
    run = battery.run(array, asked, top, efficiency, hours)
    served, drawn, held = step_by_step(array, asked, top, efficiency, hours)
    size = 1e-9 * max(float(np.max(array, initial=0.0)), float(np.max(asked, initial=0.0)), top / hours, 1e-3)
    np.testing.assert_allclose(run.served_kw, served, rtol=0, atol=size)
    np.testing.assert_allclose(run.discharge_kw, drawn, rtol=0, atol=size)
    np.testing.assert_allclose(run.level_kwh, held, rtol=0, atol=size * hours)


@given(POWERS, CAPACITY, EFFICIENCY, HOURS)
def test_power_balances_in_each_step_and_energy_over_the_run(
    powers: tuple[np.ndarray, np.ndarray], top: float, efficiency: float, hours: float
) -> None:
    array, asked = powers
    run = battery.run(array, asked, top, efficiency, hours)
    size = max(float(np.max(array, initial=0.0)), float(np.max(asked, initial=0.0)), top / hours, 1e-3)
    balance = array + run.discharge_kw - run.charge_kw - run.unused_kw - run.served_kw
    assert np.abs(balance).max(initial=0.0) <= 1e-9 * size
    stored = float((efficiency * run.charge_kw - run.discharge_kw).sum()) * hours
    moved = float(run.level_kwh[-1]) - top if len(array) else 0.0
    assert stored == pytest.approx(moved, abs=1e-9 * size * hours * max(len(array), 1))


@given(POWERS, CAPACITY, EFFICIENCY, HOURS)
def test_levels_and_powers_keep_to_their_bounds(
    powers: tuple[np.ndarray, np.ndarray], top: float, efficiency: float, hours: float
) -> None:
    array, asked = powers
    run = battery.run(array, asked, top, efficiency, hours)
    slack = 1e-9 * max(float(np.max(array, initial=0.0)), float(np.max(asked, initial=0.0)), top / hours, 1e-3)
    assert ((run.level_kwh >= 0.0) & (run.level_kwh <= top)).all()
    for power in (run.served_kw, run.charge_kw, run.discharge_kw, run.unused_kw):
        assert (power >= 0.0).all()
    assert (run.served_kw <= asked + slack).all()
    assert (run.charge_kw <= np.maximum(array - asked, 0.0) + slack).all()
    assert (run.discharge_kw <= np.maximum(asked - array, 0.0) + slack).all()
    assert not ((run.charge_kw > 0) & (run.discharge_kw > 0)).any()


@given(POWERS, CAPACITY, EFFICIENCY, st.floats(1.0, 3.0))
def test_a_larger_battery_or_array_never_serves_less_in_all(
    powers: tuple[np.ndarray, np.ndarray], top: float, efficiency: float, more: float
) -> None:
    array, asked = powers
    plain = float(battery.run(array, asked, top, efficiency, 0.5).served_kw.sum())
    slack = 1e-9 * (plain + top + 1.0)
    assert float(battery.run(array, asked, more * top, efficiency, 0.5).served_kw.sum()) >= plain - slack
    assert float(battery.run(more * array, asked, top, efficiency, 0.5).served_kw.sum()) >= plain - slack


@given(POWERS, CAPACITY)
def test_each_discharge_is_counted_once_with_what_it_drew(powers: tuple[np.ndarray, np.ndarray], top: float) -> None:
    run = battery.run(*powers, top, 0.9, 0.25)
    found = [list(group) for drawing, group in itertools.groupby(run.discharge_kw, lambda kw: kw > 0) if drawing]
    assert len(run.cycles()) == len(found)
    np.testing.assert_allclose(run.cycles(), [0.25 * sum(group) for group in found], rtol=1e-9, atol=1e-9)
    assert run.cycles().max(initial=0.0) <= top * (1 + 1e-9) + 1e-9


def test_an_orbit_by_hand() -> None:
    """60 min of 30 kW for 10 kW, then 36 min of dark: 6 kWh are drawn, and 6 / 0.9 put back."""
    array = np.tile(np.r_[np.full(60, 30.0), np.zeros(36)], 3)
    run = battery.run(array, np.full(288, 10.0), 20.0, 0.9, 1 / 60)
    np.testing.assert_allclose(run.served_kw, 10.0)
    np.testing.assert_allclose(run.cycles(), [6.0, 6.0, 6.0])
    assert run.charge_kw[96:156].sum() / 60 == pytest.approx(6.0 / 0.9)
    assert run.unused_kw[96:156].sum() / 60 == pytest.approx(20.0 - 6.0 / 0.9)
    assert run.level_kwh.min() == pytest.approx(14.0)


def test_without_a_battery_the_dark_is_dark() -> None:
    run = battery.run(np.array([5.0, 0.0, 20.0]), np.array([10.0, 10.0, 10.0]), 0.0, 0.9, 1.0)
    assert run.served_kw.tolist() == [5.0, 0.0, 10.0]
    assert len(run.cycles()) == 0


def asked_one_by_one(sunlit: np.ndarray, load: np.ndarray, resume: int) -> list[float]:
    """Pausing, step by step: nothing in the dark, and nothing in the first steps of sun after it."""
    asked, waiting = [], 0
    for lit, kw in zip(sunlit, load, strict=True):
        waiting = waiting - 1 if lit else resume + 1
        asked.append(float(kw) if lit and waiting <= 0 else 0.0)
    return asked


@given(arrays(np.bool_, st.integers(0, 50)), st.integers(0, 5))
def test_pausing_asks_for_nothing_in_the_dark_and_a_while_after(sunlit: np.ndarray, resume: int) -> None:
    load = np.arange(1.0, len(sunlit) + 1)
    assert battery.asked_kw(sunlit, load, "pause", resume).tolist() == asked_one_by_one(sunlit, load, resume)


@given(arrays(np.bool_, st.integers(1, 50)), st.integers(0, 4), st.floats(0.0, 1.0))
def test_a_part_of_a_step_to_resume_is_lost_in_that_part(sunlit: np.ndarray, whole: int, part: float) -> None:
    """What is asked for with k + p steps lies between that with k and with k + 1, by p."""
    load = np.full(len(sunlit), 3.0)
    few, many, found = (battery.asked_kw(sunlit, load, "pause", k) for k in (whole, whole + 1, whole + part))
    np.testing.assert_allclose(found, (1 - part) * few + part * many, atol=1e-9)


@pytest.mark.parametrize("policy", ["ride_through", "throttle"])
def test_who_does_not_pause_asks_for_the_same_in_the_dark(policy: battery.Policy) -> None:
    load = np.array([1.0, 2.0, 3.0])
    assert battery.asked_kw(np.array([True, False, True]), load, policy, 2).tolist() == [1.0, 2.0, 3.0]

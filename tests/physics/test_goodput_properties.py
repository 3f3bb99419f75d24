"""Useful share of runs: bounds, what never helps, and a simulation of interruptions, checkpoints and restarts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from placement.physics import goodput

RATE = st.floats(0.0, 20.0)
HOURS = st.floats(0.0, 2.0)


@given(st.integers(1, 10**6), st.floats(0.0, 10.0), HOURS, HOURS)
def test_half_the_gang_is_never_less_useful(gang: int, per_year: float, checkpoint: float, restart: float) -> None:
    whole, half = (
        float(goodput.goodput(goodput.gang_rate(n, per_year), checkpoint, restart)) for n in (2 * gang, gang)
    )
    assert half >= whole


@given(RATE, HOURS, HOURS)
def test_some_time_is_useful_and_never_more_than_all(rate: float, checkpoint: float, restart: float) -> None:
    """Above 0 as long as it can be told from 0: up to 20 interruptions an hour of two hours each."""
    assert 0.0 < float(goodput.goodput(rate, checkpoint, restart)) <= 1.0


@given(RATE, HOURS, HOURS, st.floats(1.0, 3.0))
def test_more_interruptions_slower_checkpoints_and_slower_restarts_never_help(
    rate: float, checkpoint: float, restart: float, times: float
) -> None:
    plain = float(goodput.goodput(rate, checkpoint, restart)) * (1 + 1e-12)
    assert float(goodput.goodput(rate * times, checkpoint, restart)) <= plain
    assert float(goodput.goodput(rate, checkpoint * times, restart)) <= plain
    assert float(goodput.goodput(rate, checkpoint, restart * times)) <= plain


@given(st.floats(1e-6, 1.0), st.floats(1e-6, 1.0))
def test_only_ratios_of_times_matter(checkpoint: float, restart: float) -> None:
    """Hours counted in minutes: the same share."""
    by_hour = float(goodput.goodput(0.5, checkpoint, restart))
    assert float(goodput.goodput(0.5 / 60, 60 * checkpoint, 60 * restart)) == pytest.approx(by_hour, rel=1e-9)


@given(st.floats(1e-9, 15.0))
def test_the_best_interval_solves_its_equation(ratio: float) -> None:
    z = float(goodput.best_interval(ratio))
    assert 0.0 < z < 1.0
    assert -np.log1p(-z) - z == pytest.approx(ratio, rel=1e-6)


@given(st.floats(1e-8, 1e-5))
def test_rare_interruptions_give_youngs_interval(ratio: float) -> None:
    """τ = sqrt(2 δ M) in the limit (Young, 1974)."""
    assert float(goodput.best_interval(ratio)) == pytest.approx(np.sqrt(2 * ratio), rel=0.005)


def simulated(mean: float, checkpoint: float, restart: float, intervals: int, seed: int) -> float:
    """Work over time of a run with the best interval, interruption by interruption, restarts interrupted as well."""
    rng = np.random.default_rng(seed)
    tau = float(goodput.best_interval(checkpoint / mean)) * mean
    clock, to_next = 0.0, rng.exponential(mean)
    for _ in range(intervals):
        need = tau + checkpoint
        while to_next < need:
            clock += to_next
            to_next = rng.exponential(mean)
            need = restart + tau + checkpoint
        clock += need
        to_next -= need
    return intervals * tau / clock


@pytest.mark.parametrize(("mean", "checkpoint", "restart"), [(3.09, 0.05, 0.17), (0.59, 0.03, 0.1), (38.0, 0.1, 0.5)])
def test_a_simulated_run_is_as_useful(mean: float, checkpoint: float, restart: float) -> None:
    """Daly's formula is exact for exponential interruptions: within 1 %, the noise of 40,000 intervals."""
    found = simulated(mean, checkpoint, restart, 40_000, 1)
    stated = float(goodput.goodput(1 / mean, checkpoint, restart))
    assert found == pytest.approx(stated, rel=0.01)


def test_a_large_gang_in_orbit_still_does_some_work_where_the_first_order_formula_has_none() -> None:
    """4,096 chips, 0.59 h apart; 5.7 TB of checkpoint over 400 Gbit/s; 10 min to restart."""
    mean, checkpoint, restart = 0.59, 5.7 * 8 / 400 * 1e3 / 3600, 1 / 6
    first_order = 1 - np.sqrt(2 * checkpoint / mean) - restart / mean
    found = float(goodput.goodput(1 / mean, checkpoint, restart))
    assert found > first_order
    assert 0.4 < found < 0.6


def test_a_gang_of_64_in_orbit_loses_little() -> None:
    assert float(goodput.goodput(1 / 38.0, 0.01, 1 / 6)) > 0.97


def test_shapes_broadcast() -> None:
    assert goodput.goodput(np.ones((2, 1)), np.full(3, 0.1), 0.1).shape == (2, 3)

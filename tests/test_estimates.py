"""Measures of costs over futures, their errors, and differences in pairs."""

import math

import numpy as np
import pytest

from placement.errors import PlacementError
from placement.estimates import Criterion, criterion, difference, estimate, heights, of_worst


@pytest.mark.parametrize("level", [0.0, 0.5, 0.9, 0.95, 0.999])
@pytest.mark.parametrize("count", [1, 2, 7, 40, 101])
def test_the_measure_is_the_mean_of_the_dearest_futures(level: float, count: int) -> None:
    values = np.random.default_rng(count).lognormal(3.0, 1.0, count)
    of = Criterion(level)
    worst = np.sort(values)[::-1]
    share = np.clip(of.tail * count - np.arange(count), 0.0, 1.0)  # of each that counts, the dearest first
    assert of.of(values) == pytest.approx(worst @ share / (of.tail * count), rel=1e-12)
    assert heights(values, of.tail).mean() == of_worst(values, of.tail).value == of.of(values)


def test_at_level_0_it_is_the_mean_with_its_error() -> None:
    values = np.random.default_rng(1).normal(5.0, 2.0, 50)
    found = estimate(values, Criterion(0.0))
    assert found.value == pytest.approx(values.mean())
    assert found.error == pytest.approx(values.std(ddof=1) / math.sqrt(50))


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    """CVaR 90 % of a standard normal is φ(z)/0.1 = 1.755; 400 samples of 500: 95 % ± 2.2 %, and some for small N."""
    rng, of = np.random.default_rng(2), Criterion(0.9)
    inside = 0
    for _ in range(400):
        low, high = estimate(rng.standard_normal(500), of).interval()
        inside += low <= 1.75498 <= high
    assert 0.91 <= inside / 400 <= 0.98


def test_differences_in_pairs_are_known_better_than_the_measures() -> None:
    rng, of = np.random.default_rng(3), Criterion(0.9)
    errors = []
    for _ in range(200):
        shared = rng.lognormal(0.0, 1.0, 400)
        first, second = shared + rng.normal(0.3, 0.1, 400), shared
        errors.append(difference(first, second, of))
    assert np.mean([each.error for each in errors]) < estimate(second, of).error / 5
    truth = np.mean([each.value for each in errors])
    inside = [each.interval()[0] <= truth <= each.interval()[1] for each in errors]
    assert np.mean(inside) > 0.9


def test_a_plan_differs_from_itself_by_nothing() -> None:
    values = np.random.default_rng(4).normal(size=50)
    found = difference(values, values, Criterion(0.9))
    assert (found.value, found.error) == (0.0, 0.0)


def test_too_few_futures_have_no_error() -> None:
    values = np.arange(10.0)
    assert math.isnan(estimate(values, Criterion(0.9)).error)
    assert estimate(values, Criterion(0.9)).summary() == {"value": 9.0, "error": None, "low": None, "high": None}
    assert math.isnan(estimate(values[:1], Criterion(0.0)).error)
    assert math.isfinite(estimate(values, Criterion(0.8)).error)


@pytest.mark.parametrize("text", ["mean", "cvar=0.95", "cvar=0.5"])
def test_measures_are_read_as_they_are_told(text: str) -> None:
    assert criterion(text).text == text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("median", "there is no measure 'median'"),
        ("cvar", "there is no measure 'cvar'"),
        ("cvar=", "there is no measure"),
        ("mean=1", "there is no measure"),
        ("cvar=0", "must be between 0 and 1"),
        ("cvar=1", "must be between 0 and 1"),
        ("cvar=95", "must be between 0 and 1"),
        ("cvar=nan", "must be between 0 and 1"),
        ("cvar=5%", "which is no number"),
    ],
)
def test_what_is_no_measure_is_said_with_a_remedy(text: str, words: str) -> None:
    with pytest.raises(PlacementError, match=words) as caught:
        criterion(text)
    assert "Write" in str(caught.value)

"""The soft minimum and its use of meters: against sums written out, against its own slope, and in both back ends."""

import importlib.util
from collections.abc import Callable

import numpy as np
import pytest

from placement.kernels.placements import allowed
from placement.kernels.price import placement_usd, price, running_sums
from placement.kernels.soft import Soft
from placement.kernels.work import Work

Make = Callable[..., Work]
BOTH = ["soft", *(["soft_numba"] if importlib.util.find_spec("numba") else [])]


def given(work: Work, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Prices of five meters, what being away costs (a few have to run), temperatures, units."""
    rng = np.random.default_rng(seed)
    away = np.where(rng.random(work.jobs) < 0.8, rng.uniform(0.0, 4.0, work.jobs), np.inf)
    return (
        rng.normal(0.5, 1.0, (5, work.slots)) * 1e-3,
        away,
        rng.uniform(0.01, 2.0, work.jobs),
        rng.integers(1, 4, work.jobs),
    )


@pytest.fixture(params=BOTH)
def kernel(request: pytest.FixtureRequest) -> Callable[..., Soft]:
    module = importlib.import_module(f"placement.kernels.{request.param}")
    found: Callable[..., Soft] = module.soft
    return found


@pytest.mark.parametrize("seed", range(12))
def test_it_is_the_logarithm_of_the_sum(kernel: Callable[..., Soft], make_work: Make, seed: int) -> None:
    work = make_work(seed)
    prices, away, heat, count = given(work, seed)
    found = kernel(work, prices, away, heat, count)
    placed = allowed(work, 0, work.options)
    cost = placement_usd(work, prices, running_sums(prices), placed)
    job = np.searchsorted(work.job_options, placed.option, side="right") - 1
    for j in range(work.jobs):
        mine = cost[job == j]
        if len(mine) == 0:
            assert found.usd[j] == (away[j] if np.isfinite(away[j]) else 0.0)
            continue
        every = np.append(mine, away[j])
        low = every.min()
        weight = np.exp(-(every - low) / heat[j])
        assert found.usd[j] == pytest.approx(low - heat[j] * np.log(weight.sum()), rel=1e-9, abs=1e-9)
        assert found.away[j] == pytest.approx(weight[-1] / weight.sum(), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("seed", range(8))
def test_what_it_uses_is_its_slope(kernel: Callable[..., Soft], make_work: Make, seed: int) -> None:
    work = make_work(seed)
    prices, away, heat, count = given(work, seed)
    direction = np.random.default_rng(seed + 99).normal(0.0, 1.0, prices.shape)
    step = 1e-7
    there = kernel(work, prices + step * direction, away, heat, count)
    back = kernel(work, prices - step * direction, away, heat, count)
    slope = (there.usd - back.usd) @ count / (2 * step)
    use = kernel(work, prices, away, heat, count).use
    assert slope == pytest.approx(float((use * direction).sum()), rel=1e-4, abs=1e-3 * np.abs(use).max())


@pytest.mark.parametrize("seed", range(8))
def test_it_is_below_the_minimum_and_near_it_when_cold(kernel: Callable[..., Soft], make_work: Make, seed: int) -> None:
    work = make_work(seed)
    prices, away, heat, count = given(work, seed)
    lowest = np.minimum(price(work, prices).usd, away)
    known = np.isfinite(lowest)
    warm, cold = kernel(work, prices, away, heat, count), kernel(work, prices, away, heat * 1e-6, count)
    assert (warm.usd[known] <= lowest[known] + 1e-9).all()
    np.testing.assert_allclose(cold.usd[known], lowest[known], atol=1e-4)

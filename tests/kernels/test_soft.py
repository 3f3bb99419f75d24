"""The soft minimum and its use of meters: against sums written out, against its own slope, and in every back end."""

from collections.abc import Callable

import numpy as np
import pytest

from placement.kernels.backend import BackEnd
from placement.kernels.placements import allowed
from placement.kernels.price import placement_usd, price, running_sums
from placement.kernels.work import Work

Make = Callable[..., Work]


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


@pytest.mark.parametrize("seed", range(12))
def test_it_is_the_logarithm_of_the_sum(back_end: BackEnd, make_work: Make, seed: int) -> None:
    work = make_work(seed)
    prices, away, heat, count = given(work, seed)
    found = back_end.soft(work, prices, away, heat, count)
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
def test_what_it_uses_is_its_slope(back_end: BackEnd, make_work: Make, seed: int) -> None:
    work = make_work(seed)
    prices, away, heat, count = given(work, seed)
    direction = np.random.default_rng(seed + 99).normal(0.0, 1.0, prices.shape)
    step = 1e-7
    there = back_end.soft(work, prices + step * direction, away, heat, count)
    back = back_end.soft(work, prices - step * direction, away, heat, count)
    slope = (there.usd - back.usd) @ count / (2 * step)
    use = back_end.soft(work, prices, away, heat, count).use
    assert slope == pytest.approx(float((use * direction).sum()), rel=1e-4, abs=1e-3 * np.abs(use).max())


@pytest.mark.parametrize("seed", range(8))
def test_it_is_below_the_minimum_and_near_it_when_cold(back_end: BackEnd, make_work: Make, seed: int) -> None:
    work = make_work(seed)
    prices, away, heat, count = given(work, seed)
    lowest = np.minimum(price(work, prices).usd, away)
    known = np.isfinite(lowest)
    warm, cold = back_end.soft(work, prices, away, heat, count), back_end.soft(work, prices, away, heat * 1e-6, count)
    assert (warm.usd[known] <= lowest[known] + 1e-9).all()
    np.testing.assert_allclose(cold.usd[known], lowest[known], atol=1e-4)


def test_where_there_is_nowhere_to_go_nothing_is_used(back_end: BackEnd, make_work: Make) -> None:
    work = make_work(4)
    empty = {"option_spans": 0 * work.option_spans, "span_first": work.span_first[:0], "span_last": work.span_last[:0]}
    none = type(work)(**{**vars(work), **empty})
    prices, away, heat, count = given(none, 4)
    found = back_end.soft(none, prices, away, heat, count)
    assert found.usd.tolist() == np.where(np.isfinite(away), away, 0.0).tolist()
    assert (found.away == 1.0).all()
    assert not found.use.any()

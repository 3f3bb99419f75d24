"""Annealing: what fits against rows written out; the same plans in both back ends; nothing overdrawn."""

import importlib
import importlib.util
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from rows import METERS, cells, left_by, scene

from placement.kernels import capacity, plan
from placement.kernels.placements import allowed, placements
from placement.kernels.price import placement_usd, running_sums
from placement.kernels.usage import usage
from placement.kernels.work import Work

Make = Callable[..., Work]
BOTH = ["anneal", *(["anneal_numba"] if importlib.util.find_spec("numba") else [])]


@pytest.fixture(params=BOTH)
def annealer(request: pytest.FixtureRequest) -> Any:
    return importlib.import_module(f"placement.kernels.{request.param}").Annealer


@pytest.mark.parametrize("seed", range(12))
def test_a_placement_fits_if_no_row_is_overdrawn(make_work: Make, seed: int) -> None:
    work, limits, left, units, prices, _ = scene(make_work, seed)
    sums = running_sums(prices)
    row, meter, slot, weight = cells(work)
    for j in range(work.jobs):
        best = capacity.Fit(units.away[j])
        for o in units.options[work.job_options[j] : work.job_options[j + 1]].tolist():
            placed = allowed(work, o, o + 1)
            usd = placement_usd(work, prices, sums, placed)
            for n in range(len(placed)):
                use = usage(work, METERS, np.array([o]), placed.start[n : n + 1], np.ones(1))
                need = np.zeros_like(left)
                np.add.at(need, row, weight * use[meter, slot])
                inside = placed.start[n] >= 1 and placed.last[n] < work.slots - 1
                if inside and (need <= left).all() and usd[n] < best.usd:
                    best = capacity.Fit(float(usd[n]), o, int(placed.start[n]), int(placed.last[n]))
        found = capacity.cheapest_fit(
            work, limits, left, prices, sums, j, units.options, units.low, units.away[j], 1, work.slots - 1
        )
        assert found[:4] == best[:4]


@pytest.mark.skipif(len(BOTH) == 1, reason="Numba is not installed")
@pytest.mark.parametrize("seed", range(15))
def test_back_ends_give_the_same_plan(make_work: Make, seed: int) -> None:
    work, limits, left, units, prices, guide = scene(make_work, seed)
    made = [
        importlib.import_module(f"placement.kernels.{name}").Annealer(work, limits, left, units, prices, guide)
        for name in BOTH
    ]
    pool = np.arange(len(units.job))
    for one in made:
        one.construct(pool[::-1].copy(), guide)
        random = np.array([seed], dtype=np.uint64)
        one.rounds(pool, 60, 0.5, 0.5, random, 0, work.slots)
        one.rounds(pool, 40, 0.0, 0.3, random, 0, max(1, work.slots // 2))
        one.push(pool, 40, 0.5, 0.5, random, 0, work.slots)
        one.push(pool[::2].copy(), 20, 0.0, 0.3, random, 0, max(1, work.slots // 2))
        one.moves(pool, 300, 0.3, random, 0, work.slots)
        one.moves(pool[::2].copy(), 100, 0.0, random, 0, max(1, work.slots // 2))
    assert made[0].option.tolist() == made[1].option.tolist()
    there = made[0].option >= 0
    assert made[0].start[there].tolist() == made[1].start[there].tolist()
    assert made[0].usd.tolist() == made[1].usd.tolist()
    assert made[0].left.tolist() == made[1].left.tolist()


@pytest.mark.skipif(len(BOTH) == 1, reason="Numba is not installed")
@pytest.mark.parametrize("seed", range(10))
def test_rounds_that_are_given_up_early_would_have_been_undone(make_work: Make, seed: int) -> None:
    """Also where costs of a million on either side come to little, and rounding is large beside their sum."""

    def dear(number: int) -> Work:
        work, rng = make_work(number), np.random.default_rng(number)
        return replace(work, option_usd=work.option_usd + 1e6 * rng.choice([-1.0, 1.0], work.options))

    work, limits, left, units, prices, guide = scene(dear, seed)
    units = units._replace(away=np.where(np.isfinite(units.away), 2e6, np.inf))
    pool, made = np.arange(len(units.job)), []
    for name in BOTH:
        one = importlib.import_module(f"placement.kernels.{name}").Annealer(work, limits, left, units, prices, guide)
        one.construct(pool, prices)
        random = np.array([seed], dtype=np.uint64)
        for heat in (1e-6, 0.0, 2e6, 0.0):
            one.rounds(pool, 40, heat, 0.5, random, 0, work.slots)
        made.append((one.option.tolist(), one.start[one.option >= 0].tolist(), one.usd.tolist()))
    assert made[0] == made[1]


@pytest.mark.parametrize("seed", range(10))
def test_rows_are_never_overdrawn_and_costs_are_those_of_the_plan(annealer: Any, make_work: Make, seed: int) -> None:
    work, limits, left, units, prices, guide = scene(make_work, seed)
    found = annealer(work, limits, left, units, prices, guide)
    pool = np.arange(len(units.job))
    found.construct(pool, prices)
    random = np.array([seed], dtype=np.uint64)
    for heat in (1.0, 0.0, 0.0):
        before = found.usd[np.isfinite(found.usd)].sum()
        must = np.isinf(found.usd).sum()
        found.rounds(pool, 40, heat, 0.5, random, 0, work.slots)
        found.push(pool, 40, heat, 0.5, random, 0, work.slots)
        found.moves(pool, 200, heat, random, 0, work.slots)
        if heat == 0.0 and must == np.isinf(found.usd).sum():
            assert found.usd[np.isfinite(found.usd)].sum() <= before + 1e-9
        np.testing.assert_allclose(found.left, left_by(work, left, found.option, found.start), atol=1e-9)
        assert (found.left >= -1e-9).all()
    there = np.flatnonzero(found.option >= 0)
    usd = placement_usd(work, prices, running_sums(prices), placements(work, found.option[there], found.start[there]))
    assert found.usd[there].tolist() == usd.tolist()
    assert (found.usd[found.option < 0] == units.away[units.job[found.option < 0]]).all()


@pytest.mark.parametrize("seed", range(4))
def test_a_plan_can_be_set_and_what_crosses_the_slots_stays(annealer: Any, make_work: Make, seed: int) -> None:
    work, limits, left, units, prices, guide = scene(make_work, seed)
    found = annealer(work, limits, left, units, prices, guide)
    pool = np.arange(len(units.job))
    found.construct(pool, prices)
    option, start, usd = found.option.copy(), found.start.copy(), found.usd.copy()
    middle = work.slots // 2
    found.rounds(pool, 60, 1.0, 0.5, np.array([1], dtype=np.uint64), 0, middle)
    found.push(pool, 60, 1.0, 0.5, np.array([2], dtype=np.uint64), 0, middle)
    found.moves(pool, 200, 1.0, np.array([3], dtype=np.uint64), 0, middle)
    there = np.flatnonzero(option >= 0)
    late = there[placements(work, option[there], start[there]).last >= middle]
    assert (found.option[late] == option[late]).all()
    assert (found.start[late] == start[late]).all()
    found.set(pool, option, start)
    assert (found.option == option).all()
    assert found.usd.tolist() == usd.tolist()
    np.testing.assert_allclose(found.left, left_by(work, left, found.option, found.start), atol=1e-9)


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_small_moves_reach_what_is_best_for_two(annealer: Any, make_work: Make, seed: int) -> None:
    """Two units alone: all pairs of places against hot moves that end cold."""
    work, limits, left, units, prices, _ = scene(make_work, seed)
    found = annealer(work, limits, left, units, prices, prices)
    pool = np.flatnonzero(np.diff(work.job_options)[units.job] > 0)[:2]
    found.construct(pool, prices)
    assert (found.option[pool] >= 0).all()
    sums, every = running_sums(prices), []
    for u in pool:
        options = slice(work.job_options[units.job[u]], work.job_options[units.job[u] + 1])
        placed = allowed(work, options.start, options.stop)
        every.append((placed, placement_usd(work, prices, sums, placed)))
    least = np.inf
    for a in range(len(every[0][0])):
        for b in range(len(every[1][0])):
            usd = float(every[0][1][a] + every[1][1][b])
            if usd < least - 1e-9:
                option = np.array([every[0][0].option[a], every[1][0].option[b]])
                start = np.array([every[0][0].start[a], every[1][0].start[b]])
                if (left_by(work, left, option, start) >= 0).all():
                    least = usd
    random, best = np.array([seed], dtype=np.uint64), np.inf
    for _ in range(30):
        if best == pytest.approx(least):
            break
        found.moves(pool, 200, 3.0, random, 0, work.slots)
        found.moves(pool, 400, 0.0, random, 0, work.slots)
        best = min(best, float(found.usd[pool].sum()))
    assert best == pytest.approx(least)


def test_random_numbers_are_splitmix64() -> None:
    state, found = 1234567, []
    for _ in range(3):
        state = (state + plan.GOLDEN) & plan.MASK
        found.append(plan.mixed(state))
    assert found == [6457827717110365317, 3203168211198807973, 9817491932198370423]

"""Prices on samples whose limits are set by what all jobs use."""

import math
import threading
import time
from dataclasses import replace

import numpy as np
import pytest

from placement.benchmarks.instances import instance
from placement.compile.assemble import compile_scenario
from placement.problem import Problem
from placement.search import first_prices as module
from placement.search.ascent import Smooth, ascend
from placement.search.bound import priced_bound
from placement.search.clock import Clock
from placement.search.first_prices import as_full, every_of, first_prices
from placement.search.packing import sizes
from placement.search.sample import sampled
from placement.search.state import State

TEMPERATURE = 0.002


@pytest.fixture(scope="module")
def week() -> Problem:
    return compile_scenario(instance("week-2k", "tight", 0)).problem


def _state(seconds: float) -> State:
    return State(constant_usd=0.0, gap=0.0, deadline=time.monotonic() + seconds, stop=threading.Event())


def test_a_sample_of_all_is_all(week: Problem) -> None:
    price = np.full(len(week.rows), 1.0)
    every = sampled(week, sizes(week.work), 1)
    assert priced_bound(every, price).usd == pytest.approx(priced_bound(week, price).usd)


def test_a_sample_is_as_full_as_all_where_it_was_set(week: Problem) -> None:
    price = ascend(week, None, 40, temperatures=(TEMPERATURE,)).last
    few = sampled(week, sizes(week.work), 8)
    mine, all_use = Smooth(few).answer(price, TEMPERATURE)[1], Smooth(week).answer(price, TEMPERATURE)[1]
    full = as_full(few, mine, all_use)
    inside = (full.rows.upper > module.FEWEST * week.rows.upper) & (full.rows.upper < module.MOST * week.rows.upper)
    inside &= (mine > 0.1 * week.rows.upper) & (all_use > 0.1 * week.rows.upper)
    assert inside.sum() > 50
    assert mine[inside] / full.rows.upper[inside] == pytest.approx(all_use[inside] / week.rows.upper[inside], rel=0.02)
    assert (full.rows.upper >= 0).all()


def test_rows_without_a_limit_keep_none(week: Problem) -> None:
    few = replace(week, rows=replace(week.rows, upper=np.full(len(week.rows), np.inf)))
    use = np.zeros(len(week.rows))
    assert np.isposinf(as_full(few, use, use + 1.0).rows.upper).all()


def test_prices_of_samples_prove_more_than_those_of_a_sample_alone(
    week: Problem, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "STARTS", week.work.starts // 8 + 1)
    monkeypatch.setattr(module, "PER_ROW", 0)
    monkeypatch.setattr(module, "EVALUATIONS", 4)
    assert every_of(week) == 8
    size, told = sizes(week.work), []
    price, each_s = first_prices(week, size, Clock(_state(math.inf)), told.append)
    alone = ascend(sampled(week, size, 8), None, 120, temperatures=(0.01, 0.002)).last
    assert priced_bound(week, price).usd > priced_bound(week, alone).usd
    assert max(told) <= priced_bound(week, price).usd + 1e-6
    assert each_s > 0


def test_no_time_still_gives_prices(week: Problem, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "STARTS", week.work.starts // 8 + 1)
    monkeypatch.setattr(module, "PER_ROW", 0)
    price, _ = first_prices(week, sizes(week.work), Clock(_state(0.0)), lambda usd: None)
    assert price.shape == (len(week.rows),)
    assert np.isfinite(price).all()

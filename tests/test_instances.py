"""Seeded instances have the properties that make them hard and honest, and are the same each time."""

from dataclasses import replace

import numpy as np
import pytest

from placement.benchmarks import LOADS, SEEDS, SIZES, hardness, instance, properties
from placement.benchmarks.instances import made
from placement.benchmarks.sizes import Size
from placement.compile import compile_scenario
from placement.errors import PlacementError
from placement.problem import Problem
from placement.schema import Scenario

SMALL = Size(jobs=1000, clusters=3, slots=168, largest_share=0.05, slack_days=3.0)
"""Small enough to look at pair by pair."""


def compiled(size: str, load: str, seed: int) -> tuple[Scenario, Problem]:
    scenario = instance(size, load, seed)
    return scenario, compile_scenario(scenario).problem


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("load", LOADS)
def test_a_week_has_all_properties(load, seed):
    assert properties(*compiled("week-2k", load, seed)).broken(SIZES["week-2k"], LOADS[load]) == []


def test_a_month_has_all_properties():
    assert properties(*compiled("month-20k", "tight", 0)).broken(SIZES["month-20k"], LOADS["tight"]) == []


def test_the_same_seed_gives_the_same_instance_and_another_seed_another():
    first, again, other = (instance("week-2k", "easy", seed) for seed in (3, 3, 4))
    assert first.document() == again.document()
    for name in ("hours", "accelerators", "submitted", "deadline", "reject_usd", "utilization"):
        assert np.array_equal(first.jobs[name], again.jobs[name])
        assert not np.array_equal(first.jobs[name], other.jobs[name])


def test_the_load_counts_what_capacity_and_power_leave():
    """Worked out again from the document: the lower of accelerators and power, hour by hour."""
    scenario, problem = compiled("week-2k", "tight", 1)
    jobs = scenario.jobs
    work = jobs["hours"] * jobs["accelerators"]
    mean = np.average(jobs["utilization"], weights=work)
    by_name = {accelerator.name: accelerator for accelerator in scenario.accelerators}
    there = 0.0
    for cluster in scenario.clusters:
        (pool,) = cluster.pools
        kind = by_name[pool.accelerator]
        free = pool.number - np.array(pool.reserved.values)
        powered = 1000 * cluster.power_limit_mw / cluster.pue / (kind.kw * mean)
        there += np.minimum(free, powered).sum() * kind.bf16_tflops / by_name["small"].bf16_tflops
    assert properties(scenario, problem).load == pytest.approx(work.sum() / there, rel=1e-5)
    assert 0.945 <= work.sum() / there <= 0.955


def test_what_is_not_as_it_should_be_is_said():
    found = properties(*compiled("week-2k", "easy", 0))
    assert found.broken(SIZES["week-2k"], LOADS["tight"]) == [f"load is {found.load:.5g}, not in [0.945, 0.955]"]
    broken = replace(found, placeless=3, giants=0.1).broken(SIZES["week-2k"], LOADS["easy"])
    assert broken == ["placeless is 3, not in [0, 0]", "giants is 0.1, not in [0.002, 0.005]"]


def test_hardness_is_the_gap_to_the_bound_at_no_prices():
    """A plan that turns all jobs away costs what is lost; the bound lies below it, and further below one twice as
    dear.
    """
    scenario = made(SMALL, "small", 0.7, 0)
    problem = compile_scenario(scenario).problem
    usd = float(scenario.jobs["reject_usd"].sum())
    assert 0.2 < hardness(problem, usd) < hardness(problem, 2 * usd) < 1.0


def test_an_unknown_size_is_refused_with_those_there_are():
    with pytest.raises(PlacementError, match="week-2k, month-20k, month-200k, year-1m; loads: easy, tight"):
        instance("week", "easy")

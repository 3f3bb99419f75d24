"""Scenarios drawn at random: nothing happens, or much does."""

import functools
from collections import Counter
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from oracle.generate import tiny
from replanning.anew import EXACT, Planned, lines_of, origins, sound, then

import placement
from placement.loader.load import scenario
from placement.replanning import Replanned, replan
from placement.replanning.outages import Outage
from placement.timegrid import timegrid

WANTED, BLOCKS = 40, 8


@functools.cache
def drawn() -> tuple[int, ...]:
    """Seeds of scenarios of two slots or more, without modules, that have a plan."""
    found: list[int] = []
    seed = 0
    while len(found) < WANTED:
        made = tiny(seed)
        modules = any(cluster.get("modules") for cluster in made["clusters"])
        if made["horizon"]["slots"] > 1 and not modules and before(seed) is not None:
            found.append(seed)
        seed += 1
    return tuple(found)


@functools.cache
def before(seed: int) -> Planned | None:
    """A scenario with its plan, if it has one."""
    made = scenario(tiny(seed))
    result = placement.solve(made, **EXACT)
    return None if result.plan is None else Planned(made, result.plan, result.cost_usd)


def anew(seed: int, given: Planned, **more: Any) -> tuple[int, Replanned]:
    """At some moment up to the beginning of some slot but the first."""
    rng = np.random.default_rng([seed, 7])
    grid = timegrid(given.scenario.horizon)
    slot = int(rng.integers(1, grid.slots))
    length = grid.edges[slot] - grid.edges[slot - 1]
    hours = grid.edges[slot] - float(rng.choice([0.0, 0.6])) * length
    return slot, replan(given.scenario, given.plan, grid.start + timedelta(hours=hours), **EXACT, **more)


def tolerance(given: Planned) -> float:
    return 0.02 + 1e-5 * abs(given.cost)


def past(given: Planned, slot: int) -> Counter[Any]:
    """What ran before a slot, up to it."""
    now = slot * timegrid(given.scenario.horizon).grains
    found: Counter[Any] = Counter()
    for (*what, start, end), units in lines_of(given.plan).items():
        if start < now:
            found[(*what, start, min(end, now))] += units
    return found


def future(given: Planned, slot: int) -> Counter[Any]:
    """What runs from a slot on."""
    now = slot * timegrid(given.scenario.horizon).grains
    found: Counter[Any] = Counter()
    for (*what, start, end), units in lines_of(given.plan).items():
        if end > now:
            found[(*what, max(start, now), end)] += units
    return found


def split(given: Planned, found: Replanned, new: tuple[str, ...] = ()) -> tuple[Counter[Any], Counter[Any]]:
    """The same of the new plan, by jobs of the old one."""
    assert found.result is not None
    assert found.result.plan is not None
    now = found.slot * timegrid(found.scenario.horizon).grains
    lines = lines_of(found.result.plan, origins(given, found, new))
    earlier = Counter({what: units for what, units in lines.items() if what[-2] < now})
    assert all(what[-1] <= now for what in earlier)
    return earlier, lines - earlier


def check_units(given: Planned, found: Replanned, new: int = 0) -> None:
    """Each unit of each job is there once."""
    assert found.churn is not None
    assert sum(found.churn.units.values()) == given.scenario.jobs["count"].sum() + new
    for j, count in enumerate(given.scenario.jobs["count"]):
        if given.scenario.jobs["segments"][j] > 1:
            continue
        units = Counter[str]()
        for row in found.rows:
            if row.source == j:
                units[row.kind] += row.count
        assert units["history"] + units["waiting"] == count
        assert units["running"] <= units["history"]


@pytest.mark.parametrize("block", range(BLOCKS))
def test_where_nothing_happens_the_rest_of_the_plan_is_the_plan(block: int) -> None:
    for seed in drawn()[block::BLOCKS]:
        given = before(seed)
        assert given is not None
        all_in = given.scenario.policy.minimise == "all_in"
        slot, found = anew(seed, given, change_usd=1e5 if all_in else 0.0)
        sound(found)
        assert found.result is not None
        assert found.slot == slot
        assert found.result.cost_usd <= given.cost + tolerance(given), seed
        earlier, later = split(given, found)
        assert earlier == past(given, slot), seed
        check_units(given, found)
        if all_in:
            assert abs(found.result.cost_usd - given.cost) <= tolerance(given), seed
            assert later == future(given, slot), seed
            assert found.churn is not None
            assert found.churn.changed == 0, seed


@pytest.mark.parametrize("block", range(BLOCKS))
def test_whatever_happens_the_past_is_as_it_was(block: int) -> None:
    for seed in drawn()[block::BLOCKS]:
        given = before(seed)
        assert given is not None
        rng = np.random.default_rng([seed, 11])
        grid = timegrid(given.scenario.horizon)
        begin = grid.start + timedelta(hours=float(grid.edges[-1] * rng.uniform(0, 0.8)))
        name = str(rng.choice([cluster.name for cluster in given.scenario.clusters]))
        outage = Outage(name, begin, begin + timedelta(hours=float(grid.edges[-1] * rng.uniform(0.1, 0.6))))
        mean = float(given.scenario.jobs["hours"].mean())
        new = {"job": ["new"], "hours": [round(mean, 3)], "accelerators": [1], "count": [2]}
        slot, found = anew(seed, given, outages=[outage], jobs=new)
        assert found.result is not None
        if found.result.plan is None:
            continue
        sound(found)
        earlier, _ = split(given, found, ("new",))
        assert earlier == past(given, slot), seed
        check_units(given, found, 2)


def test_most_of_these_have_a_plan_after_an_outage() -> None:
    assert len(drawn()) == WANTED
    assert max(drawn()) < 4 * WANTED


@pytest.mark.parametrize("block", range(BLOCKS // 2))
def test_planned_again_twice_it_costs_what_it_did(block: int) -> None:
    for seed in drawn()[: 2 * BLOCKS][block :: BLOCKS // 2]:
        given = before(seed)
        assert given is not None
        grid = timegrid(given.scenario.horizon)
        change_usd = 1e5 if given.scenario.policy.minimise == "all_in" else 0.0
        now = given
        for slot in sorted({1, grid.slots - 1}):
            at = grid.start + timedelta(hours=float(grid.edges[slot]))
            found = replan(now.scenario, now.plan, at, change_usd=change_usd, **EXACT)
            sound(found)
            now = then(found)
        assert now.cost <= given.cost + tolerance(given), seed
        if change_usd:
            assert abs(now.cost - given.cost) <= tolerance(given), seed

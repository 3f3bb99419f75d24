"""Plans that are found for scenarios whose modules raise sources keep the verifier's rules, and need the modules."""

import copy
import random

import pytest

import placement
from placement.plan import Plan
from placement.verifier import verify

HOURS = {"start": "2027-01-01T00:00:00Z", "slots": 12, "slot_hours": 1, "period_slots": 3}
MONTHS = {"start": "2027-01-01T00:00:00Z", "slots": 4, "slot": "month", "period_slots": 1}
FOUR_HOURS = {"start": "2027-01-01T00:00:00Z", "slots": 8, "slot_hours": 4, "period_slots": 2}


def sources_of(rng, ticks):
    """A grid, and with it some of gas, sun, wind and a battery; little of each, or nothing."""
    grid = {"kind": "grid", "limit_mw": rng.choice([0.0, 0.002]), "price": [rng.uniform(20, 90) for _ in range(ticks)]}
    if rng.random() < 0.5:
        window = {"from": "2027-01-01T02:00:00Z", "to": "2027-01-01T07:30:00Z"}
        grid["curtailments"] = [window | {"limit_mw": rng.choice([0.0, 0.001])}]
    if rng.random() < 0.3:
        grid["connected"] = "2027-01-01T05:20:00Z"
    if rng.random() < 0.3:
        grid["demand_charge_usd_per_mw"] = 10.0
    gas = {"kind": "gas", "price": 80.0, "carbon_g_per_kwh": 480.0, "limit_mw": rng.choice([0.0, 0.001])}
    sun = {"kind": "solar", "mw": rng.choice([0.0, 0.002])}
    sun["capacity_factor"] = [rng.choice([0.0, 0.3, 0.9]) for _ in range(ticks)]
    wind = {"kind": "wind", "name": "hill", "mw": 0.0, "capacity_factor": 0.4, "price": 5.0}
    battery = {"kind": "battery", "mw": 0.001, "mwh": rng.choice([0.001, 0.004])}
    if ticks == HOURS["slots"] and rng.random() < 0.5:
        battery["initial_mwh"] = 0.0005
    return [grid, *rng.sample([gas, sun, wind, battery], rng.randint(1, 4))]


def modules_of(rng, names, lives):
    """Two kinds, of which each raises some of the sources, dear or cheap, with a life or without."""
    return [
        {
            "name": f"kind-{number}",
            "sources_mw": {name: rng.choice([0.001, 0.003]) for name in rng.sample(names, rng.randint(1, len(names)))},
            "accelerators": rng.choice([0, 0, 2]),
            "usd": rng.choice([0.01, 0.1, 1.0]),
            "life_years": rng.choice([None, *lives]),
            "commissioning_days": rng.choice([0.0, lives[0] * 365 / 4]),
            "max": rng.randint(1, 3),
            "max_per_period": rng.choice([None, 1]),
        }
        for number in range(2)
    ]


def scenario_of(words, seed):
    """A flow and two jobs that mostly need what modules bring."""
    rng = random.Random(seed)
    horizon = (HOURS, MONTHS, FOUR_HOURS)[seed % 3]
    hours = {1: 1.0, 4: 4.0}.get(horizon.get("slot_hours"), 730.0)
    sources = sources_of(rng, horizon["slots"])
    names = [source.get("name", source["kind"]) for source in sources]
    lives = [hours * 2.5 / 8766, hours * 5 / 8766]
    cluster = words.earth(
        sources=sources, modules=modules_of(rng, names, lives), idle_mw=rng.choice([0.0, 0.0, 0.0001])
    )
    if cluster["idle_mw"] or rng.random() < 0.2:
        cluster["switchable"] = True
    jobs = [{"job": name, "hours": hours * rng.uniform(0.5, 2.5), "accelerators": 2} for name in "ab"]
    flow = {"name": "chat", "demand": 6.0, "unmet_usd_per_accelerator_hour": 1.0}
    return words.document(
        horizon=horizon,
        clusters=[cluster],
        jobs=[job | {"delay_usd_per_hour": 0.1} for job in jobs],
        flows=[flow],
        policy={"defer": True},
    )


@pytest.mark.parametrize("seed", range(9))
def test_what_is_solved_is_sound(seed, words):
    """Solving raises where its verification finds anything; without what is built the plan breaks rules."""
    scenario = words.scenario(scenario_of(words, seed))
    plan = placement.solve(scenario, gap=1e-4, time_limit_s=20).plan
    assert verify(scenario, plan).ok
    if len(plan.builds):
        fewer = Plan(plan.scenario, plan.digest, {**plan.tables, "builds": plan.builds.iloc[:0]})
        told = {finding.rule for finding in verify(scenario, fewer).findings}
        assert told & {"source", "battery", "capacity"}


def test_raised_sources_are_worth_what_larger_ones_are(words):
    """Nothing is asked and nothing can be had before slot 3; from there on the module's sources or larger ones."""
    night = [0.0] * 3
    grid = {"kind": "grid", "limit_mw": [*night, *[0.001] * 9], "price": [30.0, 90.0, 60.0] * 4}
    sun = {"kind": "solar", "mw": 0.002, "capacity_factor": [*night, *[0.9, 0.1, 0.5] * 3]}
    battery = {"kind": "battery", "mw": 0.001, "mwh": 0.0015}
    sources = [grid, sun, battery]
    added = {"grid": 0.0015, "solar": 0.003, "battery": 0.002}
    plant = {"name": "plant", "sources_mw": added, "min": 1, "max": 1, "max_per_period": [1, 0, 0, 0]}
    flow = {"name": "chat", "demand": [*night, *[4.0] * 9], "unmet_usd_per_accelerator_hour": 1.0}
    document = words.document(
        horizon=HOURS, jobs=[], flows=[flow], clusters=[words.earth(sources=sources, modules=[plant])]
    )
    larger = copy.deepcopy(document)
    larger["clusters"][0] |= {
        "modules": [],
        "sources": [
            grid | {"limit_mw": [*night, *[0.0025] * 9]},
            sun | {"mw": 0.005},
            battery | {"mw": 0.003, "mwh": 0.0045},
        ],
    }
    raised, plain = (placement.solve(words.scenario(one), gap=1e-7, time_limit_s=30) for one in (document, larger))
    assert raised.cost_usd == pytest.approx(plain.cost_usd, rel=1e-6)
    less = copy.deepcopy(document)
    less["clusters"][0]["modules"] = []
    assert placement.solve(words.scenario(less), gap=1e-7, time_limit_s=30).cost_usd > raised.cost_usd + 1.0


def test_a_bank_is_emptied_only_as_far_as_what_remains_holds(words):
    """After slot 8 the bank has gone: 0.001 MW and 0.002 MWh remain, so 0.003 MWh are left in slot 8, and all given.

    0.003 MWh serve 2.4 of 12 accelerator-hours, at 1.25 kW each: $9.60 unmet. They took 0.00375 MWh at $40: $0.15.
    """
    grid = {"kind": "grid", "limit_mw": [0.0] * 3 + [0.1] * 6 + [0.0] * 3}
    battery = {"kind": "battery", "mw": 0.001, "mwh": 0.002, "round_trip_efficiency": 0.8}
    bank = {"name": "bank", "sources_mw": {"battery": 0.0025}, "life_years": 6 / 8766, "min": 1, "max": 1}
    flow = {"name": "chat", "demand": [0.0] * 9 + [4.0] * 3, "unmet_usd_per_accelerator_hour": 1.0}
    cluster = words.earth(sources=[grid, battery], modules=[bank | {"max_per_period": [1, 0, 0, 0]}])
    scenario = words.scenario(words.document(horizon=HOURS, jobs=[], flows=[flow], clusters=[cluster]))
    assert placement.solve(scenario, gap=1e-7, time_limit_s=30).cost_usd == pytest.approx(9.75, rel=1e-6)

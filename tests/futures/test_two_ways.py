"""The kernel and the scenario of each future come to the same, and the verifier accepts what is carried out."""

import copy
from typing import Any

import numpy as np
import pytest
from build import cluster, document, job
from oracle.expansion import tiny_growth
from oracle.generate import tiny

from placement.folder import Stored
from placement.futures.at_once import at_once, is_plain
from placement.futures.lengths import factors
from placement.futures.stress import one_by_one_of
from placement.kernels.backend import BackEnd, back_ends
from placement.kernels.futures import drawn
from placement.loader.load import scenario as make
from placement.solving import solve

SEED = 7
FOUND = [back for back in back_ends() if back.found]


def crowd(seed: int) -> dict[str, Any]:
    """Jobs on two sites, with all that can happen to them."""
    rng = np.random.default_rng(seed)
    slots = 24
    a = cluster(
        "A", int(rng.integers(4, 16)), energy_price=rng.uniform(-20, 200, slots).tolist(), carbon_g_per_kwh=300.0,
        pue=1.2, idle_mw=0.001, interruptions_per_accelerator_year=float(rng.choice([0, 40])), storage_gbps=10.0,
    )  # fmt: skip
    if rng.random() < 0.5:
        a["power_limit_mw"] = 0.01
    speed = rng.choice([0.5, 1.0], slots).tolist()
    b = cluster(
        "B",
        int(rng.integers(4, 16)),
        energy_price=float(rng.uniform(20, 150)),
        carbon_g_per_kwh=100.0,
        pool={"speed": speed},
    )
    jobs = []
    for k in range(int(rng.integers(3, 12))):
        one = job(
            f"j{k}", float(rng.uniform(0.5, 8)), int(rng.integers(1, 5)), count=int(rng.integers(1, 4)),
            delay_usd_per_hour=float(rng.choice([0, 1.0, 3.0])), checkpoint_tb=0.5,
        )  # fmt: skip
        if rng.random() < 0.3:
            one["deadline"] = f"2027-06-07T{int(rng.integers(10, 23)):02d}:00:00Z"
        if rng.random() < 0.3:
            one["hours_p90"] = one["hours"] * 1.5
        if rng.random() < 0.2:
            one["must_run"] = True
            del one["reject_usd"]
        if rng.random() < 0.3:
            one["earliest_start"] = f"2027-06-07T{int(rng.integers(0, 9)):02d}:00:00Z"
        jobs.append(one)
    if rng.random() < 0.3:
        jobs.append(job("now", 9.0, 2, state="running", cluster="A", hours_left=4.0))
        del jobs[-1]["reject_usd"]
    policy = {
        "defer": bool(rng.random() < 0.5),
        "tails": bool(rng.random() < 0.7),
        "carbon_usd_per_t": float(rng.choice([0, 50.0])),
    }
    uncertainty = {
        "run_time": {"sigma": 0.4},
        "interruptions": True,
        "events": [
            {"name": "outage", "clusters": ["A"], "per_year": 1500, "hours": 2, "speed": 0.0},
            {"name": "call", "clusters": ["A", "B"], "per_year": 1500, "hours": 3, "speed": 0.4},
            {"name": "storm", "clusters": ["B"], "per_year": 800, "hours": 2, "speed": 0.5, "lost": 0.2},
        ],
        "prices": [{"clusters": ["A"], "block_hours": 24}],
        "inputs": [{"paths": ["clusters.B.energy_price"], "how": "factor", "lognormal": {"median": 1, "sigma": 0.4}}],
        "recourse": {"patience_hours": float(rng.integers(0, 4)), "missed": 0.5},
    }  # fmt: skip
    return document([a, b], jobs, slots=slots, policy=policy, uncertainty=uncertainty)


def planned(written: dict[str, Any]) -> Stored | None:
    """A plan of a scenario, if one is found."""
    scenario = make(written)
    result = solve(scenario, work_limit=20)
    return None if result.plan is None else Stored(scenario, result.plan, {"cost_usd": result.cost_usd})


@pytest.mark.parametrize("back", FOUND, ids=[back.name for back in FOUND])
@pytest.mark.parametrize("seed", range(6))
def test_the_kernel_comes_to_the_verifiers_cost(seed: int, back: BackEnd) -> None:
    stored = planned(crowd(seed))
    if stored is None:
        pytest.skip("this one has no plan")
    one = one_by_one_of(stored, SEED)
    assert is_plain(one.compiled)
    numbers = range(4)
    ran = at_once(one.compiled, one.grouped, one.drawing, SEED).run(back, numbers)
    carried, usd, tonnes = ran.carried, ran.constant_usd, ran.constant_t
    placed, on_time = np.zeros((2, len(one.grouped.key)), dtype=np.int64)
    for k in numbers:
        _, single = one.run(k)
        assert single.unsettled == ""
        assert carried.usd[k].sum() + usd[k] == pytest.approx(single.usd, rel=1e-9, abs=1e-6)
        assert carried.tonnes[k] + tonnes[k] == pytest.approx(single.tonnes, rel=1e-9, abs=1e-12)
        assert carried.late_hours[k] == pytest.approx(single.late_hours, abs=1e-6)
        told = (single.away, single.missed, single.elsewhere)
        assert (carried.away[k], carried.missed[k], carried.elsewhere[k]) == told
        placed += single.placed
        on_time += single.on_time
    assert carried.group_placed.tolist() == placed.tolist()
    assert carried.group_on_time.tolist() == on_time.tolist()


def uncertain(written: dict[str, Any], seed: int) -> dict[str, Any]:
    """The same with much that is not known."""
    rng = np.random.default_rng(seed)
    written = copy.deepcopy(written)
    names = [each["name"] for each in written["clusters"]]
    inputs: list[dict[str, Any]] = [{"paths": ["policy.carbon_usd_per_t"], "uniform": {"low": 0, "high": 80}}]
    wide = {"how": "factor", "lognormal": {"median": 1, "sigma": 0.4}}
    for each in make(written).clusters:
        if rng.random() < 0.5:
            inputs.append({"paths": [f"clusters.{each.name}.energy_price"], **wide})
        for module in each.modules:
            here = f"clusters.{each.name}.modules.{module.name}"
            inputs.append({"paths": [f"{here}.usd"], **wide})
            if module.mass_kg and not module.satellites and rng.random() < 0.7:
                inputs.append({"paths": [f"{here}.mass_kg"], **wide})
    written["uncertainty"] = {
        "run_time": {"sigma": 0.3},
        "interruptions": True,
        "launches": bool(written.get("vehicles")),
        "events": [
            {"name": "outage", "clusters": names[:1], "per_year": 800, "hours": 2, "speed": 0.0},
            {"name": "storm", "clusters": names, "per_year": 500, "hours": 3, "speed": 0.7, "lost": 0.1},
        ],
        "inputs": inputs,
        "recourse": {"patience_hours": float(rng.integers(0, 4))},
    }
    return written


@pytest.mark.parametrize("kind", [tiny, tiny_growth])
@pytest.mark.parametrize("seed", range(8))
def test_what_is_carried_out_keeps_all_rules(seed: int, kind: Any) -> None:
    """Of every family: the verifier accepts each future's plan, or an error is raised."""
    stored = planned(uncertain(kind(seed), seed))
    if stored is None:
        pytest.skip("this one has no plan")
    one = one_by_one_of(stored, SEED)
    for k in range(2):
        _, single = one.run(k)
        assert single.unsettled == "" or "makes no scenario" in single.unsettled
        assert single.unsettled or np.isfinite(single.usd)


def test_lengths_are_drawn_as_the_kernel_draws_them() -> None:
    stored = planned(crowd(1))
    assert stored is not None
    one = one_by_one_of(stored, SEED)
    got = factors(one.lengths, one.late, one.loss, one.grouped.key, 5, SEED)
    for g, key in enumerate(one.grouped.key.tolist()):
        i, k = drawn(SEED, 5, key, one.lengths.late.shape[1])
        assert got[g] == one.lengths.late[one.late[g], i] * one.lengths.loss[one.loss[g], k]

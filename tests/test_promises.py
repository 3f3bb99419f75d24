"""What the product promises, each as a scenario that a planner could have written."""

import math

import build
import numpy as np
import pytest

import placement
from placement.ephemeris import pool_speed
from placement.errors import PlanError
from placement.result import Status
from placement.schema import Scenario
from placement.statistics import statistics
from placement.timegrid import timegrid


def solved(scenario: Scenario, **options: object) -> placement.Result:
    result = placement.solve(scenario, gap=1e-6, **options)  # type: ignore[arg-type]
    if result.plan is not None:
        placement.verify(scenario, result.plan).raise_for_errors()
    return result


def test_a_fleet_that_starts_80_per_cent_busy() -> None:
    running = [
        build.job("old-1", 30.0, 500, state="running", cluster="earth", hours_left=5.0, started="2027-06-06T00:00:00Z"),
        build.job("old-2", 90.0, 300, state="running", cluster="earth", hours_left=60.0),
    ]
    waiting = [build.job("new", 4.0, 600, delay_usd_per_hour=1.0), build.job("small", 3.0, 150, delay_usd_per_hour=1.0)]
    scenario = build.scenario([build.cluster(number=1000)], running + waiting, slots=24, policy={"tails": True})
    result = solved(scenario)
    assert result.plan is not None
    runs = result.plan.placements.set_index("job")
    assert runs.loc["old-1", "start_grain"] == 0
    assert runs.loc["old-2", "start_grain"] == 0
    assert runs.loc["old-2", "tail_hours"] == pytest.approx(36.0)
    assert runs.loc["small", "start_grain"] == 0
    assert runs.loc["new", "start_grain"] == 5 * 256  # not before old-1 frees its 500


def test_a_run_of_2400_hours_in_a_week_has_its_tail_priced() -> None:
    job = build.job("frontier", 2400.0, 1000, reject_usd=1e9, delay_usd_per_hour=10.0)
    scenario = build.scenario([build.cluster(number=1000)], [job], slots=168)
    result = solved(scenario)
    assert result.plan is not None
    costs = result.plan.costs.set_index("category")["usd"]
    assert result.plan.placements["tail_hours"].tolist() == [pytest.approx(2232.0)]
    assert costs["tail"] == pytest.approx(2.35 * 2232 * 1000)
    assert costs["energy"] == pytest.approx(168 * 1.0 * 100)
    assert costs["delay"] == pytest.approx(10.0 * 2400)


def test_a_run_that_ends_after_the_year_9999_has_the_last_date_that_there_is() -> None:
    """On a pool that all but stands still; it is placed, and its date is that of the calendar's end."""
    scenario = build.scenario(
        [build.cluster(pool={"speed": 1e-9})], [build.job(reject_usd=1e9)], policy={"tails": True}
    )
    result = solved(scenario)
    assert result.plan is not None
    assert result.plan.placements["end"].dt.year.tolist() == [9999]


def orbital(**more: object) -> dict[str, object]:
    """81 satellites at 650 km, half on each side of the terminator."""
    return {
        "name": "sky",
        "orbit": {"altitude_km": 650.0, "ltan": "18:00"},
        "satellites": {
            "number": 80,
            "accelerator": "h100-sxm",
            "accelerators": 8,
            "array_kw": 20.0,
            "eclipse": "pause",
        },
        "planes": [
            {"name": "evening", "satellites": 40, "ltan": "18:00"},
            {"name": "morning", "satellites": 40, "ltan": "06:00"},
        ],
        **more,
    }


def test_a_fleet_split_between_the_two_sides_is_never_wholly_dark() -> None:
    document = build.document([orbital()], [build.job()], slots=365)
    document["horizon"] = {"start": "2027-01-01T00:00:00Z", "slot": "day", "slots": 365}
    scenario = placement.scenario(document)
    grid = timegrid(scenario.horizon)
    sky = scenario.clusters[0]
    evening, morning = (pool_speed(scenario, grid, sky, pool) for pool in sky.pools)
    assert [pool.name for pool in sky.pools] == ["evening", "morning"]
    assert evening.min() < 0.85
    assert morning.min() < 0.85
    assert np.maximum(evening, morning).min() == 1.0


def test_jobs_move_to_the_side_in_the_sun() -> None:
    jobs = [build.job("a", 10.0, 320, reject_usd=1e5, delay_usd_per_hour=50.0)]
    summer, winter = "2027-06-07T00:00:00Z", "2027-12-07T00:00:00Z"
    for start, side in ((summer, "morning"), (winter, "evening")):
        document = build.document([orbital(interruptions_per_accelerator_year=0.0)], jobs, slots=24)
        document["horizon"]["start"] = start
        result = solved(placement.scenario(document))
        assert result.plan is not None
        assert set(result.plan.placements["pool"]) == {side}


def test_a_site_with_a_quarter_of_sun_and_no_storage_never_carries_a_constant_load() -> None:
    sun = [1.0 if 9 <= hour % 24 < 15 else 0.0 for hour in range(24)]  # 25 %
    months = 3
    desert = build.cluster(
        "desert", 1000, energy_price=0.0, sources=[{"kind": "solar", "mw": 100.0, "capacity_factor": sun * months}]
    )
    grid = build.cluster("grid", 1000, energy_price=500.0)
    job = build.job("steady", 500.0, 100, reject_usd=1e9)
    document = build.document([desert, grid], [job], slots=months)
    document["horizon"] = {"start": "2027-01-01T00:00:00Z", "slot": "month", "slots": months}
    result = solved(placement.scenario(document))
    assert result.plan is not None
    assert set(result.plan.placements["cluster"]) == {"grid"}
    with_battery = {"kind": "battery", "mw": 10.0, "mwh": 20.0, "round_trip_efficiency": 0.8}
    document["clusters"][0]["sources"].append(with_battery)
    stored = solved(placement.scenario(document))
    assert stored.plan is not None
    assert set(stored.plan.placements["cluster"]) == {"desert"}
    assert stored.cost_usd < result.cost_usd


def launching(flights: int) -> Scenario:
    """Ten satellites are needed, five fly on each launch."""
    sky = {
        "name": "sky",
        "orbit": {"altitude_km": 1500.0, "ltan": "06:00"},
        "satellites": {"number": 1, "accelerator": "h100-sxm", "accelerators": 8, "array_kw": 100.0},
        "interruptions_per_accelerator_year": 0.0,
        "modules": [
            {
                "name": "satellite", "accelerators": 8, "mass_kg": 2000.0, "usd": 1e5, "max": 20, "life_years": 5.0,
                "lead_days": 10, "commissioning_days": 5,
            }
        ],
    }  # fmt: skip
    vehicle = {
        "name": "lifter",
        "payload_kg": {"sso": 10000.0},
        "usd_per_flight": 2e5,
        "flights_per_period": [0, flights, 0],
    }
    jobs = [build.job(f"run-{k}", 40 * 24.0, 40, reject_usd=3e6) for k in range(2)]
    document = build.document([sky], jobs, vehicles=[vehicle])
    document["horizon"] = {"start": "2027-01-01T00:00:00Z", "slot": "day", "slots": 120, "period_slots": 30}
    document["vehicles"][0]["flights_per_period"] = [0, flights, 0, 0]
    return placement.scenario(document)


def test_where_launches_bind_one_fewer_changes_the_plan_and_costs_more() -> None:
    two, one = launching(2), launching(1)
    plenty, short = solved(two), solved(one)
    assert plenty.plan is not None
    assert short.plan is not None
    assert plenty.plan.launches["flights"].sum() == 2
    assert short.plan.launches["flights"].sum() == 1
    assert short.plan.builds["number"].sum() == 5
    assert short.cost_usd > plenty.cost_usd + 1.0
    checked = placement.verify(one, plenty.plan)
    assert {"launch", "scenario"} <= {finding.rule for finding in checked.findings}
    with pytest.raises(PlanError):
        checked.raise_for_errors()


def test_what_must_run_and_cannot_is_named() -> None:
    result = placement.solve(build.scenario(jobs=[build.job("big", 2.0, 9, must_run=True)]))
    assert result.status is Status.INFEASIBLE
    assert result.plan is None
    assert result.unplaced == ("big",)
    assert "job 'big' must run and cannot: the pool never has that many accelerators (earth/h100-sxm)" in result.message
    assert result.bound_usd == math.inf


def test_what_must_run_and_has_no_room_beside_the_others_is_named() -> None:
    jobs = [build.job(name, 4.0, 5, must_run=True) for name in ("a", "b")]
    result = placement.solve(build.scenario(jobs=jobs, policy={"tails": False}))
    assert result.status is Status.INFEASIBLE
    assert len(result.unplaced) == 1
    assert "no room for it beside the others" in result.message


def test_a_job_that_fits_nowhere_is_rejected_with_the_reason() -> None:
    result = solved(build.scenario(jobs=[build.job("big", 2.0, 9), build.job("small", 1.0, 1)]))
    assert result.plan is not None
    outcome = result.plan.jobs.set_index("job")
    assert outcome.loc["big", "rejected"] == 1
    assert "the pool never has that many accelerators" in outcome.loc["big", "reason"]
    assert outcome.loc["small", "placed"] == 1
    assert result.constant_usd == pytest.approx(1000.0)


def test_large_synchronous_runs_stay_off_loosely_linked_satellites() -> None:
    sky = {**orbital(), "planes": [], "interruptions_per_accelerator_year": 3.78}
    sky["pools"] = [
        {
            "accelerator": "h100-sxm",
            "number": 640,
            "fabric": [{"accelerators": 8, "gbps": 3600.0}, {"accelerators": 640, "gbps": 10.0}],
        }
    ]
    jobs = [
        build.job("synchronous", 20.0, 512, sync_gbps=100.0, reject_usd=1e6),
        build.job("tolerant", 5.0, 8, sync_gbps=100.0, count=20, reject_usd=1e4),
    ]
    result = solved(build.scenario([build.cluster(number=600), sky], jobs, slots=48))
    assert result.plan is not None
    where = result.plan.placements.groupby("job")["cluster"].agg(set)
    assert where["synchronous"] == {"earth"}
    assert where["tolerant"] == {"sky"}


def test_statistics_add_up() -> None:
    jobs = [build.job("a", 3.0, 4, team="x"), build.job("b", 6.0, 4, team="y"), build.job("c", 1.0, 16, team="y")]
    scenario = build.scenario(
        [
            build.cluster(
                number=8, charge="used", fixed_costs=[{"category": "facility", "usd": 8766.0, "per": "accelerator"}]
            )
        ],
        jobs,
    )
    result = solved(scenario)
    assert result.plan is not None
    found = statistics(scenario, result.plan)
    assert found.delivered == pytest.approx(3 * 4 + 4 * 4)  # four of b's six hours
    assert found.orbital_share == 0.0
    assert found.clusters["utilisation"].tolist() == [pytest.approx(28 / 32)]
    teams = found.teams.set_index("team")
    assert teams.loc["x", "served"] == 1.0
    assert teams.loc["y", "served"] == pytest.approx(24 / 40)
    assert teams.loc["x", "per_hour_all_in"] == pytest.approx(1.0 + 0.1)


def test_the_same_seed_and_work_limit_give_the_same_plan() -> None:
    jobs = [build.job(f"j{k}", 1.0 + 0.37 * k, 1 + k % 5, delay_usd_per_hour=1.0 + k) for k in range(12)]
    scenario = build.scenario([build.cluster(number=6), build.cluster("two", 5, energy_price=80.0)], jobs, slots=12)
    one, two = (placement.solve(scenario, work_limit=50, threads=1, seed=3) for _ in range(2))
    assert one.plan is not None
    assert two.plan is not None
    for name in one.plan.tables:
        assert one.plan.tables[name].equals(two.plan.tables[name])


def test_a_plan_is_a_start_for_the_next() -> None:
    jobs = [build.job(f"j{k}", 1.0 + 0.4 * k, 1 + k % 4, delay_usd_per_hour=1.0) for k in range(6)]
    scenario = build.scenario([build.cluster(number=5)], jobs, slots=10)
    first = solved(scenario)
    dearer = scenario.replace("clusters.earth.energy_price", 120.0)
    lines: list[placement.Progress] = []
    second = solved(dearer, start=first.plan, progress=lines.append)
    assert second.status is Status.OPTIMAL
    assert any(line.source == "start" for line in lines)


def test_baseline_is_first_come_first_served() -> None:
    jobs = [
        build.job("early", 4.0, 8, reject_usd=50.0, submitted="2027-06-06T00:00:00Z"),
        build.job("late", 4.0, 8, reject_usd=500.0, submitted="2027-06-06T12:00:00Z"),
    ]
    result = solved(build.scenario(jobs=jobs, policy={"tails": False}))
    assert result.baseline_usd == pytest.approx(500.0 + 3.2)
    assert result.cost_usd == pytest.approx(50.0 + 3.2)


def test_of_equally_cheap_plans_the_one_that_does_not_wait_is_taken() -> None:
    jobs = [build.job(f"j{k}", 3.0, 4) for k in range(4)]
    for more in (
        {},
        {
            "sources": [
                {"kind": "grid", "price": 100.0, "limit_mw": 1.0},
                {"kind": "gas", "price": 200.0, "carbon_g_per_kwh": 0.0, "limit_mw": 1.0},
            ]
        },
    ):
        result = solved(build.scenario([build.cluster(number=8, **more)], jobs, slots=40))
        assert result.plan is not None
        assert sorted(result.plan.placements["start_grain"] // 256) == [0, 0, 3, 3]


def test_nothing_waits_for_what_discounting_inside_a_week_is_worth() -> None:
    jobs = [build.job(f"j{k}", 3.0, 4) for k in range(4)]
    result = solved(build.scenario([build.cluster(number=16)], jobs, slots=168, money={"discount_rate": 0.08}))
    assert result.plan is not None
    assert (result.plan.placements["start_grain"] == 0).all()
    assert result.gap <= 1e-4

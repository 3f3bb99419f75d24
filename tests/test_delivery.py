"""Hours of useful work that a plan delivers, by pool and slot, against sums worked out by hand."""

import math
from datetime import UTC, datetime
from typing import Any

import build
import in_process
import numpy as np
import pytest
from oracle.expansion import tiny_growth
from oracle.generate import tiny

import placement
from placement.delivery import delivered
from placement.physics.constants import EARTH_RADIUS_KM
from placement.plan import TABLES, Plan, empty, table
from placement.schema import Scenario
from placement.series import on_slots
from placement.statistics import statistics
from placement.timegrid import timegrid

GRAINS = 256
"""Of a slot of an hour."""


def run(job: str = "a", start: float = 0.0, end: float = 1.0, grains: int = GRAINS, **more: Any) -> dict[str, Any]:
    """A run from one slot to another, counted in slots; its dates say nothing."""
    plain = {"text": "", "int": 1, "float": 0.0, "moment": datetime(2027, 6, 7, tzinfo=UTC)}
    row: dict[str, Any] = {name: plain[kind] for name, kind in TABLES["placements"].items()}
    row |= {"job": job, "group": 0, "kind": "run", "cluster": "earth", "pool": "h100-sxm", "accelerators": 4}
    row |= {"work_share": 1.0}
    return row | {"start_grain": round(start * grains), "end_grain": round(end * grains), **more}


def plan(*runs: dict[str, Any], flows: tuple[dict[str, Any], ...] = ()) -> Plan:
    """A plan of runs and flows alone."""
    tables = {name: empty(name) for name in TABLES}
    for name, rows in (("placements", runs), ("flows", flows)):
        if rows:
            tables[name] = table(name, {column: [row[column] for row in rows] for column in TABLES[name]})
    return Plan("test", "", tables)


def hours(made: Scenario, made_plan: Plan, cluster: str = "earth", pool: str = "h100-sxm") -> list[float]:
    """What a pool delivers in each slot."""
    found = delivered(made, made_plan)
    assert set(found) == {(c.name, p.name) for c, p in made.pools()}
    return found[cluster, pool].tolist()


def near(*values: float) -> Any:
    return pytest.approx(list(values), rel=1e-12, abs=1e-12)


def test_a_run_of_whole_slots_delivers_alike_in_each() -> None:
    """2 h on 4 accelerators: 4 each hour."""
    assert hours(build.scenario(), plan(run(end=2))) == near(4, 4, 0, 0)


def test_of_the_last_slot_a_run_has_the_part_until_it_ends() -> None:
    made = build.scenario(jobs=[build.job("a", 2.25, 4)])
    assert hours(made, plan(run(start=1, end=3.25))) == near(0, 4, 4, 1)


def test_a_run_within_one_slot_delivers_all_of_it_there() -> None:
    made = build.scenario(jobs=[build.job("a", 0.5, 4)])
    assert hours(made, plan(run(start=2, end=2.5))) == near(0, 0, 2, 0)


def test_work_follows_the_speed_of_the_pool() -> None:
    """At half speed in the first hour, 2 h of work take 2.5 h."""
    made = build.scenario([build.cluster(pool={"speed": [0.5, 1.0, 1.0, 1.0]})])
    assert hours(made, plan(run(end=2.5))) == near(2, 4, 2, 0)


def test_time_that_is_lost_to_interruptions_delivers_nothing() -> None:
    """4 h on the clock for 2 h of work: half of each hour, and 8 in all."""
    assert hours(build.scenario(), plan(run(end=4))) == near(2, 2, 2, 2)


def test_a_faster_accelerator_delivers_what_the_job_asks_for() -> None:
    """1 h instead of 2 on something twice as fast: 2 × 4 reference hours all the same."""
    assert hours(build.scenario(), plan(run(end=1))) == near(8, 0, 0, 0)


def test_segments_deliver_equal_parts_when_they_run_and_nothing_between() -> None:
    made = build.scenario(jobs=[build.job("a", 2.0, 4, segments=2)])
    found = hours(made, plan(run(end=1, work_share=0.5), run(start=2.0, end=3.5, segment=2, work_share=0.5)))
    assert found == near(4, 0, 8 / 3, 4 / 3)


def test_a_tail_leaves_out_what_is_done_after_the_end() -> None:
    """3 h of work, 1 of them before the end."""
    made = build.scenario(jobs=[build.job("a", 3.0, 4)])
    assert hours(made, plan(run(start=3, end=4, tail_hours=2.0))) == near(0, 0, 0, 4)


def test_past_the_end_a_tail_goes_on_at_the_mean_speed_of_the_horizon() -> None:
    """Mean speed 0.75: 2 h in, 4 h after the end do 3 h; of 5 h of work 2 are done."""
    made = build.scenario(
        [build.cluster(pool={"speed": [0.5, 0.5, 1.0, 1.0]})], [build.job("a", 5.0, 4)], policy={"tails": True}
    )
    assert hours(made, plan(run(start=2, end=4, tail_hours=4.0))) == near(0, 0, 4, 4)


def test_units_alike_deliver_as_often() -> None:
    made = build.scenario(jobs=[build.job("a", 2.0, 4, count=5)])
    assert hours(made, plan(run(end=2, count=3), run(start=2, end=4, count=2, group=1))) == near(12, 12, 8, 8)


def test_parts_of_an_option_share_what_the_job_asks_for() -> None:
    """Two parts on two clusters: 4 of 8 accelerator-hours on each, whatever they hold."""
    made = build.scenario([build.cluster(), build.cluster("mars")])
    runs = run(end=1), run(end=1, cluster="mars", part=2, accelerators=9)
    assert hours(made, plan(*runs)) == near(4, 0, 0, 0)
    assert hours(made, plan(*runs), "mars") == near(4, 0, 0, 0)


def test_of_a_running_job_only_what_is_left_is_delivered() -> None:
    running = {"state": "running", "cluster": "earth", "started": "2027-06-06T20:00:00Z", "hours_left": 1.5}
    made = build.scenario(jobs=[build.job("a", 6.0, 4, **running)])
    assert hours(made, plan(run(end=1.5))) == near(4, 2, 0, 0)


def test_rows_that_are_no_runs_deliver_nothing() -> None:
    kinds = [run(kind=kind, end=1) for kind in ("stage", "pause", "unload")]
    assert hours(build.scenario(), plan(*kinds)) == near(0, 0, 0, 0)


def test_without_runs_and_flows_every_pool_delivers_nothing() -> None:
    assert hours(build.scenario(), plan()) == near(0, 0, 0, 0)


def flow(slot: int, accelerators: float, name: str = "chat", **more: Any) -> dict[str, Any]:
    place = {"cluster": "earth", "pool": "h100-sxm"}
    return {"flow": name, **place, "slot": slot, "accelerators": accelerators, **more}


def test_a_flow_delivers_what_is_served_of_it() -> None:
    """Accelerators × speed of the slot × goodput e^(-rate × restart) × speed of the class."""
    cluster = build.cluster(pool={"speed": [0.5, 1.0, 1.0, 1.0]}, restart_minutes=30.0)
    cluster["interruptions_per_accelerator_year"] = 876.6
    made = build.scenario(
        [cluster],
        flows=[
            {"name": "chat", "demand": 4.0, "unmet_usd_per_accelerator_hour": 1.0},
            {"name": "rank", "demand": 4.0, "unmet_usd_per_accelerator_hour": 1.0, "class": "fast"},
        ],
        throughput=[{"class": "fast", "accelerator": "h100-sxm", "relative_speed": 3.0}],
    )
    useful = np.exp(-0.1 * 0.5)
    found = hours(made, plan(flows=(flow(0, 2.0), flow(1, 4.0), flow(1, 1.0, "rank"))))
    assert found == near(1.0 * useful, 7.0 * useful, 0, 0)


def test_runs_and_flows_add_up_and_slots_count_by_their_length() -> None:
    """Months: January has 744 h, February 672. Grains of a quarter of an hour or less."""
    made = build.scenario(
        jobs=[build.job("a", 744 + 336.0, 4)],
        horizon={"start": "2027-01-01T00:00:00Z", "slot": "month"},
        slots=2,
        flows=[{"name": "chat", "demand": 4.0, "unmet_usd_per_accelerator_hour": 1.0}],
    )
    grains = timegrid(made.horizon).grains
    found = hours(made, plan(run(end=1.5, grains=grains), flows=(flow(0, 1.0), flow(1, 2.0))))
    assert found == near(744 * 5.0, 4 * 336 + 672 * 2.0)


ORBIT = {
    "name": "sky",
    "orbit": {"altitude_km": 550.0, "inclination_deg": 0.0, "raan_deg": 0.0},
    "interruptions_per_accelerator_year": 0.0,
}
SATELLITES = {"number": 1, "accelerator": "h100-sxm", "accelerators": 4, "array_kw": 1000.0, "resume_minutes": 0.0}


@pytest.mark.parametrize(
    ("satellites", "speed"),
    [
        ({"eclipse": "pause"}, 1 - math.asin(EARTH_RADIUS_KM / (EARTH_RADIUS_KM + 550)) / math.pi),
        ({"battery_kwh": 1000.0}, 1.0),
    ],
)
def test_in_orbit_eclipses_take_their_share(satellites: dict[str, Any], speed: float) -> None:
    """An orbit over the equator at the equinox: the shadow is as wide as the Earth; a battery bridges it."""
    made = build.scenario(
        [{**ORBIT, "satellites": {**SATELLITES, **satellites}}],
        [build.job("a", 2.5 * speed, 4)],
        horizon={"start": "2027-03-20T18:00:00Z"},
        flows=[{"name": "chat", "demand": 4.0, "unmet_usd_per_accelerator_hour": 1.0}],
    )
    served = flow(0, 3.0, cluster="sky"), flow(3, 2.0, cluster="sky")
    found = hours(made, plan(run(start=1, end=3.5, cluster="sky"), flows=served), "sky")
    assert found == pytest.approx([3 * speed, 4 * speed, 4 * speed, 2 * speed + 2 * speed], rel=1e-6)


@pytest.mark.parametrize("drawn", [tiny, tiny_growth])
def test_in_all_it_is_what_the_statistics_say(drawn: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs and flows of random tiny scenarios, by cluster."""
    in_process.use(monkeypatch)
    plans = 0
    for seed in range(24):
        made = placement.scenario(drawn(seed))
        found = placement.solve(made, gap=1e-6, baseline=False).plan
        if found is None:
            continue
        plans += 1
        runs = delivered(made, Plan(found.scenario, found.digest, {**found.tables, "flows": empty("flows")}))
        known, both = statistics(made, found), delivered(made, found)
        assert sum(own.sum() for own in both.values()) == pytest.approx(known.delivered, rel=1e-9, abs=1e-9)
        assert known.teams["delivered_hours"].sum() == pytest.approx(known.delivered, rel=1e-9, abs=1e-9)
        for row in known.clusters.to_dict("records"):
            mine = sum(own.sum() for (cluster, _), own in both.items() if cluster == row["cluster"])
            assert mine == pytest.approx(row["delivered_hours"], rel=1e-9, abs=1e-9)
        assert all((own >= -1e-9).all() for own in runs.values())
        _flows_are_what_they_serve(made, found, runs)
    assert plans >= 20


def _flows_are_what_they_serve(made: Scenario, found: Plan, runs: dict[Any, Any]) -> None:
    """Served is at most what is wanted; what of it the pools deliver beside their runs."""
    if not len(made.flows):
        return
    grid = timegrid(made.horizon)
    more = sum(own - runs[name] for name, own in delivered(made, found).items())
    wanted = sum(on_slots(flow.demand, grid, made) for flow in made.flows)
    assert (more <= wanted * grid.slot_hours + 1e-6).all()

"""The oracle finds optima that were worked out on paper: capacity, time, order, places, transfers."""

import pytest
from oracle.optimum import Optimum, optimum
from oracle.paper import cluster, job, paper

from placement.loader.load import scenario

TERABYTE_AN_HOUR = 1 / 0.45
"""Gbit/s."""


def solved(document) -> Optimum:
    """The optimum of a document."""
    return optimum(scenario(document))


def cost(document) -> float:
    """The optimal cost of a document."""
    return solved(document).cost_usd


def test_capacity():
    """A pool of 3 over two slots, jobs A 2 x 2 h, B 2 x 1 h, C 1 x 2 h.

    A and B do not fit side by side. A and C: energy 4 + 2, B rejected 2 x 3 = 6: 12.
    B and C: energy 2 + 2, A rejected 4 x 3: 16. So 12.
    """
    jobs = [job("A", 2, 2), job("B", 2, 1), job("C", 1, 2)]
    assert cost(paper(2, jobs=jobs, clusters=[cluster(number=3)])) == pytest.approx(12)


@pytest.mark.parametrize(("hours", "usd"), [(0.75, 4.0), (0.76, 7.06)])
def test_last_slot_fraction(hours, usd):
    """A 2 x 1.25 h holds a quarter of slot 1; B 2 x 0.75 h fits beside it there: energy 2.5 + 1.5 = 4.

    B of 0.76 h takes ceil(194.56) = 195 of 256 grains, 64 + 195 > 256. Rejecting B: 2.5 + 2 x 0.76 x 3 = 7.06;
    rejecting A costs 7.5 and more.
    """
    jobs = [job("A", 2, 1.25), job("B", 2, hours)]
    assert cost(paper(2, jobs=jobs, clusters=[cluster(number=2)])) == pytest.approx(usd)


@pytest.mark.parametrize(("tails", "delay", "usd"), [(True, 0.0, 8.0), (True, 0.5, 9.5), (False, 0.0, 12.0)])
def test_tail_deferral_and_delay(tails, delay, usd):
    """2 accelerators for 3 h in a horizon of 2 h; work left costs $2 per accelerator-hour, rejection 18.

    Start 0: energy 4, a third is left, 2 x 3 x 2 x 1/3 = 4: 8. It ends an hour past the end: 3 h of delay at 0.5 are
    1.5. Start 1 costs 2 + 8. Deferral costs 12 and, ending at 2 + 3, more delay; without tails it is the best.
    """
    document = paper(2, jobs=[job("j", 2, 3, delay_usd_per_hour=delay)], policy={"defer": True, "tails": tails})
    assert cost(document) == pytest.approx(usd)


def test_speed_with_a_standstill():
    """Speed 1, 0, 1/2, 1: two hours of work from slot 0 end in the middle of slot 3, 3.5 accelerator-hours held.

    Later starts do not end. Rejection costs 6.
    """
    pool = {"speed": [1.0, 0.0, 0.5, 1.0]}
    assert cost(paper(4, jobs=[job(hours=2)], clusters=[cluster(pool=pool)])) == pytest.approx(3.5)


def test_gang_of_another_size():
    """2 x 2 h costs 4 and at $3/h of delay 6: 10. Four at relative speed 3/4 need 4/3 h, 342 of 256 grains.

    That is 1.3359375 h: energy 5.34375 and delay 4.0078125.
    """
    rows = [{"class": "llm", "accelerator": "ref", "accelerators": 4, "relative_speed": 0.75}]
    rows.append({"class": "llm", "accelerator": "ref", "relative_speed": 1.0})
    jobs = [job("j", 2, 2, delay_usd_per_hour=3.0) | {"class": "llm"}]
    assert cost(paper(2, jobs=jobs, throughput=rows)) == pytest.approx(9.3515625)


@pytest.mark.parametrize(("slots", "usd"), [(3, 3.0), (2, 5.0)])
def test_after_every_unit(slots, usd):
    """B starts half an hour after both units of A, so at slot 2: energy 3. With two slots B is rejected: 2 + 3.

    Rejecting a unit of A instead would not let B run.
    """
    jobs = [job("A", count=2), job("B", after=["A"], after_lag_hours=0.5)]
    assert cost(paper(slots, jobs=jobs, clusters=[cluster(number=2)])) == pytest.approx(usd)


def test_after_a_deferred_job():
    """A is better deferred, at terminal value 0.1 x 2 h = 0.2, than run at 2. Then B cannot run.

    B rejected is 3, deferred 0.1: 0.3 in all.
    """
    jobs = [job("A", hours=2), job("B", after=["A"])]
    policy = {"defer": True, "terminal_usd_per_accelerator_hour": 0.1}
    assert cost(paper(4, jobs=jobs, policy=policy)) == pytest.approx(0.3)


def test_segments_skip_a_dear_slot():
    """Prices 10, 300, 10, 10; two halves of 1 h, half an hour lost on resuming: slots 0, 2 and half of 3.

    0.1 + 0.1 + 0.05 = 0.25; without the pause the dear hour is paid.
    """
    jobs = [job(hours=2, segments=2, resume_hours=0.5)]
    assert cost(paper(4, jobs=jobs, clusters=[cluster(price=[10.0, 300.0, 10.0, 10.0])])) == pytest.approx(0.25)


def test_option_with_two_parts():
    """The narrow way takes 3 h, more than there is; the wide one an hour on both clusters: energy 2, quotes 1."""
    options = [
        {"job": "j", "option": "wide", "cluster": "a", "accelerators": 1, "hours": 1.0, "price_usd": 0.5},
        {"job": "j", "option": "wide", "cluster": "b", "accelerators": 1, "hours": 1.0, "price_usd": 0.5},
        {"job": "j", "option": "narrow", "cluster": "a", "accelerators": 1, "hours": 3.0},
    ]
    document = paper(2, jobs=[job(reject_usd=9.0)], clusters=[cluster(), cluster("b")], options=options)
    assert cost(document) == pytest.approx(3)


def test_generalised_assignment():
    """One slot of an hour, A holds 3 and B 2; sizes x (A, B), and quotes x (A, B); energy is free.

    x: 2 on A for 1, 2 on B for 4. y: 2 on A for 2, 1 on B for 3. z: 1 on A for 5, 1 on B for 1. Rejection: 10.
    x on A, y and z on B: 1 + 3 + 1 = 5. x and y do not share A (4 > 3). Every other way costs more.
    """
    sizes = {"x": (2, 2), "y": (2, 1), "z": (1, 1)}
    quotes = {"x": (1, 4), "y": (2, 3), "z": (5, 1)}
    options = [
        {"job": name, "option": c, "cluster": c, "accelerators": size, "hours": 1.0, "price_usd": float(usd)}
        for name in sizes
        for c, size, usd in zip("ab", sizes[name], quotes[name], strict=True)
    ]
    jobs = [job(name, reject_usd=10.0) for name in sizes]
    fleet = [cluster("a", 3, 0.0), cluster("b", 2, 0.0)]
    found = solved(paper(1, jobs=jobs, clusters=fleet, options=options))
    assert found.cost_usd == pytest.approx(5)
    assert set(found.choice) == {"x on a at slot 0", "y on b at slot 0", "z on b at slot 0"}


def test_where_a_job_may_not_run():
    """Four cheap clusters are out: no country, too far, too little memory, too slow a fabric; the dear one runs it."""
    berlin = {"lat": 52.5, "lon": 13.4, "country": "DE"}
    osaka = {"lat": 34.7, "lon": 135.5, "country": "DE"}
    small = {"name": "small", "bf16_tflops": 1000.0, "memory_gb": 40.0, "kw": 10.0}
    fleet = [
        cluster("nowhere", price=1.0),
        cluster("far", price=2.0, place=osaka),
        cluster("little", price=3.0, place=berlin, pool={"accelerator": "small"}),
        cluster("slow", price=4.0, place=berlin, pool={"fabric": [{"accelerators": 4, "gbps": 100.0}]}),
        cluster("dear", price=200.0, place=berlin),
    ]
    jobs = [job(accelerators=2, residency=["DE"], home="hq", max_rtt_ms=20.0, memory_gb=60.0, sync_gbps=200.0)]
    document = paper(1, jobs=jobs, clusters=fleet, places={"hq": berlin})
    document["accelerators"].append(small)
    assert cost(document) == pytest.approx(4)


def test_a_must_run_job_that_fits_nowhere():
    """Five accelerators are asked for, four are there."""
    assert not solved(paper(2, jobs=[job(accelerators=5, must_run=True)])).feasible


def test_running_job_stays():
    """It has 1.5 h of 4 left on the dear cluster; cheaper ones do not count, and it may not be rejected."""
    jobs = [job(hours=4, state="running", cluster="a", pool="p", hours_left=1.5, reject_usd=0.0)]
    assert cost(paper(2, jobs=jobs, clusters=[cluster(), cluster("b", price=1.0)])) == pytest.approx(1.5)


def test_staging_shares_a_link():
    """The link takes 1 TB an hour; each of two jobs stages 1 TB in the slot before its start, so they start at 1 and 2.

    Energy 2, delay 2 + 3 = 5, $0.5 for each TB: 8.
    """
    link = {"gbps_in": TERABYTE_AN_HOUR, "gbps_out": 1.0, "usd_per_tb_in": 0.5}
    jobs = [job(name, dataset_tb=1.0, delay_usd_per_hour=1.0, reject_usd=50.0) for name in "xy"]
    assert cost(paper(3, jobs=jobs, clusters=[cluster(link=link)])) == pytest.approx(8)


def test_unloading_needs_time_after_the_run():
    """0.4 TB at 1 TB an hour, half of the time in contact, an hour to do it: share 0.8.

    Both jobs cannot unload in one slot. At prices 100, 200, 400 one ends at 1 and the other at 2: 1 + 2 = 3, with $1/TB
    out 0.8 more.
    """
    link = {"gbps_in": 1.0, "gbps_out": TERABYTE_AN_HOUR, "usd_per_tb_out": 1.0, "contact": 0.5}
    jobs = [job(name, result_tb=0.4, reject_usd=50.0) for name in "xy"]
    fleet = [cluster(link=link, price=[100.0, 200.0, 400.0])]
    assert cost(paper(3, jobs=jobs, clusters=fleet)) == pytest.approx(3.8)


def test_shared_dataset_moves_once():
    """1.5 TB at 1 TB an hour are there from slot 2; at 2 $/TB that is 3, once for both jobs; energy 2. Rejecting: 6."""
    link = {"gbps_in": TERABYTE_AN_HOUR, "gbps_out": 1.0, "usd_per_tb_in": 2.0}
    jobs = [job(name, dataset="corpus") for name in "xy"]
    datasets = [{"name": "corpus", "tb": 1.5, "home": "hq"}]
    places = {"hq": {"lat": 0.0, "lon": 0.0}}
    document = paper(3, jobs=jobs, clusters=[cluster(link=link)], datasets=datasets, places=places)
    assert cost(document) == pytest.approx(5)


def test_satellites_at_half_power():
    """Dawn-dusk satellites never see the Earth's shadow; their array gives half of the load: an hour takes two.

    Power is free, delay costs $1/h: 2. On the ground at 150 $/MWh: 1.5 + 1 = 2.5.
    """
    satellites = {"number": 1, "accelerator": "ref", "accelerators": 1, "array_kw": 5.0, "overhead": 1.0}
    satellites |= {"array_loss_per_year": 0.0, "age_years": 3.0}
    flying = {"name": "sat", "orbit": {"altitude_km": 800.0, "ltan": 6.0}, "satellites": satellites}
    flying["interruptions_per_accelerator_year"] = 0.0
    document = paper(3, jobs=[job(delay_usd_per_hour=1.0)], clusters=[cluster(price=150.0), flying])
    document["horizon"]["start"] = "2027-04-04T00:00:00Z"  # the Sun at its mean distance
    assert cost(document) == pytest.approx(2)

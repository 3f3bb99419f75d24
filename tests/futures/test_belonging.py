"""Jobs that belong together: order, segments, units of one job."""

import math

import build
import pytest
from futures.by_hand import SEED, STORM, both, carried, end_of, event, find, job, once, planned, told

from placement.futures.stress import stress

pytestmark = pytest.mark.usefixtures("solved_here")


def test_a_job_after_another_waits_for_its_end_and_the_lag() -> None:
    """a ends at 2 as planned, b runs from 3 to 4 on the moon; with the outage on earth a ends at x and b starts in the
    first slot from x + 1 on.
    """
    sites = [build.cluster(), build.cluster("moon")]
    jobs = [job("a", clusters=["earth"]), job("b", 1.0, clusters=["moon"], after=["a"], after_lag_hours=1.0)]
    stored = planned(build.document(sites, jobs, slots=12, uncertainty={"events": [event(speed=0.0)]}), 20.8 + 40.4)
    number, ((window,),) = find(stored, once((0.1, 1.0), ends=(1.1, 1.9)))
    end = math.ceil((2 + window[1] - window[0]) * 256 - 1e-6) / 256
    start = math.ceil(end + 1)
    told(carried(stored, number), 10.4 * end + 0.4 + 10 * (start + 1), late_hours=end - 2 + start - 3)


def test_a_job_after_one_that_is_away_is_away() -> None:
    """a needs all 8, of which the storm leaves 4; b, after it, would have room."""
    jobs = [job("a", 2.0, 8), job("b", 1.0, 2, after=["a"], reject_usd=70.0)]
    stored = planned(build.document(jobs=jobs, slots=12, uncertainty={"events": [STORM]}), 21.6 + 0.2 + 30)
    number, _ = find(stored, once((0.1, 0.9)))
    told(carried(stored, number), 1070.0, away_usd=1070.0, away=2)


SEGMENTED = {"segments": 2, "resume_hours": 0.5}


def test_a_job_in_segments_stands_still_and_goes_on() -> None:
    """2 h and 2.5 h, from 0 and from 2: 4.5 h in all as planned. The outage of the first delays both.

    The second starts in the first slot after the end of the first.
    """
    stored = planned(
        build.document(jobs=[job(hours=4.0, **SEGMENTED)], slots=12, uncertainty={"events": [event(speed=0.0)]}),
        0.4 * 4.5 + 45,
    )
    number, ((window,),) = find(stored, once((0.1, 1.0), ends=(1.1, 1.9)))
    first = math.ceil((2 + window[1] - window[0]) * 256 - 1e-6) / 256
    start = math.ceil(first)
    end = start + 2.5
    told(carried(stored, number), 0.4 * (first + 2.5) + 10 * end, late_hours=end - 4.5)


def test_all_segments_are_placed_or_none() -> None:
    """Of 6 h without tails, an outage of the second hour and on leaves no place for the second segment: the whole job
    is away, and its first segment is not paid for.
    """
    uncertainty = {"events": [event(speed=0.0, hours=5.0)]}
    written = build.document(
        jobs=[job(hours=4.0, **SEGMENTED)], slots=6, policy={"tails": False}, uncertainty=uncertainty
    )
    stored = planned(written, 46.8)
    number, _ = find(stored, once((2.1, 2.9), ends=(6.5, 1e9)))
    told(carried(stored, number), 1000.0, away_usd=1000.0, away=1)


def test_segments_have_one_length() -> None:
    """Units of a job in segments share one draw: segments of 2 f and 2.5 f h."""
    stored = planned(
        build.document(jobs=[job(hours=4.0, **SEGMENTED)], slots=24, uncertainty={"run_time": {"sigma": 0.3}}), 46.8
    )
    found = stress(stored, 6, seed=SEED, workers=1)
    assert found.how == "one by one"
    for number, by in enumerate(found.futures["length of a"].tolist()):
        # `resume_hours` are not part of the run's length `hours`; 4 f h are shared equally, 0.5 h added to the second.
        ends = [end_of(work, start, [1.0] * 24) for work, start in ((2 * by, 0),)]
        start = math.ceil(ends[0] - 1e-9)
        last = end_of(2 * by + 0.5, start, [1.0] * 24)
        usd = 0.4 * (ends[0] + last - start) + 10 * last
        assert found.futures["cost_usd"].iloc[number] == pytest.approx(usd)


def test_a_unit_in_segments_that_goes_elsewhere_is_one() -> None:
    sites = [build.cluster(), build.cluster("moon", energy_price=300.0)]
    jobs = [job("a", 3.0), job("b", 3.0, segments=2)]
    uncertainty = {"events": [STORM], "recourse": {"patience_hours": 0.0}}
    stored = planned(build.document(sites, jobs, slots=12, uncertainty=uncertainty))
    number, _ = find(stored, once((0.1, 0.9)))
    got = carried(stored, number)
    assert got["away"] == 0
    assert got["elsewhere"] == 1


@both
def test_units_are_split_among_slots_as_many_as_fit(how: str) -> None:
    """Three units of 2 h on 4: two at 0 and one at 2. With 4 left from slot 1 on, one runs at 0, one at 2, one at 4.

    As planned 3 × 0.8 + 10 × (2 + 2 + 4); then 10 × (2 + 4 + 6): the second unit is 2 h late, and so is the third.
    """
    stored = planned(build.document(jobs=[job(count=3)], slots=12, uncertainty={"events": [STORM]}), 82.4)
    number, _ = find(stored, once((0.1, 0.9)))
    told(carried(stored, number, how), 2.4 + 120, late_hours=4.0)


def test_a_job_in_segments_needs_all_its_units_at_a_time() -> None:
    """Two units in one place: with room for one they wait together, until there is none, and are away."""
    jobs = [job(hours=4.0, count=2, segments=2)]
    stored = planned(
        build.document(jobs=jobs, slots=12, policy={"tails": False}, uncertainty={"events": [STORM]}), 83.2
    )
    number, _ = find(stored, once((0.1, 0.9)))
    told(carried(stored, number), 2000.0, away_usd=2000.0, away=2)


def test_a_plan_that_runs_units_in_segments_one_after_the_other_is_carried_out() -> None:
    """4 accelerators: one unit at a time. Where nothing happens, nothing changes."""
    jobs = [job(hours=2.0, count=2, segments=2)]
    written = build.document([build.cluster(number=4)], jobs, slots=12, policy={"tails": False})
    stored = planned({**written, "uncertainty": {"events": [event(speed=0.0, per_year=0.0)]}})
    assert carried(stored, 0)["cost_usd"] == pytest.approx(stored.summary["cost_usd"])

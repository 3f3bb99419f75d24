"""What units without a place cost, and those that miss their deadline."""

import math
from typing import Any

import build
import pytest
from futures.by_hand import SEED, both, carried, event, find, job, once, planned, told

from placement.futures.stress import FIGURES, stress

pytestmark = pytest.mark.usefixtures("solved_here")

LONG = once((0.1, 0.9), ends=(3.2, 1e9))


@both
def test_what_does_not_fit_before_the_end_is_away_without_tails(how: str) -> None:
    """3 h, of which an outage leaves less than 2: no start is left for a run of 2 h."""
    uncertainty = {"events": [event(speed=0.0, hours=3.0)]}
    written = build.document(jobs=[job()], slots=3, policy={"tails": False}, uncertainty=uncertainty)
    stored = planned(written, 20.8)
    number, _ = find(stored, LONG)
    told(carried(stored, number, how), 1000.0, away_usd=1000.0, away=1)


@both
def test_with_tails_it_goes_on_past_the_end_at_the_mean_speed(how: str) -> None:
    """W h are done in 3 h; w = 2 - W are left, at 2.35 $ per accelerator-hour, and take w/(W/3) h more."""
    uncertainty = {"events": [event(speed=0.0, hours=3.0)]}
    stored = planned(build.document(jobs=[job()], slots=3, policy={"tails": True}, uncertainty=uncertainty), 20.8)
    number, ((window,),) = find(stored, LONG)
    done = float(window[0])
    left = 2 - done
    end = 3 + left / (done / 3)
    usd = 0.4 * 3 + 10 * end + 2.35 * 2 * 4 * left / 2
    told(carried(stored, number, how), usd, late_hours=end - 2)


@both
def test_a_longer_run_leaves_more_to_be_done_at_the_end(how: str) -> None:
    """Lengths by sigma: of a run of 3 h that takes 3 f h, in 4 h, 3 f - 4 h are left, at 2.35 $ × 4 each."""
    written = build.document(jobs=[job(hours=3.0)], slots=4, uncertainty={"run_time": {"sigma": 0.6}})
    stored = planned(written, 31.2)
    found = stress(stored, 20, seed=SEED, workers=1, one_by_one=how == "one by one")
    lengths = found.futures["length of a"].to_numpy() * 3.0
    assert (lengths > 4.5).any()
    assert (lengths < 3).any()
    for number, length in enumerate(lengths.tolist()):
        end = math.ceil(length * 256 - 1e-6) / 256 if length <= 4 else length
        usd = 0.4 * min(end, 4.0) + 10 * end + max(0.0, length - 4) * 2.35 * 4
        row = {name: float(found.futures[name].iloc[number]) for name in FIGURES}
        told(row, usd, late_hours=max(0.0, end - 3))


@both
def test_what_is_planned_with_the_90_percent_quantile_ends_earlier_as_a_rule(how: str) -> None:
    """Planned with 3 h; in a future it takes 3 h times what was drawn, as a rule less."""
    written = build.document(
        jobs=[job(hours_p90=3.0)], slots=24, policy={"run_time": "p90"}, uncertainty={"run_time": {}}
    )
    stored = planned(written, 31.2)
    found = stress(stored, 8, seed=SEED, workers=1, one_by_one=how == "one by one")
    assert found.unsettled == ()
    assert found.futures["length of a"].median() < 0.9
    for length, usd in zip(found.futures["length of a"], found.futures["cost_usd"], strict=True):
        assert usd == pytest.approx(10.4 * math.ceil(3 * length * 256 - 1e-6) / 256)


@both
@pytest.mark.parametrize(("priority", "weight"), [(None, 1.0), ("high", 4.0), ("low", 0.5)])
def test_a_job_that_must_run_is_away_at_the_default(how: str, priority: str | None, weight: float) -> None:
    """2.95 $ × 2 h × 4 accelerators × the weight of its priority."""
    must = job(must_run=True, priority=priority)
    del must["reject_usd"]
    uncertainty = {"events": [event(speed=0.0, hours=3.0)]}
    written = build.document([build.cluster()], [must], slots=3, policy={"tails": False, "defer": True})
    stored = planned({**written, "uncertainty": uncertainty}, 20.8)
    number, _ = find(stored, LONG)
    usd = 2.95 * 2 * 4 * weight
    told(carried(stored, number, how), usd, away_usd=usd, away=1)


@both
def test_a_running_job_is_away_at_the_default(how: str) -> None:
    """It has 2 of its 4 h left, which are what is planned with (docs/model.md §3): 2.95 $ × 2 h × 4."""
    now = job(hours=4.0, state="running", cluster="earth", hours_left=2.0)
    del now["reject_usd"]
    uncertainty = {"events": [event(speed=0.0, hours=3.0)]}
    written = build.document(jobs=[now], slots=3, policy={"tails": False}, uncertainty=uncertainty)
    stored = planned(written, 20.8)
    number, _ = find(stored, LONG)
    told(carried(stored, number, how), 23.6, away_usd=23.6, away=1)


@both
def test_a_running_job_stands_still_and_goes_on(how: str) -> None:
    now = job(hours=4.0, state="running", cluster="earth", hours_left=2.0)
    del now["reject_usd"]
    stored = planned(build.document(jobs=[now], slots=12, uncertainty={"events": [event(speed=0.0)]}), 20.8)
    number, ((window,),) = find(stored, once((0.1, 1.0), ends=(1.1, 1.9)))
    end = math.ceil((2 + window[1] - window[0]) * 256 - 1e-6) / 256
    told(carried(stored, number, how), 10.4 * end, late_hours=end - 2)


@both
def test_what_may_be_put_off_is_away_at_the_lesser_cost(how: str) -> None:
    """Putting off costs 2.35 $ × 2 h × 4 + 10 $ × (3 + 2) h = 68.8 $, turning away 1,000."""
    uncertainty = {"events": [event(speed=0.0, hours=3.0)]}
    written = build.document(jobs=[job()], slots=3, policy={"tails": False, "defer": True}, uncertainty=uncertainty)
    stored = planned(written, 20.8)
    number, _ = find(stored, LONG)
    assert carried(stored, number, how) == pytest.approx(
        {**dict.fromkeys(FIGURES, 0.0), "cost_usd": 68.8, "away_usd": 68.8, "away": 1}
    )


@both
def test_what_the_plan_turns_away_or_puts_off_costs_what_it_does_there(how: str) -> None:
    """b is turned away for 3 $, c put off for 2.35 $ × 4 = 9.4 $; neither is a unit that finds no place."""
    jobs = [
        job("a", 3.0, 8, deadline="2027-06-07T03:00:00Z"),
        job("b", 3.0, 8, reject_usd=3.0),
        job("c", 1.0, 4, delay_usd_per_hour=0.0),
    ]
    sites = [build.cluster(energy_price=5000.0)]
    # a for 8 × 3 × 5 = 120 + 30 $; b would cost that too, c 20 $.
    written = build.document(sites, jobs, slots=3, policy={"defer": True, "tails": False})
    stored = planned({**written, "uncertainty": {"events": [event(speed=0.0, per_year=0.0)]}}, 150 + 3 + 9.4)
    told(carried(stored, 0, how), 162.4, away_usd=12.4)


# Deadlines


def dated(missed: float, deadline: str, **more: Any) -> dict[str, Any]:
    uncertainty = {"events": [event(speed=0.0)], "recourse": {"missed": missed}}
    return build.document(jobs=[job(deadline=f"2027-06-07T{deadline}:00Z", **more)], slots=12, uncertainty=uncertainty)


@both
@pytest.mark.parametrize("missed", [0.0, 0.5, 2.0])
def test_a_missed_deadline_costs_a_share_of_turning_away_and_is_counted(how: str, missed: float) -> None:
    stored = planned(dated(missed, "02:00"), 20.8)
    number, ((window,),) = find(stored, once((0.1, 1.0), ends=(1.1, 1.9)))
    end = math.ceil((2 + window[1] - window[0]) * 256 - 1e-6) / 256
    usd = missed * 1000
    told(carried(stored, number, how), 10.4 * end + usd, missed_usd=usd, missed=1, late_hours=end - 2)


@both
def test_a_deadline_that_is_still_met_costs_nothing(how: str) -> None:
    stored = planned(dated(1.0, "03:30"), 20.8)
    number, ((window,),) = find(stored, once((0.1, 1.0), ends=(1.1, 1.9)))
    end = math.ceil((2 + window[1] - window[0]) * 256 - 1e-6) / 256
    told(carried(stored, number, how), 10.4 * end, late_hours=end - 2)


@both
def test_a_missed_deadline_of_a_job_that_must_run_goes_by_the_default(how: str) -> None:
    must = dated(1.0, "02:00", must_run=True)
    del must["jobs"][0]["reject_usd"]
    stored = planned(must, 20.8)
    number, ((window,),) = find(stored, once((0.1, 1.0), ends=(1.1, 1.9)))
    end = math.ceil((2 + window[1] - window[0]) * 256 - 1e-6) / 256
    told(carried(stored, number, how), 10.4 * end + 23.6, missed_usd=23.6, missed=1, late_hours=end - 2)


@both
def test_a_missed_deadline_costs_what_a_unit_without_a_place_does(how: str) -> None:
    """The deadline is at 3 h + 2 h, so the job may be put off for 68.8 $; its tail in the outage goes past that."""
    uncertainty = {"events": [event(speed=0.0, hours=3.0)]}
    written = build.document(
        jobs=[job(deadline="2027-06-07T05:00:00Z")], slots=3, policy={"defer": True}, uncertainty=uncertainty
    )
    stored = planned(written, 20.8)
    number, ((window,),) = find(stored, once((0.1, 0.6), ends=(3.2, 1e9)))
    assert 3 + (2 - window[0]) / (window[0] / 3) > 5
    assert carried(stored, number, how)["missed_usd"] == pytest.approx(68.8)


@both
def test_chances_are_shares_of_planned_units_over_futures(how: str) -> None:
    """Two units of a with a deadline that outages break, one of b without; counted by what is told of each future."""
    a = job("a", 2.0, 2, count=2, deadline="2027-06-07T02:00:00Z")
    written = build.document(
        jobs=[a, job("b", 1.0, 2)], slots=6, uncertainty={"events": [event(speed=0.0, per_year=2000.0)]}
    )
    stored = planned(written)
    found = stress(stored, 16, seed=SEED, workers=1, one_by_one=how == "one by one")
    frame = found.jobs.set_index("job")
    missed, away = (found.futures[name].to_numpy() for name in ("missed", "away"))
    assert 0 < missed.sum() < 32
    assert away.sum() == 0
    assert frame.loc["a", "units"] == 2
    assert frame.loc["a", "placed"] == pytest.approx(1.0)
    assert frame.loc["a", "on_time"] == pytest.approx(1 - missed.sum() / 32)
    assert str(frame.loc["a", "deadline"]) == "2027-06-07 02:00:00+00:00"
    assert math.isnan(frame.loc["b", "on_time"])

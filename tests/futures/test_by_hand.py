"""What becomes of small plans in futures, worked out by hand from docs/futures.md.

Where not said otherwise a site, earth, has 8 accelerators of 1 kW each at 100 $/MWh: a run on 4 of them costs 0.4 $ an
hour. Jobs pay 10 $ for each hour until they end, so that a plan starts them at once, and 1,000 $ if they are turned
away. Events are drawn; a test looks for a future in which they happen as it needs them, and reads when from the draw.
"""

import copy
import functools
import json
import math
from collections.abc import Callable, Sequence
from typing import Any

import build
import in_process
import lifting
import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import optimize, stats

import placement
from placement.errors import PlacementError
from placement.folder import Stored
from placement.futures import risk
from placement.futures.stress import FIGURES, Stress, one_by_one_of, stress
from placement.solving import solve

HOWS = ("one by one", "at once")
both = pytest.mark.parametrize("how", HOWS)
SEED = 5
Windows = tuple[NDArray[np.float64], ...]


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plans are made without a child process."""
    in_process.use(monkeypatch)


def job(name: str = "a", hours: float = 2.0, accelerators: int = 4, **more: Any) -> dict[str, Any]:
    return build.job(name, hours, accelerators, **{"delay_usd_per_hour": 10.0, **more})


def planned(written: dict[str, Any], usd: float | None = None) -> Stored:
    """The best plan of a scenario, which costs so much."""
    stored = _plan(json.dumps(written))
    if usd is not None:
        assert stored.summary["cost_usd"] == pytest.approx(usd, abs=1e-6)
    return stored


@functools.cache
def _plan(written: str) -> Stored:
    made = placement.scenario(json.loads(written))
    result = solve(made, baseline=False, gap=1e-7)
    assert result.plan is not None, result.message
    return Stored(made, result.plan, result.summary())


def find(stored: Stored, wanted: Callable[[Windows], bool]) -> tuple[int, Windows]:
    """The first future whose events are as wanted, and these: hours at which they begin and end."""
    of = one_by_one_of(stored, SEED).drawing
    for number in range(20_000):
        windows = of.future(number).windows
        if wanted(windows):
            return number, windows
    raise AssertionError("no future is like that")


def carried(stored: Stored, number: int, how: str = "one by one") -> dict[str, float]:
    """FIGURES of a future."""
    if how == "at once":
        found = stress(stored, number + 1, seed=SEED, workers=1, device="cpu")
        assert found.how == "at once"
        return {name: float(found.futures[name].iloc[number]) for name in FIGURES}
    future, single = one_by_one_of(stored, SEED).run(number)
    assert future.number == number
    assert single.unsettled == ""
    told = (single.usd, single.away_usd, single.missed_usd, single.late_hours, single.away, single.missed)
    return dict(zip(FIGURES, (*told, single.elsewhere, single.tonnes), strict=True))


def told(got: dict[str, float], usd: float, **more: float) -> None:
    """The figures are these; what is not named is nought."""
    expected = {**dict.fromkeys(FIGURES, 0.0), "cost_usd": usd, **more}
    assert got == pytest.approx(expected, abs=1e-6)


def once(between: tuple[float, float], *, ends: tuple[float, float] = (0.0, 1e9)) -> Callable[[Windows], bool]:
    """The event happens once, begins in that time, and ends in another."""

    def wanted(windows: Windows) -> bool:
        return (
            len(windows[0]) == 1 and between[0] < windows[0][0, 0] < between[1] and ends[0] < windows[0][0, 1] < ends[1]
        )

    return wanted


def event(**more: Any) -> dict[str, Any]:
    """Something that happens about once in 12 hours, for an hour."""
    return {"name": "event", "clusters": ["earth"], "per_year": 700.0, "hours": 1.0, **more}


def speeds(slots: int, windows: NDArray[np.float64], left: float) -> list[float]:
    """Speed in slots of an hour: in a slot that is covered by a share x, 1 - (1 - left) x."""
    result = [1.0] * slots
    for begin, end in windows.tolist():
        for t in range(slots):
            result[t] *= 1 - (1 - left) * max(0.0, min(end, t + 1) - max(begin, t))
    return result


def end_of(work: float, start: int, speed: Sequence[float]) -> float:
    """When work is done, on whole grains of 1/256 h; infinite past the horizon."""
    done = 0.0
    for t in range(start, len(speed)):
        if done + speed[t] >= work - 1e-9:
            return math.ceil((t + (work - done) / speed[t]) * 256 - 1e-6) / 256
        done += speed[t]
    return math.inf


# Events


@both
def test_an_outage_makes_a_run_stand_still_and_hold_what_it_has(how: str) -> None:
    """It ends later by the outage, pays for power and delay all that time; 20.8 $ as planned: 2 h × (0.4 + 10)."""
    written = build.document(jobs=[job()], slots=12, uncertainty={"events": [event(speed=0.0)]})
    stored = planned(written, 20.8)
    number, ((window,),) = find(stored, once((0.1, 1.0), ends=(1.1, 1.9)))
    lasts = window[1] - window[0]
    # It is over before slot 2, so 2 - lasts are done then, and the rest takes as long as the outage took.
    end = math.ceil((2 + lasts) * 256 - 1e-6) / 256
    told(carried(stored, number, how), 10.4 * end, late_hours=end - 2)


@both
def test_a_curtailment_slows_down(how: str) -> None:
    """40 % of the speed is left: of each hour 0.6 h are lost. 31.2 $ as planned."""
    written = build.document(jobs=[job(hours=3.0)], slots=12, uncertainty={"events": [event(speed=0.4, hours=2.0)]})
    stored = planned(written, 31.2)
    number, ((window,),) = find(stored, once((0.1, 1.0), ends=(1.1, 2.9)))
    end = math.ceil((3 + 0.6 * (window[1] - window[0])) * 256 - 1e-6) / 256
    got = carried(stored, number, how)
    told(got, 10.4 * end, late_hours=end - 3)
    assert end == end_of(3.0, 0, speeds(12, np.array([window]), 0.4))


@both
def test_several_events_at_once_multiply(how: str) -> None:
    events = [event(speed=0.5, per_year=3000.0), event(name="heat", speed=0.8, per_year=3000.0)]
    stored = planned(build.document(jobs=[job(hours=4.0)], slots=24, uncertainty={"events": events}), 41.6)
    number, (one, other) = find(stored, lambda pairs: all(sum(w[:, 0] < 3) >= 2 for w in pairs))
    speed = [x * y for x, y in zip(speeds(24, one, 0.5), speeds(24, other, 0.8), strict=True)]
    end = end_of(4.0, 0, speed)
    told(carried(stored, number, how), 10.4 * end, late_hours=end - 4)


@both
def test_an_event_elsewhere_changes_nothing(how: str) -> None:
    sites = [build.cluster(), build.cluster("moon", energy_price=300.0)]
    events = [event(clusters=["moon"], speed=0.0, lost=1.0, per_year=5000.0)]
    stored = planned(build.document(sites, [job()], slots=12, uncertainty={"events": events}), 20.8)
    told(carried(stored, 0, how), 20.8)


STORM = event(lost=0.5)
PAIR = [job("a", 3.0), job("b", 3.0)]


def storm(patience: float, sites: list[dict[str, Any]] | None = None) -> tuple[Stored, int]:
    """Two runs of 3 h on 4 of 8 accelerators each, and a storm in the first hour that destroys 4: 62.4 $ as planned."""
    sites = [build.cluster(), build.cluster("moon", energy_price=300.0)] if sites is None else sites
    uncertainty = {"events": [STORM], "recourse": {"patience_hours": patience}}
    stored = planned(build.document(sites, PAIR, slots=12, uncertainty=uncertainty), 62.4)
    return stored, find(stored, once((0.1, 0.9)))[0]


@both
def test_lost_accelerators_push_the_next_run_later(how: str) -> None:
    """a, the first of the jobs, runs as planned; b has no room from slot 1 on until a ends, and runs from 3 to 6."""
    stored, number = storm(0.0, [build.cluster()])
    told(carried(stored, number, how), 2 * 1.2 + 30 + 60, late_hours=3.0)


@both
@pytest.mark.parametrize(("patience", "start"), [(0.0, 0), (1.0, 1), (1.5, 2), (2.0, 2)])
def test_without_room_a_run_goes_elsewhere_after_its_patience(how: str, patience: float, start: int) -> None:
    """b goes to the moon in the first slot that begins so many hours after its own, for 4 kW × 3 h × 0.3 $/kWh."""
    stored, number = storm(patience)
    late = float(start)
    told(carried(stored, number, how), 1.2 + 30 + 3.6 + 10 * (start + 3), late_hours=late, elsewhere=1)


@both
@pytest.mark.parametrize("patience", [2.5, 3.0, 6.0])
def test_where_both_have_room_the_planned_way_comes_first(how: str, patience: float) -> None:
    """In slot 3 earth is free again, whether b may go to the moon by then or not."""
    stored, number = storm(patience)
    told(carried(stored, number, how), 2 * 1.2 + 30 + 60, late_hours=3.0)


@both
def test_of_other_ways_the_one_with_the_cheapest_start_comes_first(how: str) -> None:
    """mars costs 400 $/MWh but in its last three hours, 150: less than the moon's 300 in any, so mars it is, at 400."""
    mars = build.cluster("mars", energy_price=[400.0] * 9 + [150.0] * 3)
    sites = [build.cluster(), build.cluster("moon", energy_price=300.0), mars]
    jobs = [job("a", 3.0), job("b", 3.0, delay_usd_per_hour=0.01)]
    uncertainty = {"events": [STORM], "recourse": {"patience_hours": 0.0}}
    stored = planned(build.document(sites, jobs, slots=12, uncertainty=uncertainty), 2 * 1.2 + 30 + 0.03)
    number, _ = find(stored, once((0.1, 0.9)))
    told(carried(stored, number, how), 1.2 + 30 + 4.8 + 0.03, elsewhere=1)


@both
def test_what_was_placed_first_is_not_moved(how: str) -> None:
    """b, planned after a ended, waits; c, planned later still, goes into the gap beside it that it finds.

    a runs on all 8 from 0 to 2. In the storm 4 of 8 are lost from slot 1 on, so a, which needs 8, has no place at all:
    1,000 $. b (4, 2 h, from 2) and c (4, 1 h, from 4) run as planned.
    """
    jobs = [job("a", 2.0, 8), job("b", 2.0, 4, earliest_start="2027-06-07T02:00:00Z"), job("c", 1.0, 4)]
    jobs[2]["earliest_start"] = "2027-06-07T04:00:00Z"
    stored = planned(
        build.document(jobs=jobs, slots=12, uncertainty={"events": [STORM]}), 1.6 + 20 + 0.8 + 20 + 0.4 + 10
    )
    number, _ = find(stored, once((0.1, 0.9)))
    told(carried(stored, number, how), 1000 + 20.8 + 10.4, away_usd=1000.0, away=1)


@both
def test_reserved_accelerators_stay_reserved_and_spares_spare(how: str) -> None:
    """Of 12 with 2 spares and 2 reserved 8 are left for two runs; half of the 12 lost leaves 2, for none of them."""
    site = build.cluster(number=12, pool={"spares": 2, "reserved": 2.0})
    stored = planned(build.document([site], PAIR, slots=12, uncertainty={"events": [STORM]}), 62.4)
    number, _ = find(stored, once((0.1, 0.9)))
    told(carried(stored, number, how), 2000.0, away_usd=2000.0, away=2)


@both
def test_of_blocks_that_stand_later_nothing_is_lost_now(how: str) -> None:
    """8 stand, and 8 more from slot 10 on. Half is lost in slot 0: a runs on 4 of what is left, as planned."""
    halls = [
        {"name": "old", "number": 8},
        {"name": "new", "number": 8, "service": {"from": "2027-06-07T10:00:00Z"}},
    ]
    site = build.cluster(pool={"blocks": halls})
    del site["pools"][0]["number"]
    stored = planned(build.document([site], [job("a", 3.0)], slots=12, uncertainty={"events": [STORM]}), 31.2)
    number, _ = find(stored, once((0.1, 0.9)))
    told(carried(stored, number, how), 31.2)


# What finds no place


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


# Jobs that belong together


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


# Money


@both
def test_a_factor_on_the_price_of_energy_changes_energy_by_it_and_nothing_else(how: str) -> None:
    """0.8 $ of energy × 1.5, with a PUE of 1.25 1 $; rent and delay as they are."""
    site = build.cluster(pue=1.25, pool={"usd_per_accelerator_hour": 0.5})
    inputs = [{"paths": ["clusters.earth.energy_price"], "how": "factor", "discrete": {"values": [1.5]}}]
    stored = planned(build.document([site], [job()], slots=12, uncertainty={"inputs": inputs}), 1.0 + 4.0 + 20)
    told(carried(stored, 0, how), 1.5 + 4.0 + 20)


@both
def test_a_value_of_the_price_of_energy_stands_there(how: str) -> None:
    inputs = [{"paths": ["clusters.earth.energy_price"], "discrete": {"values": [-50.0]}}]
    site = build.cluster(energy_price=[100.0, 200.0] * 6, idle_mw=0.001)
    stored = planned(build.document([site], [job()], slots=12, uncertainty={"inputs": inputs}), 1.2 + 20 + 1.8)
    # 4 kW for 2 h, and 1 kW of idle power for 12 h, at -0.05 $/kWh
    told(carried(stored, 0, how), -0.4 + 20 - 0.6)


def test_a_drawn_price_of_carbon_is_paid() -> None:
    """8 kWh of 500 g are 0.004 t, at 250 $/t 1 $."""
    inputs = [{"paths": ["policy.carbon_usd_per_t"], "discrete": {"values": [250.0]}}]
    site = build.cluster(carbon_g_per_kwh=500.0)
    stored = planned(build.document([site], [job()], slots=12, uncertainty={"inputs": inputs}), 20.8)
    told(carried(stored, 0), 21.8, tco2=0.004)


@both
def test_carbon_of_the_grid_is_drawn_and_paid(how: str) -> None:
    inputs = [{"paths": ["clusters.earth.carbon_g_per_kwh"], "how": "factor", "discrete": {"values": [3.0]}}]
    site = build.cluster(carbon_g_per_kwh=500.0, idle_mw=0.001)
    written = build.document([site], [job()], slots=12, policy={"carbon_usd_per_t": 250.0})
    stored = planned({**written, "uncertainty": {"inputs": inputs}}, 20.8 + 1.0 + 12 * (0.1 + 0.125))
    # (8 + 12) kWh × 1.5 kg
    told(carried(stored, 0, how), 20.8 + 1.2 + 0.03 * 250, tco2=0.03)


@both
def test_prices_in_blocks_are_paid(how: str) -> None:
    """Two days of 100 and 300 $/MWh; a runs in the first 2 h, at what was drawn for the first block."""
    prices = [{"clusters": ["earth"], "block_hours": 24}]
    site = build.cluster(energy_price=[100.0] * 24 + [300.0] * 24)
    stored = planned(build.document([site], [job()], slots=48, uncertainty={"prices": prices}), 20.8)
    found = stress(stored, 24, seed=SEED, workers=1, one_by_one=how == "one by one")
    of = one_by_one_of(stored, SEED).drawing
    blocks = [of.future(n).blocks[0].tolist() for n in range(24)]
    assert found.how == how
    assert len({tuple(each) for each in blocks}) == 4
    for (first, second), row in zip(blocks, found.futures.to_dict("records"), strict=True):
        price = {0: 100.0, 24: 300.0}
        assert row["cost_usd"] == pytest.approx(0.008 * price[first] + 20)
        assert row["mean price at earth"] == pytest.approx((price[first] + price[second]) / 2)


@both
def test_a_factor_on_prices_that_are_drawn_in_blocks_counts_or_is_refused(how: str) -> None:
    inputs = [{"paths": ["clusters.earth.energy_price"], "how": "factor", "discrete": {"values": [2.0]}}]
    uncertainty = {"inputs": inputs, "prices": [{"clusters": ["earth"], "block_hours": 24}]}
    written = build.document([build.cluster()], [job()], slots=24, uncertainty=uncertainty)
    try:
        stored = planned(written)
    except placement.ScenarioError:
        return
    told(carried(stored, 0, how), 21.6)


def test_prices_of_a_cluster_whose_grid_has_its_own_count_or_are_refused() -> None:
    site = build.cluster(sources=[{"kind": "grid", "price": [100.0] * 24 + [300.0] * 24}])
    uncertainty = {"prices": [{"clusters": ["earth"], "block_hours": 24}]}
    written = build.document([site], [job()], slots=48, uncertainty=uncertainty)
    try:
        stored = planned(written)
    except placement.ScenarioError:
        return
    found = stress(stored, 12, seed=SEED, workers=1, one_by_one=True)
    assert len(set(found.futures["cost_usd"].round(6))) == 2


def test_a_flow_whose_demand_is_drawn_is_unmet_beyond_what_there_is() -> None:
    """4 wanted, and drawn 3 times that: 8 are served at 0.1 $ an hour each, 4 unmet at 5 $, for 6 h."""
    flow = {"name": "chat", "demand": 4.0, "unmet_usd_per_accelerator_hour": 5.0}
    inputs = [{"paths": ["flows.chat.demand"], "how": "factor", "discrete": {"values": [3.0]}}]
    stored = planned(build.document(jobs=[], slots=6, flows=[flow], uncertainty={"inputs": inputs}), 2.4)
    told(carried(stored, 0), 6 * (0.8 + 20))


def test_a_flow_yields_to_runs_and_is_settled_anew_around_them() -> None:
    """a on 4 of 8 for 2 h, a flow of 4 beside it. Half is lost from slot 1 on: a keeps its 4, the flow has none then.

    As planned 20.8 + 6 × 0.4. Unmet: 4 × 5 $ in slot 1; from slot 2 on the 4 that are left serve it.
    """
    flow = {"name": "chat", "demand": 4.0, "unmet_usd_per_accelerator_hour": 5.0}
    stored = planned(build.document(jobs=[job()], slots=6, flows=[flow], uncertainty={"events": [STORM]}), 23.2)
    number, _ = find(stored, once((0.1, 0.9)))
    told(carried(stored, number), 20.8 + 5 * 0.4 + 20)


def test_a_battery_that_is_empty_leaves_the_later_half_of_the_runs_out() -> None:
    """Grid 4 kW, battery 4 kW and 8 of 16 kWh: as planned both run from 0 to 2, for 16 kWh in all.

    With a grid of 1 kW there is power for one at a time, 5 kW, so b comes after a. But each takes 6 kWh of the battery:
    there are 8. The later half, b, is left out; a's 8 kWh are paid, part of them to fill the battery again.
    """
    sources = [
        {"kind": "grid", "price": 100.0, "limit_mw": 0.004},
        {"kind": "battery", "mw": 0.004, "mwh": 0.016, "initial_mwh": 0.008, "round_trip_efficiency": 1.0},
    ]
    inputs = [{"paths": ["clusters.earth.sources.grid.limit_mw"], "how": "factor", "discrete": {"values": [0.25]}}]
    written = build.document(
        [build.cluster(sources=sources)], [job("a"), job("b")], slots=12, policy={"tails": False},
        uncertainty={"inputs": inputs},
    )  # fmt: skip
    stored = planned(written, 41.6)
    told(carried(stored, 0), 20.8 + 1000, away_usd=1000.0, away=1)


def test_a_battery_that_holds_out_is_settled_anew() -> None:
    """With a grid of 2 kW there are 6: b comes after a, and each takes 4 of the battery's 8 kWh."""
    sources = [
        {"kind": "grid", "price": 100.0, "limit_mw": 0.004},
        {"kind": "battery", "mw": 0.004, "mwh": 0.016, "initial_mwh": 0.008, "round_trip_efficiency": 1.0},
    ]
    inputs = [{"paths": ["clusters.earth.sources.grid.limit_mw"], "how": "factor", "discrete": {"values": [0.5]}}]
    written = build.document(
        [build.cluster(sources=sources)], [job("a"), job("b")], slots=12, policy={"tails": False},
        uncertainty={"inputs": inputs},
    )  # fmt: skip
    told(carried(planned(written, 41.6), 0), 61.6, late_hours=2.0)


# Limits


def test_limits_of_dollars_and_least_amounts_do_not_bind() -> None:
    """A purse for energy and rent that the plan keeps to, and at least 8 accelerator-hours of use."""
    limits = [
        {"name": "purse", "of": "usd", "per": "horizon", "max": 5.0},
        {"name": "use", "of": "accelerators", "per": "horizon", "min": 8.0},
    ]
    site = build.cluster(pool={"usd_per_accelerator_hour": 0.5})
    # as planned 0.8 + 4 $ of the purse; tripled by the price 2.4 + 4 = 6.4 $, over it
    inputs = [{"paths": ["clusters.earth.energy_price"], "how": "factor", "discrete": {"values": [3.0]}}]
    stored = planned(build.document([site], [job()], slots=6, limits=limits, uncertainty={"inputs": inputs}), 24.8)
    told(carried(stored, 0), 26.4)


@both
def test_other_limits_bind(how: str) -> None:
    """At most 4 accelerators for a team in a slot: of its two runs, longer now, the second waits for the first."""
    limits = [{"name": "quota", "of": "accelerators", "over": {"jobs": {"team": "red"}}, "max": 4.0}]
    jobs = [job("a", 2.0, team="red"), job("b", 2.0, team="red"), job("c", 2.0)]
    written = build.document(jobs=jobs, slots=12, limits=limits, uncertainty={"events": [event(speed=0.0)]})
    stored = planned(written, 3 * 0.8 + 20 + 40 + 20)
    number, ((window,),) = find(stored, once((0.1, 1.0), ends=(1.1, 1.9)))
    end = math.ceil((2 + window[1] - window[0]) * 256 - 1e-6) / 256
    # One of a and b from 0 and c beside it end at x, in slot 2 or 3, of which a share is left: the other, planned for
    # slot 2, starts in the slot in which the first ends only if both fit on average, which a whole run of 4 does not.
    start = math.ceil(end)
    usd = 3 * 0.4 * 0 + 0.4 * (2 * end + 2) + 10 * (2 * end + start + 2)
    told(carried(stored, number, how), usd, late_hours=2 * (end - 2) + start - 2)


DOUBLED = [{"paths": ["clusters.earth.carbon_g_per_kwh"], "how": "factor", "discrete": {"values": [2.0]}}]


def emitting(inputs: list[dict[str, Any]], **over: Any) -> Stored:
    """Two runs of 4 kW at 400 g/kWh, 0.0016 t an hour each; 0.004 t are allowed. At twice that one runs at a time."""
    limits = [{"name": "cap", "of": "tco2", "max": 0.004, **over}]
    jobs = [{**each, "tags": ["big"]} for each in PAIR]
    site = build.cluster(carbon_g_per_kwh=400.0)
    return planned(build.document([site], jobs, slots=12, limits=limits, uncertainty={"inputs": inputs}), 62.4)


def test_a_limit_of_carbon_of_jobs_goes_by_the_carbon_that_is_drawn() -> None:
    """b, after a, ends at 6: 24 kWh at 0.8 kg."""
    stored = emitting(DOUBLED, over={"jobs": {"tags": ["big"]}})
    told(carried(stored, 0), 2.4 + 30 + 60, late_hours=3.0, tco2=0.0192)


def test_a_limit_of_all_carbon_binds() -> None:
    """By the text b waits; or, since nothing keeps the rule, the later half, b, is left out."""
    got = carried(emitting(DOUBLED), 0)
    assert round(got["cost_usd"], 6) in (92.4, 1031.2)


# Growth


def lifted(**more: Any) -> dict[str, Any]:
    return lifting.document(**more)


def test_a_module_that_arrives_runs_as_planned() -> None:
    """110 $: a flight of 90 and a module of 20; on Earth the job would cost 120."""
    stored = planned(lifted(uncertainty={"launches": True}), 110.0)
    told(carried(stored, 0), 110.0)


def test_a_launch_that_fails_leaves_the_job_to_earth() -> None:
    """The flight (R = 0.5) arrives or not: k/N is 1 or, at least, 1e-6.

    Planned with R = 0.5 a module of 8 counts for 4 accelerators: 90 + 20. If it arrives there are 8 (the job takes 4);
    if not, none, and after its patience the job goes to Earth for 12 × 10 = 120 $ more; the flight is paid anyway.
    """
    sites = [lifting.earth(), lifting.sky(accelerators=8)]
    uncertainty = {"launches": True, "recourse": {"patience_hours": 2.0}}
    stored = planned(
        lifting.document(*sites, vehicles=[lifting.rocket(reliability=0.5)], uncertainty=uncertainty), 110.0
    )
    of = one_by_one_of(stored, SEED).drawing
    arrived = {of.future(n).arrived["rocket"]: n for n in range(20)}
    assert arrived.keys() == {0.0, 1.0}
    told(carried(stored, arrived[1.0]), 110.0)
    got = carried(stored, arrived[0.0])
    # the job is planned in slot 6, when the module stands; it waits 2 h, and ends 2 h later
    told(got, 230.0, elsewhere=1, late_hours=2.0)


def heavier(by: float, flights: list[int], **more: Any) -> Stored:
    inputs = [{"paths": ["clusters.sky.modules.sail.mass_kg"], "how": "factor", "discrete": {"values": [by]}}]
    sites = [lifting.earth(), lifting.sky(mass_kg=1000.0, **more.pop("module", {}))]
    rocket = lifting.rocket(payload_kg={"sso": 2000.0}, flights_per_period=flights)
    uncertainty = {"inputs": inputs, "recourse": {"patience_hours": 0.0}}
    return planned(lifting.document(*sites, vehicles=[rocket], uncertainty=uncertainty, **more))


TWO = [build.job(name, 3.0, 4, deadline="2027-06-07T09:00:00Z") for name in "ab"]
"""The first modules stand from 06:00 on: in orbit the two can only run at the same time."""


def test_where_modules_are_heavier_more_flights_fly() -> None:
    """Two sails of 1 t in a flight of 2 t: 90 + 40 $. At 1.6 t each they need a flight each: 90 $ more."""
    stored = heavier(1.6, [2, 0, 0, 0], jobs=TWO)
    assert stored.summary["cost_usd"] == pytest.approx(130.0)
    told(carried(stored, 0), 220.0)


def test_where_no_more_flights_are_open_modules_stay_down() -> None:
    """One flight lifts one of the two: 90 + 20 $, and a job goes to Earth for 120 $."""
    stored = heavier(1.6, [1, 0, 0, 0], jobs=TWO)
    assert stored.summary["cost_usd"] == pytest.approx(130.0)
    got = carried(stored, 0)
    assert got["elsewhere"] == 1
    # the patience is nought: in its own slot it goes to Earth
    told(got, 90 + 20 + 120, elsewhere=1)


def test_where_modules_are_lighter_flights_are_as_planned() -> None:
    stored = heavier(0.3, [2, 0, 0, 0], jobs=TWO)
    told(carried(stored, 0), 130.0)


def test_a_module_that_no_vehicle_lifts_is_not_made() -> None:
    """2.5 t on a rocket of 2 t: it cannot be ordered any more ('dates, payload'), so neither module nor flight.

    Or, by the end of 2, a draw that makes no scenario; but a scenario in which a module cannot be lifted is one.
    """
    stored = heavier(2.5, [2, 0, 0, 0], jobs=TWO)
    found = stress(stored, 1, seed=SEED, workers=1)
    row = found.futures.iloc[0]
    if found.unsettled:
        assert math.isnan(row["cost_usd"])
        return
    assert row["elsewhere"] == 2
    # The flight was planned, and what a plan has decided on is paid: "builds and flights are made as planned".
    assert row["cost_usd"] == pytest.approx(240.0 + 90.0)


def test_the_heaviest_load_stays_down_first() -> None:
    """Sails of 1.2 t and a boat of 0.6 t: at twice the mass, 2.4 + 1.2 t on 2 flights of 2 t, the sail stays down.

    Here the boat alone is made heavier: 1 t and 1.8 t on a flight of 2 t: the boat, now the heaviest, stays down.
    """
    module = {"name": "boat", "accelerators": 4, "mass_kg": 900.0, "usd": 10.0, "max": 1}
    sky = lifting.sky(max=1)
    sky["modules"].append(module)
    inputs = [{"paths": ["clusters.sky.modules.boat.mass_kg"], "how": "factor", "discrete": {"values": [2.0]}}]
    rocket = lifting.rocket(payload_kg={"sso": 2000.0})
    uncertainty = {"inputs": inputs, "recourse": {"patience_hours": 0.0}}
    stored = planned(
        lifting.document(lifting.earth(), sky, vehicles=[rocket], uncertainty=uncertainty, jobs=TWO), 120.0
    )
    told(carried(stored, 0), 90 + 20 + 120, elsewhere=1)


def test_what_cannot_be_ordered_by_its_date_is_neither_made_nor_paid() -> None:
    """Ordered in the first 6 h; its date slips by 10 days, beyond the horizon, and the job runs on Earth for 120 $.

    Whether the flight, which nothing forbids, is paid the text leaves open.
    """
    site = lifting.sky(available="2027-06-07T00:00:00Z")
    inputs = [{"paths": ["clusters.sky.modules.sail.available"], "how": "days", "discrete": {"values": [10.0]}}]
    uncertainty = {"inputs": inputs, "recourse": {"patience_hours": 0.0}}
    stored = planned(lifting.document(lifting.earth(), site, uncertainty=uncertainty), 110.0)
    got = carried(stored, 0)
    told({**got, "cost_usd": 0.0}, 0.0, elsewhere=1)
    assert round(got["cost_usd"], 6) in (120.0, 210.0)


def test_more_flights_fly_only_as_far_as_launch_limits_allow() -> None:
    """As above, a rocket with two flights and a site with one: one sail stays down."""
    stored = heavier(1.6, [2, 0, 0, 0], jobs=TWO, launch_limits=[{"name": "site", "flights_per_period": [1, 0, 0, 0]}])
    assert stored.summary["cost_usd"] == pytest.approx(130.0)
    told(carried(stored, 0), 90 + 20 + 120, elsewhere=1)


def test_what_is_beyond_what_can_be_ordered_is_not_made() -> None:
    """Two sails are planned, and drawn is that there is one."""
    inputs = [{"paths": ["clusters.sky.modules.sail.max"], "discrete": {"values": [1.0]}}]
    uncertainty = {"inputs": inputs, "recourse": {"patience_hours": 0.0}}
    rocket = lifting.rocket(payload_kg={"sso": 2000.0})
    stored = planned(lifting.document(vehicles=[rocket], uncertainty=uncertainty, jobs=TWO), 130.0)
    told(carried(stored, 0), 90 + 20 + 120, elsewhere=1)


def test_without_a_vehicle_by_its_date_neither_module_nor_flight_is_made() -> None:
    vehicle = lifting.rocket(available="2027-06-07T00:00:00Z")
    inputs = [{"paths": ["vehicles.rocket.available"], "how": "days", "discrete": {"values": [10.0]}}]
    uncertainty = {"inputs": inputs, "recourse": {"patience_hours": 0.0}}
    stored = planned(lifting.document(vehicles=[vehicle], uncertainty=uncertainty), 110.0)
    told(carried(stored, 0), 120.0, elsewhere=1)


def test_commissioning_takes_longer() -> None:
    """From slot 6 on as planned; with half a day of commissioning from slot 18 on, in which the job waits for it."""
    inputs = [{"paths": ["clusters.sky.modules.sail.commissioning_days"], "discrete": {"values": [0.5]}}]
    uncertainty = {"inputs": inputs, "recourse": {"patience_hours": 15.0}}
    written = lifting.document(
        jobs=[build.job("a", 3.0, 4, earliest_start="2027-06-07T06:00:00Z", delay_usd_per_hour=0.5)],
        uncertainty=uncertainty,
    )
    stored = planned(written, 110.0 + 1.5)
    told(carried(stored, 0), 110.0 + 0.5 * 15, late_hours=12.0)


def test_a_storm_leaves_what_modules_brought() -> None:
    """The sky has 2 of its own and 4 by the module, on which the job goes on; losses of modules are inputs."""
    events = [{**event(lost=1.0), "clusters": ["sky"]}]
    uncertainty = {"events": events, "recourse": {"patience_hours": 0.0}}
    jobs = [build.job("a", 3.0, 4, earliest_start="2027-06-07T06:00:00Z", delay_usd_per_hour=0.1)]
    stored = planned(lifting.document(jobs=jobs, uncertainty=uncertainty), 110.3)
    number, _ = find(stored, once((2.0, 5.0)))
    told(carried(stored, number), 110.3)


def test_jobs_that_a_drawn_demand_adds_come_last_and_those_it_takes_away_are_not_run() -> None:
    """2 jobs of an hour on 4 in each slot of 4; drawn 3 in each, of which the third has no room beside; drawn 1."""
    per_year = 2 * 8766.0
    campaign = {"name": "web", "per_year": per_year, "hours": 1.0, "accelerators": 4.0, "reject_usd": 50.0}
    for by, usd in ((0.5, 4 * 0.4), (1.0, 8 * 0.4), (1.5, 8 * 0.4 + 4 * 50.0)):
        inputs = [{"paths": ["campaigns.web.per_year"], "how": "factor", "discrete": {"values": [by]}}]
        written = build.document(
            jobs=[], slots=4, campaigns=[campaign], policy={"tails": False}, uncertainty={"inputs": inputs}
        )
        stored = planned(written, 3.2)
        got = carried(stored, 0)
        # what the plan does not know of is no unit that finds no place
        told(got, usd, away_usd=max(0.0, usd - 3.2))


# Transfers


def test_lost_contact_delays_the_staging() -> None:
    """4 TB over 10 Gbit/s, 4.5 TB an hour: as planned in slot 0, the run from 1 to 3. Without contact in part of slot 0
    slot 1 is needed too.
    """
    link = {"gbps_in": 10.0, "gbps_out": 10.0, "usd_per_tb_in": 1.0}
    site = build.cluster(link=link)
    far = {"lab": {"lat": 50.0, "lon": 8.0}}
    written = build.document([site], [job(dataset_tb=4.0, home="lab")], slots=12, places=far)
    stored = planned({**written, "uncertainty": {"events": [event(contact=0.0, hours=0.5)]}}, 0.8 + 4 + 30)
    number, ((window,),) = find(stored, once((0.1, 0.5), ends=(0.75, 0.95)))
    assert 4.5 * (1 - (window[1] - window[0])) < 4.0
    told(carried(stored, number), 0.8 + 4 + 40, late_hours=1.0)


# Patience on slots of unequal lengths


def test_patience_is_in_hours_also_where_slots_are_months() -> None:
    """From January 2027 on, months; half is lost in January. b, planned for February, waits 29 days: until April, not
    March, which begins 28 days later.
    """
    sites = [build.cluster(), build.cluster("moon", energy_price=101.0)]
    jobs = [
        job("a", 2600.0, delay_usd_per_hour=1.0),
        job("b", 500.0, delay_usd_per_hour=1.0, earliest_start="2027-02-01T00:00:00Z"),
    ]
    uncertainty = {
        "events": [event(lost=0.5, per_year=1.0)], "recourse": {"patience_hours": 29 * 24.0},
    }  # fmt: skip
    written = build.document(
        sites,
        [{**each, "reject_usd": 1e6} for each in jobs],
        slots=12,
        horizon={"slot": "month", "start": "2027-01-01T00:00:00Z"},
        uncertainty=uncertainty,
    )
    stored = planned(written)
    number, _ = find(stored, once((24.0, 700.0)))
    got = carried(stored, number)
    assert got["elsewhere"] == 1
    april, february = (31 + 28 + 31) * 24.0, 31 * 24.0
    assert got["late_hours"] == pytest.approx(april - february, abs=10.0)


# Figures


def varying(**more: Any) -> dict[str, Any]:
    jobs = [job("a", 3.0, count=3, deadline="2027-06-07T06:00:00Z"), job("b", 2.0, 2), job("c", 1.0, 8)]
    uncertainty = {
        "run_time": {"sigma": 0.3},
        "events": [event(speed=0.0, per_year=1500.0)],
        "inputs": [
            {
                "name": "power", "paths": ["clusters.earth.energy_price"], "how": "factor",
                "lognormal": {"median": 1.0, "sigma": 0.5},
            }
        ],
        **more,
    }  # fmt: skip
    return build.document(jobs=jobs, slots=12, uncertainty=uncertainty)


@both
def test_figures_are_those_of_numpy(how: str) -> None:
    stored = planned(varying())
    found = stress(stored, 37, seed=SEED, workers=1, one_by_one=how == "one by one")
    assert (found.how, len(found.futures)) == (how, 37)
    assert found.planned_usd == pytest.approx(stored.summary["cost_usd"])
    for figure in ("cost_usd", "late_hours", "missed"):
        x = found.futures[figure].to_numpy(dtype=float)
        for tail in (0.05, 0.3, 1.0):
            got = found.risk(figure, tail)
            assert got.mean == pytest.approx(x.mean())
            assert got.mean_error == pytest.approx(x.std(ddof=1) / np.sqrt(37))
            assert got.quantiles == pytest.approx(np.quantile(x, [0.05, 0.25, 0.5, 0.75, 0.95]))
            assert got.worst == x.max()
            eta = min(float(e + np.maximum(x - e, 0).mean() / tail) for e in x)
            assert got.cvar == pytest.approx(eta)
            assert got.interval()[1] == pytest.approx(x.mean() + 1.95996 * got.mean_error, rel=1e-5)
    assert found.risk("cost_usd", 1.0).cvar == pytest.approx(found.futures["cost_usd"].mean())
    known = dict(found.drivers())
    for name in ("power", "hours of event", "mean length of runs"):
        theirs = stats.spearmanr(found.futures[name], found.futures["cost_usd"]).statistic
        assert known[name] == pytest.approx(theirs)
    strengths = [abs(value) for _, value in found.drivers()]
    assert strengths == sorted(strengths, reverse=True)


def test_the_mean_of_the_worst_has_the_error_of_many_samples() -> None:
    """Of 400 samples each of 500 normal values: the errors that are told are those by which the samples differ."""
    random = np.random.default_rng(3)
    found = [risk.cvar_of(random.standard_normal(500), 0.1) for _ in range(400)]
    cvar, error = (np.array(each) for each in zip(*found, strict=True))
    z = stats.norm.ppf(0.9)
    assert cvar.mean() == pytest.approx(stats.norm.pdf(z) / 0.1, abs=0.03)
    assert error.mean() == pytest.approx(cvar.std(), rel=0.1)


@pytest.mark.parametrize("count", [1, 2, 19, 20, 21, 333])
@pytest.mark.parametrize("tail", [0.01, 0.05, 0.37, 1.0])
def test_the_mean_of_the_worst_is_the_least_over_eta(count: int, tail: float) -> None:
    x = np.random.default_rng(count).lognormal(size=count)
    best = optimize.minimize_scalar(
        lambda e: e + np.maximum(x - e, 0).mean() / tail, bounds=(x.min() - 1, x.max() + 1), method="bounded"
    )
    cvar, error = risk.cvar_of(x, tail)
    assert cvar == pytest.approx(min(float(e + np.maximum(x - e, 0).mean() / tail) for e in x), rel=1e-9)
    assert cvar == pytest.approx(best.fun, rel=1e-3)
    assert error >= 0


def test_without_outcomes_and_without_a_tail_there_is_no_risk() -> None:
    for values, tail in ((np.zeros(0), 0.05), (np.ones(3), 0.0), (np.ones(3), 1.5)):
        with pytest.raises(PlacementError):
            risk.risk_of(values, tail)


@both
def test_futures_are_the_same_for_two_plans_and_however_many_are_drawn(how: str) -> None:
    """The second plan is of the same scenario; it was made without rewards for being early, and c is late in it."""
    written = varying()
    written["jobs"][2]["hours"] = 4.0  # c is the largest, which is told by name
    stored = planned(written)
    calm = copy.deepcopy(written)
    for each in calm["jobs"]:
        del each["delay_usd_per_hour"]
    calm["jobs"][2]["pin_start"] = "2027-06-07T08:00:00Z"
    other = Stored(stored.scenario, planned(calm).plan, {})
    one_by_one = how == "one by one"
    one = stress(stored, 12, seed=SEED, workers=1, one_by_one=one_by_one)
    two = stress(other, 9, seed=SEED, workers=1, one_by_one=one_by_one)
    assert not stored.plan.placements.equals(other.plan.placements)
    for name in ("future", "power", "hours of event", "length of c"):
        assert two.futures[name].tolist() == one.futures[name].tolist()[:9]
    again = stress(stored, 3, seed=SEED, workers=1, one_by_one=one_by_one).futures
    assert again.equals(one.futures.head(3))
    third = stress(stored, 3, seed=SEED + 1, workers=1, one_by_one=one_by_one).futures
    assert set(third["power"]).isdisjoint(one.futures["power"])


def test_chunks_and_processes_change_nothing() -> None:
    stored = planned(varying())
    alone = stress(stored, 10, seed=SEED, workers=1, one_by_one=True)
    assert alone.futures["future"].tolist() == list(range(10))
    assert alone.jobs["units"].tolist() == [3, 1, 1]


# Where nothing varies


def still(written: dict[str, Any], inputs: Sequence[dict[str, Any]] = ()) -> dict[str, Any]:
    """With all kinds of uncertainty in which nothing varies."""
    names = [each["name"] for each in written["clusters"]]
    return {
        **written,
        "uncertainty": {
            "inputs": list(inputs),
            "run_time": {"sigma": 0.0, "p90": False},
            "events": [{"name": "none", "clusters": names, "per_year": 0.0, "hours": 2.0, "speed": 0.0, "lost": 1.0}],
            "recourse": {"patience_hours": 0.0, "missed": 5.0},
        },
    }


def crowd() -> dict[str, Any]:
    random = np.random.default_rng(4)
    jobs = [
        build.job(
            f"j{k}", float(np.round(random.lognormal(0.7, 0.7), 1)), int(random.integers(1, 8)),
            reject_usd=float(random.uniform(1, 40)), count=2 if k % 3 == 0 else 1, delay_usd_per_hour=0.3 * (k % 2),
        )
        for k in range(8)
    ]  # fmt: skip
    jobs[3]["deadline"] = "2027-06-07T09:00:00Z"
    sites = [
        build.cluster("a", 12, energy_price=60.0, power_limit_mw=0.008, idle_mw=0.001),
        build.cluster("b", 9, energy_price=[40.0, 200.0] * 8),
    ]
    return build.document(sites, jobs, slots=16, policy={"defer": True})


PRICED = [
    {"paths": ["clusters.a.energy_price"], "discrete": {"values": [60.0]}},
    {"paths": ["clusters.b.energy_price"], "how": "factor", "discrete": {"values": [1.0]}},
]


@both
def test_where_nothing_varies_each_future_costs_what_is_planned(how: str) -> None:
    stored = planned(still(crowd(), PRICED))
    found = stress(stored, 3, seed=SEED, workers=1, one_by_one=how == "one by one")
    assert found.how == how
    assert found.futures["cost_usd"].tolist() == pytest.approx([stored.summary["cost_usd"]] * 3, rel=1e-12)
    for name in ("missed_usd", "late_hours", "away", "missed", "elsewhere"):
        assert (found.futures[name] == 0).all()
    assert found.drivers() == []


def together() -> dict[str, Any]:
    """Segments, order, a data set, a battery and a flow, and a soft limit that is broken."""
    site = build.cluster(
        "earth",
        16,
        sources=[
            {"kind": "grid", "price": [50.0, 300.0] * 6},
            {"kind": "battery", "mw": 0.01, "mwh": 0.02, "round_trip_efficiency": 0.9},
        ],
        link={"gbps_in": 10.0, "gbps_out": 10.0, "usd_per_tb_in": 1.0},
    )
    jobs = [
        job("a", 4.0, segments=2, resume_hours=0.5),
        job("b", 1.0, after=["a"], after_lag_hours=1.0),
        job("c", 2.0, dataset="corpus"),
    ]
    flow = {"name": "chat", "demand": 6.0, "unmet_usd_per_accelerator_hour": 0.2}
    limits = [{"name": "soft", "of": "accelerators", "max": 9.0, "penalty_usd": 0.01}]
    return build.document(
        [site],
        jobs,
        slots=12,
        flows=[flow],
        limits=limits,
        places={"lab": {"lat": 50.0, "lon": 8.0}},
        datasets=[{"name": "corpus", "tb": 3.0, "home": "lab"}],
    )


@pytest.mark.parametrize(
    ("written", "inputs"),
    [
        (together(), [{"paths": ["flows.chat.demand"], "how": "factor", "discrete": {"values": [1.0]}}]),
        (
            lifting.document(vehicles=[lifting.rocket(reliability=0.9)], jobs=[build.job("a", 3.0, 3)]),
            [{"paths": ["clusters.sky.modules.sail.mass_kg"], "discrete": {"values": [1000.0]}}],
        ),
    ],
    ids=["all that belongs together", "growth"],
)
def test_where_nothing_varies_one_by_one_each_future_costs_what_is_planned(
    written: dict[str, Any], inputs: list[dict[str, Any]]
) -> None:
    stored = planned(still(written, inputs))
    found = stress(stored, 2, seed=SEED, workers=1)
    assert found.how == "one by one"
    assert found.futures["cost_usd"].tolist() == pytest.approx([stored.summary["cost_usd"]] * 2, rel=1e-9, abs=1e-6)
    assert (found.futures[["late_hours", "away", "missed", "elsewhere"]] == 0).all(axis=None)


# Futures without a cost


def half_unsettled() -> Stress:
    """Accelerators are drawn: 4, so that one of two runs has no place, or -3, which makes no scenario."""
    values = [4.0, -3.0]
    inputs = [{"paths": ["clusters.earth.pools.h100-sxm.number"], "discrete": {"values": values}}]
    written = build.document(jobs=PAIR, slots=4, policy={"tails": False}, uncertainty={"inputs": inputs})
    found = stress(planned(written, 62.4), 24, seed=SEED, workers=1)
    assert 0 < found.futures["cost_usd"].isna().sum() < 24
    return found


def test_a_draw_that_makes_no_scenario_has_no_cost_and_is_told() -> None:
    found = half_unsettled()
    assert len(found.unsettled) == 1
    assert "number" in found.unsettled[0]
    assert "-3" in found.unsettled[0]
    assert found.risk().mean == pytest.approx(1000 + 31.2)
    assert found.risk("away_usd").mean == pytest.approx(1000.0)
    assert found.jobs.set_index("job")["placed"].to_dict() == {"a": 1.0, "b": 0.0}


@pytest.mark.parametrize("figure", ["away"])
def test_a_future_without_a_cost_is_left_out_of_all_figures(figure: str) -> None:
    assert half_unsettled().risk(figure).mean == pytest.approx(1.0)


def test_an_input_may_be_called_as_a_figure_or_is_refused() -> None:
    inputs = [{"name": "cost_usd", "paths": ["policy.carbon_usd_per_t"], "discrete": {"values": [77.0]}}]
    written = build.document(jobs=[job()], uncertainty={"inputs": inputs})
    try:
        stored = planned(written, 20.8)
    except placement.ScenarioError:
        return
    assert stress(stored, 2, seed=SEED, workers=1).futures["cost_usd"].tolist() == pytest.approx([20.8, 20.8])


def test_only_so_many_futures_of_a_seed_that_is_not_negative() -> None:
    stored = planned(varying())
    for more in ({"futures": 0}, {"futures": 10**7}, {"futures": 1, "seed": -1}, {"futures": 1, "workers": -1}):
        with pytest.raises(PlacementError):
            stress(stored, **more)
    certain = planned(build.document(jobs=[job()]))
    with pytest.raises(PlacementError, match=r"scenario test has no `uncertainty`.* Write that section"):
        stress(certain, 1)

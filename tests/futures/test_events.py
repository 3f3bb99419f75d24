"""What events do to runs, and what becomes of those that find no room when they were planned."""

import math
from typing import Any

import build
import numpy as np
import pytest
from futures.by_hand import PAIR, STORM, both, carried, end_of, event, find, job, once, planned, speeds, told

from placement.folder import Stored

pytestmark = pytest.mark.usefixtures("solved_here")


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

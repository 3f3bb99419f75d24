"""What a log shows that a scenario lacks, and what another cluster would have needed more."""

from typing import Any

import build
import pytest
from hindsight.nights import a, b, log, sites

import placement
from placement.errors import PlacementError
from placement.hindsight import WhatIf

TWICE = log(("x", 0, 0, 2.0, 8, "a"), ("y", 1, 1, 2.0, 4, "a"))
"""Twelve accelerators in the second hour, where a has eight."""

FIXED = {"category": "accelerators", "usd": 8000.0, "per": "accelerator"}


def constants(found: WhatIf) -> float:
    """Fixed costs of the accelerators as it ran."""
    plan = found.plans["as-it-ran"]
    return float(plan.costs.query("category == 'accelerators'")["usd"].sum())


def test_what_the_log_had_in_use_counts_as_there_in_those_slots_alone() -> None:
    found = placement.what_if(sites(), TWICE)
    assert found["as-it-ran"].cost_usd == pytest.approx(0.024 * 1.25 * 100)
    (note,) = [note for note in found.notes if "a/h100-sxm" in note]
    assert "in 1 slots the log had more accelerators in use than the scenario leaves (8), by up to 4" in note
    pool = found["other-times"].scenario.cluster("a").pools[0]
    assert pool.number == 12
    assert pool.reserved.values[:4] == (4.0, 0.0, 4.0, 4.0)


def test_a_gang_larger_than_the_pool_ran_all_the_same() -> None:
    found = placement.what_if(sites(), log(("x", 0, 3, 1.5, 16, "a")))
    assert found["as-it-ran"].accelerator_hours == pytest.approx(24.0)
    assert "in 2 slots" in found.notes[0]


@pytest.mark.parametrize(
    "more",
    [
        {"fixed_costs": [FIXED]},
        {"fixed_costs": [{**FIXED, "per": "mw", "usd": 1e6}], "charge": "committed"},
        {"fixed_costs": [{**FIXED, "per": "cluster"}], "charge": "used"},
        {"fixed_costs": [FIXED], "charge": "used"},
        {"fixed_costs": [FIXED], "pool": {"blocks": [{"name": "one", "number": 8}]}},
    ],
)
def test_they_cost_nothing(more: dict[str, Any]) -> None:
    """The same log, on eight accelerators where it ran after one another, and for use on twice as many hours."""
    after = log(("x", 0, 0, 2.0, 8, "a"), ("y", 2, 2, 2.0, 4, "a"))
    more = {**more, "embodied": [{"category": "accelerators", "tco2": 5.0, "per": "accelerator", "life_years": 5}]}
    there, lacking = (placement.what_if(sites(a(**more)), table) for table in (after, TWICE))
    assert constants(lacking) == pytest.approx(constants(there))
    assert constants(there) > 0
    assert lacking["as-it-ran"].made_tco2 == pytest.approx(there["as-it-ran"].made_tco2)


def test_power_that_was_drawn_counts_as_there() -> None:
    """A limit of 5 kW leaves four accelerators at a PUE of 1.25; eight ran from hour 2 to 4."""
    found = placement.what_if(sites(a(power_limit_mw=0.005)), log(("x", 0, 0, 1.0, 4, "a"), ("y", 0, 2, 2.0, 8, "a")))
    assert found["as-it-ran"].cost_usd == pytest.approx(0.020 * 1.25 * 100)
    assert any("in 2 slots its accelerators drew up to 0.004 MW more" in note for note in found.notes)


def test_elsewhere_jobs_find_room_in_the_order_of_their_starts() -> None:
    found = placement.what_if(
        sites(), log(("late", 0, 2, 2.0, 4, "a"), ("early", 0, 1, 2.0, 3, "a"), ("small", 0, 2, 1.0, 1, "a"))
    )
    row = found["same-starts-b"]
    ran = found.plans["same-starts-b"].placements
    assert dict(zip(ran["job"], ran["cluster"], strict=True)) == {
        "early": "b", "late": "a", "small": "b",
    }  # fmt: skip
    assert [(left.words, left.first) for left in row.stay] == [
        ("no room there at their start beside the others", ("late",))
    ]
    assert row.lack.accelerators == {"b/h100-sxm": 4}  # early, late and small together need eight


def test_elsewhere_power_is_room_too() -> None:
    narrow = b(power_limit_mw=0.003)
    row = placement.what_if(sites(a(), narrow), log(("x", 0, 0, 1.0, 2, "a"), ("y", 0, 0, 1.0, 2, "a")))[
        "same-starts-b"
    ]
    assert (row.moved, row.lack.accelerators) == (1, {})
    assert row.lack.mw == {"b": pytest.approx(0.001)}


def test_what_would_run_over_the_end_stays() -> None:
    slow = b(number=8, pool={"accelerator": "a100-80gb"})
    row = placement.what_if(sites(a(), slow), log(("x", 40, 40, 5.0, 4, "a"), ("y", 0, 0, 5.0, 4, "a")))[
        "same-starts-b"
    ]
    assert [(left.words, left.first) for left in row.stay] == [
        ("no such start there: over the horizon's end, or more than there is for one of them alone", ("x",))
    ]


def test_what_breaks_another_rule_of_the_scenario_is_an_error_that_says_so() -> None:
    limit = {"name": "cap", "of": "accelerators", "max": 2, "per": "slot", "over": {"clusters": ["a"]}}
    with pytest.raises(PlacementError, match=r"the scenario does not allow what was done\. No plan exists"):
        placement.what_if(sites(limits=[limit]), TWICE)


def test_a_limit_over_a_team_that_the_log_does_not_have_is_no_limit() -> None:
    limit = {"name": "cap", "of": "accelerators", "max": 2, "per": "slot", "over": {"jobs": {"team": "red"}}}
    made = with_team(limit)
    found = placement.what_if(made, TWICE)
    assert found["as-it-ran"].plan is not None
    assert [note for note in found.notes if "left out: cap (team red)." in note]
    with pytest.raises(PlacementError, match="does not allow what was done"):
        placement.what_if(made, TWICE.assign(team="red"))


def test_a_limit_over_jobs_that_the_log_has_is_told_of_in_no_note() -> None:
    limit = {"name": "cap", "of": "accelerators", "max": 99, "per": "slot", "over": {"jobs": {"team": "red"}}}
    assert not [note for note in placement.what_if(with_team(limit), TWICE.assign(team="red")).notes if "cap" in note]


def with_team(limit: dict[str, Any]) -> placement.Scenario:
    """Sites with a limit over a team that their own job has."""
    return build.scenario([a(), b()], [build.job("other", team="red")], slots=48, limits=[limit])

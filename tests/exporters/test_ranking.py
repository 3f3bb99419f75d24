"""Which cluster comes first: by hand, by the rule start by start, and by what the verifier says of one unit more."""

from dataclasses import replace
from pathlib import Path

import build
import numpy as np
import pandas as pd
import pytest
from exporters.plans import scheduled, solved
from oracle.generate import tiny

from placement.compile import compile_scenario
from placement.exporters.ranking import Ranking, ranking
from placement.exporters.room import Room
from placement.folder import Stored
from placement.kernels.placements import allowed
from placement.kernels.work import RUN
from placement.loader.load import scenario
from placement.verifier import verify


def ranked(stored: Stored) -> tuple[Ranking, list[dict[str, object]], object, Room]:
    """The ranking of a plan, and the first row of each of its groups."""
    compiled = compile_scenario(stored.scenario)
    room = Room(compiled, verify(stored.scenario, stored.plan, read=True))
    frame = stored.plan.placements
    frame = frame[(frame["kind"] == "run") & (frame["part"] == 1) & (frame["segment"] == 1)]
    groups = frame.to_dict("records")
    names = {name: n for n, name in enumerate(stored.scenario.jobs["job"])}
    row = np.searchsorted(compiled.legend.job, [names[group["job"]] for group in groups])
    start = np.array([group["start_grain"] for group in groups]) // compiled.legend.grid.grains
    way = np.array([group["option"] for group in groups], dtype=object)
    return ranking(compiled, room, row, start, way), groups, compiled, room


def made(folder: Path, *args: object, **more: object) -> Stored:
    stored = solved(build.scenario(*args, **more), folder / "x.plan", gap=1e-6)
    assert stored is not None
    return stored


def test_the_planned_cluster_is_first_then_the_cheaper_then_the_full(tmp_path: Path) -> None:
    """2 h of 4 kW: $0.40, $0.80 and, where there is no room, $0.08."""
    clusters = [
        build.cluster("full", 8, energy_price=10.0),
        build.cluster("dear", 8, energy_price=100.0),
        build.cluster("cheap", 8, energy_price=50.0),
        build.cluster("small", 2, energy_price=1.0),
    ]
    jobs = [build.job("filler", 4.0, 8, pin_cluster="full", reject_usd=None), build.job("a", 2.0, 4)]
    runs = {run.job: run for run in scheduled(made(tmp_path, clusters, jobs)).runs}
    choices = runs["a"].choices
    assert [choice.cluster for choice in choices] == ["cheap", "dear", "full"]
    assert [choice.usd for choice in choices] == pytest.approx([0.4, 0.8, 0.08])
    assert [choice.room for choice in choices] == [True, True, False]
    assert runs["a"].clusters == ("cheap", "dear", "full")
    assert runs["a"].usd == pytest.approx(0.4)
    assert [choice.cluster for choice in runs["filler"].choices] == ["full"]


def test_waiting_for_room_counts(tmp_path: Path) -> None:
    """At `busy` there is room from the third hour on: two hours later, at $1 an hour, all told dearer than `dear`."""
    clusters = [
        build.cluster("first", 4, energy_price=50.0),
        build.cluster("busy", 4, energy_price=60.0),
        build.cluster("dear", 4, energy_price=200.0),
    ]
    jobs = [
        build.job("filler", 2.0, 4, pin_cluster="busy", pin_start=build.START, reject_usd=None),
        build.job("a", 1.0, 4, delay_usd_per_hour=1.0, pin_cluster=None),
    ]
    (run,) = [run for run in scheduled(made(tmp_path, clusters, jobs, slots=6)).runs if run.job == "a"]
    assert [choice.cluster for choice in run.choices] == ["first", "dear", "busy"]
    assert [choice.usd for choice in run.choices] == pytest.approx([1.2, 1.8, 3.24])
    assert all(choice.room for choice in run.choices)


def test_a_cluster_where_it_would_end_too_late_is_left_out(tmp_path: Path) -> None:
    """Planned for the last hours before its deadline, it would not end in time where hours are slow by then."""
    clusters = [
        build.cluster("a", 4, energy_price=[900.0, 900.0, 10.0, 10.0]),
        build.cluster("b", 4, energy_price=500.0),
        build.cluster("c", 4, energy_price=600.0, pool={"speed": [1.0, 1.0, 0.5, 0.5]}),
    ]
    jobs = [build.job("j", 2.0, 4, deadline="2027-06-07T04:00:00Z", reject_usd=None)]
    (run,) = scheduled(made(tmp_path, clusters, jobs)).runs
    assert run.start.hour == 2
    assert run.clusters == ("a", "b")


def by_rule(stored: Stored) -> None:
    """Start by start, as the text of the module has it."""
    found, groups, compiled, room = ranked(stored)
    work, legend = compiled.problem.work, compiled.legend
    names = {name: n for n, name in enumerate(stored.scenario.jobs["job"])}
    for g, group in enumerate(groups):
        row = int(np.searchsorted(legend.job, names[group["job"]]))
        begin = group["start_grain"] // legend.grid.grains
        best: dict[int, tuple[bool, bool, float, int]] = {}
        for option in range(work.job_options[row], work.job_options[row + 1]):
            clusters = {legend.pools[pool].cluster for pool in legend.parts(np.array([option]))[1].tolist()}
            planned = legend.option_name(option) == group["option"]
            every = allowed(work, option, option + 1)
            starts = [n for n in range(len(every)) if every.start[n] >= begin]
            fitting = [n for n in starts if fits(work, room, option, every, n)]
            if len(clusters) > 1 or not (starts or planned):
                continue
            chosen = begin if planned else int(every.start[(fitting or starts)[0]])
            mine = slice(found.begin[g], found.begin[g + 1])
            at = [n for n in range(mine.start, mine.stop) if found.option[n] == option]
            if at:
                assert found.start[at[0]] == chosen
                assert found.room[at[0]] == (planned or bool(fitting))
                best[clusters.pop()] = (planned, bool(found.room[at[0]]), float(found.usd[at[0]]), option)
        keys = [(not planned, not there, usd) for planned, there, usd, _ in best.values()]
        mine = slice(found.begin[g], found.begin[g + 1])
        assert len(best) == mine.stop - mine.start
        in_order = [option for _, option in sorted(zip(keys, [b[3] for b in best.values()], strict=True))]
        assert sorted(keys) == [
            next(key for key, b in zip(keys, best.values(), strict=True) if b[3] == option)
            for option in found.option[mine]
        ], in_order


def fits(work: object, room: Room, option: int, every: object, n: int) -> bool:
    for use in range(work.option_uses[option], work.option_uses[option + 1]):
        row = room.row_of_meter[work.use_meter[use]]
        if row < 0 or work.use_kind[use] != RUN:
            continue
        for slot in range(every.start[n], every.last[n] + 1):
            share = every.fraction[n] if slot == every.last[n] else 1.0
            if room.left[row, slot] < work.use_amount[use] * share:
                return False
    return True


@pytest.mark.parametrize("seed", [1, 9, 14, 16, 22, 26, 31, 33, 36, 41])
def test_random_plans_are_ranked_by_the_rule(seed: int, tmp_path: Path) -> None:
    stored = solved(scenario(tiny(seed)), tmp_path / "x.plan")
    if stored is not None:
        by_rule(stored)


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Stored:
    stored = solved(build.crowded(3, 40), tmp_path_factory.mktemp("crowded") / "x.plan", gap=0.9, work_limit=1)
    assert stored is not None
    return stored


def test_a_crowded_plan_is_ranked_by_the_rule(crowded: Stored) -> None:
    by_rule(crowded)


def test_the_verifier_says_the_same_of_one_unit_more(crowded: Stored) -> None:
    """With a unit more where it is said that there is room, no pool and no power is over its limit; else one is."""
    found, groups, compiled, _ = ranked(crowded)
    legend, told = compiled.legend, []
    for g, group in enumerate(groups[:30]):
        for n in range(found.begin[g], found.begin[g + 1]):
            option = int(found.option[n])
            if legend.option_name(option) == group["option"]:
                continue
            broken = with_one_more(crowded, compiled, group, option, int(found.start[n]))
            assert broken == (not found.room[n])
            told.append(broken)
    assert len(told) > 10
    assert set(told) == {True, False}


def with_one_more(stored: Stored, compiled: object, group: dict[str, object], option: int, start: int) -> bool:
    """Whether capacity or power is over its limit with one more unit of a job at an option and a start."""
    legend = compiled.legend
    _, pool, gang = legend.parts(np.array([option]))
    cluster, name = legend.pool_name(int(pool[0])).split("/")
    every = allowed(compiled.problem.work, option, option + 1)
    end = int(every.end[list(every.start).index(start)])
    row = {**group, "group": 1000, "option": legend.option_name(option), "cluster": cluster, "pool": name, "count": 1,
           "accelerators": int(gang[0]), "start_grain": start * legend.grid.grains, "end_grain": end}  # fmt: skip
    table = pd.concat([stored.plan.placements, pd.DataFrame([row])], ignore_index=True)
    table = table.astype(stored.plan.placements.dtypes.to_dict())
    plan = replace(stored.plan, tables={**stored.plan.tables, "placements": table})
    rules = {finding.rule for finding in verify(stored.scenario, plan).findings}
    assert "assignment" in rules
    return bool(rules & {"capacity", "power"})

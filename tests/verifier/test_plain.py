"""One job on one cluster: energy, the share of the last slot, tails, speeds, goodput, starts.

And plans that break each rule.
"""

import pytest

from placement.verifier import Verification


def test_plain_run_costs_its_energy_and_cooling(plain, sound):
    """The plan is sound and costs what was worked out on paper, at every boundary."""
    seen: Verification = sound(*plain)
    assert seen.cost_usd == pytest.approx(0.50, rel=1e-12)
    assert seen.costs["energy", "earth"] == pytest.approx(0.40, rel=1e-12)
    assert seen.costs["cooling", "earth"] == pytest.approx(0.10, rel=1e-12)
    assert seen.boundaries == pytest.approx(
        {"launch_and_power": 0.4, "energy_cooling_launch": 0.5, "all_but_accelerators": 0.5, "all_in": 0.5}
    )


def test_the_boundary_that_is_minimised_decides_the_objective(plain, words, sound):
    """Cooling is outside launch_and_power."""
    document, tables = plain
    seen = sound(document | {"policy": {"minimise": "launch_and_power"}}, tables)
    assert seen.cost_usd == pytest.approx(0.40, rel=1e-12)


RUN = "placements"
OTHER_JOB = {"job": "b", "hours": 1.0, "accelerators": 4}


@pytest.mark.parametrize(
    ("codes", "edits"),
    [
        ("runtime", [("change", RUN, 0, {"end_grain": 897})]),
        ("runtime", [("change", RUN, 0, {"tail_hours": 1.0})]),
        ("clock", [("change", RUN, 0, {"start": "2027-01-01T01:00:01Z"})]),
        ("clock", [("change", RUN, 0, {"end": "2027-01-01T04:00:00Z"})]),
        ("clock", [("change", RUN, 0, {"end": None})]),
        ("start", [("change", RUN, 0, {"start_grain": 257})]),
        ("start", [("change", RUN, 0, {"start_grain": 24 * 256})]),
        ("start", [("set", "jobs.0.earliest_start", "2027-01-01T01:30:00Z")]),
        ("start", [("set", "jobs.0.submitted", "2027-01-01T01:00:01Z")]),
        ("pin", [("set", "jobs.0.pin_start", "2027-01-01T01:30:00Z")]),
        ("pin", [("set", "jobs.0.pin_start", "2027-01-01T00:00:00Z")]),
        ("deadline", [("set", "jobs.0.deadline", "2027-01-01T03:29:59Z")]),
        ("option", [("change", RUN, 0, {"accelerators": 5})]),
        ("option", [("change", RUN, 0, {"accelerators": 2, "option": "earth/p x2"})]),
        ("option", [("change", RUN, 0, {"part": 2})]),
        ("option", [("change", RUN, 0, {"option": "fast way"})]),
        ("segments", [("change", RUN, 0, {"segment": 2})]),
        ("segments", [("set", "jobs.0.segments", 2)]),
        ("table", [("change", RUN, 0, {"group": 1})]),
        ("table", [("change", RUN, 0, {"tb": 1.0})]),
        ("table assignment", [("change", RUN, 0, {"job": "x"})]),
        ("table assignment", [("change", RUN, 0, {"cluster": "moon"})]),
        ("table assignment", [("change", RUN, 0, {"pool": "q"})]),
        ("table assignment", [("change", RUN, 0, {"kind": "walk"})]),
        ("assignment", [("change", RUN, 0, {"count": 0})]),
        (
            "table",
            [
                (
                    "add",
                    "jobs",
                    {"job": "x", "count": 1, "placed": 1, "deferred": 0, "rejected": 0, "reason": ""},
                )
            ],
        ),
        ("assignment", [("change", "jobs", 0, {"placed": 2})]),
        ("assignment", [("change", "jobs", 0, {"rejected": 1})]),
        ("assignment", [("change", "jobs", 0, {"count": 2})]),
        ("assignment", [("drop", "jobs", 0)]),
        ("assignment", [("set", "jobs.0.count", 2)]),
        ("assignment", [("drop", RUN, 0)]),
        ("energy", [("change", "energy", 0, {"mw": 0.004})]),
        ("energy", [("drop", "energy", 0)]),
        ("energy", [("change", "energy", 0, {"source": "sun"})]),
        ("energy", [("change", "energy", 0, {"slot": 2})]),
        ("table", [("change", "energy", 0, {"mw": float("nan")})]),
        ("table", [("change", "energy", 0, {"mw": -1.0})]),
        ("table", [("change", "energy", 0, {"tick": 24})]),
        (
            "table",
            [
                (
                    "add",
                    "energy",
                    {"cluster": "earth", "source": "grid", "kind": "grid", "tick": 1, "slot": 1, "mw": 0.005},
                )
            ],
        ),
        ("cost", [("change", "costs", 0, {"usd": 0.42})]),
        ("cost", [("add", "costs", {"category": "delay", "cluster": "", "usd": 1.0})]),
        ("cost", [("drop", "costs", 0)]),
        ("table", [("add", "costs", {"category": "rent", "cluster": "moon", "usd": 0.0})]),
        ("pause", [("add", RUN, {"kind": "pause"})]),
        ("stage", [("add", RUN, {"kind": "stage"})]),
    ],
)
def test_corrupted_plans_are_told(codes, edits, plain, words):
    """Each corruption breaks exactly the rules that it should."""
    first = plain[1]["placements"][0]
    edits = [
        (what, where, *(first | cell if what == "add" and where == RUN else cell for cell in rest))
        for what, where, *rest in edits
    ]
    assert words.broken(plain, edits) == set(codes.split())


def test_a_plan_for_another_scenario_is_told(plain, words):
    """Fingerprint and name must be those of the scenario."""
    for claims in ({"digest": "0"}, {"plan_for": "other"}):
        assert {finding.rule for finding in words.check(*plain, **claims).findings} == {"scenario"}


def test_runs_hand_over_within_a_slot(plain, words, sound):
    """2.5 h and then half an hour fill 4 accelerators exactly.

    0.6 h is 154 of 256 grains, and 128 + 154 is too many.
    """
    document, tables = plain
    jobs = [document["jobs"][0], {"job": "b", "hours": 0.5, "accelerators": 4}]
    document = document | {"jobs": jobs, "clusters": [words.earth(pools=[words.pool(number=4)])]}
    tables = {
        "placements": [*tables["placements"], words.row("run", "b", 3, 3.5, (768, 896))],
        "jobs": [words.job("a"), words.job("b")],
        "energy": words.drawn("earth", {1: 0.005, 2: 0.005, 3: 0.005}),
        "costs": words.cost(energy__earth=0.48, cooling__earth=0.12),
    }
    sound(document, tables)
    longer = [
        ("set", "jobs.1.hours", 0.6),
        ("change", "placements", 1, {"end_grain": 922, "end": "2027-01-01T03:36:06Z"}),
    ]
    assert words.broken((document, tables), longer) == {"capacity"}


def test_a_tail_goes_on_past_the_end(words, sound):
    """10 h from slot 20 of 24: 6 h are left. Tail: 2.35 × 10 h × 4 × 6/10 = 56.40; delay 2 $/h × 30 h.

    Energy of 4 h.
    """
    document = words.document(jobs=[{"job": "a", "hours": 10.0, "accelerators": 4, "delay_usd_per_hour": 2.0}])
    tables = {
        "placements": [words.row("run", "a", 20, 30, (5120, 6144), tail_hours=6.0)],
        "jobs": [words.job("a")],
        "energy": words.drawn("earth", dict.fromkeys(range(20, 24), 0.005)),
        "costs": words.cost(energy__earth=0.64, cooling__earth=0.16, tail=56.40, delay=60.0),
    }
    assert sound(document, tables).cost_usd == pytest.approx(117.20, rel=1e-12)
    assert words.broken((document, tables), [("change", RUN, 0, {"tail_hours": 5.0})]) == {"runtime"}
    assert words.broken((document, tables), [("change", RUN, 0, {"end": "2027-01-02T00:00:00Z"})]) == {"clock"}
    assert words.broken((document, tables), [("set", "policy", {"tails": False})]) == {"tail"}
    assert words.broken((document, tables), [("set", "jobs.0.deadline", "2027-01-02T05:59:00Z")]) == {"deadline"}


def test_slower_pools_take_longer(plain, words):
    """At half speed 2.5 h of work take 5 h.

    In a slot without speed nothing is done, and accelerators are held.
    """
    half = [
        ("set", "clusters.0.pools.0.speed", 0.5),
        ("change", RUN, 0, {"end_grain": 1536, "end": "2027-01-01T06:00:00Z"}),
    ]
    assert words.broken(plain, half) == {"energy"}
    gap = [1.0, 1.0, 0.0] + [1.0] * 21
    later = [
        ("set", "clusters.0.pools.0.speed", gap),
        ("change", RUN, 0, {"end_grain": 1152, "end": "2027-01-01T04:30:00Z"}),
    ]
    assert words.broken(plain, later) == {"energy"}


def test_speed_power_and_gang_size_come_from_the_throughput_table(words, sound):
    """Class m on 'fast': 4 h × 4 / (2 × 1.5) = 5.333 h are 1366 grains; 2 × 0.8 kW × 0.5 is 800 W.

    Energy: 5 slots of 0.0008 × 1.25 = 0.001 MW and 86/256 of one, 40 $/MWh: (5 + 86/256) × 0.04 = $0.2134375.
    """
    document = words.document(
        clusters=[words.earth(pools=[words.pool() | {"accelerator": "fast"}])],
        jobs=[{"job": "a", "hours": 4.0, "accelerators": 4, "class": "m", "utilization": 0.5}],
        throughput=[
            {"class": "m", "accelerator": "fast", "relative_speed": 2.0},
            {
                "class": "m",
                "accelerator": "fast",
                "accelerators": 2,
                "relative_speed": 1.5,
                "kw_per_accelerator": 0.8,
            },
        ],
    )
    run = words.row("run", "a", 0, 1366 / 256, (0, 1366), accelerators=2, option="earth/p x2")
    drawn = dict.fromkeys(range(5), 0.001) | {5: 0.001 * 86 / 256}
    tables = {
        "placements": [run],
        "jobs": [words.job("a")],
        "energy": words.drawn("earth", drawn),
        "costs": words.cost(energy__earth=0.17075, cooling__earth=0.0426875),
    }
    assert sound(document, tables).cost_usd == pytest.approx(0.2134375, rel=1e-12)
    own_size = {"accelerators": 4, "option": "earth/p x4", "end_grain": 512, "end": "2027-01-01T02:00:00Z"}
    assert words.broken((document, tables), [("change", RUN, 0, own_size)]) == {"energy"}


def test_peak_ratio_and_goodput_without_a_throughput_table(words):
    """'fast' is 2 times 'unit'.

    4 × 2191.5 interruptions a year are 1 an hour, and 10 minutes each leave e^(-1/6) = 0.8465. 4 h / 2 /
    0.846482 = 2.362721 h are 604.86 grains, rounded up to 605.
    """
    fast = words.pool(interruptions_per_accelerator_year=2191.5) | {"accelerator": "fast"}
    document = words.document(
        clusters=[words.earth(pools=[fast])], jobs=[{"job": "a", "hours": 4.0, "accelerators": 4}]
    )
    tables = {"placements": [words.row("run", "a", 0, 605 / 256, (0, 605))], "jobs": [words.job("a")]}
    assert words.broken((document, tables), []) == {"energy"}


def test_the_90_percent_run_time_is_planned_with_if_asked(plain, words):
    """hours_p90 3.5 from slot 1 ends at 4.5 h."""
    document, tables = plain
    later = {"end_grain": 1152, "end": "2027-01-01T04:30:00Z"}
    edits = [
        ("set", "jobs.0.hours_p90", 3.5),
        ("set", "policy", {"run_time": "p90"}),
        ("change", RUN, 0, later),
    ]
    assert words.broken((document, tables), edits) == {"energy"}


def test_a_running_job_goes_on_with_the_hours_it_has_left(plain, words):
    """2.5 of 9 hours are left, from slot 0."""
    document, tables = plain
    running = {
        "job": "a",
        "hours": 9.0,
        "accelerators": 4,
        "state": "running",
        "cluster": "earth",
        "hours_left": 2.5,
    }
    edits = [("set", "jobs.0", running)]
    earlier = {
        "start_grain": 0,
        "end_grain": 640,
        "start": "2027-01-01T00:00:00Z",
        "end": "2027-01-01T02:30:00Z",
    }
    assert words.broken((document, tables), [*edits, ("change", RUN, 0, earlier)]) == {"energy"}
    shown = {"memory_gb": 900.0, "residency": ["DE"], "sync_gbps": 1e6, "max_contact_gap_hours": 0.0}
    assert words.broken((document, tables), [("set", "jobs.0", running | shown), ("change", RUN, 0, earlier)]) == {
        "energy"
    }
    elsewhere = [("set", "jobs.0", running | {"not_clusters": ["earth"]}), ("change", RUN, 0, earlier)]
    assert words.broken((document, tables), elsewhere) == {"eligible"}
    rejected = [("drop", RUN, 0), ("change", "jobs", 0, {"placed": 0, "rejected": 1})]
    assert words.broken((document, tables), [*edits, *rejected]) == {"reject"}
    deferred = [("drop", RUN, 0), ("change", "jobs", 0, {"placed": 0, "deferred": 1})]
    assert words.broken((document, tables), [*edits, *deferred]) == {"defer"}


@pytest.mark.parametrize("name", ["plain"])
def test_every_cell_of_a_sound_plan_matters(name, words, request):
    """Whatever single cell of the plan is changed is told, but for the reasons given for jobs."""
    assert set(words.idle_cells(request.getfixturevalue(name))) <= {"jobs.reason"}


@pytest.mark.parametrize("name", ["plain"])
def test_garbage_is_told(name, words, request):
    """What is no value, a table or a column that is missing: a finding, never an exception."""
    assert set(words.swallowed_garbage(request.getfixturevalue(name))) <= {"jobs.reason"}

"""Units and jobs together.

Segments, jobs after jobs, groups of units, options with parts, what is deferred or rejected.
"""

import pytest

RUN = "placements"


@pytest.fixture(scope="module")
def segmented(words):
    """4 h in two segments with 0.5 h to resume: 2 h from slot 0, a pause, 2.5 h from slot 5.

    4 kW × 4.5 h × 1.25 × 40 $/MWh is $0.90; delay 2 $/h × 7.5 h is $15.
    """
    job = {
        "job": "a",
        "hours": 4.0,
        "accelerators": 4,
        "segments": 2,
        "resume_hours": 0.5,
        "delay_usd_per_hour": 2.0,
    }
    tables = {
        "placements": [
            words.row("run", "a", 0, 2, (0, 512), work_share=0.5),
            words.row("pause", "a", 2, 5, (512, 1280)),
            words.row("run", "a", 5, 7.5, (1280, 1920), segment=2, work_share=0.5),
        ],
        "jobs": [words.job("a")],
        "energy": words.drawn("earth", {0: 0.005, 1: 0.005, 5: 0.005, 6: 0.005, 7: 0.0025}),
        "costs": words.cost(energy__earth=0.72, cooling__earth=0.18, delay=15.0),
    }
    return words.document(jobs=[job]), tables


def test_segments_resume_after_a_pause(segmented, sound):
    """Each segment but the first works half an hour more."""
    assert sound(*segmented).cost_usd == pytest.approx(15.90, rel=1e-12)


def test_the_tail_of_a_segment_is_its_share_of_the_work(words, sound):
    """10 h in two segments: 5 h from slot 0; 5 h from slot 21 leave 2 of 5 h.

    2.35 × 10 h/2 × 4 × 2/5 = $18.80.
    """
    document = words.document(jobs=[{"job": "a", "hours": 10.0, "accelerators": 4, "segments": 2}])
    tables = {
        "placements": [
            words.row("run", "a", 0, 5, (0, 1280), work_share=0.5),
            words.row("pause", "a", 5, 21, (1280, 5376)),
            words.row("run", "a", 21, 26, (5376, 6144), segment=2, tail_hours=2.0, work_share=0.5),
        ],
        "jobs": [words.job("a")],
        "energy": words.drawn("earth", dict.fromkeys([*range(5), 21, 22, 23], 0.005)),
        "costs": words.cost(energy__earth=1.28, cooling__earth=0.32, tail=18.80),
    }
    assert sound(document, tables).costs["tail", ""] == pytest.approx(18.80, rel=1e-12)


@pytest.mark.parametrize(
    ("codes", "edits"),
    [
        ("pause", [("drop", RUN, 1)]),
        ("pause", [("change", RUN, 1, {"end_grain": 1279})]),
        ("pause", [("change", RUN, 1, {"start_grain": 513})]),
        ("pause", [("change", RUN, 1, {"pool": ""})]),
        ("pause", [("change", RUN, 1, {"segment": 2})]),
        ("pause", [("change", RUN, 1, {"tb": 1.0})]),
        ("clock", [("change", RUN, 1, {"end": "2027-01-01T05:00:02Z"})]),
        ("segments", [("drop", RUN, 2), ("drop", RUN, 1)]),
        ("segments table", [("drop", RUN, 2)]),
        ("option table", [("change", RUN, 2, {"option": "earth/p x5", "accelerators": 5})]),
        ("runtime", [("change", RUN, 2, {"end_grain": 1792})]),
        (
            "segments pause",
            [
                (
                    "change",
                    RUN,
                    2,
                    {
                        "start_grain": 256,
                        "end_grain": 896,
                        "start": "2027-01-01T01:00:00Z",
                        "end": "2027-01-01T03:30:00Z",
                    },
                )
            ],
        ),
        ("tail segments pause runtime clock", [("set", "jobs.0.hours", 60.0)]),
    ],
)
def test_corrupted_segments_are_told(codes, edits, segmented, words):
    """Each corruption breaks exactly the rules that it should."""
    assert words.broken(segmented, edits) == set(codes.split())


@pytest.fixture(scope="module")
def chained(words):
    """Job b has to wait an hour after both units of a.

    One ends at 1 h, the other at 2.5 h, and b starts at 4 h.
    """
    jobs = [
        {"job": "a", "count": 2, "hours": 1.5, "accelerators": 4},
        {"job": "b", "hours": 1.0, "accelerators": 4, "after": ["a"], "after_lag_hours": 1.5},
    ]
    tables = {
        "placements": [
            words.row("run", "a", 0, 1.5, (0, 384)),
            words.row("run", "a", 1, 2.5, (256, 640), group=1),
            words.row("run", "b", 4, 5, (1024, 1280)),
        ],
        "jobs": [words.job("a", 2), words.job("b")],
        "energy": words.drawn("earth", {0: 0.005, 1: 0.0075, 2: 0.0025, 4: 0.005}),
        "costs": words.cost(energy__earth=0.64, cooling__earth=0.16),
    }
    return words.document(jobs=jobs), tables


def test_a_job_waits_for_every_unit_of_the_one_before(chained, sound):
    """2.5 h and 1.5 h later is exactly the start."""
    assert sound(*chained).cost_usd == pytest.approx(0.80, rel=1e-12)


UNPLACED = [("drop", RUN, 1), ("drop", RUN, 0)]


@pytest.mark.parametrize(
    ("codes", "edits"),
    [
        ("after", [("set", "jobs.1.after_lag_hours", 1.51)]),
        ("after capacity", [("set", "jobs.0.hours", 40.0), ("set", "jobs.1.after_lag_hours", 0.0)]),
        ("after", [("drop", RUN, 1), ("change", "jobs", 0, {"placed": 1, "rejected": 1})]),
        ("after", [("drop", RUN, 1), ("change", "jobs", 0, {"placed": 1, "deferred": 1})]),
        (
            "after",
            [
                ("drop", RUN, 2),
                ("drop", RUN, 1),
                ("change", "jobs", 0, {"placed": 1, "rejected": 1}),
                ("change", "jobs", 1, {"placed": 0, "deferred": 1}),
            ],
        ),
        ("table", [("change", RUN, 1, {"group": 2})]),
        ("table assignment", [("change", RUN, 1, {"group": 0})]),
        ("assignment capacity", [("change", RUN, 1, {"count": 2})]),
        (
            "capacity",
            [
                (
                    "change",
                    RUN,
                    1,
                    {
                        "start_grain": 0,
                        "end_grain": 384,
                        "start": "2027-01-01T00:00:00Z",
                        "end": "2027-01-01T01:30:00Z",
                    },
                ),
                ("set", "clusters.0.pools.0.number", 7),
            ],
        ),
    ],
)
def test_corrupted_chains_are_told(codes, edits, chained, words):
    """Each corruption breaks the rules that it should.

    Ends that follow from another run time are told as well.
    """
    found = words.broken(chained, edits)
    assert found - {"runtime", "clock", "fit"} == set(codes.split())


def test_a_job_may_be_rejected_after_a_rejected_one(chained, words):
    """Both are turned away."""
    edits = [("drop", RUN, 2), *UNPLACED, ("change", "jobs", 0, {"placed": 0, "rejected": 2})]
    edits += [("change", "jobs", 1, {"placed": 0, "rejected": 1})]
    assert words.broken(chained, edits) == {"energy"}


def test_units_that_do_the_same_stand_in_one_group(words, sound):
    """2 units of 4 accelerators from slot 0: 8 kW × 1.5 h × 1.25 × 40 $/MWh = $0.60."""
    document = words.document(jobs=[{"job": "a", "count": 2, "hours": 1.5, "accelerators": 4}])
    tables = {
        "placements": [words.row("run", "a", 0, 1.5, (0, 384), count=2)],
        "jobs": [words.job("a", 2)],
        "energy": words.drawn("earth", {0: 0.01, 1: 0.005}),
        "costs": words.cost(energy__earth=0.48, cooling__earth=0.12),
    }
    assert sound(document, tables).cost_usd == pytest.approx(0.60, rel=1e-12)


@pytest.fixture(scope="module")
def quoted(words):
    """Two parts that run together, at the pace of the slower: 2 h at speed 0.5 are 4 h; prices 5 and 7 $.

    Earth: 4 kW × 4 h × 1.25 × 40 $/MWh = $0.80. Mars (PUE 1, 100 $/MWh, kw 1.5): 2 × 1.5 kW × 4 h = 12 kWh =
    $1.20.
    """
    mars = {"name": "mars", "energy_price": 100.0, "pools": [words.pool(speed=0.5) | {"accelerator": "fast"}]}
    options = [
        {"job": "a", "option": "both", "cluster": "earth", "accelerators": 4, "hours": 2.0, "price_usd": 5.0},
        {"job": "a", "option": "both", "cluster": "mars", "accelerators": 2, "hours": 2.0, "price_usd": 7.0},
        {"job": "a", "option": "earth alone", "cluster": "earth", "accelerators": 8, "hours": 3.0},
    ]
    document = words.document(
        clusters=[words.earth(), mars],
        jobs=[{"job": "a", "hours": 9.0, "accelerators": 100, "memory_gb": 500.0}],
        options=options,
    )
    tables = {
        "placements": [
            words.row("run", "a", 1, 5, (256, 1280), option="both"),
            words.row("run", "a", 1, 5, (256, 1280), option="both", part=2, cluster="mars", accelerators=2),
        ],
        "jobs": [words.job("a")],
        "energy": words.drawn("earth", dict.fromkeys(range(1, 5), 0.005))
        + words.drawn("mars", dict.fromkeys(range(1, 5), 0.003)),
        "costs": words.cost(
            energy__earth=0.64, cooling__earth=0.16, energy__mars=1.20, quote__earth=5.0, quote__mars=7.0
        ),
    }
    return document, tables


def test_parts_of_an_option_run_together(quoted, sound):
    """Memory is not asked of an option of the table, which is taken at its word."""
    assert sound(*quoted).cost_usd == pytest.approx(14.0, rel=1e-12)


@pytest.mark.parametrize(
    ("codes", "edits"),
    [
        ("option", [("drop", RUN, 1)]),
        ("option", [("drop", RUN, 0)]),
        (
            "option",
            [("change", RUN, 0, {"option": "earth/p x4"}), ("change", RUN, 1, {"option": "earth/p x4"})],
        ),
        ("option", [("change", RUN, 1, {"option": "earth alone"})]),
        ("option", [("change", RUN, 1, {"accelerators": 3})]),
        ("table assignment", [("change", RUN, 1, {"count": 2})]),
        ("start", [("change", RUN, 1, {"start_grain": 512})]),
        ("runtime", [("change", RUN, 1, {"end_grain": 1281})]),
        ("eligible", [("set", "jobs.0.not_clusters", ["mars"])]),
        ("fit eligible capacity", [("set", "clusters.1.pools.0.number", 1)]),
    ],
)
def test_corrupted_options_are_told(codes, edits, quoted, words):
    """Each corruption breaks exactly the rules that it should."""
    assert words.broken(quoted, edits) == set(codes.split())


@pytest.fixture(scope="module")
def waiting(words):
    """One unit put off and one turned away, 2 h on 5 accelerators.

    2.35 × 10 = $23.50, 2.95 × 10 × 4 (high) = $118. Delay of the unit put off: 3 $/h × (24 + 2 - 1.5 h) =
    $73.50.
    """
    job = {
        "job": "a",
        "count": 2,
        "hours": 2.0,
        "accelerators": 5,
        "priority": "high",
        "delay_usd_per_hour": 3.0,
    }
    job |= {"submitted": "2027-01-01T01:30:00Z", "deadline": "2027-01-02T02:00:00Z"}
    tables = {
        "jobs": [words.job("a", 0, 1, 1)],
        "costs": words.cost(deferral=23.50, rejection=118.0, delay=73.50),
    }
    return words.document(jobs=[job]), tables


def test_what_is_put_off_or_turned_away_is_paid_for(waiting, sound):
    """Service terms count at every boundary, and are no cash."""
    document, tables = waiting
    seen = sound(document | {"policy": {"minimise": "launch_and_power"}}, tables)
    assert seen.cost_usd == pytest.approx(215.0, rel=1e-12)
    assert set(seen.boundaries.values()) == {0.0}


def test_a_loss_that_is_given_takes_the_place_of_the_default(waiting, sound, words):
    """`reject_usd` 50."""
    document, tables = waiting
    document = document | {"jobs": [document["jobs"][0] | {"reject_usd": 50.0}]}
    assert words.broken((document, tables), [("change", "costs", 1, {"usd": 50.0})]) == set()


@pytest.mark.parametrize(
    ("codes", "edits"),
    [
        ("defer", [("set", "jobs.0.deadline", "2027-01-02T01:59:59Z")]),
        ("defer", [("set", "policy", {"defer": False})]),
        ("defer", [("set", "jobs.0.pin_start", "2027-01-01T05:00:00Z")]),
        ("defer reject", [("set", "jobs.0.reject_usd", None)]),
        ("defer reject", [("set", "jobs.0.must_run", True)]),
        ("cost", [("change", "costs", 1, {"usd": 118.02})]),
        ("table assignment", [("change", "jobs", 0, {"deferred": -1})]),
        (
            "assignment",
            [
                (
                    "add",
                    "jobs",
                    {"job": "a", "count": 0, "placed": 0, "deferred": 0, "rejected": 0, "reason": ""},
                )
            ],
        ),
    ],
)
def test_what_may_not_wait_or_be_turned_away_is_told(codes, edits, waiting, words):
    """Each corruption breaks exactly the rules that it should."""
    assert words.broken(waiting, edits) == set(codes.split())


@pytest.mark.parametrize("name", ["segmented", "chained", "quoted", "waiting"])
def test_every_cell_of_a_sound_plan_matters(name, words, request):
    """Whatever single cell of the plan is changed is told, but for the reasons given for jobs."""
    assert set(words.idle_cells(request.getfixturevalue(name))) <= {"jobs.reason"}


@pytest.mark.parametrize("name", ["segmented", "chained", "quoted", "waiting"])
def test_garbage_is_told(name, words, request):
    """What is no value, a table or a column that is missing: a finding, never an exception."""
    assert set(words.swallowed_garbage(request.getfixturevalue(name))) <= {"jobs.reason"}

"""Data in and out: windows, shares of links, prices at both ends, shared data sets."""

import pytest

RUN = "placements"
LINK = {"gbps_in": 10.0, "gbps_out": 5.0, "usd_per_tb_in": 2.0, "usd_per_tb_out": 5.0}
HOME_LINK = {"gbps_in": 100.0, "gbps_out": 100.0, "usd_per_tb_in": 1.0, "usd_per_tb_out": 3.0}
FREE = {"pue": 1.0, "energy_price": 0.0}


def house(words, **more):
    """A cluster that runs jobs, with a link of 4.5 TB/h in and 2.25 TB/h out, and one where the data are."""
    return [
        words.earth(link=LINK | more, **FREE),
        {"name": "home", "pools": [words.pool()], "link": HOME_LINK},
    ]


def held(words, *slots):
    """Energy rows of 4 kW, the last slot half."""
    return words.drawn("earth", dict.fromkeys(slots[:-1], 0.004) | {slots[-1]: 0.002})


@pytest.fixture(scope="module")
def carried(words):
    """9 TB in the 4 slots before slot 6 (18 TB): half the link.

    4.5 TB in the 2 slots after slot 8 (4.5 TB): all of it. In: 9 × (2 + 3) = $45; out: 4.5 × (5 + 1) = $27.
    """
    job = {"job": "a", "hours": 2.5, "accelerators": 4, "dataset_tb": 9.0, "result_tb": 4.5, "home": "home"}
    document = words.document(clusters=house(words), jobs=[job], policy={"stage_hours": 4.0, "unload_hours": 2.0})
    tables = {
        "placements": [
            words.row("stage", "a", 2, 6, (512, 1536), tb=9.0),
            words.row("run", "a", 6, 8.5, (1536, 2176)),
            words.row("unload", "a", 9, 11, (2304, 2816), tb=4.5),
        ],
        "jobs": [words.job("a")],
        "energy": held(words, 6, 7, 8),
        "costs": words.cost(transfer__earth=72.0),
    }
    return document, tables


def test_data_come_in_before_and_go_out_after_a_run(carried, sound):
    """Both ends are paid; the start slot is the date, and nothing is discounted here."""
    assert sound(*carried).cost_usd == pytest.approx(72.0, rel=1e-12)


@pytest.mark.parametrize(
    ("codes", "edits"),
    [
        ("stage", [("drop", RUN, 0)]),
        ("stage", [("change", RUN, 0, {"start_grain": 256})]),
        ("stage", [("change", RUN, 0, {"tb": 8.0})]),
        ("stage", [("change", RUN, 0, {"pool": "p"})]),
        ("stage", [("change", RUN, 0, {"accelerators": 4})]),
        ("stage", [("change", RUN, 0, {"count": 2})]),
        ("stage", [("change", RUN, 0, {"cluster": "home"})]),
        ("stage link", [("set", "jobs.0.dataset_tb", 18.001), ("change", RUN, 0, {"tb": 18.001})]),
        ("stage", [("set", "clusters.0.link.contact", [1.0, 1.0] + [0.0] * 4 + [1.0] * 18)]),
        ("clock", [("change", RUN, 0, {"start": "2027-01-01T02:01:00Z"})]),
        ("unload", [("drop", RUN, 2)]),
        ("unload", [("change", RUN, 2, {"end_grain": 2560})]),
        ("unload", [("change", RUN, 2, {"tb": 4.0})]),
        ("unload link", [("set", "jobs.0.result_tb", 4.501), ("change", RUN, 2, {"tb": 4.501})]),
        ("unload", [("set", "clusters.0.link.contact", [1.0] * 9 + [0.0] * 2 + [1.0] * 13)]),
        ("table unload", [("change", RUN, 2, {"tb": -1.0})]),
        ("stage unload", [("set", "clusters.0.link", None)]),
        ("stage unload", [("set", "jobs.0.home", "earth")]),
        (
            "link",
            [
                ("set", "clusters.0.pools.0.number", 16),
                ("set", "jobs.0.count", 2),
                ("change", "jobs", 0, {"count": 2, "placed": 2}),
                *(("change", RUN, row, {"count": 2}) for row in range(3)),
            ],
        ),
    ],
)
def test_corrupted_transfers_are_told(codes, edits, carried, words):
    """Each corruption breaks exactly the rules that it should."""
    assert words.broken(carried, edits) == set(codes.split())


def test_a_start_in_the_first_slot_leaves_no_time_to_stage(words):
    """Slot 0 has no slots before it."""
    document = words.document(
        clusters=house(words), jobs=[{"job": "a", "hours": 2.5, "accelerators": 4, "dataset_tb": 1.0}]
    )
    tables = {
        "placements": [words.row("run", "a", 0, 2.5, (0, 640))],
        "jobs": [words.job("a")],
        "energy": held(words, 0, 1, 2),
        "costs": words.cost(transfer__earth=2.0),
    }
    assert words.broken((document, tables), []) == {"stage"}


def test_a_window_reaches_past_the_horizon(words, sound):
    """After slot 22: 1 slot of 4 h, 2.25 TB, and 3 h at the mean of 2.25 TB/h. 9 TB fit exactly.

    4.5 × 9 TB at $5 each.
    """
    job = {"job": "a", "hours": 2.5, "accelerators": 4, "result_tb": 9.0}
    document = words.document(clusters=house(words), jobs=[job], policy={"unload_hours": 4.0})
    tables = {
        "placements": [
            words.row("run", "a", 20, 22.5, (5120, 5760)),
            words.row("unload", "a", 23, 24, (5888, 6144), tb=9.0),
        ],
        "jobs": [words.job("a")],
        "energy": held(words, 20, 21, 22),
        "costs": words.cost(transfer__earth=45.0),
    }
    sound(document, tables)
    more = [("set", "jobs.0.result_tb", 9.001), ("change", RUN, 1, {"tb": 9.001})]
    assert words.broken((document, tables), more) == {"unload", "link"}


def test_nothing_is_unloaded_within_the_horizon_after_its_last_slot(words, sound):
    """A run that ends in the last slot is unloaded after the horizon, and paid for."""
    job = {"job": "a", "hours": 2.5, "accelerators": 4, "result_tb": 900.0}
    document = words.document(clusters=house(words), jobs=[job])
    tables = {
        "placements": [words.row("run", "a", 21, 23.5, (5376, 6016))],
        "jobs": [words.job("a")],
        "energy": held(words, 21, 22, 23),
        "costs": words.cost(transfer__earth=4500.0),
    }
    assert sound(document, tables).cost_usd == pytest.approx(4500.0, rel=1e-12)


def test_longer_slots_stage_in_the_slot_before(words, sound):
    """Slots of 6 h and stage_hours 1: the window is the slot before, 27 TB.

    2 h of work in slot 1 of 6 h are 86 grains.
    """
    job = {"job": "a", "hours": 2.0, "accelerators": 4, "dataset_tb": 27.0}
    document = words.document(
        horizon={"start": "2027-01-01T00:00:00Z", "slots": 4, "slot_hours": 6},
        clusters=house(words),
        jobs=[job],
        policy={"stage_hours": 1.0},
    )
    tables = {
        "placements": [
            words.row("stage", "a", 0, 6, (0, 256), tb=27.0),
            words.row("run", "a", 6, 6 + 86 / 256 * 6, (256, 342)),
        ],
        "jobs": [words.job("a")],
        "energy": words.drawn("earth", dict.fromkeys(range(6, 12), 0.004 * 86 / 256), per_slot=6),
        "costs": words.cost(transfer__earth=54.0),
    }
    sound(document, tables)


@pytest.fixture(scope="module")
def shared(words):
    """18 TB at 4.5 TB/h take 4 slots, longer than stage_hours 2; job a may start from slot 4 on.

    18 × (2 + 3) = $90.
    """
    document = words.document(
        clusters=house(words),
        datasets=[{"name": "text", "tb": 18.0, "home": "home"}],
        jobs=[{"job": "a", "hours": 2.5, "accelerators": 4, "dataset": "text"}],
        policy={"stage_hours": 2.0},
    )
    tables = {
        "placements": [words.row("run", "a", 4, 6.5, (1024, 1664))],
        "jobs": [words.job("a")],
        "moves": [{"dataset": "text", "cluster": "earth", "tb": 18.0}],
        "energy": held(words, 4, 5, 6),
        "costs": words.cost(transfer__earth=90.0),
    }
    return document, tables


def test_a_shared_data_set_moves_once(shared, sound):
    """It is paid for once, at slot 0."""
    assert sound(*shared).cost_usd == pytest.approx(90.0, rel=1e-12)


@pytest.mark.parametrize(
    ("codes", "edits"),
    [
        ("dataset", [("drop", "moves", 0)]),
        ("dataset", [("change", "moves", 0, {"tb": 17.0})]),
        ("dataset", [("set", "policy.stage_hours", 4.5)]),
        ("dataset", [("set", "datasets.0.tb", 18.1), ("change", "moves", 0, {"tb": 18.1})]),
        ("dataset", [("set", "datasets.0.tb", 105.0), ("change", "moves", 0, {"tb": 105.0})]),
        ("dataset", [("set", "datasets.0.clusters", ["earth"])]),
        ("dataset", [("add", "moves", {"dataset": "text", "cluster": "home", "tb": 18.0})]),
        ("table", [("add", "moves", {"dataset": "text", "cluster": "earth", "tb": 18.0})]),
        ("table", [("add", "moves", {"dataset": "films", "cluster": "earth", "tb": 1.0})]),
        (
            "link",
            [
                ("set", "jobs.0.dataset_tb", 1.0),
                (
                    "add",
                    RUN,
                    {
                        "kind": "stage",
                        "pool": "",
                        "accelerators": 0,
                        "tb": 1.0,
                        "work_share": 0.0,
                        "start_grain": 512,
                        "end_grain": 1024,
                        "start": "2027-01-01T02:00:00Z",
                        "end": "2027-01-01T04:00:00Z",
                    },
                ),
            ],
        ),
    ],
)
def test_corrupted_moves_are_told(codes, edits, shared, words):
    """Each corruption breaks exactly the rules that it should."""
    first = shared[1]["placements"][0]
    edits = [(w, t, *(first | c if w == "add" and t == RUN else c for c in rest)) for w, t, *rest in edits]
    assert words.broken(shared, edits) == set(codes.split())


@pytest.mark.parametrize("where", [{"clusters": ["earth"]}, {"home": "earth"}])
def test_data_that_are_there_are_not_moved(where, shared, words):
    """A copy on the cluster, or its home."""
    document, tables = shared
    datasets = [document["datasets"][0] | where]
    tables = {name: rows for name, rows in tables.items() if name not in ("moves", "costs")}
    assert words.broken((document | {"datasets": datasets}, tables), []) == set()


def test_a_move_that_nobody_needs_is_paid_for(shared, sound):
    """It uses the link and costs what it costs."""
    document, tables = shared
    document = document | {"jobs": [{"job": "a", "hours": 2.5, "accelerators": 4}]}
    assert sound(document, tables).cost_usd == pytest.approx(90.0, rel=1e-12)


def test_without_a_link_a_data_set_moves_at_once(shared, words):
    """It still has to be told, and the sending end is paid: 18 × $3."""
    edits = [("set", "clusters.0.link", None), ("change", "costs", 0, {"usd": 54.0})]
    assert words.broken(shared, edits) == set()
    assert words.broken(shared, [*edits, ("drop", "moves", 0)]) == {"dataset"}


@pytest.mark.parametrize("name", ["carried", "shared"])
def test_every_cell_of_a_sound_plan_matters(name, words, request):
    """Whatever single cell of the plan is changed is told, but for the reasons given for jobs."""
    assert set(words.idle_cells(request.getfixturevalue(name))) <= {"jobs.reason"}


@pytest.mark.parametrize("name", ["carried", "shared"])
def test_garbage_is_told(name, words, request):
    """What is no value, a table or a column that is missing: a finding, never an exception."""
    assert set(words.swallowed_garbage(request.getfixturevalue(name))) <= {"jobs.reason"}

"""Divisible demand: what serves it, what it draws, what is not met."""

import pytest

SHORT = {"start": "2027-01-01T00:00:00Z", "slots": 4, "slot_hours": 1}


def serving(amounts, pool="p"):
    """Rows of the flow table: accelerators by slot."""
    return [
        {"flow": "chat", "cluster": "earth", "pool": pool, "slot": slot, "accelerators": amount}
        for slot, amount in enumerate(amounts)
    ]


@pytest.fixture(scope="module")
def served(words):
    """Demand 6, served with 4.5 in slots 0 and 1 and with 6 in slots 2 and 3: unmet 2 × 1.5 h × 3 $/h = $9.

    Energy at 50 % utilization: 0.5 × (9 + 12) kWh × 1.25 × 40 = $0.525; rent at 2 $/h × 21 h = $42.
    """
    flow = {
        "name": "chat",
        "demand": 6.0,
        "unmet_usd_per_accelerator_hour": 3.0,
        "utilization": 0.5,
        "team": "web",
    }
    document = words.document(
        horizon=SHORT, clusters=[words.earth(pools=[words.pool(usd_per_accelerator_hour=2.0)])], flows=[flow]
    )
    tables = {
        "flows": serving([4.5, 4.5, 6.0, 6.0]),
        "energy": words.drawn("earth", {0: 0.0028125, 1: 0.0028125, 2: 0.00375, 3: 0.00375}),
        "costs": words.cost(energy__earth=0.42, cooling__earth=0.105, unmet=9.0, rent__earth=42.0),
    }
    return document, tables


def test_unmet_demand_is_paid_for(served, sound):
    """Flows hold accelerators and draw power like runs."""
    assert sound(*served).cost_usd == pytest.approx(51.525, rel=1e-12)


@pytest.mark.parametrize(
    ("codes", "edits"),
    [
        ("flow", [("change", "flows", 2, {"accelerators": 6.1})]),
        ("flow", [("set", "flows.0.demand", [6.0, 6.0, 6.0, 5.9])]),
        ("flow", [("set", "flows.0.not_clusters", ["earth"])]),
        ("flow", [("set", "flows.0.memory_gb", 100.0)]),
        ("flow", [("set", "flows.0.residency", ["US"])]),
        (
            "flow",
            [
                ("set", "flows.0.home", "there"),
                ("set", "flows.0.max_rtt_ms", 100.0),
                ("set", "places", {"there": {"lat": 0.0, "lon": 0.0}}),
            ],
        ),
        ("capacity", [("set", "clusters.0.pools.0.number", 5)]),
        ("capacity", [("set", "clusters.0.pools.0.reserved", 2.5)]),
        ("power", [("set", "clusters.0.power_limit_mw", 0.0037)]),
        (
            "table flow",
            [("change", "flows", 0, {"accelerators": -1.0}), ("change", "flows", 1, {"accelerators": 6.5})],
        ),
        ("table", [("change", "flows", 0, {"flow": "mail"})]),
        ("table", [("change", "flows", 0, {"pool": "q"})]),
        ("table", [("change", "flows", 0, {"slot": 4})]),
        ("table", [("change", "flows", 0, {"slot": 1})]),
    ],
)
def test_corrupted_flows_are_told(codes, edits, served, words):
    """Each corruption breaks exactly the rules that it should."""
    assert words.broken(served, edits) == set(codes.split())


def test_flows_may_touch_their_limits_within_the_tolerance(served, words):
    """A millionth more than there is counts as none."""
    edits = [("set", "clusters.0.pools.0.number", 6), ("change", "flows", 2, {"accelerators": 6.000001})]
    assert words.broken(served, edits) == set()


def test_faster_accelerators_serve_more(words, sound):
    """'fast' is worth 2, and 1.5 in the throughput table of its class: 4 of them serve 6.

    Each draws 0.8 kW there. 3.2 kW × 4 h × 1.25 × 40 = $0.64.
    """
    flow = {"name": "chat", "class": "m", "demand": 6.0, "unmet_usd_per_accelerator_hour": 3.0}
    rate = {"class": "m", "accelerator": "fast", "relative_speed": 1.5, "kw_per_accelerator": 0.8}
    document = words.document(
        horizon=SHORT,
        clusters=[words.earth(pools=[words.pool() | {"accelerator": "fast"}])],
        flows=[flow],
        throughput=[rate],
    )
    tables = {
        "flows": serving([4.0] * 4),
        "energy": words.drawn("earth", dict.fromkeys(range(4), 0.004)),
        "costs": words.cost(energy__earth=0.512, cooling__earth=0.128),
    }
    sound(document, tables)
    assert words.broken((document | {"throughput": []}, tables), []) == {"flow"}


@pytest.mark.parametrize("name", ["served"])
def test_every_cell_of_a_sound_plan_matters(name, words, request):
    """Whatever single cell of the plan is changed is told, but for the reasons given for jobs."""
    assert set(words.idle_cells(request.getfixturevalue(name))) <= {"jobs.reason"}


@pytest.mark.parametrize("name", ["served"])
def test_garbage_is_told(name, words, request):
    """What is no value, a table or a column that is missing: a finding, never an exception."""
    assert set(words.swallowed_garbage(request.getfixturevalue(name))) <= {"jobs.reason"}

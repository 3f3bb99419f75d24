"""Limits: each measure, each span, over and under, with a penalty and without."""

import pytest

RUN = "placements"
SHORT = {"start": "2027-01-01T00:00:00Z", "slots": 4, "slot_hours": 1, "period_slots": 2}
LINK = {"gbps_in": 10.0, "gbps_out": 10.0, "usd_per_tb_in": 2.0}


@pytest.fixture(scope="module")
def busy(words):
    """4 kW in slot 1, 2 kW (half of it held) in slot 2; 4.5 TB staged in slot 0.

    A flow of 2 accelerators in slot 3. IT energy 4 + 2 + 2 = 8 kWh, × 1.25 = 10 kWh: at 40 $/MWh $0.40;
    transfer 4.5 × $2 = $9.
    """
    job = {"job": "a", "hours": 1.5, "accelerators": 4, "team": "red", "tags": ["x"], "dataset_tb": 4.5}
    flow = {
        "name": "chat",
        "demand": 2.0,
        "unmet_usd_per_accelerator_hour": 1.0,
        "team": "web",
        "tags": ["x", "y"],
    }
    cluster = words.earth(link=LINK, carbon_g_per_kwh=500.0, water_l_per_kwh=2.0, resources={"seats": 3.0}, idle_mw=0.0)
    document = words.document(
        horizon=SHORT,
        clusters=[cluster],
        jobs=[job | {"uses": {"seats": 3}}],
        flows=[flow],
        policy={"stage_hours": 1.0},
    )
    tables = {
        "placements": [
            words.row("stage", "a", 0, 1, (0, 256), tb=4.5),
            words.row("run", "a", 1, 2.5, (256, 640)),
        ],
        "jobs": [words.job("a")],
        "flows": [{"flow": "chat", "cluster": "earth", "pool": "p", "slot": 3, "accelerators": 2.0}],
        "energy": words.drawn("earth", {1: 0.005, 2: 0.0025, 3: 0.0025}),
        "costs": words.cost(energy__earth=0.32, cooling__earth=0.08, transfer__earth=9.0, unmet=6.0),
    }
    return document, tables


def test_without_limits_it_is_sound(busy, sound):
    """Unmet: 2 × 3 h at $1."""
    assert sound(*busy).cost_usd == pytest.approx(15.40, rel=1e-12)


RED, WEB, X, XY = (
    {"jobs": wanted} for wanted in ({"team": "red"}, {"team": "web"}, {"tags": ["x"]}, {"tags": ["x", "y"]})
)
HERE, THERE, POOL = {"clusters": ["earth"]}, {"clusters": []}, {"pools": ["earth/p"]}

MEASURED = [
    # of, per, over, what it comes to in slot 0, 1, 2, 3, or in each period, or in all
    ("accelerators", "slot", {}, [0, 4, 2, 2]),
    ("accelerators", "slot", RED, [0, 4, 2, 0]),
    ("accelerators", "slot", WEB, [0, 0, 0, 2]),
    ("accelerators", "slot", X, [0, 4, 2, 2]),
    ("accelerators", "slot", XY, [0, 0, 0, 2]),
    ("accelerators", "slot", THERE, [0, 0, 0, 0]),
    ("accelerators", "slot", POOL, [0, 4, 2, 2]),
    ("accelerators", "period", {}, [4, 4]),
    ("accelerators", "horizon", RED | HERE, [6]),
    ("mw", "slot", {}, [0, 0.005, 0.0025, 0.0025]),
    ("mwh", "slot", {}, [0, 0.005, 0.0025, 0.0025]),
    ("mwh", "horizon", {}, [0.01]),
    ("mwh", "period", WEB, [0, 0.0025]),
    ("tco2", "horizon", {}, [0.005]),
    ("tco2", "horizon", RED, [0.00375]),
    ("tco2", "slot", POOL, [0, 0.0025, 0.00125, 0.00125]),
    ("water_l", "horizon", {}, [16]),
    ("water_l", "slot", RED, [0, 8, 4, 0]),
    ("tb", "slot", {}, [4.5, 0, 0, 0]),
    ("tb", "horizon", RED, [4.5]),
    ("tb", "horizon", WEB, [0]),
    ("usd", "slot", {}, [0, 9.2, 0.1, 0.1]),
    ("usd", "horizon", HERE, [9.4]),
    ("usd", "horizon", THERE, [0]),
    ("seats", "slot", {}, [0, 3, 1.5, 0]),
    ("seats", "horizon", {}, [4.5]),
    ("seats", "horizon", WEB, [0]),
]


@pytest.mark.parametrize(("of", "per", "over", "values"), MEASURED)
def test_each_measure_in_each_span(of, per, over, values, busy, words):
    """At the value a limit holds from both sides; a hair beyond it is broken from either."""
    repeat = {"slot": 1, "period": 2, "horizon": 4}[per]
    series = [float(value) for value in values for _ in range(repeat)]
    limit = {"name": "cap", "of": of, "per": per, "over": over}
    for bound in ("max", "min") if of != "usd" else ("max",):
        exact = limit | {bound: series}
        assert words.broken(busy, [("set", "limits", [exact])]) == set()
    for slot, value in enumerate(series):
        if slot % repeat == 0:
            more, less = ([*series[:slot], value + step, *series[slot + 1 :]] for step in (1e-4, -1e-4))
            if value > 0 or of == "usd":
                assert words.broken(busy, [("set", "limits", [limit | {"max": less}])]) == {"limit"}
            if of != "usd":
                assert words.broken(busy, [("set", "limits", [limit | {"min": more}])]) == {"limit"}


def test_a_limit_with_a_penalty_is_paid_for(busy, words):
    """0.01 MWh where 0.008 are allowed, at 1,000 $/MWh: $2; under 6 TB by 1.5 TB at $2: $3."""
    limits = [
        {"name": "cap", "of": "mwh", "per": "horizon", "max": 0.008, "penalty_usd": 1000.0},
        {"name": "floor", "of": "tb", "per": "horizon", "min": 6.0, "penalty_usd": 2.0},
    ]
    edits = [("set", "limits", limits), ("add", "costs", {"category": "penalty", "cluster": "", "usd": 5.0})]
    assert words.broken(busy, edits) == set()


def test_idle_power_counts_as_emissions_of_the_cluster_and_not_of_jobs(busy, words):
    """1 kW idle for 4 h are 2 kg more."""
    document, tables = busy
    limits = [
        {"name": "all", "of": "tco2", "per": "horizon", "max": 0.007, "min": 0.007},
        {"name": "red", "of": "tco2", "per": "horizon", "over": RED, "max": 0.00375, "min": 0.00375},
    ]
    energy = words.drawn("earth", {0: 0.001, 1: 0.006, 2: 0.0035, 3: 0.0035})
    tables = tables | {"energy": energy, "costs": []}
    edits = [("set", "clusters.0.idle_mw", 0.001), ("set", "limits", limits)]
    assert words.broken((document, tables), edits) == {"cost"}


def test_clusters_have_resources(busy, words):
    """3 seats are there; with 2 neither the run alone nor all together fit.

    A cluster that names none has no limit.
    """
    assert words.broken(busy, [("set", "clusters.0.resources.seats", 2.0)]) == {"fit", "resource"}
    assert (
        words.broken(
            busy,
            [
                ("set", "clusters.0.resources", {"desks": 1.0}),
                ("set", "limits", [{"name": "cap", "of": "seats", "max": 3.0}]),
            ],
        )
        == set()
    )


def test_two_runs_share_a_resource(words):
    """3 + 3 of 5 seats in the same slot are too many, though each fits."""
    jobs = [{"job": name, "hours": 1.0, "accelerators": 4, "uses": {"seats": 3}} for name in "ab"]
    document = words.document(clusters=[words.earth(energy_price=0.0, resources={"seats": 5.0})], jobs=jobs)
    tables = {
        "placements": [words.row("run", name, 0, 1, (0, 256)) for name in "ab"],
        "jobs": [words.job("a"), words.job("b")],
        "energy": words.drawn("earth", {0: 0.01}),
    }
    assert words.broken((document, tables), []) == {"resource"}
    assert words.broken((document, tables), [("set", "clusters.0.resources.seats", 6.0)]) == set()


@pytest.mark.parametrize("name", ["busy"])
def test_every_cell_of_a_sound_plan_matters(name, words, request):
    """Whatever single cell of the plan is changed is told, but for the reasons given for jobs."""
    assert set(words.idle_cells(request.getfixturevalue(name))) <= {"jobs.reason"}


@pytest.mark.parametrize("name", ["busy"])
def test_garbage_is_told(name, words, request):
    """What is no value, a table or a column that is missing: a finding, never an exception."""
    assert set(words.swallowed_garbage(request.getfixturevalue(name))) <= {"jobs.reason"}

"""Power.

Facility and grid limits, contracts, batteries, switching, and slots of a month with representative hours.
"""

import pytest

RUN = "placements"
SHORT = {"start": "2027-01-01T00:00:00Z", "slots": 4, "slot_hours": 1}
TWO_HOURS = {"job": "a", "hours": 2.0, "accelerators": 4}


@pytest.fixture(scope="module")
def limited(words):
    """(7.5 kW - 2.5 kW idle) / 1.25 is 4 kW, just what the run draws.

    With idle power 4 h cost 0.0025 × 4 × 40 = $0.40. The run: 4 kW × 2 h × 1.25 × 40 = $0.40. Of $0.80,
    1/1.25 is energy.
    """
    document = words.document(
        horizon=SHORT, clusters=[words.earth(power_limit_mw=0.0075, idle_mw=0.0025)], jobs=[TWO_HOURS]
    )
    tables = {
        "placements": [words.row("run", "a", 0, 2, (0, 512))],
        "jobs": [words.job("a")],
        "energy": words.drawn("earth", {0: 0.0075, 1: 0.0075, 2: 0.0025, 3: 0.0025}),
        "costs": words.cost(energy__earth=0.64, cooling__earth=0.16),
    }
    return document, tables


def test_idle_power_is_paid_and_leaves_less_for_runs(limited, sound):
    """The run fits to the watt."""
    assert sound(*limited).cost_usd == pytest.approx(0.80, rel=1e-12)


@pytest.mark.parametrize(
    ("codes", "edits"),
    [
        ("fit power", [("set", "clusters.0.power_limit_mw", 0.00749)]),
        (
            "fit power",
            [
                ("set", "clusters.0.power_limit_mw", [0.0075, 0.0075, 0.0, 0.0]),
                ("set", "clusters.0.idle_mw", 0.00251),
            ],
        ),
        (
            "power",
            [
                ("set", "jobs.0.count", 2),
                ("change", "jobs", 0, {"count": 2, "placed": 2}),
                ("change", RUN, 0, {"count": 2}),
            ],
        ),
        ("energy", [("drop", "energy", 3)]),
    ],
)
def test_too_much_power_is_told(codes, edits, limited, words):
    """A run alone must fit, and all together."""
    assert words.broken(limited, edits) == set(codes.split())


CALL = {"from": "2027-01-01T00:30:00Z", "to": "2027-01-01T02:00:00Z", "limit_mw": 0.005}


@pytest.mark.parametrize(
    ("codes", "grid"),
    [
        ("", {"limit_mw": 0.005}),
        ("fit power", {"limit_mw": 0.00499}),
        ("", {"limit_mw": [0.005, 0.005, 0.0, 0.0]}),
        ("", {"limit_mw": 0.01, "curtailments": [CALL]}),
        ("fit power", {"limit_mw": 0.01, "curtailments": [CALL | {"limit_mw": 0.0049}]}),
        ("", {"limit_mw": 0.01, "curtailments": [CALL | {"limit_mw": 0.0, "to": "2027-01-01T01:00:00Z"}]}),
        (
            "fit power",
            {"limit_mw": 0.0099, "curtailments": [CALL | {"limit_mw": 0.0, "to": "2027-01-01T01:00:00Z"}]},
        ),
        ("", {"curtailments": [CALL]}),
        ("fit power", {"curtailments": [CALL | {"from": "2027-01-01T00:00:00Z", "limit_mw": 0.004}]}),
        ("", {"limit_mw": 0.01, "connected": "2027-01-01T00:30:00Z"}),
        ("fit power", {"limit_mw": 0.01, "connected": "2027-01-01T00:31:00Z"}),
        ("fit power", {"connected": "2027-01-01T01:00:00Z"}),
    ],
)
def test_what_a_grid_gives_at_most(codes, grid, words):
    """Limit, curtailments by the hours they cover, connection; the run needs 5 kW in slots 0 and 1."""
    document = words.document(
        horizon=SHORT,
        clusters=[words.earth(sources=[{"kind": "grid", "name": "west", **grid}])],
        jobs=[TWO_HOURS],
    )
    tables = {
        "placements": [words.row("run", "a", 0, 2, (0, 512))],
        "jobs": [words.job("a")],
        "energy": words.drawn("earth", {0: 0.005, 1: 0.005}, source="west"),
        "costs": words.cost(energy__earth=0.32, cooling__earth=0.08),
    }
    assert words.broken((document, tables), []) == set(codes.split())


BATTERY = {"kind": "battery", "mw": 0.01, "mwh": 0.005, "round_trip_efficiency": 0.8}


@pytest.fixture(scope="module")
def charged(words):
    """Slot 0 at 10 $/MWh: load 0.005 MW and charge 0.00625, of which 0.8 stay.

    0.005 MWh, which carry slot 1 at 100 $/MWh. Energy 0.01125 × 10 = $0.1125, of which 1/1.25 is $0.09; the
    peak of 0.01125 MW at 1,000 $/MW is $11.25; of 0.02 MWh to be taken 0.00875 are not, at 80 $/MWh $0.70;
    500 g/kWh × 0.01125 MWh = 0.005625 t, at 100 $/t $0.5625.
    """
    grid = {
        "kind": "grid",
        "price": [10.0, 100.0, 100.0, 100.0],
        "limit_mw": 0.01125,
        "carbon_g_per_kwh": 500.0,
        "demand_charge_usd_per_mw": 1000.0,
        "peak_so_far_mw": 0.01,
        "take_or_pay": {"mwh": 0.02, "usd_per_mwh": 80.0},
    }
    document = words.document(
        horizon=SHORT,
        clusters=[words.earth(sources=[grid, BATTERY])],
        jobs=[TWO_HOURS],
        policy={"carbon_usd_per_t": 100.0},
    )
    tables = {
        "placements": [words.row("run", "a", 0, 2, (0, 512))],
        "jobs": [words.job("a")],
        "energy": [
            *words.drawn("earth", {0: 0.01125}),
            *words.drawn("earth", {0: 0.00625}, source="battery", kind="charge"),
            *words.drawn("earth", {1: 0.005}, source="battery", kind="discharge"),
        ],
        "costs": words.cost(energy__earth=0.09, cooling__earth=0.0225, contracts__earth=11.95, carbon__earth=0.5625),
    }
    return document, tables


def test_a_battery_carries_cheap_energy_to_a_dear_hour(charged, sound):
    """Bills, demand charge, take-or-pay and carbon follow what the grid gives."""
    seen = sound(*charged)
    assert seen.cost_usd == pytest.approx(12.625, rel=1e-12)
    assert seen.boundaries["launch_and_power"] == pytest.approx(0.09 + 11.95, rel=1e-12)


def test_the_peak_so_far_counts_in_the_first_month(charged, words):
    """0.02 MW before the horizon: $20 instead of $11.25."""
    edits = [("set", "clusters.0.sources.0.peak_so_far_mw", 0.02), ("change", "costs", 2, {"usd": 20.70})]
    assert words.broken(charged, edits) == set()


@pytest.mark.parametrize(
    ("codes", "edits"),
    [
        ("balance", [("change", "energy", 0, {"mw": 0.01124})]),
        ("source", [("set", "clusters.0.sources.0.limit_mw", 0.0112)]),
        ("battery", [("set", "clusters.0.sources.1.mw", 0.006)]),
        ("battery", [("set", "clusters.0.sources.1.mwh", 0.0049)]),
        ("battery", [("set", "clusters.0.sources.1.round_trip_efficiency", 0.79)]),
        (
            "battery",
            [
                (
                    "add",
                    "energy",
                    {
                        "cluster": "earth",
                        "source": "battery",
                        "kind": "charge",
                        "tick": 1,
                        "slot": 1,
                        "mw": 0.001,
                    },
                ),
                ("change", "energy", 2, {"mw": 0.006}),
            ],
        ),
        (
            "battery",
            [
                ("drop", "energy", 1),
                ("change", "energy", 0, {"mw": 0.005}),
                ("set", "clusters.0.sources.1.initial_mwh", 0.005),
            ],
        ),
        ("energy", [("change", "energy", 1, {"kind": "battery"})]),
        ("table", [("change", "energy", 1, {"mw": float("inf")})]),
        ("cost", [("change", "costs", 2, {"usd": 11.25})]),
    ],
)
def test_corrupted_power_is_told(codes, edits, charged, words):
    """Each corruption breaks exactly the rules that it should.

    Where a row falls out, balance and battery follow.
    """
    found = words.broken(charged, edits)
    follows = {"balance", "battery"} if codes in ("energy", "table") else set()
    assert found - follows == set(codes.split()) - ({"energy"} if codes == "energy" else set())


@pytest.fixture(scope="module")
def mixed(words):
    """Gas and sun.

    In slot 0 the sun gives 0.004 of the 0.005 MW (it could give all), gas at 80 $/MWh the rest. Slot 1: gas
    0.005. Gas 0.006 MWh × 80 = $0.48, 1/1.25 energy = $0.384; 400 g/kWh are 0.0024 t.
    """
    sun = {"kind": "solar", "mw": 0.01, "capacity_factor": [0.5, 0.0, 0.0, 0.0]}
    gas = {"kind": "gas", "price": 80.0, "carbon_g_per_kwh": 400.0, "limit_mw": 0.005}
    document = words.document(
        horizon=SHORT,
        clusters=[words.earth(sources=[gas, sun])],
        jobs=[TWO_HOURS],
        policy={"carbon_usd_per_t": 1000.0},
    )
    tables = {
        "placements": [words.row("run", "a", 0, 2, (0, 512))],
        "jobs": [words.job("a")],
        "energy": words.drawn("earth", {0: 0.001, 1: 0.005}, source="gas", kind="gas")
        + words.drawn("earth", {0: 0.004}, source="solar", kind="solar"),
        "costs": words.cost(energy__earth=0.384, cooling__earth=0.096, carbon__earth=2.40),
    }
    return document, tables


def test_sun_may_be_left_unused_and_gas_is_paid(mixed, sound, words):
    """Sun and gas have limits too."""
    assert sound(*mixed).cost_usd == pytest.approx(2.88, rel=1e-12)
    assert words.broken(mixed, [("set", "clusters.0.sources.0.limit_mw", 0.0049)]) == {"source"}
    assert words.broken(mixed, [("set", "clusters.0.sources.1.mw", 0.007)]) == {"source"}


@pytest.fixture(scope="module")
def switched(words):
    """On in slots 0, 1 and 3, off in 2: idle 3 × 0.001 × 40 = $0.12, the run $0.40.

    3 + 7 to switch, 3 more at the end.
    """
    cluster = words.earth(
        switchable=True, idle_mw=0.001, startup_usd=7.0, shutdown_usd=3.0, initially_on=True, finally_off=True
    )
    tables = {
        "placements": [words.row("run", "a", 0, 2, (0, 512))],
        "jobs": [words.job("a")],
        "states": [{"cluster": "earth", "slot": slot, "on": slot != 2} for slot in range(4)],
        "energy": words.drawn("earth", {0: 0.006, 1: 0.006, 3: 0.001}),
        "costs": words.cost(energy__earth=0.416, cooling__earth=0.104, switching__earth=13.0),
    }
    return words.document(horizon=SHORT, clusters=[cluster], jobs=[TWO_HOURS]), tables


def test_a_cluster_that_is_off_draws_nothing(switched, sound):
    """Switching costs where the state changes."""
    assert sound(*switched).cost_usd == pytest.approx(13.52, rel=1e-12)


def test_switching_on_from_off_costs_at_the_start(switched, words):
    """Off before: $7 more; not switched off at the end: $3 less."""
    edits = [("set", "clusters.0.initially_on", False), ("set", "clusters.0.finally_off", False)]
    assert words.broken(switched, [*edits, ("change", "costs", 2, {"usd": 17.0})]) == set()


@pytest.mark.parametrize(
    ("codes", "edits"),
    [
        ("capacity balance", [("change", "states", 1, {"on": False})]),
        ("balance", [("change", "states", 2, {"on": True})]),
        ("state", [("drop", "states", 0)]),
        ("state", [("add", "states", {"cluster": "earth", "slot": 0, "on": True})]),
        ("table", [("add", "states", {"cluster": "moon", "slot": 0, "on": True})]),
        ("table", [("add", "states", {"cluster": "earth", "slot": 4, "on": True})]),
        ("balance", [("drop", "energy", 2)]),
    ],
)
def test_corrupted_states_are_told(codes, edits, switched, words):
    """Each corruption breaks exactly the rules that it should."""
    assert words.broken(switched, edits) == set(codes.split())


def test_clusters_that_are_not_switchable_have_no_states(limited, words):
    """A row for one is told."""
    assert words.broken(limited, [("add", "states", {"cluster": "earth", "slot": 0, "on": True})]) == {"state"}


@pytest.fixture(scope="module")
def monthly(words):
    """January (744 h) and half of February (672 h): 1,080 h of work, 4,096 grains to a slot.

    January 0.005 MW × 744 h = 3.72 MWh × 40 = $148.80, February 0.0025 × 672 = 1.68 MWh = $67.20, discounted
    by 1.1^(-744/8766) = 0.9919433: $66.658592. 1/1.25 is energy.
    """
    document = words.document(
        horizon={"start": "2027-01-01T00:00:00Z", "slots": 2, "slot": "month"},
        money={"discount_rate": 0.1},
        jobs=[{"job": "a", "hours": 1080.0, "accelerators": 4}],
    )
    usd = 148.80 + 67.20 * 1.1 ** (-744 / 8766)
    tables = {
        "placements": [words.row("run", "a", 0, 1080, (0, 6144))],
        "jobs": [words.job("a")],
        "energy": words.drawn("earth", dict.fromkeys(range(24), 0.005) | dict.fromkeys(range(24, 48), 0.0025), 24),
        "costs": words.cost(energy__earth=0.8 * usd, cooling__earth=0.2 * usd),
    }
    return document, tables


def test_months_have_24_representative_hours_and_are_discounted(monthly, sound):
    """The half month is the last slot's share."""
    assert sound(*monthly).cost_usd == pytest.approx(215.458592, rel=1e-9)


def test_a_battery_cycles_within_a_representative_day(monthly, words):
    """Hour 0 charges what hour 1 gives, 31 times in January.

    0.00625 - 0.005 = 0.00125 MW × 31 h more are drawn.
    """
    document, tables = monthly
    sources = [{"kind": "grid"}, BATTERY]
    extra = words.drawn("earth", {0: 0.00625}, 24, "battery", "charge")
    extra += words.drawn("earth", {1: 0.005}, 24, "battery", "discharge")
    usd = (3.72 + 0.00125 * 31) * 40 + 67.20 * 1.1 ** (-744 / 8766)
    costs = words.cost(energy__earth=0.8 * usd, cooling__earth=0.2 * usd)
    energy = [row | {"mw": {0: 0.01125, 1: 0.0}.get(row["tick"], row["mw"])} for row in tables["energy"]]
    case = (
        document | {"clusters": [words.earth(sources=sources)]},
        tables | {"energy": energy + extra, "costs": costs},
    )
    assert words.broken(case, []) == set()
    drained = [("change", "energy", 48, {"mw": 0.00624}), ("change", "energy", 0, {"mw": 0.01124})]
    assert words.broken(case, drained) == {"battery"}
    assert words.broken(case, [("set", "clusters.0.sources.1.mwh", 0.0049)]) == {"battery"}


@pytest.mark.parametrize("name", ["limited", "charged", "mixed", "switched", "monthly"])
def test_every_cell_of_a_sound_plan_matters(name, words, request):
    """Whatever single cell of the plan is changed is told, but for the reasons given for jobs."""
    assert set(words.idle_cells(request.getfixturevalue(name))) <= {"jobs.reason"}


@pytest.mark.parametrize("name", ["limited", "charged", "mixed", "switched", "monthly"])
def test_garbage_is_told(name, words, request):
    """What is no value, a table or a column that is missing: a finding, never an exception."""
    assert set(words.swallowed_garbage(request.getfixturevalue(name))) <= {"jobs.reason"}

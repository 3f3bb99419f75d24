"""Sources that modules raise: grid, gas, sun and wind, in the slots in which the modules stand."""

import pytest

RUN = "placements"
PERIODS = {"start": "2027-01-01T00:00:00Z", "slots": 12, "slot_hours": 1, "period_slots": 3}
SIX_HOURS = 6 / 8766
JOB = {"job": "a", "hours": 6.0, "accelerators": 4}


def module(name, sources_mw, **more):
    """A module of $100 that stands for six hours: of period 0 in slots 3 to 8."""
    return {"name": name, "sources_mw": sources_mw, "usd": 100.0, "life_years": SIX_HOURS, "max": 4, **more}


def built(name, **more):
    """A row of the build table."""
    row = {"cluster": "earth", "module": name, "vehicle": "", "period": 0, "number": 1, "stands_from_slot": 3}
    return row | more


@pytest.fixture(scope="module")
def wired(words):
    """4 kW × PUE 1.25 in slots 3 to 8: 0.0025 MW of the grid as it is and 0.0025 of a wire that stands just then.

    6 × 0.005 MWh × $40 = $1.20, 1/1.25 of it energy. The wire's life is over at the end: no credit.
    """
    grid = {"kind": "grid", "limit_mw": 0.0025}
    cluster = words.earth(sources=[grid], modules=[module("wire", {"grid": 0.0025})])
    tables = {
        "placements": [words.row("run", "a", 3, 9, (768, 2304))],
        "jobs": [words.job("a")],
        "builds": [built("wire")],
        "energy": words.drawn("earth", dict.fromkeys(range(3, 9), 0.005)),
        "costs": words.cost(energy__earth=0.96, cooling__earth=0.24, facility__earth=100.0),
    }
    return words.document(horizon=PERIODS, clusters=[cluster], jobs=[JOB]), tables


def test_a_wire_raises_what_the_grid_gives(wired, sound):
    """The run fits to the watt."""
    assert sound(*wired).cost_usd == pytest.approx(101.20, rel=1e-12)


NEVER = {"from": "2027-01-01T00:00:00Z", "to": "2027-01-02T00:00:00Z"}
HALF = {"from": "2027-01-01T04:00:00Z", "to": "2027-01-01T04:30:00Z", "limit_mw": 0.0}
EIGHT_AND_A_HALF = "2027-01-01T08:30:00Z"


@pytest.mark.parametrize(
    ("codes", "wire", "grid"),
    [
        ("", 0.0025, {"limit_mw": 0.1, "curtailments": [NEVER | {"limit_mw": 0.0025}]}),
        ("source", 0.0025, {"limit_mw": 0.1, "curtailments": [NEVER | {"limit_mw": 0.0024}]}),
        ("", 0.005, {"limit_mw": 0.1, "curtailments": [NEVER | {"limit_mw": 0.0}]}),
        ("source", 0.0049, {"limit_mw": 0.1, "curtailments": [NEVER | {"limit_mw": 0.0}]}),
        ("", 0.0025, {"limit_mw": 0.005, "curtailments": [HALF]}),
        ("source", 0.0024, {"limit_mw": 0.005, "curtailments": [HALF]}),
        ("", 0.005, {"limit_mw": 0.1, "connected": "2028-01-01T00:00:00Z"}),
        ("source", 0.0049, {"limit_mw": 0.1, "connected": "2028-01-01T00:00:00Z"}),
        ("source", 0.0049, {"limit_mw": 0.1, "connected": EIGHT_AND_A_HALF}),
        ("", 0.005, {"limit_mw": 0.1, "connected": EIGHT_AND_A_HALF}),
        ("", 0.0025, {"limit_mw": [0, 0, 0, *[0.0025] * 6, 0, 0, 0]}),
        ("source", 0.0025, {"limit_mw": [0, 0, 0, *[0.0025] * 5, 0, 0, 0, 0]}),
    ],
)
def test_curtailments_and_connection_leave_what_a_wire_adds(codes, wire, grid, wired, words):
    """They lower what the grid gives by itself; the wire's MW come on top, whole."""
    edits = [("set", "clusters.0.modules.0.sources_mw", {"grid": wire})]
    edits.append(("set", "clusters.0.sources.0", {"kind": "grid", **grid}))
    assert words.broken(wired, edits) == set(codes.split())


def moved(slots):
    """Edits: the run begins, and draws, so many slots later."""
    grains = {"start_grain": 768 + 256 * slots, "end_grain": 2304 + 256 * slots}
    hours = {"start": f"2027-01-01T{3 + slots:02}:00:00Z", "end": f"2027-01-01T{9 + slots:02}:00:00Z"}
    ticks = [("change", "energy", n, {"tick": 3 + n + slots, "slot": 3 + n + slots}) for n in range(6)]
    return [("change", RUN, 0, grains | hours), *ticks]


@pytest.mark.parametrize(
    ("codes", "edits"),
    [
        ("source", [("drop", "builds", 0)]),
        ("source", [("set", "clusters.0.sources.0.limit_mw", 0.0024)]),
        ("source", [("set", "clusters.0.modules.0.sources_mw", {"grid": 0.0024})]),
        ("source", moved(-1)),
        ("source", moved(1)),
        ("", [*moved(1), ("set", "clusters.0.modules.0.life_years", 7 / 8766)]),
        ("source", [("set", "clusters.0.modules.0.life_years", 5.9 / 8766)]),
        ("", [("set", "clusters.0.modules.0.life_years", None)]),
        ("", [("set", "clusters.0.modules.0.accelerators_life_years", 1 / 8766)]),
        ("", [("set", "clusters.0.modules.0.power_loss_per_year", 0.5)]),
        ("source build", [("set", "clusters.0.modules.0.commissioning_days", 1 / 24)]),
        ("source build", [("set", "clusters.0.modules.0.lead_days", 0.1)]),
        ("source", [("change", "builds", 0, {"period": 1, "stands_from_slot": 6})]),
        ("source", [("change", "builds", 0, {"number": 0})]),
        ("cost", [("change", "builds", 0, {"number": 2}), ("set", "clusters.0.sources.0.limit_mw", 0)]),
        ("build", [("change", "builds", 0, {"number": 5})]),
        ("balance", [("drop", "energy", 3)]),
        ("table source", [("change", "builds", 0, {"module": "cable"})]),
    ],
)
def test_corrupted_wires_are_told(codes, edits, wired, words):
    """Before it stands, after its life, too few, too thin: the grid gives too much."""
    assert words.broken(wired, edits) == set(codes.split())


def test_what_is_raised_is_told_in_numbers(wired, words):
    """0.0025 MW as they are and 0.0024 of the wire."""
    document, tables = wired
    cluster = document["clusters"][0] | {"modules": [module("wire", {"grid": 0.0024})]}
    found = words.check(document | {"clusters": [cluster]}, tables).findings
    assert str(found[0]) == "[source] earth, grid, tick 3: it gives 0.005 MW of at most 0.0049 MW."
    assert {finding.rule for finding in found} == {"source"}
    assert len(found) == 6


def test_orders_of_several_periods_and_modules_add_up(wired, words):
    """In slots 6 to 8 the wires of both periods stand, and a cable of another kind: 3 × 0.0025 MW and 0.01."""
    more = {"clusters.0.pools.0.number": 12, "clusters.0.sources.0.limit_mw": 0.0}
    more |= {"jobs": [JOB | {"hours": 3.0, "accelerators": 12}]}
    wires = [module("wire", {"grid": 0.0025}), module("cable", {"grid": 0.01}, life_years=None)]
    run = words.row("run", "a", 6, 9, (1536, 2304), option="earth/p x12", accelerators=12)
    later = {"period": 1, "stands_from_slot": 6}
    tables = wired[1] | {
        "placements": [run],
        "builds": [built("wire"), built("wire", **later), built("cable", **later)],
        "energy": words.drawn("earth", dict.fromkeys(range(6, 9), 0.015)),
    }
    edits = [("set", path, value) for path, value in more.items()]
    case = wired[0], tables
    edits.append(("set", "clusters.0.modules", wires))
    assert words.broken(case, edits) == {"cost"}
    wires[1] = wires[1] | {"sources_mw": {"grid": 0.0099}}
    assert words.broken(case, edits) == {"source"}


def test_clusters_whose_modules_raise_sources_are_not_simple(wired, words):
    """They balance in each tick, whether any is built or not; without such a module the grid bounds IT watts."""
    assert words.broken(wired, [("drop", "builds", 0), ("drop", "energy", 5)]) == {"source", "balance"}
    plain = [("drop", "builds", 0), ("set", "clusters.0.modules.0.sources_mw", {})]
    assert words.broken(wired, plain) == {"fit", "power"}
    ample = ("set", "clusters.0.sources.0.limit_mw", 0.005)
    assert words.broken(wired, [ample, *plain, ("drop", "energy", 5)]) == {"energy"}
    assert words.broken(wired, [ample, ("drop", "builds", 0), ("drop", "energy", 5)]) == {"balance"}
    assert words.broken(wired, [ample, ("set", "clusters.0.modules.0.max", 0), ("drop", "builds", 0)]) == {"cost"}


def test_idle_power_takes_of_what_is_raised(wired, words):
    """With 0.001 MW idle and 0.005 of the run a wire has to bring 0.0035; the other slots draw 0.001."""
    idle = [("add", "energy", row) for row in words.drawn("earth", dict.fromkeys((0, 1, 2, 9, 10, 11), 0.001))]
    edits = [("set", "clusters.0.idle_mw", 0.001), *idle]
    edits += [("change", "energy", row, {"mw": 0.006}) for row in range(6)]
    assert words.broken(wired, [*edits, ("set", "clusters.0.modules.0.sources_mw", {"grid": 0.0035})]) == {"cost"}
    assert words.broken(wired, [*edits, ("set", "clusters.0.modules.0.sources_mw", {"grid": 0.0034})]) == {"source"}


FACTOR = [0.5, 0.5, 0.5, 0.5, 0.5, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3]


@pytest.fixture(scope="module")
def mixed(words):
    """0.002 MW of sun, 0 of gas and of a wind farm "hill"; a field adds 0.008, 0.001 and 0.002 in slots 3 to 8.

    Slots 3 and 4: sun 0.010 × 0.5 = 0.005 MW. Slots 5 to 8: sun 0.010 × 0.3 = 0.003, gas 0.001, wind 0.002 × 0.5 =
    0.001. Gas 4 × 0.001 MWh × $80 = $0.32, 1/1.25 of it energy.
    """
    sources = [
        {"kind": "gas", "price": 80.0, "carbon_g_per_kwh": 400.0, "limit_mw": 0.0},
        {"kind": "solar", "mw": 0.002, "capacity_factor": FACTOR},
        {"kind": "wind", "name": "hill", "mw": 0.0, "capacity_factor": 0.5},
    ]
    modules = [module("field", {"solar": 0.008, "gas": 0.001, "hill": 0.002})]
    tables = {
        "placements": [words.row("run", "a", 3, 9, (768, 2304))],
        "jobs": [words.job("a")],
        "builds": [built("field")],
        "energy": words.drawn("earth", {3: 0.005, 4: 0.005} | dict.fromkeys(range(5, 9), 0.003), 1, "solar", "solar")
        + words.drawn("earth", dict.fromkeys(range(5, 9), 0.001), 1, "gas", "gas")
        + words.drawn("earth", dict.fromkeys(range(5, 9), 0.001), 1, "hill", "wind"),
        "costs": words.cost(energy__earth=0.256, cooling__earth=0.064, facility__earth=100.0),
    }
    clusters = [words.earth(sources=sources, modules=modules)]
    return words.document(horizon=PERIODS, clusters=clusters, jobs=[JOB]), tables


def test_a_field_raises_sun_wind_and_gas(mixed, sound):
    """Sun and wind by their capacity factor, gas as it is."""
    assert sound(*mixed).cost_usd == pytest.approx(100.32, rel=1e-12)


@pytest.mark.parametrize(
    ("codes", "edits"),
    [
        ("source", [("drop", "builds", 0)]),
        ("source", [("set", "clusters.0.sources.1.mw", 0.0019)]),
        ("source", [("set", "clusters.0.sources.2.capacity_factor", 0.49)]),
        ("source", [("set", "clusters.0.sources.1.capacity_factor", [*FACTOR[:8], 0.29, 0, 0, 0])]),
        ("source", [("set", "clusters.0.modules.0.sources_mw", {"solar": 0.0079, "gas": 0.001, "hill": 0.002})]),
        ("source", [("set", "clusters.0.modules.0.sources_mw", {"solar": 0.008, "gas": 0.0009, "hill": 0.002})]),
        ("source", [("set", "clusters.0.modules.0.sources_mw", {"solar": 0.008, "gas": 0.001, "hill": 0.0019})]),
        ("source", [("set", "clusters.0.modules.0.sources_mw", {"solar": 0.008, "gas": 0.003})]),
        ("source", [("set", "clusters.0.modules.0.life_years", 5 / 8766)]),
        ("balance", [("change", "energy", 0, {"mw": 0.0049})]),
        ("balance source", [("change", "energy", 0, {"mw": 0.0051})]),
        ("balance source", [("change", "energy", 6, {"tick": 2, "slot": 2})]),
        ("balance source", [("change", "energy", 9, {"tick": 9, "slot": 9})]),
        ("energy balance", [("change", "energy", 10, {"source": "wind"})]),
    ],
)
def test_corrupted_fields_are_told(codes, edits, mixed, words):
    """Each corruption breaks exactly the rules that it should."""
    found = words.broken(mixed, edits)
    assert found | ({"energy"} if "energy" in codes else set()) == set(codes.split())


@pytest.mark.parametrize("name", ["wired", "mixed"])
def test_every_cell_of_a_sound_plan_matters(name, words, request):
    """Whatever single cell of the plan is changed is told, but for the reasons given for jobs."""
    assert set(words.idle_cells(request.getfixturevalue(name))) <= {"jobs.reason"}


@pytest.mark.parametrize("name", ["wired", "mixed"])
def test_garbage_is_told(name, words, request):
    """What is no value, a table or a column that is missing: a finding, never an exception."""
    assert set(words.swallowed_garbage(request.getfixturevalue(name))) <= {"jobs.reason"}

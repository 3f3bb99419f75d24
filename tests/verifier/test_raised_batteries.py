"""Batteries that modules raise: power, in proportion energy, and what is left when the modules' life is over."""

import pytest

PERIODS = {"start": "2027-01-01T00:00:00Z", "slots": 12, "slot_hours": 1, "period_slots": 3}
BATTERY = {"kind": "battery", "mw": 0.001, "mwh": 0.002, "round_trip_efficiency": 0.8}


def bank(mw=0.0025, **more):
    """A module of $100 that stands for six hours: of period 0 in slots 3 to 8."""
    return {"name": "bank", "sources_mw": {"battery": mw}, "usd": 100.0, "life_years": 6 / 8766, "max": 4, **more}


def built(**more):
    """A row of the build table."""
    row = {"cluster": "earth", "module": "bank", "vehicle": "", "period": 0, "number": 1, "stands_from_slot": 3}
    return row | more


@pytest.fixture(scope="module")
def banked(words):
    """0.001 MW and 0.002 MWh; a bank adds 0.0025 MW, so 0.005 MWh, in slots 3 to 8: 0.0035 MW and 0.007 MWh.

    Charged in slots 3 to 5 with 0.0035, 0.0035 and 0.00175 MW, of which 0.8 stay: 0.007 MWh. The run draws 0.005 MW
    in slots 6 to 10. Given: 0.0035 in slot 6 (0.0035 MWh are left), 0.0005 in 7 (0.003), 0.001 in 9 (0.002, all that
    it holds when the bank has gone), 0.001 in 10. The grid gives 0.00875 MWh and 0.025 less 0.006: 0.02775 MWh × $40 =
    $1.11, 1/1.25 of it energy.
    """
    grid = {3: 0.0035, 4: 0.0035, 5: 0.00175, 6: 0.0015, 7: 0.0045, 8: 0.005, 9: 0.004, 10: 0.004}
    tables = {
        "placements": [words.row("run", "a", 6, 11, (1536, 2816))],
        "jobs": [words.job("a")],
        "builds": [built()],
        "energy": words.drawn("earth", grid)
        + words.drawn("earth", {3: 0.0035, 4: 0.0035, 5: 0.00175}, 1, "battery", "charge")
        + words.drawn("earth", {6: 0.0035, 7: 0.0005, 9: 0.001, 10: 0.001}, 1, "battery", "discharge"),
        "costs": words.cost(energy__earth=0.888, cooling__earth=0.222, facility__earth=100.0),
    }
    document = words.document(
        horizon=PERIODS,
        clusters=[words.earth(sources=[{"kind": "grid"}, BATTERY], modules=[bank()])],
        jobs=[{"job": "a", "hours": 5.0, "accelerators": 4}],
    )
    return document, tables


def test_a_bank_raises_power_and_in_proportion_energy(banked, sound):
    """Both to the full, and both as they were when its life is over."""
    assert sound(*banked).cost_usd == pytest.approx(101.11, rel=1e-12)


SIZE, RAISED = "clusters.0.sources.1", "clusters.0.modules.0"


@pytest.mark.parametrize(
    ("ticks", "edits"),
    [
        # without the bank: too much power in 3 to 6, too much energy in 3 to 8
        ((3, 4, 5, 6, 7, 8), [("drop", "builds", 0)]),
        # 0.0034 MW and 0.0068 MWh
        ((3, 4, 5, 6), [("set", RAISED, bank(0.0024))]),
        # 0.0034 MW and 0.00756 MWh, and 0.0009 MW after it
        ((3, 4, 6, 9, 10), [("set", f"{SIZE}.mw", 0.0009)]),
        # 0.00665 MWh, and 0.0019 after it
        ((5, 9), [("set", f"{SIZE}.mwh", 0.0019)]),
        # 0.007 MWh as before: the energy of a bank follows from mwh/mw, not from either
        ((), [("set", SIZE, BATTERY | {"mw": 0.002, "mwh": 0.004}), ("set", RAISED, bank(0.0015))]),
        # 0.00708 MWh after slot 5, 0.00208 after slot 9
        ((5, 9), [("change", "energy", 2, {"mw": 0.00185}), ("change", "energy", 10, {"mw": 0.00185})]),
        # a slot before it stands: too much power and energy
        ((2,), [("change", "energy", row, {"tick": 2, "slot": 2}) for row in (0, 8)]),
        # 0.0031 MWh after slot 8, when it stands, 0.0021 after slot 9, when it does not
        ((9,), [("change", "energy", 4, {"mw": 0.0046}), ("change", "energy", 12, {"mw": 0.0004})]),
        ((), [("set", f"{RAISED}.life_years", None)]),
        # its life is over after slot 7
        ((8,), [("set", f"{RAISED}.life_years", 5.5 / 8766)]),
        # 0.0011 MW in slot 9
        ((9,), [("change", "energy", 6, {"mw": 0.0039}), ("change", "energy", 13, {"mw": 0.0011})]),
        # two banks of half the size
        ((), [("set", RAISED, bank(0.00125)), ("change", "builds", 0, {"number": 2})]),
    ],
)
def test_power_and_energy_of_each_tick_are_those_of_what_stands(ticks, edits, banked, words):
    """Only the battery's limits are broken, in just these ticks."""
    assert words.told(banked, edits) == {("battery", f"earth, battery, tick {tick}") for tick in ticks}


def test_what_a_bank_can_hold_is_told_in_numbers(banked, words):
    """Power and energy with the bank."""
    document, tables = banked
    cluster = document["clusters"][0] | {"modules": [bank(0.0024)]}
    told = [str(finding) for finding in words.check(document | {"clusters": [cluster]}, tables).findings]
    assert "[battery] earth, battery, tick 3: it takes 0.0035 MW of at most 0.0034 MW." in told
    assert "[battery] earth, battery, tick 5: it holds 0.007 MWh of at most 0.0068 MWh." in told


MONTHS = {"start": "2027-01-01T00:00:00Z", "slots": 2, "slot": "month", "period_slots": 1}


@pytest.fixture(scope="module")
def yearly(words):
    """A bank of January stands in February: 0.003125 MW and 0.0025 MWh, half of either without it.

    The run draws 0.005 MW in January's 744 h and half of that in February's 672: (3.72 + 1.68) MWh. In February, on
    28 days, hour 0 charges 0.003125 MW, of which 0.8 stay, and hour 1 gives 0.0025: 0.000625 MW × 28 h = 0.0175 MWh
    more. 5.4175 MWh × $40 = $216.70, 1/1.25 of it energy; $100 for the bank.
    """
    battery = BATTERY | {"mw": 0.0015625, "mwh": 0.00125}
    grid = dict.fromkeys(range(24), 0.005) | dict.fromkeys(range(24, 48), 0.0025) | {24: 0.005625, 25: 0.0}
    tables = {
        "placements": [words.row("run", "a", 0, 1080, (0, 6144))],
        "jobs": [words.job("a")],
        "builds": [built(stands_from_slot=1)],
        "energy": words.drawn("earth", grid, 24)
        + words.drawn("earth", {24: 0.003125}, 24, "battery", "charge")
        + words.drawn("earth", {25: 0.0025}, 24, "battery", "discharge"),
        "costs": words.cost(energy__earth=173.36, cooling__earth=43.34, facility__earth=100.0),
    }
    document = words.document(
        horizon=MONTHS,
        clusters=[words.earth(sources=[{"kind": "grid"}, battery], modules=[bank(0.0015625, life_years=None)])],
        jobs=[{"job": "a", "hours": 1080.0, "accelerators": 4}],
    )
    return document, tables


def test_a_bank_raises_the_cycles_of_the_slots_in_which_it_stands(yearly, sound):
    """Each slot is a cycle of its own."""
    assert sound(*yearly).cost_usd == pytest.approx(316.70, rel=1e-12)


def beyond(*ticks, slot=1):
    """What is told of power in these ticks and of energy in a slot."""
    return {("battery", f"earth, battery, {place}") for place in (f"slot {slot}", *(f"tick {tick}" for tick in ticks))}


IN_JANUARY = [("change", "energy", row, {"tick": row % 24, "slot": 0}) for row in (48, 49)]
IN_JANUARY += [
    ("change", "energy", row, {"mw": mw}) for row, mw in {0: 0.008125, 1: 0.0025, 24: 0.0025, 25: 0.0025}.items()
]


@pytest.mark.parametrize(
    ("told", "edits"),
    [
        (beyond(24, 25), [("drop", "builds", 0)]),
        # 0.07 years are 614 h, and February has 672
        (beyond(24, 25), [("set", f"{RAISED}.life_years", 0.07)]),
        # 0.0030625 MW and 0.00245 MWh
        (beyond(24), [("set", RAISED, bank(0.0015, life_years=None))]),
        # 0.0024 MWh
        (beyond(), [("set", f"{SIZE}.mwh", 0.0012)]),
        (beyond(0, 1, slot=0), IN_JANUARY),
    ],
)
def test_corrupted_cycles_are_told(told, edits, yearly, words):
    """Too little power, too little energy, a life that ends before the slot does, a month too early."""
    assert words.told(yearly, edits) == told


@pytest.mark.parametrize("name", ["banked", "yearly"])
def test_every_cell_of_a_sound_plan_matters(name, words, request):
    """Whatever single cell of the plan is changed is told, but for the reasons given for jobs."""
    assert set(words.idle_cells(request.getfixturevalue(name))) <= {"jobs.reason"}

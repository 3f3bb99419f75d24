"""Orders of modules: when each kind may be delivered, what it holds then, how many there may be.

Periods of 6 h in 24 slots of an hour. A hall of period 0 stands from slot 6 on; it costs nothing.
"""

import pytest

PERIODS = {"start": "2027-01-01T00:00:00Z", "slots": 24, "slot_hours": 1, "period_slots": 6}
QUARTER_DAY = 0.25


def moment(hour):
    """An hour of the first of January 2027."""
    return f"2027-01-01T{hour:02d}:00:00Z"


def built(period, number=1, **more):
    """A row of the build table."""
    row = {"cluster": "earth", "module": "hall", "vehicle": "", "period": period, "number": number}
    return row | {"stands_from_slot": 6 * (period + 1)} | more


@pytest.fixture(scope="module")
def broken(words):
    """Codes of rules that are broken if halls with these keys are built: a number in each of some periods."""

    def codes(numbers, rows=(), **more):
        hall = {"name": "hall", "accelerators": 2, "max": 3, **more}
        document = words.idle(horizon=PERIODS, clusters=[words.earth(modules=[hall])])
        builds = [built(period, number) for period, number in numbers.items()]
        return words.broken((document, {"builds": builds}), [("add", "builds", row) for row in rows])

    return codes


WINDOWS = [
    # keys of the hall, periods in which it can be delivered
    ({}, {0, 1, 2}),  # one of period 3 would stand at the end of the horizon
    ({"commissioning_days": QUARTER_DAY}, {0, 1}),
    ({"lead_days": QUARTER_DAY}, {1, 2}),
    ({"lead_days": QUARTER_DAY + 1e-3}, {2}),
    ({"available": moment(6)}, {1, 2}),
    ({"available": moment(7)}, {2}),
    ({"available": moment(6), "lead_days": QUARTER_DAY}, {2}),
    ({"available": "2026-12-01T00:00:00Z", "lead_days": QUARTER_DAY}, {1, 2}),
    ({"until": moment(12)}, {0, 1}),
    ({"until": moment(11)}, {0}),
    ({"closed": [{"from": moment(6), "to": moment(12)}]}, {0, 2}),
    ({"closed": [{"from": moment(5), "to": moment(13)}]}, set()),
    ({"closed": [{"from": moment(8), "to": moment(9)}]}, {0, 2}),
    ({"closed": [{"to": moment(6)}]}, {1, 2}),
    ({"closed": [{"from": moment(12)}]}, {0, 1}),
    ({"closed": [{"to": moment(1)}, {"from": moment(17)}]}, {1}),
]


@pytest.mark.parametrize(("keys", "periods"), WINDOWS)
def test_each_window_of_orders(keys, periods, broken):
    """What touches a window only is not in it; the lead time counts from the start or the order, the later one."""
    commissioned = 6 if "commissioning_days" in keys else 0
    for period in range(4):
        stands = min(6 * (period + 1) + commissioned, 24)
        row = built(period, stands_from_slot=stands)
        assert broken({}, [row], **keys) == (set() if period in periods else {"build"}), period


NUMBERS = [
    # keys of the hall, numbers by period, whether they are allowed
    ({}, {0: 3}, True),
    ({}, {0: 4}, False),
    ({}, {0: 2, 1: 2}, False),
    ({"max_per_period": 2}, {0: 2, 1: 1}, True),
    ({"max_per_period": 2}, {0: 3}, False),
    ({"max_per_period": [0, 2, 1, 0]}, {1: 2, 2: 1}, True),
    ({"max_per_period": [0, 2, 1, 0]}, {0: 1}, False),
    ({"max_per_period": [0, 2, 1, 0]}, {1: 1, 2: 2}, False),
    ({"min": 2}, {0: 1, 2: 1}, True),
    ({"min": 2}, {0: 1}, False),
    ({"min": 1}, {}, False),
    ({"min": 1}, {0: 0}, False),
]


@pytest.mark.parametrize(("keys", "numbers", "allowed"), NUMBERS)
def test_numbers_per_period_and_in_all(keys, numbers, allowed, broken):
    """At most `max_per_period`, a number or one for each period; from `min` to `max` in all."""
    assert broken(numbers, **keys) == (set() if allowed else {"build"})


GENERATIONS = [
    {"accelerator": "unit", "accelerators": 2},
    {"from": moment(6), "accelerator": "fast", "accelerators": 3},
    {"from": moment(6), "accelerator": "fast", "accelerators": 4},
    {"from": moment(13), "accelerator": "unit", "accelerators": 7},
]


@pytest.fixture(scope="module")
def halls(words):
    """Halls with generations beside 8 units: one of period 0 adds 2 units, one of period 1 makes a pool of 4 fast ones.

    The latter runs from slot 12 on what takes twice as long on units; fast ones draw 1.5 kW: 4 × 1.5 × 1.25 = 7.5 kW.
    """
    hall = {"name": "hall", "generations": GENERATIONS, "max": 3}
    cluster = words.earth(energy_price=0.0, modules=[hall])
    jobs = [{"job": "a", "hours": 2.0, "accelerators": 4}, {"job": "b", "hours": 1.0, "accelerators": 10}]
    document = words.document(horizon=PERIODS, clusters=[cluster], jobs=jobs)
    fast = {"option": "earth/p-fast x4", "pool": "p-fast"}
    tables = {
        "placements": [
            words.row("run", "a", 12, 13, (3072, 3328), **fast),
            words.row("run", "b", 6, 7, (1536, 1792), option="earth/p x10", accelerators=10),
        ],
        "jobs": [words.job("a"), words.job("b")],
        "builds": [built(0), built(1)],
        "energy": words.drawn("earth", {6: 0.0125, 12: 0.0075}),
    }
    return document, tables


def test_each_generation_fills_a_pool(halls, sound):
    """By name of its accelerator; the pool's own where that is the same."""
    sound(*halls)


@pytest.mark.parametrize(
    ("codes", "edits"),
    [
        ("capacity fit", [("drop", "builds", 0)]),
        ("capacity fit", [("drop", "builds", 1)]),
        ("capacity fit", [("change", "builds", 1, {"period": 2, "stands_from_slot": 18})]),
        ("capacity fit", [("set", "clusters.0.modules.0.generations.2.accelerators", 3)]),
        ("capacity fit", [("set", "clusters.0.modules.0.generations.2.from", moment(5))]),
        ("eligible capacity fit", [("set", "clusters.0.modules.0.generations.1.from", moment(0))]),
        ("build eligible capacity fit", [("set", "clusters.0.modules.0.generations.0.from", moment(1))]),
    ],
)
def test_corrupted_generations_are_told(codes, edits, halls, words):
    """Of those whose date has come the latest counts, of equal dates the last in the list."""
    assert words.broken(halls, edits) == set(codes.split())


def test_what_is_told_states_the_values(words):
    """A hall that cannot come in a period: why."""
    hall = {"name": "hall", "accelerators": 2, "max": 3, "min": 2, "lead_days": QUARTER_DAY}
    document = words.idle(horizon=PERIODS, clusters=[words.earth(modules=[hall])])
    found = [str(finding) for finding in words.check(document, {"builds": [built(0)]}).findings]
    assert found == [
        "[build] earth.hall: cannot be delivered in period 0: it begins at hour 0; after its order and lead time it "
        "can come from 6 on.",
        "[build] earth.hall: 1 are built; at least 2 must be.",
    ]

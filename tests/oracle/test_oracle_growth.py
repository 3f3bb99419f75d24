"""The oracle finds optima of growth that were worked out on paper: orders, what stands, resources."""

import pytest
from oracle.fleet import fleet
from oracle.growth import could_stand
from oracle.growth_paper import DAY, HOUR, at, batch, cost, earth, hall, rocket, sky
from oracle.optimum import optimum
from oracle.orders import accelerators_added, offered
from oracle.paper import job

from placement.loader.load import scenario

# --- orders ---

BUILT = 7.0
"""$5 for the hall and 2 of energy."""
TURNED_AWAY = 9.0


@pytest.mark.parametrize(
    ("rule", "usd"),
    [
        ({}, BUILT),
        ({"lead_days": 2 * DAY}, BUILT),
        ({"lead_days": 3 * DAY}, TURNED_AWAY),
        ({"available": at(1), "lead_days": 1 * DAY}, BUILT),
        ({"available": at(1), "lead_days": 2 * DAY}, TURNED_AWAY),
        ({"commissioning_days": 2 * DAY}, BUILT),
        ({"commissioning_days": 2.5 * DAY}, TURNED_AWAY),
        ({"until": at(1)}, BUILT),
        ({"until": "2027-06-07T00:59:00Z"}, TURNED_AWAY),
        ({"closed": [{"from": at(1)}]}, BUILT),
        ({"closed": [{"to": at(2)}, {"from": at(3)}]}, BUILT),
        ({"closed": [{"to": at(2)}, {"from": "2027-06-07T02:59:00Z"}]}, TURNED_AWAY),
        ({"max_per_period": [0, 0, 1, 0]}, BUILT),
        ({"max_per_period": [0, 0, 0, 1]}, TURNED_AWAY),
    ],
)
def test_dates_of_orders(rule, usd):
    """Four periods of an hour; what is delivered in the last would stand only after the end.

    The third is the last that serves: with 2 h of lead it can be, with 3 h not; commissioning of 2 h leaves the first.
    A window that begins when a period ends does not close it.
    """
    jobs = [job(accelerators=2, reject_usd=9.0)]
    assert cost(earth(hall(**rule), jobs=jobs)) == pytest.approx(usd)


@pytest.mark.parametrize(("least", "usd"), [(0, 6.0), (1, 7.0), (2, 12.0)])
def test_contract(least, usd):
    """The job is worth 6 and costs 7 with a hall: it is turned away, unless a hall has to be bought; a second is 5."""
    assert cost(earth(hall(min=least, max=2))) == pytest.approx(usd)


def test_contract_that_cannot_be_kept():
    """Two that have to be launched, one that can be: there is no plan."""
    document = sky(batch(min=2, max=2), vehicles=[rocket(flights_per_period=[1, 0, 0, 0], payload_kg={"sso": 150.0})])
    assert not optimum(scenario(document)).feasible


# --- what stands ---


SECOND = [0, 1, 0, 0]
"""Delivered in the second period alone, and so standing in the third and the fourth."""


@pytest.mark.parametrize(
    ("rule", "usd"),
    [
        ({}, 9.0),
        ({"life_years": 2 * HOUR}, 9.0),
        ({"life_years": 1.9 * HOUR}, 12.0),
        ({"life_years": 4 * HOUR}, 6.5),
        ({"accelerators_life_years": 1.9 * HOUR}, 12.0),
        ({"accelerators_usd": 2.0, "life_years": 4 * HOUR}, 7.5),
        ({"accelerators_usd": 2.0, "accelerators_life_years": 8 * HOUR}, 9.5),
        ({"accelerators_usd": 2.0, "life_years": 4 * HOUR, "accelerators_life_years": 8 * HOUR}, 7.5),
        ({"accelerators_usd": 2.0, "life_years": 8 * HOUR, "accelerators_life_years": 4 * HOUR}, 6.25),
        ({"infant_loss": 0.1}, 12.0),
        ({"accelerators": 4, "infant_loss": 0.5}, 9.0),
        ({"operations_usd_per_year": 4383.0}, 10.0),
        ({"operations_usd_per_year": [876600.0, 876600.0, 0.0, 8766.0]}, 10.0),
    ],
)
def test_lives_losses_and_what_is_left(rule, usd):
    """2 x 2 h, worth 12, in the two hours after delivery: energy 4 and 5 for the hall.

    At the end it is 2 h old: of a life of 4 h half is left, 2.5 of the 5, of 8 h three quarters. Of accelerators for 2
    the shorter life counts, and their own if the hall has none: 11 - 2.5 - 1, 11 - 1.5, 11 - 3.75 - 1. Operations are
    paid while it stands.
    """
    document = earth(hall(max_per_period=SECOND, **rule), jobs=[job(accelerators=2, hours=2)])
    assert cost(document) == pytest.approx(usd)


def test_accelerators_that_fail_over_the_years():
    """Ten, of which 9/10 arrive and 9/10 of those work at first; each year 4/5 of those, and 9/10 of the power.

    8.1 x 0.72^a: 6.87 in the middle of the first year, 4.95 in that of the second, none when their two years are over.
    """
    losses = {"infant_loss": 0.1, "accelerator_loss_per_year": 0.2, "power_loss_per_year": 0.1}
    kind = batch(accelerators=10, accelerators_life_years=2.0, life_years=9.0, **losses)
    document = sky(kind, vehicles=[rocket(reliability=0.9)], slots=5)
    document["horizon"] = {"start": "2027-01-01T00:00:00Z", "slots": 5, "slot_hours": 8766.0, "period_slots": 1}
    numbers = fleet(scenario(document))
    first = offered(numbers)[0]
    assert [accelerators_added(numbers, first, t) for t in range(5)] == [0, 6, 4, 0, 0]


@pytest.mark.parametrize(
    ("since", "usd"),
    [((None, at(1)), 8.0), ((None, at(2)), 9.0), ((at(1), None), 9.0), ((at(3), at(3)), 12.0), ((at(1), at(1)), 8.0)],
)
def test_generations(since, usd):
    """2 x 2 h on the generation in force in the second hour, which ends in a pool of its own or not.

    The first holds two `ref` for 5: with energy 9. The second holds two at twice the speed, and twice the power, for 4:
    an hour, energy 4. The latest counts, of equals the last; where none is in force nothing can be ordered.
    """
    rows = [{"accelerator": "ref", "accelerators": 2, "accelerators_usd": 5.0}]
    rows.append({"accelerator": "twice", "accelerators": 2, "accelerators_usd": 4.0})
    for row, date in zip(rows, since, strict=True):
        if date is not None:
            row["from"] = date
    document = earth(
        {"name": "hall", "generations": rows, "max": 1, "max_per_period": SECOND}, jobs=[job(accelerators=2, hours=2)]
    )
    document["accelerators"].append({"name": "twice", "bf16_tflops": 2000.0, "memory_gb": 80.0, "kw": 20.0})
    assert cost(document) == pytest.approx(usd)


@pytest.mark.parametrize(("limit", "mw", "usd"), [(0.01, 0.01, 9.0), (0.01, 0.009, 11.0), (0.0, 0.02, 9.0)])
def test_power_of_modules(limit, mw, usd):
    """Two at 10 kW for 2 h, worth 11: energy 4, 5 for what raises the limit far enough."""
    document = earth(
        hall(accelerators=0, power_mw=mw, max_per_period=SECOND),
        number=2,
        jobs=[job(accelerators=2, hours=2, reject_usd=11.0)],
        site={"power_limit_mw": limit},
    )
    assert cost(document) == pytest.approx(usd)


GRID = {"kind": "grid", "price": 100.0, "limit_mw": 0.01}
SUN = {"kind": "solar", "mw": 0.0, "capacity_factor": [0.0, 0.0, 0.5, 0.25]}
STORE = {"kind": "battery", "mw": 0.01, "mwh": 0.02, "round_trip_efficiency": 1.0, "initial_mwh": 0.0}


@pytest.mark.parametrize(
    ("sources", "raised", "usd"),
    [
        ([GRID], {"grid": 0.01}, 9.0),
        ([GRID], {"grid": 0.009}, 12.0),
        ([GRID | {"connected": at(4)}], {"grid": 0.02}, 9.0),
        ([GRID, SUN], {"solar": 0.02}, 12.0),
        ([GRID, SUN], {"solar": 0.04}, 6.0),
        ([GRID | {"limit_mw": [0.02, 0.03, 0.0, 0.0]}, STORE], {"battery": 0.01}, 12.0),
        ([GRID | {"limit_mw": [0.02, 0.03, 0.04, 0.0]}, STORE], {"battery": 0.01}, 9.0),
    ],
)
def test_raised_sources(sources, raised, usd):
    """20 kW for the two hours after delivery, worth 12: energy 4, and 5 for what raises the source far enough.

    Whatever its date of connection. Of 40 kW the sun gives 20 and 10 for nothing, and 10 are paid for an hour; of 20 it
    gives too little. A battery of 10 kW and 20 kWh is raised to 20 and 40: filled in the third hour it carries the
    fourth; what it took before carries one of the two.
    """
    kind = hall(accelerators=0, sources_mw=raised, max_per_period=SECOND)
    document = earth(kind, number=2, jobs=[job(accelerators=2, hours=2, submitted=at(2))], site={"sources": sources})
    assert cost(document) == pytest.approx(usd)


# --- resources ---


@pytest.mark.parametrize(
    ("there", "uses", "usd"),
    [(0.0, 0, 10.0), (1.0, 0, 9.0), (1.0, 1, 10.0), (2.0, 1, 9.0), ([9.0, 9.0, 9.0, 0.0], 0, 10.0)],
)
def test_needs(there, uses, usd):
    """A hall needs a shell, and the job uses one now and then; a further shell costs 1 and is ordered if it must be.

    What a module needs is needed in each slot in which it stands, whether a job runs in it or not.
    """
    shell = {"name": "shell", "gives": {"shell": 1.0}, "usd": 1.0, "max": 1, "max_per_period": SECOND}
    kind = hall(needs={"shell": 1.0}, max_per_period=SECOND)
    work = job(accelerators=2, hours=2, reject_usd=99.0, uses={"shell": uses}, deadline=at(4))
    document = earth(kind, shell, jobs=[work], site={"resources": {"shell": there}})
    assert cost(document) == pytest.approx(usd)


@pytest.mark.parametrize(
    ("there", "needed", "usd"), [(1.0, 0.5, 6.0), (1.0, 0.6, 8.0), (0.9, 0.0, 8.0), (0.9, 0.4, 8.0)]
)
def test_uses_in_a_last_slot(there, needed, usd):
    """2 x 0.5 h in a hall that needs a part of a resource: 5 and energy 1; the job uses 1, half of it on average.

    0.5 more cost 2. They are bought where 0.5 and what the hall needs are more than there is, or where there is no
    whole 1 for the job; as it is taken alone then, what the hall needs is not subtracted.
    """
    kind = hall(needs={"shell": needed}, max_per_period=SECOND)
    shell = {"name": "shell", "gives": {"shell": 0.5}, "usd": 2.0, "max": 1, "max_per_period": SECOND}
    work = job(accelerators=2, hours=0.5, reject_usd=99.0, uses={"shell": 1})
    assert cost(earth(kind, shell, jobs=[work], site={"resources": {"shell": there}})) == pytest.approx(usd)


@pytest.mark.parametrize(("most", "usd"), [(1, 6.0), (2, 3.0)])
def test_gives_by_a_vehicle_that_loses_some(most, usd):
    """Three accelerators of which 2.7 arrive need a shell, of each of which 0.9 arrive: it takes two, in one flight."""
    shell = batch("shell", accelerators=0, gives={"shell": 1.0}, mass_kg=10.0, max=most, usd=0.0)
    kind = batch(accelerators=3, needs={"shell": 1.0})
    document = sky(kind, shell, vehicles=[rocket(reliability=0.9)], site={"resources": {"shell": 0.0}})
    assert cost(document) == pytest.approx(usd)


def test_what_could_stand():
    """Of two in all and one in each period, the two that add most, by the vehicle that loses least where it flies."""
    losses = {"accelerators": 10, "max": 2, "max_per_period": 1}
    late = rocket("late", reliability=0.5, usd_per_flight=1.0)
    early = rocket("early", reliability=0.9, until="2027-03-20T01:00:00Z", flights_per_period=0)
    numbers = fleet(scenario(sky(batch(**losses), vehicles=[late, early])))
    offers = offered(numbers)
    at_most = [could_stand(offers, lambda o, t=t: accelerators_added(numbers, o, t)) for t in range(4)]
    assert at_most == [0, 9, 14, 14]

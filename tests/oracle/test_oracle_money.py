"""The oracle finds optima that were worked out on paper: power, contracts, limits, flows, growth, boundaries."""

import pytest
from oracle.paper import cluster, job, paper
from oracle.test_oracle import cost


def test_gas_beside_the_grid():
    """30 kW for an hour: 20 from the grid at 100, 10 from gas at 300: 2 + 3. Rejection 9."""
    sources = [{"kind": "grid", "limit_mw": 0.02}]
    sources.append({"kind": "gas", "price": 300.0, "carbon_g_per_kwh": 400.0, "limit_mw": 1.0})
    assert cost(paper(1, jobs=[job(accelerators=3)], clusters=[cluster(sources=sources)])) == pytest.approx(5)


def test_battery_between_cheap_and_dear():
    """20 kWh are wanted in slot 1 at $200/MWh; slot 0 costs 50. 10 kWh charged give 8.

    0.5 + 12 kWh x 0.2 = 2.9.
    """
    sources = [{"kind": "grid"}, {"kind": "battery", "mw": 0.01, "mwh": 0.01, "round_trip_efficiency": 0.8}]
    jobs = [job(accelerators=2, pin_start="2027-06-07T01:00:00Z")]
    document = paper(2, jobs=jobs, clusters=[cluster(price=[50.0, 200.0], sources=sources)])
    assert cost(document) == pytest.approx(2.9)


@pytest.mark.parametrize(("mwh", "usd"), [(0.12, 0.0), (0.06, 186.0)])
def test_representative_days_cycle(mwh, usd):
    """January: 10 kW all month; the sun gives 30 kW in half of the hours, the battery 120 kWh of the night: free.

    With 60 kWh six hours of each night come from the grid: 31 x 6 x 10 kWh at 100 = 186.
    """
    sun = {"kind": "solar", "mw": 0.03, "capacity_factor": [0.0] * 12 + [1.0] * 12}
    battery = {"kind": "battery", "mw": 0.01, "mwh": mwh, "round_trip_efficiency": 1.0}
    document = paper(
        1,
        jobs=[job(hours=744.0)],
        clusters=[cluster(sources=[{"kind": "grid"}, sun, battery])],
        horizon={"start": "2027-01-01T00:00:00Z", "slot": "month"},
    )
    assert cost(document) == pytest.approx(usd, abs=1e-3)


def test_demand_charge_and_take_or_pay():
    """Two jobs of 20 kW, an hour each, in two slots: one after the other draws 20 kW, $100/MW: 2; together 4.

    Energy 4; 0.04 of 0.1 MWh are taken, 0.06 x 10 = 0.6 is paid for nothing: 6.6.
    """
    grid = {"kind": "grid", "demand_charge_usd_per_mw": 100.0, "take_or_pay": {"mwh": 0.1, "usd_per_mwh": 10.0}}
    jobs = [job("x", 2), job("y", 2)]
    assert cost(paper(2, jobs=jobs, clusters=[cluster(sources=[grid])])) == pytest.approx(6.6)


@pytest.mark.parametrize(("finally_off", "usd"), [(False, 6.0), (True, 7.0)])
def test_switching(finally_off, usd):
    """Off at first. To run an hour in the last slot: startup 2, idle 30 kW for 3, energy 1; 1 more to end switched off.

    In an earlier slot the shutdown is paid in any case. Rejection costs 20.
    """
    site = cluster(idle_mw=0.03, switchable=True, startup_usd=2.0, shutdown_usd=1.0, initially_on=False)
    document = paper(3, jobs=[job(reject_usd=20.0)], clusters=[site | {"finally_off": finally_off}])
    assert cost(document) == pytest.approx(usd)


def test_curtailment_of_a_simple_grid():
    """40 kW, 10 in the second half of slot 0: 25 on average; 3 accelerators have to wait for slot 1: 200 $/MWh, 6."""
    curtailed = {"from": "2027-06-07T00:30:00Z", "to": "2027-06-07T01:00:00Z", "limit_mw": 0.01}
    grid = {"kind": "grid", "limit_mw": 0.04, "curtailments": [curtailed]}
    site = cluster(price=[100.0, 200.0], sources=[grid])
    assert cost(paper(2, jobs=[job(accelerators=3)], clusters=[site])) == pytest.approx(6)


@pytest.mark.parametrize(("jobs", "usd"), [([job("x", 3, 2)], 8.0), ([job("x"), job("y")], 3.0)])
def test_committed_or_used(jobs, usd):
    """a: 8766 $/year = 1 $/h over two hours once anything runs; b: 17532 $/year over 4 accelerators = 0.5 $ each hour.

    Six accelerator-hours: 6 + 2 on a, 6 + 3 on b. Two: 2 + 2 on a, 2 + 1 on b.
    """
    a = cluster("a", charge="committed", fixed_costs=[{"category": "facility", "usd": 8766.0}])
    b = cluster("b", charge="used", fixed_costs=[{"category": "facility", "usd": 17532.0}])
    assert cost(paper(2, jobs=jobs, clusters=[a, b])) == pytest.approx(usd)


@pytest.mark.parametrize(("penalty", "usd"), [(150.0, 5.5), (None, 8.0)])
def test_limit_soft_and_hard(penalty, usd):
    """Two jobs of 20 kWh under a limit of 30 kWh: 4 + 0.01 x 150, or one of them rejected: 2 + 6."""
    limit = {"name": "cap", "of": "mwh", "per": "horizon", "max": 0.03}
    if penalty is not None:
        limit["penalty_usd"] = penalty
    assert cost(paper(2, jobs=[job("x", 2), job("y", 2)], limits=[limit])) == pytest.approx(usd)


def test_limit_of_emissions_counts_idle_power_of_a_plant():
    """Idle 10 kW and one job of 10 kW x 1 h in two slots: 30 kWh. Grid 500 g/kWh at 100, gas 0 g/kWh at 300.

    At most 10 kg: 20 kWh from the grid, 10 from gas: 2 + 3 = 5.
    """
    sources = [{"kind": "grid", "carbon_g_per_kwh": 500.0}]
    sources.append({"kind": "gas", "price": 300.0, "carbon_g_per_kwh": 0.0, "limit_mw": 1.0})
    limit = {"name": "cap", "of": "tco2", "per": "horizon", "max": 0.01}
    site = cluster(idle_mw=0.01, sources=sources)
    assert cost(paper(2, jobs=[job(reject_usd=9.0)], clusters=[site], limits=[limit])) == pytest.approx(5)


def test_flow_beside_a_job():
    """Two slots; 3 accelerators of flow wanted, unmet 2.5 each; the job 2 x 1 h is worth 6; the pool holds 4.

    With the job: 4 busy, one unmet; then 3 busy: 4 + 2.5 + 3 = 9.5. Without: 6 + 3 + 3.
    """
    flow = {"name": "chat", "demand": 3.0, "unmet_usd_per_accelerator_hour": 2.5}
    assert cost(paper(2, jobs=[job(accelerators=2)], flows=[flow])) == pytest.approx(9.5)


@pytest.mark.parametrize(("life_hours", "usd"), [(None, 9.0), (4.0, 6.5)])
def test_module(life_hours, usd):
    """Ordered in the first hour, it stands for the other two: 4 accelerator-hours and 5 for the module, not 12.

    With a life of 4 h half of the 5 is credited.
    """
    module = {"name": "hall", "accelerators": 2, "usd": 5.0, "max": 1}
    if life_hours is not None:
        module["life_years"] = life_hours / 8766
    site = cluster(number=0, modules=[module])
    document = paper(3, jobs=[job(accelerators=2, hours=2)], clusters=[site], horizon={"period_slots": 1})
    assert cost(document) == pytest.approx(usd)


@pytest.mark.parametrize(("flights", "usd"), [([1, 0, 0], 13.0), ([0, 1, 1], 14.0)])
def test_launch_with_two_vehicles(flights, usd):
    """Two batches of 100 kg, 3 each. The large vehicle lifts both for 7 if it flies in the first period.

    The small one lifts one a flight, two flights are 8. Power is free in orbit; rejection 24.
    """
    satellites = {"number": 1, "accelerator": "ref", "accelerators": 1, "array_kw": 50.0, "battery_kwh": 99.0}
    batch = {"name": "batch", "accelerators": 2, "usd": 3.0, "max": 2, "mass_kg": 100.0}
    flying = {"name": "sat", "orbit": {"altitude_km": 800.0, "ltan": 6.0}, "satellites": satellites}
    flying |= {"interruptions_per_accelerator_year": 0.0, "modules": [batch]}
    flying["pools"] = [{"accelerator": "ref", "number": 0}]
    small = {"name": "small", "payload_kg": {"sso": 150.0}, "usd_per_flight": 4.0, "flights_per_period": 2}
    large = {"name": "large", "payload_kg": {"sso": 400.0}, "usd_per_flight": 7.0, "flights_per_period": flights}
    vehicles = [small, large]
    jobs = [job(accelerators=4, hours=2, clusters=["sat"])]
    horizon = {"period_slots": 1, "start": "2027-03-20T00:00:00Z"}
    document = paper(3, jobs=jobs, clusters=[cluster(), flying], vehicles=vehicles, horizon=horizon)
    assert cost(document) == pytest.approx(usd)


@pytest.mark.parametrize(
    ("boundary", "usd"),
    [("launch_and_power", 4.0), ("energy_cooling_launch", 5.0), ("all_but_accelerators", 7.5), ("all_in", 15.5)],
)
def test_boundaries(boundary, usd):
    """40 kW for an hour at PUE 1.25: $4 of energy, 1 of cooling; 25 kg at $100/t are 2.5; rent 2 x 4 = 8."""
    site = cluster(pue=1.25, carbon_g_per_kwh=500.0, pool={"usd_per_accelerator_hour": 2.0})
    policy = {"carbon_usd_per_t": 100.0, "minimise": boundary}
    document = paper(1, jobs=[job(accelerators=4, reject_usd=99.0)], clusters=[site], policy=policy)
    assert cost(document) == pytest.approx(usd)


def test_money_is_discounted_by_the_slot():
    """Slots of a year, 100 % a year: 87.66 MWh in the second, at 150, are 13,149 halved; in the first, 8,766."""
    horizon = {"slot_hours": 8766.0}
    site = cluster(price=[100.0, 150.0])
    document = paper(2, jobs=[job(hours=8766.0)], clusters=[site], horizon=horizon, money={"discount_rate": 1.0})
    assert cost(document) == pytest.approx(87.66 * 150 / 2)

"""Fixed costs against amortisation by hand; real and nominal rates; prices of other years; costs per unit."""

import math
from pathlib import Path
from typing import Any

import build
import in_process
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle.bill import _share_a_year
from oracle.optimum import optimum
from oracle.paper import cluster, job, paper

import placement
from placement.catalog import catalog
from placement.deflator import deflate
from placement.errors import ScenarioError
from placement.loader.load import scenario
from placement.loader.merge import take_values
from placement.money import (
    annual_usd,
    capital_recovery,
    construction_interest,
    usd_per_accelerator_hour,
    usd_per_kw_year,
    usd_per_kwh,
    usd_per_watt,
)
from placement.schema import FixedCost, Money
from placement.verifier import fixed

RATES = st.one_of(st.just(0.0), st.floats(1e-6, 1.0))
SHARES = st.floats(0.0, 0.5)


def cost(**more: Any) -> FixedCost:
    return FixedCost(**{"category": "facility", "usd": 1000.0, "life_years": 2.0, **more})


# --- what an investment costs a year ---


def test_an_investment_with_all_its_terms_by_hand() -> None:
    """10 %, 2 years, built in one, 30 % credit, 20 % left, 1 % insurance.

    I = 0.1/ln 1.1 = 1.0492059, left 0.2/1.21 = 0.1652893, CRF = 0.1/(1 - 1/1.21) = 0.5761905:
    1000 ((1.0492059 - 0.3 - 0.1652893) 0.5761905 + 0.01) = 346.4472.
    """
    terms = {"residual_share": 0.2, "insurance_share_per_year": 0.01, "tax_credit_share": 0.3}
    assert annual_usd(cost(construction_years=1.0, **terms), 0.1) == pytest.approx(346.4472, abs=1e-4)


def test_without_interest_all_is_spread_evenly() -> None:
    """(1 - 0.3 - 0.2)/2 + 0.01 of $1,000, however long it is built."""
    terms = {"residual_share": 0.2, "insurance_share_per_year": 0.01, "tax_credit_share": 0.3}
    assert annual_usd(cost(construction_years=3.0, **terms), 0.0) == pytest.approx(260.0, rel=1e-12)


def test_without_a_life_it_is_what_it_is_each_year() -> None:
    assert annual_usd(cost(life_years=None), 0.1) == 1000.0


@given(RATES, st.integers(1, 40), st.floats(0.0, 10.0), SHARES, SHARES, st.floats(0.0, 0.1))
def test_the_payments_pay_it_off(
    rate: float, years: int, built: float, residual: float, credit: float, insurance: float
) -> None:
    """A loan for what it is worth at the start of service, paid off at the end of each year, ends at what is left."""
    one = cost(
        life_years=float(years),
        construction_years=built,
        residual_share=residual,
        tax_credit_share=credit,
        insurance_share_per_year=insurance,
    )
    payment = annual_usd(one, rate) / 1000 - insurance
    owed = construction_interest(rate, built) - credit
    most = owed * (1 + rate) ** years
    for _ in range(years):
        owed = owed * (1 + rate) - payment
    assert owed == pytest.approx(residual, abs=1e-9 * max(1.0, most))


@pytest.mark.parametrize("rate", [0.0, 0.05, 0.3, 1.0])
@pytest.mark.parametrize("years", [0.25, 2.0, 7.5])
def test_interest_during_construction_is_that_of_many_small_payments(rate: float, years: float) -> None:
    """A million equal payments, each compounded from its own moment."""
    moments = (np.arange(1_000_000) + 0.5) / 1_000_000 * years
    assert construction_interest(rate, years) == pytest.approx(((1 + rate) ** moments).mean(), rel=1e-9)


@given(st.floats(0.01, 1.0), st.floats(0.5, 100.0))
def test_capital_recovery_is_the_rate_and_the_sinking_fund(rate: float, years: float) -> None:
    sinking = rate / ((1 + rate) ** years - 1)
    assert capital_recovery(rate, years) == pytest.approx(rate + sinking, rel=1e-9)


def test_capital_recovery_at_a_small_rate_is_near_that_without() -> None:
    assert capital_recovery(1e-6, 0.01) == pytest.approx(1 / 0.01, rel=1e-6)


@given(RATES, st.floats(0.5, 50.0), st.floats(0.2, 15.0), SHARES, SHARES, st.floats(0.0, 0.1))
def test_compiler_verifier_and_oracle_work_out_the_same(
    rate: float, years: float, built: float, residual: float, credit: float, insurance: float
) -> None:
    one = cost(
        life_years=years,
        construction_years=built,
        residual_share=residual,
        tax_credit_share=credit,
        insurance_share_per_year=insurance,
    )
    usd = annual_usd(one, rate)
    assert fixed.yearly(one, rate) == pytest.approx(usd, rel=1e-11, abs=1e-13 * one.usd)
    assert one.usd * _share_a_year(one, rate) == pytest.approx(usd, rel=1e-7, abs=1e-9 * one.usd)


@given(RATES, st.floats(0.01, 1e3), st.floats(0.0, 20.0), SHARES, SHARES)
def test_no_investment_pays_for_itself(rate: float, years: float, built: float, residual: float, credit: float) -> None:
    one = cost(life_years=years, construction_years=built, residual_share=residual, tax_credit_share=credit)
    assert 0 <= annual_usd(one, rate) < math.inf


def test_terms_of_an_investment_need_a_life() -> None:
    for term in ("construction_years", "residual_share", "insurance_share_per_year", "tax_credit_share"):
        row = {"category": "facility", "usd": 1.0, term: 0.5}
        with pytest.raises(ScenarioError, match=rf"{term} is 0\.5.* Give life_years, or leave {term} out"):
            build.scenario([build.cluster(fixed_costs=[row])])


def test_no_more_comes_back_than_is_paid() -> None:
    row = {"category": "facility", "usd": 1.0, "life_years": 5, "residual_share": 0.6, "tax_credit_share": 0.5}
    with pytest.raises(ScenarioError, match=r"1\.1 together.* at most 1"):
        build.scenario([build.cluster(fixed_costs=[row])])


# --- real and nominal ---


def test_a_nominal_rate_is_the_real_one_and_inflation() -> None:
    assert Money(real=False, discount_rate=0.1, inflation=0.02).rate == pytest.approx(1.1 / 1.02 - 1, rel=1e-12)
    assert Money(real=False, discount_rate=0.1).rate == pytest.approx(1.1 / 1.025 - 1, rel=1e-12)
    assert Money(real=False, discount_rate=0.025).rate == 0
    assert Money(discount_rate=0.1).rate == 0.1


@pytest.mark.parametrize(
    ("money", "words"),
    [
        ({"inflation": 0.02}, r"inflation is 0\.02, and the discount rate is real.* Leave inflation out"),
        ({"real": False, "discount_rate": 0.01}, r"0\.01 is below inflation, 0\.025.* Raise discount_rate"),
        ({"real": False, "discount_rate": 0.0250001}, r"all but nought.* Give both the same value"),
        ({"discount_rate": 1e-7}, r"all but nought.* Write 0"),
        ({"real": False, "inflation": -0.01}, "at least 0"),
    ],
)
def test_rates_that_make_no_sense_are_refused_with_what_to_do(money: dict[str, Any], words: str) -> None:
    with pytest.raises(ScenarioError, match=words):
        scenario(build.document() | {"money": money})


def test_a_nominal_rate_decides_and_costs_as_its_real_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two years of quarters with an investment, discounted: the same plan, cost and oracle's optimum."""
    in_process.use(monkeypatch)
    rows = [{"category": "facility", "usd": 9000.0, "life_years": 5, "construction_years": 2, "tax_credit_share": 0.3}]
    site = cluster(price=[100.0, 90.0, 80.0, 70.0], charge="committed", fixed_costs=rows)
    horizon = {"start": "2027-01-01T00:00:00Z", "slot": "quarter"}
    costs = []
    for money in ({"discount_rate": 1.2 / 1.05 - 1}, {"real": False, "discount_rate": 0.2, "inflation": 0.05}):
        made = scenario(paper(4, jobs=[job(hours=2000.0)], clusters=[site], horizon=horizon, money=money))
        result = placement.solve(made, gap=1e-9)
        assert result.plan is not None
        assert placement.verify(made, result.plan).cost_usd == pytest.approx(result.cost_usd, rel=1e-9)
        assert optimum(made).cost_usd == pytest.approx(result.cost_usd, rel=1e-6)
        costs.append(result.cost_usd)
    assert costs[0] == pytest.approx(costs[1], rel=1e-12)
    assert costs[0] > 1000


@pytest.mark.parametrize(
    ("charge", "reject", "most", "usd"),
    [
        ("owned", 5.0, None, 4000.0),
        ("committed", 4001.0, None, 4000.0),  # with all four paid for from the start it would be 6000
        ("committed", 3999.0, None, 3999.0),
        ("committed", 4001.0, [2000.0, 4000.0], 4000.0),
        ("committed", 4001.0, [1999.0, 4000.0], 4001.0),
        ("used", 2500.0, None, 1000.0),
    ],
)
def test_of_blocks_what_stands_is_paid(
    charge: str, reject: float, most: list[float] | None, usd: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two years at 100 %, $1000 a year each, two from the start and two more from the second year: 2000 + 4000/2.

    By use, two accelerators for a year pay 1000 each, halved in the second. Limits of dollars see 2000 and then 4000.
    """
    in_process.use(monkeypatch)
    second = {"from": "2028-06-06T06:00:00Z"}  # 8766 h later
    halls = [{"name": "first", "number": 2}, {"name": "second", "number": 2, "service": second}]
    rows = [{"category": "facility", "usd": 1000.0, "per": "accelerator"}]
    site = cluster(price=0.0, charge=charge, fixed_costs=rows, pool={"blocks": halls})
    limits = [] if most is None else [{"name": "budget", "of": "usd", "per": "slot", "max": most}]
    work = job(accelerators=2, hours=8766.0, reject_usd=reject)
    document = paper(2, jobs=[work], clusters=[site], horizon={"slot_hours": 8766.0}, money={"discount_rate": 1.0})
    made = scenario(document | {"limits": limits})
    result = placement.solve(made, gap=1e-9)
    assert result.plan is not None
    assert result.cost_usd == pytest.approx(usd, rel=1e-9)
    assert placement.verify(made, result.plan).cost_usd == pytest.approx(result.cost_usd, rel=1e-12)
    assert optimum(made).cost_usd == pytest.approx(result.cost_usd, rel=1e-6)
    assert result.bound_usd == pytest.approx(result.cost_usd, rel=1e-5)


# --- prices of other years ---


def sourced(usd: float, year: int) -> dict[str, Any]:
    return {"value": usd, "low": usd / 2, "high": usd * 2, "price_year": year, "source": "a test"}


def with_prices_of(year: int, price_year: int, **more: Any) -> dict[str, Any]:
    """A scenario all of whose prices are of one year, in dollars of another."""
    site = build.cluster(
        energy_price=sourced(100.0, year),
        fixed_costs=[{"category": "facility", "usd": sourced(5000.0, year), "life_years": 10}],
        pool={"usd_per_accelerator_hour": sourced(2.0, year)},
    )
    work = build.job() | {"reject_usd": sourced(1000.0, year), "delay_usd_per_hour": sourced(3.0, year)}
    return build.document([site], [work]) | {"money": {"price_year": price_year, **more}}


@pytest.mark.parametrize("index", ["cpi-u", "gdp"])
def test_all_costs_scale_with_the_price_level(index: str, monkeypatch: pytest.MonkeyPatch) -> None:
    in_process.use(monkeypatch)
    then = placement.solve(scenario(with_prices_of(2015, 2015, price_index=index)))
    now = placement.solve(scenario(with_prices_of(2015, 2026, price_index=index)))
    assert now.cost_usd == pytest.approx(deflate(then.cost_usd, 2015, 2026, index), rel=1e-9)
    assert now.cost_usd > 1.2 * then.cost_usd


@pytest.mark.parametrize("use", ["low", "base", "high"])
def test_the_number_that_use_selects_is_converted_and_plain_ones_are_not(use: str) -> None:
    document = with_prices_of(2020, 2026) | {"use": use}
    document["policy"]["carbon_usd_per_t"] = 7.0
    made = scenario(document)
    wanted = {"low": 50.0, "base": 100.0, "high": 200.0}[use]
    assert made.clusters[0].energy_price == pytest.approx(deflate(wanted, 2020, 2026), rel=1e-12)
    assert made.policy.carbon_usd_per_t == 7.0


def test_numbers_without_a_price_year_are_no_money() -> None:
    sheet = {"pue": {"value": 1.2, "source": "x"}, "usd": {"value": [1.0, 2.0], "price_year": 2020, "source": "x"}}
    taken = take_values(sheet, "base", Money(price_year=2024))
    assert taken["pue"] == 1.2
    assert taken["usd"] == pytest.approx([deflate(1.0, 2020, 2024), deflate(2.0, 2020, 2024)])


def priced(value: Any) -> list[dict[str, Any]]:
    """Every number of a catalogue entry that has a price year."""
    if isinstance(value, dict) and "value" in value:
        return [value] if "price_year" in value and not isinstance(value["value"], str) else []
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [found for part in inner for found in priced(part)]


@pytest.mark.parametrize("section", ["clusters", "vehicles", "accelerators"])
def test_every_price_of_the_catalogue_is_converted(section: str) -> None:
    money = Money(price_year=2030, price_index="gdp")
    values = [value for entry in catalog().section(section).values() for value in priced(entry)]
    assert values
    for value in values:
        there = deflate(value["value"], value["price_year"], 2030, "gdp")
        assert take_values(value, "base", money) == pytest.approx(there, rel=1e-12)


def test_series_of_prices_are_converted_and_carbon_is_not() -> None:
    site = build.cluster(energy_price="us-tex-erco", carbon_g_per_kwh="us-tex-erco-carbon")
    made = scenario(build.document([site]) | {"money": {"price_year": 2015}})
    price, carbon = (made.traces[f"catalog:us-tex-erco{kind}"].values for kind in ("", "-carbon"))
    own, clean = (catalog().trace(f"us-tex-erco{kind}") for kind in ("", "-carbon"))
    assert own is not None
    assert clean is not None
    np.testing.assert_allclose(price, own.values * deflate(1.0, 2023, 2015), rtol=1e-12)
    assert (carbon == clean.values).all()


def test_prices_of_policy_that_are_left_out_are_of_the_price_year() -> None:
    made = scenario(build.document() | {"money": {"price_year": 2015}, "policy": {}})
    assert made.policy.reject_usd_per_accelerator_hour == pytest.approx(deflate(2.95, 2026, 2015), rel=1e-12)
    assert made.policy.terminal_usd_per_accelerator_hour == pytest.approx(deflate(2.35, 2026, 2015), rel=1e-12)
    given = {"reject_usd_per_accelerator_hour": 2.95}
    made = scenario(build.document() | {"money": {"price_year": 2015}, "policy": given})
    assert made.policy.reject_usd_per_accelerator_hour == 2.95


def test_nothing_is_converted_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither in a plan folder nor in a scenario with one value changed."""
    in_process.use(monkeypatch)
    document = with_prices_of(2015, 2019)
    document["clusters"].append(build.cluster("market", energy_price="us-tex-erco"))
    made = scenario(document)
    placement.write_plan(tmp_path / "a.plan", made, placement.solve(made))
    for other in (placement.read_plan(tmp_path / "a.plan").scenario, made.replace("horizon.slots", 4)):
        assert other.document() == made.document()
        assert other.traces.keys() == made.traces.keys()
        for key, trace in made.traces.items():
            assert (other.traces[key].values == trace.values).all()
    dearer = made.replace("clusters.earth.energy_price", sourced(100.0, 2010))
    assert dearer.clusters[0].energy_price == pytest.approx(deflate(100.0, 2010, 2019), rel=1e-12)


@pytest.mark.parametrize(("path", "value"), [("money.price_year", 2030), ("money.price_index", "gdp")])
def test_converted_prices_get_no_other_label(path: str, value: Any) -> None:
    with pytest.raises(ScenarioError, match="Change it in the file"):
        scenario(with_prices_of(2015, 2019)).replace(path, value)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"value": 90.0, "price_year": 1985}, "goes from 1990 to 2100, and the price year is 1985"),
        ({"value": 90.0, "price_year": "2020"}, "price_year is '2020', but must be a whole number"),
        ({"value": "own", "price_year": 2020}, "the value is 'own': only numbers are converted"),
        ({"value": {"values": [1.0] * 4}, "price_year": 2020}, "only numbers are converted"),
    ],
)
def test_a_price_that_cannot_be_converted_is_placed(value: dict[str, Any], words: str, tmp_path: Path) -> None:
    import yaml

    document = build.document([build.cluster(energy_price=value)], series={"own": {"values": [1.0] * 4}})
    (tmp_path / "a.yaml").write_text(yaml.safe_dump(document), encoding="utf-8")
    with pytest.raises(ScenarioError, match=words) as error:
        placement.load(tmp_path / "a.yaml")
    (problem,) = error.value.problems
    line = (tmp_path / "a.yaml").read_text(encoding="utf-8").splitlines()[int(problem.place.rpartition(":")[2]) - 1]
    assert "price_year" in line
    assert problem.fact.startswith("clusters.earth.energy_price: ")


# --- per watt, kilowatt-year, kilowatt-hour and accelerator-hour ---


def test_what_a_year_costs_per_unit() -> None:
    """$1,000 a year for 100 kW: 10 $/(kW yr), 0.0011408 $/kWh, twice that at half use. $2.2M for 100 kW: 22 $/W."""
    assert usd_per_watt(2.2e6, 100.0) == pytest.approx(22.0)
    assert usd_per_kw_year(1000.0, 100.0) == pytest.approx(10.0)
    assert usd_per_kwh(1000.0, 100.0) == pytest.approx(10 / 8766)
    assert usd_per_kwh(1000.0, 100.0, 0.5) == pytest.approx(20 / 8766)


def test_an_accelerator_hour_is_one_that_is_delivered() -> None:
    """$8,766 a year for 4 accelerators, twice as fast as the reference, held half the time, 80 % useful."""
    assert usd_per_accelerator_hour(8766.0, 4, speed=2.0, utilisation=0.5, goodput=0.8) == pytest.approx(1 / 3.2)

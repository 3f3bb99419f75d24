"""Terms that are rows: worked out by hand, on paper prices, and what they leave alone."""

from typing import Any

import pytest
from build import cluster, document, job, scenario

import placement
from placement.compile import compile_scenario
from placement.schema import Scenario

AT_0, AT_1, AT_2 = (f"2027-06-07T0{hour}:00:00Z" for hour in range(3))


def priced(made: Scenario) -> tuple[float, dict[str, float]]:
    """Cost and dollars of terms by `category cluster` of the cheapest plan, which the verifier prices alike."""
    result = placement.solve(made, gap=1e-9, baseline=False)
    assert result.plan is not None, result.message
    checked = placement.verify(made, result.plan)
    checked.raise_for_errors()
    assert checked.cost_usd == pytest.approx(result.cost_usd, rel=1e-9, abs=1e-9)
    assert result.bound_usd <= result.cost_usd + 1e-6
    rows = result.plan.costs
    own = rows[rows["category"].str.startswith("term ")]
    return result.cost_usd, {
        f"{category} {name}": usd for category, name, usd in own[["category", "cluster", "usd"]].to_numpy().tolist()
    }


def terms(*rows: dict[str, Any], name: str = "fees") -> list[dict[str, Any]]:
    return [{"name": name, "rows": list(rows)}]


def pinned(*rows: dict[str, Any], **more: Any) -> Scenario:
    """A run of 4 accelerators for 2.5 h from 1:00 on earth: 10 accelerator-hours, $1 of energy."""
    one = {"must_run": True, "pin_start": AT_1, "pin_cluster": "earth", "class": "llm", "team": "red", **more}
    one = job("a", 2.5, 4, **one)
    del one["reject_usd"]
    return scenario([cluster("earth"), cluster("mars")], [one], throughput=THROUGHPUT, terms=terms(*rows))


THROUGHPUT = [{"class": "llm", "accelerator": "h100-sxm", "relative_speed": 1.0}]


@pytest.mark.parametrize(
    ("rows", "usd"),
    [
        ([{"usd_per_run": 7.0}], 7.0),
        ([{"usd_per_run": 7.0}, {"job": "a", "usd_per_run": 1.5}, {"job": "a", "usd_per_run": 1.0}], 9.5),
        ([{"usd_per_accelerator_hour": 0.3}], 3.0),
        ([{"cluster": "mars", "usd_per_run": 7.0}], 0.0),
        ([{"cluster": "earth", "team": "red", "class": "llm", "accelerator": "h100-sxm", "usd_per_run": 2.0}], 2.0),
        ([{"option": "earth/h100-sxm x4", "pool": "h100-sxm", "usd_per_run": -2.0}], -2.0),
        ([{"usd_per_run": 7.0, "from": AT_1}], 7.0),
        ([{"usd_per_run": 7.0, "from": AT_0, "until": AT_1}], 0.0),
        ([{"usd_per_run": 7.0, "from": AT_2}], 0.0),
        ([{"usd_per_accelerator_hour": 1.0, "from": AT_2}], 6.0),  # 4 from 2 to 3, and for half an hour from 3 on
        ([{"usd_per_accelerator_hour": 1.0, "from": AT_2, "until": "2027-06-07T03:00:00Z"}], 4.0),
        ([{"usd_per_accelerator_hour": 1.0, "until": "2027-06-07T01:30:00Z"}], 4.0),  # by the slot's begin
        ([{"usd_per_accelerator_hour": 1.0}, {"usd_per_accelerator_hour": -0.75, "from": AT_2}], 5.5),
    ],
)
def test_a_run_on_paper(rows: list[dict[str, Any]], usd: float) -> None:
    cost, found = priced(pinned(*rows))
    assert cost == pytest.approx(1.0 + usd)
    assert sum(found.values()) == pytest.approx(usd)
    assert set(found) <= {"term fees earth"}


def test_each_unit_pays_and_the_parts_of_a_way_where_they_are() -> None:
    """3 units, each of 2 on earth and 1 on mars for 2 h: $6 of energy for all.

    Per run the first part that matches: $5 each on earth; $1 each on mars. Per accelerator-hour $2 on mars: 3 · 2 · 2.
    """
    one = job("a", 2.0, 3, count=3)
    ways = [{"job": "a", "option": "both", "cluster": name, "accelerators": n, "hours": 2.0} for name, n in PARTS]
    rows = [{"usd_per_run": 5.0}, {"cluster": "mars", "usd_per_run": 1.0, "usd_per_accelerator_hour": 2.0}]
    made = scenario([cluster("earth"), cluster("mars")], [one], slots=8, options=ways, terms=terms(*rows))
    cost, found = priced(made)
    assert found == {"term fees earth": pytest.approx(15.0), "term fees mars": pytest.approx(3.0 + 12.0)}
    assert cost == pytest.approx(0.1 * 18 + 30.0)


PARTS = (("earth", 2), ("mars", 1))


def test_segments_pay_once_for_beginning_and_for_all_hours() -> None:
    """Two halves of an hour and half an hour of resuming: 4 · 2.5 accelerator-hours."""
    one = job("a", 2.0, 4, segments=2, resume_hours=0.5)
    cost, found = priced(
        scenario(jobs=[one], slots=6, terms=terms({"usd_per_run": 3.0, "usd_per_accelerator_hour": 0.2}))
    )
    assert found == {"term fees earth": pytest.approx(3.0 + 2.0)}
    assert cost == pytest.approx(1.0 + 5.0)


def test_dollars_are_discounted_as_other_cash() -> None:
    """In the second month, at 50 % a year: (1.5)^-(744/8766) of 10 $, and of 0.1 $ for 2 accelerators over 300 h.

    300 of 672 h are 1829 of 4096 grains, rounded up.
    """
    horizon = {"start": "2027-01-01T00:00:00Z", "slot": "month"}
    one = job("a", 300.0, 2, pin_start="2027-02-01T00:00:00Z", must_run=True)
    del one["reject_usd"]
    money = {"discount_rate": 0.5}
    rows = terms({"usd_per_run": 10.0, "usd_per_accelerator_hour": 0.1})
    made = placement.scenario(
        document([cluster(energy_price=0.0)], [one], 3, horizon=horizon, terms=rows) | {"money": money}
    )
    cost, _ = priced(made)
    assert cost == pytest.approx(1.5 ** -(744 / 8766) * (10.0 + 0.1 * 2 * 1829 / 4096 * 672), rel=1e-9)


def test_a_fee_sends_a_run_elsewhere_and_a_dear_hour_lets_it_wait() -> None:
    """$0.8 of energy on earth or 1.6 on mars: a fee of 1 on earth sends it there; dear hours are waited out."""
    sites = [cluster("earth"), cluster("mars", energy_price=200.0)]
    cost, found = priced(scenario(sites, terms=terms({"cluster": "earth", "usd_per_run": 1.0})))
    assert (cost, found) == (pytest.approx(1.6), {})
    dear = terms({"cluster": "earth", "usd_per_run": 1.0}, {"usd_per_accelerator_hour": 5.0, "until": AT_2})
    cost, found = priced(scenario(sites, terms=dear))
    assert (cost, found) == (pytest.approx(1.6), {})
    made = scenario(sites, terms=dear)
    result = placement.solve(made)
    assert result.plan is not None
    assert result.plan.placements["start_grain"].tolist() == [2 * 256]


def test_a_rebate_below_nothing() -> None:
    """$100 for each run on mars: all three go there, and the bound is below the cost, which is below 0."""
    sites = [cluster("earth"), cluster("mars", energy_price=200.0)]
    made = scenario(sites, [job("a", 1.0, 4, count=3)], terms=terms({"cluster": "mars", "usd_per_run": -100.0}))
    cost, found = priced(made)
    assert found == {"term fees mars": pytest.approx(-300.0)}
    assert cost == pytest.approx(-300.0 + 12 * 0.2)


def test_terms_of_nothing_change_nothing() -> None:
    jobs = [job(f"j{k}", 1.0 + k, 2 + k) for k in range(3)]
    without = scenario(jobs=jobs, slots=8)
    with_nothing = scenario(jobs=jobs, slots=8, terms=terms({"usd_per_run": 0.0}) + terms(name="none"))
    one, two = (compile_scenario(made).problem for made in (without, with_nothing))
    assert (one.work.option_usd == two.work.option_usd).all()
    assert (one.work.use_meter == two.work.use_meter).all()
    assert one.meters == two.meters
    assert priced(without) == priced(with_nothing)


def test_a_dollar_a_run_adds_a_dollar_for_each_that_must_run() -> None:
    jobs = [{**job(f"j{k}", 1.0 + k, 2 + k, count=k + 1, must_run=True), "reject_usd": None} for k in range(3)]
    plain, _ = priced(scenario(jobs=jobs, slots=12))
    dearer, _ = priced(scenario(jobs=jobs, slots=12, terms=terms({"usd_per_run": 1.25})))
    assert dearer == pytest.approx(plain + 1.25 * 6)


def test_two_halves_are_the_whole() -> None:
    """A row is the same as two of half the dollars, and as two of half the time."""
    whole = {"cluster": "earth", "usd_per_run": 3.0, "usd_per_accelerator_hour": 0.4}
    half = {"cluster": "earth", "usd_per_run": 1.5, "usd_per_accelerator_hour": 0.2}
    ways = [[whole], [half, half], [{**whole, "until": AT_2}, {**whole, "from": AT_2}]]
    assert len({round(priced(pinned(*rows))[0], 9) for rows in ways}) == 1


def test_a_limit_of_dollars_counts_them() -> None:
    """At most $4 in each slot on earth: $3 of a fee at the start and 4 · 0.1 of energy fit once a slot, not twice."""
    limit = [{"name": "budget", "of": "usd", "per": "slot", "max": 4.0, "over": {"clusters": ["earth"]}}]
    fee = terms({"cluster": "earth", "usd_per_run": 3.0})
    for rows in (fee, terms({"cluster": "earth", "usd_per_run": 3.0, "from": AT_0})):
        made = scenario(jobs=[job("a", 1.0, 4, count=2)], limits=limit, terms=rows)
        cost, _ = priced(made)
        assert cost == pytest.approx(6.0 + 0.8)
        result = placement.solve(made)
        assert result.plan is not None
        assert len(set(result.plan.placements["start_grain"])) == 2


def test_flows_pay_no_terms() -> None:
    flow = [{"name": "inference", "demand": 3.0, "unmet_usd_per_accelerator_hour": 9.0}]
    made = scenario(jobs=[], flows=flow, terms=terms({"usd_per_accelerator_hour": 5.0, "usd_per_run": 5.0}))
    assert priced(made) == (pytest.approx(3 * 4 * 0.1), {})


def test_what_counts_is_all_in() -> None:
    """Where less is decided on, terms are cash that is told and decides nothing, as quoted prices are."""
    sites = [cluster("earth"), cluster("mars", energy_price=200.0)]
    fee = terms({"cluster": "earth", "usd_per_run": 50.0})
    made = scenario(sites, policy={"minimise": "all_but_accelerators"}, terms=fee)
    cost, found = priced(made)
    assert (cost, found) == (pytest.approx(0.8), {"term fees earth": pytest.approx(50.0)})
    result = placement.solve(made)
    assert result.plan is not None
    assert placement.verify(made, result.plan).boundaries["all_in"] == pytest.approx(50.8)


def test_a_plan_priced_without_the_term_is_found() -> None:
    """And one whose rows were changed afterwards."""
    made = scenario(terms=terms({"usd_per_run": 2.0, "usd_per_accelerator_hour": 0.25}))
    result = placement.solve(made)
    assert result.plan is not None
    costs = result.plan.costs
    for rows in (costs[costs["category"] != "term fees"], costs.replace({"term fees": "quote"})):
        told = placement.verify(made, _with(result.plan, rows))
        assert {(each.rule, each.where) for each in told.findings} >= {("cost", "term fees of earth")}
    dearer = made.replace("terms.fees.rows.0.usd_per_run", 3.0)
    rules = {each.rule for each in placement.verify(dearer, result.plan).findings}
    assert rules == {"scenario", "cost"}


def _with(plan: Any, costs: Any) -> Any:
    from dataclasses import replace

    return replace(plan, tables={**plan.tables, "costs": costs.reset_index(drop=True)})

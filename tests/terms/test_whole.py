"""Terms through everything else: search, kernels, futures, replanning, folders, what commands print."""

from pathlib import Path
from typing import Any

import in_process
import numpy as np
import pytest
from build import cluster, crowded, document, job, scenario
from cli.command import run
from futures.test_two_ways import crowd
from loader.files import write
from oracle.compared import allowed
from oracle.generate import tiny
from oracle.optimum import optimum
from oracle.test_terms import with_terms
from replanning.anew import anew, cost, fates, planned, then
from replanning.mornings import earth, mars, morning
from terms.installed import adds

import placement
from placement import solving
from placement.compile import compile_scenario
from placement.fingerprint import fingerprint
from placement.folder import Stored, write_plan
from placement.futures.at_once import is_plain
from placement.kernels.backend import back_ends
from placement.kernels.price import price
from placement.kernels.work import START
from placement.search.packing import is_packing

FOUND = [back for back in back_ends() if back.found]
ROWS: list[dict[str, Any]] = [
    {"usd_per_run": 2.5},
    {"job": "j3", "usd_per_run": -4.0},
    {"cluster": "b", "usd_per_run": 4.0, "from": "2027-06-07T04:00:00Z"},
    {"cluster": "a", "usd_per_accelerator_hour": 0.3, "until": "2027-06-07T09:00:00Z"},
    {"accelerator": "h100-sxm", "usd_per_accelerator_hour": -0.01},
]


@pytest.fixture(autouse=True)
def _packages(monkeypatch: pytest.MonkeyPatch) -> None:
    adds(monkeypatch, fee="FEE", wear="WEAR")


def fees(rows: list[dict[str, Any]] = ROWS) -> list[dict[str, Any]]:
    return [{"name": "fees", "rows": rows}]


def test_a_search_over_many_starts_is_priced_as_the_verifier_has_it() -> None:
    """Terms by start and hour are own prices of meters that nothing limits: the problem stays one of packing."""
    made = crowded(3, 40, terms=fees())
    problem = compile_scenario(made).problem
    assert is_packing(problem)
    assert (problem.work.use_kind == START).any()
    assert (problem.work.use_amount > 0).all()
    result = placement.solve(made, work_limit=100, gap=0.0)
    assert result.plan is not None
    checked = placement.verify(made, result.plan)
    checked.raise_for_errors()
    assert checked.cost_usd == pytest.approx(result.cost_usd, rel=1e-9)
    assert result.bound_usd <= result.cost_usd
    assert sum(usd for (category, _), usd in checked.costs.items() if category == "term fees") != 0


@pytest.mark.parametrize("back", FOUND, ids=[back.name for back in FOUND])
def test_back_ends_price_them_alike(back: Any) -> None:
    problem = compile_scenario(crowded(5, 50, terms=[*fees(), {"name": "fee", "usd_per_accelerator": 1.5}])).problem
    prices = problem.meter_usd + np.random.default_rng(1).uniform(0, 0.2, problem.meter_usd.shape)
    one, two = price(problem.work, prices), back.price(problem.work, prices)
    assert np.allclose(one.usd, two.usd, rtol=1e-12, atol=1e-9)


@pytest.mark.parametrize("block", range(2))
def test_without_one_model_of_all_placements(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of tiny scenarios: no plan below the oracle's, no bound above it."""
    in_process.use(monkeypatch)
    monkeypatch.setattr(solving, "ONE_MODEL", 0)
    for seed in range(200 + 8 * block, 208 + 8 * block):
        made = scenario_of(with_terms(tiny(seed), seed))
        true = optimum(made)
        result = placement.solve(made, work_limit=30, baseline=False)
        if true.feasible:
            assert result.bound_usd <= true.cost_usd + allowed(true.cost_usd), seed
        if result.plan is not None:
            checked = placement.verify(made, result.plan)
            assert checked.ok, (seed, checked.findings)
            assert checked.cost_usd >= true.cost_usd - allowed(true.cost_usd), seed


def scenario_of(written: dict[str, Any]) -> placement.Scenario:
    return placement.scenario(written)


@pytest.mark.parametrize("seed", range(4))
def test_futures_at_once_and_one_by_one(seed: int) -> None:
    rows = [
        {"job": "j1", "usd_per_run": 3.0},
        {"cluster": "A", "usd_per_accelerator_hour": 0.2, "from": "2027-06-07T05:00:00Z"},
        {"cluster": "B", "usd_per_run": 1.0, "until": "2027-06-07T12:00:00Z"},
        {"usd_per_run": 0.5, "usd_per_accelerator_hour": 0.01},
    ]
    made = placement.scenario({**crowd(seed), "terms": fees(rows)})
    result = placement.solve(made, work_limit=20)
    if result.plan is None:
        pytest.skip("this one has no plan")
    assert is_plain(compile_scenario(made))
    stored = Stored(made, result.plan, {"cost_usd": result.cost_usd})
    many, each = (placement.stress(stored, 4, seed=seed, one_by_one=alone, device="cpu") for alone in (False, True))
    assert (many.how, each.how, each.unsettled) == ("at once", "one by one", ())
    assert many.futures["cost_usd"].to_numpy() == pytest.approx(each.futures["cost_usd"].to_numpy(), rel=1e-9, abs=1e-6)


def test_futures_ask_a_packages_term_one_by_one() -> None:
    """It may count how long runs last, which is drawn."""
    made = placement.scenario(
        {**crowd(2), "terms": [{"name": "wear", "usd_per_accelerator_hour": 0.1, "usd_per_hour": 1}]}
    )
    result = placement.solve(made, work_limit=20)
    assert result.plan is not None
    found = placement.stress(Stored(made, result.plan, {"cost_usd": result.cost_usd}), 3)
    assert found.how == "one by one"
    assert (found.futures["cost_usd"] > 0).all()


@pytest.mark.parametrize("slot", [0, 1, 2, 3, 5, 8])
def test_replanning_where_nothing_happens_costs_the_same(slot: int) -> None:
    """What runs on has paid for its beginning in its history; rows that name a job name what it became."""
    rows = [
        {"usd_per_run": 3.0},
        {"job": "b", "usd_per_run": 1.0, "usd_per_accelerator_hour": 0.1},
        {"cluster": "earth", "usd_per_accelerator_hour": 0.2, "from": "2027-06-07T02:00:00Z"},
    ]
    before = planned(**morning(terms=fees(rows)))
    found = anew(before, slot, change_usd=10.0)
    assert cost(found) == pytest.approx(before.cost)
    for later in (slot + 1, slot + 2):
        found = anew(then(found), min(later, 9), change_usd=10.0)
        assert cost(found) == pytest.approx(before.cost)


def test_replanning_pays_for_a_new_beginning_elsewhere() -> None:
    """a has run for an hour on earth ($10 a run there, 1 on mars) when power there is dear: it moves, and pays $1."""
    rows = [{"cluster": "earth", "usd_per_run": 10.0}, {"cluster": "mars", "usd_per_run": 1.0}]
    price = [100.0] + [1e5] * 9
    before = planned(
        [earth(energy_price=100.0), mars(energy_price=1e4)], [job("a", 4.0, 4)], slots=10, terms=fees(rows)
    )
    dear = before.scenario.replace("clusters.earth.energy_price", price)
    plan = placement.plan.Plan(before.plan.scenario, fingerprint(dear), before.plan.tables)
    found = anew(type(before)(dear, plan, before.cost), 1)
    assert fates(found) == {"moved": 1}
    usd = then(found).plan.costs.set_index(["category", "cluster"])["usd"]
    assert usd["term fees", "earth"] == pytest.approx(10.0)
    assert usd["term fees", "mars"] == pytest.approx(1.0)


def test_a_fingerprint_holds_them_and_is_the_same_without() -> None:
    plain, none = scenario(), scenario(terms=[])
    one, two = (scenario(terms=fees([{"usd_per_run": usd}])) for usd in (1.0, 2.0))
    assert fingerprint(plain) == fingerprint(none)
    assert len({fingerprint(made) for made in (plain, one, two)}) == 3
    assert fingerprint(one.replace("terms.fees.rows.0.usd_per_run", 2.0)) == fingerprint(two)


def test_a_file_changes_the_terms_of_another_by_name(tmp_path: Path) -> None:
    (tmp_path / "fees.csv").write_text("cluster,usd_per_run\nearth,2\n")
    terms = [{"name": "fee", "usd_per_accelerator": 1.0}, {"name": "fees", "table": "fees.csv"}]
    write(tmp_path, document(terms=terms), "below.yaml")
    above = {"extends": "below.yaml", "format": 1, "set": {"terms.fee.country": "US"}}
    first, second = placement.load(write(tmp_path, above)).terms
    assert first.parameters == {"usd_per_accelerator": 1.0, "country": "US"}
    assert second.rows is not None
    assert [row.usd_per_run for row in second.rows] == [2.0]


def test_a_sweep_turns_a_parameter() -> None:
    made = scenario(terms=[{"name": "fee", "usd_per_accelerator": 1.0}])
    costs = [placement.solve(made.replace("terms.fee.usd_per_accelerator", usd)).cost_usd for usd in (0.0, 1.0, 5.0)]
    assert costs == pytest.approx([0.8, 4.8, 20.8])


def test_commands_name_them(tmp_path: Path) -> None:
    written = document(
        [cluster("earth"), cluster("mars")], terms=fees([{"cluster": "earth", "usd_per_run": 5.0}, *ROWS[:1]])
    )
    path = write(tmp_path, written)
    checked = run("check", path)
    assert "terms                  fees (2 rows)" in checked.out
    made = placement.load(path)
    folder = write_plan(tmp_path / "week.plan", made, placement.solve(made))
    shown = run("show", folder).out
    assert "term fees " in shown
    assert "$2.50" in next(line for line in shown.splitlines() if line.startswith("term fees"))
    told = run("explain", folder, "--job", "a").out
    assert "term fees" in told
    assert "+$5.00" in told
    page = tmp_path / "page.html"
    assert run("report", folder, "-o", page).code == 0
    assert "term fees" in page.read_text()
    assert run("verify", folder).code == 0


@pytest.mark.parametrize("seed", range(3))
def test_a_job_that_may_be_paused(seed: int) -> None:
    """Alone, its bound is its cost: it pays once for beginning and for the hours of its work, and for what it holds."""
    rng = np.random.default_rng(seed)
    rows = [
        {"usd_per_run": float(rng.uniform(-2, 5))},
        {"usd_per_run": 3.0, "until": "2027-06-07T02:00:00Z"},
        {"usd_per_accelerator_hour": float(rng.uniform(-0.2, 0.6)), "from": "2027-06-07T03:00:00Z"},
    ]
    wear = {"name": "wear", "usd_per_accelerator_hour": 0.05, "usd_per_hour": float(rng.uniform(0, 4))}
    one = job("a", 4.0, 4, pauses=2, resume_hours=0.25, delay_usd_per_hour=0.2)
    site = cluster(energy_price=[100.0, 900.0, 50.0, 300.0] * 3)
    made = scenario([site], [one], slots=12, terms=[*fees(rows), wear])
    result = placement.solve(made, gap=1e-6, time_limit_s=30, baseline=False)
    assert result.plan is not None
    assert placement.verify(made, result.plan).ok
    assert result.bound_usd == pytest.approx(result.cost_usd, rel=1e-6)


def test_hours_are_those_of_all_segments_whatever_their_shares() -> None:
    """$1 for each of 4 h in slot 0, whether in one run, two halves or a tenth and the rest."""
    wear = [{"name": "wear", "usd_per_accelerator_hour": 0.0, "usd_per_hour": 1.0}]
    for more in ({}, {"segments": 2}, {"segments": 2, "segment_shares": [0.1, 0.9]}):
        one = job("a", 4.0, 4, resume_hours=0.25, pin_start="2027-06-07T00:00:00Z", **more)
        result = placement.solve(scenario(jobs=[one], slots=8, terms=wear))
        assert result.plan is not None
        assert result.plan.costs.set_index("category")["usd"]["term wear"] == pytest.approx(4.0)

"""What more of a limit is worth, against optima of the scenarios in which it is raised."""

import json
import os
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import build
import in_process
import lifting
import numpy as np
import pytest
from click.testing import CliRunner
from oracle.generate import tiny

import placement
from placement import worth
from placement.cli.main import cli
from placement.compile import compile_scenario
from placement.errors import PlacementError
from placement.folder import Stored
from placement.priced import Prices
from placement.raised import Raised, raised
from placement.schema import Scenario
from placement.step import step
from placement.stretches import stretches
from placement.timegrid import timegrid
from placement.worth import PlanExplanation, explain_plan

SEEDS = range(700, 700 + int(os.environ.get("WORTHS", "20")))
EACH = 4
"""Changes of a scenario that are solved."""

CLOSE = 1e-6
KINDS = {
    "power", "source", "battery", "accelerators", "link", "resource", "limit", "module", "flights", "launch limit",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    in_process.use(monkeypatch)


def solved(scenario: Scenario) -> placement.Result:
    return placement.solve(scenario, gap=0.0, time_limit_s=60, baseline=False)


def stored(folder: Path, scenario: Scenario, **how: Any) -> Stored:
    result = placement.solve(scenario, **{"gap": 0.0, "time_limit_s": 60, "baseline": False, **how})
    if result.plan is None:
        pytest.skip("no plan exists")
    return placement.read_plan(placement.write_plan(folder, scenario, result))


def launching(seed: int) -> Scenario:
    """Satellites of which more could fly if more flights, more modules or another launch site were there."""
    rng = np.random.default_rng(seed)
    jobs = [
        build.job(f"j{k}", float(rng.integers(2, 5)), int(rng.integers(2, 5)), reject_usd=float(rng.uniform(40, 400)))
        for k in range(6)
    ]
    sail = {"max": 5, "max_per_period": [1, 2, 1, 1], "usd": float(rng.uniform(5, 20)), "min": int(rng.integers(0, 2))}
    share = {"open_share": 0.5, "flights_per_period": [2, 2, 0, 0]} if rng.random() < 0.5 else {}
    return placement.scenario(
        lifting.document(
            lifting.earth(int(rng.integers(1, 5))),
            lifting.sky(**sail),
            jobs=jobs,
            vehicles=[
                lifting.rocket(usd=float(rng.uniform(10, 60)), **share),
                {
                    "name": "shuttle", "payload_kg": {"sso": 2000.0}, "usd_per_kg": 0.02,
                    "flights_per_year": float(rng.choice([1461.0, 2922.0])),
                },
            ],
            launch_limits=[{"name": "range", "flights_per_period": 1}],
        )
    )  # fmt: skip


def short(seed: int) -> Scenario:
    """Two sites short of room and power, a quota at a penalty, and hours that are to be bought in any case."""
    rng = np.random.default_rng(seed)
    jobs = [
        build.job(f"j{k}", float(rng.integers(1, 4)), int(rng.integers(1, 7)), reject_usd=float(rng.uniform(1, 30)))
        for k in range(7)
    ]
    sites = [
        build.cluster("a", 8, energy_price=60.0, power_limit_mw=float(rng.choice([0.004, 0.006]))),
        build.cluster("b", 6, energy_price=[40.0, 900.0, 300.0, 1500.0, 60.0, 100.0], resources={"seats": 2}),
    ]
    for k, job in enumerate(jobs):
        job["uses"] = {"seats": k % 2} if k < 3 else {}
    least = {"name": "least", "of": "accelerators", "per": "horizon", "over": {"clusters": ["b"]}, "min": 20.0}
    quota = {"name": "quota", "of": "mw", "max": [0.005, 0.009] * 3, "penalty_usd": 2000.0}
    return build.scenario(sites, jobs, slots=6, limits=[least, quota])


def plant(seed: int) -> Scenario:
    """Grid, gas, sun and a battery that together give less than jobs want, and a narrow link."""
    rng = np.random.default_rng(seed)
    jobs = [
        build.job(
            f"j{k}", float(rng.integers(1, 4)), int(rng.integers(1, 7)), reject_usd=float(rng.uniform(1, 30)),
            dataset_tb=float(rng.uniform(0.1, 2.0)) if k % 2 else 0.0,
        )
        for k in range(6)
    ]  # fmt: skip
    sources = [
        {"kind": "grid", "limit_mw": [0.003, 0.006] * 3, "price": 60.0},
        {"kind": "gas", "limit_mw": 0.001, "price": 150.0, "carbon_g_per_kwh": 400.0},
        {"kind": "solar", "mw": 0.002, "capacity_factor": [0.0, 0.5, 1.0, 1.0, 0.5, 0.0]},
        {"kind": "battery", "mw": 0.002, "mwh": 0.002, "initial_mwh": 0.001},
    ]
    link = {"gbps_in": 2.0, "gbps_out": 2.0}
    return build.scenario(
        [build.cluster("b", 12, sources=sources, link=link)], jobs, slots=6, policy={"stage_hours": 2.0}
    )


def drawn(seed: int) -> Scenario:
    """Those that launch, short ones with limits by name, those with plants, and tiny ones of all families, in turn."""
    if seed % 5 == 0:
        return launching(seed)
    if seed % 5 == 1:
        return short(seed)
    if seed % 5 == 2:
        return plant(seed)
    return placement.scenario(tiny(seed))


def chosen(scenario: Scenario, seed: int) -> list[Raised]:
    """Some of its limits raised, of as many kinds as there are."""
    rng = np.random.default_rng(seed)
    by = ("1", "0.5", "30%")[seed % 3]
    every = raised(compile_scenario(scenario), step(by))
    order = [every[k] for k in rng.permutation(len(every))]
    seen = Counter[str]()
    ranked = []
    for change in order:
        ranked.append((seen[change.kind], change))
        seen[change.kind] += 1
    return [change for _, change in sorted(ranked, key=lambda pair: pair[0])[:EACH]]


def close(usd: float) -> float:
    return CLOSE * max(1.0, abs(usd))


@pytest.mark.parametrize("seed", SEEDS)
def test_prices_prove_what_a_raised_limit_saves_at_most(seed: int) -> None:
    """optimum(b + Δ) >= L(λ, b + Δ), with all placements in a model and with those of the plan; no worth is below 0."""
    scenario = drawn(seed)
    now = solved(scenario)
    if now.plan is None:
        pytest.skip("no plan exists")
    compiled = compile_scenario(scenario)
    prices = [Prices(compiled, now.plan, most, np.inf) for most in (10**6, -1)]
    for each in prices:
        assert each.read(compiled).usd <= now.cost_usd + close(now.cost_usd)
    for change in chosen(scenario, seed):
        other = scenario.replace(change.path, change.value())
        then, made = solved(other), compile_scenario(other)
        assert then.plan is not None, change
        own = made.problem.constant_usd - compiled.problem.constant_usd
        if change.relaxes:
            assert then.cost_usd - own <= now.cost_usd + close(now.cost_usd), change
        for each in prices:
            assert then.cost_usd >= each.read(made).usd - close(now.cost_usd), change


def test_a_plan_that_breaks_rules_is_not_explained(tmp_path: Path) -> None:
    scenario = build.scenario([build.cluster(number=4)], [build.job("a", 2.0, 4), build.job("b", 2.0, 4)], slots=4)
    result = placement.solve(scenario, gap=0.0)
    assert result.plan is not None
    made = placement.read_plan(placement.write_plan(tmp_path / "p", scenario, result))
    rows = made.plan.placements.assign(start_grain=0)
    broken = placement.Plan(made.plan.scenario, made.plan.digest, {**made.plan.tables, "placements": rows})
    with pytest.raises(PlacementError, match="the plan breaks rules"):
        placement.explain_plan(replace(made, plan=broken))


def test_every_kind_of_limit_is_raised() -> None:
    kinds, sides = set(), Counter[str]()
    for seed in SEEDS:
        for change in chosen(drawn(seed), seed):
            kinds.add(change.kind)
            sides["less" if change.amount < 0 else "some" if change.when else "all"] += 1
    assert kinds == KINDS
    assert all(sides[name] >= 5 for name in ("less", "some", "all")), sides


@pytest.mark.parametrize("seed", SEEDS[::3])
def test_what_is_printed_holds_the_difference_of_optima(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a plan that is not optimal, in one model and beyond."""
    scenario = drawn(seed)
    plan = stored(tmp_path / "x", scenario, gap=0.3)
    best = solved(scenario).cost_usd
    if seed % 2:
        monkeypatch.setattr(worth, "ONE_MODEL", -1)
    found = explain_plan(plan, by="1", solved=3, work_limit=3, gap=0.0)
    sound(found, plan, best)


def sound(found: PlanExplanation, plan: Stored, best: float) -> None:
    """Prices and worths of an explanation against optima."""
    slack = close(best)
    assert found.priced_usd <= found.bound_usd <= best + slack
    assert best <= found.best_usd + slack <= found.cost_usd + 2 * slack
    assert (found.limits["priced_usd"].diff().dropna() <= slack).all()
    assert found.limits["price_usd"].to_numpy() == pytest.approx(
        (found.limits["priced_usd"] / found.limits["amount"].abs()).to_numpy()
    )
    changes = {(each.path, each.words): each for each in raised(compile_scenario(plan.scenario), step("1"))}
    most_of = found.limits.set_index("limit")["most_usd"]
    for row in found.worths.to_dict("records"):
        change = changes[row["path"], row["limit"]]
        then = solved(plan.scenario.replace(change.path, change.value()))
        worth_usd = best - (then.cost_usd - row["own_usd"])
        assert row["least_usd"] - slack <= worth_usd <= row["most_usd"] + slack
        assert row["most_usd"] <= most_of[row["limit"]] + slack
        assert row["saves_usd"] == pytest.approx(found.best_usd - row["cost_usd"])
        if change.relaxes:
            assert row["least_usd"] >= 0


def test_room_for_one_more_gang_is_worth_its_rejection(tmp_path: Path) -> None:
    """Two gangs of 8 for 12 of 16 hours, room for one: 8 more accelerators let the other in."""
    jobs = [build.job(f"j{k}", 12.0, 8, reject_usd=1000.0) for k in range(2)]
    fixed = [{"category": "accelerators", "usd": 8766.0, "per": "accelerator"}]
    sites = [build.cluster("b", 8, energy_price=10.0, fixed_costs=fixed)]
    plan = stored(tmp_path / "x", build.scenario(sites, jobs, slots=16, policy={"tails": False}))
    found = explain_plan(plan, by="8", solved=1, work_limit=10)
    (row,) = found.limits.to_dict("records")
    assert row["limit"] == "8 more accelerators in b/h100-sxm"
    assert row["path"] == "clusters.b.pools.h100-sxm.number"
    assert row["own_usd"] == pytest.approx(8 * 16.0)  # 1 $ per accelerator-hour, however it is used
    (solution,) = found.worths.to_dict("records")
    usd = 1000.0 - 12 * 8 * 0.01
    assert solution["saves_usd"] == pytest.approx(usd)
    assert solution["least_usd"] == pytest.approx(usd, rel=1e-5)
    assert solution["most_usd"] == pytest.approx(usd, rel=1e-5)
    one = explain_plan(plan, by="1", solved=1, work_limit=10)
    (row,) = one.limits.to_dict("records")
    assert row["price_usd"] > 0  # an eighth of a gang has a price
    (solution,) = one.worths.to_dict("records")
    assert solution["saves_usd"] == pytest.approx(0.0, abs=1e-6)  # and is worth nothing
    assert solution["most_usd"] == pytest.approx(0.0, abs=0.01)


def test_power_is_told_by_days(tmp_path: Path) -> None:
    """Power is short on the first of three days only."""
    jobs = [build.job(f"j{k}", 24.0, 4, reject_usd=50.0, pin_start=build.START) for k in range(4)]
    sites = [build.cluster("b", 16, energy_price=10.0, power_limit_mw=0.008)]
    plan = stored(tmp_path / "x", build.scenario(sites, jobs, slots=72))
    found = explain_plan(plan, by="0.004", solved=2, work_limit=10)
    assert found.limits["limit"].tolist() == [
        "0.004 more MW of power at b", "0.004 more MW of power at b, 2027-06-07",
    ]  # fmt: skip
    assert found.limits["binds"].to_numpy() == pytest.approx([1 / 3, 1.0])
    assert found.worths["saves_usd"].to_numpy() == pytest.approx(50.0 - 24 * 4 * 0.01)
    assert found.worths["least_usd"].to_numpy() == pytest.approx(found.worths["most_usd"].to_numpy(), rel=1e-4)


def test_the_same_each_time(tmp_path: Path) -> None:
    plan = stored(tmp_path / "x", short(3), gap=0.2)
    first, second = (explain_plan(plan, solved=1, work_limit=5) for _ in range(2))
    assert first.limits.equals(second.limits)
    assert first.worths.equals(second.worths)


def test_stretches_have_the_words_of_their_length() -> None:
    def words(**horizon: Any) -> list[str]:
        made = build.scenario(horizon=horizon, slots=horizon.pop("slots"))
        return [stretch.words for stretch in stretches(timegrid(made.horizon))]

    assert words(slots=48) == ["2027-06-07", "2027-06-08"]
    assert words(slots=24) == [""]
    assert words(slots=4, slot="quarter", start="2029-01-01T00:00:00Z")[1] == "2029 Q2"
    assert words(slots=30, slot="month", start="2029-01-01T00:00:00Z")[1] == "2029-02"
    assert words(slots=80, slot="quarter", start="2029-01-01T00:00:00Z", period_slots=4)[1] == "2030"
    assert words(slots=70, slot="day", start="2029-01-01T00:00:00Z")[1] == "2029-01-08 to 2029-01-14"
    assert words(slots=36, start="2029-01-01T06:00:00Z")[1] == "2029-01-02 06:00 to 18:00"


def test_wrong_arguments_are_told(tmp_path: Path) -> None:
    plan = stored(tmp_path / "x", build.scenario())
    for by in (0, "x", "0%", "-1", "nan", "", True):
        with pytest.raises(PlacementError, match="must be above 0: a number of units, such as 5"):
            explain_plan(plan, by=by)
    with pytest.raises(PlacementError, match="solve is -1, but must be at least 0"):
        explain_plan(plan, solved=-1)
    with pytest.raises(PlacementError, match="time_limit_s is 0"):
        explain_plan(plan, time_limit_s=0)


def test_the_command_says_the_same(tmp_path: Path) -> None:
    stored(tmp_path / "x.plan", short(1))
    run = CliRunner()
    arguments = ["explain", str(tmp_path / "x.plan"), "--solve", "1", "--work-limit", "5"]
    shown = run.invoke(cli, arguments)
    assert shown.exit_code == 0, shown.output
    assert "A price says what one more is worth at most, up to the gap" in " ".join(shown.output.split())
    assert "worth at least" in shown.output
    assert "  clusters.a.power_limit_mw" in shown.output
    assert max(map(len, shown.output.splitlines())) <= 100
    found = json.loads(run.invoke(cli, [*arguments, "--json"]).output)
    assert found["limits"][0]["price_usd"] > 0
    assert found["worths"][0]["least_usd"] <= found["worths"][0]["most_usd"]
    for wrong, code in ((["--by", "0"], 1), (["--by", "x"], 1), (["--solve", "-1"], 2), (["--time-limit", "0"], 2)):
        said = run.invoke(cli, [*arguments[:2], *wrong])
        assert said.exit_code == code
        assert said.output.count("Error") + said.output.count("by is") == 1, said.output
    both = run.invoke(cli, [*arguments[:2], "--job", "j0", "--by", "2"])
    assert both.exit_code == 2
    assert "--by is for limits, and --job asks for a job." in both.output


def test_a_plan_without_scarcity_has_no_prices(tmp_path: Path) -> None:
    stored(tmp_path / "x.plan", build.scenario())
    shown = CliRunner().invoke(cli, ["explain", str(tmp_path / "x.plan")])
    assert shown.exit_code == 0, shown.output
    assert "No limit binds or has a price" in shown.output

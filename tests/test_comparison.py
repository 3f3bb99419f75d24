"""How two plans differ, counted by hand and by what must add up."""

import json
from pathlib import Path
from typing import Any

import build
import in_process
import lifting
import numpy as np
import pytest
import yaml
from click.testing import CliRunner
from oracle.generate import tiny

import placement
from placement.cli.compare import _lines
from placement.cli.main import cli
from placement.comparison import NOWHERE, TABLES
from placement.errors import PlacementError
from placement.folder import Stored

PRICES = {"a": [10.0] * 24, "b": [10.0] * 12 + [500.0] * 12}


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    in_process.use(monkeypatch)


def stored(folder: Path, scenario: placement.Scenario, **how: Any) -> Stored:
    result = placement.solve(scenario, **{"gap": 0.0, "time_limit_s": 60, **how})
    return placement.read_plan(placement.write_plan(folder, scenario, result))


def two_sites(energy: dict[str, Any] | None = None, **more: Any) -> placement.Scenario:
    """Four units of a job of 2 h, two of one of 6 h; a has room for two at once and is dearer than b."""
    prices = {"a": 200.0, "b": 20.0, **(energy or {})}
    jobs = [
        build.job("short", 2.0, 4, count=4, reject_usd=1e6, delay_usd_per_hour=1e-3),
        build.job("long", 6.0, 4, count=2, reject_usd=1e6, delay_usd_per_hour=1e-3),
    ]
    clusters = [build.cluster(name, 8, energy_price=price) for name, price in prices.items()]
    return build.scenario(clusters, more.pop("jobs", jobs), slots=12, **more)


def records(frame: Any) -> list[dict[str, Any]]:
    return frame.to_dict("records")


def test_a_plan_is_the_same_as_itself(tmp_path: Path) -> None:
    plan = stored(tmp_path / "x", two_sites())
    found = placement.compare(plan, plan)
    assert found.same
    assert not len(found.changes)
    assert not len(found.jobs)
    assert not len(found.moves)
    assert (found.costs["change"] == 0).all()
    assert (found.headline["change"].dropna() == 0).all()
    low, high = found.optima
    assert low <= 0 <= high


def test_where_the_other_site_becomes_cheap_everything_moves_there(tmp_path: Path) -> None:
    before, after = stored(tmp_path / "x", two_sites()), stored(tmp_path / "y", two_sites({"a": 1.0}))
    found = placement.compare(before, after)
    assert records(found.changes) == [{"path": "clusters.a.energy_price", "before": 200.0, "after": 1.0}]
    assert {(row["before"], row["after"]) for row in records(found.moves)} == {("b", "a")}
    assert found.moves["units"].sum() == 6
    assert found.moves["hours"].sum() == 4 * 2 * 4 + 2 * 6 * 4
    jobs = {row["job"]: row for row in records(found.jobs)}
    assert [jobs["short"][key] for key in ("count", "same", "shifted", "moved", "gained", "lost")] == [4, 0, 0, 4, 0, 0]
    assert list(found.jobs["job"]) == ["long", "short"]  # by the work that differs
    low, high = found.optima
    assert high < 0
    change = found.headline.set_index("what")["change"]
    assert low - 1e-6 <= change["cost_usd"] <= high + 1e-6


def test_what_is_turned_away_and_what_gets_in(tmp_path: Path) -> None:
    jobs = [build.job("x", 12.0, 8, count=3, reject_usd=1e4)]
    before = stored(tmp_path / "x", two_sites(jobs=jobs))
    one = build.scenario([build.cluster("b", 8, energy_price=20.0)], jobs, slots=12)
    after = stored(tmp_path / "y", one)
    found = placement.compare(before, after)
    assert [(row["before"], row["after"], row["units"]) for row in records(found.moves)] == [("a", NOWHERE, 1)]
    assert [found.jobs.iloc[0][key] for key in ("same", "shifted", "moved", "gained", "lost")] == [1, 0, 0, 0, 1]
    back = placement.compare(after, before)
    assert [(row["before"], row["after"], row["units"]) for row in records(back.moves)] == [(NOWHERE, "a", 1)]
    assert back.jobs.iloc[0]["gained"] == 1
    assert "clusters.a" in set(found.changes["path"])
    gone = found.changes.set_index("path").loc["clusters.a"]
    assert gone["after"] is None
    assert gone["before"]["name"] == "a"


def test_another_time_at_the_same_place_is_a_shift(tmp_path: Path) -> None:
    def at(hour: int) -> placement.Scenario:
        job = build.job("x", 2.0, 4, count=2, pin_start=f"2027-06-07T{hour:02d}:00:00Z", pin_cluster="b")
        return two_sites(jobs=[job])

    found = placement.compare(stored(tmp_path / "x", at(3)), stored(tmp_path / "y", at(5)))
    assert [found.jobs.iloc[0][key] for key in ("same", "shifted", "moved")] == [0, 2, 0]
    assert not len(found.moves)
    assert "jobs (rows with other values)" in set(found.changes["path"])


def test_jobs_of_one_scenario_alone_count_as_placed_and_not(tmp_path: Path) -> None:
    one = two_sites(jobs=[build.job("x", 2.0, 4), build.job("y", 2.0, 4)])
    other = two_sites(jobs=[build.job("y", 2.0, 4), build.job("z", 2.0, 4)])
    found = placement.compare(stored(tmp_path / "x", one), stored(tmp_path / "y", other))
    jobs = {row["job"]: row for row in records(found.jobs)}
    assert jobs["x"]["lost"] == 1
    assert jobs["z"]["gained"] == 1
    row = found.changes.set_index("path").loc["jobs (rows of one alone)"]
    assert (row["before"], row["after"]) == (1, 1)


def test_builds_and_flights_stand_side_by_side(tmp_path: Path) -> None:
    made = placement.scenario(lifting.document())
    dear = made.replace(lifting.PRICE, 150.0)
    found = placement.compare(stored(tmp_path / "x", made), stored(tmp_path / "y", dear))
    assert [(row["vehicle"], row["before"], row["after"]) for row in records(found.launches)] == [("rocket", 1, 0)]
    assert [(row["module"], row["change"]) for row in records(found.builds)] == [("sail", -1)]
    share = found.headline.set_index("what").loc["orbital_share"]
    assert (share["before"], share["after"]) == (1.0, 0.0)
    assert list(found.changes["path"]) == [lifting.PRICE]


@pytest.mark.parametrize("seed", range(500, 530))
def test_what_must_add_up_does(seed: int, tmp_path: Path) -> None:
    """Two plans of a random scenario, the second with dearer rejections and another seed."""
    made = placement.scenario(tiny(seed))
    first = placement.solve(made, gap=0.5, time_limit_s=60)
    second = placement.solve(made, gap=0.0, time_limit_s=60, baseline=False)
    if first.plan is None or second.plan is None:
        pytest.skip("no plan exists")
    before, after = (
        placement.read_plan(placement.write_plan(tmp_path / name, made, result))
        for name, result in (("x", first), ("y", second))
    )
    found = placement.compare(before, after)
    placed = [each.plan.jobs.set_index("job")["placed"] for each in (before, after)]
    for row in records(found.jobs):
        stay = row["same"] + row["shifted"] + row["moved"]
        assert stay + row["lost"] == placed[0][row["job"]]
        assert stay + row["gained"] == placed[1][row["job"]]
        assert min(row["lost"], row["gained"]) == 0
    others = set(found.jobs["job"])
    assert all(placed[0][job] == placed[1][job] for job in placed[0].index if job not in others)
    for when, plan in (("before", before), ("after", after)):
        checked = placement.verify(made, plan.plan)
        of_plan = plan.plan.costs.groupby(["category", "cluster"])["usd"].sum()
        mine = found.costs.set_index(["category", "cluster"])[when]
        assert mine.reindex(of_plan.index).to_numpy() == pytest.approx(of_plan.to_numpy(), abs=1e-9)
        assert mine.sum() == pytest.approx(of_plan.sum(), abs=1e-6)
        headline = found.headline.set_index("what")
        assert headline.loc["cost_usd", when] == pytest.approx(checked.cost_usd, rel=1e-9, abs=0.01)
        assert headline.loc["units_placed", when] == plan.plan.jobs["placed"].sum()
    moved = found.moves
    gone = moved[moved["after"] == NOWHERE]["units"].sum() - moved[moved["before"] == NOWHERE]["units"].sum()
    assert gone == placed[0].sum() - placed[1].sum()
    low, high = found.optima
    assert low <= 1e-6
    assert high >= -1e-6


def test_series_of_files_that_differ_are_told_and_make_two_scenarios(tmp_path: Path) -> None:
    def made(factor: float) -> placement.Scenario:
        lines = "".join(f"{factor * 40 * (1 + t % 3)}\n" for t in range(12))
        (tmp_path / "price.csv").write_text("usd\n" + lines, encoding="utf-8")
        jobs = [build.job("x", 2.0, 4, reject_usd=1e6)]
        document = build.document(
            [build.cluster("a", 8, energy_price={"file": "price.csv", "column": "usd"})], jobs, slots=12
        )
        (tmp_path / "s.yaml").write_text(yaml.safe_dump(document), encoding="utf-8")
        return placement.load(tmp_path / "s.yaml")

    before, after = stored(tmp_path / "x", made(1.0)), stored(tmp_path / "y", made(2.0))
    found = placement.compare(before, after)
    assert not found.one_scenario
    assert not found.same
    (row,) = records(found.changes)
    assert (row["before"], row["after"]) == (80.0, 160.0)
    assert "mean of its values" in row["path"]
    assert placement.compare(before, before).one_scenario


def test_the_command_says_it_of_plans_that_break_rules_and_where_nothing_is_proven(tmp_path: Path) -> None:
    before, after = stored(tmp_path / "x", two_sites()), stored(tmp_path / "y", two_sites({"a": 1.0}))
    run = CliRunner()
    shown = run.invoke(cli, ["compare", str(tmp_path / "x"), str(tmp_path / "y")])
    assert shown.exit_code == 0
    assert "So the change is proven, whatever the gaps." in shown.output
    assert "breaks rules" not in shown.output
    assert "The plans are the same." in run.invoke(cli, ["compare", *[str(tmp_path / "x")] * 2]).output
    assert run.invoke(cli, ["compare", *[str(tmp_path / "x")] * 2, "--table", "nothing"]).exit_code == 1
    found = json.loads(run.invoke(cli, ["compare", str(tmp_path / "x"), str(tmp_path / "y"), "--json"]).output)
    assert found["one_scenario"] is False
    assert found["moves"][0]["before"] == "b"
    broken = Stored(before.scenario, after.plan, after.summary)
    assert placement.compare(broken, after).hold == (False, True)
    unproven = Stored(after.scenario, after.plan, {**after.summary, "bound_usd": None})
    lines = "\n".join(_lines(placement.compare(before, unproven), "x", "y"))
    assert "By their bounds" not in lines


def test_dollars_of_two_years_are_not_compared(tmp_path: Path) -> None:
    one = stored(tmp_path / "x", two_sites())
    other = stored(tmp_path / "y", two_sites(money={"price_year": 2024}))
    with pytest.raises(PlacementError, match=r"money.price_year is .* in the first plan and 2024 in the second"):
        placement.compare(one, other)


def test_tables_are_all_there_and_numbers_are_finite(tmp_path: Path) -> None:
    found = placement.compare(stored(tmp_path / "x", two_sites()), stored(tmp_path / "y", two_sites({"a": 1.0})))
    for name in TABLES:
        assert hasattr(found, name)
    assert np.isfinite(found.clusters.select_dtypes("number").to_numpy()).all()

"""Two plans as a page: figures say what `compare` says; and what limits are worth, as `explain` says."""

from pathlib import Path
from typing import Any

import build
import in_process
import pytest
from click.testing import CliRunner
from reporting_names import SCRIPT

import placement
from placement.cli.main import cli
from placement.folder import Stored
from placement.reporting import drawing, report
from placement.reporting.difference import difference
from placement.reporting.page import MARK


@pytest.fixture(scope="module")
def plans(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A plan, and the one after power became dear at the first site and a quota was set."""
    folder = tmp_path_factory.mktemp("two")
    jobs = [build.job(f"{SCRIPT} {n}", 1.0 + n, 2 + n, count=2, reject_usd=40.0 + n) for n in range(5)]
    paths = []
    for n, (price, most) in enumerate([(20.0, 14), (900.0, 6)]):
        scenario = build.scenario(
            [build.cluster("a", 8, energy_price=price), build.cluster("b", 8, energy_price=100.0)], jobs, slots=12,
            limits=[{"name": "<quota>", "of": "accelerators", "per": "slot", "max": most}],
        )  # fmt: skip
        with pytest.MonkeyPatch.context() as patch:
            in_process.use(patch)
            result = placement.solve(scenario, gap=1e-6)
        paths.append(placement.write_plan(folder / f"{n}.plan", scenario, result))
    return paths[0], paths[1]


@pytest.fixture(scope="module")
def both(plans: tuple[Path, Path]) -> tuple[Stored, Stored]:
    return placement.read_plan(plans[0]), placement.read_plan(plans[1])


def test_figures_say_what_the_tables_say(both: tuple[Stored, Stored]) -> None:
    found, told = placement.compare(*both), difference(*both)
    assert [figure.name for figure in told.figures] == ["cost-change", "hours-change", "moves", "limits-change"]
    costs = told.figure("cost-change").tables["costs"]
    assert costs["change"].sum() == pytest.approx(found.costs["change"].sum())
    hours = told.figure("hours-change").tables["clusters"]
    assert hours["hours_change"].sum() == pytest.approx(found.clusters["delivered_hours_change"].sum())
    assert told.figure("moves").tables["moves"]["units"].sum() == found.moves["units"].sum() > 0
    limits = told.figure("limits-change").tables["limits"]
    assert limits["used_after"].tolist() == [100.0]
    for figure in told.figures:
        assert drawing.svg(figure.chart()).count("<path") > 3


def test_plans_that_are_the_same_have_no_figure(both: tuple[Stored, Stored]) -> None:
    told = difference(both[0], both[0])
    assert told.figures == ()
    assert "They do the same at the same cost." in told.lines
    assert told.html().startswith(MARK)


def test_the_command_writes_a_page(plans: tuple[Path, Path], tmp_path: Path) -> None:
    page = tmp_path / "two.html"
    done = CliRunner().invoke(cli, ["compare", *map(str, plans), "-o", str(page), "--figures", str(tmp_path / "f")])
    assert done.exit_code == 0, done.output
    assert done.output.splitlines()[0].startswith(f"{page}: 4 figures")
    text = page.read_text(encoding="utf-8")
    assert text.startswith(MARK)
    assert SCRIPT not in text
    assert len(list((tmp_path / "f").iterdir())) == 4


def test_what_limits_are_worth_is_told(both: tuple[Stored, Stored], monkeypatch: pytest.MonkeyPatch) -> None:
    in_process.use(monkeypatch)
    worth = placement.explain_plan(both[1], solved=1, work_limit=50)
    told = report(both[1], worth)
    prices = told.figure("prices").tables["prices"]
    assert prices["limit"].tolist() == worth.limits["limit"].tolist()
    assert any("<quota>" in name for name in prices["limit"])
    worths: Any = told.figure("worths").tables["worths"]
    assert worths["least_usd"].iloc[0] <= worths["saves_usd"].iloc[0] + 1e-6 <= worths["most_usd"].iloc[0] + 2e-6
    for name in ("prices", "worths"):
        assert drawing.svg(told.figure(name).chart()).count("<path") > 2
    assert "prices" not in {figure.name for figure in report(both[1]).figures}

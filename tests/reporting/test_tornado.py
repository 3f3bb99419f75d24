"""The tornado: bars are the rows of the points, the widest on top, each end with the value of its input."""

from pathlib import Path
from typing import Any

import build
import in_process
import lifting
import numpy as np
import pandas as pd
import pytest
from lifting import PRICE, RENT

import placement
from placement import design, sweeping
from placement.design import Axis
from placement.reporting import drawing
from placement.reporting.figures.points import shown
from placement.reporting.sweep import sweep_report
from placement.swept import Solving, Sweep

SAIL, CARBON = "clusters.sky.modules.sail.usd", "policy.carbon_usd_per_t"
AXES = [Axis((SAIL,), (10.0, 25.0)), Axis((PRICE,), (50.0, 150.0)), Axis((RENT,), (9.0, 20.0)), Axis((CARBON,), (0, 5))]
BASE = [20.0, 90.0, 10.0, 0.0]


def turned(folder: Path, axes: list[Axis], base: list[float], **more: Any) -> Sweep:
    with pytest.MonkeyPatch.context() as patch:
        in_process.use(patch)
        scenario = placement.scenario(lifting.document(**more))
        made = design.one_at_a_time(axes, base)
        return sweeping.sweep(scenario, made, folder, solving=Solving(gap=1e-6), workers=1)


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Sweep:
    return turned(tmp_path_factory.mktemp("tornado") / "s", AXES, BASE)


def of(table: pd.DataFrame, panel: str) -> pd.DataFrame:
    return table[table["panel"] == panel].reset_index(drop=True)


def test_numbers_are_those_of_the_points(swept: Sweep) -> None:
    """Orbit costs sail + flight, 110 at the base; Earth 12 times the rent."""
    table = sweep_report(swept).figure("tornado").tables["tornado"]
    cost, points = of(table, "cost_usd"), swept.points
    assert set(table["panel"]) == set(shown(swept))
    for row in cost.to_dict("records"):
        others = {axis.name: base for axis, base in zip(AXES, BASE, strict=True)} | {row["input"]: row["at"]}
        at = points[np.logical_and.reduce([points[name] == value for name, value in others.items()])]
        assert at["cost_usd"].tolist() == [row["value"]]
        assert row["base"] == points["cost_usd"][0] == pytest.approx(110.0)
        assert row["change"] == row["value"] - row["base"]
    ends = {(row["input"], row["end"]): row["value"] for row in cost.to_dict("records")}
    assert {key: round(value, 6) for key, value in ends.items()} == {
        (SAIL, "low"): 100, (SAIL, "high"): 115, (PRICE, "low"): 70, (PRICE, "high"): 120, (RENT, "low"): 108,
        (RENT, "high"): 110, (CARBON, "low"): 110, (CARBON, "high"): 110,
    }  # fmt: skip


def test_the_widest_is_on_top_and_its_ends_say_the_inputs(swept: Sweep) -> None:
    figure = sweep_report(swept).figure("tornado")
    cost = of(figure.tables["tornado"], "cost_usd")
    assert list(dict.fromkeys(cost["input"])) == [PRICE, SAIL, RENT, CARBON]
    assert cost["width"].round(6).tolist() == [50, 50, 15, 15, 2, 2, 0, 0]
    assert cost["left"].tolist() == ["50", "", "10", "", "9", "", "0", ""]
    assert cost["right"].tolist() == ["", "150", "", "25", "", "20", "", "5"]
    assert cost["top"].tolist().count("base") == 1
    layers = figure.spec()["layer"]
    assert [layer["mark"]["type"] for layer in layers[:3]] == ["bar", "rule", "text"]
    assert layers[0]["encoding"]["y"]["sort"] == {"field": "width", "op": "max", "order": "descending"}
    panel = next(panel for panel in figure.panels if panel.key == "cost_usd")
    drawn = drawing.svg(figure.chart(panel))
    assert all(word in drawn for word in (PRICE, ">50<", ">150<", ">base<", ">cost, $<"))


def test_an_end_that_is_as_the_base_stands_where_there_is_room(swept: Sweep) -> None:
    """All is in orbit at the base, and no more can be."""
    share = of(sweep_report(swept).figure("tornado").tables["tornado"], "orbital_share")
    price = share[share["input"] == PRICE]
    assert price["value"].tolist() == [0.0, 100.0]
    assert (price["left"].tolist(), price["right"].tolist()) == (["150", ""], ["", "50"])


def test_two_ends_that_are_alike_share_a_label(tmp_path: Path) -> None:
    """A base of 90 between 120 and 150 dollars: Earth at both."""
    found = turned(tmp_path / "s", [Axis((PRICE,), (120.0, 150.0))], [90.0])
    cost = of(sweep_report(found).figure("tornado").tables["tornado"], "cost_usd")
    assert cost["value"].round(6).tolist() == [120, 120]
    assert sorted(cost["right"]) == ["", "120, 150"]


def test_without_a_base_there_is_no_tornado_and_a_grid_has_none(tmp_path: Path, swept: Sweep) -> None:
    """The job must run on Earth, and at the base there is no room."""
    names = [figure.name for figure in sweep_report(swept).figures]
    assert names == ["tornado"]
    jobs = [build.job("a", 3.0, 4, must_run=True, clusters=["earth"])]
    number = "clusters.earth.pools.h100-sxm.number"
    none = turned(tmp_path / "s", [Axis((number,), (4.0, 8.0)), Axis((PRICE,), (50.0, 60.0))], [2.0, 90.0], jobs=jobs)
    assert none.points["status"].tolist()[0] == "infeasible"
    assert sweep_report(none).figures == ()
    with pytest.MonkeyPatch.context() as patch:
        in_process.use(patch)
        made = design.grid([Axis((PRICE,), (50.0, 150.0)), Axis((RENT,), (9.0,))])
        grid = sweeping.sweep(swept.scenario, made, tmp_path / "grid", workers=1)
    assert [figure.name for figure in sweep_report(grid).figures] == ["maps", "drivers"]

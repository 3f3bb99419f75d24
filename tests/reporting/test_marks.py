"""Marks on slices and maps: where they are drawn, and what is said of those that cannot be."""

import json
import re
from pathlib import Path

import in_process
import lifting
import pytest
from click.testing import CliRunner
from lifting import PRICE

import placement
from placement import design, sweeping
from placement.cli.main import cli
from placement.design import Axis
from placement.errors import PlacementError
from placement.reporting import drawing
from placement.reporting.figures.points import Mark, shown
from placement.reporting.sweep import sweep_report
from placement.swept import Solving, Sweep

SAIL = Axis(("clusters.sky.modules.sail.usd",), (30.0, 10.0, 20.0))
FLIGHT = Axis((PRICE,), (10.0, 100.0), log=True)


def made(folder: Path, grid: design.Design) -> Sweep:
    with pytest.MonkeyPatch.context() as patch:
        in_process.use(patch)
        scenario = placement.scenario(lifting.document())
        return sweeping.sweep(scenario, grid, folder / "s.sweep", solving=Solving(gap=1e-6), workers=1)


@pytest.fixture(scope="module")
def over_two(tmp_path_factory: pytest.TempPathFactory) -> Sweep:
    return made(tmp_path_factory.mktemp("marks"), design.grid([SAIL, FLIGHT]))


def test_on_a_map_they_lie_between_the_middles_of_cells_in_logarithms_where_the_input_is(over_two: Sweep) -> None:
    marks = [Mark("corner", (10.0, 10.0)), Mark("between", (25.0, 10.0**1.5)), Mark("end", (30.0, 100.0))]
    figure = sweep_report(over_two, marks).figure("maps")
    assert figure.tables["marks"].to_dict("list") == {
        "name": ["corner", "between", "end"], "x": [0.0, 1.5, 2.0], "y": [0.0, pytest.approx(0.5), 1.0],
    }  # fmt: skip
    drawn = drawing.svg(figure.chart(figure.panels[0]))
    assert drawn.count(">between<") == 2  # once as its own outline
    ends = re.findall(r'text-anchor="(start|end)"[^>]*>(corner|between|end)<', drawn)
    assert set(ends) == {("start", "corner"), ("end", "between"), ("end", "end")}  # on the side where there is room


@pytest.mark.parametrize("points", [design.grid([SAIL]), design.scan(SAIL)], ids=["grid", "scan"])
def test_along_one_input_they_lie_at_its_values(tmp_path: Path, points: design.Design) -> None:
    """Also along the values that `breakeven` keeps."""
    figure = sweep_report(made(tmp_path, points), [Mark("now", (17.0,))]).figure("slices")
    assert figure.tables["marks"].to_dict("list") == {"name": ["now"], "x": [17.0]}
    assert ">now<" in drawing.svg(figure.chart(figure.panels[0]))


def test_without_marks_nothing_is_drawn_of_them(over_two: Sweep) -> None:
    figure = sweep_report(over_two).figure("maps")
    assert not len(figure.tables["marks"])
    assert '"marks"' not in json.dumps(figure.chart(figure.panels[0])["layer"])


@pytest.mark.parametrize(
    ("mark", "said"),
    [
        (Mark("far", (31.0, 10.0)), "mark 'far' is at 31 of .*sail.usd. Give a value from 10 to 30"),
        (Mark("one", (20.0,)), "mark 'one' has 1 values. Give 2: one of each input"),
    ],
)
def test_what_cannot_be_drawn_is_said(over_two: Sweep, mark: Mark, said: str) -> None:
    with pytest.raises(PlacementError, match=said):
        sweep_report(over_two, [mark])


def test_a_year_comes_first(over_two: Sweep, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(PlacementError, match=r"share in orbit of 2027\. Leave it out"):
        shown(over_two, 2027)
    rising = range(len(over_two.points))
    table = over_two.points.assign(**{f"orbital_share_{year}": rising for year in range(2027, 2047)})
    monkeypatch.setattr(Sweep, "points", property(lambda _: table))
    assert next(iter(shown(over_two))) == "orbital_share"
    assert next(iter(shown(over_two, 2036))) == "orbital_share_2036"
    with pytest.raises(PlacementError, match=r"no point tells the share in orbit of 2099\. Take one of 2027 to 2046"):
        shown(over_two, 2099)


def test_samples_have_no_place_for_them(tmp_path: Path) -> None:
    with pytest.raises(PlacementError, match="along one input or over a grid of two"):
        sweep_report(
            made(tmp_path, design.sample([Axis(SAIL.paths, (10.0, 30.0)), FLIGHT], "sobol", 2, 0)),
            [Mark("a", (20.0, 20.0))],
        )


def test_the_command_takes_them(over_two: Sweep, tmp_path: Path) -> None:
    page, run = tmp_path / "page.html", CliRunner()
    found = run.invoke(cli, ["report", str(over_two.folder), "-o", str(page), "--mark", "today=12,50"])
    assert found.exit_code == 0, found.output
    assert "today" in page.read_text(encoding="utf-8")
    for text in ("today", "=12,50", "today=12,x", "today=nan,2", "today="):
        found = run.invoke(cli, ["report", str(over_two.folder), "-o", str(page), "--mark", text])
        assert found.exit_code == 2
        assert f"'{text}' is not a mark. Write a name and a value of each input" in " ".join(found.output.split())

"""Published figures come out again from their own inputs, and a study of one's own is read with care."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from placement import study
from placement.cli.main import cli
from placement.errors import ScenarioError

ROWS = [(name, index) for name in study.names() for index in range(len(study.shipped(name).rows))]
OWN = """title: mine
source: a letter
rows:
  - {what: power, formula: power_usd_per_kw_year, inputs: {usd_per_kwh: 0.05, pue: 1.2}, printed: 525.6}
"""


@pytest.mark.parametrize(("name", "index"), ROWS, ids=lambda value: str(value))
def test_it_comes_out_as_published(name: str, index: int) -> None:
    found = study.shipped(name)
    line = study.run(found)[index]
    assert line.agrees, f"{found.source}: {line.row.what} is {line.computed:g}, printed {line.row.printed:g}"


def test_no_tolerance_hides_a_wrong_formula() -> None:
    """A figure that may be off by more than 4 % says why."""
    for name in study.names():
        for row in study.shipped(name).rows:
            assert row.tolerance <= 0.04 or row.note is not None, row.what


def test_a_study_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(OWN)
    done = CliRunner().invoke(cli, ["study", str(path)])
    assert done.exit_code == 0
    assert "525.6" in done.output
    path.write_text(OWN.replace("525.6", "600"))
    done = CliRunner().invoke(cli, ["study", str(path)])
    assert done.exit_code == 1
    assert "-12.40 %" in done.output


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("power_usd_per_kw_year", "power_usd_per_kw_yaer", 4, "Did you mean 'power_usd_per_kw_year'?"),
        ("pue: 1.2", "pu: 1.2", 4, "takes no 'pu'. Did you mean 'pue'?"),
        (", pue: 1.2", "", 4, "needs pue."),
        ("printed: 525.6", "printed: 0", 4, "printed is 0"),
        ("printed: 525.6", "printed: often", 4, "printed"),
        ("title: mine", "titel: mine", 1, "Did you mean 'title'?"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, old: str, new: str, line: int, words: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(OWN.replace(old, new))
    with pytest.raises(ScenarioError) as caught:
        study.load(path)
    assert any(f"mine.yaml:{line}" in p.place and words in str(p) for p in caught.value.problems)


def test_an_unknown_study_names_the_nearest() -> None:
    done = CliRunner().invoke(cli, ["study", "starcloud-2025"])
    assert done.exit_code == 1
    assert "Did you mean 'starcloud-2024'?" in done.output


@pytest.mark.parametrize("name", ["", *study.names()])
def test_it_reads_well_at_80_columns(name: str) -> None:
    done = CliRunner().invoke(cli, ["study", name] if name else ["study"])
    assert done.exit_code == 0
    assert max(len(line) for line in done.output.splitlines()) <= 80

"""Published figures come out again from their own inputs, and a study of one's own is read with care."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner

from placement import study
from placement.cli.main import cli
from placement.errors import ScenarioError
from placement.formulae import FORMULAE, work_out

ROWS = [(name, index) for name in study.names() for index in range(len(study.shipped(name).rows))]
TWO = {"what": "two", "formula": "total", "inputs": {"one": 1.0, "other": 1.0}}
OWN = """title: mine
source: a letter
rows:
  - {what: power, formula: power_usd_per_kw_year, inputs: {usd_per_kwh: 0.05, pue: 1.2}, printed: 525.6}
"""


@pytest.mark.parametrize(("name", "index"), ROWS, ids=lambda value: str(value))
def test_it_comes_out_as_published(name: str, index: int) -> None:
    found = study.shipped(name)
    line = study.line(found.rows[index])
    assert line.agrees, f"{found.source}: {line.row.what} is {line.computed:g}, printed {line.row.printed:g}"


def test_no_tolerance_hides_a_wrong_formula() -> None:
    """A figure that may be off by more than 4 % says why; one of two digits may be by a unit of the second."""
    for name in study.names():
        for row in study.shipped(name).rows:
            last = 10.0 ** Decimal(f"{row.printed:.2g}").as_tuple().exponent
            assert row.allowed <= max(0.04 * abs(row.printed), last) or row.note is not None, f"{name}: {row.what}"


def test_each_row_is_there_once() -> None:
    for name in study.names():
        keys = [(row.formula, row.pick, tuple(row.inputs.items())) for row in study.shipped(name).rows]
        assert len(keys) == len(set(keys)), name


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
        ("525.6", "525.6, tolerance: 0.01, within: 2", 4, "`tolerance` and `within` both"),
        ("525.6", "525.6, within: 0", 4, "within"),
        ("525.6", "525.6, pick: usd", 4, "yields no 'usd'. Leave `pick` out."),
        ("power_usd_per_kw_year", "eclipses", 4, "no `pick`. Pick one of sunlit_percent, days, longest_minutes."),
        ("power_usd_per_kw_year", "eclipses, pick: day", 4, "yields no 'day'. Did you mean 'days'?"),
        ("power_usd_per_kw_year", "per_product", 4, "needs numerator."),
        ("title: mine", "titel: mine", 1, "Did you mean 'title'?"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, old: str, new: str, line: int, words: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(OWN.replace(old, new))
    with pytest.raises(ScenarioError) as caught:
        study.load(path)
    assert any(f"mine.yaml:{line}" in p.place and words in str(p) for p in caught.value.problems)


@pytest.mark.parametrize(
    ("formula", "inputs", "words"),
    [
        ("capital_recovery", "{rate: 0, years: 0}", "rate 0, years 0: float division by zero"),
        ("per_product", "{numerator: 1, other: 0}", "numerator 1, other 0"),
        ("dose_rad_per_year", "{altitude_km: 9000, shielding_mm: 5}", "altitude_km 9000, shielding_mm 5"),
        ("period_minutes", "{altitude_km: -7000}", "altitude_km -7000"),
    ],
)
def test_inputs_that_have_no_answer_are_told(formula: str, inputs: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    row = f"{{what: mine, formula: {formula}, inputs: {inputs}, printed: 1}}"
    path.write_text(f"title: mine\nsource: a letter\nrows:\n  - {row}\n")
    done = CliRunner().invoke(cli, ["study", str(path)])
    assert (done.exit_code, type(done.exception)) == (1, SystemExit)
    assert f"'mine': {formula} has no answer for {words}" in done.output


def test_a_tolerance_in_the_unit_of_the_figure(tmp_path: Path) -> None:
    """`within` holds the difference itself, and so a printed 0 as well."""
    path = tmp_path / "mine.yaml"
    path.write_text(OWN.replace("525.6", "526, within: 0.5, derived: true"))
    done = CliRunner().invoke(cli, ["study", str(path)])
    assert done.exit_code == 0
    assert "(526)" in done.output
    assert "-0.40" in done.output
    assert "In brackets" in done.output
    path.write_text(OWN.replace("525.6", "0, within: 0.5").replace("0.05,", "0.0,"))
    assert study.run(study.load(path))[0].difference is None
    row = json.loads(CliRunner().invoke(cli, ["study", str(path), "--json"]).output)["rows"][0]
    assert (row["difference"], row["agrees"]) == (None, True)
    path.write_text(OWN.replace("525.6", "526, within: 0.3"))
    assert CliRunner().invoke(cli, ["study", str(path)]).exit_code == 1


def test_one_figure_of_several_is_picked(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    inputs = "inputs: {altitude_km: 1400, local_time_h: 18}"
    row = f"{{what: sun, formula: eclipses, pick: days, {inputs}, printed: 0, within: 1}}"
    path.write_text(f"title: mine\nsource: a letter\nrows:\n  - {row}\n")
    assert study.run(study.load(path))[0].computed == 0


def test_all_of_them_in_a_line_each(monkeypatch: pytest.MonkeyPatch) -> None:
    done = CliRunner().invoke(cli, ["study", "--all"])
    assert done.exit_code == 0
    assert all(name in done.output for name in study.names())
    assert done.output.splitlines()[-1].split() == ["all", str(len(ROWS)), str(len(ROWS))]
    wrong = study.Study.model_validate({**study.shipped("station").model_dump(), "rows": [{**TWO, "printed": 3.0}]})
    monkeypatch.setattr(study, "find", lambda name: wrong)
    monkeypatch.setattr(study, "names", lambda: ("station",))
    done = CliRunner().invoke(cli, ["study", "--all", "--json"])
    assert done.exit_code == 1
    assert [row["agrees"] for row in json.loads(done.output)[0]["rows"]] == [False]


def test_a_name_and_all_do_not_go_together() -> None:
    done = CliRunner().invoke(cli, ["study", "station", "--all"])
    assert done.exit_code == 2
    assert "give one of them" in done.output


def test_an_unknown_study_names_the_nearest() -> None:
    done = CliRunner().invoke(cli, ["study", "starcloud-2025"])
    assert done.exit_code == 1
    assert "Did you mean 'starcloud-2024'?" in done.output


@pytest.mark.parametrize("name", ["", *study.names()])
def test_it_reads_well_at_80_columns(name: str) -> None:
    done = CliRunner().invoke(cli, ["study", name] if name else ["study"])
    assert done.exit_code == 0
    assert max(len(line) for line in done.output.splitlines()) <= 80


def test_the_list_of_formulae_names_all_with_their_inputs() -> None:
    """What a row may name, what it takes, what it yields; at 80 columns."""
    done = CliRunner().invoke(cli, ["study", "--formulae"])
    assert done.exit_code == 0
    assert max(map(len, done.output.splitlines())) <= 80
    text = " ".join(done.output.split())
    assert "launch_usd_per_kw_year: mass_kg, usd_per_kg, kw, years" in text
    assert all(f"{name}:" in text for name in FORMULAE)
    assert "-> array, radiator, accelerators, battery" in text


@pytest.mark.parametrize(
    ("formula", "inputs", "printed"),
    [
        ("array_kw", {"area_m2": 105, "cell_efficiency": 0.22, "packing": 0.9}, 28.295),
        ("deflated", {"usd": 100, "from_year": 2015, "to_year": 2024}, 132.35),
        ("job_goodput", {"accelerators": 1, "interruptions_per_accelerator_year": 0, "checkpoint_minutes": 1,
                         "restart_minutes": 1}, 1.0),
        ("dose_rad_per_year", {"altitude_km": 650, "shielding_mm": 10}, 150),
        ("fibre_rtt_ms", {"distance_km": 1000}, 29.7),
        ("nodal_drift_deg_per_day", {"altitude_km": 420, "inclination_deg": 51.64}, -4.95),
        ("construction_interest", {"rate": 0.1, "years": 2}, 1.1016),
    ],
)  # fmt: skip
def test_formulae_by_name(formula: str, inputs: dict[str, float], printed: float) -> None:
    assert work_out(formula, inputs, None) == pytest.approx(printed, rel=2e-3)


def test_masses_of_a_satellite_are_picked_by_name() -> None:
    """10 kW at 10 kg/kW, 5 m² at 4, 8 kW at 5, a fifth structure: 160 kg of parts, 200 kg in all."""
    inputs = {"array_kw": 10, "array_kg_per_kw": 10, "radiator_m2": 5, "radiator_kg_per_m2": 4, "compute_kw": 8,
              "compute_kg_per_kw": 5, "structure_share": 0.2}  # fmt: skip
    assert work_out("satellite_mass", inputs, "array") == 100
    assert work_out("satellite_mass", inputs, "structure") == pytest.approx(40)
    assert work_out("satellite_mass", inputs, "total") == pytest.approx(200)

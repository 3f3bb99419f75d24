"""`placement new`, `check` and `schema`."""

import json
from pathlib import Path

import build
import pytest
import yaml
from cli.command import run
from loader.files import everything, write

import placement
from placement.loader.json_schema import json_schema


@pytest.mark.parametrize("template", ["starter", "one-week"])
def test_what_new_writes_is_a_valid_scenario_of_that_name(template: str, here: Path) -> None:
    done = run("new", "my-week", "--template", template)
    assert (done.code, done.err) == (0, "")
    wrote = [line.removeprefix("wrote ") for line in done.out.splitlines() if line.startswith("wrote ")]
    assert sorted(wrote) == sorted(everything(here))
    assert done.out.splitlines()[-1] == (
        "next: placement check my-week.yaml; placement solve my-week.yaml --time-limit 60"
    )
    assert placement.load("my-week.yaml").name == "my-week"
    assert "NAME" not in (here / "my-week.yaml").read_text(encoding="utf-8")


def test_new_takes_the_suffix_the_folder_and_the_size(here: Path) -> None:
    (here / "weeks").mkdir()
    assert run("new", "2027-W23.yaml", "--folder", "weeks", "--jobs", "5").code == 0
    assert sorted(everything(here)) == ["weeks", "weeks/2027-W23-jobs.csv", "weeks/2027-W23.yaml"]
    assert len((here / "weeks/2027-W23-jobs.csv").read_text(encoding="utf-8").splitlines()) == 6


def test_the_same_seed_gives_the_same_table_and_another_another(here: Path) -> None:
    texts = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        assert run("new", name, "--seed", seed).code == 0
        texts.append((here / f"{name}-jobs.csv").read_text(encoding="utf-8"))
    assert texts[0] == texts[1] != texts[2]


def test_new_replaces_nothing_unless_told(here: Path) -> None:
    (here / "week-jobs.csv").write_text("mine", encoding="utf-8")
    before = everything(here)
    done = run("new", "week")
    assert (done.code, done.out) == (1, "")
    assert done.err == ("error: there already: week-jobs.csv. Choose another name, or write --force to replace.\n")
    assert everything(here) == before
    assert run("new", "week", "--force").code == 0
    assert everything(here)["week-jobs.csv"] != b"mine"


def test_check_says_what_is_in_a_scenario(week: Path, here: Path) -> None:
    before = everything(here)
    done = run("check", week)
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[0] == "week.yaml is a valid scenario."
    facts = {line[2:24].strip(): line[25:] for line in lines[1:] if line[:2] == "  " != line[2:4]}
    assert facts["clusters"] == "2, 0 of them in orbit"
    assert facts["jobs"].startswith("3 in 5 units; 0 must run")
    assert "note: planned with as if they operated: mars." in lines
    assert any(line.startswith("note: job 'big' fits nowhere") for line in lines)
    found = json.loads(run("check", week, "--json").out)
    assert found.keys() == {"scenario", "valid", "facts", "remarks"}
    assert (found["scenario"], found["valid"]) == ("test", True)
    assert found["facts"] == facts
    assert everything(here) == before


def test_remarks_are_no_wider_than_the_other_outputs(here: Path) -> None:
    """The list of what is planned with as if it operated, and what satellites lack."""
    run("new", "big", "--template", "one-week")
    done = run("check", "big.yaml")
    assert done.code == 0
    assert any(line.startswith("note: ") for line in done.out.splitlines())
    assert max(map(len, done.out.splitlines())) <= 100


def test_check_says_of_a_job_that_must_run_that_it_cannot(here: Path) -> None:
    write(here, build.document(jobs=[build.job("audit", 2.0, 9, must_run=True), build.job("ok")]))
    done = run("check", "week.yaml")
    assert done.code == 0
    assert "note: job 'audit' fits nowhere and must run: " in done.out


def test_schema_is_printed_and_written(here: Path) -> None:
    printed = run("schema")
    assert (printed.code, printed.err) == (0, "")
    assert json.loads(printed.out) == json_schema()
    done = run("schema", "-o", "placement.schema.json")
    assert (done.code, done.out, done.err) == (0, "", "")
    assert everything(here) == {"placement.schema.json": printed.out.encode()}


def test_what_the_starter_says_about_itself_is_yaml(here: Path) -> None:
    run("new", "my-week")
    loaded = yaml.safe_load((here / "my-week.yaml").read_text(encoding="utf-8"))
    assert loaded["jobs"][0] == {"table": "my-week-jobs.csv"}


def test_check_prints_the_budgets_of_satellites_of_ones_own(tmp_path: Path) -> None:
    """A design of one's own gets the lines that a card of the catalogue has; a pool that stands still is told."""
    path = tmp_path / "own.yaml"
    path.write_text(OWN_SATELLITES)
    done = run("check", path, "--satellites")
    assert done.code == 0
    assert "satellites of mine" in done.out
    assert "SHORT OF" in done.out
    assert "mass by parts: array" in done.out
    assert "mine/h100-sxm does no work in this horizon" in done.out
    assert "satellites of mine" not in run("check", path).out


OWN_SATELLITES = """format: 1
name: own
horizon: {start: 2027-03-01T00:00:00Z, slot_hours: 1, slots: 4}
clusters:
  - name: mine
    orbit: {altitude_km: 650, ltan: "12:00"}
    satellites:
      {number: 2, accelerator: h100-sxm, accelerators: 8, array: {m2: 60}, eclipse: ride_through, battery_kwh: 0,
       radiator: {m2: 20}, mass: {total_kg: 400}, shielding_mm: 10}
jobs:
  - {job: a, hours: 1, accelerators: 8}
"""

"""What is written from the code is what the code says now."""

import re
from pathlib import Path

import generate
import pytest
from pages.commands import exit_codes
from pages.records import keys_in_order, sections
from pages.units import MEASURES, NAMES, NUMBER, unit

import placement
from placement.cli.main import COMMANDS, INTERRUPTED
from placement.cli.solve import NO_PLAN
from placement.loader.fields import keys_of
from placement.schema import Job, ScenarioFile, SeriesSpec

ROOT = Path(generate.__file__).parents[1]
REFERENCE = ROOT / "docs" / "reference"


def page(name: str) -> str:
    return (REFERENCE / name).read_text(encoding="utf-8")


def rows(heading: str) -> dict[str, list[str]]:
    """The rows below a heading of fields.md, by field."""
    part = page("fields.md").split(f"\n### {heading}\n")[1].split("\n## ")[0].split("\n### ")[0]
    cells = [re.split(r"(?<!\\) \| ", line[2:-2]) for line in part.splitlines() if line.startswith("| `")]
    return {row[0].strip("`"): row[1:] for row in cells}


def test_the_files_are_what_would_be_written_now() -> None:
    old = ", ".join(map(str, generate.stale()))
    assert not old, f"{old}: no longer what the code says. Run `make docs` (python docs/generate.py) and commit."


def test_a_changed_and_a_missing_file_are_written_again(tmp_path: Path) -> None:
    assert generate.write(tmp_path) == list(generate.texts())
    assert generate.stale(tmp_path) == []
    first, second = list(generate.texts())[:2]
    (tmp_path / first).write_text("changed", encoding="utf-8")
    (tmp_path / second).unlink()
    assert generate.write(tmp_path) == [first, second]
    assert generate.stale(tmp_path) == []


def test_every_record_and_key_of_a_scenario_has_its_place_once() -> None:
    assert sorted(keys_in_order()) == sorted(ScenarioFile.model_fields)
    found = [record for records in sections().values() for record in records]
    assert len(found) == len(set(found))
    for record in found:
        assert set(keys_of(record)) <= set(rows(record.__name__))


@pytest.mark.parametrize("name", ["fields.md", "commands.md", "library.md"])
def test_links_inside_a_page_lead_to_one_heading(name: str) -> None:
    text = page(name)
    anchors = [re.sub(r"[^\w -]", "", line.lstrip("# ").lower()).replace(" ", "-") for line in headings(text)]
    links = set(re.findall(r"\]\(#([^)]+)\)", text))
    assert links
    for link in links:
        assert anchors.count(link) == 1, link


@pytest.mark.parametrize("name", ["fields.md", "commands.md", "library.md"])
def test_links_to_other_pages_lead_to_files(name: str) -> None:
    for link in re.findall(r"\]\(([^)#]+\.md)", page(name)):
        assert (REFERENCE / link).resolve().is_file(), link


def headings(text: str) -> list[str]:
    return [line for line in re.sub(r"```.*?```", "", text, flags=re.DOTALL).splitlines() if line.startswith("#")]


@pytest.mark.parametrize(
    ("record", "field", "expected"),
    [
        ("Horizon", "slot_hours", ["h", "number ≥ 0.01, ≤ 8784", "none"]),
        ("Cluster", "pue", ["number", "number ≥ 1, ≤ 5", "`1.0`"]),
        ("Cluster", "energy_price", ["$/MWh", "number or [SeriesSpec](#seriesspec)", "`0.0`"]),
        ("Cluster", "from", ["", "text", "none"]),
        ("Pool", "accelerator", ["", "name", "*needed*"]),
        ("Pool", "kw_per_accelerator", ["kW/accelerator", "number > 0, ≤ 1000", "none"]),
        ("Orbit", "ltan", ["h", 'number ≥ 0, < 24 or "18:00"', "none"]),
        ("Event", "between", ["h", 'list of 2: number ≥ 0, < 24 or "18:00"', "none"]),
        ("Vehicle", "payload_kg", ["kg", "mapping to number ≥ 0", "*needed*"]),
        ("SeriesSpec", "between", ["", "`linear`, `geometric`, `step`", "`linear`"]),
        ("SeriesSpec", "escalation_per_year", ["share/year", "number > -1, ≤ 1", "`0.0`"]),
        ("Uncertain", "range", ["", "`true`", "none"]),
        ("Job", "job", ["", "text", "*needed*"]),
    ],
)
def test_a_field_says_unit_bounds_and_default(record: str, field: str, expected: list[str]) -> None:
    assert rows(record)[field][:3] == expected


def test_the_effect_of_a_field_is_its_description() -> None:
    assert rows("Job")["accelerators"][3] == Job.model_fields["accelerators"].description


def numbers() -> list[tuple[str, str, str]]:
    """Record, field and effect of every numeric field that the page has."""
    found = []
    for records in sections().values():
        for record in records:
            for field, (measure, takes, _, effect) in rows(record.__name__).items():
                if "number" in takes:
                    assert measure, f"{record.__name__}.{field} has no unit; it should say {NUMBER} at least"
                    found.append((record.__name__, field, effect))
    return found


UNITS_IN_WORDS = re.compile(
    r", (\$/MWh|\$|MWh|MW|kWh|kW|W|TB|GB|Gbit/s|Tflop/s|kg|km|m²|m³|mm|nm|m|dB|ms|minutes|days|years|degrees|h|K|s)"
    r"(?=[.,;])"
)


def test_the_unit_from_a_name_is_the_one_in_the_words() -> None:
    compared = 0
    for record, field, effect in numbers():
        for said in UNITS_IN_WORDS.findall(effect)[:1]:
            mine = unit(field)
            assert mine.split("/")[0] == said.split("/")[0], f"{record}.{field}: {mine}, and its words say {said}"
            compared += 1
    assert compared > 50


def test_every_unit_is_used_and_names_without_one_are_numbers() -> None:
    names = {field for _, field, _ in numbers()}
    for end in MEASURES:
        assert any(re.search(rf"(^|_){end}(_|$)", name) for name in names), f"{end} is in no name"
    assert not set(NAMES) - names, "names that no field has"
    assert unit("pue") == unit("relative_sigma") == NUMBER


def test_every_command_stands_there_with_its_options_and_codes() -> None:
    text = page("commands.md")
    assert [line[3:] for line in headings(text) if line[3:] in COMMANDS] == list(COMMANDS)
    solve = text.split("\n## solve\n")[1].split("\n## ")[0]
    assert "| `--gap` | number ≥ 0 | `0.0001` |" in solve
    assert "| `-o, --out` | path | NAME.plan | Folder for the plan. |" in solve
    assert "Exit codes: 0, 1, 2, 3, 130." in solve
    check = text.split("\n## check\n")[1].split("\n## ")[0]
    assert "| `SCENARIO` | path | needed |" in check
    assert "Exit codes: 0, 1, 2, 130." in check
    assert [code for code, _ in exit_codes()] == ["0", "1", "2", str(NO_PLAN), str(INTERRUPTED)]


def test_every_public_name_stands_there_with_what_it_takes() -> None:
    text = page("library.md")
    found = {line.removeprefix("### ").removeprefix("class ") for line in headings(text) if line.startswith("### ")}
    assert found == set(placement.__all__)
    load = text.split("\n### load\n")[1].split("\n### ")[0]
    assert "load(path: str | Path, variant: str | None = None, use: Use | None = None) -> Scenario" in load
    assert "- `variant` (str, optional): One of the file's `variants`." in load
    assert "| `OPTIMAL` | `'optimal'` |" in text
    assert "Result.summary() -> dict[str, Any]" in text


def test_a_series_may_stand_where_the_page_says_so() -> None:
    assert SeriesSpec in sections()["series"]
    assert "[SeriesSpec](#seriesspec)" in rows("Campaign")["per_year"][1]

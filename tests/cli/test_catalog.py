"""`placement catalog`: sections, tables and cards."""

import json
import re
from typing import Any

import pytest
from cli.command import run

from placement.catalog import SECTIONS, catalog
from placement.cli.catalog import MANY, card

ALL: dict[str, dict[str, Any]] = {**{s: catalog().section(s) for s in SECTIONS}, "series": catalog().series_index}


def test_without_a_name_it_lists_sections_with_numbers_and_short_ones_with_names() -> None:
    done = run("catalog")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"catalogue {catalog().version}: {sum(map(len, ALL.values()))} entries")
    assert max(map(len, done.out.splitlines())) <= 80
    words = set(re.findall(r"[^\s,]+", done.out))
    for section, entries in ALL.items():
        assert f"\n{section} ({len(entries)}): " in done.out
        assert (f"`placement catalog {section}` lists them" in done.out) == (len(entries) > MANY)
        assert (entries.keys() <= words) == (len(entries) <= MANY)
    assert json.loads(run("catalog", "--json").out) == ALL


@pytest.mark.parametrize("section", ALL)
def test_a_section_is_a_table_with_a_row_for_each_entry(section: str) -> None:
    done = run("catalog", section)
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[:3] == [f"catalogue {catalog().version}", "", section]
    assert max(map(len, lines)) <= 80
    names = [line.split()[0] for line in lines[4:]]
    assert sorted(names) == sorted(ALL[section])
    if section == "clusters":  # those on Earth first
        assert names == sorted(ALL[section], key=lambda name: "orbit" in ALL[section][name])
    else:
        assert names == list(ALL[section])
    assert json.loads(run("catalog", section, "--json").out) == {section: ALL[section]}


def test_the_table_of_clusters_has_place_status_and_size() -> None:
    rows = {line.split()[0]: line.split()[1:5] for line in run("catalog", "clusters").out.splitlines()[4:]}
    for name, entry in ALL["clusters"].items():
        assert rows[name][:2] == ["orbit" if "orbit" in entry else "Earth", entry["status"]]
        assert float(rows[name][2].replace(",", "")) > 0
        assert rows[name][3] in ("MW", "kW", "acc.")
    limit = ALL["clusters"]["stargate-abilene"]["power_limit_mw"]["value"]
    assert rows["stargate-abilene"][2:] == [f"{limit:,g}", "MW"]


@pytest.mark.parametrize("section", ALL)
def test_every_card_fits_80_columns_and_shows_every_value(section: str) -> None:
    for name, entry in ALL[section].items():
        lines = card(section, name, entry)
        assert lines[0] == f"{name} ({section})"
        assert max(map(len, lines)) <= 80, name
        text = " ".join(" ".join(lines).split())
        assert "{" not in text, name
        for source in sources(entry):
            assert " ".join(source.split()) in text, name
        if "facts" in entry:
            assert " known, not planned with " in text


def sources(value: Any) -> list[str]:
    """All sources and notes in an entry."""
    if isinstance(value, dict):
        own = [str(value[key]) for key in ("source", "note") if isinstance(value.get(key), str)]
        return own + [source for inner in value.values() for source in sources(inner)]
    return [source for inner in value for source in sources(inner)] if isinstance(value, list) else []


def test_a_card_shows_range_year_source_grade_and_note() -> None:
    entry = catalog().section("vehicles")["sso-rideshare"]
    done = run("catalog", "sso-rideshare")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"sso-rideshare (vehicles)\n{entry['title']}\n")
    assert "\n  payload_kg\n    sso: 50\n" in done.out
    assert "\n  usd_per_flight: 350,000  (2026 $)\n      rideshare price list, Feb 2026" in done.out
    assert "\n  flights_per_year: 60  [20 .. 160]\n" in done.out
    assert "grade N; a flight here is one plate" in " ".join(done.out.split())
    assert "\n\ngrades: D derived" in done.out
    assert "no source" not in done.out
    assert json.loads(run("catalog", "sso-rideshare", "--json").out) == entry


def test_dates_and_tables_of_one_source_are_shown() -> None:
    assert "\n  launched: 2025-11-02\n" in run("catalog", "starcloud-1-satellite").out
    table = run("catalog", "measured-round-trips").out
    assert "\n    dallas: toronto 34, washington-dc 31, " in table
    assert table.count("IBM Cloud") == 1


@pytest.mark.parametrize(
    ("word", "meant"), [("falcn-9", "falcon-9"), ("ksat-svalbrd", "ksat-svalbard"), ("industrial-TX", "industrial-tx")]
)
def test_a_word_that_is_nearly_a_name_is_mended(word: str, meant: str) -> None:
    done = run("catalog", word)
    assert (done.code, done.out) == (1, "")
    assert done.err == f"error: the catalogue has no '{word}'. Did you mean '{meant}'?\n"

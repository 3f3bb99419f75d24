"""`placement show`: who was served how far, how long they waited, what an hour costs."""

import io
import json
import math
import re
from pathlib import Path

import pandas as pd
import pytest
from cli.command import run

import placement
from placement.plan import TABLES
from placement.statistics import statistics

MONEY = re.compile(r"\$\d+\.\d{3}")


@pytest.fixture
def sections(plan: Path) -> dict[str, list[list[str]]]:
    """Parts of the output by their first line, each line as cells; the first part under ''."""
    done = run("show", plan)
    assert (done.code, done.err) == (0, "")
    first, *others = done.out.split("\n\n")
    found = {"": [[line] for line in first.splitlines()]}
    for part in others:
        title, *lines = part.splitlines()
        found[title] = [re.split(r"  +", line.strip()) for line in lines if not line.startswith("--")]
    return found


def rows(part: list[list[str]]) -> list[dict[str, str]]:
    """The lines of a table by the words over them."""
    head, *lines = part
    return [dict(zip(head, line, strict=True)) for line in lines if len(line) == len(head)]


def at(row: dict[str, str], word: str) -> str:
    """The only cell under a head with a word in it."""
    (cell,) = [cell for head, cell in row.items() if word in head]
    return cell


def test_the_head_tells_cost_bound_gap_and_first_come_first_served(sections: dict[str, list[list[str]]]) -> None:
    text = " ".join(line for (line,) in sections[""])
    assert text.startswith("test cost $")
    assert re.search(r"proven bound \$[\d.]+k, gap 0\.000 %", text)
    assert re.search(r"first come, first served.* \$[\d.]+k", text)
    assert "as if they operated: mars" in text
    assert re.search(r"delivered \d+ .*accelerator-hours in the horizon.* 0\.00 % of them in orbit", text)


def test_each_cluster_has_its_share_its_use_and_its_waiting(sections: dict[str, list[list[str]]]) -> None:
    found = rows(sections["Clusters"])
    assert [row["cluster"] for row in found] == ["earth", "mars*"]
    for row in found:
        assert re.fullmatch(r"\d+\.\d %", at(row, "utilised"))
        assert re.fullmatch(r"\d+\.\d", at(row, "wait p50"))
        assert re.fullmatch(r"\d+\.\d", at(row, "p95"))
    assert sum(float(at(row, "share").split()[0]) for row in found) == pytest.approx(100.0, abs=0.11)


@pytest.mark.parametrize(("title", "names"), [("Teams", ["blue", "red"]), ("Priorities", ["high", "low"])])
def test_each_team_and_priority_has_share_waiting_and_dollars_at_four_boundaries(
    title: str, names: list[str], sections: dict[str, list[list[str]]]
) -> None:
    found = rows(sections[title])
    assert sorted(next(iter(row.values())) for row in found) == names
    for row in found:
        assert re.fullmatch(r"\d+\.\d %", at(row, "served"))
        assert re.fullmatch(r"\d+\.\d", at(row, "wait p50"))
        assert re.fullmatch(r"\d+\.\d", at(row, "p95"))
        dollars = [float(cell[1:]) for cell in row.values() if MONEY.fullmatch(cell)]
        assert len(dollars) == 4
        assert dollars == sorted(dollars)


def test_an_hour_has_its_price_at_four_boundaries_on_each_cluster(sections: dict[str, list[list[str]]]) -> None:
    (title,) = [title for title in sections if title.startswith("$ per delivered reference accelerator-hour")]
    assert title.endswith("(real 2026 $)")
    found = rows(sections[title])
    assert [row["cluster"] for row in found] == ["earth", "mars*"]
    assert all(sum(bool(MONEY.fullmatch(cell)) for cell in row.values()) == 4 for row in found)


def test_the_printed_numbers_are_those_of_the_statistics(sections: dict[str, list[list[str]]], plan: Path) -> None:
    stored = placement.read_plan(plan)
    found = statistics(stored.scenario, stored.plan)
    teams = found.teams.set_index("team")
    for row in rows(sections["Teams"]):
        assert at(row, "served") == f"{100 * teams.loc[row['team'], 'served']:.1f} %"
        assert at(row, "all in") == f"${teams.loc[row['team'], 'per_hour_all_in']:.3f}"
    clusters = found.clusters.set_index("cluster")
    for row in rows(sections["Clusters"]):
        name = row["cluster"].removesuffix("*")
        assert at(row, "utilised") == f"{100 * clusters.loc[name, 'utilisation']:.1f} %"
        assert at(row, "wait p50") == f"{clusters.loc[name, 'wait_p50']:.1f}"
    costs = {row["category"]: row["present value"] for row in rows(sections["Costs"])}
    assert costs["rejection"] == "$1.000k"
    assert sum(name.startswith("cash, ") for name in costs) == 4


def test_what_was_not_placed_is_listed_with_its_reason(sections: dict[str, list[list[str]]]) -> None:
    (title,) = [title for title in sections if title.startswith("Not placed")]
    text = " ".join(" ".join(line) for line in sections[title])
    assert "big: 1 rejected: " in text
    assert "the pool never has that many accelerators" in text


def test_json_has_the_same_tables(plan: Path) -> None:
    done = run("show", plan, "--json")
    assert done.code == 0
    found = json.loads(done.out, parse_constant=lambda word: pytest.fail(f"{word} is not JSON"))
    assert {"scenario", "status", "cost_usd", "bound_usd", "gap", "baseline_usd", "boundaries_usd"} <= found.keys()
    assert {"delivered_reference_accelerator_hours", "orbital_share"} <= found.keys()
    boundaries = {f"per_hour_{name}" for name in found["boundaries_usd"]}
    assert len(boundaries) == 4
    for table, key in (("clusters", "cluster"), ("teams", "team"), ("priorities", "priority")):
        for row in found[table]:
            assert row.keys() >= {key, "wait_p50", "wait_p95", *boundaries}
    assert all("utilisation" in row for row in found["clusters"])
    assert all("served" in row for row in found["teams"] + found["priorities"])


@pytest.mark.parametrize("name", TABLES)
def test_each_table_of_the_plan_is_printed_as_csv(name: str, plan: Path) -> None:
    done = run("show", plan, "--table", name)
    assert done.code == 0
    read = pd.read_csv(io.StringIO(done.out))
    assert list(read.columns) == list(TABLES[name])
    assert len(read) == len(placement.read_plan(plan).plan.tables[name])


def test_a_table_that_is_none_is_told(plan: Path) -> None:
    done = run("show", plan, "--table", "cots")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("error: a plan has no table 'cots'. Choose one of: placements, jobs, ")


def test_dollars_and_shares_are_written_for_people() -> None:
    from placement.cli.text import hours, number, percent, usd

    assert [usd(value) for value in (0.8, 1000.8, 999_999.0, 12.34e6, -5e9, None, math.inf)] == [
        "$0.80", "$1.001k", "$1.000M", "$12.34M", "-$5.000B", "-", "-",
    ]  # fmt: skip
    assert [percent(0.1234), percent(None), percent(math.inf)] == ["12.3 %", "-", "-"]
    assert [hours(1.25), hours(math.nan), number(12345.6), number(math.nan)] == ["1.2", "-", "12,346", "-"]

"""The page: names stay text, nothing is asked for from elsewhere, tables come back as they were."""

import json
import re
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from reporting_names import HOSTILE

import placement
from placement.cli.main import cli
from placement.errors import PlacementError
from placement.folder import Stored
from placement.reporting import Report, drawing
from placement.reporting.page import MARK, columns


class Parsed(HTMLParser):
    """Elements, their attributes, and text by element."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.scripts: list[str] = []
        self.inside = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.inside = tag

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside == "script":
            self.scripts.append(data)
        else:
            self.text.append(data)


@pytest.fixture(scope="module")
def parsed(of_day: Report) -> Parsed:
    return Parsed(of_day.html())


def content(page: Parsed) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(page.scripts[0])
    return found


def decoded(column: Any) -> list[Any]:
    return column if isinstance(column, list) else [column["words"][n] for n in column["at"]]


def test_hostile_names_are_text_and_nothing_else(parsed: Parsed, day: Stored) -> None:
    assert sum(tag == "script" for tag, _ in parsed.elements) == 3
    assert not [tag for tag, _ in parsed.elements if tag in ("img", "b", "i", "iframe") and tag != "b"]
    assert not [a for _, attributes in parsed.elements for a in attributes if a.startswith("on")]
    whole = "".join(parsed.text)
    assert day.scenario.title is not None
    assert day.scenario.title in whole
    told = decoded(content(parsed)["data"]["running.blocks"]["job"])
    every = {
        name for table in content(parsed)["data"].values() for c in table.values() for name in map(str, decoded(c))
    }
    assert told
    assert set(HOSTILE) <= every


def test_nothing_is_asked_for_from_elsewhere(of_day: Report, parsed: Parsed) -> None:
    for _tag, attributes in parsed.elements:
        for name in ("src", "href", "action", "data"):
            assert (attributes.get(name) or "#").startswith("#")
    policy = next(a["content"] for tag, a in parsed.elements if tag == "meta" and "http-equiv" in a)
    assert policy is not None
    assert policy.startswith("default-src 'none'")
    assert "url(" not in re.sub(r"<script.*", "", of_day.html(), flags=re.DOTALL)


def test_each_figure_and_table_has_its_place_and_a_link(of_day: Report, parsed: Parsed) -> None:
    places = {a["id"] for tag, a in parsed.elements if tag == "section"}
    links = {(a["href"] or "")[1:] for tag, a in parsed.elements if tag == "a"} - {"content"}
    assert places == links == {each.name for each in of_day.figures} | {each.name for each in of_day.tables}
    assert len(places) == len(of_day.figures) + len(of_day.tables)


def test_tables_come_back_as_they_were() -> None:
    table = pd.DataFrame(
        {
            "few": ["a", "b", "a", "a", "b", "a", "b", "a"],
            "many": list("stuvwxyz"),
            "number": [1.0, np.nan, 2.5, np.inf, -0.0, 1e300, 3.0, 1 / 3],
            "whole": np.arange(8),
            "none": [None, "x", np.nan, "y", "x", "x", "x", "x"],
        }
    )
    found = json.loads(json.dumps(columns(table), allow_nan=False))
    assert found["few"] == {"words": ["a", "b"], "at": [0, 1, 0, 0, 1, 0, 1, 0]}
    assert found["many"] == list("stuvwxyz")
    assert found["number"] == [1, None, 2.5, None, 0, 1e300, 3, 1 / 3]
    assert found["whole"] == list(range(8))
    assert decoded(found["none"]) == ["", "x", "", "y", "x", "x", "x", "x"]


def test_tables_of_the_page_are_those_of_the_figures(of_day: Report, parsed: Parsed) -> None:
    data = content(parsed)["data"]
    for figure in of_day.figures:
        for name, table in figure.tables.items():
            for column in table.columns:
                there = decoded(data[f"{figure.name}.{name}"][column])
                for given, told in zip(table[column].tolist(), there, strict=True):
                    assert told == given or (
                        told in (None, "") and (given is None or given != given or abs(given) == np.inf)
                    )


def test_a_broken_plan_is_told_on_the_page(day: Stored) -> None:
    tables = dict(day.plan.tables)
    tables["placements"] = tables["placements"].assign(start_grain=tables["placements"]["start_grain"] * 0)
    broken = Stored(day.scenario, placement.Plan(day.plan.scenario, day.plan.digest, tables), day.summary)
    assert any("breaks rules" in line for line in placement.report(broken).lines)


def test_the_command_writes_a_page_and_figures(day: Stored, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = placement.write_plan(tmp_path / "day.plan", day.scenario, _result(day))
    done = CliRunner().invoke(cli, ["report", str(folder), "--figures", str(tmp_path / "figures")])
    assert done.exit_code == 0, done.output
    page = (tmp_path / "day.html").read_text(encoding="utf-8")
    assert page.startswith(MARK)
    assert {path.suffix for path in (tmp_path / "figures").iterdir()} == {".svg"}
    assert not list(tmp_path.rglob("*.part"))
    again = CliRunner().invoke(cli, ["report", str(folder)])
    assert again.exit_code == 0
    (tmp_path / "mine.html").write_text("<p>mine</p>")
    refused = CliRunner().invoke(cli, ["report", str(folder), "-o", str(tmp_path / "mine.html")])
    assert refused.exit_code == 1
    assert "exists and is not a report" in refused.output
    assert (tmp_path / "mine.html").read_text() == "<p>mine</p>"
    there = CliRunner().invoke(cli, ["report", str(folder), "-o", str(tmp_path)])
    assert (there.exit_code, "is a folder" in there.output) == (1, True)
    lost = CliRunner().invoke(cli, ["report", str(folder), "-o", str(tmp_path / "no" / "page.html")])
    assert (lost.exit_code, "cannot be written" in lost.output) == (1, True)


def _result(stored: Stored) -> Any:
    class Given:
        plan = stored.plan
        status, message = "gap", ""

        @staticmethod
        def summary() -> dict[str, Any]:
            return {k: v for k, v in stored.summary.items() if k not in ("files", "format")}

    return Given()


def test_what_draws_may_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    import builtins

    real = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name == "vl_convert":
            raise ImportError("no", name="vl_convert")
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(PlacementError, match=r"figures need vl_convert.*orbital-placement\[report\]"):
        drawing.needed()

"""Whatever is changed in a scenario, loading gives a Scenario or a ScenarioError, and nothing else."""

import copy
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import build
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from loader.files import write

import placement
from placement.errors import Problem
from placement.tree import parse, read

NUMBERS = (math.nan, math.inf, -1, 0, 0.5, 1e300, -1e-300, 10**30, 2**63, True)
TEXTS = ("", "wrong", "1,000", "*", "\x00", "ß/.", "2027-13-45", "2027-06-08T00:00:00Z", "us-tex-erco")
LISTS: tuple[Any, ...] = ([], [None], [1.0], ["a"], [[]], [{}])
MAPPINGS: tuple[Any, ...] = (
    {},
    {"a": 1},
    {"value": 1},
    {"value": 1, "odd": 2},
    {"kind": "grid"},
    {"series": "flat"},
    {"table": "x.csv"},
)
VALUES = st.sampled_from([None, *NUMBERS, *TEXTS, *LISTS, *MAPPINGS])
COLUMNS = ("job", "hours", "accelerators", "deadline", "tags", "count", "must_run", "uses.x", "x")
CHANGES = st.tuples(
    st.floats(0, 1, exclude_max=True), st.sampled_from(["delete", "rename", "twice", "put", "put", "put"]), VALUES
)
SETTINGS = settings(
    max_examples=120, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place of a document."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [inner for key, part in pairs for inner in [(*path, key), *places(part, (*path, key))]]


def changed(document: Any, changes: list[tuple[float, str, Any]]) -> Any:
    """The document with some places changed."""
    document = copy.deepcopy(document)
    for share, what, value in changes:
        found = places(document)
        *steps, last = found[int(share * len(found))]
        holder = document
        for step in steps:
            holder = holder[step]
        if what == "delete":
            del holder[last]
        elif what == "rename" and isinstance(holder, dict):
            holder[last + "x"] = holder.pop(last)
        elif what == "twice" and isinstance(holder, list):
            holder.append(copy.deepcopy(holder[last]))
        else:
            holder[last] = copy.deepcopy(value)
    return document


def taken_or_refused(load: Callable[[], Any]) -> tuple[Problem, ...]:
    """What is wrong, each with a place and a fact that names no stand-in; none if the call gives what it should."""
    try:
        load()
    except placement.VersionError as error:
        return (Problem("format", str(error), ""),)
    except placement.ScenarioError as error:
        found = error.problems
    else:
        return ()
    assert found
    for problem in found:
        assert problem.place
        assert problem.fact.endswith(".")
        assert "XX" not in str(problem)
    return found


@pytest.mark.parametrize("name", ["starter", "one-week", "wide"])
def test_a_changed_document_is_taken_or_refused(name: str, shipped: dict[str, Path]) -> None:
    path = shipped[name]
    document = read(path).value
    assert not taken_or_refused(lambda: placement.scenario(document, folder=path.parent))

    @settings(SETTINGS, max_examples=30 if name == "one-week" else 120)
    @given(st.lists(CHANGES, min_size=1, max_size=3))
    def check(changes: list[tuple[float, str, Any]]) -> None:
        given = changed(document, changes)
        before = repr(given)
        taken_or_refused(lambda: placement.scenario(given, folder=path.parent))
        assert repr(given) == before

    check()


def test_a_changed_file_is_taken_or_refused_with_lines(shipped: dict[str, Path]) -> None:
    path = shipped["wide"]
    document = read(path).value

    @settings(SETTINGS, max_examples=40)
    @given(st.lists(CHANGES, min_size=1, max_size=2))
    def check(changes: list[tuple[float, str, Any]]) -> None:
        text = yaml.safe_dump(changed(document, changes), sort_keys=False, allow_unicode=True)
        file = write(path.parent, text, "changed.yaml")
        taken_or_refused(lambda: placement.load(file))

    check()


@settings(SETTINGS, max_examples=400)
@given(st.data())
def test_a_changed_text_is_a_tree_or_refused(data: st.DataObject) -> None:
    text = "a: &x {b: [1, 'two', 3.0], c: ~}\nd: *x\ne:\n  <<: *x\n  f: |\n    g\n- h: \"i\"\n"
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text)))
        piece = data.draw(st.sampled_from([*"&*<>[]{}:,-?|!%@`'\"\n\t #~", "<<: *x", "&x ", "---\n", "\x00", "\ufeff"]))
        text = text[:at] + piece + text[at + data.draw(st.integers(0, 3)) :]
    for problem in taken_or_refused(lambda: parse(text, "s.yaml")):
        assert problem.place.startswith("s.yaml:")


@settings(SETTINGS, max_examples=60)
@given(st.dictionaries(st.sampled_from(COLUMNS), st.lists(VALUES, min_size=2, max_size=2)))
def test_a_table_of_anything_is_taken_or_refused(columns: dict[str, Any]) -> None:
    table = {"job": ["a", "b"], "hours": [1.0, 2.0], "accelerators": [1, 2]} | columns
    taken_or_refused(lambda: placement.scenario(build.document(), tables={"jobs": table}))

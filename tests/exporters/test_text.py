"""Names and text that users gave: legal, different, and read back as they were, whatever is in them."""

import json
import re

import pytest
import yaml
from exporters import readers
from exporters.conftest import NAMES
from hypothesis import given, settings
from hypothesis import strategies as st

from placement.exporters.icalendar import folded, text
from placement.exporters.names import LONGEST, labels
from placement.exporters.rows import harmless
from placement.exporters.settings import nodes
from placement.exporters.written import quoted, yaml_document
from placement.schema.fields import LABEL_PATTERN

ANY = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0\r"), max_size=120)
LABELS = st.from_regex(LABEL_PATTERN, fullmatch=True).filter(lambda name: 0 < len(name) <= 200 and name.isprintable())


@given(st.lists(st.one_of(LABELS, st.sampled_from(NAMES), st.from_regex(r"[a-c](-[0-9])?", fullmatch=True))))
def test_labels_are_legal_and_different(names: list[str]) -> None:
    """RFC 1035: letters, digits and dashes, at most 63, a letter first and no dash at the end."""
    found = labels(names)
    assert len(set(found)) == len(names)
    assert all(re.fullmatch(r"[a-z]([-a-z0-9]*[a-z0-9])?", label) and len(label) <= LONGEST for label in found)


def test_a_name_that_is_legal_stays_and_another_always_gives_the_same_label() -> None:
    assert labels(["train-7", "Train-7", "a b"]) == ["train-7", *labels(["Train-7"]), *labels(["a b"])]
    assert labels(["a b"])[0].startswith("a-b-")
    assert labels(["123"])[0].startswith("job-123-")
    assert labels(["a"], taken=["a"]) != ["a"]


@given(ANY)
def test_text_in_a_calendar_comes_back(value: str) -> None:
    line = folded(f"SUMMARY:{text(value)}")
    assert line.endswith(b"\r\n")
    assert all(len(piece) <= 75 for piece in line.split(b"\r\n"))
    assert all(piece[:1] == b" " for piece in line.split(b"\r\n")[1:-1])
    for piece in line.split(b"\r\n"):
        piece.decode()  # no character is cut
    whole = line.replace(b"\r\n ", b"")[:-2].decode()
    assert readers.unescaped(whole.removeprefix("SUMMARY:")) == value


@settings(max_examples=40)
@given(st.dictionaries(ANY, st.one_of(ANY, st.integers(), st.booleans(), st.none(), st.lists(ANY)), max_size=4))
def test_yaml_comes_back(value: dict[str, object]) -> None:
    document = {"plain": value, "list": [value, {"a": 1, "b": []}], "empty": {}}
    assert yaml.safe_load(yaml_document(document)) == document


@pytest.mark.parametrize(
    "value", ["no", "1e5", "0777", "null", "~", "", " ", "12:30:00", "=", "a: b", "# x", "\u2028", "🛰"]
)
def test_what_yaml_might_take_for_something_else_is_text(value: str) -> None:
    written = yaml_document({"a": value})
    assert yaml.safe_load(written) == {"a": value}
    assert written.startswith('a: "')


@given(ANY)
def test_user_data_in_a_comment_is_one_line_of_ascii(value: str) -> None:
    assert re.fullmatch(r"[ -~]*", quoted(value))
    assert json.loads(quoted(value)) == value


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("=1+1", "'=1+1"), ("+1+2", "'+1+2"), ("-1+2", "'-1+2"), ("@SUM(A1)", "'@SUM(A1)"), ("\tx", "'\tx"),
        ("-5", "-5"), ("+1.5e3", "+1.5e3"), ("-.5", "-.5"), ("-1_000", "'-1_000"), ("a=1", "a=1"), ("", ""),
        ("'=1", "'=1"),
    ],
)  # fmt: skip
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(value: str, shown: str) -> None:
    assert harmless(value) == shown


@given(st.integers(1, 5000), st.integers(1, 100))
def test_nodes_are_of_one_size_and_hold_the_gang(gang: int, most: int) -> None:
    number, each = nodes(gang, most)
    assert number * each == gang
    assert each <= most
    assert not any(gang % size == 0 for size in range(each + 1, most + 1))

"""What is read as YAML, what is refused, and that no document does harm."""

import tracemalloc
from pathlib import Path

import pytest
from loader.files import one, write

import placement.tree
from placement.errors import ScenarioError
from placement.tree import MAX_BYTES, parse, read


def lines(text: str) -> str:
    return "".join(f"{line}\n" for line in text.split("|"))


@pytest.mark.parametrize(
    ("text", "line", "fact"),
    [
        ("a: [1, 2|b: }", 2, "this is not YAML: did not find expected ',' or ']'."),
        ("a: 1|\tb: 2", 2, "this is not YAML"),
        ("a: 'x", 2, "this is not YAML: found unexpected end of stream."),
        ("\x00\x01", 1, "this is not YAML: unacceptable character #x0000"),
        ("", 1, "the file is empty."),
        ("# nothing", 1, "the file is empty."),
        ("just text", 1, "the document is a single value, not a mapping of keys."),
        ("- 1", 1, "the document is a list, not a mapping of keys."),
        ("null", 1, "the document is empty, not a mapping of keys."),
        ("a: 1|---|b: 2", 2, "a second document begins here."),
        ("a: 1|b: 2|a: 3", 3, "the key 'a' stands twice, first on line 1."),
        ("? [1, 2]|: 3", 1, "a key is not a name."),
        ("a: 1|b: *c", 2, "the alias *c has no anchor before it."),
        ("a: &a [*a]", 1, "the alias *a stands inside its own anchor."),
        ("a: &a 1|b: {<<: *a}", 2, "`<<` takes a mapping, or a list of mappings."),
        ("a: !!python/object/apply:os.system [ls]", 1, "the tag tag:yaml.org,2002:python/object/apply:os.system"),
        ("a: " + "[" * 60, 1, "values are nested more than 50 deep."),
    ],
)
def test_what_is_no_scenario_is_refused_with_its_line(text: str, line: int, fact: str, tmp_path: Path) -> None:
    path = write(tmp_path, lines(text))
    problem = one(path)
    assert problem.place == f"{path}:{line}"
    assert problem.fact.startswith(fact)
    assert problem.remedy


def test_a_file_that_is_not_there_a_folder_and_bytes_are_told(tmp_path: Path) -> None:
    assert "there is no such file" in one(tmp_path / "none.yaml").fact
    assert "this is a folder" in one(tmp_path).fact
    (tmp_path / "latin.yaml").write_bytes("name: Zürich".encode("latin-1"))
    assert one(tmp_path / "latin.yaml").fact == "the file is not UTF-8 text (byte 8 is 0xfc)."
    (tmp_path / "table.parquet").write_bytes(b"PAR1\x15\x04\x15\xff")
    assert "not UTF-8 text" in one(tmp_path / "table.parquet").fact


def nested(levels: int, each: int) -> str:
    """Each line has the one above many times."""
    text = "a0: &a0 [" + ", ".join(["x"] * each) + "]\n"
    for k in range(levels):
        text += f"a{k + 1}: &a{k + 1} [" + ", ".join([f"*a{k}"] * each) + "]\n"
    return text


def merged(levels: int) -> str:
    """The same with `<<`."""
    text = "a0: &a0 {x: 1}\n"
    for k in range(levels):
        text += f"a{k + 1}: &a{k + 1} {{<<: [*a{k}, *a{k}, *a{k}], y: 1}}\n"
    return text


BOMBS = {
    "nested lists": nested(30, 9),
    "merged mappings": merged(40),
    "a long list many times": "a: &a [" + "x, " * 2000 + "]\n" + "".join(f"k{k}: *a\n" for k in range(2000)),
    "a long chain": "a0: &a0 1\n" + "".join(f"a{k + 1}: &a{k + 1} {{c: *a{k}}}\n" for k in range(2000)),
}


@pytest.mark.parametrize("what", BOMBS)
def test_a_document_that_grows_is_refused_before_it_does(what: str) -> None:
    """No more is kept than what was read so far: a node is some 300 bytes."""
    tracemalloc.start()
    try:
        with pytest.raises(ScenarioError, match="more than 300,000 values once aliases are expanded"):
            parse(BOMBS[what], "bomb.yaml")
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 4 * 2**20


def test_a_document_with_too_many_values_is_refused_while_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placement.tree, "MAX_VALUES", 1000)
    text = "a: [" + "1," * 2000 + "]\nb: ["
    with pytest.raises(ScenarioError, match=r"s\.yaml:1: there are more than 1,000 values"):
        parse(text, "s.yaml")


def test_a_bomb_of_ten_megabytes_is_refused_by_its_size_alone(tmp_path: Path) -> None:
    path = write(tmp_path, nested(30, 9) + "# " + "x" * (10 * 2**20))
    tracemalloc.start()
    try:
        problem = one(path)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert problem.fact == "the file is larger than the 4 MB that a scenario may have."
    assert problem.remedy == "Put large tables beside it as CSV or Parquet."
    assert most < 3 * MAX_BYTES


def test_scalars_are_read_by_the_core_schema(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "{clock: 18:00, on: on, yes: yes, date: 2027-06-07, int: 1_0, hex: 0x1F, float: 1e3, none: ~, nan: .nan,\n"
        "quoted: '1'}",
    )
    value = read(path).value
    assert value.pop("nan") != value
    assert value == {
        "clock": "18:00",
        "on": "on",
        "yes": "yes",
        "date": "2027-06-07",
        "int": "1_0",
        "hex": 31,
        "float": 1000.0,
        "none": None,
        "quoted": "1",
    }


def test_aliases_and_merges_are_written_out_with_the_lines_of_what_they_point_to() -> None:
    tree = parse("base: &b\n  pue: 1.2\n  mw: 3\nsite:\n  <<: *b\n  mw: 4\nagain: *b\n", "s.yaml")
    assert tree.value["site"] == {"pue": 1.2, "mw": 4}
    assert tree.value["again"] == tree.value["base"]
    assert tree.place(("site", "mw")) == "s.yaml:6"
    assert tree.place(("site", "pue")) == "s.yaml:2"
    assert tree.place(("site", "none")) == "s.yaml:4"

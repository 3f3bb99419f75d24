"""Element sets that cannot be used give one error with its place and what to do; nothing is written then."""

import json
import warnings
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from importers.orbit_files import ISS, MOLNIYA, WRITERS, Importing, fields, sealed, tle, with_element

from placement.errors import PlacementError
from placement.importers.orbits import FORMATS


@pytest.fixture
def importing(tmp_path: Path) -> Importing:
    return Importing(tmp_path)


BOTH = "\n".join(ISS)
MESSAGE = fields("ISS (ZARYA)")
WRONG: dict[str, tuple[str, str | bytes, str]] = {
    "empty": ("tle", "\n \n", "a.txt: none of 0 element sets can be used."),
    "only what is dropped": ("tle", "\n".join(MOLNIYA), "none of 1 element sets can be used; eccentricity above 0.01"),
    "a checksum": ("tle", f"x\n{ISS[0][:-1]}3\n{ISS[1]}", "a.txt:2: not a two-line element set: line 1 ends with the"),
    "another digit": (
        "tle",
        BOTH.replace("51.6430", "51.6431"),
        "a.txt:1: not a two-line element set: line 2 ends with the checksum 4 where its digits give 5. Copy both lines",
    ),
    "a set cut short": ("tle", BOTH[:-20], "line 2 has 49 characters where it should have 69 of ASCII"),
    "a line alone": ("tle", ISS[0] + "\n", "a.txt:1: the element set ends here. Fetch the file anew."),
    "a name alone": ("tle", f"{BOTH}\nISS\n", "a.txt:3: the element set ends here."),
    "two names": ("tle", f"ISS\nZARYA\n{BOTH}", "a.txt:2: here is 'ZARYA', and not line 1 of an element set."),
    "line 2 first": ("tle", f"{ISS[1]}\n{ISS[0]}", "a.txt:1: here is '2 25544  51.6430"),
    "line 1 twice": ("tle", f"{ISS[0]}\n{ISS[0]}", "a.txt:2: here is '1 25544U"),
    "a name between": ("tle", f"{ISS[0]}\n\nISS\n{ISS[1]}", "a.txt:3: here is 'ISS', and not line 2."),
    "two satellites": ("tle", f"{ISS[0]}\n{sealed(ISS[1].replace('25544', '25545'))}", "line 1 is of satellite 25544"),
    "an inclination of 200": (
        "tle",
        "\n".join(with_element(ISS, 8, "200.6430")),
        "a.txt:1: not a two-line element set",
    ),
    "Latin-1": ("tle", f"KÖLN\n{BOTH}".encode("latin-1"), "a.txt:1: the file is not UTF-8 text. Save it as UTF-8."),
    "no message": ("omm", "", "a.txt: there is no orbit mean-elements message."),
    "No GP data found": ("omm", "No GP data found", "a.txt:1: there is no MEAN_MOTION among 'NO GP DATA FOUND'."),
    "broken JSON": ("omm", "[{", "a.txt: the JSON cannot be read (Expecting"),
    "deep JSON": ("omm", "[" * 200_000, "a.txt: the JSON cannot be read (maximum recursion depth"),
    "a list of numbers": ("omm", "[1, 2]", "a.txt, message 1: it is 1, where a mapping of keywords to values"),
    "a value with values": ("omm", json.dumps(MESSAGE | {"EPOCH": {"a": 1}}), "a.txt, message 1: it is {"),
    "no node": (
        "omm",
        json.dumps([MESSAGE | {"RA_OF_ASC_NODE": None}]),
        "a.txt, message 1: orbit mean-elements message",
    ),
    "a TAI epoch": (
        "omm",
        json.dumps(MESSAGE | {"TIME_SYSTEM": "TAI"}),
        "TIME_SYSTEM is TAI where only UTC can be read",
    ),
    "a row cut short": ("omm", WRITERS[1]([MESSAGE])[:-20], "a.txt:2: the row has"),
    "an open quote": (
        "omm",
        WRITERS[1]([MESSAGE])[:-3] + "x" * 200_000,
        "a.txt:2: the row cannot be read (field larger",
    ),
    "an epoch by words": (
        "omm",
        WRITERS[2]([MESSAGE | {"EPOCH": "now"}]),
        "a.txt:1: orbit mean-elements message of ISS",
    ),
    "broken XML": ("omm", "<ndm><omm>", "a.txt: the XML cannot be read ("),
    "XML with entities": ("omm", '<!DOCTYPE x [<!ENTITY a "b">]><ndm/>', "the XML has a document type of its own."),
    "XML without messages": ("omm", "<ndm/>", "a.txt: there is no orbit mean-elements message."),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_told_with_its_place_and_nothing_is_written(importing: Importing, case: str) -> None:
    form, content, words = WRONG[case]
    with pytest.raises(PlacementError) as caught:
        importing.lines(content, form)
    assert words in str(caught.value).replace(f"{importing.folder}/", "")
    assert "\n" not in str(caught.value)
    assert [path.name for path in importing.folder.iterdir()] == ["a.txt"]


def test_what_is_asked_for_wrongly_is_told(importing: Importing) -> None:
    for asked, words in (
        ({"start": "soon"}, "start is 'soon'. Write a time such as 2027-06-07T00:00:00Z."),
        ({"start": "1900-01-01"}, "start is '1900-01-01'."),
        ({"by": "country"}, "by is 'country', which is none of shell, satellite."),
        ({"zone": "x"}, "this format takes no 'zone'. Known: start, by."),
    ):
        with pytest.raises(PlacementError) as caught:
            importing.lines(BOTH, **asked)
        assert words in str(caught.value)
    with pytest.raises(PlacementError, match=r"does not end in \.yaml or \.yml"):
        FORMATS["tle"].run([], importing.folder / "out.txt", {})
    with pytest.raises(PlacementError, match=r"none\.tle: the file cannot be read"):
        FORMATS["tle"].run([importing.folder / "none.tle"], importing.folder / "out.yaml", {})


# ------------------------------------------------------------------------------------------------- whatever the bytes

GOOD = {"tle": [tle("ISS (ZARYA)", "SENTINEL-2A").encode()]}
GOOD["omm"] = [write([MESSAGE, fields("SENTINEL-2A")]).encode() for write in WRITERS]
PIECES = (b"", b"\x00", b"\xff\xfe", b'"', b"\r", b"\n1 ", b"0 ", b"<", b"]", b"}", b"-", b"9" * 400, b"1e999", b"nan")


def outcome(importing: Importing, form: str, content: bytes) -> str:
    """The first line that is told, or the error."""
    try:
        return importing.lines(content, form)[0]
    except PlacementError as error:
        return str(error).rstrip()


@settings(max_examples=300)
@given(
    form=st.sampled_from(["tle", "omm"]),
    which=st.integers(0, 3),
    at=st.floats(0, 1),
    cut=st.booleans(),
    gone=st.integers(0, 30),
    piece=st.one_of(st.sampled_from(PIECES), st.binary(max_size=20), st.text(max_size=8).map(str.encode)),
)
def test_whatever_happens_to_a_file_there_are_orbits_or_one_error(
    tmp_path_factory: pytest.TempPathFactory, form: str, which: int, at: float, cut: bool, gone: int, piece: bytes
) -> None:
    importing = Importing(tmp_path_factory.getbasetemp())
    good = GOOD[form][which % len(GOOD[form])]
    place = int(at * len(good))
    content = good[:place] if cut else good[:place] + piece + good[place + gone :]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        said = outcome(importing, form, content)
    assert said.startswith("read ") or (f"{importing.folder / 'a.txt'}" in said and said.endswith((".", "?")))


@given(form=st.sampled_from(["tle", "omm"]), content=st.binary(max_size=300))
def test_random_bytes_give_one_error(tmp_path_factory: pytest.TempPathFactory, form: str, content: bytes) -> None:
    with pytest.raises(PlacementError, match=r"a\.txt"):
        Importing(tmp_path_factory.getbasetemp()).lines(content, form)

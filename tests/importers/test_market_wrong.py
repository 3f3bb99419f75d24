"""Files of series that cannot be used give one error with its place and what to do; nothing is written then."""

import warnings
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from importers import market_files as files
from importers.market_files import Importing, Rows, archive, text_of, utc, workbook

from placement.errors import PlacementError
from placement.importers.market import FORMATS

FIRST = utc("2023-06-05T05:00")


@pytest.fixture
def importing(tmp_path: Path) -> Importing:
    return Importing(tmp_path)


def day_ahead(**values: list[float]) -> Rows:
    return files.ercot_day_ahead(FIRST, values or {"A": [1.0, 2.0, 3.0]})


def changed(rows: Rows, row: int, column: int, text: str) -> str:
    rows[row][column] = text
    return text_of(rows)


def entsoe() -> Rows:
    return files.entsoe_old(FIRST, {"BZN|FR": [1.0, 2.0]})


def caiso() -> Rows:
    return files.caiso(FIRST, {"A": [1.0, 2.0]})


def maps() -> Rows:
    return files.electricity_maps(FIRST, {"FR": [1.0, 2.0, 3.0]})


HEAD = "DeliveryDate,HourEnding,SettlementPoint,SettlementPointPrice,DSTFlag\n"
WRONG: dict[str, tuple[str, str | bytes, str]] = {
    "empty": ("ercot", "", "a.csv: the file is empty. Give a file of ERCOT prices."),
    "another table": ("ercot", "a,b\n1,2\n", "a.csv:1: the columns are 'a, b', and ERCOT prices have date, hour,"),
    "only a header": ("ercot", HEAD, "a.csv: there is no number in 0 rows. Give a file with data."),
    "an hour of 25": ("ercot", changed(day_ahead(), 2, 1, "25:00"), "a.csv:3: the hour is '25:00'"),
    "a time in a workbook": ("ercot", changed(day_ahead(), 2, 1, "0.041"), "save the workbook as CSV"),
    "a date by words": ("ercot", changed(day_ahead(), 2, 0, "5 June 2023"), "a.csv:3: the date is '5 June 2023'."),
    "the 31st of June": ("ercot", changed(day_ahead(), 2, 0, "06/31/2023"), "a.csv:3: the date is '06/31/2023'."),
    "the year 23": ("ercot", changed(day_ahead(), 2, 0, "06/30/0023"), "a.csv:3: the date is '06/30/0023'."),
    "a price by words": ("ercot", changed(day_ahead(), 2, 4, "dear"), "a.csv:3: the price is 'dear'"),
    "an endless price": ("ercot", changed(day_ahead(), 2, 4, "1e999"), "a.csv:3: the price is '1e999'"),
    "a price of many": ("ercot", changed(day_ahead(), 2, 4, "1,234"), "a.csv:3: the price is '1,234'"),
    "no name": ("ercot", changed(day_ahead(), 2, 3, ""), "a.csv:3: the zone is '', which cannot be the name"),
    "a name like the times": ("ercot", changed(day_ahead(), 2, 3, "utc"), "a.csv:3: the zone is 'utc', which cannot"),
    "an odd flag": ("ercot", changed(day_ahead(), 2, 2, "?"), "a.csv:3: the flag of the repeated hour is '?'."),
    "a flag in June": ("ercot", changed(day_ahead(), 2, 2, "Y"), "a.csv:3: 2023-06-05 01:00 has the flag of the"),
    "an hour that is skipped": (
        "ercot",
        HEAD + "03/12/2023,03:00,A,1,N\n",
        "a.csv:2: 2023-03-12 02:00 does not exist: clocks are put forward over it.",
    ),
    "two prices of an hour": (
        "ercot",
        text_of([*day_ahead(), ["06/05/2023", "02:00", "N", "A", "2.5"]]),
        "a.csv:5: 'A' is 2.5 at 2023-06-05T06:00Z, and 2 at a.csv:3. Keep one of the two.",
    ),
    "an hour three times": (
        "ercot",
        HEAD.replace(",DSTFlag", "") + "11/05/2023,02:00,A,1\n" * 3,
        "a.csv:4: 2023-11-05 01:00 comes 3 times for A, and the clock shows it twice.",
    ),
    "an interval of 5": (
        "ercot",
        changed(files.ercot_real_time(FIRST, {"A": [1.0, 2.0]}), 2, 2, "5"),
        "a.csv:3: the interval is '5', where intervals go from 1 to 4.",
    ),
    "a row cut short": ("ercot", text_of(day_ahead())[:-9], "a.csv:4: the row has 3 cells, and the header 5."),
    "a row too long": (
        "entsoe",
        text_of(entsoe()) + "05.06.2023 09:00 - 05.06.2023 10:00,12,34,EUR,\n",
        "a.csv:4: the row has 5 cells, and the header 4. Put cells with the separator in them in quotes",
    ),
    "a decimal comma": (
        "entsoe",
        text_of(files.entsoe_new(FIRST, {"BZN|FR": [1.0]})).replace("1.0", "1,0"),
        "a.csv:2: the row has 7 cells, and the header 6.",
    ),
    "Latin-1": ("ercot", text_of(day_ahead(Köln=[1.0])).encode("latin-1"), "a.csv:2: the file is not UTF-8 text."),
    "UTF-16": ("ercot", text_of(day_ahead()).encode("utf-16"), "a.csv:1: the file is not UTF-8 text. Save it as"),
    "nulls": ("ercot", text_of(day_ahead()) + "\0\n", "a.csv:5: the line holds a null character."),
    "an endless line": (
        "ercot",
        text_of(day_ahead()) + "x" * 2**21,
        "a.csv:5: the line has more than 1,048,576 bytes.",
    ),
    "an endless cell": ("ercot", text_of(day_ahead()) + '"' + "x\n" * 2**17, "a.csv:5: the row cannot be read (field"),
    "a broken archive": ("ercot", archive({"a.csv": text_of(day_ahead())})[:-30], "a.csv: the file cannot be read ("),
    "an archive without a table": ("caiso", archive({"INVALID_REQUEST.xml": "<x/>"}), "the archive holds no CSV file."),
    "a broken workbook": (
        "ercot",
        archive({"xl/workbook.xml": "<workbook", "xl/_rels/workbook.xml.rels": "<Relationships/>"}),
        "a.csv: the file cannot be read (not a workbook",
    ),
    "a workbook without its sheet": (
        "ercot",
        workbook({"Jan": day_ahead()}).replace(b"sheet1.xml", b"sheet2.xml"),
        "a.csv: the file cannot be read (xl/worksheets/sheet1.xml, after row 0:",
    ),
    "a workbook of another table": (
        "ercot",
        workbook({"Jan": [["a", "b"]]}),
        "a.csv, sheet Jan:1: the columns are 'a, b'",
    ),
    "times in CET alone": (
        "entsoe",
        text_of(entsoe()).replace("CET/CEST", "CET"),
        "a.csv:1: the times are in 'MTU (CET)', which does not say whether",
    ),
    "half an interval": (
        "entsoe",
        changed(entsoe(), 2, 0, "05.06.2023 08:00"),
        "a.csv:3: the interval is '05.06.2023 08",
    ),
    "an interval of a day": (
        "entsoe",
        changed(entsoe(), 2, 0, "05.06.2023 08:00 - 06.06.2023 08:00"),
        "a.csv:3: the interval '05.06.2023 08:00 - 06.06.2023 08:00' has 1440 minutes.",
    ),
    "an interval across an hour": (
        "entsoe",
        changed(entsoe(), 2, 0, "05.06.2023 08:30 - 05.06.2023 09:30"),
        "a.csv:3: the interval has 60 minutes and begins at minute 30 of an hour.",
    ),
    "an unknown mark": (
        "entsoe",
        changed(entsoe(), 2, 0, "05.06.2023 08:00 (MSK) - 05.06.2023 09:00 (MSK)"),
        "a.csv:3: the time zone is 'MSK'. Known: UTC, GMT,",
    ),
    "two currencies": (
        "entsoe",
        changed(entsoe(), 2, 2, "GBP"),
        "a.csv:3: 'BZN|FR' is in GBP/MWh here, and in EUR/MWh",
    ),
    "no currency": ("entsoe", changed(entsoe(), 2, 2, "€"), "a.csv:3: the currency is '€'."),
    "an hour and its quarter": (
        "entsoe",
        changed(entsoe(), 2, 0, "05.06.2023 07:15 - 05.06.2023 07:30"),
        "a.csv:3: 'BZN|FR' is 2 at 2023-06-05T05:15Z, and 1 at a.csv:2.",
    ),
    "two markets": ("caiso", changed(caiso(), 5, 8, "RTM"), "a.csv:6: the market is 'RTM', and 'DAM' before."),
    "a time without a date": ("caiso", changed(caiso(), 5, 0, "08:00"), "a.csv:6: the interval goes from '08:00' to"),
    "only components": ("caiso", text_of(caiso()).replace("LMP,,", "MGHG,,"), "there is no number in 6 rows."),
    "days": (
        "electricitymaps",
        text_of([maps()[0], *([f"2023-06-0{k} 00:00:00", *maps()[1][1:]] for k in (1, 2, 3))]),
        "a.csv:2: times of 'FR' are 1,440 minutes apart",
    ),
    "a time with seconds": (
        "electricitymaps",
        changed(maps(), 2, 0, "2023-06-05 06:00:01"),
        "a.csv:3: the time is '2023",
    ),
    "no such intensity": (
        "electricitymaps",
        text_of(maps()).replace("(direct)", "(indirect)"),
        "there is no column of the direct carbon intensity",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_told_with_its_place_and_nothing_is_written(importing: Importing, case: str) -> None:
    form, content, words = WRONG[case]
    (importing.folder / "out.csv").write_text("as before")
    with pytest.raises(PlacementError) as caught:
        importing.lines(form, content)
    assert words in str(caught.value).replace(f"{importing.folder}/", "")
    assert "\n" not in str(caught.value)
    assert (importing.folder / "out.csv").read_text() == "as before"
    assert sorted(path.name for path in importing.folder.iterdir()) == ["a.csv", "out.csv"]


ASKED = {
    "an unknown zone": ({"zone": "HB_NROTH"}, "there is no zone 'HB_NROTH' among 2. Did you mean 'HB_NORTH'?"),
    "another year": ({"year": "2021"}, "nothing is of 2021: the data go from 2023-06-05T05Z to 2023-06-05T05Z."),
    "a year by words": ({"year": "last"}, "year is 'last'. Write a year from 1990 to 2199."),
    "an unknown way": ({"fill": "cubic"}, "fill is 'cubic', which is none of linear, previous."),
    "a gap of words": ({"fill": "linear:all"}, "the longest gap to fill is 'all'"),
}


@pytest.mark.parametrize("case", ASKED)
def test_what_is_asked_for_wrongly_is_told(importing: Importing, case: str) -> None:
    asked, words = ASKED[case]
    with pytest.raises(PlacementError) as caught:
        importing.lines("ercot", text_of(day_ahead(HB_NORTH=[1.0], LZ_WEST=[2.0])), **asked)
    assert words in str(caught.value)


def test_rates_sequences_and_intensities_are_checked(importing: Importing) -> None:
    for form, rows, asked, words in (
        ("entsoe", entsoe(), {"usd_per_eur": "-1"}, "usd_per_eur is '-1'. Write a positive number"),
        ("entsoe", entsoe(), {"usd_per_eur": "one"}, "usd_per_eur is 'one'."),
        ("entsoe", [["MTU (CET)", *entsoe()[0][1:]]], {"time_zone": "Mars"}, "the time zone 'Mars' is not known"),
        ("ercot", day_ahead(), {"start": "2023"}, "this format takes no 'start'. Known: zone, year, fill."),
        ("caiso", caiso(), {"yaer": "2023"}, "this format takes no 'yaer'. Did you mean 'year'?"),
        ("entsoe", entsoe(), {"sequence": "first"}, "sequence is 'first', which is not a whole number."),
        (
            "electricitymaps",
            maps(),
            {"intensity": "whole"},
            "intensity is 'whole', which is none of direct, lifecycle.",
        ),
    ):
        with pytest.raises(PlacementError) as caught:
            importing.lines(form, text_of(rows), **asked)
        assert words in str(caught.value)


@pytest.mark.parametrize("out", ["out.xlsx", "no/out.csv", "folder.csv"])
def test_a_place_that_cannot_be_written_is_told_before_anything_is_read(importing: Importing, out: str) -> None:
    (importing.folder / "folder.csv").mkdir()
    with pytest.raises(PlacementError, match=r"[Cc]hoose another"):
        importing.lines("ercot", "nothing that could be read", out=out)


def test_a_file_that_is_not_there_is_told(importing: Importing) -> None:
    with pytest.raises(PlacementError, match=r"none\.csv: the file cannot be read"):
        FORMATS["ercot"].run([importing.folder / "none.csv"], importing.folder / "out.csv", {})


# ------------------------------------------------------------------------------------------------- whatever the bytes

GOOD: dict[str, list[bytes]] = {
    "ercot": [text_of(day_ahead()).encode(), text_of(files.ercot_real_time(FIRST, {"A": [1.0] * 8})).encode()],
    "caiso": [text_of(caiso()).encode(), archive({"a.csv": text_of(caiso())})],
    "entsoe": [text_of(entsoe()).encode(), text_of(files.entsoe_new(FIRST, {"BZN|FR": [1.0] * 8})).encode()],
    "electricitymaps": [text_of(maps()).encode(), text_of(files.electricity_maps(FIRST, {"FR": [1.0]})).encode()],
}
GOOD["ercot"].append(workbook({"Jan": day_ahead()}))
PIECES = (
    b"",
    b"\x00",
    b"\xff\xfe",
    b'"',
    b"\n",
    b",",
    b";",
    b"1e999",
    b"99/99/9999",
    b"x" * 140_000,
    b"PK\x03\x04",
    b"-",
)


def outcome(importing: Importing, form: str, content: bytes) -> str:
    """The first line that is told, or the error."""
    try:
        return importing.lines(form, content)[0]
    except PlacementError as error:
        return str(error).rstrip()


@settings(max_examples=300)
@given(
    form=st.sampled_from(sorted(GOOD)),
    which=st.integers(0, 2),
    at=st.floats(0, 1),
    cut=st.booleans(),
    gone=st.integers(0, 40),
    piece=st.one_of(st.sampled_from(PIECES), st.binary(max_size=20), st.text(max_size=8).map(str.encode)),
)
def test_whatever_happens_to_a_file_there_is_a_table_or_one_error(
    tmp_path_factory: pytest.TempPathFactory, form: str, which: int, at: float, cut: bool, gone: int, piece: bytes
) -> None:
    importing = Importing(tmp_path_factory.getbasetemp())
    good = GOOD[form][which % len(GOOD[form])]
    place = int(at * len(good))
    content = good[:place] if cut else good[:place] + piece + good[place + gone :]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        said = outcome(importing, form, content)
    assert said.startswith("read ") or (f"{importing.folder / 'a.csv'}" in said and said.endswith((".", "?")))


@given(form=st.sampled_from(sorted(GOOD)), content=st.binary(max_size=300))
def test_random_bytes_give_one_error(tmp_path_factory: pytest.TempPathFactory, form: str, content: bytes) -> None:
    with pytest.raises(PlacementError, match=r"a\.csv"):
        Importing(tmp_path_factory.getbasetemp()).lines(form, content)

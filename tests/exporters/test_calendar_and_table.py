"""Calendars by RFC 5545 and tables for spreadsheets."""

import csv
import io
import re
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.parquet
from exporters import readers
from exporters.plans import scheduled

from placement.exporters import FORMATS, ExportSettings
from placement.exporters.rows import COLUMNS
from placement.folder import Stored

STAMP = datetime(2027, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_events_have_what_the_standard_asks_for(hostile: Stored) -> None:
    """UID and DTSTAMP once each (3.6.1, 3.6.2), an end after the begin, values of the right form."""
    content = FORMATS["icalendar"][".ics"](scheduled(hostile), ExportSettings(stamp=STAMP))[""]
    head = content.decode().split("BEGIN:VEVENT")[0]
    assert "VERSION:2.0\r\n" in head
    assert "PRODID:" in head
    found = readers.components(content)
    assert len({each["UID"] for each in found}) == len(found)
    for each in found:
        assert each["DTSTAMP"] == "20270102T030405Z"
        assert {"UID", "SUMMARY", "DESCRIPTION"} <= set(each)
        if each["kind"] == "VEVENT":
            assert each["DTSTART"] < each["DTEND"]
            assert re.fullmatch(r"\d{8}T\d{6}Z", each["DTEND"])
            assert each["TRANSP"] == "TRANSPARENT"
        else:
            assert each["STATUS"] in ("NEEDS-ACTION", "CANCELLED")


def test_a_job_keeps_its_event_when_the_plan_is_written_again(hostile: Stored) -> None:
    one, other = (
        readers.components(FORMATS["icalendar"][".ics"](scheduled(hostile), ExportSettings(stamp=stamp))[""])
        for stamp in (STAMP, None)
    )
    assert [each["UID"] for each in one] == [each["UID"] for each in other]
    assert one[0]["DTSTAMP"] != other[0]["DTSTAMP"]


def test_units_that_start_together_are_one_event_with_their_number(hostile: Stored) -> None:
    content = FORMATS["icalendar"][".ics"](scheduled(hostile), ExportSettings())[""]
    for each in readers.components(content):
        if each["kind"] == "VEVENT":
            job, count = readers.unescaped(each["X-PLACEMENT-JOB"]), int(each["X-PLACEMENT-COUNT"])
            assert readers.unescaped(each["SUMMARY"]) == (f"{job} ×{count}" if count > 1 else job)


def test_teams_are_categories(hostile: Stored) -> None:
    content = FORMATS["icalendar"][".ics"](scheduled(hostile), ExportSettings())[""]
    team = dict(zip(hostile.scenario.jobs["job"], hostile.scenario.jobs["team"], strict=True))
    for each in readers.components(content):
        mine = team[readers.unescaped(each["X-PLACEMENT-JOB"])]
        assert readers.texts(each["CATEGORIES"]) == [mine] if mine is not None else "CATEGORIES" not in each


def test_no_cell_is_a_formula(hostile: Stored) -> None:
    content = FORMATS["csv"][".csv"](scheduled(hostile), ExportSettings())[""].decode()
    rows = list(csv.reader(io.StringIO(content, newline="")))
    assert rows[0] == list(COLUMNS)
    assert all(len(row) == len(COLUMNS) for row in rows)
    begins = {cell[0] for row in rows for cell in row if cell}
    assert not begins & set("=@\t\r")
    assert all(re.fullmatch(r"[+-][0-9.e]+", cell) for row in rows for cell in row if cell[:1] in ("+", "-"))


def test_parquet_has_types_and_the_words_as_they_are(hostile: Stored) -> None:
    content = FORMATS["csv"][".parquet"](scheduled(hostile), ExportSettings())[""]
    table = pyarrow.parquet.read_table(pa.BufferReader(content))
    assert table.schema.field("start").type == pa.timestamp("us", tz="UTC")
    assert table.schema.field("clusters").type == pa.list_(pa.string())
    assert set(table["job"].to_pylist()) == set(hostile.scenario.jobs["job"])

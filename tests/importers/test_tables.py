"""Any CSV or Parquet file by the names of its columns."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from importers.logs import dropped, read, refused, rows, write

CSV = "job,submitted,hours,accelerators,team\na,2026-03-01T00:00:00Z,1.5,8,x\nb,2026-03-01T02:00:00+02:00,2,4,\n"


def test_columns_of_the_jobs_table_are_read_as_they_are(tmp_path: Path) -> None:
    found = read("table", write(tmp_path, CSV, "t.csv"))
    assert rows(found, "job", "submitted", "hours", "accelerators", "team") == [
        ("a", "2026-03-01T00:00:00", 1.5, 8, "x"), ("b", "2026-03-01T00:00:00", 2.0, 4, None),
    ]  # fmt: skip
    assert found.tally.notes[0].endswith(
        "t.csv, read as guessed: job, submitted, hours, accelerators, team. --column NAME=COLUMN says otherwise."
    )


def test_common_names_are_guessed_and_told_and_what_is_not_read_too(tmp_path: Path) -> None:
    text = "Job ID;Start Time;End Time;Num GPUs;Account;Cost\n7;2026-03-01 00:00:00;2026-03-01 03:00:00;8;lab;5\n"
    found = read("table", write(tmp_path, text, "t.csv"))
    assert rows(found, "job", "hours", "accelerators", "team") == [("7", 3.0, 8, "lab")]
    said = " ".join(found.tally.notes)
    assert "job from 'Job ID', started from 'Start Time', ended from 'End Time', accelerators from 'Num GPUs'" in said
    assert "not read: Cost." in said


@pytest.mark.parametrize(
    ("column", "expected"),
    [("hours=run", 90.0), ("minutes=run", 1.5), ("seconds=run", 0.025), ("limit_hours=run", 45.0)],
)
def test_run_times_are_in_the_unit_that_is_named(column: str, expected: float, tmp_path: Path) -> None:
    path = write(tmp_path, "id,gpus,run\n1,8,90\n", "t.csv")
    name, _, source = column.partition("=")
    assert rows(read("table", path, columns={name: source}, estimate=0.5), "hours") == [(expected,)]


def test_a_run_time_without_a_unit_is_not_guessed(tmp_path: Path) -> None:
    words = refused("table", write(tmp_path, "id,gpus,duration\n1,8,90\n", "t.csv"))
    assert "no column says how long a job runs, or may run. Give its unit: --column hours=duration, minutes=" in words


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"jobs": "job"}, "--column jobs=job: there is no jobs. Did you mean 'job'?"),
        ({"job": "jb"}, "t.csv: there is no column 'jb'. Did you mean 'job'?"),
        ({"state": "team"}, "--column state=team: there is no state."),
        ({"after": "team"}, "--column after=team: there is no after."),
    ],
)
def test_names_that_are_not_there_are_told(columns: dict[str, str], words: str, tmp_path: Path) -> None:
    assert words in refused("table", write(tmp_path, CSV, "t.csv"), columns=columns)


def test_a_table_that_does_not_say_how_many_accelerators(tmp_path: Path) -> None:
    path = write(tmp_path, "id,nodes,cpus,hours\n1,2,16,3\n", "t.csv")
    assert "no column says how many accelerators a job asks for. Give --column accelerators=" in refused("table", path)
    assert rows(read("table", path, per_node=8), "accelerators") == [(16,)]
    assert rows(read("table", path, per_accelerator=4), "accelerators") == [(4,)]


def parquet(folder: Path, **columns: Any) -> Path:
    path = folder / "t.parquet"
    pq.write_table(pa.table(columns), path)
    return path


def test_types_of_parquet_are_read_as_what_they_mean(tmp_path: Path) -> None:
    moment = datetime(2026, 3, 1, 12, tzinfo=UTC)
    path = parquet(
        tmp_path,
        id=pa.array([1, 2], pa.int32()),
        submit=pa.array([moment, None], pa.timestamp("ms", "Europe/Berlin")),
        started=pa.array([moment.replace(tzinfo=None)] * 2, pa.timestamp("ns")),
        hours=pa.array([Decimal("1.5"), Decimal("2.5")], pa.decimal128(5, 2)),
        gpus=pa.array([8, 4], pa.uint8()),
        user=pa.array(["x", None]).dictionary_encode(),
        queue=pa.array(["q", "q"], pa.large_string()),
    )
    found = read("table", path, time_zone="Europe/Berlin", at="2026-03-01T12:30", clusters={"q": "abilene"})
    assert rows(found, "job", "submitted", "started", "hours_left", "team", "tags", "cluster") == [
        ("2", None, "2026-03-01T11:00:00", 2.0, None, "q", "abilene"),
    ]
    assert dropped(found) == {"BACKWARDS": 1}


def test_numbers_as_times_are_unix_seconds_or_count_from_the_start(tmp_path: Path) -> None:
    seconds = parquet(tmp_path, id=["a"], submit=[1772323200], hours=[1], gpus=[1])
    assert rows(read("table", seconds), "submitted") == [("2026-03-01T00:00:00",)]
    counted = parquet(tmp_path, id=["a", "b"], submit=[0.0, 5.5], hours=[1, 1], gpus=[1, 1])
    assert "the column 'submit' counts seconds from a begin that it does not name. Give --start" in refused(
        "table", counted
    )
    assert rows(read("table", counted, start="2026-03-01"), "submitted") == [
        ("2026-03-01T00:00:00",), ("2026-03-01T00:00:05",),
    ]  # fmt: skip


def test_further_columns_of_the_jobs_table_are_checked_and_kept(tmp_path: Path) -> None:
    text = (
        "job,hours,accelerators,due,ckpt,cls,res,must,p90,alike\n"
        "a,1,1,2026-03-02,0.5,llm,US;DE,true,2,10\n"
        "b,1,1,,,,,,,\n"
        "c,1,1,,-1,,,,,\n"
        "d,1,1,,,a/b,,,,\n"
        "e,1,1,,,,us,,,\n"
        "f,1,1,,,,,maybe,,\n"
        "g,1,1,someday,,,,,,\n"
        "h,1,1,,,,,,,1.5\n"
        "i,1,1,,,,,,,0\n"
        "j,1,1,1900-01-01,,,,,,\n"
    )
    columns = {
        "deadline": "due", "checkpoint_tb": "ckpt", "class": "cls", "residency": "res", "must_run": "must",
        "hours_p90": "p90", "count": "alike",
    }  # fmt: skip
    asked: dict[str, Any] = {"columns": columns, "accelerator": "a100-80gb"}
    found = read("table", write(tmp_path, text, "t.csv"), **asked, from_="2026-03-01", onto="2027-03-01")
    names = ("job", "count", "deadline", "checkpoint_tb", "class", "residency", "must_run", "hours_p90")
    (first, second) = rows(found, *names)
    assert first == ("a", 10, "2027-03-02T00:00:00", 0.5, "llm", "US;DE", True, pytest.approx(2 * 312 / 989))
    assert second == ("b", 1, *[None] * 6)
    assert dropped(found) == {"UNREADABLE": 7, "IMPOSSIBLE": 1}


@pytest.mark.parametrize(
    ("name", "cell", "words"),
    [
        ("hours", "x", "hours is 'x', not a number such as 1.5"),
        ("submitted", "soon", "submitted is 'soon', not a time such as 2027-06-07T00:00:00Z"),
        ("deadline", "someday", "deadline is 'someday', not a time such as 2027-06-07T00:00:00Z"),
        ("deadline", "2300-01-01", "deadline is '2300-01-01', not a date between 1973 and 2200"),
        ("checkpoint_tb", "-1", "checkpoint_tb is '-1', but must be at least 0"),
        ("must_run", "maybe", "must_run is 'maybe', not true or false"),
        ("residency", "US;us", "residency is 'us', which is not a country. Write the two capital letters of ISO 3166"),
        ("class", "a/b", "class is 'a/b', which is not a name. Use text without '/' and '.'"),
        ("segments", "1.5", "segments is '1.5', not a whole number"),
        ("segments", "5000", "segments is '5000', but must be at most 1,000"),
        ("count", "1.5", "count is '1.5', not a whole number"),
    ],
)
def test_a_cell_that_cannot_be_read_is_shown_with_what_can_be(name: str, cell: str, words: str, tmp_path: Path) -> None:
    cells = {"job": "a", "hours": "1", "accelerators": "1", name: cell}
    head, row = ",".join(cells), ",".join(cells.values())
    said = refused("table", write(tmp_path, f"{head}\n{row}\n", "t.csv"), columns={name: name})
    assert f"t.csv:2 ({words}" in said
    assert said.endswith("Correct them in the file; in a table --column NAME=COLUMN takes another column.")


@pytest.mark.parametrize(
    ("row", "words", "remedy"),
    [
        (",1,1,", "t.csv:2 ('')", "--column job=COLUMN takes another column"),
        ("a,1,0,", "t.csv:2 (a: accelerators 0)", "--per-node N and --per-accelerator CORES"),
        ("a,1,,", "t.csv:2 (a: accelerators not said)", "--per-node N and --per-accelerator CORES"),
        ("a,0,1,", "t.csv:2 (a: ran 0 s)", "Correct their run time in the file"),
        ("a,-1,1,", "t.csv:2 (a: accelerators 1, seconds -3600", "Correct them in the file: years from 1973"),
        ("a,1,1,2025-12-31", "t.csv:2 (a: submitted 2025-12-31T00:00:00Z", "An earlier --from keeps them."),
    ],
)
def test_what_is_dropped_is_told_with_its_value_and_what_to_do(
    row: str, words: str, remedy: str, tmp_path: Path
) -> None:
    path = write(tmp_path, f"job,hours,accelerators,submitted\n{row}\n", "t.csv")
    said = refused("table", path, from_="2026-01-01")
    assert words in said
    assert remedy in said


def test_columns_that_are_ignored_are_neither_guessed_nor_told(tmp_path: Path) -> None:
    path = write(tmp_path, "job,hours,gpus,user,cost\na,1,8,kim,5\n", "t.csv")
    found = read("table", path, ignore=["user", "cost"])
    assert rows(found, "job", "team") == [("a", None)]
    assert "not read" not in str(found.tally.notes)
    assert "t.csv, not read: cost. --ignore COLUMN says" in str(read("table", path).tally.notes)
    said = refused("table", path, ignore=["usr"])
    assert "there is no column 'usr', which --ignore names. Did you mean 'user'?" in said
    said = refused("table", path, ignore=["user"], columns={"team": "user"})
    assert "--column team=user: --ignore names that column. Leave one of the two out." in said
    assert refused("slurm", path, ignore=["user"]) == "slurm takes no --ignore. Leave it out."


def test_rows_without_names_are_numbered(tmp_path: Path) -> None:
    one, two = (write(tmp_path, "hours,accelerators\n1,1\n2,2\n", name) for name in ("a.csv", "b.csv"))
    found = read("table", one, two)
    assert [name for (name,) in rows(found, "job")] == ["row-1", "row-2", "row-3", "row-4"]
    assert "a.csv names no jobs; they are called row-1, row-2 and so on." in str(found.tally.notes)


def test_text_in_quotes_ragged_rows_and_long_cells(tmp_path: Path) -> None:
    text = 'job,hours,accelerators\n"a, b",1,1\n"c\nd",1,1\n"e""f",1,1\ng,1\n' + "x" * 200_000 + ",1,1\nh,1,1\ni,x,1\n"
    path = write(tmp_path, text.replace("\n", "\r\n"), "t.csv")
    found = read("table", path)
    assert rows(found, "job") == [("a, b",), ('e"f',), ("h",)]
    said = {reason.name: examples for reason, examples in found.tally.examples.items()}
    assert sorted(said["UNREADABLE"]) == [
        f"{path}:6 (2 cells, the header has 3)", f"{path}:7 (field larger than field limit (131072))",
        f"{path}:9 (hours is 'x', not a number such as 1.5)",
    ]  # fmt: skip
    assert said["UNNAMED"] == [f"{path}:3 ('c\\nd')"]


def test_a_quote_that_never_ends_loses_what_follows_and_says_so(tmp_path: Path) -> None:
    path = write(tmp_path, CSV + '"c,2026-03-01,1,1,x\nd,2026-03-01,1,1,x\n', "t.csv")
    found = read("table", path)
    assert rows(found, "job") == [("a",), ("b",)]
    assert found.tally.examples == {min(found.tally.dropped): [f"{path}:4 (1 cells, the header has 5)"]}


def test_a_column_that_stands_twice_and_files_that_differ(tmp_path: Path) -> None:
    assert "the column 'a' stands twice. Keep one." in refused(
        "table", write(tmp_path, "a,a,hours,gpus\n1,2,3,4\n", "t.csv")
    )  # fmt: skip
    one = write(tmp_path, "id,hours,gpus,count\n1,1,1,3\n", "a.csv")
    two = write(tmp_path, "id,hours,gpus,checkpoint_tb\n2,1,1,3\n", "b.csv")
    found = read("table", one, two)
    assert rows(found, "job", "count") == [("1", 3), ("2", 1)]
    assert "checkpoint_tb" not in found.table.column_names
    words = refused("table", one, two, columns={"checkpoint_tb": "checkpoint_tb"})
    assert "a.csv: there is no column 'checkpoint_tb'." in words

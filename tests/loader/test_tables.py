"""Tables in files: CSV and Parquet give what rows in the scenario give, and each wrong cell is named."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import build
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from loader.files import line_of, one, refused, write

import placement
from placement.fingerprint import fingerprint
from placement.schema import Scenario

HEAD = "job,hours,accelerators"


def with_table(folder: Path, name: str, **more: Any) -> Path:
    """A scenario whose jobs stand in a file."""
    return write(folder, build.document() | {"jobs": {"table": name, **more}})


def csv(folder: Path, text: str, **more: Any) -> Path:
    (folder / "jobs.csv").write_text(text, encoding="utf-8")
    return with_table(folder, "jobs.csv", **more)


@pytest.mark.parametrize(
    ("text", "place", "fact", "remedy"),
    [
        (f"{HEAD}\na,2,4\nb,-2,4\n", ":3", "hours is -2, but must be greater than 0.", "Meaning of"),
        (f"{HEAD}\na,nan,4\n", ":2", "hours is 'nan' (text), but must be a number.", "Meaning of"),
        (f"{HEAD}\na,1e400,4\n", ":2", "hours is inf, which is not a number", "Meaning of hours"),
        (f"{HEAD}\na,1,5.5\n", ":2", "accelerators is 5.5, but must be a whole", "Meaning of"),
        (f"{HEAD}\na,'1,000',4\n", ":2", "the row has 4 cells, and the header 3.", "Give each row as many cells"),
        (f'{HEAD}\na,"1,000",4\n', ":2", "hours is '1,000' (text)", "Write a plain number: 1000."),
        (f"{HEAD}\na,12 h,4\n", ":2", "hours is '12 h' (text)", "Meaning of hours"),
        (f"{HEAD}\n,2,4\n", ":2", "job is empty.", "Meaning of job: Its name; unique."),
        (f"{HEAD},deadline\na,2,4,soon\n", ":2", "deadline is 'soon', which is", "Write ISO 8601"),
        (f"{HEAD},must_run\na,2,4,maybe\n", ":2", "must_run is 'maybe' (text)", "Meaning of"),
        (
            f"{HEAD},state\na,2,4,runing\n",
            ":2",
            "state is 'runing', which is none",
            "Did you mean 'ru",
        ),
        (
            f"{HEAD},residency\na,2,4,US;Canada\n",
            ":2",
            "residency is 'Canada'",
            "Write the two cap",
        ),
        (f"{HEAD},reject_usd\na,2,4,n/a\n", ":2", "reject_usd is 'n/a'", "Leave the cell empty"),
        (
            f"{HEAD},pirority\na,2,4,high\n",
            ": column pirority",
            "unknown column 'pirority'.",
            "Did you mean 'priority'?",
        ),
        (f",{HEAD}\n0,a,2,4\n", ": column ", "unknown column ''.", "It seems to be a data frame's index"),
        (f"{HEAD},hours\na,2,4,2\n", ": column hours", "the column 'hours' stands twice.", "Keep one."),
        ("job,hours\na,2\n", "", "the column 'accelerators' is missing.", "Meaning of accelerators: Gang size."),
        ("job;hours;accelerators\na;2;4\n", "", "the columns are separated by semicolons.", "Save it with commas"),
        ("", "", "the file is empty.", "Begin with a line of column names."),
        (f"{HEAD}\na,2,4\nb,2\n", ":3", "the row has 2 cells, and the header 3.", "Give each row as many cells"),
    ],
)
def test_a_wrong_cell_of_a_csv_file_is_named_by_its_line(
    text: str, place: str, fact: str, remedy: str, tmp_path: Path
) -> None:
    problem = one(csv(tmp_path, text))
    assert problem.place == f"jobs.csv{place}"
    assert problem.fact.startswith(fact)
    assert problem.remedy.startswith(remedy)


@pytest.mark.parametrize(
    ("column", "values", "holds"),
    [
        ("hours", ["2"], "string"),
        ("hours", [True], "bool"),
        ("accelerators", [datetime(2027, 6, 7, tzinfo=UTC)], "timestamp[us, tz=UTC]"),
        ("job", [1.5], "double"),
        ("deadline", [7], "int64"),
        ("must_run", [1], "int64"),
        ("tags", [3], "int64"),
        ("team", [["a"]], "list"),
    ],
)
def test_a_parquet_column_of_the_wrong_type_is_named(
    column: str, values: list[Any], holds: str, tmp_path: Path
) -> None:
    table = {"job": ["a"], "hours": [2.0], "accelerators": [4]} | {column: values}
    pq.write_table(pa.table(table), tmp_path / "jobs.parquet")
    problem = one(with_table(tmp_path, "jobs.parquet"))
    assert problem.place == f"jobs.parquet: column {column}"
    assert problem.fact.startswith(f"the column '{column}' holds {holds}")
    assert ", but must hold " in problem.fact


def test_a_parquet_file_that_is_none_or_is_cut_short_is_told(tmp_path: Path) -> None:
    (tmp_path / "jobs.parquet").write_text("job,hours\n", encoding="utf-8")
    problem = one(with_table(tmp_path, "jobs.parquet"))
    assert (problem.place, problem.remedy) == ("jobs.parquet", "Write it again.")
    assert problem.fact.startswith("this is not a readable Parquet file")
    pq.write_table(pa.table({"job": ["a"], "hours": [2.0], "accelerators": [4]}), tmp_path / "jobs.parquet")
    data = (tmp_path / "jobs.parquet").read_bytes()
    (tmp_path / "jobs.parquet").write_bytes(data[: len(data) // 2])
    assert one(with_table(tmp_path, "jobs.parquet")).fact.startswith("this is not a readable Parquet file")


def test_a_table_without_rows_is_told_where_it_is_named(tmp_path: Path) -> None:
    path = csv(tmp_path, f"{HEAD}\n")
    problem = one(path)
    assert problem.place == f"{path}:{line_of(path, 'jobs:')}"
    assert problem.fact == "there are no jobs: the table is empty."


def test_a_file_of_a_name_almost_right_is_found(tmp_path: Path) -> None:
    (tmp_path / "jobs.csv").write_text(f"{HEAD}\na,2,4\n", encoding="utf-8")
    path = with_table(tmp_path, "job.csv")
    problem = one(path)
    assert problem.place == f"{path}:{line_of(path, 'table')}"
    assert problem.remedy == "Did you mean 'jobs.csv'?"


def test_names_of_columns_can_be_mapped(tmp_path: Path) -> None:
    path = csv(tmp_path, "id,duration_h,accelerators\na,2,4\n", columns={"job": "id", "hours": "duration_h"})
    assert placement.load(path).jobs["hours"].tolist() == [2.0]
    problems = refused(with_table(tmp_path, "jobs.csv", columns={"job": "idd", "hour": "duration_h"}))
    assert [problem.fact for problem in problems] == [
        "there is no column 'idd', which `columns` names.",
        "`columns` names 'hour', which is no column of ours.",
        "unknown column 'id'.",
    ]


WITH_BREAKS = f"""{HEAD},note

a,2,4,"the ""night""
shift"
b,2,4,5" disks

c,-2,4,"x
y
z"
d,2,0,
"""
"""Rows on lines 3, 5, 7 and 10; text over several lines, empty lines, and a quote that opens nothing."""


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_lines_are_those_of_the_file_whatever_stands_between(ends: str, tmp_path: Path) -> None:
    path = csv(tmp_path, WITH_BREAKS.replace("\n", ends), ignore=["note"])
    assert {problem.place for problem in refused(path)} == {"jobs.csv:7", "jobs.csv:10"}


def test_rows_without_enough_cells_are_named_by_their_line_and_move_no_other(tmp_path: Path) -> None:
    text = WITH_BREAKS.replace("a,2,4,", "a,2,").replace("b,2,4,", "b,-2,4,")
    path = csv(tmp_path, text, ignore=["note"])
    assert [(problem.place, problem.fact[:12]) for problem in refused(path)] == [
        ("jobs.csv:3", "the row has "), ("jobs.csv:5", "hours is -2,"), ("jobs.csv:7", "hours is -2,"),
        ("jobs.csv:10", "accelerators"),
    ]  # fmt: skip


def test_many_wrong_cells_are_counted_from_the_line_of_the_first_of_them(tmp_path: Path) -> None:
    text = HEAD + "".join(f"\nj{k},-2,4" for k in range(8))
    problems = refused(csv(tmp_path, text))
    assert [problem.place for problem in problems] == [f"jobs.csv:{line}" for line in range(2, 8)]
    assert problems[-1].fact == "3 more rows have a wrong hours, this one first."


def test_what_no_cell_shows_by_itself_is_named_by_line_too(tmp_path: Path) -> None:
    assert one(csv(tmp_path, f"{HEAD}\na,2,4\n\na,3,4\n")).place == "jobs.csv:4"


def test_rows_of_parquet_files_are_counted(tmp_path: Path) -> None:
    pq.write_table(
        pa.table({"job": ["a", "b"], "hours": [2.0, -2.0], "accelerators": [4, 4]}), tmp_path / "jobs.parquet"
    )
    assert one(with_table(tmp_path, "jobs.parquet")).place == "jobs.parquet: row 2, column hours"


def test_cells_of_series_are_named_by_line(tmp_path: Path) -> None:
    (tmp_path / "prices.csv").write_text('note,price\n"a\nb",20\n,dear\n', encoding="utf-8")
    price = {"file": "prices.csv", "column": "price"}
    problem = one(write(tmp_path, build.document([build.cluster(energy_price=price)], slots=2)))
    assert (problem.place, problem.fact) == ("prices.csv:4", "price is 'dear', but must be a number.")


def test_columns_that_are_ignored_are_not_read(tmp_path: Path) -> None:
    text = f"{HEAD},owner,owner,team\na,2,4,x,y,red\n"
    made = placement.load(csv(tmp_path, text, ignore=["owner", "team"]))
    assert made.jobs["team"].tolist() == [None]
    path = write(tmp_path, build.document() | {"jobs": [{"table": "jobs.csv", "ignore": ["owner"]}]})
    assert placement.load(path).jobs["team"].tolist() == ["red"]


def test_an_unknown_column_is_an_error_that_says_how_to_ignore_it(tmp_path: Path) -> None:
    problem = one(csv(tmp_path, f"{HEAD},owner\na,2,4,x\n"))
    assert (problem.place, problem.fact) == ("jobs.csv: column owner", "unknown column 'owner'.")
    assert problem.remedy == (
        "Say that it is not read, `ignore: [owner]`, or which of ours it is, as in `columns: {accelerators: owner}`."
    )


def test_columns_that_cannot_be_ignored_are_told(tmp_path: Path) -> None:
    asked = {"ignore": ["ownr", "d"], "columns": {"hours": "d"}}
    problems = refused(csv(tmp_path, "job,d,accelerators\na,2,4\n", **asked))
    assert [(problem.fact, problem.remedy) for problem in problems] == [
        ("there is no column 'ownr', which `ignore` names.", "Known: job, d, accelerators."),
        ("the column 'd' is in `columns`, for hours, and in `ignore`.", "Leave it out of one of the two."),
    ]
    assert one(csv(tmp_path, f"{HEAD}\na,2,4\n", ignore=["hours"])).fact == "the column 'hours' is missing."


def frame() -> pd.DataFrame:
    """Jobs with every kind of column."""
    return pd.DataFrame(
        {
            "job": ["a", "b", "c"],
            "hours": [2.0, 3.5, 1.0],
            "accelerators": [4, 2, 1],
            "team": ["red", None, "blue"],
            "tags": ["x;y", None, "x"],
            "deadline": pd.to_datetime(["2027-06-07T04:00Z", None, "2027-06-07T03:30Z"]),
            "reject_usd": [100.0, np.nan, 5.0],
            "must_run": [False, True, False],
            "after": [None, "a", "a;b"],
            "residency": ["US", "US;DE", None],
            "uses.licences": [1, 0, 2],
        }
    )


def rows() -> list[dict[str, Any]]:
    """The same as rows of a scenario."""
    return [
        {"job": "a", "hours": 2.0, "accelerators": 4, "team": "red", "tags": ["x", "y"], "reject_usd": 100.0,
         "deadline": "2027-06-07T04:00:00Z", "residency": ["US"], "uses": {"licences": 1}, "must_run": False},
        {"job": "b", "hours": 3.5, "accelerators": 2, "must_run": True, "after": ["a"], "residency": ["US", "DE"]},
        {"job": "c", "hours": 1.0, "accelerators": 1, "team": "blue", "tags": ["x"], "reject_usd": 5.0,
         "deadline": "2027-06-07T03:30:00+00:00", "after": ["a", "b"], "uses": {"licences": 2}, "must_run": False},
    ]  # fmt: skip


def document() -> dict[str, Any]:
    return build.document([build.cluster(resources={"licences": 3})], rows())


def same(one: Scenario, two: Scenario) -> None:
    """Two scenarios that differ in nothing that a plan depends on."""
    assert one.document() == two.document()
    for name in one.jobs.columns:
        np.testing.assert_array_equal(one.jobs[name], two.jobs[name], err_msg=name)
    assert fingerprint(one) == fingerprint(two)


def test_csv_parquet_rows_and_frames_are_the_same_scenario(tmp_path: Path) -> None:
    listed = placement.load(write(tmp_path, document()))
    frame().to_csv(tmp_path / "jobs.csv", index=False)
    frame().to_parquet(tmp_path / "jobs.parquet", index=False)
    for name in ("jobs.csv", "jobs.parquet"):
        same(placement.load(write(tmp_path, document() | {"jobs": {"table": name}})), listed)
        same(placement.load(write(tmp_path, document() | {"jobs": [{"table": name}]})), listed)
    bare = {key: value for key, value in document().items() if key != "jobs"}
    same(placement.scenario(document()), listed)
    for table in (frame(), pa.Table.from_pandas(frame()), frame().to_dict("list")):
        same(placement.scenario(bare, tables={"jobs": table}), listed)


def test_frames_are_not_changed_and_take_the_place_of_rows() -> None:
    given, before = frame(), frame()
    made = placement.scenario(document() | {"jobs": [build.job("other")]}, tables={"jobs": given})
    pd.testing.assert_frame_equal(given, before)
    given.loc[0, "hours"] = 99.0
    assert made.jobs["job"].tolist() == ["a", "b", "c"]
    assert made.jobs["hours"][0] == 2.0


@pytest.mark.parametrize(
    ("tables", "text"),
    [
        ({"job": frame()}, "tables: job: there is no table 'job'. Known: jobs, options, throughput."),
        ({"jobs": 7}, "jobs: a int is not a table. Give a data frame"),
        ({"jobs": {"job": ["a"], "hours": [1.0, 2.0]}}, "jobs: the columns differ in length: job 1, hours 2."),
        ({"jobs": {"job": ["a"], "hours": [object()], "accelerators": [1]}}, "jobs: column hours: the column 'hours'"),
        ({"jobs": frame().assign(hours=-1.0)}, "jobs: row 1, column hours: hours is -1, but must be greater than 0."),
    ],
)
def test_what_is_wrong_with_a_frame_is_told(tables: dict[str, Any], text: str) -> None:
    with pytest.raises(placement.ScenarioError) as caught:
        placement.scenario(document(), tables=tables)
    assert str(caught.value).startswith(text)


def large(number: int) -> pd.DataFrame:
    """Many jobs, each tenth of them after the one above."""
    k = np.arange(number)
    return pd.DataFrame(
        {
            "job": [f"job-{i}" for i in k],
            "hours": 1.0 + (k % 97) / 8,
            "accelerators": 1 + k % 8,
            "team": np.array(["red", "green", "blue"])[k % 3],
            "tags": np.array(["x", "x;y"])[k % 2],
            "submitted": pd.Timestamp("2027-06-07T00:00Z") + pd.to_timedelta(k % 48, unit="h"),
            "after": [f"job-{i - 1}" if i % 10 == 9 else None for i in k],
        }
    )


@pytest.mark.parametrize("name", ["jobs.csv", "jobs.parquet"])
def test_a_table_of_200_000_rows_is_read_whole(name: str, tmp_path: Path) -> None:
    table = large(200_000)
    if name.endswith(".csv"):
        table.to_csv(tmp_path / name, index=False)
    else:
        table.to_parquet(tmp_path / name, index=False)
    jobs = placement.load(write(tmp_path, build.document(slots=72) | {"jobs": {"table": name}})).jobs
    assert len(jobs) == 200_000
    for column in ("job", "hours", "accelerators", "team"):
        np.testing.assert_array_equal(jobs[column], table[column].to_numpy())
    moments = table["submitted"].dt.tz_localize(None).to_numpy().astype("datetime64[us]")
    np.testing.assert_array_equal(jobs["submitted"], moments)
    assert jobs["tags"][:2].tolist() == [("x",), ("x", "y")]
    assert jobs["after"][199_999] == ("job-199998",)
    assert sum(map(len, jobs["after"])) == 20_000

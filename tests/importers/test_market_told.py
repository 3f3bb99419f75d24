"""What imports of series tell: what is missing, given twice, chosen, filled; files of several kinds."""

from pathlib import Path

import pytest
from importers import market_files as files
from importers.market_files import Importing, Rows, archive, text_of, utc, workbook

FIRST = utc("2023-06-05T05:00")


@pytest.fixture
def importing(tmp_path: Path) -> Importing:
    return Importing(tmp_path)


def day_ahead(**values: list[float]) -> Rows:
    return files.ercot_day_ahead(FIRST, values)


def without(rows: Rows, *numbers: int) -> Rows:
    return [row for k, row in enumerate(rows) if k not in numbers]


def test_the_lines_say_what_was_read_and_written(importing: Importing) -> None:
    rows = day_ahead(HB_NORTH=[10.0, -20.0, 30.0], LZ_WEST=[1.0, 2.0, 6.0])
    assert importing.lines("ercot", text_of(rows)) == [
        "read 6 rows of 1 file: 2 zones, 3 hours from 2023-06-05T05Z to 2023-06-05T07Z, $/MWh",
        "  no hour is missing",
        "  HB_NORTH: mean 6.67, from -20.00 to 30.00",
        "  LZ_WEST: mean 3.00, from 1.00 to 6.00",
        f"written to {importing.folder / 'out.csv'}; in a scenario:",
        "  {file: out.csv, column: HB_NORTH, time_column: utc}",
    ]


def test_missing_hours_and_missing_numbers_stay_empty_and_are_counted(importing: Importing) -> None:
    rows = day_ahead(A=[1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    for mark, row in zip(("n/e", "N/A", "-"), rows[3:6], strict=True):
        row[4] = mark
    text = text_of(without(rows, 2))
    assert importing.series("ercot", text)[1] == {"A": [1.0, None, None, None, None, 6.0]}
    told = importing.lines("ercot", text)
    assert "  numbers missing in the files: 3" in told
    assert "  hours missing, left empty: 4, the first 2023-06-05T06Z of A" in told


def test_an_hour_with_a_part_missing_is_not_there(importing: Importing) -> None:
    rows = without(files.ercot_real_time(FIRST, {"A": [1.0, 2.0, 3.0, 6.0, 5.0, 6.0, 7.0, 8.0, 9.0]}), 6)
    assert importing.series("ercot", text_of(rows))[1] == {"A": [3.0, None, None]}
    told = importing.lines("ercot", text_of(rows))
    assert "  hours of which a part is missing, not counted as there: 2" in told
    filled = importing.series("ercot", text_of(rows), fill="linear")[1]
    assert filled == {"A": [3.0, pytest.approx(20 / 3), None]}  # of three quarters the mean, of one nothing


@pytest.mark.parametrize(
    ("fill", "expected"),
    [
        ("linear", [1.0, 2.0, 3.0, None, None, None, None, 9.0]),
        ("previous", [1.0, 1.0, 3.0, None, None, None, None, 9.0]),
        ("linear:4", [1.0, 2.0, 3.0, 4.2, 5.4, 6.6, 7.8, 9.0]),
        ("previous:4", [1.0, 1.0, 3.0, 3.0, 3.0, 3.0, 3.0, 9.0]),
    ],
)
def test_gaps_are_filled_where_that_is_asked_for(importing: Importing, fill: str, expected: list[float | None]) -> None:
    rows = without(day_ahead(A=[1.0, 0.0, 3.0, 0.0, 0.0, 0.0, 0.0, 9.0]), 2, 4, 5, 6, 7)
    assert importing.series("ercot", text_of(rows), fill=fill)[1] == {
        "A": [None if value is None else pytest.approx(value) for value in expected]
    }
    filled = 1 if expected[3] is None else 5
    assert f"  hours filled: {filled}" in importing.lines("ercot", text_of(rows), fill=fill)


def test_the_same_number_twice_is_dropped_and_counted(importing: Importing) -> None:
    text = text_of(day_ahead(A=[1.0, 2.0]))
    assert importing.series("ercot", text, text)[1] == {"A": [1.0, 2.0]}
    assert "  numbers given twice, the same, of which one is dropped: 2" in importing.lines("ercot", text, text)


def test_files_of_several_times_and_zones_make_one_table(importing: Importing) -> None:
    later = files.ercot_day_ahead(utc("2023-06-05T08:00"), {"B": [7.0, 8.0]})
    assert importing.series("ercot", text_of(later), text_of(day_ahead(A=[1.0, 2.0])))[1] == {
        "B": [None, None, None, 7.0, 8.0],
        "A": [1.0, 2.0, None, None, None],
    }


def test_zones_are_chosen_by_name_in_any_case_or_without_their_kind(importing: Importing) -> None:
    text = text_of(day_ahead(HB_NORTH=[1.0], LZ_WEST=[2.0], LZ_EAST=[3.0]))
    assert importing.series("ercot", text, zone="lz_west, HB_NORTH")[1] == {"HB_NORTH": [1.0], "LZ_WEST": [2.0]}
    areas = text_of(files.entsoe_new(FIRST, {"BZN|FR": [1.0], "BZN|DE-LU": [2.0]}, minutes=60))
    assert importing.series("entsoe", areas, zone="DE-LU")[1] == {"BZN|DE-LU [EUR/MWh]": [2.0]}


def test_a_year_is_cut_out_in_utc_and_told_to_be_whole_or_not(importing: Importing) -> None:
    values = {"A": [1.0] * (8760 + 20)}
    text = text_of(files.ercot_day_ahead(utc("2022-12-31T20:00"), values))
    told = importing.lines("ercot", text, year="2023")
    assert "8,760 hours from 2023-01-01T00Z to 2023-12-31T23Z" in told[0]
    assert told[-1] == "  2023 is whole: use: replay, year: 2023"
    told = importing.lines("ercot", text_of(files.ercot_day_ahead(utc("2023-01-01T06:00"), {"A": [1.0] * 8760})))
    assert told[-2].startswith("  2023 lacks 6 of its hours for use: replay;")


def test_a_zone_without_numbers_is_left_out(importing: Importing) -> None:
    rows = day_ahead(A=[1.0], B=[2.0])
    rows[2][4] = ""
    assert importing.series("ercot", text_of(rows))[1] == {"A": [1.0]}
    assert "  B has no number at all and is left out" in importing.lines("ercot", text_of(rows))


def test_euros_are_told_and_names_that_yaml_would_misread_are_quoted(importing: Importing) -> None:
    told = importing.lines("entsoe", text_of(files.entsoe_old(FIRST, {"BZN|DE-LU": [1.0]})))
    assert "  prices are in EUR: give --option usd_per_eur=RATE, or write `scale` in the scenario" in told
    assert told[-1].endswith("{file: out.csv, column: 'BZN|DE-LU [EUR/MWh]', time_column: utc}")
    assert importing.lines("ercot", text_of(day_ahead(**{"12": [1.0]})))[-1].endswith("column: '12', time_column: utc}")


def test_rows_of_other_components_and_estimates_are_counted(importing: Importing) -> None:
    assert "  rows of other components than LMP left out: 4" in importing.lines(
        "caiso", text_of(files.caiso(FIRST, {"A": [1.0, 2.0]}))
    )
    rows = files.electricity_maps(FIRST, {"FR": [1.0, 2.0]})
    rows[1][9] = "True"
    told = importing.lines("electricitymaps", text_of(rows))
    assert "  rows estimated by Electricity Maps, kept: 1" in told


# ---------------------------------------------------------------------------------------------------- kinds of files


@pytest.mark.parametrize("shared", [True, False])
def test_a_workbook_with_a_sheet_a_month_is_read(importing: Importing, shared: bool) -> None:
    june, july = day_ahead(A=[1.0, 2.0]), files.ercot_day_ahead(utc("2023-06-05T07:00"), {"A": [3.0, 4.0]})
    june[1][0], july[2][0] = "45082", "45082.0"  # 5 June 2023 as workbooks store dates
    logo: Rows = [["ERCOT"], [], ["Historical DAM Load Zone and Hub Prices"], []]
    content = workbook({"Jun": logo + june, "Jul": july, "Empty": []}, shared=shared)
    assert importing.series("ercot", content)[1] == {"A": [1.0, 2.0, 3.0, 4.0]}
    june[2][4] = "dear"
    with pytest.raises(Exception, match=r"a\.csv, sheet Jun:7: the price is 'dear'"):
        importing.lines("ercot", workbook({"Jun": logo + june}))


def test_real_time_in_a_workbook_has_numbers_for_hours(importing: Importing) -> None:
    rows = files.ercot_real_time(FIRST, {"A": [1.0, 2.0, 3.0, 4.0]})
    for row in rows[1:]:
        row[1], row[2] = f"{row[1]}.0", f"{row[2]}.0"
    assert importing.series("ercot", workbook({"Jan": rows}))[1] == {"A": [2.5]}


def test_csv_in_an_archive_is_read(importing: Importing) -> None:
    parts = {"one.csv": text_of(day_ahead(A=[1.0])), "read.me": "x", "two.CSV": text_of(day_ahead(B=[2.0]))}
    assert importing.series("ercot", archive(parts))[1] == {"A": [1.0], "B": [2.0]}


def test_the_header_may_stand_below_other_lines(importing: Importing) -> None:
    text = "Prices\n\nof ERCOT; as published\n" + text_of(day_ahead(A=[float(k) for k in range(40)]))
    assert importing.series("ercot", text)[1] == {"A": [float(k) for k in range(40)]}

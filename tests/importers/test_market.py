"""Hourly series from the files of operators: every layout gives back the hours it was made of."""

import functools
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from importers import market_files as files
from importers.market_files import Importing, text_of, utc

from placement.importers.market import FORMATS
from placement.loader.load import load
from placement.series import on_slots, on_ticks
from placement.timegrid import timegrid


@pytest.fixture
def importing(tmp_path: Path) -> Importing:
    return Importing(tmp_path)


LAYOUTS = {
    "ercot day ahead": ("ercot", files.ercot_day_ahead, 60),
    "ercot day ahead without blanks and flags": ("ercot", functools.partial(files.ercot_day_ahead, flag=None), 60),
    "ercot with DSTFlag": ("ercot", functools.partial(files.ercot_day_ahead, flag="DSTFlag"), 60),
    "ercot real time": ("ercot", files.ercot_real_time, 15),
    "caiso": ("caiso", files.caiso, 60),
    "caiso 5 minutes": ("caiso", functools.partial(files.caiso, minutes=5, price="VALUE", market="RTM"), 5),
    "caiso 15 minutes": ("caiso", functools.partial(files.caiso, minutes=15, price="PRC", market="RTPD"), 15),
    "entsoe old": ("entsoe", files.entsoe_old, 60),
    "entsoe old, 15 minutes": ("entsoe", functools.partial(files.entsoe_old, minutes=15), 15),
    "entsoe new": ("entsoe", files.entsoe_new, 15),
    "entsoe new, half hours": ("entsoe", functools.partial(files.entsoe_new, minutes=30), 30),
    "entsoe new, local": ("entsoe", functools.partial(files.entsoe_new, zone="CET/CEST"), 15),
    "entsoe new, local hours": ("entsoe", functools.partial(files.entsoe_new, minutes=60, zone="CET/CEST"), 60),
    "electricity maps": ("electricitymaps", files.electricity_maps, 60),
    "electricity maps old": ("electricitymaps", functools.partial(files.electricity_maps, new=False), 60),
    "electricity maps 5 minutes": ("electricitymaps", functools.partial(files.electricity_maps, minutes=5), 5),
}
UNMARKED = ("ercot day ahead without blanks and flags", "entsoe old", "entsoe old, 15 minutes")
"""In which nothing marks the second of two hours."""
CHANGES = [utc("2023-03-12T08:00"), utc("2023-11-05T07:00"), utc("2023-03-26T01:00"), utc("2023-10-29T01:00")]
"""When clocks change, in America and Europe."""


def hours_of(values: list[float], minutes: int) -> np.ndarray:
    return np.array(values).reshape(-1, 60 // minutes).mean(axis=1)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_year_with_changing_clocks_comes_back_hour_by_hour(importing: Importing, layout: str) -> None:
    form, write, minutes = LAYOUTS[layout]
    first, hours = utc("2023-01-01T00:00"), 8760 if minutes == 60 else 24 * 12
    if minutes < 60:
        first = utc("2023-10-25T00:00")  # both autumn changes are in the 12 days that follow
    values = np.random.default_rng(1).normal(40, 60, hours * 60 // minutes).round(2).tolist()
    times, columns = importing.series(form, text_of(write(first, {"DE": values})))
    assert times == [f"{first + timedelta(hours=k):%Y-%m-%dT%H:00:00Z}" for k in range(hours)]
    (column,) = columns.values()
    if minutes == 60:
        assert column == values
    else:
        np.testing.assert_allclose(np.array(column, dtype=float), hours_of(values, minutes), rtol=1e-12, atol=1e-9)


@given(
    layout=st.sampled_from(sorted(LAYOUTS)),
    change=st.sampled_from(CHANGES),
    before=st.integers(0, 30),
    hours=st.integers(1, 40),
    order=st.sampled_from(["rising", "falling", "mixed"]),
    delimiter=st.sampled_from([",", ";", "\t"]),
    end=st.sampled_from(["\n", "\r\n"]),
    mark=st.sampled_from(["", "\ufeff"]),
    seed=st.integers(0, 100),
)
def test_any_hours_around_a_change_of_clocks_come_back(
    tmp_path_factory: pytest.TempPathFactory, layout: str, change: datetime, before: int, hours: int, order: str,
    delimiter: str, end: str, mark: str, seed: int,
) -> None:  # fmt: skip
    form, write, minutes = LAYOUTS[layout]
    if layout in UNMARKED:  # the order of rows tells the two hours apart, so both are there and something before
        before, hours, order = before + 2, max(hours, before + 5), "falling" if order == "falling" else "rising"
    first = change - timedelta(hours=before)
    values = np.random.default_rng(seed).normal(40, 60, hours * 60 // minutes).round(2).tolist()
    head, *rows = write(first, {"DE": values})
    if order == "falling":
        rows.reverse()
    elif order == "mixed":
        rows = [rows[k] for k in np.random.default_rng(seed).permutation(len(rows))]
    importing = Importing(tmp_path_factory.mktemp("market"))
    times, columns = importing.series(form, mark + text_of([head, *rows], delimiter, end))
    (column,) = columns.values()
    assert times == [f"{first + timedelta(hours=k):%Y-%m-%dT%H:00:00Z}" for k in range(hours)]
    np.testing.assert_allclose(np.array(column, dtype=float), hours_of(values, minutes), rtol=1e-12, atol=1e-9)


def test_a_day_of_ercot_begins_and_ends_as_published(importing: Importing) -> None:
    """Rows of NP4-190-CD and NP6-905-CD; on 8 March 2026 hour 03:00 is left out, on 2 November 2025 02:00 is twice."""
    text = (
        "DeliveryDate,HourEnding,SettlementPoint,SettlementPointPrice,DSTFlag\n"
        "08/05/2025,01:00,A4_DGR1_RN, 24.67,N\n08/05/2025,24:00,A4_DGR1_RN,1,N\n"
    )
    times, columns = importing.series("ercot", text)
    assert (times[0], times[-1], columns["A4_DGR1_RN"][0]) == ("2025-08-05T05:00:00Z", "2025-08-06T04:00:00Z", 24.67)
    head = "DeliveryDate,HourEnding,SettlementPoint,SettlementPointPrice,DSTFlag\n"
    spring = head + "".join(f"03/08/2026,{h:02d}:00,HB_HUBAVG,{h},N\n" for h in (1, 2, 4, 5))
    assert importing.series("ercot", spring)[0] == [f"2026-03-08T{h:02d}:00:00Z" for h in (6, 7, 8, 9)]
    autumn = head + "11/02/2025,02:00,HB_HUBAVG,46.44,Y\n11/02/2025,02:00,HB_HUBAVG,48.25,N\n"
    assert importing.series("ercot", autumn) == (
        ["2025-11-02T06:00:00Z", "2025-11-02T07:00:00Z"],
        {"HB_HUBAVG": [48.25, 46.44]},
    )


def test_quarters_of_entsoe_are_averaged(importing: Importing) -> None:
    """Two hours of BZN|FR, 30 September 2025, from the platform."""
    prices = [86.91, 78.45, 75.02, 67.70, 61.57, 61.51, 36.82, 30.39]
    rows = files.entsoe_new(utc("2025-09-30T23:00"), {"BZN|FR": prices})
    assert rows[1][0] == "30/09/2025 23:00:00 - 30/09/2025 23:15:00"
    _, columns = importing.series("entsoe", text_of(rows))
    expected = [pytest.approx(sum(prices[:4]) / 4), pytest.approx(sum(prices[4:]) / 4)]
    assert columns == {"BZN|FR [EUR/MWh]": expected}


def test_energy_weighted_points_are_columns_of_their_own(importing: Importing) -> None:
    head, *rows = files.ercot_real_time(utc("2023-06-01T05:00"), {"LZ_WEST": [1.0, 2.0, 3.0, 4.0]})
    weighted = [[*row[:4], "LZEW", "9.0", row[6]] for row in rows]
    assert importing.series("ercot", text_of([head, *rows, *weighted]))[1] == {"LZ_WEST": [2.5], "LZ_WEST_EW": [9.0]}


def test_the_life_cycle_is_taken_where_it_is_asked_for(importing: Importing) -> None:
    for new in (False, True):
        text = text_of(files.electricity_maps(utc("2023-06-01T05:00"), {"FR": [20.0, 30.0]}, new=new))
        assert importing.series("electricitymaps", text)[1] == {"FR": [20.0, 30.0]}
        assert importing.series("electricitymaps", text, intensity="lifecycle")[1] == {"FR": [60.0, 70.0]}


def test_euros_become_dollars_by_a_rate_that_is_given(importing: Importing) -> None:
    text = text_of(files.entsoe_old(utc("2023-06-01T05:00"), {"BZN|DE-LU": [20.0, -30.0]}))
    assert importing.series("entsoe", text, usd_per_eur="1.5")[1] == {"BZN|DE-LU": [30.0, -45.0]}
    assert importing.series("entsoe", text, usd_per_gbp="1.5")[1] == {"BZN|DE-LU [EUR/MWh]": [20.0, -30.0]}


def test_a_decimal_comma_is_read_where_cells_are_not_separated_by_commas(importing: Importing) -> None:
    rows = files.entsoe_old(utc("2023-06-01T05:00"), {"BZN|DE-LU": [1234.5, -0.25]})
    for row in rows[1:]:
        row[1] = row[1].replace(".", ",")
    rows[1][1] = "1.234,5"
    assert importing.series("entsoe", text_of(rows, ";"))[1] == {"BZN|DE-LU [EUR/MWh]": [1234.5, -0.25]}


def test_other_auctions_are_left_out_and_counted(importing: Importing) -> None:
    head, *rows = files.entsoe_new(utc("2025-06-01T00:00"), {"BZN|DE-LU": [10.0, 11.0]}, minutes=60)
    one = [[*row[:2], "Sequence Sequence 1", *row[3:]] for row in rows]
    two = [[*row[:2], "Sequence Sequence 2", "99", *row[4:]] for row in rows]
    text = text_of([head, *one, *two])
    assert importing.series("entsoe", text)[1] == {"BZN|DE-LU [EUR/MWh]": [10.0, 11.0]}
    assert importing.series("entsoe", text, sequence="2")[1] == {"BZN|DE-LU [EUR/MWh]": [99.0, 99.0]}
    assert "  rows of other auctions than sequence 1 left out: 2" in importing.lines("entsoe", text)


def test_the_hour_that_is_skipped_may_stand_there_without_a_price(importing: Importing) -> None:
    """As exports to 2024 have it: 26 March 2023, 02:00 to 03:00."""
    rows = files.entsoe_old(utc("2023-03-26T00:00"), {"BZN|FR": [1.0, 2.0]})
    rows.insert(2, ["26.03.2023 02:00 - 26.03.2023 03:00", "-", "EUR", ""])
    rows[1][0] = "26.03.2023 01:00 - 26.03.2023 02:00"
    assert importing.series("entsoe", text_of(rows)) == (
        ["2023-03-26T00:00:00Z", "2023-03-26T01:00:00Z"],
        {"BZN|FR [EUR/MWh]": [1.0, 2.0]},
    )
    assert "  no hour is missing" in importing.lines("entsoe", text_of(rows))


def test_times_of_which_the_header_says_too_little_are_those_of_a_zone_that_is_given(importing: Importing) -> None:
    text = text_of(files.entsoe_old(utc("2023-06-01T05:00"), {"BZN|FR": [1.0]})).replace("CET/CEST", "CET")
    assert importing.series("entsoe", text, time_zone="Europe/Brussels")[0] == ["2023-06-01T05:00:00Z"]
    assert importing.series("entsoe", text, time_zone="Etc/GMT-1")[0] == ["2023-06-01T06:00:00Z"]


def test_what_is_written_is_the_price_of_each_slot_of_a_scenario(importing: Importing, tmp_path: Path) -> None:
    first = utc("2023-06-05T05:00")
    prices = {"HB_NORTH": [float(k) for k in range(48)], "LZ_WEST": [-1.5] * 48}
    text = text_of(files.ercot_day_ahead(first, prices))
    for out in ("prices.csv", "prices.parquet"):
        told = importing.lines("ercot", text, out=out)
        spec = next(line.strip() for line in told if line.startswith("  {file: "))
        spec = spec.replace("}", ", use: replay, year: 2023}")
        (tmp_path / "week.yaml").write_text(f"""
format: 1
name: week
horizon: {{start: 2027-06-07T06:00:00Z, slot_hours: 2, slots: 12}}
clusters:
  - {{name: texas, pools: [{{accelerator: h100-sxm, number: 8}}], energy_price: {spec}}}
jobs: [{{job: a, hours: 2, accelerators: 8}}]
""")
        scenario = load(tmp_path / "week.yaml")
        price, grid = scenario.clusters[0].energy_price, timegrid(scenario.horizon)
        assert on_ticks(price, grid, scenario).tolist() == list(range(1, 25))  # both days are Mondays
        assert on_slots(price, grid, scenario).tolist() == [k + 0.5 for k in range(1, 25, 2)]


def test_a_parquet_file_holds_the_same_as_the_csv(importing: Importing) -> None:
    rows = files.ercot_day_ahead(utc("2023-06-05T05:00"), {"A": [1.0, 2.0, 3.0], "B": [4.0, 5.0, 6.0]})
    rows[3][4] = ""
    importing.lines("ercot", text_of(rows))
    importing.lines("ercot", text_of(rows), out="out.parquet")
    table = pq.read_table(importing.folder / "out.parquet")
    assert str(table.schema.field("utc").type) == "timestamp[ms, tz=UTC]"
    assert table.column("A").to_pylist() == [1.0, None, 3.0]
    csv = pd.read_csv(importing.folder / "out.csv", parse_dates=["utc"])
    pd.testing.assert_frame_equal(csv, table.to_pandas(), check_dtype=False)


def test_every_format_has_its_line_of_help() -> None:
    assert list(FORMATS) == ["ercot", "caiso", "entsoe", "electricitymaps"]
    assert all(each.words and "\n" not in each.words for each in FORMATS.values())

"""Prices of energy that are drawn in blocks come from where docs/futures.md says."""

import csv
import functools
import io
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import build
import numpy as np
import pytest
from futures.drawn import drawing, near
from loader.files import write
from numpy.typing import NDArray

import placement
from placement.errors import PlacementError
from placement.futures.history import History
from placement.futures.world import world
from placement.schema import Scenario

FIRST = datetime(2023, 1, 1, tzinfo=UTC)
HOURS = 3 * 365 * 24 + 24
"""2023, 2024 and 2025."""


@functools.cache
def hours_of_record() -> list[str]:
    return [f"{hour}:00:00Z" for hour in moment(np.arange(HOURS)).astype(str).tolist()]


A_DAY = 1
"""Slack for leap years; see the test of these."""


def recorded(folder: Path, without: Sequence[tuple[datetime, int]] = (), add: float = 0.0, name: str = "grid") -> str:
    """A file of three years in which the price of each hour is its number from FIRST on, and carbon twice that."""
    empty_ = {int((begin - FIRST).total_seconds() // 3600) + k for begin, hours in without for k in range(hours)}
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(["utc", "usd", "grams"])
    for k, hour in enumerate(hours_of_record()):
        rows.writerow([hour, "" if k in empty_ else k + add, 2 * k])
    (folder / f"{name}.csv").write_text(out.getvalue(), encoding="utf-8")
    return f"{name}.csv"


def series(file: str, column: str = "usd", **more: Any) -> dict[str, Any]:
    return {"file": file, "column": column, "time_column": "utc", "use": "replay", "year": 2024, **more}


def priced(
    folder: Path, price: Any, slots: int = 240, start: str = build.START, carbon: Any = 0.0, **given: Any
) -> Scenario:
    site = build.cluster(energy_price=price, carbon_g_per_kwh=carbon)
    written = build.document([site, *given.pop("others", [])], slots=slots, horizon={"start": start})
    written["uncertainty"] = {"prices": [{"clusters": ["earth"], **given}]}
    return placement.load(write(folder, written))


def drawn_hours(made: Scenario, count: int) -> tuple[NDArray[np.int64], list[Any], History]:
    """(futures, hours) which recorded hour each price of a future comes from, and the futures' worlds."""
    of = drawing(made)
    worlds = [world(made, of.grid, of.histories, of.future(n)) for n in range(count)]
    return np.stack([each.price["earth"] for each in worlds]).astype(np.int64), worlds, of.histories[0]


def moment(hour: Any) -> Any:
    return np.datetime64("2023-01-01T00", "h") + np.asarray(hour).astype("timedelta64[h]")


def date_apart(one: Any, other: Any) -> int:
    """Days between two dates, whatever their years."""
    one, other = (np.datetime64(each, "D").astype(datetime) for each in (one, other))
    other_in = [other.replace(year=one.year + k) for k in (-1, 0, 1)]
    return int(min(abs((one - each).days) for each in other_in))


def test_prices_come_in_blocks_from_the_same_hour_weekday_and_time_of_the_year(tmp_path: Path) -> None:
    """45 days around a date hold 12 or 13 of its weekday a year: enough, so the day of the week is the same."""
    made = priced(tmp_path, series(recorded(tmp_path)), slots=240, start="2027-06-07T05:00:00Z", block_hours=72)
    hours, worlds, _ = drawn_hours(made, 200)
    begins = np.datetime64("2027-06-07T05", "h")
    for block in range(4):
        mine = hours[:, block * 72 : (block + 1) * 72]
        assert (np.diff(mine, axis=1) == 1).all()
        first = moment(mine[:, 0])
        here = begins + np.timedelta64(block * 72, "h")
        apart = (here - first) / np.timedelta64(1, "h")
        assert (apart % 168 == 0).all()
        assert max(date_apart(each, here) for each in first) <= 45 + A_DAY
        assert len(np.unique(first)) > 20
        assert {int(each.astype("datetime64[Y]").astype(int)) + 1970 for each in first} == {2023, 2024, 2025}
    assert len(np.unique(hours[:, 0] - hours[:, 72])) > 20  # blocks are drawn apart from each other
    assert all(each.carbon["earth"].tolist() == [0.0] * 240 for each in worlds)


def test_prices_come_from_any_weekday_where_the_same_is_rare(tmp_path: Path) -> None:
    """Within 7 days around 7 June there are 6 Mondays in the three years, fewer than 8."""
    made = priced(tmp_path, series(recorded(tmp_path)), slots=24, block_hours=24, within_days=7)
    hours, _, _ = drawn_hours(made, 300)
    first = moment(hours[:, 0])
    begins = np.datetime64("2027-06-07T00", "h")
    days = moment(24 * np.arange(HOURS // 24)).astype("datetime64[D]")
    mondays = [day for day in days if day.astype(object).weekday() == 0 and date_apart(day, begins) <= 7]
    assert len(mondays) == 6
    assert {int(each.astype("datetime64[D]").astype(object).weekday()) for each in first} == set(range(7))
    assert max(date_apart(each, begins) for each in first) <= 7 + A_DAY
    assert (hours[:, 0] % 24 == 0).all()
    near(np.array([each < np.datetime64("2024-01-01") for each in first], dtype=float), 1 / 3, np.sqrt(2) / 3)


def test_within_days_goes_over_the_turn_of_the_year(tmp_path: Path) -> None:
    start = "2027-01-03T00:00:00Z"
    made = priced(tmp_path, series(recorded(tmp_path)), slots=24, start=start, block_hours=24, within_days=10)
    first = moment(drawn_hours(made, 300)[0][:, 0])
    begins = np.datetime64("2027-01-03T00", "h")
    assert max(date_apart(each, begins) for each in first) <= 10
    assert {str(each)[5:7] for each in first} == {"01", "12"}


def test_the_same_date_is_that_in_leap_years_too(tmp_path: Path) -> None:
    """1 March 2027 within a day: 28 February to 2 March of 2023 and 2025, 29 February to 2 March of 2024."""
    start = "2027-03-01T00:00:00Z"
    made = priced(tmp_path, series(recorded(tmp_path)), slots=24, start=start, block_hours=24, within_days=1)
    first = moment(drawn_hours(made, 200)[0][:, 0])
    days = {str(each)[:10] for each in first}
    assert days == {
        "2023-02-28", "2023-03-01", "2023-03-02", "2024-02-29", "2024-03-01", "2024-03-02",
        "2025-02-28", "2025-03-01", "2025-03-02",
    }  # fmt: skip


def test_no_block_has_an_hour_that_was_not_recorded(tmp_path: Path) -> None:
    """A week in June 2023 and single hours of 2025 are missing: what would have them in it is not chosen."""
    gaps = [(datetime(2023, 6, 1, 5, tzinfo=UTC), 170)]
    gaps += [(datetime(2025, 6, day, 12, tzinfo=UTC), 1) for day in (3, 9, 15, 21)]
    made = priced(tmp_path, series(recorded(tmp_path, gaps)), slots=96, block_hours=48)
    hours, _, history = drawn_hours(made, 300)
    missing = {int((begin - FIRST).total_seconds() // 3600) + k for begin, many in gaps for k in range(many)}
    assert not missing & set(hours.ravel().tolist())
    assert np.isnan(history.price[0, sorted(missing)]).all()
    assert (np.diff(hours[:, :48], axis=1) == 1).all()


def test_an_hour_without_carbon_is_not_used_either_and_carbon_is_of_the_same_hour(tmp_path: Path) -> None:
    file = recorded(tmp_path)
    text = (tmp_path / file).read_text(encoding="utf-8").splitlines()
    cut_ = int((datetime(2023, 7, 1, tzinfo=UTC) - FIRST).total_seconds() // 3600)
    for k in range(1, cut_):  # no carbon in the first half of 2023
        text[k] = text[k].rpartition(",")[0] + ","
    (tmp_path / file).write_text("\n".join(text) + "\n", encoding="utf-8")
    made = priced(tmp_path, series(file), carbon=series(file, "grams"), slots=48, block_hours=24)
    hours, worlds, _ = drawn_hours(made, 200)
    assert hours.min() >= cut_ - 1
    for row, each in zip(hours, worlds, strict=True):
        assert each.carbon["earth"].tolist() == (2.0 * row).tolist()


def test_carbon_stays_where_it_is_asked_to(tmp_path: Path) -> None:
    file = recorded(tmp_path)
    written = build.document(
        [build.cluster(energy_price=series(file), carbon_g_per_kwh=series(file, "grams"))],
        slots=48,
        uncertainty={"prices": [{"clusters": ["earth"], "block_hours": 24, "carbon": False}]},
    )
    made = placement.load(write(tmp_path, written))
    _, worlds, _ = drawn_hours(made, 3)
    assert all(each.carbon == {} for each in worlds)


def test_clusters_of_an_entry_have_prices_of_one_time(tmp_path: Path) -> None:
    other = build.cluster("moon", energy_price=series(recorded(tmp_path, add=0.25, name="moon"), scale=2.0, add=1.0))
    made = priced(tmp_path, series(recorded(tmp_path)), others=[other], clusters=["earth", "moon"], block_hours=24)
    hours, worlds, _ = drawn_hours(made, 20)
    for row, each in zip(hours, worlds, strict=True):
        assert each.price["moon"] == pytest.approx(2.0 * (row + 0.25) + 1.0)


def test_clusters_of_two_entries_have_prices_of_different_times(tmp_path: Path) -> None:
    file = recorded(tmp_path)
    sites = [build.cluster(name, energy_price=series(file)) for name in ("earth", "moon")]
    written = build.document(sites, slots=48)
    written["uncertainty"] = {"prices": [{"clusters": [name], "block_hours": 24} for name in ("earth", "moon")]}
    made = placement.load(write(tmp_path, written))
    _, worlds, _ = drawn_hours(made, 20)
    assert sum(each.price["earth"].tolist() == each.price["moon"].tolist() for each in worlds) < 5


def test_slots_of_several_hours_have_the_hours_of_their_block_and_short_ones_share_one(tmp_path: Path) -> None:
    file = recorded(tmp_path)
    for slots, length in ((12, 6.0), (96, 0.5)):
        written = build.document([build.cluster(energy_price=series(file))], slots=slots, slot_hours=length)
        written["uncertainty"] = {"prices": [{"clusters": ["earth"], "block_hours": 24}]}
        made = placement.load(write(tmp_path, written))
        of = drawing(made)
        future = of.future(1)
        price = world(made, of.grid, of.histories, future).price["earth"]
        begins = of.histories[0].price[0][future.blocks[0]]
        hourly = np.concatenate([np.arange(24) + first for first in begins])[: round(slots * length)]
        assert price.tolist() == (hourly if length > 1 else np.repeat(hourly, 2)).tolist()


def test_prices_without_records_come_from_the_horizons_own_hours() -> None:
    """A list of four days: each block of a day is one of them, in a circle."""
    written = build.document([build.cluster(energy_price=[float(k) for k in range(96)])], slots=96)
    written["uncertainty"] = {"prices": [{"clusters": ["earth"], "block_hours": 24}]}
    hours, _, _ = drawn_hours(placement.scenario(written), 200)
    assert (hours % 24 == np.arange(96) % 24).all()
    for block in range(4):
        mine = hours[:, 24 * block : 24 * block + 24]
        assert (np.diff(mine, axis=1) == 1).all()
        assert sorted(np.unique(mine[:, 0]).tolist()) == [0, 24, 48, 72]


def test_prices_of_the_horizon_run_on_in_a_circle() -> None:
    """A block of two days that begins on the last day goes on with the first; each keeps the hour of the day."""
    written = build.document([build.cluster(energy_price=[float(k) for k in range(96)])], slots=96)
    written["uncertainty"] = {"prices": [{"clusters": ["earth"], "block_hours": 48}]}
    hours, _, _ = drawn_hours(placement.scenario(written), 100)
    assert ((np.diff(hours[:, :48], axis=1) - 1) % 96 == 0).all()
    assert (hours[:, 47] < hours[:, 0]).any()
    assert (hours % 24 == np.arange(96) % 24).all()


def test_prices_of_many_weeks_keep_the_day_of_the_week() -> None:
    written = build.document([build.cluster(energy_price=[float(k) for k in range(28 * 24)])], slots=28 * 24)
    written["uncertainty"] = {"prices": [{"clusters": ["earth"], "block_hours": 24}]}
    hours, _, _ = drawn_hours(placement.scenario(written), 30)
    assert (hours % 168 == np.arange(28 * 24) % 168).all()


def test_prices_of_a_horizon_of_two_days_and_a_half_keep_the_hour_of_the_day() -> None:
    written = build.document([build.cluster(energy_price=[float(k) for k in range(60)])], slots=60)
    written["uncertainty"] = {"prices": [{"clusters": ["earth"]}]}
    hours, _, _ = drawn_hours(placement.scenario(written), 30)
    assert (hours % 24 == np.arange(60) % 24).all()


def test_what_prices_cannot_come_from_is_told(tmp_path: Path) -> None:
    made = priced(tmp_path, series(recorded(tmp_path)), slots=48, block_hours=24)
    years = made.replace("uncertainty.prices.0.block_hours", 8784)
    assert drawing(years) is not None  # 2024 to the beginning of 2025, and the same a day later
    every = [(datetime(2023, 1, 1, 7, tzinfo=UTC) + timedelta(days=k), 1) for k in range(365 * 3) if k % 2]
    made = priced(tmp_path, series(recorded(tmp_path, every), use="profile", year=None), slots=48, block_hours=48)
    with pytest.raises(PlacementError, match=r"no block of 48 h within 45 days .* earth\. Widen within_days, or"):
        drawing(made)

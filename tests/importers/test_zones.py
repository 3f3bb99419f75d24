"""Local times as Unix seconds, against zoneinfo; names that were seen."""

import zoneinfo
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from placement.importers.jobs.seen import Seen
from placement.importers.jobs.zones import TimeZone

ZONES = {
    name: TimeZone(name)
    for name in (
        "UTC",
        "Europe/Berlin",
        "America/Los_Angeles",
        "Australia/Lord_Howe",
        "Asia/Kolkata",
        "Africa/Casablanca",
    )
}
EPOCH = datetime(1970, 1, 1)


@given(
    st.sampled_from(sorted(ZONES)),
    st.lists(st.datetimes(datetime(1975, 1, 1), datetime(2199, 12, 31)), min_size=1, max_size=20),
    st.booleans(),
)
def test_local_times_are_what_zoneinfo_says(name: str, moments: list[datetime], second: bool) -> None:
    moments = [moment.replace(microsecond=0) for moment in moments]
    local = np.array([(moment - EPOCH).total_seconds() for moment in moments])
    zone = zoneinfo.ZoneInfo(name)
    expected = [moment.replace(tzinfo=zone, fold=int(second)).timestamp() for moment in moments]
    assert ZONES[name].unix_s(local, second=second).tolist() == expected


@pytest.mark.parametrize("name", [name for name in ZONES if name not in ("UTC", "Asia/Kolkata")])
def test_around_each_change_of_a_year_too(name: str) -> None:
    zone = zoneinfo.ZoneInfo(name)
    moments = [datetime(2026, 1, 1) + timedelta(minutes=10 * k) for k in range(365 * 144)]
    local = np.array([(moment - EPOCH).total_seconds() for moment in moments])
    for second in (False, True):
        expected = [moment.replace(tzinfo=zone, fold=int(second)).timestamp() for moment in moments]
        assert ZONES[name].unix_s(local, second=second).tolist() == expected


def test_the_second_time_that_a_clock_shows_is_found() -> None:
    berlin = ZONES["Europe/Berlin"]
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC).timestamp()
    times = np.array([first, first + 3600, first - 7200, np.nan])
    assert berlin.again_s(times)[:3].tolist() == [first + 3600, first + 3600, first - 7200]
    assert np.isnan(berlin.again_s(times)[3])
    assert np.isnan(berlin.unix_s(np.array([np.nan]))).all()


def add(seen: Seen, *rows: tuple[str, float, float]) -> tuple[list[int], dict[int, str]]:
    names, submitted, started = zip(*rows, strict=True)
    return seen.add(names, np.array(submitted), np.array(started))


def test_names_are_numbered_and_the_same_run_is_found() -> None:
    seen = Seen()
    assert add(seen, ("a", 1, 2), ("b", 1, 2), ("a", 1, 2), ("a", 1, 3)) == ([2], {3: "a#2"})
    assert add(seen, ("a", 1, 2), ("a", 5, 6), ("a#2", 7, 8), ("c", 1, 2)) == ([0], {1: "a#3", 2: "a#2#2"})


def test_runs_whose_submission_is_not_known_are_numbered() -> None:
    seen = Seen()
    nan = float("nan")
    assert add(seen, ("a", nan, nan), ("a", nan, nan), ("b", 1, nan), ("b", 1, nan)) == ([3], {1: "a#2"})


def test_a_long_name_stays_within_what_the_table_takes() -> None:
    seen = Seen()
    name = "x" * 200
    _, renamed = add(seen, (name, 1, 1), (name, 2, 2))
    assert renamed == {1: "x" * 198 + "#2"}


@given(st.lists(st.lists(st.integers(0, 30), min_size=1, max_size=30), max_size=8))
def test_no_name_is_given_twice(batches: list[list[int]]) -> None:
    seen = Seen()
    given_names: list[str] = []
    for number, batch in enumerate(batches):
        names = [str(k) for k in batch]
        again, renamed = seen.add(names, np.arange(len(batch)) + 100.0 * number, np.zeros(len(batch)))
        assert again == []
        given_names += [renamed.get(row, name) for row, name in enumerate(names)]
    assert len(set(given_names)) == len(given_names)

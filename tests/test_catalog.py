"""The catalogue: every number has a source, every entry can be placed, profiles are those of the real series."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import build
import numpy as np
import pytest

from placement.catalog import SECTIONS, catalog
from placement.loader.load import scenario
from placement.loader.merge import SOURCED_KEYS, take_values
from placement.series import month_hour_means

MARKET = Path(__file__).parents[2] / "shared" / "data" / "market"
GRADES = {"A", "B", "C", "D", "BG", "P", "N", "X"}
PLAIN = {"lat", "lon"}
"""Coordinates of places carry their source beside them, once for both."""


def numbers(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every number, and every `{value, ...}`, with its path."""
    if isinstance(value, dict) and "value" in value:
        yield path, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from numbers(inner, (*path, str(key)))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from numbers(inner, (*path, str(index)))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield path, value


@pytest.mark.parametrize("section", ["clusters", "vehicles", "accelerators"])
def test_every_number_has_a_source_and_a_grade(section: str) -> None:
    bare = []
    for name, entry in catalog().section(section).items():
        for path, value in numbers(entry, (name,)):
            if path[-1] == "initial_mwh":
                continue  # a state, not a fact: half of what the battery holds
            if not isinstance(value, dict) or not value.get("source") or value.get("grade") not in GRADES:
                bare.append(".".join(path))
    assert not bare


def test_places_have_a_source_beside_their_coordinates() -> None:
    for name, place in catalog().section("places").items():
        assert place["source"], name
        assert place["grade"] in GRADES, name


def test_ranges_hold_their_value_and_money_has_a_year() -> None:
    for section in SECTIONS:
        for name, entry in catalog().section(section).items():
            for path, value in numbers(entry, (name,)):
                if not isinstance(value, dict):
                    continue
                assert set(value) <= SOURCED_KEYS, path
                if "low" in value and not isinstance(value["value"], str):
                    assert value["low"] <= value["value"] <= value["high"], path
                if path[-1] in ("usd", "price", "energy_price", "usd_per_flight") or path[-1].startswith("usd_per_tb"):
                    assert "price_year" in value, path


@pytest.mark.parametrize("name", sorted(catalog().section("clusters")))
@pytest.mark.parametrize("use", ["low", "base", "high"])
def test_every_cluster_can_be_planned_with(name: str, use: str) -> None:
    status = catalog().section("clusters")[name]["status"]
    row = {"from": name, **({} if status == "operating" else {"as_if": True})}
    document = build.document([row], [build.job()], slots=24)
    made = scenario({**document, "use": use})
    assert made.clusters[0].name == name
    assert sum(pool.number for pool in made.clusters[0].pools) > 0


@pytest.mark.parametrize("name", [n for n, e in catalog().section("clusters").items() if e["status"] != "operating"])
def test_what_does_not_fly_needs_as_if(name: str) -> None:
    with pytest.raises(Exception, match="as_if: true"):
        scenario(build.document([{"from": name}]))


@pytest.mark.parametrize("name", sorted(catalog().section("vehicles")))
def test_every_vehicle_can_be_used(name: str) -> None:
    made = scenario(build.document(vehicles=[{"from": name}]))
    assert made.vehicles[0].flights_per_year is not None
    fewer = scenario(build.document(vehicles=[{"from": name, "flights_per_period": 3}]))
    assert fewer.vehicles[0].flights_per_period == 3


def test_values_are_selected_by_use() -> None:
    sourced = {
        "a": {"value": 2, "low": 1, "high": 3, "source": "x", "grade": "A"},
        "b": [{"value": 5, "source": "y"}],
        "c": 7,
    }
    assert take_values(sourced, "base") == {"a": 2, "b": [5], "c": 7}
    assert take_values(sourced, "low") == {"a": 1, "b": [5], "c": 7}
    assert take_values(sourced, "high") == {"a": 3, "b": [5], "c": 7}


@pytest.mark.parametrize("name", sorted(catalog().series_index))
def test_every_series_is_a_profile_with_its_stated_mean(name: str) -> None:
    trace = catalog().trace(name)
    assert trace is not None
    assert trace.values.shape == (12, 24)
    assert trace.values.mean() == pytest.approx(catalog().series_index[name]["mean"], abs=0.01)
    assert catalog().series_index[name]["source"]


@pytest.mark.skipif(not MARKET.is_dir(), reason="the hourly market series are not at hand")
@pytest.mark.parametrize("name", sorted(catalog().series_index))
def test_profiles_are_the_means_of_the_hourly_series(name: str) -> None:
    import pandas as pd

    entry = catalog().series_index[name]
    price = "usd" in entry["unit"]
    file = "price_usd_per_mwh_hourly_2020_2023" if price else "carbon_g_per_kwh_hourly_2021_2023"
    column = pd.read_parquet(MARKET / f"{file}.parquet")[entry["column"]]
    first, last = entry["years"]
    column = column[(column.index.year >= first) & (column.index.year <= last)]
    times = column.index.tz_convert("UTC").tz_localize(None).to_numpy().astype("datetime64[h]")
    trace = catalog().trace(name)
    assert trace is not None
    np.testing.assert_allclose(trace.values, month_hour_means(times, column.to_numpy(np.float64)), atol=0.006)

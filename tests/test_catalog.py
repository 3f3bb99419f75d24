"""The catalogue: every number has a source, every entry can be placed, profiles are those of the real series."""

import itertools
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import build
import in_process
import numpy as np
import pytest
import scipy.stats

import placement
from placement.catalog import SECTIONS, catalog, union
from placement.errors import ScenarioError
from placement.loader.load import scenario
from placement.loader.merge import SOURCED_KEYS, take_values
from placement.physics.latency import great_circle_km
from placement.schema import Scenario
from placement.series import month_hour_means
from placement.verifier.fleet import Fleet

MARKET = Path(__file__).parents[2] / "shared" / "data" / "market"
GRADES = {"A", "B", "C", "D", "BG", "P", "N", "X"}
STATES = {"initial_mwh"}
"""Not facts: half of what a battery holds."""
IN_SERVICE = "2031-06-02T00:00:00Z"
"""By then all that is planned stands, at the latest dates too."""
EARTH = sorted(name for name, entry in catalog().section("clusters").items() if "orbit" not in entry)


def numbers(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every number that has no source of its own or around it, and every `{value, ...}`, with its path."""
    if isinstance(value, dict) and "value" in value:
        yield path, value
    elif isinstance(value, dict):
        sourced = value.get("source") and value.get("grade") in GRADES
        for key, inner in value.items():
            for found in numbers(inner, (*path, str(key))):
                if not sourced or isinstance(found[1], dict):
                    yield found
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from numbers(inner, (*path, str(index)))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield path, value


def every(section: str) -> Iterator[tuple[str, Any]]:
    """What `numbers` finds in all entries of a section, with its dotted path."""
    entries = catalog().series_index if section == "series" else catalog().section(section)
    for name, entry in entries.items():
        for path, value in numbers(entry, (name,)):
            if path[-1] not in STATES:
                yield ".".join(path), value


@pytest.mark.parametrize("section", [*SECTIONS, "series"])
def test_every_number_has_a_source_and_a_grade(section: str) -> None:
    bare = [
        path
        for path, value in every(section)
        if not isinstance(value, dict) or not value.get("source") or value.get("grade") not in GRADES
    ]
    assert not bare


@pytest.mark.parametrize("section", SECTIONS)
def test_ranges_hold_their_value_and_have_both_ends(section: str) -> None:
    for path, value in every(section):
        assert set(value) <= SOURCED_KEYS, path
        assert ("low" in value) == ("high" in value), path
        if "low" in value and not isinstance(value["value"], str):
            assert value["low"] <= value["value"] <= value["high"], path


@pytest.mark.parametrize("section", SECTIONS)
def test_money_and_nothing_else_has_a_year(section: str) -> None:
    for path, value in every(section):
        money = "usd" in path.split(".", 1)[1] or path.rsplit(".", 1)[-1] in ("price", "energy_price")
        assert ("price_year" in value) == money, path


@pytest.mark.parametrize("section", [section for section in SECTIONS if section != "clusters"])
def test_a_guess_says_so_first(section: str) -> None:
    for path, value in every(section):
        if value["grade"] == "BG":
            assert str(value["source"]).startswith(("estimate", "general knowledge")), path


@pytest.mark.parametrize("name", EARTH)
def test_a_guess_at_a_site_on_earth_says_so_first(name: str) -> None:
    for path, value in every("clusters"):
        if path.startswith(f"{name}.") and value["grade"] == "BG":
            assert value["source"].startswith(("estimate", "general knowledge")), path


def test_every_entry_has_a_title_and_no_name_stands_twice() -> None:
    names = Counter(list(catalog().series_index))
    for section in SECTIONS:
        names.update(list(catalog().section(section)))
        assert all(entry.get("title") for entry in catalog().section(section).values())
    assert not [name for name, times in names.items() if times > 1 or name in (*SECTIONS, "series")]


def test_templates_are_filled_in_under_what_an_entry_has_itself() -> None:
    texts = {
        "a.yaml": "one: {like: [p, q], x: 1, parts: [{like: p, y: 3}], n: {value: 9, source: s}}",
        "b.yaml": "two: {like: r}",
        "templates.yaml": "p: {x: 5, y: 6, m: {a: 1, b: 2}, n: {value: 1, low: 0, high: 2}}\n"
        "q: {y: 7, m: {b: 3}, l: [1]}\nr: {like: q, z: 0}",
    }
    entries = union(texts)
    p = {"m": {"a": 1, "b": 2}, "n": {"value": 1, "low": 0, "high": 2}}
    assert entries == {
        "one": {
            "x": 1,
            "y": 7,
            "m": {"a": 1, "b": 3},
            "l": [1],
            "n": {"value": 9, "source": "s"},
            "parts": [{"x": 5, "y": 3, **p}],
        },
        "two": {"y": 7, "m": {"b": 3}, "l": [1], "z": 0},
    }


@pytest.mark.parametrize(
    ("texts", "fact"),
    [
        ({"a.yaml": "one: {x: 1}", "b.yaml": "one: {x: 2}"}, r"'one' stands in placement/data/a.yaml:1 already"),
        ({"a.yaml": "one: {like: p}", "templates.yaml": "q: {}"}, r"no template 'p'. Known: q."),
        ({"a.yaml": "one: {like: p}"}, "no template 'p'"),
        (
            {"a.yaml": "one: {like: p}", "templates.yaml": "p: {like: q}\nq: {x: [{like: p}]}"},
            r"a.yaml:1: the template 'p' is like itself, by way of p, q",
        ),
    ],
)
def test_what_is_wrong_with_the_files_of_a_section_is_said(texts: dict[str, str], fact: str) -> None:
    with pytest.raises(ScenarioError, match=fact):
        union(texts)


def test_facts_stay_out_of_scenarios() -> None:
    for section in ("vehicles", "accelerators"):
        assert any("facts" in entry for entry in catalog().section(section).values())
    made = scenario(build.document(vehicles=[{"from": "falcon-9"}]))
    assert "facts" not in made.vehicles[0].model_dump()


@pytest.mark.parametrize("name", sorted(catalog().section("clusters")))
@pytest.mark.parametrize("use", ["low", "base", "high"])
def test_every_cluster_can_be_planned_with(name: str, use: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A small job is placed there once all of it is in service, and the verifier takes the plan."""
    in_process.use(monkeypatch)
    made = alone(name, IN_SERVICE, use=use)
    assert sum(pool.number for pool in made.clusters[0].pools) > 0
    result = placement.solve(made, gap=1e-6, baseline=False)
    assert result.plan is not None, result.message
    assert list(result.plan.placements["cluster"].unique()) == [name]
    assert placement.verify(made, result.plan).ok


@pytest.mark.parametrize("name", EARTH)
def test_power_is_enough_for_what_is_in_service_or_the_entry_says_so(name: str) -> None:
    """In December 2027, at full use and base values: the facility takes it, and the connected sources give it."""
    made = alone(name, "2027-12-01T00:00:00Z")
    site, fleet = made.clusters[0], Fleet(made)
    draw = float((fleet.capacity.max(axis=1) * fleet.kw).sum()) / 1000 * site.pue + site.idle_mw
    if "power_note" not in catalog().section("clusters")[name].get("facts", {}):
        assert draw <= float(fleet.slots(site.power_limit_mw).min())
        assert not site.sources or draw <= sum(given(source, fleet) for source in site.sources)


def given(source: Any, fleet: Fleet) -> float:
    """MW that a grid or a gas plant gives from the beginning."""
    if source.kind not in ("grid", "gas"):
        return 0.0
    late = getattr(source, "connected", None) is not None and source.connected > fleet.scenario.horizon.start
    return 0.0 if late else float(fleet.slots(source.limit_mw).min())


def alone(name: str, start: str, **more: Any) -> Scenario:
    """Half a day of one cluster of the catalogue, with a small job."""
    horizon = {"start": start}
    return scenario(
        build.document([{"from": name, "as_if": True}], [build.job(accelerators=1)], slots=12, horizon=horizon, **more)
    )


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


@pytest.mark.parametrize("name", sorted(catalog().section("accelerators")))
def test_every_accelerator_can_be_planned_with(name: str) -> None:
    cluster = build.cluster(pool={"accelerator": name})
    made = scenario(build.document([cluster], [build.job()]))
    assert name in {accelerator.name for accelerator in made.accelerators}


def test_every_place_can_be_named() -> None:
    names = sorted(catalog().section("places"))
    made = scenario(build.document([build.cluster()], [build.job(name, home=name) for name in names]))
    assert set(names) <= made.places.keys()


@pytest.mark.parametrize("name", [n for n, e in catalog().section("vehicles").items() if "flights" in e["facts"]])
def test_reliability_is_that_of_the_record(name: str) -> None:
    facts = catalog().section("vehicles")[name]["facts"]
    if facts["reliability"]["grade"] != "D":
        assert facts["flights"]["value"] == 0
        return
    flights, good = facts["flights"]["value"], facts["successes"]["value"]
    jeffreys = scipy.stats.beta(good + 0.5, flights - good + 0.5)
    stated = [facts["reliability"][key] for key in ("value", "low", "high")]
    assert stated == pytest.approx([jeffreys.mean(), *jeffreys.interval(0.95)], abs=0.001)


def test_the_rule_for_fibre_is_the_regression_over_the_measured_round_trips() -> None:
    latency, places = catalog().section("latency"), catalog().section("places")
    table = latency["measured-round-trips"]["ms"]
    assert all(set(row) == set(table) - {name} for name, row in table.items())
    pairs = list(itertools.combinations(table, 2))
    ms = np.array([(table[a][b] + table[b][a]) / 2 for a, b in pairs])
    km = np.array(
        [great_circle_km(*(places[place][axis] for place in pair for axis in ("lat", "lon"))) for pair in pairs]
    )
    fit = scipy.stats.linregress(km, ms)
    rule = {key: value["value"] for key, value in latency["fibre-rule"].items() if key != "title"}
    assert len(pairs) == rule["pairs"]
    assert fit.slope == pytest.approx(rule["ms_per_km"], rel=0.01)
    assert fit.intercept == pytest.approx(rule["base_ms"], abs=0.5)
    assert fit.rvalue**2 == pytest.approx(rule["r_squared"], abs=0.01)
    inflation = ms / (km * latency["fibre"]["round_trip_us_per_km"]["value"] / 1e3)
    stated = latency["path-inflation"]["ratio"]
    expected = [stated["value"], stated["low"], stated["high"]]
    assert np.percentile(inflation, [50, 10, 90]) == pytest.approx(expected, rel=0.02)


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

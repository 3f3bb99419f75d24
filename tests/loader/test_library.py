"""The library's front door: the same scenario from a file and from Python, and changes of one value."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import build
import numpy as np
import pandas as pd
import pytest

import placement
from placement.fingerprint import fingerprint
from placement.loader.fields import alternatives, is_record
from placement.schema import Job, Option, ScenarioFile, Throughput
from placement.tree import read


@pytest.mark.parametrize("name", ["starter", "one-week", "wide"])
def test_a_dict_gives_the_same_scenario_as_the_file(name: str, shipped: dict[str, Path]) -> None:
    path = shipped[name]
    one, two = placement.load(path), placement.scenario(read(path).value, folder=path.parent)
    assert one.document() == two.document()
    assert fingerprint(one) == fingerprint(two)


def keys(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from keys(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from keys(inner)


def fields(record: Any, seen: set[Any]) -> set[str]:
    """Every key that a record takes, and those below it."""
    found: set[str] = set()
    if record not in seen:
        seen.add(record)
        for name, info in record.model_fields.items():
            found.add(info.alias or name)
            for kind in parts(info.annotation):
                found |= fields(kind, seen)
    return found


def parts(annotation: Any) -> Iterator[Any]:
    for kind in alternatives(annotation):
        if is_record(kind):
            yield kind
        for inner in getattr(kind, "__args__", ()):
            yield from parts(inner)


def test_the_wide_scenario_has_every_key_there_is(shipped: dict[str, Path]) -> None:
    seen: set[Any] = set()
    wanted = set().union(*(fields(record, seen) for record in (ScenarioFile, Job, Option, Throughput)))
    missing = wanted - set(keys(read(shipped["wide"]).value))
    assert missing <= {"table", "columns", "ignore", "slot", "value", "campaign", "extends", "term", "package"}


def test_values_of_python_mean_what_they_mean_in_a_file() -> None:
    document = build.document(
        [build.cluster(energy_price=np.array([1.0, 2.0, 3.0, 4.0]))],
        [build.job("a", np.float64(2.0), np.int64(4), deadline=datetime(2027, 6, 7, 4, tzinfo=UTC), tags=("x",))],  # type: ignore[arg-type]
    )
    document["horizon"]["start"] = pd.Timestamp("2027-06-07")
    plain = build.document(
        [build.cluster(energy_price=[1.0, 2.0, 3.0, 4.0])],
        [build.job("a", deadline="2027-06-07T04:00:00Z", tags=["x"])],
    )
    assert fingerprint(placement.scenario(document)) == fingerprint(placement.scenario(plain))
    assert isinstance(document["clusters"][0]["energy_price"], np.ndarray)


def test_what_is_no_plain_value_is_told_with_its_place() -> None:
    circle: dict[str, Any] = build.document()
    circle["series"] = {"a": circle}
    for document, text in (
        (
            build.document([build.cluster(pue=object())]),
            "clusters.earth.pue: a value of type object stands in the document.",
        ),
        (
            build.document() | {"jobs": pd.DataFrame({"job": ["a"]})},
            "jobs: a value of type DataFrame stands in the document.",
        ),
        (circle, "series.a: values are nested more than 50 deep, or contain themselves."),
        (build.document() | {7.5: 1}, "scenario: the key 7.5 is not a name."),
    ):
        with pytest.raises(placement.ScenarioError) as caught:
            placement.scenario(document)
        assert str(caught.value).startswith(text)


def test_a_changed_value_gives_the_scenario_that_a_changed_file_gives() -> None:
    base = build.scenario([build.cluster(power_limit_mw=2.0), build.cluster("mars")])
    before = fingerprint(base)
    changed = base.replace("clusters.earth.power_limit_mw", 1.5)
    assert changed.cluster("earth").power_limit_mw == 1.5
    assert fingerprint(changed) == fingerprint(
        build.scenario([build.cluster(power_limit_mw=1.5), build.cluster("mars")])
    )
    assert fingerprint(base) == before
    assert fingerprint(changed.replace("clusters.earth.power_limit_mw", 2.0)) == before


@pytest.mark.parametrize(
    ("path", "value", "found"),
    [
        ("clusters.earth.pools.h100-sxm.number", 12, lambda s: s.clusters[0].pools[0].number),
        ("clusters.0.pools.0.number", 13, lambda s: s.clusters[0].pools[0].number),
        ("policy.carbon_usd_per_t", 50.0, lambda s: s.policy.carbon_usd_per_t),
        ("horizon.slots", 6, lambda s: s.horizon.slots),
        ("name", "other", lambda s: s.name),
        ("money.discount_rate", np.float64(0.5), lambda s: s.money.discount_rate),
        ("clusters.earth.pools.h100-sxm.number", np.int64(14), lambda s: s.clusters[0].pools[0].number),
        ("clusters.earth.resources.licences", 9.0, lambda s: s.clusters[0].resources["licences"]),
    ],
)
def test_a_value_is_changed_by_its_dotted_path(path: str, value: Any, found: Any) -> None:
    assert found(build.scenario().replace(path, value)) == value


def test_blocks_give_the_number_of_their_pool_also_when_one_is_changed() -> None:
    blocks = [{"name": "a", "number": 5}, {"name": "b", "number": 7, "service": {"from": "2030-01-01T00:00:00Z"}}]
    made = build.scenario([{"name": "earth", "pools": [{"accelerator": "h100-sxm", "blocks": blocks}]}])
    assert made.clusters[0].pools[0].number == 12
    assert made.replace("clusters.earth.pools.h100-sxm.blocks.b.number", 1).clusters[0].pools[0].number == 6
    with pytest.raises(placement.ScenarioError, match="its blocks have 12 accelerators, and number is 6"):
        made.replace("clusters.earth.pools.h100-sxm.number", 6)


@pytest.mark.parametrize(
    ("path", "value", "text"),
    [
        ("clusters.earht.pue", 1.1, "clusters.earht: there is no 'earht' here. Did you mean 'earth'?"),
        ("clusters.earth.pue", 0.9, "clusters.earth.pue: pue is 0.9, but must be at least 1."),
        ("clusters.earth.peu", 1.1, "clusters.earth: unknown key 'peu'. Did you mean 'pue'?"),
        ("name.first", 1, "name.first: 'name' is 'test', a single value with nothing inside. Check the path."),
        ("name.first.letter", 1, "name.first: 'first' would stand inside 'test'. Check the path."),
        ("clusters.earth.pue", object(), "clusters.earth.pue: a value of type object stands in the document."),
        ("clusters.7.pue", 1.1, "clusters.7: there is no '7' here."),
        ("horizon.slots", 0, "horizon.slots: slots is 0, but must be at least 1."),
        ("", 1, "scenario: unknown key ''."),
        ("jobs.a.hours", 3, "jobs.a.hours: jobs are a table, which a path does not reach into."),
    ],
)
def test_a_change_that_cannot_be_is_told(path: str, value: Any, text: str) -> None:
    with pytest.raises(placement.ScenarioError) as caught:
        build.scenario().replace(path, value)
    assert str(caught.value).startswith(text)


def test_changes_keep_tables_series_and_catalogue(shipped: dict[str, Path]) -> None:
    wide = placement.load(shipped["wide"])
    changed = wide.replace("policy.carbon_usd_per_t", 30.0)
    assert changed.traces.keys() == wide.traces.keys()
    assert changed.catalog_version == wide.catalog_version
    for name in ("options", "throughput"):
        assert getattr(changed, name) is getattr(wide, name)
    for name, column in changed.jobs.columns.items():  # those of campaigns are made anew
        np.testing.assert_array_equal(column, wide.jobs[name])
    assert fingerprint(changed.replace("policy.carbon_usd_per_t", 25.0)) == fingerprint(wide)


def test_what_a_module_has_from_its_satellites_is_not_replaced_silently() -> None:
    """It follows anew from the satellites, so that a value put there would be gone."""
    scenario = placement.load("starcloud")
    with pytest.raises(placement.ScenarioError, match=r"satellites\.mass\.total_kg instead"):
        scenario.replace("clusters.starcloud-3.modules.batch.mass_kg", 1.0)
    lighter = scenario.replace("clusters.starcloud-3.satellites.mass.total_kg", 1500)
    assert lighter.cluster("starcloud-3").modules[0].mass_kg == 3000.0

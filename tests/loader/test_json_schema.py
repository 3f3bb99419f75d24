"""The JSON Schema says of a scenario file what loading says."""

import copy
from pathlib import Path
from typing import Any

import build
import pytest
from loader.schema_errors import errors

import placement
from placement.loader.json_schema import json_schema
from placement.tree import read

SCHEMA = json_schema()


@pytest.mark.parametrize("name", ["starter", "one-week", "wide"])
def test_what_is_shipped_is_valid(name: str, shipped: dict[str, Path]) -> None:
    document = read(shipped[name]).value
    placement.load(shipped[name])
    assert errors(SCHEMA, document) == []


def change(path: str, value: Any) -> dict[str, Any]:
    document = copy.deepcopy(build.document([build.cluster(sources=[{"kind": "grid", "price": 90.0}])]))
    inner: Any = document
    *steps, last = [int(step) if step.isdigit() else step for step in path.split("/")]
    for step in steps:
        inner = inner[step]
    inner[last] = value
    return document


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("format", 2),
        ("name", 5),
        ("nmae", "x"),
        ("clusters", []),
        ("clusters/0", {"pue": 1.2}),
        ("clusters/0/pue", 0.9),
        ("clusters/0/pue", "high"),
        ("clusters/0/name", "a/b"),
        ("places", {"a/b": {"lat": 1.0, "lon": 1.0}}),
        ("policy/priorities", {"top": -1}),
        ("clusters/0/energy_price", True),
        ("clusters/0/pools/0/number", 1.5),
        ("clusters/0/pools/0/accelerator", None),
        ("clusters/0/sources/0/kind", "wood"),
        ("clusters/0/sources/0/prise", 1.0),
        ("jobs/0/hours", 0),
        ("jobs/0/hours", {"value": 2, "odd": 3}),
        ("jobs/0/accelerators", -4),
        ("jobs/0/residency", ["Canada"]),
        ("jobs/0/state", "walking"),
        ("jobs/0/tags", "x"),
        ("horizon/slots", 10**9),
    ],
)
def test_what_a_single_field_forbids_both_refuse(path: str, value: Any) -> None:
    document = change(path, value)
    assert errors(SCHEMA, document)
    with pytest.raises(placement.PlacementError):
        placement.scenario(document)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("clusters/0", {"from": "stargate-abilene"}),
        ("clusters/0/pue", {"value": 1.2, "low": 1.1, "source": "a guess"}),
        ("clusters/0/energy_price", "us-tex-erco"),
        ("clusters/0/energy_price", [1.0, 2.0, 3.0, 4.0]),
        ("clusters/0/energy_price", {"series": "us-tex-erco", "scale": 2}),
        ("jobs/0/hours", 2),
        ("jobs/0/submitted", "2027-06-07"),
        ("jobs/0/reject_usd", None),
        ("jobs/0/class", "small"),
        ("jobs/0/clusters", ["earth"]),
    ],
)
def test_what_a_field_allows_both_take(path: str, value: Any) -> None:
    document = change(path, value)
    assert errors(SCHEMA, document) == []
    placement.scenario(document)


def described(node: Any, path: str = "$") -> list[str]:
    """Properties without a description."""
    if isinstance(node, list):
        return [found for item in node for found in described(item, path)]
    if not isinstance(node, dict):
        return []
    own = node.get("properties", {}) if "type" in node else {}  # without one: what a way of writing it needs
    bare = [f"{path}.{key}" for key, part in own.items() if path != "$.$defs.Sourced" and "description" not in part]
    return bare + [found for key, part in node.items() for found in described(part, f"{path}.{key}")]


def test_every_field_is_described() -> None:
    assert described(SCHEMA) == []

"""The JSON Schema that is shipped for editors: the one that is printed, and right about what is shipped."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import build
import pytest
from cli.command import run
from loader.schema_errors import errors

import placement
from placement.loader.extend import shipped
from placement.tree import read

DATA = Path(str(files("placement.data")))
SCHEMA = json.loads((DATA / "scenario.schema.json").read_text(encoding="utf-8"))


def test_it_is_what_the_command_prints_and_writes(tmp_path: Path) -> None:
    printed, out = run("schema"), tmp_path / "placement.schema.json"
    assert json.loads(printed.out) == SCHEMA
    assert run("schema", "-o", out).code == 0
    assert out.read_text(encoding="utf-8") == printed.out == (DATA / "scenario.schema.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", shipped())
def test_every_shipped_scenario_is_valid(name: str) -> None:
    assert errors(SCHEMA, read(DATA / "scenarios" / f"{name}.yaml").value) == []


def document(**cluster: Any) -> dict[str, Any]:
    return build.document([build.cluster(), cluster])


def test_parts_of_records_are_for_clusters_of_the_catalogue() -> None:
    part = {"satellites": {"battery_kwh": 20.0, "array": {"packing": 0.8}}, "link": {"usd_per_tb_in": 1.0}}
    from_catalogue = {"from": "suncatcher-81", "as_if": True, **part}
    assert errors(SCHEMA, document(**from_catalogue)) == []
    whole = build.cluster("mine")
    assert errors(SCHEMA, document(**whole)) == []
    own = document(**whole, **part)
    assert errors(SCHEMA, own)
    with pytest.raises(placement.ScenarioError):
        placement.scenario(own)


def test_a_part_of_the_horizon_is_for_files_that_extend_another() -> None:
    below = {"format": 1, "extends": "one-week", "horizon": {"slots": 24}}
    assert errors(SCHEMA, below) == []
    whole = document(name="two")
    assert errors(SCHEMA, whole) == []
    assert errors(SCHEMA, {**whole, "horizon": {"slots": 24}})


def test_a_range_of_the_catalogue_may_stand_for_a_distribution() -> None:
    uncertain = {**build.document(), "uncertainty": {"inputs": [{"paths": ["clusters.earth.pue"], "range": True}]}}
    assert errors(SCHEMA, uncertain) == []
    uncertain["uncertainty"]["inputs"][0]["range"] = False
    assert errors(SCHEMA, uncertain)

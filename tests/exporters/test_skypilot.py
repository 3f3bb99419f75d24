"""Tasks for SkyPilot: legal by its schema, with places in order."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import build
import jsonschema
import pytest
import yaml
from exporters.plans import scheduled, solved
from exporters.schemas import TASK

from placement import PlacementError
from placement.exporters import FORMATS, ExportSettings
from placement.exporters.schedule import Schedule
from placement.folder import Stored


def tasks(schedule: Schedule, **settings: Any) -> Iterator[dict[str, Any]]:
    """Tasks of the folder, each held against the schema; the file is called after the task."""
    for name, content in FORMATS["skypilot"][""](schedule, ExportSettings(**settings)).items():
        if name != "index.csv":
            task = yaml.safe_load(content)
            jsonschema.Draft202012Validator(TASK).validate(task)
            assert name == f"{task['name']}.yaml"
            yield task


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Stored:
    clusters = [
        build.cluster("a", 24, energy_price=10.0),
        build.cluster("b", 24, energy_price=20.0, pool={"accelerator": "gb200"}),
    ]
    jobs = [build.job("big", 1.0, 24, reject_usd=None), build.job("small", 1.0, 7, reject_usd=None, clusters=["a"])]
    stored = solved(build.scenario(clusters, jobs), tmp_path_factory.mktemp("sky") / "x.plan", gap=1e-6)
    assert stored is not None
    return stored


def test_places_stand_in_order_with_what_a_node_has(plan: Stored) -> None:
    schedule = scheduled(plan)
    big, small = tasks(schedule)
    order = [place["infra"].removeprefix("k8s/") for place in big["resources"]["ordered"]]
    assert order == list(schedule.runs[0].clusters)
    assert {tuple(*place["accelerators"].items()) for place in big["resources"]["ordered"]} == {
        ("H100", 8),
        ("GB200", 8),
    }
    assert (big["num_nodes"], small["num_nodes"]) == (3, 1)
    assert small["resources"]["ordered"] == [{"infra": "k8s/a", "accelerators": {"H100": 7}}]


def test_names_are_those_that_are_given(plan: Stored) -> None:
    names, kinds = {"a": "aws/us-east-1", "b": "k8s/ctx"}, {"gb200": "GB200:NVL"}
    with pytest.raises(PlacementError, match="is no accelerator of SkyPilot's"):
        list(tasks(scheduled(plan), names=names, accelerators=kinds))
    big, _ = tasks(scheduled(plan), names=names, accelerators={"gb200": "GB200-NVL"}, per_node=4)
    assert {place["infra"] for place in big["resources"]["ordered"]} == set(names.values())
    assert {kind for place in big["resources"]["ordered"] for kind in place["accelerators"]} == {"H100", "GB200-NVL"}
    assert big["num_nodes"] == 6
    with pytest.raises(PlacementError, match="is no infra of SkyPilot's"):
        list(tasks(scheduled(plan), names={"a": "aws//x"}))


def test_a_place_with_a_gang_of_another_size_is_left_out(plan: Stored) -> None:
    """Three nodes hold 24; 20 at the other cluster would be no three of one size."""
    schedule = scheduled(plan)
    run = schedule.runs[0]
    odd = replace(run, choices=tuple(replace(c, accelerators=20) if n else c for n, c in enumerate(run.choices)))
    (task,) = tasks(replace(schedule, runs=(odd,)))
    assert len(task["resources"]["ordered"]) == 1


def test_many_priorities_are_pressed_into_skypilots_range(plan: Stored) -> None:
    schedule = scheduled(plan)
    runs = tuple(replace(schedule.runs[0], job=f"j{n}", priority=n) for n in range(100, 3001, 100))
    found = [task["resources"]["priority"] for task in tasks(replace(schedule, runs=runs))]
    assert found == sorted(found)
    assert found[-1] == 1000


def test_hostile_names_give_legal_tasks(hostile: Stored, called: ExportSettings, tmp_path: Path) -> None:
    names = {cluster: f"k8s/{theirs}" for cluster, theirs in called.names.items()}
    found = list(tasks(scheduled(hostile), names=names))
    assert len({task["name"] for task in found}) == len(found)
    assert list(tmp_path.iterdir()) == []

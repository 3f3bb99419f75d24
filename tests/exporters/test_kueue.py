"""Manifests for Kueue: legal by the published schemas, in the order of the plan, with names that Kubernetes takes."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import build
import jsonschema
import pytest
import yaml
from exporters.plans import scheduled, solved
from exporters.schemas import KINDS

from placement import PlacementError
from placement.exporters import FORMATS, ExportSettings
from placement.exporters.schedule import Schedule
from placement.folder import Stored


def objects(schedule: Schedule, **settings: Any) -> Iterator[dict[str, Any]]:
    """Objects of the file, each held against its schema."""
    for each in yaml.safe_load_all(FORMATS["kueue"][".yaml"](schedule, ExportSettings(**settings))[""]):
        jsonschema.Draft202012Validator(KINDS[each["kind"]]).validate(each)
        yield each


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Stored:
    """Three clusters that are full one after the other, and jobs that come one after the other."""
    clusters = [
        build.cluster(name, 12, energy_price=price) for name, price in (("a", 10.0), ("b", 20.0), ("c d", 30.0))
    ]
    jobs = [
        build.job(f"j{n}", 1.0, 6 * (n % 2 + 1), count=2, reject_usd=None, delay_usd_per_hour=0.01) for n in range(6)
    ]
    stored = solved(build.scenario(clusters, jobs, slots=6), tmp_path_factory.mktemp("kueue") / "x.plan", gap=0.3)
    assert stored is not None
    return stored


def test_hostile_names_give_legal_objects(hostile: Stored) -> None:
    """Whatever a job is called: its object has a name that is legal and its own, and its note says the name."""
    schedule = scheduled(hostile)
    found = list(objects(schedule, multikueue=True))
    jobs = [each for each in found if each["kind"] == "Job"]
    names = [each["metadata"]["name"] for each in jobs]
    assert len(set(names)) == len(names) == sum(run.count for run in schedule.runs if run.alone and not run.running)
    assert {each["metadata"]["annotations"]["placement/job"] for each in jobs} == {
        run.job for run in schedule.runs if not run.running
    }
    pods = [f"{each['metadata']['name']}-{each['spec']['completions'] - 1}" for each in jobs]
    assert max(map(len, pods)) <= 63


def test_priorities_have_classes_of_their_value(plan: Stored) -> None:
    found = list(objects(scheduled(plan)))
    value = {each["metadata"]["name"]: each["value"] for each in found if each["kind"] == "WorkloadPriorityClass"}
    assert sorted(value.values()) == list(range(1, len(value) + 1))
    jobs = [each["metadata"] for each in found if each["kind"] == "Job"]
    for one in jobs:
        for other in jobs:
            a, b = (value[each["labels"]["kueue.x-k8s.io/priority-class"]] for each in (one, other))
            if one["annotations"]["placement/begin"] < other["annotations"]["placement/begin"]:
                assert a >= b
    assert len(value) > 1


def test_pods_of_one_size_hold_the_gang(plan: Stored) -> None:
    for per_node, pods, each in ((8, 2, "6"), (12, 1, "12"), (5, 3, "4"), (1, 12, "1")):
        found = [o for o in objects(scheduled(plan), per_node=per_node) if o["kind"] == "Job"]
        for job in (o for o in found if o["metadata"]["annotations"]["placement/job"] == "j1"):
            resources = job["spec"]["template"]["spec"]["containers"][0]["resources"]
            assert job["spec"]["parallelism"] == job["spec"]["completions"] == pods
            assert resources["requests"] == resources["limits"] == {"nvidia.com/gpu": each}


def test_multikueue_asks_clusters_in_their_order(plan: Stored) -> None:
    """The planned cluster first, then the others by their mean place among the units planned there."""
    schedule = scheduled(plan)
    found = list(objects(schedule, multikueue=True, names={"c d": "c"}))
    orders = {o["metadata"]["name"]: o["spec"]["clusters"] for o in found if o["kind"] == "MultiKueueConfig"}
    checks = [o["spec"]["parameters"]["name"] for o in found if o["kind"] == "AdmissionCheck"]
    assert checks == list(orders)
    for cluster in {run.parts[0].cluster for run in schedule.runs}:
        places: dict[str, list[int]] = {}
        for run in schedule.runs:
            for place, other in enumerate(run.clusters if run.parts[0].cluster == cluster else ()):
                places.setdefault(other[0], []).extend([place] * run.count)
        mean = {other: sum(values) / len(values) for other, values in places.items()}
        order = orders[f"placement-{cluster[0]}"]
        assert order[0] == cluster[0]
        assert len(order) == 3
        assert [mean[other] for other in order] == sorted(mean.values())


def test_queues_are_called_as_they_are_mapped(plan: Stored) -> None:
    schedule = scheduled(plan)
    names = {"a": "gpu.texas", "c d": "red"}
    for each in objects(schedule, names=names, namespace="ml"):
        if each["kind"] == "Job":
            assert each["metadata"]["namespace"] == "ml"
            first = json.loads(each["metadata"]["annotations"]["placement/clusters"])[0]
            assert each["metadata"]["labels"]["kueue.x-k8s.io/queue-name"] == {**names, "b": "b"}[first]


@pytest.mark.parametrize("theirs", ["Red", "a/b", "-x", "x" * 64])
def test_what_a_queue_is_called_is_legal(plan: Stored, theirs: str) -> None:
    with pytest.raises(PlacementError, match=r"'a' is mapped to .*, which is no name of a queue\. Write up to 63"):
        list(objects(scheduled(plan), names={"a": theirs}))


def test_resources_follow_the_accelerator_or_what_is_said(tmp_path: Path) -> None:
    clusters = [build.cluster(pool={"accelerator": "tpu-v6e"})]
    schedule = scheduled(solved(build.scenario(clusters), tmp_path / "x.plan"))  # type: ignore[arg-type]

    def resource(**settings: Any) -> list[str]:
        (job,) = [each for each in objects(schedule, **settings) if each["kind"] == "Job"]
        return list(job["spec"]["template"]["spec"]["containers"][0]["resources"]["requests"])

    assert resource() == ["google.com/tpu"]
    assert resource(accelerators={"tpu-v6e": "example.com/chip"}) == ["example.com/chip"]
    with pytest.raises(PlacementError, match=r"which is no resource\. Write one as in nvidia\.com/gpu\."):
        resource(accelerators={"tpu-v6e": "chip"})


def test_too_many_units_are_told(plan: Stored) -> None:
    schedule = scheduled(plan)
    many = replace(schedule, runs=(replace(schedule.runs[0], count=2_000_000),))
    with pytest.raises(PlacementError, match=r"the plan has 2,000,000 units, .* Export it as CSV\."):
        list(objects(many))

"""Tasks of SkyPilot."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from importers.logs import dropped, read, refused, rows, write


def sizes(folder: Path, resources: Any, **more: Any) -> list[tuple[Any, ...]]:
    """Accelerators and tags of a task, by way of a file."""
    text = yaml.safe_dump({"resources": resources, "run": "x", **more}, sort_keys=False)
    return rows(read("skypilot", write(folder, text, "task.yaml"), hours=1), "job", "accelerators", "tags")


def test_a_task_is_a_gang_of_nodes(tmp_path: Path) -> None:
    assert sizes(tmp_path, {"accelerators": "H100:8"}, name="train", num_nodes=16) == [("train", 128, "H100")]
    assert sizes(tmp_path, {"accelerators": "H100"}) == [("task", 1, "H100")]


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        ({"accelerators": {"H100": 8}}, (8, "H100")),
        ({"accelerators": ["A100:8", "H100:4"]}, (8, "A100")),
        ({"accelerators": {"L4:1": None, "H100:1": None}}, (1, "L4")),
        ({"any_of": [{"infra": "aws"}, {"accelerators": "H100:8"}]}, (8, "H100")),
        ({"accelerators": "H200:8", "ordered": [{"infra": "aws"}]}, (8, "H200")),
        ({"accelerators": "tpu-v4-8"}, (4, "tpu-v4-8")),
        ({"accelerators": "tpu-v5litepod-16:1"}, (16, "tpu-v5litepod-16")),
        ({"accelerators": "tpu-v6e-8"}, (8, "tpu-v6e-8")),
        ({"accelerators": "A100:0.5"}, (1, "A100")),
    ],
)
def test_every_way_to_name_accelerators(resources: Any, expected: tuple[int, str], tmp_path: Path) -> None:
    assert sizes(tmp_path, resources) == [("task", *expected)]


def test_one_of_several_numbers_is_taken_and_told(tmp_path: Path) -> None:
    path = write(tmp_path, "resources: {accelerators: [A100:8, H100:4]}\nrun: x\n", "t.yaml")
    assert "1 task takes one of several numbers of accelerators; the first is taken." in read(
        "skypilot", path, hours=1
    ).tally.notes  # fmt: skip


PIPELINE = """name: nightly
---
name: data
resources: {cpus: 8}
run: prepare
---
name: train
num_nodes: 2
resources: {accelerators: H100:8}
run: train
---
resources: {accelerators: H100:1}
run: eval
---
name: train
resources: {accelerators: H100:1}
run: again
"""


def test_the_tasks_of_a_pipeline_come_after_each_other(tmp_path: Path) -> None:
    found = read("skypilot", write(tmp_path, PIPELINE, "p.yaml"), hours=2)
    assert rows(found, "job", "accelerators", "after") == [
        ("nightly/train", 16, None),
        ("nightly/p-3", 1, "nightly/train"),
        ("nightly/train-2", 1, "nightly/p-3"),
    ]
    assert dropped(found) == {"NO_ACCELERATORS": 1}
    assert found.tally.read == 4


def test_a_second_pipeline_of_the_same_name_keeps_to_its_own_tasks(tmp_path: Path) -> None:
    write(tmp_path, PIPELINE, "p.yaml")
    write(tmp_path, PIPELINE, "q.yaml")
    after = rows(read("skypilot", tmp_path, hours=2), "job", "after")
    assert after[3:] == [
        ("nightly/train#2", None), ("nightly/q-3", "nightly/train#2"), ("nightly/train-2#2", "nightly/q-3"),
    ]  # fmt: skip


def test_a_group_whose_head_says_parallel_runs_together(tmp_path: Path) -> None:
    text = PIPELINE.replace("name: nightly\n", "name: nightly\nexecution: parallel\n")
    assert rows(read("skypilot", write(tmp_path, text, "p.yaml"), hours=2), "after") == [(None,)] * 3


def test_services_other_documents_and_odd_numbers_are_dropped(tmp_path: Path) -> None:
    texts = [
        "resources: {accelerators: H100:8}\nservice: {replicas: 2}\n", "a: 1\n", "[1, 2]\n", "run: {\n",
        "num_nodes: two\nrun: x\n", "resources: {accelerators: H100:many}\nrun: x\n",
        "resources: {accelerators: {H100: [1]}}\nrun: x\n", "resources: {instance_type: p5}\nrun: x\n",
        "resources: {accelerators: H100:8}\n",
    ]  # fmt: skip
    for number, text in enumerate(texts):
        write(tmp_path, text, f"{number}.yaml")
    found = read("skypilot", tmp_path, hours=1)
    assert rows(found, "job") == [("8",)]
    assert dropped(found) == {"NO_JOB": 4, "UNREADABLE": 4, "NO_ACCELERATORS": 1}


def test_without_a_run_time_nothing_is_left_and_the_option_is_named(tmp_path: Path) -> None:
    words = refused("skypilot", write(tmp_path, PIPELINE, "p.yaml"))
    assert words.startswith("no job is left of 4 records (1 asks for no accelerators")
    assert "--hours H" in words

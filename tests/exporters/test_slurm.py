"""What Slurm is told: options by sbatch(1), updates by scontrol(1), and nothing that a shell could run."""

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import build
import pytest
from exporters.plans import scheduled, solved

from placement import PlacementError
from placement.exporters import FORMATS, ExportSettings
from placement.folder import Stored

SAFE = re.compile(r"[A-Za-z0-9_.,:+=-]+")
"""Letters of a word: none that a shell, sbatch's reader of headers or scontrol's reader of lines takes for more."""


def told(stored: Stored, **settings: Any) -> dict[str, dict[str, Any]]:
    """Runs by name, their options as a mapping."""
    document = json.loads(FORMATS["slurm"][".json"](scheduled(stored), ExportSettings(**settings))[""])
    for run in document["runs"]:
        run["options"] = dict(word.removeprefix("--").split("=", 1) for word in run["arguments"] if "=" in word)
    return {run["name"]: run for run in document["runs"]}


def made(folder: Path, *args: Any, **more: Any) -> Stored:
    stored = solved(build.scenario(*args, **more), folder / "x.plan", gap=1e-6)
    assert stored is not None
    return stored


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Stored:
    """A job of three units and one after it, on the cheaper of two clusters that take one after the other."""
    clusters = [build.cluster("earth", 12, energy_price=20.0), build.cluster("mars", 12, energy_price=90.0)]
    jobs = [
        build.job("train", 1.5, 4, count=3, reject_usd=None),
        build.job("77", 1.0, 12, after=["train"], reject_usd=None, deadline="2027-06-07T03:00:10Z"),
        build.job("78_2", 1.0, 2, reject_usd=None, pin_cluster="mars"),
    ]
    return made(tmp_path_factory.mktemp("slurm"), clusters, jobs)


def test_options_are_those_of_the_plan(plan: Stored) -> None:
    train = told(plan)["train"]
    assert train["command"] == "sbatch"
    assert train["options"] == {
        "job-name": "train", "begin": "2027-06-07T00:00:00", "clusters": "earth,mars", "nice": "0", "gpus": "4",
        "time": "0-01:39:00", "array": "1-3", "comment": "placement:order=earth+mars:priority=2",
    }  # fmt: skip


def test_what_comes_after_waits_for_the_runs_of_the_others(plan: Stored) -> None:
    """An id that is not known yet stands there by the name of its run."""
    (later,) = [run for run in told(plan).values() if run["job"] == "77"]
    assert later["options"]["dependency"] == "afterok:ID-OF-train"
    assert later["options"]["nice"] == "100"


def test_a_time_limit_leaves_room_for_the_deadline(plan: Stored) -> None:
    """Planned for 2:00 to 3:00, to end by 3:00:10: a margin does not fit, and a whole hour does."""
    (later,) = [run for run in told(plan).values() if run["job"] == "77"]
    assert (later["start"], later["end"]) == ("2027-06-07T02:00:00Z", "2027-06-07T03:00:00Z")
    assert later["options"]["time"] == "0-01:00:00"
    assert later["options"]["deadline"] == "2027-06-07T03:00:10"


def test_a_run_of_odd_seconds_is_not_removed_for_its_rounding(tmp_path: Path) -> None:
    """Time limits are whole minutes: the deadline is moved by less where the planned run would just not fit."""
    stored = made(tmp_path, jobs=[build.job("a", 1.005, 4, deadline="2027-06-07T01:00:30Z", reject_usd=None)])
    run = told(stored)["a"]
    assert run["options"]["time"] == "0-01:01:00"
    assert run["options"]["deadline"] == "2027-06-07T01:01:00"


def test_long_runs_are_told_in_days(tmp_path: Path) -> None:
    stored = made(tmp_path, jobs=[build.job("a", 50.0, 4, reject_usd=None)], slots=60)
    assert told(stored, margin=0.0)["a"]["options"]["time"] == "2-02:00:00"
    assert told(stored, margin=0.5)["a"]["options"]["time"] == "3-03:00:00"


def test_ids_are_updated_if_that_is_asked_for(plan: Stored) -> None:
    assert all(run["command"] == "sbatch" for run in told(plan).values())
    runs = told(plan, ids=True, time_zone="America/New_York", names={"mars": "red"})
    updates = {run["job"]: run["arguments"] for run in runs.values() if run["command"] == "scontrol"}
    assert updates == {
        "77": ["update", "JobId=77", "StartTime=2027-06-06T22:00:00", "Nice=100"],
        "78_2": ["update", "JobId=78_2", "StartTime=2027-06-06T20:00:00", "Nice=0", "Partition=red"],
    }
    assert runs["train"]["command"] == "sbatch"


def test_jobs_that_slurm_has_are_waited_for_by_their_ids(tmp_path: Path) -> None:
    jobs = [build.job("77", 1.0, 4, reject_usd=None), build.job("b", 1.0, 4, after=["77"], reject_usd=None)]
    stored = made(tmp_path, jobs=jobs)
    assert told(stored, ids=True)["b"]["options"]["dependency"] == "afterok:77"
    assert told(stored)["b"]["options"]["dependency"].startswith("afterok:ID-OF-job-77-")


@pytest.mark.parametrize(
    ("names", "clusters", "partition"),
    [
        ({}, "earth,mars", None),
        ({"earth": "gpu", "mars": "red"}, None, "gpu,red"),
        ({"earth": "gpu"}, None, "gpu"),
        ({"mars": "red"}, "earth", None),
        ({"earth": "e1:gpu", "mars": "m1:gpu"}, "e1,m1", "gpu"),
        ({"earth": "e1:gpu", "mars": "m1:red"}, "e1", "gpu"),
        ({"earth": "e1:", "mars": "m1:"}, "e1,m1", None),
    ],
)
def test_clusters_and_partitions_that_can_stand_in_one_list_do(
    plan: Stored, names: dict[str, str], clusters: str | None, partition: str | None
) -> None:
    """One --partition holds for all of --clusters, and partitions in a list are all of one cluster."""
    options = told(plan, names=names)["train"]["options"]
    assert (options.get("clusters"), options.get("partition")) == (clusters, partition)


def test_a_gpu_type_is_named_where_it_is_given(plan: Stored) -> None:
    assert told(plan, accelerators={"h100-sxm": "h100"})["train"]["options"]["gpus"] == "h100:4"


def test_segments_of_each_unit_follow_one_another(tmp_path: Path) -> None:
    job = build.job("a", 2.0, 4, segments=2, count=2, reject_usd=None)
    runs = told(made(tmp_path, jobs=[job], slots=6))
    assert list(runs) == ["a-s1", "a-s2"]
    assert runs["a-s2"]["options"]["dependency"] == "aftercorr:ID-OF-a-s1"
    assert runs["a-s2"]["options"]["array"] == "1-2"


def test_what_runs_already_is_not_begun_anew(hostile: Stored, called: ExportSettings) -> None:
    (run,) = [run for run in told(hostile, names=called.names, ids=True).values() if run["running"]]
    assert (run["command"], run["arguments"]) == (None, [])
    assert run["start"] == "2027-06-06T21:00:00Z"


def test_no_word_holds_what_a_user_wrote(hostile: Stored, called: ExportSettings) -> None:
    """Words of JSON; lines of headers, which end with the header; and lines for scontrol."""
    schedule = scheduled(hostile)
    settings = ExportSettings(names=called.names, ids=True)
    for run in told(hostile, names=called.names, ids=True).values():
        assert all(SAFE.fullmatch(word) for word in run["arguments"])
    files = FORMATS["slurm"][""](schedule, settings)
    assert {name for name in files if not re.fullmatch(r"[a-z][a-z0-9-]*\.sbatch", name)} == {
        "index.csv", "updates.scontrol",
    }  # fmt: skip
    assert {each.lower() for each in files} == set(files), "no two are one file where case does not count"
    for name, content in files.items():
        lines = content.decode().split("\n")
        if name.endswith(".sbatch"):
            assert lines[0] == "#!/bin/sh"
            for line in lines[1:-1]:
                assert re.fullmatch(r"#SBATCH --[a-z-]+=[A-Za-z0-9_.,:=+-]+|# [ -~]*", line)
    (update,) = files["updates.scontrol"].decode().splitlines()
    assert re.fullmatch(r"update JobId=12_3( [A-Za-z]+=[A-Za-z0-9:,-]+)+", update) or "JobId=123 " in update


def test_a_cluster_that_slurm_cannot_name_has_to_be_mapped(hostile: Stored) -> None:
    with pytest.raises(PlacementError, match=r"is no name of Slurm's: .* Say what Slurm calls "):
        FORMATS["slurm"][".json"](scheduled(hostile), ExportSettings())


@pytest.mark.parametrize("theirs", ["$(reboot)", ":gpu", "a;b", "-w"])
def test_what_a_cluster_is_mapped_to_is_a_name(plan: Stored, theirs: str) -> None:
    with pytest.raises(PlacementError, match=r"is mapped to|is no name of Slurm's"):
        told(plan, names={"earth": theirs})


def test_a_step_of_nice_that_goes_too_far_is_told(plan: Stored) -> None:
    schedule = scheduled(plan)
    with pytest.raises(PlacementError, match=r"nice would go up to 3,000,000,000\. Take a smaller step\."):
        FORMATS["slurm"][".json"](schedule, ExportSettings(nice_step=3_000_000_000))


def test_begins_are_not_before_the_plan(plan: Stored) -> None:
    """The same moment in any zone."""
    for zone, hours in (("Asia/Tokyo", 9), ("UTC", 0)):
        begin = told(plan, time_zone=zone)["train"]["options"]["begin"]
        assert begin == (scheduled(plan).runs[0].start + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%S")

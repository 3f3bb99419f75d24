"""Manifests and lists of Kubernetes, and what Kueue queues."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from importers.logs import dropped, read, refused, rows, write

GPU = "nvidia.com/gpu"


def pod(number: Any = 8, resource: str = GPU, which: str = "limits", **more: Any) -> dict[str, Any]:
    """A pod's spec, a container with accelerators and one without."""
    side = {"name": "side", "resources": {"requests": {"cpu": "1"}}}
    return {"containers": [{"name": "main", "resources": {which: {resource: number}}}, side], **more}


def workload(kind: str = "Job", version: str = "batch/v1", name: str = "train", **spec: Any) -> dict[str, Any]:
    metadata = {"name": name, "namespace": "team-a", "labels": {"kueue.x-k8s.io/queue-name": "gpus"}}
    return {"apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec}


def job(
    name: str = "train", parallelism: Any = 4, deadline: Any = 7200, pod: Any = None, **more: Any
) -> dict[str, Any]:
    template = {"spec": POD if pod is None else pod}
    return workload(name=name, parallelism=parallelism, activeDeadlineSeconds=deadline, template=template, **more)


POD = pod()


def manifests(*values: Any) -> str:
    return "---\n".join(yaml.safe_dump(value) for value in values)


def sizes(folder: Path, *values: Any) -> list[int]:
    """Accelerators of workloads, by way of a file."""
    found = read("kubernetes", write(folder, manifests(*values), "a.yaml"), hours=1)
    return [size for (size,) in rows(found, "accelerators")]


def test_a_job_is_a_gang_of_its_pods_with_namespace_queue_and_limit(tmp_path: Path) -> None:
    found = read("kubernetes", write(tmp_path, manifests(job()), "a.yaml"), estimate=0.5)
    assert rows(found, "job", "team", "tags", "hours", "accelerators", "submitted") == [
        ("team-a/train", "team-a", "gpus", 1.0, 32, None),
    ]


def test_accelerators_of_every_maker_in_requests_or_limits(tmp_path: Path) -> None:
    pods = [
        pod(8, "amd.com/gpu"), pod("4", "google.com/tpu", "requests"),
        {"containers": [{"resources": {"requests": {GPU: 2}, "limits": {GPU: 2}}}, *pod(1)["containers"]]},
    ]  # fmt: skip
    assert sizes(tmp_path, *(job(f"j{k}", 1, pod=each) for k, each in enumerate(pods))) == [8, 4, 3]


def test_init_containers_count_where_they_need_more_or_stay(tmp_path: Path) -> None:
    check = {"resources": {"limits": {GPU: 16}}}
    stays = {"resources": {"limits": {GPU: 1}}, "restartPolicy": "Always"}
    pods = [pod(initContainers=[check]), pod(initContainers=[stays]), pod(16, initContainers=[check, stays])]
    assert sizes(tmp_path, *(job(f"j{k}", 1, pod=each) for k, each in enumerate(pods))) == [16, 9, 17]


def test_no_more_pods_than_completions_run_at_once(tmp_path: Path) -> None:
    jobs = [job("a", 4, completions=2), job("b", 4, completions=100), job("c", None, completions=3)]
    assert sizes(tmp_path, *jobs) == [16, 32, 8]


def test_sets_of_jobs_and_what_other_controllers_run(tmp_path: Path) -> None:
    template = {"spec": POD}
    head = {"spec": {"containers": [{"resources": {}}]}}
    replicated = [
        {"replicas": 2, "template": {"spec": {"parallelism": 4, "template": template, "activeDeadlineSeconds": 60}}},
        {"template": {"spec": {"template": head}}},
    ]
    workers = {"Master": {"replicas": 1, "template": template}, "Worker": {"replicas": 3, "template": template}}
    ray = {
        "headGroupSpec": {"template": head},
        "workerGroupSpecs": [{"replicas": 2, "numOfHosts": 4, "template": template}],
    }
    values = [
        workload("JobSet", "jobset.x-k8s.io/v1alpha2", "a", replicatedJobs=replicated),
        workload("Workload", "kueue.x-k8s.io/v1beta2", "b",
                 podSets=[{"count": 5, "template": template}, {"template": head}]),
        workload("PyTorchJob", "kubeflow.org/v1", "c", pytorchReplicaSpecs=workers, runPolicy={}),
        workload("TrainJob", "trainer.kubeflow.org/v1alpha1", "d",
                 trainer={"numNodes": 3, "resourcesPerNode": {"limits": {GPU: 8}}}),
        workload("RayJob", "ray.io/v1", "e", rayClusterSpec=ray),
        workload("RayCluster", "ray.io/v1", "f", **ray),
        workload("Job", "batch.volcano.sh/v1alpha1", "g", tasks=[{"replicas": 6, "template": template}]),
        workload("Pod", "v1", "h", **POD),
    ]  # fmt: skip
    assert sizes(tmp_path, *values) == [64, 40, 32, 24, 64, 64, 48, 8]


def test_limits_are_the_longest_of_the_parts_or_kueues(tmp_path: Path) -> None:
    replicated = [{"template": {"spec": {"activeDeadlineSeconds": s, "template": {"spec": POD}}}} for s in (60, 3600)]
    kueue = job("b", deadline=None)
    kueue["metadata"]["labels"]["kueue.x-k8s.io/max-exec-time-seconds"] = "1800"
    values = [
        workload("JobSet", "jobset.x-k8s.io/v1alpha2", "a", replicatedJobs=replicated),
        kueue,
        workload("Workload", "kueue.x-k8s.io/v1beta1", "c", maximumExecutionTimeSeconds=900,
                 podSets=[{"template": {"spec": POD}}]),
        workload("PyTorchJob", "kubeflow.org/v1", "d", runPolicy={"activeDeadlineSeconds": 450},
                 pytorchReplicaSpecs={"Master": {"template": {"spec": POD}}}),
    ]  # fmt: skip
    found = read("kubernetes", write(tmp_path, manifests(*values), "a.yaml"), estimate=1)
    assert rows(found, "hours") == [(1.0,), (0.5,), (0.25,), (0.125,)]


def test_priorities_are_kueues_or_the_pods(tmp_path: Path) -> None:
    labelled = job("a")
    labelled["metadata"]["labels"]["kueue.x-k8s.io/priority-class"] = "high"
    sets = [{"template": {"spec": POD}}]
    values = [
        labelled,
        job("b", pod=pod(priorityClassName="low")),
        workload("Workload", "kueue.x-k8s.io/v1beta2", "c", podSets=sets, priorityClassRef={"name": "normal"}),
        workload("Workload", "kueue.x-k8s.io/v1beta1", "d", podSets=sets, priorityClassName="low"),
        job("e"),
    ]
    found = read("kubernetes", write(tmp_path, manifests(*values), "a.yaml"), hours=1, priority=True)
    assert rows(found, "priority") == [("high",), ("low",), ("normal",), ("low",), (None,)]


def ran(name: str, created: str, started: str | None, ended: str | None, **more: Any) -> dict[str, Any]:
    """A job of a list, with its status; times are clock times of a day."""

    def day(time: str | None) -> str | None:
        return None if time is None else f"2026-03-01T{time}:00Z"

    value = job(name, **more)
    value["metadata"]["creationTimestamp"] = day(created)
    value["status"] = {"startTime": day(started), "completionTime": day(ended)}
    return value


def test_a_list_that_kubectl_printed_is_a_log(tmp_path: Path) -> None:
    failed = ran("failed", "00:00", "01:00", None)
    failed["status"]["conditions"] = [
        {"type": "Suspended", "status": "False", "lastTransitionTime": "2026-03-01T00:30:00Z"},
        {"type": "Failed", "status": "True", "lastTransitionTime": "2026-03-01T01:30:00Z"},
    ]
    listed = [
        ran("done", "00:00", "01:00", "03:00"), failed, ran("runs", "00:00", "02:00", None),
        ran("held", "00:00", "02:00", None, suspend=True), ran("new", "02:00", None, None),
    ]  # fmt: skip
    document = json.dumps({"apiVersion": "v1", "items": listed, "kind": "List"}, indent=1)
    log = write(tmp_path, document, "jobs.json")
    found = read("kubernetes", log, estimate=0.5)
    assert rows(found, "job", "hours") == [
        ("team-a/done", 2.0), ("team-a/failed", 0.5), ("team-a/runs", 1.0), ("team-a/held", 1.0), ("team-a/new", 1.0),
    ]  # fmt: skip
    found = read("kubernetes", log, at="2026-03-01T02:30", clusters={"gpus": "abilene"})
    assert rows(found, "job", "state", "hours", "hours_left") == [
        ("team-a/done", "running", 2.0, 0.5), ("team-a/runs", "running", 2.0, 1.5),
    ]  # fmt: skip
    assert dropped(found) == {"ENDED": 1, "NO_TIME": 2}
    as_yaml = write(tmp_path, yaml.safe_dump(json.loads(document)), "jobs.yaml")
    assert read("kubernetes", as_yaml, estimate=0.5).table.equals(read("kubernetes", log, estimate=0.5).table)


def owned(value: dict[str, Any], kind: str, name: str) -> dict[str, Any]:
    value["metadata"]["ownerReferences"] = [{"kind": kind, "name": name}]
    return value


def test_what_is_owned_by_something_that_is_read_counts_once(tmp_path: Path) -> None:
    part = owned(workload("Pod", "v1", "train-0", **POD), "Job", "train")
    made = owned(workload("Workload", "kueue.x-k8s.io/v1beta1", "job-train", podSets=[]), "Job", "train")
    other = owned(job("nightly-1"), "CronJob", "nightly")
    found = read("kubernetes", write(tmp_path, manifests(part, job(), made, other), "a.yaml"), hours=1)
    assert rows(found, "job") == [("team-a/train",), ("team-a/nightly-1",)]
    assert dropped(found) == {"PART": 2}
    assert found.tally.examples[min(found.tally.examples)][0].endswith("a.yaml:1 (Pod team-a/train-0 of Job train)")


def test_pods_of_a_group_are_one_job(tmp_path: Path) -> None:
    pods = [workload("Pod", "v1", f"p{k}", **POD) for k in range(3)]
    for each in pods:
        each["metadata"]["labels"]["kueue.x-k8s.io/pod-group-name"] = "gang"
    found = read("kubernetes", write(tmp_path, manifests(*pods), "a.yaml"), hours=1)
    assert rows(found, "job", "accelerators") == [("team-a/gang", 24)]
    pods[0]["metadata"]["annotations"] = {"kueue.x-k8s.io/pod-group-total-count": "5"}
    assert sizes(tmp_path, *pods) == [40]


def test_other_objects_and_broken_documents_are_dropped_with_their_line(tmp_path: Path) -> None:
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}}
    text = "# first\n---\n" + manifests(job("a"), service, {"kind": "Job"}, job("b", "many"), [1], "text")
    path = write(
        tmp_path, text + "---\na: {{ .Values.x }}\n---\nkind: !!python/object:os.system x\n---\n# end\n", "a.yaml"
    )
    found = read("kubernetes", path, hours=1)
    assert rows(found, "job") == [("team-a/a",)]
    assert dropped(found) == {"NO_JOB": 2, "UNREADABLE": 5}
    said = {reason.name: examples for reason, examples in found.tally.examples.items()}
    assert [example.split("(")[1] for example in said["NO_JOB"]] == ["v1 Service)", "None Job)"]
    assert said["UNREADABLE"][0].endswith("(team-a/b: 'many' is not a whole number)")
    line = path.read_text().splitlines().index("- 1") + 1
    assert said["UNREADABLE"][1] == f"{path}:{line - 1} (not an object)"


def test_folders_are_read_with_what_is_in_them(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    write(tmp_path, manifests(job("b")), "b.yml")
    write(tmp_path, json.dumps(job("a")), "in/a.json")
    write(tmp_path, "nothing", "in/readme.txt")
    found = read("kubernetes", tmp_path, hours=1)
    assert rows(found, "job") == [("team-a/b",), ("team-a/a",)]
    (tmp_path / "empty").mkdir()
    assert "the folder has no file that ends in .yaml, .yml, .json." in refused("kubernetes", tmp_path / "empty")


def test_names_that_are_made_up_later_and_names_that_are_missing(tmp_path: Path) -> None:
    unnamed = job()
    unnamed["metadata"] = {"generateName": "tune-"}
    nameless = job()
    nameless["metadata"] = {}
    found = read("kubernetes", write(tmp_path, manifests(unnamed, unnamed, nameless), "a.yaml"), hours=1)
    assert rows(found, "job") == [("tune",), ("tune#2",)]
    assert dropped(found) == {"UNNAMED": 1}


@pytest.mark.parametrize("number", ["1.5", "8k", -1, True, [8], {"a": 1}, 10**20, "९"])
def test_numbers_that_are_none_are_unreadable(number: Any, tmp_path: Path) -> None:
    path = write(tmp_path, manifests(job("a"), job("b", pod=pod(number))), "a.yaml")
    assert dropped(read("kubernetes", path, hours=1)) == {"UNREADABLE": 1}

"""How many accelerators the pods of Kubernetes workloads hold, all at once.

Sources: Kubernetes 1.34 (`batch/v1` Job, `v1` Pod), JobSet v1alpha2, Kueue v1beta1 and v1beta2 (`Workload`), Kubeflow
training operator v1, KubeRay v1, Volcano v1alpha1. A pod holds what its containers ask for in all, or what its largest
init container does, whichever is more; init containers that keep running count with the containers.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

ACCELERATORS = ("nvidia.com/gpu", "amd.com/gpu", "google.com/tpu", "habana.ai/gaudi", "aws.amazon.com/neuron")
"""Resources that are accelerators."""

Pods = Iterator[tuple[int, Mapping[str, Any]]]
"""How many pods alike, and what each is (`PodSpec`)."""


class NotRead(Exception):
    """A number in a manifest that cannot be read."""


def inside(value: Any, *keys: str) -> Any:
    """What stands at a path of keys; None where nothing does."""
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def listed(value: Any) -> list[Any]:
    """A list, or nothing where there is none."""
    return value if isinstance(value, list) else []


def whole(value: Any, default: int) -> int:
    """A whole number, written plain or as text; the default for none."""
    if value is None:
        return default
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 16:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 10**15:
        raise NotRead(f"{value!r} is not a whole number")
    return value


def accelerators(kind: str, spec: Any) -> int | None:
    """Accelerators that a workload holds at once; None if it is of no kind that runs to an end.

    Raises
    ------
    NotRead
        If a number cannot be read.
    """
    pods = KINDS.get(kind)
    if pods is None:
        return None
    return sum(number * of_pod(pod) for number, pod in pods(spec))


def of_pod(pod: Any) -> int:
    """Accelerators that a pod holds."""
    staying = [each for each in listed(inside(pod, "initContainers")) if inside(each, "restartPolicy") == "Always"]
    passing = [each for each in listed(inside(pod, "initContainers")) if inside(each, "restartPolicy") != "Always"]
    running = sum(_of_container(each) for each in (*listed(inside(pod, "containers")), *staying))
    return max([running, *(_of_container(each) for each in passing)])


def _of_container(container: Any) -> int:
    return _of_resources(inside(container, "resources"))


def _of_resources(resources: Any) -> int:
    total = 0
    for name in ACCELERATORS:
        total += max(whole(inside(resources, which, name), 0) for which in ("requests", "limits"))
    return total


def _of_job(spec: Any) -> Pods:
    parallelism = whole(inside(spec, "parallelism"), 1)
    completions = whole(inside(spec, "completions"), parallelism)
    yield min(parallelism, completions), inside(spec, "template", "spec")


def _of_jobset(spec: Any) -> Pods:
    for job in listed(inside(spec, "replicatedJobs")):
        for number, pod in _of_job(inside(job, "template", "spec")):
            yield whole(inside(job, "replicas"), 1) * number, pod


def _of_workload(spec: Any) -> Pods:
    for group in listed(inside(spec, "podSets")):
        yield whole(inside(group, "count"), 1), inside(group, "template", "spec")


def _of_kubeflow(spec: Any) -> Pods:
    for key, roles in spec.items() if isinstance(spec, Mapping) else ():
        if key.endswith("ReplicaSpecs") and isinstance(roles, Mapping):
            for role in roles.values():
                yield whole(inside(role, "replicas"), 1), inside(role, "template", "spec")


def _of_trainer(spec: Any) -> Pods:
    resources = inside(spec, "trainer", "resourcesPerNode")
    yield whole(inside(spec, "trainer", "numNodes"), 1), {"containers": [{"resources": resources}]}


def _of_ray_cluster(spec: Any) -> Pods:
    yield 1, inside(spec, "headGroupSpec", "template", "spec")
    for group in listed(inside(spec, "workerGroupSpecs")):
        hosts = whole(inside(group, "numOfHosts"), 1)
        yield whole(inside(group, "replicas"), 1) * hosts, inside(group, "template", "spec")


def _of_volcano(spec: Any) -> Pods:
    for task in listed(inside(spec, "tasks")):
        yield whole(inside(task, "replicas"), 1), inside(task, "template", "spec")


KUBEFLOW = ("PyTorchJob", "TFJob", "MPIJob", "XGBoostJob", "PaddleJob", "JAXJob")

KINDS: dict[str, Callable[[Any], Pods]] = {
    "batch/Job": _of_job,
    "jobset.x-k8s.io/JobSet": _of_jobset,
    "kueue.x-k8s.io/Workload": _of_workload,
    **{f"kubeflow.org/{kind}": _of_kubeflow for kind in KUBEFLOW},
    "trainer.kubeflow.org/TrainJob": _of_trainer,
    "ray.io/RayJob": lambda spec: _of_ray_cluster(inside(spec, "rayClusterSpec")),
    "ray.io/RayCluster": _of_ray_cluster,
    "batch.volcano.sh/Job": _of_volcano,
    "/Pod": lambda spec: iter([(1, spec)]),
}
"""Workloads that run to an end, by group and kind."""

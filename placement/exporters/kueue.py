"""A plan for Kueue: manifests of jobs that wait in queues, and of priorities.

From Kueue v0.19 (github.com/kubernetes-sigs/kueue, August 2026; its v1beta2 is served from v0.15 on) and batch/v1:

- each unit of a run is a suspended, indexed Job, whose pods of equal size hold the gang; Kueue lets it go
- its queue, `kueue.x-k8s.io/queue-name`, is the local queue of the cluster where it is planned, called like the
  cluster or as it is mapped
- its priority, `kueue.x-k8s.io/priority-class`, is one of the WorkloadPriorityClass objects of the file: a queue admits
  what has the highest value first. A class is called after its value, so that files of several plans agree
- Kueue has no time before which a job may not begin: that, the clusters in order and what is paid stand in annotations
  `placement/...`

With MultiKueue there is, for each cluster where something is planned, a MultiKueueConfig with that cluster first, then
the others by their mean place among its units, and an AdmissionCheck that leads to it. Since v0.19 the incremental
dispatcher (KEP 693) asks clusters in that order. Cluster queues, with their quotas, are the administrator's.

What runs already, or on several clusters at once, is told in comments at the top, as are units that are not placed.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from placement.errors import PlacementError
from placement.exporters.names import labels, of_runs
from placement.exporters.schedule import Run, Schedule
from placement.exporters.settings import SUBDOMAIN, ExportSettings, nodes
from placement.exporters.written import dollars, quoted, utc, yaml_document
from placement.loader.wording import shown

IMAGE = "registry.invalid/replace-me:latest"
"""Of the job's container: what it runs is not the plan's to say."""

RESOURCES = {"tpu-": "google.com/tpu", "mi": "amd.com/gpu", "trainium": "aws.amazon.com/neuron", "": "nvidia.com/gpu"}
"""The resource that a pod asks for, by how the accelerator's name begins, where no other is given: those of the device
plugins of their makers.
"""

VERSION = "kueue.x-k8s.io/v1beta2"

RESOURCE = re.compile(SUBDOMAIN.pattern + r"/[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?")
"""A qualified name: a DNS subdomain and a name of up to 63 letters."""

MOST_UNITS = 1_000_000
MOST_CLUSTERS = 20
"""Of a MultiKueueConfig (apis/kueue/v1beta2/multikueue_types.go)."""

QUEUE = 63
"""Letters of a label's value."""


def manifests(schedule: Schedule, settings: ExportSettings) -> dict[str, bytes]:
    """All objects as one YAML file of several documents.

    Raises
    ------
    PlacementError
        If a queue is called by a name that is none of Kubernetes, or there are too many units.
    """
    runs = [run for run in schedule.runs if run.alone and not run.running]
    units = sum(run.count for run in runs)
    if units > MOST_UNITS:
        raise PlacementError(
            f"the plan has {units:,} units, and Kueue takes an object for each; {MOST_UNITS:,} are written at most. "
            "Export it as CSV."
        )
    queues = _queues(schedule, settings)
    documents = [*_priorities(runs)]
    if settings.multikueue:
        documents += _multikueue(runs, queues)
    documents += _jobs(schedule, runs, queues, settings)
    text = "".join(f"---\n{yaml_document(each)}" for each in documents)
    return {"": ("".join(f"# {line}\n" for line in _comments(schedule)) + text).encode()}


def _queues(schedule: Schedule, settings: ExportSettings) -> dict[str, str]:
    """What the queue of each cluster is called: as it is mapped, else like the cluster."""
    clusters = [cluster.name for cluster in schedule.stored.scenario.clusters]
    for cluster, theirs in settings.names.items():
        if not SUBDOMAIN.fullmatch(theirs) or len(theirs) > QUEUE:
            raise PlacementError(
                f"{shown(cluster)} is mapped to {shown(theirs)}, which is no name of a queue. Write up to {QUEUE} "
                "small letters, digits, dashes and dots."
            )
    others = [cluster for cluster in clusters if cluster not in settings.names]
    return dict(settings.names) | dict(zip(others, labels(others, settings.names.values()), strict=True))


def _comments(schedule: Schedule) -> Iterator[str]:
    """What no object says; user data as JSON, which ends no line."""
    scenario = schedule.stored.scenario
    yield f"Plan of {quoted(scenario.name)} for Kueue v0.19 (v1beta2). Replace the images; see annotations for begins."
    for run in schedule.runs:
        if run.running or not run.alone:
            told = {
                "job": run.job, "count": run.count, "clusters": list(run.clusters), "start": utc(run.start),
                "end": utc(run.end), "held": [[part.cluster, part.accelerators] for part in run.parts],
            }  # fmt: skip
            yield f"{'running' if run.running else 'on several clusters'}: {quoted(told)}"
    for away in schedule.away:
        yield f"{away.outcome}: {quoted({'job': away.job, 'count': away.count, 'reason': away.reason})}"


def _priorities(runs: list[Run]) -> Iterator[dict[str, Any]]:
    for value in sorted({run.priority for run in runs}):
        yield {
            "apiVersion": VERSION,
            "kind": "WorkloadPriorityClass",
            "metadata": {"name": _class(value)},
            "value": value,
            "description": "What starts earlier in a plan where room is short.",
        }


def _class(priority: int) -> str:
    return f"placement-{priority}"


def _multikueue(runs: list[Run], queues: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """For each cluster with runs, the order in which clusters are asked, and the check that leads to it."""
    places: dict[str, dict[str, list[tuple[int, int]]]] = defaultdict(lambda: defaultdict(list))
    for run in runs:
        for place, cluster in enumerate(run.clusters):
            places[run.parts[0].cluster][cluster].append((place, run.count))
    for cluster in queues:
        if cluster not in places:
            continue
        ranked = places[cluster]
        units = sum(count for _, count in ranked[cluster])
        far = len(queues)  # where a job may not run, the cluster stands behind all
        mean = {
            each: far + sum((place - far) * count for place, count in found) / units for each, found in ranked.items()
        }
        order = sorted(mean, key=lambda each: (each != cluster, mean[each]))
        name = f"placement-{queues[cluster]}"
        yield {
            "apiVersion": VERSION,
            "kind": "MultiKueueConfig",
            "metadata": {"name": name},
            "spec": {"clusters": list(dict.fromkeys(queues[each] for each in order))[:MOST_CLUSTERS]},
        }
        yield {
            "apiVersion": VERSION,
            "kind": "AdmissionCheck",
            "metadata": {"name": name},
            "spec": {
                "controllerName": "kueue.x-k8s.io/multikueue",
                "parameters": {"apiGroup": "kueue.x-k8s.io", "kind": "MultiKueueConfig", "name": name},
            },
        }


def _jobs(
    schedule: Schedule, runs: list[Run], queues: Mapping[str, str], settings: ExportSettings
) -> Iterator[dict[str, Any]]:
    """A Job for each unit."""
    wanted = [
        (run, unit, name if run.count == 1 else f"{name}-{unit}")
        for run, name in zip(runs, of_runs(runs), strict=True)
        for unit in range(1, run.count + 1)
    ]
    names = labels(name for _, _, name in wanted) if any(run.count > 1 for run in runs) else [n for _, _, n in wanted]
    for (run, unit, _), name in zip(wanted, names, strict=True):
        yield _job(schedule, run, unit, name, queues, settings)


def _job(
    schedule: Schedule, run: Run, unit: int, name: str, queues: Mapping[str, str], settings: ExportSettings
) -> dict[str, Any]:
    part, stored = run.parts[0], schedule.stored
    pods, each = nodes(run.accelerators, settings.per_node)
    resource = {_resource(part.accelerator, settings): str(each)}
    annotations = {
        "placement/scenario": stored.scenario.name,
        "placement/job": run.job,
        "placement/unit": f"{unit} of {run.count}",
        "placement/group": str(run.group),
        "placement/segment": f"{run.segment} of {run.segments}",
        "placement/begin": utc(run.start),
        "placement/end": utc(run.end),
        "placement/clusters": quoted(list(run.clusters)),
        "placement/accelerator": part.accelerator,
        "placement/unit-usd": dollars(run.usd),
        "placement/plan-usd": dollars(stored.summary["cost_usd"]),
    }
    container = {"name": "job", "image": IMAGE, "resources": {"requests": resource, "limits": resource}}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "name": name,
            "namespace": settings.namespace,
            "labels": {
                "kueue.x-k8s.io/queue-name": queues[part.cluster],
                "kueue.x-k8s.io/priority-class": _class(run.priority),
            },
            "annotations": annotations,
        },
        "spec": {
            "suspend": True,
            "completionMode": "Indexed",
            "parallelism": pods,
            "completions": pods,
            "template": {"spec": {"restartPolicy": "Never", "containers": [container]}},
        },
    }


def _resource(accelerator: str, settings: ExportSettings) -> str:
    """What a pod asks for."""
    theirs = settings.accelerators.get(accelerator)
    if theirs is None:
        return next(resource for begin, resource in RESOURCES.items() if accelerator.startswith(begin))
    if not RESOURCE.fullmatch(theirs):
        raise PlacementError(
            f"{shown(accelerator)} is mapped to {shown(theirs)}, which is no resource. Write one as in nvidia.com/gpu."
        )
    return theirs

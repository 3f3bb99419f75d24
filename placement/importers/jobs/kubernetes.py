"""Workloads of Kubernetes: manifests, or what `kubectl get -o yaml` or `-o json` prints; files and folders.

Sources: `pods`, and the labels of Kueue (`pkg/controller/constants`, v0.19): `kueue.x-k8s.io/queue-name`,
`.../priority-class`, `.../max-exec-time-seconds`. A workload is a gang: all its pods at once. It becomes
`NAMESPACE/NAME`; the namespace is its team, the queue a tag. The time limit is `activeDeadlineSeconds`, the longest
of its parts, or Kueue's. An object whose owner is read too is a part of that and counted as such; a pod of a group is
added to its group. Creation is submission; where there is a status, its times are those of the run.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from placement.importers.jobs.asked import Asked
from placement.importers.jobs.logged import Fate, Records, records_of
from placement.importers.jobs.manifests import Unreadable, documents, files_in
from placement.importers.jobs.parsed import moment_s
from placement.importers.jobs.pods import NotRead, accelerators, inside, listed, whole
from placement.importers.jobs.tally import Reason
from placement.importers.jobs.zones import TimeZone

KUEUE = "kueue.x-k8s.io/"
UTC = TimeZone("UTC")
AT_ONCE = 4096
"""Objects of a batch."""

ENDED = ("Complete", "Completed", "Succeeded", "Failed", "Finished")
"""Conditions of a workload that has ended."""

Key = tuple[str, str, str]
"""Kind, namespace and name of an object."""


class Kubernetes:
    """The format."""

    words = "manifests or kubectl get -o json: Job, JobSet, and what Kueue queues; files or folders"
    takes: tuple[str, ...] = ()
    teams = ("namespace", "queue")
    tags = (("queue", ""),)
    partition = "queue"
    priority = "priority"

    def records(self, files: Sequence[Path], asked: Asked, note: Callable[[str], None]) -> Iterator[Records]:
        """The objects of files and folders, in order."""
        found = files_in(files)
        there: set[Key] = set()
        groups: dict[Key, int] = {}
        for file in found:
            for _, value in documents(file):
                if isinstance(value, Mapping):
                    there.add(_key(value))
                    if group := _group(value):
                        groups[group] = groups.get(group, 0) + 1
        for file in found:
            batch: list[dict[str, Any]] = []
            for line, value in documents(file):
                batch.append({"number": line, "texts": _texts(None), **_row(value, there, groups)})
                if len(batch) == AT_ONCE:
                    yield records_of(batch, str(file))
                    batch = []
            if batch:
                yield records_of(batch, str(file))


FORMAT = Kubernetes()


def _key(value: Mapping[str, Any]) -> Key:
    return str(inside(value, "kind")), str(_label(value, "namespace")), str(_label(value, "name"))


def _label(value: Any, key: str) -> str | None:
    found = inside(value, "metadata", key)
    return found if isinstance(found, str) and found else None


def _kueue(value: Any, name: str) -> Any:
    """A label of Kueue, or an annotation."""
    label = inside(value, "metadata", "labels", KUEUE + name)
    return inside(value, "metadata", "annotations", KUEUE + name) if label is None else label


def _group(value: Any) -> Key | None:
    """The group that a pod belongs to."""
    name = _kueue(value, "pod-group-name")
    if inside(value, "kind") != "Pod" or not isinstance(name, str):
        return None
    return "Pod group", str(_label(value, "namespace")), name


def _row(value: Any, there: set[Key], groups: dict[Key, int]) -> dict[str, Any]:
    """What an object says, as `records_of` takes it."""
    if isinstance(value, Unreadable):
        return {"dropped": Reason.UNREADABLE, "detail": str(value)}
    if not isinstance(value, Mapping):
        return {"dropped": Reason.UNREADABLE, "detail": "not an object"}
    version, kind = inside(value, "apiVersion"), inside(value, "kind")
    group = str(version).rpartition("/")[0] if isinstance(version, str) else ""
    name = _label(value, "name") or (_label(value, "generateName") or "").rstrip("-") or None
    namespace = _label(value, "namespace")
    shown = {"name": f"{namespace}/{name}" if namespace and name else name}
    for owner in listed(inside(value, "metadata", "ownerReferences")):
        if (str(inside(owner, "kind")), str(namespace), str(inside(owner, "name"))) in there:
            detail = f"{kind} {shown['name']} of {inside(owner, 'kind')} {inside(owner, 'name')}"
            return {**shown, "dropped": Reason.PART, "detail": detail}
    try:
        number = accelerators(f"{group}/{kind}", inside(value, "spec"))
        if number is None:
            return {**shown, "dropped": Reason.NO_JOB, "detail": f"{version} {kind}"}
        key = _group(value)
        if key is not None:
            pods = groups.pop(key, 0)
            if pods == 0:
                return {**shown, "dropped": Reason.PART, "detail": f"{kind} {shown['name']} of group {key[2]}"}
            number *= whole(_kueue(value, "pod-group-total-count"), pods)
            shown["name"] = f"{namespace}/{key[2]}" if namespace else key[2]
        limit = _limit_s(value)
    except NotRead as error:
        return {**shown, "dropped": Reason.UNREADABLE, "detail": f"{shown['name']}: {error}"}
    return {**shown, **_times(value), "accelerators": number or math.nan, "limit_s": limit, "texts": _texts(value)}


def _limit_s(value: Any) -> float:
    """Time limit, seconds; nan for none."""
    spec = inside(value, "spec")
    limits = [
        _kueue(value, "max-exec-time-seconds"),
        inside(spec, "maximumExecutionTimeSeconds"),
        inside(spec, "activeDeadlineSeconds"),
        inside(spec, "runPolicy", "activeDeadlineSeconds"),
        *(inside(job, "template", "spec", "activeDeadlineSeconds") for job in listed(inside(spec, "replicatedJobs"))),
    ]
    found = [whole(limit, 0) for limit in limits if limit is not None]
    return float(max(found)) if found else math.nan


def _times(value: Any) -> dict[str, Any]:
    """Submission, and what the status says of the run."""
    status = inside(value, "status")
    conditions = {
        inside(each, "type"): inside(each, "lastTransitionTime")
        for each in listed(inside(status, "conditions"))
        if inside(each, "status") == "True"
    }
    started = _time(inside(status, "startTime"))
    last = [conditions[kind] for kind in ENDED if kind in conditions]
    ended = _time(inside(status, "completionTime"))
    ended = _time(last[0]) if math.isnan(ended) and last else ended
    suspended = inside(value, "spec", "suspend") is True
    if not math.isnan(ended):
        fate = Fate.CANCELLED if math.isnan(started) else Fate.ENDED
    else:
        fate = Fate.WAITING if math.isnan(started) or suspended else Fate.RUNNING
    return {
        "fate": fate,
        "submitted": _time(inside(value, "metadata", "creationTimestamp")),
        "started": math.nan if fate is Fate.WAITING else started,
        "ended": ended,
    }


def _time(value: Any) -> float:
    return moment_s(value, UTC) if isinstance(value, str) else math.nan


def _texts(value: Any) -> dict[str, str | None]:
    """What team, tag and priority are taken from."""
    spec = inside(value, "spec")
    found = {
        "namespace": _label(value, "namespace"),
        "queue": _kueue(value, "queue-name") or inside(spec, "queueName") or inside(spec, "queue"),
        "priority": _kueue(value, "priority-class")
        or inside(spec, "priorityClassRef", "name")
        or inside(spec, "priorityClassName")
        or inside(spec, "template", "spec", "priorityClassName"),
    }
    return {name: text if isinstance(text, str) and text else None for name, text in found.items()}

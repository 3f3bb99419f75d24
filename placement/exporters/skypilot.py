"""A plan for SkyPilot: a task for each run, in a folder.

From the schema of tasks of SkyPilot 0.14.1 (sky/utils/schemas.py, get_task_schema and get_resources_schema):

- `resources.ordered` lists places in order, each with its `infra` and `accelerators` of a node; SkyPilot takes the
  first that it gets. A cluster is called as it is mapped, else `k8s/NAME`, the Kubernetes context of its name
- `num_nodes` nodes of equal size hold the gang. A cluster on which the job's gang is not so many nodes is left out
- `resources.priority` is that of managed jobs, -1000 to 1000 (sky/skylet/constants.py)

SkyPilot has no time before which a task may not begin, and a file of several tasks is a pipeline, one after the other:
so each run has a file, to be launched when its time comes, as often as it has units. Names of users, times and costs
stand in a comment, as JSON, and in `index.csv`, which also tells what runs already, what runs on several clusters at
once, and what is not placed.
"""

from __future__ import annotations

import re
from typing import Any

from placement.errors import PlacementError
from placement.exporters import rows
from placement.exporters.names import of_runs
from placement.exporters.schedule import Run, Schedule
from placement.exporters.settings import ExportSettings, nodes
from placement.exporters.written import dollars, quoted, utc, yaml_document
from placement.loader.wording import shown

HIGHEST = 1000
"""Priority of a managed job."""

FORM = re.compile(r"-(sxm|pcie|nvl)[0-9]*$")
"""Of the name of an accelerator, what SkyPilot leaves out."""

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")

INFRA = re.compile(r"(?i:k8s|kubernetes)(/\S+)?|[A-Za-z0-9_*-]+(/[^/\s]+){0,2}")
"""A cloud with region and zone, or a Kubernetes context."""


def tasks(schedule: Schedule, settings: ExportSettings) -> dict[str, bytes]:
    """Files of the folder: a task for each run, and a table of everything.

    Raises
    ------
    PlacementError
        If an infra or an accelerator has a name that SkyPilot would not take.
    """
    top = max((run.priority for run in schedule.runs), default=1)
    files, index = {}, {}
    for n, (run, name) in enumerate(zip(schedule.runs, of_runs(schedule.runs), strict=True)):
        if run.running or not run.alone:
            index[n] = ""
            continue
        index[n] = f"{name}.yaml"
        files[index[n]] = (_comment(run) + yaml_document(_task(run, name, settings, top))).encode()
    return files | {"index.csv": rows.csv_of(schedule, index)}


def _comment(run: Run) -> str:
    told = {
        "job": run.job, "units": run.count, "group": run.group, "segment": [run.segment, run.segments],
        "begin": utc(run.start), "end": utc(run.end), "clusters": list(run.clusters), "unit_usd": dollars(run.usd),
    }  # fmt: skip
    return f"# {quoted(told)}\n# Add what it runs: setup, run.\n"


def _task(run: Run, name: str, settings: ExportSettings, top: int) -> dict[str, Any]:
    part = run.parts[0]
    number, each = nodes(run.accelerators, settings.per_node)
    ordered = [_place(part.cluster, part.accelerator, each, settings)]
    for choice in run.choices:
        if choice.cluster != part.cluster and choice.accelerators % number == 0:
            ordered.append(_place(choice.cluster, choice.accelerator, choice.accelerators // number, settings))
    priority = run.priority if top <= HIGHEST else run.priority * HIGHEST // top
    return {"name": name, "num_nodes": number, "resources": {"priority": priority, "ordered": ordered}}


def _place(cluster: str, accelerator: str, each: int, settings: ExportSettings) -> dict[str, Any]:
    return {"infra": infra(cluster, settings), "accelerators": {called(accelerator, settings): each}}


def infra(cluster: str, settings: ExportSettings) -> str:
    """Where a cluster is, as SkyPilot has it."""
    theirs = settings.names.get(cluster, f"k8s/{cluster}")
    if not INFRA.fullmatch(theirs):
        raise PlacementError(
            f"{shown(theirs)} is no infra of SkyPilot's. Say where {shown(cluster)} is, as in NAME=aws/us-east-1 or "
            "NAME=k8s/context."
        )
    return theirs


def called(accelerator: str, settings: ExportSettings) -> str:
    """What SkyPilot calls an accelerator: `h100-sxm` is H100, unless it is given."""
    theirs = settings.accelerators.get(accelerator, FORM.sub("", accelerator).upper())
    if not NAME.fullmatch(theirs):
        raise PlacementError(
            f"{shown(theirs)} is no accelerator of SkyPilot's. Say what it calls {shown(accelerator)}, as in NAME=H100."
        )
    return theirs

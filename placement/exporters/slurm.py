"""A plan for Slurm: what `sbatch` and `scontrol` are called with, as lists of words or as headers of batch scripts.

From sbatch(1) and scontrol(1) of Slurm 26.11.0rc1 (github.com/SchedMD/slurm, doc/man/man1, August 2026):

    --begin         the planned start, in the controller's local time; where its clock is set back, an hour is there
                    twice, and Slurm chooses. It looks at the queue every so often: runs begin some seconds later
    --clusters      clusters in order. Slurm does not keep the order: it submits to the one of them that expects the
                    earliest start. The order stands in the comment, for plugins and people
    --partition     the same of partitions, where clusters are mapped to such (`targets`)
    --nice          (highest priority - priority) × `nice_step`: what starts earlier where room is short goes first
    --gpus          accelerators of the whole gang
    --time          planned run time and a margin, in whole minutes as Slurm counts it, yet no longer than a deadline
                    leaves
    --deadline      of jobs that have one. Slurm removes what can no longer end in time, by its time limit
    --dependency    `afterok` on jobs that must end first. Their ids are not known yet: `ID-OF-name` stands for that of
                    the run of that name. A lag after them is in --begin alone

Runs that start together are one array. Nothing here is run by a shell: words are made of letters, digits and
`_.,:+-=`, names of users are changed to such (`names`), and as they are they stand in JSON alone.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from placement.errors import PlacementError
from placement.exporters import rows
from placement.exporters.names import of_runs
from placement.exporters.schedule import Run, Schedule
from placement.exporters.settings import ExportSettings
from placement.exporters.written import dollars, local, quoted, utc
from placement.loader.wording import shown

WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
"""A name of a cluster, a partition or a type that is taken as it is."""

JOB_ID = re.compile(r"[1-9][0-9]{0,9}(?:_[0-9]{1,7})?")
"""An id of a job, or of one of an array."""

MOST_NICE = 2_147_483_645
"""sbatch(1), --nice."""

MINUTE = 60


@dataclass(frozen=True)
class Target:
    """Where Slurm sends what is for a cluster."""

    cluster: str
    """"" for the cluster at which jobs are submitted."""
    partition: str
    """"" for its default."""


@dataclass(frozen=True)
class Submission:
    """A run as Slurm is told it."""

    name: str
    run: Run
    by: str
    """`sbatch`, `scontrol`, or "" where nothing is told: it runs already, or on several clusters at once."""
    words: tuple[str, ...]
    """What that is called with."""


def document(schedule: Schedule, settings: ExportSettings) -> dict[str, bytes]:
    """All runs as one JSON document, for programs that call `sbatch` and `scontrol` without a shell."""
    told = {
        "scenario": schedule.stored.scenario.name,
        "cost_usd": schedule.stored.summary["cost_usd"],
        "time_zone": settings.time_zone,
        "runs": [
            {
                "name": each.name, "job": each.run.job, "count": each.run.count, "group": each.run.group,
                "segment": each.run.segment, "running": each.run.running,
                "start": utc(each.run.start), "end": utc(each.run.end),
                "held": [[part.cluster, part.pool, part.accelerators] for part in each.run.parts],
                "clusters": list(each.run.clusters), "priority": each.run.priority,
                "command": each.by or None, "arguments": list(each.words),
            }
            for each in submissions(schedule, settings)
        ],
        "not_placed": [
            {"job": away.job, "count": away.count, "outcome": away.outcome, "reason": away.reason}
            for away in schedule.away
        ],
    }  # fmt: skip
    return {"": (json.dumps(told, indent=1) + "\n").encode()}


def folder(schedule: Schedule, settings: ExportSettings) -> dict[str, bytes]:
    """Files of a folder: a header of a batch script for each run, lines for `scontrol`, and a table of everything.

    `updates.scontrol` is read by `scontrol` itself: `scontrol < updates.scontrol`.
    """
    found = list(submissions(schedule, settings))
    files = {f"{each.name}.sbatch": _script(each) for each in found if each.by == "sbatch"}
    updates = [" ".join(each.words) for each in found if each.by == "scontrol"]
    texts = files | ({"updates.scontrol": "\n".join(updates) + "\n"} if updates else {})
    index = {n: f"{each.name}.sbatch" if each.by == "sbatch" else "updates.scontrol" if each.by else ""
             for n, each in enumerate(found)}  # fmt: skip
    return {name: text.encode() for name, text in texts.items()} | {"index.csv": rows.csv_of(schedule, index)}


def _script(each: Submission) -> str:
    """A header; what the job runs is put below it."""
    run = each.run
    lines = ["#!/bin/sh", *(f"#SBATCH {word}" for word in each.words)]
    lines.append(f"# job {quoted(run.job)}, units: {run.count}, clusters in order: {quoted(list(run.clusters))}")
    of = "a unit" if run.segments == 1 else "a unit's first piece"
    cost = f", $ of {of}: {dollars(run.usd) or 'not known'}" if run.segment == 1 else ""
    lines.append(f"# planned {utc(run.start)} to {utc(run.end)}{cost}")
    anew = "goes on from the checkpoint of what had run before the plan was made anew"
    if run.continues and run.segments == 1:
        lines.append(f"# {anew}")
    if run.segments > 1:
        first = anew if run.continues else "begins with the job"
        begins = first if run.segment == 1 else "goes on from the checkpoint of the piece before"
        ends = ", and has to end with a checkpoint then" if run.segment < run.segments else ""
        lines.append(
            f"# piece {run.segment} of {run.segments}: {begins} and does {100 * run.share:.1f} % of its work{ends}"
        )
    return "\n".join([*lines, "# What the job runs is put below.", ""])


def submissions(schedule: Schedule, settings: ExportSettings) -> Iterator[Submission]:
    """All runs, in their order.

    Raises
    ------
    PlacementError
        If a cluster is called by a name that Slurm would not take, or nice would be out of its range.
    """
    names = of_runs(schedule.runs)
    of_job: dict[str, list[str]] = {}
    for run, name in zip(schedule.runs, names, strict=True):
        if run.segment == run.segments:
            of_job.setdefault(run.job, []).append(run.job if _id(run, settings) else f"ID-OF-{name}")
    highest = max((run.priority for run in schedule.runs), default=1)
    if (highest - 1) * settings.nice_step > MOST_NICE:
        raise PlacementError(f"nice would go up to {(highest - 1) * settings.nice_step:,}. Take a smaller step.")
    before = ""
    for run, name in zip(schedule.runs, names, strict=True):
        nice = (highest - run.priority) * settings.nice_step
        if run.running or not run.alone:
            yield Submission(name, run, "", ())
        elif _id(run, settings):
            yield Submission(name, run, "scontrol", tuple(_update(run, settings, nice)))
        else:
            words = _options(schedule, settings, run, name, nice, of_job, before)
            yield Submission(name, run, "sbatch", tuple(words))
        before = name


def _id(run: Run, settings: ExportSettings) -> bool:
    """Whether Slurm has the job already, under its name."""
    return settings.ids and run.count == run.segments == run.groups == 1 and JOB_ID.fullmatch(run.job) is not None


def _update(run: Run, settings: ExportSettings, nice: int) -> Iterator[str]:
    """Words for scontrol. Time limit, deadline and dependencies stay as Slurm has them."""
    yield from ("update", f"JobId={run.job}", f"StartTime={local(run.start, settings.zone)}", f"Nice={nice}")
    partitions = targets(run, settings)[1]
    if partitions:
        yield f"Partition={','.join(partitions)}"


def _options(
    schedule: Schedule,
    settings: ExportSettings,
    run: Run,
    name: str,
    nice: int,
    of_job: Mapping[str, list[str]],
    before: str,
) -> Iterator[str]:
    """Options for sbatch."""
    clusters, partitions = targets(run, settings)
    seconds = (run.end - run.start).total_seconds()
    deadline = schedule.moment("deadline", run.row)
    limit = _minutes(seconds * (1 + settings.margin))
    if deadline is not None:
        left = int((deadline - run.start).total_seconds() // MINUTE)
        limit = max(min(limit, left), _minutes(seconds))
    yield f"--job-name={name}"
    yield f"--begin={local(run.start, settings.zone)}"
    if clusters:
        yield f"--clusters={','.join(clusters)}"
    if partitions:
        yield f"--partition={','.join(partitions)}"
    yield f"--nice={nice}"
    kind = settings.accelerators.get(run.parts[0].accelerator)
    yield f"--gpus={f'{_word(run.parts[0].accelerator, kind)}:' if kind else ''}{run.accelerators}"
    yield f"--time={limit // 1440}-{limit // 60 % 24:02d}:{limit % 60:02d}:00"
    if deadline is not None:  # a whole minute may go past it, by less than a minute, and Slurm would remove the job
        end = run.start + timedelta(minutes=limit) if limit * MINUTE > seconds else run.end
        yield f"--deadline={local(max(deadline, end), settings.zone)}"
    if run.count > 1:
        yield f"--array=1-{run.count}"
    wait = _dependency(schedule, run, of_job, before)
    if wait:
        yield f"--dependency={wait}"
    order = "+".join(dict.fromkeys(_called(cluster, settings) for cluster in run.clusters))
    yield f"--comment=placement:order={order}:priority={run.priority}"


def _dependency(schedule: Schedule, run: Run, of_job: Mapping[str, list[str]], before: str) -> str:
    """What must end first: the segment before, of each unit its own; else the jobs that it comes after."""
    if run.segment > 1:
        return f"{'aftercorr' if run.count > 1 else 'afterok'}:ID-OF-{before}"
    earlier = [
        each for job in dict.fromkeys(schedule.stored.scenario.jobs["after"][run.row]) for each in of_job.get(job, [])
    ]
    return ":".join(["afterok", *earlier]) if earlier else ""


def _minutes(seconds: float) -> int:
    """Whole minutes, rounded up; at least one."""
    return max(1, math.ceil(seconds / MINUTE - 1e-9))


def targets(run: Run, settings: ExportSettings) -> tuple[list[str], list[str]]:
    """Clusters and partitions for a run, the planned one first, then those that can stand in one list with it.

    Partitions of the cluster at which jobs are submitted can; so can clusters of which the same partition is meant.
    """
    there = target(run.parts[0].cluster, settings)
    every = [target(cluster, settings) for cluster in run.clusters]
    if not there.cluster:
        return [], list(dict.fromkeys(each.partition for each in every if not each.cluster))
    clusters = dict.fromkeys(each.cluster for each in every if each.cluster and each.partition == there.partition)
    return list(clusters), [there.partition] if there.partition else []


def target(cluster: str, settings: ExportSettings) -> Target:
    """Where Slurm sends what is for a cluster: itself, or what it is mapped to: `PARTITION`, `CLUSTER:PARTITION`."""
    theirs = settings.names.get(cluster)
    if theirs is None:
        return Target(_word(cluster, cluster), "")
    place, colon, partition = theirs.rpartition(":")
    if colon and not place:
        raise PlacementError(f"{shown(cluster)} is mapped to {shown(theirs)}. Write PARTITION or CLUSTER:PARTITION.")
    return Target(_word(cluster, place) if place else "", _word(cluster, partition) if partition else "")


def _called(cluster: str, settings: ExportSettings) -> str:
    """What a cluster is called there, in one word."""
    place = target(cluster, settings)
    return ".".join(filter(None, (place.cluster, place.partition)))


def _word(name: str, theirs: str) -> str:
    """A name that Slurm takes as it is."""
    if not WORD.fullmatch(theirs):
        raise PlacementError(
            f"{shown(theirs)} is no name of Slurm's: letters, digits, '_', '.' and '-'. Say what Slurm calls "
            f"{shown(name)}, as in NAME=gpu."
        )
    return theirs

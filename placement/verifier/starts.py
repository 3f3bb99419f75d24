"""Whether each run may start where it does, taken alone (docs/model.md §5)."""

import numpy as np

from placement.verifier.findings import Findings
from placement.verifier.schedule import Schedule
from placement.verifier.spans import HOUR_TOLERANCE, Ints, Lowest, Reals, slack


def check(schedule: Schedule, accelerators: Ints, watts: Ints, resources: dict[str, Reals], findings: Findings) -> None:
    """Every run starts and ends when it may, and by itself, taken whole even in its last slot, fits what there is.

    With the modules that stand there are `accelerators` (pools, T) and `watts` (clusters, T), and
    `resources` (clusters, T) of each name that some cluster lists.
    """
    _first_slots(schedule, findings)
    _windows(schedule, findings)
    _deadlines(schedule, findings)
    _tails(schedule, findings)
    _fits_pools(schedule, accelerators, findings)
    _fits_power(schedule, watts, findings)
    _fits_resources(schedule, resources, findings)


def earliest_hours(schedule: Schedule) -> Reals:
    """Shape (jobs,): `earliest_start`, else `submitted`, else 0; hours from the start, possibly before it."""
    jobs, grid = schedule.ways.jobs, schedule.fleet.grid
    earliest, submitted = grid.hours_of(jobs["earliest_start"]), grid.hours_of(jobs["submitted"])
    return np.nan_to_num(np.where(np.isnan(earliest), submitted, earliest), nan=0.0)


def _first_slots(schedule: Schedule, findings: Findings) -> None:
    """Running jobs start at once, pinned ones at their moment, others not before they may."""
    runs, jobs, grid = schedule.runs, schedule.ways.jobs, schedule.fleet.grid
    pin = grid.hours_of(jobs["pin_start"])
    pinned = ~np.isnan(pin)
    pin_slot = grid.slot_from(np.nan_to_num(pin))
    first_slot = grid.slot_from(earliest_hours(schedule))
    job, first = schedule.jobs, runs.segment == 1
    running = schedule.ways.running[job]
    for run in np.flatnonzero(first & running & (runs.start != 0)):
        findings.add("running", schedule.run_name(run), f"starts at slot {runs.start[run]}, but it runs already.")
    for run in np.flatnonzero(first & ~running & pinned[job] & (runs.start != pin_slot[job])):
        text = f"starts at slot {runs.start[run]}; pin_start is slot {pin_slot[job[run]]}."
        findings.add("pin", schedule.run_name(run), text)
    for run in np.flatnonzero(~running & ~pinned[job] & (runs.start < first_slot[job])):
        text = f"starts at slot {runs.start[run]}; it may start from slot {first_slot[job[run]]} on."
        findings.add("start", schedule.run_name(run), text)


def _windows(schedule: Schedule, findings: Findings) -> None:
    """Ways of the option table begin no earlier and no later than it says."""
    runs, groups, edges = schedule.runs, schedule.groups, schedule.fleet.grid.edges
    for run in np.flatnonzero((runs.segment == 1) & groups.quoted[runs.group]):
        group, begin = runs.group[run], edges[runs.start[run]]
        way = schedule.ways.quoted[schedule.ways.jobs["job"][groups.job[group]]][groups.option[group]]
        if begin < way.earliest - HOUR_TOLERANCE:
            text = f"begins {begin:.3f} h after the start; its option begins no earlier than {way.earliest:.3f} h."
            findings.add("start", schedule.run_name(run), text)
        if begin > way.latest + HOUR_TOLERANCE:
            text = f"begins {begin:.3f} h after the start; its option begins no later than {way.latest:.3f} h."
            findings.add("start", schedule.run_name(run), text)


def _deadlines(schedule: Schedule, findings: Findings) -> None:
    deadline = schedule.fleet.grid.hours_of(schedule.ways.jobs["deadline"])[schedule.jobs]
    with np.errstate(invalid="ignore"):
        late = schedule.end_hours > deadline + HOUR_TOLERANCE
    for run in np.flatnonzero(late):
        text = f"ends {schedule.end_hours[run]:.3f} h after the start; its deadline is {deadline[run]:.3f} h."
        findings.add("deadline", schedule.run_name(run), text)


def _tails(schedule: Schedule, findings: Findings) -> None:
    """A tail needs `policy.tails`, a last segment, and some speed to go on with."""
    ends, policy = schedule.runs.ends, schedule.fleet.scenario.policy
    for run in np.flatnonzero(ends.left > 0):
        if not policy.tails:
            why = "policy.tails is false"
        elif not schedule.is_last[run]:
            why = "a segment follows"
        elif np.isinf(ends.tail_hours[run]):
            why = "its pools have no speed at all in the horizon"
        else:
            continue
        text = f"has {ends.left[run]:.3f} h of work left at the horizon's end, and {why}."
        findings.add("tail", schedule.run_name(run), text)


def _fits_pools(schedule: Schedule, accelerators: Ints, findings: Findings) -> None:
    held, runs = schedule.held, schedule.runs
    sizes = schedule.parts.accelerators[held.part]
    least = Lowest(accelerators).within(held.pool, runs.start[held.run], runs.ends.last[held.run])
    for index in np.flatnonzero(sizes > least):
        label = schedule.fleet.label(held.pool[index])
        text = f"needs {sizes[index]:,} accelerators of {label}, which in one of its slots has {least[index]:,}."
        findings.add("fit", schedule.run_name(held.run[index]), text)


def _fits_power(schedule: Schedule, watts: Ints, findings: Findings) -> None:
    held, runs, clusters = schedule.held, schedule.runs, len(schedule.fleet.clusters)
    key, index = np.unique(held.run * clusters + held.cluster, return_inverse=True)
    needed = np.zeros(len(key), dtype=np.int64)
    np.add.at(needed, index, schedule.parts.watts[held.part])
    run, cluster = key // clusters, key % clusters
    least = Lowest(watts).within(cluster, runs.start[run], runs.ends.last[run])
    for i in np.flatnonzero(needed > least):
        name = schedule.fleet.clusters[cluster[i]].name
        text = f"draws {needed[i]:,} W of {name}, which in one of its slots has at most {least[i]:,} W."
        findings.add("fit", schedule.run_name(run[i]), text)


def _fits_resources(schedule: Schedule, resources: dict[str, Reals], findings: Findings) -> None:
    runs, uses = schedule.runs, schedule.ways.jobs["uses"]
    for run in np.flatnonzero([bool(uses[job]) for job in schedule.jobs]):
        slots = slice(int(runs.start[run]), int(runs.ends.last[run]) + 1)
        for name, amount in uses[schedule.jobs[run]].items():
            for cluster in schedule.clusters_of(int(runs.group[run])):
                least = float(resources[name][cluster, slots].min()) if name in resources else np.inf
                if amount > least + slack(least):
                    where = schedule.fleet.clusters[cluster].name
                    text = f"uses {amount:,} of {name} on {where}, which in one of its slots has {least:g}."
                    findings.add("fit", schedule.run_name(run), text)

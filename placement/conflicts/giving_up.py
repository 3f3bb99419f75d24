"""The scenario without some of what it demands, and without jobs that nobody demands.

Given up, there is as much of a thing as anybody could want; a job may be turned away for nothing, or goes if it is
running; an order is waited for no more.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from placement.conflicts.demand import JOB, ORDER, Demand
from placement.conflicts.put import put
from placement.schema import Scenario


def without(scenario: Scenario, given_up: Iterable[Demand]) -> Scenario:
    """The scenario with demands given up. It is not checked, and its costs mean nothing."""
    made, jobs = scenario, dict(scenario.jobs.columns)
    orders, away, gone = jobs["after"].copy(), jobs["must_run"].copy(), np.zeros(len(scenario.jobs), dtype=bool)
    reject = jobs["reject_usd"].copy()
    for each in given_up:
        for steps, value in each.free:
            made = put(made, steps, value)
        if each.kind == ORDER:
            orders[each.job] = tuple(name for name in orders[each.job] if name != each.after)
        elif each.kind == JOB and jobs["state"][each.job] == "running":
            gone[each.job] = True
        elif each.kind == JOB:
            away[each.job], reject[each.job] = False, 0.0
    jobs |= {"after": orders, "must_run": away, "reject_usd": reject}
    return _only(made.model_copy(update={"jobs": replace(scenario.jobs, columns=jobs)}), ~gone)


def firm_only(scenario: Scenario) -> Scenario:
    """The scenario without jobs that may be turned away and that no other needs."""
    jobs = scenario.jobs
    needed = jobs["must_run"] | (jobs["state"] == "running")
    row = {str(name): k for k, name in enumerate(jobs["job"])}
    waiting = np.flatnonzero(needed).tolist()
    while waiting:
        for name in jobs["after"][waiting.pop()]:
            if not needed[row[name]]:
                needed[row[name]] = True
                waiting.append(row[name])
    return _only(scenario, needed)


def _only(scenario: Scenario, wanted: NDArray[np.bool_]) -> Scenario:
    """The scenario with some of its jobs, at least one of them."""
    if wanted.all() or len(wanted) == 0:
        return scenario
    if not wanted.any():  # one that may be turned away stands for none
        kept = scenario.jobs.where(np.arange(len(wanted)) == 0)
        columns = {"must_run": np.zeros(1, dtype=bool), "reject_usd": np.zeros(1), "after": _texts([()])}
        columns["state"] = _texts(["waiting"])
        jobs = replace(kept, columns={**kept.columns, **columns})
    else:
        jobs = scenario.jobs.where(wanted)
        names = {str(name) for name in jobs["job"]}
        after = _texts([tuple(name for name in each if name in names) for each in jobs["after"]])
        jobs = replace(jobs, columns={**jobs.columns, "after": after})
    own = set(jobs["job"].tolist())
    options = scenario.options
    if len(options):
        options = options.where(np.array([name in own for name in options["job"]], dtype=bool))
    return scenario.model_copy(update={"jobs": jobs, "options": options})


def _texts(values: list[Any]) -> NDArray[Any]:
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column

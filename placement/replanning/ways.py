"""Ways to run the rows of the new scenario, from those that a scenario with these jobs alone has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from placement.compile import compile_scenario
from placement.loader.change import with_tables
from placement.replanning.building import Builder
from placement.replanning.rows import NEVER, Way, jobs_table, options_table, parts_of
from placement.schema import Scenario, Table


def with_ways(builder: Builder, scenario: Scenario, options: Table, values: Mapping[str, Any]) -> None:
    """Ways of the rows that need some, from those that a scenario with these jobs alone has.

    A run that can no longer meet its deadline, where it is or elsewhere, goes on without it.
    """
    numbers = [n for n in range(len(builder.rows)) if builder.asks_ways(n)]
    late = _with_ways(builder, scenario, options, values, numbers) if numbers else []
    for n in late:
        builder.rows[n].values["deadline"] = NEVER
        builder.late.append(builder.rows[n].name)
    if late:
        _with_ways(builder, scenario, options, values, late)


def _with_ways(
    builder: Builder, scenario: Scenario, known: Table, values: Mapping[str, Any], numbers: Sequence[int]
) -> list[int]:
    """Ways of some rows; returns those that run and can no longer meet their deadline."""
    rows = [replace(builder.rows[n], values={**builder.rows[n].values, "after": ()}) for n in numbers]
    options = options_table(known, builder.table, rows)
    share = {row.name: row.hours / builder.hours[row.source] for row in rows}
    longer = options["hours"] * np.array([share[str(name)] for name in options["job"]], dtype=np.float64)
    options = replace(options, columns={**options.columns, "hours": longer})
    limits = scenario.document()["limits"]
    for limit in limits:  # these may be of jobs that are not among them, and say nothing of where one may run
        (limit.get("over") or {}).pop("jobs", None)
    alone = {**values, "limits": limits, "terms": []}
    free = with_tables(scenario, {"jobs": jobs_table(builder.table, rows), "options": options}, alone)
    compiled = compile_scenario(free)
    work, legend = compiled.problem.work, compiled.legend
    first = np.searchsorted(legend.job, np.arange(len(rows)))
    late = []
    for n, row in zip(numbers, first.tolist(), strict=True):
        found, meets = [], False
        deadline = float(builder.grid.hours_of(free.jobs["deadline"][legend.job[row]]))
        for o in range(*work.job_options[row : row + 2].tolist()):
            parts, hours = parts_of(compiled, o), float(work.option_work[o])
            if builder.rows[n].kind == "running":
                meets |= builder.meets(n, parts, work.clock_work[work.option_clock[o]], deadline)
            ends = work.span_last[work.option_spans[o] : work.option_spans[o + 1]]
            if not (ends >= builder.k).any():
                continue
            quoted, window = int(legend.row[o]), (NEVER, NEVER)
            if quoted >= 0:
                window = tuple(free.options[name][quoted] for name in ("earliest_start", "latest_start"))
            hours /= float(legend.share[row])
            found.append(Way(legend.option_name(o), parts, hours, *window))
        if builder.rows[n].kind == "running":
            builder.rows[n].ways, elsewhere = builder.running(n, found)
            firm = bool(builder.rows[n].values.get("must_run"))  # it must be able to keep its deadline where it is
            if not (meets or (elsewhere and not firm) or np.isnan(deadline)):
                late.append(n)
        else:
            builder.rows[n].ways = builder.waiting(n, found)
            builder.rows[n].values.pop("earliest_start", None)  # ways say from when on; delay counts from its own
        if not builder.rows[n].ways:
            builder.rows[n].ways = None
            if not builder.never_fits(builder.rows[n]):
                builder.rows[n].values |= builder.nowhere()
    return late

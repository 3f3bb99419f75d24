"""Versions of a scenario whose plans may bear more: longer runs, accelerators in reserve, inputs as they may come.

Each is a scenario to be planned for; what its plan is worth as a plan of the scenario as it stands is for
`placement.carried_over` and the futures to say.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from placement.compile import Compiled, compile_scenario
from placement.distributions import middles, quantile
from placement.estimates import Criterion
from placement.futures.draw import Drawing
from placement.futures.groups import Grouped, groups_of
from placement.futures.lengths import lengths_of
from placement.futures.realised import inputs_at
from placement.kernels.work import Floats, Ints
from placement.loader.change import changed, with_tables
from placement.plan import Plan
from placement.problem import Bools
from placement.schema import Scenario, Table, Uncertainty
from placement.series import on_slots
from placement.timegrid import timegrid

LENGTHS = (0.6, 0.75, 0.9)
"""Quantiles of the factor on the length of a run that are planned with,"""

RESERVES = (0.05, 0.1, 0.2)
"""and shares of accelerators that are kept in reserve."""

PARTS = 64
"""Values of each of two factors by which the quantile of their product is worked out."""


@dataclass(frozen=True)
class Hedge:
    """A version of a scenario."""

    name: str
    make: Callable[[], Scenario]
    """Raises ScenarioError where what is drawn makes no scenario."""
    of_inputs: bool = False
    """Whether inputs are other ones, so that of modules what is built is kept, and all else planned anew."""


def without_uncertainty(scenario: Scenario) -> Scenario:
    """The scenario, all of it known."""
    return changed(scenario, {"uncertainty": None})


def longer(compiled: Compiled, plan: Plan) -> list[Hedge]:
    """Run times at LENGTHS of what they may be; `plan` is one of the scenario that was compiled."""
    scenario = compiled.legend.scenario
    given = scenario.uncertainty or Uncertainty()
    if not len(scenario.jobs) or (given.run_time is None and not given.interruptions):
        return []
    found = []
    for share, factor in zip(LENGTHS, length_quantiles(compiled, plan, LENGTHS), strict=True):
        factor = np.maximum(factor, 1.0)
        if (factor > 1).any():
            found.append(Hedge(f"run times at {100 * share:g} %", partial(_lengthened, compiled, factor)))
    return found


def length_quantiles(compiled: Compiled, plan: Plan, shares: Sequence[float]) -> Floats:
    """(shares, jobs) quantiles of the factor on the length of a run of each job, relative to what is planned with.

    A job runs as the plan has it run; one that it does not place, in the first of its ways.
    """
    lengths, late, loss = lengths_of(compiled, _a_group_each(compiled, plan))
    pairs, which = np.unique(np.stack([late, loss]), axis=1, return_inverse=True)
    step = max(1, lengths.late.shape[1] // PARTS)
    products = [
        np.outer(np.sort(lengths.late[i])[step // 2 :: step], np.sort(lengths.loss[k])[step // 2 :: step]).ravel()
        for i, k in pairs.T
    ]
    quantiles = np.stack([np.quantile(each, shares) for each in products], axis=1)
    return np.asarray(quantiles[:, which.reshape(-1)])


def _a_group_each(compiled: Compiled, plan: Plan) -> Grouped:
    """For each job a group with the way that it runs; -1 where it has none."""
    legend, work = compiled.legend, compiled.problem.work
    jobs = len(legend.scenario.jobs)
    first = np.searchsorted(legend.job, np.arange(jobs))
    begin, end = work.job_options[first], work.job_options[first + 1]
    option = np.where(end > begin, begin, -1)
    grouped = groups_of(compiled, plan)
    placed = grouped.option >= 0
    option[grouped.job[placed][::-1]] = grouped.option[placed][::-1]
    none = np.zeros(jobs, dtype=np.int64)
    return Grouped(
        job=np.arange(jobs), row=first, key=none, option=option, start=none, units=none + 1, away_usd=np.zeros(jobs),
        end=np.full(jobs, np.nan), deadline=np.full(jobs, np.inf), others=none[:0],
        first_other=np.zeros(jobs + 1, dtype=np.int64),
    )  # fmt: skip


def _lengthened(compiled: Compiled, factor: Floats) -> Scenario:
    """The scenario with the hours of each job times its factor; as they are where it would have no place at all."""
    able = _able(compiled)
    made = _with_hours(compiled.legend.scenario, factor)
    lost = able & ~_able(compile_scenario(made))
    return _with_hours(compiled.legend.scenario, np.where(lost, 1.0, factor)) if lost.any() else made


def _able(compiled: Compiled) -> Bools:
    """(jobs,) whether each of its segments has a place to start somewhere, taken alone."""
    work, legend = compiled.problem.work, compiled.legend
    spans = np.diff(work.option_spans[work.job_options])
    result = np.ones(len(legend.scenario.jobs), dtype=bool)
    result[legend.job[spans == 0]] = False
    return result


def _with_hours(scenario: Scenario, factor: Floats) -> Scenario:
    jobs, options = scenario.jobs, scenario.options
    columns = dict(jobs.columns)
    columns |= {name: columns[name] * factor for name in ("hours", "hours_p90", "hours_left")}
    index = {str(name): j for j, name in enumerate(jobs["job"])}
    of_option: Ints = np.array([index[str(name)] for name in options["job"]], dtype=np.int64)
    measured = {**options.columns, "hours": options["hours"] * factor[of_option]} if len(options) else options.columns
    tables = {"jobs": Table(jobs.record, columns), "options": Table(options.record, measured)}
    return with_tables(scenario, tables, {"uncertainty": None}, fresh=False)


def in_reserve(scenario: Scenario) -> list[Hedge]:
    """RESERVES of the accelerators of each pool taken out, at least one of each."""
    given = scenario.uncertainty or Uncertainty()
    if given.run_time is None and not given.interruptions and not given.events:
        return []
    found, seen = [], set()
    for share in RESERVES:
        kept = {
            (cluster.name, str(pool.name)): int(np.ceil(share * pool.number - 1e-9))
            for cluster, pool in scenario.pools()
        }
        number = tuple(kept.values())
        if any(number) and number not in seen:
            seen.add(number)
            found.append(Hedge(f"{100 * share:g} % in reserve", partial(_reserved, scenario, kept)))
    return found


def _reserved(scenario: Scenario, kept: Mapping[tuple[str, str], int]) -> Scenario:
    grid = timegrid(scenario.horizon)
    values: dict[str, Any] = {"uncertainty": None}
    for cluster, pool in scenario.pools():
        more = kept[cluster.name, str(pool.name)]
        if more:
            taken = on_slots(pool.reserved, grid, scenario)
            values[f"clusters.{cluster.name}.pools.{pool.name}.reserved"] = (np.ceil(taken - 1e-6) + more).tolist()
    return changed(scenario, values)


def of_inputs(scenario: Scenario, drawing: Drawing, costs: Floats, of: Criterion, picks: int) -> list[Hedge]:
    """Inputs at their medians, at their means, and as some of the futures have them.

    Parameters
    ----------
    scenario : Scenario
    drawing : Drawing
        Of the futures.
    costs : array, shape (K,)
        $ of the plan as it stands in each; nan: none.
    of : Criterion
        With CVaR half of the futures are among those that count for the plan as it stands.
    picks : int
        How many futures.
    """
    given = scenario.uncertainty or Uncertainty()
    if not given.inputs:
        return []
    at = middles()
    named = {
        "inputs at their medians": [float(quantile(each.distribution, np.array([0.5]))[0]) for each in given.inputs],
        "inputs at their means": [float(quantile(each.distribution, at).mean()) for each in given.inputs],
    }
    drawn = np.array([drawing.future(number).inputs for number in range(len(costs))])
    named |= {f"inputs of future {n}": drawn[n].tolist() for n in spread(drawn, costs, of, picks)}
    return [Hedge(name, partial(_with_inputs, scenario, values), True) for name, values in named.items()]


def spread(drawn: Floats, costs: Floats, of: Criterion, picks: int) -> list[int]:
    """Futures whose inputs, shape (K, k), lie far apart by ranks: first the middle one, then each time the farthest."""
    ranks = np.argsort(np.argsort(drawn, axis=0, kind="stable"), axis=0).astype(np.float64)
    settled = np.flatnonzero(~np.isnan(costs))
    counting = settled[np.argsort(-costs[settled], kind="stable")]
    counting = np.sort(counting[: max(1, int(np.ceil(of.tail * len(counting))))])
    among_worst = picks // 2 if of.tail < 1 else 0
    chosen: list[int] = []
    for among, number in ((settled, picks - among_worst), (counting, among_worst)):
        for _ in range(number):
            left = among[~np.isin(among, chosen)]
            if not len(left):
                break
            if chosen:
                away = np.abs(ranks[left][:, None] - ranks[chosen][None]).sum(axis=2).min(axis=1)
            else:
                away = -np.abs(ranks[left] - np.median(ranks[left], axis=0)).sum(axis=1)
            chosen.append(int(left[int(np.argmax(away))]))
    return chosen


def _with_inputs(scenario: Scenario, values: Sequence[float]) -> Scenario:
    return changed(scenario, {"uncertainty": None, **inputs_at(scenario, values)})

"""A log of finished jobs, run again on paper: as it ran, elsewhere, at other times, both.

Every alternative has all jobs of the log, so that their costs compare. Those of fixed starts have one place for each
job; the others are solved, each job with the starts

    slot of submission <= start <= the later of (slot of submission + wait) and (slot in which it began)

so that what was done is one of their plans: any cluster costs no more than the same cluster, and that no more than as
it ran. They are chosen knowing all that came later. Their bound therefore holds for every way of planning with the same
waits, and their plans are what only hindsight reaches.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from placement.errors import PlacementError
from placement.hindsight.alternatives import Alternative, measured, priced_carbon, told
from placement.hindsight.fixed import Fixed, fixed
from placement.hindsight.log import Left, log_of
from placement.hindsight.reading import read_log
from placement.hindsight.ways import option_table, with_options
from placement.hindsight.without_jobs import load_without_jobs
from placement.importers.jobs.importing import Imported
from placement.kernels.work import Ints
from placement.money import BOUNDARIES, CARBON
from placement.plan import Plan
from placement.result import Result
from placement.schema import Scenario
from placement.solving import solve
from placement.timegrid import UNDISCOUNTED_HOURS, timegrid

if TYPE_CHECKING:
    import pandas as pd

CARBON_USD_PER_T = 1e6
"""Price of carbon at which emissions decide, and costs among plans that emit as much."""

LEAST_S = 1.0
"""Seconds that each solve has at least."""


@dataclass(frozen=True)
class WhatIf:
    """What a log would have cost, and emitted, in each alternative; the first is as it ran."""

    scenario: str
    minimise: str
    """The boundary of the costs."""
    wait_hours: float
    alternatives: tuple[Alternative, ...]
    constant_usd: float
    """Part of each cost that no alternative changes: what is owned, idle power."""
    jobs: int
    """Of the log, that are in every row."""
    waited_hours: float
    """Mean wait as the log has it, to the second,"""
    rounded_hours: float
    """and by how much later starts count on average, since they do from the next slot."""
    left: tuple[Left, ...] = ()
    """Jobs of the log that are in no row, by reason."""
    notes: tuple[str, ...] = ()
    log: Imported | None = field(default=None, repr=False)
    """With what the import dropped; None of a log that was given as a table."""

    @property
    def plans(self) -> dict[str, Plan]:
        """The plan of each alternative that has one, by key."""
        return {each.key: each.plan for each in self.alternatives if each.plan is not None}

    def __getitem__(self, key: str) -> Alternative:
        """The alternative of a key; KeyError if there is none."""
        for each in self.alternatives:
            if each.key == key:
                return each
        raise KeyError(key)

    def table(self) -> pd.DataFrame:
        """A row per alternative.

        Columns: key, words; cost_usd, bound_usd, energy_usd, difference_usd, difference (share of what is decided),
        tco2, bound_tco2, difference_tco2; accelerator_hours, wait_hours; jobs, moved, at_another_time, stay.
        Differences are against as it ran; nan: not known.
        """
        import pandas as pd

        first = self.alternatives[0]
        decided = first.cost_usd - self.constant_usd
        rows = []
        for each in self.alternatives:
            saved = each.cost_usd - first.cost_usd
            rows.append(
                {
                    "key": each.key, "words": each.words, "cost_usd": each.cost_usd, "bound_usd": each.bound_usd,
                    "energy_usd": each.energy_usd, "difference_usd": saved,
                    "difference": saved / decided if decided > 0 else math.nan,
                    "tco2": each.tco2, "bound_tco2": each.bound_tco2, "difference_tco2": each.tco2 - first.tco2,
                    "accelerator_hours": each.accelerator_hours, "wait_hours": each.wait_hours, "jobs": self.jobs,
                    "moved": each.moved, "at_another_time": each.later,
                    "stay": sum(left.jobs for left in each.stay),
                }
            )  # fmt: skip
        return pd.DataFrame(rows)

    def summary(self) -> dict[str, Any]:
        """All of it as plain JSON values."""
        return {
            "scenario": self.scenario,
            "minimise": self.minimise,
            "wait_hours": self.wait_hours,
            "jobs": self.jobs,
            "waited_hours": self.waited_hours,
            "rounded_hours": self.rounded_hours,
            "constant_usd": self.constant_usd,
            "alternatives": [each.summary() for each in self.alternatives],
            "left_out": [told(left) for left in self.left],
            "notes": list(self.notes),
            "import": None if self.log is None else self.log.tally.summary(),
        }


def what_if(
    scenario: Scenario | str | Path,
    log: Any,
    *,
    clusters: Mapping[str, str] | None = None,
    wait_hours: float = 24.0,
    carbon_usd_per_t: float | None = CARBON_USD_PER_T,
    gap: float = 1e-3,
    time_limit_s: float = math.inf,
    progress: Callable[[str], None] | None = None,
    **limits: Any,
) -> WhatIf:
    """What the finished jobs of a log would have cost, and emitted, elsewhere or at other times.

    Parameters
    ----------
    scenario : Scenario or path
        A file need have no jobs. Clusters, prices, carbon, limits, policy and horizon count; jobs, campaigns and flows
        do not.
    log : path, Imported or table
        A file (`read_log`), what `placement.importers.read_jobs(..., finished=True)` gives, or a table with job, hours
        (run time), accelerators, started, cluster, and optionally submitted.
    clusters : mapping, optional
        `CLUSTER` or `CLUSTER/POOL` for the log's names of clusters (partitions), where they differ; the key `""` stands
        for all others.
    wait_hours : float
        For how long after its submission a job may begin, h; one that waited longer in the log, for as long as then.
    carbon_usd_per_t : float, optional
        Price at which rows for least emissions are solved. None: there are none.
    gap : float
        As of `placement.solve`, for what is solved.
    time_limit_s : float
        For all solves together; each has at least a second, and those of fixed starts as long as they need.
    progress : callable, optional
        Is told in words what is worked out now.
    limits
        Others of `placement.solve`: `work_limit`, `device`, `seed`, `threads`, `stop`.

    Returns
    -------
    WhatIf

    Raises
    ------
    PlacementError, ScenarioError
        If the log cannot be read, no job of it is left, the horizon does not cover it, a cluster is not known, or the
        scenario does not allow what was done.
    """
    began = time.monotonic()
    _check(wait_hours, carbon_usd_per_t)
    say = progress or (lambda words: None)
    if isinstance(scenario, str | Path):
        scenario = load_without_jobs(scenario)
    taken = read_log(log) if isinstance(log, str | Path) else log if isinstance(log, Imported) else None
    grid = timegrid(scenario.horizon)
    table = log_of(scenario, grid, log if taken is None else taken.table, clusters, wait_hours)
    held = fixed(scenario, grid, table, wait_hours, say)
    rows = [_as_it_ran(held, say, limits), *_same_starts(held, say, limits)]
    rows += _solved(held, rows[0], carbon_usd_per_t, gap, began + time_limit_s, say, limits)
    share = held.log.count / held.log.count.sum()
    return WhatIf(
        scenario.name, scenario.policy.minimise, wait_hours, tuple(rows), held.constant_usd, int(held.log.count.sum()),
        float(held.log.waited @ share), float(held.log.rounded @ share), held.log.left,
        tuple(_notes(held, scenario, carbon_usd_per_t)), taken,
    )  # fmt: skip


def _check(wait_hours: float, carbon_usd_per_t: float | None) -> None:
    if not 0 <= wait_hours <= 1e6:
        raise PlacementError(f"wait_hours is {wait_hours}, but must be between 0 and 1e6.")
    if carbon_usd_per_t is not None and not 0 < carbon_usd_per_t <= 1e9:
        raise PlacementError(f"carbon_usd_per_t is {carbon_usd_per_t}, but must be above 0 and at most 1e9, or None.")


def _priced(held: Fixed, chosen: Ints, limits: Mapping[str, Any]) -> tuple[Scenario, Result]:
    """The plan in which each job runs as one of its ways has it, at the start that it had."""
    begin = held.grid.edges[held.log.slot[held.ways.job[chosen]]]
    table = option_table(held.base, held.grid, held.log, held.ways, chosen, begin, begin)
    made = with_options(held.base, held.log, table)
    only = {key: value for key, value in limits.items() if key in ("seed", "threads")}
    return made, solve(made, baseline=False, **only)


def _as_it_ran(held: Fixed, say: Callable[[str], None], limits: Mapping[str, Any]) -> Alternative:
    say("as it ran")
    made, result = _priced(held, held.ways.home, limits)
    if result.plan is None:
        raise PlacementError(f"the scenario does not allow what was done. {result.message}")
    own = held.base.policy.carbon_usd_per_t
    return measured("as-it-ran", "as it ran", made, held.grid, held.log, result, own, decided=False)


def _same_starts(held: Fixed, say: Callable[[str], None], limits: Mapping[str, Any]) -> Iterator[Alternative]:
    """The same starts, on each other cluster."""
    own = held.base.policy.carbon_usd_per_t
    for number, cluster in enumerate(held.base.clusters):
        if (held.cluster[held.log.pool] == number).all() or not cluster.pools:
            continue
        words = f"same starts, on {cluster.name}"
        say(words)
        moved = held.on(number)
        made, result = _priced(held, moved.chosen, limits)
        key = f"same-starts-{cluster.name}"
        more = {"stay": moved.stay, "lack": moved.lack}
        yield measured(key, words, made, held.grid, held.log, result, own, decided=False, **more)


def _solved(
    held: Fixed, first: Alternative, carbon_usd_per_t: float | None, gap: float, deadline: float,
    say: Callable[[str], None], limits: Mapping[str, Any],
) -> Iterator[Alternative]:  # fmt: skip
    """Other times on the same cluster, and anywhere; the same for least emissions."""
    log, ways, own = held.log, held.ways, held.base.policy.carbon_usd_per_t
    every = np.arange(len(ways.job))
    wanted = [("other-times", "other times, same cluster", ways.home)]
    if len(every) > len(ways.home):
        wanted.append(("anywhere", "other times, any cluster", every))
    prices = [own]
    if carbon_usd_per_t is not None and CARBON in BOUNDARIES[held.base.policy.minimise]:
        prices.append(carbon_usd_per_t)
    left, start, dearest = len(wanted) * len(prices), first.plan, first
    for price in prices:
        for key, words, chosen in wanted:
            job = ways.job[chosen]
            table = option_table(
                held.base, held.grid, log, ways, chosen, held.grid.edges[log.asked[job]], held.latest[job]
            )
            made = with_options(held.base, log, table, {} if price == own else {"policy.carbon_usd_per_t": price})
            said = words if price == own else f"{words}, least CO2"
            say(said)
            seconds = max(LEAST_S, (deadline - time.monotonic()) / left)
            result = solve(made, gap=gap, time_limit_s=seconds, start=start, baseline=False, **limits)
            left, start = left - 1, result.plan or start
            named = key if price == own else f"{key}-carbon"
            found = measured(named, said, made, held.grid, log, result, own, decided=True)
            yield found if price == own else _least(found, dearest, price)


def _least(found: Alternative, first: Alternative, price: float) -> Alternative:
    """With the bound on emissions.

    Every plan q has cost(q) + price · t(q) >= bound, costs without carbon; so one that costs no more than C has
    t(q) >= (bound - C)/price. C: what this plan costs, or as it ran, whichever is more.
    """
    if found.plan is None or first.plan is None:
        return found
    costs = [each.result.cost_usd - priced_carbon(each.scenario, each.result.plan) for each in (found, first)]  # type: ignore[arg-type]
    return replace(found, bound_tco2=max(0.0, (found.result.bound_usd - max(costs)) / price))


def _notes(held: Fixed, scenario: Scenario, carbon_usd_per_t: float | None) -> list[str]:
    """What is to be known beside the figures."""
    log, notes = held.log, list(held.notes)
    longer = int(log.count[held.latest > held.grid.edges[log.asked] + held.wait_hours + 1e-6].sum())
    if longer:
        notes.append(
            f"{longer:,} jobs waited longer than {held.wait_hours:g} h in the log; each may wait as long as it did."
        )
    cut = int(log.count[held.latest + log.ran > held.grid.hours + 1e-6].sum())
    if cut:
        notes.append(
            f"{cut:,} jobs could begin later, but for the end of the horizon. A longer one lets them wait as long."
        )
    if held.grid.hours > UNDISCOUNTED_HOURS and scenario.money.rate > 0:
        notes.append("The horizon is longer than 31 days, so dollars are present values at its start (money).")
    if carbon_usd_per_t is not None and CARBON not in BOUNDARIES[scenario.policy.minimise]:
        notes.append(
            f"No row is for least emissions: carbon is outside the boundary {scenario.policy.minimise}, which "
            "policy.minimise names."
        )
    return notes

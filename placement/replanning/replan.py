"""A plan made anew in the middle of its horizon.

The horizon stays as it is, so that all that ties past and future together counts the past too: limits over a period or
the whole horizon, shared data sets, contracts. With k the first slot that begins at or after the moment, the new
scenario has

- **history**: each run that began before slot k, as a job of its own that is held where and when it ran, up to its end
  or to slot k;
- **running**: what is left of it, as a job that stays (from slot k on, where it is), or goes on later or elsewhere
  after `restart_minutes` of the cluster and, elsewhere, the time and the price of moving `checkpoint_tb` and
  `dataset_tb` over the links; it must run, but where its cluster stands still;
- **waiting**: everything else, from slot k on, and what is new. `change_usd` for each unit that does not run where and
  when the plan had it, or leaves where it runs, keeps the new plan calm.

These are ways of the option table with `earliest_start` and `latest_start`. What is decided beside runs (batteries,
flows, on and off) is worked out for the past as well, around what ran: where a battery or a contract ties past and
future, that may differ from what was done.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np

from placement.compile import Compiled, compile_scenario
from placement.compile.assemble import default_reject
from placement.compile.ways import planned_hours
from placement.errors import PlacementError, ScenarioError
from placement.loader.change import changed, with_tables
from placement.loader.problems import Problems
from placement.loader.rows import empty, from_table
from placement.loader.wording import did_you_mean
from placement.money import BOUNDARIES, QUOTE
from placement.plan import AS_IT_RAN, STAYS, Plan
from placement.replanning.begun import Happened, Piece, Units, units_of
from placement.replanning.churn import Churn, churn
from placement.replanning.outages import Outage, check, speeds, stalled
from placement.replanning.rows import NEVER, Part, Row, Way, jobs_table, options_table, parts_of
from placement.result import Result
from placement.schema import Scenario, Table
from placement.schema.jobs import Job
from placement.schema.table import joined
from placement.solving import solve
from placement.timegrid import TimeGrid, timegrid
from placement.units import tb_per_hour

SO_FAR = "(so far)"
"""Added to the name of a job for what it had done when it was planned anew."""


@dataclass(frozen=True)
class Replanned:
    """The scenario as it stands at the moment, its plan, and what changes."""

    scenario: Scenario
    rows: tuple[Row, ...]
    """Of its jobs."""
    slot: int
    """The first that is planned."""
    notes: tuple[str, ...]
    result: Result | None = None
    churn: Churn | None = None


def replan(
    scenario: Scenario,
    plan: Plan,
    at: datetime,
    *,
    jobs: Any = None,
    happened: Mapping[str, Happened] | None = None,
    outages: Sequence[Outage] = (),
    change_usd: float = 0.0,
    slots: int | None = None,
    **limits: Any,
) -> Replanned:
    """Make a plan anew from a moment on.

    Parameters
    ----------
    scenario : Scenario
    plan : Plan
        Of the scenario.
    at : datetime
        The moment, inside the horizon; the first slot that begins then or later is the first that is planned.
    jobs : table, optional
        Jobs that are new: a data frame, anything with `__arrow_c_stream__`, or a dict of arrays. They are asked for at
        the moment where they do not say when.
    happened : mapping, optional
        What became of jobs that had begun, by name, where it was otherwise than planned.
    outages : sequence of Outage
        From now on.
    change_usd : float
        For each unit that runs elsewhere or at another time than planned, $.
    slots : int, optional
        Of the new horizon, which begins as before: more, to plan further.
    limits
        As of `placement.solve`.

    Returns
    -------
    Replanned
        With its result, in which costs are those of the whole horizon, and what changes.

    Raises
    ------
    PlacementError
        If the moment lies outside, or what is given does not fit the plan.
    ScenarioError
        If what is given makes no scenario.
    """
    made = replanned(
        scenario, plan, at, jobs=jobs, happened=happened, outages=outages, change_usd=change_usd, slots=slots
    )
    result = solve(made.scenario, **limits)
    if result.plan is None:
        return replace(made, result=result)
    return replace(made, result=result, churn=churn(made.rows, result.plan, timegrid(made.scenario.horizon)))


def replanned(
    scenario: Scenario,
    plan: Plan,
    at: datetime,
    *,
    jobs: Any = None,
    happened: Mapping[str, Happened] | None = None,
    outages: Sequence[Outage] = (),
    change_usd: float = 0.0,
    slots: int | None = None,
) -> Replanned:
    """The scenario that `replan` solves; parameters as there."""
    before = timegrid(scenario.horizon)
    k = _slot(before, at)
    check(scenario, outages)
    _check(scenario, change_usd, slots, before, k)
    compiled = compile_scenario(scenario)
    known = _checked(scenario, happened or {}, before, k)
    units = units_of(compiled, plan, k, known)
    _only_begun(scenario, known, units)
    there = scenario if slots is None else changed(scenario, {"horizon.slots": slots})
    grid = timegrid(there.horizon)
    effects = speeds(there, grid, outages, k)
    builder = _Builder(there, grid, compiled, k, change_usd, stalled(grid, outages, k))
    more = _new(jobs, there, grid, k)
    builder.add(units, more)
    table = joined([there.jobs, more])
    values = {"campaigns": [], "policy.run_time": "expected", "uncertainty": None, **effects}
    _with_ways(builder, there, table, values)
    rows = builder.rows
    made = with_tables(there, {"jobs": jobs_table(table, rows), "options": options_table(there, rows)}, values)
    return Replanned(made, tuple(rows), k, tuple(builder.notes))


def _slot(grid: TimeGrid, at: datetime) -> int:
    hours = float(grid.hours_of(np.datetime64(at.replace(tzinfo=None), "us")))
    k = int(grid.slot_from(hours))
    if hours < 0 or k >= grid.slots:
        end = grid.when(grid.hours)
        raise PlacementError(
            f"{at:%Y-%m-%dT%H:%MZ} leaves nothing to plan: the horizon is {grid.start:%Y-%m-%dT%H:%MZ} to "
            f"{end:%Y-%m-%dT%H:%MZ}. Give a moment before its last slot."
        )
    return k


def _check(scenario: Scenario, change_usd: float, slots: int | None, grid: TimeGrid, k: int) -> None:
    if not 0 <= change_usd < np.inf:
        raise PlacementError(f"change_usd is {change_usd}, but must be a number of dollars, at least 0.")
    if slots is not None and slots < grid.slots:
        raise PlacementError(f"slots is {slots}, but the horizon has {grid.slots} already. Give as many, or more.")
    if change_usd > 0 and QUOTE not in BOUNDARIES[scenario.policy.minimise]:
        raise PlacementError(
            f"change_usd counts for nothing where policy.minimise is {scenario.policy.minimise}. Leave it at 0, or "
            "minimise all_in."
        )
    if any(cluster.modules for cluster in scenario.clusters):
        raise PlacementError(
            f"scenario {scenario.name} decides what is built, which is not planned anew. Hold what is ordered as "
            "pools with dates, and leave the modules out."
        )


def _checked(scenario: Scenario, happened: Mapping[str, Happened], grid: TimeGrid, k: int) -> Mapping[str, Happened]:
    """What happened, complained of where it cannot have."""
    names = {str(name) for name in scenario.jobs["job"]}
    for name, said in happened.items():
        if name not in names:
            raise PlacementError(f"there is no job '{name}' that something happened to. {did_you_mean(name, names)}")
        if said.ended is not None and said.left is not None:
            raise PlacementError(f"job '{name}' has ended and has hours left. Say one of the two.")
        if said.ended is not None and not said.ended <= grid.edges[k]:
            raise PlacementError(
                f"job '{name}' ends {said.ended:g} h after the horizon's start, which is after what is planned anew "
                f"begins ({grid.edges[k]:g} h). Leave it out, or give what is left of it."
            )
        if said.left is not None and not 0 < said.left < np.inf:
            raise PlacementError(f"job '{name}' has {said.left} h left. Give a number above 0, or when it ended.")
    return happened


def _only_begun(scenario: Scenario, happened: Mapping[str, Happened], units: Sequence[Units]) -> None:
    names = scenario.jobs["job"]
    begun = {str(names[each.job]) for each in units if each.begun}
    for name, said in happened.items():
        if name not in begun:
            raise PlacementError(
                f"something happened to job '{name}', which the plan has not begun by then. Leave it out."
            )
        for each in units:
            if str(names[each.job]) == name and said.ended is not None and each.done[-1].hours <= 1e-6:
                raise PlacementError(f"job '{name}' ended before it began in the plan. Correct when it ended.")


def _new(jobs: Any, scenario: Scenario, grid: TimeGrid, k: int) -> Table:
    """New jobs, checked as far as that goes alone."""
    problems = Problems()
    table = empty(Job) if jobs is None else from_table(Job, jobs, "new jobs", problems)
    if problems:
        raise ScenarioError(problems.in_order())
    known = {str(name) for name in scenario.jobs["job"]}
    for name in table["job"].tolist():
        if str(name) in known:
            raise PlacementError(f"the new job '{name}' is in the plan already. Give it another name, or leave it out.")
    now = np.datetime64(grid.when(float(grid.edges[k])).replace(tzinfo=None), "us")
    submitted = np.where(np.isnat(table["submitted"]), now, table["submitted"])
    return replace(table, columns={**table.columns, "submitted": submitted})


class _Names:
    """Names of rows, each once."""

    def __init__(self, taken: Sequence[str]):
        self.taken = set(taken)
        self.given: set[str] = set()

    def give(self, name: str) -> str:
        """The name, or with a number if it is taken."""
        if name not in self.given and (name not in self.taken or not name.endswith(SO_FAR)):
            self.given.add(name)
            return name
        number = 2
        while (numbered := f"{name} #{number}") in self.given or numbered in self.taken:
            number += 1
        self.given.add(numbered)
        return numbered


class _Builder:
    """Rows of the new scenario."""

    def __init__(
        self, scenario: Scenario, grid: TimeGrid, compiled: Compiled, k: int, change_usd: float, stalled: set[str]
    ):
        self.scenario, self.grid, self.compiled, self.k = scenario, grid, compiled, k
        self.change_usd, self.stalled = change_usd, stalled
        self.hours = planned_hours(scenario)
        self.reject = default_reject(scenario)
        self.rows: list[Row] = []
        self.notes: list[str] = []
        self.left: dict[int, tuple[tuple[Part, ...], float]] = {}
        """By number of a row that runs: where, and hours left there."""
        self.planned_name: dict[int, str] = {}
        """By number of a row that waits: the way that the plan has for it."""
        self.late = 0
        names = [str(name) for name in scenario.jobs["job"]]
        self.names, self.job_names = _Names(names), names

    def moment(self, slot: int) -> np.datetime64:
        """When a slot begins."""
        return np.datetime64(self.grid.when(float(self.grid.edges[slot])).replace(tzinfo=None), "us")

    def add(self, units: Sequence[Units], more: Table) -> None:
        """All rows: of the plan's units, of what it has no place for, and of what is new."""
        jobs = self.scenario.jobs
        rest = jobs["count"].astype(np.int64).copy()
        of: dict[int, list[Row]] = {}
        for each in units:
            rest[each.job] -= each.number
            of.setdefault(each.job, []).extend(self._of(each))
        for j in np.flatnonzero(rest > 0).tolist():
            row = Row(j, self.names.give(self.job_names[j]), int(rest[j]), float(self.hours[j]), "waiting")
            self.rows.append(row)
            of.setdefault(j, []).append(row)
        first = len(jobs)
        for n in range(len(more)):
            name = self.names.give(str(more["job"][n]))
            self.rows.append(Row(first + n, name, int(more["count"][n]), float(more["hours"][n]), "new"))
        self._in_order(of, more)
        self._not_before_now(more)
        if self.late:
            words = "1 job that runs" if self.late == 1 else f"{self.late} jobs that run"
            self.notes.append(f"{words} can no longer meet the deadline, which is left out.")

    def _of(self, each: Units) -> list[Row]:
        """Rows of units: history, and what is left; returns those after which others may wait."""
        name, hours = self.job_names[each.job], float(self.hours[each.job])
        if not each.begun:
            row = Row(each.job, self.names.give(name), each.number, hours, "waiting")
            first = parts_of(self.compiled, each.planned.option)
            row.planned = (first[0].cluster, each.planned.start)
            self.planned_name[len(self.rows)] = self.compiled.legend.option_name(each.planned.option)
            self.rows.append(row)
            return [row]
        total = sum(piece.hours for piece in each.done) + each.left
        for n, piece in enumerate(each.done):
            last = each.ended and n == len(each.done) - 1
            self._history(each, name if last else f"{name} {SO_FAR}", piece, hours * piece.hours / total, n == 0, last)
        if each.ended:
            return [self.rows[-1]]
        row = Row(each.job, self.names.give(name), each.number, hours * each.share, "running")
        where = parts_of(self.compiled, each.done[-1].option, quoted=False)
        row.planned = (where[0].cluster, self.k)
        row.values = self._freed(each.job) | {"dataset_tb": 0.0, "segments": 1}
        row.values |= self._fate(each, {part.cluster for part in where})
        self.left[len(self.rows)] = (where, each.left) if each.runs else ((), each.left)
        self.rows.append(row)
        return [row]

    def _history(self, each: Units, name: str, piece: Piece, hours: float, first: bool, last: bool) -> None:
        begin = self.moment(piece.start)
        parts = parts_of(self.compiled, piece.option, quoted=first)
        row = Row(each.job, self.names.give(name), each.number, max(hours, 1e-9), "history")
        row.ways = (Way(AS_IT_RAN, parts, piece.hours, begin, begin),)
        row.values = self._freed(each.job) | {
            "deadline": NEVER, "must_run": True, "segments": 1, "memory_gb": 0.0, "sync_gbps": 0.0,
            "max_rtt_ms": np.nan, "max_contact_gap_hours": np.nan, "residency": (), "clusters": (), "not_clusters": (),
            "reject_usd": np.nan,
        }  # fmt: skip
        if not first:
            row.values["dataset_tb"] = 0.0
        if not last:
            row.values |= {"result_tb": 0.0, "delay_usd_per_hour": 0.0}
        self.rows.append(row)

    def _freed(self, j: int) -> dict[str, Any]:
        """Without what holds a job where and when it is: ways say that."""
        running = self.scenario.jobs["state"][j] == "running"
        values: dict[str, Any] = {
            "state": "waiting", "cluster": None, "pool": None, "started": NEVER, "hours_left": np.nan,
            "pin_start": NEVER, "pin_cluster": None, "pin_pool": None, "earliest_start": NEVER, "campaign": None,
        }  # fmt: skip
        if not np.isnat(self.scenario.jobs["earliest_start"][j]):  # delay counts from then
            values["earliest_start"] = self.scenario.jobs["earliest_start"][j]
        if running:
            values |= {
                "memory_gb": 0.0, "sync_gbps": 0.0, "max_rtt_ms": np.nan, "max_contact_gap_hours": np.nan,
                "residency": (), "dataset": None, "dataset_tb": 0.0,
            }  # fmt: skip
        return values

    def _fate(self, each: Units, clusters: set[str]) -> dict[str, Any]:
        """Whether what is left must run, and by when."""
        jobs, j = self.scenario.jobs, each.job
        values: dict[str, Any] = {}
        deadline = float(self.grid.hours_of(jobs["deadline"][j]))
        stays = each.runs and not clusters & self.stalled
        if deadline < self.grid.edges[self.k] + each.left + (0.0 if stays else self._restart(clusters)) - 1e-9:
            values["deadline"] = NEVER
            self.late += 1
        if stays:
            return values | {"must_run": True, "reject_usd": np.nan}
        if not jobs["must_run"][j] and np.isnan(jobs["reject_usd"][j]):
            values["reject_usd"] = float(self.reject[j])
        return values

    def _in_order(self, of: Mapping[int, list[Row]], more: Table) -> None:
        """Jobs wait for all rows of those that come before them."""
        index = {name: j for j, name in enumerate(self.job_names)}
        after = [*self.scenario.jobs["after"].tolist(), *more["after"].tolist()]
        for row in self.rows:
            names = after[row.source] or ()
            if row.kind == "history":
                row.values["after"] = ()
            elif names:
                found = [
                    [each.name for each in of.get(index[str(name)], [])] if str(name) in index else [str(name)]
                    for name in names
                ]
                row.values["after"] = tuple(name for names in found for name in names)

    def _not_before_now(self, more: Table) -> None:
        """Jobs that wait and have no ways of their own start from slot k on."""
        now, jobs = self.moment(self.k), self.scenario.jobs
        for row in self.rows:
            if row.kind not in ("waiting", "new"):
                continue
            table, n = (jobs, row.source) if row.source < len(jobs) else (more, row.source - len(jobs))
            pin, earliest = table["pin_start"][n], table["earliest_start"][n]
            earliest = table["submitted"][n] if np.isnat(earliest) else earliest
            if table["deadline"][n] <= now:
                row.values |= self.nowhere()
                continue
            if not np.isnat(pin) and pin < now:
                row.values["pin_start"] = NEVER
            if np.isnat(earliest) or earliest < now:
                row.values["earliest_start"] = now

    def nowhere(self) -> dict[str, Any]:
        """It is too late for it."""
        return {
            "clusters": (), "not_clusters": tuple(cluster.name for cluster in self.scenario.clusters),
            "pin_cluster": None, "pin_pool": None, "pin_start": NEVER,
        }  # fmt: skip

    def _restart(self, clusters: set[str]) -> float:
        """Hours until work goes on."""
        return max((each.restart_minutes for each in self.scenario.clusters if each.name in clusters), default=0.0) / 60

    def asks_ways(self, number: int) -> bool:
        """Whether a row needs ways of its own."""
        row = self.rows[number]
        if row.kind == "running":
            return True
        if row.kind != "waiting":
            return False
        late = "earliest_start" in row.values and self.scenario.jobs["delay_usd_per_hour"][row.source] > 0
        return late or (self.change_usd > 0 and number in self.planned_name)

    def waiting(self, number: int, found: Sequence[Way]) -> tuple[Way, ...]:
        """Ways of a job that waits: as planned, and all others at the price of a change."""
        now, row, ways = self.moment(self.k), self.rows[number], []
        known = self.planned_name.get(number)
        for way in found:
            changed_usd = self.change_usd if known is not None else 0.0
            earliest = now if np.isnat(way.earliest) else max(now, way.earliest)
            ways.append(_dearer(replace(way, earliest=earliest), changed_usd))
            if way.name == known and self.change_usd > 0 and row.planned is not None:
                begin = self.moment(row.planned[1])
                ways.append(replace(way, name=f"{way.name} as planned", earliest=begin, latest=begin))
        return tuple(ways)

    def running(self, number: int, found: Sequence[Way]) -> tuple[Way, ...]:
        """Ways of what is left of a run: it stays, goes on later, or moves."""
        row, (where, left) = self.rows[number], self.left[number]
        here, now = {part.cluster for part in where}, self.moment(self.k)
        stands = bool(here & self.stalled)
        ways: list[Way] = []
        if where and not stands:
            ways.append(Way(STAYS, where, left, now, now))
        later = now if stands else self.moment(min(self.k + 1, self.grid.slots - 1))
        if where and (stands or self.k + 1 < self.grid.slots):
            ways.append(_dearer(Way("goes on later", where, left + self._restart(here), later), self.change_usd))
        jobs, same = self.scenario.jobs, _places(where)
        resume = 0.0 if where else float(jobs["resume_hours"][row.source])
        for way in found:
            if _places(way.parts) == same:
                continue
            there = {part.cluster for part in way.parts}
            hours, usd = self._moved(row.source, here, there) if where else (0.0, 0.0)
            longer = way.hours + hours + (self._restart(there) if where else resume)
            ways.append(
                _dearer(
                    replace(way, hours=longer, earliest=now if np.isnat(way.earliest) else max(now, way.earliest)),
                    usd + (self.change_usd if where else 0.0),
                )
            )
        return tuple(ways)

    def _moved(self, j: int, here: set[str], there: set[str]) -> tuple[float, float]:
        """Hours and $ of moving a job's checkpoint and data from some clusters to others."""
        tb = float(self.scenario.jobs["checkpoint_tb"][j] + self.scenario.jobs["dataset_tb"][j])
        new = there - here
        if tb == 0 or not new:
            return 0.0, 0.0
        by_name = {cluster.name: cluster for cluster in self.scenario.clusters}
        hours = usd = 0.0
        for names, way_in in ((here, False), (new, True)):
            for name in names:
                link = by_name[name].link
                if link is not None:
                    hours = max(hours, tb / tb_per_hour(link.gbps_in if way_in else link.gbps_out))
                    usd += tb * (link.usd_per_tb_in if way_in else link.usd_per_tb_out)
        return hours, usd


def _places(parts: Sequence[Part]) -> list[tuple[str, str, int]]:
    return [(part.cluster, part.pool, part.accelerators) for part in parts]


def _dearer(way: Way, usd: float) -> Way:
    """The way at so many $ more."""
    first = replace(way.parts[0], usd=way.parts[0].usd + usd)
    return replace(way, parts=(first, *way.parts[1:]))


def _with_ways(builder: _Builder, scenario: Scenario, table: Table, values: Mapping[str, Any]) -> None:
    """Ways of the rows that need some, from those that a scenario with these jobs alone has."""
    numbers = [n for n in range(len(builder.rows)) if builder.asks_ways(n)]
    if not numbers:
        return
    rows = [replace(builder.rows[n], values={**builder.rows[n].values, "after": ()}) for n in numbers]
    options = options_table(scenario, rows)
    share = {row.name: row.hours / builder.hours[row.source] for row in rows}
    longer = options["hours"] * np.array([share[str(name)] for name in options["job"]], dtype=np.float64)
    options = replace(options, columns={**options.columns, "hours": longer})
    limits = scenario.document()["limits"]
    for limit in limits:  # these may be of jobs that are not among them, and say nothing of where one may run
        (limit.get("over") or {}).pop("jobs", None)
    alone = {**values, "limits": limits}
    free = with_tables(scenario, {"jobs": jobs_table(table, rows), "options": options}, alone)
    compiled = compile_scenario(free)
    work, legend = compiled.problem.work, compiled.legend
    first = np.searchsorted(legend.job, np.arange(len(rows)))
    for n, row in zip(numbers, first.tolist(), strict=True):
        found = []
        for o in range(*work.job_options[row : row + 2].tolist()):
            if work.option_spans[o] == work.option_spans[o + 1]:
                continue
            quoted, window = int(legend.row[o]), (NEVER, NEVER)
            if quoted >= 0:
                window = tuple(free.options[name][quoted] for name in ("earliest_start", "latest_start"))
            hours = float(work.option_work[o]) * int(free.jobs["segments"][legend.job[row]])
            found.append(Way(legend.option_name(o), parts_of(compiled, o), hours, *window))
        builder.rows[n].ways = (
            builder.running(n, found) if builder.rows[n].kind == "running" else builder.waiting(n, found)
        )
        waits = builder.rows[n].kind == "waiting"
        if not builder.rows[n].ways:
            builder.rows[n].ways = None
            builder.rows[n].values |= builder.nowhere()
        if waits:  # ways say from when on; delay counts from when it was asked for
            builder.rows[n].values.pop("earliest_start", None)

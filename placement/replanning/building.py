"""Rows of the new scenario: history, what runs, what waits, what is new."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from placement.compile import Compiled
from placement.compile.assemble import default_reject
from placement.compile.ways import planned_hours
from placement.kernels.work import Floats
from placement.plan import AS_IT_RAN, BEGUN, GOES_ON, SO_FAR, STAYS, WENT_ON
from placement.replanning.begun import LEAST_HOURS, Piece, Units
from placement.replanning.earlier import AS_PLANNED, RESUMED, Earlier, place_name
from placement.replanning.moving import moved, restart_hours
from placement.replanning.rows import NEVER, Part, Row, Way, parts_of
from placement.schema import Scenario, Table
from placement.timegrid import EDGE_TOLERANCE_HOURS, TimeGrid


def _planned(scenario: Scenario, table: Table) -> Floats:
    """(jobs,) hours that are planned with, of the scenario's jobs and of new ones."""
    hours = table["hours"].astype(np.float64).copy()
    if scenario.policy.run_time == "p90":
        hours = np.where(np.isnan(table["hours_p90"]), hours, table["hours_p90"])
    hours[: len(scenario.jobs)] = planned_hours(scenario)
    return np.asarray(hours)


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


class Builder:
    """Rows of the new scenario."""

    def __init__(
        self,
        scenario: Scenario,
        grid: TimeGrid,
        compiled: Compiled,
        table: Table,
        past: Earlier,
        k: int,
        change_usd: float,
        moves: bool,
        stalled: set[str],
    ):
        self.scenario, self.grid, self.compiled, self.k = scenario, grid, compiled, k
        self.table, self.past = table, past
        """Jobs of the scenario, and after them those that are new."""
        self.change_usd, self.moves, self.stalled = change_usd, moves, stalled
        self.hours = _planned(scenario, table)
        self.reject = default_reject(scenario)
        self.rows: list[Row] = []
        self.begun: dict[int, tuple[tuple[Part, ...], Units]] = {}
        """By number of a row that is the rest of something: where it ran, and what it had done."""
        self.planned_name: dict[int, str] = {}
        """By number of a row that waits: the way that the plan has for it."""
        self.late: list[str] = []
        """Jobs that run and can no longer meet their deadline."""
        names = [str(name) for name in scenario.jobs["job"]]
        self.names, self.job_names = _Names(names), names

    def moment(self, slot: int) -> np.datetime64:
        """When a slot begins."""
        return np.datetime64(self.grid.when(float(self.grid.edges[slot])).replace(tzinfo=None), "us")

    def add(self, units: Sequence[Units], more: Mapping[int, float]) -> None:
        """All rows: of the plan's units, of what it has no place for, and of what is new.

        `more`: hours by which the last of what units had done is to be longer, by their number.
        """
        jobs = self.scenario.jobs
        rest = jobs["count"].astype(np.int64).copy()
        of: dict[int, list[Row]] = {}
        for n, each in enumerate(units):
            rest[each.job] -= each.number
            of.setdefault(each.job, []).extend(self._of(each, more.get(n, 0.0)))
        for j in np.flatnonzero(rest > 0).tolist():
            row = Row(j, self.names.give(self.job_names[j]), int(rest[j]), float(self.hours[j]), "waiting")
            row.values = self._freely(j, 0.0)
            self.rows.append(row)
            of.setdefault(j, []).append(row)
        for n in range(len(jobs), len(self.table)):
            name = self.names.give(str(self.table["job"][n]))
            self.rows.append(Row(n, name, int(self.table["count"][n]), float(self.hours[n]), "new"))
        self._in_order(of)
        self._not_before_now()

    def _of(self, each: Units, more: float) -> list[Row]:
        """Rows of units: history, its last `more` hours longer, and what is left; returns those after which others
        may wait."""
        name, hours = self.job_names[each.job], float(self.hours[each.job])
        if not each.begun:
            row = Row(each.job, self.names.give(name), each.number, hours, "waiting")
            first = parts_of(self.compiled, each.planned.option)
            row.planned = (first[0].cluster, first[0].pool, each.planned.start)
            way = self.compiled.legend.option_name(each.planned.option).removesuffix(AS_PLANNED)
            way = place_name([first[0].cluster, first[0].pool]) if way == GOES_ON else way
            as_planned = each.planned.start >= self.k
            if as_planned:
                self.planned_name[len(self.rows)] = way
            row.values = self._freely(each.job, self.change_usd if as_planned else 0.0)
            self.rows.append(row)
            return [row]
        for n, (piece, worked) in enumerate(zip(each.done, each.work, strict=True)):
            latest = n == len(each.done) - 1
            last, did = each.ended and latest, hours * worked / each.total
            worked_at_all = piece.hours > LEAST_HOURS or not more
            held = replace(piece, hours=more + piece.hours * worked_at_all) if latest else piece
            self._history(each, name if last else f"{name} {SO_FAR}", held, did, n == 0, last)
        if each.ended:
            return [self.rows[-1]]
        way = self.compiled.legend.option_name(each.done[-1].option).removesuffix(AS_PLANNED)
        share = each.left / max(each.total - self.past.overhead.get((name, way), 0.0), each.expected)
        row = Row(each.job, self.names.give(name), each.number, hours * share, "running")
        where = parts_of(self.compiled, each.done[-1].option, quoted=False)
        row.paused = not each.runs
        row.planned = (where[0].cluster, where[0].pool, self.k if each.runs else each.upcoming)
        row.values = self._freed(each.job) | {"dataset_tb": 0.0} | self._pieces(each)
        for name in ("pin_cluster", "pin_pool"):  # what is pinned stays so
            del row.values[name]
        row.values |= self._fate(each, {part.cluster for part in where})
        self.begun[len(self.rows)] = where, each
        self.rows.append(row)
        return [row]

    def _pieces(self, each: Units) -> dict[str, Any]:
        """In what pieces the rest runs: those that were given, or still to be decided."""
        jobs = self.scenario.jobs
        pauses, segments = int(jobs["pauses"][each.job]), len(each.rest)
        if pauses and jobs["segments"][each.job] == 1:
            taken = len(each.done) - int(each.runs)
            return {"segments": 1, "segment_shares": (), "pauses": max(pauses - taken, 0)}
        rest = [each.rest[0] + self._resume(each), *each.rest[1:]]
        shares = tuple(hours / sum(rest) for hours in rest) if segments > 1 else ()
        return {"segments": segments, "segment_shares": shares, "pauses": 0}

    def _resume(self, each: Units) -> float:
        """Hours that the rest takes to begin: those of a job that is paused."""
        return 0.0 if each.runs else float(self.scenario.jobs["resume_hours"][each.job])

    def _history(self, each: Units, name: str, piece: Piece, hours: float, first: bool, last: bool) -> None:
        begin = self.moment(piece.start)
        parts = parts_of(self.compiled, piece.option, quoted=first)
        row = Row(each.job, self.names.give(name), each.number, max(hours, 1e-9), "history")
        row.goes_on = not last or SO_FAR in name
        went_on = not first or self.compiled.legend.option_name(piece.option) in BEGUN
        row.ways = (Way(WENT_ON if went_on else AS_IT_RAN, parts, piece.hours, begin, begin),)
        row.values = self._freed(each.job) | {
            "deadline": NEVER, "must_run": True, "segments": 1, "segment_shares": (), "pauses": 0, "memory_gb": 0.0,
            "sync_gbps": 0.0,
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
        if running:  # its data are there
            values |= {"dataset": None, "dataset_tb": 0.0}
        return values

    def _own(self, j: int) -> tuple[bool, float]:
        """Whether a job must run for its own sake, and what is lost of it, $, whatever an earlier plan made of it."""
        jobs, name = self.scenario.jobs, self.job_names[j]
        must, lost = bool(jobs["must_run"][j]), float(jobs["reject_usd"][j])
        if must:
            return np.isnan(lost) or name not in self.past.held, lost
        return False, float(self.reject[j]) if np.isnan(lost) else lost - self.past.change_usd.get(name, 0.0)

    def _freely(self, j: int, change_usd: float) -> dict[str, Any]:
        """Of a job that waits: what is lost of it, with the price of a change; also where it must run no more."""
        must, lost = self._own(j)
        firm, was = bool(self.scenario.jobs["must_run"][j]), self.past.change_usd.get(self.job_names[j], 0.0)
        if must or (not firm and change_usd == was == 0.0):
            return {}
        return {"must_run": False, "reject_usd": lost + change_usd}

    def _fate(self, each: Units, clusters: set[str]) -> dict[str, Any]:
        """Whether what is left must run; else what is lost is what would be lost of the whole.

        What must run because it runs keeps beside it what is lost: it may have to wait one day.
        """
        must, lost = self._own(each.job)
        if each.runs and not clusters & self.stalled:
            return {"must_run": True, "reject_usd": np.nan if must else lost}
        if self.scenario.jobs["state"][each.job] == "running":
            return {"must_run": must, "reject_usd": lost}
        return {"must_run": must, "reject_usd": lost if must else lost + self._change_usd(each)}

    def _change_usd(self, each: Units) -> float:
        """What it costs to change what is left of something; nothing where it could not be kept."""
        return self.change_usd if each.runs or each.upcoming >= self.k else 0.0

    def _in_order(self, of: Mapping[int, list[Row]]) -> None:
        """Jobs wait for all rows of those that come before them."""
        index = {name: j for j, name in enumerate(self.job_names)}
        after = self.table["after"].tolist()
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

    def _not_before_now(self) -> None:
        """Jobs that wait and have no ways of their own start from slot k on."""
        now, table = self.moment(self.k), self.table
        for row in self.rows:
            if row.kind not in ("waiting", "new"):
                continue
            n = row.source
            pin, earliest = table["pin_start"][n], table["earliest_start"][n]
            earliest = table["submitted"][n] if np.isnat(earliest) else earliest
            if table["deadline"][n] <= now:
                row.values |= {} if self.never_fits(row) else self.nowhere()
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

    def never_fits(self, row: Row) -> bool:
        """Whether a row that waits is of a job that fits nowhere at any time, and so needs no telling."""
        known = row.kind == "waiting" and row.source < len(self.scenario.jobs)
        return known and bool(self.compiled.legend.nowhere[row.source])

    def _restart(self, clusters: set[str]) -> float:
        """Hours until work goes on."""
        return restart_hours(self.scenario, clusters)

    def asks_ways(self, number: int) -> bool:
        """Whether a row needs ways of its own."""
        row = self.rows[number]
        if row.kind == "running":
            return True
        if row.kind not in ("waiting", "new"):
            return False
        late = "earliest_start" in row.values and self.table["delay_usd_per_hour"][row.source] > 0
        return late or (self.change_usd > 0 and number in self.planned_name)

    def waiting(self, number: int, found: Sequence[Way]) -> tuple[Way, ...]:
        """Ways of a job that waits: as planned, and all others at the price of a change."""
        now, row, ways = self.moment(self.k), self.rows[number], []
        known = self.planned_name.get(number)
        for way in found:
            changed_usd = self.change_usd if known is not None else 0.0
            earliest = now if np.isnat(way.earliest) else max(now, way.earliest)
            ways.append(_dearer(replace(way, earliest=earliest), changed_usd))
            if way.name == known and self.change_usd > 0 and row.planned is not None and row.planned[2] >= self.k:
                begin = self.moment(row.planned[2])
                ways.append(replace(way, name=way.name + AS_PLANNED, earliest=begin, latest=begin))
        return tuple(ways)

    def meets(self, number: int, parts: Sequence[Part], clock: Floats, deadline: float) -> bool:
        """Whether what is left of a run can end in time where it is, on these parts with this clock, (T+1,) hours."""
        where, each = self.begun[number]
        if _places(parts) != _places(where):
            return False
        here, k = {part.cluster for part in where}, self.k
        again = int(self.rows[number].values["segments"]) - 1
        left = each.left + self._resume(each) + again * float(self.scenario.jobs["resume_hours"][each.job])
        if each.runs and here & self.stalled:
            left += self._restart(here)
        if clock[k] + left > clock[-1]:
            return False
        return float(np.interp(clock[k] + left, clock, self.grid.edges)) <= deadline + EDGE_TOLERANCE_HOURS

    def running(self, number: int, found: Sequence[Way]) -> tuple[tuple[Way, ...], bool]:
        """Ways of what is left of a run: it stays, goes on later, or moves; and whether it may move.

        What is paused goes on where it was from the moment on, as planned without the price of a change.
        """
        where, each = self.begun[number]
        here, now = {part.cluster for part in where}, self.moment(self.k)
        stands = bool(here & self.stalled)
        ways: list[Way] = []
        elsewhere = False
        if each.runs and not stands:
            ways.append(Way(STAYS, where, each.left, now, now))
        later = now if stands else self.moment(min(self.k + 1, self.grid.slots - 1))
        if each.runs and (stands or self.k + 1 < self.grid.slots):
            ways.append(_dearer(Way(GOES_ON, where, each.left + self._restart(here), later), self.change_usd))
        change_usd = self._change_usd(each)
        if not each.runs:
            name = place_name((where[0].cluster, where[0].pool), RESUMED)
            again = Way(name, where, each.left + self._resume(each), now)
            if change_usd:
                begin = self.moment(each.upcoming)
                ways.append(replace(again, name=name + AS_PLANNED, earliest=begin, latest=begin))
            ways.append(_dearer(again, change_usd))
        same = _places(where)
        for way in found:
            if _places(way.parts) == same or not (stands or self.moves):
                continue
            elsewhere = True
            there = {part.cluster for part in way.parts}
            hours, usd = moved(self.scenario, each.job, here, there)
            longer = way.hours + hours + (self._restart(there) if each.runs else self._resume(each))
            earliest = now if np.isnat(way.earliest) else max(now, way.earliest)
            ways.append(_dearer(replace(way, hours=longer, earliest=earliest), usd + change_usd))
        return tuple(ways), elsewhere


def _places(parts: Sequence[Part]) -> list[tuple[str, str, int]]:
    return [(part.cluster, part.pool, part.accelerators) for part in parts]


def _dearer(way: Way, usd: float) -> Way:
    """The way at so many $ more."""
    first = replace(way.parts[0], usd=way.parts[0].usd + usd)
    return replace(way, parts=(first, *way.parts[1:]))

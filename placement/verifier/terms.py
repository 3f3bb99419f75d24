"""What terms cost: rows that match runs, and terms of packages asked anew about these runs (docs/model.md §9)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from placement.plan import BEGUN
from placement.schema import Scenario, Term, TermRow
from placement.schema.terms import KEYS
from placement.terms import OptionTable, Slots, evaluated
from placement.verifier.ledger import BOUNDARIES, Ledger
from placement.verifier.schedule import Schedule
from placement.verifier.spans import HOUR_TOLERANCE, Bools, Reals

QUOTE = "quote"
"""Terms are inside the boundaries that quotes are in."""


_Listed = dict[tuple[str, ...], dict[tuple[str, ...], list[int]]]


def category(term: Term) -> str:
    """The category of a term's dollars."""
    return f"term {term.name}"


def boundaries(scenario: Scenario) -> dict[str, frozenset[str]]:
    """Categories inside each boundary, those of the scenario's terms among them."""
    own = frozenset(category(term) for term in scenario.terms)
    return {name: inside | own if QUOTE in inside else inside for name, inside in BOUNDARIES.items()}


def pay(schedule: Schedule, ledger: Ledger) -> None:
    """All of them, each on the cluster of the part, in the slot in which it falls due."""
    terms = schedule.fleet.scenario.terms
    if not terms or not len(schedule.runs.group):
        return
    book = _Book(schedule, ledger)
    for term in terms:
        if term.rows is not None:
            book.rows(term, term.rows)
        else:
            book.asked(term)


class _Book:
    """The parts of the plan's groups as terms see them, and what they pay."""

    def __init__(self, schedule: Schedule, ledger: Ledger):
        self.schedule, self.ledger, self.grid = schedule, ledger, schedule.fleet.grid
        self.parts, self.groups = schedule.parts, schedule.groups
        self.cluster = schedule.fleet.cluster_of[self.parts.pool]
        self.table = _table(schedule)
        self.begun = self._begun()
        self.first = schedule.runs.start[schedule.runs.segment == 1]

    def _begun(self) -> Bools:
        """Shape (parts,): whether it only goes on, by a replanning, and has paid for beginning in its history."""
        names = self.groups.option[self.parts.group]
        return np.array([name in BEGUN for name in names], dtype=bool)

    def asked(self, term: Term) -> None:
        """A term of a package."""
        slots = Slots(self.grid.moments(self.grid.edges[:-1]), self.grid.slot_hours)
        ones = np.ones(self.grid.slots)
        for piece in evaluated(term, self.table, slots):
            factor = ones if piece.when is None else piece.when
            for part in np.flatnonzero(piece.usd):
                if piece.per == "run":
                    self._once(term, int(part), float(piece.usd[part]), factor)
            if piece.per == "accelerator_hour":
                self._held(term, np.flatnonzero(piece.usd), piece.usd, factor)

    def rows(self, term: Term, rows: tuple[TermRow, ...]) -> None:
        """Rows: each part looks up those that name what it has."""
        listed, open_ = _by_keys(rows), [self._open(row) for row in rows]
        alike: dict[tuple[int, ...], list[int]] = {}
        paid: set[tuple[int, int]] = set()
        for part in range(len(self.parts.group)):
            group, matching = int(self.parts.group[part]), self._matching(listed, part)
            for number in matching:
                if rows[number].usd_per_run and (group, number) not in paid:
                    self._once(term, part, rows[number].usd_per_run, open_[number])
                    paid.add((group, number))
            holding = tuple(number for number in matching if rows[number].usd_per_accelerator_hour)
            if holding:
                alike.setdefault(holding, []).append(part)
        ones = np.ones(len(self.parts.group))
        for numbers, parts in alike.items():
            factor = sum((rows[number].usd_per_accelerator_hour * open_[number] for number in numbers), np.zeros(1))
            self._held(term, np.array(parts), ones, factor)

    def _matching(self, listed: _Listed, part: int) -> list[int]:
        """Numbers of the rows that name only what a part has."""
        return [
            number
            for keys, found in listed.items()
            for number in found.get(tuple(self.table[key][part] for key in keys), ())
        ]

    def _open(self, row: TermRow) -> Reals:
        """Shape (T,): 1 in slots that begin at `from` or later and before `until`, else 0."""
        begin = self.grid.edges[:-1]
        inside = np.ones(self.grid.slots, dtype=bool)
        if row.from_ is not None:
            inside &= begin >= float(self.grid.hours_of(row.from_)) - HOUR_TOLERANCE
        if row.until is not None:
            inside &= begin < float(self.grid.hours_of(row.until)) - HOUR_TOLERANCE
        return inside.astype(np.float64)

    def _once(self, term: Term, part: int, usd: float, factor: Reals) -> None:
        """$ of a unit's part, with a factor of the slot of its start, paid by all units of the group."""
        if self.begun[part]:
            return
        group = int(self.parts.group[part])
        start, name = int(self.first[group]), self.schedule.fleet.clusters[self.cluster[part]].name
        self.ledger.pay_at(category(term), name, start, usd * float(factor[start]) * float(self.groups.count[group]))

    def _held(self, term: Term, parts: Any, usd: Reals, factor: Reals) -> None:
        """$ for each accelerator-hour that some parts hold, with a factor of each slot."""
        chosen = np.zeros(len(self.parts.group), dtype=bool)
        chosen[parts] = True
        held, runs, grid = self.schedule.held, self.schedule.runs, self.grid
        mine = np.flatnonzero(chosen[held.part])
        rate = usd[held.part[mine]] * held.accelerators[mine]
        run = held.run[mine]
        first, last, share = runs.start[run], runs.ends.last[run], runs.ends.grains[run] / grid.grains
        for index in np.unique(held.cluster[mine]):
            here = held.cluster[mine] == index
            change = np.zeros(grid.slots + 1)
            np.add.at(change, first[here], rate[here])
            np.add.at(change, last[here], -rate[here])
            whole = np.cumsum(change)[:-1]
            whole += np.bincount(last[here], rate[here] * share[here], grid.slots)
            name = self.schedule.fleet.clusters[index].name
            self.ledger.pay(category(term), name, whole * grid.slot_hours * factor)


def _by_keys(rows: tuple[TermRow, ...]) -> _Listed:
    """Numbers of rows by the keys that they give, and by the values of these."""
    found: _Listed = {}
    for number, row in enumerate(rows):
        given = {key: value for key in KEYS if (value := getattr(row, "class_" if key == "class" else key)) is not None}
        found.setdefault(tuple(given), {}).setdefault(tuple(given.values()), []).append(number)
    return found


def _table(schedule: Schedule) -> OptionTable:
    """The ways of the plan's groups as terms see them, a row for each part."""
    parts, groups, ways, fleet = schedule.parts, schedule.groups, schedule.ways, schedule.fleet
    group, job = parts.group, groups.job[parts.group]
    head = np.searchsorted(group, group, side="left")
    clusters = [fleet.clusters[index] for index in fleet.cluster_of[parts.pool]]

    def texts(values: list[Any]) -> Any:
        made = np.empty(len(values), dtype=object)
        made[:] = values
        return made

    columns: dict[str, Callable[[], Any]] = {
        "option": lambda: groups.option[group],
        "part": lambda: np.arange(len(group)) - head + 1,
        "parts": lambda: np.bincount(group)[group],
        "cluster": lambda: texts([cluster.name for cluster in clusters]),
        "country": lambda: texts([fleet.country(int(index)) for index in fleet.cluster_of[parts.pool]]),
        "orbital": lambda: np.array([cluster.orbital for cluster in clusters], dtype=bool),
        "pool": lambda: texts([str(fleet.pools[index].name) for index in parts.pool]),
        "accelerator": lambda: texts([fleet.pools[index].accelerator for index in parts.pool]),
        "accelerators": lambda: parts.accelerators,
        "hours": lambda: np.round(groups.work[group], 6),
        "kw": lambda: parts.watts / 1000,
    }

    def of_job(name: str) -> Callable[[], Any]:
        return lambda: ways.jobs[name][job]

    return OptionTable(
        len(group), {name: of_job(name) for name in ("job", "class", "team", "priority", "tags")} | columns
    )

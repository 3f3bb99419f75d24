"""The list that checks write to, with what they all need at hand."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from placement.catalog import catalog
from placement.loader.problems import Problems
from placement.loader.wording import amount, did_you_mean, number_in
from placement.schema import Scenario, SeriesSpec, Table
from placement.schema.fields import LARGEST
from placement.series import SeriesError, catalog_key, on_ticks
from placement.timegrid import TimeGrid
from placement.tree import Steps, Tree

DEFINE_SERIES = "Define it under `series:`, or see `placement catalog series`."

SECTIONS = {
    "cluster": "clusters",
    "pool": "clusters",
    "plane": "clusters",
    "job": "jobs",
    "data set": "datasets",
    "vehicle": "vehicles",
    "priority": "policy",
    "class": "throughput",
    "series": "series",
}
"""Where things stand that others refer to, by the words for them."""

UNITS = {"energy_price": "usd_per_mwh", "price": "usd_per_mwh", "carbon_g_per_kwh": "g_per_kwh"}
"""Fields that series of the catalogue are for."""

MAX_PER_COLUMN = 20
"""Rows that are complained of one by one for the same column."""


class Complaints:
    """Problems found so far in a scenario, and the means to word and place them."""

    def __init__(self, scenario: Scenario, tree: Tree, grid: TimeGrid, problems: Problems):
        self.scenario, self.tree, self.grid, self.problems = scenario, tree, grid, problems
        self.dangling: set[str] = set()
        """Names of own series that go back to nothing, and of which that was said."""
        self._rows: dict[tuple[str, str], list[str]] = {}
        self._campaigns: set[tuple[str, str, str]] = set()
        """Campaign, column and fact of what was said of a job of theirs."""

    def at(self, path: Steps, fact: str, remedy: str, *, alone: bool = False) -> None:
        """Complain about what stands at a path of the document.

        With `alone` it is wrong whatever else stands in its record.
        """
        covered = self.problems.covers_value(path) if alone else self.problems.covers(path)
        if not covered:
            self.problems.add(self.tree.place(path), fact, remedy)

    def row(
        self,
        table: Table,
        row: int,
        column: str,
        fact: str,
        remedy: str | Callable[[], str],
        *,
        alone: bool = False,
    ) -> None:
        """Complain about a cell of a table; after some of the same column they are only counted.

        A remedy that takes time to find is given as a function. With `alone` the cell is wrong whatever else stands
        in its row.
        """
        source, whole = table.source(row), table.place(row, "")
        cell = self.problems.covers_cell(source, whole, column)
        if cell or (not alone and self.problems.covers_row(source, whole)):
            return
        if "campaign" in table.columns and (campaign := table["campaign"][row]) is not None:
            said = (str(campaign), column, fact.replace(f"job '{table['job'][row]}'", ""))
            if said in self._campaigns:
                return
            self._campaigns.add(said)
        if self.problems.covers_cell(source, whole, "job"):  # what stands there is a stand-in
            fact = fact.replace(f"job '{table['job'][row]}'", "the job")
        place = table.place(row, column)
        rows = self._rows.setdefault((place.partition(":")[0], column), [])
        rows.append(place)
        if len(rows) <= MAX_PER_COLUMN:
            self.problems.add(place, fact, remedy if isinstance(remedy, str) else remedy())

    def finish(self) -> None:
        """Say how many rows were only counted."""
        for (_, column), places in self._rows.items():
            more = len(places) - MAX_PER_COLUMN
            if more > 0:
                fact = f"here and in {more - 1:,} more rows there is something wrong with {column}."
                self.problems.add(places[MAX_PER_COLUMN], fact, "Correct the rows above first.")

    def unique(self, names: Iterable[tuple[Any, Steps]], what: str) -> None:
        """Complain about names that stand twice."""
        seen: dict[Any, Steps] = {}
        for name, path in names:
            if name in seen:
                self.at(path, f"there are two {what} named '{name}'.", "Give each its own name.", alone=True)
            seen.setdefault(name, path)

    def known(self, name: str, names: Iterable[str], what: str, path: Steps, of: str = "") -> bool:
        """Whether a name is among the known ones; complain if not: there is no WHAT 'NAME' OF."""
        names = list(names)
        if name in names:
            return True
        if self.complete(what):
            self.at(path, f"there is no {what} '{name}'{of}.", did_you_mean(name, names, "Check the name."), alone=True)
        return False

    def complete(self, what: str) -> bool:
        """Whether all of some kind of thing could be read, so that one which is not there is indeed missing."""
        section = next((section for word, section in SECTIONS.items() if what.startswith(word)), "")
        return section not in self.problems.incomplete

    def series(
        self, value: float | SeriesSpec | None, path: Steps, low: float | None = None, high: float = LARGEST
    ) -> None:
        """Complain if a series does not cover the horizon or leaves its bounds."""
        if value is None or (isinstance(value, SeriesSpec) and not self.resolves(value, path)):
            return
        if isinstance(value, SeriesSpec) and "horizon" in self.problems.incomplete:
            return
        name = _field(path)
        if isinstance(value, SeriesSpec) and self._of_another_unit(value, path):
            return
        try:
            numbers = on_ticks(value, self.grid, self.scenario)
        except SeriesError as error:
            self.at(path, f"{name}: {error.fact}", error.remedy, alone=True)
            return
        except KeyError:
            return  # its file has been complained of
        low = -high if low is None else low
        wrong = ~((numbers >= low) & (numbers <= high))
        if wrong.any():
            tick = int(np.flatnonzero(wrong)[0])
            where = self._when(tick) if isinstance(value, SeriesSpec) else ""
            number = float(numbers[tick])
            percent = high == 1 and 1 < number <= 100
            remedy = "If these are percent, divide by 100 (`scale: 0.01`)." if percent else "Correct the numbers."
            bound = f"at least {amount(low)}" if number < low else f"at most {amount(high)}"
            self.at(path, f"{name} is {amount(number)}{where}, but must be {bound}.", remedy, alone=True)

    def _of_another_unit(self, spec: SeriesSpec, path: Steps) -> bool:
        """Whether a series of the catalogue stands, unscaled, where its unit makes no sense; complain if so."""
        steps = [spec]
        while steps[-1].series in self.scenario.series:
            steps.append(self.scenario.series[str(steps[-1].series)])
        name = steps[-1].series
        if name is None or any(step.scale != 1.0 for step in steps):
            return False
        index, wanted = catalog().series_index, UNITS.get(_field(path))
        unit = str(index[name]["unit"])
        if unit == wanted:
            return False
        like = [key for key, entry in index.items() if entry["unit"] == wanted]
        remedy = (
            did_you_mean(name, like, f"Take one in {wanted}: `placement catalog series`.") if like else "Write numbers."
        )
        self.at(path, f"{_field(path)} is the series '{name}', which is in {unit}.", remedy, alone=True)
        return True

    def _when(self, tick: int) -> str:
        slot = int(self.grid.tick_slot[tick])
        return f" in slot {slot + 1} ({self.grid.when(float(self.grid.edges[slot])):%Y-%m-%dT%H:%MZ})"

    def resolves(self, spec: SeriesSpec, path: Steps) -> bool:
        """Whether the names that a series goes back to are there; complain if not, unless that was done."""
        name = spec.series
        while name in self.scenario.series:
            if name in self.dangling:
                return False
            name = self.scenario.series[name].series
        return name is None or self.in_catalogue(name, path)

    def in_catalogue(self, name: str, path: Steps) -> bool:
        """Whether the catalogue has a series; complain if not."""
        if catalog_key(name) in self.scenario.traces:
            return True
        number = number_in(name)
        remedy = did_you_mean(name, [*self.scenario.series, *catalog().series_index], DEFINE_SERIES)
        remedy = remedy if number is None else f"If a number is meant, write {number:g} without quotes."
        if self.complete("series"):
            self.at(path, f"{_field(path)}: there is no series '{name}'.", remedy, alone=True)
        return False


def _field(path: Steps) -> str:
    """Name of the field that a path leads to."""
    return str(next((step for step in reversed(path) if isinstance(step, str)), "series"))

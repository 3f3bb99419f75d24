"""The list that checks write to, with what they all need at hand."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np

from placement.errors import Problem
from placement.loader.wording import did_you_mean, shown
from placement.schema import Scenario, SeriesSpec, Table
from placement.series import SeriesError, on_ticks
from placement.timegrid import TimeGrid
from placement.tree import Steps, Tree

MAX_PER_KIND = 20


class Complaints:
    """Problems found so far in a scenario, and the means to word and place them."""

    def __init__(self, scenario: Scenario, tree: Tree, grid: TimeGrid):
        self.scenario, self.tree, self.grid = scenario, tree, grid
        self.problems: list[Problem] = []
        self._counts: Counter[tuple[str, str]] = Counter()

    def at(self, path: Steps, fact: str, remedy: str) -> None:
        """Complain about what stands at a path of the document."""
        self.problems.append(Problem(self.tree.place(path), fact, remedy))

    def row(self, table: Table, row: int, column: str, fact: str, remedy: str) -> None:
        """Complain about a cell of a table; after some of the same column only once more."""
        source = table.place(row, "").partition(":")[0]
        self._counts[source, column] += 1
        count = self._counts[source, column]
        if count <= MAX_PER_KIND:
            self.problems.append(Problem(table.place(row, column), fact, remedy))
        elif count == MAX_PER_KIND + 1:
            self.problems.append(Problem(table.place(row, column), f"and more of {column} from here on.", ""))

    def unique(self, names: Iterable[tuple[Any, Steps]], what: str) -> None:
        """Complain about names that stand twice."""
        seen: dict[Any, Steps] = {}
        for name, path in names:
            if name in seen:
                self.at(path, f"there are two {what} named '{name}'.", "Give each its own name.")
            seen.setdefault(name, path)

    def known(self, name: str, names: Iterable[str], what: str, path: Steps) -> bool:
        """Whether a name is among the known ones; complain if not."""
        names = list(names)
        if name in names:
            return True
        self.at(path, f"there is no {what} '{name}'.", did_you_mean(name, names, "Check the name."))
        return False

    def series(
        self, value: float | SeriesSpec | None, path: Steps, low: float | None = None, high: float | None = None
    ) -> None:
        """Complain if a series does not cover the horizon or leaves its bounds."""
        if value is None:
            return
        name = str(next((step for step in reversed(path) if isinstance(step, str)), "series"))
        try:
            numbers = on_ticks(value, self.grid, self.scenario)
        except SeriesError as error:
            self.at(path, f"{name}: {error.fact}", error.remedy)
            return
        except KeyError:
            return  # its file has been complained of
        where = ""
        for bad, words in (
            (~np.isfinite(numbers), "be a number that can be used"),
            (np.zeros(0, bool) if low is None else numbers < low, f"be at least {low}"),
            (np.zeros(0, bool) if high is None else numbers > high, f"be at most {high}"),
        ):
            if bad.any():
                tick = int(np.flatnonzero(bad)[0])
                if isinstance(value, SeriesSpec):
                    where = f" in slot {int(self.grid.tick_slot[tick]) + 1}"
                remedy = "If these are percent, divide by 100 (`scale: 0.01`)." if high == 1 else "Mend the numbers."
                self.at(path, f"{name} is {shown(float(numbers[tick]))}{where}, but must {words}.", remedy)
                return

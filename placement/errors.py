"""Everything that this package raises on purpose.

`PlacementError` is the root. Its text is one fact with its values, then the remedy, and is meant to be
shown to the user as it stands.
"""

from collections.abc import Iterable
from dataclasses import dataclass


class PlacementError(Exception):
    """Root of all errors that are raised on purpose."""


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong with an input, where it stands, and what to do about it."""

    place: str
    """`file:line`, `file: row 17, column hours`, or a dotted path such as `clusters.abilene.pue`."""
    fact: str
    """What is wrong, with the value."""
    remedy: str
    """What to do."""

    def __str__(self) -> str:
        return f"{self.place}: {self.fact} {self.remedy}".rstrip()


class ScenarioError(PlacementError):
    """The scenario cannot be used. `problems` lists everything that is wrong, in file order."""

    def __init__(self, problems: Iterable[Problem]):
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class PlanError(PlacementError):
    """A plan, or the folder that holds one, cannot be used, or breaks a rule of its scenario."""


class DeviceError(PlacementError):
    """The asked-for device or back end is not there or failed."""


class VersionError(PlacementError):
    """A file was written in a format that this version does not read."""


class SolverError(PlacementError):
    """The solver ended in a way that proves nothing and has no plan, for a reason of its own."""

"""An input of a scenario, or several together, at one value after another.

A value stands at every path, or, as a factor, multiplies what stands there: a number, or each number of a series or of
a list. Where whole numbers stand, whole numbers are put.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from placement.errors import PlacementError
from placement.loader.change import changed
from placement.loader.wording import shown
from placement.schema import Scenario
from placement.tree import standing

SOURCES = ("series", "values", "file", "points")
"""What a series has one of."""


@dataclass(frozen=True)
class Varied:
    """A scenario with inputs that are turned together; made by `varied`."""

    scenario: Scenario
    paths: tuple[str, ...]
    factor: bool
    standing: tuple[Any, ...]
    """What stands at each path, as in a file; None: nothing does."""

    @property
    def whole(self) -> bool:
        """Whether only whole numbers can be put."""
        return not self.factor and any(map(_is_whole, self.standing))

    @property
    def base(self) -> float:
        """The value at which the scenario is as it stands: of a factor 1, else the number at every path.

        Raises
        ------
        PlacementError
            If a path leads nowhere, no number stands there, or not the same at all paths.
        """
        if self.factor:
            return 1.0
        numbers = []
        for path, there in zip(self.paths, self.standing, strict=True):
            if there is None:
                self.scenario.replace(path, 1.0)
            if not isinstance(there, int | float) or isinstance(there, bool):
                raise PlacementError(_no_base(path, there))
            numbers.append(there)
        if len(set(numbers)) > 1:
            fact = f"{self.words} stand at {', '.join(f'{number:g}' for number in numbers)}, which is not one base."
            raise PlacementError(f"{fact} Turn a factor on them: --factor {'+'.join(self.paths)}=LOW:HIGH.")
        return float(numbers[0])

    @property
    def words(self) -> str:
        """What is turned, in words."""
        names = list(self.paths)
        listed = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
        return f"the factor on {listed}" if self.factor else listed

    def at(self, value: float) -> Scenario:
        """The scenario with a value at every path.

        Raises
        ------
        ScenarioError
            If that is no valid scenario.
        """
        return changed(self.scenario, self.values(value))

    def values(self, value: float) -> dict[str, Any]:
        """What stands at each path then, as in a file."""
        pairs = zip(self.paths, self.standing, strict=True)
        return {path: _times(there, value) if self.factor else self._put(value) for path, there in pairs}

    def _put(self, value: float) -> float | int:
        return round(value) if self.whole else value


def varied(scenario: Scenario, paths: Sequence[str], factor: bool = False) -> Varied:
    """Inputs to be turned together, checked.

    Raises
    ------
    PlacementError
        If none is named or one twice, or if a factor has nothing to multiply.
    ScenarioError
        If a path leads nowhere.
    """
    if not paths:
        raise PlacementError("no input is named that is to vary. Give a dotted path, such as policy.carbon_usd_per_t.")
    for path in paths:
        if list(paths).count(path) > 1:
            raise PlacementError(f"{path} is named twice. Name each input once.")
    document = scenario.document()
    stands = tuple(standing(document, path) for path in paths)
    if factor:
        for path, there in zip(paths, stands, strict=True):
            _check_factor(scenario, path, there)
    return Varied(scenario, tuple(paths), factor, stands)


def _no_base(path: str, there: Any) -> str:
    """Why a path has no base, and what to do."""
    if there is None:
        return f"{path}: nothing stands there, so there is no base. Write a value into the scenario."
    if _is_series(there) or _is_whole(there):
        what = "a series" if _is_series(there) else "a list of numbers"
        return f"{path} is {what}, so there is no base. Turn a factor on it: --factor {path}=LOW:HIGH."
    return f"{path} is {shown(there)}, so there is no base. Name a number, or a series with --factor."


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _check_factor(scenario: Scenario, path: str, there: Any) -> None:
    if there is None:
        scenario.replace(path, 1.0)
        raise PlacementError(f"{path}: nothing stands there that a factor could multiply. Vary its value instead.")
    if not (_is_number(there) or _is_whole(there) or _is_series(there)):
        fact = f"{path} is {shown(there)}, which a factor cannot multiply."
        raise PlacementError(f"{fact} Name a number or a series.")


def _is_number(there: Any) -> bool:
    return isinstance(there, int | float) and not isinstance(there, bool)


def _is_whole(there: Any) -> bool:
    """Whether a whole number stands there, or a list of them, one per period."""
    if isinstance(there, list):
        return bool(there) and all(isinstance(each, int) and _is_whole(each) for each in there)
    return isinstance(there, int) and not isinstance(there, bool)


def _is_series(there: Any) -> bool:
    return any(key in _mapping(there) for key in SOURCES)


def _times(there: Any, factor: float) -> Any:
    """A number or a series multiplied; whole numbers stay whole."""
    if isinstance(there, list):
        return [_times(each, factor) for each in there]
    if _is_whole(there):
        return round(there * factor)
    if _is_number(there):
        return there * factor
    return {**there, **{key: there.get(key, each) * factor for key, each in (("scale", 1.0), ("add", 0.0))}}

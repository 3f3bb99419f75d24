"""Dollars of one year in dollars of another, by a price index."""

import functools
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from placement.errors import PlacementError
from placement.tree import parse

FILE = "deflators.yaml"


class PriceYearError(PlacementError):
    """A year for which a price index has no level. `fact` and `remedy` go into the message with the place."""

    def __init__(self, fact: str, remedy: str):
        self.fact, self.remedy = fact, remedy
        super().__init__(f"{fact} {remedy}")


@dataclass(frozen=True)
class PriceIndex:
    """Mean level of prices in each year, any unit; only ratios count."""

    name: str
    levels: dict[int, float]
    """By year, without gaps."""
    growth: float
    """Share by which the level grows in each year after the last: an assumption."""
    until: int
    """Last year up to which it may be carried on."""

    def level(self, year: int) -> float:
        """Level in a year, measured, or carried on from the last one as level · (1 + growth)^years.

        Raises
        ------
        PriceYearError
            If the year is before the first or after `until`.
        """
        if year in self.levels:
            return self.levels[year]
        first, last = min(self.levels), max(self.levels)
        if not first <= year <= self.until:
            fact = f"the price index {self.name} goes from {first} to {self.until}, and the price year is {year}."
            raise PriceYearError(fact, "Give the value in dollars of a year in between.")
        return self.levels[last] * float((1 + self.growth) ** (year - last))


def deflate(value: float, from_year: int, to_year: int, index: str = "cpi-u") -> float:
    """An amount in dollars of `from_year`, in dollars of `to_year`: value · level(to)/level(from).

    Parameters
    ----------
    value : float
        $ of `from_year`, or $ per anything.
    from_year, to_year : int
        Years whose mean price level counts.
    index : str
        `cpi-u` (consumer prices, Bureau of Labor Statistics) or `gdp` (implicit deflator of the gross domestic
        product, Bureau of Economic Analysis): `data/deflators.yaml`.

    Raises
    ------
    PriceYearError
        If the index has no level for one of the years. KeyError if there is no such index.

    Examples
    --------
    >>> round(deflate(100.0, 2015, 2024), 2)
    132.35
    """
    prices = price_index(index)
    to_level, from_level = prices.level(to_year), prices.level(from_year)
    return value if from_year == to_year else value * (to_level / from_level)


def price_index(name: str) -> PriceIndex:
    """The index of a name; KeyError if there is none."""
    return price_indices()[name]


@functools.cache
def price_indices() -> dict[str, PriceIndex]:
    """All indices of `data/deflators.yaml`, by name."""
    text = files("placement.data").joinpath(FILE).read_text(encoding="utf-8")
    return {name: _index(name, entry) for name, entry in parse(text, f"placement/data/{FILE}").value.items()}


def _index(name: str, entry: dict[str, Any]) -> PriceIndex:
    levels = {int(year): float(sourced["value"]) for year, sourced in entry["levels"].items()}
    return PriceIndex(name, levels, float(entry["growth_per_year"]["value"]), int(entry["until"]["value"]))

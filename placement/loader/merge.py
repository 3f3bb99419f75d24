"""Catalogue entries under what the user wrote, and `{value, low, high}` down to one number, in dollars of one year."""

import copy
from collections.abc import Callable
from typing import Any

from pydantic import ValidationError

from placement.catalog import Catalog, catalog
from placement.deflator import PriceYearError, deflate
from placement.loader.problems import Problems
from placement.loader.wording import SOURCED_KEYS, did_you_mean, shown
from placement.overlay import overlay
from placement.schema import Money
from placement.schema.policy import DEFAULT_PRICE_YEAR, DEFAULT_REJECT_USD, DEFAULT_TERMINAL_USD
from placement.tree import Steps, Tree

Wrong = Callable[[Steps, str, str], None]
"""Is told the path, the fact and the remedy of what is wrong."""

INSTEAD = (("flights_per_period", "flights_per_year"), ("usd_per_kg", "usd_per_flight"))
"""What a vehicle's own key takes away of its catalogue entry."""

MONEY = {"series": ("",), "limits": ("max", "min")}
"""Sections with dollars under keys (that begin so) which do not say it; elsewhere `usd` or `price` is in the key."""


def take_values(value: Any, use: str, money: Money | None = None, wrong: Wrong | None = None, path: Steps = ()) -> Any:
    """The same document with every `{value, low, high, ...}` replaced by the number that `use` selects.

    `low` and `high` fall back to `value` where they are not given. A number with a `price_year` is money; with `money`
    it is turned into dollars of its price year, and what cannot be is told to `wrong`, or raised as PriceYearError.
    """
    if isinstance(value, dict):
        if "value" in value and set(value) <= SOURCED_KEYS:
            return _taken(value, use, money, wrong, path)
        return {key: take_values(inner, use, money, wrong, (*path, key)) for key, inner in value.items()}
    if isinstance(value, list):
        if set(map(type, value)) == {float}:
            return list(value)
        return [take_values(inner, use, money, wrong, (*path, index)) for index, inner in enumerate(value)]
    return value


def _taken(sourced: dict[str, Any], use: str, money: Money | None, wrong: Wrong | None, path: Steps) -> Any:
    number = sourced.get(use, sourced["value"]) if use != "base" else sourced["value"]
    if wrong is not None:
        _check_range(sourced, wrong, path)
    if money is None or "price_year" not in sourced:
        return number
    if wrong is not None and not _is_money(path):
        fact = f"price_year is {shown(sourced['price_year'])}, and this is no money."
        wrong((*path, "price_year"), fact, "Leave price_year out.")
        return number
    try:
        return in_dollars(number, sourced["price_year"], money)
    except PriceYearError as error:
        if wrong is None:
            raise
        wrong((*path, "price_year"), error.fact, error.remedy)
        return number


def _is_money(path: Steps) -> bool:
    """Whether what stands at a path of the document can be dollars."""
    section, *keys = [step for step in path if isinstance(step, str)]
    return any("usd" in key or key.endswith("price") or key.startswith(MONEY.get(section, ())) for key in keys)


def _check_range(sourced: dict[str, Any], wrong: Wrong, path: Steps) -> None:
    """Tell `wrong` if a number lies outside of its own range."""
    number, low, high = (_plain_number(sourced.get(key)) for key in ("value", "low", "high"))
    if number is None:
        return
    if low is not None and low > number:
        wrong((*path, "low"), f"low is {low:g}, above the value, {number:g}.", "Give low <= value <= high.")
    if high is not None and high < number:
        wrong((*path, "high"), f"high is {high:g}, below the value, {number:g}.", "Give low <= value <= high.")


def _plain_number(value: Any) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def in_dollars(value: Any, year: Any, money: Money) -> Any:
    """A number of the dollars of a year, or a list of them, in dollars of the scenario's price year.

    The name of a series of the catalogue stays: its numbers are converted by the year that is stated with them.

    Raises
    ------
    PriceYearError
        If the year is none, is outside of the price index, or the value is not numbers.
    """
    if isinstance(year, bool) or not isinstance(year, int):
        raise PriceYearError(f"price_year is {shown(year)}, but must be a whole number.", "Write a year, such as 2024.")
    if isinstance(value, list):
        return [in_dollars(inner, year, money) for inner in value]
    if isinstance(value, str) and value in catalog().series_index:
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        fact = f"price_year is {year}, and the value is {shown(value)}: only numbers are converted."
        raise PriceYearError(fact, "Give numbers, or leave price_year out and use the `scale` of a series.")
    return deflate(value, year, money.price_year, money.price_index)


def money_of(document: dict[str, Any], use: str) -> Money:
    """The money section of a document, or that of a document without one where it is missing or wrong."""
    try:
        return Money.model_validate(take_values(document.get("money", {}), use))
    except ValidationError:
        return Money()


def with_prices(document: dict[str, Any], money: Money) -> dict[str, Any]:
    """The document with the prices of `policy` that it leaves out, in dollars of its year."""
    policy = document.get("policy", {})
    if money.price_year == DEFAULT_PRICE_YEAR or not isinstance(policy, dict):
        return document
    prices = {
        "reject_usd_per_accelerator_hour": DEFAULT_REJECT_USD,
        "terminal_usd_per_accelerator_hour": DEFAULT_TERMINAL_USD,
    }
    defaults = {key: in_dollars(usd, DEFAULT_PRICE_YEAR, money) for key, usd in prices.items()}
    return {**document, "policy": {**defaults, **policy}}


def planned(entry: dict[str, Any], use: str, money: Money | None = None) -> dict[str, Any]:
    """What planning takes from a catalogue entry: everything but its `facts`, as plain values."""
    kept = {key: copy.deepcopy(value) for key, value in entry.items() if key != "facts"}
    taken: dict[str, Any] = take_values(kept, use, money)
    return taken


def merge_entries(
    rows: Any, section: str, catalog: Catalog, use: str, money: Money, tree: Tree, problems: Problems
) -> Any:
    """Rows of a section (`clusters`, `vehicles`) with their catalogue entries (`from`) filled in, and names."""
    if not isinstance(rows, list):
        return rows
    entries = catalog.section(section)
    merged = []
    for index, row in enumerate(rows):
        path: Steps = (section, index)
        name = row.get("from") if isinstance(row, dict) else None
        if not isinstance(name, str):
            if name is not None:
                problems.cover(path, (*path, "from"))
            merged.append(row)
        elif name in entries:
            below = planned(entries[name], use, money)
            for own, other in INSTEAD if section == "vehicles" else ():
                if row.get(own) is not None:
                    below.pop(other, None)
            merged.append({"name": name, **overlay(below, row)})
        else:
            remedy = did_you_mean(name, entries, f"See `placement catalog {section}`.")
            problems.add(tree.place((*path, "from")), f"the catalogue has no {section[:-1]} '{name}'.", remedy)
            problems.cover(path, (*path, "from"))
            problems.incomplete.add(section)
            merged.append({"name": name, **row})
    return merged

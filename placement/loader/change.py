"""A scenario with values or tables changed, checked anew."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from placement.errors import Problem, ScenarioError
from placement.loader.derive import OF_SATELLITES
from placement.loader.load import TABLES, assemble
from placement.loader.plain import plain
from placement.loader.problems import Problems
from placement.loader.wording import did_you_mean, shown
from placement.schema import Money, Scenario, Table
from placement.tree import Tree

NAME_KEYS = ("name", "kind", "category")


def replace(scenario: Scenario, path: str, value: Any) -> Scenario:
    """The scenario with the value at a dotted path changed; see `Scenario.replace`."""
    return changed(scenario, {path: value})


def changed(scenario: Scenario, values: Mapping[str, Any]) -> Scenario:
    """The scenario with the values at dotted paths changed, one after the other.

    Raises
    ------
    ScenarioError
        As `Scenario.replace`.
    """
    return with_tables(scenario, {}, values)


def with_tables(
    scenario: Scenario, tables: Mapping[str, Table], values: Mapping[str, Any], *, fresh: bool = True
) -> Scenario:
    """The scenario with other tables in the place of some of its own, and the values at dotted paths changed.

    Without `fresh` jobs of campaigns and measured round trips stay as they are, and are not made anew.

    Raises
    ------
    ScenarioError
        As `Scenario.replace`.
    """
    document = scenario.document()
    if fresh:
        document["round_trips"] = [trip for trip in document["round_trips"] if not trip["catalogue"]]
    for path, value in values.items():
        _put(document, path, value)
    made = assemble(
        Tree(document, "scenario"),
        {**{name: getattr(scenario, name) for name in TABLES}, **tables},
        Path(),
        resolved=True,
        fresh=fresh,
        traces=scenario.traces,
        catalog_version=scenario.catalog_version,
    )
    _check_dollars(scenario.money, made.money, "money")
    return made


def _put(document: dict[str, Any], path: str, value: Any) -> None:
    """Put a value at a dotted path."""
    problems = Problems()
    value = plain(value, problems, path)
    if problems:
        raise ScenarioError(problems)
    steps = path.split(".")
    if steps[0] in TABLES:
        fact = f"{steps[0]} are a table, which a path does not reach into."
        raise ScenarioError([Problem(path, fact, "Make a new scenario with `tables={...}`.")])
    target: Any = document
    for position, step in enumerate(steps[:-1]):
        _forget_sum(target, step)
        target = _inner(target, step, ".".join(steps[: position + 1]))
    last = steps[-1]
    _refuse_derived(target, last, steps)
    _forget_sum(target, last)
    if isinstance(target, list):
        target[_index(target, last, path)] = value
    elif isinstance(target, dict):
        target[last] = value
    else:
        fact = f"'{'.'.join(steps[:-1])}' is {shown(target)}, a single value with nothing inside."
        raise ScenarioError([Problem(path, fact, "Check the path.")])


def _refuse_derived(target: Any, last: str, steps: list[str]) -> None:
    """Raise ScenarioError for what a module has from the satellites that it consists of: it would not stay."""
    if last not in OF_SATELLITES or len(steps) < 4 or steps[2] != "modules" or not isinstance(target, dict):
        return
    if target.get("satellites"):
        own = {"mass_kg": "mass.total_kg", "power_loss_per_year": "array"}.get(last, last)
        fact = f"{last} of a module of satellites is that of its satellites."
        remedy = f"Change clusters.{steps[1]}.satellites.{own} instead."
        raise ScenarioError([Problem(".".join(steps), fact, remedy)])


def _check_dollars(old: Money, new: Money, path: str) -> None:
    """Raise ScenarioError if prices that were converted already would get another label."""
    for key in ("price_year", "price_index"):
        was, will = getattr(old, key), getattr(new, key)
        if was != will:
            fact = f"{key} would be {will}, and all prices have been converted with {was} already."
            raise ScenarioError([Problem(f"{path}.{key}", fact, "Change it in the file, and load that again.")])


def _forget_sum(target: Any, step: str) -> None:
    """Drop the number of a pool of which a block is to be changed: it is their sum."""
    if step == "blocks" and isinstance(target, dict):
        target.pop("number", None)


def _index(items: list[Any], step: str, path: str) -> int:
    names = [
        str(next((item[key] for key in NAME_KEYS if isinstance(item, dict) and key in item), i))
        for i, item in enumerate(items)
    ]
    if step in names:
        return names.index(step)
    if step.isdecimal() and int(step) < len(items):
        return int(step)
    raise ScenarioError([Problem(path, f"there is no '{step}' here.", did_you_mean(step, names))])


def _inner(target: Any, step: str, path: str) -> Any:
    """What stands one step further; a mapping that is not there is made."""
    if isinstance(target, list):
        return target[_index(target, step, path)]
    if not isinstance(target, dict):
        raise ScenarioError([Problem(path, f"'{step}' would stand inside {shown(target)}.", "Check the path.")])
    return target.setdefault(step, {})

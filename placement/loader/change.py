"""A scenario with one value changed, checked anew."""

from typing import Any

from placement.errors import Problem, ScenarioError
from placement.loader.load import assemble
from placement.loader.wording import did_you_mean
from placement.schema import Scenario
from placement.tree import Tree

NAME_KEYS = ("name", "kind", "category")


def replace(scenario: Scenario, path: str, value: Any) -> Scenario:
    """The scenario with the value at a dotted path changed; see `Scenario.replace`."""
    document = scenario.document()
    steps = path.split(".")
    target = document
    for position, step in enumerate(steps[:-1]):
        target = _inner(target, step, ".".join(steps[: position + 1]), create=True)
    last = steps[-1]
    if isinstance(target, list):
        target[_index(target, last, path)] = value
    else:
        target[last] = value
    tables = {"jobs": scenario.jobs, "options": scenario.options, "throughput": scenario.throughput}
    from pathlib import Path

    return assemble(
        Tree(document, "scenario"),
        tables,
        Path(),
        resolved=True,
        traces=scenario.traces,
        catalog_version=scenario.catalog_version,
    )


def _index(items: list[Any], step: str, path: str) -> int:
    names = [
        str(next((item[key] for key in NAME_KEYS if isinstance(item, dict) and key in item), i))
        for i, item in enumerate(items)
    ]
    if step in names:
        return names.index(step)
    if step.isdigit() and int(step) < len(items):
        return int(step)
    raise ScenarioError([Problem(path, f"there is no '{step}' here.", did_you_mean(step, names))])


def _inner(target: Any, step: str, path: str, *, create: bool) -> Any:
    if isinstance(target, list):
        return target[_index(target, step, path)]
    if not isinstance(target, dict):
        raise ScenarioError([Problem(path, f"'{step}' stands inside a single value.", "Check the path.")])
    if step not in target and create:
        target[step] = {}
    return target[step]

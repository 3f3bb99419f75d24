"""Catalogue entries under what the user wrote, and `{value, low, high}` down to one number."""

import copy
from typing import Any

from placement.catalog import Catalog
from placement.loader.problems import Problems
from placement.loader.wording import SOURCED_KEYS, did_you_mean
from placement.tree import Steps, Tree


def take_values(value: Any, use: str) -> Any:
    """The same document with every `{value, low, high, ...}` replaced by the number that `use` selects.

    `low` and `high` fall back to `value` where they are not given.
    """
    if isinstance(value, dict):
        if "value" in value and set(value) <= SOURCED_KEYS:
            return value.get(use, value["value"]) if use != "base" else value["value"]
        return {key: take_values(inner, use) for key, inner in value.items()}
    if isinstance(value, list):
        return [take_values(inner, use) for inner in value]
    return value


def overlay(below: Any, above: Any) -> Any:
    """`above` over `below`: mappings key by key, everything else (lists too) replaced."""
    if isinstance(below, dict) and isinstance(above, dict):
        result = dict(below)
        for key, value in above.items():
            result[key] = overlay(below[key], value) if key in below else value
        return result
    return above


def merge_entries(rows: Any, section: str, catalog: Catalog, use: str, tree: Tree, problems: Problems) -> Any:
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
            below = take_values(copy.deepcopy(entries[name]), use)
            if section == "vehicles" and row.get("flights_per_period") is not None:
                below.pop("flights_per_year", None)
            merged.append({"name": name, **overlay(below, row)})
        else:
            remedy = did_you_mean(name, entries, f"See `placement catalog {section}`.")
            problems.add(tree.place((*path, "from")), f"the catalogue has no {section[:-1]} '{name}'.", remedy)
            problems.cover(path, (*path, "from"))
            problems.incomplete.add(section)
            merged.append({"name": name, **row})
    return merged

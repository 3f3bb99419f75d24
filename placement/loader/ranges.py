"""`range: true` of an uncertain input: the low, base and high value that the file or the catalogue gives for it."""

from collections.abc import Callable
from typing import Any

from placement.loader.problems import Problems
from placement.loader.wording import shown
from placement.schema.uncertainty import GIVE_ONE, KINDS
from placement.tree import Steps, Tree, standing


def with_ranges(
    document: dict[str, Any], at: Callable[[str], dict[str, Any]], tree: Tree, problems: Problems
) -> dict[str, Any]:
    """The document with a triangular distribution for each `range: true`.

    Parameters
    ----------
    document : dict
        With its numbers taken and catalogue entries merged.
    at : callable
        The same with the numbers that "low", "base" or "high" selects.
    """
    uncertainty = document.get("uncertainty")
    inputs = uncertainty.get("inputs") if isinstance(uncertainty, dict) else None
    if not isinstance(inputs, list) or not any(isinstance(each, dict) and "range" in each for each in inputs):
        return document
    ends = [at(use) for use in ("low", "base", "high")]
    made = []
    for n, given in enumerate(inputs):
        if not isinstance(given, dict) or "range" not in given:
            made.append(given)
            continue
        path: Steps = ("uncertainty", "inputs", n)
        rest = {key: value for key, value in given.items() if key not in ("range", *KINDS)}
        values = _values(given, ends, path, tree, problems) if given["range"] is True else None
        if given["range"] is not True:
            problems.add(tree.place((*path, "range")), f"range is {shown(given['range'])}.", "Write `range: true`.")
        low, mode, high = values or (0.0, 0.0, 1.0)
        made.append({**rest, "triangular": {"low": low, "mode": mode, "high": high}})
    return {**document, "uncertainty": {**uncertainty, "inputs": made}} if isinstance(uncertainty, dict) else document


def _values(
    given: dict[str, Any], ends: list[dict[str, Any]], path: Steps, tree: Tree, problems: Problems
) -> tuple[float, float, float] | None:
    """Low, base and high; None if that was complained of."""
    place = tree.place((*path, "range"))
    besides = [kind for kind in KINDS if given.get(kind) is not None]
    if besides:
        problems.add(place, f"an uncertain input has {' and '.join(['range', *besides])}.", f"{GIVE_ONE}.")
        return None
    paths = given.get("paths")
    if not isinstance(paths, list) or len(paths) != 1 or not isinstance(paths[0], str):
        problems.add(place, "a range is that of one input.", "Give `paths` with one path, or a distribution.")
        return None
    if given.get("how", "value") != "value":
        problems.add(place, f"a range is of values, not of {given['how']}.", "Leave `how` out, or give a distribution.")
        return None
    low, mode, high = (standing(document, paths[0]) for document in ends)
    if mode is None:
        return None  # that nothing stands there is told with all paths
    numbers = [each for each in (low, mode, high) if isinstance(each, int | float) and not isinstance(each, bool)]
    if len(numbers) < 3 or numbers[0] == numbers[2]:
        fact = f"{paths[0]} is {shown(mode)}, and neither file nor catalogue gives a range for it."
        problems.add(place, fact, "Write {value, low, high} there, or give a distribution.")
        return None
    first, middle, last = sorted(float(each) for each in numbers)
    return first, middle, last

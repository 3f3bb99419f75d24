"""The words of complaints: one fact with its value, then the remedy."""

import difflib
from collections.abc import Iterable
from typing import Any

from placement.tree import Steps

_BOUNDS = {
    "greater_than": "greater than {gt:g}",
    "greater_than_equal": "at least {ge:g}",
    "less_than": "less than {lt:g}",
    "less_than_equal": "at most {le:g}",
}
_TYPES = {
    "float_type": "a number",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "bool_type": "true or false",
    "string_type": "text",
    "tuple_type": "a list",
    "dict_type": "a mapping of names to values",
    "model_type": "a mapping of keys to values",
    "model_attributes_type": "a mapping of keys to values",
}


def shown(value: Any) -> str:
    """A value as it is put into messages, cut if it is long."""
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else text[:57] + "..."


def did_you_mean(word: str, known: Iterable[str], else_say: str = "") -> str:
    """`Did you mean 'x'?` with the nearest known word, or all of them if they are few, or `else_say`."""
    known = [str(name) for name in known]
    near = difflib.get_close_matches(str(word), known, n=1, cutoff=0.6)
    if not near:
        lower = {name.lower(): name for name in known}
        near = [lower[str(word).lower()]] if str(word).lower() in lower else []
    if near:
        return f"Did you mean '{near[0]}'?"
    if known and len(known) <= 12:
        return f"Known: {', '.join(known)}."
    return else_say


def out_of_bounds(name: str, value: Any, bound: str, description: str) -> tuple[str, str]:
    """Fact and remedy for a number outside its bounds; the bound in words, such as `at least 1`."""
    fact = f"{name} is {shown(value)}, but must be {bound}."
    if bound == "at most 1" and isinstance(value, int | float) and 1 < value <= 100:
        return fact, f"If this is in percent, write {value / 100:g}. {name}: {description}"
    return fact, f"{name}: {description}"


def not_finite(name: str, value: Any, description: str) -> tuple[str, str]:
    """Fact and remedy for NaN and infinities."""
    return f"{name} is {value}, which is not a number that can be used.", f"{name}: {description}"


def wrong_type(name: str, value: Any, wanted: str, description: str) -> tuple[str, str]:
    """Fact and remedy for a value of the wrong type."""
    kind = {str: "text", bool: "true/false", list: "a list", dict: "a mapping", type(None): "empty"}.get(
        type(value), ""
    )
    kind = f" ({kind})" if kind else ""
    return f"{name} is {shown(value)}{kind}, but must be {wanted}.", f"{name}: {description}"


def complaint(error: dict[str, Any], name: str, description: str, keys: Iterable[str]) -> tuple[str, str]:
    """Fact and remedy for one validation error of pydantic.

    Parameters
    ----------
    error : dict
        One of `ValidationError.errors()`.
    name : str
        The field.
    description : str
        What the field is, for the remedy.
    keys : iterable of str
        The keys that the record takes, for unknown ones.
    """
    kind, value, context = error["type"], error.get("input"), error.get("ctx", {})
    if kind == "missing":
        return f"'{name}' is missing.", f"{name}: {description}"
    if kind == "extra_forbidden":
        return f"unknown key '{name}'.", did_you_mean(name, keys, "See `placement schema` for the keys.")
    if kind in _BOUNDS:
        return out_of_bounds(name, value, _BOUNDS[kind].format(**context), description)
    if kind == "finite_number":
        return not_finite(name, value, description)
    if kind in _TYPES:
        return wrong_type(name, value, _TYPES[kind], description)
    if kind in ("literal_error", "union_tag_invalid"):
        known = str(context.get("expected") or context.get("expected_tags", "")).replace(" or ", ", ").replace("'", "")
        found = value.get("kind") if isinstance(value, dict) else value
        label = "kind" if kind == "union_tag_invalid" else name
        return f"{label} is {shown(found)}, which is none of {known}.", did_you_mean(str(found), known.split(", "))
    if kind == "union_tag_not_found":
        return f"'kind' is missing in {name}.", "Write kind: grid, gas, solar, wind or battery."
    if kind == "value_error":
        return f"{name}: {context.get('error')}.", ""
    if kind == "string_pattern_mismatch":
        return (
            f"{name} is {shown(value)}, which is not a name.",
            "Use text without '/' and '.', not beginning with a space.",
        )
    if kind in ("string_too_short", "too_short"):
        return f"{name} is empty.", f"{name}: {description}"
    return f"{name} is {shown(value)}: {error['msg']}.", f"{name}: {description}"


def dotted(path: Steps, value: Any) -> str:
    """A path for people: members of lists by their name where they have one."""
    parts: list[str] = []
    for step in path:
        inner: Any = None
        if isinstance(value, dict):
            inner = value.get(step)
        elif isinstance(value, list | tuple) and isinstance(step, int) and step < len(value):
            inner = value[step]
        if isinstance(step, int):
            label = next(
                (inner[k] for k in ("name", "job", "from", "option") if isinstance(inner, dict) and k in inner),
                step + 1,
            )
            parts.append(str(label))
        else:
            parts.append(str(step))
        value = inner
    return ".".join(parts)

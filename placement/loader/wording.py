"""The words of complaints: one fact with its value, then the remedy."""

import difflib
import re
from collections.abc import Iterable, Mapping
from typing import Any

from placement.schema.fields import COUNTRY_PATTERN, NAME_PATTERN

_BOUNDS = {
    "greater_than": ("greater than", "gt"),
    "greater_than_equal": ("at least", "ge"),
    "less_than": ("less than", "lt"),
    "less_than_equal": ("at most", "le"),
}
_TYPES = {
    "float_type": "a number",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "string_type": "text",
    "tuple_type": "a list",
    "dict_type": "a mapping of names to values",
    "model_type": "a mapping of keys to values",
    "model_attributes_type": "a mapping of keys to values",
}
_PATTERNS = {
    NAME_PATTERN: ("a name", "Use text without '/' and '.', not beginning with a space."),
    COUNTRY_PATTERN: ("a country", "Write the two capital letters of ISO 3166, such as US or DE."),
}
_YES_NO = {**dict.fromkeys(("yes", "y", "on", "1"), "true"), **dict.fromkeys(("no", "n", "off", "0"), "false")}
MANY = 2000
"""Among more names than this none is looked for that is merely alike: it takes too long."""

YEARS = ("year", "price_year")
"""Fields whose numbers have no separators."""

SOURCED_KEYS = {"value", "low", "high", "price_year", "source", "grade", "note"}
"""Keys of a number that is written with its range and source."""


def shown(value: Any) -> str:
    """A value as it is put into messages, as YAML has it, cut if it is long."""
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return str(value).lower()
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else text[:57] + "..."


def amount(value: float) -> str:
    """A number in words of messages: 1,000,000 or 0.5."""
    return f"{int(value):,}" if float(value).is_integer() and abs(value) < 1e16 else f"{value:g}"


def did_you_mean(word: str, known: Iterable[str], else_say: str = "") -> str:
    """`Did you mean 'x'?` with the nearest known word, or all of them if they are few, or `else_say`."""
    known = [str(name) for name in known]
    near = nearest(word, known)
    if near is not None:
        return f"Did you mean '{near}'?"
    if known and len(known) <= 12:
        return f"Known: {', '.join(known)}."
    return else_say


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that is most like a word, if one is; among very many only one in other letters."""
    known = list(known)
    lower = {name.lower().strip(): name for name in reversed(known)}
    if str(word).lower().strip() in lower:
        return lower[str(word).lower().strip()]
    found = difflib.get_close_matches(str(word), known, n=1, cutoff=0.6) if len(known) <= MANY else []
    return found[0] if found else None


def meaning(name: str, description: str) -> str:
    """What a field is, as a remedy."""
    return f"Meaning of {name}: {description}" if description else ""


def out_of_bounds(name: str, value: Any, bound: str, description: str) -> tuple[str, str]:
    """Fact and remedy for a number outside its bounds; the bound in words, such as `at least 1`."""
    fact = f"{name} is {shown(value)}, but must be {bound}."
    if bound == "at most 1" and 1 < value <= 100:
        return fact, f"If this is in percent, write {value / 100:g}. {meaning(name, description)}"
    return fact, meaning(name, description)


def not_finite(name: str, value: Any, description: str) -> tuple[str, str]:
    """Fact and remedy for NaN and infinities."""
    return f"{name} is {value}, which is not a number that can be used.", meaning(name, description)


def not_a_date(name: str, value: Any) -> tuple[str, str]:
    """Fact and remedy for what is not a moment."""
    return f"{name} is {shown(value)}, which is not a date.", "Write ISO 8601, such as 2027-06-07T00:00:00Z."


def none_of(name: str, value: Any, known: Iterable[str]) -> tuple[str, str]:
    """Fact and remedy for a word that is not among the known ones."""
    known = list(known)
    near = nearest(str(value), known)
    return f"{name} is {shown(value)}, which is none of {', '.join(known)}.", f"Did you mean '{near}'?" if near else ""


def wrong_type(name: str, value: Any, wanted: str, description: str) -> tuple[str, str]:
    """Fact and remedy for a value of the wrong type."""
    kinds: dict[Any, str] = {str: " (text)", list: " (a list)", dict: " (a mapping)"}
    kind = kinds.get(type(value), "")
    remedy = _instead(value, wanted) or meaning(name, description)
    return f"{name} is {shown(value)}{kind}, but must be {wanted}.", remedy


def _instead(value: Any, wanted: str) -> str:
    """What to write where the value shows what is meant."""
    if wanted == "true or false":
        word = _YES_NO.get(str(value).lower())
        return f"Write {word}." if word else ""
    if "number" in wanted:
        return number_instead(value, wanted)
    if isinstance(value, bool | int | float) and wanted == "text":
        return f'Write it in quotes: "{shown(value)}".'
    if isinstance(value, str | int | float) and wanted == "a list" and value != "":
        return f"Write it in brackets: [{str(value)[:60]}]."
    return ""


def number_instead(value: Any, wanted: str) -> str:
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return f"Write {int(value)}, without a decimal point or exponent."
    if isinstance(value, dict) and "value" in value:
        odd = ", ".join(sorted(set(value) - SOURCED_KEYS))
        if not odd:
            return "Write a plain number here."
        return f"A number with its source takes the keys {', '.join(sorted(SOURCED_KEYS))}, not {odd}."
    number = number_in(value) if isinstance(value, str) else None
    if number is None or (wanted == "a whole number" and not number.is_integer()):
        return ""
    return f"Write a plain number: {int(number) if number.is_integer() else format(number, 'g')}."


def number_in(text: str) -> float | None:
    """The number that somebody meant with quotes, separators, a per cent sign or a decimal comma."""
    text = text.strip().lstrip("$")
    share = text.endswith("%")
    text = text.rstrip("%").strip()
    if re.fullmatch(r"[-+]?\d+,\d{1,2}", text):
        text = text.replace(",", ".")
    text = re.sub(r"(?<=\d)[,_ ](?=\d{3})", "", text)
    if not re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,2})?", text):
        return None
    return float(text) / (100 if share else 1)


def complaint(
    error: Mapping[str, Any], name: str, description: str, keys: Iterable[str], *, series: bool = False
) -> tuple[str, str]:
    """Fact and remedy for one validation error of pydantic.

    Parameters
    ----------
    error : mapping
        One of `ValidationError.errors()`.
    name : str
        The field.
    description : str
        What the field is, for the remedy.
    keys : iterable of str
        The keys that the record takes, for unknown ones.
    series : bool
        Whether a series may stand there in place of a number.
    """
    kind, value, context = error["type"], error.get("input"), error.get("ctx", {})
    if kind == "missing":
        return f"'{name}' is missing.", meaning(name, description)
    if kind == "extra_forbidden":
        return f"unknown key '{name}'.", did_you_mean(name, keys, "See `placement schema` for the keys.")
    if kind in _BOUNDS:
        words, key = _BOUNDS[kind]
        bound = str(context[key]) if name in YEARS else amount(context[key])
        return out_of_bounds(name, value, f"{words} {bound}", description)
    if kind == "finite_number":
        return not_finite(name, value, description)
    if kind in _TYPES:
        wanted = "a number or a series" if series and kind == "float_type" else _TYPES[kind]
        return wrong_type(name, value, wanted, description)
    if kind in ("literal_error", "union_tag_invalid"):
        known = str(context.get("expected") or context.get("expected_tags", "")).replace(" or ", ", ").replace("'", "")
        if kind == "union_tag_invalid" and isinstance(value, dict):
            name, value = "kind", value.get("kind")
        return none_of(name, value, known.split(", "))
    return _text_complaint(kind, value, context, name, description) or (
        f"{name} is {shown(value)}: {error['msg']}.",
        meaning(name, description),
    )


def _text_complaint(
    kind: str, value: Any, context: Mapping[str, Any], name: str, description: str
) -> tuple[str, str] | None:
    """Fact and remedy for texts, dates and records whose fields do not go together."""
    if kind == "union_tag_not_found":
        return f"{name} has no 'kind'.", "Write kind: grid, gas, solar, wind or battery."
    if kind == "broken_rule":
        return f"{context['fact']}.", f"{context['remedy']}."
    if kind == "not_a_date":
        return not_a_date(name, value)
    if kind == "string_pattern_mismatch":
        return unfit_text(name, value, context["pattern"])
    if kind in ("string_too_short", "too_short") and not value:
        return f"{name} is empty.", meaning(name, description)
    if kind in ("too_short", "too_long"):
        bound = f"at least {context['min_length']}" if kind == "too_short" else f"at most {context['max_length']}"
        fact = f"{name} is {shown(value)}, but must have {bound} items, not {context['actual_length']}."
        return fact, meaning(name, description)
    if kind == "string_too_long":
        fact = f"{name} has {len(str(value)):,} characters ({shown(value)}), more than {context['max_length']} allowed."
        return fact, "Shorten it."
    if kind == "string_unicode":
        return f"{name} is {shown(value)}, which is not valid Unicode.", "Write it anew."
    return None


def unfit_text(name: str, value: Any, pattern: str) -> tuple[str, str]:
    """Fact and remedy for text that does not match the pattern of its field."""
    what, remedy = _PATTERNS.get(pattern, ("plain text", "Leave out line breaks and control characters."))
    return f"{name} is {shown(value)}, which is not {what}.", remedy

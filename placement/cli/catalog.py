"""`placement catalog`."""

import json
import textwrap
from collections.abc import Callable
from typing import Any

import click

WIDTH = 80

MANY = 25
"""Of a section with more entries than this only the number is shown beside the others."""

SEPARATED = 10_000
"""From here on thousands are separated; years stay as they are."""

GRADES = {
    "A": "measured, a regulator or a data set",
    "B": "a secondary source or a company statement",
    "C": "an aggregator",
    "D": "derived, the formula is shown",
    "P": "the primary text",
    "N": "noted in a later article",
    "X": "an excerpt",
    "BG": "general knowledge, an estimate",
}

ABOUT = ("source", "grade", "note")
"""What a mapping says of all numbers in it."""


@click.command("catalog")
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(name: str | None, as_json: bool) -> None:
    """Show what is in the catalogue: its sections, one section (clusters, vehicles, costs, ...) or one entry.

    Every value of an entry is shown with its range, source and grade.
    """
    from placement.catalog import SECTIONS, catalog
    from placement.errors import PlacementError
    from placement.loader.wording import did_you_mean

    found = catalog()
    sections = {**{s: found.section(s) for s in SECTIONS}, "series": found.series_index}
    if name is None:
        _print(sections if as_json else _overview(sections, found.version))
        return
    if name in sections:
        _print(sections[name] if as_json else _table(name, sections[name], found.version), name if as_json else None)
        return
    for section, entries in sections.items():
        if name in entries:
            _print(entries[name] if as_json else card(section, name, entries[name]))
            return
    known = [*sections, *(entry for entries in sections.values() for entry in entries)]
    raise PlacementError(f"the catalogue has no '{name}'. {did_you_mean(name, known, 'See `placement catalog`.')}")


def _print(what: Any, section: str | None = None) -> None:
    """Lines as they are, anything else as JSON."""
    if isinstance(what, list):
        click.echo("\n".join(what))
    else:
        click.echo(json.dumps({section: what} if section else what, indent=1))


def _overview(sections: dict[str, dict[str, Any]], version: str) -> list[str]:
    """The sections with their number of entries, and the names in those that are not long."""
    from placement.catalog import SECTIONS

    number = sum(len(entries) for entries in sections.values())
    lines = [
        f"catalogue {version}: {number} entries in {len(sections)} sections",
        "`placement catalog SECTION` lists one, `placement catalog NAME` shows an entry.",
    ]
    for section, entries in sections.items():
        lines += ["", f"{section} ({len(entries)}): {SECTIONS.get(section, 'prices and carbon by month and hour')}"]
        many = len(entries) > MANY
        lines += _wrapped(f"`placement catalog {section}` lists them" if many else ", ".join(entries), "  ", "  ")
    return lines


def _table(section: str, entries: dict[str, Any], version: str) -> list[str]:
    """The entries of a section, a row each."""
    head = [column for column, _ in COLUMNS.get(section, [])]
    if section == "clusters":
        entries = dict(sorted(entries.items(), key=lambda item: "orbit" in item[1]))
    rows = [[name, *(cell(entry) for _, cell in COLUMNS.get(section, []))] for name, entry in entries.items()]
    lines = _columns(["name", *head], rows)
    room = WIDTH - max(map(len, lines)) - 2
    titles = ["what", *(str(entry.get("title", "")) for entry in entries.values())]
    width = max(map(len, lines))
    whole = [f"{line.ljust(width)}  {_cut(title, room)}".rstrip() for line, title in zip(lines, titles, strict=True)]
    return [f"catalogue {version}", "", section, *whole]


def _columns(head: list[str], rows: list[list[str]]) -> list[str]:
    """Lines of a table: the first column to the left, numbers to the right."""
    table = [head, *rows]
    widths = [max(len(row[k]) for row in table) for k in range(len(head))]
    right = [k > 0 and any(row[k][:1].isdigit() for row in rows) for k in range(len(head))]
    return [
        "  " + "  ".join(c.rjust(w) if r else c.ljust(w) for c, w, r in zip(row, widths, right, strict=True))
        for row in table
    ]


def _at(*path: str) -> Callable[[Any], Any]:
    """What stands at a path of an entry, without its source; None if nothing does."""

    def read(entry: Any) -> Any:
        for key in path:
            entry = entry.get(key) if isinstance(entry, dict) else None
        return entry["value"] if isinstance(entry, dict) and "value" in entry else entry

    return read


def _cell(*path: str, scale: float = 1.0) -> Callable[[Any], str]:
    """A number or word at a path as a cell; a dash if nothing stands there."""
    read = _at(*path)

    def cell(entry: Any) -> str:
        value = read(entry)
        if value is None:
            return "-"
        return f"{value * scale:,g}" if isinstance(value, int | float) and scale != 1.0 else _amount(value)

    return cell


def _size(entry: Any) -> str:
    """Power of a cluster: its limit, or what its arrays give; else its accelerators."""
    limit, array, satellites = (
        _at(*path)(entry) for path in (("power_limit_mw",), ("satellites", "array_kw"), ("satellites", "number"))
    )
    area, efficiency, packing = (_at("satellites", "array", key)(entry) for key in ("m2", "cell_efficiency", "packing"))
    if array is None and area is not None:
        array = area * efficiency * packing * 1.361  # kW in full sun
    each = _at("satellites", "accelerators")(entry)
    if isinstance(limit, int | float):
        return f"{limit:,g} MW"
    if array is not None and satellites is not None:
        kw = array * satellites
        return f"{kw / 1e3:,.0f} MW" if kw >= 1e6 else f"{kw / 1e3:,.3g} MW" if kw >= 1e3 else f"{kw:,.3g} kW"
    if each is not None and satellites is not None:
        return f"{each * satellites:,} acc."
    numbers = [_at("number")(pool) for pool in entry.get("pools", [])]
    return f"{sum(number for number in numbers if number is not None):,} acc."


COLUMNS: dict[str, list[tuple[str, Callable[[Any], str]]]] = {
    "clusters": [
        ("where", lambda entry: "orbit" if "orbit" in entry else "Earth"),
        ("status", _cell("status")),
        ("size", _size),
    ],
    "vehicles": [
        ("status", _cell("facts", "status")),
        ("sso t", _cell("payload_kg", "sso", scale=1e-3)),
        ("M$", _cell("usd_per_flight", scale=1e-6)),
    ],
    "accelerators": [("Tflop/s", _cell("bf16_tflops")), ("GB", _cell("memory_gb")), ("kW", _cell("kw"))],
    "places": [("kind", _cell("kind")), ("in", _cell("country")), ("lat", _cell("lat")), ("lon", _cell("lon"))],
    "satellites": [("kg", _cell("mass_kg")), ("kW", _cell("kw"))],
    "electricity": [("$/MWh", _cell("usd_per_mwh"))],
    "grids": [("g/kWh", _cell("carbon_g_per_kwh"))],
    "series": [("mean", _cell("mean")), ("unit", _cell("unit"))],
}
"""Columns of a section's table between name and title."""


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def card(section: str, name: str, entry: dict[str, Any]) -> list[str]:
    """An entry as lines of at most 80 columns: its values, what follows from them, and its facts."""
    lines = [f"{name} ({section})", *_wrapped(str(entry.get("title", "")), "", "")]
    lines += ["", *_mapping({key: value for key, value in entry.items() if key not in ("title", "facts")}, "  ")]
    derived = computed(section, name, entry)
    lines += ["", *derived] if derived else []
    if "facts" in entry:
        lines += ["", "known, not planned with", *_mapping(entry["facts"], "  ")]
    used = _grades(entry)
    meanings = [f"{grade} {words}" for grade, words in GRADES.items() if grade in used]
    return lines + (["", *_wrapped("grades: " + "; ".join(meanings), "", "")] if meanings else [])


def computed(section: str, name: str, entry: dict[str, Any]) -> list[str]:
    """Lines with what follows from an entry: of satellites their year in orbit and their budgets."""
    if section != "clusters" or "orbit" not in entry:
        return []
    from placement.cli.satellite import catalogue_lines

    return catalogue_lines(name)


def _grades(value: Any) -> set[str]:
    """Grades that occur in an entry."""
    if isinstance(value, dict):
        own = {str(value["grade"])} if "grade" in value else set()
        return own.union(*(_grades(inner) for inner in value.values()))
    return set().union(*(_grades(inner) for inner in value)) if isinstance(value, list) else set()


def _mapping(value: dict[str, Any], indent: str) -> list[str]:
    """The keys of a mapping, one below the other; last what it says of them all."""
    lines = [line for key, inner in value.items() if key not in ABOUT for line in _lines(key, inner, indent)]
    return lines + _about(value, indent)


def _lines(key: str, value: Any, indent: str) -> list[str]:
    """A key with what stands there: a number with its range and source, a group, or plain text."""
    if isinstance(value, dict) and "value" in value:
        return _wrapped(f"{key}: {_sourced(value)}", indent, indent + "    ") + _about(value, indent + "    ")
    if isinstance(value, dict) and not all(isinstance(inner, int | float) for inner in value.values()):
        return [f"{indent}{key}", *_mapping(value, indent + "  ")]
    if isinstance(value, dict):
        text = ", ".join(f"{name} {_amount(number)}" for name, number in value.items())
        return _wrapped(f"{key}: {text}", indent, indent + "    ")
    if isinstance(value, list) and any(isinstance(inner, dict | list) for inner in value):
        members = [line for k, inner in enumerate(value) for line in _lines(*_member(inner, k), indent + "  ")]
        return [f"{indent}{key}", *members]
    text = ", ".join(_amount(inner) for inner in value) if isinstance(value, list) else _amount(value)
    return _wrapped(f"{key}: {text}", indent, indent + "    ")


def _sourced(value: dict[str, Any]) -> str:
    """A value with its range and the year of its $, all with thousands separated if one of them is large."""
    shown = [value[key] for key in ("value", "low", "high") if key in value]
    numbers = [number for number in shown if isinstance(number, int | float)]
    large = any(abs(number) >= SEPARATED for number in numbers)
    texts = [f"{number:,}" if large and isinstance(number, int | float) else _amount(number) for number in shown]
    span = f"  [{texts[1]} .. {texts[2]}]" if len(texts) == 3 else ""
    return texts[0] + span + (f"  ({value['price_year']} $)" if "price_year" in value else "")


def _about(value: dict[str, Any], indent: str) -> list[str]:
    """Source, grade and note."""
    parts = [f"grade {value[key]}" if key == "grade" else str(value[key]) for key in ABOUT if key in value]
    return _wrapped("; ".join(parts), indent, indent)


def _member(value: Any, position: int) -> tuple[str, Any]:
    """A member of a list with the name that it goes by: what it says of itself, or its number from 1."""
    if isinstance(value, dict):
        for key in ("name", "kind", "category", "accelerator"):
            if isinstance(value.get(key), str):
                return str(value[key]), {inner: value[inner] for inner in value if inner != key}
    return str(position + 1), value


def _amount(value: Any) -> str:
    """A number with thousands separated if it is large, or text."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value).lower() if isinstance(value, bool) else str(value)
    return f"{value:,}" if abs(value) >= SEPARATED else str(value)


def _wrapped(text: str, first: str, rest: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False)

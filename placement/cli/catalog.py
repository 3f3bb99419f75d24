"""`placement catalog`."""

import json
import textwrap
from typing import Any

import click

WIDTH = 80

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


@click.command("catalog")
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(name: str | None, as_json: bool) -> None:
    """Show what is in the catalogue: all, a section (clusters, vehicles, accelerators, places, series) or one entry.

    Every value is shown with its range, source and grade.
    """
    from placement.catalog import SECTIONS, catalog
    from placement.errors import PlacementError
    from placement.loader.wording import did_you_mean

    found = catalog()
    sections = {**{s: found.section(s) for s in SECTIONS}, "series": found.series_index}
    if name is None or name in sections:
        chosen = sections if name is None else {name: sections[name]}
        click.echo(json.dumps(chosen, indent=1) if as_json else "\n".join(_list(chosen, found.version)))
        return
    for section, entries in sections.items():
        if name in entries:
            click.echo(
                json.dumps(entries[name], indent=1) if as_json else "\n".join(_card(section, name, entries[name]))
            )
            return
    known = [entry for entries in sections.values() for entry in entries]
    raise PlacementError(f"the catalogue has no '{name}'. {did_you_mean(name, known, 'See `placement catalog`.')}")


def _list(sections: dict[str, dict[str, Any]], version: str) -> list[str]:
    lines = [f"catalogue {version}"]
    for section, entries in sections.items():
        lines += ["", section]
        if section == "clusters":
            rows = [[name, str(e["status"]), _cut(str(e["title"]), 44)] for name, e in entries.items()]
            lines += _left(["name", "status", "what"], rows)
        elif section == "series":
            rows = [[name, f"{e['mean']:g} {e['unit']}", _cut(str(e["title"]), 40)] for name, e in entries.items()]
            lines += _left(["name", "mean", "what"], rows)
        else:
            lines += _left(["name", "what"], [[name, _cut(str(e.get("title", "")), 60)] for name, e in entries.items()])
    return lines


def _left(head: list[str], rows: list[list[str]]) -> list[str]:
    widths = [max(len(row[k]) for row in [head, *rows]) for k in range(len(head))]
    return [
        "  " + "  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in [head, *rows]
    ]


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def _card(section: str, name: str, entry: dict[str, Any]) -> list[str]:
    lines = [f"{name} ({section})"]
    if "title" in entry:
        lines.append(str(entry["title"]))
    lines += _values({key: value for key, value in entry.items() if key != "title"}, "")
    used = _grades(entry)
    meanings = [f"{grade} {words}" for grade, words in GRADES.items() if grade in used]
    return lines + (textwrap.wrap("grades: " + "; ".join(meanings), WIDTH) if meanings else [])


def _grades(value: Any) -> set[str]:
    """Grades that occur in an entry."""
    if isinstance(value, dict):
        own = {str(value["grade"])} if "grade" in value else set()
        return own.union(*(_grades(inner) for inner in value.values()))
    return set().union(*(_grades(inner) for inner in value)) if isinstance(value, list) else set()


def _values(value: Any, path: str) -> list[str]:
    """Every number with its range and source, one below the other."""
    if isinstance(value, dict) and "value" in value:
        span = f"  [{value['low']} .. {value['high']}]" if "low" in value and "high" in value else ""
        year = f"  ({value['price_year']} $)" if "price_year" in value else ""
        lines = [f"  {path}: {value['value']}{span}{year}"]
        about = f"{value.get('source', 'no source')}; grade {value.get('grade', '?')}"
        if "note" in value:
            about += f"; {value['note']}"
        return lines + textwrap.wrap(about, WIDTH, initial_indent="      ", subsequent_indent="      ")
    if isinstance(value, dict):
        return [line for key, inner in value.items() for line in _values(inner, f"{path}.{key}" if path else key)]
    if isinstance(value, list):
        return [line for k, inner in enumerate(value) for line in _values(inner, f"{path}.{_label(inner, k)}")]
    return [f"  {path}: {value}"]


def _label(value: Any, position: int) -> str:
    if isinstance(value, dict):
        for key in ("name", "kind", "category", "accelerator"):
            if isinstance(value.get(key), str):
                return str(value[key])
    return str(position + 1)

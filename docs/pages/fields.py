"""`docs/reference/fields.md`: every field of the scenario format."""

import json
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from pages.markdown import cell, page, plain, table
from pages.records import LAST, TABLES, Record, keys_in_order, link, numeric, records_in, sections, takes
from pages.units import unit
from placement.loader.json_schema import SOURCED, json_schema
from placement.schema import FORMAT, ScenarioFile
from placement.schema.fields import LARGEST, MOST

HEAD = ("field", "unit", "takes", "default", "effect")

INTRODUCTION = """\
A scenario is a YAML file with the keys of the [first table](#the-file). An unknown key is an error. How the rules work
together stands in [model.md](../model.md), what is uncertain in [futures.md](../futures.md), the catalogue that `from`
names in [catalogue.md](../catalogue.md). `placement check FILE` says what is wrong in a file and where.

- **unit**: from the name of the field; `number` where it counts, weighs or compares. Dollars are those of
  `money.price_year`.
- **takes**: what may stand there, with its bounds. Where no others are given, numbers are at most {largest} and whole
  numbers at most {most}. Dates are ISO 8601, in UTC where they name no zone. Any number may also be written
  with its range and source, `{{{sourced}}}`; the scenario's `use` says which is taken.
- **number or SeriesSpec**: a number, the name of a series, a list with a number for each slot, or a mapping with the
  fields of [SeriesSpec](#seriesspec).
- **default**: what holds where the field is left out; *needed* where it may not be, unless the catalogue entry (`from`)
  or the file below (`extends`) gives it."""

OF_TABLES = """\
Rows stand in the file, in tables beside it, or both: `{key}: [{{...}}, ...]`, `{key}: {{table: {key}.parquet}}`. The
columns of a table (CSV or Parquet) are the fields of [{record}](#{anchor}); `columns` of [TableFile](#tablefile) names
those that the file calls otherwise. In a cell, members of a list are separated by `;`; an empty cell is one that was
left out."""

OF_CHANGES = "With it the file lies over another one: `extends`, `without`, `set`, and `variants` by name."


def fields_page() -> str:
    """The page, as Markdown."""
    schema, chapters, users = json_schema(), sections(), _users()
    sourced = ", ".join(SOURCED["properties"])
    lines = INTRODUCTION.format(largest=f"{LARGEST:.0e}".replace("e+", "e"), most=f"{MOST:,}", sourced=sourced)
    text = [lines, "", *_contents(chapters), "", "## The file", ""]
    text += [f"Format {FORMAT}. {_needed(schema)}", "", *_fields(ScenarioFile, keys_in_order(), schema)]
    for key, records in chapters.items():
        text += ["", f"## Section `{key}`", "", plain(str(ScenarioFile.model_fields[key].description))]
        if key in TABLES:
            record = records[-1].__name__
            text += ["", OF_TABLES.format(key=key, record=record, anchor=record.lower())]
        if key in LAST:
            text += ["", OF_CHANGES]
        for each in records:
            text += ["", *_record(each, schema["$defs"].get(each.__name__, {}), users[each])]
    return page("Fields of a scenario", text)


def _contents(chapters: dict[str, list[Record]]) -> list[str]:
    return [
        "- [The file](#the-file)",
        *(f"- [`{key}`](#section-{key}): {', '.join(map(link, records))}" for key, records in chapters.items()),
    ]


def _record(record: Record, schema: dict[str, Any], users: Sequence[str]) -> list[str]:
    about = plain(" ".join((record.__doc__ or "").split()))
    stands = f"Stands in {', '.join(users)}."
    text = " ".join(part for part in (about, _needed(schema)) if part)
    names = sorted(record.model_fields, key=lambda name: not record.model_fields[name].is_required())
    return [f"### {record.__name__}", "", text, "", stands, "", *_fields(record, names, schema)]


def _needed(schema: dict[str, Any]) -> str:
    """What may be left out where another key is given, as the JSON Schema has it."""
    either = [each["required"] for each in schema.get("anyOf", []) if "required" in each]
    if not either:
        return ""
    (key,), needed = either
    always = schema.get("required", [])
    return f"With `{key}`, " + ", ".join(f"`{name}`" for name in needed if name not in always) + " may be left out."


def _fields(record: Record, names: Sequence[str], schema: dict[str, Any]) -> list[str]:
    rows = []
    for name in names:
        info = record.model_fields[name]
        key = info.alias or name
        measure = unit(key) if numeric(info) else ""
        rows.append([f"`{key}`", measure, takes(info), _default(info), plain(info.description or "")])
    known = {info.alias or name for name, info in record.model_fields.items()}
    for key, more in schema.get("properties", {}).items():
        if key not in known:  # read before the record is made
            rows.append([f"`{key}`", "", f"`{json.dumps(more['const'])}`", "none", plain(more["description"])])
    return table(HEAD, rows)


def _default(info: FieldInfo) -> str:
    if info.is_required():
        return "*needed*"
    value = info.get_default(call_default_factory=True, validated_data={})
    if value is None or value == () or value == {}:
        return "none"
    if isinstance(value, BaseModel):
        return "its defaults"
    return f"`{cell(value if isinstance(value, str) else json.dumps(value))}`"


def _users() -> dict[Record, list[str]]:
    """The fields that each record stands in, with links."""
    users: dict[Record, list[str]] = defaultdict(list)
    for holder in (ScenarioFile, *(each for records in sections().values() for each in records)):
        for name, info in holder.model_fields.items():
            where = f"[the file](#the-file) `{name}`" if holder is ScenarioFile else f"{link(holder)} `{name}`"
            for record in dict.fromkeys(records_in(info.annotation)):
                users[record].append(where)
    return users

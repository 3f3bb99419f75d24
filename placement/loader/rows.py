"""Tables: rows listed in the scenario, files, data frames; checked and turned into columns.

Types, bounds and defaults are those of the record (`placement.schema.jobs`), read from its annotations.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from placement.loader.cells import Cells
from placement.loader.columns import Column, as_array, columns_of, repeated
from placement.loader.extend import Laid
from placement.loader.files import is_text, read_file
from placement.loader.lines import lines_of
from placement.loader.problems import Problems
from placement.loader.records import build
from placement.loader.wording import did_you_mean, meaning, nearest
from placement.schema import Job, Model, Option, Table, TableFile, TermRow, Throughput
from placement.schema.table import Origin
from placement.tree import Steps, Tree

if TYPE_CHECKING:
    import pyarrow as pa

SECTIONS: dict[type[Model], str] = {Job: "jobs", Option: "options", Throughput: "throughput", TermRow: "terms"}


def from_list(
    record: type[Model],
    rows: list[Any],
    tree: Tree,
    path: Steps,
    problems: Problems,
    indices: Sequence[int] | None = None,
) -> Table:
    """Rows listed in the scenario itself, at the given places of the list."""
    built = []
    kept = []
    for index, row in zip(indices if indices is not None else range(len(rows)), rows, strict=True):
        made = build(record, row, tree, (*path, index), problems)
        if made is not None:
            built.append(made)
            kept.append(index)
    columns = {}
    for (name, column), field in zip(columns_of(record).items(), record.model_fields, strict=True):
        columns[name] = as_array(column, [_cell(getattr(row, field)) for row in built])
    if "reject_usd" in columns:
        given = np.array(["reject_usd" in row.model_fields_set for row in built], dtype=bool)
        must = [getattr(row, "must_run", None) for row in built]
        columns["must_run"] = _must_run(columns["reject_usd"], must, given)
    table = Table(record, columns, _origins(tree, [(*path, index) for index in kept], ".".join(str(p) for p in path)))
    for row, index in enumerate(kept):
        if problems.covers((*path, index)):
            problems.cover_row(table.place(row, ""), problems.broken_below((*path, index)))
    return table


def _origins(tree: Tree, places: list[Steps], name: str) -> tuple[Origin, ...]:
    """Where rows came from: the files in which they stand, or, where they stand in none, a name."""
    lines = [tree.lines.get(place, 0) for place in places]
    sources = [tree.files.get(place, tree.source) if line else "" for place, line in zip(places, lines, strict=True)]
    if not places:
        return (Origin(0, tree.source if tree.lines else name),)
    firsts = [row for row in range(len(places)) if row == 0 or sources[row] != sources[row - 1]]
    moved = tree.moved if isinstance(tree, Laid) else ()
    origins = []
    for first, end in itertools.pairwise([*firsts, len(places)]):
        here = np.array(lines[first:end], dtype=np.int64) if sources[first] else None
        rows = {place: row for row, place in enumerate(places[first:end])}
        cells = {(rows[path[:-1]], str(path[-1])): tree.place(path) for path in moved if path[:-1] in rows}
        origins.append(Origin(first, sources[first] or name, here, cells))
    return tuple(origins)


def _cell(value: Any) -> Any:
    """A value as tables hold it: of amounts only those that are not nought."""
    return {name: amount for name, amount in value.items() if amount} if isinstance(value, dict) else value


def _must_run(reject: NDArray[np.float64], must: Iterable[bool | None], given: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """A job must run where it says so, or says nothing and has an explicit empty `reject_usd`."""
    explicit = np.array([value is True for value in must], dtype=bool)
    silent = np.array([value is None for value in must], dtype=bool)
    return explicit | (silent & given & np.isnan(reject))


def empty(record: type[Model]) -> Table:
    """A table without rows."""
    return from_list(record, [], Tree([], record.__name__.lower()), (), Problems())


def from_file(
    record: type[Model], folder: Path, name: str, place: str, problems: Problems, asked: TableFile | None = None
) -> Table:
    """A CSV or Parquet file; `place` is where the scenario names it, and `asked` how, if that can be said there."""
    before = len(problems)
    data = read_file(folder, name, place, problems)
    if len(problems) > before:
        problems.incomplete.add(SECTIONS[record])
    if data is None:
        return empty(record)
    text = is_text(name)
    found = lines_of(folder / name, data.num_rows) if text else None
    lines = None if found is None else found.rows
    return from_arrow(record, data, Origin(0, name, lines), problems, text=text, asked=asked)


def from_table(record: type[Model], data: Any, source: str, problems: Problems) -> Table:
    """A data frame, anything with `__arrow_c_stream__`, or a mapping of names to arrays; it is not changed."""
    import pyarrow as pa

    try:
        if isinstance(data, Mapping):
            arrow = _from_columns([(str(name), values) for name, values in data.items()], source, problems)
        elif hasattr(data, "to_dict") and hasattr(data, "dtypes") and hasattr(data, "iloc"):
            named = [(str(name), data.iloc[:, k]) for k, name in enumerate(data.columns)]
            arrow = _from_columns(named, source, problems)
        elif hasattr(data, "__arrow_c_stream__"):
            arrow = pa.table(data)
        else:
            fact = f"a {type(data).__name__} is not a table."
            remedy = "Give a data frame, an Arrow table or a dict of arrays; a list of rows stands in the document."
            problems.add(source, fact, remedy)
            arrow = None
    except (pa.ArrowException, ValueError, TypeError) as error:
        reason = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        problems.add(source, f"the table cannot be read ({reason}).", "Give columns of one length and one type each.")
        arrow = None
    if arrow is None:
        problems.incomplete.add(SECTIONS[record])
        return empty(record)
    return from_arrow(record, arrow, Origin(0, source), problems, text=False)


def _from_columns(columns: Sequence[tuple[str, Any]], source: str, problems: Problems) -> pa.Table | None:
    """An Arrow table of named arrays, each converted by itself so that a bad one can be named."""
    import pyarrow as pa

    arrays: list[Any] = []
    names: list[str] = []
    for name, values in columns:
        try:
            array = pa.array(values, from_pandas=True)
            arrays.append(array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array)
            names.append(name)
        except (pa.ArrowException, ValueError, TypeError, OverflowError) as error:
            fact = f"the column '{name}' cannot be read ({str(error).splitlines()[0][:200]})."
            problems.add(f"{source}: column {name}", fact, "Give it one type of value, one for each row.")
            problems.cover_source(source, [name])
    if len({len(array) for array in arrays}) > 1:
        lengths = ", ".join(f"{name} {len(array)}" for name, array in zip(names, arrays, strict=True))
        problems.add(source, f"the columns differ in length: {lengths}.", "Give each one value for each row.")
        return None
    return pa.Table.from_arrays(arrays, names=names)


def from_arrow(
    record: type[Model],
    data: pa.Table,
    origin: Origin,
    problems: Problems,
    *,
    text: bool,
    asked: TableFile | None = None,
) -> Table:
    """An Arrow table; with `text` its cells are text and are read as what the record asks for. `asked` says which of
    its columns are ours and which are not read.
    """
    fields, source = columns_of(record), origin.source
    if asked is not None and asked.ignore:
        _check_ignored(asked, data.column_names, source, problems)
        kept = [k for k, name in enumerate(data.column_names) if name not in asked.ignore]
        data = data.select(kept)
    names = _names(data.column_names, asked, fields, source, problems)
    if any(problems.covers_cell(source, "", name) for name, column in fields.items() if _identifies(column)):
        problems.incomplete.add(SECTIONS[record])
    amounts = [name for name in names if name.startswith("uses.") and "uses" in fields]
    cells = Cells(data, names, origin, problems, text=text)
    columns: dict[str, NDArray[Any]] = {}
    said = np.zeros(data.num_rows, dtype=bool)
    for name, column in fields.items():
        if column.kind == "amounts":
            columns[name] = cells.amounts(amounts)
        elif name in names:
            columns[name], valid = cells.read(column)
            said = valid if name == "must_run" else said
        else:
            columns[name] = repeated(column, data.num_rows)
    if "reject_usd" in columns:
        given = np.full(data.num_rows, "reject_usd" in names and "must_run" not in names)
        columns["must_run"] = (columns["must_run"] & said) | (given & np.isnan(columns["reject_usd"]))
    return Table(record, columns, (origin,))


def _check_ignored(asked: TableFile, theirs: Sequence[str], source: str, problems: Problems) -> None:
    """Columns that are not read are there, and no others are said to be read from them."""
    for name in asked.ignore:
        if name not in theirs:
            problems.add(source, f"there is no column '{name}', which `ignore` names.", did_you_mean(name, theirs))
        for new, old in asked.columns.items():
            if old == name:
                fact = f"the column '{name}' is in `columns`, for {new}, and in `ignore`."
                problems.add(source, fact, "Leave it out of one of the two.")


def _names(
    theirs: Sequence[str], asked: TableFile | None, fields: Mapping[str, Column], source: str, problems: Problems
) -> list[str]:
    """Our names of a table's columns, what is wrong with them noted."""
    rename = {} if asked is None else asked.columns
    ours = {old: new for new, old in rename.items()}
    names = [ours.get(name, name) for name in theirs]
    missing = set()
    for new, old in rename.items():
        if new not in fields and not new.startswith("uses."):
            fact = f"`columns` names '{new}', which is no column of ours."
            problems.add(source, fact, did_you_mean(new, fields, "See `placement schema` for the columns."))
        if asked is not None and old in asked.ignore:
            missing.add(new)
        elif old not in theirs:
            problems.add(source, f"there is no column '{old}', which `columns` names.", did_you_mean(old, theirs))
            missing.add(new)
    for name in sorted({name for name in names if names.count(name) > 1}):
        problems.add(f"{source}: column {name}", f"the column '{name}' stands twice.", "Keep one.")
    for name in names:
        if name in fields and fields[name].kind != "amounts":
            continue
        if "uses" in fields and (name == "uses" or name.startswith("uses.")):
            if name in ("uses", "uses."):
                fact = f"the column '{name}' does not say what is used."
                problems.add(f"{source}: column {name}", fact, "Give a column for each resource: uses.NAME.")
            continue
        missing.add(nearest(name, fields) or "")
        if name in rename:
            continue
        problems.add(f"{source}: column {name}", f"unknown column '{name}'.", _unknown(name, fields, asked))
    for name, column in fields.items():
        if column.required and name not in names and name not in missing:
            if not problems.covers_cell(source, "", name):
                problems.add(source, f"the column '{name}' is missing.", meaning(name, column.description))
            missing.add(name)
    if missing:
        problems.cover_source(source, missing)
    return names


def _identifies(column: Column) -> bool:
    """Whether others refer to what a column holds."""
    return column.name in ("job", "option", "class") and column.required


def _unknown(name: str, fields: Mapping[str, Column], asked: TableFile | None) -> str:
    """What to do about a column that is none of ours."""
    if name in ("", "index") or name.startswith(("Unnamed:", "__index_level_")):
        return "It seems to be a data frame's index; save without it (`index=False`)."
    near = nearest(name, fields)
    which = near or ("accelerators" if "accelerators" in fields else next(iter(fields)))
    meant = "" if near is None else f"Did you mean '{near}'? "
    if asked is None:
        return f"{meant}Leave it out."
    return (
        f"{meant}Say that it is not read, `ignore: [{name}]`, or which of ours it is, as in `columns: {{{which}: "
        f"{name}}}`."
    )

"""The front door for input: `load` a file, or make a scenario from a dict and tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from placement.catalog import Catalog, catalog
from placement.errors import ScenarioError, VersionError
from placement.loader import rows
from placement.loader.campaigns import with_campaigns
from placement.loader.check import check
from placement.loader.derive import (
    accelerators_used,
    catalog_traces,
    fill_cluster,
    places_used,
    series_in,
    too_many,
    with_satellites,
    without_derived,
)
from placement.loader.extend import OWN, extended, scenario_file
from placement.loader.merge import merge_entries, money_of, take_values, with_prices
from placement.loader.plain import plain
from placement.loader.problems import Problems
from placement.loader.ranges import with_ranges
from placement.loader.records import build
from placement.loader.round_trips import measured
from placement.loader.terms import check as check_terms
from placement.loader.terms import made_ready
from placement.loader.traces import read_trace
from placement.loader.wording import shown
from placement.schema import (
    FORMAT,
    Job,
    Model,
    Option,
    Scenario,
    ScenarioFile,
    SeriesSpec,
    Table,
    TableFile,
    Throughput,
    Trace,
)
from placement.schema.table import joined
from placement.series import catalog_key, file_key
from placement.tree import Steps, Tree, read


@dataclass(frozen=True)
class _Named:
    """What names of series are looked up in."""

    series: dict[str, SeriesSpec]
    traces: dict[str, Trace]


TABLES: dict[str, type[Model]] = {"jobs": Job, "options": Option, "throughput": Throughput}

Use = Literal["low", "base", "high"]
"""Which of `{value, low, high}` is taken."""


def load(path: str | Path, variant: str | None = None, use: Use | None = None) -> Scenario:
    """The scenario in a YAML file, with the tables and series it names, checked.

    Parameters
    ----------
    path : path
        The file. Tables and series are found relative to it. Or the name of a shipped scenario.
    variant : str, optional
        One of the file's `variants`.
    use : {"low", "base", "high"}, optional
        Which of `{value, low, high}` is taken, of the file and of the catalogue. Left out: as the file has it.

    Raises
    ------
    ScenarioError
        If anything is wrong; it lists every problem as `file:line: what is wrong (value). What to do.`
    VersionError
        If the file was written in another format.
    """
    path = scenario_file(Path(path))
    tree = extended(read(path), path.parent, variant)
    if use is not None and isinstance(tree.value, dict):
        tree = replace(tree, value={**tree.value, "use": use})
    return assemble(tree, {}, path.parent)


def scenario(
    document: Mapping[str, Any], tables: Mapping[str, Any] | None = None, folder: str | Path = "."
) -> Scenario:
    """A scenario from plain values, as they would stand in the file, and tables.

    Parameters
    ----------
    document : mapping
        What the YAML file would say.
    tables : mapping, optional
        `jobs`, `options`, `throughput`: data frames, anything with `__arrow_c_stream__`, or dicts of arrays. They
        take the
        place of what `document` says of them, and are not changed.
    folder : path
        Where relative paths begin.

    Raises
    ------
    ScenarioError, VersionError
        As `load`, with dotted paths for places.
    """
    problems = Problems()
    tree = Tree(plain(document, problems), "scenario")
    if problems:
        raise ScenarioError(problems.in_order())
    return assemble(extended(tree, Path(folder)), dict(tables or {}), Path(folder))


def assemble(
    tree: Tree,
    tables: Mapping[str, Any],
    folder: Path,
    *,
    resolved: bool = False,
    fresh: bool = True,
    traces: Mapping[str, Trace] | None = None,
    source: Catalog | None = None,
    catalog_version: str | None = None,
) -> Scenario:
    """A checked scenario from a document and tables.

    With `resolved`, catalogue entries are in the document already and are not merged again; without `fresh`, nor are
    measured round trips. `traces` are series already at hand.
    """
    problems = Problems()
    source = source or catalog()
    document = _document(tree, source, resolved, problems)
    made_tables = {
        name: _table(name, record, document.pop(name, None), tables, folder, tree, problems)
        for name, record in TABLES.items()
    }
    for name in tables:
        if name not in TABLES:
            problems.add(f"tables: {name}", f"there is no table '{name}'.", f"Known: {', '.join(TABLES)}.")
    head = build(ScenarioFile, document, tree, (), problems)
    if head is None:
        raise ScenarioError(problems.in_order())
    for index, cluster in enumerate(head.clusters):
        if wrong := too_many(cluster):
            remedy = "Give fewer, or planes with some of them each."
            problems.add(tree.place(("clusters", index, "satellites")), wrong, remedy)
    clusters = tuple(fill_cluster(cluster) for cluster in head.clusters)
    known = _traces(head, dict(traces or {}), folder, source, tree, problems)
    if fresh:
        made_tables["jobs"] = with_campaigns(
            made_tables["jobs"], head.campaigns, head.horizon, _Named(head.series, known), tree, problems,
            remade=resolved,
        )  # fmt: skip
    accelerators = accelerators_used(
        _accelerator_names(head, made_tables, tree, problems),
        head.accelerators,
        source,
        head.use,
        head.money,
        problems,
    )
    clusters = tuple(with_satellites(cluster, accelerators) for cluster in clusters)
    places = places_used(_place_names(head, made_tables, tree, problems), head.places, clusters, source, problems)
    kept = type(head).model_fields.keys() - TABLES.keys() - set(OWN)
    fields: dict[str, Any] = {name: getattr(head, name) for name in type(head).model_fields if name in kept}
    homes = _place_names(head, made_tables, tree, Problems())
    trips = measured(homes, places, clusters, head.round_trips, source) if fresh else head.round_trips
    ready = made_ready(head.terms, folder, tree, problems)
    fields |= {
        "clusters": clusters,
        "terms": ready.terms,
        "accelerators": accelerators,
        "places": places,
        "round_trips": trips,
        **made_tables,
    }
    fields["traces"] = known
    result = Scenario.model_construct(**fields, catalog_version=catalog_version or source.version)
    check(result, tree, problems)
    check_terms(result, ready, tree, problems, resolved=resolved)
    if problems:
        raise ScenarioError(problems.in_order())
    return result


def _document(
    tree: Tree, source: Catalog, resolved: bool, problems: Problems, use: str | None = None
) -> dict[str, Any]:
    """The document with its numbers taken by `use`, in dollars of one year, and catalogue entries merged.

    With `use` given its numbers are taken by that.
    """
    document = tree.value
    if not isinstance(document, dict):
        what = "empty" if document is None else "a list" if isinstance(document, list) else "a single value"
        problems.add(tree.place(()), f"the document is {what}, not a mapping of keys.", "See `placement new`.")
        raise ScenarioError(problems)
    _check_format(document, tree, problems)
    if use is not None:
        document = {**document, "use": use}
    taken = document.get("use")
    by = taken if taken in ("low", "base", "high") else "base"
    money = money_of(document, by)

    def wrong(path: Steps, fact: str, remedy: str) -> None:
        problems.add(tree.place(path), f"{tree.dotted(path[:-1])}: {fact}" if tree.lines else fact, remedy)

    document = with_prices({**take_values(document, by, money, wrong), "format": FORMAT}, money)
    if resolved:
        without_derived(document.get("clusters"))
    for section in ("clusters", "vehicles"):
        if section in document and not resolved:
            document[section] = merge_entries(document[section], section, source, by, money, tree, problems)
    if use is not None or resolved:
        return document
    return with_ranges(document, lambda by: _document(tree, source, resolved, Problems(), by), tree, problems)


def _check_format(document: dict[str, Any], tree: Tree, problems: Problems) -> None:
    given = document.get("format")
    if given == FORMAT and type(given) is int:
        return
    if isinstance(given, int) and not isinstance(given, bool):
        raise VersionError(
            f"{tree.place(('format',))}: the format is {given}, and this version reads format {FORMAT}. "
            "Install the version that wrote it, or write the scenario anew with `placement new`."
        )
    fact = "'format' is missing." if "format" not in document else f"format is {shown(given)}, but must be a number."
    problems.add(tree.place(("format",)), fact, f"Begin with `format: {FORMAT}`.")


def _table(
    name: str,
    record: type[Model],
    value: Any,
    tables: Mapping[str, Any],
    folder: Path,
    tree: Tree,
    problems: Problems,
) -> Table:
    if name in tables:
        ready = tables[name]
        if isinstance(ready, Table):
            return ready
        return rows.from_table(record, tables[name], name, problems)
    if value is None:
        return rows.empty(record)
    if isinstance(value, list):
        return _listed(record, value, folder, tree, (name,), problems)
    return _file(record, value, folder, tree, (name,), problems)


def _file(record: type[Model], value: Any, folder: Path, tree: Tree, path: Steps, problems: Problems) -> Table:
    """A table that stands in a file."""
    before = len(problems)
    made = build(TableFile, value, tree, path, problems)
    if made is None or len(problems) > before:
        problems.incomplete.add(str(path[0]))
        return rows.empty(record)
    return rows.from_file(record, folder, made.table, tree.place((*path, "table")), problems, made)


def _listed(record: type[Model], items: list[Any], folder: Path, tree: Tree, path: Steps, problems: Problems) -> Table:
    """Rows, and tables that stand in files, in any order."""
    files = [k for k, item in enumerate(items) if isinstance(item, dict) and "table" in item]
    inline = [k for k in range(len(items)) if k not in files]
    tables = [_file(record, items[k], folder, tree, (*path, k), problems) for k in files]
    if inline or not files:
        tables.append(rows.from_list(record, [items[k] for k in inline], tree, path, problems, inline))
    return joined(tables)


def _accelerator_names(
    head: ScenarioFile, tables: Mapping[str, Table], tree: Tree, problems: Problems
) -> dict[str, str]:
    steps: list[tuple[Steps, str]] = [(("reference_accelerator",), head.reference_accelerator)]
    for index, cluster in enumerate(head.clusters):
        here: Steps = ("clusters", index)
        pools = enumerate(cluster.pools)
        steps += [((*here, "pools", inner, "accelerator"), pool.accelerator) for inner, pool in pools]
        for inner, module in enumerate(cluster.modules):
            path: Steps = (*here, "modules", inner, "generations")
            steps += [((*path, i, "accelerator"), one.accelerator) for i, one in enumerate(module.generations)]
        if cluster.satellites is not None:
            steps.append(((*here, "satellites", "accelerator"), cluster.satellites.accelerator))
    return _places_of(steps, tables["throughput"], "accelerator", tree, problems)


def _place_names(head: ScenarioFile, tables: Mapping[str, Table], tree: Tree, problems: Problems) -> dict[str, str]:
    steps: list[tuple[Steps, str]] = []
    for index, cluster in enumerate(head.clusters):
        stations = enumerate(cluster.link.stations if cluster.link else ())
        steps += [(("clusters", index, "link", "stations", inner), station) for inner, station in stations]
    steps += [(("datasets", index, "home"), dataset.home) for index, dataset in enumerate(head.datasets)]
    steps += [(("flows", index, "home"), flow.home) for index, flow in enumerate(head.flows) if flow.home is not None]
    return _places_of(steps, tables["jobs"], "home", tree, problems)


def _places_of(
    steps: list[tuple[Steps, str]], table: Table, column: str, tree: Tree, problems: Problems
) -> dict[str, str]:
    """Where each name stands first; those that stand in for broken values are left out."""
    names: dict[str, str] = {}
    for path, name in steps:
        if not problems.covers_value(path):
            names.setdefault(name, tree.place(path))
    for row, name in enumerate(table[column]):
        if name is None or name in names:
            continue
        place = table.place(row, column)
        if not problems.covers_cell(table.source(row), table.place(row, ""), column):
            names[name] = place
    return names


def _traces(
    head: ScenarioFile, known: dict[str, Trace], folder: Path, source: Catalog, tree: Tree, problems: Problems
) -> dict[str, Trace]:
    """The recorded numbers behind all series, each file's column read once."""
    names: set[str] = set()
    found: dict[str, Trace | None] = {}
    for path, spec in series_in(head):
        if spec.series is not None:
            names.add(spec.series)
        if spec.file is not None:
            key = file_key(spec.file, str(spec.column), spec.time_column)
            if key not in found:
                found[key] = known[key] if key in known else read_trace(spec, folder, tree.place(path), problems)
    names -= set(head.series)
    at_hand = {key: known[key] for key in map(catalog_key, names) if key in known}
    used = {key: trace for key, trace in found.items() if trace is not None}
    return {**used, **catalog_traces(names, source, head.money), **at_hand}

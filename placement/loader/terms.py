"""Terms of a scenario, made ready: tables read into rows, packages found, parameters checked, names that must exist."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel, ValidationError

from placement.errors import PlacementError
from placement.loader import rows
from placement.loader.problems import Problems
from placement.loader.wording import complaint, did_you_mean
from placement.schema import Scenario, Table, Term, TermRow
from placement.terms import find, installed
from placement.terms.evaluated import missing
from placement.tree import Steps, Tree

MOST_ROWS = 200_000
"""Rows of the table of one term; they become part of the scenario."""
LAX = {
    "float_parsing": "float_type", "int_parsing": "int_type", "int_from_float": "int_type", "bool_parsing": "bool_type",
    "list_type": "tuple_type",
}  # fmt: skip
"""Errors of models that take text for numbers, as those of ours."""
OF_JOBS = ("job", "class", "priority")
MAX_COMPLAINTS = 5
"""Rows that are named one by one for the same column."""


@dataclass(frozen=True)
class Ready:
    """Terms with rows and packages, and the tables that rows came from, by number of the term."""

    terms: tuple[Term, ...]
    tables: Mapping[int, Table]


def made_ready(terms: tuple[Term, ...], folder: Path, tree: Tree, problems: Problems) -> Ready:
    """The terms with their tables read, their packages written down and their parameters as these take them."""
    made, tables = [], {}
    for index, term in enumerate(terms):
        path: Steps = ("terms", index)
        if problems.covers(path):
            made.append(term)
        elif term.table is not None:
            tables[index] = rows.from_file(TermRow, folder, term.table, tree.place((*path, "table")), problems)
            made.append(_with_rows(term, tables[index], tree.place((*path, "table")), problems))
        elif term.rows is not None:
            made.append(term)
        else:
            made.append(_of_package(term, path, tree, problems))
    return Ready(tuple(made), tables)


def _with_rows(term: Term, table: Table, place: str, problems: Problems) -> Term:
    """The term with the rows of its table in the place of its name."""
    if len(table) > MOST_ROWS:
        fact = f"the table of the term '{term.name}' has {len(table):,} rows, more than {MOST_ROWS:,}."
        problems.add(place, fact, "Name classes, teams, clusters or accelerators instead of each job.")
        table = table.where(np.arange(len(table)) < MOST_ROWS)
    made, before = [], len(problems)
    for row in range(len(table)):
        values = {name: column[row] for name, column in table.columns.items()}
        for name in ("from", "until"):
            values[name] = None if np.isnat(values[name]) else values[name].astype("datetime64[us]").item()
        try:
            made.append(TermRow.model_validate(values))
        except ValidationError as error:
            if len(problems) == before and not problems.covers_row(table.source(row), table.place(row, "")):
                words = complaint(dict(error.errors()[0]), "it", "", ())
                problems.add(table.place(row, "until"), *words)
    return term.model_copy(update={"rows": tuple(made), "table": None})


def _of_package(term: Term, path: Steps, tree: Tree, problems: Problems) -> Term:
    """The term with its package and parameters, those left out at their defaults."""
    place = tree.place((*path, "term" if term.term is not None else "name") if tree.lines else path)

    def wrong(fact: str, remedy: str, at: str = place) -> Term:
        problems.add(at, f"terms.{term.name}: {fact}" if tree.lines else fact, remedy)
        problems.cover(path, path)
        return term

    try:
        known = find(term.wanted, term.package)
    except PlacementError as error:
        fact, _, remedy = str(error).partition(". ")
        return wrong(f"{fact}.", remedy)
    if known is None:
        return wrong(*_not_there(term))
    model = known.term.parameters
    try:
        parameters = model.model_validate(term.parameters)
    except ValidationError as error:
        for item in error.errors():
            steps, words = _fault(model, dict(item))
            wrong(*words, tree.place((*path, *steps)))
        return term
    written = parameters.model_dump(mode="json", by_alias=True, exclude_none=True)
    own = {name: getattr(term, name) for name in type(term).model_fields}
    return Term.model_construct(**{**own, "package": known.package}, **written)


def _not_there(term: Term) -> tuple[str, str]:
    """Fact and remedy where no installed package has the term."""
    if term.package is not None:
        fact, _, remedy = missing(term).partition(". ")
        return f"{fact}.", remedy
    names = list(installed())
    fact = f"there is no term '{term.wanted}' in any installed package."
    keys = [did_you_mean(key, ("table", "rows")) for key in term.parameters]
    near = [words for words in (*keys, did_you_mean(term.wanted, names)) if words.startswith("Did")][:1]
    there = [f"Installed: {', '.join(names)}."] if names else []
    return fact, " ".join((*near, *there, "Install the package that has it, or give its dollars as `table` or `rows`."))


def _fault(model: type[BaseModel], error: dict[str, Any]) -> tuple[Steps, tuple[str, str]]:
    """Where below a term a parameter is wrong, and how."""
    steps: Steps = tuple(error["loc"])
    fields = {info.alias or name: info for name, info in model.model_fields.items()}
    name = str(steps[0]) if steps else "it"
    description = (fields[name].description or "") if name in fields else ""
    error["type"] = LAX.get(error["type"], error["type"])
    if error["type"] == "value_error":
        return steps, (f"{error['msg'].removeprefix('Value error, ')}.", "")
    return steps, complaint(error, ".".join(map(str, steps)) or name, description, fields)


def of_new_jobs(scenario: Scenario, names: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Terms, as `change.with_tables` takes them, where jobs have new names: rows that name one name what it became."""
    if not any(row.job is not None for term in scenario.terms for row in term.rows or ()):
        return {}
    document: list[dict[str, Any]] = scenario.document()["terms"]
    for term in document:
        if "rows" in term:
            term["rows"] = [
                {**row, **({} if name is None else {"job": name})}
                for row in term["rows"]
                for name in (names.get(row["job"], ()) if "job" in row else (None,))
            ]
    return {"terms": document}


def check(scenario: Scenario, ready: Ready, tree: Tree, problems: Problems, *, resolved: bool = False) -> None:
    """Complain of names that two terms have, and of rows that name what is not there.

    A resolved scenario may have lost jobs that rows are for; that is no mistake then.
    """
    seen: set[str] = set()
    for index, term in enumerate(scenario.terms):
        if term.name in seen:
            place = tree.place(("terms", index, "name"))
            problems.add(place, f"there are two terms named '{term.name}'.", "Give each its own name.")
        seen.add(term.name)
    known = {key: names for key, names in _known(scenario) if not resolved or key not in OF_JOBS}
    for index, term in enumerate(scenario.terms):
        if term.rows and not problems.covers(("terms", index)):
            for key, names in known.items():
                if not problems.incomplete & {"clusters", "jobs", "options"}:
                    _check_names(term, index, key, names, ready.tables.get(index), tree, problems)


def _known(scenario: Scenario) -> Iterator[tuple[str, set[str]]]:
    """Names that rows may say, by key.

    Teams are not among them: a table of budgets lists all, also those without jobs (`placement.doubts` tells them). Nor
    are options: derived ones are made later.
    """
    jobs, pools = scenario.jobs, list(scenario.pools())
    yield "job", set(jobs["job"])
    for key in ("class", "priority"):
        yield key, set(jobs[key]) - {None}
    yield "cluster", {cluster.name for cluster in scenario.clusters}
    yield "pool", {str(pool.name) for _, pool in pools}
    yield "accelerator", {pool.accelerator for _, pool in pools}


def _check_names(
    term: Term, index: int, key: str, names: set[str], table: Table | None, tree: Tree, problems: Problems
) -> None:
    field = "class_" if key == "class" else key
    wrong = [
        k for k, row in enumerate(term.rows or ()) if (value := getattr(row, field)) is not None and value not in names
    ]
    for k in wrong[:MAX_COMPLAINTS]:
        value = getattr((term.rows or ())[k], field)
        path: Steps = ("terms", index, "rows", k, key)
        place = tree.place(path) if table is None else table.place(k, key)
        here = f"terms.{term.name}: " if tree.lines and table is None else ""
        none = {"class": "no job of the class", "priority": "no job of the priority"}
        fact = f"{here}there is {none.get(key, f'no {key}')} '{value}'."
        problems.add(place, fact, did_you_mean(value, sorted(names), "Check the name."))
    if len(wrong) > MAX_COMPLAINTS:
        place = tree.place(("terms", index)) if table is None else table.place(wrong[MAX_COMPLAINTS], key)
        fact = f"here and in {len(wrong) - MAX_COMPLAINTS - 1:,} more rows there is something wrong with {key}."
        problems.add(place, fact, "Correct the rows above first.")

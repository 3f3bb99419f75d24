"""Published comparisons, worked out again from their own inputs: printed, computed, difference.

A study is a YAML file: each row names one of `formulae.FORMULAE` with its inputs, as the publication gives them, and
the figure that it prints. Files of the same form from elsewhere are read as well; nothing in them is executed.
"""

from __future__ import annotations

import functools
import inspect
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator

from placement.errors import Problem, ScenarioError
from placement.formulae import FORMULAE, parts, work_out
from placement.loader.problems import Problems
from placement.loader.records import build
from placement.loader.wording import did_you_mean
from placement.schema import Model
from placement.schema.fields import Name, Real, Text, broken_rule
from placement.tree import Tree, parse, read

TOLERANCE = 0.01
"""Share of the printed figure that a row may be off if it does not say."""


class Row(Model):
    """One figure of a publication."""

    what: Annotated[Text, Field(description="What the figure is.")]
    formula: Annotated[Name, Field(description="Name of a formula.")]
    pick: Annotated[Name | None, Field(description="Which of its figures, of a formula that yields several.")] = None
    inputs: Annotated[dict[str, Real], Field(description="Its inputs, in the units that their names say.")]
    printed: Annotated[Real, Field(description="The figure that is printed.")]
    derived: Annotated[
        bool, Field(description="Whether the source gives only what `printed` follows from, and does not print it.")
    ] = False
    unit: Annotated[Text, Field(description="Its unit.")] = ""
    tolerance: Annotated[
        Real | None, Field(gt=0, le=0.5, description="Of the difference, as a share of `printed`. Without: 0.01.")
    ] = None
    within: Annotated[Real | None, Field(gt=0, description="Of the difference, in `unit`, instead.")] = None
    note: Annotated[Text | None, Field(description="What a reader should know.")] = None

    @model_validator(mode="after")
    def _one_tolerance(self) -> Row:
        if self.tolerance is not None and self.within is not None:
            raise broken_rule("`tolerance` and `within` both say how far off it may be", "Leave one out")
        return self

    @property
    def allowed(self) -> float:
        """How far off it may be, in `unit`."""
        share = TOLERANCE if self.tolerance is None else self.tolerance
        return share * abs(self.printed) if self.within is None else self.within


class Study(Model):
    """A publication and its figures."""

    title: Annotated[Text, Field(description="What it compares.")]
    source: Annotated[Text, Field(description="The publication.")]
    boundary: Annotated[Text | None, Field(description="What it counts and what not.")] = None
    note: Annotated[Text | None, Field(description="What a reader should know of all of it.")] = None
    rows: Annotated[tuple[Row, ...], Field(min_length=1, description="Its figures.")]


@dataclass(frozen=True)
class Line:
    """A row with what comes out."""

    row: Row
    computed: float

    @property
    def off(self) -> float:
        """computed - printed, in the row's unit."""
        return self.computed - self.row.printed

    @property
    def difference(self) -> float | None:
        """(computed - printed)/|printed|; None where 0 is printed."""
        return self.off / abs(self.row.printed) if self.row.printed else None

    @property
    def share(self) -> float:
        """How much of what is allowed the difference takes up; above 1 it is off."""
        return abs(self.off) / self.row.allowed

    @property
    def agrees(self) -> bool:
        """Whether the difference is within the row's tolerance."""
        return self.share <= 1


def names() -> tuple[str, ...]:
    """Studies that are shipped."""
    folder = files("placement.data").joinpath("studies")
    return tuple(sorted(entry.name.removesuffix(".yaml") for entry in folder.iterdir() if entry.name.endswith(".yaml")))


@functools.cache
def shipped(name: str) -> Study:
    """A study that is shipped."""
    text = files("placement.data").joinpath("studies", f"{name}.yaml").read_text(encoding="utf-8")
    return _study(parse(text, f"placement/data/studies/{name}.yaml"))


def load(path: Path) -> Study:
    """A study from a file.

    Raises
    ------
    ScenarioError
        With everything that is wrong with it, by file and line.
    """
    return _study(read(path))


def find(name: str) -> Study:
    """A study by name, or from a file if the name is that of one."""
    if name in names():
        return shipped(name)
    path = Path(name)
    if path.suffix in (".yaml", ".yml"):
        return load(path)
    raise ScenarioError([Problem(name, "there is no such study.", did_you_mean(name, names(), "Give a YAML file."))])


def run(study: Study) -> tuple[Line, ...]:
    """Every row worked out."""
    return tuple(line(row) for row in study.rows)


def line(row: Row) -> Line:
    """A row worked out."""
    return Line(row, work_out(row.formula, row.inputs, row.pick))


def _study(tree: Tree) -> Study:
    problems = Problems()
    made = build(Study, tree.value, tree, (), problems)
    if made is not None and not problems:
        for index, row in enumerate(made.rows):
            _check(row, index, tree, problems)
    if problems or made is None:
        raise ScenarioError(problems)
    return made


def _check(row: Row, index: int, tree: Tree, problems: Problems) -> None:
    """Complain of a formula that is not there, what it does not take or yield, and a printed nought."""
    place = ("rows", index)
    if row.printed == 0 and row.within is None:
        fact = "printed is 0: no difference can be given as a share of it."
        problems.add(tree.place((*place, "printed")), fact, "Say by `within` how far off it may be.")
    if row.formula not in FORMULAE:
        fact = f"there is no formula '{row.formula}'."
        problems.add(
            tree.place((*place, "formula")), fact, did_you_mean(row.formula, FORMULAE, "See the shipped studies.")
        )
        return
    _check_pick(row, place, tree, problems)
    _check_inputs(row, place, tree, problems)


def _check_pick(row: Row, place: tuple[str, int], tree: Tree, problems: Problems) -> None:
    yielded = parts(row.formula)
    if row.pick is None and yielded:
        fact = f"{row.formula} yields several figures and there is no `pick`."
        problems.add(tree.place((*place, "formula")), fact, f"Pick one of {', '.join(yielded)}.")
    elif row.pick is not None and row.pick not in yielded:
        fact = f"{row.formula} yields no '{row.pick}'."
        remedy = did_you_mean(row.pick, yielded, "Leave `pick` out.")
        problems.add(tree.place((*place, "pick")), fact, remedy)


def _check_inputs(row: Row, place: tuple[str, int], tree: Tree, problems: Problems) -> None:
    wanted = inspect.signature(FORMULAE[row.formula]).parameters
    open_ended = any(p.kind is p.VAR_KEYWORD for p in wanted.values())
    named = {n: p for n, p in wanted.items() if p.kind is not p.VAR_KEYWORD}
    for name in row.inputs:
        if name not in named and not open_ended:
            fact = f"{row.formula} takes no '{name}'."
            problems.add(tree.place((*place, "inputs", name)), fact, did_you_mean(name, named, ""))
    missing = [n for n, p in named.items() if p.default is p.empty and n not in row.inputs]
    if missing:
        fact = f"{row.formula} needs {', '.join(missing)}."
        problems.add(tree.place((*place, "inputs")), fact, "Give it, with the unit that its name says.")

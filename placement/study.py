"""Published comparisons, worked out again from their own inputs: printed, computed, difference.

A study is a YAML file: each row names one of `FORMULAE` with its inputs, as the publication gives them, and the figure
that it prints. Files of the same form from elsewhere are read as well; nothing in them is executed.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from placement import levelised
from placement.errors import Problem, ScenarioError
from placement.loader.problems import Problems
from placement.loader.records import build
from placement.loader.wording import did_you_mean
from placement.physics import formation, optical, radiation, radiator, sunlight
from placement.schema import Model
from placement.schema.fields import Name, Real, Text
from placement.tree import Tree, parse, read


def net_radiator_w_m2(
    temperature_k: float,
    emissivity: float,
    absorptivity: float,
    solar_w_m2: float,
    albedo: float,
    view: float,
    earth_k: float,
) -> float:
    """A plate that radiates from both faces, less what it takes in from the Sun and the Earth, all with one α."""
    out = radiator.emitted_w_m2(temperature_k, emissivity)
    sun = radiator.absorbed_sun_w_m2(absorptivity, solar_w_m2)
    earth = radiator.absorbed_earth_w_m2(absorptivity, absorptivity, view, albedo, solar_w_m2, earth_k)
    return float(out - sun - earth)


def product(**factors: float) -> float:
    """The product of all inputs."""
    return float(np.prod(list(factors.values())))


def ratio(numerator: float, denominator: float) -> float:
    """One number over another."""
    return numerator / denominator


def total(**parts: float) -> float:
    """The sum of all inputs."""
    return float(sum(parts.values()))


FORMULAE: Mapping[str, Callable[..., Any]] = {
    "launch_usd_per_kw_year": levelised.launch_usd_per_kw_year,
    "power_usd_per_kw_year": levelised.power_usd_per_kw_year,
    "learnt_price": levelised.learnt_price,
    "mass_to_learn": levelised.mass_to_learn,
    "emitted_w_m2": radiator.emitted_w_m2,
    "absorbed_sun_w_m2": radiator.absorbed_sun_w_m2,
    "absorbed_earth_w_m2": radiator.absorbed_earth_w_m2,
    "net_radiator_w_m2": net_radiator_w_m2,
    "antenna_gain_db": lambda aperture_m, wavelength_m, efficiency: (
        10 * np.log10(optical.gain(aperture_m, wavelength_m, efficiency))
    ),
    "received_w": optical.received_w,
    "confocal_m": optical.confocal_m,
    "lattice_points": formation.lattice_points,
    "closest_m": lambda amplitude_m: formation.distance_range_m(amplitude_m)[0],
    "farthest_m": lambda amplitude_m: formation.distance_range_m(amplitude_m)[1],
    "cross_section_cm2": radiation.cross_section_cm2,
    "events_per_year": radiation.events_per_year,
    "mean_hours_to_failure": radiation.mean_hours_to_failure,
    "failures_per_year": radiation.failures_per_year,
    "eclipsed_fraction": lambda beta_deg, altitude_km: 1 - sunlight.sunlit_fraction(np.radians(beta_deg), altitude_km),
    "product": product,
    "ratio": ratio,
    "total": total,
}
"""What rows may name, by name."""


class Row(Model):
    """One figure of a publication."""

    what: Annotated[Text, Field(description="What the figure is.")]
    formula: Annotated[Name, Field(description="Name of a formula.")]
    inputs: Annotated[dict[str, Real], Field(description="Its inputs, in the units that their names say.")]
    printed: Annotated[Real, Field(description="The figure that is printed.")]
    unit: Annotated[Text, Field(description="Its unit.")] = ""
    tolerance: Annotated[Real, Field(gt=0, le=0.5, description="Of the difference, as a share of `printed`.")] = 0.01
    note: Annotated[Text | None, Field(description="What a reader should know.")] = None


class Study(Model):
    """A publication and its figures."""

    title: Annotated[Text, Field(description="What it compares.")]
    source: Annotated[Text, Field(description="The publication.")]
    boundary: Annotated[Text | None, Field(description="What it counts and what not.")] = None
    rows: Annotated[tuple[Row, ...], Field(min_length=1, description="Its figures.")]


@dataclass(frozen=True)
class Line:
    """A row with what comes out."""

    row: Row
    computed: float

    @property
    def difference(self) -> float:
        """(computed - printed)/printed."""
        return (self.computed - self.row.printed) / self.row.printed

    @property
    def agrees(self) -> bool:
        """Whether the difference is within the row's tolerance."""
        return abs(self.difference) <= self.row.tolerance


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
    return tuple(Line(row, float(FORMULAE[row.formula](**row.inputs))) for row in study.rows)


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
    """Complain of a formula that is not there, inputs that it does not take, and a printed nought."""
    place = ("rows", index)
    if row.printed == 0:
        problems.add(tree.place((*place, "printed")), "printed is 0: no difference can be given.", "Leave the row out.")
    if row.formula not in FORMULAE:
        fact = f"there is no formula '{row.formula}'."
        problems.add(
            tree.place((*place, "formula")), fact, did_you_mean(row.formula, FORMULAE, "See the shipped studies.")
        )
        return
    wanted = inspect.signature(FORMULAE[row.formula]).parameters
    if any(p.kind is p.VAR_KEYWORD for p in wanted.values()):
        return
    for name in row.inputs:
        if name not in wanted:
            fact = f"{row.formula} takes no '{name}'."
            problems.add(tree.place((*place, "inputs", name)), fact, did_you_mean(name, wanted, ""))
    missing = [n for n, p in wanted.items() if p.default is p.empty and n not in row.inputs]
    if missing:
        fact = f"{row.formula} needs {', '.join(missing)}."
        problems.add(tree.place((*place, "inputs")), fact, "Give it, with the unit that its name says.")

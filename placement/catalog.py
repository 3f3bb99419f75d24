"""The catalogue shipped with the package: what exists, is planned or was measured, each value with its source.

A section is a file `NAME.yaml`, or a folder `NAME/*.yaml` whose files are put together. In a folder, `templates.yaml`
holds no entries but what several entries have in common: a mapping with `like: NAME` or `like: [A, B]` takes the
template of that name (B over A), and what it has itself lies over it as in `placement.overlay`.
"""

import csv
import functools
import hashlib
from dataclasses import dataclass, field
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

import numpy as np

from placement.errors import Problem, ScenarioError
from placement.overlay import overlay
from placement.schema import Trace
from placement.tree import Tree, parse

SECTIONS = {
    "clusters": "sites on Earth and clusters in orbit",
    "vehicles": "launch vehicles",
    "accelerators": "types of accelerators",
    "places": "cities and ground stations",
    "satellites": "mass, power and cost of satellites",
    "parts": "what satellites are built of",
    "costs": "what sites cost, use and wait for",
    "electricity": "prices of electricity",
    "grids": "carbon of grids",
    "latency": "round-trip times, rules and measured",
    "services": "what is bought by use",
    "outlooks": "launch in later years",
    "deflators": "price indices, for dollars of other years",
}
"""What is in each section. A scenario names entries of the first four; the others are for reference."""

TEMPLATES = "templates.yaml"

Entries = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Catalog:
    """Entries by section and name, as plain values with their `{value, source, grade, ...}`."""

    texts: dict[str, dict[str, str]]
    """YAML by section and file. A section is read when it is asked for first."""
    series_index: Entries
    version: str
    _read: dict[str, Entries] = field(default_factory=dict, repr=False, compare=False)

    def section(self, name: str) -> Entries:
        """Entries of a section by name."""
        if name not in self._read:
            self._read[name] = union(self.texts[name])
        return self._read[name]

    def trace(self, name: str) -> Trace | None:
        """A series of the catalogue: means by month and hour of the day, UTC; None if there is none of that name."""
        entry = self.series_index.get(name)
        if entry is None:
            return None
        text = files("placement.data").joinpath("series", str(entry["file"])).read_text(encoding="utf-8")
        rows = list(csv.reader(line for line in text.splitlines() if not line.startswith("#")))
        values = np.array([[float(cell) for cell in row[1:]] for row in rows[1:]])
        return Trace(values, None, f"catalogue series {name}: {entry['source']}")


@functools.cache
def catalog() -> Catalog:
    """The catalogue of this version of the package. Its version is a hash of everything in it."""
    folder = files("placement.data")
    digest = hashlib.sha256()
    texts = {section: _texts(folder, section) for section in SECTIONS}
    for of_section in texts.values():
        for text in of_section.values():
            digest.update(text.encode())
    index_text = folder.joinpath("series", "index.yaml").read_text(encoding="utf-8")
    digest.update(index_text.encode())
    index = parse(index_text, "placement/data/series/index.yaml").value
    for entry in index.values():
        digest.update(folder.joinpath("series", str(entry["file"])).read_bytes())
    digest.update(folder.joinpath("atmosphere.csv").read_bytes())
    return Catalog(texts, index, digest.hexdigest()[:12])


def _texts(folder: Traversable, section: str) -> dict[str, str]:
    """The files of a section by name, in the order of their names."""
    single = folder.joinpath(f"{section}.yaml")
    several = folder.joinpath(section)
    found = [single] if single.is_file() else [file for file in several.iterdir() if file.name.endswith(".yaml")]
    above = "" if single.is_file() else f"{section}/"
    return {above + file.name: file.read_text(encoding="utf-8") for file in sorted(found, key=lambda file: file.name)}


def union(texts: dict[str, str]) -> Entries:
    """The entries in the files of a section, templates filled in.

    Raises
    ------
    ScenarioError
        If a name stands in two files, or `like` names no template or leads back to itself.
    """
    trees = {name: parse(text, f"placement/data/{name}") for name, text in texts.items()}
    templates = {
        key: value for name, tree in trees.items() if name.endswith(TEMPLATES) for key, value in tree.value.items()
    }
    places: dict[str, str] = {}
    entries: Entries = {}
    for file, tree in trees.items():
        if file.endswith(TEMPLATES):
            continue
        for name, entry in tree.value.items():
            if name in entries:
                fact = f"the entry '{name}' stands in {places[name]} already."
                raise ScenarioError([Problem(tree.place((name,)), fact, "Keep one of the two.")])
            places[name] = tree.place((name,))
            entries[name] = filled(entry, templates, tree, name)
    return entries


def filled(value: Any, templates: dict[str, Any], tree: Tree, name: str, chain: tuple[str, ...] = ()) -> Any:
    """A value of the entry `name` of `tree` with what each `like` in it, at any depth, names filled in.

    `chain` are the templates within which the value stands.
    """
    if isinstance(value, list):
        return [filled(inner, templates, tree, name, chain) for inner in value]
    if not isinstance(value, dict):
        return value
    own = {key: filled(inner, templates, tree, name, chain) for key, inner in value.items() if key != "like"}
    like = value.get("like", [])
    below: Any = {}
    for template in like if isinstance(like, list) else [like]:
        if template in chain:
            fact = f"the template '{template}' is like itself, by way of {', '.join(chain)}."
            raise ScenarioError([Problem(tree.place((name,)), fact, "Break the circle.")])
        if template not in templates:
            fact, remedy = f"there is no template '{template}'.", f"Known: {', '.join(templates)}."
            raise ScenarioError([Problem(tree.place((name,)), fact, remedy)])
        below = overlay(below, filled(templates[template], templates, tree, name, (*chain, template)))
    return overlay(below, own)

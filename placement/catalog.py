"""The catalogue shipped with the package: clusters, vehicles, accelerators, places, series, each value with its
source.
"""

import csv
import functools
import hashlib
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import numpy as np

from placement.schema import Trace
from placement.tree import parse

SECTIONS = ("clusters", "vehicles", "accelerators", "places")


@dataclass(frozen=True)
class Catalog:
    """Entries by section and name, as plain values with their `{value, source, grade, ...}`."""

    entries: dict[str, dict[str, dict[str, Any]]]
    series_index: dict[str, dict[str, Any]]
    version: str

    def section(self, name: str) -> dict[str, dict[str, Any]]:
        """Entries of a section by name."""
        return self.entries[name]

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
    digest = hashlib.sha256()
    folder = files("placement.data")

    def document(name: str) -> Any:
        text = folder.joinpath(name).read_text(encoding="utf-8")
        digest.update(text.encode())
        return parse(text, f"placement/data/{name}").value

    entries = {section: document(f"{section}.yaml") for section in SECTIONS}
    index = document("series/index.yaml")
    for entry in index.values():
        digest.update(folder.joinpath("series", str(entry["file"])).read_bytes())
    return Catalog(entries, index, digest.hexdigest()[:12])

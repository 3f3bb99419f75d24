"""Packages that are there for a test, as their entry points tell of them."""

from collections.abc import Mapping
from importlib import metadata

import pytest


class Package:
    """What an entry point says of its package."""

    def __init__(self, name: str):
        self.name, self.version = name, "1.0"


def adds(patch: pytest.MonkeyPatch, group: str, entries: Mapping[str, tuple[str, ...] | str]) -> None:
    """Let packages add to a group: name and "module:object", or several by several packages."""
    points = []
    for name, values in entries.items():
        for number, value in enumerate([values] if isinstance(values, str) else values):
            point = metadata.EntryPoint(name, value, group)
            points.append(point._for(Package(f"package-{number}")))  # type: ignore[attr-defined]
    found = metadata.EntryPoints(points)
    patch.setattr(metadata, "entry_points", lambda **select: found.select(**select))

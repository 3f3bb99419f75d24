"""Sliders that move through solved points in a page, without a server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from placement.swept import Sweep

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Slider:
    """Inputs, and the figures of the point that is nearest to where they stand."""

    axes: tuple[tuple[str, tuple[float, ...]], ...]
    """Name of each input and the values that it has, rising."""
    figures: tuple[tuple[str, str, str, float], ...]
    """Column, words, unit, and what it is multiplied by."""
    table: pd.DataFrame
    """A row for each point: inputs by name, and the figures."""


def slider(sweep: Sweep, figures: dict[str, tuple[str, str, float]]) -> Slider | None:
    """The slider of a sweep; None without two points."""
    table = sweep.points
    if len(table) < 2 or not figures:
        return None
    axes = tuple((axis.name, tuple(sorted({float(v) for v in table[axis.name]}))) for axis in sweep.design.axes)
    told = tuple((name, words, unit, times) for name, (words, unit, times) in figures.items())
    columns = ["point", *(name for name, _ in axes), *figures, "gap"]
    return Slider(axes, told, table[list(dict.fromkeys(columns))])

"""A figure: a chart, what it shows in words, and the tables that it is drawn from."""

from __future__ import annotations

import copy
import json
import math
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from placement.reporting.colours import colour

if TYPE_CHECKING:
    import altair as alt
    import pandas as pd

WIDTH = 860
"""Of a figure in a file, pixels; in a page it is that of the window."""

TITLE_SIZE, BELOW_SIZE, TITLE_OFFSET = 16, 12, 14
"""Pixels of the title of a figure in a file, of what stands below it, and between it and the drawing;"""
TITLE_LETTERS, BELOW_LETTERS = 90, 120
"""letters on a line of each."""

UNIT = "{unit}"
"""Title of an axis that panels have each for themselves."""

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif"
"""Of a page."""

FILE_FONT = "'Liberation Sans', Arial, Helvetica, sans-serif"
"""Of a figure in a file: letters as wide wherever it is shown, so that they fit as they were laid out."""


@dataclass(frozen=True)
class Panel:
    """One of several drawings of a figure, each of some rows of its tables."""

    key: str
    title: str
    note: str = ""
    """Short: what makes it worth a look."""
    opened: bool = False
    """Whether a page shows it at once."""
    unit: str = ""
    """Title of its axis where the chart has `UNIT` for one."""


@dataclass(frozen=True)
class Figure:
    """A chart whose data are named tables.

    `charted` draws on `tables` by name. Where there are panels, each table with a column `panel` is cut down to the
    panel's rows.
    """

    name: str
    """Short, of small letters and dashes; names files."""
    title: str
    text: str
    """What is seen, with units, in a sentence or two."""
    charted: alt.Chart | alt.LayerChart
    tables: Mapping[str, pd.DataFrame]
    shown: str | None
    """The table that tells the same in numbers."""
    height: int
    """Pixels."""
    panels: tuple[Panel, ...] = ()
    timed: bool = False
    """Whether it follows the stretch of time that the reader chooses (parameter `window`)."""
    halved: bool = False
    """Whether a page draws it half as high as it is wide."""
    heads: Mapping[str, str] = field(default_factory=dict)
    """Headings of columns that are shown; others are not."""

    def spec(self) -> dict[str, Any]:
        """The Vega-Lite specification, without data; colours are variables."""
        spec: dict[str, Any] = self.charted.to_dict(validate=True)
        spec.pop("$schema", None)
        spec["config"] = config()
        return spec

    def chart(self, panel: Panel | None = None) -> dict[str, Any]:
        """The specification with its data, of one panel where there are several: `alt.Chart.from_dict` shows it."""
        spec = sized(self.spec(), WIDTH, self.height)
        if panel is not None:
            spec = json.loads(json.dumps(spec).replace(json.dumps(UNIT), json.dumps(panel.unit)))
        key = None if panel is None else panel.key
        own = {name: records(cut(table, key)) for name, table in self.tables.items()}
        return without_empty(spec | {"datasets": spec.get("datasets", {}) | own})


def titled(spec: dict[str, Any], title: str, below: str) -> dict[str, Any]:
    """A specification with a title, and a smaller line below it, for a figure that stands alone; higher by both."""
    lines, smaller = textwrap.wrap(title, TITLE_LETTERS), textwrap.wrap(below, BELOW_LETTERS)
    more = TITLE_SIZE * 1.3 * len(lines) + BELOW_SIZE * 1.3 * len(smaller) + TITLE_OFFSET
    words = {
        "text": lines, "subtitle": smaller, "anchor": "start", "frame": "bounds", "offset": TITLE_OFFSET,
        "fontSize": TITLE_SIZE, "subtitleFontSize": BELOW_SIZE, "lineHeight": TITLE_SIZE * 1.3,
        "subtitleLineHeight": BELOW_SIZE * 1.3,
    }  # fmt: skip
    return spec | {"title": words, "height": spec["height"] + math.ceil(more)}


def without_empty(spec: dict[str, Any]) -> dict[str, Any]:
    """A specification without the layers that have nothing to draw, as far as any is left."""
    own = spec["datasets"]
    full = [layer for layer in spec.get("layer", []) if own.get(layer.get("data", {}).get("name"), True)]
    return spec | {"layer": full} if full else spec


def sized(spec: dict[str, Any], width: int | str, height: int) -> dict[str, Any]:
    """A specification with a width and a height."""
    return copy.deepcopy(spec) | {
        "width": width, "height": height, "autosize": {"type": "fit", "contains": "padding"}
    }  # fmt: skip


def cut(table: pd.DataFrame, panel: str | None) -> pd.DataFrame:
    """Rows of a panel."""
    return table if panel is None or "panel" not in table else table[table["panel"] == panel]


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as plain values; what is not a number is left out."""
    return [
        {str(key): value for key, value in row.items() if value == value and value is not None}
        for row in table.astype(object).to_dict("records")
    ]


def config() -> dict[str, Any]:
    """How all figures look."""
    words = {"labelColor": colour("ink"), "titleColor": colour("soft"), "labelFont": FONT, "titleFont": FONT}
    sizes = {"labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": "normal"}
    return {
        "background": "transparent",
        "font": FONT,
        "view": {"stroke": None},
        "axis": {**words, **sizes, "gridColor": colour("line"), "domainColor": colour("line"),
                 "tickColor": colour("line"), "labelOverlap": "greedy", "labelLimit": 190, "titlePadding": 8},
        "legend": {**words, **sizes, "orient": "top", "symbolSize": 120, "labelLimit": 260,
                   "columnPadding": 14, "columns": 4,
                   "symbolBaseFillColor": colour("ink")},
        "title": {"color": colour("ink"), "font": FONT, "subtitleColor": colour("soft"), "subtitleFont": FONT},
        "text": {"fill": colour("ink"), "font": FONT},
        "aria": False,
    }  # fmt: skip

"""One page that holds everything: no network, no server, nothing beside it."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np

from placement import __version__
from placement.reporting.colours import style_sheet
from placement.reporting.drawing import library
from placement.reporting.figure import Figure, Panel
from placement.reporting.headline import Fact
from placement.reporting.slider import Slider
from placement.reporting.tables import Told

if TYPE_CHECKING:
    import pandas as pd

MARK = "<!doctype html>\n<!-- placement report -->"
"""How each of our pages begins."""

MOMENTS = ("from", "to", "at", "start", "end")
"""Columns of milliseconds since 1970."""

VERIFIED = "Every cost here is the independent verifier's, not the solver's."

NAMES = ("year",)
"""Columns of numbers that are names: written without marks between thousands."""

PANELS = 10
"""Panels of a figure that are listed; the others one click away."""

SLIDER = (
    "<section id='slider'><h2>Through the points</h2><p>Move the inputs: below stands the solved point that is nearest."
    "</p><div class='tools'></div><dl class='facts' aria-live='polite'></dl></section>"
)

REPEATED = 4
"""Of words that stand at least so many times in the mean, each is kept once."""


def page(
    title: str,
    lines: tuple[str, ...],
    facts: tuple[Fact, ...],
    figures: tuple[Figure, ...],
    tables: tuple[Told, ...],
    slider: Slider | None = None,
    checked: str = VERIFIED,
) -> str:
    """A report as HTML.

    Parameters
    ----------
    title : str
        Of the plan.
    lines : tuple of str
        Sentences below the title.
    facts : tuple of Fact
        The headline.
    figures, tables
        In the order in which they stand.
    slider : Slider, optional
        Stands above the figures.
    checked : str
        A sentence on how costs are checked.

    Returns
    -------
    str
        What a person wrote (names, titles) is in it as text and as JSON alone, never as HTML or script.
    """
    folder = files("placement.reporting")
    content = {"figures": [_figure(figure) for figure in figures], "tables": {}, "data": {}}
    for figure in figures:
        for name, table in figure.tables.items():
            content["data"][f"{figure.name}.{name}"] = columns(table)  # type: ignore[index]
    if slider is not None:
        content["slider"] = {"axes": list(slider.axes), "figures": list(slider.figures)}  # type: ignore[dict-item]
        content["data"]["slider"] = columns(slider.table)  # type: ignore[index]
    for told in tables:
        content["tables"][told.name] = _shown(told.heads, told.table)  # type: ignore[index]
        content["data"][told.name] = columns(told.table)  # type: ignore[index]
    parts = {
        "mark": MARK,
        "title": html.escape(title),
        "version": html.escape(__version__),
        "style": style_sheet() + folder.joinpath("page.css").read_text(encoding="utf-8"),
        "lines": "".join(f"<p dir='auto'>{html.escape(line)}</p>" for line in lines),
        "facts": "".join(_fact(fact) for fact in facts),
        "links": "".join(_link(each.name, each.title) for each in figures)
        + "".join(_link(each.name, each.title) for each in tables),
        "sections": "".join(
            [SLIDER if slider is not None else "", *map(_section, figures), *map(_table_section, tables)]
        ),
        "checked": html.escape(checked),
        "content": _json(content),
        "library": library().replace("</script", "<\\/script"),
        "script": folder.joinpath("page.js").read_text(encoding="utf-8"),
    }
    text = folder.joinpath("page.html").read_text(encoding="utf-8")
    return re.sub(r"\{\{([a-z]+)\}\}", lambda found: parts[found[1]], text)


def _json(content: Any) -> str:
    """JSON that can stand inside a script element."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=_plain)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _plain(value: Any) -> Any:
    """A number of NumPy as one of Python."""
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} is no JSON value")


def columns(table: pd.DataFrame) -> dict[str, Any]:
    """A table by columns: lists of numbers (null: none), and of words, each kept once where they repeat."""
    return {str(name): _column(table[name].to_numpy()) for name in table.columns}


def _column(values: Any) -> Any:
    if values.dtype.kind == "f":
        whole = np.isfinite(values) & (values == np.round(values)) & (np.abs(values) < 1e15)
        return [
            int(value) if is_whole else value if value == value and abs(value) != np.inf else None
            for value, is_whole in zip(values.tolist(), whole.tolist(), strict=True)
        ]
    if values.dtype.kind in "iub":
        return values.tolist()
    words = ["" if value is None or value != value else str(value) for value in values.tolist()]
    kinds = dict.fromkeys(words)
    if len(words) < REPEATED * len(kinds):
        return words
    number = {word: n for n, word in enumerate(kinds)}
    return {"words": list(kinds), "at": [number[word] for word in words]}


def _figure(figure: Figure) -> dict[str, Any]:
    shown = None
    if figure.shown is not None:
        table = figure.tables[figure.shown]
        shown = {**_shown(figure.heads, table), "data": f"{figure.name}.{figure.shown}"}
    return {
        "name": figure.name,
        "title": figure.title,
        "spec": figure.spec(),
        "data": {name: f"{figure.name}.{name}" for name in figure.tables},
        "height": figure.height,
        "panels": [[panel.key, panel.unit] for panel in figure.panels],
        "timed": figure.timed,
        "halved": figure.halved,
        "shown": shown,
    }


def _shown(heads: Mapping[str, str], table: pd.DataFrame) -> dict[str, Any]:
    """Columns of a table for people: name, heading, and whether these are moments, numbers or words."""
    listed = [(name, head) for name, head in heads.items() if name in table.columns]
    return {"columns": [[name, head, _kind(name, table[name].dtype.kind)] for name, head in listed]}


def _kind(name: str, kind: str) -> str:
    return "moment" if name in MOMENTS else "number" if kind in "if" and name not in NAMES else "words"


def _link(name: str, title: str) -> str:
    return f'<a href="#{name}">{html.escape(title)}</a>'


def _fact(fact: Fact) -> str:
    label, value, note = (html.escape(text) for text in (fact.label, fact.value, fact.note))
    return f"<div class='fact'><dt>{label}</dt><dd><b>{value}</b><span>{note}</span></dd></div>"


def _section(figure: Figure) -> str:
    """A figure's place: heading, words, a place for its drawing or for those of its panels, its numbers."""
    name = figure.name
    body = f"<div class='chart' data-figure='{name}'></div>"
    if figure.panels:
        tool = f"<div class='tools' data-tools='{name}'></div>"
        drawn = [_panel(name, n, panel) for n, panel in enumerate(figure.panels)]
        body = tool + "".join(drawn[:PANELS])
        if drawn[PANELS:]:
            more = f"<summary>{len(drawn) - PANELS} more</summary>"
            body += f"<details class='more'>{more}{''.join(drawn[PANELS:])}</details>"
    numbers = f"<details class='numbers' data-numbers='{name}'><summary>The numbers</summary></details>"
    return (
        f"<section id='{name}'><h2>{html.escape(figure.title)}</h2><p dir='auto'>{html.escape(figure.text)}</p>{body}"
        f"{numbers if figure.shown else ''}</section>"
    )


def _panel(name: str, number: int, panel: Panel) -> str:
    opened = " open" if panel.opened else ""
    return (
        f"<details class='panel' data-figure='{name}' data-panel='{number}'{opened}>"
        f"<summary><bdi>{html.escape(panel.title)}</bdi> <span>{html.escape(panel.note)}</span></summary>"
        "<div class='chart'></div></details>"
    )


def _table_section(told: Told) -> str:
    opened = " open" if told.opened else ""
    return (
        f"<section id='{told.name}'><h2>{html.escape(told.title)}</h2><p>{html.escape(told.text)}</p>"
        f"<details class='numbers' data-numbers='{told.name}'{opened}><summary>{len(told.table):,} "
        f"row{'s' if len(told.table) != 1 else ''}</summary></details></section>"
    )

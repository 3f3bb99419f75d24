"""The front door: a plan in, its report out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from placement.errors import PlacementError
from placement.reporting import drawing
from placement.reporting.facts import Facts, gather
from placement.reporting.figure import Figure, Panel, titled
from placement.reporting.headline import Fact, headline
from placement.reporting.page import MARK, VERIFIED, page
from placement.reporting.slider import Slider
from placement.reporting.tables import Told, tables

if TYPE_CHECKING:
    from placement.folder import Stored
    from placement.worth import PlanExplanation

Format = Literal["svg", "png"]


@dataclass(frozen=True)
class Report:
    """A plan as people see it."""

    title: str
    lines: tuple[str, ...]
    """Sentences below the title."""
    headline: tuple[Fact, ...]
    figures: tuple[Figure, ...]
    tables: tuple[Told, ...]
    slider: Slider | None = None
    """Of a sweep."""
    checked: str = VERIFIED
    """How costs are checked."""

    def html(self) -> str:
        """One page with everything in it: it needs no network, and nothing beside it."""
        return page(self.title, self.lines, self.headline, self.figures, self.tables, self.slider, self.checked)

    def figure(self, name: str) -> Figure:
        """A figure by its name; KeyError if there is none."""
        return {figure.name: figure for figure in self.figures}[name]

    def files(self, kind: Format) -> Iterator[tuple[str, bytes]]:
        """Each figure as a file, name and content, below its title; of panels those that a page shows at once."""
        for figure in self.figures:
            opened: list[Panel | None] = [panel for panel in figure.panels if panel.opened]
            for n, panel in enumerate(opened if figure.panels else [None]):
                name = figure.name if panel is None else f"{figure.name}-{n + 1}-{_plain(panel.title)}"
                title = figure.title if panel is None else f"{figure.title}: {panel.title}"
                chart = titled(figure.chart(panel), title, self.title)
                yield (
                    f"{name}.{kind}",
                    drawing.svg(chart).encode() if kind == "svg" else drawing.png(chart),
                )


def _plain(title: str) -> str:
    """Letters of a file name."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:40] or "panel"


def report(stored: Stored, worth: PlanExplanation | None = None) -> Report:
    """The report of a plan.

    Parameters
    ----------
    stored : Stored
        As `placement.read_plan` gives it.
    worth : PlanExplanation, optional
        What one more of each limit is worth, as `placement.explain_plan` says; that can take a while.

    Returns
    -------
    Report
        Figures with their tables, more tables, and the page that holds them all. Costs are the verifier's.

    Raises
    ------
    PlacementError
        If what draws figures is not installed.
    """
    from placement.reporting.figures import worths

    drawing.needed()
    facts = gather(stored)
    drawn = _figures(facts) if worth is None else (*_figures(facts), *worths.figures(worth))
    return Report(_title(facts), tuple(_lines(facts)), headline(facts), tuple(drawn), tuple(tables(facts)))


def _figures(facts: Facts) -> Iterator[Figure]:
    from placement.reporting.figures import busy, growth, limits, money, power, running, search, sites

    for module in (sites, busy, running, limits, money, power, growth, search):
        yield from module.figures(facts)


def _title(facts: Facts) -> str:
    scenario = facts.scenario
    return f"{scenario.name}: {scenario.title}" if scenario.title else scenario.name


def _lines(facts: Facts) -> Iterator[str]:
    grid, summary = facts.grid, facts.summary
    span = f"{grid.start:%Y-%m-%d %H:%M} to {grid.when(grid.hours):%Y-%m-%d %H:%M} UTC"
    yield f"{span}. {summary.get('message', '')}"
    if facts.scenario.as_if():
        yield f"Planned with as if they operated: {', '.join(facts.scenario.as_if())}."
    if not facts.verified.ok:
        yield (
            f"This plan breaks rules of its scenario in {len(facts.verified.findings):,} places, the first: "
            f"{facts.verified.findings[0]} `placement verify` says which."
        )


def _is_report(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(MARK)) == MARK.encode()


def check_place(path: Path) -> None:
    """Raise PlacementError if a page may not be written there: over a folder, or a file that is not a report."""
    if path.is_dir():
        raise PlacementError(f"{path} is a folder. Give the name of a file with -o.")
    if path.is_file() and not _is_report(path):
        raise PlacementError(f"{path} exists and is not a report. Choose another place with -o, or move it away.")

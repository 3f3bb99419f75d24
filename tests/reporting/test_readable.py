"""Figures can be read: letters fit, legends name what is drawn, ticks differ from each other."""

from types import SimpleNamespace
from typing import Any

import pytest

from placement.reporting import Figure, Report, drawing
from placement.reporting.figures import search


def test_letters_of_files_are_as_wide_wherever_they_are_shown(of_day: Report) -> None:
    """A page may take the reader's own; a file was laid out before."""
    made = drawing.svg(of_day.figure("cost").chart())
    assert "'Liberation Sans', Arial, Helvetica, sans-serif" in made.replace("&apos;", "'").replace("&#39;", "'")
    assert "system-ui" not in made
    assert "system-ui" in str(of_day.figure("cost").spec()["config"])


@pytest.mark.parametrize(
    ("name", "table", "column"),
    [("power", "power", "kind"), ("energy", "energy", "kind"), ("carbon", "carbon", "origin"),
     ("cost-clusters", "cost", "meaning")],
)  # fmt: skip
def test_a_legend_names_what_is_drawn(name: str, table: str, column: str, of_day: Report) -> None:
    """And nothing else; each has its own colour."""
    figure = of_day.figure(name)
    scale = figure.spec()["encoding"]["color"]["scale"]
    assert set(scale["domain"]) == set(figure.tables[table][column])
    assert len(scale["range"]) == len(scale["domain"])


def found(*steps: tuple[float, float | None, float]) -> Figure:
    """The figure of a search with seconds, cost and bound of each step."""
    history = [{"seconds": at, "cost_usd": cost, "bound_usd": bound, "source": "x"} for at, cost, bound in steps]
    facts: Any = SimpleNamespace(summary={"history": history, "runtime_s": 2 * steps[-1][0]})
    (figure,) = search.figures(facts)
    return figure


def test_ticks_of_a_narrow_search_differ() -> None:
    """4.5697M and 4.5697M would say nothing."""
    axis = found((1.0, 4_569_720.0, 4_569_660.0)).spec()["encoding"]["y"]["axis"]
    assert "'.7~s'" in axis["labelExpr"]
    assert "'G', 'B'" in axis["labelExpr"]


def test_a_bound_far_below_is_drawn_at_the_edge_but_not_the_last() -> None:
    shown = found((1.0, None, -450e9), (2.0, 14e9, -450e9), (3.0, 14e9, 13.9e9)).tables["search"]["shown"]
    assert shown.min() == pytest.approx(0.75 * 14e9)
    last = found((1.0, 10.0, -450e9), (2.0, 10.0, 2.0)).tables["search"]
    assert last["shown"].min() == 2.0

"""What `placement breakeven` says of a sweep that is solved."""

import math
from pathlib import Path
from typing import TYPE_CHECKING

import click

from placement.cli.text import percent, table, wrapped, write_texts

if TYPE_CHECKING:
    from placement.crossings import Crossing
    from placement.flips import Breakeven, Flip
    from placement.schema import Scenario


def tell(found: "Crossing", scenario: "Scenario", out: Path | None) -> None:
    """A line for each value of the second input and each flip on it."""
    from placement.flips import number

    words, shown = found.measure.words, found.measure.shown
    click.echo(f"scenario {scenario.name}")
    if scenario.as_if():
        click.echo("\n".join(wrapped(f"as if they operated: {', '.join(scenario.as_if())}")))
    sentence = f"Where {words} crosses {shown(found.measure.threshold)} along {found.along}, by {found.over}"
    click.echo("\n".join(wrapped(f"{sentence}:")))
    rows = [
        [number(value), *cells]
        for value, line in found.lines
        if value is not None
        for cells in _cells(line)
    ]  # fmt: skip
    for text in table(["value", "as it rises", "between", "undecided", "metric", "gap"], rows):
        click.echo(text)
    if found.lines[0][1].stopped:
        click.echo("\n".join(wrapped("Not all points are finished: there may be other flips.")))
    if out is not None:
        write_texts({out: found.table.to_csv(index=False)})
        click.echo(f"written to {out}")


def _cells(line: "Breakeven") -> list[list[str]]:
    """Of each flip, or one row that there is none."""
    from placement.flips import number

    shown = line.measure.shown
    if line.flips:
        return [
            [
                "rises to it" if flip.rises else "falls below",
                f"{number(flip.low)} to {number(flip.high)}", _undecided(flip),
                f"{shown(flip.metrics[0])} to {shown(flip.metrics[1])}", percent(flip.gap, 2),
            ]
            for flip in line.flips
        ]  # fmt: skip
    there = line.points[line.points["side"] != ""]
    if there.empty:
        return [["on no side", "-", "-", "-", "-"]]
    least, most, gap = float(there["metric"].min()), float(there["metric"].max()), float(there["gap"].max())
    stays = "stays above" if least >= line.measure.threshold else "stays below"
    told = shown(least) if math.isclose(least, most) else f"{shown(least)} to {shown(most)}"
    return [[stays, "-", "-", told, percent(gap, 2)]]


def _undecided(flip: "Flip") -> str:
    from placement.flips import number

    if not flip.overlaps:
        return "-"
    low = f"{number(flip.undecided_low)}{' or less' if flip.open_low else ''}"
    return f"{low} to {number(flip.undecided_high)}{' or more' if flip.open_high else ''}"

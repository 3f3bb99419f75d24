"""`placement report`."""

import math
from pathlib import Path
from typing import TYPE_CHECKING

import click

from placement.cli.pages import figure_options, write_pages

if TYPE_CHECKING:
    from placement.reporting.figures.points import Mark


@click.command("report")
@click.argument("plan", metavar="PLAN|SWEEP", type=click.Path(path_type=Path))
@click.option("-o", "--out", type=click.Path(path_type=Path), help="The page; left out: PLAN with .html at its end.")
@figure_options
@click.option(
    "--worth", type=click.IntRange(min=0), metavar="N",
    help="Tell what one more of each limit is worth, and solve the N dearest again: see `placement explain`.",
)  # fmt: skip
@click.option(
    "--mark",
    "marks",
    multiple=True,
    metavar="NAME=VALUE[,VALUE]",
    help="Of a sweep: something to compare with, drawn at these values of its inputs. Can be repeated.",
)
@click.option(
    "--at", type=int, metavar="YEAR", help="Of a sweep over years: the year whose share in orbit comes first."
)
def command(
    plan: Path,
    out: Path | None,
    figures: Path | None,
    kinds: tuple[str, ...],
    worth: int | None,
    marks: tuple[str, ...],
    at: int | None,
) -> None:
    """Write a plan, or a sweep, as a page that people read.

    The page is one file that opens from disk without a network, on a desk, on a phone and in print. With --figures the
    same figures are written as SVG or PNG.
    """
    from placement.folder import read_plan
    from placement.reporting.report import check_place, report

    if (plan / "sweep.json").is_file():
        _of_sweep(plan, out, figures, kinds, worth, marks, at)
        return
    for name, given in (("--mark", bool(marks)), ("--at", at is not None)):
        if given:
            raise click.UsageError(f"{name} is for sweeps, and this is a plan. Leave it out.")
    target = out if out is not None else plan.with_name(f"{plan.resolve().name.removesuffix('.plan')}.html")
    check_place(target)
    stored = read_plan(plan)
    worths = None
    if worth is not None:
        from placement.worth import explain_plan

        worths = explain_plan(stored, solved=worth)
    write_pages(report(stored, worths), target, figures, kinds)


def _of_sweep(
    folder: Path,
    out: Path | None,
    figures: Path | None,
    kinds: tuple[str, ...],
    worth: int | None,
    marks: tuple[str, ...],
    at: int | None,
) -> None:
    from placement.reporting.report import check_place
    from placement.reporting.sweep import sweep_report
    from placement.swept import read_sweep

    if worth is not None:
        raise click.UsageError("--worth is for plans, and this is a sweep. Leave it out.")
    target = out if out is not None else folder.with_name(f"{folder.resolve().name.removesuffix('.sweep')}-sweep.html")
    check_place(target)
    write_pages(sweep_report(read_sweep(folder), [_mark(text) for text in marks], at), target, figures, kinds)


def _mark(text: str) -> "Mark":
    """NAME=VALUE,VALUE."""
    from placement.reporting.figures.points import Mark

    name, _, values = text.rpartition("=")
    try:
        at = tuple(float(value) for value in values.split(","))
    except ValueError:
        at = ()
    if not name.strip() or not at or not all(math.isfinite(value) for value in at):
        raise click.UsageError(f"'{text}' is not a mark. Write a name and a value of each input: today=2500,45.")
    return Mark(name.strip(), at)

"""`placement report`."""

from pathlib import Path

import click

from placement.cli.pages import figure_options, write_pages


@click.command("report")
@click.argument("plan", metavar="PLAN|SWEEP", type=click.Path(path_type=Path))
@click.option("-o", "--out", type=click.Path(path_type=Path), help="The page; left out: PLAN with .html at its end.")
@figure_options
@click.option(
    "--worth", type=click.IntRange(min=0), metavar="N",
    help="Tell what one more of each limit is worth, and solve the N dearest again: see `placement explain`.",
)  # fmt: skip
def command(plan: Path, out: Path | None, figures: Path | None, kinds: tuple[str, ...], worth: int | None) -> None:
    """Write a plan, or a sweep, as a page that people read.

    The page is one file that opens from disk without a network, on a desk, on a phone and in print. With --figures the
    same figures are written as SVG or PNG.
    """
    from placement.folder import read_plan
    from placement.reporting.report import check_place, report
    from placement.worth import explain_plan

    if (plan / "sweep.json").is_file():
        _of_sweep(plan, out, figures, kinds, worth)
        return
    target = out if out is not None else plan.with_name(f"{plan.resolve().name.removesuffix('.plan')}.html")
    check_place(target)
    stored = read_plan(plan)
    worths = None if worth is None else explain_plan(stored, solved=worth)
    write_pages(report(stored, worths), target, figures, kinds)


def _of_sweep(folder: Path, out: Path | None, figures: Path | None, kinds: tuple[str, ...], worth: int | None) -> None:
    from placement.reporting.report import check_place
    from placement.reporting.sweep import sweep_report
    from placement.swept import read_sweep

    if worth is not None:
        raise click.UsageError("--worth is for plans, and this is a sweep. Leave it out.")
    target = out if out is not None else folder.with_name(f"{folder.resolve().name.removesuffix('.sweep')}-sweep.html")
    check_place(target)
    write_pages(sweep_report(read_sweep(folder)), target, figures, kinds)

"""`placement report`."""

from pathlib import Path

import click


@click.command("report")
@click.argument("plan", type=click.Path(path_type=Path))
@click.option("-o", "--out", type=click.Path(path_type=Path), help="The page; left out: PLAN with .html at its end.")
@click.option("--figures", type=click.Path(path_type=Path), help="Folder for the figures as files of their own.")
@click.option(
    "--format", "kinds", type=click.Choice(["svg", "png"]), multiple=True, default=["svg"], show_default=True,
    help="Of these files. Can be repeated.",
)  # fmt: skip
def command(plan: Path, out: Path | None, figures: Path | None, kinds: tuple[str, ...]) -> None:
    """Write a plan as a page that people read: figures, limits, costs, who is turned away, what is assumed.

    The page is one file that opens from disk without a network, on a desk, on a phone and in print. With --figures the
    same figures are written as SVG or PNG.
    """
    from placement.cli.text import make_folder, write_files
    from placement.folder import read_plan
    from placement.reporting.report import check_place, report

    target = out if out is not None else plan.with_name(f"{plan.resolve().name.removesuffix('.plan')}.html")
    check_place(target)
    found = report(read_plan(plan))
    if figures is not None:
        make_folder(figures)
    files = {target: found.html().encode()}
    for kind in dict.fromkeys(kinds) if figures is not None else ():
        assert figures is not None
        files |= {figures / name: content for name, content in found.files(kind)}  # type: ignore[arg-type]
    write_files(files)
    click.echo(f"{target}: {len(found.figures)} figures, {len(files[target]) / 1e6:.1f} MB")
    if figures is not None:
        click.echo(f"{figures}: {len(files) - 1} files")

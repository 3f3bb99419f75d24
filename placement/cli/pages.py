"""Reports as files: options that commands share, and how they are written."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from placement.cli.text import make_folder, write_files

if TYPE_CHECKING:
    from placement.reporting import Report

KINDS = ("svg", "png")


def figure_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """--figures and --format."""
    kinds = click.option(
        "--format", "kinds", type=click.Choice(KINDS), multiple=True, default=["svg"], show_default=True,
        help="Of these files. Can be repeated.",
    )  # fmt: skip
    folder = click.option(
        "--figures", type=click.Path(path_type=Path), help="Folder for the figures as files of their own."
    )
    return folder(kinds(command))


def write_pages(
    found: "Report", page: Path | None, figures: Path | None, kinds: tuple[str, ...], *, quiet: bool = False
) -> None:
    """Write a report as a page, its figures as files, or both, all or none; says what was written, unless `quiet`."""
    files = {} if page is None else {page: found.html().encode()}
    if figures is not None:
        make_folder(figures)
        for kind in dict.fromkeys(kinds):
            files |= {figures / name: content for name, content in found.files(kind)}  # type: ignore[arg-type]
    write_files(files)
    if quiet:
        return
    if page is not None:
        click.echo(f"{page}: {len(found.figures)} figures, {len(files[page]) / 1e6:.1f} MB")
    if figures is not None:
        click.echo(f"{figures}: {len(files) - (page is not None)} files")

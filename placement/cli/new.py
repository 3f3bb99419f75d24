"""`placement new`."""

import re
from pathlib import Path

import click

from placement.cli.text import write_texts

NAME = r"\w[\w.-]{0,99}"
"""Of a scenario and its files."""


@click.command("new")
@click.argument("name")
@click.option("--template", type=click.Choice(["starter", "one-week"]), default="starter", show_default=True)
@click.option(
    "--jobs", "rows", type=click.IntRange(1, 100_000), default=30, show_default=True, help="Rows of the job table."
)
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Seed of the job table.")
@click.option("--folder", type=click.Path(file_okay=False, path_type=Path), default=Path(), help="Where to write.")
@click.option("--force", is_flag=True, help="Replace files that are there.")
def command(name: str, template: str, rows: int, seed: int, folder: Path, force: bool) -> None:
    """Write a starter scenario: NAME.yaml, with comments, and a generated job table beside it."""
    from placement.errors import PlacementError
    from placement.starter import starter_files
    from placement.tree import parse

    name = name.removesuffix(".yaml")
    if not re.fullmatch(NAME, name) or parse(f"name: {name}", "NAME").value["name"] != name:
        raise PlacementError(
            f"'{name}' is not a name for a scenario. Use up to 100 letters, digits, - and _, not a number alone; "
            "--folder says where to write."
        )
    if not folder.is_dir():
        raise PlacementError(f"the folder {folder} does not exist. Make it first.")
    texts = starter_files(name, template, seed, rows)
    there = [file for file in texts if (folder / file).exists()]
    if there and not force:
        raise PlacementError(f"there already: {', '.join(there)}. Choose another name, or write --force to replace.")
    write_texts({folder / file: text for file, text in texts.items()})
    for file in texts:
        click.echo(f"wrote {folder / file}")
    click.echo(f"next: placement check {folder / name}.yaml; placement solve {folder / name}.yaml --time-limit 60")

"""`placement new`."""

from pathlib import Path

import click


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
    from placement.cli.schema import write_text
    from placement.errors import PlacementError
    from placement.starter import starter_files

    if Path(name).name != name or name.startswith(".") or not name.strip():
        raise PlacementError(f"'{name}' is not a name for a file. Give a plain name; use --folder for the place.")
    name = name.removesuffix(".yaml")
    texts = starter_files(name, template, seed, rows)
    there = [file for file in texts if (folder / file).exists()]
    if there and not force:
        raise PlacementError(f"{', '.join(there)} exists already. Choose another name, or write --force to replace it.")
    if not folder.is_dir():
        raise PlacementError(f"the folder {folder} does not exist. Make it first.")
    for file, text in texts.items():
        write_text(folder / file, text)
        click.echo(f"wrote {folder / file}")
    click.echo(f"next: placement check {folder / name}.yaml; placement solve {folder / name}.yaml --time-limit 60")

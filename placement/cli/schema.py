"""`placement schema`."""

import json
from pathlib import Path

import click


@click.command("schema")
@click.option("-o", "--out", type=click.Path(dir_okay=False, path_type=Path), help="Write it to a file.")
def command(out: Path | None) -> None:
    """Print the JSON Schema of scenario files, for editors.

    In VS Code with the YAML extension, begin the file with
    `# yaml-language-server: $schema=placement.schema.json`.
    """
    from placement.loader.json_schema import json_schema

    text = json.dumps(json_schema(), indent=1) + "\n"
    if out is None:
        click.echo(text, nl=False)
    else:
        write_text(out, text)


def write_text(path: Path, text: str) -> None:
    """Write a file beside its place and rename it into it."""
    from placement.errors import PlacementError

    temporary = path.with_name(f".{path.name}.part")
    try:
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise PlacementError(f"{path} cannot be written: {error.strerror}. Choose another place.") from None

"""`placement schema`."""

import json
from pathlib import Path

import click

from placement.cli.text import write_texts


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
        write_texts({out: text})

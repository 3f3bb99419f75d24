"""`placement study`."""

import json
import textwrap
from typing import TYPE_CHECKING

import click

from placement.cli.text import percent, table

if TYPE_CHECKING:
    from placement.study import Line, Study

WIDTH = 80


@click.command("study")
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def command(ctx: click.Context, name: str | None, as_json: bool) -> None:
    """Work a published comparison out again from its own inputs: printed, computed, difference.

    NAME is a shipped study or a YAML file of the same form; without it all shipped ones are listed. Exit code 1: a
    figure is off by more than its tolerance.
    """
    from placement import study

    if name is None:
        rows = [[key, study.shipped(key).title] for key in study.names()]
        width = max(len(row[0]) for row in rows)
        for key, title in rows:
            indent = " " * (width + 2)
            click.echo(textwrap.fill(f"{key:<{width}}  {title}", WIDTH, subsequent_indent=indent))
        return
    found = study.find(name)
    lines = study.run(found)
    if as_json:
        rows_ = [
            {**line.row.model_dump(), "computed": line.computed, "difference": line.difference, "agrees": line.agrees}
            for line in lines
        ]
        click.echo(json.dumps({"title": found.title, "source": found.source, "rows": rows_}, indent=1))
    else:
        for text in _lines(found, lines):
            click.echo(text)
    if not all(line.agrees for line in lines):
        ctx.exit(1)


def _lines(found: "Study", lines: "tuple[Line, ...]") -> list[str]:
    texts = textwrap.wrap(found.title, WIDTH) + textwrap.wrap(f"source: {found.source}", WIDTH)
    if found.boundary is not None:
        texts += textwrap.wrap(f"counts: {found.boundary}", WIDTH)
    rows = [
        [line.row.what, f"{line.row.printed:,.6g}", f"{line.computed:,.6g}", percent(line.difference, 2),
         "" if line.agrees else "off", line.row.unit]
        for line in lines
    ]  # fmt: skip
    texts += ["", *table(["figure", "printed", "computed", "difference", "", "unit"], rows)]
    for line in lines:
        if line.row.note is not None:
            texts += textwrap.wrap(f"{line.row.what}: {line.row.note}", WIDTH, subsequent_indent="  ")
    return texts

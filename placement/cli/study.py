"""`placement study`."""

import json
import math
import textwrap
from typing import TYPE_CHECKING

import click

from placement.cli.completion import studies
from placement.cli.text import percent, table

if TYPE_CHECKING:
    from placement.study import Line, Study

WIDTH = 80
BRACKETS = "In brackets: not printed in the source, but worked out from what it gives."


@click.command("study")
@click.argument("name", required=False, shell_complete=studies)
@click.option("--all", "every", is_flag=True, help="Work all shipped studies out, a line for each.")
@click.option("--formulae", is_flag=True, help="List what the rows of a study may name, with inputs.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def command(ctx: click.Context, name: str | None, every: bool, formulae: bool, as_json: bool) -> None:
    """Work a published comparison out again from its own inputs: printed, computed, difference.

    NAME is a shipped study or a YAML file of the same form; without it all shipped ones are listed. Exit code 1: a
    figure is off by more than its tolerance.
    """
    from placement import study

    if (name is not None) + every + formulae > 1:
        raise click.UsageError("NAME, --all and --formulae together: give one of them.")
    if formulae:
        from placement.formulae import FORMULAE, signature

        texts = [signature(key) for key in sorted(FORMULAE)]
        for text in [json.dumps(texts, indent=1)] if as_json else texts:
            click.echo(text if as_json else textwrap.fill(text, WIDTH, subsequent_indent="    "))
        return
    if name is None and not every:
        found = {key: study.shipped(key) for key in study.names()}
        for text in [json.dumps(_index(found), indent=1)] if as_json else _list(found):
            click.echo(text)
        return
    made = {key: (one := study.find(key), _run(one)) for key in ([name] if name else study.names())}
    if as_json:
        objects = [{"name": key, **_object(*one)} for key, one in made.items()]
        click.echo(json.dumps(objects if every else objects[0], indent=1))
    else:
        for text in _summary(made) if every else _lines(*made[str(name)]):
            click.echo(text)
    if not all(line.agrees for _, lines in made.values() for line in lines):
        ctx.exit(1)


def _run(found: "Study") -> "tuple[Line, ...]":
    """Every row worked out; of the first one whose inputs have no answer it is said that they have none."""
    import numpy as np

    from placement import study
    from placement.errors import PlacementError

    lines = []
    for row in found.rows:
        why = ""
        try:
            with np.errstate(all="ignore"):
                lines.append(study.line(row))
        except (ArithmeticError, ValueError) as error:
            why = f": {error}"
        if why or not math.isfinite(lines[-1].computed):
            inputs = ", ".join(f"{name} {value:g}" for name, value in row.inputs.items())
            raise PlacementError(f"'{row.what}': {row.formula} has no answer for {inputs}{why}. Check the inputs.")
    return tuple(lines)


def _index(found: "dict[str, Study]") -> list[dict[str, object]]:
    return [{"name": key, "title": one.title, "figures": len(one.rows)} for key, one in found.items()]


def _list(found: "dict[str, Study]") -> list[str]:
    width, figures = max(map(len, found)), max(len(str(len(one.rows))) for one in found.values())
    texts = []
    for key, one in found.items():
        texts += textwrap.wrap(
            f"{key:<{width}}  {len(one.rows):>{figures}}  {one.title}",
            WIDTH,
            subsequent_indent=" " * (width + figures + 4),
        )
    rows = [row for one in found.values() for row in one.rows]
    derived = sum(row.derived for row in rows)
    return [*texts, "", f"{len(found)} studies, {len(rows)} figures: {len(rows) - derived} printed, {derived} derived"]


def _summary(made: "dict[str, tuple[Study, tuple[Line, ...]]]") -> list[str]:
    """A line per study: figures, how many agree, and the one that takes up most of its tolerance."""
    rows = []
    for key, (_, lines) in made.items():
        worst = max(lines, key=lambda line: line.share)
        rows.append(
            [key, str(len(lines)), str(sum(line.agrees for line in lines)), _difference(worst), percent(worst.share, 0)]
        )
    rows.append(["all", *(str(sum(int(row[k]) for row in rows)) for k in (1, 2)), "", ""])
    return table(["study", "figures", "agree", "farthest off", "of tolerance"], rows)


def _object(found: "Study", lines: "tuple[Line, ...]") -> dict[str, object]:
    rows = [
        {
            **line.row.model_dump(),
            "allowed": line.row.allowed,
            "computed": line.computed,
            "difference": line.difference,
            "agrees": line.agrees,
        }
        for line in lines
    ]
    return {"title": found.title, "source": found.source, "rows": rows}


def _difference(line: "Line") -> str:
    """In the row's unit where its tolerance is, else in per cent."""
    if line.row.within is None:
        return percent(line.difference, 2)
    digits = 1 - math.floor(math.log10(line.row.within))
    return f"{line.off:+.{max(digits, 0)}f}" if digits <= 4 else f"{line.off:+.1e}"


def _printed(line: "Line") -> str:
    text = f"{line.row.printed:,.6g}"
    return f"({text})" if line.row.derived else text


def _lines(found: "Study", lines: "tuple[Line, ...]") -> list[str]:
    texts = textwrap.wrap(found.title, WIDTH) + textwrap.wrap(f"source: {found.source}", WIDTH)
    if found.boundary is not None:
        texts += textwrap.wrap(f"counts: {found.boundary}", WIDTH)
    rows = [
        [line.row.what, _printed(line), f"{line.computed:,.6g}", _difference(line), "" if line.agrees else "off",
         line.row.unit]
        for line in lines
    ]  # fmt: skip
    kept = [k for k in range(6) if k != 4 or any(row[4] for row in rows)]
    head = ["figure", "printed", "computed", "difference", "", "unit"]
    texts += ["", *table([head[k] for k in kept], [[row[k] for k in kept] for row in rows])]
    if any(line.row.derived for line in lines):
        texts.append(BRACKETS)
    if found.note is not None:
        texts += textwrap.wrap(found.note, WIDTH)
    for line in lines:
        if line.row.note is not None:
            texts += textwrap.wrap(f"{line.row.what}: {line.row.note}", WIDTH, subsequent_indent="  ")
    return texts

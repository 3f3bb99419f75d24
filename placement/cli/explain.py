"""`placement explain`."""

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from placement.cli.text import number, table, usd, wrapped

if TYPE_CHECKING:
    from placement.explaining import JobExplanation

MOST_CATEGORIES = 4


@click.command("explain")
@click.argument("plan", type=click.Path(path_type=Path))
@click.option("--job", required=True, help="Name of the job.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(plan: Path, job: str, as_json: bool) -> None:
    """Say why a job is where it is: every place for a unit of it, what it costs there, or the rule that excludes it."""
    from placement.explaining import explain_job
    from placement.folder import read_plan

    found = explain_job(read_plan(plan), job)
    if as_json:
        click.echo(json.dumps(_json(found), indent=1, default=str))
        return
    for line in _lines(found):
        click.echo(line)


def _json(found: "JobExplanation") -> dict[str, Any]:
    def records(frame: Any) -> list[dict[str, Any]]:
        return [
            {str(k): None if v != v else v for k, v in row.items()} for row in frame.astype(object).to_dict("records")
        ]

    return {
        "job": found.job,
        "count": found.count,
        "placed": found.placed,
        "deferred": found.deferred,
        "rejected": found.rejected,
        "tolerance_usd": found.tolerance_usd,
        "advice": found.advice,
        "candidates": records(found.candidates),
        "costs": records(found.costs),
    }


def _lines(found: "JobExplanation") -> list[str]:
    lines = wrapped(
        f"{found.job}: {number(found.count)} asked for, {number(found.placed)} placed, "
        f"{number(found.deferred)} put off, {number(found.rejected)} turned away"
    )
    lines += [*wrapped(found.advice, ""), ""]
    frame = found.candidates
    open_ = frame[frame["verdict"].isin(["is there", "possible"])]
    rows = [
        [
            f"{'* ' if row['verdict'] == 'is there' else '  '}{row['place']}",
            number(row["units"]), _when(row["start"]), _when(row["end"]), usd(row["usd"], 6), _extra(row["extra_usd"]),
        ]
        for row in open_.to_dict("records")
    ]  # fmt: skip
    lines += ["One unit, all else as it is (* where it is)"]
    lines += table(["  place", "units there", "start", "end", "adds", "more than *"], rows)
    if found.tolerance_usd >= 0.01:
        lines += wrapped(f"Differences may be off by {usd(found.tolerance_usd)}: what the solver has not proven.", "")
    lines += _costs(found)
    titles = {"no room": "No room, all else as it is", "not known": "Not known", "excluded": "Excluded"}
    for verdict, title in titles.items():
        some = frame[frame["verdict"] == verdict]
        if len(some):
            lines += ["", title]
            for reason, group in some.groupby("reason", sort=False):
                lines += wrapped(f"  {', '.join(group['place'])}: {reason}", "    ")
    return lines


def _costs(found: "JobExplanation") -> list[str]:
    """What a unit adds at each place, by the categories that differ most."""
    if not len(found.costs):
        return []
    wide = found.costs.pivot_table(index="place", columns="category", values="usd", sort=False).fillna(0.0)
    wide = wide.reindex([place for place in found.candidates["place"] if place in wide.index])
    names = list(wide.abs().max().sort_values(ascending=False, kind="stable").index)
    shown, rest = names[:MOST_CATEGORIES], names[MOST_CATEGORIES:]
    head = ["of it", *map(str, shown), *(["other"] if rest else [])]
    rows = [
        [f"  {place}", *(usd(row[name]) for name in shown), *([usd(float(row[rest].sum()))] if rest else [])]
        for place, row in wide.iterrows()
    ]
    return ["", *table(head, rows)]


def _when(value: Any) -> str:
    return "" if value is None or value != value else f"{value:%Y-%m-%d %H:%M}"


def _extra(value: float) -> str:
    return (
        "-" if not math.isfinite(value) else "" if abs(value) < 0.005 else f"{'+' if value > 0 else ''}{usd(value, 6)}"
    )

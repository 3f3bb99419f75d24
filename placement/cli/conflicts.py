"""What `placement explain` says of a scenario: what cannot be met together, and what would help."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from placement.cli.text import percent, wrapped

if TYPE_CHECKING:
    from placement.conflicts.conflict import Conflict

LIMIT_S = 60.0


def tell(path: Path, variant: str | None, time_limit_s: float, as_json: bool) -> None:
    """Print the conflict of a scenario, or that there is none."""
    from placement.loader.load import load

    scenario = load(path, variant)
    from placement.conflicts.conflict import explain_conflict

    found = explain_conflict(scenario, time_limit_s=time_limit_s)
    if as_json:
        click.echo(json.dumps(_json(found), indent=1, default=str))
    else:
        click.echo("\n".join(_lines(found, scenario.name)))


def _json(found: "Conflict | None") -> dict[str, Any]:
    if found is None:
        return {"possible": True, "demands": [], "relaxations": [], "advice": ""}

    def records(frame: Any) -> list[dict[str, Any]]:
        rows = frame.astype(object).to_dict("records")
        return [{str(key): None if value != value else value for key, value in row.items()} for row in rows]

    return {
        "possible": False,
        "irreducible": found.irreducible,
        "demands": records(found.demands),
        "relaxations": records(found.relaxations),
        "advice": found.advice,
    }


def _lines(found: "Conflict | None", name: str) -> list[str]:
    if found is None:
        return [f"{name}: a plan exists. `placement solve` finds one."]
    count = len(found.demands)
    if count == 1:
        lines = [f"{name}: no plan exists. This cannot be met:"]
    else:
        less = "without any one of them the others can be" if found.irreducible else "some may not be needed for that"
        lines = wrapped(f"{name}: no plan exists. These {count} cannot be met together; {less}:", "")
    for row in found.demands.to_dict("records"):
        lines += wrapped(f"  - {row['words']}", "    ")
    if len(found.relaxations):
        lines += ["", "Each of these alone would be enough"]
        for row in found.relaxations.to_dict("records"):
            size = "" if row["relative"] != row["relative"] else f" ({percent(row['relative'])})"
            sure = "" if row["checked"] else " Not checked in time."
            lines += wrapped(f"  - {row['words']}{size}{sure}", "    ")
    return [*lines, "", *wrapped(found.advice, "")]

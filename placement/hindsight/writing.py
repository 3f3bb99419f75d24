"""A folder of what a log would have cost.

    what-if.json     all figures, notes, and what was left out
    table.csv        the same as a table, a row per alternative
    KEY.plan/        the plan of each alternative, with its scenario: a plan folder like any other

It is written beside its place and renamed into it.
"""

from __future__ import annotations

import json
from pathlib import Path

from placement.errors import PlanError
from placement.folder import beside, write_plan
from placement.hindsight.what_if import WhatIf

NAME, TABLE, PLAN = "what-if.json", "table.csv", ".plan"


def check_folder(folder: str | Path) -> None:
    """Raise PlanError now if the folder could not be written here later.

    One that is there already may be replaced if it holds nothing else than an earlier outcome.
    """
    target = Path(folder)
    remedy = "Choose another place with -o, or move it away."
    if target.exists() and not (target / NAME).is_file():
        raise PlanError(f"{target} exists and is not a folder of what-if. {remedy}")
    for path in sorted(target.iterdir()) if target.exists() else ():
        if path.name not in (NAME, TABLE) and not (path.is_dir() and path.suffix == PLAN):
            raise PlanError(f"{path} lies beside an earlier outcome, and would be lost. {remedy}")
    with beside(target, keep=False):
        pass


def write_what_if(folder: str | Path, found: WhatIf) -> Path:
    """Write all of an outcome; returns the folder.

    Raises
    ------
    PlanError
        If the place is taken by something else, or it cannot be written. Nothing is left half-written.
    """
    target = Path(folder)
    check_folder(target)
    with beside(target) as temporary:
        for each in found.alternatives:
            if each.plan is not None:
                write_plan(temporary / f"{each.key}{PLAN}", each.scenario, each.result, {"alternative": each.words})
        (temporary / TABLE).write_text(found.table().to_csv(index=False), encoding="utf-8")
        text = json.dumps(found.summary(), indent=1)
        (temporary / NAME).write_text(text + "\n", encoding="utf-8")
    return target

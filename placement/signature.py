"""What a plan decides, so that equal plans are known."""

from __future__ import annotations

import hashlib
from typing import Any

from placement.plan import Plan

TABLES = {
    "builds": ["cluster", "module", "vehicle", "period", "number"],
    "launches": ["vehicle", "cluster", "plane", "period", "flights"],
    "jobs": ["job", "rejected", "deferred"],
}


def signature(plan: Plan) -> str:
    """SHA-256 of what runs where and when, what is built, flown, turned away and put off, as hexadecimal text.

    Units of a job that do the same count together, whatever their groups. Power, flows, moves and switching, which
    follow, are left out.
    """
    digest = hashlib.sha256()
    runs = plan.placements[(plan.placements["kind"] == "run") & (plan.placements["part"] == 1)]
    where = ["job", "segment", "option", "start_grain"]
    _add(digest, runs.groupby(where, sort=True)["count"].sum().reset_index())
    for name, columns in TABLES.items():
        _add(digest, getattr(plan, name)[columns].sort_values(columns))
    return digest.hexdigest()


def _add(digest: Any, frame: Any) -> None:
    digest.update(frame.to_csv(index=False).encode())

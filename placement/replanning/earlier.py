"""Ways that an earlier replanning put into the option table, taken out again."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from placement.plan import GOES_ON, STAYS
from placement.replanning.moving import moved, restart_hours
from placement.schema import Scenario, Table

AS_PLANNED = " (as planned)"
"""Added to the name of a way where and when the plan has a job."""

AGAIN = "again on "
"""Begin of the name of a way that was one of going on later; it stays while the job waits for that."""

RESUMED = "resumed on "
"""Begin of the name of a way of a job that was paused to go on where it was."""


@dataclass(frozen=True)
class Earlier:
    """The option table without what an earlier replanning put into it, and what that was."""

    options: Table
    overhead: dict[tuple[str, str], float]
    """By job and way: hours that a restart and a move took."""
    change_usd: dict[str, float]
    """By job: price of a change."""
    held: frozenset[str]
    """Jobs that ran, and must run for that reason alone where they say what is lost of them as well."""


def base_options(scenario: Scenario, begun: Collection[str]) -> Earlier:
    """What an earlier replanning put into the option table, taken out.

    Ways that hold a run or a plan go. Of the others of such a job the price of a change, which is that of going on
    later, or the difference to the way that was planned, is taken off; and where it has begun again what a restart, or
    resuming, and a move took.
    """
    changes: dict[str, float] = {}
    held: set[str] = set()
    overhead: dict[tuple[str, str], float] = {}
    table = scenario.options
    names, keep = table["option"].tolist(), np.ones(len(table), dtype=bool)
    usd, hours = table["price_usd"].copy(), table["hours"].copy()
    of: dict[str, list[int]] = {}
    for row, job in enumerate(table["job"].tolist()):
        of.setdefault(str(job), []).append(row)
    index = {str(name): j for j, name in enumerate(scenario.jobs["job"])}
    for job, rows in of.items():
        stays = [row for row in rows if names[row] in (STAYS, GOES_ON)]
        planned = [row for row in rows if names[row].endswith(AS_PLANNED)]
        change = max((float(usd[row]) for row in rows if names[row] == GOES_ON), default=0.0)
        for row in planned:
            same = [r for r in rows if names[r] == names[row].removesuffix(AS_PLANNED)]
            change = max([change, *(float(usd[r] - usd[row]) for r in same[:1])])
        changes[job] = change
        held |= {job} if stays else set()
        origin = stays or [row for row in rows if names[row].startswith((AGAIN, RESUMED))][:1]  # there it ran last
        resumed = any(names[row].startswith(RESUMED) for row in origin)
        here = {str(table["cluster"][row]) for row in origin}
        seen: set[str] = set()
        for row in rows:
            if names[row] == STAYS or names[row].endswith(AS_PLANNED):
                keep[row] = False
                continue
            first = names[row] not in seen
            seen.add(names[row])
            there = {str(table["cluster"][r]) for r in rows if names[r] == names[row]}
            if origin and job in begun:
                moved_hours, moved_usd = moved(scenario, index[job], here, there)
                again = float(scenario.jobs["resume_hours"][index[job]]) if resumed else restart_hours(scenario, there)
                overhead[job, names[row]] = moved_hours + again
                hours[row] = max(hours[row] - overhead[job, names[row]], 1e-6)
                usd[row] -= moved_usd if first else 0.0
            usd[row] = max(float(usd[row]) - (change if first else 0.0), 0.0)
    called = table["option"].copy()
    for rows in of.values():
        own = [row for row in rows if names[row] == GOES_ON]
        called[own] = place_name([str(table[name][row]) for row in own[:1] for name in ("cluster", "pool")])
    changed = {**table.columns, "price_usd": usd, "hours": hours, "option": called}
    columns = {name: column[keep] for name, column in changed.items()}
    return Earlier(Table(table.record, columns), overhead, changes, frozenset(held))


def place_name(place: Sequence[str], begin: str = AGAIN) -> str:
    """What a way is called that was one of going on there."""
    return f"{begin}{'/'.join(place)}"

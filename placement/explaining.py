"""Why a job is where it is: every place for one unit of it, with what it costs there or the rule that excludes it.

One unit is looked at: one that is not placed if there is any, else one that is. The rest of the plan stays as it is,
in time and place, and so does what is built; power, batteries, flows and what is switched on follow anew. For each way
to run the unit a small mixed-integer program finds its best start. What it costs is what the whole plan costs with it
there less what it costs without it; where others wait for it and cannot do without, only differences are told. Where
none fits, the smallest excess over limits says what is in its way.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from placement.compile.ways import OK
from placement.errors import PlacementError
from placement.loader.wording import did_you_mean
from placement.one_unit import AWAY, LATER, LIMIT_S, OneUnit
from placement.search.state import TimeUp

if TYPE_CHECKING:
    import pandas as pd

    from placement.folder import Stored

HERE, POSSIBLE, FULL, UNKNOWN, EXCLUDED = "is there", "possible", "no room", "not known", "excluded"
"""What is said of a place."""

COLUMNS = ["place", "verdict", "units", "start", "end", "usd", "extra_usd", "reason"]

CENT = 0.005


@dataclass(frozen=True)
class JobExplanation:
    """What becomes of a job, and what else could."""

    job: str
    count: int
    """Units asked for; placed, put off and turned away as in the plan."""
    placed: int
    deferred: int
    rejected: int
    candidates: pd.DataFrame
    """Places for one unit, cheapest first: place, verdict (`is there`, `possible`, `no room`, `not known`, `excluded`),
    units of the job there now, best start and end of the unit, $ that it adds to the plan (nan where others cannot do
    without it), $ more than where it is, and the reason.
    """
    costs: pd.DataFrame
    """Of what the unit adds at each place, or more than where it is, $ by category: place, category, usd."""
    tolerance_usd: float
    """By how much differences may be off: what the solver has not proven."""
    advice: str
    """Of a unit that is not placed, the cheapest change that would get it in; else whether it has a cheaper place."""


def explain_job(stored: Stored, job: str) -> JobExplanation:
    """Every place for one unit of a job of a plan.

    Parameters
    ----------
    stored : Stored
        As `placement.read_plan` gives it.
    job : str
        Its name.

    Returns
    -------
    JobExplanation

    Raises
    ------
    PlacementError
        If there is no such job.
    SolverError
        If the solver fails for a reason of its own.
    """
    names = [str(name) for name in stored.scenario.jobs["job"]]
    if job not in names:
        raise PlacementError(
            f"there is no job '{job}'. {did_you_mean(job, names, 'See `placement show --table jobs`.')}"
        )
    return _explanation(OneUnit(stored, names.index(job)), job)


def _explanation(unit: OneUnit, job: str) -> JobExplanation:
    """All places of the unit."""
    import pandas as pd

    try:
        now, without = unit.as_it_is(), unit.without()
    except TimeUp:
        raise PlacementError(f"the solver could not price the plan within {LIMIT_S:g} s.") from None
    if now is None:
        raise PlacementError("the plan breaks rules of its scenario; `placement verify` says which.")
    least, rows, costs, open_usd = without or now, [], [], [now.open_usd]
    base = math.nan if without is None else now.usd - without.usd
    nearest = math.inf, ""
    for k, name in enumerate(unit.compiled.legend.option_names(unit.options).tolist()):
        place, first = str(name), unit.of_option[k][0]
        row: dict[str, Any] = {"place": place, "units": int(unit.value[first].sum()), "reason": ""}
        rows.append(row)
        if len(first) == 0:
            row |= {"verdict": EXCLUDED, "reason": unit.compiled.legend.why_never(int(unit.options[k]))}
            continue
        try:
            found = now if k == unit.at else unit.elsewhere(k)
        except TimeUp:
            row |= {"verdict": UNKNOWN, "reason": f"the solver has not said within {LIMIT_S:g} s"}
            continue
        if found is None:
            excess, words = unit.in_the_way(k)
            row |= {"verdict": FULL, "reason": words}
            if excess < nearest[0] or not nearest[1]:
                nearest = excess, f"{place}: {words}"
            continue
        usd = math.nan if without is None else found.usd - without.usd
        row |= {"verdict": HERE if k == unit.at else POSSIBLE, "usd": usd, "extra_usd": found.usd - now.usd}
        row |= unit.when(k, found)
        costs += [(place, category, usd) for category, usd in unit.costs(found, least).items()]
        open_usd.append(found.open_usd)
    rows += _away(unit, base) + _excluded(unit)
    frame = pd.DataFrame(rows, columns=COLUMNS)
    rank = frame["verdict"].map({HERE: 0, POSSIBLE: 1, FULL: 2, UNKNOWN: 3, EXCLUDED: 4}).to_numpy()
    frame = frame.astype({"units": "int64", "usd": "float64", "extra_usd": "float64"})
    frame = frame.iloc[np.lexsort((frame["extra_usd"].to_numpy(), rank))].reset_index(drop=True)
    return JobExplanation(
        job, unit.count, unit.placed, unit.deferred, unit.rejected, frame,
        pd.DataFrame(costs, columns=["place", "category", "usd"]), 2.0 * max(open_usd),
        _advice(unit, frame, nearest[1]),
    )  # fmt: skip


def _away(unit: OneUnit, base: float) -> list[dict[str, Any]]:
    """Being turned away and being put off, where these are possible: not where others wait for it."""
    problem, first, rows = unit.compiled.problem, int(unit.rows[0]), []
    each = ((AWAY, problem.reject_usd[first], unit.rejected), (LATER, problem.defer_usd[first], unit.deferred))
    for place, usd, units in each:
        if not math.isfinite(usd) or (math.isnan(base) and unit.at != place):
            continue
        verdict = HERE if unit.at == place else POSSIBLE
        rows.append({"place": place, "verdict": verdict, "units": units, "usd": usd, "extra_usd": usd - base})
    return [{"reason": "", **row} for row in rows]


def _excluded(unit: OneUnit) -> list[dict[str, Any]]:
    """Pools on which the job may not run, and the rules that say so."""
    legend = unit.compiled.legend
    named = {int(pool) for pool in legend.parts(unit.options)[1]} if len(unit.options) else set()
    return [
        {"place": legend.pool_name(pool), "verdict": EXCLUDED, "units": 0, "reason": legend.why_not(unit.number, pool)}
        for pool, code in enumerate(legend.reasons[unit.number].tolist())
        if code != OK and pool not in named
    ]


def _advice(unit: OneUnit, frame: pd.DataFrame, nearest: str) -> str:
    """What would get it in, or whether another place is cheaper."""
    there, unknown = frame[frame["verdict"] == POSSIBLE], (frame["verdict"] == UNKNOWN).any()
    inside = there[~there["place"].isin([AWAY, LATER])].sort_values("usd", kind="stable")
    if unit.rejected or unit.deferred:
        verb = "turning it away" if unit.rejected else "putting it off"
        usd = float(frame.loc[frame["verdict"] == HERE, "usd"].iloc[0])
        if len(inside):
            best = inside.iloc[0]
            if best["usd"] < usd:
                return (
                    f"A unit would save ${usd - best['usd']:,.2f} at {best['place']}, all else as it is: the "
                    "plan's gap leaves room for that. Solve again with a smaller gap."
                )
            return (
                f"A unit would run at {best['place']} if {verb} cost more than ${best['usd']:,.2f} instead of "
                f"${usd:,.2f}, all else as it is."
            )
        if unknown:
            return "No place is known for a unit, all else as it is."
        if nearest:
            return f"There is no room for a unit, all else as it is. Least is in its way at {nearest}"
        return f"It fits nowhere: {unit.compiled.legend.why_nowhere(unit.number)}."
    cheaper = there[there["extra_usd"] < -CENT].sort_values("extra_usd", kind="stable")
    if len(cheaper):
        best = cheaper.iloc[0]
        return (
            f"A unit would cost ${-best['extra_usd']:,.2f} less at {best['place']}, all else as it is: the plan's "
            "gap leaves room for that."
        )
    pieces = " in the pieces that it has; others may be cheaper" if unit.may_pause else ""
    return f"No other place{' that is known' if unknown else ''} is cheaper for one unit, all else as it is{pieces}."

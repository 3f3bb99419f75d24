"""The jobs of campaigns: so many in each slot, of the size of their time (`docs/model.md` §3)."""

import math
from collections.abc import Iterator
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from placement.loader.problems import Problems
from placement.loader.rows import from_list
from placement.schema import Campaign, Horizon, Job, Table
from placement.schema.fields import LARGEST
from placement.schema.fields import MOST as MOST_OF_ONE
from placement.schema.table import Origin, joined
from placement.series import Named, SeriesError, on_slots
from placement.timegrid import TimeGrid, check, timegrid
from placement.tree import Tree

NOT_OF_JOBS = {"name", "per_year", "hours", "accelerators", "sizes", "deadline_days", "reject_usd", "must_run"}
BOUNDS = {
    "per_year": (0.0, LARGEST),
    "hours": (1e-9, 1e6),
    "accelerators": (0.5, MOST_OF_ONE),
    "reject_usd": (0.0, LARGEST),
}
"""What the series of a campaign must lie between, in each slot."""

MOST = 100_000
"""Rows that one campaign may come to."""


def with_campaigns(
    jobs: Table,
    campaigns: tuple[Campaign, ...],
    horizon: Horizon,
    named: Named,
    tree: Tree,
    problems: Problems,
    *,
    remade: bool,
) -> Table:
    """The table with the jobs of the campaigns, in place of those that were made for campaigns before (`remade`)."""
    theirs = np.array([name is not None for name in jobs["campaign"]], dtype=bool)
    for row in np.flatnonzero(theirs).tolist() if not remade else ():
        fact = f"job '{jobs['job'][row]}' names a campaign, which only those do that are made for one."
        problems.add(jobs.place(row, "campaign"), fact, "Leave `campaign` out; `tags` or `team` are yours to use.")
    own = jobs.where(~theirs) if theirs.any() else jobs
    no_horizon = "horizon" in problems.incomplete or check(horizon) is not None
    if "campaigns" in problems.incomplete or (campaigns and no_horizon) or (theirs.any() and not remade):
        problems.incomplete.add("jobs")
    if not campaigns or no_horizon:
        return own
    grid = timegrid(horizon)
    seen: set[str] = set()
    for index, campaign in enumerate(campaigns):
        twice = next((name for name in _names(campaign) if name in seen), None)
        if twice is not None:
            place = tree.place(("campaigns", index))
            problems.add(place, f"there are two campaigns named '{twice}'.", "Give each its own name.")
        seen.update(_names(campaign))
    made = [_jobs_of(campaign, index, grid, named, tree, problems) for index, campaign in enumerate(campaigns)]
    if any(table is None for table in made):
        problems.incomplete.add("jobs")
    return joined([own, *(table for table in made if table is not None and len(table))])


def _jobs_of(
    campaign: Campaign, index: int, grid: TimeGrid, named: Named, tree: Tree, problems: Problems
) -> Table | None:
    """Jobs of one campaign, a row for each slot in which any is asked for; None where something is wrong with it."""
    values = {}
    for key, (low, high) in BOUNDS.items():
        series = getattr(campaign, key)
        if series is None:
            continue
        place = tree.place(("campaigns", index, key))
        try:
            values[key] = on_slots(series, grid, named)
        except SeriesError as error:
            problems.add(place, f"{key}: {error.fact}", error.remedy)
        except KeyError:
            return None  # its file has been complained of
        else:
            least, most = values[key].min(), values[key].max()
            bound = f"{least:g}, but must be at least {low:g}" if least < low else ""
            bound = f"{most:g}, but must be at most {high:g}" if most > high else bound
            if bound:
                problems.add(place, f"campaign {campaign.name}: {key} is {bound}.", "Correct the numbers.")
    if problems:
        return None
    kept = campaign.model_dump(mode="json", by_alias=True, exclude=NOT_OF_JOBS, exclude_defaults=True)
    rows = []
    for name, sized in _sizes(campaign, values):
        total = np.floor(np.cumsum(sized["per_year"] * grid.slot_hours / 8766) + 1e-9)
        count = np.diff(total, prepend=0).astype(np.int64)
        rows += [_row(campaign, name, kept, sized, count, t, grid) for t in np.flatnonzero(count).tolist()]
    if len(rows) > MOST:
        fact = f"campaign {campaign.name} comes to {len(rows):,} rows of jobs."
        problems.add(tree.place(("campaigns", index)), fact, "Choose longer slots, or list its jobs in a table.")
        return None
    wrong = Problems()
    table = from_list(Job, rows, Tree(rows, f"campaign {campaign.name}"), (), wrong)
    if wrong:
        fact = f"campaign {campaign.name}, in a slot: {wrong[0].fact}"
        problems.add(tree.place(("campaigns", index)), fact, wrong[0].remedy)
        return None
    line = tree.lines.get(("campaigns", index))
    name = tree.files.get(("campaigns", index), tree.source) if line else f"campaigns.{campaign.name}"
    lines = np.full(len(table), line, dtype=np.int64) if line else None
    return Table(Job, table.columns, (Origin(0, name, lines),))


def _names(campaign: Campaign) -> list[str]:
    """Its name, or one for each of its sizes."""
    if campaign.sizes is None:
        return [campaign.name]
    number = campaign.sizes.number
    return [f"{campaign.name}-{k:0{len(str(number))}d}" for k in range(1, number + 1)]


def _sizes(
    campaign: Campaign, values: dict[str, NDArray[np.float64]]
) -> Iterator[tuple[str, dict[str, NDArray[np.float64]]]]:
    """Name and series of the campaign at each of its sizes.

    Gang sizes are the quantiles (k - 1/2)/n of a lognormal distribution; each has an nth of the work.
    """
    gang = np.maximum(1.0, np.round(values["accelerators"]))
    if campaign.sizes is None:
        yield campaign.name, {**values, "accelerators": gang}
        return
    number, median = campaign.sizes.number, values["accelerators"]
    quantile = NormalDist(sigma=campaign.sizes.sigma).inv_cdf
    for k, name in enumerate(_names(campaign)):
        gang = np.maximum(1.0, np.round(median * math.exp(quantile((k + 0.5) / number))))
        sized = {**values, "accelerators": gang, "per_year": values["per_year"] * median / (number * gang)}
        if "reject_usd" in values:
            sized["reject_usd"] = values["reject_usd"] * gang / median
        yield name, sized


def _row(
    campaign: Campaign, name: str, kept: dict[str, Any], values: dict[str, Any], count: Any, t: int, grid: TimeGrid
) -> dict[str, Any]:
    """The jobs asked for in a slot."""
    begin = grid.when(float(grid.edges[t]))
    hours = float(grid.slot_hours[t])
    stamp = f"{begin:%Y-%m}" if hours >= 672 else f"{begin:%Y-%m-%d}" if hours >= 24 else f"{begin:%Y-%m-%dT%H:%M}"
    row = {
        **kept,
        "job": f"{name} {stamp}",
        "campaign": campaign.name,
        "count": int(count[t]),
        "hours": float(values["hours"][t]),
        "accelerators": int(values["accelerators"][t]),
        "submitted": begin.isoformat(),
    }
    if campaign.deadline_days is not None:
        row["deadline"] = grid.when(float(grid.edges[t]) + 24 * campaign.deadline_days).isoformat()
    if campaign.must_run:
        row["must_run"] = True
    elif "reject_usd" in values:
        row["reject_usd"] = float(values["reject_usd"][t])
    return row

"""The jobs that campaigns stand for (docs/model.md 3)."""

import math
from types import SimpleNamespace
from typing import Any

from oracle.fleet import Fleet
from scipy.special import ndtri

from placement.schema import Job

OWN = ("name", "per_year", "hours", "accelerators", "sizes", "deadline_days", "reject_usd", "must_run")
"""What a campaign says otherwise than a job does."""


def jobs_asked_for(fleet: Fleet, campaign: Any) -> list[SimpleNamespace]:
    """Rows of the job table, one for each size and slot in which any is asked for."""
    if campaign.sizes is None:
        return _of_one_size(fleet, campaign, campaign.name, 1.0, 1)
    n, found = campaign.sizes.number, []
    for k in range(1, n + 1):
        factor = math.exp(campaign.sizes.sigma * float(ndtri((k - 0.5) / n)))
        found += _of_one_size(fleet, campaign, f"{campaign.name}-{str(k).zfill(len(str(n)))}", factor, n)
    return found


def _of_one_size(fleet: Fleet, campaign: Any, name: str, factor: float, among: int) -> list[SimpleNamespace]:
    per_year, hours, sizes = (
        fleet.series(series) for series in (campaign.per_year, campaign.hours, campaign.accelerators)
    )
    losses = None if campaign.reject_usd is None else fleet.series(campaign.reject_usd)
    same = campaign.model_dump(by_alias=True, exclude=set(OWN))
    found, before, total = [], 0, 0.0
    for t in range(fleet.slots):
        gang = max(1, round(factor * sizes[t]))
        larger = 1.0 if campaign.sizes is None else gang / sizes[t]
        total += per_year[t] / (among * larger) * fleet.hours[t] / 8766
        count, before = math.floor(total + 1e-9) - before, math.floor(total + 1e-9)
        if count == 0:
            continue
        row = Job.model_validate(
            {
                **same,
                "job": f"{name} in slot {t}",
                "count": count,
                "hours": hours[t],
                "accelerators": gang,
                "reject_usd": None if losses is None or campaign.must_run else losses[t] * larger,
                "must_run": campaign.must_run,
            }
        ).model_dump(by_alias=True)
        late = None if campaign.deadline_days is None else fleet.edge[t] + 24 * campaign.deadline_days
        found.append(SimpleNamespace(**{**row, "submitted": fleet.edge[t], "deadline": late}))
    return found

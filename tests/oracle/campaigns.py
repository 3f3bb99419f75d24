"""The jobs that campaigns stand for (docs/model.md 3)."""

import math
from types import SimpleNamespace
from typing import Any

from oracle.fleet import Fleet

from placement.schema import Job

OWN = ("name", "per_year", "hours", "accelerators", "deadline_days", "reject_usd", "must_run")
"""What a campaign says otherwise than a job does."""


def jobs_asked_for(fleet: Fleet, campaign: Any) -> list[SimpleNamespace]:
    """Rows of the job table, one for each slot in which any is asked for."""
    per_year, hours, sizes = (
        fleet.series(series) for series in (campaign.per_year, campaign.hours, campaign.accelerators)
    )
    losses = None if campaign.reject_usd is None else fleet.series(campaign.reject_usd)
    same = campaign.model_dump(by_alias=True, exclude=set(OWN))
    found, before, total = [], 0, 0.0
    for t in range(fleet.slots):
        total += per_year[t] * fleet.hours[t] / 8766
        count, before = math.floor(total + 1e-9) - before, math.floor(total + 1e-9)
        if count == 0:
            continue
        row = Job.model_validate(
            {
                **same,
                "job": f"{campaign.name} in slot {t}",
                "count": count,
                "hours": hours[t],
                "accelerators": max(1, round(sizes[t])),
                "reject_usd": None if losses is None or campaign.must_run else losses[t],
                "must_run": campaign.must_run,
            }
        ).model_dump(by_alias=True)
        late = None if campaign.deadline_days is None else fleet.edge[t] + 24 * campaign.deadline_days
        found.append(SimpleNamespace(**{**row, "submitted": fleet.edge[t], "deadline": late}))
    return found

"""Service terms, never discounted: late, left over, put off, turned away, not served (docs/model.md §9)."""

import numpy as np

from placement.verifier.assignment import Fates
from placement.verifier.flows import Served
from placement.verifier.ledger import Ledger
from placement.verifier.schedule import Schedule
from placement.verifier.spans import Reals
from placement.verifier.starts import earliest_hours
from placement.verifier.ways import Ways


def settle(schedule: Schedule, fates: Fates, served: Served, ledger: Ledger) -> None:
    """All of them."""
    ways = schedule.ways
    ready = np.maximum(earliest_hours(schedule), 0.0)
    ledger.settle("delay", "", _delay(schedule, fates, ready))
    ledger.settle("tail", "", _tails(schedule))
    per_hour = ways.fleet.scenario.policy.terminal_usd_per_accelerator_hour
    ledger.settle("deferral", "", float((per_hour * reference_hours(ways) * fates.deferred).sum()))
    ledger.settle("rejection", "", float((reject_usd(ways) * fates.rejected).sum()))
    ledger.settle("unmet", "", _unmet(served))


def reference_hours(ways: Ways) -> Reals:
    """Shape (jobs,): hours × accelerators of one unit."""
    return np.asarray(ways.hours * ways.jobs["accelerators"], dtype=np.float64)


def reject_usd(ways: Ways) -> Reals:
    """Shape (jobs,): loss if a unit is rejected; by default policy value × hours × accelerators × weight."""
    policy = ways.fleet.scenario.policy
    weight = np.array([1.0 if name is None else policy.priorities.get(name, 1.0) for name in ways.jobs["priority"]])
    default = policy.reject_usd_per_accelerator_hour * reference_hours(ways) * weight
    given = ways.jobs["reject_usd"]
    return np.where(np.isnan(given), default, given)


def _delay(schedule: Schedule, fates: Fates, ready: Reals) -> float:
    """$ per hour × (end of the last segment - ready); a deferred unit ends its hours after the horizon."""
    jobs, grid, last = schedule.ways.jobs, schedule.fleet.grid, schedule.is_last
    per_hour = jobs["delay_usd_per_hour"]
    job = schedule.jobs[last]
    count = schedule.groups.count[schedule.runs.group[last]]
    priced = per_hour[job] > 0
    placed = per_hour[job] * (schedule.end_hours[last] - ready[job]) * count
    deferred = per_hour * (grid.hours + schedule.ways.hours - ready) * fates.deferred
    return float(placed[priced].sum() + deferred.sum())


def _tails(schedule: Schedule) -> float:
    """Terminal price × hours of the segment × accelerators × w/work."""
    runs, ways = schedule.runs, schedule.ways
    tail = runs.ends.left > 0
    job = schedule.jobs[tail]
    share = runs.ends.left[tail] / runs.work[tail] * runs.share[tail]
    units = schedule.groups.count[runs.group[tail]]
    per_hour = ways.fleet.scenario.policy.terminal_usd_per_accelerator_hour
    return float((per_hour * reference_hours(ways)[job] * share * units).sum())


def _unmet(served: Served) -> float:
    """Unmet reference accelerators × hours × what they lose."""
    fleet = served.fleet
    lost = [fleet.slots(flow.unmet_usd_per_accelerator_hour) for flow in fleet.scenario.flows]
    return float((served.unmet() * np.array(lost) @ fleet.grid.slot_hours).sum()) if lost else 0.0

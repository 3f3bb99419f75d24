"""What can become of a job: every multiset of placed, rejected and deferred units (docs/model.md 5)."""

import math
from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from itertools import combinations_with_replacement
from typing import Any

from oracle.bill import deferral_service, rejection_service, run_service, runs_cash
from oracle.fleet import MOMENT, Fleet
from oracle.growth import Cash
from oracle.limits import Gauge
from oracle.runs import Rooms, Run, moves_dataset, runs
from oracle.terms import term_cash
from oracle.ways import Way, planned_hours, ways

Meters = dict[Hashable, int]
"""What is taken of things that have a limit: accelerators and watts in grains, shares of links, resources in grains."""


@dataclass
class Account:
    """What one unit, or all units of a job, take and cost."""

    labels: list[str] = field(default_factory=list)
    meters: Meters = field(default_factory=lambda: defaultdict(int))
    cash: Cash = field(default_factory=lambda: defaultdict(float))
    service: float = 0.0
    counts: dict[tuple[int, int], float] = field(default_factory=lambda: defaultdict(float))
    """By limit and span."""
    alone: Meters = field(default_factory=dict)
    """The most that one run takes of a pool, a cluster's power or a resource in a slot, its last slot taken whole."""
    clusters: set[str] = field(default_factory=set)
    moves: set[tuple[str, str]] = field(default_factory=set)
    """Shared data sets that have to be moved, with the clusters."""
    begin: float = math.inf
    """First start of a placed unit, hours."""
    end: float = -math.inf
    """Last end of a placed unit, hours."""
    placed: bool = False
    rejected: bool = False
    deferred: bool = False
    tail: bool = False
    cost: float = 0.0
    """Service terms and cash inside the boundary."""


def accounts(fleet: Fleet, rooms: Rooms, gauges: list[Gauge], job: Any) -> list[Account]:
    """Every way to place, reject or defer the units of a job."""
    of_units = [_placed(fleet, gauges, job, chain) for chain in chains(fleet, rooms, job)]
    if _may_be_rejected(job):
        of_units.append(Account([f"{job.job} rejected"], service=rejection_service(fleet, job), rejected=True))
    if _may_wait(fleet, job):
        of_units.append(Account([f"{job.job} deferred"], service=deferral_service(fleet, job), deferred=True))
    found = [merged(units) for units in combinations_with_replacement(of_units, job.count)]
    for account in found:
        account.cost = account.service + fleet.value(account.cash)
    return sorted(found, key=lambda account: account.cost)


def number_of_accounts(fleet: Fleet, rooms: Rooms, job: Any) -> int:
    """How many accounts a job has."""
    fates = len(chains(fleet, rooms, job)) + _may_be_rejected(job) + _may_wait(fleet, job)
    return math.comb(fates + job.count - 1, job.count)


def _may_be_rejected(job: Any) -> bool:
    return not job.must_run and job.state != "running"


def _may_wait(fleet: Fleet, job: Any) -> bool:
    if not fleet.scenario.policy.defer or job.must_run or job.state == "running" or job.pin_start is not None:
        return False
    return job.deadline is None or job.deadline >= fleet.end + planned_hours(fleet, job) - MOMENT


def chains(fleet: Fleet, rooms: Rooms, job: Any) -> list[tuple[Run, ...]]:
    """Every way to place a unit: a run for each segment, all on one way, in order of time."""
    found: list[tuple[Run, ...]] = []
    for way in ways(fleet, job):
        allowed = [runs(fleet, rooms, job, way, segment) for segment in range(job.segments)]
        partial: list[tuple[Run, ...]] = [()]
        for own in allowed:
            partial = [(*chain, run) for chain in partial for run in own if _follows(fleet, chain, run)]
        found.extend(partial)
    return found


def _follows(fleet: Fleet, chain: tuple[Run, ...], run: Run) -> bool:
    return not chain or fleet.edge[run.start] >= chain[-1].end - MOMENT


def _placed(fleet: Fleet, gauges: list[Gauge], job: Any, chain: tuple[Run, ...]) -> Account:
    way = chain[0].way
    starts = ", ".join(str(run.start) for run in chain)
    account = Account([f"{job.job} on {way.name} at slot {starts}"], placed=True)
    account.cash = runs_cash(fleet, job, chain)
    for key, usd in term_cash(fleet, job, chain).items():
        account.cash[key] += usd
    account.service = run_service(fleet, job, chain)
    account.begin, account.end = fleet.edge[chain[0].start], chain[-1].end
    account.tail = chain[-1].tail > 0
    account.clusters = set(way.clusters)
    account.moves = {(job.dataset, c) for c in way.clusters if moves_dataset(fleet, job, c)}
    for run in chain:
        _meter(fleet, account, job, way, run)
    for index, gauge in enumerate(gauges):
        for span, amount in gauge.unit(job, chain).items():
            account.counts[index, span] += amount
    return account


def _meter(fleet: Fleet, account: Account, job: Any, way: Way, run: Run) -> None:
    for t in run.covered:
        for part in way.parts:
            account.meters["held", part.place, t] += part.accelerators * run.held[t]
            account.meters["watts", part.place[0], t] += part.watts * run.held[t]
        for key in {key for part in way.parts for key in (("held", part.place, t), ("watts", part.place[0], t))}:
            whole = sum(part.accelerators for part in way.parts if key == ("held", part.place, t))
            whole += sum(part.watts for part in way.parts if key == ("watts", part.place[0], t))
            account.alone[key] = max(account.alone.get(key, 0), whole * fleet.grains)
        for cluster in way.clusters:
            for name, amount in job.uses.items():
                if amount and name in fleet.sites[cluster].resources:
                    key = ("uses", cluster, name, t)
                    account.meters[key] += amount * run.held[t]
                    account.alone[key] = max(account.alone.get(key, 0), amount * fleet.grains)
    for key, share in run.links.items():
        account.meters[key] += share


def merged(parts: Iterable[Account]) -> Account:
    """Several accounts in one; costs are added up."""
    total = Account()
    for part in parts:
        total.labels = total.labels + part.labels
        for own, other in ((total.meters, part.meters), (total.cash, part.cash), (total.counts, part.counts)):
            for key, amount in other.items():
                own[key] += amount
        for key, amount in part.alone.items():
            total.alone[key] = max(total.alone.get(key, 0), amount)
        total.service += part.service
        total.cost += part.cost
        total.clusters = total.clusters | part.clusters
        total.moves = total.moves | part.moves
        total.begin, total.end = min(total.begin, part.begin), max(total.end, part.end)
        total.placed |= part.placed
        total.rejected |= part.rejected
        total.deferred |= part.deferred
        total.tail |= part.tail
    return total

"""The true optimum of a tiny scenario, by enumeration, from docs/model.md alone.

Every combination of what can be decided whole is looked at: orders of modules with their flights (`growth`) and, for
each job, every multiset of placed, rejected and deferred units (`units`). A combination that takes more than there is
of a pool, a facility's power, a link or a resource is dropped while it is put together. What is left open then -
plants, batteries, switching, flows, amounts over limits - is a small linear model with whole variables (`dispatch`).
The combinations are gone through in the order of a lower bound, until that reaches the best cost found.
"""

import math
from collections import defaultdict
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import Any

from oracle.bill import fixed_cash, idle_cash, move_cash
from oracle.dispatch import Dispatch, Load, has_variables, unmet_cost
from oracle.fleet import MOMENT, SHARE, Fleet, Site, fleet, resource_room
from oracle.growth import Cash, Growth, growths
from oracle.limits import Gauge, gauges
from oracle.orders import offered
from oracle.runs import Rooms, move_links
from oracle.units import Account, Meters, accounts, merged, number_of_accounts
from oracle.ways import jobs

from placement.schema import Scenario


@dataclass(frozen=True)
class Optimum:
    """The least cost of a scenario."""

    cost_usd: float
    """Infinite if there is no plan."""
    feasible: bool
    plans: int
    """Complete combinations that fitted pools, power, links and resources."""
    choice: tuple[str, ...]
    """One optimal combination in words."""


@dataclass
class Combination:
    """A complete combination: orders, and an account for each job."""

    growth: Growth
    chosen: tuple[Account, ...]
    bound: float


def optimum(scenario: Scenario) -> Optimum:
    """The least cost over all plans of a scenario (docs/model.md 9), and a plan that has it.

    Parameters
    ----------
    scenario : Scenario
        A tiny one: the work grows with the product of the ways to place each job.
    """
    search = _Search(fleet(scenario))
    combinations = sorted(search.combinations(), key=lambda c: c.bound)
    best, choice = math.inf, ()
    for combination in combinations:
        if combination.bound >= best:
            break
        cost = search.cost(combination, best)
        if cost is not None and cost < best:
            best, choice = cost, _words(combination)
    return Optimum(best, math.isfinite(best), len(combinations), choice)


def size(scenario: Scenario) -> int:
    """How many combinations there are, before any is dropped, orders of modules that break a rule among them."""
    numbers = fleet(scenario)
    return math.prod(offer.most + 1 for offer in offered(numbers)) * accounts_in_all(numbers)


def accounts_in_all(fleet: Fleet) -> int:
    """How many ways there are to place, reject or defer all jobs, each taken alone."""
    rooms = Rooms(fleet)
    return math.prod(number_of_accounts(fleet, rooms, job) for job in jobs(fleet))


class _Search:
    """What the combinations of one scenario have in common."""

    def __init__(self, fleet: Fleet):
        self.fleet = fleet
        self.gauges: list[Gauge] = gauges(fleet)
        self.jobs: list[Any] = jobs(fleet)
        self.growths = growths(fleet)
        rooms = Rooms(fleet)
        self.accounts = [accounts(fleet, rooms, self.gauges, job) for job in self.jobs]
        self.sites = list(fleet.sites.values())
        self.idle: Cash = defaultdict(float)
        self.constant = unmet_cost(fleet)
        for site in self.sites:
            if site.simple:
                self.idle |= idle_cash(fleet, site)
            if site.cluster.charge == "owned":
                self.constant += fleet.value(fixed_cash(fleet, site))
        self.open_sites = [site for site in self.sites if not site.simple or fleet.scenario.flows]
        self.tied = has_variables(fleet) and bool(fleet.scenario.flows or self.gauges)
        self._dispatched: dict[Hashable, float | None] = {}

    # --- putting combinations together ---

    def combinations(self) -> Iterator[Combination]:
        """All combinations that fit pools, power, links and resources, and keep the order of jobs."""
        for growth in self.growths:
            room = _room(self.fleet, growth)
            fixed = self.constant + self.fleet.value(self.idle) + self.fleet.value(growth.cash) - growth.salvage
            fixed += self._least_dispatch(growth)
            whole = room | _resources_for_one(self.fleet, growth)
            own = [[a for a in found if all(n <= whole[key] for key, n in a.alone.items())] for found in self.accounts]
            for chosen in _fitting(own, room, defaultdict(int), ()):
                if self._moves_fit(chosen, room) and self._in_order(chosen):
                    yield Combination(growth, chosen, fixed + sum(account.cost for account in chosen))

    def _least_dispatch(self, growth: Growth) -> float:
        """A bound on what is dispatched, whatever the runs take: any load up to that of all jobs, free capacity."""
        most = {site.name: 0 for site in self.sites}
        for found in self.accounts:
            for cluster in most:
                watts = [n for a in found for key, n in a.meters.items() if key[:2] == ("watts", cluster)]
                most[cluster] += max(watts, default=0) // self.fleet.grains + 1
        empty = self._load(growth, Account())
        empty.committed = set(self.fleet.sites)
        bounds = []
        for site in self.open_sites:
            dispatch = Dispatch(self.fleet, self.gauges, growth, empty)
            bounds.append(dispatch.cost([site], joint=False, spare_watts=most))
        return sum(math.inf if bound is None else bound for bound in bounds)

    def _moves_fit(self, chosen: tuple[Account, ...], room: dict[Hashable, float]) -> bool:
        """Whether moves of shared data sets and the transfers of runs fit the links together."""
        moves = set().union(*(account.moves for account in chosen))
        taken: Meters = defaultdict(int)
        for move in moves:
            for key, share in move_links(self.fleet, *move).items():
                taken[key] += share
        return all(
            share + sum(account.meters.get(key, 0) for account in chosen) <= room[key] for key, share in taken.items()
        )

    def _in_order(self, chosen: tuple[Account, ...]) -> bool:
        """Whether jobs start after the end of those that they come after."""
        by_name = {job.job: account for job, account in zip(self.jobs, chosen, strict=True)}
        for job, own in zip(self.jobs, chosen, strict=True):
            for name in job.after:
                before = by_name[name]
                if own.placed and (before.rejected or before.deferred or before.tail):
                    return False
                if own.placed and own.begin < before.end + job.after_lag_hours - MOMENT:
                    return False
                if own.deferred and before.rejected:
                    return False
        return True

    # --- what a combination costs ---

    def cost(self, combination: Combination, best: float) -> float | None:
        """The cost of a combination; None if it breaks a limit or is known to be no better than `best`."""
        growth = combination.growth
        load = self._load(growth, merged(combination.chosen))
        known = self.constant - growth.salvage + self.fleet.value(load.cash)
        known += sum(account.service for account in combination.chosen)
        apart = [self._apart(site, growth, load) for site in self.open_sites]
        if any(cost is None for cost in apart) or known + sum(apart) >= best:
            return None
        sites = self.open_sites if self.tied else []
        joint = Dispatch(self.fleet, self.gauges, growth, load).cost(sites, joint=True)
        if joint is None:
            return None
        return known + joint + (0.0 if self.tied else sum(apart))

    def _apart(self, site: Site, growth: Growth, load: Load) -> float | None:
        """The cost of dispatching one cluster as if nothing tied it to others: a bound, exact if nothing does."""
        held = tuple(tuple(load.held[bay.place]) for bay in site.bays)
        key = (site.name, id(growth), tuple(load.watts[site.name]), held, site.name in load.committed)
        if key not in self._dispatched:
            dispatch = Dispatch(self.fleet, self.gauges, growth, load)
            self._dispatched[key] = dispatch.cost([site], joint=False)
        return self._dispatched[key]

    def _load(self, growth: Growth, account: Account) -> Load:
        """What a combination comes to, discounting and boundary apart."""
        grains, slots = self.fleet.grains, range(self.fleet.slots)
        cash: Cash = defaultdict(float)
        committed = {c for c in account.clusters if self.fleet.sites[c].cluster.charge == "committed"}
        parts = [self.idle, growth.cash, account.cash]
        parts += [fixed_cash(self.fleet, self.fleet.sites[cluster]) for cluster in committed]
        parts += [move_cash(self.fleet, *move) for move in account.moves]
        for part in parts:
            for key, usd in part.items():
                cash[key] += usd
        counts = defaultdict(float, account.counts)
        for index, gauge in enumerate(self.gauges):
            for move in account.moves:
                for span, amount in gauge.move(*move).items():
                    counts[index, span] += amount
        return Load(
            watts={c: [account.meters.get(("watts", c, t), 0) / grains for t in slots] for c in self.fleet.sites},
            held={p: [account.meters.get(("held", p, t), 0) / grains for t in slots] for p in self.fleet.bays},
            counts=counts,
            cash=cash,
            invested=growth.invested,
            committed=committed,
        )


def _fitting(
    own: list[list[Account]], room: dict[Hashable, float], taken: Meters, chosen: tuple[Account, ...]
) -> Iterator[tuple[Account, ...]]:
    """Every choice of an account for each job that takes no more than there is."""
    if len(chosen) == len(own):
        yield chosen
        return
    for account in own[len(chosen)]:
        if all(taken[key] + amount <= room.get(key, math.inf) for key, amount in account.meters.items()):
            for key, amount in account.meters.items():
                taken[key] += amount
            yield from _fitting(own, room, taken, (*chosen, account))
            for key, amount in account.meters.items():
                taken[key] -= amount


def _room(fleet: Fleet, growth: Growth) -> dict[Hashable, float]:
    """What there is of each thing that runs take, with the modules that stand."""
    room: dict[Hashable, float] = {}
    for t in range(fleet.slots):
        for place, bay in fleet.bays.items():
            room["held", place, t] = (bay.base[t] + growth.accelerators.get((place, t), 0)) * fleet.grains
        for site in fleet.sites.values():
            facility = math.inf
            if site.facility is not None:
                facility = site.facility[t] + growth.watts.get((site.name, t), 0)
            grid = math.inf if site.grid_watts is None else site.grid_watts[t]
            room["watts", site.name, t] = min(facility, grid) * fleet.grains
            room["in", site.name, t] = room["out", site.name, t] = SHARE
    for key, amount in _resources_for_one(fleet, growth).items():
        room[key] = amount - growth.needs.get(key[1:], 0.0) * fleet.grains
    return room


def _resources_for_one(fleet: Fleet, growth: Growth) -> dict[Hashable, float]:
    """What there is of resources for a run that is taken alone: what modules need is not subtracted."""
    return {
        ("uses", site.name, name, t): resource_room(amount + growth.gives.get((site.name, name, t), 0.0)) * fleet.grains
        for site in fleet.sites.values()
        for name, amounts in site.resources.items()
        for t, amount in enumerate(amounts)
    }


def _words(combination: Combination) -> tuple[str, ...]:
    labels = [label for account in combination.chosen for label in account.labels]
    for offer, number in combination.growth.orders:
        lift = "" if offer.lift is None else f" by {offer.lift.vehicle}"
        labels.append(f"{number} {offer.cluster}.{offer.module.name} in period {offer.period}{lift}")
    return tuple(labels)

"""The verifier's front door: every rule of docs/model.md, one after another, against one plan."""

from collections.abc import Iterator

import numpy as np

from placement.fingerprint import fingerprint
from placement.plan import Plan
from placement.schema import Scenario
from placement.verifier import (
    assignment,
    batteries,
    bills,
    builds,
    claims,
    datasets,
    eligible,
    energy,
    fixed,
    flows,
    growth,
    investments,
    kinds,
    launches,
    limits,
    order,
    payments,
    placements,
    power,
    service,
    starts,
    states,
    tables,
    terms,
    transfers,
)
from placement.verifier.findings import Finding, Findings, Verification
from placement.verifier.fleet import Fleet
from placement.verifier.ledger import SERVICE, Ledger, within
from placement.verifier.meters import Meters, amounts, check_capacity, check_power, check_resources
from placement.verifier.reading import Reading
from placement.verifier.readings import readings
from placement.verifier.spans import Ints
from placement.verifier.ways import Ways


def verify(scenario: Scenario, plan: Plan, *, read: bool = False) -> Verification:
    """Whether a plan keeps every rule of its scenario, and what it costs.

    Only the plan's decisions are taken from it; ends, windows, shares, power, money and everything else are
    derived anew, by code that shares nothing with the solver's.

    Parameters
    ----------
    scenario : Scenario
        What was wanted.
    plan : Plan
        The answer.
    read : bool
        Whether to tell what each meter reads, beside what there is.

    Returns
    -------
    Verification
        Findings, in the order in which rules are checked, and costs. A run that is no way to run its job is
        told and left out of everything that follows.
    """
    findings = Findings()
    _check_scenario(scenario, plan, findings)
    rows = tables.read(plan, findings)
    return _Case(scenario, rows, findings).verification(read)


def _check_scenario(scenario: Scenario, plan: Plan, findings: Findings) -> None:
    if plan.digest != fingerprint(scenario):
        findings.add("scenario", scenario.name, "the scenario was changed since the plan was made.")
    if plan.scenario != scenario.name:
        findings.add("scenario", scenario.name, f"the plan is for '{plan.scenario}'.")


class _Case:
    """One verification under way."""

    def __init__(self, scenario: Scenario, rows: dict[str, tables.Rows], findings: Findings):
        self.findings, self.rows, self.scenario = findings, rows, scenario
        self.fleet = Fleet(scenario)
        self.ways = Ways(self.fleet)
        self.lines = placements.named(rows["placements"], self.fleet, findings)
        self.schedule, self.placed = placements.read(self.lines, self.ways, findings)
        self.fates = assignment.read(rows["jobs"], self.ways, self.placed, findings)
        self.moves = datasets.read(rows["moves"], self.fleet, findings)
        self.served = flows.read(rows["flows"], self.ways, findings)
        self.energy = energy.read(rows["energy"], self.fleet, findings)
        self.on = states.read(rows["states"], self.fleet, findings)
        self.kinds = kinds.kinds_of(self.fleet)
        self.builds = builds.read(rows["builds"], self.fleet, self.kinds, findings)
        self.built = growth.Growth(self.fleet, self.builds)
        self.launches = launches.read(rows["launches"], self.fleet, findings)
        self.transfers = transfers.of(self.schedule)
        self.meters = Meters(self.schedule, self.served)
        self.ledger = Ledger(self.fleet.grid, scenario.money.rate)

    def verification(self, read: bool) -> Verification:
        """Check everything, in the order of the text."""
        self._check_runs()
        self._check_data()
        self._check_sums()
        self._settle()
        costs = self.ledger.costs()
        claims.check_costs(self.rows["costs"], costs, self.fleet, self.findings)
        known = terms.boundaries(self.scenario)
        inside = known[self.scenario.policy.minimise] | SERVICE
        boundaries = {name: within(costs, categories) for name, categories in known.items()}
        found: tuple[Finding, ...] = tuple(self.findings)
        readings = tuple(self._readings()) if read else ()
        return Verification(found, within(costs, inside), costs, boundaries, self.uses, readings)

    def _check_runs(self) -> None:
        """Each run by itself, and what comes after what."""
        most = self.fleet.capacity + growth.potential(self.fleet, self.kinds.values())
        eligible.check(self.schedule, most, self.findings)
        watts = power.it_watts_allowed(self.fleet, self.built.watts)
        accelerators = self.fleet.capacity + self.built.accelerators
        starts.check(self.schedule, accelerators, watts, amounts(self.meters, self.built.gives), self.findings)
        order.check(self.schedule, self.fates, self.placed, self.findings)
        claims.check_runs(self.schedule, self.findings)
        claims.check_lines(self.schedule, self.transfers, self.lines, self.findings)

    def _check_data(self) -> None:
        """Transfers, moves of shared data, links."""
        staged, unloaded = self.transfers
        for kind in self.transfers:
            transfers.check(self.schedule, kind, self.findings)
        datasets.check(self.schedule, self.moves, self.findings)
        incoming = transfers.load(self.schedule, staged) + datasets.load(self.fleet, self.moves)
        self.links = incoming, transfers.load(self.schedule, unloaded)
        transfers.check_links(self.fleet, *self.links, self.findings)

    def _check_sums(self) -> None:
        """Pools, power, resources, flows, growth."""
        built = self.built
        launches.check(self.fleet, self.builds, self.launches, self.findings)
        check_capacity(self.meters, self._room(), self.findings)
        check_power(self.meters, power.it_watts_allowed(self.fleet, built.watts), self.findings)
        check_resources(self.meters, built.gives, built.needs, self.findings)
        flows.check(self.served, self.findings)
        it_watts = self.meters.by_cluster(self.meters.watts())
        energy.settle_simple(self.energy, it_watts, self.findings)
        energy.check(self.energy, built.sources_mw, it_watts, self.on, self.findings)
        batteries.check(self.energy, built.sources_mw, self.findings)

    def _room(self) -> Ints:
        """Shape (pools, T): accelerators that may be held."""
        return np.asarray((self.fleet.capacity + self.built.accelerators) * self.on[self.fleet.cluster_of])

    def _readings(self) -> Iterator[Reading]:
        watts = power.it_watts_allowed(self.fleet, self.built.watts)
        return readings(
            self.meters, self._room(), watts, self.links, dict(self.built.gives), dict(self.built.needs),
            self.energy, self.built.sources_mw,
        )  # fmt: skip

    def _settle(self) -> None:
        """All money, and limits, some of which count money and some of which cost it."""
        bills.pay(self.energy, self.on, self.ledger)
        fixed.pay(self.fleet, self.meters.accelerators(), self.ledger)
        investments.pay(self.fleet, self.builds, self.launches, self.ledger)
        payments.pay(self.schedule, self.transfers, self.moves, self.ledger)
        terms.pay(self.schedule, self.ledger)
        service.settle(self.schedule, self.fates, self.served, self.ledger)
        counts = limits.Counts(self.meters, self.energy, self.transfers, self.moves, self.ledger)
        self.uses = limits.check(counts, self.findings)

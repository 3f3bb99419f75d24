"""The continuous rest, once jobs and modules are decided: plants, batteries, switching, flows (docs/model.md 6 to 9).

Variables, power in kW: on/off of switchable clusters, use of each source and battery in each tick, highest draws,
energy paid for but not taken, accelerators of flows, whether a flow commits a cluster, amounts over or under limits.
Everything that runs take is a constant here.
"""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from oracle.bill import energy_rates, fixed_cash, holding_rates, megawatt_rates
from oracle.fleet import Bay, Fleet, Place, Site
from oracle.growth import Cash, Growth
from oracle.limits import Gauge
from oracle.linear import Model, Terms, add, within
from oracle.power import Source
from oracle.ways import fits_memory, pace, reachable, useful_share


@dataclass
class Load:
    """What runs, moves, modules and idle power come to."""

    watts: dict[str, list[float]]
    """IT watts by cluster and slot."""
    held: dict[Place, list[float]]
    """Accelerators by pool and slot."""
    counts: dict[tuple[int, int], float]
    """By limit and span, dollars and emissions of all energy apart."""
    cash: Cash
    invested: dict[tuple[str, int], float]
    """$ for modules and flights by cluster (empty for flights) and slot."""
    committed: set[str]


class Dispatch:
    """The model of some clusters under a load; `joint` with what ties clusters together."""

    def __init__(self, fleet: Fleet, gauges: list[Gauge], growth: Growth, load: Load):
        self.fleet, self.gauges, self.growth, self.load = fleet, gauges, growth, load
        self.model = Model()
        self.constant = 0.0
        self.spend: dict[tuple[str, str, int], Terms] = defaultdict(dict)
        self.tonnes: dict[tuple[str, int], Terms] = defaultdict(dict)
        self.counted: dict[tuple[int, int], Terms] = defaultdict(dict)
        self.served: dict[tuple[int, int], Terms] = defaultdict(dict)
        """By flow and slot, reference accelerators."""

    def cost(self, sites: list[Site], *, joint: bool, spare_watts: dict[str, int] | None = None) -> float | None:
        """The least cost; None if there is none. With `spare_watts` the load may be any up to that: a bound."""
        for site in sites:
            self._site(site, (spare_watts or {}).get(site.name, 0))
        for (flow, t), terms in self.served.items():
            self.model.row(terms, high=self.fleet.series(self.fleet.scenario.flows[flow].demand)[t])
        for (category, _, t), terms in self.spend.items():
            if category in self.fleet.inside:
                self.model.pay(terms, self.fleet.discount[t])
        if joint and not self._limits():
            return None
        result = self.model.minimise()
        return None if result is None else self.constant + result[0]

    # --- one cluster ---

    def _site(self, site: Site, spare: int) -> None:
        on = self._switching(site) if site.cluster.switchable else None
        drawn: list[Terms] = [{} for _ in range(self.fleet.slots)]  # kW beside the runs'
        self._flows(site, on, drawn)
        if site.simple:
            self._simple_energy(site, drawn)
            return
        for t in range(self.fleet.slots):
            if spare:
                drawn[t][self.model.variable(0.0, spare / 1000)] = 1.0
        self._balance(site, on, drawn)

    def _switching(self, site: Site) -> list[int]:
        """on[t], 1 where something runs; each change is paid in its slot."""
        cluster, model = site.cluster, self.model
        busy = [any(self.load.held[bay.place][t] > 0 for bay in site.bays) for t in range(self.fleet.slots)]
        on = [model.variable(float(busy[t]), 1.0, whole=True) for t in range(self.fleet.slots)]
        for t in range(self.fleet.slots):
            up, down = model.variable(0, 1, whole=True), model.variable(0, 1, whole=True)
            before: Terms = {on[t - 1]: -1.0} if t else {}
            initially = 0.0 if t or not cluster.initially_on else 1.0
            model.row({on[t]: 1.0, **before, up: -1.0, down: 1.0}, initially, initially)
            model.row({up: 1.0, down: 1.0}, high=1.0)
            add(self.spend["switching", site.name, t], {up: cluster.startup_usd, down: cluster.shutdown_usd})
        if cluster.finally_off:
            add(self.spend["switching", site.name, self.fleet.slots - 1], {on[-1]: cluster.shutdown_usd})
        return on

    def _flows(self, site: Site, on: list[int] | None, drawn: list[Terms]) -> None:
        committing: int | None = None
        if site.cluster.charge == "committed" and site.name not in self.load.committed:
            committing = self.model.variable(0, 1, whole=True)
            for key, usd in fixed_cash(self.fleet, site).items():
                add(self.spend[key], {committing: usd})
        for bay in site.bays:
            for t in range(self.fleet.slots):
                capacity = bay.base[t] + self.growth.accelerators.get((bay.place, t), 0)
                here: Terms = {}
                for index in range(len(self.fleet.scenario.flows)):
                    variable = self._flow(index, bay, t, capacity, drawn)
                    if variable is not None:
                        here[variable] = 1.0
                if not here:
                    continue
                room = capacity - self.load.held[bay.place][t]
                self.model.row(here, high=room)
                if on is not None:
                    self.model.row({**here, on[t]: -float(capacity)}, high=0.0)
                if committing is not None:
                    self.model.row({**here, committing: -float(capacity)}, high=0.0)
        self._flow_power(site, drawn)

    def _flow(self, index: int, bay: Bay, t: int, capacity: int, drawn: list[Terms]) -> int | None:
        """Accelerators of a pool that a flow holds in a slot; None where it may not run."""
        flow, fleet = self.fleet.scenario.flows[index], self.fleet
        if not _eligible(fleet, flow, bay) or bay.speed[t] == 0:
            return None
        own = pace(fleet, flow.class_, bay, None)
        watts = 1000 * own.kw * flow.utilization
        variable = self.model.variable(0.0, float(capacity))
        rate = own.relative * useful_share(fleet, bay, 1, 0.0) * bay.speed[t]
        self.served[index, t][variable] = rate
        self.model.pay({variable: -rate * fleet.hours[t] * flow.unmet_usd_per_accelerator_hour})
        drawn[t][variable] = watts / 1000
        for category, usd in holding_rates(fleet, bay, t).items():
            add(self.spend[category, bay.place[0], t], {variable: usd})
        for number, gauge in enumerate(self.gauges):
            if gauge.counts_work(flow):
                add(self.counted[number, gauge.span[t]], {variable: gauge.accelerator(bay, watts, t)})
        return variable

    def _flow_power(self, site: Site, drawn: list[Terms]) -> None:
        for t in range(self.fleet.slots):
            if not drawn[t]:
                continue
            if site.facility is not None:
                room = site.facility[t] + self.growth.watts.get((site.name, t), 0)
                self.model.row(drawn[t], high=(room - self.load.watts[site.name][t]) / 1000)
            if site.grid_watts is not None:
                self.model.row(drawn[t], high=(site.grid_watts[t] - self.load.watts[site.name][t]) / 1000)

    def _simple_energy(self, site: Site, drawn: list[Terms]) -> None:
        for t in range(self.fleet.slots):
            for category, usd in megawatt_rates(self.fleet, site, t).items():
                add(self.spend[category, site.name, t], drawn[t], usd * site.cluster.pue / 1000)
            for tick in self.fleet.ticks_of(t):
                tonnes = site.sources[0].carbon[tick] * float(self.fleet.grid.tick_hours[tick]) / 1e6
                add(self.tonnes[site.name, t], drawn[t], tonnes * site.cluster.pue)

    # --- plants ---

    def _balance(self, site: Site, on: list[int] | None, drawn: list[Terms]) -> None:
        """load · pue + idle · on + charge = sources + discharge, in each tick."""
        given: list[Terms] = [{} for _ in range(self.fleet.grid.ticks)]
        for source in site.sources:
            self._source(site, source, given)
        for battery in site.batteries:
            self._battery(site, battery, given)
        cluster = site.cluster
        for tick in range(self.fleet.grid.ticks):
            t = int(self.fleet.grid.tick_slot[tick])
            terms = dict(given[tick])
            add(terms, drawn[t], -cluster.pue)
            taken = self.load.watts[site.name][t] / 1000 * cluster.pue
            if on is None:
                taken += 1000 * cluster.idle_mw
            else:
                terms[on[t]] = terms.get(on[t], 0.0) - 1000 * cluster.idle_mw
            self.model.row(terms, taken, taken)

    def _source(self, site: Site, source: Source, given: list[Terms]) -> None:
        draw = [self.model.variable(0.0, 1000 * most) for most in self._most(site, source)]
        for tick, variable in enumerate(draw):
            t, hours = int(self.fleet.grid.tick_slot[tick]), float(self.fleet.grid.tick_hours[tick])
            given[tick][variable] = 1.0
            for category, usd in energy_rates(self.fleet, site, source, tick).items():
                add(self.spend[category, site.name, t], {variable: usd * hours / 1000})
            add(self.tonnes[site.name, t], {variable: source.carbon[tick] * hours / 1e6})
        if source.demand_charge:
            self._demand_charge(site, source, draw)
        if source.take_or_pay is not None:
            self._take_or_pay(site, source, draw)

    def _most(self, site: Site, source: Source) -> list[float]:
        """MW that a source gives at most in each tick, with what modules add to it."""
        slots = [int(t) for t in self.fleet.grid.tick_slot]
        added = [self.growth.sources.get((site.name, source.name, t), 0.0) for t in slots]
        return [own + mw * each for own, mw, each in zip(source.limit, added, source.output, strict=True)]

    def _demand_charge(self, site: Site, source: Source, draw: list[int]) -> None:
        months = [int(month) for month in self.fleet.grid.month]
        for month in dict.fromkeys(months):
            peak = self.model.variable(1000 * source.peak_so_far if month == months[0] else 0.0)
            for tick, variable in enumerate(draw):
                if months[int(self.fleet.grid.tick_slot[tick])] == month:
                    self.model.row({peak: 1.0, variable: -1.0}, low=0.0)
            counted = max(1, round(self.fleet.hours[months.index(month)] / 730.5))  # a quarter is three months
            charge = {peak: source.demand_charge * counted / 1000}
            add(self.spend["contracts", site.name, months.index(month)], charge)

    def _take_or_pay(self, site: Site, source: Source, draw: list[int]) -> None:
        contract: Any = source.take_or_pay
        spans = self.fleet.spans(contract.per)
        for span in dict.fromkeys(spans):
            short = self.model.variable()
            terms: Terms = {short: 1.0}
            for tick, variable in enumerate(draw):
                if spans[int(self.fleet.grid.tick_slot[tick])] == span:
                    terms[variable] = float(self.fleet.grid.tick_hours[tick])
            self.model.row(terms, low=1000 * contract.mwh)
            cost = {short: contract.usd_per_mwh / 1000}
            add(self.spend["contracts", site.name, spans.index(span)], cost)

    def _battery(self, site: Site, battery: Any, given: list[Terms]) -> None:
        """Levels run on from tick to tick; where ticks are representative each slot is a cycle of its own."""
        model = self.model
        before: int | None = None
        for t in range(self.fleet.slots):
            ticks = self.fleet.ticks_of(t)
            power = 1000 * (battery.mw + self.growth.sources.get((site.name, str(battery.name), t), 0.0))
            size = power * battery.mwh / battery.mw
            first = model.variable(0.0, size) if self.fleet.representative else None
            before = first if first is not None else before
            for tick in ticks:
                charge, discharge = model.variable(0.0, power), model.variable(0.0, power)
                charging = model.variable(0, 1, whole=True)
                model.row({charge: 1.0, charging: -power}, high=0.0)
                model.row({discharge: 1.0, charging: power}, high=power)
                given[tick][charge], given[tick][discharge] = -1.0, 1.0
                level = model.variable(0.0, size)
                span = 1.0 if self.fleet.representative else float(self.fleet.grid.tick_hours[tick])
                gain = {charge: -span * battery.round_trip_efficiency, discharge: span}
                begin = 0.0 if before is not None else 1000 * battery.initial_mwh
                model.row({level: 1.0, **gain, **({before: -1.0} if before is not None else {})}, begin, begin)
                before = level
            if first is not None and before is not None:
                model.row({first: 1.0, before: -1.0}, 0.0, 0.0)
        if not self.fleet.representative and before is not None:
            model.row({before: 1.0}, low=1000 * battery.initial_mwh)

    # --- limits ---

    def _limits(self) -> bool:
        """Rows and penalties of all limits; False if one is broken whatever is dispatched."""
        for index, gauge in enumerate(self.gauges):
            amounts = [self.load.counts.get((index, span), 0.0) for span in range(gauge.spans)]
            terms = [dict(self.counted.get((index, span), {})) for span in range(gauge.spans)]
            self._dollars(gauge, amounts, terms)
            if gauge.all_energy:
                self._emissions(gauge, amounts, terms)
            for span in range(gauge.spans):
                if not self._limit(gauge, span, amounts[span], terms[span]):
                    return False
        return True

    def _dollars(self, gauge: Gauge, amounts: list[float], terms: list[Terms]) -> None:
        for key, usd in self.load.cash.items():
            span = gauge.cash(*key)
            if span is not None:
                amounts[span] += usd
        for (cluster, t), usd in self.load.invested.items():
            span = gauge.investment(cluster, t)
            if span is not None:
                amounts[span] += usd
        for key, own in self.spend.items():
            span = gauge.cash(*key)
            if span is not None:
                add(terms[span], own)

    def _emissions(self, gauge: Gauge, amounts: list[float], terms: list[Terms]) -> None:
        for site in self.fleet.sites.values():
            if not gauge.counts_cluster(site.name):
                continue
            for t in range(self.fleet.slots):
                add(terms[gauge.span[t]], self.tonnes.get((site.name, t), {}))
                if site.simple:
                    mw = self.load.watts[site.name][t] / 1e6 * site.cluster.pue + site.cluster.idle_mw
                    for tick in self.fleet.ticks_of(t):
                        mwh = mw * float(self.fleet.grid.tick_hours[tick])
                        amounts[gauge.span[t]] += mwh * site.sources[0].carbon[tick] / 1000

    def _limit(self, gauge: Gauge, span: int, amount: float, terms: Terms) -> bool:
        most, least, penalty = gauge.most[span], gauge.least[span], gauge.limit.penalty_usd
        terms = {variable: factor for variable, factor in terms.items() if factor}
        if penalty is None and not terms:
            return within(amount, least, most)
        if penalty is None:
            self.model.row(terms, least - amount, most - amount)
        elif not terms:
            self.constant += penalty * max(0.0, amount - most, least - amount)
        else:
            beside = {self.model.variable(): -1.0, self.model.variable(): 1.0}
            self.model.row({**terms, **beside}, least - amount, most - amount)
            self.model.pay(dict.fromkeys(beside, penalty))
        return True


def _eligible(fleet: Fleet, flow: Any, bay: Bay) -> bool:
    cluster = bay.place[0]
    if (flow.clusters and cluster not in flow.clusters) or cluster in flow.not_clusters:
        return False
    return fits_memory(fleet, bay, flow.memory_gb) and reachable(
        fleet, cluster, flow.residency, flow.home, flow.max_rtt_ms
    )


def unmet_cost(fleet: Fleet) -> float:
    """What flows lose if nothing of them is served."""
    return sum(
        demand * fleet.hours[t] * flow.unmet_usd_per_accelerator_hour
        for flow in fleet.scenario.flows
        for t, demand in enumerate(fleet.series(flow.demand))
    )


def has_variables(fleet: Fleet) -> bool:
    """Whether anything is left to dispatch."""
    return bool(fleet.scenario.flows) or any(not site.simple for site in fleet.sites.values())

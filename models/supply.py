"""Supply in Pyomo: plants, gates, moves, modules and flights, flows, penalties.

Sets: plants c, their sources i and batteries b, ticks τ (slot t(τ), hours h[τ]), gates g, moves d, modules m with
vehicles v and periods p, planes n, ways of flows w, rows r.

Variables
    it_mw[c,t] ≥ 0       IT power, MW              source[c,i,τ] ∈ [0, limit]   MW
    charge, discharge[c,b,τ] ∈ [0, mw], level[c,b,τ] ∈ [0, mwh], mode[c,b,τ] ∈ {0,1} (1: charging)
    peak[c,i,k] ≥ 0      highest draw of month k   short[c,i,q] ≥ 0             MWh paid for and not taken in span q
    open[g,t] ∈ {0,1}    (one t for committed)     switched_on, switched_off[g,t] ≥ 0
    move[d] ∈ {0,1}      build[m,v,p] ∈ Z₊         fly[v,n,p] ∈ Z₊
    flow[w,t] ≥ 0        accelerators              unmet[f,t] ≥ 0               reference accelerators
    over, under[r] ≥ 0   outside a limit that has a penalty

Each function adds one family: its variables, its constraints, its dollars, and what it adds to the body of rows.
"""

from collections import defaultdict
from typing import Any

import numpy as np
import pyomo.environ as pyo

from placement.kernels.work import Floats
from placement.models.book import Book, Term, linear
from placement.models.flows import add_flows
from placement.models.rows import Unsatisfiable
from placement.problem import Plant, Problem, Source, Tally


def add_supply(m: pyo.ConcreteModel, p: Problem) -> Book:
    """All families of supply; returns what they add to objective and rows."""
    book = Book()
    add_gates(m, p, book)
    add_power(m, p, book)
    add_batteries(m, p, book)
    add_balance(m, p)
    add_demand_charges(m, p, book)
    add_take_or_pay(m, p, book)
    add_moves(m, p, book)
    add_modules(m, p, book)
    add_raised(m, p)
    add_launches(m, p, book)
    add_flows(m, p, book)
    add_penalties(m, p, book)
    return book


def _tallies(p: Problem, of: str, cluster: int) -> list[Tally]:
    return [tally for tally in p.supply.tallies if tally.of == of and cluster in tally.clusters]


def _add_cash(p: Problem, book: Book, cluster: int, slot: int, usd: float, variable: Any) -> None:
    """Undiscounted dollars in a slot, for limits of dollars."""
    for tally in _tallies(p, "usd", cluster):
        book.add_row(tally.rows[slot], usd, variable)


def add_gates(m: pyo.ConcreteModel, p: Problem, book: Book) -> None:
    """A closed cluster holds nothing: accelerators in use <= most · open (rows). Switching costs when the state
    changes.

    switch:  open[g,t] - open[g,t-1] = switched_on[g,t] - switched_off[g,t], open[g,-1] as it is before the horizon;
    a gate that must be closed in the end pays for closing then if it is open in the last slot.
    """
    gates = p.supply.gates
    discount = p.work.discount
    index = [(g, t) for g, gate in enumerate(gates) for t in (range(p.work.slots) if gate.per_slot else (0,))]
    switching = [(g, t) for g, t in index if gates[g].per_slot]
    m.open = pyo.Var(index, domain=pyo.Binary)
    m.switched_on = pyo.Var(switching, bounds=(0, 1))
    m.switched_off = pyo.Var(switching, bounds=(0, 1))
    m.switch = pyo.Constraint(switching)
    counts = p.supply.switching_counts
    for g, gate in enumerate(gates):
        for k in range(len(gate.rows)):
            for t in range(p.work.slots):
                book.add_row(gate.rows[k, t], -gate.most[k, t], m.open[g, t if gate.per_slot else 0])
        if not gate.per_slot:
            book.add_cost(gate.open_usd, m.open[g, 0])
            for t in range(p.work.slots):
                _add_cash(p, book, gate.cluster, t, gate.open_cash[t], m.open[g, 0])
            continue
        for t in range(p.work.slots):
            terms = [(1.0, m.open[g, t]), (-1.0, m.switched_on[g, t]), (1.0, m.switched_off[g, t])]
            if t > 0:
                terms.append((-1.0, m.open[g, t - 1]))
            m.switch[g, t] = (linear(terms), float(gate.initially) if t == 0 else 0.0)
            for usd, variable in ((gate.startup_usd, m.switched_on[g, t]), (gate.shutdown_usd, m.switched_off[g, t])):
                book.add_cost(usd * counts * discount[t], variable)
                _add_cash(p, book, gate.cluster, t, usd, variable)
        if gate.finally_off:
            last = p.work.slots - 1
            book.add_cost(gate.shutdown_usd * counts * discount[last], m.open[g, last])
            _add_cash(p, book, gate.cluster, last, gate.shutdown_usd, m.open[g, last])


def _unit_bill(p: Problem, plant: Plant, source: Source, tick: int) -> tuple[float, float, float]:
    """Of 1 MW in a tick: dollars inside the boundary, dollars paid, tonnes; undiscounted."""
    hours = p.tick_hours[tick]
    price, tonnes = source.price[tick] * hours, source.carbon_t[tick] * hours
    counted = price * p.supply.energy_weight(plant.pue) + p.supply.carbon_usd_per_t * tonnes
    return counted, price, tonnes


def add_power(m: pyo.ConcreteModel, p: Problem, book: Book) -> None:
    """Load follows the IT power of what runs (rows: reading - load = 0); each source up to its limit at its price."""
    plants = p.supply.plants
    ticks = range(len(p.tick_slot))
    m.it_mw = pyo.Var(
        [(c, t) for c in range(len(plants)) for t in range(p.work.slots)],
        bounds=lambda _, c, t: (0, float(plants[c].most_mw[t])),
    )
    m.source = pyo.Var(
        [(c, i, k) for c, plant in enumerate(plants) for i in range(len(plant.sources)) for k in ticks],
        bounds=lambda _, c, i, k: (0, float(plants[c].sources[i].most_mw[k])),
    )
    for c, plant in enumerate(plants):
        for t in range(p.work.slots):
            book.add_row(plant.load_rows[t], -1.0, m.it_mw[c, t])
        for i, source in enumerate(plant.sources):
            for k in ticks:
                slot = p.tick_slot[k]
                counted, price, tonnes = _unit_bill(p, plant, source, k)
                variable = m.source[c, i, k]
                book.add_cost(counted * p.work.discount[slot], variable)
                for tally in _tallies(p, "usd", plant.cluster):
                    book.add_row(tally.rows[slot], price + tally.carbon_usd_per_t * tonnes, variable)
                for tally in _tallies(p, "tco2", plant.cluster):
                    book.add_row(tally.rows[slot], tonnes, variable)


def add_batteries(m: pyo.ConcreteModel, p: Problem, book: Book) -> None:
    """A battery keeps what it takes, less the loss, and never takes and gives at once.

    keep:   level[τ] = level[τ-1] + span[τ] (η charge[τ] - discharge[τ])
    take:   charge[τ] <= most mode[τ]      give:  discharge[τ] <= most (1 - mode[τ]), most: mw with all modules
    Levels run on through the horizon from `initial` and end no lower; where ticks are representative each slot is a
    cycle.
    """
    ticks = range(len(p.tick_slot))
    index = [(c, b, k) for c, plant in enumerate(p.supply.plants) for b in range(len(plant.stores)) for k in ticks]
    m.charge = pyo.Var(index, domain=pyo.NonNegativeReals)
    m.discharge = pyo.Var(index, domain=pyo.NonNegativeReals)
    m.level = pyo.Var(index, domain=pyo.NonNegativeReals)
    m.mode = pyo.Var(index, domain=pyo.Binary)
    m.keep = pyo.Constraint(index)
    m.take = pyo.Constraint(index)
    m.give = pyo.Constraint(index)
    last = np.flatnonzero(np.diff(p.tick_slot, append=-1))
    for c, b, k in index:
        store = p.supply.plants[c].stores[b]
        most = store.most_mw
        m.charge[c, b, k].setub(most)
        m.discharge[c, b, k].setub(most)
        m.level[c, b, k].setub(store.mwh * (most / store.mw))
        span = float(p.tick_span[k])
        terms = [
            (1.0, m.level[c, b, k]),
            (-span * store.efficiency, m.charge[c, b, k]),
            (span, m.discharge[c, b, k]),
        ]
        begins = 0.0
        if p.representative:
            first_of_slot = k == 0 or p.tick_slot[k - 1] != p.tick_slot[k]
            before = last[p.tick_slot[k]] if first_of_slot else k - 1
            terms.append((-1.0, m.level[c, b, int(before)]))
        elif k > 0:
            terms.append((-1.0, m.level[c, b, k - 1]))
        else:
            begins = store.initial_mwh
        m.keep[c, b, k] = (linear(terms), begins)
        m.take[c, b, k] = (None, linear([(1.0, m.charge[c, b, k]), (-most, m.mode[c, b, k])]), 0.0)
        m.give[c, b, k] = (None, linear([(1.0, m.discharge[c, b, k]), (most, m.mode[c, b, k])]), most)
        if not p.representative and k == len(p.tick_slot) - 1:
            m.level[c, b, k].setlb(store.initial_mwh)


def add_balance(m: pyo.ConcreteModel, p: Problem) -> None:
    """What a plant's cluster draws is what its sources and batteries give, in each tick.

    balance:  pue it_mw[c,t] + idle open[c,t] + Σ charge = Σ source + Σ discharge
    """
    gate_of = {gate.cluster: g for g, gate in enumerate(p.supply.gates) if gate.per_slot}
    ticks = range(len(p.tick_slot))
    m.balance = pyo.Constraint([(c, k) for c in range(len(p.supply.plants)) for k in ticks])
    for c, plant in enumerate(p.supply.plants):
        gate = gate_of.get(plant.cluster)
        for k in ticks:
            t = int(p.tick_slot[k])
            terms = [(plant.pue, m.it_mw[c, t])]
            fixed = plant.idle_mw
            if gate is not None and plant.idle_mw:
                terms.append((plant.idle_mw, m.open[gate, t]))
                fixed = 0.0
            terms.extend((-1.0, m.source[c, i, k]) for i in range(len(plant.sources)))
            for b in range(len(plant.stores)):
                terms.append((1.0, m.charge[c, b, k]))
                terms.append((-1.0, m.discharge[c, b, k]))
            m.balance[c, k] = (linear(terms), -fixed)


def add_demand_charges(m: pyo.ConcreteModel, p: Problem, book: Book) -> None:
    """The highest draw of each calendar month is paid for: peak[c,i,k] >= source[c,i,τ] for every tick of the month."""
    months = range(len(p.month_count))
    charged = [
        (c, i)
        for c, plant in enumerate(p.supply.plants)
        for i, source in enumerate(plant.sources)
        if source.demand_charge > 0
    ]
    m.peak = pyo.Var([(c, i, k) for c, i in charged for k in months], domain=pyo.NonNegativeReals)
    m.under_peak = pyo.Constraint([(c, i, k) for c, i in charged for k in range(len(p.tick_slot))])
    firsts = [int(np.flatnonzero(p.month == k)[0]) for k in months]
    for c, i in charged:
        source = p.supply.plants[c].sources[i]
        highest = max(float(source.most_mw.max()), source.peak_so_far)
        for k in months:
            m.peak[c, i, k].setub(highest)
            usd = source.demand_charge * float(p.month_count[k])
            book.add_cost(usd * p.supply.contracts_count * p.work.discount[firsts[k]], m.peak[c, i, k])
            _add_cash(p, book, p.supply.plants[c].cluster, firsts[k], usd, m.peak[c, i, k])
        m.peak[c, i, 0].setlb(source.peak_so_far)
        for tick, t in enumerate(p.tick_slot):
            terms = [(1.0, m.source[c, i, tick]), (-1.0, m.peak[c, i, int(p.month[t])])]
            m.under_peak[c, i, tick] = (None, linear(terms), 0.0)


def add_take_or_pay(m: pyo.ConcreteModel, p: Problem, book: Book) -> None:
    """Energy that is paid for in any case: short[c,i,q] >= mwh - Σ hours · source over the span."""
    bound = [
        (c, i)
        for c, plant in enumerate(p.supply.plants)
        for i, source in enumerate(plant.sources)
        if source.pay_mwh > 0
    ]
    index = [(c, i, q) for c, i in bound for q in range(int(p.supply.plants[c].sources[i].pay_span.max()) + 1)]
    m.short = pyo.Var(index, domain=pyo.NonNegativeReals)
    m.taken = pyo.Constraint(index)
    for c, i, q in index:
        plant = p.supply.plants[c]
        source = plant.sources[i]
        m.short[c, i, q].setub(source.pay_mwh)
        ticks = np.flatnonzero(source.pay_span[p.tick_slot] == q)
        terms = [(float(p.tick_hours[k]), m.source[c, i, int(k)]) for k in ticks]
        m.taken[c, i, q] = (source.pay_mwh, linear([*terms, (1.0, m.short[c, i, q])]), None)
        first = int(np.flatnonzero(source.pay_span == q)[0])
        book.add_cost(source.pay_usd * p.supply.contracts_count * p.work.discount[first], m.short[c, i, q])
        _add_cash(p, book, plant.cluster, first, source.pay_usd, m.short[c, i, q])


def add_moves(m: pyo.ConcreteModel, p: Problem, book: Book) -> None:
    """A data set moved to a cluster is paid for once and takes its share of the link until it is there."""
    m.move = pyo.Var(range(len(p.supply.moves)), domain=pyo.Binary)
    for d, move in enumerate(p.supply.moves):
        book.add_cost(move.usd, m.move[d])
        _add_cash(p, book, move.cluster, 0, move.cash, m.move[d])
        cells = np.flatnonzero((p.rows.cell_meter == move.meter) & (p.rows.cell_slot < move.until))
        for cell in cells:
            book.add_row(p.rows.cell_row[cell], move.share * p.rows.cell_weight[cell], m.move[d])


def add_modules(m: pyo.ConcreteModel, p: Problem, book: Book) -> None:
    """Modules raise rows while they stand; at least and at most so many in all, at most so many per period.

    in_all:  least <= Σ_v,p build[m,v,p] <= most          per_period:  Σ_v build[m,v,p] <= most per period
    """
    modules = p.supply.modules
    index = [
        (k, v, q)
        for k, module in enumerate(modules)
        for v in range(max(len(module.vehicles), 1) if module.plane < 0 or len(module.vehicles) else 0)
        for q in range(len(module.periods))
    ]
    m.build = pyo.Var(index, domain=pyo.NonNegativeIntegers)
    m.in_all = pyo.Constraint(sorted({k for k, _, _ in index}))
    m.per_period = pyo.Constraint(sorted({(k, q) for k, _, q in index}))
    firsts = np.flatnonzero(np.diff(p.period, prepend=-1))
    for k, v, q in index:
        module = modules[k]
        variable = m.build[k, v, q]
        variable.setub(int(min(module.most, module.most_per_period[q])))
        book.add_cost(module.usd[v, q], variable)
        first = int(firsts[module.periods[q]])
        _add_invested(p, book, module.cluster, first, module.cash[q], variable)
        _add_invested(p, book, None, first, module.cash_of_lift[v, q], variable)
        for t in range(int(module.stands_from[q]), int(module.stands_until[q])):
            _add_cash(p, book, module.cluster, t, module.cash_per_slot[t] * module.delivered[v], variable)
        for row, amount in zip(*module.entries(v, q), strict=True):
            book.add_row(row, -amount, variable)
    for k in m.in_all.index_set():
        terms = [(1.0, m.build[i]) for i in index if i[0] == k]
        m.in_all[k] = (modules[k].least or None, linear(terms), modules[k].most)
    for k, q in m.per_period.index_set():
        terms = [(1.0, m.build[i]) for i in index if i[0] == k and i[2] == q]
        m.per_period[k, q] = (None, linear(terms), int(modules[k].most_per_period[q]))
    for k, module in enumerate(modules):
        if module.least and k not in m.in_all:
            raise Unsatisfiable(module=k)


def add_raised(m: pyo.ConcreteModel, p: Problem) -> None:
    """Sources and batteries give no more than they do without modules and what the modules that stand add.

    raised:  source[c,i,τ] <= limit + Σ_m,v,p that stand mw build[m,v,p];  charge, discharge <= mw + the same;
             level <= mwh + mwh/mw times the same
    """
    adding: dict[tuple[int, bool, int], list[tuple[Floats, int, Any]]] = defaultdict(list)
    for k, module in enumerate(p.supply.modules):
        for each in module.raises:
            for q in range(len(module.periods)):
                stands = (p.tick_slot >= module.stands_from[q]) & (p.tick_slot < module.stands_until[q])
                adding[each.plant, each.store, each.index].append((each.mw * stands, q, m.build[k, 0, q]))
    m.raised = pyo.ConstraintList()
    for (c, is_store, i), builds in adding.items():
        plant = p.supply.plants[c]
        for k in range(len(p.tick_slot)):
            added = [(-float(mw[k]), build) for mw, _, build in builds if mw[k]]
            if not is_store:
                m.raised.add((None, linear([(1.0, m.source[c, i, k]), *added]), float(plant.sources[i].limit_mw[k])))
                continue
            store = plant.stores[i]
            hours = store.mwh / store.mw
            energy = [(mw * hours, build) for mw, build in added]
            m.raised.add((None, linear([(1.0, m.charge[c, i, k]), *added]), store.mw))
            m.raised.add((None, linear([(1.0, m.discharge[c, i, k]), *added]), store.mw))
            m.raised.add((None, linear([(1.0, m.level[c, i, k]), *energy]), store.mwh))


def _add_invested(p: Problem, book: Book, cluster: int | None, slot: int, usd: float, variable: Any) -> None:
    """Undiscounted dollars of a module, or without a cluster of a flight, for limits of dollars and of investments."""
    for tally in p.supply.tallies:
        if tally.of != "tco2" and (tally.flights if cluster is None else cluster in tally.clusters):
            book.add_row(tally.rows[slot], usd, variable)


def add_launches(m: pyo.ConcreteModel, p: Problem, book: Book) -> None:
    """What flies is lifted, by flights that exist.

    lift:    Σ_m mass build[m,v,p] <= payload[v,n] fly[v,n,p]
    stow:    Σ_m volume build[m,v,p] <= volume[v] fly[v,n,p]
    whole:   build[m,v,p] <= most on one flight · fly[v,n,p]
    cadence: Σ_n fly[v,n,p] <= flights[v,p]
    shared:  Σ_v,n fly[v,n,p] of a launch limit <= its flights
    """
    fleet = p.supply.fleet
    vehicles, served = fleet.payload.shape if fleet is not None else (0, 0)
    periods = range(int(p.period.max()) + 1)
    m.fly = pyo.Var(
        [(v, n, q) for v in range(vehicles) for n in range(served) for q in periods], domain=pyo.NonNegativeIntegers
    )
    m.lift = pyo.Constraint(m.fly.index_set())
    m.stow = pyo.Constraint(m.fly.index_set())
    m.whole = pyo.Constraint(m.build.index_set())
    m.cadence = pyo.Constraint([(v, q) for v in range(vehicles) for q in periods])
    m.shared = pyo.Constraint([(k, q) for k in range(len(fleet.limits) if fleet is not None else 0) for q in periods])
    if fleet is None:
        return
    firsts = np.flatnonzero(np.diff(p.period, prepend=-1))
    lifted: dict[tuple[int, int, int], list[Term]] = defaultdict(list)
    stowed: dict[tuple[int, int, int], list[Term]] = defaultdict(list)
    for k, v, q in m.build.index_set():
        module = p.supply.modules[k]
        if module.plane < 0:
            continue
        vehicle, period = int(module.vehicles[v]), int(module.periods[q])
        flights = m.fly[vehicle, module.plane, period]
        lifted[vehicle, module.plane, period].append((module.mass_kg, m.build[k, v, q]))
        if module.volume_m3 and np.isfinite(fleet.volume[vehicle]):
            stowed[vehicle, module.plane, period].append((module.volume_m3, m.build[k, v, q]))
        each = fleet.each(module, vehicle)
        m.whole[k, v, q] = (None, linear([(1.0, m.build[k, v, q]), (-each, flights)]), 0.0)
    for v, n, q in m.fly.index_set():
        variable = m.fly[v, n, q]
        variable.setub(int(fleet.flights[v, q]) if lifted[v, n, q] else 0)
        book.add_cost(fleet.usd[v, q], variable)
        _add_invested(p, book, None, int(firsts[q]), fleet.cash[v, q], variable)
        if lifted[v, n, q]:
            m.lift[v, n, q] = (None, linear([*lifted[v, n, q], (-float(fleet.payload[v, n]), variable)]), 0.0)
        if stowed[v, n, q]:
            m.stow[v, n, q] = (None, linear([*stowed[v, n, q], (-float(fleet.volume[v]), variable)]), 0.0)
    for v, q in m.cadence.index_set():
        m.cadence[v, q] = (None, linear((1.0, m.fly[v, n, q]) for n in range(served)), int(fleet.flights[v, q]))
    for k, q in m.shared.index_set():
        counted, most = fleet.limits[k]
        terms = [(1.0, m.fly[v, n, q]) for v, n in zip(*np.nonzero(counted), strict=True)]
        if terms:
            m.shared[k, q] = (None, linear(terms), int(most[q]))


def add_penalties(m: pyo.ConcreteModel, p: Problem, book: Book) -> None:
    """Outside a limit with a penalty: over[r] is taken off the row's body, under[r] is added to it."""
    soft = [int(r) for r in np.flatnonzero(~np.isnan(p.rows.penalty))]
    m.over = pyo.Var([r for r in soft if np.isfinite(p.rows.upper[r])], domain=pyo.NonNegativeReals)
    m.under = pyo.Var([r for r in soft if np.isfinite(p.rows.lower[r])], domain=pyo.NonNegativeReals)
    for variables, sign in ((m.over, -1.0), (m.under, 1.0)):
        for r in variables.index_set():
            book.add_cost(p.rows.penalty[r], variables[r])
            book.add_row(r, sign, variables[r])

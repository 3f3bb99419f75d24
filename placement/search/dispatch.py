"""Best answers of supply to prices of rows, in closed form: merit order, and on and off by shortest paths.

Of plants without batteries, demand charges, take-or-pay and modules that raise their sources, what each slot costs
depends on whether its cluster is open s ∈ {0, 1}, and on the IT power L:

    stage[s,t] = min c_it L + Σ_ticks, sources c x   subject to   Σ_sources x = pue L + idle s in each tick,
                 0 <= x <= limit,   0 <= L <= most

c: costs at the prices. Each tick takes its cheapest source first, so the slope in L grows step by step, and the best L
is where it turns positive. Over slots, opening and closing is a shortest path through two states. Columns that stand
in no row of supply's own are at one of their bounds.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from placement.kernels.work import Floats, Ints
from placement.models.form import Form, Index
from placement.models.highs import FEASIBILITY
from placement.problem import Plant, Problem

NONE = -1
"""Column of what there is not."""


@dataclass(frozen=True)
class Dispatch:
    """Columns of the plants and gates that are answered so: C clusters, T slots of N ticks, up to S sources."""

    it: Ints
    """(C, T) IT power; NONE where there is no plant."""
    source: Ints
    """(C, T, N, S)"""
    limit: Floats
    """(C, T, N, S) MW; 0 where there is no source."""
    most: Floats
    """(C, T) MW."""
    pue: Floats
    idle: Floats
    """(C,) MW while open."""
    open: Ints
    up: Ints
    down: Ints
    """(C, T) open, switched on, switched off; NONE where it is always open."""
    initially: NDArray[np.bool_]
    """(C,)"""
    box: Ints
    """Columns in no row."""
    low: Floats
    high: Floats
    """Their bounds."""

    def columns(self) -> Ints:
        """All that are answered."""
        every = [each.reshape(-1) for each in (self.it, self.source, self.open, self.up, self.down, self.box)]
        some = np.concatenate(every)
        return np.unique(some[some >= 0])

    def answer(self, cost: Floats) -> tuple[float, Floats]:
        """$ of the best answer where columns cost so much, shape (n,), and the columns of it, 0 where others answer.

        inf if some plant cannot serve what it draws when idle.
        """
        x = np.zeros(len(cost))
        priced = np.append(cost, 0.0)
        x[self.box] = np.where(priced[self.box] < 0, self.high, self.low)
        usd = float((priced[self.box] * x[self.box]).sum())
        if len(self.pue) == 0:
            return usd, x
        shut, shut_mw, shut_from = self._stages(priced, np.zeros(len(self.pue)))
        on, on_mw, on_from = self._stages(priced, self.idle)
        gated = self.open[:, 0] >= 0
        state = np.ones(self.it.shape, dtype=np.bool_)
        if gated.any():
            path_usd, state[gated] = self._paths(priced, gated, shut[gated], on[gated] + priced[self.open[gated]], x)
            usd += path_usd
        usd += float(on[~gated].sum())
        has = self.it >= 0
        x[self.it[has]] = np.where(state, on_mw, shut_mw)[has]
        taken, real = np.where(state[:, :, None, None], on_from, shut_from), self.source >= 0
        x[self.source[real]] = taken[real]
        return usd, x

    def _stages(self, priced: Floats, drawn: Floats) -> tuple[Floats, Floats, Floats]:
        """(C, T) $ and IT power, and (C, T, N, S) of sources, where clusters draw so much besides, (C,) MW."""
        shape, pue = self.source.shape, self.pue[:, None]
        worth = priced[self.it]
        order = np.argsort(priced[self.source], axis=3, kind="stable")
        usd = np.take_along_axis(priced[self.source], order, axis=3)
        limit = np.take_along_axis(self.limit, order, axis=3)
        given = np.cumsum(limit, axis=3)
        until = (given - drawn[:, None, None, None]) / pue[:, :, None, None]  # IT power up to which this one is last
        highest = np.minimum(self.most, until[:, :, :, -1].min(axis=2))
        lacking = highest < -FEASIBILITY  # not by rounding: what is said to be impossible must be
        highest = np.maximum(highest, 0.0)
        before = np.concatenate([np.full((*shape[:3], 1), -np.inf), until[:, :, :, :-1]], axis=3)
        first = (before <= 0.0) & (until > 0.0)  # the source that a first megawatt comes from
        slope = worth + pue * np.where(first, usd, 0.0).sum(axis=(2, 3))
        grows = pue[:, :, None, None] * np.diff(usd, axis=3)
        steps = np.where((until > 0.0)[:, :, :, :-1], until[:, :, :, :-1], np.inf).reshape(*shape[:2], -1)
        by_step = np.argsort(steps, axis=2, kind="stable")
        slopes = slope[:, :, None] + np.cumsum(
            np.take_along_axis(grows.reshape(*shape[:2], -1), by_step, axis=2), axis=2
        )
        steps = np.take_along_axis(steps, by_step, axis=2)
        turned = np.where(slopes >= 0.0, steps, np.inf).min(axis=2, initial=np.inf)
        it_mw = np.where(slope >= 0.0, 0.0, np.minimum(turned, highest))
        draw = pue * it_mw + drawn[:, None]
        taken = np.clip(draw[:, :, None, None] - (given - limit), 0.0, limit)
        stage = worth * it_mw + (usd * taken).sum(axis=(2, 3))
        back = np.empty_like(taken)
        np.put_along_axis(back, order, taken, axis=3)
        return np.where(lacking, np.inf, stage), it_mw, back

    def _paths(
        self, priced: Floats, gated: NDArray[np.bool_], shut: Floats, on: Floats, x: Floats
    ) -> tuple[float, NDArray[np.bool_]]:
        """$ of the cheapest paths through states, and (G, T) whether open; columns of gates are written."""
        up, down = priced[self.up[gated]], priced[self.down[gated]]
        still = np.minimum(up + down, 0.0)  # on and off at once, if that pays
        slots, each = on.shape[1], np.arange(len(on))
        was_on = np.where(self.initially[gated], 0.0, np.inf)
        was_shut = np.where(self.initially[gated], np.inf, 0.0)
        come_on, come_shut = np.empty((slots, len(on)), dtype=np.bool_), np.empty((slots, len(on)), dtype=np.bool_)
        for t in range(slots):
            stay, begin = was_on + still[:, t], was_shut + up[:, t]
            end, rest = was_on + down[:, t], was_shut + still[:, t]
            come_on[t], come_shut[t] = stay <= begin, end < rest  # whether it was open before
            was_on, was_shut = np.minimum(stay, begin) + on[:, t], np.minimum(end, rest) + shut[:, t]
        state = np.empty(on.shape, dtype=np.bool_)
        now = was_on < was_shut
        usd = float(np.minimum(was_on, was_shut).sum())
        for t in range(slots - 1, -1, -1):
            state[:, t] = now
            now = np.where(now, come_on[t, each], come_shut[t, each])
        before = np.concatenate([self.initially[gated][:, None], state[:, :-1]], axis=1)
        both = (state == before) & (still < 0.0)
        x[self.open[gated]] = state
        x[self.up[gated]], x[self.down[gated]] = (state & ~before) | both, (before & ~state) | both
        return usd, state


def dispatch(problem: Problem, m: Any, form: Form, index: Index) -> Dispatch:
    """What can be answered so of the model of supply alone.

    Parameters
    ----------
    problem : Problem
    m : ConcreteModel
        Of `models.supply.add_supply`.
    form : Form
        Its own rows and all its columns.
    index : Index
        Where its variables stand.
    """
    supply, slots = problem.supply, problem.work.slots
    ticks = np.bincount(problem.tick_slot, minlength=slots)
    regular = bool((ticks == ticks[0]).all() and (np.diff(problem.tick_slot) >= 0).all())
    number, plant_of = int(ticks[0]), {plant.cluster: c for c, plant in enumerate(supply.plants)}
    gate_of = {gate.cluster: g for g, gate in enumerate(supply.gates) if gate.per_slot}
    plain = {cluster: c for cluster, c in plant_of.items() if regular and _is_plain(supply.plants[c])}
    some = sorted(set(plain) | (set(gate_of) - set(plant_of)))
    most_sources = max((len(supply.plants[c].sources) for c in plain.values()), default=0)
    it, opened, up, down = (np.full((len(some), slots), NONE) for _ in range(4))
    source = np.full((len(some), slots, number, max(most_sources, 1)), NONE)
    for n, cluster in enumerate(some):
        if cluster in plain:
            c = plain[cluster]
            it[n] = [index.column(m.it_mw[c, t]) for t in range(slots)]
            for i in range(len(supply.plants[c].sources)):
                columns = [index.column(m.source[c, i, k]) for k in range(len(problem.tick_slot))]
                source[n, :, :, i] = np.reshape(columns, (slots, number))
        if cluster in gate_of:
            g = gate_of[cluster]
            for to, variables in ((opened, m.open), (up, m.switched_on), (down, m.switched_off)):
                to[n] = [index.column(variables[g, t]) for t in range(slots)]
    high = np.append(form.upper, 0.0)
    lonely = np.diff(form.matrix.tocsc().indptr) == 0
    lonely[it[it >= 0]] = lonely[opened[opened >= 0]] = False
    box = np.flatnonzero(lonely)
    initially = [cluster not in gate_of or supply.gates[gate_of[cluster]].initially for cluster in some]
    plants = [supply.plants[plain[cluster]] if cluster in plain else None for cluster in some]
    return Dispatch(
        it=it, source=source, limit=high[source], most=high[it],
        pue=np.array([1.0 if plant is None else plant.pue for plant in plants]),
        idle=np.array([0.0 if plant is None else plant.idle_mw for plant in plants]),
        open=opened, up=up, down=down,
        initially=np.array(initially, dtype=bool),
        box=box, low=form.lower[box], high=form.upper[box],
    )  # fmt: skip


def _is_plain(plant: Plant) -> bool:
    """Whether a slot of it is a matter of that slot alone."""
    fixed = all((source.limit_mw == source.most_mw).all() for source in plant.sources)
    free = all(source.demand_charge <= 0 and source.pay_mwh <= 0 for source in plant.sources)
    return not plant.stores and fixed and free

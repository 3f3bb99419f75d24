"""Flows in Pyomo: divisible demand, served by accelerators of pools or lost."""

from collections import defaultdict

import numpy as np
import pyomo.environ as pyo

from placement.models.book import Book, linear
from placement.problem import Problem


def add_flows(m: pyo.ConcreteModel, p: Problem, book: Book) -> None:
    """Divisible demand is served or lost, slot by slot: Σ_w rate[w,t] flow[w,t] + unmet[f,t] = demand[f,t].

    Flows read on meters like placements do, in rows and in what meters cost.
    """
    flows = p.flows
    slots = range(p.work.slots)
    m.flow = pyo.Var(
        [(w, t) for w in range(len(flows.way_flow)) for t in slots if flows.way_rate[w, t] > 0],
        bounds=lambda _, w, t: (0, float(flows.way_most[w, t])),
    )
    m.unmet = pyo.Var(
        [(f, t) for f in range(len(flows.demand)) for t in slots],
        bounds=lambda _, f, t: (0, float(flows.demand[f, t])),
    )
    m.serve = pyo.Constraint(m.unmet.index_set())
    hours = np.diff(p.work.edges)
    for f, t in m.unmet.index_set():
        ways = [w for w in np.flatnonzero(flows.way_flow == f) if flows.way_rate[w, t] > 0]
        terms = [(float(flows.way_rate[w, t]), m.flow[int(w), t]) for w in ways]
        m.serve[f, t] = (linear([*terms, (1.0, m.unmet[f, t])]), float(flows.demand[f, t]))
        book.add_cost(flows.unmet_usd[f, t] * hours[t], m.unmet[f, t])
    cells = _cells_by_meter(p)
    for w, t in m.flow.index_set():
        for use in range(flows.way_uses[w], flows.way_uses[w + 1]):
            meter, amount = int(flows.use_meter[use]), float(flows.use_amount[use])
            book.add_cost(amount * p.meter_usd[meter, t], m.flow[w, t])
            for row, weight in cells.get((meter, t), ()):
                book.add_row(row, amount * weight, m.flow[w, t])


def _cells_by_meter(p: Problem) -> dict[tuple[int, int], list[tuple[int, float]]]:
    """Rows and weights of each (meter, slot) that flows use."""
    used = set(p.flows.use_meter.tolist())
    result: dict[tuple[int, int], list[tuple[int, float]]] = defaultdict(list)
    for cell in np.flatnonzero(np.isin(p.rows.cell_meter, list(used))):
        key = (int(p.rows.cell_meter[cell]), int(p.rows.cell_slot[cell]))
        result[key].append((int(p.rows.cell_row[cell]), float(p.rows.cell_weight[cell])))
    return result

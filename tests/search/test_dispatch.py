"""Supply answered in closed form: against HiGHS with all whole numbers, and within its own rows."""

from dataclasses import replace

import build
import numpy as np
import pytest
from build import crowded
from oracle.generate import tiny

from placement.compile import compile_scenario
from placement.loader.load import scenario
from placement.models import highs
from placement.problem import Problem
from placement.search.ascent import Smooth
from placement.search.supply import Supply, supply_of

GRID = {"kind": "grid", "price": [50.0, 20.0, 90.0, -5.0] * 4, "limit_mw": 0.012}
SMALL = {"kind": "grid", "name": "small", "price": [10.0, 60.0] * 8, "limit_mw": 0.005}
GAS = {"kind": "gas", "price": 45.0, "carbon_g_per_kwh": 480.0, "limit_mw": 0.006}
BATTERY = {"kind": "battery", "mw": 0.004, "mwh": 0.01, "initial_mwh": 0.002}


def prices_for(problem: Problem, rng: np.random.Generator) -> np.ndarray:
    """Prices near those at which supply changes its mind."""
    price = rng.normal(0.0, 1.0, len(problem.rows))
    for plant in problem.supply.plants:
        price[plant.load_rows] = rng.uniform(0.0, 150.0, problem.work.slots)
    for gate in problem.supply.gates:
        price[gate.rows] = rng.uniform(0.0, 0.2, gate.rows.shape)
    return price


def check(problem: Problem, rng: np.random.Generator) -> Supply:
    """The answer is within supply's rows, costs what it says, and nothing is cheaper."""
    supply = supply_of(problem)
    form = supply.form
    for _ in range(4):
        price = prices_for(problem, rng)
        cost = form.cost + supply.into.T @ price
        usd, x = supply.dispatch.answer(cost)
        mine = supply.dispatch.columns()
        assert usd == pytest.approx(float(cost[mine] @ x[mine]), abs=1e-9)
        assert (x >= form.lower - 1e-12)[mine].all()
        assert (x <= form.upper + 1e-12)[mine].all()
        assert (x[mine][form.integer[mine]] % 1 == 0).all()
        rest = np.setdiff1d(np.arange(form.columns), mine)
        own = np.asarray(abs(form.matrix[:, rest]).sum(axis=1)) == 0
        body = form.matrix @ x
        assert (body[own] <= form.row_upper[own] + 1e-9).all()
        assert (body[own] >= form.row_lower[own] - 1e-9).all()
        whole = highs.solve(replace(form, cost=cost), gap=0.0)
        others = highs.solve(replace(supply.theirs, cost=cost[supply.others]), gap=0.0).usd if len(rest) else 0.0
        assert usd + others + form.offset == pytest.approx(whole.usd, rel=1e-7, abs=1e-6)
        assert supply.bound(price) <= whole.usd + 1e-6 * max(1.0, abs(whole.usd))
        relaxed, use = supply.answer(price)
        assert relaxed <= whole.usd + 1e-6 * max(1.0, abs(whole.usd))
        assert use.shape == (len(problem.rows),)
    return supply


@pytest.mark.parametrize("ticks", [1.0, 4.0])
@pytest.mark.parametrize("initially", [False, True])
@pytest.mark.parametrize("finally_off", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_plants_and_gates_alone_need_no_solver(seed: int, finally_off: bool, initially: bool, ticks: float) -> None:
    rng = np.random.default_rng(seed)
    switched = {
        "switchable": True, "idle_mw": 0.002, "startup_usd": 0.05, "shutdown_usd": 0.03,
        "initially_on": initially, "finally_off": finally_off,
    }  # fmt: skip
    sites = [
        build.cluster("a", 12, sources=[GRID, SMALL, GAS], **switched),
        build.cluster("b", 9, energy_price=[40.0, -20.0, 200.0, 90.0] * 4, **switched),
        build.cluster("c", 9, sources=[SMALL, GAS], idle_mw=0.001),
        build.cluster("d", 9, energy_price=70.0),
    ]
    problem = compile_scenario(crowded(seed, 14, sites, slot_hours=ticks)).problem
    assert len(check(problem, rng).others) == 0


@pytest.mark.parametrize("seed", range(3))
def test_what_reaches_across_slots_is_left_to_a_solver(seed: int) -> None:
    charged = {**GRID, "demand_charge_usd_per_mw": 100.0}
    sites = [
        build.cluster("a", 12, sources=[GRID, GAS, BATTERY]),
        build.cluster("b", 12, sources=[charged, GAS]),
        build.cluster("c", 9, energy_price=[40.0, 200.0] * 8, switchable=True, idle_mw=0.002, startup_usd=0.05),
    ]
    supply = check(compile_scenario(crowded(seed, 14, sites)).problem, np.random.default_rng(seed))
    assert 0 < len(supply.others) < supply.form.columns
    assert len(supply.dispatch.pue) == 1


@pytest.mark.parametrize("seed", range(40))
def test_all_families(seed: int) -> None:
    check(compile_scenario(scenario(tiny(seed))).problem, np.random.default_rng(seed))


def test_sources_that_just_serve_an_idle_cluster_serve_it() -> None:
    """0.1 + 0.7 < 0.8 in double precision: no proof that nothing can serve it."""
    sources = [{**GRID, "limit_mw": 0.1}, {**GAS, "limit_mw": 0.7}]
    problem = compile_scenario(crowded(0, 5, [build.cluster("a", 12, sources=sources, idle_mw=0.8)])).problem
    supply = supply_of(problem)
    assert problem.supply.plants[0].idle_mw > 0.1 + 0.7
    assert len(supply.others) == 0
    assert np.isfinite(supply.bound(np.zeros(len(problem.rows))))


def test_sources_that_cannot_serve_an_idle_cluster_leave_no_plan() -> None:
    sources = [{**GRID, "limit_mw": 0.1}, {**GAS, "limit_mw": 0.05}]
    problem = compile_scenario(crowded(0, 5, [build.cluster("a", 12, sources=sources, idle_mw=0.2)])).problem
    assert supply_of(problem).bound(np.zeros(len(problem.rows))) == np.inf


@pytest.mark.parametrize("seed", range(40))
def test_at_the_edge_of_penalties_prices_prove_something(seed: int) -> None:
    problem = compile_scenario(scenario(tiny(seed))).problem
    soft = ~np.isnan(problem.rows.penalty)
    unit = np.random.default_rng(seed).uniform(0.1, 10.0, len(problem.rows))
    dual = Smooth(problem, unit)
    edge = dual.bounds().ub
    usd, slope = dual.negative(np.where(soft & np.isfinite(edge), edge, 0.0), 0.01)
    assert np.isfinite(usd)
    assert np.isfinite(slope).all()

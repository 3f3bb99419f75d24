"""Problems too large for one model, by the placements that matter: the same optima as the oracle's, bounds below."""

import math
from collections.abc import Callable
from functools import cache, partial

import build
import in_process
import numpy as np
import pytest
import unsteady
from build import crowded
from oracle.expansion import tiny_growth
from oracle.generate import families, tiny
from oracle.optimum import optimum

import placement
from placement import solving
from placement.compile import compile_scenario
from placement.fingerprint import fingerprint
from placement.kernels.placements import allowed
from placement.loader.load import scenario
from placement.plan import TABLES, empty
from placement.search import bound, by_core, expansion, program_parts, sifting, steps
from placement.search.bound import priced_bound
from placement.search.core_model import Chosen
from placement.search.given import Given, jobs_usd
from placement.search.packing import Packer
from placement.search.sifting import Sifted, core, sift
from placement.search.state import TimeUp
from placement.search.steady import gates_of, on_usd, steady_prices
from placement.search.supply import supply_of
from placement.search.without_supply import without_supply

BLOCK, BLOCKS = 10, 4
GRID = {"kind": "grid", "price": [50.0, 20.0, 90.0, -5.0] * 4, "limit_mw": 0.012}
GAS = {"kind": "gas", "price": 95.0, "carbon_g_per_kwh": 480.0, "limit_mw": 0.006}
BATTERY = {"kind": "battery", "mw": 0.004, "mwh": 0.01, "initial_mwh": 0.002}


@pytest.fixture
def _by_core(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything goes this way, from the smallest of cores on."""
    in_process.use(monkeypatch)
    monkeypatch.setattr(solving, "ONE_MODEL", 0)
    monkeypatch.setattr(solving, "is_packing", lambda problem: False)
    monkeypatch.setattr(bound, "FEW", 0)  # compiled, where Numba is
    sizes = (("SMALLEST", 5), ("GROWTH", 10), ("LARGEST", 10**6))
    for name, value in (*sizes, ("EVALUATIONS", 4), ("PLAIN_EVALUATIONS", 20)):
        monkeypatch.setattr(by_core, name, value)
    for name, value in (("FIRST", 1), ("PER_JOB", 1), ("FEWEST", 1), ("FEWEST_EACH", 1), ("LARGE", 1), ("OPTIONS", 1)):
        monkeypatch.setattr(sifting, name, value)
    for name, value in (("PATIENCE", 2), ("NODES", 20)):
        monkeypatch.setattr(program_parts, name, value)


def powered(seed: int = 0, jobs: int = 40) -> placement.Scenario:
    """As `crowded`, one of the sites with a plant."""
    plant = build.cluster("a", 12, sources=[GRID, GAS, BATTERY])
    return crowded(seed, jobs, [plant, build.cluster("b", 9, energy_price=[40.0, 200.0] * 8)])


def switched(seed: int = 0, jobs: int = 14) -> placement.Scenario:
    """As `crowded`, on sites that draw power while they are on and may be switched off."""
    sites = [
        build.cluster(
            name, number, energy_price=price, switchable=True, idle_mw=0.004, startup_usd=0.05, initially_on=False
        )
        for name, number, price in (("a", 12, 60.0), ("b", 9, [40.0, 200.0] * 8), ("c", 9, 80.0))
    ]
    return crowded(seed, jobs, sites)


@cache
def best(make: Callable[..., placement.Scenario], seed: int, jobs: int) -> placement.Result:
    """What one model proves, to the end."""
    with pytest.MonkeyPatch.context() as patch:
        in_process.use(patch)
        patch.setattr(solving, "ONE_MODEL", 10**9)
        return placement.solve(make(seed, jobs), gap=1e-6, baseline=False)


@pytest.mark.usefixtures("_by_core")
@pytest.mark.parametrize("block", range(BLOCKS))
def test_it_ends_at_the_optimum_of_the_oracle(block: int) -> None:
    found = []
    for seed in range(2000 + block * BLOCK, 2000 + (block + 1) * BLOCK):
        made = scenario(tiny(seed))
        true, result = optimum(made), placement.solve(made, gap=1e-9, baseline=seed % 4 == 0)
        where = f"seed {seed} ({', '.join(sorted(families(seed)))}), optimum {true}"
        if not true.feasible:
            if result.status != placement.Status.INFEASIBLE:
                found.append(f"{where}: {result.status}")
            continue
        if result.plan is None or not math.isclose(
            result.cost_usd, true.cost_usd, rel_tol=0, abs_tol=1e-4 + 2e-6 * abs(true.cost_usd)
        ):
            found.append(f"{where}: {result.status}, {result.cost_usd}")
        if result.bound_usd > true.cost_usd + 1e-6:
            found.append(f"{where}: bound {result.bound_usd}")
    assert found == []


@pytest.mark.usefixtures("_by_core")
def test_no_plan_is_dearer_than_first_come_first_served(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not where a wide gap ends the search before what first come, first served costs is known."""
    monkeypatch.setattr(by_core, "annealed", lambda *_: [])
    made = crowded(0, 12)
    dear = placement.Plan(made.name, fingerprint(made), {name: empty(name) for name in TABLES})
    result = placement.solve(made, gap=1e9, start=dear)
    assert result.plan is not None
    placement.verify(made, result.plan).raise_for_errors()
    assert result.baseline_usd is not None
    assert result.cost_usd == pytest.approx(result.baseline_usd, rel=1e-6)
    assert result.history[-1].source == "fcfs"


@pytest.mark.usefixtures("_by_core")
@pytest.mark.parametrize("seed", range(2))
def test_what_a_small_core_proves_is_no_bound_of_the_whole(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    monkeypatch.setattr(by_core, "LARGEST", 5)
    made, optimum_usd = powered(seed, 12), best(powered, seed, 12).cost_usd
    found = placement.solve(made, gap=0.0, work_limit=100)
    assert found.plan is not None
    assert placement.verify(made, found.plan).ok
    slip = 1e-4 + 2e-6 * abs(optimum_usd)
    assert found.bound_usd <= optimum_usd + slip
    assert found.baseline_usd is not None
    assert optimum_usd - slip <= found.cost_usd <= found.baseline_usd
    assert found.bound_source in ("priced", "sifting")


@pytest.mark.usefixtures("_by_core")
def test_under_a_work_limit_it_is_the_same_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program_parts, "Kind", partial(program_parts.Kind, units=12))
    monkeypatch.setattr(program_parts, "NODES", 1)
    made, drawn = powered(jobs=28), unsteady.kinds_drawn(monkeypatch, program_parts)
    found = [placement.solve(made, gap=0.0, work_limit=10, baseline=False)]
    unsteady.use(monkeypatch)
    found.append(placement.solve(made, gap=0.0, work_limit=10, baseline=False))
    half = len(drawn) // 2
    assert half == found[0].work["neighbourhoods"] >= 5
    assert drawn[:half] == drawn[half:]
    assert found[0].cost_usd == found[1].cost_usd
    assert found[0].bound_usd == found[1].bound_usd
    assert found[0].work == found[1].work
    told = [[(line.source, line.cost_usd, line.bound_usd) for line in each.history] for each in found]
    assert told[0] == told[1]
    assert "annealing" in {line.source for line in found[0].history}


@pytest.mark.usefixtures("_by_core")
def test_what_served_in_order_of_arrival_costs_is_what_one_model_says(monkeypatch: pytest.MonkeyPatch) -> None:
    made = powered(1)
    found = placement.solve(made, gap=0.5, work_limit=500)
    monkeypatch.setattr(solving, "ONE_MODEL", 10**9)
    assert found.baseline_usd == pytest.approx(placement.solve(made, gap=0.5).baseline_usd, rel=1e-6)


@pytest.mark.usefixtures("_by_core")
def test_an_earlier_plan_is_begun_with_and_never_made_dearer() -> None:
    made = powered(2, 20)
    first = placement.solve(made, gap=0.0, work_limit=60, baseline=False)
    again = placement.solve(made, gap=0.0, work_limit=1, baseline=False, start=first.plan)
    assert again.cost_usd <= first.cost_usd + 1e-4


@pytest.mark.usefixtures("_by_core")
def test_without_time_it_says_so() -> None:
    found = placement.solve(powered(), time_limit_s=1e-3)
    assert found.status == placement.Status.NO_PLAN
    assert found.plan is None


def test_sifting_comes_to_the_relaxation_and_proves_it(monkeypatch: pytest.MonkeyPatch) -> None:
    in_process.use(monkeypatch)
    problem = compile_scenario(powered()).problem
    proven: list[float] = []
    none = np.zeros(0, dtype=np.int64)
    prices = np.zeros(len(problem.rows))
    found = sift(
        problem, supply_of(problem), none, none, prices, lambda: False, proven.append, lambda: math.inf, None
    )  # fmt: skip
    assert found.bound_usd == max(proven)
    assert 0 <= found.usd - found.bound_usd <= 1.1 * sifting.CLOSE * abs(found.usd)
    everything = allowed(problem.work, 0, problem.work.options)
    at_once = sift(
        problem, supply_of(problem), everything.option, everything.start, prices, lambda: False, proven.append,
        lambda: math.inf, None,
    )  # fmt: skip
    assert found.usd == pytest.approx(at_once.usd, rel=2 * sifting.CLOSE)


def test_a_core_keeps_what_it_is_told_to_and_knows_when_it_is_whole() -> None:
    problem = compile_scenario(crowded()).problem
    everything = allowed(problem.work, 0, problem.work.options)
    some = slice(None, None, 7)
    option, start = everything.option[some], everything.start[some]
    sifted = Sifted(np.zeros(len(problem.rows)), 0.0, math.inf, option[:3], start[:3], np.zeros(3), None)
    few = core(problem, sifted, math.inf, 10, option, start)
    assert not few.whole
    kept = allowed(few.problem.work, 0, few.problem.work.options)
    slots = problem.work.slots
    assert np.isin(option * slots + start, kept.option * slots + kept.start).all()
    assert len(kept) < len(everything)
    assert (np.diff(few.problem.work.job_options) == np.diff(problem.work.job_options)).all()
    whole = core(problem, sifted, math.inf, len(everything), option, start)
    assert whole.whole
    assert whole.problem.work.starts == problem.work.starts


@pytest.mark.usefixtures("_by_core")
@pytest.mark.parametrize("seed", [3])
def test_sites_that_are_switched_end_near_the_optimum(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    true = best(switched, seed, 7)
    monkeypatch.setattr(by_core, "LARGEST", 5)
    found = placement.solve(switched(seed, 7), gap=0.0, work_limit=20)
    assert "annealing" in {line.source for line in found.history}
    assert found.bound_usd <= true.cost_usd + 1e-4
    assert true.bound_usd - 1e-4 <= found.cost_usd <= 1.2 * true.cost_usd


@pytest.mark.usefixtures("_by_core")
@pytest.mark.parametrize("made", [switched, powered])
def test_a_plan_by_annealing_is_kept_where_time_ends_then(
    monkeypatch: pytest.MonkeyPatch, made: Callable[[], placement.Scenario]
) -> None:
    def no_time(*_: object) -> None:
        raise TimeUp

    monkeypatch.setattr(by_core, "core", no_time)
    found = placement.solve(made(), gap=0.0, work_limit=300, baseline=False)
    assert found.plan is not None
    assert placement.verify(made(), found.plan).ok
    assert found.history[-1].source == "annealing"
    assert found.bound_usd <= found.cost_usd


def test_what_being_on_costs_is_spread_over_a_full_cluster() -> None:
    problem = compile_scenario(switched()).problem
    each = on_usd(problem)
    first = steady_prices(problem)
    assert (each > 0).all()
    for usd, gate in zip(each, problem.supply.gates, strict=True):
        assert (first[gate.rows[0]] * gate.most[0]) == pytest.approx(usd)


@pytest.mark.parametrize("initially", [False, True])
@pytest.mark.parametrize("finally_off", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_annealing_counts_what_the_model_of_supply_counts(seed: int, finally_off: bool, initially: bool) -> None:
    document = {"initially_on": initially, "finally_off": finally_off, "shutdown_usd": 0.03}
    sites = [
        build.cluster(name, number, energy_price=price, switchable=True, idle_mw=idle, startup_usd=0.05, **document)
        for name, number, price, idle in (("a", 12, 60.0, 0.004), ("b", 9, [40.0, -20.0, 200.0, 90.0] * 4, 0.001))
    ]
    problem = compile_scenario(crowded(seed, 14, sites)).problem
    supply, prices, gates = supply_of(problem), steady_prices(problem), gates_of(problem)
    for gate in problem.supply.gates:
        prices[gate.rows] = 0.0
    packer = Packer(without_supply(problem, supply, prices)[0], gates=gates)
    packer.construct(packer.hardest_first(), np.zeros(len(problem.rows)))
    plan = packer.solution(packer.plan())
    assert len(plan.option)
    given = Given(Chosen(plan.option, plan.start, plan.count), plan.rejected, plan.deferred, "annealing")
    own_usd, use = jobs_usd(problem, given)
    assert packer.usd() == pytest.approx(own_usd + supply.beside(use, problem.rows, 10.0, None))


@pytest.mark.parametrize("seed", range(4))
def test_at_steady_prices_the_bound_is_one(seed: int) -> None:
    make, jobs = (switched, 7) if seed % 2 else (powered, 12)
    problem = compile_scenario(make(seed, jobs)).problem
    proven = priced_bound(problem, steady_prices(problem)).usd
    assert priced_bound(problem).usd <= proven <= best(make, seed, jobs).cost_usd + 1e-4


@cache
def grown(seed: int) -> placement.Result:
    """What one model makes of `tiny_growth`."""
    with pytest.MonkeyPatch.context() as patch:
        in_process.use(patch)
        return placement.solve(scenario(tiny_growth(seed)), gap=1e-9, baseline=False)


@pytest.mark.usefixtures("_by_core")
@pytest.mark.parametrize("inside", [False, True])
@pytest.mark.parametrize("block", range(2))
def test_with_prices_of_few_jobs_it_ends_at_the_optimum_too(
    monkeypatch: pytest.MonkeyPatch, block: int, inside: bool
) -> None:
    """Where modules are built; also where linear programs are solved by an interior point method."""
    monkeypatch.setattr(by_core, "MANY_JOBS", -1)
    monkeypatch.setattr(by_core, "FEW_JOBS", 3)
    if inside:
        for module in (sifting, expansion):
            monkeypatch.setattr(module, "VERTEX_COLUMNS", 0)
        monkeypatch.setattr(steps, "INSIDE_COLUMNS", 0)
    found = []
    for seed in range(300 + 5 * block, 305 + 5 * block):
        made = scenario(tiny_growth(seed))
        true = grown(seed)
        result = placement.solve(made, gap=1e-9, baseline=False)
        if true.plan is None:
            assert result.plan is None
            continue
        assert result.plan is not None, seed
        assert placement.verify(made, result.plan).ok
        if not math.isclose(result.cost_usd, true.cost_usd, rel_tol=0, abs_tol=1e-4 + 2e-6 * abs(true.cost_usd)):
            found.append(f"{seed}: {result.status}, {result.cost_usd}, {true.cost_usd}")
        if result.bound_usd > true.cost_usd + 1e-4 + 2e-6 * abs(true.cost_usd):
            found.append(f"{seed}: bound {result.bound_usd}, {true.cost_usd}")
    assert found == []

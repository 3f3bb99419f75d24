"""The front door: scenario in, result out."""

from __future__ import annotations

import math
import platform
import time
from collections.abc import Callable
from dataclasses import replace
from importlib import metadata
from typing import Any

import numpy as np
import pyomo.environ as pyo

import placement
from placement.compile import Compiled, compile_scenario
from placement.errors import PlacementError
from placement.executor import Executor
from placement.kernels.backend import DEVICES, Device
from placement.kernels.work import Floats
from placement.models import exact as exact_model
from placement.models import highs, read
from placement.models.book import linear
from placement.models.form import standard_form
from placement.models.held import hold
from placement.models.program import Program, program
from placement.models.rows import Unsatisfiable
from placement.outcome import Report
from placement.pausing import solve_pausing
from placement.plan import Plan
from placement.result import Progress, Result
from placement.schema import Scenario
from placement.search import steps
from placement.search.by_core import by_core
from placement.search.core_model import Chosen
from placement.search.fallback import available, search_on
from placement.search.large import pack
from placement.search.packing import is_packing
from placement.search.state import State, TimeUp
from placement.search.warm import assignment_of, placements_of
from placement.segmented import may_pause
from placement.sharding import check_shards, over_shards
from placement.solution import Solution

ONE_MODEL = 100_000
"""Placements up to which a problem is given to the exact model, as one."""

ONE_SLOT, ONE_SLOT_S = 2_000, 8.0
"""The same where the horizon is a single slot: assignments, of which ejection chains find better plans sooner. Smaller
ones too, where the model has not ended after so many seconds.
"""

RESERVE_S, RESERVE_JOB_S = 2.0, 3e-5
"""Kept back of a time limit for tidying, polishing and verifying the plan, in all and for each job; of shorter limits
a tenth.
"""


def solve(
    scenario: Scenario,
    *,
    gap: float = 1e-4,
    time_limit_s: float = math.inf,
    work_limit: int | None = None,
    device: Device = "auto",
    seed: int = 0,
    threads: int = 0,
    progress: Callable[[Progress], None] | None = None,
    stop: highs.Event | None = None,
    start: Plan | None = None,
    baseline: bool = True,
    shards: int = 1,
    executor: Executor = "local",
    address: str | None = None,
) -> Result:
    """Decide which jobs run where and when.

    Parameters
    ----------
    scenario : Scenario
    gap : float
        Stop when (cost - bound)/|cost - constant| is proven to be at most this.
    time_limit_s : float
        Return by then with the best plan and bound found.
    work_limit : int, optional
        At most so many nodes of branch and bound, or rounds of annealing where a problem is too large for one model
        (half of them are given to neighbourhoods, each for 2,000; besides, as many ejection chains are tried); gives
        the same plan each time.
    device : {"auto", "gpu", "cpu"}
        Where the kernels run, where a problem is too large for one model; "auto" takes a GPU where there is one. One
        that fails on the way is left, and the result's notes say so. One model runs on the CPU, whatever is asked for.
    seed, threads : int
        Of the solver; 0 threads: it decides.
    progress : callable, optional
        Called with each improvement, from the calling thread.
    stop : event, optional
        When set, the best plan so far is returned.
    start : Plan, optional
        A plan to begin with, also of another version of the scenario; what no longer fits is left out.
    baseline : bool
        Whether to work out what first come, first served with backfill would cost.
    shards : int
        Parts over which jobs are priced, where a problem is too large for one model; 1: in this process, if the
        executor is "local". Another number may lead to another plan, as good.
    executor : {"local", "ray"}
        What shards are: processes of this machine, or actors of a Ray cluster (`placement.sharding`).
    address : str, optional
        Of the cluster.

    Returns
    -------
    Result
        Always, with a bound even where there is no plan. Its plan has passed the verifier.

    Raises
    ------
    PlacementError
        If an argument makes no sense, a GPU is asked for and none can be used, Ray is not installed or not reached, or
        the solver fails for a reason of its own.
    """
    check_shards(shards, executor, address)
    _check(gap, time_limit_s, work_limit, device, seed, threads, start)
    if device == "gpu":
        available(device)

    def plain(of: Scenario, **given: Any) -> Result:
        """With pauses as they are given."""
        return _solve(
            of, gap=gap, device=device, seed=seed, threads=threads, stop=stop,
            shards=shards, executor=executor, address=address, **given,
        )  # fmt: skip

    if may_pause(scenario).any():
        return solve_pausing(
            scenario, plain, gap=gap, time_limit_s=time_limit_s, work_limit=work_limit, progress=progress, stop=stop,
            start=start, baseline=baseline, seed=seed,
        )  # fmt: skip
    return plain(
        scenario, time_limit_s=time_limit_s, work_limit=work_limit, progress=progress, start=start, baseline=baseline
    )


def _solve(
    scenario: Scenario,
    *,
    gap: float,
    time_limit_s: float,
    work_limit: int | None,
    device: Device,
    seed: int,
    threads: int,
    progress: Callable[[Progress], None] | None,
    stop: highs.Event | None,
    start: Plan | None,
    baseline: bool,
    shards: int,
    executor: Executor,
    address: str | None,
) -> Result:
    """`solve`, each job in the segments that its row states."""
    began = time.monotonic()
    compiled = compile_scenario(scenario)
    problem = compiled.problem
    state = State(
        constant_usd=problem.constant_usd + problem.forced_usd,
        gap=gap,
        deadline=began + time_limit_s - min(RESERVE_S + RESERVE_JOB_S * problem.work.jobs, 0.1 * time_limit_s),
        finish=began + time_limit_s,
        stop=stop,
        progress=progress,
        began=began,
    )
    report = Report(compiled, state, seed, versions())
    hopeless = _hopeless(compiled)
    if hopeless:
        return report.infeasible(hopeless)
    packing, one_slot = is_packing(problem), problem.work.slots == 1
    most = min(ONE_SLOT, ONE_MODEL) if one_slot else ONE_MODEL
    given = None
    if start is not None and problem.work.starts > most:
        given = Chosen(*placements_of(start, compiled))

    over = over_shards(problem, shards, executor, address, device)

    def packed(begin: Chosen | None) -> Result:
        with over as back:
            ran = search_on(
                device, state, work_limit is not None, begin,
                lambda begin: pack(
                    problem, state, _submitted(compiled), begin, baseline=baseline, seed=seed, work_limit=work_limit
                ),
                back,
            )  # fmt: skip
        large, report.notes, report.device = ran.found, ran.notes, ran.device
        report.baseline_usd = large.baseline_usd
        if state.bound_usd == math.inf:
            return report.infeasible([])
        if large.plan is None:
            return report.without_plan(large.how)
        return report.with_plan(large.how, large.packer.solution(large.plan))

    if problem.work.starts > most and packing:
        return packed(given)
    if problem.work.starts > ONE_MODEL:
        with over as back:
            cored = search_on(
                device, state, work_limit is not None, given,
                lambda begin: by_core(
                    problem, state, _submitted(compiled), begin,
                    baseline=baseline, seed=seed, threads=threads, work_limit=work_limit,
                ),
                back,
            )  # fmt: skip
        ended, report.notes, report.device = cored.found, cored.notes, cored.device
        report.baseline_usd = ended.baseline_usd
        if ended.how == "infeasible":
            return report.infeasible([])
        if ended.model is None or state.x is None:
            return report.without_plan(ended.how)
        return report.with_plan(ended.how, _solution(ended.model, state))
    if device == "gpu":
        report.notes = ("The GPU was not used: the problem is solved by one model, on the CPU.",)
    if shards > 1 or executor == "ray":
        report.notes += ("Shards were not used: the problem is solved by one model.",)
    try:
        model = program(problem, state.check)
    except TimeUp:
        return report.without_plan("stopped" if state.stopped else "time")
    except Unsatisfiable as broken:
        return report.infeasible([], [_broken(compiled, broken)])
    due, briefly = state.deadline, packing and one_slot and work_limit is None
    if briefly:
        state.deadline = min(due, time.monotonic() + ONE_SLOT_S)
    how = _search(compiled, model, state, report, start, baseline, seed, threads, work_limit)
    state.deadline = due
    if briefly and how == "time" and not state.over:
        given = _chosen(_solution(model, state)) if state.x is not None else None
        state.forget_plan()
        return packed(given)
    if how == "infeasible":
        return report.infeasible(*_left_out(compiled, state))
    if state.x is None:
        return report.without_plan(how)
    return report.with_plan(how, _solution(model, state))


def _check(
    gap: float, time_limit_s: float, work_limit: int | None, device: str, seed: int, threads: int, start: object
) -> None:
    for name, value in (("gap", gap), ("time_limit_s", time_limit_s), ("seed", seed), ("threads", threads)):
        if isinstance(value, bool) or not isinstance(value, int | float | np.number):
            raise PlacementError(f"{name} is {value!r}, but must be a number.")
    if not gap >= 0:
        raise PlacementError(f"gap is {gap}, but must be at least 0. Write 0.01 for one per cent.")
    if not time_limit_s > 0:
        raise PlacementError(f"time_limit_s is {time_limit_s}, but must be greater than 0. Leave it out for no limit.")
    if work_limit is not None and work_limit < 1:
        raise PlacementError(f"work_limit is {work_limit}, but must be at least 1. Leave it out for no limit.")
    if device not in DEVICES:
        raise PlacementError(f"device is '{device}'. Choose one of {', '.join(DEVICES)}.")
    if seed < 0 or threads < 0:
        raise PlacementError(f"seed is {seed} and threads is {threads}, but neither may be negative.")
    if start is not None and not isinstance(start, Plan):
        raise PlacementError(
            f"start is a {type(start).__name__}, but must be a Plan. Read one with placement.read_plan."
        )


def _search(
    compiled: Compiled,
    model: Program,
    state: State,
    report: Report,
    start: Plan | None,
    baseline: bool,
    seed: int,
    threads: int,
    work_limit: int | None,
) -> str:
    """First plans, the relaxation, plans at its prices, branch and bound; returns how it ended."""
    submitted = _submitted(compiled)
    steps.each_alone(model, state)
    yardstick = steps.Baseline(model, submitted, state) if baseline else None
    if start is not None:
        given = steps.complete(model, assignment_of(start, compiled, model.exact.placed), state.left_s, state.stop)
        if given is not None:
            state.offer(given.usd, given.x, "start")
    if not (model.problem.supply.modules and model.form.columns > steps.SMALL_COLUMNS):
        steps.greedy(model, submitted, "cheapest", state)

    def served() -> bool:
        if yardstick is not None:
            yardstick.wait(min(state.left_s, steps.COMPLETE_LIMIT_S) if work_limit is None else state.left_s)
            report.baseline_usd = yardstick.cost_usd
            if yardstick.x is not None and yardstick.cost_usd is not None:
                state.offer(yardstick.cost_usd, yardstick.x, "fcfs")
        return False

    return steps.improve(model, submitted, state, seed, threads, work_limit, served)


def _submitted(compiled: Compiled) -> Floats:
    """(J,) when each job row was asked for, hours; before the horizon it is negative."""
    hours = compiled.legend.grid.hours_of(compiled.legend.scenario.jobs["submitted"])
    return np.nan_to_num(hours, nan=0.0)[compiled.legend.job]


def _hopeless(compiled: Compiled) -> list[str]:
    """Jobs that must run and have no placement for some segment."""
    problem = compiled.problem
    work = problem.work
    spans = np.diff(work.option_spans[work.job_options])
    firm = ~np.isfinite(np.minimum(problem.reject_usd, problem.defer_usd))
    rows = np.flatnonzero((spans == 0) & firm)
    return list(dict.fromkeys(str(compiled.legend.scenario.jobs["job"][compiled.legend.job[row]]) for row in rows))


def _broken(compiled: Compiled, broken: Unsatisfiable) -> str:
    """What cannot be kept: a row with its slot or span, or the least number of a module."""
    if broken.module >= 0:
        return _contract(compiled, broken.module, 0)
    name, first = compiled.problem.block_of(broken.row)
    row = f"{name}, {broken.row - first + 1}. span"
    return f"{row}, cannot be kept, whatever is placed. Relax it, or give it a penalty_usd"


def _contract(compiled: Compiled, module: int, most: int) -> str:
    """That so many modules must be added and no more than `most` can."""
    named = [(cluster.name, each) for cluster in compiled.legend.scenario.clusters for each in cluster.modules]
    cluster, each = named[module]
    what = f"{cluster}.{each.name} has min {each.min}, and together with all that must be"
    ways = "flights that are open, its dates, what it needs, or limits"
    return f"{what} {most} can be added. Lower min, or change what stands in its way: {ways}"


def _left_out(compiled: Compiled, state: State) -> tuple[list[str], list[str]]:
    """Jobs that must run, and modules that must be added, missing in a plan that leaves out as few as possible.

    The modules are told as `_contract` words them.
    """
    problem = compiled.problem
    first = problem.previous < 0
    must = ~np.isfinite(problem.reject_usd) & first
    modules = tuple(replace(module, least=0) for module in problem.supply.modules)
    reject_usd = np.where(first, np.where(must, 1.0, problem.reject_usd), 0.0)
    m = exact_model.build(
        replace(problem, reject_usd=reject_usd, supply=replace(problem.supply, modules=modules))
    ).model
    m.cost.deactivate()
    least = {k: module.least for k, module in enumerate(problem.supply.modules) if module.least}
    m.lacking = pyo.Var(list(least), domain=pyo.NonNegativeIntegers)
    m.contracts = pyo.Constraint(list(least))
    for k, number in least.items():
        built = [(1.0, m.build[i]) for i in m.build.index_set() if i[0] == k]
        m.contracts[k] = (number, linear([*built, (1.0, m.lacking[k])]), None)
    missing = [(1.0, m.rejected[j]) for j in m.rejected.index_set() if must[j]]
    m.left_out = pyo.Objective(expr=linear([*missing, *((1.0, m.lacking[k]) for k in least)]))
    form, index = standard_form(m)
    outcome = highs.solve(form, time_limit_s=min(20.0, max(1.0, state.left_s)))
    if outcome.x is None:
        return [], []
    get = read.Columns(index, outcome.x)
    rows = [j for j in m.rejected.index_set() if must[j] and get.whole(m.rejected[j]) > 0]
    jobs = [str(compiled.legend.scenario.jobs["job"][compiled.legend.job[j]]) for j in rows]
    short = {k: get.whole(m.lacking[k]) for k in least}
    return jobs, [_contract(compiled, k, least[k] - n) for k, n in short.items() if n > 0]


def _solution(model: Program, state: State) -> Solution:
    """The decisions of the best plan."""
    return read.solution(model.problem, model.exact, model.index, _polished(model, state))


def _chosen(solution: Solution) -> Chosen:
    return Chosen(solution.option, solution.start, solution.count)


def _polished(model: Program, state: State) -> Floats:
    """The best plan with whole numbers rounded and the rest solved again around them."""
    x = state.x
    assert x is not None
    problem = model.problem
    whole = np.flatnonzero(model.form.integer)
    if problem.supply.plants or len(problem.flows.way_flow):
        held = hold(model.form, whole, np.round(x[whole]))
        if held is not None:
            polished = highs.solve(
                held.form, time_limit_s=min(20.0, max(0.5, state.spare_s - 0.5)), relax=True, threads=1
            )
            x = x if polished.x is None else held.whole(polished.x)
    return x


def versions() -> dict[str, str]:
    """Versions that a plan depends on."""
    found = {"placement": placement.__version__, "python": platform.python_version()}
    return found | {name: metadata.version(name) for name in ("numpy", "scipy", "pyomo", "highspy")}

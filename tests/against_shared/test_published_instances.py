"""Instances that others published, read through the public tables: the optimum and the cost of a plan are theirs.

The files are not part of the project: without them the tests skip.
"""

import csv
import itertools
from pathlib import Path

import numpy as np
import pytest

import placement
from placement.benchmarks.assignment import assignment_scenario, read_assignment
from placement.benchmarks.energy_cost import EnergyCost, energy_cost_scenario, read_energy_cost
from placement.timegrid import timegrid

SHARED = Path(__file__).parents[3] / "shared" / "bench"
GAP = SHARED / "gap"
ENERGY = SHARED / "energy_cost"

needs_gap = pytest.mark.skipif(not GAP.is_dir(), reason="the assignment instances are not at hand")
needs_energy = pytest.mark.skipif(not ENERGY.is_dir(), reason="the energy-cost instances are not at hand")


def best_known() -> dict[str, float]:
    with (GAP / "best_known.csv").open() as stream:
        return {row["instance"]: float(row["best_known_cost"]) for row in csv.DictReader(stream)}


@needs_gap
@pytest.mark.parametrize("name", ["a05100", "c05100"])
def test_an_assignment_is_solved_to_the_best_known_cost(name):
    scenario = assignment_scenario(read_assignment(GAP / name), name)
    result = placement.solve(scenario, gap=0.0, baseline=False)
    assert str(result.status) == "optimal"
    assert result.cost_usd == pytest.approx(best_known()[name], abs=1e-6)
    assert result.bound_usd <= best_known()[name] + 1e-6


@needs_gap
def test_every_assignment_file_holds_what_its_table_says():
    with (GAP / "best_known.csv").open() as stream:
        for row in csv.DictReader(stream):
            made = read_assignment(GAP / row["instance"])
            assert made.cost.shape == (int(row["agents"]), int(row["jobs"]))
            assert (made.use.min(axis=0) <= made.capacity.max()).all()


def paid(made: EnergyCost, runs: list[tuple[int, int, int]]) -> float:
    """Cost of runs (task, machine, first slot) by the problem's own formula; inf where they do not fit.

    Between runs a machine stays on where that is cheaper than switching.
    """
    hours = made.minutes / 60
    usd = 0.0
    used = np.zeros((*made.capacity.shape, len(made.price)), dtype=np.int64)
    for task, machine, first in runs:
        run = slice(first, first + int(made.duration[task]))
        if first < made.earliest[task] or run.stop > made.latest_end[task]:
            return np.inf
        used[machine, :, run] += made.use[task][:, None]
        usd += made.power[task] * made.price[run].sum() * hours
    if (used > made.capacity[:, :, None]).any():
        return np.inf
    for machine, on in enumerate(used.any(axis=1)):
        idle = made.idle[machine] * made.price * hours
        switching = made.up[machine] + made.down[machine]
        edges = np.flatnonzero(np.diff(np.concatenate([[0], on.astype(int), [0]])))
        usd += idle[on].sum() + (switching if len(edges) else 0.0)
        usd += sum(min(idle[off:again].sum(), switching) for off, again in zip(edges[1:-1:2], edges[2::2], strict=True))
    return float(usd)


def test_a_small_energy_cost_instance_is_solved_to_the_optimum_of_its_formula():
    """Against every way to run three tasks on two machines in eight slots of half an hour."""
    made = EnergyCost(
        minutes=30,
        idle=np.array([5.0, 3.0]),
        up=np.array([0.2, 0.1]),
        down=np.array([0.1, 0.1]),
        capacity=np.array([[4, 3], [3, 5]]),
        duration=np.array([2, 3, 2]),
        earliest=np.array([0, 1, 3]),
        latest_end=np.array([6, 8, 8]),
        power=np.array([20.25, 7.5, 11.1]),
        use=np.array([[2, 2], [3, 1], [1, 2]]),
        price=np.array([0.05, 0.09, 0.04, 0.02, 0.03, 0.08, 0.01, 0.06]),
    )
    ways = [
        [(task, machine, first) for machine in range(2) for first in range(9 - int(made.duration[task]))]
        for task in range(3)
    ]
    best = min(paid(made, list(runs)) for runs in itertools.product(*ways))
    scenario = energy_cost_scenario(made, "small")
    result = placement.solve(scenario, gap=0.0, baseline=False)
    assert result.cost_usd == pytest.approx(best, abs=1e-6)
    table = result.plan.placements
    slots = table["start_grain"] // timegrid(scenario.horizon).grains
    columns = zip(table["job"], table["cluster"], slots, strict=True)
    runs = [(int(j.removeprefix("task-")), int(c.removeprefix("machine-")), int(s)) for j, c, s in columns]
    assert paid(made, runs) == pytest.approx(best, abs=1e-6)


@needs_energy
def test_every_energy_cost_instance_makes_a_scenario():
    folders = sorted(path.parent for path in ENERGY.rglob("instance.txt"))
    assert len(folders) == 18
    for folder in folders[:4]:
        made = read_energy_cost(folder)
        scenario = energy_cost_scenario(made, folder.name)
        assert len(scenario.jobs) == len(made.duration)
        assert [cluster.pools[0].number for cluster in scenario.clusters] == made.capacity[:, 0].tolist()

"""What is left over is pushed in: others move on one after the other, and what cannot be leaves the plan as it was."""

from dataclasses import replace

import build
import numpy as np
import pytest
from search.test_packing import BACK_ENDS

from placement.compile import compile_scenario
from placement.kernels.backend import BackEnd
from placement.search.packing import Packer

AWAY = -1


def three(spans: list[tuple[int, int]], must: bool = False) -> Packer:
    """A cluster that holds one of three runs of two hours at once, in six hours; b from hour 0, c from 2, a is away."""
    jobs = [build.job(name, 2.0, 8) for name in "abc"]
    if must:
        jobs[0]["reject_usd"] = None
    else:
        jobs[0]["reject_usd"] = 500.0
    problem = compile_scenario(build.scenario(jobs=jobs, slots=6)).problem
    assert problem.work.options == 3
    first, last = np.array(spans).T
    return Packer(replace(problem, work=replace(problem.work, span_first=first, span_last=last)))


def pushed(packer: Packer, back: BackEnd, rounds: int = 60) -> list[int]:
    """Starts after as many rounds that push units in."""
    packer.back = back
    packer.annealer = packer._annealer(packer.problem.work, packer.units, packer.problem.meter_usd)
    packer.set(np.array([AWAY, 1, 2]), np.array([AWAY, 0, 2]))
    packer.annealer.push(np.arange(3), rounds, 0.0, 0.5, np.array([1], dtype=np.uint64), 0, 6)
    assert packer.settle()
    return np.where(packer.annealer.option < 0, AWAY, packer.annealer.start).tolist()


@pytest.mark.parametrize("must", [False, True])
@pytest.mark.parametrize("back", BACK_ENDS)
def test_two_move_on_for_one(back: type[BackEnd], must: bool) -> None:
    assert pushed(three([(0, 0), (0, 2), (2, 4)], must), back()) == [0, 2, 4]


@pytest.mark.parametrize("back", BACK_ENDS)
def test_where_nothing_can_move_all_stays(back: type[BackEnd]) -> None:
    packer = three([(0, 0), (0, 1), (2, 2)])
    assert pushed(packer, back()) == [AWAY, 0, 2]
    assert packer.usd() == pytest.approx(500.0 + packer.annealer.usd[1:].sum() + packer.problem.constant_usd)


@pytest.mark.parametrize("back", BACK_ENDS)
def test_one_that_must_run_takes_the_place_of_one_that_need_not(back: type[BackEnd]) -> None:
    starts = pushed(three([(0, 0), (0, 1), (2, 2)], must=True), back())
    assert starts == [0, AWAY, 2]


@pytest.mark.parametrize("back", BACK_ENDS)
def test_what_runs_outside_the_slots_stays(back: type[BackEnd]) -> None:
    packer = three([(0, 2), (0, 2), (2, 4)])
    packer.back = back()
    packer.set(np.array([AWAY, 1, 2]), np.array([AWAY, 0, 3]))
    packer.annealer.push(np.arange(3), 60, 0.0, 0.5, np.array([1], dtype=np.uint64), 0, 3)
    assert packer.annealer.start[2] == 3
    assert packer.annealer.option[2] == 2

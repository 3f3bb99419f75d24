"""A solve on a GPU, and one whose GPU fails on the way: the sources run on a processor (`cupy_on_processor`)."""

import threading

import cupy_on_processor
import in_process
import numpy as np
import pytest
from build import crowded
from cupy_on_processor import CuPy

import placement
from placement import solving
from placement.compile import compile_scenario
from placement.kernels.backend import on_cupy, on_numpy
from placement.result import Progress
from placement.schema import Scenario
from placement.search import annealing, ascent, bound, core, first_prices, large, packing
from placement.search.bound import back_end, priced_bound, running_on
from placement.search.packing import Packer

FAILURES = {
    "room": MemoryError("Out of memory allocating 8,589,934,592 bytes (allocated so far: 70,000,000,000 bytes)."),
    "send": RuntimeError("cudaErrorMemoryAllocation: out of memory"),
    "compile": RuntimeError("CUDA_ERROR_UNSUPPORTED_PTX_VERSION: the provided PTX was compiled for a newer driver"),
    "launch": RuntimeError("CUDA_ERROR_LAUNCH_FAILED: unspecified launch failure"),
    "bring": RuntimeError("cudaErrorDevicesUnavailable: CUDA-capable device(s) is/are busy or unavailable\nmore"),
}
"""What goes wrong at each step, in the words of CuPy and CUDA."""


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> CuPy:
    """A GPU, which everything but annealing runs on, with little of each step."""
    monkeypatch.setattr(solving, "ONE_MODEL", 0)
    monkeypatch.setattr(bound, "FEW", 0)
    monkeypatch.setattr(first_prices, "EVALUATIONS", 20)
    for name, value in (("EVALUATIONS", 8), ("AGAIN", 3)):
        monkeypatch.setattr(large, name, value)
    monkeypatch.setattr(annealing, "BRIEF", 100)
    for name, value in (("HARD_CORE_COLUMNS", 200), ("NODES", 5)):
        monkeypatch.setattr(core, name, value)
    in_process.use(monkeypatch)
    return cupy_on_processor.use(monkeypatch)


def fail_at(gpu: CuPy, step: str, number: int) -> None:
    """From the so-many-th time on, a step fails; a device that failed once does not come back."""
    seen = 0

    def fail(now: str) -> None:
        nonlocal seen
        seen += now == step
        if seen >= number:
            raise FAILURES[step]

    gpu.fail = fail


@pytest.mark.parametrize("device", ["auto", "gpu"])
def test_what_ran_is_told(gpu: CuPy, device: str) -> None:
    steps: list[str] = []
    gpu.fail = steps.append
    made = crowded(1, jobs=12)
    found = placement.solve(made, gap=0.0, work_limit=100, device=device)
    assert (found.device, found.notes) == ("gpu", ())
    assert found.summary()["device"] == "gpu"
    assert steps.count("launch") > 50
    assert found.plan is not None
    assert placement.verify(made, found.plan).ok
    assert found.bound_usd <= found.cost_usd


def test_on_the_cpu_nothing_is_sent(gpu: CuPy) -> None:
    steps: list[str] = []
    gpu.fail = steps.append
    assert placement.solve(crowded(1, jobs=12), gap=0.0, work_limit=10, device="cpu").device == "cpu"
    assert not steps


@pytest.mark.parametrize(
    ("step", "number"), [("room", 1), ("room", 40), ("send", 40), ("compile", 3), ("launch", 40), ("bring", 40)]
)
def test_where_it_fails_the_plan_is_that_of_the_cpu(gpu: CuPy, step: str, number: int) -> None:
    made = crowded(1, jobs=12)
    expected = placement.solve(made, gap=0.0, work_limit=100, seed=4, device="cpu")
    fail_at(gpu, step, number)
    found = placement.solve(made, gap=0.0, work_limit=100, seed=4)
    (note,) = found.notes
    assert note.startswith(f"the GPU failed ({str(FAILURES[step]).splitlines()[0].rstrip('.')}). The CPU (")
    assert "\n" not in note
    assert "asked for" not in note
    assert found.device == "cpu"
    assert found.cost_usd == expected.cost_usd
    assert found.bound_usd == expected.bound_usd
    assert found.work == expected.work
    assert found.plan is not None
    assert expected.plan is not None
    assert found.plan.jobs.equals(expected.plan.jobs)
    assert found.plan.placements.equals(expected.plan.placements)
    assert [line.cost_usd for line in found.history] == [line.cost_usd for line in expected.history]


def test_one_that_was_asked_for_and_fails_is_told_so(gpu: CuPy) -> None:
    made = crowded(1, jobs=12)
    fail_at(gpu, "launch", 60)
    found = placement.solve(made, gap=0.0, work_limit=100, device="gpu")
    assert "though a GPU was asked for" in found.notes[0]
    assert found.device == "cpu"
    assert found.plan is not None
    assert placement.verify(made, found.plan).ok


def test_under_a_time_limit_the_best_plan_and_bound_until_then_are_kept(
    gpu: CuPy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The device is lost when annealing begins; what is left of the search does nothing but look for first plans."""
    made = crowded(1, jobs=12)
    lines: list[Progress] = []

    def lose(*_: object) -> str:
        if lines and back_end(problem.work).device == "gpu":
            fail_at(gpu, "bring", 1)
            priced_bound(problem)
        return "time"

    problem = compile_scenario(made).problem
    monkeypatch.setattr(large, "anneal", lose)
    monkeypatch.setattr(annealing, "BRIEF", 5_000)
    found = placement.solve(made, gap=0.0, time_limit_s=60.0, progress=lines.append)
    (note,) = found.notes
    assert "went on from the best plan until then" in note
    assert found.cost_usd <= min(line.cost_usd for line in lines if line.cost_usd is not None) + 1e-6
    assert found.bound_usd >= max(line.bound_usd for line in lines if line.bound_usd is not None) - 1e-6
    assert "start" in {line.source for line in found.history}
    assert found.plan is not None
    assert placement.verify(made, found.plan).ok


def test_no_gpu_is_an_error_before_anything_is_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("placement.kernels.backend.find_spec", lambda _: None)

    def compiled(_: Scenario) -> None:
        pytest.fail("something was computed")

    monkeypatch.setattr(solving, "compile_scenario", compiled)
    with pytest.raises(placement.DeviceError, match=r"^no GPU can be used: CuPy is not installed\. To install: pip"):
        placement.solve(crowded(), device="gpu")


def test_a_driver_that_is_too_old_is_no_gpu(gpu: CuPy) -> None:
    def fail(step: str) -> None:
        raise RuntimeError("cudaErrorInsufficientDriver: CUDA driver version is insufficient for CUDA runtime version")

    gpu.fail = fail
    made = crowded(1, jobs=12)
    with pytest.raises(placement.DeviceError, match=r"InsufficientDriver: .*\. Check the NVIDIA driver"):
        placement.solve(made, device="gpu")
    found = placement.solve(made, gap=0.0, work_limit=10)
    assert (found.device, found.notes) == ("cpu", ())


def test_one_model_runs_on_the_cpu_and_says_so_if_a_gpu_was_asked_for(
    gpu: CuPy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(solving, "ONE_MODEL", 10**9)
    made = crowded(1, jobs=3)
    asked, not_asked = (placement.solve(made, device=device) for device in ("gpu", "auto"))
    assert asked.device == not_asked.device == "cpu"
    assert asked.notes == ("The GPU was not used: the problem is solved by one model, on the CPU.",)
    assert not_asked.notes == ()


@pytest.mark.parametrize("seed", range(4))
def test_plans_are_put_together_as_on_the_cpu(gpu: CuPy, seed: int) -> None:
    problem = compile_scenario(crowded(seed)).problem
    price, plans = np.random.default_rng(seed).uniform(0.0, 0.5, len(problem.rows)), []
    for end in (on_cupy(), on_numpy()):
        packer = Packer(problem, end)
        order = packer.hardest_first()
        packer.construct(order, 0.0 * price)
        packer.add(order[::3], price)  # some are taken out and put elsewhere
        assert packer.settle()
        plans.append(packer.plan())
    assert plans[0].option.tolist() == plans[1].option.tolist()
    assert plans[0].usd == plans[1].usd


def test_placing_ends_when_it_is_over(gpu: CuPy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "INSERTED", 5)
    problem = compile_scenario(crowded(3)).problem
    packer = Packer(problem, on_cupy())
    packer.construct(packer.hardest_first(), np.zeros(len(problem.rows)), lambda: True)
    assert 0 < (packer.annealer.option >= 0).sum() <= 5


def test_the_ascent_on_the_gpu_proves_what_the_cpu_does(gpu: CuPy) -> None:
    problem = compile_scenario(crowded(2)).problem
    with running_on(on_cupy()):
        assert back_end(problem.work).name == "cupy"
        there = ascent.ascend(problem, evaluations=40)
        usd = priced_bound(problem, there.price).usd
    assert back_end(problem.work).device == "cpu"
    assert priced_bound(problem, there.price).usd == usd
    assert there.bound_usd == pytest.approx(ascent.ascend(problem, evaluations=40).bound_usd, rel=1e-3)


def test_a_solve_in_another_thread_has_its_own_device(gpu: CuPy) -> None:
    work = compile_scenario(crowded(1, jobs=3)).problem.work
    found: list[str] = []
    with running_on(on_cupy()):
        other = threading.Thread(target=lambda: found.append(back_end(work).device))
        other.start()
        other.join()
    assert found == ["cpu"]

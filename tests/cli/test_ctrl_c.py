"""Ctrl-C: the best plan so far, or nothing half-written; a second one gives up."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import build
import pytest
from cli.command import run
from loader.files import everything, write

import placement
from placement.cli import solve as command
from placement.search import steps
from placement.search.state import State


@pytest.fixture(autouse=True)
def heard() -> Iterator[None]:
    """Ctrl-C reaches Python, also where a shell began the tests in the background and has it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def interrupt_when(monkeypatch: pytest.MonkeyPatch, found: Any, times: int = 1) -> None:
    """Press Ctrl-C at the first line of the live table for which something holds."""
    real = command.Live.__call__
    pressed: list[int] = []

    def press(self: Any, progress: placement.Progress) -> None:
        real(self, progress)
        if found(progress) and not pressed:
            pressed.append(1)
            for _ in range(times):
                os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(command.Live, "__call__", press)


def test_the_best_plan_until_then_is_written_with_its_bound(week: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    interrupt_when(monkeypatch, lambda progress: progress.cost_usd is not None)
    monkeypatch.setattr(steps, "branch_and_bound", lambda *_, **__: pytest.fail("went on all the same"))
    done = run("solve", week, "--gap", "0")
    assert done.code == 0
    assert done.err == "stopping; press Ctrl-C again to give up the plan\n"
    stored = placement.read_plan("week.plan")
    assert stored.summary["status"] in ("stopped", "optimal")
    assert stored.summary["bound_usd"] <= stored.summary["cost_usd"]
    assert placement.verify(stored.scenario, stored.plan).ok


def test_before_there_is_a_plan_nothing_is_written(week: Path, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(State, "offer", lambda *_: None)
    interrupt_when(monkeypatch, lambda progress: progress.bound_usd is not None)
    before = everything(here)
    done = run("solve", week, "-o", "a/b/week.plan")
    assert done.code == 3
    assert "no_plan: " in done.err
    assert everything(here) == before


def test_a_second_ctrl_c_gives_up(week: Path, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    interrupt_when(monkeypatch, lambda progress: progress.cost_usd is not None, times=2)
    before = everything(here)
    done = run("solve", week)
    assert done.code == 130
    assert done.err.splitlines()[-1] == "interrupted; nothing was written."
    assert everything(here) == before


@pytest.mark.parametrize("during", ["placement.loader.load.load", "placement.folder._write_parquet"])
def test_while_loading_or_writing_it_leaves_what_was_there(
    during: str, plan: Path, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def press(*_: object) -> None:
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(during, press)
    before = everything(here)
    done = run("solve", "week.yaml", "-o", plan, "--quiet")
    assert done.code == 130
    assert done.err == "interrupted; nothing was written.\n"
    assert everything(here) == before


def test_the_handler_that_was_there_comes_back(week: Path) -> None:
    before = signal.getsignal(signal.SIGINT)
    assert run("solve", week, "--quiet").code == 0
    assert signal.getsignal(signal.SIGINT) is before


def hard() -> dict[str, Any]:
    """Gangs that are packed so tightly that the last hundredth takes hours."""
    jobs = [
        build.job(f"j{k}", 1.3 + (k * 37 % 71) / 10, 3 + k * 53 % 29, delay_usd_per_hour=1.0 + k * 31 % 17, count=2)
        for k in range(90)
    ]
    clusters = [build.cluster("one", 47), build.cluster("two", 41, energy_price=80.0), build.cluster("three", 37)]
    return build.document(clusters, jobs, slots=72)


def test_a_whole_process_ends_with_a_plan_and_no_child(here: Path) -> None:
    write(here, hard())
    code = "from placement.cli.main import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", code, "solve", "week.yaml", "--gap", "0", "--threads", "1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if line.count("$") == 2:  # a plan and a bound
                break
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does it: to the solver's process as well
        _, err = process.communicate(timeout=60)  # a guard against hanging
    finally:
        process.kill()
    assert process.returncode == 0, err
    assert err == "stopping; press Ctrl-C again to give up the plan\n"
    stored = placement.read_plan("week.plan")
    assert stored.summary["status"] == "stopped"
    assert placement.verify(stored.scenario, stored.plan).ok
    assert sorted(path.name for path in here.iterdir()) == ["week.plan", "week.yaml"]

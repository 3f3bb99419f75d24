"""`placement devices`: what is there, what is missing, and how to get it."""

import json
from dataclasses import asdict

import cupy_on_processor
import pytest
from cli.command import run

from placement.kernels.backend import KERNELS, back_ends


def test_it_lists_all_back_ends_and_marks_the_default() -> None:
    done = run("devices")
    assert (done.code, done.err) == (0, "")
    assert done.out.count("yes, by default") == 1
    for end in back_ends():
        assert f"{end.name}: {end.detail}." in done.out


def test_what_is_missing_comes_with_the_command_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("placement.kernels.backend.find_spec", lambda _: None)
    done = run("devices")
    assert "CuPy is not installed. To install: pip install 'orbital-placement[cuda]'" in done.out
    assert "Numba is not installed. To install: pip install 'orbital-placement[numba]'" in done.out


def test_json_holds_the_same() -> None:
    found = json.loads(run("devices", "--json").out)
    assert [{key: value for key, value in row.items() if key not in ("default", "kernels")} for row in found] == [
        asdict(end) for end in back_ends()
    ]
    assert sum(row["default"] for row in found) == 1
    for row, end in zip(found, back_ends(), strict=True):
        assert row["kernels"] == {kernel: end.runner(kernel) for kernel in KERNELS}


def test_it_says_what_runs_each_kernel_with_each_back_end(monkeypatch: pytest.MonkeyPatch) -> None:
    cupy_on_processor.use(monkeypatch)
    lines = run("devices").out.splitlines()
    for kernel, words in KERNELS.items():
        (line,) = (line for line in lines if line.startswith(f"{kernel}: {words} "))
        on_cupy, on_numba, on_numpy = line.split()[-3:]
        assert on_cupy in (("numba", "numpy") if kernel in ("anneal", "eject", "pause", "knapsack") else ("cupy",))
        assert (on_numba, on_numpy) == ("numba", "numpy")

"""The CUDA sources: they compile for two generations of GPUs, and nothing depends on how they are run.

Their arithmetic is tested like that of the other back ends, on a processor (`cupy_on_processor`).
"""

import ctypes
import re
import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

import cupy_on_processor
import numpy as np
import pytest

import placement.kernels
from placement.kernels import device_cupy, work
from placement.kernels.backend import on_cupy
from placement.kernels.capacity import Limits
from placement.kernels.device_cupy import FIELDS, OPTIONS, THREADS, source
from placement.kernels.placements import GRAIN_TOLERANCE, allowed

SOURCES = sorted(Path(placement.kernels.__path__[0]).glob("*.cu"))
ARCHITECTURES = ("sm_80", "sm_90")


@pytest.fixture(scope="module")
def nvrtc() -> ctypes.CDLL:
    """NVIDIA's compiler at run time, which needs no GPU."""
    try:
        found = [
            file for file in files("nvidia-cuda-nvrtc") or () if "nvrtc" in file.name and "builtins" not in file.name
        ]
    except PackageNotFoundError:
        assert sys.platform == "darwin", "nvidia-cuda-nvrtc is not installed; it is in the extra `dev`"
        pytest.skip("there is no CUDA for macOS")
    libraries = [file for file in found if "nvrtc" in file.name and (".so" in file.name or file.suffix == ".dll")]
    return ctypes.CDLL(str(libraries[0].locate()))


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_it_compiles(nvrtc: ctypes.CDLL, path: Path, architecture: str) -> None:
    program = ctypes.c_void_p()
    text, name = source(path.stem).encode(), path.name.encode()
    assert nvrtc.nvrtcCreateProgram(ctypes.byref(program), text, name, 0, None, None) == 0
    options = [f"--gpu-architecture={architecture}", *OPTIONS]
    given = (ctypes.c_char_p * len(options))(*(option.encode() for option in options))
    failed = nvrtc.nvrtcCompileProgram(program, len(options), given)
    size = ctypes.c_size_t()
    nvrtc.nvrtcGetProgramLogSize(program, ctypes.byref(size))
    log = ctypes.create_string_buffer(size.value)
    nvrtc.nvrtcGetProgramLog(program, log)
    assert not failed, log.value.decode()
    assert "warning" not in log.value.decode()
    nvrtc.nvrtcGetCUBINSize(program, ctypes.byref(size))
    assert size.value > 0
    nvrtc.nvrtcDestroyProgram(ctypes.byref(program))


def test_fields_stand_in_the_order_in_which_they_are_sent() -> None:
    text = source("price")
    body = text.split("struct Tables {")[1].split("};")[0]
    names = [line.split(";")[0].split()[-1].lstrip("*") for line in body.splitlines() if ";" in line]
    assert names == ["slots", "shift", *FIELDS, "prices", "sums"]
    rows = source("insert").split("struct Limits {")[1].split("};")[0]
    assert tuple(line.split(";")[0].split()[-1].lstrip("*") for line in rows.splitlines() if ";" in line) == (
        Limits._fields
    )


def test_constants_are_the_same_in_both_languages() -> None:
    numbers = dict(re.findall(r"#define (\w+) ([-+.\de]+)\n", source("soft")))
    assert int(numbers["THREADS"]) == THREADS
    assert float(numbers["SHARE_UNITS"]) == work.SHARE_UNITS
    assert float(numbers["GRAIN_TOLERANCE"]) == GRAIN_TOLERANCE
    assert [int(numbers[name]) for name in ("RUN", "START", "STAGE", "UNLOAD", "WHOLE")] == [0, 1, 2, 3, 4]
    numba = pytest.importorskip("placement.kernels.soft_numba")
    assert float(numbers["NEGLIGIBLE"]) == numba.NEGLIGIBLE


@pytest.mark.parametrize("seed", range(10))
def test_parts_of_jobs_give_what_the_whole_gives(
    monkeypatch: pytest.MonkeyPatch, make_work: Callable[..., work.Work], seed: int
) -> None:
    """Where the work is larger than the budget: prices, soft minima and use are the same bit for bit."""
    cupy_on_processor.use(monkeypatch)
    made = make_work(seed)
    end, placed = on_cupy(), allowed(made, 0, made.options)
    rng = np.random.default_rng(seed)
    prices, ones = rng.normal(0.5, 1.0, (5, 40)) * 1e-3, np.ones(made.jobs)

    def run() -> list[np.ndarray]:
        cheapest = end.price(made, prices)
        soft = end.soft(made, prices, 4.0 * ones, ones, ones.astype(np.int64))
        use = end.usage(made, 5, placed.option, placed.start, placed.fraction)
        return [*vars(cheapest).values(), *vars(soft).values(), use]

    whole = run()
    monkeypatch.setattr(device_cupy, "BUDGET", int(device_cupy.job_bytes(made)[-1]) // 5)
    assert len(list(device_cupy.parts(made))) > 3
    for one, other in zip(whole, run(), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("seed", range(6))
def test_the_order_in_which_threads_run_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, make_work: Callable[..., work.Work], seed: int
) -> None:
    fake = cupy_on_processor.use(monkeypatch)
    made, rng = make_work(seed), np.random.default_rng(seed)
    end, placed = on_cupy(), allowed(made, 0, made.options)
    prices, ones = rng.normal(0.5, 1.0, (5, 40)) * 1e-3, np.ones(made.jobs)
    parts, found = rng.random(len(placed)), []
    for backward in (False, True):
        fake.backward = backward
        soft = end.soft(made, prices, 4.0 * ones, ones, ones.astype(np.int64))
        use = end.usage(made, 5, placed.option, placed.start, parts)
        found.append([*vars(end.price(made, prices)).values(), *vars(soft).values(), use])
    for one, other in zip(*found, strict=True):
        np.testing.assert_array_equal(one, other)


def test_works_stay_on_the_device_as_long_as_they_live_and_there_is_room(
    monkeypatch: pytest.MonkeyPatch, make_work: Callable[..., work.Work]
) -> None:
    fake = cupy_on_processor.use(monkeypatch)
    sent: list[str] = []
    fake.fail = sent.append
    made, prices = [make_work(seed) for seed in range(3)], np.zeros((5, 40))
    monkeypatch.setattr(device_cupy, "BUDGET", sum(int(device_cupy.job_bytes(one)[-1]) for one in made[:2]))
    for one in (made[0], made[1]):
        on_cupy().price(one, prices)
    before = sent.count("send")
    on_cupy().price(made[0], prices)
    assert sent.count("send") == before + 3  # prices, their sums, and the table of pointers
    on_cupy().price(made[2], prices)
    assert set(device_cupy._KEPT) <= {id(made[1]), id(made[2])}
    del one
    made.clear()
    assert not device_cupy._KEPT

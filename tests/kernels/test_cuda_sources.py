"""The CUDA sources: they compile for two generations of GPUs, and their arithmetic, run on a processor, is right."""

import ctypes
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

import numpy as np
import pytest

import placement.kernels
from placement.kernels import price as definition
from placement.kernels.price_cupy import FIELDS, OPTIONS, THREADS, fixed_arrays, source
from placement.kernels.work import Work

SOURCES = sorted(Path(placement.kernels.__path__[0]).glob("*.cu"))
ARCHITECTURES = ("sm_80", "sm_90")

HOST = """
#include <barrier>
#include <cmath>
#include <cstring>
#include <memory>
#include <thread>
#include <vector>
#define __device__
#define __global__
#define __forceinline__ inline
#define __shared__ static
#define __syncthreads() gate->arrive_and_wait()
using std::ceil;
struct Place { unsigned x; };
static thread_local Place threadIdx, blockIdx;
static Place blockDim;
static std::unique_ptr<std::barrier<>> gate;
static double __longlong_as_double(long long bits) { double v; std::memcpy(&v, &bits, sizeof v); return v; }
"""
"""What a CUDA source needs of a processor: threads of a block are threads, blocks come one after the other."""

RUN = """
extern "C" void run(unsigned jobs, unsigned width, const void *tables, double *usd, Int *option, Int *start) {
    blockDim.x = width;
    gate = std::make_unique<std::barrier<>>(width);
    std::vector<std::thread> threads;
    for (unsigned mine = 0; mine < width; ++mine)
        threads.emplace_back([=] {
            threadIdx.x = mine;
            for (unsigned block = 0; block < jobs; ++block) {
                blockIdx.x = block;
                price((const Tables *)tables, 0, usd, option, start);
                __syncthreads();
            }
        });
    for (auto &thread : threads) thread.join();
}
"""


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
    text, name = path.read_bytes(), path.name.encode()
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
    body = source().split("struct Tables {")[1].split("};")[0]
    names = [line.split(";")[0].split()[-1].lstrip("*") for line in body.splitlines() if ";" in line]
    assert names == ["slots", "shift", *FIELDS, "prices", "sums"]
    assert f"#define THREADS {THREADS}\n" in source()


@pytest.fixture(scope="module")
def on_a_processor(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Work, np.ndarray], definition.Cheapest]:
    """price.cu, compiled for this processor."""
    compiler = shutil.which("g++") or shutil.which("clang++")
    if compiler is None:
        pytest.skip("there is no C++ compiler")
    folder = tmp_path_factory.mktemp("host")
    (folder / "price.cpp").write_text(HOST + source() + RUN, encoding="utf-8")
    command = [compiler, "-std=c++20", "-O1", "-ffp-contract=off", "-shared", "-fPIC", "-pthread"]
    subprocess.run([*command, "-o", folder / "price.so", folder / "price.cpp"], check=True)
    library = ctypes.CDLL(str(folder / "price.so"))

    def price(work: Work, prices: np.ndarray) -> definition.Cheapest:
        held = [*fixed_arrays(work).values(), np.ascontiguousarray(prices), definition.running_sums(prices)]
        tables = np.array([work.slots, work.grains.bit_length() - 1, *(a.ctypes.data for a in held)], dtype=np.int64)
        usd, option, start = np.empty(work.jobs), np.empty(work.jobs, np.int64), np.empty(work.jobs, np.int64)
        pointers = (ctypes.c_void_p(a.ctypes.data) for a in (tables, usd, option, start))
        library.run(work.jobs, 4, *pointers)
        return definition.Cheapest(usd, option, start)

    return price


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("slivers", [False, True])
def test_its_arithmetic_is_that_of_the_definition(
    on_a_processor: Callable[[Work, np.ndarray], definition.Cheapest],
    make_work: Callable[..., Work],
    seed: int,
    slivers: bool,
) -> None:
    work = make_work(seed, jobs=40, slivers=slivers)
    prices = np.random.default_rng(seed).normal(0.5, 1.0, (5, 40)) * (seed > 0)
    found, expected = on_a_processor(work, prices), definition.price(work, prices)
    np.testing.assert_array_equal(found.option, expected.option)
    np.testing.assert_array_equal(found.start, expected.start)
    np.testing.assert_array_equal(found.usd, expected.usd)

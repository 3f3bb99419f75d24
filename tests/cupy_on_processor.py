"""CuPy as far as this project uses it, on a processor: CUDA sources are compiled as C++ and run.

Blocks come one after the other. The threads of a block take turns: each runs until it meets a barrier or ends, then
the next does, forward or backward, so that what depends on their order is found out. A test may have any step fail.
"""

import ctypes
import functools
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

LANES = 4
"""Threads of a block, instead of those that are asked for: a power of two."""

HOST = """
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <ucontext.h>
#include <utility>
#define __device__
#define __global__
#define __forceinline__ inline
#define __shared__ static
using std::ceil; using std::exp; using std::log;
struct Place { unsigned x; };
Place threadIdx, blockIdx, blockDim, gridDim;
ucontext_t home, lanes[1024];
bool ended[1024];
static void __syncthreads() { const unsigned mine = threadIdx.x; swapcontext(&lanes[mine], &home); }
static double __longlong_as_double(long long bits) { double v; std::memcpy(&v, &bits, sizeof v); return v; }
static long long __double2ll_rn(double value) { return std::llrint(value); }
static void atomicAdd(unsigned long long *sum, unsigned long long value) { *sum += value; }
"""
"""What a CUDA source needs of a processor."""

LAUNCH = """
template <class... A, std::size_t... I>
static void call(void (*kernel)(A...), void **given, std::index_sequence<I...>) {
    kernel(*static_cast<A *>(given[I])...);
}
template <class... A> static void call_all(void (*kernel)(A...), void **given) {
    call(kernel, given, std::index_sequence_for<A...>{});
}
static void **arguments;
static void lane() {
    const unsigned mine = threadIdx.x;
    call_all(ENTRY, arguments);
    ended[mine] = true;
}
extern "C" void launch(unsigned blocks, unsigned width, bool backward, void **given) {
    const std::size_t room = 1 << 17;
    char *stacks = static_cast<char *>(std::malloc(room * width));
    arguments = given;
    blockDim.x = width;
    gridDim.x = blocks;
    for (unsigned block = 0; block < blocks; ++block) {
        blockIdx.x = backward ? blocks - 1 - block : block;
        for (unsigned k = 0; k < width; ++k) {
            ended[k] = false;
            getcontext(&lanes[k]);
            lanes[k].uc_stack.ss_sp = stacks + room * k;
            lanes[k].uc_stack.ss_size = room;
            lanes[k].uc_link = &home;
            makecontext(&lanes[k], lane, 0);
        }
        for (bool again = true; again;) {
            again = false;
            for (unsigned k = 0; k < width; ++k) {
                const unsigned mine = backward ? width - 1 - k : k;
                if (ended[mine]) continue;
                threadIdx.x = mine;
                swapcontext(&home, &lanes[mine]);
                again = again || !ended[mine];
            }
        }
    }
    std::free(stacks);
}
"""

_LOCK = threading.Lock()


class Array(np.ndarray):
    """An array on the device."""

    @property
    def data(self) -> Any:  # type: ignore[override]
        """Where it lies."""
        return SimpleNamespace(ptr=self.ctypes.data)


class CuPy:
    """The module `cupy`; `fail` is called with the name of each step, and may raise."""

    __version__ = "on a processor"
    __spec__ = ModuleSpec("cupy", None)
    __name__ = "cupy"

    def __init__(self) -> None:
        self.backward = False
        self.fail: Callable[[str], None] = lambda step: None
        self.cuda = SimpleNamespace(
            Device=lambda: SimpleNamespace(id=0),
            runtime=SimpleNamespace(
                getDeviceCount=self._count,
                getDeviceProperties=lambda _: {"name": b"a processor", "totalGlobalMem": 2**30},
            ),
        )

    def _count(self) -> int:
        self.fail("count")
        return 1

    def asarray(self, values: np.ndarray) -> Array:
        """A copy of an array on the device."""
        self.fail("send")
        return np.array(values, copy=True).view(Array)

    def zeros(self, shape: int | tuple[int, ...], kind: type) -> Array:
        """An array of zeros on the device."""
        self.fail("room")
        return np.zeros(shape, kind).view(Array)

    def asnumpy(self, values: Array) -> np.ndarray:
        """A copy of an array of the device."""
        self.fail("bring")
        return np.array(values)

    def RawModule(self, code: str, options: tuple[str, ...]) -> Any:
        """The compiled text."""
        self.fail("compile")
        return SimpleNamespace(get_function=lambda name: functools.partial(self._launch, code, name))

    def _launch(self, code: str, name: str, grid: tuple[int], block: tuple[int], given: tuple[Any, ...]) -> None:
        self.fail("launch")
        held = [np.array([g.data.ptr if isinstance(g, Array) else g]) for g in given]
        assert all(h.dtype in (np.int64, np.float64) for h in held)
        pointers = (ctypes.c_void_p * len(held))(*(h.ctypes.data for h in held))
        with _LOCK:
            library(code, name).launch(grid[0], min(LANES, block[0]), self.backward, pointers)


def compiler() -> str | None:
    """A C++ compiler that is there."""
    return shutil.which("g++") or shutil.which("clang++")


@functools.cache
def library(code: str, name: str) -> ctypes.CDLL:
    """A source compiled for this processor, with one of its entries to launch."""
    folder = Path(tempfile.mkdtemp(prefix="cuda-on-processor-"))
    try:
        (folder / "source.cpp").write_text(f"{HOST}{code}\n#define ENTRY {name}\n{LAUNCH}", encoding="utf-8")
        command = [compiler(), "-std=c++17", "-O1", "-ffp-contract=off", "-shared", "-fPIC"]
        subprocess.run([*command, "-o", folder / "source.so", folder / "source.cpp"], check=True)
        found = ctypes.CDLL(str(folder / "source.so"))
    finally:
        shutil.rmtree(folder)
    found.launch.argtypes = [ctypes.c_uint, ctypes.c_uint, ctypes.c_bool, ctypes.c_void_p]
    return found


def use(patch: pytest.MonkeyPatch) -> CuPy:
    """From now on, until the patch is undone, this is CuPy; the test is skipped where there is no compiler."""
    from placement.kernels import device_cupy

    if compiler() is None:
        pytest.skip("there is no C++ compiler")
    made = CuPy()
    patch.setitem(sys.modules, "cupy", made)
    patch.setattr(device_cupy, "_KEPT", {})
    patch.setattr(device_cupy, "compiled", functools.cache(device_cupy.compiled.__wrapped__))
    return made

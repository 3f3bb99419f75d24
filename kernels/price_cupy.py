"""The cheapest placement of each job on a GPU: the wrapper of `price.cu`, and the only file that imports CuPy.

CuPy is imported inside functions. The arrays of `Work` are sent once, prices and their running sums (NumPy's) per
call, and what comes back is one placement per job. The text compiles and its arithmetic is tested on processors; it
was not timed on a GPU.
"""

from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from placement.kernels.backend import BackEndError
from placement.kernels.placements import nearly_done
from placement.kernels.price import Cheapest, running_sums
from placement.kernels.work import Floats, Work

THREADS = 128
"""Threads of a block, as in price.cu; a power of two."""

BLOCKS = 2**30
"""Jobs per launch, below CUDA's limit of 2^31 - 1 blocks."""

OPTIONS = ("--std=c++17", "--fmad=false")
"""For the compiler: no product and sum are fused, so that numbers are those of the definition."""

FIELDS = (
    *("edges", "hours", "discount", "stage_first", "unload_end", "unload_beyond"),
    *("clock_work", "clock_nearly", "clock_tail_speed", "link_prefix", "link_rate"),
    *("job_options", "job_ready", "job_delay"),
    *("option_clock", "option_work", "option_usd", "option_tail", "option_spans", "span_first", "span_last"),
    *("option_uses", "use_meter", "use_amount", "use_kind", "use_link"),
)
"""Arrays of `Tables` in price.cu after the slots and the shift, and before prices and their sums."""

Result = TypeVar("Result")


def source() -> str:
    """Text of price.cu."""
    return files("placement.kernels").joinpath("price.cu").read_text(encoding="utf-8")


def device() -> tuple[str, str]:
    """CuPy's version and the name of the current device.

    Raises
    ------
    BackEndError
        If CuPy does not load, or there is no device or no driver for it.
    """
    try:
        import cupy

        number = int(cupy.cuda.runtime.getDeviceCount())
        if number == 0:
            raise BackEndError("CuPy finds no device")
        found = cupy.cuda.runtime.getDeviceProperties(cupy.cuda.Device().id)
        gib = found["totalGlobalMem"] / 2**30
        return str(cupy.__version__), f"{found['name'].decode()}, {gib:.0f} GiB"
    except BackEndError:
        raise
    except Exception as error:  # a missing library, a driver that is too old, no driver at all
        raise BackEndError(f"CuPy cannot use a device ({_line(error)})") from error


def price(work: Work, prices: Floats) -> Cheapest:
    """The cheapest placement of each job; ties go to the lowest option, then the earliest start.

    Parameters and result as of `placement.kernels.price.price`.

    Raises
    ------
    BackEndError
        If the device fails, out of memory for example.
    """
    return pricer(work)(prices)


def pricer(work: Work) -> Callable[[Floats], Cheapest]:
    """`price` for one `work`, which stays on the device as long as the result does."""
    fixed = _guarded(lambda: _send(fixed_arrays(work)))

    def run(prices: Floats) -> Cheapest:
        return _guarded(lambda: _launch(work, fixed, prices))

    return run


def fixed_arrays(work: Work) -> dict[str, NDArray[Any]]:
    """What the fields of `Tables` in price.cu point at, but for prices, by name and in their order."""
    made = {"hours": np.diff(work.edges), "clock_nearly": nearly_done(work)}
    found = {name: made[name] if name in made else getattr(work, name) for name in FIELDS}
    return {
        name: np.ascontiguousarray(values, dtype=np.float64 if values.dtype.kind == "f" else np.int64)
        for name, values in found.items()
    }


def _send(arrays: dict[str, NDArray[Any]]) -> list[Any]:
    """Copies of arrays on the device."""
    import cupy

    return [cupy.asarray(values) for values in arrays.values()]


def _launch(work: Work, fixed: list[Any], prices: Floats) -> Cheapest:
    """Price all jobs on the device."""
    import cupy

    rows = _send({"prices": np.asarray(prices, dtype=np.float64, order="C"), "sums": running_sums(prices)})
    words = [work.slots, work.grains.bit_length() - 1, *(values.data.ptr for values in [*fixed, *rows])]
    tables = cupy.asarray(np.array(words, dtype=np.int64))
    usd, option, start = cupy.empty(work.jobs), cupy.empty(work.jobs, np.int64), cupy.empty(work.jobs, np.int64)
    for first in range(0, work.jobs, BLOCKS):
        grid = (min(BLOCKS, work.jobs - first),)
        _kernel()(grid, (THREADS,), (tables, np.int64(first), usd, option, start))
    return Cheapest(cupy.asnumpy(usd), cupy.asnumpy(option), cupy.asnumpy(start))


def _guarded(action: Callable[[], Result]) -> Result:
    """The action's result, or a BackEndError that says what the device has."""
    try:
        return action()
    except Exception as error:
        raise BackEndError(f"the GPU failed ({_line(error)}). Take device 'cpu'.") from error


@cache
def _kernel() -> Any:
    """The compiled kernel; once per process."""
    import cupy

    return cupy.RawKernel(source(), "price", options=OPTIONS)


def _line(error: Exception) -> str:
    """First line of an error's text, or its name."""
    return (str(error).splitlines() or [type(error).__name__])[0]

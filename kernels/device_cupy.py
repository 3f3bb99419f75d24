"""The only file that imports CuPy: sources, arrays on the device, launches, and what goes wrong there.

CuPy is imported inside functions. The arrays of `Work` are sent once, as long as they are no larger than BUDGET, and
stay while the work lives; larger ones are sent again with each call, in parts of whole jobs. The texts compile and
their arithmetic is tested on processors; they have not run on a GPU.
"""

import threading
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from placement.kernels.backend import BackEndError
from placement.kernels.jobs_of import jobs_of
from placement.kernels.placements import nearly_done
from placement.kernels.price import running_sums
from placement.kernels.work import Floats, Work

THREADS = 128
"""Threads of a block, a power of two."""

BLOCKS = 2**30
"""Blocks of a launch, below CUDA's limit of 2^31 - 1."""

BUDGET = 8 * 2**30
"""Bytes of jobs, options and uses that are on the device at once, all works of a thread together. Beside them there are
what a call gives and gets (prices, sums and use, 40 bytes per meter and slot; 40 per job; 24 per placement of
`usage_cupy.BLOCK`; `insert_cupy` and `futures_cupy` say what they need), and 8 bytes per clock or link and slot.
"""

COMMON = "placements.cuh"
"""What all sources begin with."""

OPTIONS = ("--std=c++17", "--fmad=false")
"""For the compiler: no product and sum are fused, so that numbers are those of the definition."""

FIELDS = (
    *("edges", "hours", "discount", "stage_first", "unload_end", "unload_beyond"),
    *("clock_work", "clock_nearly", "clock_tail_speed", "link_prefix", "link_rate"),
    *("job_options", "job_ready", "job_delay"),
    *("option_clock", "option_work", "option_usd", "option_tail", "option_spans", "span_first", "span_last"),
    *("option_uses", "use_meter", "use_amount", "use_kind", "use_link"),
)
"""Arrays of `Tables` in placements.cuh after the slots and the shift, and before prices and their sums."""

REMEDY = "Take device cpu, or a smaller problem."

Result = TypeVar("Result")


@dataclass(frozen=True)
class Part:
    """Whole jobs of a work whose arrays are on the device."""

    slots: int
    shift: int
    """Grains per slot are 2^shift."""
    jobs: slice
    """Which jobs of the whole work they are."""
    options: slice
    """Which options."""
    fixed: list[Any]
    """Arrays on the device, in the order of FIELDS."""

    @property
    def number(self) -> int:
        """Of jobs."""
        return int(self.jobs.stop - self.jobs.start)


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


def memory() -> int:
    """Bytes of memory of the current device."""
    import cupy

    return int(cupy.cuda.runtime.getDeviceProperties(cupy.cuda.Device().id)["totalGlobalMem"])


def source(kernel: str) -> str:
    """Text of a kernel, with what all begin with."""
    folder = files("placement.kernels")
    return "".join(folder.joinpath(name).read_text(encoding="utf-8") for name in (COMMON, f"{kernel}.cu"))


def guarded(action: Callable[[], Result]) -> Result:
    """The action's result, or a BackEndError that says what the device has."""
    try:
        return action()
    except BackEndError:
        raise
    except Exception as error:  # out of memory, a launch that fails, a device that is lost: CuPy has a class for each
        raise BackEndError(f"the GPU failed ({_line(error)})", REMEDY) from error


def send(values: NDArray[Any]) -> Any:
    """A copy on the device, in double precision or 64-bit integers."""
    import cupy

    return cupy.asarray(np.ascontiguousarray(values, dtype=np.float64 if values.dtype.kind == "f" else np.int64))


def room(shape: int | tuple[int, ...], kind: type[np.generic] = np.int64) -> Any:
    """An array of zeros on the device."""
    import cupy

    return cupy.zeros(shape, kind)


def bring(values: Any) -> NDArray[Any]:
    """A copy from the device; waits for it, and raises what went wrong there until then."""
    import cupy

    result: NDArray[Any] = cupy.asnumpy(values)
    return result


def words(*values: int | Any) -> Any:
    """A struct of 64-bit integers and of pointers to arrays, on the device."""
    return send(np.array([value if isinstance(value, int) else value.data.ptr for value in values], dtype=np.int64))


def priced(prices: Floats) -> tuple[Any, Any]:
    """Prices of meters and their running sums, on the device."""
    return send(np.asarray(prices, dtype=np.float64)), send(running_sums(prices))


def tables(part: Part, prices: tuple[Any, Any] | None = None) -> Any:
    """`Tables` of placements.cuh."""
    given = (0, 0) if prices is None else prices
    return words(part.slots, part.shift, *part.fixed, *given)


def launch(kernel: str, entry: str, blocks: int, *given: Any) -> None:
    """Run so many blocks of an entry of a kernel's source."""
    compiled(kernel).get_function(entry)((blocks,), (THREADS,), given)


def launch_jobs(kernel: str, jobs: int, first: Any, *given: Any) -> None:
    """Run a block per job: entry(first, number of the first job, ...)."""
    for begin in range(0, jobs, BLOCKS):
        launch(kernel, kernel, min(BLOCKS, jobs - begin), first, np.int64(begin), *given)


@cache
def compiled(kernel: str) -> Any:
    """The compiled source; once per process."""
    import cupy

    return cupy.RawModule(code=source(kernel), options=OPTIONS)


_KEPT: dict[int, tuple[weakref.ref[Work], list[Part], int]] = {}
_LOCK = threading.Lock()


def parts(work: Work) -> Iterator[Part]:
    """The work on the device, whole or part by part; of these two are there while one follows the other."""
    ranges = _ranges(work)
    if len(ranges) > 1:
        with _LOCK:
            _KEPT.clear()
        for first, end in ranges:
            yield _sent(work, first, end)
        return
    with _LOCK:
        kept = _KEPT.get(id(work))
        if kept is None or kept[0]() is not work:
            kept = _keep(work)
        found = kept[1]
    yield from found


def whole(work: Work) -> Part:
    """All jobs of a work on the device, however large."""
    return next(parts(work)) if len(_ranges(work)) == 1 else _sent(work, 0, work.jobs)


def is_small(work: Work) -> bool:
    """Whether a work stays on the device, in one part."""
    return len(_ranges(work)) == 1


def _keep(work: Work) -> tuple[weakref.ref[Work], list[Part], int]:
    """Send a work and keep it; the oldest go where all together would be more than BUDGET."""
    size = int(job_bytes(work)[-1])
    while _KEPT and size + sum(kept[2] for kept in list(_KEPT.values())) > BUDGET:
        _KEPT.pop(next(iter(_KEPT)), None)
    key = id(work)
    kept = weakref.ref(work, lambda _: _KEPT.pop(key, None)), [_sent(work, 0, work.jobs)], size
    _KEPT[key] = kept
    return kept


def _sent(work: Work, first: int, end: int) -> Part:
    """Jobs first <= j < end, on the device."""
    few = work if end - first == work.jobs else jobs_of(work, np.arange(first, end))
    options = slice(int(work.job_options[first]), int(work.job_options[end]))
    fixed = [send(values) for values in fixed_arrays(few).values()]
    return Part(work.slots, work.grains.bit_length() - 1, slice(first, end), options, fixed)


def _ranges(work: Work) -> list[tuple[int, int]]:
    """All jobs, or ranges of them of at most half of BUDGET each, of one job at least."""
    until = job_bytes(work)
    if until[-1] <= BUDGET:
        return [(0, work.jobs)]
    found: list[tuple[int, int]] = []
    first = 0
    while first < work.jobs:
        end = int(np.searchsorted(until, until[first] + BUDGET // 2, side="right")) - 1
        end = min(max(end, first + 1), work.jobs)
        found.append((first, end))
        first = end
    return found


def job_bytes(work: Work) -> NDArray[np.int64]:
    """(J+1,) bytes on the device of the jobs before each."""
    spans = work.option_spans[work.job_options]
    uses = work.option_uses[work.job_options]
    result: NDArray[np.int64] = 8 * (3 * np.arange(work.jobs + 1) + 6 * work.job_options + 2 * spans + 4 * uses)
    return result


def fixed_arrays(work: Work) -> dict[str, NDArray[Any]]:
    """What the fields of `Tables` in placements.cuh point at, but for prices, by name and in their order."""
    made = {"hours": np.diff(work.edges), "clock_nearly": nearly_done(work)}
    return {name: made[name] if name in made else getattr(work, name) for name in FIELDS}


def _line(error: Exception) -> str:
    """First line of an error's text, or its name."""
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")

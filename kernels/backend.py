"""Which back ends are there, and the one to use: CuPy on a GPU, Numba or NumPy on processors.

Nothing is imported before a back end is asked for. NumPy is always there and is the definition; the others give the
same numbers.
"""

import importlib
from dataclasses import dataclass
from functools import partial
from importlib import metadata
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from placement.kernels.anneal import Annealer
    from placement.kernels.capacity import Limits
    from placement.kernels.eject import Columns, Rows, Spot
    from placement.kernels.futures import Carried, Groups, Lengths, Rules, Worlds
    from placement.kernels.gates import Gates
    from placement.kernels.insert import Inserted
    from placement.kernels.knapsack import Knapsacks, Marks
    from placement.kernels.pause import Pauses, Tasks
    from placement.kernels.plan import Units
    from placement.kernels.price import Cheapest
    from placement.kernels.soft import Soft
    from placement.kernels.work import Floats, Ints, Work

Device = Literal["auto", "gpu", "cpu"]
DEVICES: tuple[Device, ...] = ("auto", "gpu", "cpu")

NUMBA = "pip install 'orbital-placement[numba]'"
CUDA = "pip install 'orbital-placement[cuda]' (driver for CUDA 13; [cuda12] for CUDA 12)"


KERNELS = {
    "price": "the cheapest placement of each job",
    "soft": "soft minima, and what they use",
    "usage": "what placements use",
    "insert": "units where they fit most cheaply, one after the other",
    "futures": "a plan carried out in many futures",
    "pause": "the cheapest pieces of runs that may be paused",
    "anneal": "a plan bettered, some units out and in again",
    "eject": "a plan bettered by chains of units that make room",
    "knapsack": "the cheapest items that fit, row by row",
}
"""Kernels and what they work out. A GPU has all but `anneal` and `eject`, which are one small step after the other, and
`pause` and `knapsack`, which are asked for little."""


class BackEndError(ValueError):
    """A back end is not there, or failed on its device.

    Parameters
    ----------
    fact : str
        What is wrong, without a full stop.
    remedy : str
        What to do, in sentences.
    """

    def __init__(self, fact: str, remedy: str = ""):
        super().__init__(f"{fact}. {remedy}" if remedy else fact)
        self.fact = fact


@dataclass(frozen=True)
class BackEnd:
    """One way to run the kernels, whether it is there or not."""

    name: Literal["cupy", "numba", "numpy"]
    device: Literal["gpu", "cpu"]
    found: bool
    version: str = ""
    """Version of the library, "" where it is not installed."""
    detail: str = ""
    """The device, or what is missing."""
    remedy: str = ""
    """What to do where it is not there."""

    def runner(self, kernel: str) -> str:
        """The back end that runs a kernel where this one is chosen: itself, or the next one that has it."""
        if self.name == "cupy" and kernel in ("anneal", "eject", "pause", "knapsack"):
            return "numba" if on_numba().found else "numpy"
        return self.name

    def price(self, work: "Work", prices: "Floats") -> "Cheapest":
        """The cheapest placement of each job; see `placement.kernels.price.price`."""
        return self.pricer(work)(prices)

    def pricer(self, work: "Work") -> "Callable[[Floats], Cheapest]":
        """`price` for one `work`, whose arrays are made ready, or sent to the device, once."""
        module = self._module("price")
        result: Callable[[Floats], Cheapest] = (
            partial(module.price, work) if self.name == "numpy" else module.pricer(work)
        )
        return result

    def usage(self, work: "Work", meters: int, option: "Ints", start: "Ints", count: "Floats") -> "Floats":
        """What placements use of each meter; see `placement.kernels.usage.usage`."""
        result: Floats = self._module("usage").usage(work, meters, option, start, count)
        return result

    def soft(self, work: "Work", prices: "Floats", away: "Floats", temperature: "Floats", count: "Ints") -> "Soft":
        """Soft minima and what they use; see `placement.kernels.soft.soft`."""
        result: Soft = self._module("soft").soft(work, prices, away, temperature, count)
        return result

    def insert(
        self, work: "Work", limits: "Limits", left: "Floats", units: "Units", order: "Ints", prices: "Floats"
    ) -> "Inserted":
        """Units at their cheapest placements that fit; see `placement.kernels.insert.insert`."""
        result: Inserted = self._module("insert").insert(work, limits, left, units, order, prices)
        return result

    def futures(
        self, work: "Work", limits: "Limits", groups: "Groups", lengths: "Lengths", worlds: "Worlds", rules: "Rules"
    ) -> "Carried":
        """A plan carried out in many futures; see `placement.kernels.futures.futures`."""
        result: Carried = self._module("futures").futures(work, limits, groups, lengths, worlds, rules)[0]
        return result

    def pauses(self, tasks: "Tasks") -> "Pauses":
        """The cheapest pieces of runs that may be paused; see `placement.kernels.pause.pauses`."""
        result: Pauses = self._module("pause").pauses(tasks)
        return result

    def pauses_usd(self, tasks: "Tasks") -> "Floats":
        """What those pieces cost; see `placement.kernels.pause.worth`."""
        result: Floats = self._module("pause").worth(tasks)
        return result

    def annealer(
        self,
        work: "Work",
        limits: "Limits",
        left: "Floats",
        units: "Units",
        prices: "Floats",
        guide: "Floats",
        gates: "Gates | None" = None,
    ) -> "Annealer":
        """A plan that can be annealed; see `placement.kernels.anneal.Annealer`."""
        made: Annealer = self._module("anneal").Annealer(work, limits, left, units, prices, guide, gates)
        return made

    def chains(
        self, columns: "Columns", rows: "Rows", spot: "Spot", count: int, heat: float, seed: "NDArray[np.uint64]"
    ) -> None:
        """Ejection chains, on processors; see `placement.kernels.eject.chains`."""
        self._module("eject").chains(columns, rows, spot, count, heat, seed)

    def knapsacks(self, knapsacks: "Knapsacks", usd: "Floats") -> "tuple[Floats, Marks]":
        """The cheapest items that fit, on processors; see `placement.kernels.knapsack.fill`."""
        result: tuple[Floats, Marks] = self._module("knapsack").fill(knapsacks, usd)
        return result

    def _module(self, kernel: str) -> Any:
        """The module that runs a kernel."""
        if not self.found:
            raise BackEndError(f"the back end '{self.name}' is not there: {self.detail}", self.remedy)
        name = self.runner(kernel)
        return importlib.import_module(f"placement.kernels.{kernel}" + ("" if name == "numpy" else f"_{name}"))


def back_ends() -> tuple[BackEnd, ...]:
    """All back ends, the fastest first, whether they are there or not."""
    return on_cupy(), on_numba(), on_numpy()


def on_numpy() -> BackEnd:
    """NumPy, which is always there."""
    return BackEnd("numpy", "cpu", True, np.__version__, "one thread")


def on_numba() -> BackEnd:
    """Numba, where it is installed and works with this NumPy."""
    if find_spec("numba") is None:
        return BackEnd("numba", "cpu", False, detail="Numba is not installed", remedy=f"To install: {NUMBA}")
    try:
        loaded = importlib.import_module("placement.kernels.compile_numba")
    except (
        Exception
    ) as error:  # Numba refuses a NumPy that it does not know with an ImportError; a bad build with others
        version = _version("numba")
        return BackEnd("numba", "cpu", False, version, f"Numba does not load ({error})", f"To update: {NUMBA}")
    return BackEnd("numba", "cpu", True, _version("numba"), f"{loaded.processors()} threads")


def on_cupy() -> BackEnd:
    """CuPy, where it is installed and finds a device."""
    if find_spec("cupy") is None:
        return BackEnd("cupy", "gpu", False, detail="CuPy is not installed", remedy=f"To install: {CUDA}")
    loaded = importlib.import_module("placement.kernels.device_cupy")
    try:
        version, device = loaded.device()
    except BackEndError as error:
        remedy = (
            "Check the NVIDIA driver with `nvidia-smi`, and that CuPy's CUDA version is not newer than the driver's."
        )
        return BackEnd("cupy", "gpu", False, _version("cupy"), str(error), remedy)
    return BackEnd("cupy", "gpu", True, version, device)


def _version(name: str) -> str:
    """Version of an installed library; wheels of CuPy carry the CUDA version in their names."""
    for distribution in (name, f"{name}-cuda13x", f"{name}-cuda12x"):
        try:
            return metadata.version(distribution)
        except metadata.PackageNotFoundError:
            continue
    return "unknown"


def choose(device: Device = "auto") -> BackEnd:
    """The fastest back end on a device.

    Parameters
    ----------
    device : {"auto", "gpu", "cpu"}
        "auto" takes a GPU where there is one.

    Raises
    ------
    BackEndError
        If a GPU is asked for and there is none that can be used, or the device is not one of the three.
    """
    if device not in DEVICES:
        raise BackEndError(f"there is no device '{device}'. Take one of {', '.join(DEVICES)}.")
    if device != "cpu":
        gpu = on_cupy()
        if gpu.found:
            return gpu
        if device == "gpu":
            raise BackEndError(f"no GPU can be used: {gpu.detail}", gpu.remedy)
    compiled = on_numba()
    return compiled if compiled.found else on_numpy()

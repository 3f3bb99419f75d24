"""Energy-cost aware scheduling (CSPLib problem 059): tasks on machines that may be switched off, at hourly prices.

    min Σ_t (power of running tasks + idle power of machines that are on) · price[t] · q/60 + switching on and off

As a scenario: machines are switchable clusters that are off before and after; a task holds as many accelerators as it
uses of the first resource, and named resources for the others; a unit of power is a kW, so that a price per unit-hour
times 1000 is $/MWh. All tasks must run, within their windows. A slot is q minutes.

Files: `instance.txt` holds q, resources, machines; per machine a line `id idle up down` and one of capacities; tasks;
per task a line `id duration earliest latest_end power` and one of uses. `forecast.txt`, `actual.txt`: slots, then
`slot price`.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from placement.benchmarks.fleet import Floats, Ints
from placement.errors import PlacementError
from placement.loader.load import scenario
from placement.schema import Scenario

START = "2027-01-01T00:00:00"


@dataclass(frozen=True)
class EnergyCost:
    """An instance of M machines, R resources, N tasks, T slots."""

    minutes: int
    """Of a slot."""
    idle: Floats
    """(M,) power of a machine that is on."""
    up: Floats
    down: Floats
    """(M,) $ for switching on, off."""
    capacity: Ints
    """(M, R)"""
    duration: Ints
    """(N,) slots."""
    earliest: Ints
    """(N,) first slot."""
    latest_end: Ints
    """(N,) slot after the last."""
    power: Floats
    """(N,)"""
    use: Ints
    """(N, R)"""
    price: Floats
    """(T,) $ per unit of power and hour."""


def read_energy_cost(folder: str | Path, price: str = "forecast") -> EnergyCost:
    """The instance in a folder, at the price in `forecast.txt` or `actual.txt`.

    Raises
    ------
    PlacementError
        If the files are not such an instance.
    """
    try:
        return _read(Path(folder), price)
    except (OSError, ValueError, IndexError) as error:
        raise PlacementError(f"'{folder}' is no energy-cost instance ({error}). It needs instance.txt.") from error


def _read(folder: Path, price: str) -> EnergyCost:
    lines = [line.split() for line in (folder / "instance.txt").read_text().splitlines() if line.strip()]
    minutes, resources, machines = (int(line[0]) for line in lines[:3])
    until = 3 + 2 * machines
    count = int(lines[until][0])
    machine = np.array(lines[3:until:2], dtype=np.float64)
    capacity = np.array(lines[4:until:2], dtype=np.int64)
    end = until + 1 + 2 * count
    task = np.array(lines[until + 1 : end : 2], dtype=np.float64)
    use = np.array(lines[until + 2 : end : 2], dtype=np.int64)
    if capacity.shape != (machines, resources) or use.shape != (count, resources):
        raise ValueError(f"capacities {capacity.shape} and uses {use.shape} do not fit {resources} resources")
    prices = [line.split() for line in (folder / f"{price}.txt").read_text().splitlines() if line.strip()]
    found = np.array([float(line[1]) for line in prices[1 : 1 + int(prices[0][0])]])
    whole = task[:, 1:4].astype(np.int64)
    return EnergyCost(
        minutes, machine[:, 1], machine[:, 2], machine[:, 3], capacity,
        whole[:, 0], whole[:, 1], whole[:, 2], task[:, 4], use, found,
    )  # fmt: skip


def energy_cost_scenario(made: EnergyCost, name: str) -> Scenario:
    """The instance as a scenario; the cost of a plan is the same number.

    Raises
    ------
    PlacementError
        If a task uses nothing of the first resource, which stands for accelerators.
    """
    if made.use[:, 0].min() < 1:
        raise PlacementError(f"task {int(made.use[:, 0].argmin())} uses nothing of the first resource.")
    start = np.datetime64(START, "us")
    slot = np.timedelta64(made.minutes, "m")
    kw = made.power / made.use[:, 0]
    jobs: dict[str, Any] = {
        "job": np.array([f"task-{n}" for n in range(len(kw))]),
        "hours": made.duration * made.minutes / 60,
        "accelerators": made.use[:, 0],
        "submitted": start + made.earliest * slot,
        "deadline": start + made.latest_end * slot,
        "must_run": np.ones(len(kw), dtype=bool),
        "utilization": kw / kw.max(),
    }
    jobs |= {f"uses.r{r}": made.use[:, r] for r in range(1, made.use.shape[1])}
    return scenario(_document(made, float(kw.max()), name), tables={"jobs": jobs})


def _document(made: EnergyCost, kw: float, name: str) -> dict[str, Any]:
    return {
        "format": 1,
        "name": name,
        "horizon": {"start": f"{START}Z", "slot_hours": made.minutes / 60, "slots": len(made.price)},
        "accelerators": [{"name": "unit", "bf16_tflops": 1.0, "memory_gb": 1.0, "kw": kw}],
        "reference_accelerator": "unit",
        "series": {"price": {"values": (1000 * made.price).tolist()}},
        "clusters": [_machine(made, m) for m in range(len(made.idle))],
        "policy": {"defer": False, "tails": False},
    }


def _machine(made: EnergyCost, m: int) -> dict[str, Any]:
    return {
        "name": f"machine-{m}",
        "pools": [{"name": "pool", "accelerator": "unit", "number": int(made.capacity[m, 0])}],
        "resources": {f"r{r}": int(made.capacity[m, r]) for r in range(1, made.capacity.shape[1])},
        "idle_mw": float(made.idle[m]) / 1000,
        "switchable": True,
        "initially_on": False,
        "finally_off": True,
        "startup_usd": float(made.up[m]),
        "shutdown_usd": float(made.down[m]),
        "energy_price": "price",
        "interruptions_per_accelerator_year": 0.0,
    }

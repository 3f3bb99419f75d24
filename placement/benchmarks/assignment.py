"""Generalised assignment: each job to one agent, at a cost and with a use of the agent's capacity.

    min Σ cost[i,j] x[i,j]    Σ_i x[i,j] = 1 for each job j    Σ_j use[i,j] x[i,j] <= capacity[i] for each agent i

As a scenario: agents are clusters, one slot of an hour, and each (agent, job) is a row of the option table with the
use as its accelerators and the cost as its price. All jobs must run. Instances as in the OR-Library (Chu and Beasley
1997; Yagiura, Ibaraki and Glover 2004): numbers separated by blanks: agents, jobs; costs, agent by agent; uses, agent
by agent; capacities.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from placement.benchmarks.fleet import Floats, Ints
from placement.errors import PlacementError
from placement.loader.load import scenario
from placement.schema import Scenario


@dataclass(frozen=True)
class Assignment:
    """An instance of A agents and J jobs."""

    cost: Floats
    """(A, J)"""
    use: Ints
    """(A, J)"""
    capacity: Ints
    """(A,)"""


def read_assignment(file: str | Path) -> Assignment:
    """The instance in a file.

    Raises
    ------
    PlacementError
        If the file does not hold as many numbers as it says.
    """
    try:
        numbers = np.array(Path(file).read_text().split(), dtype=np.float64)
        agents, jobs = int(numbers[0]), int(numbers[1])
    except (OSError, ValueError, IndexError) as error:
        raise PlacementError(f"'{file}' is no assignment instance ({error}). Begin with agents and jobs.") from error
    size = agents * jobs
    if len(numbers) != 2 + 2 * size + agents:
        raise PlacementError(
            f"'{file}' has {len(numbers)} numbers; {agents} agents and {jobs} jobs need {2 + 2 * size + agents}."
        )
    use = numbers[2 + size : 2 + 2 * size].reshape(agents, jobs)
    return Assignment(
        numbers[2 : 2 + size].reshape(agents, jobs), use.astype(np.int64), numbers[2 + 2 * size :].astype(np.int64)
    )


def assignment_scenario(made: Assignment, name: str) -> Scenario:
    """The instance through the public option table; the optimal cost is the same number."""
    agents, jobs = made.cost.shape
    title = np.array([f"job-{j}" for j in range(jobs)])
    agent = np.array([f"agent-{i}" for i in range(agents)])
    who = np.tile(np.arange(jobs), agents)
    where = np.repeat(np.arange(agents), jobs)
    fits = (made.use <= made.capacity[:, None]).ravel()
    options = {
        "job": title[who][fits],
        "option": agent[where][fits],
        "cluster": agent[where][fits],
        "accelerators": made.use.ravel()[fits],
        "hours": np.ones(int(fits.sum())),
        "price_usd": made.cost.ravel()[fits],
    }
    table = {
        "job": title,
        "hours": np.ones(jobs),
        "accelerators": np.ones(jobs, dtype=np.int64),
        "must_run": np.ones(jobs, dtype=bool),
    }
    return scenario(_document(made.capacity, agent, name), tables={"jobs": table, "options": options})


def _document(capacity: Ints, agent: Any, name: str) -> dict[str, Any]:
    return {
        "format": 1,
        "name": name,
        "horizon": {"start": "2027-01-01T00:00:00Z", "slot_hours": 1.0, "slots": 1},
        "accelerators": [{"name": "unit", "bf16_tflops": 1.0, "memory_gb": 1.0, "kw": 0.001}],
        "reference_accelerator": "unit",
        "clusters": [
            {
                "name": str(agent[i]),
                "pools": [{"name": "pool", "accelerator": "unit", "number": int(number)}],
                "interruptions_per_accelerator_year": 0.0,
            }
            for i, number in enumerate(capacity)
        ],
        "policy": {"defer": False, "tails": False},
    }

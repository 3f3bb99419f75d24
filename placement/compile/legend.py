"""What the numbers of a problem are called: the way back from arrays to names."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from placement.compile.fleet import PoolArrays, Site
from placement.compile.meters import Term
from placement.compile.starts import Starting
from placement.compile.why import REASONS as REASONS
from placement.compile.why import why_never, why_not, why_nowhere
from placement.kernels.placements import ranges
from placement.kernels.work import Floats, Ints, Work
from placement.schema import Scenario
from placement.timegrid import TimeGrid


@dataclass(frozen=True)
class Legend:
    """Names and dollars behind a problem."""

    scenario: Scenario
    grid: TimeGrid
    sites: list[Site]
    pools: list[PoolArrays]
    job: Ints
    """(J,) job of the scenario of each job row."""
    segment: Ints
    share: Floats
    """(J,) segment of each job row, from 0."""
    work: Work
    """That of the problem: what options hold is read from its uses."""
    row: NDArray[np.int32]
    """(O,) first row of each option in the option table; -1 if derived."""
    pool_of_meter: Ints
    """(M,) pool whose accelerators a meter counts; -1 for the other meters."""
    reasons: NDArray[np.int8]
    """(jobs of the scenario, pools): why not."""
    terms: tuple[Term, ...]
    """Dollars of meters by category and cluster."""
    option_terms: tuple[NDArray[Any], ...]
    """Dollars of options at their start: option, category index in `money.cash_of`, cluster, $."""
    constants: dict[tuple[str, int], float]
    """Present value by category and cluster of what no decision changes."""
    committed: dict[int, dict[str, float]]
    """Present value by category of committed clusters, if open."""
    stage_tb: Floats
    """(jobs of the scenario,)"""
    unload_tb: Floats
    flow_pools: Ints
    """(P,) pool of each way to serve a flow."""
    watt_meters: dict[int, list[int]]
    """Meters of IT watts by cluster."""
    planes: list[tuple[int, str]]
    """What flights serve: cluster and plane."""
    starting: Starting
    """What allowed starts were found from."""

    @cached_property
    def nowhere(self) -> NDArray[np.bool_]:
        """(jobs of the scenario,) whether a job has no start for some segment."""
        spans = self.work.option_spans[self.work.job_options]
        result = np.zeros(len(self.reasons), dtype=bool)
        result[self.job[np.diff(spans) == 0]] = True
        return result

    def option_name(self, option: int) -> str:
        """Name of an option in the plan: that of the table, or `cluster/pool x64`."""
        return str(self.option_names(np.array([option]))[0])

    def option_names(self, option: Ints) -> NDArray[Any]:
        """(n,) names of options."""
        which, pool, accelerators = self.parts(option)
        first = np.searchsorted(which, np.arange(len(option)))
        size = int(accelerators.max(initial=0)) + 1
        kinds, kind = np.unique((pool * size + accelerators)[first], return_inverse=True)
        names = [f"{self.pool_name(key // size)} x{key % size}" for key in kinds.tolist()]
        result = np.array(names, dtype=object)[kind]
        row = self.row[option]
        if (row >= 0).any():
            result[row >= 0] = self.scenario.options["option"][row[row >= 0]]
        return result

    def pool_name(self, pool: int) -> str:
        """Cluster and pool."""
        return f"{self.sites[self.pools[pool].cluster].cluster.name}/{self.pools[pool].pool.name}"

    def parts(self, option: Ints) -> tuple[Ints, Ints, Ints]:
        """Parts of options, one after the other: number in `option`, pool, accelerators."""
        begin = self.work.option_uses[option]
        count = self.work.option_uses[option + 1] - begin
        use, which = ranges(begin, count), np.repeat(np.arange(len(option)), count)
        pool = self.pool_of_meter[self.work.use_meter[use]]
        held = pool >= 0
        return which[held], pool[held], self.work.use_amount[use[held]].astype(np.int64)

    def why_nowhere(self, job: int, *, brief: bool = False) -> str:
        """Why a job of the scenario can run on no pool: what is in the way at the closest start, and the rules that
        exclude pools; in brief the rules alone, which takes no time.
        """
        return why_nowhere(self, job, brief)

    def why_not(self, job: int, pool: int) -> str:
        """Why a job of the scenario cannot run on a pool."""
        return why_not(self, job, pool)

    def why_never(self, option: int) -> str:
        """Why an option has no start."""
        return why_never(self, option)

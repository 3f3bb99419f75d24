"""Ways to run a job, by the option table or by pools and the throughput table (docs/model.md §3)."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from placement.ephemeris import interruptions
from placement.physics.goodput import gang_rate, goodput
from placement.units import tb_per_hour
from placement.verifier.fleet import Fleet
from placement.verifier.spans import Ints, Reals


@dataclass(frozen=True)
class Quoted:
    """A way of the option table."""

    pools: tuple[int, ...]
    accelerators: tuple[int, ...]
    usd: tuple[float, ...]
    kw: tuple[float, ...]
    """Of each accelerator; nan: the pool's."""
    hours: float
    earliest: float
    """Hours from the start before which it does not begin; -inf: nothing is said."""
    latest: float
    """Hours from the start after which it does not begin; inf: nothing is said."""


@dataclass(frozen=True)
class Rate:
    """A row of the throughput table: speed against the reference accelerator, and power if it is given."""

    speed: float
    kw: float | None


class Ways:
    """What the option and throughput tables say of jobs, and what follows for gangs on pools."""

    def __init__(self, fleet: Fleet):
        self.fleet = fleet
        self.jobs = fleet.scenario.jobs

    @cached_property
    def quoted(self) -> dict[str, dict[str, Quoted]]:
        """Ways of the option table by job and option; parts in the order of their rows."""
        table = self.fleet.scenario.options
        rows: dict[str, dict[str, list[int]]] = {}
        for row in range(len(table)):
            rows.setdefault(table["job"][row], {}).setdefault(table["option"][row], []).append(row)
        return {job: {name: self._quote(parts) for name, parts in ways.items()} for job, ways in rows.items()}

    def _quote(self, rows: list[int]) -> Quoted:
        table = self.fleet.scenario.options
        pools = [self.fleet.pool_named(table["cluster"][row], table["pool"][row]) for row in rows]
        return Quoted(
            tuple(-1 if pool is None else pool for pool in pools),
            tuple(int(table["accelerators"][row]) for row in rows),
            tuple(float(table["price_usd"][row]) for row in rows),
            tuple(float(table["kw_per_accelerator"][row]) for row in rows),
            float(table["hours"][rows[0]]),
            float(np.nan_to_num(self.fleet.grid.hours_of(table["earliest_start"][rows[0]]), nan=-np.inf)),
            float(np.nan_to_num(self.fleet.grid.hours_of(table["latest_start"][rows[0]]), nan=np.inf)),
        )

    @cached_property
    def _rates(self) -> dict[tuple[str, str, int], Rate]:
        """Throughput rows by class, accelerator and gang size (0: any)."""
        table = self.fleet.scenario.throughput
        rates = {}
        for row in range(len(table)):
            kw = float(table["kw_per_accelerator"][row])
            key = (table["class"][row], table["accelerator"][row], int(table["accelerators"][row]))
            rates[key] = Rate(float(table["relative_speed"][row]), None if np.isnan(kw) else kw)
        return rates

    @property
    def rated(self) -> bool:
        """Whether the throughput table says anything."""
        return bool(self._rates)

    def sizes_apart(self, kind: str | None, pool: int) -> set[int]:
        """Gang sizes that the throughput table offers for a class on a pool."""
        name = self.fleet.accelerators[pool].name
        return {size for (k, accelerator, size) in self._rates if size and k == kind and accelerator == name}

    @cached_property
    def peak_ratio(self) -> Reals:
        """Shape (pools,): BF16 peak over that of the reference accelerator."""
        scenario = self.fleet.scenario
        peaks = {accelerator.name: accelerator.bf16_tflops for accelerator in scenario.accelerators}
        reference = peaks[scenario.reference_accelerator]
        return np.array([accelerator.bf16_tflops / reference for accelerator in self.fleet.accelerators])

    def rate(self, kind: str | None, pool: int, size: int) -> Rate:
        """Speed and power of a class on a pool in a gang of `size` (0: no size asked for)."""
        name = self.fleet.accelerators[pool].name
        if kind is not None:
            for asked in (size, 0):
                found = self._rates.get((kind, name, asked))
                if found is not None:
                    return found
        return Rate(float(self.peak_ratio[pool]), None)

    @cached_property
    def hours(self) -> Reals:
        """Shape (jobs,): the run time that is planned with, hours, on the reference accelerators."""
        jobs, planned = self.jobs, self.jobs["hours"]
        if self.fleet.scenario.policy.run_time == "p90":
            planned = np.where(np.isnan(jobs["hours_p90"]), planned, jobs["hours_p90"])
        return np.where(self.running, jobs["hours_left"], planned)

    @cached_property
    def share_left(self) -> Reals:
        """Shape (jobs,): share of the whole run that is not yet done; 1 but for running jobs."""
        return np.where(self.running, self.jobs["hours_left"] / self.jobs["hours"], 1.0)

    @cached_property
    def running(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Shape (jobs,): whether a job runs already."""
        return np.asarray(self.jobs["state"] == "running", dtype=bool)

    @cached_property
    def interruptions(self) -> Reals:
        """Shape (pools,): interruptions per accelerator and year."""
        clusters = [self.fleet.clusters[index] for index in self.fleet.cluster_of]
        pools = zip(self.fleet.pools, clusters, strict=True)
        return np.array([interruptions(self.fleet.scenario, cluster, pool) for pool, cluster in pools])

    @cached_property
    def restart_hours(self) -> Reals:
        """Shape (pools,): from an interruption until work goes on."""
        return np.array([self.fleet.clusters[index].restart_minutes / 60 for index in self.fleet.cluster_of])

    @cached_property
    def storage_hours_per_tb(self) -> Reals:
        """Shape (pools,): time to write a TB of checkpoint; 0 where it is written at once."""
        speeds = [self.fleet.clusters[index].storage_gbps for index in self.fleet.cluster_of]
        return np.array([0.0 if gbps is None else 1.0 / tb_per_hour(gbps) for gbps in speeds])

    def useful(self, job: Ints, pool: Ints, size: Ints) -> Reals:
        """Shape (n,): goodput of gangs of jobs on pools."""
        checkpoint = self.jobs["checkpoint_tb"][job] * self.storage_hours_per_tb[pool]
        return goodput(gang_rate(size, self.interruptions[pool]), checkpoint, self.restart_hours[pool])

    def useful_alone(self) -> Reals:
        """Shape (pools,): goodput of one accelerator without checkpoints."""
        return goodput(gang_rate(1, self.interruptions), np.zeros(len(self.restart_hours)), self.restart_hours)

    def watts(self, accelerators: Ints, kw: Reals, utilization: Reals) -> Ints:
        """Shape (n,): power of gangs without PUE, W, rounded up."""
        return np.ceil(1000.0 * accelerators * kw * utilization - 1e-6).astype(np.int64)

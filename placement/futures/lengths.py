"""How long runs take: tables of equally likely factors, and which of them a group has."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from placement import ephemeris
from placement.compile import Compiled
from placement.compile.ways import planned_hours
from placement.distributions import lognormal_table, lost_table, sigma_of
from placement.futures.groups import Grouped
from placement.kernels.futures import Lengths
from placement.kernels.plan import GOLDEN, MASK, mixed
from placement.kernels.work import Floats, Ints
from placement.physics.goodput import best_interval, gang_rate, goodput
from placement.schema import Uncertainty
from placement.units import tb_per_hour

SPREAD, SHARE = 0.01, 0.002
"""To which standard deviations of logarithms and lost shares are rounded,"""

OCTAVE = 8
"""and numbers of interruptions, to so many steps for each doubling: so that there are few tables."""


TOLD, NAMED = 1000, 3
"""Largest groups of a plan whose lengths are told, in one number, and by name."""


def lengths_of(compiled: Compiled, groups: Grouped) -> tuple[Lengths, Ints, Ints]:
    """Tables, and (G,) the rows that each group has of the two."""
    given = compiled.legend.scenario.uncertainty or Uncertainty()
    late, late_row = _classes(_late(compiled, given)[groups.job], lambda key: key[1] * lognormal_table(key[0]))
    loss, loss_row = _classes(_lost(compiled, groups, given), lambda key: lost_table(*key))
    return Lengths(late, loss), late_row, loss_row


def factors(lengths: Lengths, late: Ints, loss: Ints, key: Ints, future: int, seed: int) -> Floats:
    """(G,) factor on the length of each group in a future: as the kernel draws them."""
    mask = np.uint64(lengths.late.shape[1] - 1)
    golden = np.uint64(GOLDEN)
    start = np.uint64(mixed((seed * GOLDEN + future) & MASK))
    with np.errstate(over="ignore"):
        one = _mixed(start + key.astype(np.uint64) * golden)
        other = _mixed(one + golden)
    i, k = (one & mask).astype(np.int64), (other & mask).astype(np.int64)
    return np.asarray(lengths.late[late, i] * lengths.loss[loss, k])


def _mixed(x: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """`kernels.plan.mixed` of many."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


class Largest:
    """The largest groups of a plan, whose lengths are told of each future.

    Parameters
    ----------
    compiled : Compiled
    groups : Grouped
    lengths, late, loss
        Of `lengths_of`.
    seed : int
    """

    def __init__(self, compiled: Compiled, groups: Grouped, lengths: Lengths, late: Ints, loss: Ints, seed: int):
        mine = np.flatnonzero(groups.option >= 0)
        jobs = compiled.legend.scenario.jobs
        size = planned_hours(compiled.legend.scenario) * jobs["accelerators"]
        weight = (size[groups.job] * groups.units)[mine]
        order = np.argsort(-weight, kind="stable")[:TOLD]
        self.some, self.weight = mine[order], weight[order]
        names = [f"length of {jobs['job'][j]}" for j in groups.job[self.some[:NAMED]]]
        self.names = [
            f"{name} ({names[:k].count(name) + 1})" if name in names[:k] else name for k, name in enumerate(names)
        ]
        self.lengths, self.seed = lengths, seed
        self.key, self.late, self.loss = groups.key[self.some], late[self.some], loss[self.some]

    def told(self, future: int) -> dict[str, float]:
        """Mean factor on the lengths of the largest, by their work, and the factors of the very largest by name."""
        if not len(self.some):
            return {}
        by = factors(self.lengths, self.late, self.loss, self.key, future, self.seed)
        each = {name: float(value) for name, value in zip(self.names, by, strict=False)}
        return {"mean length of runs": float(by @ self.weight / self.weight.sum()), **each}


def _classes(keys: Floats, table: Callable[[tuple[float, float]], Floats]) -> tuple[Floats, Ints]:
    """(classes, columns) tables of different keys, shape (n, 2), and (n,) which each has."""
    kinds, row = np.unique(keys, axis=0, return_inverse=True)
    made = [table((float(one), float(other))) for one, other in kinds]
    return np.stack(made) if made else np.ones((1, 1)), row.reshape(-1).astype(np.int64)


def _late(compiled: Compiled, given: Uncertainty) -> Floats:
    """(jobs, 2) spread of run time, and mean run time over what is planned with."""
    scenario = compiled.legend.scenario
    jobs = scenario.jobs
    result = np.stack([np.zeros(len(jobs)), np.ones(len(jobs))], axis=1)
    if given.run_time is None:
        return result
    ratio = jobs["hours_p90"] / jobs["hours"]
    known = ~np.isnan(ratio) & given.run_time.p90
    sigma = np.where(known, sigma_of(np.where(known, ratio, 1.0)), given.run_time.sigma)
    result[:, 0] = np.round(sigma / SPREAD) * SPREAD
    expected = np.where(jobs["state"] == "running", jobs["hours_left"], jobs["hours"])
    result[:, 1] = np.round(expected / planned_hours(scenario), 6)
    return result


def _lost(compiled: Compiled, groups: Grouped, given: Uncertainty) -> Floats:
    """(G, 2) interruptions on average of each run, and the share of it that they cost; 0 where hours were measured."""
    result = np.zeros((len(groups.key), 2))
    if not given.interruptions:
        return result
    legend, work = compiled.legend, compiled.problem.work
    scenario = legend.scenario
    mine = np.flatnonzero(groups.option >= 0)
    mine = mine[legend.row[groups.option[mine]] < 0]
    which, pool, accelerators = legend.parts(groups.option[mine])
    first = np.searchsorted(which, np.arange(len(mine)))
    pool, accelerators = pool[first], accelerators[first]
    for p in np.unique(pool).tolist():
        here = np.flatnonzero(pool == p)
        arrays = legend.pools[p]
        cluster = scenario.clusters[arrays.cluster]
        rate = gang_rate(accelerators[here], ephemeris.interruptions(scenario, cluster, arrays.pool))
        speed = tb_per_hour(cluster.storage_gbps) if cluster.storage_gbps else np.inf
        write = scenario.jobs["checkpoint_tb"][groups.job[mine[here]]] / speed
        useful = goodput(rate, write, cluster.restart_minutes / 60)
        interval = best_interval(rate * write)
        writing = np.divide(rate * write, interval, out=np.zeros(len(here)), where=interval > 0)
        share = np.clip(1 - useful * (1 + writing), 0.0, 1.0)
        number = rate * work.option_work[groups.option[mine[here]]]
        result[mine[here], 0] = _rounded(number)
        result[mine[here], 1] = np.round(share / SHARE) * SHARE
    result[(result == 0).any(axis=1)] = 0.0
    return result


def _rounded(number: Floats) -> Floats:
    """Numbers rounded to OCTAVE steps for each doubling; what is next to nothing is nothing."""
    with np.errstate(divide="ignore"):
        return np.asarray(np.where(number > 1e-4, 2 ** (np.round(np.log2(number) * OCTAVE) / OCTAVE), 0.0))

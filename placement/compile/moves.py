"""Shared data sets that options need moved to a cluster, once."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from placement.compile.fleet import Site
from placement.compile.options import Parts
from placement.compile.transfers import transfer_prices
from placement.kernels.work import SHARE_UNITS, STAGE, Ints
from placement.schema import Dataset, Scenario
from placement.timegrid import TimeGrid


@dataclass(frozen=True)
class MoveData:
    """A data set on a cluster that it has to be moved to."""

    dataset: int
    cluster: int
    usd: float
    share: float
    until: int
    """First slot in which it is there; T + 1 if it never is."""


def moves(
    scenario: Scenario,
    grid: TimeGrid,
    sites: list[Site],
    parts_of: Callable[[NDArray[np.bool_]], Parts],
    job_of_row: Ints,
    options: int,
) -> tuple[tuple[MoveData, ...], Ints, Ints, Ints]:
    """Data sets that options need moved: the moves, those of each option in compressed rows, and when they are
    there.
    """
    ready = np.zeros(options, dtype=np.int64)
    option_moves = np.zeros(options + 1, dtype=np.int64)
    index = {dataset.name: i for i, dataset in enumerate(scenario.datasets)}
    wanted = np.array([-1 if name is None else index[name] for name in scenario.jobs["dataset"]], dtype=np.int64)
    wanted[scenario.jobs["state"] == "running"] = -1  # its data are there
    known: dict[tuple[int, int], int] = {}
    found: list[MoveData] = []
    option_move: list[int] = []
    parts = parts_of((wanted >= 0)[job_of_row])
    for option, dataset, cluster in zip(
        parts.option.tolist(), wanted[parts.job].tolist(), parts.cluster.tolist(), strict=True
    ):
        data = scenario.datasets[dataset]
        name = sites[cluster].cluster.name
        if data.home == name or name in data.clusters:
            continue
        if (dataset, cluster) not in known:
            known[dataset, cluster] = len(found)
            found.append(_move(scenario, grid, sites, dataset, data, cluster))
        number = known[dataset, cluster]
        option_move.append(number)
        option_moves[option + 1] += 1
        ready[option] = max(ready[option], found[number].until)
    if option_move:
        np.cumsum(option_moves, out=option_moves)
    else:  # so that no memory is kept for what says nothing
        ready = np.broadcast_to(np.int64(0), options)
    return tuple(found), np.array(option_move, dtype=np.int64), option_moves, ready


def _move(scenario: Scenario, grid: TimeGrid, sites: list[Site], number: int, data: Dataset, cluster: int) -> MoveData:
    home = next((site.index for site in sites if site.cluster.name == data.home), -1)
    usd = data.tb * float(transfer_prices(sites, STAGE)[cluster, home])
    capacity = sites[cluster].link_in
    if capacity is None:
        return MoveData(number, cluster, usd, 0.0, 0)
    carried = np.concatenate([[0.0], np.cumsum(capacity)])
    enough = np.flatnonzero(carried >= data.tb * (1 - 1e-12))
    if len(enough) == 0:
        return MoveData(number, cluster, usd, 0.0, grid.slots + 1)
    until = max(int(grid.slot_from(scenario.policy.stage_hours)), int(enough[0]))
    share = float(np.ceil(SHARE_UNITS * data.tb / carried[min(until, grid.slots)] - 1e-6))
    return MoveData(number, cluster, usd, share, until)

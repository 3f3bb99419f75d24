"""What options use: accelerators, watts, resources, links, dollars at their start; and the rows that limit it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from placement.compile.fleet import PoolArrays, Site
from placement.compile.groups import Groups
from placement.compile.meters import Meters
from placement.compile.ways import Options
from placement.kernels.work import RUN, SHARE_UNITS, STAGE, START, UNLOAD, Floats, Ints, Work
from placement.money import CASH, QUOTE, TRANSFER
from placement.problem import Flows
from placement.schema import Cluster, Dataset, Scenario
from placement.timegrid import EDGE_TOLERANCE_HOURS, TimeGrid

NO_GROUP = -1
"""Group of what no job does, such as moves of data sets."""


@dataclass(frozen=True)
class MoveData:
    """A data set on a cluster that it has to be moved to."""

    dataset: int
    cluster: int
    usd: float
    share: float
    until: int
    """First slot in which it is there; T + 1 if it never is."""


@dataclass(frozen=True)
class Uses:
    """Uses of options in compressed rows, the moves they need, and their dollars at the start."""

    option_uses: Ints
    meter: Ints
    amount: Floats
    kind: Ints
    link: Ints
    option_move: Ints
    option_moves: Ints
    moves: tuple[MoveData, ...]
    ready: Ints
    """(O,) first slot in which the data sets of an option can be there."""
    terms: tuple[NDArray[Any], ...]
    """Dollars at the start, before discounting: option, category in money.CASH, cluster, $."""
    stage_tb: Floats
    unload_tb: Floats

    def option_usd(self, inside: frozenset[str]) -> Floats:
        """(O,) dollars at the start inside a boundary."""
        option, category, _, usd = self.terms
        counts = np.array([name in inside for name in CASH])[category]
        return np.asarray(np.bincount(option, usd * counts, len(self.option_uses) - 1), dtype=np.float64)


def windows(grid: TimeGrid, stage_hours: float, unload_hours: float) -> tuple[Ints, Ints, Floats]:
    """Staging and unloading windows, as `Work` has them: stage_first, unload_end, unload_beyond, shape (T+1,) each."""
    edges, lengths = grid.edges, grid.slot_hours
    before = np.maximum(stage_hours, np.concatenate([[0.0], lengths]))
    stage_first = np.searchsorted(edges, edges - before - EDGE_TOLERANCE_HOURS, side="left")
    after = np.maximum(unload_hours, np.concatenate([lengths, [0.0]]))
    unload_end = np.searchsorted(edges, edges + after - EDGE_TOLERANCE_HOURS, side="left")
    unload_end = np.minimum(unload_end, grid.slots)
    beyond = np.maximum(edges + after - grid.hours, 0.0)
    return stage_first.astype(np.int64), unload_end.astype(np.int64), beyond


def uses(
    scenario: Scenario,
    grid: TimeGrid,
    sites: list[Site],
    pools: list[PoolArrays],
    ways: Options,
    job_of_row: Ints,
    segment: Ints,
    segments: Ints,
    groups: Groups,
    meters: Meters,
) -> Uses:
    """All uses of all options; meters are numbered as they are met."""
    part_option = np.repeat(np.arange(len(ways.job)), np.diff(ways.parts))
    part_job = job_of_row[ways.job[part_option]]
    part_group = groups.job[part_job]
    cluster_of_pool = np.array([pool.cluster for pool in pools], dtype=np.int64)
    part_cluster = cluster_of_pool[ways.part_pool]
    found: list[tuple[Ints, Ints, Floats, Ints, Ints]] = []

    def add(option: Ints, meter: Ints, amount: Any, kind: int, link: Any = -1) -> None:
        size = len(option)
        parts = (option, meter, np.asarray(amount, dtype=np.float64), np.full(size, kind), np.full(size, link))
        found.append(parts)

    add(part_option, _numbers(meters, "acc", ways.part_pool, part_group), ways.part_accelerators, RUN)
    powered = ways.part_watts > 0
    add(
        part_option[powered],
        _numbers(meters, "watt", part_cluster[powered], ways.part_pool[powered], part_group[powered]),
        ways.part_watts[powered],
        RUN,
    )
    first = _first_on_cluster(part_option, part_cluster)
    _resources(scenario, sites, part_option, part_cluster, part_job, part_group, first, meters, add)
    terms: list[tuple[Ints, Ints, Ints, Floats]] = []
    stage_tb, unload_tb = _volumes(scenario)
    _transfers(
        scenario,
        sites,
        ways,
        part_option,
        part_cluster,
        part_job,
        part_group,
        segment,
        segments,
        first,
        meters,
        add,
        terms,
    )
    quoted = (ways.part_quote > 0) & (segment[ways.job[part_option]] == 0)
    terms.append(
        (part_option[quoted], np.full(quoted.sum(), CASH.index(QUOTE)), part_cluster[quoted], ways.part_quote[quoted])
    )
    if any(limit.of == "usd" for limit in scenario.limits):
        for option, _, cluster, usd in list(terms):
            add(option, _numbers(meters, "cash", cluster), usd, START)
    moves, option_move, option_moves, ready = _moves(
        scenario, grid, sites, ways, part_option, part_cluster, part_job, first
    )
    for move in moves:
        if sites[move.cluster].link_in is not None:
            meters.get("in", move.cluster, NO_GROUP)
    option, meter, amount, kind, link = (np.concatenate(column) for column in zip(*found, strict=True))
    by = np.argsort(option, kind="stable")
    spread = np.searchsorted(option[by], np.arange(len(ways.job) + 1))
    flat_terms = tuple(np.concatenate(column) for column in zip(*terms, strict=True))
    return Uses(
        spread.astype(np.int64), meter[by], amount[by], kind[by], link[by],
        option_move, option_moves, moves, ready, flat_terms, stage_tb, unload_tb,
    )  # fmt: skip


def _numbers(meters: Meters, kind: str, *columns: Ints) -> Ints:
    """Meter numbers of (kind, *columns), row by row."""
    if len(columns[0]) == 0:
        return np.zeros(0, dtype=np.int64)
    keys, inverse = np.unique(np.stack(columns, axis=1), axis=0, return_inverse=True)
    numbers = [meters.get(kind, *(int(value) for value in key)) for key in keys]
    return np.array(numbers, dtype=np.int64)[np.asarray(inverse).reshape(-1)]


def _first_on_cluster(part_option: Ints, part_cluster: Ints) -> NDArray[np.bool_]:
    """The first part of each option on each cluster: what is counted once per cluster counts there."""
    if len(part_option) == 0:
        return np.zeros(0, dtype=bool)
    key = part_option * (int(part_cluster.max()) + 1) + part_cluster
    _, index = np.unique(key, return_index=True)
    result = np.zeros(len(part_option), dtype=bool)
    result[index] = True
    return result


def _resources(
    scenario: Scenario,
    sites: list[Site],
    part_option: Ints,
    part_cluster: Ints,
    part_job: Ints,
    part_group: Ints,
    first: NDArray[np.bool_],
    meters: Meters,
    add: Any,
) -> None:
    """Named resources: once per cluster of an option."""
    using = np.array([bool(cell) for cell in scenario.jobs["uses"]], dtype=bool)
    if not using.any():
        return
    for part in np.flatnonzero(first & using[part_job]):
        for name, amount in scenario.jobs["uses"][part_job[part]].items():
            if amount:
                meter = meters.get("res", int(part_cluster[part]), name, int(part_group[part]))
                add(part_option[part : part + 1], np.array([meter]), [amount], RUN)


def _volumes(scenario: Scenario) -> tuple[Floats, Floats]:
    """TB that a unit of each job stages and unloads where home is elsewhere, shape (jobs,) each."""
    running = scenario.jobs["state"] == "running"
    return np.where(running, 0.0, scenario.jobs["dataset_tb"]), scenario.jobs["result_tb"].copy()


def _transfers(
    scenario: Scenario,
    sites: list[Site],
    ways: Options,
    part_option: Ints,
    part_cluster: Ints,
    part_job: Ints,
    part_group: Ints,
    segment: Ints,
    segments: Ints,
    first: NDArray[np.bool_],
    meters: Meters,
    add: Any,
    terms: list[tuple[Ints, Ints, Ints, Floats]],
) -> None:
    """Staging before the first segment and unloading after the last, once per cluster, where home is elsewhere."""
    clusters = {site.cluster.name: site.index for site in sites}
    home = np.array(
        [clusters.get(name, -1) if name is not None else -1 for name in scenario.jobs["home"]], dtype=np.int64
    )
    away = first & (home[part_job] != part_cluster) if len(part_job) else first
    stage_tb, unload_tb = _volumes(scenario)
    row = ways.job[part_option]
    link_of = _link_numbers(sites)
    for kind, volumes, when in (
        (STAGE, stage_tb, segment[row] == 0),
        (UNLOAD, unload_tb, segment[row] == segments[row] - 1),
    ):
        mine = np.flatnonzero(away & when & (volumes[part_job] > 0))
        if len(mine) == 0:
            continue
        option, cluster, volume = part_option[mine], part_cluster[mine], volumes[part_job[mine]]
        price = np.array(
            [transfer_price(sites, int(c), int(h), kind) for c, h in zip(cluster, home[part_job[mine]], strict=True)]
        )
        terms.append((option, np.full(len(mine), CASH.index(TRANSFER)), cluster, volume * price))
        linked = np.array([sites[c].cluster.link is not None for c in cluster], dtype=bool)
        name = "in" if kind == STAGE else "out"
        numbers = _numbers(meters, name, cluster[linked], part_group[mine][linked])
        add(option[linked], numbers, volume[linked], kind, link_of[cluster[linked], kind - STAGE])


def _link_numbers(sites: list[Site]) -> Ints:
    """Shape (clusters, 2): number of the in- and out-link of each cluster; -1 without."""
    result = np.full((len(sites), 2), -1)
    number = 0
    for site in sites:
        if site.cluster.link is not None:
            result[site.index] = (number, number + 1)
            number += 2
    return result


def transfer_price(sites: list[Site], cluster: int, home: int, kind: int) -> float:
    """$ per TB: in price of the receiving cluster's link plus out price of the sending one's; 0 for an end without
    link.
    """

    def price_in(c: Cluster) -> float:
        return c.link.usd_per_tb_in if c.link else 0.0

    def price_out(c: Cluster) -> float:
        return c.link.usd_per_tb_out if c.link else 0.0

    here = sites[cluster].cluster
    there = sites[home].cluster if home >= 0 else None
    if kind == STAGE:
        return price_in(here) + (price_out(there) if there else 0.0)
    return price_out(here) + (price_in(there) if there else 0.0)


def _moves(
    scenario: Scenario,
    grid: TimeGrid,
    sites: list[Site],
    ways: Options,
    part_option: Ints,
    part_cluster: Ints,
    part_job: Ints,
    first: NDArray[np.bool_],
) -> tuple[tuple[MoveData, ...], Ints, Ints, Ints]:
    """Data sets that options need moved: the moves, those of each option in compressed rows, and when they are
    there.
    """
    ready = np.zeros(len(ways.job), dtype=np.int64)
    index = {dataset.name: i for i, dataset in enumerate(scenario.datasets)}
    wanted = np.array([-1 if name is None else index[name] for name in scenario.jobs["dataset"]], dtype=np.int64)
    wanted[scenario.jobs["state"] == "running"] = -1  # its data are there
    known: dict[tuple[int, int], int] = {}
    moves: list[MoveData] = []
    option_move: list[int] = []
    count = np.zeros(len(ways.job), dtype=np.int64)
    for part in np.flatnonzero(first & (wanted[part_job] >= 0)) if len(part_job) else []:
        dataset, cluster = int(wanted[part_job[part]]), int(part_cluster[part])
        data = scenario.datasets[dataset]
        name = sites[cluster].cluster.name
        if data.home == name or name in data.clusters:
            continue
        if (dataset, cluster) not in known:
            known[dataset, cluster] = len(moves)
            moves.append(_move(scenario, grid, sites, dataset, data, cluster))
        number = known[dataset, cluster]
        option = int(part_option[part])
        option_move.append(number)
        count[option] += 1
        ready[option] = max(ready[option], moves[number].until)
    return (
        tuple(moves),
        np.array(option_move, dtype=np.int64),
        np.concatenate([[0], np.cumsum(count)]).astype(np.int64),
        ready,
    )


def _move(scenario: Scenario, grid: TimeGrid, sites: list[Site], number: int, data: Dataset, cluster: int) -> MoveData:
    home = next((site.index for site in sites if site.cluster.name == data.home), -1)
    usd = data.tb * transfer_price(sites, cluster, home, STAGE)
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


def most_read(work: Work, count: Ints, flows: Flows, meters: int) -> Floats:
    """Shape (M,): more than each meter can ever read in a slot: every job at its largest use, and all flows."""
    result = np.zeros(meters)
    flat = np.flatnonzero(work.use_kind == RUN)
    if len(flat):
        option = np.repeat(np.arange(work.options), np.diff(work.option_uses))[flat]
        started = np.diff(work.option_spans)[option] > 0
        flat, option = flat[started], option[started]
        job = np.searchsorted(work.job_options, option, side="right") - 1
        key = job * meters + work.use_meter[flat]
        by = np.lexsort((work.use_amount[flat], key))
        last = np.flatnonzero(np.diff(np.append(key[by], -1)))
        best = by[last]
        np.add.at(result, work.use_meter[flat][best], work.use_amount[flat][best] * count[job[best]])
    way = np.repeat(np.arange(len(flows.way_flow)), np.diff(flows.way_uses))
    np.add.at(result, flows.use_meter, flows.use_amount * flows.way_most.max(axis=1, initial=0.0)[way])
    return result

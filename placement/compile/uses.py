"""What options use: accelerators, watts, resources, links, dollars at their start; and the rows that limit it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from placement.compile.fleet import PoolArrays, Site
from placement.compile.groups import Groups
from placement.compile.meters import Meters, Term, numbered, numbers
from placement.compile.moves import MoveData, moves
from placement.compile.options import Options, Parts, blocks, once_per_cluster
from placement.compile.terms import term_uses
from placement.compile.transfers import transfers, volumes_tb
from placement.kernels.work import NARROW, RUN, STAGE, START, UNLOAD, Floats, Ints, Work
from placement.money import CASH, QUOTE, cash_of, counts
from placement.problem import Flows
from placement.schema import Scenario
from placement.timegrid import EDGE_TOLERANCE_HOURS, TimeGrid

NO_GROUP = -1
"""Group of what no job does, such as moves of data sets."""

CELLS = 2_000_000
"""Jobs times meters that are looked at at once."""


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
    """Dollars at the start, before discounting: option, category in `money.cash_of`, cluster, $."""
    stage_tb: Floats
    unload_tb: Floats
    prices: tuple[Term, ...]
    """Dollars of the meters of terms."""

    def option_usd(self, scenario: Scenario) -> Floats:
        """(O,) dollars at the start inside the boundary that is decided on."""
        option, category, _, usd = self.terms
        if len(option) == 0:
            return np.zeros(len(self.option_uses) - 1)
        inside = np.array([counts(name, scenario.policy.minimise) for name in cash_of(scenario)])[category]
        return np.asarray(np.bincount(option, usd * inside, len(self.option_uses) - 1), dtype=np.float64)


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
    group = groups.job[job_of_row]
    cluster_of_pool = np.array([pool.cluster for pool in pools], dtype=np.int64)
    of_pools = _pool_meters(ways, group, groups.count, cluster_of_pool, meters)
    found: list[tuple[Ints, Ints, Floats, Ints, Ints]] = []

    def add(option: Ints, meter: Ints, amount: Any, kind: int, link: Any = -1) -> None:
        size = len(option)
        parts = (option, meter, np.asarray(amount, dtype=np.float64), np.full(size, kind), np.full(size, link))
        found.append(parts)

    def parts_of(rows: NDArray[np.bool_]) -> Parts:
        return once_per_cluster(ways, rows, job_of_row, group, cluster_of_pool)

    _resources(scenario, parts_of, job_of_row, meters, add)
    terms: list[tuple[Ints, Ints, Ints, Floats]] = []
    stage_tb, unload_tb = volumes_tb(scenario)
    staging = parts_of((segment == 0) & (stage_tb > 0)[job_of_row])
    unloading = parts_of((segment == segments - 1) & (unload_tb > 0)[job_of_row])
    transfers(scenario, sites, staging, stage_tb, STAGE, meters, add, terms)
    transfers(scenario, sites, unloading, unload_tb, UNLOAD, meters, add, terms)
    terms.append(_quotes(ways, segment, cluster_of_pool))
    own = term_uses(scenario, grid, sites, pools, ways, (job_of_row, segment, segments), meters)
    terms += own.at_start
    for each in own.uses:
        add(*each)
    if any(limit.of == "usd" for limit in scenario.limits):
        for option, _, cluster, usd in list(terms):
            add(option, numbers(meters, "cash", cluster), usd, START)
    found_moves, option_move, option_moves, ready = moves(scenario, grid, sites, parts_of, job_of_row, len(ways))
    for move in found_moves:
        if sites[move.cluster].link_in is not None:
            meters.get("in", move.cluster, NO_GROUP)
    flat_terms = tuple(np.concatenate(column) for column in zip(*terms, strict=True))
    return Uses(
        *_filled(ways, group, of_pools, found),
        option_move, option_moves, found_moves, ready, flat_terms, stage_tb, unload_tb, own.prices,
    )  # fmt: skip


def _pool_meters(ways: Options, group: Ints, groups: int, cluster_of_pool: Ints, meters: Meters) -> tuple[Ints, Ints]:
    """Meters of accelerators and watts that options use, by pool and group of jobs; -1 where none does."""
    held, powered = (np.zeros((len(cluster_of_pool), groups), dtype=bool) for _ in range(2))
    for first, end in blocks(ways.begin):
        part, pool, of_group = _parts_of(ways, group, first, end)
        held[pool, of_group] = True
        some = ways.part_watts[part] > 0
        powered[pool[some], of_group[some]] = True
    return (
        numbered(meters, held, lambda pool, g: ("acc", pool, g)),
        numbered(meters, powered, lambda pool, g: ("watt", int(cluster_of_pool[pool]), pool, g)),
    )


def _parts_of(ways: Options, group: Ints, first: int, end: int) -> tuple[slice, NDArray[np.int32], Ints]:
    """Parts of the options of job rows first..end-1, their pools and groups."""
    begin = ways.parts[ways.begin[first : end + 1]]
    part = slice(int(begin[0]), int(begin[-1]))
    return part, ways.part_pool[part], np.repeat(group[first:end], np.diff(begin))


def _filled(
    ways: Options, group: Ints, of_pools: tuple[Ints, Ints], found: list[tuple[Ints, Ints, Floats, Ints, Ints]]
) -> tuple[Ints, Ints, Floats, Ints, Ints]:
    """Uses in compressed rows: of each option accelerators and watts of its parts, then what else was found.

    The others are few or none: arrays that would say no more than that are not filled.
    """
    others = [np.concatenate(column) for column in zip(*found, strict=True)] if found else None
    option_uses = np.zeros(len(ways) + 1, dtype=np.int64)
    if others is not None:
        option_uses[1:] = np.bincount(others[0], minlength=len(ways))
    for first, end in blocks(ways.begin):
        options = slice(ways.begin[first], ways.begin[end])
        begin = ways.parts[options.start : options.stop + 1]
        watts = ways.part_watts[begin[0] : begin[-1]]
        option_uses[1:][options] += np.diff(begin) + np.add.reduceat(watts > 0, begin[:-1] - begin[0], dtype=np.int64)
    np.cumsum(option_uses, out=option_uses)
    total = int(option_uses[-1])
    meter, amount = np.empty(total, dtype=NARROW["use_meter"]), np.empty(total)
    kind: Ints = np.zeros(total, dtype=NARROW["use_kind"])  # RUN
    link: Ints = np.broadcast_to(NARROW["use_link"](-1), total)
    for first, end in blocks(ways.begin):
        part, pool, of_group = _parts_of(ways, group, first, end)
        options = slice(ways.begin[first], ways.begin[end])
        width = np.diff(ways.parts[options.start : options.stop + 1])
        head = ways.parts[options] - part.start
        powered = ways.part_watts[part] > 0
        before: Ints = np.cumsum(powered) - powered
        at = np.repeat(option_uses[options] - head, width) + np.arange(len(pool))
        meter[at], amount[at] = of_pools[0][pool, of_group], ways.part_accelerators[part]
        at = (np.repeat(option_uses[options] + width - before[head], width) + before)[powered]
        meter[at] = of_pools[1][pool[powered], of_group[powered]]
        amount[at] = ways.part_watts[part][powered]
    if others is not None:
        link = link.copy()
        by = np.argsort(others[0], kind="stable")
        option = others[0][by]
        # of n uses of an option the last ones are these
        at = option_uses[option + 1] - np.searchsorted(option, option, side="right") + np.arange(len(option))
        for target, values in zip((meter, amount, kind, link), others[1:], strict=True):
            target[at] = values[by]
    return option_uses, meter, amount, kind, link


def _resources(
    scenario: Scenario, parts_of: Callable[[NDArray[np.bool_]], Parts], job_of_row: Ints, meters: Meters, add: Any
) -> None:
    """Named resources: once per cluster of an option."""
    cells = scenario.jobs["uses"]
    using = np.array([bool(cell) for cell in cells], dtype=bool)
    if not using.any():
        return
    parts = parts_of(using[job_of_row])
    option, meter, amounts = [], [], []
    columns = (parts.option.tolist(), parts.job.tolist(), parts.cluster.tolist(), parts.group.tolist())
    for part_option, job, cluster, group in zip(*columns, strict=True):
        for name, amount in cells[job].items():
            if amount:
                option.append(part_option)
                meter.append(meters.get("res", cluster, name, group))
                amounts.append(amount)
    add(np.array(option, dtype=np.int64), np.array(meter, dtype=np.int64), amounts, RUN)


def _quotes(ways: Options, segment: Ints, cluster_of_pool: Ints) -> tuple[Ints, Ints, Ints, Floats]:
    """Quoted prices of parts, paid with the first segment: terms."""
    part = np.flatnonzero(ways.part_quote > 0)
    option = np.searchsorted(ways.parts, part, side="right") - 1
    first = segment[np.searchsorted(ways.begin, option, side="right") - 1] == 0
    part, option = part[first], option[first]
    category = np.full(len(part), CASH.index(QUOTE))
    return option, category, cluster_of_pool[ways.part_pool[part]], ways.part_quote[part]


def most_read(work: Work, count: Ints, flows: Flows, meters: int) -> Floats:
    """Shape (M,): more than each meter can ever read in a slot: every job at its largest use, and all flows."""
    result = np.zeros(meters)
    step = max(CELLS // max(meters, 1), 1)
    for first in range(0, work.jobs, step):
        end = min(first + step, work.jobs)
        result += count[first:end] @ _largest(work, first, end, meters)
    way = np.repeat(np.arange(len(flows.way_flow)), np.diff(flows.way_uses))
    np.add.at(result, flows.use_meter, flows.use_amount * flows.way_most.max(axis=1, initial=0.0)[way])
    return result


def _largest(work: Work, first: int, end: int, meters: int) -> Floats:
    """Shape (end - first, M): most that a run of each of some jobs uses of each meter."""
    options = slice(work.job_options[first], work.job_options[end])
    begin = work.option_uses[options.start : options.stop + 1]
    uses = slice(begin[0], begin[-1])
    started = np.diff(work.option_spans[options.start : options.stop + 1]) > 0
    job = np.repeat(np.arange(end - first), np.diff(work.job_options[first : end + 1]))
    good = np.repeat(started, np.diff(begin)) & (work.use_kind[uses] == RUN)
    key = (np.repeat(job, np.diff(begin)) * meters + work.use_meter[uses])[good]
    result = np.zeros((end - first, meters))
    np.maximum.at(result.reshape(-1), key, work.use_amount[uses][good])
    return result

"""Terms as costs of options: what they pay at their start, and uses of meters that have prices of their own.

A piece of a term is separable: usd[row] · when[slot]. With $ u > 0 of an option and d the discount,

    per run, the same at all starts   $ of the option at its start                     option_usd
    per run, by start                 START use of u, meter price ± when[s] d[s]
    per accelerator-hour              RUN use of n u, meter price ± when[t] h[t] d[t]

A meter has one sign, piece and cluster; what is below 0 is used as its amount, at prices of the other sign, so that
amounts are never negative. Nothing limits these meters but limits of dollars, which count them as other cash. No array
of options and starts is made.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from placement.compile.fleet import PoolArrays, Site
from placement.compile.meters import Meters, Term
from placement.compile.options import Options
from placement.compile.term_rows import Piece, pieces_of_rows
from placement.errors import PlacementError
from placement.kernels.placements import ranges
from placement.kernels.work import RUN, START, Floats, Ints
from placement.money import cash_of, term_category
from placement.plan import BEGUN
from placement.schema import Scenario
from placement.schema import Term as Wanted
from placement.terms import OptionTable, Slots, evaluated
from placement.timegrid import TimeGrid

MOST_CELLS = 20_000_000
"""Prices of meters, slot by slot, that terms may need in all."""


@dataclass(frozen=True)
class _Parts:
    """Parts of the ways of whole jobs, one after the other; shape (n,)."""

    option: Ints
    """Option of the job's first segment."""
    number: Ints
    """From 0 among the parts of its way."""
    row: Ints
    """Job row."""
    cluster: Ints
    pool: Ints
    accelerators: Ints


@dataclass(frozen=True)
class TermUses:
    """What terms add: dollars of options at their start, uses, and prices of the meters that are used."""

    at_start: list[tuple[Ints, Ints, Ints, Floats]]
    """Option, category in `money.cash_of`, cluster, $."""
    uses: list[tuple[Ints, Ints, Floats, int]]
    """Option, meter, amount, kind."""
    prices: tuple[Term, ...]


def term_uses(
    scenario: Scenario,
    grid: TimeGrid,
    sites: list[Site],
    pools: list[PoolArrays],
    ways: Options,
    rows: tuple[Ints, Ints, Ints],
    meters: Meters,
) -> TermUses:
    """What the scenario's terms add to options.

    Parameters
    ----------
    scenario, grid, sites, pools, ways
        Ways of job rows, one row for each segment.
    rows : arrays, shape (J,) each
        Job of the scenario, segment and number of segments of each job row.
    meters : Meters
        Those of terms are added.
    """
    result = TermUses([], [], ())
    if not scenario.terms:
        return result
    parts = _parts(ways, rows[1], pools)
    table = option_table(scenario, sites, pools, ways, rows, parts)
    slots = Slots(grid.moments(grid.edges[:-1]), grid.slot_hours)
    begun = _begun(scenario, table)
    prices: list[Term] = []
    discount = grid.discount(scenario.money.rate)
    for wanted in scenario.terms:
        category = cash_of(scenario).index(term_category(wanted.name))
        for number, piece in enumerate(_pieces(wanted, table, slots, grid, parts)):
            some = piece.rows[~begun[piece.rows]] if piece.per == "run" else piece.rows
            usd = piece.usd[~begun[piece.rows]] if piece.per == "run" else piece.usd
            if piece.per == "run" and piece.when is None:
                full = np.full(len(some), category)
                result.at_start.append((parts.option[some], full, parts.cluster[some], usd))
                continue
            when = np.ones(grid.slots) if piece.when is None else piece.when
            if piece.per == "run":
                per_unit, kind = when * discount, START
            else:
                per_unit, kind = when * grid.slot_hours * discount, RUN
                usd = usd * parts.accelerators[some]
            for sign, cluster, mine in _split(usd, parts.cluster[some]):
                meter = meters.get("term", wanted.name, number, sign, cluster)
                prices.append(Term(term_category(wanted.name), cluster, meter, sign * per_unit))
                option, amount = _merged(parts.option[some[mine]], np.abs(usd[mine]))
                if kind == RUN:
                    option, amount = _in_all_segments(ways, rows, option, amount)
                result.uses.append((option, np.full(len(option), meter), amount, kind))
            _check_size(wanted, prices, grid)
    return TermUses(result.at_start, result.uses, tuple(prices))


def _pieces(wanted: Wanted, table: OptionTable, slots: Slots, grid: TimeGrid, parts: _Parts) -> Iterator[Piece]:
    """What a term says, of the rows of which it says something."""
    if wanted.rows is not None:
        yield from pieces_of_rows(wanted.rows, table, grid, parts.option)
        return
    for each in evaluated(wanted, table, slots):
        some = np.flatnonzero(each.usd)
        if len(some) and (each.when is None or each.when.any()):
            yield Piece(some, each.usd[some], each.per, each.when)


def _split(usd: Floats, cluster: Ints) -> Iterator[tuple[float, int, Ints]]:
    """Sign, cluster and places of numbers alike in both."""
    for sign in (1.0, -1.0):
        for index in np.unique(cluster[usd * sign > 0]).tolist():
            yield sign, index, np.flatnonzero((usd * sign > 0) & (cluster == index))


def _merged(option: Ints, amount: Floats) -> tuple[Ints, Floats]:
    """Each option once, its amounts added up."""
    each, which = np.unique(option, return_inverse=True)
    return each, np.bincount(which, amount, len(each)).astype(np.float64)


def _in_all_segments(ways: Options, rows: tuple[Ints, Ints, Ints], option: Ints, amount: Floats) -> tuple[Ints, Floats]:
    """The same for the options of later segments, which stand behind those of the first, in the same order."""
    row = np.searchsorted(ways.begin, option, side="right") - 1
    many, size = rows[2][row], np.diff(ways.begin)[row]
    later = ranges(np.zeros(len(option)), many) * np.repeat(size, many)
    return np.repeat(option, many) + later, np.repeat(amount, many)


def _check_size(wanted: Wanted, prices: list[Term], grid: TimeGrid) -> None:
    if len(prices) * grid.slots > MOST_CELLS:
        raise PlacementError(
            f"the terms up to '{wanted.name}' need prices of {len(prices):,} kinds in {grid.slots:,} slots, more than "
            f"{MOST_CELLS:,} numbers. Give fewer different `from` and `until`, or fewer factors over time."
        )


def _parts(ways: Options, segment: Ints, pools: list[PoolArrays]) -> _Parts:
    """Parts of the ways of first segments, which stand for the job."""
    first = np.flatnonzero(segment == 0)
    count = np.diff(ways.begin)[first]
    option, row = ranges(ways.begin[first], count), np.repeat(first, count)
    width = np.diff(ways.parts)[option]
    part = ranges(ways.parts[:-1][option], width)
    pool = ways.part_pool[part].astype(np.int64)
    cluster = np.array([each.cluster for each in pools], dtype=np.int64)[pool]
    number = ranges(np.zeros(len(option)), width)
    size = ways.part_accelerators[part].astype(np.int64)
    return _Parts(np.repeat(option, width), number, np.repeat(row, width), cluster, pool, size)


def option_table(
    scenario: Scenario,
    sites: list[Site],
    pools: list[PoolArrays],
    ways: Options,
    rows: tuple[Ints, Ints, Ints],
    parts: _Parts,
) -> OptionTable:
    """The table of options that terms are given."""
    jobs = scenario.jobs
    job = rows[0][parts.row]
    clusters = [site.cluster for site in sites]
    countries = [None if each.orbital or each.place is None else each.place.country for each in clusters]

    def of(names: list[Any], index: Ints) -> NDArray[Any]:
        values = np.empty(len(names), dtype=object)
        values[:] = names
        return values[index]

    def column(name: str) -> Callable[[], NDArray[Any]]:
        return lambda: jobs[name][job]

    width = np.diff(ways.parts)
    return OptionTable(
        len(parts.option),
        {
            **{name: column(name) for name in ("job", "class", "team", "priority", "tags")},
            "option": lambda: _names(scenario, sites, pools, ways, parts),
            "part": lambda: parts.number + 1,
            "parts": lambda: width[parts.option],
            "cluster": lambda: of([each.name for each in clusters], parts.cluster),
            "country": lambda: of(countries, parts.cluster),
            "orbital": lambda: np.array([each.orbital for each in clusters], dtype=bool)[parts.cluster],
            "pool": lambda: of([str(each.pool.name) for each in pools], parts.pool),
            "accelerator": lambda: of([each.pool.accelerator for each in pools], parts.pool),
            "accelerators": lambda: parts.accelerators.copy(),
            "hours": lambda: np.round(_hours(scenario, ways, rows, parts), 6),
            "kw": lambda: ways.part_watts[ways.parts[:-1][parts.option] + parts.number] / 1000,
        },
    )


def _hours(scenario: Scenario, ways: Options, rows: tuple[Ints, Ints, Ints], parts: _Parts) -> Floats:
    """(n,) hours at full speed of all segments of the ways that parts are of, resuming left out."""
    many, size = rows[2][parts.row], np.diff(ways.begin)[parts.row]
    which = np.repeat(np.arange(len(many)), many)
    segment = ranges(np.zeros(len(many)), many)
    work = np.bincount(which, ways.work[parts.option[which] + segment * size[which]], len(many))
    return np.asarray(work - scenario.jobs["resume_hours"][rows[0][parts.row]] * (many - 1), dtype=np.float64)


def _names(
    scenario: Scenario, sites: list[Site], pools: list[PoolArrays], ways: Options, parts: _Parts
) -> NDArray[Any]:
    """Names of the ways that parts are of: of the option table, else by pool and size."""
    row = ways.row[parts.option]
    result = np.empty(len(row), dtype=object)
    quoted = row >= 0
    if quoted.any():
        result[quoted] = scenario.options["option"][row[quoted]]
    pool, size = parts.pool[~quoted], parts.accelerators[~quoted]
    labels = [f"{sites[each.cluster].cluster.name}/{each.pool.name}" for each in pools]
    most = int(size.max(initial=0)) + 1
    kinds, kind = np.unique(pool * most + size, return_inverse=True)
    names = np.array([f"{labels[key // most]} x{key % most}" for key in kinds.tolist()], dtype=object)
    result[~quoted] = names[kind] if len(kinds) else []
    return result


def _begun(scenario: Scenario, table: OptionTable) -> NDArray[np.bool_]:
    """(n,) parts of what only goes on where it was, by a replanning: its history has paid for beginning."""
    if set(scenario.options["option"]) & set(BEGUN):
        return np.isin(table["option"].astype(str), BEGUN)
    return np.zeros(table.rows, dtype=bool)

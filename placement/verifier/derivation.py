"""From sound rows of runs to a schedule: parts with their power, work, ends (docs/model.md §3, §5)."""

import numpy as np

from placement.verifier.clock import Ends, no_ends
from placement.verifier.schedule import Groups, Parts, Runs, Schedule
from placement.verifier.spans import Ints, Reals
from placement.verifier.tables import Rows
from placement.verifier.ways import Quoted, Ways


def derive(ways: Ways, rows: Rows, group: Ints, pool: Ints) -> Schedule:
    """The schedule that rows tell of.

    Parameters
    ----------
    ways : Ways
        Ways to run the jobs.
    rows : Rows
        Run rows in the order of job, group, segment and part, each group exactly the parts of one way.
    group, pool : array, shape (rows,)
        Number of each row's group, without gaps, and of its pool.
    """
    index = {name: row for row, name in enumerate(ways.jobs["job"])}
    head = np.flatnonzero((rows["segment"] == 1) & (rows["part"] == 1))
    job = np.array([index[name] for name in rows["job"][head]], dtype=np.int64)
    keys = zip(rows["job"][head], rows["option"][head], strict=True)
    quotes = [_quote(ways, *key) if ways.quoted else None for key in keys]
    here = rows["segment"] == 1
    parts = _parts(ways, job, quotes, group[here], pool[here], rows["accelerators"][here])
    groups = Groups(
        job,
        rows["group"][head],
        rows["count"][head],
        rows["option"][head],
        np.array([quote is not None for quote in quotes], dtype=bool),
        _pools(parts),
        _work(ways, job, quotes, parts),
    )
    new = rows["part"] == 1
    start = rows["start_grain"][new] // ways.fleet.grid.grains
    runs = _runs(ways, groups, group[new], rows["segment"][new], start, rows["work_share"][new])
    return Schedule(ways, groups, parts, runs, rows, (np.cumsum(new) - 1).astype(np.int64))


def _quote(ways: Ways, job: str, option: str) -> Quoted | None:
    """The way of the option table, or None for a derived one."""
    return ways.quoted.get(job, {}).get(option)


def _pools(parts: Parts) -> list[tuple[int, ...]]:
    """Pools of each group's parts."""
    pools: list[tuple[int, ...]] = []
    for group, pool in zip(parts.group.tolist(), parts.pool.tolist(), strict=True):
        if group == len(pools):
            pools.append(())
        pools[group] += (pool,)
    return pools


def _parts(ways: Ways, job: Ints, quotes: list[Quoted | None], group: Ints, pool: Ints, size: Ints) -> Parts:
    """Parts with their power; kw from the throughput row that gives the speed or from the option, else the pool's."""
    own, classes = job[group], ways.jobs["class"]
    quoted = np.array([quote is not None for quote in quotes], dtype=bool)[group]
    kw = ways.fleet.kw[pool]
    for index in np.flatnonzero(~quoted) if ways.rated else ():
        given = ways.rate(classes[own[index]], int(pool[index]), int(size[index])).kw
        if given is not None:
            kw[index] = given
    own_kw = np.array([each for quote in quotes for each in (quote.kw if quote is not None else (np.nan,))])
    kw = np.where(np.isnan(own_kw), kw, own_kw)
    watts = ways.watts(size, kw, ways.jobs["utilization"][own])
    usd = [price for quote in quotes for price in (quote.usd if quote is not None else (0.0,))]
    useful = np.where(quoted, np.nan, ways.useful(own, pool, size))
    return Parts(group, pool, size, watts, np.array(usd, dtype=np.float64), useful)


def _work(ways: Ways, job: Ints, quotes: list[Quoted | None], parts: Parts) -> Reals:
    """Hours at speed 1: the option row's, or hours · g / (n r q)."""
    work = np.array([0.0 if quote is None else quote.hours for quote in quotes], dtype=np.float64)
    work = work * ways.share_left[job]
    derived = np.isfinite(parts.useful)
    group, pool, size = parts.group[derived], parts.pool[derived], parts.accelerators[derived]
    own = job[group]
    speed = ways.peak_ratio[pool]
    if ways.rated:
        triples = zip(ways.jobs["class"][own], pool.tolist(), size.tolist(), strict=True)
        speed = np.array([ways.rate(*triple).speed for triple in triples], dtype=np.float64)
    with np.errstate(divide="ignore"):
        needed = ways.hours[own] * ways.jobs["accelerators"][own] / (size * speed * parts.useful[derived])
    work[group] = needed
    return work


def _runs(ways: Ways, groups: Groups, group: Ints, segment: Ints, start: Ints, share: Reals) -> Runs:
    """Each segment does its share of the work, and `resume_hours` more if it is not the first."""
    job = groups.job[group]
    work = groups.work[group] * share
    work = work + np.where(segment > 1, ways.jobs["resume_hours"][job], 0.0)
    return Runs(group, segment, start, share, work, _ends(ways, groups, group, start, work))


def _ends(ways: Ways, groups: Groups, group: Ints, start: Ints, work: Reals) -> Ends:
    """Ends of runs, by the clock of their pools."""
    clocks: dict[tuple[int, ...], list[int]] = {}
    for run, number in enumerate(group.tolist()):
        clocks.setdefault(groups.pools[number], []).append(run)
    ends = no_ends(len(group))
    for pools, runs in clocks.items():
        ends.put(runs, ways.fleet.clock(pools).ends(start[runs], work[runs]))
    return ends

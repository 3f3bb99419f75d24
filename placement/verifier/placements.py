"""Reading the runs of a plan: rows of the placement table to groups, parts, runs (docs/model.md §3, §5)."""

from dataclasses import dataclass

import numpy as np

from placement.verifier.derivation import derive
from placement.verifier.findings import Findings
from placement.verifier.fleet import Fleet
from placement.verifier.schedule import Schedule, unit_name
from placement.verifier.spans import Bools, Ints
from placement.verifier.tables import Rows, twice
from placement.verifier.ways import Ways

KINDS = ("stage", "run", "pause", "unload")
SHARE_TOLERANCE = 1e-9
"""Of shares of a job's work."""


def named(rows: Rows, fleet: Fleet, findings: Findings) -> Rows:
    """Rows of the placement table whose job, kind, cluster and pool exist."""
    known = set(fleet.scenario.jobs["job"])
    good = np.ones(len(rows), dtype=bool)
    cells = list(zip(*(rows[name].tolist() for name in ("job", "kind", "cluster", "pool")), strict=True))
    places = {
        (kind, *place)
        for kind in KINDS
        for place in (*fleet.pool_index, *((cluster, "") for cluster in fleet.cluster_index if kind != "run"))
    }
    for index in [k for k, cell in enumerate(cells) if cell[0] not in known or cell[1:] not in places]:
        job, kind, cluster, pool = cells[index]
        if job not in known:
            wrong = f"there is no job '{job}'."
        elif kind not in KINDS:
            wrong = f"kind is '{kind}', none of {', '.join(KINDS)}."
        elif cluster not in fleet.cluster_index:
            wrong = f"there is no cluster '{cluster}'."
        else:
            wrong = f"there is no pool '{pool}' in {cluster}."
        findings.add("table", f"placements, {unit_name(job, int(rows['group'][index]))}", wrong)
        good[index] = False
    for index in twice(rows, ("job", "group", "kind", "segment", "part", "cluster")):
        where = f"placements, {unit_name(rows['job'][index], int(rows['group'][index]))}"
        findings.add("table", where, f"the {rows['kind'][index]} on {rows['cluster'][index]} stands twice.")
        good[index] = False
    return rows.keep(good)


@dataclass(frozen=True)
class _Raw:
    """Run rows in the order of job, group, segment and part, with names as numbers."""

    rows: Rows
    job: Ints
    pool: Ints
    first: Ints
    """Where each group begins, and the end."""


def _sorted(rows: Rows, ways: Ways) -> _Raw:
    index = {name: row for row, name in enumerate(ways.jobs["job"])}
    job = np.array([index[name] for name in rows["job"]], dtype=np.int64)
    order = np.lexsort((rows["part"], rows["segment"], rows["group"], job))
    rows, job = rows.keep(order), job[order]
    pools = ways.fleet.pool_index
    pool = np.array([pools[key] for key in zip(rows["cluster"], rows["pool"], strict=True)], dtype=np.int64)
    new = np.ones(len(job), dtype=bool)
    new[1:] = (job[1:] != job[:-1]) | (rows["group"][1:] != rows["group"][:-1])
    return _Raw(rows, job, pool, np.append(np.flatnonzero(new), len(job)))


def read(rows: Rows, ways: Ways, findings: Findings) -> tuple[Schedule, Ints]:
    """The sound runs among run rows, and units placed per job, sound or not.

    A group is sound if its rows are those of one way to run the job, in all segments, each on one slot.
    """
    raw = _sorted(rows.keep(rows["kind"] == "run"), ways)
    rows = raw.rows
    group = np.repeat(np.arange(len(raw.first) - 1), np.diff(raw.first))
    placed = np.zeros(len(ways.jobs), dtype=np.int64)
    np.add.at(placed, raw.job[raw.first[:-1]], rows["count"][raw.first[:-1]])
    sound = np.ones(len(raw.first) - 1, dtype=bool)
    for check in (_numbering, _alike, _on_slots, _way, _shares):
        sound &= check(raw, group, ways, findings)
    kept = np.flatnonzero(sound[group])
    number = (np.cumsum(sound) - 1).astype(np.int64)
    return derive(ways, rows.keep(kept), number[group[kept]], raw.pool[kept]), placed


def _numbering(raw: _Raw, group: Ints, ways: Ways, findings: Findings) -> Bools:
    """Groups of a job are numbered from 0 on."""
    head = raw.first[:-1]
    job, number = raw.job[head], raw.rows["group"][head]
    first_of_job = np.searchsorted(job, job, side="left")
    for index in np.flatnonzero(number != np.arange(len(head)) - first_of_job):
        where = unit_name(ways.jobs["job"][job[index]], int(number[index]))
        findings.add("table", where, "groups of a job are numbered 0, 1, ... without gaps.")
    return np.ones(len(head), dtype=bool)


def _alike(raw: _Raw, group: Ints, ways: Ways, findings: Findings) -> Bools:
    """Rows of a group tell of the same units in the same way."""
    head = raw.first[:-1]
    sound = np.ones(len(head), dtype=bool)
    for column, rule in (("count", "table"), ("option", "option")):
        values = raw.rows[column]
        for row in np.flatnonzero(values != values[head][group]):
            text = f"{column} is {values[row]} here and {values[head][group][row]} in its first row."
            findings.add(rule, _where(raw, int(row)), text)
            sound[group[row]] = False
    most = ways.jobs["count"][raw.job]
    for row in np.flatnonzero((raw.rows["count"] < 1) | (raw.rows["count"] > most)):
        text = f"count is {raw.rows['count'][row]:,}; the job has {most[row]:,} units."
        findings.add("assignment", _where(raw, int(row)), text)
        sound[group[row]] = False
    return sound


def _where(raw: _Raw, row: int) -> str:
    return unit_name(raw.rows["job"][row], int(raw.rows["group"][row]))


def _on_slots(raw: _Raw, group: Ints, ways: Ways, findings: Findings) -> Bools:
    """Runs start on a slot of the horizon, all parts of a segment on the same one."""
    grid, start = ways.fleet.grid, raw.rows["start_grain"]
    sound = np.ones(len(raw.first) - 1, dtype=bool)
    for row in np.flatnonzero((start % grid.grains != 0) | (start >= grid.slots * grid.grains)):
        text = f"starts at grain {start[row]}; {grid.slots} slots begin at multiples of {grid.grains}."
        findings.add("start", _where(raw, int(row)), text)
        sound[group[row]] = False
    same = (group[1:] == group[:-1]) & (raw.rows["segment"][1:] == raw.rows["segment"][:-1])
    for row in np.flatnonzero(same & (start[1:] != start[:-1])):
        text = f"parts of one run start at grains {start[row]} and {start[row + 1]}."
        findings.add("start", _where(raw, int(row)), text)
        sound[group[row]] = False
    return sound


def _way(raw: _Raw, group: Ints, ways: Ways, findings: Findings) -> Bools:
    """The rows of each group are exactly the parts of one way, in each of the job's segments."""
    sound = _plain(raw, ways)
    columns = [raw.rows["segment"], raw.rows["part"], raw.pool, raw.rows["accelerators"]]
    cells = list(zip(*(column.tolist() for column in columns), strict=True))
    segments, pauses = ways.jobs["segments"].tolist(), ways.jobs["pauses"].tolist()
    first = raw.first.tolist()
    for index in np.flatnonzero(~sound).tolist():
        begin, end = first[index], first[index + 1]
        parts = _parts(raw, begin, ways)
        if parts is None:
            findings.add("option", _where(raw, begin), _no_such_way(raw, begin, ways))
            continue
        count, here = segments[raw.job[begin]], cells[begin:end]
        if count == 1:
            count = min(len({cell[0] for cell in here}), pauses[raw.job[begin]] + 1)
        if here == [(s + 1, p + 1, *part) for s in range(count) for p, part in enumerate(parts)]:
            sound[index] = True
        elif {cell[0] for cell in here} != set(range(1, count + 1)):
            text = f"has segments {sorted({cell[0] for cell in here})}, not all of 1 to {count}."
            findings.add("segments", _where(raw, begin), text)
        else:
            option, shown = raw.rows["option"][begin], _shown(parts, ways)
            text = f"the parts of option '{option}' are {shown}; its rows differ."
            findings.add("option", _where(raw, begin), text)
    return sound


def _shares(raw: _Raw, group: Ints, ways: Ways, findings: Findings) -> Bools:
    """Segments do the work of their group: shares that the job states or equal ones, where it may be paused any."""
    jobs, told, job = ways.jobs, raw.rows["work_share"], raw.job
    sound = np.ones(len(raw.first) - 1, dtype=bool)
    free = (jobs["segments"] == 1) & (jobs["pauses"] > 0)
    wanted = 1.0 / jobs["segments"][job]
    for row in np.flatnonzero(np.array([bool(cell) for cell in jobs["segment_shares"]], dtype=bool)[job]):
        shares, segment = jobs["segment_shares"][job[row]], int(raw.rows["segment"][row])
        wanted[row] = shares[segment - 1] if segment <= len(shares) else np.nan
    off = ~(np.abs(told - wanted) <= SHARE_TOLERANCE) & ~free[job]
    for row in np.flatnonzero(off):
        text = f"does a share of {told[row]:g} of the work in segment {raw.rows['segment'][row]}, not {wanted[row]:g}."
        findings.add("segments", _where(raw, int(row)), text)
        sound[group[row]] = False
    heads = raw.rows["part"] == 1
    total = np.bincount(group[heads], told[heads], len(sound))
    least = np.full(len(sound), np.inf)
    np.minimum.at(least, group, told)
    same = (group[1:] == group[:-1]) & (raw.rows["segment"][1:] == raw.rows["segment"][:-1])
    split = np.zeros(len(sound), dtype=bool)
    split[group[1:][same & (told[1:] != told[:-1])]] = True
    for index in np.flatnonzero(
        free[job[raw.first[:-1]]] & ((abs(total - 1) > SHARE_TOLERANCE) | (least <= 0) | split)
    ):
        text = f"its segments do {total[index]:g} of its work, the least of them {least[index]:g}, not all of it."
        findings.add("segments", _where(raw, int(raw.first[index])), text)
        sound[index] = False
    return sound


def _plain(raw: _Raw, ways: Ways) -> Bools:
    """Groups of one row that is the one part of a derived way, at the job's own size, of a job of one segment."""
    head, rows, jobs = raw.first[:-1], raw.rows, ways.jobs
    job, pool, size = raw.job[head], raw.pool[head], rows["accelerators"][head]
    plain = (np.diff(raw.first) == 1) & (jobs["segments"][job] == 1) & (jobs["accelerators"][job] == size)
    plain &= (rows["segment"][head] == 1) & (rows["part"][head] == 1)
    for group in np.flatnonzero(plain).tolist() if ways.quoted else ():
        plain[group] = rows["job"][head[group]] not in ways.quoted
    labels = [ways.fleet.label(index) for index in range(len(ways.fleet.pools))]
    names = zip(rows["option"][head].tolist(), pool.tolist(), size.tolist(), strict=True)
    plain &= np.array([option == f"{labels[index]} x{number}" for option, index, number in names], dtype=bool)
    return np.asarray(plain, dtype=bool)


def _parts(raw: _Raw, row: int, ways: Ways) -> list[tuple[int, int]] | None:
    """(pool, accelerators) of the parts of the way that a row names; None if the job has no such way."""
    job, option = raw.rows["job"][row], raw.rows["option"][row]
    if job in ways.quoted:
        quoted = ways.quoted[job].get(option)
        return None if quoted is None else list(zip(quoted.pools, quoted.accelerators, strict=True))
    pool, size = int(raw.pool[row]), int(raw.rows["accelerators"][row])
    if option != f"{ways.fleet.label(pool)} x{size}":
        return None
    number = raw.job[row]
    if size != ways.jobs["accelerators"][number] and size not in ways.sizes_apart(ways.jobs["class"][number], pool):
        return None
    return [(pool, size)]


def _no_such_way(raw: _Raw, row: int, ways: Ways) -> str:
    job, option = raw.rows["job"][row], raw.rows["option"][row]
    if job in ways.quoted:
        return f"has no option '{option}' in the option table, only {', '.join(ways.quoted[job])}."
    size, label = int(raw.rows["accelerators"][row]), ways.fleet.label(int(raw.pool[row]))
    return f"option '{option}' with {size} accelerators on {label} is not a way to run it."


def _shown(parts: list[tuple[int, int]], ways: Ways) -> str:
    return ", ".join(f"{ways.fleet.label(pool)} x{size}" for pool, size in parts)

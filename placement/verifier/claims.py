"""What a plan says that follows from its decisions: ends, dates, rows of transfers and pauses, costs."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from placement.verifier.findings import Findings
from placement.verifier.fleet import Fleet
from placement.verifier.ledger import Key
from placement.verifier.schedule import Schedule, unit_name
from placement.verifier.spans import HOUR_TOLERANCE, Ints, Reals, slack
from placement.verifier.tables import Rows, twice
from placement.verifier.transfers import Transfers

DOLLARS_RELATIVE, DOLLARS = 1e-9, 0.01
LAST_DATE = np.datetime64("9999-12-31T23:59:59", "us")
"""What a table tells of moments after it, such as the end of a run on a pool that all but stands still."""


def check_runs(schedule: Schedule, findings: Findings) -> None:
    """Run rows end when their work is done, and their dates and other columns agree."""
    rows, run, ends = schedule.rows, schedule.row_run, schedule.runs.ends
    for row in np.flatnonzero(rows["end_grain"] != ends.end[run]):
        text = f"ends at grain {rows['end_grain'][row]}; its work is done at {ends.end[run[row]]}."
        findings.add("runtime", schedule.run_name(run[row]), text)
    tail = ends.tail_hours[run]
    finite = np.where(np.isfinite(tail), tail, 0.0)
    off = np.abs(rows["tail_hours"] - finite) > HOUR_TOLERANCE + 1e-9 * finite
    for row in np.flatnonzero(off & np.isfinite(tail)):
        text = f"tail_hours is {rows['tail_hours'][row]:g}; {tail[row]:g} h are left."
        findings.add("runtime", schedule.run_name(run[row]), text)
    for row in np.flatnonzero(rows["tb"] > 0):
        findings.add("table", schedule.run_name(run[row]), f"a run moves no data, and tb is {rows['tb'][row]:g}.")
    begin = schedule.fleet.grid.edges[schedule.runs.start[run]]
    end = schedule.end_hours[run]
    for column, hours in (("start", begin), ("end", end)):
        for row in _wrong_dates(schedule.fleet, rows[column], hours):
            text = f"{column} is {rows[column][row]}; its position is {hours[row]:.4f} h from the start."
            findings.add("clock", schedule.run_name(run[row]), text)


def _wrong_dates(fleet: Fleet, told: NDArray[np.datetime64], hours: Reals) -> Ints:
    """Numbers of dates that are not those of positions, to the nearest second; no date is later than 9999."""
    seconds, exact = fleet.grid.hours_of(told) * 3600, hours * 3600
    with np.errstate(invalid="ignore"):
        near = np.abs(seconds - exact) <= 0.5 + HOUR_TOLERANCE * 3600
        near &= np.abs(seconds - np.round(seconds)) < 1e-5
    near = np.where(hours > fleet.grid.hours_of(LAST_DATE), told == LAST_DATE, near)
    return np.flatnonzero(~near & np.isfinite(exact))


@dataclass(frozen=True)
class _Line:
    """A row of the placement table that is not a run: what it should say."""

    pool: str
    segment: int
    begin: int
    end: int
    tb: float
    option: str
    count: int


_Lines = dict[tuple[str, int, str, str, int], _Line]
"""Lines by job, group, kind, cluster and, for pauses, segment."""


def check_lines(schedule: Schedule, transfers: tuple[Transfers, ...], rows: Rows, findings: Findings) -> None:
    """Rows of staging, unloading and pauses stand where the rules demand them, with the right windows."""
    wanted = _pauses(schedule)
    for kind in transfers:
        wanted.update(_transfer_lines(schedule, kind))
    sound = set(zip(schedule.ways.jobs["job"][schedule.groups.job], schedule.groups.number.tolist(), strict=True))
    found: dict[int, _Line] = {}
    seen = set()
    for row in np.flatnonzero(rows["kind"] != "run").tolist():
        job, group, kind, cluster = (rows[name][row] for name in ("job", "group", "kind", "cluster"))
        key = (job, int(group), kind, cluster, int(rows["segment"][row]) if kind == "pause" else 0)
        where = unit_name(job, int(group))
        if key in wanted:
            found[row] = wanted[key]
            if key in seen:
                findings.add("table", where, f"the {kind} on {cluster} stands twice.")
            seen.add(key)
        elif key[:2] in sound:
            findings.add(kind, where, f"there is no {kind} on {cluster}, but a row says so.")
        else:
            findings.add("table", where, f"there is a {kind} and no run that is a way to run it.")
    for key, line in wanted.items():
        if key not in seen:
            text = f"the {key[2]} on {key[3]} from grain {line.begin} to {line.end} has no row."
            findings.add(key[2], unit_name(key[0], key[1]), text)
    _compare(rows, found, findings)
    _compare_dates(schedule.fleet, rows.keep(list(found)), list(found.values()), findings)


def _transfer_lines(schedule: Schedule, transfers: Transfers) -> _Lines:
    grains, lines = schedule.fleet.grid.grains, {}
    first, stop = (transfers.first * grains).tolist(), (transfers.stop * grains).tolist()
    for index in np.flatnonzero(transfers.linked & (transfers.stop > transfers.first)):
        run = int(transfers.run[index])
        group, cluster = int(schedule.runs.group[run]), schedule.fleet.clusters[transfers.cluster[index]].name
        lines[*_unit(schedule, group), transfers.kind, cluster, 0] = _Line(
            "",
            int(schedule.runs.segment[run]),
            first[index],
            stop[index],
            float(transfers.tb[index]),
            schedule.groups.option[group],
            int(schedule.groups.count[group]),
        )
    return lines


def _unit(schedule: Schedule, group: int) -> tuple[str, int]:
    return schedule.ways.jobs["job"][schedule.groups.job[group]], int(schedule.groups.number[group])


def _pauses(schedule: Schedule) -> _Lines:
    """From the end of a segment to the start of the next, where there is time between them."""
    runs, groups, lines = schedule.runs, schedule.groups, {}
    begin, end = runs.ends.end[:-1], runs.start[1:] * schedule.fleet.grid.grains
    for run in np.flatnonzero((runs.group[1:] == runs.group[:-1]) & (end > begin)):
        group, segment = int(runs.group[run]), int(runs.segment[run])
        pool = groups.pools[group][0]
        cluster = schedule.fleet.clusters[schedule.fleet.cluster_of[pool]].name
        lines[*_unit(schedule, group), "pause", cluster, segment] = _Line(
            str(schedule.fleet.pools[pool].name),
            segment,
            int(begin[run]),
            int(end[run]),
            0.0,
            groups.option[group],
            int(groups.count[group]),
        )
    return lines


def _compare(rows: Rows, lines: dict[int, _Line], findings: Findings) -> None:
    """Each row says what it should."""
    for row, line in lines.items():
        kind, where = rows["kind"][row], unit_name(rows["job"][row], int(rows["group"][row]))
        pairs = (
            ("start_grain", line.begin),
            ("end_grain", line.end),
            ("segment", line.segment),
            ("part", 1),
            ("pool", line.pool),
            ("accelerators", 0),
            ("count", line.count),
            ("option", line.option),
            ("tail_hours", 0.0),
            ("work_share", 0.0),
        )
        for column, wanted in pairs:
            if rows[column][row] != wanted:
                claimed = rows[column][row]
                claimed = claimed.item() if isinstance(claimed, np.generic) else claimed
                text = f"{column} of the {kind} is {claimed!r}, and should be {wanted!r}."
                findings.add(kind, where, text)
        if abs(rows["tb"][row] - line.tb) > slack(line.tb):
            text = f"tb of the {kind} is {rows['tb'][row]:g}, and should be {line.tb:g}."
            findings.add(kind, where, text)


def _compare_dates(fleet: Fleet, rows: Rows, lines: list[_Line], findings: Findings) -> None:
    """Dates of the rows, which are those of `lines`."""
    for column, grains in (("start", [line.begin for line in lines]), ("end", [line.end for line in lines])):
        hours = fleet.grid.position_hours(np.array(grains, dtype=np.int64))
        for row in _wrong_dates(fleet, rows[column], hours):
            where = unit_name(rows["job"][row], int(rows["group"][row]))
            kind, moment = rows["kind"][row], rows[column][row]
            text = f"{column} of the {kind} is {moment}; its position is {hours[row]:.4f} h from the start."
            findings.add("clock", where, text)


def check_costs(rows: Rows, costs: dict[Key, float], fleet: Fleet, findings: Findings) -> None:
    """Claimed costs agree with those derived, per category and cluster; small ones may be left out."""
    told: dict[Key, float] = {}
    repeated = set(twice(rows, ("category", "cluster")))
    for row, (category, cluster, usd) in enumerate(zip(rows["category"], rows["cluster"], rows["usd"], strict=True)):
        if (cluster and cluster not in fleet.cluster_index) or row in repeated:
            findings.add("table", f"costs, {category}", f"there is no cluster '{cluster}', or the row stands twice.")
        told[category, cluster] = told.get((category, cluster), 0.0) + float(usd)
    for key in sorted(told.keys() | costs.keys()):
        claimed, derived = told.get(key, 0.0), costs.get(key, 0.0)
        if not abs(claimed - derived) <= DOLLARS_RELATIVE * max(abs(claimed), abs(derived)) + DOLLARS:
            where = key[0] + (f" of {key[1]}" if key[1] else "")
            findings.add("cost", where, f"${claimed:,.2f} is claimed; the decisions cost ${derived:,.2f}.")

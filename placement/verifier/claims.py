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
        findings.add(
            "table", schedule.run_name(run[row]), f"a run moves no data, and tb is {rows['tb'][row]:g}."
        )
    grid = schedule.fleet.grid
    where = [schedule.run_name(index) for index in run]
    _check_dates(
        schedule.fleet, rows["start"], grid.edges[schedule.runs.start[run]], where, "starts", findings
    )
    _check_dates(schedule.fleet, rows["end"], schedule.end_hours[run], where, "ends", findings)


def _check_dates(
    fleet: Fleet, told: NDArray[np.datetime64], hours: Reals, where: list[str], verb: str, findings: Findings
) -> None:
    """Dates are those of positions, to the nearest second."""
    seconds, exact = fleet.grid.hours_of(told) * 3600, hours * 3600
    with np.errstate(invalid="ignore"):
        near = np.abs(seconds - exact) <= 0.5 + HOUR_TOLERANCE * 3600
        near &= np.abs(seconds - np.round(seconds)) < 1e-5
    for row in np.flatnonzero(~near & np.isfinite(exact)):
        findings.add(
            "clock", where[row], f"{verb} {told[row]}; its position is {hours[row]:.4f} h after the start."
        )


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
    sound = set(
        zip(schedule.ways.jobs["job"][schedule.groups.job], schedule.groups.number.tolist(), strict=True)
    )
    seen = set()
    for row in np.flatnonzero(rows["kind"] != "run"):
        job, group, kind, cluster = (rows[name][row] for name in ("job", "group", "kind", "cluster"))
        key = (job, int(group), kind, cluster, int(rows["segment"][row]) if kind == "pause" else 0)
        if key in wanted:
            _compare(schedule, rows, int(row), wanted[key], findings)
            if key in seen:
                findings.add("table", unit_name(job, int(group)), f"the {kind} on {cluster} stands twice.")
            seen.add(key)
        elif key[:2] in sound:
            findings.add(
                kind, unit_name(job, int(group)), f"there is no {kind} on {cluster}, but a row says so."
            )
        else:
            findings.add(
                "table", unit_name(job, int(group)), f"there is a {kind} and no run that is a way to run it."
            )
    for key, line in wanted.items():
        if key not in seen:
            text = f"the {key[2]} on {key[3]} from grain {line.begin} to {line.end} has no row."
            findings.add(key[2], unit_name(key[0], key[1]), text)


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


def _compare(schedule: Schedule, rows: Rows, row: int, line: _Line, findings: Findings) -> None:
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
    )
    for column, wanted in pairs:
        if rows[column][row] != wanted:
            findings.add(
                kind,
                where,
                f"{column} of the {kind} is {rows[column][row]}, and should be {wanted or 'empty or 0'}.",
            )
    if abs(rows["tb"][row] - line.tb) > slack(line.tb):
        findings.add(kind, where, f"tb of the {kind} is {rows['tb'][row]:g}, and should be {line.tb:g}.")
    positions: Ints = np.array([line.begin, line.end], dtype=np.int64)
    hours = schedule.fleet.grid.position_hours(positions)
    for column, hour in zip(("start", "end"), hours, strict=True):
        verb = f"the {kind} {column}s"
        _check_dates(schedule.fleet, rows[column][row : row + 1], np.array([hour]), [where], verb, findings)


def check_costs(rows: Rows, costs: dict[Key, float], fleet: Fleet, findings: Findings) -> None:
    """Claimed costs agree with those derived, per category and cluster; small ones may be left out."""
    told: dict[Key, float] = {}
    repeated = set(twice(rows, ("category", "cluster")))
    for row, (category, cluster, usd) in enumerate(
        zip(rows["category"], rows["cluster"], rows["usd"], strict=True)
    ):
        if (cluster and cluster not in fleet.cluster_index) or row in repeated:
            findings.add(
                "table", f"costs, {category}", f"there is no cluster '{cluster}', or the row stands twice."
            )
        told[category, cluster] = told.get((category, cluster), 0.0) + float(usd)
    for key in sorted(told.keys() | costs.keys()):
        claimed, derived = told.get(key, 0.0), costs.get(key, 0.0)
        if not abs(claimed - derived) <= DOLLARS_RELATIVE * max(abs(claimed), abs(derived)) + DOLLARS:
            where = key[0] + (f" of {key[1]}" if key[1] else "")
            findings.add("cost", where, f"${claimed:,.2f} is claimed; the decisions cost ${derived:,.2f}.")

"""What terms cost a unit: rows, and the two terms of the tests' package (docs/model.md 9)."""

from collections import defaultdict
from typing import Any

from oracle.fleet import MOMENT, Fleet
from oracle.growth import Cash
from oracle.runs import Run
from oracle.ways import Part, Way


def term_cash(fleet: Fleet, job: Any, runs: tuple[Run, ...]) -> Cash:
    """Dollars of all terms for the runs of one unit, by category, cluster and slot."""
    cash: Cash = defaultdict(float)
    for term in fleet.scenario.terms:
        key = f"term {term.name}"
        if term.rows is not None:
            for row in term.rows:
                _row(fleet, cash, key, row, job, runs)
        else:
            OF_TESTS[term.wanted](fleet, cash, key, term.parameters, job, runs)
    return cash


def _row(fleet: Fleet, cash: Cash, key: str, row: Any, job: Any, runs: tuple[Run, ...]) -> None:
    """Once for a run that begins in time, and for each accelerator-hour in time of parts that it names."""
    way = runs[0].way
    parts = [part for part in way.parts if _names(fleet, row, job, way, part)]
    if parts and _in_time(fleet, row, runs[0].start):
        cash[key, parts[0].place[0], runs[0].start] += row.usd_per_run
    for run in runs:
        for t in run.covered:
            if _in_time(fleet, row, t):
                hours = fleet.hours[t] * run.held[t] / fleet.grains
                for part in parts:
                    cash[key, part.place[0], t] += row.usd_per_accelerator_hour * part.accelerators * hours


def _in_time(fleet: Fleet, row: Any, t: int) -> bool:
    begin, end = fleet.moment(row.from_, 0.0), fleet.moment(row.until, fleet.end + 1)
    return begin - MOMENT <= fleet.edge[t] < end - MOMENT


def _names(fleet: Fleet, row: Any, job: Any, way: Way, part: Part) -> bool:
    has = {
        "job": job.job, "class_": vars(job)["class"], "team": job.team, "priority": job.priority,
        "cluster": part.place[0], "pool": part.place[1], "accelerator": fleet.bays[part.place].pool.accelerator,
        "option": way.name.replace(" x ", " x"),
    }  # fmt: skip
    return all(getattr(row, name) in (None, value) for name, value in has.items())


def _fee(fleet: Fleet, cash: Cash, key: str, given: Any, job: Any, runs: tuple[Run, ...]) -> None:
    """$ per run and part for each accelerator, in one country or in all."""
    for part in runs[0].way.parts:
        place = fleet.site(part.place).cluster.place
        country = place.country if place is not None and fleet.site(part.place).cluster.satellites is None else None
        if given.get("country") in (None, country):
            cash[key, part.place[0], runs[0].start] += given["usd_per_accelerator"] * part.accelerators


def _wear(fleet: Fleet, cash: Cash, key: str, given: Any, job: Any, runs: tuple[Run, ...]) -> None:
    """$ per accelerator-hour, more in every third slot; and $ for each hour of the whole run, less later."""
    way = runs[0].way
    work = sum(way.works) - job.resume_hours * (job.segments - 1)
    for part in way.parts:
        factor = 1 / (1 + runs[0].start)
        cash[key, part.place[0], runs[0].start] += given["usd_per_hour"] * round(work, 6) * factor
        for run in runs:
            for t in run.covered:
                usd = given["usd_per_accelerator_hour"] * (2.0 if t % 3 == 2 else 1.0)
                held = part.accelerators * fleet.hours[t] * run.held[t] / fleet.grains
                cash[key, part.place[0], t] += usd * held


OF_TESTS = {"fee": _fee, "wear": _wear}

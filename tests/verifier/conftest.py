"""Scenarios and plans in few words, for tests of the verifier; numbers are given, never worked out here."""

import copy
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from placement.fingerprint import fingerprint
from placement.loader.load import scenario as load_scenario
from placement.plan import TABLES, Plan, empty, table
from placement.schema import Scenario
from placement.verifier import Verification, verify

START = datetime(2027, 1, 1, tzinfo=UTC)
UNIT = {"name": "unit", "bf16_tflops": 100.0, "memory_gb": 80.0, "kw": 1.0}
FAST = {"name": "fast", "bf16_tflops": 200.0, "memory_gb": 160.0, "kw": 1.5}


def pool(name: str = "p", number: int = 8, **more: Any) -> dict[str, Any]:
    """A pool of accelerators of 1 kW that never fail."""
    return {
        "name": name,
        "accelerator": "unit",
        "number": number,
        "interruptions_per_accelerator_year": 0.0,
        **more,
    }


def earth(name: str = "earth", **more: Any) -> dict[str, Any]:
    """A cluster on Earth with PUE 1.25 and energy at 40 $/MWh."""
    return {"name": name, "pue": 1.25, "energy_price": 40.0, "pools": [pool()], **more}


def document(**more: Any) -> dict[str, Any]:
    """24 slots of an hour from 2027-01-01, no discounting; delay costs nothing unless a job says so."""
    return {
        "format": 1,
        "name": "case",
        "horizon": {"start": "2027-01-01T00:00:00Z", "slots": 24, "slot_hours": 1},
        "reference_accelerator": "unit",
        "accelerators": [UNIT, FAST],
        "money": {"discount_rate": 0.0},
        "clusters": [earth()],
        **more,
    }


def idle(**more: Any) -> dict[str, Any]:
    """The same without jobs: a flow that nobody asks anything of."""
    return document(jobs=[], flows=[{"name": "idle", "demand": 0.0, "unmet_usd_per_accelerator_hour": 0.0}], **more)


def at(hours: float) -> datetime:
    """So many hours after the start, to the second."""
    return START + timedelta(seconds=round(hours * 3600))


def row(kind: str, job: str, begin: float, end: float, grains: tuple[int, int], **more: Any) -> dict[str, Any]:
    """A row of the placement table: hours for the dates, and grains."""
    plain = {
        "job": job,
        "group": 0,
        "kind": kind,
        "segment": 1,
        "option": "earth/p x4",
        "part": 1,
        "cluster": "earth",
        "pool": "p" if kind in ("run", "pause") else "",
        "accelerators": 4 if kind == "run" else 0,
        "count": 1,
        "start": at(begin),
        "end": at(end),
        "start_grain": grains[0],
        "end_grain": grains[1],
        "tb": 0.0,
        "tail_hours": 0.0,
        "work_share": 1.0 if kind == "run" else 0.0,
    }
    return plain | more


def job(name: str, placed: int = 1, deferred: int = 0, rejected: int = 0) -> dict[str, Any]:
    """A row of the job table."""
    count = placed + deferred + rejected
    return {
        "job": name,
        "count": count,
        "placed": placed,
        "deferred": deferred,
        "rejected": rejected,
        "reason": "",
    }


def cost(**usd: float) -> list[dict[str, Any]]:
    """Rows of the cost table: `energy__earth=1.0`, `delay=2.0`."""
    rows = []
    for key, value in usd.items():
        category, _, cluster = key.partition("__")
        rows.append({"category": category, "cluster": cluster, "usd": value})
    return rows


def drawn(
    cluster: str, mw: dict[int, float], per_slot: int = 1, source: str = "grid", kind: str = "grid"
) -> list[dict[str, Any]]:
    """Rows of the energy table: MW by tick."""
    return [
        {
            "cluster": cluster,
            "source": source,
            "kind": kind,
            "tick": tick,
            "slot": tick // per_slot,
            "mw": value,
        }
        for tick, value in mw.items()
    ]


def frame_of(name: str, rows: list[dict[str, Any]]) -> Any:
    """Rows of a table of a plan as a data frame."""
    return table(name, {column: [row[column] for row in rows] for column in TABLES[name]}) if rows else empty(name)


def plan_of(scenario: Scenario, tables: dict[str, list[dict[str, Any]]], plan_for: str = "", digest: str = "") -> Plan:
    """A plan of rows; tables that are not given are empty."""
    frames = {name: frame_of(name, tables.get(name, [])) for name in TABLES}
    return Plan(plan_for or scenario.name, digest or fingerprint(scenario), frames)


def edit(document: dict[str, Any], tables: dict[str, Any], edits: Iterable[tuple[Any, ...]]) -> None:
    """Edits.

    (set, path, value) of the document, (change, table, row, cells), (add, table, row), (drop, table, row).
    """
    for what, where, *rest in edits:
        if what == "set":
            target: Any = document
            *steps, last = (int(step) if step.isdigit() else step for step in where.split("."))
            for step in steps:
                target = target[step]
            target[last] = rest[0]
        elif what == "change":
            tables[where][rest[0]] |= rest[1]
        elif what == "add":
            tables.setdefault(where, []).append(rest[0])
        else:
            del tables[where][rest[0]]


def another(value: Any, kind: str) -> Any:
    """Another value of the same kind, not far off."""
    if kind == "text":
        return f"{value}z"
    if kind == "bool":
        return not value
    if kind == "moment":
        return value + timedelta(seconds=2)
    return value + (1 if kind == "int" else 0.02)


class Words:
    """The functions of this file, for tests."""

    document = staticmethod(document)
    idle = staticmethod(idle)
    earth = staticmethod(earth)
    pool = staticmethod(pool)
    row = staticmethod(row)
    job = staticmethod(job)
    cost = staticmethod(cost)
    drawn = staticmethod(drawn)
    plan = staticmethod(plan_of)
    scenario = staticmethod(load_scenario)

    @staticmethod
    def check(document: dict[str, Any], tables: dict[str, Any], **claims: str) -> Verification:
        """What the verifier says of a plan for a document."""
        scenario = load_scenario(document)
        return verify(scenario, plan_of(scenario, tables, **claims))

    @staticmethod
    def broken(case: tuple[dict[str, Any], dict[str, Any]], edits: Iterable[tuple[Any, ...]]) -> set[str]:
        """Codes of rules that are broken after edits to a sound case.

        Wrong costs and loads only if nothing else is.
        """
        document, tables = copy.deepcopy(case)
        edit(document, tables, edits)
        codes = {finding.rule for finding in Words.check(document, tables).findings}
        return codes - {"cost", "energy"} or codes - {"cost"} or codes

    @staticmethod
    def told(case: tuple[dict[str, Any], dict[str, Any]], edits: Iterable[tuple[Any, ...]]) -> set[tuple[str, str]]:
        """Codes of rules that are broken after edits to a sound case, each with where; wrong costs left out."""
        document, tables = copy.deepcopy(case)
        edit(document, tables, edits)
        found = Words.check(document, tables).findings
        return {(finding.rule, finding.where) for finding in found if finding.rule != "cost"}

    @staticmethod
    def idle_cells(case: tuple[dict[str, Any], dict[str, Any]]) -> list[str]:
        """Cells of first, middle and last rows of a plan's tables that may be changed without a finding."""
        scenario = load_scenario(case[0])
        plain = plan_of(scenario, case[1])
        idle = []
        for name, rows in case[1].items():
            for number in sorted({0, len(rows) // 2, len(rows) - 1}):
                cells = rows[number]
                for column, kind in TABLES[name].items():
                    other = cells | {column: another(cells[column], kind)}
                    frame = frame_of(name, [*rows[:number], other, *rows[number + 1 :]])
                    changed = Plan(plain.scenario, plain.digest, {**plain.tables, name: frame})
                    if verify(scenario, changed).ok:
                        idle.append(f"{name}.{column}")
        return idle

    @staticmethod
    def swallowed_garbage(case: tuple[dict[str, Any], dict[str, Any]]) -> list[str]:
        """Cells of first rows that may hold what is no value without a finding; raises if verify does."""
        scenario = load_scenario(case[0])
        plain = plan_of(scenario, case[1])
        swallowed = []
        for name, frame in plain.tables.items():
            for column in frame.columns if len(frame) else ():
                for value in (None, "x", -1, float("inf"), 2**52):
                    if frame.loc[0, column] == "" and (value is None or value != value):
                        continue  # no text is the same as empty text
                    spoilt = frame.astype({column: object})
                    spoilt.loc[0, column] = value
                    if verify(scenario, Plan(plain.scenario, plain.digest, {**plain.tables, name: spoilt})).ok:
                        swallowed.append(f"{name}.{column}")
            missing = {other: table for other, table in plain.tables.items() if other != name}
            assert not verify(scenario, Plan(plain.scenario, plain.digest, missing)).ok
            if len(frame.columns):
                fewer = {**plain.tables, name: frame.drop(columns=frame.columns[0])}
                assert not verify(scenario, Plan(plain.scenario, plain.digest, fewer)).ok
        return swallowed


@pytest.fixture(scope="session")
def words() -> Words:
    """Scenarios and plans in few words."""
    return Words()


@pytest.fixture(scope="session")
def sound() -> Callable[..., Verification]:
    """Asserts that a plan breaks no rule, and shows those that it breaks; gives what the verifier says."""

    def assert_sound(document: dict[str, Any], tables: dict[str, Any]) -> Verification:
        verification = Words.check(document, tables)
        assert verification.ok, "\n".join(map(str, verification.findings))
        return verification

    return assert_sound


@pytest.fixture(scope="session")
def plain(words):
    """4 kW for 2.5 h from slot 1.

    10 kWh × PUE 1.25 at 40 $/MWh is $0.50, of which $0.40 is energy and $0.10 cooling.
    """
    document = words.document(jobs=[{"job": "a", "hours": 2.5, "accelerators": 4}])
    tables = {
        "placements": [words.row("run", "a", 1, 3.5, (256, 896))],
        "jobs": [words.job("a")],
        "energy": words.drawn("earth", {1: 0.005, 2: 0.005, 3: 0.0025}),
        "costs": words.cost(energy__earth=0.40, cooling__earth=0.10),
    }
    return document, tables

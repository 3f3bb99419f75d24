"""Why no plan exists, against solves of scenarios that are changed by hand."""

import copy
import functools
import itertools
import os
from typing import Any

import build
import in_process
import lifting
import numpy as np
import pytest
from oracle.generate import tiny

import placement
from placement import solving
from placement.conflicts import demands as demanded
from placement.conflicts import questions
from placement.conflicts.applied import applied
from placement.conflicts.conflict import Conflict, explain_conflict
from placement.conflicts.later import moment, written
from placement.errors import PlacementError, ScenarioError
from placement.models import highs
from placement.timegrid import timegrid

NUMBER = int(os.environ.get("CONFLICTS", "24"))
"""Infeasible scenarios that are drawn."""

RARE = (66, 105, 113, 39, 49, 53)
"""Seeds that are drawn first: flights, launch limits, modules, sources, links and resources are seldom in conflict."""

MUST = {"reject_usd": None}

Document = dict[str, Any]


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    in_process.use(monkeypatch)
    monkeypatch.setattr(solving, "versions", dict)  # of libraries; looked up anew for each of thousands of solves


def feasible(scenario: placement.Scenario) -> bool:
    """By the front door."""
    result = placement.solve(scenario, gap=1e9, time_limit_s=60, baseline=False)
    assert result.status is not placement.Status.NO_PLAN
    return result.status is not placement.Status.INFEASIBLE


def pressed(seed: int) -> Document:
    """A random scenario in which more must be than is drawn."""
    rng = np.random.default_rng([seed, 7])
    document = tiny(1000 + seed)
    chance = lambda p: bool(rng.random() < p)  # noqa: E731
    for job in document["jobs"]:
        if chance(0.75) and "state" not in job:
            job.pop("must_run", None)
            job["reject_usd"] = None
        if chance(0.15) and "options" not in document:
            job["accelerators"] += int(rng.integers(1, 6))
    names = [job["job"] for job in document["jobs"]]
    if chance(0.3) and len(names) > 1 and "after" not in document["jobs"][-1]:
        document["jobs"][-1]["after"] = [names[0]]
    for cluster in document["clusters"]:
        for module in cluster.get("modules", ()):
            module["max"] = max(module["max"], 2)
            if chance(0.7):
                module["min"] = int(rng.integers(1, module["max"] + 1))
        if chance(0.2) and "orbit" not in cluster:
            cluster["power_limit_mw"] = round(float(rng.uniform(0.005, 0.04)), 4)
        if cluster.get("link"):
            for key in ("gbps_in", "gbps_out"):
                cluster["link"][key] *= float(rng.choice([1.0, 0.3]))
        for source in cluster.get("sources", ()):
            if "mw" in source and chance(0.5):
                source["mw"] *= 0.3
    for vehicle in document.get("vehicles", ()):
        if chance(0.4):
            vehicle.pop("flights_per_year", None)
            vehicle["flights_per_period"] = int(rng.integers(0, 2))
        if chance(0.2):
            vehicle["payload_kg"] = {key: round(0.4 * value, 1) for key, value in vehicle["payload_kg"].items()}
    if document.get("vehicles") and chance(0.3):
        document["launch_limits"] = [{"name": "range", "flights_per_period": int(rng.integers(0, 2))}]
    for limit in document.get("limits", ()):
        if chance(0.6):
            limit.pop("penalty_usd", None)
    if chance(0.25):
        size = round(float(rng.uniform(0.5, 8)), 2)
        more: Document = {
            "name": "most",
            "of": "accelerators",
            "per": str(rng.choice(["slot", "horizon"])),
            "max": size,
        }
        if chance(0.4):
            more["min"] = round(size * float(rng.uniform(0.5, 1.0)), 2)
        document.setdefault("limits", []).append(more)
    if chance(0.2):
        document.setdefault("limits", []).append(
            {"name": "least", "of": "mwh", "per": "horizon", "min": round(float(rng.uniform(0.02, 1.0)), 3)}
        )
    return document


@functools.cache
def drawn() -> list[tuple[int, Document]]:
    """Seeds and documents of which no plan exists, by the front door."""
    found: list[tuple[int, Document]] = []
    seeds = itertools.chain(RARE, (seed for seed in itertools.count() if seed not in RARE))
    while len(found) < NUMBER:
        seed = next(seeds)
        document = pressed(seed)
        try:
            if not feasible(placement.scenario(document)):
                found.append((seed, document))
        except ScenarioError:
            pass
    return found


def named(rows: list[Document], name: str) -> Document:
    return next(row for row in rows if name in (row.get("name"), row.get("kind"), row.get("from")))


def freed(document: Document, path: str, words: str) -> None:
    """Changes a document so that a demand is none any more, by hand."""
    head, *rest = path.split(".")
    key = rest[-1]
    if head == "jobs":
        row = next(job for job in document["jobs"] if job["job"] == rest[0])
        if key == "after":
            row["after"] = [name for name in row["after"] if not words.endswith(f"after job '{name}'")]
        elif row.get("state") == "running":
            kept = {key: row[key] for key in ("job", "team", "priority", "tags") if key in row}
            row.clear()
            row |= kept | {"hours": 1.0, "accelerators": 10**8, "reject_usd": 0.0}  # which fits nowhere
            for job in document["jobs"]:
                job["after"] = [name for name in job.get("after", ()) if name != rest[0]]
            document["options"] = [each for each in document.get("options", ()) if each["job"] != rest[0]]
        else:
            row.pop("must_run", None)
            row["reject_usd"] = 0.0
        return
    if head == "policy":
        document["policy"]["tails"] = True
        return
    if head == "datasets":
        data = named(document["datasets"], rest[0])
        data["clusters"] = [cluster["name"] for cluster in document["clusters"] if cluster["name"] != data["home"]]
        return
    if head == "limits":
        limit = named(document["limits"], rest[0])
        limit[key] = 1e7 if key == "max" else 0.0
        return
    record = named(document[head], rest[0])
    if head == "clusters":
        freed_in_cluster(record, rest[1:])
    elif key.startswith("flights"):
        record.pop("flights_per_year", None)
        record |= {"flights_per_period": 100} | ({"open_share": 1.0} if head == "vehicles" else {})
    elif "payload_kg" in rest:
        record["payload_kg"][key] *= 1000.0
    else:
        record.pop(key)


def freed_in_cluster(record: Document, rest: list[str]) -> None:
    key = rest[-1]
    if rest[0] == "pools":
        pools = record.setdefault("pools", [])
        pool = next((pool for pool in pools if rest[1] in (pool.get("name"), pool["accelerator"])), {})
        for part in pool.get("blocks", [pool]):
            if "number" in part:
                part["number"] += 10_000
        if "blocks" in pool:
            pool.pop("number", None)
    elif rest[0] == "sources":
        source = next(each for each in record["sources"] if rest[1] in (each.get("name"), each["kind"]))
        if key in ("connected", "curtailments"):
            del source[key]
        elif source["kind"] == "battery":
            source |= {"mw": 1000.0, "mwh": 1e5}
        elif source["kind"] == "grid":
            del source["limit_mw"]
        else:
            source["mw" if key == "mw" else "limit_mw"] = 1000.0
    elif key == "number":
        record["satellites"]["number"] += 1000
    elif rest[0] == "planes":
        next(plane for plane in record["planes"] if plane["name"] == rest[1])["satellites"] += 1000
        record["satellites"]["number"] += 1000
    elif rest[0] == "resources":
        record["resources"][key] = 10_000.0
    elif rest[0] == "link":
        record["link"][key] *= 1000.0
    elif rest[0] == "modules":
        module = named(record["modules"], rest[1])
        if key == "max":
            module["max"] += 100
        else:
            module.pop(key)
    else:
        record.pop(key)


Key = tuple[str, str, str]


def without(document: Document, given_up: list[Key]) -> placement.Scenario:
    made = copy.deepcopy(document)
    for _, path, words in given_up:
        freed(made, path, words)
    return placement.scenario(made)


def keys(found: Conflict) -> list[Key]:
    return [tuple(row) for row in found.demands[["kind", "path", "words"]].itertuples(index=False)]


LATE = "2027-06-08T00:00:00Z"
"""After the horizon's end."""


def contract(least: int = 1, fleet: list[Document] | None = None, **module: Any) -> Document:
    """Modules that must be launched."""
    cluster = lifting.sky(min=least, **module)
    return lifting.document(lifting.earth(), cluster, vehicles=fleet or [often()])


def often(name: str = "rocket", **more: Any) -> Document:
    return lifting.rocket(name, **{"flights_per_period": 3, **more})


def one(jobs: list[Document] | None = None, slots: int = 6, **site: Any) -> Document:
    """A site and a job that must run on it for two hours."""
    more = {"policy": {"tails": False}, **site.pop("more", {})}
    own = {"hours": 2.0, "accelerators": 4, **MUST, **site.pop("job", {})}
    jobs = jobs or [build.job("x", **own)]
    return build.document([build.cluster("b", 8, **site)], jobs, slots=slots, **more)


def grid(**more: Any) -> dict[str, Any]:
    return {"sources": [{"kind": "grid", "limit_mw": 1.0, **more}]}


LINK = {"link": {"gbps_in": 1.0, "gbps_out": 1.0}}
GAS = {"kind": "gas", "limit_mw": 0.001, "price": 1.0, "carbon_g_per_kwh": 1.0}
CORPUS = {
    "datasets": [{"name": "corpus", "tb": 50.0, "home": "town"}],
    "places": {"town": {"lat": 30.0, "lon": -97.0}},
    "policy": {"tails": False, "stage_hours": 2.0},
}
ONCE = [1, 0, 0, 0]
PERIODS = {"horizon": {"period_slots": 1}}
SOON = {"policy": {"tails": False, "stage_hours": 4.0}}
CALLED = {"from": build.START, "to": LATE, "limit_mw": 0.001}
CASES: dict[str, tuple[Document, set[str]]] = {
    "flights": (
        contract(2, [often(flights_per_period=[1, 0, 0, 0])], max_per_period=[2, 0, 0, 0]),
        {"flights", "payload", "contract"},
    ),
    "launch limit": (
        contract() | {"launch_limits": [{"name": "range", "flights_per_period": 0}]},
        {"launch limit", "contract"},
    ),
    "volume": (
        contract(2, [often(flights_per_period=ONCE, payload_kg={"sso": 2000.0}, volume_m3=5.0)], volume_m3=4.0),
        {"flights", "volume", "contract"},
    ),
    "vehicle dates": (contract(fleet=[often(available=LATE)]), {"vehicle dates", "contract"}),
    "vehicles": (
        contract(1, [often(), often("small", flights_per_period=0)], vehicles=["small"]),
        {"vehicles", "flights", "contract"},
    ),
    "module dates": (
        contract(1, [often(flights_per_period=ONCE)], available="2027-06-07T06:00:00Z"),
        {"module dates", "flights", "contract"},
    ),
    "lead": (
        contract(1, [often(flights_per_period=ONCE)], lead_days=0.2),
        {"module dates", "flights", "contract"},
    ),
    "modules": (
        contract(2, [often(flights_per_period=[3, 0, 0, 0])], max_per_period=[1, 1, 0, 0]),
        {"modules", "flights", "contract"},
    ),
    "max": (
        one(job={"accelerators": 9}, modules=[{"name": "hall", "accelerators": 2, "max": 0}], more=PERIODS),
        {"pool", "modules", "job"},
    ),
    "idle": (
        one([build.job()], idle_mw=0.01, **grid(limit_mw=0.001, demand_charge_usd_per_mw=1.0)),
        {"idle", "source"},
    ),
    "source": (one(**grid(limit_mw=0.001)), {"source", "job"}),
    "gas": (one(sources=[GAS]), {"source", "job"}),
    "source date": (one(**grid(connected=LATE)), {"source date", "job"}),
    "curtailment": (one(**grid(curtailments=[CALLED])), {"curtailment", "job"}),
    "power": (one(power_limit_mw=0.003), {"power", "job"}),
    "resource": (one(job={"uses": {"seat": 3}}, resources={"seat": 2.0}), {"resource", "job"}),
    "link in": (one(job={"dataset_tb": 5.0}, more=SOON, **LINK), {"link", "job"}),
    "link out": (one(job={"result_tb": 50.0, "deadline": "2027-06-07T03:00:00Z"}, **LINK), {"link", "job"}),
    "dataset": (one(job={"dataset": "corpus"}, more=CORPUS, **LINK), {"link", "dataset", "job"}),
    "policy": (one([build.job("x", 9.0, 4, **MUST)]), {"policy", "job"}),
    "order": (
        one([build.job("x", 4.0, 2, **MUST), build.job("y", 4.0, 2, after=["x"], after_lag_hours=0.5, **MUST)]),
        {"order", "job", "policy"},
    ),
    "running": (
        one([build.job("x", 4.0, 4, state="running", cluster="b", started=build.START, hours_left=3.0, count=2),
             build.job("y", 5.0, 4, **MUST)]),
        {"pool", "job", "policy"},
    ),
    "units": (one([build.job("x", 4.0, 3, count=5, **MUST)]), {"pool", "job"}),
    "limits": (
        one(more={"limits": [
            {"name": "low", "of": "mwh", "per": "horizon", "min": 0.006},
            {"name": "high", "of": "accelerators", "per": "horizon", "max": 5.0},
        ]}, jobs=[build.job("x", 2.0, 2), build.job("y", 2.0, 2)]),
        {"limit min", "limit max"},
    ),
    "budget": (
        contract() | {"limits": [{"name": "budget", "of": "investment_usd", "per": "horizon", "max": 100.0}]},
        {"limit max", "contract"},
    ),
}  # fmt: skip
"""Scenarios of which no plan exists, and the kinds of what is in conflict."""


def checked(label: object, document: Document, changes: bool = True) -> set[str]:
    """The kinds of a set, once it has been shown to be one that cannot be kept, with each member needed."""
    scenario = placement.scenario(document)
    found = explain_conflict(scenario)
    assert found is not None, label
    assert found.irreducible
    members = [(kind, path, words.split(";")[0]) for kind, path, words in keys(found)]
    every = [(each.kind, each.path, each.words) for each in demanded.demands(scenario)]
    told = {path if kind == "order" else (kind, path) for kind, path, _ in members}
    assert len(told) == len(members)
    outside = [key for key in every if not any(same(key, member) for member in members)]
    assert len(outside) == len(every) - len(members)
    assert not feasible(without(document, outside)), (label, members)
    for key in members:
        assert feasible(without(document, [*outside, key])), (label, key)
    if changes:
        changes_are_the_least(label, scenario, found)
    return {kind for kind, _, _ in members}


def same(one: Key, other: Key) -> bool:
    return one[:2] == other[:2] and (one[0] != "order" or one[2] == other[2])


def changes_are_the_least(label: object, scenario: placement.Scenario, found: Conflict) -> None:
    """Each change makes a plan possible, and 1 % less of it, or one less, does not; the smallest comes first."""
    relative = found.relaxations["relative"].fillna(np.inf).tolist()
    assert relative == sorted(relative)
    assert found.relaxations["checked"].all()
    for row in found.relaxations.to_dict("records"):
        path, before, to = row["path"], row["from"], row["to"]
        assert feasible(applied(scenario, path, to)), (label, path, to)
        if isinstance(to, bool) or to is None:
            continue
        if path.endswith(".deadline"):
            step = np.timedelta64(round(3600 * min(1.0, float(timegrid(scenario.horizon).slot_hours.min()))), "s")
            assert row["size"] == (moment(to) - moment(before)) / np.timedelta64(1, "h")
            assert not feasible(applied(scenario, path, written(moment(to) - step))), (label, path, to)
            continue
        if isinstance(to, int) and isinstance(before, int):
            less: Any = to - 1 if to > before else to + 1
        elif isinstance(to, int | float):
            less = before + 0.99 * (to - before)
        elif isinstance(to, dict):
            less = to | {
                key: factor(before, key) + 0.99 * (factor(to, key) - factor(before, key)) for key in ("scale", "add")
            }
        else:
            continue
        assert not feasible(applied(scenario, path, less)), (label, path, before, to)


def factor(series: Document, key: str) -> float:
    return float(series.get(key, {"scale": 1.0, "add": 0.0}[key]))


def test_sets_cannot_be_kept_and_each_member_is_needed() -> None:
    kinds: set[str] = set()
    for seed, document in drawn():
        kinds |= checked(seed, document, changes=seed % 3 == 0)
    expected = {"job", "order", "pool", "power", "source", "resource", "link", "contract", "modules", "module dates"}
    assert kinds >= expected | {"flights", "launch limit", "limit max", "limit min", "policy"}


@pytest.mark.parametrize("name", CASES)
def test_each_kind_of_demand_is_told(name: str) -> None:
    document, kinds = CASES[name]
    assert checked(name, document) == kinds


def test_all_kinds_of_demands_are_among_these() -> None:
    told = {kind for _, kinds in CASES.values() for kind in kinds}
    assert told == {
        *("job", "order", "pool", "power", "idle", "source", "source date", "curtailment", "resource", "link"),
        *("contract", "modules", "module dates", "vehicles", "flights", "launch limit", "payload", "volume"),
        *("vehicle dates", "limit max", "limit min", "dataset", "policy"),
    }


def test_where_a_plan_exists_there_is_no_conflict() -> None:
    asked = 0
    for seed in range(20):
        try:
            scenario = placement.scenario(pressed(seed))
        except ScenarioError:
            continue
        if feasible(scenario):
            assert explain_conflict(scenario) is None, seed
            asked += 1
    assert asked >= 3


def test_it_is_said_in_the_users_words() -> None:
    jobs = [
        build.job("train-7", 10.0, 6, deadline="2027-06-07T11:00:00Z", **MUST),
        build.job("train-8", 10.0, 4, count=2, clusters=["b"], deadline="2027-06-07T11:00:00Z", **MUST),
    ]
    found = explain_conflict(build.scenario([build.cluster("b", 13)], jobs, slots=12, policy={"tails": False}))
    assert found is not None
    assert found.demands["words"].tolist() == [
        "pool b/h100-sxm has 13 accelerators",
        "job 'train-8' must run: 2 units, each 4 accelerators for 10 h between 2027-06-07 00:00 and "
        "2027-06-07 11:00, only on b",
        "job 'train-7' must run: 6 accelerators for 10 h between 2027-06-07 00:00 and 2027-06-07 11:00",
    ]
    assert found.demands["path"].tolist() == ["clusters.b.pools.h100-sxm.number", "jobs.train-8", "jobs.train-7"]
    assert found.relaxations["words"].tolist() == [
        "Raise clusters.b.pools.h100-sxm.number from 13 to 14.",
        "Turn away 1 of 2 units of job 'train-8'.",
        "Let job 'train-7' be turned away, or do not ask for it.",
    ]
    assert found.relaxations["relative"].tolist() == pytest.approx([1 / 13, 0.5, 1.0])
    assert found.advice == (
        "Least is changed so, all else as it is: Raise clusters.b.pools.h100-sxm.number from 13 to 14."
    )


def test_a_job_that_fits_nowhere_is_told_with_the_reasons() -> None:
    found = explain_conflict(build.scenario(jobs=[build.job("x", 2.0, 4, residency=["DE"], **MUST)]))
    assert found is not None
    (words,) = found.demands["words"]
    assert words.endswith(
        "it fits nowhere: residency: the cluster's country is not among those of the job (earth/h100-sxm)"
    )
    assert found.relaxations["path"].tolist() == ["jobs.x"]


def test_a_deadline_that_cannot_be_kept_is_offered_later() -> None:
    """By itself, and beside another job that must run on the same accelerators."""
    late = build.job("x", 14.0, 4, earliest_start="2027-06-07T08:00:00Z", deadline="2027-06-07T17:00:00Z", **MUST)
    found = explain_conflict(build.scenario(jobs=[late], slots=24))
    assert found is not None
    assert found.demands["path"].tolist() == ["jobs.x"]
    assert found.demands["words"][0].endswith("set the deadline 5 h later, to 2027-06-07 22:00")
    row = found.relaxations.to_dict("records")[0]
    assert (row["path"], row["from"], row["to"]) == ("jobs.x.deadline", "2027-06-07T17:00:00Z", "2027-06-07T22:00:00Z")
    assert (row["size"], row["relative"], row["checked"]) == (5.0, pytest.approx(5 / 9), True)
    assert row["words"] == "Set the deadline of job 'x' 5 h later, from 2027-06-07 17:00 to 2027-06-07 22:00."
    assert found.relaxations["path"].tolist() == ["jobs.x.deadline", "jobs.x"]
    both = [
        build.job(name, hours, 6, deadline="2027-06-07T09:00:00Z", **MUST) for name, hours in (("x", 6), ("y", 6.5))
    ]
    found = explain_conflict(build.scenario([build.cluster("b", 8)], both, slots=26, slot_hours=0.5))
    assert found is not None
    sizes = found.relaxations.set_index("path")["size"].to_dict()
    assert sizes == {
        "jobs.x.deadline": 3.5,
        "jobs.y.deadline": 3.5,
        "clusters.b.pools.h100-sxm.number": 4.0,
        "jobs.x": 1.0,
        "jobs.y": 1.0,
    }
    changes_are_the_least("both", build.scenario([build.cluster("b", 8)], both, slots=26, slot_hours=0.5), found)


def test_room_that_a_single_start_lacks_is_named() -> None:
    """Compiling leaves out starts for which there is no room in an empty fleet; the room is told all the same."""
    scenario = build.scenario([build.cluster("b", 8, power_limit_mw=0.002)], [build.job("x", 2.0, 9, **MUST)])
    found = explain_conflict(scenario)
    assert found is not None
    assert set(found.demands["kind"]) == {"pool", "job"}
    assert found.relaxations["path"].tolist() == ["jobs.x"]  # with more accelerators, power is in the way


def crowd(number: int, size: int = 4) -> placement.Scenario:
    jobs = [build.job(f"j{k}", 12.0, size if k < 3 else 1, **MUST) for k in range(number)]
    return build.scenario([build.cluster("b", 8), build.cluster("c", number)], [
        {**job, "clusters": ["b" if k < 3 else "c"]} for k, job in enumerate(jobs)
    ], slots=12, policy={"tails": False})  # fmt: skip


def test_of_many_jobs_those_that_matter_are_found_with_few_questions(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    real = questions.Questions.modelled
    monkeypatch.setattr(questions.Questions, "modelled", lambda self, made: (asked.append(1), real(self, made))[1])
    found = explain_conflict(crowd(60))
    assert found is not None
    assert sorted(found.demands["path"]) == ["clusters.b.pools.h100-sxm.number", "jobs.j0", "jobs.j1", "jobs.j2"]
    assert len(asked) < 60
    large = explain_conflict(crowd(60, size=12))
    assert large is not None
    assert sorted(large.demands["path"]) == ["clusters.b.pools.h100-sxm.number", "jobs.j0"]


def test_where_there_are_other_conflicts_no_change_is_offered() -> None:
    sites = [build.cluster("b", 8), build.cluster("c", 8)]
    jobs = [build.job(f"on-{name}", 2.0, 9, clusters=[name], **MUST) for name in "bc"]
    found = explain_conflict(build.scenario(sites, jobs))
    assert found is not None
    assert found.demands["path"].tolist() == ["clusters.b.pools.h100-sxm.number", "jobs.on-b"]
    assert found.relaxations.empty
    assert found.advice.startswith("No change of one of these alone makes a plan possible")


def test_jobs_that_may_be_turned_away_are_left_out_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """They stand in no model, unless a minimum counts them or another job waits for them."""
    optional = [build.job(f"o{k}", 2.0, 1) for k in range(20)]
    seen = []
    real = questions.program
    monkeypatch.setattr(questions, "program", lambda p: (seen.append(p.work.jobs), real(p))[1])
    must = [build.job("x", 4.0, 6, **MUST), build.job("y", 4.0, 6, after=["o0"], **MUST)]
    assert explain_conflict(build.scenario(jobs=[*optional, *must])) is not None
    assert max(seen) == 3
    seen.clear()
    limits = [{"name": "busy", "of": "accelerators", "per": "horizon", "min": 20.0}]
    assert explain_conflict(build.scenario(jobs=[*optional, must[0]], limits=limits)) is None
    assert max(seen) == 21


def test_what_is_not_known_in_time_is_not_called_infeasible(monkeypatch: pytest.MonkeyPatch) -> None:
    scenario = crowd(4)
    with pytest.raises(PlacementError, match="whether a plan exists is not known after 0 s"):
        explain_conflict(scenario, time_limit_s=0.0)
    real, left = highs.solve, [1]

    def late(form: Any, **how: Any) -> highs.Outcome:
        left[0] -= 1
        return real(form, **how) if left[0] >= 0 else highs.Outcome("time")

    monkeypatch.setattr(highs, "solve", late)
    found = explain_conflict(scenario)
    assert found is not None
    assert not found.irreducible
    assert {"jobs.j0", "jobs.j1", "jobs.j2"} <= set(found.demands["path"])
    assert found.advice.startswith("Time ended before")


def test_too_much_for_one_model_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questions, "ONE_MODEL", 2)
    with pytest.raises(PlacementError, match="what must run has 4 placements, more than the 2 that one model holds"):
        explain_conflict(crowd(4))


def test_a_path_that_is_none_is_refused() -> None:
    with pytest.raises(PlacementError, match=r"there is no jobs\.z in the scenario"):
        applied(build.scenario(), "jobs.z", None)

"""Ways of the option table with times to begin and power of their own, against the oracle and the verifier."""

from datetime import UTC, datetime, timedelta
from typing import Any

import build
import in_process
import numpy as np
import pytest
from oracle.compared import disagreements
from oracle.generate import tiny

import placement
from placement.compile import compile_scenario
from placement.errors import ScenarioError
from placement.fingerprint import fingerprint
from placement.loader.load import scenario
from placement.plan import Plan
from placement.timegrid import timegrid

SEEDS = [seed for seed in range(300) if tiny(seed).get("options")][:60]
SPAN = ("earliest_start", "latest_start")


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    in_process.use(monkeypatch)


def windowed(seed: int) -> dict[str, Any]:
    """A scenario with options, most of which begin between moments; some stand twice, at another price in between."""
    made, rng = tiny(seed), np.random.default_rng(seed)
    begin = datetime.fromisoformat(made["horizon"]["start"]).replace(tzinfo=UTC)
    hours = timegrid(scenario(tiny(seed)).horizon).hours
    ways = list(dict.fromkeys((row["job"], row["option"]) for row in made["options"]))
    rows = []
    for job, option in ways:
        own = [row for row in made["options"] if (row["job"], row["option"]) == (job, option)]
        first = rng.uniform(-0.2, 0.5)
        ends = {"earliest_start": first, "latest_start": first + rng.uniform(0.0, 0.6)}
        window = {name: _moment(begin, share * hours) for name, share in ends.items() if rng.random() < 0.8}
        power = {"kw_per_accelerator": round(float(rng.uniform(2, 14)), 2)} if rng.random() < 0.3 else {}
        own = [row | power for row in own]
        rows += [row | window for row in own]
        if rng.random() < 0.4:
            price = {"price_usd": round(float(rng.uniform(0, 3)), 3)}
            rows += [row | price | {"option": f"{option} otherwise"} for row in own]
    made["options"] = rows
    return made


def _moment(begin: datetime, hours: float) -> str:
    whole = round(hours) if hours > 1 else hours
    return (begin + timedelta(seconds=round(whole * 3600))).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.mark.parametrize("block", range(6))
def test_exact_oracle_verifier_and_bounds_agree(block: int) -> None:
    seeds = SEEDS[block * 10 : (block + 1) * 10]
    assert [text for seed in seeds for text in disagreements(scenario(windowed(seed)), seed)] == []


def test_windows_matter_in_many_of_these() -> None:
    def cost(made: dict[str, Any]) -> float:
        found = placement.solve(scenario(made), gap=1e-9, baseline=False)
        return found.cost_usd if found.plan is not None else np.inf

    def without(made: dict[str, Any]) -> dict[str, Any]:
        rows = [{name: value for name, value in row.items() if name not in SPAN} for row in made["options"]]
        return made | {"options": rows}

    made = [windowed(seed) for seed in SEEDS[:24]]
    assert sum(cost(each) > cost(without(each)) + 1e-6 for each in made) >= 5


def quoted(**window: Any) -> dict[str, Any]:
    """One job of 2 h with one way, of twelve hours."""
    row = {"job": "a", "option": "own", "cluster": "earth", "accelerators": 2, "hours": 2.0, **window}
    return build.document([build.cluster()], [build.job("a", 2.0, 2)], slots=12, options=[row])


def test_a_way_begins_in_whole_slots_from_the_earliest_to_the_latest() -> None:
    window = {"earliest_start": "2027-06-07T03:10:00Z", "latest_start": "2027-06-07T05:50:00Z"}
    of = scenario(quoted(**window))
    work = compile_scenario(of).problem.work
    assert (work.span_first.tolist(), work.span_last.tolist()) == ([4], [5])


def test_a_window_between_two_slots_leaves_the_job_no_way() -> None:
    window = {"earliest_start": "2027-06-07T03:10:00Z", "latest_start": "2027-06-07T03:50:00Z"}
    found = placement.solve(scenario(quoted(**window)))
    assert found.plan is not None
    assert found.placed == 0


@pytest.mark.parametrize(("start", "words"), [(2, "no earlier than 4.000 h"), (8, "no later than 6.000 h")])
def test_the_verifier_sees_a_run_that_begins_outside(start: int, words: str) -> None:
    free = placement.solve(scenario(quoted() | {"jobs": [build.job("a", 2.0, 2, pin_start=_hour(start))]}))
    assert free.plan is not None
    of = scenario(quoted(earliest_start=_hour(4), latest_start=_hour(6)))
    findings = placement.verify(of, Plan(of.name, fingerprint(of), free.plan.tables)).findings
    assert [str(finding) for finding in findings if words in str(finding)]


def _hour(hour: int) -> str:
    return f"2027-06-07T{hour:02d}:00:00Z"


def test_mistakes_are_told_with_place_and_remedy() -> None:
    made = quoted(earliest_start=_hour(6), latest_start=_hour(4))
    made["clusters"] = [build.cluster(), build.cluster("b")]
    made["options"].append(made["options"][0] | {"cluster": "b", "earliest_start": _hour(5)})
    with pytest.raises(ScenarioError) as caught:
        scenario(made)
    told = [str(problem) for problem in caught.value.problems]
    assert sum("comes before earliest_start" in text and "Correct one of the two." in text for text in told) == 2
    assert sum("its parts differ in earliest_start" in text for text in told) == 1

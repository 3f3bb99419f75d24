"""The quarrel: shares, parity and what binds, by belief and owner; plans that are kept and taken again."""

import json
import math
import threading
from pathlib import Path
from typing import Any

import build
import in_process
import lifting
import pandas as pd
import pytest
from loader.files import write

import placement
from placement import quarrelling
from placement.over_years import Decade
from placement.quarrelling import ANYONE, Answer, quarrel
from placement.schema import Scenario

HALL = {"name": "hall", "accelerators": 4, "usd": 55.0, "max": 1}
"""A hundredth of that is paid a year for 4 accelerators, and a hundredth of 20 + 90 for a sail and its flight."""

DEAR = {"name": "dear", "set": {"clusters.sky.modules.sail.usd": 45.0}}


def bright(usd: float = 90.0, *variants: dict[str, Any]) -> dict[str, Any]:
    """A day in June 2027: for $120 on Earth, or for 20 and a flight in orbit."""
    document = lifting.document(lifting.earth(modules=[HALL]), lifting.sky(), vehicles=[lifting.rocket(usd=usd)])
    return {**document, "variants": list(variants)} if variants else document


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two beliefs in a folder: `bright.yaml` with a variant, `dark.yaml` without."""
    in_process.use(monkeypatch)
    monkeypatch.chdir(tmp_path)
    write(tmp_path, bright(90.0, DEAR), "bright.yaml")
    write(tmp_path, bright(150.0), "dark.yaml")
    return tmp_path


BOTH = ("bright.yaml", "dark.yaml")


class Solves:
    """How often something is solved, and of which scenarios."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch):
        self.names: list[str] = []
        real = quarrelling.solve

        def solve(scenario: Scenario, **more: Any) -> placement.Result:
            self.names.append(scenario.name)
            return real(scenario, **more)

        monkeypatch.setattr(quarrelling, "solve", solve)


@pytest.fixture
def solves(monkeypatch: pytest.MonkeyPatch) -> Solves:
    return Solves(monkeypatch)


def told(answers: list[Answer]) -> list[tuple[str, str, float]]:
    return [(answer.belief, answer.owner, answer.shares[1]) for answer in answers]


def test_each_belief_is_answered_for_anyone_and_for_each_of_its_variants() -> None:
    """Orbit costs 110, 135 and 170 against 120 on Earth."""
    answers = quarrel(BOTH, gap=0.0, after=(1,))
    assert told(answers) == [("bright", ANYONE, 1.0), ("bright", "dear", 0.0), ("dark", ANYONE, 0.0)]
    assert [answer.cost_usd for answer in answers] == pytest.approx([110.0, 120.0, 120.0])
    assert [(answer.status, answer.kept) for answer in answers] == [("optimal", False)] * 3
    assert max(answer.gap for answer in answers) < 3e-6


def test_parity_is_that_of_new_capacity_in_the_year() -> None:
    """(20 + 90)/55, (45 + 90)/55, (20 + 150)/55."""
    answers = quarrel(BOTH, gap=0.0, after=(1,))
    assert [answer.parity[1] for answer in answers] == pytest.approx([110 / 55, 135 / 55, 170 / 55])


def test_what_binds_is_what_is_used_up_first_or_the_price_where_nothing_flies() -> None:
    answers = quarrel(BOTH, gap=0.0, after=(1,))
    assert [answer.binds for answer in answers] == [
        "flights of rocket (2027); an orbital hour costs 2.00 x one on Earth at best (2027)",
        "an orbital hour costs 2.45 x one on Earth at best (2027)",
        "an orbital hour costs 3.09 x one on Earth at best (2027)",
    ]


def test_only_the_owners_that_are_asked_for_are_answered(solves: Solves) -> None:
    assert told(quarrel(["bright.yaml"], ["dear"], after=(1,))) == [("bright", "dear", 0.0)]
    assert told(quarrel(["bright.yaml"], [ANYONE], after=(1,))) == [("bright", ANYONE, 1.0)]
    assert solves.names == ["test, dear", "test"]


def test_shares_are_those_of_the_first_second_and_further_years_and_past_the_horizon_unknown(here: Path) -> None:
    """A job on Earth in 2027, one on satellites that fly already in 2028; nothing can be added."""
    sky = {key: value for key, value in lifting.sky().items() if key != "modules"}
    jobs = [
        build.job("a", 1000.0, 2, pin_cluster="earth", pin_start="2027-01-01T00:00:00Z", reject_usd=1e6),
        build.job("b", 1000.0, 2, pin_cluster="sky", pin_start="2028-01-01T00:00:00Z", reject_usd=1e6),
    ]
    horizon = {"start": "2027-01-01T00:00:00Z", "slot": "quarter"}
    write(here, build.document([build.cluster(), sky], jobs, slots=8, horizon=horizon), "years.yaml")
    (answer,) = quarrel(["years.yaml"], after=(1, 2, 3))
    assert list(answer.shares.values()) == pytest.approx([0.0, 1.0, math.nan], nan_ok=True)
    assert all(math.isnan(ratio) for ratio in answer.parity.values())
    assert answer.binds == "nothing can be added in orbit"


def test_each_answer_is_told_when_it_is_there() -> None:
    seen: list[Answer] = []
    assert quarrel(BOTH, after=(1,), told=seen.append) == seen


def test_a_belief_without_a_plan_says_so(here: Path, solves: Solves) -> None:
    """More accelerators than there could be; nothing is kept, and so it is tried again."""
    document = {**bright(), "jobs": [build.job("a", 3.0, 400, reject_usd=None)]}
    write(here, document, "never.yaml")
    for _ in range(2):
        (answer,) = quarrel(["never.yaml"], folder=here / "kept", after=(1,))
        assert (answer.status, answer.binds, answer.kept) == ("infeasible", "no plan", False)
        assert math.isinf(answer.cost_usd)
        assert math.isinf(answer.gap)
        assert math.isnan(answer.shares[1])
        assert math.isnan(answer.parity[1])
    assert len(solves.names) == 2
    assert not (here / "kept").exists()


# --- plans that are kept ---


def test_plans_are_kept_and_taken_again_without_a_solve(here: Path, solves: Solves) -> None:
    before = quarrel(BOTH, folder=here / "kept", gap=0.0, after=(1,))
    assert sorted(path.name for path in (here / "kept").iterdir()) == [
        "bright-anyone.plan", "bright-dear.plan", "dark-anyone.plan",
    ]  # fmt: skip
    assert len(solves.names) == 3
    again = quarrel(BOTH, folder=here / "kept", gap=0.0, after=(1,))
    assert len(solves.names) == 3
    assert [answer.kept for answer in again] == [True] * 3
    for one, other in zip(before, again, strict=True):
        assert {**vars(one), "kept": True} == vars(other)
    stored = placement.read_plan(here / "kept" / "bright-dear.plan")
    assert stored.scenario.name == "test, dear"
    assert placement.verify(stored.scenario, stored.plan).ok


def test_without_a_folder_nothing_is_kept(here: Path, solves: Solves) -> None:
    for _ in range(2):
        quarrel(["dark.yaml"], after=(1,))
    assert len(solves.names) == 2
    assert sorted(path.name for path in here.iterdir()) == ["bright.yaml", "dark.yaml"]


def test_a_scenario_that_was_changed_is_solved_again_and_kept(here: Path, solves: Solves) -> None:
    quarrel(BOTH, folder=here / "kept", after=(1,))
    write(here, bright(95.0), "dark.yaml")
    answers = quarrel(BOTH, folder=here / "kept", gap=0.0, after=(1,))
    assert [answer.kept for answer in answers] == [True, True, False]
    assert (answers[2].cost_usd, answers[2].shares[1]) == (pytest.approx(115.0), 1.0)
    assert len(solves.names) == 4
    assert quarrel(["dark.yaml"], folder=here / "kept", gap=0.0, after=(1,))[0].kept


def test_a_plan_whose_gap_is_too_large_is_solved_again(here: Path, solves: Solves) -> None:
    quarrel(["dark.yaml"], folder=here, after=(1,))
    summary = here / "dark-anyone.plan" / "plan.json"
    stated = {**json.loads(summary.read_text()), "gap": 0.02, "status": "gap"}
    summary.write_text(json.dumps(stated))
    assert quarrel(["dark.yaml"], folder=here, gap=0.02, after=(1,))[0].kept
    assert not quarrel(["dark.yaml"], folder=here, gap=0.01, after=(1,))[0].kept
    assert len(solves.names) == 2


def test_a_place_that_is_taken_is_told(here: Path) -> None:
    (here / "dark-anyone.plan").mkdir()
    with pytest.raises(placement.PlanError, match="is not a plan folder"):
        quarrel(["dark.yaml"], folder=here, after=(1,))


# --- mistakes and stops ---


@pytest.mark.parametrize(
    ("beliefs", "owners", "words"),
    [
        (("bright.yaml", "dark.yaml"), ["dear"], "no variant 'dear'"),
        (("bright.yaml",), [ANYONE, "deer"], "no variant 'deer'"),
        (("bright.yaml", "grey.yaml"), None, "grey.yaml"),
        (("bright.yaml", "grey"), [ANYONE], "grey"),
    ],
)
def test_what_is_not_there_is_told_before_the_first_solve(
    beliefs: tuple[str, ...], owners: list[str] | None, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quarrelling, "solve", lambda *_, **__: pytest.fail("something was solved"))
    with pytest.raises(placement.ScenarioError, match=words):
        quarrel(beliefs, owners)


def test_a_mistake_in_a_later_belief_is_told_before_the_first_solve(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quarrelling, "solve", lambda *_, **__: pytest.fail("something was solved"))
    write(here, bright(90.0, {"name": "wrong", "set": {"clusters.sky.orbit.altitude_km": -1.0}}), "dark.yaml")
    with pytest.raises(placement.ScenarioError, match="altitude_km"):
        quarrel(BOTH)


def test_no_belief_is_an_error() -> None:
    with pytest.raises(placement.PlacementError, match="no belief is given"):
        quarrel([])


def test_a_stop_ends_all_with_the_answers_so_far() -> None:
    stop = threading.Event()
    answers = quarrel(BOTH, after=(1,), stop=stop, told=lambda _: stop.set())
    assert told(answers) == [("bright", ANYONE, 1.0)]
    assert quarrel(BOTH, stop=stop) == []


def test_a_solve_is_told_its_limits_and_tells_its_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, Any] = {}
    real = quarrelling.solve

    def solve(scenario: Scenario, **more: Any) -> placement.Result:
        given.update(more)
        return real(scenario, **more)

    monkeypatch.setattr(quarrelling, "solve", solve)
    seen: list[placement.Progress] = []
    quarrel(["dark.yaml"], gap=0.25, time_limit_s=17.0, seed=3, after=(1,), progress=seen.append)
    assert (given["gap"], given["time_limit_s"], given["seed"]) == (0.25, 17.0, 3)
    assert seen


# --- words ---


def decade(*used: tuple[int, str, bool], share: float = 0.5) -> Decade:
    """Tables that say what is used up, and nothing else."""
    binding = pd.DataFrame(
        [{"year": year, "what": what, "most": 1.0, "orbit": orbit} for year, what, orbit in used],
        columns=["year", "what", "most", "orbit"],
    ).astype({"orbit": bool})
    years = pd.DataFrame({"year": [2027], "orbital_share": [share]})
    return Decade(years, pd.DataFrame(), pd.DataFrame(), binding)


def parity(**of_year: tuple[float, float]) -> pd.DataFrame:
    """By year (y2027): $ per hour in orbit and on Earth."""
    table = pd.DataFrame(
        {
            "year": [int(name[1:]) for name in of_year],
            "orbit": [orbit for orbit, _ in of_year.values()],
            "Earth": [earth for _, earth in of_year.values()],
        }
    )
    return table.assign(ratio=table["orbit"] / table["Earth"])


NEVER, CHEAP = (math.nan, 4.0), (6.0, 4.0)


@pytest.mark.parametrize(
    ("tables", "prices", "words"),
    [
        (decade(), parity(y2027=CHEAP), "an orbital hour costs 1.50 x one on Earth at best (2027)"),
        (decade(), parity(y2027=CHEAP, y2029=(5.0, 4.0), y2030=(9.0, 4.0)), "an orbital hour costs 1.25 x one on Earth "
         "at best (2029)"),
        (decade(), parity(y2027=NEVER), "nothing can be added in orbit"),
        (decade(), parity(y2027=(6.0, math.nan)), "nothing is used up"),
        (decade((2027, "cap", True)), parity(y2027=NEVER), "nothing can be added in orbit; cap (2027)"),
        (decade((2027, "cap", True)), parity(y2027=(6.0, math.nan)), "cap (2027)"),
        (decade((2027, "hall", False)), parity(y2027=(6.0, math.nan)), "nothing is used up"),
        (
            decade((2027, "cap", True), (2027, "few", True), (2028, "few", True), (2030, "few", True)),
            parity(y2027=CHEAP),
            "few (2027-2028, 2030); cap (2027); an orbital hour costs 1.50 x one on Earth at best (2027)",
        ),
        (
            decade(*((2027, name, True) for name in "edcba"), share=0.0),
            parity(y2027=CHEAP),
            "an orbital hour costs 1.50 x one on Earth at best (2027); a (2027); b (2027); c (2027); 2 more",
        ),
    ],
)  # fmt: skip
def test_what_binds_in_words(tables: Decade, prices: pd.DataFrame, words: str) -> None:
    """Most years first, three at most; the price comes first where nothing is in orbit."""
    assert quarrelling.binding(build.scenario(), tables, prices) == words

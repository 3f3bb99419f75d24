"""`placement quarrel`: what it prints, keeps and ends with."""

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import build
import lifting
import pytest
from cli.command import Ended, run
from loader.files import everything, write

import placement
from placement import quarrelling

HALL = {"name": "hall", "accelerators": 4, "usd": 55.0, "max": 1}
DEAR = {"name": "dear", "set": {"clusters.sky.modules.sail.usd": 45.0}}


def bright(usd: float = 90.0, **more: Any) -> dict[str, Any]:
    """A day in June 2027: for $120 on Earth, or for 20 and a flight in orbit."""
    rocket = lifting.rocket(usd=usd)
    return lifting.document(lifting.earth(modules=[HALL]), lifting.sky(), vehicles=[rocket], **more)


@pytest.fixture(autouse=True)
def beliefs(here: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """`bright.yaml` with a variant and `dark.yaml` without; Ctrl-C reaches Python."""
    write(here, {**bright(), "variants": [DEAR]}, "bright.yaml")
    write(here, bright(150.0), "dark.yaml")
    monkeypatch.setattr(quarrelling, "BELIEFS", ("bright.yaml", "dark.yaml"))
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def quarrel(*args: Any) -> Ended:
    return run("quarrel", *args)


def strict(text: str) -> Any:
    """JSON without NaN and infinities."""
    return json.loads(text, parse_constant=lambda word: pytest.fail(f"{word} is not JSON"))


def unsolved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quarrelling, "solve", lambda *_, **__: pytest.fail("something was solved"))


def test_tables_of_shares_and_parity_and_what_binds() -> None:
    """The two beliefs of the shipped ones' place, each owner; a year past the horizon is a dash."""
    done = quarrel("--after", "1,2", "--gap", 0)
    assert done.code == 0
    lines = done.out.splitlines()
    assert lines[0] == "Orbital share of delivered reference accelerator-hours, after"
    assert lines[1] == "belief  owner       1 y  2 y     gap"
    assert [line.split() for line in lines[3:6]] == [
        ["bright", "anyone", "100.0", "%", "-", "0.00", "%"],
        ["bright", "dear", "0.0", "%", "-", "0.00", "%"],
        ["dark", "anyone", "0.0", "%", "-", "0.00", "%"],
    ]
    assert lines[6:8] == ["", "$ per hour of new capacity, orbit over Earth, all in"]
    assert [line.split() for line in lines[10:13]] == [
        ["bright", "anyone", "2.00", "-"],
        ["bright", "dear", "2.45", "-"],
        ["dark", "anyone", "3.09", "-"],
    ]
    assert lines[13:] == [
        "",
        "What orbit has used up, and what its hours cost",
        "  bright, anyone: flights of rocket (2027); an orbital hour costs 2.00 x one on Earth at best",
        "    (2027).",
        "  bright, dear: an orbital hour costs 2.45 x one on Earth at best (2027).",
        "  dark, anyone: an orbital hour costs 3.09 x one on Earth at best (2027).",
    ]
    assert max(map(len, lines)) <= 100
    assert done.err.splitlines() == [
        "bright, anyone: optimal, gap 0.00 %",
        "bright, dear: optimal, gap 0.00 %",
        "dark, anyone: optimal, gap 0.00 %",
    ]


def test_owners_can_be_chosen_and_repeated() -> None:
    done = quarrel("bright.yaml", "--owner", "dear", "--owner", "anyone", "--after", "1")
    assert [line.split()[:3] for line in done.out.splitlines()[3:5]] == [
        ["bright", "dear", "0.0"],
        ["bright", "anyone", "100.0"],
    ]


def test_plans_are_kept_in_a_folder_and_taken_again(monkeypatch: pytest.MonkeyPatch, here: Path) -> None:
    before = quarrel("-o", "a/plans", "--after", "1")
    assert before.code == 0
    assert sorted(path.name for path in (here / "a" / "plans").iterdir()) == [
        "bright-anyone.plan", "bright-dear.plan", "dark-anyone.plan",
    ]  # fmt: skip
    unsolved(monkeypatch)
    kept = everything(here)
    again = quarrel("-o", "a/plans", "--after", "1")
    assert (again.code, again.out) == (0, before.out)
    assert [line.split(": ")[1].split(",")[0] for line in again.err.splitlines()] == ["kept"] * 3
    assert everything(here) == kept
    assert run("verify", "a/plans/dark-anyone.plan").code == 0


def test_json_says_the_same_and_nothing_else() -> None:
    done = quarrel("bright.yaml", "--owner", "anyone", "--after", "1,20", "--json")
    assert (done.code, done.err) == (0, "")
    (answer,) = strict(done.out)
    assert answer.pop("cost_usd") == pytest.approx(110.0)
    assert answer.pop("gap") < 0.01
    assert answer.pop("parity") == {"1": pytest.approx(2.0), "20": None}
    assert answer == {
        "belief": "bright",
        "owner": "anyone",
        "status": "optimal",
        "orbital_share": {"1": 1.0, "20": None},
        "binds": "flights of rocket (2027); an orbital hour costs 2.00 x one on Earth at best (2027)",
    }


def test_without_a_plan_there_are_dashes_and_nulls(here: Path) -> None:
    write(here, bright(jobs=[build.job("a", 3.0, 400, reject_usd=None)]), "never.yaml")
    done = quarrel("never.yaml", "--after", "1")
    assert done.code == 0
    assert done.out.splitlines()[3].split() == ["never", "anyone", "-", "-"]
    assert done.out.splitlines()[-1] == "  never, anyone: no plan."
    assert done.err == "never, anyone: infeasible, gap -\n"
    (answer,) = strict(quarrel("never.yaml", "--after", "1", "--json").out)
    assert (answer["cost_usd"], answer["gap"], answer["status"]) == (None, None, "infeasible")
    assert answer["orbital_share"] == answer["parity"] == {"1": None}


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("bright.yaml", "dark.yaml", "--owner", "dear"), "no variant 'dear'"),
        (("bright.yaml", "grey.yaml"), "grey.yaml"),
        (("bright.yaml", "--owner", "deer"), "dear"),
    ],
)
def test_what_is_not_there_is_told_and_nothing_solved(
    args: tuple[str, ...], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    unsolved(monkeypatch)
    done = quarrel(*args)
    assert (done.code, done.out) == (1, "")
    assert words in done.err


@pytest.mark.parametrize(
    "args",
    [
        ("--after", "soon"),
        ("--after", ""),
        ("--after", "2,"),
        ("--after", "0"),
        ("--after", "2,-1"),
        ("--after", "1.5"),
        ("--gap", "-1"),
        ("--time-limit", "0"),
        ("--seed", "-1"),
        ("--owners", "dear"),
    ],
)
def test_wrong_usage_ends_with_2(args: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    unsolved(monkeypatch)
    done = quarrel(*args)
    assert done.code == 2
    assert args[0] in done.err
    if args[0] == "--after":
        assert "is not a list of years such as 2,3,5,10,20." in done.err


def press_during(number: int, times: int, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Press Ctrl-C in the so-many-th solve; the scenarios that are solved."""
    real = quarrelling.solve
    seen: list[str] = []

    def solve(scenario: Any, **more: Any) -> placement.Result:
        seen.append(scenario.name)
        if len(seen) == number:
            for _ in range(times):
                os.kill(os.getpid(), signal.SIGINT)
        return real(scenario, **more)

    monkeypatch.setattr(quarrelling, "solve", solve)
    return seen


@pytest.mark.parametrize("as_json", [False, True])
def test_ctrl_c_shows_the_answers_so_far_and_ends_with_130(
    as_json: bool, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first is answered, the second with what it has by then, the third not at all."""
    seen = press_during(2, 1, monkeypatch)
    done = quarrel("-o", "plans", "--after", "1", *(["--json"] if as_json else []))
    assert done.code == 130
    assert seen == ["test", "test, dear"]
    assert "stopping; press Ctrl-C again to give up the answers so far" in done.err
    if as_json:
        assert [answer["owner"] for answer in strict(done.out)] == ["anyone", "dear"]
    else:
        assert [line.split()[1] for line in done.out.splitlines()[3:5]] == ["anyone", "dear"]
        assert done.out.splitlines()[5] == ""
    assert (here / "plans" / "bright-anyone.plan").is_dir()
    assert not (here / "plans" / "dark-anyone.plan").exists()


def test_a_second_ctrl_c_gives_up_the_answers_but_not_the_plans(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    press_during(2, 2, monkeypatch)
    done = quarrel("-o", "plans", "--after", "1")
    assert (done.code, done.out) == (130, "")
    assert placement.read_plan(here / "plans" / "bright-anyone.plan").summary["status"] == "optimal"
    assert sorted(path.name for path in (here / "plans").iterdir()) == ["bright-anyone.plan"]


def test_the_handler_that_was_there_comes_back() -> None:
    before = signal.getsignal(signal.SIGINT)
    assert quarrel("dark.yaml", "--after", "1").code == 0
    assert signal.getsignal(signal.SIGINT) is before

"""`placement breakeven`: what it prints, writes and ends with."""

import csv
import json
import os
import signal
from pathlib import Path
from typing import Any

import lifting
import pytest
from cli.command import Ended, run
from loader.files import everything, write

import placement
from placement import breaking_even

QUICK = ("--points", 3, "--tolerance", 0.05)
RANGE = ("--vary", lifting.PRICE, "--from", 50, "--to", 150)
SHARE = (*RANGE, "--at", 2027, *QUICK)


@pytest.fixture(autouse=True)
def lift(here: Path) -> Path:
    """`lift.yaml` in the folder."""
    document = lifting.document()
    document["clusters"][1]["as_if"] = True
    variants = [{"name": "dear", "set": {"clusters.sky.modules.sail.usd": 45.0}}]
    return write(here, {**document, "variants": variants}, "lift.yaml")


def breakeven(*args: Any) -> Ended:
    return run("breakeven", "lift.yaml", *args)


def strict(text: str) -> Any:
    """JSON without NaN and infinities."""
    return json.loads(text, parse_constant=lambda word: pytest.fail(f"{word} is not JSON"))


def test_a_table_and_a_sentence() -> None:
    done = breakeven(*SHARE)
    assert done.code == 0
    lines = done.out.splitlines()
    assert lines[:2] == ["scenario test", "as if they operated: sky"]
    assert lines[2].split() == ["value", "orbital", "share", "cost", "gap", "side", "status"]
    assert lines[4].split() == ["50", "100", "%", "$70.00", "0.00", "%", "above", "optimal"]
    told = " ".join(done.out.partition("\n\n")[2].split())
    assert told.startswith(
        f"As {lifting.PRICE} rises, the orbital share in 2027 falls below 5 % between 100 and 103.125"
    )
    assert done.err.splitlines()[0] == "50: optimal, cost $70.00, gap 0.00 %, above"


def test_quiet_shows_no_progress() -> None:
    done = breakeven(*SHARE, "--quiet")
    assert (done.code, done.err) == (0, "")
    assert "falls below 5 %" in done.out


def test_json_is_one_object() -> None:
    done = breakeven(*SHARE, "--json", "--variant", "dear")
    assert (done.code, done.err) == (0, "")
    found = strict(done.out)
    assert (found["metric"], found["at"], found["threshold"], found["vary"]) == (
        "orbital_share", 2027, 0.05, [lifting.PRICE]
    )  # fmt: skip
    (flip,) = found["flips"]
    assert flip["low"] <= 75.0 <= flip["high"]
    assert flip["undecided_low"] <= flip["low"] < flip["high"] <= flip["undecided_high"]
    assert found["sentences"] == [flip["sentence"]]
    assert not found["stopped"]
    assert {"value", "metric", "cost_usd", "bound_usd", "gap", "side", "status", "reason"} == set(found["points"][0])


def test_json_has_null_where_there_is_no_number() -> None:
    done = breakeven(*RANGE, "--metric", "parity", "--points", 2, "--json")
    point = strict(done.out)["points"][0]
    assert (point["metric"], point["side"], point["reason"]) == (None, None, "nothing is delivered on Earth")


def test_the_table_as_csv(here: Path) -> None:
    done = breakeven(*SHARE, "-o", "points.csv", "--quiet")
    assert (done.code, done.out.splitlines()[-1]) == (0, "written to points.csv")
    with Path("points.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["side"] for row in rows if row["value"] in ("50.0", "150.0")] == ["above", "below"]
    assert sorted(path.name for path in here.iterdir()) == ["lift.yaml", "points.csv"]


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ((*SHARE, "--to", 50), "the range is from 50 to 50. Give two different values."),
        ((*SHARE, "--at", 2050), "2050 is outside of the horizon. Choose one of its years: 2027 alone."),
        ((*SHARE, "--threshold", 5), "the threshold is 5, but an orbital share is more than 0 and at most 1."),
        ((*SHARE, "--vary", "vehicles.rockt.open_share"), "Did you mean 'rocket'?"),
        ((*SHARE, "--variant", "deer"), "Did you mean 'dear'?"),
        ((*SHARE, "-o", "none/points.csv"), "there is no folder none"),
        ((*SHARE, "-o", "."), "it is a folder"),
    ],
)
def test_errors_are_one_line_and_end_with_1(args: tuple[Any, ...], words: str, here: Path) -> None:
    before = everything(here)
    done = breakeven(*args)
    assert (done.code, done.out) == (1, "")
    assert words in done.err
    assert len(done.err.splitlines()) == 1
    assert everything(here) == before


@pytest.mark.parametrize(
    "args",
    [
        RANGE,
        (*RANGE, "--metric", "parity", "--at", 2027),
        (*SHARE, "--boundary", "all_in"),
        (*RANGE, "--metric", "total_cost"),
        (*SHARE, "--metric", "cost"),
        (*SHARE, "--points", 1),
        SHARE[2:],
    ],
)
def test_wrong_usage_ends_with_2(args: tuple[Any, ...]) -> None:
    assert breakeven(*args).code == 2


def test_ctrl_c_ends_with_what_is_known_so_far(monkeypatch: pytest.MonkeyPatch) -> None:
    solves = []
    real = placement.solve

    def solve(*args: Any, **more: Any) -> Any:
        result = real(*args, **more)
        solves.append(result)
        if len(solves) == 3:
            os.kill(os.getpid(), signal.SIGINT)
        return result

    monkeypatch.setattr(breaking_even, "solve", solve)
    done = breakeven(*SHARE, "--json", "-o", "points.csv")
    assert done.code == 130
    assert done.err == "stopping; press Ctrl-C again to give up what is known so far\n"
    found = strict(done.out)
    assert found["stopped"]
    assert [(flip["low"], flip["high"]) for flip in found["flips"]] == [(100, 150)]
    assert Path("points.csv").read_text(encoding="utf-8").count("\n") == 4

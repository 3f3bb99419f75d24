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
        SHARE[:2],
        (*SHARE, "--workers", 2),
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


def test_values_are_kept_and_asked_again(here: Path) -> None:
    """The same command solves nothing anew, and the folder alone says the same."""
    quick = ("--points", 2, "--tolerance", 0.9, "--workers", 1, "--work-limit", 20)
    args = (*SHARE, *quick, "--keep", "kept")
    done = breakeven(*args)
    assert done.code == 0, done.err
    assert len(done.err.splitlines()) == 3
    again = breakeven(*args)
    assert (again.out, again.err) == (done.out, "")
    told = run("breakeven", "kept", "--at", 2027, "-o", "points.csv")
    assert told.out == done.out + "written to points.csv\n"
    assert Path("points.csv").read_text(encoding="utf-8").count("\n") == 4
    (flip,) = strict(run("breakeven", "kept", "--metric", "total_cost", "--threshold", 90, "--json").out)["flips"]
    assert (flip["low"], flip["high"], flip["rises"]) == (50, 100, True)
    for wrong in (("--keep", "other"), ("--vary", lifting.PRICE), ("--gap", 0.1), ("--workers", 1)):
        refused = run("breakeven", "kept", "--at", 2027, *wrong)
        assert (refused.code, f"Leave {wrong[0]} out." in refused.err) == (2, True)
    assert run("breakeven", "kept").code == 2
    for other, words in (((*args, "--points", 4), "holds another sweep"), ((*SHARE, "--keep", "."), "is not a sweep")):
        refused = breakeven(*other)
        assert (refused.code, len(refused.err.splitlines())) == (1, 1)
        assert words in refused.err


def test_a_sweep_over_two_inputs_is_a_table_of_flips(here: Path) -> None:
    axes = ("--vary", f"{lifting.PRICE}=50:150:3", "--vary", f"{lifting.RENT}=10,20")
    assert run("sweep", "lift.yaml", *axes, "-o", "map", "--workers", 1, "--quiet").code == 0
    done = run("breakeven", "map", "--at", 2027, "-o", "flips.csv")
    assert done.code == 0, done.err
    lines = done.out.splitlines()
    assert lines[:2] == ["scenario test", "as if they operated: sky"]
    assert [[cell.strip() for cell in line.split("  ") if cell] for line in lines[6:8]] == [
        ["10", "falls below", "100 to 150", "50 to 150", "100 % to 0 %", "1.00 %"],
        ["20", "stays above", "-", "-", "100 %", "0.00 %"],
    ]
    with Path("flips.csv").open(encoding="utf-8") as file:
        assert [row["low"] for row in csv.DictReader(file)] == ["100.0", ""]
    found = strict(run("breakeven", "map", "--at", 2027, "--json").out)
    assert (found["over"], [line["over"] for line in found["lines"]]) == (lifting.RENT, [10, 20])
    assert [len(line["flips"]) for line in found["lines"]] == [1, 0]

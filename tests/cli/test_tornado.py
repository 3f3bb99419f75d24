"""`placement sweep --tornado`: the base is what stands there, and ends are written or those of a range."""

from pathlib import Path
from typing import Any

import lifting
import pytest
from cli.command import run
from lifting import PRICE, RENT
from loader.files import write

import placement
from placement import swept

SAIL = "clusters.sky.modules.sail.usd"


@pytest.fixture(autouse=True)
def lift(here: Path) -> Path:
    """`lift.yaml`, with a range for the price of a sail and a series for that of a flight."""
    document: dict[str, Any] = lifting.document(
        lifting.earth(), lifting.sky(usd={"value": 20.0, "low": 10.0, "high": 25.0, "source": "made up"}),
        vehicles=[lifting.rocket(usd={"points": {"2026": 90.0, "2040": 90.0}})],
    )  # fmt: skip
    return write(here, document, "lift.yaml")


def test_inputs_are_turned_one_at_a_time_from_what_stands_there() -> None:
    args = ("sweep", "lift.yaml", "--tornado", "--vary", f"{RENT}=20:9", "--vary", SAIL, "--factor", f"{PRICE}=0.5:2",
            "--workers", 1, "-o", "torn", "--quiet")  # fmt: skip
    done = run(*args)
    assert (done.code, done.out) == (0, ""), done.err
    sweep = swept.read_sweep("torn")
    assert sweep.design.kind == "one_at_a_time"
    assert sweep.design.points.tolist() == [
        [10, 20, 1], [9, 20, 1], [20, 20, 1], [10, 10, 1], [10, 25, 1], [10, 20, 0.5], [10, 20, 2]
    ]  # fmt: skip
    assert sweep.points["cost_usd"].round(6).tolist() == [110, 108, 110, 100, 115, 65, 120]
    assert run(*args).code == 0  # nothing is left to do
    told = run("report", "torn")
    assert told.code == 0, told.err
    assert "<section id='tornado'>" in Path("torn-sweep.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--vary", f"{PRICE}=50:150"), f"is a series, so there is no base. Turn a factor on it: --factor {PRICE}="),
        (("--vary", "vehicles.rocket.volume_m3=1:2"), "nothing stands there, so there is no base."),
        (("--vary", RENT), f"{RENT}: neither the scenario nor the catalogue gives a range for it. Write --vary"),
        (("--vary", "clusters.moon.pue"), "there is no 'moon' here"),
        (("--factor", PRICE), "is a factor without ends"),
        (("--vary", f"{RENT}=1,2,3"), "has 3 values, and a tornado has two ends"),
        (("--vary", f"{RENT}=9:9"), "two different values"),
        ((), "no input is named"),
    ],
)
def test_what_has_no_base_or_no_ends_says_what_to_do(args: tuple[str, ...], words: str) -> None:
    done = run("sweep", "lift.yaml", "--tornado", *args)
    assert (done.code, len(done.err.splitlines())) == (1, 1)
    assert words in done.err
    assert not Path("test.sweep").exists()


@pytest.mark.parametrize("more", [("--sample", "sobol"), ("--points", 3), ("--list", "list.csv")])
def test_a_tornado_has_its_own_points(more: tuple[Any, ...]) -> None:
    assert run("sweep", "lift.yaml", "--tornado", "--vary", f"{RENT}=9:20", *more).code == 2


def test_a_file_is_read_with_either_end_of_its_ranges() -> None:
    """And with what it says itself, if nothing else is asked for."""
    read = [placement.load("lift.yaml", use=use) for use in (None, "low", "base", "high")]
    assert [scenario.clusters[1].modules[0].usd for scenario in read] == [20, 10, 20, 25]
    assert [scenario.use for scenario in read] == ["base", "low", "base", "high"]

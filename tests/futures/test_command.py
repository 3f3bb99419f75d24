"""A mistake in `placement stress` says what to do; what the command takes and writes."""

import json
import shutil
from pathlib import Path
from typing import Any

import build
import in_process
import pytest
from cli.command import run
from futures.sections import EVENT, PRICE, an_input, event, spread
from loader.files import write

FOLDERS: dict[str, Any] = {
    "certain": None,
    "stormy": {**event(per_year=500.0), "inputs": [{"paths": [PRICE], "uniform": {"low": 50.0, "high": 150.0}}]},
    "absurd": {"inputs": [{"paths": ["clusters.earth.pools.h100-sxm.number"], "discrete": {"values": [-3.0]}}]},
}


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with plans."""
    folder = tmp_path_factory.mktemp("plans")
    with pytest.MonkeyPatch.context() as patch:
        in_process.use(patch)
        for name, given in FOLDERS.items():
            file = write(folder, build.document(**({} if given is None else {"uncertainty": given})), f"{name}.yaml")
            done = run("solve", file, "-o", folder / f"{name}.plan", "--quiet")
            assert done.code == 0, done.err
    return folder


@pytest.fixture
def here(folders: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own for each test, with the plans."""
    for name in FOLDERS:
        shutil.copytree(folders / f"{name}.plan", tmp_path / f"{name}.plan")
    monkeypatch.chdir(tmp_path)
    in_process.use(monkeypatch)
    return tmp_path


def stress(*args: Any) -> Any:
    return run("stress", *args, "--one-by-one", "--workers", 1)


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (["certain.plan"], 1, ["scenario test has no `uncertainty`, so all its futures are", "Write that"]),
        (["stormy.plan", "--futures", 0], 2, ["--futures", "0 is not in the range"]),
        (["stormy.plan", "--futures", "many"], 2, ["--futures", "'many' is not a valid integer"]),
        (["stormy.plan", "--futures", 2_000_000], 1, ["futures is 2000000, but must be from 1 to 1,000,000."]),
        (["stormy.plan", "--seed", -1], 2, ["--seed", "-1 is not in the range"]),
        (["stormy.plan", "--tail", 0], 2, ["--tail", "0.0 is not in the range"]),
        (["stormy.plan", "--tail", 1.5], 2, ["--tail", "1.5 is not in the range"]),
        (["stormy.plan", "--device", "abacus"], 2, ["--device", "'abacus' is not one of"]),
        (["stormy.plan", "-o", "futures.txt"], 1, ["futures.txt", ".csv", ".parquet", "Choose another"]),
        (["stormy.plan", "-o", "nowhere/futures.csv"], 1, ["there is no folder nowhere", "Choose another place."]),
        (["stormy.plan", "-o", "folder.csv"], 1, ["folder.csv", "it is a folder", "Choose another place."]),
        (["nothing.plan"], 1, ["nothing.plan does not exist.", "Give a folder that `placement solve` wrote."]),
        (["stormy.plan", "--uncertainty", "nothing.yaml"], 1, ["nothing.yaml: there is no such file.", "Check"]),
        (["stormy.plan", "--uncertainty", "bare.yaml"], 1, ["bare.yaml has no section `uncertainty`.", "Write one"]),
        (["stormy.plan", "--uncertainty", "broken.yaml"], 1, ["broken.yaml:", "this is not YAML", "Check indentation"]),
        (["stormy.plan", "--uncertainty", "wrong.yaml"], 1, ["there is no cluster 'erth'.", "Did you mean 'earth'?"]),
        (["stormy.plan", "--uncertainty", "even.yaml"], 1, ["has no distribution", "Give exactly one of"]),
    ],
)  # fmt: skip
def test_a_mistake_of_the_command_says_what_to_do(args: list[Any], code: int, words: list[str], here: Path) -> None:
    (here / "folder.csv").mkdir()
    write(here, {"events": [EVENT]}, "bare.yaml")
    write(here, "uncertainty: [1", "broken.yaml")
    write(here, {"uncertainty": event(clusters=["erth"])}, "wrong.yaml")
    write(here, {"uncertainty": an_input(uniform=None)}, "even.yaml")
    before = sorted(path.name for path in here.iterdir())
    done = stress(*args)
    assert done.code == code
    for word in words:
        assert word in done.err
    assert done.out == ""
    assert sorted(path.name for path in here.iterdir()) == before


def test_a_range_in_the_file_of_the_command_is_taken_or_refused_as_such(here: Path) -> None:
    """A plan's scenario has no ranges any more, so it may be refused, but not as a key that is not known."""
    write(here, {"uncertainty": spread(range=True)}, "range.yaml")
    assert "unknown key" not in stress("stormy.plan", "--futures", 2, "--uncertainty", "range.yaml").err


def test_another_uncertainty_takes_the_place_of_the_scenarios(here: Path) -> None:
    write(here, {"uncertainty": {"run_time": {"sigma": 0.3}}}, "lengths.yaml")
    done = stress("certain.plan", "--futures", 3, "--uncertainty", "lengths.yaml", "--json")
    assert done.code == 0, done.err
    told = json.loads(done.out)
    assert (told["futures"], told["seed"], told["how"]) == (3, 0, "one by one")
    assert told["figures"]["cost_usd"]["sd"] > 0
    assert PRICE not in told["drivers"]


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_each_future_has_a_row_in_the_file(ending: str, here: Path) -> None:
    import pandas as pd

    done = stress("stormy.plan", "--futures", 5, "--seed", 2, "-o", f"futures.{ending}", "--quiet")
    assert done.code == 0, done.err
    assert f"written to futures.{ending}" in done.out
    found = pd.read_csv("futures.csv") if ending == "csv" else pd.read_parquet("futures.parquet")
    assert found["future"].tolist() == list(range(5))
    assert {"cost_usd", "late_hours", PRICE, "hours of storm"} <= set(found.columns)
    told = json.loads(stress("stormy.plan", "--futures", 5, "--seed", 2, "--json").out)
    assert told["figures"]["cost_usd"]["mean"] == pytest.approx(found["cost_usd"].mean())


def test_figures_are_files_of_their_own(here: Path) -> None:
    """With or without a page, and JSON stays JSON."""
    done = stress("stormy.plan", "--futures", 5, "--quiet", "--figures", "drawn", "--format", "png")
    assert done.code == 0, done.err
    assert "written to drawn" in done.out
    assert {"cost-of-futures.png", "what-drives-it.png"} <= {path.name for path in (here / "drawn").iterdir()}
    done = stress("stormy.plan", "--futures", 5, "--json", "--figures", "drawn", "--report", "page.html")
    assert json.loads(done.out)["futures"] == 5
    assert (here / "drawn" / "cost-of-futures.svg").read_text().startswith("<svg")
    assert (here / "page.html").is_file()


def test_where_no_future_has_a_cost_it_is_told_why(here: Path) -> None:
    done = stress("absurd.plan", "--futures", 2, "--json")
    assert "number is -3" in done.out + done.err

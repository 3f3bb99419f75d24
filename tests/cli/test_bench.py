"""`placement bench`: the sizes that there are, a run with all that is stored with it, and wrong names."""

import json

import pytest
from cli.command import run

from placement.benchmarks.sizes import SIZES, Size


def test_without_a_size_the_sizes_are_listed() -> None:
    done = run("bench")
    assert done.code == 0
    for words in ("week-2k", "2,000", "year-1m", "8,760", "easy 70", "tight 95"):
        assert words in done.out


def test_a_run_gives_cost_bound_and_properties(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SIZES, "small", Size(jobs=1000, clusters=3, slots=168, largest_share=0.05, slack_days=3.0))
    done = run("bench", "small", "easy", "--gap", "0.9", "--json")
    assert done.code == 0
    found = json.loads(done.out)
    assert found["bound_usd"] < found["cost_usd"]
    assert 0 <= found["gap"] <= 0.9
    assert found["broken"] == []
    assert found["properties"]["jobs"] == 1000
    assert found["hardness"] >= found["gap"] - 1e-9


def test_an_unknown_size_is_one_line() -> None:
    done = run("bench", "week")
    assert done.code == 1
    assert done.err.startswith("error: there is no instance 'week easy'. Sizes: week-2k")
    assert done.err.count("\n") == 1

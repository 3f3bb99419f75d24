"""`placement bench`: the sizes that there are, a run with all that is stored with it, and wrong names."""

import json
import re

import pytest
from cli.command import run

from placement.benchmarks.peers import PEERS, Peer
from placement.benchmarks.sizes import SIZES, Size
from placement.cli.bench import _peer_table


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


def test_peers_are_asked_after_us_and_stand_in_one_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SIZES, "tiny", Size(jobs=500, clusters=3, slots=168, largest_share=0.05, slack_days=1.0))
    for name in list(PEERS):
        if name != "HiGHS":
            monkeypatch.delitem(PEERS, name)
    monkeypatch.setitem(PEERS, "Nobody", Peer("Nobody", "nobody", "no_such_package", ("default",)))
    asked = ("--seed", "1", "--gap", "0.9", "--peers", "--peers-time-limit", "40", "--json")
    done = run("bench", "tiny", "easy", *asked)
    assert done.code == 0
    assert "Nobody is left out: the package 'no_such_package' is not installed. " in done.err
    assert re.search(r"HiGHS, (default|no presolve), begun with our first plan: cost \$", done.err)
    found = json.loads(done.out)
    assert found["cost_after_60_s_usd"] == pytest.approx(found["cost_usd"])
    peers = found["peers"]
    assert [answer["status"] for answer in peers["answers"]] == ["optimal", "optimal", "optimal", "missing"]
    assert peers["refuted"] == []
    first, head, _, *rows = _peer_table(peers)
    assert first == "Peers, 40 s each, the best of their settings; every plan checked and priced here:"
    assert head.startswith("who ")
    assert [row.split()[0] for row in rows] == ["Placement", "HiGHS", "HiGHS"]
    assert all(row.endswith(" MB") for row in rows)


def test_an_unknown_size_is_one_line() -> None:
    done = run("bench", "week")
    assert done.code == 1
    assert done.err.startswith("error: there is no instance 'week easy'. Sizes: week-2k")
    assert done.err.count("\n") == 1

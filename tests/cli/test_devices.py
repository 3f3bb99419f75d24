"""`placement devices`: what is there, what is missing, and how to get it."""

import json
from dataclasses import asdict

import pytest
from cli.command import run

from placement.kernels.backend import back_ends


def test_it_lists_all_back_ends_and_marks_the_default() -> None:
    done = run("devices")
    assert (done.code, done.err) == (0, "")
    assert done.out.count("yes, by default") == 1
    for end in back_ends():
        assert f"{end.name}: {end.detail}." in done.out


def test_what_is_missing_comes_with_the_command_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("placement.kernels.backend.find_spec", lambda _: None)
    done = run("devices")
    assert "CuPy is not installed. To install: pip install 'orbital-placement[cuda]'" in done.out
    assert "Numba is not installed. To install: pip install 'orbital-placement[numba]'" in done.out


def test_json_holds_the_same() -> None:
    found = json.loads(run("devices", "--json").out)
    assert [{key: value for key, value in row.items() if key != "default"} for row in found] == [
        asdict(end) for end in back_ends()
    ]
    assert sum(row["default"] for row in found) == 1

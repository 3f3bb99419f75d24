"""`placement explain SCENARIO`: what cannot be met together, as people and programs read it."""

import json
from pathlib import Path
from typing import Any

import build
from cli.command import run
from loader.files import write


def crowded() -> dict[str, Any]:
    """Two jobs that must run at the same time on eight accelerators, of which each needs six."""
    jobs = [build.job(name, 4.0, 6, reject_usd=None, must_run=True) for name in ("one", "two")]
    return build.document([build.cluster(number=8)], [*jobs, build.job("small", 1.0, 1)], slots=4)


def test_what_cannot_be_met_is_told_with_what_would_help(here: Path) -> None:
    write(here, crowded())
    done = run("explain", "week.yaml")
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert (
        lines[0] == "test: no plan exists. These 3 cannot be met together; without any one of them the others can be:"
    )
    assert any("pool earth/h100-sxm has 8 accelerators" in line for line in lines)
    assert any("job 'one' must run" in line for line in lines)
    assert "  - Raise clusters.earth.pools.h100-sxm.number from 8 to 12. (50.0 %)" in lines
    assert "small" not in done.out


def test_solve_says_where_to_ask(here: Path) -> None:
    write(here, crowded())
    done = run("solve", "week.yaml", "-o", "week.plan")
    assert done.code == 3
    assert "`placement explain week.yaml` says what cannot be met together, and what helps." in done.err


def test_the_same_as_json(here: Path) -> None:
    write(here, crowded())
    told = json.loads(run("explain", "week.yaml", "--json").out)
    assert (told["possible"], told["irreducible"], len(told["demands"])) == (False, True, 3)
    assert {"path": "clusters.earth.pools.h100-sxm.number", "from": 8, "to": 12}.items() <= told["relaxations"][
        0
    ].items()


def test_a_scenario_that_has_a_plan_says_so(week: Path) -> None:
    done = run("explain", week)
    assert (done.code, done.out) == (0, "test: a plan exists. `placement solve` finds one.\n")
    assert json.loads(run("explain", week, "--json").out)["possible"] is True


def test_options_of_the_other_kind_are_wrong_usage(week: Path, solved: Path) -> None:
    for option in (("--job", "train"), ("--by", "2"), ("--solve", "1")):
        done = run("explain", week, *option)
        assert (done.code, f"{option[0]} is for plans" in done.err) == (2, True)
    done = run("explain", solved, "--variant", "x")
    assert (done.code, "--variant is for scenarios" in done.err) == (2, True)

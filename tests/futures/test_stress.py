"""The command and the library call: figures, files, pages, the same futures each time."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from build import cluster, document, job
from cli.command import run

import placement
from placement.errors import PlacementError
from placement.folder import Stored, read_plan, write_plan
from placement.futures.risk import risk_of
from placement.loader.load import scenario as make
from placement.solving import solve
from placement.tasks import Event

UNCERTAINTY: dict[str, Any] = {
    "run_time": {"sigma": 0.3},
    "events": [{"name": "outage", "clusters": ["earth"], "per_year": 700, "hours": 2, "speed": 0.0}],
    "inputs": [{"paths": ["clusters.earth.energy_price"], "how": "factor", "lognormal": {"median": 1, "sigma": 0.3}}],
}


def week(**more: Any) -> dict[str, Any]:
    """Six jobs of which two have deadlines, on one site."""
    jobs = [job(f"j{k}", 2.0 + k, 2, delay_usd_per_hour=1.0) for k in range(4)]
    jobs += [
        job("dated", 3.0, 4, deadline="2027-06-07T06:00:00Z"),
        job("late", 8.0, 2, deadline="2027-06-07T20:00:00Z"),
    ]
    return document([cluster(number=8)], jobs, slots=24, uncertainty=UNCERTAINTY, **more)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plan folder."""
    scenario = make(week())
    place = tmp_path_factory.mktemp("plans") / "week.plan"
    write_plan(place, scenario, solve(scenario))
    return place


def test_the_same_futures_each_time_and_however_many(folder: Path) -> None:
    stored = read_plan(folder)
    few, more, other = (placement.stress(stored, n, seed=s) for n, s in ((20, 0), (50, 0), (20, 1)))
    pd.testing.assert_frame_equal(few.futures, more.futures.head(20))
    assert not np.allclose(few.futures["cost_usd"], other.futures["cost_usd"])
    assert few.how == "at once"


def test_processes_come_to_the_same_in_the_same_order(folder: Path) -> None:
    stored = read_plan(folder)
    one, two = (placement.stress(stored, 20, one_by_one=True, workers=n) for n in (1, 2))
    pd.testing.assert_frame_equal(one.futures, two.futures)
    pd.testing.assert_frame_equal(one.jobs, two.jobs)
    at_once = placement.stress(stored, 20)
    pd.testing.assert_frame_equal(one.futures, at_once.futures, rtol=1e-9)
    pd.testing.assert_frame_equal(one.jobs, at_once.jobs)


def test_figures_are_those_of_the_futures(folder: Path) -> None:
    found = placement.stress(read_plan(folder), 400)
    usd = found.futures["cost_usd"].to_numpy()
    risk = found.risk()
    assert risk.mean == pytest.approx(usd.mean())
    assert risk.quantiles == pytest.approx(np.quantile(usd, (0.05, 0.25, 0.5, 0.75, 0.95)))
    assert risk.cvar == pytest.approx(np.sort(usd)[-20:].mean())
    assert risk.worst == usd.max()
    dated = found.jobs.set_index("job")["on_time"]
    assert set(dated.dropna().index) == {"dated", "late"}
    missed = found.futures["missed"].sum() + found.futures["away"].sum()
    assert missed > 0
    assert dated["late"] < 1
    names = [name for name, _ in found.drivers()]
    assert {"clusters.earth.energy_price", "hours of outage", "mean length of runs"} <= set(names)
    assert all(
        abs(one) >= abs(other) for (_, one), (_, other) in zip(found.drivers(), found.drivers()[1:], strict=False)
    )


def test_the_worst_share_that_is_no_whole_number_counts_a_part() -> None:
    risk = risk_of(np.array([1.0, 2.0, 3.0, 10.0]), 0.375)
    assert risk.cvar == pytest.approx((10 + 0.5 * 3) / 1.5)
    with pytest.raises(PlacementError, match="above 0 and at most 1"):
        risk_of(np.ones(3), 0.0)


def test_the_command_prints_and_writes(folder: Path, tmp_path: Path) -> None:
    table, page = tmp_path / "futures.parquet", tmp_path / "futures.html"
    done = run("stress", folder, "--futures", 60, "-o", table, "--report", page)
    assert done.code == 0
    for words in ("60 futures of seed 0, at once", "as planned", "worst 5 %", "rank correlation with cost", "late"):
        assert words in done.out
    assert max(map(len, done.out.splitlines())) <= 140
    assert len(pd.read_parquet(table)) == 60
    text = page.read_text(encoding="utf-8")
    for words in ("What it costs across futures", "What the cost goes with", "Deadlines in doubt", "the kernel"):
        assert words in text


def test_the_command_tells_the_same_as_json(folder: Path) -> None:
    told = json.loads(run("stress", folder, "--futures", 60, "--json", "--quiet").out)
    found = placement.stress(read_plan(folder), 60)
    assert told["figures"]["cost_usd"]["mean"] == pytest.approx(found.risk().mean)
    assert told["drivers"] == pytest.approx(dict(found.drivers()))
    assert {row["job"] for row in told["jobs"]} == set(found.jobs["job"])


def test_uncertainty_can_come_from_a_file(folder: Path, tmp_path: Path) -> None:
    given = tmp_path / "mild.yaml"
    given.write_text("uncertainty: {run_time: {sigma: 0.0}}\n", encoding="utf-8")
    told = json.loads(run("stress", folder, "--futures", 5, "--json", "--quiet", "--uncertainty", given).out)
    assert told["figures"]["cost_usd"]["sd"] == 0
    assert told["figures"]["cost_usd"]["mean"] == pytest.approx(told["planned_usd"])


class _Set(Event):
    def is_set(self) -> bool:
        return True


def test_a_stop_leaves_what_is_done(folder: Path) -> None:
    found = placement.stress(read_plan(folder), 50, one_by_one=True, workers=1, stop=_Set())
    assert 0 < len(found.futures) < 50


def test_nothing_that_makes_no_sense_is_taken(folder: Path) -> None:
    stored = read_plan(folder)
    bare = Stored(make(week() | {"uncertainty": None}), stored.plan, stored.summary)
    with pytest.raises(PlacementError, match="has no `uncertainty`"):
        placement.stress(bare, 5)
    for wrong in ({"futures": 0}, {"seed": -1}, {"workers": -1}, {"executor": "slurm"}, {"address": "here:1"}):
        with pytest.raises(PlacementError):
            placement.stress(stored, **wrong)  # type: ignore[arg-type]

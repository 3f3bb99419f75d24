"""What is asked of a log: names of clusters, a horizon that covers it, columns."""

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hindsight.nights import START, a, b, log, sites

import placement
from placement.errors import PlacementError, ScenarioError

ONE = ("x", 0, 1, 2.0, 4)


def refused(*args: Any, **more: Any) -> str:
    """What is said of a log that cannot be used."""
    with pytest.raises(PlacementError) as caught:
        placement.what_if(*args, **more)
    return str(caught.value)


def test_names_are_mapped_first_those_given_then_their_own_then_all_others() -> None:
    table = log((*ONE, "train"), ("y", 0, 3, 1.0, 1, "b"), ("z", 0, 5, 1.0, 1, "rest"), ("w", 0, 6, 1.0, 1, "a"))
    found = placement.what_if(sites(), table, clusters={"train": "a/h100-sxm", "": "b", "a": "b"})
    ran = found.plans["as-it-ran"].placements
    assert dict(zip(ran["job"], ran["cluster"], strict=True)) == {"x": "a", "y": "b", "z": "b", "w": "b"}


def test_jobs_of_clusters_that_are_not_there_are_left_out_and_counted() -> None:
    found = placement.what_if(sites(), log((*ONE, "a"), ("y", 0, 0, 1.0, 1, "test"), ("z", 0, 0, 1.0, 1, "test")))
    assert found.jobs == 1
    assert [(left.words, left.jobs, left.first) for left in found.left] == [
        ("ran on 'test', no cluster of the scenario", 2, ("y", "z"))
    ]


def test_jobs_that_the_scenario_does_not_let_run_where_they_ran_are_left_out() -> None:
    table = log((*ONE, "a"), ("y", 0, 0, 1.0, 1, "a")).assign(memory_gb=[10.0, 500.0])
    found = placement.what_if(sites(), table)
    assert [left.words for left in found.left] == [
        "cannot run where they ran, by the scenario: the accelerators have too little memory"
    ]
    assert "can run where it ran" in refused(sites(), table.iloc[1:])


def test_mistakes_in_names_of_clusters() -> None:
    table = log((*ONE, "train"))
    assert refused(sites(), table) == (
        "no job of the log ran on a cluster of test (ran on 'train', no cluster of the scenario). Give --as "
        "PARTITION=CLUSTER, or --as CLUSTER for all; its clusters: a, b."
    )
    assert "--as c: test has no cluster 'c'" in refused(sites(), table, clusters={"": "c"})
    assert "cluster 'a' has no pool 'a100'" in refused(sites(), table, clusters={"": "a/a100"})
    assert "no job of the log ran on 'trian'. Did you mean 'train'?" in refused(sites(), table, clusters={"trian": "a"})
    two = a()
    two["pools"] = [{"name": "old", "accelerator": "a100-80gb", "number": 4}, {"accelerator": "h100-sxm", "number": 4}]
    assert "Give --as NAME=CLUSTER/POOL with one of a/old, a/h100-sxm." in refused(sites(two), log((*ONE, "a")))
    found = placement.what_if(sites(two), log((*ONE, "a")), clusters={"a": "a/old"})
    assert set(found.plans["as-it-ran"].placements["pool"]) == {"old"}


def test_the_horizon_has_to_cover_the_log() -> None:
    made = sites(a(energy_price=1.0, carbon_g_per_kwh=1.0), b(), slots=4)
    said = refused(made, log((*ONE, "a"), ("y", 30, 30.5, 2.25, 1, "a")), wait_hours=6.0)
    assert said == (
        "the log runs from 2027-06-07T01:00:00Z to 2027-06-08T08:45:00Z, and the horizon of test from "
        "2027-06-07T00:00:00Z to 2027-06-07T04:00:00Z. Write horizon: {start: 2027-06-07T01:00:00Z, slot_hours: 1, "
        "slots: 39}, or move or cut the log: --onto, --from, --to."
    )
    early = refused(sites(), log(("x", -30, -25.5, 1.0, 1, "a")))
    assert "horizon: {start: 2027-06-05T22:00:00Z" in early


def test_a_run_that_ends_with_the_horizon_fits_and_one_that_slots_push_over_it_does_not() -> None:
    assert placement.what_if(sites(), log(("x", 46, 46, 2.0, 1, "a"))).jobs == 1
    assert "Write horizon" in refused(sites(), log(("x", 45, 45.5, 2.5, 1, "a")))


def test_a_job_that_could_wait_past_the_end_is_told() -> None:
    found = placement.what_if(sites(), log(("x", 40, 40, 2.0, 1, "a")))
    assert any("1 jobs could begin later, but for the end of the horizon" in note for note in found.notes)


@pytest.mark.parametrize("name", ["job", "hours", "accelerators", "started"])
def test_a_column_that_is_missing(name: str) -> None:
    said = refused(sites(), log((*ONE, "a")).drop(columns=name))
    assert said.startswith(f"the log has no column '{name}'. It needs job, hours, accelerators, started and cluster")


def test_cells_that_cannot_be_are_told_with_their_places() -> None:
    table = log((*ONE, "a"), ("y", 0, 0, -1.0, 1, "a"))
    with pytest.raises(ScenarioError) as caught:
        placement.what_if(sites(), table)
    assert "row 2, column hours" in str(caught.value)


def test_jobs_without_a_start_are_left_out() -> None:
    table = log((*ONE, "a"), ("y", 0, 0, 1.0, 1, "a"))
    table.loc[1, "started"] = pd.NaT
    found = placement.what_if(sites(), table)
    assert (found.jobs, found.left[0].words) == (1, "when they began is not known")
    assert "Fill in its column 'started'" in refused(sites(), table.iloc[1:])


def test_any_table_will_do() -> None:
    frame = log((*ONE, "a"))
    arrow = pa.Table.from_pandas(frame, preserve_index=False)
    plain = {
        "job": ["x"],
        "hours": [2.0],
        "accelerators": [4],
        "started": [START + pd.Timedelta(hours=1)],
        "cluster": ["a"],
    }
    costs = [placement.what_if(sites(), table)["as-it-ran"].cost_usd for table in (frame, arrow, plain)]
    assert costs == [pytest.approx(0.008 * 1.25 * 100)] * 3
    assert "the log is a list, which is no table" in refused(sites(), [1, 2])
    assert "no job of the log" in refused(sites(), frame.iloc[:0])


def test_arguments_that_make_no_sense() -> None:
    table = log((*ONE, "a"))
    assert "wait_hours is -1" in refused(sites(), table, wait_hours=-1)
    assert "wait_hours is nan" in refused(sites(), table, wait_hours=float("nan"))
    assert "carbon_usd_per_t is 0" in refused(sites(), table, carbon_usd_per_t=0)
    module = {"name": "hall", "pool": "h100-sxm", "accelerators": 4, "usd": 1.0, "max": 1}
    assert "decides what is built" in refused(sites(a(modules=[module])), table)


def test_carbon_outside_the_boundary_has_no_rows() -> None:
    found = placement.what_if(sites(policy={"minimise": "energy_cooling_launch"}), log((*ONE, "a")))
    assert not [key for key in found.plans if key.endswith("-carbon")]
    assert any("carbon is outside the boundary" in note for note in found.notes)


def test_moments_are_exact_where_slots_are_odd() -> None:
    """Slots of 36.36 seconds."""
    made = sites(a(energy_price=1.0, carbon_g_per_kwh=1.0), slots=500, slot_hours=0.0101)
    found = placement.what_if(made, log(("x", 1.0, 1.0, 1.0, 4, "a")), wait_hours=0.5, carbon_usd_per_t=None)
    grain = found.plans["as-it-ran"].placements["start_grain"].tolist()
    assert grain == [int(np.ceil(1 / 0.0101)) * 256]

"""Sweeps and shards on a Ray cluster of two nodes on this machine: the numbers of one process, whatever is lost."""

import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import build
import mortal
import numpy as np
import pandas as pd
import pytest
from cli.command import run
from loader.files import write
from oracle.generate import tiny

import placement
from placement import design, ray_executor, sweeping
from placement.compile import compile_scenario
from placement.design import Axis
from placement.errors import PlacementError
from placement.executor import carried_out
from placement.loader.load import scenario
from placement.ray_executor import connected
from placement.search import bound
from placement.search.bound import priced_bound, running_on
from placement.sharding import sharded
from placement.swept import Solving, Sweep

ray = pytest.importorskip("ray", reason="Ray is not installed: pip install 'orbital-placement[distributed]'")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # Ray leaves pipes of its processes to be collected
    pytest.mark.filterwarnings("ignore::DeprecationWarning:ray"),
    pytest.mark.filterwarnings("ignore::FutureWarning:ray"),
]

PRICE, WIDTH = "clusters.a.energy_price", "clusters.b.pools.h100-sxm.number"
HOW = Solving(gap=1e-6, time_limit_s=None, work_limit=20)
NODE = {"num_cpus": 1, "object_store_memory": 80 * 2**20, "include_dashboard": False}
HEAD = {"num_gpus": 1, "_system_config": {"health_check_period_ms": 1000, "health_check_failure_threshold": 4}}
"""It says that it has a GPU; and a node that is gone is missed after four seconds."""


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """Two nodes of one CPU each on this machine, connected to."""
    from ray.cluster_utils import Cluster

    ray_executor.imported()
    made = Cluster(initialize_head=True, head_node_args={**NODE, **HEAD})
    try:
        made.add_node(**NODE)
        with connected(made.address):
            yield made
    finally:
        made.shutdown()


def document() -> dict[str, Any]:
    jobs = [build.job(f"j{n}", 1.0 + n % 4, 2 + n % 3, count=2, reject_usd=4.0 + n) for n in range(6)]
    return build.document(
        [build.cluster("a", 6, energy_price=100.0), build.cluster("b", 4, energy_price=120.0)], jobs, slots=8
    )


def grid() -> design.Design:
    return design.grid([Axis((PRICE,), (50.0, 400.0, 900.0)), Axis((WIDTH,), (2.0, 8.0))])


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Sweep:
    """The sweep in this process, one point after the other."""
    return sweeping.sweep(
        placement.scenario(document()), grid(), tmp_path_factory.mktemp("a") / "s", solving=HOW, workers=1
    )


def assert_same(one: Sweep, other: Sweep) -> None:
    """Rows and plans bit for bit, but for how long it took."""
    assert one.finished == other.finished == list(range(len(one.design.points)))
    pd.testing.assert_frame_equal(
        one.points.drop(columns="runtime_s"), other.points.drop(columns="runtime_s"), check_exact=True
    )
    for point in one.finished:
        here, there = (placement.read_plan(found.plan_place(point)) for found in (one, other))
        assert here.plan.digest == there.plan.digest
        for name, table in here.plan.tables.items():
            pd.testing.assert_frame_equal(table, there.plan.tables[name], check_exact=True)


def raylet(node: Any) -> int:
    """Its process."""
    return int(node.all_processes["raylet"][0].process.pid)


def at_work(what: str, node: Any) -> list[int]:
    """Processes of a node that are at work on something, by its name."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            title, status = (place / "cmdline").read_bytes(), (place / "stat").read_text()
        except OSError:
            continue
        if title.startswith(f"ray::{what}".encode()) and int(status.rpartition(")")[2].split()[1]) == raylet(node):
            found.append(int(place.name))
    return found


def until(found: Callable[[], Any], seconds: float = 60.0) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = found()
        if value:
            return value
        time.sleep(0.01)
    raise AssertionError("it did not come")


def test_two_nodes_give_the_rows_and_plans_of_one_process(cluster: Any, alone: Sweep, tmp_path: Path) -> None:
    path = write(tmp_path, document())
    args = [
        "sweep",
        path,
        "--vary",
        f"{PRICE}=50,400,900",
        "--vary",
        f"{WIDTH}=2,8",
        "--gap",
        "1e-6",
        "--work-limit",
        20,
    ]
    done = run(*args, "-o", tmp_path / "s", "--executor", "ray", "--address", cluster.address)
    assert done.code == 0, done.err
    assert len(done.out.splitlines()) == 8
    assert_same(alone, placement.read_sweep(tmp_path / "s"))


def test_tasks_are_begun_in_order_and_given_up_after_three_deaths(cluster: Any, tmp_path: Path) -> None:
    ray.cloudpickle.register_pickle_by_value(mortal)  # the folder of tests is not where workers look
    given, of = (str(tmp_path), {2: 1, 4: 2, 7: 9}), lambda n: (n,)
    on: dict[str, Any] = {"executor": "ray", "address": cluster.address}
    try:
        begun = carried_out(mortal.square, given, of, range(6), lambda n: n - 3, workers=0, **on)
        found = list(begun)
        with pytest.raises(PlacementError, match="the process of point 7 ended 3 times"):
            list(carried_out(mortal.square, given, of, [7], lambda _: -1, workers=1, **on))
        stop = threading.Event()
        stop.set()
        assert not list(carried_out(mortal.square, given, of, [8], lambda _: -1, workers=1, stop=stop, **on))
        with pytest.raises(TypeError, match="multiply sequence"):
            list(carried_out(mortal.square, given, lambda n: ("x",), [9], lambda _: -1, workers=1, **on))
    finally:
        ray.cloudpickle.unregister_pickle_by_value(mortal)
    assert sorted(found) == [(n, n * n) for n in range(6)]
    order = [number for number, _ in found]
    assert all(order.index(n - 3) < order.index(n) for n in range(3, 6))
    assert [len(list(tmp_path.glob(f"{n}-*"))) for n in range(6)] == [1, 1, 2, 1, 3, 1]


def test_shards_on_two_nodes_give_the_bound_of_one(cluster: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for seed in (1, 4):
        problem = compile_scenario(scenario(tiny(seed)) if seed % 2 else build.crowded(seed)).problem
        prices = np.random.default_rng(seed).exponential(1.0, len(problem.rows))
        monkeypatch.undo()
        expected = priced_bound(problem, prices)
        monkeypatch.setattr(bound, "FEW", 0)
        with sharded(problem, shards=2, executor="ray") as back, running_on(back):
            assert priced_bound(problem, prices) == expected
            assert until(lambda: ray.available_resources().get("GPU", 0) == 0)  # one of the two has it
            if seed == 4:  # once more, without one of them
                owners = [pid for node in cluster.list_all_nodes() for pid in at_work("Shard", node)]
                assert len(owners) == 2
                os.kill(owners[0], signal.SIGKILL)
                assert priced_bound(problem, prices) == expected


def test_a_worker_and_a_node_lost_in_the_middle_change_nothing(cluster: Any, alone: Sweep, tmp_path: Path) -> None:
    (node,) = cluster.worker_nodes
    lost: list[str] = []

    def break_things() -> None:
        first = until(lambda: at_work("solve_point", node))[0]
        os.kill(first, signal.SIGKILL)
        lost.append("worker")
        until(lambda: [pid for pid in at_work("solve_point", node) if pid != first])
        cluster.remove_node(node, allow_graceful=False)
        lost.append("node")

    thread = threading.Thread(target=break_things)
    thread.start()
    told: list[int] = []
    try:
        found = sweeping.sweep(
            placement.scenario(document()), grid(), tmp_path / "s", solving=HOW, executor="ray",
            address=cluster.address, progress=lambda row: told.append(row["point"]),
        )  # fmt: skip
    finally:
        thread.join()
    assert lost == ["worker", "node"]
    assert sorted(told) == list(range(6))
    assert_same(alone, found)


def test_what_cannot_be_reached_is_a_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ray, "is_initialized", lambda: False)
    path = write(tmp_path, document())
    args = ("sweep", path, "--vary", f"{PRICE}=50", "-o", tmp_path / "s", "--executor", "ray", "--address")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and does not listen
        nobody = f"127.0.0.1:{taken.getsockname()[1]}"
        done = run(*args, nobody)
    assert (done.code, done.out.count("error")) == (1, 0)
    assert f"no Ray cluster answers at '{nobody}'" in done.err
    assert "Ray cannot be used at 'nonsense'" in run(*args, "nonsense").err
    monkeypatch.setitem(sys.modules, "ray", None)
    missing = run(*args, "auto").err
    assert "Ray does not load" in missing
    assert "orbital-placement[distributed]" in missing
    assert "is of a Ray cluster" in run(*args[:-3], "--address", "auto").err


def test_a_worker_of_another_version_is_a_clear_error() -> None:
    with pytest.raises(PlacementError, match=r"has version .*Install the same version on every node"):
        ray_executor.check_version("0.0.0")

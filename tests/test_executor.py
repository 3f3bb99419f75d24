"""Tasks in processes: begun once what they need is done, tried again where a process dies, each told once."""

import threading
from pathlib import Path

import mortal
import pytest

from placement.errors import PlacementError
from placement.executor import carried_out, check_executor
from placement.tasks import Tasks


def one(number: int) -> tuple[int]:
    return (number,)


def test_a_task_may_begin_once_what_it_needs_is_done() -> None:
    tasks = Tasks([0, 1, 2, 5], lambda number: {1: 0, 2: 1, 5: 4}.get(number, -1))
    assert tasks.ready == [0, 5]
    assert tasks.begin() == 0
    assert tasks.ready == [5]
    tasks.done(0)
    assert tasks.ready == [5, 1]


def test_a_task_that_is_lost_is_the_next_three_times_in_all() -> None:
    tasks = Tasks([0, 1], lambda _: -1)
    for _ in range(2):
        assert tasks.begin() == 0
        tasks.lost(0)
    assert tasks.begin() == 0
    with pytest.raises(PlacementError, match="the process of point 0 ended 3 times"):
        tasks.lost(0)


@pytest.mark.slow
def test_processes_that_die_lose_nothing_and_count_nothing_twice(tmp_path: Path) -> None:
    given = (str(tmp_path), {2: 1, 4: 2})
    found = list(carried_out(mortal.square, given, one, range(6), lambda n: n - 3 if n >= 3 else -1, workers=2))
    assert sorted(found) == [(n, n * n) for n in range(6)]
    order = [number for number, _ in found]
    assert all(order.index(n - 3) < order.index(n) for n in range(3, 6))
    assert len(list(tmp_path.glob("4-*"))) == 3


@pytest.mark.slow
def test_a_task_whose_process_dies_three_times_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(PlacementError, match="the process of point 1 ended 3 times"):
        list(carried_out(mortal.square, (str(tmp_path), {1: 9}), one, [1], lambda _: -1, workers=1))


def test_no_task_is_begun_once_it_is_stopped(tmp_path: Path) -> None:
    stop = threading.Event()
    stop.set()
    given = (str(tmp_path), {})
    assert list(carried_out(mortal.square, given, one, [1], lambda _: -1, workers=1, stop=stop)) == []
    assert not list(tmp_path.iterdir())


def test_an_executor_that_is_none_or_has_no_use_for_an_address_is_an_error() -> None:
    with pytest.raises(PlacementError, match="there is no executor 'dask'"):
        check_executor("dask", None)
    with pytest.raises(PlacementError, match="is of a Ray cluster"):
        check_executor("local", "head:6379")
    check_executor("ray", "head:6379")

"""Priorities: by hand, and the three promises on random plans."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placement.exporters.priorities import priorities


def test_priority_falls_behind_each_slot_that_is_too_full_for_what_comes_later() -> None:
    """Two pools of four slots. The first leaves too little for what starts later in slots 0 and 2; then in 0 alone."""
    left = np.array([[5.0, 8.0, 2.0, 0.0], [9.0, 9.0, 9.0, 9.0]])
    pool, slot = np.array([0, 0, 0, 1]), np.array([0, 1, 3, 2])
    assert priorities(left, pool, slot, np.array([1, 6, 4, 9])).tolist() == [3, 2, 1, 2]
    assert priorities(left, pool, slot, np.array([1, 6, 2, 9])).tolist() == [2, 1, 1, 1]


def test_where_there_is_room_all_have_the_same() -> None:
    left = np.full((1, 3), 100.0)
    assert priorities(left, np.zeros(3, np.int64), np.arange(3), np.full(3, 5)).tolist() == [1, 1, 1]


@settings(max_examples=40)
@given(st.data())
def test_promises(data: st.DataObject) -> None:
    slots, pools, runs = (data.draw(st.integers(1, most)) for most in (8, 3, 12))
    sizes = st.integers(0, 6)
    left = np.array(
        data.draw(st.lists(st.lists(sizes, min_size=slots, max_size=slots), min_size=pools, max_size=pools))
    )
    pool = np.array(data.draw(st.lists(st.integers(0, pools - 1), min_size=runs, max_size=runs)))
    slot = np.array(data.draw(st.lists(st.integers(0, slots - 1), min_size=runs, max_size=runs)))
    gang = np.array(data.draw(st.lists(st.integers(1, 6), min_size=runs, max_size=runs)))
    found = priorities(left.astype(float), pool, slot, gang)
    assert sorted(set(found.tolist())) == list(range(1, len(set(found.tolist())) + 1))
    for a in range(runs):
        for b in range(runs):
            if slot[a] > slot[b]:
                continue
            between = range(slot[a], slot[b])
            short = any(
                left[q, t] < gang[k]
                for t in between
                for q in range(pools)
                for k in range(runs)
                if pool[k] == q and slot[k] > t
            )
            assert (found[a] > found[b]) == short
            assert found[a] >= found[b]


@pytest.mark.parametrize("runs", [1, 3])
def test_a_single_start_has_one_priority(runs: int) -> None:
    left = np.zeros((1, 2))
    assert (
        priorities(left, np.zeros(runs, np.int64), np.zeros(runs, np.int64), np.ones(runs, np.int64)).tolist()
        == [1] * runs
    )

"""Blocks on accelerators: none over another, each as large as it is, none above what is held at the time."""

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from placement.reporting.stacking import stacked


@st.composite
def blocks(draw: st.DrawFn) -> tuple[np.ndarray, ...]:
    number = draw(st.integers(0, 12))
    rows = []
    for _ in range(number):
        begin, full = draw(st.integers(0, 6)), draw(st.integers(0, 4))
        part = draw(st.sampled_from([0.0, 0.25, 0.5])) if full else draw(st.sampled_from([0.25, 0.5, 1.0]))
        height = draw(st.integers(1, 9))
        rows.append([begin, begin + full, begin + full + (part > 0), height, height * part])
    return tuple(np.array(rows, dtype=np.float64).reshape(-1, 5).T)


@given(blocks())
def test_pieces_add_up_do_not_overlap_and_stay_below_the_highest_use(given: tuple[np.ndarray, ...]) -> None:
    begin, middle, end, height, rest = given
    pieces = stacked(*given)
    rows = list(zip(pieces.block, pieces.begin, pieces.end, pieces.low, pieces.high, strict=True))
    used = []
    for slot in range(12):
        here = sorted((low, high, n) for n, first, last, low, high in rows if first <= slot < last)
        assert all(a[1] <= b[0] for a, b in itertools.pairwise(here))
        for n in range(len(begin)):
            wanted = (
                height[n]
                if begin[n] <= slot < middle[n]
                else rest[n]
                if max(begin[n], middle[n]) <= slot < end[n]
                else 0
            )
            assert sum(high - low for low, high, k in here if k == n) == wanted
        used.append(sum(high - low for low, high, _ in here))
    assert max((row[4] for row in rows), default=0.0) <= max(used, default=0.0)


@given(blocks())
def test_what_stands_on_accelerators_that_go_moves_down(given: tuple[np.ndarray, ...]) -> None:
    """With no more room at any time than is held, nothing stands above it, and all is as large as before."""
    first, held = stacked(*given), np.zeros(12)
    for n, begin, end, low, high in zip(first.block, first.begin, first.end, first.low, first.high, strict=True):
        held[int(begin) : int(end)] += high - low
        assert n < len(given[0])
    falls = [(float(t), held[t]) for t in range(1, 12) if held[t] < held[t - 1]]
    pieces = stacked(*given, falls=falls)
    moved = np.zeros((12, len(given[0])))
    for slot in range(12):
        here = (pieces.begin <= slot) & (slot < pieces.end)
        assert (pieces.high[here] <= held[slot]).all()
        order = np.argsort(pieces.low[here])
        assert (pieces.low[here][order][1:] >= pieces.high[here][order][:-1]).all()
        np.add.at(moved[slot], pieces.block[here], (pieces.high - pieces.low)[here])
    np.testing.assert_array_equal(moved.sum(axis=1), held)
    for n, begin, end, low, high in zip(first.block, first.begin, first.end, first.low, first.high, strict=True):
        moved[int(begin) : int(end), n] -= high - low
    assert not moved.any()


def test_a_block_is_split_where_room_is_not_together() -> None:
    """Two of three end, and what comes then is as high as both."""
    begin = np.array([0.0, 0.0, 0.0, 1.0])
    end = np.array([1.0, 2.0, 1.0, 2.0])
    height = np.array([3.0, 2.0, 1.0, 4.0])
    pieces = stacked(begin, end, end, height, np.zeros(4))
    mine = [(low, high) for n, low, high in zip(pieces.block, pieces.low, pieces.high, strict=True) if n == 3]
    assert mine == [(0.0, 3.0), (5.0, 6.0)]

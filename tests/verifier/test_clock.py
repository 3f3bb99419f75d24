"""Ends of runs by cumulative work, against the definition walked grain by grain."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placement.schema import Horizon
from placement.timegrid import timegrid
from placement.verifier.clock import Clock

DAY = timegrid(Horizon(start="2027-01-01T00:00:00Z", slots=6, slot_hours=4.0))
MONTHS = timegrid(Horizon(start="2027-01-01T00:00:00Z", slots=3, slot="month"))


def by_hand(grid, speed, start, work):
    """End and what is left, adding up grain by grain; `speed` are eighths, so that sums are exact."""
    done = 0.0
    for position in range(start * grid.grains, grid.slots * grid.grains):
        slot = position // grid.grains
        done += speed[slot] * grid.slot_hours[slot] / grid.grains
        if done >= work:
            return position + 1, 0.0
    return grid.slots * grid.grains, work - done


@settings(max_examples=200, deadline=None)
@given(
    eighths=st.lists(st.integers(0, 8), min_size=6, max_size=6),
    start=st.integers(0, 5),
    sixtyfourths=st.integers(1, 2000),
)
def test_ends_are_those_of_the_definition(eighths, start, sixtyfourths):
    """Any speeds, starts and amounts of work that are exact in binary."""
    speed, work = np.array(eighths) / 8, sixtyfourths / 64
    ends = Clock(DAY, speed).ends(np.array([start]), np.array([work]))
    end, left = by_hand(DAY, speed, start, work)
    assert (ends.end[0], ends.left[0]) == (end, left)
    assert ends.last[0] == (end - 1) // DAY.grains
    assert ends.grains[0] == end - ends.last[0] * DAY.grains


def test_a_millionth_of_a_grain_is_done():
    """Work of 4 h and a little: within 1e-6 of a grain it ends with the slot, beyond it a grain later."""
    grain = 4 / 256
    ends = Clock(DAY, np.ones(6)).ends(np.zeros(2, dtype=np.int64), np.array([4 + 0.9e-6 * grain, 4 + 1.1e-6 * grain]))
    assert ends.end.tolist() == [256, 257]


def test_rounding_does_not_carry_a_run_over_a_pause():
    """0.1 three times is a little less than 0.3, the work.

    The pool then stands still, and the run ends before that.
    """
    grid = timegrid(Horizon(start="2027-01-01T00:00:00Z", slots=5, slot_hours=1.0))
    ends = Clock(grid, np.array([0.1, 0.1, 0.1, 0.0, 1.0])).ends(np.array([0]), np.array([0.1 + 0.1 + 0.1 + 1e-16]))
    assert ends.end[0] == 3 * 256


def test_a_run_holds_at_least_a_grain():
    """However little it works."""
    ends = Clock(DAY, np.ones(6)).ends(np.array([2]), np.array([1e-12]))
    assert (ends.end[0], ends.last[0], ends.grains[0]) == (2 * 256 + 1, 2, 1)


def test_a_tail_takes_the_mean_speed():
    """Speed 1, 1, 0.5, ... : mean 4.5/6; 20 h of work from slot 0 leave 2 h, which take 2 / 0.75 h."""
    clock = Clock(DAY, np.array([1.0, 1.0, 1.0, 0.5, 0.5, 0.5]))
    ends = clock.ends(np.array([0]), np.array([20.0]))
    assert (ends.end[0], ends.last[0], ends.grains[0]) == (6 * 256, 5, 256)
    assert ends.left[0] == pytest.approx(2.0)
    assert ends.tail_hours[0] == pytest.approx(2 / 0.75)


def test_what_is_left_by_rounding_is_no_tail():
    """1e-6 of a grain at speed 1 may be left at the end, also where the last slot is slow."""
    clock = Clock(DAY, np.array([1.0, 1.0, 1.0, 1.0, 1.0, 0.0]))
    grain = 4 / 256
    ends = clock.ends(np.zeros(2, dtype=np.int64), np.array([20 + 0.9e-6 * grain, 20 + 1.1e-6 * grain]))
    assert ends.left[0] == 0
    assert ends.left[1] > 0


def test_months_differ_in_length_and_not_in_grains():
    """744 h and half of 672 h: 1.5 slots of 4,096 grains."""
    ends = Clock(MONTHS, np.ones(3)).ends(np.array([0]), np.array([744.0 + 336.0]))
    assert MONTHS.grains == 4096
    assert ends.end[0] == 6144

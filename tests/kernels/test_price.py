"""The kernel against its definition, written as plain loops."""

import math
from dataclasses import replace

import build
import numpy as np
import pytest

from placement.compile import compile_scenario
from placement.kernels import price as kernel
from placement.kernels.placements import allowed, ends, ranges
from placement.kernels.work import NARROW, RUN, SHARE_UNITS, STAGE, START, UNLOAD, WHOLE, Work


def rich() -> Work:
    """Arrays with every kind of use: runs, payments at starts, staging and unloading; two clocks; tails and delay."""
    sites = [
        build.cluster("slow", 16, pool={"speed": [1.0, 0.5, 0.0, 1.0, 0.25, 1.0]}),
        build.cluster(
            "linked",
            8,
            link={"gbps_in": 2.0, "gbps_out": 1.0, "usd_per_tb_in": 5.0, "contact": [1.0, 0.0, 0.5, 1.0, 1.0, 0.25]},
        ),
    ]
    jobs = [
        build.job("a", 1.3, 3, delay_usd_per_hour=2.0, dataset_tb=0.3, result_tb=0.2),
        build.job("b", 9.0, 5, count=2),
        build.job("c", 0.4, 1, earliest_start="2027-06-07T02:00:00Z", deadline="2027-06-07T05:00:00Z"),
        build.job("d", 2.0, 20),
    ]
    made = build.scenario(
        sites,
        jobs,
        slots=6,
        policy={"stage_hours": 2, "unload_hours": 3},
        limits=[{"name": "budget", "of": "usd", "max": 1e6}],
    )
    return compile_scenario(made).problem.work


def by_loops(work: Work, prices: np.ndarray) -> list[tuple[float, int, int]]:
    """Cheapest placement of each job, one at a time, in the words of the text."""
    best = []
    for j in range(work.jobs):
        found = (math.inf, -1, -1)
        for o in range(work.job_options[j], work.job_options[j + 1]):
            for k in range(work.option_spans[o], work.option_spans[o + 1]):
                for s in range(work.span_first[k], work.span_last[k] + 1):
                    usd = one(work, prices, j, o, s)
                    if usd < found[0]:
                        found = (usd, o, s)
        best.append(found)
    return best


def end_of(work: Work, o: int, s: int) -> tuple[int, float]:
    """End in grains and work left, grain by grain."""
    clock = work.clock_work[work.option_clock[o]]
    done, position = 0.0, s * work.grains
    while position < work.slots * work.grains:
        slot = position // work.grains
        done += (clock[slot + 1] - clock[slot]) / work.grains
        position += 1
        if done >= work.option_work[o] - 1e-6 * (clock[slot + 1] - clock[slot]) / work.grains:
            return position, 0.0
    return position, work.option_work[o] - done


def one(work: Work, prices: np.ndarray, j: int, o: int, s: int) -> float:
    end, left = end_of(work, o, s)
    last = (end - 1) // work.grains
    part = (end - last * work.grains) / work.grains
    hours = work.edges[last] + part * (work.edges[last + 1] - work.edges[last])
    if left > 0:
        hours = work.edges[-1] + left / work.clock_tail_speed[work.option_clock[o]]
    usd = (
        work.option_usd[o] * work.discount[s]
        + work.option_tail[o] * left
        + work.job_delay[j] * (hours - work.job_ready[j])
    )
    for u in range(work.option_uses[o], work.option_uses[o + 1]):
        m, amount, kind = work.use_meter[u], work.use_amount[u], work.use_kind[u]
        if kind == RUN:
            usd += sum(amount * prices[m, t] for t in range(s, last)) + amount * part * prices[m, last]
        elif kind == WHOLE:
            usd += sum(amount * prices[m, t] for t in range(s, last + (part == 1.0)))
        elif kind == START:
            usd += amount * prices[m, s]
        else:
            first, after = (work.stage_first[s], s) if kind == STAGE else (last + 1, work.unload_end[last + 1])
            carried = sum(np.diff(work.link_prefix[work.use_link[u]])[t] for t in range(first, after))
            if kind == UNLOAD:
                if left > 0 or last + 1 >= work.slots:
                    continue
                carried += work.unload_beyond[last + 1] * work.link_rate[work.use_link[u]]
            units = math.ceil(SHARE_UNITS * amount / carried - 1e-6)
            usd += sum(units * prices[m, t] for t in range(first, after))
    return float(usd)


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_price_is_what_plain_loops_say(seed: int, whole: bool) -> None:
    work = rich()
    if whole:  # in whole slots alone
        work = replace(work, use_kind=np.where(work.use_kind == RUN, WHOLE, work.use_kind))
    meters = int(work.use_meter.max()) + 1
    prices = np.random.default_rng(seed).normal(1.0, 2.0, (meters, work.slots)) * 1e-3
    found = kernel.price(work, prices)
    expected = by_loops(work, prices)
    np.testing.assert_allclose(found.usd, [e[0] for e in expected], rtol=1e-12, atol=1e-12)
    assert found.option.tolist() == [e[1] for e in expected]
    assert found.start.tolist() == [e[2] for e in expected]
    assert found.option[3] == -1
    assert math.isinf(found.usd[3])


def test_blocks_do_not_change_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    work = rich()
    prices = np.random.default_rng(9).random((int(work.use_meter.max()) + 1, work.slots))
    whole = kernel.price(work, prices)
    monkeypatch.setattr(kernel, "BLOCK", 1)
    small = kernel.price(work, prices)
    assert (whole.usd == small.usd).all()
    assert (whole.option == small.option).all()
    assert (whole.start == small.start).all()


def test_ties_go_to_the_lowest_option_and_the_earliest_start() -> None:
    made = build.scenario([build.cluster("one"), build.cluster("two")], [build.job(hours=1)])
    found = kernel.price(compile_scenario(made).problem.work, np.zeros((4, 4)))
    assert (found.option[0], found.start[0]) == (0, 0)


def test_ends_are_what_counting_grains_says() -> None:
    work = rich()
    placed = allowed(work, 0, work.options)
    for n in range(len(placed)):
        end, left = end_of(work, int(placed.option[n]), int(placed.start[n]))
        assert placed.end[n] == end
        assert placed.left[n] == pytest.approx(left, abs=1e-9)


def test_a_run_ends_before_slots_of_speed_nought_that_follow() -> None:
    made = build.scenario([build.cluster(pool={"speed": [1.0, 1.0, 0.0, 1.0]})], [build.job(hours=2.0)])
    work = compile_scenario(made).problem.work
    end, left = ends(work, np.array([0]), np.array([0]))
    assert (end[0], left[0]) == (2 * work.grains, 0.0)


def test_ranges_are_laid_one_behind_the_other() -> None:
    assert ranges(np.array([3, 0, 7]), np.array([2, 0, 3])).tolist() == [3, 4, 7, 8, 9]


def test_arrays_are_narrow_whatever_they_were_made_of() -> None:
    work = rich()
    wide = replace(work, **{name: getattr(work, name).astype(np.int64) for name in NARROW})
    for name, kind in NARROW.items():
        assert getattr(wide, name).dtype == kind
        assert (getattr(wide, name) == getattr(work, name)).all()
    assert work.transfers
    assert work.starts == sum(len(allowed(work, o, o + 1)) for o in range(work.options))

"""Plans carried out in futures: the definition against what its pieces say, every back end against the definition."""

import re
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import NamedTuple

import cupy_on_processor
import numpy as np
import pytest
from rows import METERS, cells, scene

from placement.kernels import capacity, device_cupy
from placement.kernels import futures as definition
from placement.kernels.backend import BackEnd, on_cupy
from placement.kernels.capacity import Limits
from placement.kernels.futures import DOLLARS, ON_TIME, Carried, Groups, Lengths, Piece, Rules, Worlds, drawn
from placement.kernels.jobs_of import jobs_of
from placement.kernels.placements import Placements, end_hours, placements, ranges
from placement.kernels.plan import GOLDEN
from placement.kernels.price import placement_usd, running_sums
from placement.kernels.usage import usage
from placement.kernels.work import START, Floats, Ints, Work

Make = Callable[..., Work]
COLUMNS = 8
SLIVERS = (0.0, 0.5e-6, 1e-6, 1.000001e-6, 2e-6)
"""Grains about the tolerance to which ends of runs are rounded."""

SEEDS = range(24)


class Given(NamedTuple):
    """What the kernel is given."""

    work: Work
    limits: Limits
    groups: Groups
    lengths: Lengths
    worlds: Worlds
    rules: Rules


def groups_of(work: Work, rng: np.random.Generator, number: int) -> Groups:
    """Groups of random jobs: options or none, any start, one to four units, some other options, one of any job."""
    jobs = np.flatnonzero(np.diff(work.job_options) > 0)
    job = rng.choice(jobs, number)
    many = np.diff(work.job_options)[job]
    option = work.job_options[job] + rng.integers(0, many)
    others = [
        [int(o) for o in rng.permutation(list({*range(a, b), int(far)} - {p})) if rng.random() < 0.8]
        for a, b, p, far in zip(
            work.job_options[job], work.job_options[job + 1], option, rng.integers(0, work.options, number), strict=True
        )
    ]
    return Groups(
        key=rng.permutation(10 * number)[:number],
        option=np.where(rng.random(number) < 0.1, -1, option),
        start=rng.integers(0, work.slots, number),
        units=rng.integers(1, 5, number),
        away_usd=rng.uniform(1.0, 9.0, number),
        miss_usd=rng.uniform(0.0, 3.0, number),
        deadline=np.where(rng.random(number) < 0.5, rng.uniform(5.0, work.slots, number), np.inf),
        end=rng.uniform(0.0, work.slots, number),
        late=rng.integers(0, 3, number),
        loss=rng.integers(0, 2, number),
        other_first=np.cumsum([0, *map(len, others)]),
        other=np.array([o for row in others for o in row], dtype=np.int64),
    )


def worlds_of(work: Work, left: Floats, rng: np.random.Generator, number: int, room: float) -> Worlds:
    """Futures whose clocks throttle and stop, one of them steady; room about `room` times what is planned."""
    clocks, slots = len(work.clock_work), work.slots
    speed = rng.choice([0.0, 0.3, 0.8, 1.0], (number, clocks, slots))
    speed[:, 0] = rng.choice([0.9, 1.0], number)[:, None]
    for f in range(number):
        stop = int(rng.integers(0, slots - 6))
        speed[f, 1, stop : stop + 6] = 0.0
    price = rng.normal(0.5, 1.0, (number, METERS, slots))
    price[:, 3] = 0.0
    rows = left * room * rng.uniform(0.7, 1.3, (number, len(left)))
    rows[:, rng.integers(0, len(left), 3)] = np.inf
    return Worlds(
        number=rng.permutation(100)[:number],
        clock_work=np.concatenate([np.zeros((number, clocks, 1)), np.cumsum(speed, axis=2)], axis=2),
        tail_speed=rng.choice([0.0, 0.5, 1.0], (number, clocks)),
        room=rows,
        price=price,
        tonnes=rng.random((number, METERS, slots)) * (np.arange(METERS) % 2)[:, None],
    )


def given(make_work: Make, seed: int, groups: int = 14, number: int = 3) -> Given:
    """A plan and futures: tight or loose, patient or not, with tails or without, by the seed."""
    rng = np.random.default_rng([seed, 1])
    work, limits, left, *_ = scene(lambda seed: make_work(seed, slivers=seed % 4 == 3), seed)
    once = (work.use_meter >= 3) & (rng.random(len(work.use_meter)) < 0.5)
    work = replace(work, use_kind=np.where(once, START, work.use_kind))
    plan = groups_of(work, rng, groups)
    lengths = Lengths(rng.uniform(0.5, 1.8, (3, COLUMNS)), rng.uniform(1.0, 1.3, (2, COLUMNS)))
    worlds = worlds_of(work, left, rng, number, (0.3, 1.0, 3.0)[seed % 3])
    rules = Rules(patience=(0, 0, 2, 50, -1)[seed % 5], tails=seed % 2 == 0, seed=seed - 3)
    if seed % 4 == 3:  # runs of whole grains but for slivers, some of less than a grain
        short = np.where(rng.random(work.options) < 0.3, rng.choice(SLIVERS, work.options) / work.grains, np.inf)
        work = replace(work, option_work=np.minimum(work.option_work, short))
        lengths = Lengths(*(np.where(rng.random(table.shape) < 0.8, 1.0, table) for table in lengths))
        speed = rng.choice([0.0, 0.25, 0.5, 1.0], (number, 3, work.slots), p=(0.3, 0.1, 0.1, 0.5))
        worlds.clock_work[:, :, 1:] = np.cumsum(speed, axis=2)
    if seed % 4 == 2:  # tenths, which doubles round, and rows that hold a number of units just so
        tenths = rng.integers(1, 10, len(work.use_amount)) * 0.1
        work = replace(work, use_amount=tenths, option_work=np.ceil(work.option_work))
        worlds.room[:] = rng.integers(1, 40, worlds.room.shape) * rng.choice(tenths, worlds.room.shape)
        worlds.clock_work[:] = np.arange(work.slots + 1.0)
        lengths, plan = Lengths(*(np.ones_like(table) for table in lengths)), plan._replace(units=5 * plan.units)
    return Given(work, limits, plan, lengths, worlds, rules)


@cache
def carried_by_definition(make_work: Make, seed: int) -> tuple[Given, Carried, list[Piece]]:
    """The definition's answer."""
    made = given(make_work, seed)
    return made, *definition.futures(*made)


def assert_same(one: Carried, other: Carried) -> None:
    for name, a, b in zip(Carried._fields, one, other, strict=True):
        np.testing.assert_array_equal(a, b, err_msg=name)
        assert a.dtype == b.dtype


@pytest.mark.parametrize("seed", SEEDS)
def test_what_becomes_of_a_plan_is_that_of_the_definition(back_end: BackEnd, make_work: Make, seed: int) -> None:
    made, expected, _ = carried_by_definition(make_work, seed)
    assert_same(back_end.futures(*made), expected)


def test_the_cases_have_all_that_can_happen(make_work: Make) -> None:
    seen = [carried_by_definition(make_work, seed)[1] for seed in SEEDS]
    for name in ("tonnes", "late_hours", "away", "missed", "elsewhere", "group_placed", "group_on_time"):
        assert any((getattr(one, name) > 0).any() for one in seen)
    assert all(any((one.usd[:, k] != 0).any() for one in seen) for k in range(len(DOLLARS)))
    found = [one.group_placed.sum() / (one.group_placed.sum() + one.away.sum()) for one in seen]
    assert min(found) < 0.2
    assert max(found) > 0.9
    parts = [pieces for seed in SEEDS for pieces in carried_by_definition(make_work, seed)[2]]
    assert len({(piece.future, piece.group) for piece in parts}) < len(parts)


def pieced(made: Given, pieces: list[Piece], f: int) -> tuple[Work, Placements, Ints]:
    """A work in which each piece of a future is an option with its own work, on that future's clocks; its placements,
    and their units.
    """
    work = replace(
        jobs_of(made.work.by_option(), np.array([piece.option for piece in pieces], dtype=np.int64)),
        option_work=np.array([piece.work for piece in pieces]),
        clock_work=made.worlds.clock_work[f],
        clock_tail_speed=made.worlds.tail_speed[f],
    )
    start = np.array([piece.start for piece in pieces], dtype=np.int64)
    placed = placements(work, np.arange(len(pieces)), start)
    return work, placed, np.array([piece.units for piece in pieces], dtype=np.int64)


def row_use(made: Given, work: Work, placed: Placements, units: Ints) -> Floats:
    """What rows count."""
    use = usage(work, METERS, placed.option, placed.start, units.astype(np.float64))
    row, meter, slot, weight = cells(made.work)
    result = np.zeros(made.worlds.room.shape[1])
    np.add.at(result, row, weight * use[meter, slot])
    return result


def over(made: Given, f: int, work: Work, placed: Placements, units: Ints, slack: float) -> bool:
    """Whether rows count more than a future has room for, and that share of it more."""
    room = made.worlds.room[f]
    allowed = np.where(np.isfinite(room), room * (1.0 + slack), np.inf)
    return bool((row_use(made, work, placed, units) > allowed).any())


def too_large(made: Given, f: int, work: Work, placed: Placements) -> bool:
    """Whether one unit of a placement is more than there is in its last slot."""
    whole = replace(placed, fraction=np.ones(len(placed)))
    row, meter, slot, weight = cells(made.work)
    for n in range(len(placed)):
        use = np.zeros((METERS, work.slots))
        mine = slice(work.option_uses[placed.option[n]], work.option_uses[placed.option[n] + 1])
        counts = work.use_kind[mine] != START
        np.add.at(use, (work.use_meter[mine][counts], whole.last[n]), work.use_amount[mine][counts])
        count = np.zeros(made.worlds.room.shape[1])
        np.add.at(count, row, weight * use[meter, slot])
        if (count > made.worlds.room[f]).any():
            return True
    return False


@pytest.mark.parametrize("seed", SEEDS)
def test_rows_ends_dollars_and_counts_are_those_of_the_pieces(make_work: Make, seed: int) -> None:
    made, carried, pieces = carried_by_definition(make_work, seed)
    groups, worlds = made.groups, made.worlds
    placed_by, on_time_by = np.zeros(len(groups.key)), np.zeros(len(groups.key))
    planned = groups.option >= 0
    for f in range(len(worlds.number)):
        mine = [piece for piece in pieces if piece.future == f]
        work, placed, units = pieced(made, mine, f)
        group = np.array([piece.group for piece in mine], dtype=np.int64)
        assert not over(made, f, work, placed, units, 1e-9)
        assert not too_large(made, f, work, placed)
        assert made.rules.tails or (placed.left == 0).all()
        ends = end_hours(work, placed)
        assert np.isfinite(ends).all()
        late = np.maximum(ends - groups.end[group], 0.0)
        assert carried.late_hours[f] == pytest.approx((units * late).sum(), rel=1e-12, abs=1e-12)
        missed = ends > groups.deadline[group] + ON_TIME
        assert carried.missed[f] == units[missed].sum()
        usd = units * placement_usd(work, worlds.price[f], running_sums(worlds.price[f]), placed)
        assert carried.usd[f, :4].sum() == pytest.approx(usd.sum(), rel=1e-9, abs=1e-9)
        bare = replace(work, option_usd=0 * work.option_usd, option_tail=0 * work.option_tail, job_delay=0 * usd)
        tonnes = units * placement_usd(bare, worlds.tonnes[f], running_sums(worlds.tonnes[f]), placed)
        assert carried.tonnes[f] == pytest.approx(tonnes.sum(), rel=1e-9)
        there = np.bincount(group, weights=units, minlength=len(groups.key))
        away = groups.units - there
        assert (away >= 0).all()
        assert carried.away[f] == away[planned].sum()
        assert carried.usd[f, 4] == pytest.approx((away * groups.away_usd).sum(), rel=1e-12, abs=1e-12)
        assert carried.usd[f, 5] == pytest.approx((units * groups.miss_usd[group])[missed].sum(), rel=1e-12, abs=1e-12)
        assert carried.elsewhere[f] == units[[piece.option != groups.option[piece.group] for piece in mine]].sum()
        placed_by += there
        on_time_by += np.bincount(group[~missed], weights=units[~missed], minlength=len(groups.key))
    assert carried.group_placed.tolist() == placed_by.tolist()
    assert carried.group_on_time.tolist() == on_time_by.tolist()


@pytest.mark.parametrize("seed", range(6))
def test_units_take_the_first_place_that_the_rules_give_them(make_work: Make, seed: int) -> None:
    """One more unit at any place that a unit has passed by would be too much for some row."""
    made, _, pieces = carried_by_definition(make_work, seed)
    groups, rules = made.groups, made.rules
    for f in range(len(made.worlds.number)):
        before: list[Piece] = []
        for g in range(len(groups.key)):
            mine = [piece for piece in pieces if (piece.future, piece.group) == (f, g)]
            if groups.option[g] < 0:
                assert not mine
                continue
            rest = int(groups.units[g])
            for t, o in places(made, g):
                here = [piece for piece in mine if (piece.start, piece.option) == (t, o)]
                before += here
                rest -= sum(piece.units for piece in here)
                if rest == 0:
                    break
                factor = factor_of(made, f, g)
                tried = [*before, Piece(f, g, o, t, 1, float(made.work.option_work[o]) * factor)]
                work, placed, units = pieced(made, tried, f)
                ends = end_hours(work, placed)[-1]
                late = placed.left[-1] > 0 and not (rules.tails and np.isfinite(ends))
                last = placed.some(np.array([len(tried) - 1]))
                assert late or over(made, f, work, placed, units, -1e-9) or too_large(made, f, work, last)
            assert set(mine) <= set(before)


def places(made: Given, g: int) -> list[tuple[int, int]]:
    """Starts and options of a group in the order in which they are tried."""
    groups, work = made.groups, made.work
    others = groups.other[groups.other_first[g] : groups.other_first[g + 1]].tolist()
    begin, planned = int(groups.start[g]), int(groups.option[g])
    return [
        (t, o)
        for t in range(begin, work.slots)
        for o in [planned, *(others if t >= begin + made.rules.patience else [])]
        if t >= definition.first_start(work, o)
    ]


def factor_of(made: Given, f: int, g: int) -> float:
    """By how much a group's runs are longer in a future."""
    groups, number = made.groups, int(made.worlds.number[f])
    i, k = drawn(made.rules.seed, number, int(groups.key[g]), COLUMNS)
    return float(made.lengths.late[groups.late[g], i] * made.lengths.loss[groups.loss[g], k])


def as_planned(back_end: BackEnd, make_work: Make, seed: int) -> tuple[Given, Placements]:
    """A plan that fits, futures that are as planned, and the plan's placements."""
    work, limits, left, units, prices, _ = scene(make_work, seed)
    left = np.maximum(left, 2.0 * work.use_amount.max(initial=0.0))
    found = back_end.insert(work, limits, left.copy(), units, np.arange(len(units.job)), prices)
    there = np.flatnonzero(found.option >= 0)
    placed = placements(work, found.option[there], found.start[there])
    job, ones = units.job[there], np.ones(len(there))
    many = np.diff(work.job_options)[job]
    groups = Groups(
        key=np.arange(len(there)), option=placed.option, start=placed.start, units=ones.astype(np.int64),
        away_usd=ones, miss_usd=ones, deadline=end_hours(work, placed), end=end_hours(work, placed),
        late=0 * job, loss=0 * job, other_first=np.concatenate([[0], np.cumsum(many)]),
        other=ranges(work.job_options[job], many),
    )  # fmt: skip
    repeat = (
        np.repeat(values[None], 3, axis=0) for values in (work.clock_work, work.clock_tail_speed, left, prices, prices)
    )
    lengths = Lengths(np.ones((1, COLUMNS)), np.ones((1, COLUMNS)))
    return Given(work, limits, groups, lengths, Worlds(np.arange(3), *repeat), Rules(0, True, seed)), placed


@pytest.mark.parametrize("seed", range(8))
def test_in_a_future_as_planned_all_runs_where_and_when_it_was_planned(
    back_end: BackEnd, make_work: Make, seed: int
) -> None:
    made, placed = as_planned(back_end, make_work, seed)
    carried = back_end.futures(*made)
    for zero in (carried.away, carried.missed, carried.elsewhere, carried.late_hours, carried.usd[:, 4:]):
        assert not zero.any()
    assert (carried.group_placed == 3).all()
    assert (carried.group_on_time == 3).all()
    prices = made.worlds.price[0]
    usd = placement_usd(made.work, prices, running_sums(prices), placed).sum()
    np.testing.assert_allclose(carried.usd.sum(axis=1), usd, rtol=1e-9, atol=1e-9)
    if back_end.name == "numpy":
        for piece in definition.futures(*made)[1]:
            assert (piece.option, piece.start) == (placed.option[piece.group], placed.start[piece.group])


def test_units_that_fit_are_counted_without_the_dust_of_dividing() -> None:
    rng = np.random.default_rng(0)
    for each, units in zip(rng.integers(1, 99, 3000) * 0.1, rng.integers(0, 60, 3000).tolist(), strict=True):
        for left in (units * each, np.nextafter(units * each, 0.0), np.nextafter(units * each, 1e9)):
            found = definition.whole(float(left), float(each))
            assert found * each <= left < (found + 1) * each


def alone(hours: Floats, amount: Floats, slots: int = 4, grains: int = 16) -> tuple[Work, Limits, Groups]:
    """Options of jobs of their own, each on a meter of its own that a row counts; a group of 1000 units for each."""
    number = len(hours)
    zeros, ones, to = np.zeros(number), np.ones(number), np.arange(number + 1)
    work = Work(
        grains=grains, edges=np.arange(slots + 1.0), discount=np.ones(slots), stage_first=np.zeros(slots + 1, int),
        unload_end=np.full(slots + 1, slots), unload_beyond=np.zeros(slots + 1),
        clock_work=np.arange(slots + 1.0)[None], clock_tail_speed=np.ones(1), link_prefix=np.zeros((0, slots + 1)),
        link_rate=np.zeros(0), job_options=to, job_ready=zeros, job_delay=ones, option_clock=np.zeros(number, int),
        option_work=hours, option_usd=zeros, option_tail=ones, option_spans=to, span_first=np.zeros(number, int),
        span_last=np.full(number, slots - 1), option_uses=to, use_meter=to[:-1], use_amount=amount,
        use_kind=np.zeros(number, int), use_link=np.full(number, -1),
    )  # fmt: skip
    cell = np.arange(number * slots)
    held = capacity.limits(number, slots, cell, cell // slots, cell % slots, np.ones(len(cell)))
    none = np.zeros(number, int)
    groups = Groups(
        to[:-1], to[:-1], none, none + 1000, ones, ones, zeros + np.inf, zeros, none, none, np.zeros(number + 1, int),
        none[:0],
    )  # fmt: skip
    return work, held, groups


def test_rows_that_hold_units_just_so_get_them(back_end: BackEnd) -> None:
    amount, units = np.repeat(np.arange(1, 13) * 0.1, 3), np.arange(1, 60)
    work, held, groups = alone(np.ones(len(amount)), amount)
    room = np.zeros((len(units), len(amount), work.slots))
    room[:, :, 0] = units[:, None] * amount
    room[:, 1::3, 0], room[:, 2::3, 0] = np.nextafter(room[:, 1::3, 0], 0), np.nextafter(room[:, 2::3, 0], 99)
    count, ones, prices = len(units), np.ones((1, 1)), np.zeros((len(units), len(amount), work.slots))
    clock, speed = np.repeat(work.clock_work[None], count, axis=0), np.ones((count, 1))
    worlds = Worlds(units, clock, speed, room.reshape(count, -1), prices, prices)
    carried = back_end.futures(work, held, groups, Lengths(ones, ones), worlds, Rules(0, True, 0))
    dusty = [[int(left / each) for left, each in zip(row, amount, strict=True)] for row in room[:, :, 0]]
    exact = [[definition.whole(left, each) for left, each in zip(row, amount, strict=True)] for row in room[:, :, 0]]
    assert (np.array(dusty) < exact).any()
    assert (np.array(dusty) > exact).any()
    assert carried.group_placed.tolist() == np.sum(exact, axis=0).tolist()
    assert carried.away.tolist() == (1000 * len(amount) - np.sum(exact, axis=1)).tolist()


def test_runs_that_end_a_sliver_beyond_the_horizon_end_with_it(back_end: BackEnd) -> None:
    """Up to the tolerance, whatever the speed of the last slot, stopped or not; beyond it there is a tail."""
    speeds, slivers = np.array([1.0, 0.25, 0.0]), np.array([-0.5, 0.1, 0.2, 0.5, 0.999, 1.5, 3.0])
    work, held, groups = alone(np.repeat(2.0 + speeds, len(slivers)), np.ones(21))
    work = replace(work, option_work=work.option_work + np.tile(slivers, 3) * 1e-6 / work.grains)
    groups = groups._replace(units=groups.units // 1000, start=groups.start + 1, end=np.full(21, 4.0))
    clock = np.cumsum(np.stack([0 * speeds, *np.ones((3, 3)), speeds], axis=1), axis=1)[:, None]
    ones, prices = np.ones((1, 1)), np.ones((3, 21, work.slots))
    worlds = Worlds(np.arange(3), clock, np.full((3, 1), 0.5), np.ones((3, 21 * work.slots)), prices, prices)
    given = work, held, groups, Lengths(ones, ones), worlds, Rules(0, True, 0)
    assert_same(back_end.futures(*given), definition.futures(*given)[0])
    inside = back_end.futures(*given[:-1], Rules(0, False, 0))
    assert [int(n) for n in inside.group_placed] == [
        sum(work.option_work[o] - (hours - 1) <= 1e-6 / work.grains for hours in clock[:, 0, -1]) for o in range(21)
    ]


def test_draws_are_uniform_and_those_of_the_two_tables_independent() -> None:
    for seed, future in ((0, 0), (1, 7)):
        found = np.array([drawn(seed, future, key, COLUMNS) for key in range(1, 12_001)])
        pairs = np.bincount(found[:, 0] * COLUMNS + found[:, 1], minlength=COLUMNS**2)
        assert ((pairs - 12_000 / COLUMNS**2) ** 2).sum() / (12_000 / COLUMNS**2) < 63 + 4 * np.sqrt(126)
    across = np.bincount([drawn(5, future, 3, COLUMNS)[0] for future in range(8_000)], minlength=COLUMNS)
    assert ((across - 1_000) ** 2).sum() / 1_000 < 7 + 4 * np.sqrt(14)


def test_draws_follow_the_key_whatever_the_plan_and_its_order(back_end: BackEnd, make_work: Make) -> None:
    """With room for all, groups in another order do the same."""
    made = given(make_work, 8)
    made = made._replace(worlds=made.worlds._replace(room=np.full_like(made.worlds.room, np.inf)))
    order = np.random.default_rng(0).permutation(len(made.groups.key))
    first, many = made.groups.other_first, np.diff(made.groups.other_first)[order]
    other = made.groups.other[ranges(first[order], many)]
    moved = Groups(*(values[order] for values in made.groups[:10]), np.concatenate([[0], np.cumsum(many)]), other)
    one, two = back_end.futures(*made), back_end.futures(*made._replace(groups=moved))
    assert two.group_placed.tolist() == one.group_placed[order].tolist()
    assert two.group_on_time.tolist() == one.group_on_time[order].tolist()
    np.testing.assert_allclose(one.usd, two.usd, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(one.late_hours, two.late_hours, rtol=1e-12, atol=1e-12)


def test_futures_one_by_one_are_those_of_all_together(back_end: BackEnd, make_work: Make) -> None:
    made = given(make_work, 4, number=19)
    whole = back_end.futures(*made)
    parts = [
        back_end.futures(*made._replace(worlds=Worlds(*(values[some] for values in made.worlds))))
        for some in (slice(0, 1), slice(1, 10), slice(10, 19))
    ]
    joined = [np.concatenate([part[k] for part in parts]) for k in range(6)]
    assert_same(Carried(*joined, sum(p.group_placed for p in parts), sum(p.group_on_time for p in parts)), whole)


def test_no_futures_no_groups_and_no_options(back_end: BackEnd, make_work: Make) -> None:
    made = given(make_work, 1)
    none = back_end.futures(*made._replace(worlds=Worlds(*(values[:0] for values in made.worlds))))
    assert none.usd.shape == (0, len(DOLLARS))
    assert not none.group_placed.any()
    idle = Groups(*(values[:0] for values in made.groups[:10]), made.groups.other_first[:1], made.groups.other[:0])
    assert not back_end.futures(*made._replace(groups=idle)).usd.any()
    lost = made.groups._replace(option=np.full(len(made.groups.key), -1))
    for work in (made.work, make_work(0, jobs=0)):
        carried = back_end.futures(*made._replace(groups=lost, work=work))
        np.testing.assert_allclose(carried.usd.sum(axis=1), (lost.units * lost.away_usd).sum())
        assert not carried.away.any()


def test_neither_threads_nor_blocks_change_a_number(monkeypatch: pytest.MonkeyPatch, make_work: Make) -> None:
    compiled = pytest.importorskip("placement.kernels.futures_numba")
    monkeypatch.setattr(compiled, "ALONE", 0)
    made = given(make_work, 0, number=70)
    one = compiled.futures(*made, threads=1)[0]
    found: dict[int, Carried] = {}

    def run(number: int) -> None:
        found[number] = compiled.futures(*made, threads=number)[0]

    threads = [threading.Thread(target=run, args=(number,)) for number in (2, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for other in found.values():
        assert_same(other, one)
    assert len(found) == 2


@pytest.mark.parametrize("seed", [0, 1, 5])
def test_neither_the_order_of_threads_nor_batches_change_a_number(
    monkeypatch: pytest.MonkeyPatch, make_work: Make, seed: int
) -> None:
    fake = cupy_on_processor.use(monkeypatch)
    made, expected, _ = carried_by_definition(make_work, seed)
    fake.backward = True
    assert_same(on_cupy().futures(*made), expected)
    for many in (1, 2):  # futures at a time
        each = device_cupy.memory() // 2 // many
        monkeypatch.setattr("placement.kernels.futures_cupy.future_bytes", lambda *_, each=each: each)
        assert_same(on_cupy().futures(*made), expected)


def test_structs_and_constants_are_the_same_in_both_languages() -> None:
    text = device_cupy.source("futures")
    for kind in (Groups, Lengths, Worlds, Carried):
        body = text.split(f"struct {kind.__name__} {{")[1].split("};")[0]
        names = [line.split(";")[0].split()[-1].lstrip("*") for line in body.splitlines() if ";" in line]
        assert tuple(names) == kind._fields
    numbers = dict(re.findall(r"#define (\w+) (\S+)\n", text))
    assert float(numbers["ON_TIME"]) == ON_TIME
    assert int(numbers["GOLDEN"].removesuffix("ULL"), 16) == GOLDEN
    assert f"({len(DOLLARS)}, F)" in text

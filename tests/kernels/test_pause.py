"""The dynamic programme for pauses: against every way there is, and each back end against the definition."""

import itertools
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from placement.kernels import pause, pause_numba
from placement.kernels.pause import FREE_PART, NO_PART, Pauses, Tasks

BACK_ENDS: dict[str, Callable[[Tasks], Pauses]] = {"numpy": pause.pauses, "numba": pause_numba.pauses}


def drawn(
    seed: int, count: int = 30, slots: int = 7, pieces: int = 3, *, uneven: bool = False, exact: bool = True
) -> Tasks:
    """Tasks at random, prices in eighths so that sums are exact, if they are to be."""
    random = np.random.default_rng(seed)

    def eighths(low: float, high: float, *shape: int) -> np.ndarray:
        values = random.uniform(low, high, shape)
        return np.round(values * 8) / 8 if exact else values

    step = random.integers(0, 4, (count, slots)) if uneven else (random.random((count, slots)) < 0.85).astype(np.int64)
    need = random.integers(0, 5, (count, 1)) + np.arange(pieces) * random.integers(0, 2, (count, 1))
    need[random.random((count, pieces)) < 0.1] = -1
    part = eighths(0.1, 0.9, count, pieces)
    part[random.random((count, pieces)) < 0.4] = NO_PART
    if uneven:
        part[part > 0] = FREE_PART
    same = random.random(count) < 0.3
    part[same] = part[same, :1]
    need = np.where((need == 0) & (part == NO_PART), 1, need)
    begin = eighths(0, 2, count, slots)
    begin[random.random((count, slots)) < 0.3] = np.inf
    late = random.integers(2, 2 * slots, (count, 1))
    last = np.minimum(late, slots - 1)
    tail = eighths(0, 3, count, pieces, 2)
    tail[random.random(count) < 0.5] = np.inf
    return Tasks(
        usd=eighths(0 if uneven else -1, 5, count, slots), open=random.random((count, slots)) < 0.85,
        once=eighths(0, 3, count), begin=begin, touch=random.random(count) < 0.4, step=step, need=need, part=part,
        edges=np.concatenate([[0.0], np.cumsum(eighths(0.2, 2, slots))]), delay=eighths(0, 1, count),
        ready=eighths(0, 2, count), last=last[:, 0],
        last_partly=np.minimum(late + random.integers(0, 2, (count, pieces)), slots - 1), tail=tail,
    )  # fmt: skip


def every_way(tasks: Tasks, n: int) -> Iterator[tuple[float, int]]:
    """$ and pieces of each way to hold slots, from the text of the module alone."""
    slots = tasks.usd.shape[1]
    held = [t for t in range(slots) if tasks.open[n, t]]
    for size in range(1, len(held) + 1):
        for chosen in itertools.combinations(held, size):
            gaps = [b for a, b in itertools.pairwise(chosen) if b > a + 1]
            joints = [b for a, b in itertools.pairwise(chosen) if b == a + 1]
            for extra in itertools.chain.from_iterable(
                itertools.combinations(joints, k) for k in range(len(joints) + 1)
            ):
                heads = sorted([chosen[0], *gaps, *extra])
                yield from _ways_of(tasks, n, chosen, heads)
                for touched in range(chosen[0]):
                    yield from _ways_of(tasks, n, chosen, heads, touched)


def _ways_of(
    tasks: Tasks, n: int, chosen: tuple[int, ...], heads: list[int], touched: int = -1
) -> Iterator[tuple[float, int]]:
    """Ways to hold the slots chosen in pieces that begin as said; before them one that holds nothing, if it is."""
    k, slots = len(heads) - (touched < 0), tasks.usd.shape[1]
    if k >= tasks.need.shape[1] or tasks.need[n, k] < 0:
        return
    need, part = int(tasks.need[n, k]), float(tasks.part[n, k])
    if touched >= 0 and not tasks.touch[n]:
        return
    begin, end = float(tasks.begin[n, heads[0] if touched < 0 else touched] + tasks.once[n]), chosen[-1]
    ends = [t for t in chosen if t + 1 not in chosen or t + 1 in heads]
    for partly in (None, *ends):
        if partly is not None and (part == NO_PART or tasks.step[n, partly] == 0):
            continue
        usd, done = begin, 0
        for t in chosen:
            whole = float(tasks.usd[n, t])
            if t != partly:
                usd, done = usd + whole, done + int(tasks.step[n, t])
            elif part > 0:
                usd += part * whole
            else:
                usd, done = usd + min(whole, 0.0), done + int(tasks.step[n, t])
        last = int(tasks.step[n, end])
        if (
            last > 0
            and need <= done
            and (done < need + last or part == FREE_PART)
            and not (part > 0 and partly is None)
        ):
            yield usd + _late_usd(tasks, n, k, end, partly == end), k + 1
        if end == slots - 1 and partly is None and done < need + max(part, 0.0) and np.isfinite(tasks.tail[n, k]).all():
            yield usd + float(tasks.tail[n, k, 0] + tasks.tail[n, k, 1] * (need + max(part, 0.0) - done)), k + 1


def _late_usd(tasks: Tasks, n: int, k: int, end: int, partly: bool) -> float:
    """$ of ending with a slot, or inside it; inf: it may not."""
    if end > (tasks.last_partly[n, k] if partly else tasks.last[n]):
        return np.inf
    share = max(float(tasks.part[n, k]), 0.0) if partly else 1.0
    at = float(tasks.edges[end] + share * (tasks.edges[end + 1] - tasks.edges[end]))
    return float(tasks.delay[n]) * (at - float(tasks.ready[n]))


@pytest.mark.parametrize("back", BACK_ENDS)
@pytest.mark.parametrize("uneven", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_no_way_is_cheaper(back: str, uneven: bool, seed: int) -> None:
    tasks = drawn(seed, uneven=uneven)
    found = BACK_ENDS[back](tasks)
    for n in range(len(tasks.usd)):
        best = min((usd for usd, _ in every_way(tasks, n)), default=np.inf)
        assert found.usd[n] == pytest.approx(best, abs=1e-9), n
        assert (found.pieces[n] > 0) == np.isfinite(best)


@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize("uneven", [False, True])
@pytest.mark.parametrize("seed", [11, 12])
def test_back_ends_agree_bit_for_bit(seed: int, uneven: bool, exact: bool) -> None:
    """Costs and pieces, on as many threads as there are; also where sums are rounded."""
    tasks = drawn(seed, 40, 20, 4, uneven=uneven, exact=exact)
    one, other = (run(tasks) for run in BACK_ENDS.values())
    for name, mine, theirs in zip(Pauses._fields, one, other, strict=True):
        assert np.array_equal(mine, theirs), name
    assert np.array_equal(pause.worth(tasks), pause_numba.worth(tasks))


@pytest.mark.parametrize("uneven", [False, True])
def test_pieces_are_worth_what_they_are_said_to_be(uneven: bool) -> None:
    """What a task holds, summed up by itself, is its cost; pieces come one after the other, in slots that are open."""
    tasks = drawn(12, 60, 12, 3, uneven=uneven)
    found = pause_numba.pauses(tasks)
    for n in np.flatnonzero(found.pieces > 0).tolist():
        k = int(found.pieces[n]) - 1
        first, last, partly = found.first[n, : k + 1], found.last[n, : k + 1], int(found.partly[n])
        touched = int(first[0]) if last[0] < first[0] else -1
        first, last = (first[1:], last[1:]) if touched >= 0 else (first, last)
        assert (first <= last).all()
        assert touched < first[0]
        assert (first[1:] > last[:-1]).all()
        held = [t for a, b in zip(first.tolist(), last.tolist(), strict=True) for t in range(a, b + 1)]
        assert tasks.open[n, held].all()
        heads = list(first.tolist())
        same = [usd for usd, pieces in _ways_of(tasks, n, tuple(held), heads, touched) if pieces == k + 1]
        assert min(abs(usd - found.usd[n]) for usd in same) < 1e-9
        assert partly in (-1, *last.tolist())

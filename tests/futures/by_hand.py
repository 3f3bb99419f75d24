"""Small plans, and what becomes of them in futures, worked out by hand from docs/futures.md.

Where not said otherwise a site, earth, has 8 accelerators of 1 kW each at 100 $/MWh: a run on 4 of them costs 0.4 $ an
hour. Jobs pay 10 $ for each hour until they end, so that a plan starts them at once, and 1,000 $ if they are turned
away. Events are drawn; a test looks for a future in which they happen as it needs them, and reads when from the draw.
"""

import functools
import json
import math
from collections.abc import Callable, Sequence
from typing import Any

import build
import numpy as np
import pytest
from numpy.typing import NDArray

import placement
from placement.folder import Stored
from placement.futures.stress import FIGURES, one_by_one_of, stress
from placement.solving import solve

HOWS = ("one by one", "at once")
both = pytest.mark.parametrize("how", HOWS)
SEED = 5
Windows = tuple[NDArray[np.float64], ...]


def job(name: str = "a", hours: float = 2.0, accelerators: int = 4, **more: Any) -> dict[str, Any]:
    return build.job(name, hours, accelerators, **{"delay_usd_per_hour": 10.0, **more})


def planned(written: dict[str, Any], usd: float | None = None) -> Stored:
    """The best plan of a scenario, which costs so much."""
    stored = _plan(json.dumps(written))
    if usd is not None:
        assert stored.summary["cost_usd"] == pytest.approx(usd, abs=1e-6)
    return stored


@functools.cache
def _plan(written: str) -> Stored:
    made = placement.scenario(json.loads(written))
    result = solve(made, baseline=False, gap=1e-7)
    assert result.plan is not None, result.message
    return Stored(made, result.plan, result.summary())


def find(stored: Stored, wanted: Callable[[Windows], bool]) -> tuple[int, Windows]:
    """The first future whose events are as wanted, and these: hours at which they begin and end."""
    of = one_by_one_of(stored, SEED).drawing
    for number in range(20_000):
        windows = of.future(number).windows
        if wanted(windows):
            return number, windows
    raise AssertionError("no future is like that")


def carried(stored: Stored, number: int, how: str = "one by one") -> dict[str, float]:
    """FIGURES of a future."""
    if how == "at once":
        found = stress(stored, number + 1, seed=SEED, workers=1, device="cpu")
        assert found.how == "at once"
        return {name: float(found.futures[name].iloc[number]) for name in FIGURES}
    future, single = one_by_one_of(stored, SEED).run(number)
    assert future.number == number
    assert single.unsettled == ""
    told = (single.usd, single.away_usd, single.missed_usd, single.late_hours, single.away, single.missed)
    return dict(zip(FIGURES, (*told, single.elsewhere, single.tonnes), strict=True))


def told(got: dict[str, float], usd: float, **more: float) -> None:
    """The figures are these; what is not named is nought."""
    expected = {**dict.fromkeys(FIGURES, 0.0), "cost_usd": usd, **more}
    assert got == pytest.approx(expected, abs=1e-6)


def once(between: tuple[float, float], *, ends: tuple[float, float] = (0.0, 1e9)) -> Callable[[Windows], bool]:
    """The event happens once, begins in that time, and ends in another."""

    def wanted(windows: Windows) -> bool:
        return (
            len(windows[0]) == 1 and between[0] < windows[0][0, 0] < between[1] and ends[0] < windows[0][0, 1] < ends[1]
        )

    return wanted


def event(**more: Any) -> dict[str, Any]:
    """Something that happens about once in 12 hours, for an hour."""
    return {"name": "event", "clusters": ["earth"], "per_year": 700.0, "hours": 1.0, **more}


def speeds(slots: int, windows: NDArray[np.float64], left: float) -> list[float]:
    """Speed in slots of an hour: in a slot that is covered by a share x, 1 - (1 - left) x."""
    result = [1.0] * slots
    for begin, end in windows.tolist():
        for t in range(slots):
            result[t] *= 1 - (1 - left) * max(0.0, min(end, t + 1) - max(begin, t))
    return result


def end_of(work: float, start: int, speed: Sequence[float]) -> float:
    """When work is done, on whole grains of 1/256 h; infinite past the horizon."""
    done = 0.0
    for t in range(start, len(speed)):
        if done + speed[t] >= work - 1e-9:
            return math.ceil((t + (work - done) / speed[t]) * 256 - 1e-6) / 256
        done += speed[t]
    return math.inf


STORM = event(lost=0.5)
PAIR = [job("a", 3.0), job("b", 3.0)]

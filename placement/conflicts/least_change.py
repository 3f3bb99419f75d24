"""The least change of one value with which a plan exists.

Of a value changed by r, plans only become more with r: the least r is enclosed by strides, then by halves. Where the
program is affine in r between two points, min r is a program itself; what it says is only where to look.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from placement.conflicts.demand import Dial
from placement.conflicts.elastic import affine
from placement.conflicts.later import Later
from placement.conflicts.questions import Questions
from placement.models import highs
from placement.schema.root import is_model
from placement.search.state import TimeUp

FINE = 0.004
"""A change is told to this share of itself, above the least."""

STRIDE, FARTHEST = 8.0, 8.0**8
"""Changes are looked for in these strides, up to so many times a value."""

APART = 0.97
"""Two changes between which the program is taken to be affine: this share of the larger one."""

ROUNDED = 1e-6
"""Share of a change that a solver's answer may be off."""

TINY = 1e-9
"""A change that is none."""

Enough = Callable[[float], bool]
"""Whether a plan exists with a change."""


def least_change(dial: Dial, questions: Questions, enough: Enough) -> float | None:
    """The least r for which a plan exists, to FINE of it; None where none is enough.

    Parameters
    ----------
    dial : Dial
    questions : Questions
        About the scenario.
    enough : callable
        Of r; False where it is not known in time.
    """
    enclosed = _strides(dial, enough)
    if enclosed is None:
        return None
    low, high = enclosed
    try:
        guess = None if isinstance(dial, Later) else _guess(dial, questions, high)
    except TimeUp:
        guess = None
    if guess is not None and low < guess < high:
        low, high = _near(dial, guess, low, high, enough)
    low, high = _halved(dial, low, high, enough)
    return high if dial.whole or high <= low else _tidied(dial, low, high, enough)


def _strides(dial: Dial, enough: Enough) -> tuple[float, float] | None:
    """Not enough, and enough; None where the farthest is not."""
    if isinstance(dial, Later) and not enough(math.inf):
        return None
    most = min(dial.least, FARTHEST) - (1.0 if dial.path.startswith("jobs.") else 0.0)
    low, high = 0.0, min(max(1.0, math.ceil(dial.size)) if dial.whole else 1.0, most)
    while high > 0 and not enough(high):
        if high >= most:
            return None
        low, high = high, min(high * STRIDE, most)
    return (low, high) if high > 0 else None


def _halved(dial: Dial, low: float, high: float, enough: Enough) -> tuple[float, float]:
    """Not enough, and enough: as near to each other as is told."""
    while high > TINY and high - low > (1.0 if dial.whole else FINE * high):
        middle = (low + high) / 2 if low or dial.whole else high / STRIDE
        middle = math.floor(middle) if dial.whole else middle
        low, high = (low, middle) if enough(middle) else (middle, high)
    return low, high


def _tidied(dial: Dial, low: float, high: float, enough: Enough) -> float:
    """A change that is enough and makes the value one of few digits, between the two or a little above."""
    for least, farthest in ((low * (1 + ROUNDED), high), (high, high * (1 + FINE))):
        neat = _neat(dial, least, farthest)
        if neat < farthest and enough(neat):
            return neat
    return high


def _near(dial: Dial, guess: float, low: float, high: float, enough: Enough) -> tuple[float, float]:
    """Not enough, and enough: closer together by a guess."""
    for near in dict.fromkeys(_neat(dial, guess * (1 + side), guess * (1 + FINE)) for side in (-ROUNDED, ROUNDED)):
        if not low < near < high:
            continue
        if enough(near):
            below = near - 1.0 if dial.whole else near * (1 - 2 * FINE)
            if below <= low or not enough(below):
                return near, near
            return low, below
        low = near
    return low, high


def _guess(dial: Dial, questions: Questions, high: float) -> float | None:
    """The least r if the program is affine in it; None where it is not."""
    other = high - 1.0 if dial.whole else APART * high
    forms = []
    for r in (other, high):
        found = questions.modelled(dial.put(questions.scenario, r))
        if found is None:
            return None
        forms.append(found.form)
    form = affine(forms[0], forms[1], other, high)
    if form is None:
        return None
    outcome = highs.solve(form, gap=1e-9, time_limit_s=questions.left_s, threads=1)
    return None if outcome.x is None else float(outcome.x[-1])


def _neat(dial: Dial, least: float, most: float) -> float:
    """Of changes from `least` to `most` the one that makes the value one of few digits."""
    if dial.whole:
        return float(math.ceil(least - ROUNDED))
    number = not is_model(dial.value)
    base = float(dial.value) if number else 1.0
    unit, sign = (abs(base) or 1.0) if number else 1.0, 1.0 if dial.up else -1.0
    exact = base + sign * least * unit
    for digits in range(1, 12):
        step = 10.0 ** (math.floor(math.log10(abs(exact) or 1.0)) - digits + 1)
        steps = exact / step
        value = float(f"{(math.ceil(steps - 1e-9) if dial.up else math.floor(steps + 1e-9)) * step:.12g}")
        change = sign * (value - base) / unit
        if least * (1 - 1e-9) <= change <= most:
            return change
    return most

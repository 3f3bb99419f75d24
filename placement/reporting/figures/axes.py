"""Axes that figures share: time in UTC, cut to the stretch that the reader chooses, and amounts in few digits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import altair as alt

    from placement.reporting.facts import Facts

WINDOW = "window"

_DAY = "utcmonth(datum.value) == 0 && utcdate(datum.value) == 1 ? utcFormat(datum.value, '%Y') : "
_DAY += "utcdate(datum.value) == 1 ? utcFormat(datum.value, '%b %Y') : utcFormat(datum.value, '%a %d %b')"
MOMENT = f"utchours(datum.value) + utcminutes(datum.value) > 0 ? utcFormat(datum.value, '%H:%M') : {_DAY}"
"""A moment on the axis: the year, month or day that begins, else the hour."""


def window(facts: Facts) -> alt.Parameter:
    """The stretch that is shown, milliseconds since 1970: at first the whole horizon."""
    import altair as alt

    return alt.param(name=WINDOW, value=[float(facts.moments[0]), float(facts.moments[-1])])


def time_x(facts: Facts, field: str, *, chosen: bool = True) -> alt.X:
    """A column of milliseconds along the axis; `chosen`: of what the reader chooses, else of the whole horizon."""
    import altair as alt

    ends: list[Any] = [float(facts.moments[0]), float(facts.moments[-1])]
    if chosen:
        ends = [alt.ExprRef(f"{WINDOW}[0]"), alt.ExprRef(f"{WINDOW}[1]")]
    scale = alt.Scale(type="utc", domainMin=ends[0], domainMax=ends[1], nice=False)
    axis = alt.Axis(grid=False, tickCount=7, labelExpr=MOMENT)
    return alt.X(f"{field}:T", title="time, UTC", scale=scale, axis=axis)


def moment_tip(field: str, title: str) -> alt.Tooltip:
    """A moment in a tip."""
    import altair as alt

    return alt.Tooltip(f"{field}:T", title=title, format="%Y-%m-%d %H:%M", formatType="utc")


def amounts(digits: int = 4, **how: Any) -> alt.Axis:
    """An axis of amounts in as many digits at most: 0, 200k, 1.5M, 2B."""
    import altair as alt

    return alt.Axis(labelExpr=amount(digits), **{"tickCount": 5, **how})


def amount(digits: int = 4) -> str:
    """The words of an amount on an axis or in a legend."""
    return (
        "datum.value == 0 ? '0' : abs(datum.value) < 1 ? format(datum.value, '.3~g') "
        f": replace(format(datum.value, '.{digits}~s'), 'G', 'B')"
    )

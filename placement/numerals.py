"""Numbers as people read them."""

import math


def usd(value: float | None, digits: int = 4) -> str:
    """Dollars in so many digits: $12.34M."""
    if value is None or not math.isfinite(value):
        return "-"
    sign, value = ("-" if value < 0 else ""), abs(value)
    for unit, size in (("B", 1e9), ("M", 1e6), ("k", 1e3)):
        if value >= size * 0.99995:
            whole = len(str(int(value / size)))
            return f"{sign}${value / size:.{max(digits - whole, 0)}f}{unit}"
    cents = f"{value:.2f}"
    return f"{sign if cents != '0.00' else ''}${cents}"


def percent(share: float | None, digits: int = 1) -> str:
    """A share in per cent."""
    return "-" if share is None or not math.isfinite(share) else f"{100 * share:z.{digits}f} %"


def number(value: float, digits: int = 0) -> str:
    """A number with thousands separated; a dash for none."""
    return "-" if not math.isfinite(value) else f"{value:,.{digits}f}"


def short(value: float) -> str:
    """A number in four digits: 12.34M."""
    return usd(value).replace("$", "") if abs(value) >= 1e4 else number(value)

"""Small fleets and days by hand: 0.1 $ for an accelerator-hour on earth, 0.2 $ on mars."""

from typing import Any

import build
from replanning.anew import stamp

MORNING_USD = 23.4
"""6.4 $ of energy for 64 accelerator-hours; delay of 2 + 4 + 3 + 8 hours."""

QUEUE_USD = 29.3
"""4.8 $ of energy for 48 accelerator-hours; delay of 4 h at 5 $ and 4.5 h at 1 $."""


def earth(number: int = 8, **more: Any) -> dict[str, Any]:
    """At 100 $/MWh."""
    return build.cluster("earth", number, **more)


def mars(number: int = 8, **more: Any) -> dict[str, Any]:
    """At 200 $/MWh."""
    return build.cluster("mars", number, **{"energy_price": 200.0, **more})


def job(name: str = "a", hours: float = 4.0, accelerators: int = 4, delay: float = 1.0, **more: Any) -> dict[str, Any]:
    """With so many $ for each hour of delay."""
    return build.job(name, hours, accelerators, delay_usd_per_hour=delay, **more)


def morning(**more: Any) -> dict[str, Any]:
    """On earth, of ten hours: a from 0 to 2, b from 0 to 4, c from 2 to 4, all of four; d on all eight from 4 to 8."""
    jobs = [job("a", 2.0), job("b", 4.0), job("c", 2.0, submitted=stamp(1)), job("d", 4.0, 8)]
    return build.document([earth()], jobs, **{"slots": 10, **more})


def queue(**more: Any) -> dict[str, Any]:
    """On all eight of earth: a from 0 to 4, b, asked for at 1:30, from 4 to 6."""
    jobs = [job("a", 4.0, 8, 5.0), job("b", 2.0, 8, submitted=stamp(1.5))]
    return build.document([earth()], jobs, **{"slots": 10, **more})


def two(
    delay: float = 1.0, first: dict[str, Any] | None = None, second: dict[str, Any] | None = None, **more: Any
) -> Any:
    """Earth and mars, ten hours; a runs on earth from 0 to 4, which is the cheaper."""
    return build.document([earth(**(first or {})), mars(**(second or {}))], [job("a", delay=delay, **more)], slots=10)

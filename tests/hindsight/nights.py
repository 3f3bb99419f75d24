"""Two sites with cheap nights, and logs of jobs that ran on them."""

from typing import Any

import build
import numpy as np
import pandas as pd

from placement.schema import Scenario

START = pd.Timestamp(build.START)
DAY, NIGHT = 12, 12
PRICE = ([100.0] * DAY + [20.0] * NIGHT) * 2
CARBON = ([400.0] * DAY + [100.0] * NIGHT) * 2


def a(**more: Any) -> dict[str, Any]:
    """Eight H100 of 1 kW at a PUE of 1.25: 100 $/MWh and 400 g/kWh by day, 20 and 100 by night."""
    return build.cluster("a", 8, **{"energy_price": PRICE, "carbon_g_per_kwh": CARBON, "pue": 1.25, **more})


def b(**more: Any) -> dict[str, Any]:
    """Four H100 of 1 kW, always 60 $/MWh and 50 g/kWh."""
    return build.cluster("b", **{"number": 4, "energy_price": 60.0, "carbon_g_per_kwh": 50.0, **more})


def sites(*clusters: dict[str, Any], slots: int = 48, **more: Any) -> Scenario:
    """A scenario of two days with one job that no log has."""
    return build.scenario(list(clusters) or [a(), b()], [build.job("other")], slots=slots, **more)


def log(*rows: tuple[Any, ...]) -> pd.DataFrame:
    """A log: name, hours from the start of submission and of start, hours, accelerators, and the cluster."""
    names = ("job", "submitted", "started", "hours", "accelerators", "cluster")
    columns = {name: [row[k] for row in rows] for k, name in enumerate(names)}
    for name in ("submitted", "started"):
        columns[name] = [START + pd.Timedelta(hours=hours) for hours in columns[name]]
    return pd.DataFrame(columns)


def drawn(seed: int, jobs: int = 12, clusters: tuple[str, ...] = ("a",), slots: int = 48) -> pd.DataFrame:
    """Jobs that begin on whole hours and run for quarters of hours, one after the other where there is no room."""
    rng = np.random.default_rng(seed)
    room = {"a": np.full(slots, 8), "b": np.full(slots, 4)}
    rows = []
    for number in range(jobs):
        cluster = str(rng.choice(list(clusters)))
        hours, size = float(rng.integers(1, 25)) / 4, int(rng.integers(1, 5))
        asked = float(rng.integers(0, 24 * 4)) / 4
        begin = int(np.ceil(asked))
        while (room[cluster][begin : begin + int(np.ceil(hours))] < size).any():
            begin += 1
        room[cluster][begin : begin + int(np.ceil(hours))] -= size
        rows.append((f"j{number}", asked, begin, hours, size, cluster))
    return log(*rows)

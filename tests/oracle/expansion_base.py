"""Tiny scenarios of growth before any rule: periods, a cluster on Earth and one in orbit, modules, vehicles, work."""

from typing import Any

import numpy as np
from oracle.draw import ACCELERATORS, KW, PLACES, Draw, Record, plain_cluster

GRIDS: dict[str, tuple[Record, float, tuple[int, int], float]] = {
    "years": ({"slot_hours": 8766.0}, 8766.0, (4, 5), 1.0),
    "quarters": ({"slot": "quarter"}, 2191.5, (4, 7), 3.0),
    "months": ({"slot": "month"}, 730.5, (4, 7), 2.0),
    "weeks": ({"slot": "week"}, 168.0, (4, 6), 1.0),
    "days": ({"slot": "day"}, 24.0, (4, 5), 0.5),
}
"""By name: the horizon, hours of a slot, slots, weight. Weeks up to four and days are not discounted."""


def begin(rng: np.random.Generator) -> Draw:
    """Time grid, clusters with a kind of module each, a vehicle, jobs and policy."""
    names = list(GRIDS)
    weights = np.array([GRIDS[name][-1] for name in names])
    name = str(rng.choice(names, p=weights / weights.sum()))
    horizon, hours, (fewest, most), _ = GRIDS[name]
    slots = int(rng.integers(fewest, most + 1))
    month = int(rng.choice((1, 4, 7, 10)))
    document: Record = {
        "format": 1,
        "name": "tiny-growth",
        "horizon": {"start": f"2027-{month:02d}-01T00:00:00", "slots": slots, **horizon},
        "reference_accelerator": "ref",
        "accelerators": [dict(row) for row in ACCELERATORS],
        "places": {key: dict(place) for key, place in PLACES.items()},
        "clusters": [],
        "vehicles": [],
        "jobs": [],
        "policy": {"defer": bool(rng.random() < 0.3), "tails": bool(rng.random() < 0.5)},
    }
    draw = Draw(rng, document, hours, 24)
    draw.tags.add(name)
    document["horizon"]["period_slots"] = 2 if slots >= 6 or draw.chance(0.15) else 1
    which = draw.pick(("both", "both", "both", "Earth", "orbit"))
    if which != "orbit":
        document["clusters"].append(_ground(draw))
    if which != "Earth":
        document["clusters"].append(_sky(draw))
        document["vehicles"].append(vehicle(draw, "falcon"))
    document["jobs"] += [job(draw, f"j{index}") for index in range(draw.whole(1, 2))]
    return draw


def worth(draw: Draw, accelerators: float) -> float:
    """About what so many accelerators earn in half of the horizon, $."""
    return draw.length / 2 * 3.0 * accelerators


def module(draw: Draw, name: str) -> Record:
    """A kind of module without conditions, worth what it costs now and then."""
    accelerators = draw.pick((1, 2, 2, 3, 4))
    value = worth(draw, accelerators)
    row: Record = {"name": name, "accelerators": accelerators, "max": draw.whole(1, 2)}
    row["usd"] = round(value * draw.number(0.02, 0.4), 2)
    row["accelerators_usd"] = round(value * draw.number(0.02, 0.25), 2)
    if draw.chance(0.4):
        row["operations_usd_per_year"] = round(value * draw.number(0.02, 0.2) * 8766 / draw.length, 2)
    if name in ("batch", "pair"):
        row["mass_kg"] = draw.number(60, 100, 1)
    return row


def vehicle(draw: Draw, name: str) -> Record:
    """A vehicle that lifts one to three modules."""
    row: Record = {
        "name": name,
        "payload_kg": {orbit: draw.number(100, 320, 1) for orbit in ("leo", "sso")},
        "usd_per_flight": round(worth(draw, 1) * draw.number(0.05, 0.5), 2),
        "flights_per_period": draw.pick((1, 2, 2, 3)),
    }
    return row


def job(draw: Draw, name: str) -> Record:
    """A job of some length, mostly worth an accelerator or two of its own, mostly in a hurry."""
    row: Record = {"job": name, "hours": draw.number(0.3, 1.9) * draw.hours, "accelerators": draw.whole(1, 4)}
    row["reject_usd"] = worth(draw, row["accelerators"] * draw.number(0.2, 1.6))
    if draw.chance(0.5):
        row["delay_usd_per_hour"] = draw.number(0.05, 1.5) * row["accelerators"]
    if draw.chance(0.3):
        row["submitted"] = draw.moment(draw.number(0.1, 0.6) * draw.length)
    if draw.chance(0.35):
        row["deadline"] = draw.moment(draw.number(0.45, 1.0) * draw.length)
    return row


def _ground(draw: Draw) -> Record:
    row = plain_cluster(draw, "ground")
    row["pools"][0] |= {"number": draw.pick((0, 0, 1, 2)), "accelerator": draw.pick(("ref", "ref", "frugal"))}
    row["modules"] = [module(draw, "hall")]
    return row


def _sky(draw: Draw) -> Record:
    each = draw.whole(1, 2)
    load = each * KW["ref"]
    orbit: Record = {"altitude_km": draw.number(500, 900, 0)}
    if draw.chance(0.6):
        orbit["ltan"] = draw.pick((6.0, 10.5, 18.0))
    else:
        orbit |= {"inclination_deg": draw.number(20, 70), "raan_deg": draw.number(0, 360)}
    satellites: Record = {
        "number": 1,
        "accelerator": "ref",
        "accelerators": each,
        "array_kw": draw.number(1.0, 2.2) * load,
        "age_years": draw.number(0, 3),
        "battery_kwh": draw.number(0, 1.5) * load,
        "eclipse": draw.pick(("throttle", "ride_through")),
    }
    row: Record = {"name": "sky", "orbit": orbit, "satellites": satellites, "modules": [module(draw, "batch")]}
    row["interruptions_per_accelerator_year"] = draw.pick((0.0, 0.0, draw.number(1, 50)))
    if draw.chance(0.75):
        row["pools"] = [{"accelerator": "ref", "number": draw.pick((0, 0, 1))}]
    return row


# --- what rules ask for ---


def kinds(draw: Draw, *without: str, where: Any = lambda cluster: True) -> list[tuple[Record, Record]]:
    """Clusters and kinds of modules that have none of some keys."""
    return [
        (cluster, row)
        for cluster in draw.clusters
        if where(cluster)
        for row in cluster["modules"]
        if not any(key in row for key in without)
    ]


def flying(cluster: Record) -> bool:
    """Whether a cluster is in orbit."""
    return "orbit" in cluster


def standing(cluster: Record) -> bool:
    """Whether a cluster is on Earth."""
    return "orbit" not in cluster


def base_size(cluster: Record) -> int:
    """Accelerators of a cluster's first pool before anything is added."""
    if "planes" in cluster or "pools" not in cluster:
        return cluster["satellites"]["accelerators"]
    return cluster["pools"][0]["number"]


def holds(row: Record) -> int:
    """Accelerators of a module, about."""
    sizes = [row.get("accelerators", 0), *(g["accelerators"] for g in row.get("generations", ()))]
    return max(1, *sizes)


def price(draw: Draw, cluster: Record, row: Record) -> float:
    """About what one module costs, its flight included, $."""
    dollars = [row["usd"], row.get("accelerators_usd", 0.0)]
    dollars += [g["accelerators_usd"] for g in row.get("generations", ())][:1]
    total = sum(usd for usd in dollars if isinstance(usd, float))
    if flying(cluster) and "vehicles" in draw.document:
        total += worth(draw, 1) * 0.2
    return total + worth(draw, 1) * 0.05

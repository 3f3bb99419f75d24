"""Families about modules and launches."""

from oracle.draw import Draw, Record, Unfit
from oracle.families import family, require


def _periods(draw: Draw) -> None:
    """At least two periods, so that a module can stand before the end."""
    if draw.slots < 2:
        raise Unfit
    draw.document["horizon"]["period_slots"] = 1 if draw.chance(0.6) else draw.whole(1, draw.slots // 2)
    for vehicle in draw.document.get("vehicles", ()):
        if isinstance(vehicle.get("flights_per_period"), list):
            vehicle["flights_per_period"] = 1


def _worth(draw: Draw, accelerators: int) -> float:
    """About what so many accelerators earn in half of the horizon, $."""
    return draw.length / 2 * 2.0 * accelerators


def _module(draw: Draw, name: str) -> Record:
    accelerators = draw.pick((1, 1, 2, 3, 4))
    worth = _worth(draw, accelerators)
    row: Record = {"name": name, "accelerators": accelerators, "max": draw.whole(1, 3 if accelerators == 1 else 2)}
    row["usd"] = round(worth * draw.number(0.05, 0.5), 2)
    row["accelerators_usd"] = round(worth * draw.number(0, 0.3), 2)
    if draw.chance(0.5):
        row["operations_usd_per_year"] = draw.number(100, 4000) * accelerators
    if draw.chance(0.6):
        row["life_years"] = draw.pick((0.5, 1.0, 4.0)) * draw.number(0.5, 1.5) * draw.length / 8766
    if draw.chance(0.4):
        row["max_per_period"] = 1
    if draw.chance(0.3):
        row["lead_days"] = draw.number(0, 0.5) * draw.length / 24
    if draw.chance(0.4):
        row["commissioning_days"] = draw.number(0, 0.4) * draw.length / 24
    if draw.chance(0.25):
        row["available"] = draw.moment(draw.number(-0.2, 0.5) * draw.length)
    return row


def _wanted(draw: Draw, cluster: Record) -> None:
    """Work that is worth a module: jobs of some length that are dear to reject."""
    for job in draw.jobs:
        if "state" not in job and not job.get("must_run") and draw.chance(0.7):
            job["hours"] = max(job["hours"], draw.number(0.8, 2.0) * draw.hours)
            job["reject_usd"] = draw.number(3, 9) * job["hours"] * job["accelerators"]
            job.pop("hours_p90", None)
    if draw.chance(0.4):
        draw.pick(draw.jobs)["clusters"] = [cluster["name"]]


def _too_large(draw: Draw, cluster: Record, rows: list[Record]) -> None:
    """A job that only fits once some modules stand, worth many times what they cost."""
    free = [job for job in draw.jobs if not {"state", "must_run", "pin_start", "deadline", "options"} & set(job)]
    if not free:
        return
    job, row, satellites = draw.pick(free), draw.pick(rows), cluster["satellites"]
    planes = {plane["name"]: plane["satellites"] for plane in cluster.get("planes", [])}
    base = planes.get(row.get("pool", ""), satellites["number"]) * satellites["accelerators"]
    more = row["accelerators"] * (draw.whole(2, 3) if draw.chance(0.5) else 1)
    row["max"] = max(row["max"], -(-more // row["accelerators"]))
    job["accelerators"], job["clusters"] = base + more, [cluster["name"]]
    job["hours"] = draw.number(0.2, 0.9) * draw.hours
    job["reject_usd"] = draw.number(5, 20) * _worth(draw, job["accelerators"])
    for key in ("count", "hours_p90", "not_clusters", "pin_cluster", "pin_pool", "sync_gbps", "class"):
        job.pop(key, None)
    draw.policy["defer"] = False


@family
def module(draw: Draw) -> None:
    """A cluster on Earth that can be enlarged."""
    cluster = draw.ground("modules")
    if cluster.get("charge") == "used" or any(job.get("cluster") == cluster["name"] for job in draw.jobs):
        raise Unfit
    _periods(draw)
    row = _module(draw, "hall")
    pool = draw.pick(cluster["pools"])
    if len(cluster["pools"]) > 1 or draw.chance(0.5):
        row["pool"] = pool.get("name", pool["accelerator"])
    pool["number"] = draw.whole(0, 2)
    pool.pop("spares", None)
    cluster["modules"] = [row]
    _wanted(draw, cluster)


@family
def module_power(draw: Draw) -> None:
    """A module that raises the facility's limit."""
    require(draw, "facility_limit")
    cluster = next(c for c in draw.clusters if "power_limit_mw" in c)
    if "modules" in cluster or cluster.get("charge") == "used":
        raise Unfit
    _periods(draw)
    row = _module(draw, "feeder")
    cluster["modules"] = [row | {"accelerators": 0, "power_mw": draw.number(0.01, 0.05)}]
    _wanted(draw, cluster)


def _vehicle(draw: Draw, name: str, kg: float) -> Record:
    row: Record = {
        "name": name,
        "payload_kg": {"leo": draw.number(1.1, 3.6) * kg, "sso": draw.number(1.1, 2.8) * kg},
        "usd_per_flight": round(_worth(draw, 1) * draw.number(0.05, 0.6), 2),
    }
    if draw.chance(0.5):
        row["flights_per_period"] = draw.pick((1, 2, 3, [draw.whole(0, 3) for _ in range(draw.periods)]))
    else:
        row["flights_per_year"] = draw.number(0.6, 2.5) * 8766 * draw.periods / draw.length
        draw.tags.add("flights_per_year")
    if draw.chance(0.5):
        row["open_share"] = draw.number(0.4, 1.0)
    if draw.chance(0.3):
        row["available"] = draw.moment(draw.number(-0.2, 0.4) * draw.length)
    return row


def _flying(draw: Draw) -> Record:
    found = [c for c in draw.clusters if "orbit" in c and c.get("charge") != "used" and "modules" not in c]
    if not found:
        require(draw, draw.pick(("throttle", "ride_through", "planes")))
        found = [c for c in draw.clusters if "orbit" in c and c.get("charge") != "used" and "modules" not in c]
    if not found:
        raise Unfit
    return draw.pick(found)


@family
def launch(draw: Draw) -> None:
    """Satellites that are launched in batches, to one plane or two."""
    cluster = _flying(draw)
    _periods(draw)
    rows = [_module(draw, "batch")]
    if draw.chance(0.4) or "planes" in cluster:
        rows.append(_module(draw, "pair"))
        draw.tags.add("two_kinds")
    kg = draw.number(80, 200, 0)
    for index, row in enumerate(rows):
        row["mass_kg"] = round(kg * draw.number(0.6, 1.0), 1)
        if len(rows) > 1:
            row["max"] = draw.whole(1, 2)
        if "planes" in cluster:
            row["pool"] = cluster["planes"][index]["name"]
    draw.document["vehicles"] = [_vehicle(draw, "falcon", kg)]
    cluster["modules"] = rows
    _wanted(draw, cluster)
    if draw.chance(0.8):
        _too_large(draw, cluster, rows)


@family
def two_vehicles(draw: Draw) -> None:
    """Two vehicles for the same modules."""
    require(draw, "launch")
    if len(draw.document["vehicles"]) > 1:
        raise Unfit
    own = next(c["modules"] for c in draw.clusters if "orbit" in c and "modules" in c)
    draw.document["vehicles"].append(_vehicle(draw, "starship", 2 * own[0]["mass_kg"]))
    if draw.chance(0.3):
        own[0]["vehicles"] = ["starship"]

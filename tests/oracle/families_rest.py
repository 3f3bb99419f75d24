"""Families about flows, limits, modules and launches, money."""

from oracle.draw import Draw, Record, Unfit
from oracle.families import family, require

MEASURES = ("accelerators", "mw", "mwh", "tco2", "water_l", "tb", "usd", "license")


# --- flows ---


@family
def flows(draw: Draw) -> None:
    """A divisible demand beside the jobs."""
    flow = draw.flow()
    if draw.chance(0.3):
        flow["utilization"] = draw.number(0.4, 0.9)
    if draw.chance(0.3):
        flow["memory_gb"] = draw.pick((50.0, 100.0))
    if draw.chance(0.3):
        flow |= {"home": "austin", "max_rtt_ms": draw.number(15, 200)}


@family
def two_flows(draw: Draw) -> None:
    """Two demands that compete, one of them for some clusters only."""
    first = draw.flow()
    if len(draw.document["flows"]) > 1:
        raise Unfit
    second = {**first, "name": "images", "unmet_usd_per_accelerator_hour": draw.number(0.5, 5)}
    second[draw.pick(("clusters", "not_clusters"))] = [draw.pick(draw.clusters)["name"]]
    draw.document["flows"].append(second)


@family
def flow_commits(draw: Draw) -> None:
    """A flow that alone decides whether fixed costs are paid."""
    draw.flow()
    require(draw, draw.pick(("committed", "used", "rent")))


# --- limits ---


def _amount(draw: Draw, of: str) -> float:
    """About how much all jobs take in all, in the unit of a longer span."""
    hours = draw.accelerator_hours() + (3 * draw.length if draw.document.get("flows") else 0)
    data = sum(job.get("dataset_tb", 0) + job.get("result_tb", 0) for job in draw.jobs)
    data += sum(record["tb"] for record in draw.document.get("datasets", ()))
    mwh = hours * 0.012
    return {
        "accelerators": hours,
        "mw": mwh,
        "mwh": mwh,
        "tco2": mwh * 0.3,
        "water_l": hours * 10,
        "tb": data,
        "usd": hours * 1.5,
        "license": hours,
    }[of]


def _limit(draw: Draw, of: str) -> None:
    limits = draw.document.setdefault("limits", [])
    if any(row["of"] == of for row in limits):
        raise Unfit
    per = "slot" if of == "mw" else draw.pick(("slot", "period", "horizon"))
    spans = {"slot": draw.slots, "period": draw.periods, "horizon": 1}[per]
    whole = _amount(draw, of)
    if per == "slot" and of in ("accelerators", "mw", "license"):
        whole /= draw.hours
    row: Record = {"name": f"cap-{of}", "of": of, "per": per, "over": _over(draw, of)}
    # `min` of what a plan can raise for nothing, by wasting, would not test anything
    lower = of not in ("usd", "tb") and draw.chance(0.25)
    soft = draw.chance(0.6) or (lower and draw.chance(0.7))
    size = whole / spans * (0.6 if lower else 1.0)
    bound = draw.series(0.25 * size, 1.1 * size, flat=0.6) if whole else draw.number(0.1, 2)
    row["min" if lower else "max"] = bound
    if soft:
        row["penalty_usd"] = round(draw.number(0.2, 3) * (draw.accelerator_hours() + 1) / (whole + 0.01) * 2, 4)
    limits.append(row)
    kinds = {f"per_{per}", "minimum" if lower else "maximum", "soft" if soft else "hard"}
    draw.tags |= {f"limit_{kind}" for kind in kinds | {f"over_{key}" for key in row["over"]}}


def _over(draw: Draw, of: str) -> Record:
    over: Record = {}
    if draw.chance(0.35):
        over["clusters"] = sorted({draw.pick(draw.clusters)["name"] for _ in range(2)})
    if of in ("accelerators", "mw", "mwh", "tco2", "water_l") and draw.chance(0.25):
        cluster = draw.ground()
        pool = draw.pick(cluster["pools"])
        over = {"pools": [f"{cluster['name']}/{pool.get('name', pool['accelerator'])}"]}
    if of != "usd" and draw.chance(0.3):
        over["jobs"] = _filter(draw)
    return over


def _filter(draw: Draw) -> Record:
    require(draw, "teams")
    for flow in draw.document.get("flows", ()):
        flow["team"] = draw.pick(("red", "blue"))
    job = draw.pick(draw.jobs)
    if job["tags"] and draw.chance(0.4):
        return {"tags": [draw.pick(job["tags"])]}
    return {"team": job["team"]}


def _limit_family(of: str) -> None:
    def limit(draw: Draw) -> None:
        if of == "water_l":
            for cluster in draw.clusters:
                cluster["water_l_per_kwh"] = draw.number(0.2, 2)
        if of == "tb":
            require(draw, draw.pick(("staging", "unloading", "datasets")))
        if of == "license":
            require(draw, "resources")
            if draw.chance(0.5):
                for cluster in draw.clusters:
                    cluster.pop("resources", None)
            if not any("uses" in job for job in draw.jobs):
                draw.pick(draw.jobs)["uses"] = {"license": 1}
        _limit(draw, of)

    limit.__name__ = f"limit_{of}"
    family(limit)


for _of in MEASURES:
    _limit_family(_of)


# --- modules and launches ---


def _periods(draw: Draw) -> None:
    """At least two periods, so that a module can stand before the end."""
    if draw.slots < 2:
        raise Unfit
    if draw.periods < 2:
        draw.document["horizon"]["period_slots"] = draw.whole(1, draw.slots // 2)


def _worth(draw: Draw) -> float:
    """About what an accelerator is worth over half the horizon, $."""
    return draw.length / 2 * draw.number(0.3, 2.5)


def _module(draw: Draw, name: str) -> Record:
    accelerators = draw.whole(1, 4)
    row: Record = {"name": name, "accelerators": accelerators, "max": draw.whole(1, 2)}
    row["usd"] = round(_worth(draw) * accelerators * draw.number(0.1, 0.6), 2)
    row["accelerators_usd"] = round(_worth(draw) * accelerators * draw.number(0, 0.6), 2)
    if draw.chance(0.5):
        row["operations_usd_per_year"] = draw.number(100, 4000)
    if draw.chance(0.5):
        row["life_years"] = draw.pick((0.01, 1.0, 5.0)) * draw.number(0.5, 1.5)
    if draw.chance(0.4):
        row["max_per_period"] = 1
    if draw.chance(0.3):
        row["lead_days"] = draw.number(0, 0.5) * draw.length / 24
    if draw.chance(0.3):
        row["commissioning_days"] = draw.number(0, 0.3) * draw.length / 24
    if draw.chance(0.2):
        row["available"] = draw.moment(draw.number(-1, 0.5) * draw.length)
    return row


@family
def module(draw: Draw) -> None:
    """A cluster on Earth that can be enlarged."""
    cluster = draw.ground("modules")
    if cluster.get("charge") == "used":
        raise Unfit
    _periods(draw)
    row = _module(draw, "hall")
    if len(cluster["pools"]) > 1 or draw.chance(0.5):
        pool = draw.pick(cluster["pools"])
        row["pool"] = pool.get("name", pool["accelerator"])
    draw.pick(cluster["pools"])["number"] = draw.whole(0, 2) if "state" not in draw.jobs[0] else 4
    cluster["modules"] = [row]


@family
def module_power(draw: Draw) -> None:
    """A module that raises the facility's limit."""
    require(draw, "facility_limit")
    cluster = next(c for c in draw.clusters if "power_limit_mw" in c)
    if "modules" in cluster or cluster.get("charge") == "used":
        raise Unfit
    _periods(draw)
    row = _module(draw, "feeder")
    row |= {"accelerators": 0, "power_mw": draw.number(0.01, 0.05)}
    cluster["modules"] = [row]


def _vehicle(draw: Draw, name: str) -> Record:
    row: Record = {
        "name": name,
        "payload_kg": {"leo": draw.number(300, 900, 0), "sso": draw.number(200, 600, 0)},
        "usd_per_flight": round(_worth(draw) * draw.number(0.2, 2), 2),
    }
    if draw.chance(0.5):
        row["flights_per_period"] = draw.pick((1, 2, [draw.whole(0, 2) for _ in range(draw.periods)]))
    else:
        row["flights_per_year"] = draw.number(0.6, 2.5) * 8766 * draw.periods / draw.length
        draw.tags.add("flights_per_year")
    if draw.chance(0.4):
        row["open_share"] = draw.number(0.4, 1.0)
    if draw.chance(0.3):
        row["available"] = draw.moment(draw.number(-0.2, 0.5) * draw.length)
    return row


@family
def launch(draw: Draw) -> None:
    """Satellites that are launched in batches."""
    flying = [c for c in draw.clusters if "orbit" in c and c.get("charge") != "used"]
    if not flying:
        require(draw, "throttle")
        flying = [c for c in draw.clusters if "orbit" in c]
    cluster = draw.pick(flying)
    if "modules" in cluster:
        raise Unfit
    _periods(draw)
    draw.document["vehicles"] = [_vehicle(draw, "falcon")]
    rows = [_module(draw, "batch")]
    if draw.chance(0.25):
        rows.append(_module(draw, "pair"))
        draw.tags.add("two_kinds")
    for row in rows:
        row["mass_kg"] = draw.number(80, 200, 0)
        if "planes" in cluster:
            row["pool"] = draw.pick(cluster["planes"])["name"]
    cluster["modules"] = rows


@family
def two_vehicles(draw: Draw) -> None:
    """Two vehicles for the same modules."""
    require(draw, "launch")
    if len(draw.document["vehicles"]) > 1:
        raise Unfit
    draw.document["vehicles"].append(_vehicle(draw, "starship"))
    module = next(m for c in draw.clusters if "orbit" in c for m in c.get("modules", ()))
    module["max"] = min(module["max"], 2)
    if draw.chance(0.3):
        module["vehicles"] = ["starship"]


# --- money ---


@family
def discount(draw: Draw) -> None:
    """Money that is worth less later."""
    draw.document["money"] = {"discount_rate": draw.pick((0.0, 0.15, 0.5, 1.0))}


def _boundary_family(name: str) -> None:
    def boundary(draw: Draw) -> None:
        draw.policy["minimise"] = name

    boundary.__name__ = f"minimise_{name}"
    family(boundary)


for _name in ("launch_and_power", "energy_cooling_launch", "all_but_accelerators", "all_in"):
    _boundary_family(_name)

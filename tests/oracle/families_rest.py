"""Families about flows, limits and money."""

from oracle.draw import Draw, Record, Unfit
from oracle.families import REGISTER, family, require

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
    if draw.chance(0.3):
        REGISTER["priorities"](draw)
        return {"priority": draw.pick(draw.jobs)["priority"]}
    REGISTER["teams"](draw)
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

"""Families about power: limits, plants, contracts, switching, and what it all costs."""

from oracle.draw import KW, Draw, Record, Unfit
from oracle.families import family, require
from oracle.fixed_costs import fixed_costs


def _full_mw(cluster: Record) -> float:
    """What all accelerators of a cluster draw at the meter."""
    it = sum(p["number"] * p.get("kw_per_accelerator", KW[p["accelerator"]]) for p in cluster["pools"])
    return it * cluster.get("pue", 1.0) / 1000


def _runs_here(draw: Draw, cluster: Record) -> bool:
    return any(job.get("cluster") == cluster["name"] for job in draw.jobs)


@family
def facility_limit(draw: Draw) -> None:
    """A facility that cannot power all its accelerators."""
    cluster = draw.ground("power_limit_mw")
    full = _full_mw(cluster) + cluster.get("idle_mw", 0.0)
    low = 0.7 if _runs_here(draw, cluster) else 0.35
    if draw.chance(0.4) and "idle_mw" not in cluster:
        cluster["idle_mw"] = draw.number(0.1, 0.4) * full
        full += cluster["idle_mw"]
    cluster["power_limit_mw"] = draw.series(low * full, full)


@family
def grid_limit(draw: Draw) -> None:
    """One grid with a limit: still a simple cluster."""
    cluster = draw.ground("sources")
    low = 0.7 if _runs_here(draw, cluster) else 0.35
    limit = draw.series(low * _full_mw(cluster), _full_mw(cluster))
    cluster["sources"] = [{"kind": "grid", "limit_mw": limit}]
    if draw.chance(0.5):
        cluster["sources"][0] |= {"price": draw.series(20, 200), "carbon_g_per_kwh": draw.series(50, 500)}


@family
def connected(draw: Draw) -> None:
    """A grid that comes later."""
    cluster = draw.ground("sources")
    if _runs_here(draw, cluster):
        raise Unfit
    since = draw.number(0.05, 0.5) * draw.length
    cluster["sources"] = [{"kind": "grid", "limit_mw": _full_mw(cluster), "connected": draw.moment(since)}]


@family
def curtailment(draw: Draw) -> None:
    """Called curtailments, now and then two at once."""
    cluster = draw.ground("sources")
    full = _full_mw(cluster)
    calls = []
    for _ in range(draw.whole(1, 2)):
        begin = draw.number(-0.1, 0.7) * draw.length
        end = begin + draw.number(0.2, 0.6) * draw.length
        window = {"from": draw.moment(begin), "to": draw.moment(end)}
        calls.append({**window, "limit_mw": draw.number(0.2, 0.8) * full})
    cluster["sources"] = [{"kind": "grid", "limit_mw": full, "curtailments": calls}]
    if draw.chance(0.3):
        _plant(draw, cluster)


@family
def negative_price(draw: Draw) -> None:
    """Hours in which power is paid for taking it."""
    cluster = draw.ground()
    prices = draw.series(-150, 150, flat=0.0)
    target = next((s for s in cluster.get("sources", ()) if s["kind"] == "grid"), None)
    if target is not None and "price" in target:
        target["price"] = prices
    else:
        cluster["energy_price"] = prices


@family
def carbon_price(draw: Draw) -> None:
    """Emissions cost."""
    draw.policy["carbon_usd_per_t"] = draw.number(50, 500)


@family
def idle_power(draw: Draw) -> None:
    """Clusters that draw power with nothing running."""
    for cluster in draw.clusters:
        if "orbit" not in cluster and "power_limit_mw" not in cluster and "sources" not in cluster:
            cluster["idle_mw"] = draw.number(0.05, 0.3) * _full_mw(cluster)


@family
def rare_pue(draw: Draw) -> None:
    """Much power for cooling."""
    for cluster in draw.clusters:
        cluster["pue"] = draw.number(1.3, 2.2)


def _plant(draw: Draw, cluster: Record | None = None) -> Record:
    """A cluster with a grid and room for further sources; its name goes on."""
    if cluster is None:
        found = [c for c in draw.clusters if "plant" in c]
        cluster = draw.pick(found) if found and draw.chance(0.8) else draw.ground("plant")
    if "plant" not in cluster:
        cluster.setdefault("sources", [{"kind": "grid", "limit_mw": draw.number(0.6, 1.5) * _full_mw(cluster)}])
        cluster["plant"] = True
        draw.tags.add("plant")
    return cluster


def _named(cluster: Record, kind: str) -> str:
    return f"{kind}{sum(source['kind'] == kind for source in cluster['sources'])}"


@family
def gas(draw: Draw) -> None:
    """Engines beside the grid."""
    cluster = _plant(draw)
    limit = draw.series(0.2 * _full_mw(cluster), 0.8 * _full_mw(cluster))
    row = {"kind": "gas", "name": _named(cluster, "gas"), "price": draw.series(30, 180), "limit_mw": limit}
    cluster["sources"].append({**row, "carbon_g_per_kwh": draw.series(350, 500)})


@family
def second_grid(draw: Draw) -> None:
    """Two grids at different prices."""
    cluster = _plant(draw)
    limit = draw.number(0.2, 0.8) * _full_mw(cluster)
    row = {"kind": "grid", "name": _named(cluster, "grid"), "price": draw.series(10, 150), "limit_mw": limit}
    cluster["sources"].append(row)


@family
def solar(draw: Draw) -> None:
    """Sun, or wind, that is used as far as it is wanted."""
    cluster = _plant(draw)
    kind = draw.pick(("solar", "wind"))
    row: Record = {"kind": kind, "name": _named(cluster, kind), "mw": draw.number(0.3, 1.5) * _full_mw(cluster)}
    row["capacity_factor"] = draw.series(0, 1, flat=0.0)
    if draw.chance(0.5):
        row |= {"price": draw.number(-20, 60), "carbon_g_per_kwh": draw.number(0, 40)}
    cluster["sources"].append(row)


@family
def battery(draw: Draw) -> None:
    """A battery between dear and cheap hours."""
    cluster = _plant(draw)
    mw = draw.number(0.2, 0.8) * _full_mw(cluster)
    mwh = mw * draw.number(0.5, 2.5) * min(draw.hours, 4.0)
    row = {"kind": "battery", "name": _named(cluster, "battery"), "mw": mw, "mwh": mwh}
    if draw.chance(0.5):
        cluster["energy_price"] = draw.series(-150, 250, flat=0.0)
        draw.tags.add("negative_price")
    if draw.chance(0.6):
        row["round_trip_efficiency"] = draw.number(0.6, 1.0)
    if draw.chance(0.5):
        row["initial_mwh"] = draw.number(0.1, 0.9) * mwh
    cluster["sources"].append(row)


@family
def demand_charge(draw: Draw) -> None:
    """Months whose highest draw is paid for."""
    cluster = _plant(draw)
    grid = next((s for s in cluster["sources"] if s["kind"] == "grid"), None)
    if grid is None:
        raise Unfit
    grid["demand_charge_usd_per_mw"] = draw.number(20, 150) * draw.hours
    if draw.chance(0.4):
        grid["peak_so_far_mw"] = draw.number(0.05, 0.8) * _full_mw(cluster)


@family
def take_or_pay(draw: Draw) -> None:
    """Energy that is paid for, taken or not."""
    cluster = _plant(draw)
    grid = next((s for s in cluster["sources"] if s["kind"] == "grid"), None)
    if grid is None:
        raise Unfit
    per = draw.pick(("period", "horizon"))
    spans = draw.periods if per == "period" else 1
    mwh = draw.number(0.2, 0.9) * _full_mw(cluster) * draw.length / spans
    grid["take_or_pay"] = {"mwh": mwh, "per": per, "usd_per_mwh": draw.number(20, 200)}


@family
def switchable(draw: Draw) -> None:
    """Clusters that may be switched off, saving idle power."""
    cluster = draw.ground("switchable")
    cluster["switchable"] = True
    cluster["idle_mw"] = draw.number(0.2, 0.6) * _full_mw(cluster)
    if "power_limit_mw" in cluster:
        cluster["power_limit_mw"] = draw.number(0.9, 1.6) * _full_mw(cluster)
    for source in cluster.get("sources", ()):
        if source["kind"] == "grid":
            source["limit_mw"] = draw.number(1.2, 2.0) * _full_mw(cluster)
    scale = cluster["idle_mw"] * 100 * draw.hours
    cluster["startup_usd"] = draw.number(0, 1.5) * scale
    cluster["shutdown_usd"] = draw.number(0, 1.0) * scale
    cluster["initially_on"] = draw.chance(0.5)


@family
def finally_off(draw: Draw) -> None:
    """Switched off at the end in any case."""
    require(draw, "switchable")
    next(c for c in draw.clusters if "switchable" in c)["finally_off"] = True


def _second_pool(draw: Draw, cluster: Record) -> None:
    own = cluster["pools"][0]["accelerator"]
    named = [*draw.document.get("options", ()), *draw.jobs]
    if own != "frugal" and all(row.get("cluster") != cluster["name"] or "pool" in row for row in named):
        cluster["pools"].append({"accelerator": "frugal", "number": draw.whole(2, 4)})
        draw.tags.add("pools")


@family
def owned(draw: Draw) -> None:
    """Fixed costs that are there in any case."""
    fixed_costs(draw, draw.cluster("fixed_costs"))


@family
def committed(draw: Draw) -> None:
    """Fixed costs that are paid once anything runs."""
    cluster = draw.cluster("fixed_costs", "rented")
    cluster["charge"] = "committed"
    fixed_costs(draw, cluster)


@family
def used(draw: Draw) -> None:
    """Fixed costs that are paid by the accelerator-hour."""
    cluster = draw.cluster("fixed_costs", "rented", "modules")
    cluster["charge"] = "used"
    if "pools" in cluster and len(cluster["pools"]) == 1 and draw.chance(0.4):
        _second_pool(draw, cluster)
    fixed_costs(draw, cluster)


@family
def rent(draw: Draw) -> None:
    """Accelerators for rent."""
    cluster = draw.ground("charge")
    cluster["rented"] = True
    draw.pick(cluster["pools"])["usd_per_accelerator_hour"] = draw.series(0.2, 3)


@family
def tariffs(draw: Draw) -> None:
    """Prices as named series that grow over time."""
    draw.document["series"] = {"market": {"values": [draw.number(30, 200) for _ in range(draw.slots)]}}
    cluster = draw.ground()
    cluster["energy_price"] = {"series": "market", "scale": 1.5, "add": -10.0, "escalation_per_year": 0.03}

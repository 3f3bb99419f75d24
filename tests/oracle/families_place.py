"""Families about clusters: pools, accelerators, speed, service, orbit, links, data."""

import copy

from oracle.draw import Draw, Record, Unfit
from oracle.families import family, require
from oracle.fixed_costs import fixed_costs


@family
def two_clusters(draw: Draw) -> None:
    """A further cluster."""
    draw.add_cluster()


@family
def pools(draw: Draw) -> None:
    """A second pool with other accelerators."""
    cluster = draw.ground()
    if len(cluster["pools"]) > 1 or _runs_on(draw, cluster) or _optioned(draw, cluster):
        raise Unfit
    own = cluster["pools"][0]["accelerator"]
    other = draw.pick([name for name in ("ref", "fast", "frugal") if name != own])
    pool = {"accelerator": other, "number": draw.whole(1, 5), "kw_per_accelerator": draw.number(3, 18)}
    cluster["pools"].append(pool)


def _runs_on(draw: Draw, cluster: Record) -> bool:
    return any(job.get("cluster") == cluster["name"] for job in draw.jobs)


def _optioned(draw: Draw, cluster: Record) -> bool:
    rows = draw.document.get("options", [])
    return any(row["cluster"] == cluster["name"] and "pool" not in row for row in rows)


def _class(draw: Draw) -> list[Record]:
    """Jobs of a class, and the table, which names every class there is."""
    chosen = [job for job in draw.jobs if "options" not in job]
    if not chosen:
        raise Unfit
    for job in chosen:
        job["class"] = "llm"
    return draw.document.setdefault("throughput", [])


def _used(draw: Draw) -> list[str]:
    names = [pool["accelerator"] for cluster in draw.clusters for pool in cluster.get("pools", ())]
    return sorted({*names, *(c["satellites"]["accelerator"] for c in draw.clusters if "satellites" in c)})


@family
def throughput(draw: Draw) -> None:
    """Measured speeds of a class."""
    rows = _class(draw)
    for name in _used(draw):
        if any(row["accelerator"] == name and "accelerators" not in row for row in rows):
            continue
        row: Record = {"class": "llm", "accelerator": name, "relative_speed": draw.number(0.5, 2.2)}
        if draw.chance(0.5):
            row["kw_per_accelerator"] = draw.number(4, 18)
        rows.append(row)


@family
def gang_sizes(draw: Draw) -> None:
    """Gangs of another size than the job's own, and a row for the own size."""
    rows = _class(draw)
    for name in _used(draw):
        for size in sorted({draw.whole(1, 5), draw.pick(draw.jobs)["accelerators"]}):
            if not any(row["accelerator"] == name and row.get("accelerators") == size for row in rows):
                speed = draw.number(0.4, 1.6)
                rows.append({"class": "llm", "accelerator": name, "accelerators": size, "relative_speed": speed})


@family
def spares(draw: Draw) -> None:
    """Accelerators kept back."""
    pool = draw.pick(draw.ground()["pools"])
    pool["spares"] = draw.whole(1, max(1, pool["number"] // 2))


@family
def speed(draw: Draw) -> None:
    """Pools that are slower at times."""
    for cluster in draw.clusters:
        for pool in cluster.get("pools", ()):
            pool["speed"] = draw.series(0.3, 1.0, flat=0.1)


@family
def zero_speed(draw: Draw) -> None:
    """Slots in which a pool does no work."""
    pool = draw.pick(draw.ground()["pools"])
    pool["speed"] = [draw.pick((0.0, 0.5, 1.0, 1.0)) for _ in range(draw.slots)]
    draw.tags.add("speed")


@family
def reserved(draw: Draw) -> None:
    """Accelerators that others take."""
    pool = draw.pick(draw.ground()["pools"])
    pool["reserved"] = draw.series(0, min(4, pool["number"]), whole=draw.chance(0.5), flat=0.0)


@family
def service(draw: Draw) -> None:
    """Pools and clusters that come or go during the horizon."""
    cluster = draw.cluster("service")
    if _runs_on(draw, cluster):
        raise Unfit
    target = draw.pick(cluster["pools"]) if "pools" in cluster and draw.chance(0.5) else cluster
    window = {}
    if draw.chance(0.6):
        window["from"] = draw.moment(draw.number(0.1, 0.5) * draw.length)
    if not window or draw.chance(0.5):
        window["to"] = draw.moment(draw.number(0.6, 1.0) * draw.length)
    target["service"] = window


@family
def blocks(draw: Draw) -> None:
    """Pools whose parts have dates of their own."""
    cluster = draw.ground()
    pool = draw.pick(cluster["pools"])
    if "blocks" in pool or _runs_on(draw, cluster):
        raise Unfit
    parts: list[Record] = [{"name": "hall", "number": draw.whole(0, pool["number"])}]
    if draw.chance(0.6):
        parts[0]["service"] = {"to": draw.moment(draw.number(0.5, 1.1) * draw.length)}
    if draw.chance(0.3):
        parts.append({"name": "tent", "number": 1})
    annex = {"from": draw.moment(draw.number(-0.1, 0.6) * draw.length)}
    pool["blocks"] = [*parts, {"name": "annex", "number": pool["number"], "service": annex}]
    _charged(draw, cluster)


def _charged(draw: Draw, cluster: Record) -> None:
    """Fixed costs, mostly; from numbers of their own, so that what else is drawn stays as it was."""
    apart = copy.copy(draw)
    apart.rng = draw.rng.spawn(1)[0]
    if "fixed_costs" not in cluster and apart.chance(0.9):
        kinds = ["owned"]
        if "rented" not in cluster:
            kinds += ["committed"] if "modules" in cluster else ["committed", "used"]
        kind = apart.pick(kinds)
        if kind != "owned":
            cluster["charge"] = kind
        fixed_costs(apart, cluster)
    if "fixed_costs" in cluster:
        draw.tags.add(f"blocks_{cluster.get('charge', 'owned')}")


@family
def checkpoints(draw: Draw) -> None:
    """Interruptions that cost work; now and then too much of it."""
    for cluster in draw.clusters:
        cluster["interruptions_per_accelerator_year"] = draw.pick((20.0, 200.0, 800.0, draw.number(100, 3000)))
        cluster["restart_minutes"] = draw.number(1, 90)
        if draw.chance(0.7):
            cluster["storage_gbps"] = draw.number(1, 40)
        for pool in cluster.get("pools", ()):
            pool.pop("interruptions_per_accelerator_year", None)
    for job in draw.jobs:
        job["checkpoint_tb"] = draw.number(0, 4)
    draw.policy["min_goodput"] = draw.pick((0.2, 0.6, 0.85))


@family
def fabric(draw: Draw) -> None:
    """Gangs that need bandwidth which larger tiers do not give."""
    for cluster in draw.clusters:
        for pool in cluster.get("pools", ()):
            small = {"accelerators": draw.whole(1, 2), "gbps": 900.0}
            pool["fabric"] = [small, {"accelerators": draw.whole(3, 4), "gbps": draw.pick((50.0, 400.0))}]
    for job in draw.jobs:
        job["sync_gbps"] = draw.pick((0.0, 40.0, 300.0, 500.0))


def _orbital(draw: Draw, eclipse: str) -> Record:
    """A further cluster, in orbit, with an array that may not carry the load."""
    if len(draw.clusters) >= 3:
        raise Unfit
    each = draw.whole(1, 3)
    number = draw.whole(2, 3)
    kw = 10.0
    row: Record = {
        "name": f"sat{len(draw.clusters)}",
        "satellites": {
            "number": number,
            "accelerator": "ref",
            "accelerators": each,
            "array_kw": draw.number(0.8, 2.0) * each * kw,
            "age_years": draw.number(0, 4),
            "overhead": draw.number(1.0, 1.3),
            "battery_kwh": draw.number(0, 1.5) * each * kw,
            "eclipse": eclipse,
        },
        "orbit": _orbit(draw),
    }
    satellites = row["satellites"]
    if draw.chance(0.4):
        row["interruptions_per_accelerator_year"] = draw.number(1, 300)
    if draw.chance(0.3):
        area = draw.number(0.8, 2.0) * each * kw  # about 0.7 kW to a square metre
        satellites["radiator"] = {"m2": area, "derate": 0.8, "end_emissivity": 0.7, "earth_view": draw.pick((0.0, 0.3))}
    if draw.chance(0.3):
        satellites |= {
            "shielding_mm": draw.number(0, 4),
            "silent_errors": draw.pick(("ignore", "restart", "duplicate")),
        }
    if draw.chance(0.3):
        satellites |= {"infant_loss": draw.pick((0.0, 0.2)), "accelerator_loss_per_year": draw.pick((0.05, 0.3))}
    if draw.chance(0.3):
        satellites |= {"crosslink": {"gbps": draw.pick((60.0, 600.0))}, "board_gbps": 400.0}
    draw.clusters.append(row)
    draw.tags |= {"orbital", f"eclipse_{eclipse}"}
    return row


def _orbit(draw: Draw) -> Record:
    altitude = draw.number(450, 900, 0)
    if draw.chance(0.5):
        return {"altitude_km": altitude, "ltan": draw.pick((6.0, 10.5, 12.0, 18.0))}
    return {"altitude_km": altitude, "inclination_deg": draw.number(20, 70), "raan_deg": draw.number(0, 360)}


@family
def throttle(draw: Draw) -> None:
    """Satellites that slow down in eclipse."""
    _orbital(draw, "throttle")


@family
def ride_through(draw: Draw) -> None:
    """Satellites with one level all the way round."""
    _orbital(draw, "ride_through")


@family
def pause(draw: Draw) -> None:
    """Satellites that stop in eclipse."""
    _orbital(draw, "pause")["satellites"]["resume_minutes"] = draw.number(0, 10)


@family
def planes(draw: Draw) -> None:
    """Satellites in two planes; a gang never spans them."""
    row = _orbital(draw, draw.pick(("throttle", "ride_through", "pause")))
    number = row["satellites"]["number"]
    key, values = ("ltan", (6.0, 12.0)) if "ltan" in row["orbit"] else ("raan_deg", (10.0, 130.0))
    row["planes"] = [
        {"name": "p1", "satellites": 1, key: values[0]},
        {"name": "p2", "satellites": number - 1, key: values[1]},
    ]


def _links(draw: Draw) -> None:
    """Links that carry one or two transfers in a slot."""
    for cluster in draw.clusters:
        if "link" not in cluster and draw.chance(0.75):
            pace = 1 / (0.45 * draw.hours)
            cluster["link"] = {"gbps_in": draw.number(1, 4) * pace, "gbps_out": draw.number(1, 4) * pace}
    if not any("link" in cluster for cluster in draw.clusters):
        raise Unfit


def _home(draw: Draw, job: Record) -> None:
    if "home" not in job and draw.chance(0.7):
        job["home"] = draw.pick(["austin", "osaka", *(c["name"] for c in draw.clusters)])


@family
def staging(draw: Draw) -> None:
    """Data that are brought before a run."""
    _links(draw)
    for job in draw.jobs:
        if "state" not in job and draw.chance(0.8):
            job["dataset_tb"] = draw.number(0.5, 4)
            _home(draw, job)
    draw.policy["stage_hours"] = draw.pick((0.5, 1.0, 2.0, draw.number(0.4, 2.5))) * draw.hours


@family
def unloading(draw: Draw) -> None:
    """Results that are brought away after a run."""
    _links(draw)
    for job in draw.jobs:
        if draw.chance(0.8):
            job["result_tb"] = draw.number(0.5, 4)
            _home(draw, job)
    draw.policy["unload_hours"] = draw.pick((1.0, 2.0, draw.number(0.6, 2.5))) * draw.hours


@family
def transfer_price(draw: Draw) -> None:
    """Transfers that cost at both ends."""
    require(draw, draw.pick(("staging", "unloading")))
    for cluster in draw.clusters:
        if "link" in cluster:
            cluster["link"] |= {"usd_per_tb_in": draw.number(0, 3), "usd_per_tb_out": draw.number(0, 3)}


@family
def contact(draw: Draw) -> None:
    """Links with gaps, and jobs that do not bear long ones."""
    require(draw, draw.pick(("staging", "unloading")))
    for cluster in draw.clusters:
        if "link" in cluster:
            values = [draw.pick((0.0, 0.4, 0.8, 1.0)) for _ in range(draw.slots)]
            cluster["link"]["contact"] = values
            cluster["link"]["availability"] = draw.pick((1.0, 0.9, 0.7))
    for job in draw.jobs:
        if draw.chance(0.4):
            job["max_contact_gap_hours"] = draw.pick((0.5, 1.0, 2.0)) * draw.hours


@family
def stations(draw: Draw) -> None:
    """Satellites that see ground stations only at times."""
    flying = [c for c in draw.clusters if "orbit" in c]
    cluster = flying[0] if flying else _orbital(draw, "throttle")
    if cluster.get("link") is None:
        cluster["link"] = {"gbps_in": draw.number(20, 60), "gbps_out": draw.number(20, 60)}
    cluster["link"] |= {"stations": draw.pick((["austin"], ["austin", "osaka"])), "min_elevation_deg": 5.0}
    job = draw.job("max_rtt_ms")
    if draw.chance(0.5):
        job |= {"home": draw.pick(("austin", "berlin")), "max_rtt_ms": draw.number(20, 120)}
    else:
        job["max_contact_gap_hours"] = draw.number(0.5, 24)


@family
def datasets(draw: Draw) -> None:
    """Shared data sets that move to a cluster once."""
    _links(draw)
    home = draw.pick(["austin", *(c["name"] for c in draw.clusters)])
    record: Record = {"name": "corpus", "tb": draw.number(0.5, 5), "home": home}
    if draw.chance(0.4):
        record["clusters"] = [draw.pick(draw.clusters)["name"]]
    draw.document["datasets"] = [record]
    for job in draw.jobs:
        if draw.chance(0.7):
            job["dataset"] = "corpus"
    draw.policy["stage_hours"] = draw.number(0.3, 1.5) * draw.hours
    if draw.chance(0.5):
        for cluster in draw.clusters:
            if "link" in cluster:
                cluster["link"] |= {"usd_per_tb_in": draw.number(0, 1), "usd_per_tb_out": draw.number(0, 1)}

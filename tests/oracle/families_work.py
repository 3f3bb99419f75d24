"""Families about jobs: fates, dates, order, segments, options, where they may run."""

from oracle.draw import PLACES, Draw, Record, Unfit
from oracle.families import family, require

FIXED = ("pin_start", "state", "segments", "after", "options")


@family
def capacity(draw: Draw) -> None:
    """Pools that are too small for all jobs at once."""
    draw.add_job()
    for cluster in draw.clusters:
        for pool in cluster.get("pools", ()):
            pool["number"] = max(draw.gang(), pool["number"] // 2)
            pool.pop("spares", None)


@family
def last_slot_fraction(draw: Draw) -> None:
    """Runs that end inside a slot, so that another can begin there."""
    for job in draw.jobs:
        job["hours"] = draw.number(0.1, 0.7) * draw.hours * draw.whole(1, 3)


@family
def counts(draw: Draw) -> None:
    """A job of two or three units."""
    job = draw.job("state", "count", "segments")
    job["count"] = draw.whole(2, 3 if draw.slots < 5 else 2)


@family
def must_run(draw: Draw) -> None:
    """A job that has to run; now and then it cannot."""
    job = draw.job("state", "reject_usd")
    if draw.chance(0.5):
        job["reject_usd"] = None
    else:
        job["must_run"] = True


@family
def pins(draw: Draw) -> None:
    """A pinned start, cluster or pool."""
    job = draw.job(*FIXED)
    kind = draw.pick(("start", "cluster", "pool", "both"))
    if kind in ("start", "both"):
        job["pin_start"] = draw.moment(draw.number(0, draw.length * 0.6))
    if kind in ("cluster", "both"):
        job["pin_cluster"] = draw.pick(draw.clusters)["name"]
    if kind == "pool":
        pool = draw.pick(draw.ground()["pools"])
        job["pin_pool"] = pool.get("name", pool["accelerator"])


@family
def running(draw: Draw) -> None:
    """A job that is on a cluster already."""
    without = ("pin_start", "state", "segments", "after", "submitted", "earliest_start", "deadline")
    job = draw.job(*without, "clusters", "not_clusters", "pin_cluster", "pin_pool")
    cluster = draw.ground()
    pool = max(cluster["pools"], key=lambda p: p["number"])
    for row in draw.document.get("options", ()):
        if row["job"] == job["job"]:
            row |= {"cluster": cluster["name"], "pool": pool.get("name", pool["accelerator"])}
            draw.tags.add("running_option")
    if pool["number"] < job["accelerators"] or "service" in cluster or "service" in pool or "blocks" in pool:
        raise Unfit
    job.pop("must_run", None)
    job |= {"state": "running", "cluster": cluster["name"], "started": draw.moment(-draw.number(1, 9))}
    job["pool"] = pool.get("name", pool["accelerator"])
    job["hours_left"] = min(job["hours"], draw.number(0.2, 0.9) * job["hours"])
    job["count"] = 1


@family
def priorities(draw: Draw) -> None:
    """Weights of the default loss by rejection."""
    draw.policy["priorities"] = {"gold": draw.number(1.5, 5), "tin": draw.number(0.1, 0.9)}
    for job in draw.jobs:
        job["priority"] = draw.pick(("gold", "tin"))
        if not job.get("must_run") and job.get("reject_usd", 0) is not None:
            job.pop("reject_usd", None)


@family
def cheap_deferral(draw: Draw) -> None:
    """Waiting past the end costs little."""
    draw.policy["defer"] = True
    draw.policy["terminal_usd_per_accelerator_hour"] = draw.number(0.1, 1.2)


@family
def no_deferral(draw: Draw) -> None:
    """Nothing may wait past the end."""
    draw.policy["defer"] = False


@family
def tails(draw: Draw) -> None:
    """Runs that go on past the end."""
    draw.policy["tails"] = True
    draw.policy["terminal_usd_per_accelerator_hour"] = draw.number(0.1, 3)
    job = draw.job("state", "deadline")
    job["hours"] = draw.number(0.5, 1.4) * draw.length


@family
def no_tails(draw: Draw) -> None:
    """Runs end before the end."""
    draw.policy["tails"] = False


@family
def delay(draw: Draw) -> None:
    """Hours until the end of a run cost."""
    for job in draw.jobs:
        job["delay_usd_per_hour"] = draw.number(0.05, 1.5) * job["accelerators"]


@family
def deadline(draw: Draw) -> None:
    """Runs that have to end in time; some so late that they may be deferred."""
    job = draw.job("deadline")
    late = draw.chance(0.4)
    hours = draw.length + draw.number(0, 2) * job["hours"] if late else draw.number(0.4, 1.2) * draw.length
    job["deadline"] = draw.moment(hours)


@family
def earliest(draw: Draw) -> None:
    """Jobs that come in later, or may start later."""
    job = draw.job("state", "pin_start", "submitted", "earliest_start")
    job["submitted"] = draw.moment(draw.pick((-2.0, draw.number(0.1, 0.6) * draw.slots)) * draw.hours)
    if draw.chance(0.5):
        job["earliest_start"] = draw.moment(draw.number(0.1, 0.6) * draw.length)


@family
def p90(draw: Draw) -> None:
    """Planning with the 90 % quantile of run times."""
    draw.policy["run_time"] = "p90"
    job = draw.pick(draw.jobs)
    job["hours_p90"] = round(job["hours"] * draw.number(1.05, 1.8), 4)


@family
def after(draw: Draw) -> None:
    """A job that waits for another, with a lag now and then."""
    while len(draw.jobs) < 2:
        draw.add_job()
    later = draw.job("after", "state", "pin_start")
    earlier = [job for job in draw.jobs if job is not later and not job.get("after")]
    if not earlier:
        raise Unfit
    later["after"] = [draw.pick(earlier)["job"]]
    if draw.chance(0.5):
        later["after_lag_hours"] = draw.pick((0.5, 1.0, draw.number(0.1, 1.5))) * draw.hours
        draw.tags.add("after_lag")


@family
def after_count(draw: Draw) -> None:
    """A job that waits for every unit of another."""
    require(draw, "after")
    waited = {name for job in draw.jobs for name in job.get("after", ())}
    job = next(job for job in draw.jobs if job["job"] in waited)
    if job.get("state") == "running" or job.get("segments", 1) > 1:
        raise Unfit
    job["count"] = 2


@family
def after_rejected(draw: Draw) -> None:
    """A job that waits for one that is better rejected, or deferred."""
    require(draw, "after")
    waited = {name for job in draw.jobs for name in job.get("after", ())}
    job = next(job for job in draw.jobs if job["job"] in waited)
    if job.get("state") == "running" or job.get("must_run"):
        raise Unfit
    job["reject_usd"] = draw.number(0, 0.3) * job["hours"]


@family
def segments(draw: Draw) -> None:
    """Runs in parts, with pauses where that pays."""
    job = draw.job("state", "pin_start", "count")
    job["segments"] = 2 if draw.slots > 5 or draw.chance(0.7) else 3
    job["hours"] = draw.number(0.5, 0.7 * draw.slots) * draw.hours


@family
def resume(draw: Draw) -> None:
    """Each further segment costs time."""
    require(draw, "segments")
    job = next(job for job in draw.jobs if job.get("segments", 1) > 1)
    job["resume_hours"] = draw.number(0.1, 0.6) * draw.hours


def _rows(draw: Draw, job: Record, count: int) -> None:
    """Options of one part each."""
    rows = draw.document.setdefault("options", [])
    for index in range(count):
        cluster = draw.pick(draw.clusters)
        rows.append(_row(draw, job, f"o{index}", cluster, draw.run_hours()))
    job["options"] = True


def _row(draw: Draw, job: Record, name: str, cluster: Record, hours: float) -> Record:
    row: Record = {"job": job["job"], "option": name, "cluster": cluster["name"], "hours": hours}
    row["accelerators"] = draw.whole(1, 4)
    if len(cluster.get("pools", ())) != 1 or draw.chance(0.3):
        pools = cluster.get("pools") or cluster.get("planes")
        if not pools:
            return row
        pool = draw.pick(pools)
        row["pool"] = pool.get("name") or pool["accelerator"]
    if draw.chance(0.5):
        row["price_usd"] = draw.number(0, 2) * hours
    return row


@family
def option_one_part(draw: Draw) -> None:
    """A job with measured ways to run, each on one pool."""
    job = draw.job("options", "class")
    if job.get("state") == "running":
        cluster = next(c for c in draw.clusters if c["name"] == job["cluster"])
        draw.document.setdefault("options", []).append(
            _row(draw, job, "own", cluster, draw.run_hours()) | {"pool": job["pool"], "accelerators": 1}
        )
        job["options"] = True
        draw.tags.add("running_option")
        return
    _rows(draw, job, draw.whole(1, 3))


@family
def option_parts(draw: Draw) -> None:
    """A way to run with parts on several clusters."""
    if len(draw.clusters) < 2:
        draw.add_cluster()
    job = draw.job("options", "state", "class")
    hours, clusters = draw.run_hours(), draw.clusters
    first = draw.whole(0, len(clusters) - 1)
    rows = draw.document.setdefault("options", [])
    for step in range(draw.whole(2, len(clusters))):
        rows.append(_row(draw, job, "wide", clusters[(first + step) % len(clusters)], hours))
    job["options"] = True
    if draw.chance(0.6):
        rows.append(_row(draw, job, "narrow", draw.pick(clusters), draw.run_hours()))


@family
def assignment(draw: Draw) -> None:
    """One slot, several clusters, an option table: generalised assignment."""
    if draw.slots > 1:
        raise Unfit
    while len(draw.clusters) < 2:
        draw.add_cluster()
    while len(draw.jobs) < 4:
        draw.add_job()
    rows = draw.document.setdefault("options", [])
    for job in draw.jobs:
        if "options" in job or "state" in job or "class" in job:
            continue
        for index, cluster in enumerate(draw.clusters):
            rows.append(_row(draw, job, f"a{index}", cluster, draw.number(0.5, 1.0) * draw.hours))
        job["options"] = True


@family
def only_clusters(draw: Draw) -> None:
    """Jobs that run only on some clusters, or not on some."""
    if len(draw.clusters) < 2:
        draw.add_cluster()
    job = draw.job("state", "clusters", "not_clusters", "pin_cluster")
    job[draw.pick(("clusters", "not_clusters"))] = [draw.pick(draw.clusters)["name"]]


@family
def residency(draw: Draw) -> None:
    """Jobs that have to stay in some countries."""
    chosen = sorted({draw.pick(list(PLACES.values()))["country"] for _ in range(draw.whole(1, 2))})
    draw.job("state", "residency")["residency"] = chosen


@family
def memory(draw: Draw) -> None:
    """Jobs that do not fit every accelerator."""
    draw.job("state", "memory_gb")["memory_gb"] = draw.pick((30.0, 60.0, 80.0, 100.0))


@family
def rtt(draw: Draw) -> None:
    """Jobs that have to run near their users."""
    job = draw.job("state", "max_rtt_ms")
    job["home"] = draw.pick([*PLACES, *(c["name"] for c in draw.clusters)])
    job["max_rtt_ms"] = draw.pick((5.0, 26.0, 120.0, 170.0, draw.number(10, 250)))
    if draw.chance(0.2):
        draw.cluster()["rtt_ms"] = draw.number(5, 60)


@family
def utilization(draw: Draw) -> None:
    """Jobs that draw less than the rated power."""
    for job in draw.jobs:
        job["utilization"] = draw.number(0.3, 0.95)


@family
def resources(draw: Draw) -> None:
    """Named things that clusters have and jobs use."""
    chosen = draw.clusters if draw.chance(0.6) else [draw.cluster()]
    for cluster in chosen:
        cluster["resources"] = {"license": draw.series(1, 2.9, whole=draw.chance(0.5))}
    for job in draw.jobs:
        if draw.chance(0.85):
            job["uses"] = {"license": draw.whole(1, 2)}


@family
def teams(draw: Draw) -> None:
    """Jobs with teams and tags, for limits."""
    for job in draw.jobs:
        job["team"] = draw.pick(("red", "blue"))
        job["tags"] = draw.pick((["night"], ["big", "night"], []))

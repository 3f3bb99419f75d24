"""Rules of growth that scenarios are drawn with: what is asked for, and modules that are just enough for it."""

from oracle.draw import Draw, Record
from oracle.expansion_base import base_size, flying, holds, module, worth
from oracle.expansion_rules import by_points, lossy, one, rule


@rule
def fits_only_after(draw: Draw) -> None:
    """A job that is too large until some modules stand, worth many times what they cost."""
    cluster, row = one(draw, "satellites")
    work = draw.pick(draw.jobs)
    base, each = base_size(cluster), holds(row)
    work |= {"accelerators": base + (each if draw.chance(0.6) else 1), "clusters": [cluster["name"]]}
    work["hours"] = draw.number(0.2, 1.2) * draw.hours
    work["reject_usd"] = draw.number(1, 8) * worth(draw, work["accelerators"])
    if draw.chance(0.4):
        work.pop("deadline", None)
        work["reject_usd"] = None
        draw.tags.add("must_run_after")


@rule
def hurry(draw: Draw) -> None:
    """Jobs that lose by waiting."""
    for work in draw.jobs:
        if draw.chance(0.6):
            work["delay_usd_per_hour"] = draw.number(0.3, 3) * work["accelerators"]
        else:
            work["deadline"] = draw.moment(draw.number(0.35, 0.9) * draw.length)


@rule
def campaign(draw: Draw) -> None:
    """Jobs that are asked for again and again, some more and larger from year to year."""
    per_slot = 8766 / draw.hours
    few = draw.number(0.3, 0.9) * per_slot
    row: Record = {"name": "train", "per_year": few, "hours": draw.number(0.3, 1.2) * draw.hours, "accelerators": 1.0}
    if draw.chance(0.5):
        row["hours"] = {"values": [draw.number(0.3, 1.2) * draw.hours for _ in range(draw.slots)]}
    if draw.chance(0.6):
        ends = {draw.moment(0): draw.number(0.6, 1.4), draw.moment(draw.length * 1.1): draw.number(1.6, 3.4)}
        row["accelerators"] = {"points": ends}
    if draw.chance(0.5):
        row["per_year"] = few / 2
        row["per_year"] = {"points": {draw.moment(0): few / 2, draw.moment(draw.length * 1.1): few * 1.4}}
    if draw.chance(0.8):
        row["reject_usd"] = by_points(draw, draw.number(1, 8) * draw.hours)
    if draw.chance(0.5):
        row["deadline_days"] = draw.number(1.2, 2.5) * draw.hours / 24
    if draw.chance(0.3):
        row["delay_usd_per_hour"] = draw.number(0.02, 0.5)
    if draw.chance(0.25):
        row["sizes"] = {"number": 2, "sigma": draw.number(0.3, 0.9)}
    draw.document["campaigns"] = [row]
    draw.document["jobs"] = draw.jobs[:1]


@rule
def crowded_sky(draw: Draw) -> None:
    """A job in orbit that is in a hurry and worth more modules than fly at once."""
    cluster = draw.cluster(test=flying)
    row = cluster["modules"][0]
    row |= {"max": 3, "usd": round(worth(draw, 1) * draw.number(0.01, 0.2), 2)}
    if row.get("accelerators"):
        row |= {"accelerators": draw.whole(1, 2), "accelerators_usd": round(worth(draw, 1) * draw.number(0, 0.1), 2)}
    work = draw.jobs[0]
    work["accelerators"] = base_size(cluster) + holds(row) * draw.whole(1, 2) + draw.whole(0, 1)
    work |= {"clusters": [cluster["name"]], "hours": draw.number(0.2, 0.9) * draw.hours}
    work["reject_usd"] = worth(draw, work["accelerators"] * draw.number(0.6, 2.5))
    work["delay_usd_per_hour"] = draw.number(0.2, 1.5) * work["accelerators"]
    work.pop("submitted", None)
    for carrier in draw.document["vehicles"]:
        if "flights_per_period" in carrier and not isinstance(carrier["flights_per_period"], list):
            carrier["flights_per_period"] = 1
        if isinstance(carrier.get("usd_per_flight"), float):
            carrier["usd_per_flight"] = round(worth(draw, 1) * draw.number(0.02, 0.2), 2)


@rule
def lossy_gifts(draw: Draw) -> None:
    """What vehicles lose decides whether there is enough of a resource, or of power."""
    cluster = draw.cluster("planes", "resources", "power_limit_mw", test=flying)
    lossy(draw)
    amount = draw.number(0.95, 1.7)
    cheap = {"usd": round(worth(draw, 1) * 0.1, 2), "accelerators_usd": 0.0, "operations_usd_per_year": 0.0}
    batch: Record = module(draw, "batch") | cheap | {"accelerators": 4, "max": 1}
    shell: Record = module(draw, "pair") | cheap | {"accelerators": 0, "max": 2, "mass_kg": draw.number(5, 20, 1)}
    work = draw.jobs[0]
    work |= {"accelerators": draw.whole(1, 2), "clusters": ["sky"], "hours": draw.number(0.2, 0.9) * draw.hours}
    work["reject_usd"] = worth(draw, work["accelerators"] * draw.number(1, 3))
    for key in ("submitted", "deadline", "delay_usd_per_hour", "uses"):
        work.pop(key, None)
    if draw.chance(0.4):
        cluster["power_limit_mw"] = 0.0
        shell["power_mw"] = round(0.01 * work["accelerators"] * amount, 5)
    else:
        cluster["resources"] = {"shell": 0.0}
        shell["gives"] = {"shell": amount}
        if draw.chance(0.5):
            batch["needs"] = {"shell": draw.pick((1.0, 1.3))}
        else:
            work["uses"] = {"shell": 1}
    cluster["modules"] = [batch, shell]


@rule
def flow(draw: Draw) -> None:
    """A divisible demand that modules serve."""
    draw.flow()["unmet_usd_per_accelerator_hour"] = draw.number(1, 6)


@rule
def counts(draw: Draw) -> None:
    """Several jobs alike."""
    row = draw.job("count")
    row |= {"count": 2, "reject_usd": draw.number(1, 8) * worth(draw, row["accelerators"]) / 3}

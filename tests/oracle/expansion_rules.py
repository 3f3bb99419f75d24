"""Rules of growth that scenarios are drawn with: orders, what stands, resources, power (docs/model.md 10)."""

from collections.abc import Callable
from typing import Any

from oracle.draw import Draw, Record, Unfit
from oracle.expansion_base import flying, holds, kinds, module, standing, worth

RULES: dict[str, Callable[[Draw], None]] = {}
"""Each changes a document, or raises Unfit before it does."""


def rule(function: Callable[[Draw], None]) -> Callable[[Draw], None]:
    """Registers a function as the rule of its name."""
    RULES[function.__name__] = function
    return function


def one(draw: Draw, *without: str, where: Any = lambda cluster: True) -> tuple[Record, Record]:
    """A cluster and a kind of its modules that has none of some keys."""
    found = kinds(draw, *without, where=where)
    if not found:
        raise Unfit
    return draw.pick(found)


def by_points(draw: Draw, about: float) -> Record:
    """Prices by date around a number: along a line, at a constant rate, or in steps."""
    marks = [draw.moment(share * draw.length) for share in (-0.1, draw.number(0.2, 0.7), 1.2)]
    values = [round(about * draw.number(0.4, 1.6), 4) for _ in marks]
    between = draw.pick(("linear", "geometric", "step"))
    series: Record = {"points": dict(zip(marks, values, strict=True)), "between": between}
    if draw.chance(0.3):
        del series["points"][marks[-1]]
        series["hold"] = True
    return series


def learnt(draw: Draw, about: float) -> Record:
    """A price that falls with what there is in all."""
    first = draw.number(50, 200)
    points = {draw.moment(-0.1 * draw.length): first, draw.moment(1.2 * draw.length): first * draw.number(2, 9)}
    return {"points": points, "learning": {"start": first, "rate": draw.number(0.1, 0.4)}, "scale": round(about, 4)}


def lossy(draw: Draw) -> None:
    """Vehicles lose some of what they lift."""
    for row in draw.document["vehicles"]:
        row["reliability"] = draw.number(0.5, 0.98)
    draw.tags.add("reliability")


# --- orders ---


@rule
def second_kind(draw: Draw) -> None:
    """A second kind on a cluster."""
    cluster = draw.pick(draw.clusters)
    if len(cluster["modules"]) > 1:
        raise Unfit
    row = module(draw, "pair" if flying(cluster) else "annex")
    if "pool" in cluster["modules"][0]:
        row["pool"] = draw.pick(("p1", "p2")) if "planes" in cluster else cluster["modules"][0]["pool"]
    cluster["modules"].append(row | {"max": 1})


@rule
def generations(draw: Draw) -> None:
    """What is in a module depends on when it is ordered; some have pools of their own."""
    _, row = one(draw, "generations", "satellites")
    if not isinstance(row.get("accelerators_usd"), float):
        raise Unfit
    about, size = row.pop("accelerators_usd"), row.pop("accelerators")
    listed = []
    for share in (draw.pick((None, None, -0.2, 0.2)), draw.number(0.1, 0.6), draw.number(0.3, 0.8))[: draw.whole(2, 3)]:
        generation: Record = {"accelerator": draw.pick(("ref", "fast", "frugal"))}
        generation |= {"accelerators": max(1, size + draw.whole(-1, 2))}
        usd = about * draw.number(0.4, 1.5)
        generation["accelerators_usd"] = by_points(draw, usd) if draw.chance(0.2) else round(usd, 2)
        if share is not None:
            generation["from"] = draw.moment(share * draw.length)
        listed.append(generation)
    row["generations"] = listed if draw.chance(0.7) else listed[::-1]


@rule
def lead(draw: Draw) -> None:
    """Time from order to delivery."""
    one(draw, "lead_days")[1]["lead_days"] = draw.number(0.05, 0.5) * draw.length / 24


@rule
def commissioning(draw: Draw) -> None:
    """Time from delivery to service."""
    one(draw, "commissioning_days")[1]["commissioning_days"] = draw.number(0.02, 0.4) * draw.length / 24


@rule
def available(draw: Draw) -> None:
    """Kinds that can be ordered only later."""
    one(draw, "available", "until")[1]["available"] = draw.moment(draw.number(-0.2, 0.5) * draw.length)


@rule
def until(draw: Draw) -> None:
    """Kinds that are delivered only until some day."""
    one(draw, "available", "until")[1]["until"] = draw.moment(draw.number(0.15, 0.7) * draw.length)


@rule
def closed(draw: Draw) -> None:
    """Windows in which nothing is delivered, one of them open or just touching a period."""
    first = draw.number(0, 0.4) * draw.length
    if draw.chance(0.3):
        first = draw.whole(0, 2) * draw.hours
    window: Record = {"from": draw.moment(first), "to": draw.moment(first + draw.number(0.1, 0.4) * draw.length)}
    if draw.chance(0.3):
        del window[draw.pick(("from", "to"))]
    one(draw, "closed")[1]["closed"] = [window]


@rule
def contract(draw: Draw) -> None:
    """Modules that have to be bought."""
    row = one(draw, "min")[1]
    row["min"] = draw.whole(1, row["max"])
    if draw.chance(0.5):
        row["usd"] = round(worth(draw, holds(row)) * draw.number(0.5, 2), 2)


@rule
def one_per_period(draw: Draw) -> None:
    """No more than one in each period."""
    row = one(draw, "max_per_period")[1]
    row |= {"max": 2, "max_per_period": 1}


@rule
def listed_per_period(draw: Draw) -> None:
    """A number for each period."""
    row = one(draw, "max_per_period")[1]
    row |= {"max": 2, "max_per_period": [draw.whole(0, 2) for _ in range(draw.periods)]}


# --- what stands ---


@rule
def life(draw: Draw) -> None:
    """Modules that come to their end, some within the horizon."""
    years = draw.pick((0.2, 0.4, 0.7, 1.5)) * draw.number(0.7, 1.4) * draw.length / 8766
    one(draw, "life_years", "satellites")[1]["life_years"] = years


@rule
def accelerators_life(draw: Draw) -> None:
    """Accelerators that come to their end before their module, or after it."""
    years = draw.pick((0.2, 0.4, 1.5)) * draw.number(0.7, 1.4) * draw.length / 8766
    one(draw, "accelerators_life_years")[1]["accelerators_life_years"] = years


@rule
def infant(draw: Draw) -> None:
    """Accelerators that never work."""
    one(draw, "infant_loss", "satellites")[1]["infant_loss"] = draw.number(0.02, 0.5)


@rule
def accelerator_loss(draw: Draw) -> None:
    """Accelerators that fail year by year."""
    share = draw.number(0.02, 0.5)
    row = one(draw, "accelerator_loss_per_year", "satellites")[1]
    row["accelerator_loss_per_year"] = round(1 - (1 - share) ** (8766 / draw.length), 4)


@rule
def power_loss(draw: Draw) -> None:
    """Power that is lost year by year."""
    share = draw.number(0.02, 0.5)
    row = one(draw, "power_loss_per_year", "satellites")[1]
    row["power_loss_per_year"] = round(1 - (1 - share) ** (8766 / draw.length), 4)


@rule
def of_satellites(draw: Draw) -> None:
    """Modules that are so many satellites of the cluster."""
    cluster, row = one(draw, "satellites", "generations", where=flying)
    follows = ("mass_kg", "accelerators", "life_years", "infant_loss", "accelerator_loss_per_year")
    for key in (*follows, "power_loss_per_year"):
        row.pop(key, None)
    row["satellites"] = draw.whole(1, 2)
    satellites = cluster["satellites"]
    satellites["mass"] = {"total_kg": draw.number(60, 100, 1) / row["satellites"]}
    satellites["life_years"] = max(0.1, draw.number(0.3, 1.5) * draw.length / 8766)
    satellites |= {"infant_loss": draw.pick((0.0, 0.1)), "accelerator_loss_per_year": draw.number(0, 0.2)}
    satellites["array_loss_per_year"] = draw.number(0, 0.2)


# --- power and resources ---


@rule
def module_power(draw: Draw) -> None:
    """A facility's limit, and modules that raise it."""
    cluster = draw.pick(draw.clusters)
    if "power_limit_mw" in cluster:
        raise Unfit
    if flying(cluster) and draw.chance(0.7):
        lossy(draw)
    cluster["power_limit_mw"] = draw.series(0.0, 0.02, flat=0.7)
    raised = kinds(draw, where=lambda other: other is cluster)
    work = draw.pick(draw.jobs)
    work["clusters"] = [cluster["name"]]
    for _, row in raised:
        row["power_mw"] = round(0.01 * draw.whole(1, work["accelerators"]) * draw.number(0.9, 1.4), 4)
    feeder = raised[0][1]
    if draw.chance(0.4) and "generations" not in feeder and "satellites" not in feeder:
        feeder |= {"accelerators": 0, "accelerators_usd": 0.0}
        if standing(cluster):
            cluster["pools"][0]["number"] += 2


@rule
def needs(draw: Draw) -> None:
    """Modules that need what there is little of."""
    cluster, row = one(draw, "needs", "gives")
    each = draw.number(0.3, 1.4)
    cluster.setdefault("resources", {})["shell"] = draw.series(0.5 * each, 2.2 * each, flat=0.6)
    row["needs"] = {"shell": each}
    if flying(cluster) and draw.chance(0.7):
        lossy(draw)
    if draw.chance(0.4):
        draw.job("uses")["uses"] = {"shell": 1}


@rule
def gives(draw: Draw) -> None:
    """A kind that gives what another kind, or jobs, need."""
    cluster, row = one(draw, "needs", "gives")
    others = [other for other in cluster["modules"] if other is not row]
    cluster.setdefault("resources", {})["shell"] = draw.pick((0.0, 0.0, 0.5, 1.0))
    row |= {"gives": {"shell": draw.number(0.8, 1.5)}, "usd": round(worth(draw, 1) * draw.number(0.02, 0.2), 2)}
    if flying(cluster) and draw.chance(0.7):
        lossy(draw)
    for other in others:
        if "gives" not in other:
            other["needs"] = {"shell": draw.number(0.5, 1.2)}
    if not others or draw.chance(0.6):
        work = draw.job("uses")
        work |= {"uses": {"shell": draw.whole(1, 2)}, "clusters": [cluster["name"]]}
        work["reject_usd"] = draw.number(1, 5) * worth(draw, 1)

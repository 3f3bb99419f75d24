"""Rules of growth that scenarios are drawn with: flights, prices, budgets and the rest (docs/model.md 10)."""

from oracle import generate
from oracle.draw import Draw, Record, Unfit
from oracle.expansion_base import flying, kinds, price, standing, vehicle, worth
from oracle.expansion_rules import by_points, learnt, one, rule
from oracle.fixed_costs import fixed_costs


def lifter(draw: Draw, *without: str) -> Record:
    """A vehicle that has none of some keys."""
    found = [row for row in draw.document["vehicles"] if not any(key in row for key in without)]
    if not found:
        raise Unfit
    return draw.pick(found)


# --- flights ---


@rule
def two_vehicles(draw: Draw) -> None:
    """A second vehicle, for some kinds alone."""
    if len(draw.document["vehicles"]) != 1:
        raise Unfit
    draw.document["vehicles"].append(vehicle(draw, "starship"))
    if draw.chance(0.6):
        one(draw, where=flying)[1]["vehicles"] = [draw.pick(("falcon", "starship"))]


@rule
def rideshare(draw: Draw) -> None:
    """A vehicle that is paid for by the kg."""
    row = lifter(draw, "usd_per_kg")
    if not isinstance(row["usd_per_flight"], float):
        raise Unfit
    row["usd_per_kg"] = round(row.pop("usd_per_flight") / 100, 4)


@rule
def reliability(draw: Draw) -> None:
    """A vehicle that loses some of what it lifts."""
    lifter(draw, "reliability")["reliability"] = draw.number(0.5, 0.98)


@rule
def volume(draw: Draw) -> None:
    """Fairings that are full before the payload is reached."""
    lifter(draw)
    for row in draw.document["vehicles"]:
        row["payload_kg"] = {orbit: draw.number(180, 320, 1) for orbit in row["payload_kg"]}
        if draw.chance(0.8):
            row["volume_m3"] = draw.number(10, 20, 1)
    for _, row in kinds(draw, where=flying):
        row["volume_m3"] = draw.number(5, 10, 1)


@rule
def cadence_list(draw: Draw) -> None:
    """Flights period by period."""
    lifter(draw, "flights_per_year")["flights_per_period"] = [draw.whole(0, 2) for _ in range(draw.periods)]


@rule
def cadence_per_year(draw: Draw) -> None:
    """Flights per year, more from year to year or not."""
    row = lifter(draw, "flights_per_year")
    row.pop("flights_per_period")
    few = draw.number(0.5, 2) * 8766 * draw.periods / draw.length
    row["flights_per_year"] = by_points(draw, few) if draw.chance(0.5) else few


@rule
def open_share(draw: Draw) -> None:
    """A part of the flights is open."""
    lifter(draw)["open_share"] = draw.number(0.3, 0.95)


@rule
def vehicle_dates(draw: Draw) -> None:
    """Vehicles that come, and go."""
    row = lifter(draw, "available", "until")
    if draw.chance(0.6):
        row["available"] = draw.moment(draw.number(-0.1, 0.4) * draw.length)
    if "available" not in row or draw.chance(0.3):
        row["until"] = draw.moment(draw.number(0.4, 0.8) * draw.length)


@rule
def launch_limit(draw: Draw) -> None:
    """A site, a range or a corridor that several vehicles share."""
    if not draw.document["vehicles"]:
        raise Unfit
    row: Record = {"name": "range"}
    if draw.chance(0.5):
        row["flights_per_period"] = draw.pick((0, 1, 1, [draw.whole(0, 2) for _ in range(draw.periods)]))
    else:
        row["flights_per_year"] = draw.number(0.3, 1.2) * 8766 * draw.periods / draw.length
    if draw.chance(0.4):
        row["vehicles"] = [lifter(draw)["name"]]
    if draw.chance(0.5):
        row["orbits"] = [
            draw.pick(("sso", "leo", "sky", *(["sky/p1"] if any("planes" in c for c in draw.clusters) else [])))
        ]
    draw.document["launch_limits"] = [row]


@rule
def planes(draw: Draw) -> None:
    """Two planes, each with flights of its own."""
    cluster = draw.cluster("planes", test=flying)
    cluster.pop("pools", None)
    key, values = ("ltan", (6.0, 12.0)) if "ltan" in cluster["orbit"] else ("raan_deg", (10.0, 130.0))
    cluster["planes"] = [{"name": f"p{i + 1}", "satellites": 1, key: values[i]} for i in range(2)]
    cluster["satellites"]["number"] = 2
    for row in cluster["modules"]:
        row["pool"] = draw.pick(("p1", "p2"))


@rule
def payload_by_plane(draw: Draw) -> None:
    """Payloads to one cluster, or to one of its planes."""
    if "planes" not in draw.cluster(test=flying) and draw.chance(0.4):
        planes(draw)
    cluster = draw.cluster(test=flying)
    names = [cluster["name"], *(f"sky/{plane['name']}" for plane in cluster.get("planes", ()))]
    row = lifter(draw)
    row["payload_kg"] = {"leo": draw.number(200, 320, 1), "sso": draw.number(200, 320, 1)}
    row["payload_kg"][draw.pick(names)] = draw.number(90, 180, 1)
    if draw.chance(0.3):
        row["payload_kg"].pop("leo")


# --- prices ---


@rule
def price_by_points(draw: Draw) -> None:
    """Prices of modules by date of order."""
    key = draw.pick(("usd", "accelerators_usd", "operations_usd_per_year"))
    found = [row for _, row in kinds(draw) if isinstance(row.get(key), float)]
    if not found:
        raise Unfit
    row = draw.pick(found)
    row[key] = by_points(draw, row[key] + 1)


@rule
def price_by_learning(draw: Draw) -> None:
    """Prices of modules that fall with what there is in all."""
    row = one(draw)[1]
    if not isinstance(row["usd"], float):
        raise Unfit
    row["usd"] = learnt(draw, row["usd"] * 1.5)


@rule
def flight_price_by_points(draw: Draw) -> None:
    """Prices of flights by date."""
    row = lifter(draw)
    key = "usd_per_kg" if "usd_per_kg" in row else "usd_per_flight"
    if not isinstance(row[key], float):
        raise Unfit
    row[key] = by_points(draw, row[key]) if draw.chance(0.6) else learnt(draw, row[key])


@rule
def discount(draw: Draw) -> None:
    """Money that is worth less later."""
    draw.document["money"] = {"discount_rate": draw.pick((0.0, 0.2, 0.6))}


@rule
def boundary(draw: Draw) -> None:
    """A part of the costs alone is decided on."""
    draw.policy["minimise"] = draw.pick(("launch_and_power", "energy_cooling_launch", "all_but_accelerators"))


# --- budgets and other limits ---


def _budget(draw: Draw, of: str, per: str) -> None:
    limits = draw.document.setdefault("limits", [])
    if any(row["of"] == of and row["per"] == per for row in limits):
        raise Unfit
    cluster, row = one(draw)
    size = price(draw, cluster, row)
    bound = draw.series(0.4 * size, 2.5 * size, flat=0.6)
    limit: Record = {"name": f"{of}-{per}", "of": of, "per": per, "max": bound}
    if draw.chance(0.4):
        limit["over"] = {"clusters": [draw.pick(draw.clusters)["name"]]}
        draw.tags.add(f"{of}_of_clusters")
    if draw.chance(0.3):
        limit["penalty_usd"] = draw.number(0.05, 2)
        draw.tags.add(f"{of}_soft")
    limits.append(limit)


@rule
def budget_per_period(draw: Draw) -> None:
    """Dollars for modules and flights in each period."""
    _budget(draw, "investment_usd", "period")


@rule
def budget_per_horizon(draw: Draw) -> None:
    """Dollars for modules and flights in all."""
    _budget(draw, "investment_usd", "horizon")


@rule
def budget_per_slot(draw: Draw) -> None:
    """Dollars for modules and flights in a slot."""
    _budget(draw, "investment_usd", "slot")


@rule
def limit_usd(draw: Draw) -> None:
    """Dollars of all kinds in a period or in all."""
    _budget(draw, "usd", draw.pick(("period", "horizon")))


@rule
def limit_mwh(draw: Draw) -> None:
    """Energy of some clusters."""
    generate.REGISTER["limit_mwh"](draw)


@rule
def plant(draw: Draw) -> None:
    """A cluster on Earth with sources that are dispatched tick by tick."""
    cluster = draw.cluster("sources", test=standing)
    gas = {"kind": "gas", "price": draw.number(30, 150), "carbon_g_per_kwh": 450.0, "limit_mw": draw.number(0.0, 0.02)}
    sun = {"kind": "solar", "mw": draw.number(0.0, 0.02), "capacity_factor": draw.series(0.1, 0.9)}
    store = {"kind": "battery", "mw": draw.number(0.004, 0.02), "mwh": draw.number(0.01, 0.2)}
    store |= {"round_trip_efficiency": 0.85}
    grid: Record = {"kind": "grid", "price": draw.series(20, 200), "limit_mw": draw.number(0.0, 0.03)}
    if draw.chance(0.3):
        grid["connected"] = draw.moment(draw.number(0.1, 0.5) * draw.length)
    cluster["sources"] = [grid, *([gas] if draw.chance(0.5) else []), draw.pick((sun, store))]


@rule
def raised_source(draw: Draw) -> None:
    """Modules that raise what a source gives, which is too little for what is worth running."""
    plant(draw)
    draw.tags.add("plant")
    cluster = draw.cluster(test=lambda c: "sources" in c)
    source = draw.pick(cluster["sources"])
    row = draw.pick(cluster["modules"])
    row["sources_mw"] = {source["kind"]: draw.number(0.01, 0.04)}
    row["usd"] = round(worth(draw, 1) * draw.number(0.02, 0.3), 2)
    cluster["pools"][0]["number"] += draw.whole(1, 2)
    draw.tags.add(f"raised_{source['kind']}")


@rule
def committed(draw: Draw) -> None:
    """Fixed costs that are paid once anything runs."""
    cluster = draw.cluster("fixed_costs")
    fixed_costs(draw, cluster)
    cluster["charge"] = draw.pick(("owned", "committed"))

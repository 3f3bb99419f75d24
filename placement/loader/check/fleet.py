"""Checks of clusters: pools, power, links, orbits, status."""

from datetime import datetime

from placement.catalog import catalog
from placement.ephemeris import place_of
from placement.loader.check.complaints import Complaints
from placement.loader.wording import did_you_mean
from placement.physics import radiation
from placement.schema import Battery, Cluster, Gas, Grid, Link, Pool, Renewable, Window
from placement.schema.fields import MOST
from placement.tree import Steps

LOWEST_KM, HIGHEST_KM = radiation.ALTITUDES_KM[0], radiation.ALTITUDES_KM[-1]

MAX_PRICE = 1e6
"""$/MWh; beyond this a price is a slip, as are more gCO2e/kWh and MW than these."""
MAX_CARBON = 1e5
MAX_MW = 1e6

NEEDS_AS_IF = ("announced", "filed", "hypothetical", "retired")


def check(say: Complaints) -> None:
    """All clusters."""
    scenario = say.scenario
    say.unique(((c.name, ("clusters", i, "name")) for i, c in enumerate(scenario.clusters)), "clusters")
    say.unique(((a.name, ("accelerators", i, "name")) for i, a in enumerate(scenario.accelerators)), "accelerators")
    names = {cluster.name for cluster in scenario.clusters}
    for name in scenario.places:
        if name in names:
            say.at(("places", name), f"'{name}' is a place and a cluster.", "Give the place another name.")
    for index, cluster in enumerate(scenario.clusters):
        path: Steps = ("clusters", index)
        _status(say, cluster, path)
        _window(say, cluster.service, cluster.name, (*path, "service"))
        _orbit(say, cluster, path)
        _pools(say, cluster, path)
        _power(say, cluster, path)
        _costs(say, cluster, path)
        if cluster.link is not None:
            _link(say, cluster, cluster.link, (*path, "link"))
        for name, amount in cluster.resources.items():
            say.series(amount, (*path, "resources", name), 0, 1e12)
    _round_trips(say)


def _round_trips(say: Complaints) -> None:
    """Round trips that are given join two known points, once, and somebody asks for them."""
    scenario = say.scenario
    clusters = {cluster.name: cluster for cluster in scenario.clusters}
    known = [*clusters, *scenario.places, *catalog().section("places")]
    homes = {*scenario.jobs["home"], *(flow.home for flow in scenario.flows)}
    there: set[frozenset[str]] = set()
    for index, trip in enumerate(scenario.round_trips):
        path: Steps = ("round_trips", index)
        if trip.catalogue:
            continue
        for key, end in (("from", trip.from_), ("to", trip.to)):
            if end not in known and not say.problems.incomplete & {"clusters", "places"}:
                remedy = did_you_mean(end, known, "See `placement catalog places`, or define it under `places:`.")
                say.at((*path, key), f"there is no place or cluster '{end}'.", remedy, alone=True)
            elif end in clusters and clusters[end].orbital and end not in homes:
                fact = f"{end} is in orbit: its round trips follow from its link, and this one is never asked for."
                say.at((*path, key), fact, f"Give `rtt_ms` of {end}, or leave this out.", alone=True)
        ends = frozenset((trip.from_, trip.to))
        if len(ends) == 1:
            fact = f"a round trip goes from {trip.from_} to itself, which takes no time."
            say.at((*path, "to"), fact, "Name another place, or leave this out.", alone=True)
        elif ends in there:
            fact = f"there are two round trips between {trip.from_} and {trip.to}, and each holds in both directions."
            say.at(path, fact, "Keep one of the two.", alone=True)
        there.add(ends)


def _window(say: Complaints, window: Window | None, name: str, path: Steps) -> None:
    if window is not None and window.from_ is not None and window.to is not None and window.to <= window.from_:
        fact = f"{name}: the service ends {_day(window.to)}, not after it begins {_day(window.from_)}."
        say.at((*path, "to"), fact, "Swap `from` and `to`.")


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%MZ}"


def _link(say: Complaints, cluster: Cluster, link: Link, path: Steps) -> None:
    say.series(link.contact, (*path, "contact"), 0, 1)
    names = {cluster.name for cluster in say.scenario.clusters}
    for inner, station in enumerate(link.stations):
        if station in names and place_of(say.scenario, station) is None:
            fact = f"{cluster.name}: station '{station}' is a cluster without a place on Earth."
            say.at((*path, "stations", inner), fact, "Name a place, or a cluster with `place`.")
    if link.stations and not cluster.orbital:
        fact = f"{cluster.name}: ground stations are for satellites, and this cluster stands on Earth."
        say.at((*path, "stations"), fact, "Leave `stations` out.")


def _status(say: Complaints, cluster: Cluster, path: Steps) -> None:
    if cluster.as_if:
        return
    service = cluster.service is not None and cluster.service.from_ is not None
    if cluster.status in NEEDS_AS_IF or (cluster.status == "building" and not service):
        fact = f"{cluster.name} is {cluster.status}: it does not run jobs today."
        remedy = "Write `as_if: true` to plan with it all the same; every output will say so."
        if cluster.status == "building":
            remedy += " Or say from when it is in service: `service: {from: ...}`."
        say.at((*path, "status"), fact, remedy)


def _orbit(say: Complaints, cluster: Cluster, path: Steps) -> None:
    if cluster.orbit is None:
        for key in ("satellites", "planes"):
            if getattr(cluster, key):
                say.at((*path, key), f"{cluster.name} has {key} but no orbit.", "Give `orbit`, or leave them out.")
        return
    satellites = cluster.satellites
    if satellites is None:
        say.at(path, f"{cluster.name} has an orbit but no satellites.", "Give `satellites`.")
        return
    if cluster.place is not None:
        say.at((*path, "place"), f"{cluster.name} is in orbit and has a place on Earth.", "Leave `place` out.")
    say.unique(((p.name, (*path, "planes", i)) for i, p in enumerate(cluster.planes)), f"planes of {cluster.name}")
    if satellites.shielding_mm is not None and not LOWEST_KM <= cluster.orbit.altitude_km <= HIGHEST_KM:
        fact = f"{cluster.name}: the dose at {cluster.orbit.altitude_km:g} km is not known."
        remedy = f"Leave `shielding_mm` out (it is known from {LOWEST_KM:g} to {HIGHEST_KM:g} km)"
        remedy += " and give interruptions_per_accelerator_year, radiation included."
        say.at((*path, "satellites", "shielding_mm"), fact, remedy)
    if satellites.silent_errors != "ignore" and satellites.shielding_mm is None:
        what = satellites.silent_errors
        fact = f"{cluster.name}: silent_errors is '{what}', and without shielding_mm no errors are counted."
        say.at((*path, "satellites", "silent_errors"), fact, "Give `shielding_mm`, or leave `silent_errors` out.")
    in_planes = sum(plane.satellites for plane in cluster.planes)
    if cluster.planes and in_planes != satellites.number:
        fact = f"{cluster.name}: its planes have {in_planes} satellites, and satellites.number is {satellites.number}."
        say.at((*path, "planes"), fact, "Change one of the two.")
    for index, plane in enumerate(cluster.planes):
        if plane.ltan is not None and cluster.orbit.ltan is None:
            fact = f"{cluster.name}.{plane.name} has ltan, but the orbit is not Sun-synchronous."
            say.at((*path, "planes", index, "ltan"), fact, "Give `raan_deg`, or give the orbit an `ltan`.")
        if plane.raan_deg is not None and cluster.orbit.ltan is not None:
            fact = f"{cluster.name}.{plane.name} has raan_deg, but the orbit is Sun-synchronous."
            say.at((*path, "planes", index, "raan_deg"), fact, "Give `ltan` instead.")


def _pools(say: Complaints, cluster: Cluster, path: Steps) -> None:
    if not cluster.pools:
        say.at(path, f"{cluster.name} has no pools.", "Give `pools: [{accelerator: ..., number: ...}]`.")
    say.unique(((p.name, (*path, "pools", i)) for i, p in enumerate(cluster.pools)), f"pools of {cluster.name}")
    for index, pool in enumerate(cluster.pools):
        here = (*path, "pools", index)
        name = f"{cluster.name}.{pool.name}"
        say.series(pool.speed, (*here, "speed"), 0, 1)
        say.series(pool.reserved, (*here, "reserved"), 0, MOST)
        say.series(pool.usd_per_accelerator_hour, (*here, "usd_per_accelerator_hour"), 0, 1e6)
        _window(say, pool.service, name, (*here, "service"))
        if "number" not in pool.model_fields_set and cluster.satellites is None:
            say.at(here, f"{name} does not say how many accelerators it has.", "Give `number`.")
        elif pool.spares > pool.number:
            fact = f"{name} has {pool.spares:,} spares among {pool.number:,} accelerators."
            say.at((*here, "spares"), fact, "Spares are part of `number`; lower them.")
        _blocks(say, pool, name, here)
        sizes = [tier.accelerators for tier in pool.fabric]
        if sizes != sorted(set(sizes)):
            fact = f"{name}: the fabric tiers are for {', '.join(map(str, sizes))} accelerators."
            say.at((*here, "fabric"), fact, "List each size once, smallest first.")
    _planes(say, cluster, path)


def _blocks(say: Complaints, pool: Pool, name: str, path: Steps) -> None:
    """Blocks have names and dates, and add up to the pool."""
    say.unique(((block.name, (*path, "blocks", i)) for i, block in enumerate(pool.blocks)), f"blocks of {name}")
    for index, block in enumerate(pool.blocks):
        _window(say, block.service, f"{name}.{block.name}", (*path, "blocks", index, "service"))
    total = sum(block.number for block in pool.blocks)
    if pool.blocks and pool.number != total:
        fact = f"{name}: its blocks have {total:,} accelerators, and number is {pool.number:,}."
        say.at((*path, "number"), fact, "Leave `number` out, or change one of the two.")


def _planes(say: Complaints, cluster: Cluster, path: Steps) -> None:
    """Each pool flies in a plane, and those of a plane are no more than its satellites carry."""
    planes = {plane.name: plane.satellites for plane in cluster.planes}
    held: dict[str, int] = {}
    for index, pool in enumerate(cluster.pools):
        here = (*path, "pools", index)
        name = f"{cluster.name}.{pool.name}"
        if pool.plane is not None and not say.known(
            pool.plane, planes, "plane", (*here, "plane"), of=f" of {cluster.name}"
        ):
            continue
        if pool.plane is None and len(planes) > 1:
            fact = f"{name} does not say in which plane it flies; a gang never spans planes."
            say.at(here, fact, f"Give `plane`: {', '.join(planes)}.")
            continue
        if cluster.satellites is None:
            continue
        plane = pool.plane or next(iter(planes), "")
        satellites = planes.get(plane, cluster.satellites.number)
        room = satellites * cluster.satellites.accelerators
        before = held.get(plane, 0)
        held[plane] = before + pool.number
        if before <= room < held[plane]:
            beside = f" beside {before:,} of other pools" if before else ""
            fact = f"{name} has {pool.number:,} accelerators{beside}, but its {satellites:,} satellites carry {room:,}."
            say.at((*here, "number"), fact, "Lower `number`, or add satellites.")


def _power(say: Complaints, cluster: Cluster, path: Steps) -> None:
    say.series(cluster.energy_price, (*path, "energy_price"), -MAX_PRICE, MAX_PRICE)
    say.series(cluster.carbon_g_per_kwh, (*path, "carbon_g_per_kwh"), 0, MAX_CARBON)
    say.series(cluster.power_limit_mw, (*path, "power_limit_mw"), 0, MAX_MW)
    say.unique(((s.name, (*path, "sources", i)) for i, s in enumerate(cluster.sources)), f"sources of {cluster.name}")
    if cluster.sources and all(isinstance(source, Battery) for source in cluster.sources):
        say.at(
            (*path, "sources"), f"{cluster.name} has batteries but nothing that charges them.", "Add a grid or a plant."
        )
    for index, source in enumerate(cluster.sources):
        here = (*path, "sources", index)
        if isinstance(source, Battery):
            if source.initial_mwh > source.mwh:
                fact = f"{cluster.name}.{source.name} begins with {source.initial_mwh:g} MWh, and holds {source.mwh:g}."
                say.at((*here, "initial_mwh"), fact, "Lower `initial_mwh`.")
            continue
        say.series(source.price, (*here, "price"), -MAX_PRICE, MAX_PRICE)
        say.series(source.carbon_g_per_kwh, (*here, "carbon_g_per_kwh"), 0, MAX_CARBON)
        if isinstance(source, Grid | Gas):
            say.series(source.limit_mw, (*here, "limit_mw"), 0, MAX_MW)
        if isinstance(source, Renewable):
            say.series(source.capacity_factor, (*here, "capacity_factor"), 0, 1)
        if isinstance(source, Grid):
            _grid(say, cluster, source, here)


def _grid(say: Complaints, cluster: Cluster, source: Grid, here: Steps) -> None:
    for inner, curtailment in enumerate(source.curtailments):
        if curtailment.to <= curtailment.from_:
            begins, ends = _day(curtailment.from_), _day(curtailment.to)
            fact = f"{cluster.name}.{source.name}: the curtailment ends {ends}, not after it begins {begins}."
            say.at((*here, "curtailments", inner, "to"), fact, "Swap `from` and `to`.")


def _costs(say: Complaints, cluster: Cluster, path: Steps) -> None:
    pools = [str(pool.name) for pool in cluster.pools]
    for index, cost in enumerate(cluster.fixed_costs):
        here = (*path, "fixed_costs", index)
        if cost.pool is not None:
            say.known(cost.pool, pools, "pool", (*here, "pool"), of=f" of {cluster.name}")
        if cost.per == "satellite" and cluster.satellites is None:
            say.at((*here, "per"), f"{cluster.name} has a cost per satellite, but no satellites.", "Use another `per`.")
    for index, made in enumerate(cluster.embodied):
        if made.per == "satellite" and cluster.satellites is None:
            fact = f"{cluster.name} has embodied carbon per satellite, but no satellites."
            say.at((*path, "embodied", index, "per"), fact, "Use another `per`.")
    if cluster.charge != "owned" and any(pool.usd_per_accelerator_hour is not None for pool in cluster.pools):
        fact = f"{cluster.name} is charged as {cluster.charge}, and a pool of it has a rent."
        say.at((*path, "charge"), fact, "Write `charge: owned`, or leave usd_per_accelerator_hour out.")
    for key in ("startup_usd", "shutdown_usd", "finally_off", "initially_on"):
        if not cluster.switchable and getattr(cluster, key) != Cluster.model_fields[key].default:
            fact = f"{cluster.name} has {key}, but is not switchable."
            say.at((*path, key), fact, f"Write `switchable: true`, or leave {key} out.")

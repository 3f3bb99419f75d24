"""Checks of clusters: pools, power, links, orbits, status."""

from placement.ephemeris import place_of
from placement.loader.check.complaints import Complaints
from placement.schema import Battery, Cluster, Gas, Grid, Renewable
from placement.tree import Steps

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
        _orbit(say, cluster, path)
        _pools(say, cluster, path)
        _power(say, cluster, path)
        _costs(say, cluster, path)
        if cluster.link is not None:
            say.series(cluster.link.contact, (*path, "link", "contact"), 0, 1)
            for inner, station in enumerate(cluster.link.stations):
                if station in names and place_of(scenario, station) is None:
                    fact = f"{cluster.name}: station '{station}' is a cluster without a place on Earth."
                    say.at((*path, "link", "stations", inner), fact, "Name a place, or a cluster with `place`.")
            if cluster.link.stations and not cluster.orbital:
                fact = f"{cluster.name}: ground stations are for satellites, and this cluster stands on Earth."
                say.at((*path, "link", "stations"), fact, "Leave `stations` out.")
        for name, amount in cluster.resources.items():
            say.series(amount, (*path, "resources", name), 0)


def _status(say: Complaints, cluster: Cluster, path: Steps) -> None:
    if cluster.as_if:
        return
    service = cluster.service is not None and cluster.service.from_ is not None
    if cluster.status in NEEDS_AS_IF or (cluster.status == "building" and not service):
        fact = f"{cluster.name} is {cluster.status}, it does not run jobs today."
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
    in_planes = sum(plane.satellites for plane in cluster.planes)
    if cluster.planes and in_planes != satellites.number:
        fact = f"{cluster.name}: its planes have {in_planes} satellites and `satellites.number` is {satellites.number}."
        say.at((*path, "planes"), fact, "Make them agree.")
    for index, plane in enumerate(cluster.planes):
        if plane.ltan is not None and cluster.orbit.ltan is None:
            fact = f"{cluster.name}.{plane.name} has ltan, but the orbit is not Sun-synchronous."
            say.at((*path, "planes", index, "ltan"), fact, "Give raan_deg, or give the orbit an ltan.")
        if plane.raan_deg is not None and cluster.orbit.ltan is not None:
            fact = f"{cluster.name}.{plane.name} has raan_deg, but the orbit is Sun-synchronous."
            say.at((*path, "planes", index, "raan_deg"), fact, "Give ltan.")


def _pools(say: Complaints, cluster: Cluster, path: Steps) -> None:
    if not cluster.pools:
        say.at(path, f"{cluster.name} has no pools.", "Give `pools: [{accelerator: ..., number: ...}]`.")
    say.unique(((p.name, (*path, "pools", i)) for i, p in enumerate(cluster.pools)), f"pools of {cluster.name}")
    planes = {plane.name: plane.satellites for plane in cluster.planes}
    for index, pool in enumerate(cluster.pools):
        here = (*path, "pools", index)
        say.series(pool.speed, (*here, "speed"), 0, 1)
        say.series(pool.reserved, (*here, "reserved"), 0)
        say.series(pool.usd_per_accelerator_hour, (*here, "usd_per_accelerator_hour"), 0)
        if "number" not in pool.model_fields_set and cluster.satellites is None:
            fact = f"{cluster.name}.{pool.name} does not say how many accelerators it has."
            say.at(here, fact, "Give `number`.")
        if pool.spares > pool.number:
            fact = f"{cluster.name}.{pool.name} has {pool.spares} spares among {pool.number} accelerators."
            say.at((*here, "spares"), fact, "Spares are part of `number`.")
        if pool.plane is not None and say.known(pool.plane, planes, f"plane of {cluster.name}", (*here, "plane")):
            _fits_plane(say, cluster, index, planes[pool.plane], here)
        elif pool.plane is None and len(planes) > 1:
            fact = f"{cluster.name}.{pool.name} does not say in which plane it flies; a gang never spans planes."
            say.at(here, fact, f"Give `plane`: {', '.join(planes)}.")
        elif pool.plane is None and cluster.satellites is not None:
            _fits_plane(say, cluster, index, cluster.satellites.number, here)
        sizes = [tier.accelerators for tier in pool.fabric]
        if sizes != sorted(set(sizes)):
            fact = f"{cluster.name}.{pool.name}: fabric tiers are {sizes} accelerators."
            say.at((*here, "fabric"), fact, "List each size once, smallest first.")


def _fits_plane(say: Complaints, cluster: Cluster, index: int, satellites: int, here: Steps) -> None:
    pool = cluster.pools[index]
    assert cluster.satellites is not None
    room = satellites * cluster.satellites.accelerators
    if pool.number > room:
        fact = f"{cluster.name}.{pool.name} has {pool.number} accelerators, but {satellites} satellites carry {room}."
        say.at((*here, "number"), fact, "Lower `number`, or add satellites.")


def _power(say: Complaints, cluster: Cluster, path: Steps) -> None:
    say.series(cluster.energy_price, (*path, "energy_price"))
    say.series(cluster.carbon_g_per_kwh, (*path, "carbon_g_per_kwh"), 0)
    say.series(cluster.power_limit_mw, (*path, "power_limit_mw"), 0)
    say.unique(((s.name, (*path, "sources", i)) for i, s in enumerate(cluster.sources)), f"sources of {cluster.name}")
    if cluster.sources and all(isinstance(source, Battery) for source in cluster.sources):
        say.at(
            (*path, "sources"), f"{cluster.name} has batteries but nothing that charges them.", "Add a grid or a plant."
        )
    for index, source in enumerate(cluster.sources):
        here = (*path, "sources", index)
        if isinstance(source, Battery):
            if source.initial_mwh > source.mwh:
                fact = f"{cluster.name}.{source.name} begins with {source.initial_mwh:g} MWh and holds {source.mwh:g}."
                say.at((*here, "initial_mwh"), fact, "Lower it.")
            continue
        say.series(source.price, (*here, "price"))
        say.series(source.carbon_g_per_kwh, (*here, "carbon_g_per_kwh"), 0)
        if isinstance(source, Grid | Gas):
            say.series(source.limit_mw, (*here, "limit_mw"), 0)
        if isinstance(source, Renewable):
            say.series(source.capacity_factor, (*here, "capacity_factor"), 0, 1)
        if isinstance(source, Grid):
            _grid(say, cluster, source, here)


def _grid(say: Complaints, cluster: Cluster, source: Grid, here: Steps) -> None:
    for inner, curtailment in enumerate(source.curtailments):
        if curtailment.to <= curtailment.from_:
            fact = f"{cluster.name}.{source.name}: the curtailment ends at {curtailment.to}, not after it begins."
            say.at((*here, "curtailments", inner, "to"), fact, "Swap `from` and `to`.")


def _costs(say: Complaints, cluster: Cluster, path: Steps) -> None:
    pools = [str(pool.name) for pool in cluster.pools]
    for index, cost in enumerate(cluster.fixed_costs):
        here = (*path, "fixed_costs", index)
        if cost.pool is not None:
            say.known(cost.pool, pools, f"pool of {cluster.name}", (*here, "pool"))
        if cost.per == "satellite" and cluster.satellites is None:
            say.at((*here, "per"), f"{cluster.name} has no satellites, but a cost per satellite.", "Use another `per`.")
    if cluster.charge != "owned" and any(pool.usd_per_accelerator_hour is not None for pool in cluster.pools):
        fact = f"{cluster.name} is charged as {cluster.charge}, and a pool of it has a rent."
        say.at((*path, "charge"), fact, "Use one of the two.")
    if cluster.switchable is False and (cluster.startup_usd or cluster.shutdown_usd):
        fact = f"{cluster.name} has costs of switching but is not switchable."
        say.at((*path, "startup_usd"), fact, "Write `switchable: true`, or leave them out.")

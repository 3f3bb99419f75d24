"""Checks of limits, launches, data sets and flows."""

from placement.loader.check.complaints import Complaints
from placement.loader.wording import did_you_mean
from placement.schema import Cluster, Limit, Module, OrbitClass
from placement.tree import Steps

MEASURES = ("accelerators", "mw", "mwh", "tco2", "water_l", "tb", "usd")


def check(say: Complaints) -> None:
    """Everything beside clusters and jobs."""
    scenario = say.scenario
    say.unique(((x.name, ("limits", i)) for i, x in enumerate(scenario.limits)), "limits")
    say.unique(((x.name, ("datasets", i)) for i, x in enumerate(scenario.datasets)), "data sets")
    say.unique(((x.name, ("vehicles", i)) for i, x in enumerate(scenario.vehicles)), "vehicles")
    say.unique(((x.name, ("flows", i)) for i, x in enumerate(scenario.flows)), "flows")
    clusters = [cluster.name for cluster in scenario.clusters]
    for index, dataset in enumerate(scenario.datasets):
        for inner, name in enumerate(dataset.clusters):
            say.known(name, clusters, "cluster", ("datasets", index, "clusters", inner))
    for index, limit in enumerate(scenario.limits):
        _limit(say, limit, ("limits", index), clusters)
    _vehicles(say)
    for index, cluster in enumerate(scenario.clusters):
        say.unique(
            ((m.name, ("clusters", index, "modules", i)) for i, m in enumerate(cluster.modules)),
            f"modules of {cluster.name}",
        )
        for inner, module in enumerate(cluster.modules):
            _module(say, cluster, module, ("clusters", index, "modules", inner))


def _limit(say: Complaints, limit: Limit, path: Steps, clusters: list[str]) -> None:
    scenario = say.scenario
    low = None if limit.of == "usd" else 0.0
    say.series(limit.max, (*path, "max"), low)
    say.series(limit.min, (*path, "min"), low)
    if limit.of == "usd" and limit.min is not None:
        fact = f"limit {limit.name}: a least amount of usd would be met by waste."
        say.at((*path, "min"), fact, "Leave it out; a contract has `take_or_pay`.")
    for inner, name in enumerate(limit.over.clusters or ()):
        say.known(name, clusters, "cluster", (*path, "over", "clusters", inner))
    pools = [f"{cluster.name}/{pool.name}" for cluster, pool in scenario.pools()]
    for inner, name in enumerate(limit.over.pools or ()):
        say.known(name, pools, "pool", (*path, "over", "pools", inner), of=" (write cluster/pool)")
    if isinstance(limit.max, float) and isinstance(limit.min, float) and limit.min > limit.max:
        fact = f"limit {limit.name}: min {limit.min:g} is above max {limit.max:g}."
        say.at((*path, "min"), fact, "Lower min or raise max.")
    if limit.of not in MEASURES:
        named = {name for cluster in scenario.clusters for name in cluster.resources}
        named |= {name for uses in scenario.jobs["uses"] for name in uses}
        if limit.of not in named and not say.problems.incomplete & {"clusters", "jobs"}:
            fact = f"limit {limit.name}: '{limit.of}' is neither something that is measured nor a resource."
            say.at((*path, "of"), fact, did_you_mean(limit.of, [*MEASURES, *sorted(named)]))
    if limit.of == "usd" and limit.over.jobs is not None:
        fact = f"limit {limit.name}: dollars are counted per cluster, not per job."
        say.at((*path, "over", "jobs"), fact, "Give `over: {clusters: [...]}` only.")
    if limit.of not in ("accelerators", "mw", "mwh", "tco2", "water_l") and limit.over.pools is not None:
        fact = f"limit {limit.name}: {limit.of} is counted per cluster, not per pool."
        say.at((*path, "over", "pools"), fact, "Give `over: {clusters: [...]}`.")
    if limit.over.jobs is not None:
        _filter(say, limit, (*path, "over", "jobs"))


def _filter(say: Complaints, limit: Limit, path: Steps) -> None:
    if say.problems.incomplete & {"jobs", "flows"}:
        return
    jobs, flows = say.scenario.jobs, say.scenario.flows
    wanted = limit.over.jobs
    assert wanted is not None
    for key in ("team", "priority"):
        value = getattr(wanted, key)
        if value is not None:
            there = {x for x in jobs[key] if x is not None} | {getattr(f, key) for f in flows if getattr(f, key)}
            say.known(value, sorted(there), f"job with {key}", (*path, key))
    if wanted.tags:
        there = {tag for tags in jobs["tags"] for tag in tags} | {tag for flow in flows for tag in flow.tags}
        for inner, tag in enumerate(wanted.tags):
            say.known(tag, sorted(there), "job with tag", (*path, "tags", inner))


def _vehicles(say: Complaints) -> None:
    if "horizon" in say.problems.incomplete:
        return
    periods = say.grid.periods
    for index, vehicle in enumerate(say.scenario.vehicles):
        flights = vehicle.flights_per_period
        if isinstance(flights, tuple) and len(flights) != periods:
            fact = f"{vehicle.name} has flights for {len(flights)} periods, and the horizon has {periods}."
            remedy = "Give one number per period (horizon.period_slots says how long one is)."
            say.at(("vehicles", index, "flights_per_period"), fact, remedy)


def _module(say: Complaints, cluster: Cluster, module: Module, path: Steps) -> None:
    pools = [str(pool.name) for pool in cluster.pools]
    if module.pool is not None:
        say.known(module.pool, pools, "pool", (*path, "pool"), of=f" of {cluster.name}")
    elif len(pools) > 1 and (module.accelerators or module.mass_kg):
        fact = f"{cluster.name}.{module.name} does not say which pool it adds to."
        say.at(path, fact, f"Give `pool`: {', '.join(pools)}.")
    vehicles = {vehicle.name: vehicle for vehicle in say.scenario.vehicles}
    if cluster.charge == "used":
        fact = f"{cluster.name} is charged as used, and would pay for {cluster.name}.{module.name} twice."
        say.at(path, fact, "Write `charge: owned`; modules carry their own costs.")
    lifts = [say.known(name, vehicles, "vehicle", (*path, "vehicles", i)) for i, name in enumerate(module.vehicles)]
    if not all(lifts) or say.problems.covers(("vehicles",)):
        return
    if module.mass_kg == 0:
        if cluster.orbital:
            fact = f"{cluster.name}.{module.name} goes to orbit but has no mass."
            say.at(path, fact, "Give `mass_kg`.")
        return
    if not cluster.orbital:
        fact = f"{cluster.name}.{module.name} has a mass to launch, but the cluster stands on Earth."
        say.at((*path, "mass_kg"), fact, "Leave `mass_kg` out.")
        return
    orbit: OrbitClass = "sso" if cluster.orbit is not None and cluster.orbit.ltan is not None else "leo"
    candidates = [vehicles[name] for name in module.vehicles or vehicles]
    best = max((vehicle.payload_kg.get(orbit, 0.0) for vehicle in candidates), default=0.0)
    if best < module.mass_kg:
        most = (
            f"the best of {', '.join(v.name for v in candidates)} lifts {best:,.0f} kg"
            if candidates
            else "no vehicle is given"
        )
        fact = f"{cluster.name}.{module.name} weighs {module.mass_kg:,.0f} kg, and to {orbit} {most}."
        say.at((*path, "mass_kg"), fact, "Make the module smaller, or add a vehicle under `vehicles:`.")

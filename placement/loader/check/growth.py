"""Checks of modules, vehicles and launch limits."""

import itertools

import numpy as np

from placement.loader.check.complaints import Complaints
from placement.loader.wording import did_you_mean
from placement.schema import ORBITS, Cluster, Grid, LaunchLimit, Module, Vehicle, Window
from placement.timegrid import EDGE_TOLERANCE_HOURS, TimeGrid
from placement.tree import Steps

PRICES = ("usd", "accelerators_usd", "operations_usd_per_year")


def check(say: Complaints) -> None:
    """Everything that can be added, and what lifts it."""
    scenario = say.scenario
    say.unique(((x.name, ("vehicles", i)) for i, x in enumerate(scenario.vehicles)), "vehicles")
    say.unique(((x.name, ("launch_limits", i)) for i, x in enumerate(scenario.launch_limits)), "launch limits")
    for index, vehicle in enumerate(scenario.vehicles):
        _vehicle(say, vehicle, ("vehicles", index))
    for index, limit in enumerate(scenario.launch_limits):
        _launch_limit(say, limit, ("launch_limits", index))
    for index, cluster in enumerate(scenario.clusters):
        path: Steps = ("clusters", index, "modules")
        say.unique(((m.name, (*path, i)) for i, m in enumerate(cluster.modules)), f"modules of {cluster.name}")
        for inner, module in enumerate(cluster.modules):
            _module(say, cluster, module, (*path, inner))


def _destinations(say: Complaints) -> list[str]:
    """Everything that flights can be said to go to."""
    names = list(ORBITS)
    for cluster in say.scenario.clusters:
        if cluster.orbital:
            names += [cluster.name, *(f"{cluster.name}/{plane.name}" for plane in cluster.planes)]
    return names


def _flights(say: Complaints, limited: Vehicle | LaunchLimit, path: Steps) -> None:
    """Flights by period are given for all periods, those by year for the whole horizon."""
    say.series(limited.flights_per_year, (*path, "flights_per_year"), 0, 1e6)
    _per_period(say, limited.flights_per_period, f"{limited.name} has flights", (*path, "flights_per_period"))


def _per_period(say: Complaints, numbers: int | tuple[int, ...] | None, what: str, path: Steps) -> None:
    if "horizon" in say.problems.incomplete or not isinstance(numbers, tuple) or len(numbers) == say.grid.periods:
        return
    fact = f"{what} for {len(numbers)} periods, and the horizon has {say.grid.periods}."
    say.at(path, fact, "Give one number per period (horizon.period_slots says how long one is).")


def _vehicle(say: Complaints, vehicle: Vehicle, path: Steps) -> None:
    _flights(say, vehicle, path)
    for key in ("usd_per_flight", "usd_per_kg"):
        say.series(getattr(vehicle, key), (*path, key), 0)
    for name in vehicle.payload_kg:
        say.known(name, _destinations(say), "cluster or orbit", (*path, "payload_kg", name))
    if vehicle.available is not None and vehicle.until is not None and vehicle.until <= vehicle.available:
        fact = (
            f"{vehicle.name} flies until {vehicle.until:%Y-%m-%d}, not after its first flight "
            f"{vehicle.available:%Y-%m-%d}."
        )
        say.at((*path, "until"), fact, "Swap `available` and `until`.")


def _launch_limit(say: Complaints, limit: LaunchLimit, path: Steps) -> None:
    _flights(say, limit, path)
    vehicles = [vehicle.name for vehicle in say.scenario.vehicles]
    for inner, name in enumerate(limit.vehicles):
        say.known(name, vehicles, "vehicle", (*path, "vehicles", inner))
    for inner, name in enumerate(limit.orbits):
        say.known(name, _destinations(say), "cluster or orbit", (*path, "orbits", inner))


def _module(say: Complaints, cluster: Cluster, module: Module, path: Steps) -> None:
    label = f"{cluster.name}.{module.name}"
    pools = [str(pool.name) for pool in cluster.pools]
    adds = bool(module.accelerators or module.generations)
    if module.pool is not None:
        say.known(module.pool, pools, "pool", (*path, "pool"), of=f" of {cluster.name}")
    elif len(pools) > 1 and (adds or module.mass_kg):
        fact = f"{label} does not say which pool it adds to."
        say.at(path, fact, f"Give `pool`: {', '.join(pools)}.")
    for key in PRICES:
        say.series(getattr(module, key), (*path, key), 0)
    for inner, generation in enumerate(module.generations):
        say.series(generation.accelerators_usd, (*path, "generations", inner, "accelerators_usd"), 0)
    _per_period(say, module.max_per_period, f"{label} has max_per_period", (*path, "max_per_period"))
    _sources(say, cluster, module, label, path)
    for key in ("gives", "needs"):
        for name in getattr(module, key):
            if name not in cluster.resources and say.complete("cluster"):
                fact = f"{label} {key} {name}, and {cluster.name} has no such resource."
                remedy = did_you_mean(name, cluster.resources, f"Write `resources: {{{name}: 0}}` at {cluster.name}.")
                say.at((*path, key, name), fact, remedy)
    if cluster.charge == "used":
        fact = f"{cluster.name} is charged as used, and would pay for {label} twice."
        say.at(path, fact, "Write `charge: owned`; modules carry their own costs.")
    if module.satellites is not None and cluster.satellites is None:
        fact = f"{label} consists of satellites, and {cluster.name} has none."
        say.at((*path, "satellites"), fact, "Give what it weighs and holds instead, or `satellites` of the cluster.")
    _dates(say, module, label, path)
    _lifted(say, cluster, module, label, path)


def _sources(say: Complaints, cluster: Cluster, module: Module, label: str, path: Steps) -> None:
    """Sources that a module raises are there, on Earth, and have a limit."""
    sources = {str(source.name or source.kind): source for source in cluster.sources}
    for name in module.sources_mw:
        here = (*path, "sources_mw", name)
        if cluster.orbital:
            say.at(here, f"{label} raises a source of satellites.", "Give larger satellites; leave sources_mw out.")
        elif say.known(name, sources, "source", here, of=f" of {cluster.name}"):
            source = sources[name]
            if isinstance(source, Grid) and source.limit_mw is None:
                fact = f"{label} raises {name}, which has no limit."
                say.at(here, fact, f"Give {name} a `limit_mw` (0 where modules alone connect it).")


def _dates(say: Complaints, module: Module, label: str, path: Steps) -> None:
    """Dates that contradict each other, and a contract for what can never be ordered."""
    if module.available is not None and module.until is not None and module.until <= module.available:
        fact = (
            f"{label} can be ordered from {module.available:%Y-%m-%d}, and is delivered until {module.until:%Y-%m-%d}."
        )
        say.at((*path, "until"), fact, "Swap `available` and `until`.")
    for inner, window in enumerate(module.closed):
        if window.from_ is not None and window.to is not None and window.to <= window.from_:
            fact = f"{label} is closed from {window.from_:%Y-%m-%d} to {window.to:%Y-%m-%d}, which is no time."
            say.at((*path, "closed", inner, "to"), fact, "Swap `from` and `to`.")
    if "horizon" in say.problems.incomplete or not module.min:
        return
    periods = orderable(say, module)
    most = _most(module, periods)
    if most < module.min:
        fact = f"{label} has min {module.min}, and its dates and max_per_period allow {most:,}."
        remedy = "Lower min, or change available, lead_days, commissioning_days, until, closed or max_per_period."
        if module.generations:
            remedy = remedy.replace("available", "`from` of generations, available")
        say.at((*path, "min"), fact, remedy)


def _most(module: Module, periods: list[int]) -> int:
    each = module.max_per_period
    if each is None:
        return module.max if periods else 0
    total = sum(each[p] if p < len(each) else 0 for p in periods) if isinstance(each, tuple) else each * len(periods)
    return min(module.max, total)


def orderable(say: Complaints, module: Module) -> list[int]:
    """Periods in which a module can be delivered by its dates (`docs/model.md` §10)."""
    grid = say.grid
    firsts = np.flatnonzero(np.diff(grid.period, prepend=-1))
    edges = np.append(grid.edges[firsts], grid.hours)
    earliest = 0.0 if module.available is None else max(0.0, float(grid.hours_of(module.available)))
    latest = np.inf if module.until is None else float(grid.hours_of(module.until))
    froms = [-np.inf if each.from_ is None else float(grid.hours_of(each.from_)) for each in module.generations]
    first = min(froms, default=-np.inf)
    found = []
    for period, (begin, end) in enumerate(itertools.pairwise(edges)):
        stands = int(grid.slot_from(end + 24 * module.commissioning_days))
        frozen = any(_overlap(grid, window, begin, end) for window in module.closed)
        in_time = begin + EDGE_TOLERANCE_HOURS >= max(earliest + 24 * module.lead_days, first)
        if in_time and end <= latest + EDGE_TOLERANCE_HOURS and stands < grid.slots and not frozen:
            found.append(period)
    return found


def _overlap(grid: TimeGrid, window: Window, begin: float, end: float) -> bool:
    first = -np.inf if window.from_ is None else float(grid.hours_of(window.from_))
    last = np.inf if window.to is None else float(grid.hours_of(window.to))
    return first < end - EDGE_TOLERANCE_HOURS and last > begin + EDGE_TOLERANCE_HOURS


def _lifted(say: Complaints, cluster: Cluster, module: Module, label: str, path: Steps) -> None:
    """What flies has a mass, and some vehicle lifts it."""
    vehicles = {vehicle.name: vehicle for vehicle in say.scenario.vehicles}
    lifts = [say.known(name, vehicles, "vehicle", (*path, "vehicles", i)) for i, name in enumerate(module.vehicles)]
    if not all(lifts) or not cluster.pools or say.problems.covers(("vehicles",)):
        return
    if module.mass_kg == 0:
        if cluster.orbital:
            say.at(path, f"{label} goes to orbit but has no mass.", "Give `mass_kg`.")
        return
    if not cluster.orbital:
        fact = f"{label} has a mass to launch, but the cluster stands on Earth."
        say.at((*path, "mass_kg"), fact, "Leave `mass_kg` out.")
        return
    pool = next((p for p in cluster.pools if p.name == module.pool), cluster.pools[0])
    to = cluster.destinations(pool.plane or "")
    candidates = [vehicles[name] for name in module.vehicles or vehicles]
    names = ", ".join(vehicle.name for vehicle in candidates)
    best = max((vehicle.payload_to(to) for vehicle in candidates), default=0.0)
    if best < module.mass_kg:
        most = f"the best of {names} lifts {best:,.0f} kg" if candidates else "no vehicle is given"
        if candidates and best == 0:
            most = f"none of {names} flies"
        fact = f"{label} weighs {module.mass_kg:,.0f} kg, and to {to[-1]} {most}."
        say.at((*path, "mass_kg"), fact, "Make the module smaller, or add a vehicle under `vehicles:`.")
        return
    room = max(np.inf if v.volume_m3 is None else v.volume_m3 for v in candidates if v.payload_to(to) >= module.mass_kg)
    if room < module.volume_m3:
        fact = f"{label} takes {module.volume_m3:,.0f} m³, and the largest fairing that lifts it has {room:,.0f} m³."
        say.at((*path, "volume_m3"), fact, "Make the module smaller, or add a vehicle under `vehicles:`.")

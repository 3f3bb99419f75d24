"""What follows from what the user wrote: names left out, pools of satellites, catalogue data that are used."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from placement import spacecraft
from placement.catalog import Catalog
from placement.loader.merge import in_dollars, planned
from placement.loader.problems import Problems
from placement.loader.records import build
from placement.loader.wording import did_you_mean
from placement.satellite_budget import parts_kg
from placement.schema import Accelerator, Cluster, Model, Money, Place, Pool, SeriesSpec, Trace
from placement.schema.fields import MOST
from placement.schema.orbit import Satellites
from placement.series import catalog_key
from placement.tree import Steps, Tree


def fill_cluster(cluster: Cluster) -> Cluster:
    """The cluster with pools for its planes and a name for each pool and source."""
    pools = cluster.pools
    if not pools and cluster.satellites is not None:
        sat = cluster.satellites
        if cluster.planes:
            pools = tuple(
                Pool(name=p.name, accelerator=sat.accelerator, number=all_of(p.satellites, sat), plane=p.name)
                for p in cluster.planes
            )
        else:
            pools = (Pool(accelerator=sat.accelerator, number=all_of(sat.number, sat)),)
    pools = tuple(
        pool.model_copy(
            update={
                **_numbered(cluster, pool),
                "name": pool.name or pool.plane or pool.accelerator,
            }
        )
        for pool in pools
    )
    modules, only = cluster.modules, pools[0].name if len(pools) == 1 else None
    made = _generation_pools(cluster, pools)
    if made:  # from now on there are several, and modules say which they mean
        modules = tuple(m if m.pool or not only else m.model_copy(update={"pool": only}) for m in modules)
        pools = (*pools, *made)
    sources = tuple(source.model_copy(update={"name": source.name or source.kind}) for source in cluster.sources)
    return cluster.model_copy(update={"pools": pools, "sources": sources, "modules": modules})


def all_of(satellites: int, each: Satellites) -> int:
    """Accelerators of so many satellites, as many as a pool may have at most (`too_many` complains of more)."""
    return min(satellites * each.accelerators, MOST)


def too_many(cluster: Cluster) -> str:
    """What is wrong where satellites bring more accelerators than a pool may have; else nothing."""
    sat = cluster.satellites
    if cluster.pools or sat is None:
        return ""
    most = max([plane.satellites for plane in cluster.planes] or [sat.number])
    if most * sat.accelerators <= MOST:
        return ""
    return f"{most:,} satellites with {sat.accelerators:,} accelerators each are more than {MOST:,} in one pool."


def _generation_pools(cluster: Cluster, pools: tuple[Pool, ...]) -> list[Pool]:
    """A pool for each generation of modules whose accelerator is not their pool's, where none is written."""
    known = {str(pool.name): pool for pool in pools}
    made: dict[str, Pool] = {}
    for module in cluster.modules:
        base = known.get(module.pool) if module.pool is not None else (pools[0] if len(pools) == 1 else None)
        for generation in module.generations if base is not None else ():
            assert base is not None
            name = base.of_generation(generation.accelerator)
            if name not in known and name not in made:
                empty = {"number": 0, "blocks": (), "spares": 0, "reserved": 0.0, "kw_per_accelerator": None}
                update = {**empty, "name": name, "accelerator": generation.accelerator}
                made[name] = base.model_copy(update=update)
    return list(made.values())


OF_SATELLITES = (
    "mass_kg", "accelerators", "life_years", "infant_loss", "accelerator_loss_per_year", "power_loss_per_year",
)  # fmt: skip
"""What follows for a module from the satellites that it consists of."""


def with_satellites(cluster: Cluster, accelerators: tuple[Accelerator, ...]) -> Cluster:
    """The cluster with modules of satellites weighing, holding and losing what these do."""
    known = {accelerator.name: accelerator for accelerator in accelerators}
    satellites = cluster.satellites
    if satellites is None or satellites.accelerator not in known or not any(m.satellites for m in cluster.modules):
        return cluster
    pools = [pool for pool in cluster.pools if pool.accelerator == satellites.accelerator]
    kw = next((pool.kw_per_accelerator for pool in pools if pool.kw_per_accelerator), known[satellites.accelerator].kw)
    mass = (satellites.mass.total_kg if satellites.mass is not None else None) or parts_kg(cluster, kw)["total"]
    life = satellites.life_years
    kept = spacecraft.power_share(satellites, kw, life) / spacecraft.power_share(satellites, kw, 0.0)
    modules = []
    for module in cluster.modules:
        number = module.satellites
        if number is not None:
            follows = (
                number * mass,
                0 if module.generations else number * satellites.accelerators,
                life,
                satellites.infant_loss,
                satellites.accelerator_loss_per_year,
                max(0.0, 1 - kept ** (1 / life)),
            )
            module = module.model_copy(update=dict(zip(OF_SATELLITES, follows, strict=True)))
        modules.append(module)
    return cluster.model_copy(update={"modules": tuple(modules)})


def without_derived(clusters: Any) -> None:
    """Take out of a document's clusters what follows anew: of modules of satellites."""
    for cluster in clusters if isinstance(clusters, list) else ():
        for module in cluster.get("modules", []):
            if module.get("satellites"):
                for key in OF_SATELLITES:
                    module.pop(key, None)


def _numbered(cluster: Cluster, pool: Pool) -> dict[str, int]:
    """The number that a pool does not give: of its blocks, or in orbit what the satellites of its plane carry."""
    if "number" in pool.model_fields_set:
        return {}
    if pool.blocks:
        return {"number": sum(block.number for block in pool.blocks)}
    if cluster.satellites is None:
        return {}
    planes = {plane.name: plane.satellites for plane in cluster.planes}
    return {"number": planes.get(pool.plane or "", cluster.satellites.number) * cluster.satellites.accelerators}


def accelerators_used(
    names: dict[str, str], own: tuple[Accelerator, ...], catalog: Catalog, use: str, money: Money, problems: Problems
) -> tuple[Accelerator, ...]:
    """The scenario's accelerators with those of the catalogue that it names; `names` maps each name to its place."""
    known = {accelerator.name: accelerator for accelerator in own}
    entries = catalog.section("accelerators")
    for name, place in names.items():
        if name in known:
            continue
        if name not in entries:
            if "accelerators" in problems.incomplete:
                continue
            remedy = did_you_mean(
                name, [*known, *entries], "See `placement catalog accelerators`, or define it under `accelerators:`."
            )
            problems.add(place, f"there is no accelerator '{name}'.", remedy)
            continue
        entry = planned(entries[name], use, money)
        made = build(Accelerator, {"name": name, **entry}, Tree(entry, "catalogue"), ("accelerators", name), problems)
        if made is not None:
            known[name] = made
    return tuple(known.values())


def places_used(
    names: dict[str, str],
    own: dict[str, Place],
    clusters: tuple[Cluster, ...],
    catalog: Catalog,
    problems: Problems,
) -> dict[str, Place]:
    """The scenario's places with those of the catalogue that it names and that are not clusters."""
    known = dict(own)
    cluster_names = {cluster.name for cluster in clusters}
    for name, place in names.items():
        if name in known or name in cluster_names:
            continue
        entries = catalog.section("places")
        if name not in entries:
            if problems.incomplete & {"places", "clusters"}:
                continue
            remedy = did_you_mean(
                name,
                [*cluster_names, *known, *entries],
                "See `placement catalog places`, or define it under `places:`.",
            )
            problems.add(place, f"there is no place or cluster '{name}'.", remedy)
            continue
        entry = {key: value for key, value in planned(entries[name], "base").items() if key in Place.model_fields}
        made = build(Place, entry, Tree(entry, "catalogue"), ("places", name), problems)
        if made is not None:
            known[name] = made
    return known


def series_in(value: Any, path: Steps = ()) -> Iterator[tuple[Steps, SeriesSpec]]:
    """Every series inside a record, with its path in file terms."""
    if isinstance(value, SeriesSpec):
        yield path, value
    elif isinstance(value, Model):
        for name, info in type(value).model_fields.items():
            yield from series_in(getattr(value, name), (*path, info.alias or name))
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from series_in(inner, (*path, key))
    elif isinstance(value, tuple):
        for index, inner in enumerate(value):
            yield from series_in(inner, (*path, index))


def catalog_traces(names: set[str], catalog: Catalog, money: Money) -> dict[str, Trace]:
    """Traces of the catalogue series among the names, by key; prices in dollars of the scenario's price year."""
    found = {catalog_key(name): (catalog.trace(name), catalog.series_index.get(name, {})) for name in names}
    return {key: _priced(trace, entry, money) for key, (trace, entry) in found.items() if trace is not None}


def _priced(trace: Trace, entry: dict[str, Any], money: Money) -> Trace:
    """A trace whose entry states a price year, in the scenario's dollars; any other as it is."""
    if "price_year" not in entry:
        return trace
    factor = in_dollars(1.0, entry["price_year"], money)
    return replace(trace, values=trace.values * factor, source=f"{trace.source} (in {money.price_year} $)")

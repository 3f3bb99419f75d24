"""What follows from what the user wrote: names left out, pools of satellites, catalogue data that are used."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from placement.catalog import Catalog
from placement.loader.merge import in_dollars, planned
from placement.loader.problems import Problems
from placement.loader.records import build
from placement.loader.wording import did_you_mean
from placement.schema import Accelerator, Cluster, Model, Money, Place, Pool, SeriesSpec, Trace
from placement.series import catalog_key
from placement.tree import Steps, Tree


def fill_cluster(cluster: Cluster) -> Cluster:
    """The cluster with pools for its planes and a name for each pool and source."""
    pools = cluster.pools
    if not pools and cluster.satellites is not None:
        sat = cluster.satellites
        if cluster.planes:
            pools = tuple(
                Pool(name=p.name, accelerator=sat.accelerator, number=p.satellites * sat.accelerators, plane=p.name)
                for p in cluster.planes
            )
        else:
            pools = (Pool(accelerator=sat.accelerator, number=sat.number * sat.accelerators),)
    pools = tuple(
        pool.model_copy(
            update={
                **_numbered(cluster, pool),
                "name": pool.name or pool.plane or pool.accelerator,
            }
        )
        for pool in pools
    )
    sources = tuple(source.model_copy(update={"name": source.name or source.kind}) for source in cluster.sources)
    return cluster.model_copy(update={"pools": pools, "sources": sources})


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

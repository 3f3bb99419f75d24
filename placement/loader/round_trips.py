"""Measured round trips of the catalogue between what a scenario names."""

from collections.abc import Iterable, Mapping

from placement.catalog import Catalog
from placement.physics.latency import great_circle_km
from placement.schema import Cluster, Place, RoundTrip

NEAR_KM = 60.0
"""What is so near a measured city is taken as measured with it; an estimate, half a millisecond by fibre."""


def measured(
    homes: Iterable[str],
    places: Mapping[str, Place],
    clusters: tuple[Cluster, ...],
    given: tuple[RoundTrip, ...],
    catalog: Catalog,
) -> tuple[RoundTrip, ...]:
    """The round trips that are given, and those of the catalogue from homes to clusters and ground stations.

    The catalogue's are of pairs of cities; they stand for what is within `NEAR_KM` of the two. What is given, in either
    direction, stays.
    """
    table = catalog.section("latency")["measured-round-trips"]["ms"]
    cities = {name: Place(lat=e["lat"], lon=e["lon"]) for name, e in catalog.section("places").items() if name in table}
    sites = {cluster.name: cluster.place for cluster in clusters if cluster.place is not None}
    stations = {name for cluster in clusters if cluster.link is not None for name in cluster.link.stations}
    known = {**places, **sites}
    city = {name: _nearest(place, cities) for name, place in known.items()}
    there = {frozenset((trip.from_, trip.to)) for trip in given}
    found = []
    for home in dict.fromkeys(homes):
        for end in (*sites, *sorted(stations & set(known))):
            first, last = city.get(home), city.get(end)
            if home == end or first is None or last is None or frozenset((home, end)) in there:
                continue
            there.add(frozenset((home, end)))
            ms = table[first].get(last)
            if ms is not None:
                found.append(RoundTrip.model_validate({"from": home, "to": end, "ms": float(ms), "catalogue": True}))
    return (*given, *found)


def _nearest(place: Place, cities: Mapping[str, Place]) -> str | None:
    """The measured city within `NEAR_KM`, if there is one."""
    far = {name: float(great_circle_km(place.lat, place.lon, c.lat, c.lon)) for name, c in cities.items()}
    best = min(far, key=lambda name: far[name])
    return best if far[best] <= NEAR_KM else None

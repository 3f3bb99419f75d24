"""What a scenario demands of power sources: each gives only so much, and a grid only when it is connected."""

from __future__ import annotations

from placement.conflicts.demand import Demand, Dial, amount, moment, optional
from placement.conflicts.plenty import Plenty
from placement.conflicts.put import Steps
from placement.schema import Battery, Cluster, Grid, Renewable, Source


def of_sources(c: int, cluster: Cluster, most: Plenty) -> list[Demand]:
    """What sources of a cluster give at most, and when."""
    found = []
    for k, source in enumerate(cluster.sources):
        path, steps = f"clusters.{cluster.name}.sources.{source.name}", ("clusters", c, "sources", k)
        what = f"{source.name} of {cluster.name}"
        found += _size(what, path, steps, source, most)
        if isinstance(source, Grid):
            found += _times(what, path, steps, source)
    return found


def _size(what: str, path: str, steps: Steps, source: Source, most: Plenty) -> list[Demand]:
    """The largest power of a source, of a battery also its energy."""
    keys = ["mw", "mwh"] if isinstance(source, Battery) else ["mw" if isinstance(source, Renewable) else "limit_mw"]
    values = {key: getattr(source, key) for key in keys}
    if values[keys[0]] is None:
        return []
    sizes = " and ".join(f"{most.size(value)} {'MWh' if key == 'mwh' else 'MW'}" for key, value in values.items())
    words = f"{what} {'holds' if 'mwh' in values else 'gives'} at most {sizes}"
    if isinstance(source, Renewable):
        words += " times its capacity factor"
    more = {"mw": most.mw, "limit_mw": most.mw, "mwh": most.mw * most.grid.hours}
    free = tuple(((*steps, key), more[key]) for key in keys)
    dials = tuple(Dial(f"{path}.{key}", (*steps, key), values[key], up=True) for key in keys)
    return [Demand("source", f"{path}.{keys[0]}", words, free, dials)]


def _times(what: str, path: str, steps: Steps, grid: Grid) -> list[Demand]:
    """When a grid is connected, and when it gives less."""
    found = []
    if grid.connected is not None:
        words = f"{what} is connected from {moment(grid.connected)} on"
        found.append(optional("source date", f"{path}.connected", words, (*steps, "connected"), None))
    if grid.curtailments:
        lowest = min(call.limit_mw for call in grid.curtailments)
        words = f"{what} is curtailed {len(grid.curtailments)} times, to {amount(lowest)} MW"
        found.append(optional("curtailment", f"{path}.curtailments", words, (*steps, "curtailments"), ()))
    return found

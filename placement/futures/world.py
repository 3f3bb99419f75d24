"""What a future does to clusters: how fast they are, how many accelerators are left, what their power costs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from placement import ephemeris
from placement.compile.fleet import number_there
from placement.futures.draw import Future
from placement.futures.history import History, to_ticks
from placement.kernels.work import Floats, Ints
from placement.schema import Cluster, Event, Pool, Scenario
from placement.timegrid import EDGE_TOLERANCE_HOURS, TimeGrid


@dataclass(frozen=True)
class World:
    """A future on the time grid; by name of cluster what is as planned is left out."""

    speed: dict[str, Floats]
    """(T,) share of the speed that is left."""
    contact: dict[str, Floats]
    """(T,) share of the contact that is left."""
    lost: dict[str, Floats]
    """(T,) share of the accelerators that is gone."""
    price: dict[str, Floats]
    """(K,) $/MWh."""
    carbon: dict[str, Floats]
    """(K,) g/kWh."""


def world(scenario: Scenario, grid: TimeGrid, histories: tuple[History, ...], future: Future) -> World:
    """What a future does to clusters."""
    made = World({}, {}, {}, {}, {})
    given = scenario.uncertainty
    for event, windows in zip(given.events if given is not None else (), future.windows, strict=True):
        _happens(made, grid, event, windows)
    hours = int(np.ceil(grid.hours - 1e-9))
    for history, blocks in zip(histories, future.blocks, strict=True):
        price = to_ticks(history.hourly(blocks, hours, history.price), grid)
        made.price.update(zip(history.clusters, price, strict=True))
        if history.carbon is not None:
            carbon = to_ticks(history.hourly(blocks, hours, history.carbon), grid)
            made.carbon.update(zip(history.clusters, carbon, strict=True))
    return made


def _happens(made: World, grid: TimeGrid, event: Event, windows: Floats) -> None:
    """What an event does, each time that it happens."""
    if len(windows) == 0:
        return
    for kept, share in ((made.speed, event.speed), (made.contact, event.contact)):
        if share < 1:
            left = np.ones(grid.slots)
            for begin, end in windows.tolist():
                left *= 1 - (1 - share) * _covered(grid, begin, end)
            for name in event.clusters:
                kept[name] = left * kept.get(name, 1.0)
    if event.lost:
        number = np.searchsorted(np.sort(windows[:, 0]), grid.edges[:-1] + EDGE_TOLERANCE_HOURS, side="right")
        for name in event.clusters:
            made.lost[name] = np.asarray(1 - (1 - made.lost.get(name, 0.0)) * (1 - event.lost) ** number)


def _covered(grid: TimeGrid, begin: float, end: float) -> Floats:
    """(T,) share of each slot between two times."""
    inside = np.minimum(grid.edges[1:], end) - np.maximum(grid.edges[:-1], begin)
    return np.asarray(np.maximum(inside, 0.0) / grid.slot_hours)


def standing_accelerators(grid: TimeGrid, cluster: Cluster, pool: Pool) -> Floats:
    """(T,) accelerators of a pool that stand and work, without those of modules."""
    return np.asarray(np.floor(number_there(grid, pool) * ephemeris.working_share(grid, cluster) + 1e-6))


def lost_accelerators(number: Floats, share: Floats) -> Ints:
    """(T,) whole accelerators that are gone of so many."""
    return np.floor(number * share + 0.5).astype(np.int64)

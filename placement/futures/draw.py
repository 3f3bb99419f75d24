"""What is drawn for a future: values of inputs, events, times that prices come from, flights that arrive.

A future is known by seed and number alone. Each input, event, vehicle has a stream of random numbers of its own
(Philox, by its name), so that another event, say, changes nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from zlib import crc32

import numpy as np

from placement.distributions import factor_of, quantile, shares
from placement.futures.history import History
from placement.kernels.work import Floats, Ints
from placement.plan import Plan
from placement.schema import Event, Scenario, Uncertainty
from placement.timegrid import TimeGrid
from placement.units import HOURS_PER_YEAR

INPUTS, EVENTS, PRICES, LAUNCHES = range(4)
"""Streams, each with one for every name."""


@dataclass(frozen=True)
class Future:
    """One draw."""

    number: int
    inputs: Floats
    """(k,) value of each uncertain input."""
    windows: tuple[Floats, ...]
    """For each event (n, 2): hours from the start at which it begins and ends."""
    blocks: tuple[Ints, ...]
    """For each `prices` (B,): hour of the history with which each block of the horizon begins."""
    arrived: dict[str, float]
    """Share of the planned flights of each vehicle that arrive."""


class Drawing:
    """Draws futures of a scenario.

    Parameters
    ----------
    scenario : Scenario
    grid : TimeGrid
    plan : Plan
        Its flights succeed or fail.
    histories : sequence of History
        Of each `prices`.
    seed : int
    """

    def __init__(self, scenario: Scenario, grid: TimeGrid, plan: Plan, histories: tuple[History, ...], seed: int):
        self.given = scenario.uncertainty or Uncertainty()
        self.grid, self.histories, self.seed = grid, histories, seed
        names = [each.label for each in self.given.inputs]
        matrix = np.eye(len(names))
        for pair in self.given.correlations:
            first, second = (names.index(name) for name in pair.between)
            matrix[first, second] = matrix[second, first] = pair.coefficient
        self.factor = factor_of(matrix)
        reliability = {vehicle.name: vehicle.reliability for vehicle in scenario.vehicles}
        flown: dict[str, int] = {}
        for name, flights in zip(plan.launches["vehicle"].tolist(), plan.launches["flights"].tolist(), strict=True):
            flown[name] = flown.get(name, 0) + flights
        self.flights = {name: (many, reliability[name]) for name, many in flown.items() if self.given.launches}

    def future(self, number: int) -> Future:
        """The future of a number, from 0."""
        given = self.given
        normal = [self._stream(number, INPUTS, each.label).standard_normal() for each in given.inputs]
        scores = self.factor @ np.array(normal)
        inputs = [
            float(quantile(each.distribution, shares(scores[k : k + 1]))[0]) for k, each in enumerate(given.inputs)
        ]
        windows = tuple(_windows(event, self.grid, self._stream(number, EVENTS, event.name)) for event in given.events)
        blocks = tuple(
            history.pick(self._stream(number, PRICES, " ".join(history.clusters))) for history in self.histories
        )
        arrived = {
            name: float(self._stream(number, LAUNCHES, name).binomial(many, share)) / many
            for name, (many, share) in self.flights.items()
            if many
        }
        return Future(number, np.array(inputs), windows, blocks, arrived)

    def _stream(self, number: int, kind: int, name: str) -> np.random.Generator:
        return np.random.Generator(np.random.Philox(key=self.seed, counter=[0, crc32(name.encode()), kind, number]))


def _windows(event: Event, grid: TimeGrid, random: np.random.Generator) -> Floats:
    """(n, 2) begin and end of each time that an event happens, in hours, in the order of time."""
    number = int(random.poisson(event.per_year * grid.hours / HOURS_PER_YEAR))
    begin = np.sort(random.uniform(0.0, grid.hours, number))
    lasts = random.exponential(event.hours, number)
    if event.between is not None:
        offset = grid.start.hour + grid.start.minute / 60 + grid.start.second / 3600
        first, last = event.between
        width = (last - first) % 24 or 24.0
        day = np.floor((begin + offset) / 24)
        begin = day * 24 + first + width * random.uniform(size=number) - offset
    windows = np.empty((number, 2))
    windows[:, 0], windows[:, 1] = begin, begin + lasts
    return windows

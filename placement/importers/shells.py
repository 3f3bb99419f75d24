"""Satellites that fly alike, in shells and planes.

A shell: inclinations within 0.1 degrees and altitudes within 5 km of each other. A plane of it: nodes within 2
degrees; of Sun-synchronous orbits local times of the node at the epoch within 8 minutes, which is the same. Windows of
that width are laid from the lowest member on that is in none, so that none spans more; of nodes, which go round, from
the one behind the widest gap on.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from placement.importers.elements import Satellite

INCLINATION_DEG = 0.1
ALTITUDE_KM = 5.0
NODE_DEG = 2.0


@dataclass(frozen=True)
class Plane:
    """Satellites of one plane, by their place along it."""

    satellites: tuple[Satellite, ...]

    @property
    def node_deg(self) -> float:
        """Where the node is, the mean, 0 to below 360: 15 degrees for each hour of local time, or right ascension."""
        nodes = [_node_deg(satellite) for satellite in self.satellites]
        mean = nodes[0] + np.mean([(node - nodes[0] + 180.0) % 360.0 - 180.0 for node in nodes])
        return float(round(mean % 360.0, 4) % 360.0)


@dataclass(frozen=True)
class Shell:
    """Planes of one altitude and inclination, by their nodes; all Sun-synchronous, or none."""

    planes: tuple[Plane, ...]
    sun_synchronous: bool

    @property
    def satellites(self) -> list[Satellite]:
        """All of them."""
        return [satellite for plane in self.planes for satellite in plane.satellites]

    @property
    def altitude_km(self) -> float:
        """Of the mean radius above the equatorial radius, the mean."""
        return float(np.mean([satellite.circle.altitude_km for satellite in self.satellites]))

    @property
    def inclination_deg(self) -> float:
        """The mean."""
        return float(np.mean([satellite.circle.inclination_deg for satellite in self.satellites]))


def shells(satellites: Sequence[Satellite], *, apart: bool = False) -> list[Shell]:
    """Satellites in shells and planes, the largest shell first; `apart`: each in a shell of its own.

    Parameters
    ----------
    satellites : sequence of Satellite
        With elements at one moment.
    """
    if apart:
        return [Shell((Plane((each,)),), each.circle.sun_synchronous) for each in satellites]
    found = []
    for synchronous in (False, True):
        alike = [each for each in satellites if each.circle.sun_synchronous == synchronous]
        for tilted in _windows(alike, lambda each: each.circle.inclination_deg, INCLINATION_DEG):
            for level in _windows(tilted, lambda each: each.circle.altitude_km, ALTITUDE_KM):
                found.append(Shell(_planes(level), synchronous))
    return sorted(found, key=lambda shell: (-len(shell.satellites), shell.altitude_km, shell.inclination_deg))


def _planes(satellites: Sequence[Satellite]) -> tuple[Plane, ...]:
    nodes = np.sort([_node_deg(each) for each in satellites])
    origin = float(nodes[np.argmax(np.diff(nodes, prepend=nodes[-1] - 360.0))])  # behind the widest gap
    groups = _windows(satellites, lambda each: (_node_deg(each) - origin) % 360.0, NODE_DEG)
    planes = [Plane(tuple(sorted(group, key=lambda each: each.circle.phase_deg))) for group in groups]
    return tuple(sorted(planes, key=lambda plane: plane.node_deg))


def _node_deg(satellite: Satellite) -> float:
    """Where the node is, degrees: by its local time where that is kept, else its right ascension."""
    return satellite.ltan * 15.0 if satellite.circle.sun_synchronous else satellite.circle.raan_deg


def _windows(satellites: Sequence[Satellite], of: Callable[[Satellite], float], width: float) -> list[list[Satellite]]:
    groups: list[list[Satellite]] = []
    begin = -np.inf
    for satellite in sorted(satellites, key=of):
        if not groups or of(satellite) > begin + width:
            groups.append([])
            begin = of(satellite)
        groups[-1].append(satellite)
    return groups

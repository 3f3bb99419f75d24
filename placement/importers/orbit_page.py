"""Shells of satellites as YAML: the sections `orbit` and `planes` of a cluster, with what is known as comments."""

import math
import re
from collections.abc import Mapping, Sequence

import numpy as np

from placement.importers.elements import Satellite, plain
from placement.importers.shells import ALTITUDE_KM, INCLINATION_DEG, NODE_DEG, Plane, Shell
from placement.importers.wanted import counted
from placement.physics import orbit
from placement.physics.constants import EARTH_RADIUS_KM


def page(named: Mapping[str, Shell], moment: np.datetime64, files: Sequence[str]) -> str:
    """The whole file; `named` holds satellites with elements at `moment`, UTC."""
    when = np.datetime_as_string(moment, unit="s")
    satellites = sum(len(shell.satellites) for shell in named.values())
    planes = sum(len(shell.planes) for shell in named.values())
    counts = ", ".join(
        counted(number, noun) for number, noun in ((satellites, "satellite"), (planes, "plane"), (len(named), "shell"))
    )
    lines = [
        f"# Orbits from {plain(', '.join(files))}: {counts}.",
        f"# Nodes (raan_deg) and places along the orbit (phase_deg) are those of {when}Z, which is to be the start of",
        "# the horizon. Copy what stands under a name into a cluster.",
        f"# Shells: inclinations within {INCLINATION_DEG:g} degrees, altitudes within {ALTITUDE_KM:g} km; "
        f"planes: nodes within {NODE_DEG:g} degrees.",
    ]
    for name, shell in named.items():
        lines += ["", f"{_key(name)}:", *(f"  {line}" for line in _section(shell, moment))]
    return "\n".join(lines) + "\n"


def _key(name: str) -> str:
    """A name as a key of YAML."""
    return name if re.match("[a-z]", name) and name not in ("null", "true", "false") else f'"{name}"'


def _section(shell: Shell, moment: np.datetime64) -> list[str]:
    first = shell.planes[0].satellites[0]
    lines = _of_one(first, moment) if len(shell.satellites) == 1 else _of_many(shell, moment)
    path = {"altitude_km": round(shell.altitude_km, 3), **_node(shell, shell.planes[0])}
    path["phase_deg"] = round(first.circle.phase_deg, 4) % 360.0
    lines.append(f"orbit: {_flow(path)}")
    if len(shell.planes) > 1:
        lines += [f"planes:  # with satellites: {{number: {len(shell.satellites)}}}"]
        for k, plane in enumerate(shell.planes, start=1):
            node = {key: value for key, value in _node(shell, plane).items() if key != "inclination_deg"}
            lines.append(f"  - {_flow({'name': f'plane-{k}', 'satellites': len(plane.satellites), **node})}")
    return lines


def _node(shell: Shell, plane: Plane) -> dict[str, float]:
    """How the plane lies: local time, or inclination and node."""
    if shell.sun_synchronous:
        return {"ltan": round(plane.node_deg / 15.0, 4) % 24.0}
    return {"inclination_deg": round(shell.inclination_deg, 4), "raan_deg": plane.node_deg}


def _flow(values: Mapping[str, object]) -> str:
    return "{" + ", ".join(f"{key}: {value}" for key, value in values.items()) + "}"


def _of_one(satellite: Satellite, moment: np.datetime64) -> list[str]:
    """What is known of a satellite, as comments."""
    circle = satellite.circle
    axis_km = float(orbit.mean_axis_km(circle.altitude_km, math.radians(circle.inclination_deg)))
    mean = axis_km - EARTH_RADIUS_KM
    low, high = mean - axis_km * circle.eccentricity, mean + axis_km * circle.eccentricity
    local = f"{_clock(satellite.ltan)}, kept" if circle.sun_synchronous else f"{_clock(circle.ltan)}, not kept"
    return [
        f"# {satellite.name}, number {plain(satellite.number)}, {_epochs([satellite], moment)}",
        f"# perigee {low:.1f}, mean {mean:.1f}, apogee {high:.1f} km above the equatorial radius; "
        f"period {float(orbit.period_minutes(mean)):.2f} min; eccentricity {circle.eccentricity:.2g}",
        f"# inclination {circle.inclination_deg:.4f} degrees, local time of the ascending node {local}",
    ]


def _of_many(shell: Shell, moment: np.datetime64) -> list[str]:
    satellites = shell.satellites
    altitudes = [each.circle.altitude_km for each in satellites]
    tilts = [each.circle.inclination_deg for each in satellites]
    names = ", ".join(each.name for each in satellites[:3]) + (", ..." if len(satellites) > 3 else "")
    return [
        f"# {len(satellites):,} satellites in {counted(len(shell.planes), 'plane')} ({names}), "
        f"{_epochs(satellites, moment)}",
        f"# altitudes {min(altitudes):.1f} to {max(altitudes):.1f} km, inclinations {min(tilts):.3f} to "
        f"{max(tilts):.3f} degrees, eccentricities up to {max(each.circle.eccentricity for each in satellites):g}",
    ]


def _epochs(satellites: Sequence[Satellite], moment: np.datetime64) -> str:
    """When elements were determined, and how long before the moment."""
    epochs = sorted(satellite.epoch for satellite in satellites)
    ages = [float((moment - epoch) / np.timedelta64(1, "D")) for epoch in (epochs[-1], epochs[0])]
    days = [f"{abs(age):,.1f} days {'before' if age >= 0 else 'after'}" for age in ages]
    texts = [f"{np.datetime_as_string(epoch, unit='m')}Z" for epoch in (epochs[0], epochs[-1])]
    if texts[0] == texts[1]:
        return f"epoch {texts[0]}, {days[0]}"
    return f"epochs {texts[0]} to {texts[1]}, {days[1]} to {days[0]}"


def _clock(hours: float) -> str:
    minutes = round(hours * 60) % 1440
    return f"{minutes // 60:02d}:{minutes % 60:02d}"

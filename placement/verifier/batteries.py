"""Batteries: power, energy, and never both ways at once (docs/model.md §6), with what modules add to them (§10)."""

from dataclasses import dataclass

import numpy as np

from placement.schema import Battery
from placement.verifier.energy import CHARGING, DISCHARGING, Energy, Raised, batteries_of, raised_in_ticks
from placement.verifier.findings import Findings
from placement.verifier.power import is_simple
from placement.verifier.spans import REAL_TOLERANCE, Reals, slack


@dataclass(frozen=True)
class Size:
    """What a battery can take, give and hold in each tick, with the modules that stand; shape (K,) each."""

    mw: Reals
    mwh: Reals


def size_of(battery: Battery, raised: Reals) -> Size:
    """Modules add `raised` MW, shape (K,), to its power, and mwh/mw times as much to its energy."""
    return Size(battery.mw + raised, battery.mwh + raised * battery.mwh / battery.mw)


def check(energy: Energy, raised: Raised, findings: Findings) -> None:
    """Every battery of every cluster."""
    for index, cluster in enumerate(energy.fleet.clusters):
        for battery in batteries_of(cluster) if not is_simple(cluster) else []:
            where = f"{cluster.name}, {battery.name}"
            size = size_of(battery, raised_in_ticks(energy.fleet, raised, index, battery.name))
            charge, discharge = (energy[index, battery.name, way] for way in (CHARGING, DISCHARGING))
            _check_power(size, charge, discharge, where, findings)
            gained = energy.fleet.grid.tick_span * (battery.round_trip_efficiency * charge - discharge)
            if energy.fleet.grid.representative:
                _check_cycles(energy, size, gained, where, findings)
            else:
                _check_chain(battery, size, gained, where, findings)


def _check_power(size: Size, charge: Reals, discharge: Reals, where: str, findings: Findings) -> None:
    for values, way in ((charge, "takes"), (discharge, "gives")):
        for tick in np.flatnonzero(values > size.mw + slack(size.mw)):
            text = f"it {way} {values[tick]:g} MW of at most {size.mw[tick]:g} MW."
            findings.add("battery", f"{where}, tick {tick}", text)
    for tick in np.flatnonzero(np.minimum(charge, discharge) > REAL_TOLERANCE):
        text = f"it takes {charge[tick]:g} MW and gives {discharge[tick]:g} MW at once."
        findings.add("battery", f"{where}, tick {tick}", text)


def _check_chain(battery: Battery, size: Size, gained: Reals, where: str, findings: Findings) -> None:
    """Levels run on from tick to tick from `initial_mwh`, and end no lower than they began.

    After each tick they are in [0, mwh], with the modules that stand in the tick's slot.
    """
    level = battery.initial_mwh + np.cumsum(gained)
    margin = slack(size.mwh)
    for tick in np.flatnonzero((level < -margin) | (level > size.mwh + margin)):
        text = f"it holds {level[tick]:g} MWh of at most {size.mwh[tick]:g} MWh."
        findings.add("battery", f"{where}, tick {tick}", text)
    if level[-1] < battery.initial_mwh - margin[-1]:
        findings.add("battery", where, f"it ends with {level[-1]:g} MWh and began with {battery.initial_mwh:g} MWh.")


def _check_cycles(energy: Energy, size: Size, gained: Reals, where: str, findings: Findings) -> None:
    """Each slot is a cycle of its own: it ends as it begins, and its levels span no more than `mwh` in that slot."""
    grid = energy.fleet.grid
    for slot in range(grid.slots):
        ticks = np.flatnonzero(grid.tick_slot == slot)
        level = np.concatenate([[0.0], np.cumsum(gained[ticks])])
        most = float(size.mwh[ticks[0]])
        if abs(level[-1]) > slack(most):
            text = f"it ends the representative day {level[-1]:+g} MWh from where it begins."
            findings.add("battery", f"{where}, slot {slot}", text)
        if level.max() - level.min() > most + slack(most):
            text = f"its levels span {level.max() - level.min():g} MWh and it holds {most:g} MWh."
            findings.add("battery", f"{where}, slot {slot}", text)

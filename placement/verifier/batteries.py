"""Batteries: power, energy, and never both ways at once (docs/model.md §6)."""

import numpy as np

from placement.schema import Battery
from placement.verifier.energy import CHARGING, DISCHARGING, Energy, batteries_of
from placement.verifier.findings import Findings
from placement.verifier.power import is_simple
from placement.verifier.spans import REAL_TOLERANCE, Reals, slack


def check(energy: Energy, findings: Findings) -> None:
    """Every battery of every cluster."""
    for index, cluster in enumerate(energy.fleet.clusters):
        for battery in batteries_of(cluster) if not is_simple(cluster) else []:
            where = f"{cluster.name}, {battery.name}"
            charge, discharge = (energy[index, battery.name, way] for way in (CHARGING, DISCHARGING))
            _check_power(battery, charge, discharge, where, findings)
            gained = energy.fleet.grid.tick_span * (battery.round_trip_efficiency * charge - discharge)
            if energy.fleet.grid.representative:
                _check_cycles(energy, battery, gained, where, findings)
            else:
                _check_chain(battery, gained, where, findings)


def _check_power(battery: Battery, charge: Reals, discharge: Reals, where: str, findings: Findings) -> None:
    for values, way in ((charge, "takes"), (discharge, "gives")):
        for tick in np.flatnonzero(values > battery.mw + slack(battery.mw)):
            findings.add(
                "battery",
                f"{where}, tick {tick}",
                f"it {way} {values[tick]:g} MW of at most {battery.mw:g} MW.",
            )
    for tick in np.flatnonzero(np.minimum(charge, discharge) > REAL_TOLERANCE):
        text = f"it takes {charge[tick]:g} MW and gives {discharge[tick]:g} MW at once."
        findings.add("battery", f"{where}, tick {tick}", text)


def _check_chain(battery: Battery, gained: Reals, where: str, findings: Findings) -> None:
    """Levels run on from tick to tick from `initial_mwh`, in [0, mwh], and end no lower than they began."""
    level = battery.initial_mwh + np.cumsum(gained)
    margin = slack(battery.mwh)
    for tick in np.flatnonzero((level < -margin) | (level > battery.mwh + margin)):
        findings.add(
            "battery",
            f"{where}, tick {tick}",
            f"it holds {level[tick]:g} MWh of at most {battery.mwh:g} MWh.",
        )
    if level[-1] < battery.initial_mwh - margin:
        findings.add("battery", where, f"it ends with {level[-1]:g} MWh and began with {battery.initial_mwh:g} MWh.")


def _check_cycles(energy: Energy, battery: Battery, gained: Reals, where: str, findings: Findings) -> None:
    """Each slot is a cycle of its own: it ends as it begins, and its levels span no more than `mwh`."""
    grid, margin = energy.fleet.grid, slack(battery.mwh)
    for slot in range(grid.slots):
        level = np.concatenate([[0.0], np.cumsum(gained[grid.tick_slot == slot])])
        if abs(level[-1]) > margin:
            text = f"it ends the representative day {level[-1]:+g} MWh from where it begins."
            findings.add("battery", f"{where}, slot {slot}", text)
        if level.max() - level.min() > battery.mwh + margin:
            text = f"its levels span {level.max() - level.min():g} MWh and it holds {battery.mwh:g} MWh."
            findings.add("battery", f"{where}, slot {slot}", text)

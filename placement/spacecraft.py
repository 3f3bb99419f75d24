"""What a satellite's parts give: power, heat, interruptions, links.

The crossing from its schema to `placement.physics`.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from placement.physics import array, optical, radiation, radiator
from placement.physics.constants import SOLAR_CONSTANT_W_M2, ZERO_CELSIUS_K
from placement.schema import Accelerator, Cluster, Pool, Satellites, Tier
from placement.schema.orbit import Crosslink, Radiator

DUPLICATED_SPEED = 0.5
"""Speed of runs in which everything is computed twice (`silent_errors: duplicate`)."""


def array_kw(satellites: Satellites) -> float:
    """Power of the array at begin of life in sunlight of 1,361 W/m², kW."""
    if satellites.array is None:
        assert satellites.array_kw is not None
        return satellites.array_kw
    return float(array.array_kw(satellites.array.m2, satellites.array.cell_efficiency, satellites.array.packing))


def array_at(satellites: Satellites, days: Any, years: Any) -> NDArray[np.float64]:
    """Power of the array facing the Sun, kW, at `days` since J2000 and an age in `years`; broadcast shape."""
    sun = array.solar_w_m2(days) / SOLAR_CONSTANT_W_M2
    return np.asarray(array_kw(satellites) * sun * array.retention(satellites.array_loss_per_year, years))


def load_kw(satellites: Satellites, kw: float) -> float:
    """Power of the whole satellite with all its accelerators at full speed, kW; `kw` is that of one accelerator."""
    return satellites.accelerators * kw * satellites.overhead


def heat_kw(satellites: Satellites, years: Any) -> NDArray[np.float64]:
    """Heat that the radiator gives off at an age in years, kW; inf without a radiator; shape of `years`."""
    years = np.asarray(years, dtype=np.float64)
    plate = satellites.radiator
    if plate is None:
        return np.full(years.shape, np.inf)
    aged = np.clip(years / satellites.life_years, 0.0, 1.0)
    emissivity, absorptivity = _coating(plate, aged)
    return radiator.rejected_kw(
        plate.m2,
        plate.temperature_c + ZERO_CELSIUS_K,
        emissivity,
        absorptivity,
        faces=plate.faces,
        sink_k=plate.sink_k,
        earth_view=plate.earth_view,
        sun_cosine=plate.sun_cosine,
        derate=plate.derate,
    )


def power_share(satellites: Satellites, kw: float, years: float) -> float:
    """Share of full load that array, at the Sun's mean distance, and radiator leave at an age in years."""
    load = load_kw(satellites, kw)
    power = array_kw(satellites) * float(array.retention(satellites.array_loss_per_year, years))
    return min(1.0, power / load, float(heat_kw(satellites, years)) / load)


def _coating(plate: Radiator, aged: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Emissivity and absorptivity at a share of the life."""
    last_e = plate.emissivity if plate.end_emissivity is None else plate.end_emissivity
    last_a = plate.absorptivity if plate.end_absorptivity is None else plate.end_absorptivity
    return plate.emissivity + (last_e - plate.emissivity) * aged, plate.absorptivity + (
        last_a - plate.absorptivity
    ) * aged


def working_share(satellites: Satellites, years: Any) -> NDArray[np.float64]:
    """Share of the accelerators that still work at an age in years; shape of `years`."""
    first = 1 - satellites.infant_loss
    return np.asarray(first * (1 - satellites.accelerator_loss_per_year) ** np.asarray(years, dtype=np.float64))


def dose_rad_per_year(cluster: Cluster) -> float | None:
    """Dose on the accelerators of an orbital cluster, rad/yr; None if it states no shielding."""
    satellites = cluster.satellites
    if cluster.orbit is None or satellites is None or satellites.shielding_mm is None:
        return None
    return float(radiation.dose_rad_per_year(cluster.orbit.altitude_km, satellites.shielding_mm))


def silent_errors_per_year(cluster: Cluster, accelerator: Accelerator) -> float:
    """Wrong results of one accelerator in a year by radiation; 0 where no shielding is stated."""
    dose = dose_rad_per_year(cluster)
    return 0.0 if dose is None else float(radiation.events_per_year(dose, accelerator.upsets.silent_rad))


def radiation_interruptions(cluster: Cluster, accelerator: Accelerator) -> float:
    """Interruptions of one accelerator in a year by radiation; 0 where no shielding is stated.

    Errors of memory, chip and host; with `silent_errors: restart` wrong results as well.
    """
    dose, satellites = dose_rad_per_year(cluster), cluster.satellites
    if dose is None or satellites is None:
        return 0.0
    upsets = accelerator.upsets
    rate = radiation.interruptions_per_year(
        dose, upsets.memory_rad, upsets.chip_rad, upsets.host_rad, satellites.chips_per_host
    )
    wrong = silent_errors_per_year(cluster, accelerator) if satellites.silent_errors == "restart" else 0.0
    return float(rate) + wrong


def interruptions(cluster: Cluster, pool: Pool, accelerator: Accelerator) -> float:
    """Interruptions per accelerator and year of a pool: its own, else the cluster's and those by radiation."""
    if pool.interruptions_per_accelerator_year is not None:
        return pool.interruptions_per_accelerator_year
    return cluster.interruptions_per_accelerator_year + radiation_interruptions(cluster, accelerator)


def crosslink_gbps(link: Crosslink) -> float:
    """Rate of a link between neighbours, each way, Gbit/s: as stated, else by its link budget."""
    if link.gbps is not None:
        return link.gbps
    wavelength = link.wavelength_nm * 1e-9
    gain_db = 10 * np.log10(optical.gain(link.aperture_m, wavelength, link.efficiency))
    power = optical.received_w(link.power_w, gain_db, wavelength, link.distance_km * 1e3, link.losses_db)
    sent = np.minimum(power, link.power_w)  # nearer than the far field nothing arrives that was not sent
    return float(optical.link_gbps(sent, link.photons_per_bit, wavelength, link.channels * link.channel_gbps))


def fabric(cluster: Cluster, pool: Pool) -> tuple[Tier, ...]:
    """Fabric tiers of a pool: its own, else a satellite and the formation of its plane where there is a crosslink.

    In a ring over the satellites an accelerator's share of a link is its rate over the accelerators of one satellite.
    """
    satellites = cluster.satellites
    if pool.fabric or satellites is None or satellites.crosslink is None:
        return pool.fabric
    planes = {plane.name: plane.satellites for plane in cluster.planes}
    number = planes.get(pool.plane or "", satellites.number)
    board = Tier(accelerators=satellites.accelerators, gbps=satellites.board_gbps)
    if number == 1:
        return (board,)
    share = crosslink_gbps(satellites.crosslink) / satellites.accelerators
    return (board, Tier(accelerators=satellites.accelerators * number, gbps=min(share, satellites.board_gbps)))

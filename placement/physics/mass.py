"""What a satellite weighs, part by part, and per kilowatt of accelerators.

Structure and bus are a share s of the dry mass, propellant follows from the rocket equation:

    dry = (array + radiator + accelerators + battery + shielding) / (1 - s)
    wet = dry · e^{Δv/(g Isp)}
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from placement.physics.constants import STANDARD_GRAVITY_M_S2


def parts_kg(
    *,
    array_kw: Any,
    array_kg_per_kw: Any,
    radiator_m2: Any,
    radiator_kg_per_m2: Any,
    compute_kw: Any,
    compute_kg_per_kw: Any,
    battery_kwh: Any,
    battery_kg_per_kwh: Any,
    shielding_kg_per_kw: Any,
    structure_share: Any,
    delta_v_m_s: Any,
    isp_s: Any,
) -> dict[str, NDArray[np.float64]]:
    """Mass of each part, kg, and their sum as `total`; each in the broadcast shape of the inputs.

    Parameters
    ----------
    array_kw, array_kg_per_kw : array
        Power of the array at begin of life, kW, and its mass per kW.
    radiator_m2, radiator_kg_per_m2 : array
        Planform of the radiator, m², with loops and pumps.
    compute_kw, compute_kg_per_kw, shielding_kg_per_kw : array
        Accelerators with hosts, kW, their mass and that of their shielding per kW.
    battery_kwh, battery_kg_per_kwh : array
        The whole battery, kWh.
    structure_share : array
        Structure, bus, harness, attitude control and links as a share of the dry mass, in [0, 1).
    delta_v_m_s, isp_s : array
        For keeping and leaving the orbit, m/s; specific impulse of the thrusters, s, > 0.
    """
    parts = {
        "array": np.multiply(array_kw, array_kg_per_kw),
        "radiator": np.multiply(radiator_m2, radiator_kg_per_m2),
        "accelerators": np.multiply(compute_kw, compute_kg_per_kw),
        "battery": np.multiply(battery_kwh, battery_kg_per_kwh),
        "shielding": np.multiply(compute_kw, shielding_kg_per_kw),
    }
    payload = sum(parts.values(), np.float64(0.0))
    dry = payload / (1 - np.asarray(structure_share, dtype=np.float64))
    parts["structure and bus"] = dry - payload
    with np.errstate(over="ignore"):  # more than can be lifted is inf
        parts["propellant"] = dry * np.expm1(np.divide(delta_v_m_s, STANDARD_GRAVITY_M_S2 * np.asarray(isp_s)))
    parts["total"] = dry + parts["propellant"]
    return {name: np.asarray(value, dtype=np.float64) for name, value in parts.items()}

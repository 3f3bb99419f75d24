"""Heat that a radiator gives off: what it emits less what it takes in from the Sun and the Earth, never a bare W/m².

    net = n ε σ (T⁴ - T_sink⁴) - n' (α S c + F_E (α a S + α_IR σ T_E⁴))        W per m² of planform

with n faces that emit and n' times the absorbed terms as they are given for the whole plate; a is the albedo, F_E the
view factor of the Earth, T_E its effective temperature. Thermal infrared is taken in with α_IR, which for a grey
surface is its emissivity.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from placement.physics.constants import (
    EARTH_ALBEDO,
    EARTH_INFRARED_W_M2,
    SOLAR_CONSTANT_W_M2,
    STEFAN_BOLTZMANN_W_M2_K4,
)


def rejected_kw(
    area_m2: Any,
    temperature_k: Any,
    emissivity: Any,
    absorptivity: Any,
    *,
    faces: Any = 2,
    sink_k: Any = 0.0,
    earth_view: Any = 0.0,
    sun_cosine: Any = 0.0,
    derate: Any = 1.0,
) -> NDArray[np.float64]:
    """Heat that a radiator gives off, kW, not below 0; broadcast shape.

    Parameters
    ----------
    area_m2 : array
        Planform, m².
    temperature_k : array
        Mean of its surface, K.
    emissivity, absorptivity : array
        Thermal and solar, of its coating at its age, in [0, 1].
    faces : array
        Faces that radiate, 1 or 2.
    sink_k : array
        Effective temperature of what the faces see, K; 0: only what the next two add.
    earth_view : array
        View factor of the Earth, both faces together; adds its infrared and light reflected as from the noon side, an
        upper end. A face turned to the Earth sees (R/r)²: 0.89, 0.82, 0.75 at 400, 650, 1,000 km; each face of a plate
        on edge to it (arcsin(R/r) - (R/r) sqrt(1 - (R/r)²))/π: 0.29, 0.24, 0.19, so twice that for both.
    sun_cosine : array
        Mean cosine of the Sun on the plate, 0 if it stands edge-on.
    derate : array
        What the built radiator gives over this theory: fins, flow, dead area, margins.

    Examples
    --------
    >>> round(float(rejected_kw(1000.0, 333.15, 0.9, 0.1, sink_k=220.0)))  # 60 degrees, both faces
    1018
    """
    out = emitted_w_m2(temperature_k, emissivity, faces, sink_k)
    sun = absorbed_sun_w_m2(absorptivity, SOLAR_CONSTANT_W_M2, sun_cosine)
    reflected = np.asarray(absorptivity, dtype=np.float64) * EARTH_ALBEDO * SOLAR_CONSTANT_W_M2
    earth = np.asarray(earth_view, dtype=np.float64) * (reflected + np.multiply(emissivity, EARTH_INFRARED_W_M2))
    net = np.maximum(out - sun - earth, 0.0)
    return np.asarray(np.asarray(area_m2, dtype=np.float64) * net * derate / 1e3)


def temperature_k(heat_w_m2: Any, emissivity: Any, faces: Any = 2, sink_k: Any = 0.0) -> NDArray[np.float64]:
    """Temperature at which a plate gives off so much heat, the inverse of `emitted_w_m2`, K; broadcast shape.

    Examples
    --------
    >>> round(float(temperature_k(1364.0, 0.9)) - 273.15)  # AI1's claim: both faces, empty sky
    67
    """
    grey = np.asarray(faces, dtype=np.float64) * np.asarray(emissivity, dtype=np.float64) * STEFAN_BOLTZMANN_W_M2_K4
    fourth = np.asarray(heat_w_m2, dtype=np.float64) / grey + np.asarray(sink_k, dtype=np.float64) ** 4
    return np.asarray(fourth**0.25)


def emitted_w_m2(temperature_k: Any, emissivity: Any, faces: Any = 2, sink_k: Any = 0.0) -> NDArray[np.float64]:
    """Emitted per m² of planform towards a sink, W/m².

    Parameters
    ----------
    temperature_k, sink_k : array
        Of the surface, and of what it sees, K, >= 0. Any shapes that broadcast.
    emissivity : array
        In [0, 1].
    faces : array
        Faces that radiate, 1 or 2.

    Returns
    -------
    array
        n ε σ (T⁴ - T_sink⁴), in the broadcast shape; negative where the sink is hotter.

    Examples
    --------
    >>> round(float(emitted_w_m2(293.15, 0.92)), 2)
    770.53
    """
    hot, cold = np.asarray(temperature_k, dtype=np.float64), np.asarray(sink_k, dtype=np.float64)
    grey = np.asarray(faces, dtype=np.float64) * np.asarray(emissivity, dtype=np.float64)
    return np.asarray(grey * STEFAN_BOLTZMANN_W_M2_K4 * (hot**4 - cold**4))


def absorbed_sun_w_m2(absorptivity: Any, solar_w_m2: Any, cosine: Any = 1.0) -> NDArray[np.float64]:
    """Sunlight taken in, α S max(cos θ, 0), W/m²; broadcast shape."""
    lit = np.maximum(np.asarray(cosine, dtype=np.float64), 0.0)
    return np.asarray(np.asarray(absorptivity, dtype=np.float64) * np.asarray(solar_w_m2, dtype=np.float64) * lit)


def absorbed_earth_w_m2(
    absorptivity: Any, absorptivity_ir: Any, view: Any, albedo: Any, solar_w_m2: Any, earth_k: Any
) -> NDArray[np.float64]:
    """Taken in from the Earth, F_E (α a S + α_IR σ T_E⁴), W/m²; broadcast shape."""
    reflected = np.asarray(absorptivity, dtype=np.float64) * albedo * np.asarray(solar_w_m2, dtype=np.float64)
    thermal = np.asarray(absorptivity_ir, dtype=np.float64) * STEFAN_BOLTZMANN_W_M2_K4
    return np.asarray(view * (reflected + thermal * np.asarray(earth_k, dtype=np.float64) ** 4))

"""Mass by parts: sums, the rocket equation, and that more of anything never weighs less."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from placement.physics import lifetime, mass

PLAIN = {
    "array_kw": 150.0,
    "array_kg_per_kw": 12.0,
    "radiator_m2": 110.0,
    "radiator_kg_per_m2": 7.0,
    "compute_kw": 112.0,
    "compute_kg_per_kw": 8.0,
    "battery_kwh": 30.0,
    "battery_kg_per_kwh": 6.7,
    "shielding_kg_per_kw": 1.0,
    "structure_share": 0.25,
    "delta_v_m_s": 200.0,
    "isp_s": 1500.0,
}
AMOUNTS = st.fixed_dictionaries(
    {
        **{name: st.floats(0.0, 1e4) for name in PLAIN if name not in ("structure_share", "isp_s")},
        "structure_share": st.floats(0.0, 0.9),
        "isp_s": st.floats(100.0, 5000.0),
    }
)


def total(**inputs: float) -> float:
    return float(mass.parts_kg(**inputs)["total"])  # type: ignore[arg-type]


def test_the_parts_of_a_satellite_by_hand() -> None:
    """1,800 + 770 + 896 + 201 + 112 = 3,779 kg are three quarters of the dry mass; 1.4 % of that is propellant."""
    parts = {name: float(kg) for name, kg in mass.parts_kg(**PLAIN).items()}  # type: ignore[arg-type]
    dry = 3779.0 / 0.75
    assert parts == pytest.approx(
        {
            "array": 1800.0,
            "radiator": 770.0,
            "accelerators": 896.0,
            "battery": 201.0,
            "shielding": 112.0,
            "structure and bus": dry - 3779.0,
            "propellant": dry * (np.exp(200.0 / (9.80665 * 1500.0)) - 1),
            "total": dry * np.exp(200.0 / (9.80665 * 1500.0)),
        }
    )


@given(AMOUNTS)
def test_the_total_is_the_sum_of_the_other_parts_and_none_is_negative(inputs: dict[str, float]) -> None:
    parts = mass.parts_kg(**inputs)  # type: ignore[arg-type]
    others = [float(kg) for name, kg in parts.items() if name != "total"]
    assert float(parts["total"]) == pytest.approx(sum(others), rel=1e-9, abs=1e-9)
    assert min(others) >= -1e-9 * float(parts["total"])


@pytest.mark.parametrize("name", [name for name in PLAIN if name != "isp_s"])
@given(inputs=AMOUNTS, more=st.floats(1.0, 1.1))
def test_more_of_anything_never_weighs_less(name: str, inputs: dict[str, float], more: float) -> None:
    assert total(**{**inputs, name: inputs[name] * more}) >= total(**inputs) * (1 - 1e-12)


@given(AMOUNTS, st.floats(1.0, 3.0))
def test_a_better_thruster_never_weighs_more(inputs: dict[str, float], better: float) -> None:
    assert total(**{**inputs, "isp_s": inputs["isp_s"] * better}) <= total(**inputs) * (1 + 1e-12)


@given(AMOUNTS)
def test_propellant_is_that_of_the_rocket_equation_for_the_dry_mass(inputs: dict[str, float]) -> None:
    parts = mass.parts_kg(**inputs)  # type: ignore[arg-type]
    dry = float(parts["total"] - parts["propellant"])
    burned = float(lifetime.propellant_kg(dry, inputs["delta_v_m_s"], inputs["isp_s"]))
    assert float(parts["propellant"]) == pytest.approx(burned, rel=1e-6, abs=1e-6 * max(dry, 1.0))


@pytest.mark.parametrize("share", [0.0, 0.04, 0.25, 0.9])
def test_the_structure_is_its_share_of_the_dry_mass(share: float) -> None:
    parts = mass.parts_kg(**{**PLAIN, "structure_share": share})  # type: ignore[arg-type]
    assert float(parts["structure and bus"] / (parts["total"] - parts["propellant"])) == pytest.approx(share)


def test_shapes_broadcast() -> None:
    wide = mass.parts_kg(**{**PLAIN, "array_kw": np.ones((2, 1)), "isp_s": np.full(3, 1e3)})  # type: ignore[arg-type]
    assert wide["total"].shape == (2, 3)

"""What a satellite's parts give, from its schema: array, radiator, interruptions, silent errors, links."""

from typing import Any

import numpy as np
import orbital
import pytest
from hypothesis import given
from hypothesis import strategies as st

from placement import spacecraft
from placement.physics import orbit
from placement.physics.goodput import gang_rate
from placement.schema import Accelerator, Cluster, Pool, Satellites
from placement.schema.orbit import Crosslink

JULY = float(orbit.days_since_j2000(np.array(["2027-07-04"], dtype="datetime64[us]"))[0])
JANUARY = float(orbit.days_since_j2000(np.array(["2027-01-03"], dtype="datetime64[us]"))[0])


def craft(**changed: Any) -> Satellites:
    return Satellites.model_validate(orbital.satellites(**changed))


def plate(**changed: Any) -> dict[str, Any]:
    """10 m² at 60 °C, emissivity 0.9, against 220 K."""
    return {"m2": 10.0, "temperature_c": 60.0, "emissivity": 0.9, "sink_k": 220.0, **changed}


# array


def test_an_array_by_its_area_is_one_by_its_power() -> None:
    by_area = craft(array={"m2": 105.0, "cell_efficiency": 0.22, "packing": 0.9}, array_kw=None)
    assert spacecraft.array_kw(by_area) == pytest.approx(28.295, abs=5e-4)
    assert spacecraft.array_kw(craft(array_kw=28.295)) == 28.295


@pytest.mark.parametrize("wrong", [{"array_kw": None}, {"array_kw": 5.0, "array": {"m2": 10.0}}])
def test_an_array_is_given_in_exactly_one_way(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="of array_kw and array"):
        craft(**wrong)


def test_the_array_follows_the_sun_and_its_age() -> None:
    satellites = craft(array_kw=100.0, array_loss_per_year=0.02)
    assert float(spacecraft.array_at(satellites, JANUARY, 0.0)) == pytest.approx(100 * 1408 / 1361, abs=0.1)
    assert float(spacecraft.array_at(satellites, JULY, 0.0)) == pytest.approx(100 * 1317 / 1361, abs=0.1)
    aged = spacecraft.array_at(satellites, JULY, np.array([0.0, 5.0]))
    assert float(aged[1] / aged[0]) == pytest.approx(0.98**5)


def test_load_is_all_accelerators_with_the_overhead() -> None:
    assert spacecraft.load_kw(craft(accelerators=64, overhead=1.07), 1.75) == pytest.approx(119.84)


# radiator


def test_without_a_radiator_heat_is_no_limit() -> None:
    assert np.isinf(spacecraft.heat_kw(craft(), np.array([0.0, 5.0]))).all()


def test_a_radiator_gives_off_what_the_table_says() -> None:
    """60 °C, both faces, emissivity 0.9 against 220 K: 1,018 W/m², and one face half of it."""
    assert float(spacecraft.heat_kw(craft(radiator=plate()), 0.0)) == pytest.approx(10.18, abs=0.006)
    assert float(spacecraft.heat_kw(craft(radiator=plate(faces=1)), 0.0)) == pytest.approx(5.09, abs=0.006)
    assert float(spacecraft.heat_kw(craft(radiator=plate(derate=0.5)), 0.0)) == pytest.approx(5.09, abs=0.006)


def test_its_coating_ages_in_a_straight_line_until_the_end_of_life_and_then_no_more() -> None:
    satellites = craft(life_years=4.0, radiator=plate(end_emissivity=0.8))
    kw = spacecraft.heat_kw(satellites, np.array([0.0, 1.0, 2.0, 4.0, 9.0]))
    np.testing.assert_allclose(kw / kw[0], np.array([0.9, 0.875, 0.85, 0.8, 0.8]) / 0.9)


@given(
    st.floats(0.5, 1.0), st.floats(0.1, 1.0), st.floats(0.0, 0.5), st.floats(0.0, 0.5),
    st.floats(0.0, 1.0), st.floats(0.0, 1.0), st.floats(0.0, 6.0), st.floats(0.0, 6.0),
)  # fmt: skip
def test_a_radiator_that_dulls_and_darkens_never_gets_better_with_age(
    first: float, kept: float, clear: float, darker: float, view: float, sun: float, one: float, other: float
) -> None:
    coating = {"emissivity": first, "end_emissivity": first * kept, "absorptivity": clear}
    coating |= {"end_absorptivity": clear + darker, "earth_view": view, "sun_cosine": sun}
    young, old = sorted((one, other))
    kw = spacecraft.heat_kw(craft(life_years=5.0, radiator=plate(**coating)), np.array([young, old]))
    assert kw[1] <= kw[0] * (1 + 1e-12)


# radiation


def flying(altitude: float = 650.0, **changed: Any) -> Cluster:
    return orbital.cluster({"altitude_km": altitude, "ltan": 18.0}, **{"shielding_mm": 10.0, **changed})


def test_a_chip_in_orbit_is_interrupted_by_its_memory_itself_and_its_host() -> None:
    """150 rad a year: 3.4 by memory, 0.03 by the chip, 0.7 by the host shared by four."""
    found = spacecraft.radiation_interruptions(flying(), orbital.ACCELERATOR)
    assert found == pytest.approx(150 / 44 + 150 / 5000 + 150 / 212 / 4, rel=1e-3)
    assert found == pytest.approx(3.4 + 0.03 + 0.7 / 4, abs=0.02)


@pytest.mark.parametrize(("chips", "hours"), [(64, 38.0), (512, 4.7), (4096, 0.59)])
def test_gangs_in_orbit_are_interrupted_as_often_as_published(chips: int, hours: float) -> None:
    rate = spacecraft.radiation_interruptions(flying(), orbital.ACCELERATOR)
    assert 1 / float(gang_rate(chips, rate)) == pytest.approx(hours, rel=0.01)


def test_wrong_results_come_8_8_times_a_year_and_interrupt_only_where_runs_go_back_for_them() -> None:
    plain = spacecraft.radiation_interruptions(flying(), orbital.ACCELERATOR)
    wrong = spacecraft.silent_errors_per_year(flying(), orbital.ACCELERATOR)
    assert wrong == pytest.approx(8.8, abs=0.05)
    for policy, more in (("ignore", 0.0), ("duplicate", 0.0), ("restart", wrong)):
        cluster = flying(silent_errors=policy)
        assert spacecraft.radiation_interruptions(cluster, orbital.ACCELERATOR) == pytest.approx(plain + more)
        assert spacecraft.silent_errors_per_year(cluster, orbital.ACCELERATOR) == wrong


def test_without_a_shielding_radiation_is_not_counted() -> None:
    cluster = orbital.cluster(silent_errors="duplicate")
    assert spacecraft.dose_rad_per_year(cluster) is None
    assert spacecraft.radiation_interruptions(cluster, orbital.ACCELERATOR) == 0.0
    assert spacecraft.silent_errors_per_year(cluster, orbital.ACCELERATOR) == 0.0


def test_a_pools_own_interruptions_replace_those_of_the_cluster_and_of_radiation() -> None:
    cluster = orbital.cluster(of_cluster={"interruptions_per_accelerator_year": 0.2}, shielding_mm=10.0)
    radiation = spacecraft.radiation_interruptions(cluster, orbital.ACCELERATOR)
    plain, own = Pool(accelerator="chip"), Pool(accelerator="chip", interruptions_per_accelerator_year=0.5)
    assert spacecraft.interruptions(cluster, plain, orbital.ACCELERATOR) == pytest.approx(0.2 + radiation)
    assert spacecraft.interruptions(cluster, own, orbital.ACCELERATOR) == 0.5


@given(st.floats(300.0, 2000.0), st.floats(300.0, 2000.0), st.floats(0.0, 30.0), st.floats(0.0, 10.0))
def test_lower_or_better_shielded_satellites_are_interrupted_no_more(
    one: float, other: float, mm: float, more: float
) -> None:
    low, high = sorted((one, other))
    chip = orbital.ACCELERATOR
    rates = [
        spacecraft.radiation_interruptions(flying(altitude, shielding_mm=thickness), chip)
        for altitude, thickness in ((low, mm + more), (low, mm), (high, mm))
    ]
    assert rates[0] <= rates[1] <= rates[2] * (1 + 1e-12)


def test_a_chip_that_takes_twice_the_dose_is_interrupted_half_as_often() -> None:
    upsets = {name: 2 * rad for name, rad in orbital.ACCELERATOR.upsets.model_dump().items()}
    tough = Accelerator.model_validate(orbital.ACCELERATOR.model_dump() | {"upsets": upsets})
    ratio = spacecraft.radiation_interruptions(flying(), orbital.ACCELERATOR) / spacecraft.radiation_interruptions(
        flying(), tough
    )
    assert ratio == pytest.approx(2.0)


# links and fabric


def test_a_links_rate_is_as_stated_or_by_its_budget() -> None:
    """Without a rate, the design of 24 channels of 400 Gbit/s: all of it to 300 km; 66 Gbit/s over 5,000."""
    assert spacecraft.crosslink_gbps(Crosslink(gbps=800.0)) == 800.0
    assert spacecraft.crosslink_gbps(Crosslink()) == 9600.0
    assert spacecraft.crosslink_gbps(Crosslink(distance_km=300.0)) == 9600.0
    assert spacecraft.crosslink_gbps(Crosslink(distance_km=5000.0)) == pytest.approx(65.6, abs=0.5)


@given(st.floats(0.001, 1e4), st.floats(1.0, 5.0), st.floats(1.39, 1e4))
def test_a_longer_link_is_never_faster(km: float, times: float, photons: float) -> None:
    near, far = (Crosslink(distance_km=d, photons_per_bit=photons) for d in (km, km * times))
    assert spacecraft.crosslink_gbps(far) <= spacecraft.crosslink_gbps(near)


def test_near_by_no_more_arrives_than_was_sent() -> None:
    """At 1 m Friis' formula would yield more than the 5 W sent: rate by 5 W at a million photons a bit."""
    close = Crosslink(distance_km=0.001, photons_per_bit=1e6, channels=10_000, channel_gbps=1e6)
    assert spacecraft.crosslink_gbps(close) == pytest.approx(5.0 / (1e6 * 6.62607015e-34 * 299792458 / 1.55e-6) / 1e9)


def tiers(cluster: Cluster, **pool: Any) -> list[tuple[int, float]]:
    found = spacecraft.fabric(cluster, Pool.model_validate({"accelerator": "chip", **pool}))
    return [(tier.accelerators, tier.gbps) for tier in found]


def test_a_formation_has_two_tiers_its_satellite_and_its_plane() -> None:
    """81 satellites of 64 with links of 800 Gbit/s: 64 at the board's speed, 5,184 at 12.5 Gbit/s each."""
    cluster = orbital.cluster(number=81, accelerators=64, crosslink={"gbps": 800.0}, board_gbps=3584.0)
    assert tiers(cluster) == [(64, 3584.0), (5184, 12.5)]


def test_the_formation_is_that_of_the_pools_plane() -> None:
    planes = [{"name": "morning", "satellites": 1}, {"name": "evening", "satellites": 4}]
    cluster = orbital.cluster(of_cluster={"planes": planes}, number=5, crosslink={"gbps": 100.0}, board_gbps=400.0)
    assert tiers(cluster, plane="evening") == [(10, 400.0), (40, 10.0)]
    assert tiers(cluster, plane="morning") == [(10, 400.0)]


def test_a_link_faster_than_the_board_is_held_down_by_it() -> None:
    cluster = orbital.cluster(number=2, crosslink={"gbps": 10_000.0}, board_gbps=50.0)
    assert tiers(cluster) == [(10, 50.0), (20, 50.0)]


def test_a_pools_own_fabric_counts_and_without_a_link_there_is_none() -> None:
    own = [{"accelerators": 10, "gbps": 77.0}]
    linked = orbital.cluster(number=2, crosslink={"gbps": 100.0})
    assert tiers(linked, fabric=own) == [(10, 77.0)]
    assert tiers(orbital.cluster(number=2)) == []


def test_the_share_that_works_falls_from_the_first_day_and_never_rises() -> None:
    """A twentieth fails at the start, 6 % of the rest a year."""
    satellites = orbital.cluster(infant_loss=0.05, accelerator_loss_per_year=0.06).satellites
    assert satellites is not None
    share = spacecraft.working_share(satellites, [0.0, 1.0, 5.0])
    assert share.tolist() == pytest.approx([0.95, 0.95 * 0.94, 0.95 * 0.94**5])
    plain = orbital.cluster().satellites
    assert plain is not None
    assert spacecraft.working_share(plain, 7.0) == 1.0

"""Published comparisons of orbit with Earth come out on their figures and on their side when the program decides.

Each study's own inputs, price of launch and boundary make a scenario of a setting-up slot and the years that it looks
at: modules on Earth, modules in orbit that a vehicle lifts, one demand. Inputs and printed figures are those of
`data/studies`, with their tolerances. No study discounts; so nothing is discounted here.

Thresholds without a test: of JLL and McKinsey (500 $/kg), ESPI (less than 400), BCG (100) and Turyshev (250 to 1,000
for launch and build) only the price is at hand, and not the mass per power, life and cost on Earth that it belongs to.
Nor have arXiv:2608.27499 (resupply, in tonnes) and arXiv:2604.07760 (mass per power) one, as they compare no dollars.
"""

from typing import Any, NamedTuple

import build
import in_process
import pytest

import placement
from placement import breaking_even, study
from placement.schema import Boundary
from placement.units import HOURS_PER_YEAR

YEAR = 8760
"""Hours of a year of the studies; lives and what is paid by the year are turned into years of 8,766 h."""

KG = "vehicles.rocket.usd_per_kg"


@pytest.fixture(autouse=True)
def _exact(monkeypatch: pytest.MonkeyPatch) -> None:
    """Solves find the optimum."""
    in_process.use(monkeypatch)
    monkeypatch.setattr(
        breaking_even, "solve", lambda scenario, **more: placement.solve(scenario, **more | {"gap": 0.0})
    )


# --- a study, its scenario and what comes out ---


def lasting(years: float) -> float:
    """Years of a study, in years here."""
    return years * YEAR / HOURS_PER_YEAR


def yearly(usd: float) -> float:
    """$ a year of a study, in $ a year here."""
    return usd * HOURS_PER_YEAR / YEAR


def row(name: str, what: str, pick: str | None = None) -> study.Row:
    """A row of a study that is shipped."""
    (found,) = [each for each in study.shipped(name).rows if each.what == what and each.pick == pick]
    return found


def printed(name: str, what: str, pick: str | None = None) -> Any:
    """What a study prints, within its tolerance."""
    one = row(name, what, pick)
    return pytest.approx(one.printed, abs=one.allowed)


def rocket(usd_per_kg: Any, **more: Any) -> dict[str, Any]:
    """Launch that is paid by the kilogram, as much as is wanted."""
    return {
        "name": "rocket", "payload_kg": {"sso": 1e9}, "usd_per_kg": usd_per_kg, "flights_per_period": 1000, **more
    }  # fmt: skip


def sky(*modules: dict[str, Any], name: str = "sky", **more: Any) -> dict[str, Any]:
    """Satellites in an orbit that is never dark, with array enough for July; none fly yet."""
    satellites = {
        "number": 1, "accelerator": "load", "accelerators": 1, "array_kw": 1000.0, "array_loss_per_year": 0.0,
        "overhead": 1.0, **more.pop("satellites", {}),
    }  # fmt: skip
    return {
        "name": name,
        "orbit": {"altitude_km": 1500.0, "ltan": "06:00"},
        "satellites": satellites,
        "pools": [{"accelerator": "load", "number": 0, **more.pop("pool", {})}],
        "interruptions_per_accelerator_year": 0.0,
        "modules": list(modules),
        **more,
    }


def earth(usd_per_kwh: float, *modules: dict[str, Any], name: str = "earth", **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "pools": [{"accelerator": "load", "number": 0}],
        "energy_price": usd_per_kwh * 1000,
        "interruptions_per_accelerator_year": 0.0,
        "modules": list(modules),
        **more,
    }


def hall(accelerators: int, years: float, number: int = 1, **more: Any) -> dict[str, Any]:
    """Room on Earth, which costs nothing if it is not said."""
    return {"name": "hall", "accelerators": accelerators, "life_years": lasting(years), "max": number, **more}


def work(demand: Any, *clusters: str, kw: float = 1.0) -> dict[str, Any]:
    """What is wanted on these, on all without any; nothing is as dear as to go without."""
    name, unmet = "-".join(("work", *clusters)), 1000.0 * kw
    return {"name": name, "demand": demand, "clusters": list(clusters), "unmet_usd_per_accelerator_hour": unmet}


def scenario(
    boundary: Boundary, clusters: list[dict[str, Any]], demand: float, years: float, kw: float = 1.0, **more: Any
) -> dict[str, Any]:
    """A slot in which modules are ordered, and `years` in which they stand. An accelerator has `kw`."""
    steps = 1 if years == int(years) else 2
    count = int(years * steps)
    return build.document(
        clusters,
        [],
        slots=1 + count,
        slot_hours=YEAR / steps,
        horizon={"period_slots": 1},
        accelerators=[{"name": "load", "bf16_tflops": 1.0, "memory_gb": 1.0, "kw": kw}],
        reference_accelerator="load",
        flows=more.pop("flows", [work([0.0] + [demand] * count, kw=kw)]),
        policy={"minimise": boundary},
        **more,
    )


class Side(NamedTuple):
    """What an optimal plan says."""

    orbital_share: float
    """Of all that is delivered."""
    usd: dict[str, float]
    """At the boundary, by place."""
    kwh: dict[str, float]
    plan: placement.Plan


def decided(document: dict[str, Any], only: str | None = None) -> Side:
    """What an optimal plan does, of all or on one cluster alone."""
    if only:
        document = {**document, "flows": [{**flow, "clusters": [only]} for flow in document["flows"]]}
    made = placement.scenario(document)
    result = placement.solve(made, gap=0.0, baseline=False)
    assert result.plan is not None, result.message
    unmet = result.plan.costs.set_index("category")["usd"].get("unmet", 0.0)
    assert unmet == pytest.approx(0.0, abs=1e-3)
    costs = placement.decade(made, result.plan).costs
    costs = costs[costs["boundary"] == document["policy"]["minimise"]].set_index("place")
    kwh = costs["hours"] * document["accelerators"][0]["kw"]
    share = float(kwh["orbit"] / kwh.sum())
    return Side(share, costs["usd"].to_dict(), kwh.to_dict(), result.plan)


def new_per_kw_year(document: dict[str, Any]) -> dict[str, float]:
    """$ per delivered kW and year of what is ordered at the start, by cluster, at the boundary."""
    table = placement.new_capacity(placement.scenario(document))
    first = table[table["period"] == 0].set_index("cluster")[document["policy"]["minimise"]]
    each: dict[str, float] = (first * YEAR / document["accelerators"][0]["kw"]).to_dict()
    return each


# --- Google Suncatcher, arXiv:2511.19468 ---


def suncatcher(what: str, powers: dict[str, tuple[float, float]], boundary: Boundary = "launch_and_power") -> Any:
    """Satellites of table 1, or power on Earth for what they carry: five against each price, $/kWh, and PUE."""
    satellite = row("suncatcher-launch", what).inputs
    years, kw = satellite["years"], satellite["kw"]
    carried = {"mass": {"total_kg": satellite["mass_kg"]}, "life_years": lasting(years)}
    above = sky({"name": "satellite", "satellites": 1, "max": 10}, satellites=carried)
    below = [earth(price, hall(5, years), name=name, pue=pue) for name, (price, pue) in powers.items()]
    document = scenario(boundary, [*below, above], 0.0, years, kw, vehicles=[rocket(satellite["usd_per_kg"])])
    demand = [0.0] + [5.0] * (document["horizon"]["slots"] - 1)
    document["flows"] = [work(demand, name, "sky", kw=kw) for name in powers]
    return document


EARTH_POWER = {name: row("suncatcher-launch", f"power on Earth, {name}").inputs for name in ("low", "high")}


@pytest.mark.parametrize(
    ("satellite", "up_at_200"),
    [
        ("Starlink v2 mini", 0.5),
        ("Starlink v1", 0.5),
        ("OneWeb", 0.0),
        ("Iridium NEXT", 0.0),
    ],
)
def test_suncatcher_table_1_launch_against_power_on_earth(satellite: str, up_at_200: float) -> None:
    """Agüera y Arcas et al., table 1: launch alone against 570 to 3,000 $/(kW yr) of power with cooling on Earth.

    Half of the work would have power at the low end of that, half at the high end. Today orbit is dearer than either;
    at 200 $/kg satellites as Starlink's take the half with dear power, and the two others nothing.
    """
    powers = {name: (inputs["usd_per_kwh"] * inputs["pue"], 1.0) for name, inputs in EARTH_POWER.items()}
    for when, share in (("today", 0.0), ("200 $/kg", up_at_200)):
        document = suncatcher(f"{satellite}, {when}", powers)
        reckoned = new_per_kw_year(document)
        assert reckoned["sky"] == printed("suncatcher-launch", f"{satellite}, {when}")
        for power in EARTH_POWER:
            assert reckoned[power] == printed("suncatcher-launch", f"power on Earth, {power}")
        side = decided(document)
        assert side.orbital_share == pytest.approx(share, rel=1e-9)
        if share:
            assert {flow["name"] for flow in document["flows"]} == set(side.plan.flows["flow"])
            up = side.plan.flows[side.plan.flows["cluster"] == "sky"]
            assert set(up["flow"]) == {"work-high-sky"}
            assert side.usd["orbit"] / (side.kwh["orbit"] / YEAR) == printed(
                "suncatcher-launch", f"{satellite}, {when}"
            )


def test_suncatcher_cooling_may_be_counted_apart_from_power() -> None:
    """The same with the PUE as the program has it: the study's power on Earth is energy and cooling."""
    powers = {name: (inputs["usd_per_kwh"], inputs["pue"]) for name, inputs in EARTH_POWER.items()}
    document = suncatcher("Starlink v2 mini, 200 $/kg", powers, "energy_cooling_launch")
    reckoned = new_per_kw_year(document)
    for power in EARTH_POWER:
        assert reckoned[power] == printed("suncatcher-launch", f"power on Earth, {power}")
    assert decided(document).orbital_share == pytest.approx(0.5, rel=1e-9)


def breaking_even_at(usd_per_kw_year: float) -> float:
    """m p/(P L) = power, for p."""
    inputs = row("suncatcher-launch", "Starlink v2 mini, today").inputs
    return usd_per_kw_year * inputs["kw"] * inputs["years"] / inputs["mass_kg"]


def test_suncatcher_breaks_even_at_200_usd_per_kg_with_power_of_810() -> None:
    """Table 1, Starlink v2 mini: the price of launch at which the share flips, found by the program, is m p/(P L)."""
    expected = breaking_even_at(810)
    assert expected == pytest.approx(200, rel=0.005)
    made = placement.scenario(suncatcher("Starlink v2 mini, today", {"earth": (810 / YEAR, 1.0)}))
    at = made.horizon.start.year + 2
    (flip,) = placement.breakeven(made, KG, 50, 1000, log=True, at=at, points=2, tolerance=0.008).flips
    assert flip.metrics == (1.0, 0.0)
    assert flip.low <= expected <= flip.high <= flip.low * 1.03


@pytest.mark.parametrize(("usd_per_kw_year", "usd_per_kg"), [(1200, 300), (14700, 3621.62)])
def test_suncatcher_breaks_even_at_other_prices_of_its_table(usd_per_kw_year: float, usd_per_kg: float) -> None:
    """As above; 3,621.62 is printed as 3,600, and 1,200 as "about 1,200", with a tolerance of 2 %."""
    expected = breaking_even_at(usd_per_kw_year)
    assert expected == pytest.approx(usd_per_kg, rel=0.02)
    made = placement.scenario(suncatcher("Starlink v2 mini, today", {"earth": (usd_per_kw_year / YEAR, 1.0)}))
    for price, share in ((expected * 0.999, 1.0), (expected * 1.001, 0.0)):
        result = placement.solve(made.replace(KG, price), gap=0.0, baseline=False)
        assert result.plan is not None
        assert set(result.plan.flows["cluster"]) == {"sky" if share else "earth"}


# --- Google Suncatcher, learning curve ---


def learning(tonnes: list[float], usd_per_kw_year: float) -> dict[str, Any]:
    """In each year another satellite is wanted for five years, of Earth or of that year's launch.

    Each has a demand and a cluster of its own, so that none waits for a cheaper launch: the study asks what launch
    costs in a year, and not when it is best to begin.
    """
    inputs = row("suncatcher-learning", "mass to 200 $/kg").inputs
    satellite = row("suncatcher-launch", "Starlink v2 mini, today").inputs
    life, count = int(satellite["years"]), len(tonnes)
    slots = count + life
    price = {
        "values": tonnes + [tonnes[-1]] * life,
        "learning": {"start": inputs["start_t"], "rate": inputs["learning_rate"]},
        "scale": inputs["start_usd"],
    }
    carried = {"mass": {"total_kg": satellite["mass_kg"]}, "life_years": lasting(satellite["years"])}
    one = {"name": "satellite", "satellites": 1, "max": 1}
    above = [
        sky({**one, "max_per_period": [int(t == k) for t in range(slots)]}, name=f"sky-{k}", satellites=carried)
        for k in range(count)
    ]
    below = earth(usd_per_kw_year / YEAR)
    below["pools"][0]["number"] = count
    kw = satellite["kw"]
    flows = [work([float(k < t <= k + life) for t in range(slots)], "earth", f"sky-{k}", kw=kw) for k in range(count)]
    return scenario("launch_and_power", [below, *above], 0.0, slots - 1, kw, flows=flows, vehicles=[rocket(price)])


def gone_up(document: dict[str, Any]) -> list[int]:
    """Years whose satellite was launched."""
    return sorted(decided(document).plan.builds["period"].tolist())


def power_at(usd_per_kg: float) -> float:
    """Power on Earth that costs what launch does at that price, $/(kW yr)."""
    return usd_per_kg / breaking_even_at(1.0)


def test_suncatcher_learning_curve_flips_at_its_tonnages() -> None:
    """1,800 $/kg at 400 t and a fifth less for each doubling: 300 $/kg at 104,000 t, 200 $/kg at 370,000 t.

    What flies a per cent, the study's tolerance, before a printed tonnage stays on Earth, and a per cent after it goes
    up, where power costs what launch does at that price.
    """
    ends = []
    for usd in (300, 200):
        one = row("suncatcher-learning", f"mass to {usd} $/kg")
        ends += [one.printed - one.allowed, one.printed + one.allowed]
    assert ends == sorted(ends)
    assert gone_up(learning(ends, power_at(300))) == [1, 2, 3]
    assert gone_up(learning(ends, power_at(200))) == [3]


def test_suncatcher_learning_curve_takes_ten_years_of_180_flights_of_200_t() -> None:
    """Some 1,800 flights at about 180 a year: after ten years it is 201 $/kg, and from the eleventh on orbit wins.

    At the 184 a year that follow from the curve it wins from the tenth on.
    """
    years = [9, 10, 11]
    assert printed("suncatcher-learning", "flights of 200 t") == 10 * 184.2
    for flights, up in ((180, [11]), (184.2, [10, 11])):
        tonnes = [400.0 + 200 * flights * year for year in years]
        assert [years[k] for k in gone_up(learning(tonnes, power_at(200)))] == up


# --- Starcloud, white paper 1.03 ---

TABLE_1 = row("starcloud-2024", "Earth, cooling, 5 %").inputs
STARCLOUD_EARTH = row("starcloud-2024", "Earth, all").inputs
STARCLOUD_SPACE = row("starcloud-2024", "space, all").inputs
SHIELDING = row("starcloud-2024", "space, shielding").inputs
KW = int(TABLE_1["mw"] * 1000)
PAYLOAD_KG = 100_000.0
"""Table 1 has one launch of 100 t for 40 MW."""


def starcloud(boundary: Boundary, usd_per_kg: float | None = None, shielding: bool = True, number: int = 1) -> Any:
    """40 MW for ten years, so many times: at table 1's own prices, or all at a price of launch."""
    years = TABLE_1["years"]
    shield_kg = SHIELDING["kw"] * SHIELDING["kg_per_kw"]
    satellite = {
        "name": "satellite", "accelerators": KW, "mass_kg": PAYLOAD_KG, "usd": STARCLOUD_SPACE["array"] * 1e6,
        "life_years": lasting(years), "max": number, "vehicles": ["flight"],
        "needs": {"shielding": 1.0 if shielding else 0.0},
    }  # fmt: skip
    shield = {
        "name": "shield", "gives": {"shielding": 1.0}, "mass_kg": shield_kg, "life_years": lasting(years),
        "max": number, "vehicles": ["rocket"],
    }  # fmt: skip
    flight = rocket(None, name="flight", payload_kg={"sso": PAYLOAD_KG})
    flight["usd_per_flight"] = STARCLOUD_SPACE["launch"] * 1e6 if usd_per_kg is None else usd_per_kg * PAYLOAD_KG
    lift = rocket(SHIELDING["usd_per_kg"] if usd_per_kg is None else usd_per_kg)
    below = earth(
        TABLE_1["usd_per_kwh"],
        hall(KW, years, number, usd=STARCLOUD_EARTH["backup"] * 1e6),
        pue=1 + TABLE_1["share"],
    )
    clusters = [below, sky(satellite, shield, resources={"shielding": 0.0})]
    return scenario(boundary, clusters, float(KW * number), years, vehicles=[flight, lift])


def test_starcloud_table_1_is_cheaper_in_orbit_at_its_own_prices() -> None:
    """167 M$ of energy, cooling and backup on Earth against 8.2 M$ of array, launch and shielding: 20 times.

    Energy, cooling and launch alone are 147 and 6.2 M$. The program keeps arrays and backup under facility, so that the
    printed sums are those of all but accelerators, where nothing else is given.
    """
    document = starcloud("all_but_accelerators")
    side, below = decided(document), decided(document, "earth")
    assert side.orbital_share == 1.0
    assert side.usd["orbit"] / 1e6 == printed("starcloud-2024", "space, all")
    assert below.usd["Earth"] / 1e6 == printed("starcloud-2024", "Earth, all")
    assert below.usd["Earth"] / side.usd["orbit"] == printed("starcloud-2024", "times cheaper")
    table = placement.new_capacity(placement.scenario(document))
    ratio = placement.parity_by_year(table, "all_but_accelerators")["ratio"].iloc[0]
    assert 1 / ratio == printed("starcloud-2024", "times cheaper")

    narrow = starcloud("energy_cooling_launch")
    side, below = decided(narrow), decided(narrow, "earth")
    assert side.orbital_share == 1.0
    assert decided(starcloud("energy_cooling_launch", 3620.0)).orbital_share == 0.0
    assert side.usd["orbit"] == pytest.approx(6.2e6, rel=1e-9)
    assert below.usd["Earth"] / 1e6 == pytest.approx(
        row("starcloud-2024", "Earth, energy").printed + row("starcloud-2024", "Earth, cooling, 5 %").printed, rel=0.005
    )


def test_starcloud_energy_in_orbit_for_two_tenths_of_a_cent() -> None:
    """Array and launch, without shielding, over 95 % of ten years: 0.002 $/kWh, where the US pay 0.045."""
    document = starcloud("all_but_accelerators", shielding=False)
    share = row("starcloud-2024", "space, energy price").inputs["share"]
    document["clusters"][1]["pools"][0]["speed"] = share
    document["clusters"][0]["energy_price"] = 45.0
    document["flows"][0]["demand"] = [0.0] + [share * KW] * 10
    side = decided(document)
    assert side.orbital_share == 1.0
    assert side.usd["orbit"] / side.kwh["orbit"] == printed("starcloud-2024", "space, energy price")


@pytest.mark.parametrize(("usd_per_kg", "share"), [(50, 1.0), (200, 1.0), (500, 1.0), (3620, 0.0)])
def test_starcloud_table_1_at_other_prices_of_launch(usd_per_kg: int, share: float) -> None:
    """140 t for 40 MW: at 3,620 $/kg 509 M$, and Earth costs a third of it."""
    document = starcloud("all_but_accelerators", float(usd_per_kg))
    side = decided(document)
    assert side.orbital_share == share
    other = decided(document, "earth" if share else "sky")
    above, below = side.usd["orbit"] + other.usd["orbit"], side.usd["Earth"] + other.usd["Earth"]
    rows = study.shipped("starcloud-sensitivity").rows
    index = next(i for i, each in enumerate(rows) if each.what == f"space at {usd_per_kg:,} $/kg")
    assert above / 1e6 == pytest.approx(rows[index].printed, abs=rows[index].allowed)
    assert below / above == pytest.approx(rows[index + 1].printed, abs=rows[index + 1].allowed)


def test_starcloud_table_1_breaks_even_at_1180_usd_per_kg() -> None:
    """2 M$ + 140 t p = 167 M$: between the 500 and the 3,620 $/kg of its variants."""
    below = decided(starcloud("all_but_accelerators"), "earth").usd["Earth"]
    expected = (below - STARCLOUD_SPACE["array"] * 1e6) / (PAYLOAD_KG + SHIELDING["kw"] * SHIELDING["kg_per_kw"])
    assert expected == pytest.approx(1180, rel=0.005)
    for usd_per_kg, share in ((expected * 0.999, 1.0), (expected * 1.001, 0.0)):
        assert decided(starcloud("all_but_accelerators", usd_per_kg)).orbital_share == share


def test_starcloud_5_gw_takes_125_flights_at_its_own_prices() -> None:
    """The paper says fewer than 100 flights for the computers, which its 40 MW a flight do not give.

    It prints no dollars for 5 GW; those here are 125 times table 1's.
    """
    count = round(row("starcloud-5gw", "launches of 40 MW").printed)
    document = starcloud("all_but_accelerators", number=count)
    side = decided(document)
    assert side.orbital_share == 1.0
    flights = side.plan.launches.groupby("vehicle")["flights"].sum()
    assert flights["flight"] == printed("starcloud-5gw", "launches of 40 MW")
    assert flights["flight"] >= 100
    assert side.usd["orbit"] / count / 1e6 == printed("starcloud-2024", "space, all")
    assert decided(starcloud("all_but_accelerators", 3620.0, number=count)).orbital_share == 0.0


@pytest.mark.parametrize(("years", "usd_per_kg"), [(5.0, 146), (10.0, 292)])
def test_starcloud_3_of_2026_does_not_reach_its_price_of_power_by_launch_alone(years: float, usd_per_kg: float) -> None:
    """200 kW and 3 t at 500 $/kg against 0.05 $/kWh, as told in March 2026 (17 and 25 times the paper's of 2024).

    The life is not published; with the usual 5 years and with the white paper's 10 launch alone costs more than that,
    so the figure cannot be had from what is given. It breaks even where 3,000 p/(200 L) is 438 $/(kW yr).
    """
    expected = 0.05 * YEAR * 200 * years / 3000
    assert expected == pytest.approx(usd_per_kg, rel=0.005)
    carried = {"mass": {"total_kg": 3000.0}, "life_years": lasting(years)}
    clusters = [
        earth(0.05, hall(1, years)),
        sky({"name": "satellite", "satellites": 1, "max": 1}, satellites=carried),
    ]
    for price, share in ((500.0, 0.0), (expected * 1.001, 0.0), (expected * 0.999, 1.0)):
        document = scenario("launch_and_power", clusters, 1.0, years, 200.0, vehicles=[rocket(price)])
        assert decided(document).orbital_share == share
    assert new_per_kw_year(document)["sky"] == pytest.approx(0.999 * new_per_kw_year(document)["earth"], rel=1e-9)


# --- McCalip, Economics of orbital vs terrestrial data centers ---

MCCALIP = "mccalip-calculator"
ORBITAL = row(MCCALIP, "orbit, all", "total_busd").inputs
TERRESTRIAL = row(MCCALIP, "Earth, all", "total_busd").inputs
GIGAWATT = 1_000_000


def mccalip(orbital: dict[str, Any], terrestrial: dict[str, Any], load: float, speed: Any = None) -> dict[str, Any]:
    """A gigawatt in orbit, delivered on average, or one on Earth; `load` is how much of it is wanted.

    GPUs that are replaced are, with the study, a share of the price of satellites and not of accelerators: operations.
    Left out `speed`, what the satellites lose is spread evenly over the years, as the study has it.
    """
    years = orbital["years"]
    fleet = fleet_of(orbital)
    usd = orbital["satellite_usd_per_w"] * fleet["kw"] * 1000
    shares = orbital["failures_per_year"] + orbital.get("operations_per_year", 0.01)
    satellites = {
        "name": "fleet", "accelerators": GIGAWATT, "mass_kg": fleet["kw"] * 1000 / orbital["watts_per_kg"],
        "usd": usd + orbital["development_musd"] * 1e6, "operations_usd_per_year": yearly(usd * shares),
        "life_years": lasting(years), "max": 1,
    }  # fmt: skip
    building = sum(terrestrial[f"{part}_usd_per_w"] for part in ("electrical", "mechanical", "civil", "network"))
    plant = terrestrial["turbine_usd_per_kw"] / 1000 * terrestrial["pue"]
    gas = terrestrial["btu_per_kwh"] * terrestrial["gas_usd_per_mmbtu"] / 1e6
    below = earth(gas, hall(GIGAWATT, years, usd=(building + plant) * 1e9), pue=terrestrial["pue"])
    if speed is not None:
        satellites |= {"accelerators": int(fleet["kw"]), "power_loss_per_year": orbital["loss_per_year"]}
    above = sky(satellites, pool={} if speed is None else {"speed": speed})
    vehicles = [rocket(orbital["launch_usd_per_kg"])]
    return scenario("all_but_accelerators", [below, above], load, years, vehicles=vehicles)


def fleet_of(orbital: dict[str, Any]) -> dict[str, float]:
    """Satellites that deliver a gigawatt on average, and their power at launch."""
    years, kept = int(orbital["years"]), 1 - orbital["loss_per_year"]
    retention = sum(kept**year for year in range(years)) / years
    number = -(-orbital["gw"] * 1e6 / (retention * orbital["sunlit"]) // orbital["satellite_kw"])
    return {"satellites": number, "kw": number * orbital["satellite_kw"], "retention": retention}


def usd_per_mwh(usd: float, kwh: float) -> float:
    """What so much costs by the MWh."""
    return usd / kwh * 1000


def test_mccalip_calculator_at_its_defaults_is_cheaper_on_earth() -> None:
    """All but accelerators, 500 $/kg and 22 $/W: 51.1 $/W and 1,167 $/MWh in orbit, 15.85 $/W and 426 $/MWh on Earth.

    On Earth 85 % of the hours are used, and paid for in fuel; so much is wanted of either.
    """
    document = mccalip(ORBITAL, TERRESTRIAL, TERRESTRIAL["capacity_factor"] * GIGAWATT)
    side = decided(document)
    assert side.orbital_share == 0.0
    assert side.usd["Earth"] / 1e9 == printed(MCCALIP, "Earth, per watt", "usd_per_w")
    assert usd_per_mwh(side.usd["Earth"], side.kwh["Earth"]) == printed(MCCALIP, "Earth, energy", "usd_per_mwh")
    fuel = side.plan.costs.set_index("category")["usd"]
    assert (fuel["energy"] + fuel["cooling"]) / 1e9 == printed(MCCALIP, "Earth, fuel in five years", "fuel_busd")

    full = mccalip(ORBITAL, TERRESTRIAL, float(GIGAWATT))
    above = decided(full, "sky")
    assert above.usd["orbit"] / 1e9 == printed(MCCALIP, "orbit, per watt", "usd_per_w")
    assert usd_per_mwh(above.usd["orbit"], above.kwh["orbit"]) == printed(MCCALIP, "orbit, energy", "usd_per_mwh")
    launch = above.plan.costs.set_index("category")["usd"]["launch"]
    assert launch / 1e9 == printed(MCCALIP, "orbit, launch at 500 $/kg", "launch_busd")
    assert decided(full).orbital_share == 0.0
    assert new_per_kw_year(full)["sky"] / 1000 * 5 == printed(MCCALIP, "orbit, per watt", "usd_per_w")


def test_mccalip_calculator_with_satellites_that_age_as_the_program_has_it() -> None:
    """1,073 MW at launch, lit for 98 %, a fortieth less each year: a gigawatt on average, less what a half-year takes.

    The study takes the power at the beginning of each year, the program in its middle: hours are (1 - d)^½ of the
    study's in a plan, and a kWh is 1.3 % dearer than printed.
    """
    fleet, years = fleet_of(ORBITAL), int(ORBITAL["years"])
    kept = 1 - ORBITAL["loss_per_year"]
    document = mccalip(ORBITAL, TERRESTRIAL, 0.0, speed=ORBITAL["sunlit"])
    wanted = [0.0] + [
        fleet["kw"] * kept ** lasting(year + 0.5) * ORBITAL["sunlit"] - 1 for year in range(years)
    ]  # all that is there, but for what whole accelerators take
    document["flows"][0]["demand"] = wanted
    side = decided(document, "sky")
    each = usd_per_mwh(side.usd["orbit"], side.kwh["orbit"])
    assert each * kept**0.5 == printed(MCCALIP, "orbit, energy", "usd_per_mwh")
    assert each == pytest.approx(row(MCCALIP, "orbit, energy", "usd_per_mwh").printed, rel=0.015)
    document["flows"][0]["demand"] = [0.0] + [0.8 * GIGAWATT] * years
    assert decided(document).orbital_share == 0.0


@pytest.mark.parametrize(
    "what",
    [
        "orbit, launch at 20 $/kg",
        "orbit, launch at 2,940 $/kg",
        "orbit, satellites at 5 $/W",
        "orbit, 3 W/kg",
        "orbit, 75 W/kg",
    ],
)
def test_mccalip_calculator_away_from_its_defaults_stays_on_earth(what: str) -> None:
    """Launch at 20 to 2,940 $/kg, satellites at 5 $/W, 3 and 75 W/kg: 36 to 393 $/W against 15.4."""
    orbital = row("mccalip-scenarios", what, "usd_per_w").inputs
    gas = row("mccalip-scenarios", "gas plant of 1,450 $/kW, per watt", "usd_per_w")
    years = int(orbital["years"])
    document = mccalip(orbital, {**gas.inputs, "years": years}, float(GIGAWATT))
    assert new_per_kw_year(document)["sky"] * years / 1000 == printed("mccalip-scenarios", what, "usd_per_w")
    assert decided(document).orbital_share == 0.0


def test_mccalip_calculator_breaks_even_with_satellites_at_5_usd_per_w_and_launch_at_231_usd_per_kg() -> None:
    """No price of launch is enough at 22 $/W; at 5 $/W it is what Earth's 15.85 G$ leave for 29.4 kt.

    Worked out from the study's inputs, not printed: 5 $/W x 1.5 for operations and replacements, 1 G$ of development.
    """
    needed = 5.0 * fleet_of(ORBITAL)["kw"] * 1000
    mass = fleet_of(ORBITAL)["kw"] * 1000 / ORBITAL["watts_per_kg"]
    load = TERRESTRIAL["capacity_factor"] * GIGAWATT
    below = decided(mccalip(ORBITAL, TERRESTRIAL, load)).usd["Earth"]
    expected = (below - 1e9 - 1.5 * needed) / mass
    assert expected == pytest.approx(231, rel=0.005)
    for usd_per_w, price, share in ((22.0, 0.0, 0.0), (5.0, expected * 1.001, 0.0), (5.0, expected * 0.999, 1.0)):
        orbital = {**ORBITAL, "satellite_usd_per_w": usd_per_w, "launch_usd_per_kg": price}
        assert decided(mccalip(orbital, TERRESTRIAL, load)).orbital_share == share


def test_mccalip_page_as_text_is_cheaper_on_earth() -> None:
    """31.2 against 14.8 $/W, from 9 G$ of satellites and 22.2 kt at 1,000 $/kg; 13.8 $/W and 1.0 of fuel on Earth.

    Its 891 $/MWh are over four years, though the page says five. On Earth the fuel is given in all, not by price.
    """
    name, years = "mccalip-page", 4.0
    satellites = row(name, "orbit, all").inputs["satellites"]
    launch = row(name, "orbit, launch at 1,000 $/kg").inputs
    capital, fuel = (row(name, "Earth, per watt").inputs[key] for key in ("capital", "fuel"))
    fleet = {
        "name": "fleet", "accelerators": GIGAWATT, "mass_kg": launch["kt"] * 1e6, "usd": satellites * 1e9,
        "life_years": lasting(years), "max": 1,
    }  # fmt: skip
    below = earth(fuel * 1e9 / (GIGAWATT * years * YEAR), hall(GIGAWATT, years, usd=capital * 1e9))
    vehicles = [rocket(launch["usd_per_kg"])]
    document = scenario("all_but_accelerators", [below, sky(fleet)], float(GIGAWATT), years, vehicles=vehicles)
    side, above = decided(document), decided(document, "sky")
    assert side.orbital_share == 0.0
    assert side.usd["Earth"] / 1e9 == printed(name, "Earth, per watt")
    assert above.usd["orbit"] / 1e9 == printed(name, "orbit, all")
    assert usd_per_mwh(above.usd["orbit"], above.kwh["orbit"]) == printed(name, "orbit, energy")


# --- everything: ITK on AI1, and the one price that is public ---


def rented(usd_per_w_year: float) -> dict[str, Any]:
    """Power with all that computes, on Earth, by the hour."""
    below = earth(0.0)
    below["pools"][0] |= {
        "number": 10 * GIGAWATT, "usd_per_accelerator_hour": usd_per_w_year * 1000 / YEAR
    }  # fmt: skip
    return below


ITK_EARTH, ITK_NEEDED = 8.50, 11.30
"""D. Leitch (ITK), July 2026: achievable on Earth, and needed by AI1, $/(W yr)."""


@pytest.mark.parametrize(
    ("loss_in_five_years", "delivered"),
    [
        (0.15, 0.83),
        (0.25, 0.78),
    ],
)
def test_itk_on_ai1_all_in_is_cheaper_on_earth(loss_in_five_years: float, delivered: float) -> None:
    """31 $/W of chips and 9 of the rest; a tenth fails early, and 15 to 25 % in five years.

    The study prints 72 to 83 % of nameplate delivered, of which the kinder follows from its failures, and a need of
    11.30 $/(W yr), of which the return that it asks is not at hand; without any it is 9.6 or more. That is above the
    8.50 "achievable", taken here for what power with chips costs on Earth. Launch is in the 9 $/W. Were it 11.30 on
    Earth, orbit would win.

    All is ordered at once, as in the study: by losses in early years and a straight line of what is left, a year's wait
    would pay at the higher of the two.
    """
    parts = row("announced-2026", "AI1, chips and the rest").inputs
    assert sum(parts.values()) == printed("announced-2026", "AI1, chips and the rest")
    years, kw = 5.0, 10_000
    satellite = {
        "name": "ai1", "accelerators": kw, "mass_kg": row("satellite-power", "AI1, mass").printed * kw,
        "usd": parts["rest"] * kw * 1000, "accelerators_usd": parts["chips"] * kw * 1000,
        "life_years": lasting(years),
        "infant_loss": 0.1, "accelerator_loss_per_year": 1 - (1 - loss_in_five_years) ** (1 / years), "max": 1,
        "max_per_period": [1, 0, 0, 0, 0, 0],
    }  # fmt: skip
    document = scenario("all_in", [rented(ITK_EARTH), sky(satellite)], float(kw), years, vehicles=[rocket(0.0)])
    table = placement.new_capacity(placement.scenario(document)).iloc[0]
    share = table["hours"] / (kw * HOURS_PER_YEAR)
    assert share == pytest.approx(delivered, abs=0.005)
    needed = table["all_in"] * YEAR / 1000
    assert needed == pytest.approx(sum(parts.values()) / years / share, rel=1e-9)
    assert ITK_EARTH < needed < ITK_NEEDED
    chips = (table["all_in"] - table["all_but_accelerators"]) / table["all_in"]
    assert chips == pytest.approx(parts["chips"] / sum(parts.values()), rel=1e-9)
    side = decided(document)
    assert side.orbital_share == 0.0
    assert side.usd["Earth"] == pytest.approx(ITK_EARTH * 1000 * kw * years, rel=1e-9)
    document["clusters"][0] = rented(ITK_NEEDED)
    assert decided(document).orbital_share == pytest.approx(share, rel=0.001)


def test_atomic_6_rack_in_orbit_costs_fifty_times_what_a_gigawatt_does_on_earth() -> None:
    """3.5 M$ a month for 100 kW, 420 k$/(kW yr), the one price that is public; Epoch AI: 8.5 M$/MW a year on Earth."""
    price = row("announced-2026", "Atomic-6, rack of 100 kW").inputs
    epoch = row("epoch-gigawatt", "per MW").printed
    rack = {
        "name": "rack", "accelerators": int(price["kw"]), "operations_usd_per_year": yearly(price["numerator"] * 1000),
        "mass_kg": 1.0, "life_years": lasting(5), "max": 1,
    }  # fmt: skip
    document = scenario("all_in", [rented(epoch), sky(rack)], price["kw"], 5.0, vehicles=[rocket(0.0)])
    assert decided(document).orbital_share == 0.0
    above = decided(document, "sky")
    assert above.usd["orbit"] / (price["kw"] * 5) / 1000 == printed("announced-2026", "Atomic-6, rack of 100 kW")
    assert above.usd["orbit"] / decided(document, "earth").usd["Earth"] == pytest.approx(49.4, rel=0.01)

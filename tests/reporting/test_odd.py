"""Reports of odd scenarios: flows alone, months, several planes, sites on the date line, names that collide."""

from pathlib import Path
from typing import Any

import build
import in_process
import pytest

import placement
from placement.folder import Stored
from placement.reporting import Report, report
from placement.reporting.page import columns


def stored(folder: Path, *args: Any, **more: Any) -> Stored:
    scenario = build.scenario(*args, **more)
    with pytest.MonkeyPatch.context() as patch:
        in_process.use(patch)
        result = placement.solve(scenario, gap=1e-6, work_limit=20)
    assert result.plan is not None
    return placement.read_plan(placement.write_plan(folder / "x.plan", scenario, result))


def made(folder: Path, *args: Any, **more: Any) -> Report:
    return report(stored(folder, *args, **more))


def test_flows_count_in_what_is_delivered_and_served(tmp_path: Path) -> None:
    """Three of four hours of 12 accelerators are wanted, 8 are there."""
    flow = {"name": "f", "demand": [12.0, 12.0, 12.0, 0.0], "unmet_usd_per_accelerator_hour": 5.0}
    found = made(tmp_path, jobs=[], flows=[flow])
    facts = {fact.label: fact for fact in found.headline}
    assert facts["In orbit"].note.startswith("of 24 delivered hours")
    assert facts["Work served"].value == "66.67 %"
    assert facts["Work served"].note == "66.67 % of flows is served"
    boundaries = found.figure("boundaries").tables["boundaries"]
    assert boundaries["usd_per_hour"].tolist()[-1] == pytest.approx(0.1)


def test_a_curtailed_month_is_shaded_and_no_other(tmp_path: Path) -> None:
    grid = {"kind": "grid", "limit_mw": 0.02, "curtailments": [
        {"from": "2027-07-01T00:00:00Z", "to": "2027-08-01T00:00:00Z", "limit_mw": 0.002}
    ]}  # fmt: skip
    site = build.cluster(sources=[grid, {"kind": "battery", "mw": 0.001, "mwh": 0.002}])
    horizon = {"slot": "month", "start": "2027-06-01T00:00:00Z"}
    found = made(tmp_path, [site], [build.job(hours=300.0, count=5)], slots=6, horizon=horizon)
    bands = found.figure("limits").tables["bands"]
    start = 1_811_808_000_000
    days = ((bands[["from", "to"]] - start) / 86_400_000).to_numpy().tolist()
    assert days == [[30.0, 61.0]]


def test_units_of_limits_over_a_span_are_hours(tmp_path: Path) -> None:
    limits = [
        {"name": "quota", "of": "accelerators", "per": "horizon", "max": 8},
        {"name": "now", "of": "mw", "max": 1.0},
        {"name": "energy", "of": "mwh", "per": "horizon", "max": 1.0},
        {"name": "seats", "of": "seats", "per": "horizon", "max": 90.0},
    ]
    site = build.cluster(resources={"seats": 9})
    found = made(tmp_path, [site], [{**build.job(), "uses": {"seats": 1}}], limits=limits)
    units = {panel.key: panel.unit for panel in found.figure("limits").panels}
    assert {name: units[f"limit {name}"] for name in ("quota", "now", "energy", "seats")} == {
        "quota": "accelerator-hours per horizon", "now": "MW per slot",
        "energy": "MWh per horizon", "seats": "seats-hours per horizon",
    }  # fmt: skip


def test_each_plane_has_its_own_eclipse(tmp_path: Path) -> None:
    """In June a plane that rises at 6:00 stays in the sun, one that rises at noon does not."""
    sky = {
        "name": "sky",
        "orbit": {"altitude_km": 1200.0, "ltan": 6.0},
        "planes": [{"name": "dawn", "satellites": 1}, {"name": "noon", "satellites": 1, "ltan": 12.0}],
        "satellites": {"number": 2, "accelerator": "h100-sxm", "accelerators": 4, "array_kw": 20.0},
        "link": {"gbps_in": 10.0, "gbps_out": 10.0},
        "interruptions_per_accelerator_year": 0.0,
    }
    found = made(tmp_path, [sky], [build.job(count=4)])
    bands = found.figure("limits").tables["bands"]
    assert bands["panel"].tolist() == ["sky/noon accelerators"]


def test_a_resource_that_is_called_power_has_a_panel_of_its_own(tmp_path: Path) -> None:
    site = build.cluster(resources={"power": 3}, power_limit_mw=0.006)
    found = made(tmp_path, [site], [{**build.job(), "uses": {"power": 1}}])
    figure = found.figure("limits")
    keys = [panel.key for panel in figure.panels]
    assert sorted(keys) == ["earth power (power)", "earth power (resource)", "earth/h100-sxm accelerators"]
    assert set(figure.tables["use"]["panel"]) == set(keys)


def test_sites_on_both_sides_of_the_date_line_are_one_region(tmp_path: Path) -> None:
    places = {"fiji": (-17.0, 178.0), "samoa": (-13.0, -172.0), "paris": (49.0, 2.0)}
    sites = [
        build.cluster(name, place={"lat": lat, "lon": lon, "country": "FR"}) for name, (lat, lon) in places.items()
    ]
    found = made(tmp_path, sites)
    assert [figure.title for figure in found.figures if figure.name.startswith("map-close")] == [
        "Sites on Earth, 168° E to 162° W"
    ]
    near = found.figure("map-close-1").tables["sites"]
    assert sorted(near["lon"]) == [178.0, 188.0]


def test_shared_data_are_on_the_map(tmp_path: Path) -> None:
    site = build.cluster(place={"lat": 10.0, "lon": 10.0, "country": "US"}, link={"gbps_in": 10.0, "gbps_out": 10.0})
    found = made(
        tmp_path, [site], [build.job(dataset="d")], slots=6, policy={"stage_hours": 1.0},
        places={"home": {"lat": 50.0, "lon": 10.0, "country": "DE"}},
        datasets=[{"name": "d", "tb": 1.0, "home": "home"}],
    )  # fmt: skip
    flows = found.figure("map").tables["flows"]
    assert flows[["from", "to", "what", "tb"]].to_numpy().tolist() == [["home", "earth", "shared data in", 1.0]]


def test_what_batteries_give_is_not_counted_twice(tmp_path: Path) -> None:
    """Energy of a panel is what the tables say; charged at night, spent by day."""
    sources = [
        {"kind": "grid", "limit_mw": 0.004, "price": [10.0, 10.0, 900.0, 900.0]},
        {"kind": "battery", "mw": 0.004, "mwh": 0.008, "initial_mwh": 0.0},
    ]
    plan = stored(tmp_path, [build.cluster(sources=sources)], [build.job(hours=2.0, pin_start="2027-06-07T02:00:00Z")])
    energy = plan.plan.energy.groupby("kind")["mw"].sum()
    assert energy["discharge"] > 0
    (panel,) = report(plan).figure("power").panels
    assert panel.note == f"{round(energy['grid'])} MWh"


def test_years_are_names(of_decade: Report) -> None:
    content = of_decade.html()
    assert '["year","year","words"]' in content
    assert columns(of_decade.figure("years").tables["years"])["year"][0] > 2000

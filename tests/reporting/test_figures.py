"""Figures: what they say is what the verifier says, they can be drawn, and every axis has a unit."""

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import placement
from placement.folder import Stored
from placement.reporting import Figure, Report, drawing
from placement.reporting.colours import DARK, LIGHT, plain
from placement.reporting.figure import records
from placement.verifier.reading import ACCELERATORS

REPORTS = ("of_day", "of_decade")


@pytest.fixture(params=REPORTS)
def made(request: pytest.FixtureRequest) -> Report:
    return request.getfixturevalue(request.param)  # type: ignore[no-any-return]


def table(found: Report, figure: str, name: str) -> Any:
    return found.figure(figure).tables[name]


def test_all_figures_are_there(of_day: Report, of_decade: Report) -> None:
    both = {figure.name for figure in (*of_day.figures, *of_decade.figures)}
    assert both == {
        "map", "map-close-1", "busy", "running", "limits", "cost", "cost-clusters", "service", "boundaries", "power",
        "energy", "carbon", "years", "builds", "flights", "tonnes", "search",
    }  # fmt: skip


@pytest.mark.parametrize(("name", "report_name"), [("day", "of_day"), ("decade", "of_decade")])
def test_dollars_are_the_verifiers(name: str, report_name: str, request: pytest.FixtureRequest) -> None:
    stored: Stored = request.getfixturevalue(name)
    found: Report = request.getfixturevalue(report_name)
    checked = placement.verify(stored.scenario, stored.plan)
    service = table(found, "service", "cost")["usd"].sum() if "service" in {f.name for f in found.figures} else 0.0
    assert table(found, "cost", "cost")["usd"].sum() + service == pytest.approx(sum(checked.costs.values()), rel=1e-12)
    by_cluster = table(found, "cost-clusters", "cost").groupby("cluster")["usd"].sum()
    for cluster in stored.scenario.clusters:
        mine = sum(
            usd for (category, where), usd in checked.costs.items()
            if where == cluster.name and category not in placement_service()
        )  # fmt: skip
        assert by_cluster.get(cluster.name, 0.0) == pytest.approx(mine, rel=1e-12)
    assert table(found, "boundaries", "boundaries")["usd"].tolist() == list(checked.boundaries.values())
    assert found.headline[0].value == placement_usd(checked.cost_usd)


def placement_service() -> tuple[str, ...]:
    from placement.money import SERVICE

    return SERVICE


def placement_usd(value: float) -> str:
    from placement.numerals import usd

    return usd(value, 6)


def test_how_busy_is_what_the_verifier_reads(day: Stored, of_day: Report) -> None:
    """Accelerator-hours of the cells and of the blocks with what is beside them are those of the meters."""
    readings = placement.verify(day.scenario, day.plan, read=True).readings
    busy, running = table(of_day, "busy", "busy"), of_day.figure("running").tables
    for reading in readings:
        if reading.kind != ACCELERATORS:
            continue
        hours = float(reading.amount.sum())
        mine = busy[busy["cluster"] == reading.cluster]
        assert (mine["held"] * (mine["to"] - mine["from"])).sum() / 3.6e6 == pytest.approx(hours, abs=0.05 * 24)
        panel = f"{reading.cluster}/{reading.of}"
        blocks = running["blocks"][running["blocks"]["panel"] == panel]
        rest = running["rest"][running["rest"]["panel"] == panel]
        area = ((blocks["high"] - blocks["low"]) * (blocks["to"] - blocks["from"])).sum() / 3.6e6
        beside = (rest["there"] - rest["under"]).iloc[:-1].sum()
        assert area + beside == pytest.approx(hours, abs=0.06 * 24)


def test_blocks_fit_the_pool(of_day: Report, of_decade: Report) -> None:
    for found in (of_day, of_decade):
        tables = found.figure("running").tables
        for panel, blocks in tables["blocks"].groupby("panel"):
            rest = tables["rest"][tables["rest"]["panel"] == panel]
            assert blocks["high"].max() <= rest["there"].max() + 1e-6


def test_use_and_limits_are_the_verifiers(day: Stored, of_day: Report) -> None:
    checked = placement.verify(day.scenario, day.plan, read=True)
    use = table(of_day, "limits", "use")
    drawn = 0
    for reading in checked.readings:
        mine = use[use["panel"] == reading.name].iloc[:-1]
        if len(mine):
            drawn += 1
            np.testing.assert_allclose(mine["amount"], reading.amount, rtol=1e-5, atol=1e-12)
            np.testing.assert_allclose(mine["most"], reading.most, rtol=1e-5)
    for limit in checked.limits:
        mine = use[use["panel"] == f"limit {limit.limit.name}"].iloc[:-1]
        np.testing.assert_allclose(mine["amount"], limit.amount, rtol=1e-5)
    assert drawn > 4


def test_the_first_limits_are_those_used_up_for_longest(of_day: Report) -> None:
    figure = of_day.figure("limits")
    use = figure.tables["use"]
    shares = []
    for panel in figure.panels:
        mine = use[use["panel"] == panel.key].iloc[:-1]
        full = ((mine["amount"] >= 0.999 * mine["most"]) & (mine["most"] > 0)) | (
            mine["amount"] * 0.999 <= mine["least"]
        )
        shares.append(float(full.mean()))
        assert panel.unit
    assert shares == sorted(shares, reverse=True)
    assert shares[0] > 0 == shares[-1]


def test_bands_say_when(day: Stored, of_day: Report) -> None:
    bands = table(of_day, "limits", "bands")
    assert set(bands["kind"]) == {"orbits with eclipses", "grid limited"}
    grid = bands[bands["kind"] == "grid limited"]
    start = day.scenario.horizon.start.timestamp() * 1000
    assert ((grid["from"] - start) / 3.6e6).tolist() == [6.0]
    assert ((grid["to"] - start) / 3.6e6).tolist() == [9.0]


def test_energy_is_the_plans(day: Stored, of_day: Report) -> None:
    given = day.plan.energy[day.plan.energy["kind"] != "charge"]
    assert table(of_day, "energy", "energy")["mwh"].sum() == pytest.approx(given["mw"].sum())
    power = table(of_day, "power", "power")
    assert (power.loc[power["kind"] == "charge", "mw"] <= 0).all()


def test_builds_and_flights_are_the_plans(decade: Stored, of_decade: Report) -> None:
    assert table(of_decade, "builds", "builds")["number"].sum() == decade.plan.builds["number"].sum() > 0
    assert table(of_decade, "flights", "flights")["flights"].sum() == decade.plan.launches["flights"].sum() > 0


def axes(spec: Any) -> Iterator[dict[str, Any]]:
    """Encodings of x and y with a scale of their own."""
    if isinstance(spec, dict):
        for key, value in spec.items():
            if (
                key in ("x", "y")
                and isinstance(value, dict)
                and value.get("type") in ("quantitative", "temporal", "ordinal")
            ):
                yield value
            yield from axes(value)
    elif isinstance(spec, list):
        for value in spec:
            yield from axes(value)


def test_every_axis_of_numbers_says_its_unit(made: Report) -> None:
    """Of layers on one axis, one says it."""
    for figure in made.figures:
        for panel in figure.panels or (None,):
            spec = figure.chart(panel)
            titles = [
                axis["title"] for axis in axes({k: v for k, v in spec.items() if k != "datasets"}) if "title" in axis
            ]
            assert titles or figure.name.startswith("map")
            assert all(titles)
            assert "{unit}" not in titles


def test_colours_are_one_for_each_thing_and_apart_from_the_paper() -> None:
    """Contrast to the paper of at least 3 (WCAG 2.2, 1.4.11), but where a line or a name says the same."""
    for palette in (LIGHT, DARK):
        for name, value in palette.items():
            if name not in ("paper", "line", "land", "rest", "power", "solar", "operations", "grid-band", "building"):
                assert contrast(value, palette["paper"]) >= 3, name


def test_orbit_and_earth_are_apart_for_colour_blind_readers() -> None:
    """And families of cost from one another, and sources of power: simulated with the matrices of Machado 2009."""
    together = (
        ("orbit", "earth"), ("low", "high"), ("chips", "power", "building", "launch", "operations", "carbon"),
        ("grid", "gas", "solar", "wind", "battery"), ("grid", "gas", "solar", "made", "shell"),
    )  # fmt: skip
    for palette in (LIGHT, DARK):
        for names in together:
            for one, other in itertools.combinations(names, 2):
                for matrix in BLIND:
                    a, b = (lab(np.clip(matrix @ linear(palette[name]), 0, 1)) for name in (one, other))
                    assert np.linalg.norm(a - b) >= 11, (one, other)


BLIND = (
    np.eye(3),
    np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]),
    np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]),
)
"""Nobody's, protanopia, deuteranopia: Machado, Oliveira, Fernandes 2009, severity 1, on linear RGB."""


def linear(value: str) -> np.ndarray:
    rgb = np.array([int(value[k : k + 2], 16) / 255 for k in (1, 3, 5)])
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    light, dark = sorted((float(linear(v) @ [0.2126, 0.7152, 0.0722]) for v in (one, other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def lab(rgb: np.ndarray) -> np.ndarray:
    """CIE L*a*b*, D65."""
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ rgb
    xyz = xyz / [0.9505, 1.0, 1.089]
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def test_figures_are_drawn_without_a_browser(made: Report) -> None:
    for figure in made.figures:
        panel = figure.panels[0] if figure.panels else None
        svg = drawing.svg(figure.chart(panel))
        assert svg.startswith("<svg")
        assert "var(--" not in svg
        assert svg.count("<path") + svg.count("<text") > 3, figure.name


def test_files_have_plain_names_and_are_whole(of_day: Report) -> None:
    names = [name for name, content in of_day.files("svg") if content.endswith(b"</svg>")]
    assert len(names) == len(set(names)) == sum(max(1, sum(p.opened for p in f.panels)) for f in of_day.figures)
    assert all(set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-.") for name in names)
    name, content = next(iter(of_day.files("png")))
    assert name == "map.png"
    assert content.startswith(b"\x89PNG")


def test_no_colour_is_made_up() -> None:
    assert plain({"fill": "var(--orbit)", "deep": ["var(--earth)", 1]}, LIGHT) == {
        "fill": "#0072b2",
        "deep": ["#d55e00", 1],
    }
    assert set(LIGHT) == set(DARK)


def test_records_leave_out_what_is_no_number() -> None:
    import pandas as pd

    assert records(pd.DataFrame({"a": [1.0, np.nan], "b": ["x", None]})) == [{"a": 1.0, "b": "x"}, {}]


def test_a_figure_is_found_by_name(of_day: Report) -> None:
    assert isinstance(of_day.figure("map"), Figure)
    with pytest.raises(KeyError):
        of_day.figure("nothing")

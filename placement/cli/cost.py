"""`placement cost`."""

import json
import math
import textwrap
from typing import TYPE_CHECKING, Any

import click

from placement.cli.text import number, percent, table

if TYPE_CHECKING:
    from placement.cluster_cost import ClusterCost
    from placement.schema import Boundary, Scenario

WIDTH = 80

HEADS: "dict[Boundary, str]" = {
    "launch_and_power": "power",
    "energy_cooling_launch": "+cooling",
    "all_but_accelerators": "+building",
    "all_in": "all in",
}
FIRST_YEAR = "2028-01-01T00:00:00Z"
"""Year for which clusters of the catalogue are asked: most of what is announced stands by then."""


@click.command("cost")
@click.argument("what", nargs=-1)
@click.option("--utilisation", type=click.FloatRange(0, 1, min_open=True), default=0.8, show_default=True,
              help="Share of the accelerators that are busy.")  # fmt: skip
@click.option("--gang", type=click.IntRange(1), default=8, show_default=True,
              help="Accelerators of a run; sets how often it is interrupted.")  # fmt: skip
@click.option("--use", type=click.Choice(["low", "base", "high"]), default="base", show_default=True,
              help="Which of the catalogue's {value, low, high} is taken.")  # fmt: skip
@click.option("--price-year", type=int, default=2026, show_default=True, help="Dollars of this year.")
@click.option("--rate", type=float, default=0.08, show_default=True, help="Real discount rate per year.")
@click.option("--carbon", type=float, default=0.0, show_default=True, help="$ per tonne CO2e of energy.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(
    what: tuple[str, ...],
    utilisation: float,
    gang: int,
    use: str,
    price_year: int,
    rate: float,
    carbon: float,
    as_json: bool,
) -> None:
    """Levelised cost of compute on clusters: $ per delivered reference-accelerator-hour at four boundaries.

    WHAT are clusters of the catalogue (all by default), or one scenario file, whose clusters, money and horizon are
    then taken and the options for these ignored. Also $ per kW-year, W and kWh all in, g CO2e and litres per hour.
    """
    from placement.cluster_cost import cluster_cost

    scenario = _scenario(what, use, price_year, rate, carbon)
    found = [cluster_cost(scenario, cluster, utilisation, gang) for cluster in scenario.clusters]
    if as_json:
        click.echo(json.dumps({"clusters": [_record(cost) for cost in found]}, indent=1))
        return
    for line in _lines(scenario, found, utilisation, gang):
        click.echo(line)
    if len(found) == 1:
        for line in _parts(found[0]):
            click.echo(line)


def _scenario(what: tuple[str, ...], use: str, price_year: int, rate: float, carbon: float) -> "Scenario":
    """The scenario named, or one of a year with clusters of the catalogue."""
    from placement.catalog import catalog
    from placement.errors import PlacementError
    from placement.loader.load import load, scenario
    from placement.loader.wording import did_you_mean

    if len(what) == 1 and what[0].endswith((".yaml", ".yml")):
        return load(what[0])
    known = catalog().section("clusters")
    for name in what:
        if name not in known:
            remedy = did_you_mean(name, known, "See `placement catalog clusters`, or give a scenario file.")
            raise PlacementError(f"the catalogue has no cluster '{name}'. {remedy}")
    return scenario(
        {
            "format": 1,
            "name": "a year of steady use",
            "use": use,
            "horizon": {"start": FIRST_YEAR, "slot": "month", "slots": 12},
            "money": {"price_year": price_year, "discount_rate": rate},
            "policy": {"carbon_usd_per_t": carbon},
            "clusters": [{"from": name, "as_if": True} for name in (what or known)],
            "jobs": [{"job": "any", "hours": 1, "accelerators": 1}],
        }
    )


def _lines(scenario: "Scenario", found: "list[ClusterCost]", utilisation: float, gang: int) -> list[str]:
    money, names = scenario.money, {cluster.name: cluster for cluster in scenario.clusters}
    found = sorted(found, key=lambda cost: (names[cost.cluster].orbital, cost.per_hour("all_in")))
    first = {cost.cluster: cost.cluster + ("" if names[cost.cluster].status == "operating" else "*") for cost in found}
    lines = _wrapped(
        f"Levelised cost of steady use, {percent(utilisation, 0)} of the accelerators busy with runs of {gang}; "
        f"real {money.price_year} $ at {percent(money.rate)} a year; an hour is one of useful work on a "
        f"{scenario.reference_accelerator}."
    )
    head = ["cluster", "IT MW", "useful", *HEADS.values()]
    rows = [
        [
            first[cost.cluster], f"{cost.it_kw / 1000:,.4g}", percent(cost.speed * cost.goodput, 0),
            *(_dollars(cost.per_hour(b)) for b in HEADS),
        ]
        for cost in found
    ]  # fmt: skip
    lines += ["", "$ per hour at four boundaries, each with what the one before has", *table(head, rows)]
    head = ["cluster", "$/kW-yr", "$/W", "$/kWh", "g CO2e/h", "embodied", "l/h"]
    rows = [
        [
            first[cost.cluster], number(cost.per_kw_year("all_in")), number(cost.per_watt("all_in"), 1),
            _dollars(cost.per_kwh("all_in")), number(cost.grams_per_hour), percent(_embodied(cost), 0),
            number(1000 * cost.water_m3 / cost.delivered if cost.delivered else math.nan, 2),
        ]
        for cost in found
    ]  # fmt: skip
    lines += ["", "All in; carbon of an hour, how much of it making and launching have, and water", *table(head, rows)]
    if any(row[0].endswith("*") for row in rows):
        lines += ["* does not operate yet, or no longer"]
    short = [cost for cost in found if cost.unserved_share > 1e-6]
    if short:
        words = ", ".join(f"{cost.cluster} {percent(cost.unserved_share)}" for cost in short)
        lines += _wrapped(f"Sources do not reach: of its energy is missing, and not paid for here, at {words}.")
    return lines + _wrapped(
        "useful: speed over a year (sunlight, heat, age) times goodput. Boundaries: launch, energy, contracts; "
        "cooling; building, operations, network, carbon; accelerators and rent. Every cluster as it will stand when "
        "all of it is built."
    )


def _embodied(cost: "ClusterCost") -> float:
    """Share of the carbon that making, building and launching have."""
    total = sum(cost.tonnes.values())
    return sum(cost.tonnes.get(name, 0.0) for name in ("accelerators", "facility", "launch")) / total if total else 0.0


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH)


def _parts(cost: "ClusterCost") -> list[str]:
    """A year of one cluster, category by category."""
    total = sum(cost.annual_usd.values())
    rows = [
        [name, f"{usd / 1e6:,.3f}", percent(usd / total if total else 0.0)]
        for name, usd in cost.annual_usd.items()
        if usd
    ]
    lines = ["", *table(["category", "M$ a year", "share"], rows)]
    if any(cost.tonnes.values()):
        lines += ["", *table(["carbon", "t CO2e a year"], [[name, number(t)] for name, t in cost.tonnes.items() if t])]
    return lines


def _dollars(value: float) -> str:
    return "-" if not math.isfinite(value) else f"{value:,.3f}" if value < 100 else f"{value:,.0f}"


def _record(cost: "ClusterCost") -> dict[str, Any]:
    def finite(value: float) -> float | None:
        return value if math.isfinite(value) else None

    boundaries = {
        b: {
            "usd_per_reference_accelerator_hour": finite(cost.per_hour(b)),
            "usd_per_kw_year": finite(cost.per_kw_year(b)),
            "usd_per_w": finite(cost.per_watt(b)),
            "usd_per_kwh": finite(cost.per_kwh(b)),
        }
        for b in HEADS
    }
    return {
        "cluster": cost.cluster,
        "it_kw": cost.it_kw,
        "utilisation": cost.utilisation,
        "speed": cost.speed,
        "goodput": cost.goodput,
        "delivered_reference_accelerator_hours_per_year": cost.delivered,
        "boundaries": boundaries,
        "annual_usd": cost.annual_usd,
        "invested_usd": cost.invested_usd,
        "it_mwh_per_year": cost.it_mwh,
        "unserved_share": cost.unserved_share,
        "tco2e_per_year": cost.tonnes,
        "water_m3_per_year": cost.water_m3,
    }

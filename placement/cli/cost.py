"""`placement cost`."""

import json
import math
import textwrap
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from placement.cli.text import number, percent, table

if TYPE_CHECKING:
    from placement.levelised_cost import ClusterCost
    from placement.schema import Boundary, Scenario

WIDTH = 80

HEADS: "dict[Boundary, str]" = {
    "launch_and_power": "power",
    "energy_cooling_launch": "+cooling",
    "all_but_accelerators": "+building",
    "all_in": "all in",
}
OF_THE_CATALOGUE = ("use", "price_year", "rate", "carbon")
"""Options that a scenario file leaves no room for."""

FIRST_YEAR = "2028-01-01T00:00:00Z"
"""Year for which clusters of the catalogue are asked: most of what is announced stands by then."""


WIDE = 1e7
"""From here on numbers are written with an exponent, so that a table keeps its width."""


class _Finite(click.FloatRange):
    """A number in a range; NaN is in none."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        found = super().convert(value, param, ctx)
        if math.isnan(found):
            self.fail(f"{value} is not in the range {self._describe_range()}.", param, ctx)
        return found


@click.command("cost")
@click.argument("what", nargs=-1)
@click.option("--utilisation", type=_Finite(0.001, 1), default=0.8, show_default=True,
              help="Share of the accelerators that are busy.")  # fmt: skip
@click.option("--gang", type=click.IntRange(1, 10**9), default=8, show_default=True,
              help="Accelerators of a run; sets how often it is interrupted.")  # fmt: skip
@click.option("--use", type=click.Choice(["low", "base", "high"]), default="base", show_default=True,
              help="Which of the catalogue's {value, low, high} is taken.")  # fmt: skip
@click.option("--price-year", type=click.IntRange(1990, 2100), default=2026, show_default=True,
              help="Dollars of this year.")  # fmt: skip
@click.option("--rate", type=_Finite(0, 1), default=0.08, show_default=True, help="Real discount rate per year.")
@click.option("--carbon", type=_Finite(0, 1e9), default=0.0, show_default=True, help="$ per tonne CO2e of energy.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def command(
    ctx: click.Context,
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

    WHAT are clusters of the catalogue (all by default), or one scenario file, whose clusters, horizon, money and use
    of the catalogue are then taken. Also $ per kW-year, W and kWh all in, g CO2e and litres per hour.
    """
    from placement.levelised_cost import cluster_cost

    if _is_file(what):
        _refuse_options(ctx, what[0])
    scenario = _scenario(what, use, price_year, rate, carbon)
    found = [cluster_cost(scenario, cluster, utilisation, gang) for cluster in scenario.clusters]
    if as_json:
        click.echo(json.dumps({"clusters": [_record(cost) for cost in found]}, indent=1))
        return
    for line in [*_lines(scenario, found, utilisation, gang), *_legend(scenario, gang, _is_file(what))]:
        click.echo(line)
    if len(found) == 1:
        for line in _parts(found[0]):
            click.echo(line)


def _is_file(what: tuple[str, ...]) -> bool:
    return len(what) == 1 and what[0].endswith((".yaml", ".yml"))


def _refuse_options(ctx: click.Context, file: str) -> None:
    """A scenario file says itself what these options say of clusters of the catalogue."""
    for option in ctx.command.params:
        if option.name in OF_THE_CATALOGUE and ctx.get_parameter_source(option.name) is ParameterSource.COMMANDLINE:
            raise click.UsageError(
                f"{option.opts[0]} is for clusters of the catalogue; {file} has its own. Leave it out."
            )


def _scenario(what: tuple[str, ...], use: str, price_year: int, rate: float, carbon: float) -> "Scenario":
    """The scenario named, or one of a year with clusters of the catalogue."""
    from placement.catalog import catalog
    from placement.errors import PlacementError
    from placement.loader.load import load, scenario
    from placement.loader.wording import did_you_mean

    if _is_file(what):
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
            first[cost.cluster], f"{cost.it_kw / 1000:,.4g}", percent(cost.speed * cost.goodput * cost.working, 0),
            *(_dollars(cost.per_hour(b)) for b in HEADS),
        ]
        for cost in found
    ]  # fmt: skip
    lines += ["", "$ per hour at four boundaries, each with what the one before has", *table(head, rows)]
    head = ["cluster", "$/kW-yr", "$/W", "$/kWh", "g CO2e/h", "embodied", "l/h"]
    rows = [
        [
            first[cost.cluster], number(cost.per_kw_year("all_in")), number(cost.per_watt("all_in"), 1),
            _dollars(cost.per_kwh("all_in")), _whole(cost.grams_per_hour), percent(_embodied(cost), 0),
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
    return lines


def _legend(scenario: "Scenario", gang: int, own: bool) -> list[str]:
    """What a reader of the tables should know; `own`: the horizon is that of a scenario file."""
    lines = []
    small = [
        cluster.name
        for cluster in scenario.clusters
        if max((pool.number - pool.spares for pool in cluster.pools), default=0) < gang
    ]
    if small:
        lines += _wrapped(f"No pool has room for a run of {gang}: {', '.join(small)}.")
    if free := scenario.without_costs():
        lines += _wrapped(f"No fixed_costs are given for {', '.join(free)}: chips and buildings count as free there.")
    span = "the scenario's horizon" if own else "a year"
    return lines + _wrapped(
        f"useful: speed over {span} (sunlight, heat), times goodput, times the share that works in orbit, where nobody "
        "repairs. Boundaries: launch, energy, contracts; cooling; building, operations, network, carbon; accelerators "
        "and rent. $/W: what is invested once. Every cluster as it will stand when all of it is built."
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
    return f"{value:,.3f}" if value < 100 else _whole(value)


def _whole(value: float) -> str:
    return number(value) if not value >= WIDE else f"{value:.2e}"


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
        "working": cost.working,
        "delivered_reference_accelerator_hours_per_year": cost.delivered,
        "boundaries": boundaries,
        "annual_usd": cost.annual_usd,
        "invested_usd": cost.invested_usd,
        "it_mwh_per_year": cost.it_mwh,
        "unserved_share": cost.unserved_share,
        "tco2e_per_year": cost.tonnes,
        "water_m3_per_year": cost.water_m3,
    }

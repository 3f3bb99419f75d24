"""`placement stress`."""

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from placement.cli.executor import executor_options
from placement.cli.main import INTERRUPTED
from placement.cli.pages import figure_options, write_pages
from placement.cli.solve import stopped_by_ctrl_c
from placement.cli.text import check_place, number, table, usd, wrapped, write_files
from placement.errors import PlacementError

if TYPE_CHECKING:
    from placement.executor import Executor
    from placement.folder import Stored
    from placement.futures.stress import Stress
    from placement.kernels.backend import Device

SHOWN = 8
"""Drivers and jobs that are printed,"""
WORST = 5
"""and futures."""

FIGURES = {
    "cost_usd": "cost",
    "away_usd": "of it turned away",
    "missed_usd": "of it deadlines missed",
    "late_hours": "hours late, all runs",
    "away": "units without a place",
    "missed": "units past their deadline",
    "elsewhere": "units on another way",
    "tco2": "energy, tCO2e",
}


@click.command("stress")
@click.argument("plan", type=click.Path(path_type=Path))
@click.option("--futures", type=click.IntRange(min=1), default=1000, show_default=True, help="How many.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of what is drawn.")
@click.option(
    "--tail",
    type=click.FloatRange(0, 1, min_open=True),
    default=0.05,
    show_default=True,
    help="Share that counts as the worst.",
)
@click.option(
    "--uncertainty",
    "given",
    type=click.Path(path_type=Path),
    help="YAML file with that section, instead of the scenario's.",
)
@click.option("--one-by-one", is_flag=True, help="Compile and verify each future, also where that is not needed.")
@click.option(
    "--device",
    type=click.Choice(["auto", "gpu", "cpu"]),
    default="auto",
    show_default=True,
    help="Where the kernel runs.",
)
@executor_options
@click.option("-o", "--out", type=click.Path(path_type=Path), help="File for a row of each future: .parquet or .csv.")
@click.option("--report", "page", type=click.Path(path_type=Path), help="HTML file for figures.")
@figure_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--quiet", is_flag=True, help="Show no progress.")
@click.pass_context
def command(
    ctx: click.Context,
    plan: Path,
    futures: int,
    seed: int,
    tail: float,
    given: Path | None,
    one_by_one: bool,
    device: "Device",
    executor: "Executor",
    address: str | None,
    workers: int,
    out: Path | None,
    page: Path | None,
    figures: Path | None,
    kinds: tuple[str, ...],
    as_json: bool,
    quiet: bool,
) -> None:
    """What becomes of a plan in many futures, and what it costs.

    Futures are drawn from the scenario's `uncertainty`; the plan is carried out in each by the rules of
    docs/futures.md. Ctrl-C ends with what is done so far, exit code 130.
    """
    from placement.folder import read_plan

    for place, endings in ((out, (".csv", ".parquet")), (page, (".html",))):
        if place is not None:
            check_place(place, endings)
    stored = read_plan(plan)
    if given is not None:
        stored = with_uncertainty(stored, given)
    from placement.futures.stress import stress

    talk = not (as_json or quiet)

    def told(done: int) -> None:
        if talk:
            click.echo(f"\r{done:,} of {futures:,} futures", nl=done >= futures, err=True)

    with stopped_by_ctrl_c("what is done so far") as stop:
        found = stress(
            stored, futures, seed=seed, device=device, workers=workers, one_by_one=one_by_one,
            executor=executor, address=address, progress=told, stop=stop,
        )  # fmt: skip
    if out is not None:
        write_table(found.futures, out)
    if page is not None or figures is not None:
        from placement.reporting.stress import stress_report

        write_pages(stress_report(found, tail), page, figures, kinds, quiet=True)
    if as_json:
        click.echo(json.dumps(_object(found, tail), indent=1))
    else:
        for line in lines(found, plan, tail):
            click.echo(line)
        for place in (out, page, figures):
            if place is not None:
                click.echo(f"written to {place}")
    if stop.is_set() and len(found.futures) < futures:
        ctx.exit(INTERRUPTED)


def with_uncertainty(stored: "Stored", path: Path) -> "Stored":
    """The plan with the `uncertainty` of a file in its scenario.

    Raises
    ------
    PlacementError
        If the file has no such section.
    """
    from dataclasses import replace

    from placement.tree import read

    document = read(path).value
    if not isinstance(document, dict) or not isinstance(document.get("uncertainty"), dict):
        raise PlacementError(f"{path} has no section `uncertainty`. Write one, as in a scenario.")
    inputs = document["uncertainty"].get("inputs")
    if isinstance(inputs, list) and any(isinstance(each, dict) and "range" in each for each in inputs):
        raise PlacementError(f"{path}: `range: true` is read with the scenario's own file. Write a distribution here.")
    return replace(stored, scenario=stored.scenario.replace("uncertainty", document["uncertainty"]))


def write_table(frame: Any, out: Path) -> None:
    """Write a data frame as CSV or Parquet, beside its place and renamed into it."""
    content = frame.to_csv(index=False).encode() if out.suffix == ".csv" else frame.to_parquet(index=False)
    write_files({out: content})


def lines(found: "Stress", plan: Path, tail: float) -> list[str]:
    """What is printed."""
    count = len(found.futures)
    how = f"at once ({found.device})" if found.how == "at once" else "one by one, each verified"
    text = [f"{plan}: {number(count)} futures of seed {found.seed}, {how}"]
    lost = int(found.futures["cost_usd"].isna().sum())
    if lost:
        text += wrapped(f"{number(lost)} of them have no cost and are left out: {found.unsettled[0]}")
    risk = found.risk(tail=tail)
    low, high = risk.interval()
    digits = _digits(risk.sd, risk.mean)
    text += wrapped(
        f"Mean cost {usd(risk.mean, digits)} (95 % between {usd(low, digits)} and {usd(high, digits)}); "
        f"as planned {usd(found.planned_usd, digits)}."
    )
    text += ["", *_figures(found, tail, digits), "", *_drivers(found), "", *_worst(found, digits), *_jobs(found)]
    return text


def _digits(sd: float, mean: float) -> int:
    """Digits that show the spread."""
    if not (sd > 0 and math.isfinite(mean) and mean != 0):
        return 4
    return min(9, max(4, 2 + math.ceil(math.log10(abs(mean) / sd + 1))))


def _figures(found: "Stress", tail: float, digits: int) -> list[str]:
    rows = []
    for name, label in FIGURES.items():
        risk = found.risk(name, tail)
        shown = (lambda value: usd(value, digits)) if name.endswith("_usd") else _plain
        rows.append([label, *(shown(value) for value in (risk.mean, *risk.quantiles, risk.cvar))])
    return table(["", "mean", "5 %", "25 %", "50 %", "75 %", "95 %", f"worst {100 * tail:g} %"], rows)


def _plain(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _drivers(found: "Stress") -> list[str]:
    known = found.drivers()[:SHOWN]
    if not known:
        return ["Nothing that was drawn in one number goes with the cost: it is lengths of runs, or nothing."]
    rows = [[name, f"{correlation:+.2f}"] for name, correlation in known]
    return table(["what was drawn", "rank correlation with cost"], rows)


def _worst(found: "Stress", digits: int) -> list[str]:
    worst = found.futures.sort_values("cost_usd", ascending=False).head(WORST)
    drawn = [name for name, _ in found.drivers()[:2]]
    rows = [
        [
            f"{row['future']:.0f}", usd(row["cost_usd"], digits), _plain(row["late_hours"]), _plain(row["away"]),
            _plain(row["missed"]), *(f"{row[name]:.4g}" for name in drawn),
        ]
        for row in worst.to_dict("records")
    ]  # fmt: skip
    return table(["worst futures", "cost", "hours late", "no place", "past deadline", *drawn], rows)


def _jobs(found: "Stress") -> list[str]:
    jobs = found.jobs
    dated = jobs[~jobs["on_time"].isna()].sort_values(["on_time", "job"])
    if not len(dated):
        return []
    chance = float((dated["on_time"] * dated["units"]).sum() / dated["units"].sum())
    doubted = dated[dated["on_time"] < 1].head(SHOWN)
    if not len(doubted):
        return ["", "Every unit that has a deadline meets it in all futures."]
    rows = [
        [row["job"], number(row["units"]), f"{row['deadline']:%Y-%m-%d %H:%M}", f"{100 * row['on_time']:.4g} %"]
        for row in doubted.to_dict("records")
    ]
    said = f"A unit with a deadline meets it in {100 * chance:.4g} % of cases; the least likely:"
    return ["", said, *table(["job", "units", "deadline", "chance"], rows)]


def _object(found: "Stress", tail: float) -> dict[str, Any]:
    """The outcome as plain JSON values."""
    told = {}
    for name in FIGURES:
        risk = found.risk(name, tail)
        told[name] = {
            "mean": _json(risk.mean), "mean_error": _json(risk.mean_error), "sd": _json(risk.sd),
            "quantiles": dict(zip(("0.05", "0.25", "0.5", "0.75", "0.95"), risk.quantiles, strict=True)),
            "cvar": _json(risk.cvar), "cvar_error": _json(risk.cvar_error), "worst": _json(risk.worst),
        }  # fmt: skip
    jobs = [
        {
            **row,
            "deadline": None if row["deadline"] != row["deadline"] else row["deadline"].isoformat(),
            "on_time": _json(row["on_time"]),
        }
        for row in found.jobs.to_dict("records")
    ]
    return {
        "scenario": found.scenario, "planned_usd": _json(found.planned_usd), "futures": len(found.futures),
        "seed": found.seed, "how": found.how, "device": found.device, "tail": tail, "figures": told,
        "drivers": dict(found.drivers()), "jobs": jobs, "unsettled": list(found.unsettled),
    }  # fmt: skip


def _json(value: float) -> float | None:
    return value if math.isfinite(value) else None

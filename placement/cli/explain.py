"""`placement explain`."""

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from placement.cli.completion import scenarios
from placement.cli.text import number, percent, table, usd, wrapped

if TYPE_CHECKING:
    from placement.explaining import JobExplanation
    from placement.worth import PlanExplanation

MOST_CATEGORIES = 4
SAME, WIDE = 1e-7, 1e-5
"""Of a cost, relative: from which another is told beside it, and from which an interval is called wide."""

OF_LIMITS = {
    "by": "--by",
    "solved": "--solve",
    "time_limit": "--time-limit",
    "work_limit": "--work-limit",
    "most": "--most",
}
"""Options that have no meaning for a job."""


@click.command("explain")
@click.argument("plan", metavar="PLAN|SCENARIO", type=click.Path(path_type=Path), shell_complete=scenarios)
@click.option("--variant", help="Of a scenario, a variant by its name.")
@click.option("--job", help="Name of a job: why it is where it is.")
@click.option("--by", default="1", show_default=True, metavar="STEP", help="Raise limits by units, 5, or shares, 10%.")
@click.option(
    "--solve", "solved", type=click.IntRange(min=0), default=3, show_default=True, help="Solve so many of them again."
)
@click.option(
    "--time-limit", type=click.FloatRange(min=0, min_open=True), help="Seconds for each of these solves.  [default: 20]"
)
@click.option("--work-limit", type=click.IntRange(min=1), help="Instead: work of each; gives the same each time.")
@click.option("--most", type=click.IntRange(min=1), default=12, show_default=True, help="Show at most so many limits.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def command(
    ctx: click.Context,
    plan: Path,
    variant: str | None,
    job: str | None,
    by: str,
    solved: int,
    time_limit: float | None,
    work_limit: int | None,
    most: int,
    as_json: bool,
) -> None:
    """Say which limits of a plan bind and what one more of each is worth; with --job, why a job is where it is; of a
    scenario of which no plan exists, what cannot be met together.

    A price is at most what one more is worth, up to the gap. The dearest are solved again: the worth is then between
    two numbers. Of a job: every place for a unit of it, what it costs there, or the rule that excludes it. Of a
    scenario: the fewest demands that stand in each other's way, and the least change of each that would help.
    """
    from placement.folder import NAME, read_plan

    if not (plan / NAME).is_file() and (not plan.exists() or plan.is_file()):
        from placement.cli import conflicts

        _only_of_plans(ctx)
        conflicts.tell(plan, variant, time_limit or conflicts.LIMIT_S, as_json)
        return
    if variant is not None:
        raise click.UsageError("--variant is for scenarios, and a plan is of one already. Leave it out.")

    if job is not None:
        given = [
            name for key, name in OF_LIMITS.items() if ctx.get_parameter_source(key) is ParameterSource.COMMANDLINE
        ]
        if given:
            raise click.UsageError(f"{given[0]} is for limits, and --job asks for a job. Leave one of the two out.")
        stored = read_plan(plan)
        from placement.explaining import explain_job

        found = explain_job(stored, job)
        _print(as_json, _json(found), _lines(found))
        return
    from placement.step import step

    step(by)  # before a plan is read, which can take a while
    stored = read_plan(plan)
    from placement.worth import LIMIT_S, explain_plan

    limit_s = (math.inf if work_limit is not None else LIMIT_S) if time_limit is None else time_limit
    told = explain_plan(stored, by=by, solved=solved, time_limit_s=limit_s, work_limit=work_limit, most=most)
    _print(as_json, _json_of_limits(told), _lines_of_limits(told))


def _only_of_plans(ctx: click.Context) -> None:
    """Complain of options that have no meaning for a scenario."""
    names = {**OF_LIMITS, "job": "--job"}
    del names["time_limit"]
    for key, name in names.items():
        if ctx.get_parameter_source(key) is ParameterSource.COMMANDLINE:
            raise click.UsageError(f"{name} is for plans, and this is a scenario. Give a plan folder, or leave it out.")


def _print(as_json: bool, value: dict[str, Any], lines: list[str]) -> None:
    click.echo(json.dumps(value, indent=1, default=str) if as_json else "\n".join(lines))


def _json_of_limits(told: "PlanExplanation") -> dict[str, Any]:
    return {
        "cost_usd": told.cost_usd,
        "best_usd": told.best_usd,
        "bound_usd": told.bound_usd,
        "gap_usd": told.gap_usd,
        "priced_usd": told.priced_usd,
        "limits": _records(told.limits),
        "others": told.others,
        "worths": _records(told.worths),
    }


def _lines_of_limits(told: "PlanExplanation") -> list[str]:
    """Prices, then what was solved again."""
    cost, bound = usd(told.cost_usd, 6), usd(told.bound_usd, 6)
    pieces = " with jobs in these pieces" if told.paused else ""
    left = usd(max(told.cost_usd - told.bound_usd, 0.0))
    lines = [f"cost {cost}, and no plan{pieces} costs less than {bound}: open {left}"]
    if told.paused:
        lines += wrapped("Jobs may be paused, and other pieces may cost less: see the bound of the plan.", "")
    if not len(told.limits):
        none = "No limit binds or has a price: a little more of any of them would save no more than what is open."
        return [
            *lines,
            *wrapped(f"{none} One so tight that a job has no way at all there shows none: ask for the job."),
        ]
    same = told.cost_usd - told.best_usd <= SAME * abs(told.cost_usd)
    cheapest = "the cost" if same else f"the cheapest plan known ({usd(told.best_usd, 6)})"
    lines += wrapped(
        "A price says what one more is worth at most, up to the gap: no plan saves more than price × units and the "
        f"{usd(told.open_usd)} between {cheapest} and what the prices prove.", "",
    )  # fmt: skip
    rows = [
        [row["limit"], percent(row["binds"], 0), usd(row["price_usd"]), usd(row["most_usd"])]
        for row in told.limits.to_dict("records")
    ]
    made = table(["limits that bind or have a price", "used up in", "price of one", "saves at most"], rows)
    lines += ["", *made[:2]]
    for line, row in zip(made[2:], told.limits.to_dict("records"), strict=True):
        lines += [line, f"  {row['path']}{_itself(row['own_usd'])}"]
    if told.others:
        lines.append(f"{number(told.others)} more bind or have a price; --most shows more.")
    return lines + _lines_of_worths(told)


def _lines_of_worths(told: "PlanExplanation") -> list[str]:
    if not len(told.worths):
        return []
    rows = [
        [row["limit"], usd(row["saves_usd"]), usd(row["least_usd"]), usd(row["most_usd"])]
        for row in told.worths.to_dict("records")
    ]
    lines = ["", *table(["solved again", "new plan saves", "worth at least", "at most"], rows)]
    if told.cost_usd - told.best_usd > SAME * abs(told.cost_usd):
        lines += wrapped(
            f"Against {usd(told.best_usd, 6)}: so much costs the plan that the same solve finds with nothing raised, "
            f"{usd(told.cost_usd - told.best_usd)} less than this one.", "",
        )  # fmt: skip
    least = told.worths["most_usd"] - told.worths["least_usd"]
    if ((least > told.worths["most_usd"].abs() / 2) & (least > WIDE * abs(told.best_usd))).any():
        lines += wrapped(
            "Where the two are far apart, the gap hides what it is worth: solve the plan with a smaller gap, give "
            "these solves more time (--time-limit), or raise limits by more (--by).", "",
        )  # fmt: skip
    return lines


def _itself(own_usd: float) -> str:
    """What a change costs by itself."""
    return f", left out: {usd(own_usd)} that it costs by itself" if own_usd else ""


def _records(frame: Any) -> list[dict[str, Any]]:
    """Rows of a table; numbers that are not finite become null."""
    return [
        {str(k): None if isinstance(v, float) and not math.isfinite(v) else v for k, v in row.items()}
        for row in frame.astype(object).to_dict("records")
    ]


def _json(found: "JobExplanation") -> dict[str, Any]:
    return {
        "job": found.job,
        "count": found.count,
        "placed": found.placed,
        "deferred": found.deferred,
        "rejected": found.rejected,
        "tolerance_usd": found.tolerance_usd,
        "advice": found.advice,
        "candidates": _records(found.candidates),
        "costs": _records(found.costs),
    }


def _lines(found: "JobExplanation") -> list[str]:
    lines = wrapped(
        f"{found.job}: {number(found.count)} asked for, {number(found.placed)} placed, "
        f"{number(found.deferred)} put off, {number(found.rejected)} turned away"
    )
    lines += [*wrapped(found.advice, ""), ""]
    frame = found.candidates
    open_ = frame[frame["verdict"].isin(["is there", "possible"])]
    rows = [
        [
            f"{'* ' if row['verdict'] == 'is there' else '  '}{row['place']}",
            number(row["units"]), _when(row["start"]), _when(row["end"]), usd(row["usd"], 6), _extra(row["extra_usd"]),
        ]
        for row in open_.to_dict("records")
    ]  # fmt: skip
    lines += ["One unit, all else as it is (* where it is)"]
    lines += table(["  place", "units there", "start", "end", "adds", "more than *"], rows)
    if found.tolerance_usd >= 0.01:
        lines += wrapped(f"Differences may be off by {usd(found.tolerance_usd)}: what the solver has not proven.", "")
    lines += _costs(found)
    titles = {"no room": "No room, all else as it is", "not known": "Not known", "excluded": "Excluded"}
    for verdict, title in titles.items():
        some = frame[frame["verdict"] == verdict]
        if len(some):
            lines += ["", title]
            for reason, group in some.groupby("reason", sort=False):
                lines += wrapped(f"  {', '.join(group['place'])}: {reason}", "    ")
    return lines


def _costs(found: "JobExplanation") -> list[str]:
    """What a unit adds at each place, by the categories that differ most."""
    if not len(found.costs):
        return []
    wide = found.costs.pivot_table(index="place", columns="category", values="usd", sort=False).fillna(0.0)
    wide = wide.reindex([place for place in found.candidates["place"] if place in wide.index])
    names = list(wide.abs().max().sort_values(ascending=False, kind="stable").index)
    shown, rest = names[:MOST_CATEGORIES], names[MOST_CATEGORIES:]
    head = ["of it", *map(str, shown), *(["other"] if rest else [])]
    rows = [
        [f"  {place}", *(usd(row[name]) for name in shown), *([usd(float(row[rest].sum()))] if rest else [])]
        for place, row in wide.iterrows()
    ]
    return ["", *table(head, rows)]


def _when(value: Any) -> str:
    return "" if value is None or value != value else f"{value:%Y-%m-%d %H:%M}"


def _extra(value: float) -> str:
    return (
        "-" if not math.isfinite(value) else "" if abs(value) < 0.005 else f"{'+' if value > 0 else ''}{usd(value, 6)}"
    )

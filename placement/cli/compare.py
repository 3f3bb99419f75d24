"""`placement compare`."""

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from placement.cli.pages import figure_options, write_pages
from placement.cli.text import number, percent, short, table, usd, wrapped

if TYPE_CHECKING:
    import pandas as pd

    from placement.comparison import Comparison

MOST_LINES = 12
MOST_TEXT = 40
"""Characters of a value that is shown."""

NAMES = {
    "cost_usd": "cost",
    "bound_usd": "proven bound",
    "gap": "gap",
    "delivered_hours": "delivered h",
    "orbital_share": "in orbit",
    "units_placed": "units placed",
    "units_deferred": "units put off",
    "units_rejected": "units rejected",
    "cash_launch_and_power": "cash: launch, power",
    "cash_energy_cooling_launch": "cash: + cooling",
    "cash_all_but_accelerators": "cash: + building",
    "cash_all_in": "cash: all in",
}


@click.command("compare")
@click.argument("before", type=click.Path(path_type=Path))
@click.argument("after", type=click.Path(path_type=Path))
@click.option("--table", "name", help="Print one table as CSV: headline, changes, jobs, moves, clusters, costs ...")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("-o", "--out", type=click.Path(path_type=Path), help="Write it as a page with figures.")
@click.option("--futures", type=click.IntRange(min=2), help="Carry both out in so many futures, the same, instead.")
@click.option("--seed", type=click.IntRange(min=0), help="Of the futures.  [default: 0]")
@figure_options
def command(
    before: Path,
    after: Path,
    name: str | None,
    as_json: bool,
    out: Path | None,
    futures: int | None,
    seed: int | None,
    figures: Path | None,
    kinds: tuple[str, ...],
) -> None:
    """Show how two plans differ: what moved, what it costs, which limits changed.

    With --futures: what each costs in the futures of their scenario's `uncertainty`, and the difference.
    """
    if futures is not None or seed is not None:
        _check_futures(futures, any(each is not None for each in (name, out, figures)))
        from placement.cli.paired import tell

        tell(before, after, futures or 0, seed or 0, as_json)
        return
    if out is not None or figures is not None:
        _pages(before, after, out, figures, kinds)
        return
    from placement.comparison import TABLES, compare
    from placement.errors import PlacementError
    from placement.folder import read_plan

    if name is not None and name not in TABLES:
        raise PlacementError(f"a comparison has no table '{name}'. Choose one of: {', '.join(TABLES)}.")
    found = compare(read_plan(before), read_plan(after))
    if name is not None:
        click.echo(getattr(found, name).to_csv(index=False), nl=False)
    elif as_json:
        tables = {key: _records(getattr(found, key)) for key in TABLES}
        click.echo(
            json.dumps(
                {"same": found.same, "one_scenario": found.one_scenario, "optima_usd": _finite(found.optima), **tables},
                indent=1,
                default=str,
            )
        )
    else:
        for line in _lines(found, str(before), str(after)):
            click.echo(line)
    for plan, holds in zip((before, after), found.hold, strict=True):
        if not holds:
            click.echo(f"{plan} breaks rules of its scenario; `placement verify {plan}` says which.", err=True)


def _check_futures(futures: int | None, more: bool) -> None:
    from placement.errors import PlacementError

    if futures is None:
        raise PlacementError("--seed is of futures. Say how many: --futures 1000.")
    if more:
        raise PlacementError("--futures has no tables and figures. Leave --table, --out and --figures out.")


def _pages(before: Path, after: Path, out: Path | None, figures: Path | None, kinds: tuple[str, ...]) -> None:
    from placement.folder import read_plan
    from placement.reporting.difference import difference
    from placement.reporting.report import check_place

    if out is not None:
        check_place(out)
    write_pages(difference(read_plan(before), read_plan(after)), out, figures, kinds)


def _finite(values: tuple[float, float]) -> list[float | None]:
    return [value if math.isfinite(value) else None for value in values]


def _records(frame: "pd.DataFrame") -> list[dict[str, Any]]:
    rows = frame.to_dict("records")
    return [
        {str(k): None if isinstance(v, float) and not math.isfinite(v) else v for k, v in row.items()} for row in rows
    ]


def _lines(found: "Comparison", before: str, after: str) -> list[str]:
    lines = [f"before: {before}", f"after:  {after}", ""]
    lines += table(["", "before", "after", "change"], [_headline(row) for row in found.headline.to_dict("records")])
    lines += wrapped(_verdict(found), "")
    if len(found.changes):
        lines += ["", f"The scenarios differ in {len(found.changes)} {_plural('value', len(found.changes))}"]
        rows = [
            [str(row["path"]), *(_value(row[when]) for when in ("before", "after"))] for row in _first(found.changes)
        ]
        lines += table(["", "before", "after"], rows) + _more(found.changes, "changes")
    if len(found.moves):
        lines += ["", "Units that are elsewhere, as few as make the difference"]
        rows = [
            [f"{row['before']} -> {row['after']}", number(row["units"]), short(row["hours"])]
            for row in _first(found.moves)
        ]
        lines += table(["from -> to", "units", "reference h"], rows) + _more(found.moves, "moves")
    if len(found.jobs):
        lines += ["", f"Jobs that differ: {len(found.jobs)}, those with the most work first"]
        keys = ["count", "same", "shifted", "moved", "gained", "lost"]
        rows = [[str(row["job"]), *(number(row[key]) for key in keys)] for row in _first(found.jobs)]
        lines += table(["job", "units", "same", "other time", "other place", "now placed", "no longer"], rows)
        lines += _more(found.jobs, "jobs")
    lines += _money(found) + _clusters(found) + _limits(found)
    for title, what, frame, value in (
        ("Modules ordered", ["cluster", "module", "period"], found.builds, "number"),
        ("Flights", ["vehicle", "period"], found.launches, "flights"),
    ):
        if len(frame):
            key = title.lower().replace("modules ordered", "builds").replace("flights", "launches")
            rows = [
                [" ".join(str(row[k]) for k in what), *(number(row[when]) for when in ("before", "after", "change"))]
                for row in _first(frame)
            ]
            lines += ["", f"{title} ({value})", *table([" ".join(what), "before", "after", "change"], rows)]
            lines += _more(frame, key)
    return lines


def _headline(row: dict[Any, Any]) -> list[str]:
    what = str(row["what"])
    if what in ("gap", "orbital_share"):
        cells = [percent(row[when], 2) for when in ("before", "after", "change")]
    elif what == "delivered_hours":
        cells = [short(row[when]) for when in ("before", "after", "change")]
    elif what.startswith("units"):
        cells = [number(row[when]) for when in ("before", "after", "change")]
    else:
        cells = [usd(row[when]) for when in ("before", "after", "change")]
    return [NAMES.get(what, what), *cells]


def _verdict(found: "Comparison") -> str:
    """What the difference in cost says, and what of it is proven."""
    if found.same:
        return "The plans are the same."
    change, (low, high) = found.headline["change"].tolist()[0], found.optima
    text = f"The second costs {usd(abs(change))} {'less' if change < 0 else 'more'}."
    if found.one_scenario:
        return text + " Both are plans of one scenario, and either bound holds for both."
    if math.isfinite(low) and math.isfinite(high):
        text += f" By their bounds, the best plans of the two scenarios differ by {usd(low)} to {usd(high)}."
        if low > 0 or high < 0:
            return text + " So the change is proven, whatever the gaps."
        return text + " That includes nothing: it may be the gaps' alone."
    return text


def _money(found: "Comparison") -> list[str]:
    frame = found.costs[found.costs["change"].abs() >= 0.005]
    if not len(frame):
        return []
    frame = frame.reindex(frame["change"].abs().sort_values(ascending=False, kind="stable").index)
    rows = [
        [f"{row['category']} {row['cluster']}".strip(), *(usd(row[when]) for when in ("before", "after", "change"))]
        for row in _first(frame)
    ]
    return [
        "",
        "Costs that differ, largest first",
        *table(["", "before", "after", "change"], rows),
        *_more(frame, "costs"),
    ]


def _clusters(found: "Comparison") -> list[str]:
    frame = found.clusters
    frame = frame[(frame["delivered_hours_change"].abs() > 1e-6) | (frame["usd_all_in_change"].abs() >= 0.005)]
    if not len(frame):
        return []
    rows = [
        [
            str(row["cluster"]), short(row["delivered_hours_before"]), short(row["delivered_hours_after"]),
            percent(row["utilisation_before"]), percent(row["utilisation_after"]), usd(row["usd_all_in_change"]),
        ]
        for row in _first(frame)
    ]  # fmt: skip
    head = ["cluster", "delivered h", "after", "utilised", "after", "cash, change"]
    return ["", "Clusters that differ", *table(head, rows), *_more(frame, "clusters")]


def _limits(found: "Comparison") -> list[str]:
    frame = found.limits
    differs = (frame["amount_before"] != frame["amount_after"]) | (frame["border_before"] != frame["border_after"])
    frame = frame[differs & ~(frame["amount_before"].isna() & frame["amount_after"].isna())]
    if not len(frame):
        return []
    rows = [
        [
            f"{row['limit']} ({row['side']} per {row['per']})",
            *(f"{row[f'amount_{when}']:,.6g} of {row[f'border_{when}']:,.6g}" for when in ("before", "after")),
            *("yes" if row[f"binding_{when}"] > 0 else "no" for when in ("before", "after")),
        ]
        for row in _first(frame)
    ]
    head = ["limit, where it is tightest", "before", "after", "binds before", "after"]
    return ["", "Limits that differ", *table(head, rows), *_more(frame, "limits")]


def _first(frame: "pd.DataFrame") -> list[dict[Any, Any]]:
    return frame.head(MOST_LINES).to_dict("records")


def _more(frame: "pd.DataFrame", name: str) -> list[str]:
    left = len(frame) - MOST_LINES
    return [f"and {left} more; all with --table {name}"] if left > 0 else []


def _value(value: Any) -> str:
    text = "-" if value is None else value if isinstance(value, str) else json.dumps(value, default=str)
    return text if len(text) <= MOST_TEXT else f"{text[: MOST_TEXT - 3]}..."


def _plural(word: str, number_of: int) -> str:
    return word if number_of == 1 else f"{word}s"

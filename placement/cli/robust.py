"""What `placement solve --robust` prints, and writes."""

import math
from typing import TYPE_CHECKING, Any

import click

from placement.cli.text import number, percent, table, usd, wrapped

if TYPE_CHECKING:
    from placement.choosing import Candidate
    from placement.estimates import Estimate
    from placement.robustness import Robust
    from placement.schema import Scenario
    from placement.tasks import Event

DIGITS = 6


def choose(
    loaded: "Scenario",
    measure: str,
    futures: int | None,
    fresh: int | None,
    stop: "Event",
    limits: dict[str, Any],
    talk: bool,
) -> "Robust":
    """Choose a plan by its cost over futures, candidate by candidate."""
    from placement.robustness import FUTURES, robust

    count = FUTURES if futures is None else futures
    return robust(loaded, measure, count, fresh=fresh, progress=_Live() if talk else None, stop=stop, **limits)


class _Live:
    """A line for each candidate once it is judged."""

    def __init__(self) -> None:
        self.begun = False

    def __call__(self, which: int, candidate: "Candidate") -> None:
        if not self.begun:
            click.echo(f"{'candidate':<28}  {'planned':>11}  {'mean':>11}")
            self.begun = True
        costs = candidate.costs
        known = costs[costs == costs] if costs is not None else None
        mean = float(known.mean()) if known is not None and known.size else math.nan
        cells = f"{_cost(candidate.planned_usd):>11}  {_cost(mean):>11}"
        line = f"{_named(which, candidate.name):<28}  {cells}  {candidate.why}"
        click.echo("\n".join(wrapped(line.rstrip(), " " * 4)))


def _named(which: int, name: str) -> str:
    return f"{which + 1:>2}  {name}"


def _cost(value: float) -> str:
    return usd(value, DIGITS)


def lines(found: "Robust") -> list[str]:
    """The candidates, the chosen one, and what fresh futures say of it."""
    words, level, result = found.criterion.words, found.criterion.level, found.result
    judged = [
        (k, row)
        for k, row in enumerate(found.table().to_dict("records"))
        if math.isfinite(row["measure_usd"]) or row["chosen"]
    ]
    rows = [
        [
            _named(k, row["candidate"]), _cost(row["planned_usd"]), _cost(row["mean_usd"]),
            *([_cost(row["measure_usd"])] if level else []), "chosen" if row["chosen"] else "",
        ]
        for k, row in judged
    ]  # fmt: skip
    counted = f"{number(int(found.settled.sum()))} of {number(len(found.settled))}"
    text = ["", *wrapped(f"Over the futures that decide ({counted} have a cost for all):")]
    text += table(["candidate", "planned", "mean", *([words] if level else []), ""], rows)
    text += ["", *_fresh(found), "", *wrapped(f"{result.status}: {result.message}")]
    if found.chosen == 0 and len(judged) > 1:
        text += wrapped(f"Of {len(judged)} plans the one as it stands has the least {words}.")
    gap = f"gap {percent(result.gap, 3)}" if math.isfinite(result.gap) else "no gap"
    sentence = f"Cost as planned {_cost(result.cost_usd)}, proven bound {_cost(result.bound_usd)}, {gap}"
    standing = f"; the plan as it stands is planned at {_cost(found.candidates[0].planned_usd)}"
    return text + wrapped(f"{sentence}{standing if found.chosen else ''}.")


def _fresh(found: "Robust") -> list[str]:
    """What the chosen plan is worth in futures that had no say."""
    from placement.estimates import FEW, Criterion

    if found.estimates() is None:
        return wrapped("It was stopped before fresh futures were drawn: the figures above are too low on average.")
    measures = tuple(dict.fromkeys((Criterion(0.0), found.criterion)))
    columns = [found.estimates(of) or () for of in measures]
    names = ("chosen", "the plan as it stands", "difference, in pairs")
    rows = [
        [name, *(cell for column in columns for cell in (_cost(column[k].value), _interval(column[k])))]
        for k, name in enumerate(names)
    ]
    futures = len(found.fresh[0])
    text = wrapped(f"Over {number(futures)} fresh futures, those that `stress` draws with seed {found.seed}:")
    head = ["", *(cell for of in measures for cell in (of.words, "95 % interval"))]
    text += table(head, rows if found.chosen else rows[:1])
    if found.left_out:
        text += wrapped(f"{number(found.left_out)} more have no cost for one of the two and are left out.")
    if found.criterion.tail * futures < FEW:
        count = f"{found.criterion.tail * futures:.3g}"
        text += wrapped(f"Of these {count} count for {found.criterion.words}, so its interval is rough: take more.")
    return text


def _interval(of: "Estimate") -> str:
    low, high = of.interval()
    return f"{_cost(low)} to {_cost(high)}" if low == low else "-"

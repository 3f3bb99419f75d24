"""What `placement compare --futures` prints."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from placement.cli.solve import stopped_by_ctrl_c
from placement.cli.text import number, percent, table, usd, wrapped

if TYPE_CHECKING:
    from placement.estimates import Estimate
    from placement.paired import SideBySide

DIGITS = 6


def tell(first: Path, second: Path, futures: int, seed: int, as_json: bool) -> None:
    """Carry both plans out in the same futures, and print what each costs."""
    from placement.folder import read_plan

    plans = read_plan(first), read_plan(second)
    from placement.paired import side_by_side

    def told(done: int) -> None:
        if not as_json:
            click.echo(f"\r{done:,} of {2 * futures:,} futures", nl=done >= 2 * futures, err=True)

    with stopped_by_ctrl_c("what is done so far") as stop:
        found = side_by_side(*plans, futures, seed=seed, progress=told, stop=stop)
    if as_json:
        click.echo(json.dumps(found.summary(), indent=1))
    else:
        click.echo("\n".join(lines(found, str(first), str(second))))


def lines(found: "SideBySide", first: str, second: str) -> list[str]:
    """What is printed."""
    one, two = found.risks
    cvar = f"CVaR {100 * found.level:g} %"
    mean, tail = found.difference(), found.difference(found.level)
    planned, quantiles = found.planned_usd, (one.quantiles[-1], two.quantiles[-1])
    rows = [
        _row("as planned", *planned, planned[1] - planned[0]),
        [*_row("mean", one.mean, two.mean, mean.value), _interval(mean)],
        _row("standard deviation", one.sd, two.sd, two.sd - one.sd),
        _row("95 % quantile", *quantiles, quantiles[1] - quantiles[0]),
        [*_row(cvar, one.cvar, two.cvar, tail.value), _interval(tail)],
    ]
    rows = [[*row, *[""] * (5 - len(row))] for row in rows]
    text = [f"first:  {first}", f"second: {second}", f"{number(len(found.futures))} futures of seed {found.seed}", ""]
    text += table(["cost", "first", "second", "second less first", "95 % interval"], rows)
    if found.left_out:
        text += wrapped(f"{number(found.left_out)} more have no cost for one of the two and are left out.")
    text += ["", *wrapped(f"{_verdict('on average', mean)} {_verdict(f'in {cvar}', tail)}")]
    text += wrapped(f"The second is cheaper in {percent(found.saves)} of the futures.")
    return text


def _row(name: str, *values: float) -> list[str]:
    return [name, *(_cost(value) for value in values)]


def _verdict(where: str, of: "Estimate") -> str:
    """What a difference says."""
    low, high = of.interval()
    words = f"The second {'costs' if of.value > 0 else 'saves'} {_cost(abs(of.value))} {where}"
    if of.value == 0 and not of.error > 0:
        return f"Both cost the same {where}."
    return f"{words}." if low > 0 or high < 0 else f"{words}, which may be chance."


def _interval(of: "Estimate") -> str:
    low, high = of.interval()
    return f"{_cost(low)} to {_cost(high)}" if low == low else "-"


def _cost(value: float) -> str:
    return usd(value, DIGITS)

"""`placement quarrel`."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from placement.cli.completion import scenarios
from placement.cli.text import percent, table, wrapped

if TYPE_CHECKING:
    from placement.quarrelling import Answer

AFTER = "2,3,5,10,20"


class _Years(click.ParamType[tuple[int, ...]] if TYPE_CHECKING else click.ParamType):  # type: ignore[misc]
    """Whole numbers of years, separated by commas."""

    name = "years"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, ...]:
        if isinstance(value, tuple):
            return value
        try:
            years = tuple(int(part) for part in str(value).split(","))
        except ValueError:
            years = ()
        if not years or min(years) < 1:
            self.fail(f"'{value}' is not a list of years such as {AFTER}.", param, ctx)
        return years


@click.command("quarrel")
@click.argument("beliefs", nargs=-1, type=click.Path(path_type=Path), shell_complete=scenarios)
@click.option("--owner", "owners", multiple=True, help="Only for this variant; `anyone` for none. Can be repeated.")
@click.option("-o", "--out", type=click.Path(path_type=Path), help="Folder in which plans are kept, and looked for.")
@click.option("--gap", type=click.FloatRange(min=0), default=0.01, show_default=True, help="Of each solve, a share.")
@click.option("--time-limit", type=click.FloatRange(min=1), default=120.0, show_default=True, help="Of each, seconds.")
@click.option("--after", type=_Years(), default=AFTER, show_default=True, help="Years after the horizon's start.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of the solver.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def command(
    ctx: click.Context,
    beliefs: tuple[Path, ...],
    owners: tuple[str, ...],
    out: Path | None,
    gap: float,
    time_limit: float,
    after: tuple[int, ...],
    seed: int,
    as_json: bool,
) -> None:
    """Who is right about orbit: its share of what is delivered after so many years, by belief and owner.

    BELIEFS are scenario files, or names of shipped scenarios; without any: optimist, central, sceptic.
    """
    from placement.cli.main import INTERRUPTED
    from placement.cli.solve import stopped_by_ctrl_c
    from placement.quarrelling import BELIEFS, quarrel

    def tell(answer: "Answer") -> None:
        if not as_json:
            how = "kept" if answer.kept else answer.status
            click.echo(f"{answer.belief}, {answer.owner}: {how}, gap {percent(answer.gap, 2)}", err=True)

    with stopped_by_ctrl_c("the answers so far; plans that are ready stay") as stop:
        answers = quarrel(
            beliefs or BELIEFS, owners or None, folder=out, gap=gap, time_limit_s=time_limit, after=after, seed=seed,
            told=tell, stop=stop,
        )  # fmt: skip
    if as_json:
        click.echo(json.dumps([_plain(answer) for answer in answers], indent=1))
    else:
        for line in lines(answers, after):
            click.echo(line)
    if stop.is_set():
        ctx.exit(INTERRUPTED)


def _plain(answer: "Answer") -> dict[str, Any]:
    def number(value: float) -> float | None:
        return value if value == value and abs(value) != float("inf") else None

    return {
        "belief": answer.belief,
        "owner": answer.owner,
        "status": answer.status,
        "cost_usd": number(answer.cost_usd),
        "gap": number(answer.gap),
        "orbital_share": {str(years): number(share) for years, share in answer.shares.items()},
        "parity": {str(years): number(ratio) for years, ratio in answer.parity.items()},
        "binds": answer.binds,
    }


def lines(answers: "list[Answer]", after: tuple[int, ...]) -> list[str]:
    """The table, and what holds orbit back."""
    shares = [[a.belief, a.owner, *(percent(a.shares[each]) for each in after), percent(a.gap, 2)] for a in answers]
    ratios = [[a.belief, a.owner, *(_ratio(a.parity[each]) for each in after)] for a in answers]
    years = [f"{each} y" for each in after]
    result = [
        "Orbital share of delivered reference accelerator-hours, after",
        *_left(["belief", "owner", *years, "gap"], shares),
    ]
    result += ["", "$ per hour of new capacity, orbit over Earth, all in", *_left(["belief", "owner", *years], ratios)]
    result += ["", "What orbit has used up, and what its hours cost"]
    for answer in answers:
        result += wrapped(f"  {answer.belief}, {answer.owner}: {answer.binds}.", "    ")
    return result


def _left(head: list[str], rows: list[list[str]]) -> list[str]:
    """A table whose second column stands on the left as well."""
    width = max(len(row[1]) for row in [head, *rows])
    return table([head[0], head[1].ljust(width), *head[2:]], [[row[0], row[1].ljust(width), *row[2:]] for row in rows])


def _ratio(value: float) -> str:
    return "-" if value != value else f"{value:.2f}"

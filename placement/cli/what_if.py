"""`placement what-if`."""

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from placement.cli.completion import scenarios
from placement.cli.importing import pairs
from placement.cli.solve import stopped_by_ctrl_c
from placement.cli.text import number, percent, table, usd, wrapped
from placement.errors import PlacementError

if TYPE_CHECKING:
    from placement.hindsight import Alternative, Left, WhatIf

HINDSIGHT = (
    "In the rows of other times all is chosen knowing what came later, so they show what hindsight reaches: a planner "
    "who did not know saves less as a rule. No plan with the same waits costs less than the bound, so nobody could "
    "have saved more than as it ran less the bound."
)

LOG = "Give the path of a log, as sacct prints it, or of a table."
ENDED_EARLY = ("time", "work", "stopped")
"""How a solve ends that has not proved what was asked for."""

GRAM = 1e-6
"""t; less is rounding."""


@click.command("what-if")
@click.argument("log", type=click.Path(path_type=Path))
@click.option(
    "--scenario", "file", required=True, type=click.Path(path_type=Path), shell_complete=scenarios,
    help="Clusters, prices, carbon, policy and horizon; it need have no jobs.",
)  # fmt: skip
@click.option("--variant", help="A variant of the scenario, by its name.")
@click.option("--format", "format_name", metavar="NAME", help="As of `placement import`. Left out: by the file's name.")
@click.option(
    "--as", "clusters", multiple=True, callback=pairs, metavar="[NAME=]CLUSTER",
    help="Where jobs of the log's partition NAME ran: CLUSTER or CLUSTER/POOL; without NAME all others. Repeated.",
)  # fmt: skip
@click.option("--as-file", type=click.Path(path_type=Path), help="YAML file of these: `NAME: CLUSTER` on each line.")
@click.option(
    "--wait", "wait_hours", type=click.FloatRange(min=0), default=24.0, show_default=True, metavar="HOURS",
    help="For how long after its submission a job may begin.",
)  # fmt: skip
@click.option("--no-carbon", is_flag=True, help="No rows for least emissions.")
@click.option("--gap", type=click.FloatRange(min=0), default=1e-3, show_default=True, help="Stop at this proven gap.")
@click.option("--time-limit", type=click.FloatRange(min=0, min_open=True), help="Seconds for all that is solved.")
@click.option("--work-limit", type=click.IntRange(min=1), help="Stop each solve after so many nodes, or rounds.")
@click.option(
    "--device", type=click.Choice(("auto", "gpu", "cpu")), default="auto", show_default=True, help="Where kernels run."
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of the solver.")
@click.option("--from", "from_", metavar="TIME", help="Jobs submitted from then on.")
@click.option("--to", metavar="TIME", help="Jobs submitted before then.")
@click.option("--onto", metavar="TIME", help="Move all times so that --from falls on this one.")
@click.option("--start", metavar="TIME", help="The moment of second 0 of a log that counts seconds.")
@click.option("--time-zone", metavar="ZONE", help="Of times without one, such as Europe/Berlin.")
@click.option("--per-node", type=int, metavar="N", help="Accelerators of a node, where the log counts nodes.")
@click.option(
    "--per-accelerator", type=float, metavar="CORES", help="Processors to an accelerator, where it counts these."
)
@click.option("--column", "columns", multiple=True, callback=pairs, metavar="NAME=COLUMN", help="Of a table. Repeated.")
@click.option("--ignore", multiple=True, metavar="COLUMN", help="Of a table: a column that is not read. Repeated.")
@click.option("-o", "--out", type=click.Path(path_type=Path), help="Folder for all plans, table.csv and what-if.json.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
def command(
    log: Path,
    file: Path,
    variant: str | None,
    format_name: str | None,
    clusters: dict[str, str],
    as_file: Path | None,
    wait_hours: float,
    no_carbon: bool,
    gap: float,
    time_limit: float | None,
    work_limit: int | None,
    device: Any,
    seed: int,
    out: Path | None,
    as_json: bool,
    quiet: bool,
    **asked: Any,
) -> None:
    """What a finished job log would have cost, and emitted, elsewhere or at other times.

    LOG is a log as `placement import` reads, or a table with job, hours, accelerators, submitted, started and cluster.
    Rows: as it ran; the same starts on each other cluster; other times on the same cluster; other times on any
    cluster; the last two for least emissions too. Every row has all jobs: those that cannot run as it says are counted
    by reason, and stay as they ran. A start inside a slot counts from the next slot.
    """
    _check_there(log, file)
    from placement.hindsight import check_folder, load_without_jobs, read_log, what_if, write_what_if
    from placement.hindsight.what_if import CARBON_USD_PER_T

    if out is not None:
        check_folder(out)
    scenario = load_without_jobs(file, variant)
    known = {**({} if as_file is None else _mapping(as_file)), **clusters}
    taken = read_log(log, format_name, **{key: value for key, value in asked.items() if value})
    talk = not (as_json or quiet)

    def say(words: str) -> None:
        if talk:
            click.echo(f"{words} ...", err=True)

    with stopped_by_ctrl_c("the rows") as stop:
        found = what_if(
            scenario, taken, clusters=known, wait_hours=wait_hours, gap=gap, seed=seed, device=device,
            carbon_usd_per_t=None if no_carbon else CARBON_USD_PER_T, work_limit=work_limit, stop=stop,
            time_limit_s=math.inf if time_limit is None else time_limit, progress=say,
        )  # fmt: skip
    if out is not None:
        write_what_if(out, found)
    if as_json:
        click.echo(json.dumps({**found.summary(), "wrote": None if out is None else str(out)}, indent=1))
    elif talk:
        click.echo("\n".join(lines(found, log, scenario.as_if())))
        if out is not None:
            click.echo(f"each plan checked by the verifier, written to {out}")


def _check_there(log: Path, scenario: Path) -> None:
    """Complain now of files that are not there: importing what works the rows out takes seconds."""
    from placement.importers.jobs.texts import check_there
    from placement.loader.extend import scenario_file
    from placement.tree import read

    if not scenario_file(scenario).is_file():
        read(scenario)
    check_there(log, LOG)


def _mapping(path: Path) -> dict[str, str]:
    """Clusters by names of the log, of a YAML file."""
    from placement.tree import read

    value = read(path).value
    if not isinstance(value, dict) or not all(isinstance(each, str) for each in value.values()):
        raise PlacementError(f"{path} is no mapping of names to clusters. Write `PARTITION: CLUSTER` on each line.")
    return {str(name): str(cluster) for name, cluster in value.items()}


def lines(found: "WhatIf", log: Path, as_if: Sequence[str]) -> list[str]:
    """What is printed."""
    text = [*_left(found, log)]
    for note in found.notes:
        text += wrapped(f"note: {note}")
    if as_if:
        text += wrapped(f"as if they operated: {', '.join(as_if)}")
    text += ["", f"Cost inside {found.minimise}, differences against as it ran", *_costs(found), "", *_work(found), ""]
    for each in found.alternatives:
        text += _stays(each, found.jobs)
    if found.constant_usd:
        text += wrapped(f"Of each cost {usd(found.constant_usd)} is paid in every row, whatever runs.")
    text += wrapped(
        f"The mean wait in the log is {found.waited_hours:.2f} h. A start inside a slot counts from the next in "
        f"all rows: on average {found.rounded_hours:.2f} h later."
    )
    text += wrapped(HINDSIGHT)
    if any(math.isfinite(each.bound_tco2) for each in found.alternatives):
        text += wrapped(
            "tCO2 is that of energy alone, not of making and launching (`placement show` has these). Least CO2: no "
            "plan with the same waits that costs no more, or no more than as it ran, emits less than the bound."
        )
    return text


def _left(found: "WhatIf", log: Path) -> list[str]:
    """What of the log is in the rows, and what is not."""
    what = "1 job" if found.jobs == 1 else f"{number(found.jobs)} jobs"
    tally = None if found.log is None else found.log.tally
    text = [f"{log}: {what} in every row" + ("" if tally is None else f", of {number(tally.read)} records")]
    for reason, count in sorted(tally.dropped.items()) if tally is not None else ():
        text.append(f"  {count:>8,}  {reason.words}")
        text += [f"  {'':>8}    {place}" for place in tally.examples[reason]] if tally is not None else []
    text += [f"  {left.jobs:>8,}  {left.words}{_named(left)}" for left in found.left]
    for note in tally.notes if tally is not None else ():
        text += wrapped(note)
    return text


def _named(left: "Left") -> str:
    more = ", ..." if left.jobs > len(left.first) else ""
    return f" ({', '.join(left.first)}{more})"


def _costs(found: "WhatIf") -> list[str]:
    rows = []
    for row in found.table().to_dict("records"):
        first = row["key"] == "as-it-ran"
        rows.append(
            [
                row["words"], usd(row["cost_usd"]), usd(row["bound_usd"]), usd(row["energy_usd"]),
                "" if first else usd(row["difference_usd"]), "" if first else percent(row["difference"]),
                _tonnes(row["tco2"]), _tonnes(row["bound_tco2"]), "" if first else _tonnes(row["difference_tco2"]),
            ]
        )  # fmt: skip
    return table(["", "cost", "cost bound", "energy", "$ +/-", "% +/-", "tCO2", "tCO2 bound", "tCO2 +/-"], rows)


def _tonnes(value: float) -> str:
    if not math.isfinite(value):
        return "-"
    value = 0.0 if abs(value) < GRAM else value
    return f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:.4g}"


def _work(found: "WhatIf") -> list[str]:
    rows = [
        [
            row["words"], number(row["accelerator_hours"]),
            "-" if not math.isfinite(row["wait_hours"]) else f"{row['wait_hours']:.2f}",
            number(row["moved"]), number(row["at_another_time"]), number(row["stay"]),
        ]
        for row in found.table().to_dict("records")
    ]  # fmt: skip
    return table(["", "accelerator-hours", "mean wait, h", "moved", "other start", "cannot, stay"], rows)


def _stays(each: "Alternative", jobs: int) -> list[str]:
    """What could not be, and what would have been needed more."""
    text = []
    if each.plan is None:
        text += wrapped(f"{each.words}: no plan. {each.result.message}")
    elif str(each.result.status) in ENDED_EARLY:
        text += wrapped(f"{each.words}: the proven gap is {percent(each.result.gap, 2)}. {each.result.message}")
    for left in each.stay:
        text += wrapped(f"{each.words}: {left.jobs:,} of {jobs:,} jobs stay as they ran: {left.words}{_named(left)}")
    needs = [f"{more:,} accelerators on {pool}" for pool, more in each.lack.accelerators.items()]
    needs += [f"{mw:.4g} MW on {cluster}" for cluster, mw in each.lack.mw.items()]
    if needs:
        text += wrapped(f"{each.words}: for all to find room it would take, at the peak, {' and '.join(needs)} more")
    return text

"""What a plan is worth across futures: the front door of `placement stress`."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from placement.compile import Compiled, compile_scenario
from placement.errors import PlacementError
from placement.executor import Executor, carried_out, check_executor
from placement.folder import Stored
from placement.futures.at_once import AtOnce, Ran, at_once, is_plain
from placement.futures.draw import Drawing, Future
from placement.futures.groups import Grouped, groups_of
from placement.futures.history import History, history_of
from placement.futures.lengths import Largest, lengths_of
from placement.futures.one_by_one import OneByOne
from placement.futures.risk import Risk, drivers, risk_of
from placement.futures.world import World, world
from placement.kernels.backend import Device, choose
from placement.kernels.futures import DOLLARS
from placement.kernels.work import Ints
from placement.schema import Scenario, Uncertainty
from placement.tasks import Event
from placement.timegrid import TimeGrid

if TYPE_CHECKING:
    import pandas as pd

MOST = 1_000_000
"""Futures."""

CHUNK = 8
"""Futures that a process takes at a time."""

FIGURES = ("cost_usd", "away_usd", "missed_usd", "late_hours", "away", "missed", "elsewhere", "tco2")
"""What is told of each future, beside what drives it."""


@dataclass(frozen=True)
class Stress:
    """A plan across futures."""

    scenario: str
    planned_usd: float
    """Cost of the plan as it was planned."""
    seed: int
    how: Literal["at once", "one by one"]
    device: str
    """What ran the kernel; "" where futures were compiled one by one."""
    futures: pd.DataFrame
    """A row for each future: its number, FIGURES, and what was drawn, columns of DRAWN."""
    drawn: tuple[str, ...]
    """Columns of what was drawn."""
    jobs: pd.DataFrame
    """A row for each job: units that the plan places, deadline, chance that a unit finds a place and that it ends by
    its deadline (nan without one)."""
    unsettled: tuple[str, ...]
    """Why some futures have no cost; they are left out of all figures."""

    def risk(self, figure: str = "cost_usd", tail: float = 0.05) -> Risk:
        """Mean, quantiles and the mean of the worst of a figure.

        Raises
        ------
        PlacementError
            If no future has a cost, or the tail is no share.
        """
        if self.futures["cost_usd"].isna().all():
            raise PlacementError(f"no future has a cost. The first reason: {self.unsettled[0]}.")
        values = self.futures[figure].to_numpy(dtype=np.float64)
        return risk_of(values[~np.isnan(values)], tail)

    def drivers(self, figure: str = "cost_usd") -> list[tuple[str, float]]:
        """What was drawn with its rank correlation (Spearman) with a figure, the strongest first."""
        known = self.futures[~self.futures[figure].isna()]
        return drivers({name: known[name].to_numpy() for name in self.drawn}, known[figure].to_numpy())


def stress(
    stored: Stored,
    futures: int = 1000,
    *,
    seed: int = 0,
    device: Device = "auto",
    workers: int = 0,
    one_by_one: bool = False,
    executor: Executor = "local",
    address: str | None = None,
    progress: Callable[[int], None] | None = None,
    stop: Event | None = None,
) -> Stress:
    """What becomes of a plan in many futures of its scenario's `uncertainty`, and what it costs.

    Where jobs meet capacities alone and no input is drawn, all futures run through the kernel `futures`; else each is
    compiled, carried out, settled and verified, in processes.

    Parameters
    ----------
    stored : Stored
        A plan with its scenario: `placement.read_plan`.
    futures : int
        How many.
    seed : int
        Future number n of a seed is the same whatever their number, plan and machine.
    device : {"auto", "gpu", "cpu"}
        Where the kernel runs.
    workers : int
        Processes, where futures are compiled one by one; 0: one for each core.
    one_by_one : bool
        Compile and verify each future, also where that is not needed.
    executor, address
        What futures that are compiled one by one run on: processes of this machine, or a Ray cluster (extra
        `distributed`).
    progress : callable, optional
        Called with the number of futures that are done.
    stop : event, optional
        When set, what is done so far is returned.

    Raises
    ------
    PlacementError
        If the scenario has no uncertainty, an argument makes no sense, or prices have no history.
    """
    scenario = stored.scenario
    if scenario.uncertainty is None:
        raise PlacementError(
            f"scenario {scenario.name} has no `uncertainty`, so all its futures are alike. Write that section: "
            "distributions of inputs, run_time, interruptions, events, prices or launches."
        )
    if not 1 <= futures <= MOST:
        raise PlacementError(f"futures is {futures}, but must be from 1 to {MOST:,}.")
    if seed < 0 or workers < 0:
        raise PlacementError(f"seed is {seed} and workers is {workers}, but neither may be negative.")
    check_executor(executor, address)
    compiled = compile_scenario(scenario, every_row=True)
    grouped = groups_of(compiled, stored.plan)
    drawing = _drawing(stored, compiled.legend.grid, seed)
    rows: list[dict[str, Any]] = []
    placed, on_time = (np.zeros(len(grouped.key), dtype=np.int64) for _ in range(2))
    plain = is_plain(compiled) and not one_by_one
    name = ""
    if plain:
        ready, back = at_once(compiled, grouped, drawing, seed), choose(device)
        name = back.name
        largest = Largest(compiled, grouped, ready.lengths, ready.groups.late, ready.groups.loss, seed)
        parts = _at_once(ready, back, futures, largest)
    else:
        parts = _one_by_one(stored, seed, futures, workers, stop, executor, address)
    for more, of_placed, of_time in parts:
        rows += more
        placed += of_placed
        on_time += of_time
        if progress is not None:
            progress(len(rows))
        if stop is not None and stop.is_set():
            break
    if not rows:
        raise PlacementError("it was stopped before a future was done. Let it run longer.")
    return _stress(stored, compiled, grouped, rows, placed, on_time, seed, "at once" if plain else "one by one", name)


Part = tuple[list[dict[str, Any]], Ints, Ints]
"""Rows of some futures, and units of groups that were placed and that were on time, summed over these."""


def _drawing(stored: Stored, grid: TimeGrid, seed: int) -> Drawing:
    scenario = stored.scenario
    given = scenario.uncertainty or Uncertainty()
    histories = tuple(history_of(scenario, grid, each) for each in given.prices)
    return Drawing(scenario, grid, stored.plan, histories, seed)


def _at_once(ready: AtOnce, back: Any, count: int, largest: Largest) -> Iterator[Part]:
    """Futures by the kernel, a batch at a time; the next batch is drawn, and the last one told, beside the kernel."""
    batch = ready.batch(back)
    numbers = [range(first, min(first + batch, count)) for first in range(0, count, batch)]
    with ThreadPoolExecutor(1, thread_name_prefix="futures") as kernel:
        drawn, ran = ready.ready(numbers[0]), None
        for n in range(len(numbers)):
            running = kernel.submit(ready.carried, back, drawn)
            if n + 1 < len(numbers):
                drawn = ready.ready(numbers[n + 1])
            if ran is not None:
                yield _part(ready, ran, largest)
            ran = running.result()
    assert ran is not None
    yield _part(ready, ran, largest)


def _part(ready: AtOnce, ran: Ran, largest: Largest) -> Part:
    """What is told of a batch."""
    legend, carried = ready.compiled.legend, ran.carried
    usd, tonnes = carried.usd.sum(axis=1) + ran.constant_usd, carried.tonnes + ran.constant_t
    away, missed = (carried.usd[:, DOLLARS.index(name)] for name in ("away", "missed"))
    columns = (usd, away, missed, carried.late_hours, carried.away, carried.missed, carried.elsewhere, tonnes)
    rows = [
        {
            "future": future.number,
            **{name: float(column[f]) for name, column in zip(FIGURES, columns, strict=True)},
            **_drawn(legend.scenario, legend.grid, ready.drawing.histories, future, ran.worlds[f]),
            **largest.told(future.number),
        }
        for f, future in enumerate(ran.futures)
    ]
    return rows, carried.group_placed, carried.group_on_time


def _one_by_one(
    stored: Stored, seed: int, count: int, workers: int, stop: Event | None, executor: Executor, address: str | None
) -> Iterator[Part]:
    """Futures one by one, in processes; in the order of their numbers."""
    chunks = -(-count // CHUNK)
    if executor == "local" and min(workers or os.cpu_count() or 1, chunks) == 1:
        ready = one_by_one_of(stored, seed)
        for chunk in range(chunks):
            yield _some(ready, range(chunk * CHUNK, min((chunk + 1) * CHUNK, count)))
        return
    if executor == "local":
        workers = min(workers or os.cpu_count() or 1, chunks)
    waiting: dict[int, Part] = {}
    turn = 0
    for chunk, part in carried_out(
        run_chunk, (stored, seed, count), lambda chunk: (chunk,), range(chunks), lambda _: -1,
        workers=workers, stop=stop, executor=executor, address=address,
    ):  # fmt: skip
        waiting[chunk] = part
        while turn in waiting:
            yield waiting.pop(turn)
            turn += 1


_READY: dict[tuple[int, int], OneByOne] = {}
"""Of the plan that this process was given."""


def run_chunk(stored: Stored, seed: int, count: int, chunk: int) -> Part:
    """Futures of a chunk: what a process does."""
    key = (id(stored), seed)
    if key not in _READY:
        _READY.clear()
        _READY[key] = one_by_one_of(stored, seed)
    return _some(_READY[key], range(chunk * CHUNK, min((chunk + 1) * CHUNK, count)))


def one_by_one_of(stored: Stored, seed: int) -> OneByOne:
    """A plan ready for futures that are compiled one by one."""
    compiled = compile_scenario(stored.scenario, every_row=True)
    grouped = groups_of(compiled, stored.plan)
    lengths, late, loss = lengths_of(compiled, grouped)
    drawing = _drawing(stored, compiled.legend.grid, seed)
    return OneByOne(compiled, stored.plan, grouped, lengths, late, loss, drawing, seed)


def _some(ready: OneByOne, numbers: Sequence[int]) -> Part:
    legend = ready.compiled.legend
    largest = Largest(ready.compiled, ready.grouped, ready.lengths, ready.late, ready.loss, ready.seed)
    rows = []
    placed, on_time = (np.zeros(len(ready.grouped.key), dtype=np.int64) for _ in range(2))
    for number in numbers:
        future, found = ready.run(number)
        figures = (found.usd, found.away_usd, found.missed_usd, found.late_hours, found.away, found.missed)
        every = (*figures, found.elsewhere, found.tonnes)
        told = {name: np.nan if found.unsettled else float(value) for name, value in zip(FIGURES, every, strict=True)}
        row: dict[str, Any] = {"future": number, **told}
        rows.append(
            {
                **row,
                "unsettled": found.unsettled,
                **_drawn(legend.scenario, legend.grid, ready.drawing.histories, future),
                **largest.told(number),
            }
        )
        placed += found.placed
        on_time += found.on_time
    return rows, placed, on_time


def _drawn(
    scenario: Scenario, grid: TimeGrid, histories: tuple[History, ...], future: Future, made: World | None = None
) -> dict[str, float]:
    """What was drawn for a future, in a number each."""
    given = scenario.uncertainty or Uncertainty()
    labels = [f"input {each.label}" if each.label in ("future", *FIGURES) else each.label for each in given.inputs]
    told = dict(zip(labels, future.inputs.tolist(), strict=True))
    for event, windows in zip(given.events, future.windows, strict=True):
        inside = np.minimum(windows[:, 1], grid.hours) - np.maximum(windows[:, 0], 0.0)
        told[f"hours of {event.name}"] = float(np.maximum(inside, 0.0).sum())
    if histories:
        made = made or world(scenario, grid, histories, future)
        for history in histories:
            mean = np.mean([made.price[name] @ grid.tick_hours for name in history.clusters]) / grid.hours
            told[f"mean price at {', '.join(history.clusters)}"] = float(mean)
    return told | {f"flights of {name} that arrive": share for name, share in future.arrived.items()}


def _stress(
    stored: Stored,
    compiled: Compiled,
    grouped: Grouped,
    rows: list[dict[str, Any]],
    placed: Ints,
    on_time: Ints,
    seed: int,
    how: Literal["at once", "one by one"],
    device: str,
) -> Stress:
    import pandas as pd

    table = pd.DataFrame(rows)
    reasons = tuple(sorted({str(row["unsettled"]) for row in rows if row.get("unsettled")}))
    table = table.drop(columns=[name for name in ("unsettled",) if name in table])
    drawn = tuple(name for name in table.columns if name not in ("future", *FIGURES))
    settled = int((~table["cost_usd"].isna()).sum())
    planned = float(stored.summary.get("cost_usd", math.nan))
    jobs = _of_jobs(compiled, grouped, placed, on_time, settled)
    return Stress(stored.scenario.name, planned, seed, how, device, table, drawn, jobs, reasons)


def _of_jobs(compiled: Compiled, grouped: Grouped, placed: Ints, on_time: Ints, futures: int) -> pd.DataFrame:
    """Chances of each job that the plan places."""
    import pandas as pd

    legend = compiled.legend
    jobs = legend.scenario.jobs
    last = legend.segment == (jobs["segments"][legend.job] - 1)
    mine = np.flatnonzero((grouped.option >= 0) & last[grouped.row])
    totals = np.zeros((3, len(jobs)))
    for total, units in zip(totals, (grouped.units, placed, on_time), strict=True):
        np.add.at(total, grouped.job[mine], units[mine])
    some = np.flatnonzero(totals[0] > 0)
    planned, ran, met = totals[:, some]
    dated = ~np.isnat(jobs["deadline"][some])
    return pd.DataFrame(
        {
            "job": jobs["job"][some],
            "units": planned.astype(np.int64),
            "deadline": pd.Series(jobs["deadline"][some]).dt.tz_localize("UTC"),
            "placed": ran / planned / max(futures, 1),
            "on_time": np.where(dated, met / planned / max(futures, 1), np.nan),
        }
    )

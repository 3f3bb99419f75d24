"""A packing problem as a message between processes, and back: numbers and arrays only, nothing that is executed."""

from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from placement.kernels.work import Work
from placement.problem import Flows, Problem, Rows, Supply

OWN = ("count", "reject_usd", "defer_usd", "meter_usd")
SCALARS = ("constant_usd", "forced_usd")


def packed(problem: Problem) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Head and arrays of a problem for which `packing.is_packing` holds."""
    head = {"grains": problem.work.grains, **{name: getattr(problem, name) for name in SCALARS}}
    arrays = {f"work.{f.name}": getattr(problem.work, f.name) for f in fields(Work) if f.name != "grains"}
    arrays |= {f"rows.{f.name}": getattr(problem.rows, f.name) for f in fields(Rows)}
    return head, arrays | {name: getattr(problem, name) for name in OWN}


def unpacked(head: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> Problem:
    """The problem in a message; names of rows are left behind."""
    work = Work(head["grains"], **{f.name: arrays[f"work.{f.name}"] for f in fields(Work) if f.name != "grains"})
    none, nought = np.zeros(0, dtype=np.int64), np.zeros((0, work.slots))
    return Problem(
        work=work,
        count=arrays["count"],
        reject_usd=arrays["reject_usd"],
        defer_usd=arrays["defer_usd"],
        meter_usd=arrays["meter_usd"],
        constant_usd=head["constant_usd"],
        forced_usd=head["forced_usd"],
        rows=Rows(**{f.name: arrays[f"rows.{f.name}"] for f in fields(Rows)}),
        previous=np.full(work.jobs, -1),
        option_move=none,
        option_moves=np.zeros(work.options + 1, dtype=np.int64),
        alone=none,
        after=(),
        flows=Flows(nought, np.zeros(0), none, nought, nought, np.zeros(1, dtype=np.int64), none, np.zeros(0)),
        supply=Supply(),
        tick_slot=none,
        tick_hours=np.zeros(0),
        tick_span=np.zeros(0),
        representative=False,
        month=np.zeros(work.slots, dtype=np.int64),
        month_count=np.ones(1, dtype=np.int64),
        period=np.zeros(work.slots, dtype=np.int64),
    )

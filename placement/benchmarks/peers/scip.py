"""SCIP on the time-indexed model: the columns and rows that HiGHS gets."""

from typing import Any

import numpy as np

from placement.benchmarks.peers.highs import plan_of, start
from placement.benchmarks.peers.task import Task
from placement.models.form import Form
from placement.models.highs import BOUND_SLACK
from placement.models.program import program

FEASIBILITY = 1e-9
"""Share of a limit by which SCIP's rows may be over it; at its own 1e-6 a power limit of a MW gives way by a watt."""

ENDED = {"gaplimit": "optimal", "timelimit": "time"}
"""SCIP's words where ours are others."""


def solve(task: Task) -> str:
    """Ask SCIP; returns how it ended. It runs on one thread."""
    model = program(task.problem)
    scip, columns = _model(model.form)
    scip.setParams(
        {
            "limits/gap": task.gap,
            "numerics/feastol": FEASIBILITY,
            "timing/clocktype": 2,  # the clock on the wall
            "misc/catchctrlc": False,
        }
    )
    begin = start(model, task)
    if begin is not None and task.begin is not None:
        whole = scip.createSol()
        for k, value in zip(*(array.tolist() for array in begin), strict=True):
            if value:
                scip.setSolVal(whole, columns[k], value)
        if scip.checkSol(whole, original=True):
            task.plan(*task.begin)
        scip.addSol(whole)
    task.built()

    def found() -> None:
        best = scip.getBestSol()
        task.plan(*plan_of(model, np.array([scip.getSolVal(best, column) for column in columns])))

    def proven(at_once: bool = False) -> None:
        bound = scip.getDualbound()
        if abs(bound) < scip.infinity():
            task.bound(model.form.dollars(bound - BOUND_SLACK * max(1.0, abs(bound))), at_once)

    _listen(scip, found, proven)
    scip.setParam("limits/time", task.left_s)
    scip.optimize()
    if scip.getNSols():
        found()
    proven(at_once=True)
    ended = str(scip.getStatus())
    return ENDED.get(ended, ended)


def _model(form: Form) -> tuple[Any, list[Any]]:
    """The program in SCIP, and its columns."""
    from pyscipopt import Model

    scip = Model()
    scip.hideOutput()
    columns = [
        scip.addVar("", "C" if not integer else "B" if (low, high) == (0.0, 1.0) else "I", low, _finite(high), cost)
        for cost, low, high, integer in zip(
            form.cost.tolist(), form.lower.tolist(), form.upper.tolist(), form.integer.tolist(), strict=True
        )
    ]
    scip.addObjoffset(-form.base / form.cost_scale)
    first, index, value = form.matrix.indptr.tolist(), form.matrix.indices.tolist(), form.matrix.data.tolist()
    for r, (low, high) in enumerate(zip(form.row_lower.tolist(), form.row_upper.tolist(), strict=True)):
        if first[r] == first[r + 1]:
            continue
        body = value[first[r]] * columns[index[first[r]]]
        row = scip.addCons(body == high if low == high else body <= high)  # the rows of packing are of these two kinds
        for k in range(first[r] + 1, first[r + 1]):
            scip.addConsCoeff(row, columns[index[k]], value[k])
    return scip, columns


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _listen(scip: Any, found: Any, proven: Any) -> None:
    """Call `found` at each better plan, and `proven` when linear programs are solved."""
    from pyscipopt import SCIP_EVENTTYPE, Eventhdlr

    class Listener(Eventhdlr):  # type: ignore[misc]
        """SCIP's own names."""

        def eventinit(self) -> None:
            for kind in kinds:
                self.model.catchEvent(kind, self)

        def eventexit(self) -> None:
            for kind in kinds:
                self.model.dropEvent(kind, self)

        def eventexec(self, event: Any) -> None:
            if event.getType() == SCIP_EVENTTYPE.BESTSOLFOUND:
                found()
            proven()

    kinds = (SCIP_EVENTTYPE.BESTSOLFOUND, SCIP_EVENTTYPE.LPSOLVED, SCIP_EVENTTYPE.NODESOLVED)
    scip.includeEventhdlr(Listener(), "listener", "tells of plans and bounds")

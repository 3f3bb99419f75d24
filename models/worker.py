"""The child process of a solve: reads a program from standard input, runs HiGHS, streams what it finds.

Run as `python -m placement.models.worker`. It writes messages (`wire`): `incumbent` with x, `bound`, and at last `end`.
HiGHS does not stop inside presolve and keeps its thread count for the life of a process: that is why it has one of its
own, which the parent ends when time is up.
"""

import os
import sys
import time
from typing import Any, BinaryIO

import highspy
import numpy as np

from placement.models import wire

BOUND_INTERVAL_S = 0.25


def main() -> None:
    """One program, start to end."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever HiGHS prints must not get between the messages
    message = wire.receive(sys.stdin.buffer)
    if message is None:
        return
    head, arrays = message
    _Run(head, arrays, out).run()


class _Run:
    def __init__(self, head: dict[str, Any], arrays: dict[str, Any], out: BinaryIO):
        self.head, self.arrays, self.out = head, arrays, out
        self.began = time.monotonic()
        self.told = 0.0
        self.bound = -np.inf
        self.highs = highspy.Highs()

    def run(self) -> None:
        """Load, solve, report."""
        highs, head = self.highs, self.head
        highs.setOptionValue("output_flag", False)
        for name, value in head["options"].items():
            highs.setOptionValue(name, value)
        highs.passModel(self._program())
        if "start_index" in self.arrays and head["mip"]:
            index, value = self.arrays["start_index"], self.arrays["start_value"]
            highs.setSolution(len(index), index.astype(np.int32), value.astype(np.float64))
        if head["mip"]:
            highs.cbMipImprovingSolution.subscribe(self._improved)
            highs.cbMipInterrupt.subscribe(self._tick)
        highs.run()
        self._end()

    def _program(self) -> Any:
        a = self.arrays
        lp = highspy.HighsLp()
        lp.offset_ = float(self.head["offset"])
        lp.num_col_, lp.num_row_ = len(a["cost"]), len(a["row_lower"])
        lp.col_cost_, lp.col_lower_, lp.col_upper_ = a["cost"], a["lower"], a["upper"]
        lp.row_lower_, lp.row_upper_ = a["row_lower"], a["row_upper"]
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = a["indptr"], a["indices"], a["data"]
        if self.head["mip"]:
            kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
            lp.integrality_ = [kinds[k] for k in a["integer"].astype(int).tolist()]
        return lp

    def _seconds(self) -> float:
        return time.monotonic() - self.began

    def _improved(self, event: Any) -> None:
        data = event.data_out
        x = np.array(data.mip_solution, dtype=np.float64)
        head = {
            "event": "incumbent",
            "objective": float(data.objective_function_value),
            "bound": _finite(data.mip_dual_bound),
            "seconds": self._seconds(),
            "nodes": int(data.mip_node_count),
        }
        wire.send(self.out, head, {"x": x})

    def _tick(self, event: Any) -> None:
        now = self._seconds()
        if now - self.told < BOUND_INTERVAL_S:
            return
        data = event.data_out
        bound = float(data.mip_dual_bound)
        if np.isfinite(bound) and bound > self.bound:
            self.bound, self.told = bound, now
            wire.send(
                self.out, {"event": "bound", "bound": bound, "seconds": now, "nodes": int(data.mip_node_count)}
            )

    def _end(self) -> None:
        highs, info = self.highs, self.highs.getInfo()
        status = highs.getModelStatus()
        found = info.primal_solution_status == int(highspy.SolutionStatus.kSolutionStatusFeasible)
        solution = highs.getSolution()
        arrays = {"x": np.array(solution.col_value, dtype=np.float64)} if found else {}
        if not self.head["mip"]:
            arrays["row_dual"] = np.array(solution.row_dual, dtype=np.float64)
        head = {
            "event": "end",
            "status": status.name,
            "found": bool(found),
            "objective": _finite(info.objective_function_value) if found else None,
            "bound": _finite(info.mip_dual_bound) if self.head["mip"] else None,
            "seconds": self._seconds(),
            "nodes": max(int(info.mip_node_count), 0),
            "iterations": max(int(info.simplex_iteration_count), 0),
        }
        wire.send(self.out, head, arrays)


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


if __name__ == "__main__":
    main()

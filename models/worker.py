"""The child process of a solve: reads programs from standard input, runs HiGHS, streams what it finds.

Run as `python -m placement.models.worker`. It writes messages (`wire`): `incumbent` with x, `bound`, and at last `end`.
HiGHS does not stop inside presolve and keeps its thread count for the life of a process: that is why it has one of its
own, which the parent ends when time is up. Programs of as many threads follow one another in one process (`spare`).
"""

import gc
import os
import sys
import time
from typing import IO, Any

import highspy
import numpy as np

from placement.models import wire
from placement.parent import end_with

BOUND_INTERVAL_S = 0.25
START_LIMIT_S, START_NODES = 10.0, 1_000
"""Of completing a start; nodes, and no clock, where nodes are what limits the solve."""


def main() -> None:
    """One program after the other, each from start to end."""
    end_with(int(sys.argv[1]))
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever HiGHS prints must not get between the messages
    while (message := wire.receive(sys.stdin.buffer)) is not None:
        _Run(*message, out).run()
        del message
        gc.collect()  # a solver and what hears from it hold each other


class _Run:
    def __init__(self, head: dict[str, Any], arrays: dict[str, Any], out: IO[bytes]):
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
            self._begin_with(self.arrays["start_index"], self.arrays["start_value"])
        if head["mip"]:
            highs.cbMipImprovingSolution.subscribe(self._improved)
            highs.cbMipInterrupt.subscribe(self._tick)
        highs.run()
        self._end()

    def _begin_with(self, index: Any, value: Any) -> None:
        """Hand over a whole solution that has the given values.

        Given only a part, HiGHS would complete it by a solve of its own whose bounds come through the same callbacks:
        bounds of the program with that part fixed, which prove nothing. So the part is completed here, in another
        instance.
        """
        if len(index) == len(self.arrays["cost"]) and self._hand_over(np.asarray(value, dtype=np.float64)):
            return
        whole = self.arrays["integer"] > 0
        chosen = whole[index]
        index, value = index[chosen], value[chosen]
        other = highspy.Highs()
        other.setOptionValue("output_flag", False)
        if "mip_max_nodes" in self.head["options"]:
            other.setOptionValue("mip_max_nodes", START_NODES)
        else:
            other.setOptionValue("time_limit", START_LIMIT_S)
        program = self._program()
        lower, upper = self.arrays["lower"].copy(), self.arrays["upper"].copy()
        lower[index] = upper[index] = value
        program.col_lower_, program.col_upper_ = lower, upper
        other.passModel(program)
        other.run()
        if other.getInfo().primal_solution_status != int(highspy.SolutionStatus.kSolutionStatusFeasible):
            return
        x = np.array(other.getSolution().col_value, dtype=np.float64)
        x[whole] = np.round(x[whole])
        self._hand_over(x)

    def _hand_over(self, x: Any) -> bool:
        """Give a whole solution to the solver and tell of it, if it is feasible."""
        if not self._feasible(x):
            return False
        solution = highspy.HighsSolution()
        solution.col_value = x.tolist()
        self.highs.setSolution(solution)
        objective = float(x @ self.arrays["cost"]) + float(self.head["offset"])
        head = {"event": "incumbent", "objective": objective, "bound": None, "seconds": self._seconds(), "nodes": 0}
        wire.send(self.out, head, {"x": x})
        return True

    def _feasible(self, x: Any) -> bool:
        """Whether a solution holds every row and bound to half the solver's tolerance, so that it is taken as it is."""
        a = self.arrays
        body = np.zeros(len(a["row_lower"]))
        rows = np.repeat(np.arange(len(body)), np.diff(a["indptr"]))
        np.add.at(body, rows, a["data"] * x[a["indices"]])
        slack = 0.5 * float(self.head["options"]["primal_feasibility_tolerance"])
        inside = (x >= a["lower"] - slack).all() and (x <= a["upper"] + slack).all()
        return bool(inside and (body >= a["row_lower"] - slack).all() and (body <= a["row_upper"] + slack).all())

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
            wire.send(self.out, {"event": "bound", "bound": bound, "seconds": now, "nodes": int(data.mip_node_count)})

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

"""HiGHS in a child process: incumbents and bounds come as they are found, a time limit holds, a stop is heard."""

import math
import queue
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from placement.errors import SolverError
from placement.kernels.work import Floats
from placement.models.form import Form
from placement.models.spare import LARGE, begin, keep

BOUND_SLACK = 1e-6
"""HiGHS' bounds are taken less this share of their size (at least this much), its own tolerance."""

DUAL_TOLERANCE = 1e-7
"""HiGHS' own on reduced costs; bounds are taken less this for each unit that columns can come to."""

POLL_S = 0.05
FEASIBILITY = 1e-7

INTERIOR = {"solver": "ipx", "run_crossover": "off"}

SMALLEST_ENTRY = 1e-12
"""HiGHS takes smaller entries of the matrix for nought; by default those below 1e-9, which grams of CO2 can be."""


class Event(Protocol):
    """What can stop a solve; `threading.Event` is one."""

    def is_set(self) -> bool:
        """Whether to stop."""


@dataclass(frozen=True)
class Report:
    """One thing that a solve found; dollars, constant included."""

    seconds: float
    usd: float | None
    bound_usd: float | None
    nodes: int


@dataclass
class Outcome:
    """What came of a solve. Dollars, constant included."""

    status: str
    """`optimal`, `gap`, `infeasible`, `time`, `work`, `stopped`."""
    x: Floats | None = None
    usd: float = np.inf
    bound_usd: float = -np.inf
    nodes: int = 0
    iterations: int = 0
    row_dual: Floats | None = None
    history: list[Report] = field(default_factory=list)


def solve(
    form: Form,
    *,
    gap: float = 1e-6,
    time_limit_s: float = np.inf,
    node_limit: int | None = None,
    seed: int = 0,
    threads: int = 0,
    start: tuple[NDArray[np.int64], Floats] | None = None,
    stop: Event | None = None,
    on_report: Callable[[Report, Floats | None], None] | None = None,
    relax: bool = False,
    interior: float | None = None,
    presolve: bool = True,
    enough_usd: float = -np.inf,
) -> Outcome:
    """Solve a program in a child process.

    Parameters
    ----------
    form : Form
        The program.
    gap : float
        Stop when (cost - bound)/|cost - offset| is at most this.
    time_limit_s : float
        After so many seconds the child is ended, whatever it does; what it found until then counts.
    node_limit : int, optional
        Stop after so many nodes: a limit of work, which gives the same answer each time.
    seed, threads : int
        As HiGHS has them; 0 threads: it decides.
    start : (columns, values), optional
        Values to begin with: of all columns, or of some whole ones.
    stop : event, optional
        Looked at twenty times a second.
    on_report : callable, optional
        Called with each report, and x where it is an incumbent.
    relax : bool
        Solve the linear relaxation and return its duals.
    interior : float, optional
        Of a relaxation: its answer by an interior point method, up to this relative gap and no vertex; soon where there
        are very many columns. It has no bound but what its prices prove, and where the method ends in anything but an
        answer, such as that there is none, the simplex method has the word.
    presolve : bool
        Whether HiGHS looks for reductions first.
    enough_usd : float
        Stop at a whole solution that costs less, at the same one each time.

    Raises
    ------
    SolverError
        If the child fails for a reason of its own.
    """
    if form.columns == 0:
        return _trivial(form)
    options = {
        "mip_rel_gap": float(gap),
        "mip_abs_gap": 1e-6,
        "presolve": "choose" if presolve else "off",
        "random_seed": int(seed),
        "threads": int(threads),
        "mip_feasibility_tolerance": FEASIBILITY,
        "primal_feasibility_tolerance": FEASIBILITY,
        "dual_feasibility_tolerance": DUAL_TOLERANCE,
        "small_matrix_value": SMALLEST_ENTRY,
        **({"mip_max_nodes": int(node_limit)} if node_limit is not None else {}),
        **({"objective_target": form.scaled(enough_usd)} if math.isfinite(enough_usd) else {}),
    }
    head = {
        "offset": -form.base / form.cost_scale,
        "mip": not relax and bool(form.integer.any()),
        "options": options,
    }
    arrays: dict[str, NDArray[Any]] = {
        "cost": form.cost,
        "lower": form.lower,
        "upper": form.upper,
        "row_lower": form.row_lower,
        "row_upper": form.row_upper,
        "indptr": form.matrix.indptr.astype(np.int32),
        "indices": form.matrix.indices.astype(np.int32),
        "data": form.matrix.data,
        "integer": form.integer.astype(np.int8),
    }
    if start is not None:
        arrays["start_index"], arrays["start_value"] = start
    deadline = time.monotonic() + time_limit_s
    if interior is not None:
        try:
            inside = {**options, **INTERIOR, "ipm_optimality_tolerance": float(interior)}
            outcome = _run(form, {**head, "options": inside}, arrays, deadline, stop, on_report)
        except SolverError:
            outcome = Outcome("failed")
        if outcome.status in ("optimal", "time", "stopped"):
            return replace(outcome, bound_usd=-np.inf)  # what it costs is near the optimum, on either side
    return _run(form, head, arrays, deadline, stop, on_report)


def _run(
    form: Form,
    head: dict[str, Any],
    arrays: dict[str, NDArray[Any]],
    deadline: float,
    stop: Event | None,
    on_report: Callable[[Report, Floats | None], None] | None,
) -> Outcome:
    run = _Run(form, head, arrays)
    try:
        return run.follow(deadline, stop, on_report)
    finally:
        run.end()


def _trivial(form: Form) -> Outcome:
    """Nothing to decide: rows hold or they do not."""
    if (form.row_lower > 1e-9).any() or (form.row_upper < -1e-9).any():
        return Outcome("infeasible")
    return Outcome("optimal", np.zeros(0), form.offset, form.offset, row_dual=np.zeros(len(form.row_lower)))


class _Run:
    """A child process that solves a program, and what it has found."""

    def __init__(self, form: Form, head: dict[str, Any], arrays: dict[str, NDArray[Any]]):
        self.form, self.outcome = form, Outcome("stopped")
        self.threads = int(head["options"]["threads"])
        self.child = begin(self.threads, head, arrays)
        self.waits = False
        """Whether the child has answered and may be given another program."""
        self.large = sum(array.size for array in arrays.values()) > LARGE

    def follow(
        self, deadline: float, stop: Event | None, on_report: Callable[[Report, Floats | None], None] | None
    ) -> Outcome:
        """Take messages until the end, the deadline or a stop."""
        while True:
            try:
                message = self.child.messages.get(timeout=max(0.0, min(POLL_S, deadline - time.monotonic())))
            except queue.Empty:
                if stop is not None and stop.is_set():
                    self.outcome.status = "stopped"
                    return self.outcome
                if time.monotonic() >= deadline:
                    self.outcome.status = "time"
                    return self.outcome
                continue
            if message is None:
                text = self.child.said() or "It gave no reason; memory may have run out."
                raise SolverError(f"HiGHS ended without an answer. {text}")
            head, arrays = message
            if head["event"] == "end":
                self.waits = not self.large
                self._take_end(head, arrays)
                return self.outcome
            self._take(head, arrays, on_report)

    def end(self) -> None:
        """End the child, or keep it for the next program."""
        if self.waits:
            keep(self.threads, self.child)
        else:
            self.child.end()

    def _take(
        self, head: dict[str, Any], arrays: dict[str, Any], on_report: Callable[[Report, Floats | None], None] | None
    ) -> None:
        outcome = self.outcome
        outcome.nodes = head["nodes"]
        if head["bound"] is not None:
            outcome.bound_usd = max(outcome.bound_usd, self._safe_bound(head["bound"]))
        x = arrays.get("x")
        if x is not None:
            usd = self.form.dollars(head["objective"])
            if usd < outcome.usd:
                outcome.usd, outcome.x = usd, x
        report = Report(
            head["seconds"],
            outcome.usd if outcome.x is not None else None,
            outcome.bound_usd if np.isfinite(outcome.bound_usd) else None,
            head["nodes"],
        )
        outcome.history.append(report)
        if on_report is not None:
            on_report(report, x)

    def _safe_bound(self, scaled: float) -> float:
        return self.form.dollars(scaled - BOUND_SLACK * max(1.0, abs(scaled)) - DUAL_TOLERANCE * self.form.units)

    def _take_end(self, head: dict[str, Any], arrays: dict[str, Any]) -> None:
        outcome = self.outcome
        outcome.nodes, outcome.iterations = head["nodes"], head["iterations"]
        if "x" in arrays:
            usd = self.form.dollars(head["objective"])
            if usd <= outcome.usd:
                outcome.usd, outcome.x = usd, arrays["x"]
        if head["bound"] is not None:
            outcome.bound_usd = max(outcome.bound_usd, self._safe_bound(head["bound"]))
        outcome.row_dual = arrays.get("row_dual")
        status = head["status"]
        if status == "kOptimal":
            if head["bound"] is None:  # a linear program: its optimum is its bound
                outcome.bound_usd = max(outcome.bound_usd, self._safe_bound(head["objective"]))
            outcome.status = "optimal"
        elif status in ("kInfeasible", "kUnboundedOrInfeasible"):
            outcome.status = "infeasible"
        elif status == "kTimeLimit":
            outcome.status = "time"
        elif status == "kObjectiveTarget":
            outcome.status = "gap"
        elif status in ("kSolutionLimit", "kIterationLimit"):
            outcome.status = "work"
        else:
            raise SolverError(f"HiGHS ended with {status}. Send the scenario to the authors if it can be shared.")

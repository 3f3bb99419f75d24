"""The exact model of a problem, ready for the solver: Pyomo, arrays, plain rows, scaled."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from placement.kernels.work import Floats, Ints
from placement.models import exact as exact_model
from placement.models.exact import Exact
from placement.models.form import Form, Index, scaled, standard_form
from placement.models.read import added_columns, placement_columns
from placement.models.substitute import without_readings
from placement.problem import Problem


@dataclass(frozen=True)
class Program:
    """A problem's model and its arrays."""

    problem: Problem
    exact: Exact
    form: Form
    index: Index

    def columns_of(self, units: Ints, rejected: Ints, deferred: Ints) -> tuple[Ints, Floats]:
        """Columns and values of an assignment: units of each placement, and of each job turned away or put off."""
        m = self.exact.model
        columns = [placement_columns(self.exact, self.index)]
        values = [units.astype(np.float64)]
        for variables, number in ((m.rejected, rejected), (m.deferred, deferred)):
            jobs = list(variables.index_set())
            columns.append(np.array([self.index.column(variables[j]) for j in jobs], dtype=np.int64))
            values.append(number[jobs].astype(np.float64) if jobs else np.zeros(0))
        column, value = np.concatenate(columns), np.concatenate(values)
        return column[column >= 0], value[column >= 0]

    def added_columns(self) -> Ints:
        """Columns of modules and flights that are whole."""
        column = added_columns(self.exact.model, self.index)
        column = column[column >= 0]
        return np.asarray(column[self.form.integer[column]], dtype=np.int64)


def program(problem: Problem, check: Callable[[], None] = lambda: None) -> Program:
    """The program of a problem. The solver's objective is the cost less constant and forced dollars.

    `check` is called now and then while it is put together, and may raise to give up.
    """
    check()
    exact = exact_model.build(problem)
    check()
    form, index = standard_form(exact.model, problem.forced_usd)
    check()
    form, index = without_readings(problem, exact, form, index)
    check()
    mine = np.ones(form.columns, dtype=bool)
    placed = placement_columns(exact, index)
    mine[placed[placed >= 0]] = False
    width = form.upper[mine] - form.lower[mine]
    units = float(problem.count.sum()) + float(width[np.isfinite(width)].sum())
    return Program(problem, exact, replace(scaled(form), units=units), index)

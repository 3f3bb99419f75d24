"""Readings put back into the rows that use them.

In the form by differences a model has a variable reading[μ,t] and a row change[μ,t] for each meter and slot: few
entries, quick to write down in Pyomo, but branch and bound and the dual simplex do far better on plain rows (on the
week of the demo: 3 s for the relaxation instead of more than a minute). Since

    reading[μ,t] = Σ_n P[(μ,t), n] x[n]        what placement n adds in slot t,

the readings are substituted out here, on arrays: every row gets P for its readings, and the rows `change` go.
"""

from dataclasses import replace

import numpy as np
from scipy import sparse

from placement.models.exact import Exact
from placement.models.form import Form, Index, kept
from placement.models.rows import readings
from placement.problem import Problem


def without_readings(problem: Problem, exact: Exact, form: Form, index: Index) -> tuple[Form, Index]:
    """The same program on plain rows; itself if it has no readings."""
    if exact.form != "differences":
        return form, index
    slots = problem.work.slots
    keys = list(exact.model.reading.index_set())
    column = np.array([index.column(v) for v in exact.model.reading.values()], dtype=np.int64)
    flat = np.array([u * slots + t for u, t in keys], dtype=np.int64)
    place = np.full(problem.meters * slots, -1)
    place[flat[column >= 0]] = column[column >= 0]
    x = np.array([index.column(v) for v in exact.model.x.values()], dtype=np.int64)
    rows, columns, values = [], [], []
    for meter, slot, amount, who in readings(problem.work, exact.placed):
        target = place[meter * slots + slot]
        good = (target >= 0) & (x[who] >= 0)
        rows.append(target[good])
        columns.append(x[who][good])
        values.append(amount[good])
    n = form.columns
    if rows:
        entries = (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns)))
        part = sparse.csr_array(sparse.coo_array(entries, shape=(n, n)))
    else:
        part = sparse.csr_array((n, n))
    is_reading = np.zeros(n, dtype=bool)
    is_reading[column[column >= 0]] = True
    identity = sparse.diags_array((~is_reading).astype(np.float64), format="csr")
    matrix = sparse.csr_array(form.matrix @ (identity + part))
    plain = replace(form, matrix=matrix)
    change = np.zeros(len(form.row_lower), dtype=bool)
    for members in index.rows.get("change", {}).values():
        change[members] = True
    return kept(plain, index, ~is_reading, ~change)

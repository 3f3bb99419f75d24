"""Where gangs end: needs that the same modules meet share a row, and no plan is lost or won by it."""

import math
from typing import Any

import build
import lifting
import pyomo.environ as pyo
import pytest
from oracle.expansion import tiny_growth
from pyomo.common.errors import InfeasibleConstraintException

import placement
from placement.compile import compile_scenario
from placement.models import exact, highs, rows
from placement.models.book import Book, linear
from placement.models.exact import listed
from placement.models.program import program
from placement.schema import Scenario


def each_apart(m: Any, p: Any, placed: Any, job: Any, x: list[Any], book: Book) -> None:
    """The same rule said once for each row, gang size and job."""
    groups: dict[tuple[int, float], dict[int, list[int]]] = {}
    for r, n, amount in zip(*(array.tolist() for array in rows.alone(p, placed)), strict=True):
        groups.setdefault((r, amount), {}).setdefault(int(job[n]), []).append(n)
    m.stands = pyo.Var(sorted(groups), domain=pyo.Binary)
    m.enough, m.alone = pyo.ConstraintList(), pyo.ConstraintList()
    for (r, a), jobs in groups.items():
        modules = [(c, v) for c, v in book.body.get(r, []) if c < 0]
        m.enough.add((None, linear([(a, m.stands[r, a]), *modules]), float(p.rows.upper[r])))
        for j, members in jobs.items():
            terms = [(1.0, x[n]) for n in members]
            m.alone.add((None, linear([*terms, (-float(p.count[j]), m.stands[r, a])]), 0.0))


def best(scenario: Scenario) -> float:
    """inf where there is no plan."""
    try:
        return highs.solve(program(compile_scenario(scenario).problem).form, gap=1e-9).usd
    except (InfeasibleConstraintException, rows.Unsatisfiable):
        return math.inf


def least(scenario: Scenario) -> float:
    return highs.solve(program(compile_scenario(scenario).problem).form, relax=True).usd


@pytest.mark.parametrize(("apart", "block"), [(0, 0), (rows.APART, 1)])
def test_optima_are_those_of_a_row_for_each(monkeypatch: pytest.MonkeyPatch, apart: int, block: int) -> None:
    made = [lifting.gangs(seed) for seed in range(10 * block, 10 * block + 10)]
    made += [placement.scenario(tiny_growth(seed)) for seed in range(5 * block, 5 * block + 5)]
    monkeypatch.setattr(rows, "APART", apart)
    shared = [best(each) for each in made]
    monkeypatch.setattr(exact, "add_alone", each_apart)
    assert shared == pytest.approx([best(each) for each in made], rel=1e-6, abs=1e-6)


def test_the_rule_binds_in_some_and_rows_are_saved(monkeypatch: pytest.MonkeyPatch) -> None:
    made = [lifting.gangs(seed) for seed in range(20)]
    with_it = [best(each) for each in made]
    fewer = [len(program(compile_scenario(each).problem).form.row_lower) for each in made]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(exact, "add_alone", each_apart)
        many = [len(program(compile_scenario(each).problem).form.row_lower) for each in made]
    assert sum(fewer) < 0.8 * sum(many)
    monkeypatch.setattr(exact, "add_alone", lambda m, *_: setattr(m, "stands", pyo.Var([])))
    without = [best(each) for each in made]
    assert all(a >= b - 1e-6 for a, b in zip(with_it, without, strict=True))
    assert sum(a > b + 1e-3 for a, b in zip(with_it, without, strict=True)) >= 3


def test_divided_it_is_no_weaker_where_few_share(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows of their own are left out only where the row of what is held says as much."""
    made = [lifting.gangs(seed, fixed=0) for seed in range(12)]
    shared = [least(each) for each in made]
    monkeypatch.setattr(exact, "add_alone", each_apart)
    apart = [least(each) for each in made]
    assert all(a >= b - 1e-6 * abs(b) - 1e-6 for a, b in zip(shared, apart, strict=True))


def raises(amounts: list[float], upper: float = 0.0, kind: Any = pyo.NonNegativeIntegers) -> Any:
    m = pyo.ConcreteModel()
    m.v = pyo.Var(range(len(amounts)), domain=kind)
    book = Book()
    for k, amount in enumerate(amounts):
        book.add_row(0, -amount, m.v[k])
    problem = compile_scenario(lifting.gangs(0)).problem
    problem.rows.upper[0] = upper
    found = rows._Raises(problem, book)
    return found, m


@pytest.mark.parametrize(
    ("amounts", "upper", "amount", "need"),
    [
        ([4.0], 0.0, 3.0, 4.0),  # one module
        ([4.0], 0.0, 4.0, 4.0),
        ([4.0], 0.0, 4.5, 8.0),  # two
        ([4.0, 4.0], 0.0, 9.0, 12.0),
        ([4.0], 2.0, 5.0, 4.0),  # beside what stands
        ([4.0, 6.0], 0.0, 3.0, 4.0),  # the smallest will do
        ([4.0, 6.0], 0.0, 5.0, 5.0),  # two of one or one of the other
        ([0.1 * 3, 0.3], 0.0, 0.6, 0.6),  # not by rounding
        ([], 1.0, 3.0, 2.0),
    ],
)
def test_a_need_is_what_the_modules_that_meet_it_come_to(
    amounts: list[float], upper: float, amount: float, need: float
) -> None:
    found, _ = raises(amounts, upper)
    assert found.met_by(0, amount) == pytest.approx(need, rel=1e-12)


def test_a_need_of_what_can_be_divided_stays_as_it_is() -> None:
    found, _ = raises([4.0], kind=pyo.NonNegativeReals)
    assert found.met_by(0, 3.0) == 3.0


def test_a_run_over_several_slots_needs_nothing_more_where_no_fewer_stand_in_its_last() -> None:
    """The slot before, which it holds in full, has said so; not where a module ends in between."""

    def stands(life_hours: float) -> int:
        hall = {"name": "hall", "accelerators": 4, "usd": 1.0, "max": 2, "life_years": life_hours / 8766}
        made = build.scenario(
            [lifting.earth(0, modules=[hall])],
            [build.job("a", 2.5, 3, reject_usd=50.0)],
            slots=9,
            horizon={"period_slots": 3},
            policy={"tails": False},
        )
        problem = compile_scenario(made).problem
        assert len(rows.alone(problem, listed(problem).placed)[0])
        return len(program(problem).exact.model.stands)

    assert stands(100.0) == 0
    assert stands(3.0) > 0

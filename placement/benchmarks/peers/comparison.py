"""Our solve and those of peers on one problem, side by side."""

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from placement.benchmarks.peers.answer import Answer
from placement.benchmarks.peers.ask import REFUTED, ask
from placement.benchmarks.peers.roster import PEERS
from placement.problem import Problem
from placement.result import gap_of
from placement.search.packing import Packer, Packing

SHOWN = ("cost_usd", "bound_usd", "first_plan_s", "peak_memory_mb")


def first_plan(problem: Problem) -> Packing | None:
    """The first plan that we find, the hardest jobs first; None if some that must run find no place in it."""
    packer = Packer(problem)
    packer.construct(packer.hardest_first(), np.zeros(len(problem.rows)))
    plan = packer.plan()
    return plan if math.isfinite(plan.usd) else None


def compare(
    problem: Problem,
    *,
    time_limit_s: float,
    threads: int = 0,
    gap: float = 1e-6,
    tell: Callable[[Answer], None] = lambda _: None,
) -> list[Answer]:
    """Ask each peer, one after the other: with each of its settings, then with the best of them and our first plan.

    `tell` is called with each answer as it comes. A peer that is not installed gives one answer that says so.
    """
    answers: list[Answer] = []

    def take(answer: Answer) -> Answer:
        answers.append(answer)
        tell(answer)
        return answer

    begin = first_plan(problem)
    for peer in PEERS.values():
        own: list[Answer] = []
        for setting in peer.settings if peer.installed else peer.settings[:1]:
            own.append(take(ask(problem, peer, setting, time_limit_s=time_limit_s, threads=threads, gap=gap)))
        if begin is not None and peer.installed:
            setting = best(own).setting
            take(ask(problem, peer, setting, time_limit_s=time_limit_s, threads=threads, gap=gap, begin=begin))
    return answers


def best(answers: list[Answer]) -> Answer:
    """The cheapest, of equals the one with the highest bound."""
    return min(answers, key=lambda answer: (answer.cost_usd, -answer.bound_usd))


def side_by_side(answers: list[Answer], ours: Mapping[str, Any], constant_usd: float) -> dict[str, Any]:
    """Rows of a table: ours, and of each peer the best of its settings without and with a plan to begin with.

    Parameters
    ----------
    answers : list of Answer
    ours : mapping
        `record.figures` of our solve.
    constant_usd : float
        What no decision changes; gaps leave it out.

    Returns
    -------
    dict
        `best_cost_usd` and `best_bound_usd` of all; `refuted`: whose bound is above the cost of a plan that passed the
        check, and does not count; `rows`; `answers`: everything.
    """
    bounds = {"Placement": ours["bound_usd"]} | {
        f"{answer.peer}, {setting_of(answer)}": answer.bound_usd
        for answer in answers
        if math.isfinite(answer.bound_usd)
    }
    known = [ours["cost_usd"], *(answer.cost_usd for answer in answers if answer.plan is not None)]
    best_cost = min((cost for cost in known if cost is not None), default=math.inf)
    most = best_cost + REFUTED * max(1.0, abs(best_cost)) if math.isfinite(best_cost) else math.inf
    refuted = [who for who, bound in bounds.items() if bound is not None and bound > most]
    best_bound = max((b for who, b in bounds.items() if b is not None and who not in refuted), default=-math.inf)

    def row(who: str, setting: str, cost: float | None, bound: float | None, first: Any, memory: Any) -> dict[str, Any]:
        after = ours["cost_after_5_s_usd"]
        return {
            "who": who,
            "setting": setting,
            "cost_usd": cost,
            "own_gap": _gap(cost, bound, constant_usd),
            "best_gap": _gap(cost, best_bound, constant_usd),
            "first_plan_s": first,
            "over_ours_after_5_s": None if cost is None or not after else cost / after,
            "peak_memory_mb": memory,
        }

    rows = [row("Placement", "-", *(ours[name] for name in SHOWN))]
    for answer in shown(answers):
        said = answer.summary()
        rows.append(row(answer.peer, setting_of(answer), *(said[name] for name in SHOWN)))
    return {
        "best_cost_usd": best_cost if math.isfinite(best_cost) else None,
        "best_bound_usd": best_bound if math.isfinite(best_bound) else None,
        "refuted": refuted,
        "rows": rows,
        "answers": [answer.summary() for answer in answers],
    }


def shown(answers: list[Answer]) -> list[Answer]:
    """Of each peer that was asked the best without, and the best with a plan to begin with."""
    groups: dict[tuple[str, bool], list[Answer]] = {}
    for answer in answers:
        if answer.status != "missing":
            groups.setdefault((answer.peer, answer.begun), []).append(answer)
    return [best(group) for group in groups.values()]


def setting_of(answer: Answer) -> str:
    """The setting in words."""
    return f"{answer.setting}, our first plan" if answer.begun else answer.setting


def _gap(cost: float | None, bound: float | None, constant_usd: float) -> float | None:
    if cost is None or bound is None or not math.isfinite(bound):
        return None
    return gap_of(cost, bound, constant_usd)

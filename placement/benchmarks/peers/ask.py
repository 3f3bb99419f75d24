"""Ask a peer: a child process, a limit that holds, plans that are checked as they come."""

from dataclasses import dataclass, field
from typing import Any

from placement.benchmarks.peers.answer import Answer, Moment
from placement.benchmarks.peers.check import WrongPlan, checked
from placement.benchmarks.peers.child import PeerRun
from placement.benchmarks.peers.message import packed
from placement.benchmarks.peers.roster import Peer
from placement.errors import PlacementError
from placement.problem import Problem
from placement.search.packing import Packing, is_packing

REFUTED = 1e-6
"""Share of the cost of a plan by which a bound may be above it, for rounding."""


def ask(
    problem: Problem,
    peer: Peer,
    setting: str,
    *,
    time_limit_s: float,
    threads: int = 0,
    gap: float = 1e-6,
    begin: Packing | None = None,
) -> Answer:
    """Let a peer solve a packing problem.

    Parameters
    ----------
    problem : Problem
        For which `packing.is_packing` holds.
    peer, setting
        One of `roster.PEERS`, and one of its settings.
    time_limit_s : float
        From when the child has its packages and the problem; building the model counts. What is not there by then does
        not count, and the child is ended.
    threads : int
        0: the peer decides.
    gap : float
        Relative gap at which the peer may stop, as it measures it.
    begin : Packing, optional
        A plan to begin with.

    Raises
    ------
    PlacementError
        If the problem is more than packing, or there is no such setting.
    """
    if not is_packing(problem):
        raise PlacementError("peers solve jobs and capacities alone. Leave out power plants, links, order and modules.")
    if setting not in peer.settings:
        raise PlacementError(f"{peer.name} has no setting '{setting}'. Settings: {', '.join(peer.settings)}.")
    if not peer.installed:
        return Answer(peer.name, setting, begin is not None, "missing", peer.missing)
    about, arrays = packed(problem)
    if begin is not None:
        arrays |= {"begin.option": begin.option, "begin.start": begin.start}
    head = {
        "peer": peer.name, "setting": setting, "problem": about, "begun": begin is not None,
        "time_limit_s": time_limit_s, "gap": gap, "threads": threads,
    }  # fmt: skip
    heard = _Heard(problem)
    run = PeerRun(head, arrays)
    try:
        status, message = run.follow(heard.take, time_limit_s)
    finally:
        run.end()
    if status == "time" and heard.plan is None:
        limit = f"{time_limit_s:g} s"
        message = f"no plan within {limit}" if heard.built_s is not None else f"no plan; model not built within {limit}"
    bound_usd = heard.bound_usd
    if heard.plan is not None and bound_usd > heard.plan.usd + REFUTED * max(1.0, abs(heard.plan.usd)):
        message = f"its bound {bound_usd:.9g} is above its own plan, {heard.plan.usd:.9g}: it does not count"
        bound_usd = float("-inf")
    return Answer(
        peer.name, setting, begin is not None, status, message, heard.plan, bound_usd, heard.built_s,
        run.seconds, tuple(heard.history), run.peak_memory_mb, tuple(dict.fromkeys(heard.refused)),
    )  # fmt: skip


@dataclass
class _Heard:
    """What a child has said so far."""

    problem: Problem
    plan: Packing | None = None
    bound_usd: float = float("-inf")
    built_s: float | None = None
    history: list[Moment] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def take(self, head: dict[str, Any], arrays: dict[str, Any]) -> None:
        """One message; a plan counts if it passes the check and is the cheapest."""
        event, seconds = head["event"], head["seconds"]
        if event == "built":
            self.built_s = seconds
        elif event == "plan":
            try:
                plan = checked(self.problem, arrays["option"], arrays["start"])
            except WrongPlan as wrong:
                self.refused.append(str(wrong))
                return
            if self.plan is None or plan.usd < self.plan.usd:
                self.plan = plan
                self._tell(seconds)
        elif event == "bound" and head["usd"] > self.bound_usd:
            self.bound_usd = head["usd"]
            self._tell(seconds)

    def _tell(self, seconds: float) -> None:
        cost = None if self.plan is None else self.plan.usd
        bound = self.bound_usd if self.bound_usd > float("-inf") else None
        self.history.append(Moment(seconds, cost, bound))

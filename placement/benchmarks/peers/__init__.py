"""Other solvers on the same packing problems: the same placements, the same limits, each answer checked by us.

A peer runs in a process of its own with a time limit that holds, building its model included. What it says that its
plan costs is not looked at: plans come back as option and start of each unit, are checked against the problem and
priced here (`check`). Its bounds are its own; one that a checked plan refutes does not count (`comparison`).
"""

from placement.benchmarks.peers.answer import Answer, Moment
from placement.benchmarks.peers.ask import ask
from placement.benchmarks.peers.check import WrongPlan, checked
from placement.benchmarks.peers.comparison import compare, first_plan
from placement.benchmarks.peers.roster import PEERS, Peer

__all__ = ["PEERS", "Answer", "Moment", "Peer", "WrongPlan", "ask", "checked", "compare", "first_plan"]

"""Categories of cost, the four boundaries, and what annual costs become."""

from placement.schema import Boundary

ENERGY, COOLING, CARBON, CONTRACTS, SWITCHING, RENT = "energy", "cooling", "carbon", "contracts", "switching", "rent"
ACCELERATORS, FACILITY, LAUNCH, OPERATIONS, NETWORK = "accelerators", "facility", "launch", "operations", "network"
TRANSFER, QUOTE = "transfer", "quote"
DELAY, TAIL, DEFERRAL, REJECTION, UNMET, PENALTY = "delay", "tail", "deferral", "rejection", "unmet", "penalty"

FIXED = (ACCELERATORS, FACILITY, LAUNCH, OPERATIONS, NETWORK)
"""Categories of fixed costs."""

CASH = (ENERGY, COOLING, CARBON, CONTRACTS, SWITCHING, RENT, *FIXED, TRANSFER, QUOTE)
"""What is paid; counts at some boundary."""

SERVICE = (DELAY, TAIL, DEFERRAL, REJECTION, UNMET, PENALTY)
"""What the planner's service terms say; always in the objective, never in $ per hour, not discounted."""

_POWER = frozenset({LAUNCH, ENERGY, CONTRACTS})
_COOLED = _POWER | {COOLING}
_BUILT = _COOLED | {CARBON, SWITCHING, FACILITY, OPERATIONS, NETWORK, TRANSFER}

BOUNDARIES: dict[Boundary, frozenset[str]] = {
    "launch_and_power": _POWER,
    "energy_cooling_launch": _COOLED,
    "all_but_accelerators": _BUILT,
    "all_in": _BUILT | {ACCELERATORS, RENT, QUOTE},
}
"""Categories inside each boundary, narrowest first."""


def capital_recovery(rate: float, years: float) -> float:
    """Annual payment per $ invested: r/(1 - (1+r)^-n), 1/n at r = 0."""
    if rate == 0:
        return 1 / years
    return rate / (1 - float((1 + rate) ** -years))

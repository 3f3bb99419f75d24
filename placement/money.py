"""Categories of cost, the four boundaries, what investments cost a year, and what that is per kW, kWh and hour."""

import math

from placement.schema import Boundary, FixedCost, Scenario
from placement.units import HOURS_PER_YEAR

ENERGY, COOLING, CARBON, CONTRACTS, SWITCHING, RENT = "energy", "cooling", "carbon", "contracts", "switching", "rent"
ACCELERATORS, FACILITY, LAUNCH, OPERATIONS, NETWORK = "accelerators", "facility", "launch", "operations", "network"
TRANSFER, QUOTE = "transfer", "quote"
DELAY, TAIL, DEFERRAL, REJECTION, UNMET, PENALTY = "delay", "tail", "deferral", "rejection", "unmet", "penalty"

WATTS_PER_KW = 1000.0

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


TERM = "term "
"""What a category of a term begins with; its name follows."""


def term_category(name: str) -> str:
    """Category of the dollars of a term."""
    return f"{TERM}{name}"


def cash_of(scenario: Scenario) -> tuple[str, ...]:
    """Categories of cash of a scenario: all, and those of its terms."""
    return (*CASH, *(term_category(term.name) for term in scenario.terms))


def counts(category: str, boundary: Boundary) -> bool:
    """Whether a category of cash counts at a boundary; terms do where quotes do."""
    return (QUOTE if category.startswith(TERM) else category) in BOUNDARIES[boundary]


def capital_recovery(rate: float, years: float) -> float:
    """Annual payment per $ at the start of service: r/(1 - (1+r)^-n), 1/n at r = 0.

    Parameters
    ----------
    rate : float
        Real discount rate r per year, 0 or at least 1e-6.
    years : float
        Life n, years, > 0.
    """
    return 1 / years if rate == 0 else -rate / math.expm1(-years * math.log1p(rate))


def construction_interest(rate: float, years: float) -> float:
    """Value at the start of service of $1 spent evenly over the years before it.

    The mean of (1+r)^s over s in [0, n]: ((1+r)^n - 1)/(n ln(1+r)); 1 at r = 0 or n = 0.
    """
    grown = years * math.log1p(rate)
    return 1.0 if grown == 0 else math.expm1(grown) / grown


def annual_usd(cost: FixedCost, rate: float) -> float:
    """What a fixed cost is a year, $ per unit of its `per` (`docs/model.md` §9).

    usd itself without a life n; else usd · [(I - credit - residual/(1+r)^n) · CRF(r, n) + insurance], with I the
    interest during construction (`construction_interest`) and CRF `capital_recovery`.

    Parameters
    ----------
    cost : FixedCost
    rate : float
        Real discount rate r per year (`Money.rate`).

    Returns
    -------
    float
        $ of the scenario's price year, each year of service, at least 0.
    """
    if cost.life_years is None:
        return cost.usd
    built = construction_interest(rate, cost.construction_years) - cost.tax_credit_share
    left = cost.residual_share * float((1 + rate) ** -cost.life_years)
    return cost.usd * (max(0.0, built - left) * capital_recovery(rate, cost.life_years) + cost.insurance_share_per_year)


def usd_per_watt(usd: float, kw: float) -> float:
    """An investment over the power that it is for, $/W."""
    return usd / (kw * WATTS_PER_KW)


def usd_per_kw_year(annual_usd: float, kw: float) -> float:
    """Annual cost over power, $/(kW yr)."""
    return annual_usd / kw


def usd_per_kwh(annual_usd: float, kw: float, utilisation: float = 1.0) -> float:
    """Annual cost over the energy of a year (8,766 h), $/kWh; `utilisation` is the mean share of `kw` that is used."""
    return annual_usd / (kw * HOURS_PER_YEAR * utilisation)


def usd_per_accelerator_hour(
    annual_usd: float, accelerators: float, speed: float = 1.0, utilisation: float = 1.0, goodput: float = 1.0
) -> float:
    """Annual cost over what a year (8,766 h) delivers, $ per reference accelerator-hour.

    Parameters
    ----------
    annual_usd : float
        $ per year.
    accelerators : float
        Number that is paid for, spares included.
    speed : float
        Speed of one against the reference accelerator, eclipse and throttling included.
    utilisation : float
        Share of the hours in which it is held by a run, in [0, 1].
    goodput : float
        Share of a run's time that is useful work, in [0, 1].
    """
    return annual_usd / (accelerators * HOURS_PER_YEAR * speed * utilisation * goodput)

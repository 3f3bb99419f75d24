"""Two plans over the same futures: what each costs, and what the second costs or saves against the first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from placement.errors import PlacementError
from placement.estimates import Criterion, Estimate, difference
from placement.folder import Stored
from placement.futures.risk import Risk, risk_of
from placement.futures.stress import Stress, stress
from placement.kernels.backend import Device
from placement.kernels.work import Floats
from placement.tasks import Event

if TYPE_CHECKING:
    import pandas as pd

LEVEL = 0.95


@dataclass(frozen=True)
class SideBySide:
    """Costs of two plans, future by future. Differences are second less first: below 0 the second saves."""

    futures: pd.DataFrame
    """A row for each future that is settled for both: number, first_usd, second_usd."""
    left_out: int
    """Futures that were done and in which one of the two has no cost."""
    seed: int
    level: float
    """Of CVaR."""
    planned_usd: tuple[float, float]
    """Cost of each as planned."""

    def costs(self, which: Literal["first", "second"]) -> Floats:
        """(N,) $ of a plan."""
        return self.futures[f"{which}_usd"].to_numpy(dtype=np.float64)

    @property
    def risks(self) -> tuple[Risk, Risk]:
        """Mean, sd, quantiles and CVaR of each."""
        tail = 1 - self.level
        return risk_of(self.costs("first"), tail), risk_of(self.costs("second"), tail)

    def difference(self, level: float = 0.0) -> Estimate:
        """By how much the second has the higher CVaR at a level; at 0 the higher mean. In pairs."""
        return difference(self.costs("second"), self.costs("first"), Criterion(level))

    @property
    def saves(self) -> float:
        """Share of futures in which the second is cheaper."""
        return float((self.costs("second") < self.costs("first")).mean())

    def summary(self) -> dict[str, Any]:
        """As plain JSON values."""
        told = [
            {
                "planned_usd": planned, "mean": risk.mean, "sd": risk.sd, "quantile_95": risk.quantiles[-1],
                "cvar": risk.cvar, "worst": risk.worst,
            }
            for planned, risk in zip(self.planned_usd, self.risks, strict=True)
        ]  # fmt: skip
        return {
            "futures": len(self.futures), "left_out": self.left_out, "seed": self.seed, "level": self.level,
            "first": told[0], "second": told[1], "second_is_cheaper": self.saves,
            "difference": {"mean": self.difference().summary(), "cvar": self.difference(self.level).summary()},
        }  # fmt: skip


def side_by_side(
    first: Stored,
    second: Stored,
    futures: int = 1000,
    *,
    seed: int = 0,
    level: float = LEVEL,
    device: Device = "auto",
    workers: int = 0,
    one_by_one: bool = False,
    progress: Callable[[int], None] | None = None,
    stop: Event | None = None,
) -> SideBySide:
    """Carry two plans out in the same futures.

    Parameters
    ----------
    first, second : Stored
        Plans of one scenario, or of two with the same `uncertainty`: `placement.read_plan`. Of two scenarios, lengths
        of runs are the same where jobs stand at the same place in their tables.
    futures : int
        How many, at least 2.
    seed : int
        Of what is drawn.
    level : float
        Of CVaR, in (0, 1): 0.95 is the mean of the worst 5 %.
    device, workers, one_by_one
        As of `placement.futures.stress.stress`.
    progress : callable, optional
        Called with the number of futures that are done, of both plans together.
    stop : event, optional
        When set, the futures that are done for both so far are compared.

    Raises
    ------
    PlacementError
        If what is not known differs between the two scenarios, none has `uncertainty`, or an argument makes no sense.
    """
    if futures < 2:
        raise PlacementError(f"futures is {futures}, but a comparison needs at least 2. Take some hundreds.")
    if not 0 < level < 1:
        raise PlacementError(f"level is {level}, but must be between 0 and 1. Take 0.95 for the worst 5 %.")
    if first.scenario.uncertainty != second.scenario.uncertainty:
        raise PlacementError(
            "the two plans are of scenarios whose `uncertainty` differs, so they do not meet the same futures. "
            "Write the same section into both, and solve again."
        )

    def run(stored: Stored, before: int) -> Stress:
        def told(done: int) -> None:
            if progress is not None:
                progress(before + done)

        return stress(
            stored, futures, seed=seed, device=device, workers=workers, one_by_one=one_by_one, progress=told, stop=stop
        )

    one = run(first, 0)
    two = run(second, len(one.futures))
    both = one.futures[["future", "cost_usd"]].merge(two.futures[["future", "cost_usd"]], on="future")
    both.columns = ["future", "first_usd", "second_usd"]
    known = both.dropna().reset_index(drop=True)
    if len(known) < 2:
        why = next(iter((*one.unsettled, *two.unsettled)), "it was stopped too early")
        raise PlacementError(f"fewer than 2 futures have a cost for both plans: {why}. Let it run longer, or check it.")
    return SideBySide(known, len(both) - len(known), seed, level, (one.planned_usd, two.planned_usd))

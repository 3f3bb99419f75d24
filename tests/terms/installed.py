"""Terms of packages that are there for a test: two that work, and some that do not."""

from collections.abc import Callable
from typing import Any

import numpy as np
import packages
import pytest
from pydantic import BaseModel, ConfigDict, Field

from placement.terms import Dollars, OptionTable, Slots

HERE = "terms.installed"


class FeeParameters(BaseModel):
    model_config = ConfigDict(extra="forbid")

    usd_per_accelerator: float = Field(ge=-100, description="$ for each accelerator of a run.")
    country: str | None = Field(None, description="Only there.")


class Fee:
    """$ for each accelerator when a run begins."""

    words = "a fee"
    parameters = FeeParameters

    def dollars(self, parameters: FeeParameters, options: OptionTable, slots: Slots) -> Any:
        here = np.array([parameters.country in (None, name) for name in options["country"]], dtype=bool)
        return parameters.usd_per_accelerator * options["accelerators"] * here


class WearParameters(BaseModel):
    model_config = ConfigDict(extra="forbid")

    usd_per_accelerator_hour: float
    usd_per_hour: float = 0.0


class Wear:
    """$ that change over time, while a run holds accelerators and when it begins."""

    words = "wear"
    parameters = WearParameters

    def dollars(self, parameters: WearParameters, options: OptionTable, slots: Slots) -> Any:
        number = np.arange(len(slots.hours))
        rate = np.full(options.rows, parameters.usd_per_accelerator_hour)
        yield Dollars(rate, "accelerator_hour", np.where(number % 3 == 2, 2.0, 1.0))
        yield Dollars(parameters.usd_per_hour * options["hours"], "run", 1 / (1 + number))


class Nothing(BaseModel):
    pass


class Says:
    """A term that says whatever it was made to say."""

    words = "broken"
    parameters = Nothing

    def __init__(self, says: Callable[[OptionTable, Slots], Any]):
        self.says = says

    def dollars(self, parameters: Nothing, options: OptionTable, slots: Slots) -> Any:
        return self.says(options, slots)


FEE, WEAR, EMPTY = Fee(), Wear(), object()
NAN = Says(lambda options, slots: np.where(options["accelerators"] > 0, np.nan, 0.0))
INFINITE = Says(lambda options, slots: np.full(options.rows, np.inf))
SHORT = Says(lambda options, slots: np.zeros(options.rows + 1))
TEXT = Says(lambda options, slots: Dollars(np.array(["x"] * options.rows)))  # type: ignore[arg-type]
FACTOR = Says(lambda options, slots: Dollars(np.ones(options.rows), "run", np.ones(len(slots.hours) + 2)))
HOLE = Says(lambda options, slots: Dollars(np.ones(options.rows), "run", np.full(len(slots.hours), np.nan)))
OTHER = Says(lambda options, slots: Dollars(np.ones(options.rows), "month"))  # type: ignore[arg-type]
NUMBERS = Says(lambda options, slots: [1.0, 2.0])
FAILS = Says(lambda options, slots: options["colour"])
WRITES = Says(lambda options, slots: options["accelerators"].fill(0))
MANY = Says(lambda options, slots: [Dollars(np.ones(options.rows))] * 1001)
ALL_ROWS = Says(lambda options, slots: np.full(options.rows, float(options.rows)))


def adds(patch: pytest.MonkeyPatch, **entries: tuple[str, ...] | str) -> None:
    """Let packages add terms: NAME="OBJECT" of this module, or several by several packages; `_` stands for `-`."""
    packages.adds(
        patch,
        "placement.terms",
        {
            name.replace("_", "-"): tuple(
                value if ":" in value else f"{HERE}:{value}"
                for value in ([values] if isinstance(values, str) else values)
            )
            for name, values in entries.items()
        },
    )

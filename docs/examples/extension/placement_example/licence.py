"""The term `export-licence`: dollars for each run of a large gang in some countries, dearer year by year."""

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from placement.terms import Dollars, OptionTable, Slots

HOURS_PER_YEAR = 8766.0


class Parameters(BaseModel):
    """What a scenario says under the term's name."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    usd_per_run: float = Field(ge=0, le=1e9, description="$ for each run, at the horizon's start.")
    countries: tuple[str, ...] = Field(min_length=1, description="Countries (ISO 3166) that ask for a licence.")
    from_accelerators: int = Field(1, ge=1, description="Only gangs of so many or more.")
    growth_per_year: float = Field(0.0, gt=-1, le=1, description="Share by which it grows each year.")


class ExportLicence:
    """Paid when a run begins."""

    words = "a licence for each run of a large gang in some countries"
    parameters = Parameters

    def dollars(self, parameters: Parameters, options: OptionTable, slots: Slots) -> Dollars:
        """$ of each row, times a factor of each slot."""
        there = np.array([country in parameters.countries for country in options["country"]], dtype=bool)
        large = options["accelerators"] >= parameters.from_accelerators
        years = (slots.begin - slots.begin[0]) / np.timedelta64(1, "h") / HOURS_PER_YEAR
        return Dollars(parameters.usd_per_run * (there & large), "run", (1 + parameters.growth_per_year) ** years)


LICENCE = ExportLicence()

"""Orbit and Earth over the years of a plan: what each delivers and costs, what is launched, and what binds when.

Orbital share: delivered reference accelerator-hours in orbit over all (`placement.delivery`). Levelised cost: present
value of a place's cash at a boundary over the present value of the hours that it delivers, at the scenario's discount
rate; flights belong to the cluster that they serve. Parity is where the two levelised costs are equal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from placement.compile.growth import in_periods, open_flights, period_firsts
from placement.delivery import delivered
from placement.kernels.work import Floats, Ints
from placement.money import BOUNDARIES, LAUNCH, counts
from placement.plan import Plan
from placement.schema import Scenario, Series
from placement.timegrid import TimeGrid, timegrid
from placement.verifier.findings import LimitUse

if TYPE_CHECKING:
    import pandas as pd

PLACES = ("orbit", "Earth")

NEARLY = 0.01
"""A limit of which less than this share is left is called used up: what is left buys no whole module."""

TOLERANCE = 1e-9
"""What rounding may take from what there is of a limit."""


@dataclass(frozen=True)
class Decade:
    """Tables of one plan over its years."""

    years: pd.DataFrame
    """A row for each calendar year: hours delivered in orbit and on Earth, orbital share, flights, tonnes, dollars of
    modules and flights."""
    vehicles: pd.DataFrame
    """By year and vehicle: flights flown and open to us, tonnes lifted and that the open flights could lift."""
    costs: pd.DataFrame
    """By place and boundary: present value of cash and of hours delivered, and $ per hour."""
    binding: pd.DataFrame
    """By year: what is used up, how much of it there was, and whether it is something that only orbit uses."""

    def orbital_share(self, year: int) -> float:
        """Orbital share of a calendar year; nan where nothing is delivered or the plan does not reach it."""
        mine = self.years.loc[self.years["year"] == year, "orbital_share"]
        return float(mine.iloc[0]) if len(mine) else float("nan")

    def parity(self, boundary: str = "all_in") -> float:
        """$ per delivered hour in orbit over that on Earth; nan where one delivers nothing, or Earth's is free."""
        own = self.costs[self.costs["boundary"] == boundary].set_index("place")["usd_per_hour"]
        earth = float(own["Earth"])
        return float(own["orbit"]) / earth if earth > 0 else float("nan")


def decade(scenario: Scenario, plan: Plan, limits: tuple[LimitUse, ...] = ()) -> Decade:
    """All tables of a plan; `limits` as the verifier found them."""
    grid = timegrid(scenario.horizon)
    year = np.array([grid.when(float(hours)).year for hours in grid.edges[:-1]], dtype=np.int64)
    hours = _by_place(scenario, plan)
    vehicles = _vehicles(scenario, grid, plan, year)
    return Decade(
        _years(scenario, grid, plan, year, hours, vehicles),
        vehicles,
        _costs(scenario, grid, plan, hours),
        _binding(scenario, grid, plan, year, vehicles, limits),
    )


def _by_place(scenario: Scenario, plan: Plan) -> dict[str, Floats]:
    """Hours delivered in each slot, by place."""
    orbital = {cluster.name for cluster in scenario.clusters if cluster.orbital}
    found = delivered(scenario, plan)
    none = np.zeros(scenario.horizon.slots)
    return {
        place: sum((own for (cluster, _), own in found.items() if (cluster in orbital) == (place == "orbit")), none)
        for place in PLACES
    }


def _years(
    scenario: Scenario, grid: TimeGrid, plan: Plan, year: Ints, hours: dict[str, Floats], vehicles: pd.DataFrame
) -> pd.DataFrame:
    import pandas as pd

    index = np.unique(year)
    place = np.searchsorted(index, year)
    up, down = (np.bincount(place, hours[name], len(index)) for name in PLACES)
    flown = vehicles.groupby("year")[["flights", "tonnes"]].sum().reindex(index, fill_value=0)
    spent = np.zeros(grid.slots)
    firsts = period_firsts(grid)
    for period, usd in _module_cash(scenario, grid, plan):
        spent[firsts[period]] += usd
    for _, period, usd in _lift_cash(scenario, grid, plan):
        spent[firsts[period]] += usd
    return pd.DataFrame(
        {
            "year": index,
            "orbit_hours": up,
            "earth_hours": down,
            "orbital_share": np.divide(up, up + down, out=np.full(len(index), np.nan), where=up + down > 0),
            "flights": flown["flights"].to_numpy(),
            "tonnes": flown["tonnes"].to_numpy(),
            "invested_usd": np.bincount(place, spent, len(index)),
        }
    )


def _module_cash(scenario: Scenario, grid: TimeGrid, plan: Plan) -> list[tuple[int, float]]:
    """Period and undiscounted $ of each row of builds, lift apart."""
    from placement.compile.growth import orders
    from placement.compile.investments import module_prices

    modules = {(cluster.name, module.name): module for cluster in scenario.clusters for module in cluster.modules}
    found = []
    for build in plan.builds.to_dict("records"):
        module = modules[build["cluster"], build["module"]]
        listed = orders(grid, module)
        each = module_prices(scenario, grid, module, listed).sum(axis=0)
        found.append((build["period"], build["number"] * float(each[listed.periods == build["period"]].sum())))
    return found


def _lift_cash(scenario: Scenario, grid: TimeGrid, plan: Plan) -> list[tuple[str, int, float]]:
    """Cluster, period and undiscounted $ of flights, and of mass that is paid for by the kg."""
    vehicles = {vehicle.name: vehicle for vehicle in scenario.vehicles}

    def price(series: Series | None, period: int) -> float:
        return 0.0 if series is None else float(in_periods(series, grid, scenario)[period])

    found = [
        (row["cluster"], row["period"], row["flights"] * price(vehicles[row["vehicle"]].usd_per_flight, row["period"]))
        for row in plan.launches.to_dict("records")
    ]
    mass = _masses(scenario)
    for row in plan.builds.to_dict("records"):
        if row["vehicle"] and vehicles[row["vehicle"]].usd_per_kg is not None:
            kg = row["number"] * mass[row["cluster"], row["module"]]
            found.append(
                (row["cluster"], row["period"], kg * price(vehicles[row["vehicle"]].usd_per_kg, row["period"]))
            )
    return found


def _masses(scenario: Scenario) -> dict[tuple[str, str], float]:
    return {(c.name, module.name): module.mass_kg for c in scenario.clusters for module in c.modules}


def _vehicles(scenario: Scenario, grid: TimeGrid, plan: Plan, year: Ints) -> pd.DataFrame:
    """Flights and tonnes by calendar year and vehicle; open flights lift what they do to the best orbit here."""
    import pandas as pd

    when = year[period_firsts(grid)]
    mass = _masses(scenario)
    rows = []
    for vehicle in scenario.vehicles:
        there = open_flights(scenario, grid, vehicle)
        to = [
            vehicle.payload_to(cluster.destinations(plane))
            for cluster in scenario.clusters
            if cluster.orbital
            for plane in [plane.name for plane in cluster.planes] or [""]
        ]
        own = plan.launches[plan.launches["vehicle"] == vehicle.name]
        flown = np.bincount(own["period"], own["flights"], grid.periods)
        lifted = plan.builds[plan.builds["vehicle"] == vehicle.name]
        kg = [mass[c, m] * n for c, m, n in zip(lifted["cluster"], lifted["module"], lifted["number"], strict=True)]
        tonnes = np.bincount(lifted["period"], kg, grid.periods) / 1000
        for each in np.unique(when):
            mine = when == each
            most = float(there[mine].sum())
            rows.append(
                {
                    "year": int(each),
                    "vehicle": vehicle.name,
                    "flights": int(flown[mine].sum()),
                    "open": int(most),
                    "tonnes": float(tonnes[mine].sum()),
                    "open_tonnes": most * max(to, default=0.0) / 1000,
                }
            )
    return pd.DataFrame(rows, columns=["year", "vehicle", "flights", "open", "tonnes", "open_tonnes"])


def _costs(scenario: Scenario, grid: TimeGrid, plan: Plan, hours: dict[str, Floats]) -> pd.DataFrame:
    import pandas as pd

    discount = grid.discount(scenario.money.rate)
    firsts = period_firsts(grid)
    orbital = {cluster.name for cluster in scenario.clusters if cluster.orbital}
    own = plan.costs[plan.costs["cluster"] != ""]
    lift = sum(usd * float(discount[firsts[period]]) for _, period, usd in _lift_cash(scenario, grid, plan))
    rows = []
    for place in PLACES:
        mine = own[own["cluster"].isin(orbital) == (place == "orbit")]
        worth = float(hours[place] @ discount)
        for boundary, inside in BOUNDARIES.items():
            counted = np.array([counts(category, boundary) for category in mine["category"]], dtype=bool)
            usd = float(mine.loc[counted, "usd"].sum())
            usd += lift if place == "orbit" and LAUNCH in inside else 0.0
            each = usd / worth if worth > 0 else float("nan")
            rows.append({"place": place, "boundary": boundary, "usd": usd, "hours": worth, "usd_per_hour": each})
    return pd.DataFrame(rows)


def _binding(
    scenario: Scenario,
    grid: TimeGrid,
    plan: Plan,
    year: Ints,
    vehicles: pd.DataFrame,
    limits: tuple[LimitUse, ...],
) -> pd.DataFrame:
    """Flights, launch limits, limits and modules per period that are used up, by year."""
    import pandas as pd

    rows: list[dict[str, object]] = []
    for row in vehicles[(vehicles["open"] > 0) & (vehicles["flights"] >= vehicles["open"])].to_dict("records"):
        rows.append(
            {"year": row["year"], "what": f"flights of {row['vehicle']}", "most": float(row["open"]), "orbit": True}
        )
    for use in limits:
        if use.most is None:
            continue
        for span in np.flatnonzero(use.amount >= use.most - NEARLY * np.abs(use.most) - TOLERANCE):
            what = f"limit {use.limit.name}"
            when, most = int(year[use.first[span]]), float(use.most[span])
            rows.append({"year": when, "what": what, "most": most, "orbit": _of_orbit(scenario, use)})
    rows += _full_launch_limits(scenario, grid, plan, year[period_firsts(grid)])
    rows += _full_modules(scenario, plan, year[period_firsts(grid)])
    found = pd.DataFrame(rows, columns=["year", "what", "most", "orbit"]).astype({"orbit": bool})
    return found.drop_duplicates(["year", "what"]).sort_values(["year", "what"], ignore_index=True)


def _of_orbit(scenario: Scenario, use: LimitUse) -> bool:
    """Whether a limit is about orbital clusters alone, or about investments, which orbit needs as well."""
    over = use.limit.over
    counted = {cluster.name for cluster in scenario.clusters}
    if over.clusters is not None:
        counted &= set(over.clusters)
    if over.pools is not None:
        counted &= {pool.partition("/")[0] for pool in over.pools}
    orbital = {cluster.name for cluster in scenario.clusters if cluster.orbital}
    return bool(counted & orbital) if use.limit.of == "investment_usd" else bool(counted) and counted <= orbital


def _full_launch_limits(scenario: Scenario, grid: TimeGrid, plan: Plan, when: Ints) -> list[dict[str, object]]:
    """Launch limits of which all flights of a period are flown."""
    to = {
        (cluster.name, plane): cluster.destinations(plane)
        for cluster in scenario.clusters
        for plane in ["", *(plane.name for plane in cluster.planes)]
    }
    rows: list[dict[str, object]] = []
    for limit in scenario.launch_limits:
        flown = np.zeros(grid.periods)
        for row in plan.launches.to_dict("records"):
            counted = not limit.vehicles or row["vehicle"] in limit.vehicles
            there = not limit.orbits or set(to[row["cluster"], row["plane"]]) & set(limit.orbits)
            flown[int(row["period"])] += row["flights"] if counted and there else 0
        most = open_flights(scenario, grid, limit)
        for period in np.flatnonzero((flown >= most) & (flown > 0)).tolist():
            what = f"launch limit {limit.name}"
            rows.append({"year": int(when[period]), "what": what, "most": float(most[period]), "orbit": True})
    return rows


def _full_modules(scenario: Scenario, plan: Plan, when: Ints) -> list[dict[str, object]]:
    """Modules of which as many as may be are added, in a period or in all; `when` is the year of each period."""
    modules = {(cluster.name, module.name): module for cluster in scenario.clusters for module in cluster.modules}
    built = plan.builds.groupby(["cluster", "module", "period"])[["number"]].sum().reset_index()
    rows: list[dict[str, object]] = []
    total: dict[tuple[str, str], int] = {}
    for row in built.sort_values(by="period").to_dict("records"):
        name, period, number = (row["cluster"], row["module"]), int(row["period"]), int(row["number"])
        module = modules[name]
        most = module.max_per_period
        most = most[period] if isinstance(most, tuple) else most
        if most is not None and number >= most:
            what = f"{'.'.join(name)} per period"
            rows.append({"year": int(when[period]), "what": what, "most": float(most), "orbit": module.mass_kg > 0})
        total[name] = total.get(name, 0) + number
        if total[name] >= module.max:
            year, what = int(when[period]), f"{'.'.join(name)} in all"
            rows.append({"year": year, "what": what, "most": float(module.max), "orbit": module.mass_kg > 0})
    return rows


def years_in_words(years: list[int]) -> str:
    """Years as ranges: 2028-2031, 2034."""
    runs: list[list[int]] = []
    for year in sorted(set(years)):
        if runs and year == runs[-1][-1] + 1:
            runs[-1].append(year)
        else:
            runs.append([year])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)

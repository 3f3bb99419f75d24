"""What `placement show` says of a plan that builds and launches: its years, what binds when, what orbit costs."""

from typing import TYPE_CHECKING, Any

from placement.cli.text import number, percent, short, table, usd, wrapped
from placement.over_years import years_in_words

if TYPE_CHECKING:
    import pandas as pd

    from placement.over_years import Decade

MOST_BINDING = 12
"""Lines of what is used up."""


def lines(found: "Decade", parity: "pd.DataFrame") -> list[str]:
    """Tables by year, of a plan of more than one; else nothing but launches and what is used up."""
    result = ["", "Years: delivered reference accelerator-hours, flights and investments", *_years(found, parity)]
    flown = found.vehicles[found.vehicles["flights"] > 0]
    if len(flown):
        result += [
            "",
            "Flights: flown of those open to us, and tonnes lifted of those that they could",
            *_flights(flown),
        ]
    if len(found.binding):
        result += ["", "Used up", *_binding(found.binding)]
    result += ["", "$ per delivered hour, present value of cash over that of hours; flights count in orbit"]
    return result + _costs(found.costs)


def _years(found: "Decade", parity: "pd.DataFrame") -> list[str]:
    ratio = dict(zip(parity["year"].tolist(), parity["ratio"].tolist(), strict=True))
    rows = [
        [
            str(row["year"]), short(row["earth_hours"]), short(row["orbit_hours"]), percent(row["orbital_share"], 2),
            number(row["flights"]), number(row["tonnes"]), usd(row["invested_usd"]),
            number(ratio.get(int(row["year"]), float("nan")), 2),
        ]
        for row in found.years.to_dict("records")
    ]  # fmt: skip
    head = ["year", "Earth h", "orbit h", "in orbit", "flights", "tonnes", "invested", "orbit/Earth"]
    note = "orbit/Earth: $ per hour of new capacity at the cheapest place of each, all in, as if it were fully used."
    return table(head, rows) + wrapped(note, "")


def _flights(flown: "pd.DataFrame") -> list[str]:
    of_vehicle = flown.groupby("vehicle", sort=False)
    rows = [
        [
            str(name), f"{group['year'].min()}-{group['year'].max()}",
            number(group["flights"].sum()), number(group["open"].sum()),
            number(group["tonnes"].sum()), number(group["open_tonnes"].sum()),
        ]
        for name, group in of_vehicle
    ]  # fmt: skip
    return table(["vehicle", "years", "flights", "open", "tonnes", "could lift"], rows)


def _binding(binding: "pd.DataFrame") -> list[str]:
    """What is used up, that of orbit first, with the years."""
    groups: list[tuple[bool, int, str, Any]] = [
        (not bool(group["orbit"].any()), -len(group), str(what), group) for what, group in binding.groupby("what")
    ]
    same: dict[tuple[str, str, str], list[str]] = {}
    for on_earth, _, what, group in sorted(groups, key=lambda each: each[:3]):
        cluster, _, module = what.rpartition(
            "."
        )  # modules of the same name that are used up in the same years: one line
        key = (module if cluster else what, "" if on_earth else "orbit", years_in_words(group["year"].tolist()))
        same.setdefault(key, []).append(cluster)
    rows = [
        [
            f"{what} at {clusters[0] if len(clusters) == 1 else f'{len(clusters)} clusters'}" if clusters[0] else what,
            *rest,
        ]
        for (what, *rest), clusters in same.items()
    ]
    result = table(["what", "for", "years"], rows[:MOST_BINDING])
    return result + ([f"and {len(rows) - MOST_BINDING} more"] if len(rows) > MOST_BINDING else [])


def _costs(costs: "pd.DataFrame") -> list[str]:
    boundaries = list(dict.fromkeys(costs["boundary"]))
    each = costs.set_index(["place", "boundary"])["usd_per_hour"]
    rows = [
        [place, *(f"${each[place, b]:.3f}" if each[place, b] == each[place, b] else "-" for b in boundaries)]
        for place in dict.fromkeys(costs["place"])
    ]
    return table(["place", *(b.replace("_", " ") for b in boundaries)], rows)

"""Changes to documents of scenarios of growth: rules dropped, made looser, or the other way round."""

from collections.abc import Callable, Iterator

from oracle.draw import Record

Change = Callable[[Record], None]
LONG = 1000.0
"""Years that nothing here reaches."""


def modules(document: Record) -> Iterator[Record]:
    for cluster in document["clusters"]:
        yield from cluster["modules"]


def of_modules(**values: object) -> Change:
    """Sets keys of modules that have them."""

    def change(document: Record) -> None:
        for row in modules(document):
            row.update({key: value for key, value in values.items() if key in row})

    return change


def of_vehicles(**values: object) -> Change:
    """Sets keys of vehicles that have them."""

    def change(document: Record) -> None:
        for row in document["vehicles"]:
            row.update({key: value for key, value in values.items() if key in row})

    return change


def modules_without(*keys: str) -> Change:
    """Drops keys of modules."""

    def change(document: Record) -> None:
        for row in modules(document):
            for key in keys:
                row.pop(key, None)

    return change


def vehicles_without(*keys: str) -> Change:
    """Drops keys of vehicles."""

    def change(document: Record) -> None:
        for row in document["vehicles"]:
            for key in keys:
                row.pop(key, None)

    return change


def without(*keys: str) -> Change:
    """Drops keys of the document."""

    def change(document: Record) -> None:
        for key in keys:
            document.pop(key, None)

    return change


def without_budget(of: str, per: str | None = None) -> Change:
    def change(document: Record) -> None:
        kept = [row for row in document["limits"] if row["of"] != of or per not in (None, row["per"])]
        document["limits"] = kept

    return change


def several(*changes: Change) -> Change:
    def change(document: Record) -> None:
        for one in changes:
            one(document)

    return change


def more_flights(document: Record) -> None:
    """More than any vehicle is drawn with, in each period."""
    for row in document["vehicles"]:
        row.pop("flights_per_year", None)
        row["flights_per_period"] = 9


def all_open(document: Record) -> None:
    for row in document["vehicles"]:
        row.pop("open_share", None)


def larger_payload(document: Record) -> None:
    for row in document["vehicles"]:
        row["payload_kg"] = {"leo": 1e4, "sso": 1e4}


def more_in_all(document: Record) -> None:
    for row in modules(document):
        row["max"] += 1


def no_power_limit(document: Record) -> None:
    for cluster in document["clusters"]:
        cluster.pop("power_limit_mw", None)


def larger_pools(document: Record) -> None:
    """On Earth; in orbit what stands before ages, and what is added does not."""
    for cluster in document["clusters"]:
        if "orbit" not in cluster:
            cluster["pools"][0]["number"] += 12


def first_generation(document: Record) -> None:
    for row in modules(document):
        if "generations" in row:
            row["generations"] = [{k: v for k, v in row["generations"][0].items() if k != "from"}]


def accelerators_of_the_pool(document: Record) -> None:
    for cluster in document["clusters"]:
        own = cluster["pools"][0]["accelerator"] if "pools" in cluster else cluster["satellites"]["accelerator"]
        for row in cluster["modules"]:
            for generation in row.get("generations", ()):
                generation["accelerator"] = own


def level(value: object) -> object:
    """A series by points without its course: its first point."""
    return next(iter(value["points"].values())) if isinstance(value, dict) and "points" in value else value


def level_prices(document: Record) -> None:
    for row in modules(document):
        for key in ("usd", "accelerators_usd", "operations_usd_per_year"):
            if isinstance(row.get(key), dict) and "learning" not in row[key]:
                row[key] = level(row[key])


def nothing_learnt(document: Record) -> None:
    for row in modules(document):
        if isinstance(row["usd"], dict) and "learning" in row["usd"]:
            row["usd"] = row["usd"]["scale"]


def level_flight_prices(document: Record) -> None:
    for row in document["vehicles"]:
        for key in ("usd_per_flight", "usd_per_kg"):
            if isinstance(row.get(key), dict):
                row[key] = row[key]["scale"] if "learning" in row[key] else level(row[key])


def satellites_for_ever(document: Record) -> None:
    for cluster in document["clusters"]:
        if any("satellites" in row for row in cluster["modules"]):
            cluster["satellites"] |= {"life_years": 100.0}


def lasting_arrays(document: Record) -> None:
    """Satellites whose power does not depend on how old they may become."""
    for cluster in document["clusters"]:
        if "satellites" in cluster:
            cluster["satellites"]["array_loss_per_year"] = 0.0


def lasting_satellites(document: Record) -> None:
    for cluster in document["clusters"]:
        if any("satellites" in row for row in cluster["modules"]):
            cluster["satellites"] |= {"infant_loss": 0.0, "accelerator_loss_per_year": 0.0}


def nothing_left(document: Record) -> None:
    """Nothing is credited at the end, modules of satellites included."""
    for row in modules(document):
        for key in ("life_years", "accelerators_life_years"):
            row.pop(key, None)
        if row.pop("satellites", None):
            row |= {"mass_kg": 80.0, "accelerators": 0 if "generations" in row else 2}


def credited(document: Record) -> None:
    for row in modules(document):
        row["life_years"] = LONG


FREE_TO_STAND = modules_without("operations_usd_per_year", "needs")
PLAIN = several(
    nothing_left, FREE_TO_STAND, modules_without("power_loss_per_year", "infant_loss", "accelerator_loss_per_year")
)
"""Without what makes it pay to stand later."""


def times(value: object, factor: float) -> object:
    """A number, a list or a series, multiplied."""
    if isinstance(value, dict):
        return value | {"scale": value.get("scale", 1.0) * factor}
    if isinstance(value, list):
        return [type(one)(one * factor) for one in value]
    return type(value)(value * factor)


def half_price(document: Record) -> None:
    for row in document["vehicles"]:
        for key in ("usd_per_flight", "usd_per_kg"):
            if key in row:
                row[key] = times(row[key], 0.5)


def half_more_payload(document: Record) -> None:
    for row in document["vehicles"]:
        row["payload_kg"] = {orbit: 1.5 * kg for orbit, kg in row["payload_kg"].items()}


def twice_the_budget(document: Record) -> None:
    for row in document.get("limits", ()):
        if row["of"] == "investment_usd":
            row["max"] = times(row["max"], 2.0)


def none_of_any(document: Record) -> None:
    """Modules that can be ordered only in name."""
    for row in modules(document):
        row |= {"max": 0, "min": 0}


def no_modules(document: Record) -> None:
    for cluster in document["clusters"]:
        del cluster["modules"]

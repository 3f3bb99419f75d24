"""Checks of what is not known: inputs that exist, correlations that can be together, clusters that are there."""

from datetime import datetime

import numpy as np

from placement.loader.check.complaints import Complaints
from placement.loader.wording import did_you_mean, shown
from placement.schema import Cluster, Grid, Uncertain
from placement.tree import Steps, standing

SERIES_KEYS = ("series", "values", "file", "points")
FIXED = ("jobs", "options", "throughput", "uncertainty", "horizon", "format", "name", "title", "use")
"""Sections in which nothing is drawn."""

MOST_PER_YEAR_HOURS = 1.0
"""Share of all time that an event may last on average."""


def check(say: Complaints) -> None:
    """All of `uncertainty`."""
    given = say.scenario.uncertainty
    if given is None:
        return
    _inputs(say, given.inputs)
    _correlations(say)
    _clusters(say)
    if given.launches and not say.scenario.vehicles and "vehicles" not in say.problems.incomplete:
        say.at(("uncertainty", "launches"), "launches is true, and there is no vehicle.", "Leave it out.")


def _inputs(say: Complaints, inputs: tuple[Uncertain, ...]) -> None:
    document = say.scenario.document() if inputs else {}
    say.unique([(each.label, ("uncertainty", "inputs", n)) for n, each in enumerate(inputs)], "uncertain inputs")
    seen: set[str] = set()
    for n, each in enumerate(inputs):
        for k, path in enumerate(each.paths):
            place: Steps = ("uncertainty", "inputs", n, "paths", k)
            if path in seen:
                say.at(place, f"{path} is named twice.", "Name each input once.", alone=True)
            seen.add(path)
            if path.split(".")[0] in FIXED or path in ("money.price_year", "money.price_index"):
                fact = f"{path} cannot be drawn."
                say.at(place, fact, "Name an input of clusters, vehicles, flows, limits, series, money or policy.")
            elif path.endswith(".number") and standing(document, f"{path.removesuffix('.number')}.blocks"):
                say.at(place, f"{path} is the sum of its blocks.", "Name the number of a block.")
            else:
                _input(say, each, path, standing(document, path), place)


def _input(say: Complaints, each: Uncertain, path: str, there: object, place: Steps) -> None:
    """An input at one of its paths."""
    number = isinstance(there, int | float) and not isinstance(there, bool)
    series = isinstance(there, dict) and any(key in there for key in SERIES_KEYS)
    numbers = isinstance(there, list) and bool(there) and all(isinstance(one, int | float) for one in there)
    if there is None and each.how == "value" and _above(say, path):
        return
    if there is None:
        steps = path.split(".")
        above = standing(say.scenario.document(), ".".join(steps[:-1])) if len(steps) > 1 else say.scenario.document()
        names = list(above) if isinstance(above, dict) else []
        say.at(place, f"nothing stands at {path}.", did_you_mean(steps[-1], names, "Check the path."), alone=True)
    elif each.how == "days":
        if not (isinstance(there, str) and _is_date(there)):
            say.at(place, f"{path} is {shown(there)}, and not a date.", "Name a date, or leave `how: days` out.")
    elif each.how == "factor" and not (number or series or numbers):
        say.at(place, f"{path} is {shown(there)}, which a factor cannot multiply.", "Name a number or a series.")
    elif each.how == "value" and not (number or series or numbers):
        say.at(place, f"{path} is {shown(there)}, and not a number.", "Name a number or a series.")


def _above(say: Complaints, path: str) -> bool:
    """Whether a path leads to a field that may be left out and is."""
    steps = path.split(".")
    record: object = say.scenario
    for step in steps[:-1]:
        if isinstance(record, tuple):
            record = next((one for one in record if getattr(one, "name", None) == step), None)
        elif isinstance(record, dict):
            record = record.get(step)
        else:
            record = getattr(record, step, None)
    return steps[-1] in getattr(type(record), "model_fields", {})


def _is_date(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _priced(say: Complaints, name: str, cluster: Cluster, place: Steps) -> None:
    """Prices that are drawn in blocks have to be those that are paid, and no input besides."""
    grids = [source for source in cluster.sources if isinstance(source, Grid)]
    if cluster.sources and all(source.price is not None for source in grids):
        fact = f"no grid of cluster '{name}' has the price `energy_price`, which is what is drawn."
        say.at(place, fact, "Leave it out, or leave out the grid's own `price`.", alone=True)
    given = say.scenario.uncertainty
    drawn = [path for each in given.inputs for path in each.paths] if given is not None else []
    if f"clusters.{name}.energy_price" in drawn:
        fact = f"clusters.{name}.energy_price is drawn as an input too."
        say.at(place, fact, "Keep one of the two.", alone=True)


def _correlations(say: Complaints) -> None:
    given = say.scenario.uncertainty
    assert given is not None
    names = [each.label for each in given.inputs]
    matrix = np.eye(len(names))
    for n, pair in enumerate(given.correlations):
        place: Steps = ("uncertainty", "correlations", n, "between")
        for name in pair.between:
            if name not in names:
                fact = f"there is no uncertain input '{name}'."
                say.at(place, fact, did_you_mean(name, names, "Name two inputs."), alone=True)
                return
        first, second = (names.index(name) for name in pair.between)
        if first == second:
            say.at(place, f"'{pair.between[0]}' is correlated with itself.", "Name two inputs.", alone=True)
            return
        if matrix[first, second] != 0:
            words = f"the correlation of '{pair.between[0]}' and '{pair.between[1]}' stands twice."
            say.at(place, words, "Keep one.", alone=True)
            return
        matrix[first, second] = matrix[second, first] = pair.coefficient
    if len(names) and float(np.linalg.eigvalsh(matrix)[0]) < -1e-9:
        fact = "no quantities can be correlated like this, all of them together."
        say.at(("uncertainty", "correlations"), fact, "Bring the coefficients closer to 0.")


def _clusters(say: Complaints) -> None:
    given = say.scenario.uncertainty
    assert given is not None
    clusters = {cluster.name: cluster for cluster in say.scenario.clusters}
    say.unique([(event.name, ("uncertainty", "events", n)) for n, event in enumerate(given.events)], "events")
    for n, event in enumerate(given.events):
        path: Steps = ("uncertainty", "events", n)
        for k, name in enumerate(event.clusters):
            say.known(name, clusters, "cluster", (*path, "clusters", k))
            if name in event.clusters[:k]:
                say.at((*path, "clusters", k), f"cluster '{name}' is named twice.", "Name it once.", alone=True)
        if event.speed == 1 and event.contact == 1 and event.lost == 0:
            fact = f"event {event.name} takes nothing away: speed and contact are 1, and lost is 0."
            say.at(path, fact, "Give at least one of speed, contact and lost.")
        if event.per_year * event.hours > MOST_PER_YEAR_HOURS * 8766:
            fact = f"event {event.name} would last {event.per_year * event.hours:,.0f} h a year, more than a year has."
            say.at(path, fact, "Lower per_year or hours.")
        if event.contact < 1:
            for k, name in enumerate(event.clusters):
                if name in clusters and clusters[name].link is None:
                    fact = f"cluster '{name}' has no link whose contact could be lost."
                    say.at((*path, "clusters", k), fact, "Leave it out, or give it a link.")
    seen: set[str] = set()
    for n, prices in enumerate(given.prices):
        for k, name in enumerate(prices.clusters):
            place: Steps = ("uncertainty", "prices", n, "clusters", k)
            say.known(name, clusters, "cluster", place)
            if name in seen:
                say.at(place, f"prices of cluster '{name}' are drawn twice.", "Name it once.", alone=True)
            seen.add(name)
            if name in clusters:
                _priced(say, name, clusters[name], place)
    if given.prices and say.grid.representative:
        fact = "slots are longer than a day, and blocks of hours cannot be laid onto them."
        say.at(("uncertainty", "prices"), fact, "Give inputs with `how: factor` on the prices instead.")

"""A mistake in `uncertainty` gives one complaint with place, fact and remedy."""

import math
from pathlib import Path
from typing import Any

import build
import lifting
import pytest
from futures.sections import EVEN, EVENT, PRICE, an_input, event, spread
from loader.files import line_of, one, refused, write

import placement

THREE = [
    {"name": name, "paths": [f"clusters.earth.{path}"], "uniform": EVEN}
    for name, path in (("a", "energy_price"), ("b", "pue"), ("c", "idle_mw"))
]


def prices(**given: Any) -> dict[str, Any]:
    return {"prices": [{"clusters": ["earth"], **given}]}


def tied(*pairs: tuple[str, str, float]) -> dict[str, Any]:
    """Three inputs, a, b and c, and correlations."""
    given = [{"between": [one, other], "coefficient": by} for one, other, by in pairs]
    return {"inputs": THREE, "correlations": given}


KINDS = "Give exactly one of triangular, uniform, normal, lognormal, discrete, or `range: true`."

MISTAKES: dict[str, tuple[Any, str, str, str]] = {
    "no section": ("all", "uncertainty", "uncertainty is 'all' (text), but must be", "Meaning of uncertainty"),
    "an unknown entry": ({"event": [EVENT]}, "event", "uncertainty: unknown key 'event'.", "Did you mean 'events'?"),
    # inputs
    "an unknown path": (
        an_input(paths=["clusters.earth.energy_prise"]),
        "- clusters.earth",
        "nothing stands at clusters.earth.energy_prise.",
        "Did you mean 'energy_price'?",
    ),
    "a path of an unknown cluster": (
        an_input(paths=["clusters.erth.energy_price"]),
        "- clusters.erth",
        "nothing stands at clusters.erth.energy_price.",
        "Check the path.",
    ),
    "a path into jobs": (
        an_input(paths=["jobs.a.hours"]),
        "- jobs.a.hours",
        "jobs.a.hours cannot be drawn.",
        "Name an input of clusters, vehicles",
    ),
    "a path into the horizon": (
        an_input(paths=["horizon.slots"]),
        "- horizon.slots",
        "horizon.slots cannot be drawn.",
        "Name an input of",
    ),
    "a path into what is not known": (
        an_input(paths=["uncertainty.run_time.sigma"]),
        "- uncertainty.run_time.sigma",
        "uncertainty.run_time.sigma cannot be drawn",
        "Name an input of",
    ),
    "a whole section": (an_input(paths=["clusters"]), "- clusters", "clusters is [{", "Name a number or a series."),
    "an empty path": (an_input(paths=[""]), "- ''", "item 1 of paths is empty.", "Meaning of item 1 of paths"),
    "no path": (an_input(paths=[]), "paths: []", "uncertainty.inputs.1: paths is empty.", "Meaning of paths"),
    "a path without brackets": (
        an_input(paths=PRICE),
        "paths",
        "paths is 'clusters.earth.energy_price' (text), but must be a list.",
        "Write it in brackets: [clusters.earth.energy_price].",
    ),
    "paths left out": (
        an_input(paths=None), "- uniform", "uncertainty.inputs.1: 'paths' is missing.", "Meaning of paths"
    ),
    "a path named twice": (
        an_input(paths=[PRICE, PRICE]), "", f"{PRICE} is named twice.", "Name each input once."
    ),
    "a path in two inputs": (
        {"inputs": [{"paths": [PRICE], "uniform": EVEN}, {"name": "again", "paths": [PRICE], "uniform": EVEN}]},
        "",
        f"{PRICE} is named twice.",
        "Name each input once.",
    ),
    "a name given twice": (
        {"inputs": [{**THREE[0], "name": "x"}, {**THREE[1], "name": "x"}]},
        "",
        "there are two uncertain inputs named 'x'.",
        "Give each its own name.",
    ),
    "a factor on a text": (
        an_input(how="factor", paths=["clusters.earth.name"]),
        "- clusters.earth.name",
        "clusters.earth.name is 'earth', which a factor cannot multiply.",
        "Name a number or a series.",
    ),
    "a factor on a switch": (
        an_input(how="factor", paths=["clusters.earth.switchable"]),
        "- clusters.earth.switchable",
        "clusters.earth.switchable is false, which a factor cannot multiply.",
        "Name a number or a series.",
    ),
    "a factor on nothing": (
        an_input(how="factor", paths=["clusters.earth.power_limit_mw"]),
        "- clusters.earth.power_limit_mw",
        "nothing stands at clusters.earth.power_limit_mw.",
        "Check the path.",
    ),
    "a value for a text": (
        an_input(paths=["clusters.earth.name"]),
        "- clusters.earth.name",
        "clusters.earth.name is 'earth', and not a number.",
        "Name a number or a series.",
    ),
    "a value for a switch": (
        an_input(paths=["policy.defer"]), "- policy.defer", "policy.defer is false, and not a number.", "Name a number"
    ),
    "days on a number": (
        an_input(how="days"),
        "- clusters.earth.energy_price",
        f"{PRICE} is 100.0, and not a date.",
        "Name a date, or leave `how: days` out.",
    ),
    "days on a text": (
        an_input(how="days", paths=["clusters.earth.name"]),
        "- clusters.earth.name",
        "clusters.earth.name is 'earth', and not a date.",
        "Name a date",
    ),
    "days on a date that is not there": (
        an_input(how="days", paths=["clusters.earth.service.from"]),
        "- clusters.earth.service.from",
        "nothing stands at clusters.earth.service.from.",
        "Check the path.",
    ),
    "an unknown way to put it": (
        an_input(how="times"), "how", "how is 'times', which is none of value, factor, days.", ""
    ),
    "an unknown distribution": (an_input(beta=EVEN), "beta", "inputs.1: unknown key 'beta'.", "Known: paths"),
    # distributions
    "two distributions": (
        an_input(normal={"mean": 1.0, "sd": 1.0}), "", "an uncertain input has uniform and normal.", KINDS
    ),
    "no distribution": (an_input(uniform=None), "", "an uncertain input has no distribution.", KINDS),
    "low above high": (
        an_input(uniform={"low": 3.0, "high": 2.0}), "uniform", "low, 3, is above high, 2.", "Give low <= high."
    ),
    "a mode below low": (
        spread(triangular={"low": 3.0, "mode": 2.0, "high": 4.0}),
        "triangular",
        "low, mode and high are 3, 2 and 4, which are not in order.",
        "Give low <= mode <= high.",
    ),
    "ends of a normal distribution the wrong way round": (
        spread(normal={"mean": 1.0, "sd": 1.0, "low": 3.0, "high": 2.0}),
        "normal",
        "low, 3, is above high, 2.",
        "Give low <= high.",
    ),
    "a negative deviation": (
        spread(normal={"mean": 1.0, "sd": -1.0}),
        "sd: -1.0",
        "uncertainty.inputs.1.normal: sd is -1.0, but must be at least 0.",
        "Meaning of sd",
    ),
    "a mean that is no number": (
        spread(normal={"mean": math.nan, "sd": 1.0}),
        ".nan",
        "uncertainty.inputs.1.normal: mean is nan, which is not a number that can be used.",
        "Meaning of mean",
    ),
    "a median of nought": (
        spread(lognormal={"median": 0.0, "sigma": 1.0}),
        "median",
        "uncertainty.inputs.1.lognormal: median is 0.0, but must be greater than 0.",
        "Meaning of median",
    ),
    "a spread beyond bounds": (
        spread(lognormal={"median": 1.0, "sigma": 6.0}),
        "sigma",
        "sigma is 6.0, but must be at most 5.",
        "Meaning of sigma",
    ),
    "an end left out": (an_input(uniform={"low": 1.0}), "uniform", "uniform: 'high' is missing.", "Meaning of high"),
    "a misspelt end": (
        an_input(uniform={"low": 1.0, "hihg": 2.0}), "hihg", "unknown key 'hihg'.", "Did you mean 'high'?"
    ),
    "too few weights": (
        spread(discrete={"values": [1.0, 2.0], "weights": [1.0]}),
        "discrete",
        "there are 2 values and 1 weights.",
        "Give a weight for each value.",
    ),
    "no weight at all": (
        spread(discrete={"values": [1.0, 2.0], "weights": [0.0, 0.0]}),
        "discrete",
        "no value has a weight.",
        "Give at least one above 0.",
    ),
    "a negative weight": (
        spread(discrete={"values": [1.0, 2.0], "weights": [1.0, -1.0]}),
        "- -1.0",
        "item 2 of weights is -1.0, but must be at least 0.",
        "Meaning of item 2 of weights",
    ),
    "no values": (spread(discrete={"values": []}), "values", "discrete: values is empty.", "Meaning of values"),
    # ranges
    "a range where there is none": (
        spread(range=True),
        "range",
        f"{PRICE} is 100.0, and neither file nor catalogue gives a range for it.",
        "Write {value, low, high} there, or give a distribution.",
    ),
    "a range of two inputs": (
        spread(range=True, paths=[PRICE, "clusters.earth.pue"]),
        "range",
        "a range is that of one input.",
        "Give `paths` with one path, or a distribution.",
    ),
    "a range that is not": (spread(range=False), "range", "range is false.", "Write `range: true`."),
    "a range as a factor": (
        spread(range=True, how="factor"), "range", "a range is of values, not of factor.", "Leave `how` out"
    ),
    # correlations
    "a correlation of an unknown input": (
        tied(("a", "d", 0.5)), "between", "there is no uncertain input 'd'.", "Known: a, b, c."
    ),
    "a correlation of an input with itself": (
        tied(("a", "a", 0.5)), "between", "'a' is correlated with itself.", "Name two inputs."
    ),
    "a correlation that stands twice": (
        tied(("a", "b", 0.5), ("b", "a", 0.5)), "", "the correlation of 'b' and 'a' stands twice.", "Keep one."
    ),
    "a correlation above 1": (
        tied(("a", "b", 1.5)),
        "coefficient",
        "uncertainty.correlations.1: coefficient is 1.5, but must be at most 1.",
        "Meaning of coefficient",
    ),
    "an impossible correlation": (
        tied(("a", "b", 0.9), ("b", "c", 0.9), ("a", "c", -0.9)),
        "",
        "no quantities can be correlated like this, all of them together.",
        "Bring the coefficients closer to 0.",
    ),
    "a correlation of three": (
        {"inputs": THREE, "correlations": [{"between": ["a", "b", "c"], "coefficient": 0.5}]},
        "between",
        "between is ['a', 'b', 'c'], but must have at most 2 items, not 3.",
        "Meaning of between: Names (or first paths) of two inputs.",
    ),
    "a correlation of one": (
        {"inputs": THREE, "correlations": [{"between": ["a"], "coefficient": 0.5}]},
        "between",
        "between is ['a'], but must have at least 2 items, not 1.",
        "Meaning of between: Names (or first paths) of two inputs.",
    ),
    # lengths
    "a spread of run times beyond bounds": (
        {"run_time": {"sigma": 1.5}},
        "sigma",
        "uncertainty.run_time: sigma is 1.5, but must be at most 1.2.",
        "Meaning of sigma",
    ),
    "whether by the 90 % quantile, in words": (
        {"run_time": {"p90": "often"}}, "p90", "p90 is 'often' (text), but must be true or false.", "Meaning of p90"
    ),
    "whether interruptions are drawn, as a number": (
        {"interruptions": 1}, "interruptions", "interruptions is 1, but must be true or false.", "Write true."
    ),
    # events
    "an event on an unknown cluster": (
        event(clusters=["erth"]), "- erth", "there is no cluster 'erth'.", "Did you mean 'earth'?"
    ),
    "an event on none": (event(clusters=[]), "clusters: []", "events.storm: clusters is empty.", "Meaning of clusters"),
    "an event that takes nothing away": (
        event(speed=None),
        "",
        "event storm takes nothing away: speed and contact are 1, and lost is 0.",
        "Give at least one of speed, contact and lost.",
    ),
    "two events of a name": (
        {"events": [EVENT, EVENT]}, "", "there are two events named 'storm'.", "Give each its own name."
    ),
    "a negative number of events": (
        event(per_year=-1.0), "per_year", "storm: per_year is -1.0, but must be at least 0.", "Meaning of per_year"
    ),
    "an event of no length": (
        event(hours=0.0), "hours: 0.0", "events.storm: hours is 0.0, but must be greater than 0.", "Meaning of hours"
    ),
    "events that last longer than a year has": (
        event(per_year=5000.0, hours=10.0),
        "",
        "event storm would last 50,000 h a year, more than a year has.",
        "Lower per_year or hours.",
    ),
    "a speed above 1": (event(speed=1.5), "speed", "events.storm: speed is 1.5, but must be at most 1.", "Meaning of"),
    "a negative loss": (event(lost=-0.5), "lost", "events.storm: lost is -0.5, but must be at least 0.", "Meaning of"),
    "contact of a cluster without a link": (
        event(contact=0.5),
        "- earth",
        "cluster 'earth' has no link whose contact could be lost.",
        "Leave it out, or give it a link.",
    ),
    "a time of the day beyond 24": (
        event(between=["16:00", "25:00"]), "25:00", "item 2 of between is 25.0, but must be less than 24.", "Meaning of"
    ),
    "a time of the day in words": (
        event(between=["noon", "18:00"]), "- noon", "item 1 of between is 'noon' (text), but must be a number.", ""
    ),
    "one time of the day": (
        event(between=["16:00"]),
        "between",
        "events.storm: between is ['16:00'], but must have at least 2 items, not 1.",
        "Meaning of between: Time of the day, UTC",
    ),
    "an event twice on a cluster": (event(clusters=["earth", "earth"]), "", "'earth'", "Name it once."),
    # prices
    "blocks that are no days": (
        prices(block_hours=100),
        "",
        "block_hours is 100, and blocks begin at the same hour of the day.",
        "Give a multiple of 24.",
    ),
    "blocks of nothing": (
        prices(block_hours=0), "block_hours", "prices.1: block_hours is 0, but must be at least 1.", "Meaning of"
    ),
    "days around beyond a year": (
        prices(within_days=200), "within_days", "within_days is 200, but must be at most 183.", "Meaning of within_days"
    ),
    "prices of an unknown cluster": (
        prices(clusters=["erth"]), "- erth", "there is no cluster 'erth'.", "Did you mean 'earth'?"
    ),
    "prices drawn twice": (
        {"prices": [{"clusters": ["earth"]}, {"clusters": ["earth"]}]},
        "",
        "prices of cluster 'earth' are drawn twice.",
        "Name it once.",
    ),
    "whether carbon comes along, in words": (
        prices(carbon="no"), "carbon", "carbon is 'no' (text), but must be true or false.", "Write false."
    ),
    # launches and recourse
    "launches without a vehicle": ({"launches": True}, "launches", "launches is true, and there is no vehicle.", ""),
    "negative patience": (
        {"recourse": {"patience_hours": -1.0}},
        "patience_hours",
        "uncertainty.recourse: patience_hours is -1.0, but must be at least 0.",
        "Meaning of patience_hours",
    ),
    "a negative cost of deadlines": (
        {"recourse": {"missed": -1.0}}, "missed", "recourse: missed is -1.0, but must be at least 0.", "Meaning of"
    ),
    "a cost of deadlines in percent": (
        {"recourse": {"missed": 150.0}}, "missed", "recourse: missed is 150.0, but must be at most 100.", "Meaning of"
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", MISTAKES)
def test_a_mistake_is_told_once_with_place_value_and_remedy(what: str, tmp_path: Path) -> None:
    given, where, fact, remedy = MISTAKES[what]
    path = write(tmp_path, build.document(uncertainty=given))
    problem = one(path)
    file, _, line = problem.place.rpartition(":")
    assert file == str(path)
    assert int(line) >= line_of(path, "uncertainty:")
    if where:
        assert int(line) in [n for n, text in enumerate(path.read_text().splitlines(), 1) if where in text]
    assert fact in problem.fact
    assert remedy in problem.remedy


def test_prices_in_blocks_are_refused_where_slots_are_longer_than_a_day(tmp_path: Path) -> None:
    problem = one(write(tmp_path, build.document(slot_hours=48.0, uncertainty=prices())))
    assert "slots are longer than a day" in problem.fact
    assert problem.remedy == "Give inputs with `how: factor` on the prices instead."
    assert placement.scenario(build.document(slot_hours=24.0, uncertainty=prices())).uncertainty is not None


def test_without_a_file_the_place_is_a_dotted_path() -> None:
    with pytest.raises(placement.ScenarioError) as caught:
        placement.scenario(build.document(uncertainty={**event(clusters=["erth"]), "run_time": {"sigma": 2.0}}))
    assert [problem.place for problem in caught.value.problems] == [
        "uncertainty.events.storm.clusters.1",
        "uncertainty.run_time.sigma",
    ]


def test_several_mistakes_are_told_together(tmp_path: Path) -> None:
    given = {**an_input(paths=["clusters.earth.name"]), **event(lost=3.0), **prices(clusters=["erth"])}
    assert len(refused(write(tmp_path, build.document(uncertainty=given)))) == 3


def test_a_range_at_an_unknown_path_is_complained_of_once(tmp_path: Path) -> None:
    path = write(tmp_path, build.document(uncertainty=spread(range=True, paths=["clusters.earth.energy_prise"])))
    assert "nothing stands at clusters.earth.energy_prise." in one(path).fact


def test_a_range_beside_a_distribution_is_named_as_it_was_written(tmp_path: Path) -> None:
    site = build.cluster(energy_price={"value": 40.0, "low": 30.0, "high": 90.0})
    problem = one(write(tmp_path, build.document([site], uncertainty=an_input(range=True))))
    assert "range" in problem.fact
    assert "triangular" not in problem.fact
    ends = {"low": 1.0, "mode": 1.5, "high": 2.0}
    problem = one(write(tmp_path, build.document([site], uncertainty=spread(range=True, triangular=ends))))
    assert problem.fact == "an uncertain input has range and triangular."
    assert problem.remedy == KINDS


HALLS = build.cluster(pool={"blocks": [{"name": "old", "number": 8}]})
del HALLS["pools"][0]["number"]


@pytest.mark.parametrize(
    ("path", "sites"),
    [("clusters.earth.pools.h100-sxm.number", [HALLS]), ("money.price_year", None), ("format", None)],
)
def test_what_can_be_no_input_is_refused(path: str, sites: list[dict[str, Any]] | None, tmp_path: Path) -> None:
    """The number of a pool follows from its blocks; dollars have been converted; a format is no number."""
    given = {"inputs": [{"paths": [path], "discrete": {"values": [5.0]}}]}
    assert path in one(write(tmp_path, build.document(sites, uncertainty=given))).fact


def test_what_is_right_is_taken(tmp_path: Path) -> None:
    """All of the section, in every spelling."""
    written = lifting.document(
        uncertainty={
            "inputs": [
                {
                    "name": "a",
                    "paths": ["clusters.earth.carbon_g_per_kwh", lifting.RENT],
                    "how": "factor",
                    "lognormal": {"median": 1, "sigma": 0.1},
                },
                {
                    "paths": ["clusters.sky.modules.sail.mass_kg"],
                    "triangular": {"low": 900, "mode": 1000, "high": 1000},
                },
                {"paths": ["clusters.earth.power_limit_mw"], "normal": {"mean": 3.0, "sd": 1.0, "low": 0.0}},
            ],
            "correlations": [{"between": ["a", "clusters.sky.modules.sail.mass_kg"], "coefficient": -1}],
            "run_time": {},
            "interruptions": True,
            "events": [{**EVENT, "between": ["22:00", 2]}],
            "prices": [{"clusters": ["earth"], "block_hours": 24}],
            "launches": True,
            "recourse": {"patience_hours": 0},
        }
    )
    made = placement.load(write(tmp_path, written)).uncertainty
    assert made is not None
    assert made.run_time is not None
    assert made.run_time.p90
    assert made.events[0].between == (22.0, 2.0)
    assert made.inputs[1].label == "clusters.sky.modules.sail.mass_kg"
    assert (made.recourse.patience_hours, made.recourse.missed) == (0.0, 1.0)

"""What is in the way of options without a start: lifted by what is said a start fits, by a little less none does."""

import os
from typing import Any

import numpy as np
from oracle.generate import tiny

import placement
from placement.compile import Compiled, compile_scenario
from placement.compile.hindrances import Closest, Hindrance, Kind, hindered
from placement.conflicts.put import put
from placement.loader.load import scenario as make
from placement.schema import Scenario, SeriesSpec
from placement.timegrid import timegrid
from placement.units import WATTS_PER_MW

SEEDS = range(int(os.environ.get("HINDRANCES", "200")))

Changed = Scenario | None


def tightened(seed: int) -> dict[str, Any]:
    """A tiny scenario in which jobs are larger and longer, have deadlines, and links are slower."""
    rng = np.random.default_rng([seed, 11])
    document = tiny(seed)
    grid = timegrid(make(document).horizon)
    for job in document["jobs"]:
        if rng.random() < 0.4:
            job["hours"] *= float(rng.choice([2.0, 5.0, 20.0]))
            if "hours_p90" in job:
                job["hours_p90"] = 2 * job["hours"]
        if rng.random() < 0.3:
            job["accelerators"] += int(rng.integers(1, 4))
        if rng.random() < 0.4 and "deadline" not in job:
            job["deadline"] = grid.when(float(rng.uniform(0.3, 1.2)) * grid.hours).isoformat()
    for cluster in document["clusters"]:
        if rng.random() < 0.15 and "orbit" not in cluster:
            cluster["power_limit_mw"] = round(float(rng.uniform(0.002, 0.03)), 4)
        if cluster.get("link") and rng.random() < 0.5:
            for key in ("gbps_in", "gbps_out"):
                cluster["link"][key] *= 0.1
    if rng.random() < 0.15:
        document.setdefault("policy", {})["tails"] = False
    return document


def startless(compiled: Compiled) -> np.ndarray[Any, np.dtype[np.int64]]:
    return np.flatnonzero(np.diff(compiled.legend.work.option_spans) == 0)


def has_start(scenario: Scenario, before: Compiled, found: Closest) -> bool:
    """Whether the same option has a start in a scenario that is changed."""
    after = compile_scenario(scenario).legend

    def key(legend: Any, option: int, row: int) -> tuple[Any, ...]:
        options = np.arange(*legend.work.job_options[row : row + 2])
        names = legend.option_names(options).tolist()
        at = option - int(options[0])
        return names[at], names[:at].count(names[at])

    sought = key(before.legend, found.option, found.row)
    for option in range(*after.work.job_options[found.row : found.row + 2]):
        if key(after, option, found.row) == sought:
            return bool(after.work.option_spans[option + 1] > after.work.option_spans[option])
    raise AssertionError(f"there is no option {sought} any more")


def lifted(scenario: Scenario, compiled: Compiled, found: Closest, one: Hindrance, less: bool) -> Changed:
    """The scenario with an obstacle lifted by what is said, or by a little less; None where no number is said."""
    legend = compiled.legend
    job = int(legend.job[found.row])
    if one.kind == Kind.DEADLINE:
        hours = one.amount - (0.003 if less else -1e-6)
        to = scenario.jobs["deadline"][job] + np.timedelta64(int(hours * 3.6e9), "us")
        return scenario.model_copy(update={"jobs": put(scenario.jobs, ("deadline", job), to)})
    if one.kind in (Kind.STAGING, Kind.UNLOADING, Kind.DATASET, Kind.INCOMING) and np.isfinite(one.amount):
        key = "gbps_out" if one.kind == Kind.UNLOADING else "gbps_in"
        factor = 1 + (one.amount - 1) * 0.999 if less else one.amount
        link = scenario.clusters[one.key].link
        assert link is not None
        return changed(scenario, ("clusters", one.key, "link", key), getattr(link, key) * factor)
    if one.kind == Kind.ACCELERATORS:
        pool = legend.pools[one.key]
        k = legend.sites[pool.cluster].pools.index(one.key)
        by = one.amount - less
        taken = pool.pool.reserved
        to = taken.model_copy(update={"add": taken.add - by}) if isinstance(taken, SeriesSpec) else float(taken) - by
        return changed(scenario, ("clusters", pool.cluster, "pools", k, "reserved"), to)
    if one.kind == Kind.RESOURCE:
        meter = list(legend.starting.resources)[one.key]
        key, cluster = next((k[2], k[1]) for k, n in legend.starting.meters.index.items() if n == meter)
        need = scenario.jobs["uses"][job][key] - less
        return changed(scenario, ("clusters", cluster, "resources", key), float(need))
    if one.kind == Kind.POWER:
        return powered(scenario, compiled, found, one, less)
    return None if less else freed(scenario, compiled, found, one)


def powered(scenario: Scenario, compiled: Compiled, found: Closest, one: Hindrance, less: bool) -> Scenario:
    """Power for the run at any time, or one watt less."""
    legend, site = compiled.legend, compiled.legend.sites[one.key]
    meters = {number for _, number in legend.starting.meters.like("watt", one.key)}
    use = slice(*legend.work.option_uses[found.option : found.option + 2])
    mine = np.isin(legend.work.use_meter[use], list(meters)) & (legend.work.use_kind[use] == 0)
    watts = float(legend.work.use_amount[use][mine].sum()) - less
    limit = watts * site.cluster.pue / WATTS_PER_MW + site.cluster.idle_mw
    if site.cluster.power_limit_mw is not None:
        scenario = changed(scenario, ("clusters", one.key, "power_limit_mw"), limit)
    if site.simple and site.cluster.sources:
        source = site.cluster.sources[0].model_copy(
            update={"limit_mw": limit, "connected": None, "curtailments": ()}
        )  # fmt: skip
        scenario = changed(scenario, ("clusters", one.key, "sources"), (source,))
    return scenario


def freed(scenario: Scenario, compiled: Compiled, found: Closest, one: Hindrance) -> Changed:
    """The scenario without an obstacle of which no number is said."""
    legend = compiled.legend
    job = int(legend.job[found.row])
    if one.kind == Kind.HORIZON:
        last = legend.segment[found.row] == scenario.jobs["segments"][job] - 1
        return changed(scenario, ("policy", "tails"), True) if last else None
    if one.kind == Kind.SERVICE:
        pool = legend.pools[one.key]
        k = legend.sites[pool.cluster].pools.index(one.key)
        scenario = changed(scenario, ("clusters", pool.cluster, "service"), None)
        return changed(scenario, ("clusters", pool.cluster, "pools", k, "service"), None)
    if one.kind == Kind.DATASET:
        k = [each.name for each in scenario.datasets].index(scenario.jobs["dataset"][job])
        names = tuple(cluster.name for cluster in scenario.clusters)
        return changed(scenario, ("datasets", k, "clusters"), names)
    return None


def changed(scenario: Scenario, steps: tuple[str | int, ...], value: Any) -> Scenario:
    made: Scenario = put(scenario, steps, value)
    return made


def exact(compiled: Compiled, found: Closest, one: Hindrance) -> bool:
    """Whether what is there is not cut off at nothing, where less of it would be the same."""
    pools, sites = compiled.legend.pools, compiled.legend.sites
    if one.kind == Kind.ACCELERATORS:
        return bool(pools[one.key].capacity.min() > 0)
    if one.kind == Kind.POWER:
        return not sites[one.key].cluster.modules
    return True


def test_lifted_by_what_is_said_a_start_fits_and_by_less_none_does() -> None:
    seen: dict[Kind, int] = {}
    several = 0
    for seed in SEEDS:
        try:
            scenario = make(tightened(seed))
        except placement.ScenarioError:
            continue
        compiled = compile_scenario(scenario)
        for found in hindered(compiled.legend, startless(compiled)):
            assert found.hindrances
            label = (seed, found)
            made: Changed = scenario
            for one in found.hindrances:
                made = None if made is None else lifted(made, compiled, found, one, less=False)
            if made is None or not all(exact(compiled, found, one) for one in found.hindrances):
                continue
            assert has_start(made, compiled, found), label
            for one in found.hindrances:
                seen[one.kind] = seen.get(one.kind, 0) + 1
            if len(found.hindrances) > 1:
                several += 1
                for one in found.hindrances:
                    alone = lifted(scenario, compiled, found, one, less=False)
                    assert alone is not None
                    assert not has_start(alone, compiled, found), label
                continue
            (one,) = found.hindrances
            less = lifted(scenario, compiled, found, one, less=True)
            if less is not None:
                assert not has_start(less, compiled, found), label
    wanted = {Kind.DEADLINE, Kind.HORIZON, Kind.ACCELERATORS, Kind.POWER, Kind.STAGING, Kind.UNLOADING, Kind.DATASET}
    assert seen.keys() >= wanted | {Kind.SERVICE}
    assert several > 5

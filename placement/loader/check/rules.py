"""Checks of limits, data sets and flows."""

from placement.loader.check.complaints import Complaints
from placement.loader.wording import did_you_mean
from placement.schema import Limit
from placement.tree import Steps

MEASURES = ("accelerators", "mw", "mwh", "tco2", "water_l", "tb", "usd", "investment_usd")
DOLLARS = ("usd", "investment_usd")


def check(say: Complaints) -> None:
    """Everything beside clusters and jobs."""
    scenario = say.scenario
    say.unique(((x.name, ("limits", i)) for i, x in enumerate(scenario.limits)), "limits")
    say.unique(((x.name, ("datasets", i)) for i, x in enumerate(scenario.datasets)), "data sets")
    say.unique(((x.name, ("flows", i)) for i, x in enumerate(scenario.flows)), "flows")
    clusters = [cluster.name for cluster in scenario.clusters]
    for index, dataset in enumerate(scenario.datasets):
        for inner, name in enumerate(dataset.clusters):
            say.known(name, clusters, "cluster", ("datasets", index, "clusters", inner))
    for index, limit in enumerate(scenario.limits):
        _limit(say, limit, ("limits", index), clusters)


def _limit(say: Complaints, limit: Limit, path: Steps, clusters: list[str]) -> None:
    scenario = say.scenario
    low = None if limit.of in DOLLARS else 0.0
    say.series(limit.max, (*path, "max"), low)
    say.series(limit.min, (*path, "min"), low)
    if limit.of in DOLLARS and limit.min is not None:
        fact = f"limit {limit.name}: a least amount of {limit.of} would be met by waste."
        say.at((*path, "min"), fact, "Leave it out; a contract has `take_or_pay`.")
    for inner, name in enumerate(limit.over.clusters or ()):
        say.known(name, clusters, "cluster", (*path, "over", "clusters", inner))
    pools = [f"{cluster.name}/{pool.name}" for cluster, pool in scenario.pools()]
    for inner, name in enumerate(limit.over.pools or ()):
        say.known(name, pools, "pool", (*path, "over", "pools", inner), of=" (write cluster/pool)")
    if isinstance(limit.max, float) and isinstance(limit.min, float) and limit.min > limit.max:
        fact = f"limit {limit.name}: min {limit.min:g} is above max {limit.max:g}."
        say.at((*path, "min"), fact, "Lower min or raise max.")
    if limit.of not in MEASURES:
        named = {name for cluster in scenario.clusters for name in cluster.resources}
        named |= {name for uses in scenario.jobs["uses"] for name in uses}
        if limit.of not in named and not say.problems.incomplete & {"clusters", "jobs"}:
            fact = f"limit {limit.name}: '{limit.of}' is neither something that is measured nor a resource."
            say.at((*path, "of"), fact, did_you_mean(limit.of, [*MEASURES, *sorted(named)]))
    if limit.of in DOLLARS and limit.over.jobs is not None:
        fact = f"limit {limit.name}: dollars are counted per cluster, not per job."
        say.at((*path, "over", "jobs"), fact, "Give `over: {clusters: [...]}` only.")
    if limit.of not in ("accelerators", "mw", "mwh", "tco2", "water_l") and limit.over.pools is not None:
        fact = f"limit {limit.name}: {limit.of} is counted per cluster, not per pool."
        say.at((*path, "over", "pools"), fact, "Give `over: {clusters: [...]}`.")
    if limit.over.jobs is not None:
        _filter(say, limit, (*path, "over", "jobs"))


def _filter(say: Complaints, limit: Limit, path: Steps) -> None:
    if say.problems.incomplete & {"jobs", "flows"}:
        return
    jobs, flows = say.scenario.jobs, say.scenario.flows
    wanted = limit.over.jobs
    assert wanted is not None
    for key in ("team", "priority"):
        value = getattr(wanted, key)
        if value is not None:
            there = {x for x in jobs[key] if x is not None} | {getattr(f, key) for f in flows if getattr(f, key)}
            say.known(value, sorted(there), f"job with {key}", (*path, key))
    if wanted.tags:
        there = {tag for tags in jobs["tags"] for tag in tags} | {tag for flow in flows for tag in flow.tags}
        for inner, tag in enumerate(wanted.tags):
            say.known(tag, sorted(there), "job with tag", (*path, "tags", inner))

"""What is in the way of an option, in words: the fact with its numbers, and what would let it in."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from placement.compile.hindrances import Closest, Hindrance, Kind
from placement.kernels.work import Floats
from placement.units import WATTS_PER_MW

if TYPE_CHECKING:
    from placement.compile.legend import Legend

NOUNS = {
    Kind.DATES: "dates",
    Kind.DEADLINE: "deadline",
    Kind.HORIZON: "end of the horizon",
    Kind.STOPPED: "no speed",
    Kind.SERVICE: "dates of service",
    Kind.ACCELERATORS: "accelerators",
    Kind.POWER: "power",
    Kind.RESOURCE: "resources",
    Kind.STAGING: "data to stage",
    Kind.UNLOADING: "results to unload",
    Kind.DATASET: "data set",
    Kind.INCOMING: "data to stage",
}
"""What each kind is called where they are counted."""


def told(legend: Legend, found: Closest) -> str:
    """Everything that is in the way of the closest start, in one line."""
    facts, remedies = zip(*(_TOLD[each.kind](legend, found, each) for each in found.hindrances), strict=True)
    remedies = tuple(dict.fromkeys(each for each in remedies if each))
    fact, remedy = ", and ".join(facts), ", and ".join(remedies)
    part = f"segment {legend.segment[found.row] + 1}: " if _segments(legend, found) > 1 else ""
    return f"{part}{fact}; {remedy}" if remedy else part + fact


def moment(at: datetime) -> str:
    """A moment to the minute."""
    return f"{at:%Y-%m-%d %H:%M}"


def no_later(legend: Legend, hours: float) -> str:
    """The last whole minute that is not later."""
    at = legend.grid.when(hours)
    return moment(at)


def no_sooner(legend: Legend, hours: float) -> str:
    """The first whole minute that is not sooner."""
    at = legend.grid.when(hours)
    whole = at.replace(second=0, microsecond=0)
    return moment(whole if whole == at else whole + timedelta(minutes=1))


def amount(value: float) -> str:
    """A number in four digits."""
    return f"{value:,.4g}" if abs(value) < 1e4 else f"{value:,.0f}"


def at_least(value: float) -> str:
    """A number of at most five digits that is not smaller."""
    if not value:
        return "0"
    step = 10.0 ** (math.floor(math.log10(value)) - 4)
    return f"{float(f'{math.ceil(value / step - 1e-9) * step:.12g}'):,.12g}"


def hours_more(value: float) -> str:
    """Hours, to the next tenth if they are not fewer than one."""
    digits = 1 if value >= 1 else 2
    return f"{math.ceil(value * 10**digits - 1e-6) / 10**digits:,.12g} h"


def _job(legend: Legend, found: Closest) -> int:
    return int(legend.job[found.row])


def _segments(legend: Legend, found: Closest) -> int:
    return int(legend.scenario.jobs["segments"][_job(legend, found)])


def _begin(legend: Legend, found: Closest) -> float:
    return float(legend.grid.edges[found.start])


def _run(legend: Legend, found: Closest) -> str:
    """How long it would run."""
    return f"{amount(found.end - _begin(legend, found))} h"


def _of(legend: Legend, found: Closest) -> tuple[str, str]:
    """Where it would begin, and what that start is."""
    which = "its first start" if found.start == found.first else "its best start"
    return no_later(legend, _begin(legend, found)), which


def _when(legend: Legend, found: Closest, there: Floats) -> str:
    """When there is so little, (T,) in all: at the lowest of the run, unless it is always the same."""
    if there.min() == there.max():
        return " at any time"
    begin, which = _of(legend, found)
    return f" all the while from {which}, {begin}, on"


def _dates(legend: Legend, found: Closest, _: Hindrance) -> tuple[str, str]:
    ready = no_sooner(legend, found.ready)
    if found.start < 0:
        return f"it may begin from {ready} on, and has no start then", "change its dates"
    begin = no_later(legend, _begin(legend, found))
    if found.start >= found.first:
        return f"it has to begin before the horizon does, at {begin}", "let it begin later"
    return f"it may begin from {ready} on, and no start is left then", f"let it begin at {begin} or sooner"


def _deadline(legend: Legend, found: Closest, one: Hindrance) -> tuple[str, str]:
    begin, end = _begin(legend, found), found.end - one.amount
    since = no_later(legend, begin)
    if found.start != found.first:
        there = int(legend.starting.bounds.there[found.option])
        before = " and ".join(dict.fromkeys(NOUNS[kind] for kind in found.before))
        barred = f", the first start not barred by {before}," if before else ""
        since += ", when its data set is there," if there == found.start else barred
    has = f"has {amount(end - begin)} h" if end > begin else "has none"
    fact = f"it needs {_run(legend, found)} and {has} from {since} to its deadline {no_later(legend, end)}"
    least = "at least " if _segments(legend, found) > 1 else ""
    return fact, f"set the deadline {least}{hours_more(one.amount)} later, to {no_sooner(legend, found.end)}"


def _horizon(legend: Legend, found: Closest, one: Hindrance) -> tuple[str, str]:
    end = no_later(legend, legend.grid.hours)
    fact = f"it needs {_run(legend, found)} from {_of(legend, found)[0]} on, {hours_more(one.amount)} more than there "
    fact += f"are to the horizon's end {end}"
    longer = "lengthen the horizon"
    if legend.segment[found.row] < _segments(legend, found) - 1:
        return f"{fact}, by which all segments but the last have to end", longer
    return f"{fact}, after which no run may go on", f"set policy.tails to true, or {longer}"


def _stopped(legend: Legend, found: Closest, _: Hindrance) -> tuple[str, str]:
    return "the accelerators do no work: their speed is 0 in every slot", "raise their speed"


def _service(legend: Legend, found: Closest, one: Hindrance) -> tuple[str, str]:
    pool = legend.pools[one.key]
    name = legend.pool_name(one.key)
    windows = (legend.sites[pool.cluster].cluster.service, pool.pool.service)
    begins = [window.from_ for window in windows if window is not None and window.from_ is not None]
    ends = [window.to for window in windows if window is not None and window.to is not None]
    when = [f"from {moment(max(begins))}"] * bool(begins) + [f"to {moment(min(ends))}"] * bool(ends)
    begin, end = no_later(legend, _begin(legend, found)), no_sooner(legend, min(found.end, legend.grid.hours))
    fact = f"it would run from {begin} to {end}, and {name} is in service {' '.join(when)}"
    return fact, f"change the dates of service ({legend.sites[pool.cluster].cluster.name}, or its pool)"


def _accelerators(legend: Legend, found: Closest, one: Hindrance) -> tuple[str, str]:
    pool, name = legend.pools[one.key], legend.pool_name(one.key)
    _, pools, held = legend.parts(np.array([found.option]))
    need = int(held[pools == one.key].sum())
    there = need - int(one.amount)
    fact = f"it needs {need:,} accelerators at once for {_run(legend, found)}, and of {name} no more than {there:,} are"
    fact += f" free{_when(legend, found, pool.potential)}"
    cluster = legend.sites[pool.cluster].cluster
    if there <= 0 or pool.pool.blocks or cluster.orbital or cluster.modules:
        return fact, f"{int(one.amount):,} more are enough"
    path = f"clusters.{cluster.name}.pools.{pool.pool.name}.number"
    return fact, f"raise {path} from {pool.pool.number:,} to {pool.pool.number + int(one.amount):,}"


def _power(legend: Legend, found: Closest, one: Hindrance) -> tuple[str, str]:
    site = legend.sites[one.key]
    cluster = site.cluster
    last = min(found.end, legend.grid.hours)
    slots = slice(found.start, max(int(legend.grid.slot_from(last)), found.start + 1))
    there = float(site.potential_watts[slots].min())
    need = there + one.amount
    facility, has = (watts * cluster.pue / WATTS_PER_MW + cluster.idle_mw for watts in (need - 1e-6, there))
    more = " with cooling and idle power" if cluster.pue > 1 or cluster.idle_mw else ""
    fact = f"it would bring {cluster.name} to {amount(facility)} MW{more}, where no more than "
    fact += f"{amount(has if there > 0 else 0.0)} MW can be drawn{_when(legend, found, site.potential_watts)}"
    limited = bool(((site.facility_watts + site.potential.watts)[slots] < need).any())
    given = bool((site.grid_watts[slots] < need).any())
    least = at_least(facility)
    if cluster.modules:
        more_mw = at_least(one.amount * cluster.pue / WATTS_PER_MW)
        return fact, f"{more_mw} MW more are enough"
    parts = [f"raise clusters.{cluster.name}.power_limit_mw to {least}"] * limited
    parts += [f"let its grid give {least} MW"] * given
    return fact, " and ".join(parts)


def _resource(legend: Legend, found: Closest, one: Hindrance) -> tuple[str, str]:
    meter = list(legend.starting.resources)[one.key]
    key = next(key for key, number in legend.starting.meters.index.items() if number == meter)
    cluster, name = legend.sites[int(str(key[1]))].cluster, str(key[2])
    need = int(legend.scenario.jobs["uses"][_job(legend, found)][name])
    there = legend.starting.resources[meter]
    fact = f"it needs {need:,} of resource {name}, and {cluster.name} has no more than {amount(need - one.amount)}"
    fact += _when(legend, found, there)
    if any(name in module.gives for module in cluster.modules):
        return fact, f"{amount(one.amount)} more are enough"
    return fact, f"raise clusters.{cluster.name}.resources.{name} to {need:,}"


def _staging(legend: Legend, found: Closest, one: Hindrance) -> tuple[str, str]:
    cluster, tb = legend.sites[one.key].cluster, float(legend.scenario.jobs["dataset_tb"][_job(legend, found)])
    begin, which = _of(legend, found)
    fact = f"its {amount(tb)} TB have to come in before {which}, {begin}, and the link into {cluster.name} carries "
    return _carried(fact, tb, one, f"clusters.{cluster.name}.link.gbps_in", cluster.link.gbps_in if cluster.link else 0)


def _unloading(legend: Legend, found: Closest, one: Hindrance) -> tuple[str, str]:
    cluster, tb = legend.sites[one.key].cluster, float(legend.scenario.jobs["result_tb"][_job(legend, found)])
    fact = f"its {amount(tb)} TB of results have to go out after the run, which would end "
    fact += f"{no_sooner(legend, found.end)}, and the link out of {cluster.name} carries "
    path = f"clusters.{cluster.name}.link.gbps_out"
    return _carried(fact, tb, one, path, cluster.link.gbps_out if cluster.link else 0)


def _carried(fact: str, tb: float, one: Hindrance, path: str, gbps: float) -> tuple[str, str]:
    """What a link carries in the time there is, and how fast it would have to be."""
    if math.isinf(one.amount):
        return f"{fact}nothing in that time", "change its contact or the dates"
    return f"{fact}{amount(tb / one.amount)} TB in that time", _raised(path, gbps, one)


def _raised(path: str, gbps: float, one: Hindrance) -> str:
    return f"raise {path} from {amount(gbps)} to {at_least(gbps * one.amount)}"


def _dataset(legend: Legend, found: Closest, one: Hindrance) -> tuple[str, str]:
    cluster = legend.sites[one.key].cluster
    name = legend.scenario.jobs["dataset"][_job(legend, found)]
    data = next(each for each in legend.scenario.datasets if each.name == name)
    begin, which = _of(legend, found)
    there = int(legend.starting.bounds.there[found.option])
    edges = legend.grid.edges
    until = (
        "not before the horizon's end" if there >= len(edges) - 1 else f"by {moment(legend.grid.when(edges[there]))}"
    )
    fact = f"its data set {data.name}, {amount(data.tb)} TB, is moved to {cluster.name} {until}, and {which} is {begin}"
    copy = f"add {cluster.name} to datasets.{data.name}.clusters"
    if math.isinf(one.amount) or cluster.link is None:
        return fact, copy
    path = f"clusters.{cluster.name}.link.gbps_in"
    return fact, f"{copy}, or {_raised(path, cluster.link.gbps_in, one)}"


def _incoming(legend: Legend, found: Closest, one: Hindrance) -> tuple[str, str]:
    cluster, job = legend.sites[one.key].cluster, _job(legend, found)
    assert cluster.link is not None
    begin, which = _of(legend, found)
    jobs = legend.scenario.jobs
    fact = f"its {amount(float(jobs['dataset_tb'][job]))} TB and its data set {jobs['dataset'][job]} have to come in "
    fact += f"before {which}, {begin}, and the link into {cluster.name} is too slow for that"
    return fact, _raised(f"clusters.{cluster.name}.link.gbps_in", cluster.link.gbps_in, one)


_TOLD = {
    Kind.DATES: _dates,
    Kind.DEADLINE: _deadline,
    Kind.HORIZON: _horizon,
    Kind.STOPPED: _stopped,
    Kind.SERVICE: _service,
    Kind.ACCELERATORS: _accelerators,
    Kind.POWER: _power,
    Kind.RESOURCE: _resource,
    Kind.STAGING: _staging,
    Kind.UNLOADING: _unloading,
    Kind.DATASET: _dataset,
    Kind.INCOMING: _incoming,
}

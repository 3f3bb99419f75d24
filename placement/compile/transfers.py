"""Transfers of options: data that come in before a run, results that go out after it, and what they cost."""

from typing import Any

import numpy as np

from placement.compile.fleet import Site
from placement.compile.meters import Meters, numbers
from placement.compile.options import Parts
from placement.kernels.work import STAGE, Floats, Ints
from placement.money import CASH, TRANSFER
from placement.schema import Scenario


def volumes_tb(scenario: Scenario) -> tuple[Floats, Floats]:
    """TB that a unit of each job stages and unloads where home is elsewhere, shape (jobs,) each."""
    running = scenario.jobs["state"] == "running"
    return np.where(running, 0.0, scenario.jobs["dataset_tb"]), scenario.jobs["result_tb"].copy()


def transfers(
    scenario: Scenario,
    sites: list[Site],
    parts: Parts,
    volumes: Floats,
    kind: int,
    meters: Meters,
    add: Any,
    terms: list[tuple[Ints, Ints, Ints, Floats]],
) -> None:
    """Staging before the first segment or unloading after the last, once per cluster, where home is elsewhere."""
    clusters = {site.cluster.name: site.index for site in sites}
    homes = np.array(
        [clusters.get(name, -1) if name is not None else -1 for name in scenario.jobs["home"]], dtype=np.int64
    )
    away = np.flatnonzero(homes[parts.job] != parts.cluster)
    if len(away) == 0:
        return
    option, cluster, job, group = (x[away] for x in (parts.option, parts.cluster, parts.job, parts.group))
    volume, usd_per_tb = volumes[job], transfer_prices(sites, kind)[cluster, homes[job]]
    terms.append((option, np.full(len(away), CASH.index(TRANSFER)), cluster, volume * usd_per_tb))
    link = _link_numbers(sites)[cluster, kind - STAGE]
    linked = link >= 0
    meter = numbers(meters, "in" if kind == STAGE else "out", cluster[linked], group[linked])
    add(option[linked], meter, volume[linked], kind, link[linked])


def _link_numbers(sites: list[Site]) -> Ints:
    """Shape (clusters, 2): number of the in- and out-link of each cluster; -1 without."""
    result = np.full((len(sites), 2), -1)
    number = 0
    for site in sites:
        if site.cluster.link is not None:
            result[site.index] = (number, number + 1)
            number += 2
    return result


def transfer_prices(sites: list[Site], kind: int) -> Floats:
    """$ per TB, shape (clusters, clusters + 1), by cluster and home; the last home, also -1, is no cluster.

    The in price of the receiving cluster's link plus the out price of the sending one's; 0 for an end without link.
    """
    links = [site.cluster.link for site in sites]
    inward = np.array([link.usd_per_tb_in if link else 0.0 for link in links])
    outward = np.array([link.usd_per_tb_out if link else 0.0 for link in links])
    here, there = (inward, outward) if kind == STAGE else (outward, inward)
    return np.asarray(here[:, None] + np.append(there, 0.0), dtype=np.float64)

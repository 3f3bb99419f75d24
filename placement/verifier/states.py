"""Which clusters are on: switchable ones as the plan says, all others always (docs/model.md §6)."""

import numpy as np

from placement.verifier.findings import Findings
from placement.verifier.fleet import Fleet
from placement.verifier.spans import Bools
from placement.verifier.tables import Rows


def read(rows: Rows, fleet: Fleet, findings: Findings) -> Bools:
    """Shape (clusters, T): whether each cluster is on; True where the plan does not say."""
    slots = fleet.grid.slots
    on = np.ones((len(fleet.clusters), slots), dtype=bool)
    told = np.zeros((len(fleet.clusters), slots), dtype=np.int64)
    for cluster, slot, state in zip(rows["cluster"], rows["slot"].tolist(), rows["on"].tolist(), strict=True):
        index = fleet.cluster_index.get(cluster)
        if index is None or slot >= slots:
            findings.add("table", f"states, {cluster}", f"there is no such cluster or slot ({slot}).")
        elif not fleet.clusters[index].switchable:
            findings.add("state", cluster, "it is not switchable and has no states.")
        else:
            on[index, slot] = state
            told[index, slot] += 1
    for index, cluster in enumerate(fleet.clusters):
        if cluster.switchable:
            for slot in np.flatnonzero(told[index] != 1):
                findings.add("state", cluster.name, f"slot {slot} has {told[index, slot]} states and needs one.")
    return on

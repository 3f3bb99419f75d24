"""A meter over the horizon: what a plan takes of it, and what there is."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

ACCELERATORS, POWER, LINK_IN, LINK_OUT, RESOURCE, SOURCE = (
    "accelerators",
    "power",
    "link in",
    "link out",
    "resource",
    "source",
)


@dataclass(frozen=True)
class Reading:
    """One meter over the horizon."""

    kind: str
    """accelerators, power, link in, link out, resource, source."""
    cluster: str
    of: str
    """The pool, the resource or the source; "" where the cluster has one of the kind."""
    unit: str
    amount: NDArray[np.float64]
    """(T,) what is taken, mean over each slot; of sources in the tick of it that leaves the least."""
    most: NDArray[np.float64]
    """(T,) what there is; inf: no limit."""

    @property
    def name(self) -> str:
        """As users write it: cluster, pool or resource, and kind."""
        where = f"{self.cluster}/{self.of}" if self.kind == ACCELERATORS else self.cluster
        return f"{where} {self.of if self.kind in (RESOURCE, SOURCE) else self.kind}"

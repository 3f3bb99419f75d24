"""The peers there are, their settings, and what is said where one is not installed."""

from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec


@dataclass(frozen=True)
class Peer:
    """A solver to compare with. Its file in this folder has a function `solve(task)` that returns how it ended."""

    name: str
    module: str
    imports: str
    """What it imports, when it is asked and not before."""
    settings: tuple[str, ...]

    @property
    def package(self) -> str:
        """What has to be installed."""
        return self.imports.split(".")[0]

    @property
    def installed(self) -> bool:
        """Whether its package is there."""
        return find_spec(self.package) is not None

    @property
    def missing(self) -> str:
        """What is said where it is not."""
        return (
            f"{self.name} is left out: the package '{self.package}' is not installed. "
            "Install the extra 'peers': pip install 'orbital-placement[peers]'."
        )


PEERS = {
    peer.name: peer
    for peer in (
        Peer("HiGHS", "highs", "highspy", ("default", "no presolve")),
        Peer("CP-SAT", "cp_sat", "ortools.sat.python.cp_model", ("intervals", "placements")),
        Peer("SCIP", "scip", "pyscipopt", ("default",)),
    )
}


def versions() -> dict[str, str]:
    """Versions of the packages of those that are installed."""
    return {peer.package: metadata.version(peer.package) for peer in PEERS.values() if peer.installed}

"""A search on the device that was asked for; where that fails on the way, on the next one.

Under a work limit the search begins again as if there had been no device, so that its plan is the one that a search on
processors gives. Else the bound is kept, and the best plan until then is what the next search begins with.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from placement.errors import DeviceError
from placement.kernels.backend import BackEnd, BackEndError, Device, choose
from placement.search.bound import running_on
from placement.search.core_model import Chosen
from placement.search.state import State

Found = TypeVar("Found")


class DeviceFailed(Exception):
    """A device failed in the middle of a search.

    Parameters
    ----------
    fact : str
        What happened.
    chosen : Chosen, optional
        The best plan until then.
    """

    def __init__(self, fact: str, chosen: Chosen | None):
        super().__init__(fact)
        self.chosen = chosen


@dataclass(frozen=True)
class OnDevice(Generic[Found]):
    """What a search found, and what is to be said of the device."""

    found: Found
    device: Literal["gpu", "cpu"]
    """On which it ended."""
    notes: tuple[str, ...]


def available(device: Device) -> BackEnd:
    """The back end of a device.

    Raises
    ------
    DeviceError
        If it was asked for and cannot be used.
    """
    try:
        return choose(device)
    except BackEndError as error:
        raise DeviceError(str(error)) from error


def search_on(
    device: Device,
    state: State,
    repeatable: bool,
    begin: Chosen | None,
    search: Callable[[Chosen | None], Found],
    back: BackEnd | None = None,
) -> OnDevice[Found]:
    """What a search finds on a device, or on processors where the device fails.

    Parameters
    ----------
    device : {"auto", "gpu", "cpu"}
    state : State
        Of the search; begins again with it.
    repeatable : bool
        Whether the plan must be that of a search on processors from the start.
    begin : Chosen, optional
        Placements of a plan to begin with.
    search : callable
        The search from a plan to begin with; may raise DeviceFailed or BackEndError.
    back : BackEnd, optional
        What to begin on instead of the device's own, such as shards.
    """
    back = back or available(device)
    try:
        with running_on(back):
            return OnDevice(search(begin), back.device, ())
    except (DeviceFailed, BackEndError) as error:
        fact = error.fact if isinstance(error, BackEndError) else str(error)
        best = error.chosen if isinstance(error, DeviceFailed) else None
    state.begin_again(keep_bound=not repeatable)
    rest = choose("cpu")
    asked = ", though a GPU was asked for" if device == "gpu" else ""
    went_on = "began again" if repeatable or best is None else "went on from the best plan until then"
    note = f"{fact}. The CPU ({rest.name}) {went_on}{asked}. With device cpu it is used from the start."
    with running_on(rest):
        return OnDevice(search(begin if repeatable or best is None else best), rest.device, (note,))

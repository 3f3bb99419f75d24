"""The arrays that kernels know: jobs, their options, and the meters that options use.

A *placement* is an option o and a start slot s. A *meter* reads, in each slot, the sum of what running placements use:
accelerators of a pool, watts of a cluster, the share of a link. Options of a job are contiguous; so are the allowed
starts (as spans) and the uses of an option.

How much a use adds to its meter in slot t:

    RUN     amount                 s <= t < last;  amount · φ in the last slot
    WHOLE   amount                 s <= t < last;  amount in the last slot too if φ = 1, nothing there if less
    START   amount                 t = s
    STAGE   share(volume, s)       in the window of staging before s
    UNLOAD  share(volume, s)       in the window of unloading after the last slot

with share = ceil(2^20 volume / K - 1e-6), K the link's capacity in the window (`docs/model.md` §4, §5).
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

RUN, START, STAGE, UNLOAD, WHOLE = 0, 1, 2, 3, 4
SHARE_UNITS = 2**20
"""Units of a link's meter: 2^20 is the whole link."""

Ints = NDArray[np.signedinteger[Any]]
Floats = NDArray[np.float64]

NARROW: dict[str, type[np.signedinteger[Any]]] = {
    "option_clock": np.int32,
    "span_first": np.int32,
    "span_last": np.int32,
    "use_meter": np.int32,
    "use_kind": np.int8,
    "use_link": np.int32,
}
"""Arrays of `Work` that are kept narrow: large problems have 10^8 uses, and none has 2^31 clocks, slots or meters."""


@dataclass(frozen=True)
class Work:
    """Jobs, options and uses as compressed rows. T slots, J jobs, O options, C clocks, L links, M meters."""

    grains: int
    """Grains per slot, a power of two."""
    edges: Floats
    """(T+1,) hours."""
    discount: Floats
    """(T,) present value of $1 in each slot."""
    stage_first: Ints
    """(T+1,) first slot of the staging window of a run that starts at s."""
    unload_end: Ints
    """(T+1,) slot after the unloading window of a run whose last slot is b-1."""
    unload_beyond: Floats
    """(T+1,) hours of that window past the horizon."""
    clock_work: Floats
    """(C, T+1) hours of work at speed 1 done from the start to each edge."""
    clock_tail_speed: Floats
    """(C,) speed after the horizon."""
    link_prefix: Floats
    """(L, T+1) TB that a link carries from the start to each edge."""
    link_rate: Floats
    """(L,) mean TB per hour."""
    job_options: Ints
    """(J+1,) options of job j are job_options[j]:job_options[j+1]."""
    job_ready: Floats
    """(J,) hours from which delay counts."""
    job_delay: Floats
    """(J,) $ per hour of delay."""
    option_clock: Ints
    """(O,)"""
    option_work: Floats
    """(O,) hours at speed 1."""
    option_usd: Floats
    """(O,) $ at the start slot, before discounting."""
    option_tail: Floats
    """(O,) $ per hour of work left at the end."""
    option_spans: Ints
    """(O+1,) spans of allowed starts of option o."""
    span_first: Ints
    """First start of each span."""
    span_last: Ints
    """Last start of each span, inclusive."""
    option_uses: Ints
    """(O+1,) uses of option o."""
    use_meter: Ints
    use_amount: Floats
    """Units of the meter; TB for STAGE and UNLOAD."""
    use_kind: Ints
    use_link: Ints
    """Link of a transfer; -1 for the others."""

    def __post_init__(self) -> None:
        for name, kind in NARROW.items():
            object.__setattr__(self, name, np.asarray(getattr(self, name), dtype=kind))

    @property
    def slots(self) -> int:
        """T."""
        return len(self.edges) - 1

    @property
    def jobs(self) -> int:
        """J."""
        return len(self.job_options) - 1

    @cached_property
    def starts(self) -> int:
        """Placements: starts of all options."""
        return int(self.span_last.sum(dtype=np.int64) - self.span_first.sum(dtype=np.int64)) + len(self.span_first)

    @cached_property
    def transfers(self) -> bool:
        """Whether anything is staged or unloaded."""
        return bool(np.isin(self.use_kind, (STAGE, UNLOAD)).any())

    @property
    def options(self) -> int:
        """O."""
        return len(self.option_clock)

    def by_option(self) -> "Work":
        """The same with each option a job of its own."""
        options = np.diff(self.job_options)
        return replace(
            self,
            job_options=np.arange(self.options + 1),
            job_ready=np.repeat(self.job_ready, options),
            job_delay=np.repeat(self.job_delay, options),
        )

"""The arrays of some jobs alone."""

from dataclasses import replace

import numpy as np

from placement.kernels.placements import ranges
from placement.kernels.work import Ints, Work


def jobs_of(work: Work, jobs: Ints) -> Work:
    """The work of some jobs, in the order given."""
    option, job_options = rows_of(work.job_options, jobs)
    span, option_spans = rows_of(work.option_spans, option)
    use, option_uses = rows_of(work.option_uses, option)
    return replace(
        work,
        job_options=job_options,
        job_ready=work.job_ready[jobs],
        job_delay=work.job_delay[jobs],
        option_clock=work.option_clock[option],
        option_work=work.option_work[option],
        option_usd=work.option_usd[option],
        option_tail=work.option_tail[option],
        option_spans=option_spans,
        span_first=work.span_first[span],
        span_last=work.span_last[span],
        option_uses=option_uses,
        use_meter=work.use_meter[use],
        use_amount=work.use_amount[use],
        use_kind=work.use_kind[use],
        use_link=work.use_link[use],
    )


def rows_of(first: Ints, rows: Ints) -> tuple[Ints, Ints]:
    """Entries of some rows of a compressed table, and where the rows begin among them."""
    count = first[rows + 1] - first[rows]
    return ranges(first[rows], count), np.concatenate([[0], np.cumsum(count)])

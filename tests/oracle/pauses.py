"""Jobs that may be paused, by enumeration: which slots, cut into which pieces, in plain loops (docs/model.md 3, 5, 9).

A case is a few pools of the reference accelerator in slots of an hour and a few jobs, none of which moves data. Every
way listed can be carried out and has its price, so none may be below a proved bound; the list has the best way of a
unit taken alone but for a grain, since what a unit does is linear in how much of the last slot of each piece it holds:
all but one of these are held as far as they can or as little as they may.
"""

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import build
import numpy as np

GRAINS = 256
LEAST_SHARE = 1e-4
"""Of the work, what a piece does that is there for its own sake: any share above 0 is allowed."""
NEAR = 1e-9


@dataclass(frozen=True)
class Pool:
    """A pool of the reference accelerator, 1 kW each; series have a number for each slot."""

    cluster: str
    name: str
    number: int
    price: tuple[float, ...]
    """$/MWh, the same for all pools of a cluster."""
    pue: float
    speed: tuple[float, ...]
    reserved: tuple[int, ...]

    def room(self, t: int) -> int:
        """Accelerators that are free."""
        return self.number - self.reserved[t]

    def hold_usd(self, t: int, accelerators: int) -> float:
        """What holding accelerators through a slot costs."""
        watts = math.ceil(1000 * accelerators - 1e-6)
        return watts / 1e6 * self.pue * self.price[t]


@dataclass(frozen=True)
class Job:
    """A job; moments in hours from the start."""

    name: str
    hours: float
    accelerators: int
    pauses: int = 0
    resume: float = 0.0
    count: int = 1
    earliest: float = 0.0
    deadline: float | None = None
    pin: float | None = None
    delay: float = 0.0
    reject: float | None = 1000.0
    """None: it must run."""
    running: int | None = None
    """The pool on which it runs already."""


@dataclass(frozen=True)
class Case:
    """Pools and jobs, whether runs may go on past the end, and a limit of MWh in each slot with a price."""

    pools: tuple[Pool, ...]
    jobs: tuple[Job, ...]
    tails: bool = False
    terminal: float = 2.0
    limit: tuple[float, float] | None = None
    """MWh of a slot, and $ for each MWh above."""

    @property
    def slots(self) -> int:
        """Slots of the horizon."""
        return len(self.pools[0].price)

    def steady(self) -> "Case":
        """The same without pauses."""
        return replace(self, jobs=tuple(replace(job, pauses=0) for job in self.jobs))


@dataclass(frozen=True)
class Piece:
    """One run: a slot's beginning and the position after its last grain."""

    start: int
    end: int
    work: float


@dataclass(frozen=True)
class Course:
    """What a unit does: its pieces on a pool, or none."""

    pool: int
    pieces: tuple[Piece, ...]
    held: tuple[float, ...]
    """Share of each slot in which it has its accelerators."""
    usd: float
    shares: tuple[float, ...] = ()
    tail: float = 0.0
    left: float = 0.0
    """Work left at the end."""


def moment(hours: float) -> str:
    """A moment as scenario files write it."""
    at = np.datetime64(build.START.rstrip("Z"), "us") + np.timedelta64(round(hours * 3.6e9), "us")
    return f"{at}Z"


def document(case: Case) -> dict[str, Any]:
    """The scenario of a case."""
    clusters: dict[str, dict[str, Any]] = {}
    for pool in case.pools:
        made = build.cluster(pool.cluster, energy_price=list(pool.price), pue=pool.pue)
        site = clusters.setdefault(pool.cluster, made)
        row = {"accelerator": "h100-sxm", "name": pool.name, "number": pool.number, "kw_per_accelerator": 1.0}
        row |= {"speed": list(pool.speed), "reserved": list(pool.reserved)}
        site["pools"] = [*(p for p in site["pools"] if "name" in p), row]
    more: dict[str, Any] = {}
    if case.limit is not None:
        more["limits"] = [{"name": "cap", "of": "mwh", "max": case.limit[0], "penalty_usd": case.limit[1]}]
    policy = {"tails": case.tails, "terminal_usd_per_accelerator_hour": case.terminal}
    rows = [_row(case, job) for job in case.jobs]
    return build.document(list(clusters.values()), rows, slots=case.slots, policy=policy, **more)


def _row(case: Case, job: Job) -> dict[str, Any]:
    row: dict[str, Any] = {
        "job": job.name, "hours": job.hours, "accelerators": job.accelerators, "count": job.count,
        "pauses": job.pauses, "resume_hours": job.resume, "delay_usd_per_hour": job.delay, "reject_usd": job.reject,
    }  # fmt: skip
    if job.earliest:
        row["earliest_start"] = moment(job.earliest)
    if job.deadline is not None:
        row["deadline"] = moment(job.deadline)
    if job.pin is not None:
        row["pin_start"] = moment(job.pin)
    if job.running is not None:
        pool = case.pools[job.running]
        row |= {"state": "running", "cluster": pool.cluster, "pool": pool.name, "started": moment(-1)}
        row |= {"hours": job.hours + 1, "hours_left": job.hours}
    return row


def courses(case: Case, job: Job) -> list[Course]:
    """What a unit of a job can do; of those that hold the same the cheapest."""
    best: dict[tuple[int, tuple[float, ...]], Course] = {}
    for at, pool in enumerate(case.pools):
        if job.running in (None, at):
            for course in _on_pool(case, job, at, pool):
                key = (at, course.held)
                if key not in best or course.usd < best[key].usd:
                    best[key] = course
    found = sorted(best.values(), key=lambda course: course.usd)
    if job.reject is not None and job.running is None:
        found.append(Course(0, (), (0.0,) * case.slots, job.reject))
    return found


def _on_pool(case: Case, job: Job, at: int, pool: Pool) -> Iterator[Course]:
    for number in range(1, job.pauses + 2):
        for spans in _spans(case, job, pool, number):
            for tail in (False, True) if case.tails and spans[-1][1] == case.slots - 1 else (False,):
                yield from _filled(case, job, at, pool, spans, tail)


def _spans(case: Case, job: Job, pool: Pool, number: int, after: int = -1) -> Iterator[tuple[tuple[int, int], ...]]:
    """First and last slots of so many pieces, one after the other, where the accelerators are free."""
    if number == 0:
        yield ()
        return
    for s in _starts(case, job, after):
        for last in range(s, case.slots):
            if job.accelerators > pool.room(last):
                break
            for rest in _spans(case, job, pool, number - 1, last):
                yield ((s, last), *rest)


def _starts(case: Case, job: Job, after: int) -> Iterator[int]:
    for s in range(after + 1, case.slots):
        if after < 0 and job.running is not None and s > 0:
            return
        if after < 0 and job.pin is not None and s != math.ceil(job.pin - NEAR):
            continue
        if job.running is not None or job.pin is not None or s >= job.earliest - NEAR:
            yield s


def _filled(
    case: Case, job: Job, at: int, pool: Pool, spans: tuple[tuple[int, int], ...], tail: bool
) -> Iterator[Course]:
    """Ways to hold the last slots of pieces: one as the work asks for, the others wholly or as little as they may."""
    number = len(spans)
    before = [sum(pool.speed[s:last]) for s, last in spans]
    rate = [pool.speed[last] for _, last in spans]
    open_ended = number - 1 if tail else -1
    if any(rate[k] == 0 for k in range(number) if k != open_ended):
        return
    total = job.hours + (number - 1) * job.resume
    choices = [_ends(job, before[k], rate[k], spans[k][1], first=k == 0, final=k == number - 1) for k in range(number)]
    for free in [open_ended] if tail else range(number):
        others = [choices[k] if k != free else [0] for k in range(number)]
        for grains in itertools.product(*others):
            works = [before[k] + rate[k] * grains[k] / GRAINS for k in range(number)]
            works[free] = 0.0
            works[free] = total - sum(works)
            held = list(grains)
            if tail:
                if works[free] <= before[free] + rate[free] + 1e-4:
                    continue
                held[free] = GRAINS
            else:
                needed = (works[free] - before[free]) / rate[free] * GRAINS
                if needed <= 1e-6 or needed > GRAINS + 1e-7:
                    continue
                held[free] = max(1, math.ceil(needed - 1e-6))
            course = _priced(case, job, at, pool, spans, held, works, tail)
            if course is not None:
                yield course


def _ends(job: Job, before: float, rate: float, last: int, *, first: bool, final: bool) -> list[int]:
    """Grains of the last slot that a piece may hold at the ends of what it may, and half of them."""
    if rate == 0:
        return []
    least_work = job.hours * LEAST_SHARE + (0.0 if first else job.resume)
    least = max(1, math.ceil((least_work - before) / rate * GRAINS - 1e-6))
    most = GRAINS
    if final and job.deadline is not None:
        most = min(most, math.floor((job.deadline - last) * GRAINS + 1e-4))
    return sorted({least, (least + most) // 2, most}) if least <= most else []


def _priced(
    case: Case,
    job: Job,
    at: int,
    pool: Pool,
    spans: tuple[tuple[int, int], ...],
    grains: list[int],
    works: list[float],
    tail: bool,
) -> Course | None:
    shares = tuple((work - (job.resume if k else 0.0)) / job.hours for k, work in enumerate(works))
    if min(shares) < LEAST_SHARE / 2:
        return None
    held = [0.0] * case.slots
    pieces = []
    for (s, last), part, work in zip(spans, grains, works, strict=True):
        for t in range(s, last):
            held[t] = 1.0
        held[last] = part / GRAINS
        pieces.append(Piece(s, last * GRAINS + part, work))
    end, usd, past, left = pieces[-1].end / GRAINS, 0.0, 0.0, 0.0
    if tail:
        mean = sum(pool.speed) / case.slots
        left = works[-1] - sum(pool.speed[spans[-1][0] :])
        if mean == 0:
            return None
        past = left / mean
        end = case.slots + past
        usd += case.terminal * job.hours * shares[-1] * job.accelerators * left / works[-1]
    if job.deadline is not None and end > job.deadline + 1e-6:
        return None
    usd += sum(pool.hold_usd(t, job.accelerators) * held[t] for t in range(case.slots))
    usd += job.delay * (end - max(0.0, job.earliest))
    return Course(at, tuple(pieces), tuple(held), usd, shares, past, left)


@dataclass
class Best:
    """The cheapest of the joint courses tried, unit by unit; infinite without any."""

    usd: float = math.inf
    courses: tuple[tuple[Job, Course], ...] = ()
    tried: int = 0
    whole: bool = True
    """Whether all listed courses were tried together."""
    lone: bool = field(default=False)
    """Whether there is one unit and its list holds its best but for a grain."""


def best(case: Case, most: int = 400_000, rng: np.random.Generator | None = None) -> Best:
    """The cheapest way to run all jobs together. Of long lists the cheapest, and some at random, are tried."""
    units = [job for job in case.jobs for _ in range(job.count)]
    lists = {job.name: courses(case, job) for job in case.jobs}
    found = Best(lone=len(units) == 1 and case.limit is None and not _bent(case))
    each = int(most ** (1 / len(units)))
    for name, some in lists.items():
        if len(units) > 1 and len(some) > each:
            found.whole = False
            kept = some[: each * 2 // 3] + some[-1:]
            if rng is not None:
                kept += [some[k] for k in rng.integers(0, len(some), each // 3)]
            lists[name] = kept
    usd, load = np.zeros(1), np.zeros((1, len(case.pools), case.slots))
    shape = []
    for unit in units:
        some = lists[unit.name]
        if not some:
            return found
        shape.append(len(some))
        loads = np.zeros((len(some), len(case.pools), case.slots))
        for k, course in enumerate(some):
            loads[k, course.pool] = np.array(course.held) * unit.accelerators
        usd = (usd[:, None] + np.array([course.usd for course in some])).ravel()
        load = (load[:, None] + loads).reshape(-1, len(case.pools), case.slots)
    room = np.array([[pool.room(t) for t in range(case.slots)] for pool in case.pools])
    fits = (load <= room + 1e-9).all(axis=(1, 2))
    if case.limit is not None:
        mwh = np.einsum("kpt,p->kt", load, np.array([pool.pue for pool in case.pools]) / 1000)
        usd = usd + case.limit[1] * np.maximum(mwh - case.limit[0], 0.0).sum(axis=1)
    usd = np.where(fits, usd, np.inf)
    at = int(np.argmin(usd))
    found.usd, found.tried = float(usd[at]), int(fits.sum())
    if math.isfinite(found.usd):
        picked = np.unravel_index(at, shape)
        found.courses = tuple((unit, lists[unit.name][int(k)]) for unit, k in zip(units, picked, strict=True))
    return found


def _bent(case: Case) -> bool:
    """Whether a tail's price is not linear in what is left: a piece that resumes may have one."""
    return case.tails and any(job.pauses and job.resume for job in case.jobs)

"""Cases for `oracle.pauses` at random: small, and each with something of what may stand in the way of a pause."""

from typing import Any

import numpy as np
from oracle.pauses import Case, Job, Pool

Random = np.random.Generator


def drawn(seed: int) -> Case:
    """Four to eight slots, one or two pools, one to three jobs of which one or two may be paused."""
    random = np.random.default_rng(seed)
    slots = int(random.integers(4, 9))
    pools = _pools(random, slots)
    number = int(random.choice([1, 2, 3], p=[0.45, 0.35, 0.2]))
    may_pause = 1 if number == 1 else int(random.integers(1, 3))
    jobs = tuple(_job(random, k, slots, pools, k < may_pause, number) for k in range(number))
    limit = (float(random.choice([0.002, 0.004])), float(random.choice([20.0, 300.0])))
    return Case(
        pools,
        jobs,
        tails=bool(random.random() < 0.4),
        terminal=float(random.choice([0.0, 0.05, 2.0])),
        limit=limit if random.random() < 0.2 else None,
    )


def _prices(random: Random, slots: int) -> tuple[float, ...]:
    """$/MWh, in two of five cases with slots that pay for being held."""
    price = random.choice([10.0, 50.0, 100.0, 300.0, 600.0], slots) + random.integers(0, 20, slots)
    if random.random() < 0.4:
        price = np.where(random.random(slots) < 0.3, -price, price)
    return tuple(map(float, price))


def _pools(random: Random, slots: int) -> tuple[Pool, ...]:
    pools: list[Pool] = []
    one_site = random.random() < 0.4
    for k in range(int(random.choice([1, 1, 1, 2]))):
        number, kind = int(random.choice([4, 6, 8])), random.random()
        speed = np.ones(slots)
        if kind < 0.35:
            speed = random.choice([1.0, 0.5, 0.8, 0.3], slots)
        if 0.2 < kind < 0.5:
            speed = np.where(random.random(slots) < 0.2, 0.0, speed)
        reserved = random.choice([0, 0, 0, number - 1, 2], slots) if random.random() < 0.4 else np.zeros(slots)
        site, price, pue = "ab"[k], _prices(random, slots), float(random.choice([1.0, 1.3]))
        if k and one_site:
            site, price, pue = pools[0].cluster, pools[0].price, pools[0].pue
        taken = tuple(int(n) for n in reserved)
        pools.append(Pool(site, f"p{k}", number, price, pue, tuple(map(float, speed)), taken))
    return tuple(pools)


def _job(random: Random, k: int, slots: int, pools: tuple[Pool, ...], may_pause: bool, jobs: int) -> Job:
    hours = float(np.round(random.uniform(0.3, min(4, slots - 1)), int(random.choice([0, 1, 2])))) or 1.0
    more: dict[str, Any] = {"reject": [1000.0, 2.0, 0.3, None][int(random.choice(4, p=[0.5, 0.2, 0.15, 0.15]))]}
    if may_pause:
        more["pauses"] = int(random.choice([1, 2, 3], p=[0.5, 0.35, 0.15]))
        more["resume"] = float(random.choice([0.0, 0.1, 0.3, 1.0]))
    if random.random() < 0.35:
        more["deadline"] = float(random.choice([slots, slots - 1, slots - 0.5, slots - 1.25, slots + 1.5]))
    if random.random() < 0.5:
        more["delay"] = float(random.choice([0.02, 0.2, 1.0]))
    accelerators, kind = int(random.choice([1, 2, 4, 6])), random.random()
    if kind < 0.1:
        more["pin"] = float(random.choice([0, 1, 1.5]))
    elif kind < 0.22:
        pool = int(random.integers(len(pools)))
        accelerators = min(accelerators, max(1, pools[pool].number // jobs))
        more |= {"running": pool, "reject": None}
    else:
        if kind < 0.3 and jobs < 3:
            more["count"] = 2
        if random.random() < 0.4:
            more["earliest"] = float(random.choice([0.5, 1.0, 2.0]))
    return Job(f"j{k}", hours, accelerators, **more)

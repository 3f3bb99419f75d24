"""Points of a sweep: which values inputs have together, and from which earlier point each begins.

A *grid* has every combination of the values of its axes; the last axis changes fastest. *Sobol* points and a *Latin
hypercube* fill the box between the ends of the axes evenly (Sobol 1967, scrambled as by Owen 1998; McKay, Beckman and
Conover 1979), linear or by ratio. A *list* has the rows that are given. *One at a time* has a base point and, for each
axis, its two ends with all others at their base. A *scan* has the values of one axis, and is grown by what a search
asks for. The parent of a point, whose plan it begins with, depends on the design alone: on a grid the neighbour before
it on the last axis on which it is not first, one at a time the base, else the nearest of the points before it. So what
is solved does not depend on which point happens to be finished when.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from placement.errors import PlacementError
from placement.kernels.work import Floats, Ints

Kind = Literal["grid", "sobol", "latin", "list", "one_at_a_time", "scan"]

MOST = 100_000
"""Points of a design."""


@dataclass(frozen=True)
class Axis:
    """An input, or several together, and its values."""

    paths: tuple[str, ...]
    """Dotted paths of what is set together."""
    levels: tuple[float, ...]
    """Values: of a grid, a list or a scan all values that are asked for; of samples and one at a time the two ends."""
    factor: bool = False
    """Whether values multiply what stands there."""
    log: bool = False
    """Whether distances are those of logarithms."""

    @property
    def name(self) -> str:
        """The paths, and whether a factor on them varies."""
        return ("factor on " if self.factor else "") + " + ".join(self.paths)


@dataclass(frozen=True)
class Design:
    """Axes and points."""

    kind: Kind
    axes: tuple[Axis, ...]
    points: Floats
    """(n, axes) values."""
    parents: Ints
    """(n,) the point from whose plan each begins; -1: none."""


def grid(axes: Sequence[Axis]) -> Design:
    """Every combination of the values of the axes.

    Raises
    ------
    PlacementError
        If there is no axis or an axis has no value, or there would be too many points.
    """
    axes = _checked(axes)
    shape = tuple(len(axis.levels) for axis in axes)
    count = math.prod(shape)
    if count > MOST:
        raise PlacementError(f"the grid has {count:,} points, and {MOST:,} are the most. Give fewer values.")
    index = np.stack(np.unravel_index(np.arange(count), shape), axis=1)
    points = np.stack([np.array(axis.levels)[index[:, k]] for k, axis in enumerate(axes)], axis=1)
    parents = np.full(count, -1)
    for n, row in enumerate(index):
        later = np.flatnonzero(row)
        if len(later):
            before = row.copy()
            before[later[-1]] -= 1
            parents[n] = np.ravel_multi_index(tuple(before), shape)
    return Design("grid", axes, points, parents)


def sample(axes: Sequence[Axis], kind: Literal["sobol", "latin"], count: int, seed: int) -> Design:
    """Points between the ends of the axes.

    Parameters
    ----------
    axes : sequence of Axis
        Each with its two ends.
    kind : {"sobol", "latin"}
    count : int
        Points; of Sobol's a power of two is filled most evenly.
    seed : int
        Of scrambling or shuffling.

    Raises
    ------
    PlacementError
        If an axis has not two different ends, or there is no point.
    """
    from scipy.stats import qmc

    axes = _checked(axes)
    for axis in axes:
        if len(axis.levels) != 2 or axis.levels[0] == axis.levels[1]:
            raise PlacementError(f"{axis.name}: a sample lies between two ends. Write LOW:HIGH.")
    if not 1 <= count <= MOST:
        raise PlacementError(f"points is {count}, but must be from 1 to {MOST:,}.")
    dimensions = len(axes)
    rng = np.random.default_rng(seed)
    if kind == "sobol":
        whole = qmc.Sobol(dimensions, rng=rng).random_base2(max(0, math.ceil(math.log2(count))))
        unit = whole[:count]
    else:
        unit = qmc.LatinHypercube(dimensions, rng=rng).random(count)
    points = np.stack([_between(axis, unit[:, k]) for k, axis in enumerate(axes)], axis=1)
    return Design(kind, axes, points, _nearest(unit))


def listed(axes: Sequence[Axis], points: Floats) -> Design:
    """The rows that are given, shape (n, axes)."""
    axes = _checked(axes)
    if not 1 <= len(points) <= MOST:
        raise PlacementError(f"the list has {len(points):,} points, but must have from 1 to {MOST:,}.")
    return Design("list", axes, points, _nearest(np.stack([_unit(a, points[:, k]) for k, a in enumerate(axes)], 1)))


def one_at_a_time(axes: Sequence[Axis], base: Sequence[float]) -> Design:
    """The base point, and for each axis its low and its high end with all others at their base.

    Parameters
    ----------
    axes : sequence of Axis
        Each with its two ends, in any order.
    base : sequence of float
        The base of each axis, as `placement.varied.Varied.base` has it; it need not lie between the ends.

    Returns
    -------
    Design
        Point 0 is the base and the parent of all others. An end that is the base itself is no point of its own.

    Raises
    ------
    PlacementError
        If an axis has not two different ends, or there is not one base for each axis.
    """
    axes = _checked(axes)
    if len(base) != len(axes) or not all(map(math.isfinite, base)):
        raise PlacementError(f"there are {len(axes)} inputs, and the base is {list(base)}. Give a number for each.")
    points = [list(base)]
    for k, axis in enumerate(axes):
        if len(axis.levels) != 2 or axis.levels[0] == axis.levels[1]:
            raise PlacementError(
                f"{axis.name} is turned from one end to another. Write LOW:HIGH, two different values."
            )
        points += [[*base[:k], end, *base[k + 1 :]] for end in sorted(axis.levels) if end != base[k]]
    return Design("one_at_a_time", axes, np.array(points), np.array([-1] + [0] * (len(points) - 1)))


def scan(axis: Axis) -> Design:
    """The values of an axis in an order in which several can be solved at a time.

    The middle one comes first, then the two ends, then the middles of what lies between, over and over. The parent of
    each is the nearest of those before it, so that chains of parents are as long as the logarithm of their number.

    Raises
    ------
    PlacementError
        If the axis has no value, or too many.
    """
    (axis,) = _checked([axis])
    if len(axis.levels) > MOST:
        raise PlacementError(f"the scan has {len(axis.levels):,} values, and {MOST:,} are the most. Give fewer.")
    levels = sorted(set(axis.levels))
    parts, order = [(0, len(levels) - 1)], [len(levels) // 2, 0, len(levels) - 1]
    while parts:
        low, high = parts.pop(0)
        if high - low > 1:
            order.append((low + high) // 2)
            parts += [(low, order[-1]), (order[-1], high)]
    points = np.array([levels[k] for k in dict.fromkeys(order)])[:, None]
    return Design("scan", (replace(axis, levels=tuple(levels)),), points, _nearest(_unit(axis, points[:, 0])[:, None]))


def _checked(axes: Sequence[Axis]) -> tuple[Axis, ...]:
    if not axes:
        raise PlacementError("no input is named that is to vary. Give --vary PATH=VALUES.")
    seen: set[str] = set()
    for axis in axes:
        if not axis.levels:
            raise PlacementError(f"{axis.name} has no value. Give one or more.")
        bad = [value for value in axis.levels if not math.isfinite(value)]
        if bad:
            raise PlacementError(f"{axis.name} has the value {bad[0]}, which is not a number that can be used.")
        if axis.log and min(axis.levels) <= 0:
            raise PlacementError(f"{axis.name} has the value {min(axis.levels):g}, which has no logarithm.")
        for path in axis.paths:
            if path in seen:
                raise PlacementError(f"{path} is named twice. Name each input once.")
            seen.add(path)
    return tuple(axes)


def _between(axis: Axis, unit: Floats) -> Floats:
    """Values between the ends of an axis, of numbers from 0 to 1; without the dust of computing."""
    low, high = axis.levels
    raw = low * (high / low) ** unit if axis.log else low + (high - low) * unit
    return np.array([float(f"{value:.6g}") for value in raw])


def _unit(axis: Axis, values: Floats) -> Floats:
    """The inverse, for a list: where values lie between the least and the greatest."""
    at = np.log(values) if axis.log else values
    width = float(at.max() - at.min())
    return np.asarray((at - at.min()) / width if width else np.zeros(len(at)))


def _nearest(unit: Floats) -> Ints:
    """(n,) the nearest of the points before each; of equal ones the first; -1 for the first point."""
    parents = np.full(len(unit), -1)
    for n in range(1, len(unit)):
        parents[n] = int(np.argmin(((unit[:n] - unit[n]) ** 2).sum(axis=1)))
    return parents

"""A package's term asked for its dollars, and what it says checked."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from placement.errors import PlacementError
from placement.schema import Term
from placement.schema.fields import LARGEST
from placement.terms.interface import Dollars, OptionTable, Slots
from placement.terms.registry import Installed, find

MOST_PIECES = 1000
"""Dollars that one term may give, each with factors of its own."""


def evaluated(term: Term, options: OptionTable, slots: Slots) -> tuple[Dollars, ...]:
    """What a package's term says of the rows of a table: finite numbers of the right shapes.

    Raises
    ------
    PlacementError
        If the package is not installed, the term fails, or what it says cannot be used.
    """
    known = find(term.wanted, term.package)
    if known is None:
        raise PlacementError(missing(term))
    if options.rows == 0:
        return ()
    who = f"the term '{term.name}' of {known.label}"
    try:
        given = known.term.dollars(known.term.parameters.model_validate(term.parameters), options, slots)
        pieces = [Dollars(given)] if hasattr(given, "shape") else [given] if isinstance(given, Dollars) else list(given)
    except Exception as error:
        reason = f"{type(error).__name__}: {error}".splitlines()[0]
        raise PlacementError(f"{who} failed ({reason}). Change its parameters, or update that package.") from error
    if len(pieces) > MOST_PIECES:
        fact = f"{who} gives {len(pieces):,} sets of dollars, more than {MOST_PIECES:,}."
        raise PlacementError(f"{fact} Put rows with the same factors over time together.")
    return tuple(_checked(who, known, piece, options, slots) for piece in pieces)


def missing(term: Term) -> str:
    """That no installed package has the term, and what to do."""
    if term.package is not None:
        fact = f"the term '{term.wanted}' of the package '{term.package}' is not installed."
        return f"{fact} Install it where placement runs: pip install {term.package}."
    return f"there is no term '{term.wanted}' in any installed package. Install the package that has it."


def _checked(who: str, known: Installed, piece: Any, options: OptionTable, slots: Slots) -> Dollars:
    remedy = f"Correct {known.package}; see placement.terms.interface."
    if not isinstance(piece, Dollars):
        raise PlacementError(f"{who} gives a {type(piece).__name__}, neither an array nor Dollars. {remedy}")
    if piece.per not in ("run", "accelerator_hour"):
        raise PlacementError(f"{who} gives dollars per '{piece.per}', neither run nor accelerator_hour. {remedy}")
    usd = _numbers(who, "usd", piece.usd, (options.rows,), "a number for each row of the options", remedy)
    when = piece.when
    if when is not None:
        when = _numbers(who, "when", when, (len(slots.hours),), "a factor for each slot", remedy)
    for row in _wrong(usd):
        where = f"job '{options['job'][row]}', option '{options['option'][row]}' on {options['cluster'][row]}"
        raise PlacementError(f"{who} gives ${usd[row]} for {where}. Change its parameters, or update that package.")
    if when is not None:
        for slot in _wrong(when):
            raise PlacementError(f"{who} gives the factor {when[slot]} for the slot from {slots.begin[slot]}. {remedy}")
    return Dollars(usd, piece.per, when)


def _numbers(who: str, name: str, values: Any, shape: tuple[int, ...], wanted: str, remedy: str) -> Any:
    try:
        found = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise PlacementError(f"{who} gives {name} that are no numbers, and should be {wanted}. {remedy}") from None
    if found.shape != shape:
        raise PlacementError(f"{who} gives {name} of shape {found.shape}; {wanted} is {shape}. {remedy}")
    return found


def _wrong(values: Any) -> Iterable[int]:
    """Where numbers are not finite, or too large to be dollars."""
    with np.errstate(invalid="ignore"):
        return [int(k) for k in np.flatnonzero(~(np.abs(values) <= LARGEST))[:1]]

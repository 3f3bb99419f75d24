"""Satellites from published orbital elements: two-line sets, and orbit mean-elements messages.

Two-line sets (CelesTrak, NORAD Two-Line Element Set Format, as of 2023): lines of 69 characters with a checksum, alone
or below a line with the name, which may begin with `0 `. Years 57 to 99 are of the 20th century, 00 to 56 of the 21st.

Messages (CCSDS 502.0-B-3, OMM, of 2023) as CelesTrak and Space-Track deliver them: JSON, CSV, `KEY = value` and XML.

A satellite that the circular orbits of a scenario cannot stand for is dropped and counted. What is not an element set,
or has a wrong checksum, is an error.
"""

import csv
import io
import json
import math
import re
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from placement.errors import PlacementError
from placement.importers.sheet import wrong
from placement.loader.wording import shown
from placement.physics.constants import EARTH_MU_KM3_S2, EARTH_RADIUS_KM
from placement.physics.tle import MAX_ECCENTRICITY, CircularOrbit, orbit_from_tle, orbits_from_omm

LARGEST_FILE = 256 * 2**20
"""Bytes of a file."""
DEEP_SPACE_MINUTES = 225.0
"""Period from which SGP4 adds Sun and Moon, which the orbits of a scenario do not feel."""
LOWEST_KM = 160.0
"""Altitude below which a scenario takes no orbit."""
EXAMPLES = 3
"""Satellites that are named for each reason."""

ECCENTRIC = f"eccentricity above {MAX_ECCENTRICITY:g}, no circle"
DEEP_SPACE = f"period of {DEEP_SPACE_MINUTES:g} minutes or more, moved by Sun and Moon"
DECAYED = f"decayed, or below {LOWEST_KM:g} km"
OLDER = "older elements of a satellite that has newer ones"

_LINE = re.compile(r"([12]) [ 0-9A-Z]{5}")
_MESSAGE_NEEDS = ("MEAN_MOTION", "ECCENTRICITY", "INCLINATION")


@dataclass(frozen=True)
class Satellite:
    """A satellite on its circular orbit."""

    name: str
    number: str
    """Of the catalogue; the name where there is none."""
    epoch: np.datetime64
    """Of its elements, UTC."""
    circle: CircularOrbit
    """At that epoch, or moved to another moment."""
    ltan: float
    """Local time of the ascending node at the epoch, hours."""


@dataclass
class Found:
    """The satellites of files, and what was dropped."""

    read: int = 0
    """Element sets."""
    satellites: dict[str, Satellite] = field(default_factory=dict)
    """By their number."""
    dropped: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)

    def drop(self, reason: str, name: str) -> None:
        """Count a satellite that is dropped."""
        self.dropped[reason] += 1
        if len(self.examples.setdefault(reason, [])) < EXAMPLES:
            self.examples[reason].append(name)

    def keep(self, satellite: Satellite) -> None:
        """Keep a satellite, with the newest of its elements."""
        if satellite.circle.altitude_km < LOWEST_KM:
            self.drop(DECAYED, satellite.name)
            return
        before = self.satellites.get(satellite.number)
        if before is not None:
            self.drop(OLDER, satellite.name)
        if before is None or satellite.epoch > before.epoch:
            self.satellites[satellite.number] = satellite


def text_of(path: Path) -> str:
    """The text of a file.

    Raises
    ------
    PlacementError
        If it cannot be read, is too large, or is not UTF-8.
    """
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except IsADirectoryError:
        raise wrong(str(path), "this is a folder.", "Give the files in it.") from None
    except OSError as error:
        raise wrong(
            str(path), f"the file cannot be read ({error.strerror}).", "Check its path and its rights."
        ) from None
    if len(content) > LARGEST_FILE:
        raise wrong(str(path), f"the file has more than {LARGEST_FILE // 2**20} MB.", "Split it.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise wrong(f"{path}:{line}", "the file is not UTF-8 text.", "Save it as UTF-8.") from None


def plain(text: str) -> str:
    """Text on one line without control characters, at most 80 of them."""
    return "".join(letter if letter.isprintable() else "?" for letter in text.strip()[:80])


# ------------------------------------------------------------------------------------------------------ two-line sets


def read_tle(path: Path, found: Found) -> None:
    """Read the two-line element sets of a file.

    Raises
    ------
    PlacementError
        If a line is none, with its place.
    """
    name, first, before = "", None, 0
    for number, line in enumerate(text_of(path).splitlines(), start=1):
        line = line.rstrip()
        if not line.strip():
            continue
        kind = _LINE.match(line)
        expected = "line 1 of an element set" if first is None else "line 2"
        if kind is None and (first is not None or name):
            raise wrong(f"{path}:{number}", f"here is {shown(line)}, and not {expected}.", "Fetch the file anew.")
        if kind is None:
            name = plain(line[2:] if line.startswith("0 ") else line)
        elif (kind[1] == "1") != (first is None):
            raise wrong(f"{path}:{number}", f"here is {shown(line)}, and not {expected}.", "Fetch the file anew.")
        elif first is None:
            first = line
        else:
            _keep_tle(path, before, number, (name, first, line), found)
            name, first = "", None
        before = number
    if first is not None or name:
        raise wrong(f"{path}:{before}", "the element set ends here.", "Fetch the file anew.")


def _keep_tle(path: Path, number: int, second: int, lines: tuple[str, str, str], found: Found) -> None:
    name, line1, line2 = lines
    catalogue = line1[2:7].strip()
    found.read += 1
    reason = None
    if _sealed(line1) and _sealed(line2):
        try:
            reason = _unfit(float(f"0.{line2[26:33]}"), float(line2[52:63]))
        except ValueError:  # told below
            reason = None
    if reason is not None:
        found.drop(reason, name or catalogue)
        return
    try:
        circle = orbit_from_tle(line1, line2)
    except PlacementError as error:
        at = f"{path}:{number}" if number + 1 == second else f"{path}:{number} and {second}"
        raise wrong(at, str(error), "") from None
    found.keep(Satellite(name or catalogue, catalogue, circle.epoch, circle, circle.ltan))


def _sealed(line: str) -> bool:
    """Whether a line is whole: its length, and its checksum, the sum of its digits with 1 for each minus, modulo 10."""
    if len(line) != 69 or not line.isascii():
        return False
    return line[-1] == str(sum(int(letter) if letter.isdigit() else letter == "-" for letter in line[:-1]) % 10)


def _unfit(eccentricity: float, mean_motion: float) -> str | None:
    """Why a scenario's circular orbits cannot stand for a satellite, by its eccentricity and revolutions a day."""
    if not (0 <= eccentricity < 1 and 0 < mean_motion < 25):
        return None
    if eccentricity > MAX_ECCENTRICITY:
        return ECCENTRIC
    if 1440 / mean_motion >= DEEP_SPACE_MINUTES:
        return DEEP_SPACE
    axis_km = math.cbrt(EARTH_MU_KM3_S2 / (mean_motion * 2 * math.pi / 86400) ** 2)
    return DECAYED if axis_km - EARTH_RADIUS_KM < LOWEST_KM - 15 else None  # nearer to it the mean radius decides


# ---------------------------------------------------------------------------------------------------------- messages


def read_omm(path: Path, found: Found) -> None:
    """Read the orbit mean-elements messages of a file.

    Raises
    ------
    PlacementError
        If a message cannot be read, or there is none, with its place.
    """
    messages = _messages(path, text_of(path))
    count = 0
    for place, message in messages:
        count += 1
        found.read += 1
        name = plain(message.get("OBJECT_NAME") or message.get("NORAD_CAT_ID") or "without name")
        reason = _unfit_message(message)
        if reason is not None:
            found.drop(reason, name)
            continue
        try:
            (circle,) = orbits_from_omm(json.dumps([message]))
        except PlacementError as error:
            raise wrong(place, plain_error(error), "") from None
        number = message.get("NORAD_CAT_ID") or message.get("OBJECT_ID") or name
        found.keep(Satellite(name, number, circle.epoch, circle, circle.ltan))
    if not count:
        raise wrong(str(path), "there is no orbit mean-elements message.", "Give XML, JSON, CSV or KEY = value.")


def plain_error(error: PlacementError) -> str:
    """The text of an error without control characters."""
    return "".join(letter if letter.isprintable() else "?" for letter in str(error))


def _unfit_message(message: Mapping[str, str]) -> str | None:
    if message.get("DECAY_DATE") or message.get("DECAYED") in ("1", "true", "True"):
        return DECAYED
    try:
        return _unfit(float(message["ECCENTRICITY"]), float(message["MEAN_MOTION"]))
    except (KeyError, ValueError):  # told by the one who reads it
        return None


def _messages(path: Path, text: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Place, and keywords with their values, of each message."""
    start = text.lstrip()[:2000]
    if start.startswith("<"):
        return _from_xml(path, text.strip())
    if start.startswith(("[", "{")):
        return _from_json(path, text)
    first = next((line for line in start.splitlines() if line.strip() and not line.startswith("COMMENT")), "")
    return _from_kvn(path, text) if "=" in first else _from_csv(path, text)


def _from_xml(path: Path, text: str) -> Iterator[tuple[str, dict[str, str]]]:
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise wrong(str(path), "the XML has a document type of its own.", "Give it without one.")
    try:
        root = ET.fromstring(text)
    except (ET.ParseError, ValueError) as error:
        raise wrong(str(path), f"the XML cannot be read ({error}).", "Fetch the file anew.") from None
    messages = (each for each in root.iter() if each.tag.rpartition("}")[2].lower() == "omm")
    for k, message in enumerate(messages, start=1):
        leaves = (leaf for leaf in message.iter() if len(leaf) == 0)
        yield (
            f"{path}, message {k}",
            {leaf.get("parameter", leaf.tag.rpartition("}")[2]).upper(): (leaf.text or "").strip() for leaf in leaves},
        )


def _from_json(path: Path, text: str) -> Iterator[tuple[str, dict[str, str]]]:
    try:
        read = json.loads(text)
    except (ValueError, RecursionError) as error:
        reason = str(error)[:200] or "it is nested too deep"
        raise wrong(str(path), f"the JSON cannot be read ({reason}).", "Fetch the file anew.") from None
    for k, message in enumerate(read if isinstance(read, list) else [read], start=1):
        if not isinstance(message, dict) or any(isinstance(value, dict | list) for value in message.values()):
            fact = f"it is {shown(message)}, where a mapping of keywords to values should stand."
            raise wrong(f"{path}, message {k}", plain(fact), "Fetch the file anew.")
        yield f"{path}, message {k}", {str(k).upper(): str(v) for k, v in message.items() if v is not None}


def _from_csv(path: Path, text: str) -> Iterator[tuple[str, dict[str, str]]]:
    rows = csv.reader(io.StringIO(text, newline=""))
    head: list[str] = []
    line = 0
    try:
        for cells in rows:
            place, line = f"{path}:{line + 1}", rows.line_num
            if not any(cell.strip() for cell in cells):
                continue
            if not head:
                head = [cell.strip().upper() for cell in cells]
                missing = [key for key in _MESSAGE_NEEDS if key not in head]
                if missing:
                    fact = f"there is no {missing[0]} among {shown(', '.join(head))}."
                    raise wrong(place, fact, "Give messages in XML, JSON, CSV or KEY = value.")
            elif len(cells) != len(head):
                fact = f"the row has {len(cells)} cells, and the header {len(head)}."
                raise wrong(place, fact, "Fetch the file anew.")
            else:
                yield place, {key: cell.strip() for key, cell in zip(head, cells, strict=True)}
    except csv.Error as error:
        raise wrong(f"{path}:{line + 1}", f"the row cannot be read ({error}).", "Fetch the file anew.") from None


def _from_kvn(path: Path, text: str) -> Iterator[tuple[str, dict[str, str]]]:
    """A keyword that comes again begins a new message; `[units]` behind a value are those of the standard."""
    message: dict[str, str] = {}
    first = 1
    for number, line in enumerate(text.splitlines(), start=1):
        key, equals, value = line.partition("=")
        key = key.strip().upper()
        if not equals or key.startswith("COMMENT"):
            continue
        if key in message:
            yield f"{path}:{first}", message
            message, first = {}, number
        message[key] = value.partition("[")[0].strip()
    if message:
        yield f"{path}:{first}", message

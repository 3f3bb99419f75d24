"""Elements of satellites that fly or flew, in the ways in which they are published."""

import json
from pathlib import Path
from typing import Any

import yaml
from sgp4 import exporter
from sgp4.api import Satrec

from placement.importers.orbits import FORMATS

ISS = (  # 24 May 2019
    "1 25544U 98067A   19144.42065147  .00028070  00000-0  47756-3 0  9997",
    "2 25544  51.6430 119.2542 0007345 331.0375 164.9532 15.51166003171564",
)
SENTINEL_2A = (  # Sun-synchronous, 10:30 descending, 5 July 2024
    "1 40697U 15028A   24187.21454778  .00000211  00000-0  96982-4 0  9994",
    "2 40697  98.5684 261.2278 0001234  95.4779 264.6545 14.30817758471926",
)
SENTINEL_2B = (
    "1 42063U 17013A   24187.17957938  .00000220  00000-0  10062-3 0  9994",
    "2 42063  98.5690 261.1892 0001177  94.9260 265.2057 14.30820356382832",
)
MOLNIYA = (
    "1 08195U 75081A   06176.33215444  .00000099  00000-0  11873-3 0   813",
    "2 08195  64.1586 279.0717 6877146 264.7651  20.2257  2.00491383225656",
)
NAMES = {"ISS (ZARYA)": ISS, "SENTINEL-2A": SENTINEL_2A, "SENTINEL-2B": SENTINEL_2B, "MOLNIYA 2-14": MOLNIYA}


def sealed(line: str) -> str:
    """The line with the checksum that belongs to it."""
    return line[:68] + str(sum(int(c) if c.isdigit() else c == "-" for c in line[:68]) % 10)


def with_element(lines: tuple[str, str], first: int, text: str, **others: str) -> tuple[str, str]:
    """The set with other text from a column of line 2 on; `number` is another catalogue number."""
    one, two = lines
    two = two[:first] + text + two[first + len(text) :]
    number = others.get("number", one[2:7])
    return sealed(one[:2] + number + one[7:]), sealed(two[:2] + number + two[7:])


def flock(planes: int, each: int, spread: float = 0.1) -> str:
    """Satellites as ISS flies, in planes around the Earth, their nodes at most `spread` degrees apart."""
    lines = []
    for plane in range(planes):
        for k in range(each):
            node = (plane * 360 / planes + spread * k / max(each - 1, 1) - spread / 2) % 360
            moved = with_element(ISS, 17, f"{node:8.4f}", number=f"{plane * each + k:05d}")
            moved = with_element(with_element(moved, 43, f"{360 * k / each:8.4f}"), 52, "15.20000000")
            lines += [f"FLOCK 4P-{plane * each + k}", *moved]
    return "\n".join(lines)


def tle(*names: str, begin: str = "") -> str:
    return "".join(f"{begin}{name}\r\n{NAMES[name][0]}\r\n{NAMES[name][1]}\r\n" for name in names)


class Importing:
    def __init__(self, folder: Path):
        self.folder = folder

    def lines(self, text: str | bytes, form: str = "tle", **asked: str | None) -> list[str]:
        (self.folder / "a.txt").write_bytes(text.encode() if isinstance(text, str) else text)
        return FORMATS[form].run([self.folder / "a.txt"], self.folder / "out.yaml", asked)

    def page(self, text: str | bytes, form: str = "tle", **asked: str | None) -> tuple[dict[str, Any], str]:
        self.lines(text, form, **asked)
        page = (self.folder / "out.yaml").read_text()
        return yaml.safe_load(page), page


def fields(name: str, **more: Any) -> dict[str, Any]:
    return exporter.export_omm(Satrec.twoline2rv(*NAMES[name]), name) | more


def as_json(messages: list[dict[str, Any]]) -> str:
    return json.dumps(messages)


def as_csv(messages: list[dict[str, Any]]) -> str:
    rows = [list(messages[0]), *(list(message.values()) for message in messages)]
    return "".join(",".join(f'"{cell}"' for cell in row) + "\r\n" for row in rows)


def as_kvn(messages: list[dict[str, Any]]) -> str:
    return "CCSDS_OMM_VERS = 3.0\nCOMMENT by hand\n" + "\n".join(
        "\n".join(f"{key:17} = {value}" + (" [deg]" if key == "INCLINATION" else "") for key, value in message.items())
        for message in messages
    )


def as_xml(messages: list[dict[str, Any]]) -> str:
    def leaf(key: str, value: Any) -> str:
        if key == "DECAY_DATE":
            return f'<USER_DEFINED parameter="{key}">{value}</USER_DEFINED>'
        return f"<{key}>{value}</{key}>"

    bodies = ("".join(leaf(key, value) for key, value in message.items()) for message in messages)
    inner = "".join(
        f'<omm id="CCSDS_OMM_VERS"><body><segment><data>{body}</data></segment></body></omm>' for body in bodies
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<ndm>{inner}</ndm>'


WRITERS = [as_json, as_csv, as_kvn, as_xml]

"""Text that other programs read: numbers, moments, user data made harmless, and YAML."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any

PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9./_-]*")
"""A key that YAML takes as text without quotes, unless it is one of WORDS in any case."""

WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
"""Words that are something else in YAML 1.1."""

ODD = re.compile(r"[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]|[\u2028\u2029]")
"""What YAML 1.2 (5.1) does not print as it is, and separators of lines."""


def quoted(value: Any) -> str:
    """A value as JSON in ASCII letters, on one line: it ends no comment, whatever is in it."""
    return json.dumps(value)


def local(moment: datetime, zone: tzinfo = UTC) -> str:
    """YYYY-MM-DDTHH:MM:SS in a time zone, without the zone."""
    try:
        moment = moment.astimezone(zone)
    except OverflowError:  # the last day that there is, in another zone
        moment = moment.astimezone(UTC)
    return moment.replace(tzinfo=None, microsecond=0).isoformat()


def utc(moment: datetime) -> str:
    """ISO 8601, UTC."""
    return f"{local(moment)}Z"


def dollars(value: float) -> str:
    """Dollars to a cent; nothing where they are not known."""
    return f"{value:.2f}" if math.isfinite(value) else ""


def yaml_document(value: Mapping[str, Any]) -> str:
    """A mapping as a YAML document in block style.

    Text is always in double quotes: YAML 1.1 and 1.2 differ in what else is text (`no`, `1e5`, `0777`).
    """
    return "\n".join(_block(value, "")) + "\n"


def _block(value: Any, indent: str) -> Iterator[str]:
    """Lines of a mapping or a list."""
    members: Sequence[tuple[str, Any]] = (
        [(f"{_key(key)}:", each) for key, each in value.items()]
        if isinstance(value, Mapping)
        else [("-", each) for each in value]
    )
    for head, each in members:
        if isinstance(each, Mapping | list | tuple) and len(each):
            lines = list(_block(each, indent + "  "))
            if head == "-":
                yield f"{indent}- {lines[0].lstrip()}"
                yield from lines[1:]
            else:
                yield f"{indent}{head}"
                yield from lines
        else:
            yield f"{indent}{head} {_scalar(each)}"


def _key(key: str) -> str:
    return key if PLAIN.fullmatch(key) and key.lower() not in WORDS else _text(key)


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        return _text(value)
    return json.dumps(value)


def _text(value: str) -> str:
    """Text in double quotes; what is not printed as it is stands by its number."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return '"' + ODD.sub(lambda found: _number(ord(found.group())), escaped) + '"'


def _number(code: int) -> str:
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65536 else f"\\U{code:08x}"

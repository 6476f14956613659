"""One setting: its variable, its meaning, and its parser."""

import ipaddress
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Read = Callable[[str], Any]  # the value of a text; ValueError ends the sentence "NAME ..."


@dataclass(frozen=True, slots=True)
class Setting:
    """An environment variable. One that no function needs has a default, or is optional."""

    name: str
    meaning: str
    read: Read
    needed_by: tuple[str, ...] = ()  # the functions that cannot do without
    default: Any = None

    def complaint(self, text: str) -> str | None:
        """What is wrong with a text, as the end of a sentence; None if it is valid."""
        try:
            self.read(text)
        except ValueError as error:
            return str(error)
        return None


def matching(pattern: str, what: str) -> Read:
    """A text of that form."""

    def read(text: str) -> str:
        if not re.fullmatch(pattern, text, re.ASCII):
            raise ValueError(f"must be {what}, not {text!r}")
        return text

    return read


def amount(least: float, what: str, most: float = math.inf) -> Read:
    """A finite number."""
    limit = "" if most == math.inf else f" and at most {most:g}"

    def read(text: str) -> float:
        plain = re.fullmatch(r"\d+\.?\d*(e[+-]?\d{1,3})?", text, re.ASCII | re.IGNORECASE)
        value = float(text) if plain else math.nan
        if not (least <= value <= most and value < math.inf):
            raise ValueError(f"must be {what} of at least {least:g}{limit}, not {text!r}")
        return value

    return read


def whole(least: int, most: int) -> Read:
    """A whole number."""

    def read(text: str) -> int:
        if not (re.fullmatch(r"\d{1,18}", text, re.ASCII) and least <= int(text) <= most):
            raise ValueError(f"must be a whole number from {least} to {most}, not {text!r}")
        return int(text)

    return read


def flag(text: str) -> bool:
    """True or false."""
    if text.lower() not in {"true", "false", "1", "0"}:
        raise ValueError(f"must be true or false, not {text!r}")
    return text.lower() in {"true", "1"}


def moment(text: str) -> float:
    """A time, ISO 8601 with its zone, in seconds since the epoch."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        read = None
    if read is None or read.tzinfo is None:
        raise ValueError(f"must be a time such as 2026-12-01T08:30:00Z, not {text!r}")
    return read.timestamp()


def path(text: str) -> Path:
    """A file."""
    return Path(text)


def networks(text: str) -> tuple[Network, ...]:
    """Networks and single addresses, comma-separated."""
    try:
        return tuple(ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise ValueError(
            f"must be networks such as 10.0.0.0/8, with commas between them: {error}"
        ) from error


bucket = matching(r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]", "the name of a bucket")
url = matching(r"https?://\S+", "an address, http:// or https://")

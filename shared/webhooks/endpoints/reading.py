"""webhooks.toml, read: its endpoints, and everything that is wrong with it at once."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from shared.intake import toml_list
from shared.intake.recipes.glob import Glob
from shared.intake.toml_list import Fault, Kind, short
from shared.webhooks.endpoints.endpoint import Endpoint

_KIND = Kind("endpoint", "webhooks.toml")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,62}")  # stands in names of objects and tasks
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SECRET = ("whsec_", "whsk_")
_URL_LENGTH = 2_000  # characters


class BadEndpoint(ValueError):
    """webhooks.toml has faults; a line for each, with where and what."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file says; `endpoints` are those without faults."""

    endpoints: tuple[Endpoint, ...]
    faults: tuple[Fault, ...] = ()


def read(text: str) -> Reading:
    """The endpoints in a TOML text, with all that is wrong. None at all is fine."""
    tables, faults = toml_list.tables(text, _KIND)
    tables = tables or []
    found = []
    for number, row in enumerate(tables, 1):
        wrong = _faults(number, row)
        faults += wrong
        if not wrong:
            found.append(_endpoint(row))
    return Reading(tuple(found), (*faults, *toml_list.namesakes(tables, _KIND)))


def parse(text: str) -> tuple[Endpoint, ...]:
    """The endpoints in a TOML text. Raises BadEndpoint with everything that is wrong."""
    reading = read(text)
    if reading.faults:
        raise BadEndpoint("\n".join(map(str, reading.faults)))
    return reading.endpoints


def _endpoint(row: Mapping[str, Any]) -> Endpoint:
    events = row.get("events", ["dev.darkroom.result.*"])
    return Endpoint(
        row["name"],
        row["url"],
        tuple(Glob(glob, path=False) for glob in events),
        tuple(map(Glob, row.get("match", ["**"]))),
        tuple(row["secrets"]),
    )


def _faults(number: int, row: Mapping[str, Any]) -> list[Fault]:
    wrong = {key: "is missing" for key in ("name", "url", "secrets") if key not in row}
    for key, value in row.items():
        if key not in _FIELDS:
            wrong[key] = f"is not known; there are: {', '.join(_FIELDS)}"
        elif what := _FIELDS[key](value):
            wrong[key] = what
    return toml_list.named(row, number, wrong, _KIND)


def _name(value: object) -> str | None:
    if isinstance(value, str) and _NAME.fullmatch(value):
        return None
    return f"must be 1 to 63 letters, digits and -, which is not the first, not {short(value)}"


def _url(value: object) -> str | None:
    """No message shows the address: it may be a secret by itself."""
    if not isinstance(value, str) or not value.isascii() or not value.isprintable():
        return "must be an address in plain characters"
    if len(value) > _URL_LENGTH or " " in value:
        return f"must be an address of at most {_URL_LENGTH:,} characters without spaces"
    try:
        parts = urlsplit(value)
        host = parts.hostname and parts.port != 0 and parts.hostname
    except ValueError as error:
        return f"is no address: {error}"
    if not host or parts.scheme not in {"https", "http"}:
        return "must begin with https:// and a host"
    if "@" in parts.netloc or parts.fragment:
        return "must have neither a user before its host nor a #fragment"
    if parts.scheme == "http" and not _nearby(host):
        return "must begin with https://; http:// is for localhost and private addresses alone"
    return None


def _nearby(host: str) -> bool:
    """Whether a host is this machine, or a private address in digits.

    PRIVATE_ADDRESSES says, at each attempt, which of them may be called.
    """
    try:
        return not ip_address(host).is_global
    except ValueError:
        return host == "localhost"


def _globs(value: object) -> str | None:
    if isinstance(value, list) and value and all(isinstance(glob, str) and glob for glob in value):
        return None
    return f"must be a list of patterns, not {short(value)}"


def _secrets(value: object) -> str | None:
    """No message shows the value, in case it is a secret itself."""
    if not isinstance(value, list) or not value:
        return "must be a list of at least one name of an environment variable"
    for number, name in enumerate(value, 1):
        if not isinstance(name, str) or not _VARIABLE.fullmatch(name) or name.startswith(_SECRET):
            return f"entry {number} must be the name of an environment variable, never a secret"
    return "names a variable twice" if len(set(value)) < len(value) else None


_FIELDS: Mapping[str, Callable[[object], str | None]] = {
    "name": _name,
    "url": _url,
    "events": _globs,
    "match": _globs,
    "secrets": _secrets,
}

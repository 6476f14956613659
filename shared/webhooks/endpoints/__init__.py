"""Endpoints: who receives which events. Read by notify, and by the operator's command."""

from functools import cache
from pathlib import Path

from shared import settings
from shared.webhooks.endpoints.endpoint import Endpoint
from shared.webhooks.endpoints.keyring import BadKey, key, keys
from shared.webhooks.endpoints.reading import BadEndpoint, Reading, parse, read

__all__ = [
    "BadEndpoint",
    "BadKey",
    "Endpoint",
    "Reading",
    "every",
    "file",
    "find",
    "key",
    "keys",
    "parse",
    "read",
]

_FILE = Path(__file__).parents[3] / "webhooks.toml"  # beside shared/, in a deployed function too


def file() -> Path:
    """Where the endpoints are written: webhooks.toml, or what WEBHOOKS names.

    A local cloud and the tests have a WEBHOOKS of their own.
    """
    return settings.current().webhooks or _FILE


def every() -> tuple[Endpoint, ...]:
    """The endpoints; none if there is no file. Raises BadEndpoint."""
    return _read(file())


def find(name: str) -> Endpoint | None:
    """The endpoint of that name, or None."""
    return next((each for each in every() if each.name == name), None)


@cache
def _read(path: Path) -> tuple[Endpoint, ...]:
    return parse(path.read_text("utf-8")) if path.exists() else ()

"""Which cloud a command works on: from the environment, or from a settings file."""

import json
import os
import socket
from pathlib import Path
from typing import Annotated, NoReturn
from urllib.parse import urlsplit
from urllib.request import getproxies

import typer

from cli.output import lines
from shared.border.proxies import spare_loopback

Option = Annotated[
    Path | None,
    typer.Option(
        "--settings",
        envvar="DARKROOM_SETTINGS",
        metavar="FILE",
        help="File that says where the cloud is, if the environment does not (default: "
        ".local/settings.json, which `make run` writes).",
    ),
]
LOCAL = Path(".local/settings.json")
NEEDED = (
    "UPLOADS_BUCKET",
    "RESULTS_BUCKET",
    "STATE_BUCKET",
    "GOOGLE_CLOUD_PROJECT",
    "TOPIC_PREFIX",
)
_REMEDY = (
    "Start `make run` in this folder; or run `terraform -chdir=terraform output -json settings "
    "> darkroom.json` and add --settings darkroom.json."
)
_PATIENCE = 3.0  # seconds


def load(file: Path | None) -> None:
    """Read the settings into the environment, and check that Cloud Storage answers.

    Ends the command with 2 if settings are missing, and with 1 if nothing answers.
    """
    read(file)
    require(*NEEDED)
    if sentence := unreachable():
        lines(sentence, err=True)
        raise typer.Exit(1)


def read(file: Path | None) -> None:
    """Take the settings from the environment, or else from the file. Ends the command with 2."""
    spare_loopback(os.environ)  # the settings may name loopback addresses
    here = os.environ.get("UPLOADS_BUCKET")
    if here and file is None:
        return
    chosen = file or LOCAL
    if file is None and not chosen.exists():
        _end(f"Nothing says where the cloud is. {_REMEDY}")
    found = _environment(chosen)
    there = found.get("UPLOADS_BUCKET", here)
    if here and here != there:
        _end(f"UPLOADS_BUCKET is {here!r} in the environment and {there!r} in {chosen}: which one?")
    for name, value in found.items():
        os.environ.setdefault(name, value)


def read_if_given(file: Path | None) -> None:
    """Read the settings if there are any, for commands that work without them."""
    if file or os.environ.get("UPLOADS_BUCKET") or LOCAL.exists():
        read(file)


def require(*names: str) -> None:
    """End the command with 2 if one of these is not set."""
    missing = [name for name in names if not os.environ.get(name)]
    if missing:
        verb = "is" if len(missing) == 1 else "are"
        _end(f"{', '.join(missing)} {verb} set neither in the environment nor by --settings.")


def unreachable() -> str:
    """A sentence if nothing answers at the address of Cloud Storage; else empty.

    The clients retry for minutes, as functions should; at a terminal that is too long.
    """
    emulator = os.environ.get("STORAGE_EMULATOR_HOST")
    if not emulator and getproxies():
        return ""  # a connection would only reach the proxy
    where = urlsplit(emulator or "https://storage.googleapis.com")
    port = where.port or (443 if where.scheme == "https" else 80)
    try:
        with socket.create_connection((where.hostname or "", port), _PATIENCE):
            return ""
    except OSError:
        cause = "`make run` still running" if emulator else "this machine online"
        return f"Nothing answers at {where.hostname}:{port}; is {cause}?"


def _environment(file: Path) -> dict[str, str]:
    try:
        match json.loads(file.read_text("utf-8")):
            case {"environment": dict(found)} if all(map(_is_text, found.values())):
                return found
    except OSError as error:
        _end(f"{file} cannot be read: {error.strerror}.")
    except ValueError as error:
        _end(f"{file} is not JSON: {error}.")
    return _end(
        f'{file} is not a settings file: it must hold {{"environment": {{NAME: "value"}}}}.'
    )


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _end(sentence: str) -> NoReturn:
    lines(sentence, err=True)
    raise typer.Exit(2)

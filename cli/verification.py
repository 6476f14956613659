"""`darkroom webhooks verify`: the signature of a saved request."""

import os
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from cli.output import as_json, lines
from cli.recipes import EXITS, Json
from shared.webhooks import signatures

EPILOG = f"Example: darkroom webhooks verify --secret-env SHOP_SECRET --request saved.http. {EXITS}"
_END_OF_HEADERS = re.compile(rb"\r?\n\r?\n")


def verify(
    secret_env: Annotated[
        list[str],
        typer.Option(
            metavar="VAR",
            help="Variable that holds a key (whsec_, whsk_ or whpk_); may be repeated.",
        ),
    ],
    *,
    request: Annotated[
        Path | None,
        typer.Option(
            exists=True, dir_okay=False, help="File with headers, an empty line, and the body."
        ),
    ] = None,
    headers: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="File with one `name: value` per line."),
    ] = None,
    body: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="File with the exact bytes of the body."),
    ] = None,
    any_age: Annotated[
        bool, typer.Option("--any-age", help="Accept any timestamp, however old.")
    ] = False,
    json: Json = False,
) -> None:
    """Verify the signature of a saved request, or say why it fails. Needs no cloud.

    The request is one file (--request) or two (--headers and --body).
    """
    head, content = _saved(request, headers, body)
    found = _headers(head)
    why = None
    try:
        keys = [_key(variable) for variable in secret_env]
        signatures.verify(found, content, keys, _own_time(found) if any_age else None)
    except signatures.Unverified as error:
        why = error.sentence
    if json:
        as_json({"verified": why is None, "reason": why})
    else:
        lines(f"It does not verify. {why}" if why else "It verifies.")
    raise typer.Exit(1 if why else 0)


def _saved(request: Path | None, headers: Path | None, body: Path | None) -> tuple[bytes, bytes]:
    if request and not (headers or body):
        head, *rest = _END_OF_HEADERS.split(request.read_bytes(), maxsplit=1)
        return head, b"".join(rest)
    if headers and body and not request:
        return headers.read_bytes(), body.read_bytes()
    raise typer.BadParameter("give --request, or --headers and --body")


def _headers(head: bytes) -> Mapping[str, str]:
    pairs = (line.partition(":") for line in head.decode("latin-1").splitlines())
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def _key(variable: str) -> str:
    if key := os.environ.get(variable):
        return key
    raise typer.BadParameter(f"{variable} is not set", param_hint="--secret-env")


def _own_time(headers: Mapping[str, str]) -> datetime | None:
    """The request's own timestamp; None if it has no readable one."""
    try:
        return datetime.fromtimestamp(int(headers.get("webhook-timestamp", "")), UTC)
    except (ValueError, OverflowError, OSError):
        return None

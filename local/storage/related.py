"""multipart/related uploads: a JSON part, then the object's bytes."""

from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from typing import Any

from local.emulator.body import BLOCK, Body
from local.storage.errors import invalid
from local.storage.wire import json_object


@dataclass(frozen=True, slots=True)
class Related:
    """An upload whose bytes are still arriving: `blocks` can be gone through once."""

    metadata: dict[str, Any]
    content_type: str | None
    blocks: Iterator[bytes]


def related(body: Body) -> Related:
    """The upload in `body`; 400 if it does not have two parts.

    The first line is taken for the delimiter, and its end for that of all lines: Google's
    Python client sends CRLF, gcloud a bare LF and, in its headers, a misquoted boundary.
    """
    start = body.read(BLOCK)
    line, end, _ = start.partition(b"\n")
    newline = b"\r\n" if line.endswith(b"\r") else b"\n"
    delimiter = newline + line.rstrip(b"\r")
    if not end or not line.startswith(b"--"):
        raise invalid("A multipart upload begins with its boundary.")
    pieces = (newline + start).split(delimiter, 2)
    if len(pieces) != 3:
        raise invalid("A multipart upload has two parts, the first one small.")
    _, document = _part(pieces[1], newline)
    head, rest = _part(pieces[2], newline)
    return Related(json_object(document), head["content-type"], _until(delimiter, rest, body))


def _part(piece: bytes, newline: bytes) -> tuple[Message, bytes]:
    head, blank, content = piece.partition(newline * 2)
    if not blank:
        raise invalid("A part of the upload has no end to its headers.")
    return message_from_bytes(head.removeprefix(newline)), content


def _until(delimiter: bytes, rest: bytes, body: Body) -> Iterator[bytes]:
    overlap = len(delimiter) - 1  # a delimiter may lie across two blocks
    while (end := rest.find(delimiter)) < 0:
        yield rest[:-overlap]
        more = body.read(BLOCK)
        if not more:
            raise invalid("The upload ends without its closing boundary.")
        rest = rest[-overlap:] + more
    yield rest[:end]

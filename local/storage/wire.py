"""A request and its reply, independent of the connection."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message
from typing import Any, BinaryIO
from urllib.parse import parse_qsl, urlsplit

from local.emulator.body import BLOCK, Body
from local.storage.errors import StorageError, invalid
from local.storage.gzip_body import GzipBody
from local.storage.preconditions import number

_API = re.compile("/(?:resumable/)?(?:upload|storage|batch)/")
_SHORT = re.compile("/b(?:/|$)")  # Node's client with STORAGE_EMULATOR_HOST; no bucket is "b"
LONGEST_DOCUMENT = 10 << 20  # bytes of JSON, XML or a batch


@dataclass(frozen=True, slots=True)
class Request:
    """`path` is as it was sent, percent signs and all; `base` is the server the client sees."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Message
    body: Body
    base: str

    @property
    def generation(self) -> int | None:
        """The generation asked for, None being the latest."""
        return number(self.query, "generation")

    def text(self) -> bytes:
        """The whole body, which is a document and not an object's bytes."""
        content = bytearray()
        while block := self.body.read(BLOCK):
            content += block
            if len(content) > LONGEST_DOCUMENT:
                raise StorageError(413, "uploadTooLarge", "The document is too large.")
        return bytes(content)

    def json(self) -> dict[str, Any]:
        """The body's JSON object; an empty body stands for an empty one."""
        return json_object(self.text())


@dataclass(frozen=True, slots=True)
class Extract:
    """`length` bytes of a file from `start`. The sender closes the file."""

    file: BinaryIO
    start: int
    length: int


@dataclass(frozen=True, slots=True)
class Reply:
    """A status, headers, and the body: bytes, or a piece of a file."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | Extract = b""

    @property
    def length(self) -> int:
        return self.body.length if isinstance(self.body, Extract) else len(self.body)


def request(method: str, target: str, headers: Message, body: Body, base: str) -> Request:
    """The request for `target`, which is a path with a query or a whole URL."""
    parts = urlsplit(target)
    try:
        query = dict(parse_qsl(parts.query, keep_blank_values=True, errors="strict"))
    except UnicodeDecodeError:
        raise invalid("The query is not UTF-8.") from None
    path = f"/storage/v1{parts.path}" if _SHORT.match(parts.path) else parts.path
    if _API.match(path) and headers.get("content-encoding", "").lower() == "gzip":
        body = GzipBody(body)  # in the XML API, the header belongs to the object
    return Request(method, path, query, headers, body, base)


def json_reply(document: Mapping[str, Any], status: int = 200) -> Reply:
    body = json.dumps(document).encode()
    return Reply(status, {"Content-Type": "application/json; charset=UTF-8"}, body)


def json_object(text: bytes) -> dict[str, Any]:
    """The JSON object in `text`; 400 for anything else."""
    try:
        document = json.loads(text or b"{}")
    except ValueError:
        raise invalid("The body is not JSON.") from None
    if document is None:  # what Go's client writes for "nothing"
        return {}
    if not isinstance(document, dict):
        raise invalid("The body is not a JSON object.")
    return document

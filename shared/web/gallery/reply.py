"""The reply to a request to the page."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

NEVER = "no-store"
CHECKED = "private, no-cache"  # cached by the browser, and revalidated by its ETag
FOREVER = "private, max-age=31536000, immutable"


class Stream(Protocol):
    """The pieces of a body, closed at its end or when the client has disconnected."""

    def __iter__(self) -> Iterator[bytes]: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Reply:
    """Bytes, or a stream of them; saved as `attachment` if it has one."""

    body: bytes | Stream
    media_type: str
    cache: str = NEVER
    attachment: str | None = None
    status: int = 200


def json_reply(document: Any, cache: str = NEVER) -> Reply:
    """A reply of JSON, in ASCII."""
    return Reply(json.dumps(document).encode(), "application/json", cache)

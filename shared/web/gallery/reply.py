"""The reply to a request to the page."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

NEVER = "no-store"
CHECKED = "private, no-cache"  # cached by the browser, and revalidated by its ETag
FOREVER = "private, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Reply:
    """Bytes, or a stream of them that is closed at its end; saved as `attachment` if it has one."""

    body: bytes | Iterator[bytes]
    media_type: str
    cache: str = NEVER
    attachment: str | None = None


def json_reply(document: Any) -> Reply:
    """A reply of JSON, in ASCII."""
    return Reply(json.dumps(document).encode(), "application/json")

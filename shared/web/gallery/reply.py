"""What a request to the page is answered with."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

NEVER = "no-store"
CHECKED = "private, no-cache"  # kept by the browser, and asked for again by its tag
FOREVER = "private, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Reply:
    """Bytes, or a stream of them that is closed at its end; saved as `attachment` if it has one."""

    body: bytes | Iterator[bytes]
    media_type: str
    cache: str = NEVER
    attachment: str | None = None


def json_reply(document: Any) -> Reply:
    """JSON, in ASCII: whatever the words in it are, they stay what they are."""
    return Reply(json.dumps(document).encode(), "application/json")

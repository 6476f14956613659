"""What we write, as a reader of its JSON sees it."""

import json
from typing import Any

from shared import codec


def read_back(value: object) -> Any:
    """A value that was written as JSON and read again: lists, dictionaries, texts, numbers."""
    return json.loads(codec.encode(value))

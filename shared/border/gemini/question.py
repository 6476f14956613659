"""A question to the model about pictures, and the form of its answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Question:
    """The words, the JSON schema of the answer (None: free text), and how long that may get."""

    words: str
    schema: Mapping[str, Any] | None
    most_tokens: int

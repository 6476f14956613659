"""A model's reply."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from local.gemini.errors import ApiError

Part = Mapping[str, Any]  # {"text": ...}, with "thought": True for a thought


@dataclass(frozen=True, slots=True)
class Reply:
    """A model's answer to one question, and the faults of its transport.

    Parts are sent together, or one event each where the client streams. `parts=None` is a candidate
    without content, `finish_reason=None` an answer without candidates.
    """

    parts: tuple[Part, ...] | None = None
    finish_reason: str | None = "STOP"
    block_reason: str | None = None  # why the prompt itself was refused
    safety_ratings: tuple[Mapping[str, Any], ...] = ()
    thought_tokens: int = 0
    usage: Mapping[str, Any] = field(default_factory=dict)  # replaces entries of usageMetadata
    model_version: str | None = None  # None: the model that was asked
    error: ApiError | None = None  # sent instead of all of the above
    delay: float = 0.0  # seconds before the first byte
    reset_after: int | None = None  # the connection breaks after this many events; 0: at once
    on_sent: Callable[[], None] | None = field(default=None, compare=False)  # after the last byte

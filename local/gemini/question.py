"""A question to a model."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Picture:
    """One image of a question, encoded as it came."""

    data: bytes
    mime_type: str  # as declared; the bytes may say otherwise
    resolution: str | None = None  # MEDIA_RESOLUTION_..., where this image has its own


@dataclass(frozen=True, slots=True)
class Question:
    """One generateContent request, parsed; images are in the order of the request."""

    model: str
    prompt: str = ""  # the texts of all contents, a line each
    images: tuple[Picture, ...] = ()
    system_instruction: str = ""
    config: Mapping[str, Any] = field(default_factory=dict)  # generationConfig, keys in camelCase
    body: Mapping[str, Any] = field(default_factory=dict)  # the request as it was sent

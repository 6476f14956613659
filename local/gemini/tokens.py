"""How many tokens a question costs, by the rough rules Google documents."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from PIL import Image

from local.gemini.question import Picture, Question

_PER_TILE = 258  # https://ai.google.dev/gemini-api/docs/image-understanding
_ONE_TILE_SIDE = 384  # pixels; larger pictures are cut into tiles
# https://ai.google.dev/gemini-api/docs/media-resolution
_GEMINI_3 = {"LOW": 280, "MEDIUM": 560, "HIGH": 1120, "ULTRA_HIGH": 2240}
_GEMINI_2 = {"LOW": 64, "MEDIUM": 256}  # HIGH and unspecified are tiled
_FLAT_RATE = ("gemini-3", "gemini-4")
_LETTERS_PER_TOKEN = 4


@dataclass(frozen=True, slots=True)
class Tokens:
    """Tokens of a question, by modality."""

    text: int
    image: int

    @property
    def total(self) -> int:
        return self.text + self.image

    @property
    def details(self) -> list[Mapping[str, Any]]:
        """The entries of promptTokensDetails; a modality that is absent is left out."""
        counts = {"TEXT": self.text, "IMAGE": self.image}
        return [{"modality": name, "tokenCount": n} for name, n in counts.items() if n]


def of_question(question: Question) -> Tokens:
    """The tokens of prompt, system instruction and images."""
    resolution = question.config.get("mediaResolution")
    return Tokens(
        text=of_text(question.prompt) + of_text(question.system_instruction),
        image=sum(of_picture(question.model, each, resolution) for each in question.images),
    )


def of_text(text: str) -> int:
    """About four letters to a token, and at least one token to a text."""
    return max(1, len(text) // _LETTERS_PER_TOKEN) if text else 0


def first(text: str, count: int) -> str:
    """The first `count` tokens of a text."""
    return text[: max(0, count) * _LETTERS_PER_TOKEN]


def of_picture(model: str, picture: Picture, resolution: str | None = None) -> int:
    """A flat rate by resolution for Gemini 3 and later, tiles by size before."""
    level = (picture.resolution or resolution or "").removeprefix("MEDIA_RESOLUTION_")
    if model.startswith(_FLAT_RATE):
        return _GEMINI_3.get(level, _GEMINI_3["HIGH"])
    return _GEMINI_2.get(level) or _PER_TILE * _tiles(*_size(picture.data))


def _tiles(width: int, height: int) -> int:
    if max(width, height) <= _ONE_TILE_SIDE:
        return 1
    unit = max(1, int(min(width, height) / 1.5))
    return -(-width // unit) * -(-height // unit)


def _size(data: bytes) -> tuple[int, int]:
    try:
        with Image.open(io.BytesIO(data)) as image:
            return image.size
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Warning):
        return 1, 1  # not a picture, which the model will refuse; here it counts as one tile

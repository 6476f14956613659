"""How many tokens a question will cost, estimated before it is asked.

Google calls its own formulas rough, and they are: only the usage in the answer says what it cost.
"""

from collections.abc import Sequence

from shared.border.gemini.models import Model
from shared.model import Size

_TILE = 258
_ONE_TILE = 384  # pixels; a picture whose sides are no longer is one tile
# https://ai.google.dev/gemini-api/docs/media-resolution; no word is what HIGH is.
_BY_RESOLUTION = {"LOW": 280, "MEDIUM": 560, "HIGH": 1120, "ULTRA_HIGH": 2240}
_TILED_BY_RESOLUTION = {"LOW": 64, "MEDIUM": 256}
_BYTES = 4  # of UTF-8 to a token of text


def of_question(model: Model, sizes: Sequence[Size], text: str) -> int:
    """Tokens of some photos, each shrunk to what the model is sent, and of a text."""
    return of_text(text) + sum(of_image(model, shrunk(size, model.side)) for size in sizes)


def of_text(text: str) -> int:
    """A token to four letters of English, more to other scripts, and one at least."""
    return max(1, -(-len(text.encode()) // _BYTES))


def of_image(model: Model, size: Size) -> int:
    """Gemini 3 and later count by media resolution alone, Gemini 2 by tiles.

    Tiles: https://ai.google.dev/gemini-api/docs/image-understanding, "rough formula".
    """
    if not model.tiled:
        return _BY_RESOLUTION[model.media_resolution or "HIGH"]
    if model.media_resolution in _TILED_BY_RESOLUTION:
        return _TILED_BY_RESOLUTION[model.media_resolution]
    if max(size) <= _ONE_TILE:
        return _TILE
    unit = max(1, int(min(size) / 1.5))
    return _TILE * -(-size.width // unit) * -(-size.height // unit)


def shrunk(size: Size, side: int) -> Size:
    """The size at a long side of at most `side`."""
    scale = min(1.0, side / max(size))
    return Size(max(1, round(size.width * scale)), max(1, round(size.height * scale)))

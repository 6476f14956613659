"""One line of text in any script: cleaned, measured, shortened, drawn."""

from dataclasses import dataclass
from functools import lru_cache
from math import ceil
from unicodedata import category, normalize

from PIL import ImageDraw

from shared.overlay.fonts import Run, split

_LONGEST = 80  # characters: more are never readable in a picture
_JOINERS = "\u200c\u200d"  # Persian and Indian words are misspelt without them
_SELECTORS = range(0xFE00, 0xFE10)  # choose between forms of a sign; we have only one


@dataclass(frozen=True, slots=True)
class Line:
    """Text ready to be drawn; `ascent` and `descent` are its ink above and below the baseline."""

    runs: tuple[Run, ...]
    width: int
    ascent: int
    descent: int

    def draw(self, canvas: ImageDraw.ImageDraw, left: float, baseline: float, fill: str) -> None:
        for run in self.runs:
            where = (left, baseline)
            canvas.text(where, run.shown, fill, run.font, "ls", direction=run.direction)
            left += _advance(run)


@lru_cache(maxsize=256)
def line(text: str, size: int) -> Line:
    """The text, set in letters `size` pixels high."""
    runs = split(text, size)
    boxes = [run.font.getbbox(run.shown, anchor="ls", direction=run.direction) for run in runs]
    return Line(
        runs,
        width=_width(runs),
        ascent=ceil(max((-top for _, top, _, _ in boxes), default=0)),
        descent=ceil(max((bottom for _, _, _, bottom in boxes), default=0)),
    )


def fitted(text: str, size: int, width: int) -> Line:
    """The text, cut short with an ellipsis if it is wider than `width` pixels."""
    whole = line(text, size)
    if whole.width <= width:
        return whole
    fits, too_many = 0, len(text)
    while too_many - fits > 1:
        middle = (fits + too_many) // 2
        if _width(split(_shortened(text, middle), size)) <= width:
            fits = middle
        else:
            too_many = middle
    return line(_shortened(text, fits), size)


def clean(text: str) -> str:
    """What can be drawn of a text from anywhere, on one line.

    White space becomes single spaces, lone surrogates the replacement character; control
    characters, bidirectional overrides and variation selectors go.
    """
    some = "".join(_drawable(character) for character in text[: 4 * _LONGEST])
    words = " ".join(normalize("NFC", some).split()).strip(_JOINERS)
    return words if len(words) <= _LONGEST else words[: _LONGEST - 1].rstrip() + "…"


def _drawable(character: str) -> str:
    kind = category(character)
    if character.isspace() or kind in {"Zl", "Zp"}:
        return " "
    if kind == "Cs":
        return "\ufffd"
    hidden = kind in {"Cc", "Cf"} and character not in _JOINERS
    return "" if hidden or ord(character) in _SELECTORS else character


def _shortened(text: str, length: int) -> str:
    return text[:length].rstrip(" …") + "…"


def _width(runs: tuple[Run, ...]) -> int:
    return ceil(sum(_advance(run) for run in runs))


def _advance(run: Run) -> float:
    return run.font.getlength(run.shown, direction=run.direction)

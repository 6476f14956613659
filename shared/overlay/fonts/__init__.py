"""The bundled fonts, and which of them draws which part of a text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import groupby
from pathlib import Path
from unicodedata import bidirectional

from PIL import ImageFont

from shared.overlay.fonts import coverage

_FOLDER = Path(__file__).parent
_SCRIPTS = (
    *("Hebrew", "Arabic", "Armenian", "Georgian", "Ethiopic", "Thai", "Lao", "Khmer", "Myanmar"),
    *("Devanagari", "Bengali", "Gurmukhi", "Gujarati", "Oriya"),
    *("Tamil", "Telugu", "Kannada", "Malayalam", "Sinhala"),
)
CHAIN = (
    "NotoSans-Regular.ttf",  # Latin, Greek, Cyrillic
    *(f"NotoSans{script}-Regular.ttf" for script in _SCRIPTS),
    "NotoSerifTibetan-Regular.ttf",
    "Symbola-Symbols.ttf",  # signs and emoji, in one colour
    "DroidSansFallback.ttf",  # Han, kana, Hangul; its box stands for what no font has
)


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text that one font draws; `rtl` is the direction of the whole text around it."""

    text: str
    font: ImageFont.FreeTypeFont
    rtl: bool

    @property
    def shown(self) -> str:
        """The text as Pillow wants it.

        Without libraqm Pillow sets characters from left to right whatever they are: Hebrew and
        Arabic then read correctly when handed over backwards, numbers excepted. Letters stay
        unjoined, and vowel signs are not reordered.
        """
        if self.direction or not any(bidirectional(c) in {"R", "AL"} for c in self.text):
            return self.text
        return "".join(reversed(re.findall(r"\d+|\D", self.text)))

    @property
    def direction(self) -> str | None:
        """What to tell Pillow; None where its layout engine knows no directions."""
        if self.font.layout_engine is not ImageFont.Layout.RAQM:
            return None
        return "rtl" if self.rtl else "ltr"


def split(text: str, size: int) -> tuple[Run, ...]:
    """The runs of one line of text in the order they stand on it, from left to right."""
    strong = [kind for kind in map(bidirectional, text) if kind in {"L", "R", "AL"}]
    rtl = strong[:1] not in ([], ["L"])
    pairs = groupby(zip(_choices(text), text, strict=True), key=lambda pair: pair[0])
    runs = [Run("".join(c for _, c in some), font(name, size), rtl) for name, some in pairs]
    return tuple(reversed(runs) if rtl else runs)


@lru_cache(maxsize=64)
def font(name: str, size: int) -> ImageFont.FreeTypeFont:
    """A font of the chain, its em `size` pixels high."""
    return ImageFont.truetype(str(_FOLDER / name), size)


def _choices(text: str) -> Iterator[str]:
    """The font of each character.

    What several have (digits, spaces, brackets, marks) stays with what stands before it: a word
    is one run. No letter is in two of them.
    """
    name = ""
    for character in text:
        if not name or character not in _covered(name):
            name = next((name for name in CHAIN if character in _covered(name)), CHAIN[-1])
        yield name


@cache
def _covered(name: str) -> coverage.Coverage:
    return coverage.read(_FOLDER / name)

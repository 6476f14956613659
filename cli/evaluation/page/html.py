"""HTML, safely: every text of a name or a model is escaped."""

from collections.abc import Iterable
from html import escape

from shared.words import shown

_CLASSES = {"passed": "passed", "below": "below", "cannot tell": "cannot"}


def text(words: object) -> str:
    """Words as HTML, with control characters escaped."""
    return escape(shown(str(words)))


def block(words: str) -> str:
    """A text with its line breaks."""
    return "<pre>" + "\n".join(map(text, words.splitlines())) + "</pre>"


def table(headings: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table of cells that are HTML already."""
    head = "".join(f"<th>{each}</th>" for each in headings)
    body = "".join(
        "<tr>" + "".join(f'<td class="number">{cell}</td>' for cell in row) + "</tr>"
        for row in rows
    )
    return f'<div class="scroll"><table><tr>{head}</tr>{body}</table></div>'


def verdict(word: str) -> str:
    """A verdict in its colour."""
    return f'<span class="verdict {_CLASSES.get(word, "cannot")}">{text(word)}</span>'

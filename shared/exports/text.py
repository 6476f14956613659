"""Escapes text for JSON, XML, YAML and CSV."""

import json
import re
from html import escape
from typing import Any

_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def as_json(facts: Any) -> str:
    """JSON on one line, in ASCII."""
    return json.dumps(facts, separators=(",", ":"))


def in_xml(text: str) -> str:
    """The text escaped for XML, as content or attribute.

    A character that XML 1.0 cannot hold becomes U+FFFD; white space that a parser would normalize
    becomes a character reference.
    """
    escaped = escape(_NO_XML.sub("\ufffd", text))
    return escaped.replace("\t", "&#9;").replace("\n", "&#10;").replace("\r", "&#13;")


def in_yaml(text: str) -> str:
    """The text as a double-quoted YAML string; all but plain ASCII is escaped."""
    return '"' + "".join(map(_in_yaml, text)) + '"'


def in_cell(text: str) -> str:
    """The text for a spreadsheet, with an apostrophe before it if it looks like a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def is_marked(cell: str) -> bool:
    """Whether a cell has that apostrophe, as far as can be told."""
    return cell.startswith(tuple(f"'{sign}" for sign in _FORMULA))


def short(value: float) -> str:
    """A number with at most ten digits: better than a ten-thousandth of a pixel."""
    return f"{value:.10g}"


def _in_yaml(character: str) -> str:
    plain = character.isascii() and character.isprintable() and character not in '"\\'
    return character if plain else f"\\U{ord(character):08x}"

"""Words from outside, in the files of others."""

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
    """The text as XML has it, between tags or quotation marks.

    A character that XML 1.0 cannot hold becomes U+FFFD; one that a reader would make a space of
    is written by its number.
    """
    escaped = escape(_NO_XML.sub("\ufffd", text))
    return escaped.replace("\t", "&#9;").replace("\n", "&#10;").replace("\r", "&#13;")


def in_yaml(text: str) -> str:
    """The text in YAML's double quotation marks; what is not plain ASCII goes by its number."""
    return '"' + "".join(map(_in_yaml, text)) + '"'


def in_cell(text: str) -> str:
    """The text for a spreadsheet: behind an apostrophe if it would be taken for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def short(value: float) -> str:
    """A number with ten digits at most, which is a ten-thousandth of a pixel and better."""
    return f"{value:.10g}"


def _in_yaml(character: str) -> str:
    plain = character.isascii() and character.isprintable() and character not in '"\\'
    return character if plain else f"\\U{ord(character):08x}"

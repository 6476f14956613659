"""Words that were asked for, a caption or an answer, as far as the model wrote them.

Asked for is one text in an object, `{"caption": "..."}`. Plain words instead are taken, and said;
an object without words is never read as silence.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from shared.answers import salvage
from shared.answers.members import first, plain
from shared.answers.repairs import HARMLESS, REPAIRS
from shared.errors import BadAnswer
from shared.model import Problem

LONGEST = 20_000  # characters

_SENTENCES = REPAIRS | {
    "cut_off": "The text was cut off; what was there is kept.",
    "other_key": "The text stood under another name than asked for.",
    "plain_text": "The model wrote plain text where JSON was asked for.",
    "text_cleaned": "Control characters or broken characters in the text were replaced.",
    "text_cut": f"The text was cut after {LONGEST:,} characters.",
    "text_not_text": "The text came as another kind of value and was written as text.",
}
_USUAL = ("caption", "answer", "comparison", "text", "description", "response", "result", "summary")
_LIKE_JSON = re.compile(r"\{|\[\s*[\[{\"\]]")
_FENCE = re.compile(r"```[ \t]*\w*\n|```[ \t]*\Z")
_CUT = re.compile(r'"(\w+)"\s*:\s*"((?:[^"\\]++|\\.)*+)\\?\Z', re.DOTALL)
_HALF_ESCAPE = re.compile(r"(?<!\\)((?:\\\\)*)\\u[0-9a-fA-F]{0,3}\Z")
_BREAKS = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f]+")
_HALVES = re.compile("[\ud800-\udfff]")  # of a surrogate pair


@dataclass(frozen=True, slots=True)
class Said:
    """The words, never blank; not `complete` if the answer breaks off inside them."""

    text: str
    problems: tuple[Problem, ...] = ()
    complete: bool = True


def read(answer: str, key: str) -> Said:
    """The text the answer has under `key`, or under another usual name, or all of it.

    Raises BadAnswer if there are no words, or if it is JSON of another kind.
    """
    notes: list[str] = []
    words, complete = _words(answer, key, notes)
    text = _clean(words, notes)
    if not text:
        raise BadAnswer("The answer has no words in it.")
    problems = tuple(Problem(code, _SENTENCES[code]) for code in dict.fromkeys(notes))
    return Said(text, problems, complete)


def _words(answer: str, key: str, notes: list[str]) -> tuple[str, bool]:
    """The words as they came, and whether they are whole."""
    for value, repairs in _json(answer):
        found = _under(key, value, notes)
        if found is not None:
            notes += [code for code in repairs if code not in HARMLESS | {"cut_off"}]
            # What ends in a quote is whole, even if the bracket behind it never came.
            return found, "cut_off" not in repairs or set(repairs) <= HARMLESS | {"cut_off"}
    cut = _CUT.search(answer)
    if cut and cut[1].lower() in (key, *_USUAL):
        notes.append("cut_off")
        return _unescaped(cut[2]), False
    bare = _FENCE.sub("", answer).strip("` \t\r\n")
    if _LIKE_JSON.match(bare):
        raise BadAnswer("The answer is JSON, but there is no text in it where one was asked for.")
    notes.append("plain_text")
    return bare, True


def _json(answer: str) -> Iterator[tuple[Any, tuple[str, ...]]]:
    """The JSON in the answer with its repairs, if there is any."""
    try:
        salvaged = salvage.read(answer)
    except BadAnswer:
        return
    repairs = salvaged.repairs if salvaged.complete else (*salvaged.repairs, "cut_off")
    yield salvaged.value, repairs


def _under(key: str, value: Any, notes: list[str]) -> str | None:
    """The text in a value; None if it is not what was asked for."""
    if isinstance(value, str):
        notes.append("plain_text")
        return value
    if isinstance(value, list):
        value = value[0] if value else None
    if not isinstance(value, dict):
        return None
    members = plain(value)
    found = first(members, (key, *_USUAL))
    if found is None:
        return None
    if members.get(key) is None:
        notes.append("other_key")
    if not isinstance(found, str):
        notes.append("text_not_text")
    return _as_text(found)


def _as_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return _lines(f"{name}: {_as_text(held)}" for name, held in value.items())
    return _lines(map(_as_text, value)) if isinstance(value, list) else json.dumps(value)


def _lines(parts: Iterable[str]) -> str:
    return "\n".join(parts)


def _unescaped(body: str) -> str:
    """The text that a JSON string spells up to where it was cut off."""
    body = _HALF_ESCAPE.sub(r"\1", body)
    try:
        return str(json.loads(f'"{body}"', strict=False))
    except ValueError:
        return body


def _clean(words: str, notes: list[str]) -> str:
    text = _BREAKS.sub("\n", words)
    clean = _CONTROLS.sub("", _HALVES.sub("\ufffd", text))
    if clean != text:
        notes.append("text_cleaned")
    clean = clean.strip()
    if len(clean) > LONGEST:
        notes.append("text_cut")
    return clean[:LONGEST]

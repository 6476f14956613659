"""A text that was asked for, such as a caption or an answer, as far as the model wrote it.

Asked for is one text in an object, `{"caption": "..."}`. Plain text instead is taken, and recorded
as a problem; an object without a text is a BadAnswer, never an empty text. So is none, unless the
model says that it could not do what was asked.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from shared.answers import refusal, salvage, shortfall
from shared.answers.problems import HARMLESS, REPAIRS
from shared.answers.values import Salvaged, decoded, first, plain
from shared.errors import BadAnswer
from shared.model import Problem

LONGEST = 20_000  # characters

_SENTENCES = REPAIRS | {
    "cut_off": "The text was cut off; what was there is kept.",
    "more_members": "The answer held more than the text that was asked for; that was left out.",
    "other_key": "The text stood under another name than asked for.",
    "plain_text": "The model wrote plain text where JSON was asked for.",
    "several_texts": "There were several texts; they stand one after the other.",
    "several_values": "There were several answers; the last one counts.",
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
class Prose:
    """The words, never blank; not `complete` if the answer breaks off inside them.

    None: the model says only that it could not do what was asked.
    """

    text: str | None
    problems: tuple[Problem, ...] = ()
    complete: bool = True


def read(answer: str, key: str) -> Prose:
    """The text the answer has under `key`, or under another usual name, or all of it.

    Raises BadAnswer if there are no words, or if it is JSON of another kind; Refused if the words
    decline.
    """
    notes: list[str] = []
    found = _json(answer)
    cannot = tuple(shortfall.problems(found.cannot if found else ()))
    if found and cannot and found.complete and not found.value:
        return Prose(None, cannot)
    words, complete = _words(answer, found, key, notes)
    text = _clean(words, notes)
    if not text:
        raise BadAnswer("The answer has no words in it.")
    refusal.check(text)
    problems = (Problem(code, _SENTENCES[code]) for code in dict.fromkeys(notes))
    return Prose(text, (*cannot, *problems), complete)


def _words(answer: str, found: Salvaged | None, key: str, notes: list[str]) -> tuple[str, bool]:
    """The words as they came, and whether they are whole."""
    texts = list(dict.fromkeys(_texts(found.value, key, notes))) if found else []
    if len(texts) > 1:
        notes.append("several_texts")
    if found and texts:
        notes += [code for code in found.repairs if code not in HARMLESS | {"cut_off"}]
        # What ends in a quote is whole, even if the bracket behind it never came.
        return _lines(texts), found.complete or set(found.repairs) <= HARMLESS | {"cut_off"}
    cut = _CUT.search(answer)
    if cut and cut[1].lower() in (key, *_USUAL):
        notes.append("cut_off")
        return _unescaped(cut[2]), False
    bare = _FENCE.sub("", answer).strip("` \t\r\n")
    if _LIKE_JSON.match(bare):
        raise BadAnswer("The answer is JSON, but there is no text in it where one was asked for.")
    notes.append("plain_text")
    return bare, True


def _json(answer: str) -> Salvaged | None:
    """The JSON in the answer, if it has any other than in a remark."""
    try:
        salvaged = salvage.read(answer)
    except BadAnswer:
        return None
    return None if _is_prose(answer, salvaged) else salvaged


def _is_prose(answer: str, salvaged: Salvaged) -> bool:
    """Whether the brackets are a remark in the text, as in "The sign says ["EXIT"] in red."."""
    starts = answer.lstrip("`json \t\r\n")[:1] in ("[", "{", '"')
    return isinstance(salvaged.value, list) and "prose" in salvaged.repairs and not starts


def _texts(value: Any, key: str, notes: list[str]) -> Iterator[str]:
    """The texts in a value; none if it is not what was asked for."""
    for each in value if isinstance(value, list) else [value]:
        inner = decoded(each)
        if isinstance(inner, str):
            notes.append("plain_text")
            yield inner
        elif isinstance(inner, dict | list):
            yield from _deeper(inner, key, notes)


def _deeper(value: Any, key: str, notes: list[str]) -> Iterator[str]:
    """The texts of the objects in a value that have one under a usual name."""
    if isinstance(value, list):
        for each in value:
            yield from _deeper(each, key, notes)
    elif isinstance(value, dict):
        found = first(plain(value), (key, f"{key}s", *_USUAL))
        inner = decoded(found)
        deeper = [*_deeper(inner if found is not None else [*value.values()], key, notes)]
        if deeper and inner is not found:
            notes.append("double_encoded")
        yield from deeper or ([] if found is None else _own(value, key, found, notes))


def _own(value: dict[str, Any], key: str, found: Any, notes: list[str]) -> Iterator[str]:
    members = plain(value)
    if members.get(key) is None:
        notes.append("other_key")
    if not isinstance(found, str):
        notes.append("text_not_text")
    if sum(held not in (None, "", [], {}) for held in value.values()) > 1:
        notes.append("more_members")
    yield _as_text(found)


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

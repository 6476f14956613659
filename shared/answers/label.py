"""The label of an object, cleaned; and the vocabulary of labels asked for."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from shared.answers.values import plain

KEYS = (
    *("label", "name", "class", "classname", "category", "categoryname", "object", "objectname"),
    *("labelname", "labels", "description", "title", "type"),
)
TEXT_KEYS = (
    *("text", "textcontent", "content", "line", "linetext", "textline", "value"),
    *("transcription", "transcript", "string", "words", "word", "ocrtext", "ocr", "textvalue"),
    *("rawtext", "fulltext", "recognizedtext", "recognisedtext", "detectedtext", "extractedtext"),
    *("readtext", "texts", "lines", "strings", "transcriptions", "sentence", "phrase", "paragraph"),
)
NAMES = (*KEYS, *TEXT_KEYS)  # a thing is sometimes named where a line would have its text
LINES = (*TEXT_KEYS, *KEYS)
LONGEST = 500  # characters
NONE = "unlabelled"

_BREAKS = re.compile("[\t\n\v\f\r\x85\u2028\u2029]+")
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f]+")
_HALVES = re.compile("[\ud800-\udfff]")  # of a surrogate pair
_PARTS = re.compile(r"[\s_\-]+")
_ODD = {
    "people": "person",
    "men": "man",
    "women": "woman",
    "children": "child",
    "mice": "mouse",
    "feet": "foot",
    "teeth": "tooth",
    "geese": "goose",
    "oxen": "ox",
    "dice": "die",
}
_ENDINGS = (  # of a plural, and what its singular may end in instead
    ("ies", ("y", "ie")),
    ("ves", ("f", "fe", "ve")),
    ("es", ("", "e")),
    ("s", ("",)),
)


def read(value: Any, notes: list[str]) -> str:
    """The label in a value, on one line and never empty."""
    if value is not None and not isinstance(value, str):
        notes.append("label_not_text")
    text = as_text(value)
    cleaned = clean(text)
    if cleaned != text.strip():
        notes.append("label_cleaned")
    if len(cleaned) > LONGEST:
        notes.append("label_cut")
    elif not cleaned:
        notes.append("no_label")
    return cleaned[:LONGEST].strip() or NONE


def clean(text: str) -> str:
    """The text on one line, without what cannot be written."""
    return _CONTROLS.sub("", _BREAKS.sub(" ", _HALVES.sub("\ufffd", text))).strip()


def find(members: Mapping[str, Any], keys: Iterable[str] = NAMES) -> Any:
    """The value of the first of the keys that has one; None if none has."""
    return next((members[key] for key in keys if members.get(key) not in (None, "", [], {})), None)


def of_list(members: Mapping[str, Any]) -> str:
    """The label that an object has for the things in its lists; "" if it has none."""
    return next((members[key] for key in KEYS if isinstance(members.get(key), str)), "")


def as_text(value: Any, between: str = ", ") -> str:
    """The words in a value, whatever it is."""
    if isinstance(value, dict):
        return as_text(find(plain(value), LINES))
    values = value if isinstance(value, list) else [value]
    return between.join(str(each) for each in values if isinstance(each, str | int | float))


class Vocabulary:
    """Finds the label that a model meant, whatever its case, spaces and number."""

    def __init__(self, given: Sequence[str]) -> None:
        self.given = given
        self._exact = {folded(name): name for name in reversed(given)}
        self._forms: dict[str, set[str]] = {}
        for name in given:
            for form in _singulars(folded(name)):
                self._forms.setdefault(form, set()).add(name)

    def spelled(self, name: str) -> str | None:
        """The given label that it is; None if it is none of them, or could be two."""
        if exact := self._exact.get(folded(name)):
            return exact
        found = [self._forms.get(form, set()) for form in _singulars(folded(name))]
        meant = set().union(*found)
        return meant.pop() if len(meant) == 1 else None


def folded(name: str) -> str:
    """The name without case, width and the separators of its words, for comparing."""
    return _PARTS.sub(" ", unicodedata.normalize("NFKC", name).casefold()).strip(" .:;,\"'")


def _singulars(name: str) -> set[str]:
    """What the name may be in the singular, itself included; only its last word has a number."""
    *first, last = name.split(" ")
    forms = {last, _ODD.get(last, last)}
    for ending, others in _ENDINGS:
        if last.endswith(ending) and len(last) > len(ending) + 1 and not last.endswith("ss"):
            forms |= {last.removesuffix(ending) + other for other in others}
    return {" ".join([*first, form]) for form in forms}

"""The labels that were asked for: only these count, in this spelling."""

import re
import unicodedata
from collections.abc import Sequence

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


class Vocabulary:
    """Finds the label that a model meant, whatever its case, spaces and number."""

    def __init__(self, given: Sequence[str]) -> None:
        self.given = given
        self._exact = {plain(name): name for name in reversed(given)}
        self._forms: dict[str, set[str]] = {}
        for name in given:
            for form in _singulars(plain(name)):
                self._forms.setdefault(form, set()).add(name)

    def spelled(self, name: str) -> str | None:
        """The given label that it is; None if it is none of them, or could be two."""
        if exact := self._exact.get(plain(name)):
            return exact
        found = [self._forms.get(form, set()) for form in _singulars(plain(name))]
        meant = set().union(*found)
        return meant.pop() if len(meant) == 1 else None


def plain(name: str) -> str:
    """The name without what says nothing: case, width, and how its words are parted."""
    return _PARTS.sub(" ", unicodedata.normalize("NFKC", name).casefold()).strip(" .:;,\"'")


def _singulars(name: str) -> set[str]:
    """What the name may be in the singular, itself included; only its last word has a number."""
    *first, last = name.split(" ")
    forms = {last, _ODD.get(last, last)}
    for ending, others in _ENDINGS:
        if last.endswith(ending) and len(last) > len(ending) + 1 and not last.endswith("ss"):
            forms |= {last.removesuffix(ending) + other for other in others}
    return {" ".join([*first, form]) for form in forms}

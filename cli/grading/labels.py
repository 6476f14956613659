"""When two labels mean the same: by their letters, or by a list of synonyms."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self
from unicodedata import normalize


@dataclass(frozen=True, slots=True)
class Labels:
    """How labels are compared; `synonyms` has the label that each other word stands for."""

    synonyms: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, text: str) -> Self:
        """The synonyms in a TOML text: `shoe = ["sneaker", "trainer"]`, a line a label.

        Raises ValueError for what has another form, and for a word of two labels.
        """
        synonyms: dict[str, str] = {}
        for label, words in tomllib.loads(text).items():
            if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
                raise ValueError(f"{label} must be a list of words")
            for word in map(plain, (label, *words)):
                if synonyms.setdefault(word, plain(label)) != plain(label):
                    raise ValueError(f"{word!r} stands for both {synonyms[word]!r} and {label!r}")
        return cls(synonyms)

    def canonical(self, label: str) -> str:
        """The label without differences that do not count."""
        word = plain(label)
        return self.synonyms.get(word, word)

    def same(self, one: str, other: str) -> bool:
        """Whether two labels mean the same."""
        return self.canonical(one) == self.canonical(other)


def plain(text: str) -> str:
    """A text by its letters alone: NFKC, case folded, spaces, hyphens and underscores as one."""
    spaced = normalize("NFKC", text).casefold().replace("_", " ").replace("-", " ")
    return " ".join(spaced.split())

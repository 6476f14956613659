"""A TOML file that lists things of one kind, [[recipe]] or [[endpoint]], and its faults."""

import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Kind:
    """The kind of thing that a file lists."""

    word: str  # as in [[word]]
    file: str


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault. `number` is the place in the list, from 1; None is the whole file."""

    sentence: str
    kind: Kind
    number: int | None = None
    name: str | None = None
    key: str | None = None

    def __str__(self) -> str:
        """The fault with its place, for people."""
        name = f" ({self.name})" if self.name else ""
        where = self.kind.file if self.number is None else f"{self.kind.word} {self.number}{name}"
        return f"{where}: {f'{self.key} ' if self.key else ''}{self.sentence}"


def tables(text: str, kind: Kind) -> tuple[list[dict[str, Any]] | None, list[Fault]]:
    """The tables in a TOML text, and the other faults; None if it cannot be read."""
    try:
        file = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return None, [Fault(f"is not TOML: {error}", kind)]
    except RecursionError:
        return None, [Fault("is nested too deeply to be read", kind)]
    listed = file.pop(kind.word, [])
    begins = f"is not known here; each {kind.word} begins with [[{kind.word}]]"
    faults = [Fault(begins, kind, key=key) for key in file]
    if not isinstance(listed, list) or not all(isinstance(table, dict) for table in listed):
        return None, [*faults, Fault(f"must be written as [[{kind.word}]]", kind, key=kind.word)]
    return listed, faults


def named(
    table: Mapping[str, Any], number: int, wrong: Mapping[str, str], kind: Kind
) -> list[Fault]:
    """The faults of one table, by its keys."""
    name = table["name"] if isinstance(table.get("name"), str) else None
    return [Fault(sentence, kind, number, name, key) for key, sentence in wrong.items()]


def namesakes(listed: Iterable[Mapping[str, Any]], kind: Kind) -> list[Fault]:
    """A fault for each duplicate name."""
    names = Counter(table["name"] for table in listed if isinstance(table.get("name"), str))
    return [
        Fault(f"is the name of {count} {kind.word}s", kind, name=name, key=f"name {short(name)}")
        for name, count in names.items()
        if count > 1
    ]


def short(value: object) -> str:
    """A value in a message: on one line, at most 60 characters."""
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."

"""A finding: one thing that was checked, and its state."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "warning", "wrong", "unchecked"]


@dataclass(frozen=True, slots=True)
class Finding:
    """The state of a thing in a sentence, and the fix where one is needed."""

    level: Level
    sentence: str
    mend: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One check; `permission` is what it needs, where the service does not name it.

    It is skipped if one of the variables that it `needs` is not set.
    """

    name: str
    look: Callable[[], Iterable[Finding]]
    needs: tuple[str, ...] = ()
    cloud: bool = True  # whether it calls a service
    permission: str = ""


def ok(sentence: str) -> Finding:
    return Finding("ok", sentence)


def warning(sentence: str, mend: str = "") -> Finding:
    return Finding("warning", sentence, mend)


def wrong(sentence: str, mend: str = "") -> Finding:
    return Finding("wrong", sentence, mend)


def unchecked(sentence: str) -> Finding:
    return Finding("unchecked", sentence)

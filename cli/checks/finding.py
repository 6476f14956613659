"""A finding: one thing that was looked at, and how it is."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "warning", "wrong", "unchecked"]


@dataclass(frozen=True, slots=True)
class Finding:
    """How a thing is, in a sentence, and what mends it where something has to be mended."""

    level: Level
    sentence: str
    mend: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """Something to look at; `permission` is what that takes, where the service does not say so.

    Without one of the variables that it `needs`, there is nothing to look at.
    """

    name: str
    look: Callable[[], Iterable[Finding]]
    needs: tuple[str, ...] = ()
    cloud: bool = True  # whether somebody else has to answer
    permission: str = ""


def ok(sentence: str) -> Finding:
    return Finding("ok", sentence)


def warning(sentence: str, mend: str = "") -> Finding:
    return Finding("warning", sentence, mend)


def wrong(sentence: str, mend: str = "") -> Finding:
    return Finding("wrong", sentence, mend)


def unchecked(sentence: str) -> Finding:
    return Finding("unchecked", sentence)

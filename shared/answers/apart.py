"""An answer to several tasks, taken apart: the piece of each, as that task's reader expects it.

Asked for is an object with a member per task. The members are found by their names wherever they
stand, and whatever is between them, so that a fault in one piece does not spoil another.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from shared.answers import reader, refusal, salvage
from shared.errors import BadAnswer

_DECODER = json.JSONDecoder(strict=False)
_MOST = 50  # members: an answer stuck in a loop has more
_QUOTES = "\"'“”‘’"
_AFTER_SCALAR = re.compile(r"\s*(?:[,}\]`]|\Z)")
_CLOSED = re.compile(r"\}[\s`\]]*\Z")
_LEFT_OPEN = " \t\r\n,;{["  # between two members that a fault has parted


@dataclass(frozen=True, slots=True)
class Piece:
    """The answer to one task, as text; it `ends` unless the whole answer breaks off in it."""

    text: str
    ends: bool


@dataclass(frozen=True, slots=True)
class Apart:
    """The pieces that were found, by task; `ends` is False if the answer breaks off."""

    pieces: Mapping[str, Piece]
    ends: bool


def read(text: str, names: Sequence[str], rest_of: str | None = None) -> Apart:
    """The pieces of an answer. What has no name is that of `rest_of`, if it has none of its own."""
    found: dict[str, list[Piece]] = {}
    rest: list[str] = []
    text, at = salvage.bare(text), 0
    member = _member(names)
    while len(rest) < _MOST and (match := member.search(text, at)):
        written = _bare(match["quoted"] or match["bare"])
        name = next(each for each in names if _bare(each) == written)
        rest.append(text[at : match.start()])
        piece, at = _piece(name, text, match.end(), names, member)
        found.setdefault(name, []).append(piece)
    rest.append(text[at:])
    pieces = {name: _joined(several) for name, several in found.items()}
    if rest_of and rest_of not in pieces and (unnamed := _unnamed("".join(rest))):
        pieces[rest_of] = unnamed
    return Apart(pieces, all(piece.ends for piece in pieces.values()) and _ends(text[at:]))


def check_refusal(text: str) -> None:
    """Raise Refused if the model declines in words instead of answering."""
    refusal.check(text)


def _member(names: Iterable[str]) -> re.Pattern[str]:
    """A member's name up to its value; one without quotes only where the value is no bare word."""
    words = "|".join(name.replace("_", "[_ -]?") for name in names)
    quoted = rf"(?<!\\)[{_QUOTES}](?P<quoted>{words})[{_QUOTES}]\s*[:=]\s*"
    bare = rf"(?:(?<=[{{,\n])|\A)[ \t]*(?P<bare>{words})\s*[:=]\s*(?=[\[{{{_QUOTES}])"
    return re.compile(rf"(?:{quoted}|{bare})", re.IGNORECASE)


def _bare(name: str) -> str:
    return re.sub(r"[_ -]", "", name).lower()


def _piece(
    name: str, text: str, start: int, names: Sequence[str], member: re.Pattern[str]
) -> tuple[Piece, int]:
    """The value of a member that begins at `start`, and where it ends."""
    end = _strict_end(text, start, [each for each in names if each != name])
    if end is not None:
        return _as_asked(name, text[start:end], ends=True), end
    following = member.search(text, start)
    stop = following.start() if following else len(text)
    if text[start : start + 1] in ("[", "{"):
        value, end = reader.read(text[:stop], start)
        if value.complete:
            return Piece(text[start:end], ends=True), end
    elif not following and (closed := _CLOSED.search(text, start)):
        return _as_asked(name, text[start : closed.start()], ends=True), closed.start()
    cut = text[start:stop].rstrip(_LEFT_OPEN) if following else text[start:]
    return _as_asked(name, cut, ends=following is not None), stop


def _strict_end(text: str, start: int, others: Iterable[str]) -> int | None:
    """Where the JSON value at `start` ends.

    None if there is none, if it goes on behind that, or if it has members of the other tasks: then
    the bracket that ends it was lost.
    """
    try:
        value, end = _DECODER.raw_decode(text, start)
    except (ValueError, RecursionError):
        return None
    if isinstance(value, dict):
        return end if {*map(_bare, value)}.isdisjoint(map(_bare, others)) else None
    return end if isinstance(value, list) or _AFTER_SCALAR.match(text, end) else None


def _as_asked(name: str, value: str, *, ends: bool) -> Piece:
    """The piece; a bare text as the member of an object, as the task alone would have it."""
    if value.startswith(("[", "{")):
        return Piece(value, ends)
    return Piece(f'{{"{name}": {value}{"}" if ends else ""}', ends)


def _joined(several: Sequence[Piece]) -> Piece:
    """The pieces of a task that was answered more than once, one after the other."""
    return Piece("\n".join(each.text for each in several), several[-1].ends)


def _ends(tail: str) -> bool:
    """Whether the text behind the last member closes what is around it."""
    return "}" in tail or "]" in tail


def _unnamed(rest: str) -> Piece | None:
    """What stands beside the members; None if it is no JSON that has something in it."""
    try:
        found = salvage.read(rest)
    except BadAnswer:
        return None
    return Piece(rest, found.complete) if found.value else None

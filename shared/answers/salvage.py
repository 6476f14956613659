"""JSON out of whatever a language model wrote around, into and instead of it."""

import json
import re
from collections.abc import Iterator

from shared.answers import choice, reader
from shared.answers.values import Salvaged, children, is_shallow
from shared.errors import BadAnswer

_MOST_VALUES = 2000
_START = re.compile(r"[\[{]")
_FENCE = re.compile(r"```[ \t]*\w*")


def read(text: str) -> Salvaged:
    """The JSON value in the text; of several the last, best with places, else with objects in it.

    Raises BadAnswer if there is none: prose is never an empty list.
    """
    text = text.removeprefix("\ufeff")
    try:
        value = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return _salvage(text)
    return Salvaged(value) if is_shallow(value) else _salvage(text)


def _salvage(text: str) -> Salvaged:
    values, gaps, rest = _values(text)
    if not values:
        raise BadAnswer("There is no JSON in the model's answer.")
    best = choice.best(choice.joined(values, gaps))
    answer = best[-1]
    repairs = [*answer.repairs, *_around([*gaps, rest])]
    if len(best) > 1:
        repairs.append("several_values")
    unread = _START.search(rest) is not None
    if unread:
        repairs.append("too_much")
    return Salvaged(answer.value, answer.complete and not unread, tuple(dict.fromkeys(repairs)))


def _values(text: str) -> tuple[list[Salvaged], list[str], str]:
    """The bracketed values of the text, the text before each, and the text after them."""
    values: list[Salvaged] = []
    gaps: list[str] = []
    since = 0
    for _ in range(_MOST_VALUES):
        start = _START.search(text, since)
        if start is None:
            break
        value, end = reader.read(text, start.start())
        if not _is_prose(value):
            values.append(value)
            gaps.append(text[since : start.start()])
        since = end
    return values, gaps, text[since:]


def _is_prose(value: Salvaged) -> bool:
    """Whether the brackets are part of a sentence, as in "[see above]"."""
    empty = all(child is None for child in children(value.value))
    return empty and "stray_text" in value.repairs


def _around(gaps: list[str]) -> Iterator[str]:
    """The repairs that the text outside the values takes."""
    outside = "\n".join(gaps)
    if "```" in outside:
        yield "fence"
    prose = _FENCE.sub(" ", outside).strip(" \t\r\n,;")
    if prose.strip(" \t\r\n,;]}"):
        yield "prose"
    elif prose:
        yield "doubled_closer"
